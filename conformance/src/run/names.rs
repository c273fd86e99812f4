//! What the words of a trace stand for in one run: the prefix, Client Identifiers, variables.

use std::collections::BTreeMap;

use super::Options;
use crate::trace::Number;

/// The names of one run.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// What `{t}` stands for.
    prefix: String,
    /// What the target does not grant; a trace that needs it is skipped where it is not known.
    denied_filter: String,
    denied_topic: String,
    variables: BTreeMap<String, u16>,
}

impl Names {
    pub(super) fn new(options: &Options) -> Names {
        let denied = |name: &Option<String>| name.clone().unwrap_or_default();
        Names {
            prefix: options.prefix.clone(),
            denied_filter: denied(&options.denied_filter),
            denied_topic: denied(&options.denied_topic),
            variables: BTreeMap::new(),
        }
    }

    pub(super) fn fill(&self, text: &str) -> String {
        text.replace("{t}", &self.prefix)
            .replace("{denied-filter}", &self.denied_filter)
            .replace("{denied-topic}", &self.denied_topic)
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
