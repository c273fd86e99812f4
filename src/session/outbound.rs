//! §4.3, §4.4, §4.6: the messages that one side sends to the other, in one session.
//!
//! Guarantees: messages go out in the order in which they were given; what is not acknowledged is
//! sent again, in its first order and under its first identifier, before anything new; no
//! identifier is used twice at a time. Leaves limits and what to do at them to the caller. A Server
//! keeps one for each session; a Client keeps one.

use std::collections::VecDeque;

use super::packet_ids::PacketIds;
use super::queue::{Queue, Waiting};
use super::sender::{Action, Event, Sender};
use crate::message::Message;
use crate::outgoing::Outgoing;
use crate::packet::{Delivery, Packet, PacketId, Pubrel, Qos};
use crate::spec::{self, Id};

/// How much may be on its way and how much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Unacknowledged messages at QoS 1 and 2 (S-53).
    pub in_flight_max: usize,
    /// Messages that wait behind them.
    pub waiting_messages_max: usize,
    /// Topics and payloads of the messages that wait, in bytes, and once more of those that are on
    /// their way. One message may go beyond it.
    pub waiting_bytes_max: usize,
    /// Unsent bytes of a connection above which nothing new is handed to it.
    pub unsent_bytes_max: usize,
}

/// What was published at QoS 0 waits only in one part of so many of the queue: a flood of it must not
/// end a session for want of room for the rest (S-55).
const AT_MOST_ONCE_SHARE: usize = 2;

/// What became of a message that was to be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is among the outgoing bytes.
    Sent,
    /// It waits for its turn.
    Queued,
    /// It was published at QoS 0 and could not be sent now (S-56).
    Dropped,
    /// It has to arrive, and the queue is full. The session cannot go on (S-55).
    Overflow,
}

/// A message that has been sent and not been acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct InFlight {
    packet_id: PacketId,
    state: Sender,
    /// Gone once PUBREC has come.
    message: Option<Message>,
    retain: bool,
}

/// The sending half of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outbound {
    packet_ids: PacketIds,
    /// In the order of first sending; PUBRELs among themselves in the order of their PUBRECs.
    in_flight: VecDeque<InFlight>,
    /// The size of their messages, in bytes.
    in_flight_bytes: usize,
    /// How many of them, from the end, have not been sent on the present connection.
    owed: usize,
    queue: Queue,
}

impl Outbound {
    /// Takes a message over for delivery at `qos`. `out` is the present connection, if there is
    /// one.
    pub fn deliver(
        &mut self,
        waiting: Waiting,
        out: Option<&mut Outgoing>,
        limits: &Limits,
    ) -> Outcome {
        let absent = out.is_none();
        if let Some(out) = out {
            let room = out.len() < limits.unsent_bytes_max;
            let turn = self.owed == 0 && self.queue.is_empty();
            if room && turn && self.may_send(waiting.qos, limits) {
                self.send(waiting, out);
                return Outcome::Sent;
            }
            // A retained message answers a SUBSCRIBE; it waits like one of higher QoS.
            if !room && waiting.qos == Qos::AtMostOnce && !waiting.retain {
                return Outcome::Dropped;
            }
        }
        if absent && waiting.message.qos() == Qos::AtMostOnce {
            return Outcome::Dropped;
        }
        let may_be_dropped = waiting.may_be_dropped();
        let share = if may_be_dropped { AT_MOST_ONCE_SHARE } else { 1 };
        let full = self.queue.len() >= limits.waiting_messages_max / share
            || self.queue.bytes() >= limits.waiting_bytes_max / share;
        match (full, may_be_dropped) {
            (true, true) => Outcome::Dropped,
            (true, false) => Outcome::Overflow,
            (false, true | false) => {
                spec::upholds!(MQTT_4_5_0_1, MQTT_3_1_2_5);
                self.queue.push(waiting);
                Outcome::Queued
            }
        }
    }

    /// Hands over to the connection what its turn and the limits allow: first what is owed from an
    /// earlier connection, then what waits.
    pub fn pump(&mut self, out: &mut Outgoing, limits: &Limits) {
        while out.len() < limits.unsent_bytes_max {
            if self.owed > 0 {
                self.send_again(out);
                continue;
            }
            let turn = self.queue.front().is_some_and(|next| self.may_send(next.qos, limits));
            let Some(waiting) = turn.then(|| self.queue.pop()).flatten() else { return };
            self.send(waiting, out);
        }
    }

    /// An acknowledgement came: PUBACK, PUBREC or PUBCOMP. What follows from it, beside its answer,
    /// is left to [`Outbound::pump`].
    ///
    /// # Errors
    /// What [`Sender::step`] says.
    pub fn acknowledged(
        &mut self,
        event: Event,
        packet_id: PacketId,
        out: &mut Outgoing,
    ) -> Result<Action, Id> {
        let at = self.in_flight.iter().position(|entry| entry.packet_id == packet_id);
        let state = at.map_or(Sender::Idle, |at| self.in_flight[at].state);
        let (next, action) = state.step(event)?;
        match action {
            Action::Free => self.free(at, packet_id),
            Action::Release => {
                let turn = at.map_or(Turn::Now, |at| self.released(at, next));
                match turn {
                    Turn::Now => {
                        out.packet(&Packet::Pubrel(Pubrel { packet_id }));
                    }
                    Turn::Owed => {}
                }
            }
            Action::Nothing | Action::Publish | Action::PublishAgain => {}
        }
        Ok(action)
    }

    /// A new connection takes the session up: everything unacknowledged is owed again.
    pub fn resume(&mut self) {
        self.owed = self.in_flight.len();
    }

    /// The connection is gone, the session stays.
    pub fn absent(&mut self) {
        self.queue.forget_at_most_once();
    }

    /// Messages that wait for their turn.
    pub fn waiting(&self) -> &Queue {
        &self.queue
    }

    /// The number of unacknowledged messages.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// The Packet Identifiers in use.
    pub fn packet_ids(&self) -> &PacketIds {
        &self.packet_ids
    }

    /// Whether everything has been sent and acknowledged.
    pub fn is_settled(&self) -> bool {
        self.in_flight.is_empty() && self.queue.is_empty()
    }

    /// Whether the window is open. An identifier is free as long as not all 65,535 are in flight.
    fn may_send(&self, qos: Qos, limits: &Limits) -> bool {
        let window = limits.in_flight_max.min(usize::from(u16::MAX));
        // A thousand large messages would be more than a session may keep of those that wait.
        let room = self.in_flight_bytes < limits.waiting_bytes_max.max(1);
        qos == Qos::AtMostOnce || (room && self.in_flight.len() < window)
    }

    /// Sends a message for the first time.
    fn send(&mut self, waiting: Waiting, out: &mut Outgoing) {
        let event = match waiting.qos {
            Qos::AtMostOnce => {
                spec::upholds!(MQTT_4_3_1_1, MQTT_2_3_1_5);
                return out.message(&waiting.message, Delivery::AtMostOnce, waiting.retain);
            }
            Qos::AtLeastOnce => Event::SendAtLeastOnce,
            Qos::ExactlyOnce => Event::SendExactlyOnce,
        };
        let fresh = self.packet_ids.take().zip(Sender::Idle.step(event).ok());
        let Some((packet_id, (state, _))) = fresh else {
            debug_assert!(false, "the window is open and an idle sender may send");
            return;
        };
        // DUP tells of our own earlier attempts and of nothing else.
        spec::upholds!(MQTT_4_6_0_6, MQTT_3_3_1_3);
        out.message(&waiting.message, delivery(state, packet_id, Attempt::First), waiting.retain);
        let Waiting { message, retain, .. } = waiting;
        self.in_flight_bytes += message.len_bytes();
        self.in_flight.push_back(InFlight { packet_id, state, message: Some(message), retain });
    }

    /// Sends the next packet that is owed from an earlier connection.
    fn send_again(&mut self, out: &mut Outgoing) {
        let at = self.in_flight.len() - self.owed;
        self.owed -= 1;
        let entry = &self.in_flight[at];
        let packet_id = entry.packet_id;
        spec::upholds!(MQTT_4_6_0_1, MQTT_4_6_0_4, MQTT_2_3_1_3);
        match (entry.state.step(Event::Resume), &entry.message) {
            (Ok((state, Action::PublishAgain)), Some(message)) => {
                out.message(message, delivery(state, packet_id, Attempt::Again), entry.retain);
            }
            (Ok((_, Action::Release)), _) => {
                out.packet(&Packet::Pubrel(Pubrel { packet_id }));
            }
            (Ok(_) | Err(_), _) => {}
        }
    }

    fn free(&mut self, at: Option<usize>, packet_id: PacketId) {
        if let Some(at) = at {
            self.give_up(at);
            if at >= self.in_flight.len() - self.owed {
                self.owed -= 1;
            }
            self.in_flight.remove(at);
            if self.in_flight.is_empty() {
                self.in_flight = VecDeque::new();
            }
            self.packet_ids.free(packet_id);
        }
    }

    /// The message of the entry at `at` has arrived.
    fn give_up(&mut self, at: usize) {
        let message = self.in_flight.get_mut(at).and_then(|entry| entry.message.take());
        self.in_flight_bytes -= message.map_or(0, |message| message.len_bytes());
    }

    /// PUBREC came for the entry at `at`. Its message is no longer needed, and it takes its place
    /// behind the entries whose PUBREC came earlier, because PUBRELs follow the order of their
    /// PUBRECs [MQTT-4.6.0-4], here and should they have to be sent again. If one of the earlier is
    /// still owed on this connection, so is this one from now on.
    fn released(&mut self, at: usize, state: Sender) -> Turn {
        let first = self.in_flight[at].state != Sender::AwaitComplete;
        self.in_flight[at].state = state;
        self.give_up(at);
        let sent = self.in_flight.len() - self.owed;
        let last = self.in_flight.iter().rposition(|entry| entry.state == Sender::AwaitComplete);
        let place = last.filter(|_| first).map_or(at, |last| last.max(at));
        if place != at
            && let Some(entry) = self.in_flight.remove(at)
        {
            self.in_flight.insert(place, entry);
        }
        if place < sent {
            return Turn::Now;
        }
        spec::upholds!(MQTT_4_6_0_4);
        if at < sent {
            // It leaves the sent ones for the owed ones; nothing owed may slip past.
            self.owed += 1;
        }
        Turn::Owed
    }
}

/// When a PUBREL is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// At once.
    Now,
    /// When all that is owed before it has been sent.
    Owed,
}

#[derive(Clone, Copy)]
enum Attempt {
    First,
    Again,
}

fn delivery(state: Sender, packet_id: PacketId, attempt: Attempt) -> Delivery {
    let dup = match attempt {
        Attempt::First => false,
        Attempt::Again => {
            spec::upholds!(MQTT_3_3_1_1);
            true
        }
    };
    match state {
        Sender::AwaitAck => Delivery::AtLeastOnce { packet_id, dup },
        Sender::AwaitReceived | Sender::AwaitComplete => Delivery::ExactlyOnce { packet_id, dup },
        Sender::Idle => Delivery::AtMostOnce,
    }
}

#[cfg(test)]
mod tests;
