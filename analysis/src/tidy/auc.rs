//! AUCs of predictions, model against model, label by label or over all labels.
//!
//! Comes in: a book of cases. Goes out: rows with AUCs, variances, differences and tests. The formulas are in
//! [`crate::stat`]; here models are paired on their cases, and p-values adjusted as a family.

mod row;
mod runs;
mod view;

use super::compare::Draws;
use super::pairs::Pairs;
use super::summarize::check_alpha;
use super::verdict::{AdjustOver, Verdict};
use crate::error::Result;
use crate::input::CaseBook;
use crate::metric::auc;
use crate::named::named_cell;
use crate::stat::{
    Adjust, Alternative, AucBootstrapConfig, AucTest, Interval, Labels, Rated, Strata, Untestable, adjust,
    delong, delong_paired, delong_unpaired, macro_auc, macro_auc_bootstrap, macro_auc_paired,
};
use view::{View, scores_of};

pub use runs::{RunAucRow, run_aucs};

pub use row::AucRow;

/// How variances and p-values are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AucMethod {
    /// DeLong's covariance, by patient where patients repeat.
    Delong,
    /// Resampled patients, the same for all models and labels.
    Bootstrap,
}
named_cell!(AucMethod, "method", Delong => "delong", Bootstrap => "bootstrap");

/// What to compare and how.
#[derive(Debug, Clone, PartialEq)]
pub struct AucConfig {
    /// Which pairs; `None` for every model by itself.
    pub pairs: Option<Pairs>,
    /// Method.
    pub method: AucMethod,
    /// True to insist on pairs of cases, false to take cases as independent; `None` finds out by the cases' names.
    pub paired: Option<bool>,
    /// One row over all labels.
    pub is_macro: bool,
    /// Average a model's scores over its seeds.
    pub ensemble: bool,
    /// Adjustment of the p-values.
    pub adjust: Adjust,
    /// Their family.
    pub adjust_over: AdjustOver,
    /// Direction.
    pub alternative: Alternative,
    /// Level.
    pub alpha: f64,
    /// For the bootstrap.
    pub draws: Draws,
}

/// AUCs of every task, label and pair; rows are sorted by task, label, model_a, model_b.
///
/// The unit is the patient: a patient's cases are taken together (Obuchowski 1997), and it is the patients that are
/// resampled. How another training run would come out is not in these intervals: that is [`super::readers`].
///
/// # Errors
/// When alpha is out of range, the baseline is no model of any task, or a model has several seeds and it is not said what
/// to do with them.
pub fn compare_auc(books: &[CaseBook], config: &AucConfig) -> Result<Vec<AucRow>> {
    check_alpha(config.alpha)?;
    if let Some(pairs) = &config.pairs {
        pairs.check(books.iter().flat_map(CaseBook::models))?;
    }
    let mut rows = Vec::new();
    for book in books {
        let models: Vec<(&str, Vec<Vec<Option<f64>>>)> = book
            .models()
            .into_iter()
            .map(|model| Ok((model, scores_of(book, model, config.ensemble)?)))
            .collect::<Result<_>>()?;
        let labels: Vec<Vec<usize>> = match config.is_macro {
            true => vec![(0..book.labels.len()).collect()],
            false => (0..book.labels.len()).map(|label| vec![label]).collect(),
        };
        for labels in labels {
            let view = View { book, models: &models, labels };
            rows.extend(view.pairs(config).into_iter().map(|(a, b)| row(&view, a, b, config)));
        }
    }
    match config.adjust_over {
        AdjustOver::All => adjust_rows(&mut rows, config),
        AdjustOver::Task => {
            for family in rows.chunk_by_mut(|a, b| a.task == b.task) {
                adjust_rows(family, config);
            }
        }
    }
    Ok(rows)
}

fn adjust_rows(rows: &mut [AucRow], config: &AucConfig) {
    let p_values: Vec<Option<f64>> = rows.iter().map(|row| row.p_value).collect();
    for (row, adjusted) in rows.iter_mut().zip(adjust(&p_values, config.adjust)) {
        row.p_adjusted = adjusted;
        if row.model_b.is_none() {
            continue;
        }
        let verdict = match (adjusted, row.diff) {
            (Some(p), Some(diff)) if p < config.alpha && diff > 0.0 => Verdict::Better,
            (Some(p), Some(_)) if p < config.alpha => Verdict::Worse,
            (Some(_), _) => Verdict::Inconclusive,
            (None, _) => Verdict::Untestable,
        };
        row.verdict = Some(verdict.as_str().to_owned());
    }
}

/// What was found about one pair or one model.
#[derive(Debug, Default)]
struct Found {
    aucs: [Option<f64>; 2],
    vars: [Option<f64>; 2],
    cov: Option<f64>,
    interval: Option<Interval>,
    statistic: Option<f64>,
    df: Option<f64>,
    p_value: Option<f64>,
    note: Option<String>,
}

fn row(view: &View<'_>, a: usize, b: Option<usize>, config: &AucConfig) -> AucRow {
    let (model_a, _) = view.models[a];
    let model_b = b.map(|b| view.models[b].0);
    let paired = b.map(|b| config.paired.unwrap_or_else(|| view.share_cases(a, b)));
    let both: Vec<usize> = match (b, paired) {
        (Some(b), Some(true)) => vec![a, b],
        _ => vec![a],
    };
    let targets = view.targets(&both);
    let counted = view.counts(&targets);
    let found = match (b, paired) {
        (None, _) => single(view, a, &targets, config),
        (Some(b), Some(false)) => unpaired(view, a, b, config),
        (Some(b), _) => pair(view, a, b, &targets, config),
    };
    let (found, reason) = match found {
        Ok(found) => {
            let notes: Vec<String> =
                found.note.iter().cloned().chain(view.left_out(&targets, &both)).collect();
            (found, (!notes.is_empty()).then(|| notes.join("; ")))
        }
        Err(why) => {
            let name_b = model_b.unwrap_or("");
            let mut found = Found::default();
            // What can be said about a model by itself is said.
            found.aucs[0] = view.auc_of(a, &targets);
            found.aucs[1] = b.and_then(|b| view.auc_of(b, &targets));
            (found, Some(why.explain(model_a, name_b)))
        }
    };
    AucRow {
        label: view.label(config.is_macro),
        model_a: model_a.to_owned(),
        model_b: model_b.map(str::to_owned),
        auc_a: found.aucs[0],
        auc_b: found.aucs[1],
        var_a: found.vars[0],
        var_b: found.vars[1],
        cov: found.cov,
        diff: found.aucs[0].zip(found.aucs[1]).map(|(a, b)| a - b),
        conf_low: found.interval.and_then(|interval| interval.low),
        conf_high: found.interval.and_then(|interval| interval.high),
        statistic: found.statistic,
        df: found.df,
        p_value: found.p_value,
        p_adjusted: None,
        verdict: None,
        reason,
        task: view.book.task.clone(),
        method: config.method,
        n_cases: counted[0],
        n_positive: counted[1],
        n_groups: counted[2],
        design: paired.map(|paired| if paired { "paired" } else { "unpaired" }.to_owned()),
    }
}

fn by_test(test: &AucTest, config: &AucConfig) -> Found {
    Found {
        aucs: [Some(test.auc_a), Some(test.auc_b)],
        vars: [Some(test.var_a), Some(test.var_b)],
        cov: Some(test.cov),
        interval: Some(test.interval(config.alpha, config.alternative)),
        statistic: Some(test.statistic),
        df: test.df,
        p_value: Some(test.p_value(config.alternative)),
        note: None,
    }
}

fn single(
    view: &View<'_>,
    a: usize,
    targets: &[Vec<Option<bool>>],
    config: &AucConfig,
) -> Result<Found, Untestable> {
    let scores = view.scores(a);
    let scores: Vec<&[f64]> = scores.iter().map(Vec::as_slice).collect();
    let known: Vec<&[Option<bool>]> = targets.iter().map(Vec::as_slice).collect();
    let labels = Labels { targets: &known, groups: view.groups() };
    if config.method == AucMethod::Bootstrap {
        let boot = macro_auc_bootstrap(&[&scores], &labels, &bootstrap(config))?;
        let Some(draws) = boot.model(0) else { return Err(Untestable::OneClass) };
        return Ok(Found {
            aucs: [Some(draws.estimate), None],
            vars: [draws.se().map(|se| se * se), None],
            interval: Some(draws.interval(config.alpha, config.alternative)),
            note: undefined(boot.n_undefined, config),
            ..Found::default()
        });
    }
    let (of_auc, variance, interval) = match scores.as_slice() {
        [one] => {
            let side = view::known(one, known[0], view.groups());
            let found = delong(&side.scores, &side.targets, side.groups.as_deref())?;
            (found.auc, found.variance, found.interval(config.alpha, config.alternative))
        }
        _ => {
            let found = macro_auc(&scores, &labels)?;
            (found.auc, found.variance, found.interval(config.alpha, config.alternative))
        }
    };
    Ok(Found {
        aucs: [Some(of_auc), None],
        vars: [Some(variance), None],
        interval: Some(interval),
        ..Found::default()
    })
}

fn pair(
    view: &View<'_>,
    a: usize,
    b: usize,
    targets: &[Vec<Option<bool>>],
    config: &AucConfig,
) -> Result<Found, Untestable> {
    let (a, b) = (view.scores(a), view.scores(b));
    let a: Vec<&[f64]> = a.iter().map(Vec::as_slice).collect();
    let b: Vec<&[f64]> = b.iter().map(Vec::as_slice).collect();
    let known: Vec<&[Option<bool>]> = targets.iter().map(Vec::as_slice).collect();
    let labels = Labels { targets: &known, groups: view.groups() };
    // What DeLong's variance cannot be had for, resampling cannot find out either.
    let test = match (a.as_slice(), b.as_slice()) {
        ([a], [b]) => {
            let [side_a, side_b] = [a, b].map(|scores| view::known(scores, &targets[0], view.groups()));
            delong_paired(&side_a.scores, &side_b.scores, &side_a.targets, side_a.groups.as_deref())?
        }
        _ => macro_auc_paired(&a, &b, &labels)?,
    };
    if config.method == AucMethod::Delong {
        return Ok(by_test(&test, config));
    }
    let boot = macro_auc_bootstrap(&[&a, &b], &labels, &bootstrap(config))?;
    let (Some(of_a), Some(of_b), Some(diff)) = (boot.model(0), boot.model(1), boot.difference(0, 1)) else {
        return Err(Untestable::OneClass);
    };
    let square = |se: Option<f64>| se.map(|se| se * se);
    let vars = [square(of_a.se()), square(of_b.se())];
    let cov = (vars[0].zip(vars[1]).zip(square(diff.se()))).map(|((a, b), both)| (a + b - both) / 2.0);
    Ok(Found {
        aucs: [Some(of_a.estimate), Some(of_b.estimate)],
        vars,
        cov,
        interval: Some(diff.interval(config.alpha, config.alternative)),
        statistic: diff.se().filter(|se| *se > 0.0).map(|se| diff.estimate / se),
        p_value: diff.p_value(config.alternative),
        note: undefined(boot.n_undefined, config),
        ..Found::default()
    })
}

fn unpaired(view: &View<'_>, a: usize, b: usize, config: &AucConfig) -> Result<Found, Untestable> {
    if view.labels.len() > 1 {
        let why = "the mean over several labels is compared on the same cases only; compare label by label";
        return Err(Untestable::Because(why.to_owned()));
    }
    if config.method == AucMethod::Bootstrap {
        let why = "the bootstrap draws the same patients for both models; use --method delong for models with other cases";
        return Err(Untestable::Because(why.to_owned()));
    }
    let sides = [view.rated(a), view.rated(b)];
    let rated = |side: &view::Side| -> (Vec<f64>, Vec<bool>, Option<Vec<usize>>) {
        (side.scores.clone(), side.targets.clone(), side.groups.clone())
    };
    let [(scores_a, targets_a, groups_a), (scores_b, targets_b, groups_b)] =
        [rated(&sides[0]), rated(&sides[1])];
    let test = delong_unpaired(
        &Rated { scores: &scores_a, targets: &targets_a, groups: groups_a.as_deref() },
        &Rated { scores: &scores_b, targets: &targets_b, groups: groups_b.as_deref() },
    )?;
    Ok(by_test(&test, config))
}

fn bootstrap(config: &AucConfig) -> AucBootstrapConfig {
    let n_resamples = usize::try_from(config.draws.reps).unwrap_or(usize::MAX);
    AucBootstrapConfig { n_resamples, seed: config.draws.seed, strata: Strata::One }
}

fn undefined(n_undefined: usize, config: &AucConfig) -> Option<String> {
    (n_undefined > 0).then(|| {
        format!("{n_undefined} of {} resamples lost a class of a label and are left out", config.draws.reps)
    })
}

impl View<'_> {
    /// The AUC of a model by itself, the mean over the labels of the view.
    fn auc_of(&self, model: usize, targets: &[Vec<Option<bool>>]) -> Option<f64> {
        let scores = self.scores(model);
        let per_label: Vec<Option<f64>> = scores
            .iter()
            .zip(targets)
            .map(|(scores, targets)| {
                let known =
                    || scores.iter().zip(targets).filter_map(|(score, target)| Some((*score, (*target)?)));
                let (scores, targets): (Vec<f64>, Vec<bool>) = known().unzip();
                auc(&scores, &targets)
            })
            .collect();
        crate::metric::mean_auc(&per_label)
    }
}
