//! Packets as bytes, in few words, and a scene in which an audit watches them.

use etalon::audit::{Audit, Finding};
use etalon::packet::{Decoded, Limits, Party, decode};
use etalon::spec::Id;
use etalon::time::{Duration, Instant};
use etalon::violation::{Rule, Weight};

pub fn text(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u16).to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

pub fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    assert!(body.len() < 128);
    [&[first, body.len() as u8], body].concat()
}

pub fn connect(id: &str, clean: bool, keep_alive: u8) -> Vec<u8> {
    let flags = if clean { 2 } else { 0 };
    let head = [&text("MQTT")[..], &[4, flags, 0, keep_alive]].concat();
    framed(0x10, &[head, text(id)].concat())
}

pub fn connack(present: bool) -> Vec<u8> {
    vec![0x20, 2, u8::from(present), 0]
}

/// QoS as 0 to 2; flags are added to the first byte.
pub fn publish(flags: u8, qos: u8, id: u8, topic: &str, payload: &str) -> Vec<u8> {
    let id = if qos == 0 { vec![] } else { vec![0, id] };
    framed(0x30 | flags | qos << 1, &[text(topic), id, payload.into()].concat())
}

pub const DUP: u8 = 8;

/// PUBACK 4, PUBREC 5, PUBREL 6, PUBCOMP 7, UNSUBACK 11.
pub fn ack(kind: u8, id: u8) -> Vec<u8> {
    vec![kind << 4 | if kind == 6 { 2 } else { 0 }, 2, 0, id]
}

pub fn subscribe(id: u8, filters: &[(&str, u8)]) -> Vec<u8> {
    let list: Vec<u8> =
        filters.iter().flat_map(|(filter, qos)| [text(filter), vec![*qos]].concat()).collect();
    framed(0x82, &[vec![0, id], list].concat())
}

pub fn suback(id: u8, codes: &[u8]) -> Vec<u8> {
    framed(0x90, &[&[0, id], codes].concat())
}

pub fn unsubscribe(id: u8, filters: &[&str]) -> Vec<u8> {
    let list: Vec<u8> = filters.iter().flat_map(|filter| text(filter)).collect();
    framed(0xA2, &[vec![0, id], list].concat())
}

pub const PINGREQ: [u8; 2] = [0xC0, 0];
pub const PINGRESP: [u8; 2] = [0xD0, 0];
pub const DISCONNECT: [u8; 2] = [0xE0, 0];

/// One connection and what has been found in it.
pub struct Scene {
    audit: Audit,
    now: Instant,
    pub found: Vec<Finding>,
}

pub fn raw() -> Scene {
    let now = Instant::START;
    Scene { audit: Audit::new(now), now, found: Vec::new() }
}

/// A connection that has been accepted with these settings.
pub fn opened(clean: bool, present: bool, keep_alive: u8) -> Scene {
    raw().c(connect("a", clean, keep_alive)).s(connack(present))
}

pub fn fresh() -> Scene {
    opened(true, false, 0)
}

impl Scene {
    /// The Client sends.
    pub fn c(self, bytes: impl AsRef<[u8]>) -> Scene {
        self.saw(Party::Client, bytes.as_ref())
    }

    /// The Server sends.
    pub fn s(self, bytes: impl AsRef<[u8]>) -> Scene {
        self.saw(Party::Server, bytes.as_ref())
    }

    fn saw(mut self, from: Party, bytes: &[u8]) -> Scene {
        let found = &mut self.found;
        let mut report = |finding| found.push(finding);
        match decode(bytes, Limits::EITHER) {
            Ok(Decoded::Packet { packet, overlong_length, .. }) => {
                if overlong_length {
                    self.audit.overlong(from, packet.kind(), &mut report);
                }
                self.audit.saw(self.now, from, &packet, &mut report);
            }
            Ok(Decoded::Incomplete { .. }) => self.audit.heard(self.now, from),
            Err(violation) => self.audit.broke(self.now, from, violation, bytes, &mut report),
        }
        self
    }

    /// Time passes, and nobody looks.
    pub fn later(mut self, millis: u64) -> Scene {
        self.now = self.now + Duration::from_millis(millis);
        self
    }

    pub fn wait(mut self, millis: u64) -> Scene {
        self.now = self.now + Duration::from_millis(millis);
        let found = &mut self.found;
        self.audit.tick(self.now, &mut |finding| found.push(finding));
        self
    }

    /// Nothing is on its way.
    pub fn settled(mut self) -> Scene {
        let found = &mut self.found;
        self.audit.settled(&mut |finding| found.push(finding));
        self
    }

    pub fn closed(mut self, by: Party) -> Scene {
        let found = &mut self.found;
        self.audit.closed(self.now, by, &mut |finding| found.push(finding));
        self
    }

    /// What `party` is accused of.
    pub fn breaches(&self, party: Party) -> Vec<Id> {
        let of = self.found.iter().filter(|found| found.by == party);
        of.filter(|found| found.weight() == Weight::Breach).map(|f| f.violation.id).collect()
    }

    /// Everything that `party` did, by rule.
    pub fn rules(&self, party: Party) -> Vec<Rule> {
        self.found.iter().filter(|found| found.by == party).map(|f| f.violation.rule).collect()
    }

    /// Nothing at all was found.
    #[track_caller]
    pub fn clean(&self) {
        assert_eq!(self.found, []);
    }

    /// The Server is accused of this and nothing else, and no word is said about the Client.
    #[track_caller]
    pub fn server(&self, id: Id) {
        assert_eq!(self.breaches(Party::Server), [id]);
    }

    /// The Client is accused of this, and the Server of nothing.
    #[track_caller]
    pub fn client(&self, id: Id) {
        assert_eq!(self.breaches(Party::Client), [id]);
        assert_eq!(self.rules(Party::Server), []);
    }

    /// The Server is not accused; it gets at most these remarks.
    #[track_caller]
    pub fn remarks(&self, rules: &[Rule]) {
        assert_eq!(self.rules(Party::Server), rules);
        assert_eq!(self.breaches(Party::Server), []);
    }
}
