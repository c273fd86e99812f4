//! The sending half of a session against a model of it that only keeps books.
//!
//! The model does not know how anything is done. It knows what was given, what was acknowledged,
//! and what has been seen on the present connection, and judges every packet by that.

use std::collections::{BTreeSet, VecDeque};

use quickcheck::QuickCheck;

use super::*;
use crate::packet::{self, Decoded, Pingresp, Publish};
use crate::topic::TopicName;

const WIDE: Limits = Limits {
    in_flight_max: 5,
    waiting_messages_max: usize::MAX,
    waiting_bytes_max: usize::MAX,
    unsent_bytes_max: usize::MAX,
};
/// One packet at a time.
const NARROW: Limits = Limits { unsent_bytes_max: 1, ..WIDE };

fn qos(number: u8) -> Qos {
    match number % 3 {
        0 => Qos::AtMostOnce,
        1 => Qos::AtLeastOnce,
        _ => Qos::ExactlyOnce,
    }
}

fn waiting(number: usize, published: Qos, granted: Qos) -> Waiting {
    let topic = TopicName::new("t").unwrap();
    let message = Message::new(topic, number.to_string().as_bytes(), published, false);
    Waiting { message, qos: published.min(granted), retain: false }
}

fn id(number: u16) -> PacketId {
    PacketId::new(number).unwrap()
}

/// An [`Outgoing`] that takes no more under [`NARROW`].
fn full() -> Outgoing {
    let mut out = Outgoing::default();
    out.packet(&Packet::Pingresp(Pingresp));
    out
}

/// What was written, without the filling of [`full`].
fn seen(out: &mut Outgoing) -> Vec<Seen> {
    let bytes = out.take();
    let mut rest = &bytes[..];
    let mut all = Vec::new();
    while !rest.is_empty() {
        let Ok(Decoded::Packet { packet, used, .. }) = packet::decode(rest, packet::Limits::CLIENT)
        else {
            panic!("not a packet: {rest:02x?}")
        };
        rest = &rest[used..];
        if let Packet::Publish(Publish { delivery, payload, .. }) = packet {
            let number = std::str::from_utf8(payload).unwrap().parse().unwrap();
            all.push(Seen::Publish(number, delivery));
        } else if let Packet::Pubrel(pubrel) = packet {
            all.push(Seen::Pubrel(pubrel.packet_id));
        } else {
            assert!(matches!(packet, Packet::Pingresp(_)));
        }
    }
    all
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Publish(usize, Delivery),
    Pubrel(PacketId),
}

/// A message that has been sent and not been acknowledged.
#[derive(Clone, Copy, Debug)]
struct Open {
    packet_id: PacketId,
    number: usize,
    qos: Qos,
    /// The how-manieth PUBREC was its first.
    received: Option<usize>,
    /// Its PUBLISH or PUBREL has been seen on the present connection.
    shown: bool,
}

#[derive(Debug, Default)]
struct Books {
    given: usize,
    waiting: VecDeque<(usize, Qos, Qos)>,
    /// In the order of first sending.
    open: Vec<Open>,
    receipts: usize,
    /// The receipt of the last PUBREL seen on this connection that nobody asked for twice.
    released: Option<usize>,
    used: BTreeSet<PacketId>,
}

impl Books {
    /// A packet that was sent because it was its turn.
    fn judge(&mut self, seen: Seen) {
        match seen {
            Seen::Pubrel(packet_id) => {
                let open = self.open.iter_mut().find(|open| open.packet_id == packet_id).unwrap();
                let receipt = open.received.expect("PUBREL follows PUBREC");
                assert!(!open.shown, "one PUBREL is enough");
                assert!(self.released < Some(receipt), "PUBRELs in the order of PUBRECs");
                open.shown = true;
                self.released = Some(receipt);
            }
            Seen::Publish(number, delivery) if delivery.dup() => {
                let still = |open: &&mut Open| open.received.is_none() && !open.shown;
                let next = self.open.iter_mut().find(still).expect("nothing to send again");
                assert_eq!(
                    (number, delivery.packet_id(), delivery.qos()),
                    (next.number, Some(next.packet_id), next.qos)
                );
                next.shown = true;
            }
            Seen::Publish(number, delivery) => {
                assert!(self.open.iter().all(|open| open.shown), "first what is owed");
                let (next, published, granted) = self.waiting.pop_front().expect("given before");
                assert_eq!((number, delivery.qos()), (next, published.min(granted)));
                let Some(packet_id) = delivery.packet_id() else { return };
                assert!(self.used.insert(packet_id), "in use already");
                let qos = delivery.qos();
                self.open.push(Open { packet_id, number, qos, received: None, shown: true });
                assert!(self.open.len() <= WIDE.in_flight_max);
            }
        }
    }

    fn is_stuck(&self) -> bool {
        let closed = self.open.len() >= WIDE.in_flight_max;
        let next = self.waiting.front();
        let turn = next.is_none_or(|(_, published, granted)| {
            closed && *published.min(granted) != Qos::AtMostOnce
        });
        turn && self.open.iter().all(|open| open.shown)
    }
}

#[derive(Debug)]
struct Play {
    outbound: Outbound,
    books: Books,
    connected: bool,
}

impl Play {
    fn give(&mut self, published: Qos, granted: Qos, limits: &Limits) {
        let number = self.books.given;
        self.books.given += 1;
        let mut out = if limits.unsent_bytes_max == 1 { full() } else { Outgoing::default() };
        let room = out.len() < limits.unsent_bytes_max;
        let to = self.connected.then_some(&mut out);
        let outcome = self.outbound.deliver(waiting(number, published, granted), to, limits);
        let unsaved = match self.connected {
            true => !room && published.min(granted) == Qos::AtMostOnce,
            false => published == Qos::AtMostOnce,
        };
        if unsaved {
            assert_eq!((outcome, seen(&mut out)), (Outcome::Dropped, vec![]));
            return;
        }
        let stuck = self.books.is_stuck();
        let first = self.books.waiting.is_empty();
        self.books.waiting.push_back((number, published, granted));
        let at_once = self.connected && room && first && stuck && !self.books.is_stuck();
        let all = seen(&mut out);
        assert_eq!(outcome == Outcome::Sent, at_once);
        assert_eq!(all.len(), usize::from(at_once));
        all.into_iter().for_each(|seen| self.books.judge(seen));
    }

    fn pump(&mut self, limits: &Limits) {
        if !self.connected {
            return;
        }
        let mut out = Outgoing::default();
        self.outbound.pump(&mut out, limits);
        let all = seen(&mut out);
        if limits.unsent_bytes_max == 1 {
            assert_eq!(all.len(), usize::from(!self.books.is_stuck()));
        }
        all.into_iter().for_each(|seen| self.books.judge(seen));
        if limits.unsent_bytes_max > 1 {
            assert!(self.books.is_stuck(), "something was left behind");
        }
    }

    /// The peer acknowledges one of the open messages, on this connection or for an earlier one.
    fn acknowledge(&mut self, choice: usize, again: bool) {
        if !self.connected || self.books.open.is_empty() {
            return;
        }
        let at = choice % self.books.open.len();
        let open = self.books.open[at];
        let event = match (open.qos, open.received) {
            (Qos::AtMostOnce | Qos::AtLeastOnce, _) => Event::Puback,
            (Qos::ExactlyOnce, None) => Event::Pubrec,
            (Qos::ExactlyOnce, Some(_)) if again => Event::Pubrec,
            (Qos::ExactlyOnce, Some(_)) => Event::Pubcomp,
        };
        let mut out = Outgoing::default();
        let action = self.outbound.acknowledged(event, open.packet_id, &mut out).unwrap();
        let all = seen(&mut out);
        match (event, open.received) {
            (Event::Pubrec, None) => {
                assert_eq!(action, Action::Release);
                let open = &mut self.books.open[at];
                open.received = Some(self.books.receipts);
                open.shown = false;
                self.books.receipts += 1;
                all.into_iter().for_each(|seen| self.books.judge(seen));
            }
            (Event::Pubrec, Some(_)) => {
                let answer = [Seen::Pubrel(open.packet_id)];
                assert_eq!(all, if open.shown { &answer[..] } else { &[] });
            }
            _ => {
                assert_eq!((action, all), (Action::Free, vec![]));
                self.books.used.remove(&open.packet_id);
                self.books.open.remove(at);
            }
        }
    }

    fn cut(&mut self) {
        self.connected = false;
        self.outbound.absent();
        self.books.waiting.retain(|(_, published, _)| *published != Qos::AtMostOnce);
    }

    fn resume(&mut self) {
        if self.connected {
            self.cut();
        }
        self.connected = true;
        self.outbound.resume();
        self.books.released = None;
        for open in &mut self.books.open {
            open.shown = false;
        }
    }
}

fn nothing_is_lost_and_nothing_is_out_of_order(steps: Vec<(u8, u8)>) -> bool {
    let outbound = Outbound { packet_ids: PacketIds::after(65_530), ..Outbound::default() };
    let mut play = Play { outbound, books: Books::default(), connected: true };
    for (step, choice) in steps {
        match step % 16 {
            0..=2 => play.give(qos(choice), qos(choice / 3), &WIDE),
            3 | 4 => play.give(qos(choice), Qos::ExactlyOnce, &WIDE),
            5 => play.give(qos(choice), qos(choice / 3), &NARROW),
            6 | 7 => play.pump(&NARROW),
            8 => play.pump(&WIDE),
            9..=12 => play.acknowledge(usize::from(choice), false),
            13 => play.acknowledge(usize::from(choice), true),
            14 => play.resume(),
            _ => play.cut(),
        }
        let (books, outbound) = (&play.books, &play.outbound);
        assert_eq!(outbound.in_flight(), books.open.len());
        assert_eq!(outbound.waiting().len(), books.waiting.len());
        assert_eq!(outbound.packet_ids.in_use(), books.used.len());
        assert_eq!(outbound.is_settled(), books.open.is_empty() && books.waiting.is_empty());
    }
    // Whatever has happened: a peer that stays gets everything.
    play.resume();
    play.pump(&WIDE);
    while !play.books.open.is_empty() {
        play.acknowledge(0, false);
        play.pump(&WIDE);
    }
    play.outbound.is_settled() && play.books.waiting.is_empty()
}

#[test]
fn what_is_sent_again_is_what_is_unacknowledged_in_its_order() {
    spec::covers!(MQTT_4_4_0_1, MQTT_4_6_0_1, MQTT_4_6_0_4, MQTT_4_6_0_6, MQTT_3_3_1_1);
    spec::covers!(MQTT_2_3_1_3, MQTT_2_3_1_4, MQTT_4_3_2_1, MQTT_4_3_3_1);
    QuickCheck::new()
        .tests(3000)
        .quickcheck(nothing_is_lost_and_nothing_is_out_of_order as fn(Vec<(u8, u8)>) -> bool);
}

fn sent(outbound: &mut Outbound, qos: Qos) -> PacketId {
    let mut out = Outgoing::default();
    let outcome = outbound.deliver(waiting(0, qos, qos), Some(&mut out), &WIDE);
    assert_eq!(outcome, Outcome::Sent);
    let [Seen::Publish(_, delivery)] = seen(&mut out)[..] else { panic!("one PUBLISH") };
    delivery.packet_id().unwrap()
}

#[test]
fn a_pubrel_does_not_overtake_one_that_is_still_owed() {
    spec::covers!(MQTT_4_6_0_4);
    let mut outbound = Outbound::default();
    let mut out = Outgoing::default();
    let [one, two] = [(); 2].map(|()| sent(&mut outbound, Qos::ExactlyOnce));
    outbound.acknowledged(Event::Pubrec, two, &mut out).unwrap();
    outbound.resume();
    out.take();
    outbound.pump(&mut out, &NARROW);
    assert!(matches!(seen(&mut out)[..], [Seen::Publish(0, _)]));
    outbound.acknowledged(Event::Pubrec, one, &mut out).unwrap();
    assert_eq!(seen(&mut out), []);
    outbound.pump(&mut out, &WIDE);
    assert_eq!(seen(&mut out), [Seen::Pubrel(two), Seen::Pubrel(one)]);
}

#[test]
fn an_acknowledgement_of_the_wrong_kind_changes_nothing() {
    spec::covers!(MQTT_4_8_0_1, MQTT_4_3_2_1, MQTT_4_3_3_1);
    let mut outbound = Outbound::default();
    let mut out = Outgoing::default();
    let [one, two, three] =
        [Qos::AtLeastOnce, Qos::ExactlyOnce, Qos::ExactlyOnce].map(|qos| sent(&mut outbound, qos));
    outbound.acknowledged(Event::Pubrec, three, &mut out).unwrap();
    out.take();
    for (event, packet_id) in [
        (Event::Pubrec, one),
        (Event::Pubcomp, one),
        (Event::Puback, two),
        (Event::Pubcomp, two),
        (Event::Puback, three),
    ] {
        let refused = outbound.acknowledged(event, packet_id, &mut out);
        assert_eq!(refused, Err(Id::MQTT_4_8_0_1), "{event:?} {packet_id:?}");
    }
    assert_eq!((outbound.in_flight(), seen(&mut out)), (3, vec![]));
}

#[test]
fn an_unknown_acknowledgement_is_harmless() {
    spec::covers!(MQTT_4_3_3_1);
    let mut outbound = Outbound::default();
    let mut out = Outgoing::default();
    for event in [Event::Puback, Event::Pubcomp] {
        assert_eq!(outbound.acknowledged(event, id(9), &mut out), Ok(Action::Nothing));
        assert_eq!(seen(&mut out), []);
    }
    assert_eq!(outbound.acknowledged(Event::Pubrec, id(9), &mut out), Ok(Action::Release));
    assert_eq!(seen(&mut out), [Seen::Pubrel(id(9))]);
    assert!(outbound.is_settled());
}

#[test]
fn the_window_never_exceeds_the_identifiers() {
    spec::covers!(MQTT_2_3_1_4);
    let limits = Limits { in_flight_max: usize::MAX, ..WIDE };
    let mut outbound = Outbound::default();
    let mut out = Outgoing::default();
    for number in 0..65_535 {
        let next = waiting(number, Qos::AtLeastOnce, Qos::AtLeastOnce);
        assert_eq!(outbound.deliver(next, Some(&mut out), &limits), Outcome::Sent);
    }
    out.take();
    let next = waiting(65_535, Qos::AtLeastOnce, Qos::AtLeastOnce);
    assert_eq!(outbound.deliver(next, Some(&mut out), &limits), Outcome::Queued);
    outbound.acknowledged(Event::Puback, id(77), &mut out).unwrap();
    outbound.pump(&mut out, &limits);
    let delivery = Delivery::AtLeastOnce { packet_id: id(77), dup: false };
    assert_eq!(seen(&mut out), [Seen::Publish(65_535, delivery)]);
}

#[test]
fn a_full_queue_drops_qos_0_and_nothing_else() {
    let limits = Limits { waiting_messages_max: 1, ..WIDE };
    let mut outbound = Outbound::default();
    let both = Qos::ExactlyOnce;
    assert_eq!(outbound.deliver(waiting(0, both, both), None, &limits), Outcome::Queued);
    assert_eq!(outbound.deliver(waiting(1, both, both), None, &limits), Outcome::Overflow);
    let downgraded = waiting(2, both, Qos::AtMostOnce);
    assert_eq!(outbound.deliver(downgraded, None, &limits), Outcome::Overflow);
    let mut out = full();
    let narrow = Limits { unsent_bytes_max: 1, ..limits };
    let retained = Waiting { retain: true, ..waiting(3, Qos::AtMostOnce, both) };
    assert_eq!(outbound.deliver(retained, Some(&mut out), &narrow), Outcome::Overflow);
    let live = waiting(4, Qos::AtMostOnce, both);
    assert_eq!(outbound.deliver(live, Some(&mut out), &narrow), Outcome::Dropped);
    assert_eq!(outbound.waiting().len(), 1);
}

#[test]
fn a_flood_of_qos_0_leaves_room_for_the_rest() {
    let limits = Limits { waiting_messages_max: 10, in_flight_max: 1, ..WIDE };
    let mut outbound = Outbound::default();
    let mut out = Outgoing::default();
    let [low, high] = [Qos::AtMostOnce, Qos::AtLeastOnce];
    let mut given = |qos| outbound.deliver(waiting(0, qos, qos), Some(&mut out), &limits);
    assert_eq!([given(high), given(high)], [Outcome::Sent, Outcome::Queued]);
    for _ in 0..4 {
        assert_eq!(given(low), Outcome::Queued);
    }
    assert_eq!(given(low), Outcome::Dropped);
    for _ in 0..5 {
        assert_eq!(given(high), Outcome::Queued);
    }
    assert_eq!(given(high), Outcome::Overflow);
}

#[test]
fn waiting_bytes_have_a_limit_that_one_message_may_cross() {
    let limits = Limits { waiting_bytes_max: 4, ..WIDE };
    let mut outbound = Outbound::default();
    let both = Qos::AtLeastOnce;
    assert_eq!(outbound.deliver(waiting(12_345, both, both), None, &limits), Outcome::Queued);
    assert_eq!(outbound.deliver(waiting(1, both, both), None, &limits), Outcome::Overflow);
}

#[test]
fn a_settled_session_keeps_no_buffers() {
    let mut outbound = Outbound::default();
    let mut out = Outgoing::default();
    for number in 0..100 {
        outbound.deliver(waiting(number, Qos::ExactlyOnce, Qos::ExactlyOnce), None, &WIDE);
    }
    outbound.pump(&mut out, &WIDE);
    while let Some(packet_id) = outbound.in_flight.front().map(|entry| entry.packet_id) {
        outbound.acknowledged(Event::Pubrec, packet_id, &mut out).unwrap();
        assert!(
            outbound
                .in_flight
                .iter()
                .all(|entry| { entry.state != Sender::AwaitComplete || entry.message.is_none() })
        );
        outbound.acknowledged(Event::Pubcomp, packet_id, &mut out).unwrap();
        outbound.pump(&mut out, &WIDE);
    }
    assert!(outbound.is_settled());
    assert_eq!(outbound.in_flight.capacity(), 0);
    assert_eq!(outbound.packet_ids, PacketIds::after(100));
}
