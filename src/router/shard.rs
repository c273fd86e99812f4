//! One part of the router, for one thread at a time: subscriptions and retained messages.
//!
//! Filters without a wildcard are found by one look into a map, all others by a walk. Whoever holds
//! the lock of a shard sees it between two changes, never within one.

use std::collections::HashMap;
use std::hash::Hash;

use super::subscribers::{Left, Subscribers};
use super::trie::Trie;
use super::{Subscriber, Target};
use crate::message::Message;
use crate::packet::Qos;
use crate::spec;
use crate::sync::FrozenArc;
use crate::topic::{TopicFilter, TopicName};

/// A map smaller than this is not worth shrinking.
const SMALL: usize = 64;

#[derive(Debug)]
pub(super) struct Shard {
    /// Filters without wildcard. They have no birth: they come into being, and see the one retained
    /// message that they can match, under one lock.
    exact: HashMap<FrozenArc<str>, Subscribers<Qos>>,
    wild: Trie<Filter>,
    retained: Trie<Retained>,
    subscriptions: usize,
}

/// A filter with wildcards.
#[derive(Debug)]
struct Filter {
    text: FrozenArc<str>,
    who: Subscribers<Grant>,
}

#[derive(Clone, Copy, Debug)]
struct Grant {
    /// Retained messages with a lower number are no concern of this subscription: it gets them, if
    /// they are still there, from the retained messages.
    born: u64,
    qos: Qos,
}

#[derive(Debug)]
struct Retained {
    seq: u64,
    message: Message,
}

impl Shard {
    pub(super) fn new() -> Shard {
        Shard { exact: HashMap::new(), wild: Trie::new(), retained: Trie::new(), subscriptions: 0 }
    }

    /// How many subscriptions there are.
    pub(super) fn subscriptions(&self) -> usize {
        self.subscriptions
    }

    /// Makes or replaces a subscription, and says how its filter is kept.
    pub(super) fn subscribe(
        &mut self,
        filter: TopicFilter<'_>,
        who: Subscriber,
        qos: Qos,
        born: u64,
    ) -> FrozenArc<str> {
        let (text, new) = if filter.has_wildcard() {
            self.subscribe_wild(filter.as_str(), who, Grant { born, qos })
        } else {
            self.subscribe_exact(filter.as_str(), who, qos)
        };
        self.subscriptions += usize::from(new);
        text
    }

    fn subscribe_exact(
        &mut self,
        filter: &str,
        who: Subscriber,
        qos: Qos,
    ) -> (FrozenArc<str>, bool) {
        let text = match self.exact.get_key_value(filter) {
            Some((text, _)) => FrozenArc::clone(text),
            None => {
                let text: FrozenArc<str> = filter.into();
                self.exact.insert(FrozenArc::clone(&text), Subscribers::one(who, qos));
                return (text, true);
            }
        };
        if let Some(list) = self.exact.get_mut(filter) {
            if let Some(old) = list.get_mut(who) {
                spec::upholds!(MQTT_3_8_4_3);
                *old = qos;
                return (text, false);
            }
            list.add(who, qos);
        }
        (text, true)
    }

    fn subscribe_wild(
        &mut self,
        filter: &str,
        who: Subscriber,
        grant: Grant,
    ) -> (FrozenArc<str>, bool) {
        let Some(found) = self.wild.get_mut(filter) else {
            let text: FrozenArc<str> = filter.into();
            let who = Subscribers::one(who, grant);
            self.wild.insert(filter, Filter { text: FrozenArc::clone(&text), who });
            return (text, true);
        };
        let text = FrozenArc::clone(&found.text);
        if let Some(old) = found.who.get_mut(who) {
            spec::upholds!(MQTT_3_8_4_3);
            // The birth stays: a message that was stored before this moment and has not been
            // routed yet belongs to the subscription that is replaced, and may be gone from the
            // retained messages by now.
            old.qos = grant.qos;
            return (text, false);
        }
        found.who.add(who, grant);
        (text, true)
    }

    /// Whether there was such a subscription. Filters are compared byte by byte.
    pub(super) fn unsubscribe(&mut self, filter: TopicFilter<'_>, who: Subscriber) -> bool {
        let text = filter.as_str();
        let left = if filter.has_wildcard() {
            self.wild.get_mut(text).map(|found| found.who.remove(who))
        } else {
            self.exact.get_mut(text).map(|list| list.remove(who))
        };
        match left {
            None | Some(Left::Unchanged) => return false,
            Some(Left::Others) => {}
            Some(Left::Nobody) if filter.has_wildcard() => {
                self.wild.remove(text);
            }
            Some(Left::Nobody) => {
                self.exact.remove(text);
                give_back(&mut self.exact);
            }
        }
        spec::upholds!(MQTT_3_10_4_1);
        self.subscriptions -= 1;
        true
    }

    /// Adds everybody who has a filter that matches `topic`, once for each filter. `seq` is the
    /// number of a retained message, or `u64::MAX` for any other. Returns how much it looked at.
    pub(super) fn targets(&self, topic: TopicName<'_>, seq: u64, into: &mut Vec<Target>) -> usize {
        if let Some(list) = self.exact.get(topic.as_str()) {
            list.for_each(|who, qos| into.push(Target { who, qos }));
        }
        self.wild.filters_for(topic.as_str(), |filter| {
            filter.who.for_each(|who, grant| {
                if grant.born <= seq {
                    into.push(Target { who, qos: grant.qos });
                }
            });
        })
    }

    /// What is retained under exactly this name.
    pub(super) fn retained(&self, topic: &str) -> Option<&Message> {
        self.retained.get(topic).map(|retained| &retained.message)
    }

    /// Retains `message` in place of whatever was retained under its name.
    pub(super) fn retain(&mut self, seq: u64, message: &Message) {
        let message = message.clone();
        if let Some(old) = self.retained.get_mut(message.topic().as_str()) {
            *old = Retained { seq, message };
            return;
        }
        let key = message.clone();
        self.retained.insert(key.topic().as_str(), Retained { seq, message });
    }

    /// Retains nothing under this name any more.
    pub(super) fn clear(&mut self, topic: TopicName<'_>) -> Option<Message> {
        self.retained.remove(topic.as_str()).map(|retained| retained.message)
    }

    /// Adds all retained messages that `filter` matches and that are older than `before`. Returns how
    /// much it looked at.
    pub(super) fn retained_for(
        &self,
        filter: TopicFilter<'_>,
        before: u64,
        into: &mut Vec<(u64, Message)>,
    ) -> usize {
        self.retained.topics_for(filter.as_str(), |retained| {
            if retained.seq < before {
                into.push((retained.seq, retained.message.clone()));
            }
        })
    }
}

/// Peers come and go; a map must not stay as large as it once was.
pub(super) fn give_back<K: Eq + Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() > SMALL && map.len() < map.capacity() / 4 {
        map.shrink_to(map.len() * 2);
    }
}
