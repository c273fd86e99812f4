//! Anybody's broker, over TCP and in real time.
//!
//! One thread carries all connections of a run and waits for all of them at once; nothing here
//! knows a packet. What nobody asks for stays with the system, so a peer that floods is held back
//! by TCP, and no peer can make a call wait longer than its limit.

#![expect(clippy::disallowed_types, reason = "real sockets have real time")]

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};

use etalon::spec::Id;
use etalon::time::{Duration, Instant};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;

use crate::target::{Link, Seen, Target};
use crate::trace::Change;

/// How long a connection may take to be made, and its last bytes to be taken.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much is read from one connection before another has its turn.
const READ_BYTES: usize = 16 * 1024;
/// S-106: how long nothing may come after a weak barrier.
const QUIET: Duration = Duration::from_secs(1);

/// A broker at an address.
pub struct Tcp {
    address: SocketAddr,
    began: std::time::Instant,
    poll: Result<(Poll, Events), String>,
    links: Vec<Option<Wire>>,
    /// Whose turn it is to be read.
    turn: usize,
    restart: Option<Restart>,
}

/// What stops the broker and starts it again.
type Restart = Box<dyn FnMut() -> Result<(), String> + Send>;

/// One connection.
#[derive(Debug)]
struct Wire {
    stream: TcpStream,
    /// What the system did not take yet.
    unsent: Vec<u8>,
    readable: bool,
    /// Whether it has ended from this side, and what comes concerns nobody.
    ended: bool,
}

impl Tcp {
    /// The broker that listens there.
    pub fn new(address: SocketAddr) -> Tcp {
        let poll = Poll::new().map(|poll| (poll, Events::with_capacity(64)));
        Tcp {
            address,
            began: std::time::Instant::now(),
            poll: poll.map_err(|error| format!("no way to wait for sockets: {error}")),
            links: Vec::new(),
            turn: 0,
            restart: None,
        }
    }

    /// The same broker; `restart` stops it and starts it again, and returns when it listens.
    pub fn restarted_by(self, restart: impl FnMut() -> Result<(), String> + Send + 'static) -> Tcp {
        Tcp { restart: Some(Box::new(restart)), ..self }
    }

    /// Waits until something happens on a socket, or for this long.
    fn wait(&mut self, wait: Duration) {
        let Ok((poll, events)) = &mut self.poll else {
            std::thread::sleep(wait);
            return;
        };
        // A signal may interrupt it, and then the caller looks at its watch and comes again.
        if poll.poll(events, Some(wait)).is_err() {
            return;
        }
        for event in events.iter() {
            let Some(Some(wire)) = self.links.get_mut(event.token().0) else { continue };
            wire.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
            if event.is_writable() {
                wire.flush();
            }
        }
    }

    /// Reads once from the next connection that has something.
    fn read(&mut self) -> Option<(Link, Seen)> {
        for _ in 0..self.links.len() {
            self.turn = (self.turn + 1) % self.links.len();
            let link = self.turn;
            let Some(wire) = &mut self.links[link] else { continue };
            let Some(seen) = wire.read() else { continue };
            let concerns = !wire.ended;
            if seen == Seen::Closed {
                self.links[link] = None;
            }
            if concerns {
                return Some((link, seen));
            }
        }
        None
    }
}

impl Wire {
    fn read(&mut self) -> Option<Seen> {
        while self.readable {
            let mut buffer = [0; READ_BYTES];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Some(Seen::Closed),
                Ok(count) => return Some(Seen::Bytes(buffer[..count].to_vec())),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
                // Torn down: nothing will come any more.
                Err(_) => return Some(Seen::Closed),
            }
        }
        None
    }

    fn flush(&mut self) {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // That the peer has closed is seen when it is read.
                Err(_) => self.unsent.clear(),
            }
        }
    }
}

impl Target for Tcp {
    fn open(&mut self) -> Result<Link, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.address);
        let (poll, _) = self.poll.as_ref().map_err(String::clone)?;
        let stream =
            std::net::TcpStream::connect_timeout(&self.address, PATIENCE).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        stream.set_nonblocking(true).map_err(failed)?;
        let mut stream = TcpStream::from_std(stream);
        let link = self.links.len();
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut stream, Token(link), interest).map_err(failed)?;
        let wire = Wire { stream, unsent: Vec::new(), readable: true, ended: false };
        self.links.push(Some(wire));
        Ok(link)
    }

    fn send(&mut self, link: Link, bytes: &[u8]) {
        if let Some(Some(wire)) = self.links.get_mut(link)
            && !wire.ended
        {
            wire.unsent.extend_from_slice(bytes);
            wire.flush();
        }
    }

    /// What was sent is delivered before a cut; then only this side of the connection is closed, as
    /// unread bytes would make a reset of it and destroy what was sent.
    fn end(&mut self, link: Link, how: Change) {
        let until = self.now() + PATIENCE;
        let unsent = |all: &[Option<Wire>]| {
            all.get(link).and_then(Option::as_ref).is_some_and(|wire| !wire.unsent.is_empty())
        };
        while how != Change::Reset && unsent(&self.links) && self.now() < until {
            self.wait(until.since(self.now()));
        }
        let Some(place) = self.links.get_mut(link) else { return };
        let Some(wire) = place else { return };
        wire.ended = true;
        // It is closed already if this fails.
        let ended = match how {
            Change::Reset => SockRef::from(&wire.stream).set_linger(Some(Duration::ZERO)),
            Change::Cut | Change::Open => wire.stream.shutdown(Shutdown::Write),
        };
        if how == Change::Reset || ended.is_err() || !wire.unsent.is_empty() {
            *place = None;
        }
    }

    fn next(&mut self, until: Instant) -> Option<(Link, Seen)> {
        loop {
            if let Some(seen) = self.read() {
                return Some(seen);
            }
            let wait = until.since(self.now());
            self.wait(wait);
            if wait.is_zero() {
                return self.read();
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
        QUIET
    }

    fn restart(&mut self) -> Result<(), String> {
        match &mut self.restart {
            Some(restart) => restart(),
            None => Err("nobody has said how to restart the target".into()),
        }
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl fmt::Debug for Tcp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tcp")
            .field("address", &self.address)
            .field("links", &self.links)
            .finish_non_exhaustive()
    }
}
