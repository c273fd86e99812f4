//! §4.8: every limit of the settings, from both sides: up to it everything works, beyond it one
//! thing happens, is counted, and touches nobody else.

use std::sync::atomic::Ordering;

use etalon::broker::{Config, Why};
use etalon::violation::Rule;
use etalon_conformance::say;
use etalon_conformance::stage::in_each_world_with;
use etalon_conformance::world::{Peer, World};
use etalon_spec as spec;

fn config(set: impl Fn(&mut Config)) -> Config {
    let mut config = Config::default();
    set(&mut config);
    config
}

fn connections(world: &World) -> usize {
    world.shared().connections.load(Ordering::Relaxed)
}

fn sessions(world: &World) -> usize {
    world.shared().sessions.load(Ordering::Relaxed)
}

#[test]
fn a_packet_of_the_greatest_size_is_taken() {
    spec::covers!(MQTT_4_8_0_2);
    in_each_world_with(config(|config| config.packet.packet_bytes_max = 1_000), |world| {
        let watcher = world.watcher("t");
        let peer = world.joined(say::connect("a"));
        let publish = say::publish("t", &vec![b'x'; 1_000 - 6]).bytes();
        assert_eq!(publish.len(), 1_000);
        world.send(peer, &publish);
        assert_eq!(world.received_bytes(watcher), publish);
    });
}

#[test]
fn a_greater_packet_closes_as_soon_as_its_size_is_known() {
    spec::covers!(MQTT_4_8_0_2, MQTT_3_1_2_8);
    in_each_world_with(config(|config| config.packet.packet_bytes_max = 1_000), |world| {
        let watcher = world.watcher("w");
        let peer = world.joined(say::connect("a").will("w", "too large", 0));
        let publish = say::publish("t", &vec![b'x'; 1_000 - 5]).qos1(1).bytes();
        world.send(peer, &publish[..3]);
        assert_eq!(world.closed_by_broker(peer), Some(Why::Limit), "a limit is no breach");
        assert_eq!(world.breaches()[0].1.violation.rule, Rule::PacketTooLarge);
        assert_eq!(world.received_bytes(peer), [] as [u8; 0], "never acknowledged and dropped");
        assert_eq!(world.received(watcher), ["PUBLISH w \"too large\""]);
        assert_eq!((world.closed_for(Why::Limit), world.closed_for(Why::Broken)), (1, 0));
        let stranger = world.open();
        let id = "x".repeat(2_000);
        world.send(stranger, say::connect(&id).bytes());
        assert_eq!(world.closed_by_broker(stranger), Some(Why::Limit));
        assert_eq!(world.received_bytes(stranger), [] as [u8; 0] as [u8; 0]);
    });
}

#[test]
fn one_connection_too_many_gets_code_3() {
    spec::covers!(MQTT_3_2_2_4, MQTT_3_2_2_5, MQTT_3_1_4_5);
    in_each_world_with(config(|config| config.connections_max = 3), |world| {
        let peers = ["a", "b", "c"].map(|id| world.joined(say::connect(id)));
        for id in ["d", ""] {
            let late = world.open();
            world.send(late, [say::connect(id).bytes(), say::pingreq()].concat());
            world.refused(late, 3);
        }
        assert_eq!((connections(world), sessions(world)), (3, 3));
        assert_eq!(world.closed_for(Why::Refused), 2);
        world.send(peers[1], say::disconnect());
        let next = world.joined(say::connect("d"));
        assert!(world.alive(next) && world.alive(peers[0]) && world.alive(peers[2]));
    });
}

#[test]
fn connections_without_connect_take_no_place() {
    in_each_world_with(config(|config| config.connections_max = 1), |world| {
        let waiting = [world.open(), world.open(), world.open()];
        let peer = world.joined(say::connect("a"));
        for silent in waiting {
            world.cut(silent);
        }
        assert_eq!(connections(world), 1);
        assert!(world.alive(peer));
    });
}

#[test]
fn who_connects_again_gets_in_when_everything_is_full() {
    spec::covers!(MQTT_3_1_4_2, MQTT_3_1_2_4);
    let config = config(|config| {
        config.connections_max = 2;
        config.sessions_max = 2;
    });
    in_each_world_with(config, |world| {
        let first = world.joined(say::connect("a").kept());
        let other = world.joined(say::connect("b"));
        for (clean, present) in [(false, true), (true, false), (true, false), (false, false)] {
            let connect = say::connect("a");
            let peer = world.open();
            world.send(peer, if clean { connect } else { connect.kept() }.bytes());
            let connack = if present { "CONNACK accepted present" } else { "CONNACK accepted" };
            assert_eq!(world.received(peer), [connack]);
            assert_eq!((connections(world), sessions(world)), (2, 2));
        }
        assert_eq!(world.closed_by_broker(first), Some(Why::TakenOver));
        assert!(world.alive(other));
    });
}

#[test]
fn one_session_too_many_gets_code_3() {
    spec::covers!(MQTT_3_2_2_4, MQTT_3_2_2_5);
    in_each_world_with(config(|config| config.sessions_max = 2), |world| {
        let absent = world.joined(say::connect("a").kept());
        world.cut(absent);
        world.joined(say::connect("b"));
        for connect in [say::connect("c"), say::connect("c").kept(), say::connect("")] {
            let late = world.open();
            world.send(late, connect.bytes());
            world.refused(late, 3);
        }
        assert_eq!((connections(world), sessions(world)), (1, 2), "nobody left a place behind");
        let back = world.joined(say::connect("a"));
        world.send(back, say::disconnect());
        world.joined(say::connect("c"));
    });
}

#[test]
fn client_ids_and_wills_have_a_limit_in_bytes() {
    spec::covers!(MQTT_3_2_2_4, MQTT_3_2_2_5, MQTT_3_1_2_8);
    in_each_world_with(config(|config| config.connect_bytes_max = 60), |world| {
        let kept = world.shared().connect_bytes.load(Ordering::Relaxed);
        assert_eq!(kept, 0);
        // Ten, and for the Will two bytes of length, one of topic and 37 of message.
        let message = "x".repeat(37);
        let first = || say::connect("aaaaaaaaaa").kept().will("w", &message, 0);
        let peer = world.joined(first());
        for too_long in [say::connect("bbbbbbbbbbb"), say::connect("b").will("w", "1234567", 0)] {
            let late = world.open();
            world.send(late, too_long.bytes());
            world.refused(late, 3);
        }
        let other = world.joined(say::connect("bbbbbbbbbb"));
        let successor = world.open();
        assert_eq!(world.exchange(successor, first().bytes()), ["CONNACK accepted present"]);
        assert_eq!(world.closed_by_broker(peer), Some(Why::TakenOver));
        world.send(successor, say::disconnect());
        // The Will is gone, and the session is still there.
        world.joined(say::connect(&"c".repeat(40)));
        world.send(other, say::disconnect());
        let (_, lines) = world.resume("aaaaaaaaaa");
        assert_eq!(lines, [""; 0]);
        assert_eq!(world.shared().connect_bytes.load(Ordering::Relaxed), 50);
    });
}

#[test]
fn a_connect_refused_for_want_of_room_changes_nothing() {
    spec::covers!(MQTT_3_1_4_5, MQTT_3_1_2_8, MQTT_3_1_4_3);
    in_each_world_with(config(|config| config.connections_max = 2), |world| {
        let watcher = world.watcher("#");
        let absent = world.joined(say::connect("a").kept());
        world.subscribed(absent, &[("s", 1)]);
        world.cut(absent);
        let other = world.joined(say::connect("b"));
        let late = world.open();
        let publish = say::publish("s", "x").retain().bytes();
        world.send(late, [say::connect("a").will("s", "will", 0).bytes(), publish].concat());
        world.refused(late, 3);
        assert_eq!(world.received(watcher), [""; 0]);
        world.send(other, say::disconnect());
        let back = world.open();
        world.send(back, say::connect("a").kept().bytes());
        assert_eq!(world.received(back), ["CONNACK accepted present"], "clean has cleaned nothing");
    });
}

#[test]
fn one_subscription_too_many_is_refused_alone() {
    spec::covers!(MQTT_3_9_3_1, MQTT_3_8_4_5);
    in_each_world_with(config(|config| config.subscriptions_max = 3), |world| {
        let peer = world.joined(say::connect("a"));
        let filters = [("a", 0), ("b", 1), ("a", 1), ("c", 2), ("d", 0), ("b", 2)];
        world.send(peer, say::subscribe(1, &filters));
        assert_eq!(world.received(peer), ["SUBACK id=1 0 1 1 2 failure 2"]);
        assert_eq!(world.counted(|counters| counters.subscriptions_refused), 1);
        world.send(peer, say::publish("d", "x").bytes());
        assert_eq!(world.received(peer), [""; 0]);
        world.send(peer, say::unsubscribe(2, &["c"]));
        world.send(peer, say::subscribe(3, &[("d", 0)]));
        assert_eq!(world.received(peer), ["UNSUBACK id=2", "SUBACK id=3 0"]);
        let other = world.joined(say::connect("b"));
        world.send(other, say::subscribe(1, &[("a", 0), ("b", 0), ("c", 0)]));
        assert_eq!(world.received(other), ["SUBACK id=1 0 0 0"], "each session counts alone");
    });
}

#[test]
fn filters_have_a_limit_in_bytes_too() {
    spec::covers!(MQTT_3_8_4_5);
    in_each_world_with(config(|config| config.subscription_bytes_max = 10), |world| {
        let peer = world.joined(say::connect("a"));
        let answer =
            world.exchange(peer, say::subscribe(1, &[("aaaaaa", 0), ("bbbbb", 1), ("cccc", 2)]));
        assert_eq!(answer, ["SUBACK id=1 0 failure 2"], "six bytes, eleven, ten");
        assert_eq!(world.counted(|counters| counters.subscriptions_refused), 1);
        assert_eq!(
            world.exchange(peer, say::unsubscribe(2, &["cccc", "bbbbb"])),
            ["UNSUBACK id=2"]
        );
        let answer =
            world.exchange(peer, say::subscribe(3, &[("dddd", 0), ("aaaaaa", 2), ("e", 0)]));
        assert_eq!(answer, ["SUBACK id=3 0 2 failure"], "what is unsubscribed makes room");
    });
}

#[test]
fn one_filter_too_many_in_a_packet_closes() {
    spec::covers!(MQTT_4_8_0_2);
    in_each_world_with(config(|config| config.filters_max = 2), |world| {
        let peer = world.joined(say::connect("a").kept());
        assert_eq!(
            world.exchange(peer, say::subscribe(1, &[("a", 0), ("b", 0)])),
            ["SUBACK id=1 0 0"]
        );
        assert_eq!(world.exchange(peer, say::unsubscribe(2, &["x", "y"])), ["UNSUBACK id=2"]);
        world.send(peer, say::subscribe(3, &[("c", 0), ("d", 0), ("e", 0)]));
        assert_eq!(world.closed_by_broker(peer), Some(Why::Limit));
        assert_eq!(world.received_bytes(peer), [] as [u8; 0] as [u8; 0]);
        let (peer, _) = world.resume("a");
        world.send(peer, say::unsubscribe(4, &["a", "b", "c"]));
        assert_eq!(world.closed_by_broker(peer), Some(Why::Limit));
        assert_eq!(world.shared().router.subscription_count(), 2, "nothing of either took effect");
        assert_eq!(world.closed_for(Why::Limit), 2);
    });
}

#[test]
fn retained_messages_that_cannot_all_be_given_end_the_session_whatever_their_qos() {
    spec::covers!(MQTT_3_3_1_6);
    let config = config(|config| {
        config.session.waiting_messages_max = 10;
        config.session.unsent_bytes_max = 20;
    });
    in_each_world_with(config, |world| {
        let publisher = world.joined(say::connect("pub"));
        for number in 0..14 {
            world.retained(publisher, &format!("r/{number:02}"), "x", 0);
        }
        let few = world.joined(say::connect("few"));
        world.take_only(few, 0);
        world.send(few, say::subscribe(1, &[("r/00", 0), ("r/01", 0)]));
        assert_eq!(world.closed(few), None);
        let many = world.joined(say::connect("many"));
        world.take_only(many, 0);
        world.send(many, say::subscribe(1, &[("r/#", 0)]));
        assert_eq!(world.closed_by_broker(many), Some(Why::Overflow));
        assert_eq!(world.counted(|counters| counters.overflowed), 1);
    });
}

#[test]
fn one_retained_message_too_many_closes_its_publisher() {
    spec::covers!(MQTT_4_8_0_2, MQTT_3_3_1_5, MQTT_3_1_2_8);
    let config = config(|config| config.retained.retained_messages_max = 2);
    in_each_world_with(config, |world| {
        let watcher = world.watcher("#");
        let peer = world.joined(say::connect("a").will("w", "refused", 0));
        for topic in ["a", "b", "a"] {
            world.send(peer, say::publish(topic, "x").retain().bytes());
        }
        assert_eq!(world.received(watcher).len(), 3, "replacing takes no place");
        world.send(peer, say::publish("c", "x").retain().qos1(1).bytes());
        assert_eq!(world.closed_by_broker(peer), Some(Why::Limit));
        assert_eq!(
            world.received_bytes(peer),
            [] as [u8; 0],
            "what is not stored is not acknowledged"
        );
        assert_eq!(world.received(watcher), ["PUBLISH w \"refused\""]);
        assert_eq!(world.counted(|counters| counters.retained_refused), 1);
        let next = world.joined(say::connect("a"));
        world.send(next, say::publish("b", "").retain().bytes());
        world.send(next, say::publish("c", "x").retain().qos1(1).bytes());
        assert_eq!(world.received(next), ["PUBACK id=1"]);
    });
}

#[test]
fn a_will_that_cannot_be_retained_harms_nobody() {
    in_each_world_with(config(|config| config.retained.retained_messages_max = 0), |world| {
        let watcher = world.watcher("#");
        let peer = world.joined(say::connect("a").retained_will("w", "x", 0));
        world.cut(peer);
        assert_eq!(world.counted(|counters| counters.retained_refused), 1);
        assert!(world.alive(watcher));
    });
}

#[test]
fn retained_bytes_have_a_limit_too() {
    spec::covers!(MQTT_4_8_0_2);
    let config = config(|config| config.retained.retained_bytes_max = 100);
    in_each_world_with(config, |world| {
        let peer = world.joined(say::connect("a"));
        world.send(peer, say::publish("t", &"x".repeat(97)).retain().qos1(1).bytes());
        assert_eq!(world.received(peer), ["PUBACK id=1"], "two bytes of length, one of topic");
        world.send(peer, say::publish("t", &"x".repeat(98)).retain().qos1(2).bytes());
        assert_eq!(world.closed_by_broker(peer), Some(Why::Limit));
    });
}

#[test]
fn incomplete_packets_share_their_limit() {
    spec::covers!(MQTT_4_8_0_2, MQTT_3_1_2_8);
    let config = config(|config| config.assembling_bytes_max = 1_000);
    in_each_world_with(config, |world| {
        let watcher = world.watcher("w");
        // The same home, so the same worker.
        let home = world.shared().home("watcher");
        let ids: Vec<String> = (0..100)
            .map(|at| format!("c{at}"))
            .filter(|id| world.shared().home(id) == home)
            .take(2)
            .collect();
        let first = world.joined(say::connect(&ids[0]));
        let second = world.joined(say::connect(&ids[1]).will("w", "wanted more", 0));
        let publish = say::publish("t", &"x".repeat(2_000)).qos1(1).bytes();
        world.send(first, &publish[..600]);
        world.send(second, &publish[..399]);
        world.send(second, &publish[399..400]);
        assert_eq!(world.closed(second), None, "1,000 bytes in all are allowed");
        world.send(second, &publish[400..401]);
        assert_eq!(world.closed_by_broker(second), Some(Why::Limit));
        assert_eq!(world.received(watcher), ["PUBLISH w \"wanted more\""]);
        // What it had is free again.
        world.send(first, &publish[600..1_000]);
        assert_eq!(world.closed(first), None);
        world.send(first, &publish[1_000..]);
        assert_eq!(world.received(first), ["PUBACK id=1"]);
        let third = world.joined(say::connect(&ids[1]));
        world.send(third, &publish[..1_000]);
        assert_eq!(world.closed(third), None, "a whole packet counts no more");
        world.cut(third);
        world.send(first, &publish[..1_000]);
        assert_eq!(world.closed(first), None, "nor does one whose connection is gone");
    });
}

/// A subscriber at "s" that acknowledges nothing, and a publisher.
fn subscriber_and_publisher(world: &mut World, qos: u8) -> (Peer, Peer) {
    let subscriber = world.joined(say::connect("sub").kept());
    world.subscribed(subscriber, &[("s", qos)]);
    (subscriber, world.joined(say::connect("pub")))
}

#[test]
fn the_window_holds_back_and_opens_one_by_one() {
    spec::covers!(MQTT_4_6_0_6, MQTT_4_5_0_1);
    in_each_world_with(config(|config| config.session.in_flight_max = 2), |world| {
        let (subscriber, publisher) = subscriber_and_publisher(world, 2);
        for (id, text) in [(1, "1"), (2, "2"), (3, "3"), (4, "4")] {
            world.send(publisher, say::publish("s", text).qos2(id).bytes());
        }
        let lines = ["PUBLISH s qos=2 id=1 \"1\"", "PUBLISH s qos=2 id=2 \"2\""];
        assert_eq!(world.received(subscriber), lines);
        assert_eq!(world.exchange(subscriber, say::pubrec(1)), ["PUBREL id=1"]);
        let third = ["PUBLISH s qos=2 id=3 \"3\""];
        assert_eq!(world.exchange(subscriber, say::pubcomp(1)), third);
        assert_eq!(world.exchange(subscriber, say::puback(99)), [""; 0]);
        assert_eq!(world.counted(|counters| counters.stray_acks), 1);
    });
}

#[test]
fn one_message_too_many_ends_the_session_as_a_whole() {
    spec::covers!(MQTT_4_5_0_1, MQTT_3_2_2_3);
    let config = config(|config| {
        config.session.in_flight_max = 1;
        config.session.waiting_messages_max = 3;
    });
    in_each_world_with(config, |world| {
        let (subscriber, publisher) = subscriber_and_publisher(world, 1);
        for id in 1..=4 {
            world.send(publisher, say::publish("s", "x").qos1(id).bytes());
        }
        assert_eq!(world.closed(subscriber), None, "one on its way and three that wait");
        world.send(publisher, say::publish("s", "zero").bytes());
        assert_eq!(world.closed(subscriber), None, "QoS 0 is dropped first");
        assert_eq!(world.counted(|counters| counters.dropped), 1);
        world.received(publisher);
        world.send(publisher, say::publish("s", "x").qos1(5).bytes());
        assert_eq!(world.closed_by_broker(subscriber), Some(Why::Overflow));
        assert_eq!(world.received(publisher), ["PUBACK id=5"], "its publisher is not concerned");
        assert_eq!(world.counted(|counters| counters.overflowed), 1);
        assert_eq!((connections(world), sessions(world)), (1, 1));
        let back = world.joined(say::connect("sub").kept());
        assert_eq!(world.received(back), [""; 0]);
    });
}

#[test]
fn an_absent_session_overflows_as_well() {
    spec::covers!(MQTT_4_5_0_1, MQTT_3_1_2_5, MQTT_3_2_2_3);
    in_each_world_with(config(|config| config.session.waiting_messages_max = 3), |world| {
        let (subscriber, publisher) = subscriber_and_publisher(world, 1);
        world.cut(subscriber);
        for id in 1..=3 {
            world.send(publisher, say::publish("s", "x").qos1(id).bytes());
        }
        assert_eq!(sessions(world), 2);
        world.send(publisher, say::publish("s", "zero").bytes());
        assert_eq!(sessions(world), 2);
        world.send(publisher, say::publish("s", "x").qos2(4).bytes());
        assert_eq!(sessions(world), 1);
        world.joined(say::connect("sub").kept());
    });
}

#[test]
fn waiting_bytes_have_a_limit_too() {
    spec::covers!(MQTT_4_5_0_1);
    in_each_world_with(config(|config| config.session.waiting_bytes_max = 1_000), |world| {
        let (subscriber, publisher) = subscriber_and_publisher(world, 1);
        world.cut(subscriber);
        let publish = |id, size| say::publish("s", &"x".repeat(size)).qos1(id).bytes();
        // Two bytes of length and one of topic make this 999.
        world.send(publisher, publish(1, 996));
        // One message may go beyond it.
        world.send(publisher, publish(2, 5_000));
        assert_eq!(sessions(world), 2);
        world.send(publisher, publish(3, 0));
        assert_eq!(sessions(world), 1);
        assert_eq!(world.counted(|counters| counters.overflowed), 1);
        let back = world.joined(say::connect("sub").kept());
        world.subscribed(back, &[("s", 1)]);
        world.cut(back);
        world.send(publisher, publish(4, 997));
        assert_eq!(sessions(world), 2);
        world.send(publisher, publish(5, 0));
        assert_eq!(sessions(world), 1, "the limit itself was reached");
    });
}

#[test]
fn bytes_on_their_way_have_the_same_limit() {
    spec::covers!(MQTT_4_5_0_1, MQTT_4_6_0_6);
    in_each_world_with(config(|config| config.session.waiting_bytes_max = 1_000), |world| {
        let (subscriber, publisher) = subscriber_and_publisher(world, 2);
        for id in 1..=4 {
            world.send(publisher, say::publish("s", &"x".repeat(597)).qos1(id).bytes());
        }
        let published = |id| format!("PUBLISH s qos=1 id={id} (597 bytes)");
        assert_eq!(world.received(subscriber), [published(1), published(2)]);
        assert_eq!(world.exchange(subscriber, say::puback(1)), [published(3)]);
        assert_eq!(world.exchange(subscriber, say::puback(2)), [published(4)]);
        world.send(publisher, say::publish("s", &"x".repeat(597)).qos2(5).bytes());
        assert_eq!(world.received(subscriber), [""; 0]);
        world.cut(subscriber);
        let back = world.open();
        let lines = world.exchange(back, say::connect("sub").kept().bytes());
        assert_eq!(lines.len(), 3, "CONNACK and what was on its way, and nothing more: {lines:?}");
        let fifth = ["PUBLISH s qos=2 id=5 (597 bytes)"];
        assert_eq!(world.exchange(back, say::puback(4)), fifth);
    });
}

#[test]
fn a_message_that_was_received_makes_room_before_it_is_complete() {
    spec::covers!(MQTT_4_3_3_1);
    in_each_world_with(config(|config| config.session.waiting_bytes_max = 1_000), |world| {
        let (subscriber, publisher) = subscriber_and_publisher(world, 2);
        for id in 1..=2 {
            world.send(publisher, say::publish("s", &"x".repeat(2_000)).qos2(id).bytes());
        }
        assert_eq!(world.received(subscriber), ["PUBLISH s qos=2 id=1 (2000 bytes)"]);
        let lines = ["PUBREL id=1", "PUBLISH s qos=2 id=2 (2000 bytes)"];
        assert_eq!(world.exchange(subscriber, say::pubrec(1)), lines);
    });
}

#[test]
fn what_is_acknowledged_makes_room() {
    spec::covers!(MQTT_4_5_0_1);
    let config = config(|config| {
        config.session.in_flight_max = 1;
        config.session.waiting_messages_max = 2;
        config.session.waiting_bytes_max = 100;
    });
    in_each_world_with(config, |world| {
        let (subscriber, publisher) = subscriber_and_publisher(world, 1);
        for id in 1..=200 {
            world.send(publisher, say::publish("s", &"x".repeat(45)).qos1(id).bytes());
            if id > 2 {
                world.send(subscriber, say::puback(id - 2));
            }
        }
        assert_eq!(world.closed(subscriber), None);
        assert_eq!(world.received(subscriber).len(), 199);
    });
}

#[test]
fn beyond_the_unsent_bytes_qos_0_is_dropped_and_qos_1_waits() {
    spec::covers!(MQTT_4_3_1_1, MQTT_4_5_0_1);
    in_each_world_with(config(|config| config.session.unsent_bytes_max = 100), |world| {
        let (subscriber, publisher) = subscriber_and_publisher(world, 1);
        world.take_only(subscriber, 0);
        world.send(publisher, say::publish("s", &"x".repeat(100)).bytes());
        world.send(publisher, say::publish("s", "dropped").bytes());
        world.send(publisher, say::publish("s", "waits").qos1(1).bytes());
        assert_eq!(world.counted(|counters| counters.dropped), 1);
        world.take_only(subscriber, usize::MAX);
        let lines = ["PUBLISH s (100 bytes)", "PUBLISH s qos=1 id=1 \"waits\""];
        assert_eq!(world.received(subscriber), lines);
    });
}

#[test]
fn who_takes_nothing_is_not_read_from() {
    in_each_world_with(config(|config| config.session.unsent_bytes_max = 10), |world| {
        let peer = world.joined(say::connect("a"));
        world.take_only(peer, 0);
        world.send(peer, say::pingreq().repeat(5));
        world.send(peer, say::pingreq().repeat(5));
        assert_eq!(world.unread(peer), 10);
        world.take_only(peer, usize::MAX);
        assert_eq!(world.received(peer), ["PINGRESP"; 10]);
    });
}

#[test]
fn a_session_that_ends_in_the_middle_of_a_read_takes_no_more() {
    spec::covers!(MQTT_4_5_0_1, MQTT_3_1_2_8);
    let config = config(|config| {
        config.session.in_flight_max = 1;
        config.session.waiting_messages_max = 1;
    });
    in_each_world_with(config, |world| {
        let watcher = world.watcher("w");
        let publish = |id| say::publish("s", "x").qos1(id).bytes();
        let full = [publish(1), publish(2), publish(3)];
        let late = say::publish("w", "late").bytes();
        for end in [late, say::disconnect(), vec![0xF0], say::connect("a").bytes(), vec![0xC0]] {
            let peer = world.joined(say::connect("a").will("w", "overflowed", 0));
            world.subscribed(peer, &[("s", 1)]);
            world.send(peer, [full.concat(), end].concat());
            assert_eq!(world.closed_by_broker(peer), Some(Why::Overflow));
            assert_eq!(world.received(watcher), ["PUBLISH w \"overflowed\""]);
        }
        assert!(world.breaches().is_empty(), "what follows is not read");
    });
}

#[test]
fn a_long_queue_goes_out_in_portions() {
    spec::covers!(MQTT_4_5_0_1, MQTT_3_3_1_1);
    in_each_world_with(config(|config| config.session.unsent_bytes_max = 100), |world| {
        let (subscriber, publisher) = subscriber_and_publisher(world, 1);
        world.cut(subscriber);
        for id in 1..=20 {
            world.send(publisher, say::publish("s", &"x".repeat(60)).qos1(id).bytes());
        }
        let stuck = world.open();
        world.take_only(stuck, 4);
        world.send(stuck, say::connect("sub").kept().bytes());
        assert_eq!(world.received(stuck), ["CONNACK accepted present"]);
        world.cut(stuck);
        let back = world.open();
        world.send(back, say::connect("sub").kept().bytes());
        let lines = world.received(back);
        assert_eq!(lines.len(), 21);
        let again = lines.iter().filter(|line| line.contains(" dup")).count();
        assert_eq!(again, 2, "the others had not been sent");
    });
}
