//! The loop that `pub` and `sub` share: connection, client, and what the command does with it.
//!
//! One turn: deal with all events, print, send, wait. So nothing is acknowledged that was not
//! printed, and no message waits for a later one.

use std::io::Write;

use etalon::spec;
use etalon::time::{Duration, Instant};

use crate::client::{Client, Event, Silence};
use crate::exit::{self, Exit};
use crate::link::{self, Input, Inputs, Number, Server};
use crate::watch::Watch;

/// The pause before a lost connection is made again; mosquitto's.
const RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// How long the server may take to close after DISCONNECT, before the process just ends.
const LEAVE_WAIT: Duration = Duration::from_secs(1);

/// The length of DISCONNECT (§3.14).
const DISCONNECT_BYTES: usize = 2;

/// How many inputs one turn takes.
const INPUTS_A_TURN: usize = 64;

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Wait for the next input.
    Wait,
    /// There is more to do at once.
    Again,
    /// Take leave and end with this status.
    Stop(Exit),
}

/// What a command does with a connection.
pub trait Role {
    /// Something has happened. Refusals, breaches and silence are dealt with before.
    fn event(&mut self, client: &mut Client, now: Instant, event: Event);

    /// Called once a turn after all events: print, publish, decide. `inputs` gives lines of stdin.
    fn turn(&mut self, client: &mut Client, now: Instant, inputs: &mut Inputs) -> Flow;

    /// A line of stdin, or its end.
    fn line(&mut self, client: &mut Client, now: Instant, line: Line);

    /// When [`Role::turn`] has to be called next, whatever comes.
    fn deadline(&self) -> Option<Instant>;

    /// Prints what has come so far.
    ///
    /// # Errors
    /// Nobody reads it any more, or it cannot be written; the status to end with.
    fn settle(&mut self) -> Result<(), Exit>;

    /// What a lost connection means.
    fn on_loss(&self, client: &Client) -> OnLoss;

    /// The status for a signal.
    fn interrupted(&self, signal: i32) -> Exit;
}

/// What a lost connection means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoss {
    /// Make it again, if the server has accepted one before.
    Again,
    /// The command fails.
    Fail,
    /// The work was done; end with this status.
    End(Exit),
}

/// A line of stdin, or its end.
#[derive(Debug)]
pub enum Line {
    /// A line without its end.
    Text(Vec<u8>),
    /// Stdin has ended.
    End,
    /// Stdin cannot be read; why.
    Failed(String),
}

/// Says what goes wrong, unless `--quiet`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Complaints go to stderr.
    Normal,
    /// `--quiet`.
    Quiet,
}

impl Voice {
    /// Says what went wrong.
    pub fn complain(self, what: &str) {
        match self {
            Voice::Normal => exit::complain(what),
            Voice::Quiet => {}
        }
    }
}

/// Runs a command to its end.
pub fn run(server: &Server, client: &mut Client, role: &mut impl Role, voice: Voice) -> Exit {
    let inputs = match Inputs::new() {
        Ok(inputs) => inputs,
        Err(error) => {
            voice.complain(&format!("cannot catch signals: {}", link::plain(&error)));
            return exit::LOCAL;
        }
    };
    let began = std::time::Instant::now();
    let mut run =
        Run { server, client, voice, inputs, began, link: Link::Down, deaf: None, accepted: false };
    run.reconnect();
    let mut came = 0;
    loop {
        let wait = match run.turn(role, came) {
            Ok(wait) => wait,
            Err(exit) => return exit,
        };
        let first = match wait {
            Wait::Not => run.inputs.receiver.try_recv().ok(),
            Wait::Until(at) => run.inputs.receiver.recv_timeout(run.until(at)).ok(),
            Wait::Forever => run.inputs.receiver.recv().ok(),
        };
        // What came meanwhile belongs to the same turn: fewer and larger writes.
        let inputs: Vec<Input> =
            first.into_iter().chain(run.inputs.receiver.try_iter().take(INPUTS_A_TURN)).collect();
        came = inputs.len();
        for input in inputs {
            if let Err(exit) = run.input(role, input) {
                return exit;
            }
        }
    }
}

enum Wait {
    Not,
    Until(Instant),
    Forever,
}

enum Link {
    Down,
    Pausing(Instant),
    Opening(Number),
    Up(Number, Watch),
}

struct Run<'a> {
    server: &'a Server,
    client: &'a mut Client,
    voice: Voice,
    inputs: Inputs,
    began: std::time::Instant,
    link: Link,
    /// Why nothing more can be written to the link.
    deaf: Option<String>,
    /// Whether the server has ever accepted.
    accepted: bool,
}

impl Run<'_> {
    fn now(&self) -> Instant {
        Instant::START + self.began.elapsed()
    }

    fn until(&self, at: Instant) -> Duration {
        at.since(self.now())
    }

    fn reconnect(&mut self) {
        self.link = Link::Opening(self.inputs.connect(self.server));
    }

    /// One turn after `came` inputs, and how long to wait after it.
    fn turn(&mut self, role: &mut impl Role, came: usize) -> Result<Wait, Exit> {
        let now = self.now();
        if let Link::Pausing(until) = self.link
            && now >= until
        {
            self.reconnect();
        }
        // A sign of life that has come already counts before patience ends. It may be behind other
        // things, if this program was stuck for a while.
        self.events(role)?;
        let all_read = came <= INPUTS_A_TURN;
        if all_read || !self.client.awaits_answer() {
            self.client.tick(now);
        }
        self.events(role)?;
        let flow = role.turn(self.client, now, &mut self.inputs);
        self.events(role)?;
        if let Flow::Stop(exit) = flow {
            return Err(self.leave(exit));
        }
        self.transmit();
        if flow == Flow::Again {
            return Ok(Wait::Not);
        }
        let pause = match self.link {
            Link::Pausing(until) => Some(until),
            Link::Down | Link::Opening(_) | Link::Up(..) => None,
        };
        let next = [self.client.deadline(), role.deadline(), pause].into_iter().flatten().min();
        Ok(next.map_or(Wait::Forever, Wait::Until))
    }

    fn input(&mut self, role: &mut impl Role, input: Input) -> Result<(), Exit> {
        let now = self.now();
        match input {
            Input::Opened(number, stream) => {
                if matches!(self.link, Link::Opening(current) if current == number) {
                    let watch = Watch::new(stream, self.server.keep_alive);
                    self.link = Link::Up(number, watch);
                    self.client.opened(now);
                }
            }
            Input::Bytes(number, bytes) => {
                if matches!(self.link, Link::Up(current, _) if current == number) {
                    self.client.received(&bytes);
                }
            }
            Input::Lost(number, why) => match self.link {
                Link::Opening(current) | Link::Up(current, _) if current == number => {
                    // What came before the end counts.
                    self.events(role)?;
                    role.settle()?;
                    let why = self.deaf.take().unwrap_or(why);
                    self.lost(role, &why)?;
                }
                Link::Down | Link::Pausing(_) | Link::Opening(_) | Link::Up(..) => {}
            },
            Input::Lines(lines) => {
                for line in lines {
                    role.line(self.client, now, Line::Text(line));
                }
            }
            Input::LinesEnd(None) => role.line(self.client, now, Line::End),
            Input::LinesEnd(Some(why)) => role.line(self.client, now, Line::Failed(why)),
            Input::Signal(signal) => return Err(self.leave(role.interrupted(signal))),
        }
        Ok(())
    }

    fn events(&mut self, role: &mut impl Role) -> Result<(), Exit> {
        while let Some(event) = self.client.poll(self.now()) {
            match event {
                Event::Refused(refusal) => {
                    role.settle()?;
                    let code = refusal as u8;
                    let why = crate::client::refusal(refusal);
                    self.voice.complain(&format!(
                        "{}: connection refused: {why} (CONNACK return code {code})",
                        self.server
                    ));
                    return Err(self.cut(Exit(code)));
                }
                Event::Broken(breach) => {
                    role.settle()?;
                    self.voice.complain(&crate::explain::breach(&breach, &self.server.to_string()));
                    return Err(self.cut(exit::FAILED));
                }
                Event::Silent(silence) => {
                    let what = match silence {
                        Silence::Connack => "CONNACK",
                        Silence::Pingresp => "PINGRESP",
                    };
                    let why = format!("{}: the server sends no {what}", self.server);
                    self.lost(role, &why)?;
                }
                Event::Seen(line) => {
                    // Nobody may be listening.
                    let _ = writeln!(std::io::stderr().lock(), "{line}");
                }
                event @ Event::Accepted => {
                    self.accepted = true;
                    role.event(self.client, self.now(), event);
                }
                event @ (Event::Message(_)
                | Event::Published(_)
                | Event::Subscribed(_)
                | Event::Unsubscribed) => role.event(self.client, self.now(), event),
            }
        }
        Ok(())
    }

    /// Sends what there is to send. A server that does not listen any more may have said why, so
    /// what it has sent is read to its end before the connection counts as lost.
    fn transmit(&mut self) {
        let output = self.client.take_output();
        let Link::Up(_, watch) = &mut self.link else { return };
        if output.is_empty() || self.deaf.is_some() {
            return;
        }
        if let Err(error) = watch.send(&output) {
            self.deaf = Some(format!("{}: {}", self.server, link::lost(&error)));
            link::cut(watch.stream());
        }
    }

    /// The connection is no more, for this reason: make it again, or end.
    fn lost(&mut self, role: &mut impl Role, why: &str) -> Result<(), Exit> {
        self.drop_link();
        self.client.closed();
        match role.on_loss(self.client) {
            OnLoss::End(exit) => Err(exit),
            OnLoss::Again if self.accepted => {
                self.voice.complain(&format!("{why}; trying again"));
                self.link = Link::Pausing(self.now() + RECONNECT_PAUSE);
                Ok(())
            }
            OnLoss::Again | OnLoss::Fail => {
                self.voice.complain(why);
                Err(exit::UNREACHABLE)
            }
        }
    }

    /// Sends DISCONNECT and lets the server read it: a socket that is closed while bytes wait in
    /// it is reset, and with it goes what was sent last.
    fn leave(&mut self, exit: Exit) -> Exit {
        self.client.disconnect(self.now());
        while let Some(event) = self.client.poll(self.now()) {
            if let Event::Seen(line) = event {
                // Nobody may be listening.
                let _ = writeln!(std::io::stderr().lock(), "{line}");
            }
        }
        let output = self.client.take_output();
        let Link::Up(number, watch) = std::mem::replace(&mut self.link, Link::Down) else {
            return exit;
        };
        let stream = match watch.send_last(&output) {
            Ok(stream) => stream,
            // A DISCONNECT alone is no loss.
            Err(_) if output.len() <= DISCONNECT_BYTES => return exit,
            Err(error) => {
                self.voice.complain(&format!("{}: {}", self.server, link::lost(&error)));
                return exit::UNREACHABLE;
            }
        };
        link::finish(&stream);
        let until = self.now() + LEAVE_WAIT;
        // A server that goes on sending does not keep this program.
        while self.now() < until
            && let Ok(input) = self.inputs.receiver.recv_timeout(self.until(until))
        {
            match input {
                Input::Lost(gone, _) if gone == number => break,
                Input::Opened(..)
                | Input::Bytes(..)
                | Input::Lost(..)
                | Input::Lines(_)
                | Input::LinesEnd(_)
                | Input::Signal(_) => {}
            }
        }
        spec::upholds!(MQTT_3_14_4_1);
        link::cut(&stream);
        exit
    }

    fn cut(&mut self, exit: Exit) -> Exit {
        self.drop_link();
        exit
    }

    fn drop_link(&mut self) {
        self.deaf = None;
        if let Link::Up(_, watch) = std::mem::replace(&mut self.link, Link::Down) {
            link::cut(watch.stream());
        }
    }
}

#[cfg(test)]
mod tests;
