//! Saboteurs of §3.1.2 and §4.1: sessions, Wills, Keep Alive.

use std::collections::{BTreeMap, BTreeSet};

use etalon::packet::{Connack, Qos, Will};
use etalon::spec::Id::*;

use super::*;

pub(super) const SABOTEURS: &[Saboteur] = &[
    saboteur(MQTT_3_1_2_4, "begins_anew_with_every_connect", "Never stores a session.", || {
        connects(|_, _, connect| kept(connect, false))
    }),
    saboteur(
        MQTT_3_1_2_4,
        "forgets_who_says_goodbye",
        "Ends the session with DISCONNECT, whatever Clean Session was.",
        || {
            let mut goodbyes = BTreeSet::new();
            Box::new(move |wires, event| {
                match event {
                    Event::Said(link, piece) if piece.is(Kind::Disconnect) => {
                        goodbyes.insert(link);
                    }
                    Event::Closed(link) if goodbyes.contains(&link) && !wires.clean(link) => {
                        let client_id = wires.client_id(link);
                        wires.end_session(&client_id);
                    }
                    Event::Said(..) | Event::Heard(..) | Event::Ended(_) | Event::Closed(_) => {}
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_5,
        "keeps_nothing_for_the_absent",
        "Does not store messages for a session without a connection.",
        || loses_from_the_queue(|_| true),
    ),
    saboteur(
        MQTT_3_1_2_5,
        "keeps_only_qos_2_for_the_absent",
        "Stores QoS 2 messages for a session without a connection, but none of QoS 1.",
        || loses_from_the_queue(|publish| publish.delivery.qos() == Qos::AtLeastOnce),
    ),
    saboteur(
        MQTT_3_1_2_6,
        "clean_session_keeps_the_old_state",
        "Says Session Present 0 to Clean Session 1 and goes on with the session that was stored.",
        || clean_in_words_only(|_, _| true),
    ),
    saboteur(
        MQTT_3_1_2_6,
        "clean_session_leaves_the_stored_one",
        "Serves Clean Session 1 with a session apart, and keeps the stored one for later.",
        || {
            connects(|_, _, connect| {
                let aside = format!("{}aside", connect.client_id.as_str());
                match connect.clean_session && !connect.client_id.is_empty() {
                    true => renamed(connect, &aside),
                    false => Pass,
                }
            })
        },
    ),
    saboteur(
        MQTT_3_1_4_3,
        "take_over_inherits",
        "Forgets Clean Session 1 when it takes a connection over.",
        || {
            clean_in_words_only(|wires, connect| {
                let all = wires.links();
                all.iter().any(|link| wires.client_id(*link) == connect.client_id.as_str())
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_7,
        "takes_retained_messages_along",
        "Deletes what a Client has retained when its session ends.",
        || {
            let mut retained: Vec<(Link, String)> = Vec::new();
            Box::new(move |wires, event| {
                match event {
                    Event::Said(link, piece) => {
                        if let Some(Packet::Publish(publish)) = piece.packet()
                            && publish.retain
                        {
                            retained.push((link, publish.topic.as_str().to_owned()));
                        }
                    }
                    Event::Ended(link) | Event::Closed(link) if wires.clean(link) => {
                        let of_link = retained.iter().filter(|(owner, _)| *owner == link);
                        let bytes = of_link.flat_map(|(_, topic)| craft::publish(topic, b"", true));
                        let bytes = bytes.collect();
                        let hidden = wires.open_hidden("hidden");
                        wires.tell_server(hidden, bytes);
                        wires.cut_behind(hidden);
                    }
                    Event::Heard(..) | Event::Ended(_) | Event::Closed(_) => {}
                }
                Pass
            })
        },
    ),
    saboteur(MQTT_3_1_2_8, "has_no_wills", "Reads the Will and forgets it.", || wills(|_| None)),
    saboteur(
        MQTT_3_1_2_8,
        "publishes_no_will_after_a_cut",
        "Takes the end of the connection for a DISCONNECT.",
        || {
            Box::new(|wires, event| {
                if let Event::Ended(link) = event {
                    wires.tell_server(link, craft::DISCONNECT.to_vec());
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_8,
        "publishes_no_will_after_a_breach",
        "Closes on a malformed packet as it does on DISCONNECT.",
        || {
            malformed(|wires, link, _, _| match wires.connect(link) {
                Some(_) => Become(craft::DISCONNECT.to_vec()),
                None => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_8,
        "publishes_no_will_after_a_take_over",
        "Closes the earlier connection of a Client as it does on DISCONNECT.",
        || {
            connects(|wires, link, connect| {
                if let Some(earlier) = wires.earlier(link, connect.client_id.as_str()) {
                    wires.tell_server(earlier, craft::DISCONNECT.to_vec());
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_8,
        "publishes_no_will_after_silence",
        "Closes for Keep Alive as it does on DISCONNECT.",
        || {
            connects(|_, _, connect| match connect.keep_alive {
                0 => Pass,
                _ => Become(craft::encoded(&Packet::Connect(Connect { will: None, ..connect }))),
            })
        },
    ),
    saboteur(MQTT_3_1_2_9, "publishes_wills_at_qos_0", "Does not use Will QoS.", || {
        wills(|will| Some(Will { qos: Qos::AtMostOnce, ..will }))
    }),
    saboteur(
        MQTT_3_1_2_9,
        "publishes_wills_at_qos_2",
        "Takes Will QoS for the highest there is.",
        || wills(|will| Some(Will { qos: Qos::ExactlyOnce, ..will })),
    ),
    saboteur(MQTT_3_1_2_9, "publishes_wills_without_a_message", "Loses the Will Message.", || {
        wills(|will| Some(Will { message: b"", ..will }))
    }),
    saboteur(
        MQTT_3_1_2_10,
        "publishes_the_will_twice",
        "Does not remove the Will when it has been published.",
        || {
            Box::new(|wires, event| {
                let (Event::Ended(link) | Event::Closed(link)) = event else { return Pass };
                let will = wires.connect(link).and_then(|connect| connect.will);
                let Some(will) = will else { return Pass };
                let bytes = craft::publish(will.topic.as_str(), will.message, false);
                let hidden = wires.open_hidden("hidden");
                wires.tell_server(hidden, bytes);
                wires.cut_behind(hidden);
                Pass
            })
        },
    ),
    saboteur(
        MQTT_3_14_4_3,
        "publishes_the_will_after_disconnect",
        "Makes no difference between DISCONNECT and the end of the connection.",
        || {
            client(|wires, link, packet| {
                let goodbye = matches!(packet, Packet::Disconnect(_));
                if goodbye {
                    wires.hang_up(link);
                }
                lose_if(goodbye)
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_12,
        "stores_the_will_with_the_session",
        "Gives a connection without a Will the one of the Client's last connection.",
        || {
            let mut first: BTreeMap<String, Vec<u8>> = BTreeMap::new();
            connects(move |_, _, connect| {
                let client_id = connect.client_id.as_str();
                if connect.will.is_some() {
                    first.insert(client_id.to_owned(), craft::encoded(&Packet::Connect(connect)));
                    return Pass;
                }
                let before = first.get(client_id).and_then(|bytes| craft::decoded(bytes));
                let Some(Packet::Connect(before)) = before else { return Pass };
                let will = before.will;
                Become(craft::encoded(&Packet::Connect(Connect { will, ..connect })))
            })
        },
    ),
    saboteur(
        MQTT_3_1_2_16,
        "retains_every_will",
        "Publishes every Will as a retained message.",
        || wills(|will| Some(Will { retain: true, ..will })),
    ),
    saboteur(MQTT_3_1_2_17, "retains_no_will", "Does not use Will Retain.", || {
        wills(|will| Some(Will { retain: false, ..will }))
    }),
    saboteur(MQTT_3_1_2_24, "has_no_keep_alive", "Waits for ever for a silent Client.", || {
        keep_alives(|_| 0)
    }),
    saboteur(
        MQTT_3_1_2_24,
        "waits_three_times_keep_alive",
        "Waits three times Keep Alive instead of one and a half.",
        || keep_alives(|seconds| seconds.saturating_mul(2)),
    ),
    saboteur(
        MQTT_3_1_2_24,
        "is_kept_alive_by_what_it_sends",
        "Counts the packets that it sends as signs of life of the Client.",
        || {
            deliveries(|wires, link, _| {
                let pingreq = crate::say::pingreq();
                wires.tell_server_quietly(link, pingreq, (Kind::Pingresp, 0));
                Pass
            })
        },
    ),
    saboteur(
        MQTT_4_1_0_1,
        "reconnecting_forgets_subscriptions",
        "Keeps a session without its subscriptions.",
        || {
            server(|wires, link, packet| {
                if resumes(&packet) {
                    let held = wires.subscriptions(link);
                    let filters: Vec<&str> = held.iter().map(|(filter, _)| &**filter).collect();
                    if !filters.is_empty() {
                        let bytes = crate::say::unsubscribe(65_001, &filters);
                        wires.tell_server_quietly(link, bytes, (Kind::Unsuback, 65_001));
                    }
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_4_1_0_1,
        "reconnecting_forgets_open_qos_2_identifiers",
        "Keeps a session without the identifiers of QoS 2 messages that wait for their PUBREL.",
        || {
            let mut open: BTreeSet<(String, u16)> = BTreeSet::new();
            Box::new(move |wires, event| {
                let (Event::Said(link, piece) | Event::Heard(link, piece)) = event else {
                    return Pass;
                };
                let client_id = wires.client_id(link);
                let Some(packet) = piece.packet() else { return Pass };
                let id = craft::id(&packet).unwrap_or(0);
                if matches!((event, packet), (Event::Heard(..), Packet::Pubrec(_))) {
                    open.insert((client_id, id));
                } else if matches!((event, packet), (Event::Said(..), Packet::Pubrel(_))) {
                    open.remove(&(client_id, id));
                } else if resumes(&packet) {
                    for (_, id) in open.iter().filter(|(owner, _)| *owner == client_id) {
                        let answer = (Kind::Pubcomp, *id);
                        wires.tell_server_quietly(link, craft::pubrel(*id), answer);
                    }
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_4_1_0_2,
        "ends_sessions_with_anybodys_connection",
        "Ends every clean session when a connection ends, whosever it is.",
        || {
            Box::new(|wires, event| {
                let (Event::Ended(gone) | Event::Closed(gone)) = event else { return Pass };
                for link in wires.links() {
                    let held = wires.subscriptions(link);
                    let filters: Vec<&str> = held.iter().map(|(filter, _)| &**filter).collect();
                    if link != gone && wires.clean(link) && !filters.is_empty() {
                        let bytes = crate::say::unsubscribe(65_001, &filters);
                        wires.tell_server_quietly(link, bytes, (Kind::Unsuback, 65_001));
                    }
                }
                Pass
            })
        },
    ),
];

/// Whether it is a CONNACK with Session Present 1.
pub(super) fn resumes(packet: &Packet<'_>) -> bool {
    matches!(packet, Packet::Connack(Connack::Accepted { session_present: true }))
}

/// The CONNECT with another Clean Session.
fn kept(connect: Connect<'_>, kept: bool) -> Fate {
    if connect.client_id.is_empty() {
        return Pass;
    }
    let connect = Connect { clean_session: !kept, ..connect };
    Become(craft::encoded(&Packet::Connect(connect)))
}

/// Loses what comes first after a CONNACK with Session Present 1, before the Client says anything.
fn loses_from_the_queue(which: impl Fn(&Publish<'_>) -> bool + 'static) -> Habit {
    let mut resuming = BTreeSet::new();
    Box::new(move |_, event| {
        match event {
            Event::Said(link, _) => {
                resuming.remove(&link);
            }
            Event::Heard(link, piece) => match piece.packet() {
                Some(Packet::Publish(publish)) if resuming.contains(&link) => {
                    return lose_if(!publish.delivery.dup() && which(&publish));
                }
                Some(packet) if resumes(&packet) => {
                    resuming.insert(link);
                }
                Some(_) | None => {}
            },
            Event::Ended(_) | Event::Closed(_) => {}
        }
        Pass
    })
}

/// Acknowledges Clean Session 1 and takes it for 0, where `which` says so.
fn clean_in_words_only(which: impl Fn(&Wires, &Connect<'_>) -> bool + 'static) -> Habit {
    let mut cheated = BTreeSet::new();
    Box::new(move |wires, event| match event {
        Event::Said(link, piece) if piece.is(Kind::Connect) => {
            let Some(Packet::Connect(connect)) = piece.packet() else { return Pass };
            if !connect.clean_session || !which(wires, &connect) {
                return Pass;
            }
            cheated.insert(link);
            kept(connect, true)
        }
        Event::Heard(link, piece) if piece.is(Kind::Connack) && cheated.contains(&link) => {
            Become(craft::accepted(false))
        }
        Event::Said(..) | Event::Heard(..) | Event::Ended(_) | Event::Closed(_) => Pass,
    })
}

/// Takes every Will for another one, or for none.
fn wills(change: impl for<'a> Fn(Will<'a>) -> Option<Will<'a>> + 'static) -> Habit {
    connects(move |_, _, connect| {
        let will = connect.will.and_then(&change);
        Become(craft::encoded(&Packet::Connect(Connect { will, ..connect })))
    })
}

fn keep_alives(change: impl Fn(u16) -> u16 + 'static) -> Habit {
    connects(move |_, _, connect| {
        let keep_alive = change(connect.keep_alive);
        Become(craft::encoded(&Packet::Connect(Connect { keep_alive, ..connect })))
    })
}
