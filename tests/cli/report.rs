//! Analysis and reports from files alone: no torch.

use std::path::Path;

use crate::util::{file, files, medtransfer};

/// Five seeds of three models on two tasks; the third model has a hostile name.
fn results(folder: &Path) {
    let mut text = String::from("task,metric,model,family,seed,value\n");
    for (task, base) in [("chest", 0.70), ("vessel", 0.60)] {
        for seed in 0..5 {
            let wiggle = f64::from(seed * seed % 7) / 500.0;
            for (model, family, gain) in [
                ("scratch", "scratch", 0.0),
                ("simclr", "ssl", 0.08),
                ("<script>alert(1)</script>", "supervised", 0.05),
            ] {
                text +=
                    &format!("{task},auc,{model},{family},{seed},{}\n", base + gain + wiggle * (1.0 + gain));
            }
        }
    }
    file(&folder.join("results.csv"), &text);
}

const NOTEBOOK: &str = r#"+++
title = "Three models"
+++

# Result {#result}

{{ table("main", id="tab:main", caption="All models") }}

{{ figure("bars", id="fig:bars", caption="All models", baseline="scratch") }}

```claim
sentence = "SimCLR beats scratch on chest"
condition = 'better("simclr", "scratch", task="chest")'
expect = "supported"
```
"#;

#[test]
fn compare_prints_the_columns_of_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    results(dir.path());
    let csv = medtransfer(
        dir.path(),
        &["analyze", "compare", "results.csv", "--baseline", "scratch", "--format", "csv"],
    )
    .ok();
    assert_eq!(
        csv.lines().next().unwrap(),
        "task,metric,model_a,model_b,n_a,n_b,mean_a,mean_b,sd_a,sd_b,diff,conf_low,conf_high,test,statistic,df,p_value,p_adjusted,\
         effect_kind,effect,effect_low,effect_high,verdict,reason,unit,null_distribution,least_p,estimand,estimate,\
         p_equivalence"
    );
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(csv.contains("simclr,scratch,5,5") && csv.contains(",better,"), "{csv}");
}

#[test]
fn summarize_prints_the_columns_of_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    results(dir.path());
    let csv = medtransfer(dir.path(), &["analyze", "summarize", "results.csv", "--format", "csv"]).ok();
    assert_eq!(
        csv.lines().next().unwrap(),
        "task,metric,model,n,mean,sd,se,median,min,max,conf_low,conf_high"
    );
    assert_eq!(csv.lines().count(), 7, "{csv}");
}

#[test]
fn every_format_carries_every_row() {
    let dir = tempfile::tempdir().unwrap();
    results(dir.path());
    for format in ["table", "csv", "json", "md", "tex"] {
        let text = medtransfer(dir.path(), &["analyze", "summarize", "results.csv", "--format", format]).ok();
        assert_eq!(text.matches("simclr").count(), 2, "{format}: {text}");
    }
    medtransfer(dir.path(), &["analyze", "summarize", "results.csv", "--format", "parquet"])
        .refused(&["--out"]);
    medtransfer(
        dir.path(),
        &["analyze", "summarize", "results.csv", "--format", "parquet", "--out", "s.parquet"],
    )
    .ok();
    assert!(dir.path().join("s.parquet").exists());
}

#[test]
fn a_report_has_three_documents_and_the_same_bytes_twice() {
    let dir = tempfile::tempdir().unwrap();
    results(dir.path());
    file(&dir.path().join("three.md"), NOTEBOOK);
    for out in ["one", "two"] {
        medtransfer(dir.path(), &["report", "build", "three.md", "--store", "results.csv", "--out", out])
            .ok();
    }
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    assert_eq!(files(&one), files(&two));
    for name in files(&one) {
        assert_eq!(
            std::fs::read(one.join(&name)).unwrap(),
            std::fs::read(two.join(&name)).unwrap(),
            "{}",
            name.display()
        );
    }
    for ending in ["html", "md", "tex"] {
        assert!(files(&one).iter().any(|name| name.extension().is_some_and(|e| e == ending)), "no {ending}");
    }
}

#[test]
fn a_hostile_model_name_is_shown_and_not_run() {
    let dir = tempfile::tempdir().unwrap();
    results(dir.path());
    file(&dir.path().join("three.md"), NOTEBOOK);
    medtransfer(dir.path(), &["report", "build", "three.md", "--store", "results.csv", "--out", "out"]).ok();
    let out = dir.path().join("out");
    // A CSV holds the name as it is: it is data for other programs.
    for name in files(&out).into_iter().filter(|name| name.extension().is_some_and(|e| e != "csv")) {
        let text = std::fs::read_to_string(out.join(&name)).unwrap();
        assert!(!text.contains("<script>alert(1)"), "{}", name.display());
    }
    let html = files(&out).into_iter().find(|name| name.extension().is_some_and(|e| e == "html")).unwrap();
    assert!(
        std::fs::read_to_string(out.join(html)).unwrap().contains("&lt;script&gt;alert(1)"),
        "shown as text"
    );
}

#[test]
fn check_exits_3_when_a_claim_does_not_hold() {
    let dir = tempfile::tempdir().unwrap();
    results(dir.path());
    file(&dir.path().join("good.md"), NOTEBOOK);
    file(&dir.path().join("bad.md"), &NOTEBOOK.replace("\"supported\"", "\"not supported\""));
    medtransfer(dir.path(), &["report", "check", "good.md", "--store", "results.csv"]).ok();
    let ran = medtransfer(dir.path(), &["report", "check", "bad.md", "--store", "results.csv"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 of 1 claims"), "{}", ran.stderr);
}

#[test]
fn the_report_on_published_numbers_builds_and_holds() {
    let dir = tempfile::tempdir().unwrap();
    let notebook = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/notebooks/paper.md");
    medtransfer(dir.path(), &["report", "build", notebook, "--out", "paper"]).ok();
    medtransfer(dir.path(), &["report", "check", notebook]).ok();
}

#[test]
fn a_template_that_runs_away_is_stopped() {
    let dir = tempfile::tempdir().unwrap();
    results(dir.path());
    let body = "{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}";
    file(&dir.path().join("n.md"), &format!("+++\ntitle = \"T\"\nstore = \"results.csv\"\n+++\n\n{body}\n"));
    medtransfer(dir.path(), &["report", "build", "n.md", "--out", "out"]).refused(&["n.md"]);
}

#[test]
fn made_data_say_so_however_the_store_was_named() {
    let dir = tempfile::tempdir().unwrap();
    file(&dir.path().join("made.csv"), "task,model,seed,value\nphantom-x,a,0,0.5\nphantom-x,a,1,0.6\n");
    file(&dir.path().join("n.md"), "+++\ntitle = \"T\"\nstore = \"made.csv\"\n+++\n\nWords.\n");
    medtransfer(dir.path(), &["report", "build", "n.md", "--out", "out"]).ok();
    assert!(std::fs::read_to_string(dir.path().join("out/report.html")).unwrap().contains("Made data"));
}

#[test]
fn percentages_and_other_column_names_can_be_reported() {
    let dir = tempfile::tempdir().unwrap();
    file(&dir.path().join("r.csv"), "task,experiment,seed,auc\nx, a,0,50\nx,a ,1,60\n");
    let front = "title = \"T\"\nstore = \"r.csv\"\nunit = \"percent\"\n[columns]\nmodel = \"experiment\"\nvalue = \"auc\"";
    let value = "{{ value(\"summary\", task=\"x\", model=\"a\", what=\"mean\") }}";
    file(&dir.path().join("n.md"), &format!("+++\n{front}\n+++\n\nMean {value}.\n"));
    medtransfer(dir.path(), &["report", "build", "n.md", "--out", "out", "--to", "md"]).ok();
    let text = std::fs::read_to_string(dir.path().join("out/report.md")).unwrap();
    assert!(text.contains("Mean 55"), "{text}");
}
