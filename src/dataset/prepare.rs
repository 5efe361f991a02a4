//! Makes the cache of a task, or finds that it is up to date.
//!
//! Comes in: a source and options. Goes out: a cache folder, whole, and a report. Images are decoded by all cores, a chunk
//! at a time, so that memory stays flat whatever the number of images, and written in the order of the cases, so that the
//! same source gives the same bytes. Whatever cannot be read is told, all of it, and then no cache is left.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fast_image_resize::Resizer;
use sha2::{Digest, Sha256};

use super::cache::json::{CacheJson, DigestsJson, ModifiedJson, OptionsJson, Wanted, cases_bytes};
use super::cache::{
    self, CASES, Cache, FORMAT_VERSION, Fingerprint, HEADER_LEN, Header, IMAGES, MASKS, STAMP, hex,
};
use super::card::Card;
use super::decode::{self, DECODER_VERSION, LIMITS, Limits};
use super::folder;
use super::masks::foreground;
use super::problem::Problems;
use super::resize;
use super::source::{self, Entry, Manifest, Source};
use super::{Split, TaskKind};
use crate::dataset::Result;
use crate::error::{At, Error};

/// Decoded bytes held at a time, at most: a few cores' worth of large images.
const CHUNK_BYTES: usize = 64 << 20;
/// Largest edge of cached images, in pixels: the edge of the largest official images.
const MAX_SIZE: usize = 4096;

/// What to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrepareOptions {
    /// Name of the task.
    pub name: String,
    /// Edge of the cached images in pixels.
    pub size: usize,
    /// Planes an image: 1 (grey) or 3.
    pub channels: usize,
    /// Labels in order; empty: the official fourteen of ChestX-ray14, the task's name for a binary task, the classes
    /// found in a table, sorted.
    pub labels: Vec<String>,
    /// Whether the images are made.
    pub made: bool,
    /// What a file may cost.
    pub limits: Limits,
}

impl PrepareOptions {
    /// Options for real images under the usual limits, with the labels of the format.
    pub fn new(name: &str, size: usize, channels: usize) -> Self {
        Self { name: name.to_owned(), size, channels, labels: Vec::new(), made: false, limits: LIMITS }
    }

    /// The options that a card states.
    pub fn from_card(card: &Card) -> Self {
        Self {
            labels: card.labels.clone(),
            made: card.made,
            ..Self::new(&card.name, card.size, card.channels)
        }
    }
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrepareReport {
    /// The cache's folder.
    pub dir: PathBuf,
    /// Why it was built; `None`: it was up to date.
    pub built: Option<String>,
    /// Cases in train, val and test.
    pub counts: [usize; 3],
    /// Bytes of images and masks.
    pub n_bytes: u64,
    /// [`Cache::digest`].
    pub digest: String,
    /// Masks without a foreground pixel at the cache's size; 0 for other tasks.
    pub n_empty_masks: usize,
}

/// Makes the cache in `dir` unless it is there, whole, and made from the same files with the same options.
///
/// `progress(done, total)` is called from this thread. Two processes that prepare one folder wait for each other.
///
/// # Errors
/// One input error with every file that is missing, damaged or of another size than its mask (the first twenty and the
/// count); an older cache then stays as it was.
pub fn prepare(
    source: &Source,
    dir: &Path,
    options: &PrepareOptions,
    progress: &dyn Fn(usize, usize),
) -> Result<PrepareReport> {
    if options.size == 0 || MAX_SIZE < options.size {
        return Err(Error::input(format!("the size is {}, expected 1 to {MAX_SIZE} pixels", options.size)));
    }
    if ![1, 3].contains(&options.channels) {
        return Err(Error::input(format!("the number of channels is {}, expected 1 or 3", options.channels)));
    }
    let manifest = source::manifest(source, options)?;
    let cases = cases_bytes(&manifest.spec, manifest.entries.iter().map(|entry| &entry.case));
    let wanted_options =
        OptionsJson { size: options.size, channels: options.channels, mask_bits: manifest.mask_bits };
    let files = fingerprints(&manifest)?;
    let cases_digest = hex(&Sha256::digest(&cases));
    let wanted =
        Wanted { decoder: DECODER_VERSION, options: &wanted_options, cases: &cases_digest, files: &files };
    let maker = folder::lock(dir)?;
    let Some(reason) = reason_to_build(dir, &wanted) else { return report(dir, None) };
    maker.make(cache::is_cache_file, |part| {
        let digests = write_records(part, &manifest, options, &cases_digest, progress)?;
        write(&part.join(CASES), &cases)?;
        let masks = digests.masks.is_some().then(|| cache::modified_at(&part.join(MASKS))).transpose()?;
        let modified = ModifiedJson { images: cache::modified_at(&part.join(IMAGES))?, masks };
        let decoder = DECODER_VERSION.to_owned();
        let stamp = CacheJson {
            format: FORMAT_VERSION,
            decoder,
            options: wanted_options.clone(),
            digests,
            modified,
            files: files.clone(),
        };
        let text = serde_json::to_vec_pretty(&stamp)
            .map_err(|e| Error::failed(format!("cannot write {STAMP}: {e}")))?;
        write(&part.join(STAMP), &text)
    })?;
    report(dir, Some(reason))
}

fn reason_to_build(dir: &Path, wanted: &Wanted<'_>) -> Option<String> {
    if !dir.join(STAMP).is_file() {
        return Some("there was no cache".to_owned());
    }
    match cache::read_stamp(dir) {
        Err(cause) => Some(format!("the cache was damaged: {cause}")),
        Ok(old) => {
            wanted.differs_from(&old).or_else(|| Cache::open(dir).err().map(|error| error.to_string()))
        }
    }
}

fn report(dir: &Path, built: Option<String>) -> Result<PrepareReport> {
    let cache = Cache::open(dir)?;
    let counts = Split::ALL.map(|split| cache.indices(split).len());
    let is_empty = |i: &usize| cache.mask(*i).is_some_and(|mask| mask.iter().all(|&v| v == 0));
    let n_empty_masks = (0..cache.len()).filter(is_empty).count();
    let planes = cache.channels + usize::from(cache.spec.kind == TaskKind::Mask);
    let n_bytes = (cache.len() * planes * cache.size * cache.size) as u64;
    Ok(PrepareReport {
        dir: dir.to_owned(),
        built,
        counts,
        n_bytes,
        digest: cache.digest().to_owned(),
        n_empty_masks,
    })
}

/// Length and time of every file the cache will depend on: lists first, then images and masks in the order of the cases.
fn fingerprints(manifest: &Manifest) -> Result<Vec<Fingerprint>> {
    let of_entries =
        manifest.entries.iter().flat_map(|entry| std::iter::once(&entry.image).chain(&entry.mask));
    let paths = manifest.inputs.iter().chain(of_entries);
    paths
        .map(|path| {
            let meta = std::fs::metadata(path).at("read", path)?;
            let path = std::path::absolute(path).at("find", path)?;
            Ok(Fingerprint { path, len: meta.len(), modified: cache::modified_ns(&meta) })
        })
        .collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    analysis::atomic::write(path, bytes).at("write", path)
}

/// Decodes everything into the records files of `part`.
fn write_records(
    part: &Path,
    manifest: &Manifest,
    options: &PrepareOptions,
    cases_digest: &str,
    progress: &dyn Fn(usize, usize),
) -> Result<DigestsJson> {
    let entries = &manifest.entries;
    let plane = options.size * options.size;
    let mut images = Records::create(&part.join(IMAGES), options.channels, options.size)?;
    let mut masks = match manifest.spec.kind {
        TaskKind::Mask => Some(Records::create(&part.join(MASKS), 1, options.size)?),
        _ => None,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let chunk = (CHUNK_BYTES / ((options.channels + 1) * plane)).clamp(threads, 64 * threads);
    let mut image_bytes = vec![0; chunk.min(entries.len()) * options.channels * plane];
    let mut mask_bytes = vec![0; if masks.is_some() { chunk.min(entries.len()) * plane } else { 0 }];
    let mut problems = Problems::default();
    progress(0, entries.len());
    for (k, entries_now) in entries.chunks(chunk).enumerate() {
        let image_part = &mut image_bytes[..entries_now.len() * options.channels * plane];
        let mask_part = match masks {
            Some(_) => &mut mask_bytes[..entries_now.len() * plane],
            None => &mut [][..],
        };
        decode_chunk(entries_now, manifest.mask_bits, options, threads, image_part, mask_part, &mut problems);
        if problems.is_empty() {
            images.append(image_part)?;
            if let Some(masks) = &mut masks {
                masks.append(mask_part)?;
            }
        }
        progress((k * chunk + entries_now.len()).min(entries.len()), entries.len());
    }
    problems.or(&options.name, ())?;
    let images = images.finish()?;
    let masks = masks.map(Records::finish).transpose()?;
    let content = cache::content_digest(cases_digest, &images, masks.as_deref());
    Ok(DigestsJson { content, cases: cases_digest.to_owned(), images, masks })
}

/// One case to decode and where to put it.
struct Job<'a> {
    index: usize,
    entry: &'a Entry,
    image: &'a mut [u8],
    mask: Option<&'a mut [u8]>,
}

/// Decodes a chunk on all threads: each takes the next case when it is free; results have fixed places.
fn decode_chunk(
    entries: &[Entry],
    mask_bits: Option<u8>,
    options: &PrepareOptions,
    threads: usize,
    images: &mut [u8],
    masks: &mut [u8],
    problems: &mut Problems,
) {
    let plane = options.size * options.size;
    let mut masks = masks.chunks_exact_mut(plane);
    let jobs: Vec<Job<'_>> = entries
        .iter()
        .zip(images.chunks_exact_mut(options.channels * plane))
        .enumerate()
        .map(|(index, (entry, image))| Job { index, entry, image, mask: masks.next() })
        .collect();
    let queue = Mutex::new(jobs.into_iter());
    let failures: Mutex<Vec<(usize, String)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(entries.len()) {
            scope.spawn(|| {
                let mut resizer = Resizer::new();
                loop {
                    let Some(job) = queue.lock().expect("no thread panics with the queue").next() else {
                        break;
                    };
                    let index = job.index;
                    if let Err(cause) = decode_case(job, mask_bits, options, &mut resizer) {
                        failures.lock().expect("no thread panics with the failures").push((index, cause));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no thread panics with the failures");
    failures.sort_unstable();
    failures.into_iter().for_each(|(_, cause)| problems.push(cause));
}

fn decode_case(
    job: Job<'_>,
    mask_bits: Option<u8>,
    options: &PrepareOptions,
    resizer: &mut Resizer,
) -> Result<(), String> {
    let path = &job.entry.image;
    let of = |path: &Path, cause: String| format!("{}: {cause}", path.display());
    let planes = decode::image(path, options.channels, &options.limits).map_err(|error| error.to_string())?;
    resize::image_into(resizer, &planes, options.size, job.image).map_err(|cause| of(path, cause))?;
    let (Some(mask_path), Some(out)) = (&job.entry.mask, job.mask) else { return Ok(()) };
    let samples = decode::mask(mask_path, mask_bits.is_some(), &options.limits).map_err(|e| e.to_string())?;
    if (samples.width, samples.height) != (planes.width, planes.height) {
        return Err(format!(
            "the mask {} is {} x {} pixels, but its image {} is {} x {}",
            mask_path.display(),
            samples.width,
            samples.height,
            path.display(),
            planes.width,
            planes.height
        ));
    }
    let mask = foreground(&samples, mask_bits).map_err(|cause| of(mask_path, cause))?;
    resize::mask_into(resizer, (samples.width, samples.height), &mask, options.size, out)
        .map_err(|cause| of(mask_path, cause))
}

/// A records file being written: header last, when the digest is known.
struct Records {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    n_bytes: u64,
    channels: usize,
    size: usize,
}

impl Records {
    fn create(path: &Path, channels: usize, size: usize) -> Result<Self> {
        let mut file = BufWriter::new(File::create_new(path).at("create", path)?);
        file.write_all(&[0; HEADER_LEN]).at("write", path)?;
        Ok(Self { path: path.to_owned(), file, hash: Sha256::new(), n_bytes: 0, channels, size })
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.n_bytes += bytes.len() as u64;
        self.file.write_all(bytes).at("write", &self.path)
    }

    /// Writes the header, syncs, and returns the digest in hex.
    fn finish(mut self) -> Result<String> {
        let digest: [u8; 32] = self.hash.finalize().into();
        let n = self.n_bytes / (self.channels * self.size * self.size) as u64;
        let header = Header { n, channels: self.channels as u32, size: self.size as u32, digest };
        let path = &self.path;
        self.file.seek(SeekFrom::Start(0)).at("write", path)?;
        self.file.write_all(&header.bytes()).at("write", path)?;
        self.file.flush().at("write", path)?;
        self.file.get_ref().sync_all().at("write", path)?;
        Ok(hex(&digest))
    }
}

#[cfg(test)]
mod tests;
