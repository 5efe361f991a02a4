//! The store: what is written is read, in order, and nothing half done is.

use analysis::record::RunRecord;
use analysis::store::Store;

use crate::support::{record, run};

#[test]
fn what_is_written_is_read_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    for (run_id, seed) in [("b", 1), ("a", 0)] {
        store.write_run(&record(run_id, seed)).unwrap();
    }
    let store = Store::open(dir.path()).unwrap();
    let runs = store.runs().unwrap();
    assert_eq!(runs, [record("a", 0).runs, record("b", 1).runs].concat());
    let epochs: Vec<(String, i64, String)> =
        store.epochs().unwrap().into_iter().map(|row| (row.run_id, row.epoch, row.split)).collect();
    let expected = [
        ("a", 1, "train"),
        ("a", 1, "val"),
        ("a", 2, "train"),
        ("b", 1, "train"),
        ("b", 1, "val"),
        ("b", 2, "train"),
    ];
    assert_eq!(epochs, expected.map(|(id, epoch, split)| (id.to_owned(), epoch, split.to_owned())));
    let cases: Vec<String> = store
        .predictions()
        .unwrap()
        .into_iter()
        .map(|row| format!("{} {} {}", row.run_id, row.case_id, row.label))
        .collect();
    assert_eq!(cases, ["a a x", "a a y", "a b x", "b a x", "b a y", "b b x"]);
    let dice: Vec<Option<f64>> = store.masks().unwrap().into_iter().map(|row| row.dice).collect();
    assert_eq!(dice, [Some(0.5), None, Some(0.5), None]);
    assert!(store.contains("a") && !store.contains("c") && !store.contains("../a"));
}

#[test]
fn an_empty_store_has_typed_tables() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    assert_eq!(store.runs().unwrap(), []);
    let frame = store.frame("predictions").unwrap();
    assert_eq!(frame.height(), 0);
    let dtypes: Vec<String> = frame.dtypes().iter().map(ToString::to_string).collect();
    assert_eq!(dtypes, ["str", "str", "str", "str", "f64", "f64"]);
    assert_eq!(
        store.frame("scores").unwrap_err().to_string(),
        "no table 'scores' in a store; the tables are runs, epochs, predictions, masks"
    );
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let bytes = |turn: bool| {
        let dir = tempfile::tempdir().unwrap();
        let mut record = record("a", 0);
        if turn {
            record.predictions.reverse();
            record.epochs.reverse();
        }
        Store::create(dir.path()).unwrap().write_run(&record).unwrap();
        ["runs", "epochs", "predictions", "masks"]
            .map(|table| std::fs::read(dir.path().join(table).join("a.parquet")).unwrap())
    };
    assert!(bytes(false) == bytes(true));
}

#[test]
fn a_table_without_rows_has_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    store.write_run(&record("a", 0)).unwrap();
    // The rerun has no predictions: those of the first must be gone.
    store.write_run(&RunRecord { predictions: vec![], ..record("a", 0) }).unwrap();
    assert!(!dir.path().join("predictions/a.parquet").exists());
    assert_eq!(store.predictions().unwrap(), []);
    assert_eq!(store.masks().unwrap().len(), 2);
}

#[test]
fn only_finished_runs_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    store.write_run(&record("a", 0)).unwrap();
    store.write_run(&record("killed", 1)).unwrap();
    std::fs::remove_file(dir.path().join("runs/killed.parquet")).unwrap();
    // What killed processes and file managers leave.
    for stranger in [".partial-x1", ".a.parquet", "a.parquet.tmp", "notes.txt"] {
        std::fs::write(dir.path().join("runs").join(stranger), b"PAR1").unwrap();
    }
    assert!(!store.contains("killed"));
    assert_eq!(store.runs().unwrap().len(), 1);
    assert_eq!(store.epochs().unwrap().len(), 3);
}

#[test]
fn broken_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    store.write_run(&record("a", 0)).unwrap();
    let (runs, epochs) = (dir.path().join("runs/a.parquet"), dir.path().join("epochs/a.parquet"));
    // An epochs file in the place of a runs file lacks columns.
    std::fs::copy(&epochs, &runs).unwrap();
    let error = store.runs().unwrap_err();
    let place = runs.display();
    assert_eq!(
        error.to_string(),
        format!(
            "{place}: no column 'experiment'; the columns are run_id, epoch, split, loss, metric, value, learning_rate, \
             seconds, images_per_second"
        )
    );
    assert!(error.is_input());
    let whole = std::fs::read(&epochs).unwrap();
    for broken in [&b"not parquet"[..], b"", &whole[..whole.len() / 2]] {
        std::fs::write(&runs, broken).unwrap();
        let error = store.runs().unwrap_err().to_string();
        assert!(error.starts_with(&format!("{place}: not a Parquet file that can be read: ")), "{error}");
    }
}

#[test]
fn a_column_of_another_type_is_named() {
    use analysis::table::{Column, Tidy, Values};

    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    store.write_run(&record("a", 0)).unwrap();
    let mut table = Tidy::from_frame(&store.frame("runs").unwrap()).unwrap();
    for column in &mut table.columns {
        if column.name == "value" {
            *column =
                Column { name: "value".to_owned(), values: Values::Text(vec![Some("high".to_owned())]) };
        }
    }
    let path = dir.path().join("runs/a.parquet");
    table.write_parquet(&path).unwrap();
    let error = store.runs().unwrap_err().to_string();
    assert_eq!(error, format!("{}: column 'value' holds str, expected numbers", path.display()));
}

#[test]
fn bad_records_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    let refuse = |record: &RunRecord| store.write_run(record).unwrap_err().to_string();
    assert!(refuse(&RunRecord::default()).starts_with("a run record without a row for 'runs'"));
    let named =
        |run_id: &str| RunRecord { runs: vec![run(run_id, "t", "m", 0, None)], ..RunRecord::default() };
    for bad in ["", "a/b", "..", ".hidden", "a b", "é", "a\\b", &"x".repeat(201)] {
        assert!(refuse(&named(bad)).contains("cannot name a file"), "{bad}");
    }
    let mut mixed = record("a", 0);
    mixed.masks[0].run_id = "b".to_owned();
    assert_eq!(refuse(&mixed), "a record of run 'a' holds a row of run 'b'");
    let mut twice = record("a", 0);
    twice.runs.push(twice.runs[0].clone());
    assert_eq!(refuse(&twice), "a record of run 'a' holds one metric twice");
    assert_eq!(store.runs().unwrap(), []);
}

#[test]
fn what_is_no_store_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let open = |path| Store::open(path).unwrap_err().to_string();
    assert!(open(dir.path()).ends_with("not a results store: it has no folder 'runs'"));
    assert!(open(&dir.path().join("no")).ends_with("no such folder; expected a results store"));
}

#[test]
fn many_runs_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    store.write_run(&record("seed-0", 0)).unwrap();
    // Copies with the same content under further names: the writer's fsync would take most of the time.
    for idx in 1..2000 {
        std::fs::copy(
            dir.path().join("runs/seed-0.parquet"),
            dir.path().join(format!("runs/seed-{idx}.parquet")),
        )
        .unwrap();
    }
    assert_eq!(store.runs().unwrap().len(), 2000);
}
