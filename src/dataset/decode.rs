//! PNG and JPEG files to 8-bit planes.
//!
//! Comes in: a file (grey, grey + alpha, RGB, RGBA or palette PNG of 1 to 16 bits; grey or colour JPEG of 8 bits). Goes
//! out: one or three 8-bit planes, or a mask's raw samples. Rules, all documented here because they reach the network:
//!
//! - colour to grey: Rec. 601 luma in integers, `(19595 R + 38470 G + 7471 B + 32768) >> 16` (Pillow's), so that equal
//!   channels stay as they are; grey to colour: three equal planes;
//! - 16 bits to 8: `round(v / 257)`, which maps 0 to 0 and 65535 to 255 and has no ties, 257 being odd;
//! - 1, 2 and 4 bits: scaled so that the largest value is 255; alpha is dropped, not blended;
//! - EXIF orientation, gamma and color profiles are not applied.
//!
//! The format is told by the first bytes, not by the name. Truncated files, wrong checksums and CMYK are refused; sizes
//! are checked before pixels are allocated, so that a small file cannot claim all memory.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use png::{BitDepth, ColorType, Transformations};
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::dataset::Result;
use crate::error::Error;

/// Names the rules above and the libraries behind them; a cache made under another name is rebuilt.
pub const DECODER_VERSION: &str = "1 (png 0.18, zune-jpeg 0.5, fast_image_resize 6.1)";

const PNG_MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG_MAGIC: &[u8] = b"\xff\xd8\xff";
const JPEG_END: &[u8] = b"\xff\xd9";

/// What a file may cost at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of one image. A file is refused by its header, before memory is taken.
    pub max_pixels: u64,
    /// Bytes of one file.
    pub max_bytes: u64,
}

/// 64 million pixels and 256 MiB: three times the largest mammogram, and at most 0.5 GB while 16-bit RGBA is decoded.
pub const LIMITS: Limits = Limits { max_pixels: 64_000_000, max_bytes: 256 << 20 };

/// An image as planes of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planes {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// `[channels, height, width]`
    pub data: Vec<u8>,
}

/// A mask as stored, before it is decided what is foreground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Largest value the format can hold: 1, 3, 15, 255 or 65535.
    pub full: u16,
    /// Whether `data` holds the stored integers (grey or palette PNG) rather than luma of colours.
    pub stored: bool,
    /// `[height, width]`
    pub data: Vec<u16>,
}

/// Decodes an image to `channels` (1 or 3) planes.
///
/// # Errors
/// An input error with the file and the cause where it cannot be read, is no PNG or JPEG, is damaged or too large.
pub fn image(path: &Path, channels: usize, limits: &Limits) -> Result<Planes> {
    attempt(path, limits, |bytes| {
        let pixels = if bytes.starts_with(PNG_MAGIC) {
            png_pixels(bytes, Transformations::EXPAND, limits)?
        } else {
            jpeg_pixels(bytes, limits)?
        };
        Ok(pixels.planes(channels))
    })
}

/// Decodes a mask to its stored samples: a palette PNG gives indices with `indices`, else the luma of its colours.
///
/// # Errors
/// As [`image`].
pub fn mask(path: &Path, indices: bool, limits: &Limits) -> Result<Samples> {
    attempt(path, limits, |bytes| {
        if !bytes.starts_with(PNG_MAGIC) {
            return Ok(jpeg_pixels(bytes, limits)?.samples(false));
        }
        let raw = png_pixels(bytes, Transformations::IDENTITY, limits)?;
        match raw.color {
            ColorType::Grayscale => Ok(raw.samples(true)),
            ColorType::Indexed if indices => Ok(raw.samples(true)),
            _ => Ok(png_pixels(bytes, Transformations::EXPAND, limits)?.samples(false)),
        }
    })
}

/// Reads the file within the limits and runs `decode`; a panic in a decoder becomes an error like any other.
fn attempt<T>(path: &Path, limits: &Limits, decode: impl Fn(&[u8]) -> Result<T, String>) -> Result<T> {
    let result = read_limited(path, limits).and_then(|bytes| {
        if !bytes.starts_with(PNG_MAGIC) && !bytes.starts_with(JPEG_MAGIC) {
            return Err(not_an_image(&bytes));
        }
        catch_unwind(AssertUnwindSafe(|| decode(&bytes)))
            .unwrap_or_else(|_| Err("the decoder gave up: the file is damaged".to_owned()))
    });
    result.map_err(|cause| Error::input(format!("cannot decode {}: {cause}", path.display())))
}

fn read_limited(path: &Path, limits: &Limits) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(limits.max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > limits.max_bytes {
        return Err(format!("the file is larger than the limit of {} bytes", limits.max_bytes));
    }
    Ok(bytes)
}

fn not_an_image(bytes: &[u8]) -> String {
    let known: [(&[u8], &str); 5] = [
        (b"II*\0", "a TIFF file"),
        (b"MM\0*", "a TIFF file"),
        (b"GIF8", "a GIF file"),
        (b"BM", "a BMP file"),
        (b"<", "a text file"),
    ];
    let is = known.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name);
    let is = match is {
        _ if bytes.is_empty() => "an empty file",
        _ if bytes.get(128..132) == Some(b"DICM") => "a DICOM file",
        Some(name) => name,
        None => "something else",
    };
    format!("expected a PNG or JPEG file, found {is}")
}

fn check_pixels(width: u64, height: u64, limits: &Limits) -> Result<(), String> {
    match width.checked_mul(height) {
        Some(0) => Err(format!("the image is {width} x {height} pixels: it has none")),
        Some(n) if n <= limits.max_pixels => Ok(()),
        _ => Err(format!(
            "the image claims {width} x {height} pixels, more than the limit of {}",
            limits.max_pixels
        )),
    }
}

/// Pixels as a decoder leaves them: interleaved, rows padded to bytes, 16-bit values big-endian.
struct Pixels {
    width: usize,
    height: usize,
    color: ColorType,
    depth: BitDepth,
    data: Vec<u8>,
}

fn png_pixels(bytes: &[u8], transform: Transformations, limits: &Limits) -> Result<Pixels, String> {
    let text = |error: png::DecodingError| match error {
        png::DecodingError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the PNG file is truncated".to_owned()
        }
        other => format!("damaged PNG: {other}"),
    };
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(transform);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(text)?;
    check_pixels(u64::from(header.width), u64::from(header.height), limits)?;
    let mut reader = decoder.read_info().map_err(text)?;
    let mut data = vec![0; reader.output_buffer_size().ok_or("the image does not fit into memory")?];
    let frame = reader.next_frame(&mut data).map_err(text)?;
    // The checksum of the last pixels and the end mark come after the pixels: a cut file must not pass.
    reader.finish().map_err(text)?;
    data.truncate(frame.buffer_size());
    let (width, height) = (frame.width as usize, frame.height as usize);
    Ok(Pixels { width, height, color: frame.color_type, depth: frame.bit_depth, data })
}

fn jpeg_pixels(bytes: &[u8], limits: &Limits) -> Result<Pixels, String> {
    let text = |error: zune_jpeg::errors::DecodeErrors| format!("damaged JPEG: {error}");
    let padding = bytes.iter().rev().take_while(|&&b| b == 0 || b.is_ascii_whitespace()).count();
    if !bytes[..bytes.len() - padding].ends_with(JPEG_END) {
        return Err("the JPEG file is truncated: it does not close with an end mark".to_owned());
    }
    let options =
        DecoderOptions::default().set_strict_mode(true).set_max_width(65_535).set_max_height(65_535);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(text)?;
    let (width, height) = decoder.dimensions().ok_or("damaged JPEG: no size")?;
    check_pixels(width as u64, height as u64, limits)?;
    let (space, color) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, ColorType::Grayscale),
        Some(ColorSpace::YCbCr | ColorSpace::RGB) => (ColorSpace::RGB, ColorType::Rgb),
        Some(other) => return Err(format!("{other:?} JPEG is not read: save the image as grey or RGB")),
        None => return Err("damaged JPEG: no colors".to_owned()),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let data = decoder.decode().map_err(text)?;
    let expected = width * height * space.num_components();
    if data.len() != expected {
        return Err(format!("damaged JPEG: {} bytes of pixels, expected {expected}", data.len()));
    }
    Ok(Pixels { width, height, color, depth: BitDepth::Eight, data })
}

impl Pixels {
    fn planes(&self, channels: usize) -> Planes {
        let (width, height) = (self.width, self.height);
        let n = self.color.samples();
        let is_color = 3 <= n;
        let at = self.reader();
        let data = match channels {
            1 => (0..width * height)
                .map(|i| if is_color { luma(at(i, 0), at(i, 1), at(i, 2)) } else { at(i, 0) })
                .collect(),
            _ => (0..channels)
                .flat_map(|c| (0..width * height).map(move |i| (i, if is_color { c } else { 0 })))
                .map(|(i, c)| at(i, c))
                .collect(),
        };
        Planes { width, height, channels, data }
    }

    /// Reads channel `c` of pixel `i` as 8 bits.
    fn reader(&self) -> impl Fn(usize, usize) -> u8 {
        let n = self.color.samples();
        let wide = self.depth == BitDepth::Sixteen;
        move |i, c| {
            let k = i * n + c;
            if wide {
                narrow(u16::from_be_bytes([self.data[2 * k], self.data[2 * k + 1]]))
            } else {
                self.data[k]
            }
        }
    }

    /// One value a pixel: the stored integers, or the luma of colors.
    fn samples(&self, stored: bool) -> Samples {
        let (width, height) = (self.width, self.height);
        if !stored {
            let data = self.planes(1).data.into_iter().map(u16::from).collect();
            return Samples { width, height, full: 255, stored, data };
        }
        let bits = self.depth as usize;
        let full = ((1u32 << bits) - 1) as u16;
        let row_bytes = (width * bits).div_ceil(8);
        let value = |row: &[u8], x: usize| match bits {
            16 => u16::from_be_bytes([row[2 * x], row[2 * x + 1]]),
            _ => {
                let shift = 8 - bits - x * bits % 8;
                u16::from(row[x * bits / 8] >> shift) & full
            }
        };
        let data = self
            .data
            .chunks_exact(row_bytes)
            .flat_map(|row| (0..width).map(move |x| value(row, x)))
            .collect();
        Samples { width, height, full, stored, data }
    }
}

fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 32_768) >> 16) as u8
}

fn narrow(v: u16) -> u8 {
    ((u32::from(v) + 128) / 257) as u8
}

#[cfg(test)]
mod tests;
