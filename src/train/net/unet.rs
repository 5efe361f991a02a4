//! U-Net on any encoder, with the decoder and the names of segmentation_models_pytorch's `Unet`.
//!
//! Comes in: images `[n, 3, h, w]` of any size. Goes out: logits `[n, 1, h, w]`; the sigmoid belongs to the loss.
//! Ronneberger et al. 2015, arXiv 1505.04597, with a pre-trained encoder and nearest-neighbour upsampling.

use tch::Tensor;

use super::encoder::{Encoder, EncoderConfig};
use super::layer::{BatchNorm, Conv, ConvConfig};
use crate::Result;
use crate::train::param::{Init, Mode, Scope};

/// Channels of the decoder's blocks, coarsest first, at the encoder's published width.
const DECODER: [i64; 5] = [256, 128, 64, 32, 16];

/// Encoder under `encoder.`, decoder under `decoder.blocks.`, a 3x3 convolution under `segmentation_head.0`.
#[derive(Debug)]
pub struct Unet {
    /// The pre-trained part.
    pub encoder: Encoder,
    blocks: Vec<DecoderBlock>,
    head: Conv,
}

impl Unet {
    /// A U-Net with one output channel. There is a decoder block for each map of the encoder but the last, and one
    /// without a skip that goes from stride 2 to 1 (not needed with the small stem).
    ///
    /// # Errors
    /// As [`Encoder::new`].
    pub fn new(scope: &Scope<'_>, config: &EncoderConfig) -> Result<Self> {
        let encoder = Encoder::new(&scope.sub("encoder"), config)?;
        let mut skips = encoder.out_channels();
        let mut n_in = skips.pop().expect("every encoder has a final map");
        skips.reverse();
        if encoder.strides().first() != Some(&1) {
            skips.push(0);
        }
        let mut blocks = Vec::with_capacity(skips.len());
        for (index, (n_skip, n_full)) in skips.into_iter().zip(DECODER).enumerate() {
            let n_out = (n_full * config.width as i64 / config.arch.published_width() as i64).max(1);
            let scope = scope.sub("decoder").sub("blocks").sub(index);
            blocks.push(DecoderBlock::new(&scope, n_in + n_skip, n_out)?);
            n_in = n_out;
        }
        let head = ConvConfig {
            n_in,
            n_out: 1,
            kernel: 3,
            stride: 1,
            groups: 1,
            init: Init::XavierUniform,
            bias: true,
        };
        let head = Conv::new(&scope.sub("segmentation_head").sub(0), &head)?;
        Ok(Self { encoder, blocks, head })
    }

    /// Logits `[n, 1, h, w]` of images `[n, 3, h, w]`.
    pub fn forward(&self, xs: &Tensor, mode: Mode) -> Tensor {
        self.decode(self.encoder.features(xs, mode), xs, mode)
    }

    /// Logits from the encoder's maps of `xs` (of which only the size is used): for a frozen encoder, whose mode is not
    /// the decoder's.
    pub fn decode(&self, mut maps: Vec<Tensor>, xs: &Tensor, mode: Mode) -> Tensor {
        let mut ys = maps.pop().expect("every encoder has a final map");
        for block in &self.blocks {
            let skip = maps.pop();
            // The skip's size and not twice ours: so that sizes that 32 does not divide work too.
            let like = skip.as_ref().unwrap_or(xs).size();
            ys = block.forward(&ys, skip.as_ref(), [like[2], like[3]], mode);
        }
        self.head.forward(&ys)
    }
}

/// Nearest upsampling, concatenation with the skip, then twice convolution, batch norm and ReLU.
#[derive(Debug)]
struct DecoderBlock {
    convs: [(Conv, BatchNorm); 2],
}

impl DecoderBlock {
    fn new(scope: &Scope<'_>, n_in: i64, n_out: i64) -> Result<Self> {
        let pair = |name: &str, n_in: i64| -> Result<(Conv, BatchNorm)> {
            let scope = scope.sub(name);
            let init = Init::KaimingUniformRelu;
            let config = ConvConfig { n_in, n_out, kernel: 3, stride: 1, groups: 1, init, bias: false };
            Ok((Conv::new(&scope.sub(0), &config)?, BatchNorm::new(&scope.sub(1), n_out)?))
        };
        Ok(Self { convs: [pair("conv1", n_in)?, pair("conv2", n_out)?] })
    }

    fn forward(&self, xs: &Tensor, skip: Option<&Tensor>, size: [i64; 2], mode: Mode) -> Tensor {
        let up = xs.upsample_nearest2d(size, None, None);
        let ys = match skip {
            Some(skip) => Tensor::cat(&[&up, skip], 1),
            None => up,
        };
        self.convs.iter().fold(ys, |ys, (conv, bn)| bn.forward(&conv.forward(&ys), mode).relu_())
    }
}
