//! One worker's share of the broker: bytes and time in, bytes and wishes out.
//!
//! Single-threaded and deterministic; knows neither sockets nor clocks. The driver calls
//! [`Broker::handle`] with an [`Input`], then [`Broker::poll`] until it returns `None`, and calls
//! again at [`Broker::deadline`]. All that concerns one Client happens on its home worker, so
//! take-over, session state and order need no lock. What workers share is in [`Shared`].

mod accept;
mod close;
mod config;
mod publish;
mod registry;
mod subscribe;
mod timers;
mod turns;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

pub use config::{Config, Counters, Mail, Shared, Why};

use crate::connection::{self, Connection, Publishes, State, keep_alive};
use crate::message::Message;
use crate::outgoing::{Link, Outgoing};
use crate::packet::{self, Decoded, Packet, Pingresp, Pubcomp, Refusal};
use crate::router::{RouteCache, Subscriber, Worker};
use crate::session::{Pressure, receiver, sender};
use crate::spec::{self, Id};
use crate::time::Instant;
use crate::violation::{Rule, Violation};
use registry::Registry;
use timers::Timers;

// A broker opens no connection of its own and needs nothing from a Client that the standard does not
// name.
spec::by_construction!(MQTT_7_0_0_1, MQTT_7_0_0_2);

/// What happens to a broker.
#[derive(Debug)]
pub enum Input<'a> {
    /// A connection has been opened.
    Opened(Link),
    /// Bytes have come over it. They may be split anywhere.
    Bytes(Link, &'a [u8]),
    /// So many of its outgoing bytes have been taken by the network; none means that it takes no
    /// more for the moment.
    Sent(Link, usize),
    /// It is gone, whoever closed it. The number may be used again.
    Closed(Link),
    /// There may be mail.
    Mail,
    /// Time has passed.
    Tick,
    /// The broker is going to stop: every Will is published while there is still somebody to get
    /// it.
    LastWills,
    /// The broker stops: every connection ends.
    Stop,
}

/// What a broker wants.
#[derive(Debug)]
pub enum Output {
    /// There are outgoing bytes on this connection.
    Transmit(Link),
    /// Send what is outgoing, then close; answer with [`Input::Closed`]. The Client Identifier is
    /// there if CONNECT had been accepted with one.
    Close(Link, Why, Option<Arc<str>>),
    /// The connection belongs to another worker: give it to that one, with the bytes that have
    /// come, as if it had been opened there. The number is free here.
    Move(Link, Worker, Vec<u8>),
    /// This worker has mail and sleeps.
    Wake(Worker),
    /// A Client broke a statement, or asked for something that the Server does not take.
    Broken(Link, Box<Breach>),
}

/// A breach with what is needed to tell of it.
#[derive(Clone, Debug)]
pub struct Breach {
    /// What was broken.
    pub violation: Violation,
    /// By whom, if CONNECT had been accepted.
    pub client_id: Option<Arc<str>>,
    /// The beginning of the packet, at most [`Breach::BYTES_MAX`] bytes.
    pub bytes: Box<[u8]>,
}

impl Breach {
    /// How much of a packet is kept to be shown.
    pub const BYTES_MAX: usize = 64;
}

/// Whether a connection is to be read from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Yes.
    Now,
    /// Not for a moment: others have their turn, or publishers are held back. Ask again soon.
    Soon,
    /// Not before it has taken some of its outgoing bytes.
    AfterSending,
    /// No more: it is closed.
    Never,
}

/// One worker's share of the broker.
#[derive(Debug)]
pub struct Broker {
    worker: Worker,
    shared: Arc<Shared>,
    config: Config,
    now: Instant,
    connections: Vec<Option<Connection>>,
    registry: Registry,
    timers: Timers,
    cache: RouteCache,
    outputs: VecDeque<Output>,
    /// What has to be done before anything else is taken. Kept in a queue because one thing leads
    /// to another, and the chain is as long as the peers make it.
    tasks: VecDeque<Task>,
    /// Sessions for whose sake publishers are held back, and until when at most.
    holding: BTreeSet<(Instant, u64)>,
    /// Bytes of incomplete packets.
    assembling: usize,
    /// What the present turn has cost so far.
    spent: usize,
    /// Connections that have had their turn before all was done that they asked for.
    waiting: VecDeque<Link>,
    /// When the next of them goes on.
    next_turn: Option<Instant>,
    letters: Vec<Mail>,
    counters: Counters,
}

#[derive(Debug)]
enum Task {
    PublishWill(Message),
    EndOverflowed(u64),
}

/// What to do with the rest of the bytes after one packet.
enum Flow {
    Next,
    Stop,
    Move(Worker),
}

impl Broker {
    /// A worker without connections and sessions.
    pub fn new(worker: Worker, shared: Arc<Shared>, config: Config) -> Broker {
        Broker {
            worker,
            shared,
            config,
            now: Instant::START,
            connections: Vec::new(),
            registry: Registry::default(),
            timers: Timers::default(),
            cache: RouteCache::new(),
            outputs: VecDeque::new(),
            tasks: VecDeque::new(),
            holding: BTreeSet::new(),
            assembling: 0,
            spent: 0,
            waiting: VecDeque::new(),
            next_turn: None,
            letters: Vec::new(),
            counters: Counters::default(),
        }
    }

    /// Takes one input. Time never runs backwards: an earlier `now` counts as the latest.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.now = self.now.max(now);
        self.spent = 0;
        match input {
            Input::Opened(link) => self.opened(link),
            Input::Bytes(link, bytes) => self.bytes(link, bytes),
            Input::Sent(link, count) => self.sent(link, count),
            Input::Closed(link) => self.closed(link),
            Input::Mail => self.mail(),
            Input::Tick => self.tick(),
            Input::LastWills => self.last_wills(),
            Input::Stop => self.stop(),
        }
        self.settle();
    }

    /// What the broker wants next, in this order. To be called until `None` before the driver waits
    /// for anything.
    pub fn poll(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front()?;
        if let Output::Transmit(link) = output
            && let Some(connection) = self.connection(link)
        {
            connection.announced = false;
        }
        Some(output)
    }

    /// When to call [`Broker::handle`] with [`Input::Tick`] at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let held = self.holding.first().map(|(until, _)| *until);
        self.timers.first().into_iter().chain(held).chain(self.next_turn).min()
    }

    /// What a connection has still to send. After sending: [`Input::Sent`].
    pub fn outgoing(&self, link: Link) -> Option<&Outgoing> {
        self.connections.get(link.0 as usize)?.as_ref().map(|connection| &connection.outgoing)
    }

    /// Whether to read from a connection now.
    pub fn reading(&self, link: Link) -> Reading {
        let connection = self.connections.get(link.0 as usize).and_then(Option::as_ref);
        match connection {
            None => Reading::Never,
            Some(connection) if connection.state == State::Closed => Reading::Never,
            Some(connection)
                if connection.outgoing.len() >= self.config.session.unsent_bytes_max =>
            {
                Reading::AfterSending
            }
            Some(connection) if connection.waits || self.is_held_back(connection) => Reading::Soon,
            Some(_) => Reading::Now,
        }
    }

    /// Whether a publisher waits for others. One that is behind itself is read from, because what
    /// it sends may be the acknowledgements that everybody waits for.
    fn is_held_back(&self, connection: &Connection) -> bool {
        let session = || connection.session.and_then(|session| self.registry.get(session));
        let behind = || session().is_some_and(|session| session.pressure != Pressure::None);
        match connection.publishes {
            Publishes::Nothing => false,
            Publishes::AtMostOnce => self.shared.is_crowded() && !behind(),
            Publishes::Acknowledged => {
                (self.shared.is_pressed() || self.shared.is_crowded()) && !behind()
            }
        }
    }

    /// The Client Identifier of a connection, once CONNECT has been accepted.
    pub fn client_id(&self, link: Link) -> Option<Arc<str>> {
        let connection = self.connections.get(link.0 as usize)?.as_ref()?;
        self.registry.get(connection.session?)?.client_id.clone()
    }

    /// What has been counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn connection(&mut self, link: Link) -> Option<&mut Connection> {
        self.connections.get_mut(link.0 as usize)?.as_mut()
    }

    fn is_open(&mut self, link: Link) -> bool {
        self.connection(link).is_some_and(|connection| connection.state != State::Closed)
    }

    fn opened(&mut self, link: Link) {
        let at = link.0 as usize;
        if at >= self.connections.len() {
            self.connections.resize_with(at + 1, || None);
        }
        self.connections[at] = Some(Connection::new(self.now));
        self.file(link);
    }

    /// Bytes come as the network splits them (S-10). What is behind the last complete packet is
    /// kept; nothing is ever reserved because a header promises it.
    fn bytes(&mut self, link: Link, input: &[u8]) {
        let Some(connection) = self.connection(link) else { return };
        if connection.state == State::Closed {
            return;
        }
        if connection.partial.is_empty() && !connection.waits {
            return self.packets(link, input);
        }
        connection.partial.extend_from_slice(input);
        if connection.waits {
            self.assembling += input.len();
            return;
        }
        let wanted = connection.wanted;
        if connection.partial.len() < wanted {
            return self.arriving(link, input.len(), wanted);
        }
        let kept = std::mem::take(&mut connection.partial);
        self.assembling -= kept.len() - input.len();
        self.packets(link, &kept);
    }

    /// Takes every complete packet out of `buffer` and keeps the rest.
    fn packets(&mut self, link: Link, buffer: &[u8]) {
        let mut rest = buffer;
        while !rest.is_empty() {
            match packet::decode(rest, self.config.packet) {
                Ok(Decoded::Packet { packet, used, .. }) => {
                    let flow = self.packet(link, &packet, &rest[..used]);
                    if let Flow::Move(home) = flow {
                        return self.hand_over(link, home, rest);
                    }
                    self.counters.packets += 1;
                    self.settle();
                    // What follows from a packet may be the end of the connection it came on.
                    let open = self.is_open(link);
                    match flow {
                        Flow::Next if open => rest = &rest[used..],
                        Flow::Next | Flow::Stop | Flow::Move(_) => return,
                    }
                    if self.has_to_wait(link, rest) {
                        return self.quiet(link);
                    }
                }
                Ok(Decoded::Incomplete { need }) => {
                    if rest.len() < buffer.len() {
                        self.quiet(link);
                    }
                    let wanted = rest.len() + need;
                    if let Some(connection) = self.connection(link) {
                        connection.partial = rest.to_vec();
                        connection.wanted = wanted;
                    }
                    return self.arriving(link, rest.len(), wanted);
                }
                Err(violation) => return self.broken(link, violation, rest),
            }
        }
        self.quiet(link);
    }

    /// A packet is complete, and nothing of the next has come.
    fn quiet(&mut self, link: Link) {
        let now = self.now;
        if let Some(connection) = self.connection(link) {
            // Only Expired can fail.
            let _ = connection.watch.step(keep_alive::Event::Packet, 0, now);
        }
    }

    /// `count` more bytes of a packet of `wanted` bytes are kept.
    fn arriving(&mut self, link: Link, count: usize, wanted: usize) {
        let now = self.now;
        self.assembling += count;
        if let Some(connection) = self.connection(link) {
            // Only Expired can fail.
            let _ = connection.watch.step(keep_alive::Event::Part, wanted, now);
        }
        if self.assembling > self.config.assembling_bytes_max {
            spec::upholds!(MQTT_4_8_0_2);
            self.close(link, connection::Event::Ended, Why::Limit);
        }
    }

    fn packet(&mut self, link: Link, packet: &Packet<'_>, bytes: &[u8]) -> Flow {
        match packet {
            Packet::Connect(connect) => return self.connect(link, connect, bytes),
            Packet::Disconnect(_) => {
                match self.connection(link).map(|connection| connection.state) {
                    Some(State::Active) => {
                        self.close(link, connection::Event::Disconnect, Why::Disconnect);
                    }
                    Some(State::AwaitConnect | State::Closed) | None => {
                        self.out_of_turn(link, packet, Id::MQTT_3_1_0_1, bytes);
                    }
                }
                return Flow::Stop;
            }
            Packet::Publish(_)
            | Packet::Puback(_)
            | Packet::Pubrec(_)
            | Packet::Pubrel(_)
            | Packet::Pubcomp(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::Pingreq(_)
            | Packet::Connack(_)
            | Packet::Suback(_)
            | Packet::Unsuback(_)
            | Packet::Pingresp(_) => {}
        }
        let Some(connection) = self.connection(link) else { return Flow::Stop };
        let session = connection.session;
        let allowed = connection.state.step(connection::Event::Packet);
        let result = match (allowed, session) {
            (Ok((_, connection::Action::Process)), Some(session)) => {
                self.process(link, session, packet)
            }
            (Ok(_), _) => return Flow::Stop,
            (Err(id), _) => Err(id),
        };
        match result {
            Ok(()) => match self.connection(link).map(|connection| connection.state) {
                Some(State::Active) => Flow::Next,
                Some(State::AwaitConnect | State::Closed) | None => Flow::Stop,
            },
            Err(id) => {
                self.out_of_turn(link, packet, id, bytes);
                Flow::Stop
            }
        }
    }

    /// A packet on an accepted connection.
    fn process(&mut self, link: Link, session: u64, packet: &Packet<'_>) -> Result<(), Id> {
        match packet {
            Packet::Publish(publish) => self.publish(link, session, publish),
            Packet::Puback(ack) => {
                self.acknowledged(link, session, sender::Event::Puback, ack.packet_id)
            }
            Packet::Pubrec(ack) => {
                self.acknowledged(link, session, sender::Event::Pubrec, ack.packet_id)
            }
            Packet::Pubcomp(ack) => {
                self.acknowledged(link, session, sender::Event::Pubcomp, ack.packet_id)
            }
            Packet::Pubrel(release) => {
                let packet_id = release.packet_id;
                self.arrived(session, receiver::Event::Pubrel, packet_id)?;
                self.send(link, &Packet::Pubcomp(Pubcomp { packet_id }));
                Ok(())
            }
            Packet::Subscribe(subscribe) => self.subscribe(link, session, subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(link, session, unsubscribe),
            Packet::Pingreq(_) => {
                spec::upholds!(MQTT_3_12_4_1);
                self.send(link, &Packet::Pingresp(Pingresp));
                Ok(())
            }
            // The decoder has refused what only a Server sends, and these two have had their turn.
            Packet::Connack(_)
            | Packet::Suback(_)
            | Packet::Unsuback(_)
            | Packet::Pingresp(_)
            | Packet::Connect(_)
            | Packet::Disconnect(_) => Err(Id::MQTT_4_8_0_1),
        }
    }

    /// The bytes are right, the moment is not.
    fn out_of_turn(&mut self, link: Link, packet: &Packet<'_>, id: Id, bytes: &[u8]) {
        let rule = if id == Id::MQTT_3_1_0_1 {
            Rule::ConnectNotFirst
        } else if id == Id::MQTT_3_1_0_2 {
            Rule::ConnectTwice
        } else if id == Id::MQTT_2_3_1_2 {
            Rule::PacketIdInUse
        } else {
            Rule::WrongAcknowledgement
        };
        let at = if rule == Rule::PacketIdInUse { packet_id_at(packet, bytes) } else { 0 };
        self.broken(link, Violation::new(id, rule, at).seen_in(packet.kind()), bytes);
    }

    /// A breach: reported, answered if the standard has an answer for it, and closed.
    fn broken(&mut self, link: Link, violation: Violation, bytes: &[u8]) {
        self.report(link, violation, bytes);
        let state = self.connection(link).map(|connection| connection.state);
        if violation.rule == Rule::PacketTooLarge {
            // A limit of ours; the Client has broken nothing.
            spec::upholds!(MQTT_4_8_0_2);
            return self.close(link, connection::Event::Ended, Why::Limit);
        }
        match (state, violation.answer()) {
            (Some(State::AwaitConnect), Some(refusal)) => {
                spec::upholds!(MQTT_3_1_2_2, MQTT_3_1_3_8, MQTT_3_1_3_9);
                self.refuse(link, refusal);
            }
            (_, _) => self.close(link, connection::Event::Broken, Why::Broken),
        }
    }

    fn report(&mut self, link: Link, violation: Violation, bytes: &[u8]) {
        let bytes = bytes[..bytes.len().min(Breach::BYTES_MAX)].into();
        let client_id = self.client_id(link);
        let breach = Breach { violation, client_id, bytes };
        self.outputs.push_back(Output::Broken(link, Box::new(breach)));
    }

    fn refuse(&mut self, link: Link, refusal: Refusal) {
        let connack = Packet::Connack(packet::Connack::Refused(refusal));
        self.send(link, &connack);
        self.close(link, connection::Event::Refused, Why::Refused);
    }

    fn send(&mut self, link: Link, packet: &Packet<'_>) {
        if let Some(connection) = self.connection(link) {
            let fits = connection.outgoing.packet(packet);
            debug_assert!(fits, "no answer of a Server is longer than what it answers");
            self.announce(link);
        }
    }

    /// Tells the driver, once, that there is something to send.
    fn announce(&mut self, link: Link) {
        if let Some(connection) = self.connection(link)
            && !connection.announced
            && !connection.outgoing.is_empty()
        {
            connection.announced = true;
            self.outputs.push_back(Output::Transmit(link));
        }
    }

    /// What one step has led to: Wills of connections that ended, sessions that overflowed.
    fn settle(&mut self) {
        while let Some(task) = self.tasks.pop_front() {
            match task {
                Task::PublishWill(message) => self.publish_will(&message),
                Task::EndOverflowed(session) => self.end_overflowed(session),
            }
        }
    }

    fn subscriber(&self, session: u64) -> Subscriber {
        Subscriber { worker: self.worker, session }
    }
}

/// Where the Packet Identifier of a packet stands, counted from its first byte.
fn packet_id_at(packet: &Packet<'_>, bytes: &[u8]) -> u32 {
    let continued = |byte: &&u8| **byte & 0x80 != 0;
    let header = 2 + bytes.iter().skip(1).take_while(continued).count();
    let before =
        if let Packet::Publish(publish) = packet { 2 + publish.topic.as_str().len() } else { 0 };
    (header + before) as u32
}
