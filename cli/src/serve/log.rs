//! What the broker has to tell, on stderr.
//!
//! Workers hand their notices to a thread of its own, so a terminal that is slow, or a pipe that
//! nobody reads, holds no client up. What does not fit is counted and said later.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use etalon::net::Notice;

/// Notices that may wait to be written.
const WAITING: usize = 1024;
/// How long the last notices may take when the broker stops.
const LAST_LINES: Duration = Duration::from_secs(1);
/// Bytes of a packet that are shown.
const SHOWN_BYTES: usize = 24;

/// Takes notices from any thread; never waits.
#[derive(Clone)]
pub struct Log {
    verbose: bool,
    lines: SyncSender<Line>,
    left_out: Arc<AtomicU64>,
}

enum Line {
    Notice(jiff::Zoned, Notice),
    End(SyncSender<()>),
}

impl Log {
    /// Starts the thread that writes.
    pub fn start(verbose: bool) -> (Log, JoinHandle<()>) {
        let (lines, waiting) = sync_channel(WAITING);
        let left_out = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&left_out);
        let writer = std::thread::spawn(move || write(&waiting, &counted));
        (Log { verbose, lines, left_out }, writer)
    }

    /// Tells of something.
    pub fn tell(&self, notice: Notice) {
        if matches!(notice, Notice::Closed { .. }) && !self.verbose {
            return;
        }
        if let Err(TrySendError::Full(_)) =
            self.lines.try_send(Line::Notice(jiff::Zoned::now(), notice))
        {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what has been told is written, or a moment at most. False: stderr takes nothing
    /// more, and whoever writes to it may wait for ever.
    pub fn end(self, writer: JoinHandle<()>) -> bool {
        let (done, ended) = sync_channel(1);
        let written =
            self.lines.try_send(Line::End(done)).is_ok() && ended.recv_timeout(LAST_LINES).is_ok();
        if written {
            let _ = writer.join();
        }
        written
    }
}

fn write(waiting: &Receiver<Line>, left_out: &AtomicU64) {
    for line in waiting {
        let text = match line {
            Line::Notice(time, notice) => describe(&time, &notice),
            Line::End(done) => {
                let _ = done.try_send(());
                return;
            }
        };
        let mut out = std::io::stderr().lock();
        let missed = left_out.swap(0, Ordering::Relaxed);
        if missed > 0 {
            let _ = writeln!(out, "             {missed} notices came too fast and are left out");
        }
        let _ = out.write_all(text.as_bytes());
    }
}

/// One entry, with its line feeds.
fn describe(time: &jiff::Zoned, notice: &Notice) -> String {
    let clock = time.strftime("%H:%M:%S%.3f");
    match notice {
        Notice::Broken { peer, breach } => {
            let who = match &breach.client_id {
                Some(client_id) => format!("client {client_id:?}"),
                None => format!("peer {peer}"),
            };
            let violation = breach.violation;
            let mut text = format!("{clock} {who} broke {violation}\n");
            let statement = violation.id.statement();
            let _ =
                writeln!(text, "             {} (section {})", statement.text, statement.section);
            if !breach.bytes.is_empty() {
                let _ = writeln!(text, "             {}", hex(&breach.bytes));
            }
            text
        }
        Notice::Closed { peer, client_id: Some(client_id), why } => {
            format!("{clock} client {client_id:?} at {peer}: {}\n", why.text())
        }
        Notice::Closed { peer, client_id: None, why } => {
            format!("{clock} peer {peer}: {}\n", why.text())
        }
        Notice::NotAccepted(error) => {
            format!("{clock} a connection could not be accepted: {error}\n")
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes.iter().take(SHOWN_BYTES) {
        let _ = write!(text, "{byte:02x} ");
    }
    if bytes.len() > SHOWN_BYTES {
        text.push('…');
    }
    text.trim_end().to_owned()
}
