//! MobileNetV2, as in torchvision's `models/mobilenetv2.py`: Sandler et al. 2018, arXiv 1801.04381.
//!
//! Comes in: images `[n, 3, h, w]`. Goes out: feature maps. The classifying layer is not here. With the small stem the
//! first convolution has stride 1; the names stay.

use tch::Tensor;

use super::encoder::{EncoderConfig, Stem};
use super::layer::{BatchNorm, Conv, ConvConfig};
use crate::Result;
use crate::train::param::{Init, Mode, Scope};

/// Expansion, channels, repetitions and first stride of the stages (table 2 of the article).
const STAGES: [(i64, i64, usize, i64); 7] = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
];
/// Channels of the first convolution at width multiplier 1.
const FIRST: i64 = 32;
/// Channels of the last convolution; a multiplier below 1 does not shrink it.
const LAST: i64 = 1280;
/// Indices in `features` after which a map is tapped: the last at each stride, as in segmentation_models_pytorch.
const TAPS: [usize; 5] = [1, 3, 6, 13, 18];

/// MobileNetV2 without its head.
#[derive(Debug)]
pub struct MobilenetV2 {
    first: ConvBn,
    blocks: Vec<InvertedResidual>,
    last: ConvBn,
    channels: Vec<i64>,
    stem: Stem,
}

impl MobilenetV2 {
    /// A MobileNetV2 of that width and stem.
    ///
    /// # Errors
    /// When the store refuses a parameter.
    pub fn new(scope: &Scope<'_>, config: &EncoderConfig) -> Result<Self> {
        let scope = scope.sub("features");
        let width = config.width as i64;
        let first_stride = if config.stem == Stem::Small { 1 } else { 2 };
        let mut n_in = scaled(FIRST, width);
        let first = ConvBn::new(&scope.sub(0), [3, n_in], 3, first_stride, 1)?;
        let mut blocks = Vec::new();
        let mut channels = Vec::new();
        for (expansion, n_out, n, stage_stride) in STAGES {
            let n_out = scaled(n_out, width);
            for repetition in 0..n {
                let stride = if repetition == 0 { stage_stride } else { 1 };
                let index = blocks.len() + 1;
                blocks.push(InvertedResidual::new(&scope.sub(index), n_in, n_out, stride, expansion)?);
                if TAPS.contains(&index) {
                    channels.push(n_out);
                }
                n_in = n_out;
            }
        }
        let n_last = scaled(LAST, width.max(FIRST));
        let last = ConvBn::new(&scope.sub(blocks.len() + 1), [n_in, n_last], 1, 1, 1)?;
        channels.push(n_last);
        Ok(Self { first, blocks, last, channels, stem: config.stem })
    }

    /// Five maps, the finest first.
    pub fn features(&self, xs: &Tensor, mode: Mode) -> Vec<Tensor> {
        let mut maps = Vec::with_capacity(TAPS.len());
        let mut ys = self.first.forward(xs, mode).relu6_();
        for (index, block) in (1..).zip(&self.blocks) {
            ys = block.forward(&ys, mode);
            if TAPS.contains(&index) {
                maps.push(ys.shallow_clone());
            }
        }
        maps.push(self.last.forward(&ys, mode).relu6_());
        maps
    }

    /// Channels of the maps.
    pub fn out_channels(&self) -> Vec<i64> {
        self.channels.clone()
    }

    /// Strides of the maps.
    pub fn strides(&self) -> Vec<i64> {
        if self.stem == Stem::Imagenet { vec![2, 4, 8, 16, 32] } else { vec![1, 2, 4, 8, 16] }
    }
}

/// torchvision's `_make_divisible(n * width / 32, 8)`: to the nearest multiple of 8, at least 8, never below 90 %.
fn scaled(n: i64, width: i64) -> i64 {
    let exact = (n * width) as f64 / FIRST as f64;
    let rounded = ((exact + 4.0) as i64 / 8 * 8).max(8);
    if (rounded as f64) < 0.9 * exact { rounded + 8 } else { rounded }
}

/// A convolution under `0` and its batch norm under `1`.
#[derive(Debug)]
struct ConvBn {
    conv: Conv,
    bn: BatchNorm,
}

impl ConvBn {
    fn new(scope: &Scope<'_>, n: [i64; 2], kernel: i64, stride: i64, groups: i64) -> Result<Self> {
        Self::under(&scope.sub(0), &scope.sub(1), n, kernel, stride, groups)
    }

    fn under(
        conv: &Scope<'_>,
        bn: &Scope<'_>,
        [n_in, n_out]: [i64; 2],
        kernel: i64,
        stride: i64,
        groups: i64,
    ) -> Result<Self> {
        let init = Init::KaimingNormalFanOut;
        let conv = Conv::new(conv, &ConvConfig { n_in, n_out, kernel, stride, groups, init, bias: false })?;
        Ok(Self { conv, bn: BatchNorm::new(bn, n_out)? })
    }

    fn forward(&self, xs: &Tensor, mode: Mode) -> Tensor {
        self.bn.forward(&self.conv.forward(xs), mode)
    }
}

/// 1x1 up (left out when the expansion is 1), 3x3 depthwise, 1x1 down without activation; added to the input where the
/// shape stays.
#[derive(Debug)]
struct InvertedResidual {
    expand: Option<ConvBn>,
    depthwise: ConvBn,
    project: ConvBn,
    residual: bool,
}

impl InvertedResidual {
    fn new(scope: &Scope<'_>, n_in: i64, n_out: i64, stride: i64, expansion: i64) -> Result<Self> {
        let scope = scope.sub("conv");
        let n_mid = n_in * expansion;
        let mut index = 0;
        let expand = if expansion == 1 {
            None
        } else {
            index += 1;
            Some(ConvBn::new(&scope.sub(0), [n_in, n_mid], 1, 1, 1)?)
        };
        let depthwise = ConvBn::new(&scope.sub(index), [n_mid, n_mid], 3, stride, n_mid)?;
        let (conv, bn) = (scope.sub(index + 1), scope.sub(index + 2));
        let project = ConvBn::under(&conv, &bn, [n_mid, n_out], 1, 1, 1)?;
        Ok(Self { expand, depthwise, project, residual: stride == 1 && n_in == n_out })
    }

    fn forward(&self, xs: &Tensor, mode: Mode) -> Tensor {
        let expanded = self.expand.as_ref().map(|expand| expand.forward(xs, mode).relu6_());
        let ys = self.depthwise.forward(expanded.as_ref().unwrap_or(xs), mode).relu6_();
        let mut ys = self.project.forward(&ys, mode);
        if self.residual { ys.g_add_(xs) } else { ys }
    }
}
