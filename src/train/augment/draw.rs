//! The random numbers of one view of one image.
//!
//! Comes in: a recipe and a generator. Goes out: plain numbers, no tensor, so that their statistics can be tested.
//! Every draw takes the same count of random numbers whatever their values, except the crop's tries.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Recipe;

/// What a keyed generator is for: generators of different purposes never share a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The order of the cases in an epoch.
    Order = 1,
    /// Augmentation of a training image.
    Augment = 2,
    /// The choice of a fraction of the labels.
    LabelFraction = 3,
    /// Augmentation of a held-out image (self-supervised validation).
    HeldOut = 4,
}

/// The generator of (seed, purpose, epoch, case, view): its ChaCha key is these numbers themselves, so that two
/// different ones never give the same stream.
pub fn keyed(seed: u64, purpose: Purpose, epoch: usize, case: usize, view: u32) -> ChaCha8Rng {
    let mut key = [0u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..12].copy_from_slice(&(purpose as u32).to_le_bytes());
    key[12..16].copy_from_slice(&view.to_le_bytes());
    key[16..24].copy_from_slice(&(epoch as u64).to_le_bytes());
    key[24..].copy_from_slice(&(case as u64).to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// A part of the image, in shares of its sides; `x` and `y` are the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crop {
    /// Left edge, in [0, 1 - width].
    pub x: f64,
    /// Upper edge, in [0, 1 - height].
    pub y: f64,
    /// Width, in (0, 1].
    pub width: f64,
    /// Height, in (0, 1].
    pub height: f64,
}

impl Crop {
    /// The whole image.
    pub const WHOLE: Self = Self { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
}

/// Knots of the elastic displacement along each side.
pub(super) const KNOTS: usize = 4;

/// What happens to one view of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// The part that fills the view.
    pub crop: Crop,
    /// Whether left and right change places.
    pub flip: bool,
    /// Rotation in radians.
    pub angle: f64,
    /// Factor of the brightness; 1 changes nothing, as for the next two.
    pub brightness: f64,
    /// Factor of the distance from the mean.
    pub contrast: f64,
    /// Factor of the distance from gray.
    pub saturation: f64,
    /// Shift along the colour circle, as a share of it.
    pub hue: f64,
    /// Exponent of the pixel values.
    pub gamma: f64,
    /// Whether colours are dropped.
    pub gray: bool,
    /// Standard deviation of the blur in pixels of a 224-pixel image; none for no blur.
    pub sigma: Option<f64>,
    /// Displacements (x, y) at the knots, row by row, in shares of the side; none for no distortion.
    pub elastic: Option<Vec<[f32; 2]>>,
}

/// Draws what happens to one view.
pub fn draw(recipe: &Recipe, rng: &mut impl Rng) -> Draw {
    let crop = if rng.random_bool(recipe.crop_p) { draw_crop(recipe, rng) } else { Crop::WHOLE };
    let flip = rng.random_bool(recipe.flip_p);
    let angle = around(0.0, recipe.rotate.to_radians(), rng);
    let color = rng.random_bool(recipe.color_p);
    let factor = |width: f64, rng: &mut _| if color { around(1.0, width, rng).max(0.0) } else { 1.0 };
    let mut view = Draw {
        crop,
        flip,
        angle,
        brightness: factor(recipe.brightness, rng),
        contrast: factor(recipe.contrast, rng),
        saturation: factor(recipe.saturation, rng),
        hue: if color { around(0.0, recipe.hue, rng) } else { 0.0 },
        gamma: if color { between(recipe.gamma, rng) } else { 1.0 },
        gray: false,
        sigma: None,
        elastic: None,
    };
    if recipe.one_of {
        if rng.random_bool(0.5) {
            view.gamma = 1.0;
        } else {
            (view.brightness, view.contrast) = (1.0, 1.0);
        }
    }
    view.gray = rng.random_bool(recipe.gray_p);
    view.sigma = rng.random_bool(recipe.blur_p).then(|| between(recipe.blur_sigma, rng));
    view.elastic = rng.random_bool(recipe.elastic_p).then(|| {
        let mut knot = || around(0.0, recipe.elastic, rng) as f32;
        (0..KNOTS * KNOTS).map(|_| [knot(), knot()]).collect()
    });
    view
}

/// The random resized crop of Inception as in torchvision, in shares of the side instead of whole pixels: at most ten
/// tries for an area and a ratio that fit, else the whole (square) image.
fn draw_crop(recipe: &Recipe, rng: &mut impl Rng) -> Crop {
    for _ in 0..10 {
        let area = between(recipe.crop_scale, rng);
        let ratio = between((recipe.crop_ratio.0.ln(), recipe.crop_ratio.1.ln()), rng).exp();
        let (width, height) = ((area * ratio).sqrt(), (area / ratio).sqrt());
        if width <= 1.0 && height <= 1.0 {
            let (x, y) = (between((0.0, 1.0 - width), rng), between((0.0, 1.0 - height), rng));
            return Crop { x, y, width, height };
        }
    }
    Crop::WHOLE
}

fn between((low, high): (f64, f64), rng: &mut impl Rng) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

fn around(center: f64, width: f64, rng: &mut impl Rng) -> f64 {
    between((center - width, center + width), rng)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(recipe: &Recipe, n: usize) -> Vec<Draw> {
        (0..n).map(|case| draw(recipe, &mut keyed(7, Purpose::Augment, 3, case, 0))).collect()
    }

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let values: Vec<f64> = values.collect();
        values.iter().sum::<f64>() / values.len() as f64
    }

    /// 20,000 draws: the standard error of a share is below 0.0036, so 0.015 is more than four of them.
    #[test]
    fn classification_draws_have_the_protocols_statistics() {
        let draws = draws(&Recipe::CLASSIFICATION, 20_000);
        let close =
            |value: f64, expected: f64| assert!((value - expected).abs() < 0.015, "{value} {expected}");
        close(mean(draws.iter().map(|d| f64::from(u8::from(d.flip)))), 0.5);
        close(mean(draws.iter().map(|d| d.angle.to_degrees())) / 7.0, 0.0);
        close(mean(draws.iter().map(|d| (d.angle.to_degrees() / 7.0).powi(2))), 1.0 / 3.0);
        // Of an area a, the share min(1, -ln a / ln(4/3)) of the ratios fits into the image, so the mean area is
        // 0.4778 and not that of U(0.08, 1), which is 0.54.
        close(mean(draws.iter().map(|d| d.crop.width * d.crop.height)), 0.4778);
        close(mean(draws.iter().map(|d| (d.crop.width / d.crop.height).ln())), 0.0);
        close(mean(draws.iter().map(|d| d.crop.x + d.crop.width / 2.0)), 0.5);
        for d in &draws {
            let ratio = d.crop.width / d.crop.height;
            assert!((0.75 - 1e-9..=4.0 / 3.0 + 1e-9).contains(&ratio));
            assert!(0.08 - 1e-9 <= d.crop.width * d.crop.height);
            assert!(0.0 <= d.crop.x && d.crop.x + d.crop.width <= 1.0 + 1e-9);
            assert!(d.angle.to_degrees().abs() <= 7.0 && d.sigma.is_none() && d.elastic.is_none());
            assert_eq!((d.brightness.to_bits(), d.gamma.to_bits()), (1f64.to_bits(), 1f64.to_bits()));
        }
    }

    #[test]
    fn simclr_draws_have_the_protocols_statistics() {
        let draws = draws(&Recipe::SIMCLR, 20_000);
        let close =
            |value: f64, expected: f64| assert!((value - expected).abs() < 0.015, "{value} {expected}");
        let changed =
            |f: fn(&Draw) -> f64| draws.iter().filter(|d| f(d).to_bits() != 1f64.to_bits()).count() as f64;
        close(changed(|d| d.brightness) / 20_000.0, 0.8);
        close(mean(draws.iter().map(|d| f64::from(u8::from(d.gray)))), 0.2);
        close(mean(draws.iter().map(|d| f64::from(u8::from(d.sigma.is_some())))), 0.5);
        close(mean(draws.iter().filter_map(|d| d.sigma)), 1.05);
        assert!(draws.iter().all(|d| 0.2 - 1e-9 <= d.contrast && d.contrast <= 1.8 + 1e-9));
    }

    #[test]
    fn segmentation_never_does_both_of_one_of() {
        let draws = draws(&Recipe::SEGMENTATION, 5_000);
        let one = 1f64.to_bits();
        let gamma = draws.iter().filter(|d| d.gamma.to_bits() != one).count() as f64 / 5_000.0;
        let bright = draws.iter().filter(|d| d.brightness.to_bits() != one).count() as f64 / 5_000.0;
        assert!((gamma - 0.15).abs() < 0.03 && (bright - 0.15).abs() < 0.03, "{gamma} {bright}");
        assert!(draws.iter().all(|d| d.gamma.to_bits() == one || d.brightness.to_bits() == one));
        assert!(draws.iter().all(|d| (d.crop.width - d.crop.height).abs() < 1e-9));
    }

    #[test]
    fn keys_do_not_collide() {
        let first =
            |seed, epoch, case, view| keyed(seed, Purpose::Augment, epoch, case, view).random::<u64>();
        let mut seen = std::collections::BTreeSet::new();
        for (seed, epoch, case, view) in
            [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (0, 1, 1, 0)]
        {
            assert!(seen.insert(first(seed, epoch, case, view)));
        }
        assert!(seen.insert(keyed(0, Purpose::Order, 0, 0, 0).random::<u64>()));
        assert_eq!(first(5, 6, 7, 1), first(5, 6, 7, 1));
    }

    #[test]
    fn recipes_are_found_by_name() {
        assert_eq!("gentle".parse::<Recipe>().unwrap(), Recipe::GENTLE);
        assert_eq!("strong".parse::<Recipe>().unwrap_err().exit_code(), 2);
    }
}
