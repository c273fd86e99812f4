//! Statements against brokers, and where each broker's part begins.

use maud::{Markup, html};

use super::section::title;
use super::{Page, badge, plain, prefix, shown};
use crate::report::matrix::{Row, rows};
use crate::report::outcome::{Outcome, plural};
use crate::report::{Report, Status};

/// The matrix with what stands above it.
pub fn overview(reports: &[Report]) -> Markup {
    let rows = rows(reports);
    let differing = rows.iter().filter(|row| row.differs()).count();
    html! {
        header.head.all {
            p.kind { "MQTT 3.1.1 conformance" }
            h1 { (plural(reports.len(), "broker")) " side by side" }
            (brokers(reports))
            section.matrix id="matrix" {
                h2 { "Statements and brokers" }
                label.chip {
                    input id="differ" type="checkbox"; " only where they differ "
                    b { (differing) }
                }
                div.scroll tabindex="0" role="region" aria-label="Statements and brokers" {
                    (table(reports, &rows))
                }
            }
        }
    }
}

fn brokers(reports: &[Report]) -> Markup {
    html! {
        ul.brokers {
            @for (number, report) in (1..).zip(reports) {
                @let page = Page { report, prefix: prefix(number) };
                li {
                    h2 { a href=(format!("#{}", page.id("broker"))) { (shown(report.label())) } }
                    p { (shown(&report.verdict())) }
                    p.counts { @for (outcome, count) in report.counts() {
                        span.(outcome.word()) { (outcome.sign()) " " (count) " " (outcome.phrase()) }
                    } }
                }
            }
        }
    }
}

fn table(reports: &[Report], rows: &[Row]) -> Markup {
    let section = |row: &Row| row.statement.map_or("", |statement| statement.section);
    html! {
        table {
            thead { tr {
                th scope="col" { "Statement" }
                @for report in reports { th scope="col" { (shown(report.label())) } }
            } }
            @for rows in rows.chunk_by(|one, next| section(one) == section(next)) {
                @let number = rows.first().map_or("", section);
                tbody.same[!rows.iter().any(Row::differs)] {
                    tr.section { th scope="rowgroup" colspan=(reports.len().saturating_add(1)) {
                        (number) " " (title(number))
                    } }
                    @for row in rows { (line(reports, row)) }
                }
            }
        }
    }
}

fn line(reports: &[Report], row: &Row) -> Markup {
    html! {
        tr.same[!row.differs()] id=(plain(&row.id)) {
            th scope="row" {
                span.id { (shown(&row.id)) }
                @if let Some(statement) = row.statement { span.words { (statement.text) } }
            }
            @for ((number, report), cell) in (1..).zip(reports).zip(&row.cells) {
                @let page = Page { report, prefix: prefix(number) };
                (self::cell(&page, row, *cell))
            }
        }
    }
}

fn cell(page: &Page<'_>, row: &Row, status: Option<Status>) -> Markup {
    html! {
        @match status {
            Some(status) => td {
                a href=(format!("#{}", page.id(&row.id))) { (badge(Outcome::from(status))) }
            },
            None => td.none { "not covered" },
        }
    }
}
