//! Where things are: evcxr, the project's sources, the user's cache, the sources of Rust's standard library.

use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// How to get evcxr.
pub const INSTALL: &str = "cargo install evcxr_repl --version 0.22.0 --locked";

/// The evcxr of the user: `MEDTRANSFER_EVCXR`, else on the search path, else in cargo's own folder.
pub fn evcxr() -> Option<PathBuf> {
    if let Some(named) = variable("MEDTRANSFER_EVCXR") {
        return Some(named).filter(|file| file.is_file());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let cargo = variable("CARGO_HOME").or_else(|| Some(variable("HOME")?.join(".cargo")));
    std::env::split_paths(&path)
        .chain(cargo.map(|folder| folder.join("bin")))
        .map(|folder| folder.join("evcxr"))
        .find(|file| file.is_file())
}

/// The checkout that holds the crate `analysis`: `MEDTRANSFER_SOURCE`, else where this program was built.
pub(super) fn source() -> Result<PathBuf> {
    let folder = variable("MEDTRANSFER_SOURCE").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    if folder.join("analysis/Cargo.toml").is_file() {
        return Ok(folder);
    }
    Err(Error::input(format!(
        "no sources of medtransfer in {}: the prompt compiles against them; hint: name a checkout with MEDTRANSFER_SOURCE",
        folder.display()
    )))
}

/// The user's cache: `MEDTRANSFER_CACHE`, else `medtransfer` in `XDG_CACHE_HOME` or `~/.cache`.
pub(super) fn cache() -> Result<PathBuf> {
    let home = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    variable("MEDTRANSFER_CACHE").or_else(|| Some(home()?.join("medtransfer"))).ok_or_else(|| {
        Error::input("neither HOME nor MEDTRANSFER_CACHE is set: no folder for the prompt's settings")
    })
}

/// Sources of the standard library outside the toolchain, as Debian's `rust-web-src` has them; what the user says wins.
pub(super) fn std_sources() -> Option<PathBuf> {
    if variable("RUST_SRC_PATH").is_some() {
        return None;
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir(Path::new("/usr/src"))
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rustc-")))
        .map(|path| path.join("library"))
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found.pop()
}

/// An environment variable that is set and not empty.
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
