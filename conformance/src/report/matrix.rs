//! Statements against brokers: what each of several reports says about each statement.

use etalon::spec::{Id, Statement};

use super::{Report, Status};

/// One statement and what became of it with every broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `MQTT-4.3.3-2`
    pub id: String,
    /// The statement; a file from elsewhere may name one that the standard does not have.
    pub statement: Option<&'static Statement>,
    /// In the order of the reports; `None` where nothing covers it.
    pub cells: Vec<Option<Status>>,
}

impl Row {
    /// Whether brokers come out differently; where nothing covers it, nothing is said.
    pub fn differs(&self) -> bool {
        let mut known = self.cells.iter().flatten();
        let first = known.next();
        known.any(|status| Some(status) != first)
    }
}

/// The statement that `id` names.
pub fn statement(id: &str) -> Option<&'static Statement> {
    id.parse::<Id>().ok().map(Id::statement)
}

/// Every statement that one of the reports knows, in the order of the standard.
pub fn rows(reports: &[Report]) -> Vec<Row> {
    let all = reports.iter().flat_map(|report| &report.statements);
    let mut ids: Vec<&str> = all.map(|statement| statement.id.as_str()).collect();
    ids.sort_by_key(|id| (id.parse::<Id>().map_or((1, None), |id| (0, Some(id))), *id));
    ids.dedup();
    ids.into_iter()
        .map(|id| Row {
            id: id.to_owned(),
            statement: statement(id),
            cells: reports.iter().map(|report| cell(report, id)).collect(),
        })
        .collect()
}

fn cell(report: &Report, id: &str) -> Option<Status> {
    report.statements.iter().find(|statement| statement.id == id).map(|found| found.status)
}
