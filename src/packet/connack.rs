//! §3.2 CONNACK: the Server's answer to CONNECT.
//!
//! Session Present beside a refusal cannot be said, and no reserved bit or code either.

use super::field::{Fault, Missing, Parsed, byte, required};
use crate::spec::{self, Id};
use crate::violation::Rule;

/// Acknowledge connection request (§3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Connack {
    /// Return code 0.
    Accepted {
        /// Whether the Server has stored Session state of this Client.
        session_present: bool,
    },
    /// Any other return code; Session Present is 0.
    Refused(Refusal),
}

spec::by_construction!(MQTT_3_2_2_4);

/// A Connect Return code other than 0 (Table 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Refusal {
    /// The protocol level is not supported.
    UnacceptableProtocolVersion = 1,
    /// The Client Identifier is valid text, and the Server does not take it.
    IdentifierRejected = 2,
    /// The MQTT service is unavailable.
    ServerUnavailable = 3,
    /// User name or password are wrong.
    BadUserNameOrPassword = 4,
    /// The Client is not authorized to connect.
    NotAuthorized = 5,
}

impl Refusal {
    /// Every refusal, lowest code first.
    pub const ALL: [Refusal; 5] = [
        Refusal::UnacceptableProtocolVersion,
        Refusal::IdentifierRejected,
        Refusal::ServerUnavailable,
        Refusal::BadUserNameOrPassword,
        Refusal::NotAuthorized,
    ];

    /// The refusal with this code; `None` for 0 and for the reserved ones.
    pub const fn from_code(code: u8) -> Option<Refusal> {
        match code {
            1 => Some(Refusal::UnacceptableProtocolVersion),
            2 => Some(Refusal::IdentifierRejected),
            3 => Some(Refusal::ServerUnavailable),
            4 => Some(Refusal::BadUserNameOrPassword),
            5 => Some(Refusal::NotAuthorized),
            _ => None,
        }
    }

    /// Its code.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl Connack {
    /// The Connect Return code.
    pub const fn return_code(self) -> u8 {
        match self {
            Connack::Accepted { .. } => 0,
            Connack::Refused(refusal) => refusal.code(),
        }
    }

    /// Appends the packet's only encoding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let session_present = matches!(self, Connack::Accepted { session_present: true });
        out.extend_from_slice(&[0x20, 2, u8::from(session_present), self.return_code()]);
    }

    /// How many bytes [`Connack::encode`] appends.
    pub const fn encoded_len(&self) -> usize {
        4
    }
}

const CUT_OFF: Missing = Missing { id: Id::MQTT_4_8_0_1, rule: Rule::CutOff };

#[inline(always)]
pub(super) fn body(input: &[u8]) -> Parsed<'_, Connack> {
    let (behind_flags, flags) = required(CUT_OFF, byte, input)?;
    if flags > 1 {
        return Fault::here(Id::MQTT_4_8_0_1, Rule::ConnackFlags, input);
    }
    let (rest, code) = required(CUT_OFF, byte, behind_flags)?;
    match (code, Refusal::from_code(code)) {
        (0, _) => Ok((rest, Connack::Accepted { session_present: flags == 1 })),
        (_, None) => Fault::here(Id::MQTT_3_2_2_6, Rule::ConnackCode, behind_flags),
        (_, Some(_)) if flags == 1 => {
            Fault::here(Id::MQTT_3_2_2_4, Rule::SessionPresentWithRefusal, input)
        }
        (_, Some(refusal)) => Ok((rest, Connack::Refused(refusal))),
    }
}
