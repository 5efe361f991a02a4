//! Roots of rising functions.
//!
//! Comes in: a function and a bracket. Goes out: the place where it crosses 0. Knows nothing of what it solves.

/// Where the rising `f` crosses 0 between `low` and `high`: regula falsi that halves the value of an end which stays
/// twice (Illinois; Dowell & Jarratt 1971), until it moves by less than 1e-14 of itself. `None` where the bracket holds no
/// root or a value is not a number.
pub(super) fn root_of_rising(f: impl Fn(f64) -> f64, low: f64, high: f64) -> Option<f64> {
    // It takes a dozen: a guard against a function that is not what it should be.
    const MOST_STEPS: usize = 300;
    let ((mut low, mut high), (mut f_low, mut f_high)) = ((low, high), (f(low), f(high)));
    if f_low > 0.0 || f_high < 0.0 || f_low.is_nan() || f_high.is_nan() {
        return None;
    }
    let (mut last, mut last_was_low) = (f64::NAN, None);
    for _ in 0..MOST_STEPS {
        if f_low >= 0.0 {
            return Some(low);
        }
        if f_high <= 0.0 {
            return Some(high);
        }
        let chord = low - f_low * (high - low) / (f_high - f_low);
        let next = if low < chord && chord < high { chord } else { 0.5 * (low + high) };
        let settled = (next - last).abs() <= 1e-14 * next.abs();
        if settled || next <= low || high <= next {
            return Some(next);
        }
        last = next;
        let value = f(next);
        if value.is_nan() {
            return None;
        }
        let is_low = value < 0.0;
        if is_low {
            (low, f_low) = (next, value);
            f_high *= if last_was_low == Some(true) { 0.5 } else { 1.0 };
        } else {
            (high, f_high) = (next, value);
            f_low *= if last_was_low == Some(false) { 0.5 } else { 1.0 };
        }
        last_was_low = Some(is_low);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_roots_and_says_when_there_is_none() {
        let root = root_of_rising(|x| x * x * x - 2.0, 0.0, 10.0).unwrap();
        assert!((root - 2.0_f64.cbrt()).abs() < 1e-14, "{root}");
        assert_eq!(root_of_rising(|x| x, 0.0, 1.0), Some(0.0));
        assert_eq!(root_of_rising(|x| x, 1.0, 2.0), None);
        assert_eq!(root_of_rising(|_| f64::NAN, 1.0, 2.0), None);
    }

    #[test]
    fn infinite_ends_are_halved_away() {
        let f = |x: f64| if x < 0.25 { f64::NEG_INFINITY } else { x - 0.5 };
        assert!((root_of_rising(f, 0.0, 1.0).unwrap() - 0.5).abs() < 1e-13);
    }
}
