//! What a file says of itself, read without decoding or allocating: the place where bombs are refused.

use crate::fault::Fault;
use crate::format::Format;
use crate::{jpeg, png, webp};

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Size {
    /// How many pixels.
    #[must_use]
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// How much a picture may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most pixels that are decoded.
    pub pixels: u64,
    /// The most memory that decoding, converting and writing may take together, in bytes.
    pub memory: u64,
    /// The most frames of an animation; only the first is looked at.
    pub frames: u32,
}

impl Default for Limits {
    /// No free model makes pictures above 2048 x 2048; four times that is decoded.
    fn default() -> Self {
        Self { pixels: 4096 * 4096, memory: 288 << 20, frames: 64 }
    }
}

/// What a file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// By its first bytes.
    pub format: Format,
    /// The size of its picture.
    pub size: Size,
    /// How many pictures it has; above one where it moves.
    pub frames: u32,
    /// Bytes for each pixel while it is decoded, as stored by the decoder.
    pub(crate) depth: u64,
}

impl Header {
    /// Reads the head of a file, and whether it is whole.
    ///
    /// # Errors
    /// It is empty, of no format that is read here, has no size, or breaks off.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.is_empty() {
            return Err(Fault::Empty);
        }
        let format = Format::sniff(bytes).ok_or(Fault::Unknown)?;
        let header = match format {
            Format::Png => png::header(bytes),
            Format::Jpeg => jpeg::header(bytes),
            Format::WebP => webp::header(bytes),
            Format::Gif | Format::Avif => return Err(Fault::Unread(format)),
        }?;
        if header.size.pixels() == 0 {
            return Err(Fault::Broken { format, why: "it has no size".to_owned() });
        }
        Ok(header)
    }

    /// The memory that decoding it, changing its colours and writing it anew takes at most, in bytes. Beside what its
    /// decoder stores: one copy in other colours, and what an encoder gathers.
    #[must_use]
    pub fn memory(&self) -> u64 {
        const COPY: u64 = 4;
        const WRITTEN: u64 = 4;
        self.size.pixels().saturating_mul(self.depth + COPY + WRITTEN)
    }

    /// Whether it stays within limits.
    ///
    /// # Errors
    /// What it asks too much of.
    pub fn check(&self, limits: &Limits) -> Result<(), Fault> {
        let (size, need) = (self.size, self.memory());
        if size.pixels() > limits.pixels {
            return Err(Fault::TooManyPixels { size, limit: limits.pixels });
        }
        if need > limits.memory {
            return Err(Fault::TooMuchMemory { size, need, limit: limits.memory });
        }
        if self.frames > limits.frames {
            return Err(Fault::TooManyFrames { frames: self.frames, limit: limits.frames });
        }
        Ok(())
    }
}
