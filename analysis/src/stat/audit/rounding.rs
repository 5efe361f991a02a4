//! The p-value of two printed rows, and all p-values of figures that round to them.
//!
//! Comes in: two rows and what is assumed of their test. Goes out: a p-value and an interval. Adjusts nothing.

use super::assume::{Assumption, Sides, Variance};
use super::{Direction, Printed};
use crate::stat::t_sf;

/// Closed interval of p-values, in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PInterval {
    /// Smallest; 0 also where it is only approached.
    pub low: f64,
    /// Largest.
    pub high: f64,
}

impl PInterval {
    /// The smallest interval that holds both.
    pub fn hull(&self, other: &Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// The unadjusted p-value of the figures as printed; `None` where neither group varies, or n is unknown or below 2.
pub fn p_printed(a: &Printed, b: &Printed, assumption: &Assumption, direction: Direction) -> Option<f64> {
    let design = Design::of(a, b, assumption)?;
    if a.sd <= 0.0 && b.sd <= 0.0 {
        return None;
    }
    let diff = a.mean - b.mean;
    let tail = design.tail(diff.abs(), a.sd, b.sd);
    Some(match (assumption.sides, direction) {
        (Sides::Two, _) => (2.0 * tail).min(1.0),
        (Sides::One, Direction::Observed) => tail,
        (Sides::One, Direction::Higher) if diff < 0.0 => 1.0 - tail,
        (Sides::One, Direction::Lower) if diff > 0.0 => 1.0 - tail,
        (Sides::One, _) => tail,
    })
}

/// All unadjusted p-values that arise when each of the four figures is anywhere within half a unit of what is printed (an sd not below
/// 0). [0, 1] where n is unknown or below 2.
///
/// p falls as |difference| grows. Pooled, it rises with both sds, so the extremes are at corners. Welch's degrees of freedom
/// move too: p still rises when both sds grow by one factor (t falls, df stays), so the extremes lie on the edges of the
/// rectangle of sds, the smallest p on the two lower edges and the largest on the two upper ones. Along an edge p falls first
/// where df grows faster than t shrinks, and rises from then on; each edge is looked at in eight steps, and the smallest
/// value refined by golden section.
pub fn p_interval(a: &Printed, b: &Printed, assumption: &Assumption, direction: Direction) -> PInterval {
    let Some(design) = Design::of(a, b, assumption) else {
        return PInterval { low: 0.0, high: 1.0 };
    };
    let (diff, reach) = (a.mean - b.mean, 0.5 * (a.unit + b.unit));
    let (from, to) = (diff - reach, diff + reach);
    let box_of = |row: &Printed| ((row.sd - 0.5 * row.unit).max(0.0), row.sd + 0.5 * row.unit);
    let (box_a, box_b) = (box_of(a), box_of(b));
    let (smallest, largest) = (
        |diff: f64| design.smallest_tail(diff, box_a, box_b),
        |diff: f64| design.largest_tail(diff, box_a, box_b),
    );
    let signed = |from: f64, to: f64| PInterval {
        low: if to >= 0.0 { smallest(to) } else { 1.0 - largest(-to) },
        high: if from >= 0.0 { largest(from) } else { 1.0 - smallest(-from) },
    };
    let farthest = from.abs().max(to.abs());
    let nearest = if from <= 0.0 && 0.0 <= to { 0.0 } else { from.abs().min(to.abs()) };
    let observed = || PInterval { low: smallest(farthest), high: largest(nearest) };
    match (assumption.sides, direction) {
        (Sides::Two, _) => {
            let PInterval { low, high } = observed();
            PInterval { low: 2.0 * low, high: (2.0 * high).min(1.0) }
        }
        (Sides::One, Direction::Observed) => observed(),
        (Sides::One, Direction::Higher) => signed(from, to),
        (Sides::One, Direction::Lower) => signed(-to, -from),
    }
}

/// Steps of an edge.
const STEPS: u32 = 8;

/// Sizes of two groups and the test between them.
struct Design {
    n_a: f64,
    n_b: f64,
    /// What a printed sd is multiplied with to have the divisor n - 1.
    factor_a: f64,
    factor_b: f64,
    variance: Variance,
}

impl Design {
    fn of(a: &Printed, b: &Printed, assumption: &Assumption) -> Option<Self> {
        let Assumption { n, ddof, variance, .. } = *assumption;
        let size = |row: &Printed| row.n.or(n).filter(|n| *n >= 2).map(|n| n as f64);
        let factor = |n: f64| if ddof == 0 { (n / (n - 1.0)).sqrt() } else { 1.0 };
        let (n_a, n_b) = (size(a)?, size(b)?);
        Some(Self { n_a, n_b, factor_a: factor(n_a), factor_b: factor(n_b), variance })
    }

    /// P(T > |difference|/se) of `student` or `welch`, without looking for what cannot be tested; where nothing varies, the
    /// limit: 0, or ½ without a difference.
    fn tail(&self, distance: f64, sd_a: f64, sd_b: f64) -> f64 {
        let (sd_a, sd_b) = (sd_a * self.factor_a, sd_b * self.factor_b);
        let unit = sd_a.max(sd_b);
        if distance <= 0.0 {
            return 0.5;
        }
        if unit <= 0.0 {
            return 0.0;
        }
        let (square_a, square_b) = ((sd_a / unit).powi(2), (sd_b / unit).powi(2));
        let (rest_a, rest_b) = (self.n_a - 1.0, self.n_b - 1.0);
        let (variance, df) = match self.variance {
            Variance::Pooled => {
                let df = rest_a + rest_b;
                let pooled = (rest_a * square_a + rest_b * square_b) / df;
                (pooled * (1.0 / self.n_a + 1.0 / self.n_b), df)
            }
            Variance::Welch => {
                let (v_a, v_b) = (square_a / self.n_a, square_b / self.n_b);
                (v_a + v_b, (v_a + v_b).powi(2) / (v_a * v_a / rest_a + v_b * v_b / rest_b))
            }
        };
        t_sf(distance / (unit * variance.sqrt()), df)
    }

    fn largest_tail(&self, distance: f64, a: (f64, f64), b: (f64, f64)) -> f64 {
        let corner = self.tail(distance, a.1, b.1);
        if self.variance == Variance::Pooled {
            return corner;
        }
        let upper = on_edge(a).map(|sd_a| self.tail(distance, sd_a, b.1));
        let right = on_edge(b).map(|sd_b| self.tail(distance, a.1, sd_b));
        upper.chain(right).fold(corner, f64::max)
    }

    fn smallest_tail(&self, distance: f64, a: (f64, f64), b: (f64, f64)) -> f64 {
        if self.variance == Variance::Pooled {
            return self.tail(distance, a.0, b.0);
        }
        let lower = least_on_edge(a, |sd_a| self.tail(distance, sd_a, b.0));
        let left = least_on_edge(b, |sd_b| self.tail(distance, a.0, sd_b));
        lower.min(left)
    }
}

/// The ends of an edge and the points between them.
fn on_edge((low, high): (f64, f64)) -> impl Iterator<Item = f64> {
    (0..=STEPS).map(move |idx| low + (high - low) * f64::from(idx) / f64::from(STEPS))
}

/// Smallest value of a function that falls at most once before it rises.
fn least_on_edge((low, high): (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
    /// A step that tells whether the function falls at the edge's start.
    const NUDGE: f64 = 1e-4;
    const GOLDEN: f64 = 0.618_033_988_749_894_8;
    /// 0.618^40 of two steps of an edge: 1e-8, where a minimum is flat.
    const MOST_STEPS: u32 = 40;
    let step = (high - low) / f64::from(STEPS);
    let start = f(low);
    if step <= 0.0 || f(low + NUDGE * step) >= start {
        return start;
    }
    let mut least = (start, low);
    for at in on_edge((low, high)) {
        let value = f(at);
        if value < least.0 {
            least = (value, at);
        }
    }
    let (mut from, mut to) = ((least.1 - step).max(low), (least.1 + step).min(high));
    let mut best = least.0;
    for _ in 0..MOST_STEPS {
        let (left, right) = (to - GOLDEN * (to - from), from + GOLDEN * (to - from));
        let (f_left, f_right) = (f(left), f(right));
        best = best.min(f_left).min(f_right);
        if f_left < f_right {
            to = right;
        } else {
            from = left;
        }
    }
    best
}
