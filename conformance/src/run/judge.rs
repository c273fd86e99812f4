//! What the audit has to say about all that went over the wires of a run.
//!
//! The wire is read as a whole, on the runner's side of the target, so the findings are the same
//! for every target and every time. Only the server is judged; the client is the trace.

use std::collections::BTreeMap;

use etalon::audit::{Audit, Delivery, Finding};
use etalon::packet::{Decoded, Limits, Party, Stance, decode};
use etalon::time::Instant;
use etalon::violation::{Violation, Weight};

use super::{Event, Happened, Remark};
use crate::target::Link;

const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };

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

/// Everything that is held against the server.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) breaches: Vec<Found>,
    pub(super) remarks: Vec<Remark>,
}

/// What has come by `now` is judged; what has not come is missing if all is `settled`.
pub(super) fn judge(wire: &[Event], now: Instant, settled: bool) -> Findings {
    let mut judge =
        Judge { lines: BTreeMap::new(), delivery: Delivery::new(), findings: Findings::default() };
    for event in wire {
        judge.tick(event.at);
        judge.happened(event);
    }
    judge.tick(now);
    if settled {
        let mut found = Vec::new();
        judge.delivery.settled(&mut |finding| found.push(finding));
        judge.keep(now, None, found, &[]);
    }
    judge.findings
}

struct Judge {
    lines: BTreeMap<Link, Line>,
    delivery: Delivery,
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
                Ok(Decoded::Packet { packet, used, .. }) => {
                    stream.packets += 1;
                    line.audit.saw(at, from, &packet, &mut report);
                    self.delivery.saw(at, link as u64, from, &packet, &mut report);
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
        self.delivery.closed(at, link as u64);
        self.keep(at, Some(link), found, &[]);
    }

    fn tick(&mut self, now: Instant) {
        let mut all = Vec::new();
        for (link, line) in &mut self.lines {
            let mut found = Vec::new();
            line.audit.tick(now, &mut |finding| found.push(finding));
            if !found.is_empty() {
                all.push((*link, found));
            }
        }
        for (link, found) in all {
            self.keep(now, Some(link), found, &[]);
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
