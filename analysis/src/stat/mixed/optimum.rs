//! The variances with the lowest REML criterion.
//!
//! Comes in: cells. Goes out: three variances, 0 where that is lowest. The same every time: a fixed grid, then Newton's
//! method; no random start.

use super::cells::Cells;
use super::matrix::{Matrix, dot};
use super::reml::{Solved, Variances};

/// The criterion's derivatives by the variances.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) gradient: [f64; 3],
    pub(super) hessian: Matrix,
    /// The mean of the Hessian: it has no negative eigenvalue.
    pub(super) expected: Matrix,
}

/// The best of the grid of ratios to the residual, each with the residual that is best for it, and what Newton's method
/// makes of the best few: the criterion may have more than one valley.
pub(super) fn lowest(cells: &Cells) -> Option<Variances> {
    const RATIOS: [f64; 8] = [0.0, 0.01, 0.1, 1.0, 10.0, 100.0, 1e4, 1e6];
    const STARTS: usize = 4;
    let of_task_model: &[f64] = if cells.is_merged() { &RATIOS[..1] } else { &RATIOS };
    let mut starts: Vec<(f64, Variances)> = Vec::new();
    for tau in RATIOS {
        for gamma in of_task_model {
            starts.extend(rescaled(cells, &[tau, *gamma, 1.0]));
        }
    }
    starts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let valleys = starts.iter().take(STARTS).map(|(_, start)| descend(cells, *start));
    let mut best: Option<(f64, Variances)> = None;
    for (criterion, found) in valleys {
        // Only a clearly lower valley displaces the first: rounding does not choose.
        if best.is_none_or(|(least, _)| criterion < least - 1e-9) {
            best = Some((criterion, found));
        }
    }
    best.map(|(_, found)| found)
}

/// The criterion at the best multiple of `variances`: y'Py/(n - k) times them.
fn rescaled(cells: &Cells, variances: &Variances) -> Option<(f64, Variances)> {
    let df = cells.n_obs - cells.models.len() as f64;
    let factor = Solved::at(cells, variances)?.quadratic / df;
    let scaled = variances.map(|variance| variance * factor);
    Some((Solved::at(cells, &scaled)?.criterion, scaled))
}

/// Newton's method along the projection on variances >= 0 (Bertsekas 1982): a variance at 0 whose criterion rises stays
/// there; the observed Hessian gives the direction where it curves upward, and else its mean (Fisher's scoring).
fn descend(cells: &Cells, start: Variances) -> (f64, Variances) {
    /// A dozen is normal.
    const MOST_STEPS: usize = 300;
    /// Below this promise of a step the criterion's own rounding hides what is gained: steps go unchecked.
    const UNSEEN: f64 = 1e-8;
    let mut at = start;
    let mut criterion = f64::INFINITY;
    for _ in 0..MOST_STEPS {
        let Some(solved) = Solved::at(cells, &at) else { break };
        criterion = solved.criterion;
        let (curve, _) = solved.curve();
        let Some((step, promise)) = direction(&at, &curve, cells.is_merged()) else { break };
        let next = if promise < UNSEEN {
            Some(moved(&at, &step, 1.0))
        } else {
            search(cells, &at, &step, criterion)
        };
        let Some(next) = next else { break };
        let change =
            at.iter().zip(&next).map(|(old, new)| (new - old).abs() / old.max(*new).max(f64::MIN_POSITIVE));
        let change = change.fold(0.0, f64::max);
        at = next;
        if change < 1e-13 || promise < 1e-26 {
            break;
        }
    }
    (criterion, at)
}

/// The step, and half of what it promises to take off the criterion.
fn direction(at: &Variances, curve: &Curve, merged: bool) -> Option<([f64; 3], f64)> {
    let held = |i: usize| (merged && i == 1) || (at[i] <= 0.0 && curve.gradient[i] >= 0.0);
    let free: Vec<usize> = (0..3).filter(|i| !held(*i)).collect();
    let gradient: Vec<f64> = free.iter().map(|i| curve.gradient[*i]).collect();
    let of = |matrix: &Matrix| {
        // In units of the variances: theirs may differ by many orders.
        let scale = |i: usize| if at[i] > 0.0 { at[i] } else { at[2] };
        let scaled =
            Matrix::from_fn(free.len(), |a, b| matrix.at(free[a], free[b]) * scale(free[a]) * scale(free[b]));
        let (inverse, _) = scaled.inverse()?;
        let slope: Vec<f64> = free.iter().zip(&gradient).map(|(i, g)| g * scale(*i)).collect();
        let step = inverse.apply(&slope);
        Some(free.iter().zip(step).map(|(i, step)| -step * scale(*i)).collect::<Vec<f64>>())
    };
    let found = of(&curve.hessian).or_else(|| of(&curve.expected))?;
    let promise = -dot(&found, &gradient);
    let mut step = [0.0; 3];
    free.iter().zip(found).for_each(|(i, value)| step[*i] = value);
    Some((step, promise))
}

/// The residual keeps a tenth of itself; the others stop at 0.
fn moved(at: &Variances, step: &[f64; 3], length: f64) -> Variances {
    let to = |i: usize| at[i] + length * step[i];
    [to(0).max(0.0), to(1).max(0.0), to(2).max(0.1 * at[2])]
}

/// Halves the step until the criterion falls.
fn search(cells: &Cells, at: &Variances, step: &[f64; 3], criterion: f64) -> Option<Variances> {
    const MOST_HALVINGS: i32 = 40;
    (0..MOST_HALVINGS)
        .map(|halving| moved(at, step, 0.5_f64.powi(halving)))
        .find(|next| Solved::at(cells, next).is_some_and(|solved| solved.criterion < criterion))
}
