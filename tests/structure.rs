//! What the compiler does not check of how the code is built.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// A file may be this long; a longer one is split.
const LINES_MAX: usize = 600;

fn sources(under: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(under)];
    while let Some(folder) = folders.pop() {
        if folder.is_file() {
            let text = fs::read_to_string(&folder).unwrap();
            found.push((folder, text));
            continue;
        }
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "there is nothing under {under}");
    found
}

/// Fails with the places where a line of code under `under` contains one of `words`.
fn nowhere(under: &[&str], words: &[&str]) {
    let mut places = Vec::new();
    for (path, text) in under.iter().flat_map(|under| sources(under)) {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                places.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(places.is_empty(), "{words:?} in\n{}", places.join("\n"));
}

const CORE: [&str; 9] = [
    "src/packet",
    "src/topic.rs",
    "src/violation",
    "src/session",
    "src/connection",
    "src/broker",
    "src/router",
    "src/mailbox.rs",
    "src/audit",
];

#[test]
fn the_core_knows_no_socket_no_clock_and_no_thread() {
    nowhere(&CORE, &["tokio", "std::net", "std::time", "Instant::now", "std::io", "println!"]);
}

#[test]
fn what_loom_explores_shares_only_through_sync() {
    let explored = ["src/router", "src/mailbox.rs", "src/message.rs"];
    nowhere(&explored, &["std::sync", "std::thread", "core::sync"]);
}

#[test]
fn what_is_below_does_not_know_what_is_above() {
    let above = ["crate::broker", "crate::net", "crate::connection", "crate::session"];
    nowhere(
        &["src/packet", "src/topic.rs", "src/violation", "src/router", "src/mailbox.rs"],
        &above,
    );
    nowhere(&["src/session"], &["crate::broker", "crate::net", "crate::connection"]);
    nowhere(&["src/connection"], &["crate::broker", "crate::net", "crate::session"]);
    nowhere(&["src/broker"], &["crate::net"]);
}

/// What a file names of its crate: the first segment of each path that begins at the root, be it
/// written as `crate::a`, in a list as `crate::{a, b::{c}}`, or climbed to by `super`.
fn named_of_the_crate(depth: usize, text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    let climbs = vec!["super"; depth].join("::") + "::";
    let mut found = Vec::new();
    for root in ["crate::", "etalon::", &climbs] {
        for rest in code.split(root).skip(1) {
            let mut level = 0;
            let mut begins = true;
            for (at, next) in rest.char_indices() {
                match next {
                    '{' => (level, begins) = (level + 1, true),
                    '}' => level -= 1,
                    ',' => begins = true,
                    _ if next.is_whitespace() => continue,
                    _ if begins && level <= 1 => {
                        let word =
                            rest[at..].split(|end: char| !end.is_alphanumeric() && end != '_');
                        found.extend(word.take(1).map(str::to_owned));
                        begins = false;
                    }
                    _ => begins = false,
                }
                if level == 0 {
                    break;
                }
            }
        }
    }
    found
}

#[test]
fn paths_into_the_crate_are_found_however_they_are_written() {
    let named = |depth, text| named_of_the_crate(depth, text).join(" ");
    assert_eq!(named(1, "use crate::session::Session;"), "session");
    assert_eq!(named(1, "use crate::{ time, broker::{Config, turns}, net };"), "time broker net");
    assert_eq!(named(1, "use super::router::Router;"), "router");
    assert_eq!(named(1, "use super::{router, topic};"), "router topic");
    assert_eq!(named(2, "use super::super::session;"), "session");
    assert_eq!(named(2, "use super::session; // crate::net"), "");
}

#[test]
fn the_audit_shares_with_what_it_judges_only_packets_topics_and_time() {
    let known = ["audit", "packet", "topic", "time", "violation", "spec"];
    for (path, text) in sources("src/audit") {
        let folders = path.components().rev().take_while(|part| part.as_os_str() != "src").count();
        let depth = folders - usize::from(path.ends_with("mod.rs"));
        for module in named_of_the_crate(depth, &text) {
            assert!(known.contains(&module.as_str()), "{}: {module}", path.display());
        }
        let climbs = vec!["super"; depth + 1].join("::");
        assert!(!text.contains(&climbs), "{}: {climbs}", path.display());
    }
}

#[test]
fn no_machine_has_a_wildcard_arm() {
    let machines = [
        "src/session/sender.rs",
        "src/session/receiver.rs",
        "src/connection/mod.rs",
        "src/connection/will.rs",
        "src/connection/keep_alive.rs",
    ];
    nowhere(&machines, &["_ =>", "(_, _)", "(_,", ", _) =>"]);
}

#[test]
fn no_file_is_too_long() {
    for (path, text) in sources(".") {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
    }
}
