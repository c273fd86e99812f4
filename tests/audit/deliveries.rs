//! §3.3 and §4 across connections: "p" publishes, "s" subscribes.

#![allow(clippy::panic)]

use etalon::audit::{Delivery, Finding};
use etalon::packet::{Decoded, Limits, Party, decode};
use etalon::spec::{self, Id};
use etalon::time::{Duration, Instant};
use etalon::violation::{Rule, Weight};

use crate::say::*;

const RETAIN: u8 = 1;

fn with_will(id: &str, topic: &str, message: &str, qos: u8, retain: bool) -> Vec<u8> {
    let flags = 2 | 4 | qos << 3 | u8::from(retain) << 5;
    let head = [&text("MQTT")[..], &[4, flags, 0, 0]].concat();
    framed(0x10, &[head, text(id), text(topic), text(message)].concat())
}

struct Stage {
    delivery: Delivery,
    now: Instant,
    found: Vec<Finding>,
}

const P: u64 = 1;
const S: u64 = 2;

fn stage() -> Stage {
    Stage { delivery: Delivery::new(), now: Instant::START, found: Vec::new() }
}

/// "p" is connected, and "s" has subscribed.
fn subscribed(filters: &[(&str, u8)]) -> Stage {
    let granted: Vec<u8> = filters.iter().map(|(_, qos)| *qos).collect();
    let stage = stage().joins(P, "p", true, false).joins(S, "s", false, false);
    stage.c(S, subscribe(100, filters)).s(S, suback(100, &granted))
}

impl Stage {
    fn c(self, link: u64, bytes: impl AsRef<[u8]>) -> Stage {
        self.saw(link, Party::Client, bytes.as_ref())
    }

    fn s(self, link: u64, bytes: impl AsRef<[u8]>) -> Stage {
        self.saw(link, Party::Server, bytes.as_ref())
    }

    fn saw(mut self, link: u64, from: Party, bytes: &[u8]) -> Stage {
        let Ok(Decoded::Packet { packet, .. }) = decode(bytes, Limits::EITHER) else {
            panic!("no packet: {bytes:02X?}")
        };
        let found = &mut self.found;
        self.delivery.saw(self.now, link, from, &packet, &mut |finding| found.push(finding));
        self
    }

    fn joins(self, link: u64, name: &str, clean: bool, present: bool) -> Stage {
        self.c(link, connect(name, clean, 0)).s(link, connack(present))
    }

    /// "p" publishes and gets all acknowledgements.
    fn published(self, flags: u8, qos: u8, topic: &str, payload: &str) -> Stage {
        let stage = self.c(P, publish(flags, qos, 9, topic, payload));
        match qos {
            0 => stage,
            1 => stage.s(P, ack(4, 9)),
            _ => stage.s(P, ack(5, 9)).c(P, ack(6, 9)).s(P, ack(7, 9)),
        }
    }

    /// "s" gets a message and acknowledges it.
    fn got(self, flags: u8, qos: u8, topic: &str, payload: &str) -> Stage {
        let stage = self.s(S, publish(flags, qos, 7, topic, payload));
        match qos {
            0 => stage,
            1 => stage.c(S, ack(4, 7)),
            _ => stage.c(S, ack(5, 7)).s(S, ack(6, 7)).c(S, ack(7, 7)),
        }
    }

    fn closed(mut self, link: u64) -> Stage {
        self.delivery.closed(self.now, link);
        self
    }

    fn wait(mut self, seconds: u64) -> Stage {
        self.now = self.now + Duration::from_secs(seconds);
        self
    }

    fn settled(mut self) -> Stage {
        let found = &mut self.found;
        self.delivery.settled(&mut |finding| found.push(finding));
        self
    }

    #[track_caller]
    fn breaks(self, id: Id) {
        let stage = self.settled();
        let of = stage.found.iter().filter(|found| found.weight() == Weight::Breach);
        assert_eq!(of.map(|found| found.violation.id).collect::<Vec<_>>(), [id]);
    }

    #[track_caller]
    fn clean(self) {
        assert_eq!(self.settled().found, []);
    }

    #[track_caller]
    fn remark(self, rule: Rule) {
        let found = self.settled().found;
        assert_eq!(found.iter().map(|found| found.violation.rule).collect::<Vec<_>>(), [rule]);
        assert_ne!(found[0].weight(), Weight::Breach);
    }
}

#[test]
fn what_was_taken_for_a_subscriber_may_not_be_lost() {
    spec::covers!(MQTT_4_5_0_1, MQTT_3_1_2_5);
    for qos in [1, 2] {
        let sent = || subscribed(&[("t", 2)]).published(0, qos, "t", "x");
        sent().got(0, qos, "t", "x").clean();
        sent().breaks(Id::MQTT_4_5_0_1);
        let away = || subscribed(&[("t", 2)]).closed(S).published(0, qos, "t", "x");
        away().clean();
        away().joins(3, "s", false, true).breaks(Id::MQTT_3_1_2_5);
        away().joins(3, "s", true, false).clean();
    }
    subscribed(&[("t", 2)]).c(P, publish(0, 1, 9, "t", "x")).clean();
    subscribed(&[("t", 2)]).published(0, 0, "t", "x").clean();
    subscribed(&[("t", 0)]).published(0, 1, "t", "x").clean();
    let open = subscribed(&[("t", 2)]).published(0, 1, "t", "x").published(0, 1, "t", "y");
    open.s(S, publish(0, 1, 7, "t", "x")).clean();
}

#[test]
fn qos_2_arrives_once() {
    spec::covers!(MQTT_4_3_3_2);
    let sent = || subscribed(&[("t", 2)]).published(0, 2, "t", "x").got(0, 2, "t", "x");
    sent().clean();
    sent().got(0, 2, "t", "x").breaks(Id::MQTT_4_3_3_2);
    sent().published(0, 2, "t", "x").got(0, 2, "t", "x").clean();
    let again = subscribed(&[("t", 2)]).c(P, publish(0, 2, 9, "t", "x")).s(P, ack(5, 9));
    let again = again.c(P, publish(DUP, 2, 9, "t", "x")).s(P, ack(5, 9));
    let again = again.c(P, ack(6, 9)).s(P, ack(7, 9)).got(0, 2, "t", "x");
    again.got(0, 2, "t", "x").breaks(Id::MQTT_4_3_3_2);
    let once = subscribed(&[("t", 1)]).published(0, 1, "t", "x").got(0, 1, "t", "x");
    once.got(0, 1, "t", "x").remark(Rule::DeliveredAgain);
}

#[test]
fn qos_2_may_be_delivered_before_or_after_pubrel() {
    spec::covers!(MQTT_4_3_3_2);
    let begun = || subscribed(&[("t", 2)]).c(P, publish(0, 2, 9, "t", "x")).s(P, ack(5, 9));
    begun().got(0, 2, "t", "x").c(P, ack(6, 9)).s(P, ack(7, 9)).clean();
    begun().c(P, ack(6, 9)).s(P, ack(7, 9)).got(0, 2, "t", "x").clean();
    begun().clean();
}

#[test]
fn overlapping_subscriptions() {
    spec::covers!(MQTT_3_3_5_1, MQTT_3_8_4_6);
    let all: [(&str, u8); 3] = [("t", 0), ("+", 2), ("#", 1)];
    let sent = || subscribed(&all).published(0, 2, "t", "x");
    sent().got(0, 2, "t", "x").clean();
    sent().got(0, 1, "t", "x").got(0, 2, "t", "x").got(0, 0, "t", "x").clean();
    sent().got(0, 1, "t", "x").breaks(Id::MQTT_3_3_5_1);
    let four = sent().got(0, 2, "t", "x").got(0, 2, "t", "x").got(0, 1, "t", "x");
    four.got(0, 0, "t", "x").breaks(Id::MQTT_4_3_3_2);
}

#[test]
fn the_level_is_the_lower_of_two() {
    spec::covers!(MQTT_3_8_4_6);
    for (published, granted) in [(0, 2), (1, 0), (2, 1)] {
        for came in [0, 1, 2] {
            let sent = subscribed(&[("t", granted)]).published(0, published, "t", "x");
            let sent = sent.got(0, came, "t", "x");
            if came == published.min(granted) {
                sent.clean();
            } else {
                sent.breaks(Id::MQTT_3_8_4_6);
            }
        }
    }
}

#[test]
fn nobody_gets_what_matches_no_filter() {
    spec::covers!(MQTT_3_3_2_3, MQTT_3_10_4_2, MQTT_4_7_2_1);
    let other = subscribed(&[("a", 1)]).published(0, 1, "t", "x");
    other.got(0, 1, "t", "x").breaks(Id::MQTT_3_3_2_3);
    let ended = || subscribed(&[("t", 1)]).c(S, unsubscribe(5, &["t"])).s(S, ack(11, 5));
    ended().published(0, 1, "t", "x").clean();
    ended().published(0, 1, "t", "x").got(0, 1, "t", "x").breaks(Id::MQTT_3_10_4_2);
    let buffered = || subscribed(&[("t", 1)]).published(0, 1, "t", "x");
    let buffered = || buffered().c(S, unsubscribe(5, &["t"])).s(S, ack(11, 5));
    buffered().clean();
    buffered().got(0, 1, "t", "x").clean();
    let kept = subscribed(&[("t", 1), ("#", 1)]).c(S, unsubscribe(5, &["t"])).s(S, ack(11, 5));
    kept.published(0, 1, "t", "x").got(0, 1, "t", "x").clean();
    let reserved = subscribed(&[("#", 1)]).published(0, 1, "$T/x", "x");
    reserved.got(0, 1, "$T/x", "x").breaks(Id::MQTT_4_7_2_1);
    let reserved = || subscribed(&[("$T/#", 1)]).published(0, 1, "$T/x", "x");
    reserved().clean();
    reserved().got(0, 1, "$T/x", "x").remark(Rule::ReservedTopicExchanged);
}

#[test]
fn a_changed_topic_and_a_message_of_nobody_are_remarked_on() {
    spec::covers!(MQTT_3_3_2_3);
    let sent = || subscribed(&[("#", 1)]).published(0, 1, "t", "x");
    sent().got(0, 1, "u", "x").remark(Rule::TopicChanged);
    sent().got(0, 1, "t", "x").got(0, 1, "t", "other").remark(Rule::NobodyPublished);
}

#[test]
fn a_subscription_perhaps_holds_while_it_is_being_made() {
    spec::covers!(MQTT_3_8_4_3);
    let making = || subscribed(&[("a", 0)]).c(S, subscribe(5, &[("t", 1)]));
    let sent = || making().published(0, 1, "t", "x");
    sent().s(S, suback(5, &[1])).clean();
    sent().s(S, suback(5, &[1])).got(0, 1, "t", "x").clean();
    sent().got(0, 1, "t", "x").s(S, suback(5, &[1])).clean();
    let again = || subscribed(&[("t", 2)]).c(S, subscribe(5, &[("t", 1)]));
    let again = || again().published(0, 2, "t", "x").s(S, suback(5, &[1]));
    again().got(0, 2, "t", "x").clean();
    again().got(0, 1, "t", "x").clean();
}

#[test]
fn order_holds_for_one_publisher_topic_and_level() {
    spec::covers!(MQTT_4_6_0_6);
    let two = || subscribed(&[("#", 1)]).published(0, 1, "t", "1").published(0, 1, "t", "2");
    two().got(0, 1, "t", "1").got(0, 1, "t", "2").clean();
    two().got(0, 1, "t", "2").got(0, 1, "t", "1").breaks(Id::MQTT_4_6_0_6);
    let topics = subscribed(&[("#", 1)]).published(0, 1, "t", "1").published(0, 1, "u", "2");
    topics.got(0, 1, "u", "2").got(0, 1, "t", "1").clean();
    let levels = subscribed(&[("#", 2)]).published(0, 1, "t", "1").published(0, 2, "t", "2");
    levels.got(0, 2, "t", "2").got(0, 1, "t", "1").clean();
    let others = || subscribed(&[("#", 1)]).joins(3, "q", true, false).published(0, 1, "t", "1");
    let others = || others().c(3, publish(0, 1, 1, "t", "2")).s(3, ack(4, 1));
    others().got(0, 1, "t", "2").got(0, 1, "t", "1").clean();
}

#[test]
fn equal_messages_have_no_order() {
    spec::covers!(MQTT_4_6_0_6);
    let early = stage().joins(P, "p", true, false).published(0, 0, "t", "x");
    let late = early.joins(S, "s", false, false).c(S, subscribe(5, &[("t", 0)]));
    let late = late.s(S, suback(5, &[0])).published(0, 0, "t", "x").published(0, 0, "t", "y");
    late.got(0, 0, "t", "x").got(0, 0, "t", "y").got(0, 0, "t", "x").clean();
}

#[test]
fn a_disconnect_behind_open_exchanges_may_come_too_late() {
    spec::covers!(MQTT_3_14_4_3);
    let armed = subscribed(&[("w", 1)]).c(3, with_will("w", "w", "gone", 1, false));
    let armed = armed.s(3, connack(false)).c(3, publish(0, 1, 1, "a", "x"));
    armed.c(3, DISCONNECT).closed(3).got(0, 1, "w", "gone").clean();
}

#[test]
fn each_entry_of_a_subscribe_is_worth_a_retained_message_at_its_level() {
    spec::covers!(MQTT_3_8_4_4, MQTT_3_3_1_6);
    let kept = || stage().joins(P, "p", true, false).published(RETAIN, 2, "t", "x");
    let asks = || kept().joins(S, "s", false, false).c(S, subscribe(5, &[("t", 0), ("t", 2)]));
    let asks = || asks().s(S, suback(5, &[0, 2]));
    asks().got(RETAIN, 0, "t", "x").got(RETAIN, 2, "t", "x").clean();
    asks().got(RETAIN, 2, "t", "x").clean();
    asks().got(RETAIN, 1, "t", "x").breaks(Id::MQTT_3_8_4_6);
    let reserved = stage().joins(P, "p", true, false).published(RETAIN, 1, "$t", "x");
    let reserved = reserved.joins(S, "s", false, false).c(S, subscribe(5, &[("$t", 1)]));
    reserved.s(S, suback(5, &[1])).clean();
}

#[test]
fn a_server_may_end_a_session_in_which_too_much_waits() {
    spec::covers!(MQTT_3_2_2_2);
    let away = |delivery| {
        let stage = Stage { delivery, ..stage() };
        let stage = stage.joins(P, "p", true, false).joins(S, "s", false, false);
        let stage = stage.c(S, subscribe(5, &[("t", 1)])).s(S, suback(5, &[1])).closed(S);
        stage.published(0, 1, "t", "x").joins(3, "s", false, false)
    };
    away(Delivery::with_queue(0)).clean();
    away(Delivery::new()).breaks(Id::MQTT_3_2_2_2);
}

#[test]
fn a_new_subscription_gets_the_retained_message_with_retain() {
    spec::covers!(MQTT_3_3_1_5, MQTT_3_3_1_6, MQTT_3_3_1_8, MQTT_3_3_1_9, MQTT_3_3_1_10);
    let kept = || stage().joins(P, "p", true, false).published(RETAIN, 1, "t", "x");
    let asks = |stage: Stage| {
        let stage = stage.joins(S, "s", false, false);
        stage.c(S, subscribe(5, &[("t", 1)])).s(S, suback(5, &[1]))
    };
    asks(kept()).got(RETAIN, 1, "t", "x").clean();
    asks(kept()).breaks(Id::MQTT_3_3_1_6);
    asks(kept()).got(0, 1, "t", "x").remark_and_break(Id::MQTT_3_3_1_8);
    asks(kept()).got(RETAIN, 1, "t", "x").got(RETAIN, 1, "t", "x").breaks(Id::MQTT_3_3_1_9);
    let again = || asks(kept()).got(RETAIN, 1, "t", "x").c(S, subscribe(6, &[("t", 1)]));
    again().s(S, suback(6, &[1])).got(RETAIN, 1, "t", "x").clean();
    let resumed = || asks(kept()).got(RETAIN, 1, "t", "x").closed(S).joins(S, "s", false, true);
    resumed().clean();
    resumed().got(RETAIN, 1, "t", "x").breaks(Id::MQTT_3_3_1_9);
    let replaced = || kept().published(RETAIN, 1, "t", "y");
    asks(replaced()).got(RETAIN, 1, "t", "y").clean();
    asks(replaced()).got(RETAIN, 1, "t", "x").breaks(Id::MQTT_3_3_1_5);
    let removed = || kept().published(RETAIN, 1, "t", "");
    asks(removed()).clean();
    asks(removed()).got(RETAIN, 1, "t", "x").breaks(Id::MQTT_3_3_1_10);
    asks(removed()).got(RETAIN, 1, "t", "").breaks(Id::MQTT_3_3_1_11);
    let plain = || kept().published(0, 1, "t", "y");
    asks(plain()).got(RETAIN, 1, "t", "x").clean();
    asks(plain()).got(RETAIN, 1, "t", "y").breaks(Id::MQTT_3_3_1_12);
}

#[test]
fn equal_retained_messages_are_each_other_s_excuse() {
    spec::covers!(MQTT_3_1_4_5, MQTT_3_3_1_6, MQTT_3_3_1_9, MQTT_3_8_4_6);
    let asks = |stage: Stage| stage.c(S, subscribe(5, &[("t", 2)])).s(S, suback(5, &[2]));
    let kept = |qos| stage().joins(P, "p", true, false).published(RETAIN, qos, "t", "x");
    let had = |qos| asks(kept(qos).joins(S, "s", false, false)).got(RETAIN, qos, "t", "x");
    // The one that is kept now is the one that came live, and not that before it.
    let twice = || had(1).published(RETAIN, 1, "t", "x").got(0, 1, "t", "x");
    asks(twice()).got(RETAIN, 1, "t", "x").clean();
    let other = had(1).published(RETAIN, 1, "t", "y").got(0, 1, "t", "y");
    asks(other).got(RETAIN, 1, "t", "x").breaks(Id::MQTT_3_3_1_6);
    asks(twice()).got(RETAIN, 0, "t", "x").breaks(Id::MQTT_3_8_4_6);
    // It has the level of the later one.
    let higher = had(1).published(RETAIN, 2, "t", "x").got(0, 2, "t", "x");
    asks(higher).got(RETAIN, 2, "t", "x").clean();
    // The answer to a subscription is not late because the same has been published since.
    let slow = asks(kept(1).joins(S, "s", false, false)).published(RETAIN, 1, "t", "x");
    slow.got(RETAIN, 1, "t", "x").got(0, 1, "t", "x").clean();
    // What was sent on a refused connection may have been sent by somebody else as well.
    let refused = || stage().c(3, connect("r", true, 0)).c(3, publish(RETAIN, 1, 1, "t", "x"));
    let refused = || refused().s(3, [0x20, 2, 0, 5]).closed(3).joins(P, "p", true, false);
    let both = refused().published(RETAIN, 1, "t", "x").joins(S, "s", false, false);
    asks(both).got(RETAIN, 1, "t", "x").clean();
    asks(refused().joins(S, "s", false, false)).got(RETAIN, 1, "t", "x").breaks(Id::MQTT_3_1_4_5);
}

#[test]
fn a_retained_message_at_qos_0_replaces_the_old_one_and_may_be_dropped() {
    spec::covers!(MQTT_3_3_1_7);
    let two = || stage().joins(P, "p", true, false).published(RETAIN, 1, "t", "x");
    let two = || two().published(RETAIN, 0, "t", "y").settled();
    let asks = |stage: Stage| {
        let stage = stage.joins(S, "s", false, false);
        stage.c(S, subscribe(5, &[("t", 1)])).s(S, suback(5, &[1]))
    };
    asks(two()).clean();
    asks(two()).got(RETAIN, 0, "t", "y").clean();
    asks(two()).got(RETAIN, 1, "t", "x").breaks(Id::MQTT_3_3_1_5);
}

#[test]
fn live_messages_have_retain_0() {
    spec::covers!(MQTT_3_3_1_9);
    let sent = || subscribed(&[("t", 1)]).published(RETAIN, 1, "t", "x");
    sent().got(0, 1, "t", "x").clean();
    let late = stage().joins(P, "p", true, false).published(RETAIN, 1, "t", "old");
    let late = late.joins(S, "s", false, false).c(S, subscribe(5, &[("t", 1)]));
    let late = late.s(S, suback(5, &[1])).got(RETAIN, 1, "t", "old");
    late.published(RETAIN, 1, "t", "new").got(RETAIN, 1, "t", "new").breaks(Id::MQTT_3_3_1_9);
}

#[test]
fn the_will_comes_once_and_only_without_disconnect() {
    spec::covers!(MQTT_3_1_2_8, MQTT_3_1_2_10, MQTT_3_14_4_3);
    let armed = || {
        let stage = subscribed(&[("w", 1)]);
        stage.c(3, with_will("w", "w", "gone", 1, false)).s(3, connack(false))
    };
    armed().clean();
    armed().closed(3).got(0, 1, "w", "gone").clean();
    armed().got(0, 1, "w", "gone").closed(3).clean();
    armed().closed(3).breaks(Id::MQTT_3_1_2_8);
    armed().closed(3).got(0, 1, "w", "gone").got(0, 1, "w", "gone").breaks(Id::MQTT_3_1_2_10);
    armed().c(3, DISCONNECT).closed(3).clean();
    armed().c(3, DISCONNECT).closed(3).got(0, 1, "w", "gone").breaks(Id::MQTT_3_14_4_3);
    armed().got(0, 1, "w", "gone").breaks(Id::MQTT_3_1_2_8);
    let refused = subscribed(&[("w", 1)]).c(3, with_will("w", "w", "gone", 1, false));
    refused.s(3, [0x20, 2, 0, 5]).closed(3).clean();
    let over = || armed().joins(4, "w", true, false);
    over().closed(3).got(0, 1, "w", "gone").clean();
    over().got(0, 1, "w", "gone").breaks(Id::MQTT_3_1_4_2);
    over().closed(3).breaks(Id::MQTT_3_1_2_8);
}

#[test]
fn session_present_tells_the_truth() {
    spec::covers!(MQTT_3_2_2_2, MQTT_3_2_2_3, MQTT_3_1_2_6);
    let was = |clean| stage().joins(1, "a", clean, false).closed(1);
    was(false).joins(2, "a", false, true).clean();
    was(false).joins(2, "a", false, false).breaks(Id::MQTT_3_2_2_2);
    was(false).wait(3600).joins(2, "a", false, false).clean();
    was(false).joins(2, "a", true, false).closed(2).joins(3, "a", false, false).clean();
    was(true).joins(2, "a", false, false).clean();
    was(true).joins(2, "a", false, true).breaks(Id::MQTT_3_2_2_3);
    stage().joins(1, "a", false, true).breaks(Id::MQTT_3_2_2_3);
    let taken_over = stage().joins(1, "a", true, false).joins(2, "a", false, false).closed(1);
    taken_over.clean();
    let unanswered = || stage().c(1, connect("a", false, 0)).closed(1);
    unanswered().joins(2, "a", false, true).clean();
    unanswered().joins(2, "a", false, false).clean();
}

#[test]
fn what_was_not_acknowledged_is_sent_again_in_its_order() {
    spec::covers!(MQTT_4_4_0_1, MQTT_2_3_1_4, MQTT_3_3_1_1);
    let sent = || subscribed(&[("t", 2)]).published(0, 1, "t", "x").published(0, 2, "t", "y");
    let open = || sent().s(S, publish(0, 1, 1, "t", "x")).s(S, publish(0, 2, 2, "t", "y"));
    let back = || open().closed(S).joins(3, "s", false, true);
    let x = |flags| publish(flags, 1, 1, "t", "x");
    let y = |flags| publish(flags, 2, 2, "t", "y");
    back().s(3, x(DUP)).s(3, y(DUP)).clean();
    back().s(3, x(DUP)).breaks(Id::MQTT_4_4_0_1);
    back().s(3, y(DUP)).s(3, x(DUP)).breaks(Id::MQTT_4_6_0_6);
    back().s(3, x(0)).s(3, y(DUP)).breaks(Id::MQTT_3_3_1_1);
    let other = publish(0, 1, 1, "t", "z");
    back().published(0, 1, "t", "z").s(3, other).s(3, y(DUP)).breaks(Id::MQTT_2_3_1_4);
    let released = || open().c(S, ack(4, 1)).c(S, ack(5, 2)).s(S, ack(6, 2)).closed(S);
    let released = || released().joins(3, "s", false, true);
    released().s(3, ack(6, 2)).clean();
    released().s(3, y(DUP)).breaks(Id::MQTT_4_3_3_1);
    released().breaks(Id::MQTT_4_4_0_1);
    open().closed(S).joins(3, "s", true, false).clean();
}

#[test]
fn two_messages_under_one_identifier_prove_nothing_against_the_server() {
    spec::covers!(MQTT_4_3_3_2);
    let both = || subscribed(&[("t", 2)]).c(P, publish(0, 2, 9, "t", "x")).s(P, ack(5, 9));
    let both = || both().c(P, publish(0, 2, 9, "t", "y")).s(P, ack(5, 9));
    let both = || both().c(P, ack(6, 9)).s(P, ack(7, 9));
    both().got(0, 2, "t", "x").clean();
    both().got(0, 2, "t", "y").clean();
}

impl Stage {
    /// The breach, and beside it what is missing because of it.
    #[track_caller]
    fn remark_and_break(self, id: Id) {
        let found = self.settled().found;
        assert_eq!(found.first().map(|found| found.violation.id), Some(id));
    }
}
