//! Plays a trace against a target and says what came of it.
//!
//! There is no waiting for its own sake: an expectation is met as soon as what it asks for has
//! come, and `nothing` asks the target how long silence takes. Everything that happened stands in
//! [`Run::wire`], in order and with its time, and all of it is judged by the audit. A run ends
//! whatever the peer does: it has limits of time and of bytes.

mod again;
mod fail;
mod fits;
mod inbox;
mod judge;
mod names;
mod near;
mod play;
mod repeat;
mod sweep;
mod write;

use std::fmt;

use etalon::spec::Id;
use etalon::time::Instant;
use etalon::violation::Weight;

use crate::report::Status;
use crate::target::{Link, Target};
use crate::trace::Trace;
use crate::verdict::{Cause, Verdict};
use play::Runner;

pub use crate::trace::Remark;
pub use judge::Found;
pub use repeat::{Repeated, run_with_repeats};

/// How many packets, and how many breaches, a report of a run shows.
const SHOWN_MAX: usize = 16;

/// How a trace is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What `{t}` stands for; letters and digits, and no other run's.
    pub prefix: String,
    /// The size of each write (S-10); what a line says itself comes first.
    pub split: Option<usize>,
    /// What the target offers of what traces may require.
    pub offers: Vec<String>,
    /// With what a CONNECT logs in that names no user of its own.
    pub credentials: Option<Credentials>,
    /// What `{denied-filter}` stands for: a Topic Filter that the target does not grant.
    pub denied_filter: Option<String>,
    /// What `{denied-topic}` stands for: a Topic Name that the target does not let us publish to.
    pub denied_topic: Option<String>,
}

/// A User Name and perhaps a Password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The User Name.
    pub user: String,
    /// The Password.
    pub password: Option<Vec<u8>>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What the trace says.
    pub verdict: Verdict,
    /// What is permitted and still worth a word.
    pub remarks: Vec<Remark>,
    /// What the audit saw the server break, whatever the trace asked for.
    pub breaches: Vec<Found>,
    /// All that went over the wires.
    pub wire: Vec<Event>,
}

impl Run {
    /// What became of it all in all: it fails if the trace or the audit says so.
    pub fn status(&self) -> Status {
        match &self.verdict {
            Verdict::Fail(_) => Status::Fail,
            Verdict::Skipped(_) => Status::Skipped,
            Verdict::Pass | Verdict::Inconclusive(_) | Verdict::Unstable(_)
                if !self.breaches.is_empty() =>
            {
                Status::Fail
            }
            Verdict::Unstable(_) => Status::Unstable,
            Verdict::Inconclusive(_) => Status::Inconclusive,
            Verdict::Pass if self.remarks.iter().any(|one| one.weight == Weight::Warning) => {
                Status::Warn
            }
            Verdict::Pass => Status::Pass,
        }
    }

    /// The statements that were broken, each once: what the trace says, then what the audit saw.
    pub fn broken(&self) -> Vec<Id> {
        let mut broken = Vec::new();
        if let Verdict::Fail(failure) = &self.verdict {
            broken.push(failure.id);
        }
        for found in &self.breaches {
            broken.push(found.violation.id);
            broken.extend(found.violation.also());
        }
        let mut once = Vec::new();
        for id in broken {
            if !once.contains(&id) {
                once.push(id);
            }
        }
        once
    }
}

/// The verdict, then what the audit saw, then the remarks, for people.
impl fmt::Display for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = matches!(self.verdict, Verdict::Fail(_));
        if let (Some(found), false) = (self.breaches.first(), failed) {
            writeln!(out, "fail {}, as the audit saw", found.violation.id)?;
            write!(out, "  the trace itself: ")?;
        }
        writeln!(out, "{}", self.verdict.to_string().trim_end())?;
        for found in self.breaches.iter().take(SHOWN_MAX) {
            found.fmt(out)?;
        }
        if self.breaches.len() > SHOWN_MAX {
            writeln!(out, "  breach    {} more", self.breaches.len() - SHOWN_MAX)?;
        }
        for remark in &self.remarks {
            let weight = match remark.weight {
                Weight::Breach => "breach",
                Weight::Warning => "warning",
                Weight::Note => "note",
            };
            writeln!(out, "  {weight}, {}: {}", remark.cite, remark.text)?;
        }
        Ok(())
    }
}

/// Something on a wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Whose connection, in the words of the trace.
    pub who: String,
    /// Its number.
    pub link: Link,
    /// What happened.
    pub what: Happened,
}

/// What happens on a wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The connection was opened.
    Opened,
    /// We sent these bytes in one write.
    Sent(Vec<u8>),
    /// These bytes came.
    Came(Vec<u8>),
    /// We ended the connection without DISCONNECT.
    Ended,
    /// The peer closed.
    Closed,
}

/// Plays `trace` against `target`, and clears up behind it.
pub fn run(target: &mut impl Target, trace: &Trace, options: &Options) -> Run {
    if let Some(missing) = missing(trace, options) {
        let verdict = Verdict::Skipped(format!("requires {missing}"));
        let (remarks, breaches, wire) = (Vec::new(), Vec::new(), Vec::new());
        return Run { verdict, remarks, breaches, wire };
    }
    let mut runner = Runner::new(target, trace, options);
    let mut verdict = runner.play(trace);
    let findings = runner.judged(&verdict);
    let (guessed, mut remarks) = (runner.guessed, std::mem::take(&mut runner.remarks));
    remarks.extend(findings.remarks);
    let wire = std::mem::take(&mut runner.wire);
    runner.clear_up();
    // Where the trace cannot tell what a packet breaks, the audit may know.
    if let (Verdict::Fail(failure), Some(link)) = (&mut verdict, guessed)
        && failure.cause == Cause::Wrong
        && let Some(found) = findings.breaches.iter().rfind(|found| found.link == Some(link))
    {
        failure.id = found.violation.id;
    }
    Run { verdict, remarks, breaches: findings.breaches, wire }
}

/// What the trace requires and the target does not offer.
fn missing<'a>(trace: &'a Trace, options: &Options) -> Option<&'a str> {
    let offered = |word: &str| {
        options.offers.iter().any(|offer| offer == word)
            && match word {
                "denied-filter" => options.denied_filter.is_some(),
                "denied-topic" => options.denied_topic.is_some(),
                _ => true,
            }
    };
    trace.requires.iter().map(String::as_str).find(|word| !offered(word))
}
