//! A picture made small, for places that can show little: a terminal.

use image::DynamicImage;
use image::imageops::thumbnail;

use crate::decode::decode;
use crate::encode::over_white;
use crate::fault::Fault;
use crate::header::{Limits, Size};

/// A small picture: rows of red, green and blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// How large it is.
    pub size: Size,
    pixels: Vec<[u8; 3]>,
}

impl Preview {
    /// Of a file, as large as fits into `within`, at least one pixel each way.
    ///
    /// # Errors
    /// As of [`decode`].
    pub fn of(bytes: &[u8], within: Size, limits: &Limits) -> Result<Self, Fault> {
        let picture = decode(bytes, limits)?;
        let size = fitted(picture.size(), within);
        let small = match &picture.pixels {
            DynamicImage::ImageRgb8(pixels) => thumbnail(pixels, size.width, size.height),
            pixels => thumbnail(&over_white(pixels), size.width, size.height),
        };
        Ok(Self { size, pixels: small.pixels().map(|pixel| pixel.0).collect() })
    }

    /// The rows, from top to bottom.
    pub fn rows(&self) -> impl Iterator<Item = &[[u8; 3]]> {
        self.pixels.chunks_exact(self.size.width.max(1) as usize)
    }
}

/// The same shape, no larger than the frame and no larger than it was.
fn fitted(size: Size, within: Size) -> Size {
    let (wide, high) = (u64::from(size.width.max(1)), u64::from(size.height.max(1)));
    let (most_wide, most_high) = (u64::from(within.width), u64::from(within.height));
    let by_width = high * most_wide <= most_high * wide;
    let (part, of) = if by_width { (most_wide, wide) } else { (most_high, high) };
    let scale = |edge: u64| u32::try_from((edge * part.min(of) / of).max(1)).unwrap_or(u32::MAX);
    Size { width: scale(wide), height: scale(high) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::samples::file;

    #[test]
    fn a_preview_keeps_the_shape_and_fits() {
        let within = Size { width: 16, height: 16 };
        let preview = Preview::of(&file(Format::Png), within, &Limits::default()).expect("small");
        assert_eq!(preview.size, Size { width: 16, height: 12 });
        assert_eq!(preview.rows().count(), 12);
        assert!(preview.rows().all(|row| row.len() == 16));
        let tall = fitted(Size { width: 10, height: 1000 }, within);
        assert_eq!(tall, Size { width: 1, height: 16 });
        let small = Size { width: 3, height: 2 };
        assert_eq!(fitted(small, within), small);
    }
}
