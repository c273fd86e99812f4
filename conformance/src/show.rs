//! Packets in the words of the standard: one line each, as in a trace.

use etalon::packet::{self, Connack, Decoded, Delivery, Limits, Packet, ReturnCode};

/// Every packet in `bytes`, in order.
///
/// # Panics
/// If `bytes` are not whole, valid packets from a Server.
pub fn packets(bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        match packet::decode(rest, Limits::CLIENT) {
            Ok(Decoded::Packet { packet, used, .. }) => {
                lines.push(self::packet(&packet));
                rest = &rest[used..];
            }
            Ok(Decoded::Incomplete { need }) => panic!("{need} bytes are missing: {rest:02x?}"),
            Err(violation) => panic!("the server broke {violation}: {rest:02x?}"),
        }
    }
    lines
}

/// The first packet in `bytes` in one line, or what is wrong with it.
pub fn line(bytes: &[u8]) -> String {
    match packet::decode(bytes, Limits::EITHER) {
        Ok(Decoded::Packet { packet, .. }) => self::packet(&packet),
        Ok(Decoded::Incomplete { need }) => format!("half a packet, {need} bytes are missing"),
        Err(violation) => violation.to_string(),
    }
}

/// One packet.
pub fn packet(packet: &Packet<'_>) -> String {
    match packet {
        Packet::Connect(connect) => {
            let clean = if connect.clean_session { " clean" } else { "" };
            format!("CONNECT client={}{clean}", connect.client_id.as_str())
        }
        Packet::Connack(Connack::Accepted { session_present: false }) => "CONNACK accepted".into(),
        Packet::Connack(Connack::Accepted { session_present: true }) => {
            "CONNACK accepted present".into()
        }
        Packet::Connack(Connack::Refused(code)) => format!("CONNACK refused {}", *code as u8),
        Packet::Publish(publish) => {
            let mut line = format!("PUBLISH {}", publish.topic.as_str());
            match publish.delivery {
                Delivery::AtMostOnce => {}
                Delivery::AtLeastOnce { packet_id, .. }
                | Delivery::ExactlyOnce { packet_id, .. } => {
                    let qos = publish.delivery.qos() as u8;
                    line += &format!(" qos={qos} id={}", packet_id.get());
                }
            }
            if publish.delivery.dup() {
                line += " dup";
            }
            if publish.retain {
                line += " retain";
            }
            line + " " + &payload(publish.payload)
        }
        Packet::Puback(ack) => format!("PUBACK id={}", ack.packet_id.get()),
        Packet::Pubrec(ack) => format!("PUBREC id={}", ack.packet_id.get()),
        Packet::Pubrel(ack) => format!("PUBREL id={}", ack.packet_id.get()),
        Packet::Pubcomp(ack) => format!("PUBCOMP id={}", ack.packet_id.get()),
        Packet::Subscribe(subscribe) => {
            let mut line = format!("SUBSCRIBE id={}", subscribe.packet_id.get());
            for (filter, qos) in subscribe.requests.iter() {
                line += &format!(" {} qos={}", filter.as_str(), qos as u8);
            }
            line
        }
        Packet::Suback(suback) => {
            let mut line = format!("SUBACK id={}", suback.packet_id.get());
            for code in suback.return_codes.iter() {
                line += &match code {
                    ReturnCode::Granted(qos) => format!(" {}", qos as u8),
                    ReturnCode::Failure => " failure".into(),
                };
            }
            line
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut line = format!("UNSUBSCRIBE id={}", unsubscribe.packet_id.get());
            for filter in unsubscribe.filters.iter() {
                line += &format!(" {}", filter.as_str());
            }
            line
        }
        Packet::Unsuback(ack) => format!("UNSUBACK id={}", ack.packet_id.get()),
        Packet::Pingreq(_) => "PINGREQ".into(),
        Packet::Pingresp(_) => "PINGRESP".into(),
        Packet::Disconnect(_) => "DISCONNECT".into(),
    }
}

/// Short text in quotes, anything else by its size.
fn payload(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.len() <= 40 && !text.contains(char::is_control) => format!("{text:?}"),
        Ok(_) | Err(_) => format!("({} bytes)", bytes.len()),
    }
}
