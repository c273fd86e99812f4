//! One connection of a probe: packets out, packets in, and an end to every wait.
//!
//! A probe meets peers of which nothing is known yet, so whatever comes is an outcome and never an
//! error: silence, a close, bytes that are not MQTT, more bytes than anybody asked for.

#![expect(clippy::disallowed_types, reason = "real sockets have real time")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use etalon::packet::{Decoded, Limits, decode};
use etalon::violation::Violation;

/// How long a connection may take to be made, and a write to be taken.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest packet that a probe waits for: it asks for none longer than its own.
const PACKET_BYTES_MAX: usize = 128 * 1024;

/// A connection.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    /// What has come and has not been handed out.
    came: Vec<u8>,
    closed: bool,
}

/// What is heard on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A packet, whole and valid, as bytes.
    Packet(Vec<u8>),
    /// The peer has closed.
    Closed,
    /// Nothing, or not enough for a packet, in time.
    Silence,
    /// No packet that a Server may send; the bytes it begins with.
    Broken(Violation, Vec<u8>),
    /// A packet without end.
    Flood,
}

impl Wire {
    pub(super) fn open(to: SocketAddr) -> io::Result<Wire> {
        let stream = TcpStream::connect_timeout(&to, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Wire { stream, came: Vec::new(), closed: false })
    }

    /// Sends. That the peer has closed is seen when it is listened to.
    pub(super) fn say(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// The next that comes.
    pub(super) fn hear(&mut self, until: Instant) -> Heard {
        loop {
            match decode(&self.came, Limits::CLIENT) {
                Ok(Decoded::Packet { used, .. }) => {
                    let rest = self.came.split_off(used);
                    return Heard::Packet(std::mem::replace(&mut self.came, rest));
                }
                Err(violation) => return Heard::Broken(violation, self.came.clone()),
                Ok(Decoded::Incomplete { .. }) if self.closed => return Heard::Closed,
                Ok(Decoded::Incomplete { .. }) if self.came.len() > PACKET_BYTES_MAX => {
                    return Heard::Flood;
                }
                Ok(Decoded::Incomplete { .. }) => {}
            }
            let wait = until.saturating_duration_since(Instant::now());
            if wait.is_zero() || self.stream.set_read_timeout(Some(wait)).is_err() {
                return Heard::Silence;
            }
            let mut buffer = [0; 16 * 1024];
            match self.stream.read(&mut buffer) {
                Ok(0) => self.closed = true,
                Ok(count) => self.came.extend_from_slice(buffer.get(..count).unwrap_or_default()),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return Heard::Silence;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A reset closes as well.
                Err(_) => self.closed = true,
            }
        }
    }

    /// The next packet that `wanted` takes; whatever comes before it is passed over.
    pub(super) fn hear_that(
        &mut self,
        until: Instant,
        mut wanted: impl FnMut(&[u8]) -> bool,
    ) -> Heard {
        loop {
            match self.hear(until) {
                Heard::Packet(bytes) if wanted(&bytes) => return Heard::Packet(bytes),
                Heard::Packet(_) if Instant::now() < until => {}
                Heard::Packet(_) => return Heard::Silence,
                heard @ (Heard::Closed | Heard::Silence | Heard::Broken(..) | Heard::Flood) => {
                    return heard;
                }
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // It is closed already if this fails.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
