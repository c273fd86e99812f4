//! `etalon fuzz`: somebody else's encoder or decoder, in a process of its own.
//!
//! Packets come from a seed and are asked for in batches, so that neither side waits for the other.
//! What is judged and how it becomes small stands in `etalon::testing`; here are the pipe, the
//! report and the exit status.

mod case;
mod child;
mod json;
mod report;

use std::collections::{BTreeMap, VecDeque};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use etalon::packet::Kind;
use etalon::testing::{Finding, Findings, Wanted, smallest_bytes, smallest_request};

use crate::args::{CodecArgs, FuzzArgs, Fuzzed};
use crate::exit::{self, Exit};
use case::{Case, Half, Said};
use child::{Codec, Failure};

/// So many questions wait for their answers at a time.
const IN_FLIGHT_MAX: usize = 64;

/// So many bytes of questions wait, or one question if it is larger.
const IN_FLIGHT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// So many packets without `--runs` and `--time`.
const RUNS: u64 = 10_000;

/// So often the progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Fuzzes.
pub fn run(args: &FuzzArgs) -> Exit {
    match &args.what {
        Fuzzed::Encoder(args) => codec(args, Half::Encoder),
        Fuzzed::Decoder(args) => codec(args, Half::Decoder),
        Fuzzed::Broker => {
            exit::complain("fuzz broker: not yet; `etalon replay --to` plays traces against one");
            exit::USAGE
        }
    }
}

fn codec(args: &CodecArgs, half: Half) -> Exit {
    if args.example {
        return report::example(half);
    }
    let given = match args.repeat.as_deref().map(|text| Case::parse(half, text)).transpose() {
        Ok(given) => given,
        Err(why) => {
            exit::complain(&format!("--repeat: {why}"));
            return exit::USAGE;
        }
    };
    let mut search = match Codec::start(&args.command, args.timeout) {
        Ok(codec) => Search::new(args, half, given, codec),
        Err(failure) => return failed(args, &failure, None),
    };
    let outcome = search.all().and_then(|()| search.shrink());
    let Search { codec, asked, tally, .. } = search;
    if let Err(failure) = outcome {
        return failed(args, &failure, asked.front());
    }
    if let Err(failure) = codec.finish() {
        return failed(args, &failure, None);
    }
    report::tell(args, half, &tally)
}

/// The command is no codec that could be judged.
fn failed(args: &CodecArgs, failure: &Failure, asked: Option<&Case>) -> Exit {
    exit::complain(&format!("{} {failure}", args.command.join(" ")));
    if let Some(case) = asked {
        let line = case.line();
        exit::complain(&format!("it was asked: {}", child::shown(line.as_bytes())));
    }
    exit::UNREACHABLE
}

/// What came of it.
#[derive(Debug)]
pub struct Tally {
    /// The findings.
    pub findings: Findings,
    /// How many packets were tried.
    pub cases: u64,
    /// How many of which type the codec does not do, and why not.
    pub unsupported: BTreeMap<Option<Kind>, (u64, String)>,
    /// How long it took.
    pub elapsed: Duration,
}

/// A search under way.
struct Search<'a> {
    args: &'a CodecArgs,
    half: Half,
    wanted: Wanted,
    given: Option<Case>,
    codec: Codec,
    /// Asked and not answered, the oldest first.
    asked: VecDeque<Case>,
    asked_bytes: VecDeque<usize>,
    tally: Tally,
    began: Instant,
    told: Instant,
}

impl<'a> Search<'a> {
    fn new(args: &'a CodecArgs, half: Half, given: Option<Case>, codec: Codec) -> Search<'a> {
        let mut wanted = Wanted { forbidden: !args.valid_only, ..Wanted::default() };
        if !args.kind.is_empty() {
            wanted.kinds.clone_from(&args.kind);
        }
        let now = Instant::now();
        let tally = Tally {
            findings: Findings::default(),
            cases: 0,
            unsupported: BTreeMap::new(),
            elapsed: Duration::ZERO,
        };
        Search {
            args,
            half,
            wanted,
            given,
            codec,
            asked: VecDeque::new(),
            asked_bytes: VecDeque::new(),
            tally,
            began: now,
            told: now,
        }
    }

    /// Asks for everything, and judges every answer.
    fn all(&mut self) -> Result<(), Failure> {
        if let Some(case) = self.given.take() {
            self.ask(case);
            return self.take(0);
        }
        let runs = self.args.runs.unwrap_or(match self.args.time {
            Some(_) => u64::MAX,
            None => RUNS,
        });
        let (mut asked, mut answered) = (0, 0);
        while answered < runs {
            let time_is_up = self.args.time.is_some_and(|time| self.began.elapsed() >= time);
            while asked < runs && !time_is_up && self.has_room() {
                self.ask(Case::draw(self.half, self.args.seed, asked, &self.wanted));
                asked = asked.saturating_add(1);
            }
            if self.asked.is_empty() {
                break;
            }
            self.take(answered)?;
            answered = answered.saturating_add(1);
            self.progress();
        }
        self.tally.elapsed = self.began.elapsed();
        Ok(())
    }

    fn has_room(&self) -> bool {
        let bytes: usize = self.asked_bytes.iter().sum();
        self.asked.is_empty() || self.asked.len() < IN_FLIGHT_MAX && bytes < IN_FLIGHT_BYTES_MAX
    }

    fn ask(&mut self, case: Case) {
        let line = case.line().into_bytes();
        self.asked_bytes.push_back(line.len());
        self.asked.push_back(case);
        self.codec.ask(line);
    }

    /// Takes the answer to the oldest question. It stays the oldest until it is understood.
    fn answered(&mut self) -> Result<Option<(Case, Said)>, Failure> {
        let answer = self.codec.answer()?;
        let Some(said) = self.asked.front().map(|case| case.judge(&answer)) else {
            return Ok(None);
        };
        let said = said?;
        self.asked_bytes.pop_front();
        Ok(self.asked.pop_front().map(|case| (case, said)))
    }

    fn take(&mut self, number: u64) -> Result<(), Failure> {
        let Some((case, said)) = self.answered()? else { return Ok(()) };
        self.tally.cases = self.tally.cases.saturating_add(1);
        match said {
            Said::Well => {}
            Said::Found(finding) => self.tally.findings.add(number, *finding),
            Said::Unsupported(why) => {
                let (count, _) = self.tally.unsupported.entry(case.kind()).or_insert((0, why));
                *count = count.saturating_add(1);
            }
        }
        Ok(())
    }

    /// Makes every example as small as it gets.
    fn shrink(&mut self) -> Result<(), Failure> {
        let mut findings = std::mem::take(&mut self.tally.findings);
        for found in findings.iter_mut() {
            let shown = found.finding.clone();
            let smallest = match (self.half, &found.finding.asked) {
                (Half::Encoder, Some(request)) => {
                    let asked = smallest_request(request.clone(), |candidates| {
                        self.first(candidates.iter().cloned().map(Case::Encode), &shown)
                    });
                    Case::Encode(asked?)
                }
                (Half::Encoder, None) => continue,
                (Half::Decoder, _) => {
                    let bytes = smallest_bytes(found.finding.bytes.clone(), |candidates| {
                        self.first(candidates.iter().cloned().map(Case::Decode), &shown)
                    });
                    Case::Decode(bytes?)
                }
            };
            self.ask(smallest);
            if let Some((_, Said::Found(finding))) = self.answered()?
                && shown.is_shown_by(&finding)
            {
                found.finding = *finding;
            }
        }
        self.tally.findings = findings;
        Ok(())
    }

    /// The first candidate that shows the same. They are asked in batches that grow, since the first
    /// ones are the likeliest.
    fn first(
        &mut self,
        candidates: impl Iterator<Item = Case>,
        shown: &Finding,
    ) -> Result<Option<usize>, Failure> {
        let mut candidates = candidates.peekable();
        let (mut answered, mut batch) = (0, 4);
        while candidates.peek().is_some() {
            while self.asked.len() < batch
                && self.has_room()
                && let Some(case) = candidates.next()
            {
                self.ask(case);
            }
            let mut first = None;
            while !self.asked.is_empty() {
                if let Some((_, Said::Found(finding))) = self.answered()?
                    && shown.is_shown_by(&finding)
                {
                    first = first.or(Some(answered));
                }
                answered += 1;
            }
            if first.is_some() {
                return Ok(first);
            }
            batch = (batch * 2).min(IN_FLIGHT_MAX);
        }
        Ok(None)
    }

    /// On a terminal only.
    fn progress(&mut self) {
        if self.told.elapsed() < PROGRESS_EVERY {
            return;
        }
        self.told = Instant::now();
        let mut stderr = std::io::stderr().lock();
        if stderr.is_terminal() {
            let (cases, found) = (self.tally.cases, self.tally.findings.len());
            let seconds = self.began.elapsed().as_secs_f64();
            // Nothing is lost if nobody sees it.
            let _ = write!(stderr, "\r{cases} packets, {found} findings, {seconds:.0} s \r");
        }
    }
}
