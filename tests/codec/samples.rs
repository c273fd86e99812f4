//! One valid packet of each shape, shared by the tables.

use etalon::packet::{Decoded, Limits, Packet, decode};

/// Name and bytes.
pub const SAMPLES: [(&str, &[u8]); 18] = [
    ("CONNECT", b"\x10\x0E\0\x04MQTT\x04\x02\0\x3C\0\x02id"),
    ("CONNECT full", b"\x10\x1E\0\x04MQTT\x04\xEE\0\x0A\0\x02id\0\x03w/t\0\x03bye\0\x01u\0\x01p"),
    ("CONNACK", b"\x20\x02\x01\x00"),
    ("CONNACK refused", b"\x20\x02\x00\x05"),
    ("PUBLISH QoS 0", b"\x30\x07\0\x03a/bhi"),
    ("PUBLISH QoS 1", b"\x3B\x09\0\x03a/b\0\x0Ahi"),
    ("PUBLISH QoS 2", b"\x35\x07\0\x03a/b\0\x0A"),
    ("PUBACK", b"\x40\x02\0\x0A"),
    ("PUBREC", b"\x50\x02\0\x0A"),
    ("PUBREL", b"\x62\x02\0\x0A"),
    ("PUBCOMP", b"\x70\x02\0\x0A"),
    ("SUBSCRIBE", b"\x82\x0E\0\x0A\0\x03a/b\x01\0\x03c/d\x02"),
    ("SUBACK", b"\x90\x04\0\x0A\x01\x80"),
    ("UNSUBSCRIBE", b"\xA2\x0C\0\x0A\0\x03a/b\0\x03c/d"),
    ("UNSUBACK", b"\xB0\x02\0\x0A"),
    ("PINGREQ", b"\xC0\x00"),
    ("PINGRESP", b"\xD0\x00"),
    ("DISCONNECT", b"\xE0\x00"),
];

/// The packet, which has to take all of the bytes.
pub fn packet(bytes: &[u8]) -> Packet<'_> {
    match decode(bytes, Limits::EITHER) {
        Ok(Decoded::Packet { packet, used, .. }) if used == bytes.len() => packet,
        other => panic!("{bytes:02X?}: {other:?}"),
    }
}

/// The packet's bytes.
pub fn encoded(packet: &Packet<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    packet.encode(&mut out).unwrap();
    out
}
