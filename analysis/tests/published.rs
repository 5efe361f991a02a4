//! The published case: Table 2 of the paper and its marks of significance.

use analysis::input::{ReadOptions, from_published, read_published};
use analysis::tidy::{Pairs, Test, compare};

use crate::support::{plain, shared};

/// With five runs, Student's test, two-sided, ddof 1, unadjusted, against the best of each task, every mark of the paper
/// comes out ("green": no significant difference from the best at .05).
#[test]
fn table_2_is_reproduced_mark_by_mark() {
    let (Some(results), Some(marks)) =
        (shared("reference/published_results.csv"), shared("reference/published_significance.csv"))
    else {
        return;
    };
    let options = ReadOptions { percent: true, ..ReadOptions::default() };
    let rows = read_published(&results, &options).unwrap();
    let mut config = plain(Pairs::AgainstBest);
    config.test = Test::Student;
    let rows = compare(&from_published(&rows, "table2", 5, 1), &config).unwrap();
    let marks = std::fs::read_to_string(marks).unwrap();
    let marks: Vec<Vec<&str>> = marks
        .lines()
        .filter(|line| line.starts_with("table2,"))
        .map(|line| line.split(',').collect())
        .collect();
    let mut n_checked = 0;
    for mark in marks.iter().filter(|mark| mark[3] != "BEST (bold)") {
        let (task, comparison, green) = (mark[1], mark[2], mark[3] == "green");
        let row = rows
            .iter()
            .find(|row| {
                row.task == task && format!("{} vs best ({})", row.model_a, row.model_b) == comparison
            })
            .unwrap_or_else(|| panic!("no row for {task} {comparison}"));
        assert_eq!(row.p_value.unwrap() >= 0.05, green, "{task} {comparison}: p {:?}", row.p_value);
        n_checked += 1;
    }
    assert_eq!((n_checked, rows.len()), (21, 21));
}

/// The same table with ten runs contradicts four marks (notes/statistics-and-reports.md, section 0b).
#[test]
fn ten_runs_contradict_four_marks() {
    let Some(results) = shared("reference/published_results.csv") else { return };
    let rows = read_published(&results, &ReadOptions { percent: true, ..ReadOptions::default() }).unwrap();
    let mut config = plain(Pairs::AgainstBest);
    config.test = Test::Student;
    let n_below = |n| {
        let rows = compare(&from_published(&rows, "table2", n, 1), &config).unwrap();
        rows.iter().filter(|row| row.p_value.unwrap() < 0.05).count()
    };
    assert_eq!(n_below(10) - n_below(5), 4);
}
