//! What the scenes of connections, Wills, Keep Alive and limits have in common.
#![allow(dead_code, unused_imports, clippy::panic)]

use etalon::broker::{Counters, Why};
use etalon::spec::Id;
use etalon::time::Duration;
use etalon_conformance::say::{self, Connecting};
pub use etalon_conformance::stage::{in_each_world, in_each_world_with};
use etalon_conformance::world::{Closed, Peer, World};

/// A connection whose CONNECT has been accepted with Session Present 0.
pub fn joined(world: &mut World, connect: Connecting<'_>) -> Peer {
    let peer = world.open();
    world.send(peer, connect.bytes());
    assert_eq!(world.received(peer), ["CONNACK accepted"]);
    peer
}

/// Somebody else, who gets at QoS 2 whatever is published under `topic`.
pub fn watcher(world: &mut World, filter: &str) -> Peer {
    let peer = joined(world, say::connect("watcher"));
    subscribed(world, peer, filter, 2);
    peer
}

/// Makes a subscription and takes the SUBACK.
pub fn subscribed(world: &mut World, peer: Peer, filter: &str, qos: u8) {
    world.send(peer, say::subscribe(60_000, &[(filter, qos)]));
    let granted = format!("SUBACK id=60000 {qos}");
    assert_eq!(world.received(peer).first(), Some(&granted));
}

/// What a peer gets in answer.
pub fn answers(world: &mut World, peer: Peer, bytes: impl AsRef<[u8]>) -> Vec<String> {
    world.exchange(peer, bytes)
}

/// Whether a connection is open, as far as can be told from outside: PINGREQ is answered.
pub fn alive(world: &mut World, peer: Peer) -> bool {
    answers(world, peer, say::pingreq()).iter().any(|line| line == "PINGRESP")
}

/// Asserts that the broker has closed and sent nothing before, for one breach, and that `id` is
/// among the statements that it breaks.
#[track_caller]
pub fn closed_silently(world: &mut World, peer: Peer, id: Id) {
    assert_eq!(world.closed(peer), Some(Closed::ByBroker(Why::Broken)));
    assert_eq!(world.received_bytes(peer), []);
    let breaches: Vec<_> = world.breaches().iter().filter(|(who, _)| *who == peer).collect();
    assert_eq!(breaches.len(), 1);
    let violation = breaches[0].1.violation;
    assert!(violation.id == id || violation.also().contains(&id), "{violation} is not {id}");
}

/// Asserts that a CONNACK with this return code was all that came before the close.
#[track_caller]
pub fn refused(world: &mut World, peer: Peer, code: u8) {
    assert_eq!(world.received_bytes(peer), [0x20, 0x02, 0x00, code]);
    assert_eq!(world.closed(peer), Some(Closed::ByBroker(Why::Refused)));
}

/// One number, summed up over the workers.
pub fn counted(world: &World, count: impl Fn(&Counters) -> u64) -> u64 {
    world.counters().map(count).sum()
}

/// How many connections the broker has closed for a reason.
pub fn closed_for(world: &World, why: Why) -> u64 {
    counted(world, |counters| counters.closed[why as usize])
}

pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// A CONNECT byte by byte: protocol name, level, flags and payload, with Keep Alive 0.
pub fn raw_connect(name: &[u8], level: u8, flags: u8, fields: &[&[u8]]) -> Vec<u8> {
    let mut body = field(name);
    body.extend([level, flags, 0, 0]);
    for text in fields {
        body.extend(field(text));
    }
    framed(0x10, &body)
}

/// A field with its length in two bytes.
pub fn field(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a field of at most 65,535 bytes");
    [&length.to_be_bytes()[..], bytes].concat()
}

/// A packet with this first byte and this body.
pub fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut length = body.len();
    loop {
        let low = (length & 0x7F) as u8;
        length >>= 7;
        packet.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    packet.extend_from_slice(body);
    packet
}

/// A Client Identifier whose home, in this world, is not worker 0.
pub fn far_client_id(world: &World) -> String {
    let far = |id: &String| world.shared().home(id).0 != 0;
    (0..1000).map(|n| format!("far{n}")).find(far).unwrap_or_else(|| "far".into())
}
