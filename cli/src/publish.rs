//! `etalon pub`: messages from the command line, a file or stdin to a server.
//!
//! It ends when the last message needs nothing more. Lines of stdin are read only as fast as they
//! can be sent; how they are acknowledged and sent again is the client's business.

use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

use etalon::packet::Qos;
use etalon::time::{Duration, Instant};
use etalon::topic::TopicName;

use crate::args::PubArgs;
use crate::client::{Client, Event};
use crate::connection;
use crate::exit::{self, Exit};
use crate::link::{Inputs, plain};
use crate::run::{self, Flow, Line, OnLoss, Role, Voice};

/// No packet holds more.
const PAYLOAD_BYTES_MAX: u64 = 268_435_455;

/// Runs `etalon pub`.
pub fn run(args: &PubArgs) -> Exit {
    let voice = if args.connect.quiet { Voice::Quiet } else { Voice::Normal };
    let (server, config, topic) = match check(args) {
        Ok(checked) => checked,
        Err(why) => {
            exit::complain(&format!("pub: {why}"));
            return exit::USAGE;
        }
    };
    let source = match source(args) {
        Ok(source) => source,
        Err(why) => {
            voice.complain(&format!("pub: {why}"));
            return exit::LOCAL;
        }
    };
    let mut client = match Client::new(config) {
        Ok(client) => client,
        Err(why) => {
            exit::complain(&format!("pub: {why}"));
            return exit::USAGE;
        }
    };
    let mut publisher = Publisher {
        topic: topic.into(),
        qos: connection::qos(args.qos),
        retain: args.retain,
        source,
        accepted: false,
        failure: None,
        voice,
    };
    run::run(&server, &mut client, &mut publisher, voice)
}

type Checked = (crate::link::Server, crate::client::Config, String);

fn check(args: &PubArgs) -> Result<Checked, String> {
    if args.message.len() > 1 {
        return Err("-m is given twice: only one message can be sent at once".into());
    }
    let url = connection::url(&args.connect)?;
    let in_flight_max = usize::from(args.max_inflight);
    let (server, config) = connection::from_args(&args.connect, url.as_ref(), in_flight_max)?;
    let topic = args.topic.clone().or_else(|| Some(url?.topic)).unwrap_or_default();
    match TopicName::new(&topic) {
        Ok(_) => Ok((server, config, topic)),
        Err(flaw) => Err(format!("-t {topic:?} cannot be published to: {}", flaw.rule.text())),
    }
}

fn source(args: &PubArgs) -> Result<Source, String> {
    let payload = if let Some(message) = args.message.first() {
        message.as_bytes().to_vec()
    } else if let Some(path) = &args.file {
        let wrong = |error| format!("-f {}: {}", path.display(), plain(&error));
        whole(std::fs::File::open(path).map_err(wrong)?, &format!("-f {}", path.display()))?
    } else if args.stdin_file {
        let payload = whole(std::io::stdin().lock(), "-s")?;
        // Nothing at all is more often a failed pipe than a message, and with -r it would clear
        // the retained one.
        if payload.is_empty() {
            return Err("-s: stdin is empty; an empty message is published with -n".into());
        }
        payload
    } else if args.stdin_line {
        return Ok(Source::Lines { coming: false, ended: false });
    } else {
        Vec::new()
    };
    Ok(Source::Message {
        payload: payload.into(),
        left: args.repeat,
        pause: args.repeat_delay,
        next: Next::At(Instant::START),
    })
}

fn whole(from: impl Read, name: &str) -> Result<Vec<u8>, String> {
    let mut payload = Vec::new();
    match from.take(PAYLOAD_BYTES_MAX + 1).read_to_end(&mut payload) {
        Ok(_) if payload.len() as u64 > PAYLOAD_BYTES_MAX => {
            Err(format!("{name}: a message has at most {PAYLOAD_BYTES_MAX} bytes"))
        }
        Ok(_) => Ok(payload),
        Err(error) => Err(format!("{name}: {}", plain(&error))),
    }
}

/// Where messages come from.
enum Source {
    Message {
        payload: Rc<[u8]>,
        left: u32,
        pause: Duration,
        next: Next,
    },
    /// Whether lines have been asked for and not come, and whether there are no more.
    Lines {
        coming: bool,
        ended: bool,
    },
}

/// When the next repetition is due.
#[derive(PartialEq, Eq)]
enum Next {
    At(Instant),
    AfterAcknowledgement,
}

struct Publisher {
    topic: Rc<str>,
    qos: Qos,
    retain: bool,
    source: Source,
    accepted: bool,
    failure: Option<String>,
    voice: Voice,
}

impl Publisher {
    fn publish(&mut self, client: &mut Client, now: Instant, payload: Rc<[u8]>) {
        if client.publish(now, &self.topic, payload, self.qos, self.retain).is_err() {
            self.failure = Some("pub: the message does not fit into a packet".into());
        }
    }
}

impl Role for Publisher {
    fn event(&mut self, _: &mut Client, now: Instant, event: Event) {
        match event {
            Event::Accepted => self.accepted = true,
            Event::Published(_) => {
                if let Source::Message { pause, next, .. } = &mut self.source {
                    *next = Next::At(now + *pause);
                }
            }
            Event::Message(_)
            | Event::Subscribed(_)
            | Event::Unsubscribed
            | Event::Refused(_)
            | Event::Broken(_)
            | Event::Silent(_)
            | Event::Seen(_) => {}
        }
    }

    fn turn(&mut self, client: &mut Client, now: Instant, inputs: &mut Inputs) -> Flow {
        if let Some(why) = &self.failure {
            self.voice.complain(why);
            return Flow::Stop(exit::LOCAL);
        }
        if !self.accepted {
            return Flow::Wait;
        }
        match &mut self.source {
            Source::Message { left: 0, .. } if client.is_idle() => Flow::Stop(exit::OK),
            Source::Message { left: 1.., next: Next::At(at), .. } if *at > now => Flow::Wait,
            Source::Message { payload, left: left @ 1.., next: next @ Next::At(_), .. } => {
                *left -= 1;
                *next = Next::AfterAcknowledgement;
                let payload = Rc::clone(payload);
                self.publish(client, now, payload);
                Flow::Again
            }
            Source::Message { .. } => Flow::Wait,
            Source::Lines { ended: true, .. } if client.is_idle() => Flow::Stop(exit::OK),
            Source::Lines { ended: true, .. } => Flow::Wait,
            Source::Lines { coming, .. } => {
                // Lines that cannot be sent yet are left where they are.
                if !*coming && client.unsent() == 0 {
                    *coming = true;
                    inputs.want_lines();
                }
                Flow::Wait
            }
        }
    }

    fn line(&mut self, client: &mut Client, now: Instant, line: Line) {
        if let Source::Lines { coming, ended } = &mut self.source {
            match line {
                Line::Text(text) => {
                    *coming = false;
                    self.publish(client, now, text.into());
                }
                Line::End => *ended = true,
                Line::Failed(why) => self.failure = Some(format!("pub: {why}")),
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self.source {
            Source::Message { left: 1.., next: Next::At(at), .. } if self.accepted => Some(at),
            Source::Message { .. } | Source::Lines { .. } => None,
        }
    }

    fn settle(&mut self) -> Result<(), Exit> {
        Ok(())
    }

    fn on_loss(&self, client: &Client) -> OnLoss {
        match self.source {
            Source::Message { left: 0, .. } | Source::Lines { ended: true, .. }
                if self.accepted && client.is_idle() =>
            {
                OnLoss::End(exit::OK)
            }
            Source::Lines { .. } => OnLoss::Again,
            Source::Message { .. } => OnLoss::Fail,
        }
    }

    fn interrupted(&self, signal: i32) -> Exit {
        exit::signalled(signal)
    }
}
