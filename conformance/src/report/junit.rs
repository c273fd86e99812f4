//! Reports as JUnit's XML: a broker is a suite, a case is a testcase, its section the class.
//!
//! The format knows success, failure, skipped and flaky. An expected failure is skipped, with the
//! reason that the file gives, and a pass that nobody expects is a failure, as it is for the exit
//! status. Warnings stand in `system-out`; they fail nothing.

use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, TestCase, TestCaseStatus, TestRerun, TestSuite, XmlString,
};

use super::outcome::Outcome;
use super::{Case, Report, text};

/// The document.
pub fn render(reports: &[Report]) -> String {
    let mut all = quick_junit::Report::new("etalon");
    all.set_time(seconds(reports.iter().map(|report| report.seconds).sum()));
    all.add_test_suites(reports.iter().map(suite));
    all.to_string().expect("writing to memory does not fail, and the text is valid XML")
}

fn suite(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(text::line(report.label()));
    suite.set_time(seconds(report.seconds));
    suite.extra.insert(XmlString::new("timestamp"), XmlString::new(text::line(&report.started)));
    suite.add_property(Property::new("etalon", text::line(&report.etalon)));
    suite.add_property(Property::new("address", text::line(&report.target.address)));
    for capability in &report.target.capabilities {
        let offered = if capability.offered { "offered" } else { "not offered" };
        let value = format!("{offered} ({})", text::line(&capability.how));
        suite.add_property(Property::new(text::line(&capability.name), value));
    }
    suite.add_test_cases(report.cases.iter().map(|case| testcase(report, case)));
    suite
}

fn testcase(report: &Report, case: &Case) -> TestCase {
    let mut testcase = TestCase::new(text::line(&case.name), status(report, case));
    testcase.set_classname(text::line(&case.section));
    testcase.set_time(seconds(case.seconds));
    if !case.ids.is_empty() {
        testcase.add_property(Property::new("covers", text::line(&case.ids.join(" "))));
    }
    if !case.broken.is_empty() {
        testcase.add_property(Property::new("broken", text::line(&case.broken.join(" "))));
    }
    if !case.remarks.is_empty() {
        let remarks = case.remarks.iter().map(|remark| {
            let [weight, cite] = [&remark.weight, &remark.cite].map(|said| text::line(said));
            format!("{weight} ({cite}): {}\n", text::visible(&remark.text))
        });
        testcase.set_system_out(remarks.collect::<String>());
    }
    testcase
}

fn status(report: &Report, case: &Case) -> TestCaseStatus {
    let reason = case.expected.as_ref().map_or("", |expected| &expected.reason);
    match Outcome::of(case) {
        Outcome::Pass | Outcome::Warn => TestCaseStatus::success(),
        Outcome::Fail => {
            let kind = case.broken.first().map_or("fail", |id| id);
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(text::line(kind));
            status.set_message(text::line(&case.message));
            status.set_description(full(report, case));
            status
        }
        Outcome::UnexpectedPass => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("unexpected-pass");
            status
                .set_message(format!("passed, but a failure is expected: {}", text::line(reason)));
            status
        }
        Outcome::Unstable => {
            let mut rerun = TestRerun::new(NonSuccessKind::Failure);
            let runs = case.runs;
            rerun.set_type("unstable");
            rerun.set_message(format!(
                "failed {} of {} runs: {}",
                runs.failed,
                runs.all,
                text::line(&case.message)
            ));
            rerun.set_description(full(report, case));
            let mut status = TestCaseStatus::success();
            status.add_rerun(rerun);
            status
        }
        Outcome::ExpectedFailure => {
            let mut status = skipped("expected-failure", reason);
            status.set_description(full(report, case));
            status
        }
        Outcome::Inconclusive => skipped("inconclusive", &case.message),
        Outcome::Skipped => skipped("skipped", &case.message),
    }
}

fn skipped(kind: &str, reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(kind);
    status.set_message(text::line(reason));
    status
}

/// The failure, and the trace that shows it again.
fn full(report: &Report, case: &Case) -> String {
    let mut full = text::failure(report, case);
    if !case.replay.is_empty() {
        full += &format!("\ntrace:\n{}", text::visible(&case.replay));
    }
    full
}

/// What is no duration, in a file from elsewhere, counts as none.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
