//! `medtransfer repl`: a Rust prompt (evcxr) with frames, statistics and a results store at hand.
//!
//! In: the path of a store or file, an installed evcxr, the project's sources. Out: this process becomes evcxr, so that
//! Ctrl-C, the terminal and the exit code are evcxr's own. Installs nothing and fetches no part of a toolchain.
//!
//! Every line of evcxr is a library of its own. Linked into each of them, Polars would be there many times, and a frame
//! of one line would lose its columns in the next. So `analysis` is built once as a shared library, in the target folder
//! and the profile of this program (Polars is not compiled again), and rustc is told of it by flags.

mod find;
mod library;
mod prelude;

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use crate::cli::ReplArgs;
use crate::progress::say;
use crate::{Error, Result, output};

pub use find::{INSTALL, evcxr};

/// Where rustup asks for toolchain parts: nowhere. evcxr's rust-analyzer would otherwise add `rust-src` by itself.
const NO_RUSTUP_SERVER: &str = "http://127.0.0.1:9";

/// Starts the prompt; returns only when that fails.
///
/// # Errors
/// When evcxr, the sources or the store are not there, or the library does not build.
pub fn run(args: &ReplArgs, quiet: bool) -> Result<()> {
    let evcxr =
        evcxr().ok_or_else(|| Error::input(format!("evcxr is not on the search path; hint: {INSTALL}")))?;
    let start = prelude::start_lines(args.store.as_deref())?;
    let source = find::source()?;
    let flags = library::build(&source, quiet)?;
    let config = find::cache()?.join("repl");
    output::write(&config.join("init.evcxr"), prelude::text(&start).as_bytes())?;
    if !quiet {
        for line in start.iter().map(|line| &line.says) {
            say(line);
        }
        if PathBuf::from("evcxr.toml").exists() {
            say("warning: evcxr.toml in this folder goes before our prelude");
        }
    }
    let mut command = Command::new(&evcxr);
    command
        .env("EVCXR_CONFIG_DIR", &config)
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .env("RUSTUP_DIST_SERVER", NO_RUSTUP_SERVER)
        .env_remove("EVCXR_TMPDIR");
    if let Some(sources) = find::std_sources() {
        command.env("RUST_SRC_PATH", sources);
    }
    let error = command.exec();
    Err(Error::failed(format!("cannot start {}: {error}", evcxr.display())))
}
