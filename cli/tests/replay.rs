//! `etalon replay` as a process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use std::process::{Command, Output};

fn replay(name: &str, text: &str) -> Output {
    let file = std::env::temp_dir().join(format!("etalon-{}-{name}.trace", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_etalon")).arg("replay").arg(&file).output().unwrap();
    std::fs::remove_file(&file).unwrap();
    output
}

#[test]
fn verdict_is_the_exit_status() {
    let head = "covers MQTT-3.12.4-1\na > CONNECT client=auto clean\na < CONNACK accepted\n";
    let passed = replay("pass", head);
    assert!(String::from_utf8_lossy(&passed.stdout).ends_with(": pass\n"), "{passed:?}");
    assert_eq!(passed.status.code(), Some(0));
    let failed = replay("fail", &format!("{head}a < PINGRESP\n"));
    assert!(String::from_utf8_lossy(&failed.stdout).contains("fail [MQTT-3.12.4-1] line 4"));
    assert_eq!(failed.status.code(), Some(1));
}

#[test]
fn mistake_in_a_trace_is_a_usage_error_with_its_place() {
    let output = replay("wrong", "covers MQTT-3.12.4-1\na > PING\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 2, column 5: expected"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_broker_that_is_not_there_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let trace = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../conformance/traces/3.12.4/each_pingreq_is_answered.trace"
    );
    let output = Command::new(env!("CARGO_BIN_EXE_etalon"))
        .args(["replay", trace, "--to", &address])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot reach"), "{output:?}");
    assert_eq!(output.status.code(), Some(3));
}

/// Accepts CONNECT, and releases what was never sent.
fn careless() -> std::net::SocketAddr {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            if let Ok(1..) = stream.read(&mut [0; 512]) {
                let _ = stream.write_all(b"\x20\x02\0\0\x62\x02\0\x09");
                let _ = stream.read(&mut [0; 512]);
            }
        }
    });
    address
}

#[test]
fn what_the_audit_saw_fails_a_trace_that_passes() {
    let trace = "covers MQTT-3.12.4-1\na > CONNECT client=auto clean\na < CONNACK accepted\n\
                 a < PUBREL id=any\n";
    let file = std::env::temp_dir().join(format!("etalon-{}-audit.trace", std::process::id()));
    std::fs::write(&file, trace).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_etalon"))
        .args(["replay", file.to_str().unwrap(), "--to", &careless().to_string()])
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains(": fail [MQTT-4.3.3-1], as the audit saw"), "{told}");
    assert!(told.contains("the trace itself: pass") && told.contains("packet 2 to a"), "{told}");
    assert!(told.contains("Packet Identifier: 9"), "{told}");
    assert_eq!(output.status.code(), Some(1));
}
