//! Reports as Test Anything Protocol 14, one test point for each case.
//!
//! What could not be decided is `SKIP`; expected failures and unstable cases are `TODO`, which fail
//! nothing, and a pass that nobody expects is an `ok` with `TODO`, which harnesses point out.
//! Several brokers are one stream, numbered through.

use std::fmt::Write;

use super::outcome::{Outcome, plural};
use super::{Case, Report, text};

/// The document.
pub fn render(reports: &[Report]) -> String {
    let cases: usize = reports.iter().map(|report| report.cases.len()).sum();
    let mut out = format!("TAP version 14\n1..{cases}\n");
    let mut number = 0usize;
    for report in reports {
        let (label, address) = (text::line(report.label()), text::line(&report.target.address));
        let _ = writeln!(out, "# broker: {label} at {address}, {}", text::line(&report.started));
        for case in &report.cases {
            number = number.saturating_add(1);
            point(&mut out, number, case);
            diagnose(&mut out, report, case);
        }
        let _ = writeln!(out, "# {}", text::line(&report.verdict()));
        let _ = writeln!(out, "# {}", report.tally());
    }
    out
}

fn point(out: &mut String, number: usize, case: &Case) {
    let reason = case.expected.as_ref().map_or("", |expected| &expected.reason);
    let (ok, directive) = match Outcome::of(case) {
        Outcome::Pass | Outcome::Warn => ("ok", String::new()),
        Outcome::Fail => ("not ok", String::new()),
        Outcome::UnexpectedPass => ("ok", format!(" # TODO passed unexpectedly: {reason}")),
        Outcome::Unstable => {
            let failed = case.runs.failed;
            let all = plural(case.runs.all as usize, "run");
            ("not ok", format!(" # TODO unstable: failed {failed} of {all}"))
        }
        Outcome::ExpectedFailure => ("not ok", format!(" # TODO {reason}")),
        Outcome::Inconclusive => ("ok", format!(" # SKIP inconclusive: {}", case.message)),
        Outcome::Skipped => ("ok", format!(" # SKIP {}", case.message)),
    };
    // A number sign would begin a directive.
    let name = text::line(&case.name).replace('\\', "\\\\").replace('#', "\\#");
    let _ = writeln!(out, "{ok} {number} - {name}{}", text::line(&directive));
}

/// A block of YAML below the test point; its scalars are JSON, which YAML includes.
fn diagnose(out: &mut String, report: &Report, case: &Case) {
    let failed = match Outcome::of(case) {
        Outcome::Fail | Outcome::Unstable | Outcome::ExpectedFailure => true,
        Outcome::UnexpectedPass
        | Outcome::Warn
        | Outcome::Pass
        | Outcome::Inconclusive
        | Outcome::Skipped => false,
    };
    if !failed && case.remarks.is_empty() {
        return;
    }
    let _ = writeln!(out, "  ---");
    if failed {
        let broken: Vec<String> = case.broken.iter().map(|id| quoted(id)).collect();
        let _ = writeln!(out, "  message: {}", quoted(&case.message));
        let _ = writeln!(out, "  severity: {}", case.status.word());
        let _ = writeln!(out, "  broken: [{}]", broken.join(", "));
    }
    if !case.remarks.is_empty() {
        let _ = writeln!(out, "  remarks:");
        for remark in &case.remarks {
            let said = format!("{} ({}): {}", remark.weight, remark.cite, remark.text);
            let _ = writeln!(out, "    - {}", quoted(&said));
        }
    }
    if failed {
        block(out, "detail", &text::failure(report, case));
        block(out, "trace", &text::visible(&case.replay));
    }
    let _ = writeln!(out, "  ...");
}

/// A literal; its indentation is told, so that it may begin with a space.
fn block(out: &mut String, key: &str, content: &str) {
    if content.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {key}: |2");
    for line in content.lines() {
        let _ = writeln!(out, "{}", format!("    {}", line.replace('\t', " ")).trim_end());
    }
}

fn quoted(said: &str) -> String {
    serde_json::Value::from(text::visible(said)).to_string()
}
