//! §3.12 PINGREQ: the Client shows that it is alive and asks for a sign.
//!
//! A fixed header and nothing else.

use crate::spec;

/// PING request (§3.12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pingreq;

spec::by_construction!(MQTT_2_2_2_1);

impl Pingreq {
    /// Appends the packet's only encoding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[0xC0, 0]);
    }

    /// How many bytes [`Pingreq::encode`] appends.
    pub const fn encoded_len(&self) -> usize {
        2
    }
}
