//! Real files: a gradient in png, jpeg or webp, and a file that lies about how large it is.

use std::io::{Cursor, Write};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use image::{ImageFormat, Rgb, RgbImage};

/// The longest edge that is painted, in pixels.
const LONGEST: u32 = 4_096;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP without loss.
    Webp,
}

impl FileKind {
    /// The usual ending of its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    const fn format(self) -> ImageFormat {
        match self {
            Self::Png => ImageFormat::Png,
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Webp => ImageFormat::WebP,
        }
    }
}

/// A gradient of this size, encoded.
#[must_use]
pub fn paint(wide: u32, high: u32, kind: FileKind) -> Vec<u8> {
    let (wide, high) = (wide.clamp(1, LONGEST), high.clamp(1, LONGEST));
    let shade = |at: u32, of: u32| u8::try_from(at * 255 / of.max(1)).unwrap_or(u8::MAX);
    let picture = RgbImage::from_fn(wide, high, |x, y| Rgb([shade(x, wide), shade(y, high), 96]));
    encode(&picture, kind)
}

/// A black picture of this size, as a filter leaves one behind.
#[must_use]
pub(super) fn black(wide: u32, high: u32, kind: FileKind) -> Vec<u8> {
    encode(&RgbImage::new(wide.clamp(1, LONGEST), high.clamp(1, LONGEST)), kind)
}

fn encode(picture: &RgbImage, kind: FileKind) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    // Writing into memory fails for no picture of these sizes; an empty file would fail every test that decodes it.
    let _ = picture.write_to(&mut file, kind.format());
    file.into_inner()
}

/// A png of some thousand bytes that unfolds to `edge` by `edge` pixels of one bit: 20,000 are 400 megapixels.
#[must_use]
pub fn bomb(edge: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = [edge.to_be_bytes(), edge.to_be_bytes()].concat();
    head.extend_from_slice(&[1, 0, 0, 0, 0]);
    chunk(&mut file, b"IHDR", &head);
    chunk(&mut file, b"IDAT", &rows(edge));
    chunk(&mut file, b"IEND", &[]);
    file
}

fn rows(edge: u32) -> Vec<u8> {
    let row = vec![0; 1 + edge.div_ceil(8) as usize];
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..edge {
        // Writing into memory cannot fail.
        let _ = packed.write_all(&row);
    }
    packed.finish().unwrap_or_default()
}

fn chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    file.extend_from_slice(name);
    file.extend_from_slice(data);
    let mut sum = Crc::new();
    sum.update(name);
    sum.update(data);
    file.extend_from_slice(&sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_painted_decodes_at_its_size() {
        for kind in [FileKind::Png, FileKind::Jpeg, FileKind::Webp] {
            let file = paint(48, 32, kind);
            let picture = image::load_from_memory_with_format(&file, kind.format()).unwrap();
            assert_eq!((picture.width(), picture.height()), (48, 32), "{kind:?}");
            assert_ne!(file, black(48, 32, kind));
        }
    }

    #[test]
    fn a_bomb_is_small_and_says_that_it_is_large() {
        let file = bomb(2_000);
        assert!(file.len() < 4_096, "{}", file.len());
        let picture = image::load_from_memory(&file).unwrap();
        assert_eq!((picture.width(), picture.height()), (2_000, 2_000));
    }
}
