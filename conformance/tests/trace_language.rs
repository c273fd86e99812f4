//! The language of traces: every mistake is told with its place and with what was expected, and
//! the examples of the grammar run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use etalon_conformance::report::Status;
use etalon_conformance::run::{Credentials, Happened, Options, run};
use etalon_conformance::target::Virtual;
use etalon_conformance::trace::Trace;
use etalon_conformance::verdict::Verdict;
use etalon_conformance::world::World;
use etalon_spec::Id;

const HEAD: &str = "covers MQTT-4.8.0-1\n";

/// The mistake in a trace with this body, whose first line is line 2.
fn mistake(body: &str) -> String {
    let text = format!("{HEAD}{body}");
    text.parse::<Trace>().map(|_| String::new()).unwrap_or_else(|mistake| mistake.to_string())
}

#[track_caller]
fn told(body: &str, place: (usize, usize), expected: &str) {
    let told = mistake(body);
    let (line, column) = place;
    let begins = format!("line {line}, column {column}: expected ");
    assert!(told.starts_with(&begins) && told.contains(expected), "{body:?} gives {told:?}");
}

#[test]
fn headers_have_their_mistakes() {
    let found = "a > PINGREQ\n".parse::<Trace>().unwrap_err().to_string();
    assert!(found.starts_with("line 1, column 1: expected `covers`"), "{found}");
    let found = "covers MQTT-9.9.9-9\n".parse::<Trace>().unwrap_err().to_string();
    assert!(
        found.starts_with("line 1, column 8: expected a statement of the standard ("),
        "{found}"
    );
    let found = "covers 4.8.0-1\n".parse::<Trace>().unwrap_err().to_string();
    assert!(found.contains("such as MQTT-4.3.3-2, found \"4.8.0-1\""), "{found}");
    told("tags\n", (2, 5), "a tag");
    told("requires\n", (2, 9), "what the target has to offer");
    told("a > PINGREQ\ntags x\n", (3, 1), "headers stand before");
    told("", (2, 1), "a step");
}

#[test]
fn steps_have_their_mistakes() {
    told("a PINGREQ\n", (2, 3), "`>` or `<`");
    told("!\n", (2, 1), "a step: a peer");
    told("a > \n", (2, 5), "a packet, `raw`, `split`");
    told("a > PING\n", (2, 5), "a packet, `raw`");
    told("a > PINGREQ now\n", (2, 13), "the end of the line");
    told("a > cut now\n", (2, 9), "the end of the line");
    told("a > PINGREQ ; \n", (2, 15), "a packet");
    told("a > split 0 PINGREQ\n", (2, 11), "a number of bytes from 1 to 65535");
    told("+5\n", (2, 3), "`s` or `ms`");
    told("+x\n", (2, 2), "a time such as");
    told("+90000s\n", (2, 2), "at most a day");
    told("b < PINGRESP\n", (2, 1), "a peer that has sent something");
    told("a > open\na < what\n", (3, 5), "a packet, `raw`, `closed` or `nothing`");
    told("a > open\na < closed slowly\n", (3, 12), "`silently`");
    told("a > open\na < closed silently silently\n", (3, 21), "each once");
    told("a > open\na < closed breach=MQTT-3.14.4-9\n", (3, 19), "no statement 9");
    told("a > open\na < closed within soon\n", (3, 19), "a time such as");
    told("a > open\na < nothing [MQTT-1.5.3-9]\n", (3, 14), "a statement of the standard");
    told("a > open\na < nothing [MQTT-1.5.3-1\n", (3, 26), "`]`");
}

#[test]
fn remarks_and_restarts_have_their_mistakes() {
    told("a > open\nwarn l.1157 \"late\"\n", (3, 1), "stand in a branch");
    let within = |remark: &str| format!("a > open\noptional {{\na < closed\n{remark}\n}}\n");
    told(&within("warn 1157 \"late\""), (5, 6), "what it rests on: l.1157");
    told(&within("warn l.x \"late\""), (5, 6), "what it rests on");
    told(&within("note MQTT-3.14.4-9 \"late\""), (5, 6), "no statement 9");
    told(&within("note S-91 late"), (5, 11), "`\"`");
    told(&within("restart"), (5, 1), "stands outside of blocks");
    told("a > open\nrestart\n", (3, 1), "`requires restart`");
    told(
        "a > CONNECT client=auto clean\na > PUBLISH {denied-topic}\n",
        (3, 13),
        "`requires denied-topic`",
    );
    told("warn < PINGRESP\n", (2, 1), "stand in a branch");
}

#[test]
fn blocks_have_their_mistakes() {
    told("a > open\nany {\n}\n", (4, 1), "a peer and `<`");
    told("a > open\nany {\n    a < nothing\n}\n", (4, 5), "neither `closed` nor `nothing`");
    told("a > open\nany a < PINGRESP\n", (3, 5), "`{`");
    told("a > open\neither {\n a < nothing\n}\n", (6, 1), "`or` and another branch");
    told("a > open\neither {\n a > PINGREQ\n} or {\n a < nothing\n}\n", (4, 4), "`<`");
    told("a > open\noptional {\n a < PINGRESP\n", (5, 1), "`}`");
    told("a > open\nor {\n", (3, 1), "`or` follows");
    told("a > open\n}\n", (3, 1), "a step");
    let deep = "optional {\na < PINGRESP\n".repeat(9) + &"}\n".repeat(9);
    told(&format!("a > open\n{deep}"), (19, 9), "at most 8 blocks");
}

#[test]
fn packets_have_their_mistakes() {
    told("a > CONNECT clean\n", (2, 13), "`client=`");
    told("a > CONNECT client=\"\"\n", (2, 22), "`clean`, without which");
    told("a > CONNECT client=auto clean clean\n", (2, 31), "each once");
    told("a > CONNECT client=auto keepalive=65536\n", (2, 35), "seconds from 0 to 65535");
    told("a > CONNECT client=auto will-qos=1\n", (2, 25), "`will=`, and behind it");
    told("a > CONNECT client=auto password \"p\"\n", (2, 25), "`user=`, and behind it");
    told("a > CONNECT client=any\n", (2, 20), "no `any`");
    told("a > CONNECT client=auto will=a/# \"x\"\n", (2, 30), "a Topic Name");
    told("a > CONNACK\n", (2, 12), "`accepted` or `refused`");
    told("a > CONNACK refused 6\n", (2, 21), "a return code from 1 to 5");
    told("a > CONNACK accepted present=any\n", (2, 30), "no `any` in what is sent");
    told("a > PUBLISH a/+ \"x\"\n", (2, 13), "a Topic Name");
    told("a > PUBLISH #\n", (2, 13), "stands in quotes");
    told("a > PUBLISH }\n", (2, 13), "stands in quotes");
    told("a > PUBLISH a qos=3\n", (2, 19), "a QoS from 0 to 2");
    told("a > PUBLISH a qos=1\n", (2, 20), "`id=` at QoS 1 and 2");
    told("a > PUBLISH a id=1\n", (2, 19), "no `id=` at QoS 0");
    told("a > PUBLISH a dup\n", (2, 18), "no `dup` at QoS 0");
    told("a > PUBLISH a qos=1 qos=1\n", (2, 21), "each field once");
    told("a > PUBLISH a qos=1 id=0\n", (2, 24), "a Packet Identifier from 1");
    told("a > PUBLISH a qos=1 id=$p\n", (2, 24), "a variable that has a value");
    told("a > PUBLISH a any\n", (2, 15), "`\"`, `hex` or `repeat`");
    told("a > PUBLISH a hex 0\n", (2, 19), "a byte of two hexadecimal digits");
    told("a > PUBLISH a \"x\n", (2, 17), "`\"` at the end");
    told("a > PUBLISH a \"\\q\"\n", (2, 16), "one of");
    told("a > PUBLISH a \"\\u{d800}\"\n", (2, 16), "a Unicode scalar value");
    told("a > PUBLISH a repeat 900000 \"x\"\n", (2, 22), "a number of times from 0");
    told("a > SUBSCRIBE a qos=1\n", (2, 15), "`id=`");
    told("a > SUBSCRIBE id=1 a/#/b qos=1\n", (2, 20), "a Topic Filter");
    told("a > SUBSCRIBE id=1 a\n", (2, 21), "`qos=` behind each");
    told("a > SUBSCRIBE id=1\n", (2, 19), "a Topic Filter");
    told("a > SUBACK id=1 3\n", (2, 17), "a return code");
    told("a > UNSUBSCRIBE id=1\n", (2, 21), "a Topic Filter");
    told("a > raw\n", (2, 8), "bytes, text in quotes");
    told("a > raw 1\n", (2, 9), "a byte of two hexadecimal digits");
    told("a > raw 10 ( 00\n", (2, 16), "`)`");
    told("a > raw 10 ( ( 00 ) )\n", (2, 14), "no `(` within another");
    told("a > raw repeat 2 repeat 2 00\n", (2, 18), "a byte or text in quotes");
}

#[test]
fn what_has_to_stand_in_quotes_is_printed_in_quotes() {
    let filters = ["#", "}b", "b c", "a;b", "[b", "\u{feff}"];
    let quoted = |filter: &&str| format!("a > UNSUBSCRIBE id=1 a \"{filter}\"");
    let steps: Vec<String> = filters.iter().map(quoted).collect();
    let text = format!("{HEAD}{}\n", steps.join("\n"));
    let trace: Trace = text.parse().unwrap();
    assert_eq!(trace.to_string().parse::<Trace>().as_ref(), Ok(&trace), "{trace}");
}

#[test]
fn variables_bound_in_one_branch_only_have_no_value_behind_it() {
    let body = "a > open\neither {\n a < PUBREC id=$p\n} or {\n a < nothing\n}\na > PUBREL id=$p\n";
    told(body, (8, 15), "a variable that has a value");
    let both =
        "a > open\neither {\n a < PUBREC id=$p\n} or {\n a < PUBACK id=$p\n}\na > PUBREL id=$p\n";
    assert_eq!(mistake(both), "");
}

/// The examples of the grammar: whole traces in fences that say `trace`.
#[test]
fn examples_of_the_grammar_pass_and_read_back() {
    let readme = include_str!("../traces/README.md");
    let examples: Vec<&str> =
        readme.split("```trace\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 5);
    for (number, example) in examples.iter().enumerate() {
        let trace: Trace =
            example.parse().unwrap_or_else(|mistake| panic!("example {number}: {mistake}"));
        assert_eq!(trace.to_string().parse::<Trace>().unwrap(), trace);
        for workers in [1, 4] {
            let mut target = Virtual::new(World::new(workers));
            let options = Options { prefix: "ex".into(), ..Options::default() };
            let verdict = run(&mut target, &trace, &options).verdict;
            assert_eq!(verdict, Verdict::Pass, "example {number}: {verdict}");
        }
    }
}

fn verdict(body: &str) -> Verdict {
    let trace: Trace = format!("{HEAD}{body}").parse().unwrap();
    let options = Options { prefix: "v".into(), ..Options::default() };
    run(&mut Virtual::new(World::new(1)), &trace, &options).verdict
}

const JOINED: &str = "a > CONNECT client=auto clean\na < CONNACK accepted\n";

#[track_caller]
fn fails(body: &str, id: Id, line: usize) {
    match verdict(&format!("{JOINED}{body}")) {
        Verdict::Fail(failure) | Verdict::Unstable(failure) => {
            assert_eq!((failure.id, failure.line.0), (id, line))
        }
        other @ (Verdict::Pass | Verdict::Inconclusive(_) | Verdict::Skipped(_)) => {
            panic!("{body}: {other}")
        }
    }
}

#[test]
fn what_does_not_come_fails_under_the_line_s_own_statement() {
    fails("a < PINGRESP  [MQTT-3.12.4-1]\n", Id::MQTT_3_12_4_1, 4);
    fails("a < PINGRESP\n", Id::MQTT_3_12_4_1, 4);
    fails("a < PUBLISH {t}/x\n", Id::MQTT_4_8_0_1, 4);
    fails("a < closed breach=MQTT-3.1.0-2\n", Id::MQTT_3_1_0_2, 4);
}

#[test]
fn remarks_come_with_the_branch_in_which_they_stand() {
    let text = format!(
        "{HEAD}{JOINED}a > DISCONNECT\neither {{\n    a < closed\n    note S-101 \"at once\"\n}} or {{\n    \
         a < nothing\n    warn l.1157 \"it is \\\"late\\\"\"\n}}\n"
    );
    let trace: Trace = text.parse().unwrap();
    assert_eq!(trace.to_string().parse::<Trace>().unwrap(), trace);
    let options = Options { prefix: "remarks".into(), ..Options::default() };
    let run = run(&mut Virtual::new(World::new(1)), &trace, &options);
    assert_eq!(run.verdict, Verdict::Pass);
    let remarks: Vec<String> = run.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(remarks, ["note S-101 \"at once\""]);
    assert_eq!(run.status(), Status::Pass);
}

#[test]
fn restart_needs_a_target_that_can_and_reads_back() {
    let text = format!("{HEAD}requires restart\n{JOINED}restart\n{JOINED}");
    let trace: Trace = text.parse().unwrap();
    assert_eq!(trace.to_string().parse::<Trace>().unwrap(), trace);
    let mut options = Options { prefix: "restart".into(), ..Options::default() };
    let played = |options: &Options| run(&mut Virtual::new(World::new(1)), &trace, options).verdict;
    assert_eq!(played(&options), Verdict::Skipped("requires restart".into()));
    options.offers.push("restart".into());
    assert!(matches!(played(&options), Verdict::Inconclusive(_)));
}

#[test]
fn names_of_the_target_are_filled_in() {
    let text = format!(
        "{HEAD}requires denied-topic denied-filter\n{JOINED}a > SUBSCRIBE id=1 {{denied-filter}} qos=0\n\
         a < SUBACK id=1 0\na > PUBLISH {{denied-topic}} \"hi\"\na < PUBLISH {{denied-topic}} \"hi\"\n"
    );
    let trace: Trace = text.parse().unwrap();
    let mut options = Options {
        prefix: "names".into(),
        offers: vec!["denied-topic".into(), "denied-filter".into()],
        denied_filter: Some("secret/#".into()),
        ..Options::default()
    };
    let played = |options: &Options| run(&mut Virtual::new(World::new(1)), &trace, options);
    assert_eq!(played(&options).verdict, Verdict::Skipped("requires denied-topic".into()));
    options.denied_topic = Some("secret/door".into());
    options.credentials =
        Some(Credentials { user: "etalon".into(), password: Some(b"word".to_vec()) });
    let run = played(&options);
    assert_eq!(run.verdict, Verdict::Pass, "{run}");
    let sent = |text: &[u8]| {
        run.wire.iter().any(|event| match &event.what {
            Happened::Sent(bytes) => bytes.windows(text.len()).any(|part| part == text),
            Happened::Opened | Happened::Came(_) | Happened::Ended | Happened::Closed => false,
        })
    };
    assert!(sent(b"secret/door") && sent(b"\0\x06etalon\0\x04word"));
}

#[test]
fn what_comes_unasked_fails() {
    fails("a > PINGREQ\na < nothing  [MQTT-3.12.4-1]\n", Id::MQTT_3_12_4_1, 5);
    fails("a > PINGREQ ; raw F0 00\na < closed silently\n", Id::MQTT_4_8_0_1, 5);
    fails("a > PINGREQ\n", Id::MQTT_4_8_0_1, 4);
}

#[test]
fn close_for_another_reason_fails_under_the_one_that_was_asked_for() {
    fails("a > raw F0 00\na < closed breach=MQTT-2.2.2-2\n", Id::MQTT_2_2_2_2, 5);
}

#[test]
fn wrong_order_fails_where_the_standard_orders_and_passes_where_it_does_not() {
    let own = "a > SUBSCRIBE id=1 {t}/+ qos=0\na < SUBACK id=1 0\n\
        a > PUBLISH {t}/x \"1\" ; PUBLISH {t}/x \"2\" ; PUBLISH {t}/y \"3\"\n";
    fails(&format!("{own}a < PUBLISH {{t}}/x \"2\"\n"), Id::MQTT_4_8_0_1, 7);
    let free = "a < PUBLISH {t}/y \"3\"\na < PUBLISH {t}/x \"1\"\na < PUBLISH {t}/x \"2\"\n";
    assert_eq!(verdict(&format!("{JOINED}{own}{free}")), Verdict::Pass);
}

#[test]
fn missing_offer_skips() {
    let text = "covers MQTT-4.8.0-1\nrequires tls\na > open\n";
    let run = run(
        &mut Virtual::new(World::new(1)),
        &text.parse().unwrap(),
        &Options { prefix: "v".into(), ..Options::default() },
    );
    assert_eq!(run.verdict, Verdict::Skipped("requires tls".into()));
    assert!(run.wire.is_empty());
}

#[test]
fn failure_shows_the_annotated_bytes() {
    let told = verdict(&format!("{JOINED}a > PINGREQ\na < nothing\n")).to_string();
    assert!(told.contains("came      PINGRESP"), "{told}");
    assert!(told.contains("D0") && told.contains("packet type and flags"), "{told}");
}
