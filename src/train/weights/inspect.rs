//! What is in a weights file or foreign checkpoint, for people to read.
//!
//! Comes in: any file that [`Foreign`] reads. Goes out: counts, the encoder that it looks like, the rows it may belong
//! to, and a line a tensor. Nothing is executed or written.

use std::path::Path;

use super::convert::places;
use super::foreign::Foreign;
use super::shape::clean;
use super::{Lineage, Values, card};
use crate::Result;

/// Summary of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspected {
    /// `safetensors`, `zip`, `legacy`, `tar` or `pickle`.
    pub format: String,
    /// Hash of the file.
    pub sha256: String,
    /// Number of values in all tensors.
    pub n_values: u64,
    /// Number of NaN and infinite values.
    pub n_non_finite: usize,
    /// Prefixes under which an encoder stands, and the encoder that each looks like.
    pub encoders: Vec<(String, String)>,
    /// Rows of the table whose layout this is.
    pub rows: Vec<String>,
    /// Only in our own files.
    pub lineage: Option<Lineage>,
    /// A line a tensor, sorted by name.
    pub tensors: Vec<TensorLine>,
}

/// A tensor of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorLine {
    /// Its path through the file's dictionaries, without control characters and shortened if it is very long.
    pub name: String,
    /// Element type in the file.
    pub dtype: String,
    /// Extents, outermost first.
    pub shape: Vec<i64>,
    /// Mean; `None` for integers and empty tensors.
    pub mean: Option<f64>,
    /// Standard deviation (ddof 0); `None` as the mean.
    pub sd: Option<f64>,
}

/// Reads all of the file and summarises it.
///
/// # Errors
/// When the file cannot be read, is damaged, is harmful or holds no tensors.
pub fn inspect(path: &Path) -> Result<Inspected> {
    let foreign = Foreign::open(path)?;
    let places = places(&foreign);
    let mut tensors = Vec::with_capacity(foreign.tensors.len());
    let mut n_non_finite = 0;
    for (name, entry) in &foreign.tensors {
        let array = entry.read(name, path)?;
        n_non_finite += array.n_non_finite();
        let (mean, sd) = match &array.values {
            Values::F32(values) if !values.is_empty() => moments(values),
            Values::F32(_) | Values::I64(_) => (None, None),
        };
        let dtype = format!("{:?}", entry.dtype);
        tensors.push(TensorLine { name: clean(name), dtype, shape: array.shape, mean, sd });
    }
    let rows = card::cards()?.into_iter().filter(|card| card.fits(&places)).map(|card| card.row).collect();
    Ok(Inspected {
        format: foreign.format.to_owned(),
        sha256: foreign.sha256,
        n_values: foreign.tensors.values().map(super::foreign::Entry::n_values).sum(),
        n_non_finite,
        encoders: places,
        rows,
        lineage: foreign.lineage,
        tensors,
    })
}

/// Mean and standard deviation (ddof 0) of the finite values; `None` where one is not finite.
fn moments(values: &[f32]) -> (Option<f64>, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n;
    let known = |x: f64| x.is_finite().then_some(x);
    (known(mean), known(variance.sqrt()))
}
