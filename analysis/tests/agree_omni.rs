//! Omnibus tests, post hocs and the studentized range against their references (`golden/omni.py`, `golden/range.py`), R's
//! recorded numbers and Garcia & Herrera's table.

use std::path::{Path, PathBuf};

use analysis::stat::{
    Adjust, PairTest, RankTable, adjust, bonferroni_dunn_difference, conover, control_z, critical_difference,
    friedman, nemenyi, quade, studentized_range_cdf, studentized_range_quantile, studentized_range_sf,
    studentized_range_upper_quantile,
};
use serde_json::Value;

use crate::portable::{Agreement, Portable};

const SIZES: [(usize, usize); 16] = [
    (2, 2),
    (2, 3),
    (3, 2),
    (3, 3),
    (4, 3),
    (5, 4),
    (7, 5),
    (6, 4),
    (10, 10),
    (24, 4),
    (7, 16),
    (60, 30),
    (12, 3),
    (5, 2),
    (20, 6),
    (15, 12),
];

/// `golden/omni.py`'s `table`.
fn table(draw: &mut Portable, case: usize) -> Vec<Vec<f64>> {
    let (n, k) = SIZES[case % SIZES.len()];
    let kind = draw.below(4);
    let effect = if kind == 2 { 0.0 } else { 0.03 };
    let row = |draw: &mut Portable| match kind {
        0 => draw.grid(k, 4),
        1 => draw.grid(k, 16),
        _ => (0..k).map(|j| 0.8 + 0.05 * draw.normal() + effect * j as f64).collect(),
    };
    (0..n).map(|_| row(draw)).collect()
}

fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every table with its answers.
fn cases() -> Vec<(Vec<Vec<f64>>, Value)> {
    let file = golden("omni.json");
    let mut draw = Portable::new(4711);
    let answers = file["cases"].as_array().unwrap().iter().cloned();
    answers.enumerate().map(|(number, answer)| (table(&mut draw, number), answer)).collect()
}

/// A file of the shared folder; without it the test says so and passes.
fn shared(file: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let path = std::env::var_os("MEDTRANSFER_SHARED").map_or(default, PathBuf::from).join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there; set MEDTRANSFER_SHARED", path.display());
    None
}

/// Names of the columns and `scores[block][treatment]` of a table whose first column is the block.
fn read_csv(path: &Path) -> (Vec<String>, Vec<Vec<f64>>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').skip(1));
    let names = lines.next().unwrap().map(str::to_owned).collect();
    (names, lines.map(|line| line.map(|cell| cell.parse().unwrap()).collect()).collect())
}

#[test]
fn friedman_and_iman_davenport() {
    let mut chi2 = Agreement::new("Friedman", "fractions, mpmath; scipy, R", 1e-9);
    let mut iman = Agreement::new("Iman-Davenport", "fractions, mpmath", 1e-9);
    let mut exact = Agreement::new("Friedman, exact", "enumeration", 1e-12);
    for (scores, want) in cases() {
        let want = &want["friedman"];
        let table = RankTable::new(&scores).unwrap();
        let Ok(got) = friedman(&table) else {
            assert!(want.is_null());
            continue;
        };
        let number = |key: &str| want[key].as_f64();
        let what = format!("{} x {}", table.n(), table.k());
        chi2.check(got.statistic, number("chi2").unwrap(), &what);
        chi2.check(got.p_value, number("p").unwrap(), &what);
        chi2.check(got.kendall_w, number("w").unwrap(), &what);
        chi2.case();
        assert_eq!(got.iman_davenport.is_ok(), number("f").is_some());
        if let Ok(got) = got.iman_davenport {
            iman.check(got.statistic, number("f").unwrap(), &what);
            iman.check(got.p_value, number("pf").unwrap(), &what);
            iman.case();
        }
        if let Some(want) = number("exact") {
            exact.check(got.exact_p.unwrap(), want, &what);
            exact.case();
        }
    }
    chi2.done(200);
    iman.done(200);
    exact.done(100);
}

#[test]
fn quade_test() {
    let mut agreement = Agreement::new("Quade", "fractions, mpmath; R", 1e-9);
    for (scores, want) in cases() {
        let want = &want["quade"];
        let Ok(got) = quade(&scores) else {
            assert!(want.is_null());
            continue;
        };
        assert_eq!(got.statistic.is_some(), want["f"].as_f64().is_some());
        if let Some(statistic) = got.statistic {
            agreement.check(statistic, want["f"].as_f64().unwrap(), "F");
        }
        agreement.check(got.p_value, want["p"].as_f64().unwrap(), "p");
        agreement.case();
    }
    agreement.done(200);
}

#[test]
fn pairs() {
    let mut of_nemenyi = Agreement::new("Nemenyi", "Gauss-Legendre", 1e-9);
    let mut of_conover = Agreement::new("Conover", "fractions, mpmath; scikit-posthocs", 1e-9);
    let mut of_control = Agreement::new("rank z against a control", "mpmath", 1e-9);
    for (scores, want) in cases() {
        check_pairs(&scores, &want["pairs"], &mut of_nemenyi, &mut of_conover, &mut of_control);
    }
    of_nemenyi.done(200);
    of_conover.done(200);
    of_control.done(200);
}

fn check_pairs(
    scores: &[Vec<f64>],
    want: &Value,
    of_nemenyi: &mut Agreement,
    of_conover: &mut Agreement,
    of_control: &mut Agreement,
) {
    let table = RankTable::new(scores).unwrap();
    let (all, by_t) = (nemenyi(&table), conover(&table));
    for row in want.as_array().unwrap() {
        let number = |idx: usize| row[idx].as_f64();
        let (a, b) = (number(0).unwrap() as usize, number(1).unwrap() as usize);
        let find = |tests: &[PairTest]| tests.iter().find(|test| (test.a, test.b) == (a, b)).unwrap().clone();
        let got = find(&all);
        of_nemenyi.check(got.diff_of_mean_ranks, number(2).unwrap(), "difference");
        of_nemenyi.check(got.statistic.unwrap(), number(3).unwrap(), "z");
        of_nemenyi.check(got.p_value.unwrap(), number(4).unwrap(), "p");
        let got = find(&control_z(&table, b).unwrap());
        of_control.check(got.diff_of_mean_ranks, number(2).unwrap(), "difference");
        of_control.check(got.p_value.unwrap(), number(5).unwrap(), "p");
        let got = find(&by_t);
        assert_eq!(got.statistic.is_some(), number(6).is_some());
        if let (Some(statistic), Some(p)) = (got.statistic, got.p_value) {
            of_conover.check(statistic, number(6).unwrap(), "t");
            of_conover.check(p, number(7).unwrap(), "p");
        }
    }
    of_nemenyi.case();
    of_conover.case();
    of_control.case();
}

#[test]
fn studentized_range() {
    let mut agreement = Agreement::new("studentized range, both tails", "Gauss-Legendre", 1e-10);
    let mut inverse = Agreement::new("studentized range quantile", "Gauss-Legendre", 1e-10);
    for case in golden("range.json")["cases"].as_array().unwrap() {
        let number = |idx: usize| case[idx].as_f64().unwrap();
        let (q, k, df) = (number(1), number(2) as usize, case[3].as_f64().unwrap_or(f64::INFINITY));
        let what = format!("q {q}, k {k}, df {df}");
        agreement.check(studentized_range_cdf(q, k, df), number(4), &what);
        agreement.check(studentized_range_sf(q, k, df), number(5), &what);
        agreement.case();
        // From the tail that keeps its digits.
        let found = if number(5) < 0.5 {
            studentized_range_upper_quantile(number(5), k, df)
        } else {
            studentized_range_quantile(number(4), k, df)
        };
        inverse.check(found.unwrap(), q, &what);
        inverse.case();
    }
    agreement.done(200);
    inverse.done(200);
}

#[test]
fn critical_differences() {
    let mut agreement = Agreement::new("critical difference", "Gauss-Legendre", 1e-9);
    for row in golden("omni.json")["critical"].as_array().unwrap() {
        let k = row[0].as_f64().unwrap();
        for (column, alpha) in [(1, 0.1), (2, 0.05), (3, 0.01)] {
            let got = critical_difference(k as usize, 7, alpha).unwrap();
            let want = row[column].as_f64().unwrap() * (k * (k + 1.0) / 42.0).sqrt();
            agreement.check(got, want, &format!("k {k}, alpha {alpha}"));
        }
        agreement.case();
    }
    agreement.done(21);
}

/// R's `qtukey` stops when two steps agree to 1e-4, which is 6e-8 off at worst here; its `qnorm` is exact.
#[test]
fn critical_differences_of_r() {
    let Some(path) = shared("golden/crit_nemenyi.csv") else { return };
    let mut nemenyi =
        Agreement::new("critical difference, as R prints it", "R qtukey (iterates to 1e-4)", 6e-8);
    let mut dunn = Agreement::new("Bonferroni-Dunn difference", "R qnorm", 1e-9);
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        let numbers: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let [k, q10, q05, q01, dunn05, of_seven] = numbers[..] else { panic!("{line}") };
        let unit = (k * (k + 1.0) / 42.0).sqrt();
        for (alpha, q) in [(0.1, q10), (0.05, q05), (0.01, q01)] {
            let got = critical_difference(k as usize, 7, alpha).unwrap();
            nemenyi.check(got, q * unit, &format!("k {k}, alpha {alpha}"));
        }
        nemenyi.check(critical_difference(k as usize, 7, 0.05).unwrap(), of_seven, &format!("CD, k {k}"));
        nemenyi.case();
        let got = bonferroni_dunn_difference(k as usize, 7, 0.05).unwrap();
        dunn.check(got, dunn05 * unit, &format!("Dunn, k {k}"));
        dunn.case();
    }
    nemenyi.done(21);
    dunn.done(21);
}

/// `wide.csv`: names of the models and `scores[task][model]`.
fn wide() -> Option<(Vec<String>, Vec<Vec<f64>>)> {
    Some(read_csv(&shared("golden/wide.csv")?))
}

#[track_caller]
fn near(got: f64, want: f64, digit: f64) {
    assert!((got - want).abs() <= 0.51 * digit, "{got} {want}");
}

/// `golden_r.txt` on `wide.csv`: the tolerance of a number is half a unit of its last printed digit.
#[test]
fn recorded_numbers_of_r() {
    let Some((names, scores)) = wide() else { return };
    let at = |name: &str| names.iter().position(|known| known == name).unwrap();
    let table = RankTable::new(&scores).unwrap();
    let test = friedman(&table).unwrap();
    near(test.statistic, 31.915966386555, 1e-12);
    near(test.p_value, 0.006609853068, 1e-12);
    let f = test.iman_davenport.unwrap();
    near(f.statistic, 2.620213867, 1e-9);
    near(f.p_value, 0.002573419409, 1e-12);
    near(test.kendall_w, 0.3039615846, 1e-10);
    assert_eq!((f.df1, f.df2), (15.0, 90.0));
    let ranks = table.mean_ranks();
    near(ranks[at("Supervised")], 10.857143, 1e-6);
    near(ranks[at("SeLa-v2")], 12.857143, 1e-6);
    near(ranks[at("BYOL")], 2.714286, 1e-6);
    let q = quade(&scores).unwrap();
    near(q.statistic.unwrap(), 2.348087522966, 1e-12);
    near(q.p_value, 0.006895208856, 1e-12);
    // qtukey iterates to 1e-4 only.
    near(critical_difference(16, 7, 0.05).unwrap(), 8.71871358, 2e-8);
    near(critical_difference(16, 7, 0.1).unwrap(), 8.132643071, 2e-8);
}

#[test]
fn recorded_post_hocs_of_r() {
    let Some((names, scores)) = wide() else { return };
    let at = |name: &str| names.iter().position(|known| known == name).unwrap();
    let table = RankTable::new(&scores).unwrap();
    let against_control = |tests: &[PairTest], name: &str| {
        let pair = (at("Supervised").min(at(name)), at("Supervised").max(at(name)));
        tests.iter().find(|test| (test.a, test.b) == pair).unwrap().p_value.unwrap()
    };
    let all = nemenyi(&table);
    // ptukey itself is 8e-9 off here: mpmath has 0.536912986220 for PCL-v2.
    for (name, want) in [
        ("InsDis", 0.973_358_610_71),
        ("MoCo-v1", 0.872_511_210_55),
        ("MoCo-v2", 0.986_770_851_79),
        ("SimCLR-v1", 0.999_893_206_02),
        ("PCL-v1", 0.997_702_330_70),
        ("PCL-v2", 0.536_912_993_77),
        ("SeLa-v2", 0.999_991_407_20),
        ("DeepCluster-v2", 0.999_978_615_52),
        ("SwAV", 0.998_640_046_34),
        ("BYOL", 0.098_869_506_77),
        ("BarlowTwins", 0.999_999_999_50),
    ] {
        near(against_control(&all, name), want, 2e-8);
    }
    let by_t = conover(&table);
    for (name, want) in [
        ("iNat2021", 0.950_466_167_352_4),
        ("InsDis", 0.084_528_571_267_6),
        ("MoCo-v1", 0.036_929_629_844_8),
        ("MoCo-v2", 0.108_802_996_814_3),
        ("PIRL", 0.950_466_167_352_4),
        ("SimCLR-v1", 0.292_428_089_263_3),
        ("SimCLR-v2", 0.901_126_237_301_6),
        ("PCL-v1", 0.173_943_627_305_0),
        ("PCL-v2", 0.008_786_892_976_0),
        ("SeLa-v2", 0.385_459_318_334_9),
        ("DeepCluster-v2", 0.352_586_189_947_3),
        ("InfoMin", 0.803_789_800_112_4),
        ("SwAV", 0.194_139_524_547_4),
        ("BYOL", 0.000_613_321_284_1),
        ("BarlowTwins", 0.663_834_527_813_2),
    ] {
        near(against_control(&by_t, name), want, 1e-13);
    }
    let z = control_z(&table, at("Supervised")).unwrap();
    let p: Vec<Option<f64>> = z.iter().map(|test| test.p_value).collect();
    let raw = [
        0.95523339, 0.11599451, 0.05631022, 0.14441700, 0.95523339, 0.33992497, 0.91060760, 0.21683275,
        0.01578488, 0.43192300, 0.39976482, 0.82233376, 0.23845478, 0.00137543, 0.69435447,
    ];
    for (got, want) in p.iter().zip(raw) {
        near(got.unwrap(), want, 1e-8);
    }
    let byol = z.iter().position(|test| test.a == at("BYOL")).unwrap();
    near(adjust(&p, Adjust::Holm)[byol].unwrap(), 0.02063152, 1e-8);
    near(adjust(&p, Adjust::By)[byol].unwrap(), 0.06846010, 1e-8);
}

/// Garcia & Herrera's four classifiers on 24 data sets (2010), accuracies with three decimals.
#[test]
fn garcia_and_herrera() {
    let Some(path) = shared("data/results/garcia-herrera-2010.csv") else { return };
    let (names, scores) = read_csv(&path);
    assert_eq!(names, ["PDFC", "NNEP", "IS_CHC_1NN", "FH_GBML"]);
    let want = &golden("omni.json")["garcia_herrera"];
    let mut agreement = Agreement::new("Garcia & Herrera 2010", "fractions, mpmath", 1e-9);
    let table = RankTable::new(&scores).unwrap();
    for (got, want) in table.mean_ranks().iter().zip(want["mean_ranks"].as_array().unwrap()) {
        agreement.check(*got, want.as_f64().unwrap(), "mean rank");
    }
    let test = friedman(&table).unwrap();
    let number = |test: &str, key: &str| want[test][key].as_f64().unwrap();
    agreement.check(test.statistic, number("friedman", "chi2"), "χ²");
    agreement.check(test.p_value, number("friedman", "p"), "p");
    agreement.check(test.kendall_w, number("friedman", "w"), "W");
    let f = test.iman_davenport.unwrap();
    agreement.check(f.statistic, number("friedman", "f"), "F");
    agreement.check(f.p_value, number("friedman", "pf"), "p of F");
    let q = quade(&scores).unwrap();
    agreement.check(q.statistic.unwrap(), number("quade", "f"), "Quade's F");
    agreement.check(q.p_value, number("quade", "p"), "Quade's p");
    agreement.case();
    agreement.done(1);
}
