//! A broker in a world of its own: no sockets, no threads, and a clock that is turned by hand.
//!
//! Every worker's [`Broker`] is the one that serves real sockets. What takes no time is done at
//! once; [`World::advance`] lets time pass, and the earliest deadline always comes first. The same
//! calls give the same bytes, every time.

use std::io::IoSlice;
use std::sync::Arc;

use etalon::broker::{Breach, Broker, Config, Counters, Input, Output, Reading, Shared, Why};
use etalon::outgoing::Link;
use etalon::packet::Party;
use etalon::router::Worker;
use etalon::time::{Duration, Instant};

use crate::show;
use crate::watch::Watch;

/// Work that is done in turns goes on after this.
const TURN: Duration = Duration::from_millis(1);

/// A connection, seen from its far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer(usize);

/// A broker and all its peers.
#[derive(Debug)]
pub struct World {
    now: Instant,
    shared: Arc<Shared>,
    workers: Vec<Place>,
    wires: Vec<Wire>,
    breaches: Vec<(Peer, Breach)>,
    /// Whether a publisher that is held back waits.
    patient: bool,
    watch: Watch,
    /// Whether an accusation by the audit is a failure.
    judged: bool,
}

/// One worker and the numbers of its connections.
#[derive(Debug)]
struct Place {
    broker: Broker,
    links: Vec<Option<usize>>,
}

/// What lies between a peer and the broker.
#[derive(Debug)]
struct Wire {
    /// Where it ends; none once it is closed.
    end: Option<(usize, Link)>,
    /// What has come from the broker and has not been looked at.
    received: Vec<u8>,
    closed: Option<Closed>,
    /// How many bytes the peer still takes before it stops reading.
    takes: usize,
    /// Bytes that the broker did not want to read yet.
    pending: Vec<u8>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The peer cut it.
    ByPeer,
    /// The broker closed it.
    ByBroker(Why),
}

impl World {
    /// A broker with `workers` workers.
    pub fn new(workers: u16) -> World {
        World::with(workers, Config::default())
    }

    /// A broker with settings of its own.
    pub fn with(workers: u16, config: Config) -> World {
        let (session, usual) = (&config.session, Config::default().session);
        let narrow = session.waiting_messages_max < usual.waiting_messages_max
            || session.waiting_bytes_max < usual.waiting_bytes_max;
        let queue = if narrow { 0 } else { 100 };
        let shared = Shared::new(workers, &config);
        let place = |number| Place {
            broker: Broker::new(Worker(number), Arc::clone(&shared), config.clone()),
            links: Vec::new(),
        };
        World {
            now: Instant::START,
            workers: (0..workers).map(place).collect(),
            shared: Arc::clone(&shared),
            wires: Vec::new(),
            breaches: Vec::new(),
            patient: false,
            watch: Watch::with_queue(queue),
            judged: true,
        }
    }

    /// A broker that is no party to what is tested, since somebody stands before it; what the audit
    /// says of it is of no account.
    pub fn unjudged(workers: u16) -> World {
        let mut world = World::new(workers);
        world.judged = false;
        world
    }

    /// From now on the bytes of a publisher that is held back wait as they do in a network. They
    /// are read as soon as something else happens, or time passes, and it is held back no more.
    pub fn be_patient(&mut self) {
        self.patient = true;
    }

    /// Opens a connection; workers accept in turn.
    pub fn open(&mut self) -> Peer {
        let number = self.wires.len();
        self.wires.push(Wire {
            end: None,
            received: Vec::new(),
            closed: None,
            takes: usize::MAX,
            pending: Vec::new(),
        });
        self.watch.opened(self.now);
        self.attach(number, number % self.workers.len());
        Peer(number)
    }

    /// Sends bytes, all in one piece, and lets everything happen that follows from them.
    pub fn send(&mut self, peer: Peer, bytes: impl AsRef<[u8]>) {
        if self.wires[peer.0].end.is_some() {
            self.watch.saw(self.now, peer.0, Party::Client, bytes.as_ref());
        }
        self.wires[peer.0].pending.extend_from_slice(bytes.as_ref());
        self.run();
    }

    /// Sends bytes one by one.
    pub fn send_bytewise(&mut self, peer: Peer, bytes: impl AsRef<[u8]>) {
        for byte in bytes.as_ref() {
            self.send(peer, [*byte]);
        }
    }

    /// What has come, packet by packet, in the words of [`show::packet`]. Looked at once, it is
    /// gone.
    ///
    /// # Panics
    /// If the broker sent something that is no packet, or half a packet.
    pub fn received(&mut self, peer: Peer) -> Vec<String> {
        show::packets(&self.received_bytes(peer))
    }

    /// What has come, as bytes.
    pub fn received_bytes(&mut self, peer: Peer) -> Vec<u8> {
        std::mem::take(&mut self.wires[peer.0].received)
    }

    /// How the connection ended, if it has.
    pub fn closed(&self, peer: Peer) -> Option<Closed> {
        self.wires[peer.0].closed
    }

    /// Why the broker closed the connection, if it did.
    pub fn closed_by_broker(&self, peer: Peer) -> Option<Why> {
        match self.wires[peer.0].closed {
            Some(Closed::ByBroker(why)) => Some(why),
            Some(Closed::ByPeer) | None => None,
        }
    }

    /// The network fails, or the peer closes without DISCONNECT.
    pub fn cut(&mut self, peer: Peer) {
        self.settle();
        let wire = &mut self.wires[peer.0];
        wire.closed.get_or_insert(Closed::ByPeer);
        self.watch.closed(self.now, peer.0, Party::Client);
        self.detach(peer.0);
        self.run();
    }

    /// The peer takes `bytes` more bytes and then stops reading.
    pub fn take_only(&mut self, peer: Peer, bytes: usize) {
        self.wires[peer.0].takes = bytes;
        self.transmit(peer.0);
        self.run();
    }

    /// Lets time pass. Deadlines on the way come in their order.
    pub fn advance(&mut self, wait: Duration) {
        let end = self.now + wait;
        loop {
            let due = |place: &Place| place.broker.deadline();
            let first = self.workers.iter().filter_map(due).min().filter(|at| *at <= end);
            let Some(at) = first else { break };
            self.now = self.now.max(at);
            for number in 0..self.workers.len() {
                if self.workers[number].broker.deadline().is_some_and(|at| at <= self.now) {
                    self.handle(number, Input::Tick);
                }
            }
            self.run();
        }
        self.now = end;
        self.run();
        self.settle();
        for (number, wire) in self.wires.iter().enumerate() {
            if !wire.pending.is_empty() {
                self.watch.waits(self.now, number);
            }
        }
        self.watch.tick(self.now);
    }

    /// How many bytes the peer has sent that have not been read.
    pub fn unread(&self, peer: Peer) -> usize {
        self.wires[peer.0].pending.len()
    }

    /// The earliest deadline of any worker.
    pub fn deadline(&self) -> Option<Instant> {
        self.workers.iter().filter_map(|place| place.broker.deadline()).min()
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The broker stops in order.
    pub fn stop(&mut self) {
        for number in 0..self.workers.len() {
            self.handle(number, Input::LastWills);
        }
        self.run();
        for number in 0..self.workers.len() {
            self.handle(number, Input::Stop);
        }
        self.run();
    }

    /// Every breach that the broker has reported, and who it was.
    pub fn breaches(&self) -> &[(Peer, Breach)] {
        &self.breaches
    }

    /// The statements that `peer` has broken, in order.
    pub fn broken_by(&self, peer: Peer) -> Vec<etalon::spec::Id> {
        let of = self.breaches.iter().filter(|(who, _)| *who == peer);
        of.map(|(_, breach)| breach.violation.id).collect()
    }

    /// What the workers share.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// What each worker has counted.
    pub fn counters(&self) -> impl Iterator<Item = &Counters> {
        self.workers.iter().map(|place| place.broker.counters())
    }

    fn attach(&mut self, number: usize, worker: usize) {
        let links = &mut self.workers[worker].links;
        let at = links.iter().position(Option::is_none).unwrap_or(links.len());
        if at == links.len() {
            links.push(None);
        }
        links[at] = Some(number);
        let link = Link(at as u32);
        self.wires[number].end = Some((worker, link));
        self.handle(worker, Input::Opened(link));
    }

    fn detach(&mut self, number: usize) {
        if let Some((worker, link)) = self.wires[number].end.take() {
            self.handle(worker, Input::Closed(link));
            self.workers[worker].links[link.0 as usize] = None;
        }
    }

    fn handle(&mut self, worker: usize, input: Input<'_>) {
        let now = self.now;
        self.workers[worker].broker.handle(now, input);
    }

    /// Carries out what the brokers want until they want nothing and read nothing.
    fn run(&mut self) {
        loop {
            let mut busy = false;
            for worker in 0..self.workers.len() {
                while let Some(output) = self.workers[worker].broker.poll() {
                    self.carry_out(worker, output);
                    busy = true;
                }
            }
            if !busy && !self.feed() {
                break;
            }
        }
    }

    /// Has what is missing reported, if nothing is on its way and no work waits for its turn.
    fn settle(&mut self) {
        if self.deadline().is_some_and(|at| at <= self.now + TURN) {
            return;
        }
        let reads = |wire: &Wire| {
            wire.end.is_none() || (wire.takes == usize::MAX && wire.pending.is_empty())
        };
        if self.wires.iter().all(reads) {
            self.watch.settled();
        }
    }

    /// Hands over what peers have sent, where the broker reads.
    fn feed(&mut self) -> bool {
        let mut fed = false;
        for number in 0..self.wires.len() {
            let Some((worker, link)) = self.wires[number].end else { continue };
            if self.wires[number].pending.is_empty() {
                continue;
            }
            match self.workers[worker].broker.reading(link) {
                Reading::Soon if self.patient => {}
                // Time does not pass here, so waiting for a moment would be waiting for ever.
                Reading::Now | Reading::Soon => {
                    let bytes = std::mem::take(&mut self.wires[number].pending);
                    self.watch.waits(self.now, number);
                    self.handle(worker, Input::Bytes(link, &bytes));
                    fed = true;
                }
                Reading::AfterSending | Reading::Never => {}
            }
        }
        fed
    }

    fn carry_out(&mut self, worker: usize, output: Output) {
        match output {
            Output::Transmit(link) => {
                if let Some(number) = self.workers[worker].links[link.0 as usize] {
                    self.transmit(number);
                }
            }
            Output::Close(link, why, _) => {
                if let Some(number) = self.workers[worker].links[link.0 as usize] {
                    self.transmit(number);
                    self.wires[number].closed.get_or_insert(Closed::ByBroker(why));
                    self.watch.closed(self.now, number, Party::Server);
                    self.detach(number);
                }
            }
            Output::Move(link, to, bytes) => {
                let number = self.workers[worker].links[link.0 as usize].take();
                if let Some(number) = number {
                    self.attach(number, usize::from(to.0));
                    let mut bytes = bytes;
                    bytes.append(&mut self.wires[number].pending);
                    self.wires[number].pending = bytes;
                }
            }
            Output::Wake(to) => self.handle(usize::from(to.0), Input::Mail),
            Output::Broken(link, breach) => {
                if let Some(number) = self.workers[worker].links[link.0 as usize] {
                    self.breaches.push((Peer(number), *breach));
                }
            }
        }
    }

    /// Takes outgoing bytes over, as many as the peer reads.
    fn transmit(&mut self, number: usize) {
        let Some((worker, link)) = self.wires[number].end else { return };
        loop {
            let wire = &mut self.wires[number];
            let Some(outgoing) = self.workers[worker].broker.outgoing(link) else { return };
            if outgoing.is_empty() {
                return;
            }
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = outgoing.slices(&mut slices);
            let before = wire.received.len();
            for slice in &slices[..filled] {
                let count = slice.len().min(wire.takes);
                wire.received.extend_from_slice(&slice[..count]);
                if wire.takes != usize::MAX {
                    wire.takes -= count;
                }
            }
            let count = wire.received.len() - before;
            self.watch.saw(self.now, number, Party::Server, &wire.received[before..]);
            self.handle(worker, Input::Sent(link, count));
            if count == 0 {
                return;
            }
        }
    }
}

/// A broker that the audit accuses of something fails the test that it is in.
impl Drop for World {
    fn drop(&mut self) {
        self.settle();
        let accusations = self.watch.accusations();
        if self.judged && !std::thread::panicking() {
            assert!(accusations.is_empty(), "the broker is accused: {accusations:#?}");
        }
    }
}
