//! §3.3.1.3: what is retained, for whom, and until when.

use etalon_conformance::say;
use etalon_conformance::stage::in_each_world;
use etalon_spec as spec;

const NOTHING: [&str; 0] = [];

#[test]
fn a_retained_message_is_delivered_at_the_lower_of_both_qos() {
    spec::covers!(MQTT_3_3_1_5, MQTT_3_3_1_6, MQTT_3_3_1_8, MQTT_3_8_4_6);
    in_each_world(|world| {
        let publisher = world.join("pub");
        for published in 0..=2 {
            world.retained(publisher, "t", "x", published);
            for granted in 0..=2 {
                for filter in ["t", "+", "t/#"] {
                    let sub = world.join("sub");
                    let how = match published.min(granted) {
                        0 => String::new(),
                        qos => format!(" qos={qos} id=1"),
                    };
                    let lines = world.subscribed(sub, &[(filter, granted)]);
                    assert_eq!(lines, [format!("PUBLISH t{how} retain \"x\"")]);
                }
            }
        }
    });
}

#[test]
fn the_last_one_counts_whatever_the_qos() {
    spec::covers!(MQTT_3_3_1_5, MQTT_3_3_1_6, MQTT_3_3_1_7);
    in_each_world(|world| {
        let publishers = [world.join("one"), world.join("two"), world.join("three")];
        for (at, qos) in [2, 0, 1, 0, 2, 1, 0].iter().enumerate() {
            let payload = format!("number {at}");
            world.retained(publishers[at % 3], "t", &payload, *qos);
            let sub = world.join("sub");
            let lines = world.subscribed(sub, &[("#", 0)]);
            assert_eq!(lines, [format!("PUBLISH t retain {payload:?}")]);
        }
    });
}

#[test]
fn a_client_that_is_gone_leaves_what_it_retained() {
    spec::covers!(MQTT_3_3_1_5, MQTT_3_1_2_7);
    in_each_world(|world| {
        let publisher = world.join("pub");
        world.retained(publisher, "t", "x", 1);
        world.send(publisher, say::disconnect());
        let sub = world.join("sub");
        assert_eq!(world.subscribed(sub, &[("t", 0)]), ["PUBLISH t retain \"x\""]);
    });
}

#[test]
fn each_matching_topic_is_sent_once_and_no_other() {
    spec::covers!(MQTT_3_3_1_6, MQTT_3_3_2_3);
    in_each_world(|world| {
        let publisher = world.join("pub");
        for topic in ["a", "a/b", "a//b", "a/", "/a", "A/b", "b", "a/b/c"] {
            world.retained(publisher, topic, "x", 0);
        }
        let sub = world.join("sub");
        for (filter, topics) in [
            ("a/#", &["a", "a/b", "a//b", "a/", "a/b/c"][..]),
            ("+/b", &["a/b", "A/b"]),
            ("a/+/b", &["a//b"]),
            ("a/+", &["a/b", "a/"]),
            ("+", &["a", "b"]),
            ("+/+", &["a/b", "a/", "/a", "A/b"]),
            ("/+", &["/a"]),
            ("#", &["a", "a/b", "a//b", "a/", "/a", "A/b", "b", "a/b/c"]),
            ("a/b", &["a/b"]),
            ("a/b/", &[]),
        ] {
            let lines = world.subscribed(sub, &[(filter, 2)]);
            let expected: Vec<_> =
                topics.iter().map(|topic| format!("PUBLISH {topic} retain \"x\"")).collect();
            assert_eq!(lines, expected, "{filter}, in the order of publication");
        }
    });
}

#[test]
fn a_present_subscriber_gets_retain_0() {
    spec::covers!(MQTT_3_3_1_9);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 2), ("u/#", 2)]);
        for topic in ["t", "u/v"] {
            for qos in 0..=2 {
                world.retained(publisher, topic, "x", qos);
                let lines = world.received(sub);
                assert_eq!(lines.len(), 1);
                assert!(lines[0].starts_with(&format!("PUBLISH {topic}")), "{lines:?}");
                assert!(!lines[0].contains("retain"), "{lines:?}");
            }
        }
    });
}

#[test]
fn an_empty_payload_clears_and_is_delivered_as_usual() {
    spec::covers!(MQTT_3_3_1_10, MQTT_3_3_1_11, MQTT_3_3_1_9);
    in_each_world(|world| {
        let (publisher, live) = (world.join("pub"), world.join("live"));
        world.subscribed(live, &[("t/a", 0)]);
        world.retained(publisher, "t/b", "sibling", 0);
        world.retained(publisher, "t", "parent", 0);
        for qos in 0..=2 {
            world.retained(publisher, "t/a", "x", 1);
            world.received(live);
            world.retained(publisher, "t/a", "", qos);
            assert_eq!(world.received(live), ["PUBLISH t/a \"\""]);
            let late = world.join("late");
            let lines = world.subscribed(late, &[("t/#", 0), ("t/a", 0)]);
            assert_eq!(lines, ["PUBLISH t/b retain \"sibling\"", "PUBLISH t retain \"parent\""]);
        }
        assert_eq!(world.shared().router.retained_count(), 2);
    });
}

#[test]
fn an_empty_payload_on_an_unused_topic_is_not_retained() {
    spec::covers!(MQTT_3_3_1_11);
    in_each_world(|world| {
        let publisher = world.join("pub");
        for qos in 0..=2 {
            world.retained(publisher, "t", "", qos);
        }
        let sub = world.join("sub");
        assert_eq!(world.subscribed(sub, &[("#", 2)]), NOTHING);
        assert_eq!(world.shared().router.retained_count(), 0);
        assert_eq!(world.shared().router.retained_bytes(), 0);
    });
}

#[test]
fn a_message_with_retain_0_changes_nothing_that_is_retained() {
    spec::covers!(MQTT_3_3_1_12);
    in_each_world(|world| {
        let publisher = world.join("pub");
        world.published(publisher, "u", "x", 2);
        world.retained(publisher, "t", "kept", 1);
        for qos in 0..=2 {
            world.published(publisher, "t", "other", qos);
            world.published(publisher, "t", "", qos);
        }
        let sub = world.join("sub");
        assert_eq!(world.subscribed(sub, &[("#", 0)]), ["PUBLISH t retain \"kept\""]);
    });
}

#[test]
fn a_repeated_qos_2_publish_does_not_retain_again() {
    spec::covers!(MQTT_4_3_3_2, MQTT_3_3_1_5);
    in_each_world(|world| {
        let (publisher, other) = (world.join("pub"), world.join("other"));
        let publish = say::publish("t", "old").retain().qos2(1);
        world.send(publisher, publish.bytes());
        world.retained(other, "t", "new", 0);
        world.send(publisher, publish.dup().bytes());
        let sub = world.join("sub");
        assert_eq!(world.subscribed(sub, &[("t", 0)]), ["PUBLISH t retain \"new\""]);
    });
}

#[test]
fn a_qos_2_message_is_retained_before_its_pubrel() {
    spec::covers!(MQTT_3_3_1_5);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.send(publisher, say::publish("t", "x").retain().qos2(1).bytes());
        assert_eq!(world.subscribed(sub, &[("t", 0)]), ["PUBLISH t retain \"x\""]);
    });
}

#[test]
fn every_subscribe_brings_retained_messages_again() {
    spec::covers!(MQTT_3_8_4_3, MQTT_3_3_1_8);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.retained(publisher, "t", "x", 0);
        for _ in 0..3 {
            assert_eq!(world.subscribed(sub, &[("t", 0)]), ["PUBLISH t retain \"x\""]);
            assert_eq!(world.subscribed(sub, &[("+", 0)]), ["PUBLISH t retain \"x\""]);
        }
        world.send(sub, say::unsubscribe(1, &["t", "+"]));
        world.received(sub);
        assert_eq!(world.subscribed(sub, &[("t", 0)]), ["PUBLISH t retain \"x\""]);
    });
}

#[test]
fn many_retained_messages_come_to_a_client_that_reads_slowly() {
    spec::covers!(MQTT_3_3_1_6);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        let payload = "x".repeat(1000);
        for at in 0..3000_u32 {
            world.retained(publisher, &format!("t/{at}"), &payload, (at % 2) as u8);
        }
        world.take_only(sub, 0);
        world.send(sub, say::subscribe(1, &[("t/+", 1)]));
        world.take_only(sub, 500_000);
        world.take_only(sub, usize::MAX);
        let mut lines = world.received(sub);
        assert_eq!(lines.remove(0), "SUBACK id=1 1");
        // The window holds the others of QoS 1 back until some are acknowledged.
        let mut next = 1;
        while lines.len() < 3000 {
            world.send(sub, say::puback(next));
            next += 1;
            lines.extend(world.received(sub));
        }
        for (at, line) in lines.iter().enumerate() {
            assert!(line.starts_with(&format!("PUBLISH t/{at} ")), "{line}");
            assert!(line.ends_with("retain (1000 bytes)"), "{line}");
        }
    });
}

#[test]
fn a_will_with_retain_is_retained() {
    spec::covers!(MQTT_3_1_2_17, MQTT_3_3_1_5);
    in_each_world(|world| {
        let doomed = world.open();
        world.send(doomed, say::connect("doomed").retained_will("t", "gone", 2).bytes());
        world.cut(doomed);
        let sub = world.join("sub");
        assert_eq!(world.subscribed(sub, &[("t", 1)]), ["PUBLISH t qos=1 id=1 retain \"gone\""]);
    });
}
