//! §3.8 SUBSCRIBE: a Client asks for subscriptions.
//!
//! The list stays in the wire's bytes and is checked once, whole, before anybody sees an entry of
//! it; reading it allocates nothing.

use core::fmt;

use super::decode::Limits;
use super::encode::{EncodeError, fixed_header, packet_len, put_packet_id, whole};
use super::field::{Fault, Missing, Parsed, TextField, binary, byte, packet_id, required, text};
use super::{PacketId, Qos};
use crate::spec::{self, Id};
use crate::topic::TopicFilter;
use crate::violation::Rule;

/// Subscribe request (§3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscribe<'a> {
    /// The identifier that SUBACK repeats.
    pub packet_id: PacketId,
    /// What is asked for, in order.
    pub requests: Requests<'a>,
}

/// One or more pairs of Topic Filter and requested QoS (§3.8.3). Never empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Requests<'a>(&'a [u8]);

spec::by_construction!(MQTT_3_8_1_1, MQTT_3_8_3_1, MQTT_3_8_3_3, MQTT_3_8_3_4);

/// A list that may not be empty would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EmptyList;

impl fmt::Display for EmptyList {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the list needs at least one entry")
    }
}

impl core::error::Error for EmptyList {}

impl<'a> Requests<'a> {
    /// Appends the pairs to `buffer`, as the wire has them, and takes what was appended.
    ///
    /// # Errors
    /// There are none ([`Id::MQTT_3_8_3_3`]).
    pub fn write<'f>(
        requests: impl IntoIterator<Item = (TopicFilter<'f>, Qos)>,
        buffer: &'a mut Vec<u8>,
    ) -> Result<Self, EmptyList> {
        let begin = buffer.len();
        for (filter, qos) in requests {
            put_filter(buffer, filter);
            buffer.push(qos.bits());
        }
        match buffer.get(begin..) {
            Some(bytes) if !bytes.is_empty() => Ok(Requests(bytes)),
            Some(_) | None => Err(EmptyList),
        }
    }

    /// The pairs in their order.
    pub fn iter(self) -> impl Iterator<Item = (TopicFilter<'a>, Qos)> + Clone + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (behind, filter) = next_filter(rest)?;
            let (behind, qos) = byte(behind).ok()?;
            rest = behind;
            Some((filter, Qos::from_bits(qos)?))
        })
    }

    /// How many there are. Walks the list.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(self) -> usize {
        self.iter().count()
    }
}

impl fmt::Debug for Requests<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

impl Subscribe<'_> {
    /// Appends the packet's only encoding.
    ///
    /// # Errors
    /// The packet is longer than its length can say; then nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        whole(out, |out| {
            fixed_header(out, 0x82, self.body_len())?;
            put_packet_id(out, self.packet_id);
            out.extend_from_slice(self.requests.0);
            Ok(())
        })
    }

    /// How many bytes [`Subscribe::encode`] appends.
    pub const fn encoded_len(&self) -> usize {
        packet_len(self.body_len())
    }

    const fn body_len(&self) -> usize {
        self.requests.0.len().saturating_add(2)
    }
}

/// A filter that was checked before; `None` at the end of the list.
pub(super) fn next_filter(input: &[u8]) -> Option<(&[u8], TopicFilter<'_>)> {
    let (rest, filter) = binary(input).ok()?;
    let filter = str::from_utf8(filter).ok()?;
    Some((rest, TopicFilter::trusted(filter)))
}

/// A filter as the wire has it.
pub(super) fn put_filter(out: &mut Vec<u8>, filter: TopicFilter<'_>) {
    // A filter has at most 65,535 bytes, so the length is never the substitute.
    let bytes = u16::try_from(filter.as_str().len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&bytes.to_be_bytes());
    out.extend_from_slice(filter.as_str().as_bytes());
}

const FILTER: TextField = TextField {
    missing: Missing { id: Id::MQTT_3_8_3_1, rule: Rule::FilterCutOff },
    utf8: Id::MQTT_3_8_3_1,
    nul: Id::MQTT_1_5_3_2,
    wildcard: None,
};

const QOS: Missing = Missing { id: Id::MQTT_3_8_3_3, rule: Rule::RequestedQosMissing };

pub(super) fn body(limits: Limits, input: &[u8]) -> Parsed<'_, Subscribe<'_>> {
    let (list, packet_id) = packet_id(Id::MQTT_2_3_1_1, input)?;
    if list.len() < 2 {
        return Fault::here(Id::MQTT_3_8_3_3, Rule::RequestsMissing, list);
    }
    let mut rest = list;
    while !rest.is_empty() {
        (rest, ()) = request(rest, limits)?;
    }
    Ok((rest, Subscribe { packet_id, requests: Requests(list) }))
}

/// Checks one pair.
fn request(input: &[u8], limits: Limits) -> Parsed<'_, ()> {
    if input.len() == 1 {
        // Half a length behind a whole pair: no statement speaks of it.
        return Fault::here(Id::MQTT_4_8_0_1, Rule::FilterCutOff, input);
    }
    let (rest, _) = text(FILTER, limits, TopicFilter::new, TopicFilter::trusted, input)?;
    let (behind, qos) = required(QOS, byte, rest)?;
    match qos {
        0..=2 => Ok((behind, ())),
        3 => Fault::here(Id::MQTT_3_8_3_4, Rule::RequestedQosThree, rest),
        4.. => Fault::here(Id::MQTT_3_8_3_4, Rule::RequestedQosReserved, rest),
    }
}
