//! Sockets, stdin and signals as one stream of inputs.
//!
//! Every source has a thread that blocks on its own and hands over what came; the channel between
//! is bounded, so a fast server or a large file waits for this program and not in its memory. No
//! protocol is decided here.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use etalon::spec;

/// How many inputs may wait; one holds at most [`READ_BYTES`] of a socket.
const INPUTS_WAITING: usize = 64;

/// How much is read from a socket at once.
const READ_BYTES: usize = 64 * 1024;

/// How long one address may take to answer a connect.
const CONNECT_WAIT: Duration = Duration::from_secs(30);

/// How long the program may go on after a signal: longer than it takes to leave properly, and the
/// end of every write that blocks.
const STOP_WAIT: Duration = Duration::from_millis(1_500);

/// A line of stdin that is longer cannot be published.
const LINE_BYTES_MAX: u64 = 268_435_455;

/// How much of stdin is read at once, if there is so much. Lines that come together are handed over
/// together, because to wake this program for each costs more than to publish it.
const STDIN_BYTES: usize = 64 * 1024;

/// The number of a connection, so that a late word about an old one is recognised.
pub type Number = u64;

/// What came.
#[derive(Debug)]
pub enum Input {
    /// The connection stands; this half is for writing.
    Opened(Number, TcpStream),
    /// Bytes from the server.
    Bytes(Number, Vec<u8>),
    /// The connection could not be made, or has ended; which one, and why.
    Lost(Number, String),
    /// Lines of stdin, without their ends.
    Lines(Vec<Vec<u8>>),
    /// Stdin has ended, or cannot be read.
    LinesEnd(Option<String>),
    /// SIGINT or SIGTERM.
    Signal(i32),
}

/// Where the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TCP_NODELAY.
    pub nodelay: bool,
    /// Keep Alive, if there is one. If the server takes no byte at all for so long, the connection
    /// counts as lost.
    pub keep_alive: Option<Duration>,
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// All sources of input.
#[derive(Debug)]
pub struct Inputs {
    sender: SyncSender<Input>,
    /// What came, in order.
    pub receiver: Receiver<Input>,
    permits: Option<std::sync::mpsc::Sender<()>>,
    connections: Number,
}

impl Inputs {
    /// The channel, and the thread for signals.
    ///
    /// # Errors
    /// The signals cannot be caught.
    pub fn new() -> io::Result<Inputs> {
        let (sender, receiver) = sync_channel(INPUTS_WAITING);
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let to = sender.clone();
        thread::spawn(move || {
            let mut signals = signals.forever();
            let Some(first) = signals.next() else { return };
            // The program may be in the middle of a write that nobody reads, and then nobody takes
            // this out of a channel that is full.
            thread::spawn(move || to.send(Input::Signal(first)));
            thread::spawn(move || {
                thread::sleep(STOP_WAIT);
                std::process::exit(128 + first);
            });
            // Whoever asks twice does not want to wait for a server any more.
            if let Some(again) = signals.next() {
                std::process::exit(128 + again);
            }
        });
        Ok(Inputs { sender, receiver, permits: None, connections: 0 })
    }

    /// Begins a new connection and returns its number; [`Input::Opened`] or [`Input::Lost`]
    /// follows.
    pub fn connect(&mut self, server: &Server) -> Number {
        self.connections += 1;
        let (number, server, to) = (self.connections, server.clone(), self.sender.clone());
        thread::spawn(move || {
            let why = match connect(&server) {
                Ok((stream, writer)) => match to.send(Input::Opened(number, writer)) {
                    Ok(()) => format!("{server}: {}", read_socket(number, stream, &to)),
                    Err(_) => return,
                },
                Err(why) => why,
            };
            // The program may have ended meanwhile.
            let _ = to.send(Input::Lost(number, why));
        });
        number
    }

    /// Lets in the next line of stdin, with those that have come together with it.
    pub fn want_lines(&mut self) {
        let permits = self.permits.get_or_insert_with(|| {
            let (sender, permits) = channel();
            let to = self.sender.clone();
            thread::spawn(move || read_stdin(&permits, &to));
            sender
        });
        // After the end of stdin nobody listens any more.
        let _ = permits.send(());
    }
}

/// Tries every address of the host in turn.
fn connect(server: &Server) -> Result<(TcpStream, TcpStream), String> {
    let addresses = (server.host.as_str(), server.port)
        .to_socket_addrs()
        .map_err(|error| format!("cannot find {}: {error}", server.host))?;
    let mut failures = Vec::new();
    for address in addresses {
        let stream = TcpStream::connect_timeout(&address, CONNECT_WAIT).and_then(|stream| {
            spec::upholds!(MQTT_7_1_2_1);
            stream.set_nodelay(server.nodelay)?;
            stream.set_write_timeout(server.keep_alive)?;
            Ok((stream.try_clone()?, stream))
        });
        match stream {
            Ok(pair) => return Ok(pair),
            Err(error) => failures.push(format!("{}: {}", address.ip(), plain(&error))),
        }
    }
    match failures.is_empty() {
        true => Err(format!("cannot find {}: it has no address", server.host)),
        false => Err(format!("cannot reach {server}: {}", failures.join("; "))),
    }
}

/// Hands over what the server sends until the connection ends; returns why it did.
fn read_socket(number: Number, mut stream: TcpStream, to: &SyncSender<Input>) -> String {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return "the server closed the connection".into(),
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                if to.send(Input::Bytes(number, bytes)).is_err() {
                    return String::new();
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return lost(&error),
        }
    }
}

/// Hands over the next lines for each permit.
fn read_stdin(permits: &Receiver<()>, to: &SyncSender<Input>) {
    let mut stdin = BufReader::with_capacity(STDIN_BYTES, io::stdin().lock());
    while permits.recv().is_ok() {
        let input = match next_lines(&mut stdin) {
            Ok(lines) if lines.is_empty() => Input::LinesEnd(None),
            Ok(lines) => Input::Lines(lines),
            Err(error) => Input::LinesEnd(Some(format!("cannot read stdin: {}", plain(&error)))),
        };
        let end = matches!(input, Input::LinesEnd(_));
        if to.send(input).is_err() || end {
            return;
        }
    }
}

/// The next line and all whole ones that have been read with it; none at the end.
fn next_lines(from: &mut BufReader<impl Read>) -> io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        if from.take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? > 0 {
            line.pop_if(|byte| *byte == b'\n');
            lines.push(line);
        }
        if !from.buffer().contains(&b'\n') {
            return Ok(lines);
        }
    }
}

/// Ends the sending direction, so that the server reads all that was sent before.
pub fn finish(stream: &TcpStream) {
    // It may be gone already.
    let _ = stream.shutdown(Shutdown::Write);
}

/// Ends both directions at once.
pub fn cut(stream: &TcpStream) {
    // It may be gone already.
    let _ = stream.shutdown(Shutdown::Both);
}

/// Why a connection is no more.
pub fn lost(error: &io::Error) -> String {
    match error.kind() == io::ErrorKind::WouldBlock {
        // The system's words for a write that took too long say nothing to anybody.
        true => "the server takes no more bytes".into(),
        false => format!("the connection was lost: {}", plain(error)),
    }
}

/// An error of the system without its number.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(plain, _)| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives these pieces, one at a time, and then an error.
    struct Pieces(Vec<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let Some(piece) = self.0.first_mut() else {
                return Err(io::Error::other("no more pieces"));
            };
            let count = piece.read(into)?;
            self.0.retain(|piece| !piece.is_empty());
            Ok(count)
        }
    }

    #[test]
    fn lines_that_come_together_are_handed_over_together_and_none_is_waited_for() {
        let pieces = Pieces(vec![b"a\n\nb\nc", b"\n", b"d"]);
        let mut from = BufReader::with_capacity(16, pieces);
        let mut next = || next_lines(&mut from).unwrap();
        assert_eq!(next(), [&b"a"[..], b"", b"b"]);
        assert_eq!(next(), [b"c"]);
        assert!(next_lines(&mut from).is_err(), "half a line that cannot be read on is none");
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let mut from = BufReader::new(&b"a\nb"[..]);
        assert_eq!(next_lines(&mut from).unwrap(), [b"a"]);
        assert_eq!(next_lines(&mut from).unwrap(), [b"b"]);
        assert_eq!(next_lines(&mut from).unwrap(), [b""; 0]);
    }

    #[test]
    fn a_line_may_be_longer_than_what_is_read_at_once() {
        let mut from = BufReader::with_capacity(2, Pieces(vec![b"abcde\nf", b"\ng\n"]));
        let lines: Vec<Vec<u8>> =
            std::iter::from_fn(|| next_lines(&mut from).ok()).flatten().take(3).collect();
        assert_eq!(lines, [&b"abcde"[..], b"f", b"g"]);
    }
}
