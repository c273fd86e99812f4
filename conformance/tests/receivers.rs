//! §4.5, §4.8: receivers that are slow or away, and what a finite Server does at its limits.

use etalon::broker::{Broker, Config, Input, Output, Shared, Why};
use etalon::outgoing::Link;
use etalon::router::Worker;
use etalon::time::Instant;
use etalon_conformance::say;
use etalon_conformance::world::World;
use etalon_spec as spec;

const NOTHING: [&str; 0] = [];

fn in_each_world_with(config: Config, play: impl Fn(&mut World)) {
    for workers in [1, 4] {
        println!("with {workers} workers");
        play(&mut World::with(workers, config.clone()));
    }
}

#[test]
fn a_qos_2_message_that_could_not_be_retained_is_new_when_it_comes_again() {
    spec::covers!(MQTT_4_3_3_2, MQTT_4_5_0_1, MQTT_4_8_0_2);
    let mut config = Config::default();
    config.retained.retained_messages_max = 1;
    in_each_world_with(config, |world| {
        let (other, sub) = (world.join("other"), world.join("sub"));
        world.retained(other, "full", "x", 1);
        world.subscribed(sub, &[("t", 0)]);
        let publisher = world.join_kept("pub");
        let publish = say::publish("t", "x").retain().qos2(1);
        assert_eq!(world.exchange(publisher, publish.bytes()), NOTHING);
        assert_eq!(world.closed_by_broker(publisher), Some(Why::Limit));
        assert_eq!(world.received(sub), NOTHING);
        world.retained(other, "full", "", 1);
        // The Client does what it has to: it was not acknowledged, so it sends again.
        let (publisher, _) = world.resume("pub");
        assert_eq!(world.exchange(publisher, publish.dup().bytes()), ["PUBREC id=1"]);
        assert_eq!(world.received(sub), ["PUBLISH t \"x\""]);
    });
}

#[test]
fn what_stands_behind_an_overflow_is_no_breach() {
    spec::covers!(MQTT_4_8_0_2);
    let mut config = Config::default();
    config.session.in_flight_max = 1;
    config.session.waiting_messages_max = 1;
    for last in [say::disconnect(), say::connect("a").bytes(), vec![0xF0, 0]] {
        let mut broker = Broker::new(Worker(0), Shared::new(1, &config), config.clone());
        let publish = say::publish("t", "x").qos1(1).bytes();
        let begin = say::all(&[say::connect("a").bytes(), say::subscribe(1, &[("t", 1)])]);
        let all = say::all(&[begin, publish.repeat(3), last]);
        broker.handle(Instant::START, Input::Opened(Link(0)));
        broker.handle(Instant::START, Input::Bytes(Link(0), &all));
        let outputs: Vec<_> = std::iter::from_fn(|| broker.poll()).collect();
        let closed = |output: &Output| matches!(output, Output::Close(_, Why::Overflow, _));
        assert!(outputs.iter().any(closed));
        assert!(!outputs.iter().any(|output| matches!(output, Output::Broken(..))));
    }
}

#[test]
fn a_peer_that_takes_nothing_is_not_offered_the_same_bytes_for_ever() {
    spec::covers!(MQTT_4_8_0_2);
    let config = Config::default();
    let mut broker = Broker::new(Worker(0), Shared::new(1, &config), config);
    broker.handle(Instant::START, Input::Opened(Link(0)));
    broker.handle(Instant::START, Input::Bytes(Link(0), &say::connect("a").bytes()));
    assert!(matches!(broker.poll(), Some(Output::Transmit(Link(0)))));
    broker.handle(Instant::START, Input::Sent(Link(0), 0));
    assert!(broker.poll().is_none());
}

fn dropped(world: &World) -> u64 {
    world.counters().map(|counters| counters.dropped).sum()
}

#[test]
fn qos_0_is_not_kept_for_an_absent_client() {
    spec::covers!(MQTT_4_3_1_1);
    in_each_world_with(Config::default(), |world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.cut(sub);
        world.published(publisher, "t", "lost", 0);
        world.published(publisher, "t", "kept", 1);
        assert_eq!(world.resume("sub").1, ["PUBLISH t qos=1 id=1 \"kept\""]);
        assert_eq!(dropped(world), 1);
    });
}

#[test]
fn qos_0_that_waited_is_forgotten_when_its_receiver_goes() {
    spec::covers!(MQTT_4_3_1_1, MQTT_3_1_2_5);
    let mut config = Config::default();
    config.session.in_flight_max = 1;
    in_each_world_with(config, |world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        for (payload, qos) in [("a", 1), ("b", 1), ("c", 0), ("d", 1)] {
            world.published(publisher, "t", payload, qos);
        }
        world.cut(sub);
        let (sub, lines) = world.resume("sub");
        assert_eq!(lines, ["PUBLISH t qos=1 id=1 dup \"a\""]);
        assert_eq!(world.exchange(sub, say::puback(1)), ["PUBLISH t qos=1 id=2 \"b\""]);
        assert_eq!(world.exchange(sub, say::puback(2)), ["PUBLISH t qos=1 id=3 \"d\""]);
    });
}

#[test]
fn a_slow_receiver_loses_qos_0_and_nothing_else_and_only_when_its_buffer_is_full() {
    spec::covers!(MQTT_4_5_0_1, MQTT_4_6_0_6);
    let mut config = Config::default();
    config.session.unsent_bytes_max = 40;
    in_each_world_with(config, |world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        let quick = world.join("quick");
        world.subscribed(sub, &[("t", 2)]);
        world.subscribed(quick, &[("t", 0)]);
        world.take_only(sub, 0);
        let mut expected = Vec::new();
        let mut id = 0;
        for at in 0..20 {
            let qos = at % 3;
            // PUBLISHes of 8 and of 10 bytes: after five of them 40 are full.
            world.published(publisher, "t", &format!("{at:03}"), qos);
            match qos {
                0 if at < 5 => expected.push(format!("PUBLISH t \"{at:03}\"")),
                0 => {}
                _ => {
                    id += 1;
                    expected.push(format!("PUBLISH t qos={qos} id={id} \"{at:03}\""));
                }
            }
        }
        assert_eq!(dropped(world), 5, "number 6, 9, 12, 15 and 18");
        world.take_only(sub, usize::MAX);
        assert_eq!(world.received(sub), expected);
        assert_eq!(world.received(quick).len(), 20);
        world.published(publisher, "t", "again", 0);
        assert_eq!(world.received(sub), ["PUBLISH t \"again\""]);
    });
}

#[test]
fn a_thousand_messages_wait_for_an_absent_client_in_order() {
    spec::covers!(MQTT_3_1_2_4, MQTT_3_1_2_5, MQTT_4_5_0_1, MQTT_4_6_0_6);
    in_each_world_with(Config::default(), |world| {
        let publisher = world.join("pub");
        let sub = world.join_kept("sub");
        world.subscribed(sub, &[("t", 2)]);
        world.send(sub, say::disconnect());
        for at in 0..2000_u16 {
            world.published(publisher, "t", &at.to_string(), 1 + (at % 2) as u8);
        }
        let (sub, mut lines) = world.resume("sub");
        // The window is smaller than that.
        assert_eq!(lines.len(), 1024);
        for id in 1..=2000 {
            let qos = 1 + (id + 1) % 2;
            assert_eq!(
                lines[usize::from(id) - 1],
                format!("PUBLISH t qos={qos} id={id} \"{}\"", id - 1)
            );
            if qos == 1 {
                world.send(sub, say::puback(id));
            } else {
                world.send(sub, say::all(&[say::pubrec(id), say::pubcomp(id)]));
            }
            let new = world.received(sub);
            lines.extend(new.into_iter().filter(|line| !line.starts_with("PUBREL")));
        }
        assert_eq!(lines.len(), 2000);
    });
}

#[test]
fn an_absent_session_that_overflows_ends_as_a_whole() {
    spec::covers!(MQTT_4_8_0_2);
    let mut config = Config::default();
    config.session.waiting_messages_max = 3;
    in_each_world_with(config, |world| {
        let publisher = world.join("pub");
        let (full, other) = (world.join_kept("full"), world.join_kept("other"));
        world.subscribed(full, &[("#", 1)]);
        world.subscribed(other, &[("t", 1)]);
        world.cut(full);
        world.cut(other);
        for payload in ["a", "b", "c"] {
            world.published(publisher, "t", payload, 1);
        }
        // At the limit QoS 0 is nobody's concern, and three messages are not too many.
        world.published(publisher, "t", "lost", 0);
        assert_eq!(world.counters().map(|counters| counters.overflowed).sum::<u64>(), 0);
        world.published(publisher, "u", "d", 1);
        assert_eq!(world.counters().map(|counters| counters.overflowed).sum::<u64>(), 1);
        world.join_kept("full");
        assert_eq!(world.resume("other").1.len(), 3);
        assert_eq!(world.shared().router.subscription_count(), 1);
        assert_eq!(world.closed(publisher), None);
    });
}

#[test]
fn a_connection_whose_session_overflows_is_closed_and_its_will_published() {
    spec::covers!(MQTT_4_8_0_2, MQTT_3_1_2_8);
    let mut config = Config::default();
    config.session.waiting_messages_max = 3;
    config.session.in_flight_max = 1;
    in_each_world_with(config, |world| {
        let (publisher, watcher) = (world.join("pub"), world.join("watcher"));
        world.subscribed(watcher, &[("will", 0)]);
        let sub = world.open();
        let connect = say::connect("sub").kept().will("will", "overflowed", 0);
        assert_eq!(world.exchange(sub, connect.bytes()), ["CONNACK accepted"]);
        world.subscribed(sub, &[("t", 1)]);
        for payload in ["a", "b", "c", "d"] {
            world.published(publisher, "t", payload, 1);
        }
        assert_eq!(world.closed(sub), None);
        world.published(publisher, "t", "e", 1);
        assert_eq!(world.closed_by_broker(sub), Some(Why::Overflow));
        assert_eq!(world.received(sub), ["PUBLISH t qos=1 id=1 \"a\""]);
        assert_eq!(world.received(watcher), ["PUBLISH will \"overflowed\""]);
        world.join_kept("sub");
    });
}

#[test]
fn large_messages_arrive_whole_in_pieces_of_any_size() {
    spec::covers!(MQTT_4_5_0_1);
    in_each_world_with(Config::default(), |world| {
        let publisher = world.join("pub");
        let payload: Vec<u8> = (0..2_000_000_u32).map(|at| (at / 7) as u8).collect();
        let subs: Vec<_> = (0..6).map(|at| world.join(&format!("sub{at}"))).collect();
        for (at, sub) in subs.iter().enumerate() {
            world.subscribed(*sub, &[("t", (at % 3) as u8)]);
            world.take_only(*sub, 0);
        }
        let publish = say::publish("t", &payload);
        for chunk in publish.qos2(1).bytes().chunks(100_001) {
            world.send(publisher, chunk);
        }
        assert_eq!(world.received(publisher), ["PUBREC id=1"]);
        world.published(publisher, "t", "behind", 2);
        for (at, sub) in subs.iter().enumerate() {
            for _ in 0..10 {
                world.take_only(*sub, 123_457);
            }
            world.take_only(*sub, usize::MAX);
            let bytes = world.received_bytes(*sub);
            let expected = match at % 3 {
                0 => publish.bytes(),
                1 => publish.qos1(1).bytes(),
                _ => publish.qos2(1).bytes(),
            };
            assert!(bytes.starts_with(&expected), "sub{at}");
            // At QoS 0 the one behind found the buffer full.
            let behind = &bytes[expected.len()..];
            assert_eq!(behind.is_empty(), at % 3 == 0, "sub{at}");
        }
    });
}

#[test]
fn a_retained_message_at_the_limit_may_be_replaced_and_cleared() {
    spec::covers!(MQTT_4_8_0_2, MQTT_3_3_1_10);
    let mut config = Config::default();
    config.retained.retained_messages_max = 1;
    in_each_world_with(config, |world| {
        let (one, sub) = (world.join("one"), world.join("sub"));
        world.subscribed(sub, &[("u", 0)]);
        world.retained(one, "t", "a", 1);
        world.retained(one, "t", "b", 1);
        for qos in 0..=2 {
            let greedy = world.join("greedy");
            let publish = say::publish("u", "x").retain();
            let bytes = [publish.bytes(), publish.qos1(1).bytes(), publish.qos2(1).bytes()];
            assert_eq!(world.exchange(greedy, &bytes[qos]), NOTHING, "not acknowledged");
            assert_eq!(world.closed_by_broker(greedy), Some(Why::Limit));
        }
        assert_eq!(world.received(sub), NOTHING);
        world.retained(one, "t", "", 1);
        world.retained(one, "u", "x", 1);
        assert_eq!(world.received(sub), ["PUBLISH u \"x\""]);
    });
}

#[test]
fn a_flood_of_qos_0_behind_a_closed_window_does_not_end_the_session() {
    spec::covers!(MQTT_4_5_0_1);
    let mut config = Config::default();
    config.session.waiting_messages_max = 20;
    config.session.in_flight_max = 1;
    in_each_world_with(config, |world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 1)]);
        world.published(publisher, "t", "a", 1);
        world.published(publisher, "t", "b", 1);
        for _ in 0..100 {
            world.published(publisher, "t", "flood", 0);
        }
        for _ in 0..10 {
            world.published(publisher, "t", "c", 1);
        }
        assert_eq!(world.closed(sub), None);
        assert_eq!(world.received(sub), ["PUBLISH t qos=1 id=1 \"a\""]);
        for id in 1..=12 {
            world.send(sub, say::puback(id));
        }
        let lines = world.received(sub);
        assert_eq!(lines.iter().filter(|line| line.contains("qos=1")).count(), 11);
    });
}

#[test]
fn what_waited_is_announced_when_the_network_has_taken_what_was_before_it() {
    spec::covers!(MQTT_4_5_0_1);
    let mut config = Config::default();
    config.session.unsent_bytes_max = 20;
    let mut broker = Broker::new(Worker(0), Shared::new(1, &config), config);
    let begin = say::all(&[say::connect("a").bytes(), say::subscribe(1, &[("t", 1)])]);
    let publish = say::publish("t", "one message").qos1(1).bytes();
    broker.handle(Instant::START, Input::Opened(Link(0)));
    broker.handle(Instant::START, Input::Bytes(Link(0), &say::all(&[begin, publish.repeat(3)])));
    let mut rounds = 0;
    let mut total = 0;
    while let Some(output) = broker.poll() {
        assert!(matches!(output, Output::Transmit(Link(0))), "{output:?}");
        let count = broker.outgoing(Link(0)).map_or(0, |outgoing| outgoing.len());
        total += count;
        rounds += 1;
        broker.handle(Instant::START, Input::Sent(Link(0), count));
    }
    assert!(rounds > 1);
    // CONNACK, SUBACK, three PUBLISHes as they came, three PUBACKs.
    assert_eq!(total, 4 + 5 + 3 * publish.len() + 3 * 4);
}
