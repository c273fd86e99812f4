//! `etalon check`: the conformance suite against somebody's broker.
//!
//! The engine is the conformance library's; here are the command line, files, signals, the progress
//! line and the exit status. The tree goes to stdout, everything else to stderr.

mod brokers;
mod files;
mod list;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use etalon_conformance::check::expect::Expectations;
use etalon_conformance::check::tree::{self, Look, Shown};
use etalon_conformance::check::{self, Broker, Checked, Error, Outcome, Settings, Wires};
use etalon_conformance::report::{self, Format, Report, Status, render};
use etalon_conformance::suite::{self, Case};
use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::args::CheckArgs;
use crate::exit::{self, Exit};
use crate::explain::colored;
use brokers::Asked;
use files::Stop;

/// Runs `etalon check`.
pub fn run(args: &CheckArgs) -> Exit {
    let result = prepare(args);
    let result = result.and_then(|plan| match plan {
        Plan::List(text) => {
            show(&text);
            Ok(exit::OK)
        }
        Plan::Check(plan) => plan.run(args),
    });
    result.unwrap_or_else(|(why, exit)| {
        exit::complain(&format!("check: {why}"));
        exit
    })
}

/// What is to be done.
enum Plan {
    List(String),
    Check(Box<Check>),
}

struct Check {
    brokers: Vec<Asked>,
    cases: Vec<Case>,
    /// Their names, in order.
    chosen: Vec<String>,
    expectations: Expectations,
    formats: Vec<Format>,
}

/// Reads everything that is given before anything runs.
fn prepare(args: &CheckArgs) -> Result<Plan, Stop> {
    let usage = |why: String| (why, exit::USAGE);
    let cases =
        suite::cases().map_err(|(name, mistake)| (format!("{name}: {mistake}"), exit::LOCAL))?;
    let formats = args.report.iter().map(|file| Format::of(file).map_err(usage));
    let formats = formats.collect::<Result<Vec<_>, Stop>>()?;
    let (brokers, selects) = brokers::read(args, &cases)?;
    let chosen = check::select(&cases, selects).map_err(usage)?;
    if args.list {
        return Ok(Plan::List(list::list(&chosen)));
    }
    let chosen = chosen.iter().map(|case| case.name.clone()).collect();
    let expectations = match &args.expect {
        None => Expectations::default(),
        Some(file) => Expectations::read(file, &files::read(file)?, &cases).map_err(usage)?,
    };
    args.report.iter().try_for_each(|file| files::can_be_written(file))?;
    Ok(Plan::Check(Box::new(Check { brokers, cases, chosen, expectations, formats })))
}

impl Check {
    fn run(&self, args: &CheckArgs) -> Result<Exit, Stop> {
        let stop = Arc::new(AtomicBool::new(false));
        let signal = heed_signals(&stop)?;
        // Each case has a few connections; where the limit stays low, fewer --jobs help.
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let settings = Settings {
            jobs: args.jobs.into(),
            repeat: args.repeat.into(),
            wires: if args.verbose > 1 { Wires::All } else { Wires::Troubled },
        };
        let mut exit = exit::OK;
        let (mut checked, mut again) = (Vec::new(), Vec::new());
        for broker in &self.brokers {
            match self.one(&broker.broker, &settings, &stop) {
                Ok(one) => {
                    again.push(broker.again.as_str());
                    checked.push(one);
                }
                Err(Error::Usage(why)) => return Err((why, exit::USAGE)),
                Err(Error::Peer(why)) => {
                    exit::complain(&format!("check: {why}"));
                    exit = exit::UNREACHABLE;
                }
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        for one in &checked {
            tell(one);
            exit = worse(exit, of(one.outcome(args.strict)));
        }
        let reports: Vec<Report> = checked.into_iter().map(|one| one.report).collect();
        self.write(args, &reports, &again)?;
        match signal.load(Ordering::Relaxed) {
            0 => Ok(exit),
            signal => {
                exit::complain("check: stopped; what had been run by then is reported");
                Ok(exit::signalled(signal))
            }
        }
    }

    fn one(
        &self,
        broker: &Broker,
        settings: &Settings,
        stop: &AtomicBool,
    ) -> Result<Checked, Error> {
        let chosen: Vec<&Case> =
            self.cases.iter().filter(|case| self.chosen.contains(&case.name)).collect();
        let progress = progress(chosen.len());
        let mut failed = 0;
        let mut told = |case: &report::Case| {
            if case.status == Status::Fail {
                failed += 1;
                progress.set_message(format!("{failed} failed"));
            }
            progress.inc(1);
        };
        let checked = check::check(broker, &chosen, &self.expectations, settings, stop, &mut told);
        progress.finish_and_clear();
        checked
    }

    fn write(&self, args: &CheckArgs, reports: &[Report], again: &[&str]) -> Result<(), Stop> {
        if reports.is_empty() {
            return Ok(());
        }
        let mut replays = match &args.replay_dir {
            Some(dir) => files::write_replays(dir, reports)?,
            None => Vec::new(),
        };
        replays.resize(reports.len(), Default::default());
        let shown = match args.verbose {
            0 => Shown::None,
            1 => Shown::Failures,
            _ => Shown::All,
        };
        for ((report, again), files) in reports.iter().zip(again).zip(replays) {
            let look = Look {
                colored: colored(args.color),
                wires: shown,
                again: (*again).to_owned(),
                files,
            };
            show(&tree::tree(report, &look));
        }
        if reports.len() > 1 {
            show(&tree::side_by_side(reports));
        }
        for (file, format) in args.report.iter().zip(&self.formats) {
            let text = render(*format, reports);
            std::fs::write(file, text).map_err(|error| {
                (format!("{}: {}", file.display(), crate::link::plain(&error)), exit::LOCAL)
            })?;
        }
        Ok(())
    }
}

/// What goes beyond the report: a broker that is gone, and faults of ours.
fn tell(checked: &Checked) {
    if let Some(lost) = &checked.lost {
        exit::complain(&format!("check: {lost}"));
    }
    for own in &checked.own {
        exit::complain(&format!("check: {own}; this is a mistake of etalon, please report it"));
    }
}

fn of(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Well => exit::OK,
        Outcome::UnexpectedPass => exit::UNEXPECTED,
        Outcome::Failed => exit::FAILED,
        Outcome::Lost => exit::UNREACHABLE,
        Outcome::Own => exit::LOCAL,
    }
}

/// The one that matters more.
fn worse(one: Exit, other: Exit) -> Exit {
    let order = [exit::LOCAL, exit::UNREACHABLE, exit::FAILED, exit::UNEXPECTED];
    order.into_iter().find(|exit| [one, other].contains(exit)).unwrap_or(exit::OK)
}

/// A signal stops the run; which one it was decides the exit status.
fn heed_signals(stop: &Arc<AtomicBool>) -> Result<Arc<AtomicI32>, Stop> {
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| (format!("signals cannot be received: {error}"), exit::LOCAL))?;
    let caught = Arc::new(AtomicI32::new(0));
    let (stop, signal) = (Arc::clone(stop), Arc::clone(&caught));
    std::thread::spawn(move || {
        if let Some(number) = signals.forever().next() {
            signal.store(number, Ordering::Relaxed);
            stop.store(true, Ordering::Relaxed);
        }
    });
    Ok(caught)
}

/// A line on stderr that shows how far it is; nothing where stderr is no terminal.
fn progress(cases: usize) -> ProgressBar {
    let bar = ProgressBar::new(cases as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} cases, {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar
}

fn show(text: &str) {
    // A reader that has seen enough is no failure.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
