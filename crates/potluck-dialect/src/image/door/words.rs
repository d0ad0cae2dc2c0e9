//! The words of a request for a picture: each read from one value, or refused with what would have been right.

use potluck_core::image::{Format, Ratio, Size, Wish};

use crate::wire::Cursor;
use crate::wrong::{self, Wrong};

/// What of a size was said, in up to four fields.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    pub(super) size: Option<Size>,
    pub(super) ratio: Option<Ratio>,
    /// The edge of a square of about so many pixels.
    pub(super) edge: Option<u32>,
    pub(super) wide: Option<u32>,
    pub(super) high: Option<u32>,
}

impl Extent {
    /// What they mean together.
    pub(super) fn wish(self) -> Result<Wish, Wrong> {
        let size = match (self.size, self.wide, self.high) {
            (Some(size), _, _) => Some(size),
            (None, Some(wide), Some(high)) => {
                Some(Size::new(wide, high).ok_or_else(|| Wrong::value(NO_SIZE).inside("width"))?)
            }
            (None, Some(_), None) => return Err(Wrong::missing("height")),
            (None, None, Some(_)) => return Err(Wrong::missing("width")),
            (None, None, None) => None,
        };
        let pixels = self.edge.map(|edge| u64::from(edge) * u64::from(edge));
        match (size, self.ratio) {
            (Some(size), Some(ratio)) if !(Wish::Shape { ratio, pixels: None }).is_met_by(size) => {
                Err(Wrong::value("contradicts the size: send one of the two")
                    .inside("aspect_ratio"))
            }
            (Some(size), _) => Ok(Wish::Exact(size)),
            (None, Some(ratio)) => Ok(Wish::Shape { ratio, pixels }),
            (None, None) if pixels.is_some() => Ok(Wish::Shape { ratio: SQUARE, pixels }),
            (None, None) => Ok(Wish::Auto),
        }
    }

    /// `size`: two edges, a tier, or `auto`.
    pub(super) fn read_size(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let text = wrong::text(cursor)?;
        match tier(&text) {
            Some(edge) => self.edge = Some(edge),
            None if text == "auto" => {}
            None => self.size = Some(text.parse().map_err(|_| Wrong::value(NO_SIZE))?),
        }
        Ok(())
    }

    /// `aspect_ratio`: two numbers, or `auto`.
    pub(super) fn read_ratio(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let text = wrong::text(cursor)?;
        if text != "auto" {
            let what =
                "must be two numbers such as \"16:9\", neither 32 times the other, or \"auto\"";
            self.ratio = Some(text.parse().map_err(|_| Wrong::value(what))?);
        }
        Ok(())
    }

    /// `resolution` or `image_size`: a tier.
    pub(super) fn read_tier(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let text = wrong::text(cursor)?;
        let what = "must be \"512\", \"1K\", \"2K\" or \"4K\"";
        self.edge = Some(tier(&text).ok_or_else(|| Wrong::value(what))?);
        Ok(())
    }
}

const NO_SIZE: &str = "must be two edges of 1 to 16384 pixels such as \"1024x1024\", a tier such as \"2K\", or \"auto\"";

const SQUARE: Ratio = Ratio { wide: 1.0, high: 1.0 };

fn tier(text: &str) -> Option<u32> {
    match text {
        "512" | "0.5K" | "0.5k" => Some(512),
        "1K" | "1k" => Some(1024),
        "2K" | "2k" => Some(2048),
        "4K" | "4k" => Some(4096),
        _ => None,
    }
}

/// `output_format`.
pub(super) fn format(cursor: &mut Cursor<'_>) -> Result<Format, Wrong> {
    let text = wrong::text(cursor)?;
    let named = if text == "jpg" { "jpeg" } else { &text };
    let known = Format::WRITTEN.into_iter().find(|format| format.word() == named);
    known.ok_or_else(|| Wrong::value("must be \"png\", \"jpeg\" or \"webp\""))
}

/// `background`.
pub(super) fn background(cursor: &mut Cursor<'_>) -> Result<String, Wrong> {
    let text = wrong::text(cursor)?;
    match text.as_str() {
        "auto" | "transparent" | "opaque" => Ok(text),
        _ => Err(Wrong::value("must be \"transparent\", \"opaque\" or \"auto\"")),
    }
}
