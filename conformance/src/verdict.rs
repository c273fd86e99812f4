//! What a run of a trace comes to.

use std::fmt;

use etalon::packet::{Limits, annotate};
use etalon::spec::Id;

use crate::show;
use crate::trace::Line;

/// The outcome of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything came as it had to.
    Pass,
    /// A statement is broken.
    Fail(Box<Failure>),
    /// The peer did something that it may do, and the trace could not get to its point.
    Inconclusive(Stop),
    /// The target does not offer what the trace requires.
    Skipped(String),
    /// It failed, but not every time, and in a way for which a server may have an excuse (S-104).
    Unstable(Box<Failure>),
}

/// What is broken, and how it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The statement.
    pub id: Id,
    /// Where the trace says what was expected.
    pub line: Line,
    /// What kind of failure it is.
    pub cause: Cause,
    /// What that was.
    pub expected: String,
    /// What happened.
    pub seen: String,
    /// The packets that had come and that nobody had asked for, as bytes: the first of them.
    pub came: Vec<Vec<u8>>,
    /// How many more there were.
    pub more: usize,
}

/// What kind of failure something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Something was seen that the standard forbids: once is enough.
    Wrong,
    /// The peer closed, for which it may have an excuse (S-104).
    Closed,
    /// What was owed did not come in time.
    Missing,
}

/// Where a trace stopped, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The line.
    pub line: Line,
    /// The reason.
    pub why: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Pass => out.write_str("pass"),
            Verdict::Fail(failure) => failure.fmt(out),
            Verdict::Inconclusive(stop) => {
                write!(out, "inconclusive: line {}: {}", stop.line.0, stop.why)
            }
            Verdict::Unstable(failure) => write!(out, "unstable: at times {failure}"),
            Verdict::Skipped(why) => write!(out, "skipped: {why}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "fail {} line {}: {}", self.id, self.line.0, self.seen)?;
        writeln!(out, "  expected  {}", self.expected)?;
        for bytes in &self.came {
            writeln!(out, "  came      {}", show::line(bytes))?;
            annotated(out, bytes)?;
        }
        if self.more > 0 {
            writeln!(out, "  came      {} more", self.more)?;
        }
        Ok(())
    }
}

/// The parts of a packet, one to a line, under the heads that stand before.
pub(crate) fn annotated(out: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for field in annotate::annotate(bytes, Limits::CLIENT) {
        let part = bytes.get(field.at.clone()).unwrap_or_default();
        let hex: Vec<String> = part.iter().take(16).map(|byte| format!("{byte:02X}")).collect();
        let more = if part.len() > 16 { " .." } else { "" };
        let hex = hex.join(" ") + more;
        writeln!(out, "            {hex:50} {}: {}", field.name, field.meaning)?;
    }
    Ok(())
}
