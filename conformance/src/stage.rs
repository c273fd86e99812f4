//! What most scenes have in common: clients that have connected, subscriptions that were granted, and
//! what is asserted of a connection that ended.

use etalon::broker::{Config, Counters, Why};
use etalon::spec::Id;
use etalon::time::Duration;

use crate::say;
use crate::world::{Closed, Peer, World};

/// Plays a scene in a world of one worker, where everything is next door, and in one of four, where
/// most Clients live apart.
pub fn in_each_world(play: impl Fn(&mut World)) {
    in_each_world_with(Config::default(), play);
}

/// The same with settings.
pub fn in_each_world_with(config: Config, play: impl Fn(&mut World)) {
    for workers in [1, 4] {
        println!("with {workers} workers");
        play(&mut World::with(workers, config.clone()));
    }
}

impl World {
    /// A Client with Clean Session 1 whose CONNECT has been accepted.
    pub fn join(&mut self, client_id: &str) -> Peer {
        self.joined(say::connect(client_id))
    }

    /// A Client with Clean Session 0 that begins a new session.
    pub fn join_kept(&mut self, client_id: &str) -> Peer {
        self.joined(say::connect(client_id).kept())
    }

    /// A Client with Clean Session 0 that finds its session, and what it gets without asking.
    pub fn resume(&mut self, client_id: &str) -> (Peer, Vec<String>) {
        let peer = self.open();
        let mut lines = self.exchange(peer, say::connect(client_id).kept().bytes());
        assert!(!lines.is_empty(), "no CONNACK");
        assert_eq!(lines.remove(0), "CONNACK accepted present");
        (peer, lines)
    }

    /// Subscribes, sees everything granted as asked for, and returns what comes with it.
    pub fn subscribed(&mut self, peer: Peer, filters: &[(&str, u8)]) -> Vec<String> {
        let mut lines = self.exchange(peer, say::subscribe(60_000, filters));
        let granted: String = filters.iter().map(|(_, qos)| format!(" {qos}")).collect();
        assert!(!lines.is_empty(), "no SUBACK");
        assert_eq!(lines.remove(0), format!("SUBACK id=60000{granted}"));
        lines
    }

    /// Sends bytes and returns what has come since the last look.
    pub fn exchange(&mut self, peer: Peer, bytes: impl AsRef<[u8]>) -> Vec<String> {
        self.send(peer, bytes);
        self.received(peer)
    }

    /// Publishes at QoS 0, 1 or 2 and sees the whole exchange through. The identifier is free
    /// before and after.
    pub fn published(&mut self, peer: Peer, topic: &str, payload: &str, qos: u8) {
        self.published_as(peer, say::publish(topic, payload), qos);
    }

    /// The same with RETAIN 1.
    pub fn retained(&mut self, peer: Peer, topic: &str, payload: &str, qos: u8) {
        self.published_as(peer, say::publish(topic, payload).retain(), qos);
    }

    fn published_as(&mut self, peer: Peer, publish: say::Publishing<'_>, qos: u8) {
        match qos {
            0 => assert_eq!(self.exchange(peer, publish.bytes()), [""; 0]),
            1 => {
                let lines = self.exchange(peer, publish.qos1(50_001).bytes());
                assert_eq!(lines, ["PUBACK id=50001"]);
            }
            _ => {
                let lines = self.exchange(peer, publish.qos2(50_002).bytes());
                assert_eq!(lines, ["PUBREC id=50002"]);
                assert_eq!(self.exchange(peer, say::pubrel(50_002)), ["PUBCOMP id=50002"]);
            }
        }
    }

    /// A connection whose CONNECT has been accepted with Session Present 0.
    pub fn joined(&mut self, connect: say::Connecting<'_>) -> Peer {
        let peer = self.open();
        assert_eq!(self.exchange(peer, connect.bytes()), ["CONNACK accepted"]);
        peer
    }

    /// Somebody else, who gets at QoS 2 whatever is published under `filter`.
    pub fn watcher(&mut self, filter: &str) -> Peer {
        let peer = self.join("watcher");
        self.subscribed(peer, &[(filter, 2)]);
        peer
    }

    /// Whether a connection is open, as far as can be told from outside: PINGREQ is answered.
    pub fn alive(&mut self, peer: Peer) -> bool {
        self.exchange(peer, say::pingreq()).iter().any(|line| line == "PINGRESP")
    }

    /// Asserts that the broker has closed and sent nothing before, for one breach, and that `id` is
    /// among the statements that it breaks.
    #[track_caller]
    pub fn closed_silently(&mut self, peer: Peer, id: Id) {
        assert_eq!(self.closed(peer), Some(Closed::ByBroker(Why::Broken)));
        assert_eq!(self.received_bytes(peer), [] as [u8; 0]);
        let breaches: Vec<_> = self.breaches().iter().filter(|(who, _)| *who == peer).collect();
        assert_eq!(breaches.len(), 1);
        let violation = breaches[0].1.violation;
        assert!(violation.id == id || violation.also().contains(&id), "{violation} is not {id}");
    }

    /// Asserts that a CONNACK with this return code was all that came before the close.
    #[track_caller]
    pub fn refused(&mut self, peer: Peer, code: u8) {
        assert_eq!(self.received_bytes(peer), [0x20, 0x02, 0x00, code]);
        assert_eq!(self.closed(peer), Some(Closed::ByBroker(Why::Refused)));
    }

    /// One number, summed up over the workers.
    pub fn counted(&self, count: impl Fn(&Counters) -> u64) -> u64 {
        self.counters().map(count).sum()
    }

    /// How many connections the broker has closed for a reason.
    pub fn closed_for(&self, why: Why) -> u64 {
        self.counted(|counters| counters.closed[why as usize])
    }

    /// A Client Identifier whose home, in this world, is not worker 0.
    pub fn far_client_id(&self) -> String {
        let far = |id: &String| self.shared().home(id).0 != 0;
        (0..1000).map(|n| format!("far{n}")).find(far).unwrap_or_else(|| "far".into())
    }
}

/// So many seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// So many milliseconds.
pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// So many microseconds.
pub const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}
