//! §4.3–§4.7, §3.1: the broker with paho-mqtt, the client library of most Python programs.
//!
//! The scripts in `paho/` hold the tests; each function here runs one against a broker of its own.
//! ETALON_PYTHON names a Python that has paho-mqtt 2.x (python3 unless told otherwise). Without it
//! the tests say so and pass, unless ETALON_REQUIRE_TOOLS is 1.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

mod support;

use std::process::Command;

use etalon::spec;
use support::{Broker, Process, has_tool};

fn python() -> Command {
    Command::new(std::env::var_os("ETALON_PYTHON").unwrap_or_else(|| "python3".into()))
}

fn has_paho() -> bool {
    let look = "import paho.mqtt.client as client; client.CallbackAPIVersion.VERSION2";
    let install = "pip install paho-mqtt, in the Python that ETALON_PYTHON names";
    has_tool("paho-mqtt 2", install, python().args(["-c", look]), &[0])
}

/// Runs one script to its end.
fn run(script: &str) {
    if !has_paho() {
        return;
    }
    let broker = Broker::start();
    let path = format!("{}/tests/paho/{script}.py", env!("CARGO_MANIFEST_DIR"));
    // No compiled copies beside the scripts.
    let mut command = python();
    command.args(["-B", &path, &broker.port()]);
    let output = Process::start(&mut command).succeeds();
    let lines = output.lines();
    assert!(lines.last().is_some_and(|line| line.starts_with("all ")), "{lines:?}");
}

#[test]
fn messages_are_delivered() {
    spec::covers!(MQTT_3_8_4_6, MQTT_4_3_1_1, MQTT_4_3_2_2, MQTT_4_3_3_2, MQTT_4_6_0_6);
    run("delivery");
}

#[test]
fn retained_messages_are_kept_replaced_and_cleared() {
    spec::covers!(MQTT_3_3_1_5, MQTT_3_3_1_6, MQTT_3_3_1_8, MQTT_3_3_1_9, MQTT_3_3_1_10);
    run("retained");
}

#[test]
fn sessions_are_kept_resumed_ended_and_taken_over() {
    spec::covers!(MQTT_3_1_2_4, MQTT_3_1_2_5, MQTT_3_1_2_6, MQTT_3_1_4_2, MQTT_3_2_2_2);
    run("sessions");
}

#[test]
fn subscriptions_select() {
    spec::covers!(MQTT_3_8_4_5, MQTT_3_9_3_1, MQTT_3_10_4_2, MQTT_4_7_1_2, MQTT_4_7_2_1);
    run("subscriptions");
}

#[test]
fn wills_are_published_for_lost_clients_alone() {
    spec::covers!(MQTT_3_1_2_8, MQTT_3_1_2_10, MQTT_3_1_2_17);
    run("wills");
}
