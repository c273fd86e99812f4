//! Requests: where they come from, and what is forbidden about them.

use std::collections::BTreeSet;

use arbitrary::{Arbitrary, Unstructured};
use etalon::packet::Kind;
use etalon::spec::{self, Id};
use etalon::testing::{Request, Wanted, bytes, request};

#[test]
fn a_seed_and_a_number_give_one_request() {
    let wanted = Wanted::default();
    for number in 0..500 {
        assert_eq!(request(3, number, &wanted), request(3, number, &wanted));
        assert_eq!(bytes(3, number, &wanted), bytes(3, number, &wanted));
    }
    let differ = (0..500).filter(|it| request(3, *it, &wanted) != request(4, *it, &wanted));
    assert!(differ.count() > 400);
}

#[test]
fn without_forbidden_ones_every_request_is_a_packet_that_is_the_request() {
    let wanted = Wanted { forbidden: false, ..Wanted::default() };
    let mut list = Vec::new();
    for number in 0..10_000 {
        let request = request(11, number, &wanted);
        let packet = request.packet(&mut list).unwrap_or_else(|why| panic!("{number}: {why}"));
        assert_eq!(Request::from(&packet), request);
    }
}

#[test]
fn every_statement_on_what_a_packet_may_say_is_tried() {
    spec::covers!(MQTT_3_1_2_14, MQTT_3_1_2_22, MQTT_3_2_2_4, MQTT_3_8_3_3, MQTT_4_7_3_1);
    let wanted = Wanted::default();
    let mut list = Vec::new();
    let tried: BTreeSet<Id> = (0..60_000)
        .filter_map(|number| request(5, number, &wanted).packet(&mut list).err())
        .map(|forbidden| forbidden.id)
        .collect();
    let all = [
        Id::MQTT_1_5_3_2,
        Id::MQTT_2_3_1_1,
        Id::MQTT_2_3_1_6,
        Id::MQTT_2_3_1_7,
        Id::MQTT_3_1_2_11,
        Id::MQTT_3_1_2_14,
        Id::MQTT_3_1_2_22,
        Id::MQTT_3_1_3_7,
        Id::MQTT_3_2_2_4,
        Id::MQTT_3_2_2_6,
        Id::MQTT_3_3_1_2,
        Id::MQTT_3_3_1_4,
        Id::MQTT_3_8_3_3,
        Id::MQTT_3_8_3_4,
        Id::MQTT_3_8_4_5,
        Id::MQTT_3_9_3_2,
        Id::MQTT_3_10_3_2,
        Id::MQTT_4_3_3_2,
        Id::MQTT_4_7_1_1,
        Id::MQTT_4_7_1_2,
        Id::MQTT_4_7_1_3,
        Id::MQTT_4_7_3_1,
        Id::MQTT_4_7_3_3,
        Id::MQTT_4_8_0_1,
    ];
    assert_eq!(tried, all.into_iter().collect());
}

#[test]
fn the_borders_of_remaining_length_and_the_longest_texts_come_up() {
    let wanted = Wanted { forbidden: false, ..Wanted::default() };
    let (mut borders, mut longest) = (BTreeSet::new(), 0);
    let mut list = Vec::new();
    for number in 0..40_000 {
        let request = request(2, number, &wanted);
        let bytes = request.packet(&mut list).unwrap().encoded_len();
        borders.insert(bytes);
        if let Request::Connect(connect) = &request {
            longest = longest.max(connect.client_id.len());
        }
    }
    for border in [2 + 127, 3 + 128, 3 + 16_383, 4 + 16_384, 4 + 2_097_151, 5 + 2_097_152] {
        assert!(borders.contains(&border), "{border}");
    }
    assert_eq!(longest, 65_535);
}

#[test]
fn every_combination_of_connect_flags_and_of_publish_flags_comes_up() {
    let wanted = Wanted { forbidden: false, ..Wanted::default() };
    let (mut connect, mut publish) = (BTreeSet::new(), BTreeSet::new());
    for number in 0..30_000 {
        let bytes = bytes(2, number, &wanted);
        let body = 1 + bytes[1..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
        match Kind::from_bits(bytes[0] >> 4) {
            Some(Kind::Connect) => drop(connect.insert(bytes[body + 7])),
            Some(Kind::Publish) => drop(publish.insert(bytes[0])),
            _ => {}
        }
    }
    assert_eq!((connect.len(), publish.len()), (42, 10));
}

#[test]
fn a_fuzzer_may_steer_it() {
    for seed in 0..=u8::MAX {
        let entropy: Vec<u8> = (0..200u8).map(|at| at.wrapping_mul(seed)).collect();
        Request::arbitrary(&mut Unstructured::new(&entropy)).unwrap();
    }
    Request::arbitrary(&mut Unstructured::new(&[])).unwrap();
}
