//! The mixed model by restricted maximum likelihood, for cells that are missing or unequal.
//!
//! Comes in: cells. Goes out: REML estimates, and the criterion with its first two derivatives. Handles one matrix a task, of
//! the size of its models, and never one of all observations.

use super::Estimated;
use super::cells::{Cell, Cells};
use super::matrix::{Matrix, dot};
use super::optimum::{Curve, lowest};
use super::spread::Spread;
use crate::stat::reason::Untestable;

/// Variances of task, task:model and residual, in squares of the unit.
pub(super) type Variances = [f64; 3];

/// Fits by REML.
pub(super) fn fit(cells: &Cells) -> Result<Estimated, Untestable> {
    let failed = || Untestable::Because("the likelihood of the mixed model has no maximum".to_owned());
    let variances = lowest(cells).ok_or_else(failed)?;
    let solved = Solved::at(cells, &variances).ok_or_else(failed)?;
    let (curve, slopes) = solved.curve();
    // A variance at its bound 0 does not move: the tests are those of the model without it.
    let free: Vec<usize> = (0..3).filter(|at| variances[*at] > 0.0).collect();
    let hessian = Matrix::from_fn(free.len(), |a, b| curve.hessian.at(free[a], free[b]));
    let (inverse, _) = hessian.inverse().ok_or_else(failed)?;
    let square = cells.unit * cells.unit;
    let df = cells.n_obs - cells.models.len() as f64;
    let spread = Spread {
        means: solved.means.iter().map(|mean| cells.offset + mean * cells.unit).collect(),
        covariance: solved.covariance.scaled(square),
        slopes: free.iter().map(|at| slopes[*at].scaled(square)).collect(),
        information: inverse.scaled(2.0),
    };
    let components = if cells.is_merged() { vec![0, 2] } else { vec![0, 1, 2] };
    Ok(Estimated {
        variances: variances.map(|variance| variance * square),
        singular: components.iter().any(|at| variances[*at] <= 0.0),
        criterion: Some(solved.criterion + 2.0 * df * cells.unit.ln()),
        spread,
    })
}

/// The generalized least squares of the cell means under given variances.
#[derive(Debug)]
pub(super) struct Solved<'a> {
    cells: &'a Cells,
    variances: Variances,
    /// V⁻¹ of every task.
    weights: Vec<Matrix>,
    means: Vec<f64>,
    /// (X'V⁻¹X)⁻¹.
    covariance: Matrix,
    /// V⁻¹(y - Xβ) of every task.
    residuals: Vec<Vec<f64>>,
    /// y'Py, the sum within cells included.
    pub(super) quadratic: f64,
    /// (n - k) ln 2π + ln|V| + ln|X'V⁻¹X| + y'Py.
    pub(super) criterion: f64,
}

impl<'a> Solved<'a> {
    /// V of a task's cell means is D + τ11' with D = diag(γ + σ²/n): its inverse is that of Sherman & Morrison (1950).
    pub(super) fn at(cells: &'a Cells, variances: &Variances) -> Option<Self> {
        let [tau, gamma, sigma] = *variances;
        let k = cells.models.len();
        let (mut normal, mut right) = (Matrix::zero(k), vec![0.0; k]);
        let mut log_det = if cells.df_within > 0.0 { cells.df_within * sigma.ln() } else { 0.0 };
        let mut weights = Vec::with_capacity(cells.tasks.len());
        for task in &cells.tasks {
            let u: Vec<f64> = task.iter().map(|cell| 1.0 / (gamma + sigma / cell.n)).collect();
            let stretch = 1.0 + tau * u.iter().sum::<f64>();
            log_det += stretch.ln() + task.iter().zip(&u).map(|(cell, u)| (cell.n / u).ln()).sum::<f64>();
            let weight = Matrix::from_fn(task.len(), |a, b| {
                if a == b { u[a] - tau * u[a] * u[a] / stretch } else { -tau * u[a] * u[b] / stretch }
            });
            let y: Vec<f64> = task.iter().map(|cell| cell.mean).collect();
            for ((a, cell), pull) in task.iter().enumerate().zip(weight.apply(&y)) {
                right[cell.model] += pull;
                task.iter()
                    .enumerate()
                    .for_each(|(b, other)| normal.add(cell.model, other.model, weight.at(a, b)));
            }
            weights.push(weight);
        }
        let (covariance, log_det_normal) = normal.inverse()?;
        let means = covariance.apply(&right);
        let mut quadratic = if cells.df_within > 0.0 { cells.ss_within / sigma } else { 0.0 };
        let mut residuals = Vec::with_capacity(weights.len());
        for (task, weight) in cells.tasks.iter().zip(&weights) {
            let rest: Vec<f64> = task.iter().map(|cell| cell.mean - means[cell.model]).collect();
            let pull = weight.apply(&rest);
            quadratic += dot(&rest, &pull);
            residuals.push(pull);
        }
        let constant = (cells.n_obs - k as f64) * (2.0 * std::f64::consts::PI).ln();
        let criterion = constant + log_det + log_det_normal + quadratic;
        let solved = Self {
            cells,
            variances: *variances,
            weights,
            means,
            covariance,
            residuals,
            quadratic,
            criterion,
        };
        criterion.is_finite().then_some(solved)
    }

    /// The derivatives of the criterion by the variances, and of the means' covariance. With Vᵢ = ∂V/∂φᵢ:
    /// ∂/∂φᵢ = tr(PVᵢ) - y'PVᵢPy; ∂²/∂φᵢ∂φⱼ = -tr(PVᵢPVⱼ) + 2y'PVᵢPVⱼPy, of mean tr(PVᵢPVⱼ) (Searle, Casella & McCulloch
    /// 1992, section 6.6); ∂C/∂φᵢ = C X'V⁻¹VᵢV⁻¹X C.
    pub(super) fn curve(&self) -> (Curve, [Matrix; 3]) {
        let sums = self.sums();
        let sandwiches = sums.first.each_ref().map(|inner| self.covariance.times(inner));
        let pulled = sums.pulled.each_ref().map(|vector| self.covariance.apply(vector));
        let (sigma, df, ss) = (self.variances[2], self.cells.df_within, self.cells.ss_within);
        let is_within = |i: usize| if i == 2 && df > 0.0 { 1.0 } else { 0.0 };
        let within = [df / sigma - ss / (sigma * sigma), df / (sigma * sigma), 2.0 * ss / sigma.powi(3)];
        let gradient = [0, 1, 2].map(|i| {
            let trace = sums.trace[i] - self.covariance.trace_with(&sums.first[i]);
            trace - sums.square[i] + if i == 2 && df > 0.0 { within[0] } else { 0.0 }
        });
        let expected = Matrix::from_fn(3, |i, j| {
            let both = is_within(i) * is_within(j);
            let inner = if both > 0.0 { within[1] } else { 0.0 };
            sums.traces.at(i, j) - 2.0 * self.covariance.trace_with(&sums.second[i.min(j)][i.max(j)])
                + sandwiches[i].trace_with(&sandwiches[j])
                + inner
        });
        let hessian = Matrix::from_fn(3, |i, j| {
            let inner = if is_within(i) * is_within(j) > 0.0 { within[2] } else { 0.0 };
            2.0 * (sums.squares.at(i, j) - dot(&sums.pulled[i], &pulled[j])) + inner - expected.at(i, j)
        });
        let slopes = sandwiches.map(|sandwich| sandwich.times(&self.covariance));
        (Curve { gradient, hessian, expected }, slopes)
    }

    /// The sums over tasks that the derivatives need.
    fn sums(&self) -> Sums {
        let k = self.cells.models.len();
        let mut sums = Sums::new(k);
        for ((task, weight), pull) in self.cells.tasks.iter().zip(&self.weights).zip(&self.residuals) {
            let kinds = [0, 1, 2].map(|kind| derivative(kind, task));
            // W Vᵢ, W Vᵢ W and Vᵢ q.
            let left = kinds.each_ref().map(|kind| weight.times(kind));
            let both = left.each_ref().map(|left| left.times(weight));
            let moved = kinds.each_ref().map(|kind| kind.apply(pull));
            for i in 0..3 {
                sums.trace[i] += weight.trace_with(&kinds[i]);
                sums.square[i] += dot(pull, &moved[i]);
                scatter(&mut sums.first[i], task, &both[i]);
                for (cell, value) in task.iter().zip(weight.apply(&moved[i])) {
                    sums.pulled[i][cell.model] += value;
                }
                for j in 0..3 {
                    sums.traces.add(i, j, left[i].trace_with(&left[j]));
                    sums.squares.add(i, j, weight.between(&moved[i], &moved[j]));
                    if i <= j {
                        scatter(&mut sums.second[i][j], task, &left[i].times(&both[j]));
                    }
                }
            }
        }
        sums
    }
}

/// Sums over tasks; W is V⁻¹, q = V⁻¹(y - Xβ).
struct Sums {
    /// tr(W Vᵢ).
    trace: [f64; 3],
    /// q'Vᵢq.
    square: [f64; 3],
    /// X'W Vᵢ W X.
    first: [Matrix; 3],
    /// X'W Vᵢ q.
    pulled: [Vec<f64>; 3],
    /// tr(W Vᵢ W Vⱼ).
    traces: Matrix,
    /// q'Vᵢ W Vⱼ q.
    squares: Matrix,
    /// X'W Vᵢ W Vⱼ W X for i <= j; its transpose serves for j < i, in a trace with a symmetric matrix.
    second: [[Matrix; 3]; 3],
}

impl Sums {
    fn new(k: usize) -> Self {
        let zero = || Matrix::zero(k);
        let zeros = || [zero(), zero(), zero()];
        Self {
            trace: [0.0; 3],
            square: [0.0; 3],
            first: zeros(),
            pulled: [vec![0.0; k], vec![0.0; k], vec![0.0; k]],
            traces: Matrix::zero(3),
            squares: Matrix::zero(3),
            second: [zeros(), zeros(), zeros()],
        }
    }
}

/// ∂V/∂φ of a task's cell means: 11' for the task, I for task:model, diag(1/n) for the residual.
fn derivative(kind: usize, task: &[Cell]) -> Matrix {
    Matrix::from_fn(task.len(), |a, b| match kind {
        0 => 1.0,
        1 => f64::from(u8::from(a == b)),
        _ if a == b => 1.0 / task[a].n,
        _ => 0.0,
    })
}

fn scatter(into: &mut Matrix, task: &[Cell], block: &Matrix) {
    for (a, row) in task.iter().enumerate() {
        task.iter().enumerate().for_each(|(b, col)| into.add(row.model, col.model, block.at(a, b)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Observation, balanced};
    use super::*;

    /// `n_seeds` values a cell of 6 tasks and 4 models; `of_task`, `of_cell` and `of_seed` are the effects' sizes.
    fn rows(n_seeds: usize, [of_task, of_cell, of_seed]: [f64; 3]) -> Vec<Observation> {
        let noise = |key: usize| ((key * key) as f64 * 12.9898).sin();
        let mut rows = Vec::new();
        for task in 0..6 {
            for model in 0..4 {
                for seed in 0..n_seeds {
                    let value = of_task * noise(task + 3)
                        + of_cell * noise(20 + task * 4 + model)
                        + of_seed * noise(100 + (task * 4 + model) * n_seeds + seed);
                    rows.push(Observation { task, model, value: value + 0.1 * model as f64 });
                }
            }
        }
        rows
    }

    /// The closed form pools mean squares where a component is 0; iterating to the same optimum is its proof.
    #[test]
    fn the_closed_form_is_the_optimum() {
        let mut singular = 0;
        for n_seeds in [1, 2, 5] {
            for sizes in
                [[1.0, 0.5, 0.2], [1.0, 0.0, 0.5], [0.0, 0.5, 0.3], [0.0, 0.0, 0.5], [0.02, 0.01, 1.0]]
            {
                let cells = Cells::collect(&rows(n_seeds, sizes)).unwrap();
                let (closed, iterated) =
                    (balanced::fit(&cells, n_seeds as f64).unwrap(), fit(&cells).unwrap());
                assert_eq!(closed.singular, iterated.singular, "{n_seeds} {sizes:?}");
                singular += usize::from(closed.singular);
                let scale = closed.variances.iter().sum::<f64>();
                for (a, b) in closed.variances.iter().zip(iterated.variances) {
                    assert!((a - b).abs() < 1e-11 * scale, "{n_seeds} {sizes:?}: {a} {b}");
                }
                assert!((closed.criterion.unwrap() - iterated.criterion.unwrap()).abs() < 1e-9);
                let (f, g) = (closed.spread.f_test().unwrap(), iterated.spread.f_test().unwrap());
                assert!(
                    (f.statistic / g.statistic - 1.0).abs() < 1e-9 && (f.df2 / g.df2 - 1.0).abs() < 1e-8,
                    "{f:?} {g:?}"
                );
                for weights in [[1.0, 0.0, 0.0, 0.0], [-1.0, 0.0, 1.0, 0.0]] {
                    let (a, b) = (
                        closed.spread.contrast(&weights).unwrap(),
                        iterated.spread.contrast(&weights).unwrap(),
                    );
                    assert!((a.1 / b.1 - 1.0).abs() < 1e-9 && (a.2 / b.2 - 1.0).abs() < 1e-8, "{a:?} {b:?}");
                }
            }
        }
        assert!((4..=11).contains(&singular), "{singular}");
    }

    /// The written-out derivatives against differences of the criterion, with a cell missing and one larger.
    #[test]
    fn derivatives_are_those_of_the_criterion() {
        let mut rows = rows(2, [1.0, 0.5, 0.3]);
        rows.drain(4..6);
        rows.push(Observation { task: 1, model: 1, value: 0.3 });
        let cells = Cells::collect(&rows).unwrap();
        let at = [0.4, 0.15, 0.05];
        let solved = |variances: &Variances| Solved::at(&cells, variances).unwrap();
        let (curve, slopes) = solved(&at).curve();
        for i in 0..3 {
            let step = 1e-4 * at[i];
            let moved = |by: f64| {
                let mut moved = at;
                moved[i] += by;
                solved(&moved)
            };
            let (low, high) = (moved(-step), moved(step));
            let slope = (high.criterion - low.criterion) / (2.0 * step);
            assert!((slope - curve.gradient[i]).abs() < 1e-5 * (1.0 + slope.abs()), "{i}: {slope}");
            for j in 0..3 {
                let bend = (high.curve().0.gradient[j] - low.curve().0.gradient[j]) / (2.0 * step);
                assert!((bend - curve.hessian.at(i, j)).abs() < 1e-6 * (1.0 + bend.abs()), "{i} {j}: {bend}");
            }
            let change = (high.covariance.at(0, 1) - low.covariance.at(0, 1)) / (2.0 * step);
            assert!((change - slopes[i].at(0, 1)).abs() < 1e-6 * (1.0 + change.abs()));
        }
    }
}
