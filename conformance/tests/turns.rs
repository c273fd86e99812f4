//! What is asked for in a moment and takes long: done in turns, in order, with others in between.

use etalon::spec;
use etalon_conformance::say;
use etalon_conformance::stage::{in_each_world, millis};
use etalon_conformance::world::{Peer, World};

const RETAINED: usize = 2_000;

fn with_much_retained(world: &mut World) {
    let keeper = world.joined(say::connect("keeper"));
    for number in 0..RETAINED {
        world.send(keeper, say::publish(&format!("r/{number}"), "x").retain().bytes());
    }
}

/// SUBSCRIBE for one topic, and then for so many filters, each of which has to be compared with all
/// that is retained and none of which matches any of it.
fn costly(packet_id: u16, count: usize) -> Vec<u8> {
    let filters: Vec<String> = (0..count).map(|number| format!("+/+/{number}")).collect();
    let mut requests = vec![("r/7", 1)];
    requests.extend(filters.iter().map(|filter| (&**filter, 0)));
    say::subscribe(packet_id, &requests)
}

/// Lets turns pass until nothing waits for one; returns how many.
fn turns(world: &mut World) -> usize {
    let soon = |world: &World| world.deadline().is_some_and(|at| at <= world.now() + millis(1));
    let mut count = 0;
    while soon(world) {
        world.advance(millis(1));
        count += 1;
    }
    count
}

fn subscriber(world: &mut World) -> Peer {
    world.joined(say::connect("sub").kept())
}

#[test]
fn a_costly_subscribe_keeps_nobody_waiting() {
    spec::covers!(MQTT_3_8_4_1, MQTT_3_8_4_4, MQTT_3_8_4_5);
    in_each_world(|world| {
        with_much_retained(world);
        let subscriber = subscriber(world);
        let other = world.joined(say::connect("other"));
        world.send(subscriber, [costly(1, 200), say::pingreq()].concat());
        let first = world.received(subscriber);
        assert_eq!(first, ["PUBLISH r/7 retain \"x\""], "nothing is promised before it is done");
        assert!(world.alive(other), "others have their turn");
        assert!(turns(world) > 3);
        let suback = format!("SUBACK id=1 1{}", " 0".repeat(200));
        assert_eq!(world.received(subscriber), [&suback, "PINGRESP"]);
        let published = say::publish("new/level/5", "live").bytes();
        world.send(other, published);
        assert_eq!(world.received(subscriber), ["PUBLISH new/level/5 \"live\""]);
    });
}

#[test]
fn what_comes_behind_a_costly_subscribe_comes_in_its_order() {
    spec::covers!(MQTT_4_6_0_2, MQTT_3_14_4_3);
    in_each_world(|world| {
        with_much_retained(world);
        let watcher = world.joined(say::connect("watcher"));
        world.subscribed(watcher, &[("after/#", 2)]);
        let subscriber = world.joined(say::connect("sub").will("after/will", "will", 0));
        let publish = |id, text| say::publish("after/it", text).qos1(id).bytes();
        world.send(subscriber, [costly(1, 100), publish(5, "1")].concat());
        world.send(subscriber, [publish(6, "2"), say::disconnect()].concat());
        assert_eq!(world.received(watcher), [""; 0]);
        turns(world);
        let lines = ["PUBLISH after/it qos=1 id=1 \"1\"", "PUBLISH after/it qos=1 id=2 \"2\""];
        assert_eq!(world.received(watcher), lines, "and no Will");
        assert!(world.closed(subscriber).is_some());
        assert_eq!(world.breaches().len(), 0);
    });
}

#[test]
fn who_goes_before_it_is_done_leaves_nothing_behind() {
    spec::covers!(MQTT_3_1_2_6, MQTT_4_1_0_2);
    in_each_world(|world| {
        with_much_retained(world);
        let subscriber = world.joined(say::connect("sub"));
        world.send(subscriber, [costly(1, 200), say::publish("r/x", "lost").bytes()].concat());
        world.cut(subscriber);
        assert_eq!(world.shared().router.subscription_count(), 0);
        // The number of the connection serves another one.
        let next = world.joined(say::connect("next"));
        assert!(turns(world) <= 1, "there was somebody to be looked for");
        assert!(world.alive(next));
        assert_eq!(world.shared().router.subscription_count(), 0);
        assert_eq!(world.counted(|counters| counters.published), RETAINED as u64);
    });
}

#[test]
fn messages_for_very_many_go_out_in_turns_and_all_arrive_in_order() {
    spec::covers!(MQTT_4_6_0_6);
    in_each_world(|world| {
        let subscribers: Vec<Peer> = (0..1_000)
            .map(|number| {
                let peer = world.joined(say::connect(&format!("s{number}")));
                world.subscribed(peer, &[("all", 0)]);
                peer
            })
            .collect();
        let publisher = world.joined(say::connect("pub"));
        let texts: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let flood = texts.iter().flat_map(|text| say::publish("all", text).bytes());
        world.send(publisher, flood.collect::<Vec<u8>>());
        let first = world.received(subscribers[0]);
        assert!((1..100).contains(&first.len()), "{} in the first turn", first.len());
        assert!(turns(world) > 0);
        let all: Vec<String> = texts.iter().map(|text| format!("PUBLISH all \"{text}\"")).collect();
        assert_eq!([first, world.received(subscribers[0])].concat(), all);
        for peer in &subscribers[1..] {
            assert_eq!(world.received(*peer), all);
        }
    });
}
