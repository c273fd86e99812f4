//! Plays a trace against a target and says what came of it.
//!
//! There is no waiting for its own sake: an expectation is met as soon as what it asks for has
//! come, and `nothing` asks the target how long silence takes. Everything that happened stands in
//! [`Run::wire`], in order and with its time, for whoever judges more than the trace asks for.

mod fits;
mod inbox;
mod judge;
mod names;
mod write;

use std::collections::BTreeMap;

use etalon::packet::Packet;
use etalon::spec::Id;
use etalon::time::{Duration, Instant};
use etalon::violation::Weight;

use crate::report::Status;
use crate::target::{Link, Seen, Target};
use crate::trace::{Act, Branch, Change, Client, Expected, Flag, Heard, Line, Pattern, Said};
use crate::trace::{Step, Trace};
use crate::verdict::{Cause, Failure, Stop, Verdict};
use fits::Fit;
use inbox::Inbox;
use judge::{Findings, judge};
use names::Names;

pub use judge::Found;

/// How long what is owed may take (S-102).
const PATIENCE: Duration = Duration::from_secs(5);

/// How a trace is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What `{t}` stands for; letters and digits, and no other run's.
    pub prefix: String,
    /// The size of each write (S-10); what a line says itself comes first.
    pub split: Option<usize>,
    /// What the target offers of what traces may require.
    pub offers: Vec<String>,
    /// With what a CONNECT logs in that names no user of its own.
    pub credentials: Option<Credentials>,
    /// What `{denied-filter}` stands for: a Topic Filter that the target does not grant.
    pub denied_filter: Option<String>,
    /// What `{denied-topic}` stands for: a Topic Name that the target does not let us publish to.
    pub denied_topic: Option<String>,
}

/// A User Name and perhaps a Password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The User Name.
    pub user: String,
    /// The Password.
    pub password: Option<Vec<u8>>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What the trace says.
    pub verdict: Verdict,
    /// What is permitted and still worth a word.
    pub remarks: Vec<Remark>,
    /// What the audit saw the server break, whatever the trace asked for.
    pub breaches: Vec<Found>,
    /// All that went over the wires.
    pub wire: Vec<Event>,
}

impl Run {
    /// What became of it all in all: it fails if the trace or the audit says so.
    pub fn status(&self) -> Status {
        match &self.verdict {
            Verdict::Fail(_) => Status::Fail,
            Verdict::Skipped(_) => Status::Skipped,
            Verdict::Pass | Verdict::Inconclusive(_) | Verdict::Unstable(_)
                if !self.breaches.is_empty() =>
            {
                Status::Fail
            }
            Verdict::Unstable(_) => Status::Unstable,
            Verdict::Inconclusive(_) => Status::Inconclusive,
            Verdict::Pass if self.remarks.iter().any(|one| one.weight == Weight::Warning) => {
                Status::Warn
            }
            Verdict::Pass => Status::Pass,
        }
    }

    /// The statements that were broken, each once: what the trace says, then what the audit saw.
    pub fn broken(&self) -> Vec<Id> {
        let mut broken = Vec::new();
        if let Verdict::Fail(failure) = &self.verdict {
            broken.push(failure.id);
        }
        for found in &self.breaches {
            broken.push(found.violation.id);
            broken.extend(found.violation.also());
        }
        let mut once = Vec::new();
        for id in broken {
            if !once.contains(&id) {
                once.push(id);
            }
        }
        once
    }
}

/// Something that breaks no statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// A warning or a note.
    pub weight: Weight,
    /// The sentence it rests on: `l.1157`, `S-91`, or a statement.
    pub cite: String,
    /// What was seen.
    pub text: String,
}

/// Something on a wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Whose connection, in the words of the trace.
    pub who: String,
    /// Its number.
    pub link: Link,
    /// What happened.
    pub what: Happened,
}

/// What happens on a wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The connection was opened.
    Opened,
    /// We sent these bytes in one write.
    Sent(Vec<u8>),
    /// These bytes came.
    Came(Vec<u8>),
    /// We ended the connection without DISCONNECT.
    Ended,
    /// The peer closed.
    Closed,
}

/// Plays `trace` against `target`, and clears up behind it.
pub fn run(target: &mut impl Target, trace: &Trace, options: &Options) -> Run {
    if let Some(missing) = trace.requires.iter().find(|word| !options.offers.contains(word)) {
        let verdict = Verdict::Skipped(format!("requires {missing}"));
        let (remarks, breaches, wire) = (Vec::new(), Vec::new(), Vec::new());
        return Run { verdict, remarks, breaches, wire };
    }
    let mut runner = Runner {
        target,
        names: Names::new(&options.prefix),
        split: options.split,
        otherwise: trace.covers.first().copied().unwrap_or(Id::MQTT_4_8_0_1),
        peers: BTreeMap::new(),
        links: Vec::new(),
        wire: Vec::new(),
        sessions: Vec::new(),
        retained: Vec::new(),
    };
    let verdict = match runner.steps(&trace.steps).and_then(|()| runner.nothing_is_left(trace)) {
        Ok(()) => Verdict::Pass,
        Err(verdict) => *verdict,
    };
    let findings = runner.judged(&verdict);
    let wire = std::mem::take(&mut runner.wire);
    runner.clear_up();
    Run { verdict, remarks: findings.remarks, breaches: findings.breaches, wire }
}

/// What ends a trace before its time.
type Ended = Box<Verdict>;

struct Runner<'t, T: Target> {
    target: &'t mut T,
    names: Names,
    split: Option<usize>,
    /// The statement of a failure whose line names none.
    otherwise: Id,
    /// The connection that each peer has now.
    peers: BTreeMap<String, Link>,
    links: Vec<Inbox>,
    wire: Vec<Event>,
    /// Client Identifiers that may have left a session.
    sessions: Vec<String>,
    /// Topics that may hold a retained message.
    retained: Vec<String>,
}

/// Whether what is expected has come.
enum Sight {
    Yes,
    NotYet,
    /// It cannot come any more.
    Never(Cause, String),
    Declined(&'static str),
}

impl<T: Target> Runner<'_, T> {
    /// What the audit says. What is owed may still be on its way, so it gets its time; where the
    /// trace has stopped in the middle, nothing can be missed.
    fn judged(&mut self, verdict: &Verdict) -> Findings {
        let until = self.target.now() + PATIENCE;
        loop {
            self.pump(self.target.now());
            let now = self.target.now();
            let settled = *verdict == Verdict::Pass;
            let findings = judge(&self.wire, now, settled);
            let seen = if settled { judge(&self.wire, now, false).breaches.len() } else { 0 };
            if !settled || findings.breaches.len() == seen || !self.look(until) {
                return findings;
            }
        }
    }

    fn steps(&mut self, steps: &[Step]) -> Result<(), Ended> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), Ended> {
        match &step.act {
            Act::Say { who, split, what } => self.say(step.line, who, *split, what),
            Act::Link { who, what } => self.change(step.line, who, *what),
            Act::Hear(heard) => self.hear(heard),
            Act::Wait(wait) => {
                let until = self.target.now() + *wait;
                self.pump(until);
                Ok(())
            }
            Act::Any(all) => self.any(all),
            Act::Either(branches) => self.either(step.line, branches),
            Act::Optional(branch) => self.optional(branch),
        }
    }

    fn say(
        &mut self,
        line: Line,
        who: &str,
        split: Option<usize>,
        what: &[Said],
    ) -> Result<(), Ended> {
        let mut bytes = Vec::new();
        for said in what {
            let stop = |why| Box::new(Verdict::Inconclusive(Stop { line, why }));
            bytes.extend(write::said(&self.names, who, said).map_err(stop)?);
            self.remember(who, said);
        }
        let link = self.link(line, who)?;
        self.links[link].said(&bytes);
        let size = split.or(self.split).unwrap_or(bytes.len()).max(1);
        for part in bytes.chunks(size) {
            self.note(who, link, Happened::Sent(part.to_vec()));
            self.target.send(link, part);
        }
        Ok(())
    }

    /// Notes what the broker may keep because of it.
    fn remember(&mut self, who: &str, said: &Said) {
        let Said::Packet(pattern) = said else { return };
        match pattern {
            Pattern::Connect(connect) => {
                let id = match &connect.client {
                    Client::Auto | Client::Any => self.names.client(who),
                    Client::Is(id) => self.names.fill(id),
                };
                if !connect.clean && !self.sessions.contains(&id) {
                    self.sessions.push(id);
                }
                if let Some(will) = connect.will.as_ref().filter(|will| will.retain) {
                    self.retained.push(self.names.fill(&will.topic));
                }
            }
            Pattern::Publish(publish) if publish.retain == Flag::Is(true) => {
                self.retained.push(self.names.fill(&publish.topic));
            }
            Pattern::Publish(_)
            | Pattern::Connack(..)
            | Pattern::Ack(..)
            | Pattern::Subscribe(..)
            | Pattern::Suback(..)
            | Pattern::Unsubscribe(..)
            | Pattern::Bare(_) => {}
        }
    }

    /// The peer's connection, opened if it has none.
    fn link(&mut self, line: Line, who: &str) -> Result<Link, Ended> {
        if let Some(link) = self.peers.get(who) {
            return Ok(*link);
        }
        let stop = |why| Box::new(Verdict::Inconclusive(Stop { line, why }));
        let link = self.target.open().map_err(stop)?;
        self.links.push(Inbox::new(who));
        self.peers.insert(who.to_owned(), link);
        self.note(who, link, Happened::Opened);
        Ok(link)
    }

    fn change(&mut self, line: Line, who: &str, what: Change) -> Result<(), Ended> {
        if what == Change::Open {
            self.peers.remove(who);
            return self.link(line, who).map(|_| ());
        }
        if let Some(link) = self.peers.remove(who) {
            // What is on its way belongs to the connection that ends.
            self.pump(self.target.now());
            self.note(who, link, Happened::Ended);
            self.links[link].forget();
            self.target.end(link, what);
        }
        Ok(())
    }

    fn note(&mut self, who: &str, link: Link, what: Happened) {
        self.wire.push(Event { at: self.target.now(), who: who.to_owned(), link, what });
    }

    /// Takes in one thing that happens, or all that happens until then if there is nothing.
    fn look(&mut self, until: Instant) -> bool {
        let Some((link, seen)) = self.target.next(until) else { return false };
        let who = self.links[link].who.clone();
        match seen {
            Seen::Bytes(bytes) => {
                self.links[link].came(&bytes);
                self.note(&who, link, Happened::Came(bytes));
            }
            Seen::Closed => {
                self.links[link].closed = true;
                self.note(&who, link, Happened::Closed);
            }
        }
        true
    }

    /// Lets time pass.
    fn pump(&mut self, until: Instant) {
        while self.look(until) {}
    }

    fn hear(&mut self, heard: &Heard) -> Result<(), Ended> {
        if let Expected::Nothing(wait) = &heard.what {
            let until = self.target.now() + wait.unwrap_or(self.target.quiet());
            self.pump(until);
        }
        let until = self.target.now() + patience(heard);
        // What has come by now counts, whoever asks first.
        self.pump(self.target.now());
        loop {
            match self.find(heard, true)? {
                Sight::Yes => return Ok(()),
                Sight::Never(cause, seen) => return Err(self.failed(heard, cause, seen)),
                Sight::Declined(why) => return Err(declined(heard, why)),
                Sight::NotYet if self.look(until) => {}
                Sight::NotYet => {
                    return Err(self.failed(heard, Cause::Missing, "it did not come".into()));
                }
            }
        }
    }

    fn any(&mut self, all: &[Heard]) -> Result<(), Ended> {
        let mut open: Vec<&Heard> = all.iter().collect();
        let until = self.target.now() + PATIENCE;
        self.pump(self.target.now());
        while !open.is_empty() {
            let before = open.len();
            let mut still = Vec::new();
            for heard in open {
                match self.find(heard, false)? {
                    Sight::Yes => {}
                    Sight::NotYet => still.push(heard),
                    Sight::Never(cause, seen) => return Err(self.failed(heard, cause, seen)),
                    Sight::Declined(why) => return Err(declined(heard, why)),
                }
            }
            open = still;
            if open.len() == before && !self.look(until) {
                return Err(self.failed(open[0], Cause::Missing, "it did not come".into()));
            }
        }
        Ok(())
    }

    fn either(&mut self, line: Line, branches: &[Branch]) -> Result<(), Ended> {
        let until = self.target.now() + PATIENCE;
        self.pump(self.target.now());
        loop {
            for branch in branches {
                if matches!(branch.first.what, Expected::Nothing(_)) {
                    continue;
                }
                if let Sight::Yes = self.find(&branch.first, true)? {
                    return self.steps(&branch.rest);
                }
            }
            // Silence is shorter than patience, and the last that is looked for.
            let silent = branches.iter().find(|one| matches!(one.first.what, Expected::Nothing(_)));
            let wait = silent.map(|_| self.target.now() + self.target.quiet());
            if self.look(wait.unwrap_or(until)) {
                continue;
            }
            if let Some(branch) = silent {
                self.hear(&branch.first)?;
                return self.steps(&branch.rest);
            }
            let first = &branches[0].first;
            let ways: Vec<String> =
                branches.iter().map(|branch| branch.first.to_string()).collect();
            return Err(self.failure(
                first,
                line,
                Cause::Missing,
                format!("either {}", ways.join(", or ")),
                "neither came".into(),
            ));
        }
    }

    fn optional(&mut self, branch: &Branch) -> Result<(), Ended> {
        let until = self.target.now() + self.target.quiet();
        loop {
            if let Sight::Yes = self.find(&branch.first, true)? {
                return self.steps(&branch.rest);
            }
            if !self.look(until) {
                return Ok(());
            }
        }
    }

    /// Takes what is expected from what has come; `ordered` if nothing may come before it that the
    /// standard puts behind it.
    fn find(&mut self, heard: &Heard, ordered: bool) -> Result<Sight, Ended> {
        let Some(link) = self.peers.get(&heard.who).copied() else {
            return Ok(match heard.what {
                Expected::Nothing(_) | Expected::Closed { .. } => Sight::Yes,
                Expected::Packet(_) | Expected::Raw(_) => {
                    Sight::Never(Cause::Closed, "it has no connection".into())
                }
            });
        };
        self.sound(link, heard.line)?;
        let (number, binding) = {
            let inbox = &self.links[link];
            match &heard.what {
                Expected::Closed { silently, breach, .. } => {
                    return Ok(self.closed(heard, link, *silently, *breach));
                }
                Expected::Nothing(_) => {
                    return Ok(match (inbox.unasked().next(), inbox.closed) {
                        (None, false) => Sight::Yes,
                        (Some(_), _) => Sight::Never(Cause::Wrong, "something came".into()),
                        (None, true) => {
                            Sight::Never(Cause::Closed, "the connection was closed".into())
                        }
                    });
                }
                Expected::Packet(_) | Expected::Raw(_) => {}
            }
            let mut found = None;
            for (number, bytes) in inbox.packets.iter().enumerate() {
                match fits::fit(&self.names, &heard.who, &heard.what, bytes) {
                    Fit::Is(id) => {
                        found = Some((number, id));
                        break;
                    }
                    Fit::Declined(why) => return Ok(Sight::Declined(why)),
                    Fit::Before => {}
                    Fit::Not if inbox.may_repeat(bytes) => {}
                    Fit::Not if ordered => {
                        return Ok(Sight::Never(Cause::Wrong, "something else came".into()));
                    }
                    Fit::Not => {}
                }
            }
            match found {
                Some(found) => found,
                None if inbox.closed => {
                    return Ok(Sight::Never(Cause::Closed, "the connection was closed".into()));
                }
                None => return Ok(Sight::NotYet),
            }
        };
        self.links[link].take(number);
        if let (Expected::Packet(pattern), Some(value)) = (&heard.what, binding) {
            self.bind(pattern, value);
        }
        Ok(Sight::Yes)
    }

    fn bind(&mut self, pattern: &Pattern, value: u16) {
        match pattern {
            Pattern::Publish(publish) => {
                if let Some(number) = &publish.id {
                    self.names.bind(number, value);
                }
            }
            Pattern::Ack(_, number)
            | Pattern::Subscribe(number, _)
            | Pattern::Suback(number, _)
            | Pattern::Unsubscribe(number, _) => self.names.bind(number, value),
            Pattern::Connect(_) | Pattern::Connack(..) | Pattern::Bare(_) => {}
        }
    }

    fn closed(&mut self, heard: &Heard, link: Link, silently: bool, breach: Option<Id>) -> Sight {
        let inbox = &self.links[link];
        if silently && (inbox.unasked().next().is_some() || inbox.has_half()) {
            return Sight::Never(Cause::Wrong, "it was not silent".into());
        }
        if !inbox.closed {
            return Sight::NotYet;
        }
        if let (Some(id), Some(named)) = (breach, self.target.named(link))
            && !named.contains(&id)
        {
            let named: Vec<String> = named.iter().map(Id::to_string).collect();
            return Sight::Never(
                Cause::Wrong,
                format!("closed, but not for {id}: {}", named.join(", ")),
            );
        }
        self.peers.remove(&heard.who);
        self.links[link].forget();
        self.target.end(link, Change::Cut);
        Sight::Yes
    }

    /// Whether all that has come are packets that a Server may send.
    fn sound(&self, link: Link, line: Line) -> Result<(), Ended> {
        let Some((violation, bytes)) = &self.links[link].broken else { return Ok(()) };
        Err(Box::new(Verdict::Fail(Box::new(Failure {
            id: violation.id,
            line,
            cause: Cause::Wrong,
            expected: "packets of MQTT 3.1.1".into(),
            seen: violation.to_string(),
            came: vec![bytes.clone()],
        }))))
    }

    /// At the end nothing may be left that nobody asked for.
    fn nothing_is_left(&mut self, trace: &Trace) -> Result<(), Ended> {
        self.pump(self.target.now());
        let line = trace.steps.last().map_or(Line(1), |step| step.line);
        let peers: Vec<(String, Link)> =
            self.peers.iter().map(|(who, link)| (who.clone(), *link)).collect();
        for (who, link) in peers {
            self.sound(link, line)?;
            if self.links[link].unasked().next().is_some() {
                let heard = Heard { line, who, what: Expected::Nothing(None), id: None };
                return Err(self.failed(&heard, Cause::Wrong, "this was left at the end".into()));
            }
        }
        Ok(())
    }

    fn failed(&self, heard: &Heard, cause: Cause, seen: String) -> Ended {
        self.failure(heard, heard.line, cause, heard.to_string(), seen)
    }

    fn failure(
        &self,
        heard: &Heard,
        line: Line,
        cause: Cause,
        expected: String,
        seen: String,
    ) -> Ended {
        let named = match &heard.what {
            Expected::Closed { breach, .. } => *breach,
            Expected::Packet(_) | Expected::Raw(_) | Expected::Nothing(_) => None,
        };
        let link = self.peers.get(&heard.who);
        let came = link.map_or(Vec::new(), |link| self.links[*link].packets.clone());
        let near =
            || came.iter().find_map(|bytes| fits::near_miss(&self.names, &heard.what, bytes));
        let id = heard.id.or(named).or_else(near).unwrap_or(self.otherwise);
        Box::new(Verdict::Fail(Box::new(Failure { id, line, cause, expected, seen, came })))
    }

    /// Ends every session and clears every retained message that may be left.
    fn clear_up(&mut self) {
        for link in std::mem::take(&mut self.peers).into_values() {
            self.target.end(link, Change::Cut);
        }
        let (sessions, retained) =
            (std::mem::take(&mut self.sessions), std::mem::take(&mut self.retained));
        if sessions.is_empty() && retained.is_empty() {
            return;
        }
        let sweep = self.names.client("sweep");
        let mut last = None;
        for id in sessions.iter().chain(std::iter::once(&sweep)) {
            let Ok(link) = self.target.open() else { return };
            self.links.push(Inbox::new("(clearing up)"));
            let Some(mut bytes) = write::clean_connect(id) else { continue };
            if *id == sweep {
                bytes.extend(retained.iter().flat_map(|topic| write::no_longer_retained(topic)));
            }
            bytes.extend([0xE0, 0x00]);
            self.target.send(link, &bytes);
            last = Some(link);
        }
        let until = self.target.now() + PATIENCE;
        while last.is_some_and(|link| !self.links[link].closed) && self.look(until) {}
    }
}

fn patience(heard: &Heard) -> Duration {
    match &heard.what {
        Expected::Closed { within: Some(within), .. } => *within,
        Expected::Closed { within: None, .. } | Expected::Packet(_) | Expected::Raw(_) => PATIENCE,
        Expected::Nothing(_) => Duration::ZERO,
    }
}

fn declined(heard: &Heard, why: &str) -> Ended {
    Box::new(Verdict::Inconclusive(Stop { line: heard.line, why: why.to_owned() }))
}

/// Whether it is a message on a topic that a Server may keep for itself (l.1422).
fn is_of_server(packet: &Packet<'_>) -> bool {
    matches!(packet, Packet::Publish(publish) if publish.topic.as_str().starts_with("$SYS"))
}
