//! Which statement is broken where a line of a trace does not say it.
//!
//! A trace tests one thing and needs others on the way: a broker that never acknowledges is not to
//! be blamed for the RETAIN flag. So what came is compared with what was expected, and the
//! statement is the one about the field that differs, or about the answer that is owed.

use etalon::packet::{Connack, Kind, Packet, Refusal, ReturnCode};
use etalon::spec::Id;

use super::fits;
use super::inbox::Inbox;
use super::names::Names;
use crate::trace::{Answer, Code, Expected, Flag, Heard, Number, Pattern, Publish};
use crate::verdict::Cause;

/// The statement, if what came or what did not come tells.
pub(super) fn broken(
    names: &Names,
    covers: &[Id],
    heard: &Heard,
    inbox: &Inbox,
    cause: Cause,
) -> Option<Id> {
    let Expected::Packet(pattern) = &heard.what else { return None };
    let differs = inbox.packets.iter().filter_map(|bytes| fits::decoded(bytes)).find_map(|found| {
        match (pattern, &found) {
            (Pattern::Connack(answer, present), Packet::Connack(connack)) => {
                self::connack(*answer, *present, *connack, inbox)
            }
            (Pattern::Publish(publish), Packet::Publish(found)) => {
                self::publish(names, covers, publish, found)
            }
            (Pattern::Suback(number, codes), Packet::Suback(found)) => {
                let codes_found: Vec<ReturnCode> = found.return_codes.iter().collect();
                if names.agrees(number, found.packet_id.get()) {
                    self::suback(codes, &codes_found)
                } else {
                    Some(Id::MQTT_3_8_4_2)
                }
            }
            (Pattern::Ack(kind, number), found) => self::ack(names, *kind, number, found),
            (
                Pattern::Connect(_)
                | Pattern::Connack(..)
                | Pattern::Publish(_)
                | Pattern::Subscribe(..)
                | Pattern::Suback(..)
                | Pattern::Unsubscribe(..)
                | Pattern::Bare(_),
                _,
            ) => None,
        }
    });
    let owed = || (cause == Cause::Missing).then(|| self::owed(covers, pattern)).flatten();
    differs.or_else(owed)
}

fn connack(answer: Answer, present: Flag, found: Connack, inbox: &Inbox) -> Option<Id> {
    let joined = inbox.joined?;
    match (answer, found) {
        (Answer::Accepted, Connack::Accepted { session_present }) => {
            match (joined.clean, present, session_present) {
                (true, Flag::Is(false), true) => Some(Id::MQTT_3_2_2_1),
                (false, Flag::Is(false), true) => Some(Id::MQTT_3_2_2_3),
                (false, Flag::Is(true), false) => Some(Id::MQTT_3_2_2_2),
                (_, Flag::Is(_) | Flag::Any, _) => None,
            }
        }
        (Answer::Accepted, Connack::Refused(Refusal::IdentifierRejected)) => Some(Id::MQTT_3_1_3_5),
        (Answer::Accepted, Connack::Refused(_))
        | (
            Answer::Refused(_) | Answer::RefusedAny,
            Connack::Accepted { .. } | Connack::Refused(_),
        ) => None,
    }
}

/// One that is the expected one but for one field.
fn publish(
    names: &Names,
    covers: &[Id],
    expected: &Publish,
    found: &etalon::packet::Publish<'_>,
) -> Option<Id> {
    let same = names.fill(&expected.topic) == found.topic.as_str()
        && fits::carries(names, &expected.payload, found.payload);
    if !same {
        return None;
    }
    if found.delivery.qos().bits() != expected.qos {
        return one_of(covers, &[Id::MQTT_3_8_4_6, Id::MQTT_3_3_5_1]);
    }
    match (expected.dup, found.delivery.dup()) {
        (Flag::Is(true), false) => return Some(Id::MQTT_3_3_1_1),
        (Flag::Is(false), true) => return Some(Id::MQTT_3_3_1_3),
        (Flag::Is(_) | Flag::Any, _) => {}
    }
    match (expected.retain, found.retain) {
        (Flag::Is(true), false) => return Some(Id::MQTT_3_3_1_8),
        (Flag::Is(false), true) => return Some(Id::MQTT_3_3_1_9),
        (Flag::Is(_) | Flag::Any, _) => {}
    }
    let other = match (&expected.id, found.delivery.packet_id()) {
        (Some(number), Some(id)) => !names.agrees(number, id.get()),
        (Some(_) | None, Some(_) | None) => false,
    };
    other.then_some(Id::MQTT_4_4_0_1)
}

fn suback(expected: &[Code], found: &[ReturnCode]) -> Option<Id> {
    if expected.len() != found.len() {
        return Some(Id::MQTT_3_8_4_5);
    }
    let fits = |(expected, found): (&Code, &ReturnCode)| match (expected, found) {
        (Code::Any, _) | (Code::Failure, ReturnCode::Failure) => true,
        (Code::Granted(asked), ReturnCode::Granted(qos)) => qos.bits() == *asked,
        (Code::Granted(_), ReturnCode::Failure) | (Code::Failure, ReturnCode::Granted(_)) => false,
    };
    let in_place = expected.iter().zip(found).all(fits);
    let turned = expected.iter().zip(found.iter().rev()).all(fits);
    match (in_place, turned) {
        (true, _) => None,
        (false, true) => Some(Id::MQTT_3_9_3_1),
        (false, false) => Some(Id::MQTT_3_8_4_5),
    }
}

/// An acknowledgement of another kind under the identifier, or of this kind under another one.
fn ack(names: &Names, kind: Kind, number: &Number, found: &Packet<'_>) -> Option<Id> {
    let id = fits::ack_id(found)?;
    let same = names.agrees(number, id);
    match (kind, found.kind()) {
        (Kind::Puback, Kind::Pubrec | Kind::Pubcomp) if same => Some(Id::MQTT_4_3_2_2),
        (Kind::Pubrec, Kind::Puback | Kind::Pubcomp) if same => Some(Id::MQTT_4_3_3_2),
        (Kind::Pubcomp, Kind::Puback | Kind::Pubrec) if same => Some(Id::MQTT_4_3_3_2),
        (expected, kind) if same || expected != kind => None,
        (Kind::Puback | Kind::Pubrec | Kind::Pubrel, _) => Some(Id::MQTT_2_3_1_6),
        (Kind::Pubcomp, _) => Some(Id::MQTT_4_3_3_2),
        (Kind::Unsuback, _) => Some(Id::MQTT_3_10_4_4),
        (
            Kind::Connect
            | Kind::Connack
            | Kind::Publish
            | Kind::Subscribe
            | Kind::Suback
            | Kind::Unsubscribe
            | Kind::Pingreq
            | Kind::Pingresp
            | Kind::Disconnect,
            _,
        ) => None,
    }
}

/// The statement under which an answer is owed. A PUBLISH is what the trace is about.
fn owed(covers: &[Id], pattern: &Pattern) -> Option<Id> {
    let kind = match pattern {
        Pattern::Connack(..) => Kind::Connack,
        Pattern::Ack(kind, _) | Pattern::Bare(kind) => *kind,
        Pattern::Suback(..) => Kind::Suback,
        Pattern::Publish(_)
        | Pattern::Connect(_)
        | Pattern::Subscribe(..)
        | Pattern::Unsubscribe(..) => return None,
    };
    match kind {
        Kind::Connack => one_of(
            covers,
            &[Id::MQTT_3_1_4_4, Id::MQTT_3_1_2_2, Id::MQTT_3_1_3_8, Id::MQTT_3_1_3_5],
        ),
        Kind::Puback => one_of(covers, &[Id::MQTT_4_3_2_2, Id::MQTT_3_3_4_1, Id::MQTT_3_3_5_2]),
        Kind::Pubrec => one_of(covers, &[Id::MQTT_4_3_3_2, Id::MQTT_3_3_4_1, Id::MQTT_3_3_5_2]),
        Kind::Pubcomp => one_of(covers, &[Id::MQTT_4_3_3_2]),
        Kind::Pubrel => one_of(covers, &[Id::MQTT_4_3_3_1, Id::MQTT_4_4_0_1]),
        Kind::Suback => one_of(covers, &[Id::MQTT_3_8_4_1, Id::MQTT_3_8_4_4, Id::MQTT_3_8_4_5]),
        Kind::Unsuback => {
            one_of(covers, &[Id::MQTT_3_10_4_4, Id::MQTT_3_10_4_5, Id::MQTT_3_10_4_6])
        }
        Kind::Pingresp => one_of(covers, &[Id::MQTT_3_12_4_1]),
        Kind::Connect
        | Kind::Publish
        | Kind::Subscribe
        | Kind::Unsubscribe
        | Kind::Pingreq
        | Kind::Disconnect => None,
    }
}

/// The one that the trace tests, or else the first.
fn one_of(covers: &[Id], candidates: &[Id]) -> Option<Id> {
    let tested = covers.iter().find(|id| candidates.contains(id));
    tested.or(candidates.first()).copied()
}
