//! §3.3, §4.1, §4.4 to §4.7 over all connections of one Server: who got what, against who
//! published and who subscribed.
//!
//! One observer sees all connections. A message has to arrive only where a subscription was
//! certainly in force from before its PUBLISH until its acknowledgement, and it is called lost only
//! when the caller says that everything had its time ([`Delivery::settled`]) and nothing excuses
//! it: QoS 0, an open exchange of the subscriber, more than a hundred waiting messages.
//!
//! Memory is bounded by the constants of this module and of `session.rs` and `retained.rs`; what
//! is over a bound is forgotten, and with it goes the right to accuse.

mod retained;
mod sent;
mod session;
mod settled;
mod subscribed;

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, digest, finding};
use crate::packet::{Connack, Connect, Packet, Party, Publish, Qos, Subscribe};
use crate::spec::Id;
use crate::time::{Duration, Instant};
use crate::violation::{Rule, Violation};
use retained::{Kept, Retained};
use session::{Inbound, Session};

/// Messages that are remembered; older ones are forgotten.
const MESSAGES_MAX: usize = 16_384;
/// Names of Clients that never got an answer are not added beyond these.
const SESSIONS_MAX: usize = 65_536;
/// A session may be ended for its age, but not so soon.
const ABSENCE_MAX: Duration = Duration::from_secs(60);
/// A queue may be limited, but not to fewer messages.
const QUEUE_MIN: usize = 100;

/// All connections of one Server.
#[derive(Debug)]
pub struct Delivery {
    sessions: BTreeMap<String, Session>,
    lines: BTreeMap<u64, Line>,
    messages: BTreeMap<u64, Message>,
    retained: Retained,
    /// Wills that DISCONNECT has taken back, by content.
    dropped_wills: BTreeSet<u64>,
    place: u64,
    forgotten: bool,
    queue_min: usize,
}

/// A connection.
#[derive(Debug, Default)]
struct Line {
    name: String,
    clean: bool,
    will: Option<Will>,
    accepted: bool,
    closed: bool,
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
    certain: Vec<(usize, String, u64, Qos)>,
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
    taken: bool,
    ordered: bool,
    will: bool,
}

/// Collects findings of the Server.
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
        Delivery {
            sessions: BTreeMap::new(),
            lines: BTreeMap::new(),
            messages: BTreeMap::new(),
            retained: Retained::new(),
            dropped_wills: BTreeSet::new(),
            place: 0,
            forgotten: false,
            queue_min: QUEUE_MIN,
        }
    }

    /// The same for a Server that is known to end a session in which more messages wait.
    pub fn with_queue(messages: usize) -> Delivery {
        Delivery { queue_min: messages, ..Delivery::new() }
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
        let mut found = |id, rule| report(finding(Party::Server, id, rule, packet));
        let line = self.lines.entry(link).or_default();
        if line.closed || (from == Party::Client && line.disconnected) {
            return;
        }
        self.place += 1;
        match from {
            Party::Client => self.client_sent(link, packet),
            Party::Server => self.server_sent(now, link, packet, &mut found),
        }
    }

    /// The connection has been closed, by whomever, or has failed.
    pub fn closed(&mut self, now: Instant, link: u64) {
        self.place += 1;
        let Some(line) = self.lines.get_mut(&link) else { return };
        if line.closed {
            return;
        }
        line.closed = true;
        let name = line.name.clone();
        let (accepted, superseded) = (line.accepted, line.superseded);
        if !line.disconnected {
            self.fire(link, Certainty::Due);
        }
        for message in self.messages.values_mut().filter(|message| message.link == link) {
            if !message.taken {
                message.ordered = false;
            }
        }
        if !accepted {
            self.lines.remove(&link);
            // The Server may have accepted what was never answered.
            if self.sessions.len() < SESSIONS_MAX || self.sessions.contains_key(&name) {
                self.sessions.entry(name).or_default().uncertain = true;
            }
            return;
        }
        if !superseded && let Some(session) = self.sessions.get_mut(&name) {
            if session.clean {
                self.sessions.remove(&name);
            } else {
                session.link = None;
                session.away_since = Some(now);
            }
        }
        self.lines.remove(&link);
    }

    fn client_sent(&mut self, link: u64, packet: &Packet<'_>) {
        if let Packet::Connect(connect) = packet {
            self.connects(link, connect);
            return;
        }
        let Some(line) = self.lines.get_mut(&link) else { return };
        let name = line.name.clone();
        match packet {
            Packet::Disconnect(_) => {
                line.disconnected = true;
                let open = self.sessions.get(&name).is_some_and(|one| !one.inbound.is_empty());
                if open || !line.subscribes.is_empty() || !line.unsubscribes.is_empty() {
                    // The Server may have closed before it came to the DISCONNECT.
                    self.fire(link, Certainty::Perhaps);
                } else if let Some(will) = line.will.take()
                    && !will.fired
                    && self.dropped_wills.len() < MESSAGES_MAX
                {
                    self.dropped_wills.insert(will.content);
                }
            }
            Packet::Publish(publish) => self.client_publishes(link, &name, publish),
            Packet::Subscribe(subscribe) => self.client_subscribes(link, &name, subscribe),
            Packet::Unsubscribe(unsubscribe) => {
                let filters: Vec<String> =
                    unsubscribe.filters.iter().map(|filter| filter.as_str().to_owned()).collect();
                self.client_unsubscribes(link, &name, unsubscribe.packet_id.get(), filters);
            }
            Packet::Puback(ack) => self.acknowledged(&name, ack.packet_id.get(), Qos::AtLeastOnce),
            Packet::Pubcomp(ack) => self.acknowledged(&name, ack.packet_id.get(), Qos::ExactlyOnce),
            Packet::Connect(_)
            | Packet::Connack(_)
            | Packet::Pubrec(_)
            | Packet::Pubrel(_)
            | Packet::Suback(_)
            | Packet::Unsuback(_)
            | Packet::Pingreq(_)
            | Packet::Pingresp(_) => {}
        }
    }

    fn connects(&mut self, link: u64, connect: &Connect<'_>) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        if !line.name.is_empty() {
            return;
        }
        line.name = if connect.client_id.is_empty() {
            // No Client can have this name.
            format!("\0{link}")
        } else {
            connect.client_id.as_str().to_owned()
        };
        line.clean = connect.clean_session;
        line.will = connect.will.map(|will| Will {
            topic: will.topic.as_str().to_owned(),
            content: digest((will.topic.as_str(), will.message)),
            qos: will.qos,
            retain: will.retain,
            empty: will.message.is_empty(),
            fired: false,
        });
    }

    fn client_publishes(&mut self, link: u64, name: &str, publish: &Publish<'_>) {
        let content = content_of(publish);
        let qos = publish.delivery.qos();
        let place = self.place;
        let mut ordered = true;
        // Before the CONNACK the session is not known yet.
        let session = self.sessions.entry(name.to_owned()).or_default();
        if let Some(id) = publish.delivery.packet_id() {
            if let Some(before) = session.inbound.get(&id.get()).copied()
                && before.content == content
                && before.qos == qos
            {
                if let Some(message) = self.messages.get_mut(&before.message) {
                    message.ordered = false;
                }
                if qos == Qos::ExactlyOnce {
                    return;
                }
                ordered = false;
            } else {
                // Two messages under one identifier: which one is acknowledged cannot be told.
                let taken = session.inbound.contains_key(&id.get());
                let message = if taken { u64::MAX } else { place };
                let content = if taken { 0 } else { content };
                session.inbound.insert(id.get(), Inbound { message, content, qos });
            }
        }
        let topic = publish.topic.as_str().to_owned();
        let payload = digest(publish.payload);
        let (source, retain) = (digest(name), publish.retain);
        let message = Message {
            source,
            link,
            topic,
            content,
            payload,
            qos,
            retain,
            taken: false,
            ordered,
            will: false,
        };
        self.publish(message, publish.payload.is_empty());
    }

    /// A message is in the world.
    fn publish(&mut self, message: Message, empty: bool) {
        let place = self.place;
        for session in self.sessions.values_mut() {
            if message.retain {
                session.retained_owed.retain(|(topic, _)| *topic != message.topic);
            }
            if let Some(due) = session.due(place, message.content, &message.topic, message.qos) {
                session.owes(due);
            }
        }
        if message.retain {
            let kept = Kept::new(message.content, message.qos, empty, message.source, place);
            self.retained.publish(&message.topic, kept);
        }
        self.messages.insert(place, message);
        if self.messages.len() > MESSAGES_MAX {
            self.forgotten = true;
            if let Some((old, _)) = self.messages.pop_first() {
                for session in self.sessions.values_mut() {
                    session.dues.retain(|due| due.message != old);
                }
            }
        }
    }

    /// A connection has ended without DISCONNECT, or is about to.
    fn fire(&mut self, link: u64, certainty: Certainty) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        if !line.accepted {
            return;
        }
        let name = line.name.clone();
        let Some(will) = line.will.as_mut().filter(|will| !will.fired) else { return };
        will.fired = true;
        let will = will.clone();
        self.place += 1;
        let message = Message {
            source: digest((&name, "Will")),
            link,
            topic: will.topic,
            content: will.content,
            payload: 0,
            qos: will.qos,
            retain: will.retain,
            taken: false,
            ordered: false,
            will: certainty == Certainty::Due,
        };
        self.publish(message, will.empty);
    }

    /// The Server has taken a message.
    fn taken(&mut self, place: u64) {
        let Some(message) = self.messages.get_mut(&place) else { return };
        message.taken = true;
        if message.retain {
            self.retained.settle(&message.topic, place, self.place);
        }
        for session in self.sessions.values_mut() {
            for due in session.dues.iter_mut().filter(|due| due.message == place) {
                due.taken = true;
            }
        }
    }

    fn acknowledged(&mut self, name: &str, id: u16, qos: Qos) {
        let Some(session) = self.sessions.get_mut(name) else { return };
        if session.out.get(&id).is_some_and(|out| out.qos == qos) {
            session.out.remove(&id);
        }
    }

    fn server_sent(&mut self, now: Instant, link: u64, packet: &Packet<'_>, found: Found<'_>) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        let name = line.name.clone();
        if let Packet::Connack(Connack::Accepted { session_present }) = packet {
            self.accepts(now, link, &name, *session_present, found);
            return;
        }
        if !line.accepted || line.superseded {
            return;
        }
        match packet {
            Packet::Publish(publish) => self.server_publishes(link, &name, publish, found),
            Packet::Puback(ack) => self.takes(&name, ack.packet_id.get(), Qos::AtLeastOnce),
            Packet::Pubcomp(ack) => self.takes(&name, ack.packet_id.get(), Qos::ExactlyOnce),
            Packet::Pubrel(ack) => {
                let session = self.sessions.get_mut(&name);
                if let Some(out) = session.and_then(|s| s.out.get_mut(&ack.packet_id.get())) {
                    out.released = true;
                    out.link = link;
                }
            }
            Packet::Suback(suback) => self.server_grants(link, &name, suback),
            Packet::Unsuback(unsuback) => {
                self.server_unsubscribes(link, &name, unsuback.packet_id.get());
            }
            Packet::Connack(_)
            | Packet::Connect(_)
            | Packet::Pubrec(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::Pingreq(_)
            | Packet::Pingresp(_)
            | Packet::Disconnect(_) => {}
        }
    }

    fn takes(&mut self, name: &str, id: u16, qos: Qos) {
        let Some(session) = self.sessions.get_mut(name) else { return };
        if let Some(inbound) = session.inbound.get(&id).copied()
            && inbound.qos == qos
        {
            session.inbound.remove(&id);
            self.taken(inbound.message);
        }
    }

    /// CONNACK 0: a session begins or goes on, and another connection may have to end.
    fn accepts(&mut self, now: Instant, link: u64, name: &str, present: bool, found: Found<'_>) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        line.accepted = true;
        line.resumed = present;
        let clean = line.clean;
        let before = self.sessions.get(name).and_then(|session| session.link);
        if let Some(old) = before.filter(|old| *old != link) {
            self.fire(old, Certainty::Due);
            if let Some(line) = self.lines.get_mut(&old) {
                line.superseded = true;
            }
        }
        let session = self.sessions.entry(name.to_owned()).or_default();
        let existed = !session.clean && (session.link.is_some() || session.away_since.is_some());
        if !clean && !session.uncertain {
            let absence = session.away_since.map_or(Duration::ZERO, |since| now.since(since));
            let excused =
                absence > ABSENCE_MAX || session.waiting() > self.queue_min || session.overrun;
            if existed && !present && !excused {
                found(Id::MQTT_3_2_2_2, Rule::Statement);
            }
            if !existed && present {
                found(Id::MQTT_3_2_2_3, Rule::Statement);
            }
        }
        if clean || !present || !existed {
            // What was sent ahead of the CONNACK belongs to the new session.
            let inbound = core::mem::take(&mut session.inbound);
            let messages = &self.messages;
            let ahead = inbound.into_iter().filter(|(_, open)| {
                messages.get(&open.message).is_some_and(|message| message.link == link)
            });
            let mut subscriptions = core::mem::take(&mut session.subscriptions);
            let mut asked = core::mem::take(&mut session.asked);
            session.forget();
            session.inbound = ahead.collect();
            let requests = self.lines.get(&link).map(|line| &line.subscribes);
            let requests: BTreeSet<&String> = requests
                .into_iter()
                .flat_map(|requests| requests.values().flat_map(|asked| &asked.filters))
                .collect();
            subscriptions.retain(|filter, _| requests.contains(filter));
            asked.retain(|entry| requests.contains(&entry.filter));
            for subscription in subscriptions.values_mut() {
                subscription.standing = session::Standing::Perhaps;
            }
            session.subscriptions = subscriptions;
            session.asked = asked;
            for (place, message) in self.messages.iter().filter(|(_, message)| !message.taken) {
                let due = session.due(*place, message.content, &message.topic, message.qos);
                if let Some(due) = due {
                    session.owes(session::Due { sure: false, ..due });
                }
            }
        }
        session.clean = clean;
        session.uncertain = false;
        session.link = Some(link);
        session.away_since = None;
        session.last_resent = 0;
    }
}

/// Reports something that belongs to no packet.
fn at_rest(id: Id, rule: Rule) -> Finding {
    Finding { by: Party::Server, violation: Violation::new(id, rule, 0) }
}

/// The filters of a SUBSCRIBE with what they ask for.
fn requests(subscribe: &Subscribe<'_>) -> Vec<(String, Qos)> {
    subscribe.requests.iter().map(|(filter, qos)| (filter.as_str().to_owned(), qos)).collect()
}
