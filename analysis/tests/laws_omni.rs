//! Laws of the omnibus tests, the cliques and the stability of ranks.

use std::collections::BTreeSet;

use analysis::stat::{
    Friedman, RankTable, Reduce, StabilityConfig, conover, control_z, friedman, interval_cliques,
    maximal_cliques, nemenyi, quade, rank_stability,
};
use proptest::prelude::*;

/// `scores[block][treatment]` with many ties.
fn tables() -> impl Strategy<Value = Vec<Vec<f64>>> {
    (2_usize..7, 2_usize..6).prop_flat_map(|(n, k)| {
        prop::collection::vec(prop::collection::vec((0_u8..6).prop_map(|step| f64::from(step) / 8.0), k), n)
    })
}

/// Which pairs of k treatments differ.
fn graphs() -> impl Strategy<Value = (usize, Vec<bool>)> {
    (1_usize..9).prop_flat_map(|k| (Just(k), prop::collection::vec(any::<bool>(), k * k)))
}

fn test_of(scores: &[Vec<f64>]) -> Option<Friedman> {
    friedman(&RankTable::new(scores).unwrap()).ok()
}

fn rotated<T: Clone>(items: &[T], by: usize) -> Vec<T> {
    let mut items = items.to_vec();
    let by = by % items.len();
    items.rotate_left(by);
    items
}

fn alike(k: usize, differ: &[bool]) -> impl Fn(usize, usize) -> bool {
    let differ = differ.to_vec();
    move |a, b| !differ[a * k + b] && !differ[b * k + a]
}

/// Found by the law below: whether an exact p-value was affordable hung on which block came first.
#[test]
fn regression_exact_p_for_any_order_of_blocks() {
    let mut scores = vec![vec![0.0, 0.1, 0.2, 0.3, 0.4]; 6];
    scores.push(vec![0.5; 5]);
    scores.push(vec![0.5, 0.5, 0.5, 0.5, 0.9]);
    for by in 1..8 {
        assert_eq!(test_of(&scores), test_of(&rotated(&scores, by)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_blocks_changes_nothing(scores in tables(), by in 0_usize..6) {
        let moved = rotated(&scores, by);
        prop_assert_eq!(test_of(&scores), test_of(&moved));
        prop_assert_eq!(quade(&scores), quade(&moved));
        let (table, other) = (RankTable::new(&scores).unwrap(), RankTable::new(&moved).unwrap());
        prop_assert_eq!(table.mean_ranks(), other.mean_ranks());
        prop_assert_eq!(nemenyi(&table), nemenyi(&other));
        prop_assert_eq!(conover(&table), conover(&other));
    }

    #[test]
    fn models_take_their_results_along(scores in tables(), by in 0_usize..6) {
        let moved: Vec<Vec<f64>> = scores.iter().map(|row| rotated(row, by)).collect();
        prop_assert_eq!(test_of(&scores), test_of(&moved));
        prop_assert_eq!(quade(&scores), quade(&moved));
        let (table, other) = (RankTable::new(&scores).unwrap(), RankTable::new(&moved).unwrap());
        prop_assert_eq!(rotated(&table.mean_ranks(), by), other.mean_ranks());
        let k = table.k();
        for test in control_z(&other, 0).unwrap() {
            let back = control_z(&table, by % k).unwrap();
            let twin = back.iter().find(|twin| twin.a == (test.a + by) % k).unwrap();
            prop_assert_eq!((test.diff_of_mean_ranks, test.p_value), (twin.diff_of_mean_ranks, twin.p_value));
        }
    }

    #[test]
    fn only_the_order_within_a_block_counts(scores in tables(), block in 0_usize..6) {
        let mut bent = scores.clone();
        let block = block % bent.len();
        bent[block].iter_mut().for_each(|score| *score = (3.0 * *score).exp() - 7.0);
        prop_assert_eq!(RankTable::new(&scores), RankTable::new(&bent));
    }

    #[test]
    fn p_values_are_probabilities(scores in tables()) {
        let table = RankTable::new(&scores).unwrap();
        let mut p: Vec<f64> = [nemenyi(&table), conover(&table)].concat().iter().filter_map(|test| test.p_value).collect();
        if let Some(test) = test_of(&scores) {
            prop_assert!((0.0..=1.0).contains(&test.kendall_w));
            p.extend([test.p_value]);
            p.extend(test.exact_p);
            p.extend(test.iman_davenport.ok().map(|f| f.p_value));
        }
        p.extend(quade(&scores).ok().map(|test| test.p_value));
        prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{p:?}");
    }

    #[test]
    fn groups_are_all_the_maximal_cliques((k, differ) in graphs()) {
        let alike = alike(k, &differ);
        let groups = maximal_cliques(k, |a, b| differ[a * k + b]).unwrap();
        // By brute force over all subsets.
        let is_clique = |set: usize| (0..k).all(|a| (0..a).all(|b| {
            set >> a & 1 == 0 || set >> b & 1 == 0 || alike(a, b)
        }));
        let is_maximal = |set: usize| (0..k).all(|extra| set >> extra & 1 == 1 || !is_clique(set | 1 << extra));
        let all = (1_usize..1 << k).filter(|set| is_clique(*set) && is_maximal(*set));
        let want: BTreeSet<Vec<usize>> = all.map(|set| (0..k).filter(|a| set >> a & 1 == 1).collect()).collect();
        prop_assert_eq!(groups.len(), want.len());
        prop_assert_eq!(groups.into_iter().collect::<BTreeSet<_>>(), want);
    }

    #[test]
    fn bars_are_all_the_maximal_runs((k, differ) in graphs(), steps in prop::collection::vec(0_u8..20, 9)) {
        let alike = alike(k, &differ);
        let ranks: Vec<f64> = steps[..k].iter().map(|step| f64::from(*step) / 2.0).collect();
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|a, b| ranks[*a].total_cmp(&ranks[*b]));
        let fits = |low: usize, high: usize| (low..high).all(|i| (low..i).all(|j| alike(order[i], order[j])));
        let mut want = Vec::new();
        for low in 0..k {
            for high in low + 2..=k {
                let longer = (low > 0 && fits(low - 1, high)) || (high < k && fits(low, high + 1));
                if fits(low, high) && !longer {
                    want.push(order[low..high].to_vec());
                }
            }
        }
        prop_assert_eq!(interval_cliques(&ranks, |a, b| differ[a * k + b]), want);
    }

    #[test]
    fn stability_sums_up_and_threads_change_nothing(scores in tables(), seed: u64, tasks: bool, means: bool) {
        // Each block as a task, each score as three seeds around it.
        let seeds = |score: &f64| vec![*score, score + 0.1, score - 0.07];
        let values: Vec<Vec<Vec<f64>>> = scores.iter().map(|row| row.iter().map(seeds).collect()).collect();
        let reduce = if means { Reduce::MeanThenRank } else { Reduce::RankThenMean };
        let config = StabilityConfig { resamples: 37, seed, alpha: 0.1, resample_tasks: tasks, reduce };
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| rank_stability(&values, &config).unwrap())
        };
        let stability = run(1);
        prop_assert_eq!(&stability, &run(3));
        let k = stability.models.len() as f64;
        let total: f64 = stability.models.iter().map(|model| model.mean_rank).sum();
        prop_assert!((total - k * (k + 1.0) / 2.0).abs() < 1e-9);
        for model in &stability.models {
            prop_assert!((model.fractions.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let of_fractions: f64 = model.fractions.iter().zip(1..).map(|(share, rank)| share * f64::from(rank)).sum();
            prop_assert!((of_fractions - model.mean_rank).abs() < 1e-9);
        }
        prop_assert!(stability.tau.is_none_or(|tau| (-1.0 - 1e-12..=1.0 + 1e-12).contains(&tau)));
    }
}
