//! Every number that decides how hard the made tasks are, in one place.
//!
//! Lengths are in units of the image's edge, contrasts in units of full brightness (0 black, 1 white). More contrast, less
//! noise and fewer look-alikes make a task easier for every network; small training sets make pre-training matter.

use super::canvas::Range;

/// How hard the made tasks are.
#[derive(Clone, Debug, PartialEq)]
pub struct Knobs {
    /// Contrast of the object in a `natural` image; bright or dark.
    pub natural_contrast: Range,
    /// Contrast of the distractors in a `natural` image, as a share of the object's.
    pub natural_distractor: Range,
    /// Standard deviation of the noise of a `natural` image. Its upper end is that of the tasks, so that what is learned
    /// here holds there.
    pub natural_noise: Range,

    /// Contrast of each finding of a `chest` image, in the order of the labels: nodule, infiltrate, effusion, fibrosis.
    /// Textures (infiltrate) lie around zero, so they need more.
    pub chest_contrast: [Range; 4],
    /// Share of the patients with a finding.
    pub chest_patients: f32,
    /// Share of the images of such a patient that show it.
    pub chest_shown: f32,
    /// Contrast of ribs, vessels and clavicles: what findings hide behind.
    pub chest_anatomy: Range,
    /// Standard deviation of the noise of a `chest` image.
    pub chest_noise: Range,

    /// Contrast of nodules and of the rings that look like them.
    pub nodule_contrast: Range,
    /// Radius of a nodule; the look-alikes' outer radius is the same.
    pub nodule_radius: Range,
    /// Standard deviation of the noise of a `nodule` image.
    pub nodule_noise: Range,

    /// Contrast of vessels against the tissue; vessels are dark.
    pub vessel_contrast: Range,
    /// Width of a trunk; branches are thinner.
    pub vessel_width: Range,
    /// Contrast of the tissue's texture, which a threshold would take for vessels.
    pub vessel_texture: f32,
    /// Standard deviation of the noise of a `vessel` image.
    pub vessel_noise: Range,
}

/// The values of the demo.
pub const KNOBS: Knobs = Knobs {
    natural_contrast: (0.18, 0.5),
    natural_distractor: (0.2, 0.5),
    natural_noise: (0.02, 0.08),

    chest_contrast: [(0.22, 0.36), (0.13, 0.22), (0.20, 0.34), (0.20, 0.34)],
    chest_patients: 0.4,
    chest_shown: 0.75,
    chest_anatomy: (0.05, 0.10),
    chest_noise: (0.03, 0.06),

    nodule_contrast: (0.20, 0.36),
    nodule_radius: (0.085, 0.125),
    nodule_noise: (0.04, 0.07),

    vessel_contrast: (0.16, 0.30),
    vessel_width: (0.055, 0.08),
    vessel_texture: 0.18,
    vessel_noise: (0.05, 0.08),
};
