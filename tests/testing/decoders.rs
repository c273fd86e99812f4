//! Decoders, good and bad.

use std::panic::catch_unwind;

use etalon::packet::{Decoded, Limits, Stance, decode};
use etalon::spec::{self, Id};
use etalon::testing::{
    Class, Findings, PublishRequest, Read, Request, Search, decoder_laws, expected, judge_decoder,
};

const LENIENT: Limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };

fn search(read: impl FnMut(&[u8]) -> Read) -> Findings {
    Search { runs: 20_000, ..Search::default() }.decoder(read)
}

#[test]
fn nothing_is_found_in_our_own_decoder() {
    decoder_laws(expected);
}

#[test]
fn what_is_broken_on_purpose_breaks_almost_every_statement_on_bytes() {
    spec::covers!(MQTT_1_5_3_1, MQTT_2_2_2_2, MQTT_3_3_1_4, MQTT_4_7_1_2);
    let mut broken = std::collections::BTreeSet::new();
    search(|bytes| {
        if let Err(violation) = decode(bytes, LENIENT) {
            broken.insert(violation.id);
        }
        expected(bytes)
    });
    assert!(broken.len() >= 36, "{}: {broken:?}", broken.len());
}

#[test]
fn a_decoder_that_takes_any_flags_is_found() {
    spec::covers!(MQTT_3_6_1_1, MQTT_3_8_1_1);
    let findings = search(|bytes| {
        let mut bytes = bytes.to_vec();
        match bytes[0] >> 4 {
            6 => bytes[0] = 0x62,
            8 => bytes[0] = 0x82,
            _ => {}
        }
        expected(&bytes)
    });
    let broken: Vec<_> = findings.iter().map(|found| found.finding.id().unwrap()).collect();
    assert_eq!(broken, [Id::MQTT_3_6_1_1, Id::MQTT_3_8_1_1], "{findings}");
    let smallest = &findings.iter().next().unwrap().finding.bytes;
    assert_eq!((smallest.len(), smallest[1]), (4, 2), "{findings}");
}

#[test]
fn a_decoder_that_drops_a_byte_order_mark_is_found() {
    spec::covers!(MQTT_1_5_3_3);
    let findings = search(|bytes| match expected(bytes) {
        Read::Packet(Request::Publish(mut publish)) => {
            publish.topic_name = publish.topic_name.replace('\u{FEFF}', "");
            Read::Packet(Request::Publish(publish))
        }
        other => other,
    });
    let found = findings.iter().next().unwrap();
    assert_eq!((findings.len(), found.finding.id()), (1, Some(Id::MQTT_1_5_3_3)), "{findings}");
    assert_eq!(found.finding.bytes, b"\x30\x05\x00\x03\xEF\xBB\xBF", "{findings}");
}

#[test]
fn a_decoder_that_waits_for_what_is_there_is_found() {
    let findings = search(|bytes| match expected(bytes) {
        Read::Refused(_) if bytes[0] >> 4 == 12 => Read::Incomplete,
        other => other,
    });
    assert!(!findings.all_well());
    let waits = |found: &etalon::testing::Found| found.finding.what.contains("waited for");
    assert!(findings.iter().all(waits), "{findings}");
}

#[test]
fn a_decoder_that_forgets_retain_or_refuses_a_long_topic_is_found() {
    let findings = search(|bytes| match expected(bytes) {
        Read::Packet(Request::Publish(publish)) if publish.topic_name.len() > 32_767 => {
            Read::Refused("too long".into())
        }
        Read::Packet(Request::Publish(publish)) => {
            Read::Packet(Request::Publish(PublishRequest { retain: false, ..publish }))
        }
        other => other,
    });
    let found: Vec<_> = findings
        .iter()
        .map(|it| (it.finding.class, it.finding.field, it.finding.bytes.len()))
        .collect();
    assert_eq!(
        found,
        [(Class::Differs, "RETAIN", 5), (Class::Differs, "refuses a valid packet", 4 + 2 + 32_768)],
        "{findings}"
    );
}

#[test]
fn what_the_standard_leaves_open_is_held_against_nobody() {
    // S-01, S-08, S-09, S-21, an answer to an empty Client Identifier.
    let open: [&[u8]; 6] = [
        b"\xC0\x80\x00",
        b"\x40\x02\x00\x00",
        b"\x30\x03\x00\x01\x07",
        b"\x10\x0C\x00\x04MQTX\x04\x02\x00\x00\x00\x00",
        b"\x10\x0C\x00\x04MQTT\x05\x02\x00\x00\x00\x00",
        b"\x10\x0C\x00\x04MQTT\x04\x00\x00\x00\x00\x00",
    ];
    for bytes in open {
        assert_eq!(judge_decoder(bytes, &Read::Refused(String::new())), None, "{bytes:x?}");
        let read = match decode(bytes, LENIENT) {
            Ok(Decoded::Packet { packet, .. }) => Request::from(&packet),
            _ => Request::Pingreq,
        };
        assert_eq!(judge_decoder(bytes, &Read::Packet(read)), None, "{bytes:x?}");
    }
    // The standard's own receiver duties are not open.
    for bytes in [&b"\x36\x05\x00\x01a\x00\x01"[..], b"\x38\x03\x00\x01a", b"\x60\x02\x00\x01"] {
        assert!(judge_decoder(bytes, &Read::Packet(Request::Pingreq)).is_some(), "{bytes:x?}");
    }
}

#[test]
fn the_law_panics_with_the_smallest_bytes() {
    let law = || {
        decoder_laws(|bytes| match expected(bytes) {
            Read::Refused(_) => Read::Packet(Request::Pingreq),
            other => other,
        });
    };
    let report = *catch_unwind(law).unwrap_err().downcast::<String>().unwrap();
    assert!(report.contains("BREACH [MQTT-3.3.1-4] PUBLISH, QoS may not be 3"), "{report}");
}
