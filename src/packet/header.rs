//! §2.2: the fixed header: packet type, flags, Remaining Length.
//!
//! The only parser that may ask for more bytes. What the first byte or the length shows to be wrong
//! is refused at once. A length below a type's minimum is refused here if it is certain which
//! field is missing; a PUBLISH of two bytes may lack its topic's characters or announce too many,
//! so those few bytes are waited for.

use nom::{Err, IResult, Needed};

use super::decode::{Limits, Stance};
use super::{Kind, Party, publish};
use crate::spec::{self, Id};
use crate::violation::{Rule, Violation};

/// The longest body of a CONNECT: ten bytes and five fields of 65,537.
///
/// # Units
/// Bytes.
pub(super) const CONNECT_BODY_BYTES_MAX: u32 = 10 + 5 * 65_537;

/// A fixed header that allows the body to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub kind: Kind,
    /// The low nibble of the first byte.
    pub flags: u8,
    /// Bytes of the header itself: two to five.
    pub bytes: u8,
    /// Remaining Length.
    pub body_bytes: u32,
    /// Whether Remaining Length took more bytes than needed.
    pub overlong: bool,
}

pub(super) type Begun<'a, T> = IResult<&'a [u8], T, Violation>;

/// Reads a fixed header, and refuses it if nothing behind it could make the packet right.
#[inline(always)]
pub(super) fn header(limits: Limits, input: &[u8]) -> Begun<'_, Header> {
    let [first, rest @ ..] = input else { return missing(2) };
    let (kind, flags) = first_byte(*first, limits).map_err(Err::Failure)?;
    let (rest, length) = remaining_length(kind, rest)?;
    let header = Header {
        kind,
        flags,
        bytes: length.bytes.saturating_add(1),
        body_bytes: length.value,
        overlong: length.overlong,
    };
    check_length(header, limits).map_err(Err::Failure)?;
    Ok((rest, header))
}

/// What the first byte says (§2.2.1, §2.2.2).
#[inline(always)]
pub(super) fn first_byte(first: u8, limits: Limits) -> Result<(Kind, u8), Violation> {
    let flags = first & 0x0F;
    let Some(kind) = Kind::from_bits(first >> 4) else {
        return Err(Violation::new(Id::MQTT_4_8_0_1, Rule::ReservedType, 0));
    };
    match kind.reserved_flags() {
        Some(reserved) if reserved == flags => {}
        Some(_) => return Err(wrong_flags(kind, limits.receiver)),
        None => {
            publish::flags(flags)
                .map_err(|(id, rule)| Violation::new(id, rule, 0).seen_in(kind))?;
        }
    }
    if limits.receiver.is_some_and(|receiver| !kind.goes_to(receiver)) {
        let id = Id::MQTT_4_8_0_1;
        return Err(Violation::new(id, Rule::WrongDirection, 0).seen_in(kind));
    }
    Ok((kind, flags))
}

/// The statements on single packets speak of the Server; a Client goes by the general one.
#[cold]
fn wrong_flags(kind: Kind, receiver: Option<Party>) -> Violation {
    spec::upholds!(MQTT_2_2_2_2);
    let rule = match kind.reserved_flags() {
        Some(0b0010) => Rule::FlagsNotTwo,
        Some(_) | None => Rule::FlagsNotZero,
    };
    let id = match kind {
        _ if receiver == Some(Party::Client) => Id::MQTT_2_2_2_2,
        Kind::Pubrel => {
            spec::upholds!(MQTT_3_6_1_1);
            Id::MQTT_3_6_1_1
        }
        Kind::Subscribe => {
            spec::upholds!(MQTT_3_8_1_1);
            Id::MQTT_3_8_1_1
        }
        Kind::Unsubscribe => {
            spec::upholds!(MQTT_3_10_1_1);
            Id::MQTT_3_10_1_1
        }
        Kind::Disconnect => {
            spec::upholds!(MQTT_3_14_1_1);
            Id::MQTT_3_14_1_1
        }
        Kind::Connect
        | Kind::Connack
        | Kind::Publish
        | Kind::Puback
        | Kind::Pubrec
        | Kind::Pubcomp
        | Kind::Suback
        | Kind::Unsuback
        | Kind::Pingreq
        | Kind::Pingresp => Id::MQTT_2_2_2_2,
    };
    Violation::new(id, rule, 0).seen_in(kind)
}

struct Length {
    value: u32,
    bytes: u8,
    overlong: bool,
}

#[inline(always)]
fn remaining_length(kind: Kind, input: &[u8]) -> Begun<'_, Length> {
    match input {
        [byte, rest @ ..] if *byte < 0x80 => {
            Ok((rest, Length { value: u32::from(*byte), bytes: 1, overlong: false }))
        }
        _ => long_remaining_length(kind, input),
    }
}

/// The algorithm printed in §2.2.3 multiplies before it checks and so fails on every value of
/// four bytes; here the check comes first, as the published erratum has it.
#[inline(never)]
fn long_remaining_length(kind: Kind, input: &[u8]) -> Begun<'_, Length> {
    let mut value = 0;
    let mut rest = input;
    for bytes in 1..=4u8 {
        let [byte, behind @ ..] = rest else { return missing(1) };
        rest = behind;
        value |= u32::from(byte & 0x7F) << (7 * (bytes - 1));
        if byte & 0x80 == 0 {
            return Ok((rest, Length { value, bytes, overlong: bytes > 1 && *byte == 0 }));
        }
    }
    Err(Err::Failure(Violation::new(unnumbered(kind), Rule::LengthTooLong, 4).seen_in(kind)))
}

/// What Remaining Length shows to be wrong, whatever the body.
#[inline(always)]
fn check_length(header: Header, limits: Limits) -> Result<(), Violation> {
    if header.overlong && limits.overlong_length == Stance::Refuse {
        let at = u32::from(header.bytes).saturating_sub(1);
        let id = unnumbered(header.kind);
        return Err(Violation::new(id, Rule::LengthNotMinimal, at).seen_in(header.kind));
    }
    let (min, max) = body_bytes(header.kind);
    if header.body_bytes < min {
        return Err(too_short(header));
    }
    if header.body_bytes > max {
        return Err(too_long(header));
    }
    if u32::from(header.bytes).saturating_add(header.body_bytes) > limits.packet_bytes_max {
        let id = Id::MQTT_4_8_0_2;
        return Err(Violation::new(id, Rule::PacketTooLarge, 1).seen_in(header.kind));
    }
    Ok(())
}

/// The least that leaves a doubt about what is wrong, and the most that can be right.
const fn body_bytes(kind: Kind) -> (u32, u32) {
    match kind {
        Kind::Connect => (12, CONNECT_BODY_BYTES_MAX),
        Kind::Publish => (2, u32::MAX),
        Kind::Subscribe | Kind::Unsubscribe => (4, u32::MAX),
        Kind::Suback => (3, u32::MAX),
        Kind::Connack
        | Kind::Puback
        | Kind::Pubrec
        | Kind::Pubrel
        | Kind::Pubcomp
        | Kind::Unsuback => (2, 2),
        Kind::Pingreq | Kind::Pingresp | Kind::Disconnect => (0, 0),
    }
}

#[cold]
fn too_short(header: Header) -> Violation {
    let (id, rule, field) = match (header.kind, header.body_bytes) {
        (Kind::Connect, 0..6) => (Id::MQTT_3_1_4_1, Rule::CutOff, 0),
        (Kind::Connect, 6) => (Id::MQTT_3_1_4_1, Rule::CutOff, 6),
        (Kind::Connect, 7) => (Id::MQTT_3_1_4_1, Rule::CutOff, 7),
        (Kind::Connect, 8..10) => (Id::MQTT_3_1_4_1, Rule::CutOff, 8),
        (Kind::Connect, _) => (Id::MQTT_3_1_3_3, Rule::ClientIdMissing, 10),
        (Kind::Publish, _) => (Id::MQTT_3_3_2_1, Rule::TopicNameMissing, 0),
        (Kind::Subscribe, 0..2) => (Id::MQTT_2_3_1_1, Rule::PacketIdMissing, 0),
        (Kind::Subscribe, _) => (Id::MQTT_3_8_3_3, Rule::RequestsMissing, 2),
        (Kind::Unsubscribe, 0..2) => (Id::MQTT_2_3_1_1, Rule::PacketIdMissing, 0),
        (Kind::Unsubscribe, _) => (Id::MQTT_3_10_3_2, Rule::FiltersMissing, 2),
        (Kind::Suback, 0..2) => (Id::MQTT_2_3_1_7, Rule::PacketIdMissing, 0),
        (Kind::Suback, _) => (Id::MQTT_3_8_4_5, Rule::ReturnCodesMissing, 2),
        (Kind::Unsuback, _) => (Id::MQTT_2_3_1_7, Rule::PacketIdMissing, 0),
        (Kind::Puback | Kind::Pubrec | Kind::Pubrel | Kind::Pubcomp, _) => {
            (Id::MQTT_2_3_1_6, Rule::PacketIdMissing, 0)
        }
        (Kind::Connack, bytes) => (Id::MQTT_4_8_0_1, Rule::CutOff, bytes),
        (Kind::Pingreq | Kind::Pingresp | Kind::Disconnect, _) => {
            (Id::MQTT_4_8_0_1, Rule::CutOff, 0)
        }
    };
    Violation::new(id, rule, u32::from(header.bytes).saturating_add(field)).seen_in(header.kind)
}

#[cold]
fn too_long(header: Header) -> Violation {
    let (_, max) = body_bytes(header.kind);
    let (id, rule, at) = match header.kind {
        // Which field is too long is not known yet, so the length itself is at fault.
        Kind::Connect => (Id::MQTT_3_1_4_1, Rule::ConnectTooLong, 1),
        Kind::Connack
        | Kind::Publish
        | Kind::Puback
        | Kind::Pubrec
        | Kind::Pubrel
        | Kind::Pubcomp
        | Kind::Subscribe
        | Kind::Suback
        | Kind::Unsubscribe
        | Kind::Unsuback
        | Kind::Pingreq
        | Kind::Pingresp
        | Kind::Disconnect => {
            (Id::MQTT_4_8_0_1, Rule::LeftOver, u32::from(header.bytes).saturating_add(max))
        }
    };
    Violation::new(id, rule, at).seen_in(header.kind)
}

/// Where a rule has no number of its own: in a CONNECT the statement on validation, else the one
/// on protocol violations.
const fn unnumbered(kind: Kind) -> Id {
    if matches!(kind, Kind::Connect) { Id::MQTT_3_1_4_1 } else { Id::MQTT_4_8_0_1 }
}

#[inline(always)]
fn missing<'a, T>(bytes: usize) -> Begun<'a, T> {
    Err(Err::Incomplete(Needed::new(bytes)))
}
