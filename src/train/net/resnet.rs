//! ResNet-18, -34 and -50 (v1.5), as in torchvision's `models/resnet.py`: He et al. 2016, arXiv 1512.03385.
//!
//! Comes in: images `[n, 3, h, w]`. Goes out: feature maps. The classifying layer is not here. With the small stem
//! `conv1` is 3x3 stride 1 and the pool is left out; the names stay.

use tch::Tensor;

use super::encoder::{Arch, EncoderConfig, Stem};
use super::layer::{BatchNorm, Conv, ConvConfig};
use crate::Result;
use crate::train::param::{Init, Mode, Scope};

/// A residual network without its head.
#[derive(Debug)]
pub struct Resnet {
    conv1: Conv,
    bn1: BatchNorm,
    layers: [Vec<Block>; 4],
    stem: Stem,
    width: i64,
    expansion: i64,
}

impl Resnet {
    /// A ResNet of that architecture, width and stem.
    ///
    /// # Errors
    /// When the store refuses a parameter.
    pub fn new(scope: &Scope<'_>, config: &EncoderConfig) -> Result<Self> {
        let width = config.width as i64;
        let (depths, bottleneck) = match config.arch {
            Arch::Resnet18 => ([2, 2, 2, 2], false),
            Arch::Resnet34 => ([3, 4, 6, 3], false),
            Arch::Resnet50 | Arch::MobilenetV2 => ([3, 4, 6, 3], true),
        };
        let expansion = if bottleneck { 4 } else { 1 };
        let (kernel, stride) = if config.stem == Stem::Small { (3, 1) } else { (7, 2) };
        let conv1 = conv(&scope.sub("conv1"), 3, width, kernel, stride)?;
        let bn1 = BatchNorm::new(&scope.sub("bn1"), width)?;
        let mut n_in = width;
        let mut layer = |index: usize, depth: usize| -> Result<Vec<Block>> {
            let n_mid = width << index;
            let mut blocks = Vec::with_capacity(depth);
            for block in 0..depth {
                let stride = if block == 0 && index > 0 { 2 } else { 1 };
                let scope = scope.sub(format!("layer{}", index + 1)).sub(block);
                blocks.push(Block::new(&scope, n_in, n_mid, n_mid * expansion, stride, bottleneck)?);
                n_in = n_mid * expansion;
            }
            Ok(blocks)
        };
        let layers = [layer(0, depths[0])?, layer(1, depths[1])?, layer(2, depths[2])?, layer(3, depths[3])?];
        Ok(Self { conv1, bn1, layers, stem: config.stem, width, expansion })
    }

    /// The stem's map (published stem only: with the small one it has the size of the next) and one map a layer.
    pub fn features(&self, xs: &Tensor, mode: Mode) -> Vec<Tensor> {
        let mut maps = Vec::with_capacity(5);
        let mut ys = self.bn1.forward(&self.conv1.forward(xs), mode).relu_();
        if self.stem == Stem::Imagenet {
            let pooled = ys.max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], false);
            maps.push(std::mem::replace(&mut ys, pooled));
        }
        for layer in &self.layers {
            ys = layer.iter().fold(ys, |ys, block| block.forward(&ys, mode));
            maps.push(ys.shallow_clone());
        }
        maps
    }

    /// Channels of the maps.
    pub fn out_channels(&self) -> Vec<i64> {
        let stem = (self.stem == Stem::Imagenet).then_some(self.width);
        stem.into_iter().chain((0..4).map(|index| (self.width << index) * self.expansion)).collect()
    }

    /// Strides of the maps.
    pub fn strides(&self) -> Vec<i64> {
        if self.stem == Stem::Imagenet { vec![2, 4, 8, 16, 32] } else { vec![1, 2, 4, 8] }
    }
}

/// Basic block (3x3, 3x3) or bottleneck (1x1, 3x3 with the stride, 1x1), with the shortcut added before the last ReLU.
#[derive(Debug)]
struct Block {
    convs: Vec<(Conv, BatchNorm)>,
    downsample: Option<(Conv, BatchNorm)>,
}

impl Block {
    fn new(
        scope: &Scope<'_>,
        n_in: i64,
        n_mid: i64,
        n_out: i64,
        stride: i64,
        bottleneck: bool,
    ) -> Result<Self> {
        let sizes: &[(i64, i64, i64, i64)] = if bottleneck {
            &[(n_in, n_mid, 1, 1), (n_mid, n_mid, 3, stride), (n_mid, n_out, 1, 1)]
        } else {
            &[(n_in, n_mid, 3, stride), (n_mid, n_out, 3, 1)]
        };
        let mut convs = Vec::with_capacity(sizes.len());
        for (k, &(n_in, n_out, kernel, stride)) in (1..).zip(sizes) {
            let conv = conv(&scope.sub(format!("conv{k}")), n_in, n_out, kernel, stride)?;
            convs.push((conv, BatchNorm::new(&scope.sub(format!("bn{k}")), n_out)?));
        }
        let downsample = if stride != 1 || n_in != n_out {
            let scope = scope.sub("downsample");
            Some((conv(&scope.sub(0), n_in, n_out, 1, stride)?, BatchNorm::new(&scope.sub(1), n_out)?))
        } else {
            None
        };
        Ok(Self { convs, downsample })
    }

    fn forward(&self, xs: &Tensor, mode: Mode) -> Tensor {
        let mut ys = xs.shallow_clone();
        for (k, (conv, bn)) in self.convs.iter().enumerate() {
            ys = bn.forward(&conv.forward(&ys), mode);
            if k + 1 < self.convs.len() {
                ys = ys.relu_();
            }
        }
        let shortcut = match &self.downsample {
            Some((conv, bn)) => bn.forward(&conv.forward(xs), mode),
            None => xs.shallow_clone(),
        };
        ys.g_add_(&shortcut).relu_()
    }
}

fn conv(scope: &Scope<'_>, n_in: i64, n_out: i64, kernel: i64, stride: i64) -> Result<Conv> {
    let init = Init::KaimingNormalFanOut;
    Conv::new(scope, &ConvConfig { n_in, n_out, kernel, stride, groups: 1, init, bias: false })
}
