//! Published codecs in Rust, judged by the laws of `etalon::testing`: a list of what is known about
//! each, so that a new finding fails the test, and one that has gone too.
//!
//! `ETALON_CODEC_RUNS=1000000 cargo test -p etalon-cli --test codecs` looks longer, and what it
//! then finds beyond the lists is printed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is a verdict")]
#![allow(clippy::duplicate_mod, reason = "one adapter for two crates whose packets look the same")]

mod mqttrs;
mod with_mqttbytes;
mod with_rumqttc;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use etalon::testing::{Findings, Read, Reply, Request, Search};

/// So many packets find everything that is listed, and take a second or two.
const RUNS: u64 = 20_000;

fn search() -> Search {
    let runs = std::env::var("ETALON_CODEC_RUNS").ok().and_then(|runs| runs.parse().ok());
    Search { runs: runs.unwrap_or(RUNS), ..Search::default() }
}

/// What a decoder says to bytes on which it panics. A panic is no refusal that a caller can count on;
/// the standard has no word for it, so it is not judged but counted.
const PANICS: &str = "PANICS";

thread_local! {
    /// Whether a panic of this thread is one that we count, and nobody wants to read.
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

fn counted(read: impl FnOnce() -> Read) -> Read {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !COUNTED.get() {
                loud(panic);
            }
        }));
    });
    COUNTED.set(true);
    let said = catch_unwind(AssertUnwindSafe(read));
    COUNTED.set(false);
    said.unwrap_or_else(|_| Read::Refused(PANICS.into()))
}

/// The findings are exactly these; a line that begins with a hash gives the reason of those below.
fn assert_known(name: &str, findings: &Findings, panics: u64, known: &str) {
    let mut found: Vec<String> =
        findings.iter().map(|found| found.finding.signature().to_string()).collect();
    if panics > 0 {
        found.push(PANICS.into());
    }
    let known: Vec<&str> =
        known.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let new = found.iter().filter(|found| !known.contains(&found.as_str()));
    let new: Vec<&str> = new.map(String::as_str).collect();
    let gone: Vec<_> = known.iter().filter(|known| !found.contains(&(**known).into())).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "{name}: new\n{}\n\ngone\n{gone:#?}\n\n{findings}",
        new.join("\n")
    );
}

fn encoder(name: &str, known: &str, encode: impl FnMut(&Request) -> Reply) {
    assert_known(name, &search().encoder(encode), 0, known);
}

fn decoder(name: &str, known: &str, mut read: impl FnMut(&[u8]) -> Read) {
    let mut panics = 0;
    let findings = search().decoder(|bytes| {
        let said = counted(|| read(bytes));
        panics += u64::from(said == Read::Refused(PANICS.into()));
        said
    });
    println!("{name} has panicked {panics} times");
    assert_known(name, &findings, panics, known);
}
