//! §4.2, §4.8, §3.1.2.5, §3.14: the broker's sockets under stress, from plain ones.
//!
//! Clients that send half of what they promised, do not read, vanish or talk nonsense; what counts
//! is that the others notice nothing. No test measures time: a read that takes too long fails.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

mod support;

use std::io::Write;
use std::net::TcpStream;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use etalon::spec;
use support::Broker;
use support::raw::{self, PINGREQ, PINGRESP, Raw};

/// One worker: whoever holds it up holds up everybody.
const ONE_WORKER: &[&str] = &["-p", "0", "--workers", "1"];

#[test]
fn a_thousand_clients_at_once_are_all_served() {
    spec::covers!(MQTT_3_1_4_4, MQTT_3_12_4_1);
    // The usual limit of 1,024 leaves too little room.
    assert!(rlimit::increase_nofile_limit(4096).unwrap() >= 2048);
    let broker = Broker::start();
    let (threads, each) = (8, 125);
    let start = Barrier::new(threads);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (start, address) = (&start, broker.address());
            scope.spawn(move || {
                start.wait();
                let mut clients: Vec<Raw> = (0..each).map(|_| Raw::open(address)).collect();
                for (number, client) in clients.iter_mut().enumerate() {
                    client.send(&raw::connect(&format!("client-{thread}-{number}")));
                }
                clients.iter_mut().for_each(|client| client.expect(raw::ACCEPTED));
                // Nobody leaves before all are there.
                start.wait();
                clients.iter_mut().for_each(|client| client.send(PINGREQ));
                clients.iter_mut().for_each(|client| client.expect(PINGRESP));
            });
        }
    });
}

#[test]
fn clients_that_stop_halfway_hold_nobody_up() {
    spec::covers!(MQTT_3_12_4_1);
    let broker = Broker::with(ONE_WORKER);
    let mut other = Raw::connect(broker.address(), "other");
    let connect = raw::connect("slow");
    let publish = raw::publish("a", &[7; 100_000]);

    let silent = Raw::open(broker.address());
    other.ping();
    let mut half_connect = Raw::open(broker.address());
    half_connect.send(&connect[..connect.len() / 2]);
    other.ping();
    let mut half_publish = Raw::connect(broker.address(), "half");
    half_publish.send(&publish[..publish.len() / 2]);
    other.ping();
    let deaf = Raw::subscribed(broker.address(), "deaf", "a", 0);
    for _ in 0..200 {
        other.send(&publish);
        other.ping();
    }

    // Those that go on are served.
    half_connect.send(&connect[connect.len() / 2..]);
    half_connect.expect(raw::ACCEPTED);
    half_publish.send(&publish[publish.len() / 2..]);
    half_publish.ping();
    drop((silent, deaf));
}

#[test]
fn packets_that_come_byte_by_byte_hold_nobody_up() {
    spec::covers!(MQTT_3_12_4_1);
    let broker = Broker::with(ONE_WORKER);
    let mut other = Raw::connect(broker.address(), "other");
    let mut slow = Raw::open(broker.address());
    let bytes = [&raw::connect("slow")[..], &raw::subscribe("a", 1), PINGREQ].concat();
    for byte in bytes {
        slow.send(&[byte]);
        other.ping();
    }
    slow.expect(raw::ACCEPTED);
    slow.expect(&[0x90, 3, 0, 1, 1]);
    slow.expect(PINGRESP);
}

#[test]
fn a_flood_holds_nobody_up() {
    spec::covers!(MQTT_3_12_4_1);
    let broker = Broker::with(ONE_WORKER);
    let mut other = Raw::connect(broker.address(), "other");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (done, address) = (&done, broker.address());
            scope.spawn(move || {
                let mut client = Raw::connect(address, &format!("flood-{number}"));
                // Small packets, so that the broker is slower than the network.
                let packets = raw::publish("to/nobody", b"x").repeat(4000);
                while !done.load(Ordering::Relaxed) {
                    client.send(&packets);
                }
            });
        }
        let pinged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            (0..50).for_each(|_| other.ping());
        }));
        done.store(true, Ordering::Relaxed);
        pinged.unwrap();
    });
}

#[test]
fn a_subscriber_that_does_not_read_loses_messages_for_itself_alone() {
    spec::covers!(MQTT_4_3_1_1);
    let flags = ["--set", "limits.unsent_bytes=262144", "--set", "timeouts.stall=3600"];
    let broker = Broker::with(&[ONE_WORKER, &flags].concat());
    let mut deaf = Raw::subscribed(broker.address(), "deaf", "news", 0);
    let mut reader = Raw::subscribed(broker.address(), "reader", "news", 0);
    let mut publisher = Raw::connect(broker.address(), "publisher");
    let payload = |number: u32| [&number.to_be_bytes()[..], &[0x5A; 65_532]].concat();
    let (messages, before) = (2000, broker.resident_kib());
    for number in 0..messages {
        publisher.send(&raw::publish("news", &payload(number)));
        reader.expect(&raw::publish("news", &payload(number)));
    }
    // 125 MiB went through; what waits for one connection has a limit.
    let grown = broker.resident_kib().saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more");

    // What it does get is whole and in order.
    deaf.send(PINGREQ);
    let mut last = None;
    loop {
        let packet = deaf.receive();
        if packet == PINGRESP {
            break;
        }
        let number = u32::from_be_bytes(packet[10..14].try_into().unwrap());
        assert_eq!(packet, raw::publish("news", &payload(number)));
        assert!(last < Some(number), "{number} after {last:?}");
        last = Some(number);
    }
    assert!(last.is_some());
    publisher.send(&raw::publish("news", b"after"));
    deaf.expect(&raw::publish("news", b"after"));
}

#[test]
fn a_half_closed_connection_is_answered_and_lost() {
    spec::covers!(MQTT_3_1_2_8);
    let broker = Broker::start();
    let mut watcher = Raw::subscribed(broker.address(), "watcher", "wills/#", 0);
    let mut peer = Raw::open(broker.address());
    peer.send(&raw::connect_with_will("peer", "wills/peer", "gone"));
    peer.send(&raw::subscribe("a", 1));
    peer.send(PINGREQ);
    peer.shut_down_sending();
    let answers = [raw::ACCEPTED, &[0x90, 3, 0, 1, 1], PINGRESP].concat();
    assert_eq!(peer.rest(), answers);
    watcher.expect(&raw::publish("wills/peer", b"gone"));
}

#[test]
fn a_reset_connection_is_lost() {
    spec::covers!(MQTT_3_1_2_8);
    let broker = Broker::start();
    let mut watcher = Raw::subscribed(broker.address(), "watcher", "wills/#", 0);
    let mut peer = Raw::open(broker.address());
    peer.send(&raw::connect_with_will("peer", "wills/peer", "gone"));
    // To close a socket with bytes unread is to reset it.
    assert_eq!(peer.0.peek(&mut [0]).unwrap(), 1);
    drop(peer);
    watcher.expect(&raw::publish("wills/peer", b"gone"));
}

#[test]
fn connections_closed_at_once_leave_nothing_behind() {
    let broker = Broker::with(&["-p", "0", "--set", "limits.sockets=32"]);
    for _ in 0..500 {
        drop(TcpStream::connect(broker.address()).unwrap());
    }
    // Descriptors that were not given back would be missing here.
    let mut clients = Vec::new();
    while clients.len() < 31 {
        let mut client = Raw::open(broker.address());
        let connect = raw::connect(&format!("client-{}", clients.len()));
        // Until the broker has seen the last of them go, it may close new ones.
        if client.0.write_all(&connect).is_ok() && client.0.peek(&mut [0]).unwrap_or(0) == 1 {
            client.expect(raw::ACCEPTED);
            clients.push(client);
        }
    }
    clients.iter_mut().for_each(Raw::ping);
}

#[test]
fn sockets_beyond_the_limit_are_closed_and_those_within_served() {
    let broker = Broker::with(&["-p", "0", "--set", "limits.sockets=2"]);
    let mut first = Raw::connect(broker.address(), "first");
    let mut second = Raw::connect(broker.address(), "second");
    assert_eq!(Raw::open(broker.address()).rest(), b"");
    first.ping();
    second.ping();
}

#[test]
fn nothing_counts_after_disconnect() {
    spec::covers!(MQTT_3_14_4_2, MQTT_3_14_4_3);
    let broker = Broker::start();
    let mut watcher = Raw::subscribed(broker.address(), "watcher", "#", 0);
    let mut peer = Raw::open(broker.address());
    let connect = raw::connect_with_will("peer", "wills/peer", "gone");
    let late = raw::publish("late", b"x");
    peer.send(&[&connect[..], &raw::publish("early", b"x"), raw::DISCONNECT, &late].concat());
    assert_eq!(peer.rest(), raw::ACCEPTED);
    watcher.expect(&raw::publish("early", b"x"));
    watcher.send(&raw::publish("end", b"x"));
    watcher.expect(&raw::publish("end", b"x"));
}

#[test]
fn other_protocols_are_closed_and_reported() {
    spec::covers!(MQTT_4_8_0_1);
    let broker = Broker::start();
    let hello = [0x16, 3, 1, 0, 0xC8, 1, 0, 0, 0xC4, 3, 3, 0x5A, 0x5A];
    let zeros = [0; 64];
    let garbage: [&[u8]; 4] = [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &hello, &zeros, &[0xFF; 64]];
    for bytes in garbage {
        let mut peer = Raw::open(broker.address());
        let _ = peer.0.write_all(bytes);
        assert_eq!(peer.rest(), b"");
        let line = broker.reports(" broke ");
        assert!(line.contains("[MQTT-"), "{line}");
    }
}

#[test]
fn every_first_byte_with_a_broken_length_is_closed_and_reported() {
    spec::covers!(MQTT_4_8_0_1, MQTT_2_2_2_2);
    let broker = Broker::start();
    for first in 0..=255 {
        let mut peer = Raw::open(broker.address());
        let _ = peer.0.write_all(&[first, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(peer.rest(), b"", "{first:02x}");
        assert!(broker.reports(" broke ").contains("[MQTT-"), "{first:02x}");
    }
}

#[test]
fn pipelined_packets_survive_the_way_to_another_worker() {
    spec::covers!(MQTT_4_6_0_2, MQTT_3_8_4_1);
    let broker = Broker::with(&["-p", "0", "--workers", "4"]);
    for number in 0..64_usize {
        let (name, topic) = (format!("client-{number}"), format!("t/{number}"));
        let mut bytes = [raw::connect(&name), raw::subscribe(&topic, 1)].concat();
        for id in 1..=3 {
            bytes.extend(raw::publish_at(1, 10 + id, &topic, &[id as u8; 5000]));
        }
        bytes.extend_from_slice(PINGREQ);
        // Cut anywhere: within CONNECT, and within what follows it.
        let mut client = Raw::open(broker.address());
        let cut = 1 + number * 97 % (bytes.len() - 1);
        client.send(&bytes[..cut]);
        client.send(&bytes[cut..]);

        client.expect(raw::ACCEPTED);
        client.expect(&[0x90, 3, 0, 1, 1]);
        let (mut acknowledged, mut delivered) = (Vec::new(), Vec::new());
        loop {
            match client.receive()[..] {
                [0x40, 2, 0, id] => acknowledged.push(id),
                [0xD0, 0] => break,
                ref packet => {
                    assert_eq!(packet[0], 0x32);
                    delivered.push(packet[packet.len() - 1]);
                }
            }
        }
        assert_eq!(acknowledged, [11, 12, 13]);
        assert_eq!(delivered, [1, 2, 3]);
    }
}

#[test]
fn a_message_finds_subscribers_at_every_worker() {
    spec::covers!(MQTT_3_3_5_1, MQTT_4_6_0_6);
    let broker = Broker::with(&["-p", "0", "--workers", "4"]);
    let subscribe = |number| Raw::subscribed(broker.address(), &format!("s-{number}"), "all/#", 0);
    let mut subscribers: Vec<Raw> = (0..32).map(subscribe).collect();
    let mut publishers: Vec<Raw> =
        (0..8).map(|number| Raw::connect(broker.address(), &format!("p-{number}"))).collect();
    for round in 0..20_u8 {
        for (number, publisher) in publishers.iter_mut().enumerate() {
            publisher.send(&raw::publish("all/x", &[number as u8, round]));
        }
    }
    for subscriber in &mut subscribers {
        let mut next = [0; 8];
        for _ in 0..8 * 20 {
            let packet = subscriber.receive();
            let &[.., from, round] = &packet[..] else { panic!("{packet:02x?}") };
            // Each publisher's messages in its order.
            assert_eq!(next[usize::from(from)], round);
            next[usize::from(from)] += 1;
        }
        assert_eq!(next, [20; 8]);
    }
}

#[test]
fn a_hundred_take_overs_leave_the_last_one() {
    spec::covers!(MQTT_3_1_4_2);
    let broker = Broker::with(&["-p", "0", "--workers", "4"]);
    let mut present = Raw::connect(broker.address(), "twin");
    for _ in 0..100 {
        let next = Raw::connect(broker.address(), "twin");
        assert_eq!(present.rest(), b"");
        present = next;
    }
    present.ping();
}

#[test]
fn a_peer_that_asks_without_reading_is_read_no_more_and_loses_nothing() {
    spec::covers!(MQTT_3_12_4_1);
    let flags = ["--set", "limits.unsent_bytes=65536", "--set", "timeouts.stall=3600"];
    let broker = Broker::with(&[ONE_WORKER, &flags].concat());
    let mut other = Raw::connect(broker.address(), "other");
    let mut greedy = Raw::connect(broker.address(), "greedy");
    let before = broker.resident_kib();
    greedy.0.set_nonblocking(true).unwrap();
    let (mut sent, mut refused) = (0, 0);
    // Nothing taken in so many turns of the broker: it takes nothing any more.
    while refused < 50 {
        match greedy.0.write(&PINGREQ.repeat(8192)[sent % 2..]) {
            Ok(count) => (sent, refused) = (sent + count, 0),
            Err(_) => refused += 1,
        }
        assert!(sent < 1 << 30, "it takes everything");
        other.ping();
    }
    let grown = broker.resident_kib().saturating_sub(before);
    assert!(grown < 4 * 1024, "{grown} KiB more");
    greedy.0.set_nonblocking(false).unwrap();
    greedy.expect(&PINGRESP.repeat(sent / 2));
    greedy.send(&PINGREQ[sent % 2..]);
    greedy.expect(PINGRESP);
}

#[test]
fn a_fast_publisher_waits_for_a_slow_subscriber() {
    spec::covers!(MQTT_4_3_2_1, MQTT_4_6_0_6);
    // One read may bring thousands of messages, so it takes some room to hold a publisher back; a
    // mailbox between two workers would hold thousands more.
    let limits = ["--set", "limits.in_flight=10", "--set", "limits.waiting_messages=16000"];
    let hold = ["--set", "timeouts.hold=3600"];
    let broker = Broker::with(&[ONE_WORKER, &limits, &hold].concat());
    let mut subscriber = Raw::subscribed(broker.address(), "slow", "news", 1);
    let messages = 60_000_u16;
    let address = broker.address();
    let publisher = std::thread::spawn(move || {
        let mut publisher = Raw::connect(address, "fast");
        for id in 1..=messages {
            publisher.send(&raw::publish_at(1, id, "news", &id.to_be_bytes()));
        }
        for id in 1..=messages {
            let [high, low] = id.to_be_bytes();
            publisher.expect(&[0x40, 2, high, low]);
        }
    });
    for number in 1..=messages {
        let packet = subscriber.receive();
        let [.., id_high, id_low, high, low] = packet[..] else { panic!("{packet:02x?}") };
        assert_eq!(u16::from_be_bytes([high, low]), number);
        subscriber.send(&[0x40, 2, id_high, id_low]);
    }
    publisher.join().unwrap();
    subscriber.ping();
}
