//! A store, a CSV or a Parquet file from the command line to a summary and comparisons: the cells of
//! `explore/README.md` as a program.
//!
//! `cargo run -p analysis --example explore -- results.csv`; without an argument it makes five runs a model up.

use std::path::Path;

use analysis::input::{Group, ReadOptions, Results, Spread, read};
use analysis::table::Tidy;
use analysis::tidy::{CompareConfig, Pairs, compare, summarize};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let results = match std::env::args().nth(1) {
        Some(path) => read(Path::new(&path), &ReadOptions::default())?,
        None => made_up(),
    };
    for warning in &results.warnings {
        eprintln!("warning: {warning}");
    }
    let summaries = summarize(&results, 0.05)?;
    println!("{}\n", Tidy::from_summaries(&summaries).to_text());

    let config = CompareConfig { margin: Some(0.005), ..CompareConfig::welch(Pairs::AgainstBest) };
    let rows = compare(&results, &config)?;
    println!("{}", Tidy::from_comparisons(&rows).to_csv());

    // Any further question is a Polars expression on the same table.
    let frame = Tidy::from_comparisons(&rows).to_frame()?;
    println!("{:?}", frame.column("verdict")?.as_materialized_series());
    Ok(())
}

/// Numbers that nobody measured.
fn made_up() -> Results {
    let group = |model: &str, values: [f64; 5]| Group {
        task: "made-up".to_owned(),
        metric: "auc".to_owned(),
        model: model.to_owned(),
        family: String::new(),
        pretrained_on: String::new(),
        spread: Spread::Values { seeds: (0..5).map(Some).collect(), values: values.to_vec(), n_missing: 0 },
    };
    Results {
        groups: vec![
            group("pre-trained", [0.871, 0.869, 0.874, 0.870, 0.872]),
            group("scratch", [0.842, 0.851, 0.838, 0.847, 0.845]),
            group("supervised", [0.870, 0.873, 0.868, 0.871, 0.872]),
        ],
        ..Results::default()
    }
}
