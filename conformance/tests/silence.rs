//! §3.1.2.10 Keep Alive, and peers that do not read: how long a connection may be silent, to the
//! microsecond.

use etalon::broker::{Config, Why};
use etalon::spec::Id;
use etalon_conformance::say;
use etalon_conformance::stage::{in_each_world, in_each_world_with, micros, millis, secs};
use etalon_conformance::world::{Peer, World};
use etalon_spec as spec;

/// Asserts that a connection, open now, is closed for silence in exactly this time.
#[track_caller]
fn closes_after(world: &mut World, peer: Peer, wait: std::time::Duration) {
    world.advance(wait - micros(1));
    assert_eq!(world.closed(peer), None, "too early");
    world.advance(micros(1));
    assert_eq!(world.closed_by_broker(peer), Some(Why::KeepAlive), "too late");
    assert_eq!(world.broken_by(peer), [Id::MQTT_3_1_2_23]);
}

#[test]
fn silence_ends_after_one_and_a_half_periods() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        for keep_alive in [1, 2, 3, 7, 60, 65_535] {
            let peer = world.joined(say::connect("a").keep_alive(keep_alive));
            closes_after(world, peer, millis(1_500 * u64::from(keep_alive)));
        }
        assert_eq!(world.closed_for(Why::KeepAlive), 6);
    });
}

#[test]
fn the_period_begins_when_connect_is_accepted() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let peer = world.open();
        world.advance(secs(9));
        world.send(peer, say::connect("a").keep_alive(2).bytes());
        closes_after(world, peer, secs(3));
    });
}

#[test]
fn every_packet_begins_it_anew() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").keep_alive(2));
        let packets = [
            say::pingreq(),
            say::publish("t", "x").bytes(),
            say::publish("t", "x").qos2(1).bytes(),
            say::pubrel(1),
            say::puback(9),
            say::subscribe(2, &[("s", 0)]),
            say::unsubscribe(3, &["s"]),
        ];
        for packet in packets {
            world.advance(secs(3) - micros(1));
            world.send(peer, packet);
            assert_eq!(world.closed(peer), None);
        }
        closes_after(world, peer, secs(3));
    });
}

#[test]
fn a_gap_of_one_and_two_tenths_is_survived() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").keep_alive(10));
        for _ in 0..100 {
            world.advance(secs(12));
            assert!(world.alive(peer));
        }
    });
}

#[test]
fn keep_alive_zero_allows_silence_for_ever() {
    in_each_world(|world| {
        let peer = world.joined(say::connect("a"));
        world.advance(secs(1_000_000_000));
        assert!(world.alive(peer));
        assert_eq!(world.deadline(), None, "no timer runs");
    });
}

#[test]
fn what_the_server_sends_does_not_count() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").keep_alive(2));
        world.subscribed(peer, &[("s", 0)]);
        let publisher = world.joined(say::connect("p"));
        for _ in 0..3 {
            world.advance(millis(900));
            world.send(publisher, say::publish("s", "x").bytes());
        }
        assert_eq!(world.received(peer).len(), 3);
        closes_after(world, peer, millis(300));
    });
}

#[test]
fn a_lone_byte_does_not_count() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").keep_alive(2));
        world.advance(millis(2_900));
        world.send(peer, [0xC0]);
        world.advance(millis(110));
        assert_eq!(world.closed_by_broker(peer), Some(Why::KeepAlive));
    });
}

#[test]
fn bytes_of_a_packet_that_is_never_whole_do_not_count_for_long() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").keep_alive(2));
        let publish = say::publish("t", &"x".repeat(1_000)).bytes();
        let mut sent = 0;
        for byte in &publish {
            world.advance(secs(1));
            world.send(peer, [*byte]);
            if world.closed(peer).is_some() {
                break;
            }
            sent += 1;
        }
        assert!(sent <= 4, "1 KB explains one second more, not {sent}");
        assert_eq!(world.closed_by_broker(peer), Some(Why::KeepAlive));
    });
}

#[test]
fn a_long_transfer_of_steady_progress_is_not_cut() {
    in_each_world(|world| {
        let watcher = world.watcher("t");
        let peer = world.joined(say::connect("a").keep_alive(2));
        let publish = say::publish("t", &"x".repeat(100_000)).bytes();
        // 2 KB/s: fifty seconds without a whole packet.
        for piece in publish.chunks(2_000) {
            world.advance(secs(1));
            world.send(peer, piece);
        }
        assert_eq!(world.received_bytes(watcher), publish);
        closes_after(world, peer, secs(3));
    });
}

#[test]
fn a_long_transfer_that_stops_is_cut_one_period_later() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").keep_alive(2));
        let publish = say::publish("t", &"x".repeat(100_000)).bytes();
        for piece in publish.chunks(2_000).take(10) {
            world.advance(secs(1));
            world.send(peer, piece);
        }
        closes_after(world, peer, secs(2));
    });
}

#[test]
fn a_transfer_that_has_just_begun_keeps_the_usual_time() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").keep_alive(2));
        let publish = say::publish("t", &"x".repeat(100_000)).bytes();
        world.send(peer, &publish[..2_000]);
        closes_after(world, peer, secs(3));
    });
}

#[test]
fn a_packet_ends_the_patience_that_a_large_one_had_earned() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let peer = world.joined(say::connect("a").keep_alive(2));
        let publish = say::publish("t", &"x".repeat(100_000)).bytes();
        world.advance(secs(2));
        world.send(peer, &publish[..50_000]);
        world.advance(secs(1));
        // The end of one packet and the beginning of the next, in one write.
        world.send(peer, [&publish[50_000..], &[0xC0]].concat());
        world.advance(secs(3) - micros(1));
        assert_eq!(world.closed(peer), None, "one and a half periods after the end of the packet");
        world.advance(millis(10));
        assert_eq!(world.closed_by_broker(peer), Some(Why::KeepAlive));
    });
}

#[test]
fn silence_of_one_does_not_touch_others() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world(|world| {
        let ids: Vec<String> = (0..50).map(|at| format!("c{at}")).collect();
        let peers: Vec<Peer> = (0..50u16)
            .map(|at| world.joined(say::connect(&ids[usize::from(at)]).keep_alive(at)))
            .collect();
        world.advance(secs(36));
        for (keep_alive, peer) in peers.iter().enumerate() {
            let silent = (1..=24).contains(&keep_alive);
            assert_eq!(world.closed(*peer).is_some(), silent, "Keep Alive {keep_alive}");
        }
    });
}

#[test]
fn a_half_open_connection_is_found_by_its_silence() {
    spec::covers!(MQTT_3_1_2_24, MQTT_3_1_2_8);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let peer = world.joined(say::connect("a").keep_alive(10).will("w", "lost", 1));
        world.subscribed(peer, &[("s", 0)]);
        // The network is gone, and nobody has said so.
        world.take_only(peer, 0);
        let publisher = world.joined(say::connect("p"));
        world.send(publisher, say::publish("s", "into the void").bytes());
        world.advance(secs(15));
        assert_eq!(world.closed_by_broker(peer), Some(Why::KeepAlive));
        assert_eq!(world.received(watcher), ["PUBLISH w qos=1 id=1 \"lost\""]);
    });
}

#[test]
fn a_half_open_connection_is_taken_over_at_once() {
    spec::covers!(MQTT_3_1_4_2);
    in_each_world(|world| {
        let first = world.joined(say::connect("a"));
        world.take_only(first, 0);
        let second = world.joined(say::connect("a"));
        assert_eq!(world.closed_by_broker(first), Some(Why::TakenOver));
        assert!(world.alive(second));
    });
}

#[test]
fn who_takes_nothing_for_too_long_is_closed() {
    spec::covers!(MQTT_3_1_2_8, MQTT_4_8_0_2);
    in_each_world(|world| {
        let watcher = world.watcher("w");
        let peer = world.joined(say::connect("a").will("w", "stalled", 0));
        world.take_only(peer, 0);
        world.send(peer, say::pingreq());
        world.advance(secs(20));
        world.send(peer, say::pingreq());
        world.advance(secs(10) - micros(1));
        assert_eq!(world.closed(peer), None, "thirty seconds from the first byte not taken");
        world.advance(micros(1));
        assert_eq!(world.closed_by_broker(peer), Some(Why::Stalled));
        assert_eq!(world.closed_for(Why::Stalled), 1);
        assert_eq!(world.received(watcher), ["PUBLISH w \"stalled\""]);
    });
}

#[test]
fn every_byte_that_is_taken_begins_the_stall_timeout_anew() {
    in_each_world(|world| {
        let peer = world.joined(say::connect("a"));
        world.take_only(peer, 0);
        world.send(peer, say::pingreq().repeat(5));
        for _ in 0..9 {
            world.advance(secs(29));
            world.take_only(peer, 1);
            assert_eq!(world.closed(peer), None);
        }
        world.take_only(peer, 1);
        assert_eq!(world.received(peer), ["PINGRESP"; 5]);
        world.advance(secs(100));
        assert_eq!(world.closed(peer), None, "nothing is left to be taken");
    });
}

#[test]
fn the_stall_timeout_is_a_setting() {
    let config = Config { stall_timeout: millis(70), ..Config::default() };
    in_each_world_with(config, |world| {
        let peer = world.joined(say::connect("a"));
        world.take_only(peer, 0);
        world.send(peer, say::pingreq());
        world.advance(millis(70));
        assert_eq!(world.closed_by_broker(peer), Some(Why::Stalled));
    });
}

#[test]
fn who_is_not_read_from_but_takes_is_not_silent() {
    spec::covers!(MQTT_3_1_2_24);
    let mut config = Config::default();
    config.session.unsent_bytes_max = 20;
    in_each_world_with(config, |world| {
        let peer = world.joined(say::connect("a").keep_alive(2));
        world.take_only(peer, 0);
        world.send(peer, say::pingreq().repeat(15));
        world.send(peer, say::pingreq());
        assert_eq!(world.unread(peer), 2, "more is not read before something is taken");
        for _ in 0..9 {
            world.advance(secs(2));
            world.take_only(peer, 1);
            assert_eq!(world.closed(peer), None);
        }
        world.take_only(peer, usize::MAX);
        assert_eq!(world.received(peer), ["PINGRESP"; 16]);
        closes_after(world, peer, secs(3));
    });
}

#[test]
fn who_is_not_read_from_and_takes_nothing_is_silent() {
    spec::covers!(MQTT_3_1_2_24);
    let mut config = Config::default();
    config.session.unsent_bytes_max = 20;
    in_each_world_with(config, |world| {
        let peer = world.joined(say::connect("a").keep_alive(2));
        world.take_only(peer, 0);
        world.send(peer, say::pingreq().repeat(15));
        closes_after(world, peer, secs(3));
    });
}
