//! Random inputs that Rust and Python (`golden/portable.py`) make alike, and the worst error against a golden file.

/// SplitMix64 (Steele, Lea & Flood 2014), as in `golden/portable.py`.
pub(crate) struct Portable(u64);

impl Portable {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2.0_f64.powi(-53)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).fold(0.0, |total, _| total + self.unit()) - 6.0
    }

    pub(crate) fn normals(&mut self, n: usize, mean: f64, sd: f64) -> Vec<f64> {
        (0..n).map(|_| mean + sd * self.normal()).collect()
    }

    pub(crate) fn grid(&mut self, n: usize, steps: usize) -> Vec<f64> {
        (0..n).map(|_| self.below(steps) as f64 / steps as f64).collect()
    }
}

/// How far a method is from its reference: panics beyond the tolerance, and tells the worst case at the end
/// (`cargo test -p analysis -- --nocapture | grep ^agreement` is the table of `docs/accuracy.md`).
pub(crate) struct Agreement {
    method: &'static str,
    reference: &'static str,
    tolerance: f64,
    worst: f64,
    cases: usize,
}

impl Agreement {
    pub(crate) fn new(method: &'static str, reference: &'static str, tolerance: f64) -> Self {
        Self { method, reference, tolerance, worst: 0.0, cases: 0 }
    }

    /// One number, relative (absolute where `want` is 0).
    #[track_caller]
    pub(crate) fn check(&mut self, got: f64, want: f64, what: &str) {
        let off = if got.to_bits() == want.to_bits() {
            0.0
        } else if want == 0.0 {
            got.abs()
        } else {
            ((got - want) / want).abs()
        };
        self.note(off, got, want, what);
    }

    /// One number whose error counts relative to `scale`: a difference of close numbers, an interval's end near 0.
    #[track_caller]
    pub(crate) fn check_to(&mut self, got: f64, want: f64, scale: f64, what: &str) {
        self.note((got - want).abs() / scale.abs(), got, want, what);
    }

    #[track_caller]
    fn note(&mut self, off: f64, got: f64, want: f64, what: &str) {
        assert!(
            off <= self.tolerance,
            "{} {what}: got {got:e}, {} has {want:e}, off by {off:e}",
            self.method,
            self.reference
        );
        self.worst = self.worst.max(off);
    }

    /// Counts a case: one random input, whatever the number of numbers checked on it.
    pub(crate) fn case(&mut self) {
        self.cases += 1;
    }

    /// Tells the worst error; at least `least` cases must have been seen.
    #[track_caller]
    pub(crate) fn done(self, least: usize) {
        assert!(self.cases >= least, "{}: {} cases, fewer than {least}", self.method, self.cases);
        println!("agreement | {} | {} | {} | {:.1e}", self.method, self.reference, self.cases, self.worst);
    }
}

#[test]
fn python_makes_the_same_numbers() {
    let mut draw = Portable::new(1);
    assert_eq!(draw.bits(), 10_451_216_379_200_822_465);
    assert_eq!(draw.unit(), 0.745_781_757_262_701_1);
    assert_eq!(draw.below(10), 9);
    assert_eq!(draw.normal(), 0.561_984_309_290_475_7);
    assert_eq!(draw.grid(3, 8), [0.125, 0.625, 0.75]);
}
