//! All models of a task against one control, by Dunnett's test.
//!
//! Comes in: the pairs of one task, all with the same baseline. Goes out: drafted rows with adjusted p-values and simultaneous
//! intervals. The test is in [`crate::stat`].

use super::draft::{Drafted, draft};
use super::measure::Measured;
use super::{CompareConfig, subject};
use crate::stat::{Alternative, Sample, Untestable, dunnett, hedges_g};
use crate::tidy::pairs::Pair;

/// The rows of one task and metric.
pub(super) fn rows(pairs: &[Pair<'_>], config: &CompareConfig) -> Vec<Drafted> {
    let refused =
        |why: Untestable| pairs.iter().map(|pair| draft(&subject(pair, config), Err(why.clone()))).collect();
    let Some(control) = pairs.iter().find_map(|pair| pair.b) else {
        return refused(Untestable::NoBaseline);
    };
    let groups: Vec<Sample> = pairs.iter().map(|pair| pair.a.sample).collect();
    let at = |alpha: f64, alternative: Alternative| dunnett(&groups, &control.sample, alternative, alpha);
    let shown = match at(config.alpha, config.alternative) {
        Ok(shown) => shown,
        Err(why) => return refused(why),
    };
    let wide = config
        .margin
        .filter(|_| config.alpha < 0.5)
        .and_then(|_| at(2.0 * config.alpha, Alternative::TwoSided).ok());
    let wide = |idx: usize| wide.as_ref()?.groups.get(idx)?.as_ref().ok().map(|group| group.interval);
    (pairs.iter().zip(shown.groups).enumerate())
        .map(|(idx, (pair, compared))| {
            let tested = compared.map(|compared| Measured {
                samples: [pair.a.sample, control.sample],
                statistic: compared.test.statistic,
                df: Some(compared.test.df),
                // Of this pair alone: a t test with the variance of all groups.
                p_value: compared.test.p_value(config.alternative),
                p_adjusted: Some(compared.p_adjusted),
                least_p: None,
                null: "multivariate t",
                estimate: compared.test.diff,
                interval: Some(compared.interval),
                wide: wide(idx),
                effect: hedges_g(&pair.a.sample, &control.sample, config.alpha, config.alternative),
                p_equivalence: None,
                note: None,
            });
            draft(&subject(pair, config), tested)
        })
        .collect()
}
