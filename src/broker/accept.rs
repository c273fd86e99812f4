//! §3.1.4 and §3.2: what a valid CONNECT leads to.

use super::{Broker, Flow, Output, Shared, Why};
use crate::connection::{self, State, Watch, will};
use crate::message::Message;
use crate::outgoing::Link;
use crate::packet::{Connack, Connect, Packet, Refusal};
use crate::router::Worker;
use crate::session::Kept;
use crate::spec::{self, Id};
use crate::sync::{AtomicUsize, Ordering};

impl Broker {
    /// The order is that of §3.1.4; nothing has a side effect before the CONNECT is accepted
    /// (S-28).
    pub(super) fn connect(&mut self, link: Link, connect: &Connect<'_>, bytes: &[u8]) -> Flow {
        let Some(connection) = self.connection(link) else { return Flow::Stop };
        let state = match connection.state.step(connection::Event::Connect) {
            Ok((state, connection::Action::Accept)) => state,
            Ok(_) => return Flow::Stop,
            Err(id) => {
                spec::upholds!(MQTT_3_1_0_2);
                debug_assert_eq!(id, Id::MQTT_3_1_0_2);
                self.out_of_turn(link, &Packet::Connect(*connect), id, bytes);
                return Flow::Stop;
            }
        };
        let client_id = connect.client_id.as_str();
        if !client_id.is_empty() {
            let home = self.shared.home(client_id);
            if home != self.worker {
                return Flow::Move(home);
            }
        }
        let known = self.registry.find(client_id);
        let predecessor = known.and_then(|key| self.registry.get(key)?.link);
        let will =
            connect.will.map(|will| Message::new(will.topic, will.message, will.qos, will.retain));
        // The Will of a predecessor makes room for this one.
        let freed = predecessor.map_or(0, |link| self.will_bytes(link));
        let name = if known.is_none() { client_id.len() } else { 0 };
        let bytes = name + will.as_ref().map_or(0, Message::len_bytes);
        let more = bytes.saturating_sub(freed);
        if !self.admit(known, predecessor, more) {
            self.refuse(link, Refusal::ServerUnavailable);
            return Flow::Stop;
        }
        if let Some(predecessor) = predecessor {
            spec::upholds!(MQTT_3_1_4_2);
            self.close(predecessor, connection::Event::TakenOver, Why::TakenOver);
            self.shared.connections.fetch_add(1, Ordering::Relaxed);
            self.shared.connect_bytes.fetch_add(bytes - more, Ordering::Relaxed);
        }
        // The Will of a predecessor comes before this CONNACK (S-29). It may be the one message too
        // many for the very session that is asked for, so that is looked for only now.
        self.settle();
        let (session, session_present) = self.take_session(connect, known);
        self.counters.accepted += 1;
        self.begin(link, state, session, connect, will);
        self.send(link, &Packet::Connack(Connack::Accepted { session_present }));
        self.resume(link, session);
        Flow::Next
    }

    /// Takes the places that a Client needs beyond those that it has; false: there is no room. Who
    /// connects again gets in when everything is full.
    fn admit(&self, known: Option<u64>, predecessor: Option<Link>, bytes: usize) -> bool {
        let Shared { connections, sessions, connect_bytes, .. } = &*self.shared;
        let connection = usize::from(predecessor.is_none());
        let session = usize::from(known.is_none());
        if !take_places(connections, connection, self.config.connections_max) {
            return false;
        }
        if !take_places(sessions, session, self.config.sessions_max) {
            connections.fetch_sub(connection, Ordering::Relaxed);
            return false;
        }
        if !take_places(connect_bytes, bytes, self.config.connect_bytes_max) {
            connections.fetch_sub(connection, Ordering::Relaxed);
            sessions.fetch_sub(session, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// Finds or makes the session. `known` is the one that was there before the predecessor went.
    fn take_session(&mut self, connect: &Connect<'_>, known: Option<u64>) -> (u64, bool) {
        spec::upholds!(MQTT_3_1_4_3, MQTT_3_1_3_5);
        let client_id = connect.client_id.as_str();
        let kept = match connect.clean_session {
            true => Kept::WithConnection,
            false => Kept::AfterConnection,
        };
        match (self.registry.find(client_id), kept) {
            (Some(session), Kept::AfterConnection) => {
                spec::upholds!(MQTT_3_1_2_4, MQTT_3_2_2_2);
                return (session, true);
            }
            (Some(session), Kept::WithConnection) => {
                spec::upholds!(MQTT_3_1_2_6, MQTT_3_2_2_1);
                self.end_session(session);
            }
            (None, Kept::AfterConnection | Kept::WithConnection) => {
                spec::upholds!(MQTT_3_2_2_1, MQTT_3_2_2_3);
            }
        }
        if known.is_some() {
            // Its place went with it.
            self.shared.sessions.fetch_add(1, Ordering::Relaxed);
            self.shared.connect_bytes.fetch_add(client_id.len(), Ordering::Relaxed);
        }
        let client_id = if client_id.is_empty() {
            // The session has a number and no name, so no Client can ask for it.
            spec::upholds!(MQTT_3_1_3_6);
            None
        } else {
            Some(client_id.into())
        };
        (self.registry.insert(client_id, kept), false)
    }

    /// The connection becomes that of the session.
    fn begin(
        &mut self,
        link: Link,
        state: State,
        session: u64,
        connect: &Connect<'_>,
        message: Option<Message>,
    ) {
        if let Some(session) = self.registry.get_mut(session) {
            session.link = Some(link);
        }
        let now = self.now;
        let Some(connection) = self.connection(link) else { return };
        connection.state = state;
        connection.session = Some(session);
        connection.watch = Watch::start(connect.keep_alive, now);
        let event = match message {
            Some(_) => will::Event::ConnectWithWill,
            None => will::Event::ConnectWithoutWill,
        };
        let Ok((next, action)) = connection.will.step(event);
        connection.will = next;
        if action == will::Action::Store {
            spec::upholds!(MQTT_3_1_2_9);
            connection.will_message = message;
        }
        self.file(link);
    }

    /// §4.4: what is owed comes first, then what has waited.
    fn resume(&mut self, link: Link, session: u64) {
        if let Some(session) = self.registry.get_mut(session) {
            session.outbound.resume();
        }
        self.pump(link, session);
    }

    /// The connection belongs to a Client whose home is another worker.
    pub(super) fn hand_over(&mut self, link: Link, home: Worker, rest: &[u8]) {
        self.forget(link);
        self.outputs.push_back(Output::Move(link, home, rest.to_vec()));
    }
}

/// Counts `more`, unless that would be too many.
fn take_places(counter: &AtomicUsize, more: usize, max: usize) -> bool {
    let sum = |count: usize| count.checked_add(more).filter(|sum| more == 0 || *sum <= max);
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_ok()
}
