//! Laws of rank and permutation tests that hold whatever the data.

use analysis::stat::{
    Alternative, Choice, Interval, RankTest, Tails, Untestable, Zeros, a12, brunner_munzel,
    brunner_munzel_permuted, cliff_delta, differences, hodges_lehmann, mann_whitney, mann_whitney_with,
    permutation, permutation_interval, pseudo_median, rank_biserial, sign_flip, sign_flip_interval, wilcoxon,
    wilcoxon_with,
};
use proptest::prelude::*;

const TWO: Alternative = Alternative::TwoSided;

/// Printed scores in points: ties, and groups that are all equal now and then.
fn scores(least: usize, most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((0_i32..40).prop_map(|point| f64::from(point) / 10.0), least..=most)
}

fn spread(least: usize, most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1.0_f64..1.0, least..=most)
}

/// Every test of two groups, by name.
fn unpaired(a: &[f64], b: &[f64]) -> Vec<(&'static str, Result<RankTest, Untestable>)> {
    vec![
        ("Mann-Whitney", mann_whitney(a, b)),
        ("Mann-Whitney, asymptotic", mann_whitney_with(a, b, Choice::Asymptotic)),
        ("Brunner-Munzel", brunner_munzel(a, b)),
        ("Brunner-Munzel, permuted", brunner_munzel_permuted(a, b, 99, 1)),
        ("permutation", permutation(a, b, 99, 1)),
    ]
}

fn paired(d: &[f64]) -> Vec<(&'static str, Result<RankTest, Untestable>)> {
    vec![
        ("Wilcoxon, Pratt", wilcoxon(d, Zeros::Pratt)),
        ("Wilcoxon, drop", wilcoxon(d, Zeros::Drop)),
        ("Wilcoxon, asymptotic", wilcoxon_with(d, Zeros::Pratt, Choice::Asymptotic)),
        ("sign flips", sign_flip(d, 99, 1)),
    ]
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

fn mirrored(p: Tails, q: Tails) -> bool {
    near(p.two_sided, q.two_sided) && near(p.greater, q.less) && near(p.less, q.greater)
}

fn same(p: Tails, q: Tails) -> bool {
    near(p.two_sided, q.two_sided) && near(p.greater, q.greater) && near(p.less, q.less)
}

fn is_sound(test: &RankTest) -> bool {
    let probability = |p: f64| 0.0 < p && p <= 1.0;
    let all = |tails: Tails| [tails.two_sided, tails.greater, tails.less];
    test.statistic.is_finite()
        && all(test.p).into_iter().all(probability)
        && all(test.least_p).into_iter().zip(all(test.p)).all(|(least, p)| least <= p * (1.0 + 1e-12))
        // One of the tails holds at least half.
        && test.p.greater.max(test.p.less) >= 0.5 - 1e-12
}

fn holds(interval: Interval, value: f64) -> bool {
    interval.low.is_none_or(|low| low <= value + 1e-12)
        && interval.high.is_none_or(|high| value - 1e-12 <= high)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn p_values_are_probabilities(a in scores(0, 8), b in scores(0, 8), d in scores(0, 12)) {
        for (name, test) in unpaired(&a, &b).into_iter().chain(paired(&d)) {
            if let Ok(test) = test {
                prop_assert!(is_sound(&test), "{} {:?}", name, test);
            }
        }
    }

    #[test]
    fn exchanging_groups_mirrors_p(a in scores(2, 7), b in scores(2, 7)) {
        for ((name, one), (_, other)) in unpaired(&a, &b).into_iter().zip(unpaired(&b, &a)) {
            prop_assert_eq!(one.is_ok(), other.is_ok());
            if let (Ok(one), Ok(other)) = (one, other) {
                prop_assert!(mirrored(one.p, other.p), "{} {:?} {:?}", name, one, other);
                prop_assert!(mirrored(one.least_p, other.least_p), "{} {:?} {:?}", name, one, other);
            }
        }
        let negative = differences(&b[..2], &a[..2]).unwrap();
        let positive = differences(&a[..2], &b[..2]).unwrap();
        for ((name, one), (_, other)) in paired(&positive).into_iter().zip(paired(&negative)) {
            if let (Ok(one), Ok(other)) = (one, other) {
                prop_assert!(mirrored(one.p, other.p), "{} {:?} {:?}", name, one, other);
            }
        }
    }

    #[test]
    fn units_and_order_do_not_matter(a in scores(2, 7), b in scores(2, 7), unit in 0.01_f64..100.0, zero in -5.0_f64..5.0) {
        let change = |values: &[f64]| values.iter().rev().map(|value| unit * value + zero).collect::<Vec<f64>>();
        // Ranks of changed values may lose a tie to rounding: only the tests of means tolerate that by themselves.
        let (c, d) = (change(&a), change(&b));
        if let (Ok(one), Ok(other)) = (permutation(&a, &b, 9, 1), permutation(&c, &d, 9, 1)) {
            prop_assert!(same(one.p, other.p), "{:?} {:?}", one, other);
        }
        // Doubling keeps every bit.
        let double = |values: &[f64]| values.iter().rev().map(|value| 2.0 * value).collect::<Vec<f64>>();
        for ((name, one), (_, other)) in unpaired(&a, &b).into_iter().zip(unpaired(&double(&a), &double(&b))) {
            if let (Ok(one), Ok(other)) = (one, other) {
                prop_assert!(same(one.p, other.p), "{} {:?} {:?}", name, one, other);
            }
        }
        let m = a.len().min(b.len());
        let (one, other) = (differences(&a[..m], &b[..m]).unwrap(), differences(&change(&a[..m]), &change(&b[..m])).unwrap());
        for ((name, one), (_, other)) in paired(&one).into_iter().zip(paired(&other)) {
            prop_assert_eq!(one.is_ok(), other.is_ok());
            if let (Ok(one), Ok(other)) = (one, other) {
                prop_assert!(same(one.p, other.p), "{} {:?} {:?}", name, one, other);
            }
        }
    }

    /// At levels near one half a permutation interval need not: the null distribution of few, skewed values has no
    /// median at 0.
    #[test]
    fn intervals_hold_their_estimate(a in spread(2, 9), b in spread(2, 9), d in scores(1, 11), alpha in 0.01_f64..0.1) {
        for side in [TWO, Alternative::Greater, Alternative::Less] {
            let shift = hodges_lehmann(&a, &b, alpha, side).unwrap();
            prop_assert!(holds(shift.interval, shift.estimate), "{:?}", shift);
            let shift = pseudo_median(&d, alpha, side).unwrap();
            prop_assert!(holds(shift.interval, shift.estimate), "{:?}", shift);
            let effect = cliff_delta(&a, &b, alpha, side).unwrap();
            prop_assert!(holds(effect.interval, effect.estimate), "{:?}", effect);
            if let Some(effect) = rank_biserial(&d, alpha, side) {
                prop_assert!(holds(effect.interval, effect.estimate), "{:?}", effect);
            }
            if let Some(interval) = permutation_interval(&a, &b, alpha, side, 99, 1) {
                prop_assert!(holds(interval, mean(&a) - mean(&b)), "{:?}", interval);
            }
            if let Some(interval) = sign_flip_interval(&d, alpha, side, 99, 1) {
                prop_assert!(holds(interval, mean(&d)), "{:?}", interval);
            }
        }
    }

    /// The duality of tests and intervals, for shifts by points away from the ends.
    #[test]
    fn intervals_are_what_tests_do_not_reject(
        a in spread(4, 8),
        b in spread(4, 8),
        alpha in 0.03_f64..0.3,
        shift in -1.5_f64..1.5,
    ) {
        let shifted: Vec<f64> = a.iter().map(|value| value - shift).collect();
        for side in [Alternative::Greater, Alternative::Less] {
            if let Some(interval) = permutation_interval(&a, &b, alpha, side, 9, 1) {
                let p = permutation(&shifted, &b, 9, 1).unwrap().p.of(side);
                prop_assert_eq!(holds(interval, shift), p >= alpha, "{:?} {}", interval, p);
            }
            if let Some(interval) = sign_flip_interval(&a, alpha, side, 9, 1) {
                let p = sign_flip(&shifted, 9, 1).unwrap().p.of(side);
                prop_assert_eq!(holds(interval, shift), p >= alpha, "{:?} {}", interval, p);
            }
            let found = hodges_lehmann(&a, &b, alpha, side).unwrap().interval;
            if found.low.or(found.high).is_some() {
                let p = mann_whitney(&shifted, &b).unwrap().p.of(side);
                prop_assert_eq!(holds(found, shift), p >= alpha, "{:?} {}", found, p);
            }
        }
    }

    /// Also with regroupings and signs drawn at random, which are those of the test.
    #[test]
    fn drawn_intervals_are_what_drawn_tests_do_not_reject(
        a in spread(34, 40),
        b in spread(21, 25),
        seed in any::<u64>(),
        shift in -0.4_f64..0.4,
    ) {
        let shifted: Vec<f64> = a.iter().map(|value| value - shift).collect();
        for side in [Alternative::Greater, Alternative::Less] {
            let interval = permutation_interval(&a, &b, 0.05, side, 199, seed).unwrap();
            let p = permutation(&shifted, &b, 199, seed).unwrap().p.of(side);
            prop_assert_eq!(holds(interval, shift), p >= 0.05, "{:?} {}", interval, p);
            let interval = sign_flip_interval(&a, 0.05, side, 199, seed).unwrap();
            let p = sign_flip(&shifted, 199, seed).unwrap().p.of(side);
            prop_assert_eq!(holds(interval, shift), p >= 0.05, "{:?} {}", interval, p);
        }
    }

    #[test]
    fn asymptotic_is_close_for_forty(a in spread(40, 40), b in scores(40, 40)) {
        let exact = mann_whitney(&a, &b).unwrap();
        let normal = mann_whitney_with(&a, &b, Choice::Asymptotic).unwrap();
        prop_assert!((exact.p.two_sided - normal.p.two_sided).abs() < 0.005);
        prop_assert!((exact.p.greater - normal.p.greater).abs() < 0.005);
        let d = differences(&a, &b.iter().map(|value| value - 2.0).collect::<Vec<f64>>()).unwrap();
        let exact = wilcoxon(&d, Zeros::Pratt).unwrap();
        let normal = wilcoxon_with(&d, Zeros::Pratt, Choice::Asymptotic).unwrap();
        prop_assert!((exact.p.two_sided - normal.p.two_sided).abs() < 0.005);
    }

    #[test]
    fn dominance_has_two_sides(a in scores(1, 9), b in scores(1, 9)) {
        let (one, other) = (a12(&a, &b).unwrap(), a12(&b, &a).unwrap());
        prop_assert!((one + other - 1.0).abs() < 1e-15);
        let delta = cliff_delta(&a, &b, 0.05, TWO).unwrap();
        let back = cliff_delta(&b, &a, 0.05, TWO).unwrap();
        prop_assert_eq!(delta.estimate, -back.estimate);
    }

    /// Whatever comes in, nothing panics and nothing is NaN.
    #[test]
    fn nothing_panics(a in prop::collection::vec(any::<f64>(), 0..5), b in prop::collection::vec(any::<f64>(), 0..5), alpha in any::<f64>()) {
        for (name, test) in unpaired(&a, &b).into_iter().chain(paired(&a)) {
            if let Ok(test) = test {
                prop_assert!(is_sound(&test) || !test.statistic.is_nan() && test.p.two_sided >= 0.0, "{} {:?}", name, test);
            }
        }
        let end = |interval: Interval| interval.low.is_none_or(f64::is_finite) && interval.high.is_none_or(f64::is_finite);
        for alpha in [0.3, alpha] {
            for side in [TWO, Alternative::Greater, Alternative::Less] {
                prop_assert!(permutation_interval(&a, &b, alpha, side, 9, 1).is_none_or(end));
                prop_assert!(sign_flip_interval(&a, alpha, side, 9, 1).is_none_or(end));
                prop_assert!(hodges_lehmann(&a, &b, alpha, side).is_none_or(|shift| end(shift.interval) && shift.estimate.is_finite()));
                prop_assert!(pseudo_median(&a, alpha, side).is_none_or(|shift| end(shift.interval) && shift.estimate.is_finite()));
                prop_assert!(cliff_delta(&a, &b, alpha, side).is_none_or(|effect| end(effect.interval)));
                prop_assert!(rank_biserial(&a, alpha, side).is_none_or(|effect| end(effect.interval)));
            }
        }
    }
}
