//! §4.6: what comes in which order, with many publishers on many workers and receivers that stall.

use std::collections::BTreeMap;

use etalon::broker::Config;
use etalon_conformance::say;
use etalon_conformance::stage::in_each_world;
use etalon_conformance::world::{Peer, World};
use etalon_spec as spec;

/// Who, on which topic, at which QoS.
type Stream = (String, String, String);

/// The numbers of each stream in the order of their first arrival. The payload is `publisher
/// number`.
fn streams(lines: &[String]) -> BTreeMap<Stream, Vec<u32>> {
    let mut streams: BTreeMap<Stream, Vec<u32>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.starts_with("PUBLISH")) {
        let topic = line.split(' ').nth(1).expect("a topic").to_owned();
        let qos = line.split(' ').find(|word| word.starts_with("qos=")).unwrap_or("qos=0");
        let (_, payload) = line.trim_end_matches('"').split_once('"').expect("a payload");
        let (who, number) = payload.split_once(' ').expect("two words");
        let stream = streams.entry((who.to_owned(), topic, qos.to_owned())).or_default();
        let number = number.parse().expect("a number");
        if !stream.contains(&number) {
            stream.push(number);
        }
    }
    streams
}

fn assert_ascending(lines: &[String], each: usize) {
    let streams = streams(lines);
    assert!(!streams.is_empty());
    for (stream, numbers) in streams {
        let expected: Vec<u32> = (0..each as u32).collect();
        assert_eq!(numbers, expected, "{stream:?}");
    }
}

/// Every publisher sends numbers on every topic at every QoS, as pipelined writes of mixed size.
fn publish_round(world: &mut World, publishers: &[(String, Peer)], number: u32) {
    for (name, peer) in publishers {
        let payload = format!("{name} {number}");
        let mut all = Vec::new();
        for topic in ["t/a", "t/b", "u"] {
            let publish = say::publish(topic, &payload);
            let id = 1 + (number as u16) * 2;
            all.push(publish.bytes());
            all.push(publish.qos1(id).bytes());
            all.push(publish.qos2(id + 1).bytes());
            all.push(say::pubrel(id + 1));
        }
        world.send(*peer, say::all(&all));
        world.received_bytes(*peer);
    }
}

fn publishers(world: &mut World) -> Vec<(String, Peer)> {
    let named = |at| format!("pub{at}");
    (0..6).map(|at| (named(at), world.join(&named(at)))).collect()
}

/// Acknowledges everything in `lines`.
fn answers(lines: &[String]) -> Vec<u8> {
    let mut all = Vec::new();
    for line in lines {
        let word = |name: &str| line.split(' ').find_map(|word| word.strip_prefix(name));
        let Some(id) = word("id=").and_then(|id| id.parse().ok()) else { continue };
        let bytes = match (line.starts_with("PUBREL"), word("qos=")) {
            (true, _) => say::pubcomp(id),
            (false, Some("2")) => say::pubrec(id),
            (false, _) => say::puback(id),
        };
        all.extend(bytes);
    }
    all
}

#[test]
fn every_stream_arrives_in_the_order_of_its_publisher() {
    spec::covers!(MQTT_4_6_0_6, MQTT_4_6_0_5);
    in_each_world(|world| {
        let subs: Vec<_> = (0..5).map(|at| world.join(&format!("sub{at}"))).collect();
        for sub in &subs {
            world.subscribed(*sub, &[("#", 2), ("t/+", 1), ("t/a", 0)]);
        }
        let publishers = publishers(world);
        for number in 0..15 {
            publish_round(world, &publishers, number);
        }
        for sub in &subs {
            let lines = world.received(*sub);
            assert_eq!(lines.len(), 6 * 15 * 9);
            assert_ascending(&lines, 15);
        }
    });
}

#[test]
fn a_receiver_that_stalls_and_reads_in_pieces_gets_them_in_order() {
    spec::covers!(MQTT_4_6_0_6);
    let mut config = Config::default();
    config.session.in_flight_max = 3;
    for workers in [1, 4] {
        let mut world = World::with(workers, config.clone());
        let sub = world.join("sub");
        world.subscribed(sub, &[("#", 2)]);
        let publishers = publishers(&mut world);
        let mut lines = Vec::new();
        for number in 0..20 {
            if number % 5 == 0 {
                world.take_only(sub, 0);
            }
            publish_round(&mut world, &publishers, number);
            if number % 5 == 3 {
                world.take_only(sub, usize::MAX);
                let new = world.received(sub);
                world.send(sub, answers(&new));
                lines.extend(new);
            }
        }
        world.take_only(sub, usize::MAX);
        loop {
            let new = world.received(sub);
            if new.is_empty() {
                break;
            }
            world.send(sub, answers(&new));
            lines.extend(new);
        }
        assert_ascending(&lines, 20);
    }
}

#[test]
fn a_receiver_that_comes_and_goes_gets_them_in_order() {
    spec::covers!(MQTT_4_6_0_6, MQTT_4_6_0_1, MQTT_4_5_0_1, MQTT_3_1_2_5);
    let mut config = Config::default();
    config.session.in_flight_max = 4;
    for workers in [1, 4] {
        let mut world = World::with(workers, config.clone());
        let mut sub = world.join_kept("sub");
        world.subscribed(sub, &[("#", 2)]);
        let publishers = publishers(&mut world);
        let mut lines = Vec::new();
        for number in 0..20 {
            publish_round(&mut world, &publishers, number);
            match number % 4 {
                // Seen and half acknowledged.
                0 => {
                    let new = world.received(sub);
                    world.send(sub, answers(&new[..new.len() / 2]));
                    lines.extend(new);
                }
                1 => world.cut(sub),
                2 => {
                    let new;
                    (sub, new) = world.resume("sub");
                    lines.extend(new);
                }
                _ => {
                    let new = world.received(sub);
                    world.send(sub, answers(&new));
                    lines.extend(new);
                }
            }
        }
        world.cut(sub);
        let (sub, mut new) = world.resume("sub");
        while !new.is_empty() {
            world.send(sub, answers(&new));
            lines.append(&mut new);
            new = world.received(sub);
        }
        lines.retain(|line| line.contains("qos="));
        assert_ascending(&lines, 20);
    }
}

#[test]
fn one_queue_keeps_the_order_across_qos() {
    spec::covers!(MQTT_4_6_0_6);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("#", 2)]);
        let mut expected = Vec::new();
        for at in 0..30 {
            world.published(publisher, "t", &at.to_string(), at % 3);
            expected.push(format!("\"{at}\""));
        }
        let payload = |line: String| line.rsplit(' ').next().unwrap().to_owned();
        let payloads: Vec<_> = world.received(sub).into_iter().map(payload).collect();
        assert_eq!(payloads, expected);
    });
}

#[test]
fn qos_2_messages_keep_their_order_whatever_the_order_of_pubrel() {
    spec::covers!(MQTT_4_6_0_6);
    in_each_world(|world| {
        let (publisher, sub) = (world.join("pub"), world.join("sub"));
        world.subscribed(sub, &[("t", 0)]);
        let all: Vec<_> = (1..=5)
            .map(|id| say::publish("t", &format!("pub {}", id - 1)).qos2(id).bytes())
            .collect();
        world.send(publisher, say::all(&all));
        for id in [4, 2, 5, 1, 3] {
            world.send(publisher, say::pubrel(id));
        }
        assert_ascending(&world.received(sub), 5);
    });
}

#[test]
fn a_will_comes_behind_all_that_its_client_published() {
    spec::covers!(MQTT_4_6_0_6, MQTT_3_1_2_8);
    in_each_world(|world| {
        let sub = world.join("sub");
        world.subscribed(sub, &[("t", 1)]);
        for at in 0..8 {
            let doomed = world.open();
            let client_id = format!("doomed{at}");
            let begin = say::connect(&client_id).will("t", "pub 3", 1).bytes();
            let publish = |number: u8| say::publish("t", &format!("pub {number}")).qos1(1).bytes();
            // All in one write, and a breach at its end.
            let all = say::all(&[begin, publish(0), publish(1), publish(2), vec![0xF0, 0]]);
            world.send(doomed, all);
            assert_ascending(&world.received(sub), 4);
            let ids: Vec<_> = (1..=4).map(|id| say::puback(at * 4 + id)).collect();
            world.send(sub, say::all(&ids));
        }
    });
}

#[test]
fn the_last_retained_value_is_the_last_that_a_subscriber_sees() {
    spec::covers!(MQTT_3_3_1_6, MQTT_4_6_0_6);
    in_each_world(|world| {
        let subs: Vec<_> = (0..4).map(|at| world.join(&format!("sub{at}"))).collect();
        let publishers = publishers(world);
        for number in 0..40 {
            let (_, publisher) = &publishers[number % 6];
            world.retained(*publisher, "t", &format!("pub {number}"), (number % 3) as u8);
            let sub = subs[number % 4];
            let filter = ["t", "+", "#", "t/#"][number / 4 % 4];
            let lines = world.exchange(sub, say::subscribe(1, &[(filter, 0)]));
            let newest = format!("\"pub {number}\"");
            assert!(lines.last().unwrap().ends_with(&newest), "{lines:?}");
        }
        let (_, publisher) = &publishers[0];
        world.retained(*publisher, "t", "last", 1);
        for sub in subs {
            assert_eq!(world.received(sub).last().unwrap(), "PUBLISH t \"last\"");
        }
    });
}
