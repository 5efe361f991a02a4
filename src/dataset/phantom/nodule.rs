//! The `nodule` task: is there a solid disc among rings and streaks?
//!
//! A patch of made lung. Every image has two small round things; without a nodule both are rings (vessels seen end on),
//! with one of them a disc. Their contrasts are matched by area, so neither brightness nor number gives the answer away.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, Figure, Placed, any_angle, within};
use super::knobs::Knobs;

/// One image as bytes.
pub(super) fn render(size: usize, has_nodule: bool, knobs: &Knobs, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut canvas = Canvas::new(size, within((0.3, 0.45), rng));
    canvas.slope(within((0.0, 0.2), rng), any_angle(rng));
    canvas.cloud(4, 0.08, rng);
    for _ in 0..rng.random_range(1..4u32) {
        let streak = Figure::Bar { half: within((0.2, 0.5), rng), width: within((0.03, 0.06), rng) };
        let place = (rng.random(), rng.random());
        canvas.draw(&Placed::new(streak, place, any_angle(rng)), within((0.04, 0.12), rng));
    }
    let first = (within((0.16, 0.84), rng), within((0.16, 0.84), rng));
    let second = loop {
        let place: (f32, f32) = (within((0.16, 0.84), rng), within((0.16, 0.84), rng));
        if (place.0 - first.0).hypot(place.1 - first.1) > 0.3 {
            break place;
        }
    };
    for (place, is_nodule) in [(first, has_nodule), (second, false)] {
        let r = within(knobs.nodule_radius, rng);
        let contrast = within(knobs.nodule_contrast, rng);
        let width = within((0.4, 0.5), rng) * r;
        // A ring's line lies inside the radius. Its contrast is raised by the root of the ratio of areas: halfway between
        // equal brightness and equal contrast, so that neither alone decides.
        let ring_share = 1.0 - ((r - width) / r).powi(2);
        let (figure, contrast) = match is_nodule {
            true => (Figure::Disc { r }, contrast),
            false => (Figure::Ring { r: r - width / 2.0, width }, contrast / ring_share.sqrt()),
        };
        canvas.draw(&Placed::new(figure, place, 0.0), contrast);
    }
    canvas.noise(within(knobs.nodule_noise, rng), rng);
    canvas.bytes()
}
