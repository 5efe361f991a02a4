//! Bootstrap, aggregates and Bayesian comparisons against scipy, rliable, baycomp, R's boot and mpmath.
//!
//! `golden/boot.py` made the answers; the inputs are made here as it made them.

use std::path::{Path, PathBuf};

use analysis::stat::{
    AggregateConfig, BayesConfig, BootstrapConfig, BootstrapKind, Bootstrapped, Holes, Interval,
    Normalization, Plan, Posterior, Resample, Scores, Statistic, aggregate, bayes_correlated_t,
    bayes_signed_rank, bias_correction, bootstrap, bootstrap_interval, performance_profiles,
    probability_of_improvement,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::portable::{Agreement, Portable};

const CONFIG: BootstrapConfig =
    BootstrapConfig { reps: 20_000, seed: 1, alpha: 0.05, kind: BootstrapKind::Bca, max_undefined: 0.05 };
const AGGREGATE: AggregateConfig = AggregateConfig { holes: Holes::Refuse, reps: 2000, seed: 1, alpha: 0.05 };
const ALL: [Statistic; 4] =
    [Statistic::Mean, Statistic::Median, Statistic::Iqm, Statistic::OptimalityGap { gamma: 0.8 }];

fn golden(part: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/boot.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file[part].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
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

fn ends(interval: &Interval) -> [f64; 2] {
    [interval.low.unwrap(), interval.high.unwrap()]
}

fn mean_of(values: &[f64], cases: &[usize]) -> f64 {
    cases.iter().fold(0.0, |sum, case| sum + values[*case]) / cases.len() as f64
}

fn boot_mean(values: &[f64], plan: &Plan<'_>, config: &BootstrapConfig) -> Bootstrapped {
    bootstrap(plan, config, |resample| Some(mean_of(values, resample.indices))).unwrap()
}

/// Standard error of a 2.5 % or 97.5 % end of `reps` nearly normal replicates with this sd: √(p(1 - p)/B)/φ(z).
fn end_error(sd: f64, reps: f64) -> f64 {
    2.671 * sd / reps.sqrt()
}

#[test]
fn ends_given_the_replicates() {
    let mut agreement = Agreement::new("bootstrap ends (percentile, basic, BCa), z0, a", "scipy 1.17", 1e-9);
    for (k, want) in golden("ends").as_array().unwrap().iter().map(numbers).enumerate() {
        let mut draw = Portable::new(1000 + k as u64);
        let samples: Vec<Vec<f64>> = (0..1 + k % 2)
            .map(|_| {
                let n = 3 + draw.below(20);
                draw.normals(n, 0.5, 1.0).iter().map(|value| value * value).collect()
            })
            .collect();
        let n = 40 + draw.below(200);
        let noise = draw.normals(n, 0.02, 0.3);
        let ties = draw.below(4);
        let strata: Vec<usize> =
            samples.iter().enumerate().flat_map(|(idx, sample)| vec![idx; sample.len()]).collect();
        let values = samples.concat();
        let half = samples[0].len();
        let estimator = |resample: &Resample<'_>| {
            let (a, b): (Vec<usize>, Vec<usize>) = resample.indices.iter().partition(|case| **case < half);
            Some(mean_of(&values, &a) - if b.is_empty() { 0.0 } else { mean_of(&values, &b) })
        };
        let config = BootstrapConfig { reps: 1, ..CONFIG };
        let found = bootstrap(&Plan::Stratified { strata: &strata }, &config, estimator).unwrap();
        let estimate = found.estimate;
        let replicates: Vec<f64> = noise
            .iter()
            .enumerate()
            .map(|(idx, noise)| if idx < ties { estimate } else { estimate + noise })
            .collect();
        let what = format!("case {k}");
        // z0 is 0 where half of the replicates are below.
        agreement.check_to(
            bias_correction(&replicates, estimate).unwrap(),
            want[0],
            want[0].abs().max(0.01),
            &what,
        );
        agreement.check(found.acceleration.unwrap(), want[1], &what);
        let alpha = [0.05, 0.1, 0.01][k % 3];
        for (idx, kind) in
            [BootstrapKind::Percentile, BootstrapKind::Basic, BootstrapKind::Bca].into_iter().enumerate()
        {
            let interval =
                bootstrap_interval(kind, &replicates, estimate, found.acceleration, alpha).unwrap();
            for (got, want) in ends(&interval).into_iter().zip(&want[2 + 2 * idx..]) {
                agreement.check_to(got, *want, want.abs().max(0.01), &format!("{what} {kind:?}"));
            }
        }
        agreement.case();
    }
    agreement.done(200);
}

/// `runs[model][task]`.
type Grid = Vec<Vec<Vec<f64>>>;

/// The grid of a case, as `boot.py` makes it.
fn grid(k: usize) -> Grid {
    let mut draw = Portable::new(5000 + k as u64);
    let (n_models, n_tasks) = (2 + draw.below(3), 1 + draw.below(7));
    let n_runs = 2 + draw.below(7);
    let mut cell = || {
        let n = if k.is_multiple_of(2) { n_runs } else { 1 + draw.below(8) };
        if k.is_multiple_of(3) { draw.grid(n, 8) } else { draw.normals(n, 0.7, 0.1) }
    };
    (0..n_models).map(|_| (0..n_tasks).map(|_| cell()).collect()).collect()
}

fn normalization(k: usize) -> Normalization {
    match k % 5 % 3 {
        0 => Normalization::None,
        1 => Normalization::Baseline { baseline: 0, ceiling: 1.25 },
        _ => Normalization::PooledSd,
    }
}

/// Calls `check` with each grid, normalized and raw, and its answers.
fn for_each_grid(mut check: impl FnMut(usize, &Scores, &Scores, &Value)) {
    for (k, want) in golden("aggregates").as_array().unwrap().iter().enumerate() {
        let raw = Scores::new(grid(k)).unwrap();
        let scores = match normalization(k) {
            Normalization::None => raw.clone(),
            by => raw.normalize(by).unwrap(),
        };
        if want.is_null() {
            assert!(scores.unscaled().iter().any(Option::is_some), "case {k}");
            continue;
        }
        check(k, &scores, &raw, want);
    }
}

/// Scale of an error: 1 for normalized scores, which may lie anywhere near 0.
fn scale(k: usize, want: f64) -> f64 {
    if normalization(k) == Normalization::None { want.abs().max(0.05) } else { want.abs().max(1.0) }
}

#[test]
fn statistics_over_tasks() {
    let config = AggregateConfig { reps: 1, ..AGGREGATE };
    for (place, statistic) in ALL.into_iter().enumerate() {
        let (name, reference) = match statistic {
            Statistic::Mean => ("mean of task means", "rliable, numpy"),
            Statistic::Median => ("median of task means", "rliable, numpy"),
            Statistic::Iqm => ("interquartile mean", "rliable, scipy trim_mean"),
            Statistic::OptimalityGap { .. } => ("optimality gap", "rliable, numpy"),
        };
        let mut agreement = Agreement::new(name, reference, 1e-9);
        for_each_grid(|k, scores, _, want| {
            let found = &aggregate(scores, &[statistic], &config).unwrap()[0];
            assert_eq!((found.normalization, found.tasks.len()), (normalization(k), scores.n_tasks()));
            for (model, want) in found.models.iter().zip(want["models"].as_array().unwrap()) {
                let want = numbers(want)[place];
                agreement.check_to(
                    model.as_ref().unwrap().estimate,
                    want,
                    scale(k, want),
                    &format!("case {k}"),
                );
            }
            agreement.case();
        });
        agreement.done(200);
    }
}

#[test]
fn normalizations() {
    let mut agreement = Agreement::new("normalization (none, baseline, pooled sd)", "numpy", 1e-9);
    for_each_grid(|k, scores, _, want| {
        let mut runs = numbers(&want["first"]);
        assert_eq!(runs.len(), scores.runs(scores.n_models() - 1, 0).len());
        let mut got = scores.runs(scores.n_models() - 1, 0).to_vec();
        runs.sort_by(f64::total_cmp);
        got.sort_by(f64::total_cmp);
        for (got, want) in got.iter().zip(runs) {
            agreement.check_to(*got, want, scale(k, want), &format!("case {k}"));
        }
        agreement.case();
    });
    agreement.done(200);
}

#[test]
fn improvement() {
    let mut agreement = Agreement::new("P(improvement)", "rliable, scipy mannwhitneyu", 1e-9);
    let config = AggregateConfig { reps: 1, ..AGGREGATE };
    for_each_grid(|k, _, raw, want| {
        let found = probability_of_improvement(raw, &[(0, 1)], &config).unwrap();
        let got = found.pairs[0].result.as_ref().unwrap().estimate;
        agreement.check(got, want["won"].as_f64().unwrap(), &format!("case {k}"));
        agreement.case();
    });
    agreement.done(200);
}

#[test]
fn profiles() {
    let mut agreement = Agreement::new("performance profile", "rliable, numpy", 1e-9);
    let config = AggregateConfig { reps: 1, ..AGGREGATE };
    for_each_grid(|k, scores, _, want| {
        let found = performance_profiles(scores, &[0.5, 0.625, 0.7, 0.75, 0.9], &config).unwrap();
        for (got, want) in found.models[1].as_ref().unwrap().shares.iter().zip(numbers(&want["shares"])) {
            agreement.check(*got, want, &format!("case {k}"));
        }
        agreement.case();
    });
    agreement.done(200);
}

#[test]
fn correlated_t() {
    let mut agreement = Agreement::new("Bayesian correlated t", "mpmath", 1e-9);
    for (k, want) in golden("correlated").as_array().unwrap().iter().map(numbers).enumerate() {
        let mut draw = Portable::new(9000 + k as u64);
        let n = 2 + draw.below(15);
        let center = 0.01 * draw.normal();
        let values = draw.normals(n, center, 0.01);
        let found = bayes_correlated_t(&values, [0.0, 0.005, 0.01, 0.05][k % 4], [0.0, 0.1, 0.5][k % 3]);
        let Posterior { left, rope, right } = found.unwrap().probability;
        for (got, want) in [left, rope, right].into_iter().zip(want) {
            agreement.check(got, want, &format!("case {k}"));
        }
        agreement.case();
    }
    agreement.done(200);
}

/// Counts standard errors: `got` of 20,000 draws against `want` of `reps`, both with the same spread.
#[track_caller]
fn check_ends(agreement: &mut Agreement, got: &Interval, want: &[f64], sd: f64, reps: f64, what: &str) {
    let error = end_error(sd, 20_000.0).hypot(end_error(sd, reps));
    for (got, want) in ends(got).into_iter().zip(want) {
        agreement.check_to(got, *want, error, what);
    }
}

#[test]
fn long_bootstraps() {
    let long = golden("long");
    let mut agreement = Agreement::new("bootstrap, in standard errors", "scipy, 200,000 resamples", 4.0);
    let values: Vec<f64> =
        Portable::new(77).normals(30, 0.0, 1.0).iter().map(|value| value * value).collect();
    for kind in [BootstrapKind::Percentile, BootstrapKind::Basic, BootstrapKind::Bca] {
        let found = boot_mean(&values, &Plan::Simple { n: 30 }, &BootstrapConfig { kind, ..CONFIG });
        let want = numbers(&long[kind.as_str()]);
        let sd = found.standard_error.unwrap();
        agreement.check_to(sd, want[2], want[2] / 40_000.0_f64.sqrt() * 1.5, "standard error");
        // Skewed upwards: the upper end is less certain than of a normal distribution, and BCa's levels vary with z0.
        let wider = if kind == BootstrapKind::Bca { 2.0 } else { 1.4 };
        check_ends(&mut agreement, &found.interval.unwrap(), &want, wider * sd, 200_000.0, kind.as_str());
        agreement.case();
    }
    let mut draw = Portable::new(78);
    let (mut values, mut clusters) = (Vec::new(), Vec::new());
    for patient in 0..12 {
        let n = 1 + draw.below(4);
        let center = draw.normal();
        values.extend(draw.normals(n, center, 0.5));
        clusters.extend(vec![patient; n]);
    }
    let config = BootstrapConfig { kind: BootstrapKind::Percentile, ..CONFIG };
    let found = boot_mean(&values, &Plan::Clustered { clusters: &clusters }, &config);
    let want = numbers(&long["clustered"]);
    let sd = found.standard_error.unwrap();
    check_ends(&mut agreement, &found.interval.unwrap(), &want, sd, 200_000.0, "clustered");
    agreement.case();
    agreement.done(4);
}

#[test]
fn long_aggregates() {
    let long = golden("long");
    let mut agreement =
        Agreement::new("IQM and P(improvement), in standard errors", "rliable, 20,000 and 4,000", 4.0);
    let mut draw = Portable::new(79);
    let mut model = || (0..5).map(|_| draw.normals(6, 0.7, 0.05)).collect::<Vec<_>>();
    let runs = vec![model(), model()];
    let config = AggregateConfig { reps: 20_000, ..AGGREGATE };
    let iqm = &aggregate(&Scores::new(runs.clone()).unwrap(), &[Statistic::Iqm], &config).unwrap()[0];
    let first = iqm.models[0].as_ref().unwrap();
    let sd = first.standard_error.unwrap();
    check_ends(&mut agreement, first.interval.as_ref().unwrap(), &numbers(&long["iqm"]), sd, 20_000.0, "iqm");
    agreement.case();
    let three = runs.iter().map(|tasks| tasks[..3].to_vec()).collect();
    let found = probability_of_improvement(&Scores::new(three).unwrap(), &[(0, 1)], &config).unwrap();
    let interval = found.pairs[0].result.as_ref().unwrap().interval.as_ref().unwrap();
    let [low, high] = ends(interval);
    let sd = (high - low) / (2.0 * 1.96);
    check_ends(&mut agreement, interval, &numbers(&long["won"]), sd, 4000.0, "P(improvement)");
    agreement.case();
    agreement.done(2);
}

#[test]
fn signed_rank() {
    let mut agreement =
        Agreement::new("Bayesian signed rank, in standard errors", "baycomp, 100,000 draws", 4.0);
    let long = golden("long");
    for (k, (n, rope)) in [(4, 0.01), (7, 0.005), (12, 0.02), (9, 0.0)].into_iter().enumerate() {
        let values = Portable::new(80 + k as u64).normals(n, 0.01, 0.02);
        let config = BayesConfig { rope, prior_strength: 0.5, draws: 100_000, seed: 5 };
        let found = bayes_signed_rank(&values, &config).unwrap();
        let (p, error) = (found.probability, found.standard_error);
        let want = numbers(&long["signed_rank"][k]);
        // Without a rope baycomp gives left and right only.
        let (got, want) = if rope > 0.0 {
            (vec![(p.left, error.left), (p.rope, error.rope), (p.right, error.right)], want)
        } else {
            (vec![(p.left, error.left), (p.right, error.right)], vec![want[0], want[want.len() - 1]])
        };
        for ((got, error), want) in got.into_iter().zip(want) {
            agreement.check_to(got, want, error * 2.0_f64.sqrt(), &format!("case {k}"));
        }
        agreement.case();
    }
    agreement.done(4);
}

fn dice_differences() -> Option<Vec<f64>> {
    let text = shared("golden/dice.csv")?;
    let cells = text.lines().skip(1).map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect());
    Some(cells.map(|cells: Vec<f64>| cells[2] - cells[1]).collect())
}

#[test]
fn golden_dice() {
    let Some(values) = dice_differences() else { return };
    let found = boot_mean(&values, &Plan::Simple { n: values.len() }, &CONFIG);
    assert!((found.estimate - 0.012_813_333_333_3).abs() < 1e-12);
    assert!((found.acceleration.unwrap() / 0.003_797_019_786_6 - 1.0).abs() < 1e-9);
    let sd = found.standard_error.unwrap();
    // R's boot printed four digits of 20,000 resamples; its z0 and levels vary too.
    let error = 1.5 * 2.0_f64.sqrt() * end_error(sd, 20_000.0);
    for (got, want) in ends(&found.interval.unwrap()).into_iter().zip([0.0038, 0.0224]) {
        assert!((got - want).abs() < 4.0 * error + 5e-5, "{got} {want} {error}");
    }
}

/// `runs[model][task]` of `scores.csv`, models in the order of the file, and their names.
fn golden_scores() -> Option<(Vec<String>, Vec<String>, Grid)> {
    let text = shared("golden/scores.csv")?;
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let mut names: [Vec<String>; 2] = [vec![], vec![]];
    for (column, names) in names.iter_mut().enumerate() {
        for name in rows.iter().map(|row| row[column].trim_matches('"')) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    let [tasks, models] = names;
    let cell = |task: &String, model: &String| {
        let here = rows.iter().filter(|row| {
            row[0].trim_matches('"') == task.as_str() && row[1].trim_matches('"') == model.as_str()
        });
        here.map(|row| row[4].parse().unwrap()).collect()
    };
    let runs = models.iter().map(|model| tasks.iter().map(|task| cell(task, model)).collect()).collect();
    Some((models, tasks, runs))
}

#[test]
fn golden_aggregates() {
    let Some((models, _, runs)) = golden_scores() else { return };
    let place = |name: &str| models.iter().position(|model| model == name).unwrap();
    let (supervised, swav) = (place("Supervised"), place("SwAV"));
    let scores = Scores::new(runs).unwrap();
    let config = AggregateConfig { reps: 20_000, ..AGGREGATE };
    let gap = Statistic::OptimalityGap { gamma: 1.0 };
    let found =
        aggregate(&scores, &[Statistic::Median, Statistic::Iqm, Statistic::Mean, gap], &config).unwrap();
    assert!((found[1].models[supervised].as_ref().unwrap().estimate / 0.857_433_538_507 - 1.0).abs() < 1e-11);
    assert!((found[1].models[swav].as_ref().unwrap().estimate / 0.866_946_885_651 - 1.0).abs() < 1e-11);
    // rliable, 50,000 resamples, five digits.
    let want = [
        [0.864_21, 0.861_16, 0.865_47],
        [0.857_43, 0.855_99, 0.858_92],
        [0.851_55, 0.850_45, 0.852_66],
        [0.148_45, 0.147_34, 0.149_55],
    ];
    for (found, want) in found.iter().zip(want) {
        let model = found.models[supervised].as_ref().unwrap();
        let error = 2.0 * end_error(model.standard_error.unwrap(), 20_000.0);
        assert!((model.estimate - want[0]).abs() < 5.1e-6);
        for (got, want) in ends(model.interval.as_ref().unwrap()).into_iter().zip(&want[1..]) {
            assert!((got - want).abs() < 4.0 * error + 5e-6, "{:?}: {got} {want}", found.statistic);
        }
    }
    let found = probability_of_improvement(&scores, &[(swav, supervised)], &config).unwrap();
    let pair = found.pairs[0].result.as_ref().unwrap();
    assert!((pair.estimate - 0.655_714_285_714_285_7).abs() < 1e-12);
    let mut shares: Vec<f64> = pair.by_task.iter().map(|(_, share)| *share).collect();
    shares.sort_by(f64::total_cmp);
    assert!(
        shares
            .iter()
            .zip([0.0, 0.18, 0.49, 0.96, 0.98, 0.98, 1.0])
            .all(|(got, want)| (got - want).abs() < 1e-12)
    );
    let got = ends(pair.interval.as_ref().unwrap());
    // rliable, 2,000 resamples.
    let error = end_error((got[1] - got[0]) / 3.92, 2000.0);
    for (got, want) in got.into_iter().zip([0.609_964_29, 0.707_142_86]) {
        assert!((got - want).abs() < 4.0 * error, "{got} {want}");
    }
}

#[test]
fn golden_bayes() {
    let Some((models, tasks, runs)) = golden_scores() else { return };
    let place = |name: &str| models.iter().position(|model| model == name).unwrap();
    let (a, b) = (&runs[place("SwAV")], &runs[place("Supervised")]);
    let retina = tasks.iter().position(|task| task == "DR").unwrap();
    let differences: Vec<f64> = a[retina].iter().zip(&b[retina]).map(|(a, b)| a - b).collect();
    // baycomp with runs = 1: ten folds, rho 1/10.
    let found = bayes_correlated_t(&differences, 0.005, 0.1).unwrap();
    assert!((found.mean / 0.014_092_039_882_436_546 - 1.0).abs() < 1e-12);
    assert!((found.scale.powi(2) / 1.522_710_972_965_920_4e-5 - 1.0).abs() < 1e-12);
    let p = found.probability;
    let want = [0.000_428_147_659_748_533_67, 0.021_946_069_520_345_834, 0.977_625_782_819_905_6];
    for (got, want) in [p.left, p.rope, p.right].into_iter().zip(want) {
        assert!((got / want - 1.0).abs() < 1e-10, "{got} {want}");
    }
    let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| mean(a) - mean(b)).collect();
    let config = BayesConfig { rope: 0.005, prior_strength: 0.5, draws: 50_000, seed: 1 };
    let found = bayes_signed_rank(&differences, &config).unwrap();
    let (p, error) = (found.probability, found.standard_error);
    for (got, error, want) in
        [(p.left, error.left, 0.0138), (p.rope, error.rope, 0.4384), (p.right, error.right, 0.5478)]
    {
        assert!((got - want).abs() < 4.0 * 2.0_f64.sqrt() * error, "{got} {want} {error}");
    }
}

/// A grid without holes.
fn small_grid() -> impl Strategy<Value = Grid> {
    let cell = || prop::collection::vec((0_u8..20).prop_map(|step| f64::from(step) / 20.0), 1..5);
    (1_usize..5)
        .prop_flat_map(move |n_tasks| prop::collection::vec(prop::collection::vec(cell(), n_tasks), 2..4))
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn threads_change_nothing(runs in small_grid(), seed in any::<u64>()) {
        let config = AggregateConfig { reps: 100, seed, ..AGGREGATE };
        let boot = BootstrapConfig { reps: 100, seed, ..CONFIG };
        let bayes = BayesConfig { rope: 0.01, prior_strength: 0.5, draws: 700, seed };
        let values = runs.concat().concat();
        let scores = Scores::new(runs).unwrap();
        let work = || {
            (
                aggregate(&scores, &ALL, &config),
                probability_of_improvement(&scores, &[(0, 1), (1, 0)], &config),
                performance_profiles(&scores, &[0.2, 0.5], &config),
                boot_mean(&values, &Plan::Simple { n: values.len() }, &boot),
                bayes_signed_rank(&values, &bayes),
            )
        };
        prop_assert_eq!(on_threads(1, work), on_threads(3, work));
    }

    #[test]
    fn the_order_of_tasks_changes_nothing(runs in small_grid()) {
        let config = AggregateConfig { reps: 1, ..AGGREGATE };
        let turned: Grid =
            runs.iter().map(|tasks| tasks.iter().rev().cloned().collect()).collect();
        let (plain, turned) = (Scores::new(runs).unwrap(), Scores::new(turned).unwrap());
        let (first, second) = (aggregate(&plain, &ALL, &config).unwrap(), aggregate(&turned, &ALL, &config).unwrap());
        for (one, other) in first.iter().zip(&second).flat_map(|(a, b)| a.models.iter().zip(&b.models)) {
            let (one, other) = (one.as_ref().unwrap().estimate, other.as_ref().unwrap().estimate);
            prop_assert!((one - other).abs() < 1e-13);
        }
    }

    #[test]
    fn improvements_of_a_pair_add_up_to_1(runs in small_grid()) {
        let config = AggregateConfig { reps: 200, ..AGGREGATE };
        let scores = Scores::new(runs).unwrap();
        let found = probability_of_improvement(&scores, &[(0, 1), (1, 0)], &config).unwrap();
        let [ab, ba] = [0, 1].map(|pair: usize| found.pairs[pair].result.clone().unwrap());
        prop_assert!((ab.estimate + ba.estimate - 1.0).abs() < 1e-14);
        if let (Ok(one), Ok(other)) = (ab.interval, ba.interval) {
            let ([low, high], [other_low, other_high]) = (ends(&one), ends(&other));
            prop_assert!((low + other_high - 1.0).abs() < 1e-12 && (high + other_low - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn statistics_stay_among_the_runs(runs in small_grid()) {
        let config = AggregateConfig { reps: 50, ..AGGREGATE };
        let scores = Scores::new(runs.clone()).unwrap();
        for found in aggregate(&scores, &ALL[..3], &config).unwrap() {
            for (model, tasks) in found.models.iter().zip(&runs) {
                let all = tasks.concat();
                let low = all.iter().copied().fold(f64::INFINITY, f64::min) - 1e-12;
                let high = all.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 1e-12;
                let model = model.as_ref().unwrap();
                prop_assert!((low..=high).contains(&model.estimate));
                if let Ok(interval) = &model.interval {
                    prop_assert!(ends(interval).iter().all(|end| (low..=high).contains(end)));
                }
            }
        }
    }

    #[test]
    fn percentile_ends_lie_among_the_replicates(
        replicates in prop::collection::vec(-1e3..1e3_f64, 1..80),
        alpha in 0.001..0.999_f64,
    ) {
        let found = bootstrap_interval(BootstrapKind::Percentile, &replicates, 0.0, None, alpha);
        if let Ok(interval) = found {
            let [low, high] = ends(&interval);
            prop_assert!(replicates.iter().any(|least| *least <= low) && low <= high);
            prop_assert!(replicates.iter().any(|most| high <= *most));
        }
    }

    #[test]
    fn posteriors_sum_to_1(
        values in prop::collection::vec((-20_i8..20).prop_map(|step| f64::from(step) / 100.0), 1..12),
        rope in prop::sample::select(vec![0.0, 0.01, 0.1]),
        rho in 0.0..0.99_f64,
    ) {
        let sum = |p: Posterior| p.left + p.rope + p.right;
        let config = BayesConfig { rope, prior_strength: 0.5, draws: 300, seed: 1 };
        prop_assert!((sum(bayes_signed_rank(&values, &config).unwrap().probability) - 1.0).abs() < 1e-12);
        if let Ok(found) = bayes_correlated_t(&values, rope, rho) {
            prop_assert!((sum(found.probability) - 1.0).abs() < 1e-12);
        }
    }
}
