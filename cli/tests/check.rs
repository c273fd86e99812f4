//! `etalon check` as a process: against `etalon serve`, and against peers that are no brokers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use etalon_conformance::check::declared::Declared;
use etalon_conformance::check::expect::Expectations;
use etalon_conformance::check::process::Template;
use etalon_conformance::check::{self, Place, Settings, Wires};
use etalon_conformance::report::Status;
use etalon_conformance::suite::Case;
use support::{Broker, Output, Process, etalon};

/// Runs `etalon check` with these arguments to its end.
fn run(arguments: &[&str]) -> Output {
    Process::start(etalon().arg("check").args(arguments)).finish()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A directory of one test, gone when it is over.
struct Dir(PathBuf);

impl Dir {
    fn new(test: &str) -> Dir {
        let path = std::env::temp_dir().join(format!("etalon-check-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Dir(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A peer that does the same with every connection, as long as the test runs.
fn peer(each: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = each.clone();
            std::thread::spawn(move || each(stream));
        }
    });
    address
}

/// Nobody listens there.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// A server that accepts every CONNECT, grants every SUBSCRIBE, and answers several PINGREQ in one
/// write with one PINGRESP too many. It delivers nothing.
fn careless(mut stream: TcpStream) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut bytes) {
        let pings = bytes[..count].iter().filter(|byte| **byte == 0xC0).count();
        let answer = match bytes[0] {
            0x10 => [0x20, 2, 0, 0].to_vec(),
            0x82 if count > 3 => vec![0x90, 3, 0, 1, bytes[count - 1]],
            _ => Vec::new(),
        };
        let pongs = [0xD0, 0].repeat(if pings > 1 { pings + 1 } else { pings });
        if stream.write_all(&[answer, pongs].concat()).is_err() {
            return;
        }
    }
}

#[test]
fn a_broker_that_keeps_the_standard_passes_with_status_0() {
    let broker = Broker::start();
    let address = broker.address().to_string();
    let output = run(&[&address, "3.12.4", "4.3.3/two_steps", "MQTT-3.8.4-5"]);
    let page = text(&output);
    assert_eq!(output.status.code(), Some(0), "{page}\n{}", output.stderr);
    assert_eq!(output.stderr, "");
    assert!(page.contains("  3.12.4 Response\n    ✓ each_pingreq_is_answered\n"), "{page}");
    assert!(page.contains("    ✓ two_steps\n"), "{page}");
    assert!(page.contains(" passed, 0 failed"), "{page}");
    assert!(page.contains("Statements that a server shows: 103; covered: "), "{page}");
    assert!(!page.contains('\x1b'), "{page}");
    let colored = run(&[&address, "3.12.4", "--color", "always"]);
    assert!(text(&colored).contains("\x1b[32m✓\x1b[0m each_pingreq"), "{}", text(&colored));
}

#[test]
fn cases_are_listed_without_a_broker() {
    let output = run(&["--list", "MQTT-3.12.4-1"]);
    let page = text(&output);
    assert_eq!(output.status.code(), Some(0));
    assert!(page.contains("3.12.4/each_pingreq_is_answered\n      "), "{page}");
    assert!(!page.contains("two_steps"), "{page}");
    let all = text(&run(&["--list"]));
    assert!(all.lines().count() > 1000 && all.contains("tags: malformed"), "{all}");
    // A command line that is complete but for --list.
    assert_eq!(text(&run(&["localhost:1883", "MQTT-3.12.4-1", "--list"])), page);
}

#[test]
fn a_wrong_command_line_says_what_was_probably_meant() {
    for (arguments, why) in [
        (&[][..], "HOST is missing"),
        (
            &["3.8.4"],
            "3.8.4 selects cases, and the HOST is missing: etalon check HOST[:PORT] 3.8.4",
        ),
        (&["localhost", "4.3.3/two_step"], "no such case; did you mean 4.3.3/two_steps?"),
        (&["localhost", "malforme"], "no case has this tag; did you mean malformed?"),
        (&["localhost", "MQTT-3.8.4-9"], "no such statement"),
        (&["localhost", "9.9"], "no such section"),
        (&["--list", "malforme"], "did you mean malformed?"),
        (&["--broker", "x {port}", "localhost:1"], "--broker says already where the broker is"),
        (&["--broker", "x {port}", "malforme"], "did you mean malformed?"),
        (&["localhost:0"], "\"0\" is no port"),
        (&["ws://localhost"], "ws:// is not supported yet"),
        (&["mqtts://localhost"], "there is no TLS"),
        (&["localhost", "--report", "out.pdf"], ".json, .xml (JUnit), .html, .md"),
        (&["--broker", "x -p 1883"], "the command has to say {port}"),
        (&["localhost", "--jobs", "0"], "0 is not in 1..=1024"),
        (&["localhost", "--repeat", "0"], "0 is not in 1..=1000"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", output.stderr);
        assert!(output.stderr.contains(why), "{arguments:?}: {}", output.stderr);
        assert!(output.stderr.starts_with("etalon: "), "{arguments:?}: {}", output.stderr);
        assert_eq!(text(&output), "", "{arguments:?}");
    }
}

#[test]
fn a_peer_that_is_not_there_is_status_3() {
    let output = run(&[&nowhere(), "3.12.4"]);
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.contains("cannot reach 127.0.0.1:"), "{}", output.stderr);
    assert!(output.stderr.contains("is the broker running"), "{}", output.stderr);
    let output = run(&["host.invalid", "3.12.4"]);
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.contains("cannot find host.invalid"), "{}", output.stderr);
}

#[test]
fn a_peer_that_is_no_broker_is_status_3_and_said_plainly() {
    let closes = peer(drop);
    let silent = peer(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let http = peer(|mut stream| {
        let _ = stream.read(&mut [0; 512]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let flood = peer(|mut stream| while stream.write_all(&[0x30; 4096]).is_ok() {});
    let endless = peer(|mut stream| {
        let _ = stream.write_all(&[0x20, 0xFF, 0xFF, 0xFF, 0x7F]);
        while stream.write_all(&[0; 4096]).is_ok() {}
    });
    let publishes = peer(|mut stream| while stream.write_all(b"\x30\x03\0\x01a").is_ok() {});
    let refuses = peer(|mut stream| {
        let _ = stream.read(&mut [0; 512]);
        let _ = stream.write_all(&[0x20, 2, 0, 5]);
    });
    let mut running = Vec::new();
    for (address, why) in [
        (closes, "accepted the connection but closed it on a valid CONNECT (three times)"),
        (silent, "accepted the connection but did not answer a valid CONNECT within 10 s"),
        (http, "what it sends is not MQTT 3.1.1: \"HTTP/1.1\", 48 54 54 50"),
        (flood, "accepted the connection but "),
        (endless, "accepted the connection but what it sends is not MQTT 3.1.1: 20 FF FF FF 7F"),
        (
            publishes,
            "accepted the connection but sent PUBLISH a \"\" before any CONNACK [MQTT-3.2.0-1]",
        ),
        (refuses, "return code 5, not authorized; give a user as [credentials] in a --target file"),
    ] {
        let address = address.to_string();
        // Each takes what it takes, so they run side by side.
        running.push((why, Process::start(etalon().args(["check", &address, "3.12.4"]))));
    }
    for (why, process) in running {
        let output = process.finish();
        assert_eq!(output.status.code(), Some(3), "{why}: {}", output.stderr);
        assert!(output.stderr.contains(why), "{why}: {}", output.stderr);
        assert_eq!(text(&output), "", "{why}");
    }
}

#[test]
fn a_failure_is_status_1_with_expectation_bytes_and_what_to_do() {
    let address = peer(careless).to_string();
    let dir = Dir::new("failure");
    let traces = dir.path("traces");
    let case = "3.12.4/each_pingreq_is_answered";
    let output = run(&[&address, case, "-v", "--replay-dir", &traces]);
    let page = text(&output);
    assert_eq!(output.status.code(), Some(1), "{page}");
    assert!(page.contains("    ✗ each_pingreq_is_answered  [MQTT-3.12.4-1]"), "{page}");
    assert!(page.contains("FAIL [MQTT-3.12.4-1]  3.12.4/each_pingreq_is_answered\n"), "{page}");
    assert!(page.contains("  expected  "), "{page}");
    assert!(page.contains("> PINGREQ"), "{page}");
    assert!(page.contains("C0 00"), "{page}");
    let again = page.lines().find_map(|line| line.strip_prefix("  Again: etalon ")).unwrap();
    let output = Process::start(etalon().args(again.split(' '))).finish();
    assert_eq!(output.status.code(), Some(1), "{again}: {}", output.stderr);
}

#[test]
fn known_failures_are_expected_and_unexpected_passes_are_told() {
    let dir = Dir::new("expect");
    let case = "3.12.4/each_pingreq_is_answered";
    let known = |name: &str, case: &str, id: &str| {
        dir.file(name, &format!("[[expect]]\ncase = \"{case}\"\n{id}reason = \"issue 7\"\n"))
    };
    let met = known("met.toml", case, "id = \"MQTT-3.12.4-1\"\n");
    let other = known("other.toml", case, "id = \"MQTT-3.8.4-1\"\n");
    let unknown = known("unknown.toml", "3.12.4/each_pingreq_is_answerd", "");
    let address = peer(careless).to_string();
    let output = run(&[&address, case, "--expect", &met]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("(expected: issue 7)"), "{}", text(&output));
    assert!(text(&output).contains("1 failed (1 as expected)"), "{}", text(&output));
    let output = run(&[&address, case, "--expect", &other]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let output = run(&[&address, case, "--expect", &unknown]);
    assert_eq!(output.status.code(), Some(2), "{}", output.stderr);
    assert!(output.stderr.contains(&format!("did you mean {case}?")), "{}", output.stderr);
    let broker = Broker::start();
    let output = run(&[&broker.address().to_string(), case, "--expect", &met]);
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    assert!(text(&output).contains(&format!("UNEXPECTED PASS  {case}\n")), "{}", text(&output));
    // What is expected of a case that was not chosen does not matter.
    let output = run(&[&broker.address().to_string(), "4.3.3/two_steps", "--expect", &met]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn a_target_file_declares_skips_and_its_mistakes_are_told() {
    let dir = Dir::new("target");
    let broker = Broker::start();
    let address = broker.address();
    let good = dir.file(
        "good.toml",
        &format!(
            "name = \"Ours\"\naddress = \"{address}\"\nlacks.wildcards = \"by hand\"\n\
             [[skip]]\ncase = \"3.12.4/each_pingreq_is_answered\"\nreason = \"too slow\"\n"
        ),
    );
    let output = run(&["--target", &good, "3.12.4/each_pingreq_is_answered", "4.3.3/two_steps"]);
    let page = text(&output);
    assert_eq!(output.status.code(), Some(0), "{page}\n{}", output.stderr);
    assert!(page.contains(&format!("MQTT 3.1.1: Ours at {address}")), "{page}");
    let lacks = page.lines().find(|line| line.starts_with("  lacks   ")).unwrap();
    assert!(lacks.contains("wildcards"), "{page}");
    assert!(page.contains("- each_pingreq_is_answered  too slow (good.toml)"), "{page}");
    assert!(page.contains("1 passed, 0 failed, 1 skipped"), "{page}");
    for (name, text, why) in [
        ("a.toml", "nme = \"x\"\n", "unknown field `nme`, expected one of `name`"),
        ("b.toml", "[lacks]\nwildcard = \"x\"\n", "did you mean wildcards?"),
        ("c.toml", "\n\nname = \n", "line 3"),
    ] {
        let output = run(&["localhost", "--target", &dir.file(name, text)]);
        assert_eq!(output.status.code(), Some(2), "{}", output.stderr);
        assert!(output.stderr.contains(why) && output.stderr.contains(name), "{}", output.stderr);
    }
    let output = run(&["localhost", "--target", &dir.path("missing.toml")]);
    assert_eq!(output.status.code(), Some(4), "{}", output.stderr);
}

#[test]
fn a_broker_is_started_and_nothing_is_left_of_it() {
    let command = format!("{} serve -p {{port}}", env!("CARGO_BIN_EXE_etalon"));
    let output = run(&["--broker", &command, "4.3.3/two_steps"]);
    let page = text(&output);
    assert_eq!(output.status.code(), Some(0), "{page}\n{}", output.stderr);
    let address: SocketAddr =
        page.lines().next().unwrap().strip_prefix("MQTT 3.1.1: ").unwrap().parse().unwrap();
    assert!(TcpStream::connect(address).is_err(), "{address} is still served");
    assert!(page.contains("restart"), "{page}");
}

#[test]
fn a_started_broker_comes_back_on_its_port_with_its_directory() {
    let dir = Dir::new("restart");
    let log = dir.path("starts");
    let script = format!(
        "sh -c 'echo $$ {{dir}} >> {log}; exec {} serve -p {{port}}'",
        env!("CARGO_BIN_EXE_etalon")
    );
    let text = "covers MQTT-3.12.4-1\nrequires restart\n\n\
                a > CONNECT client=auto clean\na < CONNACK accepted\nrestart\na < closed\n\
                a > CONNECT client=auto clean\na < CONNACK accepted\n";
    let case = Case { name: "3.12.4/here".into(), text: text.into(), trace: text.parse().unwrap() };
    let place = Place::Starts(Template::read(&script).unwrap());
    let broker = check::Broker { place, declared: Declared::default() };
    let settings = Settings { jobs: 4, repeat: 1, wires: Wires::Troubled };
    let (expectations, stop) = (Expectations::default(), AtomicBool::new(false));
    let checked =
        check::check(&broker, &[&case], &expectations, &settings, &stop, &mut |_| {}).unwrap();
    let case = &checked.report.cases[0];
    assert_eq!(case.status, Status::Pass, "{case:?} {:?}", checked.lost);
    let starts = std::fs::read_to_string(log).unwrap();
    let starts: Vec<(&str, &str)> =
        starts.lines().map(|line| line.split_once(' ').unwrap()).collect();
    assert_eq!(starts.len(), 2, "{starts:?}");
    assert_eq!(starts[0].1, starts[1].1, "one directory for both");
    for (pid, dir) in starts {
        assert!(!PathBuf::from(format!("/proc/{pid}")).exists(), "{pid} runs on");
        assert!(!PathBuf::from(dir).exists(), "{dir} is left");
    }
}

#[test]
fn a_broker_that_dies_at_start_is_status_3_with_its_output() {
    let output = run(&["--broker", "sh -c 'echo no licence for {port} >&2; exit 9'", "3.12.4"]);
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.contains("exit status: 9"), "{}", output.stderr);
    assert!(output.stderr.contains("  | no licence for "), "{}", output.stderr);
    let output = run(&["--broker", "/no/such/broker {port}", "3.12.4"]);
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.contains("/no/such/broker cannot be started"), "{}", output.stderr);
}

#[test]
fn a_signal_stops_the_run_and_what_was_run_is_reported() {
    let (sender, connections) = channel();
    let address = peer(move |stream| {
        // The test may be over.
        let _ = sender.send(());
        careless(stream);
    });
    let mut command = etalon();
    let process = Process::start(command.args(["check", &address.to_string(), "3.12.4"]));
    connections.recv_timeout(support::PATIENCE).unwrap();
    process.signal("INT");
    let output = process.finish();
    assert_eq!(output.status.code(), Some(130), "{}", output.stderr);
    assert!(output.stderr.contains("stopped; what had been run by then"), "{}", output.stderr);
    assert!(text(&output).contains("0 passed"), "{}", text(&output));
}

#[test]
fn a_report_of_every_format_is_written() {
    let broker = Broker::start();
    let dir = Dir::new("report");
    let files: Vec<String> =
        ["r.json", "r.xml", "r.html", "r.md", "r.tap"].map(|name| dir.path(name)).to_vec();
    let address = broker.address().to_string();
    let mut arguments = vec![address.as_str(), "3.12.4"];
    arguments.extend(files.iter().flat_map(|file| ["--report", file]));
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    let read = |place: usize| std::fs::read_to_string(&files[place]).unwrap();
    let json: serde_json::Value = serde_json::from_str(&read(0)).unwrap();
    let names: Vec<&str> =
        json["cases"].as_array().unwrap().iter().filter_map(|case| case["name"].as_str()).collect();
    assert!(names.contains(&"3.12.4/each_pingreq_is_answered"), "{names:?}");
    assert_eq!(json["summary"]["fail"], 0);
    let cases = "each_pingreq_is_answered";
    for (place, head, part) in [
        (1, "<?xml", cases),
        (2, "<!DOCTYPE html>", cases),
        (3, "# ", "MQTT-3.12.4-1"),
        (4, "TAP version 14", cases),
    ] {
        let text = read(place);
        assert!(text.starts_with(head) && text.contains(part), "{}: {text}", files[place]);
    }
    let unwritable = dir.path("no/such/dir/r.json");
    let output = run(&[&nowhere(), "3.12.4", "--report", &unwritable]);
    assert_eq!(output.status.code(), Some(4), "{}", output.stderr);
}

#[test]
fn several_brokers_stand_side_by_side() {
    let (good, bad) = (Broker::start().address().to_string(), peer(careless).to_string());
    let dir = Dir::new("matrix");
    let file = dir.path("m.json");
    let case = "3.12.4/each_pingreq_is_answered";
    let output = run(&[case, "--report", &file, "--matrix", &good, &bad]);
    assert_eq!(output.status.code(), Some(3), "the first broker has gone: {}", output.stderr);
    let first = Broker::start();
    let good = first.address().to_string();
    let output = run(&[case, "--report", &file, "--matrix", &good, &bad]);
    let page = text(&output);
    assert_eq!(output.status.code(), Some(1), "{page}\n{}", output.stderr);
    assert!(page.contains(&format!("  (1) {good}\n  (2) {bad}\n")), "{page}");
    let line = page.lines().find(|line| line.starts_with("  MQTT-3.12.4-1 ")).unwrap();
    assert!(line.contains("pass") && line.ends_with("fail"), "{line}");
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 2);
}

#[test]
fn mosquitto_is_started_probed_and_found_out() {
    let install = "apt-get install mosquitto";
    if !support::has_tool("mosquitto", install, Command::new("mosquitto").arg("-h"), &[0, 1, 3]) {
        return;
    }
    let output = run(&["--broker", "mosquitto -p {port}", "3.12.4", "3.1.2.2/level_05"]);
    let page = text(&output);
    assert_eq!(output.status.code(), Some(0), "{page}\n{}", output.stderr);
    assert!(page.contains("- level_05  no only-3.1.1: probed: level 5 gets an answer"), "{page}");
    assert!(page.contains("qos2-method: probed: method A, delivered at PUBREL"), "{page}");
}
