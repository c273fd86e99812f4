//! §3.1.2.10 while the program is stuck: a reader of stdout that pauses must not end a connection.
//!
//! The client sends PINGREQ in time as long as it runs. When it stands in a write to stdout or
//! stderr, a thread of the connection does it instead, somewhat later. It sends nothing else,
//! nothing before CONNECT, and nothing after DISCONNECT.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use etalon::packet::{Packet, Pingreq};
use etalon::spec;

/// The silence is looked at so many times in one Keep Alive.
const LOOKS: u32 = 16;

/// After so many of them the thread speaks: later than the client does after three quarters, and
/// before the Keep Alive is over.
const PATIENCE_LOOKS: u32 = LOOKS - 2;

/// The writing half of a connection, which only one at a time may write to.
#[derive(Debug)]
pub struct Watch {
    stream: TcpStream,
    /// When something was last sent; none before the first packet and after the last.
    spoken: Arc<Mutex<Option<Instant>>>,
}

impl Watch {
    /// Watches over a connection with this Keep Alive, until this value is dropped.
    pub fn new(stream: TcpStream, keep_alive: Option<Duration>) -> Watch {
        let spoken = Arc::new(Mutex::new(None));
        if let Some(keep_alive) = keep_alive
            && let Ok(mut to) = stream.try_clone()
        {
            let watched = Arc::downgrade(&spoken);
            std::thread::spawn(move || {
                let look = keep_alive / LOOKS;
                loop {
                    std::thread::sleep(look);
                    let Some(spoken) = watched.upgrade() else { return };
                    let mut spoken = spoken.lock().unwrap_or_else(PoisonError::into_inner);
                    if spoken.is_some_and(|at: Instant| at.elapsed() >= look * PATIENCE_LOOKS) {
                        spec::upholds!(MQTT_3_1_2_23);
                        // A connection that is lost is noticed by those who use it.
                        *spoken = ping(&mut to).is_ok().then(Instant::now);
                    }
                }
            });
        }
        Watch { stream, spoken }
    }

    /// Sends whole packets.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn send(&mut self, packets: &[u8]) -> io::Result<()> {
        let mut spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        *spoken = None;
        self.stream.write_all(packets)?;
        *spoken = Some(Instant::now());
        Ok(())
    }

    /// Sends the last packets, and gives the connection away.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn send_last(mut self, packets: &[u8]) -> io::Result<TcpStream> {
        let mut spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        *spoken = None;
        self.stream.write_all(packets)?;
        drop(spoken);
        Ok(self.stream)
    }

    /// The connection.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

fn ping(to: &mut TcpStream) -> io::Result<()> {
    let mut bytes = Vec::new();
    Packet::Pingreq(Pingreq).encode(&mut bytes).map_err(io::Error::other)?;
    to.write_all(&bytes)
}
