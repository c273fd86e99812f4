//! Every mark of the client runs: one conversation for each, recorded.
//!
//! `spec/COVERAGE.md` counts on it, because traces are played against a server and cannot reach
//! the client.

use etalon_spec::witness;

use super::*;

/// The sources of the client that have marks.
const SOURCES: [(&str, &str); 3] = [
    ("cli/src/client/incoming.rs", include_str!("../incoming.rs")),
    ("cli/src/client/mod.rs", include_str!("../mod.rs")),
    ("cli/src/client/session.rs", include_str!("../session.rs")),
];

#[test]
fn every_mark_of_the_client_runs() {
    let ((), ran) = witness::record(|| {
        both_directions();
        a_session_that_is_taken_up();
        a_session_that_is_not();
        silence_and_a_breach();
    });
    const { assert!(witness::ENABLED) };
    let mut asleep = Vec::new();
    for (file, text) in SOURCES {
        for (number, _) in (1..).zip(text.lines()).filter(|(_, line)| is_marked(line)) {
            if !ran.iter().any(|mark| mark.file.replace('\\', "/") == file && mark.line == number) {
                asleep.push(format!("{file}:{number}"));
            }
        }
    }
    assert_eq!(asleep, Vec::<String>::new());
    assert!(ran.len() >= SOURCES.len(), "the marks have moved: {ran:?}");
}

fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with("spec::upholds!(")
}

fn both_directions() {
    let mut bench = Bench::accepted(|_| ());
    bench.publish("x", Qos::AtLeastOnce);
    bench.publish("y", Qos::ExactlyOnce);
    bench.sent();
    bench.server("40020001 50020002 70020002");
    assert_eq!(bench.sent(), "62020002");
    bench.server("3206000174000161 3406000174000262 62020002");
    assert_eq!(bench.sent(), "40020001 50020002 70020002".replace(' ', ""));
    bench.client.subscribe(bench.now, &[("a".into(), Qos::AtMostOnce)]);
    bench.server("9003000300");
    bench.sent();
    bench.client.disconnect(bench.now);
    assert_eq!(bench.sent(), "e000");
}

fn a_session_that_is_taken_up() {
    let mut bench = Bench::accepted(|config| config.keep_session = true);
    bench.publish("a", Qos::AtLeastOnce);
    bench.sent();
    bench.client.closed();
    assert_eq!(bench.connect("20020100"), "3a06000174000161");
}

fn a_session_that_is_not() {
    let mut bench = Bench::accepted(|_| ());
    bench.publish("a", Qos::AtLeastOnce);
    bench.sent();
    bench.client.closed();
    assert_eq!(bench.connect("20020000"), "3206000174000161", "a new message, without DUP");
}

fn silence_and_a_breach() {
    let mut bench = Bench::accepted(|_| ());
    bench.pass(Duration::from_secs(45));
    assert_eq!(bench.sent(), "c000");
    assert_eq!(bench.breach("00").0, Id::MQTT_4_8_0_1);
}
