//! The sections of the standard: the index beside them, and in each its statements and its cases.

use etalon::spec::Section;
use maud::{Markup, html};

use super::{Page, badge, case, shown};
use crate::report::matrix;
use crate::report::outcome::{Outcome, plural};
use crate::report::{Case, Statement};

/// So many cases that passed are shown in a section without being asked for.
const PASSED_MAX: usize = 3;

/// A section that has something to show.
pub struct Part<'a> {
    number: &'a str,
    title: String,
    statements: Vec<&'a Statement>,
    cases: Vec<&'a Case>,
}

impl Part<'_> {
    fn count(&self, wanted: Outcome) -> usize {
        self.cases.iter().filter(|case| Outcome::of(case) == wanted).count()
    }
}

/// The sections of a report in the order of the standard; what the standard does not have is last.
pub fn all<'a>(page: &Page<'a>) -> Vec<Part<'a>> {
    let report = page.report;
    let of = |statement: &Statement| matrix::statement(&statement.id).map_or("", |own| own.section);
    let mut numbers: Vec<&'a str> = report.statements.iter().map(of).collect();
    numbers.extend(report.cases.iter().map(|case| case.section.as_str()));
    let place = |number: &str| Section::ALL.iter().position(|section| section.number == number);
    numbers.sort_by_key(|number| (place(number).unwrap_or(usize::MAX), *number));
    numbers.dedup();
    numbers
        .into_iter()
        .map(|number| Part {
            number,
            title: title(number),
            statements: report.statements.iter().filter(|one| of(one) == number).collect(),
            cases: report.cases.iter().filter(|case| case.section == number).collect(),
        })
        .collect()
}

/// `SUBSCRIBE: Fixed header`: a title below a packet's section says nothing without the packet.
pub fn title(number: &str) -> String {
    let Some(section) = Section::find(number) else {
        return "Not in the standard".into();
    };
    match section.packet() {
        Some(packet) if !section.title.starts_with(packet) => {
            format!("{packet}: {}", section.title)
        }
        Some(_) | None => section.title.into(),
    }
}

fn chapter(number: &str) -> &str {
    number.split('.').next().unwrap_or_default()
}

/// The index, by chapter.
pub fn index(page: &Page<'_>, parts: &[Part<'_>]) -> Markup {
    html! {
        @for parts in parts.chunk_by(|one, next| chapter(one.number) == chapter(next.number)) {
            @let number = parts.first().map_or("", |part| chapter(part.number));
            p.chapter { (shown(number)) " " (Section::find(number).map_or("", |section| section.title)) }
            ul {
                @for part in parts {
                    li { a href=(format!("#{}", page.id(&format!("section-{}", part.number)))) {
                        span.number { (shown(part.number)) }
                        span.title { (shown(&part.title)) }
                        (tally(part))
                    } }
                }
            }
        }
    }
}

/// How a section fared, in a few signs.
fn tally(part: &Part<'_>) -> Markup {
    let failed = part.count(Outcome::Fail);
    let broken = part.statements.iter().any(|statement| !statement.broken_in.is_empty());
    html! {
        @if failed > 0 {
            span.tally.fail { "✗ " (failed) span.hush.far { " failed" } }
        } @else if broken {
            span.tally.fail { "✗" span.hush.far { " broken" } }
        } @else if part.cases.is_empty() {
            span.tally {}
        } @else if part.count(Outcome::Pass) == part.cases.len() {
            span.tally.pass { "✓ " (part.cases.len()) span.hush.far { " passed" } }
        } @else {
            span.tally { (part.cases.len()) span.hush.far { " cases" } }
        }
    }
}

/// A section.
pub fn show(page: &Page<'_>, part: &Part<'_>, room: &mut usize) -> Markup {
    let id = page.id(&format!("section-{}", part.number));
    html! {
        section.part id=(id) aria-labelledby=(format!("{id}-title")) {
            h2 id=(format!("{id}-title")) {
                a href=(format!("#{id}")) { span.number { (shown(part.number)) } " " (shown(&part.title)) }
            }
            @if !part.statements.is_empty() {
                ul.statements { @for one in &part.statements { (statement(page, one)) } }
            }
            @if !part.cases.is_empty() {
                div.list { (cases(page, &part.cases, room)) }
            }
        }
    }
}

/// The cases, those that passed behind the others and behind a line if there are many.
fn cases(page: &Page<'_>, cases: &[&Case], room: &mut usize) -> Markup {
    let (passed, other): (Vec<&Case>, Vec<&Case>) =
        cases.iter().partition(|case| Outcome::of(case) == Outcome::Pass);
    html! {
        @for one in other { (case::show(page, one, room)) }
        @if passed.len() > PASSED_MAX {
            details.passes {
                summary { span.sign aria-hidden="true" { "✓" } " " (plural(passed.len(), "case")) " passed" }
                @for one in passed { (case::show(page, one, room)) }
            }
        } @else {
            @for one in passed { (case::show(page, one, room)) }
        }
    }
}

fn statement(page: &Page<'_>, statement: &Statement) -> Markup {
    let known = matrix::statement(&statement.id);
    // Cases that break it without covering it belong to it as well.
    let mut cases = statement.cases.clone();
    cases
        .extend(statement.broken_in.iter().filter(|name| !statement.cases.contains(name)).cloned());
    html! {
        li.statement id=(page.id(&statement.id)) {
            div.line {
                a.id href=(format!("#{}", page.id(&statement.id))) { (shown(&statement.id)) }
                (badge(Outcome::from(statement.status)))
                @if let Some(known) = known { span.hush { "binds " (binds(known.binds)) } }
            }
            @if let Some(known) = known { p { (known.text) } }
            @if !cases.is_empty() {
                details.covers {
                    summary {
                        @if statement.cases.is_empty() { "no case is about it" }
                        @else { (plural(statement.cases.len(), "case")) }
                        @if !statement.broken_in.is_empty() { ", broken in " (statement.broken_in.len()) }
                    }
                    (page.cases(&cases))
                }
            }
        }
    }
}

fn binds(binds: etalon::spec::Binds) -> &'static str {
    match binds {
        etalon::spec::Binds::Client => "the Client",
        etalon::spec::Binds::Server => "the Server",
        etalon::spec::Binds::Both => "both sides",
    }
}
