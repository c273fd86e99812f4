//! What is wrong with a trace: line, column, what was expected and what stands there instead.

use std::fmt;

/// A mistake in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What could have stood there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl Mistake {
    /// The mistake at the beginning of `rest`, with which `text` ends.
    pub(super) fn at(text: &str, rest: &str, expected: String) -> Mistake {
        let before = &text[..text.len().saturating_sub(rest.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let word: String = rest.chars().take_while(|at| !at.is_whitespace()).take(40).collect();
        let found = match rest.chars().next() {
            None => "the end of the trace".into(),
            Some('\n' | '\r') => "the end of the line".into(),
            Some(at) if at.is_whitespace() => "a space".into(),
            Some(_) => format!("{word:?}"),
        };
        Mistake { line, column, expected, found }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mistake { line, column, expected, found } = self;
        write!(out, "line {line}, column {column}: expected {expected}, found {found}")
    }
}

impl std::error::Error for Mistake {}
