//! §4.3.2, §4.3.3: the sending side of QoS 1 and QoS 2, for one Packet Identifier.
//!
//! Knows neither messages nor time. Both a Server and a Client send, so both use it. Identifiers
//! are handed out by [`PacketIds`](super::PacketIds); order and re-sending are the business of
//! [`Outbound`](super::Outbound).

use crate::spec::{self, Id};

/// How far the sending of the message under one Packet Identifier has come.
///
/// # Source
/// §4.3.2 and §4.3.3 (figures 4.2 and 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// No message is on its way under this identifier.
    Idle,
    /// QoS 1: PUBLISH sent, PUBACK not yet received.
    AwaitAck,
    /// QoS 2: PUBLISH sent, PUBREC not yet received.
    AwaitReceived,
    /// QoS 2: PUBREL sent, PUBCOMP not yet received.
    AwaitComplete,
}

/// What happens to a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A new message is to go out at QoS 1.
    SendAtLeastOnce,
    /// A new message is to go out at QoS 2.
    SendExactlyOnce,
    /// PUBACK came.
    Puback,
    /// PUBREC came.
    Pubrec,
    /// PUBCOMP came.
    Pubcomp,
    /// The session goes on over a new connection (§4.4).
    Resume,
}

/// What the sender does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Sends the PUBLISH with DUP 0.
    Publish,
    /// Sends the PUBLISH again, with DUP 1 and the same identifier.
    PublishAgain,
    /// Sends PUBREL.
    Release,
    /// The identifier is free again.
    Free,
}

impl Sender {
    /// Every state, for tables.
    pub const ALL: [Sender; 4] =
        [Sender::Idle, Sender::AwaitAck, Sender::AwaitReceived, Sender::AwaitComplete];

    /// The next state and what to do.
    ///
    /// # Errors
    /// [`Id::MQTT_4_8_0_1`]: the peer acknowledged with the wrong packet or too early (S-64).
    /// [`Id::MQTT_2_3_1_4`]: this side would use an identifier twice; a caller that takes its
    /// identifiers from [`PacketIds`](super::PacketIds) never sees it.
    pub fn step(self, event: Event) -> Result<(Sender, Action), Id> {
        use Event::{Puback, Pubcomp, Pubrec, Resume, SendAtLeastOnce, SendExactlyOnce};
        use Sender::{AwaitAck, AwaitComplete, AwaitReceived, Idle};
        match (self, event) {
            (Idle, SendAtLeastOnce) => {
                spec::upholds!(MQTT_4_3_2_1);
                Ok((AwaitAck, Action::Publish))
            }
            (Idle, SendExactlyOnce) => {
                spec::upholds!(MQTT_4_3_3_1);
                Ok((AwaitReceived, Action::Publish))
            }
            (AwaitAck | AwaitReceived | AwaitComplete, SendAtLeastOnce | SendExactlyOnce) => {
                Err(Id::MQTT_2_3_1_4)
            }

            (AwaitAck, Puback) => Ok((Idle, Action::Free)),
            (AwaitReceived, Pubrec) => {
                spec::upholds!(MQTT_4_3_3_1);
                Ok((AwaitComplete, Action::Release))
            }
            (AwaitComplete, Pubcomp) => Ok((Idle, Action::Free)),

            // S-59: the peer did not see our PUBREL, or we have forgotten that we sent it. It can
            // finish only if it gets one.
            (AwaitComplete | Idle, Pubrec) => Ok((self, Action::Release)),
            // S-58, S-64: a late answer to something that is over harms nobody.
            (Idle, Puback | Pubcomp) => Ok((Idle, Action::Nothing)),

            // S-64: an acknowledgement of the other QoS, or one that skips a step.
            (AwaitAck, Pubrec | Pubcomp)
            | (AwaitReceived, Puback | Pubcomp)
            | (AwaitComplete, Puback) => Err(Id::MQTT_4_8_0_1),

            (Idle, Resume) => Ok((Idle, Action::Nothing)),
            (AwaitAck | AwaitReceived, Resume) => {
                spec::upholds!(MQTT_4_4_0_1, MQTT_3_3_1_1);
                Ok((self, Action::PublishAgain))
            }
            (AwaitComplete, Resume) => {
                spec::upholds!(MQTT_4_4_0_1, MQTT_4_3_3_1);
                Ok((AwaitComplete, Action::Release))
            }
        }
    }
}

impl Event {
    /// Every event, for tables.
    pub const ALL: [Event; 6] = [
        Event::SendAtLeastOnce,
        Event::SendExactlyOnce,
        Event::Puback,
        Event::Pubrec,
        Event::Pubcomp,
        Event::Resume,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    #[test]
    fn every_state_meets_every_event() {
        spec::covers!(MQTT_4_3_2_1, MQTT_4_3_3_1, MQTT_4_4_0_1);
        insta::assert_snapshot!(crate::machine_table(&Sender::ALL, &Event::ALL, Sender::step));
    }
}
