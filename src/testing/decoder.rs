//! Somebody else's decoder: what it accepts, what it refuses and what it reads, compared with ours.
//!
//! What the standard leaves open counts for nothing: either answer is right for a Remaining Length
//! longer than needed (S-01), identifier 0 in an acknowledgement (S-08), control characters (S-09),
//! another protocol name or level (S-21, S-25: a Server may serve that too), an empty Client
//! Identifier with CleanSession 0 (it is answered, so somebody has to read it) and a reserved
//! Connect Return code.

use super::difference::{difference, section};
use super::encoder::LIMITS;
use super::finding::{Class, Finding};
use super::request::Request;
use crate::packet::{Decoded, Kind, Packet, decode};
use crate::spec::{Cite, Id};
use crate::violation::{Rule, Violation, Weight};

/// What a decoder makes of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A packet with these fields.
    Packet(Request),
    /// It waits for more bytes.
    Incomplete,
    /// It refuses the bytes, and says why.
    Refused(String),
    /// It does not read such packets, being the other side's decoder.
    Unsupported(String),
}

/// What our decoder reads in these bytes, as a decoder should answer.
pub fn expected(bytes: &[u8]) -> Read {
    match decode(bytes, LIMITS) {
        Ok(Decoded::Packet { packet, .. }) => Read::Packet(Request::from(&packet)),
        Ok(Decoded::Incomplete { .. }) => Read::Incomplete,
        Err(violation) => Read::Refused(violation.to_string()),
    }
}

/// What there is to say about an answer; `None` if all is well.
pub fn judge_decoder(bytes: &[u8], read: &Read) -> Option<Finding> {
    match (decode(bytes, LIMITS), read) {
        (_, Read::Unsupported(_)) => None,
        (Ok(Decoded::Packet { packet, .. }), Read::Packet(read)) => {
            judge_fields(bytes, &packet, read)
        }
        (Ok(Decoded::Packet { packet, overlong_length, .. }), Read::Refused(why)) => {
            let why = format!("A well-formed packet is refused: {why}");
            judge_refusal(bytes, &packet, overlong_length, why)
        }
        (Ok(Decoded::Packet { packet, overlong_length, .. }), Read::Incomplete) => {
            let why = "A packet that is there to its last byte is waited for.".to_owned();
            judge_refusal(bytes, &packet, overlong_length, why)
        }
        (Ok(Decoded::Incomplete { .. }), Read::Packet(read)) => Some(Finding {
            class: Class::Differs,
            section: "2.2.3",
            field: "Remaining Length",
            ..about(bytes, Some(read.kind()), "A packet is read whose end is missing.".into())
        }),
        (Ok(Decoded::Incomplete { .. }), Read::Incomplete | Read::Refused(_))
        | (Err(_), Read::Refused(_)) => None,
        (Err(violation), Read::Packet(read)) => {
            if is_open(violation) {
                return None;
            }
            let what = format!("Malformed at byte {}, and yet it is accepted.", violation.at);
            Some(Finding { asked: Some(read.clone()), ..accepted(bytes, violation, what) })
        }
        (Err(violation), Read::Incomplete) => {
            if is_open(violation) || !is_whole(bytes) {
                return None;
            }
            let what = format!(
                "Malformed at byte {}, all bytes are there, and more are waited for.",
                violation.at
            );
            Some(accepted(bytes, violation, what))
        }
    }
}

/// Whether the standard leaves it to the receiver, or to another layer of it.
fn is_open(violation: Violation) -> bool {
    violation.rule.weight() != Weight::Breach
        || matches!(
            violation.rule,
            Rule::ClientIdEmpty | Rule::ProtocolName | Rule::ProtocolLevel | Rule::ConnackCode
        )
        || violation.rule == Rule::PacketIdZero && violation.packet.is_some_and(is_answer)
}

/// Whether packets of this type only repeat an identifier; what 0 means there is open (S-08).
pub(super) const fn is_answer(kind: Kind) -> bool {
    match kind {
        Kind::Puback
        | Kind::Pubrec
        | Kind::Pubrel
        | Kind::Pubcomp
        | Kind::Suback
        | Kind::Unsuback => true,
        Kind::Connect
        | Kind::Connack
        | Kind::Publish
        | Kind::Subscribe
        | Kind::Unsubscribe
        | Kind::Pingreq
        | Kind::Pingresp
        | Kind::Disconnect => false,
    }
}

/// Whether all bytes are there that Remaining Length announces.
fn is_whole(bytes: &[u8]) -> bool {
    let mut length = 0usize;
    for (place, digit) in bytes.iter().skip(1).take(4).enumerate() {
        length |= usize::from(digit & 0x7F) << (7 * place);
        if digit & 0x80 == 0 {
            return bytes.len() >= length.saturating_add(2).saturating_add(place);
        }
    }
    // Five bytes are too many, and that can be seen.
    bytes.len() > 5
}

fn judge_refusal(
    bytes: &[u8],
    packet: &Packet<'_>,
    overlong_length: bool,
    what: String,
) -> Option<Finding> {
    let request = Request::from(packet);
    if overlong_length || request.is_dubious() {
        return None;
    }
    Some(Finding {
        class: Class::Differs,
        field: "refuses a valid packet",
        asked: Some(request),
        ..about(bytes, Some(packet.kind()), what)
    })
}

fn judge_fields(bytes: &[u8], packet: &Packet<'_>, read: &Request) -> Option<Finding> {
    let should = Request::from(packet);
    if should == *read {
        return None;
    }
    let asked = Some(read.clone());
    let bom_lost = [true, false].into_iter().any(|all| without_bom(&should, all) == *read);
    if bom_lost {
        let id = Id::MQTT_1_5_3_3;
        return Some(Finding {
            class: Class::Breach,
            cite: Some(Cite::Statement(id)),
            section: id.statement().section,
            field: "U+FEFF",
            asked,
            ..about(bytes, Some(packet.kind()), "U+FEFF in a text is dropped.".into())
        });
    }
    let mut list = Vec::new();
    let found = read.packet(&mut list).ok().and_then(|read| difference(packet, &read));
    let field = found.map_or("field that no packet has", |difference| difference.field);
    let what = format!("The packet is read, but with another {field}.");
    Some(Finding {
        class: Class::Differs,
        section: found.map_or(section(packet.kind()), |difference| difference.section),
        field,
        asked,
        ..about(bytes, Some(packet.kind()), what)
    })
}

/// The packet as one reads it who takes U+FEFF for a byte order mark.
fn without_bom(request: &Request, everywhere: bool) -> Request {
    let strip = |text: &String| match everywhere {
        true => text.replace('\u{FEFF}', ""),
        false => text.strip_prefix('\u{FEFF}').unwrap_or(text).to_owned(),
    };
    let mut request = request.clone();
    match &mut request {
        Request::Connect(connect) => {
            connect.client_id = strip(&connect.client_id);
            connect.user_name = connect.user_name.as_ref().map(strip);
            if let Some((topic, _)) = &mut connect.will {
                *topic = strip(topic);
            }
        }
        Request::Publish(publish) => publish.topic_name = strip(&publish.topic_name),
        Request::Subscribe { requests, .. } => {
            requests.iter_mut().for_each(|(filter, _)| *filter = strip(filter));
        }
        Request::Unsubscribe { topic_filters, .. } => {
            topic_filters.iter_mut().for_each(|filter| *filter = strip(filter));
        }
        Request::Connack { .. }
        | Request::Puback { .. }
        | Request::Pubrec { .. }
        | Request::Pubrel { .. }
        | Request::Pubcomp { .. }
        | Request::Suback { .. }
        | Request::Unsuback { .. }
        | Request::Pingreq
        | Request::Pingresp
        | Request::Disconnect => {}
    }
    request
}

fn accepted(bytes: &[u8], violation: Violation, what: String) -> Finding {
    Finding {
        class: Class::Breach,
        cite: Some(Cite::Statement(violation.id)),
        section: violation.id.statement().section,
        field: violation.text(),
        violation: Some(violation),
        ..about(bytes, violation.packet, what)
    }
}

fn about(bytes: &[u8], kind: Option<Kind>, what: String) -> Finding {
    Finding {
        class: Class::Note,
        cite: None,
        section: kind.map_or("2.2", section),
        kind,
        field: "",
        what,
        asked: None,
        forbidden: None,
        bytes: bytes.to_vec(),
        violation: None,
    }
}
