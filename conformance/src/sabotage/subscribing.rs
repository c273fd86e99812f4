//! Saboteurs of §3.8 to §3.12: subscriptions, their end, and PINGREQ.

use std::collections::{BTreeMap, BTreeSet};

use etalon::spec::Id::*;

use super::*;

pub(super) const SABOTEURS: &[Saboteur] = &[
    saboteur(
        MQTT_3_8_3_2,
        "takes_wildcards_for_letters",
        "Grants filters with wildcards and compares them letter by letter.",
        || {
            deliveries(|wires, link, publish| {
                let topic = publish.topic.as_str();
                lose_if(wires.matching(link, topic).iter().all(|(filter, _)| filter != topic))
            })
        },
    ),
    saboteur(MQTT_3_8_4_1, "subscribes_without_a_word", "Sends no SUBACK.", || {
        answers(Kind::Suback, |_, _, _| Lost)
    }),
    saboteur(
        MQTT_3_8_4_1,
        "answers_one_subscribe",
        "Answers the first SUBSCRIBE of a connection and no other.",
        || {
            let mut answered = BTreeSet::new();
            answers(Kind::Suback, move |_, link, _| lose_if(!answered.insert(link)))
        },
    ),
    saboteur(
        MQTT_3_8_4_2,
        "counts_subacks_itself",
        "Numbers its SUBACKs 1, 2, 3 instead of repeating the identifier.",
        || {
            let mut count = 0;
            answers(Kind::Suback, move |_, _, bytes| {
                count += 1;
                Become(craft::with_id(bytes, count))
            })
        },
    ),
    saboteur(
        MQTT_2_3_1_7,
        "swaps_the_bytes_of_suback_identifiers",
        "Writes the identifier of SUBACK with the lowest byte first.",
        || answers(Kind::Suback, |_, _, bytes| swapped(bytes)),
    ),
    saboteur(
        MQTT_2_3_1_7,
        "swaps_the_bytes_of_unsuback_identifiers",
        "Writes the identifier of UNSUBACK with the lowest byte first.",
        || answers(Kind::Unsuback, |_, _, bytes| swapped(bytes)),
    ),
    saboteur(
        MQTT_3_8_4_3,
        "replacing_keeps_the_old_qos",
        "Leaves a subscription as it is when its filter is subscribed to again.",
        || {
            in_words_only(|wires, link, list| {
                for (filter, qos) in list {
                    let held = wires.subscriptions(link).iter().find(|(held, _)| held == filter);
                    *qos = held.map_or(*qos, |(_, held)| *held);
                }
            })
        },
    ),
    saboteur(
        MQTT_3_8_4_3,
        "replacing_brings_nothing_retained",
        "Sends retained messages for filters only that it did not know.",
        || {
            let mut again = BTreeSet::new();
            Box::new(move |wires, event| match event {
                Event::Said(link, piece) => {
                    again.remove(&link);
                    if let Some(Packet::Subscribe(subscribe)) = piece.packet() {
                        let held = wires.subscriptions(link);
                        let known = |filter: &str| held.iter().any(|(held, _)| held == filter);
                        if subscribe.requests.iter().any(|(filter, _)| known(filter.as_str())) {
                            again.insert(link);
                        }
                    }
                    Pass
                }
                Event::Heard(link, piece) => match piece.packet() {
                    Some(Packet::Publish(publish)) => {
                        lose_if(publish.retain && again.contains(&link))
                    }
                    Some(_) | None => Pass,
                },
                Event::Ended(_) | Event::Closed(_) => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_8_4_3,
        "subscribing_again_adds",
        "Holds a filter twice that is subscribed to twice, and delivers twice.",
        || {
            let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
            Box::new(move |wires, event| match event {
                Event::Said(link, piece) => {
                    if let Some(Packet::Subscribe(subscribe)) = piece.packet() {
                        for (filter, _) in subscribe.requests.iter() {
                            let of = (wires.client_id(link), filter.as_str().to_owned());
                            *times.entry(of).or_default() += 1;
                        }
                    }
                    Pass
                }
                Event::Heard(link, piece) => {
                    let Some(Packet::Publish(publish)) = piece.packet() else { return Pass };
                    let topic = publish.topic.as_str();
                    let held = wires.matching(link, topic);
                    let id = wires.client_id(link);
                    let twice = |filter: &String| {
                        times.get(&(id.clone(), filter.clone())).is_some_and(|times| *times > 1)
                    };
                    if publish.retain || !held.iter().any(|(filter, _)| twice(filter)) {
                        return Pass;
                    }
                    let copy = craft::publish(topic, publish.payload, false);
                    Become([piece.bytes.clone(), copy].concat())
                }
                Event::Ended(_) | Event::Closed(_) => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_8_4_4,
        "takes_the_first_filter_only",
        "Subscribes to the first filter of a SUBSCRIBE and grants all of them.",
        || in_words_only(|_, _, list| list.truncate(1)),
    ),
    saboteur(
        MQTT_3_8_4_4,
        "sends_a_suback_for_each_filter",
        "Answers a SUBSCRIBE for many filters with many SUBACKs.",
        || subacks(|id, codes| codes.iter().flat_map(|code| craft::suback(id, &[*code])).collect()),
    ),
    saboteur(
        MQTT_3_8_4_5,
        "sends_one_return_code",
        "Sends one return code, for however many filters.",
        || subacks(|id, codes| craft::suback(id, codes.get(..1).unwrap_or(codes))),
    ),
    saboteur(
        MQTT_3_8_4_5,
        "grants_qos_2_in_words",
        "Says that it has granted QoS 2, whatever it was asked for.",
        || subacks(|id, codes| craft::suback(id, &vec![2; codes.len()])),
    ),
    saboteur(
        MQTT_3_8_4_6,
        "delivers_as_published",
        "Delivers at the QoS of the publication, whatever was granted.",
        || {
            let mut published: BTreeMap<(String, Vec<u8>), u8> = BTreeMap::new();
            Box::new(move |_, event| {
                let (Event::Said(_, piece) | Event::Heard(_, piece)) = event else { return Pass };
                let Some(Packet::Publish(publish)) = piece.packet() else { return Pass };
                let message = (publish.topic.as_str().to_owned(), publish.payload.to_owned());
                if matches!(event, Event::Said(..)) {
                    published.insert(message, publish.delivery.qos().bits());
                    return Pass;
                }
                let qos = published.get(&message).copied().unwrap_or(0);
                raised(publish, qos)
            })
        },
    ),
    saboteur(
        MQTT_3_8_4_6,
        "delivers_as_granted",
        "Delivers at the granted QoS, whatever that of the publication was.",
        || {
            deliveries(|wires, link, publish| {
                let held = wires.matching(link, publish.topic.as_str());
                raised(publish, held.iter().map(|(_, qos)| *qos).max().unwrap_or(0))
            })
        },
    ),
    saboteur(
        MQTT_3_8_4_6,
        "delivers_at_qos_0",
        "Grants QoS 1 and 2 and delivers at QoS 0.",
        || deliveries(|_, _, publish| at_most(publish, 0)),
    ),
    saboteur(
        MQTT_3_9_3_1,
        "sends_return_codes_backwards",
        "Sends the return codes in reverse.",
        || {
            subacks(|id, codes| {
                craft::suback(id, &codes.iter().rev().copied().collect::<Vec<u8>>())
            })
        },
    ),
    saboteur(
        MQTT_3_9_3_1,
        "sorts_return_codes",
        "Sends the return codes in ascending order.",
        || {
            subacks(|id, codes| {
                let mut codes = codes.to_vec();
                codes.sort_unstable();
                craft::suback(id, &codes)
            })
        },
    ),
    saboteur(MQTT_3_9_3_2, "grants_qos_3", "Grants QoS 3 where QoS 2 is asked for.", || {
        subacks(|id, codes| {
            let codes: Vec<u8> =
                codes.iter().map(|code| if *code == 2 { 3 } else { *code }).collect();
            craft::suback(id, &codes)
        })
    }),
    saboteur(
        MQTT_3_10_4_1,
        "removes_what_the_filter_matches",
        "Takes the filters of UNSUBSCRIBE for patterns of what is to be removed.",
        || {
            client(|wires, link, packet| {
                let Packet::Unsubscribe(unsubscribe) = packet else { return Pass };
                let given: Vec<&str> =
                    unsubscribe.filters.iter().map(|filter| filter.as_str()).collect();
                let held = wires.subscriptions(link).iter().map(|(filter, _)| filter.as_str());
                let like = |held: &str| held.replace(['+', '#'], "any");
                let also = held.filter(|held| {
                    given.iter().any(|pattern| wires::matches(pattern, &like(held)))
                });
                let all: Vec<&str> = given.iter().copied().chain(also).collect();
                Become(craft::unsubscribe_for(&unsubscribe, &all))
            })
        },
    ),
    saboteur(
        MQTT_3_10_4_1,
        "removes_every_subscription",
        "Ends all subscriptions with any UNSUBSCRIBE.",
        || {
            client(|wires, link, packet| {
                let Packet::Unsubscribe(unsubscribe) = packet else { return Pass };
                let held = wires.subscriptions(link).iter().map(|(filter, _)| filter.as_str());
                let given = unsubscribe.filters.iter().map(|filter| filter.as_str());
                let all: Vec<&str> = given.chain(held).collect();
                Become(craft::unsubscribe_for(&unsubscribe, &all))
            })
        },
    ),
    saboteur(
        MQTT_3_10_4_2,
        "unsubscribes_in_words",
        "Answers UNSUBSCRIBE and goes on delivering.",
        || {
            client(|wires, link, packet| {
                let Packet::Unsubscribe(unsubscribe) = packet else { return Pass };
                wires.tell_client(link, craft::unsuback(unsubscribe.packet_id.get()));
                Lost
            })
        },
    ),
    saboteur(
        MQTT_3_10_4_3,
        "drops_what_was_begun",
        "Forgets deliveries that have begun when their subscription ends.",
        || {
            let mut gone: BTreeSet<String> = BTreeSet::new();
            Box::new(move |wires, event| match event {
                Event::Said(link, piece) => {
                    if piece.is(Kind::Unsubscribe) {
                        gone.insert(wires.client_id(link));
                    }
                    Pass
                }
                Event::Heard(link, piece) if gone.contains(&wires.client_id(link)) => {
                    match piece.packet() {
                        Some(Packet::Pubrel(_)) => Lost,
                        Some(Packet::Publish(publish)) => lose_if(publish.delivery.dup()),
                        Some(_) | None => Pass,
                    }
                }
                Event::Heard(..) | Event::Ended(_) | Event::Closed(_) => Pass,
            })
        },
    ),
    saboteur(MQTT_3_10_4_4, "unsubscribes_without_a_word", "Sends no UNSUBACK.", || {
        answers(Kind::Unsuback, |_, _, _| Lost)
    }),
    saboteur(
        MQTT_3_10_4_4,
        "counts_unsubacks_itself",
        "Numbers its UNSUBACKs 1, 2, 3 instead of repeating the identifier.",
        || {
            let mut count = 0;
            answers(Kind::Unsuback, move |_, _, bytes| {
                count += 1;
                Become(craft::with_id(bytes, count))
            })
        },
    ),
    saboteur(
        MQTT_3_10_4_5,
        "answers_only_what_it_could_remove",
        "Sends no UNSUBACK if there was nothing to remove.",
        || {
            let mut idle = BTreeSet::new();
            Box::new(move |wires, event| match event {
                Event::Said(link, piece) => {
                    if let Some(Packet::Unsubscribe(unsubscribe)) = piece.packet() {
                        let held = wires.subscriptions(link);
                        let holds = |at: &str| held.iter().any(|(filter, _)| filter == at);
                        if !unsubscribe.filters.iter().any(|filter| holds(filter.as_str())) {
                            idle.insert((link, unsubscribe.packet_id.get()));
                        }
                    }
                    Pass
                }
                Event::Heard(link, piece) if piece.is(Kind::Unsuback) => {
                    let id = piece.packet().and_then(|packet| craft::id(&packet)).unwrap_or(0);
                    lose_if(idle.contains(&(link, id)))
                }
                Event::Heard(..) | Event::Ended(_) | Event::Closed(_) => Pass,
            })
        },
    ),
    saboteur(
        MQTT_3_10_4_6,
        "removes_the_first_filter_only",
        "Ends the first subscription of an UNSUBSCRIBE and answers for all.",
        || {
            client(|_, _, packet| {
                let Packet::Unsubscribe(unsubscribe) = packet else { return Pass };
                let first = unsubscribe.filters.iter().map(|filter| filter.as_str()).take(1);
                Become(craft::unsubscribe_for(&unsubscribe, &first.collect::<Vec<&str>>()))
            })
        },
    ),
    saboteur(
        MQTT_3_10_4_6,
        "sends_an_unsuback_for_each_filter",
        "Answers an UNSUBSCRIBE for many filters with many UNSUBACKs.",
        || {
            let mut counts = BTreeMap::new();
            Box::new(move |_, event| {
                let (Event::Said(link, piece) | Event::Heard(link, piece)) = event else {
                    return Pass;
                };
                match piece.packet() {
                    Some(Packet::Unsubscribe(unsubscribe)) => {
                        let id = unsubscribe.packet_id.get();
                        counts.insert((link, id), unsubscribe.filters.len());
                        Pass
                    }
                    Some(Packet::Unsuback(unsuback)) => {
                        let count = counts.get(&(link, unsuback.packet_id.get()));
                        Become(piece.bytes.repeat(count.copied().unwrap_or(1)))
                    }
                    Some(_) | None => Pass,
                }
            })
        },
    ),
    saboteur(
        MQTT_3_12_4_1,
        "answers_no_pingreq",
        "Takes PINGREQ for a sign of life and nothing more.",
        || answers(Kind::Pingresp, |_, _, _| Lost),
    ),
    saboteur(
        MQTT_3_12_4_1,
        "answers_one_pingreq",
        "Answers the first PINGREQ of a connection and no other.",
        || {
            let mut answered = BTreeSet::new();
            answers(Kind::Pingresp, move |_, link, _| lose_if(!answered.insert(link)))
        },
    ),
    saboteur(
        MQTT_3_12_4_1,
        "has_no_time_for_pingreq",
        "Answers no PINGREQ while it waits for an acknowledgement.",
        || {
            let mut open: BTreeMap<Link, i32> = BTreeMap::new();
            Box::new(move |_, event| {
                let (Event::Said(link, piece) | Event::Heard(link, piece)) = event else {
                    return Pass;
                };
                let open = open.entry(link).or_default();
                match (event, piece.packet()) {
                    (Event::Heard(..), Some(Packet::Publish(publish))) => {
                        *open += i32::from(publish.delivery.packet_id().is_some());
                    }
                    (Event::Said(..), Some(Packet::Puback(_) | Packet::Pubcomp(_))) => *open -= 1,
                    (_, Some(Packet::Pingresp(_))) => return lose_if(*open > 0),
                    (_, _) => {}
                }
                Pass
            })
        },
    ),
];

fn swapped(bytes: &[u8]) -> Fate {
    let mut body = craft::body(bytes).to_vec();
    body.swap(0, 1);
    Become(craft::with_body(bytes, &body))
}

/// Writes every SUBACK anew, from its identifier and its return codes.
fn subacks(write: impl Fn(u16, &[u8]) -> Vec<u8> + 'static) -> Habit {
    server(move |_, _, packet| {
        let Packet::Suback(suback) = packet else { return Pass };
        let codes: Vec<u8> = suback.return_codes.iter().map(|code| code.byte()).collect();
        Become(write(suback.packet_id.get(), &codes))
    })
}

/// Changes what every SUBSCRIBE asks for, and grants what was asked for before.
fn in_words_only(change: impl Fn(&Wires, Link, &mut Vec<(String, u8)>) + 'static) -> Habit {
    let mut asked: BTreeMap<(Link, u16), Vec<u8>> = BTreeMap::new();
    Box::new(move |wires, event| match event {
        Event::Said(link, piece) => {
            let Some(Packet::Subscribe(subscribe)) = piece.packet() else { return Pass };
            let codes = subscribe.requests.iter().map(|(_, qos)| qos.bits()).collect();
            asked.insert((link, subscribe.packet_id.get()), codes);
            Become(craft::subscribe_with(&subscribe, |list| change(wires, link, list)))
        }
        Event::Heard(link, piece) => {
            let Some(Packet::Suback(suback)) = piece.packet() else { return Pass };
            let id = suback.packet_id.get();
            asked.get(&(link, id)).map_or(Pass, |codes| Become(craft::suback(id, codes)))
        }
        Event::Ended(_) | Event::Closed(_) => Pass,
    })
}

/// The message at this QoS at least, under an identifier that is not the inner broker's.
fn raised(publish: Publish<'_>, qos: u8) -> Fate {
    if qos <= publish.delivery.qos().bits() {
        return Pass;
    }
    let id = publish.delivery.packet_id().map_or(60_000, |id| id.get());
    let delivery = craft::delivery(qos, id, false);
    Become(craft::encoded(&Packet::Publish(Publish { delivery, ..publish })))
}
