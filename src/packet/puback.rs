//! §3.4 PUBACK: the answer to a PUBLISH with QoS 1.
//!
//! Two bytes of fixed header and a packet identifier, and never anything else.

use super::PacketId;
use super::encode::only_packet_id;
use super::field::{Parsed, packet_id};
use crate::spec::{self, Id};

/// Publish acknowledgement (§3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Puback {
    /// The identifier of the packet that it answers.
    pub packet_id: PacketId,
}

spec::by_construction!(MQTT_2_2_2_1);

impl Puback {
    /// Appends the packet's only encoding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        only_packet_id(out, 0x40, self.packet_id);
    }

    /// How many bytes [`Puback::encode`] appends.
    pub const fn encoded_len(&self) -> usize {
        4
    }
}

#[inline(always)]
pub(super) fn body(input: &[u8]) -> Parsed<'_, Puback> {
    let (rest, packet_id) = packet_id(Id::MQTT_2_3_1_6, input)?;
    Ok((rest, Puback { packet_id }))
}
