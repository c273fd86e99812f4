//! The formats of a report, chosen by the ending of a file.
//!
//! Reports of several brokers are one document: an array in JSON, a suite each in JUnit, statements
//! against brokers for people. The same reports always come out as the same bytes.

use std::path::Path;

use super::{Report, html, junit, markdown, tap};

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The report itself, as `SCHEMA.md` describes it.
    Json,
    /// JUnit's XML, which continuous integration reads.
    Junit,
    /// One page for people, with nothing beside it.
    Html,
    /// For code hosts.
    Markdown,
    /// Test Anything Protocol 14.
    Tap,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 5] =
        [Format::Json, Format::Junit, Format::Html, Format::Markdown, Format::Tap];

    /// The ending of its files.
    pub const fn ending(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Junit => "xml",
            Format::Html => "html",
            Format::Markdown => "md",
            Format::Tap => "tap",
        }
    }

    /// The format that the ending of `path` names.
    ///
    /// # Errors
    /// What the endings are, if it is none of them.
    pub fn of(path: &Path) -> Result<Format, String> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        Format::ALL.into_iter().find(|format| format.ending() == ending).ok_or_else(|| {
            format!(
                "{}: the ending of a report's file names its format: .json, .xml (JUnit), .html, .md \
                 or .tap",
                path.display()
            )
        })
    }
}

/// The reports of one or more brokers as one document.
pub fn render(format: Format, reports: &[Report]) -> String {
    match format {
        Format::Json => json(reports),
        Format::Junit => junit::render(reports),
        Format::Html => html::render(reports),
        Format::Markdown => markdown::render(reports),
        Format::Tap => tap::render(reports),
    }
}

fn json(reports: &[Report]) -> String {
    let text = match reports {
        [report] => serde_json::to_string_pretty(report),
        reports => serde_json::to_string_pretty(reports),
    };
    text.expect("a report is text, numbers and lists of them") + "\n"
}
