//! Several models at once: Dunnett's comparisons with a control, and the mixed model over tasks.
//!
//! Comes in: the effort. Goes out: rows of both tables. Dunnett's errors are those of the family: one false claim among
//! four is an error, and one missed difference misses all.

use analysis::stat::{
    Alternative::{self, TwoSided},
    MixedFit, Observation, Sample, Stream, dunnett, mixed_model,
};

use crate::tally::{ALPHA, Coverage, Effort, Errors, count, holds};

/// Type-I errors and coverage.
pub(crate) fn all(effort: &Effort) -> (Vec<Errors>, Vec<Coverage>) {
    let (mut errors, mut coverage) = (Vec::new(), Vec::new());
    for (at, design) in CONTROLS.iter().enumerate() {
        let seed = effort.seed + 300 + at as u64;
        let critical = design.critical();
        let [two, greater, less, holds] =
            count(effort.costly, seed, |stream| design.answers(critical, stream));
        let (data, n, shares) = (design.name(), effort.costly, [two, greater, less].map(Some));
        errors.push(Errors { test: "dunnett", null: "equal means (family)", data, n, shares });
        let (data, n, shares) = (design.name(), effort.costly, [Some(holds), None]);
        coverage.push(Coverage { interval: "dunnett", of: "4 differences at once", data, n, shares });
    }
    for (at, design) in TABLES.iter().enumerate() {
        let seed = effort.seed + 320 + at as u64;
        // Balanced tables have a closed form.
        let n = if design.holes == 0 { effort.cheap } else { effort.costly };
        let [by_f, by_t] = count(n, seed, |stream| design.rejects(stream));
        for (test, share) in [("mixed model, F", by_f), ("mixed model, t", by_t)] {
            let shares = [Some(share), None, None];
            errors.push(Errors { test, null: "equal means", data: design.name.to_owned(), n, shares });
        }
        let [difference, mean] = count(n, seed + 10, |stream| design.holds(stream));
        for (of, share) in [("mean a - mean b", difference), ("mean of a model", mean)] {
            let (data, shares) = (design.name.to_owned(), [Some(share), None]);
            coverage.push(Coverage { interval: "mixed model", of, data, n, shares });
        }
    }
    errors.sort_by_key(|row| row.test);
    (errors, coverage)
}

/// A control and four models with `n` values each.
struct Control {
    is_skewed: bool,
    /// Standard deviations of the control and of the models.
    sd: [f64; 5],
    n: usize,
}

const fn control(is_skewed: bool, sd: [f64; 5], n: usize) -> Control {
    Control { is_skewed, sd, n }
}

const EQUAL: [f64; 5] = [1.0; 5];
const WIDE_CONTROL: [f64; 5] = [3.0, 1.0, 1.0, 1.0, 1.0];
const WIDE_MODEL: [f64; 5] = [1.0, 3.0, 1.0, 1.0, 1.0];

const CONTROLS: [Control; 8] = [
    control(false, EQUAL, 5),
    control(false, EQUAL, 10),
    control(false, WIDE_CONTROL, 5),
    control(false, WIDE_CONTROL, 10),
    control(false, WIDE_MODEL, 5),
    control(false, WIDE_MODEL, 10),
    control(true, EQUAL, 5),
    control(true, EQUAL, 10),
];

impl Control {
    fn name(&self) -> String {
        let shape = if self.is_skewed { "skewed" } else { "normal" };
        let spread = match self.sd {
            WIDE_CONTROL => "SD of the control 3, else 1",
            WIDE_MODEL => "SD of one model 3, else 1",
            _ => "SD 1",
        };
        format!("{shape}, 5 models, n {}, {spread}", self.n)
    }

    fn draw(&self, stream: &mut Stream) -> [Sample; 5] {
        self.sd.map(|sd| {
            let mut value = || if self.is_skewed { stream.exponential() - 1.0 } else { stream.normal() };
            let values: Vec<f64> = (0..self.n).map(|_| sd * value()).collect();
            Sample::from_values(&values)
        })
    }

    /// What the largest statistic has to exceed on one side: a matter of sizes, so once is enough.
    fn critical(&self) -> Option<f64> {
        let any = Sample { n: Some(self.n as i64), mean: Some(0.0), sd: Some(1.0) };
        dunnett(&[any; 4], &any, Alternative::Greater, ALPHA).ok()?.critical
    }

    /// Whether any model differs, is higher, is lower; and whether all intervals hold.
    fn answers(&self, critical: Option<f64>, stream: &mut Stream) -> [Option<bool>; 4] {
        let [control, models @ ..] = self.draw(stream);
        let Ok(found) = dunnett(&models, &control, TwoSided, ALPHA) else { return [None; 4] };
        let groups = || found.groups.iter().flatten();
        let any = |is_above: &dyn Fn(f64) -> bool| groups().any(|group| is_above(group.test.statistic));
        [
            Some(groups().any(|group| group.p_adjusted < ALPHA)),
            critical.map(|critical| any(&|t| t > critical)),
            critical.map(|critical| any(&|t| -t > critical)),
            Some(groups().all(|group| holds(Some(group.interval), 0.0) == Some(true))),
        ]
    }
}

/// Seven tasks, four models, some seeds; task effects have an SD of 3, seeds of 1.
struct Table {
    name: &'static str,
    /// SD of a model's own effect on a task.
    interaction: f64,
    is_skewed: bool,
    seeds: usize,
    /// Cells without values, from the first.
    holes: usize,
}

const TABLES: [Table; 5] = [
    Table { name: "7 × 4 × 5, task:model SD 1", interaction: 1.0, is_skewed: false, seeds: 5, holes: 0 },
    Table { name: "7 × 4 × 5, task:model SD 0.3", interaction: 0.3, is_skewed: false, seeds: 5, holes: 0 },
    Table { name: "7 × 4 × 5, task:model SD 0", interaction: 0.0, is_skewed: false, seeds: 5, holes: 0 },
    Table {
        name: "7 × 4 × 5, task:model SD 1, skewed",
        interaction: 1.0,
        is_skewed: true,
        seeds: 5,
        holes: 0,
    },
    Table {
        name: "7 × 4 × 5, task:model SD 1, one cell empty",
        interaction: 1.0,
        is_skewed: false,
        seeds: 5,
        holes: 1,
    },
];

impl Table {
    fn fit(&self, stream: &mut Stream) -> Option<MixedFit> {
        let mut value =
            |sd: f64| sd * if self.is_skewed { stream.exponential() - 1.0 } else { stream.normal() };
        let mut rows = Vec::new();
        for task in 0..7 {
            let level = value(3.0);
            for model in 0..4 {
                let cell = level + value(self.interaction);
                for _ in 0..self.seeds {
                    rows.push(Observation { task, model, value: cell + value(1.0) });
                }
            }
        }
        mixed_model(rows.get(self.holes * self.seeds..)?, 0, ALPHA).ok()
    }

    /// The F test, and the t test of one difference.
    fn rejects(&self, stream: &mut Stream) -> [Option<bool>; 2] {
        let fit = self.fit(stream);
        let t = fit.as_ref().and_then(|fit| fit.contrast(1, 0).ok()).map(|term| term.p_value);
        [fit.map(|fit| fit.f.p_value), t].map(|p| p.map(|p| p < ALPHA))
    }

    /// A difference, and a model's mean.
    fn holds(&self, stream: &mut Stream) -> [Option<bool>; 2] {
        let fit = self.fit(stream);
        let difference = fit.as_ref().and_then(|fit| fit.contrast(1, 0).ok());
        let mean = fit.as_ref().and_then(|fit| fit.means.first().copied());
        [difference, mean].map(|term| holds(term.map(|term| term.interval), 0.0))
    }
}
