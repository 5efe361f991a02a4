//! Mixed models, Obuchowski-Rockette and the two-way bootstrap against lme4, lmerTest, statsmodels and the papers'
//! formulas (`golden/mixed.py`, `golden/mixed.R`), and their laws.

use std::path::{Path, PathBuf};

use analysis::stat::{MixedFit, MixedMethod, MixedTerm, Observation, mixed_model};
use serde_json::Value;

use crate::portable::{Agreement, Portable};

fn cases(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect()
}

/// As `mixed_case` of `golden/mixed.py`: cells missing, seeds unbalanced, components that may be 0.
fn mixed_case(seed: u64) -> Vec<Observation> {
    let mut draw = Portable::new(seed);
    let (k, n_tasks) = (2 + draw.below(3), 3 + draw.below(5));
    let sd_task = [0.0, 0.5, 1.0, 3.0][draw.below(4)];
    let sd_cell = [0.0, 0.2, 0.5, 1.0][draw.below(4)];
    let (missing, most) = (draw.below(3) as f64, 1 + draw.below(4));
    let effects: Vec<f64> = (0..k).map(|_| 0.5 * draw.normal()).collect();
    let mut rows = Vec::new();
    for task in 0..n_tasks {
        let of_task = sd_task * draw.normal();
        for (model, effect) in effects.iter().enumerate() {
            let of_cell = sd_cell * draw.normal();
            let absent = draw.unit() < 0.15 * missing;
            for _ in 0..=draw.below(most) {
                let value = 1.0 + effect + of_task + of_cell + 0.3 * draw.normal();
                if !absent {
                    rows.push(Observation { task, model, value });
                }
            }
        }
    }
    rows
}

/// lmer's own variances have the digits that its optimizer leaves (golden/mixed.R polishes it, to about 1e-9); lmerTest
/// differentiates numerically, which leaves df about 1e-7. Variances count relative to the largest of the fit that is
/// not the tasks' (a component near 0 has no digits of its own), degrees of freedom relative to themselves.
#[test]
fn reml_agrees_with_lmer() {
    let mut fits = Agreement::new("mixed model, REML", "lme4 and lmerTest", 1e-6);
    let mut dfs = Agreement::new("mixed model, Satterthwaite df", "lmerTest", 1e-5);
    for case in cases("mixed.json") {
        let seed = case["seed"].as_u64().unwrap();
        let fit = mixed_model(&mixed_case(seed), 0, 0.05).unwrap();
        let what = |name: &str| format!("{name} of case {seed}");
        let variances = numbers(&case["variances"]);
        let scale = variances[1..].iter().copied().fold(0.0, f64::max);
        fits.check_to(fit.variance_task, variances[0], scale.max(variances[0]), &what("variance of task"));
        assert_eq!(fit.variance_task_model.is_none(), case["single"].as_bool().unwrap(), "{seed}");
        if let Some(variance) = fit.variance_task_model {
            fits.check_to(variance, variances[1], scale, &what("variance of task:model"));
        }
        fits.check_to(fit.variance_residual, variances[2], scale, &what("residual variance"));
        fits.check_to(fit.criterion.unwrap(), case["criterion"].as_f64().unwrap(), fit.n_obs as f64, &what("criterion"));
        let f = numbers(&case["f"]);
        fits.check(fit.f.statistic, f[0], &what("F"));
        dfs.check(fit.f.df2, f[1], &what("df2 of F"));
        fits.check_to(fit.f.p_value, f[2], 1.0, &what("p of F"));
        for (place, (term, want)) in fit.terms.iter().zip(numbers(&case["terms"]).chunks(3)).enumerate() {
            fits.check_to(term.estimate, want[0], want[1], &what(&format!("term {place}")));
            fits.check(term.std_error, want[1], &what(&format!("standard error {place}")));
            dfs.check(term.df, want[2], &what(&format!("df {place}")));
        }
        for (place, (mean, want)) in fit.means.iter().zip(numbers(&case["means"]).chunks(2)).enumerate() {
            fits.check(mean.std_error, want[0], &what(&format!("standard error of mean {place}")));
            dfs.check(mean.df, want[1], &what(&format!("df of mean {place}")));
        }
        fits.case();
        dfs.case();
    }
    fits.done(200);
    dfs.done(200);
}

/// As `balanced_case` of `golden/mixed.py`.
fn balanced_case(seed: u64) -> Vec<Observation> {
    let mut draw = Portable::new(seed);
    let (k, n_tasks, n_seeds) = (2 + draw.below(5), 2 + draw.below(7), 1 + draw.below(5));
    let offset = [0.0, 0.85, 1000.0][draw.below(3)];
    let effects: Vec<f64> = (0..k).map(|_| 0.3 * draw.normal()).collect();
    let mut rows = Vec::new();
    for task in 0..n_tasks {
        let of_task = 3.0 * draw.normal();
        let of_cells: Vec<f64> = (0..k).map(|_| 0.5 * draw.normal()).collect();
        for (model, (effect, of_cell)) in effects.iter().zip(&of_cells).enumerate() {
            for _ in 0..n_seeds {
                let value = offset + effect + of_task + of_cell + 0.2 * draw.normal();
                rows.push(Observation { task, model, value });
            }
        }
    }
    rows
}

#[test]
fn balanced_data_agree_with_the_anova() {
    let mut agreement = Agreement::new("mixed model, balanced", "statsmodels AnovaRM, numpy", 1e-9);
    for case in cases("mixed_balanced.json") {
        let seed = case["seed"].as_u64().unwrap();
        let fit = mixed_model(&balanced_case(seed), 0, 0.05).unwrap();
        assert_eq!((fit.method, fit.singular), (MixedMethod::ClosedForm, false));
        let number = |name: &str| case[name].as_f64().unwrap();
        let mut check = |got: f64, want: f64, what: &str| agreement.check(got, want, &format!("{what} of case {seed}"));
        check(fit.f.statistic, number("f"), "F");
        check(fit.f.df2, number("df"), "df2");
        check(fit.f.p_value, number("p"), "p");
        let variances = numbers(&case["variances"]);
        check(fit.variance_task, variances[0], "variance of task");
        if let Some(variance) = fit.variance_task_model {
            check(variance, variances[1], "variance of task:model");
        }
        check(fit.variance_residual, variances[2], "residual variance");
        for (term, want) in fit.terms[1..].iter().zip(numbers(&case["estimate"])) {
            check((term.estimate - want) / number("se") + 1.0, 1.0, "difference in standard errors");
            check(term.std_error, number("se"), "standard error");
            check(term.df, number("df"), "df");
        }
        for mean in &fit.means {
            check(mean.std_error, number("mean_se"), "standard error of a mean");
            check(mean.df, number("mean_df"), "df of a mean");
        }
        agreement.case();
    }
    agreement.done(200);
}
