//! The traces of this build, and how some of them are chosen.
//!
//! The texts are part of the binary; `traces/<section>/<name>.trace` is the case `<section>/<name>`.

use std::fmt;
use std::str::FromStr;

use etalon::spec::{Id, Section};

use crate::trace::{Mistake, Trace};

include!(concat!(env!("OUT_DIR"), "/traces.rs"));

/// A trace of the suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// `4.3.3/two_steps`
    pub name: String,
    /// The text as it stands in the repository.
    pub text: String,
    /// What it says.
    pub trace: Trace,
}

impl Case {
    /// The section that it stands under.
    pub fn section(&self) -> &str {
        self.name.split_once('/').map_or("", |(section, _)| section)
    }

    /// The comment at its head, on one line.
    pub fn about(&self) -> String {
        self.trace.about.join(" ")
    }
}

/// All cases, by section in the order of the standard, then by name.
///
/// # Errors
/// The name of a trace that cannot be read, and why; a test holds that there is none.
pub fn cases() -> Result<Vec<Case>, (String, Mistake)> {
    let mut cases = FILES
        .iter()
        .map(|(name, text)| match text.parse() {
            Ok(trace) => Ok(Case { name: (*name).to_owned(), text: (*text).to_owned(), trace }),
            Err(mistake) => Err(((*name).to_owned(), mistake)),
        })
        .collect::<Result<Vec<Case>, _>>()?;
    cases.sort_by_cached_key(|case| (numbers(case.section()), case.name.clone()));
    Ok(cases)
}

fn numbers(section: &str) -> Vec<u32> {
    section.split('.').map(|number| number.parse().unwrap_or(u32::MAX)).collect()
}

/// What chooses cases: a statement, a section with all below it, a name, or a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Select {
    /// `MQTT-3.8.4-3`: the cases that cover it.
    Statement(Id),
    /// `3.8.4`, and `3` for the whole chapter.
    Section(String),
    /// `4.3.3/two_steps`
    Name(String),
    /// `qos2`
    Tag(String),
}

impl Select {
    /// Whether it chooses this case.
    pub fn takes(&self, case: &Case) -> bool {
        match self {
            Select::Statement(id) => case.trace.covers.contains(id),
            Select::Section(section) => case
                .section()
                .strip_prefix(section.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
            Select::Name(name) => case.name == *name,
            Select::Tag(tag) => case.trace.tags.contains(tag),
        }
    }
}

impl FromStr for Select {
    type Err = String;

    fn from_str(text: &str) -> Result<Select, String> {
        let bare = text.trim_matches(['[', ']']);
        if bare.to_ascii_uppercase().starts_with("MQTT-") {
            return bare.parse().map(Select::Statement).map_err(|_| {
                format!("{text}: the standard has no such statement (`etalon explain SECTION` lists them)")
            });
        }
        if text.contains('/') {
            return Ok(Select::Name(text.trim_end_matches(".trace").to_owned()));
        }
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            let known =
                Section::find(text).is_some() || matches!(text, "1" | "2" | "3" | "4" | "6" | "7");
            return if known {
                Ok(Select::Section(text.to_owned()))
            } else {
                Err(format!("{text}: the standard has no such section"))
            };
        }
        Ok(Select::Tag(text.to_owned()))
    }
}

impl fmt::Display for Select {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Select::Statement(id) => write!(out, "{id}"),
            Select::Section(text) | Select::Name(text) | Select::Tag(text) => out.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn cases_stand_in_the_order_of_the_standard() {
        let cases = cases().unwrap();
        let sections: Vec<Vec<u32>> = cases.iter().map(|case| numbers(case.section())).collect();
        assert!(sections.is_sorted(), "{sections:?}");
        assert!(sections.len() > 500);
    }

    #[test]
    fn a_section_takes_what_is_below_it_and_nothing_beside_it() {
        let cases = cases().unwrap();
        let of = |text: &str| {
            let select: Select = text.parse().unwrap();
            cases.iter().filter(|case| select.takes(case)).collect::<Vec<_>>()
        };
        assert!(of("3.1.2").iter().any(|case| case.section() == "3.1.2.10"));
        assert!(of("3.1").iter().all(|case| !case.section().starts_with("3.10")));
        assert_eq!(of("4.3.3/two_steps").len(), 1);
        assert!(
            of("MQTT-3.8.4-3").iter().all(|case| case.trace.covers.contains(&Id::MQTT_3_8_4_3))
        );
        assert!(!of("[MQTT-3.8.4-3]").is_empty());
        assert!(!of("malformed").is_empty());
    }

    #[test]
    fn what_the_standard_does_not_have_is_said() {
        assert!("MQTT-3.8.4-9".parse::<Select>().unwrap_err().contains("no such statement"));
        assert!("9.9".parse::<Select>().unwrap_err().contains("no such section"));
    }
}
