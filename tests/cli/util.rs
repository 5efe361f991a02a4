//! Running the program in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a call gave.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Asserts that the call worked and returns what it printed.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "stderr: {}", self.stderr);
        self.stdout
    }

    /// Asserts one clear input error: exit code 2, a single `error:` line that holds all of `parts`, no panic, no backtrace.
    #[track_caller]
    pub(crate) fn refused(self, parts: &[&str]) {
        assert_eq!(self.code, Some(2), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert_eq!(self.stderr.matches("error:").count(), 1, "{}", self.stderr);
        for noise in ["panicked", "backtrace", "RUST_BACKTRACE", "unwrap"] {
            assert!(!self.stderr.contains(noise), "{}", self.stderr);
        }
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is not in: {}", self.stderr);
        }
    }
}

/// The program with arguments, in `folder`, with a frozen clock.
pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_medtransfer"));
    command
        .current_dir(folder)
        .args(args)
        .env("SOURCE_DATE_EPOCH", "1628121600")
        .env_remove("MEDTRANSFER_SHARED");
    command
}

/// Runs the program to its end.
pub(crate) fn medtransfer(folder: &Path, args: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = command(folder, args).output().expect("the program starts");
    Ran {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("UTF-8"),
        stderr: String::from_utf8(stderr).expect("UTF-8"),
    }
}

/// A file with this text, its folders made.
pub(crate) fn file(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("in a folder")).expect("folder");
    #[expect(clippy::disallowed_methods, reason = "a test may write its own fixture in one go")]
    std::fs::write(path, text).expect("written");
}

/// Every file below `folder`, sorted, as paths from it.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for path in entries.map(|entry| entry.expect("entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("below").to_owned());
            }
        }
    }
    found.sort();
    found
}
