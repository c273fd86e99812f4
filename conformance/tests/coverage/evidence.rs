//! What there is for each statement, put together from the scan, the witness and the saboteurs.

use std::collections::{BTreeMap, BTreeSet};

use etalon_spec::{Binds, Id, Shows};

use crate::elsewhere::{ELSEWHERE, Elsewhere};
use crate::scan::{Mark, Scan, Site};
use crate::witness::Witness;

/// All that there is for one statement.
#[derive(Debug)]
pub struct Evidence {
    /// The statement.
    pub id: Id,
    /// Where the code does what it requires.
    pub upheld: Vec<Upheld>,
    /// The types that leave no other way, by file.
    pub built: BTreeSet<String>,
    /// Where a breach of it is found.
    pub judged: Vec<Place>,
    /// How many of its traces made the broker report it.
    pub reported: usize,
    /// The traces that cover it, those first that are about nothing else.
    pub traces: Vec<String>,
    /// The tests that cover it.
    pub tests: BTreeSet<Test>,
    /// What is not done, and why.
    pub deviations: BTreeSet<(String, String)>,
    /// The saboteurs that break it.
    pub saboteurs: Vec<Saboteur>,
}

/// A file and what is around the line in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From the root of the repository.
    pub file: String,
    /// The function or constant; may be empty.
    pub item: String,
}

/// A function that does what a statement requires.
#[derive(Debug)]
pub struct Upheld {
    /// The function.
    pub place: Place,
    /// Whether it was seen to do so.
    pub ran: Ran,
}

/// What was seen of a mark; of a function with several marks, the best.
#[derive(Clone, Copy, Debug)]
pub enum Ran {
    /// In so many of the traces that cover the statement.
    Covering(usize),
    /// Only in traces that are about something else.
    Beside,
    /// Not in a trace, but as the list says.
    Elsewhere(&'static Elsewhere),
    /// Nowhere.
    Never,
}

/// A test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Test {
    /// `unit`, `property`, `model`, `loom` or `fuzz`.
    pub kind: &'static str,
    /// Where it stands.
    pub place: Place,
}

/// A broker with one statement broken on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saboteur {
    /// Its name.
    pub name: String,
    /// The statement that it breaks.
    pub id: Id,
    /// What caught it under that statement; nobody did, if there is none.
    pub killed_by: Option<String>,
}

/// What the scan, the witness and the saboteurs say together, in the order of the standard.
pub fn evidence(scan: &Scan, witness: &Witness, saboteurs: &[Saboteur]) -> Vec<Evidence> {
    Id::ALL.into_iter().map(|id| of(id, scan, witness, saboteurs)).collect()
}

fn of(id: Id, scan: &Scan, witness: &Witness, saboteurs: &[Saboteur]) -> Evidence {
    let mut places: BTreeMap<Place, Vec<&Site>> = BTreeMap::new();
    let mut found = Evidence {
        id,
        upheld: Vec::new(),
        built: BTreeSet::new(),
        judged: Vec::new(),
        reported: witness.reported.get(&id).map_or(0, |places| covering(id, witness, places)),
        traces: traces(id, witness),
        tests: BTreeSet::new(),
        deviations: BTreeSet::new(),
        saboteurs: saboteurs.iter().filter(|one| one.id == id).cloned().collect(),
    };
    for site in scan.sites.iter().filter(|site| site.id == id) {
        let place = Place { file: site.file.clone(), item: site.item.clone() };
        match &site.mark {
            Mark::Upholds => places.entry(place).or_default().push(site),
            Mark::ByConstruction => drop(found.built.insert(place.file)),
            Mark::Deviates(why) => drop(found.deviations.insert((why.clone(), place.file))),
            Mark::Covers => drop(found.tests.insert(Test { kind: kind(&place.file), place })),
            // The suite's own code names statements for what a trace expects.
            Mark::Judges if place.file.starts_with("conformance/") => {}
            Mark::Judges if found.judged.contains(&place) => {}
            Mark::Judges => found.judged.push(place),
        }
    }
    for (place, sites) in places {
        let ran = ran(id, &sites, witness);
        found.upheld.push(Upheld { place, ran });
    }
    // What the broker does comes before what the client of the command does.
    found.upheld.sort_by_key(|upheld| upheld.place.file.starts_with("cli/"));
    found.judged.sort_by_key(judge);
    found
}

/// How many of these traces cover the statement.
fn covering(id: Id, witness: &Witness, places: &BTreeSet<usize>) -> usize {
    places.iter().filter(|place| witness.cases[**place].trace.covers.contains(&id)).count()
}

/// The traces that ran a line of these, together.
fn ran(id: Id, sites: &[&Site], witness: &Witness) -> Ran {
    let mut traces = BTreeSet::new();
    for site in sites {
        traces.extend(witness.of(site));
    }
    match covering(id, witness, &traces) {
        0 if !traces.is_empty() => Ran::Beside,
        0 => ELSEWHERE
            .iter()
            .find(|entry| sites.iter().any(|site| entry.is_about(site)))
            .map_or(Ran::Never, Ran::Elsewhere),
        count => Ran::Covering(count),
    }
}

/// The traces that cover it: first those that are about it alone, then by their names.
fn traces(id: Id, witness: &Witness) -> Vec<String> {
    let mut found: Vec<(usize, usize, &String)> = Vec::new();
    for case in &witness.cases {
        if let Some(at) = case.trace.covers.iter().position(|covered| *covered == id) {
            found.push((at, case.trace.covers.len(), &case.name));
        }
    }
    found.sort();
    found.into_iter().map(|(_, _, name)| name.clone()).collect()
}

/// The audit comes first, then those who find a breach because they have to act on it, then the
/// list of what one breach is besides, and last the client of the command.
fn judge(place: &Place) -> u8 {
    let starts = |with: &str| place.file.starts_with(with);
    match () {
        () if starts("src/audit/") => 0,
        () if starts("cli/") => 3,
        () if starts("src/violation") => 2,
        () => 1,
    }
}

/// What kind of test stands in a file.
pub fn kind(file: &str) -> &'static str {
    let model =
        file.strip_prefix("conformance/tests/").is_some_and(|name| name.starts_with("model_"));
    match file {
        _ if model => "model",
        _ if file.ends_with("laws.rs") => "property",
        _ if file.starts_with("fuzz/") => "fuzz",
        _ if file.starts_with("loom-tests/") => "loom",
        _ => "unit",
    }
}

impl Evidence {
    /// Whether it is upheld, or not and why.
    pub fn has_disposition(&self) -> bool {
        !self.upheld.is_empty() || !self.built.is_empty() || !self.deviations.is_empty()
    }

    /// Whether a breach by a Server shows on the wire, so that a saboteur can commit it.
    pub fn can_be_sabotaged(&self) -> bool {
        let statement = self.id.statement();
        statement.binds != Binds::Client && statement.shows != Shows::Nowhere
    }

    /// How many of its saboteurs were caught.
    pub fn killed(&self) -> usize {
        self.saboteurs.iter().filter(|saboteur| saboteur.killed_by.is_some()).count()
    }
}
