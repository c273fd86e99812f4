//! Saboteurs of §3.1 and §3.2: who is let in, who is turned away, and with which words.

use etalon::packet::{Connack, Refusal};
use etalon::spec::Id::*;
use etalon::violation::Rule;

use super::*;

pub(super) const SABOTEURS: &[Saboteur] = &[
    saboteur(
        MQTT_3_1_0_2,
        "overlooks_a_second_connect",
        "Takes no notice of a second CONNECT.",
        || connects(|wires, link, _| lose_if(wires.connect(link).is_some())),
    ),
    saboteur(
        MQTT_3_1_0_2,
        "accepts_a_second_connect",
        "Answers each CONNECT of a connection with an accepting CONNACK.",
        || {
            connects(|wires, link, _| match wires.connect(link) {
                Some(_) => {
                    wires.tell_client(link, craft::accepted(false));
                    Lost
                }
                None => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_1,
        "takes_any_protocol_name",
        "Does not compare the protocol name.",
        || {
            corrects(Rule::ProtocolName, |body| {
                let name = body.get(1).map_or(0, |length| usize::from(*length) + 2);
                [b"\x00\x04MQTT", body.get(name..).unwrap_or_default()].concat()
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_2,
        "takes_any_protocol_level",
        "Goes on as MQTT 3.1.1, whatever the protocol level.",
        || corrects(Rule::ProtocolLevel, |body| patched(body, 6, |_| 4)),
    ),
    saboteur(
        MQTT_3_1_2_2,
        "leaves_unknown_levels_unanswered",
        "Closes on an unsupported protocol level without a CONNACK.",
        || refusals(|refusal| lose_if(refusal == Refusal::UnacceptableProtocolVersion)),
    ),
    saboteur(
        MQTT_3_1_2_2,
        "is_unavailable_for_unknown_levels",
        "Answers an unsupported protocol level with return code 3.",
        || {
            refusals(|refusal| match refusal {
                Refusal::UnacceptableProtocolVersion => {
                    Become(craft::refused(Refusal::ServerUnavailable))
                }
                Refusal::IdentifierRejected
                | Refusal::ServerUnavailable
                | Refusal::BadUserNameOrPassword
                | Refusal::NotAuthorized => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_3,
        "masks_the_reserved_connect_flag",
        "Never looks at bit 0 of the Connect Flags.",
        || corrects(Rule::ConnectFlagReserved, |body| patched(body, 7, |flags| flags & 0xFE)),
    ),
    saboteur(
        MQTT_3_1_3_2,
        "compares_client_ids_without_case",
        "Takes Client Identifiers for the same that differ by case.",
        || {
            connects(|_, _, connect| {
                let lower = connect.client_id.as_str().to_lowercase();
                renamed(connect, &lower)
            })
        },
    ),
    saboteur(
        MQTT_3_1_3_5,
        "refuses_capitals_in_client_ids",
        "Takes Client Identifiers of small letters and digits only.",
        || {
            connects(|wires, link, connect| {
                let odd = connect.client_id.as_str().contains(|at: char| at.is_ascii_uppercase());
                turn_away_if(wires, link, odd, Refusal::IdentifierRejected)
            })
        },
    ),
    saboteur(
        MQTT_3_1_3_5,
        "refuses_client_ids_of_23_bytes",
        "Counts the end of the string into the 23 bytes of a Client Identifier.",
        || {
            connects(|wires, link, connect| {
                let long = connect.client_id.as_str().len() >= 23;
                turn_away_if(wires, link, long, Refusal::IdentifierRejected)
            })
        },
    ),
    saboteur(
        MQTT_3_1_3_6,
        "has_one_name_for_the_nameless",
        "Gives every Client without a Client Identifier the same one.",
        || {
            connects(|_, _, connect| match connect.client_id.is_empty() {
                true => renamed(connect, "anonymous"),
                false => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_1_3_8,
        "keeps_a_session_for_the_nameless",
        "Accepts an empty Client Identifier with Clean Session 0.",
        || {
            malformed(|_, _, _, fault| match fault.rule == Rule::ClientIdEmpty {
                true => Become(craft::connect("anonymous")),
                false => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_1_3_8,
        "leaves_the_nameless_unanswered",
        "Closes on an empty Client Identifier with Clean Session 0 without a CONNACK.",
        || refusals(|refusal| lose_if(refusal == Refusal::IdentifierRejected)),
    ),
    saboteur(
        MQTT_3_1_3_9,
        "has_no_credentials_for_long_client_ids",
        "Answers a Client Identifier that it does not like with return code 4.",
        || {
            connects(|wires, link, connect| {
                let long = connect.client_id.as_str().len() > 23;
                turn_away_if(wires, link, long, Refusal::BadUserNameOrPassword)
            })
        },
    ),
    saboteur(
        MQTT_3_1_4_1,
        "explains_a_malformed_connect",
        "Sends a CONNACK with return code 5 before it closes on a malformed CONNECT.",
        || {
            malformed(|wires, link, _, fault| {
                if fault.packet == Some(Kind::Connect) && fault.answer().is_none() {
                    wires.tell_client(link, craft::refused(Refusal::NotAuthorized));
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_3_1_4_1,
        "waits_after_a_malformed_connect",
        "Leaves the connection open after a malformed CONNECT.",
        || overlooks(|fault| fault.packet == Some(Kind::Connect) && fault.answer().is_none()),
    ),
    saboteur(
        MQTT_3_1_4_1,
        "reads_no_further_than_it_must",
        "Accepts a CONNECT with something behind its last field.",
        || {
            malformed(|wires, link, _, fault| {
                if fault.packet != Some(Kind::Connect) || fault.rule != Rule::LeftOver {
                    return Pass;
                }
                wires.tell_client(link, craft::accepted(false));
                Lost
            })
        },
    ),
    saboteur(
        MQTT_3_1_4_2,
        "serves_both_of_a_name",
        "Leaves the first connection open when a second comes under its Client Identifier.",
        || {
            Box::new(|wires, event| {
                let Event::Closed(link) = event else { return Pass };
                let later = wires.links().into_iter().filter(|other| *other > link);
                let id = wires.client_id(link);
                lose_if(later.into_iter().any(|other| wires.client_id(other) == id))
            })
        },
    ),
    saboteur(
        MQTT_3_1_4_2,
        "first_come_first_served",
        "Refuses a Client Identifier that is in use.",
        || {
            let mut over = Vec::new();
            Box::new(move |wires, event| match event {
                Event::Ended(link) | Event::Closed(link) => {
                    over.push(link);
                    Pass
                }
                Event::Said(link, piece) if piece.is(Kind::Connect) => {
                    let Some(Packet::Connect(connect)) = piece.packet() else { return Pass };
                    let before = wires.earlier(link, connect.client_id.as_str());
                    let in_use = before.is_some_and(|before| !over.contains(&before));
                    turn_away_if(wires, link, in_use, Refusal::IdentifierRejected)
                }
                Event::Said(..) | Event::Heard(..) => Pass,
            })
        },
    ),
    saboteur(MQTT_3_1_4_4, "accepts_without_a_word", "Sends no CONNACK when it accepts.", || {
        server(|_, _, packet| lose_if(matches!(packet, Packet::Connack(Connack::Accepted { .. }))))
    }),
    saboteur(
        MQTT_3_1_4_5,
        "processes_what_follows_a_refused_connect",
        "Carries out the packets behind a CONNECT that it rejects.",
        || {
            let mut hidden = Vec::new();
            Box::new(move |wires, event| {
                let Event::Said(link, piece) = event else { return Pass };
                let refused = piece.fault.is_some_and(|fault| fault.answer().is_some());
                if refused {
                    hidden.push((link, wires.open_hidden("hidden")));
                } else if let Some((_, to)) = hidden.iter().find(|(from, _)| *from == link) {
                    wires.tell_server(*to, piece.bytes.clone());
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_3_2_0_1,
        "answers_ping_before_connect",
        "Answers PINGREQ to whoever asks.",
        || {
            client(|wires, link, packet| {
                let stranger = wires.connect(link).is_none();
                if !stranger || !matches!(packet, Packet::Pingreq(_)) {
                    return Pass;
                }
                wires.tell_client(link, craft::PINGRESP.to_vec());
                Lost
            })
        },
    ),
    saboteur(
        MQTT_3_2_0_1,
        "sends_connack_second",
        "Is so slow with CONNACK that the next answer overtakes it.",
        || {
            let mut held: Vec<(Link, Vec<u8>)> = Vec::new();
            Box::new(move |_, event| {
                let Event::Heard(link, piece) = event else { return Pass };
                if piece.is(Kind::Connack) {
                    held.push((link, piece.bytes.clone()));
                    return Lost;
                }
                match held.iter().position(|(to, _)| *to == link) {
                    Some(at) => Become([piece.bytes.clone(), held.remove(at).1].concat()),
                    None => Pass,
                }
            })
        },
    ),
    saboteur(
        MQTT_3_2_2_1,
        "session_present_for_everybody",
        "Says Session Present 1 to everybody whom it accepts.",
        || acceptances(|_, _, _| true),
    ),
    saboteur(
        MQTT_3_2_2_1,
        "session_present_for_known_names",
        "Says Session Present 1 to everybody who has been here before.",
        || {
            acceptances(|wires, link, _| {
                let id = wires.client_id(link);
                wires.earlier(link, &id).is_some()
            })
        },
    ),
    saboteur(
        MQTT_3_2_2_2,
        "session_present_for_nobody",
        "Says Session Present 0 to everybody.",
        || acceptances(|_, _, _| false),
    ),
    saboteur(
        MQTT_3_2_2_2,
        "empty_sessions_are_none",
        "Says Session Present 0 where the session holds no subscription.",
        || acceptances(|wires, link, present| present && !wires.subscriptions(link).is_empty()),
    ),
    saboteur(
        MQTT_3_2_2_3,
        "session_present_is_not_clean_session",
        "Says Session Present 1 whenever Clean Session is 0.",
        || acceptances(|wires, link, _| !wires.clean(link)),
    ),
    saboteur(
        MQTT_3_2_2_4,
        "session_present_beside_a_refusal",
        "Sets Session Present in a CONNACK that refuses.",
        || refusals(|refusal| Become(vec![0x20, 2, 1, refusal.code()])),
    ),
    saboteur(
        MQTT_3_2_2_5,
        "leaves_the_refused_connected",
        "Does not close after a CONNACK that refuses.",
        || {
            let mut refused = Vec::new();
            Box::new(move |_, event| {
                if let Event::Heard(link, piece) = event
                    && let Some(Packet::Connack(Connack::Refused(_))) = piece.packet()
                {
                    refused.push(link);
                }
                lose_if(matches!(event, Event::Closed(link) if refused.contains(&link)))
            })
        },
    ),
    saboteur(
        MQTT_3_2_2_6,
        "invents_a_return_code",
        "Closes on a malformed CONNECT with a CONNACK of return code 6.",
        || {
            malformed(|wires, link, _, fault| {
                if fault.packet == Some(Kind::Connect) && fault.answer().is_none() {
                    wires.tell_client(link, vec![0x20, 2, 0, 6]);
                }
                Pass
            })
        },
    ),
];

/// Sets right what is wrong in the body of a CONNECT, where this rule is broken.
fn corrects(rule: Rule, correct: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Habit {
    malformed(move |_, _, piece, fault| match fault.rule == rule {
        true => Become(craft::with_body(&piece.bytes, &correct(craft::body(&piece.bytes)))),
        false => Pass,
    })
}

fn patched(body: &[u8], at: usize, change: impl Fn(u8) -> u8) -> Vec<u8> {
    let mut body = body.to_vec();
    if let Some(byte) = body.get_mut(at) {
        *byte = change(*byte);
    }
    body
}

fn turn_away_if(wires: &mut Wires, link: Link, unwanted: bool, refusal: Refusal) -> Fate {
    if unwanted {
        wires.tell_client(link, craft::refused(refusal));
        wires.hang_up(link);
    }
    lose_if(unwanted)
}

/// Decides on every CONNACK that refuses.
fn refusals(decide: impl Fn(Refusal) -> Fate + 'static) -> Habit {
    server(move |_, _, packet| {
        let Packet::Connack(Connack::Refused(refusal)) = packet else { return Pass };
        decide(refusal)
    })
}

/// Says what Session Present is in every CONNACK that accepts.
fn acceptances(present: impl Fn(&Wires, Link, bool) -> bool + 'static) -> Habit {
    server(move |wires, link, packet| {
        let Packet::Connack(Connack::Accepted { session_present }) = packet else { return Pass };
        Become(craft::accepted(present(wires, link, session_present)))
    })
}
