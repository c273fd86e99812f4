//! §3.14 DISCONNECT: the last packet that a Client sends.
//!
//! A fixed header and nothing else.

use crate::spec;

/// Disconnect notification (§3.14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disconnect;

spec::by_construction!(MQTT_2_2_2_1, MQTT_3_14_1_1);

impl Disconnect {
    /// Appends the packet's only encoding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[0xE0, 0]);
    }

    /// How many bytes [`Disconnect::encode`] appends.
    pub const fn encoded_len(&self) -> usize {
        2
    }
}
