//! §3.1, §3.2: which CONNECT is accepted, which is refused and how, and that a refused one has no
//! side effects.

use etalon::broker::{Config, Why};
use etalon::spec::Id;
use etalon_conformance::say;
use etalon_conformance::stage::{in_each_world, in_each_world_with, micros, millis, secs};
use etalon_conformance::world::{Closed, World};
use etalon_spec as spec;

#[test]
fn nothing_is_sent_before_connect() {
    spec::covers!(MQTT_3_2_0_1);
    in_each_world(|world| {
        let peer = world.open();
        world.advance(secs(9));
        world.send(peer, &say::connect("a").bytes()[..5]);
        assert_eq!(world.received_bytes(peer), [] as [u8; 0] as [u8; 0]);
        assert_eq!(world.closed(peer), None);
    });
}

#[test]
fn an_accepted_connect_is_answered_with_four_bytes() {
    spec::covers!(MQTT_3_1_4_4, MQTT_3_2_2_1, MQTT_3_2_2_3);
    in_each_world(|world| {
        for connect in [say::connect("a"), say::connect("b").kept(), say::connect("")] {
            let peer = world.open();
            world.send(peer, connect.bytes());
            assert_eq!(world.received_bytes(peer), [0x20, 0x02, 0x00, 0x00]);
            assert!(world.alive(peer));
        }
        assert_eq!(world.counted(|counters| counters.accepted), 3);
    });
}

#[test]
fn every_valid_shape_of_connect_is_accepted() {
    spec::covers!(MQTT_3_1_4_4, MQTT_3_1_2_9, MQTT_3_1_2_19, MQTT_3_1_2_21);
    in_each_world(|world| {
        let mut shapes = 0;
        for flags in 0..=0xFFu8 {
            let (user, password) = (flags & 0x80 != 0, flags & 0x40 != 0);
            let (will, qos) = (flags & 0x04 != 0, flags >> 3 & 3);
            let wrong = flags & 1 != 0 || password && !user || qos == 3;
            if wrong || !will && (qos != 0 || flags & 0x20 != 0) {
                continue;
            }
            shapes += 1;
            // What may be empty is empty.
            let mut fields: Vec<&[u8]> = vec![b"c"];
            if will {
                fields.extend([&b"t"[..], b""]);
            }
            fields.extend(std::iter::repeat_n(&b""[..], usize::from(user) + usize::from(password)));
            for keep_alive in [[0, 0], [0xFF, 0xFF]] {
                let mut bytes = say::raw_connect(b"MQTT", 4, flags, &fields);
                bytes[10..12].copy_from_slice(&keep_alive);
                let peer = world.open();
                world.send(peer, bytes);
                let answer = world.received(peer);
                assert_eq!(answer.len(), 1, "flags {flags:02x}");
                assert!(answer[0].starts_with("CONNACK accepted"), "flags {flags:02x}");
                world.send(peer, say::disconnect());
            }
        }
        assert_eq!(shapes, 42);
    });
}

#[test]
fn every_client_id_of_letters_and_digits_is_accepted() {
    spec::covers!(MQTT_3_1_3_5);
    in_each_world(|world| {
        let alphabet = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        for length in 1..=23 {
            let id: String =
                (0..length).map(|at| char::from(alphabet[(length * 7 + at) % 62])).collect();
            world.joined(say::connect(&id));
        }
        for character in alphabet {
            world.joined(say::connect(&char::from(*character).to_string()).kept());
        }
    });
}

#[test]
fn longer_and_stranger_client_ids_are_accepted() {
    in_each_world(|world| {
        let longest = "x".repeat(65_535);
        for id in
            ["0123456789abcdefghijklmn", "a/b+#", " ", "\u{e9}\u{1F600}", "\u{feff}", &longest]
        {
            world.joined(say::connect(id));
        }
    });
}

#[test]
fn empty_client_ids_get_identities_of_their_own() {
    spec::covers!(MQTT_3_1_3_6);
    in_each_world(|world| {
        let (first, second) = (world.joined(say::connect("")), world.joined(say::connect("")));
        world.subscribed(first, &[("first", 1)]);
        world.subscribed(second, &[("second", 1)]);
        let publisher = world.joined(say::connect("p"));
        world.send(publisher, say::publish("first", "1").bytes());
        world.send(publisher, say::publish("second", "2").bytes());
        assert_eq!(world.received(first), ["PUBLISH first \"1\""]);
        assert_eq!(world.received(second), ["PUBLISH second \"2\""]);
        assert!(world.alive(first) && world.alive(second));
    });
}

#[test]
fn an_assigned_identity_ends_with_its_connection() {
    spec::covers!(MQTT_3_1_3_6, MQTT_3_1_2_6);
    in_each_world(|world| {
        let peer = world.joined(say::connect(""));
        world.subscribed(peer, &[("a", 1)]);
        world.cut(peer);
        assert_eq!(world.shared().sessions.load(std::sync::atomic::Ordering::Relaxed), 0);
    });
}

#[test]
fn an_empty_client_id_with_a_kept_session_gets_code_2() {
    spec::covers!(MQTT_3_1_3_9, MQTT_3_1_3_8, MQTT_3_1_3_7, MQTT_3_2_2_4, MQTT_3_2_2_5);
    in_each_world(|world| {
        let peer = world.open();
        let connect = say::raw_connect(b"MQTT", 4, 0x00, &[b""]);
        world.send(peer, [connect, say::subscribe(1, &[("a", 0)]), say::pingreq()].concat());
        world.refused(peer, 2);
        assert_eq!(world.broken_by(peer), [Id::MQTT_3_1_3_8]);
    });
}

#[test]
fn another_protocol_level_gets_code_1() {
    spec::covers!(MQTT_3_1_2_2, MQTT_3_2_2_4, MQTT_3_2_2_5);
    in_each_world(|world| {
        for level in [0, 1, 2, 3, 5, 6, 0x83, 0x84, 255] {
            let peer = world.open();
            world.send(peer, say::raw_connect(b"MQTT", level, 0x02, &[b"a"]));
            world.refused(peer, 1);
        }
    });
}

#[test]
fn of_another_level_nothing_further_is_looked_at() {
    spec::covers!(MQTT_3_1_2_2);
    in_each_world(|world| {
        // Reserved flag, Will QoS 3, a Client Identifier that runs past the end, left-over bytes.
        for (flags, fields) in
            [(0x01, &[&b"a"[..]][..]), (0x1E, &[b"a"]), (0x00, &[b""]), (0x02, &[b"a", b"b", b"c"])]
        {
            let peer = world.open();
            world.send(peer, say::raw_connect(b"MQTT", 5, flags, fields));
            world.refused(peer, 1);
        }
    });
}

#[test]
fn another_protocol_name_is_closed_silently_whatever_its_level() {
    spec::covers!(MQTT_3_2_2_6, MQTT_3_1_2_1);
    in_each_world(|world| {
        for (name, level) in [
            ("mqtt", 4),
            ("MQT", 4),
            ("MQTTX", 4),
            ("", 4),
            ("MQIsdp", 3),
            ("MQIsdp", 4),
            ("mqtt", 5),
        ] {
            let peer = world.open();
            world.send(peer, say::raw_connect(name.as_bytes(), level, 0x02, &[b"long enough"]));
            world.closed_silently(peer, Id::MQTT_3_1_2_1);
        }
    });
}

#[test]
fn wrong_flags_in_the_fixed_header_come_before_everything_else() {
    spec::covers!(MQTT_2_2_2_2, MQTT_3_1_4_1);
    in_each_world(|world| {
        for nibble in 1..=15 {
            let mut bytes = say::raw_connect(b"mqtt", 5, 0x01, &[b""]);
            bytes[0] |= nibble;
            let peer = world.open();
            world.send(peer, bytes);
            world.closed_silently(peer, Id::MQTT_2_2_2_2);
        }
    });
}

#[test]
fn what_is_malformed_comes_before_an_empty_client_id() {
    spec::covers!(MQTT_3_1_4_1);
    in_each_world(|world| {
        let peer = world.open();
        world.send(peer, say::raw_connect(b"MQTT", 4, 0x00, &[b"", b"left over"]));
        world.closed_silently(peer, Id::MQTT_3_1_2_18);
    });
}

#[test]
fn a_malformed_connect_is_closed_silently() {
    spec::covers!(MQTT_3_1_4_1, MQTT_3_1_2_3, MQTT_3_1_2_11, MQTT_3_1_2_13, MQTT_3_1_2_14);
    spec::covers!(MQTT_3_1_2_15, MQTT_3_1_2_18, MQTT_3_1_2_20, MQTT_3_1_2_22, MQTT_3_1_3_3);
    spec::covers!(MQTT_3_1_3_4, MQTT_3_1_3_10, MQTT_3_1_3_11, MQTT_1_5_3_1, MQTT_1_5_3_2);
    let connect = |flags: u8, fields: &[&[u8]]| say::raw_connect(b"MQTT", 4, flags, fields);
    let cases = [
        (connect(0x03, &[b"a"]), Id::MQTT_3_1_2_3),
        (connect(0xC7, &[b"a", b"t", b"m", b"u", b"p"]), Id::MQTT_3_1_2_3),
        (connect(0x0A, &[b"a"]), Id::MQTT_3_1_2_11),
        (connect(0x12, &[b"a"]), Id::MQTT_3_1_2_11),
        (connect(0x22, &[b"a"]), Id::MQTT_3_1_2_11),
        (connect(0x1E, &[b"a", b"t", b"m"]), Id::MQTT_3_1_2_14),
        (connect(0x42, &[b"a", b"p"]), Id::MQTT_3_1_2_22),
        (connect(0x02, &[]), Id::MQTT_3_1_3_3),
        (connect(0x06, &[b"a"]), Id::MQTT_3_1_2_9),
        (connect(0x06, &[b"a", b"t"]), Id::MQTT_3_1_2_9),
        (connect(0x82, &[b"a"]), Id::MQTT_3_1_2_19),
        (connect(0xC2, &[b"a", b"u"]), Id::MQTT_3_1_2_21),
        (connect(0x02, &[b"a", b"t", b"m"]), Id::MQTT_3_1_2_11),
        (connect(0x02, &[b"a", b"u"]), Id::MQTT_3_1_2_18),
        (connect(0x82, &[b"a", b"u", b"p"]), Id::MQTT_3_1_2_20),
        (connect(0x02, &[b"\xC0\x80"]), Id::MQTT_3_1_3_4),
        (connect(0x02, &[b"\xED\xA0\x80"]), Id::MQTT_3_1_3_4),
        (connect(0x02, &[b"a\0b"]), Id::MQTT_3_1_3_4),
        (connect(0x06, &[b"a", b"\xC3\x28", b"m"]), Id::MQTT_3_1_3_10),
        (connect(0x06, &[b"a", b"a\0", b"m"]), Id::MQTT_3_1_3_10),
        (connect(0x06, &[b"a", b"", b"m"]), Id::MQTT_4_7_3_1),
        (connect(0x06, &[b"a", b"t/#", b"m"]), Id::MQTT_4_7_1_1),
        (connect(0x06, &[b"a", b"+", b"m"]), Id::MQTT_4_7_1_1),
        (connect(0x82, &[b"a", b"\xFF"]), Id::MQTT_3_1_3_11),
        (connect(0x82, &[b"a", b"a\0"]), Id::MQTT_3_1_3_11),
    ];
    in_each_world(|world| {
        for (bytes, id) in &cases {
            let peer = world.open();
            world.send(peer, bytes);
            world.closed_silently(peer, *id);
        }
        assert_eq!(world.counted(|counters| counters.accepted), 0);
    });
}

#[test]
fn passwords_and_will_messages_may_hold_any_bytes() {
    spec::covers!(MQTT_3_1_2_9, MQTT_3_1_2_21, MQTT_1_5_3_2);
    in_each_world(|world| {
        let odd: &[u8] = b"\x00\xFF\xC0\x80";
        let peer = world.open();
        world.send(peer, say::raw_connect(b"MQTT", 4, 0xC6, &[b"a", b"t", odd, b"u", odd]));
        assert_eq!(world.received(peer), ["CONNACK accepted"]);
        let watcher = world.watcher("t");
        world.cut(peer);
        let got = world.received_bytes(watcher);
        assert!(got.ends_with(odd), "{got:02x?}");
    });
}

#[test]
fn another_packet_before_connect_is_closed_silently() {
    spec::covers!(MQTT_3_1_0_1, MQTT_3_2_0_1, MQTT_4_8_0_1);
    in_each_world(|world| {
        let packets = [
            say::publish("a", "b").bytes(),
            say::publish("a", "b").qos1(1).bytes(),
            say::publish("a", "b").qos2(1).bytes(),
            say::puback(1),
            say::pubrec(1),
            say::pubrel(1),
            say::pubcomp(1),
            say::subscribe(1, &[("#", 0)]),
            say::unsubscribe(1, &["#"]),
            say::pingreq(),
            say::disconnect(),
        ];
        let watcher = world.watcher("#");
        for packet in packets {
            let peer = world.open();
            world.send(peer, [packet, say::connect("late").bytes()].concat());
            world.closed_silently(peer, Id::MQTT_3_1_0_1);
        }
        assert_eq!(world.received(watcher), [""; 0]);
    });
}

#[test]
fn connect_has_to_come_in_time() {
    in_each_world(|world| {
        let (silent, slow) = (world.open(), world.open());
        let connect = say::connect("a").bytes();
        world.send(slow, &connect[..connect.len() - 1]);
        world.advance(secs(10) - micros(1));
        assert_eq!((world.closed(silent), world.closed(slow)), (None, None));
        world.advance(micros(1));
        for peer in [silent, slow] {
            assert_eq!(world.closed_by_broker(peer), Some(Why::NoConnect));
            assert_eq!(world.received_bytes(peer), [] as [u8; 0] as [u8; 0]);
        }
        assert_eq!(world.closed_for(Why::NoConnect), 2);
    });
}

#[test]
fn connect_in_the_last_moment_is_in_time() {
    in_each_world(|world| {
        let peer = world.open();
        world.advance(secs(10) - micros(1));
        world.send(peer, say::connect("a").bytes());
        assert_eq!(world.received(peer), ["CONNACK accepted"]);
        world.advance(secs(100));
        assert!(world.alive(peer), "the time for CONNECT is over, and it has come");
    });
}

#[test]
fn the_time_for_connect_is_a_setting() {
    let config = Config { connect_timeout: millis(250), ..Config::default() };
    in_each_world_with(config, |world| {
        let peer = world.open();
        world.advance(millis(250));
        assert_eq!(world.closed_by_broker(peer), Some(Why::NoConnect));
    });
}

/// Every way to refuse a CONNECT of "a", with the state before it.
fn refused_connects() -> Vec<Vec<u8>> {
    let will: &[&[u8]] = &[b"a", b"w", b"ill"];
    let mut flags_wrong = say::raw_connect(b"MQTT", 4, 0x06, will);
    flags_wrong[0] |= 1;
    vec![
        say::raw_connect(b"MQTT", 5, 0x06, will),
        say::raw_connect(b"MQIsdp", 3, 0x06, will),
        say::raw_connect(b"MQTT", 4, 0x07, will),
        say::raw_connect(b"MQTT", 4, 0x06, &[b"a", b"w", b"ill", b"?"]),
        say::raw_connect(b"MQTT", 4, 0x06, &[b"a", b"w/#", b"ill"]),
        say::raw_connect(b"MQTT", 4, 0x46, &[b"a", b"w", b"ill", b"p"]),
        flags_wrong,
    ]
}

#[test]
fn a_refused_connect_leaves_the_connected_client_alone() {
    spec::covers!(MQTT_3_1_4_1, MQTT_3_1_4_2, MQTT_3_1_2_8);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let first = world.joined(say::connect("a").will("w", "first", 0));
        world.subscribed(first, &[("s", 1)]);
        for bytes in refused_connects() {
            let second = world.open();
            world.send(second, &bytes);
            assert!(world.closed(second).is_some(), "{bytes:02x?}");
            assert!(world.alive(first), "{bytes:02x?}");
        }
        world.send(watcher, say::publish("s", "still here").bytes());
        assert_eq!(world.received(first), ["PUBLISH s \"still here\""]);
        assert_eq!(world.received(watcher), [""; 0], "no Will of anybody");
    });
}

#[test]
fn a_refused_connect_leaves_the_stored_session_alone() {
    spec::covers!(MQTT_3_1_4_3, MQTT_3_1_2_6, MQTT_3_2_2_4);
    in_each_world(|world| {
        let first = world.joined(say::connect("a").kept());
        world.subscribed(first, &[("s", 1)]);
        world.cut(first);
        let publisher = world.joined(say::connect("p"));
        world.send(publisher, say::publish("s", "waits").qos1(1).bytes());
        for bytes in refused_connects() {
            let second = world.open();
            world.send(second, &bytes);
            assert!(world.closed(second).is_some());
        }
        let third = world.open();
        world.send(third, say::connect("a").kept().bytes());
        assert_eq!(
            world.received(third),
            ["CONNACK accepted present", "PUBLISH s qos=1 id=1 \"waits\""]
        );
    });
}

#[test]
fn what_follows_a_refused_connect_is_not_processed() {
    spec::covers!(MQTT_3_1_4_5, MQTT_3_2_2_5);
    in_each_world(|world| {
        let watcher = world.watcher("r");
        for connect in refused_connects() {
            let peer = world.open();
            let behind = [
                say::publish("r", "x").retain().bytes(),
                say::publish("r", "y").qos1(1).bytes(),
                say::subscribe(1, &[("r", 0)]),
                say::pingreq(),
                say::connect("a").bytes(),
            ];
            world.send(peer, [connect.clone(), behind.concat()].concat());
            assert!(matches!(world.closed(peer), Some(Closed::ByBroker(_))), "{connect:02x?}");
            assert!(world.received_bytes(peer).len() <= 4, "a CONNACK at most");
        }
        assert_eq!(world.received(watcher), [""; 0]);
        world.send(watcher, say::subscribe(2, &[("r", 0)]));
        assert_eq!(world.received(watcher), ["SUBACK id=2 0"], "nothing is retained");
    });
}

#[test]
fn a_second_connect_closes_and_takes_nobody_over() {
    spec::covers!(MQTT_3_1_0_2, MQTT_4_8_0_1, MQTT_3_1_2_8);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let other = world.joined(say::connect("other"));
        for (number, second) in ["a", "other", "new", ""].into_iter().enumerate() {
            let message = number.to_string();
            let peer = world.joined(say::connect("a").will("w", &message, 0));
            let bytes = say::connect(second).will("w", "second", 0).bytes();
            world.send(peer, [bytes, say::pingreq()].concat());
            world.closed_silently(peer, Id::MQTT_3_1_0_2);
            assert_eq!(world.received(watcher), [format!("PUBLISH w \"{number}\"")]);
        }
        assert!(world.alive(other));
    });
}

#[test]
fn a_malformed_or_refusable_second_connect_closes_without_connack() {
    spec::covers!(MQTT_3_1_0_2, MQTT_4_8_0_1);
    in_each_world(|world| {
        for bytes in [
            say::raw_connect(b"MQTT", 5, 0x02, &[b"a"]),
            say::raw_connect(b"MQTT", 4, 0x00, &[b""]),
        ] {
            let peer = world.joined(say::connect("a"));
            world.send(peer, bytes);
            assert_eq!(world.closed_by_broker(peer), Some(Why::Broken));
            assert_eq!(world.received_bytes(peer), [] as [u8; 0] as [u8; 0]);
        }
    });
}

#[test]
fn two_connects_in_one_write_get_one_connack() {
    spec::covers!(MQTT_3_1_0_2, MQTT_3_1_2_8);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let peer = world.open();
        let connect = say::connect("a").will("w", "first", 0).bytes();
        world.send(peer, [connect.clone(), connect].concat());
        assert_eq!(world.received(peer), ["CONNACK accepted"]);
        assert_eq!(world.broken_by(peer), [Id::MQTT_3_1_0_2]);
        assert_eq!(world.received(watcher), ["PUBLISH w \"first\""]);
    });
}

#[test]
fn a_breach_tells_who_it_was_and_what_he_sent() {
    let mut world = World::new(4);
    let peer = world.joined(say::connect("culprit"));
    world.send(peer, [0xC1, 0x00]);
    let (who, breach) = &world.breaches()[0];
    assert_eq!(*who, peer);
    assert_eq!(breach.client_id.as_deref(), Some("culprit"));
    assert_eq!(*breach.bytes, [0xC1, 0x00]);
}
