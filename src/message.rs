//! §3.3: one PUBLISH as the broker keeps it, shared by everybody who gets it.
//!
//! Topic Name and payload lie in one allocation, in the form that they have on the wire, so
//! sending a message to a thousand Clients copies bytes and formats nothing. Nothing here points
//! into a buffer that was read from a connection: a short retained message pins no long buffer.
//! Which QoS and which RETAIN flag a copy is sent with is decided by the session that sends it.

use crate::packet::{Delivery, Qos, REMAINING_LENGTH_MAX};
use crate::spec;
use crate::sync::FrozenArc;
use crate::topic::TopicName;

/// The type PUBLISH in the upper half of the first byte (Table 2.1).
const PUBLISH: u8 = 0x30;

/// The length in front of the Topic Name.
const LENGTH_BYTES: usize = 2;

/// The Packet Identifier of a PUBLISH with QoS 1 or 2.
const PACKET_ID_BYTES: usize = 2;

/// An Application Message with its Topic Name, its QoS and its RETAIN flag.
///
/// A clone shares the bytes.
///
/// # Source
/// §3.3
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// Length of the Topic Name, Topic Name, payload.
    body: FrozenArc<[u8]>,
    topic_len: u16,
    qos: Qos,
    retain: bool,
}

impl Message {
    /// Copies `topic` and `payload` into one allocation.
    ///
    /// A payload that came in a packet always fits into one again. One that did not should leave
    /// room for the Topic Name and the Packet Identifier, see [`Message::encode`].
    pub fn new(topic: TopicName<'_>, payload: &[u8], qos: Qos, retain: bool) -> Message {
        let topic = topic.as_str().as_bytes();
        // No Topic Name is longer than the length in front of it can say.
        let topic_len = u16::try_from(topic.len()).unwrap_or(u16::MAX);
        let topic = topic.get(..usize::from(topic_len)).unwrap_or(topic);

        let len = LENGTH_BYTES + topic.len() + payload.len();
        // The one way to a shared slice of this length with neither a second copy nor `unsafe`.
        let mut body: FrozenArc<[u8]> = core::iter::repeat_n(0, len).collect();
        let (head, tail) = FrozenArc::make_mut(&mut body).split_at_mut(LENGTH_BYTES + topic.len());
        let (length, name) = head.split_at_mut(LENGTH_BYTES);
        length.copy_from_slice(&topic_len.to_be_bytes());
        name.copy_from_slice(topic);
        tail.copy_from_slice(payload);
        Message { body, topic_len, qos, retain }
    }

    /// Where it was published.
    pub fn topic(&self) -> TopicName<'_> {
        let bytes = self.body.get(LENGTH_BYTES..self.payload_at()).unwrap_or_default();
        // Never the default: the bytes were copied from a `str`.
        TopicName::trusted(str::from_utf8(bytes).unwrap_or_default())
    }

    /// The Application Message itself.
    pub fn payload(&self) -> &[u8] {
        self.body.get(self.payload_at()..).unwrap_or_default()
    }

    /// The QoS with which it was published.
    pub const fn qos(&self) -> Qos {
        self.qos
    }

    /// Whether it was published with RETAIN set to 1.
    pub const fn retain(&self) -> bool {
        self.retain
    }

    /// What it holds: its Topic Name, the length of that, and its payload.
    ///
    /// # Units
    /// bytes
    pub fn len_bytes(&self) -> usize {
        self.body.len()
    }

    /// Appends the PUBLISH that carries this message as `delivery` says, with the RETAIN flag that
    /// `retain` says.
    ///
    /// A message that no packet can hold appends nothing; [`Message::encoded_len`] is zero for it.
    /// None that came in a packet is of that kind, if it is not sent with a higher QoS than it came
    /// with.
    pub fn encode(&self, delivery: Delivery, retain: bool, out: &mut Vec<u8>) {
        out.reserve(self.encoded_len(delivery.qos()));
        if self.encode_head(delivery, retain, out) {
            out.extend_from_slice(self.payload());
        }
    }

    /// Appends the same PUBLISH up to its payload, which [`Message::payload`] has; false, and
    /// nothing appended, for a message that no packet can hold.
    pub fn encode_head(&self, delivery: Delivery, retain: bool, out: &mut Vec<u8>) -> bool {
        let qos = delivery.qos();
        let Some(remaining) = self.remaining_len(qos) else { return false };
        spec::upholds!(MQTT_3_3_2_1, MQTT_2_3_1_5);
        let dup = u8::from(delivery.dup()) << 3;
        out.push(PUBLISH | dup | (qos as u8) << 1 | u8::from(retain));
        encode_remaining_len(remaining, out);
        let (topic, _) = self.body.split_at(self.payload_at().min(self.body.len()));
        out.extend_from_slice(topic);
        if let Some(packet_id) = delivery.packet_id() {
            out.extend_from_slice(&packet_id.get().to_be_bytes());
        }
        true
    }

    /// The length of the PUBLISH that carries this message with `qos`.
    ///
    /// # Units
    /// bytes
    pub fn encoded_len(&self, qos: Qos) -> usize {
        let Some(remaining) = self.remaining_len(qos) else { return 0 };
        let length = match remaining {
            0..=127 => 1,
            128..=16_383 => 2,
            16_384..=2_097_151 => 3,
            _ => 4,
        };
        1 + length + remaining
    }

    fn remaining_len(&self, qos: Qos) -> Option<usize> {
        let packet_id = match qos {
            Qos::AtMostOnce => 0,
            Qos::AtLeastOnce | Qos::ExactlyOnce => PACKET_ID_BYTES,
        };
        let remaining = self.body.len() + packet_id;
        u32::try_from(remaining).is_ok_and(|len| len <= REMAINING_LENGTH_MAX).then_some(remaining)
    }

    fn payload_at(&self) -> usize {
        LENGTH_BYTES + usize::from(self.topic_len)
    }
}

/// Seven bits in each byte, the lowest first; the eighth says that another one follows (§2.2.3).
fn encode_remaining_len(mut len: usize, out: &mut Vec<u8>) {
    loop {
        let low = (len & 0x7f) as u8;
        len >>= 7;
        if len == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{PacketId, Publish};

    fn message(topic: &str, payload: &[u8], qos: Qos) -> Message {
        Message::new(TopicName::new(topic).unwrap(), payload, qos, true)
    }

    fn encoded(message: &Message, delivery: Delivery, retain: bool) -> Vec<u8> {
        let mut out = Vec::new();
        message.encode(delivery, retain, &mut out);
        assert_eq!(out.len(), message.encoded_len(delivery.qos()));
        out
    }

    #[test]
    fn parts_come_back_as_they_went_in() {
        let message = message("a/ä", b"\0payload", Qos::ExactlyOnce);
        assert_eq!(message.topic().as_str(), "a/ä");
        assert_eq!(message.payload(), b"\0payload");
        assert_eq!(message.qos(), Qos::ExactlyOnce);
        assert!(message.retain());
        assert_eq!(message.len_bytes(), 2 + 4 + 8);
    }

    #[test]
    fn empty_payload_stays_empty() {
        let message = message("a", b"", Qos::AtMostOnce);
        assert_eq!(message.payload(), b"");
        assert_eq!(encoded(&message, Delivery::AtMostOnce, true), b"\x31\x03\0\x01a");
    }

    #[test]
    fn topic_comes_first_and_identifier_before_payload() {
        spec::covers!(MQTT_3_3_2_1);
        let packet_id = PacketId::new(0x1234).unwrap();
        let message = message("a/b", b"hi", Qos::ExactlyOnce);
        assert_eq!(
            encoded(&message, Delivery::ExactlyOnce { packet_id, dup: true }, false),
            b"\x3c\x09\0\x03a/b\x12\x34hi"
        );
        assert_eq!(
            encoded(&message, Delivery::AtLeastOnce { packet_id, dup: false }, true),
            b"\x33\x09\0\x03a/b\x12\x34hi"
        );
    }

    #[test]
    fn no_identifier_at_qos_0() {
        spec::covers!(MQTT_2_3_1_5);
        let message = message("a/b", b"hi", Qos::ExactlyOnce);
        assert_eq!(encoded(&message, Delivery::AtMostOnce, false), b"\x30\x07\0\x03a/bhi");
    }

    #[test]
    fn remaining_length_grows_at_its_borders() {
        for (remaining, header) in [
            (127, &[0x30, 0x7f][..]),
            (128, &[0x30, 0x80, 0x01]),
            (16_383, &[0x30, 0xff, 0x7f]),
            (16_384, &[0x30, 0x80, 0x80, 0x01]),
            (2_097_151, &[0x30, 0xff, 0xff, 0x7f]),
            (2_097_152, &[0x30, 0x80, 0x80, 0x80, 0x01]),
        ] {
            let message = message("a", &vec![b'x'; remaining - 3], Qos::AtMostOnce);
            let out = encoded(&message, Delivery::AtMostOnce, false);
            assert!(out.starts_with(header), "{remaining}");
            assert_eq!(out.len(), header.len() + remaining);
        }
    }

    #[test]
    fn message_that_no_packet_can_hold_is_not_encoded() {
        let longest = REMAINING_LENGTH_MAX as usize;
        let message = message("a", &vec![0; longest - 3], Qos::AtLeastOnce);
        assert_eq!(message.encoded_len(Qos::AtMostOnce), 5 + longest);
        let delivery = Delivery::AtLeastOnce { packet_id: PacketId::new(1).unwrap(), dup: false };
        assert_eq!(encoded(&message, delivery, false), b"");
    }

    #[test]
    fn bytes_are_those_of_the_packet() {
        let packet_id = PacketId::new(7).unwrap();
        let deliveries = [
            Delivery::AtMostOnce,
            Delivery::AtLeastOnce { packet_id, dup: true },
            Delivery::ExactlyOnce { packet_id, dup: false },
        ];
        for payload_len in [0, 1, 120, 121, 122, 123, 124, 20_000] {
            let payload = vec![1; payload_len];
            let message = message("a/b", &payload, Qos::ExactlyOnce);
            for (delivery, retain) in deliveries.into_iter().zip([true, false, true]) {
                let topic = message.topic();
                let mut packet = Vec::new();
                Publish { topic, delivery, retain, payload: &payload }.encode(&mut packet).unwrap();
                assert_eq!(encoded(&message, delivery, retain), packet);
            }
        }
    }

    #[test]
    fn clone_shares_the_bytes() {
        let message = message("a", b"hi", Qos::AtMostOnce);
        assert!(core::ptr::eq(message.clone().payload(), message.payload()));
    }
}
