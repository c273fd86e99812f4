//! Readings: where the standard is silent, ambiguous or at odds with itself, and what Etalon does.
//!
//! A strict implementation has to do one thing; a judge has to accept everything that the text
//! permits. So each reading gives both: Etalon's choice with its reason, and the outcomes that a
//! harness must accept from others. Readings are numbered `S-1` and up; the numbers have gaps.
//! What other servers do is mentioned only where it explains why; it was observed on the wire or
//! in the sources of Mosquitto 2.1.2 and 2.0.11 and of the broker of the Paho test material.
//!
//! The list of names is here; the entries stand in one file for each area.

mod closing;
mod connecting;
mod delivery;
mod framing;
mod order;
mod subscriptions;
mod topics;
mod websocket;

use core::fmt;
use core::str::FromStr;

use crate::section::is_under;
use crate::{Id, Line};

/// A zone that the standard leaves open, and how Etalon reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its number.
    pub reading: Reading,
    /// The sections that it concerns, the most important first.
    pub sections: &'static [&'static str],
    /// The statements that it concerns.
    pub statements: &'static [Id],
    /// The unnumbered sentences that it concerns.
    pub lines: &'static [Line],
    /// What the standard leaves open.
    pub question: &'static str,
    /// What Etalon does.
    pub etalon: &'static str,
    /// Why it does so.
    pub why: &'static str,
    /// What a harness must accept from others.
    pub accepts: &'static str,
}

/// The area of the protocol that a reading belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// Framing and text.
    Framing,
    /// Connecting.
    Connecting,
    /// Delivery of messages.
    Delivery,
    /// Subscriptions and retained messages.
    Subscriptions,
    /// Topics.
    Topics,
    /// Closing and errors.
    Closing,
    /// Order of messages.
    Order,
    /// WebSocket.
    WebSocket,
}

impl Area {
    /// Every area, in the order of the groups A to H.
    pub const ALL: [Area; 8] = [
        Area::Framing,
        Area::Connecting,
        Area::Delivery,
        Area::Subscriptions,
        Area::Topics,
        Area::Closing,
        Area::Order,
        Area::WebSocket,
    ];

    /// Its name in running text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Area::Framing => "framing and text",
            Area::Connecting => "connecting",
            Area::Delivery => "delivery",
            Area::Subscriptions => "subscriptions and retained messages",
            Area::Topics => "topics",
            Area::Closing => "closing and errors",
            Area::Order => "order",
            Area::WebSocket => "WebSocket",
        }
    }

    const fn zones(self) -> &'static [Zone] {
        match self {
            Area::Framing => framing::ZONES,
            Area::Connecting => connecting::ZONES,
            Area::Delivery => delivery::ZONES,
            Area::Subscriptions => subscriptions::ZONES,
            Area::Topics => topics::ZONES,
            Area::Closing => closing::ZONES,
            Area::Order => order::ZONES,
            Area::WebSocket => websocket::ZONES,
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Reading {
    /// The zone itself.
    pub const fn zone(self) -> &'static Zone {
        &TABLE[self as usize]
    }

    /// The reading of that number.
    pub fn find(number: u16) -> Option<Reading> {
        Reading::ALL.into_iter().find(|reading| reading.number() == number)
    }

    /// The readings that concern the section of that number itself.
    pub fn in_section(number: &str) -> impl Iterator<Item = Reading> {
        let concerns = move |reading: &Reading| reading.zone().sections.contains(&number);
        Reading::ALL.into_iter().filter(concerns)
    }

    /// The readings that concern the section of that number or anything below it.
    pub fn under(number: &str) -> impl Iterator<Item = Reading> {
        let concerns = move |reading: &Reading| {
            reading.zone().sections.iter().any(|section| is_under(section, number))
        };
        Reading::ALL.into_iter().filter(concerns)
    }

    /// The readings that concern a statement.
    pub fn of_statement(id: Id) -> impl Iterator<Item = Reading> {
        Reading::ALL.into_iter().filter(move |reading| reading.zone().statements.contains(&id))
    }

    /// The readings that concern an unnumbered sentence.
    pub fn of_line(line: Line) -> impl Iterator<Item = Reading> {
        Reading::ALL.into_iter().filter(move |reading| reading.zone().lines.contains(&line))
    }
}

/// Prints `S-40`; numbers below ten have a leading zero, `S-01`.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.width() {
            None => write!(f, "S-{:02}", self.number()),
            Some(_) => f.pad(&format!("S-{:02}", self.number())),
        }
    }
}

/// Reads `S-40`, `S40` and the Rust name `S_40`, in any case, with or without a leading zero.
impl FromStr for Reading {
    type Err = UnknownReading;

    fn from_str(text: &str) -> Result<Reading, UnknownReading> {
        let text = text.trim();
        let rest = text.strip_prefix(['S', 's']).ok_or(UnknownReading::Shape)?;
        let rest = rest.strip_prefix(['-', '_']).unwrap_or(rest);
        let rest = if rest.len() == 2 { rest.strip_prefix('0').unwrap_or(rest) } else { rest };
        let number = crate::id::digits(rest).ok_or(UnknownReading::Shape)?;
        let exact = u16::try_from(number).ok().and_then(Reading::find);
        exact.ok_or_else(|| UnknownReading::Number {
            number,
            before: Reading::ALL.into_iter().rfind(|other| u32::from(other.number()) < number),
            after: Reading::ALL.into_iter().find(|other| u32::from(other.number()) > number),
        })
    }
}

/// Why a text names no reading, and what comes nearest to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownReading {
    /// It does not have the form of a reading's number.
    Shape,
    /// There is no reading of that number; these two are the neighbours.
    Number {
        /// The number asked for.
        number: u32,
        /// The last reading before it, if any.
        before: Option<Reading>,
        /// The first reading after it, if any.
        after: Option<Reading>,
    },
}

impl fmt::Display for UnknownReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            UnknownReading::Shape => f.write_str("not a reading: one looks like S-40"),
            UnknownReading::Number { number, before, after } => {
                write!(f, "there is no reading S-{number:02}")?;
                match (before, after) {
                    (Some(before), Some(after)) => write!(f, "; nearest: {before} and {after}"),
                    (Some(only), None) | (None, Some(only)) => write!(f, "; nearest: {only}"),
                    (None, None) => Ok(()),
                }
            }
        }
    }
}

impl core::error::Error for UnknownReading {}

macro_rules! zones {
    ($($reading:ident [$($section:literal)*] [$($id:ident)*] [$($line:ident)*]
       asks $asks:literal etalon $etalon:literal why $why:literal accepts $accepts:literal;)*) => {
        pub(super) const ZONES: &[$crate::Zone] = &[$(
            $crate::Zone {
                reading: $crate::Reading::$reading,
                sections: &[$($section),*],
                statements: &[$($crate::Id::$id),*],
                lines: &[$($crate::Line::$line),*],
                question: $asks,
                etalon: $etalon,
                why: $why,
                accepts: $accepts,
            },
        )*];
    };
}
use zones;

/// Every zone at the place of its name; it does not compile unless each name has one zone.
static TABLE: [Zone; COUNT] = {
    let mut table = [framing::ZONES[0]; COUNT];
    let mut filled = [false; COUNT];
    let mut total = 0;
    let mut area = 0;
    while area < Area::ALL.len() {
        let zones = Area::ALL[area].zones();
        let mut at = 0;
        while at < zones.len() {
            let place = zones[at].reading as usize;
            assert!(!filled[place], "a reading is there twice");
            filled[place] = true;
            table[place] = zones[at];
            total += 1;
            at += 1;
        }
        area += 1;
    }
    assert!(total == COUNT, "a reading is missing");
    table
};

macro_rules! readings {
    ($($reading:ident $number:literal $area:ident $title:literal;)*) => {
        /// A place where the standard leaves something open, named after its number.
        ///
        /// [`Reading::zone`] has the question, the answer, the reason, and what a harness accepts.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Reading {
            $(
                #[doc = concat!($title, ".")]
                $reading,
            )*
        }

        impl Reading {
            /// Every reading, in the order of the numbers.
            pub const ALL: [Reading; COUNT] = [$(Reading::$reading,)*];

            /// Its number.
            pub const fn number(self) -> u16 {
                match self {
                    $(Reading::$reading => $number,)*
                }
            }

            /// What it is about, in a few words.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Reading::$reading => $title,)*
                }
            }

            /// The area that it belongs to.
            pub const fn area(self) -> Area {
                match self {
                    $(Reading::$reading => Area::$area,)*
                }
            }
        }

        const COUNT: usize = [$($number,)*].len();
    };
}

readings! {
    S_01 1 Framing "A Remaining Length in more bytes than it needs";
    S_02 2 Framing "A Remaining Length of more than four bytes";
    S_03 3 Framing "Packets larger than the server wants";
    S_04 4 Framing "Packet types 0 and 15";
    S_05 5 Framing "A packet in the wrong direction";
    S_06 6 Framing "Wrong fixed length, or bytes left over";
    S_07 7 Framing "PUBLISH with DUP 1 at QoS 0";
    S_08 8 Framing "Identifier 0 in an acknowledgement";
    S_09 9 Framing "Control characters and non-characters in text";
    S_10 10 Framing "A stream of bytes, not of packets";
    S_11 11 Framing "Valid packets ahead of a malformed one";
    S_19 19 Connecting "Another packet before CONNECT";
    S_20 20 Connecting "How long to wait for CONNECT";
    S_21 21 Connecting "A wrong protocol name: CONNACK before the close?";
    S_22 22 Connecting "MQIsdp at level 3";
    S_23 23 Connecting "Several faults in one CONNECT";
    S_24 24 Connecting "A level with its top bit set";
    S_25 25 Connecting "Other levels at a server of several versions";
    S_26 26 Connecting "Which refusals are answered, and with which code";
    S_27 27 Connecting "A Will Topic that is empty or has wildcards";
    S_28 28 Connecting "Side effects of a refused CONNECT";
    S_29 29 Connecting "The Will on take-over";
    S_30 30 Connecting "The Will when the server closes for reasons of its own";
    S_31 31 Connecting "A Will for a topic that the client may not publish to";
    S_32 32 Connecting "An empty ClientId with CleanSession 1";
    S_33 33 Connecting "ClientIds beyond 23 letters and digits";
    S_34 34 Connecting "Comparing ClientIds";
    S_35 35 Connecting "Credentials";
    S_36 36 Connecting "Session Present";
    S_37 37 Connecting "A client that meets an unexpected Session Present";
    S_38 38 Connecting "The life of a session without a connection";
    S_39 39 Connecting "Packets sent between CONNECT and CONNACK";
    S_40 40 Connecting "The boundary of one and a half Keep Alives";
    S_41 41 Connecting "Keep Alive 0, and Keep Alive imposed by the server";
    S_42 42 Connecting "A client that waits for CONNACK or PINGRESP";
    S_50 50 Delivery "QoS 2: delivery at PUBLISH or at PUBREL";
    S_51 51 Delivery "A client that re-sends without a reconnect";
    S_52 52 Delivery "A server that re-sends without a reconnect";
    S_53 53 Delivery "Messages in flight, and identifiers used up";
    S_54 54 Delivery "The spaces of identifiers";
    S_55 55 Delivery "Limits of queues";
    S_56 56 Delivery "QoS 0 for clients that are absent or slow";
    S_57 57 Delivery "A QoS 1 message for a QoS 0 subscription of an absent client";
    S_58 58 Delivery "PUBACK for an unknown identifier";
    S_59 59 Delivery "PUBREC for an unknown identifier, or for the second time";
    S_60 60 Delivery "QoS 1 PUBLISH under an identifier in QoS 2 use";
    S_61 61 Delivery "QoS 2 PUBLISH under an identifier that awaits PUBREL";
    S_62 62 Subscriptions "Overlapping subscriptions";
    S_63 63 Delivery "PUBREL for an unknown identifier";
    S_64 64 Delivery "An acknowledgement of the wrong kind or at the wrong time";
    S_65 65 Delivery "SUBSCRIBE and UNSUBSCRIBE after a reconnect";
    S_66 66 Delivery "Another topic name, and messages without a subscription";
    S_67 67 Delivery "A PUBLISH that is not authorised";
    S_68 68 Subscriptions "Retained messages at QoS 0";
    S_69 69 Delivery "A client's own messages";
    S_70 70 Subscriptions "Retaining while a subscription is being made";
    S_71 71 Subscriptions "Retained messages on resumption and over restarts";
    S_72 72 Subscriptions "Retained messages and several filters in one SUBSCRIBE";
    S_73 73 Subscriptions "When a subscription takes effect";
    S_74 74 Subscriptions "A malformed filter in SUBSCRIBE";
    S_75 75 Subscriptions "The same filter twice in one SUBSCRIBE";
    S_76 76 Subscriptions "Odd grants";
    S_77 77 Subscriptions "A new grant and messages already queued";
    S_78 78 Subscriptions "A malformed filter in UNSUBSCRIBE";
    S_79 79 Subscriptions "Messages after UNSUBSCRIBE";
    S_80 80 Subscriptions "Filters that begin with $share";
    S_81 81 Subscriptions "Refusing wildcards";
    S_82 82 Subscriptions "SUBSCRIBE or UNSUBSCRIBE under an identifier in use";
    S_83 83 Subscriptions "Order among answers of different kinds";
    S_90 90 Topics "The sign $ in matching";
    S_91 91 Topics "Clients that publish to topics with $";
    S_92 92 Topics "Parents and empty levels";
    S_93 93 Topics "Number of levels";
    S_94 94 Topics "Case, spaces and forms";
    S_100 100 Closing "Bytes after DISCONNECT";
    S_101 101 Closing "Closing after DISCONNECT";
    S_102 102 Closing "What counts as closing";
    S_103 103 Closing "A malformed DISCONNECT and the Will";
    S_104 104 Closing "An unexpected close as a verdict";
    S_106 106 Closing "Proving that nothing comes";
    S_110 110 Order "Order across QoS levels";
    S_111 111 Order "Which QoS orders messages";
    S_112 112 Order "Order of what is sent again";
    S_113 113 Order "A server's own acknowledgements";
    S_114 114 Order "Different publishers, and Wills";
    S_115 115 Order "Unordered topics";
    S_120 120 WebSocket "Negotiating the subprotocol";
    S_121 121 WebSocket "Frames that are not binary";
    S_122 122 WebSocket "Frames that are partial, joined, fragmented or empty";
    S_123 123 WebSocket "Faults of the WebSocket protocol itself";
    S_124 124 WebSocket "Closing a WebSocket";
    S_125 125 WebSocket "Path, other HTTP, and early bytes";
    S_126 126 WebSocket "WebSocket pings and Keep Alive";
}

#[cfg(test)]
mod tests;
