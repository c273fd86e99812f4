//! §3.1.2.4, §4.1, §4.4: what a session keeps while its Client is away, and what comes again.

use etalon::broker::Config;
use etalon_conformance::say;
use etalon_conformance::stage::in_each_world;
use etalon_conformance::world::World;
use etalon_spec as spec;

const NOTHING: [&str; 0] = [];

#[test]
fn a_qos_1_message_comes_again_until_its_puback() {
    spec::covers!(MQTT_4_4_0_1, MQTT_3_3_1_1, MQTT_2_3_1_3, MQTT_4_3_2_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let mut sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 1)]);
        world.published(publisher, "t", "x", 1);
        assert_eq!(world.received(sub), ["PUBLISH t qos=1 id=1 \"x\""]);
        for _ in 0..3 {
            world.cut(sub);
            let again;
            (sub, again) = world.resume("sub");
            assert_eq!(again, ["PUBLISH t qos=1 id=1 dup \"x\""]);
        }
        assert_eq!(world.exchange(sub, say::puback(1)), NOTHING);
        world.cut(sub);
        assert_eq!(world.resume("sub").1, NOTHING);
    });
}

#[test]
fn a_qos_2_message_comes_again_as_far_as_it_has_come() {
    spec::covers!(MQTT_4_4_0_1, MQTT_3_3_1_1, MQTT_2_3_1_3, MQTT_4_3_3_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let mut sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.published(publisher, "t", "x", 2);
        for _ in 0..2 {
            world.cut(sub);
            let again;
            (sub, again) = world.resume("sub");
            assert_eq!(again, ["PUBLISH t qos=2 id=1 dup \"x\""]);
        }
        // The answer to PUBREC is lost.
        world.send(sub, say::pubrec(1));
        for _ in 0..2 {
            world.cut(sub);
            let again;
            (sub, again) = world.resume("sub");
            assert_eq!(again, ["PUBREL id=1"], "no PUBLISH behind PUBREC");
        }
        assert_eq!(world.exchange(sub, say::pubcomp(1)), NOTHING);
        world.cut(sub);
        assert_eq!(world.resume("sub").1, NOTHING);
    });
}

#[test]
fn what_waited_comes_for_the_first_time() {
    spec::covers!(MQTT_3_3_1_1, MQTT_4_5_0_1, MQTT_3_1_2_4);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.published(publisher, "t", "seen", 1);
        world.cut(sub);
        world.published(publisher, "t", "one", 1);
        world.published(publisher, "t", "two", 2);
        assert_eq!(
            world.resume("sub").1,
            [
                "PUBLISH t qos=1 id=1 dup \"seen\"",
                "PUBLISH t qos=1 id=2 \"one\"",
                "PUBLISH t qos=2 id=3 \"two\""
            ]
        );
    });
}

#[test]
fn the_lower_of_both_qos_counts_for_what_waited_too() {
    spec::covers!(MQTT_3_8_4_6, MQTT_3_1_2_5, MQTT_4_5_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        for granted in 0..=2 {
            for published in 0..=2 {
                let client_id = format!("sub{granted}{published}");
                let sub = world.join_kept(&client_id);
                world.subscribed(sub, &[("t", granted)]);
                world.send(sub, say::disconnect());
                world.published(publisher, "t", "x", published);
                // Published at QoS 0: not kept. Granted 0: kept and sent at QoS 0 (S-57).
                let expected = match (published, granted) {
                    (0, _) => vec![],
                    (_, 0) => vec!["PUBLISH t \"x\"".to_owned()],
                    (1 | 2, _) => {
                        vec![format!("PUBLISH t qos={} id=1 \"x\"", published.min(granted))]
                    }
                    _ => unreachable!(),
                };
                let (sub, lines) = world.resume(&client_id);
                assert_eq!(lines, expected, "published {published}, granted {granted}");
                world.send(sub, say::disconnect());
                world.send(sub, say::connect(&client_id).bytes());
            }
        }
    });
}

#[test]
fn a_message_published_with_retain_waits_with_retain_0() {
    spec::covers!(MQTT_3_3_1_9);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.cut(sub);
        world.retained(publisher, "t", "x", 2);
        assert_eq!(world.resume("sub").1, ["PUBLISH t qos=2 id=1 \"x\""]);
    });
}

#[test]
fn nothing_retained_comes_without_a_new_subscribe() {
    spec::covers!(MQTT_3_3_1_6, MQTT_3_3_1_8);
    in_each_world(|world| {
        let publisher = world.join("pub");
        world.retained(publisher, "t", "kept", 1);
        let sub = world.join_kept("sub");
        assert_eq!(world.subscribed(sub, &[("t", 0)]), ["PUBLISH t retain \"kept\""]);
        world.cut(sub);
        assert_eq!(world.resume("sub").1, NOTHING);
    });
}

#[test]
fn an_unacknowledged_retained_message_keeps_its_flag() {
    spec::covers!(MQTT_3_3_1_8, MQTT_3_3_1_1, MQTT_4_4_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        world.retained(publisher, "t", "kept", 1);
        let sub = world.join_kept("sub");
        let first = world.subscribed(sub, &[("t", 1)]);
        assert_eq!(first, ["PUBLISH t qos=1 id=1 retain \"kept\""]);
        world.retained(publisher, "t", "", 1);
        world.cut(sub);
        assert_eq!(
            world.resume("sub").1,
            ["PUBLISH t qos=1 id=1 dup retain \"kept\"", "PUBLISH t qos=1 id=2 dup \"\""]
        );
    });
}

#[test]
fn everything_comes_again_in_its_first_order() {
    spec::covers!(MQTT_4_6_0_1, MQTT_4_6_0_4, MQTT_4_6_0_6, MQTT_4_4_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let mut sub = world.join_kept("sub");
        world.subscribed(sub, &[("#", 2)]);
        for (at, qos) in [1, 2, 2, 1, 2, 2, 1].iter().enumerate() {
            world.published(publisher, &format!("t/{at}"), "x", *qos);
        }
        // PUBRECs against the order of the PUBLISHes, one PUBACK in between.
        for bytes in [say::pubrec(6), say::puback(4), say::pubrec(2), say::pubrec(5)] {
            world.send(sub, bytes);
        }
        assert_eq!(world.received(sub)[7..], ["PUBREL id=6", "PUBREL id=2", "PUBREL id=5"]);
        for _ in 0..3 {
            world.cut(sub);
            world.published(publisher, "late", "x", 1);
            let again;
            (sub, again) = world.resume("sub");
            let is = |line: &&String, what: &str| line.starts_with(what);
            let publishes: Vec<_> =
                again.iter().filter(|line| is(line, "PUBLISH t/")).cloned().collect();
            assert_eq!(
                publishes,
                [
                    "PUBLISH t/0 qos=1 id=1 dup \"x\"",
                    "PUBLISH t/2 qos=2 id=3 dup \"x\"",
                    "PUBLISH t/6 qos=1 id=7 dup \"x\""
                ]
            );
            let releases: Vec<_> =
                again.iter().filter(|line| is(line, "PUBREL")).cloned().collect();
            assert_eq!(releases, ["PUBREL id=6", "PUBREL id=2", "PUBREL id=5"]);
            // All of it before anything new.
            let new = again.iter().position(|line| line.starts_with("PUBLISH late")).unwrap();
            assert!(new >= 6, "{again:?}");
        }
    });
}

#[test]
fn what_is_owed_comes_before_what_is_new_however_slowly_the_client_reads() {
    spec::covers!(MQTT_4_6_0_1, MQTT_4_6_0_6, MQTT_4_4_0_1);
    let mut config = Config::default();
    config.session.unsent_bytes_max = 1;
    for workers in [1, 4] {
        let mut world = World::with(workers, config.clone());
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        for payload in ["a", "b", "c"] {
            world.published(publisher, "t", payload, 1);
        }
        world.cut(sub);
        world.published(publisher, "t", "d", 1);
        let slow = world.open();
        world.take_only(slow, 0);
        world.send(slow, say::connect("sub").kept().bytes());
        world.published(publisher, "t", "e", 1);
        world.published(publisher, "t", "lost", 0);
        world.take_only(slow, usize::MAX);
        world.published(publisher, "t", "f", 1);
        assert_eq!(
            world.received(slow),
            [
                "CONNACK accepted present",
                "PUBLISH t qos=1 id=1 dup \"a\"",
                "PUBLISH t qos=1 id=2 dup \"b\"",
                "PUBLISH t qos=1 id=3 dup \"c\"",
                "PUBLISH t qos=1 id=4 \"d\"",
                "PUBLISH t qos=1 id=5 \"e\"",
                "PUBLISH t qos=1 id=6 \"f\""
            ]
        );
    }
}

#[test]
fn a_late_puback_for_an_earlier_connection_frees_the_message() {
    spec::covers!(MQTT_4_3_2_1);
    let mut config = Config::default();
    config.session.unsent_bytes_max = 1;
    for workers in [1, 4] {
        let mut world = World::with(workers, config.clone());
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        for payload in ["a", "b", "c"] {
            world.published(publisher, "t", payload, 1);
        }
        world.cut(sub);
        let slow = world.open();
        world.take_only(slow, 0);
        let connect = say::connect("sub").kept().bytes();
        world.send(slow, say::all(&[connect, say::puback(2), say::puback(3)]));
        world.take_only(slow, usize::MAX);
        assert_eq!(
            world.received(slow),
            ["CONNACK accepted present", "PUBLISH t qos=1 id=1 dup \"a\""]
        );
        world.published(publisher, "t", "d", 1);
        assert_eq!(world.received(slow), ["PUBLISH t qos=1 id=4 \"d\""]);
    }
}

#[test]
fn what_was_written_and_never_read_comes_again() {
    spec::covers!(MQTT_4_4_0_1, MQTT_4_1_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.take_only(sub, 0);
        for at in 0..100 {
            world.published(publisher, "t", &at.to_string(), 1 + at % 2);
        }
        world.cut(sub);
        let lines = world.resume("sub").1;
        let expected = |at: u8| format!("PUBLISH t qos={} id={} dup \"{at}\"", 1 + at % 2, at + 1);
        assert_eq!(lines, (0..100).map(expected).collect::<Vec<_>>());
    });
}

#[test]
fn a_clean_session_ends_what_waited_and_what_was_open() {
    spec::covers!(MQTT_3_1_2_6, MQTT_4_4_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.published(publisher, "t", "open", 2);
        world.cut(sub);
        world.published(publisher, "t", "waiting", 2);
        let sub = world.join("sub");
        assert_eq!(world.received(sub), NOTHING);
        world.published(publisher, "t", "unheard", 2);
        assert_eq!(world.received(sub), NOTHING, "the subscription is gone as well");
        world.cut(sub);
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.published(publisher, "t", "x", 2);
        assert_eq!(world.received(sub), ["PUBLISH t qos=2 id=1 \"x\""]);
    });
}

#[test]
fn a_session_without_end_of_its_own_lasts_as_long_as_its_connection() {
    spec::covers!(MQTT_4_1_0_2, MQTT_4_1_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join("sub");
        world.subscribed(sub, &[("t", 2)]);
        for round in 1..=20 {
            let other = world.join("other");
            world.subscribed(other, &[("t", 1), ("#", 2)]);
            world.cut(other);
            world.advance(etalon::time::Duration::from_secs(3600));
            world.published(publisher, "t", "x", 2);
            assert_eq!(world.received(sub), [format!("PUBLISH t qos=2 id={round} \"x\"")]);
        }
    });
}

#[test]
fn a_successor_on_the_same_session_gets_what_its_predecessor_did_not_acknowledge() {
    spec::covers!(MQTT_3_1_4_2, MQTT_4_4_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let first = world.join_kept("sub");
        world.subscribed(first, &[("t", 1)]);
        world.published(publisher, "t", "x", 1);
        let (second, again) = world.resume("sub");
        assert_eq!(again, ["PUBLISH t qos=1 id=1 dup \"x\""]);
        world.published(publisher, "t", "y", 1);
        assert_eq!(world.received(first), ["PUBLISH t qos=1 id=1 \"x\""]);
        assert_eq!(world.received(second), ["PUBLISH t qos=1 id=2 \"y\""]);
    });
}
