//! Bayesian comparisons with a region of practical equivalence (rope).
//!
//! Comes in: differences a - b in points of the metric, of tasks or of runs, and the rope. Goes out: the posterior
//! probabilities that b is better (left), that they are practically equal (rope), that a is better (right). Chooses no rope:
//! it is a judgement about the metric, made before the data are seen, and in its units.

use rayon::prelude::*;

use super::distribution::{t_cdf, t_sf};
use super::random::Stream;
use super::reason::Untestable;
use super::sample::Sample;

/// Posterior probabilities; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// P(a - b < -rope): b is better.
    pub left: f64,
    /// P(-rope <= a - b <= rope): practically equal.
    pub rope: f64,
    /// P(rope < a - b): a is better.
    pub right: f64,
}

/// How the Bayesian signed-rank test is run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BayesConfig {
    /// Half width of the region of practical equivalence, at least 0, in units of the differences.
    pub rope: f64,
    /// Strength of the prior, at least 0: the weight of a pseudo-observation of no difference. Usually .5; 0 for none.
    pub prior_strength: f64,
    /// Number of draws from the posterior, at least 1; 50,000 is usual.
    pub draws: usize,
    /// Seed of the draws.
    pub seed: u64,
}

/// What the Bayesian signed-rank test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedRankPosterior {
    /// The probabilities, by Monte Carlo.
    pub probability: Posterior,
    /// Their Monte-Carlo standard errors √(p̃(1 - p̃)/draws) with p̃ = (count + ½)/(draws + 1), which is not 0 where the count
    /// is.
    pub standard_error: Posterior,
    /// How it was asked for.
    pub config: BayesConfig,
}

/// What the Bayesian correlated t test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorrelatedT {
    /// The probabilities, in closed form.
    pub probability: Posterior,
    /// Location of the posterior of the mean difference.
    pub mean: f64,
    /// Its scale, above 0 (not its standard deviation).
    pub scale: f64,
    /// Its degrees of freedom.
    pub df: f64,
    /// Half width of the region of practical equivalence.
    pub rope: f64,
    /// Correlation of the runs.
    pub rho: f64,
}

/// The Bayesian signed-rank test (Benavoli et al. 2014, ICML; 2017, JMLR 18, section 4.2): `differences` a - b of tasks,
/// weighted by a Dirichlet(s, 1, ..., 1) with the prior's pseudo-observation 0 first. In each draw of weights w,
/// θ_right = ΣΣ w_i w_j [z_i + z_j > 2 rope], θ_left likewise below -2 rope, sums on the border half, and θ_rope the rest. A
/// probability is the share of draws in which its θ is the greatest; equal ones share the draw.
///
/// Each block of 256 draws has its own stream: the number of threads changes nothing.
///
/// # Errors
/// Without a difference, with one that is not finite, or when the configuration is not valid.
///
/// # Example
/// ```
/// use analysis::stat::{BayesConfig, bayes_signed_rank};
///
/// let config = BayesConfig { rope: 0.005, prior_strength: 0.5, draws: 10_000, seed: 1 };
/// let found = bayes_signed_rank(&[0.02, 0.03, 0.01, 0.025, 0.004], &config).unwrap();
/// assert!(found.probability.right > 0.9);
/// ```
pub fn bayes_signed_rank(
    differences: &[f64],
    config: &BayesConfig,
) -> Result<SignedRankPosterior, Untestable> {
    const BLOCK: usize = 256;
    check_rope(differences, config.rope)?;
    if differences.is_empty() {
        return Err(Untestable::FewPairs { found: 0, needed: 1 });
    }
    if !(0.0..f64::INFINITY).contains(&config.prior_strength) {
        return Err(Untestable::Because(format!(
            "the strength of the prior is {}; expected 0 or more",
            config.prior_strength
        )));
    }
    if config.draws == 0 {
        return Err(Untestable::Because("the number of draws is 0; expected at least 1".to_owned()));
    }
    let walsh = Walsh::of(differences, config);
    let sixths: Vec<[u64; 3]> = (0..config.draws.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let mut stream = Stream::new(config.seed, block as u64);
            let mut sixths = [0; 3];
            for _ in 0..BLOCK.min(config.draws - block * BLOCK) {
                walsh.draw(&mut stream, &mut sixths);
            }
            sixths
        })
        .collect();
    let count = |place: usize| sixths.iter().map(|block| block[place]).sum::<u64>() as f64 / 6.0;
    let draws = config.draws as f64;
    let share = |place: usize| count(place) / draws;
    let error = |place: usize| {
        let smoothed = (count(place) + 0.5) / (draws + 1.0);
        (smoothed * (1.0 - smoothed) / draws).sqrt()
    };
    Ok(SignedRankPosterior {
        probability: Posterior { left: share(0), rope: share(1), right: share(2) },
        standard_error: Posterior { left: error(0), rope: error(1), right: error(2) },
        config: *config,
    })
}

/// Which pairs of differences lie beyond the rope. The differences ascend, so for each the others beyond it are all those
/// from some place on.
#[derive(Debug)]
struct Walsh {
    /// Weight of each difference in the Dirichlet distribution; the prior's is among them.
    shapes: Vec<f64>,
    /// For each difference: the first with which its sum is at least 2 rope, and the first where it is more.
    above: Vec<(usize, usize)>,
    /// For each difference: how many there are with which its sum is below -2 rope, and at most that.
    below: Vec<(usize, usize)>,
}

impl Walsh {
    fn of(differences: &[f64], config: &BayesConfig) -> Self {
        let mut points: Vec<(f64, f64)> = differences.iter().map(|difference| (*difference, 1.0)).collect();
        if config.prior_strength > 0.0 {
            points.push((0.0, config.prior_strength));
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let border = 2.0 * config.rope;
        let first = |is_before: &dyn Fn(f64) -> bool| points.partition_point(|other| is_before(other.0));
        let above = points
            .iter()
            .map(|(z, _)| (first(&|other| z + other < border), first(&|other| z + other <= border)));
        let below = points
            .iter()
            .map(|(z, _)| (first(&|other| z + other < -border), first(&|other| z + other <= -border)));
        Self {
            above: above.collect(),
            below: below.collect(),
            shapes: points.iter().map(|(_, shape)| *shape).collect(),
        }
    }

    /// One draw: six sixths to the greatest of left, rope and right.
    fn draw(&self, stream: &mut Stream, sixths: &mut [u64; 3]) {
        // `sums[k]`: weight of the k lowest differences.
        let mut sums = Vec::with_capacity(self.shapes.len() + 1);
        let mut total = 0.0;
        sums.push(total);
        for shape in &self.shapes {
            // A gamma number with shape 1 is exponential.
            let weight =
                if *shape < 1.0 || 1.0 < *shape { stream.gamma(*shape) } else { Some(stream.exponential()) };
            total += weight.unwrap_or(0.0);
            sums.push(total);
        }
        let (mut left, mut right) = (0.0, 0.0);
        for (idx, (above, below)) in self.above.iter().zip(&self.below).enumerate() {
            let weight = sums[idx + 1] - sums[idx];
            right += weight * (total - 0.5 * (sums[above.0] + sums[above.1]));
            left += weight * 0.5 * (sums[below.0] + sums[below.1]);
        }
        let thetas = [left, total * total - left - right, right];
        let most = thetas.into_iter().fold(f64::MIN, f64::max);
        // Far below any difference that weights make by chance, far above what rounding makes of equal ones.
        let least = most - 1e-12 * total * total;
        let n_most = thetas.iter().filter(|theta| **theta >= least).count() as u64;
        for (sixths, theta) in sixths.iter_mut().zip(thetas) {
            if theta >= least {
                *sixths += 6 / n_most.max(1);
            }
        }
    }
}

/// The Bayesian correlated t test (Corani & Benavoli 2015, Machine Learning 100): given `differences` a - b of n runs, the mean
/// difference follows a t with n - 1 degrees of freedom, location mean(d) and scale² s² (1/n + ρ/(1 - ρ)).
///
/// ρ is the correlation that shared training cases cause. In k-fold cross-validation it is the share of test cases, 1/k
/// (Nadeau & Bengio 2003). Independent seeds on a fixed split share no resampling of the cases: ρ = 0, and the posterior
/// speaks of this split only.
///
/// # Errors
/// Below two differences, with one that is not finite, when all are equal (an infinitely sharp posterior would follow), or
/// when `rope` is negative or `rho` not in [0, 1).
///
/// # Example
/// ```
/// use analysis::stat::bayes_correlated_t;
///
/// let found = bayes_correlated_t(&[0.01, 0.02, 0.015, 0.012, 0.018], 0.005, 0.0).unwrap();
/// assert!((found.mean - 0.015).abs() < 1e-15 && found.probability.right > 0.99);
/// ```
pub fn bayes_correlated_t(differences: &[f64], rope: f64, rho: f64) -> Result<CorrelatedT, Untestable> {
    /// Differences that spread by no more than this share of the largest are equal but for rounding.
    const ROUNDING: f64 = 8.0 * f64::EPSILON;
    check_rope(differences, rope)?;
    if !(0.0..1.0).contains(&rho) {
        return Err(Untestable::Because(format!("rho is {rho}; expected a number in [0, 1)")));
    }
    let sample = Sample::from_values(differences);
    let (Some(mean), Some(sd)) = (sample.mean, sample.sd) else {
        let found = i64::try_from(differences.len()).unwrap_or(i64::MAX);
        return Err(Untestable::FewPairs { found, needed: 2 });
    };
    let largest = differences.iter().fold(0.0_f64, |most, difference| most.max(difference.abs()));
    if sd <= ROUNDING * largest {
        return Err(Untestable::ZeroVarianceOfDifferences);
    }
    let n = differences.len() as f64;
    let (scale, df) = (sd * (1.0 / n + rho / (1.0 - rho)).sqrt(), n - 1.0);
    let (low, high) = ((-rope - mean) / scale, (rope - mean) / scale);
    let (left, right) = (t_cdf(low, df), t_sf(high, df));
    // Both ends by the tail they lie in: no digits are lost where the rope is far from the mean.
    let within = if high <= low {
        0.0
    } else if low > 0.0 {
        t_sf(low, df) - right
    } else if high < 0.0 {
        t_cdf(high, df) - left
    } else {
        1.0 - left - right
    };
    let probability = Posterior { left, rope: within.max(0.0), right };
    Ok(CorrelatedT { probability, mean, scale, df, rope, rho })
}

fn check_rope(differences: &[f64], rope: f64) -> Result<(), Untestable> {
    if !(0.0..f64::INFINITY).contains(&rope) {
        return Err(Untestable::Because(format!("the rope is {rope}; expected 0 or more")));
    }
    if differences.iter().any(|difference| !difference.is_finite()) {
        return Err(Untestable::NotFinite);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: BayesConfig = BayesConfig { rope: 0.01, prior_strength: 0.5, draws: 5000, seed: 1 };

    #[test]
    fn no_difference_at_all_is_the_rope_or_neither() {
        let found = bayes_signed_rank(&[0.0; 5], &CONFIG).unwrap().probability;
        assert_eq!(found, Posterior { left: 0.0, rope: 1.0, right: 0.0 });
        // Without a rope baycomp gives such a draw to the left.
        let found = bayes_signed_rank(&[0.0; 5], &BayesConfig { rope: 0.0, ..CONFIG }).unwrap();
        assert_eq!(found.probability, Posterior { left: 0.5, rope: 0.0, right: 0.5 });
        assert!(found.standard_error.rope > 0.0);
    }

    #[test]
    fn one_difference_and_none() {
        let alone = BayesConfig { prior_strength: 0.0, ..CONFIG };
        assert_eq!(bayes_signed_rank(&[0.5], &alone).unwrap().probability.right, 1.0);
        assert!(bayes_signed_rank(&[0.5], &CONFIG).is_ok());
        assert_eq!(bayes_signed_rank(&[], &CONFIG), Err(Untestable::FewPairs { found: 0, needed: 1 }));
        for values in [&[][..], &[0.5][..]] {
            assert!(matches!(
                bayes_correlated_t(values, 0.01, 0.0),
                Err(Untestable::FewPairs { needed: 2, .. })
            ));
        }
        assert_eq!(bayes_correlated_t(&[0.1; 4], 0.01, 0.0), Err(Untestable::ZeroVarianceOfDifferences));
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(bayes_signed_rank(&[f64::NAN], &CONFIG), Err(Untestable::NotFinite));
        assert!(bayes_signed_rank(&[0.5], &BayesConfig { rope: -1.0, ..CONFIG }).is_err());
        assert!(bayes_signed_rank(&[0.5], &BayesConfig { prior_strength: f64::NAN, ..CONFIG }).is_err());
        assert!(bayes_signed_rank(&[0.5], &BayesConfig { draws: 0, ..CONFIG }).is_err());
        assert!(bayes_correlated_t(&[0.5, 0.4], 0.01, 1.0).is_err());
        assert!(bayes_correlated_t(&[0.5, 0.4], f64::NAN, 0.0).is_err());
        assert_eq!(bayes_correlated_t(&[0.5, f64::INFINITY], 0.01, 0.0), Err(Untestable::NotFinite));
    }
}
