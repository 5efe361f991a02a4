//! Tests and intervals of two independent groups.
//!
//! Comes in: the effort. Goes out: rows of both tables. Every method sees the same data sets, centered so that the null of
//! its own claim is true: equal means, or P(a > b) = 1/2.

use analysis::stat::{
    Alternative::TwoSided, Interval, Sample, TTest, Untestable, brunner_munzel, brunner_munzel_permuted,
    cliff_delta, hedges_g, hodges_lehmann, mann_whitney, normal_cdf, permutation, permutation_interval,
    student, welch,
};

use crate::tally::{ALPHA, Coverage, Effort, Errors, SIDES, count, holds, ranked, rejections};

/// What is equal in both groups when there is no effect.
#[derive(Clone, Copy)]
enum Center {
    Means,
    /// P(a > b) = 1/2: the median of a - b is 0.
    Chances,
}

impl Center {
    fn null(self) -> &'static str {
        match self {
            Self::Means => "equal means",
            Self::Chances => "P(a > b) = ½",
        }
    }
}

/// What data sets are like.
struct Design {
    is_skewed: bool,
    sd: [f64; 2],
    n: [usize; 2],
}

const SIZES: [([f64; 2], [usize; 2]); 7] = [
    ([1.0, 1.0], [5, 5]),
    ([1.0, 1.0], [10, 10]),
    ([1.0, 1.0], [5, 10]),
    ([3.0, 1.0], [5, 5]),
    ([3.0, 1.0], [10, 10]),
    ([3.0, 1.0], [5, 10]),
    ([1.0, 3.0], [5, 10]),
];

fn designs() -> impl Iterator<Item = Design> {
    [false, true].into_iter().flat_map(|is_skewed| SIZES.map(|(sd, n)| Design { is_skewed, sd, n }))
}

impl Design {
    fn name(&self) -> String {
        let shape = if self.is_skewed { "skewed" } else { "normal" };
        let ([n_a, n_b], [sd_a, sd_b]) = (self.n, self.sd);
        format!("{shape}, n {n_a} and {n_b}, SD {sd_a} and {sd_b}")
    }

    /// The pooled standard deviation that g estimates: the unit of d.
    fn unit(&self) -> f64 {
        let [free_a, free_b] = self.n.map(|n| (n - 1) as f64);
        ((free_a * self.sd[0].powi(2) + free_b * self.sd[1].powi(2)) / (free_a + free_b)).sqrt()
    }

    /// What is taken from the values of a: their mean over that of b, or the median of a - b. Of two exponential numbers,
    /// the difference exceeds x >= 0 with chance s/(s + s') exp(-x/s), s and s' their means.
    fn offset(&self, center: Center) -> f64 {
        let [a, b] = self.sd;
        match center {
            _ if !self.is_skewed => 0.0,
            Center::Means => a - b,
            Center::Chances if a >= b => a * (2.0 * a / (a + b)).ln(),
            Center::Chances => -b * (2.0 * b / (a + b)).ln(),
        }
    }

    /// Normal values, or exponential ones, a's moved by `d` units.
    fn draw(&self, center: Center, d: f64, stream: &mut analysis::stat::Stream) -> [Vec<f64>; 2] {
        let shifts = [d * self.unit() - self.offset(center), 0.0];
        std::array::from_fn(|group| {
            let mut value = || if self.is_skewed { stream.exponential() } else { stream.normal() };
            (0..self.n[group]).map(|_| self.sd[group] * value() + shifts[group]).collect()
        })
    }

    /// 2 P(a > b) - 1.
    fn delta(&self, center: Center, d: f64) -> f64 {
        let ([a, b], shift) = (self.sd, d * self.unit() - self.offset(center));
        let above = match (self.is_skewed, shift <= 0.0) {
            (false, _) => normal_cdf(shift / a.hypot(b)),
            (true, true) => a / (a + b) * (shift / a).exp(),
            (true, false) => 1.0 - b / (a + b) * (-shift / b).exp(),
        };
        2.0 * above - 1.0
    }
}

struct Test {
    name: &'static str,
    center: Center,
    p_values: fn(&[f64], &[f64]) -> Option<[f64; 3]>,
}

const TESTS: [Test; 6] = [
    Test { name: "welch", center: Center::Means, p_values: |a, b| of_t(a, b, welch) },
    Test { name: "student", center: Center::Means, p_values: |a, b| of_t(a, b, student) },
    Test { name: "permutation", center: Center::Means, p_values: |a, b| ranked(permutation(a, b, 9999, 1)) },
    Test { name: "mann-whitney", center: Center::Chances, p_values: |a, b| ranked(mann_whitney(a, b)) },
    Test { name: "mann-whitney", center: Center::Means, p_values: |a, b| ranked(mann_whitney(a, b)) },
    Test { name: "brunner-munzel", center: Center::Chances, p_values: of_brunner },
];

fn of_t(a: &[f64], b: &[f64], test: fn(&Sample, &Sample) -> Result<TTest, Untestable>) -> Option<[f64; 3]> {
    let test = test(&Sample::from_values(a), &Sample::from_values(b)).ok()?;
    Some(SIDES.map(|side| test.p_value(side)))
}

/// As `compare` has it: permuted below ten values a group.
fn of_brunner(a: &[f64], b: &[f64]) -> Option<[f64; 3]> {
    let is_small = a.len().min(b.len()) < 10;
    ranked(if is_small { brunner_munzel_permuted(a, b, 9999, 1) } else { brunner_munzel(a, b) })
}

/// Type-I errors.
pub(crate) fn errors(effort: &Effort) -> Vec<Errors> {
    let mut rows = Vec::new();
    for test in &TESTS {
        for (at, design) in designs().enumerate() {
            // Where the two nulls are one, once is enough.
            let is_second = test.name == "mann-whitney" && matches!(test.center, Center::Means);
            let gap = design.offset(Center::Means) - design.offset(Center::Chances);
            if is_second && gap.abs() < 1e-12 {
                continue;
            }
            let one = |stream: &mut _| {
                let [a, b] = design.draw(test.center, 0.0, stream);
                rejections((test.p_values)(&a, &b))
            };
            rows.push(Errors {
                test: test.name,
                null: if is_second { "equal means (not its claim)" } else { test.center.null() },
                data: design.name(),
                n: effort.cheap,
                shares: count(effort.cheap, effort.seed + at as u64, one).map(Some),
            });
        }
    }
    rows
}

struct Measure {
    name: &'static str,
    of: &'static str,
    center: Center,
    is_costly: bool,
    interval: fn(&[f64], &[f64]) -> Option<Interval>,
    truth: fn(&Design, f64) -> f64,
}

const MEASURES: [Measure; 6] = [
    Measure {
        name: "welch",
        of: "mean a - mean b",
        center: Center::Means,
        is_costly: false,
        interval: |a, b| around_means(a, b, welch),
        truth: |design, d| d * design.unit(),
    },
    Measure {
        name: "student",
        of: "mean a - mean b",
        center: Center::Means,
        is_costly: false,
        interval: |a, b| around_means(a, b, student),
        truth: |design, d| d * design.unit(),
    },
    Measure {
        name: "permutation",
        of: "mean a - mean b",
        center: Center::Means,
        is_costly: true,
        interval: |a, b| permutation_interval(a, b, ALPHA, TwoSided, 9999, 1),
        truth: |design, d| d * design.unit(),
    },
    Measure {
        name: "hodges-lehmann",
        of: "median of a - b",
        center: Center::Chances,
        is_costly: false,
        interval: |a, b| hodges_lehmann(a, b, ALPHA, TwoSided).map(|shift| shift.interval),
        truth: |design, d| d * design.unit(),
    },
    Measure {
        name: "hedges-g",
        of: "(mean a - mean b)/SD",
        center: Center::Means,
        is_costly: true,
        interval: |a, b| {
            let (a, b) = (Sample::from_values(a), Sample::from_values(b));
            hedges_g(&a, &b, ALPHA, TwoSided).map(|effect| effect.interval)
        },
        truth: |_, d| d,
    },
    Measure {
        name: "cliff-delta",
        of: "P(a > b) - P(a < b)",
        center: Center::Chances,
        is_costly: false,
        interval: |a, b| cliff_delta(a, b, ALPHA, TwoSided).map(|effect| effect.interval),
        truth: |design, d| design.delta(Center::Chances, d),
    },
];

fn around_means(
    a: &[f64],
    b: &[f64],
    test: fn(&Sample, &Sample) -> Result<TTest, Untestable>,
) -> Option<Interval> {
    let test = test(&Sample::from_values(a), &Sample::from_values(b)).ok()?;
    Some(test.interval(ALPHA, TwoSided))
}

/// Coverage without an effect and with d = 1.
pub(crate) fn coverage(effort: &Effort) -> Vec<Coverage> {
    let mut rows = Vec::new();
    for measure in &MEASURES {
        let n = if measure.is_costly { effort.costly } else { effort.cheap };
        for (at, design) in designs().enumerate() {
            let share = |d: f64, seed: u64| {
                let one = |stream: &mut _| {
                    let [a, b] = design.draw(measure.center, d, stream);
                    [holds((measure.interval)(&a, &b), (measure.truth)(&design, d))]
                };
                let [share] = count(n, seed + at as u64, one);
                Some(share)
            };
            rows.push(Coverage {
                interval: measure.name,
                of: measure.of,
                data: design.name(),
                n,
                shares: [share(0.0, effort.seed), share(1.0, effort.seed + 100)],
            });
        }
    }
    rows
}
