//! Replays every trace in process and notes which `upholds!` lines ran, and what the broker said
//! that its clients broke.
//!
//! A world runs on the thread that turns its clock, so a recording sees all of it. Each trace is
//! played with one worker and with two, as some lines run only where a message goes from one
//! worker to another.

use std::collections::{BTreeMap, BTreeSet};

use etalon_conformance::run::{Options, run};
use etalon_conformance::suite::{self, Case};
use etalon_conformance::target::{Target, Virtual};
use etalon_conformance::world::World;
use etalon_spec::{Id, witness};

use crate::scan::Site;

/// What the broker in a world offers of what traces may require; the others are not played.
const OFFERED: [&str; 7] =
    ["anonymous", "empty-client-id", "qos1", "qos2", "retain", "wildcards", "only-3.1.1"];

/// A trace, by its place in [`Witness::cases`].
pub type Place = usize;

/// What ran.
#[derive(Debug, Default)]
pub struct Witness {
    /// The traces.
    pub cases: Vec<Case>,
    /// For each mark, by statement, file and line: the traces in which it ran.
    pub ran: BTreeMap<(Id, String, u32), BTreeSet<Place>>,
    /// For each statement: the traces in which the broker said that a client had broken it.
    pub reported: BTreeMap<Id, BTreeSet<Place>>,
}

/// Plays all.
///
/// # Errors
/// A trace that cannot be read.
pub fn witness() -> Result<Witness, String> {
    let cases = suite::cases().map_err(|(name, mistake)| format!("{name}: {mistake}"))?;
    let mut seen = Witness { cases, ..Witness::default() };
    for place in 0..seen.cases.len() {
        for workers in [1, 2] {
            play(&mut seen, place, workers);
        }
    }
    Ok(seen)
}

fn play(seen: &mut Witness, place: Place, workers: u16) {
    let trace = &seen.cases[place].trace;
    let offers = OFFERED.iter().map(|word| (*word).to_owned()).collect();
    let options = Options { prefix: "t7".into(), offers, ..Options::default() };
    let (named, ran) = witness::record(|| {
        let mut target = Virtual::new(World::new(workers));
        let run = run(&mut target, trace, &options);
        let links: BTreeSet<usize> = run.wire.iter().map(|event| event.link).collect();
        links.into_iter().filter_map(|link| target.named(link)).flatten().collect::<BTreeSet<Id>>()
    });
    for mark in ran {
        let key = (mark.id, mark.file.replace('\\', "/"), mark.line);
        seen.ran.entry(key).or_default().insert(place);
    }
    for id in named {
        seen.reported.entry(id).or_default().insert(place);
    }
}

impl Witness {
    /// The traces in which a mark ran.
    pub fn of(&self, site: &Site) -> BTreeSet<Place> {
        let key = (site.id, site.file.clone(), site.line);
        self.ran.get(&key).cloned().unwrap_or_default()
    }
}
