//! `cli/src/explain/evidence.tsv`: the same evidence for `etalon explain`, one fact to a line.
//!
//! Statement, kind and fact, with tabs between them, in the order of the standard. It lies in the
//! crate that includes it, as a crate can include nothing else.

use std::fmt::Write;

use crate::evidence::{Evidence, Place, Ran};

/// The whole file.
pub fn table(all: &[Evidence]) -> String {
    let mut out = String::new();
    for one in all {
        let mut fact = |kind: &str, text: &str| {
            let _ = writeln!(out, "{}\t{kind}\t{text}", one.id.name());
        };
        one.deviations.iter().for_each(|(why, _)| fact("deviates", why));
        for up in &one.upheld {
            let ran = match up.ran {
                Ran::Covering(1) => ", ran in 1 of its traces".to_owned(),
                Ran::Covering(count) => format!(", ran in {count} of its traces"),
                Ran::Beside => ", ran in other traces".to_owned(),
                Ran::Elsewhere(_) | Ran::Never => String::new(),
            };
            fact("upheld", &format!("{}{ran}", place(&up.place)));
        }
        one.built.iter().for_each(|file| fact("type", file));
        one.judged.iter().for_each(|judge| fact("judged", &place(judge)));
        one.traces.iter().for_each(|name| fact("trace", name));
        one.tests.iter().for_each(|test| fact("test", test.kind));
        for saboteur in &one.saboteurs {
            let kind = if saboteur.killed_by.is_some() { "killed" } else { "survived" };
            fact(kind, &saboteur.name);
        }
    }
    out
}

fn place(place: &Place) -> String {
    format!("{} {}", place.file, place.item).trim_end().to_owned()
}
