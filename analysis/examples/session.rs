//! A session at the prompt as a program: what stands between the two marks can be pasted into `medtransfer repl`, line by
//! line (`docs/explore.md`), and the program's test does so.
//!
//! `cargo run -p analysis --example session`. Types are written out because evcxr keeps a variable only when it knows its
//! type, and it does not read those of this crate.

use analysis::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // session:
    let frame: DataFrame = df!("model" => ["a", "b", "a", "b"], "value" => [0.81, 0.74, 0.83, 0.77])?;
    let mean: Expr = col("value").mean();
    let means: DataFrame = frame.clone().lazy().group_by_stable([col("model")]).agg([mean]).collect()?;
    means.evcxr_display();
    let a: Sample = Sample::from_values(&[0.81, 0.83, 0.82]);
    let b: Sample = Sample::from_values(&[0.74, 0.77, 0.76]);
    let test: TTest = welch(&a, &b).map_err(|why| why.explain("a", "b"))?;
    test.evcxr_display();
    test.interval(0.05, Alternative::TwoSided).evcxr_display();
    // end
    assert_eq!(means.height(), 2);
    Ok(())
}
