//! Sockets and threads: the only part that waits, and the only one that reads a clock.
//!
//! One thread for each worker, each with a single-threaded runtime that drives one
//! [`Broker`]. Any worker accepts a connection; the broker says to which
//! worker it belongs. There is no protocol decision here.
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! use etalon::net::{Options, Server};
//!
//! let server = Server::bind(&["127.0.0.1:0".parse().unwrap()], Options::default())?;
//! let address = server.addresses()[0];
//! let running = server.start(|_notice| {})?;
//! assert_ne!(address.port(), 0);
//! running.stop();
//! # Ok(())
//! # }
//! ```
#![allow(clippy::disallowed_types)]

mod link;
mod worker;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::Notify;

use crate::broker::{Breach, Broker, Config, Counters, Shared, Why};
use crate::router::Worker;
use crate::spec;

spec::deviates!(MQTT_6_0_0_1, "there is no WebSocket transport yet");
spec::deviates!(MQTT_6_0_0_2, "there is no WebSocket transport yet");
spec::deviates!(MQTT_6_0_0_3, "there is no WebSocket transport yet");
spec::deviates!(MQTT_6_0_0_4, "there is no WebSocket transport yet");

/// Connections that the system may hold until they are accepted.
const BACKLOG: i32 = 4096;

/// How a server is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads; one for each core is right for most.
    pub workers: u16,
    /// The broker's settings.
    pub config: Config,
    /// Sockets that may be open at a time, accepted by CONNECT or not. Beyond it new ones are
    /// closed at once.
    pub sockets_max: usize,
}

impl Default for Options {
    fn default() -> Options {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Options { workers: cores.min(64) as u16, config: Config::default(), sockets_max: 1_000_000 }
    }
}

/// What a server has to tell whoever runs it.
#[derive(Debug)]
pub enum Notice {
    /// A Client broke a statement.
    Broken {
        /// Its address.
        peer: SocketAddr,
        /// What it broke.
        breach: Box<Breach>,
    },
    /// A connection ended.
    Closed {
        /// The Client's address.
        peer: SocketAddr,
        /// The Client Identifier, if CONNECT had been accepted.
        client_id: Option<Arc<str>>,
        /// Why.
        why: Why,
    },
    /// A connection could not be accepted; the server goes on.
    NotAccepted(io::Error),
}

type Observer = dyn Fn(Notice) + Send + Sync;

/// A server whose sockets are bound, and which has not been started.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    options: Options,
}

impl Server {
    /// Binds every address; port 0 picks one.
    ///
    /// # Errors
    /// What the system says of the first address that cannot be bound, with the address.
    pub fn bind(addresses: &[SocketAddr], options: Options) -> io::Result<Server> {
        let mut server = Server { listeners: Vec::new(), addresses: Vec::new(), options };
        for address in addresses {
            server.add(*address)?;
        }
        Ok(server)
    }

    /// Binds one more address.
    ///
    /// # Errors
    /// What the system says, with the address; what was bound before stays bound.
    pub fn add(&mut self, address: SocketAddr) -> io::Result<()> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
        let listener = listen(address).map_err(named)?;
        self.addresses.push(listener.local_addr()?);
        self.listeners.push(listener);
        Ok(())
    }

    /// Where it listens, in the order in which it was asked to.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Starts the workers.
    ///
    /// # Errors
    /// What the system says if it has no thread or no poller left.
    pub fn start(self, observer: impl Fn(Notice) + Send + Sync + 'static) -> io::Result<Running> {
        let Server { listeners, options, .. } = self;
        spec::upholds!(MQTT_7_1_1_1);
        let workers = options.workers.max(1);
        let observer: Arc<Observer> = Arc::new(observer);
        let shared = Shared::new(workers, &options.config);
        let house = Arc::new(House {
            doors: (0..workers).map(|_| Door::default()).collect(),
            open: AtomicUsize::new(0),
            sockets_max: options.sockets_max,
            settled: AtomicUsize::new(0),
        });
        // From here on a failure stops the workers that run already.
        let mut running = Running { house: Arc::clone(&house), threads: Vec::new() };
        for number in 0..workers {
            let listeners =
                listeners.iter().map(TcpListener::try_clone).collect::<io::Result<Vec<_>>>()?;
            let worker = Worker(number);
            let broker = Broker::new(worker, Arc::clone(&shared), options.config.clone());
            let (house, observer) = (Arc::clone(&house), Arc::clone(&observer));
            let thread = std::thread::Builder::new()
                .name(format!("etalon-{number}"))
                .spawn(move || worker::run(worker, broker, listeners, house, observer))?;
            running.threads.push(thread);
        }
        Ok(running)
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // Otherwise `[::]` and `0.0.0.0` on one port would be in each other's way.
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// A server at work. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    house: Arc<House>,
    threads: Vec<JoinHandle<io::Result<Counters>>>,
}

impl Running {
    /// Stops in order: no new connections, every Will is published and sent to those who are
    /// there, then every connection is closed. Returns what each worker has counted.
    pub fn stop(mut self) -> Vec<io::Result<Counters>> {
        self.join()
    }

    /// Sockets that are open.
    pub fn open_sockets(&self) -> usize {
        self.house.open.load(Ordering::Relaxed)
    }

    fn join(&mut self) -> Vec<io::Result<Counters>> {
        for door in &self.house.doors {
            door.stop.store(true, Ordering::Release);
            door.bell.notify_one();
        }
        let ended = self.threads.drain(..).map(|thread| {
            let fault = |_| io::Error::other("a worker ended by a fault of its own");
            thread.join().map_err(fault).and_then(|result| result)
        });
        ended.collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.join();
    }
}

/// What the workers' threads share beside the broker's own.
#[derive(Debug)]
struct House {
    doors: Box<[Door]>,
    /// Open sockets.
    open: AtomicUsize,
    sockets_max: usize,
    /// Workers that have published their last Wills.
    settled: AtomicUsize,
}

/// Where other threads reach a worker.
#[derive(Debug, Default)]
struct Door {
    bell: Notify,
    arrivals: Mutex<Vec<Arrival>>,
    stop: AtomicBool,
}

/// A connection that another worker accepted, and what had come over it.
#[derive(Debug)]
struct Arrival {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    bytes: Vec<u8>,
}

impl Door {
    fn hand_in(&self, arrival: Arrival) {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
        self.bell.notify_one();
    }

    fn take_arrivals(&self) -> Vec<Arrival> {
        std::mem::take(&mut *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
