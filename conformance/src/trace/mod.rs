//! Traces: what is said to a peer and what has to come back, in a language of its own.
//!
//! The grammar stands in `traces/README.md`. A [`Trace`] comes from [`str::parse`], which names
//! line, column and what it expected; printed, it reads back as itself. What a line demands of a
//! peer is decided by [`run`](crate::run), not here.

mod mistake;
mod parse;
mod print;

use etalon::packet::Kind;
use etalon::spec::Id;
use etalon::time::Duration;
use etalon::violation::Weight;

pub use mistake::Mistake;

/// One trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The comment at its head, line by line.
    pub about: Vec<String>,
    /// The statements that it tests; a failure is reported under the first, unless the line names
    /// one of its own.
    pub covers: Vec<Id>,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// What a target has to offer.
    pub requires: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// Where something stands in its file. It is no part of what it says: all are equal.
#[derive(Clone, Copy, Debug)]
pub struct Line(pub usize);

impl PartialEq for Line {
    fn eq(&self, _: &Line) -> bool {
        true
    }
}

impl Eq for Line {}

/// A step and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands.
    pub line: Line,
    /// What is to be done.
    pub act: Act,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `a > ...`: packets that are sent in one write, or in pieces of `split` bytes.
    Say {
        /// Who sends.
        who: String,
        /// The size of each write, if it is limited.
        split: Option<usize>,
        /// What is sent.
        what: Vec<Said>,
    },
    /// `a > open`, `a > cut`, `a > reset`.
    Link {
        /// Whose connection.
        who: String,
        /// What happens to it.
        what: Change,
    },
    /// `a < ...`
    Hear(Heard),
    /// `+1.5s`
    Wait(Duration),
    /// `any { ... }`: all of these, in any order.
    Any(Vec<Heard>),
    /// `either { ... } or { ... }`: the branch whose first line comes true.
    Either(Vec<Branch>),
    /// `optional { ... }`: only if its first line comes true.
    Optional(Branch),
    /// `warn l.1157 "text"`, `note S-91 "text"`: what came is permitted, and worth a word.
    Remark(Remark),
    /// `restart`: the target stops and starts again, and all connections are gone.
    Restart,
}

/// What a trace says about a choice that the standard leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// A warning, where a SHOULD or an unnumbered sentence is not followed, or a note.
    pub weight: Weight,
    /// The sentence it rests on: `l.1157`, `S-91`, or a statement.
    pub cite: String,
    /// What was seen.
    pub text: String,
}

/// Steps that begin with an expectation, by which they are chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What chooses it.
    pub first: Heard,
    /// What follows then.
    pub rest: Vec<Step>,
}

/// What we do to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is opened, and nothing is sent.
    Open,
    /// It is closed without DISCONNECT.
    Cut,
    /// It is torn down by a TCP reset.
    Reset,
}

/// Something that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A valid packet.
    Packet(Pattern),
    /// Bytes as they are.
    Raw(Vec<Piece>),
}

/// A part of raw bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `36 05`
    Bytes(Vec<u8>),
    /// `"text"`
    Text(String),
    /// `s"text"`: with its length in two bytes before it.
    Field(String),
    /// `( ... )`: with its length as a Remaining Length before it.
    Counted(Vec<Piece>),
    /// `repeat 3 "x"`
    Repeat(usize, Box<Piece>),
}

/// `a < ...  [ID]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Where it stands.
    pub line: Line,
    /// Who hears it.
    pub who: String,
    /// What has to come.
    pub what: Expected,
    /// The statement that is broken if it does not.
    pub id: Option<Id>,
}

/// What has to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A packet.
    Packet(Pattern),
    /// A packet of exactly these bytes.
    Raw(Vec<Piece>),
    /// The peer closes.
    Closed {
        /// Nothing comes before the close.
        silently: bool,
        /// What the peer has to name as the reason, if it can be asked.
        breach: Option<Id>,
        /// How long it may take, if not the usual time.
        within: Option<Duration>,
    },
    /// The connection stays open, and nothing comes for this long.
    Nothing(Option<Duration>),
}

/// A packet with its fields; where it is expected, some may be left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// §3.1
    Connect(Connect),
    /// §3.2
    Connack(Answer, Flag),
    /// §3.3
    Publish(Publish),
    /// PUBACK, PUBREC, PUBREL, PUBCOMP or UNSUBACK.
    Ack(Kind, Number),
    /// §3.8: filters and requested QoS.
    Subscribe(Number, Vec<(String, u8)>),
    /// §3.9
    Suback(Number, Vec<Code>),
    /// §3.10
    Unsubscribe(Number, Vec<String>),
    /// PINGREQ, PINGRESP or DISCONNECT.
    Bare(Kind),
}

/// The fields of a CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// The Client Identifier.
    pub client: Client,
    /// Clean Session.
    pub clean: bool,
    /// Keep Alive.
    ///
    /// # Units
    /// Seconds.
    pub keep_alive: u16,
    /// The Will.
    pub will: Option<Will>,
    /// The User Name.
    pub user: Option<String>,
    /// The Password.
    pub password: Option<Payload>,
}

/// A Will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will {
    /// The Will Topic.
    pub topic: String,
    /// The Will Message.
    pub message: Payload,
    /// The Will QoS.
    pub qos: u8,
    /// Will Retain.
    pub retain: bool,
}

/// The fields of a PUBLISH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The Topic Name.
    pub topic: String,
    /// The QoS.
    pub qos: u8,
    /// The Packet Identifier, at QoS 1 and 2.
    pub id: Option<Number>,
    /// DUP.
    pub dup: Flag,
    /// RETAIN.
    pub retain: Flag,
    /// The payload.
    pub payload: Payload,
}

/// A Client Identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Client {
    /// One of this peer's own, the same in the whole run.
    Auto,
    /// Whatever it is.
    Any,
    /// This one.
    Is(String),
}

/// A Packet Identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// This one.
    Is(u16),
    /// The first time whatever it is, and from then on the same.
    Variable(String),
    /// Whatever it is.
    Any,
}

/// A bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// 0 or 1.
    Is(bool),
    /// Either.
    Any,
}

/// What a CONNACK says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Return code 0.
    Accepted,
    /// This return code, 1 to 5.
    Refused(u8),
    /// One of the return codes 1 to 5.
    RefusedAny,
}

/// A return code of a SUBACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Granted QoS.
    Granted(u8),
    /// 0x80
    Failure,
    /// Whatever it is.
    Any,
}

/// A payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing, or text.
    Text(String),
    /// `hex 00 01`
    Hex(Vec<u8>),
    /// `repeat 1000 "x"`
    Repeat(usize, String),
    /// `size 1000`: whatever it is, of this size.
    Size(usize),
    /// `any`: whatever it is.
    Any,
}

impl Trace {
    /// Every expectation, those of all branches included, in order.
    pub fn heard(&self) -> Vec<&Heard> {
        let mut found = Vec::new();
        collect(&self.steps, &mut found);
        found
    }
}

fn collect<'a>(steps: &'a [Step], found: &mut Vec<&'a Heard>) {
    for step in steps {
        match &step.act {
            Act::Say { .. } | Act::Link { .. } | Act::Wait(_) | Act::Remark(_) | Act::Restart => {}
            Act::Hear(heard) => found.push(heard),
            Act::Any(all) => found.extend(all),
            Act::Either(branches) => branches.iter().for_each(|branch| within(branch, found)),
            Act::Optional(branch) => within(branch, found),
        }
    }
}

fn within<'a>(branch: &'a Branch, found: &mut Vec<&'a Heard>) {
    found.push(&branch.first);
    collect(&branch.rest, found);
}

impl std::str::FromStr for Trace {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Trace, Mistake> {
        parse::trace(text)
    }
}
