//! A case: a line if it passed, and otherwise what was expected, what came, what the audit saw, the
//! wires, and the trace that shows it again.

use maud::{Markup, html};

use super::{Page, badge, bytes, lines, shown, wire};
use crate::report::outcome::{Outcome, plural};
use crate::report::{Breach, Case, Remark, Stop, text};

/// With so many failures or fewer, all of them are open at once.
const OPEN_MAX: usize = 8;

/// The case.
pub fn show(page: &Page<'_>, case: &Case, room: &mut usize) -> Markup {
    let outcome = Outcome::of(case);
    let id = page.case(&case.name);
    if bare(case) {
        return html! {
            div.case.(outcome.word()) id=(id) { (line(page, case)) p.about { (shown(&case.about)) } }
        };
    }
    html! {
        details.case.(outcome.word()) id=(id) open[open(page, outcome)] {
            summary {
                (line(page, case))
                (why(case))
            }
            div.body { (body(page, case, room)) }
        }
    }
}

/// Whether there is nothing more to say than a line.
fn bare(case: &Case) -> bool {
    case.message.is_empty()
        && case.stop.is_none()
        && case.remarks.is_empty()
        && case.wire.is_empty()
        && case.expected.is_none()
        && case.broken.is_empty()
}

fn open(page: &Page<'_>, outcome: Outcome) -> bool {
    let failed = page.report.cases.iter().filter(|case| Outcome::of(case) == Outcome::Fail).count();
    outcome == Outcome::Fail && failed <= OPEN_MAX
}

fn line(page: &Page<'_>, case: &Case) -> Markup {
    html! {
        span.line {
            (badge(Outcome::of(case)))
            a.name href=(format!("#{}", page.case(&case.name))) { (shown(&case.name)) }
            @for id in &case.broken { (page.statement(id)) }
        }
    }
}

/// What it is about, and what came of it.
fn why(case: &Case) -> Markup {
    html! {
        p.about { (shown(&case.about)) }
        @if !case.message.is_empty() {
            p.why {
                (shown(&case.message))
                @if let Some(stop) = &case.stop { ", expected " code { (shown(&stop.expected)) } }
            }
        }
    }
}

fn body(page: &Page<'_>, case: &Case, room: &mut usize) -> Markup {
    html! {
        @if let Some(expected) = &case.expected {
            p.note {
                @if expected.met { "Expected to fail: " } @else { "Passed, although it is expected to fail: " }
                (shown(&expected.reason))
            }
        }
        @if case.runs.all > 1 {
            p.hush { "Failed " (case.runs.failed) " of " (plural(case.runs.all as usize, "run")) "." }
        }
        @if let Some(at) = &case.stop { (stop(at, room)) }
        @for breach in page.report.breaches_in(case) { (self::breach(page, breach, room)) }
        @if !case.remarks.is_empty() { (remarks(&case.remarks)) }
        @if !case.wire.is_empty() { (wire::show(&case.wire, room)) }
        @if !case.replay.is_empty() && *room > 0 { (replay(page, case, room)) }
        @if !case.ids.is_empty() {
            p.hush.ids { "Covers " @for id in &case.ids { (page.statement(id)) " " } }
        }
    }
}

fn stop(stop: &Stop, room: &mut usize) -> Markup {
    html! {
        dl.stop {
            div.expected { dt { "Expected " span.hush { "line " (stop.line) } } dd { code { (shown(&stop.expected)) } } }
            div.seen { dt { "Seen" } dd { code { (shown(&stop.seen)) } } }
        }
        @if !stop.came.is_empty() {
            h3 { "What had come" }
            @for packet in &stop.came {
                div {
                    code { (shown(&packet.line)) }
                    @if let Some(bytes) = text::bytes(&packet.bytes) {
                        (bytes::show(&bytes, &packet.fields, None, room))
                    }
                }
            }
        }
    }
}

fn breach(page: &Page<'_>, breach: &Breach, room: &mut usize) -> Markup {
    html! {
        div.breach {
            p {
                b { "The audit saw" } " " (page.statement(&breach.id)) " "
                (shown(&breach.message)) " " span.hush { (text::place(breach)) }
            }
            @if let Some(bytes) = text::bytes(&breach.bytes) {
                (bytes::show(&bytes, &text::fields(&bytes), text::fault(breach), room))
            }
        }
    }
}

fn remarks(remarks: &[Remark]) -> Markup {
    html! {
        ul.remarks {
            @for remark in remarks {
                li { b { (shown(&remark.weight)) } " " (shown(&remark.text)) " " span.hush { "(" (shown(&remark.cite)) ")" } }
            }
        }
    }
}

fn replay(page: &Page<'_>, case: &Case, room: &mut usize) -> Markup {
    let name = case.name.rsplit('/').next().unwrap_or_default();
    let markup = html! {
        details.replay {
            summary { "The trace that shows it again" }
            p.hush { "Save it and run " code { "etalon replay " (shown(name)) ".trace --to " (shown(&page.report.target.address)) } }
            div.copyable {
                button.copy type="button" hidden { "Copy" }
                pre tabindex="0" { (lines(&case.replay)) }
            }
        }
    };
    *room = room.saturating_sub(markup.0.len());
    markup
}
