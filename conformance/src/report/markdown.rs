//! Reports as Markdown for code hosts: the verdict first, failures in full, then every statement.
//!
//! What a broker sent stands in fences that it cannot close, and elsewhere every character that
//! Markdown could read is escaped.

use std::fmt::Write;

use super::outcome::{Outcome, plural};
use super::{Case, Report, Statement, matrix, text};

/// So many failures are told in full; a code host cuts long documents.
const FULL_MAX: usize = 100;

/// The document.
pub fn render(reports: &[Report]) -> String {
    match reports {
        [report] => {
            let mut out = format!("# Etalon: {}\n\n", escaped(report.label()));
            one(&mut out, report, "##");
            out
        }
        reports => several(reports),
    }
}

fn several(reports: &[Report]) -> String {
    let mut out = format!("# Etalon: {}\n\n", plural(reports.len(), "broker"));
    for report in reports {
        let _ = writeln!(out, "- {} {}", escaped(&report.verdict()), report.tally());
    }
    out += "\n## Statements and brokers\n\n";
    out += "A dash says that no case covers the statement there.\n\n";
    out += "| Statement |";
    for report in reports {
        let _ = write!(out, " {} |", escaped(report.label()));
    }
    out += &format!(" In our words |\n|---|{}---|\n", "---|".repeat(reports.len()));
    for row in matrix::rows(reports) {
        let _ = write!(out, "| {} |", escaped(&row.id));
        for cell in &row.cells {
            let _ = match cell {
                Some(status) => write!(out, " {} |", mark(Outcome::from(*status))),
                None => write!(out, " - |"),
            };
        }
        let words = row.statement.map_or("", |statement| statement.text);
        let _ = writeln!(out, " {} |", escaped(words));
    }
    for report in reports {
        let _ = writeln!(out, "\n## {}\n", escaped(report.label()));
        one(&mut out, report, "###");
    }
    out
}

/// One broker, its parts under headings of the level `level`.
fn one(out: &mut String, report: &Report, level: &str) {
    let _ = writeln!(out, "**{}**\n", escaped(&report.verdict()));
    let (address, started) = (escaped(&report.target.address), escaped(&report.started));
    let (etalon, seconds) = (escaped(&report.etalon), report.seconds);
    let _ = writeln!(out, "{address}, {started}, {seconds:.1} s, Etalon {etalon}.\n");
    out.push_str("| Outcome | Cases |\n|---|---:|\n");
    for (outcome, count) in report.counts() {
        let _ = writeln!(out, "| {} {} | {count} |", outcome.sign(), outcome.phrase());
    }
    broken(out, report, level);
    failures(out, report, level);
    remarks(out, report, level);
    undecided(out, report, level);
    statements(out, report, level);
    capabilities(out, report, level);
}

fn broken(out: &mut String, report: &Report, level: &str) {
    if report.summary.broken.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{level} Broken statements\n\n| Statement | In our words | Seen in |");
    out.push_str("|---|---|---|\n");
    for id in &report.summary.broken {
        let words = matrix::statement(id).map_or("", |statement| statement.text);
        let known = report.statements.iter().find(|statement| statement.id == *id);
        let cases = known.map_or(String::new(), |statement| listed(&statement.broken_in));
        let _ = writeln!(out, "| {} | {} | {cases} |", escaped(id), escaped(words));
    }
}

fn failures(out: &mut String, report: &Report, level: &str) {
    let failed: Vec<&Case> = report.cases.iter().filter(|case| failed(case)).collect();
    if failed.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{level} Failures");
    for case in failed.iter().take(FULL_MAX) {
        failure(out, report, case, level);
    }
    let more = failed.len().saturating_sub(FULL_MAX);
    if more > 0 {
        let _ =
            writeln!(out, "\n{} more; the report as JSON has them all.", plural(more, "failure"));
    }
}

/// Whether a case is told in full.
fn failed(case: &Case) -> bool {
    match Outcome::of(case) {
        Outcome::Fail | Outcome::UnexpectedPass | Outcome::Unstable | Outcome::ExpectedFailure => {
            true
        }
        Outcome::Warn | Outcome::Pass | Outcome::Inconclusive | Outcome::Skipped => false,
    }
}

fn failure(out: &mut String, report: &Report, case: &Case, level: &str) {
    let name = escaped(&case.name);
    let _ = writeln!(out, "\n{level}# {name}: {}\n", mark(Outcome::of(case)));
    let _ = writeln!(out, "{}\n", escaped(&case.about));
    if let Some(expected) = &case.expected {
        let _ = writeln!(out, "A failure is expected: {}\n", escaped(&expected.reason));
    }
    fenced(out, "text", &text::failure(report, case));
    if !case.replay.is_empty() {
        out.push_str("\n<details><summary>The trace that shows it again</summary>\n\n");
        fenced(out, "text", &text::visible(&case.replay));
        out.push_str("\n</details>\n");
    }
}

fn remarks(out: &mut String, report: &Report, level: &str) {
    let mut cases = report.cases.iter().filter(|case| !case.remarks.is_empty()).peekable();
    if cases.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "\n{level} Warnings and notes\n");
    for case in cases {
        for remark in &case.remarks {
            let (weight, cite) = (escaped(&remark.weight), escaped(&remark.cite));
            let (name, said) = (escaped(&case.name), escaped(&remark.text));
            let _ = writeln!(out, "- {weight} in {name} ({cite}): {said}");
        }
    }
}

fn undecided(out: &mut String, report: &Report, level: &str) {
    let undecided = |case: &&Case| match Outcome::of(case) {
        Outcome::Inconclusive | Outcome::Skipped => true,
        Outcome::Fail
        | Outcome::UnexpectedPass
        | Outcome::Unstable
        | Outcome::ExpectedFailure
        | Outcome::Warn
        | Outcome::Pass => false,
    };
    let mut cases = report.cases.iter().filter(undecided).peekable();
    if cases.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "\n{level} Not decided\n");
    for case in cases {
        let (name, why) = (escaped(&case.name), escaped(&case.message));
        let _ = writeln!(out, "- {} {name}: {why}", mark(Outcome::of(case)));
    }
}

fn statements(out: &mut String, report: &Report, level: &str) {
    let _ = writeln!(out, "\n{level} Statements\n");
    out.push_str("| Statement | Verdict | Cases | In our words |\n|---|---|---:|---|\n");
    for Statement { id, status, cases, .. } in &report.statements {
        let words = matrix::statement(id).map_or("", |statement| statement.text);
        let (id, words, mark) = (escaped(id), escaped(words), mark(Outcome::from(*status)));
        let _ = writeln!(out, "| {id} | {mark} | {} | {words} |", cases.len());
    }
}

fn capabilities(out: &mut String, report: &Report, level: &str) {
    if report.target.capabilities.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{level} What the broker offers\n");
    out.push_str("| Capability | Offered | How that is known |\n|---|---|---|\n");
    for capability in &report.target.capabilities {
        let offered = if capability.offered { "yes" } else { "no" };
        let (name, how) = (escaped(&capability.name), escaped(&capability.how));
        let _ = writeln!(out, "| {name} | {offered} | {how} |");
    }
}

fn mark(outcome: Outcome) -> String {
    format!("{} {}", outcome.sign(), outcome.word())
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| escaped(name)).collect::<Vec<_>>().join(", ")
}

/// A block of code whose fence is longer than any run of backticks in it.
fn fenced(out: &mut String, language: &str, content: &str) {
    let (mut longest, mut run) = (0usize, 0usize);
    for char in content.chars() {
        run = if char == '`' { run.saturating_add(1) } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.saturating_add(1).max(3));
    let _ = writeln!(out, "{fence}{language}\n{}\n{fence}", content.trim_end());
}

/// Text on one line that Markdown reads as text, and that names nobody and links nowhere.
fn escaped(said: &str) -> String {
    let mut out = String::new();
    for char in text::line(said).chars() {
        match char {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => out.extend(['\\', char]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            _ => out.push(char),
        }
    }
    out.replace("://", "&#58;//")
}
