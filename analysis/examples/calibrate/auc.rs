//! AUCs of one test set: DeLong, macro AUC, bootstrap, and seeds as readers.
//!
//! Comes in: the effort. Goes out: rows of both tables. Scores are binormal with variance 1 in each class: positives lie
//! √2 Φ⁻¹(AUC) higher. The effect is an AUC of .9 against .8.

use analysis::stat::{
    Alternative::TwoSided, AucBootstrapConfig, AucTest, Contrast, Interval, Labels, RandomPart,
    ReadersConfig, SeedDesign, Strata, Stream, auc_bootstrap, delong, delong_paired, macro_auc_paired,
    normal_cdf, normal_quantile, readers_auc,
};

use crate::tally::{ALPHA, Coverage, Effort, Errors, SIDES, Share, count, holds, rejections};

/// AUC of b, and of a without an effect.
const BASE: f64 = 0.8;
/// AUC of a with an effect.
const BETTER: f64 = 0.9;
/// Share of the scores' variance that both models have in common.
const COMMON: f64 = 0.5;

/// Type-I errors and coverage.
pub(crate) fn all(effort: &Effort) -> (Vec<Errors>, Vec<Coverage>) {
    let (mut errors, mut coverage) = (Vec::new(), Vec::new());
    for (at, method) in METHODS.iter().enumerate() {
        let n = if method.is_costly { effort.costly } else { effort.cheap };
        for (case_at, cases) in method.cases.iter().enumerate() {
            let seed = effort.seed + 400 + 20 * at as u64 + case_at as u64;
            let run = |auc: f64, seed: u64| {
                count(n, seed, |stream: &mut Stream| {
                    let found = (method.compare)(*cases, auc, stream);
                    let [two, greater, less] = rejections(found.map(|found| found.p_values));
                    [two, greater, less, found.and_then(|found| holds(Some(found.interval), found.truth))]
                })
            };
            let ([two, greater, less, none], [.., one]) = (run(BASE, seed), run(BETTER, seed + 10));
            let sides =
                if method.is_two_sided { [Some(two), None, None] } else { [two, greater, less].map(Some) };
            let data = cases.name();
            errors.push(Errors {
                test: method.name,
                null: "equal AUCs",
                data: cases.name(),
                n,
                shares: sides,
            });
            let shares = [Some(none), Some(one)];
            coverage.push(Coverage { interval: method.name, of: "AUC a - AUC b", data, n, shares });
        }
    }
    coverage.extend(single(effort));
    (errors, coverage)
}

/// A test set.
#[derive(Clone, Copy)]
struct Cases {
    n: usize,
    positives: usize,
}

const SETS: [Cases; 2] = [Cases { n: 100, positives: 50 }, Cases { n: 100, positives: 20 }];
/// Half, a third and a fifth of the cases, label by label.
const MIXED: Cases = Cases { n: 100, positives: 0 };
const MORE: [Cases; 2] = [Cases { n: 200, positives: 100 }, Cases { n: 200, positives: 40 }];

impl Cases {
    fn name(self) -> String {
        match self.positives {
            0 => format!("{} cases, ½, ⅓ and ⅕ positive", self.n),
            positives => format!("{} cases, {positives} positive", self.n),
        }
    }

    fn targets(self) -> Vec<bool> {
        (0..self.n).map(|case| case < self.positives).collect()
    }
}

/// What a comparison found.
#[derive(Clone, Copy)]
struct Found {
    p_values: [f64; 3],
    interval: Interval,
    truth: f64,
}

struct Method {
    name: &'static str,
    is_costly: bool,
    is_two_sided: bool,
    cases: &'static [Cases],
    /// By the AUC that a has on average.
    compare: fn(Cases, f64, &mut Stream) -> Option<Found>,
}

const METHODS: [Method; 6] = [
    Method { name: "delong-paired", is_costly: false, is_two_sided: false, cases: &SETS, compare: by_delong },
    Method {
        name: "macro AUC, 3 labels",
        is_costly: false,
        is_two_sided: false,
        cases: &[MIXED],
        compare: by_macro,
    },
    Method {
        name: "AUC bootstrap, percentile",
        is_costly: true,
        is_two_sided: false,
        cases: &SETS,
        compare: by_bootstrap,
    },
    Method {
        name: "readers, seeds SD 0.2",
        is_costly: false,
        is_two_sided: true,
        cases: &MORE,
        compare: |cases, auc, stream| by_readers(cases, auc, 0.2, stream),
    },
    Method {
        name: "readers, seeds SD 0.05",
        is_costly: false,
        is_two_sided: true,
        cases: &MORE,
        compare: |cases, auc, stream| by_readers(cases, auc, 0.05, stream),
    },
    Method {
        name: "readers, seeds all alike",
        is_costly: false,
        is_two_sided: true,
        cases: &MORE,
        compare: |cases, auc, stream| by_readers(cases, auc, 0.0, stream),
    },
];

/// How much higher positives score.
fn lift(auc: f64) -> f64 {
    std::f64::consts::SQRT_2 * normal_quantile(auc).unwrap_or(0.0)
}

/// Scores of two models on the same cases, positives first.
fn scores(cases: Cases, auc: f64, stream: &mut Stream) -> [Vec<f64>; 2] {
    let lifts = [lift(auc), lift(BASE)];
    let common: Vec<f64> = (0..cases.n).map(|_| COMMON.sqrt() * stream.normal()).collect();
    lifts.map(|lift| {
        let of = |(case, common): (usize, &f64)| {
            let own = (1.0 - COMMON).sqrt() * stream.normal();
            common + own + if case < cases.positives { lift } else { 0.0 }
        };
        common.iter().enumerate().map(of).collect()
    })
}

fn of_test(test: AucTest, auc: f64) -> Found {
    Found {
        p_values: SIDES.map(|side| test.p_value(side)),
        interval: test.interval(ALPHA, TwoSided),
        truth: auc - BASE,
    }
}

fn by_delong(cases: Cases, auc: f64, stream: &mut Stream) -> Option<Found> {
    let [a, b] = scores(cases, auc, stream);
    Some(of_test(delong_paired(&a, &b, &cases.targets(), None).ok()?, auc))
}

/// Three labels, each positive in half, a third and a fifth of the cases, independently.
fn by_macro(cases: Cases, auc: f64, stream: &mut Stream) -> Option<Found> {
    let labels = [2, 3, 5].map(|part| {
        let cases = Cases { n: cases.n, positives: cases.n / part };
        let mut order: Vec<usize> = (0..cases.n).collect();
        stream.shuffle(&mut order);
        let drawn = scores(cases, auc, stream);
        let targets: Vec<Option<bool>> = order.iter().map(|case| Some(*case < cases.positives)).collect();
        let shuffled = |values: &[f64]| order.iter().map(|case| values[*case]).collect::<Vec<f64>>();
        (shuffled(&drawn[0]), shuffled(&drawn[1]), targets)
    });
    let a: Vec<&[f64]> = labels.iter().map(|label| label.0.as_slice()).collect();
    let b: Vec<&[f64]> = labels.iter().map(|label| label.1.as_slice()).collect();
    let targets: Vec<&[Option<bool>]> = labels.iter().map(|label| label.2.as_slice()).collect();
    let test = macro_auc_paired(&a, &b, &Labels { targets: &targets, groups: None }).ok()?;
    Some(of_test(test, auc))
}

fn by_bootstrap(cases: Cases, auc: f64, stream: &mut Stream) -> Option<Found> {
    let [a, b] = scores(cases, auc, stream);
    let config = AucBootstrapConfig { n_resamples: 1000, seed: stream.bits(), strata: Strata::One };
    let draws = auc_bootstrap(&[&a, &b], &cases.targets(), None, &config).ok()?.difference(0, 1)?;
    Some(Found {
        p_values: SIDES.map(|side| draws.p_value(side).unwrap_or(1.0)),
        interval: draws.interval(ALPHA, TwoSided),
        truth: auc - BASE,
    })
}

/// Five trainings of each of two models, nested: every training has its own lift, normal around its model's with `sd`, and
/// of a score's variance half is the case's, a quarter the model's on the case, a quarter the training's.
fn by_readers(cases: Cases, auc: f64, sd: f64, stream: &mut Stream) -> Option<Found> {
    let common: Vec<f64> = (0..cases.n).map(|_| 0.5_f64.sqrt() * stream.normal()).collect();
    let scores: Vec<Vec<Vec<f64>>> = [lift(auc), lift(BASE)]
        .iter()
        .map(|lift| {
            let of_model: Vec<f64> = common.iter().map(|common| common + 0.5 * stream.normal()).collect();
            (0..5)
                .map(|_| {
                    let lift = lift + sd * stream.normal();
                    let of = |(case, score): (usize, &f64)| {
                        score + 0.5 * stream.normal() + if case < cases.positives { lift } else { 0.0 }
                    };
                    of_model.iter().enumerate().map(of).collect()
                })
                .collect()
        })
        .collect();
    let config =
        ReadersConfig { design: SeedDesign::Nested, random: RandomPart::SeedsAndCases, alpha: ALPHA };
    let readers = readers_auc(&scores, &cases.targets(), None, &config).ok()?;
    let pair: &Contrast = readers.pairs.first()?.as_ref().ok()?;
    // The mean AUC over trainings: a positive's lead is normal with variance 2 + sd².
    let mean_auc = |auc: f64| normal_cdf(lift(auc) / (2.0 + sd * sd).sqrt());
    let truth = mean_auc(auc) - mean_auc(BASE);
    Some(Found { p_values: [pair.p_value, 1.0, 1.0], interval: pair.interval, truth })
}

/// Intervals of one AUC, of .8 and of .95.
fn single(effort: &Effort) -> Vec<Coverage> {
    let mut rows: Vec<Coverage> = Vec::new();
    for (at, cases) in SETS.into_iter().enumerate() {
        for (auc, of) in [(BASE, "an AUC of .8"), (0.95, "an AUC of .95")] {
            let one = |stream: &mut Stream| {
                let found = delong(&scores(cases, auc, stream)[0], &cases.targets(), None).ok();
                let wald = found.as_ref().map(|found| found.interval(ALPHA, TwoSided));
                let logit = found.map(|found| found.logit_interval(ALPHA, TwoSided));
                [holds(wald, auc), holds(logit, auc)]
            };
            let shares: [Share; 2] = count(effort.cheap, effort.seed + 600 + at as u64, one);
            for (interval, share) in ["delong", "delong, logit"].into_iter().zip(shares) {
                let (data, n, shares) = (cases.name(), effort.cheap, [Some(share), None]);
                rows.push(Coverage { interval, of, data, n, shares });
            }
        }
    }
    rows
}
