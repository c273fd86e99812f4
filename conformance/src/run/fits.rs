//! Whether a packet is the one that a trace expects, and whether it may come before it.
//!
//! The standard orders less than one thinks: only CONNACK before everything, PUBLISH packets of one
//! topic and QoS, re-sent PUBLISH packets, and PUBRELs. What it leaves open (S-83, S-110, S-111,
//! S-113; PUBLISH before SUBACK in l.964) may come in any order without a word in the trace.

use etalon::packet::{Connack, Decoded, Kind, Limits, Packet, Refusal, ReturnCode, Stance, decode};

use super::names::Names;
use super::write;
use crate::trace::{Answer, Client, Code, Connect, Expected, Flag, Number, Pattern, Payload};

/// As a client takes it that leaves control characters alone (S-09).
const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };

pub(super) fn decoded(bytes: &[u8]) -> Option<Packet<'_>> {
    match decode(bytes, LIMITS) {
        Ok(Decoded::Packet { packet, .. }) => Some(packet),
        Ok(Decoded::Incomplete { .. }) | Err(_) => None,
    }
}

/// Every whole packet in `bytes`, up to what is none.
pub(super) fn all(mut bytes: &[u8]) -> impl Iterator<Item = Packet<'_>> {
    std::iter::from_fn(move || match decode(bytes, LIMITS) {
        Ok(Decoded::Packet { packet, used, .. }) => {
            bytes = bytes.get(used..).unwrap_or_default();
            Some(packet)
        }
        Ok(Decoded::Incomplete { .. }) | Err(_) => None,
    })
}

/// The topic of a malformed PUBLISH with RETAIN 1, which a careless Server may keep.
pub(super) fn retained_though_malformed(bytes: &[u8]) -> Option<String> {
    let mut bytes = bytes.to_vec();
    let first = bytes.first_mut().filter(|first| **first & 0xF1 == 0x31)?;
    let without_identifier = *first & 0x06 == 0;
    // The same with flags that are in order.
    *first = if without_identifier { 0x31 } else { 0x33 };
    let Packet::Publish(publish) = decoded(&bytes)? else { return None };
    Some(publish.topic.as_str().to_owned())
}

/// How a packet stands to what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is the one; it has this identifier, if any.
    Is(Option<u16>),
    /// It may come before.
    Before,
    /// It may not come before, so what is expected does not come.
    Not,
    /// It is the peer's right to answer so, and the end of the trace.
    Declined(&'static str),
}

/// `plain` if every Server takes the Client Identifier of the connection.
pub(super) fn fit(names: &Names, who: &str, expected: &Expected, plain: bool, bytes: &[u8]) -> Fit {
    if let Expected::Raw(pieces) = expected
        && write::raw(names, pieces) == bytes
    {
        return Fit::Is(None);
    }
    let Some(packet) = decoded(bytes) else { return Fit::Not };
    match expected {
        Expected::Packet(pattern) => self::packet(names, who, pattern, plain, &packet),
        Expected::Raw(pieces) => match decoded(&write::raw(names, pieces)) {
            Some(raw) if raw.kind() != packet.kind() && !first(&raw) && !first(&packet) => {
                Fit::Before
            }
            Some(_) | None => Fit::Not,
        },
        Expected::Closed { .. } | Expected::Nothing(_) => Fit::Not,
    }
}

const fn first(packet: &Packet<'_>) -> bool {
    matches!(packet, Packet::Connack(_))
}

fn packet(names: &Names, who: &str, pattern: &Pattern, plain: bool, packet: &Packet<'_>) -> Fit {
    match (pattern, packet) {
        (Pattern::Connack(answer, present), Packet::Connack(connack)) => {
            self::connack(*answer, *present, plain, connack)
        }
        (Pattern::Connack(..), _) | (_, Packet::Connack(_)) => Fit::Not,
        (Pattern::Publish(expected), Packet::Publish(found)) => {
            let qos = found.delivery.qos().bits();
            let ordered = names.fill(&expected.topic) == found.topic.as_str();
            let id = found.delivery.packet_id().map(|id| id.get());
            let id_fits = match (&expected.id, id) {
                (Some(number), Some(id)) => names.agrees(number, id),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            let same = ordered
                && qos == expected.qos
                && id_fits
                && agrees(expected.dup, found.delivery.dup())
                && agrees(expected.retain, found.retain)
                && carries(names, &expected.payload, found.payload);
            let re_sent = found.delivery.dup() && expected.dup == Flag::Is(true);
            match (same, ordered && qos == expected.qos || re_sent) {
                (true, _) => Fit::Is(id),
                (false, true) => Fit::Not,
                (false, false) => Fit::Before,
            }
        }
        (Pattern::Ack(kind, number), _) if *kind == packet.kind() => {
            let id = ack_id(packet);
            match id.is_some_and(|id| names.agrees(number, id)) {
                true => Fit::Is(id),
                false if *kind == Kind::Pubrel => Fit::Not,
                false => Fit::Before,
            }
        }
        (Pattern::Suback(number, codes), Packet::Suback(found)) => {
            let id = found.packet_id.get();
            if !names.agrees(number, id) {
                return Fit::Before;
            }
            let found: Vec<ReturnCode> = found.return_codes.iter().collect();
            self::suback(codes, &found, id)
        }
        (Pattern::Subscribe(number, requests), Packet::Subscribe(found)) => {
            let same = found
                .requests
                .iter()
                .map(|(filter, qos)| (filter.as_str().to_owned(), qos.bits()))
                .eq(requests.iter().map(|(filter, qos)| (names.fill(filter), *qos)));
            known(names, number, found.packet_id.get(), same)
        }
        (Pattern::Unsubscribe(number, filters), Packet::Unsubscribe(found)) => {
            let same = found
                .filters
                .iter()
                .map(|filter| filter.as_str().to_owned())
                .eq(filters.iter().map(|filter| names.fill(filter)));
            known(names, number, found.packet_id.get(), same)
        }
        (Pattern::Bare(kind), _) if *kind == packet.kind() => Fit::Is(None),
        (Pattern::Connect(expected), Packet::Connect(found)) => {
            if self::connect(names, who, expected, found) { Fit::Is(None) } else { Fit::Not }
        }
        (
            Pattern::Connect(_)
            | Pattern::Publish(_)
            | Pattern::Ack(..)
            | Pattern::Subscribe(..)
            | Pattern::Suback(..)
            | Pattern::Unsubscribe(..)
            | Pattern::Bare(_),
            _,
        ) => Fit::Before,
    }
}

fn known(names: &Names, number: &Number, id: u16, same: bool) -> Fit {
    if names.agrees(number, id) && same { Fit::Is(Some(id)) } else { Fit::Not }
}

pub(super) fn ack_id(packet: &Packet<'_>) -> Option<u16> {
    match packet {
        Packet::Puback(ack) => Some(ack.packet_id.get()),
        Packet::Pubrec(ack) => Some(ack.packet_id.get()),
        Packet::Pubrel(ack) => Some(ack.packet_id.get()),
        Packet::Pubcomp(ack) => Some(ack.packet_id.get()),
        Packet::Unsuback(ack) => Some(ack.packet_id.get()),
        Packet::Connect(_)
        | Packet::Connack(_)
        | Packet::Publish(_)
        | Packet::Subscribe(_)
        | Packet::Suback(_)
        | Packet::Unsubscribe(_)
        | Packet::Pingreq(_)
        | Packet::Pingresp(_)
        | Packet::Disconnect(_) => None,
    }
}

fn connack(answer: Answer, present: Flag, plain: bool, found: &Connack) -> Fit {
    let fits = match (answer, found) {
        (Answer::Accepted, Connack::Accepted { session_present }) => {
            agrees(present, *session_present)
        }
        (Answer::Accepted, Connack::Refused(refusal)) if refusal.code() >= 3 => {
            return Fit::Declined("the connection was refused");
        }
        (Answer::Accepted, Connack::Refused(Refusal::IdentifierRejected)) if !plain => {
            return Fit::Declined("the Client Identifier was refused, as a Server may (l.574)");
        }
        (Answer::Refused(code), Connack::Refused(refusal)) => code == refusal.code(),
        (Answer::RefusedAny, Connack::Refused(_)) => true,
        (Answer::Accepted, Connack::Refused(_))
        | (Answer::Refused(_) | Answer::RefusedAny, Connack::Accepted { .. }) => false,
    };
    if fits { Fit::Is(None) } else { Fit::Not }
}

/// A grant below the request is legal (S-76), but the trace counts on it.
fn suback(expected: &[Code], found: &[ReturnCode], id: u16) -> Fit {
    if expected.len() != found.len() {
        return Fit::Not;
    }
    let mut declined = false;
    for (expected, found) in expected.iter().zip(found) {
        match (expected, found) {
            (Code::Any, _) | (Code::Failure, ReturnCode::Failure) => {}
            (Code::Granted(asked), ReturnCode::Granted(qos)) if qos.bits() == *asked => {}
            (Code::Granted(asked), ReturnCode::Granted(qos)) if qos.bits() > *asked => {
                return Fit::Not;
            }
            (Code::Granted(_), _) => declined = true,
            (Code::Failure, ReturnCode::Granted(_)) => return Fit::Not,
        }
    }
    if declined { Fit::Declined("less was granted than asked for") } else { Fit::Is(Some(id)) }
}

fn connect(
    names: &Names,
    who: &str,
    expected: &Connect,
    found: &etalon::packet::Connect<'_>,
) -> bool {
    let client = match &expected.client {
        Client::Any => true,
        Client::Auto => found.client_id.as_str() == names.client(who),
        Client::Is(id) => found.client_id.as_str() == names.fill(id),
    };
    let will = match (&expected.will, &found.will) {
        (None, None) => true,
        (Some(expected), Some(found)) => {
            names.fill(&expected.topic) == found.topic.as_str()
                && carries(names, &expected.message, found.message)
                && expected.qos == found.qos.bits()
                && expected.retain == found.retain
        }
        (Some(_), None) | (None, Some(_)) => false,
    };
    let user = found.login.map(|login| login.user_name.as_str().to_owned());
    let password = found.login.and_then(|login| login.password);
    let password = match (&expected.password, password) {
        (None, None) => true,
        (Some(expected), Some(found)) => carries(names, expected, found),
        (Some(_), None) | (None, Some(_)) => false,
    };
    client
        && expected.clean == found.clean_session
        && expected.keep_alive == found.keep_alive
        && will
        && expected.user.as_ref().map(|user| names.fill(user)) == user
        && password
}

pub(super) fn agrees(flag: Flag, bit: bool) -> bool {
    match flag {
        Flag::Is(expected) => expected == bit,
        Flag::Any => true,
    }
}

pub(super) fn carries(names: &Names, payload: &Payload, bytes: &[u8]) -> bool {
    match payload {
        Payload::Text(_) | Payload::Hex(_) | Payload::Repeat(..) => {
            write::payload(names, payload) == bytes
        }
        Payload::Size(size) => bytes.len() == *size,
        Payload::Any => true,
    }
}
