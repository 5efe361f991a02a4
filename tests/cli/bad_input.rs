//! Bad input gives one clear error and exit code 2, and leaves nothing behind.

use std::path::Path;

use crate::util::{file, files, medtransfer};

/// Made images of three tasks in `dir/images`.
fn phantom(dir: &Path) {
    medtransfer(dir, &["data", "phantom", "--out", "images"]).ok();
}

/// Prepares a made task into `dir/cache` and expects the refusal, with no cache left.
#[track_caller]
fn prepare_refused(dir: &Path, task: &str, parts: &[&str]) {
    medtransfer(dir, &["data", "prepare", "--task", task, "--root", "images", "--cache", "cache"])
        .refused(parts);
    // The lock by which two callers wait for each other is empty and stays.
    let left: Vec<_> = files(&dir.join("cache"))
        .into_iter()
        .filter(|name| name.extension().is_none_or(|e| e != "lock"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

fn replace_in(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    file(path, &text.replacen(from, to, 1));
}

fn first_image(folder: &Path) -> std::path::PathBuf {
    folder.join(files(folder).first().expect("an image"))
}

#[test]
fn a_missing_image_is_named_with_its_list_and_line() {
    let dir = tempfile::tempdir().unwrap();
    phantom(dir.path());
    let image = first_image(&dir.path().join("images/chest/images"));
    std::fs::remove_file(&image).unwrap();
    prepare_refused(dir.path(), "phantom-chest", &[&*image.file_name().unwrap().to_string_lossy(), "line"]);
}

#[test]
fn a_row_with_a_label_too_few_is_named_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("nih");
    file(&root.join("train.txt"), "00000001_000.png 0 1 0 0 0 0 0 0 0 0 0 0 0\n");
    file(&root.join("val.txt"), "00000002_000.png 0 1 0 0 0 0 0 0 0 0 0 0 0 0\n");
    file(&root.join("test.txt"), "00000003_000.png 0 1 0 0 0 0 0 0 0 0 0 0 0 0\n");
    file(
        &root.join("patients.csv"),
        "image,patient_id\n00000001_000.png,1\n00000002_000.png,2\n00000003_000.png,3\n",
    );
    file(&root.join("images/readme.txt"), "");
    medtransfer(
        dir.path(),
        &["data", "prepare", "--task", "chest-xray14-sample", "--root", "nih", "--cache", "cache"],
    )
    .refused(&["train.txt", "1", "13", "14"]);
}

#[test]
fn a_corrupt_png_is_named() {
    let dir = tempfile::tempdir().unwrap();
    phantom(dir.path());
    let image = first_image(&dir.path().join("images/nodule/images"));
    let bytes = std::fs::read(&image).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test may write its own fixture in one go")]
    std::fs::write(&image, &bytes[..bytes.len() / 2]).unwrap();
    prepare_refused(dir.path(), "phantom-nodule", &[&*image.file_name().unwrap().to_string_lossy()]);
}

#[test]
fn a_mask_of_another_size_is_named() {
    let dir = tempfile::tempdir().unwrap();
    phantom(dir.path());
    medtransfer(dir.path(), &["data", "phantom", "--out", "other", "--size", "48"]).ok();
    let mask = first_image(&dir.path().join("images/vessel/masks"));
    let other = dir.path().join("other/vessel/masks").join(mask.file_name().unwrap());
    std::fs::copy(other, &mask).unwrap();
    prepare_refused(
        dir.path(),
        "phantom-vessel",
        &[&*mask.file_name().unwrap().to_string_lossy(), "48", "64"],
    );
}

#[test]
fn an_empty_split_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    phantom(dir.path());
    file(&dir.path().join("images/chest/test.txt"), "");
    prepare_refused(dir.path(), "phantom-chest", &["test"]);
}

#[test]
fn an_unknown_card_lists_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    medtransfer(
        dir.path(),
        &["data", "prepare", "--task", "chest-xray15", "--root", ".", "--cache", "cache"],
    )
    .refused(&["chest-xray15", "chest-xray14"]);
}

#[test]
fn text_in_value_is_named_with_row_and_column() {
    let dir = tempfile::tempdir().unwrap();
    file(
        &dir.path().join("results.csv"),
        "task,model,seed,value\nchest,scratch,0,0.8\nchest,scratch,1,high\n",
    );
    medtransfer(dir.path(), &["analyze", "summarize", "results.csv"]).refused(&[
        "results.csv",
        "value",
        "high",
        "3",
    ]);
}

#[test]
fn percent_without_saying_so_is_refused_with_the_cure() {
    let dir = tempfile::tempdir().unwrap();
    file(&dir.path().join("results.csv"), "task,model,value\nchest,scratch,81.2\n");
    medtransfer(dir.path(), &["analyze", "summarize", "results.csv"]).refused(&["81.2", "--unit percent"]);
}

#[test]
fn a_misspelt_name_in_a_notebook_is_named_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    file(
        &dir.path().join("results.csv"),
        "task,model,seed,value\nchest,scratch,0,0.8\nchest,scratch,1,0.7\n",
    );
    file(&dir.path().join("n.md"), "+++\ntitle = \"T\"\n+++\n\nWords.\n\n{{ tabel(\"main\") }}\n");
    medtransfer(dir.path(), &["report", "build", "n.md", "--store", "results.csv", "--out", "out"])
        .refused(&["n.md:7", "tabel", "table"]);
    assert!(files(&dir.path().join("out")).is_empty());
}

#[test]
fn a_misspelt_name_in_a_template_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let copy = dir.path().join("templates");
    for name in files(Path::new(templates)) {
        file(&copy.join(&name), &std::fs::read_to_string(Path::new(templates).join(&name)).unwrap());
    }
    let page =
        files(&copy).into_iter().find(|name| name.to_string_lossy().contains("html")).expect("an HTML shell");
    let text = std::fs::read_to_string(copy.join(&page)).unwrap();
    file(&copy.join(&page), &format!("{text}\n{{{{ titel }}}}\n"));
    file(
        &dir.path().join("results.csv"),
        "task,model,seed,value\nchest,scratch,0,0.8\nchest,scratch,1,0.7\n",
    );
    file(&dir.path().join("n.md"), "+++\ntitle = \"T\"\n+++\n\nWords.\n");
    medtransfer(
        dir.path(),
        &["report", "build", "n.md", "--store", "results.csv", "--out", "out", "--templates", "templates"],
    )
    .refused(&["titel"]);
    assert!(files(&dir.path().join("out")).is_empty());
}

#[test]
fn a_store_with_a_foreign_file_names_it() {
    let dir = tempfile::tempdir().unwrap();
    file(&dir.path().join("store/runs/x.parquet"), "this is no Parquet");
    medtransfer(dir.path(), &["analyze", "summarize", "store"]).refused(&["x.parquet"]);
}

#[test]
fn a_missing_input_is_named() {
    let dir = tempfile::tempdir().unwrap();
    medtransfer(dir.path(), &["analyze", "summarize", "nowhere.csv"]).refused(&["nowhere.csv"]);
    medtransfer(dir.path(), &["report", "build", "nowhere.md", "--out", "out"]).refused(&["nowhere.md"]);
    medtransfer(dir.path(), &["data", "inspect", "nowhere"]).refused(&["nowhere"]);
}

#[test]
fn a_swapped_list_is_found_by_the_patient_check() {
    let dir = tempfile::tempdir().unwrap();
    phantom(dir.path());
    let (train, test) = (dir.path().join("images/chest/train.txt"), dir.path().join("images/chest/test.txt"));
    let first = std::fs::read_to_string(&train).unwrap().lines().next().unwrap().to_owned();
    let line = std::fs::read_to_string(&test).unwrap().lines().next().unwrap().to_owned();
    replace_in(&test, &line, &first);
    prepare_refused(dir.path(), "phantom-chest", &["train", "test"]);
}

#[test]
fn the_auc_of_every_run_takes_no_pairs() {
    let dir = tempfile::tempdir().unwrap();
    let rows = "model,seed,label,target,score\na,0,x,1,0.9\na,0,x,0,0.1\na,1,x,1,0.2\na,1,x,0,\n";
    file(&dir.path().join("p.csv"), rows);
    let call = ["analyze", "auc", "p.csv", "--what", "runs", "--format", "csv"];
    let expected = "task,model,seed,run_id,label,auc,n_cases,n_positive,reason\n\
        ,a,0,,macro,1.0,2,,\n\
        ,a,0,,x,1.0,2,1,\n\
        ,a,1,,macro,,1,,1 of 1 labels have no AUC and are left out; 1 missing or NaN scores are left out\n\
        ,a,1,,x,,1,1,no case is negative; 1 missing or NaN scores are left out\n";
    assert_eq!(medtransfer(dir.path(), &call).ok(), expected);
    let with_pairs = [&call[..], &["--all-pairs"]].concat();
    medtransfer(dir.path(), &with_pairs).refused(&["--what runs takes every run by itself"]);
    // Without it models are compared case by case, and rows alone do not say which case is which.
    medtransfer(dir.path(), &["analyze", "auc", "p.csv"])
        .refused(&["no column 'case_id'", "--columns case_id="]);
}
