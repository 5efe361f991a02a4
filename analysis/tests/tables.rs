//! Tables to frames and files, and back.

use analysis::polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
use analysis::table::{Column, Tidy, Values};

use crate::support::{plain, results, values};

fn sample() -> Tidy {
    let column = |name: &str, values| Column { name: name.to_owned(), values };
    Tidy {
        columns: vec![
            column("model", Values::Text(vec![Some("<b>".to_owned()), None, Some(String::new())])),
            column("n", Values::Int(vec![Some(3), None, Some(-1)])),
            column("value", Values::Float(vec![Some(0.1), None, Some(1e-300)])),
        ],
    }
}

#[test]
fn a_frame_and_back() {
    let frame = sample().to_frame().unwrap();
    assert_eq!(frame.shape(), (3, 3));
    assert_eq!(Tidy::from_frame(&frame).unwrap(), sample());
    let empty = Tidy { columns: vec![Column { name: "x".to_owned(), values: Values::Int(vec![]) }] };
    assert_eq!(Tidy::from_frame(&empty.to_frame().unwrap()).unwrap(), empty);
    assert_eq!(Tidy::from_frame(&Tidy::default().to_frame().unwrap()).unwrap().height(), 0);
}

#[test]
fn parquet_bytes_repeat() {
    let dir = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| dir.path().join(name));
    for path in &paths {
        sample().write_parquet(path).unwrap();
    }
    assert!(std::fs::read(&paths[0]).unwrap() == std::fs::read(&paths[1]).unwrap());
}

#[test]
fn comparisons_survive_a_file() {
    let results =
        results(vec![values("1", "a", &[0.5, 0.6]), values("1", "b", &[0.4]), values("1", "c", &[0.1, 0.3])]);
    let rows =
        analysis::tidy::compare(&results, &plain(analysis::tidy::Pairs::Baseline("c".to_owned()))).unwrap();
    let table = Tidy::from_comparisons(&rows);
    assert_eq!(Tidy::from_frame(&table.to_frame().unwrap()).unwrap(), table);
    assert_eq!(table.column("verdict").unwrap().values.text(1), Some("untestable"));
    assert_eq!(table.column("p_value").unwrap().values.float(1), None);
}

#[test]
fn other_types_become_ours_or_are_refused() {
    let frame = DataFrame::new_infer_height(vec![
        Series::new("flag".into(), [Some(true), None]).into_column(),
        Series::new("small".into(), [1_i32, 2]).into_column(),
        Series::new("half".into(), [0.5_f32, f32::NAN]).into_column(),
    ])
    .unwrap();
    let table = Tidy::from_frame(&frame).unwrap();
    assert_eq!(table.columns[0].values, Values::Text(vec![Some("true".to_owned()), None]));
    assert_eq!(table.columns[1].values, Values::Int(vec![Some(1), Some(2)]));
    assert_eq!(table.columns[2].values, Values::Float(vec![Some(0.5), None]));
    let list = Series::new("list".into(), [Series::new("".into(), [1_i64])]).into_column();
    let frame = DataFrame::new_infer_height(vec![list]).unwrap();
    assert_eq!(
        Tidy::from_frame(&frame).unwrap_err().to_string(),
        "frame: column 'list' has type list[i64], which a table cannot hold"
    );
}

#[test]
fn unequal_columns_are_an_error() {
    let mut table = sample();
    table.columns[1].values = Values::Int(vec![Some(1)]);
    assert!(table.to_frame().is_err());
    assert_eq!(
        table.column("mean").unwrap_err().to_string(),
        "table: no column 'mean'; the columns are model, n, value"
    );
}
