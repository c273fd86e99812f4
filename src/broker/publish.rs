//! §3.3, §3.4–§3.7, §4.3, §4.5: messages from those who publish to those who subscribe.

use std::sync::Arc;

use super::{Broker, Mail, Output, Task, Why};
use crate::connection::{self, Publishes};
use crate::message::Message;
use crate::outgoing::Link;
use crate::packet::{Delivery, Packet, PacketId, Puback, Publish, Pubrec};
use crate::router::Target;
use crate::session::{Outcome, Pressure, Waiting, receiver, sender};
use crate::spec::{self, Id};
use crate::sync::Ordering;

spec::deviates!(
    MQTT_3_3_5_2,
    "every client may publish to every topic: there is no access list yet"
);
// There is no setting by which a topic could be exempted from order (S-115).
spec::by_construction!(MQTT_4_6_0_5);

impl Broker {
    /// A PUBLISH is taken over first and acknowledged then; onward delivery is not waited for.
    pub(super) fn publish(
        &mut self,
        link: Link,
        session: u64,
        publish: &Publish<'_>,
    ) -> Result<(), Id> {
        self.counters.published += 1;
        match publish.delivery {
            Delivery::AtMostOnce => {
                self.take_over(link, publish);
            }
            Delivery::AtLeastOnce { packet_id, .. } => {
                self.arrived(session, receiver::Event::Other, packet_id)?;
                if self.take_over(link, publish) {
                    spec::upholds!(MQTT_3_3_4_1, MQTT_4_3_2_2, MQTT_2_3_1_6);
                    self.send(link, &Packet::Puback(Puback { packet_id }));
                }
            }
            Delivery::ExactlyOnce { packet_id, .. } => {
                let taken = match self.arrived(session, receiver::Event::Publish, packet_id)? {
                    receiver::Action::Deliver => self.take_over_once(link, session, publish),
                    receiver::Action::Receive
                    | receiver::Action::Complete
                    | receiver::Action::Pass => true,
                };
                if taken {
                    spec::upholds!(MQTT_3_3_4_1, MQTT_4_3_3_2, MQTT_2_3_1_6);
                    self.send(link, &Packet::Pubrec(Pubrec { packet_id }));
                }
            }
        }
        let publishes = match publish.delivery {
            Delivery::AtMostOnce => Publishes::AtMostOnce,
            Delivery::AtLeastOnce { .. } | Delivery::ExactlyOnce { .. } => Publishes::Acknowledged,
        };
        if let Some(connection) = self.connection(link) {
            connection.publishes = connection.publishes.max(publishes);
        }
        Ok(())
    }

    /// The first PUBLISH of a QoS 2 exchange. If its message cannot be taken, the Client will send it
    /// again, and it must not be mistaken for a repeat then.
    fn take_over_once(&mut self, link: Link, key: u64, publish: &Publish<'_>) -> bool {
        let taken = self.take_over(link, publish);
        if let (false, Some(packet_id)) = (taken, publish.delivery.packet_id())
            && let Some(session) = self.registry.get_mut(key)
        {
            spec::upholds!(MQTT_4_5_0_1);
            session.inbound.not_taken(packet_id);
        }
        taken
    }

    /// Gives a message to everybody who is to have it. False: it could not be taken, and the
    /// connection is closed.
    fn take_over(&mut self, link: Link, publish: &Publish<'_>) -> bool {
        if publish.topic.is_reserved() {
            // Clients do not exchange messages over these topics (l.1421, S-91).
            self.counters.reserved += 1;
            return true;
        }
        if !publish.retain {
            // Most messages have few receivers and many have none: no copy before there is one.
            let targets = self.shared.router.route(&mut self.cache, publish.topic);
            if !targets.is_empty() {
                spec::upholds!(MQTT_3_3_1_12);
                let Publish { topic, payload, delivery, retain } = *publish;
                self.distribute(&Message::new(topic, payload, delivery.qos(), retain), &targets);
            }
            return true;
        }
        let Publish { topic, payload, delivery, retain } = *publish;
        let taken = self.retain(&Message::new(topic, payload, delivery.qos(), retain));
        if !taken {
            // There is no way to refuse one message; what cannot be stored must not be
            // acknowledged.
            spec::upholds!(MQTT_4_8_0_2);
            self.close(link, connection::Event::Ended, Why::Limit);
        }
        taken
    }

    /// A message with RETAIN 1. False: there is no room to retain it.
    fn retain(&mut self, message: &Message) -> bool {
        match self.shared.router.retain(message) {
            Ok(targets) => {
                spec::upholds!(MQTT_3_3_1_5);
                self.distribute(message, &targets);
                true
            }
            Err(_) => {
                self.counters.retained_refused += 1;
                false
            }
        }
    }

    /// A Will is published like any message of its Client, after all others of it (S-114).
    pub(super) fn publish_will(&mut self, message: &Message) {
        if message.topic().is_reserved() {
            self.counters.reserved += 1;
        } else if message.retain() {
            spec::upholds!(MQTT_3_1_2_17);
            self.retain(message);
        } else {
            spec::upholds!(MQTT_3_1_2_16);
            let targets = self.shared.router.route(&mut self.cache, message.topic());
            self.distribute(message, &targets);
        }
    }

    /// Targets are sorted by worker: our own are served at once, each other worker gets one letter.
    fn distribute(&mut self, message: &Message, targets: &Arc<[Target]>) {
        self.spent += targets.len();
        for group in targets.chunk_by(|a, b| a.who.worker == b.who.worker) {
            let Some(first) = group.first() else { continue };
            if first.who.worker == self.worker {
                self.deliver_all(message, group);
            } else if let Some(mailbox) = self.shared.mailboxes.get(usize::from(first.who.worker.0))
            {
                let mail = Mail { message: message.clone(), targets: Arc::clone(targets) };
                if mailbox.push(mail) {
                    self.outputs.push_back(Output::Wake(first.who.worker));
                }
            }
        }
    }

    /// Letters from other workers, in the order in which each of them wrote.
    pub(super) fn mail(&mut self) {
        let mut letters = std::mem::take(&mut self.letters);
        if let Some(mailbox) = self.shared.mailboxes.get(usize::from(self.worker.0)) {
            mailbox.drain(&mut letters);
        }
        if !letters.is_empty() {
            // Only an empty mailbox puts its owner to sleep; others have their turn in between.
            self.outputs.push_back(Output::Wake(self.worker));
        }
        for Mail { message, targets } in letters.drain(..) {
            let from = targets.partition_point(|target| target.who.worker < self.worker);
            let to = targets.partition_point(|target| target.who.worker <= self.worker);
            self.deliver_all(&message, &targets[from..to]);
        }
        self.letters = letters;
    }

    fn deliver_all(&mut self, message: &Message, targets: &[Target]) {
        for target in targets {
            // The topic goes out as it came in, so whatever matched then matches now.
            spec::upholds!(MQTT_3_8_4_6, MQTT_3_3_1_9, MQTT_3_3_2_3);
            let qos = message.qos().min(target.qos);
            let waiting = Waiting { message: message.clone(), qos, retain: false };
            self.deliver(target.who.session, waiting);
        }
    }

    /// Hands one message to one session; false if the session cannot go on.
    pub(super) fn deliver(&mut self, key: u64, waiting: Waiting) -> bool {
        let Some(session) = self.registry.get_mut(key) else { return false };
        let link = session.link;
        let connection = link
            .and_then(|link| self.connections.get_mut(link.0 as usize))
            .and_then(Option::as_mut);
        let out = connection.map(|connection| &mut connection.outgoing);
        match session.outbound.deliver(waiting, out, &self.config.session) {
            Outcome::Sent => {
                self.counters.delivered += 1;
                if let Some(link) = link {
                    self.announce(link);
                }
            }
            Outcome::Queued => {
                self.counters.delivered += 1;
                self.hold(key);
            }
            Outcome::Dropped => self.counters.dropped += 1,
            Outcome::Overflow => {
                self.tasks.push_back(Task::EndOverflowed(key));
                return false;
            }
        }
        true
    }

    /// Moves what waits for a session to its connection, as far as the limits allow.
    pub(super) fn pump(&mut self, link: Link, key: u64) {
        let Some(session) = self.registry.get_mut(key) else { return };
        let Some(Some(connection)) = self.connections.get_mut(link.0 as usize) else { return };
        let before = connection.outgoing.len();
        session.outbound.pump(&mut connection.outgoing, &self.config.session);
        let grown = connection.outgoing.len() > before;
        let (limits, waiting) = (&self.config.session, session.outbound.waiting());
        let caught_up = waiting.len() <= limits.waiting_messages_max / CAUGHT_UP_SHARE
            && waiting.bytes() <= limits.waiting_bytes_max / CAUGHT_UP_SHARE;
        if caught_up && session.pressure != Pressure::None {
            self.release(key, Pressure::None);
        }
        if grown {
            self.announce(link);
        }
    }

    pub(super) fn acknowledged(
        &mut self,
        link: Link,
        key: u64,
        event: sender::Event,
        packet_id: PacketId,
    ) -> Result<(), Id> {
        let Some(session) = self.registry.get_mut(key) else { return Ok(()) };
        let Some(Some(connection)) = self.connections.get_mut(link.0 as usize) else {
            return Ok(());
        };
        let action = session.outbound.acknowledged(event, packet_id, &mut connection.outgoing)?;
        if action == sender::Action::Nothing {
            self.counters.stray_acks += 1;
        }
        self.pump(link, key);
        self.announce(link);
        Ok(())
    }

    /// Something arrived that needs its Packet Identifier to be free, or that frees it.
    pub(super) fn arrived(
        &mut self,
        key: u64,
        event: receiver::Event,
        packet_id: PacketId,
    ) -> Result<receiver::Action, Id> {
        match self.registry.get_mut(key) {
            Some(session) => session.inbound.arrived(event, packet_id),
            None => Ok(receiver::Action::Pass),
        }
    }

    /// Holds publishers back for a session that falls behind while it is connected.
    fn hold(&mut self, key: u64) {
        let Some(session) = self.registry.get_mut(key) else { return };
        let (limits, waiting) = (&self.config.session, session.outbound.waiting());
        let behind = waiting.len() >= limits.waiting_messages_max / BEHIND_SHARE
            || waiting.bytes() >= limits.waiting_bytes_max / BEHIND_SHARE;
        if behind && session.link.is_some() && session.pressure == Pressure::None {
            let until = self.now + self.config.hold_timeout;
            session.pressure = Pressure::Holding(until);
            self.shared.pressing.fetch_add(1, Ordering::Relaxed);
            self.holding.insert((until, key));
        }
    }

    /// Publishers no longer wait for a session.
    pub(super) fn release(&mut self, key: u64, next: Pressure) {
        let Some(session) = self.registry.get_mut(key) else { return };
        let before = std::mem::replace(&mut session.pressure, next);
        if let Pressure::Holding(until) = before {
            self.shared.pressing.fetch_sub(1, Ordering::Relaxed);
            self.holding.remove(&(until, key));
        }
    }

    /// Publishers have waited for long enough.
    pub(super) fn release_spent(&mut self) {
        while let Some((_, key)) = self.holding.first().copied().filter(|it| it.0 <= self.now) {
            self.release(key, Pressure::Spent);
        }
    }
}

/// A session is behind when one part in so many of its queue is in use ...
const BEHIND_SHARE: usize = 4;
/// ... and has caught up when no more than one part in so many is.
const CAUGHT_UP_SHARE: usize = 8;
