//! `medtransfer repl`: what it refuses without evcxr, and a session with the real evcxr where one is installed.

use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use crate::util::{Ran, command, file};

const RESULTS: &str = "task,model,seed,value\nx,a,0,0.81\nx,a,1,0.83\nx,b,0,0.74\nx,b,1,0.77\n";

/// Where the program looks for evcxr when nothing names one.
fn without_evcxr(folder: &Path, args: &[&str]) -> Ran {
    let output = command(folder, args)
        .env("PATH", folder)
        .env("CARGO_HOME", folder)
        .env_remove("MEDTRANSFER_EVCXR")
        .output()
        .unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The user's evcxr, looked for as the program does.
fn has_evcxr() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let folders = std::env::split_paths(&set("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let cargo = set("CARGO_HOME").or_else(|| Some(Path::new(&set("HOME")?).join(".cargo").into()));
    let in_cargo = cargo.map(|folder| Path::new(&folder).join("bin"));
    match set("MEDTRANSFER_EVCXR") {
        Some(named) => Path::new(&named).is_file(),
        None => folders.iter().chain(&in_cargo).any(|folder| folder.join("evcxr").is_file()),
    }
}

/// Feeds lines to the prompt and returns what it printed; says how long the first answer took. The cache is the test's own.
fn session(folder: &Path, args: &[&str], lines: &str) -> Ran {
    let errors = folder.join("stderr");
    let start = Instant::now();
    let mut child = command(folder, args)
        .env("MEDTRANSFER_CACHE", folder.join("cache"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&errors).unwrap())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let mut stdout = String::new();
    for line in std::io::BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap) {
        // evcxr greets in two lines.
        if stdout.lines().count() == 2 {
            eprintln!("the first answer took {:.1} s", start.elapsed().as_secs_f64());
        }
        stdout += &format!("{line}\n");
    }
    let code = child.wait().unwrap().code();
    eprintln!("the session took {:.1} s", start.elapsed().as_secs_f64());
    Ran { code, stdout, stderr: std::fs::read_to_string(&errors).unwrap() }
}

#[test]
fn without_evcxr_the_way_to_get_it_is_said() {
    let dir = tempfile::tempdir().unwrap();
    without_evcxr(dir.path(), &["repl"])
        .refused(&["evcxr", "cargo install evcxr_repl --version 0.22.0 --locked"]);
    let doctor = without_evcxr(dir.path(), &["doctor"]).ok();
    assert!(
        doctor.lines().any(|line| line.starts_with("missing") && line.contains("evcxr_repl")),
        "{doctor}"
    );
}

#[test]
fn a_store_that_is_none_is_refused_before_anything_slow() {
    let dir = tempfile::tempdir().unwrap();
    file(&dir.path().join("evcxr"), "never run");
    file(&dir.path().join("folder/a.txt"), "no store");
    for (path, says) in [("nowhere", "nowhere"), ("folder", "not a results store")] {
        without_evcxr(dir.path(), &["repl", path]).refused(&[says]);
    }
}

#[test]
fn frames_and_stores_live_from_line_to_line() {
    if !has_evcxr() {
        eprintln!("skipped: evcxr is not installed (cargo install evcxr_repl --version 0.22.0 --locked)");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    file(&dir.path().join("results.csv"), RESULTS);
    let lines = r#"let frame: DataFrame = df!("model" => ["a", "b", "a"], "auc" => [0.5, 0.25, 0.75]).unwrap();
frame.height()
println!("place of auc: {:?}", frame.get_column_index("auc"));
let lazy: LazyFrame = frame.clone().lazy().group_by_stable([col("model")]).agg([col("auc").mean()]);
load("nowhere.csv")?
lazy.clone().collect()?
let rows: Vec<SummaryRow> = summarize(&results, 0.05).unwrap();
rows
compare(&results, &against("b")).unwrap()
results
:quit
"#;
    let ran = session(dir.path(), &["repl", "results.csv"], lines);
    let (stdout, stderr) = (ran.stdout.clone(), ran.stderr.clone());
    ran.ok();
    for part in [
        "place of auc: Some(1)",
        // The frame by its own table, not by Polars' Debug, after a line that failed.
        "model    auc\na      0.625\nb       0.25\n2 rows",
        "median",
        "hedges_g",
        "inconclusive",
        "n_missing",
    ] {
        assert!(stdout.contains(part), "`{part}` is not in: {stdout}\n{stderr}");
    }
}

#[test]
fn the_session_of_the_example_runs_at_the_prompt() {
    if !has_evcxr() {
        eprintln!("skipped: evcxr is not installed (cargo install evcxr_repl --version 0.22.0 --locked)");
        return;
    }
    let example =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/analysis/examples/session.rs"))
            .unwrap();
    let (_, rest) = example.split_once("// session:\n").unwrap();
    let (lines, _) = rest.split_once("    // end").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    std::fs::create_dir_all(store.join("runs")).unwrap();
    let ran = session(dir.path(), &["repl", "store"], &format!("{lines}store\n:vars\n"));
    let (stdout, stderr) = (ran.stdout.clone(), ran.stderr.clone());
    ran.ok();
    for part in ["a       0.82", "statistic", "conf_low", "rows in runs", "store: Store"] {
        assert!(stdout.contains(part), "`{part}` is not in: {stdout}\n{stderr}");
    }
}
