//! Where a saboteur stands: between the Clients and a target that obeys the standard.
//!
//! [`Sabotaged`] is a target itself. It takes both directions of every connection apart into
//! packets, shows each of them to a [`Habit`], and carries out what that decides. Without a habit
//! it changes nothing. What the inner broker names as its reasons is kept back: a saboteur has to
//! be caught by what goes over the wire.

use std::collections::{BTreeMap, VecDeque};

use etalon::packet::{Connect, Decoded, Kind, Limits, Packet, Party, Stance, decode};
use etalon::spec::Id;
use etalon::time::{Duration, Instant};
use etalon::topic::{TopicFilter, TopicName};
use etalon::violation::Violation;

use super::craft;
use crate::target::{Link, Seen, Target};
use crate::trace::Change;

/// What a saboteur does with everything that passes; it keeps its own memory.
pub type Habit = Box<dyn FnMut(&mut Wires, Event<'_>) -> Fate>;

/// Something that passes.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A Client has sent this.
    Said(Link, &'a Piece),
    /// The inner broker has sent this.
    Heard(Link, &'a Piece),
    /// A Client ends its connection; that cannot be changed.
    Ended(Link),
    /// The inner broker has closed; [`Fate::Lost`] hides it.
    Closed(Link),
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives as it is.
    Pass,
    /// It never arrives.
    Lost,
    /// These bytes arrive instead.
    Become(Vec<u8>),
}

/// One packet, or what was meant to be one.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What is wrong with it, if anything is.
    pub fault: Option<Violation>,
}

impl Piece {
    /// The packet; `None` if it is malformed.
    pub fn packet(&self) -> Option<Packet<'_>> {
        craft::decoded(&self.bytes)
    }

    /// Whether it is a packet of this kind, and nothing is wrong with it.
    pub fn is(&self, kind: Kind) -> bool {
        self.fault.is_none() && self.packet().is_some_and(|packet| packet.kind() == kind)
    }
}

/// A connection of the saboteur's own begins with this number.
const HIDDEN: Link = 1 << 20;

/// What a habit sees of the connections, and what it can have done to them.
#[derive(Debug, Default)]
pub struct Wires {
    now: Instant,
    /// The CONNECT of each connection, as it was sent.
    connects: BTreeMap<Link, Vec<u8>>,
    /// What each session holds, by Client Identifier: filters and granted QoS.
    subscriptions: BTreeMap<String, Vec<(String, u8)>>,
    /// Answers of the inner broker to what its Clients have not asked.
    unasked: Vec<(Link, Kind, u16)>,
    orders: Vec<Order>,
    hidden: usize,
}

#[derive(Debug)]
enum Order {
    Open(Link),
    ToServer(Link, Vec<u8>),
    ToClient(Link, Vec<u8>),
    /// The Client is shown a close.
    ShowClose(Link),
    /// The inner broker is shown one.
    End(Link),
}

impl Wires {
    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The Client gets these bytes.
    pub fn tell_client(&mut self, link: Link, bytes: Vec<u8>) {
        self.order(Order::ToClient(link, bytes));
    }

    /// The inner broker gets these bytes.
    pub fn tell_server(&mut self, link: Link, bytes: Vec<u8>) {
        self.order(Order::ToServer(link, bytes));
    }

    /// The inner broker gets these bytes, as if the Client had sent them; the answer of this kind
    /// and identifier is kept from the Client.
    pub fn tell_server_quietly(&mut self, link: Link, bytes: Vec<u8>, answer: (Kind, u16)) {
        self.unasked.push((link, answer.0, answer.1));
        self.tell_server(link, bytes);
    }

    /// The inner broker ends the session of this Client Identifier and whatever connection it has.
    pub fn end_session(&mut self, client_id: &str) {
        let hidden = self.open_hidden(client_id);
        self.cut_behind(hidden);
    }

    /// The Client sees its connection closed, the inner broker sees it fail.
    pub fn hang_up(&mut self, link: Link) {
        self.orders.push(Order::ShowClose(link));
        self.orders.push(Order::End(link));
    }

    /// The inner broker sees the connection fail; the Client sees nothing.
    pub fn cut_behind(&mut self, link: Link) {
        self.orders.push(Order::End(link));
    }

    /// Opens a connection of the saboteur's own, with a CONNECT of this Client Identifier and
    /// Clean Session 1. What comes on it is shown to the habit and to nobody else.
    pub fn open_hidden(&mut self, client_id: &str) -> Link {
        let link = HIDDEN + self.hidden;
        self.hidden += 1;
        self.orders.push(Order::Open(link));
        self.tell_server(link, craft::connect(client_id));
        link
    }

    /// The CONNECT that was sent on this connection, if it could be read.
    pub fn connect(&self, link: Link) -> Option<Connect<'_>> {
        let Packet::Connect(connect) = craft::decoded(self.connects.get(&link)?)? else {
            return None;
        };
        Some(connect)
    }

    /// Under which Client Identifier; empty if it is not known.
    pub fn client_id(&self, link: Link) -> String {
        self.connect(link).map_or(String::new(), |connect| connect.client_id.as_str().to_owned())
    }

    /// Whether with Clean Session 1.
    pub fn clean(&self, link: Link) -> bool {
        self.connect(link).is_some_and(|connect| connect.clean_session)
    }

    /// All connections that began with a CONNECT, in their order.
    pub fn links(&self) -> Vec<Link> {
        self.connects.keys().copied().collect()
    }

    /// The latest connection before this one under the same Client Identifier.
    pub fn earlier(&self, link: Link, client_id: &str) -> Option<Link> {
        let before = self.links().into_iter().rev().filter(|other| *other < link);
        before.into_iter().find(|other| self.client_id(*other) == client_id)
    }

    /// The filters that the Client of this connection has asked for, with their QoS, oldest first.
    pub fn subscriptions(&self, link: Link) -> &[(String, u8)] {
        self.subscriptions.get(&self.client_id(link)).map_or(&[], Vec::as_slice)
    }

    /// Those of them that match.
    pub fn matching(&self, link: Link, topic: &str) -> Vec<(String, u8)> {
        let held = self.subscriptions(link).iter();
        held.filter(|(filter, _)| matches(filter, topic)).cloned().collect()
    }

    /// Takes in what a Client says.
    fn learn(&mut self, link: Link, piece: &Piece) {
        match piece.packet() {
            Some(Packet::Connect(connect)) => {
                if connect.clean_session {
                    self.subscriptions.remove(connect.client_id.as_str());
                }
                self.connects.entry(link).or_insert_with(|| piece.bytes.clone());
            }
            Some(Packet::Subscribe(subscribe)) => {
                let held = self.subscriptions.entry(self.client_id(link)).or_default();
                for (filter, qos) in subscribe.requests.iter() {
                    held.retain(|(other, _)| other != filter.as_str());
                    held.push((filter.as_str().to_owned(), qos.bits()));
                }
            }
            Some(Packet::Unsubscribe(unsubscribe)) => {
                let held = self.subscriptions.entry(self.client_id(link)).or_default();
                for filter in unsubscribe.filters.iter() {
                    held.retain(|(other, _)| other != filter.as_str());
                }
            }
            Some(_) | None => {}
        }
    }

    /// Whether the Client has not asked for this answer; it is so once.
    fn is_unasked(&mut self, link: Link, piece: &Piece) -> bool {
        let answer = piece.packet().map(|packet| (packet.kind(), craft::id(&packet).unwrap_or(0)));
        let Some((kind, id)) = answer else { return false };
        let found = self.unasked.iter().position(|unasked| *unasked == (link, kind, id));
        found.map(|at| self.unasked.remove(at)).is_some()
    }

    /// Orders what a packet's fate is.
    fn settle(&mut self, fate: Fate, bytes: &[u8], order: impl FnOnce(Vec<u8>) -> Order) {
        match fate {
            Fate::Pass => self.order(order(bytes.to_vec())),
            Fate::Lost => {}
            Fate::Become(bytes) => self.order(order(bytes)),
        }
    }

    /// Bytes for the inner broker that follow one another on a connection go in one write.
    fn order(&mut self, order: Order) {
        match (self.orders.last_mut(), order) {
            (Some(Order::ToServer(to, before)), Order::ToServer(link, bytes)) if *to == link => {
                before.extend(bytes);
            }
            (_, order) => self.orders.push(order),
        }
    }
}

/// Whether the filter matches the topic, as the standard has it.
pub fn matches(filter: &str, topic: &str) -> bool {
    match (TopicFilter::new(filter), TopicName::new(topic)) {
        (Ok(filter), Ok(topic)) => filter.matches(topic),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// A target with somebody in between.
pub struct Sabotaged<T: Target> {
    inner: T,
    habit: Habit,
    wires: Wires,
    lines: BTreeMap<Link, Line>,
    /// Which of our connections is which of the inner target's.
    outside: BTreeMap<Link, Link>,
    opened: usize,
    ready: VecDeque<(Link, Seen)>,
}

struct Line {
    inner: Link,
    from_client: Stream,
    from_server: Stream,
    /// Whether the Client has ended it or has been shown a close.
    over: bool,
}

impl<T: Target> Sabotaged<T> {
    /// The target with this habit.
    pub fn new(inner: T, habit: Habit) -> Sabotaged<T> {
        Sabotaged {
            inner,
            habit,
            wires: Wires::default(),
            lines: BTreeMap::new(),
            outside: BTreeMap::new(),
            opened: 0,
            ready: VecDeque::new(),
        }
    }

    /// The target as it is.
    pub fn clean(inner: T) -> Sabotaged<T> {
        Sabotaged::new(inner, Box::new(|_, _| Fate::Pass))
    }

    fn connect(&mut self, link: Link) -> Result<(), String> {
        let inner = self.inner.open()?;
        let from_client = Stream::of(Party::Client);
        let from_server = Stream::of(Party::Server);
        self.lines.insert(link, Line { inner, from_client, from_server, over: false });
        self.outside.insert(inner, link);
        Ok(())
    }

    fn ask(&mut self, event: Event<'_>) -> Fate {
        self.wires.now = self.inner.now();
        (self.habit)(&mut self.wires, event)
    }

    /// Does what was ordered.
    fn carry_out(&mut self) {
        for order in std::mem::take(&mut self.wires.orders) {
            match order {
                // A connection that there is none of is told nothing.
                Order::Open(link) => drop(self.connect(link)),
                Order::ToServer(link, bytes) => {
                    if let Some(line) = self.lines.get(&link).filter(|_| !bytes.is_empty()) {
                        self.inner.send(line.inner, &bytes);
                    }
                }
                Order::ToClient(link, bytes) => {
                    if bytes.is_empty() || !self.listens(link) {
                        continue;
                    }
                    match self.ready.back_mut() {
                        Some((to, Seen::Bytes(before))) if *to == link => before.extend(bytes),
                        Some(_) | None => self.ready.push_back((link, Seen::Bytes(bytes))),
                    }
                }
                Order::ShowClose(link) => {
                    if self.listens(link) {
                        self.ready.push_back((link, Seen::Closed));
                    }
                    if let Some(line) = self.lines.get_mut(&link) {
                        line.over = true;
                    }
                }
                Order::End(link) => {
                    if let Some(line) = self.lines.get(&link) {
                        self.inner.end(line.inner, Change::Cut);
                    }
                }
            }
        }
    }

    fn listens(&self, link: Link) -> bool {
        link < HIDDEN && self.lines.get(&link).is_some_and(|line| !line.over)
    }

    /// Takes in what the inner broker does.
    fn heard(&mut self, inner: Link, seen: &Seen) {
        let Some(link) = self.outside.get(&inner).copied() else { return };
        match seen {
            Seen::Bytes(bytes) => {
                let Some(line) = self.lines.get_mut(&link) else { return };
                for piece in line.from_server.pieces(bytes) {
                    if self.wires.is_unasked(link, &piece) {
                        continue;
                    }
                    let fate = self.ask(Event::Heard(link, &piece));
                    self.wires.settle(fate, &piece.bytes, |bytes| Order::ToClient(link, bytes));
                }
            }
            Seen::Closed => {
                if self.ask(Event::Closed(link)) == Fate::Pass {
                    self.wires.orders.push(Order::ShowClose(link));
                }
            }
        }
        self.carry_out();
    }
}

impl<T: Target> Target for Sabotaged<T> {
    fn open(&mut self) -> Result<Link, String> {
        let link = self.opened;
        self.connect(link)?;
        self.opened += 1;
        Ok(link)
    }

    fn send(&mut self, link: Link, bytes: &[u8]) {
        let Some(line) = self.lines.get_mut(&link).filter(|line| !line.over) else { return };
        for piece in line.from_client.pieces(bytes) {
            let fate = self.ask(Event::Said(link, &piece));
            self.wires.learn(link, &piece);
            self.wires.settle(fate, &piece.bytes, |bytes| Order::ToServer(link, bytes));
        }
        self.carry_out();
    }

    fn end(&mut self, link: Link, how: Change) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        let (inner, was_over) = (line.inner, std::mem::replace(&mut line.over, true));
        if !was_over {
            self.ask(Event::Ended(link));
            self.carry_out();
        }
        self.inner.end(inner, how);
    }

    fn next(&mut self, until: Instant) -> Option<(Link, Seen)> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            let (inner, seen) = self.inner.next(until)?;
            self.heard(inner, &seen);
        }
    }

    fn now(&self) -> Instant {
        self.inner.now()
    }

    fn named(&self, _: Link) -> Option<Vec<Id>> {
        None
    }

    fn quiet(&self) -> Duration {
        self.inner.quiet()
    }
}

/// One direction of a connection, cut into packets.
struct Stream {
    limits: Limits,
    bytes: Vec<u8>,
    /// What is still to come of a packet that is known to be malformed.
    owed: usize,
    fault: Option<Violation>,
}

impl Stream {
    fn of(sender: Party) -> Stream {
        let receiver = match sender {
            Party::Client => Party::Server,
            Party::Server => Party::Client,
        };
        let open = Limits { control_characters: Stance::Accept, ..Limits::EITHER };
        let limits = Limits { receiver: Some(receiver), ..open };
        Stream { limits, bytes: Vec::new(), owed: 0, fault: None }
    }

    /// What is complete, or wrong already.
    fn pieces(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.bytes.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        while !self.bytes.is_empty() {
            if self.owed == 0 {
                match decode(&self.bytes, self.limits) {
                    Ok(Decoded::Packet { used, .. }) => {
                        let bytes = self.bytes.drain(..used).collect();
                        pieces.push(Piece { bytes, fault: None });
                        continue;
                    }
                    Ok(Decoded::Incomplete { .. }) => break,
                    Err(violation) => {
                        self.fault = Some(violation);
                        self.owed = craft::frame(&self.bytes).unwrap_or(self.bytes.len());
                    }
                }
            }
            let count = self.owed.min(self.bytes.len());
            self.owed -= count;
            let bytes = self.bytes.drain(..count).collect();
            pieces.push(Piece { bytes, fault: self.fault });
        }
        pieces
    }
}
