//! Whether there is a broker at all: resolved, connected, and a valid CONNECT answered.
//!
//! A peer that cannot be judged is no breach and no pass. Every wait here has an end, and every
//! complaint says what was seen and what to do.

#![expect(clippy::disallowed_types, reason = "real sockets have real time")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use etalon::packet::{ClientId, Connect, Login, Packet, Text};

use super::address::Address;
use super::declared::Credentials;
use super::wire::{Heard, Wire};
use crate::show;

/// How long the answer to a CONNECT may take.
pub(super) const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// A close proves nothing (S-104): so often it is tried.
const TRIES: usize = 3;

/// A broker that can be talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The socket that answered.
    pub socket: SocketAddr,
    /// Whether it lets in whoever gives no User Name.
    pub anonymous: bool,
}

/// What an attempt to connect comes to.
#[derive(Debug)]
pub(super) enum Answer {
    /// CONNACK 0, and Session Present.
    Accepted(Wire, bool),
    /// CONNACK with another return code.
    Refused(u8),
    /// Something else; a sentence that continues `HOST:PORT accepted the connection but`.
    Odd(String),
    /// Closed without a byte.
    Closed,
    /// There is no connection.
    None(String),
}

/// Finds the broker and connects once, with the credentials if there are some.
///
/// # Errors
/// Why nothing can be judged there, and what to do.
pub fn reach(
    address: &Address,
    credentials: Option<&Credentials>,
    prefix: &str,
) -> Result<Reached, String> {
    let mut last = String::new();
    for socket in address.resolve()? {
        match Wire::open(socket) {
            Ok(_) => return greet(address, socket, credentials, prefix),
            Err(error) => last = error.to_string(),
        }
    }
    Err(format!("cannot reach {address}: {last}; is the broker running, and does it listen there?"))
}

fn greet(
    address: &Address,
    socket: SocketAddr,
    credentials: Option<&Credentials>,
    prefix: &str,
) -> Result<Reached, String> {
    let id = format!("{prefix}reach");
    for _ in 0..TRIES {
        match attempt(socket, &id, true, credentials) {
            Answer::Accepted(..) => {
                let anonymous = credentials.is_none()
                    || matches!(attempt(socket, &id, true, None), Answer::Accepted(..));
                return Ok(Reached { socket, anonymous });
            }
            Answer::Closed => {}
            Answer::Refused(code) => return Err(refused(address, code, credentials)),
            Answer::Odd(what) => {
                return Err(format!("{address} accepted the connection but {what}"));
            }
            Answer::None(why) => return Err(format!("{address} cannot be reached: {why}")),
        }
    }
    Err(format!(
        "{address} accepted the connection but closed it on a valid CONNECT (three times); \
         does it speak MQTT 3.1.1 there, without TLS, {}?",
        match credentials {
            None => "and to whoever gives no User Name",
            Some(_) => "and does it know the user of the target file",
        }
    ))
}

fn refused(address: &Address, code: u8, credentials: Option<&Credentials>) -> String {
    let means = match code {
        1 => "unacceptable protocol version",
        2 => "identifier rejected",
        3 => "server unavailable",
        4 => "bad user name or password",
        5 => "not authorized",
        _ => "a code that is reserved",
    };
    let todo = match credentials {
        Some(credentials) => format!("it came as the user {:?}", credentials.user),
        None => "give a user as [credentials] in a --target file".into(),
    };
    format!("{address} refuses a valid CONNECT with return code {code}, {means}; {todo}")
}

/// One CONNECT on a connection of its own.
pub(super) fn attempt(
    socket: SocketAddr,
    id: &str,
    clean_session: bool,
    credentials: Option<&Credentials>,
) -> Answer {
    let Some(connect) = connect(id, clean_session, credentials) else {
        return Answer::None("the credentials of the target file cannot be sent".into());
    };
    let mut wire = match Wire::open(socket) {
        Ok(wire) => wire,
        Err(error) => return Answer::None(error.to_string()),
    };
    wire.say(&connect);
    match wire.hear(Instant::now() + ANSWERED_WITHIN) {
        Heard::Packet(bytes) => match bytes.as_slice() {
            [0x20, 2, present, 0] => Answer::Accepted(wire, present & 1 == 1),
            [0x20, 2, _, code] => Answer::Refused(*code),
            _ => Answer::Odd(format!(
                "sent {} before any CONNACK [MQTT-3.2.0-1]; is it a broker?",
                show::line(&bytes)
            )),
        },
        Heard::Closed => Answer::Closed,
        Heard::Silence => Answer::Odd(format!(
            "did not answer a valid CONNECT within {} s",
            ANSWERED_WITHIN.as_secs()
        )),
        Heard::Broken(violation, bytes) => Answer::Odd(format!(
            "what it sends is not MQTT 3.1.1: {} ({violation})",
            excerpt(&bytes)
        )),
        Heard::Flood => Answer::Odd("sends bytes without end that are no packet".into()),
    }
}

/// A CONNECT, unless the credentials do not fit into one.
pub(super) fn connect(
    id: &str,
    clean_session: bool,
    credentials: Option<&Credentials>,
) -> Option<Vec<u8>> {
    let login = match credentials {
        None => None,
        Some(credentials) => Some(Login {
            user_name: Text::new(&credentials.user).ok()?,
            password: credentials.password.as_deref().map(str::as_bytes),
        }),
    };
    let client_id = ClientId::new(id).ok()?;
    let connect = Connect { client_id, clean_session, keep_alive: 0, will: None, login };
    let mut bytes = Vec::new();
    Packet::Connect(connect).encode(&mut bytes).ok()?;
    Some(bytes)
}

/// The first bytes, as digits, and as text if they are some.
fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 24;
    let head = bytes.get(..SHOWN).unwrap_or(bytes);
    let hex: Vec<String> = head.iter().map(|byte| format!("{byte:02X}")).collect();
    let more = if bytes.len() > SHOWN { " .." } else { "" };
    let text: String = head
        .iter()
        .map_while(|byte| byte.is_ascii_graphic().then_some(char::from(*byte)))
        .collect();
    match text.len() {
        0..4 => hex.join(" ") + more,
        _ => format!("{text:?}, {}{more}", hex.join(" ")),
    }
}
