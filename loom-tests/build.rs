//! Copies of the concurrent parts with one deliberate mistake in each, made from the sources as
//! they are. A mistake that no longer finds its place in the source stops the build.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// A mistake: its name, its file, and what becomes of what stands there.
type Mistake = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const MISTAKES: [Mistake; 7] = [
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
];

fn main() {
    let source = Path::new("../src");
    println!("cargo::rerun-if-changed=../src/mailbox.rs");
    println!("cargo::rerun-if-changed=../src/router");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut modules = String::new();
    for (name, file, changes) in MISTAKES {
        let copy = out.join(name);
        fs::create_dir_all(copy.join("router")).expect("the directory is ours");
        let entries = fs::read_dir(source.join("router")).expect("the sources are there");
        let mut files = vec![PathBuf::from("mailbox.rs")];
        for entry in entries {
            files.push(Path::new("router").join(entry.expect("it can be read").file_name()));
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
        let (router, mailbox) = (copy.join("router/mod.rs"), copy.join("mailbox.rs"));
        modules += &format!(
            "#[allow(missing_docs, unused, clippy::all)]\npub mod {name} {{\n    \
             #[path = {router:?}]\n    pub mod router;\n    \
             #[path = {mailbox:?}]\n    pub mod mailbox;\n}}\n"
        );
    }
    fs::write(out.join("mistakes.rs"), modules).expect("the directory is ours");
}
