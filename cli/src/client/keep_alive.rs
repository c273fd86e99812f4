//! Keep Alive as a client keeps it (§3.1.2.10), and its patience with a silent server.
//!
//! PINGREQ is due after three quarters of the Keep Alive, so that a slow network does not stretch
//! the pause beyond it. PINGRESP is awaited for one Keep Alive more (l.543), CONNACK for ten
//! seconds (l.661).

use etalon::time::{Duration, Instant};

/// How long CONNACK may take.
pub const CONNACK_WAIT: Duration = Duration::from_secs(10);

/// What did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// CONNACK.
    Connack,
    /// PINGRESP.
    Pingresp,
}

/// What time demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Nothing,
    /// PINGREQ.
    Ping,
    /// The end of the connection.
    GiveUp(Silence),
}

/// The timer of one connection.
#[derive(Clone, Copy, Debug)]
pub struct KeepAlive {
    interval: Duration,
    opened: Instant,
    last_sent: Instant,
    ping_sent: Option<Instant>,
}

impl KeepAlive {
    /// A timer for this Keep Alive, in seconds; 0 for none.
    pub fn new(seconds: u16) -> KeepAlive {
        KeepAlive {
            interval: Duration::from_secs(seconds.into()),
            opened: Instant::START,
            last_sent: Instant::START,
            ping_sent: None,
        }
    }

    /// A connection was made.
    pub fn opened(&mut self, now: Instant) {
        *self = KeepAlive { opened: now, last_sent: now, ping_sent: None, ..*self };
    }

    /// A packet was sent; the last one may have been PINGREQ.
    pub fn sent(&mut self, now: Instant, ping: bool) {
        self.last_sent = now;
        if ping {
            self.ping_sent.get_or_insert(now);
        }
    }

    /// PINGRESP has come.
    pub fn answered(&mut self) {
        self.ping_sent = None;
    }

    /// Whether PINGREQ was sent and PINGRESP has not come.
    pub fn awaits_answer(&self) -> bool {
        self.ping_sent.is_some()
    }

    /// What is due at `now`; `active` after CONNACK.
    pub fn tick(&self, now: Instant, active: bool) -> Due {
        if !active {
            return match now >= self.opened + CONNACK_WAIT {
                true => Due::GiveUp(Silence::Connack),
                false => Due::Nothing,
            };
        }
        match self.ping_sent {
            _ if self.interval.is_zero() => Due::Nothing,
            Some(sent) if now >= sent + self.interval => Due::GiveUp(Silence::Pingresp),
            Some(_) => Due::Nothing,
            None if now >= self.ping_at() => Due::Ping,
            None => Due::Nothing,
        }
    }

    /// When something is due.
    pub fn deadline(&self, active: bool) -> Option<Instant> {
        if !active {
            return Some(self.opened + CONNACK_WAIT);
        }
        if self.interval.is_zero() {
            return None;
        }
        Some(self.ping_sent.map_or(self.ping_at(), |sent| sent + self.interval))
    }

    fn ping_at(&self) -> Instant {
        self.last_sent + self.interval * 3 / 4
    }
}
