//! Paired tests, equivalence, Dunnett, power and reach against outside authorities (`golden/para.py`, `golden/para.R`, and
//! R's numbers in the shared folder).

use std::path::{Path, PathBuf};

use analysis::stat::{
    Alternative, ExactTest, PowerTest, Sample, TTest, corrected_t, dunnett, effect_for, hedges_gz, least_n,
    least_p, n_for, noncentral_t_sf, paired_t, power_of, student, t_quantile, tost, welch,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::portable::{Agreement, Portable};

const TWO: Alternative = Alternative::TwoSided;
const ALTERNATIVES: [Alternative; 3] = [TWO, Alternative::Greater, Alternative::Less];

fn golden(part: &str) -> Vec<Vec<f64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/para.json");
    let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let part = part.split('/').fold(&json, |json, key| &json[key]);
    let row = |row: &Value| row.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    part.as_array().unwrap().iter().map(row).collect()
}

fn shared(file: &str) -> Option<String> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("MEDTRANSFER_SHARED").map_or(default, PathBuf::from);
    let text = std::fs::read_to_string(folder.join(file)).ok();
    if text.is_none() {
        println!("skipped: {file} is not in {}; set MEDTRANSFER_SHARED", folder.display());
    }
    text
}

/// t, p and the like: a p-value that is t² as sensitive as t to rounding of the inputs is held to 1e-9 all the same.
#[test]
fn paired_tests() {
    let mut draw = Portable::new(101);
    let mut t_test = Agreement::new("paired t", "mpmath", 1e-9);
    let mut resampled = Agreement::new("corrected resampled t", "mpmath", 1e-9);
    let mut effect = Agreement::new("Hedges' g, paired", "numpy and Brent", 1e-9);
    for (case, want) in golden("paired").iter().enumerate() {
        let n = if case < 30 { 2 + case % 6 } else { 2 + draw.below(199) };
        let (scale, offset) = ([0.01, 0.05, 1.0, 40.0][draw.below(4)], [0.0, 0.8, 90.0][draw.below(3)]);
        let shift = [0.0, 0.3, 1.0, 3.0][draw.below(4)] * scale;
        let ratio = 1.0 / (1 + draw.below(9)) as f64;
        let (a, b) = (draw.normals(n, offset + shift, scale), draw.normals(n, offset, scale));
        let what = format!("case {case}");
        let test = paired_t(&a, &b).unwrap();
        // A t near 0 is a difference of means that agree: it is held to 1e-9 of a standard error.
        t_test.check_to(test.statistic, want[0], want[0].abs().max(1.0), &format!("{what} t"));
        t_test.check(test.p_value(TWO), want[1], &format!("{what} p"));
        t_test.check(test.p_value(Alternative::Greater), want[2], &format!("{what} greater"));
        let low = test.interval(0.05, TWO).low.unwrap();
        t_test.check_to(low, want[3], want[3].abs().max(test.se), &format!("{what} low"));
        assert_eq!(test.df, (n - 1) as f64);
        t_test.case();
        let corrected = corrected_t(&a, &b, ratio).unwrap();
        resampled.check_to(
            corrected.statistic,
            want[4],
            want[4].abs().max(1.0),
            &format!("{what} corrected"),
        );
        resampled.check(corrected.p_value(TWO), want[5], &format!("{what} corrected p"));
        resampled.case();
        let g = hedges_gz(&a, &b, 0.05, TWO);
        assert_eq!(g.is_some(), want.len() == 9);
        if let Some(g) = g {
            let scale = |want: f64| want.abs().max(1.0 / (n as f64).sqrt());
            effect.check_to(g.estimate, want[6], scale(want[6]), &format!("{what} g"));
            effect.check_to(g.interval.low.unwrap(), want[7], scale(want[7]), &format!("{what} g low"));
            effect.check_to(g.interval.high.unwrap(), want[8], scale(want[8]), &format!("{what} g high"));
            effect.case();
        }
    }
    t_test.done(200);
    resampled.done(200);
    effect.done(200);
}

#[test]
fn equivalence() {
    let mut draw = Portable::new(202);
    let mut agreement = Agreement::new("TOST", "mpmath", 1e-9);
    for (case, want) in golden("equivalence").iter().enumerate() {
        let (n_a, mut n_b) = (2 + draw.below(199), 2 + draw.below(199));
        if case % 4 == 0 {
            n_b = n_a;
        }
        let sd = [0.01, 0.02, 0.1][draw.below(3)];
        let a = draw.normals(n_a, 0.8, sd);
        let shift = 0.01 * draw.below(3) as f64;
        let b = draw.normals(n_b, 0.8 + shift, 0.02);
        let margin = [0.001, 0.005, 0.02, 0.1][draw.below(4)];
        let (a, b) = (Sample::from_values(&a), Sample::from_values(&b));
        let test = if case % 2 == 1 { welch(&a, &b) } else { student(&a, &b) };
        let got = tost(&test.unwrap(), margin).unwrap();
        agreement.check(got.p_lower, want[0], &format!("case {case} lower"));
        agreement.check(got.p_upper, want[1], &format!("case {case} upper"));
        assert_eq!(got.p_value, got.p_lower.max(got.p_upper));
        agreement.case();
    }
    agreement.done(200);
}

#[test]
fn power() {
    let mut draw = Portable::new(303);
    let mut power = Agreement::new("power", "numpy", 1e-9);
    let mut effects = Agreement::new("minimal detectable effect", "numpy and Brent", 1e-9);
    let mut sizes = Agreement::new("number of runs for a power", "numpy and Brent", 1e-9);
    for (case, want) in golden("power").iter().enumerate() {
        let test = [PowerTest::TwoSample, PowerTest::Paired, PowerTest::OneSample][draw.below(3)];
        let n = (2 + draw.below(199)) as f64;
        let alpha = [0.05, 0.01, 0.05 / 14.0, 0.001, 0.1][draw.below(5)];
        let alternative = ALTERNATIVES[draw.below(3)];
        let sign = if alternative == Alternative::Less { -1.0 } else { 1.0 };
        let effect = sign * (0.2 + 1.5 * draw.unit());
        let goal = [0.5, 0.8, 0.9, 0.95][draw.below(4)];
        let what =
            format!("case {case}: {test:?} n {n} effect {effect} alpha {alpha} {alternative:?} goal {goal}");
        power.check(power_of(test, n, effect, alpha, alternative).unwrap(), want[0], &what);
        effects.check(effect_for(test, n, goal, alpha, alternative).unwrap(), want[1], &what);
        let size = n_for(test, effect, goal, alpha, alternative).unwrap();
        sizes.check(size.exact, want[2], &what);
        assert_eq!(size.whole as f64, want[2].ceil(), "{what}");
        power.case();
        effects.case();
        sizes.case();
    }
    power.done(200);
    effects.done(200);
    sizes.done(200);
}

/// R's `power.t.test` leaves the far tail out unless `strict`: both are reproduced, and ours is the strict one. R's own
/// noncentral t is right to 1e-12 absolute or so, and its default root to 1e-5 only.
#[test]
fn power_in_r_with_both_tails_and_without() {
    for row in golden("r/power") {
        let [n, alpha, kind, _, delta_strict, at_loose, at_strict] = row.as_slice() else {
            panic!("{row:?}")
        };
        let (test, groups) = if *kind < 1.5 { (PowerTest::TwoSample, 2.0) } else { (PowerTest::Paired, 1.0) };
        let ours = power_of(test, *n, 0.4, *alpha, TWO).unwrap();
        assert!((ours / at_strict - 1.0).abs() < 1e-8, "{row:?}: {ours}");
        let df = groups * (n - 1.0);
        let near_tail = noncentral_t_sf(-t_quantile(alpha / 2.0, df).unwrap(), df, 0.4 * (n / groups).sqrt());
        assert!((near_tail / at_loose - 1.0).abs() < 1e-8, "{row:?}: {near_tail}");
        assert!(ours > *at_loose);
        let effect = effect_for(test, *n, 0.8, *alpha, TWO).unwrap();
        // From a noncentrality of 37.62 on R's `pt` is a normal approximation, five percent off here.
        let tolerance = if effect * (n / groups).sqrt() < 37.62 { 1e-5 } else { 0.06 };
        assert!((effect / delta_strict - 1.0).abs() < tolerance, "{row:?}: {effect}");
    }
}

#[test]
fn dunnetts_test() {
    let mut draw = Portable::new(404);
    let mut exact = Agreement::new("Dunnett", "mpmath, Gauss-Legendre", 1e-6);
    let mut double = Agreement::new("Dunnett", "numpy, Gauss-Legendre", 1e-6);
    let mut critical = Agreement::new("Dunnett, critical value", "numpy and Brent", 1e-6);
    for (case, want) in golden("dunnett").iter().enumerate() {
        let k = if case < 64 { 2 + case % 2 } else { 1 + draw.below(7) };
        let mut sizes: Vec<usize> = (0..=k).map(|_| 2 + draw.below(25)).collect();
        if case % 3 == 0 {
            sizes = vec![sizes[0]; k + 1];
        }
        let shift = [0.0, 0.5, 1.5][draw.below(3)];
        let control = Sample::from_values(&draw.normals(sizes[0], 0.8, 0.02));
        let groups: Vec<Sample> = sizes[1..]
            .iter()
            .map(|n| {
                let mean = 0.8 + 0.02 * shift * draw.unit();
                Sample::from_values(&draw.normals(*n, mean, 0.02))
            })
            .collect();
        let p = |alternative| -> Vec<f64> {
            let result = dunnett(&groups, &control, alternative, 0.05).unwrap();
            result.groups.into_iter().map(|group| group.unwrap().p_adjusted).collect()
        };
        let (got, greater, less) = (p(TWO), p(Alternative::Greater)[0], p(Alternative::Less)[0]);
        let first = if case < 64 { &mut exact } else { &mut double };
        first.check(got[0], want[0], &format!("case {case} two-sided"));
        first.check(greater, want[k], &format!("case {case} greater"));
        if case < 64 {
            exact.case();
        }
        // The first p of the first 64 cases is mpmath's.
        let of_numpy = got.iter().zip(&want[..k]).skip(usize::from(case < 64));
        for (got, want) in of_numpy.filter(|(_, want)| **want > 1e-9) {
            double.check(*got, *want, &format!("case {case}"));
        }
        double.check(less, want[k + 1], &format!("case {case} less"));
        double.case();
        let found = dunnett(&groups, &control, TWO, 0.05).unwrap().critical.unwrap();
        critical.check(found, want[k + 2], &format!("case {case} critical"));
        critical.case();
    }
    exact.done(60);
    double.done(200);
    critical.done(200);
}

/// mvtnorm's TVPACK integrates two and three dimensions without random numbers.
#[test]
fn dunnetts_test_in_r() {
    let mut agreement = Agreement::new("Dunnett, one-sided", "R mvtnorm TVPACK", 1e-6);
    for row in golden("r/dunnett") {
        let sizes: Vec<f64> = row[..4].iter().copied().filter(|n| *n > 0.0).collect();
        let (t, want) = (row[4], row[5]);
        let sample = |n: f64, mean: f64| Sample { n: Some(n as i64), mean: Some(mean), sd: Some(1.0) };
        let groups: Vec<Sample> =
            sizes[1..].iter().map(|n| sample(*n, t * (1.0 / n + 1.0 / sizes[0]).sqrt())).collect();
        let result = dunnett(&groups, &sample(sizes[0], 0.0), Alternative::Greater, 0.05).unwrap();
        for group in result.groups {
            // 1 - p in R: nine digits of it are left at p = 1e-3.
            agreement.check_to(group.unwrap().p_adjusted, want, want.max(1e-3), &format!("{row:?}"));
        }
        agreement.case();
    }
    agreement.done(40);
}

fn scores(task: &str) -> Option<Vec<(String, Vec<f64>)>> {
    let text = shared("golden/scores.csv")?;
    let mut out: Vec<(String, Vec<f64>)> = Vec::new();
    for cells in text.lines().map(|line| line.split(',').collect::<Vec<_>>()).filter(|cells| cells[0] == task)
    {
        let value = cells[4].parse().unwrap();
        match out.iter_mut().find(|(model, _)| model == cells[1]) {
            Some((_, values)) => values.push(value),
            None => out.push((cells[1].to_owned(), vec![value])),
        }
    }
    out.sort_by_key(|(model, _)| model.to_lowercase());
    Some(out)
}

fn of<'all>(all: &'all [(String, Vec<f64>)], model: &str) -> &'all [f64] {
    &all.iter().find(|(name, _)| name == model).unwrap().1
}

fn near(got: f64, want: f64, digits: f64, what: &str) {
    assert!((got / want - 1.0).abs() < digits, "{what}: {got} {want}");
}

/// `golden_r.txt`, as R printed it.
#[test]
fn r_on_the_shared_scores() {
    let Some(all) = scores("DR") else { return };
    let (x, y) = (of(&all, "Supervised"), of(&all, "SwAV"));
    let paired = paired_t(y, x).unwrap();
    near(paired.statistic, 5.2471160638144, 1e-12, "t");
    near(paired.p_value(TWO), 0.0005297241501, 1e-9, "p");
    let interval = paired.interval(0.05, TWO);
    near(interval.low.unwrap(), 0.0080166246313, 1e-10, "low");
    near(interval.high.unwrap(), 0.0201674551336, 1e-10, "high");
    let corrected = corrected_t(y, x, 1.0 / 9.0).unwrap();
    near(corrected.statistic, 3.61131295, 1e-8, "corrected t");
    near(corrected.p_value(TWO), 0.00564773206, 1e-8, "corrected p");
    let g = hedges_gz(y, x, 0.05, TWO).unwrap();
    near(g.estimate, 1.51637779, 1e-8, "g");
    // effectsize finds the ends with a general optimizer, to seven digits.
    near(g.interval.low.unwrap(), 0.608240738, 1e-6, "g low");
    near(g.interval.high.unwrap(), 2.39229778, 1e-6, "g high");
    let both = tost(&welch(&Sample::from_values(y), &Sample::from_values(x)).unwrap(), 0.005).unwrap();
    near(both.p_value, 0.9989262964, 1e-9, "tost");
    near(both.p_lower, 3.003323462e-07, 1e-9, "tost low");
    assert!(!both.is_equivalent(0.05));
}

/// multcomp's `glht` and scipy's `dunnett` on the same scores; both integrate at random, to a few 1e-4.
#[test]
fn dunnett_on_the_shared_scores() {
    let Some(all) = scores("DR") else { return };
    let r = [
        9.530806216e-04,
        0.0,
        4.293556476e-04,
        9.603418184e-01,
        1.0,
        0.0,
        0.0,
        0.0,
        0.0,
        4.390364738e-10,
        1.159246916e-03,
        6.093143864e-01,
        0.0,
        6.707445220e-03,
        2.358802043e-11,
    ];
    let control = Sample::from_values(of(&all, "Supervised"));
    let groups: Vec<Sample> = all
        .iter()
        .filter(|(model, _)| model != "Supervised")
        .map(|(_, values)| Sample::from_values(values))
        .collect();
    let result = dunnett(&groups, &control, TWO, 0.05).unwrap();
    assert_eq!(result.groups.len(), r.len());
    for (group, want) in result.groups.into_iter().zip(r) {
        let got = group.unwrap().p_adjusted;
        assert!((got - want).abs() < 5e-4 && (got - want).abs() < 2e-5 + 0.05 * want, "{got} {want}");
    }
}

/// `mde.csv` is R's default root, which stops at 1e-5, and leaves out the far tail.
#[test]
fn minimal_detectable_effects_of_r() {
    let effect = |n, alpha, test| effect_for(test, n, 0.8, alpha, TWO).unwrap();
    near(effect(10.0, 0.05, PowerTest::TwoSample), 1.324945639, 1e-5, "n 10");
    near(effect(10.0, 0.05 / 14.0, PowerTest::TwoSample), 1.906994583, 1e-5, "n 10, Bonferroni");
    near(effect(10.0, 0.05, PowerTest::Paired), 0.9960019021, 1e-5, "paired");
    let size = n_for(PowerTest::TwoSample, 0.5, 0.8, 0.05, TWO).unwrap();
    near(size.exact, 63.76561044, 1e-6, "n");
    assert_eq!(size.whole, 64);
    let Some(text) = shared("golden/mde.csv") else { return };
    for line in text.lines().skip(1) {
        let row: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        for (idx, family) in [(1, 1.0), (2, 14.0), (3, 98.0)] {
            near(effect(row[0], 0.05 / family, PowerTest::TwoSample), row[idx], 3e-5, line);
        }
        near(effect(row[0], 0.05, PowerTest::Paired), row[4], 3e-5, line);
    }
}

#[test]
fn smallest_p_values_of_r() {
    assert_eq!(least_n(ExactTest::Wilcoxon, 0.05, TWO), Some(6));
    let Some(text) = shared("golden/min_p.csv") else { return };
    for line in text.lines().skip(1) {
        let row: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let tests =
            [ExactTest::Wilcoxon, ExactTest::MannWhitney, ExactTest::Permutation, ExactTest::SignFlip];
        for (test, want) in tests.into_iter().zip(&row[1..]) {
            let n = row[0] as i64;
            near(least_p(test, n, n, TWO).unwrap(), *want, 1e-13, line);
            assert_eq!(
                least_n(test, least_p(test, n, n, TWO).unwrap(), TWO),
                Some(n + 1),
                "not below: {line}"
            );
        }
    }
}

fn groups() -> impl Strategy<Value = Vec<(f64, f64, i64)>> {
    prop::collection::vec((0.5..0.9, 0.001..0.1, 2_i64..40), 2..6)
}

fn sample((mean, sd, n): (f64, f64, i64)) -> Sample {
    Sample { n: Some(n), mean: Some(mean), sd: Some(sd) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn swapping_pairs_mirrors(pairs in prop::collection::vec((0.0..1.0, 0.0..1.0), 3..20)) {
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        if let (Ok(plain), Ok(swapped)) = (paired_t(&a, &b), paired_t(&b, &a)) {
            // The mean's sum starts from another value: the last digit may move.
            prop_assert!((plain.statistic + swapped.statistic).abs() <= 1e-12 * (1.0 + plain.statistic.abs()));
            let p = plain.p_value(Alternative::Greater);
            prop_assert!((p - swapped.p_value(Alternative::Less)).abs() < 1e-12);
            let (g, h) = (hedges_gz(&a, &b, 0.1, TWO).unwrap(), hedges_gz(&b, &a, 0.1, TWO).unwrap());
            prop_assert!((g.interval.low.unwrap() + h.interval.high.unwrap()).abs() < 1e-9 * (1.0 + g.estimate.abs()));
            prop_assert!(g.interval.low.unwrap() <= g.estimate && g.estimate <= g.interval.high.unwrap());
            prop_assert!(corrected_t(&a, &b, 0.5).unwrap().se > plain.se);
        }
    }

    #[test]
    fn units_do_not_matter(pairs in prop::collection::vec((0.0..1.0, 0.0..1.0), 3..20), unit in 1e-3..1e3) {
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let scaled = |values: &[f64]| values.iter().map(|value| value * unit).collect::<Vec<f64>>();
        if let Ok(plain) = paired_t(&a, &b) {
            let other = paired_t(&scaled(&a), &scaled(&b)).unwrap();
            prop_assert!((plain.statistic - other.statistic).abs() < 1e-9 * (1.0 + plain.statistic.abs()));
        }
    }

    #[test]
    fn equivalence_is_the_interval_inside_the_margin(diff in -1.0..1.0, se in 0.01..1.0, df in 1.0..50.0, margin in 0.01..2.0_f64) {
        let test = TTest { diff, se, statistic: diff / se, df };
        let inside = test.interval(0.1, TWO).is_inside(-margin, margin);
        prop_assert_eq!(tost(&test, margin).unwrap().is_equivalent(0.05), inside);
    }

    #[test]
    fn dunnett_lies_between_one_test_and_bonferroni(groups in groups()) {
        let samples: Vec<Sample> = groups.iter().copied().map(sample).collect();
        let (control, rest) = samples.split_first().unwrap();
        for alternative in ALTERNATIVES {
            let result = dunnett(rest, control, alternative, 0.05).unwrap();
            for group in result.groups {
                let group = group.unwrap();
                let one = group.test.p_value(alternative);
                prop_assert!(one <= group.p_adjusted * (1.0 + 1e-9) + 1e-12);
                prop_assert!(group.p_adjusted <= one * rest.len() as f64 * (1.0 + 1e-9) + 1e-12);
                // The interval and the p-value say the same about 0.
                let outside = group.interval.low.is_some_and(|low| low > 0.0)
                    || group.interval.high.is_some_and(|high| high < 0.0);
                prop_assert!(outside == (group.p_adjusted < 0.05) || (group.p_adjusted - 0.05).abs() < 1e-6);
                prop_assert!(group.interval.low.is_none_or(|low| low <= group.test.diff));
                prop_assert!(group.interval.high.is_none_or(|high| group.test.diff <= high));
            }
        }
    }

    #[test]
    fn dunnett_mirrors(groups in groups()) {
        let turned: Vec<Sample> = groups.iter().map(|(mean, sd, n)| sample((-mean, *sd, *n))).collect();
        let plain: Vec<Sample> = groups.iter().copied().map(sample).collect();
        let p = |samples: &[Sample], alternative| -> Vec<f64> {
            let result = dunnett(&samples[1..], &samples[0], alternative, 0.05).unwrap();
            result.groups.into_iter().map(|group| group.unwrap().p_adjusted).collect()
        };
        prop_assert_eq!(p(&plain, Alternative::Greater), p(&turned, Alternative::Less));
        prop_assert_eq!(p(&plain, TWO), p(&turned, TWO));
    }

    #[test]
    fn effects_and_sizes_have_the_power_asked_for(n in 2.0..60.0, power in 0.2..0.99, alpha in 0.001..0.1) {
        for test in [PowerTest::TwoSample, PowerTest::Paired] {
            let effect = effect_for(test, n, power, alpha, TWO).unwrap();
            prop_assert!((power_of(test, n, effect, alpha, TWO).unwrap() - power).abs() < 1e-10);
            let size = n_for(test, effect, power, alpha, TWO).unwrap();
            prop_assert!((size.exact / n - 1.0).abs() < 1e-7);
        }
    }
}
