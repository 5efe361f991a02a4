//! Small dense matrices: what a mixed model of a few dozen models needs.
//!
//! Comes in: square matrices by rows. Goes out: products, a Cholesky factor, an inverse, eigenvalues. Pivots nothing and
//! is not meant for hundreds of rows.

/// A square matrix, by rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    size: usize,
    cells: Vec<f64>,
}

impl Matrix {
    pub(super) fn zero(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    pub(super) fn from_fn(size: usize, cell: impl Fn(usize, usize) -> f64) -> Self {
        let cells = (0..size).flat_map(|row| (0..size).map(move |col| (row, col)));
        Self { size, cells: cells.map(|(row, col)| cell(row, col)).collect() }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn at(&self, row: usize, col: usize) -> f64 {
        self.cells[row * self.size + col]
    }

    pub(super) fn add(&mut self, row: usize, col: usize, value: f64) {
        self.cells[row * self.size + col] += value;
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.size..(row + 1) * self.size]
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut out = Self::zero(self.size);
        for row in 0..self.size {
            for (inner, left) in self.row(row).iter().enumerate() {
                for col in 0..self.size {
                    out.add(row, col, left * other.at(inner, col));
                }
            }
        }
        out
    }

    pub(super) fn apply(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.size).map(|row| dot(self.row(row), vector)).collect()
    }

    /// x' M y.
    pub(super) fn between(&self, x: &[f64], y: &[f64]) -> f64 {
        dot(x, &self.apply(y))
    }

    /// tr(self · other).
    pub(super) fn trace_with(&self, other: &Self) -> f64 {
        (0..self.size)
            .map(|row| (0..self.size).map(|col| self.at(row, col) * other.at(col, row)).sum::<f64>())
            .sum()
    }

    pub(super) fn scaled(&self, factor: f64) -> Self {
        Self { size: self.size, cells: self.cells.iter().map(|cell| cell * factor).collect() }
    }

    /// The lower factor of a positive definite matrix; `None` where it is not, to rounding.
    pub(super) fn cholesky(&self) -> Option<Self> {
        let mut factor = Self::zero(self.size);
        for row in 0..self.size {
            for col in 0..=row {
                let done = dot(&factor.row(row)[..col], &factor.row(col)[..col]);
                let rest = self.at(row, col) - done;
                let cell = if row > col {
                    rest / factor.at(col, col)
                } else if rest > self.at(row, row).abs() * f64::EPSILON * 16.0 {
                    rest.sqrt()
                } else {
                    return None;
                };
                factor.add(row, col, cell);
            }
        }
        Some(factor)
    }

    /// Inverse and ln of the determinant of a positive definite matrix.
    pub(super) fn inverse(&self) -> Option<(Self, f64)> {
        let factor = self.cholesky()?;
        let mut inverse = Self::zero(self.size);
        for col in 0..self.size {
            let unit: Vec<f64> = (0..self.size).map(|row| f64::from(u8::from(row == col))).collect();
            for (row, value) in factor.solve_factored(unit).into_iter().enumerate() {
                inverse.add(row, col, value);
            }
        }
        let log_det = 2.0 * (0..self.size).map(|row| factor.at(row, row).ln()).sum::<f64>();
        Some((inverse, log_det))
    }

    /// Solves L L' x = b, `self` being L.
    fn solve_factored(&self, mut b: Vec<f64>) -> Vec<f64> {
        for row in 0..self.size {
            let done = dot(&self.row(row)[..row], &b[..row]);
            b[row] = (b[row] - done) / self.at(row, row);
        }
        for row in (0..self.size).rev() {
            let done: f64 = (row + 1..self.size).map(|below| self.at(below, row) * b[below]).sum();
            b[row] = (b[row] - done) / self.at(row, row);
        }
        b
    }

    /// Eigenvalues and unit eigenvectors (rows) of a symmetric matrix, by cyclic rotations (Jacobi 1846; the stable
    /// rotation of Rutishauser 1966).
    pub(super) fn eigen(&self) -> (Vec<f64>, Vec<Vec<f64>>) {
        /// Six or seven sweeps are normal.
        const MOST_SWEEPS: usize = 60;
        let (mut rest, size) = (self.clone(), self.size);
        let mut vectors = Self::from_fn(size, |row, col| f64::from(u8::from(row == col)));
        for _ in 0..MOST_SWEEPS {
            let mut turned = false;
            for p in 0..size {
                for q in p + 1..size {
                    turned |= rest.rotate(&mut vectors, p, q);
                }
            }
            if !turned {
                break;
            }
        }
        (
            (0..size).map(|row| rest.at(row, row)).collect(),
            (0..size).map(|row| vectors.row(row).to_vec()).collect(),
        )
    }

    /// Makes the cell (p, q) zero; false where it already is, beside the diagonal.
    fn rotate(&mut self, vectors: &mut Self, p: usize, q: usize) -> bool {
        let (off, a, b) = (self.at(p, q), self.at(p, p), self.at(q, q));
        if off.abs() <= f64::EPSILON * 1e-2 * (a.abs() * b.abs()).sqrt() || off.abs() < f64::MIN_POSITIVE {
            return false;
        }
        let ratio = (b - a) / (2.0 * off);
        let tan = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
        let cos = 1.0 / tan.hypot(1.0);
        let sin = tan * cos;
        for other in 0..self.size {
            let (x, y) = (self.at(other, p), self.at(other, q));
            self.cells[other * self.size + p] = cos * x - sin * y;
            self.cells[other * self.size + q] = sin * x + cos * y;
        }
        let size = self.size;
        for matrix in [self, vectors] {
            for col in 0..size {
                let (x, y) = (matrix.at(p, col), matrix.at(q, col));
                matrix.cells[p * size + col] = cos * x - sin * y;
                matrix.cells[q * size + col] = sin * x + cos * y;
            }
        }
        true
    }
}

pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hilbert_like(size: usize) -> Matrix {
        Matrix::from_fn(size, |row, col| 1.0 / (1 + row + col) as f64 + f64::from(u8::from(row == col)))
    }

    #[test]
    fn an_inverse_inverts() {
        let matrix = hilbert_like(6);
        let (inverse, log_det) = matrix.inverse().unwrap();
        let product = matrix.times(&inverse);
        for row in 0..6 {
            for col in 0..6 {
                assert!((product.at(row, col) - f64::from(u8::from(row == col))).abs() < 1e-13);
            }
        }
        let (values, _) = matrix.eigen();
        assert!((values.iter().map(|value| value.ln()).sum::<f64>() - log_det).abs() < 1e-13);
        assert_eq!(Matrix::from_fn(2, |_, _| 1.0).cholesky(), None);
        assert_eq!(Matrix::from_fn(2, |_, _| f64::NAN).cholesky(), None);
    }

    #[test]
    fn eigenvectors_are_eigenvectors() {
        let matrix = hilbert_like(7);
        let (values, vectors) = matrix.eigen();
        for (value, vector) in values.iter().zip(&vectors) {
            for (got, want) in matrix.apply(vector).iter().zip(vector) {
                assert!((got - value * want).abs() < 1e-14);
            }
        }
    }
}
