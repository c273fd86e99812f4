//! From a run to what a report says of it.
//!
//! Bytes become hexadecimal digits and packets words; nothing is decided here but how several runs
//! of one case add up.

use etalon::packet::{Limits, annotate};
use etalon::spec::Id;
use etalon::time::{Duration, Instant};
use etalon::violation::Weight;

use super::bare;
use crate::report::{self, Status};
use crate::run::{Event, Found, Happened, Run};
use crate::show;
use crate::suite;
use crate::verdict::{Cause, Failure, Verdict};

/// How much of the wires a report gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wires {
    /// Those of cases that did not pass.
    #[default]
    Troubled,
    /// All.
    All,
}

/// A run that was played, and how long it took.
#[derive(Clone, Debug)]
pub(super) struct Played {
    pub(super) run: Run,
    /// With those of S-104.
    pub(super) runs: report::Runs,
    pub(super) took: Duration,
}

/// How bad an outcome is; the worst of several runs counts.
fn weight(status: Status) -> usize {
    match status {
        Status::Skipped => 0,
        Status::Pass => 1,
        Status::Warn => 2,
        Status::Inconclusive => 3,
        Status::Unstable => 4,
        Status::Fail => 5,
    }
}

/// What all runs of a case come to: the worst, but a failure for which a Server may have an excuse
/// is one only if it happened every time (S-104).
pub(super) fn add_up(case: &suite::Case, mut played: Vec<Played>, wires: Wires) -> report::Case {
    let mut runs = report::Runs::default();
    for one in &played {
        runs.all += one.runs.all;
        runs.failed += one.runs.failed;
    }
    for one in played.iter_mut().filter(|_| runs.failed < runs.all) {
        excuse(&mut one.run);
    }
    let worst = played.into_iter().reduce(|worst, one| {
        if weight(one.run.status()) > weight(worst.run.status()) { one } else { worst }
    });
    match worst {
        Some(worst) => record(case, &worst, runs, wires),
        None => skipped(case, "it was not run".into()),
    }
}

/// A failure that did not happen every time.
fn excuse(run: &mut Run) {
    if let Verdict::Fail(failure) = &run.verdict
        && matches!(failure.cause, Cause::Closed | Cause::Missing)
    {
        run.verdict = Verdict::Unstable(failure.clone());
    }
}

/// A case that was not run.
pub(super) fn skipped(case: &suite::Case, message: String) -> report::Case {
    report::Case {
        name: case.name.clone(),
        section: case.section().to_owned(),
        about: case.about(),
        status: Status::Skipped,
        ids: case.trace.covers.iter().map(|id| bare(*id)).collect(),
        broken: Vec::new(),
        message,
        stop: None,
        remarks: Vec::new(),
        wire: Vec::new(),
        replay: String::new(),
        runs: report::Runs::default(),
        seconds: 0.0,
        expected: None,
    }
}

fn record(case: &suite::Case, played: &Played, runs: report::Runs, wires: Wires) -> report::Case {
    let Played { run, took, .. } = played;
    let status = run.status();
    let troubled = !matches!(status, Status::Pass | Status::Skipped);
    report::Case {
        status,
        broken: run.broken().into_iter().map(bare).collect(),
        message: message(run, runs),
        stop: stop(&run.verdict),
        remarks: run.remarks.iter().map(remark).collect(),
        wire: match troubled || wires == Wires::All {
            true => wire(case, run),
            false => Vec::new(),
        },
        replay: match run.replay(&case.trace) {
            Some(trace) => trace.to_string(),
            None if troubled => case.text.clone(),
            None => String::new(),
        },
        runs,
        seconds: took.as_secs_f64(),
        ..skipped(case, String::new())
    }
}

fn message(run: &Run, runs: report::Runs) -> String {
    let often = match runs.failed {
        failed if failed == runs.all => String::new(),
        failed => format!(" (in {failed} of {} runs)", runs.all),
    };
    match &run.verdict {
        Verdict::Fail(failure) | Verdict::Unstable(failure) => {
            format!("line {}: {}{often}", failure.line.0, failure.seen)
        }
        Verdict::Inconclusive(stop) if run.breaches.is_empty() => {
            format!("line {}: {}", stop.line.0, stop.why)
        }
        Verdict::Skipped(why) => why.clone(),
        Verdict::Pass | Verdict::Inconclusive(_) => match run.breaches.first() {
            Some(found) => found.violation.text().to_owned() + &often,
            None => {
                let warning = run.remarks.iter().find(|one| one.weight == Weight::Warning);
                warning.map_or(String::new(), |one| format!("{} ({})", one.text, one.cite))
            }
        },
    }
}

fn stop(verdict: &Verdict) -> Option<report::Stop> {
    match verdict {
        Verdict::Fail(failure) | Verdict::Unstable(failure) => Some(failed(failure)),
        Verdict::Inconclusive(stop) => Some(report::Stop {
            line: stop.line.0,
            expected: String::new(),
            seen: stop.why.clone(),
            came: Vec::new(),
        }),
        Verdict::Pass | Verdict::Skipped(_) => None,
    }
}

fn failed(failure: &Failure) -> report::Stop {
    report::Stop {
        line: failure.line.0,
        expected: failure.expected.clone(),
        seen: match failure.more {
            0 => failure.seen.clone(),
            more => format!("{} ({more} more packets than are shown)", failure.seen),
        },
        came: failure.came.iter().map(|bytes| packet(bytes)).collect(),
    }
}

fn packet(bytes: &[u8]) -> report::Packet {
    let fields = annotate::annotate(bytes, Limits::CLIENT).into_iter().map(|field| report::Field {
        at: field.at.start,
        len: field.at.len(),
        name: field.name.to_string(),
        meaning: field.meaning.to_string(),
    });
    report::Packet { line: show::line(bytes), bytes: hex(bytes), fields: fields.collect() }
}

fn remark(remark: &crate::run::Remark) -> report::Remark {
    let weight = match remark.weight {
        Weight::Breach => "breach",
        Weight::Warning => "warning",
        Weight::Note => "note",
    };
    let (cite, text) = (remark.cite.clone(), remark.text.clone());
    report::Remark { weight: weight.into(), cite, text }
}

/// What went over the wires; a finding stands at the last event of its connection before it.
fn wire(case: &suite::Case, run: &Run) -> Vec<report::Wire> {
    let mut lines: Vec<report::Wire> = run
        .wire
        .iter()
        .map(|event| {
            let (what, bytes) = happened(event);
            let line = if bytes.is_empty() { String::new() } else { all_in_words(bytes) };
            report::Wire {
                at: seconds(event.at),
                who: event.who.clone(),
                what: what.into(),
                line,
                bytes: hex(bytes),
                breaches: Vec::new(),
            }
        })
        .collect();
    for found in &run.breaches {
        let stands = |event: &Event| {
            event.at <= found.at && found.link.is_none_or(|link| event.link == link)
        };
        let place = run.wire.iter().rposition(stands);
        if let Some(line) = place.and_then(|place| lines.get_mut(place)) {
            line.breaches.push(breach(case, found));
        }
    }
    lines
}

/// Since the run began: every run has a clock of its own.
fn seconds(at: Instant) -> f64 {
    at.since(Instant::START).as_secs_f64()
}

fn happened(event: &Event) -> (&'static str, &[u8]) {
    match &event.what {
        Happened::Opened => ("open", &[]),
        Happened::Sent(bytes) => (">", bytes),
        Happened::Came(bytes) => ("<", bytes),
        Happened::Ended => ("cut", &[]),
        Happened::Closed => ("closed", &[]),
    }
}

/// The packets of a piece; a piece may begin or end inside one, and may be none.
fn all_in_words(bytes: &[u8]) -> String {
    let mut words = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        words.push(show::line(rest));
        match etalon::packet::decode(rest, Limits::EITHER) {
            Ok(etalon::packet::Decoded::Packet { used, .. }) => {
                rest = rest.get(used..).unwrap_or_default();
            }
            Ok(etalon::packet::Decoded::Incomplete { .. }) | Err(_) => break,
        }
    }
    words.join("; ")
}

/// The breaches that the audit saw in all runs of a case.
pub(super) fn breaches(case: &suite::Case, played: &[Played]) -> Vec<report::Breach> {
    let mut once: Vec<report::Breach> = Vec::new();
    for one in played {
        for found in &one.run.breaches {
            let breach = breach(case, found);
            let known = |known: &report::Breach| {
                (&known.id, &known.message, &known.client)
                    == (&breach.id, &breach.message, &breach.client)
            };
            if !once.iter().any(known) {
                once.push(breach);
            }
        }
    }
    once
}

fn breach(case: &suite::Case, found: &Found) -> report::Breach {
    report::Breach {
        id: bare(found.violation.id),
        by: "server".into(),
        case: case.name.clone(),
        client: found.who.clone(),
        packet: found.packet,
        at: seconds(found.at),
        byte: usize::try_from(found.violation.at).unwrap_or_default(),
        bytes: hex(&found.bytes),
        message: found.violation.text().to_owned(),
    }
}

/// What became of every statement that a case covers or that was broken.
pub(super) fn statements(cases: &[report::Case]) -> Vec<report::Statement> {
    let mut found = Vec::new();
    for id in Id::ALL {
        let id = bare(id);
        let covering: Vec<&report::Case> =
            cases.iter().filter(|case| case.ids.contains(&id)).collect();
        let broken_in: Vec<String> = cases
            .iter()
            .filter(|case| case.status == Status::Fail && case.broken.contains(&id))
            .map(|case| case.name.clone())
            .collect();
        if covering.is_empty() && broken_in.is_empty() {
            continue;
        }
        let status = match broken_in.is_empty() {
            false => Status::Fail,
            true => best(&covering),
        };
        let cases = covering.iter().map(|case| case.name.clone()).collect();
        found.push(report::Statement { id, status, cases, broken_in });
    }
    found
}

/// A case that fails under another statement says nothing about this one.
fn best(covering: &[&report::Case]) -> Status {
    let order = [
        Status::Pass,
        Status::Warn,
        Status::Unstable,
        Status::Inconclusive,
        Status::Fail,
        Status::Skipped,
    ];
    let has = |status: &Status| covering.iter().any(|case| case.status == *status);
    match order.into_iter().find(has) {
        Some(Status::Fail) | None => Status::Inconclusive,
        Some(status) => status,
    }
}

/// The counts.
pub(super) fn summary(cases: &[report::Case], statements: &[report::Statement]) -> report::Summary {
    let count = |status| cases.iter().filter(|case| case.status == status).count();
    let expected = |met| {
        let of = |case: &&report::Case| case.expected.as_ref().is_some_and(|one| one.met == met);
        cases.iter().filter(of).count()
    };
    report::Summary {
        pass: count(Status::Pass),
        warn: count(Status::Warn),
        fail: count(Status::Fail),
        inconclusive: count(Status::Inconclusive),
        skipped: count(Status::Skipped),
        unstable: count(Status::Unstable),
        expected: expected(true),
        unexpected_passes: expected(false),
        broken: statements
            .iter()
            .filter(|one| !one.broken_in.is_empty())
            .map(|one| one.id.clone())
            .collect(),
    }
}

/// Bytes as digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::trace::Line;

    fn case() -> suite::Case {
        let text = "covers MQTT-3.12.4-1 MQTT-3.8.4-1\n\na > open\n";
        suite::Case { name: "3.12.4/x".into(), text: text.into(), trace: text.parse().unwrap() }
    }

    fn played(verdict: Verdict) -> Played {
        let failed = u32::from(matches!(verdict, Verdict::Fail(_)));
        let (remarks, breaches, wire) = (Vec::new(), Vec::new(), Vec::new());
        Played {
            run: Run { verdict, remarks, breaches, wire },
            runs: report::Runs { all: 1, failed },
            took: Duration::ZERO,
        }
    }

    fn failure(cause: Cause) -> Verdict {
        Verdict::Fail(Box::new(Failure {
            id: Id::MQTT_3_12_4_1,
            line: Line(3),
            cause,
            expected: "a < PINGRESP".into(),
            seen: "it did not come".into(),
            came: Vec::new(),
            more: 0,
        }))
    }

    fn of(verdicts: &[Verdict]) -> (Status, report::Runs) {
        let all = verdicts.iter().cloned().map(played).collect();
        let case = add_up(&case(), all, Wires::Troubled);
        (case.status, case.runs)
    }

    #[test]
    fn what_fails_only_sometimes_is_unstable_unless_one_sight_proves_it() {
        let missing = || failure(Cause::Missing);
        assert_eq!(of(&[missing(), missing()]).0, Status::Fail);
        assert_eq!(of(&[missing(), Verdict::Pass]).0, Status::Unstable);
        assert_eq!(of(&[Verdict::Pass, failure(Cause::Closed)]).0, Status::Unstable);
        let (status, runs) = of(&[Verdict::Pass, failure(Cause::Wrong), Verdict::Pass]);
        assert_eq!(status, Status::Fail);
        assert_eq!(runs, report::Runs { all: 3, failed: 1 });
    }

    #[test]
    fn a_statement_is_broken_where_it_is_named_and_not_where_it_is_only_covered() {
        let failed = add_up(&case(), vec![played(failure(Cause::Wrong))], Wires::Troubled);
        let all = statements(std::slice::from_ref(&failed));
        let of = |id: &str| all.iter().find(|one| one.id == id).map(|one| one.status);
        assert_eq!(of("MQTT-3.12.4-1"), Some(Status::Fail));
        assert_eq!(of("MQTT-3.8.4-1"), Some(Status::Inconclusive));
        assert_eq!(of("MQTT-4.3.3-2"), None);
        assert_eq!(summary(&[failed], &all).broken, ["MQTT-3.12.4-1"]);
    }
}
