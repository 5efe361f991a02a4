//! The notebooks that ship build on what they are meant for, and their claims hold.

use std::process::Command;

use reports::Output;

use super::made::{DEMO, PHANTOM, build_shipped, file, store};

fn unmet(output: &Output) -> Vec<String> {
    let line =
        |c: &reports::ClaimResult| format!("{}: {} but {}: {}", c.line, c.sentence, c.found, c.evidence);
    output.claims.iter().filter(|c| !c.holds()).map(line).collect()
}

#[test]
fn demo_on_a_made_store() {
    let store = store(&DEMO, &PHANTOM);
    let output = build_shipped("demo.md", Some(store.path()), &[]);
    assert_eq!(output.claims.len(), 2);
    assert_eq!(unmet(&output), Vec::<String>::new());
    let html = file(&output, "report.html");
    assert!(html.contains("class=\"banner\"") && html.contains("Made data:"));
    assert!(
        html.contains("Made vessels")
            && !html.contains("phantom-vessel</")
            && !html.contains("Dice per image")
    );
    let again = build_shipped("demo.md", Some(store.path()), &[]);
    assert_eq!(output.files, again.files, "the same input gives the same bytes");
    compiles(&output);
}

#[test]
fn paper_on_the_published_numbers() {
    let output = build_shipped("paper.md", None, &[]);
    assert_eq!(unmet(&output), Vec::<String>::new());
    assert_eq!(output.claims.len(), 7);
    let markdown = file(&output, "report.md");
    // The paper's own p-values for PXS and VFS, .19 and .15, under ten runs and one side.
    assert!(markdown.contains(".185\nand .150."), "{markdown}");
    compiles(&output);
}

#[test]
fn assumptions_are_parameters() {
    let ten = build_shipped("paper.md", None, &[("runs".to_owned(), "10".to_owned())]);
    let marks = &ten.claims[0];
    assert_eq!((marks.found.as_str(), marks.holds()), ("not supported", false));
    assert!(file(&ten, "report.md").contains("n = 10 runs assumed"));
}

#[test]
fn real_on_a_made_store() {
    let models = [("ImageNet", "supervised", "imagenet", 4.0), ("scratch", "scratch", "", 0.0)];
    let tasks = [
        ("chest-xray14-sample", "auc", 0.60),
        ("cxr-lungs", "dice", 0.93),
        ("cxr-lungs", "dice_per_image", 0.92),
    ];
    let store = store(&models, &tasks);
    let output = build_shipped("real.md", Some(store.path()), &[]);
    assert!(
        file(&output, "report.md").contains("change the mean AUC by\n\\+")
            || file(&output, "report.md").contains("change the mean AUC by\n+")
    );
    compiles(&output);
}

#[test]
fn html_asks_for_nothing() {
    let store = store(&DEMO, &PHANTOM);
    let html = file(&build_shipped("demo.md", Some(store.path()), &[]), "report.html");
    for request in [" src=", "@import", "url(", "<link rel=\"stylesheet\"", "fetch(", "<iframe", "<img"] {
        assert!(!html.contains(request), "{request}");
    }
    assert!(html.contains("default-src 'none'"));
    assert_eq!(html.matches("<script").count(), 1);
    for part in
        ["<main id=\"content\">", "<nav aria-label=", "class=\"skip\"", "<html lang=\"en\">", "<caption>"]
    {
        assert!(html.contains(part), "{part}");
    }
}

/// Runs pdfLaTeX on the output where there is one.
fn compiles(output: &Output) {
    if Command::new("pdflatex").arg("--version").output().is_err() {
        println!("skipped: no pdflatex on this machine");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in &output.files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        analysis::atomic::write(&path, bytes).unwrap();
    }
    let run = Command::new("pdflatex")
        .args(["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "main.tex"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{}", log.lines().rev().take(40).collect::<Vec<_>>().join("\n"));
}

/// Hostile documents compile too: used by the part on hostile names.
pub(super) fn assert_compiles(output: &Output) {
    compiles(output);
}
