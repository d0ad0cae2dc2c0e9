//! From a file to pixels, within limits that are checked before anything is allocated.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError};

use crate::fault::Fault;
use crate::format::Format;
use crate::header::{Header, Limits, Size};

/// The brightest that a channel of a black picture is, of 255: filters paint black, and lossy files blur it a little.
const BLACK: u8 = 3;

/// A decoded picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What its file said.
    pub header: Header,
    /// Its pixels.
    pub(crate) pixels: DynamicImage,
    /// How its colours are meant.
    pub(crate) profile: Option<Vec<u8>>,
    /// Whether the file wanted it turned; the pixels are turned already.
    pub(crate) turned: bool,
}

impl Picture {
    /// Its size, as it is seen.
    #[must_use]
    pub fn size(&self) -> Size {
        Size { width: self.pixels.width(), height: self.pixels.height() }
    }

    /// The brightest that any channel of any pixel is, of 255; what is transparent counts as what is under it.
    #[must_use]
    pub fn brightest(&self) -> u8 {
        let colours = usize::from(self.pixels.color().channel_count());
        let has_alpha = self.pixels.color().has_alpha();
        let seen = if has_alpha { colours - 1 } else { colours };
        let brightest = |bytes: &[u8]| {
            let pixels = bytes.chunks_exact(colours.max(1));
            pixels.flat_map(|pixel| pixel.iter().take(seen)).copied().max().unwrap_or_default()
        };
        match self.pixels.as_bytes() {
            bytes if bytes.len() as u64 == self.size().pixels() * colours as u64 => {
                brightest(bytes)
            }
            _ => brightest(self.pixels.to_rgba8().as_raw()),
        }
    }

    /// Whether it is black all over: measured, not judged. Some providers send that in place of what they filter.
    #[must_use]
    pub fn is_black(&self) -> bool {
        self.brightest() <= BLACK
    }
}

/// Decodes a file; of an animation the first frame.
///
/// # Errors
/// It is no picture, cut, broken, or asks for more than `limits`.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, Fault> {
    let header = Header::read(bytes)?;
    header.check(limits)?;
    let format = header.format;
    let broken = |error: ImageError| broken(format, &error);
    let file = Cursor::new(bytes);
    match format {
        Format::Png => {
            // texts and profiles inside the file may be compressed too
            let decoder = PngDecoder::with_limits(file, bounds(&header)).map_err(broken)?;
            pixels(header, decoder)
        }
        Format::Jpeg => pixels(header, JpegDecoder::new(file).map_err(broken)?),
        Format::WebP => pixels(header, WebPDecoder::new(file).map_err(broken)?),
        other => Err(Fault::Unread(other)),
    }
}

fn pixels(header: Header, mut decoder: impl ImageDecoder) -> Result<Picture, Fault> {
    let broken = |error: ImageError| broken(header.format, &error);
    decoder.set_limits(bounds(&header)).map_err(broken)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or_default();
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(broken)?;
    pixels.apply_orientation(orientation);
    Ok(Picture { header, pixels, profile, turned: orientation != Orientation::NoTransforms })
}

/// What the decoder itself may allocate: as much as the header promised, and a little for tables.
fn bounds(header: &Header) -> image::Limits {
    const TABLES: u64 = 4 << 20;
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(header.size.width);
    bounds.max_image_height = Some(header.size.height);
    bounds.max_alloc = Some(header.memory() + TABLES);
    bounds
}

fn broken(format: Format, error: &ImageError) -> Fault {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Fault::Cut(format)
        }
        other => Fault::Broken { format, why: other.to_string() },
    }
}
