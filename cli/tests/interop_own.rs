//! §4.3–§4.7, §3.1: the broker with `etalon pub` and `etalon sub`, alone and beside mosquitto's.
//!
//! Each test has a broker of its own. What the commands print is tested elsewhere; here it shows
//! what has gone over the network.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

mod support;

use std::process::Command;

use etalon::spec;
use support::raw::{self, Raw};
use support::{Broker, Process, bytes_of_every_kind, etalon, has_mosquitto};

fn tool(name: &str, broker: &Broker, flags: &[&str]) -> Command {
    let mut command = match name {
        "pub" | "sub" => etalon(),
        // Into a pipe they would not say a thing before they end.
        _ => Command::new("stdbuf"),
    };
    match name {
        "pub" | "sub" => command.arg(name),
        _ => command.args(["-oL", name]),
    };
    command.args(["-h", "127.0.0.1", "-p", &broker.port()]).args(flags);
    command
}

/// `etalon sub` with a subscription that is acknowledged.
fn subscriber(broker: &Broker, flags: &[&str]) -> Process {
    let process = Process::start(tool("sub", broker, flags).arg("-d"));
    process.complains("< SUBACK");
    process
}

fn publish(broker: &Broker, flags: &[&str]) {
    Process::start(&mut tool("pub", broker, flags)).succeeds();
}

#[test]
fn a_message_arrives_at_the_lower_of_both_qos() {
    spec::covers!(MQTT_3_8_4_6);
    let broker = Broker::start();
    for asked in 0..=2 {
        for given in 0..=2 {
            let (sub_qos, pub_qos) = (asked.to_string(), given.to_string());
            let flags = ["-t", "a/#", "-q", &sub_qos, "-F", "%t %p %q %r", "-C", "1"];
            let sub = subscriber(&broker, &flags);
            publish(&broker, &["-t", "a/b", "-m", "hi", "-q", &pub_qos]);
            assert_eq!(sub.succeeds().lines(), [format!("a/b hi {} 0", asked.min(given))]);
        }
    }
}

#[test]
fn a_retained_message_is_kept_and_cleared() {
    spec::covers!(MQTT_3_3_1_5, MQTT_3_3_1_6, MQTT_3_3_1_10);
    let broker = Broker::start();
    publish(&broker, &["-t", "lamp", "-m", "on", "-r", "-q", "2"]);
    let flags = ["-t", "+", "-q", "1", "-F", "%t %p %q %r", "-C", "1"];
    let output = Process::start(&mut tool("sub", &broker, &flags)).succeeds();
    assert_eq!(output.lines(), ["lamp on 1 1"]);
    publish(&broker, &["-t", "lamp", "-n", "-r"]);
    let sub = subscriber(&broker, &["-t", "+", "-F", "%p %r", "-C", "1"]);
    publish(&broker, &["-t", "lamp", "-m", "live"]);
    assert_eq!(sub.succeeds().lines(), ["live 0"]);
}

#[test]
fn a_kept_session_gets_what_it_has_missed() {
    spec::covers!(MQTT_3_1_2_4, MQTT_3_1_2_5);
    let broker = Broker::start();
    let flags = ["-c", "-i", "keeper", "-t", "jobs", "-q", "2"];
    Process::start(tool("sub", &broker, &flags).arg("-E")).succeeds();
    for (qos, message) in [("1", "one"), ("2", "two"), ("1", "three")] {
        publish(&broker, &["-t", "jobs", "-m", message, "-q", qos]);
    }
    let mut again = tool("sub", &broker, &flags);
    let output = Process::start(again.args(["-F", "%p %q", "-C", "3"])).succeeds();
    assert_eq!(output.lines(), ["one 1", "two 2", "three 1"]);
}

#[test]
fn a_killed_client_has_its_will_published() {
    spec::covers!(MQTT_3_1_2_8);
    let broker = Broker::start();
    let watcher = subscriber(&broker, &["-t", "wills/#", "-q", "1", "-v", "-C", "2"]);
    let will = ["-t", "other", "--will-topic", "wills/1", "--will-payload", "gone"];
    subscriber(&broker, &will).kill();
    assert_eq!(watcher.line().unwrap(), "wills/1 gone");
    let polite = subscriber(&broker, &will);
    polite.signal("TERM");
    polite.succeeds();
    publish(&broker, &["-t", "wills/end", "-m", "end"]);
    assert_eq!(watcher.succeeds().lines(), ["wills/end end"]);
}

#[test]
fn a_second_connection_takes_over_from_the_first() {
    spec::covers!(MQTT_3_1_4_2);
    let broker = Broker::start();
    let first = subscriber(&broker, &["-c", "-i", "twin", "-t", "a", "-q", "1"]);
    let mut second = Raw::open(broker.address());
    second.send(&raw::connect_with(0, "twin", &[]));
    second.expect(raw::RESUMED);
    // It connects again by itself, and takes over in its turn.
    assert_eq!(second.rest(), b"");
    publish(&broker, &["-t", "a", "-m", "hi", "-q", "1"]);
    assert_eq!(first.line().unwrap(), "hi");
}

#[test]
fn a_mebibyte_arrives_byte_for_byte() {
    spec::covers!(MQTT_4_3_1_1, MQTT_4_3_2_1, MQTT_4_3_3_1);
    let broker = Broker::start();
    let payload = bytes_of_every_kind(1 << 20);
    for qos in ["0", "1", "2"] {
        let sub = subscriber(&broker, &["-t", "big", "-q", qos, "-N", "-C", "1"]);
        let flags = ["-t", "big", "-q", qos, "-s"];
        Process::fed(&mut tool("pub", &broker, &flags), &payload).succeeds();
        assert!(sub.succeeds().stdout == payload, "QoS {qos}");
    }
}

#[test]
fn a_thousand_messages_keep_their_order_between_any_two_clients() {
    spec::covers!(MQTT_4_6_0_5, MQTT_4_6_0_6);
    let pairs = [("pub", "sub"), ("pub", "mosquitto_sub"), ("mosquitto_pub", "sub")];
    let pairs = if has_mosquitto() { &pairs[..] } else { &pairs[..1] };
    let broker = Broker::start();
    let lines: Vec<String> = (0..1000).map(|number| format!("message {number}")).collect();
    let input = lines.join("\n") + "\n";
    for (publisher, subscriber) in pairs {
        for qos in ["0", "1", "2"] {
            let flags = ["-t", "many", "-q", qos, "-F", "got %p", "-C", "1000", "-d"];
            let sub = Process::start(&mut tool(subscriber, &broker, &flags));
            match *subscriber {
                "sub" => sub.complains("< SUBACK"),
                _ => sub.says("received SUBACK"),
            };
            let flags = ["-t", "many", "-q", qos, "-l"];
            Process::fed(&mut tool(publisher, &broker, &flags), input.as_bytes()).succeeds();
            let output = sub.succeeds();
            let came: Vec<&str> =
                output.lines().iter().filter_map(|line| line.strip_prefix("got ")).collect();
            assert_eq!(came, lines, "{publisher} to {subscriber} at QoS {qos}");
        }
    }
}
