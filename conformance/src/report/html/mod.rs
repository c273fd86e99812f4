//! Reports as one page with nothing beside it: no script, style, font or picture from elsewhere.
//!
//! It is complete without scripts; they only search, copy and open what a link leads to. Whatever a
//! broker sent is text, because all of it goes through maud and [`text::visible`], and the page's
//! own policy forbids it to load anything. The page is bounded: wires and bytes stop at
//! [`DETAIL_MAX`], and the page says so.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::outcome::{Outcome, plural};
use super::{Report, text};

mod bytes;
mod case;
mod head;
mod matrix;
mod section;
mod wire;

/// So much markup shows what went over wires, over all brokers of a page.
///
/// # Units
/// Bytes.
const DETAIL_MAX: usize = 1_000_000;

/// So many cases of a broken statement are listed at sight.
const LISTED_MAX: usize = 4;

/// So many characters of one text are shown.
const TEXT_MAX: usize = 4_000;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page.
pub fn render(reports: &[Report]) -> String {
    let title = match reports {
        [report] => format!("{} · Etalon", shown(report.label())),
        reports => format!("{} · Etalon", plural(reports.len(), "broker")),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href=(if reports.len() == 1 { "#results" } else { "#matrix" }) { "Skip to the results" }
                main { (content(reports)) }
                (footer())
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn content(reports: &[Report]) -> Markup {
    let each = DETAIL_MAX / reports.len().max(1);
    html! {
        @if let [report] = reports {
            (broker(&Page { report, prefix: String::new() }, each))
        } @else {
            (matrix::overview(reports))
            @for (number, report) in (1..).zip(reports) {
                (broker(&Page { report, prefix: prefix(number) }, each))
            }
        }
    }
}

/// What the ids of a broker begin with where there are several.
fn prefix(number: usize) -> String {
    format!("b{number}-")
}

/// One broker: its head over the whole width, then the sections with their index beside them.
fn broker(page: &Page<'_>, room: usize) -> Markup {
    let sections = section::all(page);
    let mut room = room;
    html! {
        article.broker id=(page.id("broker")) {
            (head::head(page))
            (tools(page))
            div.columns {
                nav.side aria-label="Sections of the standard" { (section::index(page, &sections)) }
                details.toc {
                    summary { "Sections of the standard" }
                    nav aria-label="Sections of the standard" { (section::index(page, &sections)) }
                }
                div.parts id=(page.id("results")) {
                    @for section in &sections { (section::show(page, section, &mut room)) }
                    @if room == 0 {
                        p.note { "This page shows the first wires only, so that it stays readable. The report as JSON has them all." }
                    }
                }
            }
        }
    }
}

/// What shows and hides cases; the boxes work without scripts.
fn tools(page: &Page<'_>) -> Markup {
    html! {
        div.tools role="group" aria-label="Which cases are shown" {
            @for (outcome, count) in page.report.counts() {
                label.chip.(outcome.word()) {
                    input type="checkbox" checked data-show=(outcome.word());
                    span.sign aria-hidden="true" { (outcome.sign()) }
                    " " (outcome.phrase()) " " b { (count) }
                }
            }
            div.right {
                label.search hidden { "Search " input type="search" placeholder="name or text" autocomplete="off"; }
                button.expand type="button" hidden { "Open all" }
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer {
            p {
                "Made by Etalon, which judges MQTT 3.1.1 brokers by the numbered statements of the OASIS Standard. "
                "The statements are given in Etalon's words; the standard decides. "
                "A warning is about something that the standard permits."
            }
        }
    }
}

/// One report and where its parts are on the page.
struct Page<'a> {
    report: &'a Report,
    prefix: String,
}

impl Page<'_> {
    /// An id on the page.
    fn id(&self, name: &str) -> String {
        format!("{}{}", self.prefix, plain(name))
    }

    fn case(&self, name: &str) -> String {
        self.id(&format!("case-{name}"))
    }

    /// A statement, as a link if the page tells about it.
    fn statement(&self, id: &str) -> Markup {
        let known = self.report.statements.iter().any(|statement| statement.id == id);
        html! {
            @if known { a.id href=(format!("#{}", self.id(id))) { (shown(id)) } }
            @else { span.id { (shown(id)) } }
        }
    }

    /// Cases, the first of them at sight if there are many.
    fn listed(&self, names: &[String]) -> Markup {
        let (first, more) = names.split_at_checked(LISTED_MAX).unwrap_or((names, &[]));
        html! {
            div {
                (self.cases(first))
                @if !more.is_empty() {
                    details.covers { summary { (more.len()) " more" } (self.cases(more)) }
                }
            }
        }
    }

    /// Cases, as links with signs.
    fn cases(&self, names: &[String]) -> Markup {
        html! {
            ul.cases {
                @for name in names {
                    @let case = self.report.cases.iter().find(|case| case.name == *name);
                    @if let Some(case) = case {
                        @let outcome = Outcome::of(case);
                        li { a.(outcome.word()) href=(format!("#{}", self.case(name))) {
                            span.sign aria-hidden="true" { (outcome.sign()) } " "
                            (shown(name))
                            span.hush { " " (outcome.word()) }
                        } }
                    } @else { li { (shown(name)) } }
                }
            }
        }
    }
}

/// A name as an id.
fn plain(name: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || ".-_".contains(char);
    name.chars().map(|char| if plain(char) { char } else { '-' }).collect()
}

/// The sign and the word of an outcome.
fn badge(outcome: Outcome) -> Markup {
    html! {
        span.badge.(outcome.word()) {
            span.sign aria-hidden="true" { (outcome.sign()) } " " (outcome.word().replace('-', " "))
        }
    }
}

/// A text on one line, cut if it is long.
fn shown(said: &str) -> String {
    cut(&text::line(said))
}

/// A text with its lines, cut if it is long.
fn lines(said: &str) -> String {
    cut(&text::visible(said))
}

fn cut(said: &str) -> String {
    match said.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => {
            let more = plural(said.len().saturating_sub(end), "byte");
            format!("{} ... {more} more", said.get(..end).unwrap_or_default())
        }
        None => said.to_owned(),
    }
}
