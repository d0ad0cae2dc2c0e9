//! From pixels to a file.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder, ImageResult, RgbImage, Rgba};

use crate::decode::Picture;
use crate::fault::Fault;
use crate::format::Format;

/// The quality of JPEGs where nobody says: what OpenAI's own default of 100 would give is needlessly large.
const QUALITY: u8 = 92;

/// Writes a picture. `quality` (1 to 100) counts for JPEG alone: PNG and WebP are written without loss. A JPEG cannot
/// be transparent: what is, becomes white.
///
/// # Errors
/// The format is not written here, or cannot hold a picture of that size.
pub fn encode(picture: &Picture, format: Format, quality: Option<u8>) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    let written = match format {
        Format::Png => png(picture, &mut out),
        Format::Jpeg => jpeg(picture, quality.unwrap_or(QUALITY).clamp(1, 100), &mut out),
        Format::WebP => webp(picture, &mut out),
        other => return Err(Fault::Unwritten(other)),
    };
    written.map_err(|error| Fault::Unwritable { format, why: error.to_string() })?;
    Ok(out)
}

fn png(picture: &Picture, out: &mut Vec<u8>) -> ImageResult<()> {
    let encoder = PngEncoder::new_with_quality(out, CompressionType::Fast, FilterType::Adaptive);
    write(picture, &picture.pixels, encoder)
}

fn jpeg(picture: &Picture, quality: u8, out: &mut Vec<u8>) -> ImageResult<()> {
    let encoder = JpegEncoder::new_with_quality(out, quality);
    let opaque = if picture.pixels.color().has_alpha() {
        Some(DynamicImage::ImageRgb8(over_white(&picture.pixels)))
    } else {
        to_bytes(&picture.pixels)
    };
    write(picture, opaque.as_ref().unwrap_or(&picture.pixels), encoder)
}

fn webp(picture: &Picture, out: &mut Vec<u8>) -> ImageResult<()> {
    let encoder = WebPEncoder::new_lossless(out);
    let plain = to_bytes(&picture.pixels);
    write(picture, plain.as_ref().unwrap_or(&picture.pixels), encoder)
}

fn write(
    picture: &Picture,
    pixels: &DynamicImage,
    mut encoder: impl ImageEncoder,
) -> ImageResult<()> {
    if let Some(profile) = picture.profile.clone().filter(|_| keeps_colours(picture, pixels)) {
        // a format that has no place for a profile says so, and is written without
        let _unsupported = encoder.set_icc_profile(profile);
    }
    pixels.write_with_encoder(encoder)
}

/// A profile of grey is of no use to colours, and the reverse.
fn keeps_colours(picture: &Picture, pixels: &DynamicImage) -> bool {
    picture.pixels.color().has_color() == pixels.color().has_color()
}

/// One byte a channel, where it is more; `None` where it is so already.
fn to_bytes(pixels: &DynamicImage) -> Option<DynamicImage> {
    let color = pixels.color();
    if color.bytes_per_pixel() == color.channel_count() {
        return None;
    }
    Some(match (color.has_color(), color.has_alpha()) {
        (true, true) => DynamicImage::ImageRgba8(pixels.to_rgba8()),
        (true, false) => DynamicImage::ImageRgb8(pixels.to_rgb8()),
        (false, true) => DynamicImage::ImageLumaA8(pixels.to_luma_alpha8()),
        (false, false) => DynamicImage::ImageLuma8(pixels.to_luma8()),
    })
}

pub(crate) fn over_white(pixels: &DynamicImage) -> RgbImage {
    use image::GenericImageView;
    let mut opaque = RgbImage::new(pixels.width(), pixels.height());
    for ((_, _, Rgba([red, green, blue, alpha])), to) in pixels.pixels().zip(opaque.pixels_mut()) {
        let mix = |colour: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            let mixed = (colour * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        to.0 = [mix(red), mix(green), mix(blue)];
    }
    opaque
}
