//! §4.1–§4.6: what outlives a Network Connection.
//!
//! A session is the subscriptions of one Client, both directions of its QoS 1 and QoS 2 flows, and
//! what waits for it. It knows no socket and no clock. Who owns which session, and when one ends, is
//! the business of the broker.

mod inbound;
mod outbound;
mod packet_ids;
mod queue;
pub mod receiver;
pub mod sender;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use inbound::Inbound;
pub use outbound::{Limits, Outbound, Outcome};
pub use packet_ids::PacketIds;
pub use queue::{Queue, Waiting};

use crate::outgoing::Link;
use crate::packet::Qos;
use crate::time::Instant;

/// The state of one Client that the Server keeps.
///
/// # Source
/// §3.1.2.4 (what it consists of), §4.1 (how long it is kept).
#[derive(Debug)]
pub(crate) struct Session {
    /// The Client Identifier; none where the Server assigned an identity [`MQTT-3.1.3-6`]. Such a
    /// session can be named by nobody and ends with its connection.
    ///
    /// [`MQTT-3.1.3-6`]: crate::spec::Id::MQTT_3_1_3_6
    pub client_id: Option<Arc<str>>,
    /// What happens to it when the connection ends.
    pub kept: Kept,
    /// The present connection.
    pub link: Option<Link>,
    /// The filters that it holds and the QoS granted to each.
    pub subscriptions: BTreeMap<Arc<str>, Qos>,
    /// The length of these filters together, in bytes.
    pub subscription_bytes: usize,
    /// Messages from the Server to the Client.
    pub outbound: Outbound,
    /// Messages from the Client to the Server.
    pub inbound: Inbound,
    /// Whether publishers are held back for its sake.
    pub pressure: Pressure,
}

/// Whether a session outlives its connection (the Clean Session flag).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Clean Session 0: it does.
    AfterConnection,
    /// Clean Session 1: it does not.
    WithConnection,
}

/// Whether a session that falls behind holds publishers back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pressure {
    /// It keeps up, or has no connection.
    #[default]
    None,
    /// It is far behind, and publishers wait for it until then at most.
    Holding(Instant),
    /// It was far behind for too long; nobody waits for it until it has caught up.
    Spent,
}

const _: () = assert!(size_of::<Session>() <= 256);

impl Session {
    /// A session without state.
    pub(crate) fn new(client_id: Option<Arc<str>>, kept: Kept) -> Session {
        Session {
            client_id,
            kept,
            link: None,
            subscriptions: BTreeMap::new(),
            subscription_bytes: 0,
            outbound: Outbound::default(),
            inbound: Inbound::default(),
            pressure: Pressure::None,
        }
    }
}
