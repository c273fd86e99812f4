//! The binary against a scripted server on the loopback: bytes in hex, in order, nothing timed.
//!
//! A test reads and sends what it names and nothing else, so a packet too many is a difference. The
//! port is one that the system picks.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a script that cannot be played is a failed test")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// A hanging test fails after this long; no test waits for it otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// CONNACK: accepted, no session.
pub const ACCEPTED: &str = "20020000";
/// DISCONNECT.
pub const DISCONNECT: &str = "e000";

/// A server that does what the test says.
pub struct Server {
    listener: TcpListener,
}

/// A connection to it.
pub struct Peer {
    stream: TcpStream,
}

impl Server {
    pub fn new() -> Server {
        Server { listener: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    pub fn port(&self) -> String {
        self.listener.local_addr().unwrap().port().to_string()
    }

    /// The next connection, nothing read yet.
    pub fn accept_unread(&self) -> Peer {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Peer { stream }
    }

    /// The next connection, with its CONNECT read and not yet answered.
    pub fn accept(&self) -> Peer {
        let mut peer = self.accept_unread();
        let connect = peer.packet();
        assert!(connect.starts_with("10"), "{connect} is no CONNECT");
        peer
    }

    /// The next connection, accepted.
    pub fn greet(&self) -> Peer {
        let mut peer = self.accept();
        peer.send(ACCEPTED);
        peer
    }
}

impl Peer {
    pub fn send(&mut self, hex: &str) {
        self.stream.write_all(&bytes(hex)).unwrap();
    }

    /// Sends while the client takes it.
    pub fn try_send(&mut self, hex: &str) -> bool {
        self.stream.write_all(&bytes(hex)).is_ok()
    }

    /// The next bytes are these, whatever follows.
    pub fn expect_start(&mut self, start: &str) {
        let mut bytes = vec![0; start.len() / 2];
        self.stream.read_exact(&mut bytes).unwrap();
        assert_eq!(hex(&bytes), start);
    }

    /// The next packet, in hex.
    pub fn packet(&mut self) -> String {
        let mut header = [0; 1];
        self.stream.read_exact(&mut header).unwrap();
        let mut packet = header.to_vec();
        let mut len = 0;
        for place in 0.. {
            self.stream.read_exact(&mut header).unwrap();
            packet.push(header[0]);
            len |= usize::from(header[0] & 0x7f) << (7 * place);
            if header[0] & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; len];
        self.stream.read_exact(&mut body).unwrap();
        packet.extend(body);
        hex(&packet)
    }

    /// The next packets are these.
    pub fn expect(&mut self, packets: &[&str]) {
        for packet in packets {
            assert_eq!(self.packet(), *packet);
        }
    }

    /// The client has closed, and sent nothing more before.
    pub fn expect_end(mut self) {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
        assert_eq!(hex(&rest), "");
    }

    /// DISCONNECT, and nothing after it.
    pub fn expect_leave(mut self) {
        self.expect(&[DISCONNECT]);
        self.expect_end();
    }

    pub fn cut(self) {
        self.stream.shutdown(Shutdown::Both).unwrap();
    }
}

/// `etalon`, not started yet. The arguments are split at blanks.
pub fn etalon(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_etalon"));
    command.args(arguments.split_whitespace());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("TZ", "UTC").env_remove("NO_COLOR");
    command
}

/// `etalon` with `-h` and `-p` of the server, started.
pub fn start(server: &Server, arguments: &str) -> Child {
    let mut command = etalon(arguments);
    command.args(["-h", "127.0.0.1", "-p", &server.port()]).spawn().unwrap()
}

/// The same, with this on stdin.
pub fn start_with(server: &Server, arguments: &str, stdin: &[u8]) -> Child {
    let mut command = etalon(arguments);
    command.args(["-h", "127.0.0.1", "-p", &server.port()]).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    child
}

/// How it ended: status, stdout, stderr. One that hangs is killed, and that fails the test.
pub fn end(child: Child) -> (i32, Vec<u8>, String) {
    let (process, (done, ended)) = (child.id().to_string(), channel());
    let watch = std::thread::spawn(move || {
        if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            Command::new("kill").args(["-KILL", &process]).status().unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop::<Sender<()>>(done);
    watch.join().unwrap();
    told(&output)
}

pub fn told(output: &Output) -> (i32, Vec<u8>, String) {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    (output.status.code().expect("it ends by itself"), output.stdout.clone(), stderr)
}

/// It ended well, said nothing on stderr, and printed this.
pub fn expect_good(child: Child, stdout: &[u8]) {
    let (status, printed, stderr) = end(child);
    let (printed, stdout) = (printed.escape_ascii().to_string(), stdout.escape_ascii().to_string());
    assert_eq!((status, printed, stderr.as_str()), (0, stdout, ""));
}

/// Sends a signal by its name.
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

pub fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
