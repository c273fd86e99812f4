//! What the words of a trace stand for in one run: the prefix, Client Identifiers, variables.

use std::collections::BTreeMap;

use crate::trace::Number;

/// The names of one run.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// What `{t}` stands for.
    prefix: String,
    variables: BTreeMap<String, u16>,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Names {
        Names { prefix: prefix.to_owned(), variables: BTreeMap::new() }
    }

    pub(super) fn fill(&self, text: &str) -> String {
        text.replace("{t}", &self.prefix)
    }

    /// The Client Identifier of a peer: at most 23 of the characters that every Server takes.
    pub(super) fn client(&self, who: &str) -> String {
        let letters = |text: &str| text.replace(|at: char| !at.is_ascii_alphanumeric(), "");
        let mut id = letters(&self.prefix) + &letters(who);
        id.truncate(23);
        id
    }

    /// The identifier, if it has a value.
    pub(super) fn number(&self, number: &Number) -> Option<u16> {
        match number {
            Number::Is(number) => Some(*number),
            Number::Variable(name) => self.variables.get(name).copied(),
            Number::Any => None,
        }
    }

    /// Whether `value` may stand for it.
    pub(super) fn agrees(&self, number: &Number, value: u16) -> bool {
        self.number(number).is_none_or(|known| known == value)
    }

    /// From now on it stands for `value`.
    pub(super) fn bind(&mut self, number: &Number, value: u16) {
        if let Number::Variable(name) = number {
            self.variables.insert(name.clone(), value);
        }
    }
}
