//! A task's cache as tensors on the device, and the order in which its cases are seen.
//!
//! Comes in: a cache of uint8 records. Goes out: batches `[b, c, s, s]` in [0, 1], masks, targets, seeded orders. The
//! whole cache lives on the device where it fits (all tasks but the largest); else records are gathered from the
//! mapped file, batch by batch. It neither augments nor normalizes.

use rand::Rng;
use tch::{Device, Kind, Tensor};

use super::augment::{Purpose, keyed};
use crate::dataset::{Cache, CaseInfo, Split, TaskKind, TaskSpec};
use crate::{Error, Result};

/// Caches up to this size are kept on the device as a whole: 8 GiB, a tenth of a present GPU's memory.
const RESIDENT_BYTES: usize = 8 << 30;

/// A task's images, masks and targets.
#[derive(Debug)]
pub struct Dataset<'a> {
    /// What the task asks.
    pub spec: &'a TaskSpec,
    /// Its cases; indices below point here.
    pub cases: &'a [CaseInfo],
    /// Channels of the images, 1 or 3.
    pub channels: usize,
    /// Side of the images in pixels.
    pub size: usize,
    /// Where batches are made.
    pub device: Device,
    pixels: Pixels<'a>,
    targets: Tensor, // [n, labels] fp32, or [n] int64 for classes; on the device
}

#[derive(Debug)]
enum Pixels<'a> {
    /// uint8 `[n, c, s, s]` and `[n, 1, s, s]` on the device.
    Resident { images: Tensor, masks: Option<Tensor> },
    /// Gathered from the mapped file.
    Mapped(&'a Cache),
}

impl<'a> Dataset<'a> {
    /// The cache's cases, with their pixels on `device` if they fit.
    ///
    /// # Errors
    /// An input error when targets do not fit the kind of task, or a mask task lacks a mask.
    pub fn open(cache: &'a Cache, device: Device) -> Result<Self> {
        let (channels, size) = (cache.channels, cache.size);
        let n_planes = channels + usize::from(cache.spec.kind == TaskKind::Mask);
        let fits = cache.len() * n_planes * size * size <= RESIDENT_BYTES;
        if cache.spec.kind == TaskKind::Mask
            && let Some(missing) = (0..cache.len()).find(|&i| cache.mask(i).is_none())
        {
            let (task, case) = (&cache.spec.name, &cache.cases[missing].id);
            return Err(Error::input(format!("task {task}: case {case} has no mask; prepare the data again")));
        }
        let all: Vec<usize> = (0..cache.len()).collect();
        let pixels = if fits {
            let images = gather(cache, &all, channels, |i| Some(cache.image(i))).to_device(device);
            let with_masks = cache.spec.kind == TaskKind::Mask;
            let masks = with_masks.then(|| gather(cache, &all, 1, |i| cache.mask(i)).to_device(device));
            Pixels::Resident { images, masks }
        } else {
            Pixels::Mapped(cache)
        };
        Self::assemble(&cache.spec, &cache.cases, channels, size, device, pixels)
    }

    fn assemble(
        spec: &'a TaskSpec,
        cases: &'a [CaseInfo],
        channels: usize,
        size: usize,
        device: Device,
        pixels: Pixels<'a>,
    ) -> Result<Self> {
        let targets = targets(spec, cases)?.to_device(device);
        Ok(Self { spec, cases, channels, size, device, pixels, targets })
    }

    /// Cases of a split, in the cache's order.
    pub fn indices(&self, split: Split) -> Vec<usize> {
        (0..self.cases.len()).filter(|&i| self.cases[i].split == split).collect()
    }

    /// Cases of a split that must not be empty.
    ///
    /// # Errors
    /// An input error that names the task and the split.
    pub fn required(&self, split: Split) -> Result<Vec<usize>> {
        let indices = self.indices(split);
        if indices.is_empty() {
            let (task, split) = (&self.spec.name, split.as_str());
            return Err(Error::input(format!("task {task} has no {split} cases; check its lists or split rule")));
        }
        Ok(indices)
    }

    /// Images `[b, c, s, s]`, fp32 in [0, 1].
    pub fn images(&self, indices: &[usize]) -> Tensor {
        let raw = match &self.pixels {
            Pixels::Resident { images, .. } => images.index_select(0, &self.index(indices)),
            Pixels::Mapped(cache) => {
                gather(cache, indices, self.channels, |i| Some(cache.image(i))).to_device(self.device)
            }
        };
        raw.to_kind(Kind::Float) * (1.0 / 255.0)
    }

    /// Masks `[b, 1, s, s]`, fp32 0 and 1; none where the task has no masks.
    pub fn masks(&self, indices: &[usize]) -> Option<Tensor> {
        let raw = match &self.pixels {
            Pixels::Resident { masks, .. } => masks.as_ref()?.index_select(0, &self.index(indices)),
            Pixels::Mapped(cache) if self.spec.kind == TaskKind::Mask => {
                gather(cache, indices, 1, |i| cache.mask(i)).to_device(self.device)
            }
            Pixels::Mapped(_) => return None,
        };
        Some(raw.to_kind(Kind::Float))
    }

    /// Targets: fp32 `[b, labels]` of 0 and 1 (multi-label, binary) or int64 `[b]` class indices (multi-class).
    pub fn targets(&self, indices: &[usize]) -> Tensor {
        self.targets.index_select(0, &self.index(indices))
    }

    /// Outputs that a network of this task has: one a label or class; 1 for masks and unlabelled images.
    pub fn n_outputs(&self) -> usize {
        self.spec.labels.len().max(1)
    }

    fn index(&self, indices: &[usize]) -> Tensor {
        let indices: Vec<i64> = indices.iter().map(|&i| i as i64).collect();
        Tensor::from_slice(&indices).to_device(self.device)
    }
}

/// Records of the cache as one uint8 tensor `[b, planes, s, s]` on the CPU; a missing record stays 0.
fn gather<'c>(cache: &'c Cache, indices: &[usize], planes: usize, record: impl Fn(usize) -> Option<&'c [u8]>) -> Tensor {
    let mut bytes = Vec::with_capacity(indices.len() * planes * cache.size * cache.size);
    for &i in indices {
        match record(i) {
            Some(pixels) => bytes.extend_from_slice(pixels),
            None => bytes.resize(bytes.len() + planes * cache.size * cache.size, 0),
        }
    }
    stacked(&bytes, indices.len(), planes, cache.size)
}

fn stacked(bytes: &[u8], n: usize, planes: usize, size: usize) -> Tensor {
    Tensor::from_data_size(bytes, &[n as i64, planes as i64, size as i64, size as i64], Kind::Uint8)
}

fn targets(spec: &TaskSpec, cases: &[CaseInfo]) -> Result<Tensor> {
    let wrong = |case: &CaseInfo, what: &str| {
        let (task, kind) = (&spec.name, spec.kind.as_str());
        Error::input(format!("task {task} ({kind}): case {} has {what}; prepare the data again", case.id))
    };
    match spec.kind {
        TaskKind::MultiLabel | TaskKind::Binary => {
            let n_labels = spec.labels.len();
            for case in cases {
                if case.target.len() != n_labels {
                    return Err(wrong(case, &format!("{} targets for {n_labels} labels", case.target.len())));
                }
            }
            let flat: Vec<f32> = cases.iter().flat_map(|case| case.target.iter().copied()).collect();
            Ok(Tensor::from_slice(&flat).view([cases.len() as i64, n_labels as i64]))
        }
        TaskKind::MultiClass => {
            let class = |case: &CaseInfo| match case.target[..] {
                [class] if class >= 0.0 && class.fract() == 0.0 && (class as usize) < spec.labels.len() => {
                    Ok(class as i64)
                }
                _ => Err(wrong(case, &format!("the target {:?}, no class index", case.target))),
            };
            Ok(Tensor::from_slice(&cases.iter().map(class).collect::<Result<Vec<i64>>>()?))
        }
        TaskKind::Mask | TaskKind::Unlabelled => Ok(Tensor::zeros([cases.len() as i64, 0], (Kind::Float, Device::Cpu))),
    }
}

/// The cases in the order of an epoch: a Fisher-Yates shuffle keyed by (seed, epoch).
pub fn epoch_order(indices: &[usize], seed: u64, epoch: usize) -> Vec<usize> {
    shuffled(indices, seed, Purpose::Order, epoch)
}

/// A seeded subset of `fraction` (in (0, 1]) of the cases, at least one, in the cache's order. A smaller fraction is part
/// of a larger one with the same seed.
pub fn label_fraction(indices: &[usize], fraction: f64, seed: u64) -> Vec<usize> {
    let keep = ((indices.len() as f64 * fraction).round() as usize).clamp(1, indices.len());
    let mut kept = shuffled(indices, seed, Purpose::LabelFraction, 0);
    kept.truncate(keep);
    kept.sort_unstable();
    kept
}

/// Consecutive batches of at most `batch` cases. A last batch of one case is left out if it is not the only one, since
/// batch normalisation cannot train on a single value a channel.
pub fn batches(order: &[usize], batch: usize) -> Vec<&[usize]> {
    let mut batches: Vec<&[usize]> = order.chunks(batch).collect();
    if batches.len() > 1 && batches.last().is_some_and(|last| last.len() == 1) {
        batches.pop();
    }
    batches
}

fn shuffled(indices: &[usize], seed: u64, purpose: Purpose, epoch: usize) -> Vec<usize> {
    let mut rng = keyed(seed, purpose, epoch, 0, 0);
    let mut order = indices.to_vec();
    for last in (1..order.len()).rev() {
        order.swap(last, rng.random_range(0..=last));
    }
    order
}
