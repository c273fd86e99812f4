//! One socket and its task.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use super::worker::Room;
use crate::broker::{Input, Reading, Why};
use crate::outgoing::Link;
use crate::router::Worker;

/// Slices in one write.
const SLICES: usize = 16;
/// How long a publisher that is held back waits before it is asked again.
const HOLD: Duration = Duration::from_millis(1);
/// How long the last packets of a closed connection may take to leave.
const LAST_PACKETS: Duration = Duration::from_secs(5);
/// How long the end of the peer's bytes is waited for, so that a reset does not swallow what we
/// sent last (S-102).
const LINGER: Duration = Duration::from_millis(500);

/// A socket in the hands of a worker.
pub(super) struct Socket {
    pub(super) link: Link,
    pub(super) peer: SocketAddr,
    stream: TcpStream,
    /// Something has changed that the task has to look at.
    changed: Notify,
    /// The network takes no more for the moment.
    blocked: Cell<bool>,
    end: RefCell<End>,
}

/// How the task ends.
#[derive(Debug, Default)]
enum End {
    /// Not yet.
    #[default]
    Open,
    /// The peer or the network has closed.
    Lost,
    /// The broker closes.
    Closing(Why),
    /// Another worker goes on.
    Moving(Worker, Vec<u8>),
}

impl Socket {
    pub(super) fn new(link: Link, stream: TcpStream, peer: SocketAddr) -> Socket {
        Socket {
            link,
            peer,
            stream,
            changed: Notify::new(),
            blocked: Cell::new(false),
            end: RefCell::default(),
        }
    }

    /// Reads and writes until the connection ends.
    pub(super) async fn serve(self: Rc<Self>, room: Rc<Room>) {
        while matches!(*self.end.borrow(), End::Open) {
            let reading = room.broker.borrow().reading(self.link);
            match (reading, self.blocked.get()) {
                (Reading::Now, false) => self.wait(Interest::READABLE).await,
                (Reading::Now, true) => self.wait(Interest::READABLE | Interest::WRITABLE).await,
                (Reading::Soon | Reading::AfterSending | Reading::Never, true) => {
                    self.wait(Interest::WRITABLE).await;
                }
                (Reading::Soon, false) => Box::pin(sleep(HOLD)).await,
                (Reading::AfterSending | Reading::Never, false) => self.changed.notified().await,
            }
            if self.blocked.get() {
                self.blocked.set(false);
                self.flush(&room);
                room.carry_out();
            }
            if matches!(*self.end.borrow(), End::Open)
                && room.broker.borrow().reading(self.link) == Reading::Now
            {
                let more = self.read(&room);
                if more {
                    // A peer that sends without a pause would keep its worker to itself.
                    yield_now().await;
                }
            }
        }
        self.finish(room).await;
    }

    async fn wait(&self, interest: Interest) {
        tokio::select! {
            // An error shows in the read or write that follows.
            _ = self.stream.ready(interest) => {}
            () = self.changed.notified() => {}
        }
    }

    /// One read at most. True: there may be more, and others have their turn first.
    fn read(&self, room: &Rc<Room>) -> bool {
        let mut scratch = room.scratch.borrow_mut();
        match self.stream.try_read(&mut scratch) {
            Ok(0) => self.lost(),
            Ok(count) => {
                let more = count == scratch.len();
                if !more {
                    self.drained();
                }
                room.handle(Input::Bytes(self.link, &scratch[..count]));
                return more;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.lost(),
        }
        false
    }

    /// A read that does not fill its buffer has taken all there was, so the next one waits for the
    /// poller without asking the system in vain. What comes from now on is a new event.
    fn drained(&self) {
        let nothing = || Err::<(), _>(io::Error::from(io::ErrorKind::WouldBlock));
        let _ = self.stream.try_io(Interest::READABLE, nothing);
    }

    /// The broker has something to send.
    pub(super) fn transmit(&self, room: &Rc<Room>) {
        if self.blocked.get() {
            return;
        }
        self.flush(room);
        if self.blocked.get() {
            // The task may be waiting for bytes alone.
            self.changed.notify_one();
        }
    }

    /// Writes what is outgoing, as far as the network takes it.
    fn flush(&self, room: &Rc<Room>) {
        loop {
            let taken = {
                let broker = room.broker.borrow();
                let Some(outgoing) = broker.outgoing(self.link) else { return };
                if outgoing.is_empty() {
                    return;
                }
                let mut slices = [IoSlice::new(&[]); SLICES];
                let filled = outgoing.slices(&mut slices);
                self.stream.try_write_vectored(&slices[..filled])
            };
            let count = match taken {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                // The peer takes no more. What it has sent still counts, a DISCONNECT above all,
                // so reading goes on until it ends.
                Err(_) => room.unsent(self.link),
            };
            room.broker.borrow_mut().handle(room.now(), Input::Sent(self.link, count));
            if count == 0 {
                self.blocked.set(true);
                return;
            }
        }
    }

    fn lost(&self) {
        let mut end = self.end.borrow_mut();
        if !matches!(*end, End::Moving(..)) {
            *end = End::Lost;
        }
        self.changed.notify_one();
    }

    /// The broker closes the connection.
    pub(super) fn close(&self, why: Why) {
        let mut end = self.end.borrow_mut();
        if matches!(*end, End::Open) {
            *end = End::Closing(why);
        }
        self.changed.notify_one();
    }

    /// Another worker goes on with it.
    pub(super) fn move_to(&self, to: Worker, bytes: Vec<u8>) {
        *self.end.borrow_mut() = End::Moving(to, bytes);
        self.changed.notify_one();
    }

    async fn finish(self: Rc<Self>, room: Rc<Room>) {
        let end = self.end.take();
        match end {
            End::Moving(to, bytes) => {
                room.forget(self.link);
                // The task and the table were the only holders.
                if let Ok(socket) = Rc::try_unwrap(self) {
                    room.hand_over(socket.stream, socket.peer, to, bytes);
                }
            }
            End::Closing(why) => {
                if waits_for(why) {
                    let _ = timeout(LAST_PACKETS, Box::pin(self.last_packets(&room))).await;
                }
                room.closed(self.link);
            }
            End::Lost | End::Open => {
                room.lost(self.link, self.peer);
                room.closed(self.link);
            }
        }
    }

    /// Sends what is left, says that no more will come, and reads until the peer has seen it.
    async fn last_packets(&self, room: &Rc<Room>) {
        loop {
            self.flush(room);
            if !self.blocked.replace(false) {
                break;
            }
            if self.stream.writable().await.is_err() {
                return;
            }
        }
        if socket2::SockRef::from(&self.stream).shutdown(Shutdown::Write).is_err() {
            return;
        }
        let _ = timeout(LINGER, self.until_the_peer_closes(room)).await;
    }

    async fn until_the_peer_closes(&self, room: &Rc<Room>) {
        while self.stream.readable().await.is_ok() {
            match self.stream.try_read(&mut room.scratch.borrow_mut()) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }
}

/// Whether a peer is there to take last packets. One that is silent or does not read is not.
fn waits_for(why: Why) -> bool {
    match why {
        Why::KeepAlive | Why::Stalled => false,
        Why::Disconnect
        | Why::Refused
        | Why::Broken
        | Why::TakenOver
        | Why::NoConnect
        | Why::Overflow
        | Why::Limit
        | Why::Stopped => true,
        // There is nobody to wait for.
        Why::Lost => false,
    }
}
