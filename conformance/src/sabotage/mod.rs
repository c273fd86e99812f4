//! Saboteurs: brokers that break one statement each, to see whether the suite notices.
//!
//! Each is a careless author's idea of a broker, made from one that obeys by changing what goes over
//! the wires. It is killed if a trace fails, or the audit speaks up, under the very statement that
//! it breaks. A saboteur that lives shows a hole in the suite. To add one is to add a row to the
//! table of its chapter: a name, what it breaks, what it does in words, and the same in code.

mod connecting;
mod craft;
mod flows;
mod framing;
mod lenient;
mod matrix;
mod publishing;
mod sessions;
mod subscribing;
mod topics;
mod wires;

use etalon::packet::{ClientId, Connect, Kind, Packet, Publish};
use etalon::spec::Id;
use etalon::violation::Violation;

use crate::target::Link;
pub use matrix::{Kill, broker, kill_matrix, options, same};
pub use wires::{Event, Fate, Habit, Piece, Sabotaged, Wires};

use Fate::{Become, Lost, Pass};
use topics::normalises;

/// A broker that breaks one statement.
#[derive(Clone, Copy, Debug)]
pub struct Saboteur {
    /// `answers_one_pingreq`
    pub name: &'static str,
    /// What it breaks.
    pub breaks: Id,
    /// What it does.
    pub about: &'static str,
    habit: fn() -> Habit,
}

impl Saboteur {
    /// The habit afresh, without a memory.
    pub fn habit(&self) -> Habit {
        (self.habit)()
    }
}

/// All of them, chapter by chapter.
pub fn saboteurs() -> impl Iterator<Item = &'static Saboteur> {
    CHAPTERS.iter().copied().flatten()
}

const CHAPTERS: &[&[Saboteur]] = &[
    framing::SABOTEURS,
    connecting::SABOTEURS,
    sessions::SABOTEURS,
    publishing::SABOTEURS,
    subscribing::SABOTEURS,
    flows::SABOTEURS,
    topics::SABOTEURS,
    lenient::SABOTEURS,
];

const fn saboteur(
    breaks: Id,
    name: &'static str,
    about: &'static str,
    habit: fn() -> Habit,
) -> Saboteur {
    Saboteur { name, breaks, about, habit }
}

/// A habit that concerns the packets of the inner broker.
fn server(mut decide: impl FnMut(&mut Wires, Link, Packet<'_>) -> Fate + 'static) -> Habit {
    Box::new(move |wires, event| {
        let Event::Heard(link, piece) = event else { return Pass };
        piece.packet().map_or(Pass, |packet| decide(wires, link, packet))
    })
}

/// A habit that concerns the valid packets of Clients.
fn client(mut decide: impl FnMut(&mut Wires, Link, Packet<'_>) -> Fate + 'static) -> Habit {
    Box::new(move |wires, event| {
        let Event::Said(link, piece) = event else { return Pass };
        let packet = piece.packet().filter(|_| piece.fault.is_none());
        packet.map_or(Pass, |packet| decide(wires, link, packet))
    })
}

/// A habit that concerns one kind of packet of the inner broker, as bytes.
fn answers(kind: Kind, mut decide: impl FnMut(&mut Wires, Link, &[u8]) -> Fate + 'static) -> Habit {
    Box::new(move |wires, event| {
        let Event::Heard(link, piece) = event else { return Pass };
        if piece.is(kind) { decide(wires, link, &piece.bytes) } else { Pass }
    })
}

/// A habit that concerns the PUBLISH packets of the inner broker.
fn deliveries(mut decide: impl FnMut(&mut Wires, Link, Publish<'_>) -> Fate + 'static) -> Habit {
    server(move |wires, link, packet| {
        let Packet::Publish(publish) = packet else { return Pass };
        decide(wires, link, publish)
    })
}

/// A habit that concerns the PUBLISH packets of Clients.
fn publications(mut decide: impl FnMut(&mut Wires, Link, Publish<'_>) -> Fate + 'static) -> Habit {
    client(move |wires, link, packet| {
        let Packet::Publish(publish) = packet else { return Pass };
        decide(wires, link, publish)
    })
}

/// A habit that concerns the CONNECT packets of Clients.
fn connects(mut decide: impl FnMut(&mut Wires, Link, Connect<'_>) -> Fate + 'static) -> Habit {
    client(move |wires, link, packet| {
        let Packet::Connect(connect) = packet else { return Pass };
        decide(wires, link, connect)
    })
}

/// A habit that concerns what Clients send and should not.
fn malformed(
    mut decide: impl FnMut(&mut Wires, Link, &Piece, Violation) -> Fate + 'static,
) -> Habit {
    Box::new(move |wires, event| {
        let Event::Said(link, piece) = event else { return Pass };
        piece.fault.map_or(Pass, |fault| decide(wires, link, piece, fault))
    })
}

/// Overlooks what Clients send and should not, where `which` says so.
fn overlooks(which: impl Fn(Violation) -> bool + 'static) -> Habit {
    malformed(move |_, _, _, fault| lose_if(which(fault)))
}

/// Does not let it through.
fn lose_if(lost: bool) -> Fate {
    if lost { Lost } else { Pass }
}

/// The CONNECT under another Client Identifier.
fn renamed(connect: Connect<'_>, client_id: &str) -> Fate {
    let client_id = ClientId::new(client_id).unwrap_or(connect.client_id);
    Become(craft::encoded(&Packet::Connect(Connect { client_id, ..connect })))
}

/// The message at this QoS at most.
fn at_most(publish: Publish<'_>, qos: u8) -> Fate {
    if qos >= publish.delivery.qos().bits() {
        return Pass;
    }
    let id = publish.delivery.packet_id().map_or(0, |id| id.get());
    let delivery = craft::delivery(qos, id, publish.delivery.dup());
    Become(craft::encoded(&Packet::Publish(Publish { delivery, ..publish })))
}
