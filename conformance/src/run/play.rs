//! The steps of a trace, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use etalon::packet::Packet;
use etalon::spec::Id;
use etalon::time::{Duration, Instant};

use super::fail::{Ended, stop};
use super::fits::{self, Fit};
use super::inbox::Inbox;
use super::names::Names;
use super::{Credentials, Event, Happened, Options, write};
use crate::target::{Link, Seen, Target};
use crate::trace::{
    Act, Branch, Change, Expected, Heard, Line, Pattern, Remark, Said, Step, Trace,
};
use crate::verdict::{Cause, Verdict};

/// How long what is owed may take (S-102).
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How long a run may take beyond what its trace waits for.
const RUN_MAX: Duration = Duration::from_secs(60);
/// How long after the end of a time what has come within it may be taken in.
const OVERRUN: Duration = Duration::from_secs(1);
/// How much may have come on one connection that nobody has asked for.
const UNREAD_MAX: usize = 8 * 1024 * 1024;
/// How much may come in a run, in all and in pieces.
const CAME_MAX: usize = 64 * 1024 * 1024;
const EVENTS_MAX: usize = 100_000;
pub(super) struct Runner<'t, T: Target> {
    pub(super) target: &'t mut T,
    pub(super) names: Names,
    pub(super) credentials: Option<Credentials>,
    split: Option<usize>,
    /// What the trace tests.
    pub(super) covers: Vec<Id>,
    /// The connection that each peer has now.
    pub(super) peers: BTreeMap<String, Link>,
    pub(super) links: Vec<Inbox>,
    pub(super) wire: Vec<Event>,
    came: usize,
    /// How much of the wire there was when the target was restarted.
    pub(super) restarted: Option<usize>,
    pub(super) remarks: Vec<Remark>,
    /// Client Identifiers that may have left a session.
    pub(super) sessions: Vec<String>,
    /// Topics that may hold a retained message.
    pub(super) retained: Vec<String>,
    /// What is in our topics, if others use the target as well; their messages may come too.
    pub(super) prefix: Option<String>,
    /// Topics of ours that do not have it.
    own: BTreeSet<String>,
    /// When something happened last.
    active: Instant,
    deadline: Instant,
    /// Why the run has to end, whatever the trace says.
    pub(super) stopped: Option<&'static str>,
    /// The connection of a failure whose statement nothing but the head of the trace names.
    pub(super) guessed: Option<Link>,
}

/// Whether what is expected has come.
enum Sight {
    Yes,
    NotYet,
    /// It cannot come any more.
    Never(Cause, String),
    Declined(&'static str),
}

impl<'t, T: Target> Runner<'t, T> {
    pub(super) fn new(target: &'t mut T, trace: &Trace, options: &Options) -> Runner<'t, T> {
        let (now, is_shared) = (target.now(), target.is_shared());
        Runner {
            target,
            names: Names::new(options),
            credentials: options.credentials.clone(),
            split: options.split,
            covers: trace.covers.clone(),
            peers: BTreeMap::new(),
            links: Vec::new(),
            wire: Vec::new(),
            came: 0,
            restarted: None,
            remarks: Vec::new(),
            sessions: Vec::new(),
            retained: Vec::new(),
            prefix: is_shared.then(|| options.prefix.clone()),
            own: BTreeSet::new(),
            active: now,
            deadline: now + waits(&trace.steps) + RUN_MAX,
            stopped: None,
            guessed: None,
        }
    }

    pub(super) fn play(&mut self, trace: &Trace) -> Verdict {
        match self.steps(&trace.steps).and_then(|()| self.nothing_is_left(trace)) {
            Ok(()) => Verdict::Pass,
            Err(verdict) => *verdict,
        }
    }

    /// What is left to be done has limits of its own.
    pub(super) fn begin_anew(&mut self) {
        self.deadline = self.target.now() + RUN_MAX;
        self.stopped = None;
        self.came = 0;
        self.wire.clear();
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
                self.goes_on(step.line)
            }
            Act::Any(all) => self.any(all),
            Act::Either(branches) => self.either(step.line, branches),
            Act::Optional(branch) => self.optional(branch),
            Act::Remark(remark) => {
                self.remarks.push(remark.clone());
                Ok(())
            }
            Act::Restart => self.restart(step.line),
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
            let said = write::said(&self.names, self.credentials.as_ref(), who, said);
            bytes.extend(said.map_err(|why| stop(line, &why))?);
        }
        self.remember(&bytes);
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
    fn remember(&mut self, bytes: &[u8]) {
        self.retained.extend(fits::retained_though_malformed(bytes));
        for packet in fits::all(bytes) {
            match packet {
                Packet::Connect(connect) => {
                    let id = connect.client_id.as_str();
                    if !connect.clean_session && !self.sessions.iter().any(|known| known == id) {
                        self.sessions.push(id.to_owned());
                    }
                    if let Some(will) = connect.will {
                        self.speak_of(will.topic.as_str(), will.retain);
                    }
                }
                Packet::Publish(publish) => {
                    self.speak_of(publish.topic.as_str(), publish.retain);
                }
                Packet::Connack(_)
                | Packet::Puback(_)
                | Packet::Pubrec(_)
                | Packet::Pubrel(_)
                | Packet::Pubcomp(_)
                | Packet::Subscribe(_)
                | Packet::Suback(_)
                | Packet::Unsubscribe(_)
                | Packet::Unsuback(_)
                | Packet::Pingreq(_)
                | Packet::Pingresp(_)
                | Packet::Disconnect(_) => {}
            }
        }
    }

    fn speak_of(&mut self, topic: &str, retain: bool) {
        if self.prefix.as_ref().is_some_and(|prefix| !topic.contains(prefix.as_str())) {
            self.own.insert(topic.to_owned());
        }
        if retain {
            self.retained.push(topic.to_owned());
        }
    }

    /// The peer's connection, opened if it has none.
    fn link(&mut self, line: Line, who: &str) -> Result<Link, Ended> {
        if let Some(link) = self.peers.get(who) {
            return Ok(*link);
        }
        self.goes_on(line)?;
        let link = self.target.open().map_err(|why| stop(line, &why))?;
        self.links.push(Inbox::new(who));
        self.peers.insert(who.to_owned(), link);
        self.note(who, link, Happened::Opened);
        Ok(link)
    }

    /// The target stops and starts again; all connections end.
    fn restart(&mut self, line: Line) -> Result<(), Ended> {
        self.pump(self.target.now());
        self.target.restart().map_err(|why| stop(line, &why))?;
        self.restarted.get_or_insert(self.wire.len());
        for (who, link) in std::mem::take(&mut self.peers) {
            self.note(&who, link, Happened::Ended);
            self.links[link].forget();
            self.target.end(link, Change::Cut);
        }
        Ok(())
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
        self.active = self.target.now();
        self.wire.push(Event { at: self.active, who: who.to_owned(), link, what });
    }

    /// Takes in one thing that happens, or all that happens until then if there is nothing.
    pub(super) fn look(&mut self, until: Instant) -> bool {
        if self.target.now() >= self.deadline {
            self.stopped.get_or_insert("the run took 60 s longer than its trace waits");
        }
        // A peer that always has something more does not hold up time.
        if self.stopped.is_some() || self.target.now() > until + OVERRUN {
            return false;
        }
        let Some((link, seen)) = self.target.next(until.min(self.deadline)) else { return false };
        let who = self.links[link].who.clone();
        match seen {
            Seen::Bytes(bytes) => {
                self.came += bytes.len();
                let (prefix, own) = (&self.prefix, &self.own);
                let is_foreign = |packet: &Packet<'_>| match (prefix, packet) {
                    (Some(prefix), Packet::Publish(publish)) => {
                        let topic = publish.topic.as_str();
                        !topic.contains(prefix.as_str()) && !own.contains(topic)
                    }
                    (Some(_) | None, _) => false,
                };
                self.links[link].came(&bytes, is_foreign);
                self.note(&who, link, Happened::Came(bytes));
            }
            Seen::Closed => {
                self.links[link].closed = true;
                self.note(&who, link, Happened::Closed);
            }
        }
        if self.links[link].unread() > UNREAD_MAX {
            self.stopped.get_or_insert("more than 8 MiB came that nobody had asked for");
        } else if self.came > CAME_MAX || self.wire.len() > EVENTS_MAX {
            self.stopped.get_or_insert("more came than a run takes");
        }
        true
    }

    /// Takes in one thing more; once the time is up, all that has come by then, as this side may
    /// have been late and not the peer.
    fn more(&mut self, until: Instant, last: &mut bool) -> bool {
        if self.look(until) {
            return true;
        }
        if std::mem::replace(last, true) {
            return false;
        }
        self.pump(self.target.now());
        true
    }

    /// Lets time pass.
    pub(super) fn pump(&mut self, until: Instant) {
        while self.look(until) {}
    }

    /// Whether the run is within its limits.
    fn goes_on(&self, line: Line) -> Result<(), Ended> {
        self.stopped.map_or(Ok(()), |why| Err(stop(line, why)))
    }

    /// When it has been quiet for long enough; it counts from the last that happened (S-106).
    fn quiet(&self) -> Instant {
        self.active + self.target.quiet()
    }

    fn hear(&mut self, heard: &Heard) -> Result<(), Ended> {
        if let Expected::Nothing(wait) = &heard.what {
            let until = wait.map_or(self.quiet(), |wait| self.target.now() + wait);
            self.pump(until);
        }
        let until = self.target.now() + patience(heard);
        // What has come by now counts, whoever asks first.
        self.pump(self.target.now());
        let mut last = false;
        loop {
            match self.find(heard, true)? {
                Sight::Yes => return Ok(()),
                Sight::Never(cause, seen) => return Err(self.failed(heard, cause, seen)),
                Sight::Declined(why) => return Err(stop(heard.line, why)),
                Sight::NotYet if self.more(until, &mut last) => {}
                Sight::NotYet => return Err(self.missing(heard)),
            }
        }
    }

    fn any(&mut self, all: &[Heard]) -> Result<(), Ended> {
        let mut open: Vec<&Heard> = all.iter().collect();
        let until = self.target.now() + PATIENCE;
        self.pump(self.target.now());
        let mut last = false;
        while !open.is_empty() {
            let before = open.len();
            let mut still = Vec::new();
            for heard in open {
                match self.find(heard, false)? {
                    Sight::Yes => {}
                    Sight::NotYet => still.push(heard),
                    Sight::Never(cause, seen) => return Err(self.failed(heard, cause, seen)),
                    Sight::Declined(why) => return Err(stop(heard.line, why)),
                }
            }
            open = still;
            if open.len() == before && !self.more(until, &mut last) {
                return Err(self.missing(open[0]));
            }
        }
        Ok(())
    }

    fn either(&mut self, line: Line, branches: &[Branch]) -> Result<(), Ended> {
        // Silence is shorter than patience, and the last that is looked for.
        let silent = branches.iter().find(|one| matches!(one.first.what, Expected::Nothing(_)));
        let until = silent.map_or(self.target.now() + PATIENCE, |_| self.quiet());
        self.pump(self.target.now());
        let mut last = false;
        loop {
            for branch in branches {
                if matches!(branch.first.what, Expected::Nothing(_)) {
                    continue;
                }
                if let Sight::Yes = self.find(&branch.first, true)? {
                    return self.steps(&branch.rest);
                }
            }
            if self.more(until, &mut last) {
                continue;
            }
            self.goes_on(line)?;
            if let Some(branch) = silent {
                self.hear(&branch.first)?;
                return self.steps(&branch.rest);
            }
            return Err(self.neither(line, branches));
        }
    }

    fn optional(&mut self, branch: &Branch) -> Result<(), Ended> {
        let until = self.quiet();
        self.pump(self.target.now());
        let mut last = false;
        loop {
            if let Sight::Yes = self.find(&branch.first, true)? {
                return self.steps(&branch.rest);
            }
            if !self.more(until, &mut last) {
                return self.goes_on(branch.first.line);
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
        self.goes_on(heard.line)?;
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
            let plain = inbox.joined.is_none_or(|joined| joined.plain);
            let mut found = None;
            for (number, bytes) in inbox.packets.iter().enumerate() {
                match fits::fit(&self.names, &heard.who, &heard.what, plain, bytes) {
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
}

fn patience(heard: &Heard) -> Duration {
    match &heard.what {
        Expected::Closed { within: Some(within), .. } => *within,
        Expected::Closed { within: None, .. } | Expected::Packet(_) | Expected::Raw(_) => PATIENCE,
        Expected::Nothing(_) => Duration::ZERO,
    }
}

/// How long a trace waits by its own words, in all its branches.
fn waits(steps: &[Step]) -> Duration {
    let one = |heard: &Heard| match &heard.what {
        Expected::Closed { within: Some(wait), .. } | Expected::Nothing(Some(wait)) => *wait,
        Expected::Closed { within: None, .. }
        | Expected::Nothing(None)
        | Expected::Packet(_)
        | Expected::Raw(_) => Duration::ZERO,
    };
    let within = |branch: &Branch| one(&branch.first) + waits(&branch.rest);
    let step = |step: &Step| match &step.act {
        Act::Wait(wait) => *wait,
        Act::Hear(heard) => one(heard),
        Act::Any(all) => all.iter().map(one).sum(),
        Act::Either(branches) => branches.iter().map(within).sum(),
        Act::Optional(branch) => within(branch),
        Act::Say { .. } | Act::Link { .. } | Act::Remark(_) | Act::Restart => Duration::ZERO,
    };
    steps.iter().map(step).sum()
}

/// Whether it is a message on a topic that a Server may keep for itself (l.1422).
pub(super) fn is_of_server(packet: &Packet<'_>) -> bool {
    matches!(packet, Packet::Publish(publish) if publish.topic.as_str().starts_with("$SYS"))
}
