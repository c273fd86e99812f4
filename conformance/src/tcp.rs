//! Anybody's broker, over TCP and in real time.
//!
//! One thread reads each connection and hands on what comes; nothing here knows a packet.

#![expect(clippy::disallowed_types, reason = "real sockets have real time")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

use etalon::spec::Id;
use etalon::time::{Duration, Instant};
use socket2::SockRef;

use crate::target::{Link, Seen, Target};
use crate::trace::Change;

/// How long a connection may take to be made, and a write to be taken.
const PATIENCE: Duration = Duration::from_secs(5);

/// A broker at an address.
#[derive(Debug)]
pub struct Tcp {
    address: SocketAddr,
    began: std::time::Instant,
    links: Vec<Option<TcpStream>>,
    reader: Sender<(Link, Seen)>,
    seen: Receiver<(Link, Seen)>,
}

impl Tcp {
    /// The broker that listens there.
    pub fn new(address: SocketAddr) -> Tcp {
        let (reader, seen) = channel();
        Tcp { address, began: std::time::Instant::now(), links: Vec::new(), reader, seen }
    }
}

impl Target for Tcp {
    fn open(&mut self) -> Result<Link, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.address);
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
        let from = stream.try_clone().map_err(failed)?;
        let link = self.links.len();
        let to = self.reader.clone();
        std::thread::spawn(move || read(from, link, &to));
        self.links.push(Some(stream));
        Ok(link)
    }

    fn send(&mut self, link: Link, bytes: &[u8]) {
        if let Some(stream) = &mut self.links[link] {
            // That the peer has closed is seen by the reader.
            let _ = stream.write_all(bytes);
        }
    }

    fn end(&mut self, link: Link, how: Change) {
        let Some(stream) = self.links[link].take() else { return };
        // It is closed already if this fails.
        let _ = match how {
            Change::Reset => SockRef::from(&stream).set_linger(Some(Duration::ZERO)),
            Change::Cut | Change::Open => stream.shutdown(Shutdown::Both),
        };
        // The reader has a handle too; a reset needs both to be gone.
        if how == Change::Reset {
            let _ = SockRef::from(&stream).shutdown(Shutdown::Read);
        }
    }

    fn next(&mut self, until: Instant) -> Option<(Link, Seen)> {
        loop {
            let wait = until.since(self.now());
            let (link, seen) = if wait.is_zero() {
                self.seen.try_recv().ok()?
            } else {
                self.seen.recv_timeout(wait).ok()?
            };
            if self.links[link].is_some() {
                return Some((link, seen));
            }
        }
    }

    fn now(&self) -> Instant {
        Instant::START + self.began.elapsed()
    }

    fn named(&self, _: Link) -> Option<Vec<Id>> {
        None
    }

    fn quiet(&self) -> Duration {
        Duration::from_millis(500)
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        for stream in self.links.iter().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn read(mut from: TcpStream, link: Link, to: &Sender<(Link, Seen)>) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let seen = match from.read(&mut buffer) {
            Ok(0) | Err(_) => Seen::Closed,
            Ok(count) => Seen::Bytes(buffer[..count].to_vec()),
        };
        let last = seen == Seen::Closed;
        if to.send((link, seen)).is_err() || last {
            return;
        }
    }
}
