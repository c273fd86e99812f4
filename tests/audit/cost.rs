//! What the audit costs and remembers: linear in the messages, and bounded.

#![allow(clippy::panic, clippy::unwrap_used)]

use etalon::audit::{Audit, Delivery, Finding};
use etalon::packet::{Decoded, Limits, Party, decode};
use etalon::spec;
use etalon::time::Instant;

use crate::say::*;

/// A Server, and how many findings there were.
struct Watched {
    delivery: Delivery,
    found: Vec<Finding>,
}

impl Watched {
    fn new() -> Watched {
        Watched { delivery: Delivery::new(), found: Vec::new() }
    }

    fn saw(&mut self, link: u64, from: Party, bytes: &[u8]) {
        let Ok(Decoded::Packet { packet, .. }) = decode(bytes, Limits::EITHER) else {
            panic!("no packet: {bytes:02X?}")
        };
        let found = &mut self.found;
        self.delivery.saw(Instant::START, link, from, &packet, &mut |one| found.push(one));
    }

    fn joins(&mut self, link: u64, name: &str, clean: bool) {
        self.saw(link, Party::Client, &connect(name, clean, 0));
        self.saw(link, Party::Server, &connack(false));
    }

    /// "p" on 1 publishes, "s" on 2 gets it, all at QoS 1.
    fn passes(&mut self, payload: &str) {
        self.taken(payload);
        self.arrives(payload);
    }

    fn taken(&mut self, payload: &str) {
        self.saw(1, Party::Client, &publish(0, 1, 1, "t", payload));
        self.saw(1, Party::Server, &ack(4, 1));
    }

    fn arrives(&mut self, payload: &str) {
        self.saw(2, Party::Server, &publish(0, 1, 2, "t", payload));
        self.saw(2, Party::Client, &ack(4, 2));
    }

    fn settled(&mut self) -> usize {
        let found = &mut self.found;
        self.delivery.settled(&mut |one| found.push(one));
        self.found.len()
    }
}

fn subscribed() -> Watched {
    let mut watched = Watched::new();
    watched.joins(1, "p", true);
    watched.joins(2, "s", true);
    watched.saw(2, Party::Client, &subscribe(1, &[("t", 1)]));
    watched.saw(2, Party::Server, &suback(1, &[1]));
    watched
}

#[test]
fn a_long_run_is_followed_to_its_end() {
    spec::covers!(MQTT_4_5_0_1, MQTT_3_3_2_3);
    let mut watched = subscribed();
    for number in 0..40_000 {
        watched.passes(&number.to_string());
    }
    assert_eq!(watched.settled(), 0);
    watched.taken("lost");
    assert_eq!(watched.settled(), 1, "it still accuses");
    watched.saw(2, Party::Server, &publish(0, 0, 0, "u", "x"));
    assert_eq!(watched.found.len(), 2, "of that too");
}

#[test]
fn what_waits_beyond_the_bound_is_not_held_against_anybody() {
    let mut watched = subscribed();
    for number in 0..10_000 {
        watched.taken(&number.to_string());
    }
    assert_eq!(watched.settled(), 0);
    watched.arrives("3");
    watched.arrives("2");
    assert_eq!(watched.settled(), 0);
}

#[test]
fn equal_messages_cost_no_more_than_different_ones() {
    let mut watched = subscribed();
    for _ in 0..10_000 {
        watched.passes("x");
    }
    assert_eq!(watched.settled(), 0);
}

#[test]
fn many_retained_messages_on_one_topic_leave_the_others_judged() {
    spec::covers!(MQTT_3_3_1_5);
    let mut watched = Watched::new();
    watched.joins(1, "p", true);
    for number in 0..100 {
        watched.saw(1, Party::Client, &publish(1, 1, 1, "busy", &number.to_string()));
        watched.saw(1, Party::Server, &ack(4, 1));
    }
    for word in ["old", "new"] {
        watched.saw(1, Party::Client, &publish(1, 1, 1, "t", word));
        watched.saw(1, Party::Server, &ack(4, 1));
    }
    watched.joins(2, "s", true);
    watched.saw(2, Party::Client, &subscribe(1, &[("#", 1)]));
    watched.saw(2, Party::Server, &suback(1, &[1]));
    watched.saw(2, Party::Server, &publish(1, 1, 1, "busy", "3"));
    watched.saw(2, Party::Server, &publish(1, 1, 2, "t", "old"));
    let ids: Vec<spec::Id> = watched.found.iter().map(|found| found.violation.id).collect();
    assert_eq!(ids, [spec::Id::MQTT_3_3_1_5]);
}

#[test]
fn with_too_many_sessions_nobody_is_accused() {
    spec::covers!(MQTT_3_2_2_3);
    let mut watched = Watched::new();
    for number in 0..65_536 {
        watched.joins(number, &number.to_string(), false);
        watched.delivery.closed(Instant::START, number);
    }
    watched.saw(70_000, Party::Client, &connect("0", false, 0));
    watched.saw(70_000, Party::Server, &connack(false));
    assert_eq!(watched.found.len(), 1, "at the bound it still accuses");
    watched.joins(70_001, "one more", false);
    watched.saw(70_002, Party::Client, &connect("1", false, 0));
    watched.saw(70_002, Party::Server, &connack(false));
    assert_eq!(watched.settled(), 1, "beyond it no more");
}

#[test]
fn with_too_much_text_nobody_is_accused() {
    let mut watched = Watched::new();
    watched.joins(1, "a", false);
    let long = "x".repeat(60_000);
    for id in 1..=1000_u16 {
        let mut body = id.to_be_bytes().to_vec();
        body.extend(text(&format!("{id}{long}")));
        body.push(0);
        let mut packet = vec![0x82];
        let len = body.len();
        packet.extend([
            (len & 0x7F) as u8 | 0x80,
            (len >> 7 & 0x7F) as u8 | 0x80,
            (len >> 14) as u8,
        ]);
        packet.extend(body);
        watched.saw(1, Party::Client, &packet);
    }
    watched.saw(1, Party::Server, &publish(0, 0, 0, "t", "x"));
    assert_eq!(watched.settled(), 0);
    let mut few = Watched::new();
    few.joins(1, "a", false);
    few.saw(1, Party::Server, &publish(0, 0, 0, "t", "x"));
    assert_eq!(few.settled(), 1);
}

#[test]
fn sessions_that_are_over_leave_room() {
    let mut watched = Watched::new();
    for number in 0..70_000 {
        watched.joins(number, &number.to_string(), true);
        watched.delivery.closed(Instant::START, number);
        watched.saw(number, Party::Client, &connect(&format!("refused {number}"), true, 0));
        watched.saw(number, Party::Server, &[0x20, 2, 0, 5]);
        watched.delivery.closed(Instant::START, number);
    }
    watched.joins(70_001, "a", false);
    watched.saw(70_001, Party::Server, &publish(0, 0, 0, "t", "x"));
    assert_eq!(watched.settled(), 1, "it still accuses");
}

#[test]
fn one_connection_with_every_identifier_in_use_is_settled_at_once() {
    spec::covers!(MQTT_4_3_2_2);
    let mut audit = Audit::new(Instant::START);
    let mut found = 0;
    let mut saw = |from, bytes: &[u8]| {
        let Ok(Decoded::Packet { packet, .. }) = decode(bytes, Limits::EITHER) else {
            panic!("no packet: {bytes:02X?}")
        };
        audit.saw(Instant::START, from, &packet, &mut |_| {});
    };
    saw(Party::Client, &connect("a", true, 0));
    saw(Party::Server, &connack(false));
    for id in 1..=u16::MAX {
        let [high, low] = id.to_be_bytes();
        saw(Party::Client, &[0x32, 6, 0, 1, b't', high, low, b'x']);
    }
    for _ in 0..100 {
        audit.settled(&mut |_| found += 1);
    }
    assert_eq!(found, 65_535);
}
