//! Seeds and cases together: AUC with training seeds as readers (Obuchowski & Rockette 1995).
//!
//! Comes in: a book of cases with several runs a model. Goes out: comparison rows. The analysis is in [`crate::stat`].

use super::ComparisonRow;
use super::compare::{Drafted, Draws, Family, MEAN_DIFFERENCE, Measured, Subject, draft, settle};
use super::pairs::Pairs;
use super::summarize::{check_alpha, check_margin};
use super::verdict::AdjustOver;
use crate::error::Result;
use crate::input::{CaseBook, Unit};
use crate::metric::auc;
use crate::named::named_cell;
use crate::stat::{
    Adjust, Alternative, RandomPart, Readers, ReadersConfig, Sample, SeedDesign, TwoWayConfig, Untestable,
    readers_auc, tost, twoway_auc_difference,
};

/// How runs and cases are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadersMethod {
    /// The analysis of variance of Obuchowski and Rockette (1995), degrees of freedom after Hillis.
    ObuchowskiRockette,
    /// Runs and patients resampled apart (Owen 2007).
    Bootstrap,
}
named_cell!(ReadersMethod, "method", ObuchowskiRockette => "obuchowski-rockette", Bootstrap => "bootstrap");

/// What to compare and how.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadersPlan {
    /// Which pairs.
    pub pairs: Pairs,
    /// Method.
    pub method: ReadersMethod,
    /// For the bootstrap.
    pub draws: Draws,
    /// How seeds belong to models.
    pub design: SeedDesign,
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
}

/// Compares models' AUCs as both another training run and another test set would show them; rows by task, label (as
/// metric `auc:label` where there are several), model_a, model_b.
///
/// # Errors
/// When alpha is out of range, or the baseline is no model.
pub fn readers(books: &[CaseBook], plan: &ReadersPlan) -> Result<Vec<ComparisonRow>> {
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

/// The runs of every model on the cases that all of them scored.
#[derive(Debug)]
struct Complete<'a> {
    models: Vec<&'a str>,
    /// `[model][seed][case]`.
    scores: Vec<Vec<Vec<f64>>>,
    targets: Vec<bool>,
    groups: Option<Vec<usize>>,
    n_left_out: usize,
}

fn complete(book: &CaseBook, label: usize) -> Complete<'_> {
    let models = book.models();
    let known = |case: &usize| {
        book.targets[label][*case].is_some() && book.runs.iter().all(|run| run.scores[label][*case].is_some())
    };
    let cases: Vec<usize> = (0..book.cases.len()).filter(known).collect();
    let n_known = (0..book.cases.len()).filter(|case| book.targets[label][*case].is_some()).count();
    let of_run = |run: &&crate::input::CaseRun| -> Vec<f64> {
        cases.iter().filter_map(|case| run.scores[label][*case]).collect()
    };
    Complete {
        scores: models.iter().map(|model| book.runs_of(model).iter().map(of_run).collect()).collect(),
        models,
        targets: cases.iter().map(|case| book.targets[label][*case] == Some(true)).collect(),
        groups: (book.n_groups < book.cases.len())
            .then(|| cases.iter().map(|case| book.groups[*case]).collect()),
        n_left_out: n_known - cases.len(),
    }
}

fn of_label(book: &CaseBook, label: usize, plan: &ReadersPlan) -> Vec<Drafted> {
    let metric = if book.labels.len() > 1 { format!("auc:{}", book.labels[label]) } else { "auc".to_owned() };
    let complete = complete(book, label);
    let config = ReadersConfig { design: plan.design, random: RandomPart::SeedsAndCases, alpha: plan.alpha };
    let aucs = |model: usize| -> Sample {
        let of_seeds: Option<Vec<f64>> =
            complete.scores[model].iter().map(|scores| auc(scores, &complete.targets)).collect();
        Sample::from_values(&of_seeds.unwrap_or_default())
    };
    plan.pairs
        .among(&complete.models, |model| aucs(model).mean)
        .into_iter()
        .map(|(a, b)| {
            let tested = compared(&complete, a, b, &config, plan, [aucs(a), aucs(b)]);
            let subject = Subject {
                task: &book.task,
                metric: &metric,
                model_a: complete.models[a],
                model_b: complete.models[b],
                samples: [aucs(a), aucs(b)],
                test: plan.method.as_str(),
                unit: Unit::Seed,
                effect_kind: "",
                estimand: MEAN_DIFFERENCE,
            };
            draft(&subject, tested)
        })
        .collect()
}

/// Two models by themselves: their covariances are not pooled with those of the others.
fn compared(
    complete: &Complete<'_>,
    a: usize,
    b: usize,
    config: &ReadersConfig,
    plan: &ReadersPlan,
    samples: [Sample; 2],
) -> Result<Measured, Untestable> {
    if plan.method == ReadersMethod::Bootstrap {
        return resampled(complete, a, b, plan, samples);
    }
    let scores = [complete.scores[a].clone(), complete.scores[b].clone()];
    let found: Readers = readers_auc(&scores, &complete.targets, complete.groups.as_deref(), config)?;
    let term = found.pairs.first().cloned().unwrap_or(Err(Untestable::NoBaseline))?;
    let test = term.test();
    let mut notes = found.warnings.clone();
    if complete.n_left_out > 0 {
        notes.push(format!("{} cases that some run did not score are left out", complete.n_left_out));
    }
    Ok(Measured {
        samples,
        statistic: test.statistic,
        // Without variance between seeds the test is a z test.
        df: Some(test.df).filter(|df| df.is_finite()),
        p_value: test.p_value(plan.alternative),
        p_adjusted: None,
        least_p: None,
        null: if test.df.is_finite() { "t" } else { "normal" },
        estimate: test.diff,
        interval: Some(test.interval(plan.alpha, plan.alternative)),
        wide: (plan.alpha < 0.5).then(|| test.interval(2.0 * plan.alpha, Alternative::TwoSided)),
        effect: None,
        p_equivalence: plan.margin.and_then(|margin| tost(&test, margin).ok()).map(|tost| tost.p_value),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    })
}

/// Runs and patients resampled apart; two-sided.
fn resampled(
    complete: &Complete<'_>,
    a: usize,
    b: usize,
    plan: &ReadersPlan,
    samples: [Sample; 2],
) -> Result<Measured, Untestable> {
    if plan.alternative != Alternative::TwoSided {
        let why = "the bootstrap over runs and patients is two-sided; use --method obuchowski-rockette";
        return Err(Untestable::Because(why.to_owned()));
    }
    let at = |alpha: f64| {
        let config = TwoWayConfig {
            n_resamples: usize::try_from(plan.draws.reps).unwrap_or(usize::MAX),
            seed: plan.draws.seed,
            alpha,
            design: plan.design,
        };
        let (a, b) = (&complete.scores[a], &complete.scores[b]);
        twoway_auc_difference(a, b, &complete.targets, complete.groups.as_deref(), &config)
    };
    let found = at(plan.alpha)?;
    let wide =
        if plan.margin.is_some() && plan.alpha < 0.5 { Some(at(2.0 * plan.alpha)?.interval) } else { None };
    Ok(Measured {
        samples,
        statistic: found.estimate,
        df: None,
        p_value: found.p_value,
        p_adjusted: None,
        least_p: None,
        null: "bootstrap",
        estimate: found.estimate,
        interval: Some(found.interval),
        wide,
        effect: None,
        p_equivalence: None,
        note: (found.n_used < usize::try_from(plan.draws.reps).unwrap_or(usize::MAX)).then(|| {
            format!(
                "{} of {} resamples lost a class and are left out",
                plan.draws.reps - found.n_used as u64,
                plan.draws.reps
            )
        }),
    })
}
