//! Training augmentation: what is drawn for every view of every image, and how it is applied to a batch.
//!
//! Comes in: a recipe, keyed random generators, images in [0, 1]. Goes out: changed images (and masks, moved alike).
//! Every parameter is drawn on the CPU from a generator keyed by (seed, epoch, case, view), so that nothing depends on
//! the batch, the thread or the device. Normalisation is here too; reading files is not.

mod apply;
mod color;
mod draw;
mod normalize;

pub use apply::apply;
pub use draw::{Crop, Draw, Purpose, draw, keyed};
pub use normalize::{Normalize, Normalizer};

use crate::{Error, Result};

/// What may happen to an image. Probabilities in [0, 1]; a part with probability 0, or range of width 0, is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recipe {
    /// Its name in configurations.
    pub name: &'static str,
    /// Probability of the random resized crop.
    pub crop_p: f64,
    /// Area of the crop as a share of the image: uniform in this range.
    pub crop_scale: (f64, f64),
    /// Width over height of the crop: log-uniform in this range.
    pub crop_ratio: (f64, f64),
    /// Probability of a left-right flip.
    pub flip_p: f64,
    /// Rotation: uniform in +- this many degrees.
    pub rotate: f64,
    /// Probability of the colour change (all of the next five together).
    pub color_p: f64,
    /// Brightness factor: uniform in 1 +- this.
    pub brightness: f64,
    /// Contrast factor: uniform in 1 +- this.
    pub contrast: f64,
    /// Saturation factor: uniform in 1 +- this; colour images only.
    pub saturation: f64,
    /// Hue shift: uniform in +- this share of the colour circle; colour images only.
    pub hue: f64,
    /// Exponent of the brightness: uniform in this range; (1, 1) is off.
    pub gamma: (f64, f64),
    /// Whether brightness-contrast and gamma exclude each other (one of the two, by a fair coin).
    pub one_of: bool,
    /// Probability of dropping the colours; colour images only.
    pub gray_p: f64,
    /// Probability of a Gaussian blur.
    pub blur_p: f64,
    /// Standard deviation of the blur in pixels of a 224-pixel image (scaled with the size): uniform in this range.
    pub blur_sigma: (f64, f64),
    /// Probability of an elastic distortion.
    pub elastic_p: f64,
    /// Size of its displacements at the knots as a share of the image side: uniform in +- this.
    pub elastic: f64,
}

impl Recipe {
    /// Nothing happens.
    pub const NONE: Self = Self {
        name: "none",
        crop_p: 0.0,
        crop_scale: (1.0, 1.0),
        crop_ratio: (3.0 / 4.0, 4.0 / 3.0),
        flip_p: 0.0,
        rotate: 0.0,
        color_p: 0.0,
        brightness: 0.0,
        contrast: 0.0,
        saturation: 0.0,
        hue: 0.0,
        gamma: (1.0, 1.0),
        one_of: false,
        gray_p: 0.0,
        blur_p: 0.0,
        blur_sigma: (0.1, 2.0),
        elastic_p: 0.0,
        elastic: 0.0,
    };

    /// The protocol's classification: crop of 8 to 100 % of the area, flip, rotation by at most 7 degrees.
    pub const CLASSIFICATION: Self = Self {
        name: "classification",
        crop_p: 1.0,
        crop_scale: (0.08, 1.0),
        flip_p: 0.5,
        rotate: 7.0,
        ..Self::NONE
    };

    /// As classification with crops of at least half the area, for small images in which a finding must not be lost.
    pub const GENTLE: Self = Self { name: "gentle", crop_scale: (0.5, 1.0), ..Self::CLASSIFICATION };

    /// The protocol's segmentation: brightness-contrast or gamma (p 0.3), a distortion (p 0.3; one elastic kind stands
    /// for the three), a square crop of 156 to 224 of 224 pixels (p 0.25).
    pub const SEGMENTATION: Self = Self {
        name: "segmentation",
        crop_p: 0.25,
        crop_scale: (156.0 * 156.0 / (224.0 * 224.0), 1.0),
        crop_ratio: (1.0, 1.0),
        color_p: 0.3,
        brightness: 0.2,
        contrast: 0.2,
        gamma: (0.8, 1.2),
        one_of: true,
        elastic_p: 0.3,
        elastic: 0.04,
        ..Self::NONE
    };

    /// SimCLR's views: crop of 8 to 100 % of the area, flip, colour jitter of strength 1 (p 0.8), gray (p 0.2), blur
    /// (p 0.5). Saturation, hue and gray do nothing to gray images.
    pub const SIMCLR: Self = Self {
        name: "simclr",
        crop_p: 1.0,
        crop_scale: (0.08, 1.0),
        flip_p: 0.5,
        color_p: 0.8,
        brightness: 0.8,
        contrast: 0.8,
        saturation: 0.8,
        hue: 0.2,
        gray_p: 0.2,
        blur_p: 0.5,
        ..Self::NONE
    };

    /// SimCLR's views for small gray images: crops of at least 20 % of the area and half the jitter.
    pub const SIMCLR_GRAY: Self = Self {
        name: "simclr-gray",
        crop_scale: (0.2, 1.0),
        brightness: 0.4,
        contrast: 0.4,
        saturation: 0.4,
        hue: 0.1,
        ..Self::SIMCLR
    };

    /// Whether pixels move.
    pub(crate) fn moves(&self) -> bool {
        self.crop_p > 0.0 || self.flip_p > 0.0 || self.rotate > 0.0 || self.elastic_p > 0.0
    }
}

impl std::str::FromStr for Recipe {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = [
            Self::NONE,
            Self::CLASSIFICATION,
            Self::GENTLE,
            Self::SEGMENTATION,
            Self::SIMCLR,
            Self::SIMCLR_GRAY,
        ];
        let names = known.map(|recipe| recipe.name).join(", ");
        known
            .into_iter()
            .find(|recipe| recipe.name == text)
            .ok_or_else(|| Error::input(format!("unknown augmentation {text:?}: use one of {names}")))
    }
}
