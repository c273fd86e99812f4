//! `etalon sub`: messages from a server to stdout.
//!
//! It decides which messages are printed and when there are enough; the client acknowledges what
//! was printed. A reader that goes away ends it quietly.

use std::io::{ErrorKind, Write};
use std::rc::Rc;

use etalon::packet::{Qos, ReturnCode};
use etalon::time::{Duration, Instant};
use etalon::topic::{TopicFilter, TopicName};

use crate::args::SubArgs;
use crate::client::{Client, Event};
use crate::connection;
use crate::exit::{self, Exit};
use crate::link::{Inputs, plain};
use crate::print::{Format, Message, Printer, Style, json};
use crate::run::{self, Flow, Line, OnLoss, Role, Voice};

/// How many messages of `--remove-retained` may be on their way.
const IN_FLIGHT_MAX: usize = 20;

/// How long the end of a QoS 2 delivery is awaited after the last message that was asked for.
const FINISH_WAIT: Duration = Duration::from_secs(10);

/// What is printed is written when it has grown to this, at the latest after each turn.
const OUT_BYTES_MAX: usize = 256 * 1024;

/// Runs `etalon sub`.
pub fn run(args: &SubArgs) -> Exit {
    let voice = if args.connect.quiet { Voice::Quiet } else { Voice::Normal };
    let prepared = check(args, voice)
        .and_then(|(server, config, subscriber)| Ok((server, Client::new(config)?, subscriber)));
    match prepared {
        Ok((server, mut client, mut subscriber)) => {
            run::run(&server, &mut client, &mut subscriber, voice)
        }
        Err(why) => {
            exit::complain(&format!("sub: {why}"));
            exit::USAGE
        }
    }
}

type Checked = (crate::link::Server, crate::client::Config, Subscriber);

fn check(args: &SubArgs, voice: Voice) -> Result<Checked, String> {
    let url = connection::url(&args.connect)?;
    let (server, config) = connection::from_args(&args.connect, url.as_ref(), IN_FLIGHT_MAX)?;
    let mut topics = args.topics.clone();
    topics.extend(url.map(|url| url.topic));
    valid("-t", &topics)?;
    valid("-U", &args.unsubscribe)?;
    valid("-T", &args.filter_out)?;
    let style = match &args.format {
        Some(format) => Style::Format(Format::parse(format).map_err(|why| format!("-F: {why}"))?),
        None if args.verbose => Style::Verbose,
        None => Style::Payload,
    };
    let end: &[u8] = if args.no_eol { b"" } else { b"\n" };
    let layout = if args.pretty { json::Layout::Pretty } else { json::Layout::Compact };
    let qos = connection::qos(args.qos);
    let subscriber = Subscriber {
        printer: Printer { style, end, layout },
        wanted: topics.into_iter().map(|topic| (topic, qos)).collect(),
        unsubscribe: args.unsubscribe.clone(),
        filter_out: args.filter_out.clone(),
        retained: match (args.no_retained, args.retained_only) {
            (true, _) => Retained::Hide,
            (false, true) => Retained::Only,
            (false, false) => Retained::Show,
        },
        remove_retained: args.remove_retained,
        left: args.count,
        exit_after_subscribe: args.exit_after_subscribe,
        times_out: args.timeout.map(|s| Instant::START + Duration::from_secs(s.into())),
        answers: 0,
        accepted: false,
        out: Vec::new(),
        closed: None,
        finishing: None,
        voice,
    };
    Ok((server, config, subscriber))
}

fn valid(flag: &str, filters: &[String]) -> Result<(), String> {
    for filter in filters {
        TopicFilter::new(filter).map_err(|flaw| {
            format!("{flag} {filter:?} is no topic filter: {}", flaw.rule.text())
        })?;
    }
    Ok(())
}

/// What happens to retained messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Retained {
    Show,
    Hide,
    Only,
}

struct Subscriber {
    printer: Printer,
    wanted: Vec<(String, Qos)>,
    unsubscribe: Vec<String>,
    filter_out: Vec<String>,
    retained: Retained,
    remove_retained: bool,
    /// How many messages of `-C` are still to come.
    left: Option<u64>,
    exit_after_subscribe: bool,
    times_out: Option<Instant>,
    /// How many of SUBACK and UNSUBACK are still to come on this connection.
    answers: usize,
    accepted: bool,
    out: Vec<u8>,
    /// Stdout takes nothing more: the status for that.
    closed: Option<Exit>,
    /// No more messages are wanted: the status, and how long to wait for the rest.
    finishing: Option<(Exit, Instant)>,
    voice: Voice,
}

impl Subscriber {
    fn finish(&mut self, client: &mut Client, now: Instant, exit: Exit) {
        client.stop_taking();
        self.finishing.get_or_insert((exit, now + FINISH_WAIT));
    }

    fn message(&mut self, client: &mut Client, now: Instant, message: &Message) {
        match self.retained {
            Retained::Only if !message.retain => return self.finish(client, now, exit::OK),
            Retained::Hide if message.retain => return,
            Retained::Show | Retained::Hide | Retained::Only => {}
        }
        if self.is_filtered_out(&message.topic) {
            return;
        }
        if self.remove_retained && message.retain {
            let (topic, empty) = (Rc::from(message.topic.as_str()), Rc::from([]));
            // A topic that came in a packet fits into one.
            let _ = client.publish(now, &topic, empty, Qos::AtMostOnce, true);
        }
        let printed = self.printer.print(message, crate::print::format::now, &mut self.out);
        if let Err(why) = printed {
            self.voice.complain(&format!("sub: {why}"));
        }
        if self.out.len() >= OUT_BYTES_MAX && self.settle().is_err() {
            client.stop_taking();
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.finish(client, now, exit::OK);
            }
        }
    }

    fn is_filtered_out(&self, topic: &str) -> bool {
        TopicName::new(topic).is_ok_and(|topic| {
            self.filter_out
                .iter()
                .filter_map(|filter| TopicFilter::new(filter).ok())
                .any(|filter| filter.matches(topic))
        })
    }

    fn subscribed(&mut self, client: &mut Client, now: Instant, codes: &[ReturnCode]) {
        for ((filter, _), code) in self.wanted.iter().zip(codes) {
            if *code == ReturnCode::Failure {
                self.voice
                    .complain(&format!("sub: the server refused the subscription {filter:?}"));
            }
        }
        if codes.iter().all(|code| *code == ReturnCode::Failure) {
            return self.finish(client, now, exit::FAILED);
        }
        self.answered(client, now);
    }

    fn answered(&mut self, client: &mut Client, now: Instant) {
        self.answers = self.answers.saturating_sub(1);
        if self.exit_after_subscribe && self.answers == 0 {
            self.finish(client, now, exit::OK);
        }
    }
}

impl Role for Subscriber {
    fn event(&mut self, client: &mut Client, now: Instant, event: Event) {
        match event {
            Event::Accepted => {
                self.accepted = true;
                self.answers = 1;
                client.subscribe(now, &self.wanted);
                if !self.unsubscribe.is_empty() {
                    self.answers += 1;
                    client.unsubscribe(now, &self.unsubscribe);
                }
            }
            Event::Message(message) => self.message(client, now, &message),
            Event::Subscribed(codes) => self.subscribed(client, now, &codes),
            Event::Unsubscribed => self.answered(client, now),
            Event::Published(_)
            | Event::Refused(_)
            | Event::Broken(_)
            | Event::Silent(_)
            | Event::Seen(_) => {}
        }
    }

    fn turn(&mut self, client: &mut Client, now: Instant, _: &mut Inputs) -> Flow {
        if let Err(exit) = self.settle() {
            // What was not printed is not acknowledged.
            drop(client.take_output());
            return Flow::Stop(exit);
        }
        match self.finishing {
            Some((exit, until)) if client.is_idle() || now >= until => Flow::Stop(exit),
            None if self.times_out.is_some_and(|at| now >= at) => {
                self.voice.complain("sub: timed out");
                Flow::Stop(exit::TIMED_OUT)
            }
            Some(_) | None => Flow::Wait,
        }
    }

    fn settle(&mut self) -> Result<(), Exit> {
        if let Some(exit) = self.closed {
            return Err(exit);
        }
        if self.out.is_empty() {
            return Ok(());
        }
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(&self.out).and_then(|()| stdout.flush());
        self.out.clear();
        let exit = match written {
            Ok(()) => return Ok(()),
            // Nobody reads any more: the end, and not even a failure.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => exit::OK,
            Err(error) => {
                self.voice.complain(&format!("sub: cannot write to stdout: {}", plain(&error)));
                exit::LOCAL
            }
        };
        self.closed = Some(exit);
        Err(exit)
    }

    fn line(&mut self, _: &mut Client, _: Instant, _: Line) {}

    fn deadline(&self) -> Option<Instant> {
        match self.finishing {
            Some((_, until)) => Some(until),
            None => self.times_out,
        }
    }

    fn on_loss(&self, _: &Client) -> OnLoss {
        match self.finishing {
            Some((exit, _)) => OnLoss::End(exit),
            None => OnLoss::Again,
        }
    }

    fn interrupted(&self, signal: i32) -> Exit {
        if self.accepted { exit::OK } else { exit::signalled(signal) }
    }
}
