//! Saboteurs of §2.3.1 and §4.3 to §4.6: identifiers, delivery at each QoS, re-sending, order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use etalon::packet::Qos;
use etalon::spec::Id::*;

use super::*;

pub(super) const SABOTEURS: &[Saboteur] = &[
    saboteur(
        MQTT_2_3_1_4,
        "has_one_identifier",
        "Sends every message under identifier 1, though others are open.",
        one_identifier,
    ),
    saboteur(
        MQTT_2_3_1_4,
        "uses_the_identifier_of_the_publisher",
        "Delivers under the identifier that the publisher has used.",
        || {
            let mut published: BTreeMap<(String, Vec<u8>), u16> = BTreeMap::new();
            Box::new(move |_, event| {
                let (Event::Said(_, piece) | Event::Heard(_, piece)) = event else { return Pass };
                let Some(Packet::Publish(publish)) = piece.packet() else { return Pass };
                let Some(id) = publish.delivery.packet_id() else { return Pass };
                let message = (publish.topic.as_str().to_owned(), publish.payload.to_owned());
                if matches!(event, Event::Said(..)) {
                    published.insert(message, id.get());
                    return Pass;
                }
                let id = published.get(&message);
                id.map_or(Pass, |id| Become(craft::with_id(&piece.bytes, *id)))
            })
        },
    ),
    saboteur(
        MQTT_4_3_1_1,
        "sends_qos_0_twice",
        "Sends a QoS 0 message twice, to be on the safe side.",
        || {
            deliveries(|_, _, publish| match publish.delivery.qos() {
                Qos::AtMostOnce => Become(craft::encoded(&Packet::Publish(publish)).repeat(2)),
                Qos::AtLeastOnce | Qos::ExactlyOnce => Pass,
            })
        },
    ),
    saboteur(
        MQTT_4_3_2_1,
        "sends_qos_1_once",
        "Forgets a QoS 1 message as soon as it is sent.",
        || {
            deliveries(|_, _, publish| {
                let again = publish.delivery.dup();
                lose_if(again && publish.delivery.qos() == Qos::AtLeastOnce)
            })
        },
    ),
    saboteur(MQTT_4_3_2_1, "takes_pubrec_for_puback", "Ends a QoS 1 delivery with PUBREC.", || {
        let mut at_qos_1 = BTreeSet::new();
        Box::new(move |_, event| {
            let (Event::Said(link, piece) | Event::Heard(link, piece)) = event else {
                return Pass;
            };
            match (event, piece.packet()) {
                (Event::Heard(..), Some(Packet::Publish(publish))) => {
                    let id = publish.delivery.packet_id().map(|id| id.get());
                    if publish.delivery.qos() == Qos::AtLeastOnce {
                        at_qos_1.extend(id.map(|id| (link, id)));
                    }
                    Pass
                }
                (Event::Said(..), Some(Packet::Pubrec(pubrec)))
                    if at_qos_1.contains(&(link, pubrec.packet_id.get())) =>
                {
                    Become(craft::puback(pubrec.packet_id.get()))
                }
                (_, _) => Pass,
            }
        })
    }),
    saboteur(
        MQTT_4_3_2_2,
        "delivers_an_identifier_once",
        "Takes a QoS 1 message for a repeat if its identifier was used before.",
        || {
            let mut used = BTreeSet::new();
            publications(move |wires, link, publish| {
                let Some(id) = publish.delivery.packet_id().map(|id| id.get()) else { return Pass };
                let again = publish.delivery.qos() == Qos::AtLeastOnce && !used.insert((link, id));
                if again {
                    wires.tell_client(link, craft::puback(id));
                }
                lose_if(again)
            })
        },
    ),
    saboteur(
        MQTT_4_3_2_2,
        "takes_dup_for_a_repeat",
        "Acknowledges a QoS 1 message with DUP 1 and does not deliver it.",
        || {
            publications(|wires, link, publish| {
                let Some(id) = publish.delivery.packet_id().map(|id| id.get()) else { return Pass };
                let again = publish.delivery.qos() == Qos::AtLeastOnce && publish.delivery.dup();
                if again {
                    wires.tell_client(link, craft::puback(id));
                }
                lose_if(again)
            })
        },
    ),
    saboteur(
        MQTT_4_3_2_2,
        "acknowledges_before_it_owns",
        "Sends PUBACK and loses the message.",
        || {
            publications(|wires, link, publish| {
                let Some(id) = publish.delivery.packet_id().map(|id| id.get()) else { return Pass };
                let qos_1 = publish.delivery.qos() == Qos::AtLeastOnce;
                if qos_1 {
                    wires.tell_client(link, craft::puback(id));
                }
                lose_if(qos_1)
            })
        },
    ),
    saboteur(MQTT_4_3_3_1, "ends_qos_2_with_pubrec", "Sends no PUBREL.", || {
        answers(Kind::Pubrel, |_, _, _| Lost)
    }),
    saboteur(
        MQTT_4_3_3_1,
        "sends_the_message_after_pubrel",
        "Sends a QoS 2 message again after its PUBREL.",
        || {
            let mut sent: BTreeMap<(String, u16), Vec<u8>> = BTreeMap::new();
            Box::new(move |wires, event| {
                let Event::Heard(link, piece) = event else { return Pass };
                let id = wires.client_id(link);
                match piece.packet() {
                    Some(Packet::Publish(publish))
                        if publish.delivery.qos() == Qos::ExactlyOnce =>
                    {
                        let flags = piece.bytes.first().map_or(0, |first| first & 0x0F | 8);
                        let number = publish.delivery.packet_id().map_or(0, |id| id.get());
                        sent.insert((id, number), craft::with_flags(&piece.bytes, flags));
                        Pass
                    }
                    Some(Packet::Pubrel(pubrel)) => {
                        let again = sent.get(&(id, pubrel.packet_id.get())).cloned();
                        Become([piece.bytes.clone(), again.unwrap_or_default()].concat())
                    }
                    Some(_) | None => Pass,
                }
            })
        },
    ),
    saboteur(MQTT_4_3_3_1, "takes_puback_for_pubrec", "Ends a QoS 2 delivery with PUBACK.", || {
        let mut at_qos_2 = BTreeSet::new();
        let mut ended = BTreeSet::new();
        Box::new(move |wires, event| {
            let (Event::Said(link, piece) | Event::Heard(link, piece)) = event else {
                return Pass;
            };
            let of = (wires.client_id(link), piece.packet().and_then(|at| craft::id(&at)));
            match (event, piece.packet()) {
                (Event::Heard(..), Some(Packet::Publish(publish))) => {
                    if publish.delivery.qos() == Qos::ExactlyOnce {
                        at_qos_2.insert(of.clone());
                    }
                    lose_if(ended.contains(&of))
                }
                (Event::Said(..), Some(Packet::Puback(_))) if at_qos_2.contains(&of) => {
                    ended.insert(of);
                    Lost
                }
                (_, _) => Pass,
            }
        })
    }),
    saboteur(
        MQTT_4_3_3_2,
        "delivers_every_repeat",
        "Delivers a QoS 2 message each time that it comes, also before its PUBREL.",
        || {
            let mut open = BTreeSet::new();
            repeats(move |wires, link, publish, id| {
                if !open.insert((wires.client_id(link), id)) {
                    deliver_again(wires, publish);
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_4_3_3_2,
        "delivers_repeats_with_dup_0",
        "Knows a repeat at QoS 2 by its DUP flag alone.",
        || {
            let mut open = BTreeSet::new();
            repeats(move |wires, link, publish, id| {
                let again = !open.insert((wires.client_id(link), id));
                if again && !publish.delivery.dup() {
                    deliver_again(wires, publish);
                }
                Pass
            })
        },
    ),
    saboteur(
        MQTT_4_3_3_2,
        "answers_no_repeat",
        "Takes no notice of a QoS 2 message that comes again.",
        || {
            let mut open = BTreeSet::new();
            repeats(move |_, link, _, id| lose_if(!open.insert((link, id))))
        },
    ),
    saboteur(
        MQTT_4_3_3_2,
        "keeps_identifiers_after_pubrel",
        "Does not forget the identifier of a QoS 2 message with its PUBREL.",
        || {
            let mut used = BTreeSet::new();
            repeats(move |wires, link, _, id| {
                let again = !used.insert((wires.client_id(link), id));
                if again {
                    wires.tell_client(link, craft::pubrec(id));
                }
                lose_if(again)
            })
        },
    ),
    saboteur(
        MQTT_4_3_3_2,
        "completes_only_what_it_knows",
        "Answers no PUBREL for an identifier that it does not know.",
        || {
            let mut open = BTreeSet::new();
            client(move |wires, link, packet| {
                let owner = wires.client_id(link);
                let of = (owner, craft::id(&packet).unwrap_or(0));
                if packet.kind() == Kind::Pubrel {
                    return lose_if(!open.remove(&of));
                }
                if let Packet::Publish(publish) = packet
                    && publish.delivery.qos() == Qos::ExactlyOnce
                {
                    open.insert(of);
                }
                Pass
            })
        },
    ),
    saboteur(MQTT_4_3_3_2, "never_completes", "Sends no PUBCOMP.", || {
        answers(Kind::Pubcomp, |_, _, _| Lost)
    }),
    saboteur(
        MQTT_4_4_0_1,
        "sends_nothing_again",
        "Does not send unacknowledged messages again when a Client comes back.",
        || deliveries(|_, _, publish| lose_if(publish.delivery.dup())),
    ),
    saboteur(
        MQTT_4_4_0_1,
        "sends_no_pubrel_again",
        "Does not send PUBREL again when a Client comes back.",
        || {
            let mut sent = BTreeSet::new();
            server(move |wires, link, packet| {
                let Packet::Pubrel(pubrel) = packet else { return Pass };
                let again = !sent.insert((wires.client_id(link), pubrel.packet_id.get()));
                lose_if(again)
            })
        },
    ),
    saboteur(
        MQTT_4_4_0_1,
        "sends_again_under_new_identifiers",
        "Sends unacknowledged messages again as if they were new.",
        || {
            const AWAY: u16 = 20_000;
            Box::new(|_, event| {
                let (Event::Said(_, piece) | Event::Heard(_, piece)) = event else { return Pass };
                let Some(packet) = piece.packet() else { return Pass };
                let id = craft::id(&packet).unwrap_or(0);
                let again = matches!(packet, Packet::Publish(publish) if publish.delivery.dup());
                match event {
                    Event::Heard(..) if again => {
                        Become(craft::with_id(&piece.bytes, id.saturating_add(AWAY)))
                    }
                    Event::Said(..) if packet.kind() == Kind::Puback && id > AWAY => {
                        Become(craft::with_id(&piece.bytes, id - AWAY))
                    }
                    Event::Said(..) | Event::Heard(..) | Event::Ended(_) | Event::Closed(_) => Pass,
                }
            })
        },
    ),
    saboteur(MQTT_4_6_0_6, "swaps_neighbours", "Sends the second of two messages first.", || {
        swaps(|packet| matches!(packet, Packet::Publish(publish) if !publish.retain))
    }),
    saboteur(
        MQTT_4_6_0_5,
        "orders_qos_0_only",
        "Sends messages of QoS 1 and 2 in any order.",
        || {
            swaps(
                |packet| matches!(packet, Packet::Publish(publish) if publish.delivery.packet_id().is_some()),
            )
        },
    ),
    saboteur(
        MQTT_4_6_0_6,
        "sends_again_in_any_order",
        "Does not keep the order of messages when it sends them again.",
        || swaps(|packet| matches!(packet, Packet::Publish(publish) if publish.delivery.dup())),
    ),
    saboteur(
        MQTT_4_6_0_6,
        "releases_in_any_order",
        "Sends PUBRELs in another order than that of the PUBRECs.",
        || swaps(|packet| packet.kind() == Kind::Pubrel),
    ),
];

/// Sends all under identifier 1, and takes an answer for that of the oldest open message.
fn one_identifier() -> Habit {
    let mut open: BTreeMap<Link, VecDeque<u16>> = BTreeMap::new();
    Box::new(move |_, event| {
        let (Event::Said(link, piece) | Event::Heard(link, piece)) = event else { return Pass };
        let Some(packet) = piece.packet() else { return Pass };
        let Some(id) = craft::id(&packet) else { return Pass };
        let open = open.entry(link).or_default();
        let said = matches!(event, Event::Said(..));
        let oldest = open.front().copied().unwrap_or(id);
        match (said, packet.kind()) {
            (false, Kind::Publish | Kind::Pubrel) => {
                if packet.kind() == Kind::Publish {
                    open.push_back(id);
                }
                Become(craft::with_id(&piece.bytes, 1))
            }
            (true, Kind::Pubrec) => Become(craft::with_id(&piece.bytes, oldest)),
            (true, Kind::Puback | Kind::Pubcomp) => {
                open.pop_front();
                Become(craft::with_id(&piece.bytes, oldest))
            }
            (_, _) => Pass,
        }
    })
}

/// Decides on QoS 2 messages of Clients.
fn repeats(mut decide: impl FnMut(&mut Wires, Link, &Publish<'_>, u16) -> Fate + 'static) -> Habit {
    publications(move |wires, link, publish| match publish.delivery.packet_id() {
        Some(id) if publish.delivery.qos() == Qos::ExactlyOnce => {
            decide(wires, link, &publish, id.get())
        }
        Some(_) | None => Pass,
    })
}

fn deliver_again(wires: &mut Wires, publish: &Publish<'_>) {
    let hidden = wires.open_hidden("hidden");
    let delivery = craft::delivery(publish.delivery.qos().bits(), 1, false);
    wires.tell_server(hidden, craft::encoded(&Packet::Publish(Publish { delivery, ..*publish })));
    wires.tell_server(hidden, craft::pubrel(1));
}

/// Sends the second of two of these first, where they come at once. What is held back goes out when
/// anything else happens.
fn swaps(which: impl Fn(&Packet<'_>) -> bool + 'static) -> Habit {
    let mut held: Option<(Link, Vec<u8>)> = None;
    Box::new(move |wires, event| {
        let before = held.take();
        if let Event::Heard(link, piece) = event
            && piece.packet().is_some_and(|packet| which(&packet))
        {
            if let Some((of, first)) = &before
                && *of == link
            {
                return Become([piece.bytes.clone(), first.clone()].concat());
            }
            held = Some((link, piece.bytes.clone()));
        }
        if let Some((of, first)) = before {
            wires.tell_client(of, first);
        }
        lose_if(held.is_some())
    })
}
