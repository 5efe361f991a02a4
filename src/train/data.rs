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
        Self::open_within(cache, device, RESIDENT_BYTES)
    }

    /// As [`Dataset::open`], with the most bytes that may lie on the device.
    fn open_within(cache: &'a Cache, device: Device, limit: usize) -> Result<Self> {
        let (channels, size) = (cache.channels, cache.size);
        let n_planes = channels + usize::from(cache.spec.kind == TaskKind::Mask);
        let fits = cache.len() * n_planes * size * size <= limit;
        if cache.spec.kind == TaskKind::Mask
            && let Some(missing) = (0..cache.len()).find(|&i| cache.mask(i).is_none())
        {
            let (task, case) = (&cache.spec.name, &cache.cases[missing].id);
            return Err(Error::input(format!(
                "task {task}: case {case} has no mask; prepare the data again"
            )));
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
            return Err(Error::input(format!(
                "task {task} has no {split} cases; check its lists or split rule"
            )));
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
fn gather<'c>(
    cache: &'c Cache,
    indices: &[usize],
    planes: usize,
    record: impl Fn(usize) -> Option<&'c [u8]>,
) -> Tensor {
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
        TaskKind::Mask | TaskKind::Unlabelled => {
            Ok(Tensor::zeros([cases.len() as i64, 0], (Kind::Float, Device::Cpu)))
        }
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

#[cfg(test)]
pub(crate) mod made {
    //! Small made data for the tests of training: bright discs on noise.

    use rand::Rng;

    use super::*;

    /// What a [`Dataset`] borrows.
    #[derive(Debug)]
    pub(crate) struct Made {
        pub(crate) spec: TaskSpec,
        pub(crate) cases: Vec<CaseInfo>,
        size: usize,
        images: Vec<u8>,
        masks: Vec<u8>,
    }

    impl Made {
        /// `n` gray images, of which half are for training and a quarter each for validation and test. The target is
        /// whether there is a disc (binary), where it is (mask), or in which quarter (multi-class).
        pub(crate) fn new(kind: TaskKind, n: usize, size: usize) -> Self {
            let mut rng = keyed(99, Purpose::Order, 0, 0, 0);
            let labels: &[&str] = match kind {
                TaskKind::MultiClass => &["a", "b", "c", "d"],
                TaskKind::Binary => &["disc"],
                TaskKind::MultiLabel => &["disc", "dark"],
                _ => &[],
            };
            let labels = labels.iter().map(|&label| label.to_owned()).collect();
            let metric = kind.metric().to_owned();
            let mut made = Self {
                spec: TaskSpec { name: "made".to_owned(), kind, labels, metric, made: true },
                cases: Vec::new(),
                size,
                images: Vec::new(),
                masks: Vec::new(),
            };
            for i in 0..n {
                let split = [Split::Train, Split::Val, Split::Train, Split::Test][i / 2 % 4];
                let asks_whether = matches!(kind, TaskKind::Binary | TaskKind::MultiLabel);
                let has_disc = !asks_whether || i % 2 == 0;
                let class = rng.random_range(0..4usize);
                let (x, y) = (1 + 2 * (class % 2), 1 + 2 * (class / 2));
                made.draw(has_disc.then_some((x * size / 4, y * size / 4)), &mut rng);
                let target = match kind {
                    TaskKind::Binary => vec![f32::from(u8::from(has_disc))],
                    TaskKind::MultiLabel => {
                        vec![f32::from(u8::from(has_disc)), f32::from(u8::from(!has_disc))]
                    }
                    TaskKind::MultiClass => vec![class as f32],
                    _ => Vec::new(),
                };
                made.cases.push(CaseInfo {
                    id: format!("case{i:03}"),
                    group: format!("p{}", i / 2),
                    split,
                    target,
                });
            }
            made
        }

        fn draw(&mut self, disc: Option<(usize, usize)>, rng: &mut impl Rng) {
            for y in 0..self.size {
                for x in 0..self.size {
                    let inside = disc.is_some_and(|(cx, cy)| {
                        (x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2)) as f64
                            <= (self.size as f64 / 6.0).powi(2)
                    });
                    self.images.push(rng.random_range(60..110u8) + if inside { 110 } else { 0 });
                    self.masks.push(u8::from(inside));
                }
            }
        }

        pub(crate) fn dataset(&self) -> Dataset<'_> {
            let n = self.cases.len();
            let masks = (self.spec.kind == TaskKind::Mask).then(|| stacked(&self.masks, n, 1, self.size));
            let pixels = Pixels::Resident { images: stacked(&self.images, n, 1, self.size), masks };
            Dataset::assemble(&self.spec, &self.cases, 1, self.size, Device::Cpu, pixels).unwrap()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::made::Made;
    use super::*;

    #[test]
    fn batches_hold_the_cases_that_were_asked_for() {
        let made = Made::new(TaskKind::Mask, 8, 16);
        let data = made.dataset();
        let (images, masks) = (data.images(&[3, 0]), data.masks(&[3, 0]).unwrap());
        assert_eq!((images.size(), masks.size()), (vec![2, 1, 16, 16], vec![2, 1, 16, 16]));
        assert_eq!(images.get(1), data.images(&[0]).get(0));
        assert!(images.max().double_value(&[]) <= 1.0 && images.min().double_value(&[]) > 0.2);
        assert_eq!(masks.max().double_value(&[]).to_bits(), 1f64.to_bits());
        assert_eq!(data.n_outputs(), 1);
    }

    #[test]
    fn a_cache_gives_the_same_batches_from_memory_and_from_its_file() {
        use crate::dataset::{PrepareOptions, Source, phantom, prepare};
        let dir = tempfile::tempdir().unwrap();
        let (raw, none) = (dir.path().join("raw"), |_, _| {});
        let small = phantom::PhantomConfig {
            size: 32,
            natural: 64,
            chest: [8, 4, 4],
            nodule: [8, 4, 4],
            vessel: [8, 4, 4],
            ..phantom::PhantomConfig::demo(1)
        };
        phantom::generate(&raw, &small).unwrap();
        for card in phantom::cards(&small) {
            let folder = dir.path().join(&card.name);
            prepare(&Source::from_card(&card, &raw), &folder, &PrepareOptions::from_card(&card), &none)
                .unwrap();
            let cache = Cache::open(&folder).unwrap();
            let resident = Dataset::open(&cache, Device::Cpu).unwrap();
            let mapped = Dataset::open_within(&cache, Device::Cpu, 0).unwrap();
            assert!(matches!(
                (&resident.pixels, &mapped.pixels),
                (Pixels::Resident { .. }, Pixels::Mapped(_))
            ));
            let asked = [2, 0, 5];
            assert_eq!(resident.images(&asked), mapped.images(&asked));
            assert_eq!(resident.masks(&asked), mapped.masks(&asked));
            assert_eq!(resident.masks(&asked).is_some(), card.name == "phantom-vessel");
            assert_eq!(resident.targets(&asked).size()[0], 3);
            let first = f64::from(cache.image(2)[7]) / 255.0;
            assert!((mapped.images(&asked).double_value(&[0, 0, 0, 7]) - first).abs() < 1e-6);
        }
    }

    #[test]
    fn targets_keep_their_kind_and_wrong_ones_are_refused() {
        let mut made = Made::new(TaskKind::MultiClass, 8, 4);
        assert_eq!(made.dataset().targets(&[2, 1]).kind(), Kind::Int64);
        made.cases[5].target = vec![4.0];
        let error = targets(&made.spec, &made.cases).unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains("case005"), "{error}");
        let mut made = Made::new(TaskKind::MultiLabel, 8, 4);
        assert_eq!(made.dataset().targets(&[0]).size(), [1, 2]);
        made.cases[1].target.pop();
        let error = targets(&made.spec, &made.cases).unwrap_err();
        assert!(error.to_string().contains("1 targets for 2 labels"), "{error}");
    }

    #[test]
    fn an_empty_split_is_an_input_error() {
        let mut made = Made::new(TaskKind::Binary, 8, 4);
        made.cases.iter_mut().for_each(|case| case.split = Split::Train);
        let error = made.dataset().required(Split::Val).unwrap_err();
        assert_eq!(error.to_string(), "task made has no val cases; check its lists or split rule");
    }

    #[test]
    fn orders_are_permutations_keyed_by_seed_and_epoch() {
        let all: Vec<usize> = (10..60).collect();
        let order = epoch_order(&all, 1, 0);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, all);
        assert_eq!(order, epoch_order(&all, 1, 0));
        assert_ne!(order, epoch_order(&all, 1, 1));
        assert_ne!(order, epoch_order(&all, 2, 0));
    }

    #[test]
    fn fractions_are_nested_and_never_empty() {
        let all: Vec<usize> = (0..100).collect();
        let (tenth, half) = (label_fraction(&all, 0.1, 4), label_fraction(&all, 0.5, 4));
        assert_eq!((tenth.len(), half.len()), (10, 50));
        assert!(tenth.iter().all(|case| half.contains(case)) && tenth.is_sorted());
        assert_eq!(label_fraction(&all[..3], 0.01, 4).len(), 1);
        assert_eq!(label_fraction(&all, 1.0, 4), all);
    }

    #[test]
    fn a_last_batch_of_one_is_left_out() {
        let order: Vec<usize> = (0..9).collect();
        assert_eq!(batches(&order, 4).iter().map(|b| b.len()).collect::<Vec<_>>(), [4, 4]);
        assert_eq!(batches(&order, 5).iter().map(|b| b.len()).collect::<Vec<_>>(), [5, 4]);
        assert_eq!(batches(&order[..1], 5).len(), 1);
    }
}
