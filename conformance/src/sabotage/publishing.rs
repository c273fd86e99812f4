//! Saboteurs of §3.3: the fields of a PUBLISH, and retained messages.

use std::collections::BTreeSet;

use etalon::packet::Qos;
use etalon::spec::Id::*;

use super::*;

pub(super) const SABOTEURS: &[Saboteur] = &[
    saboteur(
        MQTT_3_3_1_1,
        "sends_again_without_dup",
        "Sends what is unacknowledged again with DUP 0.",
        || deliveries(|_, _, publish| redelivered(&publish, false)),
    ),
    saboteur(MQTT_3_3_1_2, "sends_dup_at_qos_0", "Sets DUP in QoS 0 messages.", || {
        answers(Kind::Publish, |_, _, bytes| match bytes.first() {
            Some(0x30 | 0x31) => Become(craft::with_flags(bytes, 8)),
            Some(_) | None => Pass,
        })
    }),
    saboteur(MQTT_3_3_1_3, "passes_dup_on", "Sends the DUP flag on that it has received.", || {
        let mut repeated = BTreeSet::new();
        Box::new(move |_, event| {
            let (Event::Said(_, piece) | Event::Heard(_, piece)) = event else { return Pass };
            let Some(Packet::Publish(publish)) = piece.packet() else { return Pass };
            let message = (publish.topic.as_str().to_owned(), publish.payload.to_owned());
            if matches!(event, Event::Heard(..)) && repeated.contains(&message) {
                return redelivered(&publish, true);
            }
            if matches!(event, Event::Said(..)) && publish.delivery.dup() {
                repeated.insert(message);
            }
            Pass
        })
    }),
    saboteur(
        MQTT_3_3_1_3,
        "always_sets_dup",
        "Sets DUP in every message that it might have to send again.",
        || deliveries(|_, _, publish| redelivered(&publish, true)),
    ),
    saboteur(MQTT_3_3_1_4, "sends_qos_3", "Sends the highest QoS with both bits set.", || {
        answers(Kind::Publish, |_, _, bytes| match bytes.first() {
            Some(first) if first & 4 != 0 => Become(craft::with_flags(bytes, first & 0x0F | 2)),
            Some(_) | None => Pass,
        })
    }),
    saboteur(
        MQTT_3_3_1_5,
        "retains_only_qos_0",
        "Stores no retained message of QoS 1 or 2.",
        || retains_if(|publish| publish.delivery.qos() == Qos::AtMostOnce),
    ),
    saboteur(
        MQTT_3_3_1_5,
        "retains_the_first",
        "Does not replace the retained message of a topic.",
        || {
            let mut taken = BTreeSet::new();
            publications(move |_, _, publish| {
                let kept = publish.retain && !publish.payload.is_empty();
                match kept && !taken.insert(publish.topic.as_str().to_owned()) {
                    true => with_retain(&publish, false),
                    false => Pass,
                }
            })
        },
    ),
    saboteur(
        MQTT_3_3_1_5,
        "retains_without_the_qos",
        "Stores a retained message without its QoS and sends it at QoS 0.",
        || {
            deliveries(|_, _, publish| match publish.retain {
                true => Become(craft::publish_with(publish, |publish| {
                    publish.delivery = craft::delivery(0, 0, false);
                })),
                false => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_3_1_6,
        "looks_retained_messages_up",
        "Sends retained messages to subscriptions without wildcards only.",
        || {
            deliveries(|wires, link, publish| {
                let topic = publish.topic.as_str();
                let held = wires.matching(link, topic);
                lose_if(publish.retain && held.iter().all(|(filter, _)| filter != topic))
            })
        },
    ),
    saboteur(
        MQTT_3_3_1_6,
        "sends_one_retained_message",
        "Sends the first retained message that matches and no other.",
        || {
            let mut sent = BTreeSet::new();
            Box::new(move |_, event| match event {
                Event::Said(link, _) => {
                    sent.remove(&link);
                    Pass
                }
                Event::Heard(link, piece) => match piece.packet() {
                    Some(Packet::Publish(publish)) if publish.retain => lose_if(!sent.insert(link)),
                    Some(_) | None => Pass,
                },
                Event::Ended(_) | Event::Closed(_) => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_3_1_7,
        "retained_qos_0_replaces_nothing",
        "Does not let a retained message at QoS 0 discard what was retained before.",
        || retains_if(|publish| publish.delivery.qos() != Qos::AtMostOnce),
    ),
    saboteur(
        MQTT_3_3_1_8,
        "sends_retained_messages_as_new",
        "Sends what is retained with RETAIN 0 to a new subscription.",
        || {
            deliveries(|_, _, publish| match publish.retain {
                true => with_retain(&publish, false),
                false => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_3_1_9,
        "passes_retain_on",
        "Sends the RETAIN flag on to established subscriptions.",
        || {
            let mut retained = BTreeSet::new();
            Box::new(move |_, event| {
                let (Event::Said(_, piece) | Event::Heard(_, piece)) = event else { return Pass };
                let Some(Packet::Publish(publish)) = piece.packet() else { return Pass };
                let message = (publish.topic.as_str().to_owned(), publish.payload.to_owned());
                if matches!(event, Event::Heard(..)) && retained.contains(&message) {
                    return with_retain(&publish, true);
                }
                if matches!(event, Event::Said(..)) && publish.retain {
                    retained.insert(message);
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_3_3_1_9,
        "greets_the_resumed_with_retained_messages",
        "Takes a resumed session for new subscriptions and sends what is retained.",
        || {
            server(|wires, link, packet| {
                let held = wires.subscriptions(link).to_vec();
                if crate::sabotage::sessions::resumes(&packet) && !held.is_empty() {
                    let filters: Vec<(&str, u8)> =
                        held.iter().map(|(filter, qos)| (&**filter, *qos)).collect();
                    let bytes = crate::say::subscribe(65_002, &filters);
                    wires.tell_server_quietly(link, bytes, (Kind::Suback, 65_002));
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_3_3_1_10,
        "never_forgets_what_is_retained",
        "Does not remove a retained message for an empty one.",
        || retains_if(|publish| !publish.payload.is_empty()),
    ),
    saboteur(
        MQTT_3_3_1_10,
        "keeps_empty_messages_to_itself",
        "Removes the retained message and does not deliver the empty one.",
        || deliveries(|_, _, publish| lose_if(publish.payload.is_empty() && !publish.retain)),
    ),
    saboteur(
        MQTT_3_3_1_11,
        "retains_emptiness",
        "Stores an empty retained message like any other.",
        || {
            let mut empty = BTreeSet::new();
            Box::new(move |wires, event| match event {
                Event::Said(_, piece) => {
                    if let Some(Packet::Publish(publish)) = piece.packet()
                        && publish.retain
                    {
                        let topic = publish.topic.as_str().to_owned();
                        match publish.payload.is_empty() {
                            true => empty.insert(topic),
                            false => empty.remove(&topic),
                        };
                    }
                    Pass
                }
                Event::Heard(link, piece) if piece.is(Kind::Suback) => {
                    let topics = empty.iter().filter(|at| !wires.matching(link, at).is_empty());
                    let greeting = topics.flat_map(|topic| craft::publish(topic, b"", true));
                    Become(piece.bytes.iter().copied().chain(greeting).collect())
                }
                Event::Heard(..) | Event::Ended(_) | Event::Closed(_) => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_3_1_12,
        "retains_everything",
        "Stores messages with RETAIN 0 as retained.",
        || {
            publications(|_, _, publish| match publish.payload.is_empty() {
                true => Pass,
                false => with_retain(&publish, true),
            })
        },
    ),
    saboteur(
        MQTT_3_3_1_12,
        "any_message_clears_what_is_retained",
        "Removes the retained message when one with RETAIN 0 comes.",
        || {
            publications(|wires, _, publish| {
                if !publish.retain {
                    let bytes = craft::publish(publish.topic.as_str(), b"", true);
                    let hidden = wires.open_hidden("hidden");
                    wires.tell_server(hidden, bytes);
                    wires.cut_behind(hidden);
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_3_3_2_1,
        "sends_topics_without_their_end",
        "Announces a longer topic than it sends.",
        || {
            answers(Kind::Publish, |_, _, bytes| {
                let mut body = craft::body(bytes).to_vec();
                body.splice(..2, [0xFF, 0xFF]);
                Become(craft::with_body(bytes, &body))
            })
        },
    ),
    saboteur(
        MQTT_3_3_2_2,
        "sends_the_filter_as_topic",
        "Writes the filter of the subscription where the topic belongs.",
        || {
            deliveries(|wires, link, publish| {
                let topic = publish.topic.as_str();
                let held = wires.matching(link, topic);
                let Some((filter, _)) = held.iter().find(|(filter, _)| filter != topic) else {
                    return Pass;
                };
                let bytes = craft::encoded(&Packet::Publish(publish));
                let rest = craft::body(&bytes).get(topic.len() + 2..).unwrap_or_default();
                let body = [&crate::say::field(filter.as_bytes()), rest].concat();
                Become(craft::with_body(&bytes, &body))
            })
        },
    ),
    saboteur(
        MQTT_3_3_4_1,
        "acknowledges_only_what_somebody_wants",
        "Sends no PUBACK and no PUBREC for a message without a subscriber.",
        || {
            let mut unwanted = BTreeSet::new();
            Box::new(move |wires, event| match event {
                Event::Said(link, piece) => {
                    if let Some(Packet::Publish(publish)) = piece.packet() {
                        let topic = publish.topic.as_str();
                        let wants = |other: &Link| !wires.matching(*other, topic).is_empty();
                        if !wires.links().iter().any(wants) {
                            unwanted
                                .insert((link, publish.delivery.packet_id().map(|id| id.get())));
                        }
                    }
                    Pass
                }
                Event::Heard(link, piece) if piece.is(Kind::Puback) || piece.is(Kind::Pubrec) => {
                    let id = piece.packet().and_then(|packet| craft::id(&packet));
                    lose_if(unwanted.contains(&(link, id)))
                }
                Event::Heard(..) | Event::Ended(_) | Event::Closed(_) => Pass,
            })
        },
    ),
    saboteur(MQTT_3_3_4_1, "acknowledges_qos_0", "Sends a PUBACK for a QoS 0 message.", || {
        publications(|wires, link, publish| {
            if publish.delivery.qos() == Qos::AtMostOnce {
                wires.tell_client(link, craft::puback(1));
            }
            Pass
        })
    }),
    saboteur(
        MQTT_3_3_4_1,
        "acknowledges_qos_2_like_qos_1",
        "Answers a QoS 2 message with PUBACK.",
        || answers(Kind::Pubrec, |_, _, bytes| Become(craft::framed(0x40, craft::body(bytes)))),
    ),
    saboteur(
        MQTT_3_3_5_1,
        "delivers_overlaps_at_the_lowest_qos",
        "Takes the lowest QoS of the subscriptions that match.",
        || {
            deliveries(|wires, link, publish| {
                let held = wires.matching(link, publish.topic.as_str());
                let lowest = held.iter().map(|(_, qos)| *qos).min().unwrap_or(2);
                at_most(publish, lowest)
            })
        },
    ),
    saboteur(
        MQTT_3_3_5_1,
        "delivers_overlaps_at_the_latest_qos",
        "Takes the QoS of the subscription that was made last.",
        || {
            deliveries(|wires, link, publish| {
                let held = wires.matching(link, publish.topic.as_str());
                at_most(publish, held.last().map_or(2, |(_, qos)| *qos))
            })
        },
    ),
    saboteur(
        MQTT_3_3_5_2,
        "drops_what_is_not_authorised",
        "Drops a message that is not authorised, without an answer, and leaves the connection open.",
        || publications(|_, _, publish| lose_if(publish.topic.as_str() == matrix::DENIED)),
    ),
];

/// The message with this DUP; QoS 0 has none.
fn redelivered(publish: &Publish<'_>, dup: bool) -> Fate {
    let Some(id) = publish.delivery.packet_id() else { return Pass };
    let delivery = craft::delivery(publish.delivery.qos().bits(), id.get(), dup);
    Become(craft::encoded(&Packet::Publish(Publish { delivery, ..*publish })))
}

fn with_retain(publish: &Publish<'_>, retain: bool) -> Fate {
    Become(craft::encoded(&Packet::Publish(Publish { retain, ..*publish })))
}

/// Takes RETAIN 1 of Clients for 0 unless `which` says so.
fn retains_if(which: impl Fn(&Publish<'_>) -> bool + 'static) -> Habit {
    publications(move |_, _, publish| match publish.retain && !which(&publish) {
        true => with_retain(&publish, false),
        false => Pass,
    })
}
