//! What Etalon has to show for a statement, as `spec/COVERAGE.md` has it.
//!
//! The table is made by the test that makes that page, and is checked in here because the sources
//! are not at hand where the command runs. Its words are used as there: a mark claims, a trace that
//! runs the marked line witnesses, and a saboteur that is caught is killed.

use etalon::spec::Id;

use super::page::{Ink, Page};

/// Statement, kind and fact to a line, with tabs between them.
const TABLE: &str = include_str!("evidence.tsv");

/// How many traces are named.
const TRACES_MAX: usize = 8;

/// The width of the labels.
const LABEL_COLUMNS: usize = 10;

/// What there is for one statement.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Evidence<'a> {
    deviates: Vec<&'a str>,
    upheld: Vec<&'a str>,
    by_type: Vec<&'a str>,
    judged: Vec<&'a str>,
    traces: Vec<&'a str>,
    tests: Vec<&'a str>,
    killed: Vec<&'a str>,
    survived: Vec<&'a str>,
}

impl Evidence<'static> {
    /// For a statement, as of this build.
    pub fn of(id: Id) -> Evidence<'static> {
        Evidence::read(TABLE, id)
    }
}

impl<'a> Evidence<'a> {
    /// What a table says of a statement.
    pub fn read(table: &'a str, id: Id) -> Evidence<'a> {
        let mut found = Evidence::default();
        let rows =
            table.lines().filter_map(|line| line.strip_prefix(id.name())?.strip_prefix('\t'));
        for (kind, fact) in rows.filter_map(|row| row.split_once('\t')) {
            match kind {
                "deviates" => found.deviates.push(fact),
                "upheld" => found.upheld.push(fact),
                "by type" => found.by_type.push(fact),
                "judged" => found.judged.push(fact),
                "traces" => found.traces.extend(fact.split(' ')),
                "tests" => found.tests.extend(fact.split(' ')),
                "killed" => found.killed.push(fact),
                "survived" => found.survived.push(fact),
                _ => debug_assert!(false, "{kind} is no kind of evidence"),
            }
        }
        found
    }

    /// All of it, with a heading.
    pub fn show(&self, page: &mut Page) {
        page.gap();
        page.line("  Evidence:");
        let deviates = page.ink(Ink::Doubtful, "deviates");
        // The colour takes no room.
        let pad = " ".repeat(LABEL_COLUMNS - "deviates".len());
        self.deviates.iter().for_each(|why| page.item(4, &format!("{deviates}{pad}"), why));
        rows(page, "upheld", &self.upheld);
        rows(page, "by type", &self.by_type);
        rows(page, "judged", &by_file(&self.judged));
        rows(page, "traces", &self.named_traces());
        rows(page, "tests", &self.counted_tests());
        rows(page, "saboteurs", &self.saboteurs());
    }

    /// All of it in a line.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        let claims = [
            (self.deviates.is_empty(), "deviates"),
            (self.upheld.is_empty(), "upheld"),
            (self.by_type.is_empty(), "by type"),
            (self.judged.is_empty(), "judged"),
        ];
        let claims: Vec<&str> =
            claims.into_iter().filter(|(none, _)| !none).map(|(_, word)| word).collect();
        parts.push(claims.join(", "));
        let counts = [counted(self.traces.len(), "trace"), counted(self.tests.len(), "test")];
        parts.push(counts.into_iter().flatten().collect::<Vec<String>>().join(", "));
        let saboteurs = self.killed.len() + self.survived.len();
        if saboteurs > 0 {
            parts.push(format!("{}/{saboteurs} saboteurs killed", self.killed.len()));
        }
        parts.retain(|part| !part.is_empty());
        if parts.is_empty() { "none".to_owned() } else { parts.join("; ") }
    }

    fn named_traces(&self) -> Vec<String> {
        let named = self.traces.get(..TRACES_MAX).unwrap_or(&self.traces);
        let more = self.traces.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        match named.is_empty() {
            true => Vec::new(),
            false => vec![format!("{}: {}{more}", self.traces.len(), named.join(", "))],
        }
    }

    fn counted_tests(&self) -> Vec<String> {
        let mut kinds: Vec<&str> = self.tests.clone();
        kinds.sort_unstable();
        kinds.dedup();
        let count = |kind: &str| self.tests.iter().filter(|test| **test == kind).count();
        // Unit tests are the rule, the others are worth their names.
        kinds.sort_by_key(|kind| *kind != "unit");
        let counts: Vec<String> =
            kinds.iter().map(|kind| format!("{} {kind}", count(kind))).collect();
        if counts.is_empty() { Vec::new() } else { vec![counts.join(", ")] }
    }

    fn saboteurs(&self) -> Vec<String> {
        let all = self.killed.len() + self.survived.len();
        if all == 0 {
            return Vec::new();
        }
        let names: Vec<String> = self
            .killed
            .iter()
            .map(|name| (*name).to_owned())
            .chain(self.survived.iter().map(|name| format!("{name} (survived)")))
            .collect();
        vec![format!("{} of {all} killed: {}", self.killed.len(), names.join(", "))]
    }
}

/// The label stands before the first.
fn rows(page: &mut Page, label: &str, facts: &[impl AsRef<str>]) {
    for (place, fact) in facts.iter().enumerate() {
        let label = if place == 0 { label } else { "" };
        page.item(4, &format!("{label:LABEL_COLUMNS$}"), fact.as_ref());
    }
}

/// `file function` and `file other` become `file function, other`.
fn by_file(places: &[&str]) -> Vec<String> {
    let mut files: Vec<(&str, Vec<&str>)> = Vec::new();
    for place in places {
        let (file, item) = place.split_once(' ').unwrap_or((place, ""));
        match files.iter_mut().find(|(known, _)| *known == file) {
            Some((_, items)) => items.push(item),
            None => files.push((file, vec![item])),
        }
    }
    files.into_iter().map(|(file, items)| format!("{file} {}", items.join(", "))).collect()
}

fn counted(count: usize, what: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    }
}
