//! A peer that never stops talking of its own affairs holds up no run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use etalon::time::{Duration, Instant};
use etalon_conformance::run::{Options, Run, run};
use etalon_conformance::target::{Link, Seen, Target};
use etalon_conformance::trace::Change;
use etalon_conformance::verdict::{Cause, Verdict};
use etalon_spec::Id;

/// Whenever somebody looks, a hundredth of a second has passed and there is a message of the
/// server's own.
#[derive(Default)]
struct Noisy {
    now: Instant,
    links: usize,
}

impl Target for Noisy {
    fn open(&mut self) -> Result<Link, String> {
        self.links += 1;
        Ok(self.links - 1)
    }

    fn send(&mut self, _: Link, _: &[u8]) {}

    fn end(&mut self, _: Link, _: Change) {}

    fn next(&mut self, until: Instant) -> Option<(Link, Seen)> {
        if self.links == 0 {
            self.now = self.now.max(until);
            return None;
        }
        self.now = self.now + Duration::from_millis(10);
        Some((self.links - 1, Seen::Bytes(b"\x30\x07\0\x04$SYSx".to_vec())))
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn named(&self, _: Link) -> Option<Vec<Id>> {
        None
    }

    fn quiet(&self) -> Duration {
        Duration::from_secs(1)
    }
}

fn played(body: &str) -> Run {
    let trace = format!("covers MQTT-3.12.4-1\na > open\n{body}").parse().unwrap();
    run(&mut Noisy::default(), &trace, &Options::default())
}

#[test]
fn silence_is_silence_of_what_concerns_us() {
    assert_eq!(played("a < nothing\n").verdict, Verdict::Pass);
}

#[test]
fn what_does_not_come_is_missed_after_its_time() {
    let run = played("a < PINGRESP\n");
    let Verdict::Fail(failure) = &run.verdict else { panic!("{run}") };
    assert_eq!(failure.cause, Cause::Missing);
    let lasted = run.wire.last().unwrap().at.since(Instant::START);
    assert!(lasted < Duration::from_secs(10), "{lasted:?}");
}

#[test]
fn a_run_has_an_end_and_what_its_trace_waits_is_not_counted() {
    let run = played(&"a < nothing\n".repeat(100));
    let Verdict::Inconclusive(stop) = &run.verdict else { panic!("{run}") };
    assert!(stop.why.contains("60 s"), "{run}");
    assert_eq!(played("+200s\na < nothing\n").verdict, Verdict::Pass);
}
