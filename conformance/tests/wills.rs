//! §3.1.2.5: the Will, in every way in which a connection can end.

use etalon::broker::{Config, Why};
use etalon_conformance::say;
use etalon_conformance::stage::{in_each_world, in_each_world_with, secs};
use etalon_conformance::world::{Peer, World};
use etalon_spec as spec;

/// Ends the connection of "a", which has Keep Alive 2 and stopped reading where that matters.
type End = fn(&mut World, Peer);

/// Every way to end it that publishes the Will.
const ENDS: [(&str, End); 9] = [
    ("cut", |world, peer| world.cut(peer)),
    ("silence", |world, _| world.advance(secs(3))),
    ("malformed packet", |world, peer| world.send(peer, [0xC0, 0x01, 0x00])),
    ("reserved type", |world, peer| world.send(peer, [0xF0])),
    ("malformed DISCONNECT, flags", |world, peer| world.send(peer, [0xE1, 0x00])),
    ("malformed DISCONNECT, length", |world, peer| world.send(peer, [0xE0, 0x01, 0x00])),
    ("half a DISCONNECT", |world, peer| {
        world.send(peer, [0xE0]);
        world.cut(peer);
    }),
    ("second CONNECT", |world, peer| world.send(peer, say::connect("a").bytes())),
    ("wrong acknowledgement", |world, peer| {
        world.send(peer, say::publish("t", "x").qos2(1).bytes());
        world.send(peer, say::subscribe(1, &[("t", 0)]));
    }),
];

fn with_will(message: &str) -> say::Connecting<'_> {
    say::connect("a").keep_alive(2).will("w", message, 1)
}

#[test]
fn the_will_is_published_once_whatever_ends_the_connection() {
    spec::covers!(MQTT_3_1_2_8, MQTT_3_1_2_10, MQTT_3_1_2_24, MQTT_3_14_1_1);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        for (number, (name, end)) in ENDS.into_iter().enumerate() {
            let peer = world.joined(with_will("gone"));
            end(world, peer);
            assert!(world.closed(peer).is_some(), "{name}");
            let id = number as u16 + 1;
            let got = world.received(watcher);
            assert_eq!(got, [format!("PUBLISH w qos=1 id={id} \"gone\"")], "{name}");
            world.cut(peer);
            world.advance(secs(60));
            assert_eq!(world.received(watcher), [""; 0], "{name}: never twice");
        }
    });
}

#[test]
fn disconnect_drops_the_will() {
    spec::covers!(MQTT_3_14_4_3, MQTT_3_1_2_10, MQTT_3_1_2_8);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let peer = world.joined(with_will("never"));
        world.send(peer, say::disconnect());
        assert_eq!(world.closed_by_broker(peer), Some(Why::Disconnect), "at once");
        assert_eq!(world.received_bytes(peer), [] as [u8; 0] as [u8; 0]);
        world.cut(peer);
        world.advance(secs(60));
        assert_eq!(world.received(watcher), [""; 0]);
    });
}

#[test]
fn what_follows_disconnect_is_ignored_and_the_will_stays_dropped() {
    spec::covers!(MQTT_3_14_4_3);
    in_each_world(|world| {
        let watcher = world.watcher("#");
        let behind: [Vec<u8>; 5] = [
            vec![0xF0],
            vec![0xC0, 0x01, 0x00],
            say::connect("a").bytes(),
            say::publish("t", "late").qos1(1).bytes(),
            say::disconnect(),
        ];
        for bytes in behind {
            let peer = world.joined(with_will("never"));
            world.send(peer, [say::disconnect(), bytes.clone()].concat());
            world.send(peer, &bytes);
            assert_eq!(world.closed_by_broker(peer), Some(Why::Disconnect));
            assert_eq!(world.received_bytes(peer), [] as [u8; 0] as [u8; 0]);
            assert!(world.broken_by(peer).is_empty(), "nothing is read any more");
        }
        assert_eq!(world.received(watcher), [""; 0]);
    });
}

#[test]
fn no_will_flag_no_will() {
    spec::covers!(MQTT_3_1_2_12);
    in_each_world(|world| {
        let watcher = world.watcher("#");
        let peer = world.joined(say::connect("a"));
        world.cut(peer);
        assert_eq!(world.received(watcher), [""; 0]);
    });
}

#[test]
fn a_will_never_passes_to_the_next_connection_of_a_session() {
    spec::covers!(MQTT_3_1_2_10, MQTT_3_1_2_12);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let first = world.joined(with_will("first").kept());
        world.cut(first);
        assert_eq!(world.received(watcher).len(), 1);
        let dropped = joined_again(world, with_will("second").kept());
        world.send(dropped, say::disconnect());
        let bare = joined_again(world, say::connect("a").kept());
        world.cut(bare);
        assert_eq!(world.received(watcher), [""; 0]);
    });
}

fn joined_again(world: &mut World, connect: say::Connecting<'_>) -> Peer {
    let peer = world.open();
    world.send(peer, connect.bytes());
    assert_eq!(world.received(peer), ["CONNACK accepted present"]);
    peer
}

#[test]
fn take_over_publishes_the_will_of_the_predecessor_whatever_the_sessions() {
    spec::covers!(MQTT_3_1_2_8, MQTT_3_1_4_2);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        for (before, after) in [(false, false), (false, true), (true, false), (true, true)] {
            let kept = |connect: say::Connecting<'static>, kept| match kept {
                true => connect.kept(),
                false => connect,
            };
            let first = world.open();
            world.send(first, kept(say::connect("a").will("w", "first", 0), before).bytes());
            let second = world.open();
            world.send(second, kept(say::connect("a").will("w", "second", 0), after).bytes());
            assert_eq!(world.closed_by_broker(first), Some(Why::TakenOver));
            assert_eq!(world.received(watcher), ["PUBLISH w \"first\""], "{before} {after}");
            world.send(second, say::disconnect());
            assert_eq!(world.received(watcher), [""; 0]);
            // Leaves no session for the next turn.
            world.joined(say::connect("a"));
        }
    });
}

#[test]
fn the_will_of_a_predecessor_comes_after_connack_if_it_comes_at_all() {
    spec::covers!(MQTT_3_2_0_1, MQTT_3_1_2_8);
    in_each_world(|world| {
        let first = world.joined(say::connect("a").kept().will("w", "mine", 1));
        world.subscribed(first, &[("w", 1)]);
        let second = world.open();
        world.send(second, say::connect("a").kept().bytes());
        assert_eq!(
            world.received(second),
            ["CONNACK accepted present", "PUBLISH w qos=1 id=1 \"mine\""]
        );
    });
}

#[test]
fn the_will_comes_after_everything_its_client_had_published() {
    spec::covers!(MQTT_3_1_2_8);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let peer = world.joined(with_will("last"));
        let publish = |text, id| say::publish("w", text).qos1(id).bytes();
        world.send(peer, [publish("one", 1), publish("two", 2), vec![0xF0]].concat());
        let messages = ["one", "two", "last"];
        let lines = [1, 2, 3].map(|id| format!("PUBLISH w qos=1 id={id} {:?}", messages[id - 1]));
        assert_eq!(world.received(watcher), lines);
    });
}

#[test]
fn will_qos_and_granted_qos_meet_at_the_lower() {
    spec::covers!(MQTT_3_1_2_9, MQTT_3_8_4_6);
    in_each_world(|world| {
        let subscribers: Vec<Peer> = (0..3)
            .map(|qos| {
                let peer = world.joined(say::connect(["s0", "s1", "s2"][usize::from(qos)]));
                world.subscribed(peer, &[("w", qos)]);
                peer
            })
            .collect();
        for will_qos in 0..3 {
            let peer = world.joined(say::connect("a").will("w", "x", will_qos));
            world.cut(peer);
            for (granted, subscriber) in subscribers.iter().enumerate() {
                let got = world.received(*subscriber);
                let qos = usize::from(will_qos).min(granted);
                assert_eq!(got.len(), 1);
                assert_eq!(got[0].contains("qos="), qos > 0, "{}", got[0]);
                assert!(qos == 0 || got[0].contains(&format!("qos={qos}")), "{}", got[0]);
            }
        }
    });
}

#[test]
fn a_will_with_retain_0_is_not_retained() {
    spec::covers!(MQTT_3_1_2_16);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").will("w", "passing", 0));
        world.send(peer, say::publish("w", "old").retain().bytes());
        let watcher = world.joined(say::connect("watcher"));
        world.send(watcher, say::subscribe(1, &[("w", 0)]));
        assert_eq!(world.received(watcher), ["SUBACK id=1 0", "PUBLISH w retain \"old\""]);
        world.cut(peer);
        assert_eq!(world.received(watcher), ["PUBLISH w \"passing\""]);
        world.send(watcher, say::subscribe(2, &[("w", 0)]));
        assert_eq!(world.received(watcher), ["SUBACK id=2 0", "PUBLISH w retain \"old\""]);
    });
}

#[test]
fn a_will_with_retain_1_is_retained() {
    spec::covers!(MQTT_3_1_2_17);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let peer = world.joined(say::connect("a").retained_will("w", "stays", 2));
        world.cut(peer);
        assert_eq!(world.received(watcher), ["PUBLISH w qos=2 id=1 \"stays\""], "live: RETAIN 0");
        let late = world.joined(say::connect("late"));
        world.send(late, say::subscribe(1, &[("w", 1)]));
        let lines = ["SUBACK id=1 1", "PUBLISH w qos=1 id=1 retain \"stays\""];
        assert_eq!(world.received(late), lines);
    });
}

#[test]
fn an_empty_retained_will_clears_its_topic() {
    spec::covers!(MQTT_3_1_2_17);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let peer = world.joined(say::connect("a").retained_will("w", "", 0));
        world.send(peer, say::publish("w", "old").retain().bytes());
        world.cut(peer);
        assert_eq!(world.received(watcher), ["PUBLISH w \"old\"", "PUBLISH w \"\""]);
        world.send(watcher, say::subscribe(1, &[("w", 0)]));
        assert_eq!(world.received(watcher), ["SUBACK id=1 0"]);
    });
}

#[test]
fn a_retained_will_that_was_dropped_is_not_retained() {
    spec::covers!(MQTT_3_14_4_3, MQTT_3_1_2_17);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").retained_will("w", "never", 0));
        world.send(peer, say::disconnect());
        let late = world.joined(say::connect("late"));
        world.send(late, say::subscribe(1, &[("w", 0)]));
        assert_eq!(world.received(late), ["SUBACK id=1 0"]);
    });
}

#[test]
fn an_absent_client_gets_a_will_later() {
    spec::covers!(MQTT_3_1_2_5, MQTT_3_1_2_8);
    in_each_world(|world| {
        let absent = world.joined(say::connect("absent").kept());
        world.subscribed(absent, &[("w", 1)]);
        world.cut(absent);
        let peer = world.joined(with_will("gone"));
        world.cut(peer);
        let back = world.open();
        world.send(back, say::connect("absent").kept().bytes());
        let lines = ["CONNACK accepted present", "PUBLISH w qos=1 id=1 \"gone\""];
        assert_eq!(world.received(back), lines);
    });
}

#[test]
fn a_will_to_a_reserved_topic_reaches_nobody() {
    in_each_world(|world| {
        let watcher = world.joined(say::connect("watcher"));
        world.send(watcher, say::subscribe(1, &[("$t/#", 2), ("#", 2)]));
        let peer = world.joined(say::connect("a").retained_will("$t/w", "x", 1));
        world.cut(peer);
        world.send(watcher, say::subscribe(2, &[("$t/w", 2)]));
        assert_eq!(world.received(watcher), ["SUBACK id=1 2 2", "SUBACK id=2 2"]);
        assert_eq!(world.counted(|counters| counters.reserved), 1);
    });
}

#[test]
fn wills_that_set_off_wills_come_to_an_end() {
    spec::covers!(MQTT_3_1_2_8);
    let mut config = Config::default();
    config.session.in_flight_max = 1;
    config.session.waiting_messages_max = 1;
    in_each_world_with(config, |world| {
        // Each client gets the Will of the one before; one message more and its session ends.
        let names: Vec<String> = (0..100).map(|at| format!("c{at}")).collect();
        for at in 1..100 {
            let peer = world.joined(say::connect(&names[at]).will(&names[at], "falls", 1));
            world.subscribed(peer, &[(&names[at - 1], 1)]);
        }
        let watcher = world.watcher("c99");
        let publisher = world.joined(say::connect("p"));
        for name in &names[..99] {
            for id in 1..=2 {
                world.send(publisher, say::publish(name, "fill").qos1(id).bytes());
            }
        }
        let first = world.joined(say::connect("c0").will("c0", "falls", 1));
        world.cut(first);
        assert_eq!(world.counted(|counters| counters.overflowed), 99);
        assert_eq!(world.closed_for(Why::Overflow), 99);
        assert_eq!(world.received(watcher), ["PUBLISH c99 qos=1 id=1 \"falls\""]);
    });
}

#[test]
fn an_orderly_stop_publishes_every_will_while_somebody_is_there() {
    spec::covers!(MQTT_3_1_2_8);
    in_each_world(|world| {
        let ids: Vec<String> = (0..20).map(|at| format!("c{at}")).collect();
        let peers: Vec<Peer> = ids
            .iter()
            .map(|id| {
                let peer = world.joined(say::connect(id).will(&format!("w/{id}"), "bye", 1));
                world.subscribed(peer, &[("w/#", 1)]);
                peer
            })
            .collect();
        world.stop();
        for peer in &peers {
            let mut got: Vec<String> = world.received(*peer);
            assert_eq!(got.len(), 20, "each gets the Will of all, and each once");
            got.sort_unstable();
            got.dedup_by_key(|line| line.split(' ').nth(1).map(str::to_string));
            assert_eq!(got.len(), 20);
            assert_eq!(world.closed_by_broker(*peer), Some(Why::Stopped));
        }
        assert_eq!(world.closed_for(Why::Stopped), 20);
        assert_eq!(world.counted(|counters| counters.published), 0);
    });
}

#[test]
fn a_stop_closes_those_who_have_not_connected_yet() {
    in_each_world(|world| {
        let peer = world.open();
        world.stop();
        assert_eq!(world.closed_by_broker(peer), Some(Why::Stopped));
        assert_eq!(world.received_bytes(peer), [] as [u8; 0] as [u8; 0]);
    });
}
