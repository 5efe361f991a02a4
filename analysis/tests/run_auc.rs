//! The AUC of every run: a store, a Parquet and a CSV file give the same numbers, in any order of the rows.

use std::path::Path;

use analysis::input::CaseOptions;
use analysis::metric::auc;
use analysis::record::{PredictionRow, RunRecord};
use analysis::store::Store;
use analysis::table::{Column, Tidy, Values};
use analysis::tidy::{RunAucRow, run_aucs};
use proptest::prelude::*;

use crate::support::run;

const LABELS: [&str; 3] = ["Edema", "No Finding", "Mass"];
const N_CASES: usize = 40;

/// One cell of a file: run, case, label.
type Cell = (usize, usize, usize);

/// (model, seed) of a run.
fn name(run: usize) -> (&'static str, i64) {
    (["SimCLR", "Supervised"][run / 2], (run % 2) as i64)
}

fn target((_, case, label): Cell) -> Option<f64> {
    match case % 13 {
        11 if label == 2 => Some(-1.0),
        0 | 5 => Some(f64::from(label != 1)),
        _ => Some(0.0),
    }
}

fn score((run, case, label): Cell) -> Option<f64> {
    // Ties and one missing score.
    let score = f64::from(((case * 7 + label * 3 + run * 11) % 17) as u32) / 16.0;
    (!(run == 3 && case == 4 && label == 0)).then_some(score)
}

fn cells() -> Vec<Cell> {
    let of_run = |run| (0..N_CASES).flat_map(move |case| (0..3).map(move |label| (run, case, label)));
    (0..4).flat_map(of_run).collect()
}

fn table(cells: &[Cell]) -> Tidy {
    let text = |of: &dyn Fn(&Cell) -> String| Values::Text(cells.iter().map(|cell| Some(of(cell))).collect());
    let column = |name: &str, values| Column { name: name.to_owned(), values };
    Tidy {
        columns: vec![
            column("model", text(&|cell| name(cell.0).0.to_owned())),
            column("seed", Values::Int(cells.iter().map(|cell| Some(name(cell.0).1)).collect())),
            column("case_id", text(&|cell| format!("c{:03}", cell.1))),
            column("label", text(&|cell| LABELS[cell.2].to_owned())),
            column("target", Values::Float(cells.iter().map(|cell| target(*cell)).collect())),
            column("score", Values::Float(cells.iter().map(|cell| score(*cell)).collect())),
        ],
    }
}

#[expect(clippy::disallowed_methods, reason = "a test may write its own fixture in one go")]
fn write(csv: &Path, table: &Tidy) {
    std::fs::write(csv, table.to_csv()).unwrap();
}

/// The rows, without the names that only a store knows.
fn rows(path: &Path) -> Vec<RunAucRow> {
    let mut rows = run_aucs(path, &CaseOptions::default()).unwrap();
    for row in &mut rows {
        row.task.clear();
        row.run_id = None;
    }
    rows
}

fn by_hand(run: usize, label: usize) -> Option<f64> {
    let known: Vec<(f64, bool)> = (0..N_CASES)
        .filter_map(|case| {
            let target = target((run, case, label)).filter(|target| *target >= 0.0)?;
            Some((score((run, case, label))?, target == 1.0))
        })
        .collect();
    let (scores, targets): (Vec<f64>, Vec<bool>) = known.into_iter().unzip();
    auc(&scores, &targets)
}

#[test]
fn a_store_a_parquet_and_a_csv_file_agree() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&cells());
    let parquet = folder.path().join("p.parquet");
    table.write_parquet(&parquet).unwrap();
    let csv = folder.path().join("p.csv");
    write(&csv, &table);
    let store = Store::create(&folder.path().join("store")).unwrap();
    for number in 0..4 {
        let (model, seed) = name(number);
        let run_id = format!("r{number}");
        let predictions = (cells().into_iter())
            .filter(|cell| cell.0 == number)
            .map(|cell| PredictionRow {
                run_id: run_id.clone(),
                case_id: format!("c{:03}", cell.1),
                group_id: "p".to_owned(),
                label: LABELS[cell.2].to_owned(),
                target: target(cell).unwrap(),
                score: score(cell).unwrap_or(f64::NAN),
            })
            .collect();
        let runs = vec![run(&run_id, "chest", model, seed, Some(0.5))];
        store.write_run(&RunRecord { runs, predictions, ..RunRecord::default() }).unwrap();
    }
    let found = rows(&parquet);
    assert_eq!(found, rows(&csv));
    assert_eq!(found, rows(store.root()));
    assert_eq!(found.len(), 4 * 4);
    for (at, row) in found.iter().enumerate() {
        let number = at / 4;
        assert_eq!((row.model.as_str(), row.seed), (name(number).0, Some(name(number).1)));
        if let Some(label) = LABELS.iter().position(|label| *label == row.label) {
            assert_eq!(row.auc, by_hand(number, label), "{row:?}");
        }
    }
    // "No Finding" has no positive case, "Mass" unknown ones, and one score is missing: all is said.
    let reason = |at: usize| found[at].reason.clone().unwrap_or_default();
    assert_eq!(found[0].label, "Edema");
    assert_eq!((found[0].n_cases, found[0].n_positive), (Some(40), Some(7)));
    assert_eq!(reason(0), "");
    assert_eq!(reason(1), "3 unknown targets are left out");
    assert_eq!((found[2].auc, reason(2).as_str()), (None, "no case is positive"));
    assert_eq!(reason(12), "1 missing or NaN scores are left out");
    let (edema, mass) = (by_hand(3, 0).unwrap(), by_hand(3, 2).unwrap());
    assert_eq!(found[15].auc, Some((edema + mass) / 2.0));
    assert_eq!(found[15].label, "macro");
    assert_eq!(
        reason(15),
        "1 of 3 labels have no AUC and are left out; 1 missing or NaN scores are left out; 3 unknown targets are left out"
    );
}

#[test]
fn runs_by_their_ids_and_only_those_that_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.parquet");
    let mut table = table(&cells());
    // A name of its own for every run, beside one model.
    let ids = cells().iter().map(|cell| Some(format!("run-{}", cell.0))).collect();
    table.columns.push(Column { name: "run_id".to_owned(), values: Values::Text(ids) });
    table.write_parquet(&path).unwrap();
    let options = CaseOptions { seed: Some(1), ..CaseOptions::default() };
    let found = run_aucs(&path, &options).unwrap();
    let ids: Vec<&str> = found.iter().filter_map(|row| row.run_id.as_deref()).collect();
    assert_eq!(ids, ["run-1", "run-1", "run-1", "run-1", "run-3", "run-3", "run-3", "run-3"]);
    let none = CaseOptions { seed: Some(9), ..CaseOptions::default() };
    let error = run_aucs(&path, &none).unwrap_err().to_string();
    assert!(error.ends_with("there is no prediction of seed 9"), "{error}");
}

#[test]
fn a_target_that_is_none_is_named_with_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = table(&cells());
    let Values::Float(targets) = &mut table.columns[4].values else { panic!("targets are floats") };
    targets[7] = Some(2.0);
    let check = |path: &Path, row: &str, two: &str| {
        let error = run_aucs(path, &CaseOptions::default()).unwrap_err().to_string();
        let expected = format!(
            "{row}, column 'target': expected 0 or 1, found '{two}'; hint: say which target is the positive one with --positive NAME"
        );
        assert!(error.ends_with(&expected), "{error}");
        let positive = CaseOptions { positive: Some(two.to_owned()), ..CaseOptions::default() };
        assert_eq!(run_aucs(path, &positive).unwrap()[2].n_positive, Some(1));
    };
    let parquet = folder.path().join("p.parquet");
    table.write_parquet(&parquet).unwrap();
    check(&parquet, "row 8", "2");
    let csv = folder.path().join("p.csv");
    write(&csv, &table);
    check(&csv, "line 9", "2.0");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_order_of_the_rows_changes_nothing(order in Just(cells()).prop_shuffle()) {
        let folder = tempfile::tempdir().unwrap();
        let (sorted, shuffled) = (folder.path().join("a.parquet"), folder.path().join("b.parquet"));
        table(&cells()).write_parquet(&sorted).unwrap();
        table(&order).write_parquet(&shuffled).unwrap();
        prop_assert_eq!(rows(&sorted), rows(&shuffled));
    }
}
