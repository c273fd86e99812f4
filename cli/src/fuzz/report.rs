//! What a codec's author reads: every finding once, with what is needed to see it again.

use std::fs;
use std::io::Write;

use etalon::packet::Kind;
use etalon::testing::{Class, Found};
use serde_json::{Value, json};

use super::Tally;
use super::case::{Case, Half};
use super::json::{examples, hex, object};
use crate::args::CodecArgs;
use crate::exit::{self, Exit};

/// A line longer than this is of no use on a command line, and is told by its number instead.
const REPEAT_BYTES_MAX: usize = 2_000;

/// Shows a question of each type, and the answer to it.
pub fn example(half: Half) -> Exit {
    let mut out = std::io::stdout().lock();
    for request in examples() {
        let mut list = Vec::new();
        let mut bytes = Vec::new();
        let Some(()) = request.packet(&mut list).ok().and_then(|it| it.encode(&mut bytes).ok())
        else {
            continue;
        };
        let (packet, bytes) = (Case::Encode(request).line(), Case::Decode(bytes).line());
        let written = match half {
            Half::Encoder => writeln!(out, "> {packet}\n< {bytes}"),
            Half::Decoder => writeln!(out, "> {bytes}\n< {packet}"),
        };
        if written.is_err() {
            return exit::LOCAL;
        }
    }
    exit::OK
}

/// Tells what was found, and what follows for the exit status.
pub fn tell(args: &CodecArgs, half: Half, tally: &Tally) -> Exit {
    if let Some(file) = &args.report
        && let Err(error) = fs::write(file, format!("{:#}\n", report(args, half, tally)))
    {
        exit::complain(&format!("{}: {error}", file.display()));
        return exit::LOCAL;
    }
    if std::io::stdout().lock().write_all(text(args, half, tally).as_bytes()).is_err() {
        return exit::LOCAL;
    }
    if tally.findings.all_well() { exit::OK } else { exit::FAILED }
}

fn text(args: &CodecArgs, half: Half, tally: &Tally) -> String {
    let mut text = String::new();
    for found in tally.findings.iter() {
        text.push_str(&found.finding.to_string());
        let times = if found.count == 1 { "once".into() } else { format!("{} times", found.count) };
        text.push_str(&format!("  Met {times}, first as packet {}.\n", found.first));
        match repeat(half, found).filter(|line| line.len() <= REPEAT_BYTES_MAX) {
            Some(line) => text.push_str(&format!("  Again: --repeat '{line}'\n\n")),
            None => text.push_str(&format!(
                "  Again: --seed {} --runs {}\n\n",
                args.seed,
                found.first.saturating_add(1)
            )),
        }
    }
    for (kind, (count, why)) in &tally.unsupported {
        let kind = kind.map_or("no type", Kind::name);
        text.push_str(&format!("Not tried: {count} of {kind}: {why}\n"));
    }
    let count = |class| tally.findings.iter().filter(|it| it.finding.class == class).count();
    text.push_str(&format!(
        "{} packets from seed {}: {} breaches, {} differences, {} passed on, {} notes\n",
        tally.cases,
        args.seed,
        count(Class::Breach),
        count(Class::Differs),
        count(Class::PassedOn),
        count(Class::Note),
    ));
    text
}

/// The question that shows it again.
fn repeat(half: Half, found: &Found) -> Option<String> {
    let finding = &found.finding;
    let line = match half {
        Half::Encoder => Case::Encode(finding.asked.clone()?).line(),
        Half::Decoder => Case::Decode(finding.bytes.clone()).line(),
    };
    Some(line.replace('\'', "\\u0027"))
}

fn report(args: &CodecArgs, half: Half, tally: &Tally) -> Value {
    let findings: Vec<Value> = tally
        .findings
        .iter()
        .map(|found| {
            let finding = &found.finding;
            json!({
                "class": finding.class.name(),
                "cite": finding.cite.map(|cite| cite.to_string()),
                "section": finding.section,
                "kind": finding.kind.map(Kind::name),
                "field": finding.field,
                "what": finding.what,
                "forbidden": finding.forbidden.map(|forbidden| forbidden.to_string()),
                "packet": finding.asked.as_ref().map(object),
                "bytes": hex(&finding.bytes),
                "table": finding.table(),
                "count": found.count,
                "first": found.first,
            })
        })
        .collect();
    let unsupported: Vec<Value> = tally
        .unsupported
        .iter()
        .map(|(kind, (count, why))| {
            json!({ "kind": kind.map(Kind::name), "count": count, "why": why })
        })
        .collect();
    json!({
        "half": match half { Half::Encoder => "encoder", Half::Decoder => "decoder" },
        "command": args.command,
        "seed": args.seed,
        "packets": tally.cases,
        "seconds": tally.elapsed.as_secs_f64(),
        "findings": findings,
        "unsupported": unsupported,
    })
}
