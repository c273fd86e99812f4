//! A packet in one line, in the words of a trace: what `-d` shows.
//!
//! Text from a peer is escaped where it could move a terminal's cursor, a payload is cut short, and
//! a password is not shown at all.

use std::fmt::Write;

use etalon::packet::{Connack, Connect, Packet, PacketId, Publish, ReturnCode};

/// How many bytes of a payload are shown.
const SHOWN_BYTES_MAX: usize = 32;

/// Describes a packet. A password is not shown.
pub fn packet(packet: &Packet<'_>) -> String {
    let kind = packet.kind().name();
    let with = |packet_id: PacketId| format!("{kind} id={}", packet_id.get());
    match packet {
        Packet::Connect(connect) => format!("{kind}{}", connection(connect)),
        Packet::Connack(Connack::Accepted { session_present: false }) => format!("{kind} accepted"),
        Packet::Connack(Connack::Accepted { session_present: true }) => {
            format!("{kind} accepted session-present")
        }
        Packet::Connack(Connack::Refused(refusal)) => {
            format!("{kind} refused={} ({})", refusal.code(), super::refusal(*refusal))
        }
        Packet::Publish(publish) => format!("{kind}{}", message(publish)),
        Packet::Puback(ack) => with(ack.packet_id),
        Packet::Pubrec(ack) => with(ack.packet_id),
        Packet::Pubrel(ack) => with(ack.packet_id),
        Packet::Pubcomp(ack) => with(ack.packet_id),
        Packet::Subscribe(subscribe) => {
            let mut line = with(subscribe.packet_id);
            for (filter, qos) in subscribe.requests.iter() {
                push(&mut line, format_args!(" {} qos={}", word(filter.as_str()), qos.bits()));
            }
            line
        }
        Packet::Suback(suback) => {
            let mut line = with(suback.packet_id);
            for code in suback.return_codes.iter() {
                match code {
                    ReturnCode::Granted(qos) => push(&mut line, format_args!(" {}", qos.bits())),
                    ReturnCode::Failure => push(&mut line, format_args!(" failure")),
                }
            }
            line
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut line = with(unsubscribe.packet_id);
            for filter in unsubscribe.filters.iter() {
                push(&mut line, format_args!(" {}", word(filter.as_str())));
            }
            line
        }
        Packet::Unsuback(ack) => with(ack.packet_id),
        Packet::Pingreq(_) | Packet::Pingresp(_) | Packet::Disconnect(_) => kind.to_owned(),
    }
}

fn connection(connect: &Connect<'_>) -> String {
    let mut line = format!(" client={}", word(connect.client_id.as_str()));
    if connect.clean_session {
        line.push_str(" clean");
    }
    push(&mut line, format_args!(" keepalive={}", connect.keep_alive));
    if let Some(will) = connect.will {
        push(
            &mut line,
            format_args!(" will={} will-qos={}", word(will.topic.as_str()), will.qos.bits()),
        );
        if will.retain {
            line.push_str(" will-retain");
        }
        push(&mut line, format_args!(" will-message={}", payload(will.message)));
    }
    if let Some(login) = connect.login {
        push(&mut line, format_args!(" user={}", word(login.user_name.as_str())));
        if login.password.is_some() {
            line.push_str(" password");
        }
    }
    line
}

fn message(publish: &Publish<'_>) -> String {
    let mut line =
        format!(" {} qos={}", word(publish.topic.as_str()), publish.delivery.qos().bits());
    if let Some(packet_id) = publish.delivery.packet_id() {
        push(&mut line, format_args!(" id={}", packet_id.get()));
    }
    if publish.delivery.dup() {
        line.push_str(" dup");
    }
    if publish.retain {
        line.push_str(" retain");
    }
    push(&mut line, format_args!(" {}", payload(publish.payload)));
    line
}

/// Text without quotes where it can be told apart without them.
fn word(text: &str) -> String {
    let plain = |character: char| !character.is_whitespace() && !character.is_control();
    match !text.is_empty() && text.chars().all(|c| plain(c) && c != '"') {
        true => text.to_owned(),
        false => format!("{text:?}"),
    }
}

fn payload(bytes: &[u8]) -> String {
    let shown = bytes.get(..SHOWN_BYTES_MAX).unwrap_or(bytes);
    let mut line = match std::str::from_utf8(shown) {
        Ok(text) if !text.chars().any(char::is_control) => format!("{text:?}"),
        Ok(_) | Err(_) => {
            let mut hex = String::from("hex:");
            for byte in shown {
                push(&mut hex, format_args!("{byte:02x}"));
            }
            hex
        }
    };
    if shown.len() < bytes.len() {
        push(&mut line, format_args!(".. ({} bytes)", bytes.len()));
    }
    line
}

fn push(line: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    let _ = line.write_fmt(what);
}
