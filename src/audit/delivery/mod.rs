//! §3.3, §4.1, §4.4 to §4.7 over all connections of one Server: who got what, against who
//! published and who subscribed.
//!
//! One observer sees all connections. A message has to arrive only where a subscription was
//! certainly in force from before its PUBLISH until its acknowledgement, and it is called lost only
//! when the caller says that everything had its time ([`Delivery::settled`]) and nothing excuses
//! it: QoS 0, an open exchange of the subscriber, more than a hundred waiting messages. A message
//! that nobody has published is only a warning, since no statement forbids a Server to speak for
//! itself; if it stands for another one, that one is lost, and this is a breach.
//!
//! Memory is bounded by the constants of this folder. What is over a bound is forgotten, and with
//! it goes the right to accuse; over a bound of this file everything is.

mod connected;
mod declared;
mod dues;
mod published;
mod retained;
mod sent;
mod session;
mod settled;
mod subscribed;

use std::collections::{BTreeMap, BTreeSet};

pub use declared::{Declared, Start};

use super::{Finding, digest, finding};
use crate::packet::{Packet, Party, Publish, Qos};
use crate::spec::Id;
use crate::time::{Duration, Instant};
use crate::violation::{Rule, Violation};
use retained::{Kept, Retained};
use session::{Session, matches};

/// Messages that are remembered; older ones are forgotten.
const MESSAGES_MAX: usize = 16_384;
/// Sessions, and connections, at one time.
const SESSIONS_MAX: usize = 65_536;
/// Bytes of topics and filters in all.
const TEXT_BYTES_MAX: usize = 64 << 20;
/// A session may be ended for its age, but not so soon.
const ABSENCE_MAX: Duration = Duration::from_secs(60);

/// All connections of one Server.
#[derive(Debug)]
pub struct Delivery {
    declared: Declared,
    sessions: BTreeMap<String, Session>,
    lines: BTreeMap<u64, Line>,
    messages: BTreeMap<u64, Message>,
    /// Messages that the Server has not certainly taken.
    untaken: BTreeSet<u64>,
    retained: Retained,
    /// Wills that DISCONNECT has taken back, by content.
    dropped_wills: BTreeSet<u64>,
    /// What was published behind a DISCONNECT, by content.
    late: BTreeSet<u64>,
    place: u64,
    text: usize,
    /// Whether messages have been forgotten.
    forgotten: bool,
    /// Whether there was too much to be followed.
    blind: bool,
}

/// A connection.
#[derive(Debug, Default)]
struct Line {
    name: String,
    clean: bool,
    will: Option<Will>,
    accepted: bool,
    refused: bool,
    disconnected: bool,
    superseded: bool,
    resumed: bool,
    subscribes: BTreeMap<u16, Asked>,
    unsubscribes: BTreeMap<u16, Vec<String>>,
}

/// A SUBSCRIBE that has not been answered.
#[derive(Debug)]
struct Asked {
    place: u64,
    filters: Vec<String>,
    /// What the entries are certain to bring: which entry, the topic, and what is retained there.
    certain: Vec<(usize, String, Kept)>,
}

/// A Will that waits, or, once it has been seen although nobody closed, has fired.
#[derive(Clone, Debug)]
struct Will {
    topic: String,
    content: u64,
    qos: Qos,
    retain: bool,
    empty: bool,
    fired: bool,
}

/// Whether a Will has to be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Certainty {
    Due,
    Perhaps,
}

/// A message that somebody has published.
#[derive(Clone, Debug)]
struct Message {
    source: u64,
    link: u64,
    topic: String,
    content: u64,
    payload: u64,
    qos: Qos,
    retain: bool,
    empty: bool,
    taken: bool,
    ordered: bool,
    will: Option<Certainty>,
    /// Whether the Server may drop it, because its Client may not publish it.
    denied: bool,
    /// Whether the Server has refused the connection on which it was sent.
    void: bool,
}

/// Collects what the sender of the packet has broken.
type Found<'a> = &'a mut dyn FnMut(Id, Rule);

fn content_of(publish: &Publish<'_>) -> u64 {
    digest((publish.topic.as_str(), publish.payload))
}

impl Default for Delivery {
    fn default() -> Self {
        Delivery::new()
    }
}

impl Delivery {
    /// A Server that has neither sessions nor retained messages, and no connections.
    pub const fn new() -> Delivery {
        Delivery::over(Declared::nothing())
    }

    /// The same for a Server that is known to end a session in which more messages wait.
    pub fn with_queue(messages: usize) -> Delivery {
        Delivery::over(Declared { queue: messages, ..Declared::nothing() })
    }

    /// A Server of which this is known.
    pub const fn over(declared: Declared) -> Delivery {
        Delivery {
            declared,
            sessions: BTreeMap::new(),
            lines: BTreeMap::new(),
            messages: BTreeMap::new(),
            untaken: BTreeSet::new(),
            retained: Retained::new(),
            dropped_wills: BTreeSet::new(),
            late: BTreeSet::new(),
            place: 0,
            text: 0,
            forgotten: false,
            blind: false,
        }
    }

    /// A whole packet was seen on a connection, which the caller numbers.
    pub fn saw(
        &mut self,
        now: Instant,
        link: u64,
        from: Party,
        packet: &Packet<'_>,
        report: &mut impl FnMut(Finding),
    ) {
        if self.blind {
            return;
        }
        let mut found = |id, rule| report(finding(from, id, rule, packet));
        self.place += 1;
        match (from, packet) {
            (Party::Client, Packet::Connect(connect)) => self.connects(link, connect),
            (Party::Client, packet) => self.client_sent(link, packet, &mut found),
            (Party::Server, packet) => self.server_sent(now, link, packet, &mut found),
        }
    }

    /// The Client sent what cannot be read on a connection. The Server may have read it, so that
    /// nobody knows any more what the session holds.
    pub fn broke(&mut self, link: u64, from: Party) {
        let Some(line) = self.lines.get(&link).filter(|_| from == Party::Client) else { return };
        if let Some(session) = self.sessions.get_mut(&line.name) {
            session.overrun = true;
        }
    }

    fn client_sent(&mut self, link: u64, packet: &Packet<'_>, found: Found<'_>) {
        let Some(line) = self.lines.get(&link) else { return };
        if line.disconnected {
            if let Packet::Publish(publish) = packet
                && self.late.len() < MESSAGES_MAX
            {
                self.late.insert(content_of(publish));
            }
            return;
        }
        let name = line.name.clone();
        match packet {
            Packet::Disconnect(_) => self.disconnects(link, &name),
            Packet::Publish(publish) => self.client_publishes(link, &name, publish, found),
            Packet::Subscribe(subscribe) => self.client_subscribes(link, &name, subscribe),
            Packet::Unsubscribe(unsubscribe) => {
                let filters: Vec<String> =
                    unsubscribe.filters.iter().map(|filter| filter.as_str().to_owned()).collect();
                self.client_unsubscribes(link, &name, unsubscribe.packet_id.get(), filters);
            }
            Packet::Puback(ack) => self.acknowledged(&name, ack.packet_id.get(), Qos::AtLeastOnce),
            Packet::Pubrec(ack) => self.client_received(&name, ack.packet_id.get()),
            Packet::Pubrel(ack) => self.client_releases(link, &name, ack.packet_id.get(), found),
            Packet::Pubcomp(ack) => self.acknowledged(&name, ack.packet_id.get(), Qos::ExactlyOnce),
            Packet::Connect(_)
            | Packet::Connack(_)
            | Packet::Suback(_)
            | Packet::Unsuback(_)
            | Packet::Pingreq(_)
            | Packet::Pingresp(_) => {}
        }
    }

    fn server_sent(&mut self, now: Instant, link: u64, packet: &Packet<'_>, found: Found<'_>) {
        let Some(line) = self.lines.get(&link) else { return };
        let name = line.name.clone();
        if let Packet::Connack(connack) = packet {
            self.answers(now, link, &name, *connack, found);
            return;
        }
        if !line.accepted || line.superseded {
            return;
        }
        match packet {
            Packet::Publish(publish) => self.server_publishes(link, &name, publish, found),
            Packet::Puback(ack) => self.takes(&name, ack.packet_id.get(), Qos::AtLeastOnce),
            Packet::Pubrec(ack) => self.server_received(&name, ack.packet_id.get()),
            Packet::Pubrel(ack) => self.server_releases(link, &name, ack.packet_id.get(), found),
            Packet::Pubcomp(ack) => self.takes(&name, ack.packet_id.get(), Qos::ExactlyOnce),
            Packet::Suback(suback) => self.server_grants(link, &name, suback),
            Packet::Unsuback(unsuback) => {
                self.server_unsubscribes(link, &name, unsuback.packet_id.get());
            }
            Packet::Connack(_)
            | Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::Pingreq(_)
            | Packet::Pingresp(_)
            | Packet::Disconnect(_) => {}
        }
    }

    /// The session of that name, which may be new.
    fn session(&mut self, name: &str) -> Option<&mut Session> {
        if !self.sessions.contains_key(name) {
            if self.sessions.len() >= SESSIONS_MAX {
                self.look_away();
                return None;
            }
            let uncertain = self.declared.start != Start::Empty;
            self.text += name.len();
            let session = Session { uncertain, text: name.len(), ..Session::default() };
            self.sessions.insert(name.to_owned(), session);
        }
        self.sessions.get_mut(name)
    }

    /// Text is stored for a session.
    fn stores(&mut self, name: &str, bytes: usize) {
        if let Some(session) = self.sessions.get_mut(name) {
            session.text += bytes;
        }
        self.text += bytes;
        self.look_away_if_full();
    }

    fn look_away_if_full(&mut self) {
        if self.text > TEXT_BYTES_MAX {
            self.look_away();
        }
    }

    /// There is too much to be followed: nobody is accused any more.
    fn look_away(&mut self) {
        *self = Delivery { blind: true, ..Delivery::new() };
    }
}

/// Something that belongs to no packet.
fn at_rest(by: Party, id: Id, rule: Rule) -> Finding {
    Finding { by, violation: Violation::new(id, rule, 0) }
}
