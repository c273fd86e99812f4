//! Sockets, stdin and signals as one stream of inputs.
//!
//! Every source has a thread that blocks on its own and hands over what came; the channel between
//! is bounded, so a fast server or a large file waits for this program and not in its memory. No
//! protocol is decided here.

use std::io::{self, BufRead, Read};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How many inputs may wait; one holds at most [`READ_BYTES`] of a socket.
const INPUTS_WAITING: usize = 64;

/// How much is read from a socket at once.
const READ_BYTES: usize = 64 * 1024;

/// How long one address may take to answer a connect.
const CONNECT_WAIT: Duration = Duration::from_secs(30);

/// A line of stdin that is longer cannot be published.
const LINE_BYTES_MAX: u64 = 268_435_455;

/// The number of a connection, so that a late word about an old one is recognised.
pub type Number = u64;

/// What came.
#[derive(Debug)]
pub enum Input {
    /// The connection stands; this half is for writing.
    Opened(Number, TcpStream),
    /// Bytes from the server.
    Bytes(Number, Vec<u8>),
    /// The connection could not be made, or has ended; why.
    Lost(Number, String),
    /// A line of stdin, without its end.
    Line(Vec<u8>),
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
    /// How long the server may take no byte at all before the connection counts as lost.
    pub write_wait: Option<Duration>,
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
            let mut seen = false;
            for signal in signals.forever() {
                // Whoever asks twice does not want to wait for a server any more.
                if std::mem::replace(&mut seen, true) {
                    std::process::exit(128 + signal);
                }
                if to.send(Input::Signal(signal)).is_err() {
                    return;
                }
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
                    Ok(()) => read_socket(number, stream, &to),
                    Err(_) => return,
                },
                Err(why) => why,
            };
            // The program may have ended meanwhile.
            let _ = to.send(Input::Lost(number, why));
        });
        number
    }

    /// Lets `count` more lines of stdin in.
    pub fn want_lines(&mut self, count: usize) {
        let permits = self.permits.get_or_insert_with(|| {
            let (sender, permits) = channel();
            let to = self.sender.clone();
            thread::spawn(move || read_lines(&permits, &to));
            sender
        });
        for _ in 0..count {
            // After the end of stdin nobody listens any more.
            let _ = permits.send(());
        }
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
            stream.set_nodelay(server.nodelay)?;
            stream.set_write_timeout(server.write_wait)?;
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
            Err(error) => return format!("the connection was lost: {}", plain(&error)),
        }
    }
}

/// Hands over one line for each permit.
fn read_lines(permits: &Receiver<()>, to: &SyncSender<Input>) {
    let mut stdin = io::stdin().lock();
    while permits.recv().is_ok() {
        let mut line = Vec::new();
        let input = match (&mut stdin).take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) => Input::LinesEnd(None),
            Ok(_) => {
                line.pop_if(|byte| *byte == b'\n');
                Input::Line(line)
            }
            Err(error) => Input::LinesEnd(Some(format!("cannot read stdin: {}", plain(&error)))),
        };
        let end = matches!(input, Input::LinesEnd(_));
        if to.send(input).is_err() || end {
            return;
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

/// An error of the system without its number.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(plain, _)| plain.to_owned())
}
