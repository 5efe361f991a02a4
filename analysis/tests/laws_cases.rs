//! Laws of AUCs, of their variances and of their bootstrap, on every input; and what is undefined.

use analysis::metric::{auc, average_precision};
use analysis::stat::{
    Alternative, AucBootstrap, AucBootstrapConfig, Labels, Rated, Strata, Untestable, auc_bootstrap, delong,
    delong_covariance, delong_paired, delong_unpaired, macro_auc, macro_auc_bootstrap, macro_auc_paired,
};
use proptest::prelude::*;

use crate::portable::Portable;

const TWO_SIDED: Alternative = Alternative::TwoSided;

/// Scores of two models on a grid, truth and patient of each case.
type Rows = Vec<(u8, u8, bool, u8)>;

fn rows() -> impl Strategy<Value = Rows> {
    prop::collection::vec((0_u8..12, 0_u8..12, any::<bool>(), 0_u8..15), 4..60)
}

fn first(rows: &Rows) -> Vec<f64> {
    rows.iter().map(|row| f64::from(row.0) / 16.0).collect()
}

fn second(rows: &Rows) -> Vec<f64> {
    rows.iter().map(|row| f64::from(row.1) / 16.0).collect()
}

fn targets(rows: &Rows) -> Vec<bool> {
    rows.iter().map(|row| row.2).collect()
}

fn patients(rows: &Rows) -> Vec<usize> {
    rows.iter().map(|row| usize::from(row.3)).collect()
}

fn turned(scores: &[f64]) -> Vec<f64> {
    scores.iter().map(|score| 1.0 - score).collect()
}

proptest! {
    #[test]
    fn turned_scores_turn_the_auc(rows in rows()) {
        let (scores, targets, patients) = (first(&rows), targets(&rows), patients(&rows));
        let turned = turned(&scores);
        match (auc(&scores, &targets), auc(&turned, &targets)) {
            (Some(plain), Some(turned)) => prop_assert!((plain + turned - 1.0).abs() < 1e-15),
            (plain, turned) => prop_assert_eq!(plain, turned),
        }
        for groups in [None, Some(&patients[..])] {
            match (delong(&scores, &targets, groups), delong(&turned, &targets, groups)) {
                (Ok(plain), Ok(turned)) => prop_assert_eq!(plain.variance, turned.variance),
                (plain, turned) => prop_assert_eq!(plain.err(), turned.err()),
            }
        }
    }

    #[test]
    fn swapping_the_models_mirrors_the_test(rows in rows()) {
        let (a, b, targets, patients) = (first(&rows), second(&rows), targets(&rows), patients(&rows));
        for groups in [None, Some(&patients[..])] {
            let (plain, swapped) =
                (delong_paired(&a, &b, &targets, groups), delong_paired(&b, &a, &targets, groups));
            let (Ok(plain), Ok(swapped)) = (&plain, &swapped) else {
                prop_assert_eq!(plain.err(), swapped.err());
                continue;
            };
            prop_assert_eq!((plain.diff, plain.statistic, plain.se), (-swapped.diff, -swapped.statistic, swapped.se));
            prop_assert_eq!(plain.p_value(TWO_SIDED), swapped.p_value(TWO_SIDED));
            prop_assert_eq!(plain.p_value(Alternative::Greater), swapped.p_value(Alternative::Less));
            let (ends, other) = (plain.interval(0.1, TWO_SIDED), swapped.interval(0.1, TWO_SIDED));
            prop_assert_eq!((ends.low, ends.high), (other.high.map(|end| -end), other.low.map(|end| -end)));
            // The difference's own variance is that of the matrix.
            let sum = plain.var_a + plain.var_b - 2.0 * plain.cov;
            prop_assert!((plain.se * plain.se - sum).abs() <= 1e-12 * (plain.var_a + plain.var_b));
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(rows in rows(), seed in any::<u64>()) {
        let mut shuffled = rows.clone();
        let mut draw = Portable::new(seed);
        (1..shuffled.len()).for_each(|last| shuffled.swap(last, draw.below(last + 1)));
        let all = |rows: &Rows| (first(rows), second(rows), targets(rows), patients(rows));
        let ((a, b, truth, who), (a2, b2, truth2, who2)) = (all(&rows), all(&shuffled));
        prop_assert_eq!(auc(&a, &truth), auc(&a2, &truth2));
        prop_assert_eq!(average_precision(&a, &truth), average_precision(&a2, &truth2));
        match (delong_paired(&a, &b, &truth, Some(&who)), delong_paired(&a2, &b2, &truth2, Some(&who2))) {
            (Ok(plain), Ok(other)) => {
                prop_assert_eq!(plain.diff, other.diff);
                prop_assert!((plain.se / other.se - 1.0).abs() < 1e-12);
            }
            (plain, other) => prop_assert_eq!(plain.err(), other.err()),
        }
    }

    #[test]
    fn doubling_every_case_leaves_the_areas(rows in rows()) {
        let doubled: Rows = rows.iter().chain(&rows).copied().collect();
        prop_assert_eq!(auc(&first(&rows), &targets(&rows)), auc(&first(&doubled), &targets(&doubled)));
        match (
            average_precision(&first(&rows), &targets(&rows)),
            average_precision(&first(&doubled), &targets(&doubled)),
        ) {
            (Some(plain), Some(doubled)) => prop_assert!((plain - doubled).abs() < 1e-14),
            (plain, doubled) => prop_assert_eq!(plain, doubled),
        }
    }

    #[test]
    fn average_precision_is_its_definition(rows in rows()) {
        let (scores, targets) = (first(&rows), targets(&rows));
        let n_pos = targets.iter().filter(|target| **target).count() as f64;
        // The mean over positives of the precision among the cases that score as high as it does.
        let precision = |cut: f64| {
            let above = scores.iter().zip(&targets).filter(|(score, _)| **score >= cut);
            above.clone().filter(|(_, target)| **target).count() as f64 / above.count() as f64
        };
        let sum: f64 = scores.iter().zip(&targets).filter(|(_, target)| **target).map(|(cut, _)| precision(*cut)).sum();
        match average_precision(&scores, &targets) {
            Some(got) => prop_assert!((got - sum / n_pos).abs() < 1e-14),
            None => prop_assert_eq!(n_pos, 0.0),
        }
    }

    #[test]
    fn one_case_a_patient_is_plain_delong(rows in rows(), seed in any::<u64>()) {
        let (a, b, targets) = (first(&rows), second(&rows), targets(&rows));
        let mut draw = Portable::new(seed);
        let names: Vec<usize> = (0..rows.len()).map(|case| draw.below(1000) * 100 + case).collect();
        let groups = Some(&names[..]);
        prop_assert_eq!(delong(&a, &targets, None).ok(), delong(&a, &targets, groups).ok());
        prop_assert_eq!(delong_paired(&a, &b, &targets, None).ok(), delong_paired(&a, &b, &targets, groups).ok());
        let models: [&[f64]; 2] = [&a, &b];
        prop_assert_eq!(
            delong_covariance(&models, &targets, None).ok(),
            delong_covariance(&models, &targets, groups).ok()
        );
    }

    #[test]
    fn a_macro_auc_of_one_label_is_delongs(rows in rows()) {
        let (a, b, targets) = (first(&rows), second(&rows), targets(&rows));
        let truths: Vec<Option<bool>> = targets.iter().copied().map(Some).collect();
        let labels = Labels { targets: &[&truths], groups: None };
        match (delong_paired(&a, &b, &targets, None), macro_auc_paired(&[&a], &[&b], &labels)) {
            (Ok(plain), Ok(found)) => {
                prop_assert_eq!((plain.auc_a, plain.auc_b, plain.diff), (found.auc_a, found.auc_b, found.diff));
                prop_assert!((plain.se / found.se - 1.0).abs() < 1e-12);
            }
            (plain, found) => prop_assert_eq!(plain.err(), found.err()),
        }
    }

    #[test]
    fn nothing_panics(
        scores in prop::collection::vec(prop::num::f64::ANY, 0..20),
        truth in prop::collection::vec(any::<bool>(), 0..20),
        who in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        for value in [auc(&scores, &truth), average_precision(&scores, &truth)].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&value));
        }
        for groups in [None, Some(&who[..])] {
            if let Ok(found) = delong(&scores, &truth, groups) {
                prop_assert!(found.variance > 0.0 && found.variance.is_finite());
                let ends = found.logit_interval(0.05, TWO_SIDED);
                prop_assert!(ends.low.is_none_or(|low| low <= found.auc) && ends.high.is_none_or(|high| found.auc <= high));
            }
            let config = AucBootstrapConfig { n_resamples: 5, seed: 0, strata: Strata::ByClass };
            let found = auc_bootstrap(&[&scores], &truth, groups, &config);
            prop_assert!(found.is_err() || auc(&scores, &truth).is_some());
        }
    }
}

/// Two models of `n_labels` labels on patients of several cases: `[model][label][case]`, truths, patients.
struct Study {
    models: [Vec<Vec<f64>>; 2],
    targets: Vec<Vec<Option<bool>>>,
    groups: Vec<usize>,
}

impl Study {
    fn of(seed: u64, n_patients: usize, n_labels: usize) -> Self {
        let mut draw = Portable::new(seed);
        let groups: Vec<usize> = (0..n_patients).flat_map(|who| vec![who; 1 + draw.below(3)]).collect();
        let mut study = Self { models: [vec![], vec![]], targets: vec![], groups };
        for _ in 0..n_labels {
            let illness: Vec<f64> = (0..n_patients).map(|_| draw.normal()).collect();
            let (mut truths, mut scores) = (vec![], [vec![], vec![]]);
            for who in &study.groups {
                let ill = illness[*who] + 0.5 * draw.normal() > 0.8;
                truths.push(if draw.unit() < 0.05 { None } else { Some(ill) });
                let seen = if ill { 1.0 } else { 0.0 } + 0.5 * illness[*who] + draw.normal();
                scores.iter_mut().for_each(|scores| scores.push(seen + draw.normal()));
            }
            study.targets.push(truths);
            study.models.iter_mut().zip(scores).for_each(|(model, scores)| model.push(scores));
        }
        study
    }

    fn bootstrap(&self, config: &AucBootstrapConfig) -> AucBootstrap {
        let (targets, a, b) = (slices(&self.targets), slices(&self.models[0]), slices(&self.models[1]));
        macro_auc_bootstrap(&[&a, &b], &Labels { targets: &targets, groups: Some(&self.groups) }, config)
            .unwrap()
    }
}

fn slices<T>(rows: &[Vec<T>]) -> Vec<&[T]> {
    rows.iter().map(Vec::as_slice).collect()
}

/// Two independent ways to the same standard error. Of 4,000 resamples it has an error of 1.1 %; the bootstrap's variance
/// lacks the factor I/(I - 1) and has terms of higher order, which 300 patients leave at the worst.
#[test]
fn influence_and_bootstrap_agree() {
    const TOLERANCE: f64 = 0.06;
    let mut worst: f64 = 0.0;
    for seed in 0..12 {
        let study = Study::of(seed, 300 + 40 * seed as usize, 1 + seed as usize % 5);
        let (targets, a, b) = (slices(&study.targets), slices(&study.models[0]), slices(&study.models[1]));
        let labels = Labels { targets: &targets, groups: Some(&study.groups) };
        let test = macro_auc_paired(&a, &b, &labels).unwrap();
        let found = study.bootstrap(&AucBootstrapConfig { n_resamples: 4000, seed, strata: Strata::One });
        assert_eq!(found.estimates, [test.auc_a, test.auc_b]);
        let draws = [found.model(0), found.model(1), found.difference(0, 1)].map(Option::unwrap);
        for (draws, se) in draws.iter().zip([test.var_a.sqrt(), test.var_b.sqrt(), test.se]) {
            worst = worst.max((draws.se().unwrap() / se - 1.0).abs());
        }
        let (ends, other) = (draws[2].interval(0.05, TWO_SIDED), test.interval(0.05, TWO_SIDED));
        for (end, other) in [(ends.low, other.low), (ends.high, other.high)] {
            assert!((end.unwrap() - other.unwrap()).abs() < 0.25 * test.se, "{seed}: {ends:?} {other:?}");
        }
        assert!((draws[2].p_value(TWO_SIDED).unwrap() - test.p_value(TWO_SIDED)).abs() < 0.06);
        assert!((draws[2].p_normal(TWO_SIDED).unwrap() - test.p_value(TWO_SIDED)).abs() < 0.03);
    }
    println!("influence and bootstrap: standard errors differ by at most {:.1} %", 100.0 * worst);
    assert!(worst < TOLERANCE, "{worst}");
}

#[test]
fn any_number_of_threads_gives_the_same_resamples() {
    let study = Study::of(3, 80, 2);
    let config = AucBootstrapConfig { n_resamples: 205, seed: 9, strata: Strata::One };
    let with = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| study.bootstrap(&config))
    };
    let one = with(1);
    assert_eq!(one, with(3));
    assert_eq!(one.resampled[0].len() + one.n_undefined, 205);
    // More resamples go on where fewer stopped.
    let fewer = study.bootstrap(&AucBootstrapConfig { n_resamples: 100, ..config });
    assert_eq!(fewer.resampled[1], one.resampled[1][..fewer.resampled[1].len()]);
}

#[test]
fn resamples_without_a_class_are_counted() {
    let targets: Vec<bool> = (0..12).map(|case| case < 2).collect();
    let scores: Vec<f64> = (0..12).map(|case| f64::from(case * 7 % 12)).collect();
    let config = AucBootstrapConfig { n_resamples: 20_000, seed: 4, strata: Strata::One };
    let found = auc_bootstrap(&[&scores], &targets, None, &config).unwrap();
    // Neither of two of twelve: (10/12)¹² = .1122, and the chance of no negative is nil; four standard errors are .009.
    let share = found.n_undefined as f64 / 20_000.0;
    assert!((share - 0.1122).abs() < 0.009, "{share}");
    let stratified = AucBootstrapConfig { strata: Strata::ByClass, ..config };
    assert_eq!(auc_bootstrap(&[&scores], &targets, None, &stratified).unwrap().n_undefined, 0);
}

#[test]
fn says_why_there_is_no_variance() {
    let (yes, no) = ([true, true, false, false], [false; 4]);
    let (apart, tied) = ([0.8, 0.9, 0.1, 0.2], [0.5; 4]);
    let (mixed, worst) = ([0.8, 0.1, 0.2, 0.3], [0.1, 0.2, 0.8, 0.9]);
    let why = |scores: &[f64], targets: &[bool], groups: Option<&[usize]>| {
        delong(scores, targets, groups).unwrap_err()
    };
    assert_eq!(why(&apart, &yes, None), Untestable::PerfectSeparation);
    assert_eq!(why(&worst, &yes, None), Untestable::PerfectSeparation);
    assert_eq!(why(&tied, &yes, None), Untestable::AllTied);
    assert_eq!(why(&mixed, &no, None), Untestable::OneClass);
    assert_eq!(why(&[], &[], None), Untestable::OneClass);
    assert_eq!(why(&[f64::NAN, 0.1, 0.2, 0.3], &yes, None), Untestable::NotFinite);
    let text = |why: Untestable| why.explain("a", "b");
    assert_eq!(text(why(&mixed[..3], &yes, None)), "there are not as many scores as truths");
    assert_eq!(text(why(&mixed, &yes, Some(&[1]))), "there are not as many patients as truths");
    let single = why(&mixed, &[true, false, false, false], None);
    assert_eq!(text(single), "only 1 case is a positive; a variance needs two");
    assert_eq!(
        text(why(&mixed, &yes, Some(&[7, 7, 8, 9]))),
        "only 1 patient has a positive; a variance needs two"
    );
    let pair = |a: &[f64], b: &[f64]| delong_paired(a, b, &yes, None).map(|test| test.diff);
    assert_eq!(pair(&mixed, &mixed), Err(Untestable::ZeroVarianceOfDifferences));
    assert_eq!(pair(&apart, &worst), Err(Untestable::PerfectSeparation));
    assert_eq!(pair(&tied, &tied), Err(Untestable::AllTied));
    assert_eq!(pair(&apart, &tied), Err(Untestable::ZeroVarianceOfDifferences));
    assert_eq!(pair(&apart, &mixed), Ok(0.5));
    let rated = |scores| Rated { scores, targets: &yes, groups: None };
    assert_eq!(delong_unpaired(&rated(&apart), &rated(&apart)).unwrap_err(), Untestable::PerfectSeparation);
    assert_eq!(delong_unpaired(&rated(&apart), &rated(&mixed)).unwrap().diff, 0.5);
}

#[test]
fn says_why_there_is_no_macro_auc() {
    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);
    let mixed: &[f64] = &[0.8, 0.1, 0.2, 0.3];
    let rare: &[Option<bool>] = &[YES, NO, NO, NO];
    let both: &[Option<bool>] = &[YES, YES, NO, NO];
    let none: &[Option<bool>] = &[NO, NO, None, NO];
    let found = |targets: &[&[Option<bool>]], scores: &[&[f64]]| {
        macro_auc(scores, &Labels { targets, groups: None }).map_err(|why| why.explain("a", "b"))
    };
    // A label without positives is left out, and seen to be.
    assert_eq!(found(&[both, none], &[mixed, mixed]).unwrap().labels, [Some(0.5), None]);
    assert_eq!(found(&[none], &[mixed]).unwrap_err(), Untestable::OneClass.explain("a", "b"));
    assert_eq!(found(&[], &[]).unwrap_err(), Untestable::OneClass.explain("a", "b"));
    let text = "label 2 of 2: only 1 case is a positive; a variance needs two";
    assert_eq!(found(&[both, rare], &[mixed, mixed]).unwrap_err(), text);
    assert_eq!(
        found(&[both], &[mixed, mixed]).unwrap_err(),
        "there are not as many labels of scores as of truths"
    );
    assert_eq!(found(&[both], &[&mixed[..2]]).unwrap_err(), "there are not as many scores as truths");
    assert_eq!(
        found(&[both, &both[..2]], &[mixed, mixed]).unwrap_err(),
        "the labels do not have as many cases each"
    );
    // A score of an unknown case may be anything.
    let nan: &[f64] = &[0.8, 0.1, f64::NAN, 0.3];
    assert!(found(&[both], &[nan]).is_err());
    let apart: &[f64] = &[0.8, 0.9, 0.2, 0.3];
    assert_eq!(found(&[both], &[apart]).unwrap_err(), Untestable::PerfectSeparation.explain("a", "b"));
    let unknown: &[Option<bool>] = &[YES, YES, None, NO, NO];
    assert!(found(&[unknown], &[&[0.8, 0.1, f64::NAN, 0.3, 0.0]]).is_ok());
    let labels = Labels { targets: &[both, rare], groups: None };
    let config = AucBootstrapConfig { n_resamples: 10, seed: 0, strata: Strata::ByClass };
    assert!(macro_auc_bootstrap(&[&[mixed, mixed]], &labels, &config).is_err());
    let none = AucBootstrapConfig { n_resamples: 0, strata: Strata::One, ..config };
    assert!(macro_auc_bootstrap(&[&[mixed, mixed]], &labels, &none).is_err());
}

/// Two models that are equally good, on 120 patients of four cases whose errors are alike: at the level .05 the test by
/// patients errs in one of twenty studies, and the test that takes cases as independent in far more.
#[test]
fn cases_of_one_patient_are_not_independent() {
    const N_STUDIES: usize = 2000;
    const N_PATIENTS: usize = 120;
    let groups: Vec<usize> = (0..4 * N_PATIENTS).map(|case| case / 4).collect();
    let (mut by_patient, mut by_case, mut by_labels) = (0, 0, 0);
    for study in 0..N_STUDIES {
        let mut draw = Portable::new(study as u64);
        let (mut truth, mut a, mut b) = (vec![], vec![], vec![]);
        for _ in 0..N_PATIENTS {
            let (ill, off_a, off_b) = (draw.unit() < 0.3, draw.normal(), draw.normal());
            for _ in 0..4 {
                let seen = ill != (draw.unit() < 0.1);
                let shared = if seen { 1.2 } else { 0.0 } + 0.5 * draw.normal();
                truth.push(seen);
                a.push(shared + off_a + 0.5 * draw.normal());
                b.push(shared + off_b + 0.5 * draw.normal());
            }
        }
        let rejects = |groups| delong_paired(&a, &b, &truth, groups).unwrap().p_value(TWO_SIDED) < 0.05;
        by_patient += usize::from(rejects(Some(&groups[..])));
        by_case += usize::from(rejects(None));
        let truths: Vec<Option<bool>> = truth.iter().copied().map(Some).collect();
        let twice: [&[Option<bool>]; 2] = [&truths, &truths];
        let labels = Labels { targets: &twice, groups: Some(&groups) };
        // The same label twice is one label: taken as independent, the variance would be halved.
        let test = macro_auc_paired(&[&a, &a], &[&b, &b], &labels).unwrap();
        by_labels += usize::from(test.p_value(TWO_SIDED) < 0.05);
    }
    let share = |count: usize| count as f64 / N_STUDIES as f64;
    println!(
        "rejects: patients {}, cases {}, labels {}",
        share(by_patient),
        share(by_case),
        share(by_labels)
    );
    // The share's standard error is .005.
    assert!((share(by_patient) - 0.05).abs() < 0.015);
    assert!((share(by_labels) - 0.05).abs() < 0.015);
    assert!(share(by_case) > 0.15);
}
