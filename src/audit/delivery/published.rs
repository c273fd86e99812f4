//! §3.3, §4.3, §4.4, §4.6 on the side of the publisher: what Clients and Wills bring into the world,
//! when the Server has taken it, and what is sent again after a reconnect.
//!
//! Re-sending on one connection is judged by the audit of that connection. Here both sides are
//! judged across connections, once the Server has said that it has resumed the session.

use super::retained::Kept;
use super::session::{Inbound, Session};
use super::{Certainty, Delivery, Found, MESSAGES_MAX, Message, content_of, digest};
use crate::packet::{Publish, Qos};
use crate::spec::Id;
use crate::violation::Rule;

impl Delivery {
    pub(super) fn client_publishes(
        &mut self,
        link: u64,
        name: &str,
        publish: &Publish<'_>,
        found: Found<'_>,
    ) {
        let content = content_of(publish);
        let qos = publish.delivery.qos();
        let topic = publish.topic.as_str().to_owned();
        let mut message = Message {
            source: digest(name),
            link,
            content,
            payload: digest(publish.payload),
            qos,
            retain: publish.retain,
            empty: publish.payload.is_empty(),
            taken: false,
            ordered: true,
            will: None,
            denied: self.declared.is_denied(&topic),
            void: self.lines.get(&link).is_some_and(|line| line.refused),
            topic,
        };
        if let Some(id) = publish.delivery.packet_id() {
            match self.sent_before(link, name, id.get(), publish, found) {
                Before::New => {}
                Before::Same => {
                    if qos == Qos::ExactlyOnce {
                        return;
                    }
                    message.ordered = false;
                }
            }
        }
        self.publish(message);
    }

    /// Whether the Client knows this PUBLISH under its identifier; if not, from now on it does.
    fn sent_before(
        &mut self,
        link: u64,
        name: &str,
        id: u16,
        publish: &Publish<'_>,
        found: Found<'_>,
    ) -> Before {
        let content = content_of(publish);
        let qos = publish.delivery.qos();
        let place = self.place;
        let resumed = self.lines.get(&link).is_some_and(|line| line.resumed);
        let Some(session) = self.sessions.get_mut(name) else { return Before::New };
        let (inbound, resent) = (&mut session.inbound, &mut session.client_resent);
        let Some(before) = inbound.get_mut(&id) else {
            let new = Inbound::new(Some(place), content, qos, place, link);
            inbound.insert(id, new);
            return Before::New;
        };
        let elsewhere = resumed && before.link != link && before.message.is_some();
        if before.content != content || before.qos != qos {
            if elsewhere {
                found(Id::MQTT_2_3_1_2, Rule::PacketIdInUse);
            }
            // Two messages under one identifier: which one is acknowledged cannot be told.
            *before = Inbound::new(None, 0, qos, place, link);
            return Before::New;
        }
        if elsewhere {
            if before.released {
                found(Id::MQTT_4_3_3_1, Rule::Statement);
            } else if !publish.delivery.dup() {
                found(Id::MQTT_3_3_1_1, Rule::DupMissing);
            }
            if !resent.publish(before.place) {
                found(Id::MQTT_4_6_0_1, Rule::Statement);
            }
        }
        before.link = link;
        let message = before.message;
        if let Some(message) = message.and_then(|place| self.messages.get_mut(&place)) {
            message.ordered = false;
        }
        Before::Same
    }

    /// The Client releases, perhaps once more.
    pub(super) fn client_releases(&mut self, link: u64, name: &str, id: u16, found: Found<'_>) {
        let resumed = self.lines.get(&link).is_some_and(|line| line.resumed);
        let Some(session) = self.sessions.get_mut(name) else { return };
        let Some(open) = session.inbound.get_mut(&id) else { return };
        let again = resumed && open.link != link && open.received > 0 && open.message.is_some();
        if again && !session.client_resent.release(open.place, open.received) {
            found(Id::MQTT_4_6_0_4, Rule::Statement);
        }
        open.released = true;
        open.link = link;
    }

    /// The Server releases, perhaps once more.
    pub(super) fn server_releases(&mut self, link: u64, name: &str, id: u16, found: Found<'_>) {
        let Some(session) = self.sessions.get_mut(name) else { return };
        let Some(out) = session.out.get_mut(&id) else { return };
        let again = out.link != link && out.received > 0;
        if again && !session.server_resent.release(out.place, out.received) {
            found(Id::MQTT_4_6_0_6, Rule::Statement);
        }
        out.released = true;
        out.link = link;
    }

    /// PUBREC from the Server.
    pub(super) fn server_received(&mut self, name: &str, id: u16) {
        let place = self.place;
        let Some(session) = self.sessions.get_mut(name) else { return };
        if let Some(open) = session.inbound.get_mut(&id).filter(|open| open.received == 0) {
            open.received = place;
        }
    }

    /// PUBREC from the Client.
    pub(super) fn client_received(&mut self, name: &str, id: u16) {
        let place = self.place;
        let Some(session) = self.sessions.get_mut(name) else { return };
        if let Some(out) = session.out.get_mut(&id).filter(|out| out.received == 0) {
            out.received = place;
        }
    }

    /// A message is in the world.
    fn publish(&mut self, message: Message) {
        let place = self.place;
        for session in self.sessions.values_mut() {
            if message.retain {
                session.retained_owed.retain(|(topic, _)| *topic != message.topic);
            }
            if let Some(due) = session.due(place, message.content, &message.topic, message.qos) {
                session.owes(due);
            }
        }
        self.text += message.topic.len();
        if message.retain {
            self.text += self.retained.publish(&message.topic, Kept::new(&message, place));
        }
        self.messages.insert(place, message);
        self.untaken.insert(place);
        while self.messages.len() > MESSAGES_MAX
            || (self.text > super::TEXT_BYTES_MAX / 2 && self.messages.len() > 1)
        {
            self.forget_the_oldest();
        }
        self.look_away_if_full();
    }

    fn forget_the_oldest(&mut self) {
        self.forgotten = true;
        let Some((old, message)) = self.messages.pop_first() else { return };
        self.text = self.text.saturating_sub(message.topic.len());
        self.untaken.remove(&old);
        for session in self.sessions.values_mut() {
            session.overrun |= !session.dues.remove(old);
        }
    }

    /// A connection has ended without DISCONNECT, or is about to.
    pub(super) fn fire(&mut self, link: u64, certainty: Certainty) {
        let Some(line) = self.lines.get_mut(&link).filter(|line| line.accepted) else { return };
        let Some(will) = line.will.as_mut().filter(|will| !will.fired) else { return };
        will.fired = true;
        let will = will.clone();
        let source = digest((&line.name, "Will"));
        self.place += 1;
        self.publish(Message {
            source,
            link,
            content: will.content,
            payload: 0,
            qos: will.qos,
            retain: will.retain,
            empty: will.empty,
            taken: false,
            ordered: false,
            will: Some(certainty),
            denied: self.declared.is_denied(&will.topic),
            void: false,
            topic: will.topic,
        });
    }

    /// The Server has taken a message.
    pub(super) fn taken(&mut self, place: u64) {
        let Some(message) = self.messages.get_mut(&place).filter(|one| !one.denied) else { return };
        message.taken = true;
        self.untaken.remove(&place);
        if message.retain {
            self.retained.settle(&message.topic, place, self.place);
        }
        for due in self.sessions.values_mut().filter_map(|session| session.dues.of(place)) {
            due.taken = true;
        }
    }

    /// The Server acknowledges for the last time.
    pub(super) fn takes(&mut self, name: &str, id: u16, qos: Qos) {
        let Some(session) = self.sessions.get_mut(name) else { return };
        if let Some(inbound) = session.inbound.get(&id).copied()
            && inbound.qos == qos
        {
            session.inbound.remove(&id);
            if let Some(message) = inbound.message {
                self.taken(message);
            }
        }
    }

    /// The Client acknowledges for the last time.
    pub(super) fn acknowledged(&mut self, name: &str, id: u16, qos: Qos) {
        let Some(session) = self.sessions.get_mut(name) else { return };
        if session.out.get(&id).is_some_and(|out| out.qos == qos) {
            session.out.remove(&id);
        }
    }
}

/// What a PUBLISH is to its sender.
enum Before {
    New,
    Same,
}

impl Session {
    /// Whether the Client, back on `link`, still has to send something again.
    pub(super) fn client_owes(&self, link: u64) -> bool {
        self.inbound.values().any(|open| open.link != link && open.message.is_some())
    }
}
