//! §4.3, §4.4: messages from the Server to a Client, and what its acknowledgements do.

use etalon::broker::{Config, Why};
use etalon::spec::Id;
use etalon::time::Duration;
use etalon_conformance::say;
use etalon_conformance::stage::in_each_world;
use etalon_conformance::world::World;
use etalon_spec as spec;

const NOTHING: [&str; 0] = [];

#[test]
fn a_message_goes_out_at_the_lower_of_both_qos() {
    spec::covers!(MQTT_3_8_4_6, MQTT_4_3_1_1, MQTT_4_3_2_1, MQTT_4_3_3_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join("sub");
        world.subscribed(sub, &[("granted/0", 0), ("granted/1", 1), ("granted/2", 2)]);
        let mut id = 0;
        for granted in 0..=2 {
            for published in 0..=2 {
                let topic = format!("granted/{granted}");
                world.published(publisher, &topic, "x", published);
                let how = match published.min(granted) {
                    0 => String::new(),
                    qos => {
                        id += 1;
                        format!(" qos={qos} id={id}")
                    }
                };
                assert_eq!(world.received(sub), [format!("PUBLISH {topic}{how} \"x\"")]);
            }
        }
    });
}

#[test]
fn the_first_byte_tells_qos_and_first_attempt() {
    spec::covers!(MQTT_4_3_1_1, MQTT_4_3_2_1, MQTT_4_3_3_1, MQTT_3_3_1_2, MQTT_3_3_1_9);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 2)]);
        for (qos, first) in [(0, 0x30), (1, 0x32), (2, 0x34)] {
            world.retained(publisher, "t", "x", qos);
            assert_eq!(world.received_bytes(sub)[0], first);
        }
    });
}

#[test]
fn dup_of_the_publisher_is_not_passed_on() {
    spec::covers!(MQTT_3_3_1_3, MQTT_3_3_1_2);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let (low, high) = (world.join("low"), world.join("high"));
        world.subscribed(low, &[("t", 0)]);
        world.subscribed(high, &[("t", 2)]);
        world.send(publisher, say::publish("t", "1").qos1(1).dup().bytes());
        world.send(publisher, say::publish("t", "2").qos2(1).dup().bytes());
        assert_eq!(world.received(low), ["PUBLISH t \"1\"", "PUBLISH t \"2\""]);
        assert_eq!(
            world.received(high),
            ["PUBLISH t qos=1 id=1 \"1\"", "PUBLISH t qos=2 id=2 \"2\""]
        );
    });
}

#[test]
fn each_receiver_is_treated_on_its_own() {
    spec::covers!(MQTT_3_3_1_3, MQTT_4_4_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let (one, two) = (world.join_kept("one"), world.join_kept("two"));
        world.subscribed(one, &[("t", 1)]);
        world.subscribed(two, &[("t", 1)]);
        world.published(publisher, "t", "x", 1);
        assert_eq!(world.received(one), ["PUBLISH t qos=1 id=1 \"x\""]);
        assert_eq!(world.exchange(one, say::puback(1)), NOTHING);
        world.cut(one);
        world.cut(two);
        assert_eq!(world.resume("one").1, NOTHING);
        assert_eq!(world.resume("two").1, ["PUBLISH t qos=1 id=1 dup \"x\""]);
    });
}

#[test]
fn a_qos_2_delivery_takes_four_packets() {
    spec::covers!(MQTT_4_3_3_1, MQTT_2_3_1_6);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 2)]);
        world.published(publisher, "t", "x", 2);
        assert_eq!(world.received(sub), ["PUBLISH t qos=2 id=1 \"x\""]);
        assert_eq!(world.exchange(sub, say::pubrec(1)), ["PUBREL id=1"]);
        assert_eq!(world.exchange(sub, say::pubrec(1)), ["PUBREL id=1"], "and again");
        assert_eq!(world.exchange(sub, say::pubcomp(1)), NOTHING);
        assert_eq!(world.closed(sub), None);
    });
}

#[test]
fn an_unknown_acknowledgement_closes_nothing() {
    spec::covers!(MQTT_4_3_2_1, MQTT_4_3_3_1);
    in_each_world(|world| {
        let sub = world.join("sub");
        assert_eq!(world.exchange(sub, say::puback(77)), NOTHING);
        assert_eq!(world.exchange(sub, say::pubcomp(77)), NOTHING);
        assert_eq!(world.exchange(sub, say::pubrec(77)), ["PUBREL id=77"]);
        assert_eq!(world.exchange(sub, say::pubcomp(77)), NOTHING);
        assert_eq!(world.exchange(sub, say::pingreq()), ["PINGRESP"]);
        assert_eq!(world.counters().map(|counters| counters.stray_acks).sum::<u64>(), 3);
    });
}

#[test]
fn an_acknowledgement_of_the_wrong_kind_closes_and_completes_nothing() {
    spec::covers!(MQTT_4_8_0_1, MQTT_4_3_2_1, MQTT_4_3_3_1, MQTT_4_4_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let mut sub = world.join_kept("sub");
        world.subscribed(sub, &[("#", 2)]);
        world.published(publisher, "t", "one", 1);
        world.published(publisher, "t", "two", 2);
        world.published(publisher, "t", "three", 2);
        world.send(sub, say::pubrec(3));
        let wrong =
            [say::pubrec(1), say::pubcomp(1), say::puback(2), say::pubcomp(2), say::puback(3)];
        for bytes in wrong {
            world.received(sub);
            assert_eq!(world.exchange(sub, &bytes), NOTHING);
            assert_eq!(world.closed_by_broker(sub), Some(Why::Broken), "{bytes:02x?}");
            assert_eq!(world.broken_by(sub), [Id::MQTT_4_8_0_1]);
            let again;
            (sub, again) = world.resume("sub");
            assert_eq!(
                again,
                [
                    "PUBLISH t qos=1 id=1 dup \"one\"",
                    "PUBLISH t qos=2 id=2 dup \"two\"",
                    "PUBREL id=3"
                ]
            );
        }
    });
}

#[test]
fn what_is_unacknowledged_is_not_sent_again_without_a_reconnect() {
    spec::covers!(MQTT_4_4_0_1);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 2)]);
        world.published(publisher, "t", "one", 1);
        world.published(publisher, "t", "two", 2);
        world.received(sub);
        world.advance(etalon::time::Duration::from_secs(100_000));
        assert_eq!(world.received(sub), NOTHING);
        assert_eq!(world.closed(sub), None);
    });
}

#[test]
fn an_open_identifier_is_never_given_to_another_message() {
    spec::covers!(MQTT_2_3_1_4, MQTT_4_3_2_1, MQTT_4_3_3_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.published(publisher, "t", "open", 1);
        world.published(publisher, "t", "open", 2);
        world.published(publisher, "t", "open", 2);
        assert_eq!(world.exchange(sub, say::pubrec(3)).last().unwrap(), "PUBREL id=3");
        // Once round and a little further.
        let mut expected = 4_u16;
        for _ in 0..65_600 {
            world.send(publisher, say::publish("t", "x").qos1(1).bytes());
            let bytes = world.received_bytes(sub);
            let id = u16::from_be_bytes([bytes[5], bytes[6]]);
            assert_eq!(id, expected);
            world.send(sub, say::puback(id));
            expected = if id == u16::MAX { 4 } else { id + 1 };
        }
        world.cut(sub);
        assert_eq!(
            world.resume("sub").1,
            [
                "PUBLISH t qos=1 id=1 dup \"open\"",
                "PUBLISH t qos=2 id=2 dup \"open\"",
                "PUBREL id=3"
            ]
        );
    });
}

#[test]
fn a_closed_window_holds_messages_back_and_opens_again_in_order() {
    spec::covers!(MQTT_2_3_1_4, MQTT_4_6_0_6, MQTT_4_3_2_1, MQTT_4_3_3_1);
    let mut config = Config::default();
    config.session.in_flight_max = 2;
    for workers in [1, 4] {
        let mut world = World::with(workers, config.clone());
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 2)]);
        for (payload, qos) in [("a", 2), ("b", 1), ("c", 2), ("d", 0), ("e", 1)] {
            world.published(publisher, "t", payload, qos);
        }
        assert_eq!(
            world.received(sub),
            ["PUBLISH t qos=2 id=1 \"a\"", "PUBLISH t qos=1 id=2 \"b\""]
        );
        // A message is in flight until PUBCOMP.
        assert_eq!(world.exchange(sub, say::pubrec(1)), ["PUBREL id=1"]);
        assert_eq!(
            world.exchange(sub, say::pubcomp(1)),
            ["PUBLISH t qos=2 id=3 \"c\"", "PUBLISH t \"d\""]
        );
        assert_eq!(world.exchange(sub, say::puback(2)), ["PUBLISH t qos=1 id=4 \"e\""]);
    }
}

#[test]
fn qos_0_passes_a_closed_window_only_if_nothing_waits_behind_it() {
    spec::covers!(MQTT_4_6_0_6);
    let mut config = Config::default();
    config.session.in_flight_max = 1;
    for workers in [1, 4] {
        let mut world = World::with(workers, config.clone());
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("#", 2)]);
        world.published(publisher, "t", "a", 1);
        world.published(publisher, "t", "b", 0);
        assert_eq!(world.received(sub), ["PUBLISH t qos=1 id=1 \"a\"", "PUBLISH t \"b\""]);
        world.published(publisher, "t", "c", 1);
        world.published(publisher, "u", "d", 0);
        assert_eq!(world.received(sub), NOTHING);
        assert_eq!(
            world.exchange(sub, say::puback(1)),
            ["PUBLISH t qos=1 id=2 \"c\"", "PUBLISH u \"d\""]
        );
    }
}

#[test]
fn all_identifiers_may_be_in_flight_and_the_next_message_waits() {
    spec::covers!(MQTT_2_3_1_4);
    let mut config = Config::default();
    config.session.in_flight_max = usize::MAX;
    config.session.unsent_bytes_max = usize::MAX;
    let mut world = World::with(1, config);
    let (publisher, sub) = (world.join("pub"), world.join("sub"));
    world.subscribed(sub, &[("t", 1)]);
    let many = say::publish("t", "x").qos1(1).bytes().repeat(65_537);
    world.send(publisher, many);
    // So many take more than one turn.
    world.advance(Duration::from_millis(1));
    let lines = world.received(sub);
    assert_eq!(lines.len(), 65_535);
    assert_eq!(lines[65_534], "PUBLISH t qos=1 id=65535 \"x\"");
    assert_eq!(world.exchange(sub, say::puback(300)), ["PUBLISH t qos=1 id=300 \"x\""]);
    assert_eq!(world.exchange(sub, say::puback(200)), ["PUBLISH t qos=1 id=200 \"x\""]);
    assert_eq!(world.exchange(sub, say::puback(100)), NOTHING);
}
