//! Copies of the concurrent parts with one deliberate mistake in each, made from the sources as
//! they are. A mistake that no longer finds its place in the source stops the build.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// A mistake: its name, its file, and what becomes of what stands there.
type Mistake = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const MISTAKES: [Mistake; 14] = [
    (
        "bumped_before_the_lock",
        "router/mod.rs",
        &[
            (
                "let mut shard = part.write();\n        // Read",
                "part.bump();\n        let mut shard = part.write();\n        // Read",
            ),
            ("part.bump();\n        if !filter", "if !filter"),
        ],
    ),
    ("walked_once", "router/mod.rs", &[("if walks == WALKS_MAX ||", "if walks < WALKS_MAX ||")]),
    (
        "generation_read_after_the_walk",
        "router/mod.rs",
        &[(
            "cache.keep(text, home, seen,",
            "cache.keep(text, home, self.generations(home, topic),",
        )],
    ),
    (
        "number_taken_outside_the_lock",
        "router/mod.rs",
        &[
            (
                "let mut shard = self.part(home_of_topic(topic)).write();",
                "let early = self.next_seq();\n        \
                 let mut shard = self.part(home_of_topic(topic)).write();",
            ),
            ("let seq = self.next_seq();", "let seq = early;"),
        ],
    ),
    ("no_birth", "router/shard.rs", &[("if grant.born <= seq {", "if grant.born <= u64::MAX {")]),
    ("reborn", "router/shard.rs", &[("old.qos = grant.qos;", "*old = grant;")]),
    (
        "asleep_too_late",
        "mailbox.rs",
        &[
            ("inside.asleep = inside.items.is_empty();", "let empty = inside.items.is_empty();"),
            (
                "inside.give_back(into.len());",
                "inside.give_back(into.len());\n            \
                 drop(inside);\n            \
                 self.lock().asleep = empty;",
            ),
            ("        } else {\n            into.append(&mut inside.items);\n", ""),
        ],
    ),
    (
        "targets_before_the_lock",
        "router/mod.rs",
        &[
            (
                "let mut shard = self.part(home_of_topic(topic)).write();",
                "let (_, early, _) = self.walk(home_of_topic(topic), topic);\n        \
                 let mut shard = self.part(home_of_topic(topic)).write();",
            ),
            ("Ok(once_each(found))", "Ok(once_each(early))"),
        ],
    ),
    (
        "looked_then_took",
        "router/mod.rs",
        &[(
            "match used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown) {",
            "match grown(used.load(Ordering::Relaxed))\n        \
             .map(|_| used.fetch_add(more, Ordering::Relaxed)).ok_or(()) {",
        )],
    ),
    ("not_resumed", "broker/accept.rs", &[("        self.resume(link, session);\n", "")]),
    (
        "not_called_again",
        "broker/publish.rs",
        &[("self.outputs.push_back(Output::Wake(self.worker));", "")],
    ),
    (
        "nobody_called",
        "broker/publish.rs",
        &[("if mailbox.push(mail) {", "if mailbox.push(mail) && mailbox.len() > 1 {")],
    ),
    (
        "newest_first",
        "broker/publish.rs",
        &[("in letters.drain(..) {", "in letters.drain(..).rev() {")],
    ),
    (
        "names_given_twice",
        "broker/registry.rs",
        &[("place.generation.wrapping_add(1)", "place.generation.wrapping_add(0)")],
    ),
];

fn main() {
    let source = Path::new("../src");
    println!("cargo::rerun-if-changed=../src/mailbox.rs");
    println!("cargo::rerun-if-changed=../src/router");
    println!("cargo::rerun-if-changed=../src/broker");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut modules = String::new();
    for (name, file, changes) in MISTAKES {
        let copy = out.join(name);
        let mut files = vec![PathBuf::from("mailbox.rs")];
        for folder in ["router", "broker"] {
            fs::create_dir_all(copy.join(folder)).expect("the directory is ours");
            for entry in fs::read_dir(source.join(folder)).expect("the sources are there") {
                files.push(Path::new(folder).join(entry.expect("it can be read").file_name()));
            }
        }
        for path in files {
            let mut text = fs::read_to_string(source.join(&path)).expect("it is UTF-8");
            if path == Path::new(file) {
                for (right, wrong) in changes {
                    let places = text.matches(right).count();
                    assert_eq!(places, 1, "{name}: its place in {file} has changed");
                    text = text.replace(right, wrong);
                }
            }
            fs::write(copy.join(&path), text).expect("the directory is ours");
        }
        // A broker with a mistake works with the router and the mailbox as they are.
        let parts: &[(&str, &str)] = match file.split_once('/') {
            Some(("broker", _)) => &[("broker", "broker/mod.rs")],
            Some(_) | None => &[("router", "router/mod.rs"), ("mailbox", "mailbox.rs")],
        };
        modules += &format!("#[allow(missing_docs, unused, clippy::all)]\npub mod {name} {{\n");
        for (part, file) in parts {
            let path = copy.join(file);
            modules += &format!("    #[path = {path:?}]\n    pub mod {part};\n");
        }
        modules += "    #[allow(unused_imports)]\n    pub use crate::*;\n}\n";
    }
    fs::write(out.join("mistakes.rs"), modules).expect("the directory is ours");
}
