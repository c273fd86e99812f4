//! Which trace kills which saboteur.
//!
//! Every saboteur plays every trace in a world of its own, so the matrix is whole and the same each
//! time.

use etalon::spec::Id;

use super::{Sabotaged, Saboteur, saboteurs};
use crate::run::{Options, run};
use crate::suite::{Case, cases};
use crate::target::Virtual;
use crate::world::World;

/// What became of a saboteur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// Its name.
    pub saboteur: &'static str,
    /// What it breaks.
    pub breaks: Id,
    /// The cases that fail with it, in the order of the suite, and the statements that they name.
    pub by: Vec<(String, Vec<Id>)>,
}

impl Kill {
    /// The cases that name what it breaks.
    pub fn rightly(&self) -> impl Iterator<Item = &str> {
        let names = |ids: &[Id]| ids.iter().any(|id| same(self.breaks, *id));
        self.by.iter().filter(move |(_, ids)| names(ids)).map(|(case, _)| case.as_str())
    }

    /// Whether there is such a case.
    pub fn is_dead(&self) -> bool {
        self.rightly().next().is_some()
    }
}

/// Every saboteur against every case.
///
/// # Panics
/// If a trace of the suite cannot be read.
pub fn kill_matrix() -> Vec<Kill> {
    let cases = cases().unwrap_or_else(|(name, mistake)| panic!("{name}: {mistake}"));
    let all: Vec<&Saboteur> = saboteurs().collect();
    let (left, right) = all.split_at(all.len() / 2);
    let one = |part: &[&Saboteur]| -> Vec<Kill> {
        part.iter().map(|saboteur| kill(saboteur, &cases)).collect()
    };
    std::thread::scope(|threads| {
        let other = threads.spawn(|| one(right));
        let mut kills = one(left);
        kills.extend(other.join().unwrap_or_else(|why| std::panic::resume_unwind(why)));
        kills
    })
}

fn kill(saboteur: &Saboteur, cases: &[Case]) -> Kill {
    let mut by = Vec::new();
    for case in cases {
        let mut target = Sabotaged::new(Virtual::new(World::new(1)), saboteur.habit());
        let options = Options { prefix: "t7".into(), ..Options::default() };
        let broken = run(&mut target, &case.trace, &options).broken();
        if !broken.is_empty() {
            by.push((case.name.clone(), broken));
        }
    }
    Kill { saboteur: saboteur.name, breaks: saboteur.breaks, by }
}

/// Whether a breach of one statement is a breach of the other as well, since the standard says it
/// twice.
pub fn same(breaks: Id, named: Id) -> bool {
    breaks == named || TWICE.iter().any(|pair| pair.contains(&breaks) && pair.contains(&named))
}

/// Pairs of statements that say the same where both apply.
const TWICE: &[[Id; 2]] = &[
    // The general rule for identifiers in answers, and the rule of each packet.
    [Id::MQTT_2_3_1_7, Id::MQTT_3_8_4_2],
    [Id::MQTT_2_3_1_7, Id::MQTT_3_10_4_4],
    // A QoS 0 PUBLISH has DUP 0.
    [Id::MQTT_4_3_1_1, Id::MQTT_3_3_1_2],
    // No wildcard in a Topic Name.
    [Id::MQTT_4_7_1_1, Id::MQTT_3_3_2_2],
    // Order shows in how messages are delivered and nowhere else.
    [Id::MQTT_4_6_0_5, Id::MQTT_4_6_0_6],
    // No U+0000 in any text, and none in topics.
    [Id::MQTT_4_7_3_2, Id::MQTT_1_5_3_2],
    // Every text is UTF-8, and so is each of these.
    [Id::MQTT_3_1_3_4, Id::MQTT_1_5_3_1],
    [Id::MQTT_3_1_3_10, Id::MQTT_1_5_3_1],
    [Id::MQTT_3_1_3_11, Id::MQTT_1_5_3_1],
    // Without a Will neither flag of it, and without a Will no Will Retain.
    [Id::MQTT_3_1_2_11, Id::MQTT_3_1_2_15],
    // An empty Client Identifier has Clean Session 1; what the Server does about another.
    [Id::MQTT_3_1_3_7, Id::MQTT_3_1_3_8],
];
