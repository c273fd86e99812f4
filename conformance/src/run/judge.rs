//! What the audit has to say about all that went over the wires of a run.
//!
//! The wire is read as a whole, on the runner's side of the target, so the findings are the same
//! for every target and every time. Only the server is judged; the client is the trace.

use std::collections::BTreeMap;
use std::fmt;

use etalon::audit::{Audit, Declared, Delivery, Finding, Start};
use etalon::packet::{Decoded, Limits, Party, Stance, decode};
use etalon::spec::Id;
use etalon::time::Instant;
use etalon::violation::{Violation, Weight};

use super::play::{PATIENCE, Runner};
use super::{Event, Happened};
use crate::show;
use crate::target::{Link, Target};
use crate::trace::Remark;
use crate::verdict::{self, Verdict};

const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };

/// How many breaches of one run are kept; more say nothing new.
const BREACHES_MAX: usize = 1000;

/// A breach by the server, seen by the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// When.
    pub at: Instant,
    /// Whose connection, in the words of the trace; empty for what belongs to none.
    pub who: String,
    /// Its number.
    pub link: Option<Link>,
    /// Which packet of the server on that connection, from 1; 0 if it is no packet.
    pub packet: usize,
    /// The packet.
    pub bytes: Vec<u8>,
    /// What is wrong.
    pub violation: Violation,
}

impl fmt::Display for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.at.0 as f64 / 1e6;
        write!(out, "  breach    {}, ", self.violation)?;
        match (self.who.as_str(), self.packet) {
            ("", _) => writeln!(out, "over all connections, at {seconds:.3} s")?,
            (who, 0) => writeln!(out, "connection of {who}, at {seconds:.3} s")?,
            (who, packet) => {
                writeln!(out, "packet {packet} to {who}, at {seconds:.3} s")?;
                writeln!(out, "  in        {}", show::line(&self.bytes))?;
            }
        }
        verdict::annotated(out, &self.bytes)
    }
}

/// Everything that is held against the server.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) breaches: Vec<Found>,
    pub(super) remarks: Vec<Remark>,
}

/// What is to be judged.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The time.
    pub(super) now: Instant,
    /// Whether what has not come by now is missing.
    pub(super) settled: bool,
    /// From which event on nobody knows what the server has kept.
    pub(super) restarted: Option<usize>,
    /// What is known of the server.
    pub(super) declared: Declared,
}

pub(super) fn judge(wire: &[Event], scope: &Scope) -> Findings {
    let mut judge = Judge {
        lines: BTreeMap::new(),
        delivery: Some(Delivery::over(scope.declared.clone())),
        findings: Findings::default(),
    };
    for (number, event) in wire.iter().enumerate() {
        if scope.restarted == Some(number) {
            judge.delivery = None;
        }
        judge.tick(event.at);
        judge.happened(event);
    }
    judge.tick(scope.now);
    if scope.settled {
        judge.settled(scope.now);
    }
    judge.findings
}

struct Judge {
    lines: BTreeMap<Link, Line>,
    /// None once the server may have forgotten what it knew.
    delivery: Option<Delivery>,
    findings: Findings,
}

/// A connection.
struct Line {
    who: String,
    audit: Audit,
    from_client: Stream,
    from_server: Stream,
}

/// The bytes of one direction.
#[derive(Default)]
struct Stream {
    bytes: Vec<u8>,
    packets: usize,
    /// Whether packets cannot be told apart any more.
    broken: bool,
}

impl Judge {
    fn happened(&mut self, event: &Event) {
        let (at, link) = (event.at, event.link);
        match &event.what {
            Happened::Opened => {
                let line = Line {
                    who: event.who.clone(),
                    audit: Audit::new(at),
                    from_client: Stream::default(),
                    from_server: Stream::default(),
                };
                self.lines.insert(link, line);
            }
            Happened::Sent(bytes) => self.saw(at, link, Party::Client, bytes),
            Happened::Came(bytes) => self.saw(at, link, Party::Server, bytes),
            Happened::Ended => self.closed(at, link, Party::Client),
            Happened::Closed => self.closed(at, link, Party::Server),
        }
    }

    fn saw(&mut self, at: Instant, link: Link, from: Party, bytes: &[u8]) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        let stream = match from {
            Party::Client => &mut line.from_client,
            Party::Server => &mut line.from_server,
        };
        if stream.broken {
            return;
        }
        stream.bytes.extend_from_slice(bytes);
        line.audit.heard(at, from);
        let all = std::mem::take(&mut stream.bytes);
        let mut rest = all.as_slice();
        loop {
            let Some(line) = self.lines.get_mut(&link) else { return };
            let stream = match from {
                Party::Client => &mut line.from_client,
                Party::Server => &mut line.from_server,
            };
            let mut found = Vec::new();
            let mut report = |finding| found.push(finding);
            let used = match decode(rest, LIMITS) {
                Ok(Decoded::Packet { packet, used, overlong_length }) => {
                    stream.packets += 1;
                    if overlong_length {
                        line.audit.overlong(from, packet.kind(), &mut report);
                    }
                    line.audit.saw(at, from, &packet, &mut report);
                    if let Some(delivery) = &mut self.delivery {
                        delivery.saw(at, link as u64, from, &packet, &mut report);
                    }
                    // That a session is denied is one breach; that it goes on is no other.
                    if found.iter().any(|finding| finding.violation.id == Id::MQTT_3_2_2_2) {
                        line.audit.resumed();
                    }
                    used
                }
                Ok(Decoded::Incomplete { .. }) => {
                    stream.bytes = rest.to_vec();
                    return;
                }
                Err(violation) => {
                    stream.packets += 1;
                    stream.broken = true;
                    line.audit.broke(at, from, violation, rest, &mut report);
                    if let Some(delivery) = &mut self.delivery {
                        delivery.broke(link as u64, from);
                    }
                    rest.len()
                }
            };
            let (packet, behind) = rest.split_at(used);
            // What a packet of the client brings to light happened earlier.
            self.keep(at, Some(link), found, if from == Party::Server { packet } else { &[] });
            rest = behind;
            if rest.is_empty() {
                return;
            }
        }
    }

    fn closed(&mut self, at: Instant, link: Link, by: Party) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        let mut found = Vec::new();
        line.audit.closed(at, by, &mut |finding| found.push(finding));
        if let Some(delivery) = &mut self.delivery {
            delivery.closed(at, link as u64);
        }
        self.keep(at, Some(link), found, &[]);
    }

    fn tick(&mut self, now: Instant) {
        let mut all = Vec::new();
        for (link, line) in &mut self.lines {
            line.audit.tick(now, &mut |finding| all.push((*link, finding)));
        }
        for (link, finding) in all {
            self.keep(now, Some(link), vec![finding], &[]);
        }
    }

    fn settled(&mut self, now: Instant) {
        let mut all = Vec::new();
        for (link, line) in &mut self.lines {
            line.audit.settled(&mut |finding| all.push((Some(*link), finding)));
        }
        if let Some(delivery) = &mut self.delivery {
            delivery.settled(&mut |finding| all.push((None, finding)));
        }
        for (link, finding) in all {
            self.keep(now, link, vec![finding], &[]);
        }
    }

    fn keep(&mut self, at: Instant, link: Option<Link>, found: Vec<Finding>, bytes: &[u8]) {
        let line = link.and_then(|link| self.lines.get(&link));
        let who = line.map_or(String::new(), |line| line.who.clone());
        let packet =
            if bytes.is_empty() { 0 } else { line.map_or(0, |line| line.from_server.packets) };
        for finding in found.into_iter().filter(|finding| finding.by == Party::Server) {
            let violation = finding.violation;
            let (weight, who) = (finding.weight(), who.clone());
            if weight == Weight::Breach && self.findings.breaches.len() >= BREACHES_MAX {
                continue;
            }
            if weight == Weight::Breach {
                let bytes = bytes.to_vec();
                self.findings.breaches.push(Found { at, who, link, packet, bytes, violation });
            } else {
                let cite = violation.line().map_or_else(
                    || violation.id.to_string().trim_matches(['[', ']']).to_owned(),
                    |line| line.to_string(),
                );
                let remark = Remark { weight, cite, text: violation.text().to_owned() };
                if !self.findings.remarks.contains(&remark) {
                    self.findings.remarks.push(remark);
                }
            }
        }
    }
}

impl<T: Target> Runner<'_, T> {
    /// What the audit says. What is owed may still be on its way, so it gets its time; where the
    /// trace has stopped in the middle, nothing can be missed.
    pub(super) fn judged(&mut self, verdict: &Verdict) -> Findings {
        let until = self.target.now() + PATIENCE;
        loop {
            self.pump(self.target.now());
            let scope = Scope {
                now: self.target.now(),
                settled: *verdict == Verdict::Pass && self.stopped.is_none(),
                restarted: self.restarted,
                declared: self.declared(),
            };
            let findings = judge(&self.wire, &scope);
            let seen = judge(&self.wire, &Scope { settled: false, ..scope }).breaches.len();
            if findings.breaches.len() == seen || !self.look(until) {
                return findings;
            }
        }
    }

    /// What is known of the target before anything is seen of it.
    fn declared(&self) -> Declared {
        let start = self.prefix.clone().map_or(Start::Empty, Start::Shared);
        let denied = ["{denied-filter}", "{denied-topic}"].map(|name| self.names.fill(name));
        let denied = denied.into_iter().filter(|name| !name.is_empty()).collect();
        Declared { start, denied, ..Declared::default() }
    }
}
