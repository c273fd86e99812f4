//! Explanations as people read them.
//!
//! The sheets are snapshots, to be read when they change; what holds for every statement and any
//! bytes is checked for all of them.

use etalon::packet::Kind;
use etalon::spec::{Cite, Discrepancy, Id, Line, Reading, Section};

use super::evidence::Evidence;
use super::*;
use crate::client::Breach;

fn told(arguments: &[&str], from: Option<From>) -> (String, Exit) {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    explain(what::read(&arguments).unwrap(), from, false)
}

/// Without the evidence, which changes with every trace and test.
fn without_evidence(text: &str) -> String {
    let mut kept = String::new();
    let mut hang = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if hang.is_some_and(|hang| indent == hang) {
            continue;
        }
        hang = None;
        if line == "  Evidence:" {
            kept.truncate(kept.trim_end().len() + 1);
            return kept;
        }
        if line.trim_start().starts_with("Evidence: ") {
            hang = Some(indent + "Evidence: ".len());
            continue;
        }
        kept += line;
        kept.push('\n');
    }
    kept
}

/// Every argument explained, each under its own line.
fn sheet(rows: &[(&str, Option<From>)]) -> String {
    let mut sheet = String::new();
    for &(argument, from) in rows {
        let flag = match from {
            None => "",
            Some(From::Client) => " --from client",
            Some(From::Server) => " --from server",
        };
        let (text, exit) = told(&[argument], from);
        let text = without_evidence(&text);
        sheet += &format!("===== explain{flag} {argument}: status {}\n{text}\n", exit.0);
    }
    sheet
}

#[test]
fn citations() {
    insta::assert_snapshot!(sheet(&[
        ("MQTT-3.8.4-3", None),
        ("l.264", None),
        ("S-40", None),
        ("D-04", None),
    ]));
}

/// A table with everything in it.
const TABLE: &str = "\
MQTT-3.8.4-1\tupheld\tsrc/other.rs other
MQTT-3.8.4-3\tdeviates\tafter the last message that was asked for, more are left to the server unacknowledged
MQTT-3.8.4-3\tupheld\tsrc/router/shard.rs subscribe, ran in 11 of its traces
MQTT-3.8.4-3\tupheld\tcli/src/client/mod.rs resend
MQTT-3.8.4-3\tby type\tsrc/packet/subscribe.rs
MQTT-3.8.4-3\tjudged\tsrc/audit/flow.rs puback
MQTT-3.8.4-3\tjudged\tsrc/audit/flow.rs pubrec
MQTT-3.8.4-3\tjudged\tsrc/violation.rs ALSO
MQTT-3.8.4-3\ttraces\t3.8.4/a 3.8.4/b 3.8.4/c 3.8.4/d 3.8.4/e 3.8.4/f 3.8.4/g 3.8.4/h 3.8.4/i 3.8.4/j
MQTT-3.8.4-3\ttests\tunit loom unit model unit
MQTT-3.8.4-3\tkilled\tkeeps_the_old_qos
MQTT-3.8.4-3\tsurvived\tsends_nothing_retained
MQTT-3.8.4-31\tupheld\tsrc/other.rs other
";

#[test]
fn evidence() {
    let mut page = Page::new(false);
    for id in [Id::MQTT_3_8_4_3, Id::MQTT_3_8_4_1, Id::MQTT_3_8_4_2] {
        let evidence = Evidence::read(TABLE, id);
        page.line(&format!("===== {id}: {}", evidence.summary()));
        evidence.show(&mut page);
    }
    insta::assert_snapshot!(page.into_text());
}

#[test]
fn there_is_evidence_for_every_statement() {
    for id in Id::ALL {
        assert_ne!(Evidence::of(id), Evidence::default(), "{id}");
        let (text, _) = explain(vec![What::Cite(Cite::Statement(id))], None, false);
        assert!(text.contains("\n  Evidence:\n"), "{text}");
    }
    let (section, _) = told(&["3.8.4"], None);
    assert_eq!(section.matches("Evidence: upheld").count(), 6, "{section}");
}

#[test]
fn sections() {
    insta::assert_snapshot!(sheet(&[("2.2", None), ("PINGRESP", None), ("1.1", None)]));
}

#[test]
fn good_bytes() {
    insta::assert_snapshot!(sheet(&[
        ("100d00044d5154540402003c000163 8206000100017400 e000", None),
        ("3005000161 0203", None),
        ("62020001", Some(From::Server)),
        ("c08000", None),
        ("3003000101", None),
    ]));
}

#[test]
fn bad_bytes() {
    insta::assert_snapshot!(sheet(&[
        ("60020005", None),
        ("60020005", Some(From::Server)),
        ("300400012378", None),
        ("c000", Some(From::Server)),
        ("100d00044d5154540502003c000163", None),
        ("100c00044d51545404000000 0000", None),
        ("4003000100 e000", None),
        ("82020001", None),
        ("00", None),
        ("30ffffffff7f", None),
        ("d000 820a 0001 0005 61 62 23 64 65 00", None),
    ]));
}

#[test]
fn parts_of_packets() {
    insta::assert_snapshot!(sheet(&[("10", None), ("32070003", None), ("e000 30ff", None)]));
}

#[test]
fn everything_that_can_be_cited_is_explained_within_eighty_columns() {
    let all = Id::ALL
        .into_iter()
        .map(|id| What::Cite(Cite::Statement(id)))
        .chain(Line::ALL.into_iter().map(|line| What::Cite(Cite::Line(line))))
        .chain(Reading::ALL.into_iter().map(|reading| What::Cite(Cite::Reading(reading))))
        .chain(Discrepancy::ALL.into_iter().map(What::Discrepancy))
        .chain(Section::ALL.iter().map(What::Section));
    for what in all {
        let name = format!("{what:?}");
        let (text, exit) = explain(vec![what], None, false);
        assert_eq!(exit, exit::OK, "{name}");
        assert!(text.lines().count() > 1, "{name}: {text}");
        for line in text.lines() {
            let columns = line.chars().count();
            // A word that is too long for the page cannot be helped.
            assert!(columns <= 80 || !line.trim().contains(' '), "{name}: {line}");
        }
    }
}

#[test]
fn a_packets_name_is_its_section() {
    for kind in Kind::ALL {
        let (text, _) = told(&[kind.name()], None);
        let title = format!("3.{} {} ", kind.bits(), kind.name());
        assert!(text.starts_with(&title), "{text}");
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let bytes = || vec![What::Bytes(what::hex("60020005").unwrap())];
    let (plain, _) = explain(bytes(), None, false);
    let (colored, _) = explain(bytes(), None, true);
    assert!(colored.contains("\x1b[1;31mBREACH [MQTT-3.6.1-1]\x1b[0m"), "{colored}");
    let mut bare = String::new();
    for (place, part) in colored.split('\x1b').enumerate() {
        bare += if place == 0 { part } else { part.split_once('m').unwrap().1 };
    }
    assert_eq!(bare, plain);
}

#[test]
fn a_long_field_is_cut_and_a_late_fault_is_found() {
    let mut packet = vec![0x30, 0x66, 0x00, 0x64];
    packet.extend([b'a'; 99]);
    packet.push(b'#');
    let (text, exit) = explain(vec![What::Bytes(packet)], None, false);
    assert_eq!(exit, exit::FAILED);
    let row = format!("        {}\n", ["61"; 8].join(" "));
    assert!(text.contains(&format!("{row}        ..\n")), "{text}");
    assert!(text.contains("BREACH [MQTT-3.3.2-2]  byte 103"), "{text}");
    let window = format!("  .. {} 23\n{:29}^^ a topic name", ["61"; 8].join(" "), "");
    assert!(text.contains(&window), "{text}");
}

#[test]
fn a_breach_by_a_server_is_told_with_its_bytes() {
    let told = |at| {
        breach(
            &Breach {
                id: Id::MQTT_3_3_2_2,
                line: None,
                packet: Some(Kind::Publish),
                at,
                what: "a topic name may not contain wildcard characters".into(),
                bytes: what::hex("300400012378").unwrap(),
            },
            "broker:1883",
        )
    };
    insta::assert_snapshot!(format!("{}\n\n{}", told(Some(4)), told(None)));
}

#[test]
fn any_bytes_can_be_explained() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for _ in 0..3_000 {
        let len = random() % 40 + 1;
        let bytes: Vec<u8> = (0..len)
            .map(|place| match (place, random() % 4) {
                // Small numbers make lengths that fit.
                (1.., 0..=2) => (random() % 12) as u8,
                _ => random() as u8,
            })
            .collect();
        for from in [None, Some(From::Client), Some(From::Server)] {
            let (text, exit) = explain(vec![What::Bytes(bytes.clone())], from, false);
            let verdict = ["Well-formed", "BREACH", "NOTE", "WARNING", "The bytes end"];
            assert!(verdict.iter().any(|word| text.contains(word)), "{bytes:02x?}: {text}");
            let good = !["BREACH", "NOTE", "The bytes end"].iter().any(|word| text.contains(word));
            assert_eq!(good, exit == exit::OK, "{bytes:02x?}: {text}");
        }
    }
}
