//! A report as a tree for people at a terminal: sections, cases, failures in full, totals.
//!
//! Without colours the text is the same, character by character. What a broker sent is shown as
//! digits and escaped text, so it cannot write to a terminal.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use etalon::packet::{Limits, annotate};
use etalon::spec::{Binds, Id, Section, Shows};

use super::bare;
use super::offers::WORDS;
use crate::report::{Breach, Capability, Case, Packet, Report, Status, Wire};

/// How many bytes stand on a line.
const ROW_BYTES: usize = 16;

/// How many lines of bytes a packet gets, and how many lines a wire.
const ROWS_MAX: usize = 8;
const WIRE_MAX: usize = 400;

/// How a report is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Whether there are colours.
    pub colored: bool,
    /// Which wires are shown.
    pub wires: Shown,
    /// The command that runs a case again: its name is put behind it.
    pub again: String,
    /// The files that failing traces were written to, by case.
    pub files: BTreeMap<String, PathBuf>,
}

/// Which wires are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// None.
    #[default]
    None,
    /// Those of failures.
    Failures,
    /// All that the report has.
    All,
}

#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Faint,
    Good,
    Bad,
    Doubtful,
}

/// The whole tree.
pub fn tree(report: &Report, look: &Look) -> String {
    let mut page = Page { text: String::new(), look };
    page.head(report);
    page.sections(&report.cases);
    for case in report.cases.iter().filter(|case| is_trouble(case)) {
        page.trouble(report, case);
    }
    page.unexpected(&report.cases);
    page.totals(report);
    page.text
}

/// The statements that do not come out well everywhere, with a column for each report.
pub fn side_by_side(reports: &[Report]) -> String {
    let mut text = String::from("Where they differ\n");
    for (number, report) in reports.iter().enumerate() {
        let name = report.target.name.as_ref().unwrap_or(&report.target.address);
        let _ = writeln!(text, "  ({}) {name}", number + 1);
    }
    for id in Id::ALL {
        let of = |report: &Report| {
            report.statements.iter().find(|one| one.id == bare(id)).map(|one| one.status)
        };
        let all: Vec<Option<Status>> = reports.iter().map(of).collect();
        if all.windows(2).all(|two| two.first() == two.last()) {
            continue;
        }
        let _ = write!(text, "  {:15}", bare(id));
        for status in all {
            let _ = write!(text, "  {:14}", status.map_or("not run", Status::word));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// The sign of a status.
pub const fn sign(status: Status) -> &'static str {
    match status {
        Status::Pass => "✓",
        Status::Warn => "!",
        Status::Fail => "✗",
        Status::Inconclusive => "?",
        Status::Skipped => "-",
        Status::Unstable => "~",
    }
}

/// What is told in full.
fn is_trouble(case: &Case) -> bool {
    match case.status {
        Status::Fail => !case.expected.as_ref().is_some_and(|expected| expected.met),
        Status::Unstable => true,
        Status::Pass | Status::Warn | Status::Inconclusive | Status::Skipped => false,
    }
}

struct Page<'a> {
    text: String,
    look: &'a Look,
}

impl Page<'_> {
    fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => "1",
            Ink::Faint => "2",
            Ink::Good => "32",
            Ink::Bad => "1;31",
            Ink::Doubtful => "33",
        };
        if self.look.colored { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn head(&mut self, report: &Report) {
        let target = match &report.target.name {
            Some(name) => format!("{name} at {}", report.target.address),
            None => report.target.address.clone(),
        };
        let title = self.ink(Ink::Bold, &format!("MQTT 3.1.1: {target}"));
        self.line(&title);
        let all = &report.target.capabilities;
        let is_word = |one: &&Capability| WORDS.contains(&one.name.as_str());
        for (label, offered) in [("offers", true), ("lacks ", false)] {
            let names = all.iter().filter(is_word).filter(|one| one.offered == offered);
            let names: Vec<&str> = names.map(|one| one.name.as_str()).collect();
            if !names.is_empty() {
                self.line(&format!("  {label}  {}", names.join(", ")));
            }
        }
        for one in all.iter().filter(|one| !is_word(one)) {
            let text = format!("  {}: {}", one.name, printable(&one.how));
            let text = self.ink(Ink::Faint, &text);
            self.line(&text);
        }
        self.line("");
    }

    fn sections(&mut self, cases: &[Case]) {
        let (mut chapter, mut section) = ("", "");
        for case in cases {
            let top = case.section.split('.').next().unwrap_or_default();
            if chapter != top {
                let title = self.ink(Ink::Bold, &heading(top));
                self.line(&title);
            }
            if section != case.section && case.section != top {
                let title = heading(&case.section);
                self.line(&format!("  {title}"));
            }
            (chapter, section) = (top, &case.section);
            self.case(case);
        }
        if !cases.is_empty() {
            self.line("");
        }
    }

    fn case(&mut self, case: &Case) {
        let ink = match case.status {
            Status::Pass => Ink::Good,
            Status::Fail => Ink::Bad,
            Status::Warn | Status::Inconclusive | Status::Unstable => Ink::Doubtful,
            Status::Skipped => Ink::Faint,
        };
        let name = case.name.split_once('/').map_or(case.name.as_str(), |(_, name)| name);
        let mut line = format!("    {} {name}", self.ink(ink, sign(case.status)));
        if case.status == Status::Fail {
            let _ = write!(line, "  [{}]", case.broken.join("] ["));
        }
        if !case.message.is_empty() {
            let message = self.ink(Ink::Faint, &printable(&case.message));
            let _ = write!(line, "  {message}");
        }
        match &case.expected {
            Some(expected) if expected.met => {
                let _ = write!(line, "  (expected: {})", expected.reason);
            }
            Some(_) => line += "  (expected to fail)",
            None => {}
        }
        self.line(&line);
        if self.look.wires == Shown::All && !is_trouble(case) {
            self.wire(&case.wire, 8);
        }
    }

    /// A failure in full.
    fn trouble(&mut self, report: &Report, case: &Case) {
        let word = if case.status == Status::Fail { "FAIL" } else { "UNSTABLE" };
        let ids = match case.broken.is_empty() {
            true => String::new(),
            false => format!(" [{}]", case.broken.join("] [")),
        };
        let title = self.ink(Ink::Bad, &format!("{word}{ids}"));
        self.line(&format!("{title}  {}", case.name));
        self.line(&format!("  {}", case.about));
        if let Some(stop) = &case.stop {
            if !stop.expected.is_empty() {
                self.line(&format!(
                    "  expected  {}  (line {})",
                    printable(&stop.expected),
                    stop.line
                ));
            }
            self.line(&format!("  seen      {}", printable(&stop.seen)));
            for packet in &stop.came {
                self.packet(packet);
            }
        }
        for breach in report.breaches.iter().filter(|breach| breach.case == case.name) {
            self.breach(breach);
        }
        for remark in &case.remarks {
            let (weight, text) = (&remark.weight, printable(&remark.text));
            self.line(&format!("  {weight}: {text}  ({})", remark.cite));
        }
        for id in &case.broken {
            if let Ok(id) = id.parse::<Id>() {
                let statement = id.statement();
                self.line(&format!("  {id}: {}", statement.text));
            }
        }
        if self.look.wires >= Shown::Failures {
            self.line("  on the wires");
            self.wire(&case.wire, 4);
        }
        let often = match case.runs.all {
            0 | 1 => String::new(),
            all => format!(" It failed in {} of {all} runs.", case.runs.failed),
        };
        self.line(&format!("  Section {}.{often}", case.section));
        let again = match self.look.files.get(&case.name) {
            Some(file) => {
                format!("etalon replay {} --to {}", file.display(), report.target.address)
            }
            None => format!("{} {}", self.look.again, case.name),
        };
        self.line(&format!("  Again: {again}"));
        self.line("");
    }

    fn breach(&mut self, breach: &Breach) {
        let whose = match breach.client.is_empty() {
            true => String::new(),
            false => format!("  to client {:?}", breach.client),
        };
        let number = match breach.packet {
            0 => String::new(),
            number => format!("  packet {number}"),
        };
        self.line(&format!("  BREACH [{}]{whose}{number}  +{:.3} s", breach.id, breach.at));
        self.line(&format!("    {}", breach.message));
        let bytes = bytes_of(&breach.bytes);
        if bytes.is_empty() {
            return;
        }
        let from = breach.byte / ROW_BYTES * ROW_BYTES;
        let row = bytes.get(from..).unwrap_or_default();
        let row = row.get(..ROW_BYTES).unwrap_or(row);
        let lead = if from > 0 { format!("({from} bytes) ") } else { String::new() };
        self.line(&format!("    {lead}{}", digits(row)));
        let fields = annotate::annotate(&bytes, Limits::CLIENT);
        let field = fields.iter().find(|field| field.at.contains(&breach.byte));
        let what =
            field.map_or(String::new(), |field| format!(" {}: {}", field.name, field.meaning));
        let place = " ".repeat(lead.len() + 3 * (breach.byte - from));
        self.line(&format!("    {place}^^ byte {}:{}", breach.byte, printable(&what)));
    }

    /// A packet, field by field.
    fn packet(&mut self, packet: &Packet) {
        self.line(&format!("  came      {}", printable(&packet.line)));
        let bytes = bytes_of(&packet.bytes);
        for (place, field) in packet.fields.iter().enumerate() {
            if place == ROWS_MAX {
                self.line(&format!("            and {} more fields", packet.fields.len() - place));
                return;
            }
            let part = bytes.get(field.at..field.at + field.len).unwrap_or_default();
            let shown = part.get(..ROW_BYTES).unwrap_or(part);
            let more = if part.len() > shown.len() { " .." } else { "" };
            let hex = digits(shown) + more;
            self.line(&format!(
                "            {hex:26} {}: {}",
                field.name,
                printable(&field.meaning)
            ));
        }
    }

    fn wire(&mut self, wire: &[Wire], indent: usize) {
        let indent = " ".repeat(indent);
        for (place, event) in wire.iter().enumerate() {
            if place == WIRE_MAX {
                self.line(&format!("{indent}and {} more", wire.len() - place));
                return;
            }
            let what = match event.what.as_str() {
                ">" | "<" => format!("{} {}", event.what, printable(&event.line)),
                other => other.to_owned(),
            };
            self.line(&format!("{indent}{:+9.3} s  {} {what}", event.at, event.who));
            let bytes = bytes_of(&event.bytes);
            if !bytes.is_empty() {
                let shown = bytes.get(..2 * ROW_BYTES).unwrap_or(&bytes);
                let more = if bytes.len() > shown.len() {
                    format!(" .. ({} bytes)", bytes.len())
                } else {
                    String::new()
                };
                let hex = self.ink(Ink::Faint, &(digits(shown) + &more));
                self.line(&format!("{indent}             {hex}"));
            }
        }
    }

    fn unexpected(&mut self, cases: &[Case]) {
        let unmet = cases
            .iter()
            .filter_map(|case| Some((case, case.expected.as_ref()?)))
            .filter(|one| !one.1.met);
        for (case, expected) in unmet {
            let title = self.ink(Ink::Doubtful, "UNEXPECTED PASS");
            self.line(&format!("{title}  {}", case.name));
            self.line(&format!("  It was expected to fail: {}", expected.reason));
            self.line("  Take its entry out of the file that expects it.");
            self.line("");
        }
    }

    fn totals(&mut self, report: &Report) {
        let summary = &report.summary;
        let count = report.cases.len();
        let expected = match summary.expected {
            0 => String::new(),
            expected => format!(" ({expected} as expected)"),
        };
        let failed = format!("{} failed{expected}", summary.fail);
        let failed = match summary.fail {
            0 => failed,
            _ => self.ink(Ink::Bad, &failed),
        };
        let mut parts = vec![format!("{} passed", summary.pass), failed];
        for (number, what) in [
            (summary.warn, "with warnings"),
            (summary.unstable, "unstable"),
            (summary.inconclusive, "inconclusive"),
            (summary.skipped, "skipped"),
            (summary.unexpected_passes, "passed unexpectedly"),
        ] {
            if number > 0 {
                parts.push(format!("{number} {what}"));
            }
        }
        let cases = if count == 1 { "case" } else { "cases" };
        self.line(&format!("{count} {cases} in {:.1} s: {}", report.seconds, parts.join(", ")));
        let visible: Vec<String> = Id::ALL.into_iter().filter(|id| shows(*id)).map(bare).collect();
        let of = |wanted: &dyn Fn(&crate::report::Statement) -> bool| {
            report.statements.iter().filter(|one| visible.contains(&one.id) && wanted(one)).count()
        };
        let tested = of(&|one| one.status != Status::Skipped);
        let broken = of(&|one| !one.broken_in.is_empty());
        self.line(&format!(
            "Statements that a server shows: {}; covered: {tested}, broken: {broken}.",
            visible.len()
        ));
        for id in &summary.broken {
            if let Ok(id) = id.parse::<Id>() {
                let text = self.ink(Ink::Bad, &id.to_string());
                self.line(&format!("  {text}  {}", id.statement().text));
            }
        }
    }
}

/// Whether a server that breaks it can be seen to.
fn shows(id: Id) -> bool {
    let statement = id.statement();
    let serves = match statement.binds {
        Binds::Server | Binds::Both => true,
        Binds::Client => false,
    };
    serves && statement.shows != Shows::Nowhere
}

fn heading(number: &str) -> String {
    Section::find(number).map_or_else(|| number.to_owned(), Section::to_string)
}

/// Text that cannot write to a terminal.
fn printable(text: &str) -> String {
    text.trim_end()
        .chars()
        .flat_map(|at| {
            let escaped = at.is_control().then(|| at.escape_default());
            let plain = if at.is_control() { None } else { Some(at) };
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

/// Digits back to bytes; what is none is left out.
fn bytes_of(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .filter_map(|pair| std::str::from_utf8(pair).ok())
        .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}
