//! From a packet to its only encoding: Remaining Length in as few bytes as it needs, reserved bits as
//! the tables have them, every field in its place.
//!
//! A packet that cannot be said in MQTT is an error, and nothing of it is written.

use core::fmt;

use super::{PacketId, REMAINING_LENGTH_MAX};
use crate::spec;
use crate::violation::Rule;

/// Why a packet has no encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EncodeError {
    /// Remaining Length would exceed 268,435,455.
    PacketTooLong {
        /// What Remaining Length would be.
        body_bytes: usize,
    },
    /// A field would exceed 65,535 bytes.
    FieldTooLong {
        /// The field, as the standard calls it.
        field: &'static str,
        /// How long it is.
        bytes: usize,
    },
    /// A CONNECT has an empty Client Identifier and CleanSession 0
    /// ([`spec::Id::MQTT_3_1_3_7`]).
    ClientIdEmpty,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::PacketTooLong { body_bytes } => {
                write!(out, "Remaining Length may not exceed 268,435,455, and this is {body_bytes}")
            }
            EncodeError::FieldTooLong { field, bytes } => {
                write!(out, "the {field} may not exceed 65,535 bytes, and this has {bytes}")
            }
            EncodeError::ClientIdEmpty => out.write_str(Rule::ClientIdEmpty.text()),
        }
    }
}

impl core::error::Error for EncodeError {}

/// Writes a packet whole, or takes back what was written of it.
pub(super) fn whole(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let before = out.len();
    let written = write(out);
    if written.is_err() {
        out.truncate(before);
    }
    written
}

/// The fixed header (§2.2), and room for what follows.
pub(super) fn fixed_header(
    out: &mut Vec<u8>,
    first: u8,
    body_bytes: usize,
) -> Result<(), EncodeError> {
    let mut left = match u32::try_from(body_bytes) {
        Ok(bytes) if bytes <= REMAINING_LENGTH_MAX => bytes,
        Ok(_) | Err(_) => return Err(EncodeError::PacketTooLong { body_bytes }),
    };
    spec::upholds!(MQTT_2_2_2_1);
    out.reserve(body_bytes.saturating_add(5));
    out.push(first);
    loop {
        let low = (left & 0x7F) as u8;
        left >>= 7;
        if left == 0 {
            out.push(low);
            return Ok(());
        }
        out.push(low | 0x80);
    }
}

/// The bytes of a packet with this body.
pub(super) const fn packet_len(body_bytes: usize) -> usize {
    let header = match body_bytes {
        0..=127 => 2,
        128..=16_383 => 3,
        16_384..=2_097_151 => 4,
        _ => 5,
    };
    body_bytes.saturating_add(header)
}

/// A packet that is nothing but a packet identifier.
pub(super) fn only_packet_id(out: &mut Vec<u8>, first: u8, packet_id: PacketId) {
    let [high, low] = packet_id.get().to_be_bytes();
    out.extend_from_slice(&[first, 2, high, low]);
}

/// A packet identifier (§2.3.1).
pub(super) fn put_packet_id(out: &mut Vec<u8>, packet_id: PacketId) {
    out.extend_from_slice(&packet_id.get().to_be_bytes());
}

/// A two-byte length and the bytes.
pub(super) fn put_binary(
    out: &mut Vec<u8>,
    field: &'static str,
    bytes: &[u8],
) -> Result<(), EncodeError> {
    let Ok(length) = u16::try_from(bytes.len()) else {
        return Err(EncodeError::FieldTooLong { field, bytes: bytes.len() });
    };
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaining_length_is_written_in_as_few_bytes_as_it_needs() {
        let cases: [(usize, &[u8]); 9] = [
            (0, &[0x00]),
            (127, &[0x7F]),
            (128, &[0x80, 0x01]),
            (16_383, &[0xFF, 0x7F]),
            (16_384, &[0x80, 0x80, 0x01]),
            (2_097_151, &[0xFF, 0xFF, 0x7F]),
            (2_097_152, &[0x80, 0x80, 0x80, 0x01]),
            (268_435_454, &[0xFE, 0xFF, 0xFF, 0x7F]),
            (268_435_455, &[0xFF, 0xFF, 0xFF, 0x7F]),
        ];
        for (body_bytes, expected) in cases {
            let mut out = Vec::new();
            fixed_header(&mut out, 0x30, body_bytes).unwrap();
            assert_eq!(out, [&[0x30], expected].concat());
            assert_eq!(packet_len(body_bytes), body_bytes + out.len());
        }
    }

    #[test]
    fn a_remaining_length_of_five_bytes_is_not_written() {
        let mut out = Vec::new();
        let error = fixed_header(&mut out, 0x30, 268_435_456);
        assert_eq!(error, Err(EncodeError::PacketTooLong { body_bytes: 268_435_456 }));
        assert_eq!(out, []);
    }
}
