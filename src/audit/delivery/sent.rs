//! §3.3, §3.8.4, §4.3, §4.6, §4.7: one PUBLISH of the Server against everything that is known.

use super::dues::Due;
use super::retained::{Kept, Known};
use super::session::{ENTRIES_MAX, Out, Session, Stream, bit, levels, matches};
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
            self.live_came(link, name, content, publish, found);
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
                    if !session.server_resent.publish(out.place) {
                        found(Id::MQTT_4_6_0_6, Rule::Statement);
                    }
                }
                return true;
            }
            if out.link != link {
                found(Id::MQTT_2_3_1_4, Rule::PacketIdInUse);
            }
        }
        let out = Out {
            content,
            qos,
            place: self.place,
            received: 0,
            released: false,
            link,
            stream: None,
        };
        session.out.insert(id.get(), out);
        false
    }

    /// RETAIN 1: the answer to a new subscription.
    fn retained_came(&mut self, name: &str, content: u64, publish: &Publish<'_>, found: Found<'_>) {
        let topic = publish.topic.as_str();
        let (place, mine) = (self.place, self.declared.is_mine(topic));
        let assigns = self.declared.assigns_subscriptions;
        let Some(session) = self.sessions.get_mut(name) else { return };
        session.retained_owed.retain(|(owed, _)| owed != topic);
        if publish.delivery.dup() || session.overrun {
            return;
        }
        if publish.payload.is_empty() && mine {
            // A live message with the wrong flag was not stored.
            if let Some(due) = session.dues.fulfils(content, publish) {
                session.dues.came(due.message, publish.delivery.qos());
                found(Id::MQTT_3_3_1_9, Rule::Statement);
            } else {
                found(Id::MQTT_3_3_1_11, Rule::Statement);
            }
            return;
        }
        let asked = session.asked.iter().filter(|entry| matches(&entry.filter, topic));
        let worth = u32::try_from(asked.clone().count()).unwrap_or(u32::MAX);
        let grants = asked.clone().fold(0, |all, entry| all | entry.grants);
        let answered = asked
            .clone()
            .map(|entry| entry.answered)
            .try_fold(0, |last, at| at.map(|at| last.max(at)));
        let Some(since) = asked.map(|entry| entry.place).min() else {
            if !assigns {
                found(session.not_subscribed(topic), Rule::NotSubscribed);
            }
            return;
        };
        if session.retained_got.len() < ENTRIES_MAX || session.retained_got.contains_key(topic) {
            let got = session.retained_got.entry(topic.to_owned()).or_default();
            *got = (got.0.saturating_add(1), place);
            let late = |kept: &Kept| answered.is_some_and(|at| at < kept.place);
            let known = self.retained.known(topic, content, since);
            let late = matches!(known, Known::Possible(kept) if kept.iter().all(late));
            if (got.0 > worth || (mine && late)) && !assigns {
                found(Id::MQTT_3_3_1_9, Rule::Statement);
                // It may also have been a live message with the wrong flag.
                if let Some(due) = session.dues.fulfils(content, publish) {
                    session.dues.came(due.message, publish.delivery.qos());
                }
                return;
            }
        }
        if mine {
            self.stored_came(name, content, since, grants, publish, found);
        }
    }

    /// Whether this can be what the topic has retained since somebody asked. What is wrong has to be
    /// wrong for each publication that it may be.
    fn stored_came(
        &self,
        name: &str,
        content: u64,
        since: u64,
        grants: u8,
        publish: &Publish<'_>,
        found: Found<'_>,
    ) {
        let topic = publish.topic.as_str();
        let qos = publish.delivery.qos();
        let mut kept = match self.retained.known(topic, content, since) {
            Known::Possible(kept) => kept,
            Known::Unjudged => return,
            Known::Removed => return found(Id::MQTT_3_3_1_10, Rule::Statement),
            Known::Replaced => return found(Id::MQTT_3_3_1_5, Rule::Statement),
            Known::Never => return self.never_stored(topic, content, found),
        };
        kept.retain(|one| self.messages.get(&one.place).is_none_or(|message| !message.void));
        if kept.is_empty() {
            return found(Id::MQTT_3_1_4_5, Rule::Statement);
        }
        let fits = |one: &Kept| levels(one.qos, grants) & bit(qos) != 0;
        if kept.iter().any(fits) {
            kept.retain(fits);
        } else if !self.declared.assigns_subscriptions {
            let will = kept.iter().all(|one| one.will);
            found(if will { Id::MQTT_3_1_2_9 } else { Id::MQTT_3_8_4_6 }, Rule::Statement);
        }
        let Some(session) = self.sessions.get(name) else { return };
        let followed = |one: &Kept| {
            let stream = (one.source, super::digest(topic), one.qos, qos);
            let last = session.order.get(&stream).copied().unwrap_or_default();
            self.retained.was_followed(topic, *one, last)
        };
        if kept.iter().all(followed) {
            // It would take the place of a newer value that has been seen.
            found(Id::MQTT_3_3_1_6, Rule::Statement);
        }
    }

    /// RETAIN 1 on what nobody has published with RETAIN 1.
    fn never_stored(&self, topic: &str, content: u64, found: Found<'_>) {
        let mut published = self.messages.values().filter(|message| message.content == content);
        let armed = self.lines.values().any(|line| {
            line.will.as_ref().is_some_and(|will| will.content == content && will.retain)
        });
        match published.next() {
            Some(message) if message.will.is_some() => {
                found(Id::MQTT_3_1_2_16, Rule::Statement);
            }
            Some(_) => found(Id::MQTT_3_3_1_12, Rule::Statement),
            // A Server may use topics that begin with $ for itself.
            None if armed || self.forgotten || topic.starts_with('$') => {}
            None => found(Id::MQTT_3_3_1_6, Rule::NobodyPublished),
        }
    }

    /// RETAIN 0: a message on its way.
    fn live_came(
        &mut self,
        link: u64,
        name: &str,
        content: u64,
        publish: &Publish<'_>,
        found: Found<'_>,
    ) {
        let Some(session) = self.sessions.get_mut(name) else { return };
        if session.overrun {
            return;
        }
        if session.dues.fulfils(content, publish).is_none() {
            self.fire_early(content);
        }
        let Some(session) = self.sessions.get_mut(name) else { return };
        if let Some(due) = session.dues.fulfils(content, publish) {
            session.dues.came(due.message, publish.delivery.qos());
            self.due_came(link, name, due, publish, found);
        } else if let Some(due) = session.dues.with(content).copied() {
            if !publish.delivery.dup() && self.declared.is_followed(publish.topic.as_str()) {
                let will = self.messages.get(&due.message).is_some_and(|one| one.will.is_some());
                match due.published {
                    Qos::AtMostOnce | Qos::AtLeastOnce | Qos::ExactlyOnce if will => {
                        found(Id::MQTT_3_1_2_10, Rule::MessageDoubled);
                    }
                    Qos::ExactlyOnce => found(Id::MQTT_4_3_3_2, Rule::MessageDoubled),
                    Qos::AtMostOnce | Qos::AtLeastOnce => {
                        found(Id::MQTT_3_3_5_1, Rule::DeliveredAgain);
                    }
                }
            }
        } else {
            self.nothing_due(name, content, publish, found);
        }
    }

    /// A message that was due: its level and its place.
    fn due_came(
        &mut self,
        link: u64,
        name: &str,
        due: Due,
        publish: &Publish<'_>,
        found: Found<'_>,
    ) {
        let topic = publish.topic.as_str();
        let qos = publish.delivery.qos();
        let followed = self.declared.is_followed(topic);
        let Some(message) = self.messages.get(&due.message) else { return };
        let Some(session) = self.sessions.get_mut(name) else { return };
        if message.void && session.dues.is_unique(due.content) && followed {
            found(Id::MQTT_3_1_4_5, Rule::Statement);
        }
        if !due.fits(qos) && followed {
            if let Some(due) = session.dues.of(due.message) {
                due.wanted = None;
            }
            let will = message.will.is_some();
            found(if will { Id::MQTT_3_1_2_9 } else { Id::MQTT_3_8_4_6 }, Rule::Statement);
        }
        if topic.starts_with('$') && !topic.starts_with("$SYS") {
            found(Id::MQTT_4_7_2_1, Rule::ReservedTopicExchanged);
        }
        // Of two equal messages it cannot be told which one this is.
        let tellable = due.copies == 0 && followed && session.dues.is_unique(due.content);
        if tellable && message.ordered && !publish.delivery.dup() {
            let stream = (message.source, super::digest(topic), message.qos, qos);
            if !session.in_order(stream, due.message) || session.overtakes(stream, link) {
                found(Id::MQTT_4_6_0_6, Rule::Statement);
            }
            let id = publish.delivery.packet_id();
            if let Some(out) = id.and_then(|id| session.out.get_mut(&id.get())) {
                out.stream = Some(stream);
            }
        }
    }

    /// A message for which the session has no due.
    fn nothing_due(&mut self, name: &str, content: u64, publish: &Publish<'_>, found: Found<'_>) {
        let topic = publish.topic.as_str();
        let qos = publish.delivery.qos();
        let Some(session) = self.sessions.get_mut(name) else { return };
        if publish.delivery.dup() || self.declared.assigns_subscriptions {
            return;
        }
        if !session.has_matching(topic) {
            found(session.not_subscribed(topic), Rule::NotSubscribed);
            return;
        }
        // A Server may use topics that begin with $ for itself.
        let unknown = !self.declared.is_mine(topic) || topic.starts_with('$');
        // Nothing says that a Server may not take what came behind a DISCONNECT.
        let unknown = unknown || self.late.contains(&content);
        if unknown || self.forgotten || session.dues.worn {
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
        // At QoS 0 an identifier would stand where the payload begins.
        let behind = publish.payload.get(2..).map(|rest| super::digest((topic, rest)));
        let stray = behind.filter(|_| qos == Qos::AtMostOnce && publish.payload.len() > 2);
        if let Some(due) = stray.and_then(|behind| session.dues.fulfils(behind, publish)) {
            session.dues.came(due.message, qos);
            found(Id::MQTT_2_3_1_5, Rule::Statement);
            return;
        }
        // The Server may change the topic.
        let payload = super::digest(publish.payload);
        let messages = &self.messages;
        let other = session.dues.find_open(|message| {
            messages.get(&message).is_some_and(|message| message.payload == payload)
        });
        if let Some(message) = other {
            session.dues.came(message, qos);
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

impl Session {
    /// Whether a message comes in its place among those of its stream.
    fn in_order(&mut self, stream: Stream, place: u64) -> bool {
        let last = self.order.get(&stream).copied().unwrap_or_default();
        if place >= last && (self.order.len() < ENTRIES_MAX || last > 0) {
            self.order.insert(stream, place);
        }
        place >= last
    }

    /// Whether an earlier message of the stream has still to be sent again on `link`.
    fn overtakes(&self, stream: Stream, link: u64) -> bool {
        let waits = |out: &Out| out.stream == Some(stream) && out.link != link && !out.released;
        self.out.values().any(waits)
    }

    /// Under which statement a message should not have come.
    fn not_subscribed(&self, topic: &str) -> Id {
        if let Some(rest) = topic.strip_prefix('$') {
            let ordinary = format!("x{rest}");
            let caught =
                |filter: &String| filter.starts_with(['#', '+']) && matches(filter, &ordinary);
            if self.subscriptions.keys().any(caught) {
                return Id::MQTT_4_7_2_1;
            }
        }
        if self.ended.iter().any(|filter| matches(filter, topic)) {
            Id::MQTT_3_10_4_2
        } else if self.former.iter().any(|filter| matches(filter, topic)) {
            Id::MQTT_3_1_2_6
        } else {
            Id::MQTT_3_3_2_3
        }
    }
}
