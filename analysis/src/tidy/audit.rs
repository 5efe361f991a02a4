//! Which assumptions reproduce the significance marks of a published table.
//!
//! Comes in: printed rows and marks. Goes out: a row a set of assumptions, or a row a mark. The audit is in
//! [`crate::stat::audit`]; the files are read in [`crate::input`].

use super::count;
use crate::error::Result;
use crate::stat::audit::{
    Agreement, Assumption, Assumptions, Audit, Claim, Family, Mark, Printed, Sides, Variance, audit,
};
use crate::table::table_row;

/// One set of assumptions. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditedRow {
    /// Runs behind each mean; `None` where the table states them row by row.
    pub n: Option<i64>,
    /// Divisor n - ddof behind the printed standard deviations.
    pub ddof: i64,
    /// two or one (in the direction seen).
    pub sides: String,
    /// pooled (Student) or welch.
    pub variance: String,
    /// Adjustment of the p-values.
    pub adjust: String,
    /// Their family: task or all.
    pub adjust_over: String,
    /// Marks that claim something.
    pub n_marks: i64,
    /// Marks that the printed numbers do not reproduce under these assumptions.
    pub n_mismatch: i64,
    /// Those among them that some rounding of the printed numbers explains.
    pub n_rounding: i64,
    /// Those that no rounding explains.
    pub n_contradicted: i64,
    /// The mismatches: `model on task (p)`.
    pub mismatches: String,
}

table_row!(AuditedRow, "audit", sort [N_MISMATCH, N_CONTRADICTED],
    n: Option<i64> => N, ddof: i64 => DDOF, sides: String => SIDES, variance: String => VARIANCE,
    adjust: String => ADJUST, adjust_over: String => ADJUST_OVER, n_marks: i64 => N_MARKS,
    n_mismatch: i64 => N_MISMATCH, n_rounding: i64 => N_ROUNDING, n_contradicted: i64 => N_CONTRADICTED,
    mismatches: String => MISMATCHES);

/// One mark under one set of assumptions. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkRow {
    /// The task.
    pub task: String,
    /// The model that is marked.
    pub model_a: String,
    /// The model it is compared with.
    pub model_b: String,
    /// What the mark claims.
    pub claim: String,
    /// The p-value of the printed numbers.
    pub p_value: Option<f64>,
    /// The smallest p-value that rounding allows.
    pub p_low: Option<f64>,
    /// The largest.
    pub p_high: Option<f64>,
    /// reproduced, rounding or contradicted.
    pub agreement: String,
}

table_row!(MarkRow, "mark", sort [TASK, MODEL_A, MODEL_B],
    task: String => TASK, model_a: String => MODEL_A, model_b: String => MODEL_B, claim: String => CLAIM,
    p_value: Option<f64> => P_VALUE, p_low: Option<f64> => P_LOW, p_high: Option<f64> => P_HIGH,
    agreement: String => AGREEMENT);

/// What an audit found, in tables and sentences.
#[derive(Debug, Clone, PartialEq)]
pub struct Audited {
    /// Every set of assumptions, best first.
    pub rows: Vec<AuditedRow>,
    /// Every mark under the best set.
    pub marks: Vec<MarkRow>,
    /// The sets that reproduce every mark, and the marks that no rounding explains, sentence by sentence.
    pub findings: Vec<String>,
}

/// Runs the audit.
///
/// # Errors
/// When a mark names a model that is not in the table, or an assumption is impossible.
pub fn audit_table(printed: &[Printed], marks: &[Mark], assumptions: &Assumptions) -> Result<Audited> {
    let found = audit(printed, marks, assumptions)?;
    let rows: Vec<AuditedRow> = found.rows.iter().map(|row| audited(row, marks)).collect();
    let best = found.rows.first();
    let of_best = best.map_or_else(Vec::new, |row| {
        row.judged
            .iter()
            .map(|judged| {
                let mark = &marks[judged.mark];
                MarkRow {
                    task: mark.task.clone(),
                    model_a: mark.model_a.clone(),
                    model_b: mark.model_b.clone(),
                    claim: mark.claim.map_or_else(String::new, Claim::explain),
                    p_value: judged.p,
                    p_low: Some(judged.interval.low),
                    p_high: Some(judged.interval.high),
                    agreement: match judged.agreement {
                        Agreement::Reproduced => "reproduced",
                        Agreement::WithinRounding => "rounding",
                        Agreement::Contradicted => "contradicted",
                    }
                    .to_owned(),
                }
            })
            .collect()
    });
    Ok(Audited { rows, marks: of_best, findings: findings(&found, marks, assumptions) })
}

fn audited(row: &crate::stat::audit::AuditRow, marks: &[Mark]) -> AuditedRow {
    let mismatches: Vec<String> = (row.judged.iter())
        .filter(|judged| judged.agreement != Agreement::Reproduced)
        .map(|judged| {
            let p = judged.p.map_or_else(|| "no p".to_owned(), |p| format!("p {}", super::compare::short(p)));
            let how = if judged.agreement == Agreement::WithinRounding { ", within rounding" } else { "" };
            format!("{} on {} ({p}{how})", marks[judged.mark].model_a, marks[judged.mark].task)
        })
        .collect();
    let Assumption { n, ddof, .. } = row.assumption;
    AuditedRow {
        n,
        ddof,
        sides: sides(&row.assumption).to_owned(),
        variance: variance(&row.assumption).to_owned(),
        adjust: row.assumption.adjust.as_str().to_owned(),
        adjust_over: match row.assumption.over {
            Family::Task => "task",
            Family::All => "all",
        }
        .to_owned(),
        n_marks: count(row.n_marks),
        n_mismatch: count(row.n_mismatch),
        n_rounding: count(row.n_rounding),
        n_contradicted: count(row.n_contradicted),
        mismatches: mismatches.join("; "),
    }
}

fn sides(assumption: &Assumption) -> &'static str {
    match assumption.sides {
        Sides::Two => "two",
        Sides::One => "one",
    }
}

fn variance(assumption: &Assumption) -> &'static str {
    match assumption.variance {
        Variance::Pooled => "pooled",
        Variance::Welch => "welch",
    }
}

fn findings(found: &Audit, marks: &[Mark], assumptions: &Assumptions) -> Vec<String> {
    let fits: Vec<String> = found
        .fits()
        .map(|fit| {
            let n = fit.n.map_or_else(|| "n as stated".to_owned(), |n| format!("n = {n}"));
            let adjust = match fit.adjust {
                crate::stat::Adjust::None => String::new(),
                adjust => format!(
                    ", {} over {}",
                    adjust.as_str(),
                    if fit.over == Family::All { "all" } else { "task" }
                ),
            };
            format!("{n}, ddof {}, {}-sided, {}{adjust}", fit.ddof, sides(fit), variance(fit))
        })
        .collect();
    let mut told = vec![match fits.len() {
        0 => "no set of assumptions reproduces every mark".to_owned(),
        n => format!(
            "{n} sets of assumptions reproduce every mark; first {}",
            fits.iter().take(5).cloned().collect::<Vec<_>>().join("; ")
        ),
    }];
    for hopeless in found.hopeless.iter().filter(|hopeless| hopeless.n.is_none()) {
        told.push(sentence(&hopeless.reason, &marks[hopeless.mark]));
    }
    // Without adjustment, which a paper states if it makes one; of many numbers of runs those that people use.
    let few = assumptions.n.len() <= 3;
    for n in assumptions.n.iter().copied().filter(|n| few || [5, 10].contains(n)) {
        let plain = |fit: &Assumption| {
            fit.n == Some(n) && fit.adjust == crate::stat::Adjust::None && fit.sides == Sides::Two
        };
        for hopeless in found.hopeless_where(Some(n), plain) {
            told.push(format!(
                "{} (two-sided, unadjusted, any ddof and variance)",
                sentence(&hopeless.reason, &marks[hopeless.mark])
            ));
        }
    }
    told
}

fn sentence(reason: &str, mark: &Mark) -> String {
    format!("{} against {} on {}: {reason}", mark.model_a, mark.model_b, mark.task)
}
