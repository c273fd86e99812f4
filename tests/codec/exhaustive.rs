//! Everything that can be tried completely: first bytes, Connect Flags, every cut and every byte too
//! much, the borders of Remaining Length, and every way to split a stream in two.

use std::collections::BTreeMap;
use std::fmt::Write;

use etalon::packet::{
    Decoded, Delivery, EncodeError, Kind, Limits, PACKET_BYTES_MAX, Packet, Publish,
    REMAINING_LENGTH_MAX, Stance, decode,
};
use etalon::spec;
use etalon::topic::TopicName;
use etalon::violation::Rule;

use crate::samples::{SAMPLES, encoded, packet};

/// The verdict in a few words.
fn verdict(bytes: &[u8], limits: Limits) -> String {
    match decode(bytes, limits) {
        Ok(Decoded::Packet { packet, .. }) => format!("{} accepted", packet.kind()),
        Ok(Decoded::Incomplete { need }) => format!("{need} more"),
        Err(violation) => {
            let id = violation.id.to_string();
            format!("{id} {:?} at {}", violation.rule, violation.at)
        }
    }
}

#[test]
fn the_first_byte_alone_decides_type_flags_and_direction() {
    spec::covers!(MQTT_2_2_2_1, MQTT_2_2_2_2, MQTT_3_3_1_2, MQTT_3_3_1_4, MQTT_3_6_1_1);
    spec::covers!(MQTT_3_8_1_1, MQTT_3_10_1_1, MQTT_3_14_1_1);
    let mut table = String::new();
    for first in 0..=u8::MAX {
        let server = verdict(&[first], Limits::SERVER);
        let client = verdict(&[first], Limits::CLIENT);
        writeln!(table, "{first:02X}  to server: {server:42} to client: {client}").unwrap();
    }
    insta::assert_snapshot!("first_byte", table);
}

#[test]
fn forty_two_connect_flags_are_valid() {
    spec::covers!(MQTT_3_1_2_3, MQTT_3_1_2_11, MQTT_3_1_2_13, MQTT_3_1_2_14, MQTT_3_1_2_15);
    spec::covers!(MQTT_3_1_2_22);
    let mut verdicts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for flags in 0..=u8::MAX {
        let bytes = connect_with(flags);
        let verdict = verdict(&bytes, Limits::SERVER);
        if verdict.ends_with("accepted") {
            assert_eq!(encoded(&packet(&bytes)), bytes);
        }
        verdicts.entry(verdict).or_default().push(format!("{flags:02X}"));
    }
    assert_eq!(verdicts.get("CONNECT accepted").map(Vec::len), Some(42));
    let mut table = String::new();
    for (verdict, flags) in verdicts {
        writeln!(table, "{verdict}: {} of them", flags.len()).unwrap();
        for row in flags.chunks(16) {
            writeln!(table, "    {}", row.join(" ")).unwrap();
        }
    }
    insta::assert_snapshot!("connect_flags", table);
}

/// A CONNECT whose payload has the fields that its flags ask for.
fn connect_with(flags: u8) -> Vec<u8> {
    let mut body = b"\0\x04MQTT\x04".to_vec();
    body.extend([flags, 0, 60, 0, 1, b'c']);
    if flags & 0x04 != 0 {
        body.extend(b"\0\x01w\0\x01m");
    }
    if flags & 0x80 != 0 {
        body.extend(b"\0\x01u");
    }
    if flags & 0x40 != 0 {
        body.extend(b"\0\x01p");
    }
    with_length(0x10, &body)
}

fn with_length(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first, u8::try_from(body.len()).unwrap()];
    bytes.extend(body);
    bytes
}

#[test]
fn a_prefix_needs_exactly_what_is_missing() {
    for (name, bytes) in SAMPLES {
        for cut in 0..bytes.len() {
            let Ok(Decoded::Incomplete { need }) = decode(&bytes[..cut], Limits::EITHER) else {
                panic!("{name} cut at {cut}: {}", verdict(&bytes[..cut], Limits::EITHER));
            };
            match cut {
                0 => assert_eq!(need, 2, "{name}"),
                1 => assert_eq!(need, 1, "{name}"),
                _ => assert_eq!(need, bytes.len() - cut, "{name} cut at {cut}"),
            }
        }
    }
}

#[test]
fn a_body_that_ends_early_is_refused_and_never_waited_for() {
    let mut table = String::new();
    for (name, bytes) in SAMPLES {
        for cut in 0..bytes.len() - 2 {
            let patched = with_length(bytes[0], &bytes[2..2 + cut]);
            match decode(&patched, Limits::EITHER) {
                Ok(Decoded::Incomplete { .. }) => panic!("{name} with a body of {cut} waits"),
                Ok(Decoded::Packet { packet: found, .. }) => {
                    assert!(may_end_early(&found), "{name} with a body of {cut} is accepted");
                    assert_eq!(encoded(&found), patched);
                }
                Err(violation) => assert!(violation.at as usize <= patched.len(), "{name}, {cut}"),
            }
            let verdict = verdict(&patched, Limits::EITHER);
            writeln!(table, "{name:16} body of {cut:2}: {verdict}").unwrap();
        }
    }
    insta::assert_snapshot!("cut_bodies", table);
}

/// Packets that end in a payload or a list may be whole after a cut.
fn may_end_early(packet: &Packet<'_>) -> bool {
    matches!(packet.kind(), Kind::Publish | Kind::Subscribe | Kind::Suback | Kind::Unsubscribe)
}

#[test]
fn one_byte_too_much_is_refused_inside_and_ignored_behind() {
    let mut table = String::new();
    for (name, bytes) in SAMPLES {
        for extra in [0x00, 0x61, 0xFF] {
            let mut behind = bytes.to_vec();
            behind.push(extra);
            let Ok(Decoded::Packet { packet: found, used, .. }) = decode(&behind, Limits::EITHER)
            else {
                panic!("{name} is spoilt by what follows it");
            };
            assert_eq!((found, used), (packet(bytes), bytes.len()), "{name}");

            let inside = with_length(bytes[0], &behind[2..]);
            let verdict = verdict(&inside, Limits::EITHER);
            writeln!(table, "{name:16} {extra:02X} more: {verdict}").unwrap();
        }
    }
    insta::assert_snapshot!("one_byte_too_much", table);
}

#[test]
fn remaining_length_is_read_and_written_at_every_border() {
    for body in [3, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 2_097_153] {
        let payload = vec![0x5A; body - 3];
        let publish = publish(&payload);
        let bytes = encoded(&publish);
        assert_eq!(bytes.len(), publish.encoded_len());
        let header = 1 + minimal_length_bytes(body);
        assert_eq!(bytes.len(), header + body);
        let Decoded::Packet { packet, used, overlong_length } =
            decode(&bytes, Limits::SERVER).unwrap()
        else {
            panic!("{body} is incomplete");
        };
        assert_eq!((packet, used, overlong_length), (publish, bytes.len(), false));
        let cut = decode(&bytes[..bytes.len() - 1], Limits::SERVER);
        assert_eq!(cut, Ok(Decoded::Incomplete { need: 1 }));
    }
}

fn minimal_length_bytes(body: usize) -> usize {
    [0, 128, 16_384, 2_097_152].iter().filter(|border| body >= **border).count()
}

fn publish(payload: &[u8]) -> Packet<'_> {
    let topic = TopicName::new("a").unwrap();
    Packet::Publish(Publish { topic, delivery: Delivery::AtMostOnce, retain: false, payload })
}

#[test]
fn the_longest_packet_is_read() {
    let mut bytes = vec![0; PACKET_BYTES_MAX as usize];
    bytes[..8].copy_from_slice(b"\x30\xFF\xFF\xFF\x7F\0\x01a");
    let Ok(Decoded::Packet { packet: Packet::Publish(publish), used, .. }) =
        decode(&bytes, Limits::SERVER)
    else {
        panic!("{}", verdict(&bytes, Limits::SERVER));
    };
    assert_eq!(used, 268_435_460);
    assert_eq!(publish.payload.len(), 268_435_452);
}

#[test]
fn a_packet_longer_than_remaining_length_can_say_is_not_written() {
    let payload = vec![0; REMAINING_LENGTH_MAX as usize - 2];
    let mut out = b"before".to_vec();
    let error = publish(&payload).encode(&mut out);
    assert_eq!(error, Err(EncodeError::PacketTooLong { body_bytes: 268_435_456 }));
    assert_eq!(out, b"before");
}

#[test]
fn a_larger_packet_than_this_side_takes_is_refused_by_its_header() {
    let limits = Limits { packet_bytes_max: 10, ..Limits::SERVER };
    assert_eq!(decode(b"\x30\x08", limits), Ok(Decoded::Incomplete { need: 8 }));
    let violation = decode(b"\x30\x09", limits).unwrap_err();
    assert_eq!((violation.rule, violation.at), (Rule::PacketTooLarge, 1));
    // What is wrong by the standard is said first.
    let violation = decode(b"\x40\x09", limits).unwrap_err();
    assert_eq!(violation.rule, Rule::LeftOver);
}

#[test]
fn an_overlong_length_is_told_and_can_be_refused() {
    for bytes in [&b"\xC0\x80\x00"[..], b"\xC0\x80\x80\x00", b"\xC0\x80\x80\x80\x00"] {
        let Ok(Decoded::Packet { used, overlong_length, .. }) = decode(bytes, Limits::SERVER)
        else {
            panic!("{}", verdict(bytes, Limits::SERVER));
        };
        assert_eq!((used, overlong_length), (bytes.len(), true));
        let limits = Limits { overlong_length: Stance::Refuse, ..Limits::SERVER };
        assert_eq!(decode(bytes, limits).unwrap_err().rule, Rule::LengthNotMinimal);
    }
}

#[test]
fn any_split_of_a_stream_gives_the_same_packets() {
    let stream: Vec<u8> = SAMPLES.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    let whole: Vec<Vec<u8>> = SAMPLES.iter().map(|(_, bytes)| bytes.to_vec()).collect();
    for split in 0..=stream.len() {
        assert_eq!(read(&[&stream[..split], &stream[split..]]), whole, "split at {split}");
    }
    let single: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(read(&single), whole);
}

/// Packets out of a stream that arrives in parts, each as it is encoded again.
fn read(parts: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut buffer = Vec::new();
    let mut packets = Vec::new();
    for part in parts {
        buffer.extend_from_slice(part);
        while let Ok(Decoded::Packet { packet, used, .. }) = decode(&buffer, Limits::EITHER) {
            packets.push(encoded(&packet));
            buffer.drain(..used);
        }
    }
    assert!(buffer.is_empty());
    packets
}
