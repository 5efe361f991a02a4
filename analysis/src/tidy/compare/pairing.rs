//! The values of two models, side by side where they are paired.
//!
//! Comes in: what is known of two groups. Goes out: their values, or pairs of values with the same seed. Tests nothing.

use crate::input::Spread;
use crate::stat::{Side, Untestable};

/// The single values of a group.
pub(in crate::tidy) fn values(spread: &Spread, side: Side) -> Result<&[f64], Untestable> {
    match spread {
        Spread::Values { values, .. } => Ok(values),
        Spread::Summary { .. } => Err(Untestable::OnlySummary(side)),
    }
}

/// Values of both groups under the same seed, in order of the seed.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tidy) struct Paired {
    pub(in crate::tidy) a: Vec<f64>,
    pub(in crate::tidy) b: Vec<f64>,
    /// Values whose seed the other group lacks.
    pub(in crate::tidy) n_single: usize,
}

/// Pairs two groups by seed. A value without a partner is left out and counted.
pub(in crate::tidy) fn pair(a: &Spread, b: &Spread) -> Result<Paired, Untestable> {
    let (values_a, values_b) = (values(a, Side::A)?, values(b, Side::B)?);
    let (seeds_a, seeds_b) = (seeds(a), seeds(b));
    if seeds_a.iter().chain(seeds_b).any(Option::is_none) {
        let why = "a paired test needs to know which values belong together: the input has no seed (or fold) for each value";
        return Err(Untestable::Because(why.to_owned()));
    }
    let mut paired = Paired { a: Vec::new(), b: Vec::new(), n_single: 0 };
    let (mut at_a, mut at_b) = (0, 0);
    while at_a < values_a.len() && at_b < values_b.len() {
        match seeds_a[at_a].cmp(&seeds_b[at_b]) {
            std::cmp::Ordering::Less => at_a += 1,
            std::cmp::Ordering::Greater => at_b += 1,
            std::cmp::Ordering::Equal => {
                paired.a.push(values_a[at_a]);
                paired.b.push(values_b[at_b]);
                (at_a, at_b) = (at_a + 1, at_b + 1);
            }
        }
    }
    paired.n_single = values_a.len() + values_b.len() - 2 * paired.a.len();
    Ok(paired)
}

fn seeds(spread: &Spread) -> &[Option<i64>] {
    match spread {
        Spread::Values { seeds, .. } => seeds,
        Spread::Summary { .. } => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(runs: &[(i64, f64)]) -> Spread {
        let (seeds, values) = runs.iter().map(|(seed, value)| (Some(*seed), *value)).unzip();
        Spread::Values { seeds, values, n_missing: 0 }
    }

    #[test]
    fn pairs_share_a_seed() {
        let paired =
            pair(&group(&[(0, 0.1), (2, 0.2), (5, 0.3)]), &group(&[(1, 0.4), (2, 0.5), (5, 0.6)])).unwrap();
        assert_eq!(paired, Paired { a: vec![0.2, 0.3], b: vec![0.5, 0.6], n_single: 2 });
    }

    #[test]
    fn without_seeds_there_are_no_pairs() {
        let unknown = Spread::Values { seeds: vec![None], values: vec![0.5], n_missing: 0 };
        assert!(matches!(pair(&unknown, &group(&[(0, 0.5)])), Err(Untestable::Because(_))));
        let printed = Spread::Summary { mean: 0.5, sd: None, n: None, ddof: 1, decimals: None };
        assert_eq!(pair(&group(&[]), &printed), Err(Untestable::OnlySummary(Side::B)));
    }
}
