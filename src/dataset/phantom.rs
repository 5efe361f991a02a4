//! Made images: a seeded generator of sets to pre-train on and of medical-looking tasks.
//!
//! Comes in: a seed, sizes and [`Knobs`]. Goes out: a folder in the forms that the readers of this room take, with cards
//! in `cards/` and a README that says the images are made. Nothing in it is, or is modelled on, a patient's image.
//!
//! | set | form | what it asks |
//! |---|---|---|
//! | `natural` | images, `coarse.csv`, `fine.csv` | unlabelled, 4 coarse or 16 fine classes: to pre-train on |
//! | `chest` | lists `file 0 1 0 0`, `patients.csv` | four findings |
//! | `nodule` | lists `file,0` | disc or no disc among rings |
//! | `vessel` | images and masks | where the vessels are |
//!
//! Each image has a ChaCha8 stream of its own, named by (seed, set, index), so an image does not depend on how many there
//! are, on threads or on other sets. The figures come from libm's sine and cosine: another C library may move a pixel by
//! one step.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::folder;
use crate::dataset::Result;
use crate::error::{At, Error};

mod canvas;
mod chest;
mod facts;
mod knobs;
mod natural;
mod nodule;
mod vessel;

pub use facts::cards;
use facts::readme;
pub use knobs::{KNOBS, Knobs};

/// Version of the drawing: part of the stamp, so that a change here makes new images.
pub const GENERATOR_VERSION: u32 = 1;

/// Name of the file that says how the images were made; written last.
const STAMP: &str = "phantom.txt";

/// What to make.
#[derive(Clone, Debug, PartialEq)]
pub struct PhantomConfig {
    /// Another seed gives other images.
    pub seed: u64,
    /// Edge of the images in pixels.
    pub size: usize,
    /// Images of `natural`.
    pub natural: usize,
    /// Images of `chest` in train, val and test.
    pub chest: [usize; 3],
    /// Images of `nodule` in train, val and test.
    pub nodule: [usize; 3],
    /// Images of `vessel` in train, val and test.
    pub vessel: [usize; 3],
    /// How hard the tasks are.
    pub knobs: Knobs,
}

impl PhantomConfig {
    /// The sets of the demo: 64 px; small training sets, larger test sets.
    pub fn demo(seed: u64) -> Self {
        Self {
            seed,
            size: 64,
            natural: 2_000,
            chest: [96, 48, 200],
            nodule: [64, 48, 200],
            vessel: [24, 12, 40],
            knobs: KNOBS,
        }
    }
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhantomReport {
    /// The folder.
    pub dir: PathBuf,
    /// Whether the images were made now; `false`: they were there.
    pub made: bool,
    /// Images in the folder, masks not counted.
    pub n_images: usize,
}

/// Makes the sets in `dir`, or finds that the same ones are there.
///
/// # Errors
/// A size or count out of range, a folder with other files in it, or trouble with the disk.
pub fn generate(dir: &Path, config: &PhantomConfig) -> Result<PhantomReport> {
    check(config)?;
    let n_images =
        config.natural + [config.chest, config.nodule, config.vessel].as_flattened().iter().sum::<usize>();
    let stamp = format!("generator {GENERATOR_VERSION}\n{config:#?}\n");
    let report = |made| PhantomReport { dir: dir.to_owned(), made, n_images };
    let maker = folder::lock(dir)?;
    if fs::read_to_string(dir.join(STAMP)).is_ok_and(|old| old == stamp) {
        return Ok(report(false));
    }
    let is_ours =
        |name: &str| [STAMP, "README.txt", "cards", "natural", "chest", "nodule", "vessel"].contains(&name);
    maker.make(is_ours, |part| {
        write_natural(&part.join("natural"), config)?;
        write_chest(&part.join("chest"), config)?;
        write_nodule(&part.join("nodule"), config)?;
        write_vessel(&part.join("vessel"), config)?;
        let folder = part.join("cards");
        create(&folder)?;
        for card in cards(config) {
            put(&folder.join(format!("{}.toml", card.name)), card.to_toml().as_bytes())?;
        }
        put(&part.join("README.txt"), readme(config).as_bytes())?;
        analysis::atomic::write(&part.join(STAMP), stamp.as_bytes()).at("write", part)
    })?;
    Ok(report(true))
}

fn check(config: &PhantomConfig) -> Result<()> {
    if !(16..=1024).contains(&config.size) {
        return Err(Error::input(format!(
            "the size of made images is {}, expected 16 to 1024 pixels",
            config.size
        )));
    }
    for (name, counts) in [("chest", config.chest), ("nodule", config.nodule), ("vessel", config.vessel)] {
        if counts.contains(&0) {
            return Err(Error::input(format!(
                "the made {name} task would have an empty split: train {}, val {}, test {}",
                counts[0], counts[1], counts[2]
            )));
        }
    }
    if config.natural < natural::FINE.len() {
        return Err(Error::input(format!(
            "the made natural set has {} images, expected at least one of each of its {} classes",
            config.natural,
            natural::FINE.len()
        )));
    }
    Ok(())
}

/// What a stream of random numbers serves; part of its name.
#[derive(Clone, Copy, Debug)]
enum Stream {
    Natural = 1,
    ChestPatients,
    ChestImage,
    Nodule,
    Vessel,
}

fn stream(seed: u64, stream: Stream, index: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((stream as u64) << 48) | index as u64);
    rng
}

fn write_natural(dir: &Path, config: &PhantomConfig) -> Result<()> {
    let images = dir.join("images");
    create(&images)?;
    let name = |i: usize| format!("natural{i:05}.png");
    in_parallel(config.natural, |i| {
        let mut rng = stream(config.seed, Stream::Natural, i);
        put_png(&images.join(name(i)), config.size, &natural::render(config.size, i, &config.knobs, &mut rng))
    })?;
    let table = |label: fn((&'static str, &'static str)) -> &'static str| -> String {
        let rows = (0..config.natural)
            .map(|i| format!("{},{}\n", name(i), label(natural::FINE[natural::class_of(i)])));
        std::iter::once("image,label\n".to_owned()).chain(rows).collect()
    };
    put(&dir.join("coarse.csv"), table(|(_, coarse)| coarse).as_bytes())?;
    put(&dir.join("fine.csv"), table(|(fine, _)| fine).as_bytes())
}

/// The parts of a set: split name, first index, count.
fn parts(counts: [usize; 3]) -> [(&'static str, usize, usize); 3] {
    let [train, val, test] = counts;
    [("train", 0, train), ("val", train, val), ("test", train + val, test)]
}

fn write_chest(dir: &Path, config: &PhantomConfig) -> Result<()> {
    let images = dir.join("images");
    create(&images)?;
    // Who has how many images is drawn patient by patient, so that no patient spans two splits.
    let mut rng = stream(config.seed, Stream::ChestPatients, 0);
    let mut people = Vec::new();
    let mut place = Vec::new(); // (patient, image of the patient) of each image
    for (_, _, n) in parts(config.chest) {
        let mut left = n;
        while 0 < left {
            let n_images = rng.random_range(2..4usize).min(left);
            place.extend((0..n_images).map(|k| (people.len(), k)));
            people.push(chest::patient(&config.knobs, &mut rng));
            left -= n_images;
        }
    }
    let name = |i: usize| format!("{:04}_{}.png", place[i].0, place[i].1);
    let shown = in_parallel(place.len(), |i| {
        let mut rng = stream(config.seed, Stream::ChestImage, i);
        let (bytes, shown) = chest::render(config.size, &people[place[i].0], &config.knobs, &mut rng);
        put_png(&images.join(name(i)), config.size, &bytes).map(|()| shown)
    })?;
    for (part, first, n) in parts(config.chest) {
        let lines = (first..first + n).map(|i| {
            let labels = shown[i].map(|is_shown| if is_shown { " 1" } else { " 0" });
            format!("{}{}\n", name(i), labels.concat())
        });
        put(&dir.join(format!("{part}.txt")), lines.collect::<String>().as_bytes())?;
    }
    let rows = (0..place.len()).map(|i| format!("{},{:04}\n", name(i), place[i].0));
    let table: String = std::iter::once("image,patient_id\n".to_owned()).chain(rows).collect();
    put(&dir.join("patients.csv"), table.as_bytes())
}

fn write_nodule(dir: &Path, config: &PhantomConfig) -> Result<()> {
    let images = dir.join("images");
    create(&images)?;
    let name = |i: usize| format!("nodule{i:04}.png");
    in_parallel(config.nodule.iter().sum(), |i| {
        let mut rng = stream(config.seed, Stream::Nodule, i);
        let bytes = nodule::render(config.size, has_nodule(i), &config.knobs, &mut rng);
        put_png(&images.join(name(i)), config.size, &bytes)
    })?;
    for (part, first, n) in parts(config.nodule) {
        let lines = (first..first + n).map(|i| format!("{},{}\n", name(i), u8::from(has_nodule(i))));
        put(&dir.join(format!("{part}.txt")), lines.collect::<String>().as_bytes())?;
    }
    Ok(())
}

/// Every other image has one.
fn has_nodule(index: usize) -> bool {
    index % 2 == 1
}

fn write_vessel(dir: &Path, config: &PhantomConfig) -> Result<()> {
    let (images, masks) = (dir.join("images"), dir.join("masks"));
    create(&images)?;
    create(&masks)?;
    in_parallel(config.vessel.iter().sum(), |i| {
        let mut rng = stream(config.seed, Stream::Vessel, i);
        let (image, mask) = vessel::render(config.size, &config.knobs, &mut rng);
        let name = format!("vessel{i:03}.png");
        put_png(&images.join(&name), config.size, &image)?;
        put_png(&masks.join(&name), config.size, &mask)
    })
    .map(|_| ())
}

/// Runs `f` for 0..n on all cores; results in order, or the first error in order.
fn in_parallel<T: Send>(n: usize, f: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = n.div_ceil(threads).max(1);
    let starts: Vec<usize> = (0..n).step_by(share).collect();
    let f = &f;
    std::thread::scope(|scope| {
        let workers: Vec<_> = starts
            .into_iter()
            .map(|start| {
                scope.spawn(move || (start..(start + share).min(n)).map(f).collect::<Result<Vec<T>>>())
            })
            .collect();
        let mut all = Vec::with_capacity(n);
        for worker in workers {
            all.extend(worker.join().map_err(|_| Error::failed("a thread that draws images stopped"))??);
        }
        Ok(all)
    })
}

fn create(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).at("create the folder", dir)
}

/// Writes a file of a folder that is not yet named, so it need not appear whole by itself. Not synced: a made image can
/// be made again, and a damaged one is told by its checksum.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    File::create_new(path).and_then(|mut file| file.write_all(bytes)).at("write", path)
}

fn put_png(path: &Path, size: usize, pixels: &[u8]) -> Result<()> {
    put(
        path,
        &grey_png(size, pixels)
            .map_err(|e| Error::failed(format!("cannot encode {}: {e}", path.display())))?,
    )
}

fn grey_png(size: usize, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size as u32, size as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
