//! §3.1.2.10 Keep Alive, as the Server watches it.
//!
//! The standard says: one and a half times the period without a Control Packet, and the Client is
//! gone. It does not say whether a packet that is still arriving counts. Etalon's reading (S-40): it
//! does, as far as its size explains the time. So a long transfer over a slow line is not cut, and a
//! peer that sends one byte now and then is.

use crate::spec::{self, Id};
use crate::time::{Duration, Instant};

/// The slowest line on which a packet may take its time, in bytes per second. Slower than any line
/// MQTT is used on; a 2-byte PINGREQ gains 2 ms by it.
const SLOWEST_BYTES_PER_SECOND: u64 = 1024;

/// Whether and why the Server waits for a Client to send.
///
/// # Source
/// §3.1.2.10.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeepAlive {
    /// Keep Alive is 0: silence is allowed.
    #[default]
    Off,
    /// Nothing has arrived since the last complete packet.
    Quiet,
    /// Part of a packet has arrived.
    Arriving,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A packet is complete.
    Packet,
    /// More of an incomplete packet has arrived.
    Part,
    /// The deadline has passed, and nobody would have read what the Client may have sent.
    Unread,
    /// The deadline has passed.
    Expired,
}

/// What the Server does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// The deadline is one and a half periods from now.
    Restart,
    /// The deadline moves as far as the size of the packet explains.
    Extend,
}

impl KeepAlive {
    /// Every state, for tables.
    pub const ALL: [KeepAlive; 3] = [KeepAlive::Off, KeepAlive::Quiet, KeepAlive::Arriving];

    /// The next state and what to do.
    ///
    /// # Errors
    /// [`Id::MQTT_3_1_2_23`]: the Client was silent for too long, and the Server ends the
    /// connection as if the network had failed ([`Id::MQTT_3_1_2_24`]).
    pub fn step(self, event: Event) -> Result<(KeepAlive, Action), Id> {
        match (self, event) {
            (KeepAlive::Off, Event::Packet | Event::Part | Event::Unread | Event::Expired) => {
                Ok((KeepAlive::Off, Action::Nothing))
            }
            (KeepAlive::Quiet | KeepAlive::Arriving, Event::Packet) => {
                Ok((KeepAlive::Quiet, Action::Restart))
            }
            (KeepAlive::Quiet | KeepAlive::Arriving, Event::Part) => {
                Ok((KeepAlive::Arriving, Action::Extend))
            }
            (KeepAlive::Quiet | KeepAlive::Arriving, Event::Unread) => Ok((self, Action::Restart)),
            (KeepAlive::Quiet | KeepAlive::Arriving, Event::Expired) => {
                spec::upholds!(MQTT_3_1_2_24);
                Err(Id::MQTT_3_1_2_23)
            }
        }
    }
}

impl Event {
    /// Every event, for tables.
    pub const ALL: [Event; 4] = [Event::Packet, Event::Part, Event::Unread, Event::Expired];
}

/// The machine with its clock: what one connection keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    state: KeepAlive,
    /// The Keep Alive of the CONNECT.
    seconds: u16,
    /// When the last complete packet had arrived.
    last: Instant,
    /// When the connection ends if nothing happens.
    deadline: Instant,
}

impl Watch {
    /// Starts with an accepted CONNECT.
    ///
    /// # Units
    /// `seconds` as in the CONNECT; 0 is off.
    pub fn start(seconds: u16, now: Instant) -> Watch {
        let state = if seconds == 0 { KeepAlive::Off } else { KeepAlive::Quiet };
        Watch { state, seconds, last: now, deadline: now + Self::grace_of(seconds) }
    }

    /// When to call [`Watch::step`] with [`Event::Expired`], if ever.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            KeepAlive::Off => None,
            KeepAlive::Quiet | KeepAlive::Arriving => Some(self.deadline),
        }
    }

    /// How long the Client may be silent: one and a half times Keep Alive.
    pub fn grace(&self) -> Duration {
        Self::grace_of(self.seconds)
    }

    /// Something happened. `packet_bytes` is the whole size of the packet that is arriving, as far
    /// as it is known.
    ///
    /// # Errors
    /// What [`KeepAlive::step`] says.
    pub fn step(&mut self, event: Event, packet_bytes: usize, now: Instant) -> Result<(), Id> {
        let (state, action) = self.state.step(event)?;
        self.state = state;
        match action {
            Action::Nothing => {}
            Action::Restart => {
                self.last = now;
                self.deadline = now + self.grace();
            }
            Action::Extend => self.deadline = self.extended(packet_bytes, now),
        }
        Ok(())
    }

    /// One period from now, but not beyond what the size explains, and never earlier than without
    /// the extension.
    fn extended(&self, packet_bytes: usize, now: Instant) -> Instant {
        let base = self.last + self.grace();
        let explained = packet_bytes as u64 * 1000 / SLOWEST_BYTES_PER_SECOND;
        let latest = base + Duration::from_millis(explained);
        let progress = now + Duration::from_secs(u64::from(self.seconds));
        base.max(latest.min(progress))
    }

    fn grace_of(seconds: u16) -> Duration {
        Duration::from_millis(u64::from(seconds) * 1500)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::START + Duration::from_millis(millis)
    }

    #[test]
    fn every_state_meets_every_event() {
        spec::covers!(MQTT_3_1_2_24);
        insta::assert_snapshot!(crate::machine_table(
            &KeepAlive::ALL,
            &Event::ALL,
            KeepAlive::step
        ));
    }

    #[test]
    fn the_deadline_is_one_and_a_half_periods_after_the_last_packet() {
        spec::covers!(MQTT_3_1_2_24);
        let mut watch = Watch::start(3, at(0));
        assert_eq!(watch.deadline(), Some(at(4_500)));
        watch.step(Event::Packet, 2, at(1_000)).unwrap();
        assert_eq!(watch.deadline(), Some(at(5_500)));
    }

    #[test]
    fn a_lone_byte_buys_no_time_worth_mentioning() {
        spec::covers!(MQTT_3_1_2_24);
        let mut watch = Watch::start(2, at(0));
        watch.step(Event::Part, 2, at(2_900)).unwrap();
        assert_eq!(watch.deadline(), Some(at(3_001)));
    }

    #[test]
    fn a_large_packet_may_take_the_time_that_its_size_explains() {
        let mut watch = Watch::start(2, at(0));
        let size = 10 * 1024;
        watch.step(Event::Part, size, at(2_000)).unwrap();
        assert_eq!(watch.deadline(), Some(at(4_000)), "one period after the last progress");
        watch.step(Event::Part, size, at(3_900)).unwrap();
        assert_eq!(watch.deadline(), Some(at(5_900)));
        watch.step(Event::Part, size, at(12_900)).unwrap();
        assert_eq!(watch.deadline(), Some(at(13_000)), "never beyond 10 s for 10 KiB");
    }

    #[test]
    fn keep_alive_zero_has_no_deadline() {
        let mut watch = Watch::start(0, at(0));
        watch.step(Event::Packet, 2, at(70_000)).unwrap();
        assert_eq!(watch.deadline(), None);
    }
}
