//! What the standard leaves open, zone by zone: what a reading accepts is no breach of the Server,
//! and what lies outside is found under its statement.
//!
//! One entry for each reading: scenes in the words of `script.rs`, and all that is found in each.

mod connecting;
mod delivery;
mod framing;
mod subscriptions;

use std::collections::{BTreeMap, BTreeSet};

use etalon::audit::{Declared, Start};
use etalon::spec::Reading;

use crate::script::findings;

/// A reading with its scenes: what happens, and what is found.
type Zone = (Reading, &'static [(&'static str, &'static str)]);

const ALL: [&[Zone]; 4] =
    [framing::ZONES, connecting::ZONES, delivery::ZONES, subscriptions::ZONES];

/// Readings that nobody can judge by packets and time.
const UNSEEN: [(Reading, &str); 14] = [
    (Reading::S_24, "no verdict: such levels are not used as unsupported ones"),
    (Reading::S_80, "no verdict: such filters are not used"),
    (Reading::S_93, "a close proves nothing; what is taken is judged as on any topic"),
    (Reading::S_102, "the caller says what is a close"),
    (Reading::S_104, "one run does not show how often it would happen"),
    (Reading::S_106, "the caller says when everything has had its time"),
    (Reading::S_115, "the caller keeps to topics that nobody has configured"),
    (Reading::S_120, "below the packets"),
    (Reading::S_121, "below the packets"),
    (Reading::S_122, "below the packets"),
    (Reading::S_123, "below the packets"),
    (Reading::S_124, "below the packets"),
    (Reading::S_125, "below the packets"),
    (Reading::S_126, "below the packets: it looks like silence"),
];

/// Readings that accept whatever a packet can show.
const OPEN: [Reading; 6] =
    [Reading::S_20, Reading::S_22, Reading::S_33, Reading::S_37, Reading::S_42, Reading::S_113];

fn zones() -> impl Iterator<Item = &'static Zone> {
    ALL.into_iter().flatten()
}

#[test]
fn each_scene_is_judged_as_its_zone_is_read() {
    let mut wrong = Vec::new();
    for (reading, scenes) in zones() {
        for (script, expected) in *scenes {
            let found = findings(script, Declared::default()).join(", ");
            if found != *expected {
                wrong.push(format!(
                    "{reading}: {script}\n  expected: {expected}\n  found:    {found}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_reading_is_tested_or_listed_with_the_reason() {
    let tested: BTreeMap<Reading, _> = zones().copied().collect();
    assert_eq!(tested.len(), zones().count(), "a reading has two entries");
    let unseen: BTreeSet<Reading> = UNSEEN.iter().map(|(reading, _)| *reading).collect();
    for reading in Reading::ALL {
        let (is_tested, is_unseen) = (tested.contains_key(&reading), unseen.contains(&reading));
        assert!(is_tested != is_unseen, "{reading}: tested {is_tested}, listed {is_unseen}");
    }
}

/// Whether the Server is accused of something.
fn accuses(expected: &str) -> bool {
    expected.split(", ").any(|found| found.starts_with(|first: char| first.is_ascii_digit()))
}

#[test]
fn each_zone_has_both_sides() {
    for (reading, scenes) in zones() {
        assert!(scenes.iter().any(|(_, found)| !accuses(found)), "{reading}: nothing is accepted");
        let outside = scenes.iter().any(|(_, found)| accuses(found));
        assert_eq!(outside, !OPEN.contains(reading), "{reading}: what lies outside");
    }
}

#[test]
fn what_a_server_is_declared_to_do_is_not_held_against_it() {
    let assigns = || Declared { assigns_subscriptions: true, ..Declared::default() };
    let denies = || Declared { denied: vec!["t/#".to_owned()], ..Declared::default() };
    let cases: [(&dyn Fn() -> Declared, &str, &str); 11] = [
        (&assigns, "join p; join s; sent p 1 u x; got s 1 u x; settled", ""),
        (&Declared::default, "join p; join s; sent p 1 u x; got s 1 u x; settled", "3.3.2-3"),
        (&assigns, "join p; sent p 1 u x retain; join s; got s 1 u x retain; settled", ""),
        (&assigns, "join p; join s; held s t 1; sent p 2 t x; got s 2 t x; settled", ""),
        (&assigns, "join p; sent p 2 t x retain; join s; held s t 1; got s 2 t x retain", ""),
        (
            &assigns,
            "join p; sent p 1 t x retain; join s; held s t 1; got s 1 t x retain; \
             got s 1 t x retain; settled",
            "",
        ),
        (&denies, "join p; join s; held s # 1; sent p 1 t/a x; settled", ""),
        (&denies, "join p; join s; held s # 1; sent p 1 t/a x; got s 1 t/a x; settled", ""),
        (&denies, "join p; join s; held s # 1; sent p 1 u x; settled", "4.5.0-1"),
        (&denies, "join p will=t/w/gone; join s; held s # 1; p> closed; settled", ""),
        (
            &denies,
            "join p; sent p 1 t/a x retain; sent p 1 t/a y retain; join s; held s # 1; \
             got s 1 t/a x retain; settled",
            "",
        ),
    ];
    for (declared, script, expected) in cases {
        assert_eq!(findings(script, declared()).join(", "), expected, "{script}");
    }
}

/// What is found on a Server that others use as well, and whose topics of this run contain `run7`.
#[track_caller]
fn shared(script: &str, expected: &str) {
    let start = Start::Shared("run7".to_owned());
    let found = findings(script, Declared { start, ..Declared::default() });
    assert_eq!(found.join(", "), expected, "{script}");
}

#[test]
fn what_others_may_have_done_is_not_held_against_a_server() {
    let run = "join p; join s; held s # 1;";
    for other in ["got s 1 u x", "sent p 1 u x; got s 1 u x; got s 1 u x; got s 1 u x"] {
        shared(&format!("{run} {other}; settled"), "");
    }
    shared(&format!("{run} got s 1 u x retain; settled"), "");
    shared(&format!("{run} got s 1 u - retain; settled"), "");
    shared("join p; sent p 1 u x retain; join s; held s # 1; settled", "");
    shared("join p; sent p 1 u x retain; join s; held s # 1; got s 1 u y retain; settled", "");
    shared(&format!("{run} sent p 2 u x; got s 0 u x; got s 1 u x; settled"), "");
    let ours = "join p; join s; held s # 2; sent p 2 u x; got s 2 u x;";
    shared(&format!("{ours} got s 2 u x; settled"), "");
    shared(&format!("{run} sent p 1 u x; sent p 1 u y; got s 1 u y; got s 1 u x; settled"), "");
    shared("back s as=s; got s 1 u x; got s 1 u x retain; settled", "");
    shared("back s as=s; join p; sent p 1 run7/t x; got s 2 run7/t x; settled", "");
}

#[test]
fn what_only_this_run_can_have_done_is() {
    let run = "join p; join s; held s # 1;";
    shared(&format!("{run} got s 1 run7/t x; settled"), "~NobodyPublished");
    shared(&format!("{run} got s 1 run7/t x retain; settled"), "~NobodyPublished");
    shared(&format!("{run} got s 1 run7/t - retain; settled"), "3.3.1-11");
    shared(&format!("{run} sent p 1 u x; settled"), "4.5.0-1");
    shared(&format!("{run} sent p 1 run7 x; settled"), "4.5.0-1");
    shared("join s; held s a 1; got s 1 u x; settled", "3.3.2-3");
    shared("join p; sent p 1 run7 x retain; join s; held s # 1; settled", "3.3.1-6");
    let twice = "join p; join s; held s # 2; sent p 2 run7 x; got s 2 run7 x; got s 2 run7 x";
    shared(&format!("{twice}; settled"), "4.3.3-2");
    let known = "join s kept; s> closed; join s2 as=s; s2> closed;";
    shared(&format!("{known} back s3 as=s"), "3.2.2-3");
    shared("back s as=s", "");
    shared("join s kept; s> closed; join s2 as=s kept", "3.2.2-2");
    shared("join s; s> closed; back s2 as=s", "3.2.2-3");
}
