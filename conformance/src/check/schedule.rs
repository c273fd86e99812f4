//! Which case runs when: many side by side, the longest first, and some alone at the end.
//!
//! Cases mostly wait, so there are more threads than processors. A case that subscribes to everything
//! or restarts the broker would disturb others and is disturbed by them: it runs when nothing else
//! does. And so does, once more, a case that ended in a close that nobody expected: what the broker
//! could not bear may have been the others.

#![expect(clippy::disallowed_types, reason = "a report says how long a case took")]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};

use etalon::spec::Id;
use etalon::time::{Duration, Instant};

use super::record::{self, Played, Wires};
use crate::report::{self, Status};
use crate::run::{Options, Repeated, run_with_repeats};
use crate::suite::Case;
use crate::target::{Link, Seen, Target};
use crate::tcp::Tcp;
use crate::trace::{Act, Branch, Change, Expected, Heard, Step};
use crate::verdict::{Cause, Verdict};

/// How often a run that waits looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(250);

/// What a restart takes, roughly.
const RESTART: Duration = Duration::from_secs(2);

/// What every case gets.
pub(super) struct Bench<'a> {
    pub(super) socket: SocketAddr,
    /// All but the prefix.
    pub(super) options: Options,
    /// Begins every prefix: letters and digits that no other run of Etalon has.
    pub(super) prefix: &'a str,
    pub(super) repeat: u32,
    pub(super) jobs: usize,
    pub(super) wires: Wires,
    pub(super) restart: &'a (dyn Fn() -> Result<(), String> + Sync),
    pub(super) stop: &'a AtomicBool,
}

/// What came of all cases that were run.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// By their place among the cases that were given; none if the run was stopped before.
    pub(super) cases: Vec<Option<report::Case>>,
    pub(super) breaches: Vec<report::Breach>,
    /// What Etalon itself did wrong.
    pub(super) own: Vec<String>,
}

/// What one case comes to.
enum Outcome {
    Done(Vec<Played>),
    Own(String),
}

/// Runs all cases, and tells `done` of each as it ends.
pub(super) fn run(
    bench: &Bench<'_>,
    cases: &[&Case],
    done: &mut dyn FnMut(&report::Case),
) -> Results {
    let mut results = Results { cases: vec![None; cases.len()], ..Results::default() };
    let (beside, alone) = order(cases);
    let counter = AtomicU32::new(0);
    let mut heard_again = Vec::new();
    let mut settle = |place: usize, outcome: Outcome| match (outcome, cases.get(place)) {
        (Outcome::Done(played), Some(case)) => {
            results.breaches.extend(record::breaches(case, &played));
            let case = record::add_up(case, played, bench.wires);
            done(&case);
            if let Some(slot) = results.cases.get_mut(place) {
                *slot = Some(case);
            }
        }
        (Outcome::Own(why), _) => results.own.push(why),
        (Outcome::Done(_), None) => {}
    };
    side_by_side(bench, cases, beside, bench.jobs, &counter, &mut |place, outcome| match outcome {
        Outcome::Done(played) if bench.jobs > 1 && played.iter().any(was_closed) => {
            heard_again.push((place, played));
        }
        Outcome::Done(_) | Outcome::Own(_) => settle(place, outcome),
    });
    side_by_side(bench, cases, alone, 1, &counter, &mut settle);
    for (place, mut played) in heard_again {
        let again = cases.get(place).and_then(|case| one(bench, case, &counter));
        if let Some(Outcome::Done(more)) = again {
            played.extend(more);
        }
        settle(place, Outcome::Done(played));
    }
    results
}

/// Whether it failed because the broker closed a connection.
fn was_closed(played: &Played) -> bool {
    matches!(&played.run.verdict, Verdict::Fail(failure) if failure.cause == Cause::Closed)
}

/// The places of the cases that run beside each other, the longest first, and of those that run
/// alone.
fn order(cases: &[&Case]) -> (VecDeque<usize>, VecDeque<usize>) {
    let is_alone = |place: &usize| cases.get(*place).is_some_and(|case| is_alone(case));
    let (alone, mut beside): (Vec<usize>, Vec<usize>) = (0..cases.len()).partition(is_alone);
    // Stable, so what takes equally long stays in the order of the standard.
    beside.sort_by_cached_key(|place| {
        let length = cases.get(*place).map_or(Duration::ZERO, |case| length(case));
        std::cmp::Reverse(length)
    });
    (beside.into(), alone.into())
}

fn side_by_side(
    bench: &Bench<'_>,
    cases: &[&Case],
    places: VecDeque<usize>,
    jobs: usize,
    counter: &AtomicU32,
    done: &mut dyn FnMut(usize, Outcome),
) {
    let threads = jobs.clamp(1, places.len().max(1));
    let queue = Mutex::new(places);
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (queue, sender): (_, Sender<(usize, Outcome)>) = (&queue, sender.clone());
            scope.spawn(move || {
                while !bench.stop.load(Ordering::Relaxed) {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(place) = next else { return };
                    let Some(case) = cases.get(place) else { return };
                    // A case that was stopped says nothing.
                    let Some(outcome) = one(bench, case, counter) else { return };
                    if sender.send((place, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (place, outcome) in receiver {
            done(place, outcome);
        }
    });
}

/// All runs of one case; none if it was stopped.
fn one(bench: &Bench<'_>, case: &Case, counter: &AtomicU32) -> Option<Outcome> {
    let mut played = Vec::new();
    for _ in 0..bench.repeat.max(1) {
        let number = counter.fetch_add(1, Ordering::Relaxed);
        let options = Options { prefix: prefix(bench.prefix, number), ..bench.options.clone() };
        // A fault of ours must not take the other results with it.
        let result = catch_unwind(AssertUnwindSafe(|| {
            let tcp = || Tcp::new(bench.socket);
            let target = || Stoppable { tcp: tcp(), restart: bench.restart, stop: bench.stop };
            let began = std::time::Instant::now();
            let Repeated { run, runs } = run_with_repeats(target, &case.trace, &options);
            Played { run, runs, took: began.elapsed() }
        }));
        if bench.stop.load(Ordering::Relaxed) {
            return None;
        }
        match result {
            Ok(one) => played.push(one),
            Err(_) => return Some(Outcome::Own(format!("{} made Etalon fail", case.name))),
        }
        // What is not offered is not offered the next time.
        if played.last().is_some_and(|one| one.run.status() == Status::Skipped) {
            break;
        }
    }
    Some(Outcome::Done(played))
}

/// A prefix of its own for every run, of equal length, so that none begins another.
fn prefix(all: &str, number: u32) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let digit = |place: u32| {
        let value = number / 36_u32.pow(place) % 36;
        char::from(DIGITS.get(value as usize).copied().unwrap_or(b'0'))
    };
    all.chars().chain((0..4).rev().map(digit)).collect()
}

fn is_alone(case: &Case) -> bool {
    let restarts = |word: &String| word == "restart";
    case.trace.tags.iter().any(|tag| tag == "alone") || case.trace.requires.iter().any(restarts)
}

/// How long a case takes at least, roughly: what it waits for.
fn length(case: &Case) -> Duration {
    steps(&case.trace.steps)
}

fn steps(all: &[Step]) -> Duration {
    all.iter().map(|step| self::step(&step.act)).sum()
}

fn step(act: &Act) -> Duration {
    match act {
        Act::Wait(wait) => *wait,
        Act::Hear(heard) => hear(heard),
        Act::Either(branches) => branches.iter().map(branch).max().unwrap_or_default(),
        Act::Optional(one) => branch(one),
        Act::Restart => RESTART,
        Act::Say { .. } | Act::Link { .. } | Act::Any(_) | Act::Remark(_) => Duration::ZERO,
    }
}

fn branch(branch: &Branch) -> Duration {
    hear(&branch.first) + steps(&branch.rest)
}

fn hear(heard: &Heard) -> Duration {
    match &heard.what {
        Expected::Nothing(wait) => wait.unwrap_or(Duration::from_secs(1)),
        Expected::Closed { within, .. } => within.unwrap_or_default(),
        Expected::Packet(_) | Expected::Raw(_) => Duration::ZERO,
    }
}

/// A target on which every wait is short once the run is to stop.
struct Stoppable<'a> {
    tcp: Tcp,
    restart: &'a (dyn Fn() -> Result<(), String> + Sync),
    stop: &'a AtomicBool,
}

impl Target for Stoppable<'_> {
    fn open(&mut self) -> Result<Link, String> {
        self.tcp.open()
    }

    fn send(&mut self, link: Link, bytes: &[u8]) {
        self.tcp.send(link, bytes);
    }

    fn end(&mut self, link: Link, how: Change) {
        self.tcp.end(link, how);
    }

    fn next(&mut self, until: Instant) -> Option<(Link, Seen)> {
        loop {
            let look = self.tcp.now() + LOOK;
            if let Some(seen) = self.tcp.next(until.min(look)) {
                return Some(seen);
            }
            if self.tcp.now() >= until || self.stop.load(Ordering::Relaxed) {
                return None;
            }
        }
    }

    fn now(&self) -> Instant {
        self.tcp.now()
    }

    fn named(&self, link: Link) -> Option<Vec<Id>> {
        self.tcp.named(link)
    }

    fn quiet(&self) -> Duration {
        self.tcp.quiet()
    }

    fn restart(&mut self) -> Result<(), String> {
        (self.restart)()
    }

    fn is_shared(&self) -> bool {
        self.tcp.is_shared()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_waits_longest_begins_first_and_what_disturbs_comes_alone() {
        let cases = crate::suite::cases().unwrap();
        let all: Vec<&Case> = cases.iter().collect();
        let (beside, alone) = order(&all);
        assert_eq!(beside.len() + alone.len(), all.len());
        assert!(beside.iter().map(|place| length(all[*place])).is_sorted_by(|one, two| one >= two));
        assert!(length(all[beside[0]]) >= Duration::from_secs(5));
        let has = |words: &[String], wanted: &str| words.iter().any(|word| word == wanted);
        let disturbs = |place: &usize| {
            let trace = &all[*place].trace;
            has(&trace.tags, "alone") || has(&trace.requires, "restart")
        };
        assert!(!alone.is_empty() && alone.iter().all(disturbs));
        assert!(!beside.iter().any(disturbs));
    }

    #[test]
    fn prefixes_differ_and_have_one_length() {
        assert_eq!(prefix("eab", 0), "eab0000");
        assert_eq!(prefix("eab", 35), "eab000z");
        assert_eq!(prefix("eab", 36 * 36), "eab0100");
    }
}
