//! The verbs of `analyze` from outside: numbers of other programs, refusals that name the right call, nothing undefined
//! printed as a number.

use std::path::{Path, PathBuf};

use crate::util::{file, medtransfer};

/// A file of the shared folder, or `None` with a note.
fn shared(name: &str) -> Option<String> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("MEDTRANSFER_SHARED").map_or(default, PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path.canonicalize().unwrap().display().to_string());
    }
    eprintln!("skipped: {} is not there; set MEDTRANSFER_SHARED", path.display());
    None
}

/// The cells of a CSV without line breaks in its fields.
struct Table(Vec<Vec<String>>);

impl Table {
    fn of(args: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::of_in(dir.path(), args)
    }

    fn of_in(folder: &Path, args: &[&str]) -> Self {
        let all: Vec<&str> = ["analyze"].iter().chain(args).chain(&["--format", "csv"]).copied().collect();
        let csv = medtransfer(folder, &all).ok();
        assert!(!csv.contains("NaN") && !csv.contains("inf,") && !csv.contains(",inf"), "{csv}");
        Self(csv.lines().map(fields).collect())
    }

    fn column(&self, name: &str) -> usize {
        self.0[0]
            .iter()
            .position(|column| column == name)
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.0[0]))
    }

    /// The row whose cells begin so.
    fn row(&self, start: &[&str]) -> &[String] {
        self.0
            .iter()
            .find(|row| row.iter().zip(start).all(|(a, b)| a == b))
            .unwrap_or_else(|| panic!("{start:?}"))
    }

    fn number(&self, start: &[&str], column: &str) -> f64 {
        let text = &self.row(start)[self.column(column)];
        text.parse().unwrap_or_else(|_| panic!("{column} of {start:?} is '{text}'"))
    }

    fn text(&self, start: &[&str], column: &str) -> &str {
        &self.row(start)[self.column(column)]
    }
}

/// The fields of a line; commas inside quotes are text.
fn fields(line: &str) -> Vec<String> {
    let mut is_quoted = false;
    let mut fields = vec![String::new()];
    for letter in line.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            letter => fields.last_mut().unwrap().push(letter),
        }
    }
    fields
}

#[track_caller]
fn close(got: f64, want: f64, tolerance: f64) {
    assert!(((got - want) / want).abs() <= tolerance, "got {got}, want {want}");
}

/// R's and Python's numbers of `golden_r.txt` and `golden_py_peers.txt`, through the program.
#[test]
fn the_golden_study_through_every_verb() {
    let Some(scores) = shared("golden/scores.csv") else { return };
    let omnibus = Table::of(&["rank", &scores]);
    close(omnibus.number(&["friedman"], "statistic"), 31.915_966_386_555, 1e-12);
    close(omnibus.number(&["friedman"], "p_value"), 0.006_609_853_068, 1e-9);
    close(omnibus.number(&["friedman"], "kendall_w"), 0.303_961_584_6, 1e-9);
    close(omnibus.number(&["friedman"], "cd"), 8.718_713_58, 1e-7);
    close(omnibus.number(&["iman-davenport"], "p_value"), 0.002_573_419_409, 1e-9);
    close(omnibus.number(&["quade"], "p_value"), 0.006_895_208_856, 1e-9);
    let pairs = Table::of(&["rank", &scores, "--what", "pairs", "--baseline", "Supervised"]);
    close(pairs.number(&["BYOL", "Supervised"], "p_value"), 0.098_869_506_77, 1e-7);
    let control = ["rank", &scores, "--what", "pairs", "--post-hoc", "control", "--baseline", "Supervised"];
    let control = Table::of(&control);
    close(control.number(&["BYOL"], "p_value"), 0.001_375_43, 1e-5);
    close(control.number(&["BYOL"], "p_adjusted"), 0.020_631_52, 1e-6);
    let mixed = Table::of(&["mixed", &scores, "--baseline", "Supervised"]);
    close(mixed.number(&["BYOL - Supervised"], "std_error"), 0.003_253_471_982_322_53, 1e-9);
    close(mixed.number(&["model"], "statistic"), 2.879_778, 1e-6);
    close(mixed.number(&["var(task:model)"], "estimate"), 3.485_591_3e-5, 1e-6);
    let iqm = Table::of(&["aggregate", &scores, "--statistic", "iqm", "--reps", "200"]);
    close(iqm.number(&["SwAV", "iqm"], "value"), 0.866_946_885_651, 1e-11);
    let better = ["aggregate", &scores, "--what", "improvement", "--baseline", "Supervised", "--reps", "200"];
    close(Table::of(&better).number(&["SwAV"], "value"), 0.655_714_286, 1e-9);
    let bayes = Table::of(&["bayes", &scores, "--baseline", "Supervised", "--rope", "0.005"]);
    for (column, want) in [("p_left", 0.0138), ("p_rope", 0.4384), ("p_right", 0.5478)] {
        assert!((bayes.number(&["SwAV"], column) - want).abs() < 0.012, "{column}");
    }
}

#[test]
fn the_tests_of_compare_give_what_r_gives() {
    let Some(scores) = shared("golden/scores.csv") else { return };
    for (test, p, null) in [
        ("welch", 2.910_393_521e-5, "t"),
        ("student", 2.868_384_57e-5, "t"),
        ("paired-t", 5.297_241_501e-4, "t"),
        ("mann-whitney", 1.299_010_587e-4, "exact"),
        ("wilcoxon", 0.003_906_25, "exact"),
        ("sign-flip", 0.003_906_25, "exact"),
        // coin prints 15/184756: with equal groups the count is even, and 16 (analysis/tests/agree_rank.rs).
        ("permutation", 16.0 / 184_756.0, "exact"),
    ] {
        let args = [
            "compare",
            &scores,
            "--baseline",
            "Supervised",
            "--test",
            test,
            "--adjust",
            "none",
            "--where",
            "task=DR",
        ];
        let table = Table::of(&args);
        let row = ["DR", "AUC", "SwAV"];
        close(table.number(&row, "p_value"), p, 2e-9);
        assert_eq!(table.text(&row, "null_distribution"), null, "{test}");
        assert_eq!(table.text(&row, "verdict"), "better");
        assert_eq!(table.text(&row, "unit"), "seed");
    }
}

#[test]
fn the_published_table_is_audited() {
    let (Some(table), Some(marks)) =
        (shared("reference/published_results.csv"), shared("reference/published_significance.csv"))
    else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "analyze", "audit", &table, "--marks", &marks, "--source", "table2", "--n", "5,10", "--adjust",
        "none",
    ];
    let ran = medtransfer(dir.path(), &[&args[..], &["--format", "csv"]].concat());
    assert!(ran.stderr.contains("ImageNet against ImageNet>CheXpert on LXS"), "{}", ran.stderr);
    assert!(ran.stderr.contains("CheXpert against ImageNet>CheXpert on LXS"), "{}", ran.stderr);
    let csv = ran.ok();
    let first = csv.lines().nth(1).unwrap();
    assert!(first.starts_with("5,1,two,pooled,none,all,21,0,0,0,"), "{first}");
    let ten = csv.lines().find(|line| line.starts_with("10,1,two,pooled,none")).unwrap();
    assert!(ten.starts_with("10,1,two,pooled,none,all,21,4,2,2,"), "{ten}");
}

#[test]
fn two_networks_on_pneumothorax() {
    let Some(predictions) = shared("data/results/siim-predictions.csv") else { return };
    let table = Table::of(&["auc", &predictions, "--columns", "target=label,case_id=index", "--all-pairs"]);
    let row = ["score", "densenet121", "resnet50"];
    close(table.number(&row, "auc_a"), 0.772_537_797_157_038_6, 1e-12);
    close(table.number(&row, "statistic"), -31.166_680_269, 1e-9);
    assert_eq!(table.text(&row, "verdict"), "worse");
}

/// Runs of three models on one task; the first two are equal.
fn runs(folder: &Path, n: usize) -> &'static str {
    let mut text = "model,task,seed,value\n".to_owned();
    for seed in 0..n {
        for (model, value) in [("a", 0.8), ("b", 0.7)] {
            text += &format!("{model},chest,{seed},{}\n", value + 0.001 * (seed * seed) as f64);
        }
        text += &format!("flat,chest,{seed},0.5\n");
    }
    file(&folder.join("runs.csv"), &text);
    "runs.csv"
}

#[test]
fn what_cannot_be_significant_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let input = runs(dir.path(), 5);
    let args = ["compare", input, "--baseline", "b", "--test", "wilcoxon"];
    let table = Table::of_in(dir.path(), &args);
    let row = ["chest", "value", "a"];
    close(table.number(&row, "p_value"), 0.0625, 1e-15);
    close(table.number(&row, "least_p"), 0.0625, 1e-15);
    assert_eq!(table.text(&row, "verdict"), "untestable");
    assert!(table.text(&row, "reason").contains("the smallest p-value that wilcoxon can reach"));
    let power = Table::of(&["power", "--test", "wilcoxon", "--n", "5", "--effect", "3"]);
    assert_eq!(power.text(&["wilcoxon"], "power"), "0.0");
    assert!(power.text(&["wilcoxon"], "reason").contains("it takes 6"), "{:?}", power.0);
    close(
        Table::of(&["power", "--n", "10", "--power", "0.8"]).number(&["welch"], "effect"),
        1.324_947_4,
        1e-6,
    );
    close(Table::of(&["power", "--effect", "0.5", "--power", "0.8"]).number(&["welch"], "n"), 64.0, 1e-12);
}

#[test]
fn designs_that_a_test_does_not_fit_are_refused_by_name_of_the_right_call() {
    let dir = tempfile::tempdir().unwrap();
    let input = runs(dir.path(), 6);
    let analyze = |args: &[&str]| medtransfer(dir.path(), &[&["analyze"], args].concat());
    let dunnett = ["compare", input, "--baseline", "b", "--test", "dunnett"];
    analyze(&[&dunnett[..], &["--adjust", "holm"]].concat())
        .refused(&["adjusted", "use the adjustment none"]);
    analyze(&["compare", input, "--all-pairs", "--test", "dunnett"]).refused(&["name a baseline"]);
    analyze(&["compare", input, "--baseline", "b", "--test", "corrected-t", "--test-over-train", "0.25"])
        .refused(&["seeds on one fixed split", "use welch"]);
    analyze(&["rank", input, "--what", "pairs", "--adjust", "holm"]).refused(&["nemenyi", "--adjust none"]);
    analyze(&["power", "--n", "5"]).refused(&["give any two"]);
    file(&dir.path().join("cases.csv"), "model,task,case_id,group_id,value\na,m,1,p,0.5\nb,m,1,p,0.6\n");
    analyze(&["compare", "cases.csv", "--baseline", "a"]).refused(&["analyze cases", "case_id"]);
    file(
        &dir.path().join("folds.csv"),
        "model,task,fold,value\na,m,1,0.5\na,m,2,0.6\nb,m,1,0.7\nb,m,2,0.9\n",
    );
    let ran = analyze(&["compare", "folds.csv", "--baseline", "a", "--format", "csv"]);
    assert!(ran.stderr.contains("use corrected-t"), "{}", ran.stderr);
    assert!(ran.ok().contains(",fold,"));
    let args = ["compare", "folds.csv", "--baseline", "a", "--test", "corrected-t", "--test-over-train", "1"];
    let fold = Table::of_in(dir.path(), &args);
    // d = .2 and .3, s² = .005, se² = (1/2 + 1) .005.
    close(fold.number(&["m", "value", "b"], "statistic"), 0.25 / (1.5_f64 * 0.005).sqrt(), 1e-9);
}

/// Every verb on what is too little, equal, or of one class: a reason, no number that is none.
#[test]
fn degenerate_input_gives_reasons() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        file(&dir.path().join(name), text);
        name.to_owned()
    };
    let flat = path("flat.csv", "model,task,seed,value\na,t,0,0.5\na,t,1,0.5\nb,t,0,0.5\nb,t,1,0.5\n");
    let one = path("one.csv", "model,task,seed,value\na,t,0,0.5\nb,t,0,0.6\n");
    let hole = path("hole.csv", "model,task,seed,value\na,t,0,0.5\na,u,0,0.7\nb,t,0,0.6\nb,t,1,\n");
    for input in [&flat, &one, &hole] {
        for test in [
            "welch",
            "student",
            "paired-t",
            "mann-whitney",
            "brunner-munzel",
            "wilcoxon",
            "permutation",
            "sign-flip",
            "dunnett",
        ] {
            let table = Table::of_in(dir.path(), &["compare", input, "--baseline", "b", "--test", test]);
            let verdict = table.text(&["t", "value", "a"], "verdict");
            assert_eq!(verdict, "untestable", "{input} {test}");
            assert!(!table.text(&["t", "value", "a"], "reason").is_empty(), "{input} {test}");
        }
        for verb in [
            &["rank"][..],
            &["rank", "--what", "ranks"],
            &["rank", "--what", "pairs"],
            &["rank", "--what", "cliques"],
            &["aggregate", "--reps", "100"],
            &["aggregate", "--what", "improvement", "--reps", "100"],
            &["mixed"],
            &["bayes", "--baseline", "b", "--reps", "100"],
            &["bayes", "--baseline", "b", "--method", "correlated-t"],
            &["summarize"],
        ] {
            Table::of_in(dir.path(), &[&verb[..1], &[input.as_str()], &verb[1..]].concat());
        }
    }
    let one_class = path("one-class.csv", "case_id,target,a,b\n1,1,0.5,0.6\n2,1,0.7,0.2\n");
    let perfect =
        path("perfect.csv", "case_id,target,a,b\n1,0,0.1,0.2\n2,0,0.2,0.3\n3,1,0.8,0.7\n4,1,0.9,0.8\n");
    for input in [&one_class, &perfect] {
        let table = Table::of_in(dir.path(), &["auc", input, "--all-pairs"]);
        assert_eq!(table.text(&["score", "a"], "p_value"), "", "{input}");
        assert!(!table.text(&["score", "a"], "reason").is_empty(), "{input}");
    }
    assert_eq!(Table::of_in(dir.path(), &["auc", &perfect]).text(&["score", "a"], "auc_a"), "1.0");
}

/// Seeds as readers, patients with several images, per-case scores: shapes and reasons through a file.
#[test]
fn cases_readers_and_patients() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = "model,task,case_id,group_id,dice\n".to_owned();
    let mut scores = "model,task,seed,case_id,target,score\n".to_owned();
    for case in 0..48 {
        let base = f64::from(case * 37 % 48) / 96.0;
        dice += &format!(
            "a,m,{case},p{},{}\nb,m,{case},p{},{}\n",
            case / 2,
            0.4 + base,
            case / 2,
            0.3 + base * 1.1
        );
        for seed in 0..3 {
            for (model, tilt) in [("a", 7), ("b", 3)] {
                let noise = f64::from((case * 29 + seed * 11 + tilt) % 17) / 17.0;
                let score = if model == "a" { 1.4 } else { 0.6 } * f64::from(case % 2) + noise;
                scores += &format!("{model},m,{seed},{case},{},{score}\n", case % 2);
            }
        }
    }
    file(&dir.path().join("dice.csv"), &dice);
    file(&dir.path().join("scores.csv"), &scores);
    for test in ["sign-flip", "wilcoxon", "paired-t", "bootstrap"] {
        let table = Table::of_in(
            dir.path(),
            &["cases", "dice.csv", "--baseline", "b", "--test", test, "--reps", "500"],
        );
        let row = ["m", "dice", "a"];
        assert_eq!((table.text(&row, "n_a"), table.text(&row, "unit")), ("24", "patient"), "{test}");
        assert_eq!(table.text(&row, "verdict"), "better", "{test}");
        assert!(table.number(&row, "conf_low") <= table.number(&row, "estimate"));
    }
    let readers = Table::of_in(dir.path(), &["readers", "scores.csv", "--baseline", "b"]);
    assert_eq!(readers.text(&["m", "auc", "a"], "test"), "obuchowski-rockette");
    assert!(readers.number(&["m", "auc", "a"], "df") > 0.0);
    let both = ["readers", "scores.csv", "--baseline", "b", "--method", "bootstrap", "--reps", "400"];
    let resampled = Table::of_in(dir.path(), &both);
    close(
        resampled.number(&["m", "auc", "a"], "estimate"),
        readers.number(&["m", "auc", "a"], "estimate"),
        1e-9,
    );
    assert_eq!(resampled.text(&["m", "auc", "a"], "null_distribution"), "bootstrap");
    let refused = medtransfer(dir.path(), &["analyze", "auc", "scores.csv", "--all-pairs"]);
    refused.refused(&["3 runs", "analyze readers", "--of-seed", "--ensemble"]);
    let one = Table::of_in(dir.path(), &["auc", "scores.csv", "--all-pairs", "--of-seed", "1"]);
    assert!(one.number(&["score", "a", "b"], "diff") > 0.0);
}

/// The order of the rows and the number of threads change no byte.
#[test]
fn rows_and_threads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let input = runs(dir.path(), 8);
    let text = std::fs::read_to_string(dir.path().join(input)).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    file(&dir.path().join("turned.csv"), &(lines.join("\n") + "\n"));
    for verb in [
        &["compare", "--all-pairs", "--test", "brunner-munzel"][..],
        &["aggregate", "--reps", "300"],
        &["rank", "--what", "ranks", "--reps", "300"],
        &["bayes", "--all-pairs", "--reps", "2000"],
    ] {
        let of = |input: &str, threads: &str| {
            let args = [&["analyze", verb[0], input, "--format", "csv", "--quiet"], &verb[1..]].concat();
            let ran =
                crate::util::command(dir.path(), &args).env("RAYON_NUM_THREADS", threads).output().unwrap();
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
            ran.stdout
        };
        assert_eq!(of(input, "1"), of("turned.csv", "3"), "{verb:?}");
    }
}

/// (0.3 + 0.6)/2 and (0.4 + 0.5)/2 are equal, whatever the last bit says.
#[test]
fn means_that_differ_by_rounding_are_ties() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = "model,task,seed,value\n".to_owned();
    for task in 0..6 {
        text += &format!("a,t{task},0,0.3\na,t{task},1,0.6\nb,t{task},0,0.4\nb,t{task},1,0.5\n");
    }
    file(&dir.path().join("ties.csv"), &text);
    let rank = Table::of_in(dir.path(), &["rank", "ties.csv"]);
    assert_eq!(rank.text(&["friedman"], "p_value"), "");
    assert!(rank.text(&["friedman"], "reason").contains("are equal"));
    let bayes = Table::of_in(dir.path(), &["bayes", "ties.csv", "--baseline", "a"]);
    assert_eq!(bayes.text(&["b", "a"], "diff"), "0.0");
    assert!(bayes.number(&["b", "a"], "p_right") < 0.6);
}

/// Only images that both models scored count for a patient, and what is left out is said.
#[test]
fn cases_that_one_model_lacks_are_left_out_of_both_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = "model,task,case_id,group_id,dice\n".to_owned();
    for case in 0..12 {
        text += &format!("a,m,{case},p{},{}\n", case / 2, 0.5 + 0.01 * f64::from(case));
        if case != 3 {
            text += &format!("b,m,{case},p{},{}\n", case / 2, 0.4 + 0.01 * f64::from(case));
        }
    }
    file(&dir.path().join("holes.csv"), &text);
    let table = Table::of_in(dir.path(), &["cases", "holes.csv", "--baseline", "b"]);
    let row = ["m", "dice", "a"];
    close(table.number(&row, "diff"), 0.1, 1e-9);
    assert!(table.text(&row, "reason").contains("1 cases that only one"), "{:?}", table.0);
    let few = Table::of_in(dir.path(), &["cases", "holes.csv", "--baseline", "b", "--test", "bootstrap"]);
    assert!(few.text(&row, "reason").contains("use --test sign-flip"), "{:?}", few.0);
    let predictions = "case_id,label,target,a,b\n1,x,0,.1,.2\n2,x,0,.4,.1\n3,x,1,.3,.9\n4,x,1,.8,.7\n5,x,1,.2,\n\
         1,y,1,.1,.2\n2,y,1,.4,.1\n3,y,1,.3,.9\n4,y,1,.8,.7\n5,y,1,.2,.1\n";
    file(&dir.path().join("labels.csv"), predictions);
    let table = Table::of_in(dir.path(), &["auc", "labels.csv", "--models", "a,b", "--all-pairs", "--macro"]);
    let reason = table.text(&["macro", "a", "b"], "reason");
    assert!(reason.contains("1 cases without a score") && reason.contains("leaves out y"), "{reason}");
}

/// A file's ending is a form; less is better is said; the positive class is not guessed.
#[test]
fn what_a_newcomer_trips_over() {
    let dir = tempfile::tempdir().unwrap();
    let input = runs(dir.path(), 5);
    let ran = medtransfer(dir.path(), &["analyze", "summarize", input, "--out", "made/summary.csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let written = std::fs::read_to_string(dir.path().join("made/summary.csv")).unwrap();
    assert!(written.starts_with("task,metric,model,n,"), "{written}");
    file(
        &dir.path().join("ece.csv"),
        "model,task,metric,seed,value\na,m,ece,0,.1\na,m,ece,1,.2\nb,m,ece,0,.3\nb,m,ece,1,.5\n",
    );
    let ran = medtransfer(dir.path(), &["analyze", "compare", "ece.csv", "--baseline", "a"]);
    assert!(ran.stderr.contains("of 'ece' less may be better"), "{}", ran.stderr);
    file(&dir.path().join("text.csv"), "case_id,target,a,b\n1,neg,.1,.2\n2,pos,.4,.1\n");
    let auc = ["analyze", "auc", "text.csv", "--models", "a,b"];
    medtransfer(dir.path(), &auc).refused(&["'neg'", "--positive NAME"]);
    medtransfer(dir.path(), &[&auc[..], &["--positive", "yes"]].concat()).refused(&[
        "no target is 'yes'",
        "neg",
        "pos",
    ]);
    let long = "model,image,target,score\na,1,0,.1\na,2,1,.5\nb,1,0,.2\nb,2,1,.4\n";
    file(&dir.path().join("long.csv"), long);
    medtransfer(dir.path(), &["analyze", "auc", "long.csv"]).refused(&["no column 'case_id'"]);
}
