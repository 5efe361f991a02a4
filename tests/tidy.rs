//! The rules of ARCHITECTURE.md that a text search can hold: what may be named where, how files begin, how long they get.
//!
//! A rule is a row: what is looked for, the only places where it may stand, and why.

#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test may unwrap, and exact values are meant exactly"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// (needle, the rooms where it may stand, why). A room is a path prefix from the root.
const RULES: &[(&str, &[&str], &str)] = &[
    ("tch::", &["src/train/", "src/sweep/"], "everything but training builds without libtorch"),
    ("libloading::", &["src/train/device.rs"], "libraries are opened in one place"),
    ("polars::", &["analysis/", "reports/src/context.rs"], "frames stay behind the analysis crate"),
    ("minijinja::", &["reports/src/"], "templates are the report engine's business"),
    ("plotters::", &["reports/src/figure/"], "figures are drawn in one room"),
    ("pulldown_cmark::", &["reports/src/"], "Markdown is the report engine's business"),
    ("clap::", &["src/cli", "src/main.rs"], "what was typed is parsed in one place"),
    (
        "SystemTime",
        &["src/provenance.rs", "src/dataset/", "tests/"],
        "the clock is read once; dataset compares file times",
    ),
    (
        "unsafe {",
        &["src/dataset/cache.rs", "src/train/device.rs"],
        "foreign memory and libraries have two doors",
    ),
    ("HashMap<", &[], "its order is random: BTreeMap"),
    ("HashSet<", &[], "its order is random: BTreeSet"),
    (
        "println!(",
        &[
            "build.rs",
            "tests/",
            "analysis/tests/",
            "analysis/examples/",
            "analysis/src/display.rs",
            "reports/tests/",
        ],
        "results go through src/output.rs",
    ),
    ("todo!(", &[], "no stub lands"),
    ("unimplemented!(", &[], "no stub lands"),
    ("thread_rng", &[], "seeds are explicit"),
    ("manual_seed", &[], "torch's global generator is never used: runs share a process"),
    ("Tensor::randn", &[], "torch's global generator is never used: runs share a process"),
];

/// Whether a file is tests from its first line to its last.
fn is_tests(name: &str) -> bool {
    name.starts_with("tests/")
        || ["/tests/", "/tests.rs", "/golden.rs"].iter().any(|part| name.contains(part))
}

/// Longest file without its tests.
const MOST_LINES: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["src", "analysis", "reports", "tests", "benches"].iter().map(|f| root().join(f)).collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.push(root().join("build.rs"));
    files.sort();
    files
}

/// The part of a file before its unit tests, and the file's name from the root.
fn without_tests(path: &Path) -> (String, String) {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    let tests = text.match_indices("#[cfg(test)]\n").find(|(at, mark)| {
        let next = text[at + mark.len()..].lines().next().unwrap_or_default();
        next.contains("mod ") && next.ends_with('{')
    });
    let code = tests.map_or(text.as_str(), |(at, _)| &text[..at]).to_owned();
    (name, code)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

#[test]
fn things_are_named_only_in_their_rooms() {
    let mut broken = Vec::new();
    for path in rust_files() {
        let (name, code) = without_tests(&path);
        if is_tests(&name) {
            continue;
        }
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !is_comment(line)) {
            for (needle, rooms, why) in RULES {
                let whole_word = line.match_indices(needle).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':')
                });
                if whole_word && !rooms.iter().any(|room| name.starts_with(room)) {
                    broken.push(format!("{name}:{}: `{needle}` {why}", number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn files_open_with_their_purpose_and_stay_small() {
    let mut broken = Vec::new();
    for path in rust_files() {
        let (name, code) = without_tests(&path);
        if !code.starts_with("//!") {
            broken.push(format!("{name}: does not open with `//!`"));
        }
        let n_lines = code.lines().count();
        if n_lines > MOST_LINES && !is_tests(&name) {
            broken.push(format!("{name}: {n_lines} lines without tests, at most {MOST_LINES}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn nothing_unwraps_outside_tests() {
    let mut broken = Vec::new();
    for path in rust_files() {
        let (name, code) = without_tests(&path);
        if is_tests(&name) || name.contains("/examples/") {
            continue;
        }
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !is_comment(line)) {
            if line.contains(".unwrap()") {
                broken.push(format!("{name}:{}: unwrap", number + 1));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn dependencies_of(package: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--package",
            package,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn arrows_point_one_way_and_torch_stays_behind_its_feature() {
    for package in ["analysis", "reports", "medtransfer"] {
        let tree = dependencies_of(package);
        for torch in ["tch v", "torch-sys v"] {
            assert!(
                !tree.lines().any(|line| line.starts_with(torch)),
                "{package} depends on torch by default"
            );
        }
    }
    assert!(!dependencies_of("analysis").contains("reports v"), "analysis points back at reports");
    assert!(!dependencies_of("reports").contains("medtransfer v"), "reports points back at the program");
}

#[test]
fn nothing_large_is_tracked() {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    for name in String::from_utf8(output.stdout).unwrap().split('\0').filter(|name| !name.is_empty()) {
        let Ok(meta) = std::fs::metadata(root().join(name)) else { continue };
        assert!(meta.len() <= 1_000_000, "{name} is {} bytes: data over 1 MB stays out", meta.len());
    }
}
