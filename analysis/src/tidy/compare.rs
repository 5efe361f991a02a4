//! Comparisons of models, task by task: difference, interval, test, adjusted p, effect and verdict.
//!
//! Comes in: results and what to compare. Goes out: comparison rows. The formulas are in [`crate::stat`]; here they are
//! applied, adjusted as a family and put into words.

use super::pairs::{Entry, Pair, Pairs};
use super::summarize::{check_alpha, sample_of};
use super::verdict::{AdjustOver, Test, Verdict};
use crate::error::{Error, Result, listed};
use crate::input::{Group, Results};
use crate::stat::{
    Adjust, Alternative, Effect, Interval, Sample, TTest, Untestable, adjust, hedges_g, student, welch,
};
use crate::table::table_row;

/// What to compare and how.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareConfig {
    /// Which pairs.
    pub pairs: Pairs,
    /// Which test.
    pub test: Test,
    /// How p-values are adjusted.
    pub adjust: Adjust,
    /// Which p-values form one family.
    pub adjust_over: AdjustOver,
    /// Direction of the test; the intervals of difference and effect are one-sided with it.
    pub alternative: Alternative,
    /// Share of false alarms that is accepted; intervals have level 1 - alpha and are not adjusted.
    pub alpha: f64,
    /// Differences smaller than this, a fraction, do not matter: the margin of equivalence.
    pub margin: Option<f64>,
}

/// One comparison of two models on one task and metric. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonRow {
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// The model that is judged.
    pub model_a: String,
    /// The baseline.
    pub model_b: String,
    /// Values of `model_a`.
    pub n_a: Option<i64>,
    /// Values of `model_b`.
    pub n_b: Option<i64>,
    /// Mean of `model_a`, a fraction.
    pub mean_a: Option<f64>,
    /// Mean of `model_b`, a fraction.
    pub mean_b: Option<f64>,
    /// Standard deviation of `model_a`, divisor n - 1.
    pub sd_a: Option<f64>,
    /// Standard deviation of `model_b`, divisor n - 1.
    pub sd_b: Option<f64>,
    /// `mean_a - mean_b`: positive is better for `model_a`.
    pub diff: Option<f64>,
    /// Lower end of the 1 - alpha interval of `diff`; `None` when untestable, or unbounded (alternative "less").
    pub conf_low: Option<f64>,
    /// Upper end; `None` when untestable, or unbounded (alternative "greater").
    pub conf_high: Option<f64>,
    /// The test.
    pub test: Test,
    /// Its t statistic.
    pub statistic: Option<f64>,
    /// Its degrees of freedom.
    pub df: Option<f64>,
    /// Its p-value; `None` when untestable.
    pub p_value: Option<f64>,
    /// The p-value, adjusted within its family.
    pub p_adjusted: Option<f64>,
    /// `hedges_g`.
    pub effect_kind: String,
    /// Hedges' g, in pooled standard deviations.
    pub effect: Option<f64>,
    /// Lower end of its 1 - alpha interval.
    pub effect_low: Option<f64>,
    /// Upper end.
    pub effect_high: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why the verdict is untestable, or what to keep in mind about it.
    pub reason: Option<String>,
}

table_row!(ComparisonRow, "comparison", sort [TASK, METRIC, MODEL_A, MODEL_B],
    task: String => TASK, metric: String => METRIC, model_a: String => MODEL_A, model_b: String => MODEL_B,
    n_a: Option<i64> => N_A, n_b: Option<i64> => N_B, mean_a: Option<f64> => MEAN_A, mean_b: Option<f64> => MEAN_B,
    sd_a: Option<f64> => SD_A, sd_b: Option<f64> => SD_B, diff: Option<f64> => DIFF,
    conf_low: Option<f64> => CONF_LOW, conf_high: Option<f64> => CONF_HIGH, test: Test => TEST,
    statistic: Option<f64> => STATISTIC, df: Option<f64> => DF, p_value: Option<f64> => P_VALUE,
    p_adjusted: Option<f64> => P_ADJUSTED, effect_kind: String => EFFECT_KIND, effect: Option<f64> => EFFECT,
    effect_low: Option<f64> => EFFECT_LOW, effect_high: Option<f64> => EFFECT_HIGH, verdict: Verdict => VERDICT,
    reason: Option<String> => REASON);

/// Compares models on every task and metric; rows are sorted by task, metric, model_a, model_b.
///
/// Verdicts use `p_adjusted < alpha`. Equivalence is judged, per comparison and unadjusted, by the two one-sided tests
/// (Schuirmann 1987): the 1 - 2 alpha interval of the difference lies inside (-margin, margin).
///
/// A pair without a p-value keeps its row: verdict untestable, with the reason (a model with fewer than two values, no
/// variance in either group, a missing sd or n, no baseline on that task).
///
/// # Errors
/// When alpha or margin is out of range, the baseline is on no task at all, or a summary row has an impossible n, sd or
/// ddof.
pub fn compare(results: &Results, config: &CompareConfig) -> Result<Vec<ComparisonRow>> {
    check(results, config)?;
    let mut groups: Vec<&Group> = results.groups.iter().collect();
    groups.sort_by_key(|group| (&group.task, &group.metric, &group.model));
    let mut rows: Vec<(ComparisonRow, Option<Interval>)> = Vec::new();
    for block in groups.chunk_by(|a, b| (&a.task, &a.metric) == (&b.task, &b.metric)) {
        let entries: Vec<Entry<'_>> = block
            .iter()
            .map(|group| match sample_of(&group.spread) {
                Ok(sample) => Ok(Entry { group, sample }),
                Err(error) => Err(Error::argument(format!(
                    "{} on {} ({}): {error}",
                    group.model, group.task, group.metric
                ))),
            })
            .collect::<Result<_>>()?;
        rows.extend(config.pairs.plan(&entries).iter().map(|pair| measured(pair, config)));
    }
    adjust_families(&mut rows, config);
    for (row, wide) in &mut rows {
        judge(row, wide.as_ref(), config);
    }
    Ok(rows.into_iter().map(|(row, _)| row).collect())
}

fn check(results: &Results, config: &CompareConfig) -> Result<()> {
    check_alpha(config.alpha)?;
    if let Some(margin) = config.margin {
        if !(0.0 < margin && margin < 1.0) {
            let hint = "expected a fraction between 0 and 1, such as 0.005 for half a percent point";
            return Err(Error::argument(format!("margin is {margin}; {hint}")));
        }
        if config.alpha >= 0.5 {
            let hint = "equivalence needs an interval of level 1 - 2 alpha, so an alpha below 0.5";
            return Err(Error::argument(format!("alpha is {}; {hint}", config.alpha)));
        }
    }
    if let Pairs::Baseline(model) = &config.pairs {
        let mut models: Vec<&str> = results.groups.iter().map(|group| group.model.as_str()).collect();
        models.sort_unstable();
        models.dedup();
        if !models.contains(&model.as_str()) {
            let found = listed(&models);
            return Err(Error::argument(format!(
                "no model '{model}' to be the baseline; the models are {found}"
            )));
        }
    }
    Ok(())
}

/// A row without adjustment and verdict, and the 1 - 2 alpha interval of its difference.
fn measured(pair: &Pair<'_>, config: &CompareConfig) -> (ComparisonRow, Option<Interval>) {
    let (group, a) = (pair.a.group, &pair.a.sample);
    let nothing = Sample { n: None, mean: None, sd: None };
    let b = pair.b.map_or(&nothing, |entry| &entry.sample);
    let model_b = match (&config.pairs, pair.b) {
        (_, Some(entry)) => entry.group.model.clone(),
        (Pairs::Baseline(model), None) => model.clone(),
        (Pairs::AllPairs | Pairs::AgainstBest, None) => String::new(),
    };
    let tested: std::result::Result<TTest, Untestable> = match (pair.b, config.test) {
        (None, _) => Err(Untestable::NoBaseline),
        (Some(_), Test::Welch) => welch(a, b),
        (Some(_), Test::Student) => student(a, b),
    };
    let test = tested.as_ref().ok();
    let effect = test.and_then(|_| hedges_g(a, b, config.alpha, config.alternative));
    let interval = test.map(|test| test.interval(config.alpha, config.alternative));
    let wide = test.map(|test| test.interval(2.0 * config.alpha, Alternative::TwoSided));
    let reason = tested.as_ref().err().map(|why| match why {
        Untestable::NoBaseline => format!("{} on {}", why.explain(&group.model, &model_b), group.task),
        _ => why.explain(&group.model, &model_b),
    });
    let row = ComparisonRow {
        task: group.task.clone(),
        metric: group.metric.clone(),
        model_a: group.model.clone(),
        model_b,
        n_a: a.n,
        n_b: b.n,
        mean_a: a.mean,
        mean_b: b.mean,
        sd_a: a.sd,
        sd_b: b.sd,
        diff: a.mean.zip(b.mean).map(|(a, b)| a - b),
        conf_low: interval.and_then(|interval| interval.low),
        conf_high: interval.and_then(|interval| interval.high),
        test: config.test,
        statistic: test.map(|test| test.statistic),
        df: test.map(|test| test.df),
        p_value: test.map(|test| test.p_value(config.alternative)),
        p_adjusted: None,
        effect_kind: Effect::HEDGES_G.to_owned(),
        effect: effect.map(|effect| effect.estimate),
        effect_low: effect.and_then(|effect| effect.interval.low),
        effect_high: effect.and_then(|effect| effect.interval.high),
        verdict: Verdict::Untestable,
        reason,
    };
    (row, wide)
}

/// Fills `p_adjusted`, family by family. Rows are sorted, so a family of a task is a run of rows.
fn adjust_families(rows: &mut [(ComparisonRow, Option<Interval>)], config: &CompareConfig) {
    let same = |a: &ComparisonRow, b: &ComparisonRow| match config.adjust_over {
        AdjustOver::All => true,
        AdjustOver::Task => (&a.task, &a.metric) == (&b.task, &b.metric),
    };
    for family in rows.chunk_by_mut(|(a, _), (b, _)| same(a, b)) {
        let p_values: Vec<Option<f64>> = family.iter().map(|(row, _)| row.p_value).collect();
        for ((row, _), adjusted) in family.iter_mut().zip(adjust(&p_values, config.adjust)) {
            row.p_adjusted = adjusted;
        }
    }
}

fn judge(row: &mut ComparisonRow, wide: Option<&Interval>, config: &CompareConfig) {
    let (Some(p_adjusted), Some(diff)) = (row.p_adjusted, row.diff) else {
        return;
    };
    let inside = config.margin.zip(wide).is_some_and(|(margin, wide)| wide.is_inside(-margin, margin));
    row.verdict = match (p_adjusted < config.alpha, inside) {
        (true, _) if diff > 0.0 => Verdict::Better,
        (true, _) => Verdict::Worse,
        (false, true) => Verdict::Equivalent,
        (false, false) => Verdict::Inconclusive,
    };
    if inside && matches!(row.verdict, Verdict::Better | Verdict::Worse) {
        row.reason = Some("significant, yet inside the margin of equivalence".to_owned());
    }
}
