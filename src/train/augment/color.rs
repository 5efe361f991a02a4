//! Brightness, contrast, saturation, hue, gamma and gray.
//!
//! Comes in: images `[b, 1 or 3, s, s]` in [0, 1] and one draw an image. Goes out: images in [0, 1]. Moves no pixel.

use tch::{Kind, Tensor};

use super::apply::column;
use super::{Draw, Recipe};

/// Rec. 601 luma, as torchvision's gray.
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];

/// Applies the colour part of the draws; returns the images as they are where the recipe has none.
pub(super) fn jitter(recipe: &Recipe, draws: &[Draw], images: Tensor) -> Tensor {
    let mut out = images;
    let is_color = out.size()[1] == 3;
    let device = out.device();
    if is_color
        && (recipe.gray_p > 0.0 || recipe.color_p > 0.0 && (recipe.saturation > 0.0 || recipe.hue > 0.0))
    {
        let matrices: Vec<f32> = draws.iter().flat_map(color_matrix).collect();
        let matrices = Tensor::from_slice(&matrices).view([-1, 3, 3]).to_device(device);
        let size = out.size();
        out = matrices.bmm(&out.view([size[0], 3, -1])).view(size.as_slice()).clamp_(0.0, 1.0);
    }
    if recipe.color_p > 0.0 && (recipe.brightness > 0.0 || recipe.contrast > 0.0) {
        // Brightness b, then contrast c about the mean m of the image (over all channels): c b x + (1 - c) b m,
        // clamped once.
        let slope = column(draws, device, |view| view.brightness * view.contrast);
        let share = column(draws, device, |view| view.brightness * (1.0 - view.contrast));
        let mean = out.mean_dim([1i64, 2, 3].as_slice(), true, Kind::Float);
        out = (share * mean).addcmul(&out, &slope).clamp_(0.0, 1.0);
    }
    if recipe.color_p > 0.0 && recipe.gamma.0 < recipe.gamma.1 {
        out = out.clamp(0.0, 1.0).pow(&column(draws, device, |view| view.gamma));
    }
    out
}

/// Saturation, hue and gray as one matrix on (r, g, b), row by row. Hue is a rotation of the chroma plane of YIQ, the
/// usual linear stand-in for the turn of HSV's circle.
fn color_matrix(view: &Draw) -> [f32; 9] {
    const TO_YIQ: [[f64; 3]; 3] = [LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]];
    const FROM_YIQ: [[f64; 3]; 3] = [[1.0, 0.956, 0.619], [1.0, -0.272, -0.647], [1.0, -1.106, 1.703]];
    let saturation = if view.gray { 0.0 } else { view.saturation };
    let (sin, cos) = (view.hue * std::f64::consts::TAU).sin_cos();
    let chroma = [
        [1.0, 0.0, 0.0],
        [0.0, saturation * cos, -saturation * sin],
        [0.0, saturation * sin, saturation * cos],
    ];
    let product = multiply(FROM_YIQ, multiply(chroma, TO_YIQ));
    let mut flat = [0f32; 9];
    for (slot, value) in flat.iter_mut().zip(product.iter().flatten()) {
        *slot = *value as f32;
    }
    flat
}

fn multiply(a: [[f64; 3]; 3], b: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let entry = |i: usize, j: usize| (0..3).map(|k| a[i][k] * b[k][j]).sum();
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| entry(i, j)))
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::super::{Purpose, draw, keyed};
    use super::*;

    fn still() -> Draw {
        draw(&Recipe::NONE, &mut keyed(0, Purpose::Augment, 0, 0, 0))
    }

    fn color(values: [f32; 3]) -> Tensor {
        Tensor::from_slice(&values).view([1, 3, 1, 1]).expand([1, 3, 2, 2], false).contiguous()
    }

    #[test]
    fn neutral_draws_change_nothing_much() {
        let image = color([0.2, 0.5, 0.9]);
        let out = jitter(&Recipe::SIMCLR, &[still()], image.shallow_clone());
        assert!((out - image).abs().max().double_value(&[]) < 2e-3);
    }

    #[test]
    fn gray_is_the_luma_on_all_channels() {
        let out = jitter(&Recipe::SIMCLR, &[Draw { gray: true, ..still() }], color([1.0, 0.0, 0.0]));
        for channel in 0..3 {
            assert!((out.double_value(&[0, channel, 0, 0]) - 0.299).abs() < 1e-6);
        }
    }

    #[test]
    fn contrast_pulls_towards_the_mean_after_brightness() {
        let image = Tensor::from_slice(&[0.2f32, 0.4, 0.2, 0.4]).view([1, 1, 2, 2]);
        let view = Draw { brightness: 1.5, contrast: 0.5, ..still() };
        let out = jitter(&Recipe::SIMCLR, &[view], image);
        // Brightened: 0.3 and 0.6, mean 0.45; halved distance: 0.375 and 0.525.
        assert!((out.double_value(&[0, 0, 0, 0]) - 0.375).abs() < 1e-6);
        assert!((out.double_value(&[0, 0, 0, 1]) - 0.525).abs() < 1e-6);
    }

    #[test]
    fn gamma_is_a_power_and_results_stay_in_range() {
        let image = Tensor::full([1, 1, 2, 2], 0.25, (Kind::Float, Device::Cpu));
        let out = jitter(&Recipe::SEGMENTATION, &[Draw { gamma: 0.5, ..still() }], image.shallow_clone());
        assert!((out.double_value(&[0, 0, 1, 1]) - 0.5).abs() < 1e-6);
        let out = jitter(&Recipe::SIMCLR, &[Draw { brightness: 9.0, ..still() }], image);
        assert!(out.max().double_value(&[]) <= 1.0);
    }
}
