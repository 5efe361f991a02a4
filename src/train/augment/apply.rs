//! Drawn parameters applied to a batch.
//!
//! Comes in: images `[b, c, s, s]` in [0, 1], masks `[b, 1, s, s]` of 0 and 1, one draw an image. Goes out: new images
//! in [0, 1] and masks that moved alike. Crop, flip, rotation and distortion are one sampling of the source (bilinear
//! for images, nearest for masks, 0 beyond the edge), so pixels are interpolated once. Unlike a chain of single steps,
//! the corners that a rotation opens show what lies outside the crop, and are black only beyond the image.

use tch::{Device, Kind, Tensor};

use super::draw::KNOTS;
use super::{Draw, Recipe, color};

/// Applies one draw to each image (and mask).
pub fn apply(
    recipe: &Recipe,
    draws: &[Draw],
    images: &Tensor,
    masks: Option<&Tensor>,
) -> (Tensor, Option<Tensor>) {
    let _guard = tch::no_grad_guard();
    let (images, masks) = if recipe.moves() {
        let grid = grid(draws, images);
        let sample = |source: &Tensor, mode: i64| source.grid_sampler(&grid, mode, ZEROS, false);
        (sample(images, BILINEAR), masks.map(|masks| sample(masks, NEAREST)))
    } else {
        (images.shallow_clone(), masks.map(Tensor::shallow_clone))
    };
    let images = color::jitter(recipe, draws, images);
    let images = if recipe.blur_p > 0.0 { blur(draws, &images) } else { images };
    (images, masks)
}

// The numbers of torch's GridSamplerInterpolation and GridSamplerPadding.
const BILINEAR: i64 = 0;
const NEAREST: i64 = 1;
const ZEROS: i64 = 0;

/// Where each output pixel looks: `[b, s, s, 2]`, x and y in [-1, 1].
fn grid(draws: &[Draw], images: &Tensor) -> Tensor {
    let size = images.size(); // [b, c, s, s]
    let theta: Vec<f32> = draws.iter().flat_map(affine).collect();
    let theta = Tensor::from_slice(&theta).view([size[0], 2, 3]).to(images.device());
    let grid = Tensor::affine_grid_generator(&theta, size.as_slice(), false);
    if draws.iter().all(|view| view.elastic.is_none()) {
        return grid;
    }
    // Displacements at the knots, in the grid's unit (the side is 2 long), spread smoothly between them.
    let knots = draws.iter().flat_map(|view| match &view.elastic {
        Some(knots) => knots.iter().flat_map(|[x, y]| [2.0 * x, 2.0 * y]).collect(),
        None => vec![0.0; 2 * KNOTS * KNOTS],
    });
    let n = KNOTS as i64;
    let knots =
        Tensor::from_slice(&knots.collect::<Vec<f32>>()).view([size[0], n, n, 2]).permute([0, 3, 1, 2]);
    let field = knots.to(images.device()).upsample_bicubic2d([size[2], size[3]], false, None, None);
    grid + field.permute([0, 2, 3, 1])
}

/// The first two rows of crop . flip . rotation, from output to input coordinates (x to the right, y down, both in
/// [-1, 1]): rotate, then mirror, then shrink to the crop and move to its centre.
fn affine(view: &Draw) -> [f32; 6] {
    let (sin, cos) = view.angle.sin_cos();
    let crop = view.crop;
    let (width, height) = (if view.flip { -crop.width } else { crop.width }, crop.height);
    let center = (2.0 * crop.x + crop.width - 1.0, 2.0 * crop.y + crop.height - 1.0);
    [width * cos, -width * sin, center.0, height * sin, height * cos, center.1].map(|v| v as f32)
}

/// Gaussian blur with a width of its own for each image; images without one pass unchanged. The kernel spans 10 % of the
/// side (made odd), as in SimCLR.
fn blur(draws: &[Draw], images: &Tensor) -> Tensor {
    let size = images.size(); // [b, c, s, s]
    let radius = (size[2] / 20).max(1);
    let length = 2 * radius + 1;
    let scale = size[2] as f64 / 224.0;
    let kernels: Vec<f32> =
        draws.iter().flat_map(|view| kernel(view.sigma.map(|s| s * scale), radius)).collect();
    let kernels = Tensor::from_slice(&kernels).view([size[0], 1, length]).to_device(images.device());
    // One group an image and channel: [b * c, 1, length].
    let kernels = kernels.expand([size[0], size[1], length], false).reshape([size[0] * size[1], 1, length]);
    let flat = images.reshape([1, size[0] * size[1], size[2], size[3]]);
    let padded = flat.reflection_pad2d([radius; 4]);
    let groups = size[0] * size[1];
    let none = None::<&Tensor>;
    let rows = padded.conv2d(&kernels.view([groups, 1, 1, length]), none, [1, 1], [0, 0], [1, 1], groups);
    let both = rows.conv2d(&kernels.view([groups, 1, length, 1]), none, [1, 1], [0, 0], [1, 1], groups);
    both.view(size.as_slice())
}

/// A normalised Gaussian at -radius..=radius pixels; a single 1 where there is no blur.
fn kernel(sigma: Option<f64>, radius: i64) -> Vec<f32> {
    let weights: Vec<f64> = (-radius..=radius)
        .map(|x| match sigma {
            Some(sigma) => (-0.5 * (x as f64 / sigma).powi(2)).exp(),
            None => f64::from(u8::from(x == 0)),
        })
        .collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| (w / total) as f32).collect()
}

/// One number an image, as `[b, 1, 1, 1]` on the device.
pub(super) fn column(draws: &[Draw], device: Device, value: impl Fn(&Draw) -> f64) -> Tensor {
    let values: Vec<f32> = draws.iter().map(|view| value(view) as f32).collect();
    Tensor::from_slice(&values).view([-1, 1, 1, 1]).to_kind(Kind::Float).to_device(device)
}

#[cfg(test)]
mod tests {
    use super::super::{Crop, Purpose, draw, keyed};
    use super::*;

    fn still() -> Draw {
        draw(&Recipe::NONE, &mut keyed(0, Purpose::Augment, 0, 0, 0))
    }

    fn ramp() -> Tensor {
        // Value = column + 8 * row, over 64.
        (Tensor::arange(64, (Kind::Float, Device::Cpu)) / 64.0).view([1, 1, 8, 8])
    }

    fn max_difference(a: &Tensor, b: &Tensor) -> f64 {
        (a - b).abs().max().double_value(&[])
    }

    #[test]
    fn identity_flip_and_crop_land_on_the_right_pixels() {
        let (same, _) = apply(&Recipe::CLASSIFICATION, &[still()], &ramp(), None);
        assert!(max_difference(&same, &ramp()) < 1e-6);
        let (flipped, _) = apply(&Recipe::CLASSIFICATION, &[Draw { flip: true, ..still() }], &ramp(), None);
        assert!(max_difference(&flipped, &ramp().flip([3])) < 1e-6);
        let quarter = Crop { x: 0.5, y: 0.0, width: 0.5, height: 0.5 };
        let (cropped, _) =
            apply(&Recipe::CLASSIFICATION, &[Draw { crop: quarter, ..still() }], &ramp(), None);
        // Output pixel (0, 0) has its centre at x = 4.25, y = 0.25 pixels, so its value is (3.75 - 0.25 * 8) / 64 with
        // the edge taken as 0; inside, output (2, 2) looks at x = 5.25 - 0.5, y = 1.25 - 0.5.
        assert!((cropped.double_value(&[0, 0, 2, 2]) - (4.75 + 8.0 * 0.75) / 64.0).abs() < 1e-6);
    }

    #[test]
    fn rotation_turns_about_the_centre_and_masks_follow() {
        let quarter_turn = Draw { angle: std::f64::consts::FRAC_PI_2, ..still() };
        let mask = ramp().gt(0.4).to_kind(Kind::Float);
        let (image, moved) = apply(&Recipe::CLASSIFICATION, &[quarter_turn], &ramp(), Some(&mask));
        let turned = |t: &Tensor| t.rot90(1, [2, 3]);
        let moved = moved.unwrap();
        assert!(
            max_difference(&image, &turned(&ramp())) < 1e-4
                || max_difference(&image, &ramp().rot90(-1, [2, 3])) < 1e-4
        );
        assert!(max_difference(&moved, &image.gt(0.4).to_kind(Kind::Float)) < 1e-6);
    }

    #[test]
    fn blur_keeps_flat_images_and_leaves_the_others_alone() {
        let batch = Tensor::cat(&[ramp(), ramp()], 0).upsample_bilinear2d([40, 40], false, None, None);
        let draws = [Draw { sigma: Some(6.0), ..still() }, still()];
        let (out, _) = apply(&Recipe { blur_p: 0.5, ..Recipe::NONE }, &draws, &batch, None);
        assert!(max_difference(&out.get(1), &batch.get(1)) < 1e-6);
        assert!(max_difference(&out.get(0), &batch.get(0)) > 1e-4);
        let flat = Tensor::full([1, 3, 40, 40], 0.3, (Kind::Float, Device::Cpu));
        let (out, _) = apply(&Recipe { blur_p: 0.5, ..Recipe::NONE }, &draws[..1], &flat, None);
        assert!(max_difference(&out, &flat) < 1e-6);
    }

    #[test]
    fn elastic_moves_pixels_a_little() {
        let shift = Draw { elastic: Some(vec![[0.125, 0.0]; KNOTS * KNOTS]), ..still() };
        let (out, _) = apply(&Recipe::SEGMENTATION, &[shift], &ramp(), None);
        // A constant displacement of one eighth of the side is one pixel to the left.
        assert!(max_difference(&out.narrow(3, 0, 7), &ramp().narrow(3, 1, 7)) < 1e-5);
    }
}
