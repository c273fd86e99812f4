//! The suite against somebody's broker: reached, probed, run, and written down as a
//! [`Report`].
//!
//! The engine knows no command line. What cannot be judged is an [`Error`] that says what to do;
//! what was judged is data, and what counts as a failure is decided by [`Checked::outcome`].

#![expect(clippy::disallowed_types, reason = "a report says when it was made")]

pub mod address;
pub mod declared;
pub mod expect;
mod nearest;
pub mod offers;
pub mod process;
mod reach;
mod record;
mod schedule;
pub mod tree;
mod wire;

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use etalon::spec::Id;

use crate::report::{self, Report, Status};
use crate::run::{self, Options};
use crate::suite::{Case, Select};
use address::Address;
use declared::Declared;
use expect::Expectations;
use process::{Started, Template};
use schedule::Bench;

pub use reach::{Reached, reach};
pub use record::Wires;

/// How the suite is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many cases run side by side.
    pub jobs: usize,
    /// How often each case is run.
    pub repeat: u32,
    /// Which wires are kept for the report.
    pub wires: Wires,
}

/// Where the broker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It runs there.
    Runs(Address),
    /// It is started by this command.
    Starts(Template),
}

/// A broker to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Where it is.
    pub place: Place,
    /// What is known about it.
    pub declared: Declared,
}

/// Why nothing could be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The peer cannot be reached or started.
    #[error("{0}")]
    Peer(String),
    /// The command line or a file is wrong.
    #[error("{0}")]
    Usage(String),
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// All that was found.
    pub report: Report,
    /// Whether it was stopped before its end; the report holds what was run.
    pub stopped: bool,
    /// What Etalon itself did wrong.
    pub own: Vec<String>,
    /// Whether the broker went away in the middle, and what it said.
    pub lost: Option<String>,
}

/// What a run is worth, for an exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All well.
    Well,
    /// Nothing failed, but something passed that was expected to fail.
    UnexpectedPass,
    /// A case failed that was not expected to.
    Failed,
    /// The broker went away.
    Lost,
    /// Etalon failed.
    Own,
}

impl Checked {
    /// What it is worth; `strict` makes a failure of a warning.
    pub fn outcome(&self, strict: bool) -> Outcome {
        let unmet = |case: &report::Case| {
            let fails = match case.status {
                Status::Fail => true,
                Status::Warn => strict,
                Status::Pass | Status::Inconclusive | Status::Skipped | Status::Unstable => false,
            };
            fails && !case.expected.as_ref().is_some_and(|expected| expected.met)
        };
        if !self.own.is_empty() {
            Outcome::Own
        } else if self.lost.is_some() {
            Outcome::Lost
        } else if self.report.cases.iter().any(unmet) {
            Outcome::Failed
        } else if self.report.summary.unexpected_passes > 0 {
            Outcome::UnexpectedPass
        } else {
            Outcome::Well
        }
    }
}

/// Chooses cases; all, if nothing is selected.
///
/// # Errors
/// The first that selects nothing, with the nearest that would.
pub fn select<'a>(cases: &'a [Case], texts: &[String]) -> Result<Vec<&'a Case>, String> {
    let mut wanted = Vec::new();
    for text in texts {
        let select: Select = text.parse()?;
        if !cases.iter().any(|case| select.takes(case)) {
            return Err(nothing(cases, &select));
        }
        wanted.push(select);
    }
    let takes = |case: &&Case| wanted.is_empty() || wanted.iter().any(|one| one.takes(case));
    Ok(cases.iter().filter(takes).collect())
}

fn nothing(cases: &[Case], select: &Select) -> String {
    let all = "`etalon check --list` shows all cases";
    match select {
        Select::Statement(id) => {
            format!("{select}: no case covers it (`etalon explain {}` tells why)", bare(*id))
        }
        Select::Section(_) => format!("{select}: no case stands under this section; {all}"),
        Select::Name(name) => {
            let hint = nearest::hint(name, cases.iter().map(|case| case.name.as_str()));
            format!("{name}: no such case{hint}; {all}")
        }
        Select::Tag(tag) => {
            let known = cases.iter().flat_map(|case| &case.trace.tags).map(String::as_str);
            format!("{tag}: no case has this tag{}; {all}", nearest::hint(tag, known))
        }
    }
}

/// Runs `cases` against a broker. `told` hears of every case as it ends, `begun` once before the
/// first; `stop` ends it early.
///
/// # Errors
/// The broker cannot be started, reached or understood.
pub fn check(
    broker: &Broker,
    cases: &[&Case],
    expectations: &Expectations,
    settings: &Settings,
    stop: &AtomicBool,
    told: &mut dyn FnMut(&report::Case),
) -> Result<Checked, Error> {
    let began = std::time::Instant::now();
    let started = jiff::Timestamp::now();
    let prefix = random_prefix();
    let credentials = broker.declared.credentials.as_ref();
    let mut own_broker = None;
    let address = match &broker.place {
        Place::Runs(address) => address.clone(),
        Place::Starts(template) => {
            let running = Started::start(template.clone(), credentials.cloned(), stop)
                .map_err(Error::Peer)?;
            let address = Address::loopback(running.port());
            own_broker = Some(Mutex::new(running));
            address
        }
    };
    let with_output = |why: String| Error::Peer(why + &said(own_broker.as_ref()));
    let reached = reach(&address, credentials, &prefix).map_err(with_output)?;
    let by_command = match &broker.declared.restart {
        None => None,
        Some(restart) => Some(Template::without_port(&restart.command).map_err(Error::Usage)?),
    };
    let restart = || match (&own_broker, &by_command) {
        (Some(broker), _) => broker.lock().unwrap_or_else(PoisonError::into_inner).restart(stop),
        (None, Some(command)) => process::restart_by(command, reached.socket, credentials),
        (None, None) => Err("nobody said how it is restarted".into()),
    };
    let can_restart = own_broker.is_some() || by_command.is_some();
    let capabilities = offers::ask(&reached, &broker.declared, can_restart, &prefix);
    let bench = Bench {
        socket: reached.socket,
        options: options(&broker.declared, &capabilities),
        prefix: &prefix,
        repeat: settings.repeat,
        jobs: settings.jobs,
        wires: settings.wires,
        restart: &restart,
        stop,
    };
    let results = run_all(&bench, cases, broker, &capabilities, expectations, told);
    let stopped = stop.load(Ordering::Relaxed);
    let lost = if stopped { None } else { gone(&address, own_broker.as_ref(), broker, &prefix) };
    let statements = record::statements(&results.0);
    let report = Report {
        schema: report::SCHEMA,
        etalon: env!("CARGO_PKG_VERSION").into(),
        target: report::Target {
            address: address.to_string(),
            name: broker.declared.name.clone(),
            capabilities,
        },
        started: started.to_string(),
        seconds: began.elapsed().as_secs_f64(),
        summary: record::summary(&results.0, &statements),
        statements,
        cases: results.0,
        breaches: results.1,
    };
    Ok(Checked { report, stopped, own: results.2, lost })
}

type Results = (Vec<report::Case>, Vec<report::Breach>, Vec<String>);

/// Runs what is to be run, and puts what is not beside it, in the order of the standard.
fn run_all(
    bench: &Bench<'_>,
    cases: &[&Case],
    broker: &Broker,
    capabilities: &[report::Capability],
    expectations: &Expectations,
    told: &mut dyn FnMut(&report::Case),
) -> Results {
    let why_not = |case: &Case| {
        if let Some(reason) = broker.declared.skips(&case.name) {
            return Some(format!("{reason} ({})", broker.declared.short()));
        }
        let missing = |word: &String| match offers::why_not(capabilities, word) {
            Some(how) => Some(format!("no {word}: {how}")),
            None if bench.options.offers.contains(word) => None,
            None => Some(format!("requires {word}, which nobody knows of")),
        };
        case.trace.requires.iter().find_map(missing)
    };
    let mut all: Vec<Option<report::Case>> = Vec::new();
    let mut runs = Vec::new();
    for case in cases {
        let skipped = why_not(case).map(|why| record::skipped(case, why));
        match &skipped {
            Some(case) => told(case),
            None => runs.push(*case),
        }
        all.push(skipped);
    }
    let mut results = schedule::run(bench, &runs, &mut |case| told(case));
    let mut run = results.cases.drain(..);
    for slot in all.iter_mut().filter(|slot| slot.is_none()) {
        *slot = run.next().flatten();
    }
    drop(run);
    let mut all: Vec<report::Case> = all.into_iter().flatten().collect();
    for case in &mut all {
        case.expected = expectations.on(case);
        case.remarks.extend(broker.declared.argues(case));
    }
    (all, results.breaches, results.own)
}

/// A broker that does not answer any more at the end has fallen over on the way.
fn gone(
    address: &Address,
    started: Option<&Mutex<Started>>,
    broker: &Broker,
    prefix: &str,
) -> Option<String> {
    let why = reach(address, broker.declared.credentials.as_ref(), prefix).err()?;
    let ended = started
        .and_then(|one| one.lock().unwrap_or_else(PoisonError::into_inner).ended())
        .unwrap_or_else(|| said(started));
    Some(format!(
        "the broker was there at the beginning and is gone at the end: {why} \
         `--jobs 1 -v` shows the case with which it went.\n{ended}"
    ))
}

fn said(started: Option<&Mutex<Started>>) -> String {
    let said = |one: &Mutex<Started>| one.lock().unwrap_or_else(PoisonError::into_inner).said();
    started.map_or(String::new(), said)
}

fn options(declared: &Declared, capabilities: &[report::Capability]) -> Options {
    Options {
        offers: offers::words(capabilities),
        credentials: declared.credentials.as_ref().map(|one| run::Credentials {
            user: one.user.clone(),
            password: one.password.as_ref().map(|text| text.as_bytes().to_vec()),
        }),
        denied_filter: declared.denied.filter.clone(),
        denied_topic: declared.denied.topic.clone(),
        ..Options::default()
    }
}

/// Letters and digits that no other run has; the standard library seeds its hashes at random.
fn random_prefix() -> String {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let number = RandomState::new().hash_one("prefix");
    let digit = |place: u32| {
        let value = number / 36_u64.pow(place) % 36;
        char::from(LETTERS.get(value as usize).copied().unwrap_or(b'0'))
    };
    std::iter::once('e').chain((0..6).map(digit)).collect()
}

/// A statement as reports write it, without brackets.
fn bare(id: Id) -> String {
    id.to_string().trim_matches(['[', ']']).to_owned()
}
