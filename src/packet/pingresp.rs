//! §3.13 PINGRESP: the answer to PINGREQ.
//!
//! A fixed header and nothing else.

use crate::spec;

/// PING response (§3.13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pingresp;

spec::by_construction!(MQTT_2_2_2_1);

impl Pingresp {
    /// Appends the packet's only encoding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[0xD0, 0]);
    }

    /// How many bytes [`Pingresp::encode`] appends.
    pub const fn encoded_len(&self) -> usize {
        2
    }
}
