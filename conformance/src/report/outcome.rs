//! What a case counts as once `--expect` is taken into account, and the sentences at the head of a
//! report. Every format counts and words it the same way because all of them ask here.

use etalon::spec::{Binds, Shows};

use super::{Case, Report, Statement, Status, matrix};

/// What a case counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Failed, and nobody expected it.
    Fail,
    /// Passed although a failure is expected.
    UnexpectedPass,
    /// Failed only sometimes.
    Unstable,
    /// Failed as expected.
    ExpectedFailure,
    /// Passed with warnings.
    Warn,
    /// Passed.
    Pass,
    /// Could not be decided.
    Inconclusive,
    /// Not run.
    Skipped,
}

impl Outcome {
    /// The gravest first.
    pub const ALL: [Outcome; 8] = [
        Outcome::Fail,
        Outcome::UnexpectedPass,
        Outcome::Unstable,
        Outcome::ExpectedFailure,
        Outcome::Warn,
        Outcome::Pass,
        Outcome::Inconclusive,
        Outcome::Skipped,
    ];

    /// What `case` counts as.
    pub fn of(case: &Case) -> Outcome {
        let expected = case.expected.as_ref().map(|expected| expected.met);
        match (case.status, expected) {
            (Status::Fail, Some(true)) => Outcome::ExpectedFailure,
            (Status::Pass | Status::Warn, Some(false)) => Outcome::UnexpectedPass,
            (status, _) => Outcome::from(status),
        }
    }

    /// As reports write it; one word, so that it can be searched for and styled.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Fail => "fail",
            Outcome::UnexpectedPass => "unexpected-pass",
            Outcome::Unstable => "unstable",
            Outcome::ExpectedFailure => "expected-failure",
            Outcome::Warn => "warn",
            Outcome::Pass => "pass",
            Outcome::Inconclusive => "inconclusive",
            Outcome::Skipped => "skipped",
        }
    }

    /// In running text, after a number.
    pub const fn phrase(self) -> &'static str {
        match self {
            Outcome::Fail => "failed",
            Outcome::UnexpectedPass => "passed unexpectedly",
            Outcome::Unstable => "unstable",
            Outcome::ExpectedFailure => "failed as expected",
            Outcome::Warn => "passed with warnings",
            Outcome::Pass => "passed",
            Outcome::Inconclusive => "inconclusive",
            Outcome::Skipped => "skipped",
        }
    }

    /// A sign that says it without colour.
    pub const fn sign(self) -> &'static str {
        match self {
            Outcome::Fail => "✗",
            Outcome::UnexpectedPass => "★",
            Outcome::Unstable => "~",
            Outcome::ExpectedFailure => "⊗",
            Outcome::Warn => "!",
            Outcome::Pass => "✓",
            Outcome::Inconclusive => "?",
            Outcome::Skipped => "–",
        }
    }
}

impl From<Status> for Outcome {
    fn from(status: Status) -> Outcome {
        match status {
            Status::Pass => Outcome::Pass,
            Status::Warn => Outcome::Warn,
            Status::Fail => Outcome::Fail,
            Status::Inconclusive => Outcome::Inconclusive,
            Status::Skipped => Outcome::Skipped,
            Status::Unstable => Outcome::Unstable,
        }
    }
}

impl Report {
    /// What the broker is called: its name, else its address.
    pub fn label(&self) -> &str {
        self.target.name.as_deref().unwrap_or(&self.target.address)
    }

    /// How many cases came to what, the gravest first and without those that did not happen.
    pub fn counts(&self) -> Vec<(Outcome, usize)> {
        let count = |outcome| self.cases.iter().filter(|case| Outcome::of(case) == outcome).count();
        Outcome::ALL
            .into_iter()
            .map(|outcome| (outcome, count(outcome)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// The breaches by the broker that the audit saw in `case`.
    pub fn breaches_in<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = &'a super::Breach> {
        self.breaches.iter().filter(|breach| breach.case == case.name && breach.by == "server")
    }

    /// How many statements that a Server shows a case came to a decision about.
    pub fn judged(&self) -> usize {
        self.statements
            .iter()
            .filter(|statement| shows(statement) && judged(statement.status))
            .count()
    }

    /// The whole run in a sentence.
    pub fn verdict(&self) -> String {
        let label = self.label();
        let broken = self.summary.broken.len();
        let judged = self.judged();
        if judged == 0 {
            return format!("{label} could not be judged: no case came to a decision.");
        }
        if broken == 0 {
            let all = plural(judged, "statement");
            return format!("{label} breaks none of the {all} it was judged by.");
        }
        let unmet = self.cases.iter().any(|case| Outcome::of(case) == Outcome::Fail);
        let expected = if unmet { "" } else { ", and all of that is expected" };
        let all = plural(judged, "statement");
        format!("{label} breaks {broken} of the {all} it was judged by{expected}.")
    }

    /// The counts in a sentence.
    pub fn tally(&self) -> String {
        let counts: Vec<String> = self
            .counts()
            .into_iter()
            .map(|(outcome, count)| format!("{count} {}", outcome.phrase()))
            .collect();
        format!("{}: {}.", plural(self.cases.len(), "case"), counts.join(", "))
    }
}

/// Whether a Server can be seen to break it.
fn shows(statement: &Statement) -> bool {
    let broken = statement.status == Status::Fail;
    broken
        || matrix::statement(&statement.id)
            .is_none_or(|own| own.binds != Binds::Client && own.shows != Shows::Nowhere)
}

/// Whether cases came to a decision about a statement.
fn judged(status: Status) -> bool {
    match status {
        Status::Pass | Status::Warn | Status::Fail | Status::Unstable => true,
        Status::Inconclusive | Status::Skipped => false,
    }
}

/// `1 case`, `2 cases`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
