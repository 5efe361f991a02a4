//! The `natural` set: one object an image, to pre-train on.
//!
//! Sixteen fine classes in four coarse ones. What makes a class is shape, not place, direction, contrast or background:
//! those are random. The figures are those that the tasks' findings are drawn from.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, Figure, Placed, any_angle, within};
use super::knobs::Knobs;

/// The coarse classes, sorted.
pub(super) const COARSE: [&str; 4] = ["bars", "blobs", "curves", "polygons"];

/// The fine classes, sorted, with their coarse class.
pub(super) const FINE: [(&str, &str); 16] = [
    ("arc", "curves"),
    ("bar", "bars"),
    ("checker", "polygons"),
    ("cross", "polygons"),
    ("disc", "blobs"),
    ("dot", "blobs"),
    ("fine-grating", "bars"),
    ("grid", "bars"),
    ("lump", "blobs"),
    ("pair", "blobs"),
    ("square", "polygons"),
    ("thick-ring", "curves"),
    ("thin-ring", "curves"),
    ("triangle", "polygons"),
    ("wave", "curves"),
    ("wide-grating", "bars"),
];

/// The fine class of image `index`: all classes are equally frequent.
pub(super) fn class_of(index: usize) -> usize {
    index % FINE.len()
}

/// A figure of the fine class, in random proportions.
fn figure(class: usize, rng: &mut ChaCha8Rng) -> Figure {
    match FINE[class].0 {
        "arc" => Figure::Arc {
            r: within((0.22, 0.32), rng),
            width: within((0.05, 0.08), rng),
            half: within((0.7, 1.2), rng),
        },
        "bar" => Figure::Bar { half: within((0.2, 0.32), rng), width: within((0.06, 0.11), rng) },
        "checker" => Figure::Checker { cell: within((0.1, 0.14), rng), r: within((0.28, 0.38), rng) },
        "cross" => Figure::Cross { half: within((0.16, 0.26), rng), width: within((0.06, 0.1), rng) },
        "disc" => Figure::Disc { r: within((0.16, 0.26), rng) },
        "dot" => Figure::Disc { r: within((0.06, 0.1), rng) },
        "fine-grating" => Figure::Grating { period: within((0.1, 0.14), rng), r: within((0.24, 0.38), rng) },
        "grid" => Figure::Grid { period: within((0.13, 0.19), rng), r: within((0.24, 0.38), rng) },
        "lump" => Figure::Lump { sd: within((0.09, 0.16), rng) },
        "pair" => Figure::Pair { r: within((0.06, 0.1), rng), gap: within((0.13, 0.18), rng) },
        "square" => Figure::Square { half: within((0.13, 0.21), rng) },
        "thick-ring" => Figure::Ring { r: within((0.13, 0.22), rng), width: within((0.085, 0.12), rng) },
        "thin-ring" => Figure::Ring { r: within((0.1, 0.24), rng), width: within((0.035, 0.05), rng) },
        "triangle" => Figure::Triangle { r: within((0.2, 0.3), rng) },
        "wave" => Figure::Wave {
            half: within((0.28, 0.4), rng),
            height: within((0.06, 0.1), rng),
            period: within((0.28, 0.4), rng),
            width: within((0.045, 0.07), rng),
        },
        _ => Figure::Grating { period: within((0.22, 0.32), rng), r: within((0.28, 0.4), rng) },
    }
}

/// Image `index` as bytes.
pub(super) fn render(size: usize, index: usize, knobs: &Knobs, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut canvas = Canvas::new(size, within((0.35, 0.6), rng));
    canvas.slope(within((0.0, 0.25), rng), any_angle(rng));
    canvas.cloud(3, 0.1, rng);
    let contrast = within(knobs.natural_contrast, rng);
    let sign = if rng.random() { 1.0 } else { -1.0 };
    for _ in 0..rng.random_range(0..3u32) {
        let other = figure(rng.random_range(0..FINE.len()), rng);
        let place = (rng.random(), rng.random());
        let share = within(knobs.natural_distractor, rng);
        canvas.draw(&Placed::new(other, place, any_angle(rng)), -sign * share * contrast);
    }
    let place = (within((0.32, 0.68), rng), within((0.32, 0.68), rng));
    let object = Placed::new(figure(class_of(index), rng), place, any_angle(rng));
    canvas.draw(&object, sign * contrast);
    canvas.noise(within(knobs.natural_noise, rng), rng);
    canvas.bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_sorted_and_even() {
        assert!(COARSE.is_sorted());
        assert!(FINE.is_sorted());
        for coarse in COARSE {
            assert_eq!(FINE.iter().filter(|(_, c)| *c == coarse).count(), 4);
        }
    }
}
