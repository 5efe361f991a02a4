//! Structural components of an AUC in whole numbers: what each patient adds to it.
//!
//! Comes in: truths, patients, scores. Goes out: patients' deviations, exact, and products of them. Tests nothing.

use std::collections::BTreeMap;

use crate::metric::sorted::{Sorted, any_nan, key_of};
use crate::stat::reason::Untestable;

/// Who is positive, who negative, and whose case it is: the same for all models.
#[derive(Debug, Clone)]
pub(in crate::stat) struct Design {
    /// Group of each case, from 0 without gaps.
    group_of: Vec<u32>,
    /// Number of groups.
    pub(in crate::stat) n_groups: usize,
    n_pos: usize,
    n_neg: usize,
    /// Groups that have a positive, and groups that have a negative case.
    groups_pos: usize,
    groups_neg: usize,
    /// Positive and negative cases of each group.
    sizes: Vec<[u32; 2]>,
}

/// One model's deviations by group, or those of a difference of two models; exact.
///
/// With m positives, n negatives, W twice the number of pairs won, and x twice the number of negatives that a group's k
/// positives beat in all, `positive` is m·x - k·W: 2mn·m times what the group adds to the AUC's deviation.
/// `negative` likewise, with 2mn·n. Each sums to 0 over groups.
#[derive(Debug, Clone)]
pub(in crate::stat) struct Component {
    positive: Vec<i128>,
    negative: Vec<i128>,
    /// W, or a difference of two.
    twice_won: i128,
    /// 2mn.
    twice_pairs: i128,
    /// True when all scores are equal.
    all_tied: bool,
}

/// A [`Component`] as numbers: what each group's positives and negatives add to the AUC's deviation, X/m and Y/n.
#[derive(Debug, Clone)]
pub(super) struct Scaled {
    positive: Vec<f64>,
    negative: Vec<f64>,
}

impl Design {
    /// # Errors
    /// Lengths differ; a class is absent, or is found in one group only.
    pub(in crate::stat) fn of(targets: &[bool], groups: Option<&[usize]>) -> Result<Self, Untestable> {
        if groups.is_some_and(|groups| groups.len() != targets.len()) {
            return Err(Untestable::Because("there are not as many patients as truths".to_owned()));
        }
        let (group_of, n_groups) = dense(groups, targets.len());
        Self::of_dense(targets, group_of, n_groups, groups.is_some())
    }

    /// The same with groups from 0 to `n_groups`, some of which may have no case; `by_patient` is for the message.
    ///
    /// # Errors
    /// A class is absent, or is found in one group only.
    pub(in crate::stat) fn of_dense(
        targets: &[bool],
        group_of: Vec<u32>,
        n_groups: usize,
        by_patient: bool,
    ) -> Result<Self, Untestable> {
        // Products of four counts below 2³¹ fit into the whole numbers used here.
        if i32::try_from(targets.len()).is_err() {
            return Err(Untestable::Because("more than two billion cases".to_owned()));
        }
        let mut sizes = vec![[0_u32; 2]; n_groups];
        for (group, target) in group_of.iter().zip(targets) {
            sizes[*group as usize][usize::from(!*target)] += 1;
        }
        let total = |class: usize| sizes.iter().map(|size| size[class] as usize).sum();
        let with = |class: usize| sizes.iter().filter(|size| size[class] > 0).count();
        let (n_pos, n_neg): (usize, usize) = (total(0), total(1));
        let (groups_pos, groups_neg) = (with(0), with(1));
        if n_pos == 0 || n_neg == 0 {
            return Err(Untestable::OneClass);
        }
        for (found, class) in [(groups_pos, "positive"), (groups_neg, "negative")] {
            if found < 2 {
                let of = if by_patient { "patient has a" } else { "case is a" };
                return Err(Untestable::Because(format!("only 1 {of} {class}; a variance needs two")));
            }
        }
        Ok(Self { group_of, n_groups, n_pos, n_neg, groups_pos, groups_neg, sizes })
    }

    /// Σ over groups of the products of a's and b's deviations: Obuchowski's (1997) covariance of two AUCs,
    /// f₁₀ Σ X_a X_b / m² + f₀₁ Σ Y_a Y_b / n² + f₁₁ Σ (X_a Y_b + Y_a X_b) / mn, where X and Y are a group's sums of
    /// components less their expectation and f = I/(I - 1) with the number I of groups that have a positive (f₁₀), a
    /// negative (f₀₁) or any case (f₁₁).
    pub(super) fn covariance(&self, a: &Scaled, b: &Scaled) -> f64 {
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let (pos, neg) = (dot(&a.positive, &b.positive), dot(&a.negative, &b.negative));
        let mixed = dot(&a.positive, &b.negative) + dot(&a.negative, &b.positive);
        let factor = |groups: usize| groups as f64 / (groups - 1) as f64;
        let apart = factor(self.groups_pos) * pos + factor(self.groups_neg) * neg;
        let sum = apart + factor(self.n_groups) * mixed;
        // Where a patient's positives and negatives cancel exactly, rounding is left over: no variance.
        if sum.abs() <= ROUNDING * apart.abs() { 0.0 } else { sum }
    }

    /// The variance of an AUC, or of a difference: its covariance with itself.
    pub(super) fn variance(&self, component: &Component) -> f64 {
        let scaled = self.scaled(component);
        self.covariance(&scaled, &scaled)
    }

    /// See [`Scaled`].
    pub(super) fn scaled(&self, component: &Component) -> Scaled {
        let twice_pairs = 2.0 * self.n_pos as f64 * self.n_neg as f64;
        let scale = |values: &[i128], n: usize| {
            let unit = twice_pairs * n as f64;
            // Numbers of 64 bits, which most are, convert in one step.
            let float = |value: i128| i64::try_from(value).map_or(value as f64, |value| value as f64);
            values.iter().map(|value| float(*value) / unit).collect()
        };
        Scaled {
            positive: scale(&component.positive, self.n_pos),
            negative: scale(&component.negative, self.n_neg),
        }
    }

    /// Each group's influence on the AUC, √f₁₀ X/m + √f₀₁ Y/n as in [`Self::covariance`]: the sum of their products is
    /// the covariance, but for the mixed term's factor √(f₁₀ f₀₁) in place of f₁₁.
    pub(in crate::stat) fn influence(&self, component: &Component) -> Vec<f64> {
        let Scaled { positive, negative } = self.scaled(component);
        let root = |groups: usize| (groups as f64 / (groups - 1) as f64).sqrt();
        let (root_pos, root_neg) = (root(self.groups_pos), root(self.groups_neg));
        positive.iter().zip(&negative).map(|(pos, neg)| root_pos * pos + root_neg * neg).collect()
    }

    /// Share of the negatives that each positive beats, and of the positives that beat each negative.
    pub(super) fn shares(&self, scores: &[f64], targets: &[bool]) -> (Vec<f64>, Vec<f64>) {
        let (mut positives, mut negatives) = (Vec::with_capacity(self.n_pos), Vec::with_capacity(self.n_neg));
        self.twice_won(scores, targets, |_, target, twice| {
            if target {
                positives.push(twice as f64 / (2 * self.n_neg) as f64);
            } else {
                negatives.push(twice as f64 / (2 * self.n_pos) as f64);
            }
        });
        (positives, negatives)
    }

    /// Calls `each` with number, target and twice the pairs won of all positives, then with twice the pairs lost of all
    /// negatives.
    fn twice_won(&self, scores: &[f64], targets: &[bool], mut each: impl FnMut(usize, bool, u64)) {
        let sorted = |wanted: bool| {
            let of = scores.iter().zip(targets).filter(|(_, target)| **target == wanted);
            Sorted::of(of.map(|(score, _)| *score))
        };
        sorted(false).each_twice_below(scores, |idx, below| {
            if targets[idx] {
                each(idx, true, below);
            }
        });
        let all = 2 * self.n_pos as u64;
        sorted(true).each_twice_below(scores, |idx, below| {
            if !targets[idx] {
                each(idx, false, all - below);
            }
        });
    }
}

/// Relative to the variance without the covariance within patients: sums of 2³¹ products err by less.
const ROUNDING: f64 = 1e-14;

impl Component {
    /// # Errors
    /// Lengths differ; a score is NaN.
    pub(in crate::stat) fn of(design: &Design, scores: &[f64], targets: &[bool]) -> Result<Self, Untestable> {
        if scores.len() != targets.len() {
            return Err(Untestable::Because("there are not as many scores as truths".to_owned()));
        }
        if any_nan(scores) {
            return Err(Untestable::NotFinite);
        }
        let (mut positive, mut negative) = (vec![0_i128; design.n_groups], vec![0_i128; design.n_groups]);
        let mut twice_won = 0_i128;
        design.twice_won(scores, targets, |idx, target, twice| {
            let group = design.group_of[idx] as usize;
            if target {
                positive[group] += i128::from(twice);
                twice_won += i128::from(twice);
            } else {
                negative[group] += i128::from(twice);
            }
        });
        let (n_pos, n_neg) = (design.n_pos as i128, design.n_neg as i128);
        for ((pos, neg), size) in positive.iter_mut().zip(&mut negative).zip(&design.sizes) {
            *pos = n_pos * *pos - i128::from(size[0]) * twice_won;
            *neg = n_neg * *neg - i128::from(size[1]) * twice_won;
        }
        let all_tied = scores.windows(2).all(|pair| key_of(pair[0]) == key_of(pair[1]));
        Ok(Self { positive, negative, twice_won, twice_pairs: 2 * n_pos * n_neg, all_tied })
    }

    /// The AUC; of a difference, the difference.
    pub(in crate::stat) fn auc(&self) -> f64 {
        self.twice_won as f64 / self.twice_pairs as f64
    }

    /// The deviations of AUC a - AUC b.
    pub(in crate::stat) fn minus(&self, other: &Self) -> Self {
        let minus = |a: &[i128], b: &[i128]| a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self {
            positive: minus(&self.positive, &other.positive),
            negative: minus(&self.negative, &other.negative),
            twice_won: self.twice_won - other.twice_won,
            twice_pairs: self.twice_pairs,
            all_tied: self.all_tied && other.all_tied,
        }
    }

    /// Why this model's variance is 0, where it is.
    pub(in crate::stat) fn why_constant(&self) -> Untestable {
        if self.all_tied {
            Untestable::AllTied
        } else if self.positive.iter().chain(&self.negative).all(|deviation| *deviation == 0) {
            // Without ties among all, components of one value mean that no pair is won, or each.
            Untestable::PerfectSeparation
        } else {
            Untestable::ZeroVariance
        }
    }
}

/// The group of each case as numbers from 0 in the order of first appearance, and how many there are.
pub(in crate::stat) fn dense(groups: Option<&[usize]>, n: usize) -> (Vec<u32>, usize) {
    let Some(groups) = groups else {
        return ((0..n as u32).collect(), n);
    };
    let mut numbers = BTreeMap::new();
    let group_of = groups
        .iter()
        .map(|group| {
            let next = numbers.len() as u32;
            *numbers.entry(*group).or_insert(next)
        })
        .collect();
    (group_of, numbers.len())
}
