//! §3.3, §3.8.4, §4.3, §4.6, §4.7: one PUBLISH of the Server against everything that is known.

use super::retained::Known;
use super::session::{ENTRIES_MAX, Out, bit, levels, matches};
use super::{Delivery, Found, content_of};
use crate::packet::{Publish, Qos};
use crate::spec::Id;
use crate::violation::Rule;

impl Delivery {
    pub(super) fn server_publishes(
        &mut self,
        link: u64,
        name: &str,
        publish: &Publish<'_>,
        found: Found<'_>,
    ) {
        let content = content_of(publish);
        if self.sent_again(link, name, content, publish, found) {
            return;
        }
        if publish.retain {
            self.retained_came(name, content, publish, found);
        } else {
            self.live_came(name, content, publish, found);
        }
    }

    /// Whether this is a message that the session knows under its identifier.
    fn sent_again(
        &mut self,
        link: u64,
        name: &str,
        content: u64,
        publish: &Publish<'_>,
        found: Found<'_>,
    ) -> bool {
        let Some(id) = publish.delivery.packet_id() else { return false };
        let Some(session) = self.sessions.get_mut(name) else { return false };
        let qos = publish.delivery.qos();
        if let Some(out) = session.out.get_mut(&id.get()) {
            if out.content == content && out.qos == qos {
                // On one connection this is for the audit of that connection.
                if out.link != link {
                    out.link = link;
                    if out.released {
                        found(Id::MQTT_4_3_3_1, Rule::Statement);
                    } else if !publish.delivery.dup() {
                        found(Id::MQTT_3_3_1_1, Rule::DupMissing);
                    }
                    if out.place < session.last_resent {
                        found(Id::MQTT_4_6_0_6, Rule::Statement);
                    }
                    session.last_resent = session.last_resent.max(out.place);
                }
                return true;
            }
            if out.link != link {
                found(Id::MQTT_2_3_1_4, Rule::PacketIdInUse);
            }
        }
        let out = Out { content, qos, place: self.place, released: false, link };
        session.out.insert(id.get(), out);
        false
    }

    /// RETAIN 1: the answer to a new subscription.
    fn retained_came(&mut self, name: &str, content: u64, publish: &Publish<'_>, found: Found<'_>) {
        let topic = publish.topic.as_str();
        let Some(session) = self.sessions.get_mut(name) else { return };
        session.retained_owed.retain(|(owed, _)| owed != topic);
        if publish.delivery.dup() || session.overrun {
            return;
        }
        if publish.payload.is_empty() {
            found(Id::MQTT_3_3_1_11, Rule::Statement);
            return;
        }
        let asked = session.asked.iter().filter(|entry| matches(&entry.filter, topic));
        let worth = u32::try_from(asked.clone().count()).unwrap_or(u32::MAX);
        let grants = asked.clone().fold(0, |all, entry| all | entry.grants);
        let Some(since) = asked.map(|entry| entry.place).min() else {
            found(not_subscribed(topic, session.subscriptions.keys()), Rule::NotSubscribed);
            return;
        };
        if session.retained_got.len() < ENTRIES_MAX || session.retained_got.contains_key(topic) {
            let got = session.retained_got.entry(topic.to_owned()).or_default();
            *got = got.saturating_add(1);
            if *got > worth {
                found(Id::MQTT_3_3_1_9, Rule::Statement);
                // It may also have been a live message with the wrong flag.
                if let Some(due) = session.fulfils(content, publish) {
                    due.copies += 1;
                    due.came |= bit(publish.delivery.qos());
                }
                return;
            }
        }
        let stored = match self.retained.known(topic, content, since) {
            Known::Possible(stored) => stored,
            Known::Unjudged => return,
            Known::Removed => return found(Id::MQTT_3_3_1_10, Rule::Statement),
            Known::Replaced => return found(Id::MQTT_3_3_1_5, Rule::Statement),
            Known::Never => {
                let published = self.messages.values().any(|message| message.content == content);
                let armed = self.lines.values().any(|line| {
                    line.will.as_ref().is_some_and(|will| will.content == content && will.retain)
                });
                if published {
                    found(Id::MQTT_3_3_1_12, Rule::Statement);
                } else if !armed && !self.forgotten {
                    found(Id::MQTT_3_3_1_6, Rule::NobodyPublished);
                }
                return;
            }
        };
        if levels(stored, grants) & bit(publish.delivery.qos()) == 0 {
            found(Id::MQTT_3_8_4_6, Rule::Statement);
        }
    }

    /// RETAIN 0: a message on its way.
    fn live_came(&mut self, name: &str, content: u64, publish: &Publish<'_>, found: Found<'_>) {
        let topic = publish.topic.as_str();
        let qos = publish.delivery.qos();
        let Some(session) = self.sessions.get_mut(name) else { return };
        if session.overrun {
            return;
        }
        if session.fulfils(content, publish).is_none() {
            self.fire_early(content);
        }
        let Some(session) = self.sessions.get_mut(name) else { return };
        if let Some(due) = session.fulfils(content, publish) {
            let first = due.copies == 0;
            due.copies += 1;
            due.came |= bit(qos);
            let (place, fits) = (due.message, due.levels & bit(qos) != 0);
            if !fits {
                due.wanted = None;
                found(Id::MQTT_3_8_4_6, Rule::Statement);
            }
            if topic.starts_with('$') && !topic.starts_with("$SYS") {
                found(Id::MQTT_4_7_2_1, Rule::ReservedTopicExchanged);
            }
            let Some(message) = self.messages.get(&place) else { return };
            // Of two equal messages it cannot be told which one this is.
            let unique = session.dues.iter().filter(|due| due.content == content).count() == 1;
            if first && unique && message.ordered && !publish.delivery.dup() {
                let key = (message.source, super::digest(topic), message.qos, qos);
                let last = session.order.get(&key).copied().unwrap_or_default();
                if place < last {
                    found(Id::MQTT_4_6_0_6, Rule::Statement);
                } else if session.order.len() < ENTRIES_MAX || last > 0 {
                    session.order.insert(key, place);
                }
            }
            return;
        }
        if let Some(due) = session.dues.iter().find(|due| due.content == content) {
            let will = self.messages.get(&due.message).is_some_and(|message| message.will);
            match due.published {
                _ if publish.delivery.dup() => {}
                Qos::AtMostOnce | Qos::AtLeastOnce | Qos::ExactlyOnce if will => {
                    found(Id::MQTT_3_1_2_10, Rule::MessageDoubled);
                }
                Qos::ExactlyOnce => found(Id::MQTT_4_3_3_2, Rule::MessageDoubled),
                Qos::AtMostOnce | Qos::AtLeastOnce => {
                    found(Id::MQTT_3_3_5_1, Rule::DeliveredAgain);
                }
            }
            return;
        }
        self.nothing_due(name, content, publish, found);
    }

    /// A message for which the session has no due.
    fn nothing_due(&mut self, name: &str, content: u64, publish: &Publish<'_>, found: Found<'_>) {
        let topic = publish.topic.as_str();
        let Some(session) = self.sessions.get_mut(name) else { return };
        if self.forgotten || publish.delivery.dup() || topic.starts_with("$SYS") {
            return;
        }
        if !session.has_matching(topic) {
            if session.ended.iter().any(|filter| matches(filter, topic)) {
                found(Id::MQTT_3_10_4_2, Rule::NotSubscribed);
            } else {
                found(not_subscribed(topic, session.subscriptions.keys()), Rule::NotSubscribed);
            }
            return;
        }
        if self.dropped_wills.contains(&content) {
            found(Id::MQTT_3_14_4_3, Rule::Statement);
            return;
        }
        let mut same = self.messages.values().filter(|message| message.content == content);
        if let Some(message) = same.next() {
            if message.retain && same.all(|message| message.retain) {
                found(Id::MQTT_3_3_1_8, Rule::Statement);
            } else {
                found(Id::MQTT_4_5_0_1, Rule::DeliveredAgain);
            }
            return;
        }
        // The Server may change the topic.
        let payload = super::digest(publish.payload);
        let other = session.dues.iter_mut().find(|due| {
            let message = self.messages.get(&due.message);
            due.copies < due.copies_max && message.is_some_and(|found| found.payload == payload)
        });
        if let Some(due) = other {
            due.copies += 1;
            due.came |= bit(publish.delivery.qos());
            found(Id::MQTT_3_3_2_3, Rule::TopicChanged);
        } else {
            found(Id::MQTT_4_5_0_1, Rule::NobodyPublished);
        }
    }

    /// A Will may be seen before the close that lets it out.
    fn fire_early(&mut self, content: u64) {
        let waits = |will: &super::Will| will.content == content && !will.fired;
        let link = self.lines.iter().find(|(_, line)| line.will.as_ref().is_some_and(waits));
        if let Some(link) = link.map(|(link, _)| *link) {
            self.fire(link, super::Certainty::Due);
        }
    }
}

/// Under which statement a message should not have come.
fn not_subscribed<'a>(topic: &str, mut filters: impl Iterator<Item = &'a String>) -> Id {
    let Some(rest) = topic.strip_prefix('$') else { return Id::MQTT_3_3_2_3 };
    let ordinary = format!("x{rest}");
    let caught = |filter: &String| filter.starts_with(['#', '+']) && matches(filter, &ordinary);
    if filters.any(caught) { Id::MQTT_4_7_2_1 } else { Id::MQTT_3_3_2_3 }
}
