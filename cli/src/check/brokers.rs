//! Which brokers `etalon check` is about, and which of its arguments select cases.
//!
//! Only a broker that nothing else names takes the first argument as its HOST.

use std::path::Path;

use etalon_conformance::check::address::Address;
use etalon_conformance::check::declared::Declared;
use etalon_conformance::check::process::Template;
use etalon_conformance::check::{Broker, Place, select};
use etalon_conformance::suite::Case;

use super::files::{self, Stop};
use crate::args::CheckArgs;
use crate::exit;

/// A broker, and the command that asks it again; a case is put behind it.
pub(super) struct Asked {
    pub(super) broker: Broker,
    pub(super) again: String,
}

const AGAIN: &str = "etalon check -v";

/// The brokers, and what is left of the arguments to select by.
pub(super) fn read<'a>(
    args: &'a CheckArgs,
    cases: &[Case],
) -> Result<(Vec<Asked>, &'a [String]), Stop> {
    let all = args.what.as_slice();
    let selects = |text: &String| select(cases, std::slice::from_ref(text)).is_ok();
    if !args.matrix.is_empty() {
        let brokers = args.matrix.iter().map(|one| of_matrix(one, cases));
        return Ok((brokers.collect::<Result<Vec<_>, Stop>>()?, all));
    }
    let (declared, file) = match &args.target {
        None => (Declared::default(), String::new()),
        Some(file) => {
            (target(file, cases)?, format!(" --target {}", quoted(&file.to_string_lossy())))
        }
    };
    let known = match &args.broker {
        Some(command) => Some((
            starts(command)?,
            format!("{AGAIN}{file} --broker {}", quoted(command)),
            "--broker".to_owned(),
        )),
        None => place(&declared)?.map(|place| (place, format!("{AGAIN}{file}"), declared.short())),
    };
    if let Some((place, again, by)) = known {
        let host = all.first().filter(|one| !selects(one) && one.parse::<Address>().is_ok());
        // A word is taken for a misspelt SELECT, unless it looks like a host.
        if let Some(host) = host.filter(|one| one.contains(['.', ':']) || *one == "localhost") {
            return Err(usage(format!(
                "{host} selects no case, and {by} says already where the broker is: leave it out"
            )));
        }
        return Ok((vec![Asked { broker: Broker { place, declared }, again }], all));
    }
    let Some((host, rest)) = all.split_first() else {
        return match args.list {
            true => Ok((Vec::new(), all)),
            false => Err(usage(
                "HOST is missing: etalon check HOST[:PORT] [SELECT]..., or --broker COMMAND".into(),
            )),
        };
    };
    if selects(host) && !args.list {
        return Err(usage(format!(
            "{host} selects cases, and the HOST is missing: etalon check HOST[:PORT] {host}"
        )));
    }
    let is_host = host.contains(['.', ':']) || host == "localhost";
    // Whoever only lists need not say where.
    if args.list && (selects(host) || !is_host) {
        return Ok((Vec::new(), all));
    }
    let address: Address = host.parse().map_err(usage)?;
    let again = format!("{AGAIN}{file} {address}");
    let broker = Broker { place: Place::Runs(address), declared };
    Ok((vec![Asked { broker, again }], rest))
}

fn of_matrix(text: &str, cases: &[Case]) -> Result<Asked, Stop> {
    let file = Path::new(text);
    if file.extension().is_none_or(|ending| ending != "toml") {
        let address: Address = text.parse().map_err(usage)?;
        let again = format!("{AGAIN} {address}");
        let broker = Broker { place: Place::Runs(address), declared: Declared::default() };
        return Ok(Asked { broker, again });
    }
    let declared = target(file, cases)?;
    let Some(place) = place(&declared)? else {
        let why = format!("{text}: a matrix needs `address` or `command` in its target files");
        return Err(usage(why));
    };
    let again = format!("{AGAIN} --target {}", quoted(text));
    Ok(Asked { broker: Broker { place, declared }, again })
}

/// Where a target file says that its broker is.
fn place(declared: &Declared) -> Result<Option<Place>, Stop> {
    match (&declared.address, &declared.command) {
        (Some(address), _) => Ok(Some(Place::Runs(address.parse().map_err(usage)?))),
        (None, Some(command)) => Ok(Some(starts(command)?)),
        (None, None) => Ok(None),
    }
}

fn starts(command: &str) -> Result<Place, Stop> {
    Ok(Place::Starts(Template::read(command).map_err(usage)?))
}

fn target(file: &Path, cases: &[Case]) -> Result<Declared, Stop> {
    Declared::read(file, &files::read(file)?, cases).map_err(usage)
}

fn usage(why: String) -> Stop {
    (why, exit::USAGE)
}

/// A word as a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |at: char| at.is_ascii_alphanumeric() || "/._-".contains(at);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
