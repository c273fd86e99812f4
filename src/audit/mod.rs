//! A second reading of the standard: it judges both sides of a connection by their packets alone.
//!
//! It is written from the text and shares nothing with what it judges but packets, topics and time.
//! What the standard permits is never a breach. An observer may stand at either end, so an answer
//! that has not been seen proves nothing; only what a party did after something it must have known
//! is held against it. A breach has a statement; where only a SHOULD or an unnumbered sentence is
//! not followed, the finding is a warning, and a legal choice is at most a note. What is missing
//! is found only when the caller says that everything has had its time ([`Audit::settled`]).
//!
//! [`Audit`] sees one connection, [`Delivery`] all connections of one Server.

mod client;
mod delivery;
mod flow;
mod owed;
mod server;

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

pub use delivery::{Declared, Delivery, Start};

use crate::packet::{Connack, Kind, Packet, Party};
use crate::spec::Id;
use crate::time::{Duration, Instant};
use crate::violation::{Rule, Violation, Weight};
use flow::Flow;

/// How long a close that is due may take.
pub const CLOSE_WAIT_MAX: Duration = Duration::from_secs(5);

/// Something that was seen, and who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// Whose doing it is.
    pub by: Party,
    /// What it is.
    pub violation: Violation,
}

impl Finding {
    /// Whether it is a breach, a warning or a note.
    pub const fn weight(self) -> Weight {
        self.violation.rule.weight()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            Party::Client => "Client",
            Party::Server => "Server",
        };
        let weight = match self.weight() {
            Weight::Breach => "breach",
            Weight::Warning => "warning",
            Weight::Note => "note",
        };
        write!(out, "{by}, {weight}: {}", self.violation)
    }
}

/// Where findings go.
pub(crate) type Report<'a> = &'a mut dyn FnMut(Finding);

/// The other end.
pub(crate) const fn other(party: Party) -> Party {
    match party {
        Party::Client => Party::Server,
        Party::Server => Party::Client,
    }
}

/// Equal for equal content; one run gives the same numbers as another.
pub(crate) fn digest(content: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    AwaitConnect,
    AwaitConnack,
    Active,
    Refused,
}

/// Why the Server owes an answer of its own to a CONNECT that the decoder did not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BadConnect {
    /// Malformed: closed without an answer.
    Malformed(Id),
    /// A Will Topic that no topic name can be, or another protocol: any refusal will do.
    Refusable(Id),
    /// A level that the Server does not support: code 1.
    Level,
    /// A level that the Server may serve by another specification.
    OtherSpecification,
    /// No Client Identifier with CleanSession 0: code 2.
    Nameless,
}

/// A connection that a party has to close, since when and under which statement.
#[derive(Clone, Copy, Debug)]
struct Doom {
    since: Instant,
    id: Id,
    rule: Rule,
}

/// A SUBSCRIBE or UNSUBSCRIBE that has not been answered.
#[derive(Debug)]
struct Request {
    content: u64,
    /// The requested QoS of each filter; none if there is too much of it to remember.
    requested: Option<Vec<u8>>,
    /// How often it was sent.
    copies: u32,
    /// Whether it has been reported that it is not answered.
    told: bool,
}

/// What kind of request an identifier belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Subscribe,
    Unsubscribe,
}

/// One connection, as it looks to somebody who sees the packets of both directions.
///
/// Its memory is bounded by the packet identifiers: at most 65,535 exchanges of fewer than 100
/// bytes in each direction, as many requests, and a mebibyte of requested QoS.
#[derive(Debug)]
pub struct Audit {
    stage: Stage,
    bad_connect: Option<BadConnect>,
    clean_session: bool,
    keep_alive: Duration,
    connects: u32,
    from_client: Flow,
    from_server: Flow,
    requests: BTreeMap<(Asked, u16), Request>,
    codes_kept: usize,
    malformed: Malformed,
    pings: u32,
    waits_since: Option<Instant>,
    disconnected: Option<Instant>,
    /// Whether the Client has sent something after DISCONNECT.
    late: bool,
    heard: Instant,
    silence_reported: bool,
    client_has_to_close: Option<Doom>,
    server_has_to_close: Option<Doom>,
    /// Whether it has been reported that there is no CONNACK.
    connack_missed: bool,
    closed: bool,
}

/// Which packets of the Client were malformed, so that their answers cannot be told from others.
#[derive(Clone, Copy, Debug, Default)]
struct Malformed {
    /// The identifier of a SUBSCRIBE that has not been answered.
    subscribe: Option<u16>,
    publish_zero: bool,
    pubrec_zero: bool,
    pubrel_zero: bool,
    subscribe_zero: bool,
    unsubscribe_zero: bool,
}

impl Audit {
    /// A connection that has just been opened.
    pub fn new(now: Instant) -> Audit {
        Audit {
            stage: Stage::AwaitConnect,
            bad_connect: None,
            clean_session: false,
            keep_alive: Duration::ZERO,
            connects: 0,
            from_client: Flow::of(Party::Client),
            from_server: Flow::of(Party::Server),
            requests: BTreeMap::new(),
            codes_kept: 0,
            malformed: Malformed::default(),
            pings: 0,
            waits_since: None,
            disconnected: None,
            late: false,
            heard: now,
            silence_reported: false,
            client_has_to_close: None,
            server_has_to_close: None,
            connack_missed: false,
            closed: false,
        }
    }

    /// A whole packet was seen.
    pub fn saw(
        &mut self,
        now: Instant,
        from: Party,
        packet: &Packet<'_>,
        report: &mut impl FnMut(Finding),
    ) {
        if self.closed {
            return;
        }
        match from {
            Party::Client => self.client_sent(now, packet, report),
            Party::Server if self.late => {
                self.server_sent(now, packet, &mut |found| report(server::after_disconnect(found)));
            }
            Party::Server => self.server_sent(now, packet, report),
        }
    }

    /// The packet that follows took more bytes for its Remaining Length than it needs.
    pub fn overlong(&mut self, from: Party, packet: Kind, report: &mut impl FnMut(Finding)) {
        if self.closed {
            return;
        }
        let id = Id::MQTT_4_8_0_1;
        let violation = Violation::new(id, Rule::LengthNotMinimal, 1).seen_in(packet);
        report(Finding { by: from, violation });
    }

    /// The Server has a session of this Client, although its CONNACK denies it: what it sends may
    /// have begun on an earlier connection.
    pub const fn resumed(&mut self) {
        self.from_server.known = false;
    }

    /// Bytes were seen that are not a whole packet yet.
    pub fn heard(&mut self, now: Instant, from: Party) {
        match from {
            Party::Client => self.heard = now,
            Party::Server => {}
        }
    }

    /// The decoder found something in `bytes`, which begin where the packet begins.
    pub fn broke(
        &mut self,
        now: Instant,
        from: Party,
        violation: Violation,
        bytes: &[u8],
        report: &mut impl FnMut(Finding),
    ) {
        if self.closed {
            return;
        }
        match from {
            Party::Client => self.client_broke(now, violation, bytes, report),
            Party::Server => self.server_broke(now, violation, report),
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant, report: &mut impl FnMut(Finding)) {
        if self.closed {
            return;
        }
        self.client_waits(now, report);
        self.server_waits(now, report);
    }

    /// One side has closed the connection, or the network has failed.
    pub fn closed(&mut self, now: Instant, by: Party, report: &mut impl FnMut(Finding)) {
        if self.closed {
            return;
        }
        self.tick(now, report);
        self.closed = true;
        if by == Party::Server {
            self.server_closed(now, report);
        }
    }

    /// What the Server may be held to: messages of earlier connections exist only in a session
    /// that it has resumed.
    fn opened_with(&mut self, connack: Connack) {
        match connack {
            Connack::Accepted { session_present } => {
                self.stage = Stage::Active;
                self.from_server.known = !session_present;
                self.from_client.known = self.clean_session;
            }
            Connack::Refused(_) => self.stage = Stage::Refused,
        }
    }
}

/// A finding in a packet.
pub(crate) fn finding(by: Party, id: Id, rule: Rule, packet: &Packet<'_>) -> Finding {
    Finding { by, violation: Violation::new(id, rule, 0).seen_in(packet.kind()) }
}
