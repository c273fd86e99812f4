//! §3.3 PUBLISH: a message on its way from Client to Server or from Server to Client.
//!
//! What goes together is one type: a QoS 0 delivery has neither identifier nor DUP, the others have
//! both. The payload is everything behind them and may be empty.

use super::decode::Limits;
use super::encode::{EncodeError, fixed_header, packet_len, put_binary, put_packet_id, whole};
use super::field::{Fault, Missing, Parsed, TextField, packet_id, text};
use super::{PacketId, Qos};
use crate::spec::{self, Id};
use crate::topic::TopicName;
use crate::violation::Rule;

/// Publish message (§3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Publish<'a> {
    /// Where the message is published.
    pub topic: TopicName<'a>,
    /// QoS, and what goes with it.
    pub delivery: Delivery,
    /// RETAIN: towards a Server, keep it; towards a Client, it was kept.
    pub retain: bool,
    /// The Application Message.
    pub payload: &'a [u8],
}

/// The QoS of a PUBLISH with the fields that it brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// QoS 0
    AtMostOnce,
    /// QoS 1
    AtLeastOnce {
        /// The identifier of this exchange.
        packet_id: PacketId,
        /// Whether the packet may have been sent before.
        dup: bool,
    },
    /// QoS 2
    ExactlyOnce {
        /// The identifier of this exchange.
        packet_id: PacketId,
        /// Whether the packet may have been sent before.
        dup: bool,
    },
}

spec::by_construction!(MQTT_2_3_1_5, MQTT_3_3_1_2, MQTT_3_3_1_4, MQTT_3_3_2_1, MQTT_3_3_2_2);
spec::by_construction!(MQTT_4_3_1_1);

impl Delivery {
    /// The level.
    pub const fn qos(self) -> Qos {
        match self {
            Delivery::AtMostOnce => Qos::AtMostOnce,
            Delivery::AtLeastOnce { .. } => Qos::AtLeastOnce,
            Delivery::ExactlyOnce { .. } => Qos::ExactlyOnce,
        }
    }

    /// The identifier of the exchange, which QoS 0 does not have.
    pub const fn packet_id(self) -> Option<PacketId> {
        match self {
            Delivery::AtMostOnce => None,
            Delivery::AtLeastOnce { packet_id, .. } | Delivery::ExactlyOnce { packet_id, .. } => {
                Some(packet_id)
            }
        }
    }

    /// Whether the packet may have been sent before.
    pub const fn dup(self) -> bool {
        match self {
            Delivery::AtMostOnce => false,
            Delivery::AtLeastOnce { dup, .. } | Delivery::ExactlyOnce { dup, .. } => dup,
        }
    }
}

impl Publish<'_> {
    /// Appends the packet's only encoding.
    ///
    /// # Errors
    /// The packet is longer than its length can say; then nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        whole(out, |out| {
            fixed_header(out, self.first_byte(), self.body_len())?;
            put_binary(out, "topic name", self.topic.as_str().as_bytes())?;
            if let Some(packet_id) = self.delivery.packet_id() {
                put_packet_id(out, packet_id);
            }
            out.extend_from_slice(self.payload);
            Ok(())
        })
    }

    /// How many bytes [`Publish::encode`] appends.
    pub fn encoded_len(&self) -> usize {
        packet_len(self.body_len())
    }

    fn first_byte(&self) -> u8 {
        let delivery = self.delivery;
        0x30 | u8::from(delivery.dup()) << 3 | delivery.qos().bits() << 1 | u8::from(self.retain)
    }

    fn body_len(&self) -> usize {
        let packet_id = match self.delivery {
            Delivery::AtMostOnce => 0,
            Delivery::AtLeastOnce { .. } | Delivery::ExactlyOnce { .. } => 2,
        };
        self.topic.as_str().len().saturating_add(2 + packet_id).saturating_add(self.payload.len())
    }
}

/// The low nibble of the first byte.
#[derive(Clone, Copy)]
pub(super) struct Flags {
    pub dup: bool,
    pub qos: Qos,
    pub retain: bool,
}

/// Reads the flags (§3.3.1).
#[inline(always)]
pub(super) const fn flags(nibble: u8) -> Result<Flags, (Id, Rule)> {
    let dup = nibble & 0b1000 != 0;
    let retain = nibble & 0b0001 != 0;
    match Qos::from_bits(nibble >> 1 & 0b11) {
        None => Err((Id::MQTT_3_3_1_4, Rule::QosThree)),
        Some(Qos::AtMostOnce) if dup => Err((Id::MQTT_3_3_1_2, Rule::DupAtQosZero)),
        Some(qos) => Ok(Flags { dup, qos, retain }),
    }
}

const TOPIC: TextField = TextField {
    missing: Missing { id: Id::MQTT_3_3_2_1, rule: Rule::TopicNameMissing },
    utf8: Id::MQTT_3_3_2_1,
    nul: Id::MQTT_1_5_3_2,
    wildcard: Some(Id::MQTT_3_3_2_2),
};

#[inline(always)]
pub(super) fn body(nibble: u8, limits: Limits, input: &[u8]) -> Parsed<'_, Publish<'_>> {
    let Flags { dup, qos, retain } = match flags(nibble) {
        Ok(flags) => flags,
        Err((id, rule)) => return Fault::here(id, rule, input),
    };
    let (rest, topic) = text(TOPIC, limits, TopicName::new, TopicName::trusted, input)?;
    let (payload, delivery) = match qos {
        Qos::AtMostOnce => (rest, Delivery::AtMostOnce),
        Qos::AtLeastOnce => {
            let (rest, packet_id) = packet_id(Id::MQTT_2_3_1_1, rest)?;
            (rest, Delivery::AtLeastOnce { packet_id, dup })
        }
        Qos::ExactlyOnce => {
            let (rest, packet_id) = packet_id(Id::MQTT_2_3_1_1, rest)?;
            (rest, Delivery::ExactlyOnce { packet_id, dup })
        }
    };
    Ok((&[], Publish { topic, delivery, retain, payload }))
}
