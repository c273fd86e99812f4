//! Every class of malformed packet gets the verdict of its vector, and no class is forgotten.

use std::collections::BTreeSet;
use std::fmt::Write;

use etalon::packet::{Decoded, Limits, decode};
use etalon::spec;
use etalon::violation::{Rule, Violation};

use crate::file::{Expected, FILES, Line, Vector, lines, receiver, vectors};

/// How many classes each kind of packet has, `-01` onwards.
const CLASSES: [(&str, usize); 15] = [
    ("G", 15),
    ("CONNECT", 30),
    ("CONNACK", 8),
    ("PUBLISH", 13),
    ("PUBACK", 4),
    ("PUBREC", 4),
    ("PUBREL", 4),
    ("PUBCOMP", 4),
    ("SUBSCRIBE", 15),
    ("SUBACK", 8),
    ("UNSUBSCRIBE", 12),
    ("UNSUBACK", 4),
    ("PINGREQ", 2),
    ("PINGRESP", 3),
    ("DISCONNECT", 4),
];

/// Rules that no single packet breaks, or none that came over the wire.
const NOT_OF_A_PACKET: [Rule; 29] = [
    Rule::Statement,
    Rule::TextTooLong,
    Rule::PacketIdInUse,
    Rule::ConnectNotFirst,
    Rule::ConnectTwice,
    Rule::ConnackNotFirst,
    Rule::WrongAcknowledgement,
    Rule::Unsolicited,
    Rule::DupMissing,
    Rule::DupWithoutCause,
    Rule::StillOpen,
    Rule::GrantAboveRequest,
    Rule::ReturnCodeCount,
    Rule::MessageLost,
    Rule::MessageDoubled,
    Rule::NotSubscribed,
    Rule::AnsweredTwice,
    Rule::MalformedFilterAnswered,
    Rule::RefusedSilently,
    Rule::OpenAfterDisconnect,
    Rule::StillWaiting,
    Rule::NobodyPublished,
    Rule::TopicChanged,
    Rule::ReservedTopicExchanged,
    Rule::AnswerOrder,
    Rule::ClosedEarly,
    Rule::DeliveredAgain,
    Rule::Unanswered,
    Rule::RepeatUnanswered,
];

fn verdict(bytes: &[u8], limits: Limits) -> (Expected, Option<Violation>) {
    match decode(bytes, limits) {
        Ok(Decoded::Packet { overlong_length, .. }) => {
            (Expected::Accepted { overlong_length }, None)
        }
        Ok(Decoded::Incomplete { need }) => (Expected::Incomplete { need }, None),
        Err(violation) => {
            let Violation { id, rule, at, .. } = violation;
            (Expected::Breaks { id, rule, at }, Some(violation))
        }
    }
}

#[test]
fn every_vector_gets_its_verdict() {
    spec::covers!(MQTT_1_5_3_1, MQTT_1_5_3_2, MQTT_2_2_2_2, MQTT_2_3_1_1, MQTT_3_1_2_1);
    spec::covers!(MQTT_3_1_2_9, MQTT_3_1_2_18, MQTT_3_1_2_19, MQTT_3_1_2_20, MQTT_3_1_2_21);
    spec::covers!(MQTT_3_1_3_3, MQTT_3_1_3_4, MQTT_3_1_3_10, MQTT_3_1_3_11, MQTT_3_1_4_1);
    spec::covers!(MQTT_3_3_2_1, MQTT_3_3_2_2, MQTT_3_8_3_1, MQTT_3_8_3_3, MQTT_3_8_3_4);
    spec::covers!(MQTT_3_9_3_2, MQTT_3_10_3_1, MQTT_3_10_3_2, MQTT_4_7_1_2, MQTT_4_7_1_3);
    let mut wrong = String::new();
    for vector in vectors() {
        for limits in &vector.limits {
            let (found, _) = verdict(&vector.bytes, *limits);
            if found != vector.expected {
                let (name, expected) = (&vector.name, vector.expected);
                writeln!(wrong, "{name} to {}: {found:?}, not {expected:?}", receiver(*limits))
                    .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_accepted_vector_is_used_up_and_encodes_to_itself() {
    for Vector { name, bytes, limits, .. } in vectors() {
        let Ok(Decoded::Packet { packet, used, overlong_length }) = decode(&bytes, limits[0])
        else {
            continue;
        };
        assert_eq!(used, bytes.len(), "{name}");
        let mut encoded = Vec::new();
        packet.encode(&mut encoded).unwrap();
        assert_eq!(packet.encoded_len(), encoded.len(), "{name}");
        if overlong_length {
            assert!(encoded.len() < bytes.len(), "{name}");
            let again = decode(&encoded, limits[0]).unwrap();
            assert!(matches!(again, Decoded::Packet { packet: same, .. } if same == packet));
        } else {
            assert!(encoded == bytes, "{name} does not encode to itself");
        }
    }
}

#[test]
fn every_class_has_a_vector_or_a_reason() {
    let mut found = BTreeSet::new();
    let mut names = BTreeSet::new();
    for line in FILES.iter().flat_map(|(_, text)| lines(text)) {
        match line {
            Line::Vector(vector) => {
                assert!(names.insert(vector.name.clone()), "{} stands twice", vector.name);
                if !vector.class.ends_with("-00") {
                    found.insert(vector.class);
                }
            }
            Line::None { class, reason } => {
                assert!(reason.starts_with("needs state: "), "{class}: {reason}");
                assert!(found.insert(class.clone()), "{class} has a vector and a reason for none");
            }
        }
    }
    let wanted: BTreeSet<String> = CLASSES
        .iter()
        .flat_map(|(name, count)| (1..=*count).map(move |n| format!("{name}-{n:02}")))
        .collect();
    assert_eq!(found, wanted);
}

#[test]
fn every_rule_of_the_decoder_has_a_vector() {
    let broken: BTreeSet<Rule> = vectors()
        .iter()
        .filter_map(|vector| match vector.expected {
            Expected::Breaks { rule, .. } => Some(rule),
            Expected::Accepted { .. } | Expected::Incomplete { .. } => None,
        })
        .collect();
    let others: BTreeSet<Rule> =
        Rule::ALL.iter().copied().filter(|rule| !broken.contains(rule)).collect();
    assert_eq!(others, BTreeSet::from(NOT_OF_A_PACKET));
}

#[test]
fn only_two_breaches_are_answered() {
    spec::covers!(MQTT_3_1_2_2, MQTT_3_1_3_8, MQTT_3_1_4_1);
    for vector in vectors() {
        for limits in &vector.limits {
            let Some(violation) = verdict(&vector.bytes, *limits).1 else { continue };
            let expected = match vector.class.as_str() {
                "CONNECT-05" => Some(1),
                "CONNECT-14" if violation.rule == Rule::ClientIdEmpty => Some(2),
                _ => None,
            };
            let answer = violation.answer().map(|refusal| refusal.code());
            assert_eq!(answer, expected, "{}", vector.name);
        }
    }
}

#[test]
fn reports_read_well() {
    for (file, text) in FILES {
        insta::assert_snapshot!(file, table(&lines(text)));
    }
}

/// Name, bytes, and what a reader is told.
fn table(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        let vector = match line {
            Line::Vector(vector) => vector,
            Line::None { class, reason } => {
                writeln!(out, "{class:38} {reason}").unwrap();
                continue;
            }
        };
        let bytes = shortened(&vector.bytes);
        write!(out, "{:38} {:6} {bytes:42} ", vector.name, receiver(vector.limits[0])).unwrap();
        match verdict(&vector.bytes, vector.limits[0]) {
            (Expected::Accepted { overlong_length: false }, _) => writeln!(out, "accepted"),
            (Expected::Accepted { overlong_length: true }, _) => {
                writeln!(out, "accepted, Remaining Length longer than needed")
            }
            (Expected::Incomplete { need }, _) => writeln!(out, "incomplete, {need} more"),
            (Expected::Breaks { .. }, violation) => writeln!(out, "{}", report(violation)),
        }
        .unwrap();
    }
    out
}

fn report(violation: Option<Violation>) -> String {
    let Some(violation) = violation else { return String::new() };
    let mut out = violation.to_string();
    for id in violation.also() {
        write!(out, " also {id}").unwrap();
    }
    if let Some(line) = violation.line() {
        write!(out, " ({line})").unwrap();
    }
    if let Some(refusal) = violation.answer() {
        write!(out, " -> CONNACK {}", refusal.code()).unwrap();
    }
    write!(out, " {:?}", violation.rule.weight()).unwrap();
    out
}

fn shortened(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(13).map(|byte| format!("{byte:02X}")).collect();
    let shown = shown.join(" ");
    if bytes.len() > 13 { format!("{shown} ..") } else { shown }
}
