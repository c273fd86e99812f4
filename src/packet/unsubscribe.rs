//! §3.10 UNSUBSCRIBE: a Client ends subscriptions.
//!
//! The list stays in the wire's bytes and is checked once, whole, before anybody sees an entry of
//! it; reading it allocates nothing.

use core::fmt;

use super::PacketId;
use super::decode::Limits;
use super::encode::{EncodeError, fixed_header, packet_len, put_packet_id, whole};
use super::field::{Fault, Missing, Parsed, TextField, packet_id, text};
use super::subscribe::{EmptyList, next_filter, put_filter};
use crate::spec::{self, Id};
use crate::topic::TopicFilter;
use crate::violation::Rule;

/// Unsubscribe request (§3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unsubscribe<'a> {
    /// The identifier that UNSUBACK repeats.
    pub packet_id: PacketId,
    /// What is to end, in order.
    pub filters: Filters<'a>,
}

/// One or more Topic Filters (§3.10.3). Never empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Filters<'a>(&'a [u8]);

spec::by_construction!(MQTT_3_10_1_1, MQTT_3_10_3_1, MQTT_3_10_3_2);

impl<'a> Filters<'a> {
    /// Appends the filters to `buffer`, as the wire has them, and takes what was appended.
    ///
    /// # Errors
    /// There are none ([`Id::MQTT_3_10_3_2`]).
    pub fn write<'f>(
        filters: impl IntoIterator<Item = TopicFilter<'f>>,
        buffer: &'a mut Vec<u8>,
    ) -> Result<Self, EmptyList> {
        let begin = buffer.len();
        for filter in filters {
            put_filter(buffer, filter);
        }
        match buffer.get(begin..) {
            Some(bytes) if !bytes.is_empty() => Ok(Filters(bytes)),
            Some(_) | None => Err(EmptyList),
        }
    }

    /// The filters in their order.
    pub fn iter(self) -> impl Iterator<Item = TopicFilter<'a>> + Clone + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (behind, filter) = next_filter(rest)?;
            rest = behind;
            Some(filter)
        })
    }

    /// How many there are. Walks the list.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(self) -> usize {
        self.iter().count()
    }
}

impl fmt::Debug for Filters<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

impl Unsubscribe<'_> {
    /// Appends the packet's only encoding.
    ///
    /// # Errors
    /// The packet is longer than its length can say; then nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        whole(out, |out| {
            fixed_header(out, 0xA2, self.body_len())?;
            put_packet_id(out, self.packet_id);
            out.extend_from_slice(self.filters.0);
            Ok(())
        })
    }

    /// How many bytes [`Unsubscribe::encode`] appends.
    pub const fn encoded_len(&self) -> usize {
        packet_len(self.body_len())
    }

    const fn body_len(&self) -> usize {
        self.filters.0.len().saturating_add(2)
    }
}

const FILTER: TextField = TextField {
    missing: Missing { id: Id::MQTT_3_10_3_1, rule: Rule::FilterCutOff },
    utf8: Id::MQTT_3_10_3_1,
    nul: Id::MQTT_1_5_3_2,
    wildcard: None,
};

pub(super) fn body(limits: Limits, input: &[u8]) -> Parsed<'_, Unsubscribe<'_>> {
    let (list, packet_id) = packet_id(Id::MQTT_2_3_1_1, input)?;
    if list.len() < 2 {
        return Fault::here(Id::MQTT_3_10_3_2, Rule::FiltersMissing, list);
    }
    let mut rest = list;
    while !rest.is_empty() {
        (rest, _) = text(FILTER, limits, TopicFilter::new, TopicFilter::trusted, rest)?;
    }
    Ok((rest, Unsubscribe { packet_id, filters: Filters(list) }))
}
