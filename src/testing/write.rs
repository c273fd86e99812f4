//! An encoder that writes whatever it is asked for, right or wrong: the source of malformed packets
//! for decoders, and a bad example to try the laws on.
//!
//! Lengths that do not fit into their two bytes lose their high bits, as in many a real encoder.

use super::request::{ConnectRequest, PublishRequest, Request};

/// The bytes of the packet as it was asked for.
pub(super) fn as_asked(request: &Request) -> Vec<u8> {
    let mut body = Vec::new();
    let first = match request {
        Request::Connect(connect) => {
            connect_body(connect, &mut body);
            0x10
        }
        Request::Connack { session_present, return_code } => {
            body.extend([u8::from(*session_present), *return_code]);
            0x20
        }
        Request::Publish(publish) => publish_body(publish, &mut body),
        Request::Puback { packet_id } => only_id(*packet_id, 0x40, &mut body),
        Request::Pubrec { packet_id } => only_id(*packet_id, 0x50, &mut body),
        Request::Pubrel { packet_id } => only_id(*packet_id, 0x62, &mut body),
        Request::Pubcomp { packet_id } => only_id(*packet_id, 0x70, &mut body),
        Request::Subscribe { packet_id, requests } => {
            for (filter, qos) in requests {
                prefixed(filter.as_bytes(), &mut body);
                body.push(*qos);
            }
            behind_id(*packet_id, 0x82, &mut body)
        }
        Request::Suback { packet_id, return_codes } => {
            body.extend(return_codes);
            behind_id(*packet_id, 0x90, &mut body)
        }
        Request::Unsubscribe { packet_id, topic_filters } => {
            for filter in topic_filters {
                prefixed(filter.as_bytes(), &mut body);
            }
            behind_id(*packet_id, 0xA2, &mut body)
        }
        Request::Unsuback { packet_id } => only_id(*packet_id, 0xB0, &mut body),
        Request::Pingreq => 0xC0,
        Request::Pingresp => 0xD0,
        Request::Disconnect => 0xE0,
    };
    framed(first, &body)
}

/// A fixed header with the right Remaining Length, and the body.
pub(super) fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len().saturating_add(5));
    out.push(first);
    let mut left = body.len();
    loop {
        let low = (left & 0x7F) as u8;
        left >>= 7;
        if left == 0 {
            out.push(low);
            break;
        }
        out.push(low | 0x80);
    }
    out.extend_from_slice(body);
    out
}

fn connect_body(connect: &ConnectRequest, body: &mut Vec<u8>) {
    body.extend([0x00, 0x04, b'M', b'Q', b'T', b'T', 4]);
    body.push(
        u8::from(connect.user_name.is_some()) << 7
            | u8::from(connect.password.is_some()) << 6
            | u8::from(connect.will_retain) << 5
            | (connect.will_qos & 0b11) << 3
            | u8::from(connect.will.is_some()) << 2
            | u8::from(connect.clean_session) << 1,
    );
    body.extend(connect.keep_alive.to_be_bytes());
    prefixed(connect.client_id.as_bytes(), body);
    if let Some((topic, message)) = &connect.will {
        prefixed(topic.as_bytes(), body);
        prefixed(message, body);
    }
    if let Some(name) = &connect.user_name {
        prefixed(name.as_bytes(), body);
    }
    if let Some(password) = &connect.password {
        prefixed(password, body);
    }
}

fn publish_body(publish: &PublishRequest, body: &mut Vec<u8>) -> u8 {
    prefixed(publish.topic_name.as_bytes(), body);
    if let Some(packet_id) = publish.packet_id {
        body.extend(packet_id.to_be_bytes());
    }
    body.extend_from_slice(&publish.payload);
    0x30 | u8::from(publish.dup) << 3 | (publish.qos & 0b11) << 1 | u8::from(publish.retain)
}

fn only_id(packet_id: u16, first: u8, body: &mut Vec<u8>) -> u8 {
    body.extend(packet_id.to_be_bytes());
    first
}

fn behind_id(packet_id: u16, first: u8, body: &mut Vec<u8>) -> u8 {
    body.splice(0..0, packet_id.to_be_bytes());
    first
}

fn prefixed(bytes: &[u8], body: &mut Vec<u8>) {
    body.extend((bytes.len() as u16).to_be_bytes());
    body.extend_from_slice(bytes);
}
