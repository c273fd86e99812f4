//! `--broker COMMAND`: a broker that is started for the run, and leaves nothing behind.
//!
//! The command gets a free port for `{port}` and an empty directory for `{dir}`, runs in a process
//! group of its own without stdin, and is stopped with TERM and then KILL. The directory outlives a
//! restart and goes at the end.

#![expect(clippy::disallowed_types, reason = "a process has real time")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tempfile::TempDir;

use super::declared::Credentials;
use super::reach::{Answer, attempt};

/// How long a broker may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How long it may take to stop after TERM.
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

/// How long a command for a restart may take.
const RESTARTED_WITHIN: Duration = Duration::from_secs(60);

/// The time between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// How much of its output is kept, for a broker that fails.
const LINES_MAX: usize = 20;
const LINE_BYTES_MAX: u64 = 500;

/// A command line, in words, with its places still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<String>);

impl Template {
    /// Splits a command as a shell would, which is not asked.
    ///
    /// # Errors
    /// A quote that does not end, no word, or no `{port}`.
    pub fn read(text: &str) -> Result<Template, String> {
        let template = Template::without_port(text)?;
        if !template.0.iter().any(|word| word.contains("{port}")) {
            return Err(format!("{text:?}: the command has to say {{port}} where its port goes"));
        }
        Ok(template)
    }

    /// The same for a command that needs no port.
    ///
    /// # Errors
    /// A quote that does not end, or no word.
    pub fn without_port(text: &str) -> Result<Template, String> {
        match shlex::split(text) {
            None => Err(format!("{text:?}: a quote has no end")),
            Some(words) if words.is_empty() => Err("the command is empty".into()),
            Some(words) => Ok(Template(words)),
        }
    }

    fn command(&self, port: u16, dir: &str) -> Command {
        let fill = |word: &String| word.replace("{port}", &port.to_string()).replace("{dir}", dir);
        let mut words = self.0.iter().map(fill);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        command
    }

    fn program(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }
}

/// A broker that runs.
#[derive(Debug)]
pub struct Started {
    template: Template,
    port: u16,
    dir: TempDir,
    child: Child,
    output: Arc<Mutex<VecDeque<String>>>,
    credentials: Option<Credentials>,
}

impl Started {
    /// Starts it and waits until it answers a CONNECT, or until `stop`.
    ///
    /// # Errors
    /// It cannot be started, ends at once or does not answer; with the end of its output.
    pub fn start(
        template: Template,
        credentials: Option<Credentials>,
        stop: &AtomicBool,
    ) -> Result<Started, String> {
        let dir = tempfile::Builder::new()
            .prefix("etalon-")
            .tempdir()
            .map_err(|error| format!("no directory for the broker's data: {error}"))?;
        let port = free_port().map_err(|error| format!("no free port: {error}"))?;
        let output = Arc::default();
        let child = spawn(&template, port, &dir, &output)?;
        let mut started = Started { template, port, dir, child, output, credentials };
        started.ready(stop)?;
        Ok(started)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops it as an administrator would, and starts it again on the same port and directory.
    ///
    /// # Errors
    /// It does not come back.
    pub fn restart(&mut self, stop: &AtomicBool) -> Result<(), String> {
        self.stop();
        self.child = spawn(&self.template, self.port, &self.dir, &self.output)?;
        self.ready(stop)
    }

    /// The end of what it printed, indented, under a heading; empty if it printed nothing.
    pub fn said(&self) -> String {
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if output.is_empty() {
            return String::new();
        }
        let lines: Vec<String> = output.iter().map(|line| format!("\n  | {line}")).collect();
        format!("\nThe last it said:{}", lines.concat())
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        // The pipes may still hold what it said last.
        sleep(LOOK * 5);
        Some(format!("{} ended: {status}{}", self.template.program(), self.said()))
    }

    fn ready(&mut self, stop: &AtomicBool) -> Result<(), String> {
        let socket = SocketAddr::from(([127, 0, 0, 1], self.port));
        let until = Instant::now() + READY_WITHIN;
        loop {
            if let Some(how) = self.ended() {
                return Err(format!("the broker did not stay: {how}"));
            }
            // What it answers is judged later; here it only has to answer.
            let answers = TcpStream::connect(socket).is_ok()
                && !matches!(
                    attempt(socket, "etalonready", true, self.credentials.as_ref()),
                    Answer::None(_) | Answer::Closed
                );
            if answers {
                return Ok(());
            }
            if stop.load(Ordering::Relaxed) {
                return Err("stopped while the broker was starting".into());
            }
            if Instant::now() >= until {
                return Err(format!(
                    "{} did not answer on port {} within {} s; does it listen on 127.0.0.1?{}",
                    self.template.program(),
                    self.port,
                    READY_WITHIN.as_secs(),
                    self.said()
                ));
            }
            sleep(LOOK);
        }
    }

    fn stop(&mut self) {
        stop_group(&mut self.child);
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a command that restarts a broker, and waits until the broker answers again.
///
/// # Errors
/// The command fails or does not return, or the broker does not come back.
pub fn restart_by(
    template: &Template,
    socket: SocketAddr,
    credentials: Option<&Credentials>,
) -> Result<(), String> {
    let mut command = template.command(socket.port(), "");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let name = template.program();
    let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
    let until = Instant::now() + RESTARTED_WITHIN;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => sleep(LOOK),
            Ok(None) | Err(_) => {
                stop_group(&mut child);
                return Err(format!("{name} did not return"));
            }
        }
    };
    if !status.success() {
        return Err(format!("{name}: {status}"));
    }
    let until = Instant::now() + READY_WITHIN;
    while Instant::now() < until {
        if let Answer::Accepted(..) = attempt(socket, "etalonready", true, credentials) {
            return Ok(());
        }
        sleep(LOOK);
    }
    Err("the broker did not come back".into())
}

/// A port that nobody holds at this moment.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn spawn(
    template: &Template,
    port: u16,
    dir: &TempDir,
    output: &Arc<Mutex<VecDeque<String>>>,
) -> Result<Child, String> {
    let mut command = template.command(port, &dir.path().to_string_lossy());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command
        .spawn()
        .map_err(|error| format!("{} cannot be started: {error}", template.program()))?;
    if let Some(stdout) = child.stdout.take() {
        keep(stdout, output);
    }
    if let Some(stderr) = child.stderr.take() {
        keep(stderr, output);
    }
    Ok(child)
}

/// Reads to the end, so that the broker never waits, and keeps the last lines.
fn keep(stream: impl Read + Send + 'static, output: &Arc<Mutex<VecDeque<String>>>) {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = Vec::new();
            match stream.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            if output.len() == LINES_MAX {
                output.pop_front();
            }
            output.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
    });
}

/// Ends a process and all that it started.
///
/// It is waited for without being forgotten, so its number stays its own until the group is gone.
fn stop_group(child: &mut Child) {
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    if child.try_wait().is_ok_and(|status| status.is_none()) {
        // It has gone by itself if this fails.
        let _ = kill_process_group(pid, Signal::TERM);
        let until = Instant::now() + STOPPED_WITHIN;
        while !has_exited(pid) && Instant::now() < until {
            sleep(LOOK);
        }
        let _ = kill_process_group(pid, Signal::KILL);
    }
    let _ = child.wait();
}

fn has_exited(pid: Pid) -> bool {
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(pid), how).map_or(true, |status| status.is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_command_is_split_into_words_and_its_places_are_filled() {
        let template = Template::read("x -c 'a b' --port={port} --dir {dir}/data").unwrap();
        let command = template.command(7, "/d");
        let words: Vec<_> = command.get_args().map(|word| word.to_str().unwrap()).collect();
        assert_eq!(words, ["-c", "a b", "--port=7", "--dir", "/d/data"]);
    }

    #[test]
    fn a_command_without_a_port_or_an_end_is_refused() {
        assert!(Template::read("x -p 1883").unwrap_err().contains("{port}"));
        assert!(Template::read("x '{port}").unwrap_err().contains("a quote has no end"));
        assert!(Template::read(" ").unwrap_err().contains("empty"));
    }
}
