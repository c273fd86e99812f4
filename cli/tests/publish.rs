//! `etalon pub` against a scripted server.
//!
//! What is sent, byte by byte, what is on stdout and stderr, and the exit status.

mod common;

use std::io::Write;
use std::process::Stdio;

use common::*;
use etalon::spec;

#[test]
fn qos_0_is_sent_and_the_client_takes_leave() {
    spec::covers!(MQTT_3_14_4_2);
    let server = Server::new();
    let child = start(&server, "pub -t t -m x");
    let mut peer = server.greet();
    peer.expect(&["300400017478"]);
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn qos_1_is_acknowledged_before_the_end() {
    spec::covers!(MQTT_4_3_2_1);
    let server = Server::new();
    let child = start(&server, "pub -t t -m x -q 1 -r");
    let mut peer = server.greet();
    peer.expect(&["3306000174000178"]);
    peer.send("40020001");
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn qos_2_is_completed_before_the_end() {
    spec::covers!(MQTT_4_3_3_1);
    let server = Server::new();
    let child = start(&server, "pub -t t -m x -q 2");
    let mut peer = server.greet();
    peer.expect(&["3406000174000178"]);
    peer.send("50020001");
    peer.expect(&["62020001"]);
    peer.send("70020001");
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn every_flag_of_connect_reaches_the_wire() {
    let server = Server::new();
    let child = start(
        &server,
        "pub -t t -n -i id -u u -P p -k 10 -c --will-topic w --will-payload b --will-qos 1 --will-retain",
    );
    let mut peer = server.accept_unread();
    assert_eq!(peer.packet(), "101a00044d51545404ec000a00026964000177000162000175000170");
    peer.send(ACCEPTED);
    peer.expect(&["3003000174"]);
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn a_message_is_repeated_one_after_the_other() {
    let server = Server::new();
    let child = start(&server, "pub -t t -m x -q 1 --repeat 3");
    let mut peer = server.greet();
    for id in ["0001", "0002", "0003"] {
        peer.expect(&[&format!("3206000174{id}78")]);
        peer.send(&format!("4002{id}"));
    }
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn lines_of_stdin_are_messages() {
    let server = Server::new();
    let child = start_with(&server, "pub -t t -l", b"a\r\n\nb\x00\xff\nc");
    let mut peer = server.greet();
    peer.expect(&["3005000174610d", "3003000174", "30060001746200ff", "300400017463"]);
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn only_so_many_lines_are_in_flight() {
    let server = Server::new();
    let child = start_with(&server, "pub -t t -l -q 1 -M 2", b"a\nb\nc\n");
    let mut peer = server.greet();
    peer.expect(&["3206000174000161", "3206000174000262"]);
    peer.send("40020002");
    peer.expect(&["3206000174000363"]);
    peer.send("40020001 40020003");
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn an_empty_stdin_has_no_lines() {
    let server = Server::new();
    let child = start(&server, "pub -t t -l");
    server.greet().expect_leave();
    expect_good(child, b"");
}

#[test]
fn stdin_is_one_message_unless_it_is_empty() {
    let server = Server::new();
    let child = start_with(&server, "pub -t t -s", b"a\nb\n");
    let mut peer = server.greet();
    peer.expect(&["3007000174610a620a"]);
    peer.expect_leave();
    expect_good(child, b"");
    let (status, _, stderr) = end(start(&server, "pub -t t -s"));
    assert_eq!(status, 4);
    assert_eq!(stderr, "etalon: pub: -s: stdin is empty; an empty message is published with -n\n");
}

#[test]
fn a_large_file_arrives_whole() {
    spec::covers!(MQTT_7_1_2_1);
    let path = std::env::temp_dir().join(format!("etalon-pub-{}", std::process::id()));
    let payload: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(&path, &payload).unwrap();
    let server = Server::new();
    let child = start(&server, &format!("pub -t t -q 1 -f {}", path.display()));
    let mut peer = server.greet();
    let packet = bytes(&peer.packet());
    std::fs::remove_file(&path).unwrap();
    assert!(packet.ends_with(&payload) && packet.len() == payload.len() + 10);
    peer.send("40020001");
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn a_lost_session_is_resumed_with_dup_and_the_same_identifier() {
    spec::covers!(MQTT_4_4_0_1, MQTT_3_3_1_1);
    let server = Server::new();
    let child = start_with(&server, "pub -t t -l -q 2 -c -i id", b"a\nb\n");
    let mut peer = server.greet();
    peer.expect(&["3406000174000161", "3406000174000262"]);
    peer.send("50020001");
    peer.expect(&["62020001"]);
    peer.cut();
    let mut peer = server.accept();
    peer.send("20020100");
    peer.expect(&["62020001", "3c06000174000262"]);
    peer.send("70020001 50020002");
    peer.expect(&["62020002"]);
    peer.send("70020002");
    peer.expect_leave();
    let (status, _, stderr) = end(child);
    assert_eq!(status, 0);
    assert!(stderr.ends_with("; trying again\n") && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn a_refusal_is_the_exit_status() {
    spec::covers!(MQTT_3_2_2_5);
    for code in 1..=5 {
        let server = Server::new();
        let child = start(&server, "pub -t t -m x");
        let mut peer = server.accept();
        peer.send(&format!("2002000{code}"));
        peer.expect_end();
        let (status, _, stderr) = end(child);
        assert_eq!(status, code, "{stderr}");
        assert!(stderr.contains(&format!("(CONNACK return code {code})")), "{stderr}");
    }
}

#[test]
fn what_cannot_be_reached_is_status_3() {
    let server = Server::new();
    let port = server.port();
    drop(server);
    let output = etalon(&format!("pub -h 127.0.0.1 -p {port} -t t -m x")).output().unwrap();
    let (status, _, stderr) = told(&output);
    assert_eq!(status, 3);
    let place = format!("etalon: cannot reach 127.0.0.1:{port}: 127.0.0.1: ");
    assert!(stderr.starts_with(&place), "{stderr}");

    let server = Server::new();
    let child = start(&server, "pub -t t -m x");
    server.accept().cut();
    assert_eq!(end(child).0, 3, "closed without CONNACK");

    let child = start(&server, "pub -t t -m x -q 1");
    let mut peer = server.greet();
    peer.expect(&["3206000174000178"]);
    peer.cut();
    let (status, _, stderr) = end(child);
    assert_eq!(status, 3, "closed without PUBACK");
    assert!(stderr.starts_with("etalon: 127.0.0.1:"), "{stderr}");
}

#[test]
fn an_acknowledgement_just_before_the_end_counts() {
    let server = Server::new();
    let child = start(&server, "pub -t t -m x -q 1");
    let mut peer = server.greet();
    peer.expect(&["3206000174000178"]);
    peer.send("40020001");
    peer.cut();
    assert_eq!(end(child).0, 0);
}

#[test]
fn a_server_that_breaks_the_standard_is_told_so() {
    spec::covers!(MQTT_3_2_2_1, MQTT_2_2_2_2);
    let server = Server::new();
    let child = start(&server, "pub -t t -m x");
    let mut peer = server.accept();
    peer.send("20020100");
    peer.expect_end();
    let (status, _, stderr) = end(child);
    assert_eq!(status, 1);
    assert!(stderr.contains("[MQTT-3.2.2-1]") && stderr.contains("20 02 01 00"), "{stderr}");
}

#[test]
fn quiet_leaves_the_status_alone_to_tell() {
    let server = Server::new();
    let child = start(&server, "pub -t t -m x --quiet");
    let mut peer = server.accept();
    peer.send("20020005");
    peer.expect_end();
    assert_eq!(end(child), (5, Vec::new(), String::new()));
}

#[test]
fn a_signal_before_the_end_is_a_failure_with_a_proper_leave() {
    let server = Server::new();
    let child = start(&server, "pub -t t -m x -q 1");
    let mut peer = server.greet();
    peer.expect(&["3206000174000178"]);
    signal(&child, "-TERM");
    peer.expect_leave();
    assert_eq!(end(child).0, 143);
}

#[test]
fn a_server_that_closes_within_a_packet_is_a_lost_one() {
    let server = Server::new();
    let child = start(&server, "pub -t t -m x -q 1");
    let mut peer = server.greet();
    peer.expect(&["3206000174000178"]);
    peer.send("400200");
    peer.cut();
    let (status, _, stderr) = end(child);
    assert_eq!(status, 3);
    assert!(stderr.ends_with(": the server closed the connection\n"), "{stderr}");
}

#[test]
fn a_signal_ends_a_write_that_nobody_reads() {
    let server = Server::new();
    let mut command = etalon("pub -t t -s -k 0 -h 127.0.0.1 -p");
    let mut child = command.arg(server.port()).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&vec![b'x'; 50_000_000]).unwrap();
    let mut peer = server.greet();
    peer.expect_start("3083e1eb17");
    signal(&child, "-TERM");
    assert_eq!(end(child).0, 143);
}

#[test]
fn debug_shows_every_packet_on_stderr() {
    let server = Server::new();
    let child = start(&server, "pub -t t -m x -i id -d");
    let mut peer = server.greet();
    peer.expect(&["300400017478"]);
    peer.expect_leave();
    let (status, stdout, stderr) = end(child);
    assert_eq!((status, stdout), (0, Vec::new()));
    assert_eq!(
        stderr,
        "> CONNECT client=id clean keepalive=60\n< CONNACK accepted\n> PUBLISH t qos=0 \"x\"\n\
         > DISCONNECT\n"
    );
}
