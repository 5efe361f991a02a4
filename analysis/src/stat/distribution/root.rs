//! Where a function of one variable crosses zero.
//!
//! Comes in: a continuous function and two points where its signs differ. Goes out: the root. Needs no derivative and no
//! guess, and looks for no bracket that it was not told the way to.

/// The root between `a` and `b`, to two units in the last place; `None` when the signs there agree. Chandrupatla's method
/// (1997, Advances in Engineering Software 28): inverse quadratic steps where they are safe, halvings elsewhere, so that
/// infinite values of `f` do no harm.
pub(super) fn root(f: impl Fn(f64) -> f64, a: f64, b: f64) -> Option<f64> {
    /// Halvings alone need 60 or so; the quadratic steps some 10.
    const MOST_STEPS: usize = 500;
    let (mut new, mut old) = ((a, f(a)), (b, f(b)));
    if new.1.is_nan() || old.1.is_nan() || new.1 * old.1 > 0.0 {
        return None;
    }
    let mut share = 0.5;
    for _ in 0..MOST_STEPS {
        let x = new.0 + share * (old.0 - new.0);
        let at = (x, f(x));
        let spare = if (at.1 < 0.0) == (new.1 < 0.0) {
            std::mem::replace(&mut new, at)
        } else {
            let spare = std::mem::replace(&mut old, new);
            new = at;
            spare
        };
        let best = if new.1.abs() < old.1.abs() { new } else { old };
        let least = 2.0 * f64::EPSILON * best.0.abs() / (old.0 - new.0).abs();
        if best.1 == 0.0 || least.is_nan() || least > 0.5 {
            return Some(best.0);
        }
        let (xi, phi) = ((new.0 - old.0) / (spare.0 - old.0), (new.1 - old.1) / (spare.1 - old.1));
        share = if phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi {
            let first = new.1 / (old.1 - new.1) * (spare.1 / (old.1 - spare.1));
            let second = (spare.0 - new.0) / (old.0 - new.0) * (new.1 / (spare.1 - new.1));
            first + second * (old.1 / (spare.1 - old.1))
        } else {
            0.5
        };
        share = share.clamp(least, 1.0 - least);
    }
    Some(new.0)
}

/// The positive x with `tail(x)` = `goal`, for a monotone tail probability and 0 < goal < 1, searched on a log scale in
/// both directions from 1; `None` where it lies outside of what a double can hold.
pub(super) fn positive_quantile(tail: impl Fn(f64) -> f64, goal: f64) -> Option<f64> {
    let off_at = |x: f64| (tail(x) / goal).ln();
    let off = |u: f64| off_at(u.exp());
    let at_one = off(0.0);
    if at_one == 0.0 {
        return Some(1.0);
    }
    /// e^±708 is about the largest and the least normal double.
    const FURTHEST: f64 = 708.0;
    let rises = tail(f64::INFINITY) > tail(0.0);
    let direction = if rises == (at_one < 0.0) { 1.0 } else { -1.0 };
    let (mut near, mut far) = (0.0, 0.5 * direction);
    while off(far) * at_one > 0.0 {
        if f64::abs(far) >= FURTHEST {
            return None;
        }
        near = far;
        far = f64::clamp(2.0 * far, -FURTHEST, FURTHEST);
    }
    let x = root(off, near, far)?.exp();
    // A logarithm of 14 is known to 2e-15, and so then is x: once more on its own scale.
    /// Wider than the rounding of any logarithm here, 708 units in the last place.
    const ROUNDING: f64 = 1e-12;
    Some(root(off_at, x * (1.0 - ROUNDING), x * (1.0 + ROUNDING)).unwrap_or(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots() {
        let two = root(|x| x * x - 2.0, 0.0, 2.0).unwrap();
        assert!((two - std::f64::consts::SQRT_2).abs() < 1e-15);
        assert_eq!(root(|x| x, -1.0, 3.0), Some(0.0));
        assert_eq!(root(|x| x * x + 1.0, 0.0, 2.0), None);
        assert_eq!(root(|_| f64::NAN, 0.0, 2.0), None);
        // A jump is found as its place.
        let jump = root(|x| if x < 0.3 { f64::NEG_INFINITY } else { 1.0 }, 0.0, 1.0).unwrap();
        assert!((jump - 0.3).abs() < 1e-15);
    }
}
