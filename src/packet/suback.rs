//! §3.9 SUBACK: the answer to SUBSCRIBE, one return code for every Topic Filter.
//!
//! The codes stay in the wire's bytes; they are checked once.

use core::fmt;

use super::encode::{EncodeError, fixed_header, packet_len, put_packet_id, whole};
use super::field::{Fault, Parsed, packet_id};
use super::subscribe::EmptyList;
use super::{PacketId, Qos};
use crate::spec::{self, Id};
use crate::violation::Rule;

/// Subscribe acknowledgement (§3.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Suback<'a> {
    /// The identifier of the SUBSCRIBE that it answers.
    pub packet_id: PacketId,
    /// One for each Topic Filter, in their order.
    pub return_codes: ReturnCodes<'a>,
}

/// One or more return codes (§3.9.3). Never empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReturnCodes<'a>(&'a [u8]);

spec::by_construction!(MQTT_3_9_3_2);

/// What became of one Topic Filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReturnCode {
    /// Subscribed, with this maximum QoS.
    Granted(Qos),
    /// Not subscribed.
    Failure,
}

impl ReturnCode {
    /// The code with this byte; `None` for the reserved ones.
    pub const fn from_byte(byte: u8) -> Option<ReturnCode> {
        match byte {
            0x80 => Some(ReturnCode::Failure),
            _ => match Qos::from_bits(byte) {
                Some(qos) => Some(ReturnCode::Granted(qos)),
                None => None,
            },
        }
    }

    /// Its byte.
    pub const fn byte(self) -> u8 {
        match self {
            ReturnCode::Granted(qos) => qos.bits(),
            ReturnCode::Failure => 0x80,
        }
    }
}

impl<'a> ReturnCodes<'a> {
    /// Appends the codes to `buffer` and takes what was appended.
    ///
    /// # Errors
    /// There are none.
    pub fn write(
        codes: impl IntoIterator<Item = ReturnCode>,
        buffer: &'a mut Vec<u8>,
    ) -> Result<Self, EmptyList> {
        let begin = buffer.len();
        buffer.extend(codes.into_iter().map(ReturnCode::byte));
        match buffer.get(begin..) {
            Some(bytes) if !bytes.is_empty() => Ok(ReturnCodes(bytes)),
            Some(_) | None => Err(EmptyList),
        }
    }

    /// The codes in their order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = ReturnCode> + Clone + use<'a> {
        self.0.iter().filter_map(|byte| ReturnCode::from_byte(*byte))
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub const fn len(self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for ReturnCodes<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

impl Suback<'_> {
    /// Appends the packet's only encoding.
    ///
    /// # Errors
    /// The packet is longer than its length can say; then nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        whole(out, |out| {
            fixed_header(out, 0x90, self.body_len())?;
            put_packet_id(out, self.packet_id);
            out.extend_from_slice(self.return_codes.0);
            Ok(())
        })
    }

    /// How many bytes [`Suback::encode`] appends.
    pub const fn encoded_len(&self) -> usize {
        packet_len(self.body_len())
    }

    const fn body_len(&self) -> usize {
        self.return_codes.0.len().saturating_add(2)
    }
}

#[inline(always)]
pub(super) fn body(input: &[u8]) -> Parsed<'_, Suback<'_>> {
    let (codes, packet_id) = packet_id(Id::MQTT_2_3_1_7, input)?;
    if codes.is_empty() {
        return Fault::here(Id::MQTT_3_8_4_5, Rule::ReturnCodesMissing, codes);
    }
    let mut rest = codes;
    while let [code, behind @ ..] = rest {
        if ReturnCode::from_byte(*code).is_none() {
            return Fault::here(Id::MQTT_3_9_3_2, Rule::ReturnCode, rest);
        }
        rest = behind;
    }
    Ok((rest, Suback { packet_id, return_codes: ReturnCodes(codes) }))
}
