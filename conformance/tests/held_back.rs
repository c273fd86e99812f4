//! §4.5 under load: publishers at QoS 1 and 2 wait a moment for a subscriber that falls behind, and
//! not for ever.

use std::sync::atomic::Ordering;

use etalon::broker::{Config, Why};
use etalon_conformance::say;
use etalon_conformance::stage::{in_each_world_with, micros, millis, secs};
use etalon_conformance::world::{Peer, World};
use etalon_spec as spec;

/// A window of one, and a queue of forty: behind from ten on, caught up at five.
fn config() -> Config {
    let mut config = Config::default();
    config.session.in_flight_max = 1;
    config.session.waiting_messages_max = 40;
    config
}

fn publish(id: u16) -> Vec<u8> {
    say::publish("s", "x").qos1(id).bytes()
}

fn pressing(world: &World) -> usize {
    world.shared().pressing.load(Ordering::Relaxed)
}

/// A subscriber that is behind, and the publisher that is held back for it.
fn behind(world: &mut World) -> (Peer, Peer) {
    world.be_patient();
    let subscriber = world.joined(say::connect("sub").kept());
    world.subscribed(subscriber, &[("s", 1)]);
    let publisher = world.joined(say::connect("pub").keep_alive(2));
    for id in 1..=10 {
        world.send(publisher, publish(id));
    }
    assert_eq!((pressing(world), world.unread(publisher)), (0, 0), "one on its way, nine wait");
    world.send(publisher, publish(11));
    assert_eq!(pressing(world), 1);
    world.received_bytes(publisher);
    (subscriber, publisher)
}

#[test]
fn publishers_wait_until_the_subscriber_has_caught_up() {
    spec::covers!(MQTT_4_5_0_1);
    in_each_world_with(config(), |world| {
        let (subscriber, publisher) = behind(world);
        world.send(publisher, publish(12));
        assert_eq!(world.received_bytes(publisher), [] as [u8; 0], "not read, so not acknowledged");
        for id in 1..=4 {
            world.send(subscriber, say::puback(id));
            assert_eq!(world.received_bytes(publisher), [] as [u8; 0] as [u8; 0]);
        }
        world.send(subscriber, say::puback(5));
        assert_eq!(pressing(world), 0);
        assert_eq!(world.received(publisher), ["PUBACK id=12"]);
    });
}

#[test]
fn publishers_do_not_wait_longer_than_the_hold_timeout() {
    spec::covers!(MQTT_4_5_0_1);
    in_each_world_with(config(), |world| {
        let (subscriber, publisher) = behind(world);
        world.send(publisher, publish(12));
        world.advance(secs(5) - micros(1));
        assert_eq!(world.received_bytes(publisher), [] as [u8; 0] as [u8; 0]);
        world.advance(micros(1));
        assert_eq!(world.received(publisher), ["PUBACK id=12"]);
        // Nobody waits for it again before it has caught up.
        world.send(publisher, publish(13));
        assert_eq!(world.received(publisher), ["PUBACK id=13"]);
        assert_eq!(pressing(world), 0);
        for id in 1..=13 {
            world.send(subscriber, say::puback(id));
        }
        for id in 14..=24 {
            world.send(publisher, publish(id));
        }
        assert_eq!(pressing(world), 1, "it had caught up, and is behind again");
    });
}

#[test]
fn the_hold_timeout_is_a_setting() {
    let config = Config { hold_timeout: millis(40), ..config() };
    in_each_world_with(config, |world| {
        let (_, publisher) = behind(world);
        world.send(publisher, publish(12));
        world.advance(millis(40));
        assert_eq!(world.received(publisher), ["PUBACK id=12"]);
    });
}

#[test]
fn who_is_held_back_is_not_silent() {
    spec::covers!(MQTT_3_1_2_24);
    in_each_world_with(config(), |world| {
        let (_, publisher) = behind(world);
        world.send(publisher, say::pingreq());
        world.advance(secs(4));
        assert_eq!(world.closed(publisher), None, "Keep Alive is 2, and nobody reads");
        world.advance(secs(1));
        assert_eq!(world.received(publisher), ["PINGRESP"]);
        world.advance(secs(3));
        assert_eq!(world.closed_by_broker(publisher), Some(Why::KeepAlive));
    });
}

#[test]
fn a_publisher_that_is_behind_itself_is_read_from() {
    spec::covers!(MQTT_4_5_0_1);
    in_each_world_with(config(), |world| {
        world.be_patient();
        let peer = world.joined(say::connect("both"));
        world.subscribed(peer, &[("s", 1)]);
        for id in 1..=11 {
            world.send(peer, publish(id));
        }
        assert_eq!(pressing(world), 1);
        world.received_bytes(peer);
        for id in 1..=11 {
            world.send(peer, say::puback(id));
        }
        assert_eq!(world.unread(peer), 0);
        assert_eq!(world.received(peer).len(), 10, "its acknowledgements are what all wait for");
        assert_eq!(pressing(world), 0);
    });
}

#[test]
fn large_messages_count_by_their_bytes() {
    spec::covers!(MQTT_4_5_0_1);
    let mut config = config();
    config.session.waiting_messages_max = 1_000;
    config.session.waiting_bytes_max = 40_000;
    in_each_world_with(config, |world| {
        let subscriber = world.joined(say::connect("sub").kept());
        world.subscribed(subscriber, &[("s", 1)]);
        let publisher = world.joined(say::connect("pub"));
        for id in 1..=3 {
            world.send(publisher, say::publish("s", &"x".repeat(5_000)).qos1(id).bytes());
        }
        assert_eq!(pressing(world), 1, "two wait, a quarter of what may wait");
        world.send(subscriber, say::puback(1));
        assert_eq!(pressing(world), 1, "one waits, more than an eighth");
        world.send(subscriber, say::puback(2));
        assert_eq!(pressing(world), 0);
    });
}

#[test]
fn nobody_waits_for_a_subscriber_that_is_gone() {
    in_each_world_with(config(), |world| {
        for kept in [true, false] {
            let connect = say::connect("sub");
            let subscriber = world.joined(if kept { connect.kept() } else { connect });
            world.subscribed(subscriber, &[("s", 1)]);
            let publisher = world.joined(say::connect("pub"));
            for id in 1..=11 {
                world.send(publisher, publish(id));
            }
            assert_eq!(pressing(world), 1);
            world.cut(subscriber);
            assert_eq!(pressing(world), 0);
            // Nor for one that was not there to begin with.
            world.send(publisher, publish(12));
            assert_eq!(pressing(world), 0);
            joined_clean(world);
        }
    });
}

fn joined_clean(world: &mut World) {
    let peer = world.joined(say::connect("sub"));
    world.send(peer, say::disconnect());
}

#[test]
fn a_session_that_overflows_holds_nobody_back() {
    in_each_world_with(config(), |world| {
        let subscriber = world.joined(say::connect("sub").kept());
        world.subscribed(subscriber, &[("s", 1)]);
        let publisher = world.joined(say::connect("pub"));
        for id in 1..=42 {
            world.send(publisher, publish(id));
        }
        assert_eq!(world.closed_by_broker(subscriber), Some(Why::Overflow));
        assert_eq!(pressing(world), 0);
        assert!(world.deadline().is_none_or(|at| at > world.now() + secs(5)), "no hold ends");
    });
}

#[test]
fn who_publishes_at_qos_0_alone_is_not_held_back() {
    in_each_world_with(config(), |world| {
        let (_, _) = behind(world);
        let sensor = world.joined(say::connect("sensor"));
        let watcher = world.watcher("t");
        world.send(sensor, say::publish("t", "x").bytes());
        assert_eq!(world.received(watcher), ["PUBLISH t \"x\""]);
    });
}
