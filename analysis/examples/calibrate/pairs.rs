//! Tests and intervals of pairs, and intervals of one mean.
//!
//! Comes in: the effort. Goes out: rows of both tables. The differences of the pairs are normal or exponential with a
//! standard deviation of 1, centered so that the null of the method's own claim is true.

use analysis::stat::{
    Alternative::TwoSided, BootstrapConfig, BootstrapKind, Interval, Plan, Resample, Sample, Stream, Zeros,
    bootstrap, bootstrap_interval, cliff_delta, corrected_t, differences, hedges_gz, mean_interval,
    normal_cdf, paired_t, pseudo_median, sign_flip, sign_flip_interval, wilcoxon,
};

use crate::tally::{ALPHA, Coverage, Effort, Errors, SIDES, count, holds, ranked, rejections};

/// What is 0 when there is no effect.
#[derive(Clone, Copy)]
enum Center {
    Mean,
    /// P(d + d' > 0) = 1/2 for two differences d and d'.
    PseudoMedian,
}

impl Center {
    fn null(self) -> &'static str {
        match self {
            Self::Mean => "mean 0",
            Self::PseudoMedian => "pseudo-median 0",
        }
    }

    /// Of exponential numbers with mean 1: half the median of a gamma number of shape 2.
    fn offset(self) -> f64 {
        match self {
            Self::Mean => 1.0,
            Self::PseudoMedian => 1.678_346_990_016_661 / 2.0,
        }
    }
}

/// Pairs of a with b, b standard normal.
struct Design {
    is_skewed: bool,
    n: usize,
    /// The correlation of any two differences: resamples that overlap.
    correlation: f64,
}

const DESIGNS: [Design; 4] = [
    Design { is_skewed: false, n: 5, correlation: 0.0 },
    Design { is_skewed: false, n: 10, correlation: 0.0 },
    Design { is_skewed: true, n: 5, correlation: 0.0 },
    Design { is_skewed: true, n: 10, correlation: 0.0 },
];

/// k folds share all but two k-ths of their cases: n_test/n_total = 1/k is Nadeau and Bengio's correlation.
const FOLDS: [Design; 4] = [
    Design { is_skewed: false, n: 5, correlation: 0.2 },
    Design { is_skewed: false, n: 10, correlation: 0.1 },
    Design { is_skewed: true, n: 5, correlation: 0.2 },
    Design { is_skewed: true, n: 10, correlation: 0.1 },
];

impl Design {
    fn name(&self) -> String {
        let shape = if self.is_skewed { "skewed" } else { "normal" };
        let (n, rho) = (self.n, self.correlation);
        if rho > 0.0 { format!("{shape}, {n} folds, ρ {rho}") } else { format!("{shape}, n {n}") }
    }

    fn draw(&self, center: Center, d: f64, stream: &mut Stream) -> [Vec<f64>; 2] {
        let offset = if self.is_skewed { center.offset() } else { 0.0 };
        let value = |stream: &mut Stream| {
            let raw = if self.is_skewed { stream.exponential() } else { stream.normal() };
            raw - offset
        };
        let common = if self.correlation > 0.0 { self.correlation.sqrt() * value(stream) } else { 0.0 };
        let own = (1.0 - self.correlation).sqrt();
        (0..self.n)
            .map(|_| {
                let b = stream.normal();
                (b + d + common + own * value(stream), b)
            })
            .collect::<(Vec<f64>, Vec<f64>)>()
            .into()
    }

    /// Folds have n_test/n_train = 1/(k - 1).
    fn test_over_train(&self) -> f64 {
        1.0 / (self.n - 1) as f64
    }
}

/// The p-values of a test, in the order of [`SIDES`].
type PValues = fn(&Design, &[f64], &[f64]) -> Option<[f64; 3]>;

struct Test {
    name: &'static str,
    center: Center,
    p_values: PValues,
}

const PAIRED_T: Test = Test {
    name: "paired-t",
    center: Center::Mean,
    p_values: |_, a, b| paired_t(a, b).ok().map(|test| SIDES.map(|side| test.p_value(side))),
};

const SIGN_FLIP: Test = Test {
    name: "sign-flip",
    center: Center::Mean,
    p_values: |_, a, b| ranked(differences(a, b).and_then(|of_pairs| sign_flip(&of_pairs, 9999, 1))),
};

const WILCOXON: Test = Test {
    name: "wilcoxon",
    center: Center::PseudoMedian,
    p_values: |_, a, b| ranked(differences(a, b).and_then(|of_pairs| wilcoxon(&of_pairs, Zeros::Pratt))),
};

const CORRECTED_T: Test = Test {
    name: "corrected-t",
    center: Center::Mean,
    p_values: |design, a, b| {
        let test = corrected_t(a, b, design.test_over_train()).ok()?;
        Some(SIDES.map(|side| test.p_value(side)))
    },
};

/// Type-I errors.
pub(crate) fn errors(effort: &Effort) -> Vec<Errors> {
    let of = |test: &Test, designs: &[Design], seed: u64| {
        let row = |(at, design): (usize, &Design)| {
            let one = |stream: &mut Stream| {
                let [a, b] = design.draw(test.center, 0.0, stream);
                rejections((test.p_values)(design, &a, &b))
            };
            Errors {
                test: test.name,
                null: test.center.null(),
                data: design.name(),
                n: effort.cheap,
                shares: count(effort.cheap, seed + at as u64, one).map(Some),
            }
        };
        designs.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    let mut rows = Vec::new();
    for test in [PAIRED_T, SIGN_FLIP, WILCOXON] {
        rows.extend(of(&test, &DESIGNS, effort.seed + 200));
    }
    for test in [CORRECTED_T, PAIRED_T] {
        rows.extend(of(&test, &FOLDS, effort.seed + 210));
    }
    rows
}

struct Measure {
    name: &'static str,
    of: &'static str,
    center: Center,
    designs: &'static [Design],
    is_costly: bool,
    interval: fn(&Design, &[f64], &[f64]) -> Option<Interval>,
    truth: fn(f64) -> f64,
}

const MEAN: &str = "mean of a - b";

const MEASURES: [Measure; 7] = [
    Measure {
        name: "paired-t",
        of: MEAN,
        center: Center::Mean,
        designs: &DESIGNS,
        is_costly: false,
        interval: |_, a, b| paired_t(a, b).ok().map(|test| test.interval(ALPHA, TwoSided)),
        truth: |d| d,
    },
    Measure {
        name: "sign-flip",
        of: MEAN,
        center: Center::Mean,
        designs: &DESIGNS,
        is_costly: false,
        interval: |_, a, b| sign_flip_interval(&differences(a, b).ok()?, ALPHA, TwoSided, 9999, 1),
        truth: |d| d,
    },
    Measure {
        name: "wilcoxon",
        of: "pseudo-median of a - b",
        center: Center::PseudoMedian,
        designs: &DESIGNS,
        is_costly: false,
        interval: |_, a, b| {
            pseudo_median(&differences(a, b).ok()?, ALPHA, TwoSided).map(|shift| shift.interval)
        },
        truth: |d| d,
    },
    Measure {
        name: "hedges-gz",
        of: "mean/SD of a - b",
        center: Center::Mean,
        designs: &DESIGNS,
        is_costly: true,
        interval: |_, a, b| hedges_gz(a, b, ALPHA, TwoSided).map(|effect| effect.interval),
        truth: |d| d,
    },
    // Of a normal a with variance 2 and an independent b with variance 1, though a and b come in pairs.
    Measure {
        name: "cliff-delta",
        of: "P(a > b) - P(a < b)",
        center: Center::Mean,
        designs: DESIGNS.split_at(2).0,
        is_costly: false,
        interval: |_, a, b| cliff_delta(a, b, ALPHA, TwoSided).map(|effect| effect.interval),
        truth: |d| 2.0 * normal_cdf(d / 3.0_f64.sqrt()) - 1.0,
    },
    Measure {
        name: "corrected-t",
        of: MEAN,
        center: Center::Mean,
        designs: &FOLDS,
        is_costly: false,
        interval: |design, a, b| {
            corrected_t(a, b, design.test_over_train()).ok().map(|test| test.interval(ALPHA, TwoSided))
        },
        truth: |d| d,
    },
    Measure {
        name: "t of one mean",
        of: "mean",
        center: Center::Mean,
        designs: &DESIGNS,
        is_costly: false,
        interval: |_, a, b| mean_interval(&Sample::from_values(&differences(a, b).ok()?), ALPHA, TwoSided),
        truth: |d| d,
    },
];

/// Coverage without an effect and with d = 1.
pub(crate) fn coverage(effort: &Effort) -> Vec<Coverage> {
    let mut rows = Vec::new();
    for measure in &MEASURES {
        let n = if measure.is_costly { effort.costly } else { effort.cheap };
        for (at, design) in measure.designs.iter().enumerate() {
            let share = |d: f64, seed: u64| {
                let one = |stream: &mut Stream| {
                    let [a, b] = design.draw(measure.center, d, stream);
                    [holds((measure.interval)(design, &a, &b), (measure.truth)(d))]
                };
                let [share] = count(n, seed + at as u64, one);
                Some(share)
            };
            rows.push(Coverage {
                interval: measure.name,
                of: measure.of,
                data: design.name(),
                n,
                shares: [share(0.0, effort.seed + 220), share(1.0, effort.seed + 230)],
            });
        }
    }
    rows.extend(bootstrapped(effort));
    rows
}

const KINDS: [BootstrapKind; 3] = [BootstrapKind::Percentile, BootstrapKind::Basic, BootstrapKind::Bca];

/// The three bootstrap intervals of a mean, of one set of replicates: they move with the data, so one effect tells all.
fn bootstrapped(effort: &Effort) -> Vec<Coverage> {
    let mut rows = Vec::new();
    for (at, design) in DESIGNS.iter().enumerate() {
        let one = |stream: &mut Stream| {
            let [a, b] = design.draw(Center::Mean, 0.0, stream);
            let values: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
            resampled(&values, stream.bits()).map(|interval| holds(interval, 0.0))
        };
        let shares = count(effort.costly, effort.seed + 240 + at as u64, one);
        let names = ["bootstrap, percentile", "bootstrap, basic", "bootstrap, BCa"];
        rows.extend(names.into_iter().zip(shares).map(|(interval, share)| Coverage {
            interval,
            of: "mean",
            data: design.name(),
            n: effort.costly,
            shares: [Some(share), None],
        }));
    }
    rows.sort_by_key(|row| {
        KINDS.iter().position(|kind| row.interval.to_lowercase().ends_with(kind.as_str()))
    });
    rows
}

fn resampled(values: &[f64], seed: u64) -> [Option<Interval>; 3] {
    let config =
        BootstrapConfig { reps: 2000, seed, alpha: ALPHA, kind: BootstrapKind::Bca, max_undefined: 0.0 };
    let mean = |resample: &Resample<'_>| {
        let sum: f64 = resample.indices.iter().map(|at| values[*at]).sum();
        Some(sum / values.len() as f64)
    };
    let Ok(found) = bootstrap(&Plan::Simple { n: values.len() }, &config, mean) else { return [None; 3] };
    let replicates: Vec<f64> = found.replicates.iter().flatten().copied().collect();
    KINDS.map(|kind| bootstrap_interval(kind, &replicates, found.estimate, found.acceleration, ALPHA).ok())
}
