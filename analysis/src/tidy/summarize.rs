//! One row a task, metric and model: count, mean, spread and a t interval.
//!
//! Comes in: results. Goes out: summary rows. Compares nothing.

use crate::error::{Error, Result};
use crate::input::{Results, Spread};
use crate::stat::{Alternative, Sample, mean_interval};
use crate::table::table_row;

/// What is known of one model on one task and metric. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct SummaryRow {
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// The model.
    pub model: String,
    /// Values that are counted (missing ones are not); `None` when a summary row does not say.
    pub n: Option<i64>,
    /// Mean, a fraction; `None` without values.
    pub mean: Option<f64>,
    /// Standard deviation with divisor n - 1; `None` below two values.
    pub sd: Option<f64>,
    /// `sd / sqrt(n)`.
    pub se: Option<f64>,
    /// Median; `None` for summary rows.
    pub median: Option<f64>,
    /// Smallest value; `None` for summary rows.
    pub min: Option<f64>,
    /// Largest value; `None` for summary rows.
    pub max: Option<f64>,
    /// Lower end of the 1 - alpha t interval of the mean; `None` below two values and where all values are equal.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
}

table_row!(SummaryRow, "summary", sort [TASK, METRIC, MODEL],
    task: String => TASK, metric: String => METRIC, model: String => MODEL, n: Option<i64> => N,
    mean: Option<f64> => MEAN, sd: Option<f64> => SD, se: Option<f64> => SE, median: Option<f64> => MEDIAN,
    min: Option<f64> => MIN, max: Option<f64> => MAX, conf_low: Option<f64> => CONF_LOW,
    conf_high: Option<f64> => CONF_HIGH);

/// Summarizes every group of `results`, in their order (task, metric, model).
///
/// The interval is mean ± t(1 - alpha/2, n - 1) · sd/√n: about the mean over further seeds on the same test set, not
/// about further patients.
///
/// # Errors
/// When `alpha` is not between 0 and 1, or a summary row has an impossible n, sd or ddof.
pub fn summarize(results: &Results, alpha: f64) -> Result<Vec<SummaryRow>> {
    check_alpha(alpha)?;
    results
        .groups
        .iter()
        .map(|group| {
            let sample = sample_of(&group.spread).map_err(|error| {
                Error::argument(format!("{} on {} ({}): {error}", group.model, group.task, group.metric))
            })?;
            let interval = mean_interval(&sample, alpha, Alternative::TwoSided);
            let mut sorted = match &group.spread {
                Spread::Values { values, .. } => values.clone(),
                Spread::Summary { .. } => Vec::new(),
            };
            sorted.sort_by(f64::total_cmp);
            Ok(SummaryRow {
                task: group.task.clone(),
                metric: group.metric.clone(),
                model: group.model.clone(),
                n: sample.n,
                mean: sample.mean,
                sd: sample.sd,
                se: sample.standard_error(),
                median: median(&sorted),
                min: sorted.first().copied(),
                max: sorted.last().copied(),
                conf_low: interval.and_then(|interval| interval.low),
                conf_high: interval.and_then(|interval| interval.high),
            })
        })
        .collect()
}

/// The sample behind a group.
pub(super) fn sample_of(spread: &Spread) -> Result<Sample> {
    match spread {
        Spread::Values { values, .. } => Ok(Sample::from_values(values)),
        Spread::Summary { mean, sd, n, ddof, .. } => Sample::from_summary(*mean, *sd, *n, *ddof),
    }
}

/// Alpha is the share of false alarms that is accepted: strictly between 0 and 1.
pub(super) fn check_alpha(alpha: f64) -> Result<()> {
    if 0.0 < alpha && alpha < 1.0 {
        Ok(())
    } else {
        Err(Error::argument(format!("alpha is {alpha}; expected a number between 0 and 1, such as 0.05")))
    }
}

/// A margin of equivalence is a fraction above 0, and needs an interval of level 1 - 2 alpha.
pub(super) fn check_margin(margin: Option<f64>, alpha: f64) -> Result<()> {
    let Some(margin) = margin else { return Ok(()) };
    if !(0.0 < margin && margin < 1.0) {
        let hint = "expected a fraction between 0 and 1, such as 0.005 for half a percent point";
        return Err(Error::argument(format!("margin is {margin}; {hint}")));
    }
    if alpha >= 0.5 {
        let hint = "equivalence needs an interval of level 1 - 2 alpha, so an alpha below 0.5";
        return Err(Error::argument(format!("alpha is {alpha}; {hint}")));
    }
    Ok(())
}

/// The middle of sorted values; the mean of the two middle ones for an even count.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(lower + (upper - lower) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1.0]), Some(1.0));
        assert_eq!(median(&[1.0, 2.0]), Some(1.5));
        assert_eq!(median(&[1.0, 2.0, 9.0]), Some(2.0));
    }
}
