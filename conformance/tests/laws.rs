//! The laws of the crate, each looked at from many sides by proptest.

use etalon_conformance::{laws, suite};
use etalon_spec as spec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

/// `usually` runs, with `RUNS=` in the environment as many as that says.
fn runner(usually: u32) -> TestRunner {
    let runs = std::env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(usually);
    TestRunner::new(ProptestConfig { cases: runs, failure_persistence: None, ..Default::default() })
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..most)
}

#[test]
fn no_bytes_make_the_broker_panic_or_break_a_rule() {
    spec::covers!(MQTT_4_8_0_1);
    runner(2_000)
        .run(&bytes(1_500), |bytes| {
            laws::broker_bytes(&bytes);
            Ok(())
        })
        .unwrap();
}

#[test]
fn filters_match_as_the_oracle_says() {
    spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_4_7_2_1, MQTT_4_7_3_4);
    let law = |entropy: Vec<u8>| laws::matching(&entropy).map_err(TestCaseError::fail);
    runner(20_000).run(&bytes(40), law).unwrap();
}

#[test]
fn what_is_read_as_a_trace_is_printed_as_the_same() {
    let cases: Vec<String> = suite::cases().unwrap().into_iter().map(|case| case.text).collect();
    let change =
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>());
    runner(3_000)
        .run(&change, |(case, from, to)| {
            // Whole lines from one trace behind the head of another: much of it can be read.
            let (one, other) = (case.get(&cases), to.get(&cases));
            let lines: Vec<&str> = other.lines().collect();
            let mut text = one.clone();
            text.push_str(&lines[from.index(lines.len())..].join("\n"));
            text.push('\n');
            laws::trace_parser(&text).map_err(TestCaseError::fail)
        })
        .unwrap();
}

#[test]
fn every_corpus_is_replayed() {
    let corpora = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora");
    for (target, feed) in laws::TARGETS {
        let files: Vec<_> = std::fs::read_dir(corpora.join(target)).unwrap().collect();
        assert!(files.len() >= 3, "{target} has no corpus");
        for file in files {
            feed(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }
}
