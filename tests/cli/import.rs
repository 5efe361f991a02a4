//! Results of other trainers: what the real `MLflow` and `TensorBoard` writers wrote is read back bit for bit, and imported.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use analysis::input::{ReadOptions, Spread, Step, read};

use crate::util::{file, files, medtransfer};

const ROWS: &str = "experiment,block,run,disease,auc\nR50,0,0,Edema,0.8\nR50,0,1,Edema,0.9\nR50,1,0,Edema,0.7\nViT,0,0,Edema,0.6\nViT,0,1,Edema,0.5\n";
const COLUMNS: &str = "model=experiment,task=disease,seed=run,value=auc";

/// The folder of `scripts/foreign-results`, or `None`, said aloud, where Python or pip's index is not there.
fn foreign() -> Option<tempfile::TempDir> {
    let dir = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/foreign-results");
    let output = Command::new("python3").arg(script).arg(dir.path()).output();
    match output {
        Ok(output) if output.status.success() => Some(dir),
        // 75: pip could not install. Whatever else goes wrong is a fault of the script.
        Ok(output) if output.status.code() != Some(75) => {
            panic!("{}", String::from_utf8_lossy(&output.stderr))
        }
        _ => {
            eprintln!(
                "skipped: python3 with pip and PyPI is needed to write results with the real libraries"
            );
            None
        }
    }
}

type Found = BTreeMap<(String, String, i64), u64>;

fn found(path: &Path, options: &ReadOptions) -> Found {
    let mut found = Found::new();
    for group in read(path, options).unwrap().groups {
        let Spread::Values { seeds, values, .. } = group.spread else { panic!("single values") };
        for (seed, value) in seeds.into_iter().zip(values) {
            found.insert((group.model.clone(), group.task.clone(), seed.unwrap()), value.to_bits());
        }
    }
    found
}

#[test]
fn what_the_real_libraries_wrote_is_read_bit_for_bit() {
    let Some(dir) = foreign() else { return };
    let text = std::fs::read_to_string(dir.path().join("expected.csv")).unwrap();
    let expected = |source: &str| -> Found {
        let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        rows.filter(|row| row[0] == source)
            .map(|row| {
                let key = (row[1].to_owned(), row[2].to_owned(), row[3].parse().unwrap());
                (key, row[4].parse::<f64>().unwrap().to_bits())
            })
            .collect()
    };
    let options = |columns: &[(&str, &str)], step| ReadOptions {
        columns: columns.iter().map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned())).collect(),
        metric: Some("test/auc".to_owned()),
        step,
        ..ReadOptions::default()
    };
    let by_path = [("task", "path.0"), ("model", "path.1"), ("seed", "path.2")];
    for step in [Step::Last, Step::Max, Step::At(20)] {
        for (source, columns) in [("mlruns", &[][..]), ("tb-simple", &by_path[..]), ("tb-tensor", &[][..])] {
            let name = if source == "mlruns" { "mlflow" } else { source };
            let got = found(&dir.path().join(source), &options(columns, step));
            assert_eq!(got.len(), 18, "{source}");
            // The run whose step is 0 alone is the one with NaN: it has no value at any step.
            assert_eq!(got, expected(name), "{source}");
        }
    }
    let results = read(&dir.path().join("mlruns"), &ReadOptions::default()).unwrap();
    let reasons: Vec<String> =
        results.dropped.iter().map(|drop| format!("{} {}", drop.count, drop.reason)).collect();
    for reason in [
        "1 deleted run",
        "1 run that failed",
        "1 row without a value",
        "6 parent of nested runs, which are read",
    ] {
        assert!(reasons.iter().any(|found| found == reason), "{reason} is not in {reasons:?}");
    }
}

#[test]
fn an_import_gives_the_numbers_of_its_source() {
    let dir = tempfile::tempdir().unwrap();
    file(&dir.path().join("runs.csv"), ROWS);
    let import = ["import", "runs.csv", "--store", "store", "--columns", COLUMNS, "--where", "block=0"];
    let dry = medtransfer(dir.path(), &[&import[..], &["--dry-run"]].concat());
    assert!(
        dry.stderr.contains("note: left out 1 x row left out by --where block=0 (line 4)"),
        "{}",
        dry.stderr
    );
    assert!(dry.ok().starts_with("would write 4 runs to store/runs\n"));
    assert_eq!(files(dir.path()).len(), 1);
    assert!(medtransfer(dir.path(), &import).ok().starts_with("wrote 4 runs to store/runs\n"));
    let written: Vec<_> = files(dir.path())
        .into_iter()
        .map(|name| (std::fs::read(dir.path().join(&name)).unwrap(), name))
        .collect();
    assert!(
        medtransfer(dir.path(), &import)
            .ok()
            .contains("4 already there with the same values\nnothing to write")
    );
    let again: Vec<_> = files(dir.path())
        .into_iter()
        .map(|name| (std::fs::read(dir.path().join(&name)).unwrap(), name))
        .collect();
    assert_eq!(written, again);
    let of_store = medtransfer(dir.path(), &["analyze", "summarize", "store", "--format", "csv"]).ok();
    let of_file =
        ["analyze", "summarize", "runs.csv", "--columns", COLUMNS, "--where", "block=0", "--format", "csv"];
    assert_eq!(of_store, medtransfer(dir.path(), &of_file).ok());
    // Another value for a run that is there.
    file(&dir.path().join("runs.csv"), &ROWS.replace("0.8\n", "0.85\n"));
    medtransfer(dir.path(), &import).refused(&["R50 on Edema", "holds 0.8, the import 0.85", "--experiment"]);
    assert!(
        medtransfer(dir.path(), &[&import[..], &["--experiment", "b", "--quiet"]].concat()).ok().is_empty()
    );
}

#[test]
fn bad_imports_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    file(&dir.path().join("runs.csv"), ROWS);
    let refused = |more: &[&str], parts: &[&str]| {
        medtransfer(dir.path(), &[&["import", "runs.csv", "--store", "store"], more].concat()).refused(parts);
        assert_eq!(files(dir.path()).len(), 1);
    };
    let columns = ["--columns", COLUMNS];
    refused(&columns, &["column 'block' tells them apart", "--where block=0"]);
    refused(&[&columns[..], &["--where", "block"]].concat(), &["--where", "COLUMN=VALUE"]);
    refused(&[&columns[..], &["--where", "block=9"]].concat(), &["leaves no row", "0, 1"]);
    refused(&[&columns[..], &["--step", "best"]].concat(), &["--step `best`", "last, max"]);
    refused(
        &[&columns[..], &["--where", "block=0", "--family-map", "X=ssl"]].concat(),
        &["no model 'X'", "R50, ViT"],
    );
    refused(
        &[&columns[..], &["--where", "block=0", "--experiment", "a/b"]].concat(),
        &["cannot name a file"],
    );
    medtransfer(dir.path(), &["import", "none.csv", "--store", "store"]).refused(&["none.csv"]);
}
