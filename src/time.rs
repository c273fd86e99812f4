//! Time as the core knows it: a number that somebody else counts.
//!
//! Nothing in the core reads a clock. Whoever drives it (sockets, a test, a recording) says what
//! time it is, so the same input always gives the same output.

use core::ops::{Add, Sub};
pub use core::time::Duration;

/// A moment, in microseconds since an origin that the driver chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub u64);

impl Instant {
    /// The driver's origin.
    pub const START: Instant = Instant(0);

    /// The time that has passed since `earlier`; zero if `earlier` is later.
    pub const fn since(self, earlier: Instant) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    /// Saturates at the end of time, half a million years after the origin.
    fn add(self, wait: Duration) -> Instant {
        let micros = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        Instant(self.0.saturating_add(micros))
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;

    fn sub(self, wait: Duration) -> Instant {
        let micros = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        Instant(self.0.saturating_sub(micros))
    }
}
