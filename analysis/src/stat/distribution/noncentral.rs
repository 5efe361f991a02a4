//! The noncentral t distribution by quadrature.
//!
//! Comes in: a point, degrees of freedom, a noncentrality. Goes out: a probability. The usual series (Lenth 1989, AS 243)
//! underflows for noncentralities above 37 and slows down with them; seeds that barely vary give thousands.

use super::{normal_cdf, normal_density};

/// P(T <= t) for T = (Z + ncp)/S with S = √(χ²/df), df >= 1. Absolute error below 1e-13, relative error below 1e-11
/// down to probabilities of 1e-12.
pub fn noncentral_t_cdf(t: f64, df: f64, ncp: f64) -> f64 {
    // Z + ncp <= t S.
    let [cdf] = over_chi(t, df, ncp, &FINE, |s| [normal_cdf(t * s - ncp)]);
    cdf.clamp(0.0, 1.0)
}

/// P(T > t), precise in the upper tail.
pub fn noncentral_t_sf(t: f64, df: f64, ncp: f64) -> f64 {
    let [sf] = over_chi(t, df, ncp, &FINE, |s| [normal_cdf(ncp - t * s)]);
    sf.clamp(0.0, 1.0)
}

/// [`noncentral_t_cdf`] and its derivative with respect to `ncp`, which is not above 0.
pub(crate) fn noncentral_t_cdf_and_slope(t: f64, df: f64, ncp: f64) -> (f64, f64) {
    let [cdf, density] =
        over_chi(t, df, ncp, &COARSE, |s| [normal_cdf(t * s - ncp), normal_density(t * s - ncp)]);
    (cdf.clamp(0.0, 1.0), -density)
}

/// [`noncentral_t_sf`] and its derivative with respect to `ncp`, which is not below 0.
pub(crate) fn noncentral_t_sf_and_slope(t: f64, df: f64, ncp: f64) -> (f64, f64) {
    let [sf, density] =
        over_chi(t, df, ncp, &COARSE, |s| [normal_cdf(ncp - t * s), normal_density(ncp - t * s)]);
    (sf.clamp(0.0, 1.0), density)
}

/// Means of `inner(S)` over the distribution of S.
///
/// The density of S is proportional to s^(df-1) exp(-df s²/2): log-concave with curvature of at least df, so that 11/√df
/// from its mode it is below e^-60 of its peak. Panels of 16-point Gauss-Legendre cover that range, and finer ones the
/// place where `inner` steps from 0 to 1. The same sum over the density alone is the normalizing constant.
fn over_chi<const N: usize>(
    t: f64,
    df: f64,
    ncp: f64,
    mesh: &Mesh,
    inner: impl Fn(f64) -> [f64; N],
) -> [f64; N] {
    let mode = ((df - 1.0).max(0.0) / df).sqrt();
    let ln_density = |s: f64| {
        if mode > 0.0 {
            // (df - 1) (ln r - (r² - 1)/2) with r = s/mode = 1 + d, arranged to keep digits near the mode.
            let d = (s - mode) / mode;
            (df - 1.0) * (d.ln_1p() - d - 0.5 * d * d)
        } else {
            -0.5 * df * s * s
        }
    };
    let (mut masses, mut total) = ([0.0; N], 0.0);
    let edges = panels(t, df, ncp, mode, mesh);
    for (low, high) in edges.iter().zip(edges.iter().skip(1)) {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        for (node, weight) in NODES {
            for s in [middle - half * node, middle + half * node] {
                let density = half * weight * ln_density(s).exp();
                total += density;
                for (mass, value) in masses.iter_mut().zip(inner(s)) {
                    *mass += density * value;
                }
            }
        }
    }
    masses.map(|mass| mass / total)
}

/// How finely the density and the step of `inner` are cut into panels of 16 points.
#[derive(Debug)]
struct Mesh {
    /// Panels over the whole density.
    panels: u32,
    /// How far from its mode, in 1/√df.
    reach: f64,
    /// Width of the panels around the step of `inner`, in its standard deviations, and how many there are on each side.
    step: (f64, i32),
}

/// For probabilities down to 1e-12: 11 is √120 rounded up, e^-60 of the peak. Φ is 0 or 1 to 1e-19 nine standard
/// deviations from its step.
const FINE: Mesh = Mesh { panels: 16, reach: 11.0, step: (1.0, 9) };

/// For the ends of intervals, whose tails are no rarer than 1e-6: e^-40 of the peak, and panels of twice the width.
const COARSE: Mesh = Mesh { panels: 8, reach: 9.0, step: (2.0, 5) };

/// Edges of the panels, ascending.
fn panels(t: f64, df: f64, ncp: f64, mode: f64, mesh: &Mesh) -> Vec<f64> {
    let low = (mode - mesh.reach / df.sqrt()).max(0.0);
    let high = mode + mesh.reach / df.sqrt();
    let width = (high - low) / f64::from(mesh.panels);
    let mut edges: Vec<f64> = (0..=mesh.panels).map(|idx| low + f64::from(idx) * width).collect();
    let (step, n_steps) = (mesh.step.0 / t.abs(), mesh.step.1);
    if 1.5 * step < width {
        let center = ncp / t;
        let fine = (-n_steps..=n_steps).map(|k| center + f64::from(k) * step);
        edges.extend(fine.filter(|edge| low < *edge && *edge < high));
    }
    if low <= 0.0 && df.fract() > 0.0 {
        // s^(df-1) is not smooth at 0: panels that shrink towards it.
        edges.extend((1..60).map(|k| width * 0.5_f64.powi(k)));
    }
    edges.sort_by(f64::total_cmp);
    edges
}

/// Positive nodes and weights of the 16-point Gauss-Legendre rule on [-1, 1] (Abramowitz & Stegun, table 25.4).
const NODES: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_58),
    (0.458_016_777_657_227_37, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_8, 0.149_595_988_816_576_74),
    (0.755_404_408_355_003, 0.124_628_971_255_533_88),
    (0.865_631_202_387_831_8, 0.095_158_511_682_492_79),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_894),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_096),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::{t_cdf, t_sf};

    #[test]
    fn without_noncentrality_it_is_students_t() {
        for df in [1.0, 1.5, 2.0, 3.7, 8.0, 18.0, 500.0, 1e6] {
            for t in [-6.0, -1.0, 0.0, 0.3, 2.0, 7.0] {
                let (got, want) = (noncentral_t_cdf(t, df, 0.0), t_cdf(t, df));
                assert!((got - want).abs() < 1e-12, "df {df} t {t}: {got} {want}");
                assert!((noncentral_t_sf(t, df, 0.0) - t_sf(t, df)).abs() < 1e-12, "df {df} t {t}");
            }
        }
    }

    #[test]
    fn slopes_are_those_of_small_steps() {
        for (t, df, ncp) in [(3.0, 8.0, 2.0), (-4.0, 3.0, -3.0), (50.0, 18.0, 48.0)] {
            let step = 1e-4;
            let (_, slope) = noncentral_t_sf_and_slope(t, df, ncp);
            let rise = noncentral_t_sf(t, df, ncp + step) - noncentral_t_sf(t, df, ncp - step);
            assert!((slope - rise / (2.0 * step)).abs() < 1e-8, "{t} {df} {ncp}: {slope}");
            let (_, fall) = noncentral_t_cdf_and_slope(t, df, ncp);
            assert!((slope + fall).abs() < 1e-13, "{t} {df} {ncp}: {slope} {fall}");
        }
    }

    #[test]
    fn the_two_sides_add_up() {
        for (t, df, ncp) in [(3.0, 8.0, 2.0), (-4.0, 3.0, -30.0), (1e4, 8.0, 1.01e4), (50.0, 18.0, 48.0)] {
            let sum = noncentral_t_cdf(t, df, ncp) + noncentral_t_sf(t, df, ncp);
            assert!((sum - 1.0).abs() < 1e-13, "{t} {df} {ncp}: {sum}");
        }
    }
}
