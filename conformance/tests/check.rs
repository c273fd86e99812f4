//! The engine of `etalon check` against brokers that refuse what they may refuse, and against some
//! that only seem to.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32};

use etalon::packet::{Decoded, Limits, Packet, decode};
use etalon_conformance::check::address::Address;
use etalon_conformance::check::declared::Declared;
use etalon_conformance::check::expect::Expectations;
use etalon_conformance::check::{Broker, Checked, Place, Settings, Wires, check};
use etalon_conformance::report::Status;
use etalon_conformance::suite::Case;

/// What a scripted server does beyond CONNACK, SUBACK, acknowledgements and PINGRESP.
#[derive(Clone, Copy)]
struct Manners {
    /// The return code for a filter with a wildcard; none closes the connection.
    wildcard: Option<u8>,
    /// The highest QoS that is granted.
    qos_max: u8,
    /// The answer to a CONNECT without Client Identifier.
    nameless: u8,
    /// The answer to protocol level 5.
    five: &'static [u8],
    /// The User Name that it asks for.
    user: Option<&'static str>,
}

const PLAIN: Manners =
    Manners { wildcard: Some(0), qos_max: 2, nameless: 0, five: &[0x20, 2, 0, 1], user: None };

/// A server on a port of its own, as long as the test runs.
fn server(manners: Manners) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream, manners));
        }
    });
    Address::loopback(port)
}

fn serve(mut stream: TcpStream, manners: Manners) {
    let (mut came, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        came.extend_from_slice(&buffer[..count]);
        loop {
            if came.starts_with(&[0x10]) && came.get(8) == Some(&5) {
                let _ = stream.write_all(manners.five);
                return;
            }
            let Ok(decoded) = decode(&came, Limits::SERVER) else { return };
            let Decoded::Packet { packet, used, .. } = decoded else { break };
            let Some(answer) = answer(&packet, manners) else { return };
            if stream.write_all(&answer).is_err() {
                return;
            }
            came.drain(..used);
        }
    }
}

fn answer(packet: &Packet<'_>, manners: Manners) -> Option<Vec<u8>> {
    match packet {
        Packet::Connect(connect) => {
            let user = connect.login.map(|login| login.user_name.as_str());
            let code = match (manners.user, connect.client_id.as_str()) {
                (wanted @ Some(_), _) if wanted != user => 5,
                (_, "") => manners.nameless,
                (_, _) => 0,
            };
            Some(vec![0x20, 2, 0, code])
        }
        Packet::Subscribe(subscribe) => {
            let (filter, qos) = subscribe.requests.iter().next()?;
            let [high, low] = subscribe.packet_id.get().to_be_bytes();
            let code = match filter.as_str().contains(['+', '#']) {
                true => manners.wildcard?,
                false => (qos as u8).min(manners.qos_max),
            };
            Some(vec![0x90, 3, high, low, code])
        }
        Packet::Pingreq(_) => Some(vec![0xD0, 0]),
        Packet::Connack(_)
        | Packet::Publish(_)
        | Packet::Puback(_)
        | Packet::Pubrec(_)
        | Packet::Pubrel(_)
        | Packet::Pubcomp(_)
        | Packet::Suback(_)
        | Packet::Unsubscribe(_)
        | Packet::Unsuback(_)
        | Packet::Pingresp(_)
        | Packet::Disconnect(_) => Some(Vec::new()),
    }
}

const CASE: &str = "\
# A trace of this test.
covers MQTT-3.12.4-1
requires WORD

a > CONNECT client=auto clean
a < CONNACK accepted
a > PINGREQ
a < PINGRESP
";

/// Runs one small case that requires `word`.
fn checked(address: Address, declared: Declared, word: &str) -> Checked {
    played(address, declared, CASE.replace("WORD", word))
}

fn played(address: Address, declared: Declared, text: String) -> Checked {
    let case = Case { name: "3.12.4/here".into(), trace: text.parse().unwrap(), text };
    let broker = Broker { place: Place::Runs(address), declared };
    let settings = Settings { jobs: 4, repeat: 1, wires: Wires::Troubled };
    let stop = AtomicBool::new(false);
    check(&broker, &[&case], &Expectations::default(), &settings, &stop, &mut |_| {}).unwrap()
}

fn outcome(manners: Manners, word: &str) -> (Status, String) {
    let checked = checked(server(manners), Declared::default(), word);
    let case = &checked.report.cases[0];
    (case.status, case.message.clone())
}

#[test]
fn what_may_be_refused_and_is_refused_is_skipped_with_the_answer() {
    let mut running = Vec::new();
    for (manners, word, why) in [
        (
            Manners { wildcard: Some(0x80), ..PLAIN },
            "wildcards",
            "no wildcards: probed: SUBACK 0x80 on ",
        ),
        (
            Manners { wildcard: None, ..PLAIN },
            "wildcards",
            "no wildcards: probed: the connection was closed on ",
        ),
        (Manners { qos_max: 1, ..PLAIN }, "qos2", "no qos2: probed: SUBACK 1 on a request for 2"),
        (
            Manners { nameless: 2, ..PLAIN },
            "empty-client-id",
            "no empty-client-id: probed: CONNACK 2",
        ),
        (
            Manners { five: &[0x20, 3, 0, 0, 0], ..PLAIN },
            "only-3.1.1",
            "no only-3.1.1: probed: level 5 gets an answer of MQTT 5",
        ),
        (PLAIN, "restart", "no restart: nobody said how it is restarted"),
        (PLAIN, "dollar-topics", "no dollar-topics: probed: no message came through"),
        (PLAIN, "telepathy", "requires telepathy, which nobody knows of"),
    ] {
        // A probe waits for what never comes, so they wait side by side.
        running.push((word, why, std::thread::spawn(move || outcome(manners, word))));
    }
    for (word, why, outcome) in running {
        let (status, message) = outcome.join().unwrap();
        assert_eq!(status, Status::Skipped, "{word}: {message}");
        assert!(message.starts_with(why), "{word}: {message}");
    }
}

#[test]
fn what_is_granted_or_answered_wrongly_is_not_skipped() {
    let mut running = Vec::new();
    for (manners, word) in [
        // Granted, although nothing is ever delivered.
        (PLAIN, "wildcards"),
        (PLAIN, "retain"),
        (PLAIN, "qos2"),
        // Only return code 2 refuses an empty Client Identifier.
        (Manners { nameless: 3, ..PLAIN }, "empty-client-id"),
        (PLAIN, "only-3.1.1"),
        (PLAIN, "anonymous"),
    ] {
        running.push((word, std::thread::spawn(move || outcome(manners, word))));
    }
    for (word, outcome) in running {
        let (status, message) = outcome.join().unwrap();
        assert_eq!(status, Status::Pass, "{word}: {message}");
    }
}

#[test]
fn credentials_of_the_target_file_are_used_everywhere() {
    let text = "[credentials]\nuser = \"etalon\"\npassword = \"p\"\n";
    let declared = Declared::read("t.toml".as_ref(), text, &[]).unwrap();
    let address = server(Manners { user: Some("etalon"), ..PLAIN });
    let run = checked(address.clone(), declared.clone(), "credentials");
    assert_eq!(run.report.cases[0].status, Status::Pass, "{:?}", run.report.cases[0]);
    let run = checked(address, declared, "anonymous");
    assert_eq!(run.report.cases[0].status, Status::Skipped);
    assert_eq!(
        run.report.cases[0].message,
        "no anonymous: probed: no CONNACK 0 without a User Name"
    );
}

/// What a server cannot bear may be the cases beside: one that closes unexpectedly is heard once more,
/// alone, and is accused only if it closes again.
#[test]
fn a_close_counts_only_if_it_comes_with_nothing_beside_it_too() {
    etalon_spec::covers!(MQTT_4_8_0_2);
    for (closes, status) in [(3, Status::Unstable), (u32::MAX, Status::Fail)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let left = Arc::new(AtomicU32::new(closes));
            for mut stream in listener.incoming().flatten() {
                let left = Arc::clone(&left);
                std::thread::spawn(move || {
                    let mut peeked = [0; 256];
                    let count = stream.peek(&mut peeked).unwrap_or_default();
                    let of_the_case = peeked[..count].windows(7).any(|seven| seven == b"hearing");
                    let one_less = |left: u32| left.checked_sub(1);
                    if of_the_case && left.fetch_update(Relaxed, Relaxed, one_less).is_ok() {
                        let _ = stream.write_all(&[0x20, 2, 0, 0]);
                        let _ = stream.read(&mut peeked);
                        return;
                    }
                    serve(stream, PLAIN);
                });
            }
        });
        let text = CASE.replace("requires WORD\n", "").replace("=auto", "=hearing");
        let checked = played(Address::loopback(port), Declared::default(), text);
        assert_eq!(checked.report.cases[0].status, status, "{closes}");
    }
}
