//! §4.8.0-2, §4.1: what a finite Server does at its limits, and to receivers that are slow or away.

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
