//! `etalon serve` as a process: signals, addresses, flags and what it says.
//!
//! A stop in order is part of §3.1.2.5: a Server that shuts down publishes the Wills it holds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

mod support;

use std::io::Write;
use std::net::TcpListener;

use etalon::spec;
use support::raw::{self, Raw};
use support::{Broker, Output, Process, etalon};

/// Runs `etalon serve` with flags with which it does not start.
fn refused(flags: &[&str]) -> Output {
    Process::start(etalon().arg("serve").args(flags)).finish()
}

#[test]
fn a_stop_publishes_every_will_and_then_closes() {
    spec::covers!(MQTT_3_1_2_8);
    for signal in ["TERM", "INT"] {
        let broker = Broker::with(&["-p", "0", "--workers", "3"]);
        let mut watcher = Raw::subscribed(broker.address(), "watcher", "wills/#", 0);
        let mut mortals = Vec::new();
        for number in 0..10 {
            let mut mortal = Raw::open(broker.address());
            let (name, topic) = (format!("mortal-{number}"), format!("wills/{number}"));
            mortal.send(&raw::connect_with_will(&name, &topic, "gone"));
            mortal.expect(raw::ACCEPTED);
            mortals.push(mortal);
        }
        broker.signal(signal);
        let mut topics: Vec<String> = (0..10)
            .map(|_| String::from_utf8(watcher.receive()[4..11].to_vec()).unwrap())
            .collect();
        topics.sort();
        assert_eq!(topics, (0..10).map(|number| format!("wills/{number}")).collect::<Vec<_>>());
        assert_eq!(watcher.rest(), b"");
        mortals.iter_mut().for_each(|mortal| assert_eq!(mortal.rest(), b""));
        let (status, said) = broker.ended();
        assert!(status.success(), "{status}");
        assert!(said.contains("11 connections accepted"), "{said}");
    }
}

#[test]
fn a_second_signal_ends_it_without_the_rest() {
    spec::covers!(MQTT_3_1_2_8);
    let broker = Broker::start();
    // It does not take its bytes, so a stop in order waits for it.
    let mut deaf = Raw::subscribed(broker.address(), "deaf", "news", 0);
    let mut publisher = Raw::connect(broker.address(), "publisher");
    for _ in 0..400 {
        publisher.send(&raw::publish("news", &[7; 65_536]));
        publisher.ping();
    }
    let mut watcher = Raw::subscribed(broker.address(), "watcher", "wills/#", 0);
    let mut mortal = Raw::open(broker.address());
    mortal.send(&raw::connect_with_will("mortal", "wills/1", "gone"));
    mortal.expect(raw::ACCEPTED);
    broker.signal("TERM");
    // The Will shows that the stop has begun.
    watcher.expect(&raw::publish("wills/1", b"gone"));
    broker.signal("TERM");
    let (status, said) = broker.ended();
    assert!(status.success(), "{status}");
    assert!(!said.contains("stopped"), "{said}");
    deaf.rest();
}

#[test]
fn a_stderr_that_nobody_reads_holds_nobody_up() {
    let broker = Broker::unheard(&["-p", "0"]);
    let address = broker.address();
    let mut other = Raw::connect(address, "other");
    // More than a pipe and the broker's own queue hold.
    for _ in 0..3000 {
        let mut peer = Raw::open(address);
        peer.0.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        peer.rest();
    }
    other.ping();
    broker.signal("TERM");
    assert_eq!(other.rest(), b"");
    assert!(broker.ended_unheard().success());
}

#[test]
fn a_port_in_use_is_one_clear_line() {
    let broker = Broker::start();
    for flags in [
        vec!["-p".to_owned(), broker.port()],
        vec!["--listen".to_owned(), broker.address().to_string()],
    ] {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let output = refused(&flags);
        assert_eq!(output.status.code(), Some(4));
        assert_eq!(output.stdout, b"");
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
        let address = broker.address().to_string();
        let start = format!("etalon: cannot listen on {address}: ");
        assert!(output.stderr.starts_with(&start), "{}", output.stderr);
        assert!(output.stderr.contains("-p 0"), "{}", output.stderr);
    }
}

#[test]
fn a_wrong_command_line_is_status_2() {
    for (flags, said) in [
        (&["--no-such-flag"][..], "--no-such-flag"),
        (&["-p", "65536"], "65536"),
        (&["--workers", "0"], "--workers"),
        (&["--listen", "localhost"], "localhost"),
        (&["-p", "1", "--listen", "127.0.0.1:0"], "--listen"),
        (&["--set", "limits.packet_byte=1"], "did you mean limits.packet_bytes?"),
        (&["--set", "limits.connections=many"], "give a whole number"),
        (&["--set", "limits.connections"], "KEY=VALUE"),
        (&["-p", "0", "--set", "timeouts.stall=0"], "seconds above 0"),
    ] {
        let output = refused(flags);
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert_eq!(output.stdout, b"", "{flags:?}");
        assert!(output.stderr.starts_with("etalon: "), "{}", output.stderr);
        assert!(output.stderr.contains(said), "{flags:?}: {}", output.stderr);
    }
}

#[test]
fn set_help_lists_the_keys() {
    let output = refused(&["--set", "help"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for key in ["limits.packet_bytes", "timeouts.connect", "strict.control_characters"] {
        assert!(text.contains(key), "{key} in {text}");
    }
}

#[test]
fn several_addresses_of_both_families_are_one_broker() {
    spec::covers!(MQTT_3_3_5_1, MQTT_7_1_1_1);
    let mut flags = vec!["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
    match TcpListener::bind("[::1]:0") {
        Ok(_) => flags.extend(["--listen", "[::1]:0"]),
        Err(error) => println!("without IPv6: {error}"),
    }
    let broker = Broker::with(&flags);
    assert_eq!(broker.addresses.len(), flags.len() / 2);
    for from in &broker.addresses {
        for to in &broker.addresses {
            let mut subscriber = Raw::subscribed(*to, "subscriber", "a", 0);
            let mut publisher = Raw::connect(*from, "publisher");
            publisher.send(&raw::publish("a", b"hi"));
            subscriber.expect(&raw::publish("a", b"hi"));
        }
    }
}

#[test]
fn loopback_means_both_families_on_one_port() {
    if let Err(error) = TcpListener::bind("[::1]:0") {
        println!("skipped: no IPv6: {error}");
        return;
    }
    let broker = Broker::start();
    let [v4, v6] = broker.addresses[..] else { panic!("{:?}", broker.addresses) };
    assert!(v4.is_ipv4() && v6.is_ipv6());
    assert_eq!(v4.port(), v6.port());
    Raw::connect(v6, "client").ping();
}
