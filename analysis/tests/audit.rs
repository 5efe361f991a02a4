//! The audit of published tables, on the paper's own figures and on random ones.

use std::path::{Path, PathBuf};

use analysis::stat::audit::{
    Agreement, Assumption, Assumptions, Audit, AuditRow, Claim, Direction, Family, Mark, Printed, Sides,
    Variance, audit, p_interval, p_printed, parse_mark, printed_unit,
};
use analysis::stat::{Adjust, Alternative, Sample, student, welch};
use proptest::prelude::*;

use crate::portable::Portable;

fn shared(file: &str) -> Option<String> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("MEDTRANSFER_SHARED").map_or(default, PathBuf::from);
    let text = std::fs::read_to_string(folder.join(file)).ok();
    if text.is_none() {
        println!("skipped: {file} is not in {}; set MEDTRANSFER_SHARED", folder.display());
    }
    text
}

/// Rows and marks of one source; figures are read off bars to .05 at worst, and are given a unit of their own by `unit`.
fn published(source: &str, unit: Option<f64>) -> Option<(Vec<Printed>, Vec<Mark>)> {
    let (results, marks) =
        (shared("reference/published_results.csv")?, shared("reference/published_significance.csv")?);
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<String>>();
    let of_source = |text: &str| -> Vec<Vec<String>> {
        text.lines().map(cells).filter(|cells| cells[0] == source).collect()
    };
    let rows = of_source(&results).into_iter().map(|cells| Printed {
        task: cells[4].clone(),
        model: cells[1].clone(),
        mean: cells[6].parse().unwrap(),
        sd: cells[7].parse().unwrap(),
        unit: unit.or(printed_unit(&cells[6])).unwrap(),
        n: None,
    });
    let marks = of_source(&marks).into_iter().filter(|cells| !cells[3].starts_with("BEST")).map(|cells| {
        let (a, b) = cells[2].split_once(" vs ").unwrap();
        let b = b.trim_start_matches("best (").trim_start_matches("supervised ").trim_end_matches(')');
        Mark {
            task: cells[1].clone(),
            model_a: a.to_owned(),
            model_b: b.to_owned(),
            claim: parse_mark(&cells[3], 0.05).unwrap(),
            direction: Direction::Observed,
        }
    });
    Some((rows.collect(), marks.collect()))
}

fn plain(n: i64, variance: Variance, sides: Sides, ddof: i64) -> Assumption {
    Assumption { n: Some(n), ddof, sides, variance, adjust: Adjust::None, over: Family::All }
}

fn named(marks: &[Mark], of: &[usize]) -> Vec<String> {
    of.iter().map(|idx| format!("{}/{}", marks[*idx].model_a, marks[*idx].task)).collect()
}

fn row<'audit>(audit: &'audit Audit, assumption: &Assumption) -> &'audit AuditRow {
    audit.rows.iter().find(|row| row.assumption == *assumption).unwrap()
}

/// Twenty-one marks of Table 2: five runs give all of them, ten runs contradict four.
#[test]
fn table_2_fits_five_runs_and_not_ten() {
    let Some((rows, marks)) = published("table2", None) else { return };
    let audit = audit(&rows, &marks, &Assumptions::everything()).unwrap();
    let best = &audit.rows[0];
    assert_eq!((best.n_marks, best.n_mismatch), (21, 0));
    assert_eq!(best.assumption, plain(5, Variance::Pooled, Sides::Two, 1));
    let ten = row(&audit, &plain(10, Variance::Pooled, Sides::Two, 1));
    assert_eq!(
        named(&marks, &ten.mismatches),
        ["ImageNet/DXC5", "ImageNet/LXS", "CheXpert/LXS", "ImageNet>ChestX-ray14/LXS"]
    );
    assert_eq!((ten.n_mismatch, ten.n_rounding, ten.n_contradicted), (4, 2, 2));
    let p: Vec<f64> = ten.mismatches.iter().map(|idx| ten.judged[*idx].p.unwrap()).collect();
    for (p, want) in p.iter().zip([0.047, 0.014, 0.008, 0.044]) {
        assert!((p - want).abs() < 5e-4, "{p} {want}");
    }
    let other = |n, variance, ddof| row(&audit, &plain(n, variance, Sides::Two, ddof)).n_mismatch;
    assert_eq!(other(6, Variance::Pooled, 0), 0);
    assert_eq!(other(5, Variance::Welch, 1), 1);
    assert_eq!((other(10, Variance::Welch, 1), other(10, Variance::Welch, 0)), (4, 2));
}

/// 1,064 assumptions on Figure 2's 98 comparisons: far below a second.
#[test]
fn the_whole_grid_is_fast() {
    let Some((rows, marks)) = published("figure2", None) else { return };
    let start = std::time::Instant::now();
    let audit = audit(&rows, &marks, &Assumptions::everything()).unwrap();
    println!("figure 2: {} assumptions on {} marks in {:?}", audit.rows.len(), marks.len(), start.elapsed());
    assert_eq!((audit.rows.len(), marks.len()), (1064, 98));
}

/// With ten runs no rounding, no divisor and no variance explains two marks; an adjustment would.
#[test]
fn table_2_has_two_hopeless_marks_with_ten_runs() {
    let Some((rows, marks)) = published("table2", None) else { return };
    let two_sided = Assumptions { sides: vec![Sides::Two], ..Assumptions::unadjusted() };
    let audit = audit(&rows, &marks, &two_sided).unwrap();
    assert!(audit.hopeless.iter().all(|hopeless| hopeless.n.is_some()), "some n explains each mark");
    let ten: Vec<_> = audit.hopeless.iter().filter(|hopeless| hopeless.n == Some(10)).collect();
    let names: Vec<usize> = ten.iter().map(|hopeless| hopeless.mark).collect();
    assert_eq!(named(&marks, &names), ["ImageNet/LXS", "CheXpert/LXS"]);
    for (hopeless, want) in ten.iter().zip([0.0431, 0.0496]) {
        assert!((hopeless.interval.high - want).abs() < 5e-5, "{hopeless:?}");
        assert!(
            hopeless.reason.starts_with("printed as not significant at 0.05; p lies between 0.00"),
            "{hopeless:?}"
        );
    }
    let everything = analysis::stat::audit::audit(&rows, &marks, &Assumptions::everything()).unwrap();
    assert!(everything.hopeless_where(Some(10), |it| it.n == Some(10)).is_empty());
    assert_eq!(
        everything.hopeless_where(Some(10), |it| it.n == Some(10) && it.adjust == Adjust::None).len(),
        2
    );
    assert!(everything.hopeless_where(None, |_| false).is_empty());
}

/// Figure 1: pneumothorax and vessels are what ten runs and one side give.
#[test]
fn figure_1_fits_ten_runs_and_one_side_on_two_tasks() {
    let Some((rows, marks)) = published("figure1", None) else { return };
    let audit = audit(&rows, &marks, &Assumptions::unadjusted()).unwrap();
    let ten = row(&audit, &plain(10, Variance::Pooled, Sides::One, 1));
    let of = |row: &AuditRow, task: &str| {
        row.judged.iter().find(|judged| marks[judged.mark].task == task).unwrap().agreement
    };
    // "p=1.9e-1": the bars as read give .1847 pooled and .1858 with Welch's df.
    assert_eq!(of(ten, "PXS"), Agreement::WithinRounding);
    assert_eq!(of(ten, "VFS"), Agreement::Reproduced);
    let welch = row(&audit, &plain(10, Variance::Welch, Sides::One, 1));
    assert_eq!([of(welch, "PXS"), of(welch, "VFS")], [Agreement::Reproduced; 2]);
    for row in &audit.rows[..4] {
        println!("figure 1: {:?} {:?}", row.assumption, named(&marks, &row.mismatches));
    }
    for judged in &ten.judged {
        println!("figure 1, n 10, one-sided: {} {:?}", marks[judged.mark].task, judged);
    }
    for hopeless in audit.hopeless.iter().filter(|hopeless| hopeless.n.is_none()) {
        println!("figure 1: {} {}", marks[hopeless.mark].task, hopeless.reason);
    }
}

/// Figure 2: four tasks fit five runs and one side.
#[test]
fn figure_2_fits_five_runs_and_one_side_on_four_tasks() {
    for unit in [None, Some(0.1)] {
        let Some((rows, marks)) = published("figure2", unit) else { return };
        let audit = audit(&rows, &marks, &Assumptions::unadjusted()).unwrap();
        for task in ["DXC14", "DXC5", "ECC", "TXC", "PXS", "LXS", "VFS"] {
            let of_task: Vec<Mark> = marks.iter().filter(|mark| mark.task == task).cloned().collect();
            let alone = analysis::stat::audit::audit(&rows, &of_task, &Assumptions::unadjusted()).unwrap();
            let five = row(&alone, &plain(5, Variance::Pooled, Sides::One, 1));
            println!(
                "figure 2, unit {unit:?}, {task}: n 5 one-sided {}/{} mismatch {:?}, {} by rounding; {} fits, best {:?} with {}",
                five.n_mismatch,
                five.n_marks,
                named(&of_task, &five.mismatches),
                five.n_rounding,
                alone.fits().count(),
                alone.rows[0].assumption,
                alone.rows[0].n_mismatch
            );
            if unit.is_none() && ["DXC14", "DXC5", "ECC", "TXC"].contains(&task) {
                assert_eq!(five.n_mismatch, 0, "{task}");
            }
        }
        let best = &audit.rows[0];
        println!("figure 2, all: {:?} {}/{}", best.assumption, best.n_mismatch, best.n_marks);
        println!("figure 2, all: {:?}", named(&marks, &best.mismatches));
        for hopeless in audit.hopeless.iter().filter(|hopeless| hopeless.n.is_none()) {
            println!("figure 2: {} {}", named(&marks, &[hopeless.mark])[0], hopeless.reason);
        }
    }
}

fn printed(mean: f64, sd: f64, unit: f64) -> Printed {
    Printed { task: "t".into(), model: format!("{mean} {sd}"), mean, sd, unit, n: None }
}

fn sample(row: &Printed, n: i64, ddof: i64) -> Sample {
    Sample::from_summary(row.mean, Some(row.sd), row.n.or(Some(n)), ddof).unwrap()
}

fn all_assumptions(n: i64) -> Vec<Assumption> {
    let mut out = Vec::new();
    for variance in [Variance::Pooled, Variance::Welch] {
        for sides in [Sides::Two, Sides::One] {
            out.extend([0, 1].map(|ddof| plain(n, variance, sides, ddof)));
        }
    }
    out
}

#[test]
fn p_values_are_those_of_the_t_tests() {
    let (a, b) = (printed(98.19, 0.13, 0.01), Printed { n: Some(7), ..printed(98.31, 0.05, 0.01) });
    for assumption in all_assumptions(5) {
        let (x, y) = (sample(&a, 5, assumption.ddof), sample(&b, 5, assumption.ddof));
        let test =
            if assumption.variance == Variance::Pooled { student(&x, &y) } else { welch(&x, &y) }.unwrap();
        let p = |direction| p_printed(&a, &b, &assumption, direction).unwrap();
        let wants = if assumption.sides == Sides::Two {
            [test.p_value(Alternative::TwoSided); 3]
        } else {
            [Alternative::Less, Alternative::Greater, Alternative::Less]
                .map(|alternative| test.p_value(alternative))
        };
        for (direction, want) in
            [Direction::Observed, Direction::Higher, Direction::Lower].into_iter().zip(wants)
        {
            assert!((p(direction) / want - 1.0).abs() < 1e-12, "{assumption:?} {direction:?}");
        }
    }
}

/// Dense random search: no inner figures leave the interval, and the interval is not wider than it must be.
#[test]
fn rounding_intervals_hold_all_and_are_tight() {
    let mut draw = Portable::new(505);
    for case in 0..60 {
        let unit = [0.01, 0.1][draw.below(2)];
        // Coarse sds, so that the rectangle is wide and Welch's df moves; every seventh case has an sd of 0 or 1 unit.
        let sd = |draw: &mut Portable| {
            unit * (draw.below(2) as f64 + if case % 7 == 0 { 0.0 } else { draw.below(60) as f64 })
        };
        let (sd_a, sd_b) = (sd(&mut draw), sd(&mut draw));
        let gap = unit * draw.below(200) as f64;
        let mut a = printed(80.0 + gap, sd_a, unit);
        let b = printed(80.0, sd_b, unit);
        if case % 5 == 0 {
            a.n = Some(2 + draw.below(4) as i64);
        }
        let n = 2 + draw.below(12) as i64;
        for assumption in all_assumptions(n) {
            for direction in [Direction::Observed, Direction::Higher, Direction::Lower] {
                let interval = p_interval(&a, &b, &assumption, direction);
                let (mut low, mut high) = (1.0_f64, 0.0_f64);
                for trial in 0..400 {
                    // A third of the trials on the edges, where the extremes are.
                    let mut place = |row: &Printed| {
                        let mut part = || match trial % 3 {
                            0 => [-0.5, 0.5][draw.below(2)],
                            1 if draw.below(2) == 0 => [-0.5, 0.5][draw.below(2)],
                            _ => draw.unit() - 0.5,
                        };
                        let (mean, sd) = (row.mean + unit * part(), (row.sd + unit * part()).max(0.0));
                        Printed { mean, sd, ..row.clone() }
                    };
                    let (x, y) = (place(&a), place(&b));
                    let Some(p) = p_printed(&x, &y, &assumption, direction) else { continue };
                    low = low.min(p);
                    high = high.max(p);
                }
                let what = format!(
                    "case {case} {a:?} {b:?} {assumption:?} {direction:?}: {interval:?}, found {low} {high}"
                );
                assert!(interval.low <= low * (1.0 + 1e-9) + 1e-300, "{what}");
                assert!(high <= interval.high * (1.0 + 1e-9), "{what}");
                // Where both sds may be 0 the search comes no nearer than its points.
                if sd_a.max(sd_b) > 2.0 * unit {
                    assert!((low - interval.low) <= 0.2 * (interval.high - interval.low) + 1e-12, "{what}");
                    assert!((interval.high - high) <= 0.2 * (interval.high - interval.low) + 1e-12, "{what}");
                }
            }
        }
    }
}

/// Welch's p is not smallest at a corner here: the df of a group of two grow faster than t shrinks.
#[test]
fn the_smallest_welch_p_may_lie_on_an_edge() {
    let a = Printed { n: Some(2), ..printed(80.0, 1.0, 0.0) };
    let b = Printed { n: Some(50), ..printed(110.0, 5.0, 40.0) };
    let assumption = plain(5, Variance::Welch, Sides::Two, 1);
    let p = |sd| {
        p_printed(&a, &Printed { mean: 130.0, sd, ..b.clone() }, &assumption, Direction::Observed).unwrap()
    };
    let corners = p(0.0).min(p(25.0));
    let dense = (0..=20_000).map(|idx| p(f64::from(idx) * 1.25e-3)).fold(1.0, f64::min);
    let found = p_interval(&a, &b, &assumption, Direction::Observed).low;
    assert!(dense < 0.5 * corners, "{dense} {corners}");
    assert!((found / dense - 1.0).abs() < 1e-6, "{found} {dense}");
}

#[test]
fn rows_without_spread_have_no_p_but_an_interval() {
    let rows = [printed(0.81, 0.0, 0.01), printed(0.80, 0.0, 0.01)];
    let mark = |text| Mark {
        task: "t".into(),
        model_a: rows[0].model.clone(),
        model_b: rows[1].model.clone(),
        claim: parse_mark(text, 0.05).unwrap(),
        direction: Direction::Observed,
    };
    let audit = audit(&rows, &[mark("*"), mark("n.s."), mark("")], &Assumptions::plain()).unwrap();
    for row in &audit.rows {
        assert_eq!((row.n_marks, row.n_mismatch, row.n_rounding), (2, 2, 2), "{row:?}");
        assert_eq!((row.judged[0].p, row.judged[0].interval.low), (None, 0.0));
        assert!((row.judged[0].interval.high - 1.0).abs() < 1e-12);
    }
    assert!(audit.hopeless.is_empty());
}

#[test]
fn impossible_inputs_are_told() {
    let rows = [printed(1.0, 0.1, 0.01), printed(2.0, 0.1, 0.01)];
    let mark = Mark {
        task: "t".into(),
        model_a: rows[0].model.clone(),
        model_b: rows[1].model.clone(),
        claim: None,
        direction: Direction::Higher,
    };
    let check = |rows: &[Printed], mark: &Mark, assumptions: &Assumptions| {
        audit(rows, std::slice::from_ref(mark), assumptions).unwrap_err().to_string()
    };
    let plain = Assumptions::plain();
    assert_eq!(check(&rows[..1], &mark, &plain), "mark 0: no row '2 0.1' on 't'");
    let same = Mark { model_b: mark.model_a.clone(), ..mark.clone() };
    assert_eq!(check(&rows, &same, &plain), "mark 0 compares '1 0.1' with itself");
    assert_eq!(
        check(&[rows[0].clone(), rows[0].clone()], &mark, &plain),
        "row '1 0.1' on 't' is there twice"
    );
    for bad in [
        Printed { mean: f64::NAN, ..rows[0].clone() },
        Printed { sd: -0.1, ..rows[0].clone() },
        Printed { sd: f64::INFINITY, ..rows[0].clone() },
        Printed { unit: f64::NAN, ..rows[0].clone() },
        Printed { n: Some(1), ..rows[0].clone() },
    ] {
        assert!(check(&[bad, rows[1].clone()], &mark, &plain).starts_with("row '1 0.1' on 't': mean "));
    }
    let text = |assumptions| check(&rows, &mark, &assumptions);
    assert_eq!(text(Assumptions { n: vec![], ..plain.clone() }), "a list of assumptions is empty");
    assert_eq!(text(Assumptions { n: vec![1], ..plain.clone() }), "n is 1; expected at least 2 runs");
    assert!(text(Assumptions { ddof: vec![2], ..plain.clone() }).starts_with("ddof is 2"));
    assert!(audit(&[], &[], &plain).unwrap().hopeless.is_empty());
}

/// A stated n is used as it is; unmarked comparisons count in the family.
#[test]
fn stated_runs_and_families() {
    let row = |task: &str, model: &str, mean| Printed {
        task: task.into(),
        model: model.into(),
        mean,
        sd: 0.1,
        unit: 0.01,
        n: Some(5),
    };
    let rows: Vec<Printed> =
        ["s", "t"].iter().flat_map(|task| [row(task, "a", 1.2), row(task, "b", 1.0)]).collect();
    let mark = |task: &str, claim| Mark {
        task: task.into(),
        model_a: "a".into(),
        model_b: "b".into(),
        claim,
        direction: Direction::Observed,
    };
    let marks = [mark("s", Some(Claim::Significant { alpha: 0.05 })), mark("t", None)];
    let assumptions = Assumptions {
        adjust: vec![
            (Adjust::None, Family::All),
            (Adjust::Bonferroni, Family::Task),
            (Adjust::Bonferroni, Family::All),
        ],
        variance: vec![Variance::Pooled],
        ..Assumptions::plain()
    };
    let audit = audit(&rows, &marks, &assumptions).unwrap();
    assert_eq!(audit.rows.len(), 3);
    let p: Vec<f64> = audit.rows.iter().map(|row| row.judged[0].p.unwrap()).collect();
    assert!(audit.rows.iter().all(|row| row.assumption.n.is_none() && row.n_marks == 1));
    assert_eq!((p[0], p[0] * 2.0), (p[1], p[2]));
}

proptest! {
    #[test]
    fn inner_figures_stay_in_the_interval(
        means in (0.0..1.0, 0.0..1.0), sds in (0.0..0.3_f64, 0.001..0.3_f64), n in 2_i64..25,
        parts in (-0.5..0.5_f64, -0.5..0.5, -0.5..0.5, -0.5..0.5),
    ) {
        let unit = 0.02_f64;
        let (a, b) = (printed(means.0, sds.0, unit), printed(means.1, sds.1, unit));
        let x = Printed { mean: a.mean + unit * parts.0, sd: f64::max(a.sd + unit * parts.1, 0.0), ..a.clone() };
        let y = Printed { mean: b.mean + unit * parts.2, sd: f64::max(b.sd + unit * parts.3, 0.0), ..b.clone() };
        for assumption in all_assumptions(n) {
            for direction in [Direction::Observed, Direction::Higher, Direction::Lower] {
                if let Some(p) = p_printed(&x, &y, &assumption, direction) {
                    let all = p_interval(&a, &b, &assumption, direction);
                    prop_assert!(all.low <= p * (1.0 + 1e-9) + 1e-15 && p <= all.high * (1.0 + 1e-9) + 1e-15, "{p} {all:?}");
                }
            }
        }
    }

    #[test]
    fn swapping_the_rows_mirrors(means in (0.0..1.0, 0.0..1.0), sds in (0.001..0.3, 0.001..0.3), n in 2_i64..25) {
        let (a, b) = (printed(means.0, sds.0, 0.01), printed(means.1, sds.1, 0.01));
        for assumption in all_assumptions(n) {
            for (there, back) in [
                (Direction::Observed, Direction::Observed),
                (Direction::Higher, Direction::Lower),
                (Direction::Lower, Direction::Higher),
            ] {
                let (p, q) = (p_interval(&a, &b, &assumption, there), p_interval(&b, &a, &assumption, back));
                prop_assert!((p.low - q.low).abs() < 1e-12 && (p.high - q.high).abs() < 1e-12, "{p:?} {q:?}");
            }
        }
    }
}
