//! Puts the text of every trace into the binary, so that `etalon check` needs no files.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("traces");
    println!("cargo::rerun-if-changed=traces");
    let mut found = Vec::new();
    collect(&root, &mut found)?;
    found.sort();
    let mut text = String::from("static FILES: &[(&str, &str)] = &[\n");
    for file in found {
        let name = file.strip_prefix(&root).unwrap_or(&file).with_extension("");
        let name = name.to_string_lossy().replace('\\', "/");
        writeln!(text, "    ({name:?}, include_str!({:?})),", file.display().to_string())
            .map_err(io::Error::other)?;
    }
    text.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("traces.rs"), text)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "trace") {
            found.push(path);
        }
    }
    Ok(())
}
