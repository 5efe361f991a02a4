//! The `vessel` task: branching dark curves on textured tissue, and their mask.
//!
//! A tree grows from one side: a trunk that wanders, branches and thins. The tissue has lumps and streaks of the same
//! darkness, so a threshold does not find the vessels; being long, thin and connected does.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, Figure, Placed, any_angle, within};
use super::knobs::Knobs;

/// Length of one straight piece of a vessel, in units of the edge.
const STEP: f32 = 0.05;
/// Pieces of a vessel at most.
const PIECES: usize = 26;

/// A growing end.
struct Tip {
    x: f32,
    y: f32,
    angle: f32,
    width: f32,
    pieces: usize,
}

/// One image and its mask (0 and 255) as bytes.
pub(super) fn render(size: usize, knobs: &Knobs, rng: &mut ChaCha8Rng) -> (Vec<u8>, Vec<u8>) {
    let mut canvas = Canvas::new(size, within((0.55, 0.7), rng));
    canvas.slope(within((0.0, 0.2), rng), any_angle(rng));
    texture(&mut canvas, knobs.vessel_texture, rng);
    let pixel = canvas.pixel();
    let pieces = grow(pixel, knobs, rng);
    let mut cover = Canvas::new(size, 0.0);
    // The deepest coverage counts, so that joints are not darker than the rest.
    pieces.iter().for_each(|piece| cover.raise(|x, y| piece.cover(x, y, pixel)));
    let contrast = within(knobs.vessel_contrast, rng);
    canvas.subtract(&cover, contrast);
    canvas.noise(within(knobs.vessel_noise, rng), rng);
    (canvas.bytes(), cover.mask_bytes())
}

/// Lumps, a disc and short streaks, bright and dark.
fn texture(canvas: &mut Canvas, contrast: f32, rng: &mut ChaCha8Rng) {
    canvas.cloud(6, contrast, rng);
    for _ in 0..4 {
        let figure = match rng.random_range(0..3u32) {
            0 => Figure::Disc { r: within((0.04, 0.1), rng) },
            1 => Figure::Lump { sd: within((0.04, 0.08), rng) },
            _ => Figure::Square { half: within((0.03, 0.08), rng) },
        };
        let place = (rng.random(), rng.random());
        canvas
            .draw(&Placed::new(figure, place, any_angle(rng)), contrast * (2.0 * rng.random::<f32>() - 1.2));
    }
}

/// Grows two trees from points at one side.
fn grow(pixel: f32, knobs: &Knobs, rng: &mut ChaCha8Rng) -> Vec<Placed> {
    let side = any_angle(rng);
    let (sin, cos) = side.sin_cos();
    let mut tips = Vec::new();
    for lean in [-0.5, 0.5] {
        let lean = lean + within((-0.25, 0.25), rng);
        tips.push(Tip {
            x: 0.5 - 0.55 * cos,
            y: 0.5 - 0.55 * sin,
            angle: side + lean,
            width: within(knobs.vessel_width, rng),
            pieces: PIECES,
        });
    }
    let mut pieces = Vec::new();
    while let Some(mut tip) = tips.pop() {
        let mut bend = within((-0.12, 0.12), rng);
        while 0 < tip.pieces && pixel < 2.0 * tip.width {
            tip.angle += bend;
            bend = 0.8 * bend + within((-0.1, 0.1), rng);
            let middle = (tip.x + 0.5 * STEP * tip.angle.cos(), tip.y + 0.5 * STEP * tip.angle.sin());
            let bar = Figure::Bar { half: 0.5 * STEP, width: tip.width };
            pieces.push(Placed::new(bar, middle, tip.angle));
            tip.x += STEP * tip.angle.cos();
            tip.y += STEP * tip.angle.sin();
            tip.width *= 0.985;
            tip.pieces -= 1;
            if rng.random::<f32>() < 0.12 && tip.pieces > 4 {
                let turn = within((0.5, 0.9), rng) * if rng.random() { 1.0 } else { -1.0 };
                let (width, pieces) = (0.75 * tip.width, tip.pieces * 2 / 3);
                tips.push(Tip { x: tip.x, y: tip.y, angle: tip.angle + turn, width, pieces });
                tip.angle -= 0.3 * turn;
            }
        }
    }
    pieces
}
