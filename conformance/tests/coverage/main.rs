//! `spec/COVERAGE.md`: what there is for each statement, and that it is still true.
//!
//! The page is put together from a scan of the sources, from every trace replayed in process, and
//! from the saboteurs; it is checked in, and this test fails if it is stale. It also fails if a
//! statement has nothing at all, if a mark never runs, or if a list has an entry too many.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

mod elsewhere;
mod evidence;
mod page;
mod scan;
mod scanning;
mod scenes;
mod table;
mod unsabotaged;
mod witness;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use elsewhere::{ELSEWHERE, Elsewhere, Shown};
use etalon_conformance::sabotage::{Kill, kill_matrix};
use etalon_spec::{Binds, Id};
use evidence::{Evidence, Ran, Saboteur};
use scan::{Mark, Scan, Site};
use unsabotaged::UNSABOTAGED;
use witness::Witness;

const AGAIN: &str = "UPDATE=1 cargo test -p etalon-conformance --test coverage";

/// Made once for all tests.
struct All {
    scan: Scan,
    witness: Witness,
    evidence: Vec<Evidence>,
}

static ALL: LazyLock<All> = LazyLock::new(|| {
    let scan = scan::scan().unwrap_or_else(|why| panic!("the sources: {why}"));
    let witness = witness::witness().unwrap_or_else(|why| panic!("the traces: {why}"));
    let evidence = evidence::evidence(&scan, &witness, &saboteurs());
    All { scan, witness, evidence }
});

fn saboteurs() -> Vec<Saboteur> {
    let dead = |kill: Kill| Saboteur {
        name: kill.saboteur.to_owned(),
        id: kill.breaks,
        killed_by: kill.rightly().next().map(str::to_owned),
    };
    kill_matrix().into_iter().map(dead).collect()
}

fn upholds() -> impl Iterator<Item = &'static Site> {
    ALL.scan.sites.iter().filter(|site| site.mark == Mark::Upholds)
}

fn none(wrong: &[String], what: &str) {
    assert!(wrong.is_empty(), "{} {what}:\n  {}", wrong.len(), wrong.join("\n  "));
}

/// Fails if the file is not `text`, or writes it if that is asked for.
fn up_to_date(file: &str, text: &str) {
    let path = scan::root().join(file);
    if std::env::var_os("UPDATE").is_some_and(|value| !value.is_empty()) {
        return fs::write(&path, text).unwrap();
    }
    let old = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if old != text {
        let mut changed = old.lines().zip(text.lines()).filter(|(old, new)| old != new);
        let first =
            changed.next().map_or(String::new(), |(old, new)| format!("\n- {old}\n+ {new}"));
        panic!("{file} is stale; write it anew and read the difference: {AGAIN}{first}");
    }
}

#[test]
fn the_page_is_up_to_date() {
    let lines: BTreeSet<(&str, u32)> = upholds().map(|site| (&*site.file, site.line)).collect();
    up_to_date("spec/COVERAGE.md", &page::page(&ALL.evidence, lines.len()));
}

#[test]
fn the_table_of_explain_is_up_to_date() {
    up_to_date("cli/src/explain/evidence.tsv", &table::table(&ALL.evidence));
}

#[test]
fn every_statement_has_something_to_show() {
    let open: Vec<String> = ALL
        .evidence
        .iter()
        .filter(|one| match one.id.statement().binds {
            Binds::Server | Binds::Both => !one.has_disposition(),
            // Our client is a tool beside the broker; what other clients do is judged.
            Binds::Client => !one.has_disposition() && one.judged.is_empty(),
        })
        .map(|one| format!("{} ({})", one.id, one.id.statement().binds))
        .collect();
    none(&open, "statements are not upheld, and nobody says why (`deviates!`)");
}

#[test]
fn every_deviation_has_a_reason() {
    let mut bare = Vec::new();
    for one in &ALL.evidence {
        for (why, file) in &one.deviations {
            if why.split_whitespace().count() < 3 {
                bare.push(format!("{} in {file}: {why:?}", one.id));
            }
        }
    }
    none(&bare, "deviations have no reason");
}

#[test]
fn every_covers_stands_in_a_test() {
    let covers = ALL.scan.sites.iter().filter(|site| site.mark == Mark::Covers);
    let stray: Vec<String> = covers
        // A fuzz target is a test and no function.
        .filter(|site| !site.file.starts_with("fuzz/"))
        .filter(|site| !ALL.scan.tests.contains(&(site.file.clone(), site.item.clone())))
        .map(|site| format!("{} {}:{} in {}", site.id, site.file, site.line, site.item))
        .collect();
    none(&stray, "marks `covers!` stand in no test");
}

/// The marks that have to run one by one, not only the best of a function.
#[test]
fn every_mark_runs_in_a_trace_or_says_what_shows_it() {
    let open: Vec<String> = upholds()
        .filter(|site| ALL.witness.of(site).is_empty())
        .filter(|site| !ELSEWHERE.iter().any(|entry| entry.is_about(site)))
        .map(|site| format!("{} {}:{} in {}", site.id, site.file, site.line, site.item))
        .collect();
    none(&open, "marks never run; write a trace that reaches them, or an entry in elsewhere.rs");
}

#[test]
fn every_mark_that_ran_was_found_by_the_scan() {
    let known: BTreeSet<(Id, &str, u32)> =
        upholds().map(|site| (site.id, &*site.file, site.line)).collect();
    let unknown: Vec<String> = ALL
        .witness
        .ran
        .keys()
        .filter(|(id, file, line)| !known.contains(&(*id, file, *line)))
        .map(|(id, file, line)| format!("{id} {file}:{line}"))
        .collect();
    none(&unknown, "marks ran that the scan has not found");
    assert!(ALL.witness.ran.len() > 100, "the witness has seen next to nothing");
}

#[test]
fn every_entry_of_the_list_is_needed() {
    let mut wrong = Vec::new();
    for entry in ELSEWHERE {
        let sites: Vec<&Site> = upholds().filter(|site| entry.is_about(site)).collect();
        let name = format!("{} {} {:?}", entry.file, entry.item, entry.ids);
        if sites.is_empty() {
            wrong.push(format!("{name}: there is no such mark"));
        }
        for site in sites.into_iter().filter(|site| !ALL.witness.of(site).is_empty()) {
            wrong.push(format!("{name}: {} runs in a trace by now", site.id));
        }
    }
    none(&wrong, "entries of elsewhere.rs are not needed");
}

#[test]
fn every_entry_of_the_list_shows_what_it_says() {
    let mut wrong = Vec::new();
    for entry in ELSEWHERE {
        match &entry.shown {
            Shown::Scene(name, play) => wrong.extend(not_played(entry, name, *play)),
            Shown::Witness(file, name) => {
                if !ALL.scan.tests.contains(&((*file).to_owned(), (*name).to_owned())) {
                    wrong.push(format!("there is no test {name} in {file}"));
                }
            }
            Shown::Effect(file, name) => wrong.extend(not_covered(entry, file, name)),
        }
    }
    none(&wrong, "marks are not shown by what elsewhere.rs says");
}

/// The marks of an entry that its scene does not run.
fn not_played(entry: &Elsewhere, name: &str, play: fn()) -> Vec<String> {
    let ((), ran) = etalon_spec::witness::record(play);
    let ran: BTreeSet<(Id, &str, u32)> =
        ran.iter().map(|mark| (mark.id, mark.file, mark.line)).collect();
    upholds()
        .filter(|site| entry.is_about(site) && ALL.witness.of(site).is_empty())
        .filter(|site| !ran.contains(&(site.id, &*site.file, site.line)))
        .map(|site| format!("scene {name} does not reach {} {}:{}", site.id, site.file, site.line))
        .collect()
}

/// The statements of an entry that its test does not cover.
fn not_covered(entry: &Elsewhere, file: &str, name: &str) -> Vec<String> {
    let covers = |id: Id| {
        ALL.scan.sites.iter().any(|site| {
            site.id == id && site.mark == Mark::Covers && site.file == file && site.item == name
        })
    };
    let sites = upholds().filter(|site| entry.is_about(site) && !covers(site.id));
    sites.map(|site| format!("{file} {name} does not cover {}", site.id)).collect()
}

#[test]
fn every_visible_server_statement_has_a_saboteur() {
    let mut wrong = Vec::new();
    for one in ALL.evidence.iter().filter(|one| one.can_be_sabotaged()) {
        let excused = UNSABOTAGED.iter().any(|(ids, _)| ids.contains(&one.id));
        if one.saboteurs.is_empty() && !excused {
            wrong.push(format!("{}: no saboteur breaks it", one.id));
        }
        if !one.saboteurs.is_empty() && excused {
            wrong.push(format!("{}: a saboteur breaks it; strike it off the list", one.id));
        }
    }
    none(
        &wrong,
        "statements have no saboteur, or have one and stand in UNSABOTAGED (unsabotaged.rs)",
    );
}

#[test]
fn every_row_can_be_linked_to() {
    let mut anchors = BTreeMap::new();
    for id in Id::ALL {
        if let Some(other) = anchors.insert(page::anchor(id), id) {
            panic!("{id} and {other} have the same anchor");
        }
    }
    let page = page::page(&ALL.evidence, 0);
    for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let good = match link.strip_prefix('#') {
            Some(anchor) => anchors.contains_key(anchor),
            None => scan::root().join("spec").join(link).exists(),
        };
        assert!(good, "{link} leads nowhere");
    }
}

#[test]
fn what_shows_a_mark_is_the_best_of_its_function() {
    let never = ALL.evidence.iter().flat_map(|one| &one.upheld);
    let never: Vec<String> = never
        .filter(|up| matches!(up.ran, Ran::Never))
        .map(|up| format!("{} {}", up.place.file, up.place.item))
        .collect();
    none(&never, "functions have only marks that never ran");
}
