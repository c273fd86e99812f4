//! Which connection has to be looked at, and when.
//!
//! One entry for each connection at most, so nothing is left behind by connections that end. A
//! deadline that moves later is not filed again for every packet: the entry comes due at the old
//! time, and the connection is then filed under its new one.

use std::collections::BTreeSet;

use crate::outgoing::Link;
use crate::time::Instant;

/// Deadlines, earliest first.
#[derive(Debug, Default)]
pub struct Timers {
    due: BTreeSet<(Instant, Link)>,
}

impl Timers {
    /// Files `link` under `at`, unless it is filed under an earlier time already.
    pub fn file(&mut self, link: Link, filed: &mut Option<Instant>, at: Instant) {
        if let Some(earlier) = *filed {
            if earlier <= at {
                return;
            }
            self.due.remove(&(earlier, link));
        }
        self.due.insert((at, link));
        *filed = Some(at);
    }

    /// Forgets `link`.
    pub fn forget(&mut self, link: Link, filed: &mut Option<Instant>) {
        if let Some(at) = filed.take() {
            self.due.remove(&(at, link));
        }
    }

    /// Takes out a connection whose time has come. The caller clears its `filed`.
    pub fn pop_due(&mut self, now: Instant) -> Option<Link> {
        let first = *self.due.first()?;
        (first.0 <= now).then(|| self.due.remove(&first)).map(|_| first.1)
    }

    /// The earliest deadline.
    pub fn first(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }
}
