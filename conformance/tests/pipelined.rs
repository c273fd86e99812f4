//! §2.2, §4.2, §4.8: bytes as a network splits them, packets behind CONNECT, and packets that are
//! wrong.

use etalon::broker::{Config, Why};
use etalon::packet::Stance;
use etalon::spec::Id;
use etalon::violation::Rule;
use etalon_conformance::say;
use etalon_conformance::stage::{in_each_world, in_each_world_with, secs};
use etalon_conformance::world::{Closed, World};
use etalon_spec as spec;

/// What one client says in a whole life, and what it gets.
fn life(id: &str) -> (Vec<u8>, Vec<String>) {
    let topic = format!("{id}/t");
    let packets = [
        say::connect(id).keep_alive(60).will("will", "x", 1).bytes(),
        say::subscribe(1, &[(&topic, 2)]),
        say::publish(&topic, "zero").bytes(),
        say::publish(&topic, "one").qos1(2).bytes(),
        say::publish(&topic, &"x".repeat(300)).qos2(3).bytes(),
        say::pubrel(3),
        say::pingreq(),
        say::unsubscribe(4, &[&topic]),
        say::publish(&topic, "nobody").qos1(5).bytes(),
        say::disconnect(),
    ];
    let lines = [
        "CONNACK accepted".to_string(),
        "SUBACK id=1 2".into(),
        format!("PUBLISH {topic} \"zero\""),
        format!("PUBLISH {topic} qos=1 id=1 \"one\""),
        "PUBACK id=2".into(),
        format!("PUBLISH {topic} qos=2 id=2 (300 bytes)"),
        "PUBREC id=3".into(),
        "PUBCOMP id=3".into(),
        "PINGRESP".into(),
        "UNSUBACK id=4".into(),
        "PUBACK id=5".into(),
    ];
    (packets.concat(), lines.to_vec())
}

#[test]
fn everything_in_one_write_is_answered_in_order() {
    spec::covers!(MQTT_3_1_4_4, MQTT_3_2_0_1, MQTT_3_12_4_1);
    in_each_world(|world| {
        for id in ["a", "b", "c", "d"] {
            let (bytes, lines) = life(id);
            let peer = world.open();
            world.send(peer, bytes);
            assert_eq!(world.received(peer), lines);
            assert_eq!(world.closed_by_broker(peer), Some(Why::Disconnect));
        }
    });
}

#[test]
fn one_byte_at_a_time_is_the_same() {
    in_each_world(|world| {
        for id in ["a", "b", "c", "d"] {
            let (bytes, lines) = life(id);
            let peer = world.open();
            world.send_bytewise(peer, bytes);
            assert_eq!(world.received(peer), lines);
            assert_eq!(world.closed_by_broker(peer), Some(Why::Disconnect));
        }
    });
}

#[test]
fn every_split_in_two_is_the_same() {
    in_each_world(|world| {
        let (bytes, lines) = life("a");
        for at in 1..bytes.len() {
            let peer = world.open();
            world.send(peer, &bytes[..at]);
            world.send(peer, &bytes[at..]);
            assert_eq!(world.received(peer), lines, "split at {at}");
            assert_eq!(world.closed_by_broker(peer), Some(Why::Disconnect));
        }
    });
}

#[test]
fn pieces_of_every_size_are_the_same() {
    in_each_world(|world| {
        let (bytes, lines) = life("a");
        for size in 2..bytes.len() {
            let peer = world.open();
            for piece in bytes.chunks(size) {
                world.send(peer, piece);
            }
            assert_eq!(world.received(peer), lines, "pieces of {size}");
        }
        assert_eq!(world.counted(|counters| counters.packets), (bytes.len() as u64 - 2) * 10);
    });
}

#[test]
fn a_client_of_another_worker_is_handed_over_with_all_it_said() {
    spec::covers!(MQTT_3_2_0_1, MQTT_3_1_4_4);
    let mut world = World::new(4);
    let id = world.far_client_id();
    let (bytes, lines) = life(&id);
    for at in (1..bytes.len()).step_by(3) {
        // Every worker has its turn; the home of the Client is one of them.
        for _ in 0..4 {
            let peer = world.open();
            world.send(peer, &bytes[..at]);
            world.send(peer, &bytes[at..]);
            assert_eq!(world.received(peer), lines, "split at {at}");
        }
    }
}

#[test]
fn a_packet_is_counted_once_whoever_hands_it_over() {
    for workers in [1, 4] {
        let mut world = World::new(workers);
        for at in 0..8 {
            let peer = world.open();
            let connect = say::connect(&format!("c{at}")).bytes();
            world.send(peer, [connect, say::pingreq()].concat());
        }
        assert_eq!(world.counted(|counters| counters.packets), 16, "{workers} workers");
    }
}

#[test]
fn handing_over_leaves_nothing_behind() {
    let mut world = World::new(4);
    let id = world.far_client_id();
    let peer = world.open();
    world.send(peer, say::connect(&id).bytes());
    world.advance(secs(100));
    assert!(world.alive(peer), "no worker waits for its CONNECT");
    world.cut(peer);
    assert_eq!(world.deadline(), None);
}

#[test]
fn a_breach_behind_a_handed_over_connect_is_found_there() {
    spec::covers!(MQTT_4_8_0_1, MQTT_3_1_0_2);
    let mut world = World::new(4);
    let id = world.far_client_id();
    let connect = say::connect(&id).bytes();
    let peer = world.open();
    world.send(peer, [connect.clone(), connect].concat());
    assert_eq!(world.received(peer), ["CONNACK accepted"]);
    assert_eq!(world.broken_by(peer), [Id::MQTT_3_1_0_2]);
}

#[test]
fn valid_packets_ahead_of_a_malformed_one_are_answered() {
    spec::covers!(MQTT_4_8_0_1);
    in_each_world(|world| {
        let watcher = world.watcher("t");
        let peer = world.open();
        let packets = [
            say::connect("a").bytes(),
            say::publish("t", "valid").qos1(1).bytes(),
            say::pingreq(),
            vec![0xC0, 0x01, 0x00],
            say::publish("t", "too late").qos1(2).bytes(),
        ];
        world.send(peer, packets.concat());
        assert_eq!(world.received(peer), ["CONNACK accepted", "PUBACK id=1", "PINGRESP"]);
        assert_eq!(world.closed_by_broker(peer), Some(Why::Broken));
        assert_eq!(world.received(watcher), ["PUBLISH t qos=1 id=1 \"valid\""]);
    });
}

#[test]
fn invalid_flags_close_before_the_rest_has_come() {
    spec::covers!(
        MQTT_2_2_2_2,
        MQTT_2_2_2_1,
        MQTT_3_6_1_1,
        MQTT_3_8_1_1,
        MQTT_3_10_1_1,
        MQTT_3_14_1_1
    );
    in_each_world(|world| {
        for kind in [4u8, 5, 6, 7, 8, 10, 12, 14] {
            let right = if matches!(kind, 6 | 8 | 10) { 2 } else { 0 };
            for flags in (0..16).filter(|flags| *flags != right) {
                let peer = world.joined(say::connect("a"));
                world.send(peer, [kind << 4 | flags]);
                let id = match kind {
                    6 => Id::MQTT_3_6_1_1,
                    8 => Id::MQTT_3_8_1_1,
                    10 => Id::MQTT_3_10_1_1,
                    14 => Id::MQTT_3_14_1_1,
                    _ => Id::MQTT_2_2_2_2,
                };
                world.closed_silently(peer, id);
            }
        }
    });
}

#[test]
fn what_only_a_server_sends_and_what_does_not_exist_closes() {
    spec::covers!(MQTT_4_8_0_1);
    in_each_world(|world| {
        let packets: [&[u8]; 6] = [
            &[0x20, 0x02, 0, 0],
            &[0x90, 0x03, 0, 1, 0],
            &[0xB0, 0x02, 0, 1],
            &[0xD0, 0x00],
            &[0x00, 0x00],
            &[0xF0, 0x00],
        ];
        for packet in packets {
            let peer = world.joined(say::connect("a"));
            world.send(peer, packet);
            world.closed_silently(peer, Id::MQTT_4_8_0_1);
        }
    });
}

#[test]
fn malformed_packets_close_without_an_answer() {
    spec::covers!(MQTT_4_8_0_1, MQTT_3_3_1_2, MQTT_3_3_1_4, MQTT_3_3_2_2, MQTT_2_3_1_1);
    spec::covers!(MQTT_3_8_3_3, MQTT_3_8_3_4, MQTT_3_10_3_2, MQTT_1_5_3_1, MQTT_1_5_3_2);
    let cases: [(&[u8], Id); 26] = [
        (b"\x38\x03\0\x01t", Id::MQTT_3_3_1_2),
        (b"\x36\x05\0\x01t\0\x01", Id::MQTT_3_3_1_4),
        (b"\x30\x03\0\x01+", Id::MQTT_3_3_2_2),
        (b"\x30\x03\0\x01#", Id::MQTT_3_3_2_2),
        (b"\x30\x02\0\0", Id::MQTT_4_7_3_1),
        (b"\x30\x05\0\x02\xC0\x80x", Id::MQTT_1_5_3_1),
        (b"\x30\x05\0\x03\xED\xA0\x80", Id::MQTT_1_5_3_1),
        (b"\x30\x03\0\x01\0", Id::MQTT_1_5_3_2),
        (b"\x30\x03\0\x02t", Id::MQTT_3_3_2_1),
        (b"\x32\x05\0\x01t\0\0", Id::MQTT_2_3_1_1),
        (b"\x32\x04\0\x01t\0", Id::MQTT_2_3_1_1),
        (b"\x40\x02\0\0", Id::MQTT_2_3_1_6),
        (b"\x62\x02\0\0", Id::MQTT_2_3_1_6),
        (b"\x40\x03\0\x01\0", Id::MQTT_4_8_0_1),
        (b"\x40\x01\0", Id::MQTT_2_3_1_6),
        (b"\x62\x03\0\x01\0", Id::MQTT_4_8_0_1),
        (b"\x82\x02\0\x01", Id::MQTT_3_8_3_3),
        (b"\x82\x06\0\0\0\x01t\0", Id::MQTT_2_3_1_1),
        (b"\x82\x06\0\x01\0\x01t\x03", Id::MQTT_3_8_3_4),
        (b"\x82\x06\0\x01\0\x01t\x04", Id::MQTT_3_8_3_4),
        (b"\x82\x07\0\x01\0\x02t+\0", Id::MQTT_4_7_1_3),
        (b"\x82\x08\0\x01\0\x03#/t\0", Id::MQTT_4_7_1_2),
        (b"\x82\x05\0\x01\0\0\0", Id::MQTT_4_7_3_1),
        (b"\xA2\x02\0\x01", Id::MQTT_3_10_3_2),
        (b"\xA2\x05\0\x01\0\x01\0", Id::MQTT_1_5_3_2),
        (b"\xC0\x01\0", Id::MQTT_4_8_0_1),
    ];
    in_each_world(|world| {
        let other = world.joined(say::connect("other"));
        for (bytes, id) in cases {
            let peer = world.joined(say::connect("a"));
            world.send(peer, bytes);
            world.closed_silently(peer, id);
            let peer = world.joined(say::connect("a"));
            world.send_bytewise(peer, bytes);
            world.closed_silently(peer, id);
        }
        assert!(world.alive(other), "other connections are not touched");
    });
}

#[test]
fn remaining_length_ends_with_its_fourth_byte() {
    spec::covers!(MQTT_4_8_0_1);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a"));
        world.send(peer, [0xC0, 0x80, 0x80, 0x80]);
        assert_eq!(world.closed(peer), None, "the fourth byte could still be the last");
        world.send(peer, [0x80]);
        world.closed_silently(peer, Id::MQTT_4_8_0_1);
    });
}

#[test]
fn a_longer_form_of_remaining_length_is_taken_unless_told_otherwise() {
    let forms: [&[u8]; 3] =
        [&[0xC0, 0x80, 0x00], &[0xC0, 0x80, 0x80, 0x00], &[0xC0, 0x80, 0x80, 0x80, 0x00]];
    in_each_world(|world| {
        let peer = world.joined(say::connect("a"));
        for form in forms {
            assert_eq!(world.exchange(peer, form), ["PINGRESP"]);
        }
    });
    let mut config = Config::default();
    config.packet.overlong_length = Stance::Refuse;
    in_each_world_with(config, |world| {
        for form in forms {
            let peer = world.joined(say::connect("a"));
            world.send(peer, form);
            world.closed_silently(peer, Id::MQTT_4_8_0_1);
        }
    });
}

#[test]
fn control_characters_close_unless_told_otherwise() {
    let publish = say::publish("t\u{1}\u{7f}\u{fffe}", "x").bytes();
    in_each_world(|world| {
        let watcher = world.watcher("#");
        let peer = world.joined(say::connect("a"));
        world.send(peer, &publish);
        assert_eq!(world.closed_by_broker(peer), Some(Why::Broken));
        assert_eq!(world.breaches()[0].1.violation.rule, Rule::DubiousCharacter);
        assert_eq!(world.received(watcher), [""; 0]);
    });
    let mut config = Config::default();
    config.packet.control_characters = Stance::Accept;
    in_each_world_with(config, |world| {
        let watcher = world.watcher("#");
        let peer = world.joined(say::connect("a"));
        world.send(peer, &publish);
        assert_eq!(world.received_bytes(watcher), publish, "unaltered");
    });
}

#[test]
fn the_largest_packets_go_through_in_any_pieces() {
    in_each_world(|world| {
        let watcher = world.watcher("t");
        let peer = world.joined(say::connect("a"));
        for size in [127, 128, 16_383, 16_384, 70_000, 2_097_151, 2_097_152] {
            let payload = vec![b'x'; size - 3];
            let publish = say::publish("t", &payload).bytes();
            for piece in publish.chunks(65_536) {
                world.send(peer, piece);
            }
            assert_eq!(world.received_bytes(watcher), publish, "Remaining Length {size}");
        }
    });
}

#[test]
fn a_stream_that_ends_inside_a_packet_has_just_ended() {
    spec::covers!(MQTT_3_1_2_8);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let peer = world.joined(say::connect("a").will("w", "gone", 0));
        world.send(peer, &say::publish("w", "never whole").bytes()[..9]);
        world.cut(peer);
        assert_eq!(world.closed(peer), Some(Closed::ByPeer));
        assert_eq!(world.received(watcher), ["PUBLISH w \"gone\""]);
        assert!(world.breaches().is_empty(), "that is no breach");
    });
}

#[test]
fn pings_are_answered_one_by_one() {
    spec::covers!(MQTT_3_12_4_1);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a"));
        let pings = say::pingreq().repeat(10);
        assert_eq!(world.exchange(peer, pings), ["PINGRESP"; 10]);
    });
}
