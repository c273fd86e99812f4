//! Every trace, against the broker in a world of one worker and in one of four, in whole writes
//! and byte by byte.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use std::fs;
use std::path::{Path, PathBuf};

use etalon_conformance::run::{Options, Run, run};
use etalon_conformance::target::Virtual;
use etalon_conformance::trace::Trace;
use etalon_conformance::verdict::Verdict;
use etalon_conformance::world::World;
use etalon_spec::{Id, Section};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("traces")
}

/// Names such as `4.3.3/two_steps`, in order, and their texts.
fn traces() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for section in fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()) {
        if !section.is_dir() {
            continue;
        }
        for file in fs::read_dir(&section).unwrap().map(|entry| entry.unwrap().path()) {
            assert_eq!(file.extension().and_then(|end| end.to_str()), Some("trace"), "{file:?}");
            let name = file.strip_prefix(root()).unwrap().with_extension("");
            found.push((name.to_str().unwrap().to_owned(), fs::read_to_string(&file).unwrap()));
        }
    }
    found.sort();
    found
}

fn parsed(name: &str, text: &str) -> Trace {
    text.parse().unwrap_or_else(|mistake| panic!("{name}: {mistake}"))
}

fn played(trace: &Trace, workers: u16, split: Option<usize>) -> Run {
    let mut target = Virtual::new(World::new(workers));
    let offers = OFFERED.iter().map(|word| (*word).to_owned()).collect();
    run(&mut target, trace, &Options { prefix: "t7".into(), split, offers, ..Options::default() })
}

/// What the broker in a world offers of what traces may require.
const OFFERED: [&str; 7] =
    ["anonymous", "empty-client-id", "qos1", "qos2", "retain", "wildcards", "only-3.1.1"];

/// What it does not.
const NOT_OFFERED: [&str; 7] = [
    "restart",
    "durable",
    "denied-filter",
    "denied-topic",
    "credentials",
    "websocket",
    "dollar-topics",
];

/// What traces are chosen by.
const TAGS: [&str; 11] = [
    "qos1",
    "qos2",
    "retained",
    "will",
    "session",
    "keepalive",
    "order",
    "malformed",
    "refused",
    "durability",
    "alone",
];

fn all_pass(workers: u16, split: Option<usize>) {
    let mut failures = Vec::new();
    let traces = traces();
    assert!(traces.len() > 100, "the directory is not found");
    for (name, text) in &traces {
        let trace = parsed(name, text);
        let run = played(&trace, workers, split);
        let not_offered = || trace.requires.iter().any(|word| !OFFERED.contains(&word.as_str()));
        if run.verdict != Verdict::Pass && !not_offered() {
            failures.push(format!("{name}: {}", run.verdict));
        }
        for found in run.breaches {
            failures.push(format!("{name}: {} broke {}", found.who, found.violation));
        }
    }
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn all_pass_with_one_worker() {
    all_pass(1, None);
}

#[test]
fn all_pass_with_four_workers() {
    all_pass(4, None);
}

#[test]
fn all_pass_byte_by_byte() {
    all_pass(1, Some(1));
}

#[test]
fn every_trace_reads_back_as_printed() {
    for (name, text) in traces() {
        let trace = parsed(&name, &text);
        let printed = trace.to_string();
        assert_eq!(parsed(&name, &printed), trace, "{name}");
        assert_eq!(parsed(&name, &printed).to_string(), printed, "{name}");
    }
}

#[test]
fn every_trace_stands_in_a_section_of_the_standard_and_says_what_it_is() {
    for (name, text) in traces() {
        let section = name.split('/').next().unwrap();
        assert!(Section::find(section).is_some(), "{name}");
        assert!(!parsed(&name, &text).about.is_empty(), "{name} says nothing of itself");
    }
}

#[test]
fn tags_and_requirements_are_words_that_are_known() {
    for (name, text) in traces() {
        let trace = parsed(&name, &text);
        for tag in &trace.tags {
            assert!(TAGS.contains(&tag.as_str()), "{name}: the tag {tag}");
        }
        for word in &trace.requires {
            let known = OFFERED.contains(&word.as_str()) || NOT_OFFERED.contains(&word.as_str());
            assert!(known, "{name}: requires {word}");
        }
    }
}

#[test]
fn replaying_gives_the_same_wire() {
    for (name, text) in traces().into_iter().step_by(7) {
        let trace = parsed(&name, &text);
        assert_eq!(played(&trace, 4, None), played(&trace, 4, None), "{name}");
    }
}

/// Every statement that binds the Server and shows on the wire is covered, but for those in the
/// list, each with its reason.
#[test]
fn server_statements_are_covered() {
    use etalon_spec::{Binds, Shows};
    let covered: Vec<Id> =
        traces().iter().flat_map(|(name, text)| parsed(name, text).covers).collect();
    let open: Vec<String> = Id::ALL
        .into_iter()
        .filter(|id| id.statement().binds != Binds::Client)
        .filter(|id| id.statement().shows != Shows::Nowhere)
        .filter(|id| !covered.contains(id) && !ELSEWHERE.contains(id))
        .map(|id| id.to_string())
        .collect();
    assert!(open.is_empty(), "no trace covers {open:?}");
    assert!(ELSEWHERE.iter().all(|id| !covered.contains(id)), "the list has become too long");
}

/// What no trace can show against the broker in a world.
const ELSEWHERE: [Id; 3] = [
    // Needs WebSocket.
    Id::MQTT_6_0_0_1,
    Id::MQTT_6_0_0_2,
    Id::MQTT_6_0_0_4,
];
