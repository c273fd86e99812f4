//! The slowest possible broker: §3 and §4 once more, with nothing but lists.
//!
//! It is written from the text and shares no line with the broker that it is compared with. Where
//! the standard leaves a choice it takes Etalon's, and the comment names the zone. It knows no
//! bytes and no Packet Identifiers of its own: what it sends is a [`Tells`], and whoever plays it
//! against a real broker learns the identifiers from there. [`script`] turns a list of operations
//! into a trace in which every expectation is one of these.

mod matching;
pub mod script;

use std::collections::BTreeMap;

pub use matching::matches;

/// A connection, by its number.
pub type Link = usize;

/// An Application Message as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The Topic Name.
    pub topic: String,
    /// The payload.
    pub payload: String,
    /// The QoS with which it was published.
    pub qos: u8,
    /// RETAIN.
    pub retain: bool,
}

/// What a Client asks for in its CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connecting {
    /// The Client Identifier.
    pub client: String,
    /// Clean Session.
    pub clean: bool,
    /// Keep Alive in seconds.
    pub keep_alive: u16,
    /// The Will.
    pub will: Option<Message>,
}

/// What the broker has to send on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tells {
    /// CONNACK with return code 0.
    Connack {
        /// Session Present.
        present: bool,
    },
    /// PUBLISH.
    Publish {
        /// Which copy of which message: the number stands for its Packet Identifier.
        copy: usize,
        /// What is published.
        message: Message,
        /// The QoS of the delivery.
        qos: u8,
        /// RETAIN of the delivery.
        retain: bool,
        /// DUP.
        dup: bool,
    },
    /// PUBREL for a copy.
    Pubrel(usize),
    /// PUBACK.
    Puback(u16),
    /// PUBREC.
    Pubrec(u16),
    /// PUBCOMP.
    Pubcomp(u16),
    /// SUBACK with the QoS granted to each filter.
    Suback(u16, Vec<u8>),
    /// UNSUBACK.
    Unsuback(u16),
    /// PINGRESP.
    Pingresp,
    /// It closes.
    Closed(Reason),
}

/// Why the broker closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The same Client Identifier has connected again.
    TakenOver,
    /// One and a half times Keep Alive are over.
    Silent,
    /// The Client has broken the protocol.
    Broken,
}

/// The broker.
#[derive(Debug)]
pub struct Oracle {
    /// Milliseconds since the beginning.
    now: u64,
    /// Messages at QoS 1 and 2 that are on their way to one Client at a time; the others wait (S-53).
    window: usize,
    sessions: BTreeMap<String, Session>,
    connections: BTreeMap<Link, Connection>,
    /// In the order of publication.
    retained: Vec<Message>,
    copies: usize,
    tells: Vec<(Link, Tells)>,
}

#[derive(Debug)]
struct Session {
    kept: bool,
    link: Option<Link>,
    subscriptions: Vec<(String, u8)>,
    /// Messages for the Client that it has not acknowledged, in order.
    copies: Vec<Copy>,
    /// Copies that await PUBCOMP, in the order of their PUBRECs.
    released: Vec<usize>,
    /// Identifiers of the Client's QoS 2 messages that await PUBREL.
    received: Vec<u16>,
}

#[derive(Debug)]
struct Copy {
    number: usize,
    message: Message,
    qos: u8,
    retain: bool,
    sent: bool,
}

#[derive(Debug)]
struct Connection {
    client: String,
    will: Option<Message>,
    grace: Option<u64>,
    deadline: Option<u64>,
}

/// What Clients and time do.
impl Oracle {
    /// A broker with so many messages on their way to one Client at a time.
    pub fn new(window: usize) -> Oracle {
        Oracle {
            now: 0,
            window,
            sessions: BTreeMap::new(),
            connections: BTreeMap::new(),
            retained: Vec::new(),
            copies: 0,
            tells: Vec::new(),
        }
    }

    /// What the broker has to send because of what has happened, in order on each connection.
    pub fn take_tells(&mut self) -> Vec<(Link, Tells)> {
        std::mem::take(&mut self.tells)
    }

    /// The time in milliseconds.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// §3.1.4. Nothing but CONNECT has been sent on `link` before.
    pub fn connect(&mut self, link: Link, connect: Connecting) {
        let Connecting { client, clean, keep_alive, will } = connect;
        if let Some(before) = self.sessions.get(&client).and_then(|session| session.link) {
            // The Will of the predecessor comes before this CONNACK (S-29).
            self.fail(before, Reason::TakenOver);
        }
        if clean {
            self.sessions.remove(&client);
        }
        let present = self.sessions.contains_key(&client);
        self.tells.push((link, Tells::Connack { present }));
        let session = self.sessions.entry(client.clone()).or_insert_with(|| Session {
            kept: !clean,
            link: None,
            subscriptions: Vec::new(),
            copies: Vec::new(),
            released: Vec::new(),
            received: Vec::new(),
        });
        session.link = Some(link);
        let grace = (keep_alive > 0).then(|| u64::from(keep_alive) * 1500);
        let deadline = grace.map(|grace| self.now + grace);
        self.connections.insert(link, Connection { client, will, grace, deadline });
        self.resume(link);
    }

    /// §3.14: the Will is dropped.
    pub fn disconnect(&mut self, link: Link) {
        self.end(link);
    }

    /// The network fails.
    pub fn cut(&mut self, link: Link) {
        let will = self.end(link);
        self.publish_all(will);
    }

    /// The Client breaks the protocol.
    pub fn break_off(&mut self, link: Link) {
        self.fail(link, Reason::Broken);
    }

    /// Time passes. Whoever has been silent for too long goes, the first first.
    pub fn advance(&mut self, millis: u64) {
        let end = self.now + millis;
        loop {
            let due =
                |(link, connection): (&Link, &Connection)| Some((connection.deadline?, *link));
            let first = self.connections.iter().filter_map(due).min();
            let Some((at, link)) = first.filter(|(at, _)| *at <= end) else { break };
            self.now = at;
            self.fail(link, Reason::Silent);
        }
        self.now = end;
    }

    /// PUBLISH at QoS 0, or under `id`.
    pub fn publish(&mut self, link: Link, id: Option<u16>, message: Message) {
        self.heard(link);
        match (message.qos, id) {
            (1, Some(id)) => {
                self.publish_all([message]);
                self.tells.push((link, Tells::Puback(id)));
            }
            (2, Some(id)) => {
                let received = &mut self.session(link).received;
                // Whatever comes under an identifier that awaits PUBREL is a repeat (S-61).
                if !received.contains(&id) {
                    received.push(id);
                    self.publish_all([message]);
                }
                self.tells.push((link, Tells::Pubrec(id)));
            }
            (_, _) => self.publish_all([message]),
        }
    }

    /// PUBREL, answered whether the identifier is known or not (S-63).
    pub fn pubrel(&mut self, link: Link, id: u16) {
        self.heard(link);
        self.session(link).received.retain(|known| *known != id);
        self.tells.push((link, Tells::Pubcomp(id)));
    }

    /// SUBSCRIBE: filter by filter, as if each came in a packet of its own; the answer first (S-73).
    pub fn subscribe(&mut self, link: Link, id: u16, filters: &[(String, u8)]) {
        self.heard(link);
        let codes = filters.iter().map(|(_, qos)| *qos).collect();
        self.tells.push((link, Tells::Suback(id, codes)));
        let client = self.connections[&link].client.clone();
        for (filter, qos) in filters {
            let subscriptions = &mut self.session(link).subscriptions;
            subscriptions.retain(|(held, _)| held != filter);
            subscriptions.push((filter.clone(), *qos));
            // One copy for each filter, with or without an older subscription (S-72).
            let fits = |kept: &&Message| matches(filter, &kept.topic);
            let kept: Vec<Message> = self.retained.iter().filter(fits).cloned().collect();
            for message in kept {
                self.deliver(&client, message, *qos, true);
            }
        }
    }

    /// UNSUBSCRIBE.
    pub fn unsubscribe(&mut self, link: Link, id: u16, filter: &str) {
        self.heard(link);
        self.session(link).subscriptions.retain(|(held, _)| held != filter);
        self.tells.push((link, Tells::Unsuback(id)));
    }

    /// PINGREQ.
    pub fn ping(&mut self, link: Link) {
        self.heard(link);
        self.tells.push((link, Tells::Pingresp));
    }

    /// PUBACK or PUBCOMP: the copy has arrived.
    pub fn done(&mut self, link: Link, copy: usize) {
        self.heard(link);
        let session = self.session(link);
        session.copies.retain(|one| one.number != copy);
        session.released.retain(|one| *one != copy);
        self.send_waiting(link);
    }

    /// PUBREC.
    pub fn pubrec(&mut self, link: Link, copy: usize) {
        self.heard(link);
        let session = self.session(link);
        session.copies.retain(|one| one.number != copy);
        session.released.push(copy);
        self.tells.push((link, Tells::Pubrel(copy)));
    }
}

/// What follows.
impl Oracle {
    /// The session of a connection that is open.
    fn session(&mut self, link: Link) -> &mut Session {
        let client = &self.connections[&link].client;
        self.sessions.get_mut(client).expect("a connection has a session")
    }

    /// A whole packet has come.
    fn heard(&mut self, link: Link) {
        let now = self.now;
        if let Some(connection) = self.connections.get_mut(&link) {
            connection.deadline = connection.grace.map(|grace| now + grace);
        }
    }

    /// The broker closes, and the Will is published.
    fn fail(&mut self, link: Link, reason: Reason) {
        self.tells.push((link, Tells::Closed(reason)));
        let will = self.end(link);
        self.publish_all(will);
    }

    /// The connection is over, and with Clean Session 1 the session as well.
    fn end(&mut self, link: Link) -> Option<Message> {
        let connection = self.connections.remove(&link)?;
        let session = self.sessions.get_mut(&connection.client)?;
        session.link = None;
        // What was published at QoS 0 does not wait for the absent (U-423).
        session.copies.retain(|copy| copy.message.qos > 0);
        if !session.kept {
            self.sessions.remove(&connection.client);
        }
        connection.will
    }

    /// §4.4: PUBRELs in the order of their PUBRECs, PUBLISH packets in their first order, and then
    /// what has waited (S-112).
    fn resume(&mut self, link: Link) {
        let session = self.session(link);
        let again = session.copies.iter().filter(|copy| copy.sent).map(|copy| copy.publish(true));
        let released = session.released.iter().map(|copy| Tells::Pubrel(*copy));
        let tells: Vec<Tells> = released.chain(again).collect();
        self.tells.extend(tells.into_iter().map(|tells| (link, tells)));
        self.send_waiting(link);
    }

    /// Sends what waits, in order, as far as the window allows (S-110).
    fn send_waiting(&mut self, link: Link) {
        let window = self.window;
        let session = self.session(link);
        let mut sent = Vec::new();
        while let Some(at) = session.copies.iter().position(|copy| !copy.sent) {
            if session.copies[at].qos == 0 {
                sent.push(session.copies.remove(at).publish(false));
            } else if at + session.released.len() < window {
                sent.push(session.copies[at].publish(false));
                session.copies[at].sent = true;
            } else {
                break;
            }
        }
        self.tells.extend(sent.into_iter().map(|tells| (link, tells)));
    }

    /// §3.3.1.3, §3.3.5: to everybody with a matching filter, once, at the highest QoS granted (S-62).
    fn publish_all(&mut self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            // Clients do not exchange messages over these (S-91).
            if message.topic.starts_with('$') {
                continue;
            }
            if message.retain {
                self.retained.retain(|kept| kept.topic != message.topic);
                if !message.payload.is_empty() {
                    self.retained.push(message.clone());
                }
            }
            let mut receivers = Vec::new();
            for (client, session) in &self.sessions {
                let fits = |(filter, _): &&(String, u8)| matches(filter, &message.topic);
                let granted = session.subscriptions.iter().filter(fits).map(|(_, qos)| *qos).max();
                receivers.extend(granted.map(|qos| (client.clone(), qos)));
            }
            for (client, granted) in receivers {
                self.deliver(&client, message.clone(), granted, false);
            }
        }
    }

    fn deliver(&mut self, client: &str, message: Message, granted: u8, retain: bool) {
        let Some(session) = self.sessions.get_mut(client) else { return };
        // Not kept for the absent (U-423). What was published at QoS 1 or 2 is, even if it goes out at
        // QoS 0 (S-57).
        if session.link.is_none() && message.qos == 0 {
            return;
        }
        let qos = message.qos.min(granted);
        self.copies += 1;
        session.copies.push(Copy { number: self.copies, message, qos, retain, sent: false });
        if let Some(link) = session.link {
            self.send_waiting(link);
        }
    }
}

impl Copy {
    fn publish(&self, dup: bool) -> Tells {
        Tells::Publish {
            copy: self.number,
            message: self.message.clone(),
            qos: self.qos,
            retain: self.retain,
            dup,
        }
    }
}
