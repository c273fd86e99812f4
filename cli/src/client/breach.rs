//! A breach by the server, as it is told to the user: statement, cause, bytes (§4.8).
//!
//! It comes from the decoder, with the byte at fault, or from the rules between packets. The words
//! around it are made in `explain`.

use etalon::packet::Kind;
use etalon::spec::{Id, Line};
use etalon::violation::Violation;

/// How many bytes of an offending packet are kept.
const BYTES_MAX: usize = 64 * 1024;

/// What the server did, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Breach {
    /// The statement that was broken.
    pub id: Id,
    /// The sentence without a number on which it rests, if it rests on one.
    pub line: Option<Line>,
    /// The packet, if its type is known.
    pub packet: Option<Kind>,
    /// The byte at fault, where one is.
    pub at: Option<usize>,
    /// What is wrong, as a sentence without its end.
    pub what: String,
    /// The first bytes of the packet.
    pub bytes: Vec<u8>,
}

impl Breach {
    /// The bytes cannot be a packet.
    pub fn of_bytes(violation: Violation, bytes: &[u8]) -> Breach {
        Breach {
            id: violation.id,
            line: violation.line(),
            packet: violation.packet,
            at: usize::try_from(violation.at).ok(),
            what: violation.text().to_owned(),
            bytes: first(bytes),
        }
    }

    /// The packet is well-formed, but must not come here and now.
    pub fn of_packet(id: Id, what: &str, packet: Kind, bytes: &[u8]) -> Breach {
        Breach {
            id,
            line: None,
            packet: Some(packet),
            at: None,
            what: what.to_owned(),
            bytes: first(bytes),
        }
    }
}

fn first(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().take(BYTES_MAX).copied().collect()
}
