//! The whole suite against brokers that others wrote, and against Etalon's own over TCP.
//!
//! What a target file argues is what has to be found, no more and no less: a breach that nobody has
//! argued from the text may be a false accusation, and one that does not show is a hole in the suite.
//! Where a broker is not installed the test says so and passes, unless ETALON_REQUIRE_TOOLS is 1.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use etalon_conformance::check::declared::Declared;
use etalon_conformance::report::{Report, Status};
use etalon_conformance::suite;

/// A statement, and the case in which it is broken.
type Breach = (String, String);

/// Runs the suite against the broker that `command` starts.
fn judged(command: &str, target: Option<&Path>) -> (i32, Report) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let mut check = Command::new(env!("CARGO_BIN_EXE_etalon"));
    check.args(["check", "--broker", command, "--report"]).arg(&file);
    if let Some(target) = target {
        check.arg("--target").arg(target);
    }
    let output = check.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}: {said}"));
    (output.status.code().unwrap(), serde_json::from_str(&text).unwrap())
}

fn target(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/targets").join(name)
}

/// Everything that the report says is broken. What failed only now and then accuses nobody.
fn found(report: &Report) -> BTreeSet<Breach> {
    let failed = report.cases.iter().filter(|case| case.status == Status::Fail);
    failed.flat_map(|case| case.broken.iter().map(|id| (id.clone(), case.name.clone()))).collect()
}

/// Holds what is found against what the file argues. What is a race in the broker need not show.
fn is_as_argued(report: &Report, file: &Path, races: &[&str]) {
    let cases = suite::cases().unwrap();
    let declared = Declared::read(file, &std::fs::read_to_string(file).unwrap(), &cases).unwrap();
    let found = found(report);
    let argued = |(id, case): &Breach| {
        declared.argued.iter().any(|one| one.statement == *id && one.cases.contains(case))
    };
    let news: Vec<&Breach> = found.iter().filter(|breach| !argued(breach)).collect();
    assert!(news.is_empty(), "nobody has argued {news:#?}");
    let shows = |id: &String, cases: &[String]| {
        cases.iter().any(|case| found.contains(&(id.clone(), case.clone())))
    };
    for one in declared.argued.iter().filter(|one| !races.contains(&&*one.statement)) {
        assert!(shows(&one.statement, &one.cases), "{} is argued, and did not show", one.statement);
    }
}

#[test]
fn etalon_passes_all_of_it_over_tcp() {
    let etalon = env!("CARGO_BIN_EXE_etalon");
    let (status, report) = judged(&format!("{etalon} serve -p {{port}}"), None);
    let not_passed: Vec<_> = report
        .cases
        .iter()
        .filter(|case| !matches!(case.status, Status::Pass | Status::Skipped))
        .map(|case| (&case.name, case.status, &case.message))
        .collect();
    assert!(not_passed.is_empty(), "{not_passed:#?}");
    assert_eq!(status, 0);
    assert!(report.summary.pass > 600, "{:?}", report.summary);
}

#[test]
fn mosquitto_breaks_what_is_argued_and_nothing_else() {
    let install = "apt-get install mosquitto, as Debian 12 has it";
    let mut version = Command::new("sh");
    version.args(["-c", "mosquitto -h | grep -q 'version 2.0.11'"]);
    if !support::has_tool("mosquitto 2.0.11", install, &mut version, &[0]) {
        return;
    }
    let file = target("mosquitto-2.0.11.toml");
    let (status, report) = judged("mosquitto -p {port}", Some(&file));
    assert_eq!(status, 1);
    is_as_argued(&report, &file, &[]);
    // What is known of it from packets sent by hand.
    let known = [
        ("MQTT-2.2.2-2", "2.2.2/pingreq_flags_1"),
        ("MQTT-3.1.2-8", "3.1.2.5/will_after_take_over_of_kept_sessions"),
        ("MQTT-3.3.1-2", "3.3.1.1/dup_at_qos_0_38"),
        ("MQTT-3.3.5-1", "3.3.5/overlap_brings_the_highest_qos"),
        ("MQTT-4.3.3-2", "4.3.3/repeated_often"),
        ("MQTT-4.8.0-1", "2.2.1/pingresp_to_a_server"),
    ];
    let found = found(&report);
    for (id, case) in known {
        assert!(found.contains(&(id.to_owned(), case.to_owned())), "{id} in {case}");
    }
    let levels = report.cases.iter().find(|case| case.name == "4.7.3/levels_250").unwrap();
    assert_eq!(levels.status, Status::Warn, "l.1452");
}

#[test]
fn aedes_breaks_what_is_argued_and_nothing_else() {
    let modules = std::env::var("ETALON_NODE_MODULES").unwrap_or_default();
    let install = "npm install aedes@1.2.0; ETALON_NODE_MODULES names its node_modules";
    let mut version = Command::new("node");
    version.env("NODE_PATH", &modules).args([
        "-e",
        "const file = process.env.NODE_PATH + '/aedes/package.json';
         const { version } = JSON.parse(require('node:fs').readFileSync(file));
         process.exit(version === '1.2.0' ? 0 : 1)",
    ]);
    if !support::has_tool("aedes 1.2.0", install, &mut version, &[0]) {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aedes/broker.js");
    let file = target("aedes-1.2.0.toml");
    let command = format!("env NODE_PATH={modules} node {script} {{port}}");
    let (status, report) = judged(&command, Some(&file));
    assert_eq!(status, 1);
    // Which of two messages is stored last is luck.
    is_as_argued(&report, &file, &["MQTT-3.3.1-7"]);
}
