//! The beta, gamma, F and χ² distribution against mpmath (`golden/distribution2.py`).

use std::path::Path;

use analysis::stat::{beta_cdf, beta_sf, chi2_cdf, chi2_sf, f_cdf, f_quantile, f_sf, gamma_cdf, gamma_sf};
use serde_json::Value;

use crate::portable::Agreement;

/// The numbers of every case of one kind.
fn cases(kind: &str) -> Vec<Vec<f64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/distribution2.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rows = file["cases"].as_array().unwrap().iter().map(|case| case.as_array().unwrap());
    let of_kind = rows.filter(|case| case[0].as_str() == Some(kind));
    let number =
        |value: &Value| value.as_str().map_or_else(|| value.as_f64().unwrap(), |text| text.parse().unwrap());
    of_kind.map(|case| case[1..].iter().map(number).collect()).collect()
}

#[test]
fn f() {
    let mut agreement = Agreement::new("F distribution, both tails", "mpmath", 1e-11);
    let mut inverse = Agreement::new("F quantile", "mpmath", 1e-11);
    for case in cases("f") {
        let [f, df1, df2, lower, upper] = case[..] else { panic!("{case:?}") };
        agreement.check(f_cdf(f, df1, df2), lower, &format!("P(F({df1}, {df2}) <= {f})"));
        agreement.check(f_sf(f, df1, df2), upper, &format!("P(F({df1}, {df2}) > {f})"));
        agreement.case();
        // Where a probability fixes the point.
        if lower < 0.9999 && 1e-30 < lower {
            inverse.check(f_quantile(lower, df1, df2).unwrap(), f, &format!("{lower} of F({df1}, {df2})"));
            inverse.case();
        }
    }
    agreement.done(200);
    inverse.done(150);
}

#[test]
fn beta() {
    let mut agreement = Agreement::new("beta distribution, both tails", "mpmath", 1e-11);
    for case in cases("beta") {
        let [x, a, b, lower, upper] = case[..] else { panic!("{case:?}") };
        agreement.check(beta_cdf(x, a, b), lower, &format!("P(Beta({a}, {b}) <= {x})"));
        agreement.check(beta_sf(x, a, b), upper, &format!("P(Beta({a}, {b}) > {x})"));
        agreement.case();
    }
    agreement.done(200);
}

#[test]
fn chi2() {
    let mut agreement = Agreement::new("χ² and gamma distribution, both tails", "mpmath", 1e-11);
    for case in cases("chi2") {
        let [x, df, lower, upper] = case[..] else { panic!("{case:?}") };
        agreement.check(chi2_cdf(x, df), lower, &format!("P(χ²({df}) <= {x})"));
        agreement.check(chi2_sf(x, df), upper, &format!("P(χ²({df}) > {x})"));
        agreement.check(gamma_cdf(x / 2.0, df / 2.0), lower, &format!("gamma {df} {x}"));
        agreement.check(gamma_sf(x / 2.0, df / 2.0), upper, &format!("gamma {df} {x}"));
        agreement.case();
    }
    agreement.done(200);
}
