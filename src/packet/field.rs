//! §1.5 and §2.3.1: the fields that packets are made of, as nom parsers over one packet's body.
//!
//! All parsers here are complete ones: the body's end is known, so a field that does not fit is a
//! breach and never a reason to wait. `Err::Error` says only "the bytes ran out"; whoever knows
//! which field that was turns it into `Err::Failure` with [`required`].

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult};

use super::PacketId;
use super::decode::{Limits, Stance};
use crate::spec::{self, Id};
use crate::topic::{self, Flaw};
use crate::violation::Rule;

/// Why a body could not be parsed. A length and not a slice: no lifetime, eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub id: Id,
    pub rule: Rule,
    /// Bytes from the offending one to the end of the body.
    pub remaining: u32,
}

pub(super) type Parsed<'a, T> = IResult<&'a [u8], T, Fault>;

impl Fault {
    pub(super) fn here<T>(id: Id, rule: Rule, at: &[u8]) -> Parsed<'_, T> {
        Fault::with_remaining(id, rule, at.len())
    }

    fn with_remaining<'a, T>(id: Id, rule: Rule, remaining: usize) -> Parsed<'a, T> {
        // A body is never longer than Remaining Length can say, so this does not saturate.
        let remaining = u32::try_from(remaining).unwrap_or(u32::MAX);
        Err(Err::Failure(Fault { id, rule, remaining }))
    }
}

impl<'a> ParseError<&'a [u8]> for Fault {
    fn from_error_kind(input: &'a [u8], _: ErrorKind) -> Self {
        let remaining = u32::try_from(input.len()).unwrap_or(u32::MAX);
        Fault { id: Id::MQTT_4_8_0_1, rule: Rule::CutOff, remaining }
    }

    fn append(_: &'a [u8], _: ErrorKind, first: Self) -> Self {
        first
    }
}

/// What to report if a field is missing or cut off.
#[derive(Clone, Copy)]
pub(super) struct Missing {
    pub id: Id,
    pub rule: Rule,
}

/// What to report about a text field.
#[derive(Clone, Copy)]
pub(super) struct TextField {
    pub missing: Missing,
    /// Broken by ill-formed UTF-8.
    pub utf8: Id,
    /// Broken by U+0000.
    pub nul: Id,
    /// Broken by a wildcard character, if the field is a Topic Name.
    pub wildcard: Option<Id>,
}

#[inline(always)]
fn short<T>(input: &[u8]) -> Parsed<'_, T> {
    Err(Err::Error(Fault::from_error_kind(input, ErrorKind::Eof)))
}

/// One byte.
#[inline(always)]
pub(super) fn byte(input: &[u8]) -> Parsed<'_, u8> {
    match input {
        [byte, rest @ ..] => Ok((rest, *byte)),
        [] => short(input),
    }
}

/// Sixteen bits, the most significant byte first (§1.5.2).
#[inline(always)]
pub(super) fn integer(input: &[u8]) -> Parsed<'_, u16> {
    match input {
        [high, low, rest @ ..] => Ok((rest, u16::from_be_bytes([*high, *low]))),
        [] | [_] => short(input),
    }
}

/// A two-byte length, then as many bytes of any value.
#[inline(always)]
pub(super) fn binary(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, bytes) = integer(input)?;
    match rest.split_at_checked(usize::from(bytes)) {
        Some((field, rest)) => Ok((rest, field)),
        None => short(input),
    }
}

/// The field, or a breach at the place where it should begin.
#[inline(always)]
pub(super) fn required<'a, T>(
    missing: Missing,
    parser: impl FnOnce(&'a [u8]) -> Parsed<'a, T>,
    input: &'a [u8],
) -> Parsed<'a, T> {
    match parser(input) {
        Err(Err::Error(_) | Err::Incomplete(_)) => Fault::here(missing.id, missing.rule, input),
        found => found,
    }
}

/// A packet identifier that is not 0 (§2.3.1).
#[inline(always)]
pub(super) fn packet_id(broken: Id, input: &[u8]) -> Parsed<'_, PacketId> {
    let missing = Missing { id: broken, rule: Rule::PacketIdMissing };
    let (rest, number) = required(missing, integer, input)?;
    match PacketId::new(number) {
        Some(packet_id) => Ok((rest, packet_id)),
        None => Fault::here(broken, Rule::PacketIdZero, input),
    }
}

/// Text of any kind (§1.5.3, §4.7), made by its constructor; plain text is valid as any kind.
#[inline(always)]
pub(super) fn text<'a, T>(
    field: TextField,
    limits: Limits,
    new: impl Fn(&'a str) -> Result<T, Flaw>,
    trusted: impl Fn(&'a str) -> T,
    input: &'a [u8],
) -> Parsed<'a, T> {
    let (rest, text) = utf8(field, input)?;
    if topic::is_plain(text) {
        return Ok((rest, trusted(text)));
    }
    let value = match new(text) {
        Ok(value) => value,
        Err(flaw) => return flawed(field, flaw, text, rest),
    };
    let (rest, ()) = printable(text, rest, limits)?;
    Ok((rest, value))
}

#[inline(always)]
fn utf8(field: TextField, input: &[u8]) -> Parsed<'_, &str> {
    let (rest, bytes) = required(field.missing, binary, input)?;
    match str::from_utf8(bytes) {
        Ok(text) => {
            spec::upholds!(MQTT_1_5_3_3);
            Ok((rest, text))
        }
        Err(error) => {
            let ill_formed = bytes.len().saturating_sub(error.valid_up_to());
            let remaining = rest.len().saturating_add(ill_formed);
            Fault::with_remaining(field.utf8, Rule::TextNotUtf8, remaining)
        }
    }
}

/// Reports a flaw of the text under the statement that speaks of this field.
#[cold]
fn flawed<'a, T>(field: TextField, flaw: Flaw, text: &str, rest: &[u8]) -> Parsed<'a, T> {
    let id = if flaw.rule == Rule::TextWithNul {
        field.nul
    } else if flaw.rule == Rule::WildcardInTopicName {
        field.wildcard.unwrap_or(flaw.id)
    } else {
        flaw.id
    };
    let remaining = rest.len().saturating_add(text.len().saturating_sub(flaw.at));
    Fault::with_remaining(id, flaw.rule, remaining)
}

/// Refuses control characters and non-characters if the limits say so. They are not malformed
/// (§1.5.3 lets a receiver close on them), so no statement but the one on closing can be named.
#[inline(always)]
fn printable<'a>(text: &str, rest: &'a [u8], limits: Limits) -> Parsed<'a, ()> {
    if limits.control_characters == Stance::Refuse
        && let Some(at) = topic::dubious(text)
    {
        let remaining = rest.len().saturating_add(text.len().saturating_sub(at));
        return Fault::with_remaining(Id::MQTT_4_8_0_1, Rule::DubiousCharacter, remaining);
    }
    Ok((rest, ()))
}
