//! What an encoder is, by name, and the one type that stands for any of them.
//!
//! Comes in: an [`EncoderConfig`], written `resnet18`, `resnet18-w16-small`, `mobilenet_v2` ... Goes out: feature maps at
//! every stride (for U-Nets) or pooled features (for classifiers).

use std::fmt;
use std::str::FromStr;

use tch::Tensor;

use super::mobilenet::MobilenetV2;
use super::resnet::Resnet;
use crate::train::param::{Mode, Param, ParamStore, Scope};
use crate::{Error, Result};

/// The widths that an encoder may have; 256 is four times torchvision's ResNets.
const WIDTHS: std::ops::RangeInclusive<usize> = 4..=256;

/// Which network, by torchvision's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arch {
    /// 18 layers of basic blocks.
    Resnet18,
    /// 34 layers of basic blocks.
    Resnet34,
    /// 50 layers of bottleneck blocks, v1.5 (the stride is on the 3x3).
    Resnet50,
    /// Inverted residuals.
    MobilenetV2,
}

impl Arch {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Resnet18, Self::Resnet34, Self::Resnet50, Self::MobilenetV2];

    /// torchvision's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resnet18 => "resnet18",
            Self::Resnet34 => "resnet34",
            Self::Resnet50 => "resnet50",
            Self::MobilenetV2 => "mobilenet_v2",
        }
    }

    /// Channels of the first convolution in the published network: 64 (ResNets) or 32 (MobileNetV2).
    pub fn published_width(self) -> usize {
        if self == Self::MobilenetV2 { 32 } else { 64 }
    }

    /// Name of the classifying layer in torchvision: `fc` or `classifier.1`.
    pub fn head(self) -> &'static str {
        if self == Self::MobilenetV2 { "classifier.1" } else { "fc" }
    }
}

/// How the network starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stem {
    /// As published, for 224 px: 7x7 stride 2 and a stride-2 pool (ResNets), 3x3 stride 2 (MobileNetV2).
    Imagenet,
    /// 3x3 stride 1 and no pool, for images of 28 to 64 px.
    Small,
}

/// Which encoder, how wide, and with which stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EncoderConfig {
    /// Which network.
    pub arch: Arch,
    /// Channels of the first convolution; all others scale along. Published: [`Arch::published_width`].
    pub width: usize,
    /// Stem.
    pub stem: Stem,
}

impl EncoderConfig {
    /// The network as published.
    pub fn published(arch: Arch) -> Self {
        Self { arch, width: arch.published_width(), stem: Stem::Imagenet }
    }

    /// Names, shapes and roles of the encoder's tensors, without drawing them.
    ///
    /// # Errors
    /// When the width is out of range.
    pub fn outline(&self) -> Result<Vec<Param>> {
        let store = ParamStore::outline();
        Encoder::new(&store.root(), self)?;
        Ok(store.params())
    }
}

impl fmt::Display for EncoderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.arch.name())?;
        if self.width != self.arch.published_width() {
            write!(f, "-w{}", self.width)?;
        }
        if self.stem == Stem::Small {
            f.write_str("-small")?;
        }
        Ok(())
    }
}

impl FromStr for EncoderConfig {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            let names = Arch::ALL.map(Arch::name).join(", ");
            Error::input(format!(
                "no encoder is called {text:?}: {why}; write one of {names}, then -w16 for another width and -small \
                 for the stem of small images, e.g. resnet18-w16-small"
            ))
        };
        let mut parts = text.split('-');
        let name = parts.next().unwrap_or_default();
        let arch = Arch::ALL.into_iter().find(|arch| arch.name() == name);
        let mut config = Self::published(arch.ok_or_else(|| wrong(&format!("{name:?} is no network")))?);
        for part in parts {
            if part == "small" {
                config.stem = Stem::Small;
            } else if let Some(width) = part.strip_prefix('w').and_then(|digits| digits.parse().ok()) {
                config.width = width;
            } else {
                return Err(wrong(&format!("{part:?} is no option")));
            }
        }
        check_width(config.width)?;
        if config.to_string() == text { Ok(config) } else { Err(wrong(&format!("did you mean {config}"))) }
    }
}

fn check_width(width: usize) -> Result<()> {
    if WIDTHS.contains(&width) {
        return Ok(());
    }
    let (lo, hi) = (WIDTHS.start(), WIDTHS.end());
    Err(Error::input(format!("an encoder of width {width} is not possible: choose {lo} to {hi}")))
}

/// Any encoder.
#[derive(Debug)]
pub enum Encoder {
    /// ResNet-18, -34 or -50.
    Resnet(Resnet),
    /// MobileNetV2.
    Mobilenet(MobilenetV2),
}

impl Encoder {
    /// The encoder without its classifying layer.
    ///
    /// # Errors
    /// When the width is out of range or the store refuses a parameter.
    pub fn new(scope: &Scope<'_>, config: &EncoderConfig) -> Result<Self> {
        check_width(config.width)?;
        Ok(match config.arch {
            Arch::MobilenetV2 => Self::Mobilenet(MobilenetV2::new(scope, config)?),
            Arch::Resnet18 | Arch::Resnet34 | Arch::Resnet50 => Self::Resnet(Resnet::new(scope, config)?),
        })
    }

    /// Feature maps `[n, c, h, w]`, the finest first and the final map last; see [`Self::out_channels`] and
    /// [`Self::strides`]. `xs` is `[n, 3, h, w]`; grey images are repeated by the caller.
    pub fn features(&self, xs: &Tensor, mode: Mode) -> Vec<Tensor> {
        match self {
            Self::Resnet(net) => net.features(xs, mode),
            Self::Mobilenet(net) => net.features(xs, mode),
        }
    }

    /// The final map averaged over its pixels: `[n, c]`, `c` being the last of [`Self::out_channels`].
    pub fn pooled(&self, xs: &Tensor, mode: Mode) -> Tensor {
        let mut maps = self.features(xs, mode);
        let last = maps.pop().expect("every encoder has a final map");
        last.adaptive_avg_pool2d([1, 1]).flatten(1, -1)
    }

    /// Channels of each map of [`Self::features`].
    pub fn out_channels(&self) -> Vec<i64> {
        match self {
            Self::Resnet(net) => net.out_channels(),
            Self::Mobilenet(net) => net.out_channels(),
        }
    }

    /// Pixels of the input per pixel of each map of [`Self::features`]: 2, 4, 8, 16, 32 with the published stem;
    /// 1, 2, 4, 8 (ResNets) or 1, 2, 4, 8, 16 (MobileNetV2) with the small one.
    pub fn strides(&self) -> Vec<i64> {
        match self {
            Self::Resnet(net) => net.strides(),
            Self::Mobilenet(net) => net.strides(),
        }
    }
}
