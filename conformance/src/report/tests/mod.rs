//! Every format shows everything, and what a broker sends cannot leave its place in any of them.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use quick_xml::events::Event;
use serde_json::Value;

use super::{Format, Report, Status, render, text};

mod html;
mod sample;

#[test]
fn the_ending_names_the_format() {
    assert_eq!(Format::of(Path::new("a/report.xml")), Ok(Format::Junit));
    assert_eq!(Format::of(Path::new("A.JSON")), Ok(Format::Json));
    for format in Format::ALL {
        assert_eq!(Format::of(Path::new(&format!("x.{}", format.ending()))), Ok(format));
    }
    assert!(Format::of(Path::new("report.pdf")).unwrap_err().contains(".html"));
    assert!(Format::of(Path::new("html")).unwrap_err().contains(".json"));
}

#[test]
fn json_is_the_report_itself() {
    let mut report = sample::report();
    // JSON has no such number.
    report.cases.last_mut().unwrap().wire.clear();
    let text = render(Format::Json, std::slice::from_ref(&report));
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    let two = vec![report.clone(), report];
    let text = render(Format::Json, &two);
    assert_eq!(serde_json::from_str::<Vec<Report>>(&text).unwrap(), two);
}

#[test]
fn every_field_and_every_status_is_documented() {
    let mut names = BTreeSet::new();
    fields(&serde_json::to_value(sample::report()).unwrap(), &mut names);
    assert!(names.len() > 50, "{names:?}");
    let schema = include_str!("../SCHEMA.md");
    for name in names.iter().map(String::as_str).chain(Status::ALL.map(Status::word)) {
        assert!(schema.contains(&format!("`{name}`")), "{name} is not in SCHEMA.md");
    }
}

fn fields(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                names.insert(name.clone());
                fields(value, names);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn json() {
    let mut report = sample::report();
    report.cases.retain(|case| case.name == "4.3.3/two_steps");
    insta::assert_snapshot!(render(Format::Json, &[report]));
}

#[test]
fn junit() {
    insta::assert_snapshot!(render(Format::Junit, &[sample::report()]));
}

#[test]
fn tap() {
    insta::assert_snapshot!(render(Format::Tap, &[sample::report()]));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(render(Format::Markdown, &[sample::report()]));
}

#[test]
fn markdown_of_several_brokers() {
    let mut reports = sample::matrix();
    for report in &mut reports {
        report.cases.truncate(2);
    }
    insta::assert_snapshot!(render(Format::Markdown, &reports));
}

#[test]
fn junit_is_xml_with_a_suite_for_each_broker_and_a_testcase_for_each_case() {
    let reports = sample::matrix();
    let text = render(Format::Junit, &reports);
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut suites, mut cases) = (0, 0);
    loop {
        let event = reader.read_event().unwrap();
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            suites += usize::from(tag.name().as_ref() == b"testsuite");
            cases += usize::from(tag.name().as_ref() == b"testcase");
        }
        if event == Event::Eof {
            break;
        }
    }
    assert_eq!(suites, 2);
    assert_eq!(cases, reports.iter().map(|report| report.cases.len()).sum::<usize>());
}

#[test]
fn tap_numbers_the_cases_of_all_brokers_through() {
    let text = render(Format::Tap, &sample::matrix());
    let points: Vec<&str> =
        text.lines().filter(|line| line.starts_with("ok") || line.starts_with("not ok")).collect();
    assert!(text.starts_with(&format!("TAP version 14\n1..{}\n", points.len())));
    for (number, point) in points.iter().enumerate() {
        assert!(point.contains(&format!("ok {} - ", number + 1)), "{point}");
    }
    // Whatever a broker sends stays inside its block.
    for line in text.lines().skip(2).filter(|line| !line.is_empty() && !points.contains(line)) {
        assert!(line.starts_with("  ") || line.starts_with("# "), "{line}");
    }
}

#[test]
fn a_case_may_be_called_anything() {
    let mut report = sample::report();
    report.cases.truncate(1);
    report.cases[0].name = sample::HOSTILE.into();
    report.cases[0].section = sample::HOSTILE.into();
    let reports = [report];
    let tap = render(Format::Tap, &reports);
    let point = tap.lines().find(|line| line.starts_with("ok 1 - ")).unwrap();
    assert!(!point.contains(" # ") && point.contains(" \\# "), "no directive: {point}");
    assert!(html::tags(&render(Format::Html, &reports)).len() > 20);
    assert!(!render(Format::Markdown, &reports).contains("<script"));
}

#[test]
fn no_format_but_json_carries_what_cannot_be_seen() {
    for format in [Format::Junit, Format::Html, Format::Markdown, Format::Tap] {
        let text = render(format, &sample::matrix());
        for char in text.chars().filter(|char| *char != '\n') {
            let hidden = char.is_control() || "\u{202e}\u{FFFE}".contains(char);
            assert!(!hidden, "{char:?} in {format:?}");
        }
    }
}

#[test]
fn nothing_closes_a_fence_of_markdown_but_markdown() {
    let text = render(Format::Markdown, &[sample::report()]);
    assert!(text.contains("````text\n"), "the fence is longer than the run in the payload");
    let outside: String = text.split("````").step_by(2).collect();
    assert!(!outside.contains("<script"), "{outside}");
    assert!(!outside.contains("@octocat"), "{outside}");
}

#[test]
fn the_same_reports_come_out_as_the_same_bytes() {
    for format in Format::ALL {
        let of = || render(format, &sample::matrix());
        assert_eq!(of(), of());
    }
}

#[test]
fn the_verdict_counts_what_could_be_judged() {
    let mut report = sample::report();
    assert_eq!(report.verdict(), "Sample 2.0 <b> breaks 4 of the 8 statements it was judged by.");
    report.cases.retain(|case| case.name == "4.7.3/empty");
    report.summary.broken = vec!["MQTT-4.7.3-1".into()];
    assert!(report.verdict().ends_with(", and all of that is expected."));
    report.summary.broken.clear();
    assert!(report.verdict().contains("breaks none of the 8"));
    report.statements.clear();
    assert!(report.verdict().contains("could not be judged"));
}

#[test]
fn fields_go_on_over_several_packets() {
    let bytes = text::bytes("20020000 D000").unwrap();
    let fields = text::fields(&bytes);
    assert_eq!(fields.iter().map(|field| field.len).sum::<usize>(), bytes.len());
    assert_eq!(fields.last().map(|field| field.at), Some(5));
    assert_eq!(text::bytes("0"), None);
    assert_eq!(text::bytes("zz"), None);
}
