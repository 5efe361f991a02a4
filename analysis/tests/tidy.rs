//! Summaries and comparisons as rows.

use analysis::input::{Group, Results, Spread};
use analysis::stat::{Adjust, Alternative};
use analysis::table::Tidy;
use analysis::tidy::{AdjustOver, ComparisonRow, Pairs, Test, Verdict, compare, summarize};

use crate::support::{close, plain, results, summary, values};

fn baseline(model: &str) -> Pairs {
    Pairs::Baseline(model.to_owned())
}

fn names(rows: &[ComparisonRow]) -> Vec<String> {
    rows.iter().map(|row| format!("{} {} {}", row.task, row.model_a, row.model_b)).collect()
}

/// Three models on two tasks; `c` is missing on task 2.
fn two_tasks() -> Results {
    results(vec![
        values("1", "a", &[0.80, 0.81, 0.82]),
        values("1", "b", &[0.70, 0.71, 0.72]),
        values("1", "c", &[0.801, 0.812, 0.819]),
        values("2", "a", &[0.5, 0.6, 0.7]),
        values("2", "b", &[0.55, 0.65, 0.7]),
    ])
}

#[test]
fn columns_are_those_of_the_contract() {
    let comparisons = Tidy::from_comparisons(&[]);
    let header = comparisons.to_csv();
    assert_eq!(
        header,
        "task,metric,model_a,model_b,n_a,n_b,mean_a,mean_b,sd_a,sd_b,diff,conf_low,conf_high,test,statistic,df,p_value,\
         p_adjusted,effect_kind,effect,effect_low,effect_high,verdict,reason,unit,null_distribution,least_p,estimand,estimate,\
         p_equivalence\n"
    );
    let summaries = Tidy::from_summaries(&[]).to_csv();
    assert_eq!(summaries, "task,metric,model,n,mean,sd,se,median,min,max,conf_low,conf_high\n");
}

#[test]
fn summaries() {
    let groups = vec![
        values("1", "a", &[0.8, 0.9, 0.7]),
        values("1", "flat", &[0.5, 0.5]),
        values("1", "none", &[]),
        values("1", "one", &[0.5]),
        summary("1", "printed", 0.9, Some(0.02), Some(4)),
    ];
    let rows = summarize(&results(groups), 0.05).unwrap();
    let a = &rows[0];
    assert_eq!((a.n, a.median, a.min, a.max), (Some(3), Some(0.8), Some(0.7), Some(0.9)));
    // t(.975, 2) = 4.302652729749464, se = .1/√3.
    close(a.conf_low.unwrap(), 0.8 - 4.302_652_729_749_464 * 0.1 / 3.0_f64.sqrt(), 1e-12, "low");
    let flat = &rows[1];
    assert_eq!((flat.sd, flat.se, flat.conf_low, flat.conf_high), (Some(0.0), Some(0.0), None, None));
    assert_eq!((rows[2].n, rows[2].mean, rows[2].sd), (Some(0), None, None));
    assert_eq!((rows[3].n, rows[3].mean, rows[3].sd, rows[3].conf_low), (Some(1), Some(0.5), None, None));
    assert_eq!((rows[4].se, rows[4].median), (Some(0.01), None));
    close(rows[4].conf_high.unwrap(), 0.9 + 3.182_446_305_284_263 * 0.01, 1e-12, "high");
    for alpha in [0.0, 1.0, -1.0, f64::NAN] {
        assert!(summarize(&Results::default(), alpha).unwrap_err().to_string().starts_with("alpha is "));
    }
}

#[test]
fn pairs() {
    let of = |pairs: Pairs| names(&compare(&two_tasks(), &plain(pairs)).unwrap());
    assert_eq!(of(baseline("b")), ["1 a b", "1 c b", "2 a b"]);
    assert_eq!(of(Pairs::AllPairs), ["1 a b", "1 a c", "1 b c", "2 a b"]);
    // On task 1 c has .8107 and a .81.
    assert_eq!(of(Pairs::AgainstBest), ["1 a c", "1 b c", "2 a b"]);
}

#[test]
fn of_equal_bests_the_first_by_name_is_taken() {
    let groups = vec![values("1", "a", &[0.7, 0.8]), values("1", "b", &[0.8, 0.7]), values("1", "c", &[])];
    let rows = compare(&results(groups), &plain(Pairs::AgainstBest)).unwrap();
    assert_eq!(names(&rows), ["1 b a", "1 c a"]);
}

#[test]
fn a_row_in_full() {
    let rows = compare(&two_tasks(), &plain(baseline("b"))).unwrap();
    let row = &rows[0];
    assert_eq!(
        (row.n_a, row.n_b, row.verdict, row.reason.as_deref()),
        (Some(3), Some(3), Verdict::Better, None)
    );
    close(row.diff.unwrap(), 0.1, 1e-12, "diff");
    // t = .1/(.01 √(2/3)) with df 4.
    close(row.statistic.unwrap(), 0.1 / (0.01 * (2.0_f64 / 3.0).sqrt()), 1e-12, "t");
    close(row.df.unwrap(), 4.0, 1e-12, "df");
    assert_eq!(row.p_value, row.p_adjusted);
    assert_eq!(row.effect_kind, "hedges_g");
    // J(4) d = .79788456 · 10.
    close(row.effect.unwrap(), 7.978_845_608_028_654, 1e-12, "g");
    assert!(row.effect_low.unwrap() < row.effect.unwrap() && row.effect.unwrap() < row.effect_high.unwrap());
    assert_eq!(rows[2].verdict, Verdict::Inconclusive);
    let worse = compare(&two_tasks(), &plain(baseline("a"))).unwrap();
    assert_eq!((worse[0].model_a.as_str(), worse[0].verdict), ("b", Verdict::Worse));
}

#[test]
fn families_are_adjusted_apart_or_together() {
    let p = |over: AdjustOver| -> Vec<Option<f64>> {
        let mut config = plain(Pairs::AllPairs);
        config.adjust = Adjust::Bonferroni;
        config.adjust_over = over;
        compare(&two_tasks(), &config).unwrap().iter().map(|row| row.p_adjusted).collect()
    };
    let raw: Vec<f64> = compare(&two_tasks(), &plain(Pairs::AllPairs))
        .unwrap()
        .iter()
        .map(|row| row.p_value.unwrap())
        .collect();
    let times = |factors: [f64; 4]| -> Vec<Option<f64>> {
        raw.iter().zip(factors).map(|(p, factor)| Some((p * factor).min(1.0))).collect()
    };
    assert_eq!(p(AdjustOver::Task), times([3.0, 3.0, 3.0, 1.0]));
    assert_eq!(p(AdjustOver::All), times([4.0; 4]));
}

#[test]
fn metrics_are_families_of_their_own() {
    let mut groups = two_tasks().groups;
    for group in &mut groups {
        group.task = "1".to_owned();
    }
    for group in &mut groups[3..] {
        group.metric = "dice".to_owned();
    }
    let mut config = plain(Pairs::AllPairs);
    config.adjust = Adjust::Bonferroni;
    let rows = compare(&results(groups), &config).unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[3].p_adjusted, rows[3].p_value);
}

#[test]
fn verdicts_use_the_adjusted_p() {
    let mut groups = vec![values("1", "base", &[0.50, 0.51, 0.52])];
    for idx in 0..8 {
        groups.push(values("1", &format!("m{idx}"), &[0.53, 0.54, 0.55]));
    }
    let mut config = plain(baseline("base"));
    let better = |config: &_| {
        let rows = compare(&results(groups.clone()), config).unwrap();
        rows.iter().filter(|row| row.verdict == Verdict::Better).count()
    };
    assert_eq!(better(&config), 8);
    config.adjust = Adjust::Bonferroni;
    assert_eq!(better(&config), 0);
}

#[test]
fn one_sided() {
    let run = |alternative, base: &str| {
        let mut config = plain(baseline(base));
        config.alternative = alternative;
        compare(&two_tasks(), &config).unwrap().remove(0)
    };
    let two = run(Alternative::TwoSided, "b");
    let greater = run(Alternative::Greater, "b");
    let less = run(Alternative::Less, "b");
    close(greater.p_value.unwrap(), two.p_value.unwrap() / 2.0, 1e-12, "p");
    close(less.p_value.unwrap(), 1.0 - two.p_value.unwrap() / 2.0, 1e-12, "p");
    assert_eq!((greater.verdict, less.verdict), (Verdict::Better, Verdict::Inconclusive));
    assert!(greater.conf_low.unwrap() > two.conf_low.unwrap());
    assert_eq!((greater.conf_high, greater.effect_high), (None, None));
    assert_eq!((less.conf_low, less.effect_low), (None, None));
    assert_eq!(run(Alternative::Less, "a").verdict, Verdict::Worse);
}

#[test]
fn equivalence() {
    let groups = vec![
        values("1", "base", &[0.800, 0.801, 0.802, 0.803]),
        values("1", "same", &[0.8004, 0.8014, 0.8018, 0.8030]),
        values("1", "slightly", &[0.804, 0.805, 0.806, 0.807]),
    ];
    let mut config = plain(baseline("base"));
    let run = |config: &_| {
        let rows = compare(&results(groups.clone()), config).unwrap();
        rows.into_iter().map(|row| (row.verdict, row.reason)).collect::<Vec<_>>()
    };
    assert_eq!(run(&config)[0], (Verdict::Inconclusive, None));
    config.margin = Some(0.01);
    let noted = Some("significant, yet inside the margin of equivalence".to_owned());
    assert_eq!(run(&config), [(Verdict::Equivalent, None), (Verdict::Better, noted)]);
    config.margin = Some(0.001);
    assert_eq!(run(&config), [(Verdict::Inconclusive, None), (Verdict::Better, None)]);
    for margin in [0.0, -0.1, 1.0, f64::NAN] {
        config.margin = Some(margin);
        let error = compare(&two_tasks(), &config).unwrap_err().to_string();
        assert!(error.starts_with("margin is "), "{error}");
    }
}

#[track_caller]
fn untestable(groups: Vec<Group>, test: Test, reason: &str) -> ComparisonRow {
    let mut config = plain(baseline("b"));
    config.test = test;
    let row = compare(&results(groups), &config).unwrap().remove(0);
    assert_eq!((row.verdict, row.reason.as_deref()), (Verdict::Untestable, Some(reason)));
    assert_eq!((row.p_value, row.p_adjusted, row.statistic, row.df), (None, None, None, None));
    assert_eq!((row.conf_low, row.conf_high, row.effect), (None, None, None));
    row
}

#[test]
fn undefined_p_values_have_a_reason() {
    let good = || values("1", "b", &[0.5, 0.6, 0.7]);
    for test in [Test::Welch, Test::Student] {
        let row =
            untestable(vec![values("1", "a", &[0.5]), good()], test, "only 1 value of 'a'; a test needs two");
        // What is known is still said.
        close(row.diff.unwrap(), -0.1, 1e-12, "diff");
        untestable(vec![values("1", "a", &[]), good()], test, "no value of 'a'; a test needs two");
        untestable(
            vec![values("1", "a", &[0.5, 0.5]), values("1", "b", &[0.6, 0.6])],
            test,
            "zero variance in both groups",
        );
        untestable(
            vec![summary("1", "a", 0.5, None, Some(5)), good()],
            test,
            "the standard deviation of 'a' is missing",
        );
        untestable(
            vec![summary("1", "a", 0.5, Some(0.1), None), good()],
            test,
            "the number of values of 'a' is missing",
        );
    }
}

#[test]
fn a_structural_hole_is_said() {
    let rows = compare(&two_tasks(), &plain(baseline("c"))).unwrap();
    let hole = &rows[2];
    assert_eq!((hole.task.as_str(), hole.model_b.as_str(), hole.n_b), ("2", "c", None));
    assert_eq!(hole.verdict, Verdict::Untestable);
    assert_eq!(hole.reason.as_deref(), Some("structural hole: no result of 'c' on 2"));
    assert_eq!(
        compare(&two_tasks(), &plain(baseline("d"))).unwrap_err().to_string(),
        "no model 'd' to be the baseline; the models are a, b, c"
    );
}

#[test]
fn one_group_without_variance_is_tested() {
    let groups = vec![values("1", "a", &[0.6, 0.6, 0.6]), values("1", "b", &[0.50, 0.51, 0.52])];
    let row = compare(&results(groups), &plain(baseline("b"))).unwrap().remove(0);
    assert_eq!((row.verdict, row.df), (Verdict::Better, Some(2.0)));
}

#[test]
fn untestable_rows_do_not_count_in_their_family() {
    let groups = vec![
        values("1", "a", &[0.51, 0.52, 0.56]),
        values("1", "b", &[0.5, 0.51, 0.52]),
        values("1", "c", &[0.5]),
    ];
    let mut config = plain(baseline("b"));
    config.adjust = Adjust::Bonferroni;
    let rows = compare(&results(groups), &config).unwrap();
    assert_eq!(rows[0].p_adjusted, rows[0].p_value);
}

#[test]
fn impossible_summaries_name_their_group() {
    let bad = Spread::Summary { mean: 0.5, sd: Some(0.1), n: Some(0), ddof: 1, decimals: None };
    let groups = vec![Group { spread: bad, ..values("1", "a", &[]) }, values("1", "b", &[0.5, 0.6])];
    let message = "a on 1 (auc): n is 0; expected at least 1";
    assert_eq!(summarize(&results(groups.clone()), 0.05).unwrap_err().to_string(), message);
    assert_eq!(compare(&results(groups), &plain(Pairs::AllPairs)).unwrap_err().to_string(), message);
}

#[test]
fn groups_may_come_in_any_order() {
    let mut turned = two_tasks();
    turned.groups.reverse();
    let config = plain(baseline("b"));
    assert_eq!(compare(&turned, &config).unwrap(), compare(&two_tasks(), &config).unwrap());
}

#[test]
fn names_of_the_command_line_are_read() {
    assert_eq!("welch".parse::<Test>().unwrap(), Test::Welch);
    assert_eq!("all".parse::<AdjustOver>().unwrap(), AdjustOver::All);
    assert_eq!("two-sided".parse::<Alternative>().unwrap(), Alternative::TwoSided);
    assert_eq!(
        "anova".parse::<Test>().unwrap_err().to_string(),
        "no test 'anova'; expected one of welch, student, paired-t, corrected-t, mann-whitney, brunner-munzel, wilcoxon, \
         permutation, sign-flip, dunnett"
    );
}
