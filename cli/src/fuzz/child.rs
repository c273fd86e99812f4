//! The codec's process: lines in, lines out, and no way for it to hold us up.
//!
//! One thread writes, one reads, one keeps the end of its stderr. What it may keep waiting or may
//! send is bounded; it is killed and reaped whatever happens. Answers belong to questions by their
//! order alone, so a surplus answer makes everything before it void.

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// An answer may be so long: the largest packet that is asked for, as JSON, and room to spare.
const ANSWER_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// So many answers are read ahead.
const ANSWERS_AHEAD: usize = 64;

/// So much of its stderr is kept.
const STDERR_BYTES_MAX: usize = 2_000;

/// So long its last words may take.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(1);

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// The command cannot be started.
    NotStarted(std::io::Error),
    /// It has ended, with this status and these last words; no status if it only closed its stdout.
    Died(Option<ExitStatus>, String),
    /// It did not answer in time.
    Hung(Duration),
    /// It answers more often than it is asked.
    Surplus(String),
    /// An answer without an end.
    Endless,
    /// An answer that is none.
    Nonsense {
        /// The line, as far as it can be shown.
        line: String,
        /// What is wrong with it.
        why: String,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NotStarted(error) => write!(out, "cannot be started: {error}"),
            Failure::Died(status, words) => {
                match status {
                    Some(status) => write!(out, "has ended without an answer ({status})")?,
                    None => out.write_str("has closed its stdout without an answer")?,
                }
                let words = words.trim();
                if words.is_empty() { Ok(()) } else { write!(out, "; its last words:\n{words}") }
            }
            Failure::Hung(timeout) => {
                write!(out, "has not answered within {} seconds", timeout.as_secs_f64())
            }
            Failure::Surplus(line) => write!(
                out,
                "answers more often than it is asked, so no answer can be trusted; one too many \
                 was: {line}"
            ),
            Failure::Endless => {
                write!(out, "has sent {ANSWER_BYTES_MAX} bytes without the end of a line")
            }
            Failure::Nonsense { line, why } => {
                write!(out, "has answered what cannot be understood, {why}: {line}")
            }
        }
    }
}

/// What the reading thread has seen.
enum Line {
    Text(Vec<u8>),
    Endless,
    End,
}

/// A running codec.
pub struct Codec {
    child: Child,
    questions: Option<Sender<Vec<u8>>>,
    answers: Receiver<Line>,
    words: Arc<Mutex<VecDeque<u8>>>,
    /// Closed when its stderr is.
    silent: Receiver<()>,
    timeout: Duration,
}

impl Codec {
    /// Starts the command.
    pub fn start(command: &[String], timeout: Duration) -> Result<Codec, Failure> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(Failure::NotStarted(std::io::ErrorKind::InvalidInput.into()));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Failure::NotStarted)?;
        let (questions, to_write) = channel();
        let (read, answers) = sync_channel(ANSWERS_AHEAD);
        let words = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stdin) = child.stdin.take() {
            thread::spawn(move || write_all(stdin, &to_write));
        }
        if let Some(stdout) = child.stdout.take() {
            // The receiver is gone when we are done, and then nobody wants the rest.
            thread::spawn(move || read_all(stdout, |line| read.send(line).is_ok()));
        }
        let (speaks, silent) = channel();
        if let Some(stderr) = child.stderr.take() {
            let words = Arc::clone(&words);
            thread::spawn(move || {
                keep_end(stderr, &words);
                drop::<Sender<()>>(speaks);
            });
        }
        Ok(Codec { child, questions: Some(questions), answers, words, silent, timeout })
    }

    /// Asks; the line end is added here.
    pub fn ask(&mut self, mut question: Vec<u8>) {
        question.push(b'\n');
        if let Some(questions) = &self.questions {
            // A writer that has given up is noticed where its answer is missing.
            let _ = questions.send(question);
        }
    }

    /// The answer to the oldest question.
    pub fn answer(&mut self) -> Result<Vec<u8>, Failure> {
        match self.answers.recv_timeout(self.timeout) {
            Ok(Line::Text(line)) => Ok(line),
            Ok(Line::Endless) => Err(Failure::Endless),
            Ok(Line::End) | Err(RecvTimeoutError::Disconnected) => Err(self.died()),
            Err(RecvTimeoutError::Timeout) => Err(Failure::Hung(self.timeout)),
        }
    }

    /// Lets it go. There may be no answer left.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.questions = None;
        match self.answers.recv_timeout(self.timeout) {
            Ok(Line::Text(line)) => Err(Failure::Surplus(shown(&line))),
            Ok(Line::Endless) => Err(Failure::Endless),
            // One that does not leave by itself has answered all the same.
            Ok(Line::End) | Err(_) => Ok(()),
        }
    }

    fn died(&mut self) -> Failure {
        // Its last words may still be on the way; whoever inherited its stderr is not waited for.
        let _ = self.silent.recv_timeout(LAST_WORDS_WITHIN);
        let status = match self.child.try_wait() {
            Ok(Some(status)) => Some(status),
            // Dying, and then it has a status of its own, or living on without a stdout.
            Ok(None) | Err(_) => self.reap().filter(|status| status.code().is_some()),
        };
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let words: Vec<u8> = words.iter().copied().collect();
        Failure::Died(status, String::from_utf8_lossy(&words).into_owned())
    }

    fn reap(&mut self) -> Option<ExitStatus> {
        // It fails only for a child that has been reaped.
        let _ = self.child.kill();
        self.child.wait().ok()
    }
}

impl Drop for Codec {
    fn drop(&mut self) {
        self.reap();
    }
}

/// The beginning of a line, for a complaint.
pub fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut shown: String = text.trim_end().chars().take(120).collect();
    if shown.len() < text.trim_end().len() {
        shown.push_str(" ..");
    }
    if shown.is_empty() { "(an empty line)".into() } else { shown }
}

fn write_all(mut stdin: ChildStdin, questions: &Receiver<Vec<u8>>) {
    while let Ok(mut question) = questions.recv() {
        // All that waits goes in one write; a child that reads late is woken less often.
        while let Ok(next) = questions.try_recv() {
            question.extend(next);
        }
        if stdin.write_all(&question).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn read_all(stdout: ChildStdout, mut tell: impl FnMut(Line) -> bool) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let read = (&mut stdout).take(ANSWER_BYTES_MAX).read_until(b'\n', &mut line);
        let told = match (read, line.last()) {
            (Err(_) | Ok(0), _) => Line::End,
            (Ok(bytes), last) if last != Some(&b'\n') && bytes as u64 == ANSWER_BYTES_MAX => {
                Line::Endless
            }
            (Ok(_), _) => Line::Text(line),
        };
        let goes_on = matches!(told, Line::Text(_));
        if !tell(told) || !goes_on {
            return;
        }
    }
}

fn keep_end(mut stderr: ChildStderr, words: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut buffer) {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend(buffer.iter().take(read));
        let surplus = words.len().saturating_sub(STDERR_BYTES_MAX);
        words.drain(..surplus);
    }
}
