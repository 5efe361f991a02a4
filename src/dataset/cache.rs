//! The decoded cache of a task: fixed uint8 records, mapped into memory.
//!
//! Comes in: a folder made by [`prepare`](super::prepare()). Goes out: images, masks and what is known of each case. The
//! folder holds
//!
//! | file | content |
//! |---|---|
//! | `images.u8` | header of 4096 bytes, then `[n, channels, size, size]` |
//! | `masks.u8` | for mask tasks: header, then `[n, 1, size, size]` of 0 and 1 |
//! | `cases.json` | the task and its cases, in the order of the records |
//! | `cache.json` | digests, options and the source files the cache was made from |
//!
//! A header is, little-endian: magic (8 bytes), version (u32), n (u64), channels (u32), size (u32), SHA-256 of the records
//! (32 bytes), zeros. Opening checks names, lengths, headers and the digest of `cases.json` always; the digest of the
//! records is computed for files up to 64 MiB, and for larger ones when the file's time is not the one noted down.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use memmap2::{Advice, Mmap};
use sha2::{Digest, Sha256};

use self::json::CacheJson;
use super::{CaseInfo, Split, TaskSpec};
use crate::dataset::Result;
use crate::error::{At, Error};

pub(crate) mod json;

/// Bytes before the records: one page, so that records start on a page.
pub(crate) const HEADER_LEN: usize = 4096;
/// Version of the files' layout; another one is rebuilt.
pub(crate) const FORMAT_VERSION: u32 = 1;
/// Records up to this many bytes are always hashed on opening: it takes a tenth of a second.
const ALWAYS_HASHED: u64 = 64 << 20;
const MAGIC: &[u8; 8] = b"MTCACHE\0";

/// Name of the image records.
pub(crate) const IMAGES: &str = "images.u8";
/// Name of the mask records.
pub(crate) const MASKS: &str = "masks.u8";
/// Name of the table of cases.
pub(crate) const CASES: &str = "cases.json";
/// Name of the file that says how the cache was made.
pub(crate) const STAMP: &str = "cache.json";

/// A task's images, ready to train on.
#[derive(Debug)]
pub struct Cache {
    /// The task.
    pub spec: TaskSpec,
    /// The cases; `cases[i]` belongs to `image(i)`.
    pub cases: Vec<CaseInfo>,
    /// Planes an image: 1 or 3.
    pub channels: usize,
    /// Edge of the images in pixels.
    pub size: usize,
    images: Mmap,
    masks: Option<Mmap>,
    digest: String,
}

impl Cache {
    /// Opens a cache and checks that it is whole.
    ///
    /// # Errors
    /// An input error that says what is wrong with the cache and to rebuild it.
    pub fn open(dir: &Path) -> Result<Cache> {
        if !dir.join(STAMP).is_file() {
            return Err(Error::input(format!(
                "there is no cache in {}: make it with `medtransfer data prepare`",
                dir.display()
            )));
        }
        open(dir).map_err(|cause| {
            Error::input(format!(
                "the cache in {} is damaged: {cause}; rebuild it with `medtransfer data prepare`",
                dir.display()
            ))
        })
    }

    /// Number of cases.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there is no case; never so for an opened cache.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Image `i` as `[channels, size, size]` bytes.
    ///
    /// # Panics
    /// Where `i` is not below [`Cache::len`].
    pub fn image(&self, i: usize) -> &[u8] {
        record(&self.images, i, self.channels * self.size * self.size)
    }

    /// Mask `i` as `[size, size]` of 0 and 1; `None` where the task has no masks.
    ///
    /// # Panics
    /// Where `i` is not below [`Cache::len`].
    pub fn mask(&self, i: usize) -> Option<&[u8]> {
        self.masks.as_ref().map(|masks| record(masks, i, self.size * self.size))
    }

    /// The cases of a split, ascending.
    pub fn indices(&self, split: Split) -> Vec<usize> {
        (0..self.cases.len()).filter(|&i| self.cases[i].split == split).collect()
    }

    /// SHA-256 (hex) of everything a run can see: task, cases, images and masks. The same on every machine, whatever the
    /// paths and times of the files.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

fn record(map: &Mmap, i: usize, len: usize) -> &[u8] {
    &map[HEADER_LEN + i * len..][..len]
}

/// What a records file starts with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    /// Records.
    pub n: u64,
    /// Planes a record.
    pub channels: u32,
    /// Edge in pixels.
    pub size: u32,
    /// SHA-256 of the records.
    pub digest: [u8; 32],
}

impl Header {
    /// The header's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LEN);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.n.to_le_bytes());
        bytes.extend_from_slice(&self.channels.to_le_bytes());
        bytes.extend_from_slice(&self.size.to_le_bytes());
        bytes.extend_from_slice(&self.digest);
        bytes.resize(HEADER_LEN, 0);
        bytes
    }

    fn file_len(&self) -> Option<u64> {
        let pixels = u64::from(self.size) * u64::from(self.size);
        let record = u64::from(self.channels).checked_mul(pixels)?;
        self.n.checked_mul(record)?.checked_add(HEADER_LEN as u64)
    }
}

/// Reads `cache.json`; the cause, as text, where it cannot be used.
pub(crate) fn read_stamp(dir: &Path) -> Result<CacheJson, String> {
    let bytes = read(dir, STAMP)?;
    let stamp: CacheJson =
        serde_json::from_slice(&bytes).map_err(|e| format!("{STAMP} does not parse: {e}"))?;
    if stamp.format != FORMAT_VERSION {
        return Err(format!("it has format {}, expected {FORMAT_VERSION}", stamp.format));
    }
    Ok(stamp)
}

fn open(dir: &Path) -> Result<Cache, String> {
    let stamp = read_stamp(dir)?;
    let bytes = read(dir, CASES)?;
    if hex(&Sha256::digest(&bytes)) != stamp.digests.cases {
        return Err(format!("{CASES} was changed after it was written"));
    }
    let (spec, cases) = json::parse_cases(&bytes)?;
    let header = |channels: usize, digest: &str| {
        Ok::<_, String>(Header {
            n: cases.len() as u64,
            channels: u32::try_from(channels).map_err(|_| format!("{STAMP} claims {channels} channels"))?,
            size: u32::try_from(stamp.options.size)
                .map_err(|_| format!("{STAMP} claims a size out of range"))?,
            digest: unhex(digest).ok_or_else(|| format!("{STAMP} holds no digest of the records"))?,
        })
    };
    let images =
        records(dir, IMAGES, &header(stamp.options.channels, &stamp.digests.images)?, stamp.modified.images)?;
    let masks = match &stamp.digests.masks {
        Some(digest) => {
            Some(records(dir, MASKS, &header(1, digest)?, stamp.modified.masks.unwrap_or_default())?)
        }
        None => None,
    };
    let digest = content_digest(&stamp.digests.cases, &stamp.digests.images, stamp.digests.masks.as_deref());
    if digest != stamp.digests.content {
        return Err(format!("{STAMP} was changed after it was written"));
    }
    let (channels, size) = (stamp.options.channels, stamp.options.size);
    Ok(Cache { spec, cases, channels, size, images, masks, digest })
}

/// Maps a records file after checking its length and header, and its content where that is due.
fn records(dir: &Path, name: &str, header: &Header, noted: u64) -> Result<Mmap, String> {
    let path = dir.join(name);
    let text = |error: std::io::Error| format!("cannot read {name}: {error}");
    let mut file = File::open(&path).map_err(text)?;
    let meta = file.metadata().map_err(text)?;
    if Some(meta.len()) != header.file_len() {
        let expected = header.file_len().unwrap_or_default();
        return Err(format!("{name} has {} bytes, expected {expected}", meta.len()));
    }
    let mut start = vec![0; HEADER_LEN];
    file.read_exact(&mut start).map_err(text)?;
    if start != header.bytes() {
        return Err(format!("the header of {name} does not fit {STAMP}"));
    }
    let map = map(&file).map_err(text)?;
    if is_hashed(meta.len(), modified_ns(&meta), noted) {
        // Reading ahead helps the hash; a system without the call only loses speed.
        let _ = map.advise(Advice::Sequential);
        if Sha256::digest(&map[HEADER_LEN..])[..] != header.digest {
            return Err(format!("{name} was changed after it was written"));
        }
        let _ = map.advise(Advice::Normal);
    }
    Ok(map)
}

/// Whether the records of a file of `len` bytes are hashed on opening: always for small files, else where the file's time
/// is not the one that was noted when it was written (it was edited, or copied to another place).
fn is_hashed(len: u64, modified: u64, noted: u64) -> bool {
    len <= ALWAYS_HASHED || modified != noted || noted == 0
}

#[expect(
    unsafe_code,
    reason = "mapping a file is the only way to share pages between runs without reading them"
)]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the map is read-only and the file is one that `prepare` wrote under another name, synced and renamed; it is
    // never written in place: a rebuild makes a new folder and unlinks the old file, whose pages stay valid while mapped.
    // Another program that truncates the file while it is mapped would break this, as it would any reader of the cache.
    unsafe { Mmap::map(file) }
}

fn read(dir: &Path, name: &str) -> Result<Vec<u8>, String> {
    std::fs::read(dir.join(name)).map_err(|error| format!("cannot read {name}: {error}"))
}

/// The digest of a cache from those of its parts, all in hex.
pub(crate) fn content_digest(cases: &str, images: &str, masks: Option<&str>) -> String {
    let text = format!("medtransfer cache {FORMAT_VERSION}\n{cases}\n{images}\n{}\n", masks.unwrap_or("-"));
    hex(&Sha256::digest(text))
}

/// When a file was last written, in nanoseconds since 1970; 0 where the system does not tell.
pub(crate) fn modified_ns(meta: &std::fs::Metadata) -> u64 {
    let since = meta.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

/// When the file of that name was last written.
pub(crate) fn modified_at(path: &Path) -> Result<u64> {
    Ok(modified_ns(&std::fs::metadata(path).at("read", path)?))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Whether a name is that of a cache's file.
pub(crate) fn is_cache_file(name: &str) -> bool {
    [IMAGES, MASKS, CASES, STAMP].contains(&name)
}

/// A file that a cache was made from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Fingerprint {
    /// Where it lies.
    pub path: PathBuf,
    /// Its length in bytes.
    pub len: u64,
    /// When it was written, in nanoseconds since 1970.
    pub modified: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_both_ways() {
        let digest: [u8; 32] = Sha256::digest(b"x").into();
        assert_eq!(unhex(&hex(&digest)), Some(digest));
        assert_eq!(unhex("zz"), None);
        assert_eq!(unhex(&"é".repeat(32)), None);
    }

    #[test]
    fn a_folder_without_a_cache_says_how_to_make_one() {
        let error = Cache::open(Path::new("/nowhere/chest")).unwrap_err();
        insta::assert_snapshot!(error, @"there is no cache in /nowhere/chest: make it with `medtransfer data prepare`");
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn large_records_are_hashed_unless_their_time_is_the_noted_one() {
        assert!(is_hashed(ALWAYS_HASHED, 5, 5));
        assert!(!is_hashed(ALWAYS_HASHED + 1, 5, 5));
        assert!(is_hashed(ALWAYS_HASHED + 1, 6, 5));
        assert!(is_hashed(ALWAYS_HASHED + 1, 0, 0), "a system without times");
    }

    #[test]
    fn a_header_states_its_file_and_overflows_are_no_length() {
        let header = Header { n: 3, channels: 1, size: 8, digest: [7; 32] };
        assert_eq!(header.bytes().len(), HEADER_LEN);
        assert_eq!(header.file_len(), Some(4096 + 3 * 64));
        assert_eq!(Header { n: u64::MAX, channels: 3, size: u32::MAX, digest: [0; 32] }.file_len(), None);
    }
}
