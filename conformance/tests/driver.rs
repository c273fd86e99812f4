//! What a driver may do in any order, and what peers may do at random: nothing makes the broker
//! panic, and nothing is left behind.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use etalon::broker::{Broker, Config, Input, Output, Reading, Shared, Why};
use etalon::mailbox;
use etalon::outgoing::Link;
use etalon::router::Worker;
use etalon::time::Instant;
use etalon_conformance::stage::{micros, millis, secs};
use etalon_conformance::world::{Peer, World};
use etalon_conformance::{say, show};
use etalon_spec as spec;

fn broker() -> Broker {
    let config = Config::default();
    Broker::new(Worker(0), Shared::new(1, &config), config)
}

fn sent(broker: &mut Broker, now: Instant, link: Link) -> Vec<String> {
    let mut slices = [std::io::IoSlice::new(&[]); 8];
    let Some(outgoing) = broker.outgoing(link) else { return Vec::new() };
    let filled = outgoing.slices(&mut slices);
    let bytes: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect();
    broker.handle(now, Input::Sent(link, bytes.len()));
    show::packets(&bytes)
}

#[test]
fn words_about_an_unknown_connection_are_harmless() {
    let mut broker = broker();
    for link in [Link(0), Link(7)] {
        broker.handle(Instant(1), Input::Bytes(link, &say::connect("a").bytes()));
        broker.handle(Instant(1), Input::Sent(link, 10));
        broker.handle(Instant(1), Input::Closed(link));
        assert_eq!(broker.reading(link), Reading::Never);
        assert!(broker.outgoing(link).is_none());
    }
    broker.handle(Instant(1), Input::Tick);
    broker.handle(Instant(1), Input::Mail);
    assert!(broker.poll().is_none());
    assert_eq!(broker.deadline(), None);
}

#[test]
fn a_number_is_free_again_once_its_connection_is_closed() {
    spec::covers!(MQTT_3_2_0_1);
    let mut broker = broker();
    for round in 0..3 {
        let now = Instant(round);
        broker.handle(now, Input::Opened(Link(2)));
        broker.handle(now, Input::Bytes(Link(2), &say::connect("a").bytes()));
        // Half a packet stays behind, and belongs to nobody.
        broker.handle(now, Input::Bytes(Link(2), &[0xC0]));
        while broker.poll().is_some() {}
        assert_eq!(sent(&mut broker, now, Link(2)), ["CONNACK accepted"]);
        broker.handle(now, Input::Closed(Link(2)));
        broker.handle(now, Input::Closed(Link(2)));
    }
    assert_eq!(broker.deadline(), None);
    assert_eq!(broker.counters().accepted, 3);
}

#[test]
fn a_number_is_free_again_once_its_connection_has_moved() {
    let config = Config::default();
    let shared = Shared::new(2, &config);
    let mut broker = Broker::new(Worker(0), shared.clone(), config);
    let home = |worker| {
        let at_home = |id: &String| shared.home(id) == Worker(worker);
        (0..100).map(|n| format!("c{n}")).find(at_home).unwrap_or_default()
    };
    let (near, far) = (home(0), home(1));
    broker.handle(Instant(1), Input::Opened(Link(0)));
    let far = say::connect(&far).bytes();
    let bytes = [far.clone(), say::pingreq()].concat();
    broker.handle(Instant(1), Input::Bytes(Link(0), &bytes));
    let Some(Output::Move(Link(0), Worker(1), moved)) = broker.poll() else {
        panic!("the connection belongs to worker 1")
    };
    assert_eq!(moved, bytes, "with all that has come");
    assert!(broker.poll().is_none());
    broker.handle(Instant(1), Input::Opened(Link(0)));
    broker.handle(Instant(1), Input::Bytes(Link(0), &say::connect(&near).bytes()));
    while broker.poll().is_some() {}
    assert_eq!(sent(&mut broker, Instant(1), Link(0)), ["CONNACK accepted"]);
}

#[test]
fn who_has_no_name_is_at_home_everywhere() {
    spec::covers!(MQTT_3_1_3_6);
    let config = Config::default();
    let shared = Shared::new(4, &config);
    for worker in 0..4 {
        let mut broker = Broker::new(Worker(worker), shared.clone(), config.clone());
        broker.handle(Instant(1), Input::Opened(Link(0)));
        broker.handle(Instant(1), Input::Bytes(Link(0), &say::connect("").bytes()));
        while let Some(output) = broker.poll() {
            assert!(matches!(output, Output::Transmit(Link(0))), "{output:?}");
        }
        assert_eq!(sent(&mut broker, Instant(1), Link(0)), ["CONNACK accepted"]);
    }
}

#[test]
fn a_worker_that_does_not_read_its_letters_holds_back_whoever_publishes() {
    let config = Config::default();
    let shared = Shared::new(2, &config);
    let mut workers: Vec<Broker> = (0..2)
        .map(|number| Broker::new(Worker(number), Arc::clone(&shared), config.clone()))
        .collect();
    let at_home = |worker: u16| {
        let mut ids = (0..).map(|number| format!("c{number}"));
        ids.find(|id| shared.home(id) == Worker(worker)).unwrap()
    };
    let link = Link(0);
    for (number, worker) in workers.iter_mut().enumerate() {
        worker.handle(Instant::START, Input::Opened(link));
        let connect = say::connect(&at_home(number as u16)).bytes();
        worker.handle(Instant::START, Input::Bytes(link, &connect));
        assert_eq!(sent(worker, Instant::START, link), ["CONNACK accepted"]);
    }
    workers[1].handle(Instant::START, Input::Bytes(link, &say::subscribe(1, &[("t", 0)])));
    assert_eq!(sent(&mut workers[1], Instant::START, link), ["SUBACK id=1 0"]);
    let burst = say::publish("t", "x").bytes().repeat(mailbox::CROWDED_AT - 1);
    workers[0].handle(Instant::START, Input::Bytes(link, &burst));
    assert_eq!(workers[0].reading(link), Reading::Now);
    workers[0].handle(Instant::START, Input::Bytes(link, &say::publish("t", "x").bytes()));
    assert_eq!(workers[0].reading(link), Reading::Soon, "at QoS 0 as well");
    assert_eq!(workers[1].reading(link), Reading::Now, "a subscriber is not held back");
    workers[1].handle(Instant::START, Input::Mail);
    assert_eq!(workers[0].reading(link), Reading::Now);
}

#[test]
fn what_comes_behind_the_end_is_nobodys_breach() {
    spec::covers!(MQTT_4_5_0_1, MQTT_4_8_0_1);
    let mut config = Config::default();
    config.session.in_flight_max = 1;
    config.session.waiting_messages_max = 1;
    let publish = |id| say::publish("s", "x").qos1(id).bytes();
    let overflow = [
        say::connect("a").bytes(),
        say::subscribe(1, &[("s", 1)]),
        publish(2),
        publish(3),
        publish(4),
    ];
    for behind in [say::disconnect(), vec![0xF0], say::connect("a").bytes(), vec![0xC0]] {
        let mut broker = Broker::new(Worker(0), Shared::new(1, &config), config.clone());
        broker.handle(Instant(1), Input::Opened(Link(0)));
        let bytes = [overflow.concat(), behind].concat();
        broker.handle(Instant(1), Input::Bytes(Link(0), &bytes));
        let outputs: Vec<Output> = std::iter::from_fn(|| broker.poll()).collect();
        let closed = |output: &Output| matches!(output, Output::Close(_, Why::Overflow, _));
        let broken = |output: &Output| matches!(output, Output::Broken(..));
        assert_eq!(outputs.iter().filter(|output| closed(output)).count(), 1);
        assert!(!outputs.iter().any(broken), "{outputs:?}");
    }
}

#[test]
fn time_never_runs_backwards() {
    spec::covers!(MQTT_3_1_2_24);
    let mut broker = broker();
    let second = Instant::START + secs(1);
    broker.handle(second, Input::Opened(Link(0)));
    broker.handle(Instant::START, Input::Bytes(Link(0), &say::connect("a").keep_alive(2).bytes()));
    broker.handle(second + secs(3) - micros(1), Input::Tick);
    assert_eq!(broker.reading(Link(0)), Reading::Now);
    broker.handle(second + secs(3), Input::Tick);
    assert_eq!(broker.reading(Link(0)), Reading::Never);
}

#[test]
fn a_closed_connection_wants_nothing_any_more() {
    let mut broker = broker();
    broker.handle(Instant(1), Input::Opened(Link(0)));
    broker.handle(Instant(1), Input::Bytes(Link(0), &[0xF0]));
    let closes = std::iter::from_fn(|| broker.poll())
        .filter(|output| matches!(output, Output::Close(Link(0), Why::Broken, None)))
        .count();
    assert_eq!(closes, 1);
    broker.handle(Instant(1), Input::Bytes(Link(0), &[0xF0]));
    broker.handle(Instant(1) + secs(1_000), Input::Tick);
    broker.handle(Instant(1) + secs(1_000), Input::Stop);
    assert!(broker.poll().is_none());
    assert_eq!(broker.deadline(), None);
}

/// A row of numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }
}

fn something(dice: &mut Dice) -> Vec<u8> {
    let topics = ["s", "s/t", "w", "$x"];
    let topic = topics[dice.roll(4)];
    let filter = ["s", "#", "+/t", "w"][dice.roll(4)];
    let id = dice.roll(4) as u16 + 1;
    let text = "x".repeat(dice.roll(300));
    let mut bytes = match dice.roll(12) {
        0 => say::publish(topic, &text).bytes(),
        1 => say::publish(topic, &text).retain().bytes(),
        2 | 3 => say::publish(topic, &text).qos1(id).bytes(),
        4 => say::publish(topic, &text).qos2(id).bytes(),
        5 => say::pubrel(id),
        6 => say::puback(id),
        7 => say::pubrec(id),
        8 => say::pubcomp(id),
        9 => say::subscribe(id, &[(filter, dice.roll(3) as u8), ("s/#", 1)]),
        10 => say::unsubscribe(id, &[filter]),
        _ => say::pingreq(),
    };
    if dice.roll(15) == 0 {
        let at = dice.roll(bytes.len());
        bytes[at] ^= 1 << dice.roll(8);
    }
    if dice.roll(15) == 0 {
        bytes.truncate(dice.roll(bytes.len()) + 1);
    }
    bytes
}

fn turn(world: &mut World, dice: &mut Dice, peers: &mut Vec<Peer>) {
    let ids = ["a", "b", "c", "d", ""];
    if peers.is_empty() || dice.roll(8) == 0 {
        let mut connect = say::connect(ids[dice.roll(5)]).keep_alive(dice.roll(3) as u16);
        if dice.roll(2) == 0 {
            connect = connect.retained_will("w", ["x", ""][dice.roll(2)], dice.roll(3) as u8);
        }
        let bytes = connect.bytes();
        let peer = world.open();
        world.send(peer, &bytes[..dice.roll(bytes.len() + 1)]);
        if dice.roll(9) > 0 {
            world.send(peer, bytes);
        }
        return peers.push(peer);
    }
    let peer = peers[dice.roll(peers.len())];
    match dice.roll(14) {
        0 => world.cut(peer),
        1 => world.send(peer, say::disconnect()),
        2 => world.advance(millis(dice.roll(2_000) as u64)),
        3 => world.take_only(peer, dice.roll(50)),
        4 => world.take_only(peer, usize::MAX),
        _ => {
            let bytes: Vec<u8> = (0..dice.roll(4)).flat_map(|_| something(dice)).collect();
            if dice.roll(3) == 0 {
                world.send_bytewise(peer, bytes);
            } else {
                world.send(peer, bytes);
            }
        }
    }
}

#[test]
fn whatever_peers_do_nothing_is_left_behind() {
    spec::covers!(MQTT_4_8_0_1, MQTT_4_8_0_2, MQTT_3_1_2_6);
    let mut config = Config::default();
    config.session.in_flight_max = 2;
    config.session.waiting_messages_max = 8;
    config.session.waiting_bytes_max = 1_000;
    config.session.unsent_bytes_max = 400;
    config.assembling_bytes_max = 500;
    config.connections_max = 4;
    config.sessions_max = 4;
    config.subscriptions_max = 2;
    config.retained.retained_messages_max = 2;
    for seed in 1..=150 {
        for workers in [1, 4] {
            let mut dice = Dice(seed * 0x9E37_79B9);
            let mut world = World::with(workers, config.clone());
            let mut peers = Vec::new();
            if seed % 2 == 0 {
                world.be_patient();
            }
            for _ in 0..150 {
                turn(&mut world, &mut dice, &mut peers);
                assert!(world.shared().connections.load(Ordering::Relaxed) <= 4, "seed {seed}");
                assert!(world.shared().sessions.load(Ordering::Relaxed) <= 4, "seed {seed}");
            }
            for peer in peers {
                world.cut(peer);
            }
            assert_eq!(world.shared().connections.load(Ordering::Relaxed), 0, "seed {seed}");
            assert_eq!(world.shared().pressing.load(Ordering::Relaxed), 0, "seed {seed}");
            assert_eq!(world.deadline(), None, "seed {seed}");
            assert_eq!(world.shared().sessions.load(Ordering::Relaxed), 0, "seed {seed}");
            assert_eq!(world.shared().connect_bytes.load(Ordering::Relaxed), 0, "seed {seed}");
        }
    }
}
