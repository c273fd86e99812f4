//! `--expect FILE`: failures that are known, each with its reason.
//!
//! An entry answers for one case, and with `id` only for a failure under that statement. An entry
//! whose case passes is reported, so that the file never rots.

use std::path::Path;

use etalon::spec::Id;
use serde::Deserialize;

use crate::report::{self, Status};
use crate::suite::Case;

use super::nearest;

/// What a file expects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    /// One entry for each known failure.
    #[serde(default, rename = "expect")]
    pub entries: Vec<Entry>,
}

/// A known failure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The case that fails: `4.3.3/two_steps`.
    pub case: String,
    /// The statement it fails under; without it, any.
    pub id: Option<String>,
    /// Why that is known and left so.
    pub reason: String,
}

impl Expectations {
    /// Reads a file's text; `file` is for complaints.
    ///
    /// # Errors
    /// What cannot be read, with its line, or an entry that names no case or no statement.
    pub fn read(file: &Path, text: &str, cases: &[Case]) -> Result<Expectations, String> {
        let shown = file.display();
        let mut read: Expectations =
            toml::from_str(text).map_err(|error| format!("{shown}: {error}"))?;
        for entry in &mut read.entries {
            if !cases.iter().any(|case| case.name == entry.case) {
                let known = cases.iter().map(|case| case.name.as_str());
                return Err(format!(
                    "{shown}: [[expect]] {}: no such case{}",
                    entry.case,
                    nearest::hint(&entry.case, known)
                ));
            }
            if entry.reason.trim().is_empty() {
                return Err(format!("{shown}: [[expect]] {}: the reason is empty", entry.case));
            }
            if let Some(id) = &entry.id {
                let read: Id = id.parse().map_err(|_| {
                    format!("{shown}: [[expect]] {}: {id} is no statement", entry.case)
                })?;
                entry.id = Some(super::bare(read));
            }
        }
        Ok(read)
    }

    /// What is said about a case with this outcome; nothing for a case that no entry names, and for
    /// one that could not be decided.
    pub fn on(&self, case: &report::Case) -> Option<report::Expected> {
        let of: Vec<&Entry> = self.entries.iter().filter(|entry| entry.case == case.name).collect();
        let first = of.first()?;
        let expected =
            |met, entry: &Entry| Some(report::Expected { met, reason: entry.reason.clone() });
        match case.status {
            Status::Fail => {
                let meets = |entry: &&&Entry| {
                    entry.id.as_ref().is_none_or(|id| case.broken.iter().any(|one| one == id))
                };
                of.iter().find(meets).and_then(|entry| expected(true, entry))
            }
            Status::Pass | Status::Warn => expected(false, first),
            Status::Unstable | Status::Inconclusive | Status::Skipped => None,
        }
    }
}
