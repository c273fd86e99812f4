//! A packet's bytes explained field by field, for reports: what stands where, and what it means.
//!
//! It walks malformed packets too, up to the byte that [`decode()`] finds at fault, and says that the
//! rest was not read. The ranges follow each other without gap and cover the whole input. It is for
//! people and allocates; nothing on the way of a packet uses it.

use core::fmt::Write;
use core::ops::Range;

use super::decode::{Limits, decode};
use super::field::{binary, byte, integer};
use super::{Kind, Refusal, ReturnCode};
use crate::violation::Violation;

/// So many fields are told; a list may have millions of entries.
const FIELDS_MAX: usize = 1_000;

/// So many bytes or characters of one field are shown.
const SHOWN_MAX: usize = 48;

/// One field of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its bytes, length prefix included; empty for a field that is missing.
    pub at: Range<usize>,
    /// What the standard calls it.
    pub name: &'static str,
    /// What its bytes say.
    pub meaning: String,
}

/// Names the fields of the first packet in `bytes` up to the fault, if there is one.
pub fn annotate(bytes: &[u8], limits: Limits) -> Vec<Field> {
    let fault = decode(bytes, limits).err();
    let mut walk = Walk { bytes, at: 0, end: bytes.len(), whole: true, fields: Vec::new() };
    // `None` says that the walk could not go on; what it has found so far is the answer.
    let _ = walk.packet(fault);
    let mut fields = walk.fields;
    if let Some(fault) = fault {
        fields.retain(|field| field.at.start <= fault.at as usize);
    }
    let read = fields.last().map_or(0, |field| field.at.end);
    if read < bytes.len() {
        let name = if fault.is_some() { "not read" } else { "what follows" };
        let meaning = plural(bytes.len().saturating_sub(read), "byte");
        fields.push(Field { at: read..bytes.len(), name, meaning });
    }
    fields
}

/// Where the walk is: the packet's bytes, as far as they are there.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    /// Whether the packet is there to its end.
    whole: bool,
    fields: Vec<Field>,
}

impl<'a> Walk<'a> {
    fn packet(&mut self, fault: Option<Violation>) -> Option<()> {
        let first = self.byte("packet type and flags", first_byte)?;
        let body_bytes = self.remaining_length()?;
        let kind = Kind::from_bits(first >> 4)?;
        let end = self.at.saturating_add(body_bytes);
        self.whole = end <= self.bytes.len();
        self.end = end.min(self.bytes.len());
        if fault.is_some_and(|fault| (fault.at as usize) < self.at) {
            return None;
        }
        match kind {
            Kind::Connect => self.connect()?,
            Kind::Connack => self.connack()?,
            Kind::Publish => self.publish(first)?,
            Kind::Puback | Kind::Pubrec | Kind::Pubrel | Kind::Pubcomp | Kind::Unsuback => {
                self.packet_id()?
            }
            Kind::Subscribe => self.subscribe()?,
            Kind::Suback => self.suback()?,
            Kind::Unsubscribe => self.unsubscribe()?,
            Kind::Pingreq | Kind::Pingresp | Kind::Disconnect => {}
        }
        if self.at < self.end {
            let bytes = self.take(self.end.saturating_sub(self.at))?;
            self.push("left over", bytes.len(), shown(bytes));
        }
        Some(())
    }

    fn remaining_length(&mut self) -> Option<usize> {
        let mut value = 0usize;
        let mut bytes = 0usize;
        let mut rest = self.rest();
        while let Ok((behind, digit)) = byte(rest) {
            value |= usize::from(digit & 0x7F) << (7 * bytes);
            bytes = bytes.saturating_add(1);
            rest = behind;
            if digit & 0x80 == 0 {
                let longer =
                    if bytes > 1 && digit == 0 { ", in more bytes than needed" } else { "" };
                self.at = self.at.saturating_add(bytes);
                self.push("Remaining Length", bytes, format!("{value}{longer}"));
                return Some(value);
            }
            if bytes == 4 {
                self.at = self.at.saturating_add(bytes);
                self.push("Remaining Length", bytes, "announces a fifth byte".into());
                return None;
            }
        }
        self.at = self.at.saturating_add(bytes);
        self.push("Remaining Length", bytes, "not complete yet".into());
        None
    }

    fn connect(&mut self) -> Option<()> {
        self.text("protocol name")?;
        self.byte("protocol level", |level| match level {
            4 => "4, MQTT 3.1.1".into(),
            other => other.to_string(),
        })?;
        let flags = self.byte("Connect Flags", connect_flags)?;
        self.integer("Keep Alive", |seconds| match seconds {
            0 => "off".into(),
            seconds => plural(usize::from(seconds), "second"),
        })?;
        self.text("Client Identifier")?;
        if flags & 0b0000_0100 != 0 {
            self.text("Will Topic")?;
            self.binary("Will Message")?;
        }
        if flags & 0b1000_0000 != 0 {
            self.text("User Name")?;
        }
        if flags & 0b0100_0000 != 0 {
            self.field("Password", |password| plural(password.len(), "byte"))?;
        }
        Some(())
    }

    fn connack(&mut self) -> Option<()> {
        self.byte("Connect Acknowledge Flags", |flags| {
            format!("Session Present {}{}", flags & 1, reserved(flags >> 1))
        })?;
        self.byte("Connect Return code", |code| match (code, Refusal::from_code(code)) {
            (0, _) => "0, accepted".into(),
            (_, None) => format!("{code}, reserved"),
            (_, Some(refusal)) => format!("{code}, {}", refusal_text(refusal)),
        })?;
        Some(())
    }

    fn publish(&mut self, first: u8) -> Option<()> {
        self.text("Topic Name")?;
        if first & 0b0110 != 0 {
            self.packet_id()?;
        }
        let payload = self.take(self.end.saturating_sub(self.at))?;
        let missing = if self.whole { "" } else { ", more to come" };
        self.push("payload", payload.len(), format!("{}{missing}", shown(payload)));
        Some(())
    }

    fn subscribe(&mut self) -> Option<()> {
        self.packet_id()?;
        self.entries("topic filter", |walk| {
            walk.text("topic filter")?;
            walk.byte("requested QoS", |byte| {
                format!("QoS {}{}", byte & 0b11, reserved(byte >> 2))
            })?;
            Some(())
        })
    }

    fn suback(&mut self) -> Option<()> {
        self.packet_id()?;
        self.entries("return code", |walk| {
            walk.byte("return code", |code| match ReturnCode::from_byte(code) {
                Some(ReturnCode::Granted(qos)) => format!("granted QoS {}", qos.bits()),
                Some(ReturnCode::Failure) => "failure".into(),
                None => format!("{code:02X}, reserved"),
            })?;
            Some(())
        })
    }

    fn unsubscribe(&mut self) -> Option<()> {
        self.packet_id()?;
        self.entries("topic filter", |walk| walk.text("topic filter"))
    }

    /// A list that may not be empty.
    fn entries(
        &mut self,
        name: &'static str,
        mut entry: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        if self.at >= self.end {
            self.missing(name);
        }
        while self.at < self.end {
            if self.fields.len() >= FIELDS_MAX {
                let bytes = self.take(self.end.saturating_sub(self.at))?;
                let meaning = format!("{} of further entries", plural(bytes.len(), "byte"));
                self.push(name, bytes.len(), meaning);
                return None;
            }
            entry(self)?;
        }
        Some(())
    }

    fn packet_id(&mut self) -> Option<()> {
        self.integer("Packet Identifier", |number| number.to_string()).map(|_| ())
    }

    fn byte(&mut self, name: &'static str, meaning: impl FnOnce(u8) -> String) -> Option<u8> {
        let Ok((_, found)) = byte(self.rest()) else {
            self.missing(name);
            return None;
        };
        self.at = self.at.saturating_add(1);
        self.push(name, 1, meaning(found));
        Some(found)
    }

    fn integer(&mut self, name: &'static str, meaning: impl FnOnce(u16) -> String) -> Option<()> {
        let Ok((_, found)) = integer(self.rest()) else {
            self.missing(name);
            return None;
        };
        self.at = self.at.saturating_add(2);
        self.push(name, 2, meaning(found));
        Some(())
    }

    fn text(&mut self, name: &'static str) -> Option<()> {
        self.field(name, |bytes| match str::from_utf8(bytes) {
            Ok(text) => quoted(text),
            Err(_) => format!("not UTF-8: {}", hex(bytes)),
        })
    }

    fn binary(&mut self, name: &'static str) -> Option<()> {
        self.field(name, shown)
    }

    fn field(&mut self, name: &'static str, meaning: impl FnOnce(&[u8]) -> String) -> Option<()> {
        let Ok((_, bytes)) = binary(self.rest()) else {
            self.missing(name);
            return None;
        };
        let length = bytes.len().saturating_add(2);
        self.at = self.at.saturating_add(length);
        self.push(name, length, meaning(bytes));
        Some(())
    }

    /// The field does not fit into what is there.
    fn missing(&mut self, name: &'static str) {
        let rest = self.rest();
        let mut meaning = match (self.whole, rest.is_empty()) {
            (false, true) => "not there yet".to_owned(),
            (false, false) => "not complete yet".to_owned(),
            (true, true) => "missing".to_owned(),
            (true, false) => "cut off".to_owned(),
        };
        if let Ok((behind, length)) = integer(rest) {
            let there = behind.len();
            // Writing into a string does not fail.
            let _ = write!(meaning, ": {} announced, {there} there", plural(length.into(), "byte"));
        }
        self.at = self.end;
        self.push(name, rest.len(), meaning);
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, _) = self.rest().split_at_checked(bytes)?;
        self.at = self.at.saturating_add(bytes);
        Some(taken)
    }

    /// Names the bytes that the walk has just passed.
    fn push(&mut self, name: &'static str, bytes: usize, meaning: String) {
        let at = self.at.saturating_sub(bytes)..self.at;
        self.fields.push(Field { at, name, meaning });
    }
}

fn first_byte(first: u8) -> String {
    let Some(kind) = Kind::from_bits(first >> 4) else {
        return format!("{}, reserved", first >> 4);
    };
    if kind == Kind::Publish {
        let (dup, qos, retain) = (first >> 3 & 1, first >> 1 & 0b11, first & 1);
        return format!("PUBLISH, DUP {dup}, QoS {qos}, RETAIN {retain}");
    }
    format!("{kind}, flags {:04b}", first & 0x0F)
}

fn connect_flags(flags: u8) -> String {
    let names = [
        (7, "User Name"),
        (6, "Password"),
        (5, "Will Retain"),
        (2, "Will"),
        (1, "CleanSession"),
        (0, "reserved bit"),
    ];
    let set = names.iter().filter(|(bit, _)| flags >> bit & 1 == 1).map(|(_, name)| *name);
    let mut meaning = set.collect::<Vec<_>>().join(", ");
    let qos = flags >> 3 & 0b11;
    if qos != 0 || flags & 0b0000_0100 != 0 {
        let comma = if meaning.is_empty() { "" } else { ", " };
        let _ = write!(meaning, "{comma}Will QoS {qos}");
    }
    if meaning.is_empty() { "none".into() } else { meaning }
}

const fn refusal_text(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnacceptableProtocolVersion => "refused, unacceptable protocol version",
        Refusal::IdentifierRejected => "refused, identifier rejected",
        Refusal::ServerUnavailable => "refused, server unavailable",
        Refusal::BadUserNameOrPassword => "refused, bad user name or password",
        Refusal::NotAuthorized => "refused, not authorized",
    }
}

fn reserved(bits: u8) -> &'static str {
    if bits == 0 { "" } else { ", reserved bits set" }
}

/// Text if it is printable, else bytes; not more than fits a line.
fn shown(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok("") => "empty".into(),
        Ok(text) if !text.chars().any(char::is_control) => quoted(text),
        Ok(_) | Err(_) => format!("{}: {}", plural(bytes.len(), "byte"), hex(bytes)),
    }
}

fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN_MAX).collect();
    if shown.len() == text.len() {
        format!("{shown:?}")
    } else {
        format!("{shown:?} .., {} in all", plural(text.len(), "byte"))
    }
}

fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> =
        bytes.iter().take(SHOWN_MAX / 3).map(|byte| format!("{byte:02X}")).collect();
    let more = if shown.len() < bytes.len() { " .." } else { "" };
    format!("{}{more}", shown.join(" "))
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
