//! AUCs of cases against scikit-learn, pROC and the definitions (`golden/cases.py`, `golden/cases.R`), on random inputs
//! with ties, with two positives and two negatives, and with 5,000 cases; and on the real data of the shared folder.

use std::path::{Path, PathBuf};

use analysis::metric::{auc, average_precision};
use analysis::stat::{
    Alternative, AucBootstrapConfig, AucTest, Labels, Rated, Strata, Untestable, auc_bootstrap, delong,
    delong_covariance, delong_paired, delong_unpaired, macro_auc, macro_auc_covariance, macro_auc_paired,
};
use serde_json::Value;

use crate::portable::{Agreement, Portable};

const TWO_SIDED: Alternative = Alternative::TwoSided;
const TOLERANCE: f64 = 1e-9;

/// The twin of `case` in `golden/cases.py`.
struct Case {
    targets: Vec<bool>,
    a: Vec<f64>,
    b: Vec<f64>,
    groups: Vec<usize>,
}

impl Case {
    fn of(seed: u64) -> Self {
        let mut draw = Portable::new(10_000 + seed);
        let n = match seed % 5 {
            0 => 4,
            1 | 2 => 5 + draw.below(60),
            _ => 50 + draw.below(250),
        };
        let n = if seed % 70 == 69 { 5000 } else { n };
        let steps = [3, 10, 50, 100_000][draw.below(4)];
        let shift = draw.below(steps);
        let prevalence = 0.05 + 0.6 * draw.unit();
        let targets: Vec<bool> = (0..n).map(|i| i < 2 || (i >= 4 && draw.unit() < prevalence)).collect();
        let truths: Vec<Option<bool>> = targets.iter().copied().map(Some).collect();
        let (a, b) = two_models(&mut draw, &truths, steps, shift);
        let groups = (0..n).map(|_| draw.below(1 + 2 * n / 3)).collect();
        Self { targets, a, b, groups }
    }
}

fn two_models(
    draw: &mut Portable,
    targets: &[Option<bool>],
    steps: usize,
    shift: usize,
) -> (Vec<f64>, Vec<f64>) {
    let scores = |draw: &mut Portable| -> Vec<f64> {
        let score = |target: &Option<bool>| draw.below(steps) + if *target == Some(true) { shift } else { 0 };
        targets.iter().map(score).map(|score| score as f64 / steps as f64).collect()
    };
    let a = scores(draw);
    let other = scores(draw);
    let b = a.iter().zip(other).map(|(a, other)| if draw.unit() < 0.5 { *a } else { other }).collect();
    (a, b)
}

/// The twin of `macro_case`: `[label][case]`.
struct MacroCase {
    targets: Vec<Vec<Option<bool>>>,
    a: Vec<Vec<f64>>,
    b: Vec<Vec<f64>>,
    groups: Vec<usize>,
}

impl MacroCase {
    fn of(seed: u64) -> Self {
        let mut draw = Portable::new(50_000 + seed);
        let n = if seed % 100 == 99 { 5000 } else { 8 + draw.below(60) };
        let n_labels = 1 + draw.below(4);
        let groups = (0..n).map(|_| draw.below(1 + 2 * n / 3)).collect();
        let mut case = Self { targets: vec![], a: vec![], b: vec![], groups };
        for _ in 0..n_labels {
            let prevalence = 0.1 + 0.5 * draw.unit();
            let mut truth = || if draw.unit() < 0.1 { None } else { Some(draw.unit() < prevalence) };
            let targets: Vec<Option<bool>> = (0..n).map(|_| truth()).collect();
            let steps = [4, 30, 100_000][draw.below(3)];
            let shift = draw.below(steps);
            let (a, b) = two_models(&mut draw, &targets, steps, shift);
            case.targets.push(targets);
            case.a.push(a);
            case.b.push(b);
        }
        case
    }
}

fn slices<T>(rows: &[Vec<T>]) -> Vec<&[T]> {
    rows.iter().map(Vec::as_slice).collect()
}

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cases.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(value: &Value, name: &str) -> Option<f64> {
    value[name].as_f64()
}

/// A file of the shared folder, or a note that it is not there.
fn shared(file: &str) -> Option<String> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let path = std::env::var_os("MEDTRANSFER_SHARED").map_or(default, PathBuf::from).join(file);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: {} is not there; set MEDTRANSFER_SHARED", path.display());
    }
    text
}

/// The fields of a CSV file without quotes, by name of the column.
fn column(text: &str, name: &str) -> Vec<String> {
    let at = text.lines().next().unwrap().split(',').position(|column| column == name).unwrap();
    text.lines().skip(1).map(|line| line.split(',').nth(at).unwrap().to_owned()).collect()
}

fn numbers(text: &str, name: &str) -> Vec<f64> {
    column(text, name).iter().map(|field| field.parse().unwrap()).collect()
}

#[test]
fn auc_agrees_with_scikit_learn() {
    let mut agreement = Agreement::new("AUC", "scikit-learn roc_auc_score", TOLERANCE);
    for (seed, want) in (0..).zip(golden()["cases"].as_array().unwrap()) {
        let case = Case::of(seed);
        agreement.check(
            auc(&case.a, &case.targets).unwrap(),
            number(want, "auc").unwrap(),
            &format!("{seed}"),
        );
        agreement.case();
    }
    agreement.done(200);
}

#[test]
fn average_precision_agrees_with_scikit_learn() {
    let mut agreement =
        Agreement::new("average precision", "scikit-learn average_precision_score", TOLERANCE);
    for (seed, want) in (0..).zip(golden()["cases"].as_array().unwrap()) {
        let case = Case::of(seed);
        let got = average_precision(&case.a, &case.targets).unwrap();
        agreement.check(got, number(want, "ap").unwrap(), &format!("{seed}"));
        agreement.case();
    }
    agreement.done(200);
}

/// Variances, covariance, z and p of a paired test; a missing z must be an error here.
fn check_test(
    agreement: &mut Agreement,
    got: &Result<AucTest, Untestable>,
    covariance: &[Vec<f64>],
    want: &Value,
    what: &str,
) {
    let unit = number(want, "var_a").unwrap().max(number(want, "var_b").unwrap());
    for (got, name) in [
        (covariance[0][0], "var_a"),
        (covariance[1][1], "var_b"),
        (covariance[0][1], "cov"),
        (covariance[1][0], "cov"),
    ] {
        let want = number(want, name).unwrap();
        if unit > 0.0 {
            agreement.check_to(got, want, unit, &format!("{what} {name}"));
        } else {
            assert_eq!(got, 0.0, "{what} {name}");
        }
    }
    match (got, number(want, "z")) {
        (Ok(test), Some(z)) => {
            agreement.check_to(test.statistic, z, z.abs().max(1e-3), &format!("{what} z"));
            agreement.check(test.p_value(TWO_SIDED), number(want, "p").unwrap(), &format!("{what} p"));
            assert_eq!(
                [test.var_a, test.var_b, test.cov],
                [covariance[0][0], covariance[1][1], covariance[0][1]]
            );
        }
        (Err(_), None) => {}
        (got, want) => panic!("{what}: {got:?} and {want:?}"),
    }
    agreement.case();
}

#[test]
fn paired_delong_agrees_with_its_definition() {
    let mut agreement = Agreement::new("DeLong, paired", "definition, O(mn), numpy", TOLERANCE);
    for (seed, want) in (0..).zip(golden()["cases"].as_array().unwrap()) {
        let case = Case::of(seed);
        let covariance = delong_covariance(&[&case.a, &case.b], &case.targets, None).unwrap();
        let got = delong_paired(&case.a, &case.b, &case.targets, None);
        check_test(&mut agreement, &got, &covariance, &want["paired"], &format!("case {seed}"));
        let single = delong(&case.a, &case.targets, None).map(|found| found.variance);
        assert_eq!(single.unwrap_or(0.0), covariance[0][0]);
    }
    agreement.done(200);
}

#[test]
fn clustered_delong_agrees_with_its_definition() {
    let mut agreement =
        Agreement::new("DeLong, patients (Obuchowski)", "definition, O(mn), numpy", TOLERANCE);
    let (mut undefined, golden) = (0, golden());
    for (seed, want) in (0..).zip(golden["cases"].as_array().unwrap()) {
        let case = Case::of(seed);
        let groups = Some(&case.groups[..]);
        let covariance = delong_covariance(&[&case.a, &case.b], &case.targets, groups);
        if want["clustered"].is_null() {
            assert!(covariance.is_err() && delong(&case.a, &case.targets, groups).is_err());
            undefined += 1;
            continue;
        }
        let got = delong_paired(&case.a, &case.b, &case.targets, groups);
        check_test(&mut agreement, &got, &covariance.unwrap(), &want["clustered"], &format!("case {seed}"));
    }
    assert!(undefined > 0);
    agreement.done(200);
}

#[test]
fn unpaired_delong_agrees_with_its_definition() {
    let mut agreement = Agreement::new("DeLong, unpaired", "definition, O(mn), numpy", TOLERANCE);
    for (seed, want) in (0..).zip(golden()["cases"].as_array().unwrap()) {
        let case = Case::of(seed);
        match (unpaired(&case), number(&want["unpaired"], "t")) {
            (Ok(test), Some(t)) => {
                agreement.check_to(test.statistic, t, t.abs().max(1e-3), &format!("case {seed} t"));
                agreement.check(
                    test.df.unwrap(),
                    number(&want["unpaired"], "df").unwrap(),
                    &format!("case {seed} df"),
                );
                let p = number(&want["unpaired"], "p").unwrap();
                agreement.check(test.p_value(TWO_SIDED), p, &format!("case {seed} p"));
                agreement.case();
            }
            (Err(_), None) => {}
            (got, want) => panic!("case {seed}: {got:?} and {want:?}"),
        }
    }
    agreement.done(200);
}

/// a on all cases, b on the first three quarters.
fn unpaired(case: &Case) -> Result<AucTest, Untestable> {
    let n = case.targets.len();
    let few = 4.max(n - n / 4);
    let a = Rated { scores: &case.a, targets: &case.targets, groups: None };
    let b = Rated { scores: &case.b[..few], targets: &case.targets[..few], groups: None };
    delong_unpaired(&a, &b)
}

#[test]
fn delong_agrees_with_proc() {
    let mut agreement = Agreement::new("DeLong", "pROC 1.18.0", TOLERANCE);
    for (seed, want) in golden()["proc"].as_object().unwrap() {
        let Ok(seed) = seed.parse() else { continue };
        let case = Case::of(seed);
        let mut check = |got: f64, name: &str| {
            if let Some(want) = number(want, name) {
                agreement.check_to(got, want, want.abs().max(1e-3), &format!("case {seed} {name}"));
            }
        };
        if let Ok(found) = delong(&case.a, &case.targets, None) {
            check(found.auc, "auc_a");
            check(found.variance, "var_a");
            let ends = found.interval(0.05, TWO_SIDED);
            check(ends.low.unwrap(), "ci_low");
            check(ends.high.unwrap(), "ci_high");
        }
        if let Ok(test) = delong_paired(&case.a, &case.b, &case.targets, None) {
            let ends = test.interval(0.05, TWO_SIDED);
            for (got, name) in [
                (test.auc_b, "auc_b"),
                (test.var_b, "var_b"),
                (test.cov, "cov"),
                (test.statistic, "z"),
                (test.p_value(TWO_SIDED), "p"),
                (ends.low.unwrap(), "low"),
                (ends.high.unwrap(), "high"),
            ] {
                check(got, name);
            }
        }
        if let Ok(test) = unpaired(&case) {
            check(test.statistic, "t");
            check(test.df.unwrap(), "df");
            check(test.p_value(TWO_SIDED), "p_t");
        }
        agreement.case();
    }
    agreement.done(20);
}

#[test]
fn macro_auc_agrees_with_its_definition() {
    let mut agreement = Agreement::new("macro AUC, influence", "definition, O(mn), numpy", TOLERANCE);
    for (seed, want) in (0..).zip(golden()["macro"].as_array().unwrap()) {
        let case = MacroCase::of(seed);
        let (targets, a, b) = (slices(&case.targets), slices(&case.a), slices(&case.b));
        let labels = Labels { targets: &targets, groups: Some(&case.groups) };
        let covariance = macro_auc_covariance(&[&a, &b], &labels);
        if want.is_null() {
            assert!(covariance.is_err(), "case {seed}");
            continue;
        }
        let got = macro_auc_paired(&a, &b, &labels);
        check_test(&mut agreement, &got, &covariance.unwrap(), want, &format!("case {seed}"));
        for (scores, name) in [(&a, "auc_a"), (&b, "auc_b")] {
            if let Ok(found) = macro_auc(scores, &labels) {
                agreement.check(found.auc, number(want, name).unwrap(), &format!("case {seed} {name}"));
            }
        }
    }
    agreement.done(200);
}

/// R's pROC on the 200 shared images, printed with 10 digits (`golden_r.txt`).
#[test]
fn delong_gives_the_shared_golden_numbers() {
    let Some(text) = shared("golden/perimage.csv") else { return };
    let targets: Vec<bool> = column(&text, "y").iter().map(|y| y == "1").collect();
    let (a, b) = (numbers(&text, "a"), numbers(&text, "b"));
    let near =
        |got: f64, want: f64| assert!((got - want).abs() < 1e-10_f64.max(1e-9 * want.abs()), "{got} {want}");
    let test = delong_paired(&a, &b, &targets, None).unwrap();
    let ends = test.interval(0.05, TWO_SIDED);
    for (got, want) in [
        (test.auc_a, 0.672_023_809_5),
        (test.auc_b, 0.831_369_047_6),
        (test.var_a, 0.001_830_793_649_4),
        (test.var_b, 0.000_908_190_491),
        (test.cov, 0.000_283_649_688_7),
        (test.statistic, -3.419_327_485_971_9),
        (test.p_value(TWO_SIDED), 0.000_627_761_243_8),
        (ends.low.unwrap(), -0.250_682_183_461_2),
        (ends.high.unwrap(), -0.068_008_292_729_3),
    ] {
        near(got, want);
    }
    let rated = |scores| Rated { scores, targets: &targets, groups: None };
    let test = delong_unpaired(&rated(&a), &rated(&b)).unwrap();
    near(test.statistic, -3.044_698_762_288);
    near(test.df.unwrap(), 357.443_686_669_153);
    near(test.p_value(TWO_SIDED), 0.002_501_831_104);
    let ends = delong(&a, &targets, None).unwrap().interval(0.05, TWO_SIDED);
    // pROC's 2,000 stratified resamples gave z = -3.5846, an error of 1.6 % in its standard error.
    let config = AucBootstrapConfig { n_resamples: 10_000, seed: 1, strata: Strata::ByClass };
    let diff = auc_bootstrap(&[&a, &b], &targets, None, &config).unwrap().difference(0, 1).unwrap();
    let z = diff.estimate / diff.se().unwrap();
    assert!((z / -3.584_519_6 - 1.0).abs() < 0.05, "{z}");
    assert!(
        (ends.low.unwrap() - 0.588_161_3).abs() < 5e-8 && (ends.high.unwrap() - 0.755_886_3).abs() < 5e-8
    );
}

/// The subarachnoid hemorrhage data of pROC (Turck et al. 2010), against its own tests.
#[test]
fn delong_gives_the_numbers_of_procs_tests() {
    let (Some(text), Some(want)) =
        (shared("data/results/asah.csv"), shared("data/results/asah-delong-expected.json"))
    else {
        return;
    };
    let want: Value = serde_json::from_str(&want).unwrap();
    let mut agreement = Agreement::new("DeLong, aSAH", "pROC's own tests", 1e-12);
    let targets: Vec<bool> = column(&text, "outcome").iter().map(|outcome| outcome == "Poor").collect();
    for (pair, want) in want["delong_two_sided"].as_object().unwrap() {
        let (a, b) = pair.split_once("_vs_").unwrap();
        let test = delong_paired(&numbers(&text, a), &numbers(&text, b), &targets, None).unwrap();
        let ends = test.interval(0.05, TWO_SIDED);
        agreement.check(test.statistic, number(want, "Z").unwrap(), pair);
        agreement.check(test.p_value(TWO_SIDED), number(want, "p").unwrap(), pair);
        agreement.check(ends.low.unwrap(), want["ci95"][0].as_f64().unwrap(), pair);
        agreement.check(ends.high.unwrap(), want["ci95"][1].as_f64().unwrap(), pair);
        agreement.case();
    }
    for (pair, want) in want["delong_cov"].as_object().unwrap() {
        let (a, b) = pair.split_once(',').unwrap();
        let matrix = delong_covariance(&[&numbers(&text, a), &numbers(&text, b)], &targets, None).unwrap();
        agreement.check(matrix[0][1], want.as_f64().unwrap(), pair);
        agreement.case();
    }
    agreement.done(6);
}

/// DenseNet-121 against ResNet-50 on 12,046 real images (SIIM-ACR pneumothorax).
#[test]
fn two_networks_on_real_images() {
    let Some(text) = shared("data/results/siim-predictions.csv") else { return };
    let targets: Vec<bool> = column(&text, "label").iter().map(|label| label == "1").collect();
    let (a, b) = (numbers(&text, "densenet121"), numbers(&text, "resnet50"));
    let test = delong_paired(&a, &b, &targets, None).unwrap();
    let ends = test.interval(0.05, TWO_SIDED);
    let golden = golden();
    let mut agreement = Agreement::new("DeLong, SIIM", "pROC 1.18.0 and numpy", TOLERANCE);
    for reference in [&golden["siim"], &golden["proc"]["siim"]] {
        for (got, name) in [
            (test.auc_a, "auc_a"),
            (test.auc_b, "auc_b"),
            (test.var_a, "var_a"),
            (test.var_b, "var_b"),
            (test.cov, "cov"),
            (test.statistic, "z"),
            (test.p_value(TWO_SIDED), "p"),
            (ends.low.unwrap(), "low"),
            (ends.high.unwrap(), "high"),
        ] {
            if let Some(want) = number(reference, name) {
                agreement.check(got, want, name);
            }
        }
        agreement.case();
    }
    agreement.done(2);
    let config = AucBootstrapConfig { n_resamples: 2000, seed: 1, strata: Strata::ByClass };
    let found = auc_bootstrap(&[&a, &b], &targets, None, &config).unwrap();
    let diff = found.difference(0, 1).unwrap();
    let bootstrap = diff.interval(0.05, TWO_SIDED);
    println!("SIIM: {test:?}\n  p {:e}, {ends:?}", test.p_value(TWO_SIDED));
    println!("  bootstrap se {:?}, p {:?}, {bootstrap:?}", diff.se(), diff.p_value(TWO_SIDED));
    // The standard error of 2,000 resamples has an error of 1.6 %; an end of the interval one of 0.07 standard errors.
    assert!((diff.se().unwrap() / test.se - 1.0).abs() < 0.06);
    assert!((bootstrap.low.unwrap() - ends.low.unwrap()).abs() < 0.25 * test.se);
    assert!((bootstrap.high.unwrap() - ends.high.unwrap()).abs() < 0.25 * test.se);
    assert_eq!((diff.p_value(TWO_SIDED), found.n_undefined), (Some(2.0 / 2001.0), 0));
}
