//! §2.2.1: the types of Control Packets, and who may send which to whom (Table 2.1, Table 2.2).
//!
//! Everything that the first byte of a packet decides on its own can be read from here.

use core::fmt;

use crate::spec::Line;

/// The type of a Control Packet (Table 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Client to Server: request to connect.
    Connect = 1,
    /// Server to Client: answer to CONNECT.
    Connack = 2,
    /// Both ways: a message.
    Publish = 3,
    /// Both ways: answer to a PUBLISH with QoS 1.
    Puback = 4,
    /// Both ways: first answer to a PUBLISH with QoS 2.
    Pubrec = 5,
    /// Both ways: answer to PUBREC.
    Pubrel = 6,
    /// Both ways: answer to PUBREL.
    Pubcomp = 7,
    /// Client to Server: request for subscriptions.
    Subscribe = 8,
    /// Server to Client: answer to SUBSCRIBE.
    Suback = 9,
    /// Client to Server: request to end subscriptions.
    Unsubscribe = 10,
    /// Server to Client: answer to UNSUBSCRIBE.
    Unsuback = 11,
    /// Client to Server: sign of life.
    Pingreq = 12,
    /// Server to Client: answer to PINGREQ.
    Pingresp = 13,
    /// Client to Server: the Client is leaving.
    Disconnect = 14,
}

/// An end of a Network Connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The end that opened the connection.
    Client,
    /// The end that accepted it.
    Server,
}

impl Kind {
    /// Every type, in the order of Table 2.1.
    pub const ALL: [Kind; 14] = [
        Kind::Connect,
        Kind::Connack,
        Kind::Publish,
        Kind::Puback,
        Kind::Pubrec,
        Kind::Pubrel,
        Kind::Pubcomp,
        Kind::Subscribe,
        Kind::Suback,
        Kind::Unsubscribe,
        Kind::Unsuback,
        Kind::Pingreq,
        Kind::Pingresp,
        Kind::Disconnect,
    ];

    /// The type with this number; `None` for the two reserved ones and for what is no nibble.
    pub const fn from_bits(bits: u8) -> Option<Kind> {
        match bits {
            1 => Some(Kind::Connect),
            2 => Some(Kind::Connack),
            3 => Some(Kind::Publish),
            4 => Some(Kind::Puback),
            5 => Some(Kind::Pubrec),
            6 => Some(Kind::Pubrel),
            7 => Some(Kind::Pubcomp),
            8 => Some(Kind::Subscribe),
            9 => Some(Kind::Suback),
            10 => Some(Kind::Unsubscribe),
            11 => Some(Kind::Unsuback),
            12 => Some(Kind::Pingreq),
            13 => Some(Kind::Pingresp),
            14 => Some(Kind::Disconnect),
            _ => None,
        }
    }

    /// Its number.
    pub const fn bits(self) -> u8 {
        self as u8
    }

    /// Its name, as the standard writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Connect => "CONNECT",
            Kind::Connack => "CONNACK",
            Kind::Publish => "PUBLISH",
            Kind::Puback => "PUBACK",
            Kind::Pubrec => "PUBREC",
            Kind::Pubrel => "PUBREL",
            Kind::Pubcomp => "PUBCOMP",
            Kind::Subscribe => "SUBSCRIBE",
            Kind::Suback => "SUBACK",
            Kind::Unsubscribe => "UNSUBSCRIBE",
            Kind::Unsuback => "UNSUBACK",
            Kind::Pingreq => "PINGREQ",
            Kind::Pingresp => "PINGRESP",
            Kind::Disconnect => "DISCONNECT",
        }
    }

    /// Whether a packet of this type may be sent to `receiver` (Table 2.1).
    pub const fn goes_to(self, receiver: Party) -> bool {
        match self {
            Kind::Publish | Kind::Puback | Kind::Pubrec | Kind::Pubrel | Kind::Pubcomp => true,
            Kind::Connect
            | Kind::Subscribe
            | Kind::Unsubscribe
            | Kind::Pingreq
            | Kind::Disconnect => matches!(receiver, Party::Server),
            Kind::Connack | Kind::Suback | Kind::Unsuback | Kind::Pingresp => {
                matches!(receiver, Party::Client)
            }
        }
    }

    /// The reserved flag bits of its first byte (Table 2.2); `None` for PUBLISH, which uses them.
    pub const fn reserved_flags(self) -> Option<u8> {
        match self {
            Kind::Publish => None,
            Kind::Pubrel | Kind::Subscribe | Kind::Unsubscribe => Some(0b0010),
            Kind::Connect
            | Kind::Connack
            | Kind::Puback
            | Kind::Pubrec
            | Kind::Pubcomp
            | Kind::Suback
            | Kind::Unsuback
            | Kind::Pingreq
            | Kind::Pingresp
            | Kind::Disconnect => Some(0),
        }
    }

    /// The sentence that fixes its Remaining Length, if it is fixed.
    pub(crate) const fn length_line(self) -> Option<Line> {
        match self {
            Kind::Connack => Some(Line::L_668),
            Kind::Puback => Some(Line::L_844),
            Kind::Pubrec => Some(Line::L_860),
            Kind::Pubrel => Some(Line::L_880),
            Kind::Pubcomp => Some(Line::L_898),
            Kind::Unsuback => Some(Line::L_1100),
            Kind::Pingreq => Some(Line::L_1121),
            Kind::Pingresp => Some(Line::L_1135),
            Kind::Disconnect => Some(Line::L_1146),
            Kind::Connect | Kind::Publish | Kind::Subscribe | Kind::Suback | Kind::Unsubscribe => {
                None
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

impl fmt::Display for Party {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Party::Client => "Client",
            Party::Server => "Server",
        })
    }
}
