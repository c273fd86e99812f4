//! What clients send, as bytes: one function for each packet that a Client sends.
//!
//! ```
//! use etalon_conformance::say;
//!
//! let bytes = say::connect("a").kept().keep_alive(10).bytes();
//! assert_eq!(bytes[0], 0x10);
//! ```

use etalon::packet::{
    ClientId, Connect, Delivery, Disconnect, Filters, Login, Packet, PacketId, Pingreq, Puback,
    Pubcomp, Publish, Pubrec, Pubrel, Qos, Requests, Subscribe, Text, Unsubscribe, Will,
};
use etalon::topic::{TopicFilter, TopicName};

/// The bytes of a packet.
///
/// # Panics
/// If the packet is longer than a packet can be.
pub fn packet(packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(&mut bytes).expect("short enough to be sent");
    bytes
}

/// A CONNECT with Clean Session 1 and Keep Alive 0.
pub fn connect(client_id: &str) -> Connecting<'_> {
    Connecting(Connect {
        client_id: ClientId::new(client_id).expect("a valid Client Identifier"),
        clean_session: true,
        keep_alive: 0,
        will: None,
        login: None,
    })
}

/// A CONNECT in the making.
#[derive(Clone, Copy, Debug)]
pub struct Connecting<'a>(Connect<'a>);

impl<'a> Connecting<'a> {
    /// Clean Session 0.
    pub fn kept(mut self) -> Self {
        self.0.clean_session = false;
        self
    }

    /// Keep Alive in seconds.
    pub fn keep_alive(mut self, seconds: u16) -> Self {
        self.0.keep_alive = seconds;
        self
    }

    /// A Will with RETAIN 0.
    pub fn will(mut self, topic: &'a str, message: &'a str, qos: u8) -> Self {
        let (topic, qos) = (name(topic), self::qos(qos));
        self.0.will = Some(Will { topic, message: message.as_bytes(), qos, retain: false });
        self
    }

    /// A Will with RETAIN 1.
    pub fn retained_will(self, topic: &'a str, message: &'a str, qos: u8) -> Self {
        let mut with = self.will(topic, message, qos);
        if let Some(will) = &mut with.0.will {
            will.retain = true;
        }
        with
    }

    /// A User Name and a Password.
    pub fn login(mut self, user_name: &'a str, password: &'a str) -> Self {
        let user_name = Text::new(user_name).expect("a valid User Name");
        self.0.login = Some(Login { user_name, password: Some(password.as_bytes()) });
        self
    }

    /// The packet's bytes.
    pub fn bytes(self) -> Vec<u8> {
        packet(&Packet::Connect(self.0))
    }
}

/// A PUBLISH at QoS 0.
pub fn publish<'a>(topic: &'a str, payload: &'a (impl AsRef<[u8]> + ?Sized)) -> Publishing<'a> {
    Publishing(Publish {
        topic: name(topic),
        delivery: Delivery::AtMostOnce,
        retain: false,
        payload: payload.as_ref(),
    })
}

/// A PUBLISH in the making.
#[derive(Clone, Copy, Debug)]
pub struct Publishing<'a>(Publish<'a>);

impl Publishing<'_> {
    /// QoS 1 under a Packet Identifier.
    pub fn qos1(mut self, packet_id: u16) -> Self {
        self.0.delivery = Delivery::AtLeastOnce { packet_id: id(packet_id), dup: false };
        self
    }

    /// QoS 2 under a Packet Identifier.
    pub fn qos2(mut self, packet_id: u16) -> Self {
        self.0.delivery = Delivery::ExactlyOnce { packet_id: id(packet_id), dup: false };
        self
    }

    /// DUP 1.
    pub fn dup(mut self) -> Self {
        self.0.delivery = match self.0.delivery {
            Delivery::AtMostOnce => panic!("DUP at QoS 0 is malformed"),
            Delivery::AtLeastOnce { packet_id, .. } => {
                Delivery::AtLeastOnce { packet_id, dup: true }
            }
            Delivery::ExactlyOnce { packet_id, .. } => {
                Delivery::ExactlyOnce { packet_id, dup: true }
            }
        };
        self
    }

    /// RETAIN 1.
    pub fn retain(mut self) -> Self {
        self.0.retain = true;
        self
    }

    /// The packet's bytes.
    pub fn bytes(self) -> Vec<u8> {
        packet(&Packet::Publish(self.0))
    }
}

/// A SUBSCRIBE for filters with their requested QoS.
pub fn subscribe(packet_id: u16, filters: &[(&str, u8)]) -> Vec<u8> {
    let mut list = Vec::new();
    let filters = filters.iter().map(|(text, qos)| (filter(text), self::qos(*qos)));
    let requests = Requests::write(filters, &mut list).expect("one filter at least");
    packet(&Packet::Subscribe(Subscribe { packet_id: id(packet_id), requests }))
}

/// An UNSUBSCRIBE.
pub fn unsubscribe(packet_id: u16, filters: &[&str]) -> Vec<u8> {
    let mut list = Vec::new();
    let filters = Filters::write(filters.iter().map(|text| filter(text)), &mut list)
        .expect("one filter at least");
    packet(&Packet::Unsubscribe(Unsubscribe { packet_id: id(packet_id), filters }))
}

/// A PUBACK.
pub fn puback(packet_id: u16) -> Vec<u8> {
    packet(&Packet::Puback(Puback { packet_id: id(packet_id) }))
}

/// A PUBREC.
pub fn pubrec(packet_id: u16) -> Vec<u8> {
    packet(&Packet::Pubrec(Pubrec { packet_id: id(packet_id) }))
}

/// A PUBREL.
pub fn pubrel(packet_id: u16) -> Vec<u8> {
    packet(&Packet::Pubrel(Pubrel { packet_id: id(packet_id) }))
}

/// A PUBCOMP.
pub fn pubcomp(packet_id: u16) -> Vec<u8> {
    packet(&Packet::Pubcomp(Pubcomp { packet_id: id(packet_id) }))
}

/// A PINGREQ.
pub fn pingreq() -> Vec<u8> {
    packet(&Packet::Pingreq(Pingreq))
}

/// A DISCONNECT.
pub fn disconnect() -> Vec<u8> {
    packet(&Packet::Disconnect(Disconnect))
}

/// Several packets in one piece.
pub fn all(packets: &[Vec<u8>]) -> Vec<u8> {
    packets.concat()
}

fn name(text: &str) -> TopicName<'_> {
    TopicName::new(text).expect("a valid Topic Name")
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).expect("a valid Topic Filter")
}

fn qos(number: u8) -> Qos {
    [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce][usize::from(number)]
}

fn id(number: u16) -> PacketId {
    PacketId::new(number).expect("identifier 0 does not exist")
}

/// A CONNECT byte by byte: protocol name, level, flags and payload, with Keep Alive 0.
pub fn raw_connect(name: &[u8], level: u8, flags: u8, fields: &[&[u8]]) -> Vec<u8> {
    let mut body = field(name);
    body.extend([level, flags, 0, 0]);
    for text in fields {
        body.extend(field(text));
    }
    framed(0x10, &body)
}

/// A field with its length in two bytes.
pub fn field(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a field of at most 65,535 bytes");
    [&length.to_be_bytes()[..], bytes].concat()
}

/// A packet with this first byte and this body.
pub fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut length = body.len();
    loop {
        let low = (length & 0x7F) as u8;
        length >>= 7;
        packet.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    packet.extend_from_slice(body);
    packet
}
