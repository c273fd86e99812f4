//! Every saboteur is caught, under the statement that it breaks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

use etalon_conformance::run::{Options, run};
use etalon_conformance::sabotage::{Sabotaged, kill_matrix};
use etalon_conformance::suite::cases;
use etalon_conformance::target::Virtual;
use etalon_conformance::world::World;

#[test]
fn who_stands_between_and_does_nothing_changes_nothing() {
    let mut failures = Vec::new();
    for case in cases().unwrap() {
        let mut target = Sabotaged::clean(Virtual::new(World::new(1)));
        let options = Options { prefix: "t7".into(), ..Options::default() };
        let run = run(&mut target, &case.trace, &options);
        if !run.broken().is_empty() {
            failures.push(format!("{}: {} {:?}", case.name, run.verdict, run.breaches));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_saboteur_is_killed() {
    let alive: Vec<String> = kill_matrix()
        .iter()
        .filter(|kill| !kill.is_dead())
        .map(|kill| {
            let by = kill.by.iter().take(4);
            let by: Vec<String> = by.map(|(case, ids)| format!("  {case} {ids:?}")).collect();
            format!(
                "{} breaks {}, caught wrongly {}:\n{}",
                kill.saboteur,
                kill.breaks,
                kill.by.len(),
                by.join("\n")
            )
        })
        .collect();
    assert!(alive.is_empty(), "{} live:\n{}", alive.len(), alive.join("\n"));
}
