//! Traces over real sockets: a server of a few lines stands in for a broker.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use etalon_conformance::run::{Happened, Options, run};
use etalon_conformance::tcp::Tcp;
use etalon_conformance::verdict::Verdict;
use etalon_spec::Id;

/// Accepts every CONNECT, answers PINGREQ, closes on anything else and on DISCONNECT. Each packet has to come in
/// one read, as it does when its sender waits for the answer.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || serve(stream.unwrap()));
        }
    });
    address
}

fn serve(mut stream: TcpStream) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        let answer: &[u8] = match &buffer[..count] {
            [0x10, .., 0xE0, 0x00] => return,
            [0x10, ..] => &[0x20, 0x02, 0x00, 0x00],
            [0xC0, 0x00] => &[0xD0, 0x00],
            _ => return,
        };
        stream.write_all(answer).unwrap();
    }
}

const JOINED: &str = "covers MQTT-3.12.4-1\na > CONNECT client=auto clean\na < CONNACK accepted\n";

fn played(body: &str) -> (Verdict, Vec<Happened>) {
    let trace = format!("{JOINED}{body}").parse().unwrap();
    let options = Options { prefix: "tcp".into(), ..Options::default() };
    let run = run(&mut Tcp::new(server()), &trace, &options);
    (run.verdict, run.wire.into_iter().map(|event| event.what).collect())
}

#[test]
fn bytes_and_the_close_are_seen() {
    let (verdict, wire) = played("a > PINGREQ\na < PINGRESP\na > raw F0 00\na < closed silently\n");
    assert_eq!(verdict, Verdict::Pass, "{verdict}");
    assert!(wire.contains(&Happened::Came(vec![0xD0, 0x00])));
    assert!(wire.contains(&Happened::Closed));
}

#[test]
fn peer_comes_back_on_a_new_connection() {
    for end in ["cut", "reset"] {
        let again = format!("a > {end}\na > CONNECT client=auto clean\na < CONNACK accepted\n");
        let (verdict, wire) = played(&again);
        assert_eq!(verdict, Verdict::Pass, "{verdict}");
        let opened = wire.iter().filter(|what| **what == Happened::Opened).count();
        assert_eq!(opened, 2);
    }
}

#[test]
fn wrong_answer_fails() {
    let (verdict, _) =
        played("a > SUBSCRIBE id=1 {t}/x qos=0\na < SUBACK id=1 0  [MQTT-3.8.4-1]\n");
    let Verdict::Fail(failure) = verdict else { panic!("{verdict}") };
    assert_eq!((failure.id, failure.line.0), (Id::MQTT_3_8_4_1, 5));
}

#[test]
fn nobody_there_is_inconclusive() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let trace = "covers MQTT-3.12.4-1\na > open\n".parse().unwrap();
    let verdict = run(&mut Tcp::new(closed), &trace, &Options::default()).verdict;
    assert!(matches!(verdict, Verdict::Inconclusive(_)), "{verdict}");
}
