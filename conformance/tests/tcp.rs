//! Traces over real sockets: servers of a few lines stand in for brokers, and for what is none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use etalon_conformance::report::Status;
use etalon_conformance::run::{Happened, Options, Repeated, Run, run, run_with_repeats};
use etalon_conformance::tcp::Tcp;
use etalon_conformance::trace::Trace;
use etalon_conformance::verdict::{Cause, Verdict};
use etalon_spec::Id;

/// Serves every connection with this; the number says the how-manyth it is.
fn serving(serve: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || serve(number, stream.unwrap()));
        }
    });
    address
}

/// Accepts every CONNECT, answers PINGREQ, closes on anything else and on DISCONNECT.
fn broker() -> SocketAddr {
    serving(|_, stream| answers(stream, &|mut stream, bytes| stream.write_all(bytes).is_ok()))
}

/// The same, and this writes.
fn answers(mut stream: TcpStream, write: &dyn Fn(&TcpStream, &[u8]) -> bool) {
    loop {
        let goes_on = match packet(&mut stream).as_deref() {
            Some([0x10, ..]) => write(&stream, &[0x20, 0x02, 0x00, 0x00]),
            Some([0xC0, 0x00]) => write(&stream, &[0xD0, 0x00]),
            Some([0x31, ..]) => true,
            Some(_) | None => false,
        };
        if !goes_on {
            return;
        }
    }
}

/// The next packet of fewer than 128 bytes.
fn packet(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut packet = vec![0; 2];
    stream.read_exact(&mut packet).ok()?;
    packet.resize(2 + usize::from(packet[1]), 0);
    stream.read_exact(&mut packet[2..]).ok()?;
    Some(packet)
}

const JOINED: &str = "covers MQTT-3.12.4-1\na > CONNECT client=auto clean\na < CONNACK accepted\n";

fn trace(body: &str) -> Trace {
    format!("{JOINED}{body}").parse().unwrap()
}

fn options() -> Options {
    Options { prefix: "tcp".into(), ..Options::default() }
}

fn played(address: SocketAddr, body: &str) -> Run {
    run(&mut Tcp::new(address), &trace(body), &options())
}

#[track_caller]
fn fails(run: &Run, cause: Cause) -> Id {
    let Verdict::Fail(failure) = &run.verdict else { panic!("{run}") };
    assert_eq!(failure.cause, cause, "{run}");
    failure.id
}

#[test]
fn bytes_and_the_close_are_seen() {
    let run = played(broker(), "a > PINGREQ\na < PINGRESP\na > raw F0 00\na < closed silently\n");
    assert_eq!(run.verdict, Verdict::Pass, "{run}");
    let wire: Vec<Happened> = run.wire.into_iter().map(|event| event.what).collect();
    assert!(wire.contains(&Happened::Came(vec![0xD0, 0x00])));
    assert!(wire.contains(&Happened::Closed));
}

#[test]
fn peer_comes_back_on_a_new_connection() {
    for end in ["cut", "reset"] {
        let again = format!("a > {end}\na > CONNECT client=auto clean\na < CONNACK accepted\n");
        let run = played(broker(), &again);
        assert_eq!(run.verdict, Verdict::Pass, "{run}");
        let opened = run.wire.iter().filter(|event| event.what == Happened::Opened).count();
        assert_eq!(opened, 2);
    }
}

#[test]
fn an_unexpected_close_fails_under_the_line_s_statement() {
    let run =
        played(broker(), "a > SUBSCRIBE id=1 {t}/x qos=0\na < SUBACK id=1 0  [MQTT-3.8.4-1]\n");
    assert_eq!(fails(&run, Cause::Closed), Id::MQTT_3_8_4_1);
}

#[test]
fn nobody_there_is_inconclusive() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let run = played(closed, "");
    assert!(matches!(run.verdict, Verdict::Inconclusive(_)), "{run}");
    assert_eq!(run.status(), Status::Inconclusive);
}

#[test]
fn what_is_not_mqtt_fails_by_its_first_byte() {
    let address = serving(|_, mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read(&mut [0; 512]);
    });
    let run = played(address, "");
    assert_eq!(fails(&run, Cause::Wrong), Id::MQTT_2_2_2_2, "{run}");
    assert!(run.to_string().contains("PUBACK"), "{run}");
}

#[test]
fn a_peer_that_always_closes_at_once_fails_after_three_runs() {
    let address = serving(|_, stream| drop(stream));
    let Repeated { run, runs } = run_with_repeats(|| Tcp::new(address), &trace(""), &options());
    fails(&run, Cause::Closed);
    assert_eq!((runs.all, runs.failed), (3, 3));
}

#[test]
fn a_peer_that_closes_at_once_one_time_is_unstable() {
    let address = serving(|number, stream| {
        if number > 0 {
            answers(stream, &|mut stream, bytes| stream.write_all(bytes).is_ok());
        }
    });
    let Repeated { run, runs } = run_with_repeats(|| Tcp::new(address), &trace(""), &options());
    assert!(matches!(run.verdict, Verdict::Unstable(_)), "{run}");
    assert_eq!((run.status(), run.broken()), (Status::Unstable, Vec::new()));
    assert_eq!((runs.all, runs.failed), (3, 1));
}

#[test]
fn a_breach_does_not_make_the_close_behind_it_count() {
    let address = serving(|number, stream| {
        answers(stream, &|mut stream, bytes| match number {
            0 => stream.write_all(b"\x20\x02\0\0\x31\x06\0\x03x/yz").is_err(),
            _ => stream.write_all(bytes).is_ok(),
        });
    });
    let pinged = trace("a > PINGREQ\na < PINGRESP\n");
    let Repeated { run, runs } = run_with_repeats(|| Tcp::new(address), &pinged, &options());
    assert_eq!((run.status(), run.broken()), (Status::Fail, vec![Id::MQTT_3_3_2_3]), "{run}");
    assert!(matches!(run.verdict, Verdict::Inconclusive(_)), "{run}");
    assert_eq!((runs.all, runs.failed), (3, 1));
}

#[test]
fn a_breach_that_is_seen_needs_no_second_run() {
    let address = serving(|_, stream| {
        answers(stream, &|mut stream, _| stream.write_all(b"\x20\x02\0\0\xD0\0").is_ok());
    });
    let silent = trace("a < nothing  [MQTT-3.12.4-1]\n");
    let Repeated { run, runs } = run_with_repeats(|| Tcp::new(address), &silent, &options());
    assert_eq!(fails(&run, Cause::Wrong), Id::MQTT_3_12_4_1);
    assert!(run.breaches.is_empty(), "only the trace sees it: {run}");
    assert_eq!((runs.all, runs.failed), (1, 1));
}

#[test]
fn a_peer_that_never_answers_owes_its_connack() {
    let address = serving(|_, mut stream| while let Ok(1..) = stream.read(&mut [0; 512]) {});
    let run = played(address, "");
    assert_eq!(fails(&run, Cause::Missing), Id::MQTT_3_1_4_4);
}

#[test]
fn a_peer_that_answers_byte_by_byte_passes() {
    let address = serving(|_, stream| {
        stream.set_nodelay(true).unwrap();
        answers(stream, &|mut stream, bytes| {
            bytes.iter().all(|byte| stream.write_all(&[*byte]).is_ok())
        });
    });
    let run = played(address, "a > PINGREQ ; PINGREQ\na < PINGRESP\na < PINGRESP\n");
    assert_eq!(run.status(), Status::Pass, "{run}");
}

#[test]
fn a_peer_that_ends_its_side_only_has_closed() {
    let address = serving(|_, mut stream| {
        packet(&mut stream);
        let _ = stream.write_all(&[0x20, 0x02, 0x00, 0x00]);
        let _ = stream.shutdown(Shutdown::Write);
        while let Ok(1..) = stream.read(&mut [0; 512]) {}
    });
    assert_eq!(played(address, "a < closed\n").verdict, Verdict::Pass);
}

/// Sends this for ever, after a CONNACK.
fn flood(bytes: &'static [u8]) -> SocketAddr {
    serving(move |_, mut stream| {
        packet(&mut stream);
        let _ = stream.write_all(&[0x20, 0x02, 0x00, 0x00]);
        let many = bytes.repeat(1000);
        while stream.write_all(&many).is_ok() {}
    })
}

#[test]
fn a_flood_ends_the_run_before_it_fills_the_memory() {
    let run = played(flood(b"\x30\x09\x00\x07tcp/abc"), "a > PINGREQ\na < PINGRESP\n");
    let Verdict::Inconclusive(stop) = &run.verdict else { panic!("{run}") };
    assert!(stop.why.contains("8 MiB"), "{run}");
    assert!(run.to_string().len() < 10_000, "a report for people");
}

#[test]
fn a_flood_is_judged_as_well() {
    let run = played(flood(b"\x62\x02\x00\x05"), "a > PINGREQ\na < PINGRESP\n");
    assert_eq!((run.status(), run.broken()), (Status::Fail, vec![Id::MQTT_4_3_3_1]));
}

#[test]
fn a_packet_without_end_ends_the_run() {
    // A PUBLISH of the largest size, and no end of payload.
    let address = serving(|_, mut stream| {
        packet(&mut stream);
        let _ = stream.write_all(&[0x20, 0x02, 0, 0, 0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, b'x']);
        while stream.write_all(&[b'y'; 16_384]).is_ok() {}
    });
    let run = played(address, "a > PINGREQ\na < PINGRESP\n");
    assert!(matches!(run.verdict, Verdict::Inconclusive(_)), "{run}");
}

/// Longer than anything here takes.
const LONG: std::time::Duration = std::time::Duration::from_secs(30);

/// A broker that says what it was sent, connection by connection.
fn recording() -> (SocketAddr, Receiver<Vec<Vec<u8>>>) {
    let (to, from): (Sender<Vec<Vec<u8>>>, _) = channel();
    let to = Mutex::new(to);
    let address = serving(move |_, mut stream| {
        let mut all = Vec::new();
        while let Some(packet) = packet(&mut stream) {
            let answer: &[u8] = match packet[0] {
                0x10 => &[0x20, 0x02, 0x00, 0x00],
                0xC0 => &[0xD0, 0x00],
                _ => &[],
            };
            all.push(packet);
            let _ = stream.write_all(answer);
        }
        to.lock().unwrap().send(all).unwrap();
    });
    (address, from)
}

#[test]
fn a_run_that_fails_clears_up_as_well() {
    let (address, seen) = recording();
    let body = "b > CONNECT client={t}b\nb < CONNACK accepted\n\
                b > PUBLISH {t}/kept retain \"x\"\nb > PINGREQ\nb < PINGRESP\nb < PINGRESP\n";
    let run = run(&mut Tcp::new(address), &trace(body), &options());
    fails(&run, Cause::Missing);
    // Two of the trace, one for the session of b, one for what is retained.
    let connections: Vec<Vec<Vec<u8>>> =
        (0..4).map(|_| seen.recv_timeout(LONG).expect("four connections")).collect();
    let clean_connect = |packets: &&Vec<Vec<u8>>, id: &[u8]| {
        packets[0].ends_with(id) && packets[0][9] == 2 && packets.last().unwrap()[0] == 0xE0
    };
    assert!(connections.iter().any(|packets| clean_connect(&packets, b"\0\x04tcpb")));
    let sweep = connections.iter().find(|packets| clean_connect(packets, b"tcpsweep")).unwrap();
    assert_eq!(sweep[1], b"\x31\x0A\0\x08tcp/kept");
}

/// Sends this PUBLISH after every SUBACK, as if it had been retained before the run.
fn holding(publish: &'static [u8]) -> SocketAddr {
    serving(move |_, mut stream| {
        while let Some(packet) = packet(&mut stream) {
            let answer: &[u8] = match packet[0] {
                0x10 => &[0x20, 0x02, 0x00, 0x00],
                0x82 => &[0x90, 0x03, 0x00, 0x01, 0x00],
                0xC0 => &[0xD0, 0x00],
                _ => &[],
            };
            let _ = stream.write_all(answer);
            if packet[0] == 0x82 {
                let _ = stream.write_all(publish);
            }
        }
    })
}

#[test]
fn what_others_have_left_on_the_broker_is_nothing_to_us() {
    let body = "a > SUBSCRIBE id=1 \"#\" qos=0\na < SUBACK id=1 0\na > PINGREQ\na < PINGRESP\na < nothing\n";
    let run = played(holding(b"\x31\x07\0\x03abcno"), body);
    assert_eq!(run.status(), Status::Pass, "{run}");
    let run = played(holding(b"\x31\x07\0\x03tcpno"), body);
    assert_eq!(run.status(), Status::Fail, "{run}");
}
