//! Statements, sections, unnumbered sentences and readings, explained.
//!
//! All texts are those of the crate `etalon-spec`; here they are put side by side.

use etalon::packet::Kind;
use etalon::spec::{Binds, Cite, Discrepancy, Id, Line, Reading, Section};

use super::evidence::Evidence;
use super::page::{Ink, Page};

/// Explains something that can be cited.
pub fn cite(page: &mut Page, cite: Cite) {
    match cite {
        Cite::Statement(id) => statement(page, id),
        Cite::Line(line) => sentence(page, line),
        Cite::Reading(reading) => zone(page, reading),
    }
}

fn statement(page: &mut Page, id: Id) {
    let statement = id.statement();
    let name = page.ink(Ink::Bold, &id.to_string());
    page.line(&format!("{name}  binds {}", whom(statement.binds)));
    page.paragraph(2, statement.text);
    place(page, statement.section);
    let packets = packets(statement.section, statement.text);
    if !packets.is_empty() {
        page.paragraph(2, &format!("Packets: {}.", packets.join(", ")));
    }
    page.paragraph(2, &format!("A breach shows {}.", statement.shows));
    readings(page, Reading::of_statement(id).collect());
    discrepancies(page, Discrepancy::of_statement(id).collect());
    let lines: Vec<Line> = Line::in_section(statement.section).collect();
    if !lines.is_empty() {
        page.gap();
        page.line("  Sentences of the section without a number:");
        lines.into_iter().for_each(|line| sentence_item(page, 4, line));
    }
    Evidence::of(id).show(page);
}

fn sentence(page: &mut Page, line: Line) {
    let sentence = line.sentence();
    let name = page.ink(Ink::Bold, &line.to_string());
    page.line(&format!("{name}  {}, binds {}", sentence.level, whom(sentence.binds)));
    page.paragraph(2, sentence.text);
    if let Some(etalon) = sentence.etalon {
        page.item(2, "Etalon: ", etalon);
    }
    place(page, sentence.section);
    readings(page, Reading::of_line(line).collect());
}

fn zone(page: &mut Page, reading: Reading) {
    let zone = reading.zone();
    let name = page.ink(Ink::Bold, &reading.to_string());
    page.line(&format!("{name}  {}", reading.title()));
    page.paragraph(2, &format!("About {}.", reading.area()));
    page.item(2, "Open:    ", zone.question);
    page.item(2, "Etalon:  ", zone.etalon);
    page.item(2, "Why:     ", zone.why);
    page.item(2, "Accepts: ", zone.accepts);
    let sections = zone.sections.iter().filter_map(|number| Section::find(number));
    sections.for_each(|section| page.paragraph(2, &format!("Section {section}.")));
    if !zone.statements.is_empty() || !zone.lines.is_empty() {
        page.gap();
    }
    zone.statements.iter().for_each(|id| statement_item(page, 2, *id));
    zone.lines.iter().for_each(|line| sentence_item(page, 2, *line));
}

/// Explains a place where the standard is at odds with itself.
pub fn discrepancy(page: &mut Page, item: Discrepancy) {
    let finding = item.finding();
    page.colored(Ink::Bold, &item.to_string());
    page.item(2, "At odds: ", finding.what);
    page.item(2, "Etalon:  ", finding.treat);
    let sections = finding.sections.iter().filter_map(|number| Section::find(number));
    sections.for_each(|section| page.paragraph(2, &format!("Section {section}.")));
    if !finding.statements.is_empty() {
        page.gap();
    }
    finding.statements.iter().for_each(|id| statement_item(page, 2, *id));
}

/// Explains a section: all that it and the sections below it ask for.
pub fn section(page: &mut Page, section: &'static Section) {
    page.colored(Ink::Bold, &section.to_string());
    let mut empty = true;
    for part in below(section) {
        let statements: Vec<Id> = Id::in_section(part.number).collect();
        let lines: Vec<Line> = Line::in_section(part.number).collect();
        if statements.is_empty() && lines.is_empty() {
            continue;
        }
        if part.number != section.number {
            page.gap();
            page.line(&format!("  {part}"));
        }
        for id in statements {
            statement_item(page, 4, id);
            let hang = format!("{:1$}Evidence: ", "", id.to_string().len() + 2);
            page.item(4, &hang, &Evidence::of(id).summary());
        }
        lines.into_iter().for_each(|line| sentence_item(page, 4, line));
        empty = false;
    }
    if empty {
        page.paragraph(2, "It asks for nothing that can be cited.");
    }
    readings(page, Reading::under(section.number).collect());
}

/// The section and all below it, in the order of the standard.
fn below(top: &'static Section) -> impl Iterator<Item = &'static Section> {
    let under = move |section: &&'static Section| {
        let rest = section.number.strip_prefix(top.number);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    Section::ALL.iter().filter(under)
}

fn statement_item(page: &mut Page, indent: usize, id: Id) {
    let statement = id.statement();
    page.item(
        indent,
        &format!("{id}  "),
        &format!("({}) {}", whom(statement.binds), statement.text),
    );
}

fn sentence_item(page: &mut Page, indent: usize, line: Line) {
    let sentence = line.sentence();
    let who = whom(sentence.binds);
    page.item(
        indent,
        &format!("{line}  "),
        &format!("({}, {who}) {}", sentence.level, sentence.text),
    );
}

fn readings(page: &mut Page, readings: Vec<Reading>) {
    if !readings.is_empty() {
        page.gap();
        page.line("  What the standard leaves open here:");
        for reading in readings {
            page.item(4, &format!("{reading}  "), reading.title());
        }
    }
}

fn discrepancies(page: &mut Page, items: Vec<Discrepancy>) {
    if !items.is_empty() {
        page.gap();
        page.line("  Where the standard is at odds with itself:");
        for item in items {
            page.item(4, &format!("{item}  "), item.finding().what);
        }
    }
}

fn place(page: &mut Page, number: &str) {
    let Some(section) = Section::find(number) else { return };
    let above = section.parent().map(|above| format!(", in {above}")).unwrap_or_default();
    page.paragraph(2, &format!("Section {section}{above}."));
}

const fn whom(binds: Binds) -> &'static str {
    match binds {
        Binds::Client => "the client",
        Binds::Server => "the server",
        Binds::Both => "both sides",
    }
}

/// The packet of the section, and those that the text names.
fn packets(section: &str, text: &str) -> Vec<&'static str> {
    let own = Section::find(section).and_then(Section::packet);
    let words = || text.split(|c: char| !c.is_ascii_alphanumeric());
    Kind::ALL
        .into_iter()
        .map(Kind::name)
        .filter(|name| own == Some(*name) || words().any(|word| word == *name))
        .collect()
}
