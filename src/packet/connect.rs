//! §3.1 CONNECT: the first packet from a Client.
//!
//! The order of checks: protocol name, protocol level (of another level the rest may look
//! different, so nothing of it is read), the packet as a whole, and last whether an empty Client
//! Identifier comes with CleanSession 1, since that one is answered. Whether the Server takes this
//! Client is not decided here.

use super::Qos;
use super::decode::Limits;
use super::encode::{EncodeError, fixed_header, packet_len, put_binary, whole};
use super::field::{Fault, Missing, Parsed, TextField, binary, byte, integer, required, text};
use super::text::Text;
use crate::spec::{self, Id};
use crate::topic::{self, Flaw, TopicName};
use crate::violation::Rule;

/// Client requests a connection to a Server (§3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Connect<'a> {
    /// Who the Client is. Empty only with CleanSession 1.
    pub client_id: ClientId<'a>,
    /// CleanSession: begin without, and end without, a stored Session.
    pub clean_session: bool,
    /// Keep Alive; 0 switches it off.
    ///
    /// # Units
    /// Seconds.
    pub keep_alive: u16,
    /// The Will Message with its topic and flags.
    pub will: Option<Will<'a>>,
    /// User name and password.
    pub login: Option<Login<'a>>,
}

/// A Client Identifier (§3.1.3.1): UTF-8 without U+0000, at most 65,535 bytes, may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId<'a>(&'a str);

/// What the Server publishes if the connection closes without DISCONNECT (§3.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Will<'a> {
    /// Where it is published.
    pub topic: TopicName<'a>,
    /// What is published; at most 65,535 bytes fit.
    pub message: &'a [u8],
    /// With which QoS.
    pub qos: Qos,
    /// Whether as a retained message.
    pub retain: bool,
}

/// Credentials (§3.1.3.4, §3.1.3.5). A password alone cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Login<'a> {
    /// The user name; may be empty.
    pub user_name: Text<'a>,
    /// The password; may be empty, may hold any bytes, at most 65,535 of them.
    pub password: Option<&'a [u8]>,
}

spec::by_construction!(MQTT_3_1_2_3, MQTT_3_1_2_9, MQTT_3_1_2_11, MQTT_3_1_2_13, MQTT_3_1_2_14);
spec::by_construction!(MQTT_3_1_2_15, MQTT_3_1_2_18, MQTT_3_1_2_19, MQTT_3_1_2_20);
spec::by_construction!(MQTT_3_1_2_21, MQTT_3_1_2_22, MQTT_3_1_3_3, MQTT_3_1_3_4);
spec::by_construction!(MQTT_3_1_3_10, MQTT_3_1_3_11);

impl<'a> ClientId<'a> {
    /// The string as a Client Identifier, if it can be one.
    ///
    /// # Errors
    /// U+0000 ([`Id::MQTT_1_5_3_2`]), or more than 65,535 bytes.
    pub fn new(text: &'a str) -> Result<Self, Flaw> {
        topic::has_text_form(text).map(|()| ClientId(text))
    }

    /// The string as a Client Identifier, which it has been found to be before.
    pub(crate) fn trusted(text: &'a str) -> Self {
        debug_assert!(ClientId::new(text).is_ok());
        ClientId(text)
    }

    /// The characters, unaltered.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether the Client leaves it to the Server to name it.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Offset of the first control character or non-character, which a sender should avoid.
    pub fn dubious(self) -> Option<usize> {
        topic::dubious(self.0)
    }
}

impl Connect<'_> {
    /// Appends the packet's only encoding.
    ///
    /// # Errors
    /// The Will Message or the password exceeds 65,535 bytes, or the Client Identifier is empty
    /// with CleanSession 0; then nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.client_id.is_empty() && !self.clean_session {
            spec::upholds!(MQTT_3_1_3_7);
            return Err(EncodeError::ClientIdEmpty);
        }
        whole(out, |out| {
            fixed_header(out, 0x10, self.body_len())?;
            out.extend_from_slice(PROTOCOL_NAME);
            out.extend_from_slice(&[PROTOCOL_LEVEL, self.flags()]);
            out.extend_from_slice(&self.keep_alive.to_be_bytes());
            spec::upholds!(MQTT_3_1_3_1);
            put_binary(out, "Client Identifier", self.client_id.as_str().as_bytes())?;
            if let Some(will) = self.will {
                put_binary(out, "Will Topic", will.topic.as_str().as_bytes())?;
                put_binary(out, "Will Message", will.message)?;
            }
            if let Some(login) = self.login {
                put_binary(out, "User Name", login.user_name.as_str().as_bytes())?;
                if let Some(password) = login.password {
                    put_binary(out, "Password", password)?;
                }
            }
            Ok(())
        })
    }

    /// How many bytes [`Connect::encode`] appends.
    pub fn encoded_len(&self) -> usize {
        packet_len(self.body_len())
    }

    fn body_len(&self) -> usize {
        let field = |bytes: usize| bytes.saturating_add(2);
        let will = self.will.map_or(0, |will| {
            field(will.topic.as_str().len()).saturating_add(field(will.message.len()))
        });
        let login = self.login.map_or(0, |login| {
            let password = login.password.map_or(0, |password| field(password.len()));
            field(login.user_name.as_str().len()).saturating_add(password)
        });
        field(self.client_id.as_str().len())
            .saturating_add(10)
            .saturating_add(will)
            .saturating_add(login)
    }

    fn flags(&self) -> u8 {
        let will = self.will.map_or(0, |will| {
            WILL | will.qos.bits() << 3 | if will.retain { WILL_RETAIN } else { 0 }
        });
        let login = self
            .login
            .map_or(0, |login| USER_NAME | if login.password.is_some() { PASSWORD } else { 0 });
        login | will | if self.clean_session { CLEAN_SESSION } else { 0 }
    }
}

const PROTOCOL_NAME: &[u8] = &[0x00, 0x04, b'M', b'Q', b'T', b'T'];
const PROTOCOL_LEVEL: u8 = 4;

const USER_NAME: u8 = 0b1000_0000;
const PASSWORD: u8 = 0b0100_0000;
const WILL_RETAIN: u8 = 0b0010_0000;
const WILL: u8 = 0b0000_0100;
const CLEAN_SESSION: u8 = 0b0000_0010;
const RESERVED: u8 = 0b0000_0001;

/// The Connect Flags (§3.1.2.3) that agree with each other.
#[derive(Clone, Copy)]
struct Flags {
    user_name: bool,
    password: bool,
    will: Option<(Qos, bool)>,
    clean_session: bool,
}

const fn flags(byte: u8) -> Result<Flags, (Id, Rule)> {
    let qos = Qos::from_bits(byte >> 3 & 0b11);
    let retain = byte & WILL_RETAIN != 0;
    if byte & RESERVED != 0 {
        return Err((Id::MQTT_3_1_2_3, Rule::ConnectFlagReserved));
    }
    let will = match (byte & WILL != 0, qos) {
        (true, Some(qos)) => Some((qos, retain)),
        (true, None) => return Err((Id::MQTT_3_1_2_14, Rule::WillQosThree)),
        (false, Some(Qos::AtMostOnce)) if !retain => None,
        (false, Some(Qos::AtMostOnce)) => {
            return Err((Id::MQTT_3_1_2_11, Rule::WillRetainWithoutWill));
        }
        (false, _) => return Err((Id::MQTT_3_1_2_11, Rule::WillQosWithoutWill)),
    };
    let flags = Flags {
        user_name: byte & USER_NAME != 0,
        password: byte & PASSWORD != 0,
        will,
        clean_session: byte & CLEAN_SESSION != 0,
    };
    if flags.password && !flags.user_name {
        return Err((Id::MQTT_3_1_2_22, Rule::PasswordWithoutUserName));
    }
    Ok(flags)
}

const CUT_OFF: Missing = Missing { id: Id::MQTT_3_1_4_1, rule: Rule::CutOff };
const WILL_MESSAGE: Missing = Missing { id: Id::MQTT_3_1_2_9, rule: Rule::WillMessageMissing };
const PASSWORD_FIELD: Missing = Missing { id: Id::MQTT_3_1_2_21, rule: Rule::PasswordMissing };
const CLIENT_ID: TextField = TextField {
    missing: Missing { id: Id::MQTT_3_1_3_3, rule: Rule::ClientIdMissing },
    utf8: Id::MQTT_3_1_3_4,
    nul: Id::MQTT_3_1_3_4,
    wildcard: None,
};
const WILL_TOPIC: TextField = TextField {
    missing: Missing { id: Id::MQTT_3_1_2_9, rule: Rule::WillTopicMissing },
    utf8: Id::MQTT_3_1_3_10,
    nul: Id::MQTT_3_1_3_10,
    wildcard: Some(Id::MQTT_4_7_1_1),
};
const USER_NAME_FIELD: TextField = TextField {
    missing: Missing { id: Id::MQTT_3_1_2_19, rule: Rule::UserNameMissing },
    utf8: Id::MQTT_3_1_3_11,
    nul: Id::MQTT_3_1_3_11,
    wildcard: None,
};

pub(super) fn body(limits: Limits, input: &[u8]) -> Parsed<'_, Connect<'_>> {
    let (rest, ()) = protocol_name(input)?;
    let (rest, ()) = protocol_level(rest)?;
    let (rest, flags) = connect_flags(rest)?;
    let (payload, keep_alive) = required(CUT_OFF, integer, rest)?;
    let (rest, client_id) = text(CLIENT_ID, limits, ClientId::new, ClientId::trusted, payload)?;
    let (rest, will) = will(flags, rest, limits)?;
    let (rest, login) = login(flags, rest, limits)?;
    if !rest.is_empty() {
        let (id, rule) = left_over(flags, rest);
        return Fault::here(id, rule, rest);
    }
    if client_id.is_empty() && !flags.clean_session {
        return Fault::here(Id::MQTT_3_1_3_8, Rule::ClientIdEmpty, payload);
    }
    spec::upholds!(MQTT_3_1_4_1);
    let clean_session = flags.clean_session;
    Ok((rest, Connect { client_id, clean_session, keep_alive, will, login }))
}

/// The length and the four letters at once; the first byte that differs is at fault.
fn protocol_name(input: &[u8]) -> Parsed<'_, ()> {
    let mut rest = input;
    for expected in PROTOCOL_NAME {
        let (behind, found) = required(CUT_OFF, byte, rest)?;
        if found != *expected {
            spec::upholds!(MQTT_3_1_2_1);
            return Fault::here(Id::MQTT_3_1_2_1, Rule::ProtocolName, rest);
        }
        rest = behind;
    }
    Ok((rest, ()))
}

fn protocol_level(input: &[u8]) -> Parsed<'_, ()> {
    let (rest, level) = required(CUT_OFF, byte, input)?;
    if level == PROTOCOL_LEVEL {
        Ok((rest, ()))
    } else {
        Fault::here(Id::MQTT_3_1_2_2, Rule::ProtocolLevel, input)
    }
}

fn connect_flags(input: &[u8]) -> Parsed<'_, Flags> {
    let (rest, byte) = required(CUT_OFF, byte, input)?;
    match flags(byte) {
        Ok(flags) => Ok((rest, flags)),
        Err((id, rule)) => Fault::here(id, rule, input),
    }
}

fn will<'a>(flags: Flags, input: &'a [u8], limits: Limits) -> Parsed<'a, Option<Will<'a>>> {
    let Some((qos, retain)) = flags.will else { return Ok((input, None)) };
    let (rest, topic) = text(WILL_TOPIC, limits, TopicName::new, TopicName::trusted, input)?;
    let (rest, message) = required(WILL_MESSAGE, binary, rest)?;
    Ok((rest, Some(Will { topic, message, qos, retain })))
}

fn login<'a>(flags: Flags, input: &'a [u8], limits: Limits) -> Parsed<'a, Option<Login<'a>>> {
    if !flags.user_name {
        return Ok((input, None));
    }
    let (rest, user_name) = text(USER_NAME_FIELD, limits, Text::new, Text::trusted, input)?;
    if !flags.password {
        return Ok((rest, Some(Login { user_name, password: None })));
    }
    let (rest, password) = required(PASSWORD_FIELD, binary, rest)?;
    Ok((rest, Some(Login { user_name, password: Some(password) })))
}

/// What the bytes behind the last field are, as far as their shape tells: fields for which a flag
/// is missing, or just bytes.
#[cold]
fn left_over(flags: Flags, input: &[u8]) -> (Id, Rule) {
    let mut fields = 0u8;
    let mut rest = input;
    while let Ok((behind, _)) = binary(rest) {
        rest = behind;
        fields = fields.saturating_add(1);
    }
    match fields {
        1 if !flags.user_name && rest.is_empty() => (Id::MQTT_3_1_2_18, Rule::UserNameWithoutFlag),
        1 if !flags.password && rest.is_empty() => (Id::MQTT_3_1_2_20, Rule::PasswordWithoutFlag),
        2 if flags.will.is_none() && rest.is_empty() => (Id::MQTT_3_1_2_11, Rule::WillWithoutFlag),
        _ => (Id::MQTT_3_1_4_1, Rule::LeftOver),
    }
}
