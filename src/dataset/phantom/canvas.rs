//! An f32 canvas and the figures that all made images are drawn from.
//!
//! Comes in: figures with a place. Goes out: brightness per pixel, then bytes. Lengths are in units of the image's edge
//! (x to the right, y down, the origin at the upper left), so an image looks the same at any size. Edges are anti-aliased:
//! a pixel's coverage is its signed distance to the edge, in pixels, clamped to half a pixel on either side.

use std::f32::consts::TAU;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// A lower and an upper end, from which values are drawn evenly.
pub(crate) type Range = (f32, f32);

/// A value within `range`.
pub(super) fn within(range: Range, rng: &mut ChaCha8Rng) -> f32 {
    range.0 + (range.1 - range.0) * rng.random::<f32>()
}

/// Any direction, in radians.
pub(super) fn any_angle(rng: &mut ChaCha8Rng) -> f32 {
    TAU * rng.random::<f32>()
}

/// Brightness of a square image: 0 is black, 1 is white; values outside are clipped at the end.
#[derive(Clone, Debug)]
pub(super) struct Canvas {
    size: usize,
    data: Vec<f32>,
}

impl Canvas {
    /// A canvas of one brightness.
    pub(super) fn new(size: usize, brightness: f32) -> Self {
        Self { size, data: vec![brightness; size * size] }
    }

    /// Width of a pixel in units of the edge.
    pub(super) fn pixel(&self) -> f32 {
        1.0 / self.size as f32
    }

    /// Adds `f(x, y)` at every pixel's center.
    pub(super) fn add(&mut self, f: impl Fn(f32, f32) -> f32) {
        self.change(|old, x, y| old + f(x, y));
    }

    /// Moves every pixel towards `brightness` by the share `cover(x, y)` in [0, 1].
    pub(super) fn mix(&mut self, brightness: f32, cover: impl Fn(f32, f32) -> f32) {
        self.change(|old, x, y| old + (brightness - old) * cover(x, y));
    }

    /// Raises every pixel to `f(x, y)` where it is lower.
    pub(super) fn raise(&mut self, f: impl Fn(f32, f32) -> f32) {
        self.change(|old, x, y| old.max(f(x, y)));
    }

    /// Takes `contrast` times another canvas of the same size away.
    pub(super) fn subtract(&mut self, other: &Canvas, contrast: f32) {
        self.data.iter_mut().zip(&other.data).for_each(|(value, by)| *value -= contrast * by);
    }

    fn change(&mut self, f: impl Fn(f32, f32, f32) -> f32) {
        let pixel = self.pixel();
        for (i, value) in self.data.iter_mut().enumerate() {
            let (x, y) = ((i % self.size) as f32 + 0.5, (i / self.size) as f32 + 0.5);
            *value = f(*value, x * pixel, y * pixel);
        }
    }

    /// Adds a figure of that contrast.
    pub(super) fn draw(&mut self, placed: &Placed, contrast: f32) {
        let pixel = self.pixel();
        self.add(|x, y| contrast * placed.cover(x, y, pixel));
    }

    /// Adds a slope of brightness: `rise` from one side of the image to the other, along `angle`.
    pub(super) fn slope(&mut self, rise: f32, angle: f32) {
        let (sin, cos) = angle.sin_cos();
        self.add(|x, y| rise * ((x - 0.5) * cos + (y - 0.5) * sin));
    }

    /// Adds `n` broad lumps, bright or dark, of at most that contrast.
    pub(super) fn cloud(&mut self, n: usize, contrast: f32, rng: &mut ChaCha8Rng) {
        for _ in 0..n {
            let lump = Figure::Lump { sd: within((0.12, 0.3), rng) };
            let place = (rng.random(), rng.random());
            self.draw(&Placed::new(lump, place, 0.0), contrast * (2.0 * rng.random::<f32>() - 1.0));
        }
    }

    /// Adds noise of that standard deviation: half of it in single pixels, half in blobs of about two pixels, as detectors
    /// and scatter give.
    pub(super) fn noise(&mut self, sd: f32, rng: &mut ChaCha8Rng) {
        let n = self.size;
        let white: Vec<f32> = (0..n * n).map(|_| rng.sample(StandardNormal)).collect();
        for (i, value) in self.data.iter_mut().enumerate() {
            let (x, y) = (i % n, i / n);
            let (right, below) = ((x + 1) % n, (y + 1) % n);
            let blob = white[y * n + right] + white[below * n + x] + white[below * n + right] + white[i];
            // The four share one variance, so half their sum has that of a single pixel.
            *value += sd * 0.5 * (white[i] + 0.5 * blob);
        }
    }

    /// The image as bytes, rows from the top.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.data.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect()
    }

    /// The pixels above half, as 0 and 255.
    pub(super) fn mask_bytes(&self) -> Vec<u8> {
        self.data.iter().map(|&v| if v > 0.5 { 255 } else { 0 }).collect()
    }
}

/// A figure around the origin. Lengths in units of the image's edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Figure {
    /// A filled disc.
    Disc { r: f32 },
    /// Two equal discs, `gap` to either side.
    Pair { r: f32, gap: f32 },
    /// A Gaussian hump.
    Lump { sd: f32 },
    /// Parallel waves of brightness around zero inside a soft disc of radius `r`.
    Grating { period: f32, r: f32 },
    /// Two gratings, crossed.
    Grid { period: f32, r: f32 },
    /// A straight band with round ends.
    Bar { half: f32, width: f32 },
    /// A circle's line.
    Ring { r: f32, width: f32 },
    /// A part of a ring, `half` radians to either side.
    Arc { r: f32, width: f32, half: f32 },
    /// A waving line.
    Wave { half: f32, height: f32, period: f32, width: f32 },
    /// A filled regular triangle.
    Triangle { r: f32 },
    /// A filled square.
    Square { half: f32 },
    /// Two crossing bars.
    Cross { half: f32, width: f32 },
    /// A chessboard around zero brightness inside a soft disc of radius `r`.
    Checker { cell: f32, r: f32 },
}

/// A figure at a place in a direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    figure: Figure,
    x: f32,
    y: f32,
    sin: f32,
    cos: f32,
}

impl Placed {
    /// The figure turned by `angle` (radians) with its origin at `place`.
    pub(super) fn new(figure: Figure, place: (f32, f32), angle: f32) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self { figure, x: place.0, y: place.1, sin, cos }
    }

    /// How much of the pixel at (x, y) is covered: [0, 1], or [-1, 1] for textures around zero.
    pub(super) fn cover(&self, x: f32, y: f32, pixel: f32) -> f32 {
        let (dx, dy) = (x - self.x, y - self.y);
        self.figure.cover(dx * self.cos + dy * self.sin, dy * self.cos - dx * self.sin, pixel)
    }
}

/// Coverage from a signed distance (negative inside).
pub(super) fn edge(distance: f32, pixel: f32) -> f32 {
    (0.5 - distance / pixel).clamp(0.0, 1.0)
}

/// Coverage that falls from 1 to 0 over the outer half of a radius.
fn soft_disc(distance: f32, r: f32) -> f32 {
    let t = ((r - distance) / (0.5 * r)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Distance to the segment between (-half, 0) and (half, 0).
fn to_segment(x: f32, y: f32, half: f32) -> f32 {
    (x.abs() - half).max(0.0).hypot(y)
}

impl Figure {
    fn cover(self, x: f32, y: f32, pixel: f32) -> f32 {
        let d = x.hypot(y);
        match self {
            Self::Disc { r } => edge(d - r, pixel),
            Self::Pair { r, gap } => edge((x.abs() - gap).hypot(y) - r, pixel),
            Self::Lump { sd } => (-0.5 * (d / sd).powi(2)).exp(),
            Self::Grating { period, r } => (TAU * x / period).sin() * soft_disc(d, r),
            Self::Grid { period, r } => {
                0.5 * ((TAU * x / period).sin() + (TAU * y / period).sin()) * soft_disc(d, r)
            }
            Self::Bar { half, width } => edge(to_segment(x, y, half) - width / 2.0, pixel),
            Self::Ring { r, width } => edge((d - r).abs() - width / 2.0, pixel),
            Self::Arc { r, width, half } => {
                // The origin is the middle of the arc, so that a placed arc stays where it is put.
                let (x, y) = (x + r, y);
                let angle = y.atan2(x).abs();
                let along = (angle - half).max(0.0) * r;
                edge((x.hypot(y) - r).abs().hypot(along) - width / 2.0, pixel)
            }
            Self::Wave { half, height, period, width } => {
                let phase = TAU * x / period;
                let slope = height * TAU / period * phase.cos();
                let across = (y - height * phase.sin()).abs() / (1.0 + slope * slope).sqrt();
                let beyond = (x.abs() - half).max(0.0);
                edge(across.hypot(beyond) - width / 2.0, pixel)
            }
            Self::Triangle { r } => {
                // Three half-planes at distance r / 2 from the center.
                let side = |angle: f32| x * angle.cos() + y * angle.sin() - r / 2.0;
                edge(side(0.0).max(side(TAU / 3.0)).max(side(2.0 * TAU / 3.0)), pixel)
            }
            Self::Square { half } => edge(x.abs().max(y.abs()) - half, pixel),
            Self::Cross { half, width } => {
                edge(to_segment(x, y, half).min(to_segment(y, x, half)) - width / 2.0, pixel)
            }
            Self::Checker { cell, r } => {
                // A product of two steep waves: squares with edges one pixel wide.
                let wave = |v: f32| ((TAU * v / (2.0 * cell)).sin() * cell / pixel).clamp(-1.0, 1.0);
                wave(x) * wave(y) * soft_disc(d, r)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// Sum of coverage times pixel area: the drawn area.
    fn area(figure: Figure, size: usize) -> f32 {
        let mut canvas = Canvas::new(size, 0.0);
        canvas.draw(&Placed::new(figure, (0.51, 0.48), 0.4), 1.0);
        canvas.data.iter().sum::<f32>() / (size * size) as f32
    }

    #[test]
    fn drawn_areas_are_those_of_geometry_at_any_size() {
        let cases = [
            (Figure::Disc { r: 0.2 }, 0.12566),
            (Figure::Pair { r: 0.08, gap: 0.15 }, 0.04021),
            (Figure::Ring { r: 0.2, width: 0.05 }, 0.06283),
            (Figure::Bar { half: 0.2, width: 0.1 }, 0.04785),
            (Figure::Square { half: 0.15 }, 0.09),
            (Figure::Triangle { r: 0.2 }, 0.05196),
            (Figure::Cross { half: 0.2, width: 0.08 }, 0.06765),
        ];
        for (figure, expected) in cases {
            for size in [32, 64, 256] {
                let found = area(figure, size);
                assert!(
                    (found / expected - 1.0).abs() < 0.05,
                    "{figure:?} at {size}: {found}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn textures_lie_around_zero() {
        for figure in [
            Figure::Grating { period: 0.12, r: 0.3 },
            Figure::Grid { period: 0.16, r: 0.3 },
            Figure::Checker { cell: 0.12, r: 0.3 },
        ] {
            assert!(area(figure, 128).abs() < 0.01, "{figure:?}");
        }
    }

    #[test]
    fn noise_has_its_deviation() {
        let mut canvas = Canvas::new(128, 0.5);
        canvas.noise(0.1, &mut ChaCha8Rng::seed_from_u64(1));
        let n = canvas.data.len() as f32;
        let mean = canvas.data.iter().sum::<f32>() / n;
        let sd = (canvas.data.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n).sqrt();
        assert!((mean - 0.5).abs() < 0.005 && (0.08..0.11).contains(&sd), "{mean} {sd}");
    }
}
