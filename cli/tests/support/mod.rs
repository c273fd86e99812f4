//! A broker of its own for every test, and the processes that talk to it.
//!
//! Whatever is started here is ended when its value is dropped, so a test that fails leaves nothing
//! behind. Waiting has an upper limit, [`PATIENCE`], after which a test fails; nothing is measured
//! by it. What the clients say to the broker is left to the tests.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

pub mod raw;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long a test waits for something that has to come. Far above what it takes.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The command under test.
pub fn etalon() -> Command {
    Command::new(env!("CARGO_BIN_EXE_etalon"))
}

/// `etalon serve` on a port of its own.
pub struct Broker {
    process: Process,
    /// Where it listens, in the order of its ready line.
    pub addresses: Vec<SocketAddr>,
}

impl Broker {
    /// On loopback, with the default settings.
    pub fn start() -> Broker {
        Broker::with(&["-p", "0"])
    }

    /// With these flags, which have to say where to listen.
    pub fn with(flags: &[&str]) -> Broker {
        let mut command = etalon();
        command.args(["serve", "--ready-json"]).args(flags);
        Broker::ready(Process::start(&mut command))
    }

    /// The same, with a stderr that nobody reads.
    pub fn unheard(flags: &[&str]) -> Broker {
        let mut command = etalon();
        command.args(["serve", "--ready-json"]).args(flags).stdin(Stdio::null());
        Broker::ready(Process::unheard(&mut command))
    }

    fn ready(process: Process) -> Broker {
        let ready = process.line().expect("the broker says that it is ready");
        let listed = ready.split("\"listeners\":[").nth(1).and_then(|rest| rest.split("],").next());
        let addresses = listed.unwrap_or_else(|| panic!("no listeners in {ready}"));
        let addresses =
            addresses.split(',').map(|text| text.trim_matches('"').parse().unwrap()).collect();
        Broker { process, addresses }
    }

    /// The first address.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// The port of the first address, as the flag of a command.
    pub fn port(&self) -> String {
        self.address().port().to_string()
    }

    pub fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits until stderr has a line with `text`, and returns the line.
    pub fn reports(&self, text: &str) -> String {
        self.process.complains(text)
    }

    /// The resident memory of the process, in KiB.
    pub fn resident_kib(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Stops it with SIGTERM; returns its status and the rest of stderr.
    pub fn stop(self) -> (ExitStatus, String) {
        self.signal("TERM");
        self.ended()
    }

    /// Waits for its end; returns its status and the rest of stderr.
    pub fn ended(self) -> (ExitStatus, String) {
        let output = self.process.finish();
        (output.status, output.stderr)
    }

    /// Waits for the end of one whose stderr nobody reads.
    pub fn ended_unheard(mut self) -> ExitStatus {
        assert_eq!(self.process.rest(&self.process.stdout), b"");
        self.process.child.wait().unwrap()
    }
}

/// A process, killed when dropped, whose output is read as it comes.
pub struct Process {
    child: Child,
    name: String,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
}

/// How a process ended, and what it had still to say.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Output {
    /// Stdout as lines of text.
    pub fn lines(&self) -> Vec<&str> {
        std::str::from_utf8(&self.stdout).unwrap().lines().collect()
    }
}

impl Process {
    /// Starts `command` without stdin.
    pub fn start(command: &mut Command) -> Process {
        Process::spawn(command.stdin(Stdio::null()))
    }

    /// Starts `command` and gives it `input` on stdin, to its end.
    pub fn fed(command: &mut Command, input: &[u8]) -> Process {
        let mut process = Process::spawn(command.stdin(Stdio::piped()));
        let mut stdin = process.child.stdin.take().unwrap();
        let input = input.to_vec();
        // It may be longer than a pipe holds, and the process may end before it has read it.
        std::thread::spawn(move || stdin.write_all(&input));
        process
    }

    /// Starts `command` with a stdin that stays open for [`Process::tell`].
    pub fn listening(command: &mut Command) -> Process {
        Process::spawn(command.stdin(Stdio::piped()))
    }

    /// Writes to its stdin.
    pub fn tell(&mut self, input: &[u8]) {
        self.child.stdin.as_mut().unwrap().write_all(input).unwrap();
    }

    /// Starts `command` with a stderr that nobody reads.
    fn unheard(command: &mut Command) -> Process {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = lines_of(child.stdout.take().unwrap());
        let (_, stderr) = channel();
        Process { child, name: "etalon".into(), stdout, stderr }
    }

    fn spawn(command: &mut Command) -> Process {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let stdout = lines_of(child.stdout.take().unwrap());
        let stderr = lines_of(child.stderr.take().unwrap());
        Process { child, name, stdout, stderr }
    }

    /// The next line of stdout, without its end; none when there are no more.
    pub fn line(&self) -> Option<String> {
        let line = match self.stdout.recv_timeout(PATIENCE) {
            Ok(line) => String::from_utf8_lossy(&line).into_owned(),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
            Err(error) => panic!("{} says nothing more: {error}", self.name),
        };
        Some(line.trim_end_matches('\n').to_owned())
    }

    /// Skips lines of stdout up to one with `text`, and returns it.
    pub fn says(&self, text: &str) -> String {
        let mut before = String::new();
        while let Some(line) = self.line() {
            if line.contains(text) {
                return line;
            }
            before.push_str(&line);
            before.push('\n');
        }
        panic!("{} ended without saying {text:?}, but:\n{before}", self.name)
    }

    /// The same on stderr.
    pub fn complains(&self, text: &str) -> String {
        let mut before = String::new();
        while let Ok(line) = self.stderr.recv_timeout(PATIENCE) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if line.contains(text) {
                return line;
            }
            before.push_str(&line);
        }
        panic!("{} has no {text:?} on stderr, but:\n{before}", self.name)
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        // The shell's own command: `kill` need not be installed.
        let line = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
    }

    /// Waits for the end of stdout and of the process.
    pub fn finish(mut self) -> Output {
        let stdout = self.rest(&self.stdout);
        let stderr = String::from_utf8_lossy(&self.rest(&self.stderr)).into_owned();
        let status = self.child.wait().unwrap();
        Output { status, stdout, stderr }
    }

    /// Like [`Process::finish`], and it has to have succeeded.
    pub fn succeeds(self) -> Output {
        let name = self.name.clone();
        let output = self.finish();
        assert!(
            output.status.success(),
            "{name}: {}\n{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            output.stderr
        );
        output
    }

    /// Ends it without a chance to say good-bye to its peers, and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn rest(&self, lines: &Receiver<Vec<u8>>) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => all.extend_from_slice(&line),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return all,
                Err(_) => {
                    panic!("{} does not end, after:\n{}", self.name, String::from_utf8_lossy(&all))
                }
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads to the end in a thread, so that the writer never waits.
fn lines_of(stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = Vec::new();
            match stream.read_until(b'\n', &mut line) {
                Ok(1..) if sender.send(line).is_ok() => {}
                Ok(_) | Err(_) => return,
            }
        }
    });
    receiver
}

/// Whether `command` ends with one of `statuses`, which shows that `tool` is there. If not, the test
/// that asks is skipped, or fails where every tool has to be there.
pub fn has_tool(tool: &str, install: &str, command: &mut Command, statuses: &[i32]) -> bool {
    let found = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.code().is_some_and(|code| statuses.contains(&code))) {
        return true;
    }
    let missing = format!("{tool} is not installed ({install})");
    if std::env::var_os("ETALON_REQUIRE_TOOLS").is_some_and(|value| value == "1") {
        panic!("{missing}, and ETALON_REQUIRE_TOOLS is 1");
    }
    println!("skipped: {missing}");
    false
}

/// Whether mosquitto's clients are there.
pub fn has_mosquitto() -> bool {
    let install = "apt-get install mosquitto-clients";
    let has = |tool| has_tool(tool, install, Command::new(tool).arg("--help"), &[0, 1]);
    has("mosquitto_sub") && has("mosquitto_pub")
}

/// A payload of `len` bytes with every byte value, and no period that a buffer might have.
pub fn bytes_of_every_kind(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as u8
    };
    (0..len).map(|_| byte()).collect()
}
