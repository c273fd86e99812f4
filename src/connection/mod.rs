//! §3.1, §3.1.4, §3.14.4: what one Network Connection may do, and when.
//!
//! The machine [`State`] decides which packet may come now and how a connection may end. It knows
//! neither sessions nor subscriptions; the broker carries out what it says.

pub mod keep_alive;
pub mod will;

use std::collections::VecDeque;

pub use keep_alive::{KeepAlive, Watch};
pub use will::Will;

use crate::message::Message;
use crate::outgoing::Outgoing;
use crate::packet::{PacketId, Qos, ReturnCode};
use crate::spec::{self, Id};
use crate::time::Instant;

/// How far a connection has come.
///
/// # Source
/// §3.1 (CONNECT comes first and once), §3.1.4 (what follows it), §3.14.4 (nothing follows
/// DISCONNECT), §4.8 (a protocol violation ends it).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// Open; CONNECT has not come.
    #[default]
    AwaitConnect,
    /// CONNECT has been accepted.
    Active,
    /// Over. Bytes may still have to be sent; none are taken.
    Closed,
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A valid CONNECT that the Server accepts.
    Connect,
    /// A valid CONNECT that the Server refuses with a return code.
    Refused,
    /// DISCONNECT.
    Disconnect,
    /// Any other valid packet.
    Packet,
    /// A breach by the Client, in its bytes or in its behaviour.
    Broken,
    /// A deadline has passed: CONNECT, Keep Alive, or unsent bytes.
    TimeUp,
    /// The network has closed it.
    Lost,
    /// The same Client has connected again.
    TakenOver,
    /// The Server ends it for a reason of its own: a limit, or it stops.
    Ended,
}

/// What the Server does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing, and answers nothing.
    Ignore,
    /// Sends CONNACK and goes on.
    Accept,
    /// Sends CONNACK with the return code and closes.
    Refuse,
    /// Leaves the packet to its own rules.
    Process,
    /// Closes; the Will is dropped.
    Leave,
    /// Closes; the Will is published.
    Fail,
}

impl State {
    /// Every state, for tables.
    pub const ALL: [State; 3] = [State::AwaitConnect, State::Active, State::Closed];

    /// The next state and what to do.
    ///
    /// # Errors
    /// [`Id::MQTT_3_1_0_1`]: another packet before CONNECT. [`Id::MQTT_3_1_0_2`]: a second CONNECT.
    /// The caller goes on with [`Event::Broken`].
    pub fn step(self, event: Event) -> Result<(State, Action), Id> {
        use Event::{Broken, Connect, Disconnect, Ended, Lost, Packet, Refused, TakenOver, TimeUp};
        use State::{Active, AwaitConnect, Closed};
        match (self, event) {
            (AwaitConnect, Connect) => {
                spec::upholds!(MQTT_3_1_4_4, MQTT_3_2_0_1);
                Ok((Active, Action::Accept))
            }
            (AwaitConnect, Refused) => {
                spec::upholds!(MQTT_3_2_2_5, MQTT_3_1_4_5);
                Ok((Closed, Action::Refuse))
            }
            (AwaitConnect, Packet | Disconnect) => Err(Id::MQTT_3_1_0_1),
            (AwaitConnect, Broken) => {
                spec::upholds!(MQTT_3_1_4_1, MQTT_3_2_2_6);
                Ok((Closed, Action::Fail))
            }
            (AwaitConnect, TimeUp | Lost | TakenOver | Ended) => Ok((Closed, Action::Fail)),

            (Active, Connect | Refused) => Err(Id::MQTT_3_1_0_2),
            (Active, Packet) => Ok((Active, Action::Process)),
            (Active, Disconnect) => {
                spec::upholds!(MQTT_3_14_4_3);
                Ok((Closed, Action::Leave))
            }
            (Active, Broken) => {
                spec::upholds!(MQTT_4_8_0_1);
                Ok((Closed, Action::Fail))
            }
            (Active, TakenOver) => {
                spec::upholds!(MQTT_3_1_4_2);
                Ok((Closed, Action::Fail))
            }
            (Active, TimeUp | Lost | Ended) => Ok((Closed, Action::Fail)),

            // S-100: nothing that comes now changes anything; a dropped Will stays dropped.
            (
                Closed,
                Connect | Refused | Packet | Disconnect | Broken | TimeUp | Lost | TakenOver
                | Ended,
            ) => Ok((Closed, Action::Ignore)),
        }
    }
}

impl Event {
    /// Every event, for tables.
    pub const ALL: [Event; 9] = [
        Event::Connect,
        Event::Refused,
        Event::Disconnect,
        Event::Packet,
        Event::Broken,
        Event::TimeUp,
        Event::Lost,
        Event::TakenOver,
        Event::Ended,
    ];
}

/// One Network Connection, as its worker keeps it. There is no read buffer: only the beginning of a
/// packet whose end has not come is kept.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    /// How far it has come.
    pub state: State,
    /// Whether its Will is to be published.
    pub will: Will,
    /// The Will itself.
    pub will_message: Option<Message>,
    /// Keep Alive.
    pub watch: Watch,
    /// The session, once CONNECT has been accepted.
    pub session: Option<u64>,
    /// The beginning of an incomplete packet.
    pub partial: Vec<u8>,
    /// How many bytes `partial` has to hold before it is worth another look.
    pub wanted: usize,
    /// Whether it has had its turn: `partial` waits for the next one, whatever it holds.
    pub waits: bool,
    /// A SUBSCRIBE that takes more than one turn.
    pub subscribing: Option<Box<Subscribing>>,
    /// What is still to be sent.
    pub outgoing: Outgoing,
    /// Since when bytes have been waiting without any being taken.
    pub stalled_since: Option<Instant>,
    /// When it was opened.
    pub opened: Instant,
    /// Under which deadline it is filed.
    pub filed: Option<Instant>,
    /// Whether the driver has been told that there is something to send.
    pub announced: bool,
    /// What it has published: only a publisher is held back.
    pub publishes: Publishes,
}

/// A SUBSCRIBE of which a part has been done.
#[derive(Debug)]
pub(crate) struct Subscribing {
    /// Its Packet Identifier.
    pub packet_id: PacketId,
    /// The return codes of the filters that have been done.
    pub codes: Vec<ReturnCode>,
    /// The filters that are left, with the QoS asked for.
    pub left: VecDeque<(Box<str>, Qos)>,
}

/// What a connection has published so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Publishes {
    /// Nothing.
    #[default]
    Nothing,
    /// Only at QoS 0. Its messages may be dropped, so it waits for no slow subscriber.
    AtMostOnce,
    /// At QoS 1 or 2.
    Acknowledged,
}

const _: () = assert!(size_of::<Connection>() <= 256);

impl Connection {
    /// A connection that has just been opened.
    pub fn new(now: Instant) -> Connection {
        Connection { opened: now, ..Connection::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_meets_every_event() {
        spec::covers!(MQTT_3_1_0_1, MQTT_3_1_0_2, MQTT_3_14_4_3, MQTT_4_8_0_1);
        insta::assert_snapshot!(crate::machine_table(&State::ALL, &Event::ALL, State::step));
    }
}
