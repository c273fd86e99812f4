//! The files of `etalon check`: what is read before anything runs, what is written when it is over.
//!
//! An ending that names no format and a file that cannot be written are told before the first case.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use etalon_conformance::report::{Report, Status};

use crate::exit::{self, Exit};
use crate::link::plain;

/// Why it goes no further.
pub(super) type Stop = (String, Exit);

/// The text of a file.
pub(super) fn read(file: &Path) -> Result<String, Stop> {
    std::fs::read_to_string(file)
        .map_err(|error| (format!("{}: {}", file.display(), plain(&error)), exit::LOCAL))
}

/// Writes the traces of all failures, and says where they are.
pub(super) fn write_replays(
    dir: &Path,
    reports: &[Report],
) -> Result<Vec<BTreeMap<String, PathBuf>>, Stop> {
    let failed =
        |error: std::io::Error| (format!("{}: {}", dir.display(), plain(&error)), exit::LOCAL);
    let mut all = Vec::new();
    for (number, report) in reports.iter().enumerate() {
        let mut files = BTreeMap::new();
        let troubled = |status| matches!(status, Status::Fail | Status::Unstable);
        for case in report.cases.iter().filter(|case| troubled(case.status)) {
            std::fs::create_dir_all(dir).map_err(failed)?;
            let mut name = case.name.replace('/', "-");
            if reports.len() > 1 {
                name = format!("{}-{name}", number + 1);
            }
            let file = dir.join(name + ".trace");
            std::fs::write(&file, &case.replay).map_err(failed)?;
            files.insert(case.name.clone(), file);
        }
        all.push(files);
    }
    Ok(all)
}

/// Whether the file could be written; it is left as it is.
pub(super) fn can_be_written(file: &Path) -> Result<(), Stop> {
    let is_new = !file.exists();
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|_| if is_new { std::fs::remove_file(file) } else { Ok(()) })
        .map_err(|error| (format!("{}: {}", file.display(), plain(&error)), exit::LOCAL))
}
