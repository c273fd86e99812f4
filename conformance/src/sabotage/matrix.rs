//! Which trace kills which saboteur.
//!
//! Every play has a world of its own, so the matrix is the same each time. A saboteur meets the traces
//! that cover what it breaks, and the rest of the suite only if it survives them. Left out are traces
//! of long packets, which take longer than all others together.

use etalon::spec::Id;

use super::{
    Become, Connect, Packet, Pass, Publish, Sabotaged, Saboteur, client, craft, saboteurs,
};
use crate::run::{Happened, Options, run};
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
    /// The cases that fail with it, and the statements that they name: those that cover what it
    /// breaks in the order of the suite, and the rest behind them if none of those names it.
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

/// What becomes of every saboteur.
///
/// # Panics
/// If a trace of the suite cannot be read.
pub fn kill_matrix() -> Vec<Kill> {
    let mut cases = cases().unwrap_or_else(|(name, mistake)| panic!("{name}: {mistake}"));
    cases.retain(is_light);
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

/// Whether so little goes over the wire that it can be played hundreds of times.
fn is_light(case: &Case) -> bool {
    const WIRE_BYTES_MAX: usize = 100_000;
    let mut target = broker(World::new(1));
    let wire = run(&mut target, &case.trace, &options()).wire;
    let bytes = wire.iter().map(|event| match &event.what {
        Happened::Sent(bytes) | Happened::Came(bytes) => bytes.len(),
        Happened::Opened | Happened::Ended | Happened::Closed => 0,
    });
    bytes.sum::<usize>() <= WIRE_BYTES_MAX
}

/// How a saboteur plays a case: with all that the [`broker`] behind it offers.
pub fn options() -> Options {
    let offers = OFFERS.iter().map(|word| (*word).to_owned()).collect();
    let denied_topic = Some(DENIED.to_owned());
    Options { prefix: "t7".into(), offers, denied_topic, ..Options::default() }
}

/// The broker of a world, with an authorisation of its own: what is published to one topic is
/// acknowledged and dropped, as it drops what goes to topics of the Server.
pub fn broker(world: World) -> Sabotaged<Virtual> {
    let habit = client(|_, _, packet| {
        if let Packet::Publish(publish) = packet
            && publish.topic.as_str() == DENIED
        {
            let publish = Publish { retain: false, ..publish };
            return Become(craft::publish_to(&publish, NOWHERE));
        }
        if let Packet::Connect(connect) = packet
            && connect.will.is_some_and(|will| will.topic.as_str() == DENIED)
        {
            return Become(craft::encoded(&Packet::Connect(Connect { will: None, ..connect })));
        }
        Pass
    });
    Sabotaged::new(Virtual::new(world), habit)
}

const OFFERS: [&str; 8] = [
    "anonymous",
    "empty-client-id",
    "qos1",
    "qos2",
    "retain",
    "wildcards",
    "only-3.1.1",
    "denied-topic",
];

/// A topic to which nobody may publish.
pub(super) const DENIED: &str = "t7/denied";

/// A topic from which nothing is delivered.
const NOWHERE: &str = "$denied";

/// Plays the cases that are about what it breaks, and all others only if none of them kills it.
fn kill(saboteur: &Saboteur, cases: &[Case]) -> Kill {
    let covers = |case: &&Case| case.trace.covers.iter().any(|id| same(saboteur.breaks, *id));
    let (near, far): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(covers);
    let mut kill = Kill { saboteur: saboteur.name, breaks: saboteur.breaks, by: Vec::new() };
    for some in [near, far] {
        if !kill.is_dead() {
            kill.by.extend(some.into_iter().filter_map(|case| broken(saboteur, case)));
        }
    }
    kill
}

/// The case and the statements that it names, if it fails.
fn broken(saboteur: &Saboteur, case: &Case) -> Option<(String, Vec<Id>)> {
    let mut target = Sabotaged::new(broker(World::unjudged(1)), saboteur.habit());
    let broken = run(&mut target, &case.trace, &options()).broken();
    (!broken.is_empty()).then(|| (case.name.clone(), broken))
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
