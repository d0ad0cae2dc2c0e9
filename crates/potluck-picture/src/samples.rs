//! Pictures for the tests of this crate.

use image::{DynamicImage, Rgb, RgbImage, Rgba, RgbaImage};

use crate::decode::Picture;
use crate::encode::encode;
use crate::format::Format;
use crate::header::{Header, Size};

pub(crate) const READ: [Format; 3] = [Format::Png, Format::Jpeg, Format::WebP];

/// A gradient with edges in it.
pub(crate) fn gradient(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        let edge = if (x / 8 + y / 8) % 2 == 0 { 40 } else { 0 };
        Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 120 + edge])
    }))
}

/// Half of it transparent red, half of it nothing at all.
pub(crate) fn glass() -> DynamicImage {
    DynamicImage::ImageRgba8(RgbaImage::from_fn(32, 32, |x, _| {
        if x < 16 { Rgba([255, 0, 0, 128]) } else { Rgba([0, 0, 0, 0]) }
    }))
}

pub(crate) fn picture(pixels: DynamicImage) -> Picture {
    let size = Size { width: pixels.width(), height: pixels.height() };
    let header = Header { format: Format::Png, size, frames: 1, depth: 4 };
    Picture { header, pixels, profile: None, turned: false }
}

pub(crate) fn file(format: Format) -> Vec<u8> {
    encode(&picture(gradient(64, 48)), format, None).expect("a picture that can be written")
}
