//! §4.3–§4.7, §3.1: the broker with `mosquitto_pub` and `mosquitto_sub`, which know nothing of it.
//!
//! Each test has a broker of its own. Without mosquitto's clients the tests say so and pass, unless
//! ETALON_REQUIRE_TOOLS is 1.

mod support;

use std::process::Command;

use etalon::spec;
use support::raw::{self, Raw};
use support::{Broker, Process, bytes_of_every_kind, has_mosquitto};

/// A command of mosquitto's for `broker`.
fn tool(name: &str, broker: &Broker, flags: &[&str]) -> Command {
    // Into a pipe they would not say a thing before they end.
    let mut command = Command::new("stdbuf");
    command.args(["-oL", name, "-h", "127.0.0.1", "-p", &broker.port()]).args(flags);
    command
}

/// `mosquitto_sub` with a subscription that is acknowledged. It prints what it does, too.
fn subscriber(broker: &Broker, flags: &[&str]) -> Process {
    let process = Process::start(tool("mosquitto_sub", broker, flags).arg("-d"));
    process.says("received SUBACK");
    process
}

/// Runs `mosquitto_pub` to its end.
fn publish(broker: &Broker, flags: &[&str]) {
    Process::start(&mut tool("mosquitto_pub", broker, flags)).succeeds();
}

/// Makes a session that is kept, with a subscription, and leaves.
fn keep_session(broker: &Broker, client_id: &str, filter: &str, qos: &str) {
    let flags = ["-c", "-i", client_id, "-t", filter, "-q", qos, "-E"];
    Process::start(&mut tool("mosquitto_sub", broker, &flags)).succeeds();
}

#[test]
fn a_message_arrives_at_the_lower_of_both_qos() {
    spec::covers!(MQTT_3_8_4_6, MQTT_4_3_1_1, MQTT_4_3_2_2, MQTT_4_3_3_2);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    for subscribed in 0..=2 {
        for published in 0..=2 {
            let (asked, given) = (subscribed.to_string(), published.to_string());
            let sub = subscriber(
                &broker,
                &["-t", "a/b", "-q", &asked, "-F", "got %t %p %q %r", "-C", "1"],
            );
            publish(&broker, &["-t", "a/b", "-m", "hi", "-q", &given]);
            let expected = format!("got a/b hi {} 0", subscribed.min(published));
            assert_eq!(sub.says("got "), expected, "{subscribed} and {published}");
            sub.succeeds();
        }
    }
}

#[test]
fn a_qos_2_publish_takes_four_packets() {
    spec::covers!(MQTT_4_3_3_2);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let flags = ["-t", "a", "-m", "hi", "-q", "2", "-d"];
    let output = Process::start(&mut tool("mosquitto_pub", &broker, &flags)).succeeds();
    let said = output.lines().join("\n");
    let places = ["sending PUBLISH", "received PUBREC", "sending PUBREL", "received PUBCOMP"]
        .map(|step| said.find(step).unwrap_or_else(|| panic!("no {step} in\n{said}")));
    assert!(places.is_sorted(), "{said}");
}

#[test]
fn a_retained_message_meets_a_new_subscriber() {
    spec::covers!(MQTT_3_3_1_5, MQTT_3_3_1_6, MQTT_3_3_1_8);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    publish(&broker, &["-t", "lamp/1", "-m", "old", "-r", "-q", "1"]);
    publish(&broker, &["-t", "lamp/1", "-m", "on", "-r", "-q", "1"]);
    let flags = ["-t", "lamp/+", "-q", "2", "-F", "%t %p %q %r", "-C", "1"];
    let output = Process::start(&mut tool("mosquitto_sub", &broker, &flags)).succeeds();
    assert_eq!(output.lines(), ["lamp/1 on 1 1"]);
}

#[test]
fn an_empty_retained_message_clears_the_one_before() {
    spec::covers!(MQTT_3_3_1_10, MQTT_3_3_1_11);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    publish(&broker, &["-t", "lamp/1", "-m", "on", "-r"]);
    publish(&broker, &["-t", "lamp/1", "-n", "-r"]);
    let sub = subscriber(&broker, &["-t", "lamp/+", "-F", "got %p %r", "-C", "1"]);
    publish(&broker, &["-t", "lamp/1", "-m", "live"]);
    assert_eq!(sub.says("got "), "got live 0");
}

#[test]
fn wildcards_select_and_v_shows_the_topic() {
    spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_4_7_3_4);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let published = ["a", "a/b", "a/b/c", "a//c", "/a", "b/b", "A/b", "a/b/c/d"];
    for (filter, expected) in [
        ("a/#", vec!["a", "a/b", "a/b/c", "a//c", "a/b/c/d"]),
        ("+/b", vec!["a/b", "b/b", "A/b"]),
        ("a/+/c", vec!["a/b/c", "a//c"]),
        ("/+", vec!["/a"]),
        ("#", published.to_vec()),
    ] {
        let sub = subscriber(&broker, &["-t", filter, "-t", "end", "-v"]);
        let lines = published.iter().map(|topic| ("-t", *topic));
        for (flag, topic) in lines.chain([("-t", "end")]) {
            publish(&broker, &[flag, topic, "-m", "is here", "-q", "1"]);
        }
        let mut topics = Vec::new();
        loop {
            let line = sub.says(" is here");
            match line.strip_suffix(" is here") {
                Some("end") => break,
                Some(topic) => topics.push(topic.to_owned()),
                None => panic!("{line}"),
            }
        }
        assert_eq!(topics, expected, "{filter}");
    }
}

#[test]
fn dollar_topics_are_kept_from_wildcards() {
    spec::covers!(MQTT_4_7_2_1);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let sub = subscriber(&broker, &["-t", "#", "-t", "+/x", "-t", "$own/x", "-v"]);
    publish(&broker, &["-t", "$own/x", "-m", "payload", "-q", "1"]);
    publish(&broker, &["-t", "$SYS/x", "-m", "payload", "-q", "1", "-r"]);
    publish(&broker, &["-t", "end", "-m", "payload"]);
    assert_eq!(sub.says(" payload"), "end payload");
}

#[test]
fn a_killed_client_has_its_will_published() {
    spec::covers!(MQTT_3_1_2_8);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let watcher = subscriber(&broker, &["-t", "wills/#", "-q", "2", "-F", "got %t %p %q %r"]);
    for (qos, more, expected) in [
        ("0", None, "got wills/1 gone 0 0"),
        ("1", None, "got wills/1 gone 1 0"),
        ("2", Some("--will-retain"), "got wills/1 gone 2 0"),
    ] {
        let will = ["--will-topic", "wills/1", "--will-payload", "gone", "--will-qos", qos];
        let flags: Vec<&str> = ["-t", "other"].into_iter().chain(will).chain(more).collect();
        subscriber(&broker, &flags).kill();
        assert_eq!(watcher.says("got "), expected);
    }
    let late = ["-t", "wills/#", "-q", "2", "-F", "%p %q %r", "-C", "1"];
    let output = Process::start(&mut tool("mosquitto_sub", &broker, &late)).succeeds();
    assert_eq!(output.lines(), ["gone 2 1"]);
}

#[test]
fn a_publisher_killed_in_the_middle_has_its_will_published() {
    spec::covers!(MQTT_3_1_2_8, MQTT_3_1_2_10);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let watcher = subscriber(&broker, &["-t", "#", "-q", "1", "-F", "got %t %p"]);
    let will = ["--will-topic", "wills/pub", "--will-payload", "gone"];
    let mut command = tool("mosquitto_pub", &broker, &["-t", "a", "-q", "1", "-l"]);
    let mut publisher = Process::listening(command.args(will));
    publisher.tell(b"hi\n");
    assert_eq!(watcher.says("got "), "got a hi");
    publisher.kill();
    assert_eq!(watcher.says("got "), "got wills/pub gone");
    // One that leaves with DISCONNECT takes its Will along.
    Process::start(tool("mosquitto_pub", &broker, &["-t", "a", "-m", "bye"]).args(will)).succeeds();
    publish(&broker, &["-t", "end", "-m", "end"]);
    assert_eq!(watcher.says("got "), "got a bye");
    assert_eq!(watcher.says("got "), "got end end");
}

#[test]
fn a_kept_session_gets_what_it_has_missed() {
    spec::covers!(MQTT_3_1_2_4, MQTT_3_1_2_5, MQTT_4_1_0_1);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    keep_session(&broker, "keeper", "jobs/#", "2");
    for (qos, message) in [("1", "one"), ("2", "two"), ("1", "three")] {
        publish(&broker, &["-t", "jobs/x", "-m", message, "-q", qos]);
    }
    let flags = ["-c", "-i", "keeper", "-t", "other", "-q", "2", "-F", "%p %q %r", "-C", "3"];
    let output = Process::start(&mut tool("mosquitto_sub", &broker, &flags)).succeeds();
    // It prints what came at QoS 2 at PUBREL, so only each QoS has an order.
    let mut lines = output.lines();
    lines.sort_by_key(|line| line.ends_with(" 2 0"));
    assert_eq!(lines, ["one 1 0", "three 1 0", "two 2 0"]);
}

#[test]
fn a_clean_session_ends_the_kept_one() {
    spec::covers!(MQTT_3_1_2_6);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    keep_session(&broker, "keeper", "jobs/#", "1");
    publish(&broker, &["-t", "jobs/x", "-m", "missed", "-q", "1"]);
    Process::start(&mut tool("mosquitto_sub", &broker, &["-i", "keeper", "-t", "x", "-E"]))
        .succeeds();
    let sub = subscriber(&broker, &["-c", "-i", "keeper", "-t", "end", "-q", "1", "-F", "got %p"]);
    publish(&broker, &["-t", "jobs/x", "-m", "missed again", "-q", "1"]);
    publish(&broker, &["-t", "end", "-m", "end", "-q", "1"]);
    assert_eq!(sub.says("got "), "got end");
}

#[test]
fn a_second_connection_takes_over_from_the_first() {
    spec::covers!(MQTT_3_1_4_2);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let flags = ["-c", "-i", "twin", "-t", "a", "-q", "1", "-F", "got %p"];
    let first = subscriber(&broker, &flags);
    let mut second = Raw::open(broker.address());
    second.send(&raw::connect_with(0, "twin", &[]));
    second.expect(raw::RESUMED);
    // It connects again by itself, and takes over in its turn.
    first.says("received CONNACK (0)");
    assert_eq!(second.rest(), b"");
    publish(&broker, &["-t", "a", "-m", "hi", "-q", "1"]);
    assert_eq!(first.says("got "), "got hi");
}

#[test]
fn a_mebibyte_arrives_byte_for_byte() {
    spec::covers!(MQTT_4_3_1_1, MQTT_4_3_2_1, MQTT_4_3_3_1);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let payload = bytes_of_every_kind(1 << 20);
    for qos in ["0", "1", "2"] {
        // Retained at QoS 0, queued at the others: no question of who comes first.
        let topic = format!("big/{qos}");
        keep_session(&broker, "big", &topic, qos);
        let mut flags = vec!["-t", &topic, "-q", qos, "-s"];
        flags.extend((qos == "0").then_some("-r"));
        Process::fed(&mut tool("mosquitto_pub", &broker, &flags), &payload).succeeds();
        let flags = ["-c", "-i", "big", "-t", &topic, "-q", qos, "-N", "-C", "1"];
        let output = Process::start(&mut tool("mosquitto_sub", &broker, &flags)).succeeds();
        assert!(output.stdout == payload, "QoS {qos}: {} bytes", output.stdout.len());
    }
}

#[test]
fn an_empty_payload_is_a_message() {
    spec::covers!(MQTT_3_3_1_12);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let sub = subscriber(&broker, &["-t", "a", "-F", "got %t %l", "-C", "1"]);
    publish(&broker, &["-t", "a", "-n"]);
    assert_eq!(sub.says("got "), "got a 0");
}

#[test]
fn a_thousand_messages_keep_their_order_at_each_qos() {
    spec::covers!(MQTT_4_6_0_5, MQTT_4_6_0_6);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let lines: Vec<String> = (0..1000).map(|number| format!("message {number}")).collect();
    let input = lines.join("\n") + "\n";
    for qos in ["0", "1", "2"] {
        let flags = ["-t", "many", "-q", qos, "-F", "got %p", "-C", "1000"];
        let sub = subscriber(&broker, &flags);
        let flags = ["-t", "many", "-q", qos, "-l"];
        Process::fed(&mut tool("mosquitto_pub", &broker, &flags), input.as_bytes()).succeeds();
        let output = sub.succeeds();
        let came: Vec<&str> =
            output.lines().iter().filter_map(|line| line.strip_prefix("got ")).collect();
        assert_eq!(came, lines, "QoS {qos}");
    }
}

#[test]
fn another_version_is_refused_and_reported() {
    spec::covers!(MQTT_3_1_2_2, MQTT_3_1_2_1);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    let flags = ["-t", "a", "-m", "b", "-V", "mqttv5"];
    let output = Process::start(&mut tool("mosquitto_pub", &broker, &flags)).finish();
    assert!(!output.status.success());
    assert!(output.stderr.contains("Unsupported Protocol Version"), "{}", output.stderr);
    assert!(broker.reports("broke").contains("[MQTT-3.1.2-2]"));

    let flags = ["-t", "a", "-m", "b", "-V", "mqttv31"];
    let output = Process::start(&mut tool("mosquitto_pub", &broker, &flags)).finish();
    assert!(!output.status.success());
    assert!(broker.reports("broke").contains("[MQTT-3.1.2-1]"));
}

#[test]
fn an_unsubscribed_filter_brings_nothing() {
    spec::covers!(MQTT_3_10_4_1, MQTT_3_10_4_2);
    if !has_mosquitto() {
        return;
    }
    let broker = Broker::start();
    keep_session(&broker, "leaver", "a", "1");
    let flags = ["-c", "-i", "leaver", "-t", "end", "-q", "1", "-U", "a", "-F", "got %p", "-d"];
    let sub = Process::start(&mut tool("mosquitto_sub", &broker, &flags));
    sub.says("received UNSUBACK");
    publish(&broker, &["-t", "a", "-m", "unwanted", "-q", "1"]);
    publish(&broker, &["-t", "end", "-m", "end", "-q", "1"]);
    assert_eq!(sub.says("got "), "got end");
}
