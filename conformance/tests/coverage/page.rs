//! `spec/COVERAGE.md`: the evidence as people read it on a code host.
//!
//! Places are a file and a function, without lines, so that an edit above a mark changes nothing.
//! The counts of a statement come from the traces that cover it, so that a new trace changes only
//! the rows of what it is about.

use std::fmt::Write;

use etalon_spec::{Id, Section};

use crate::elsewhere::{Elsewhere, Shown};
use crate::evidence::{Evidence, Place, Ran};
use crate::unsabotaged::UNSABOTAGED;

/// How many traces, or files with tests, the list of a statement names.
const NAMED_MAX: usize = 8;

/// How many characters of a statement stand in its row.
const SHORT_CHARS: usize = 72;

/// How many characters of the name of a trace stand in a row.
const NAME_CHARS: usize = 26;

const HEAD: &str = "\
<!-- Made by `UPDATE=1 cargo test -p etalon-conformance --test coverage`; edits are lost. -->

# Coverage

What there is for each of the 141 numbered statements of MQTT 3.1.1. The words are used strictly:

| | |
|---|---|
| **claimed** | somebody says so: the code has a mark, or a test or a trace names the statement |
| **witnessed** | the marked line ran while a trace was replayed, which shows that the mark is not asleep, and no more |
| **killed** | a broker that breaks the statement on purpose was caught, under that very number or one that says the same |

| column | says |
|---|---|
| *upheld* | where the code does what is required; `✓3` ran in three of the traces that cover the statement, `✓` only in traces about something else, `(✓)` not in a trace but as its entry below says |
| | *by type*: the type leaves no other way, so no line has to run |
| | *deviates*: not done, or not in every case, and why |
| *judged* | where a breach is found: by the audit, the decoder or a machine; `✓2`: two of its traces made the broker name it |
| *traces* | the traces that cover it, one by name, without its section if that is the statement's |
| *tests* | the tests that cover it, by kind |
| *killed* | saboteurs caught, of those that break it |

A place is a file and the function in it; lines would change with every edit. `etalon explain MQTT-4.3.3-2` shows the
same on the command line.

";

/// The whole page.
pub fn page(all: &[Evidence], lines: usize) -> String {
    let mut out = String::from(HEAD);
    totals(&mut out, all, lines);
    let mut chapter = "";
    for evidence in all {
        let next = chapter_of(evidence.id);
        if next != chapter {
            chapter = next;
            heading(&mut out, chapter);
        }
        row(&mut out, evidence);
    }
    out.push_str("\n# One by one\n");
    all.iter().for_each(|evidence| entry(&mut out, evidence));
    out
}

/// The section in whose table it stands: the second level in chapter 3, else the chapter.
fn chapter_of(id: Id) -> &'static str {
    let section = id.statement().section;
    let levels = if section.starts_with('3') { 2 } else { 1 };
    match section.match_indices('.').nth(levels - 1) {
        Some((end, _)) => &section[..end],
        None => section,
    }
}

fn heading(out: &mut String, number: &str) {
    let title = Section::find(number).map_or(number.to_owned(), Section::to_string);
    let _ = write!(
        out,
        "\n## {title}\n\n| statement | binds | upheld | judged | traces | tests | killed |\n\
         |---|---|---|---|---|---|---|\n"
    );
}

fn totals(out: &mut String, all: &[Evidence], lines: usize) {
    let count = |test: &dyn Fn(&Evidence) -> bool| all.iter().filter(|one| test(one)).count();
    let shown = |ran: &Ran| match ran {
        Ran::Covering(_) | Ran::Beside | Ran::Elsewhere(_) => true,
        Ran::Never => false,
    };
    let saboteurs: usize = all.iter().map(|one| one.saboteurs.len()).sum();
    let killed: usize = all.iter().map(Evidence::killed).sum();
    let rows = [
        ("upheld by a line that ran", count(&|one| one.upheld.iter().any(|up| shown(&up.ran)))),
        ("upheld by a type alone", count(&|one| one.upheld.is_empty() && !one.built.is_empty())),
        ("judged", count(&|one| !one.judged.is_empty())),
        ("covered by a trace", count(&|one| !one.traces.is_empty())),
        ("covered by a test", count(&|one| !one.tests.is_empty())),
        ("with a deviation", count(&|one| !one.deviations.is_empty())),
        ("such that a server's breach shows on the wire", count(&Evidence::can_be_sabotaged)),
        (
            "of these, killed in a saboteur",
            count(&|one| one.can_be_sabotaged() && one.killed() > 0),
        ),
    ];
    let _ = writeln!(out, "| statements | {} |\n|---|---|", all.len());
    for (what, many) in rows {
        let _ = writeln!(out, "| {what} | {many} |");
    }
    let _ = writeln!(out, "\n{lines} marked lines, {killed} of {saboteurs} saboteurs killed.");
}

fn row(out: &mut String, one: &Evidence) {
    let statement = one.id.statement();
    let cells = [
        format!("[{}](#{})<br>{}", one.id.name(), anchor(one.id), short(statement.text)),
        statement.binds.to_string(),
        upheld_cell(one),
        judged_cell(one),
        traces_cell(one),
        tests_cell(one),
        killed_cell(one),
    ];
    let _ = writeln!(out, "| {} |", cells.map(|cell| dash(&cell)).join(" | "));
}

fn upheld_cell(one: &Evidence) -> String {
    let mut parts = Vec::new();
    let places = one.upheld.iter().map(|up| format!("{}{}", place(&up.place), tick(&up.ran)));
    let first = first_and_more(places);
    if !first.is_empty() {
        parts.push(first);
    } else if !one.built.is_empty() {
        parts.push(format!("by type: {}", first_and_more(one.built.iter().map(|file| link(file)))));
    }
    parts.extend(one.deviations.iter().map(|(why, _)| format!("*deviates*: {}", escaped(why))));
    parts.join("<br>")
}

fn judged_cell(one: &Evidence) -> String {
    let reported = if one.reported > 0 { format!(" ✓{}", one.reported) } else { String::new() };
    let places = first_and_more(one.judged.iter().map(place));
    if places.is_empty() { places } else { format!("{places}{reported}") }
}

/// The trace with the shortest name; if it can be, one of the statement's own section.
fn traces_cell(one: &Evidence) -> String {
    let section = one.id.statement().section;
    let foreign = |name: &str| name.split_once('/').is_none_or(|(of, _)| of != section);
    let short = one.traces.iter().min_by_key(|name| (foreign(name), name.len()));
    let Some(short) = short else { return String::new() };
    let own = short.strip_prefix(section).and_then(|name| name.strip_prefix('/'));
    let name = cut(own.unwrap_or(short));
    let link = format!("[{name}](../conformance/traces/{short}.trace)");
    match one.traces.len() {
        1 => link,
        all => format!("{link} +{}", all - 1),
    }
}

/// A name that no browser breaks, cut behind a word.
fn cut(name: &str) -> String {
    let mut end = 0;
    for word in name.split_inclusive('_') {
        if end + word.trim_end_matches('_').len() > NAME_CHARS && end > 0 {
            return format!("{}…", &name[..end]);
        }
        end += word.len();
    }
    name.to_owned()
}

fn tests_cell(one: &Evidence) -> String {
    let kinds = ["unit", "property", "model", "loom", "fuzz"];
    let counted =
        kinds.map(|kind| (kind, one.tests.iter().filter(|test| test.kind == kind).count()));
    let some = counted.iter().filter(|(_, many)| *many > 0);
    some.map(|(kind, many)| format!("{kind} {many}")).collect::<Vec<_>>().join(", ")
}

fn killed_cell(one: &Evidence) -> String {
    match one.saboteurs.len() {
        0 => String::new(),
        all => format!("{}/{all}", one.killed()),
    }
}

fn entry(out: &mut String, one: &Evidence) {
    let statement = one.id.statement();
    let _ = write!(
        out,
        "\n### {}\n\n{}\n\nBinds {}; a breach shows {}.\n\n",
        one.id.name(),
        escaped(statement.text),
        match statement.binds {
            etalon_spec::Binds::Client => "the client",
            etalon_spec::Binds::Server => "the server",
            etalon_spec::Binds::Both => "both sides",
        },
        statement.shows
    );
    for (why, file) in &one.deviations {
        let _ = writeln!(out, "- deviates, {}: {}", link(file), escaped(why));
    }
    for up in &one.upheld {
        let note = match &up.ran {
            Ran::Elsewhere(entry) => format!(": {}", shown(entry)),
            Ran::Covering(_) | Ran::Beside | Ran::Never => String::new(),
        };
        let _ = writeln!(out, "- upheld: {}{}{note}", place(&up.place), tick(&up.ran));
    }
    list(out, "by type", one.built.iter().map(|file| link(file)).collect());
    list(out, "judged", grouped(one.judged.iter()));
    list(out, "traces", one.traces.iter().map(|name| trace_link(name)).collect());
    for kind in ["unit", "property", "model", "loom", "fuzz"] {
        let of_kind = one.tests.iter().filter(|test| test.kind == kind).map(|test| &test.place);
        let what = if kind == "unit" { "tests".to_owned() } else { format!("tests, {kind}") };
        list(out, &what, grouped(of_kind));
    }
    if let Some((_, why)) = UNSABOTAGED.iter().find(|(ids, _)| ids.contains(&one.id)) {
        let _ = writeln!(out, "- no saboteur: {why}");
    }
    for saboteur in &one.saboteurs {
        let fate = saboteur.killed_by.as_ref().map_or("**survived**".to_owned(), |by| {
            format!("killed by {}", if by.contains('/') { trace_link(by) } else { by.clone() })
        });
        let _ = writeln!(out, "- saboteur `{}`: {fate}", saboteur.name);
    }
}

/// What shows a line that no trace reaches.
fn shown(entry: &Elsewhere) -> String {
    let test = |file: &str, name: &str| place(&Place { file: file.into(), item: name.into() });
    match entry.shown {
        Shown::Scene(name, _) => {
            format!("{}; seen in {}", entry.why, test("conformance/tests/coverage/scenes.rs", name))
        }
        Shown::Witness(file, name) => format!("{}; seen in {}", entry.why, test(file, name)),
        Shown::Effect(file, name) => {
            format!("{}; not seen, but {} would fail without it", entry.why, test(file, name))
        }
    }
}

fn list(out: &mut String, what: &str, items: Vec<String>) {
    if items.is_empty() {
        return;
    }
    let more = items.len().saturating_sub(NAMED_MAX);
    let named: Vec<String> = items.into_iter().take(NAMED_MAX).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let _ = writeln!(out, "- {what}: {}{more}", named.join(", "));
}

/// Places file by file.
fn grouped<'a>(places: impl Iterator<Item = &'a Place>) -> Vec<String> {
    let mut files: Vec<(&str, Vec<&str>)> = Vec::new();
    for place in places {
        match files.iter_mut().find(|(file, _)| *file == place.file) {
            Some((_, items)) => items.push(&place.item),
            None => files.push((&place.file, vec![&place.item])),
        }
    }
    let named = |items: &[&str]| {
        let some = items.iter().filter(|item| !item.is_empty());
        some.map(|item| format!(" `{item}`")).collect::<String>()
    };
    files.into_iter().map(|(file, items)| format!("{}{}", link(file), named(&items))).collect()
}

fn first_and_more(mut items: impl Iterator<Item = String>) -> String {
    let first = items.next().unwrap_or_default();
    match items.count() {
        0 => first,
        more => format!("{first} +{more}"),
    }
}

/// A file and a function, as `src/` has them.
fn place(place: &Place) -> String {
    let item = if place.item.is_empty() { String::new() } else { format!(" `{}`", place.item) };
    format!("{}{item}", link(&place.file))
}

fn link(file: &str) -> String {
    let name = file.strip_prefix("src/").unwrap_or(file);
    format!("[{name}](../{file})")
}

fn trace_link(name: &str) -> String {
    format!("[{name}](../conformance/traces/{name}.trace)")
}

fn tick(ran: &Ran) -> String {
    match ran {
        Ran::Covering(count) => format!(" ✓{count}"),
        Ran::Beside => " ✓".into(),
        Ran::Elsewhere(_) => " (✓)".into(),
        Ran::Never => " **never ran**".into(),
    }
}

/// As code hosts make it of a heading.
pub fn anchor(id: Id) -> String {
    id.name().to_lowercase().replace('.', "")
}

/// The beginning of a statement, up to a word's end.
fn short(text: &str) -> String {
    let mut end = 0;
    for word in text.split_inclusive(' ') {
        if end + word.trim_end().len() > SHORT_CHARS {
            return format!("{} …", escaped(text[..end].trim_end_matches([' ', ',', ';'])));
        }
        end += word.len();
    }
    escaped(text)
}

/// Without what Markdown would take for its own.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*").replace('#', "\\#")
}

fn dash(cell: &str) -> String {
    if cell.is_empty() { "–".into() } else { cell.to_owned() }
}
