//! §3.1.2.5: the Will, as long as its Network Connection lasts.
//!
//! It belongs to the connection and never survives it. The text of the message lies elsewhere;
//! here is only whether it is still to be published.

use core::convert::Infallible;

use crate::spec;

/// What is to become of the Will.
///
/// # Source
/// §3.1.2.5, §3.14.4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Will {
    /// There is none.
    #[default]
    Absent,
    /// It is published unless DISCONNECT comes first.
    Held,
    /// It was published or dropped, and is gone.
    Settled,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// CONNECT was accepted with the Will Flag set.
    ConnectWithWill,
    /// CONNECT was accepted without.
    ConnectWithoutWill,
    /// DISCONNECT came.
    Disconnect,
    /// The connection ended in any other way, by either side (U-478, S-30).
    Close,
}

/// What the Server does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Keeps the message.
    Store,
    /// Forgets the message.
    Drop,
    /// Publishes the message.
    Publish,
}

impl Will {
    /// Every state, for tables.
    pub const ALL: [Will; 3] = [Will::Absent, Will::Held, Will::Settled];

    /// The next state and what to do. Nothing is illegal here.
    #[allow(clippy::missing_errors_doc)]
    pub fn step(self, event: Event) -> Result<(Will, Action), Infallible> {
        Ok(match (self, event) {
            (Will::Absent, Event::ConnectWithWill) => {
                spec::upholds!(MQTT_3_1_2_8);
                (Will::Held, Action::Store)
            }
            (Will::Absent, Event::ConnectWithoutWill | Event::Disconnect) => {
                (Will::Absent, Action::Nothing)
            }
            (Will::Absent, Event::Close) => {
                spec::upholds!(MQTT_3_1_2_12);
                (Will::Absent, Action::Nothing)
            }
            (Will::Held, Event::ConnectWithWill | Event::ConnectWithoutWill) => {
                (Will::Held, Action::Nothing)
            }
            (Will::Held, Event::Disconnect) => {
                spec::upholds!(MQTT_3_14_4_3, MQTT_3_1_2_10);
                (Will::Settled, Action::Drop)
            }
            (Will::Held, Event::Close) => {
                spec::upholds!(MQTT_3_1_2_8, MQTT_3_1_2_10);
                (Will::Settled, Action::Publish)
            }
            (
                Will::Settled,
                Event::ConnectWithWill
                | Event::ConnectWithoutWill
                | Event::Disconnect
                | Event::Close,
            ) => (Will::Settled, Action::Nothing),
        })
    }
}

impl Event {
    /// Every event, for tables.
    pub const ALL: [Event; 4] =
        [Event::ConnectWithWill, Event::ConnectWithoutWill, Event::Disconnect, Event::Close];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_meets_every_event() {
        spec::covers!(MQTT_3_1_2_8, MQTT_3_1_2_10, MQTT_3_1_2_12, MQTT_3_14_4_3);
        insta::assert_snapshot!(crate::machine_table(&Will::ALL, &Event::ALL, Will::step));
    }
}
