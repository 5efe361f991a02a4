//! Laws that hold for every input.

use analysis::metric::auc;
use analysis::stat::{Adjust, Alternative, Sample, adjust, hedges_g, mean_interval, student, welch};
use analysis::tidy::{AdjustOver, Pairs, Verdict, compare};
use proptest::prelude::*;

use crate::support::{plain, results, values};

fn p_values() -> impl Strategy<Value = Vec<Option<f64>>> {
    prop::collection::vec(prop::option::weighted(0.9, 0.0..=1.0), 0..40)
}

fn observations() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.0..=1.0, 2..12)
}

proptest! {
    #[test]
    fn auc_of_turned_scores_is_one_minus_auc(cases in prop::collection::vec((0_u8..20, any::<bool>()), 2..60)) {
        let scores: Vec<f64> = cases.iter().map(|(score, _)| f64::from(*score) / 19.0).collect();
        let turned: Vec<f64> = cases.iter().map(|(score, _)| 1.0 - f64::from(*score) / 19.0).collect();
        let targets: Vec<bool> = cases.iter().map(|(_, target)| *target).collect();
        match (auc(&scores, &targets), auc(&turned, &targets)) {
            (Some(plain), Some(turned)) => prop_assert!((plain + turned - 1.0).abs() < 1e-15),
            (plain, turned) => prop_assert_eq!(plain, turned),
        }
    }

    #[test]
    fn auc_counts_pairs(cases in prop::collection::vec((0_u8..6, any::<bool>()), 0..25)) {
        let scores: Vec<f64> = cases.iter().map(|(score, _)| f64::from(*score)).collect();
        let targets: Vec<bool> = cases.iter().map(|(_, target)| *target).collect();
        let (mut won, mut pairs) = (0.0, 0.0);
        for (a, _) in cases.iter().filter(|(_, target)| *target) {
            for (b, _) in cases.iter().filter(|(_, target)| !*target) {
                pairs += 1.0;
                won += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
            }
        }
        prop_assert_eq!(auc(&scores, &targets), (pairs > 0.0).then_some(won / pairs));
    }

    #[test]
    fn no_adjustment_lowers_a_p(p in p_values()) {
        for method in Adjust::ALL.iter().copied() {
            for (p, adjusted) in p.iter().zip(adjust(&p, method)) {
                prop_assert_eq!(p.is_some(), adjusted.is_some());
                if let (Some(p), Some(adjusted)) = (p, adjusted) {
                    prop_assert!(*p <= adjusted && adjusted <= 1.0, "{} {} {}", method.as_str(), p, adjusted);
                }
            }
        }
    }

    #[test]
    fn adjustments_keep_the_order(p in p_values()) {
        for method in Adjust::ALL.iter().copied() {
            let adjusted = adjust(&p, method);
            let mut pairs: Vec<(f64, f64)> = p.iter().zip(&adjusted).filter_map(|(p, q)| p.zip(*q)).collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            for pair in pairs.windows(2) {
                prop_assert!(pair[0].1 <= pair[1].1, "{}: {:?}", method.as_str(), pair);
            }
        }
    }

    #[test]
    fn stronger_methods_give_higher_p(p in p_values()) {
        let of = |method| adjust(&p, method).into_iter().map(|p| p.unwrap_or(0.0)).collect::<Vec<_>>();
        let order = [Adjust::Bh, Adjust::Hommel, Adjust::Hochberg, Adjust::Holm, Adjust::Bonferroni].map(of);
        for pair in order.windows(2) {
            for (weak, strong) in pair[0].iter().zip(&pair[1]) {
                prop_assert!(*weak <= strong + 1e-12, "{} {}", weak, strong);
            }
        }
    }

    #[test]
    fn intervals_hold_their_estimate(a in observations(), b in observations()) {
        let (a, b) = (Sample::from_values(&a), Sample::from_values(&b));
        let holds = |low: Option<f64>, estimate: f64, high: Option<f64>| {
            low.is_none_or(|low| low <= estimate) && high.is_none_or(|high| estimate <= high)
        };
        for alternative in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
            for test in [welch(&a, &b), student(&a, &b)].into_iter().flatten() {
                let interval = test.interval(0.05, alternative);
                prop_assert!(holds(interval.low, test.diff, interval.high));
                let p = test.p_value(alternative);
                prop_assert!((0.0..=1.0).contains(&p));
            }
            if let Some(effect) = hedges_g(&a, &b, 0.05, alternative) {
                prop_assert!(holds(effect.interval.low, effect.estimate, effect.interval.high), "{:?}", effect);
            }
            if let (Some(interval), Some(mean)) = (mean_interval(&a, 0.05, alternative), a.mean) {
                prop_assert!(holds(interval.low, mean, interval.high));
            }
        }
    }

    #[test]
    fn a_test_and_its_interval_agree(a in observations(), b in observations(), alpha in 0.001..0.4) {
        let (a, b) = (Sample::from_values(&a), Sample::from_values(&b));
        for test in [welch(&a, &b), student(&a, &b)].into_iter().flatten() {
            let p = test.p_value(Alternative::TwoSided);
            let interval = test.interval(alpha, Alternative::TwoSided);
            let excludes_zero = interval.low.is_some_and(|low| low > 0.0) || interval.high.is_some_and(|high| high < 0.0);
            prop_assert!((p < alpha) == excludes_zero || (p - alpha).abs() < 1e-9, "p {} alpha {}", p, alpha);
        }
    }

    #[test]
    fn swapping_the_groups_turns_the_signs(a in observations(), b in observations()) {
        let (a, b) = (Sample::from_values(&a), Sample::from_values(&b));
        if let (Ok(one), Ok(two)) = (welch(&a, &b), welch(&b, &a)) {
            prop_assert_eq!(one.statistic, -two.statistic);
            prop_assert!((one.df / two.df - 1.0).abs() < 1e-12);
            prop_assert_eq!(one.p_value(Alternative::Greater), two.p_value(Alternative::Less));
        }
    }

    #[test]
    fn verdicts_follow_from_the_row(a in observations(), b in observations(), margin in 0.01..0.5) {
        let results = results(vec![values("t", "a", &a), values("t", "b", &b)]);
        let mut config = plain(Pairs::Baseline("b".to_owned()));
        config.margin = Some(margin);
        config.adjust_over = AdjustOver::All;
        let row = compare(&results, &config).unwrap().remove(0);
        match row.verdict {
            Verdict::Better => prop_assert!(row.p_adjusted.unwrap() < 0.05 && row.diff.unwrap() > 0.0),
            Verdict::Worse => prop_assert!(row.p_adjusted.unwrap() < 0.05 && row.diff.unwrap() < 0.0),
            Verdict::Equivalent => prop_assert!(row.diff.unwrap().abs() < margin && row.p_adjusted.unwrap() >= 0.05),
            Verdict::Inconclusive => prop_assert!(row.p_adjusted.unwrap() >= 0.05),
            Verdict::Untestable => prop_assert!(row.p_value.is_none() && row.reason.is_some()),
        }
    }
}
