//! Somebody else's encoder: every packet that it writes is decoded strictly and compared.
//!
//! What counts against an encoder is bytes. To refuse a packet is its right (a note says so where
//! the standard allows the packet), and so is to write something well-formed where something
//! forbidden was asked for, unless a text that is too long comes out as another text.

use super::decoder::is_answer;
use super::difference::{difference, section};
use super::finding::{Class, Finding};
use super::request::{Forbidden, Request};
use crate::packet::{Decoded, Limits, Packet, Stance, decode};
use crate::spec::{Cite, Id, Line, Reading};
use crate::topic::TEXT_BYTES_MAX;
use crate::violation::{Rule, Violation};

/// What an encoder makes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The packet's bytes.
    Bytes(Vec<u8>),
    /// It will not encode this, and says why.
    Refused(String),
    /// It has no way to be asked for this.
    Unsupported(String),
}

/// Text is judged as §1.5.3 has it: control characters are no fault.
pub(super) const LIMITS: Limits = Limits { control_characters: Stance::Accept, ..Limits::EITHER };

/// What there is to say about a reply; `None` if all is well.
pub fn judge_encoder(request: &Request, reply: &Reply) -> Option<Finding> {
    let mut list = Vec::new();
    let asked = request.packet(&mut list);
    match (reply, &asked) {
        (Reply::Unsupported(_), _) | (Reply::Refused(_), Err(_)) => None,
        (Reply::Refused(_), Ok(_)) if request.is_dubious() => None,
        (Reply::Refused(why), Ok(_)) => Some(refused(request, why)),
        // To write nothing is a way to refuse.
        (Reply::Bytes(bytes), Err(_)) if bytes.is_empty() => None,
        (Reply::Bytes(bytes), Ok(_)) if bytes.is_empty() => Some(nothing(request)),
        (Reply::Bytes(bytes), Ok(packet)) => judge_bytes(request, packet, bytes),
        (Reply::Bytes(bytes), Err(forbidden)) => judge_forbidden(request, *forbidden, bytes),
    }
}

fn judge_bytes(request: &Request, packet: &Packet<'_>, bytes: &[u8]) -> Option<Finding> {
    let (written, overlong_length) = match read_whole(bytes) {
        Ok(written) => written,
        Err(violation) => return Some(malformed(request, None, bytes, violation)),
    };
    let Some(difference) = difference(packet, &written) else {
        return overlong_length.then(|| longer_than_needed(request, bytes));
    };
    let class = match difference.cite {
        Some(Cite::Statement(_)) => Class::Breach,
        Some(Cite::Line(_) | Cite::Reading(_)) | None => Class::Differs,
    };
    let what = format!(
        "What was written is a well-formed {}, but its {} is not what was asked for.",
        written.kind(),
        difference.field
    );
    Some(Finding {
        class,
        cite: difference.cite,
        section: difference.section,
        field: difference.field,
        ..about(request, None, bytes, what)
    })
}

fn judge_forbidden(request: &Request, forbidden: Forbidden, bytes: &[u8]) -> Option<Finding> {
    if forbidden.rule == Rule::PacketIdZero && is_answer(request.kind()) {
        return None;
    }
    let written = match read_whole(bytes) {
        Ok((written, _)) => written,
        Err(violation) => return Some(malformed(request, Some(forbidden), bytes, violation)),
    };
    // Corrected is well done. Only what was cut or shifted without a word has become another text.
    if forbidden.rule != Rule::TextTooLong || !long_field_is_there(request, &written) {
        return None;
    }
    let what = "A field of more than 65,535 bytes was written with a shorter length, so that the \
                packet says something else.";
    Some(Finding {
        class: Class::PassedOn,
        cite: Some(Cite::Line(Line::L_187)),
        section: Line::L_187.sentence().section,
        field: "length of a field",
        ..about(request, Some(forbidden), bytes, what.into())
    })
}

/// Whether a field that is too long was written in some form, and not left out.
fn long_field_is_there(request: &Request, written: &Packet<'_>) -> bool {
    let (Request::Connect(asked), Packet::Connect(written)) = (request, written) else {
        return request.kind() == written.kind();
    };
    let long = |bytes: Option<usize>| bytes.is_some_and(|bytes| bytes > TEXT_BYTES_MAX);
    let will = asked.will.as_ref();
    let login = written.login;
    long(Some(asked.client_id.len()))
        || long(will.map(|(topic, message)| topic.len().max(message.len())))
            && written.will.is_some()
        || long(asked.user_name.as_ref().map(String::len)) && login.is_some()
        || long(asked.password.as_ref().map(Vec::len))
            && login.is_some_and(|login| login.password.is_some())
}

/// The packet that these bytes are, no more and no less.
pub(super) fn read_whole(bytes: &[u8]) -> Result<(Packet<'_>, bool), Violation> {
    let kind = bytes.first().and_then(|first| crate::packet::Kind::from_bits(first >> 4));
    let beside = |rule, at: usize| {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        Violation { packet: kind, ..Violation::new(Id::MQTT_4_8_0_1, rule, at) }
    };
    match decode(bytes, LIMITS)? {
        Decoded::Packet { packet, used, overlong_length } if used == bytes.len() => {
            Ok((packet, overlong_length))
        }
        Decoded::Packet { used, .. } => Err(beside(Rule::LeftOver, used)),
        Decoded::Incomplete { .. } => Err(beside(Rule::CutOff, bytes.len())),
    }
}

fn malformed(
    request: &Request,
    forbidden: Option<Forbidden>,
    bytes: &[u8],
    violation: Violation,
) -> Finding {
    // The decoder names what a Server answers; here it is the sender who is told.
    let empty = violation.rule == Rule::ClientIdEmpty;
    let id = if empty { Id::MQTT_3_1_3_7 } else { violation.id };
    let class = if forbidden.is_some() { Class::PassedOn } else { Class::Breach };
    let what = if violation.rule == Rule::CutOff && violation.at as usize == bytes.len() {
        "Remaining Length announces more bytes than were written.".into()
    } else {
        format!("What was written is malformed at byte {}: {}.", violation.at, violation.text())
    };
    Finding {
        class,
        cite: Some(Cite::Statement(id)),
        section: id.statement().section,
        field: violation.text(),
        violation: Some(violation),
        ..about(request, forbidden, bytes, what)
    }
}

fn refused(request: &Request, why: &str) -> Finding {
    let what = format!("A packet that the standard allows is refused: {why}");
    Finding { field: "refuses a valid packet", ..about(request, None, &[], what) }
}

fn nothing(request: &Request) -> Finding {
    let what = "A packet that the standard allows is neither written nor refused.";
    let field = "writes nothing";
    Finding { class: Class::Differs, field, ..about(request, None, &[], what.into()) }
}

fn longer_than_needed(request: &Request, bytes: &[u8]) -> Finding {
    let what = "Remaining Length takes more bytes than its value needs, which nothing forbids.";
    Finding {
        cite: Some(Cite::Reading(Reading::S_01)),
        section: "2.2.3",
        field: "Remaining Length",
        ..about(request, None, bytes, what.into())
    }
}

fn about(request: &Request, forbidden: Option<Forbidden>, bytes: &[u8], what: String) -> Finding {
    Finding {
        class: Class::Note,
        cite: None,
        section: section(request.kind()),
        kind: Some(request.kind()),
        field: "",
        what,
        asked: Some(request.clone()),
        forbidden,
        bytes: bytes.to_vec(),
        violation: None,
    }
}
