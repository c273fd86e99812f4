//! The page holds everything, stands alone, and is made of nothing but its own elements.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::sample;
use crate::report::{Case, Format, Report, render};

const ELEMENTS: &str = "html head meta title style body a main header p h1 h2 h3 div span section \
    article nav details summary ul ol li dl dt dd b i em mark code pre label input button time footer \
    script table thead tbody tr th td";

const ATTRIBUTES: &str = "lang charset name content http-equiv href id class role aria-label \
    aria-labelledby aria-hidden style title datetime type checked data-show hidden placeholder \
    autocomplete open tabindex scope colspan";

fn page(reports: &[Report]) -> String {
    render(Format::Html, reports)
}

/// Every tag of a page with its attributes, after checking that they close each other.
pub fn tags(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut tags = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = page;
    while let Some((_, from)) = rest.split_once('<') {
        let (tag, behind) = from.split_once('>').unwrap();
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "at {behind:.80}");
            continue;
        }
        if tag == "!DOCTYPE html" {
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        tags.push((name.to_owned(), self::attributes(attributes)));
        if matches!(name, "style" | "script") {
            let end = format!("</{name}>");
            rest = &rest[rest.find(&end).unwrap() + end.len()..];
        } else if !matches!(name, "meta" | "input") {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, [] as [String; 0]);
    tags
}

fn attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        match behind.strip_prefix("=\"") {
            Some(value) => {
                let (value, behind) = value.split_once('"').unwrap();
                attributes.push((name.to_owned(), value.to_owned()));
                rest = behind.trim_start();
            }
            None => {
                attributes.push((name.to_owned(), String::new()));
                rest = behind.trim_start();
            }
        }
    }
    attributes
}

fn values(page: &str, attribute: &str) -> Vec<String> {
    tags(page)
        .into_iter()
        .flat_map(|(_, attributes)| attributes)
        .filter(|(name, _)| name == attribute)
        .map(|(_, value)| value)
        .collect()
}

#[test]
fn every_case_and_every_statement_can_be_linked_to() {
    let report = sample::report();
    let ids = values(&page(std::slice::from_ref(&report)), "id");
    for case in &report.cases {
        assert!(ids.contains(&format!("case-{}", case.name.replace('/', "-"))), "{}", case.name);
    }
    for statement in &report.statements {
        assert!(ids.contains(&statement.id), "{}", statement.id);
    }
}

#[test]
fn the_matrix_links_to_what_each_broker_did() {
    let reports = sample::matrix();
    let page = page(&reports);
    let ids = values(&page, "id");
    assert!(ids.contains(&"MQTT-4.3.3-2".to_owned()));
    assert!(ids.contains(&"b1-MQTT-4.3.3-2".to_owned()));
    assert!(ids.contains(&"b1-case-4.3.3-two_steps".to_owned()));
    assert!(ids.contains(&"b2-case-2.3.1-identifiers".to_owned()));
    assert!(page.contains("not covered"), "the second broker knows nothing of MQTT-3.3.1-2");
}

#[test]
fn ids_are_unique_and_links_lead_somewhere() {
    for reports in [vec![sample::report()], sample::matrix(), vec![sample::large()]] {
        let page = page(&reports);
        let ids = values(&page, "id");
        let unique: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len());
        for link in values(&page, "href") {
            let target = link.strip_prefix('#').unwrap().to_owned();
            assert!(unique.contains(&target), "{target}");
        }
    }
}

#[test]
fn what_a_broker_sends_is_never_markup() {
    let elements: BTreeSet<&str> = ELEMENTS.split_whitespace().collect();
    let known: BTreeSet<&str> = ATTRIBUTES.split_whitespace().collect();
    let page = page(&sample::matrix());
    let tags = tags(&page);
    for (element, attributes) in &tags {
        assert!(elements.contains(element.as_str()), "{element}");
        for (name, _) in attributes {
            assert!(known.contains(name.as_str()), "{name} in {element}");
        }
    }
    assert_eq!(tags.iter().filter(|(element, _)| element == "script").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)"), "it is shown all the same");
}

#[test]
fn the_page_loads_nothing() {
    let page = page(&sample::matrix());
    for reference in ["http:", "https:", "url(", "@import", " src=", "<link", "<img", "<iframe"] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn a_failure_shows_what_was_expected_the_fault_and_the_trace() {
    let page = page(&[sample::report()]);
    for part in [
        "sub &lt; nothing  [MQTT-4.3.3-2]",
        "packet type and flags",
        "<mark>38</mark>",
        "byte 0 is at fault",
        "The audit saw",
        "etalon replay two_steps.trace --to 127.0.0.1:1883",
        "covers MQTT-4.3.3-2\n",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn what_did_not_come_is_no_byte_s_fault() {
    let mut report = sample::report();
    report.cases.retain(|case| case.name == "4.3.3/two_steps");
    for breach in &mut report.breaches {
        breach.packet = 0;
    }
    let (wire, breaches) = (&mut report.cases[0].wire, report.breaches.clone());
    wire.truncate(2);
    // The connection stays open after a packet of ours.
    wire[1].breaches = breaches;
    let page = page(&[report]);
    assert!(!page.contains("is at fault") && !page.contains("<mark>"), "{page}");
    assert!(page.contains("class=\"sent broken\""));
}

#[test]
fn a_large_page_is_bounded_and_says_that_it_is() {
    let report = sample::large();
    assert!(page(std::slice::from_ref(&report)).len() < 2_000_000);
    // Long wires with bytes to explain, and long wires without.
    for keeps_bytes in [true, false] {
        let mut report = report.clone();
        for case in &mut report.cases {
            let Case { name, section, .. } = case.clone();
            *case = Case { name, section, ..sample::failed() };
            let wire = case.wire.clone();
            case.wire.extend(std::iter::repeat_n(wire, 60).flatten());
            if !keeps_bytes {
                case.wire.iter_mut().for_each(|event| event.bytes.clear());
            }
        }
        let page = page(&[report]);
        assert!(page.len() < 3_000_000, "{}", page.len());
        assert!(page.contains("events left out"));
        assert!(page.contains("the first wires only"));
    }
}

/// Writes pages to look at to `target/look`.
#[test]
#[ignore = "writes files, for people"]
fn look() {
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/look");
    fs::create_dir_all(&to).unwrap();
    let mut other = sample::large();
    other.target.name = Some("Other broker 3.1".into());
    for statement in other.statements.iter_mut().step_by(9) {
        statement.status = crate::report::Status::Inconclusive;
    }
    let mut one = sample::report();
    one.cases.retain(|case| case.name == "4.3.3/two_steps" || case.name == "4.7.3/hostile");
    one.summary.broken.clear();
    one.statements.clear();
    let pages = [
        ("one.html", vec![one]),
        ("sample.html", vec![sample::report()]),
        ("large.html", vec![sample::large()]),
        ("matrix.html", vec![sample::large(), other, sample::report()]),
    ];
    for (name, reports) in pages {
        fs::write(to.join(name), page(&reports)).unwrap();
    }
    if let Ok(real) = fs::read_to_string(to.join("real.json")) {
        let report: Report = serde_json::from_str(&real).unwrap();
        for format in Format::ALL.into_iter().filter(|format| *format != Format::Json) {
            let name = format!("real.{}", format.ending());
            fs::write(to.join(name), render(format, std::slice::from_ref(&report))).unwrap();
        }
    }
}
