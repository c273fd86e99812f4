//! Wrong command lines: status 2, one way to complain, and what to do instead.
//!
//! And the few right ones that are about the command line itself.

mod common;

use common::*;

#[test]
fn a_wrong_command_line_is_status_2_and_says_why() {
    for (arguments, why) in [
        ("", "Usage: etalon <COMMAND>"),
        ("explaim", "'explain'"),
        ("pub -t t", "required"),
        ("pub -m x", "--topic <TOPIC>"),
        ("pub -t t -m x -l", "cannot be used with"),
        ("pub -t t -m x -m y", "-m is given twice: only one message can be sent at once"),
        ("pub -t t -m x --unx /s", "a similar argument exists: '--unix'"),
        ("pub -t t -m x --unix /s", "--unix: unix domain sockets are not supported yet"),
        ("pub -t t -m x --cafile ca.pem", "--cafile: TLS is not supported yet"),
        ("pub -t t -m x -D connect a b", "-D: it belongs to MQTT 5"),
        ("pub -t t -m x -V mqttv5", "etalon speaks MQTT 3.1.1 only"),
        ("pub -t t -m x -V 31", "etalon speaks MQTT 3.1.1 only"),
        ("pub -t t -m x -q 3", "3 is not in 0..=2"),
        ("pub -t t -m x -p 0", "0 is not in 1..=65535"),
        ("pub -t t -m x -k 65536", "65536 is not in 0..=65535"),
        ("pub -t t -m x -c", "-c: a session is found again by its client identifier; add -i"),
        ("pub -t t -m x -c -I i", "-c: a session is found again by its client identifier; add -i"),
        ("pub -t t -m x -P p", "-P: MQTT 3.1.1 has no password without a user; add -u"),
        ("pub -t t -m x -i a -I b", "cannot be used with"),
        ("pub -t t -m x --will-payload w", "--will-topic"),
        ("pub -t t -m x --will-topic a/#", "the Will topic cannot be used"),
        ("pub -t a/+ -m x", "-t \"a/+\" cannot be published to"),
        ("pub -L mqtts://h/t -m x", "-L: mqtts:// is not supported yet"),
        ("pub -L mqtt://h -m x", "-L: the topic is missing"),
        ("pub -t t -m x --repeat 0", "0 is not in 1.."),
        ("pub -t t -m x --repeat-delay x", "\"x\" is no number of seconds"),
        ("sub", "--topic <FILTER>"),
        ("sub -t a+", "-t \"a+\" is no topic filter"),
        ("sub -t a -U #/a", "-U \"#/a\" is no topic filter"),
        ("sub -t a -T a#", "-T \"a#\" is no topic filter"),
        ("sub -t a -F %z", "-F: %z is no sequence"),
        ("sub -t a -F %C", "-F: %C belongs to MQTT 5"),
        ("sub -t a -R --retained-only", "cannot be used with"),
        ("sub -t a -C 0", "0 is not in 1.."),
        ("explain 60020", "odd number of hex digits"),
        ("explain MQTT-3.14.4-9", "no statement 9: section 3.14.4 has"),
        ("explain 3.15", "3.15 is no section"),
        ("explain nonsense", "is not hex"),
    ] {
        let (status, stdout, stderr) = told(&etalon(arguments).output().unwrap());
        assert_eq!((status, stdout.as_slice()), (2, &b""[..]), "{arguments}: {stderr}");
        assert!(stderr.contains(why), "{arguments}: {stderr}");
        assert!(stderr.starts_with("etalon: ") && stderr.ends_with('\n'), "{arguments}: {stderr}");
    }
}

#[test]
fn the_last_of_two_equal_flags_counts() {
    let server = Server::new();
    let child = start(&server, "pub -t a -t t -m x -q 2 -q 0 -h nowhere.invalid");
    let mut peer = server.greet();
    peer.expect(&["300400017478"]);
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn a_message_may_begin_with_a_hyphen() {
    let server = Server::new();
    let child = start(&server, "pub -t t -m -5");
    let mut peer = server.greet();
    peer.expect(&["30050001742d35"]);
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn help_goes_to_stdout_and_h_is_the_host() {
    for arguments in
        ["--help", "help pub", "pub --help", "sub --help", "explain --help", "check --help"]
    {
        let (status, stdout, stderr) = told(&etalon(arguments).output().unwrap());
        assert_eq!((status, stderr.as_str()), (0, ""), "{arguments}");
        let help = String::from_utf8(stdout).unwrap();
        assert!(help.contains("Usage: etalon") && help.contains("Examples:"), "{arguments}");
        assert!(help.contains("Exit status"), "{arguments}");
    }
}

#[test]
fn an_unknown_host_cannot_be_reached() {
    let output = etalon("pub -h host.invalid -t t -m x").output().unwrap();
    let (status, _, stderr) = told(&output);
    assert_eq!(status, 3);
    assert!(stderr.starts_with("etalon: cannot find host.invalid: "), "{stderr}");
}
