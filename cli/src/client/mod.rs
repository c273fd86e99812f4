//! A client without sockets and clocks: bytes, time and wishes go in, bytes and events come out.
//!
//! It is strict: a malformed packet or a breach of the server's part of the protocol ends the
//! connection, and the event says which statement was broken, by which bytes. What the standard
//! leaves open is accepted (S-58, S-59, S-63). QoS 2 messages are delivered when PUBLISH comes
//! (method B of figure 4.3).
//!
//! Events come before the bytes that acknowledge them: whoever prints a message first and sends
//! [`Client::take_output`] afterwards acknowledges nothing that was not printed.

mod breach;
mod describe;
mod incoming;
mod keep_alive;
mod packets;
mod session;

use std::collections::VecDeque;
use std::rc::Rc;

use etalon::packet::{
    Decoded, Disconnect, Filters, Kind, PACKET_BYTES_MAX, Packet, PacketId, Pingreq, Pubrel, Qos,
    Refusal, Requests, ReturnCode, Subscribe, Unsubscribe, decode,
};
use etalon::spec;
use etalon::time::Instant;
use etalon::topic::TopicFilter;

use crate::print::Message;

pub use breach::Breach;
pub use keep_alive::Silence;
pub use packets::refusal;
pub use session::{Outgoing, Ticket};

use keep_alive::KeepAlive;
use packets::{LIMITS, connect_packet, message_packet};
use session::{Again, Request, Session};

/// Who connects, and how.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Client Identifier; a valid one.
    pub client_id: String,
    /// CleanSession 0.
    pub keep_session: bool,
    /// Keep Alive; 0 for none.
    ///
    /// # Units
    /// Seconds.
    pub keep_alive: u16,
    /// The Will.
    pub will: Option<WillMessage>,
    /// User name and password.
    pub login: Option<(String, Option<Vec<u8>>)>,
    /// How many messages at QoS 1 and 2 may wait for their acknowledgement.
    pub in_flight_max: usize,
    /// Whether every packet is described in an [`Event::Seen`].
    pub describe: bool,
}

/// A Will Message.
#[derive(Clone, Debug)]
pub struct WillMessage {
    /// Will Topic; a valid Topic Name.
    pub topic: String,
    /// Will Message.
    pub message: Vec<u8>,
    /// Will QoS.
    pub qos: Qos,
    /// Will Retain.
    pub retain: bool,
}

/// What has happened.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The server accepted the connection.
    Accepted,
    /// The server refused it; the connection is over.
    Refused(Refusal),
    /// A message; it is acknowledged by the bytes that [`Client::take_output`] gives afterwards.
    Message(Message),
    /// A message needs nothing more: it was sent at QoS 0, or completely acknowledged.
    Published(Ticket),
    /// SUBACK: a return code for each filter.
    Subscribed(Vec<ReturnCode>),
    /// UNSUBACK.
    Unsubscribed,
    /// The server broke a statement; the connection is over.
    Broken(Box<Breach>),
    /// The server does not answer; the connection is over.
    Silent(Silence),
    /// A packet passed, described in one line.
    Seen(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No connection, or one that is over.
    Closed,
    /// CONNECT was sent.
    Connecting,
    /// CONNACK has come.
    Active,
}

/// The client.
#[derive(Debug)]
pub struct Client {
    config: Config,
    /// CONNECT, encoded, and its description: the same on every connection.
    connect: Vec<u8>,
    greeting: String,
    phase: Phase,
    session: Session,
    /// Messages that have not been sent yet, or have to be sent anew.
    queue: VecDeque<Outgoing>,
    next_ticket: u64,
    taking: bool,
    keep_alive: KeepAlive,
    input: Vec<u8>,
    /// How much of the input has been read.
    read: usize,
    output: Vec<u8>,
    events: VecDeque<Event>,
}

impl Client {
    /// A client that is not connected.
    ///
    /// # Errors
    /// A field of the CONNECT cannot be what it is; the text says which.
    pub fn new(config: Config) -> Result<Client, String> {
        let mut connect = Vec::new();
        let packet = connect_packet(&config)?;
        packet.encode(&mut connect).map_err(|error| error.to_string())?;
        let greeting = describe::packet(&packet);
        Ok(Client {
            connect,
            greeting,
            keep_alive: KeepAlive::new(config.keep_alive),
            config,
            phase: Phase::Closed,
            session: Session::default(),
            queue: VecDeque::new(),
            next_ticket: 0,
            taking: true,
            input: Vec::new(),
            read: 0,
            output: Vec::new(),
            events: VecDeque::new(),
        })
    }

    /// A network connection was made: CONNECT is its first packet.
    pub fn opened(&mut self, now: Instant) {
        self.closed();
        if !self.config.keep_session {
            self.start_over();
        }
        self.phase = Phase::Connecting;
        self.keep_alive.opened(now);
        spec::upholds!(MQTT_3_1_0_1);
        self.output.extend_from_slice(&self.connect);
        if self.config.describe {
            self.events.push_back(Event::Seen(format!("> {}", self.greeting)));
        }
    }

    /// The network connection has ended; nothing more is sent on it.
    pub fn closed(&mut self) {
        self.phase = Phase::Closed;
        self.input.clear();
        self.read = 0;
        self.output.clear();
        self.session.cut();
    }

    /// Bytes have come; [`Client::poll`] reads them.
    pub fn received(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) {
        if self.phase == Phase::Closed {
            return;
        }
        match self.keep_alive.tick(now, self.phase == Phase::Active) {
            keep_alive::Due::Nothing => {}
            keep_alive::Due::Ping => {
                spec::upholds!(MQTT_3_1_2_23);
                self.send(now, &Packet::Pingreq(Pingreq));
            }
            keep_alive::Due::GiveUp(silence) => {
                self.phase = Phase::Closed;
                self.events.push_back(Event::Silent(silence));
            }
        }
    }

    /// Whether [`Client::tick`] can do nothing but lose patience: CONNACK or PINGRESP is awaited.
    pub fn awaits_answer(&self) -> bool {
        match self.phase {
            Phase::Closed => false,
            Phase::Connecting => true,
            Phase::Active => self.keep_alive.awaits_answer(),
        }
    }

    /// When [`Client::tick`] has to be called next.
    pub fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Closed => None,
            Phase::Connecting => self.keep_alive.deadline(false),
            Phase::Active => self.keep_alive.deadline(true),
        }
    }

    /// Publishes a message as soon as there is a connection and room in flight.
    ///
    /// # Errors
    /// It does not fit into a packet.
    pub fn publish(
        &mut self,
        now: Instant,
        topic: &Rc<str>,
        payload: Rc<[u8]>,
        qos: Qos,
        retain: bool,
    ) -> Result<Ticket, TooLong> {
        let ticket = Ticket(self.next_ticket);
        let message = Outgoing { ticket, topic: Rc::clone(topic), payload, qos, retain };
        let fits = |packet: Packet<'_>| packet.encoded_len() <= PACKET_BYTES_MAX as usize;
        if !message_packet(&message, PacketId::new(1), false).is_some_and(fits) {
            return Err(TooLong);
        }
        self.next_ticket += 1;
        self.queue.push_back(message);
        self.pump(now);
        Ok(ticket)
    }

    /// How many messages wait to be sent for the first time.
    pub fn unsent(&self) -> usize {
        self.queue.len()
    }

    /// Subscribes, if there is a connection; filters that are not valid are left out.
    pub fn subscribe(&mut self, now: Instant, wanted: &[(String, Qos)]) {
        if self.phase != Phase::Active {
            return;
        }
        let valid = |(filter, qos)| Some((TopicFilter::new(filter).ok()?, qos));
        let wanted: Vec<(TopicFilter<'_>, Qos)> =
            wanted.iter().filter_map(|(filter, qos)| valid((filter, *qos))).collect();
        let asked = wanted.iter().map(|(_, qos)| *qos).collect();
        let mut bytes = Vec::new();
        let Ok(requests) = Requests::write(wanted, &mut bytes) else { return };
        if let Some(packet_id) = self.session.request(Request::Subscribe(asked)) {
            self.send(now, &Packet::Subscribe(Subscribe { packet_id, requests }));
        }
    }

    /// Unsubscribes, if there is a connection; filters that are not valid are left out.
    pub fn unsubscribe(&mut self, now: Instant, filters: &[String]) {
        if self.phase != Phase::Active {
            return;
        }
        let filters = filters.iter().filter_map(|filter| TopicFilter::new(filter).ok());
        let mut bytes = Vec::new();
        let Ok(filters) = Filters::write(filters, &mut bytes) else { return };
        if let Some(packet_id) = self.session.request(Request::Unsubscribe) {
            self.send(now, &Packet::Unsubscribe(Unsubscribe { packet_id, filters }));
        }
    }

    /// Takes no new messages from now on: they stay unacknowledged, with the server. What was
    /// taken is still completed.
    pub fn stop_taking(&mut self) {
        self.taking = false;
    }

    /// Whether nothing waits to be sent or acknowledged, in either direction.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
            && self.session.in_flight() == 0
            && self.session.inbound.awaiting_release() == 0
    }

    /// Takes leave: DISCONNECT is the last packet, and the Will is discarded.
    pub fn disconnect(&mut self, now: Instant) {
        if self.phase == Phase::Active {
            self.send(now, &Packet::Disconnect(Disconnect));
        }
        // Nothing is read or sent in this phase.
        spec::upholds!(MQTT_3_14_4_2);
        self.phase = Phase::Closed;
    }

    /// The next event. Packets are read one by one, so that what the caller does about one of them
    /// is heeded by the next.
    pub fn poll(&mut self, now: Instant) -> Option<Event> {
        while self.events.is_empty() && self.phase != Phase::Closed && self.read_one(now) {}
        self.events.pop_front()
    }

    /// The bytes to send, after all events have been dealt with.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Reads one packet; `false` when there is no whole one.
    fn read_one(&mut self, now: Instant) -> bool {
        let input = std::mem::take(&mut self.input);
        let rest = input.get(self.read..).unwrap_or_default();
        let more = match decode(rest, LIMITS) {
            Ok(Decoded::Incomplete { .. }) => false,
            Ok(Decoded::Packet { packet, used, .. }) => {
                self.see('<', &packet);
                self.read += used;
                if let Err((id, what)) = self.packet(now, &packet) {
                    let bytes = rest.get(..used).unwrap_or_default();
                    self.broken(Breach::of_packet(id, what, packet.kind(), bytes));
                }
                self.pump(now);
                true
            }
            Err(violation) => {
                self.broken(Breach::of_bytes(violation, rest));
                false
            }
        };
        self.input = input;
        if !more {
            self.input.drain(..self.read.min(self.input.len()));
            self.read = 0;
        }
        more
    }

    /// Sends again what the session still holds (§4.4): PUBLISH with DUP, PUBREL as it was.
    fn resend(&mut self, now: Instant) {
        for (packet_id, again) in self.session.resend() {
            match again {
                Again::Publish(message) => {
                    spec::upholds!(MQTT_4_4_0_1, MQTT_3_3_1_1);
                    if let Some(packet) = message_packet(&message, Some(packet_id), true) {
                        self.send(now, &packet);
                    }
                }
                Again::Release => self.send(now, &Packet::Pubrel(Pubrel { packet_id })),
            }
        }
    }

    /// A new session: what the server does not own is published anew, before everything else.
    fn start_over(&mut self) {
        let (open, owned) = self.session.end();
        for message in open.into_iter().rev() {
            self.queue.push_front(message);
        }
        self.events.extend(owned.into_iter().map(Event::Published));
    }

    /// Sends what waits, as far as there is room in flight.
    fn pump(&mut self, now: Instant) {
        while self.phase == Phase::Active && self.session.in_flight() < self.config.in_flight_max {
            let Some(message) = self.queue.pop_front() else { return };
            let ticket = message.ticket;
            if message.qos == Qos::AtMostOnce {
                if let Some(packet) = message_packet(&message, None, false) {
                    self.send(now, &packet);
                }
                self.events.push_back(Event::Published(ticket));
                continue;
            }
            match self.session.publish(message.clone()) {
                Ok(packet_id) => {
                    if let Some(packet) = message_packet(&message, Some(packet_id), false) {
                        self.send(now, &packet);
                    }
                }
                Err(message) => {
                    self.queue.push_front(message);
                    return;
                }
            }
        }
    }

    fn send(&mut self, now: Instant, packet: &Packet<'_>) {
        self.see('>', packet);
        let encoded = packet.encode(&mut self.output);
        debug_assert!(encoded.is_ok(), "lengths are checked before: {encoded:?}");
        self.keep_alive.sent(now, packet.kind() == Kind::Pingreq);
    }

    fn see(&mut self, direction: char, packet: &Packet<'_>) {
        if self.config.describe {
            let line = format!("{direction} {}", describe::packet(packet));
            self.events.push_back(Event::Seen(line));
        }
    }

    fn broken(&mut self, breach: Breach) {
        spec::upholds!(MQTT_4_8_0_1);
        self.phase = Phase::Closed;
        self.events.push_back(Event::Broken(Box::new(breach)));
    }
}

/// A message is longer than a packet can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

#[cfg(test)]
mod tests;
