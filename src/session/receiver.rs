//! §4.3.3: the receiving side of QoS 2, for one Packet Identifier.
//!
//! Figure 4.3 allows two methods. This is method B: the message is passed on when its PUBLISH
//! arrives, and only the identifier is kept until PUBREL (S-50). That keeps the order of receipt
//! whatever the order of the PUBRELs, and loses nothing when a session ends in between.

use crate::spec::{self, Id};

/// What the receiver remembers of one Packet Identifier.
///
/// # Source
/// §4.3.3 (figure 4.3, method B).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Receiver {
    /// Nothing: the next PUBLISH under this identifier is a new message.
    Ready,
    /// A message has been passed on; its PUBREL has not come.
    AwaitRelease,
}

/// What arrives under the identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// PUBLISH at QoS 2.
    Publish,
    /// PUBREL.
    Pubrel,
    /// Another packet that needs an unused identifier: PUBLISH at QoS 1, SUBSCRIBE, UNSUBSCRIBE.
    Other,
}

/// What the receiver does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Passes the message on and sends PUBREC.
    Deliver,
    /// Sends PUBREC and nothing else.
    Receive,
    /// Sends PUBCOMP.
    Complete,
    /// Leaves the packet to its own rules.
    Pass,
}

impl Receiver {
    /// Every state, for tables.
    pub const ALL: [Receiver; 2] = [Receiver::Ready, Receiver::AwaitRelease];

    /// The next state and what to do.
    ///
    /// # Errors
    /// [`Id::MQTT_2_3_1_2`]: the identifier is still in use for a QoS 2 message (S-60, S-82).
    pub fn step(self, event: Event) -> Result<(Receiver, Action), Id> {
        match (self, event) {
            (Receiver::Ready, Event::Publish) => {
                spec::upholds!(MQTT_4_3_3_2);
                Ok((Receiver::AwaitRelease, Action::Deliver))
            }
            // S-61: whatever the DUP flag says and whatever it carries, this is a repeat.
            (Receiver::AwaitRelease, Event::Publish) => {
                spec::upholds!(MQTT_4_3_3_2);
                Ok((Receiver::AwaitRelease, Action::Receive))
            }
            // S-63: a PUBREL that comes again after its PUBCOMP was lost is answered as well.
            (Receiver::AwaitRelease | Receiver::Ready, Event::Pubrel) => {
                spec::upholds!(MQTT_4_3_3_2);
                Ok((Receiver::Ready, Action::Complete))
            }
            (Receiver::Ready, Event::Other) => Ok((Receiver::Ready, Action::Pass)),
            (Receiver::AwaitRelease, Event::Other) => Err(Id::MQTT_2_3_1_2),
        }
    }
}

impl Event {
    /// Every event, for tables.
    pub const ALL: [Event; 3] = [Event::Publish, Event::Pubrel, Event::Other];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    #[test]
    fn every_state_meets_every_event() {
        spec::covers!(MQTT_4_3_3_2, MQTT_2_3_1_2);
        insta::assert_snapshot!(crate::machine_table(&Receiver::ALL, &Event::ALL, Receiver::step));
    }
}
