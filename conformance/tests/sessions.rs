//! §3.1.2.4, §3.1.4, §3.2.2.2: take-over, Session Present, and how long a session lives.

use std::sync::atomic::Ordering;

use etalon::broker::{Config, Why};
use etalon::router::RouteCache;
use etalon::topic::TopicName;
use etalon_conformance::say;
use etalon_conformance::stage::{in_each_world, in_each_world_with, secs};
use etalon_conformance::world::{Closed, Peer, World};
use etalon_spec as spec;

const ACCEPTED: &str = "CONNACK accepted";
const PRESENT: &str = "CONNACK accepted present";

fn connected(world: &mut World, connect: say::Connecting<'_>) -> (Peer, String) {
    let peer = world.open();
    world.send(peer, connect.bytes());
    let first = world.received(peer).into_iter().next();
    (peer, first.unwrap_or_default())
}

#[derive(Clone, Copy, Debug)]
enum End {
    Cut,
    Disconnect,
    Broken,
    TakenOver,
}

const ENDS: [End; 4] = [End::Cut, End::Disconnect, End::Broken, End::TakenOver];

fn end(world: &mut World, peer: Peer, how: End) {
    match how {
        End::Cut => world.cut(peer),
        End::Disconnect => world.send(peer, say::disconnect()),
        End::Broken => world.send(peer, [0xC1, 0x00]),
        End::TakenOver => {}
    }
}

#[test]
fn a_kept_session_is_there_after_every_end() {
    spec::covers!(MQTT_3_1_2_4, MQTT_3_2_2_2, MQTT_4_1_0_1);
    in_each_world(|world| {
        for how in ENDS {
            let id = format!("{how:?}");
            let (peer, connack) = connected(world, say::connect(&id).kept());
            assert_eq!(connack, ACCEPTED);
            end(world, peer, how);
            let (peer, connack) = connected(world, say::connect(&id).kept());
            assert_eq!(connack, PRESENT, "{how:?}: an empty session is a session");
            assert!(world.alive(peer));
        }
    });
}

#[test]
fn a_clean_session_is_gone_after_every_end() {
    spec::covers!(MQTT_3_1_2_6, MQTT_3_2_2_3, MQTT_4_1_0_2);
    in_each_world(|world| {
        for how in ENDS {
            let id = format!("{how:?}");
            let peer = world.joined(say::connect(&id));
            world.subscribed(peer, &[("s", 1)]);
            end(world, peer, how);
            let (peer, connack) = connected(world, say::connect(&id).kept());
            assert_eq!(connack, ACCEPTED, "{how:?}");
            let publisher = world.joined(say::connect("p"));
            world.send(publisher, say::publish("s", "x").qos1(1).bytes());
            assert_eq!(world.received(peer), [""; 0], "{how:?}: nothing is inherited");
        }
    });
}

#[test]
fn clean_session_drops_all_that_was_stored() {
    spec::covers!(MQTT_3_1_2_6, MQTT_3_2_2_1, MQTT_3_1_4_3);
    in_each_world(|world| {
        let publisher = world.joined(say::connect("p"));
        let (peer, _) = connected(world, say::connect("a").kept());
        world.subscribed(peer, &[("s", 2)]);
        world.send(publisher, say::publish("s", "unacknowledged").qos1(1).bytes());
        world.send(peer, say::publish("t", "unreleased").qos2(9).bytes());
        world.cut(peer);
        world.send(publisher, say::publish("s", "waiting").qos2(2).bytes());
        let (peer, connack) = connected(world, say::connect("a"));
        assert_eq!(connack, ACCEPTED);
        assert_eq!(world.received(peer), [""; 0]);
        world.send(publisher, say::publish("s", "no subscription").qos1(3).bytes());
        assert_eq!(world.received(peer), [""; 0]);
        // Identifier 9 awaits no PUBREL any more: it is free for a SUBSCRIBE.
        assert_eq!(world.exchange(peer, say::subscribe(9, &[("t", 0)])), ["SUBACK id=9 0"]);
        world.cut(peer);
        assert_eq!(connected(world, say::connect("a").kept()).1, ACCEPTED);
    });
}

#[test]
fn an_ended_session_costs_nothing() {
    spec::covers!(MQTT_3_1_2_6);
    in_each_world(|world| {
        for clean_first in [true, false] {
            let connect = say::connect("a");
            let (peer, _) = connected(world, if clean_first { connect } else { connect.kept() });
            world.subscribed(peer, &[("s", 1)]);
            let (peer, connack) = connected(world, say::connect("a"));
            assert_eq!(connack, ACCEPTED);
            world.send(peer, say::disconnect());
            assert_eq!(world.shared().sessions.load(Ordering::Relaxed), 0);
            assert_eq!(world.shared().connect_bytes.load(Ordering::Relaxed), 0);
            assert_eq!(world.shared().connections.load(Ordering::Relaxed), 0);
            let topic = TopicName::new("s").expect("a valid Topic Name");
            let routes = world.shared().router.route(&mut RouteCache::new(), topic);
            assert!(routes.is_empty(), "no subscription is left behind");
        }
    });
}

#[test]
fn the_end_of_a_session_leaves_retained_messages() {
    spec::covers!(MQTT_3_1_2_7);
    in_each_world(|world| {
        for (number, how) in ENDS.into_iter().enumerate() {
            let topic = format!("r{number}");
            let peer = world.joined(say::connect("a"));
            world.send(peer, say::publish(&topic, "stays").retain().bytes());
            end(world, peer, how);
            let late = world.joined(say::connect("a"));
            world.send(late, say::subscribe(1, &[(&topic, 0)]));
            let line = format!("PUBLISH {topic} retain \"stays\"");
            assert_eq!(world.received(late), ["SUBACK id=1 0", &line], "{how:?}");
        }
    });
}

#[test]
fn the_earlier_connection_of_a_client_is_closed() {
    spec::covers!(MQTT_3_1_4_2);
    in_each_world(|world| {
        let mut before = world.joined(say::connect("a"));
        for _ in 0..10 {
            let now = world.joined(say::connect("a"));
            assert_eq!(world.closed(before), Some(Closed::ByBroker(Why::TakenOver)));
            assert_eq!(
                world.received_bytes(before),
                [] as [u8; 0] as [u8; 0],
                "a Server sends no DISCONNECT"
            );
            assert!(world.alive(now));
            before = now;
        }
        assert_eq!(world.closed_for(Why::TakenOver), 10);
        assert_eq!(world.shared().connections.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn take_over_finds_the_kept_session_with_what_it_owes() {
    spec::covers!(MQTT_3_1_4_2, MQTT_3_1_2_4, MQTT_3_2_2_2, MQTT_3_2_0_1);
    in_each_world(|world| {
        let (first, _) = connected(world, say::connect("a").kept());
        world.subscribed(first, &[("s", 1)]);
        let publisher = world.joined(say::connect("p"));
        world.send(publisher, say::publish("s", "x").qos1(1).bytes());
        assert_eq!(world.received(first), ["PUBLISH s qos=1 id=1 \"x\""]);
        let second = world.open();
        world.send(second, say::connect("a").kept().bytes());
        assert_eq!(world.received(second), [PRESENT, "PUBLISH s qos=1 id=1 dup \"x\""]);
    });
}

#[test]
fn a_connected_clean_session_is_not_inherited() {
    spec::covers!(MQTT_3_1_2_6, MQTT_3_2_2_3);
    in_each_world(|world| {
        let first = world.joined(say::connect("a"));
        world.subscribed(first, &[("s", 1)]);
        let (second, connack) = connected(world, say::connect("a").kept());
        assert_eq!(connack, ACCEPTED);
        let publisher = world.joined(say::connect("p"));
        world.send(publisher, say::publish("s", "x").qos1(1).bytes());
        assert_eq!(world.received(second), [""; 0]);
    });
}

#[test]
fn late_bytes_of_the_earlier_connection_count_for_nothing() {
    spec::covers!(MQTT_3_1_4_2);
    in_each_world(|world| {
        let first = world.joined(say::connect("a"));
        let second = world.joined(say::connect("a"));
        let watcher = world.watcher("#");
        world.send(first, say::publish("t", "late").qos1(1).bytes());
        world.send(first, say::disconnect());
        assert_eq!(world.received(watcher), [""; 0]);
        assert!(world.alive(second));
    });
}

#[test]
fn the_half_of_a_packet_is_not_completed_by_the_next_connection() {
    spec::covers!(MQTT_3_1_4_2);
    in_each_world(|world| {
        let watcher = world.watcher("#");
        let first = world.joined(say::connect("a"));
        let publish = say::publish("t", "whole").bytes();
        world.send(first, &publish[..6]);
        let second = world.joined(say::connect("a"));
        world.send(second, &publish);
        assert_eq!(world.received(watcher), ["PUBLISH t \"whole\""]);
        assert!(world.alive(second));
    });
}

#[test]
fn client_ids_are_compared_byte_for_byte() {
    spec::covers!(MQTT_3_1_3_2, MQTT_1_5_3_3);
    in_each_world(|world| {
        let ids = ["a", "A", "a ", " a", "\u{e4}", "a\u{308}", "\u{feff}a", "aa"];
        let peers: Vec<Peer> = ids.iter().map(|id| world.joined(say::connect(id).kept())).collect();
        for (at, peer) in peers.iter().enumerate() {
            assert!(world.alive(*peer), "nobody has taken over {:?}", ids[at]);
            world.subscribed(*peer, &[(&format!("t{at}"), 1)]);
            world.cut(*peer);
        }
        let publisher = world.joined(say::connect("p"));
        for at in 0..ids.len() {
            let id = at as u16 + 1;
            world.send(publisher, say::publish(&format!("t{at}"), "x").qos1(id).bytes());
        }
        for (at, id) in ids.iter().enumerate() {
            let peer = world.open();
            world.send(peer, say::connect(id).kept().bytes());
            let line = format!("PUBLISH t{at} qos=1 id=1 \"x\"");
            assert_eq!(world.received(peer), [PRESENT, &line], "{id:?}");
        }
    });
}

#[test]
fn a_session_is_found_from_every_worker() {
    spec::covers!(MQTT_3_1_2_4, MQTT_3_1_3_2);
    let mut world = World::new(4);
    world.joined(say::connect("a").kept());
    // Connections are taken by the workers in turn.
    for _ in 0..8 {
        assert_eq!(connected(&mut world, say::connect("a").kept()).1, PRESENT);
    }
    assert_eq!(world.shared().sessions.load(Ordering::Relaxed), 1);
}

#[test]
fn a_session_has_no_end_of_its_own() {
    spec::covers!(MQTT_3_1_2_4, MQTT_4_1_0_1);
    in_each_world(|world| {
        let (peer, _) = connected(world, say::connect("a").kept());
        world.cut(peer);
        world.advance(secs(10 * 365 * 86_400));
        assert_eq!(connected(world, say::connect("a").kept()).1, PRESENT);
        assert_eq!(world.deadline(), Some(world.now() + secs(10)), "the time for CONNECT alone");
    });
}

#[test]
fn a_session_that_its_predecessors_will_overflows_is_not_resumed() {
    spec::covers!(MQTT_3_2_2_3, MQTT_4_5_0_1, MQTT_3_1_2_8);
    let mut config = Config::default();
    config.session.in_flight_max = 1;
    config.session.waiting_messages_max = 1;
    in_each_world_with(config, |world| {
        let (first, _) = connected(world, say::connect("a").kept().will("s", "will", 1));
        world.subscribed(first, &[("s", 1)]);
        let publisher = world.joined(say::connect("p"));
        world.send(publisher, say::publish("s", "on its way").qos1(1).bytes());
        world.send(publisher, say::publish("s", "waits").qos1(2).bytes());
        let (second, connack) = connected(world, say::connect("a").kept());
        assert_eq!(connack, ACCEPTED, "the session had no room for the Will, so it ended");
        assert_eq!(world.exchange(second, say::subscribe(1, &[("s", 1)])), ["SUBACK id=1 1"]);
        world.send(second, say::publish("s", "to oneself").qos2(7).bytes());
        assert_eq!(world.received(second), ["PUBLISH s qos=1 id=1 \"to oneself\"", "PUBREC id=7"]);
        assert_eq!(world.counted(|counters| counters.overflowed), 1);
        assert_eq!(world.shared().sessions.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn many_clients_that_come_and_go_leave_no_trace() {
    spec::covers!(MQTT_3_1_2_6);
    in_each_world(|world| {
        for round in 0..200 {
            let id = format!("c{}", round % 7);
            let connect = say::connect(&id).will("w", "x", 0).keep_alive(1);
            let (peer, _) = connected(world, connect);
            world.send(peer, say::subscribe(1, &[("a/+", 1), ("#", 0)]));
            match round % 3 {
                0 => world.cut(peer),
                1 => world.send(peer, say::disconnect()),
                _ => world.send(peer, [0xF0]),
            }
        }
        assert_eq!(world.shared().sessions.load(Ordering::Relaxed), 0);
        assert_eq!(world.shared().connect_bytes.load(Ordering::Relaxed), 0);
        assert_eq!(world.shared().connections.load(Ordering::Relaxed), 0);
        assert_eq!(world.deadline(), None);
    });
}
