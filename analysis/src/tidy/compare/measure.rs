//! One pair of models through one test: statistic, p-value, interval and effect.
//!
//! Comes in: two groups and what to compute. Goes out: [`Measured`]. The formulas are in [`crate::stat`]; nothing is
//! adjusted or judged here.

use super::CompareConfig;
use super::pairing::{pair, values};
use crate::input::Spread;
use crate::stat::{
    Alternative, Effect, Interval, RankTest, Sample, Side, TTest, Untestable, Zeros, brunner_munzel,
    brunner_munzel_permuted, cliff_delta, corrected_t, hedges_g, hedges_gz, hodges_lehmann, mann_whitney,
    paired_t, permutation, permutation_interval, pseudo_median, sign_flip, sign_flip_interval, snap, student,
    tost, welch, wilcoxon,
};
use crate::tidy::verdict::Test;

/// Below this many values a group's Brunner-Munzel test takes its permuted form (Neubert & Brunner 2007).
const FEW_FOR_BRUNNER_MUNZEL: usize = 10;

/// What a test says about a pair.
#[derive(Debug, Clone)]
pub(in crate::tidy) struct Measured {
    /// The values behind the test; those of the pairs for a paired test.
    pub(in crate::tidy) samples: [Sample; 2],
    pub(in crate::tidy) statistic: f64,
    pub(in crate::tidy) df: Option<f64>,
    pub(in crate::tidy) p_value: f64,
    /// Only where the test adjusts for the other comparisons itself.
    pub(in crate::tidy) p_adjusted: Option<f64>,
    pub(in crate::tidy) least_p: Option<f64>,
    pub(in crate::tidy) null: &'static str,
    pub(in crate::tidy) estimate: f64,
    /// The 1 - alpha interval of the estimate.
    pub(in crate::tidy) interval: Option<Interval>,
    /// The 1 - 2 alpha interval of the estimate, two-sided.
    pub(in crate::tidy) wide: Option<Interval>,
    pub(in crate::tidy) effect: Option<Effect>,
    pub(in crate::tidy) p_equivalence: Option<f64>,
    /// What a reader of the row should know.
    pub(in crate::tidy) note: Option<String>,
}

/// Tests `a` against `b` by the test of `config`; Dunnett's is not among them, it needs all groups at once.
pub(in crate::tidy) fn measure(
    a: &Spread,
    b: &Spread,
    samples: [Sample; 2],
    config: &CompareConfig,
) -> Result<Measured, Untestable> {
    match config.test {
        Test::Welch => Ok(by_t(welch(&samples[0], &samples[1])?, samples, config)),
        Test::Student | Test::Dunnett => Ok(by_t(student(&samples[0], &samples[1])?, samples, config)),
        Test::PairedT | Test::CorrectedT | Test::Wilcoxon | Test::SignFlip => paired(a, b, config),
        Test::MannWhitney | Test::BrunnerMunzel | Test::Permutation => {
            unpaired(values(a, Side::A)?, values(b, Side::B)?, samples, config)
        }
    }
}

/// The parts of a t test of two independent groups.
fn by_t(test: TTest, samples: [Sample; 2], config: &CompareConfig) -> Measured {
    let effect = hedges_g(&samples[0], &samples[1], config.alpha, config.alternative);
    from_t(&test, samples, effect, config)
}

fn from_t(test: &TTest, samples: [Sample; 2], effect: Option<Effect>, config: &CompareConfig) -> Measured {
    Measured {
        samples,
        statistic: test.statistic,
        df: Some(test.df),
        p_value: test.p_value(config.alternative),
        p_adjusted: None,
        least_p: None,
        null: "t",
        estimate: test.diff,
        interval: Some(test.interval(config.alpha, config.alternative)),
        wide: wide_alpha(config).map(|alpha| test.interval(alpha, Alternative::TwoSided)),
        effect,
        p_equivalence: config.margin.and_then(|margin| tost(test, margin).ok()).map(|tost| tost.p_value),
        note: None,
    }
}

/// 2 alpha, where an interval of that level exists.
fn wide_alpha(config: &CompareConfig) -> Option<f64> {
    Some(2.0 * config.alpha).filter(|alpha| *alpha < 1.0)
}

fn paired(a: &Spread, b: &Spread, config: &CompareConfig) -> Result<Measured, Untestable> {
    let pairs = pair(a, b)?;
    let samples = [Sample::from_values(&pairs.a), Sample::from_values(&pairs.b)];
    let differences = crate::stat::differences(&pairs.a, &pairs.b)?;
    let (alpha, alternative, draws) = (config.alpha, config.alternative, config.draws);
    let mut measured = match config.test {
        Test::Wilcoxon => {
            let shift = |alpha, alternative| pseudo_median(&differences, alpha, alternative);
            let shown = shift(alpha, alternative);
            Measured {
                estimate: shown.as_ref().map_or(0.0, |shift| shift.estimate),
                interval: shown.map(|shift| shift.interval),
                wide: wide_alpha(config)
                    .and_then(|alpha| shift(alpha, Alternative::TwoSided))
                    .map(|shift| shift.interval),
                // Cliff's interval is for independent groups.
                effect: cliff_delta(&pairs.a, &pairs.b, alpha, alternative).map(without_interval),
                ..from_ranks(&wilcoxon(&differences, Zeros::Pratt)?, samples, config)
            }
        }
        Test::SignFlip => {
            let interval = |alpha, alternative| {
                sign_flip_interval(&differences, alpha, alternative, draws.reps, draws.seed)
            };
            let test = sign_flip(&differences, draws.reps, draws.seed)?;
            Measured {
                interval: interval(alpha, alternative),
                wide: wide_alpha(config).and_then(|alpha| interval(alpha, Alternative::TwoSided)),
                effect: hedges_gz(&pairs.a, &pairs.b, alpha, alternative),
                ..from_ranks(&test, samples, config)
            }
        }
        _ => {
            let test = match config.test_over_train {
                Some(ratio) if config.test == Test::CorrectedT => corrected_t(&pairs.a, &pairs.b, ratio)?,
                _ => paired_t(&pairs.a, &pairs.b)?,
            };
            let mut effect = hedges_gz(&pairs.a, &pairs.b, alpha, alternative);
            if config.test == Test::CorrectedT {
                // Its interval would take the folds for independent.
                effect = effect.map(without_interval);
            }
            from_t(&test, samples, effect, config)
        }
    };
    if pairs.n_single > 0 {
        let n = pairs.n_single;
        let word = if n == 1 { "value has" } else { "values have" };
        measured.note = Some(format!(
            "{n} {word} no partner under the same seed and {} left out",
            if n == 1 { "is" } else { "are" }
        ));
    }
    Ok(measured)
}

/// Separation leaves Brunner and Munzel's t no variance; exact tests need none.
fn name_another(why: Untestable) -> Untestable {
    match why {
        Untestable::PerfectSeparation => Untestable::Because(format!(
            "{}; use mann-whitney or permutation, which need none",
            why.explain("", "")
        )),
        why => why,
    }
}

/// An effect whose interval is not to be had.
pub(in crate::tidy) fn without_interval(effect: Effect) -> Effect {
    Effect { interval: Interval { low: None, high: None }, ..effect }
}

fn unpaired(
    a: &[f64],
    b: &[f64],
    samples: [Sample; 2],
    config: &CompareConfig,
) -> Result<Measured, Untestable> {
    let (alpha, alternative, draws) = (config.alpha, config.alternative, config.draws);
    if config.test == Test::Permutation {
        let interval =
            |alpha, alternative| permutation_interval(a, b, alpha, alternative, draws.reps, draws.seed);
        let test = permutation(a, b, draws.reps, draws.seed)?;
        return Ok(Measured {
            interval: interval(alpha, alternative),
            wide: wide_alpha(config).and_then(|alpha| interval(alpha, Alternative::TwoSided)),
            effect: hedges_g(&samples[0], &samples[1], alpha, alternative),
            ..from_ranks(&test, samples, config)
        });
    }
    // Values that differ by no more than rounding are a tie.
    let tied = snap(&[a, b].concat());
    let (a, b) = tied.split_at(a.len());
    let test = match config.test {
        Test::BrunnerMunzel if a.len().min(b.len()) < FEW_FOR_BRUNNER_MUNZEL => {
            brunner_munzel_permuted(a, b, draws.reps, draws.seed)?
        }
        Test::BrunnerMunzel => brunner_munzel(a, b).map_err(name_another)?,
        _ => mann_whitney(a, b)?,
    };
    let shift = |alpha, alternative| hodges_lehmann(a, b, alpha, alternative);
    let shown = shift(alpha, alternative);
    Ok(Measured {
        estimate: shown.as_ref().map_or(0.0, |shift| shift.estimate),
        interval: shown.map(|shift| shift.interval),
        wide: wide_alpha(config)
            .and_then(|alpha| shift(alpha, Alternative::TwoSided))
            .map(|shift| shift.interval),
        effect: cliff_delta(a, b, alpha, alternative),
        ..from_ranks(&test, samples, config)
    })
}

/// What rank and permutation tests share; interval and effect are the caller's.
fn from_ranks(test: &RankTest, samples: [Sample; 2], config: &CompareConfig) -> Measured {
    Measured {
        statistic: test.statistic,
        df: test.df,
        p_value: test.p.of(config.alternative),
        p_adjusted: None,
        least_p: Some(test.least_p.of(config.alternative)).filter(|least| *least > 0.0),
        null: test.null.as_str(),
        estimate: samples[0].mean.zip(samples[1].mean).map_or(0.0, |(a, b)| a - b),
        interval: None,
        wide: None,
        effect: None,
        p_equivalence: None,
        note: None,
        samples,
    }
}
