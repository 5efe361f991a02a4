//! What is drawn again: cases, cases within strata, or whole clusters.
//!
//! Comes in: how many cases there are, and the stratum or cluster of each. Goes out: a [`Resample`], as the cases drawn and
//! as a weight for each case. Estimates nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::stat::random::Stream;
use crate::stat::reason::Untestable;

/// How cases are drawn again. Labels of strata and clusters are any numbers, one a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan<'a> {
    /// Every case on its own, n times with replacement.
    Simple {
        /// Number of cases.
        n: usize,
    },
    /// Cases within their stratum, whose size stays (Davison & Hinkley 1997, section 3.2): for a prevalence that was fixed
    /// by design, not for one that was found.
    Stratified {
        /// `strata[case]`.
        strata: &'a [usize],
    },
    /// Whole clusters (Rutter 2000): a patient drawn twice brings all cases twice. The number of clusters stays, that of
    /// cases need not.
    Clustered {
        /// `clusters[case]`.
        clusters: &'a [usize],
    },
    /// Whole clusters within their stratum; no cluster may lie in two strata.
    ClusteredStratified {
        /// `clusters[case]`.
        clusters: &'a [usize],
        /// `strata[case]`.
        strata: &'a [usize],
    },
}

/// One resample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resample<'a> {
    /// The cases drawn, as often as they were drawn.
    pub indices: &'a [usize],
    /// `weights[case]`: how often each case was drawn; their sum is the length of `indices`.
    pub weights: &'a [u32],
}

/// What is drawn as one: units in the order of strata and clusters, each with its cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Units {
    n_cases: usize,
    /// Cases of all units, unit after unit.
    cases: Vec<usize>,
    /// Where the cases of unit i start; one more for the end.
    starts: Vec<usize>,
    /// The units of each stratum.
    pub(super) strata: Vec<Range<usize>>,
}

impl Plan<'_> {
    /// The units to draw.
    pub(super) fn units(&self) -> Result<Units, Untestable> {
        let n = match self {
            Self::Simple { n } => *n,
            Self::Stratified { strata } => strata.len(),
            Self::Clustered { clusters } | Self::ClusteredStratified { clusters, .. } => clusters.len(),
        };
        if n == 0 {
            return Err(Untestable::Because("there is no case to resample".to_owned()));
        }
        // (stratum, cluster, case), in which order they are drawn from.
        let mut keys: Vec<(usize, usize, usize)> = match *self {
            Self::Simple { .. } => (0..n).map(|case| (0, case, case)).collect(),
            Self::Stratified { strata } => (0..n).map(|case| (strata[case], case, case)).collect(),
            Self::Clustered { clusters } => (0..n).map(|case| (0, clusters[case], case)).collect(),
            Self::ClusteredStratified { clusters, strata } => {
                check_nesting(clusters, strata)?;
                (0..n).map(|case| (strata[case], clusters[case], case)).collect()
            }
        };
        keys.sort_unstable();
        Ok(Units::new(&keys))
    }
}

fn check_nesting(clusters: &[usize], strata: &[usize]) -> Result<(), Untestable> {
    if clusters.len() != strata.len() {
        return Err(Untestable::Because(format!(
            "{} cases have a cluster and {} a stratum; expected as many",
            clusters.len(),
            strata.len()
        )));
    }
    let mut home = BTreeMap::new();
    for (cluster, stratum) in clusters.iter().zip(strata) {
        let first = *home.entry(cluster).or_insert(stratum);
        if first != stratum {
            return Err(Untestable::Because(format!(
                "cluster {cluster} lies in the strata {first} and {stratum}; expected one"
            )));
        }
    }
    Ok(())
}

impl Units {
    fn new(keys: &[(usize, usize, usize)]) -> Self {
        let (mut starts, mut strata) = (Vec::new(), Vec::new());
        let mut seen = 0;
        for stratum in keys.chunk_by(|a, b| a.0 == b.0) {
            let first = starts.len();
            for unit in stratum.chunk_by(|a, b| a.1 == b.1) {
                starts.push(seen);
                seen += unit.len();
            }
            strata.push(first..starts.len());
        }
        starts.push(seen);
        Self { n_cases: keys.len(), cases: keys.iter().map(|key| key.2).collect(), starts, strata }
    }

    fn cases_of(&self, unit: usize) -> &[usize] {
        &self.cases[self.starts[unit]..self.starts[unit + 1]]
    }
}

/// Room for one resample, used again for the next.
#[derive(Debug)]
pub(super) struct Scratch {
    indices: Vec<usize>,
    weights: Vec<u32>,
}

impl Scratch {
    pub(super) fn new(units: &Units) -> Self {
        Self { indices: Vec::with_capacity(units.n_cases), weights: vec![0; units.n_cases] }
    }

    /// As many units of each stratum as it has, with replacement.
    pub(super) fn draw(&mut self, units: &Units, stream: &mut Stream) -> Resample<'_> {
        self.clear();
        for stratum in &units.strata {
            for _ in 0..stratum.len() {
                self.add(units.cases_of(stratum.start + stream.below(stratum.len())));
            }
        }
        self.resample()
    }

    /// Every case once, in the order of the cases.
    pub(super) fn everything(&mut self, units: &Units) -> Resample<'_> {
        self.indices = (0..units.n_cases).collect();
        self.weights.fill(1);
        self.resample()
    }

    /// Every case once but those of `unit`, in the order of the cases.
    pub(super) fn without(&mut self, units: &Units, unit: usize) -> Resample<'_> {
        self.weights.fill(1);
        for case in units.cases_of(unit) {
            self.weights[*case] = 0;
        }
        self.indices.clear();
        self.indices.extend((0..units.n_cases).filter(|case| self.weights[*case] > 0));
        self.resample()
    }

    fn clear(&mut self) {
        self.indices.clear();
        self.weights.fill(0);
    }

    fn add(&mut self, cases: &[usize]) {
        self.indices.extend_from_slice(cases);
        for case in cases {
            self.weights[*case] += 1;
        }
    }

    fn resample(&self) -> Resample<'_> {
        Resample { indices: &self.indices, weights: &self.weights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(plan: &Plan<'_>) -> Vec<(Vec<usize>, Vec<u32>)> {
        let units = plan.units().unwrap();
        let mut scratch = Scratch::new(&units);
        let mut draw = |rep| {
            let resample = scratch.draw(&units, &mut Stream::new(1, rep));
            (resample.indices.to_vec(), resample.weights.to_vec())
        };
        (0..50).map(&mut draw).collect()
    }

    #[test]
    fn strata_keep_their_size() {
        for (indices, weights) in draws(&Plan::Stratified { strata: &[7, 0, 7, 7, 0] }) {
            assert_eq!(indices.len(), 5);
            assert_eq!((weights[1] + weights[4], weights[0] + weights[2] + weights[3]), (2, 3));
        }
    }

    #[test]
    fn clusters_come_whole() {
        let mut sizes = std::collections::BTreeSet::new();
        for (indices, weights) in draws(&Plan::Clustered { clusters: &[5, 9, 5, 9, 9, 2] }) {
            assert!(weights[0] == weights[2] && weights[1] == weights[3] && weights[3] == weights[4]);
            assert_eq!(weights[0] + weights[1] + weights[5], 3);
            assert_eq!(weights.iter().sum::<u32>() as usize, indices.len());
            sizes.insert(indices.len());
        }
        assert!(sizes.len() > 2);
    }

    #[test]
    fn clusters_stay_in_their_stratum() {
        let plan = Plan::ClusteredStratified { clusters: &[1, 1, 2, 3, 4], strata: &[0, 0, 0, 1, 1] };
        for (_, weights) in draws(&plan) {
            assert_eq!((weights[0] + weights[2], weights[3] + weights[4]), (2, 2));
        }
        let torn = Plan::ClusteredStratified { clusters: &[1, 1], strata: &[0, 1] };
        assert!(
            torn.units().unwrap_err().explain("", "").starts_with("cluster 1 lies in the strata 0 and 1")
        );
        assert!(Plan::ClusteredStratified { clusters: &[1, 1], strata: &[0] }.units().is_err());
        assert!(Plan::Clustered { clusters: &[] }.units().is_err());
    }

    #[test]
    fn one_unit_is_left_out() {
        let units = Plan::Clustered { clusters: &[5, 9, 5] }.units().unwrap();
        let mut scratch = Scratch::new(&units);
        assert_eq!(scratch.without(&units, 0).indices, [1]);
        assert_eq!(scratch.without(&units, 1).weights, [1, 0, 1]);
        assert_eq!(scratch.everything(&units).indices, [0, 1, 2]);
    }
}
