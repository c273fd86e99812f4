//! Every saboteur is caught under the statement that it breaks, and every statement that a Server
//! can break in sight has one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use std::collections::BTreeSet;

use etalon_conformance::run::run;
use etalon_conformance::sabotage::{Sabotaged, broker, kill_matrix, options, saboteurs};
use etalon_conformance::suite::cases;
use etalon_conformance::world::World;
use etalon_spec::{Binds, Id, Shows};

/// What no saboteur can break, or no trace could see.
const WITHOUT: [Id; 3] = [
    // Needs WebSocket.
    Id::MQTT_6_0_0_1,
    Id::MQTT_6_0_0_2,
    Id::MQTT_6_0_0_4,
];

#[test]
fn who_stands_between_and_does_nothing_changes_nothing() {
    let mut failures = Vec::new();
    for case in cases().unwrap() {
        let mut target = Sabotaged::clean(broker(World::new(1)));
        let run = run(&mut target, &case.trace, &options());
        if !run.broken().is_empty() {
            failures.push(format!("{}: {} {:?}", case.name, run.verdict, run.breaches));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_saboteur_is_killed() {
    let kills = kill_matrix();
    let alive: Vec<String> = kills
        .iter()
        .filter(|kill| !kill.is_dead())
        .map(|kill| {
            let wrongly = kill.by.iter().map(|(case, ids)| format!("\n    {case} {ids:?}"));
            let wrongly: String = wrongly.take(4).collect();
            format!("{} breaks {}; caught under other names:{wrongly}", kill.saboteur, kill.breaks)
        })
        .collect();
    assert!(alive.is_empty(), "{} of {} live:\n{}", alive.len(), kills.len(), alive.join("\n"));
}

#[test]
fn every_statement_that_a_server_can_break_in_sight_has_a_saboteur() {
    let broken: BTreeSet<Id> = saboteurs().map(|saboteur| saboteur.breaks).collect();
    let open: Vec<Id> = Id::ALL
        .into_iter()
        .filter(|id| id.statement().binds != Binds::Client)
        .filter(|id| id.statement().shows != Shows::Nowhere)
        .filter(|id| !broken.contains(id) && !WITHOUT.contains(id))
        .collect();
    assert!(open.is_empty(), "nobody breaks {open:?}");
    assert!(WITHOUT.iter().all(|id| !broken.contains(id)), "the list has become too long");
}

#[test]
fn every_saboteur_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = saboteurs().map(|saboteur| saboteur.name).collect();
    assert_eq!(names.len(), saboteurs().count());
}
