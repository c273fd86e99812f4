//! From the flags of `pub` and `sub` to a server and a CONNECT (§3.1).
//!
//! What does not go together is refused here, before anything is sent; what a text may contain is
//! checked when the client is made.

use std::hash::{BuildHasher, RandomState};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use etalon::packet::Qos;

use crate::args::ConnectArgs;
use crate::client::{Config, WillMessage};
use crate::link::Server;
use crate::url::Url;

/// The identifier that every server has to take: 23 letters and digits (§3.1.3.1).
const RANDOM_ID_LEN: usize = 23;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Where to connect, and as whom. What is given on its own wins over the URL.
///
/// # Errors
/// Flags that do not go together; the text says which.
pub fn from_args(
    args: &ConnectArgs,
    url: Option<&Url>,
    in_flight_max: usize,
) -> Result<(Server, Config), String> {
    if let Some((flag, why)) = args.later.0 {
        return Err(format!("{flag}: {why}"));
    }
    let username = args.username.clone().or_else(|| url?.username.clone());
    let password = args.password.as_ref().map(|password| password.as_bytes().to_vec());
    let password = password.or_else(|| Some(url?.password.clone()?.into_bytes()));
    let login = match (username, password) {
        (None, Some(_)) => {
            return Err("-P: MQTT 3.1.1 has no password without a user; add -u".into());
        }
        (None, None) => None,
        (Some(username), password) => Some((username, password)),
    };
    if args.keep_session && args.id.as_deref().unwrap_or_default().is_empty() {
        return Err("-c: a session is found again by its client identifier; add -i".into());
    }
    let client_id = match (&args.id, &args.id_prefix) {
        (Some(id), _) => id.clone(),
        (None, Some(prefix)) => format!("{prefix}{}", std::process::id()),
        (None, None) => random_id(),
    };
    let will = args.will_topic.as_ref().map(|topic| WillMessage {
        topic: topic.clone(),
        message: args.will_payload.as_ref().map_or(Vec::new(), |text| text.as_bytes().to_vec()),
        qos: qos(args.will_qos),
        retain: args.will_retain,
    });
    let host = args.host.clone().or_else(|| Some(url?.host.clone()));
    let seconds = Duration::from_secs(args.keepalive.into());
    let server = Server {
        host: host.unwrap_or_else(|| "localhost".into()),
        port: args.port.or_else(|| url?.port).unwrap_or(1883),
        nodelay: args.nodelay,
        keep_alive: (!seconds.is_zero()).then_some(seconds),
    };
    let config = Config {
        client_id,
        keep_session: args.keep_session,
        keep_alive: args.keepalive,
        will,
        login,
        in_flight_max,
        describe: args.debug,
    };
    Ok((server, config))
}

/// The URL of `-L`, if there is one.
///
/// # Errors
/// It is none; the text says why.
pub fn url(args: &ConnectArgs) -> Result<Option<Url>, String> {
    args.url.as_deref().map(Url::parse).transpose().map_err(|why| format!("-L: {why}"))
}

/// A QoS that the command line has checked.
pub fn qos(value: u8) -> Qos {
    Qos::from_bits(value).unwrap_or(Qos::AtMostOnce)
}

/// The standard library seeds its hashes at random, which is random enough to avoid a collision.
fn random_id() -> String {
    let mut id = String::from("etalon");
    while id.len() < RANDOM_ID_LEN {
        let number = RandomState::new().hash_one(id.len());
        let letter = LETTERS.get((number % 62) as usize).copied().unwrap_or(b'0');
        id.push(char::from(letter));
    }
    id
}

#[cfg(test)]
mod tests;
