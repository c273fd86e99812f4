//! Packets as a saboteur makes them: whole ones from nothing, and others from what comes by.
//!
//! What is asked of a packet that cannot be (an identifier in a PINGREQ) leaves it as it is.

use etalon::packet::{
    Connack, Decoded, Delivery, Limits, Packet, PacketId, Publish, Qos, Refusal, Requests, Stance,
    Subscribe, Unsubscribe, decode,
};
use etalon::topic::{TopicFilter, TopicName};

pub use crate::say::{framed, packet as encoded, puback, pubrec, pubrel};

const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };

/// The packet that these bytes begin with.
pub fn decoded(bytes: &[u8]) -> Option<Packet<'_>> {
    match decode(bytes, LIMITS) {
        Ok(Decoded::Packet { packet, .. }) => Some(packet),
        Ok(Decoded::Incomplete { .. }) | Err(_) => None,
    }
}

/// How many bytes the packet has that begins here, if its Remaining Length can be read.
pub fn frame(bytes: &[u8]) -> Option<usize> {
    let (mut length, mut at) = (0, 1);
    loop {
        let byte = *bytes.get(at)?;
        length |= usize::from(byte & 0x7F) << (7 * (at - 1));
        at += 1;
        match (byte & 0x80 != 0, at) {
            (false, _) => return Some(at + length),
            (true, 5) => return None,
            (true, _) => {}
        }
    }
}

/// What stands behind the fixed header.
pub fn body(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().skip(1).position(|byte| byte & 0x80 == 0).unwrap_or(0);
    bytes.get(length + 2..).unwrap_or_default()
}

/// The same with other flags in its first byte.
pub fn with_flags(bytes: &[u8], flags: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0xF0 | flags;
    }
    bytes
}

/// The same with another body.
pub fn with_body(bytes: &[u8], body: &[u8]) -> Vec<u8> {
    framed(bytes.first().copied().unwrap_or_default(), body)
}

/// The same under another identifier; it stands behind the topic of a PUBLISH and first in every
/// other packet that has one.
pub fn with_id(bytes: &[u8], id: u16) -> Vec<u8> {
    let at = match decoded(bytes) {
        Some(Packet::Publish(publish)) => match publish.delivery {
            Delivery::AtMostOnce => return bytes.to_vec(),
            Delivery::AtLeastOnce { .. } | Delivery::ExactlyOnce { .. } => {
                publish.topic.as_str().len() + 2
            }
        },
        Some(_) | None => 0,
    };
    let mut body = body(bytes).to_vec();
    if let Some(place) = body.get_mut(at..at + 2) {
        place.copy_from_slice(&id.to_be_bytes());
    }
    with_body(bytes, &body)
}

/// The identifier of a packet, if it has one.
pub fn id(packet: &Packet<'_>) -> Option<u16> {
    let id = match packet {
        Packet::Publish(publish) => publish.delivery.packet_id()?,
        Packet::Puback(ack) => ack.packet_id,
        Packet::Pubrec(ack) => ack.packet_id,
        Packet::Pubrel(ack) => ack.packet_id,
        Packet::Pubcomp(ack) => ack.packet_id,
        Packet::Subscribe(subscribe) => subscribe.packet_id,
        Packet::Suback(suback) => suback.packet_id,
        Packet::Unsubscribe(unsubscribe) => unsubscribe.packet_id,
        Packet::Unsuback(ack) => ack.packet_id,
        Packet::Connect(_)
        | Packet::Connack(_)
        | Packet::Pingreq(_)
        | Packet::Pingresp(_)
        | Packet::Disconnect(_) => return None,
    };
    Some(id.get())
}

/// A CONNECT with Clean Session 1.
pub fn connect(client_id: &str) -> Vec<u8> {
    crate::say::connect(client_id).bytes()
}

/// An accepting CONNACK.
pub fn accepted(session_present: bool) -> Vec<u8> {
    encoded(&Packet::Connack(Connack::Accepted { session_present }))
}

/// A refusing one.
pub fn refused(refusal: Refusal) -> Vec<u8> {
    encoded(&Packet::Connack(Connack::Refused(refusal)))
}

/// A SUBACK with these return codes.
pub fn suback(id: u16, codes: &[u8]) -> Vec<u8> {
    framed(0x90, &[&id.to_be_bytes(), codes].concat())
}

/// An UNSUBACK.
pub fn unsuback(id: u16) -> Vec<u8> {
    framed(0xB0, &id.to_be_bytes())
}

/// A PINGRESP.
pub const PINGRESP: [u8; 2] = [0xD0, 0];

/// A DISCONNECT.
pub const DISCONNECT: [u8; 2] = [0xE0, 0];

/// A PUBLISH at QoS 0.
pub fn publish(topic: &str, payload: &[u8], retain: bool) -> Vec<u8> {
    let topic = crate::say::field(topic.as_bytes());
    framed(0x30 | u8::from(retain), &[&topic, payload].concat())
}

/// The PUBLISH after a change.
pub fn publish_with(mut publish: Publish<'_>, change: impl FnOnce(&mut Publish<'_>)) -> Vec<u8> {
    change(&mut publish);
    encoded(&Packet::Publish(publish))
}

/// The PUBLISH under another topic; unchanged if that is none.
pub fn publish_to(publish: &Publish<'_>, topic: &str) -> Vec<u8> {
    let topic = TopicName::new(topic).unwrap_or(publish.topic);
    encoded(&Packet::Publish(Publish { topic, ..*publish }))
}

/// How a message is delivered at this QoS, under an identifier where it needs one.
pub fn delivery(qos: u8, id: u16, dup: bool) -> Delivery {
    let packet_id = PacketId::new(id).unwrap_or(PacketId::MIN);
    match Qos::from_bits(qos) {
        Some(Qos::AtLeastOnce) => Delivery::AtLeastOnce { packet_id, dup },
        Some(Qos::ExactlyOnce) => Delivery::ExactlyOnce { packet_id, dup },
        Some(Qos::AtMostOnce) | None => Delivery::AtMostOnce,
    }
}

/// The SUBSCRIBE with its requests changed; one that ends up without any, or with what is no
/// filter, stays as it was.
pub fn subscribe_with(
    subscribe: &Subscribe<'_>,
    change: impl FnOnce(&mut Vec<(String, u8)>),
) -> Vec<u8> {
    let asked = subscribe.requests.iter();
    let mut list = asked.map(|(filter, qos)| (filter.as_str().to_owned(), qos.bits())).collect();
    change(&mut list);
    let requests = list
        .iter()
        .filter_map(|(filter, qos)| Some((TopicFilter::new(filter).ok()?, Qos::from_bits(*qos)?)));
    let mut buffer = Vec::new();
    let requests = Requests::write(requests, &mut buffer).unwrap_or(subscribe.requests);
    encoded(&Packet::Subscribe(Subscribe { requests, ..*subscribe }))
}

/// The UNSUBSCRIBE for other filters, under the same identifier.
pub fn unsubscribe_for(unsubscribe: &Unsubscribe<'_>, filters: &[&str]) -> Vec<u8> {
    crate::say::unsubscribe(unsubscribe.packet_id.get(), filters)
}
