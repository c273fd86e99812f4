//! Saboteurs of chapter 2, §1.5.3 and §4.8: text, flags, identifiers, and what is no packet.

use etalon::packet::Qos;
use etalon::spec::Id::*;
use etalon::violation::Rule;

use super::*;

pub(super) const SABOTEURS: &[Saboteur] = &[
    saboteur(
        MQTT_1_5_3_1,
        "overlooks_ill_formed_text",
        "Takes no notice of packets with ill-formed UTF-8.",
        || overlooks(|fault| fault.rule == Rule::TextNotUtf8),
    ),
    saboteur(
        MQTT_1_5_3_1,
        "grants_ill_formed_filters",
        "Answers a SUBSCRIBE for a filter of ill-formed UTF-8 as if nothing were wrong.",
        || acknowledges(|fault| fault.rule == Rule::TextNotUtf8),
    ),
    saboteur(
        MQTT_1_5_3_1,
        "cuts_topics_within_a_character",
        "Sends topics that end within a character.",
        || retitles(|topic| [topic, b"\xC3"].concat()),
    ),
    saboteur(
        MQTT_1_5_3_2,
        "overlooks_zeros_in_text",
        "Takes no notice of packets with U+0000 in a text.",
        || overlooks(|fault| fault.rule == Rule::TextWithNul),
    ),
    saboteur(
        MQTT_1_5_3_2,
        "grants_filters_with_zeros",
        "Answers a SUBSCRIBE for a filter with U+0000 as if nothing were wrong.",
        || acknowledges(|fault| fault.rule == Rule::TextWithNul),
    ),
    saboteur(
        MQTT_4_7_3_2,
        "ends_topics_with_a_zero",
        "Sends the zero along that ends its strings in memory.",
        || retitles(|topic| [topic, b"\0"].concat()),
    ),
    saboteur(
        MQTT_1_5_3_3,
        "drops_byte_order_marks",
        "Drops U+FEFF from the beginning of topics and filters.",
        || normalises(|text| text.trim_start_matches('\u{FEFF}').to_owned()),
    ),
    saboteur(
        MQTT_1_5_3_3,
        "drops_every_zero_width_space",
        "Drops U+FEFF wherever it stands in a topic that it sends.",
        || retitles(|topic| String::from_utf8_lossy(topic).replace('\u{FEFF}', "").into_bytes()),
    ),
    saboteur(
        MQTT_2_2_2_1,
        "sends_pingresp_with_flags",
        "Sends PINGRESP with a reserved flag set.",
        || answers(Kind::Pingresp, |_, _, bytes| Become(craft::with_flags(bytes, 1))),
    ),
    saboteur(
        MQTT_2_2_2_1,
        "copies_flags_into_puback",
        "Takes the flags of PUBACK from the PUBLISH that it answers.",
        || answers(Kind::Puback, |_, _, bytes| Become(craft::with_flags(bytes, 2))),
    ),
    saboteur(
        MQTT_2_2_2_2,
        "masks_flags",
        "Does not look at the flags of packets where they are reserved.",
        || corrects_flags(|kind| !matches!(kind, Kind::Disconnect), Rule::FlagsNotZero, 0),
    ),
    saboteur(
        MQTT_3_6_1_1,
        "masks_flags_of_pubrel",
        "Does not look at the flags of PUBREL.",
        || corrects_flags(|kind| kind == Kind::Pubrel, Rule::FlagsNotTwo, 2),
    ),
    saboteur(MQTT_3_6_1_1, "sends_pubrel_without_flags", "Sends PUBREL with flags 0000.", || {
        answers(Kind::Pubrel, |_, _, bytes| Become(craft::with_flags(bytes, 0)))
    }),
    saboteur(
        MQTT_3_8_1_1,
        "masks_flags_of_subscribe",
        "Does not look at the flags of SUBSCRIBE.",
        || corrects_flags(|kind| kind == Kind::Subscribe, Rule::FlagsNotTwo, 2),
    ),
    saboteur(
        MQTT_3_10_1_1,
        "masks_flags_of_unsubscribe",
        "Does not look at the flags of UNSUBSCRIBE.",
        || corrects_flags(|kind| kind == Kind::Unsubscribe, Rule::FlagsNotTwo, 2),
    ),
    saboteur(
        MQTT_3_14_1_1,
        "overlooks_disconnect_with_flags",
        "Takes no notice of a DISCONNECT with reserved flags set.",
        || overlooks(|fault| fault.packet == Some(Kind::Disconnect)),
    ),
    saboteur(
        MQTT_2_3_1_1,
        "acknowledges_identifier_0",
        "Answers a PUBLISH of identifier 0 with a PUBACK of identifier 0.",
        || {
            malformed(|wires, link, piece, fault| {
                let zero = fault.rule == Rule::PacketIdZero && fault.packet == Some(Kind::Publish);
                if zero && piece.bytes.first().is_some_and(|first| first & 6 == 2) {
                    wires.tell_client(link, vec![0x40, 2, 0, 0]);
                }
                lose_if(zero)
            })
        },
    ),
    saboteur(
        MQTT_2_3_1_1,
        "begins_with_identifier_0",
        "Sends messages under identifier 0.",
        || answers(Kind::Publish, |_, _, bytes| Become(craft::with_id(bytes, 0))),
    ),
    saboteur(
        MQTT_2_3_1_5,
        "identifies_qos_0",
        "Writes an identifier into QoS 0 messages as well.",
        || {
            deliveries(|_, _, publish| {
                let payload = [b"\0\x01", publish.payload].concat();
                repaid(publish, &payload)
            })
        },
    ),
    saboteur(
        MQTT_2_3_1_5,
        "reads_an_identifier_at_qos_0",
        "Takes the first two bytes of a QoS 0 payload for an identifier.",
        || {
            publications(|_, _, publish| {
                repaid(publish, publish.payload.get(2..).unwrap_or_default())
            })
        },
    ),
    saboteur(
        MQTT_2_3_1_6,
        "acknowledges_the_next_identifier",
        "Answers QoS 1 with a PUBACK of the next identifier.",
        || answers(Kind::Puback, |_, _, bytes| next_id(bytes)),
    ),
    saboteur(
        MQTT_2_3_1_6,
        "receives_the_next_identifier",
        "Answers QoS 2 with a PUBREC of the next identifier.",
        || answers(Kind::Pubrec, |_, _, bytes| next_id(bytes)),
    ),
    saboteur(
        MQTT_2_3_1_6,
        "acknowledges_with_the_length_of_the_topic",
        "Reads the identifier of a PUBLISH where its topic begins.",
        || {
            let mut lengths = Vec::new();
            Box::new(move |_, event| {
                let (Event::Said(link, piece) | Event::Heard(link, piece)) = event else {
                    return Pass;
                };
                match (event, piece.packet()) {
                    (Event::Said(..), Some(Packet::Publish(publish))) => {
                        let id = publish.delivery.packet_id().map(|id| id.get());
                        lengths.push((link, id, publish.topic.as_str().len()));
                        Pass
                    }
                    (Event::Heard(..), Some(Packet::Puback(puback))) => {
                        let of = (link, Some(puback.packet_id.get()));
                        let found = lengths.iter().rev().find(|(link, id, _)| (*link, *id) == of);
                        let length = found.and_then(|(_, _, length)| u16::try_from(*length).ok());
                        Become(craft::with_id(&piece.bytes, length.unwrap_or(0)))
                    }
                    (_, _) => Pass,
                }
            })
        },
    ),
    saboteur(
        MQTT_2_3_1_6,
        "releases_the_next_identifier",
        "Answers PUBREC with a PUBREL of the next identifier.",
        || answers(Kind::Pubrel, |_, _, bytes| next_id(bytes)),
    ),
    saboteur(
        MQTT_3_3_1_2,
        "overlooks_dup_at_qos_0",
        "Takes no notice of a QoS 0 message with DUP 1.",
        || overlooks(|fault| fault.rule == Rule::DupAtQosZero),
    ),
    saboteur(MQTT_3_3_1_4, "overlooks_qos_3", "Takes no notice of a message at QoS 3.", || {
        overlooks(|fault| fault.rule == Rule::QosThree)
    }),
    saboteur(MQTT_3_3_1_4, "takes_qos_3_for_2", "Processes a message at QoS 3 at QoS 2.", || {
        malformed(|_, _, piece, fault| match (fault.rule, piece.bytes.first()) {
            (Rule::QosThree, Some(first)) => {
                Become(craft::with_flags(&piece.bytes, first & 0x0D | 4))
            }
            (_, _) => Pass,
        })
    }),
    saboteur(
        MQTT_3_3_2_1,
        "overlooks_messages_without_topic",
        "Takes no notice of a message whose topic is missing or longer than its packet.",
        || overlooks(|fault| fault.rule == Rule::TopicNameMissing),
    ),
    saboteur(
        MQTT_3_3_2_2,
        "overlooks_wildcards_in_topics",
        "Takes no notice of a message to a topic with wildcards.",
        || overlooks(|fault| fault.rule == Rule::WildcardInTopicName),
    ),
    saboteur(
        MQTT_3_3_2_2,
        "acknowledges_wildcards_in_topics",
        "Answers a message to a topic with wildcards as if it had a reader.",
        || acknowledges(|fault| fault.rule == Rule::WildcardInTopicName),
    ),
    saboteur(
        MQTT_4_7_1_1,
        "sends_wildcards_along",
        "Sends the # of a subscription behind the topic of a message.",
        || retitles(|topic| [topic, b"/#"].concat()),
    ),
    saboteur(
        MQTT_4_8_0_1,
        "accepts_wills_to_wildcards",
        "Accepts a CONNECT whose Will Topic has wildcards.",
        || {
            malformed(|_, _, _, fault| {
                let will = fault.packet == Some(Kind::Connect);
                match will && fault.rule == Rule::WildcardInTopicName {
                    true => Become(craft::connect("hidden")),
                    false => Pass,
                }
            })
        },
    ),
    saboteur(
        MQTT_4_7_3_1,
        "overlooks_empty_topics",
        "Takes no notice of a message to the empty topic.",
        || overlooks(|fault| fault.rule == Rule::TopicEmpty && fault.packet == Some(Kind::Publish)),
    ),
    saboteur(
        MQTT_4_7_3_1,
        "grants_empty_filters",
        "Answers a SUBSCRIBE for the empty filter as if nothing were wrong.",
        || acknowledges(|fault| fault.rule == Rule::TopicEmpty),
    ),
    saboteur(
        MQTT_3_8_3_4,
        "masks_the_requested_qos",
        "Looks only at the lowest two bits of a requested QoS.",
        || acknowledges(|fault| fault.rule == Rule::RequestedQosReserved),
    ),
    saboteur(MQTT_3_8_3_4, "grants_qos_2_for_3", "Grants QoS 2 to a request for QoS 3.", || {
        acknowledges(|fault| fault.rule == Rule::RequestedQosThree)
    }),
    saboteur(
        MQTT_3_8_3_4,
        "refuses_qos_3_politely",
        "Answers a request for QoS 3 with the return code of failure.",
        || {
            malformed(|wires, link, piece, fault| {
                let asked = fault.rule == Rule::RequestedQosThree;
                if let (true, [high, low, ..]) = (asked, craft::body(&piece.bytes)) {
                    let id = u16::from_be_bytes([*high, *low]);
                    wires.tell_client(link, craft::suback(id, &[0x80]));
                }
                lose_if(asked)
            })
        },
    ),
    saboteur(
        MQTT_4_8_0_1,
        "overlooks_forbidden_types",
        "Takes no notice of packets of the types 0 and 15.",
        || overlooks(|fault| fault.rule == Rule::ReservedType),
    ),
    saboteur(
        MQTT_4_8_0_1,
        "overlooks_packets_for_clients",
        "Takes no notice of packets that only a Server sends.",
        || overlooks(|fault| fault.rule == Rule::WrongDirection),
    ),
    saboteur(
        MQTT_4_8_0_1,
        "overlooks_what_is_left_over",
        "Takes no notice of packets that are longer than they can be.",
        || overlooks(|fault| fault.rule == Rule::LeftOver),
    ),
    saboteur(
        MQTT_4_8_0_1,
        "waits_for_the_end_of_remaining_length",
        "Goes on reading a Remaining Length of more than four bytes.",
        || overlooks(|fault| fault.rule == Rule::LengthTooLong),
    ),
    saboteur(
        MQTT_4_8_0_1,
        "closes_on_everybody",
        "Closes all connections when one of them breaks a rule.",
        || {
            malformed(|wires, link, _, _| {
                for other in wires.links().into_iter().filter(|other| *other != link) {
                    wires.hang_up(other);
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_4_8_0_2,
        "drops_what_is_too_long",
        "Drops a message that is too long for it, and leaves the connection open.",
        || publications(|_, _, publish| lose_if(publish.payload.len() > 32_768)),
    ),
];

fn next_id(bytes: &[u8]) -> Fate {
    let id = craft::decoded(bytes).and_then(|packet| craft::id(&packet)).unwrap_or(0);
    Become(craft::with_id(bytes, id.wrapping_add(1).max(1)))
}

/// The QoS 0 message with another payload.
fn repaid(publish: Publish<'_>, payload: &[u8]) -> Fate {
    match publish.delivery.qos() {
        Qos::AtMostOnce => Become(craft::encoded(&Packet::Publish(Publish { payload, ..publish }))),
        Qos::AtLeastOnce | Qos::ExactlyOnce => Pass,
    }
}

/// Sends every topic in other bytes.
fn retitles(change: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Habit {
    deliveries(move |_, _, publish| {
        let topic = publish.topic.as_str().as_bytes();
        let bytes = craft::encoded(&Packet::Publish(publish));
        let rest = craft::body(&bytes).get(topic.len() + 2..).unwrap_or_default();
        let body = [&crate::say::field(&change(topic)), rest].concat();
        Become(craft::with_body(&bytes, &body))
    })
}

/// Sets the flags right where they are wrong.
fn corrects_flags(which: impl Fn(Kind) -> bool + 'static, rule: Rule, flags: u8) -> Habit {
    malformed(move |_, _, piece, fault| match fault.packet {
        Some(kind) if fault.rule == rule && which(kind) => {
            Become(craft::with_flags(&piece.bytes, flags))
        }
        Some(_) | None => Pass,
    })
}

/// Answers a malformed SUBSCRIBE, UNSUBSCRIBE or PUBLISH as if it had been right.
fn acknowledges(which: impl Fn(Violation) -> bool + 'static) -> Habit {
    malformed(move |wires, link, piece, fault| {
        let body = craft::body(&piece.bytes);
        let (true, [high, low, ..]) = (which(fault), body) else { return Pass };
        let topic = usize::from(u16::from_be_bytes([*high, *low]));
        let behind_topic = body.get(topic + 2..topic + 4);
        match (piece.bytes.first().map(|first| first & 0xF6), behind_topic) {
            (Some(0x82), _) => wires.tell_client(link, vec![0x90, 3, *high, *low, 0]),
            (Some(0xA2), _) => wires.tell_client(link, vec![0xB0, 2, *high, *low]),
            (Some(0x32), Some(id)) => wires.tell_client(link, craft::framed(0x40, id)),
            (Some(0x34), Some(id)) => wires.tell_client(link, craft::framed(0x50, id)),
            (_, _) => {}
        }
        Lost
    })
}
