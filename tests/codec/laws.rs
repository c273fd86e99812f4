//! What holds for every packet and for every string of bytes, each law once as a function; two
//! tools look for counterexamples.

use etalon::packet::{Decoded, Limits, decode};
use etalon::spec;

use crate::annotation::every_byte_has_one_field;
use crate::file::vectors;
use crate::oracle;
use crate::packets::{LENIENT, with_packet};
use crate::packets::{a_prefix_is_incomplete, what_follows_is_not_read, what_is_written_is_read};
use crate::samples::{SAMPLES, encoded};

/// Any bytes: no panic; what is accepted has one encoding; the verdict does not depend on what
/// stands behind; and the decoder written by hand agrees in every word.
fn bytes_are_judged(bytes: &[u8]) {
    assert_eq!(oracle::outcome(decode(bytes, Limits::EITHER)), oracle::decode(bytes));
    for limits in [Limits::EITHER, Limits::SERVER, Limits::CLIENT, LENIENT] {
        every_byte_has_one_field(bytes, limits);
        match decode(bytes, limits) {
            Ok(Decoded::Packet { packet, used, overlong_length }) => {
                let encoded = encoded(&packet);
                assert_eq!(encoded.len(), packet.encoded_len());
                if overlong_length {
                    assert!(encoded.len() < used);
                } else {
                    assert_eq!(encoded, bytes[..used]);
                }
                assert_eq!(decode(&bytes[..used], limits), decode(bytes, limits));
            }
            Ok(Decoded::Incomplete { need }) => assert!(need > 0),
            Err(violation) => {
                assert_eq!(decode(&[bytes, &[0x5A]].concat(), limits), Err(violation));
            }
        }
    }
}

/// A valid packet with one byte changed, and with the change behind a Remaining Length that fits.
fn a_corruption_is_judged(bytes: &[u8], at: usize, byte: u8) {
    let mut corrupt = bytes.to_vec();
    let at = at % corrupt.len();
    corrupt[at] = byte;
    bytes_are_judged(&corrupt);
    corrupt.truncate(at + 1);
    let body = corrupt.len().checked_sub(2).and_then(|body| u8::try_from(body).ok());
    if let Some(length @ 1..=127) = body {
        corrupt[1] = length;
        bytes_are_judged(&corrupt);
    }
}

fn all_laws_of_a_packet(entropy: &[u8], garbage: &[u8], at: usize, byte: u8) {
    with_packet(entropy, |packet, bytes| {
        what_is_written_is_read(packet, bytes);
        a_prefix_is_incomplete(bytes);
        what_follows_is_not_read(bytes, garbage);
        bytes_are_judged(bytes);
        a_corruption_is_judged(bytes, at, byte);
    });
}

#[test]
fn laws_hold_for_quickcheck() {
    spec::covers!(MQTT_2_2_2_1, MQTT_1_5_3_3, MQTT_3_1_3_1);
    fn law(entropy: Vec<u8>, garbage: Vec<u8>, at: usize, byte: u8) {
        all_laws_of_a_packet(&entropy, &garbage, at, byte);
    }
    let law: fn(Vec<u8>, Vec<u8>, usize, u8) = law;
    quickcheck::QuickCheck::new().tests(5_000).quickcheck(law);
}

#[test]
fn laws_hold_for_proptest() {
    use proptest::prelude::*;
    let entropy = proptest::collection::vec(any::<u8>(), 0..96);
    let garbage = proptest::collection::vec(any::<u8>(), 0..32);
    let input = (entropy, garbage, any::<usize>(), any::<u8>());
    let config = ProptestConfig { cases: 5_000, failure_persistence: None, ..Default::default() };
    proptest::test_runner::TestRunner::new(config)
        .run(&input, |(entropy, garbage, at, byte)| {
            all_laws_of_a_packet(&entropy, &garbage, at, byte);
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_bytes_are_judged_without_panic() {
    use proptest::prelude::*;
    // A valid first byte and a length that fits, so that most of them reach a body.
    let input = (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..40), any::<bool>());
    let config = ProptestConfig { cases: 20_000, failure_persistence: None, ..Default::default() };
    proptest::test_runner::TestRunner::new(config)
        .run(&input, |(first, body, fitting)| {
            let mut bytes = vec![first];
            if fitting {
                bytes.push(u8::try_from(body.len()).unwrap());
            }
            bytes.extend(body);
            bytes_are_judged(&bytes);
            Ok(())
        })
        .unwrap();
}

#[test]
fn both_decoders_agree_on_every_cut_and_every_changed_byte() {
    let vectors = vectors();
    let samples = SAMPLES.iter().map(|(_, bytes)| *bytes);
    let short = vectors.iter().map(|vector| &vector.bytes[..]).filter(|bytes| bytes.len() < 48);
    for bytes in samples.chain(short) {
        for cut in 0..=bytes.len() {
            bytes_are_judged(&bytes[..cut]);
        }
    }
    for (_, bytes) in SAMPLES {
        for at in 0..bytes.len() {
            for byte in 0..=u8::MAX {
                a_corruption_is_judged(bytes, at, byte);
            }
        }
    }
}

#[test]
fn the_generator_makes_every_type() {
    let mut seen = std::collections::BTreeSet::new();
    for kind in 0..14 {
        with_packet(&[kind, 0, 7, 1, 1, 1, 1, 2, 3, 4, 5, 6], |packet, _| {
            seen.insert(packet.kind());
        });
    }
    assert_eq!(seen.len(), 14);
}
