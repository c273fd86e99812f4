//! `etalon sub` against a scripted server.
//!
//! What is sent, byte by byte, what is on stdout and stderr, and the exit status.

mod common;

use std::io::Read;

use common::*;
use etalon::spec;

/// SUBSCRIBE to `t` with this QoS, under identifier 1, and the SUBACK that grants it.
fn subscribed(server: &Server, qos: u8) -> Peer {
    let mut peer = server.greet();
    peer.expect(&[&format!("820600010001740{qos}")]);
    peer.send(&format!("900300010{qos}"));
    peer
}

#[test]
fn messages_are_printed_as_they_are_until_there_are_enough() {
    let server = Server::new();
    let child = start(&server, "sub -t t -C 3");
    let mut peer = subscribed(&server, 0);
    peer.send("300500017400ff 3003000174 300400017478 300400017479");
    peer.expect_leave();
    expect_good(child, b"\x00\xff\nx\n");
}

#[test]
fn topics_are_printed_with_v() {
    let server = Server::new();
    let child = start(&server, "sub -t t -C 2 -v");
    let mut peer = subscribed(&server, 0);
    peer.send("300400017478 3003000174");
    peer.expect_leave();
    expect_good(child, b"t x\nt (null)\n");
}

#[test]
fn formats_are_written() {
    let server = Server::new();
    let child = start(&server, "sub -t t -q 1 -C 1 -N -F %t:%x:%q%r:%m\\n");
    let mut peer = subscribed(&server, 1);
    peer.send("3306000174000a78");
    peer.expect(&["4002000a"]);
    peer.expect_leave();
    expect_good(child, b"t:78:11:10\n");
}

#[test]
fn qos_2_is_completed_before_the_end() {
    spec::covers!(MQTT_4_3_3_2);
    let server = Server::new();
    let child = start(&server, "sub -t t -q 2 -C 1");
    let mut peer = subscribed(&server, 2);
    peer.send("3406000174000a78");
    peer.expect(&["5002000a"]);
    peer.send("6202000a");
    peer.expect(&["7002000a"]);
    peer.expect_leave();
    expect_good(child, b"x\n");
}

#[test]
fn what_is_not_printed_is_not_acknowledged() {
    let server = Server::new();
    let child = start(&server, "sub -t t -q 1 -C 1");
    let mut peer = subscribed(&server, 1);
    peer.send("3206000174000a61 3206000174000b62 3206000174000c63");
    peer.expect(&["4002000a"]);
    peer.expect_leave();
    expect_good(child, b"a\n");
}

#[test]
fn retained_messages_can_be_hidden_or_wanted() {
    for (flag, printed) in [("-R -C 1", b"new\n"), ("--retained-only", b"old\n")] {
        let server = Server::new();
        let child = start(&server, &format!("sub -t t {flag}"));
        let mut peer = subscribed(&server, 0);
        peer.send("31060001746f6c64 30060001746e6577");
        peer.expect_leave();
        expect_good(child, printed);
    }
}

#[test]
fn topics_can_be_filtered_out() {
    let server = Server::new();
    let child = start(&server, "sub -t # -T a/# -T b -C 2 -v");
    let mut peer = server.greet();
    peer.expect(&["82060001000123 00".replace(' ', "").as_str()]);
    peer.send("9003000100");
    peer.send(
        "30040001 6131 30060003 612f6231 300400016231 300400016331 30050002623131"
            .replace(' ', "")
            .as_str(),
    );
    peer.expect_leave();
    expect_good(child, b"c 1\nb1 1\n");
}

#[test]
fn retained_messages_can_be_removed() {
    let server = Server::new();
    let child = start(&server, "sub -t t --remove-retained --retained-only");
    let mut peer = subscribed(&server, 0);
    peer.send("31060001746f6c64 30060001746e6577");
    peer.expect(&["3103000174"]);
    peer.expect_leave();
    expect_good(child, b"old\n");
}

#[test]
fn several_filters_are_asked_for_at_once() {
    let server = Server::new();
    let child = start(&server, "sub -t a -t b/+ -U c -E -q 1");
    let mut peer = server.greet();
    peer.expect(&["820c0001000161010003622f2b01", "a2050002000163"]);
    peer.send("900400010100");
    peer.send("b0020002");
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn a_url_names_another_filter() {
    let server = Server::new();
    let url = format!("mqtt://u:p@127.0.0.1:{}/b", server.port());
    let child = etalon("sub -t a -E -L").arg(url).spawn().unwrap();
    let mut peer = server.greet();
    peer.expect(&["820a00010001610000016200"]);
    peer.send("900400010000");
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn nothing_granted_is_a_failure_and_something_is_not() {
    let server = Server::new();
    let child = start(&server, "sub -t t");
    let mut peer = server.greet();
    peer.packet();
    peer.send("9003000180");
    peer.expect_leave();
    let refused = "etalon: sub: the server refused the subscription \"t\"\n";
    assert_eq!(end(child), (1, Vec::new(), refused.to_owned()));

    let child = start(&server, "sub -t t -t u -E");
    let mut peer = server.greet();
    peer.packet();
    peer.send("900400018000");
    peer.expect_leave();
    assert_eq!(end(child), (0, Vec::new(), refused.to_owned()));
}

#[test]
fn signals_end_it_well() {
    for name in ["-TERM", "-INT"] {
        let server = Server::new();
        let mut child = start(&server, "sub -t t");
        let mut peer = subscribed(&server, 0);
        peer.send("300400017478");
        let mut printed = [0; 2];
        child.stdout.as_mut().unwrap().read_exact(&mut printed).unwrap();
        assert_eq!(&printed, b"x\n");
        signal(&child, name);
        peer.expect_leave();
        expect_good(child, b"");
    }
}

#[test]
fn a_signal_before_connack_tells_that_nothing_was_done() {
    let server = Server::new();
    let child = start(&server, "sub -t t");
    let peer = server.accept();
    signal(&child, "-INT");
    peer.expect_end();
    assert_eq!(end(child).0, 130);
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let server = Server::new();
    let mut child = start(&server, "sub -t t -q 1");
    let mut peer = subscribed(&server, 1);
    drop(child.stdout.take());
    peer.send("3206000174000a78");
    peer.expect_leave();
    expect_good(child, b"");
}

#[test]
fn a_reader_that_pauses_keeps_the_connection_and_nothing_unread_is_acknowledged() {
    spec::covers!(MQTT_3_1_2_23);
    let server = Server::new();
    let mut child = start(&server, "sub -t t -q 1 -C 1 -k 1");
    let mut peer = subscribed(&server, 1);
    let payload = "78".repeat(1_000_000 - 5);
    peer.send(&format!("32c0843d000174000a{payload}"));
    peer.expect(&["c000"]);
    let mut printed = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut printed).unwrap();
    assert_eq!(printed.len(), 1_000_000 - 4);
    let rest: Vec<String> = std::iter::repeat_with(|| peer.packet())
        .find(|packet| packet != "c000")
        .into_iter()
        .collect();
    assert_eq!(rest, ["4002000a"]);
    peer.expect_leave();
    expect_good(child, b"");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_of_our_own() {
    let server = Server::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = etalon("sub -t t -q 1 -h 127.0.0.1 -p");
    let child = command.arg(server.port()).stdout(full).spawn().unwrap();
    let mut peer = subscribed(&server, 1);
    peer.send("3206000174000a78");
    peer.expect_leave();
    let (status, _, stderr) = end(child);
    assert_eq!(status, 4);
    assert_eq!(stderr, "etalon: sub: cannot write to stdout: No space left on device\n");
}

#[test]
fn many_messages_at_once_are_all_printed() {
    let server = Server::new();
    let child = start(&server, "sub -t t -v -C 200000");
    let mut peer = subscribed(&server, 0);
    let sender = std::thread::spawn(move || {
        let burst = "300400017478".repeat(1000);
        (0..200).for_each(|_| peer.send(&burst));
        peer
    });
    let (status, stdout, _) = end(child);
    sender.join().unwrap().expect_leave();
    assert_eq!((status, stdout.len()), (0, "t x\n".len() * 200_000));
}

#[test]
fn a_lost_connection_is_made_again_and_subscribes_again() {
    let server = Server::new();
    let child = start(&server, "sub -t t -C 1");
    subscribed(&server, 0).cut();
    let mut peer = subscribed(&server, 0);
    peer.send("300400017478");
    peer.expect_leave();
    let (status, stdout, stderr) = end(child);
    assert_eq!((status, stdout.as_slice()), (0, &b"x\n"[..]));
    assert!(stderr.ends_with(": the server closed the connection; trying again\n"), "{stderr}");
}

#[test]
fn a_loss_after_the_last_message_is_no_failure() {
    let server = Server::new();
    let child = start(&server, "sub -t t -q 2 -C 1");
    let mut peer = subscribed(&server, 2);
    peer.send("3406000174000a78");
    peer.expect(&["5002000a"]);
    peer.cut();
    assert_eq!(end(child).0, 0);
}

#[test]
fn a_timeout_has_a_status_of_its_own() {
    let server = Server::new();
    let child = start(&server, "sub -t t -W 1");
    subscribed(&server, 0).expect_leave();
    assert_eq!(end(child), (27, Vec::new(), "etalon: sub: timed out\n".into()));
}

#[test]
fn a_server_that_goes_on_sending_after_disconnect_is_left() {
    spec::covers!(MQTT_3_14_4_1, MQTT_3_14_4_2);
    let server = Server::new();
    let child = start(&server, "sub -t t -q 1 -C 1");
    let mut peer = subscribed(&server, 1);
    peer.send("3206000174000a78");
    peer.expect(&["4002000a", DISCONNECT]);
    let sender = std::thread::spawn(move || {
        let burst = "3206000174000b79".repeat(1000);
        while peer.try_send(&burst) {}
        peer.expect_end();
    });
    expect_good(child, b"x\n");
    sender.join().unwrap();
}

#[test]
fn a_malformed_message_is_told_with_its_bytes() {
    spec::covers!(MQTT_3_3_2_2, MQTT_4_8_0_1);
    let server = Server::new();
    let child = start(&server, "sub -t t");
    let mut peer = subscribed(&server, 0);
    peer.send("300400017478 300400012378");
    peer.expect_end();
    let (status, stdout, stderr) = end(child);
    assert_eq!((status, stdout.as_slice()), (1, &b"x\n"[..]));
    assert!(stderr.contains("[MQTT-3.3.2-2]") && stderr.contains("30 04 00 01 23 78"), "{stderr}");
}
