//! Scenes as text: steps with `;` between them, and everything that is found.
//!
//! A step is `LINK> PACKET` (the Client sends), `LINK< PACKET` (the Server sends) or an event:
//!
//! ```text
//! connect [kept] [as=NAME] [keep=SECONDS] [will=TOPIC/PAYLOAD]    ok [present]    refused CODE
//! pub|pub1|pub2 [ID] TOPIC PAYLOAD [dup] [retain]    puback|pubrec|pubrel|pubcomp|unsuback ID
//! sub ID FILTER QOS ..    suback ID CODE ..    unsub ID FILTER ..    ping    pong    bye
//! raw XX XX ..    closed    (LINK> closed: by the Client; LINK< closed: by the Server)
//! join LINK [kept] [as=NAME] [will=..]    CONNECT and its CONNACK
//! back LINK as=NAME                       CONNECT with CleanSession 0, Session Present 1
//! held LINK FILTER QOS ..                 SUBSCRIBE and its SUBACK, granted as asked
//! sent LINK QOS TOPIC PAYLOAD [retain]    PUBLISH and all that follows, by the Client
//! got LINK QOS TOPIC PAYLOAD [retain]     the same by the Server
//! wait SECONDS    settled
//! ```
//!
//! The payload `-` is empty. A link is opened where it is first named; its name is the Client
//! Identifier unless `as=` gives one.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use etalon::audit::{Audit, Declared, Delivery, Finding};
use etalon::packet::{Decoded, Limits, Party, Stance, decode};
use etalon::spec::Id;
use etalon::time::{Duration, Instant};
use etalon::violation::Weight;

use crate::say::{self, ack, framed, text};

const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };

struct Line {
    audit: Audit,
    pending: [Vec<u8>; 2],
}

struct Play {
    now: Instant,
    lines: Vec<Line>,
    names: BTreeMap<String, usize>,
    delivery: Delivery,
    found: Vec<Finding>,
}

/// What is found in a scene: `4.8.0-1` is a breach of the Server, `~StillOpen` a warning or a note
/// for it; those of the Client begin with `client `. Sorted, each once.
pub fn findings(script: &str, declared: Declared) -> Vec<String> {
    let all: BTreeSet<String> = played(script, declared).into_iter().map(words).collect();
    all.into_iter().collect()
}

/// The warnings and notes of a scene: rule and statement.
pub fn remarks(script: &str) -> Vec<String> {
    let all = played(script, Declared::default()).into_iter();
    let remarks = all.filter(|found| found.weight() != Weight::Breach);
    remarks.map(|found| format!("{:?} {}", found.violation.rule, statement(found))).collect()
}

fn statement(found: Finding) -> String {
    let id = found.violation.id.to_string();
    id.trim_matches(['[', ']']).trim_start_matches("MQTT-").to_owned()
}

fn played(script: &str, declared: Declared) -> Vec<Finding> {
    let mut play = Play {
        now: Instant::START,
        lines: Vec::new(),
        names: BTreeMap::new(),
        delivery: Delivery::over(declared),
        found: Vec::new(),
    };
    for step in script.split(';').map(str::trim).filter(|step| !step.is_empty()) {
        play.step(step);
    }
    play.found
}

fn words(found: Finding) -> String {
    let by = match found.by {
        Party::Client => "client ",
        Party::Server => "",
    };
    match found.weight() {
        Weight::Breach => format!("{by}{}", statement(found)),
        Weight::Warning | Weight::Note => format!("{by}~{:?}", found.violation.rule),
    }
}

impl Play {
    fn step(&mut self, step: &str) {
        if let Some((link, packet)) = step.split_once("> ") {
            return self.moves(link.trim(), Party::Client, packet.trim());
        }
        if let Some((link, packet)) = step.split_once("< ") {
            return self.moves(link.trim(), Party::Server, packet.trim());
        }
        let all: Vec<&str> = step.split_whitespace().collect();
        let retain = if all.contains(&"retain") { "retain" } else { "" };
        match all[..] {
            ["settled"] => self.settled(),
            ["wait", seconds] => self.wait(seconds.parse().unwrap()),
            ["join", link, ..] => {
                self.moves(link, Party::Client, &format!("connect {}", all[2..].join(" ")));
                self.moves(link, Party::Server, "ok");
            }
            ["back", link, name] => {
                self.moves(link, Party::Client, &format!("connect kept {name}"));
                self.moves(link, Party::Server, "ok present");
            }
            ["held", link, ..] => {
                let codes: Vec<&str> = all[2..].iter().copied().skip(1).step_by(2).collect();
                self.moves(link, Party::Client, &format!("sub 100 {}", all[2..].join(" ")));
                self.moves(link, Party::Server, &format!("suback 100 {}", codes.join(" ")));
            }
            ["sent", link, qos, topic, payload, ..] => {
                self.exchange(link, Party::Client, qos, "99", topic, payload, retain);
            }
            ["got", link, qos, topic, payload, ..] => {
                self.exchange(link, Party::Server, qos, "77", topic, payload, retain);
            }
            _ => panic!("no step: {step}"),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the words of one step")]
    fn exchange(
        &mut self,
        link: &str,
        sender: Party,
        qos: &str,
        id: &str,
        topic: &str,
        payload: &str,
        retain: &str,
    ) {
        let receiver = if sender == Party::Client { Party::Server } else { Party::Client };
        let packet = match qos {
            "0" => format!("pub {topic} {payload} {retain}"),
            _ => format!("pub{qos} {id} {topic} {payload} {retain}"),
        };
        self.moves(link, sender, &packet);
        match qos {
            "0" => {}
            "1" => self.moves(link, receiver, &format!("puback {id}")),
            _ => {
                self.moves(link, receiver, &format!("pubrec {id}"));
                self.moves(link, sender, &format!("pubrel {id}"));
                self.moves(link, receiver, &format!("pubcomp {id}"));
            }
        }
    }

    fn moves(&mut self, link: &str, from: Party, packet: &str) {
        let now = self.now;
        let number = match self.names.get(link) {
            Some(number) => *number,
            None => {
                self.lines.push(Line { audit: Audit::new(now), pending: Default::default() });
                self.names.insert(link.to_owned(), self.lines.len() - 1);
                self.lines.len() - 1
            }
        };
        let found = &mut self.found;
        let Line { audit, pending } = &mut self.lines[number];
        if packet == "closed" {
            audit.closed(now, from, &mut |finding| found.push(finding));
            self.delivery.closed(now, number as u64);
            return;
        }
        let pending = &mut pending[usize::from(from == Party::Server)];
        pending.extend(bytes(link, packet));
        audit.heard(now, from);
        loop {
            let mut report = |finding| found.push(finding);
            let used = match decode(pending, LIMITS) {
                Ok(Decoded::Packet { packet, used, overlong_length }) => {
                    if overlong_length {
                        audit.overlong(from, packet.kind(), &mut report);
                    }
                    audit.saw(now, from, &packet, &mut report);
                    let before = found.len();
                    let mut report = |finding| found.push(finding);
                    self.delivery.saw(now, number as u64, from, &packet, &mut report);
                    let denied = |one: &Finding| one.violation.id == Id::MQTT_3_2_2_2;
                    if found[before..].iter().any(denied) {
                        audit.resumed();
                    }
                    used
                }
                Ok(Decoded::Incomplete { .. }) => return,
                Err(violation) => {
                    audit.broke(now, from, violation, pending, &mut report);
                    self.delivery.broke(number as u64, from);
                    pending.len()
                }
            };
            pending.drain(..used);
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        let found = &mut self.found;
        for line in &mut self.lines {
            line.audit.tick(self.now, &mut |finding| found.push(finding));
        }
    }

    fn settled(&mut self) {
        let found = &mut self.found;
        for line in &mut self.lines {
            line.audit.settled(&mut |finding| found.push(finding));
        }
        self.delivery.settled(&mut |finding| found.push(finding));
    }
}

fn bytes(link: &str, packet: &str) -> Vec<u8> {
    let all: Vec<&str> = packet.split_whitespace().collect();
    let number = |word: &str| word.parse::<u8>().unwrap_or_else(|_| panic!("{packet}: {word}"));
    match all[..] {
        ["connect", ..] => connect(link, &all),
        ["ok"] => say::connack(false),
        ["ok", "present"] => say::connack(true),
        ["refused", code] => vec![0x20, 2, 0, number(code)],
        ["pub", topic, payload, ..] => publish(&all, 0, 0, topic, payload),
        ["pub1", id, topic, payload, ..] => publish(&all, 1, number(id), topic, payload),
        ["pub2", id, topic, payload, ..] => publish(&all, 2, number(id), topic, payload),
        ["puback", id] => ack(4, number(id)),
        ["pubrec", id] => ack(5, number(id)),
        ["pubrel", id] => ack(6, number(id)),
        ["pubcomp", id] => ack(7, number(id)),
        ["unsuback", id] => ack(11, number(id)),
        ["sub", id, ..] => {
            let pairs: Vec<(&str, u8)> =
                all[2..].chunks(2).map(|pair| (pair[0], number(pair[1]))).collect();
            say::subscribe(number(id), &pairs)
        }
        ["suback", id, ..] => {
            let codes: Vec<u8> = all[2..].iter().map(|code| number(code)).collect();
            say::suback(number(id), &codes)
        }
        ["unsub", id, ..] => say::unsubscribe(number(id), &all[2..]),
        ["ping"] => say::PINGREQ.to_vec(),
        ["pong"] => say::PINGRESP.to_vec(),
        ["bye"] => say::DISCONNECT.to_vec(),
        ["raw", ..] => all[1..].iter().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect(),
        _ => panic!("no packet: {packet}"),
    }
}

fn publish(all: &[&str], qos: u8, id: u8, topic: &str, payload: &str) -> Vec<u8> {
    let dup = if all.contains(&"dup") { say::DUP } else { 0 };
    let retain = u8::from(all.contains(&"retain"));
    say::publish(dup | retain, qos, id, topic, if payload == "-" { "" } else { payload })
}

fn connect(link: &str, all: &[&str]) -> Vec<u8> {
    let value = |key: &str| all.iter().find_map(|word| word.strip_prefix(key));
    let will = value("will=").map(|will| will.rsplit_once('/').unwrap());
    let qos = value("qos=").map_or(1, |qos| qos.parse().unwrap());
    let keep: u8 = value("keep=").map_or(0, |keep| keep.parse().unwrap());
    let clean = if all.contains(&"kept") { 0 } else { 2 };
    let retained = if all.contains(&"retained") { 0x20 } else { 0 };
    let flags = clean | if will.is_some() { 4 | qos << 3 | retained } else { 0 };
    let head = [&text("MQTT")[..], &[4, flags, 0, keep]].concat();
    let name = text(value("as=").unwrap_or(link));
    let will = will.map_or_else(Vec::new, |(topic, word)| [text(topic), text(word)].concat());
    framed(0x10, &[head, name, will].concat())
}
