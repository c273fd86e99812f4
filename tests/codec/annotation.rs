//! The annotator: it names what the decoder reads, and every byte belongs to one field.

use std::fmt::Write;

use etalon::packet::{Decoded, Limits, annotate, decode};

use crate::file::vectors;
use crate::samples::SAMPLES;

fn table(bytes: &[u8], limits: Limits) -> String {
    let mut out = String::new();
    for field in annotate(bytes, limits) {
        let bytes: Vec<String> =
            bytes[field.at.clone()].iter().map(|byte| format!("{byte:02X}")).collect();
        let bytes = bytes.join(" ");
        writeln!(out, "{:>4}  {bytes:24}  {:26} {}", field.at.start, field.name, field.meaning)
            .unwrap();
    }
    match decode(bytes, limits) {
        Ok(Decoded::Packet { .. }) => {}
        Ok(Decoded::Incomplete { need }) => {
            writeln!(out, "      {need} bytes are missing").unwrap()
        }
        Err(violation) => writeln!(out, "      {violation}").unwrap(),
    }
    out
}

#[test]
fn every_sample_is_explained() {
    let mut out = String::new();
    for (name, bytes) in SAMPLES {
        writeln!(out, "{name}\n{}", table(bytes, Limits::EITHER)).unwrap();
    }
    insta::assert_snapshot!("samples", out);
}

#[test]
fn faults_are_explained_where_they_are() {
    const NAMES: [&str; 25] = [
        "G-02/type_15_to_server",
        "G-04/pingreq",
        "G-05/pingreq_two_bytes",
        "G-15/publish",
        "G-15/publish_header",
        "G-15/larger_than_this_side_takes",
        "CONNECT-02/length_0",
        "CONNECT-03/three_letters",
        "CONNECT-05/level_5",
        "CONNECT-07/12",
        "CONNECT-13/surrogate",
        "CONNECT-14/empty",
        "CONNECT-16/past_the_end",
        "CONNECT-20/missing",
        "CONNECT-24/two_fields",
        "CONNECT-27/length_327696",
        "CONNACK-02/length_3_header_alone",
        "CONNACK-05/code_6",
        "PUBLISH-01/36",
        "PUBLISH-08/plus_inside",
        "PUBLISH-09/half",
        "PUBACK-03/length_3",
        "SUBSCRIBE-04/no_pair",
        "SUBSCRIBE-14/80_middle",
        "SUBACK-04/87_last",
    ];
    let vectors = vectors();
    let mut out = String::new();
    for name in NAMES {
        let vector = vectors.iter().find(|vector| vector.name == name).expect(name);
        writeln!(out, "{name}\n{}", table(&vector.bytes, vector.limits[0])).unwrap();
    }
    insta::assert_snapshot!("faults", out);
}

/// The fields cover the input without gap, and the fault lies in the last one that was read.
pub fn every_byte_has_one_field(bytes: &[u8], limits: Limits) {
    let fields = annotate(bytes, limits);
    let mut at = 0;
    for field in &fields {
        assert_eq!(field.at.start, at, "{fields:?}");
        at = field.at.end;
    }
    assert_eq!(at, bytes.len(), "{fields:?}");
    if let Err(violation) = decode(bytes, limits) {
        let read: Vec<_> = fields.iter().filter(|field| field.name != "not read").collect();
        let at = violation.at as usize;
        let fault = read.last().unwrap();
        assert!(fault.at.start <= at, "{violation:?} {fields:?}");
        // A surplus or missing field may lie where no byte has arrived yet.
        assert!(at <= fault.at.end || at >= bytes.len(), "{violation:?} {fields:?}");
    }
}

#[test]
fn every_byte_of_every_vector_has_one_field() {
    for vector in vectors() {
        for limits in &vector.limits {
            every_byte_has_one_field(&vector.bytes, *limits);
        }
    }
}

#[test]
fn a_list_of_millions_is_cut_short() {
    let body = 2 + 4 * 100_000;
    let mut bytes = vec![0x82, 0x82, 0xB5, 0x18, 0, 10];
    for _ in 0..100_000 {
        bytes.extend(b"\0\x01a\0");
    }
    assert_eq!(bytes.len(), 4 + body);
    let fields = annotate(&bytes, Limits::SERVER);
    assert!(fields.len() < 1_010, "{}", fields.len());
    every_byte_has_one_field(&bytes, Limits::SERVER);
}
