//! How connections and sessions end: §3.1.2.4, §3.1.2.5, §3.1.2.10, §3.14.4, §4.8.

use super::{Broker, Output, Reading, Task, Why};
use crate::connection::{self, Action, Connection, State, keep_alive, will};
use crate::message::Message;
use crate::outgoing::Link;
use crate::router::Subscriber;
use crate::session::{Kept, Pressure};
use crate::spec;
use crate::sync::Ordering;
use crate::time::Instant;
use crate::topic::TopicFilter;
use crate::violation::{Rule, Violation};

spec::deviates!(
    MQTT_3_1_2_5,
    "a server is finite: a session whose queue is full ends as a whole, so that its client can tell"
);

impl Broker {
    /// The Server ends a connection, or takes note that it has ended. Ending it twice does nothing.
    pub(super) fn close(&mut self, link: Link, event: connection::Event, why: Why) {
        let Some(connection) = self.connection(link) else { return };
        let Ok((state, action)) = connection.state.step(event) else { return };
        let was = connection.state;
        connection.state = state;
        let end = match action {
            Action::Ignore | Action::Accept | Action::Process => return,
            Action::Leave => will::Event::Disconnect,
            Action::Fail | Action::Refuse => will::Event::Close,
        };
        self.settle_will(link, end);
        let client_id = self.client_id(link);
        self.detach(link);
        if was == State::Active {
            self.shared.connections.fetch_sub(1, Ordering::Relaxed);
        }
        self.counters.closed[why as usize] += 1;
        if event != connection::Event::Lost {
            self.outputs.push_back(Output::Close(link, why, client_id));
        }
    }

    /// Separates a connection from its session, and ends the session if it ends with it.
    fn detach(&mut self, link: Link) {
        let Some(connection) = self.connection(link) else { return };
        let session = connection.session.take();
        self.unfile(link);
        let Some(key) = session else { return };
        let Some(session) = self.registry.get_mut(key) else { return };
        session.link = None;
        match session.kept {
            Kept::WithConnection => self.end_session(key),
            Kept::AfterConnection => {
                spec::upholds!(MQTT_3_1_2_4, MQTT_4_1_0_1);
                session.outbound.absent();
                self.release(key, Pressure::None);
            }
        }
    }

    /// The state of a session is gone for good. Retained messages stay.
    pub(super) fn end_session(&mut self, key: u64) {
        self.release(key, Pressure::None);
        let Some(session) = self.registry.remove(key) else { return };
        spec::upholds!(MQTT_3_1_2_6, MQTT_3_1_2_7, MQTT_4_1_0_2);
        self.shared.sessions.fetch_sub(1, Ordering::Relaxed);
        let name = session.client_id.as_ref().map_or(0, |client_id| client_id.len());
        self.shared.connect_bytes.fetch_sub(name, Ordering::Relaxed);
        let who = Subscriber { worker: self.worker, session: key };
        for filter in session.subscriptions.keys() {
            self.shared.router.unsubscribe(TopicFilter::trusted(filter), who);
        }
    }

    /// A session that cannot take another message at QoS 1 or 2 ends as a whole: the Client then
    /// sees Session Present 0 and knows that something is missing (S-55).
    pub(super) fn end_overflowed(&mut self, key: u64) {
        let Some(session) = self.registry.get(key) else { return };
        self.counters.overflowed += 1;
        if let Some(link) = session.link {
            self.close(link, connection::Event::Ended, Why::Overflow);
        }
        self.end_session(key);
    }

    /// The driver says that a connection is gone.
    pub(super) fn closed(&mut self, link: Link) {
        self.close(link, connection::Event::Lost, Why::Lost);
        self.forget(link);
    }

    /// Frees what is kept of a connection.
    pub(super) fn forget(&mut self, link: Link) {
        self.unfile(link);
        if let Some(place) = self.connections.get_mut(link.0 as usize) {
            *place = None;
        }
    }

    /// Publishes the Will, or drops it; never twice.
    fn settle_will(&mut self, link: Link, end: will::Event) {
        let Some(connection) = self.connection(link) else { return };
        let Ok((next, action)) = connection.will.step(end);
        connection.will = next;
        let message = connection.will_message.take();
        let bytes = message.as_ref().map_or(0, Message::len_bytes);
        self.shared.connect_bytes.fetch_sub(bytes, Ordering::Relaxed);
        if let (will::Action::Publish, Some(message)) = (action, message) {
            self.tasks.push_back(Task::PublishWill(message));
        }
    }

    /// The size of the Will that a connection has.
    pub(super) fn will_bytes(&self, link: Link) -> usize {
        let connection = self.connections.get(link.0 as usize).and_then(Option::as_ref);
        connection.and_then(|it| it.will_message.as_ref()).map_or(0, Message::len_bytes)
    }

    pub(super) fn last_wills(&mut self) {
        for at in 0..self.connections.len() {
            self.settle_will(Link(at as u32), will::Event::Close);
        }
    }

    pub(super) fn stop(&mut self) {
        for at in 0..self.connections.len() {
            self.close(Link(at as u32), connection::Event::Ended, Why::Stopped);
        }
    }

    /// The network has taken `count` bytes. What a session has waiting follows.
    pub(super) fn sent(&mut self, link: Link, count: usize) {
        let now = self.now;
        let Some(connection) = self.connection(link) else { return };
        connection.outgoing.advance(count);
        if connection.outgoing.is_empty() {
            connection.stalled_since = None;
        } else if count > 0 || connection.stalled_since.is_none() {
            connection.stalled_since = Some(now);
            self.file(link);
        }
        let session = self.connection(link).and_then(|connection| connection.session);
        if let Some(session) = session {
            self.pump(link, session);
        }
    }

    /// Files a connection under its next deadline.
    pub(super) fn file(&mut self, link: Link) {
        let Some(at) = self.due(link) else { return };
        if let Some(Some(connection)) = self.connections.get_mut(link.0 as usize) {
            self.timers.file(link, &mut connection.filed, at);
        }
    }

    fn unfile(&mut self, link: Link) {
        let Some(Some(connection)) = self.connections.get_mut(link.0 as usize) else { return };
        self.timers.forget(link, &mut connection.filed);
        connection.waits = false;
        connection.subscribing = None;
        self.assembling -= std::mem::take(&mut connection.partial).len();
    }

    /// When something has to happen to a connection.
    fn due(&self, link: Link) -> Option<Instant> {
        let connection = self.connections.get(link.0 as usize)?.as_ref()?;
        let stalled = connection.stalled_since.map(|since| since + self.config.stall_timeout);
        let silent = match connection.state {
            State::AwaitConnect => Some(connection.opened + self.config.connect_timeout),
            State::Active => connection.watch.deadline(),
            State::Closed => return None,
        };
        stalled.into_iter().chain(silent).min()
    }

    pub(super) fn tick(&mut self) {
        while let Some(link) = self.timers.pop_due(self.now) {
            if let Some(connection) = self.connection(link) {
                connection.filed = None;
            }
            match self.due(link) {
                Some(at) if at <= self.now => self.expire(link),
                Some(_) => self.file(link),
                None => {}
            }
        }
        self.release_spent();
        self.next_turns();
    }

    fn expire(&mut self, link: Link) {
        let (now, stall_timeout) = (self.now, self.config.stall_timeout);
        let reading = self.reading(link);
        let Some(connection) = self.connection(link) else { return };
        let why = match connection.state {
            State::AwaitConnect => Why::NoConnect,
            State::Active | State::Closed => {
                let stalled = connection.stalled_since.map(|since| since + stall_timeout);
                if stalled.is_some_and(|at| at <= now) {
                    Why::Stalled
                } else if may_have_sent(connection, reading, now) {
                    // Only Expired can fail.
                    let _ = connection.watch.step(keep_alive::Event::Unread, 0, now);
                    return self.file(link);
                } else if let Err(id) = connection.watch.step(keep_alive::Event::Expired, 0, now) {
                    let violation = Violation::new(id, Rule::Statement, 0);
                    self.report(link, violation, &[]);
                    Why::KeepAlive
                } else {
                    return;
                }
            }
        };
        self.close(link, connection::Event::TimeUp, why);
    }
}

/// Whether the silence may be ours: what is not read is not received, and no fault of the Client.
fn may_have_sent(connection: &Connection, reading: Reading, now: Instant) -> bool {
    match reading {
        Reading::Now | Reading::Never => false,
        Reading::Soon => true,
        // It is there as long as it takes what we send.
        Reading::AfterSending => {
            let grace = connection.watch.grace();
            connection.stalled_since.is_some_and(|since| now.since(since) < grace)
        }
    }
}
