//! A failure as a trace that shows it again: what leads to it, and what is broken.

use super::Run;
use crate::trace::{Act, Branch, Heard, Line, Step, Trace};
use crate::verdict::{Failure, Verdict};

impl Run {
    /// The trace up to where it failed, with a comment that says what is broken; all of it where
    /// only the audit complains. `None` if nothing is broken.
    pub fn replay(&self, trace: &Trace) -> Option<Trace> {
        let mut shown = trace.clone();
        match &self.verdict {
            Verdict::Fail(failure) | Verdict::Unstable(failure) => {
                let end = trace.steps.iter().position(|step| reaches(step, failure.line));
                shown.steps.truncate(end.map_or(trace.steps.len(), |end| end + 1));
                shown.about.push(broken(failure));
            }
            Verdict::Pass | Verdict::Inconclusive(_) | Verdict::Skipped(_) => {}
        }
        for found in &self.breaches {
            let of = if found.who.is_empty() { "all connections" } else { &found.who };
            let line = format!("The audit, of {of}: {}", found.violation);
            if !shown.about.contains(&line) {
                shown.about.push(line);
            }
        }
        (shown.about.len() > trace.about.len()).then_some(shown)
    }
}

fn broken(failure: &Failure) -> String {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (expected, seen) = (one_line(&failure.expected), one_line(&failure.seen));
    format!("Broken: {} at `{expected}`: {seen}.", failure.id)
}

/// Whether the line stands in this step.
fn reaches(step: &Step, line: Line) -> bool {
    let heard = |heard: &Heard| heard.line.0 == line.0;
    let within = |branch: &Branch| {
        heard(&branch.first) || branch.rest.iter().any(|step| reaches(step, line))
    };
    step.line.0 == line.0
        || match &step.act {
            Act::Hear(one) => heard(one),
            Act::Any(all) => all.iter().any(heard),
            Act::Either(branches) => branches.iter().any(within),
            Act::Optional(branch) => within(branch),
            Act::Say { .. } | Act::Link { .. } | Act::Wait(_) | Act::Remark(_) | Act::Restart => {
                false
            }
        }
}
