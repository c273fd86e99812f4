//! S-104: a server may plead an excuse for a close, and a network for what comes late. So such a
//! failure counts when it comes three times.

use etalon::violation::Rule;

use super::{Found, Options, Run, run};
use crate::report::Runs;
use crate::target::Target;
use crate::trace::{Line, Trace};
use crate::verdict::{Cause, Failure, Stop, Verdict};

/// How often in all a trace is played that fails without proof.
const RUNS: u32 = 3;

/// What several runs of a trace came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The run that says most: the last if it fails for good, else the last that failed.
    pub run: Run,
    /// How often it was run, and how often it failed.
    pub runs: Runs,
}

/// Plays `trace`, each time against a new `target`, and twice more if it failed in a way for which
/// there may be an excuse. It fails if it fails three times, and is unstable if it fails less often.
/// A breach without excuse counts when it is seen, but does not make the rest of its run count.
pub fn run_with_repeats<T: Target>(
    mut target: impl FnMut() -> T,
    trace: &Trace,
    options: &Options,
) -> Repeated {
    let mut worst = run(&mut target(), trace, options);
    let mut proof = Some(worst.clone()).filter(|run| !firm(run).is_empty());
    let mut runs = Runs { all: 1, failed: u32::from(failed(&worst)) };
    if !may_be_excused(&worst) {
        return Repeated { run: worst, runs };
    }
    let mut excusable = 1;
    while runs.all < RUNS {
        // What a run leaves behind must not meet the next.
        let prefix = format!("{}r{}", options.prefix, runs.all);
        let again = run(&mut target(), trace, &Options { prefix, ..options.clone() });
        runs.all += 1;
        runs.failed += u32::from(failed(&again));
        if is_wrong(&again) {
            return Repeated { run: again, runs };
        }
        if !firm(&again).is_empty() {
            proof = Some(again.clone());
        }
        if may_be_excused(&again) {
            excusable += 1;
            worst = again;
        }
    }
    if excusable < runs.all {
        match proof {
            Some(run) => {
                worst = run;
                leave_excusable(&mut worst);
            }
            None => unstable(&mut worst, trace),
        }
    }
    Repeated { run: worst, runs }
}

fn failed(run: &Run) -> bool {
    matches!(run.verdict, Verdict::Fail(_)) || !run.breaches.is_empty()
}

/// Whether something came that may not come.
fn is_wrong(run: &Run) -> bool {
    matches!(&run.verdict, Verdict::Fail(failure) if failure.cause == Cause::Wrong)
}

/// Whether it failed by what proves nothing if it is seen once, whatever else it failed by.
fn may_be_excused(run: &Run) -> bool {
    let trace = matches!(run.verdict, Verdict::Fail(_));
    !is_wrong(run) && (trace || run.breaches.iter().any(is_missing))
}

/// The breaches for which there is no excuse.
fn firm(run: &Run) -> Vec<&Found> {
    run.breaches.iter().filter(|found| !is_missing(found)).collect()
}

/// What may be excused and did not come each time is not held against the server.
fn leave_excusable(run: &mut Run) {
    run.breaches.retain(|found| !is_missing(found));
    if let Verdict::Fail(failure) = &run.verdict {
        let stop = Stop { line: failure.line, why: failure.seen.clone() };
        run.verdict = Verdict::Inconclusive(stop);
    }
}

/// Whether it is something that did not come in time.
const fn is_missing(found: &Found) -> bool {
    matches!(
        found.violation.rule,
        Rule::MessageLost | Rule::Unanswered | Rule::RepeatUnanswered | Rule::StillOpen
    )
}

/// What it failed by is not held against the server.
fn unstable(run: &mut Run, trace: &Trace) {
    let first = std::mem::take(&mut run.breaches).into_iter().next();
    let verdict = std::mem::replace(&mut run.verdict, Verdict::Pass);
    run.verdict = match (verdict, first) {
        (Verdict::Fail(failure), _) => Verdict::Unstable(failure),
        (_, Some(found)) => Verdict::Unstable(Box::new(Failure {
            id: found.violation.id,
            line: trace.steps.last().map_or(Line(1), |step| step.line),
            cause: Cause::Missing,
            expected: "everything that is owed".into(),
            seen: found.violation.to_string(),
            came: Vec::new(),
            more: 0,
        })),
        (other, None) => other,
    };
}
