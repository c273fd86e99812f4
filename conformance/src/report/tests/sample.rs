//! Reports made by hand, with everything in them that a format has to show, and hostile text.

use etalon::spec::Id;

use crate::report::{
    Breach, Capability, Case, Expected, Packet, Remark, Report, Runs, SCHEMA, Statement, Status,
    Stop, Summary, Target, Wire, text,
};
use crate::suite;

/// What a broker may send to whoever looks at it.
pub const HOSTILE: &str = "</script><script>alert(1)</script>\"' onload=x ```\n# @octocat | ]]> \u{1b}[31m\u{0}\u{202e}\u{FFFE}";

/// Two brokers: one with everything, and one that does well.
pub fn matrix() -> Vec<Report> {
    let mut calm = report();
    calm.target.name = Some("Calm 1.0".into());
    calm.target.address = "127.0.0.1:1884".into();
    calm.cases.truncate(1);
    calm.breaches.clear();
    calm.statements.retain(|statement| statement.id != "MQTT-3.3.1-2");
    for statement in &mut calm.statements {
        statement.status = Status::Pass;
        statement.broken_in.clear();
    }
    calm.summary = Summary { pass: 1, ..Summary::default() };
    vec![report(), calm]
}

/// One broker with every outcome.
pub fn report() -> Report {
    let cases = vec![
        case("2.3.1/identifiers", Status::Pass, &["MQTT-2.3.1-5"]),
        warned(),
        failed(),
        stopped(),
        case("4.1/kept", Status::Skipped, &["MQTT-4.1.0-1"])
            .because("requires restart: Etalon cannot restart this broker"),
        case("4.1/kept_long", Status::Inconclusive, &["MQTT-4.1.0-1"])
            .because("line 6: the broker refused the SUBSCRIBE, as it may"),
        unstable(),
        expected(),
        unexpected(),
        hostile(),
    ];
    let breaches = vec![breach()];
    Report {
        schema: SCHEMA,
        etalon: "0.1.0".into(),
        target: target(),
        started: "2026-05-04T12:30:00Z".into(),
        seconds: 12.5,
        cases,
        breaches,
        statements: statements(),
        summary: Summary {
            pass: 2,
            warn: 1,
            fail: 4,
            inconclusive: 1,
            skipped: 1,
            unstable: 1,
            expected: 1,
            unexpected_passes: 1,
            broken: ["MQTT-3.3.1-2", "MQTT-3.3.1-9", "MQTT-4.3.3-2", "MQTT-4.7.3-1"]
                .map(String::from)
                .into(),
        },
    }
}

fn target() -> Target {
    let capability =
        |name: &str, offered, how: &str| Capability { name: name.into(), offered, how: how.into() };
    Target {
        address: "127.0.0.1:1883".into(),
        name: Some("Sample 2.0 <b>".into()),
        capabilities: vec![
            capability("anonymous", true, "probed: CONNACK accepted"),
            capability("qos2", true, "probed: SUBACK grants 2"),
            capability("restart", false, "no command to restart it was given"),
            capability(HOSTILE, false, HOSTILE),
        ],
    }
}

fn statements() -> Vec<Statement> {
    let statement = |id: &str, status, cases: &[&str], broken_in: &[&str]| Statement {
        id: id.into(),
        status,
        cases: cases.iter().map(|name| (*name).into()).collect(),
        broken_in: broken_in.iter().map(|name| (*name).into()).collect(),
    };
    vec![
        statement("MQTT-2.3.1-5", Status::Pass, &["2.3.1/identifiers"], &[]),
        statement("MQTT-3.3.1-2", Status::Fail, &[], &["4.3.3/two_steps"]),
        statement("MQTT-3.3.1-9", Status::Fail, &["3.3.1.3/retained"], &["3.3.1.3/retained"]),
        statement("MQTT-3.8.4-5", Status::Warn, &["3.8.4/many"], &[]),
        statement("MQTT-4.1.0-1", Status::Skipped, &["4.1/kept", "4.1/kept_long"], &[]),
        statement("MQTT-4.3.3-2", Status::Fail, &["4.3.3/two_steps"], &["4.3.3/two_steps"]),
        statement("MQTT-4.6.0-6", Status::Unstable, &["4.6/order"], &[]),
        statement("MQTT-4.7.2-1", Status::Pass, &["4.7.2/dollar"], &[]),
        statement(
            "MQTT-4.7.3-1",
            Status::Fail,
            &["4.7.3/hostile", "4.7.3/empty"],
            &["4.7.3/empty"],
        ),
    ]
}

/// A case on which nothing else is said.
pub fn case(name: &str, status: Status, ids: &[&str]) -> Case {
    Case {
        name: name.into(),
        section: name.split_once('/').map_or("", |(section, _)| section).into(),
        about: format!("What {name} is about, in a sentence."),
        status,
        ids: ids.iter().map(|id| (*id).into()).collect(),
        broken: Vec::new(),
        message: String::new(),
        stop: None,
        remarks: Vec::new(),
        wire: Vec::new(),
        replay: String::new(),
        runs: Runs { all: 1, failed: 0 },
        seconds: 0.25,
        expected: None,
    }
}

impl Case {
    fn because(self, message: &str) -> Case {
        Case { message: message.into(), ..self }
    }
}

/// Passes, with a warning and a note.
fn warned() -> Case {
    let remark = |weight: &str, cite: &str, text: &str| Remark {
        weight: weight.into(),
        cite: cite.into(),
        text: text.into(),
    };
    let remarks = vec![
        remark("warning", "l.1157", "the broker grants QoS 1 where 2 was asked for"),
        remark("note", "S-91", "retained messages come before the SUBACK"),
    ];
    Case { remarks, ..case("3.8.4/many", Status::Warn, &["MQTT-3.8.4-5"]) }
}

/// The trace stops, and the audit saw something else.
pub fn failed() -> Case {
    let mut wire = vec![
        event(0.0, "sub", "open", "", ""),
        event(0.0, "sub", ">", "CONNECT client=auto clean", "100D00044D5154540402003C000173"),
        event(0.002, "sub", "<", "CONNACK accepted", "20020000"),
        event(0.002, "pub", ">", "PUBLISH a/b qos=2 id=7 \"hi\"", "34090003612F6200076869"),
        event(0.004, "pub", "<", "PUBREC id=7", "50020007"),
        event(0.004, "pub", ">", "PUBREL id=7", "62020007"),
        event(0.005, "pub", "<", "PUBCOMP id=7", "70020007"),
        event(0.006, "sub", "<", "PUBLISH a/b dup \"hi\"", "38070003612F626869"),
        event(0.5, "pub", "closed", "", ""),
    ];
    wire[7].breaches.push(breach());
    Case {
        broken: vec!["MQTT-4.3.3-2".into(), "MQTT-3.3.1-2".into()],
        message: "line 19: the message was delivered twice".into(),
        stop: Some(Stop {
            line: 19,
            expected: "sub < nothing  [MQTT-4.3.3-2]".into(),
            seen: "PUBLISH a/b dup \"hi\"".into(),
            came: vec![packet("PUBLISH a/b dup \"hi\"", "38070003612F626869")],
        }),
        wire,
        replay:
            "# A message in two steps.\ncovers MQTT-4.3.3-2\n\nsub > CONNECT client=auto clean\n\
                 sub < CONNACK accepted\nsub < nothing  [MQTT-4.3.3-2]\n"
                .into(),
        runs: Runs { all: 3, failed: 3 },
        ..case("4.3.3/two_steps", Status::Fail, &["MQTT-4.3.3-2", "MQTT-4.3.3-1"])
    }
}

fn breach() -> Breach {
    Breach {
        id: "MQTT-3.3.1-2".into(),
        by: "server".into(),
        case: "4.3.3/two_steps".into(),
        client: "sub".into(),
        packet: 2,
        at: 0.006,
        byte: 0,
        bytes: "38070003612F626869".into(),
        message: "DUP is set with QoS 0".into(),
    }
}

/// Only the trace speaks.
fn stopped() -> Case {
    Case {
        broken: vec!["MQTT-3.3.1-9".into()],
        message: "line 8: the connection was closed".into(),
        stop: Some(Stop {
            line: 8,
            expected: "sub < PUBLISH {t}/x \"hi\"".into(),
            seen: "closed by the broker".into(),
            came: Vec::new(),
        }),
        runs: Runs { all: 1, failed: 1 },
        ..case("3.3.1.3/retained", Status::Fail, &["MQTT-3.3.1-9"])
    }
}

fn unstable() -> Case {
    Case {
        message: "line 30: messages came out of order".into(),
        runs: Runs { all: 5, failed: 2 },
        ..case("4.6/order", Status::Unstable, &["MQTT-4.6.0-6"])
    }
}

fn expected() -> Case {
    Case {
        broken: vec!["MQTT-4.7.3-1".into()],
        message: "line 4: an empty Topic Filter was granted".into(),
        expected: Some(Expected { met: true, reason: "known, fixed in 2.1".into() }),
        ..case("4.7.3/empty", Status::Fail, &["MQTT-4.7.3-1"])
    }
}

fn unexpected() -> Case {
    Case {
        expected: Some(Expected { met: false, reason: "broken since 1.9".into() }),
        ..case("4.7.2/dollar", Status::Pass, &["MQTT-4.7.2-1"])
    }
}

/// Every text is what a broker, or a file from elsewhere, may make of it.
pub fn hostile() -> Case {
    let mut hostile = case("4.7.3/hostile", Status::Fail, &["MQTT-4.7.3-1", HOSTILE]);
    hostile.about = HOSTILE.into();
    hostile.message = HOSTILE.into();
    hostile.broken = vec![HOSTILE.into()];
    hostile.stop = Some(Stop {
        line: 2,
        expected: HOSTILE.into(),
        seen: HOSTILE.into(),
        came: vec![Packet { line: HOSTILE.into(), bytes: "no digits".into(), fields: Vec::new() }],
    });
    hostile.wire = vec![
        event(f64::NAN, HOSTILE, HOSTILE, HOSTILE, "0g"),
        // PUBLISH with a payload of markup.
        event(0.1, "sub", "<", HOSTILE, "300D0001613C7363726970743E2F2F"),
    ];
    hostile.replay = HOSTILE.into();
    hostile.seconds = -1.0;
    let text = HOSTILE.to_owned();
    hostile.remarks = vec![Remark { weight: HOSTILE.into(), cite: HOSTILE.into(), text }];
    hostile
}

fn event(at: f64, who: &str, what: &str, line: &str, bytes: &str) -> Wire {
    let [who, what, line, bytes] = [who, what, line, bytes].map(String::from);
    Wire { at, who, what, line, bytes, breaches: Vec::new() }
}

fn packet(line: &str, digits: &str) -> Packet {
    let fields = text::fields(&text::bytes(digits).unwrap_or_default());
    Packet { line: line.into(), bytes: digits.into(), fields }
}

/// As many cases as the suite has, with a failure here and there.
pub fn large() -> Report {
    let mut report = report();
    report.target.name = Some("Sample 2.0".into());
    report.target.capabilities.truncate(3);
    report.breaches.clear();
    report.cases = suite::cases()
        .unwrap_or_default()
        .iter()
        .enumerate()
        .map(|(number, case)| one_of_many(number, case))
        .collect();
    report.statements.clear();
    report.summary.broken.clear();
    for id in Id::ALL {
        let all = |list: fn(&Case) -> &Vec<String>| {
            let names =
                report.cases.iter().filter(|case| list(case).iter().any(|one| one == id.name()));
            names.map(|case| case.name.clone()).collect::<Vec<_>>()
        };
        let (cases, broken_in) = (all(|case| &case.ids), all(|case| &case.broken));
        let status = if broken_in.is_empty() { Status::Pass } else { Status::Fail };
        if status == Status::Fail {
            report.summary.broken.push(id.name().into());
        }
        if !cases.is_empty() || !broken_in.is_empty() {
            report.statements.push(Statement { id: id.name().into(), status, cases, broken_in });
        }
    }
    report
}

fn one_of_many(number: usize, one: &suite::Case) -> Case {
    let ids: Vec<String> = one.trace.covers.iter().map(|id| id.name().into()).collect();
    let like = match number % 60 {
        7 => Case {
            broken: ids.iter().take(1).cloned().collect(),
            replay: one.text.clone(),
            ..failed()
        },
        19 => warned(),
        31 => {
            case("", Status::Skipped, &[]).because("requires restart: no command for it was given")
        }
        43 => case("", Status::Inconclusive, &[]).because("line 6: the broker refused, as it may"),
        55 if number < 100 => unstable(),
        _ => case("", Status::Pass, &[]),
    };
    Case { name: one.name.clone(), section: one.section().into(), about: one.about(), ids, ..like }
}
