//! §3.6 PUBREL: the answer to PUBREC.
//!
//! Two bytes of fixed header and a packet identifier, and never anything else.

use super::PacketId;
use super::encode::only_packet_id;
use super::field::{Parsed, packet_id};
use crate::spec::{self, Id};

/// Publish release (§3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pubrel {
    /// The identifier of the packet that it answers.
    pub packet_id: PacketId,
}

spec::by_construction!(MQTT_2_2_2_1, MQTT_3_6_1_1);

impl Pubrel {
    /// Appends the packet's only encoding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        only_packet_id(out, 0x62, self.packet_id);
    }

    /// How many bytes [`Pubrel::encode`] appends.
    pub const fn encoded_len(&self) -> usize {
        4
    }
}

#[inline(always)]
pub(super) fn body(input: &[u8]) -> Parsed<'_, Pubrel> {
    let (rest, packet_id) = packet_id(Id::MQTT_2_3_1_6, input)?;
    Ok((rest, Pubrel { packet_id }))
}
