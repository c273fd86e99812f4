//! §3.8–§3.11: SUBSCRIBE and UNSUBSCRIBE, their answers, and what they change.

use etalon::broker::{Config, Why};
use etalon_conformance::say;
use etalon_conformance::stage::in_each_world;
use etalon_conformance::world::World;
use etalon_spec as spec;

const NOTHING: [&str; 0] = [];

/// Bytes of a SUBSCRIBE or UNSUBSCRIBE that no encoder would write.
fn raw(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first, body.len() as u8];
    bytes.extend_from_slice(body);
    bytes
}

#[test]
fn every_subscribe_and_unsubscribe_is_answered_once_under_its_identifier() {
    spec::covers!(MQTT_2_3_1_7, MQTT_3_8_4_1, MQTT_3_8_4_2, MQTT_3_10_4_4);
    in_each_world(|world| {
        let sub = world.join("sub");
        let lines = world.exchange(
            sub,
            say::all(&[
                say::subscribe(1, &[("a", 0)]),
                say::subscribe(256, &[("a", 1)]),
                say::unsubscribe(65_535, &["a"]),
                say::subscribe(65_535, &[("b", 2)]),
                say::unsubscribe(1, &["b"]),
                say::unsubscribe(256, &["b"]),
            ]),
        );
        assert_eq!(
            lines,
            [
                "SUBACK id=1 0",
                "SUBACK id=256 1",
                "UNSUBACK id=65535",
                "SUBACK id=65535 2",
                "UNSUBACK id=1",
                "UNSUBACK id=256"
            ]
        );
    });
}

#[test]
fn return_codes_stand_in_the_order_of_the_filters() {
    spec::covers!(MQTT_3_9_3_1, MQTT_3_8_4_5, MQTT_3_9_3_2);
    in_each_world(|world| {
        let sub = world.join("sub");
        world.send(sub, say::subscribe(7, &[("a", 2), ("b/+", 0), ("#", 1)]));
        assert_eq!(world.received_bytes(sub), [0x90, 5, 0, 7, 2, 0, 1]);
        world.send(sub, say::subscribe(7, &[("a", 0), ("#", 2), ("b/+", 1)]));
        assert_eq!(world.received_bytes(sub), [0x90, 5, 0, 7, 0, 2, 1]);
    });
}

#[test]
fn a_filter_too_many_fails_in_its_place_and_the_others_work() {
    spec::covers!(MQTT_3_9_3_1, MQTT_3_8_4_5, MQTT_3_9_3_2);
    for workers in [1, 4] {
        let mut world = World::with(workers, Config { subscriptions_max: 2, ..Config::default() });
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        let all = say::subscribe(1, &[("a", 1), ("b", 2), ("c", 2), ("a", 0)]);
        assert_eq!(world.exchange(sub, all), ["SUBACK id=1 1 2 failure 0"]);
        for topic in ["a", "b", "c"] {
            world.published(publisher, topic, "x", 2);
        }
        assert_eq!(world.received(sub), ["PUBLISH a \"x\"", "PUBLISH b qos=2 id=1 \"x\""]);
        // Room comes back.
        world.send(sub, say::unsubscribe(1, &["b"]));
        assert_eq!(world.exchange(sub, say::subscribe(2, &[("c", 0)]))[1..], ["SUBACK id=2 0"]);
    }
}

#[test]
fn a_message_published_behind_the_suback_arrives() {
    spec::covers!(MQTT_3_8_4_1, MQTT_4_5_0_1);
    in_each_world(|world| {
        // The route is known to every worker before there is a subscriber.
        let publishers: Vec<_> = (0..8).map(|at| world.join(&format!("pub{at}"))).collect();
        for publisher in &publishers {
            world.published(*publisher, "t/u", "early", 1);
        }
        let sub = world.join("sub");
        for (round, filter) in ["t/u", "t/+", "+/u", "#"].iter().enumerate() {
            assert_eq!(world.subscribed(sub, &[(filter, 0)]), NOTHING);
            for publisher in &publishers {
                world.published(*publisher, "t/u", "x", 1);
            }
            assert_eq!(world.received(sub), vec!["PUBLISH t/u \"x\""; 8], "{round}");
            assert_eq!(world.exchange(sub, say::unsubscribe(1, &[filter])), ["UNSUBACK id=1"]);
            for publisher in &publishers {
                world.published(*publisher, "t/u", "late", 1);
            }
            assert_eq!(world.received(sub), NOTHING, "{round}");
        }
    });
}

#[test]
fn a_second_subscribe_replaces_the_first_without_a_gap() {
    spec::covers!(MQTT_3_8_4_3, MQTT_3_3_1_8);
    in_each_world(|world| {
        let publisher = world.join("pub");
        world.retained(publisher, "t/r", "kept", 2);
        for filter in ["t/r", "t/#"] {
            let sub = world.join("sub");
            let mut seen = world.subscribed(sub, &[(filter, 0)]);
            assert_eq!(seen, ["PUBLISH t/r retain \"kept\""]);
            world.published(publisher, "t/r", "1", 2);
            assert_eq!(world.received(sub), ["PUBLISH t/r \"1\""]);
            seen = world.subscribed(sub, &[(filter, 2)]);
            assert_eq!(seen, ["PUBLISH t/r qos=2 id=1 retain \"kept\""]);
            world.published(publisher, "t/r", "2", 2);
            assert_eq!(world.received(sub), ["PUBLISH t/r qos=2 id=2 \"2\""]);
            seen = world.subscribed(sub, &[(filter, 1)]);
            assert_eq!(seen, ["PUBLISH t/r qos=1 id=3 retain \"kept\""]);
            world.published(publisher, "t/r", "3", 2);
            assert_eq!(world.received(sub), ["PUBLISH t/r qos=1 id=4 \"3\""]);
            // There is one subscription, so one UNSUBSCRIBE ends it.
            world.send(sub, say::unsubscribe(1, &[filter]));
            world.received(sub);
            world.published(publisher, "t/r", "4", 2);
            assert_eq!(world.received(sub), NOTHING);
            world.cut(sub);
        }
    });
}

#[test]
fn what_waits_keeps_the_qos_of_its_time() {
    spec::covers!(MQTT_3_8_4_3, MQTT_3_8_4_6);
    let mut config = Config::default();
    config.session.in_flight_max = 1;
    for workers in [1, 4] {
        let mut world = World::with(workers, config.clone());
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 2)]);
        world.published(publisher, "t", "a", 2);
        world.published(publisher, "t", "b", 2);
        world.received(sub);
        assert_eq!(world.subscribed(sub, &[("t", 0)]), NOTHING);
        world.published(publisher, "t", "c", 2);
        world.send(sub, say::all(&[say::pubrec(1), say::pubcomp(1)]));
        assert_eq!(
            world.received(sub),
            ["PUBREL id=1", "PUBLISH t qos=2 id=2 \"b\"", "PUBLISH t \"c\""]
        );
    }
}

#[test]
fn many_filters_act_like_many_packets_in_order() {
    spec::covers!(MQTT_3_8_4_4, MQTT_3_8_4_5, MQTT_3_3_1_6);
    in_each_world(|world| {
        let publisher = world.join("pub");
        world.retained(publisher, "a/b", "kept", 2);
        let sub = world.join("sub");
        let lines =
            world.exchange(sub, say::subscribe(1, &[("a/b", 0), ("c", 1), ("a/b", 2), ("a/+", 1)]));
        // Retained messages for each entry, at its QoS (S-72, S-75).
        assert_eq!(
            lines,
            [
                "SUBACK id=1 0 1 2 1",
                "PUBLISH a/b retain \"kept\"",
                "PUBLISH a/b qos=2 id=1 retain \"kept\"",
                "PUBLISH a/b qos=1 id=2 retain \"kept\""
            ]
        );
        world.send(sub, say::unsubscribe(1, &["a/+"]));
        world.received(sub);
        world.published(publisher, "a/b", "x", 2);
        assert_eq!(world.received(sub), ["PUBLISH a/b qos=2 id=3 \"x\""], "the last entry holds");
    });
}

#[test]
fn the_last_entry_for_a_filter_may_lower_it() {
    spec::covers!(MQTT_3_8_4_4, MQTT_3_8_4_3);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 2), ("t", 0), ("t/#", 2), ("t/#", 0)]);
        world.published(publisher, "t", "x", 2);
        assert_eq!(world.received(sub), ["PUBLISH t \"x\""]);
    });
}

#[test]
fn suback_comes_before_retained_and_retained_before_live() {
    spec::covers!(MQTT_3_8_4_1, MQTT_3_3_1_6);
    in_each_world(|world| {
        let one = world.join("one");
        let lines = world.exchange(
            one,
            say::all(&[
                say::publish("t", "old").retain().bytes(),
                say::publish("t", "kept").retain().bytes(),
                say::subscribe(1, &[("t", 0)]),
                say::publish("t", "live").bytes(),
            ]),
        );
        assert_eq!(lines, ["SUBACK id=1 0", "PUBLISH t retain \"kept\"", "PUBLISH t \"live\""]);
    });
}

#[test]
fn overlapping_filters_bring_one_copy_at_the_highest_qos() {
    spec::covers!(MQTT_3_3_5_1, MQTT_3_8_4_6);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let grants = [0, 1, 2];
        let mut round = 0;
        for first in grants {
            for second in grants {
                for third in grants {
                    let client_id = format!("sub{round}");
                    round += 1;
                    let sub = world.join(&client_id);
                    let filters = [("a/#", first), ("a/+", second), ("a/b", third), ("+/b/#", 0)];
                    world.subscribed(sub, &filters);
                    let highest = first.max(second).max(third);
                    for published in 0..=2 {
                        world.published(publisher, "a/b", "x", published);
                        let lines = world.received(sub);
                        let qos = published.min(highest);
                        assert_eq!(lines.len(), 1, "{filters:?}");
                        let shown = lines[0].contains(&format!(" qos={qos} "));
                        assert!(shown || qos == 0 && !lines[0].contains("qos="), "{lines:?}");
                    }
                    world.cut(sub);
                }
            }
        }
    });
}

#[test]
fn the_rest_of_an_overlap_stays_when_one_filter_goes() {
    spec::covers!(MQTT_3_10_4_1, MQTT_3_3_5_1);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("a/#", 0), ("a/+", 2), ("a/b", 1)]);
        for (filter, expected) in [
            ("a/+", &["PUBLISH a/b qos=1 id=1 \"x\""][..]),
            ("a/b", &["PUBLISH a/b \"x\""]),
            ("a/#", &[]),
        ] {
            world.send(sub, say::unsubscribe(1, &[filter]));
            world.received(sub);
            world.published(publisher, "a/b", "x", 2);
            assert_eq!(world.received(sub), expected, "{filter}");
        }
    });
}

#[test]
fn unsubscribe_takes_exactly_the_filter_it_names() {
    spec::covers!(MQTT_3_10_4_1, MQTT_3_10_4_5, MQTT_4_7_3_4);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("a/+", 0), ("a/#", 0), ("b/+", 1), ("b/c", 1)]);
        for filter in ["a/b", "A/+", "a/", "+/+", "#", "b/#", "a/+/", "/a/+", "b/c/"] {
            assert_eq!(world.exchange(sub, say::unsubscribe(9, &[filter])), ["UNSUBACK id=9"]);
            world.published(publisher, "a/b", "x", 0);
            world.published(publisher, "a/b/c", "x", 0);
            world.published(publisher, "b/d", "x", 0);
            world.published(publisher, "b/c", "x", 0);
            let lines = [
                "PUBLISH a/b \"x\"",
                "PUBLISH a/b/c \"x\"",
                "PUBLISH b/d \"x\"",
                "PUBLISH b/c \"x\"",
            ];
            assert_eq!(world.received(sub), lines, "{filter}");
        }
        world.send(sub, say::unsubscribe(9, &["b/+"]));
        world.received(sub);
        world.published(publisher, "b/d", "x", 0);
        world.published(publisher, "b/c", "x", 0);
        assert_eq!(world.received(sub), ["PUBLISH b/c \"x\""]);
    });
}

#[test]
fn unsubscribe_concerns_nobody_else() {
    spec::covers!(MQTT_3_10_4_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let subs: Vec<_> = (0..6).map(|at| world.join(&format!("sub{at}"))).collect();
        for sub in &subs {
            world.subscribed(*sub, &[("t", 0), ("t/#", 0)]);
        }
        world.send(subs[2], say::unsubscribe(1, &["t", "t/#"]));
        world.received(subs[2]);
        world.published(publisher, "t", "x", 0);
        for (at, sub) in subs.iter().enumerate() {
            assert_eq!(world.received(*sub).len(), usize::from(at != 2), "{at}");
        }
    });
}

#[test]
fn unsubscribe_goes_on_behind_a_filter_that_is_not_held() {
    spec::covers!(MQTT_3_10_4_6, MQTT_3_10_4_5);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("a", 0), ("b", 0), ("c", 0)]);
        let all = say::unsubscribe(5, &["unknown", "a", "b", "a"]);
        assert_eq!(world.exchange(sub, all), ["UNSUBACK id=5"]);
        for topic in ["a", "b", "c"] {
            world.published(publisher, topic, "x", 0);
        }
        assert_eq!(world.received(sub), ["PUBLISH c \"x\""]);
    });
}

#[test]
fn nothing_new_comes_behind_unsuback_present_or_absent() {
    spec::covers!(MQTT_3_10_4_2);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2), ("t/#", 2)]);
        world.send(sub, say::unsubscribe(1, &["t", "t/#"]));
        world.received(sub);
        for qos in 0..=2 {
            world.published(publisher, "t", "x", qos);
        }
        assert_eq!(world.received(sub), NOTHING);
        world.cut(sub);
        world.published(publisher, "t", "x", 2);
        assert_eq!(world.resume("sub").1, NOTHING);
    });
}

#[test]
fn what_was_begun_is_completed_behind_unsuback() {
    spec::covers!(MQTT_3_10_4_3, MQTT_4_4_0_1);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.published(publisher, "t", "a", 2);
        world.published(publisher, "t", "b", 1);
        world.published(publisher, "t", "c", 2);
        world.send(sub, say::unsubscribe(1, &["t"]));
        world.received(sub);
        assert_eq!(world.exchange(sub, say::pubrec(1)), ["PUBREL id=1"]);
        world.cut(sub);
        let (sub, again) = world.resume("sub");
        assert_eq!(
            again,
            ["PUBREL id=1", "PUBLISH t qos=1 id=2 dup \"b\"", "PUBLISH t qos=2 id=3 dup \"c\""]
        );
        world.send(sub, say::all(&[say::pubcomp(1), say::puback(2), say::pubrec(3)]));
        assert_eq!(world.received(sub), ["PUBREL id=3"]);
    });
}

#[test]
fn what_waits_is_still_delivered_behind_unsuback() {
    spec::covers!(MQTT_3_10_4_3);
    let mut config = Config::default();
    config.session.in_flight_max = 1;
    for workers in [1, 4] {
        let mut world = World::with(workers, config.clone());
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 1)]);
        world.published(publisher, "t", "a", 1);
        world.published(publisher, "t", "b", 1);
        world.send(sub, say::unsubscribe(1, &["t"]));
        world.received(sub);
        assert_eq!(world.exchange(sub, say::puback(1)), ["PUBLISH t qos=1 id=2 \"b\""]);
    }
}

#[test]
fn subscriptions_survive_with_their_session_and_die_with_it() {
    spec::covers!(MQTT_4_1_0_1, MQTT_3_1_2_4, MQTT_3_1_2_6);
    in_each_world(|world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("a", 0), ("b/#", 1), ("gone", 2)]);
        world.send(sub, say::unsubscribe(1, &["gone"]));
        world.cut(sub);
        let (sub, _) = world.resume("sub");
        for topic in ["a", "b/c", "gone"] {
            world.published(publisher, topic, "x", 1);
        }
        assert_eq!(world.received(sub), ["PUBLISH a \"x\"", "PUBLISH b/c qos=1 id=1 \"x\""]);
        assert_eq!(world.shared().router.subscription_count(), 2);
        world.cut(sub);
        let clean = world.join("sub");
        assert_eq!(world.shared().router.subscription_count(), 0);
        world.subscribed(clean, &[("a", 0)]);
        world.cut(clean);
        assert_eq!(world.shared().router.subscription_count(), 0);
    });
}

#[test]
fn a_malformed_subscribe_closes_and_grants_nothing() {
    spec::covers!(MQTT_3_8_1_1, MQTT_3_8_3_1, MQTT_3_8_3_3, MQTT_3_8_3_4, MQTT_2_3_1_1);
    spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_4_7_3_1, MQTT_4_7_3_2, MQTT_4_8_0_1);
    let good = [0, 1, 0, 2, b'o', b'k', 1];
    let mut broken: Vec<Vec<u8>> = Vec::new();
    for flags in [0, 1, 3, 4, 6, 0xA, 0xF] {
        broken.push(raw(0x80 | flags, &good));
    }
    for qos in [3, 4, 8, 0x10, 0x20, 0x40, 0x80, 0xFF] {
        broken.push(raw(0x82, &[0, 1, 0, 2, b'o', b'k', qos]));
        broken.push(raw(0x82, &[0, 1, 0, 2, b'o', b'k', 1, 0, 1, b'a', qos]));
        broken.push(raw(0x82, &[0, 1, 0, 1, b'a', qos, 0, 2, b'o', b'k', 1]));
    }
    broken.push(raw(0x82, &[0, 1]));
    broken.push(raw(0x82, &[0, 0, 0, 2, b'o', b'k', 1]));
    broken.push(raw(0x82, &[0, 1, 0, 2, b'o', b'k']));
    broken.push(raw(0x82, &[0, 1, 0, 2, b'o', b'k', 1, 0, 3, 0xED, 0xA0, 0x80, 1]));
    for filter in
        ["a#", "#/a", "a/#/b", "##", "/##", "a/#b", "a+", "+a", "a/+b", "++", "+#", "", "a\0"]
    {
        let mut body = good.to_vec();
        body.extend([0, filter.len() as u8]);
        body.extend(filter.bytes());
        body.push(0);
        broken.push(raw(0x82, &body));
    }
    in_each_world(|world| {
        let publisher = world.join("pub");
        let mut sub = world.join_kept("sub");
        for bytes in &broken {
            assert_eq!(world.exchange(sub, bytes), NOTHING, "{bytes:02x?}");
            assert_eq!(world.closed_by_broker(sub), Some(Why::Broken), "{bytes:02x?}");
            (sub, _) = world.resume("sub");
            world.published(publisher, "ok", "x", 0);
            assert_eq!(world.received(sub), NOTHING, "no entry has taken effect: {bytes:02x?}");
        }
    });
}

#[test]
fn a_malformed_unsubscribe_closes_and_removes_nothing() {
    spec::covers!(MQTT_3_10_1_1, MQTT_3_10_3_1, MQTT_3_10_3_2, MQTT_2_3_1_1, MQTT_4_8_0_1);
    let good = [0, 1, 0, 2, b'o', b'k'];
    let mut broken: Vec<Vec<u8>> = Vec::new();
    for flags in [0, 1, 3, 4, 6, 0xA, 0xF] {
        broken.push(raw(0xA0 | flags, &good));
    }
    broken.push(raw(0xA2, &[0, 1]));
    broken.push(raw(0xA2, &[0, 0, 0, 2, b'o', b'k']));
    broken.push(raw(0xA2, &[0, 1, 0, 2, b'o', b'k', 0]));
    broken.push(raw(0xA2, &[0, 1, 0, 2, b'o', b'k', 0, 9, b'a']));
    broken.push(raw(0xA2, &[0, 1, 0, 2, b'o', b'k', 0, 2, 0xC0, 0x80]));
    broken.push(raw(0xA2, &[0, 1, 0, 2, b'o', b'k', 0, 0]));
    broken.push(raw(0xA2, &[0, 1, 0, 2, b'o', b'k', 0, 2, b'a', b'+']));
    in_each_world(|world| {
        let publisher = world.join("pub");
        let mut sub = world.join_kept("sub");
        world.subscribed(sub, &[("ok", 0)]);
        for bytes in &broken {
            assert_eq!(world.exchange(sub, bytes), NOTHING, "{bytes:02x?}");
            assert_eq!(world.closed_by_broker(sub), Some(Why::Broken), "{bytes:02x?}");
            (sub, _) = world.resume("sub");
            world.published(publisher, "ok", "x", 0);
            assert_eq!(world.received(sub), ["PUBLISH ok \"x\""], "{bytes:02x?}");
        }
    });
}

#[test]
fn a_thousand_filters_in_one_packet_get_a_thousand_codes() {
    spec::covers!(MQTT_3_8_4_4, MQTT_3_8_4_5, MQTT_3_10_4_6);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        let texts: Vec<_> = (0..1000).map(|at| format!("t/{at}")).collect();
        let filters: Vec<_> = texts.iter().map(|text| (text.as_str(), 0)).collect();
        world.subscribed(sub, &filters);
        world.published(publisher, "t/999", "x", 0);
        assert_eq!(world.received(sub), ["PUBLISH t/999 \"x\""]);
        let names: Vec<_> = texts.iter().map(String::as_str).collect();
        assert_eq!(world.exchange(sub, say::unsubscribe(3, &names)), ["UNSUBACK id=3"]);
        assert_eq!(world.shared().router.subscription_count(), 0);
    });
}
