//! §3.3–§3.7, §4.3: messages from a Client to the Server, and what the Server answers.

use etalon::broker::Why;
use etalon::spec::Id;
use etalon_conformance::say;
use etalon_conformance::stage::in_each_world;
use etalon_spec as spec;

const NOTHING: [&str; 0] = [];

#[test]
fn the_answer_is_that_of_the_qos() {
    spec::covers!(MQTT_3_3_4_1, MQTT_2_3_1_6);
    in_each_world(|world| {
        let (publisher, watcher) = (world.join("pub"), world.join("sub"));
        world.subscribed(watcher, &[("heard", 2)]);
        for topic in ["heard", "unheard"] {
            let publish = say::publish(topic, "x");
            assert_eq!(world.exchange(publisher, publish.bytes()), NOTHING);
            assert_eq!(world.exchange(publisher, publish.qos1(1).bytes()), ["PUBACK id=1"]);
            assert_eq!(world.exchange(publisher, publish.qos2(1).bytes()), ["PUBREC id=1"]);
            assert_eq!(world.exchange(publisher, say::pubrel(1)), ["PUBCOMP id=1"]);
        }
    });
}

#[test]
fn scattered_identifiers_come_back_as_they_were() {
    spec::covers!(MQTT_2_3_1_6, MQTT_3_3_4_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let ids = [0x0001, 0x00FF, 0x0100, 0xFFFF, 0x8000, 0x007F, 0x0A0D];
        // A topic whose characters and bytes differ in number.
        let publish = say::publish("Temperatur/in/\u{b0}C/\u{1F321}", "x");
        let all: Vec<_> = ids.iter().map(|id| publish.qos2(*id).bytes()).collect();
        let lines: Vec<_> = ids.iter().map(|id| format!("PUBREC id={id}")).collect();
        assert_eq!(world.exchange(publisher, say::all(&all)), lines);
        let backwards: Vec<_> = ids.iter().rev().map(|id| say::pubrel(*id)).collect();
        let lines: Vec<_> = ids.iter().rev().map(|id| format!("PUBCOMP id={id}")).collect();
        assert_eq!(world.exchange(publisher, say::all(&backwards)), lines);
        let all: Vec<_> = ids.iter().map(|id| publish.qos1(*id).bytes()).collect();
        let lines: Vec<_> = ids.iter().map(|id| format!("PUBACK id={id}")).collect();
        assert_eq!(world.exchange(publisher, say::all(&all)), lines);
    });
}

#[test]
fn a_payload_at_qos_0_keeps_its_first_two_bytes() {
    spec::covers!(MQTT_2_3_1_5);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("a", 2)]);
        world.send(publisher, say::publish("a", &[0, 1, 7]).bytes());
        assert_eq!(world.received_bytes(sub), [0x30, 6, 0, 1, b'a', 0, 1, 7]);
        world.send(publisher, say::publish("a", &[]).bytes());
        assert_eq!(world.received_bytes(sub), [0x30, 3, 0, 1, b'a']);
    });
}

#[test]
fn an_identifier_is_new_after_its_puback_whatever_dup_says() {
    spec::covers!(MQTT_4_3_2_2);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 0)]);
        for (payload, dup) in [("one", false), ("two", true), ("two", true), ("three", false)] {
            let mut publish = say::publish("t", payload).qos1(1);
            if dup {
                publish = publish.dup();
            }
            assert_eq!(world.exchange(publisher, publish.bytes()), ["PUBACK id=1"]);
            assert_eq!(world.received(sub), [format!("PUBLISH t {payload:?}")]);
        }
    });
}

#[test]
fn qos_1_under_one_identifier_in_one_write_is_acknowledged_each_time() {
    spec::covers!(MQTT_4_3_2_2);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 0)]);
        let first = say::publish("t", "x").qos1(9);
        let twice = say::all(&[first.bytes(), first.dup().bytes()]);
        assert_eq!(world.exchange(publisher, twice), ["PUBACK id=9", "PUBACK id=9"]);
        assert!(!world.received(sub).is_empty());
    });
}

#[test]
fn a_qos_2_message_is_delivered_once_however_often_it_comes() {
    spec::covers!(MQTT_4_3_3_2, MQTT_3_3_4_1);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 2)]);
        let first = say::publish("t", "x").qos2(7);
        assert_eq!(world.exchange(publisher, first.bytes()), ["PUBREC id=7"]);
        for _ in 0..4 {
            assert_eq!(world.exchange(publisher, first.dup().bytes()), ["PUBREC id=7"]);
        }
        // DUP 0 is a fault of the Client, but what it sends is a repeat all the same (S-61).
        assert_eq!(world.exchange(publisher, first.bytes()), ["PUBREC id=7"]);
        assert_eq!(world.exchange(publisher, say::pubrel(7)), ["PUBCOMP id=7"]);
        assert_eq!(world.received(sub), ["PUBLISH t qos=2 id=1 \"x\""]);
        // Behind PUBCOMP the identifier is new, and DUP says nothing.
        assert_eq!(world.exchange(publisher, first.dup().bytes()), ["PUBREC id=7"]);
        assert_eq!(world.received(sub), ["PUBLISH t qos=2 id=2 \"x\""]);
    });
}

#[test]
fn a_qos_2_message_is_passed_on_before_its_pubrel() {
    spec::covers!(MQTT_4_3_3_2);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 0)]);
        world.send(publisher, say::publish("t", "early").qos2(1).bytes());
        assert_eq!(world.received(sub), ["PUBLISH t \"early\""]);
        world.send(publisher, say::pubrel(1));
        assert_eq!(world.received(sub), NOTHING);
    });
}

#[test]
fn other_content_under_an_open_qos_2_identifier_is_not_delivered() {
    spec::covers!(MQTT_4_3_3_2, MQTT_2_3_1_2);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("#", 0)]);
        world.send(publisher, say::publish("t", "first").qos2(3).bytes());
        world.send(publisher, say::publish("u", "second").qos2(3).bytes());
        assert_eq!(world.received(publisher), ["PUBREC id=3", "PUBREC id=3"]);
        assert_eq!(world.exchange(publisher, say::pubrel(3)), ["PUBCOMP id=3"]);
        assert_eq!(world.received(sub), ["PUBLISH t \"first\""]);
    });
}

#[test]
fn pubrel_is_always_answered_with_pubcomp() {
    spec::covers!(MQTT_4_3_3_2);
    in_each_world(|world| {
        let publisher = world.join("pub");
        assert_eq!(world.exchange(publisher, say::pubrel(4711)), ["PUBCOMP id=4711"]);
        world.send(publisher, say::publish("t", "x").qos2(1).bytes());
        let lines = world.exchange(publisher, say::all(&[say::pubrel(1), say::pubrel(1)]));
        assert_eq!(lines, ["PUBREC id=1", "PUBCOMP id=1", "PUBCOMP id=1"]);
        assert_eq!(world.closed(publisher), None);
    });
}

#[test]
fn an_identifier_that_awaits_pubrel_serves_nothing_else() {
    spec::covers!(MQTT_2_3_1_2, MQTT_4_8_0_1);
    in_each_world(|world| {
        let watcher = world.join("watcher");
        world.subscribed(watcher, &[("t", 0)]);
        let misuses = [
            say::publish("t", "qos 1").qos1(5).bytes(),
            say::subscribe(5, &[("t", 0)]),
            say::unsubscribe(5, &["t"]),
        ];
        for misuse in misuses {
            let publisher = world.join("pub");
            world.send(publisher, say::publish("t", "open").qos2(5).bytes());
            assert_eq!(world.exchange(publisher, &misuse), ["PUBREC id=5"]);
            assert_eq!(world.closed_by_broker(publisher), Some(Why::Broken));
            assert_eq!(world.broken_by(publisher), [Id::MQTT_2_3_1_2]);
            assert_eq!(world.received(watcher), ["PUBLISH t \"open\""]);
        }
    });
}

#[test]
fn an_identifier_serves_anything_after_pubrel() {
    spec::covers!(MQTT_4_3_3_2);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let lines = world.exchange(
            publisher,
            say::all(&[
                say::publish("t", "x").qos2(5).bytes(),
                say::pubrel(5),
                say::subscribe(5, &[("u", 1)]),
                say::publish("t", "x").qos1(5).bytes(),
                say::unsubscribe(5, &["u"]),
            ]),
        );
        assert_eq!(
            lines,
            ["PUBREC id=5", "PUBCOMP id=5", "SUBACK id=5 1", "PUBACK id=5", "UNSUBACK id=5"]
        );
    });
}

#[test]
fn both_directions_use_the_same_number_at_a_time() {
    spec::covers!(MQTT_2_3_1_4, MQTT_4_3_3_1, MQTT_4_3_3_2);
    in_each_world(|world| {
        let one = world.join("one");
        world.subscribed(one, &[("t", 2)]);
        // The Client hears itself (S-69), and the Server's first identifier is 1 as well (S-54).
        let mut lines = world.exchange(one, say::publish("t", "x").qos2(1).bytes());
        lines.sort();
        assert_eq!(lines, ["PUBLISH t qos=2 id=1 \"x\"", "PUBREC id=1"]);
        assert_eq!(world.exchange(one, say::pubrec(1)), ["PUBREL id=1"]);
        assert_eq!(world.exchange(one, say::pubrel(1)), ["PUBCOMP id=1"]);
        assert_eq!(world.exchange(one, say::pubcomp(1)), NOTHING);
        assert_eq!(world.closed(one), None);
    });
}

#[test]
fn a_client_hears_its_own_messages() {
    spec::covers!(MQTT_4_5_0_1);
    in_each_world(|world| {
        let one = world.join("one");
        world.subscribed(one, &[("t", 0)]);
        assert_eq!(world.exchange(one, say::publish("t", "x").bytes()), ["PUBLISH t \"x\""]);
    });
}

#[test]
fn open_qos_2_exchanges_survive_any_number_of_connections() {
    spec::covers!(MQTT_4_1_0_1, MQTT_4_3_3_2, MQTT_4_4_0_1);
    in_each_world(|world| {
        let sub = world.join("sub");
        world.subscribed(sub, &[("t", 0)]);
        let first = say::publish("t", "x").qos2(7);
        let mut publisher = world.join_kept("pub");
        world.send(publisher, first.bytes());
        assert_eq!(world.received(sub), ["PUBLISH t \"x\""]);
        for _ in 0..3 {
            world.cut(publisher);
            let again;
            (publisher, again) = world.resume("pub");
            assert_eq!(again, NOTHING, "PUBREC is not sent without being asked for");
            assert_eq!(world.exchange(publisher, first.dup().bytes()), ["PUBREC id=7"]);
        }
        world.send(publisher, say::pubrel(7));
        world.cut(publisher);
        let (publisher, _) = world.resume("pub");
        assert_eq!(world.exchange(publisher, say::pubrel(7)), ["PUBCOMP id=7"]);
        assert_eq!(world.received(sub), NOTHING);
        world.send(publisher, first.bytes());
        assert_eq!(world.received(sub), ["PUBLISH t \"x\""], "the identifier is free again");
    });
}

#[test]
fn a_clean_session_forgets_open_qos_2_exchanges() {
    spec::covers!(MQTT_4_1_0_1, MQTT_3_1_2_6);
    in_each_world(|world| {
        let sub = world.join("sub");
        world.subscribed(sub, &[("t", 0)]);
        let first = say::publish("t", "x").qos2(7);
        let publisher = world.join_kept("pub");
        world.send(publisher, first.bytes());
        world.cut(publisher);
        let publisher = world.join("pub");
        assert_eq!(world.exchange(publisher, first.dup().bytes()), ["PUBREC id=7"]);
        assert_eq!(world.received(sub), ["PUBLISH t \"x\"", "PUBLISH t \"x\""]);
    });
}

#[test]
fn pubrel_with_other_flags_completes_nothing() {
    spec::covers!(MQTT_3_6_1_1);
    in_each_world(|world| {
        let sub = world.join("sub");
        world.subscribed(sub, &[("t", 0)]);
        let publisher = world.join_kept("pub");
        world.send(publisher, say::publish("t", "x").qos2(7).bytes());
        world.cut(publisher);
        assert_eq!(world.received(sub), ["PUBLISH t \"x\""]);
        for first in [0x60, 0x61, 0x63, 0x64, 0x66, 0x6A, 0x6F] {
            let (publisher, _) = world.resume("pub");
            assert_eq!(world.exchange(publisher, [first, 2, 0, 7]), NOTHING);
            assert_eq!(world.closed_by_broker(publisher), Some(Why::Broken), "{first:#x}");
            // The identifier still awaits its PUBREL.
            let (publisher, _) = world.resume("pub");
            let repeat = say::publish("t", "x").qos2(7).dup().bytes();
            assert_eq!(world.exchange(publisher, repeat), ["PUBREC id=7"]);
            assert_eq!(world.received(sub), NOTHING);
            world.cut(publisher);
        }
    });
}

#[test]
fn a_broken_publish_is_neither_delivered_nor_retained_nor_answered() {
    spec::covers!(MQTT_3_3_1_2, MQTT_3_3_1_4, MQTT_3_3_2_1, MQTT_3_3_2_2, MQTT_4_7_1_1);
    spec::covers!(MQTT_4_7_3_1, MQTT_4_7_3_2, MQTT_2_3_1_1, MQTT_4_8_0_1);
    in_each_world(|world| {
        let sub = world.join("sub");
        world.subscribed(sub, &[("#", 2)]);
        let broken: &[&[u8]] = &[
            &[0x38, 4, 0, 1, b'a', 1],
            &[0x39, 4, 0, 1, b'a', 1],
            &[0x36, 6, 0, 1, b'a', 0, 1, 1],
            &[0x37, 6, 0, 1, b'a', 0, 1, 1],
            &[0x3E, 6, 0, 1, b'a', 0, 1, 1],
            &[0x3F, 6, 0, 1, b'a', 0, 1, 1],
            &[0x30, 0],
            &[0x30, 1, 0],
            &[0x30, 3, 0, 2, b'a'],
            &[0x31, 5, 0, 2, 0xC3, 0x28, 1],
            &[0x33, 6, 0, 1, b'#', 0, 1, 1],
            &[0x35, 8, 0, 3, b'a', b'/', b'+', 0, 1, 1],
            &[0x31, 6, 0, 3, b'a', b'+', b'b', 1],
            &[0x31, 5, 0, 2, b'#', b'a', 1],
            &[0x33, 5, 0, 0, 0, 1, 1],
            &[0x31, 6, 0, 3, b'a', 0, b'b', 1],
            &[0x33, 6, 0, 1, b'a', 0, 0, 1],
            &[0x35, 6, 0, 1, b'a', 0, 0, 1],
            &[0x32, 3, 0, 1, b'a'],
            &[0x34, 4, 0, 1, b'a', 0],
        ];
        for bytes in broken {
            let publisher = world.join("pub");
            assert_eq!(world.exchange(publisher, bytes), NOTHING, "{bytes:02x?}");
            assert_eq!(world.closed_by_broker(publisher), Some(Why::Broken), "{bytes:02x?}");
            assert_eq!(world.received(sub), NOTHING, "{bytes:02x?}");
        }
        let late = world.join("late");
        assert_eq!(world.subscribed(late, &[("#", 2)]), NOTHING);
    });
}

#[test]
fn identifier_0_in_an_acknowledgement_is_malformed() {
    spec::covers!(MQTT_4_8_0_1);
    in_each_world(|world| {
        for first in [0x40, 0x50, 0x62, 0x70] {
            let one = world.join("one");
            assert_eq!(world.exchange(one, [first, 2, 0, 0]), NOTHING);
            assert_eq!(world.closed_by_broker(one), Some(Why::Broken), "{first:#x}");
        }
    });
}

#[test]
fn acknowledgements_come_in_the_order_of_receipt() {
    spec::covers!(MQTT_3_3_4_1, MQTT_3_8_4_1, MQTT_3_12_4_1);
    in_each_world(|world| {
        let one = world.join("one");
        let lines = world.exchange(
            one,
            say::all(&[
                say::publish("t", "x").qos2(9).bytes(),
                say::publish("t", "x").qos1(8).bytes(),
                say::pingreq(),
                say::subscribe(7, &[("u", 0)]),
                say::pubrel(9),
                say::unsubscribe(6, &["u"]),
                say::publish("t", "x").qos1(5).bytes(),
            ]),
        );
        assert_eq!(
            lines,
            [
                "PUBREC id=9",
                "PUBACK id=8",
                "PINGRESP",
                "SUBACK id=7 0",
                "PUBCOMP id=9",
                "UNSUBACK id=6",
                "PUBACK id=5"
            ]
        );
    });
}

#[test]
fn all_identifiers_may_await_their_pubrel_at_a_time() {
    spec::covers!(MQTT_4_3_3_2);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 0)]);
        let publish = say::publish("t", "x");
        let all: Vec<u8> = (1..=u16::MAX).flat_map(|id| publish.qos2(id).bytes()).collect();
        assert_eq!(world.exchange(publisher, &all).len(), 65_535);
        assert_eq!(world.received(sub).len(), 65_535);
        assert_eq!(world.exchange(publisher, &all).len(), 65_535);
        assert_eq!(world.received(sub), NOTHING);
        let lines = world.exchange(publisher, say::pubrel(40_000));
        assert_eq!(lines, ["PUBCOMP id=40000"]);
        world.send(publisher, &all);
        assert_eq!(world.received(sub), ["PUBLISH t \"x\""]);
    });
}
