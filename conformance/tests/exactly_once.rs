//! §4.3, §4.4: both QoS flows in both directions, with the connection cut at every point.
//!
//! A Client that keeps the rules, and nothing else, plays one flow against the broker. Every
//! schedule of a few cuts is tried; a cut takes away what has come and has not been looked at, or
//! what the Client was about to send.

use etalon_conformance::say;
use etalon_conformance::world::{Peer, World};
use etalon_spec as spec;

/// What happens at one step of a Client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Luck {
    Good,
    /// The connection ends before the packet is sent.
    CutBefore,
    /// It ends after the broker has the packet and before the Client looks at the answer.
    CutAfter,
}

const LUCK: [Luck; 3] = [Luck::Good, Luck::CutBefore, Luck::CutAfter];
const STEPS: usize = 6;

/// Every schedule for the first steps; whatever comes later is lucky.
fn each_schedule(mut play: impl FnMut(&[Luck])) {
    for number in 0..3_usize.pow(STEPS as u32) {
        let digit = |at: usize| LUCK[number / 3_usize.pow(at as u32) % 3];
        let schedule: Vec<_> = (0..STEPS).map(digit).collect();
        play(&schedule);
    }
}

/// One Client under one schedule. Every connection after the first resumes the session.
struct Unlucky<'a> {
    client_id: &'a str,
    schedule: std::slice::Iter<'a, Luck>,
    peer: Peer,
}

impl<'a> Unlucky<'a> {
    fn new(world: &mut World, client_id: &'a str, schedule: &'a [Luck]) -> Unlucky<'a> {
        Unlucky { client_id, schedule: schedule.iter(), peer: world.join_kept(client_id) }
    }

    /// Sends a packet. None: the connection has been cut.
    fn send(&mut self, world: &mut World, bytes: &[u8]) -> Option<Vec<String>> {
        match self.schedule.next().copied().unwrap_or(Luck::Good) {
            Luck::Good => return Some(world.exchange(self.peer, bytes)),
            Luck::CutBefore => {}
            Luck::CutAfter => world.send(self.peer, bytes),
        }
        world.cut(self.peer);
        None
    }

    fn resume(&mut self, world: &mut World) -> Vec<String> {
        let lines;
        (self.peer, lines) = world.resume(self.client_id);
        lines
    }
}

/// Sends one message as far as its PUBCOMP or PUBACK, however often it takes.
fn publish(world: &mut World, schedule: &[Luck], qos: u8) {
    let mut client = Unlucky::new(world, "pub", schedule);
    let mut dup = false;
    let mut received = false;
    loop {
        let publish = match qos {
            1 => say::publish("t", "x").qos1(7),
            _ => say::publish("t", "x").qos2(7),
        };
        let publish = if dup { publish.dup() } else { publish };
        let bytes = if received { say::pubrel(7) } else { publish.bytes() };
        match client.send(world, &bytes) {
            None => {
                assert_eq!(client.resume(world), [""; 0]);
                dup = true;
            }
            Some(lines) if received => return assert_eq!(lines, ["PUBCOMP id=7"]),
            Some(lines) if qos == 1 => return assert_eq!(lines, ["PUBACK id=7"]),
            Some(lines) => {
                assert_eq!(lines, ["PUBREC id=7"]);
                received = true;
            }
        }
    }
}

#[test]
fn a_published_qos_2_message_arrives_once_wherever_the_connection_is_cut() {
    spec::covers!(MQTT_4_3_3_2, MQTT_4_4_0_1, MQTT_4_1_0_1);
    each_schedule(|schedule| {
        for workers in [1, 4] {
            let mut world = World::new(workers);
            let sub = world.join("sub");
            world.subscribed(sub, &[("t", 0)]);
            publish(&mut world, schedule, 2);
            assert_eq!(world.received(sub), ["PUBLISH t \"x\""], "{schedule:?}");
        }
    });
}

#[test]
fn a_published_qos_1_message_arrives_once_or_more_wherever_the_connection_is_cut() {
    spec::covers!(MQTT_4_3_2_2, MQTT_4_4_0_1);
    each_schedule(|schedule| {
        for workers in [1, 4] {
            let mut world = World::new(workers);
            let sub = world.join("sub");
            world.subscribed(sub, &[("t", 0)]);
            publish(&mut world, schedule, 1);
            // As often as the broker got it: the Client cannot know, and the broker need not.
            let end = schedule.iter().position(|luck| *luck == Luck::Good).unwrap_or(STEPS);
            let seen = schedule[..end].iter().filter(|luck| **luck == Luck::CutAfter).count();
            let expected = vec!["PUBLISH t \"x\""; seen + 1];
            assert_eq!(world.received(sub), expected, "{schedule:?}");
        }
    });
}

/// Receives everything, under a schedule for its acknowledgements, and returns what it passed on.
fn receive(world: &mut World, schedule: &[Luck], messages: &[(&str, u8)]) -> Vec<String> {
    let publisher = world.join("pub");
    let mut client = Unlucky::new(world, "sub", schedule);
    world.subscribed(client.peer, &[("#", 2)]);
    for (payload, qos) in messages {
        world.published(publisher, "t", payload, *qos);
    }
    let mut todo: Vec<String> = world.received(client.peer);
    let mut passed_on = Vec::new();
    let mut awaiting_release: Vec<u16> = Vec::new();
    let mut cuts = 0;
    while !todo.is_empty() {
        let line = todo.remove(0);
        let word = |name: &str| line.split(' ').find_map(|word| word.strip_prefix(name));
        let id: u16 = word("id=").and_then(|id| id.parse().ok()).expect("an identifier");
        let payload = line.rsplit(' ').next().unwrap_or_default().to_owned();
        let dup = line.split(' ').any(|word| word == "dup");
        let answer = match (line.starts_with("PUBREL"), word("qos=")) {
            (true, _) => {
                awaiting_release.retain(|open| *open != id);
                say::pubcomp(id)
            }
            (false, Some("2")) => {
                if awaiting_release.contains(&id) {
                    assert!(dup, "{line}");
                } else {
                    awaiting_release.push(id);
                    passed_on.push(payload);
                }
                say::pubrec(id)
            }
            (false, _) => {
                passed_on.push(payload);
                say::puback(id)
            }
        };
        assert!(!dup || cuts > 0, "nothing is repeated without a reason: {line}");
        match client.send(world, &answer) {
            Some(lines) => todo.extend(lines),
            None => {
                cuts += 1;
                todo = client.resume(world);
            }
        }
    }
    world.cut(client.peer);
    assert_eq!(client.resume(world), [""; 0], "all is over");
    passed_on
}

#[test]
fn a_delivered_qos_2_message_arrives_once_wherever_the_connection_is_cut() {
    spec::covers!(MQTT_4_3_3_1, MQTT_4_4_0_1, MQTT_3_3_1_1, MQTT_2_3_1_3);
    each_schedule(|schedule| {
        for workers in [1, 4] {
            let passed_on = receive(&mut World::new(workers), schedule, &[("a", 2), ("b", 2)]);
            assert_eq!(passed_on, ["\"a\"", "\"b\""], "{schedule:?}");
        }
    });
}

#[test]
fn a_delivered_qos_1_message_arrives_once_or_more_and_in_order() {
    spec::covers!(MQTT_4_3_2_1, MQTT_4_4_0_1, MQTT_3_3_1_1, MQTT_4_6_0_1, MQTT_4_6_0_6);
    each_schedule(|schedule| {
        for workers in [1, 4] {
            let messages = [("a", 1), ("b", 1), ("c", 1)];
            let mut passed_on = receive(&mut World::new(workers), schedule, &messages);
            let cuts = schedule.iter().filter(|luck| **luck != Luck::Good).count();
            assert!(passed_on.len() <= 3 + 3 * cuts, "{schedule:?}");
            let mut first = Vec::new();
            passed_on.retain(|payload| {
                let new = !first.contains(payload);
                if new {
                    first.push(payload.clone());
                }
                new
            });
            assert_eq!(passed_on, ["\"a\"", "\"b\"", "\"c\""], "{schedule:?}");
        }
    });
}

#[test]
fn both_qos_mixed_survive_every_cut() {
    spec::covers!(MQTT_4_4_0_1, MQTT_4_6_0_1, MQTT_4_6_0_4);
    each_schedule(|schedule| {
        for workers in [1, 4] {
            let messages = [("a", 2), ("b", 1), ("c", 2)];
            let passed_on = receive(&mut World::new(workers), schedule, &messages);
            for (payload, qos) in messages {
                let payload = format!("{payload:?}");
                let times = passed_on.iter().filter(|other| **other == payload).count();
                assert!(times == 1 || qos == 1 && times > 1, "{payload} {schedule:?}");
            }
        }
    });
}
