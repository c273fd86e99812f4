//! Bytes, annotated: every field on a line, a verdict, and what to do about it.
//!
//! Offsets count from the first byte of each packet, as they do in a breach. A packet is judged as
//! its receiver would; where the type leaves open who that is, for either.

use etalon::packet::{Decoded, Field, Kind, Limits, Party, Stance, annotate, decode};
use etalon::spec::{Id, Line, Section};
use etalon::violation::{Rule, Violation, Weight};

use super::page::{Ink, Page};
use crate::args::From;
use crate::client::Breach;
use crate::exit::{self, Exit};

/// How many bytes stand on a line of the table.
const ROW_BYTES: usize = 8;

/// How many lines of bytes a field gets.
const ROWS_MAX: usize = 4;

/// How many bytes are shown around a fault.
const WINDOW_BYTES: usize = 16;

/// Explains the packets that the bytes begin with, up to the first that is none.
pub fn bytes(page: &mut Page, input: &[u8], from: Option<From>) -> Exit {
    let mut at = 0;
    while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
        if at > 0 {
            page.gap();
        }
        let limits = limits(rest, from);
        match decode(rest, limits) {
            Ok(Decoded::Packet { packet, used, overlong_length }) => {
                let bytes = rest.get(..used).unwrap_or(rest);
                heading(page, packet.kind().name(), bytes, at, input);
                table(page, &annotate(bytes, limits), bytes, None);
                page.gap();
                let good = page.ink(Ink::Good, "Well-formed");
                page.line(&format!("{good}, {}.", judge(limits)));
                remarks(page, bytes, overlong_length, limits);
                at += used;
            }
            Ok(Decoded::Incomplete { need }) => {
                let name = kind(rest).map_or("packet", Kind::name);
                heading(page, &format!("Part of a {name}"), rest, at, input);
                table(page, &annotate(rest, limits), rest, None);
                page.gap();
                let cut = page.ink(Ink::Doubtful, "The bytes end inside a packet");
                let more = match need {
                    1 => "at least one byte is missing".to_owned(),
                    _ => format!("at least {need} bytes are missing"),
                };
                page.line(&format!("{cut}: {more}."));
                return exit::FAILED;
            }
            Err(violation) => {
                let name = violation.packet.map_or("No packet", Kind::name);
                let bytes = rest.get(..extent(rest)).unwrap_or(rest);
                heading(page, name, bytes, at, input);
                table(page, &annotate(bytes, limits), bytes, Some(violation));
                page.gap();
                verdict(page, violation, bytes, limits);
                let unread = rest.len() - bytes.len();
                if unread > 0 {
                    page.paragraph(2, &format!("Bytes behind it that are not read: {unread}."));
                }
                return exit::FAILED;
            }
        }
    }
    exit::OK
}

/// How many bytes the packet takes by its own account, or all if that cannot be told.
fn extent(bytes: &[u8]) -> usize {
    let mut len = 0usize;
    for (place, digit) in bytes.iter().skip(1).take(4).enumerate() {
        len |= usize::from(digit & 0x7f) << (7 * place);
        if digit & 0x80 == 0 {
            return (2 + place + len).min(bytes.len());
        }
    }
    bytes.len()
}

/// Who judges: the side that can receive such a packet, or either.
fn limits(bytes: &[u8], from: Option<From>) -> Limits {
    let receiver = match (from, kind(bytes)) {
        (Some(From::Client), _) => Some(Party::Server),
        (Some(From::Server), _) => Some(Party::Client),
        (None, None) => None,
        (None, Some(kind)) => match (kind.goes_to(Party::Server), kind.goes_to(Party::Client)) {
            (true, false) => Some(Party::Server),
            (false, true) => Some(Party::Client),
            (true, true) | (false, false) => None,
        },
    };
    Limits { receiver, control_characters: Stance::Accept, ..Limits::EITHER }
}

fn kind(bytes: &[u8]) -> Option<Kind> {
    bytes.first().and_then(|first| Kind::from_bits(first >> 4))
}

fn judge(limits: Limits) -> &'static str {
    match limits.receiver {
        Some(Party::Server) => "as the server that receives it",
        Some(Party::Client) => "as the client that receives it",
        None => "whoever receives it",
    }
}

fn heading(page: &mut Page, name: &str, bytes: &[u8], at: usize, input: &[u8]) {
    let name = page.ink(Ink::Bold, name);
    let s = if bytes.len() == 1 { "" } else { "s" };
    let place = if bytes.len() < input.len() { format!(" at offset {at}") } else { String::new() };
    page.line(&format!("{name}, {} byte{s}{place}", bytes.len()));
}

fn table(page: &mut Page, fields: &[Field], bytes: &[u8], fault: Option<Violation>) {
    let width = fields.iter().map(|field| field.name.len()).max().unwrap_or(0);
    for field in fields {
        let at_fault = fault.is_some_and(|fault| {
            let at = fault.at as usize;
            field.at.contains(&at) || (field.at.is_empty() && field.at.start == at)
        });
        let ink = match (at_fault, field.name) {
            (true, "not read") | (false, "not read" | "what follows") => Ink::Faint,
            (true, _) => Ink::Bad,
            (false, _) => Ink::Plain,
        };
        let own = bytes.get(field.at.clone()).unwrap_or_default();
        let mut rows = own.chunks(ROW_BYTES);
        let first = rows.next().map_or("--".to_owned(), spaced);
        let (name, meaning) = (field.name, &field.meaning);
        let line = format!("{:>6}  {first:<23}  {name:<width$}  {meaning}", field.at.start);
        page.colored(ink, line.trim_end());
        for (place, row) in rows.enumerate() {
            if place + 1 >= ROWS_MAX {
                page.line(&format!("{:8}..", ""));
                break;
            }
            page.line(&format!("{:8}{}", "", spaced(row)));
        }
    }
}

fn spaced(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

fn verdict(page: &mut Page, violation: Violation, bytes: &[u8], limits: Limits) {
    let (label, ink) = match violation.rule.weight() {
        Weight::Breach => ("BREACH", Ink::Bad),
        Weight::Warning => ("WARNING", Ink::Doubtful),
        Weight::Note => ("NOTE", Ink::Doubtful),
    };
    let label = page.ink(ink, &format!("{label} {}", violation.id));
    page.line(&format!("{label}  byte {}, {}", violation.at, judge(limits)));
    fault(page, bytes, violation.at as usize, violation.text());
    page.gap();
    source(page, violation.id, violation.line());
    let others: Vec<String> = violation.also().iter().map(Id::to_string).collect();
    if !others.is_empty() {
        page.paragraph(2, &format!("It breaks {} as well.", others.join(" and ")));
    }
    page.paragraph(2, &advice(violation));
}

fn advice(violation: Violation) -> String {
    match (violation.answer(), violation.rule) {
        (Some(refusal), Rule::ProtocolLevel) => format!(
            "Another version of MQTT speaks this way. A server of 3.1.1 answers with CONNACK \
             return code {} and closes the connection.",
            refusal.code()
        ),
        (Some(refusal), _) => format!(
            "The sender has to be corrected. A server answers with CONNACK return code {} and \
             closes the connection.",
            refusal.code()
        ),
        (None, _) => {
            "The sender has to be corrected; whoever receives this closes the connection.".into()
        }
    }
}

/// The bytes around a fault with a caret under it. Behind the end: something is missing there.
fn fault(page: &mut Page, bytes: &[u8], at: usize, what: &str) {
    let near = at < WINDOW_BYTES - 4 || bytes.len() <= WINDOW_BYTES;
    let start = if near { 0 } else { at.saturating_sub(WINDOW_BYTES / 2) };
    let shown = bytes.get(start..).unwrap_or_default();
    let (shown, more) = match shown.get(..WINDOW_BYTES) {
        Some(window) => (window, if shown.len() > WINDOW_BYTES { " .." } else { "" }),
        None => (shown, ""),
    };
    let before = if start > 0 { ".. " } else { "" };
    page.line(&format!("  {before}{}{more}", spaced(shown)));
    let columns = 2 + before.len() + 3 * at.saturating_sub(start);
    page.line(&format!("{:columns$}{}", "", page.ink(Ink::Bad, &format!("^^ {what}"))));
}

/// The statement and the sentence behind it, and where they stand.
fn source(page: &mut Page, id: Id, line: Option<Line>) {
    let statement = id.statement();
    page.item(2, &format!("{id}  "), statement.text);
    if let Some(line) = line {
        page.item(2, &format!("{line}  "), line.sentence().text);
    }
    let number = line.map_or(statement.section, |line| line.sentence().section);
    if let Some(section) = Section::find(number) {
        let above = section.parent().map(|above| format!(", in {above}")).unwrap_or_default();
        page.paragraph(2, &format!("Section {section}{above}."));
    }
}

/// What is allowed and yet worth saying.
fn remarks(page: &mut Page, bytes: &[u8], overlong_length: bool, limits: Limits) {
    if overlong_length {
        let text = "Remaining Length takes more bytes than its value needs, which nothing forbids.";
        page.item(2, "Note S-01: ", text);
    }
    let careful = Limits { control_characters: Stance::Refuse, ..limits };
    if let Err(violation) = decode(bytes, careful) {
        let place =
            format!("byte {}: {}; a receiver may close on it.", violation.at, violation.text());
        let name = violation.line().map_or(violation.id.to_string(), |line| line.to_string());
        page.item(2, &format!("Warning {name}: "), &place);
    }
}

/// A breach by a server, as `pub` and `sub` tell it.
pub fn breach(breach: &Breach, server: &str) -> String {
    let mut page = Page::new(false);
    page.line(&format!("the server {server} broke {}", breach.id));
    let packet = breach.packet.map_or("Not a packet", Kind::name);
    match breach.at {
        Some(at) => {
            page.line(&format!("  {packet}, byte {at}"));
            fault(&mut page, &breach.bytes, at, &breach.what);
        }
        None => {
            page.line(&format!("  {packet}: {}", breach.what));
            let shown = breach.bytes.get(..WINDOW_BYTES);
            let more = if breach.bytes.len() > WINDOW_BYTES { " .." } else { "" };
            page.line(&format!("  {}{more}", spaced(shown.unwrap_or(&breach.bytes))));
        }
    }
    source(&mut page, breach.id, breach.line);
    page.paragraph(2, "The connection was closed.");
    page.into_text().trim_end().to_owned()
}
