//! The `chest` task: four findings in a made chest film, several of them or none.
//!
//! A patient has an anatomy (lungs, heart, ribs) and findings; each of the patient's two or three images varies the
//! anatomy a little and shows most of the findings. The findings are the figures of the `natural` set, low in contrast.

use std::f32::consts::PI;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, Figure, Placed, any_angle, edge, within};
use super::knobs::Knobs;

/// The findings, in the order of the list's columns.
pub(super) const LABELS: [&str; 4] = ["nodule", "infiltrate", "effusion", "fibrosis"];

/// Brightness of the parts, 0 black to 1 white.
const AIR: f32 = 0.08;
const BODY: f32 = 0.62;
const LUNG: f32 = 0.26;
const HEART: f32 = 0.68;
/// Widths of the soft borders between parts, in units of the edge.
const BORDER: f32 = 0.04;

/// What stays the same in all images of a patient.
#[derive(Clone, Debug)]
pub(super) struct Patient {
    lung_x: f32,
    lung_y: f32,
    lung_width: f32,
    lung_height: f32,
    heart: f32,
    ribs: f32,
    rib_gap: f32,
    findings: [bool; 4],
}

/// Draws a patient.
pub(super) fn patient(knobs: &Knobs, rng: &mut ChaCha8Rng) -> Patient {
    Patient {
        lung_x: within((0.2, 0.23), rng),
        lung_y: within((0.45, 0.5), rng),
        lung_width: within((0.14, 0.17), rng),
        lung_height: within((0.29, 0.34), rng),
        heart: within((0.1, 0.14), rng),
        ribs: within(knobs.chest_anatomy, rng),
        rib_gap: within((0.085, 0.1), rng),
        findings: std::array::from_fn(|_| rng.random::<f32>() < knobs.chest_patients),
    }
}

/// One image of a patient: bytes, and which findings it shows.
pub(super) fn render(
    size: usize,
    patient: &Patient,
    knobs: &Knobs,
    rng: &mut ChaCha8Rng,
) -> (Vec<u8>, [bool; 4]) {
    let shown = patient.findings.map(|has| rng.random::<f32>() < knobs.chest_shown && has);
    let mut canvas = Canvas::new(size, AIR);
    let film = Film::new(patient, &canvas, rng);
    film.anatomy(&mut canvas, knobs, rng);
    for (finding, &is_shown) in shown.iter().enumerate() {
        // Every finding draws its numbers in any case, so that hiding one leaves the others as they are.
        let contrast = within(knobs.chest_contrast[finding], rng);
        let contrast = if is_shown { contrast } else { 0.0 };
        let side = if rng.random() { Side::Left } else { Side::Right };
        match LABELS[finding] {
            "nodule" => film.nodule(&mut canvas, side, contrast, rng),
            "infiltrate" => film.infiltrate(&mut canvas, side, contrast, rng),
            "effusion" => film.effusion(&mut canvas, side, contrast, rng),
            _ => film.fibrosis(&mut canvas, side, contrast, rng),
        }
    }
    canvas.noise(within(knobs.chest_noise, rng), rng);
    (canvas.bytes(), shown)
}

/// Side of the image, not of the patient.
#[derive(Clone, Copy, Debug)]
enum Side {
    Left,
    Right,
}

/// One exposure: the patient's anatomy, a little moved.
struct Film<'a> {
    patient: &'a Patient,
    dx: f32,
    dy: f32,
    scale: f32,
    pixel: f32,
}

impl<'a> Film<'a> {
    fn new(patient: &'a Patient, canvas: &Canvas, rng: &mut ChaCha8Rng) -> Self {
        let (dx, dy) = (within((-0.03, 0.03), rng), within((-0.03, 0.03), rng));
        Self { patient, dx, dy, scale: within((0.95, 1.05), rng), pixel: canvas.pixel() }
    }

    fn lung_center(&self, side: Side) -> (f32, f32) {
        let x = match side {
            Side::Left => -self.patient.lung_x,
            Side::Right => self.patient.lung_x,
        };
        (0.5 + self.dx + self.scale * x, self.dy + self.patient.lung_y)
    }

    /// Coverage of one lung: an ellipse, narrow at the top, cut by the diaphragm's dome.
    fn lung(&self, side: Side, x: f32, y: f32) -> f32 {
        let (cx, cy) = self.lung_center(side);
        let (a, b) = (self.scale * self.patient.lung_width, self.scale * self.patient.lung_height);
        let (dx, dy) = (x - cx, y - cy);
        // Leaning towards the middle at the top.
        let lean = 0.18 * dy * if cx < 0.5 { -1.0 } else { 1.0 };
        let inside = (((dx - lean) / a).powi(2) + (dy / b).powi(2)).sqrt() - 1.0;
        let dome = dy - (0.62 * b + 0.5 * b * ((dx / a).powi(2)).min(1.0));
        edge(inside * a, BORDER) * edge(dome, BORDER)
    }

    fn lungs(&self, x: f32, y: f32) -> f32 {
        self.lung(Side::Left, x, y).max(self.lung(Side::Right, x, y))
    }

    /// A place in a lung: `u` across and `v` down, each in [-1, 1] from its center.
    fn place(&self, side: Side, u: f32, v: f32) -> (f32, f32) {
        let (cx, cy) = self.lung_center(side);
        (cx + u * self.patient.lung_width * self.scale, cy + v * self.patient.lung_height * self.scale)
    }

    fn anatomy(&self, canvas: &mut Canvas, knobs: &Knobs, rng: &mut ChaCha8Rng) {
        let middle = 0.5 + self.dx;
        let shoulder = |x: f32| {
            let out = ((x - middle).abs() - 0.1).max(0.0);
            0.02 + self.dy + (0.16 * (out / 0.08).min(1.0)) + 0.25 * out
        };
        canvas.mix(BODY, |x, y| edge(shoulder(x) - y, BORDER) * edge((x - middle).abs() - 0.47, BORDER));
        canvas.slope(within((0.0, 0.12), rng), any_angle(rng));
        canvas.mix(LUNG, |x, y| self.lungs(x, y));
        let ribs = self.patient.ribs;
        canvas.add(|x, y| ribs * self.ribs(x, y) * (0.35 + 0.65 * self.lungs(x, y)));
        self.vessels(canvas, within(knobs.chest_anatomy, rng), rng);
        let heart = (middle + 0.055, self.dy + 0.63);
        let r = self.patient.heart * self.scale;
        canvas.mix(HEART, |x, y| {
            let d = ((x - heart.0) / (1.15 * r)).hypot((y - heart.1) / r) - 1.0;
            0.9 * edge(d * r, 1.5 * BORDER)
        });
        canvas.add(|x, _| 0.07 * edge((x - middle).abs() - 0.03, BORDER));
        canvas.cloud(3, 0.05, rng);
    }

    /// Eight bright bands that fall towards the sides.
    fn ribs(&self, x: f32, y: f32) -> f32 {
        let out = (x - 0.5 - self.dx).abs();
        let line = y - self.dy - 0.12 - 0.9 * (out - 0.1).max(0.0).powf(1.5);
        let gap = self.patient.rib_gap;
        let k = (line / gap).round().clamp(0.0, 7.0);
        edge((line - k * gap).abs() - 0.014, self.pixel.max(0.02)) * edge(out - 0.42, BORDER)
    }

    /// Vessels that leave the middle and thin out.
    fn vessels(&self, canvas: &mut Canvas, contrast: f32, rng: &mut ChaCha8Rng) {
        for side in [Side::Left, Side::Right] {
            let outward = match side {
                Side::Left => PI,
                Side::Right => 0.0,
            };
            for _ in 0..3 {
                let angle = outward + within((-1.0, 1.0), rng);
                let half = within((0.06, 0.11), rng);
                let root = self.place(side, -0.5 * outward.cos(), 0.1);
                let middle = (root.0 + half * angle.cos(), root.1 + half * angle.sin());
                let bar = Placed::new(Figure::Bar { half, width: within((0.015, 0.03), rng) }, middle, angle);
                let pixel = self.pixel;
                canvas.add(|x, y| contrast * bar.cover(x, y, pixel) * self.lungs(x, y));
            }
        }
    }

    /// A small disc.
    fn nodule(&self, canvas: &mut Canvas, side: Side, contrast: f32, rng: &mut ChaCha8Rng) {
        let place = self.place(side, within((-0.5, 0.5), rng), within((-0.6, 0.35), rng));
        canvas.draw(&Placed::new(Figure::Disc { r: within((0.055, 0.075), rng) }, place, 0.0), contrast);
    }

    /// A patch of reticular texture, bright and dark by the same amount.
    fn infiltrate(&self, canvas: &mut Canvas, side: Side, contrast: f32, rng: &mut ChaCha8Rng) {
        let place = self.place(side, within((-0.3, 0.3), rng), within((-0.5, 0.3), rng));
        let grid = Figure::Grid { period: within((0.1, 0.14), rng), r: within((0.17, 0.22), rng) };
        let grid = Placed::new(grid, place, any_angle(rng));
        let pixel = self.pixel;
        canvas.add(|x, y| contrast * grid.cover(x, y, pixel) * (0.3 + 0.7 * self.lung(side, x, y)));
    }

    /// A curved band at the lung's base: bright fluid with a meniscus.
    fn effusion(&self, canvas: &mut Canvas, side: Side, contrast: f32, rng: &mut ChaCha8Rng) {
        let place = self.place(side, 0.0, within((0.42, 0.56), rng));
        let width = within((0.06, 0.1), rng);
        let arc = Figure::Arc { r: within((0.16, 0.24), rng), width, half: 0.8 };
        // The arc opens upwards: its middle is the lowest point.
        canvas.draw(&Placed::new(arc, place, PI / 2.0 + within((-0.25, 0.25), rng)), contrast);
    }

    /// Two neighboring rings: honeycombs.
    fn fibrosis(&self, canvas: &mut Canvas, side: Side, contrast: f32, rng: &mut ChaCha8Rng) {
        let place = self.place(side, within((-0.35, 0.35), rng), within((-0.45, 0.4), rng));
        let angle = any_angle(rng);
        let r = within((0.06, 0.08), rng);
        let gap = r + 0.012;
        for sign in [-1.0, 1.0] {
            let ring = Figure::Ring { r, width: within((0.032, 0.045), rng) };
            let center = (place.0 + sign * gap * angle.cos(), place.1 + sign * gap * angle.sin());
            canvas.draw(&Placed::new(ring, center, 0.0), contrast);
        }
    }
}
