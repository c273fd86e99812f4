//! Where a broker is: the forms of `HOST[:PORT]`, and the sockets that they name.
//!
//! `localhost`, `127.0.0.1:1883`, `[::1]:1883` and `mqtt://host:port` are understood; what cannot be
//! reached yet is refused by its name.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// The port that is registered for MQTT (§4.2, not normative).
pub const PORT: u16 = 1883;

const FORM: &str = "the form is HOST[:PORT] or mqtt://HOST[:PORT]";

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The host, an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// On this machine.
    pub fn loopback(port: u16) -> Address {
        Address { host: "127.0.0.1".into(), port }
    }

    /// The sockets that it names, in the order in which the resolver gives them.
    ///
    /// # Errors
    /// What the resolver says, and what to do.
    pub fn resolve(&self) -> Result<Vec<SocketAddr>, String> {
        let found: Vec<SocketAddr> = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|error| {
                format!("cannot find {}: {error}; check the name, or give an address", self.host)
            })?
            .collect();
        if found.is_empty() { Err(format!("{} has no address", self.host)) } else { Ok(found) }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let server = match text.split_once("://") {
            None => text,
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "mqtt" | "tcp" => rest.trim_end_matches('/'),
                "mqtts" | "ssl" | "tls" => {
                    return Err(format!(
                        "{text}: {scheme}:// is not supported yet: there is no TLS"
                    ));
                }
                "ws" | "wss" => return Err(format!("{text}: {scheme}:// is not supported yet")),
                _ => return Err(format!("{text}: {scheme}:// is no scheme of MQTT; {FORM}")),
            },
        };
        let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, tail)) => (host, Some(tail.strip_prefix(':').unwrap_or(tail))),
            // More than one colon without brackets is an IPv6 address and no port.
            None if server.matches(':').count() > 1 => (server, None),
            None => match server.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (server, None),
            },
        };
        let port = match port.map(str::parse) {
            None => PORT,
            Some(Ok(port)) if port > 0 => port,
            Some(Ok(_) | Err(_)) => {
                return Err(format!("{text}: {:?} is no port; {FORM}", port.unwrap_or_default()));
            }
        };
        if host.is_empty() || host.contains(|at: char| "/@ []".contains(at)) {
            return Err(format!("{text}: {host:?} is no host; {FORM}"));
        }
        Ok(Address { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(out, "[{}]:{}", self.host, self.port)
        } else {
            write!(out, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_as_host_and_port() {
        for (text, address) in [
            ("localhost", "localhost:1883"),
            ("localhost:1884", "localhost:1884"),
            ("127.0.0.1:1883", "127.0.0.1:1883"),
            ("[::1]:1885", "[::1]:1885"),
            ("[::1]", "[::1]:1883"),
            ("::1", "[::1]:1883"),
            ("mqtt://broker.example:65535", "broker.example:65535"),
            ("MQTT://broker.example/", "broker.example:1883"),
            ("tcp://h", "h:1883"),
        ] {
            let read = text.parse::<Address>().map(|address| address.to_string());
            assert_eq!(read.as_deref(), Ok(address), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        for (text, why) in [
            ("mqtts://h", "mqtts:// is not supported yet: there is no TLS"),
            ("tls://h:8883", "tls:// is not supported yet"),
            ("ws://h/mqtt", "ws:// is not supported yet"),
            ("http://h", "http:// is no scheme of MQTT"),
            ("h:0", "\"0\" is no port"),
            ("h:mqtt", "\"mqtt\" is no port"),
            ("[::1]x", "\"x\" is no port"),
            (":1883", "\"\" is no host"),
            ("4.3.3/two_steps", "is no host"),
        ] {
            let complaint = text.parse::<Address>().err().unwrap_or_default();
            assert!(complaint.contains(why), "{text}: {complaint}");
        }
    }
}
