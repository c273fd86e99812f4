//! `etalon fuzz` as a process, with codecs of a few lines of shell: honest ones, wrong ones, and such
//! as hang, die, flood or talk nonsense.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use std::fs;
use std::process::Command;

use etalon::spec;
use serde_json::Value;

/// Answers an encoder of PUBREL, as a good one does, and with the identifier's high byte lost.
const HONEST: &str = r#"while read l; do id=${l##*:}; printf '6202%04x\n' "${id%\}}"; done"#;
const HIGH_BYTE_LOST: &str =
    r#"while read l; do id=${l##*:}; printf '620200%02x\n' $((${id%\}} % 256)); done"#;

/// Runs `etalon fuzz` with these words and this script: status, stdout, stderr.
fn fuzz(words: &str, script: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_etalon"));
    command.arg("fuzz").args(words.split_whitespace());
    if !script.is_empty() {
        command.args(["--", "sh", "-c", script]);
    }
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn an_honest_encoder_passes() {
    let (status, stdout, stderr) =
        fuzz("encoder --kind pubrel --valid-only --runs 500 --seed 3", HONEST);
    assert_eq!((status, stderr.as_str()), (Some(0), ""), "{stdout}");
    let expected = "500 packets from seed 3: 0 breaches, 0 differences, 0 passed on, 0 notes\n";
    assert_eq!(stdout, expected);
}

#[test]
fn a_lost_high_byte_is_found_told_and_can_be_repeated() {
    spec::covers!(MQTT_2_3_1_6);
    let file = std::env::temp_dir().join(format!("etalon-fuzz-{}.json", std::process::id()));
    let words =
        format!("encoder --kind pubrel --valid-only --runs 500 --report {}", file.display());
    let (status, stdout, _) = fuzz(&words, HIGH_BYTE_LOST);
    assert_eq!(status, Some(1), "{stdout}");
    let known = [
        "BREACH [MQTT-2.3.1-6] PUBREL, Packet Identifier",
        "packet: Pubrel { packet_id: 257 }",
        "BREACH [MQTT-2.3.1-6] PUBREL, the packet identifier may not be 0",
        r#"Again: --repeat '{"packet":"PUBREL","packet_id":256}'"#,
    ];
    for known in known {
        assert!(stdout.contains(known), "{known} in {stdout}");
    }
    let report: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    fs::remove_file(&file).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!((findings.len(), &report["packets"]), (2, &Value::from(500)));
    assert_eq!(findings[0]["cite"], "[MQTT-2.3.1-6]");
    assert_eq!(findings[0]["packet"]["packet_id"], 257);

    let again = Command::new(env!("CARGO_BIN_EXE_etalon"))
        .args(["fuzz", "encoder", "--repeat", r#"{"packet":"PUBREL","packet_id":256}"#, "--"])
        .args(["sh", "-c", HIGH_BYTE_LOST])
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1));
    let stdout = String::from_utf8_lossy(&again.stdout);
    assert!(stdout.contains("1 packets from seed 1: 1 breaches"), "{stdout}");
}

#[test]
fn a_decoder_that_accepts_everything_breaks_what_it_should_refuse() {
    spec::covers!(MQTT_2_2_2_2);
    let accepts = r#"while read l; do echo '{"packet":"PINGREQ"}'; done"#;
    let (status, stdout, _) = fuzz("decoder --kind pingreq --runs 300", accepts);
    assert_eq!(status, Some(1), "{stdout}");
    for known in [
        "BREACH [MQTT-2.2.2-2] PINGREQ, fixed-header flags have to be 0000",
        "BREACH [MQTT-4.8.0-1] PINGREQ, bytes are left over after the last field",
        "Again: --repeat 'c00100'",
    ] {
        assert!(stdout.contains(known), "{known} in {stdout}");
    }
}

#[test]
fn a_decoder_that_refuses_everything_refuses_what_is_valid() {
    let refuses = r#"while read l; do echo '{"error":"no"}'; done"#;
    let (status, stdout, _) = fuzz("decoder --kind pingresp --runs 300", refuses);
    assert_eq!(status, Some(1), "{stdout}");
    assert!(stdout.starts_with("DIFFERS PINGRESP, refuses a valid packet"), "{stdout}");
    assert!(stdout.contains("Again: --repeat 'd000'"), "{stdout}");
}

#[test]
fn an_encoder_that_writes_nothing_is_found() {
    let (status, stdout, _) =
        fuzz("encoder --kind pingreq --runs 9", "while read l; do echo; done");
    assert_eq!(status, Some(1), "{stdout}");
    assert!(stdout.starts_with("DIFFERS PINGREQ, writes nothing"), "{stdout}");
}

#[test]
fn what_a_codec_does_not_do_is_told_and_held_against_nobody() {
    let client = r#"while read l; do echo '{"unsupported":"a client does not send it"}'; done"#;
    let (status, stdout, _) = fuzz("encoder --kind connack --runs 100", client);
    assert_eq!(status, Some(0), "{stdout}");
    assert!(stdout.starts_with("Not tried: 100 of CONNACK: a client does not send it\n"));
}

#[test]
fn a_codec_that_is_none_is_told_with_what_it_was_asked_and_never_waited_for() {
    for (script, why) in [
        ("cat > /dev/null", "has not answered within 0.3 seconds"),
        ("exec sleep 600", "has not answered within 0.3 seconds"),
        ("echo oh dear >&2; exit 7", "exit status: 7); its last words:\noh dear"),
        ("read l; echo c000; kill -9 $$", "has ended without an answer (signal: 9"),
        ("exec 1>&-; exec sleep 600", "has closed its stdout without an answer"),
        ("yes", "has answered what cannot be understood, neither hex nor an error: y"),
        ("echo '{\"oops'; cat", "has answered what cannot be understood, no JSON"),
        ("printf '\\377\\n'; cat", "not UTF-8"),
        ("cat /dev/zero", "bytes without the end of a line"),
        ("yes c000", "answers more often than it is asked"),
        ("while read l; do echo c000; echo c000; done", "answers more often than it is asked"),
    ] {
        let timeout = if why.contains("within 0.3") { "0.3" } else { "30" };
        let words = format!("encoder --kind pingreq --runs 100 --timeout {timeout}");
        let (status, stdout, stderr) = fuzz(&words, script);
        assert_eq!((status, stdout.as_str()), (Some(3), ""), "{script}: {stderr}");
        assert!(stderr.contains(why), "{script}: {stderr}");
        let asked = stderr.contains("it was asked: {\"packet\":\"PINGREQ\"}");
        assert!(asked || why.starts_with("answers more"), "{script}: {stderr}");
    }
}

#[test]
fn a_command_that_does_not_exist_cannot_be_started() {
    let output = Command::new(env!("CARGO_BIN_EXE_etalon"))
        .args(["fuzz", "decoder", "--", "/nowhere/at/all"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/at/all cannot be started"));
}

#[test]
fn wrong_command_lines_are_refused() {
    for (words, why) in [
        ("encoder", "required"),
        ("encoder --kind auth -- x", "no type of packet; there are CONNECT"),
        ("encoder --timeout 0 -- x", "has to be more than 0 seconds"),
        ("encoder --repeat {} -- x", "--repeat: \"packet\" is missing"),
        ("decoder --repeat c0x -- x", "--repeat: that is not hex"),
        ("broker", "not yet"),
        ("", "Usage"),
    ] {
        let (status, stdout, stderr) = fuzz(words, "");
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{words}: {stderr}");
        assert!(stderr.contains(why), "{words}: {stderr}");
    }
}

#[test]
fn a_report_that_cannot_be_written_is_our_failure() {
    let words = "encoder --kind pubrel --valid-only --runs 5 --report /nowhere/report.json";
    let (status, _, stderr) = fuzz(words, HONEST);
    assert_eq!(status, Some(4), "{stderr}");
}

#[test]
fn the_example_shows_a_question_and_an_answer_of_each_type() {
    let (status, encoder, _) = fuzz("encoder --example", "");
    assert_eq!(status, Some(0));
    let (_, decoder, _) = fuzz("decoder --example", "");
    assert_eq!((encoder.lines().count(), decoder.lines().count()), (28, 28));
    let pairs = encoder.lines().zip(decoder.lines().skip(1));
    for (question, answer) in pairs.step_by(2) {
        assert_eq!(question.strip_prefix("> "), answer.strip_prefix("< "));
    }
    let readme = fs::read_to_string("../conformance/drivers/README.md").unwrap();
    for line in encoder.lines() {
        assert!(readme.contains(line), "conformance/drivers/README.md lacks {line}");
    }
}
