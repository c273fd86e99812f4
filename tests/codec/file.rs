//! The vectors of `conformance/vectors`: one packet per line with the verdict that it must get.

use etalon::packet::{Limits, Party, Stance};
use etalon::spec::Id;
use etalon::violation::Rule;

/// Every file, with the title of its table.
pub const FILES: [(&str, &str); 10] = [
    ("general", include_str!("../../conformance/vectors/general.txt")),
    ("connect", include_str!("../../conformance/vectors/connect.txt")),
    ("connack", include_str!("../../conformance/vectors/connack.txt")),
    ("publish", include_str!("../../conformance/vectors/publish.txt")),
    ("acks", include_str!("../../conformance/vectors/acks.txt")),
    ("subscribe", include_str!("../../conformance/vectors/subscribe.txt")),
    ("suback", include_str!("../../conformance/vectors/suback.txt")),
    ("unsubscribe", include_str!("../../conformance/vectors/unsubscribe.txt")),
    ("unsuback", include_str!("../../conformance/vectors/unsuback.txt")),
    ("empty", include_str!("../../conformance/vectors/empty.txt")),
];

/// A packet and its verdict.
#[derive(Clone, Debug)]
pub struct Vector {
    pub name: String,
    pub class: String,
    pub limits: Vec<Limits>,
    pub bytes: Vec<u8>,
    pub expected: Expected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Breaks { id: Id, rule: Rule, at: u32 },
    Accepted { overlong_length: bool },
    Incomplete { need: usize },
}

#[derive(Clone, Debug)]
pub enum Line {
    Vector(Vector),
    /// A class that no single packet can show, and why.
    None {
        class: String,
        reason: String,
    },
}

/// The lines of one file; a line that cannot be read fails the test that asks for it.
pub fn lines(text: &str) -> Vec<Line> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(line).collect()
}

/// Every vector of every file.
pub fn vectors() -> Vec<Vector> {
    let vector = |line| match line {
        Line::Vector(vector) => Some(vector),
        Line::None { .. } => None,
    };
    FILES.iter().flat_map(|(_, text)| lines(text)).filter_map(vector).collect()
}

fn line(text: &str) -> Line {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    match parts[..] {
        [class, "none", reason] => Line::None { class: class.into(), reason: reason.into() },
        [name, limits, bytes, expected] => Line::Vector(Vector {
            name: name.into(),
            class: name.split('/').next().unwrap_or_default().into(),
            limits: limits_of(limits),
            bytes: bytes_of(bytes),
            expected: expected_of(expected),
        }),
        _ => panic!("three or four fields expected: {text}"),
    }
}

fn limits_of(text: &str) -> Vec<Limits> {
    let mut words = text.split(' ');
    let mut all = match words.next() {
        Some("server") => vec![Limits::SERVER],
        Some("client") => vec![Limits::CLIENT],
        Some("both") => vec![Limits::SERVER, Limits::CLIENT, Limits::EITHER],
        _ => panic!("not a receiver: {text}"),
    };
    for option in words {
        for limits in &mut all {
            match option.split_once('=') {
                Some(("overlong_length", "refuse")) => limits.overlong_length = Stance::Refuse,
                Some(("control_characters", "accept")) => {
                    limits.control_characters = Stance::Accept;
                }
                Some(("packet_bytes_max", bytes)) => {
                    limits.packet_bytes_max = bytes.parse().unwrap();
                }
                _ => panic!("not an option: {option}"),
            }
        }
    }
    all
}

fn bytes_of(text: &str) -> Vec<u8> {
    let word = |word: &str| {
        let (byte, times) = word.split_once('*').unwrap_or((word, "1"));
        vec![u8::from_str_radix(byte, 16).unwrap(); times.parse().unwrap()]
    };
    text.split_whitespace().flat_map(word).collect()
}

fn expected_of(text: &str) -> Expected {
    match text.split(' ').collect::<Vec<_>>()[..] {
        ["accepted"] => Expected::Accepted { overlong_length: false },
        ["accepted", "overlong"] => Expected::Accepted { overlong_length: true },
        ["incomplete", need] => Expected::Incomplete { need: need.parse().unwrap() },
        ["breaks", id, rule, "at", at] => Expected::Breaks {
            id: id.parse().unwrap(),
            rule: *Rule::ALL.iter().find(|found| format!("{found:?}") == rule).expect(rule),
            at: at.parse().unwrap(),
        },
        _ => panic!("not an expectation: {text}"),
    }
}

/// The receiver of these limits, for a table.
pub fn receiver(limits: Limits) -> &'static str {
    match limits.receiver {
        Some(Party::Server) => "server",
        Some(Party::Client) => "client",
        None => "either",
    }
}
