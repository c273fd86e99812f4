//! §2 and §3: the Control Packets, one file each.
//!
//! [`decode()`] borrows from the bytes it is given and allocates nothing; what it returns is valid,
//! and every packet has exactly one encoding: `encode(decode(b)) = b` unless the Remaining Length
//! was longer than it need be. What one packet means for the next is not decided here.

pub mod annotate;
pub mod connack;
pub mod connect;
mod decode;
pub mod disconnect;
mod encode;
mod field;
mod header;
mod kind;
pub mod pingreq;
pub mod pingresp;
pub mod puback;
pub mod pubcomp;
pub mod publish;
pub mod pubrec;
pub mod pubrel;
pub mod suback;
pub mod subscribe;
pub mod text;
pub mod unsuback;
pub mod unsubscribe;

use core::fmt;
use core::num::NonZeroU16;

pub use annotate::{Field, annotate};
pub use connack::{Connack, Refusal};
pub use connect::{ClientId, Connect, Login, Will};
pub use decode::{Decoded, Limits, Stance, decode};
pub use disconnect::Disconnect;
pub use encode::EncodeError;
pub use kind::{Kind, Party};
pub use pingreq::Pingreq;
pub use pingresp::Pingresp;
pub use puback::Puback;
pub use pubcomp::Pubcomp;
pub use publish::{Delivery, Publish};
pub use pubrec::Pubrec;
pub use pubrel::Pubrel;
pub use suback::{ReturnCode, ReturnCodes, Suback};
pub use subscribe::{Requests, Subscribe};
pub use text::Text;
pub use unsuback::Unsuback;
pub use unsubscribe::{Filters, Unsubscribe};

use crate::spec;

/// The largest value of Remaining Length (§2.2.3).
///
/// # Units
/// Bytes.
pub const REMAINING_LENGTH_MAX: u32 = 268_435_455;

/// The largest packet: five bytes of fixed header and as much as Remaining Length can say.
///
/// # Units
/// Bytes.
pub const PACKET_BYTES_MAX: u32 = REMAINING_LENGTH_MAX + 5;

/// A Control Packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packet<'a> {
    /// §3.1
    Connect(Connect<'a>),
    /// §3.2
    Connack(Connack),
    /// §3.3
    Publish(Publish<'a>),
    /// §3.4
    Puback(Puback),
    /// §3.5
    Pubrec(Pubrec),
    /// §3.6
    Pubrel(Pubrel),
    /// §3.7
    Pubcomp(Pubcomp),
    /// §3.8
    Subscribe(Subscribe<'a>),
    /// §3.9
    Suback(Suback<'a>),
    /// §3.10
    Unsubscribe(Unsubscribe<'a>),
    /// §3.11
    Unsuback(Unsuback),
    /// §3.12
    Pingreq(Pingreq),
    /// §3.13
    Pingresp(Pingresp),
    /// §3.14
    Disconnect(Disconnect),
}

impl Packet<'_> {
    /// Its type.
    pub const fn kind(&self) -> Kind {
        match self {
            Packet::Connect(_) => Kind::Connect,
            Packet::Connack(_) => Kind::Connack,
            Packet::Publish(_) => Kind::Publish,
            Packet::Puback(_) => Kind::Puback,
            Packet::Pubrec(_) => Kind::Pubrec,
            Packet::Pubrel(_) => Kind::Pubrel,
            Packet::Pubcomp(_) => Kind::Pubcomp,
            Packet::Subscribe(_) => Kind::Subscribe,
            Packet::Suback(_) => Kind::Suback,
            Packet::Unsubscribe(_) => Kind::Unsubscribe,
            Packet::Unsuback(_) => Kind::Unsuback,
            Packet::Pingreq(_) => Kind::Pingreq,
            Packet::Pingresp(_) => Kind::Pingresp,
            Packet::Disconnect(_) => Kind::Disconnect,
        }
    }

    /// Appends the packet's only encoding.
    ///
    /// # Errors
    /// The packet, or a field of it, is longer than its length can say; then nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Packet::Connect(packet) => packet.encode(out)?,
            Packet::Connack(packet) => packet.encode(out),
            Packet::Publish(packet) => packet.encode(out)?,
            Packet::Puback(packet) => packet.encode(out),
            Packet::Pubrec(packet) => packet.encode(out),
            Packet::Pubrel(packet) => packet.encode(out),
            Packet::Pubcomp(packet) => packet.encode(out),
            Packet::Subscribe(packet) => packet.encode(out)?,
            Packet::Suback(packet) => packet.encode(out)?,
            Packet::Unsubscribe(packet) => packet.encode(out)?,
            Packet::Unsuback(packet) => packet.encode(out),
            Packet::Pingreq(packet) => packet.encode(out),
            Packet::Pingresp(packet) => packet.encode(out),
            Packet::Disconnect(packet) => packet.encode(out),
        }
        Ok(())
    }

    /// How many bytes [`Packet::encode`] appends.
    pub fn encoded_len(&self) -> usize {
        match self {
            Packet::Connect(packet) => packet.encoded_len(),
            Packet::Connack(packet) => packet.encoded_len(),
            Packet::Publish(packet) => packet.encoded_len(),
            Packet::Puback(packet) => packet.encoded_len(),
            Packet::Pubrec(packet) => packet.encoded_len(),
            Packet::Pubrel(packet) => packet.encoded_len(),
            Packet::Pubcomp(packet) => packet.encoded_len(),
            Packet::Subscribe(packet) => packet.encoded_len(),
            Packet::Suback(packet) => packet.encoded_len(),
            Packet::Unsubscribe(packet) => packet.encoded_len(),
            Packet::Unsuback(packet) => packet.encoded_len(),
            Packet::Pingreq(packet) => packet.encoded_len(),
            Packet::Pingresp(packet) => packet.encoded_len(),
            Packet::Disconnect(packet) => packet.encoded_len(),
        }
    }
}

/// A Packet Identifier: one to 65,535 (§2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(NonZeroU16);

spec::by_construction!(MQTT_2_3_1_1);

impl PacketId {
    /// The lowest identifier.
    pub const MIN: PacketId = PacketId(NonZeroU16::MIN);
    /// The highest identifier.
    pub const MAX: PacketId = PacketId(NonZeroU16::MAX);

    /// The number as an identifier; `None` for 0.
    pub const fn new(number: u16) -> Option<PacketId> {
        match NonZeroU16::new(number) {
            Some(number) => Some(PacketId(number)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for PacketId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A Quality of Service level (Table 3.2). QoS 3 does not exist here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Qos {
    /// QoS 0
    AtMostOnce = 0,
    /// QoS 1
    AtLeastOnce = 1,
    /// QoS 2
    ExactlyOnce = 2,
}

impl Qos {
    /// Every level, lowest first.
    pub const ALL: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

    /// The level with this number; `None` from 3 on.
    pub const fn from_bits(bits: u8) -> Option<Qos> {
        match bits {
            0 => Some(Qos::AtMostOnce),
            1 => Some(Qos::AtLeastOnce),
            2 => Some(Qos::ExactlyOnce),
            _ => None,
        }
    }

    /// Its number.
    pub const fn bits(self) -> u8 {
        self as u8
    }
}
