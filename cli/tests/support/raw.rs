//! A client that is a socket and a few lines, independent of the library under test.
//!
//! It sends what it is told, byte for byte, and returns packets as they come. Every read has an
//! upper limit of time, so that a test fails instead of waiting for ever.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use super::PATIENCE;

pub const PINGREQ: &[u8] = &[0xC0, 0];
pub const PINGRESP: &[u8] = &[0xD0, 0];
pub const DISCONNECT: &[u8] = &[0xE0, 0];
/// CONNACK with return code 0 and without a session.
pub const ACCEPTED: &[u8] = &[0x20, 2, 0, 0];
/// The same with a session.
pub const RESUMED: &[u8] = &[0x20, 2, 1, 0];

/// One packet: its first byte, then what follows the Remaining Length.
pub fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut rest = body.len();
    while rest > 127 {
        bytes.push((rest % 128) as u8 | 0x80);
        rest /= 128;
    }
    bytes.push(rest as u8);
    bytes.extend_from_slice(body);
    bytes
}

/// A string with its length.
pub fn text(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u16).to_be_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// CONNECT without Keep Alive, with CleanSession 1.
pub fn connect(client_id: &str) -> Vec<u8> {
    connect_with(2, client_id, &[])
}

/// CONNECT without Keep Alive; `more` follows the Client Identifier.
pub fn connect_with(flags: u8, client_id: &str, more: &[u8]) -> Vec<u8> {
    let body = [&text("MQTT")[..], &[4, flags, 0, 0], &text(client_id), more].concat();
    packet(0x10, &body)
}

/// CONNECT with a Will at QoS 0, with CleanSession 1.
pub fn connect_with_will(client_id: &str, topic: &str, message: &str) -> Vec<u8> {
    connect_with(0x06, client_id, &[text(topic), text(message)].concat())
}

/// PUBLISH at QoS 0.
pub fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    packet(0x30, &[&text(topic)[..], payload].concat())
}

/// PUBLISH at QoS 1 or 2.
pub fn publish_at(qos: u8, id: u16, topic: &str, payload: &[u8]) -> Vec<u8> {
    packet(0x30 | qos << 1, &[&text(topic)[..], &id.to_be_bytes(), payload].concat())
}

/// SUBSCRIBE for one filter, with Packet Identifier 1.
pub fn subscribe(filter: &str, qos: u8) -> Vec<u8> {
    packet(0x82, &[&[0, 1][..], &text(filter), &[qos]].concat())
}

/// A connection.
pub struct Raw(pub TcpStream);

impl Raw {
    /// Opens it and sends nothing.
    pub fn open(address: SocketAddr) -> Raw {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Raw(stream)
    }

    /// Connects with CleanSession 1 and has been accepted.
    pub fn connect(address: SocketAddr, client_id: &str) -> Raw {
        let mut raw = Raw::open(address);
        raw.send(&connect(client_id));
        raw.expect(ACCEPTED);
        raw
    }

    /// The same, then subscribes to `filter`.
    pub fn subscribed(address: SocketAddr, client_id: &str, filter: &str, qos: u8) -> Raw {
        let mut raw = Raw::connect(address, client_id);
        raw.send(&subscribe(filter, qos));
        raw.expect(&[0x90, 3, 0, 1, qos]);
        raw
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// The next bytes have to be these.
    pub fn expect(&mut self, bytes: &[u8]) {
        let mut came = vec![0; bytes.len()];
        self.0.read_exact(&mut came).unwrap();
        assert_eq!(came, bytes);
    }

    /// The next packet, whole.
    pub fn receive(&mut self) -> Vec<u8> {
        let mut bytes = vec![self.byte()];
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            bytes.push(byte);
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let header = bytes.len();
        bytes.resize(header + length, 0);
        self.0.read_exact(&mut bytes[header..]).unwrap();
        bytes
    }

    fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.0.read_exact(&mut byte).unwrap();
        byte[0]
    }

    /// Sends PINGREQ and gets the answer, and nothing before it.
    pub fn ping(&mut self) {
        self.send(PINGREQ);
        self.expect(PINGRESP);
    }

    /// Reads until the broker closes and returns what came.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        match self.0.read_to_end(&mut all) {
            Ok(_) => all,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => all,
            Err(error) => panic!("the broker does not close: {error}, after {all:02x?}"),
        }
    }

    pub fn shut_down_sending(&self) {
        self.0.shutdown(Shutdown::Write).unwrap();
    }
}
