//! The mixed model of complete and balanced data, in closed form.
//!
//! Comes in: cells, each with the same number of seeds. Goes out: REML estimates from three mean squares. Iterates nothing.

use super::Estimated;
use super::cells::Cells;
use super::matrix::Matrix;
use super::spread::Spread;
use crate::stat::reason::Untestable;

/// One or several mean squares that estimate one value.
#[derive(Debug, Clone, Copy)]
struct Pool {
    sum_of_squares: f64,
    df: f64,
    /// Strata in it.
    n_strata: usize,
}

impl Pool {
    fn mean(&self) -> f64 {
        self.sum_of_squares / self.df
    }
}

/// With n seeds, k models and N tasks, the covariance has three eigenvalues: λ₁ = σ², λ₂ = σ² + nγ, λ₃ = λ₂ + nkτ, with
/// N k (n - 1), (N - 1)(k - 1) and N - 1 degrees of freedom beside the fixed effects. The restricted likelihood is
/// Σ df (ln λ + MS/λ), to be least under λ₁ <= λ₂ <= λ₃: the mean squares where they ascend, and else their weighted means
/// over neighbors out of order (Robertson, Wright & Dykstra 1988, section 1.5: isotonic regression of gamma variables).
/// The means have the covariance [λ₂ (I - J/k) + λ₃ J/k] / (nN), and a λ of df degrees has the variance 2λ²/df.
pub(super) fn fit(cells: &Cells, n: f64) -> Result<Estimated, Untestable> {
    let (n_tasks, k) = (cells.n_tasks as f64, cells.models.len() as f64);
    let (means, ss_task, ss_rest) = decompose(cells);
    let strata = [
        (cells.ss_within, cells.df_within),
        (n * ss_rest, (n_tasks - 1.0) * (k - 1.0)),
        (n * k * ss_task, n_tasks - 1.0),
    ];
    let pools = ascending(&strata);
    let of_stratum: Vec<usize> =
        pools.iter().enumerate().flat_map(|(at, pool)| std::iter::repeat_n(at, pool.n_strata)).collect();
    let lambda: Vec<f64> = of_stratum.iter().map(|at| pools[*at].mean()).collect();
    let (merged, unit) = (cells.is_merged(), cells.unit);
    let [within, rest, task] =
        if merged { [0.0, lambda[0], lambda[1]] } else { [lambda[0], lambda[1], lambda[2]] };
    let (at_rest, at_task) = (of_stratum[of_stratum.len() - 2], of_stratum[of_stratum.len() - 1]);

    let among = Matrix::from_fn(means.len(), |a, b| {
        (f64::from(u8::from(a == b)) - 1.0 / k) / (n * n_tasks) * unit * unit
    });
    let common = Matrix::from_fn(means.len(), |_, _| unit * unit / (k * n * n_tasks));
    let slope = |at: usize| sum(&among, at_rest == at, &common, at_task == at);
    let spread = Spread {
        means,
        covariance: sum_scaled(&among, rest, &common, task),
        slopes: (0..pools.len()).map(slope).collect(),
        information: Matrix::from_fn(pools.len(), |a, b| {
            if a == b { 2.0 * pools[a].mean().powi(2) / pools[a].df } else { 0.0 }
        }),
    };
    let square = unit * unit;
    let variances = if merged {
        [(task - rest) / (n * k) * square, 0.0, rest * square]
    } else {
        [(task - rest) / (n * k) * square, (rest - within) / n * square, within * square]
    };
    // ln|V| and ln|X'V⁻¹X|, of which the models' means take one λ₃ and k - 1 λ₂ out again.
    let logs: f64 =
        strata.iter().filter(|(_, df)| *df > 0.0).zip(&lambda).map(|((_, df), l)| df * l.ln()).sum();
    let df = cells.n_obs - k;
    let criterion =
        df * (1.0 + (2.0 * std::f64::consts::PI).ln() + 2.0 * unit.ln()) + logs + k * (n * n_tasks).ln();
    Ok(Estimated {
        variances,
        singular: pools.len() < lambda.len(),
        criterion: criterion.is_finite().then_some(criterion),
        spread,
    })
}

/// Model means in the unit of the values; sums of squares of task means, and of cell means about models plus tasks.
fn decompose(cells: &Cells) -> (Vec<f64>, f64, f64) {
    let (n_tasks, k) = (cells.n_tasks as f64, cells.models.len());
    let of_task: Vec<f64> =
        cells.tasks.iter().map(|task| task.iter().map(|cell| cell.mean).sum::<f64>() / k as f64).collect();
    let grand = of_task.iter().sum::<f64>() / n_tasks;
    let mut effects = vec![0.0; k];
    for (task, mean) in cells.tasks.iter().zip(&of_task) {
        task.iter().for_each(|cell| effects[cell.model] += (cell.mean - mean) / n_tasks);
    }
    let rest = |(task, mean): (&Vec<super::cells::Cell>, &f64)| {
        task.iter().map(|cell| (cell.mean - mean - effects[cell.model]).powi(2)).sum::<f64>()
    };
    let ss_rest = cells.tasks.iter().zip(&of_task).map(rest).sum();
    let ss_task = of_task.iter().map(|mean| (mean - grand).powi(2)).sum();
    let means = effects.iter().map(|effect| cells.offset + (grand + effect) * cells.unit).collect();
    (means, ss_task, ss_rest)
}

/// Pools adjacent violators; a stratum without degrees of freedom is left out.
fn ascending(strata: &[(f64, f64)]) -> Vec<Pool> {
    let mut pools: Vec<Pool> = Vec::new();
    for (sum_of_squares, df) in strata.iter().copied().filter(|(_, df)| *df > 0.0) {
        let mut last = Pool { sum_of_squares, df, n_strata: 1 };
        while let Some(before) = pools.pop_if(|before| before.mean() >= last.mean()) {
            last = Pool {
                sum_of_squares: before.sum_of_squares + last.sum_of_squares,
                df: before.df + last.df,
                n_strata: before.n_strata + last.n_strata,
            };
        }
        pools.push(last);
    }
    pools
}

fn sum(a: &Matrix, with_a: bool, b: &Matrix, with_b: bool) -> Matrix {
    sum_scaled(a, f64::from(u8::from(with_a)), b, f64::from(u8::from(with_b)))
}

fn sum_scaled(a: &Matrix, factor_a: f64, b: &Matrix, factor_b: f64) -> Matrix {
    Matrix::from_fn(a.size(), |row, col| factor_a * a.at(row, col) + factor_b * b.at(row, col))
}
