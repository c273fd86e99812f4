//! What waits for a Network Connection, as a driver sees it.

use std::io::IoSlice;

use etalon::message::Message;
use etalon::outgoing::Outgoing;
use etalon::packet::{Delivery, Packet, PacketId, Pingresp, Puback, Qos};
use etalon::topic::TopicName;

/// Large enough to be shared, and the least that is.
const SHARED: usize = 4096;
/// More than fits behind other packets in one piece.
const FULL: usize = 64 * 1024;

fn message(payload: &[u8]) -> Message {
    Message::new(TopicName::new("t").expect("a Topic Name"), payload, Qos::AtMostOnce, false)
}

fn gathered(outgoing: &Outgoing) -> Vec<u8> {
    let mut slices = [IoSlice::new(&[]); 64];
    let filled = outgoing.slices(&mut slices);
    slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect()
}

#[test]
fn a_large_payload_is_shared_by_all_who_wait_for_it() {
    let message = message(&vec![7; SHARED]);
    let mut many: Vec<Outgoing> = (0..100).map(|_| Outgoing::default()).collect();
    for outgoing in &mut many {
        outgoing.message(&message, Delivery::AtMostOnce, false);
        let mut slices = [IoSlice::new(&[]); 4];
        assert_eq!(outgoing.slices(&mut slices), 2);
        assert_eq!(slices[1].as_ptr(), message.payload().as_ptr());
    }
}

#[test]
fn what_is_sent_is_what_was_put_in_wherever_it_is_split() {
    let mut whole = Vec::new();
    let mut outgoing = Outgoing::default();
    let payloads = [0, 10, SHARED - 1, SHARED, 2 * FULL];
    for len in payloads {
        let message = message(&vec![len as u8; len]);
        outgoing.packet(&Packet::Pingresp(Pingresp));
        outgoing.message(&message, Delivery::AtMostOnce, true);
        let puback = Packet::Puback(Puback { packet_id: PacketId::new(7).unwrap() });
        outgoing.packet(&puback);
        Packet::Pingresp(Pingresp).encode(&mut whole).unwrap();
        message.encode(Delivery::AtMostOnce, true, &mut whole);
        puback.encode(&mut whole).unwrap();
    }
    assert_eq!(outgoing.len(), whole.len());
    for step in (1..50).cycle() {
        assert_eq!(gathered(&outgoing), whole);
        if whole.is_empty() {
            break;
        }
        let count = (step * 37).min(whole.len());
        whole.drain(..count);
        outgoing.advance(count);
        assert_eq!(outgoing.len(), whole.len());
    }
    assert!(outgoing.is_empty());
}

#[test]
fn taking_all_leaves_out_what_was_sent() {
    let mut outgoing = Outgoing::default();
    let message = message(&vec![1; SHARED]);
    outgoing.message(&message, Delivery::AtMostOnce, false);
    let whole = gathered(&outgoing);
    outgoing.advance(3);
    assert_eq!(outgoing.take(), whole[3..]);
    assert_eq!((outgoing.len(), outgoing.take()), (0, Vec::new()));
}

#[test]
fn more_than_there_is_cannot_be_sent() {
    let mut outgoing = Outgoing::default();
    outgoing.packet(&Packet::Pingresp(Pingresp));
    outgoing.advance(usize::MAX);
    assert!(outgoing.is_empty());
    outgoing.packet(&Packet::Pingresp(Pingresp));
    assert_eq!(gathered(&outgoing), [0xD0, 0]);
}
