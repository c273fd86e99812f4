//! From bytes to a packet, in two steps: the fixed header, then the exact body.
//!
//! Only the first step can ask for more bytes, and it refuses whatever can be refused without
//! them, so that a limit is checked before a buffer grows. The second step sees one packet's body
//! and nothing behind it. No input makes it panic, recurse or allocate.

use nom::{Err, Needed};

use super::field::{Fault, Parsed};
use super::header::{Header, header};
use super::{
    Disconnect, Kind, PACKET_BYTES_MAX, Packet, Party, Pingreq, Pingresp, connack, connect, puback,
    pubcomp, publish, pubrec, pubrel, suback, subscribe, unsuback, unsubscribe,
};
use crate::spec::Id;
use crate::violation::{Rule, Violation};

/// What the decoder refuses beyond what the standard forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Which side this is; packets that it never receives are refused. `None` takes both kinds.
    pub receiver: Option<Party>,
    /// The largest packet, fixed header included. A larger one is refused by its header.
    ///
    /// # Units
    /// Bytes.
    pub packet_bytes_max: u32,
    /// Control characters and non-characters in text, on which a receiver may close (§1.5.3).
    pub control_characters: Stance,
    /// A Remaining Length in more bytes than needed, which nothing forbids (Table 2.4).
    pub overlong_length: Stance,
}

/// What to do with bytes that are neither right nor wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stance {
    /// Process them.
    Accept,
    /// Close the connection.
    Refuse,
}

impl Limits {
    /// No limit of our own, and no opinion on the direction.
    pub const EITHER: Limits = Limits {
        receiver: None,
        packet_bytes_max: PACKET_BYTES_MAX,
        control_characters: Stance::Refuse,
        overlong_length: Stance::Accept,
    };
    /// The same for a Server.
    pub const SERVER: Limits = Limits { receiver: Some(Party::Server), ..Limits::EITHER };
    /// The same for a Client.
    pub const CLIENT: Limits = Limits { receiver: Some(Party::Client), ..Limits::EITHER };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::EITHER
    }
}

/// What stands at the beginning of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decoded<'a> {
    /// A whole packet.
    Packet {
        /// The packet; it borrows from the input.
        packet: Packet<'a>,
        /// How many bytes of the input it took.
        used: usize,
        /// Whether its Remaining Length took more bytes than needed.
        overlong_length: bool,
    },
    /// The beginning of a packet, nothing wrong with it so far.
    Incomplete {
        /// How many bytes are certainly missing: exact once Remaining Length is known, else a
        /// lower bound. Never 0.
        need: usize,
    },
}

/// Reads the packet with which the input begins.
///
/// ```
/// use etalon::packet::{Decoded, Limits, Packet, Pingreq, decode};
///
/// let packet = Packet::Pingreq(Pingreq);
/// let decoded = decode(&[0xC0, 0x00, 0x30], Limits::SERVER)?;
/// assert_eq!(decoded, Decoded::Packet { packet, used: 2, overlong_length: false });
///
/// let breach = decode(&[0xC1], Limits::SERVER).unwrap_err();
/// assert_eq!(
///     breach.to_string(),
///     "[MQTT-2.2.2-2] PINGREQ, byte 0: fixed-header flags have to be 0000"
/// );
/// # Ok::<(), etalon::violation::Violation>(())
/// ```
///
/// # Errors
/// The first breach, in the order in which the fields stand; what the fixed header shows comes
/// before what needs the body. In a CONNECT an empty Client Identifier with CleanSession 0 comes
/// last, because that one is answered.
#[inline(never)]
pub fn decode(input: &[u8], limits: Limits) -> Result<Decoded<'_>, Violation> {
    let (rest, header) = match header(limits, input) {
        Ok(found) => found,
        Err(Err::Incomplete(Needed::Size(need))) => {
            return Ok(Decoded::Incomplete { need: need.get() });
        }
        Err(Err::Incomplete(Needed::Unknown)) => return Ok(Decoded::Incomplete { need: 1 }),
        Err(Err::Error(violation) | Err::Failure(violation)) => return Err(violation),
    };
    let Some((body, _)) = rest.split_at_checked(header.body_bytes as usize) else {
        return Ok(Decoded::Incomplete {
            need: (header.body_bytes as usize).saturating_sub(rest.len()),
        });
    };
    match packet(header, limits, body) {
        Ok((_, packet)) => Ok(Decoded::Packet {
            packet,
            used: input.len().saturating_sub(rest.len()).saturating_add(body.len()),
            overlong_length: header.overlong,
        }),
        Err(Err::Error(fault) | Err::Failure(fault)) => Err(violation(header, fault)),
        // Complete parsers do not ask for more. If one did, waiting would hang the connection.
        Err(Err::Incomplete(_)) => {
            let fault = Fault { id: Id::MQTT_4_8_0_1, rule: Rule::CutOff, remaining: 0 };
            Err(violation(header, fault))
        }
    }
}

#[inline(always)]
fn packet(header: Header, limits: Limits, body: &[u8]) -> Parsed<'_, Packet<'_>> {
    match header.kind {
        Kind::Connect => as_packet(connect::body(limits, body), Packet::Connect),
        Kind::Connack => as_packet(connack::body(body), Packet::Connack),
        Kind::Publish => as_packet(publish::body(header.flags, limits, body), Packet::Publish),
        Kind::Puback => as_packet(puback::body(body), Packet::Puback),
        Kind::Pubrec => as_packet(pubrec::body(body), Packet::Pubrec),
        Kind::Pubrel => as_packet(pubrel::body(body), Packet::Pubrel),
        Kind::Pubcomp => as_packet(pubcomp::body(body), Packet::Pubcomp),
        Kind::Subscribe => as_packet(subscribe::body(limits, body), Packet::Subscribe),
        Kind::Suback => as_packet(suback::body(body), Packet::Suback),
        Kind::Unsubscribe => as_packet(unsubscribe::body(limits, body), Packet::Unsubscribe),
        Kind::Unsuback => as_packet(unsuback::body(body), Packet::Unsuback),
        // The header has seen to it that these three have no body.
        Kind::Pingreq => Ok((body, Packet::Pingreq(Pingreq))),
        Kind::Pingresp => Ok((body, Packet::Pingresp(Pingresp))),
        Kind::Disconnect => Ok((body, Packet::Disconnect(Disconnect))),
    }
}

#[inline(always)]
fn as_packet<'a, T>(parsed: Parsed<'a, T>, packet: fn(T) -> Packet<'a>) -> Parsed<'a, Packet<'a>> {
    parsed.map(|(rest, found)| (rest, packet(found)))
}

#[cold]
fn violation(header: Header, fault: Fault) -> Violation {
    let end = u32::from(header.bytes).saturating_add(header.body_bytes);
    Violation::new(fault.id, fault.rule, end.saturating_sub(fault.remaining)).seen_in(header.kind)
}
