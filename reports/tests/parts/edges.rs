//! Stores at the edge: nothing in them, one seed, no value, no spread; notebooks with nothing in them.

use analysis::store::Store;

use super::made::{ALL, build_text, file, store};

const TEXT: &str = "+++\r\ntitle = 't'\r\n[defaults]\r\nbaseline = 'scratch'\r\n+++\r\n\r\n{{ table('main', id='m') }}\r\n\r\n{{ table('compare', id='c') }}\r\n\r\n{{ figure('bars', id='b') }}\r\n\r\n{{ figure('points', id='p') }}\r\n";

#[test]
fn nothing() {
    let dir = tempfile::tempdir().unwrap();
    Store::create(dir.path()).unwrap();
    let error = build_text(TEXT, Some(dir.path()), &ALL).unwrap_err().to_string();
    assert!(error.ends_with("a.md:7: the input holds no result"), "{error}");
    let empty = build_text("+++\ntitle = ''\n+++", None, &ALL).unwrap();
    assert_eq!(empty.files.len(), 3);
}

#[test]
fn one_seed_and_no_value() {
    let models = [("scratch", "scratch", "", 0.0), ("a", "ssl", "x", 1.0), ("b", "", "", 2.0)];
    let dir = store(&models, &[("chest", "auc", 0.8)]);
    let all = Store::open(dir.path()).unwrap().runs().unwrap();
    let few = tempfile::tempdir().unwrap();
    let target = Store::create(few.path()).unwrap();
    for mut run in all.into_iter().filter(|r| r.seed == 0) {
        if run.model == "b" {
            run.value = None;
        }
        target.write_run(&analysis::record::RunRecord { runs: vec![run], ..Default::default() }).unwrap();
    }
    let output = build_text(TEXT, Some(few.path()), &ALL).unwrap();
    let markdown = file(&output, "report.md");
    assert!(!markdown.contains("NaN"));
    assert!(markdown.contains("A mean without ± has no standard deviation"), "{markdown}");
    assert!(markdown.contains("untestable"), "{markdown}");
    super::shipped::assert_compiles(&output);
}

#[test]
fn made_data_says_so_wherever_it_goes() {
    let output = super::made::build_shipped(
        "demo.md",
        Some(store(&super::made::DEMO, &super::made::PHANTOM).path()),
        &[],
    );
    for name in ["figures/bars.svg", "figures/points.svg", "figures/bars.pgf", "figures/points.pgf"] {
        assert!(file(&output, name).contains("made data"), "{name}");
    }
    for name in ["report.md", "main.tex", "tables/main.tex", "tables/compare.tex"] {
        assert!(file(&output, name).contains("Made data"), "{name}");
    }
}
