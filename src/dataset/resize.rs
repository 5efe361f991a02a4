//! Images and masks to the square size of a cache.
//!
//! Comes in: planes or a mask of any size. Goes out: `[channels, size, size]` or `[size, size]`. The aspect ratio is not
//! kept (the benchmark's protocol stretches). Images: bilinear with a support that grows with the reduction, so every
//! source pixel counts (Pillow's antialiased bilinear); masks: the pixel under the center of the target pixel, so that no
//! new values appear and mask and image stay aligned. An image of the right size is copied as it is.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::decode::Planes;

/// Resizes `planes` into `out` (`[channels, size, size]`).
///
/// # Errors
/// The cause, as text, where the library refuses.
pub fn image_into(resizer: &mut Resizer, planes: &Planes, size: usize, out: &mut [u8]) -> Result<(), String> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    let sources = planes.data.chunks_exact(planes.width * planes.height);
    for (source, target) in sources.zip(out.chunks_exact_mut(size * size)) {
        plane_into(resizer, &options, (planes.width, planes.height), source, size, target)?;
    }
    Ok(())
}

/// Resizes one mask plane of `width` x `height` into `out` (`[size, size]`).
///
/// # Errors
/// The cause, as text, where the library refuses.
pub fn mask_into(
    resizer: &mut Resizer,
    (width, height): (usize, usize),
    mask: &[u8],
    size: usize,
    out: &mut [u8],
) -> Result<(), String> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Nearest);
    plane_into(resizer, &options, (width, height), mask, size, out)
}

fn plane_into(
    resizer: &mut Resizer,
    options: &ResizeOptions,
    (width, height): (usize, usize),
    source: &[u8],
    size: usize,
    out: &mut [u8],
) -> Result<(), String> {
    if (width, height) == (size, size) {
        out.copy_from_slice(source);
        return Ok(());
    }
    let refused =
        |error: &dyn std::fmt::Display| format!("cannot resize {width} x {height} to {size}: {error}");
    let source =
        ImageRef::new(width as u32, height as u32, source, PixelType::U8).map_err(|e| refused(&e))?;
    let mut target =
        Image::from_slice_u8(size as u32, size as u32, out, PixelType::U8).map_err(|e| refused(&e))?;
    resizer.resize(&source, &mut target, options).map_err(|e| refused(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_averages_and_masks_pick() {
        // Columns 0, 100, 0, 100: the antialiased half is near 50 everywhere, the nearest one is a source value.
        let data: Vec<u8> = (0..64).map(|i| if i % 2 == 0 { 0 } else { 100 }).collect();
        let planes = Planes { width: 8, height: 8, channels: 1, data: data.clone() };
        let mut out = [0; 16];
        image_into(&mut Resizer::new(), &planes, 4, &mut out).unwrap();
        assert!(out.iter().all(|v| (30..=70).contains(v)), "{out:?}");
        let mut out = [7; 16];
        mask_into(&mut Resizer::new(), (8, 8), &data, 4, &mut out).unwrap();
        assert!(out.iter().all(|v| [0, 100].contains(v)), "{out:?}");
    }

    #[test]
    fn mask_and_image_stay_aligned() {
        // A square in the lower right quarter keeps its center of mass in both, to half a pixel.
        let data: Vec<u8> = (0..96 * 60).map(|i| u8::from(i % 96 >= 48 && i / 96 >= 30) * 255).collect();
        let planes = Planes { width: 96, height: 60, channels: 1, data: data.clone() };
        let (mut image, mut mask) = ([0; 24 * 24], [0; 24 * 24]);
        image_into(&mut Resizer::new(), &planes, 24, &mut image).unwrap();
        mask_into(&mut Resizer::new(), (96, 60), &data, 24, &mut mask).unwrap();
        let center = |v: &[u8]| {
            let total: f64 = v.iter().map(|&v| f64::from(v)).sum();
            let x: f64 = v.iter().enumerate().map(|(i, &v)| (i % 24) as f64 * f64::from(v)).sum();
            let y: f64 = v.iter().enumerate().map(|(i, &v)| (i / 24) as f64 * f64::from(v)).sum();
            (x / total, y / total)
        };
        let ((xi, yi), (xm, ym)) = (center(&image), center(&mask));
        assert!((xi - xm).abs() < 0.5 && (yi - ym).abs() < 0.5, "{xi} {xm} {yi} {ym}");
        assert!((xm - 17.5).abs() < 1e-9 && (ym - 17.5).abs() < 1e-9, "{xm} {ym}");
    }

    #[test]
    fn the_right_size_is_copied() {
        let planes = Planes { width: 2, height: 2, channels: 3, data: (0..12).collect() };
        let mut out = [0; 12];
        image_into(&mut Resizer::new(), &planes, 2, &mut out).unwrap();
        assert_eq!(out, planes.data[..]);
    }
}
