//! The audit over every connection of a world: §3 and §4, read a second time.
//!
//! It stands where the Clients are: a packet of a Client counts when it is sent, one of the broker
//! when it arrives. Findings against the broker are kept for [`World`](crate::world::World), which
//! fails with them.

use etalon::audit::{Audit, Delivery, Finding};
use etalon::packet::{Decoded, Limits, Party, Stance, decode};
use etalon::time::Instant;
use etalon::violation::Weight;

/// All connections, and what has been found.
#[derive(Debug, Default)]
pub struct Watch {
    lines: Vec<Line>,
    delivery: Delivery,
    findings: Vec<(usize, Finding)>,
}

#[derive(Debug)]
struct Line {
    audit: Audit,
    from_client: Stream,
    from_server: Stream,
}

/// Bytes of one direction that are no packet yet.
#[derive(Debug, Default)]
struct Stream {
    bytes: Vec<u8>,
    /// Whether packets cannot be told apart any more.
    broken: bool,
}

const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };

impl Watch {
    /// Over a broker that is known to end a session in which more messages wait.
    pub fn with_queue(messages: usize) -> Watch {
        Watch { delivery: Delivery::with_queue(messages), ..Watch::default() }
    }

    /// The next connection.
    pub fn opened(&mut self, now: Instant) {
        let (from_client, from_server) = (Stream::default(), Stream::default());
        self.lines.push(Line { audit: Audit::new(now), from_client, from_server });
    }

    /// Bytes have come from one side.
    pub fn saw(&mut self, now: Instant, number: usize, from: Party, bytes: &[u8]) {
        let Some(line) = self.lines.get_mut(number) else { return };
        let findings = &mut self.findings;
        let mut report = |finding| findings.push((number, finding));
        let stream = match from {
            Party::Client => &mut line.from_client,
            Party::Server => &mut line.from_server,
        };
        if stream.broken {
            return;
        }
        stream.bytes.extend_from_slice(bytes);
        line.audit.heard(now, from);
        let mut at = 0;
        loop {
            let rest = stream.bytes.get(at..).unwrap_or_default();
            match decode(rest, LIMITS) {
                Ok(Decoded::Packet { packet, used, overlong_length }) => {
                    if overlong_length {
                        line.audit.overlong(from, packet.kind(), &mut report);
                    }
                    line.audit.saw(now, from, &packet, &mut report);
                    self.delivery.saw(now, number as u64, from, &packet, &mut report);
                    at += used;
                }
                Ok(Decoded::Incomplete { .. }) => break,
                Err(violation) => {
                    line.audit.broke(now, from, violation, rest, &mut report);
                    stream.broken = true;
                    break;
                }
            }
        }
        stream.bytes.drain(..at);
    }

    /// Bytes of this Client wait to be read.
    pub fn waits(&mut self, now: Instant, number: usize) {
        if let Some(line) = self.lines.get_mut(number) {
            line.audit.heard(now, Party::Client);
        }
    }

    /// A connection has ended.
    pub fn closed(&mut self, now: Instant, number: usize, by: Party) {
        let Some(line) = self.lines.get_mut(number) else { return };
        let findings = &mut self.findings;
        line.audit.closed(now, by, &mut |finding| findings.push((number, finding)));
        self.delivery.closed(now, number as u64);
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) {
        for (number, line) in self.lines.iter_mut().enumerate() {
            let findings = &mut self.findings;
            line.audit.tick(now, &mut |finding| findings.push((number, finding)));
        }
    }

    /// Nothing is on its way.
    pub fn settled(&mut self) {
        let findings = &mut self.findings;
        for (number, line) in self.lines.iter_mut().enumerate() {
            line.audit.settled(&mut |finding| findings.push((number, finding)));
        }
        self.delivery.settled(&mut |finding| findings.push((usize::MAX, finding)));
    }

    /// What the broker is accused of: the number of the connection, or `usize::MAX` for what
    /// belongs to none, and the finding.
    pub fn accusations(&self) -> Vec<(usize, Finding)> {
        let accused = |found: &&(usize, Finding)| {
            found.1.by == Party::Server && found.1.weight() == Weight::Breach
        };
        self.findings.iter().filter(accused).copied().collect()
    }
}
