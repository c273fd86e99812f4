//! What a trace runs against: something that takes connections, and a clock.
//!
//! A target carries bytes and knows nothing of packets. [`Virtual`] is a broker in a [`World`],
//! where time is turned by hand and silence is proven; [`Tcp`](crate::tcp::Tcp) is anybody's.

use etalon::spec::Id;
use etalon::time::{Duration, Instant};

use crate::trace::Change;
use crate::world::{Closed, Peer, World};

/// A connection of a target, by its number: 0, 1, 2 ...
pub type Link = usize;

/// What a connection shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Bytes have come.
    Bytes(Vec<u8>),
    /// The peer has closed, and nothing will come any more.
    Closed,
}

/// What a trace runs against.
pub trait Target {
    /// Opens a connection; connections are numbered in their order.
    ///
    /// # Errors
    /// Why there is none.
    fn open(&mut self) -> Result<Link, String>;

    /// Sends bytes in one write. What a closed connection is told is lost.
    fn send(&mut self, link: Link, bytes: &[u8]);

    /// Ends the connection from this side.
    fn end(&mut self, link: Link, how: Change);

    /// The next thing that is seen on any connection; `None` once it is `until`.
    fn next(&mut self, until: Instant) -> Option<(Link, Seen)>;

    /// The time.
    fn now(&self) -> Instant;

    /// The statements that the peer says were broken on this connection; `None` if it cannot be
    /// asked.
    fn named(&self, link: Link) -> Option<Vec<Id>>;

    /// How long nothing may come until it counts as silence.
    fn quiet(&self) -> Duration;

    /// Stops and starts again, without what only a memory holds.
    ///
    /// # Errors
    /// Why it cannot.
    fn restart(&mut self) -> Result<(), String> {
        Err("the target cannot be restarted".into())
    }

    /// Whether others may use it at the same time, so that not every message is the run's own.
    fn is_shared(&self) -> bool {
        false
    }
}

/// A broker in a world of its own.
#[derive(Debug)]
pub struct Virtual {
    world: World,
    wires: Vec<(Peer, bool)>,
}

impl Virtual {
    /// Around a world in which nobody has been yet.
    pub fn new(world: World) -> Virtual {
        Virtual { world, wires: Vec::new() }
    }

    fn look(&mut self) -> Option<(Link, Seen)> {
        for (link, (peer, closed)) in self.wires.iter_mut().enumerate() {
            let bytes = self.world.received_bytes(*peer);
            if !bytes.is_empty() {
                return Some((link, Seen::Bytes(bytes)));
            }
            let by_broker = matches!(self.world.closed(*peer), Some(Closed::ByBroker(_)));
            if by_broker && !*closed {
                *closed = true;
                return Some((link, Seen::Closed));
            }
        }
        None
    }
}

impl Target for Virtual {
    fn open(&mut self) -> Result<Link, String> {
        self.wires.push((self.world.open(), false));
        Ok(self.wires.len() - 1)
    }

    fn send(&mut self, link: Link, bytes: &[u8]) {
        let (peer, _) = self.wires[link];
        if self.world.closed(peer).is_none() {
            self.world.send(peer, bytes);
        }
    }

    fn end(&mut self, link: Link, _: Change) {
        self.world.cut(self.wires[link].0);
    }

    fn next(&mut self, until: Instant) -> Option<(Link, Seen)> {
        loop {
            if let Some(seen) = self.look() {
                return Some(seen);
            }
            let now = self.world.now();
            if now >= until {
                return None;
            }
            // A deadline that has passed without effect must not hold up time.
            let next = now + Duration::from_micros(1);
            let due = self.world.deadline().map_or(until, |at| at.max(next).min(until));
            self.world.advance(due.since(now));
        }
    }

    fn now(&self) -> Instant {
        self.world.now()
    }

    fn named(&self, link: Link) -> Option<Vec<Id>> {
        let (peer, _) = self.wires[link];
        let of = self.world.breaches().iter().filter(|(who, _)| *who == peer);
        let ids = of.flat_map(|(_, breach)| {
            let violation = breach.violation;
            std::iter::once(violation.id).chain(violation.also().iter().copied())
        });
        Some(ids.collect())
    }

    fn quiet(&self) -> Duration {
        Duration::from_millis(500)
    }
}
