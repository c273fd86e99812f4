//! The head of a broker's part: who was judged, the verdict in a sentence and as a bar, what is
//! broken, what was remarked, and what the broker offers.

use maud::{Markup, html};

use super::{Page, shown};
use crate::report::matrix;
use crate::report::outcome::plural;

/// Everything before the sections.
pub fn head(page: &Page<'_>) -> Markup {
    let report = page.report;
    let verdict = match (report.judged(), report.summary.broken.len()) {
        (0, _) => "open",
        (_, 0) => "well",
        (_, _) => "broken",
    };
    html! {
        header.head {
            p.kind { "MQTT 3.1.1 conformance" }
            h1 { (shown(report.label())) }
            p.verdict.(verdict) { (shown(&report.verdict())) }
            (bar(page))
            p.meta {
                span { code { (shown(&report.target.address)) } }
                span { time datetime=(shown(&report.started)) { (moment(&report.started)) } }
                span { (plural(report.cases.len(), "case")) " in " (format!("{:.1}", report.seconds)) " s" }
                span { "Etalon " (shown(&report.etalon)) }
            }
            (broken(page))
            (remarks(page))
            (capabilities(page))
        }
    }
}

/// `2026-05-04T12:30:00Z` for people; what is no such thing stays as it is.
fn moment(started: &str) -> String {
    match started.parse::<jiff::Timestamp>() {
        Ok(moment) => moment.strftime("%-d %B %Y, %H:%M UTC").to_string(),
        Err(_) => shown(started),
    }
}

fn bar(page: &Page<'_>) -> Markup {
    html! {
        div.bar role="img" aria-label=(page.report.tally()) {
            @for (outcome, count) in page.report.counts() {
                span.(outcome.word()) style=(format!("flex-grow:{count}")) title=(format!("{count} {}", outcome.phrase())) {}
            }
        }
    }
}

fn broken(page: &Page<'_>) -> Markup {
    let report = page.report;
    html! {
        @if !report.summary.broken.is_empty() {
            section.findings {
                h2 { "What is broken" }
                ol {
                    @for id in &report.summary.broken {
                        @let known = report.statements.iter().find(|statement| statement.id == *id);
                        li {
                            (page.statement(id))
                            p { (matrix::statement(id).map_or("", |statement| statement.text)) }
                            @if let Some(known) = known { (page.listed(&known.broken_in)) }
                        }
                    }
                }
            }
        }
    }
}

fn remarks(page: &Page<'_>) -> Markup {
    let cases = || page.report.cases.iter().filter(|case| !case.remarks.is_empty());
    let count: usize = cases().map(|case| case.remarks.len()).sum();
    html! {
        @if count > 0 {
            details.quiet {
                summary { (plural(count, "remark")) " on what is permitted, but worth knowing" }
                ul.remarks {
                    @for case in cases() {
                        @for remark in &case.remarks {
                            li {
                                b { (shown(&remark.weight)) } " " (shown(&remark.text)) " "
                                span.hush { "(" (shown(&remark.cite)) ")" } " "
                                a href=(format!("#{}", page.case(&case.name))) { (shown(&case.name)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn capabilities(page: &Page<'_>) -> Markup {
    let capabilities = &page.report.target.capabilities;
    let offered = capabilities.iter().filter(|capability| capability.offered).count();
    html! {
        @if !capabilities.is_empty() {
            details.quiet {
                summary { "What the broker offers: " (offered) " of " (capabilities.len()) " capabilities" }
                dl.capabilities {
                    @for capability in capabilities {
                        div {
                            dt { (shown(&capability.name)) }
                            dd {
                                @if capability.offered { b.pass { "✓ yes" } } @else { b.skipped { "– no" } }
                                " " span.hush { (shown(&capability.how)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
