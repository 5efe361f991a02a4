//! Laws and small cases of the two-way bootstrap.

use super::*;

fn config(design: SeedDesign) -> TwoWayConfig {
    TwoWayConfig { n_resamples: 400, seed: 3, alpha: 0.1, design }
}

/// Twelve uniforms less 6.
fn normal(stream: &mut Stream) -> f64 {
    (0..12).map(|_| stream.unit()).sum::<f64>() - 6.0
}

/// `seeds` × `cases` values: a seed's effect, a case's, and a rest.
fn table(stream: &mut Stream, easy: &[f64], n_seeds: usize) -> Vec<Vec<f64>> {
    let mut table = Vec::new();
    for _ in 0..n_seeds {
        let luck = 0.3 * normal(stream);
        table.push(easy.iter().map(|easy| easy + luck + 0.5 * normal(stream)).collect());
    }
    table
}

/// Var* of a mean under independent multinomial weights, E(wᵢwⱼ) = 1 + [i = j] - 1/n: the squared standard errors (divisor
/// n) of row means, of column means, and of the rest.
fn exact_variance(table: &[Vec<f64>]) -> f64 {
    let (rows, cols) = (table.len() as f64, table[0].len() as f64);
    let of_row: Vec<f64> = table.iter().map(|row| row.iter().sum::<f64>() / cols).collect();
    let of_col: Vec<f64> =
        (0..table[0].len()).map(|col| table.iter().map(|row| row[col]).sum::<f64>() / rows).collect();
    let grand = of_row.iter().sum::<f64>() / rows;
    let square = |values: &[f64]| values.iter().map(|value| (value - grand).powi(2)).sum::<f64>();
    let rest: f64 = table
        .iter()
        .zip(&of_row)
        .flat_map(|(row, a)| row.iter().zip(&of_col).map(move |(value, b)| (value - a - b + grand).powi(2)))
        .sum();
    square(&of_row) / (rows * rows) + square(&of_col) / (cols * cols) + rest / (rows * cols).powi(2)
}

#[test]
fn the_variance_is_that_of_independent_weights() {
    let mut stream = Stream::new(11, 0);
    let easy: Vec<f64> = (0..12).map(|_| normal(&mut stream)).collect();
    let a = table(&mut stream, &easy, 4);
    // Against constants there is only one model's variance.
    let b = vec![vec![0.0; 12]; 4];
    let many = TwoWayConfig { n_resamples: 20_000, ..config(SeedDesign::Nested) };
    let twoway = twoway_mean_difference(&a, &b, None, &many).unwrap();
    assert!((twoway.std_error.powi(2) / exact_variance(&a) - 1.0).abs() < 0.05);
    // Crossed: the bootstrap of the table of differences.
    let b = table(&mut stream, &easy, 4);
    let diff: Vec<Vec<f64>> =
        a.iter().zip(&b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a - b).collect()).collect();
    let crossed = TwoWayConfig { design: SeedDesign::Crossed, ..many };
    let twoway = twoway_mean_difference(&a, &b, None, &crossed).unwrap();
    assert!((twoway.std_error.powi(2) / exact_variance(&diff) - 1.0).abs() < 0.05);
}

/// 200 studies of two equal models with 6 seeds and 40 cases: the 90 % interval must hold 0 in 82 % to 98 % of them.
#[test]
fn intervals_cover() {
    let mut held = 0;
    for study in 0..200 {
        let mut stream = Stream::new(99, study);
        let easy: Vec<f64> = (0..40).map(|_| normal(&mut stream)).collect();
        let (a, b) = (table(&mut stream, &easy, 6), table(&mut stream, &easy, 6));
        let twoway = twoway_mean_difference(&a, &b, None, &config(SeedDesign::Nested)).unwrap();
        let Interval { low: Some(low), high: Some(high) } = twoway.interval else { panic!("unbounded") };
        held += usize::from(low <= 0.0 && 0.0 <= high);
    }
    assert!((164..=196).contains(&held), "{held} of 200");
}

#[test]
fn weights_of_one_give_the_auc() {
    let targets = [true, false, true, false, true, false, false, true];
    let a = [vec![0.9, 0.1, 0.8, 0.8, 0.3, 0.2, 0.4, 0.7], vec![0.9, 0.1, 0.2, 0.8, 0.3, 0.2, 0.4, 0.7]];
    let b = [vec![0.5; 8], vec![0.5; 8]];
    let mean = a.iter().map(|scores| crate::metric::auc(scores, &targets).unwrap()).sum::<f64>() / 2.0;
    let twoway = twoway_auc_difference(&a, &b, &targets, None, &config(SeedDesign::Nested)).unwrap();
    assert_eq!(twoway.estimate, mean - 0.5);
    assert!(twoway.n_used <= 400);
}

#[test]
fn says_why_there_is_none() {
    let (a, nested) = (vec![vec![0.5, 0.6, 0.7]; 2], config(SeedDesign::Nested));
    let reason = |result: Result<TwoWay, Untestable>| result.unwrap_err().explain("a", "b");
    let mean =
        |a: &[Vec<f64>], b: &[Vec<f64>], config: &TwoWayConfig| twoway_mean_difference(a, b, None, config);
    assert_eq!(
        mean(&a, &a.iter().map(|seed| seed.iter().map(|v| v - 0.1).collect()).collect::<Vec<_>>(), &nested)
            .map(|twoway| twoway.n_used),
        Err(Untestable::ZeroVariance)
    );
    assert_eq!(reason(mean(&a[..1], &a, &nested)), "seeds of a model: 1; the two-way bootstrap needs two");
    assert_eq!(reason(mean(&a, &[], &nested)), "seeds of a model: 0; the two-way bootstrap needs two");
    let few = TwoWayConfig { n_resamples: 10, ..nested };
    assert_eq!(reason(mean(&a, &a, &few)), "10 resamples; the bootstrap needs 100");
    let crossed = config(SeedDesign::Crossed);
    let three = vec![vec![0.5, 0.6, 0.7]; 3];
    assert!(reason(mean(&a, &three, &crossed)).starts_with("crossed seeds need the same number"));
    let one_patient = twoway_mean_difference(&a, &a, Some(&[4, 4, 4]), &nested);
    assert_eq!(reason(one_patient), "patients: 1; the two-way bootstrap needs two");
    let nan = vec![vec![f64::NAN, 0.1, 0.2]; 2];
    assert_eq!(mean(&nan, &a, &nested), Err(Untestable::NotFinite));
    assert_eq!(twoway_auc_difference(&a, &a, &[true; 3], None, &nested), Err(Untestable::OneClass));
    // One positive among three cases is missing from three resamples of ten.
    let rare = twoway_auc_difference(&a, &nan_free(&a), &[true, false, false], None, &nested);
    assert!(reason(rare).starts_with("the statistic is undefined in "));
}

fn nan_free(a: &[Vec<f64>]) -> Vec<Vec<f64>> {
    a.iter().map(|seed| seed.iter().rev().copied().collect()).collect()
}
