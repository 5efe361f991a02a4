//! Decoders against images written here, with pixels known by construction, and against damage.

use std::path::PathBuf;

use super::*;
use crate::dataset::source::tests::{shared, strip};

/// Encodes rows of samples as they are.
pub(crate) fn png_bytes(width: u32, height: u32, color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == ColorType::Indexed {
        encoder.set_palette(vec![0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
    }
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    out
}

fn with_file<T>(bytes: &[u8], f: impl FnOnce(&Path) -> Result<T>) -> Result<T, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.png");
    analysis::atomic::write(&path, bytes).unwrap();
    f(&path).map_err(|error| strip(&error, dir.path()))
}

fn decoded(bytes: &[u8], channels: usize) -> Result<Planes, String> {
    with_file(bytes, |path| image(path, channels, &LIMITS))
}

#[test]
fn every_png_kind_gives_the_pixels_it_holds() {
    use BitDepth as D;
    use ColorType as C;
    let one = |color, depth, data: &[u8], w| decoded(&png_bytes(w, 1, color, depth, data), 1).unwrap().data;
    assert_eq!(one(C::Grayscale, D::One, &[0b1010_0000], 3), [255, 0, 255]);
    assert_eq!(one(C::Grayscale, D::Two, &[0b0001_1011], 4), [0, 85, 170, 255]);
    assert_eq!(one(C::Grayscale, D::Four, &[0x0f, 0x70], 3), [0, 255, 119]);
    assert_eq!(one(C::Grayscale, D::Eight, &[7, 200], 2), [7, 200]);
    assert_eq!(one(C::Grayscale, D::Sixteen, &[0, 128, 0, 129, 255, 255], 3), [0, 1, 255]);
    assert_eq!(one(C::GrayscaleAlpha, D::Eight, &[7, 0, 200, 255], 2), [7, 200]);
    assert_eq!(one(C::Rgb, D::Eight, &[9, 9, 9, 255, 0, 0], 2), [9, 76]);
    assert_eq!(one(C::Rgba, D::Eight, &[0, 255, 0, 0, 0, 0, 255, 9], 2), [150, 29]);
    assert_eq!(one(C::Rgba, D::Sixteen, &[1, 1, 1, 1, 1, 1, 0, 0], 1), [1]);
    assert_eq!(one(C::Indexed, D::Two, &[0b0001_1011], 4), [0, 76, 150, 29]);
    let rgb = decoded(&png_bytes(2, 1, C::Rgb, D::Eight, &[1, 2, 3, 4, 5, 6]), 3).unwrap();
    assert_eq!((rgb.channels, rgb.data), (3, vec![1, 4, 2, 5, 3, 6]));
    let grey = decoded(&png_bytes(2, 1, C::Grayscale, D::Eight, &[1, 2]), 3).unwrap();
    assert_eq!(grey.data, [1, 2, 1, 2, 1, 2]);
}

#[test]
fn rounding_and_luma_keep_grey_as_it_is() {
    for v in 0..=255u8 {
        assert_eq!(luma(v, v, v), v);
        assert_eq!(narrow(u16::from(v) * 257), v);
    }
    for v in 0..=u16::MAX {
        assert_eq!(i32::from(narrow(v)), (f64::from(v) / 257.0).round() as i32, "{v}");
    }
}

#[test]
fn masks_keep_their_stored_values() {
    let grey = png_bytes(3, 2, ColorType::Grayscale, BitDepth::Two, &[0b0001_1000, 0b1100_0000]);
    let samples = with_file(&grey, |path| mask(path, true, &LIMITS)).unwrap();
    assert_eq!((samples.full, samples.stored, samples.data), (3, true, vec![0, 1, 2, 3, 0, 0]));
    let palette = png_bytes(2, 1, ColorType::Indexed, BitDepth::Eight, &[1, 3]);
    let indices = with_file(&palette, |path| mask(path, true, &LIMITS)).unwrap();
    assert_eq!((indices.stored, indices.data), (true, vec![1, 3]));
    let colors = with_file(&palette, |path| mask(path, false, &LIMITS)).unwrap();
    assert_eq!((colors.stored, colors.data), (false, vec![76, 29]));
}

#[test]
fn a_truncated_png_is_named() {
    let data: Vec<u8> = (0..64 * 64).map(|i| (i * 7 % 251) as u8).collect();
    let bytes = png_bytes(64, 64, ColorType::Grayscale, BitDepth::Eight, &data);
    let error = decoded(&bytes[..bytes.len() / 2], 1).unwrap_err();
    insta::assert_snapshot!(error, @"cannot decode [dir]/x.png: the PNG file is truncated");
    for n in 0..bytes.len() {
        assert!(decoded(&bytes[..n], 1).is_err(), "{n} of {} bytes passed", bytes.len());
    }
}

#[test]
fn no_flipped_bit_changes_pixels_in_silence() {
    let data: Vec<u8> = (0..16 * 16).map(|i| (i * 37 % 251) as u8).collect();
    let bytes = png_bytes(16, 16, ColorType::Grayscale, BitDepth::Eight, &data);
    for i in 0..bytes.len() {
        for bit in 0..8 {
            let mut bad = bytes.clone();
            bad[i] ^= 1 << bit;
            if let Ok(planes) = decoded(&bad, 1) {
                assert_eq!(planes.data, data, "bit {bit} of byte {i}");
            }
        }
    }
    let mut bad = bytes.clone();
    bad[bytes.len() / 2] ^= 1;
    let error = decoded(&bad, 1).unwrap_err();
    assert!(error.starts_with("cannot decode [dir]/x.png: damaged PNG: "), "{error}");
}

#[test]
fn a_huge_claim_is_refused_by_its_header() {
    let mut bytes = png_bytes(1, 1, ColorType::Grayscale, BitDepth::Eight, &[0]);
    bytes[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    insta::assert_snapshot!(decoded(&bytes, 1).unwrap_err(), @"cannot decode [dir]/x.png: the image claims 2147483647 x 2147483647 pixels, more than the limit of 64000000");
    let small = Limits { max_pixels: 3, max_bytes: 1 << 20 };
    let four = png_bytes(2, 2, ColorType::Grayscale, BitDepth::Eight, &[0; 4]);
    insta::assert_snapshot!(with_file(&four, |p| image(p, 1, &small)).unwrap_err(), @"cannot decode [dir]/x.png: the image claims 2 x 2 pixels, more than the limit of 3");
    let short = Limits { max_pixels: 10, max_bytes: 20 };
    insta::assert_snapshot!(with_file(&four, |p| image(p, 1, &short)).unwrap_err(), @"cannot decode [dir]/x.png: the file is larger than the limit of 20 bytes");
}

/// The checksum of PNG chunks, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 })
    })
}

#[test]
fn other_files_are_told_apart() {
    for (bytes, found) in [
        (&b""[..], "an empty file"),
        (b"II*\0....", "a TIFF file"),
        (b"<html>", "a text file"),
        (b"GIF89a", "a GIF file"),
        (b"hello", "something else"),
    ] {
        assert_eq!(
            decoded(bytes, 1).unwrap_err(),
            format!("cannot decode [dir]/x.png: expected a PNG or JPEG file, found {found}")
        );
    }
    let missing = image(Path::new("/nowhere/x.png"), 1, &LIMITS).unwrap_err();
    assert_eq!(missing.exit_code(), 2);
    insta::assert_snapshot!(missing, @"cannot decode /nowhere/x.png: No such file or directory (os error 2)");
}

fn lungs() -> Option<PathBuf> {
    shared("cxr-lungs").map(|dir| dir.join("images/cxr000.jpg"))
}

#[test]
fn a_real_jpeg_decodes_and_a_truncated_one_does_not() {
    let Some(path) = lungs() else { return };
    let grey = image(&path, 1, &LIMITS).unwrap();
    assert_eq!(grey.data.len(), grey.width * grey.height);
    let mean = grey.data.iter().map(|&v| f64::from(v)).sum::<f64>() / grey.data.len() as f64;
    assert!((20.0..235.0).contains(&mean), "{mean}");
    let color = image(&path, 3, &LIMITS).unwrap();
    assert_eq!(color.data[..grey.data.len()], grey.data);
    assert_eq!(color.data[2 * grey.data.len()..], grey.data);
    let bytes = std::fs::read(&path).unwrap();
    for n in (4..bytes.len()).step_by(997) {
        assert!(decoded(&bytes[..n], 1).is_err(), "{n} of {} bytes passed", bytes.len());
    }
    insta::assert_snapshot!(decoded(&bytes[..bytes.len() / 2], 1).unwrap_err(), @"cannot decode [dir]/x.png: the JPEG file is truncated: it does not close with an end mark");
}

#[test]
fn a_cmyk_jpeg_is_refused() {
    // Headers of four components and no pixels: the colors are looked at first.
    let mut bytes = b"\xff\xd8\xff\xc0\x00\x14\x08\x00\x08\x00\x08\x04".to_vec();
    (1..=4).for_each(|id| bytes.extend([id, 0x11, 0]));
    bytes.extend(b"\xff\xda\x00\x0e\x04");
    (1..=4).for_each(|id| bytes.extend([id, 0]));
    bytes.extend(b"\x00\x3f\x00\xff\xd9");
    insta::assert_snapshot!(decoded(&bytes, 1).unwrap_err(), @"cannot decode [dir]/x.png: CMYK JPEG is not read: save the image as grey or RGB");
}

#[test]
fn a_jpeg_with_a_hole_is_refused_or_whole_but_never_a_panic() {
    let Some(path) = lungs() else { return };
    let bytes = std::fs::read(&path).unwrap();
    for at in (2..bytes.len() - 64).step_by(1499) {
        let mut bad = bytes.clone();
        bad.drain(at..at + 37);
        let _ = decoded(&bad, 1);
    }
}
