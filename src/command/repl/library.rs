//! `analysis` as one shared library, and the flags by which rustc finds it.
//!
//! In: the sources. Out: rustc's flags. Runs cargo with the committed lock file; what cargo compiled for this program is
//! used as it is, so Polars is not compiled again.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::progress::say;
use crate::{Error, Result};

/// Between flags in `CARGO_ENCODED_RUSTFLAGS`: paths may hold spaces.
const BETWEEN_FLAGS: &str = "\u{1f}";

/// Builds the library where it is not up to date and returns the flags.
pub(super) fn build(source: &Path, quiet: bool) -> Result<OsString> {
    let own = own_build();
    if !quiet {
        say(match own {
            Some(_) => "building the analysis library (a minute or two after a change, else a second)",
            None => "building the analysis library with Polars (about a quarter of an hour the first time)",
        });
    }
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(source)
        .args(["rustc", "--locked", "--package", "analysis", "--lib", "--crate-type", "dylib"])
        .args(["--message-format", "json-render-diagnostics"])
        .args(quiet.then_some("--quiet"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_watched(name)) {
        cargo.env_remove(name);
    }
    if let Some((target, profile)) = own {
        cargo.arg("--target-dir").arg(target).arg("--profile").arg(profile);
    }
    // The library brings Polars and takes the toolchain's own shared std, which evcxr's lines share.
    cargo.args(["--", "-C", "prefer-dynamic"]);
    let built = cargo.output().map_err(|error| {
        Error::input(format!("cannot run cargo: {error}; hint: the prompt needs Rust, https://rustup.rs"))
    })?;
    if !built.status.success() {
        return Err(Error::failed(
            "cargo could not build the analysis library: its own message stands above",
        ));
    }
    let library = built_library(&String::from_utf8_lossy(&built.stdout))
        .ok_or_else(|| Error::failed("cargo did not say where it put the analysis library"))?;
    Ok(flags(&library))
}

/// Whether build scripts below Polars watch a variable that `cargo run`, `cargo test` or a frozen clock sets: one more or
/// one less of these, and Polars would be compiled again.
fn is_watched(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["SOURCE_DATE_EPOCH", "OUT_DIR"].contains(&&*name)
        || ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
            .iter()
            .any(|group| name.starts_with(group))
}

/// Target folder and profile that this program came from; `None` where it was copied elsewhere.
fn own_build() -> Option<(PathBuf, OsString)> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    let target = folder.parent()?;
    let profile = match folder.file_name()? {
        name if name == "debug" => OsStr::new("dev"),
        name => name,
    };
    // Cargo's own notes on what it compiled.
    folder.join(".fingerprint").is_dir().then(|| (target.to_path_buf(), profile.to_owned()))
}

/// The shared library in cargo's messages, one JSON object a line.
fn built_library(messages: &str) -> Option<PathBuf> {
    messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).find_map(
        |message| {
            let is_ours = message["reason"] == "compiler-artifact" && message["target"]["name"] == "analysis";
            let files = message["filenames"].as_array().filter(|_| is_ours)?;
            files
                .iter()
                .filter_map(|file| file.as_str())
                .find(|file| file.ends_with(".so"))
                .map(PathBuf::from)
        },
    )
}

/// `analysis` by name, and the folder of the crates that it was made from: their types are in its interface.
fn flags(library: &Path) -> OsString {
    let folder = library.parent().unwrap_or(Path::new("."));
    let mut named = OsString::from("analysis=");
    named.push(library);
    let mut crates = OsString::from("dependency=");
    crates.push(folder.join("deps"));
    ["-Cprefer-dynamic".into(), "--extern".into(), named, "-L".into(), crates].join(BETWEEN_FLAGS.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_found_among_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"polars"},"filenames":["/t/debug/libpolars.so"]}"#,
            "\nnoise\n",
            r#"{"reason":"compiler-artifact","target":{"name":"analysis"},"filenames":["/t/debug/libanalysis.so"]}"#,
            "\n",
        );
        assert_eq!(built_library(messages), Some(PathBuf::from("/t/debug/libanalysis.so")));
        assert_eq!(built_library(""), None);
    }

    #[test]
    fn a_path_with_a_space_stays_one_flag() {
        let flags = flags(Path::new("/my target/debug/libanalysis.so"));
        let flags: Vec<_> = flags.to_str().unwrap().split(BETWEEN_FLAGS).collect();
        assert_eq!(
            flags,
            [
                "-Cprefer-dynamic",
                "--extern",
                "analysis=/my target/debug/libanalysis.so",
                "-L",
                "dependency=/my target/debug/deps"
            ]
        );
    }
}
