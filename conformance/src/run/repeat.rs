//! S-104: a server may plead an excuse for a close, and a network for what comes late. So such a
//! failure counts when it comes three times.

use super::{Options, Run, run};
use crate::report::Runs;
use crate::target::Target;
use crate::trace::Trace;
use crate::verdict::{Cause, Verdict};

/// How often in all a trace is played that fails without proof.
const RUNS: u32 = 3;

/// What several runs of a trace came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The run that says most: the last if it fails for good, else the first that failed.
    pub run: Run,
    /// How often it was run, and how often it failed.
    pub runs: Runs,
}

/// Plays `trace`, each time against a new `target`, and twice more if it failed in a way for which
/// there may be an excuse. It fails if it fails three times, and is unstable if it fails less often.
pub fn run_with_repeats<T: Target>(
    mut target: impl FnMut() -> T,
    trace: &Trace,
    options: &Options,
) -> Repeated {
    let mut first = run(&mut target(), trace, options);
    let mut runs = Runs { all: 1, failed: u32::from(failed(&first)) };
    if !may_be_excused(&first) {
        return Repeated { run: first, runs };
    }
    while runs.all < RUNS {
        // What a run leaves behind must not meet the next.
        let prefix = format!("{}r{}", options.prefix, runs.all);
        let again = run(&mut target(), trace, &Options { prefix, ..options.clone() });
        runs.all += 1;
        if failed(&again) {
            runs.failed += 1;
            if !may_be_excused(&again) {
                return Repeated { run: again, runs };
            }
            first = again;
        }
    }
    if runs.failed < runs.all
        && let Verdict::Fail(failure) = first.verdict
    {
        first.verdict = Verdict::Unstable(failure);
    }
    Repeated { run: first, runs }
}

fn failed(run: &Run) -> bool {
    matches!(run.verdict, Verdict::Fail(_)) || !run.breaches.is_empty()
}

/// Whether only the trace has seen a failure, and one that proves nothing if it is seen once.
fn may_be_excused(run: &Run) -> bool {
    match &run.verdict {
        Verdict::Fail(failure) => {
            run.breaches.is_empty()
                && match failure.cause {
                    Cause::Closed | Cause::Missing => true,
                    Cause::Wrong => false,
                }
        }
        Verdict::Pass | Verdict::Inconclusive(_) | Verdict::Skipped(_) | Verdict::Unstable(_) => {
            false
        }
    }
}
