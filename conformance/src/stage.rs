//! What most scenes begin with: clients that have connected, and subscriptions that were granted.

use etalon::broker::Config;

use crate::say;
use crate::world::{Peer, World};

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
        let peer = self.open();
        let lines = self.exchange(peer, say::connect(client_id).bytes());
        assert_eq!(lines, ["CONNACK accepted"]);
        peer
    }

    /// A Client with Clean Session 0 that begins a new session.
    pub fn join_kept(&mut self, client_id: &str) -> Peer {
        let peer = self.open();
        let lines = self.exchange(peer, say::connect(client_id).kept().bytes());
        assert_eq!(lines, ["CONNACK accepted"]);
        peer
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
}
