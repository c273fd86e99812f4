//! Saboteurs of §4.5 and §4.7: who gets a message, and which filters match.

use std::collections::{BTreeMap, BTreeSet};

use etalon::spec::Id::*;

use super::*;

pub(super) const SABOTEURS: &[Saboteur] = &[
    saboteur(
        MQTT_3_3_2_3,
        "matches_beginnings",
        "Matches a/# against ab: compares the letters before the # and nothing else.",
        || {
            also_matches(|filter, topic| {
                let before = filter.strip_suffix("/#");
                before.is_some_and(|before| topic.starts_with(before))
            })
        },
    ),
    saboteur(MQTT_3_3_2_3, "matches_many_levels_with_plus", "Matches a/+ against a/b/c.", || {
        also_matches(|filter, topic| {
            let before = filter.strip_suffix('+');
            before.is_some_and(|before| topic.starts_with(before))
        })
    }),
    saboteur(
        MQTT_3_3_2_3,
        "sends_to_everybody",
        "Sends a message to all who hold a subscription, whichever it is.",
        || also_matches(|_, _| true),
    ),
    saboteur(MQTT_4_5_0_1, "matches_no_parent_with_hash", "Does not match a/# against a.", || {
        misses(|wires, link, publish| {
            let topic = publish.topic.as_str();
            let parent = |filter: &str| filter.strip_suffix("/#") == Some(topic);
            wires.matching(link, topic).iter().all(|(filter, _)| parent(filter))
        })
    }),
    saboteur(
        MQTT_4_5_0_1,
        "matches_no_empty_levels",
        "Does not match + against an empty level.",
        || {
            misses(|wires, link, publish| {
                let topic = publish.topic.as_str();
                let empty = topic.split('/').any(str::is_empty);
                let held = wires.matching(link, topic);
                empty && held.iter().all(|(filter, _)| filter.contains('+'))
            })
        },
    ),
    saboteur(
        MQTT_4_5_0_1,
        "sends_nothing_back",
        "Does not deliver to a Client what it has published itself.",
        || {
            let mut own: BTreeSet<(Link, String)> = BTreeSet::new();
            Box::new(move |_, event| {
                let (Event::Said(link, piece) | Event::Heard(link, piece)) = event else {
                    return Pass;
                };
                let Some(Packet::Publish(publish)) = piece.packet() else { return Pass };
                let topic = (link, publish.topic.as_str().to_owned());
                if matches!(event, Event::Said(..)) {
                    own.insert(topic);
                    return Pass;
                }
                lose_if(own.contains(&topic))
            })
        },
    ),
    saboteur(
        MQTT_4_5_0_1,
        "delivers_to_one",
        "Delivers a message to the first subscriber and to no other.",
        || {
            let mut given: BTreeMap<(String, Vec<u8>), Link> = BTreeMap::new();
            deliveries(move |_, link, publish| {
                let message = (publish.topic.as_str().to_owned(), publish.payload.to_owned());
                lose_if(*given.entry(message).or_insert(link) != link)
            })
        },
    ),
    saboteur(MQTT_4_5_0_1, "drops_the_third", "Loses every third message of a connection.", || {
        let mut counts: BTreeMap<Link, usize> = BTreeMap::new();
        deliveries(move |_, link, _| {
            let count = counts.entry(link).or_default();
            *count += 1;
            lose_if(count.is_multiple_of(3))
        })
    }),
    saboteur(
        MQTT_4_5_0_1,
        "knows_100_levels_at_most",
        "Does not deliver to a topic of a hundred levels.",
        || misses(|_, _, publish| publish.topic.levels().count() >= 100),
    ),
    saboteur(
        MQTT_4_7_2_1,
        "matches_dollar_with_hash",
        "Matches # against topics that begin with $.",
        || also_matches(|filter, topic| topic.starts_with('$') && filter.starts_with('#')),
    ),
    saboteur(
        MQTT_4_7_2_1,
        "matches_dollar_with_plus",
        "Matches a leading + against topics that begin with $.",
        || {
            also_matches(|filter, topic| {
                let plain = topic.strip_prefix('$').unwrap_or_default();
                topic.starts_with('$') && filter.starts_with('+') && wires::matches(filter, plain)
            })
        },
    ),
    saboteur(
        MQTT_4_7_3_4,
        "compares_topics_without_case",
        "Takes topics for the same that differ by case.",
        || normalises(str::to_lowercase),
    ),
    saboteur(MQTT_4_7_3_4, "trims_separators", "Takes /a, a and a/ for the same topic.", || {
        normalises(|text| {
            let trimmed = text.trim_matches('/');
            (if trimmed.is_empty() { text } else { trimmed }).to_owned()
        })
    }),
    saboteur(MQTT_4_7_3_4, "joins_separators", "Takes a//b and a/b for the same topic.", || {
        normalises(|text| text.replace("//", "/"))
    }),
    saboteur(MQTT_4_7_3_4, "trims_spaces", "Drops spaces from topics.", || {
        normalises(|text| {
            let without = text.replace(' ', "");
            if without.is_empty() { text.to_owned() } else { without }
        })
    }),
    saboteur(
        MQTT_4_7_3_4,
        "decodes_percent_signs",
        "Takes %2F in a topic for a separator.",
        || normalises(|text| text.replace("%2F", "/").replace("%2f", "/")),
    ),
    saboteur(
        MQTT_4_7_3_4,
        "composes_characters",
        "Takes a letter with an accent and the composed letter for the same.",
        || normalises(|text| text.replace("a\u{308}", "ä").replace("e\u{301}", "é")),
    ),
];

/// Delivers to a subscription also where only this says that it matches, at QoS 0.
fn also_matches(matches: impl Fn(&str, &str) -> bool + 'static) -> Habit {
    publications(move |wires, _, publish| {
        let topic = publish.topic.as_str();
        for link in wires.links() {
            let mistaken = wires.subscriptions(link).iter().any(|(held, _)| matches(held, topic));
            if mistaken && wires.matching(link, topic).is_empty() {
                wires.tell_client(link, craft::publish(topic, publish.payload, false));
            }
        }
        Pass
    })
}

/// Loses deliveries.
fn misses(which: impl Fn(&Wires, Link, &Publish<'_>) -> bool + 'static) -> Habit {
    deliveries(move |wires, link, publish| lose_if(which(wires, link, &publish)))
}

/// Compares topics and filters in another form than that in which they are written. Topics go out
/// as they came in.
pub(super) fn normalises(form: impl Fn(&str) -> String + 'static) -> Habit {
    let mut written: BTreeMap<(String, Vec<u8>), String> = BTreeMap::new();
    Box::new(move |_, event| {
        let (Event::Said(_, piece) | Event::Heard(_, piece)) = event else { return Pass };
        match (event, piece.packet()) {
            (Event::Said(..), Some(Packet::Publish(publish))) => {
                let (topic, payload) = (publish.topic.as_str(), publish.payload.to_owned());
                let normal = form(topic);
                written.insert((normal.clone(), payload), topic.to_owned());
                Become(craft::publish_to(&publish, &normal))
            }
            (Event::Said(..), Some(Packet::Subscribe(subscribe))) => {
                Become(craft::subscribe_with(&subscribe, |list| {
                    list.iter_mut().for_each(|(filter, _)| *filter = form(filter));
                }))
            }
            (Event::Heard(..), Some(Packet::Publish(publish))) => {
                let message = (publish.topic.as_str().to_owned(), publish.payload.to_owned());
                let topic = written.get(&message);
                topic.map_or(Pass, |topic| Become(craft::publish_to(&publish, topic)))
            }
            (_, _) => Pass,
        }
    })
}
