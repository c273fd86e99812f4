//! What a run of the suite against one broker found, in a form that every format is made of.
//!
//! [`Report`] is plain data, and as JSON it is the documented schema; the other formats only show
//! it. A statement is written `MQTT-4.3.3-2`, without brackets, and bytes are hexadecimal.
//!
#![doc = include_str!("SCHEMA.md")]

mod format;
mod html;
mod junit;
mod markdown;
mod matrix;
mod outcome;
mod tap;
#[cfg(test)]
mod tests;
mod text;

pub use format::{Format, render};
pub use outcome::Outcome;

use serde::{Deserialize, Serialize};

/// The version of the JSON schema; it changes when a field changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// One run against one broker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The version of Etalon.
    pub etalon: String,
    /// What was judged.
    pub target: Target,
    /// When it began, as RFC 3339 has it.
    pub started: String,
    /// How long it took.
    ///
    /// # Units
    /// Seconds.
    pub seconds: f64,
    /// Every case that was chosen, in the order of the standard.
    pub cases: Vec<Case>,
    /// What the audit found beyond the cases, over all of them: each kind of breach once for each
    /// case in which it was seen.
    pub breaches: Vec<Breach>,
    /// What became of each statement that a chosen case covers or that was broken.
    pub statements: Vec<Statement>,
    /// The counts.
    pub summary: Summary,
}

/// What was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `host:port`, as it was given.
    pub address: String,
    /// A name for people, if the target file has one.
    pub name: Option<String>,
    /// What it offers and does not offer, as it was probed or declared.
    pub capabilities: Vec<Capability>,
}

/// Something that a broker may lack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capability {
    /// The word that a trace's `requires` names, or a property such as `qos2-method`.
    pub name: String,
    /// Whether it is there.
    pub offered: bool,
    /// How that is known: `probed: CONNACK accepted`, `declared in mosquitto.toml: ...`.
    pub how: String,
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Everything came as it had to.
    Pass,
    /// Permitted, but not what a SHOULD or an unnumbered sentence asks for.
    Warn,
    /// A statement is broken.
    Fail,
    /// The peer did what it may do, and the case could not get to its point.
    Inconclusive,
    /// The target does not offer what the case requires.
    Skipped,
    /// It failed, but not every time, and in a way that a server may plead an excuse for (S-104).
    Unstable,
}

impl Status {
    /// In the order in which reports count them.
    pub const ALL: [Status; 6] = [
        Status::Pass,
        Status::Warn,
        Status::Fail,
        Status::Inconclusive,
        Status::Skipped,
        Status::Unstable,
    ];

    /// As reports write it.
    pub const fn word(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Warn => "warn",
            Status::Fail => "fail",
            Status::Inconclusive => "inconclusive",
            Status::Skipped => "skipped",
            Status::Unstable => "unstable",
        }
    }
}

/// One case and its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// `4.3.3/two_steps`
    pub name: String,
    /// `4.3.3`
    pub section: String,
    /// What it tests, in a sentence or two.
    pub about: String,
    /// The outcome.
    pub status: Status,
    /// The statements that it covers.
    pub ids: Vec<String>,
    /// The statements that are broken: what the trace expected, then what the audit saw.
    pub broken: Vec<String>,
    /// What happened, in a sentence; empty for a pass.
    pub message: String,
    /// Where the trace stopped, if it did.
    pub stop: Option<Stop>,
    /// What a SHOULD or an unnumbered sentence asks for and did not get, and remarks.
    pub remarks: Vec<Remark>,
    /// What went over the wires in the last run, in order; empty for a pass unless it was asked for.
    pub wire: Vec<Wire>,
    /// A trace that shows it again: `etalon replay FILE --to HOST:PORT`. Empty for a pass.
    pub replay: String,
    /// How often it was run, and how often it failed.
    pub runs: Runs,
    /// Wall time of the last run.
    ///
    /// # Units
    /// Seconds.
    pub seconds: f64,
    /// What `--expect` says about it, if it says something.
    pub expected: Option<Expected>,
}

/// Where and why a trace stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The line of the trace, from 1.
    pub line: usize,
    /// What it expected there.
    pub expected: String,
    /// What came instead.
    pub seen: String,
    /// The packets that had come and that nobody had asked for.
    pub came: Vec<Packet>,
}

/// A packet, annotated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    /// In the words of the standard: `PUBREC id=7`.
    pub line: String,
    /// All its bytes, as hexadecimal digits.
    pub bytes: String,
    /// What each part of them is.
    pub fields: Vec<Field>,
}

/// A part of a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Offset of its first byte.
    pub at: usize,
    /// How many bytes it has.
    pub len: usize,
    /// `Packet Identifier`
    pub name: String,
    /// What it says.
    pub meaning: String,
}

/// A warning or a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// `warning` or `note`
    pub weight: String,
    /// The sentence it rests on: `l.1157`, `S-91`, or a statement.
    pub cite: String,
    /// What was seen.
    pub text: String,
}

/// Something on a wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wire {
    /// When, since the case began.
    ///
    /// # Units
    /// Seconds.
    pub at: f64,
    /// Whose connection, in the words of the trace.
    pub who: String,
    /// `>` sent by us, `<` came, `open`, `cut` by us, `closed` by the peer.
    pub what: String,
    /// The packet or the bytes in words; empty where nothing went over.
    pub line: String,
    /// The bytes, as hexadecimal digits.
    pub bytes: String,
    /// What the audit found in it: breaches by the broker.
    pub breaches: Vec<Breach>,
}

/// A breach that the audit saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    /// The statement.
    pub id: String,
    /// `server` or `client`; only the server's count, the client being Etalon.
    pub by: String,
    /// The case in which it was seen.
    pub case: String,
    /// Whose connection, in the words of the trace; empty for what belongs to none.
    pub client: String,
    /// Which packet of its side on that connection, from 1; 0 if it is no packet.
    pub packet: usize,
    /// When, since the case began.
    ///
    /// # Units
    /// Seconds.
    pub at: f64,
    /// The offending byte in the packet.
    pub byte: usize,
    /// The packet, as hexadecimal digits.
    pub bytes: String,
    /// What is wrong.
    pub message: String,
}

/// How often a case was run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    /// All runs.
    pub all: u32,
    /// Those that failed.
    pub failed: u32,
}

/// What was expected of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Whether it came out as expected: a failure, or a pass that nobody expects is not.
    pub met: bool,
    /// The reason that the file gives.
    pub reason: String,
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// `MQTT-4.3.3-2`
    pub id: String,
    /// `fail` if it was broken anywhere, else the best of the cases that cover it.
    pub status: Status,
    /// The cases that cover it.
    pub cases: Vec<String>,
    /// The cases in which it was broken, whatever they cover.
    pub broken_in: Vec<String>,
}

/// The counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Passed.
    pub pass: usize,
    /// Passed with warnings.
    pub warn: usize,
    /// Failed, the expected ones included.
    pub fail: usize,
    /// Could not be decided.
    pub inconclusive: usize,
    /// Not run.
    pub skipped: usize,
    /// Failed only sometimes.
    pub unstable: usize,
    /// Failed as `--expect` says.
    pub expected: usize,
    /// Passed although `--expect` says otherwise.
    pub unexpected_passes: usize,
    /// The statements that were broken.
    pub broken: Vec<String>,
}
