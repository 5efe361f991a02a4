//! Scores of single cases, such as the Dice of a mask, compared patient by patient.
//!
//! Comes in: a book of cases. Goes out: comparison rows; the unit is the patient, or the case where every case is a patient
//! of its own. The tests are in [`crate::stat`].

use super::ComparisonRow;
use super::compare::{
    Drafted, Draws, Family, MEAN_DIFFERENCE, Measured, SHIFT, Subject, draft, settle, without_interval,
};
use super::pairs::Pairs;
use super::summarize::{check_alpha, check_margin};
use super::verdict::AdjustOver;
use crate::error::Result;
use crate::input::{CaseBook, Unit};
use crate::named::named_cell;
use crate::stat::{
    Adjust, Alternative, BootstrapConfig, BootstrapKind, Effect, Plan, RankTest, Sample, Untestable, Zeros,
    bootstrap, cliff_delta, differences, hedges_gz, paired_t, pseudo_median, sign_flip, sign_flip_interval,
    tost, wilcoxon,
};

/// Patients below which resampling is refused: of null data sets with 10 patients about 7 in 100 came out significant at
/// .05, with 2 to 6 between 13 and 55 (150 data sets each).
const LEAST_RESAMPLED: usize = 20;

/// Tests of the patients' differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CasesTest {
    /// Signs of the patients' mean differences.
    SignFlip,
    /// Signed ranks.
    Wilcoxon,
    /// Mean difference.
    PairedT,
    /// Resampled patients, BCa interval.
    Bootstrap,
}
named_cell!(CasesTest, "test", SignFlip => "sign-flip", Wilcoxon => "wilcoxon", PairedT => "paired-t",
    Bootstrap => "bootstrap");

/// What to compare and how.
#[derive(Debug, Clone, PartialEq)]
pub struct CasesPlan {
    /// Which pairs.
    pub pairs: Pairs,
    /// Test.
    pub test: CasesTest,
    /// Adjustment of the p-values.
    pub adjust: Adjust,
    /// Their family.
    pub adjust_over: AdjustOver,
    /// Direction.
    pub alternative: Alternative,
    /// Level.
    pub alpha: f64,
    /// Margin of equivalence, a fraction.
    pub margin: Option<f64>,
    /// For tests that draw.
    pub draws: Draws,
}

/// Compares models on the same cases: a case's score is the mean over a model's runs, a patient's the mean over the cases
/// of the patient. Rows are sorted by task, score, model_a, model_b.
///
/// # Errors
/// When alpha or margin is out of range, or the baseline is no model.
pub fn compare_cases(books: &[CaseBook], plan: &CasesPlan) -> Result<Vec<ComparisonRow>> {
    check_alpha(plan.alpha)?;
    check_margin(plan.margin, plan.alpha)?;
    plan.pairs.check(books.iter().flat_map(CaseBook::models))?;
    let mut rows = Vec::new();
    for book in books {
        for label in 0..book.labels.len() {
            rows.extend(of_label(book, label, plan));
        }
    }
    let family = Family {
        adjust: plan.adjust,
        over: plan.adjust_over,
        alpha: plan.alpha,
        margin: plan.margin,
        is_adjusted: false,
    };
    Ok(settle(rows, &family))
}

/// Mean score of each case over a model's runs; `None` where a run did not score it.
fn case_means(book: &CaseBook, label: usize, model: &str) -> Vec<Option<f64>> {
    let runs = book.runs_of(model);
    (0..book.cases.len())
        .map(|case| {
            let scored: Option<Vec<f64>> = runs.iter().map(|run| run.scores[label][case]).collect();
            scored
                .filter(|scored| !scored.is_empty())
                .map(|scored| scored.iter().sum::<f64>() / scored.len() as f64)
        })
        .collect()
}

/// Mean of each patient over the cases that `counts`; `None` for a patient without one.
fn patients(book: &CaseBook, scores: &[Option<f64>], counts: impl Fn(usize) -> bool) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0_usize); book.n_groups];
    for (case, score) in scores.iter().enumerate().filter(|(case, _)| counts(*case)) {
        if let Some(score) = score {
            let (sum, n) = &mut sums[book.groups[case]];
            *sum += score;
            *n += 1;
        }
    }
    sums.into_iter().map(|(sum, n)| (n > 0).then(|| sum / n as f64)).collect()
}

/// Patients of both models, by the cases that both scored, and what a reader should know about them.
fn pair_patients(
    book: &CaseBook,
    a: &[Option<f64>],
    b: &[Option<f64>],
    most_runs: usize,
) -> (Vec<f64>, Vec<f64>, Option<String>) {
    let both = |case: usize| a[case].is_some() && b[case].is_some();
    let (of_a, of_b) = (patients(book, a, both), patients(book, b, both));
    let (of_a, of_b) = of_a.into_iter().zip(of_b).filter_map(|(a, b)| a.zip(b)).unzip();
    let mut notes = Vec::new();
    let single = (0..book.cases.len()).filter(|case| a[*case].is_some() != b[*case].is_some()).count();
    if single > 0 {
        notes.push(format!("{single} cases that only one of the two models scored are left out"));
    }
    if most_runs > 1 {
        notes.push(format!(
            "a case's score is the mean over up to {most_runs} training runs: how another run would come out is not in \
             this interval"
        ));
    }
    (of_a, of_b, (!notes.is_empty()).then(|| notes.join("; ")))
}

fn of_label(book: &CaseBook, label: usize, plan: &CasesPlan) -> Vec<Drafted> {
    let models = book.models();
    let scores: Vec<Vec<Option<f64>>> = models.iter().map(|model| case_means(book, label, model)).collect();
    let sample = |model: usize| {
        let of_patients = patients(book, &scores[model], |_| true);
        Sample::from_values(&of_patients.into_iter().flatten().collect::<Vec<f64>>())
    };
    plan.pairs
        .among(&models, |model| sample(model).mean)
        .into_iter()
        .map(|(a, b)| {
            let runs = [a, b].map(|model| book.runs_of(models[model]).len());
            let (of_a, of_b, note) = pair_patients(book, &scores[a], &scores[b], runs[0].max(runs[1]));
            let subject = Subject {
                task: &book.task,
                metric: &book.labels[label],
                model_a: models[a],
                model_b: models[b],
                samples: [sample(a), sample(b)],
                test: plan.test.as_str(),
                unit: if book.n_groups < book.cases.len() { Unit::Patient } else { Unit::Case },
                effect_kind: match plan.test {
                    CasesTest::Wilcoxon => Effect::CLIFF_DELTA,
                    _ => Effect::HEDGES_GZ,
                },
                estimand: if plan.test == CasesTest::Wilcoxon { SHIFT } else { MEAN_DIFFERENCE },
            };
            let tested = tested(&of_a, &of_b, plan).map(|measured| Measured { note, ..measured });
            draft(&subject, tested)
        })
        .collect()
}

/// Test and interval of the patients' differences.
fn tested(a: &[f64], b: &[f64], plan: &CasesPlan) -> Result<Measured, Untestable> {
    let (alpha, alternative, draws) = (plan.alpha, plan.alternative, plan.draws);
    let wide = (alpha < 0.5).then_some(2.0 * alpha);
    let blank = |statistic: f64, p_value: f64| blank(a, b, statistic, p_value, plan);
    let by_ranks = |test: &RankTest| Measured {
        least_p: Some(test.least_p.of(alternative)).filter(|least| *least > 0.0),
        null: test.null.as_str(),
        ..blank(test.statistic, test.p.of(alternative))
    };
    match plan.test {
        CasesTest::PairedT => {
            let test = paired_t(a, b)?;
            Ok(Measured {
                df: Some(test.df),
                interval: Some(test.interval(alpha, alternative)),
                wide: wide.map(|alpha| test.interval(alpha, Alternative::TwoSided)),
                p_equivalence: plan
                    .margin
                    .and_then(|margin| tost(&test, margin).ok())
                    .map(|tost| tost.p_value),
                ..blank(test.statistic, test.p_value(alternative))
            })
        }
        CasesTest::SignFlip => {
            let found = differences(a, b)?;
            let interval =
                |alpha, alternative| sign_flip_interval(&found, alpha, alternative, draws.reps, draws.seed);
            Ok(Measured {
                interval: interval(alpha, alternative),
                wide: wide.and_then(|alpha| interval(alpha, Alternative::TwoSided)),
                ..by_ranks(&sign_flip(&found, draws.reps, draws.seed)?)
            })
        }
        CasesTest::Wilcoxon => {
            let found = differences(a, b)?;
            let shift = |alpha, alternative| pseudo_median(&found, alpha, alternative);
            Ok(Measured {
                estimate: shift(alpha, alternative).map_or(0.0, |shift| shift.estimate),
                interval: shift(alpha, alternative).map(|shift| shift.interval),
                wide: wide.and_then(|alpha| shift(alpha, Alternative::TwoSided)).map(|shift| shift.interval),
                effect: cliff_delta(a, b, alpha, alternative).map(without_interval),
                ..by_ranks(&wilcoxon(&found, Zeros::Pratt)?)
            })
        }
        CasesTest::Bootstrap => resampled(&differences(a, b)?, plan, blank),
    }
}

/// A p-value without interval.
fn blank(a: &[f64], b: &[f64], statistic: f64, p_value: f64, plan: &CasesPlan) -> Measured {
    let samples = [Sample::from_values(a), Sample::from_values(b)];
    Measured {
        samples,
        statistic,
        df: None,
        p_value,
        p_adjusted: None,
        least_p: None,
        null: "t",
        estimate: samples[0].mean.zip(samples[1].mean).map_or(0.0, |(a, b)| a - b),
        interval: None,
        wide: None,
        effect: hedges_gz(a, b, plan.alpha, plan.alternative),
        p_equivalence: None,
        note: None,
    }
}

/// BCa interval of the mean difference over patients, and the p-value of the resampled means.
fn resampled(
    found: &[f64],
    plan: &CasesPlan,
    blank: impl Fn(f64, f64) -> Measured,
) -> Result<Measured, Untestable> {
    let n = found.len();
    if n < LEAST_RESAMPLED {
        let why = format!(
            "{n} patients; a bootstrap of fewer than {LEAST_RESAMPLED} is too sure of itself: use --test sign-flip or paired-t"
        );
        return Err(Untestable::Because(why));
    }
    let at = |alpha: f64| {
        let config = BootstrapConfig {
            reps: usize::try_from(plan.draws.reps).unwrap_or(usize::MAX),
            seed: plan.draws.seed,
            alpha,
            kind: BootstrapKind::Bca,
            max_undefined: 0.0,
        };
        bootstrap(&Plan::Simple { n }, &config, |resample| {
            Some(resample.indices.iter().map(|idx| found[*idx]).sum::<f64>() / n as f64)
        })
    };
    // A one-sided interval of level 1 - alpha is an end of the two-sided one of level 1 - 2 alpha.
    let two_sided = plan.alternative == Alternative::TwoSided;
    let boot = at(if two_sided { plan.alpha } else { (2.0 * plan.alpha).min(0.999) })?;
    let mut interval = boot.interval.clone()?;
    match plan.alternative {
        Alternative::TwoSided => {}
        Alternative::Greater => interval.high = None,
        Alternative::Less => interval.low = None,
    }
    let share = |beyond: &dyn Fn(f64) -> bool| {
        let count = boot.replicates.iter().flatten().filter(|mean| beyond(**mean)).count();
        (1 + count) as f64 / (1 + boot.replicates.len()) as f64
    };
    let (greater, less) = (share(&|mean| mean <= 0.0), share(&|mean| mean >= 0.0));
    let p_value = match plan.alternative {
        Alternative::TwoSided => (2.0 * greater.min(less)).min(1.0),
        Alternative::Greater => greater,
        Alternative::Less => less,
    };
    let wide =
        if plan.margin.is_some() && plan.alpha < 0.5 { at(2.0 * plan.alpha)?.interval.ok() } else { None };
    let least = if two_sided { 2.0 } else { 1.0 } / (1 + boot.replicates.len()) as f64;
    Ok(Measured {
        null: "bootstrap",
        least_p: Some(least),
        interval: Some(interval),
        wide,
        ..blank(boot.estimate, p_value)
    })
}
