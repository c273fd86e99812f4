//! One generator of valid packets. Its entropy is a string of bytes, so every tool that can make
//! and shrink a `Vec<u8>` can use it; when the bytes have run out, everything is 0 and short.

#![allow(clippy::unwrap_used, missing_docs, reason = "what is made up here is valid")]

use etalon::packet::{
    ClientId, Connack, Connect, Delivery, Disconnect, Filters, Login, Packet, PacketId, Pingreq,
    Pingresp, Puback, Pubcomp, Publish, Pubrec, Pubrel, Qos, Refusal, Requests, ReturnCode,
    ReturnCodes, Suback, Subscribe, Text, Unsuback, Unsubscribe, Will,
};
use etalon::topic::{TopicFilter, TopicName};

/// Levels of topics, chosen to be awkward: empty, reserved, long, with two to four bytes a letter.
const LEVELS: [&str; 12] =
    ["a", "", "$SYS", "sport", " ", "ä", "\u{FEFF}", "𪛔", "b c", "~", "$", "0123456789abcdef"];

/// What a packet borrows from.
#[derive(Debug, Default)]
pub struct Store {
    texts: [String; 4],
    binaries: [Vec<u8>; 2],
    list: Vec<u8>,
}

/// Draws from a string of bytes.
pub struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Source(bytes)
    }

    fn byte(&mut self) -> u8 {
        match self.0 {
            [byte, rest @ ..] => {
                self.0 = rest;
                *byte
            }
            [] => 0,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    fn yes(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn number(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    fn packet_id(&mut self) -> PacketId {
        PacketId::new(self.number()).unwrap_or(PacketId::MIN)
    }

    fn qos(&mut self) -> Qos {
        Qos::ALL[self.below(3)]
    }

    fn binary(&mut self) -> Vec<u8> {
        // Lengths about the border of a two-byte Remaining Length, and once in a while a long one.
        let length = match self.below(16) {
            15 => 100 + self.below(64),
            14 => 16_300 + self.below(100),
            _ => self.below(8),
        };
        (0..length).map(|_| self.byte()).collect()
    }

    fn text(&mut self) -> String {
        (0..self.below(4)).map(|_| LEVELS[self.below(LEVELS.len())]).collect()
    }

    /// A Topic Name, never empty.
    pub fn name(&mut self) -> String {
        let levels: Vec<&str> =
            (0..=self.below(5)).map(|_| LEVELS[self.below(LEVELS.len())]).collect();
        let name = levels.join("/");
        if name.is_empty() { "/".into() } else { name }
    }

    /// A Topic Filter, never empty.
    pub fn filter(&mut self) -> String {
        let mut levels: Vec<&str> = (0..=self.below(5))
            .map(|_| if self.below(3) == 0 { "+" } else { LEVELS[self.below(LEVELS.len())] })
            .collect();
        if self.below(3) == 0 {
            levels.push("#");
        }
        let filter = levels.join("/");
        if filter.is_empty() { "+".into() } else { filter }
    }
}

/// A valid packet; it borrows from `store`, which is filled for it.
pub fn packet<'s>(source: &mut Source<'_>, store: &'s mut Store) -> Packet<'s> {
    let kind = source.below(14);
    let packet_id = source.packet_id();
    match kind {
        0 => connect(source, store),
        1 => Packet::Connack(connack(source)),
        2 => publish(source, store, packet_id),
        3 => Packet::Puback(Puback { packet_id }),
        4 => Packet::Pubrec(Pubrec { packet_id }),
        5 => Packet::Pubrel(Pubrel { packet_id }),
        6 => Packet::Pubcomp(Pubcomp { packet_id }),
        7 => subscribe(source, store, packet_id),
        8 => suback(source, store, packet_id),
        9 => unsubscribe(source, store, packet_id),
        10 => Packet::Unsuback(Unsuback { packet_id }),
        11 => Packet::Pingreq(Pingreq),
        12 => Packet::Pingresp(Pingresp),
        _ => Packet::Disconnect(Disconnect),
    }
}

fn connect<'s>(source: &mut Source<'_>, store: &'s mut Store) -> Packet<'s> {
    let clean_session = source.yes();
    let (with_will, with_login, with_password) = (source.yes(), source.yes(), source.yes());
    store.texts = [source.text(), source.name(), source.text(), String::new()];
    store.binaries = [source.binary(), source.binary()];
    if store.texts[0].is_empty() && !clean_session {
        store.texts[0] = "c".into();
    }
    let will = with_will.then(|| Will {
        topic: TopicName::new(&store.texts[1]).unwrap(),
        message: &store.binaries[0],
        qos: source.qos(),
        retain: source.yes(),
    });
    let login = with_login.then(|| Login {
        user_name: Text::new(&store.texts[2]).unwrap(),
        password: with_password.then_some(&store.binaries[1]),
    });
    let client_id = ClientId::new(&store.texts[0]).unwrap();
    let keep_alive = source.number();
    Packet::Connect(Connect { client_id, clean_session, keep_alive, will, login })
}

fn connack(source: &mut Source<'_>) -> Connack {
    match Refusal::from_code(source.byte() % 6) {
        Some(refusal) => Connack::Refused(refusal),
        None => Connack::Accepted { session_present: source.yes() },
    }
}

fn publish<'s>(source: &mut Source<'_>, store: &'s mut Store, packet_id: PacketId) -> Packet<'s> {
    let (dup, retain) = (source.yes(), source.yes());
    let delivery = match source.qos() {
        Qos::AtMostOnce => Delivery::AtMostOnce,
        Qos::AtLeastOnce => Delivery::AtLeastOnce { packet_id, dup },
        Qos::ExactlyOnce => Delivery::ExactlyOnce { packet_id, dup },
    };
    store.texts[0] = source.name();
    store.binaries[0] = source.binary();
    let topic = TopicName::new(&store.texts[0]).unwrap();
    Packet::Publish(Publish { topic, delivery, retain, payload: &store.binaries[0] })
}

fn subscribe<'s>(source: &mut Source<'_>, store: &'s mut Store, packet_id: PacketId) -> Packet<'s> {
    let asked: Vec<_> = (0..=source.below(4)).map(|_| (source.filter(), source.qos())).collect();
    let asked = asked.iter().map(|(filter, qos)| (TopicFilter::new(filter).unwrap(), *qos));
    let requests = Requests::write(asked, &mut store.list).unwrap();
    Packet::Subscribe(Subscribe { packet_id, requests })
}

fn suback<'s>(source: &mut Source<'_>, store: &'s mut Store, packet_id: PacketId) -> Packet<'s> {
    let codes: Vec<ReturnCode> = (0..=source.below(4))
        .map(|_| match source.below(4) {
            3 => ReturnCode::Failure,
            qos => ReturnCode::Granted(Qos::ALL[qos]),
        })
        .collect();
    let return_codes = ReturnCodes::write(codes, &mut store.list).unwrap();
    Packet::Suback(Suback { packet_id, return_codes })
}

fn unsubscribe<'s>(
    source: &mut Source<'_>,
    store: &'s mut Store,
    packet_id: PacketId,
) -> Packet<'s> {
    let filters: Vec<String> = (0..=source.below(4)).map(|_| source.filter()).collect();
    let filters = filters.iter().map(|filter| TopicFilter::new(filter).unwrap());
    let filters = Filters::write(filters, &mut store.list).unwrap();
    Packet::Unsubscribe(Unsubscribe { packet_id, filters })
}
