//! One thread, one runtime, one broker: carries bytes, mail and time to it and its wishes out.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::LocalSet;
use tokio::time::{Instant as Clock, sleep, sleep_until, timeout};

use super::link::Socket;
use super::{Arrival, House, Notice, Observer};
use crate::broker::{Broker, Counters, Input, Output, Why};
use crate::outgoing::{Link, Outgoing};
use crate::router::Worker;
use crate::time::Instant;

/// How much is read from one connection before others have their turn.
const READ_BYTES: usize = 64 * 1024;
/// How long to wait after the system refused to accept, for instance for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long the last messages may take when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A worker's thread, from its start to its end.
pub(super) fn run(
    worker: Worker,
    broker: Broker,
    listeners: Vec<std::net::TcpListener>,
    house: Arc<House>,
    observer: Arc<Observer>,
) -> io::Result<Counters> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let room = Rc::new(Room {
        worker,
        broker: RefCell::new(broker),
        scratch: RefCell::new(vec![0; READ_BYTES]),
        sockets: RefCell::default(),
        free: RefCell::default(),
        origin: Clock::now(),
        armed: Cell::new(None),
        rearm: Notify::new(),
        emptied: Notify::new(),
        house,
        observer,
    });
    local.block_on(&runtime, room.live(listeners))
}

/// What the tasks of one worker share. Borrows of the broker never cross an await.
pub(super) struct Room {
    worker: Worker,
    pub(super) broker: RefCell<Broker>,
    pub(super) scratch: RefCell<Vec<u8>>,
    sockets: RefCell<Vec<Option<Rc<Socket>>>>,
    free: RefCell<Vec<u32>>,
    origin: Clock,
    /// The deadline for which the timer task waits.
    armed: Cell<Option<Instant>>,
    rearm: Notify,
    /// A connection is gone.
    emptied: Notify,
    pub(super) house: Arc<House>,
    observer: Arc<Observer>,
}

impl Room {
    async fn live(self: Rc<Self>, listeners: Vec<std::net::TcpListener>) -> io::Result<Counters> {
        let mut doormen = Vec::new();
        for listener in listeners {
            let listener = TcpListener::from_std(listener)?;
            doormen.push(tokio::task::spawn_local(Rc::clone(&self).accept(listener)));
        }
        let clock = tokio::task::spawn_local(Rc::clone(&self).watch_time());
        while !self.door().stop.load(Ordering::Acquire) {
            self.door().bell.notified().await;
            self.receive();
        }
        for doorman in doormen {
            doorman.abort();
        }
        self.end().await;
        clock.abort();
        let counters = *self.broker.borrow().counters();
        Ok(counters)
    }

    fn door(&self) -> &super::Door {
        &self.house.doors[usize::from(self.worker.0)]
    }

    /// Takes in what other workers have left at the door.
    fn receive(self: &Rc<Self>) {
        for Arrival { stream, peer, bytes } in self.door().take_arrivals() {
            match TcpStream::from_std(stream) {
                Ok(stream) => {
                    let link = self.open(stream, peer);
                    self.handle(Input::Bytes(link, &bytes));
                }
                Err(error) => self.lost_on_the_way(error),
            }
        }
        self.handle(Input::Mail);
    }

    /// Every Will goes out before the first connection is closed, on all workers.
    async fn end(self: &Rc<Self>) {
        self.handle(Input::LastWills);
        self.house.settled.fetch_add(1, Ordering::AcqRel);
        for door in &self.house.doors {
            door.bell.notify_one();
        }
        let _ = timeout(LAST_WORDS, self.all_settled()).await;
        self.receive();
        let _ = timeout(LAST_WORDS, self.all_sent()).await;
        self.handle(Input::Stop);
        let _ = timeout(LAST_WORDS, self.all_closed()).await;
    }

    /// Bytes that a connection has not taken.
    pub(super) fn unsent(&self, link: Link) -> usize {
        self.broker.borrow().outgoing(link).map_or(0, Outgoing::len)
    }

    /// A worker that has ended by a fault of its own is not waited for in vain.
    async fn all_settled(&self) {
        while self.house.settled.load(Ordering::Acquire) < self.house.doors.len() {
            self.door().bell.notified().await;
        }
    }

    async fn all_sent(&self) {
        while self.sockets.borrow().iter().flatten().any(|socket| self.unsent(socket.link) > 0) {
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn all_closed(&self) {
        while self.sockets.borrow().iter().any(Option::is_some) {
            self.emptied.notified().await;
        }
    }

    async fn accept(self: Rc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    if self.house.open.load(Ordering::Relaxed) >= self.house.sockets_max {
                        drop(stream);
                        continue;
                    }
                    self.house.open.fetch_add(1, Ordering::Relaxed);
                    // Packets are written whole; waiting for more would only delay them.
                    let _ = stream.set_nodelay(true);
                    // A Client with Keep Alive 0 whose machine is gone is noticed by the network.
                    let _ = SockRef::from(&stream).set_keepalive(true);
                    self.open(stream, peer);
                }
                // The peer was gone before its turn came: nothing is wrong here.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    (self.observer)(Notice::NotAccepted(error));
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Gives a connection its number and its task.
    fn open(self: &Rc<Self>, stream: TcpStream, peer: SocketAddr) -> Link {
        let number = self.free.borrow_mut().pop().unwrap_or_else(|| {
            let mut sockets = self.sockets.borrow_mut();
            sockets.push(None);
            (sockets.len() - 1) as u32
        });
        let link = Link(number);
        let socket = Rc::new(Socket::new(link, stream, peer));
        self.sockets.borrow_mut()[number as usize] = Some(Rc::clone(&socket));
        self.handle(Input::Opened(link));
        tokio::task::spawn_local(socket.serve(Rc::clone(self)));
        link
    }

    /// The socket of `link` is not needed any more.
    pub(super) fn forget(&self, link: Link) {
        self.sockets.borrow_mut()[link.0 as usize] = None;
        self.free.borrow_mut().push(link.0);
        self.emptied.notify_one();
    }

    /// A connection has ended from the other side.
    pub(super) fn lost(&self, link: Link, peer: SocketAddr) {
        let client_id = self.broker.borrow().client_id(link);
        (self.observer)(Notice::Closed { peer, client_id, why: Why::Lost });
    }

    /// A connection is closed; its number is free.
    pub(super) fn closed(self: &Rc<Self>, link: Link) {
        self.handle(Input::Closed(link));
        self.forget(link);
        self.house.open.fetch_sub(1, Ordering::Relaxed);
    }

    fn lost_on_the_way(&self, error: io::Error) {
        self.house.open.fetch_sub(1, Ordering::Relaxed);
        (self.observer)(Notice::NotAccepted(error));
    }

    /// Hands a connection to the worker where its Client is at home.
    pub(super) fn hand_over(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        to: Worker,
        bytes: Vec<u8>,
    ) {
        match (stream.into_std(), self.house.doors.get(usize::from(to.0))) {
            (Ok(stream), Some(door)) => door.hand_in(Arrival { stream, peer, bytes }),
            (Ok(_), None) => self.lost_on_the_way(io::Error::other("no such worker")),
            (Err(error), _) => self.lost_on_the_way(error),
        }
    }

    pub(super) fn now(&self) -> Instant {
        Instant(self.origin.elapsed().as_micros() as u64)
    }

    /// One input, and everything that follows from it.
    pub(super) fn handle(self: &Rc<Self>, input: Input<'_>) {
        let now = self.now();
        self.broker.borrow_mut().handle(now, input);
        self.carry_out();
    }

    pub(super) fn carry_out(self: &Rc<Self>) {
        loop {
            let output = self.broker.borrow_mut().poll();
            match output {
                Some(output) => self.wish(output),
                None => break,
            }
        }
        let deadline = self.broker.borrow().deadline();
        let earlier = match (deadline, self.armed.get()) {
            (Some(deadline), Some(armed)) => deadline < armed,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if earlier {
            self.rearm.notify_one();
        }
    }

    fn wish(self: &Rc<Self>, output: Output) {
        match output {
            Output::Transmit(link) => {
                if let Some(socket) = self.socket(link) {
                    socket.transmit(self);
                }
            }
            Output::Close(link, why, client_id) => {
                if let Some(socket) = self.socket(link) {
                    (self.observer)(Notice::Closed { peer: socket.peer, client_id, why });
                    socket.close(why);
                }
            }
            Output::Move(link, to, bytes) => {
                if let Some(socket) = self.socket(link) {
                    socket.move_to(to, bytes);
                }
            }
            Output::Wake(worker) => {
                if let Some(door) = self.house.doors.get(usize::from(worker.0)) {
                    door.bell.notify_one();
                }
            }
            Output::Broken(link, breach) => {
                if let Some(socket) = self.socket(link) {
                    (self.observer)(Notice::Broken { peer: socket.peer, breach });
                }
            }
        }
    }

    fn socket(&self, link: Link) -> Option<Rc<Socket>> {
        self.sockets.borrow().get(link.0 as usize)?.clone()
    }

    /// Calls the broker when one of its deadlines comes.
    async fn watch_time(self: Rc<Self>) {
        loop {
            let deadline = self.broker.borrow().deadline();
            self.armed.set(deadline);
            let due = async {
                match deadline {
                    Some(at) => sleep_until(self.origin + Duration::from_micros(at.0)).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = due => {
                    // From now on every deadline is earlier than the one waited for.
                    self.armed.set(None);
                    self.handle(Input::Tick);
                }
                () = self.rearm.notified() => {}
            }
        }
    }
}
