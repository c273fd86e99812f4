//! `cli/src/explain/evidence.tsv`: the same evidence for `etalon explain`.
//!
//! Statement, kind and facts, with tabs between them, in the order of the standard. It lies in the
//! crate that includes it, as a crate can include nothing else.

use std::fmt::Write;

use crate::evidence::{Evidence, Place, Ran};

/// The whole file.
pub fn table(all: &[Evidence]) -> String {
    let mut out = String::new();
    for one in all {
        let mut fact = |kind: &str, text: &str| {
            if !text.is_empty() {
                let _ = writeln!(out, "{}\t{kind}\t{text}", one.id.name());
            }
        };
        one.deviations.iter().for_each(|(why, _)| fact("deviates", why));
        one.upheld.iter().for_each(|up| fact("upheld", &upheld(&up.place, up.ran)));
        one.built.iter().for_each(|file| fact("by type", file));
        one.judged.iter().for_each(|judge| fact("judged", &place(judge)));
        fact("traces", &one.traces.join(" "));
        fact("tests", &tests(one));
        for saboteur in &one.saboteurs {
            let kind = if saboteur.killed_by.is_some() { "killed" } else { "survived" };
            fact(kind, &saboteur.name);
        }
    }
    out
}

fn upheld(at: &Place, ran: Ran) -> String {
    let ran = match ran {
        Ran::Covering(1) => ", ran in 1 of its traces".to_owned(),
        Ran::Covering(count) => format!(", ran in {count} of its traces"),
        Ran::Beside => ", ran in traces of other statements".to_owned(),
        Ran::Elsewhere(_) | Ran::Never => String::new(),
    };
    format!("{}{ran}", place(at))
}

fn tests(one: &Evidence) -> String {
    one.tests.iter().map(|test| test.kind).collect::<Vec<_>>().join(" ")
}

fn place(place: &Place) -> String {
    format!("{} {}", place.file, place.item).trim_end().to_owned()
}
