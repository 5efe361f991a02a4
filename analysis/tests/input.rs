//! Foreign files: what is read, what is refused and how that is said.

use std::path::PathBuf;

use analysis::input::{ReadOptions, Results, Spread, from_runs, read, read_published};
use analysis::polars::prelude::{
    Categories, Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series,
};
use analysis::store::Store;
use analysis::table::Tidy;
use tempfile::TempDir;

use crate::support::{record, run, shared};

fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    analysis::atomic::write(&path, bytes).unwrap();
    (dir, path)
}

fn read_csv(text: &str, options: &ReadOptions) -> Result<Results, String> {
    let (dir, path) = file("results.csv", text.as_bytes());
    let folder = format!("{}/", dir.path().display());
    read(&path, options).map_err(|error| {
        assert!(error.is_input(), "{error}");
        error.to_string().replace(&folder, "")
    })
}

#[track_caller]
fn refused(text: &str, options: &ReadOptions, message: &str) {
    assert_eq!(read_csv(text, options).unwrap_err(), message, "{text}");
}

fn plain() -> ReadOptions {
    ReadOptions::default()
}

fn percent() -> ReadOptions {
    ReadOptions { percent: true, ..plain() }
}

fn mapped(columns: &[(&str, &str)]) -> ReadOptions {
    let columns = columns.iter().map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned())).collect();
    ReadOptions { columns, ..plain() }
}

fn found(results: &Results) -> Vec<(&str, &str, &str, Vec<f64>)> {
    results
        .groups
        .iter()
        .map(|group| {
            let values = match &group.spread {
                Spread::Values { values, .. } => values.clone(),
                Spread::Summary { mean, .. } => vec![*mean],
            };
            (group.task.as_str(), group.metric.as_str(), group.model.as_str(), values)
        })
        .collect()
}

#[test]
fn a_plain_file() {
    let results =
        read_csv("model,task,seed,value\nb,T,1,0.5\na,T,2,0.75\na,T,1,0.25\na,S,1,1\n", &plain()).unwrap();
    assert_eq!(
        found(&results),
        [
            ("S", "value", "a", vec![1.0]),
            ("T", "value", "a", vec![0.25, 0.75]),
            ("T", "value", "b", vec![0.5]),
        ]
    );
    assert_eq!(results.warnings, Vec::<String>::new());
}

#[test]
fn marks_line_ends_and_quotes() {
    let text = "\u{feff}model,task,metric,value\r\n\"Barlow, \"\"Twins\"\"\",T,auc,0.5\r\n<script>alert(1)</script>,T,auc,0.25\r\n";
    let results = read_csv(text, &plain()).unwrap();
    assert_eq!(
        found(&results),
        [("T", "auc", "<script>alert(1)</script>", vec![0.25]), ("T", "auc", "Barlow, \"Twins\"", vec![0.5])]
    );
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows = ["a,T,0.3", "a,T,0.1", "b,T,0.2", "a,T,0.2"];
    let forth = read_csv(&format!("model,task,value\n{}\n", rows.join("\n")), &plain()).unwrap();
    let turned: Vec<&str> = rows.into_iter().rev().collect();
    let back = read_csv(&format!("model,task,value\n{}\n", turned.join("\n")), &plain()).unwrap();
    assert_eq!(forth, back);
}

#[test]
fn missing_values_are_counted() {
    let results = read_csv("model,task,value\na,T,0.5\na,T,\na,T,NaN\na,T,NA\nb,T,\n", &plain()).unwrap();
    let Spread::Values { values, seeds, n_missing } = &results.groups[0].spread else { panic!() };
    assert_eq!((values.as_slice(), seeds.as_slice(), *n_missing), (&[0.5][..], &[None][..], 3));
    assert_eq!(
        results.warnings,
        ["a on T (value): 3 of 4 values are missing", "b on T (value): 1 of 1 values are missing"]
    );
}

#[test]
fn percentages_are_exact() {
    let results = read_csv("model,task,value\na,T,98.19\nb,T,7e1\n", &percent()).unwrap();
    assert_eq!(found(&results), [("T", "value", "a", vec![0.9819]), ("T", "value", "b", vec![0.7])]);
    let odd = read_csv("model,task,value\na,T,0.98\n", &percent()).unwrap();
    assert_eq!(odd.warnings.len(), 1, "{:?}", odd.warnings);
}

#[test]
fn columns_are_mapped() {
    let text = "experiment,disease,run,auc\nR50,Edema,0,0.8\nR50,Edema,1,0.9\n";
    let options = mapped(&[("model", "experiment"), ("task", "disease"), ("seed", "run"), ("value", "auc")]);
    let results = read_csv(text, &options).unwrap();
    assert_eq!(found(&results), [("Edema", "value", "R50", vec![0.8, 0.9])]);
    refused(
        text,
        &plain(),
        "results.csv: no column 'model'; the columns are experiment, disease, run, auc; hint: name it with --columns \
         model=THEIRS",
    );
    refused(
        text,
        &mapped(&[("model", "experiment"), ("task", "desease")]),
        "results.csv: no column 'desease'; the columns are experiment, disease, run, auc; it was named by --columns \
         task=desease",
    );
    refused(
        text,
        &mapped(&[("modell", "experiment")]),
        "--columns modell=experiment: 'modell' is no column that is read; those are model, task, metric, seed, value, \
         family, pretrained_on, mean, sd, n, ddof, decimals, source",
    );
    refused(
        "model,task,score\na,T,0.5\n",
        &plain(),
        "results.csv: no column 'value' (nor 'mean' and 'sd'); the columns are model, task, score; hint: name it with \
         --columns value=THEIRS",
    );
}

#[test]
fn bad_cells_are_named() {
    refused(
        "model,task,value\na,T,0.5\na,T,high\n",
        &plain(),
        "results.csv, line 3, column 'value': expected a number, found 'high'",
    );
    refused(
        "model,task,auc\na,T,0.5\n\na,T,0.7x\n",
        &mapped(&[("value", "auc")]),
        "results.csv, line 4, column 'auc': expected a number, found '0.7x'",
    );
    refused(
        "model,task,value\n\"a\nb\",T,0.5\na,T,-0.5\n",
        &plain(),
        "results.csv, line 4, column 'value': expected a fraction in [0, 1], found '-0.5'",
    );
    refused(
        "model,task,value\na,T,82.5\n",
        &plain(),
        "results.csv, line 2, column 'value': expected a fraction in [0, 1], found '82.5'; hint: percentages are read \
         with --unit percent (in a notebook: unit = \"percent\")",
    );
    refused(
        "model,task,value\na,T,inf\n",
        &plain(),
        "results.csv, line 2, column 'value': expected a fraction in [0, 1], found 'inf'",
    );
    refused(
        "model,task,value\na,T,120\n",
        &percent(),
        "results.csv, line 2, column 'value': expected a percentage in [0, 100], found '120'",
    );
    refused(
        "model,task,seed,value\na,T,one,0.5\n",
        &plain(),
        "results.csv, line 2, column 'seed': expected a number, found 'one'",
    );
    refused(
        "model,task,seed,value\na,T,1.5,0.5\n",
        &plain(),
        "results.csv, line 2, column 'seed': expected a whole number, found '1.5'",
    );
    refused(
        "model,task,value\n,T,0.5\n",
        &plain(),
        "results.csv, line 2, column 'model': the model is missing",
    );
    refused("model,task,value\na,T\n", &plain(), "results.csv: line 2 has 2 fields, the header has 3");
    refused("model,task,value\n", &plain(), "results.csv: there is a header but no row");
    refused("", &plain(), "results.csv: the file is empty");
}

#[test]
fn a_run_stands_once() {
    refused(
        "model,task,metric,seed,value\na,T,auc,1,0.5\na,T,dice,1,0.5\na,T,auc,1,0.6\n",
        &plain(),
        "results.csv: line 2 and line 4 both hold a on T (auc) with seed 1; each run may stand once: remove one, or name \
         the metric's column with --columns metric=...",
    );
    refused(
        "model,task,mean,sd,n\na,T,0.5,0.1,3\na,T,0.6,0.1,3\n",
        &plain(),
        "results.csv: line 2 and line 3 both hold a on T (value); each model may stand once on a task and metric: remove \
         one",
    );
    refused(
        "source,model,task,mean,sd,n\nx,a,T,0.5,0.1,3\ny,a,T,0.6,0.1,3\n",
        &plain(),
        "results.csv: line 2 and line 3 both hold a on T (value); they are of different sources ('x', 'y'): keep the rows \
         of one source",
    );
}

#[test]
fn summary_rows() {
    let read = |text: &str, options: &ReadOptions| {
        let results = read_csv(text, options).unwrap();
        (results.groups.into_iter().map(|group| group.spread).collect::<Vec<_>>(), results.warnings)
    };
    let spread = |mean, sd, n, ddof, decimals| Spread::Summary { mean, sd, n, ddof, decimals };
    let (found, _) = read("model,task,mean,std,n,ddof\na,T,98.2,0.13,5,0\nb,T,97,,7,\n", &percent());
    assert_eq!(
        found,
        [spread(0.982, Some(0.0013), Some(5), 0, Some(1)), spread(0.97, None, Some(7), 1, Some(0))]
    );
    let options = ReadOptions { n: Some(10), ddof: Some(0), ..plain() };
    let (found, warnings) = read("model,task,mean,sd,n\na,T,0.9820,0.01,\nb,T,0.5,0.01,5\n", &options);
    assert_eq!(
        found,
        [spread(0.982, Some(0.01), Some(10), 0, Some(2)), spread(0.5, Some(0.01), Some(5), 0, Some(0))]
    );
    assert_eq!(warnings, ["1 rows state another n than --n and keep their own"]);
    refused(
        "model,task,mean,sd\na,T,0.5,0.1\n",
        &plain(),
        "results.csv: no column 'n'; the columns are model, task, mean, sd; rows of mean and sd need the number of runs \
         behind them; hint: add the column, or state it with --n",
    );
    refused(
        "model,task,mean,sd,n\na,T,0.5,-0.1,3\n",
        &plain(),
        "results.csv, line 2, column 'sd': a standard deviation is 0 or more, found '-0.1'",
    );
    refused(
        "model,task,mean,sd,n\na,T,0.5,0.1,0\n",
        &plain(),
        "results.csv, line 2, column 'n': expected at least 1 run, found 0",
    );
    refused(
        "model,task,mean,sd,n,ddof\na,T,0.5,0.1,3,2\n",
        &plain(),
        "results.csv, line 2, column 'ddof': expected 0 (divisor n) or 1 (divisor n - 1), found 2",
    );
}

fn parquet(columns: Vec<Column>) -> (TempDir, PathBuf) {
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    file("results.parquet", &bytes)
}

#[test]
fn parquet_of_other_types() {
    let model = Series::new("model".into(), ["a", "b", "a"]);
    let categories = DataType::from_categories(Categories::global());
    let (_dir, path) = parquet(vec![
        model.cast(&categories).unwrap().into_column(),
        Series::new("task".into(), [7_i64, 7, 7]).cast(&DataType::Int8).unwrap().into_column(),
        Series::new("seed".into(), [1_i64, 1, 2]).cast(&DataType::UInt16).unwrap().into_column(),
        Series::new("value".into(), [Some(0.5_f32), None, Some(f32::NAN)]).into_column(),
    ]);
    let results = read(&path, &plain()).unwrap();
    assert_eq!(found(&results), [("7", "value", "a", vec![0.5]), ("7", "value", "b", vec![])]);
    assert_eq!(results.warnings.len(), 2);
}

#[test]
fn bad_parquet_is_named() {
    let (_dir, path) = parquet(vec![
        Series::new("model".into(), ["a", "b"]).into_column(),
        Series::new("task".into(), ["T", "T"]).into_column(),
        Series::new("value".into(), [0.5, 50.0]).into_column(),
    ]);
    assert_eq!(
        read(&path, &plain()).unwrap_err().to_string(),
        format!(
            "{}, row 2, column 'value': expected a fraction in [0, 1], found '50', while row 1 holds '0.5': fractions and \
             percentages are mixed; write all in one unit",
            path.display()
        )
    );
    let (_dir, path) = file("x.parquet", b"model,task,value\n");
    assert!(read(&path, &plain()).unwrap_err().to_string().contains("x.parquet: not a Parquet file"));
}

#[test]
fn other_paths_are_refused() {
    let (dir, path) = file("results.xlsx", b"");
    let refuse = |path| read(path, &plain()).unwrap_err().to_string();
    assert!(
        refuse(&path)
            .contains("results.xlsx: unknown kind of file; expected a store, a .csv or .parquet file")
    );
    assert!(refuse(dir.path()).contains("not a results store: it has no folder 'runs'"));
    let missing = refuse(&dir.path().join("no.csv"));
    assert!(missing.starts_with("cannot read ") && missing.contains("No such file"), "{missing}");
}

#[test]
fn a_store_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    let empty = read(dir.path(), &plain()).unwrap();
    assert_eq!((empty.groups.len(), empty.warnings.len()), (0, 1));
    for (run_id, seed) in [("a", 1), ("b", 0)] {
        store.write_run(&record(run_id, seed)).unwrap();
    }
    let results = read(dir.path(), &plain()).unwrap();
    assert_eq!(found(&results), [("chest", "auc", "SimCLR", vec![0.75, 0.75])]);
    assert_eq!(
        (results.groups[0].family.as_str(), results.groups[0].pretrained_on.as_str()),
        ("ssl", "imagenet")
    );
}

#[test]
fn the_same_seed_twice_in_a_store_is_a_warning() {
    let rows =
        [run("x", "T", "a", 1, Some(0.5)), run("y", "T", "a", 1, Some(0.6)), run("z", "T", "a", 2, None)];
    let results = from_runs(&rows);
    assert_eq!(
        results.warnings,
        [
            "run x and run y are both a on T (auc) with seed 1: counted twice, though not independent",
            "a on T (auc): 1 of 3 values are missing"
        ]
    );
}

#[test]
fn published_rows_are_sorted() {
    let text = "source,model,family,pretrained_on,task,metric,mean,sd,n,ddof,decimals\nt2,b,,,T,auc,0.98,0.01,5,0,2\nt1,a,ssl,imagenet,T,auc,0.97,,,,1\n";
    let (_dir, path) = file("p.csv", text.as_bytes());
    let rows = read_published(&path, &plain()).unwrap();
    assert_eq!(rows[0].source, "t1");
    assert_eq!((rows[0].sd, rows[0].n, rows[0].ddof, rows[0].decimals), (None, None, 1, 1));
    assert_eq!((rows[1].sd, rows[1].n, rows[1].ddof, rows[1].decimals), (Some(0.01), Some(5), 0, 2));
    // What is written is read.
    let (_dir, path) = file("p.csv", Tidy::from_published(&rows).to_csv().as_bytes());
    assert_eq!(read_published(&path, &plain()).unwrap(), rows);
}

/// 2,400 real ChestX-ray14 results of another project, through the mapping of the command line.
#[test]
fn real_results_of_others() {
    let Some(path) = shared("data/results/chest-xray14-runs.csv") else { return };
    let options = mapped(&[("model", "experiment"), ("task", "disease"), ("value", "auc")]);
    let results = read(&path, &options).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let n_values: usize = results
        .groups
        .iter()
        .map(|group| match &group.spread {
            Spread::Values { values, .. } => values.len(),
            Spread::Summary { .. } => 0,
        })
        .sum();
    assert_eq!(n_values, text.lines().count() - 1);
}
