//! Sizes: what was wished, what a model makes, and the nearest of the second to the first.
//!
//! A model makes what it makes. So a wish is met by the nearest size, judged by both edges in proportion (twice as
//! wide is as far as half as wide), and what is given is always said beside what was asked.

use std::fmt;
use std::str::FromStr;

/// The longest edge that is asked for or believed, in pixels.
const LONGEST: u32 = 16_384;

/// Where a model makes any size and nobody says which: what most are trained on.
const USUAL: Size = Size { wide: 1024, high: 1024 };

/// A size in pixels; neither edge is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// From left to right.
    pub wide: u32,
    /// From top to bottom.
    pub high: u32,
}

/// A shape: so many parts wide to so many high, neither of them 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Parts from left to right.
    pub wide: f64,
    /// Parts from top to bottom.
    pub high: f64,
}

/// How large a picture is wished.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Wish {
    /// As the model likes.
    #[default]
    Auto,
    /// Exactly so.
    Exact(Size),
    /// Of this shape.
    Shape {
        /// The shape.
        ratio: Ratio,
        /// With about so many pixels, where that was said.
        pixels: Option<u64>,
    },
}

/// The sizes that a model makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sizes {
    /// It cannot be told; it makes its own, where that is known.
    Own(Option<Size>),
    /// Nobody says: a wish is passed on, and the provider decides.
    #[default]
    Any,
    /// These; the first is what it makes unasked.
    Listed(Vec<Size>),
    /// Any whose edges are multiples of a step.
    Grid {
        /// The step, at least 1.
        step: u32,
        /// The shortest edge.
        least: u32,
        /// The longest edge.
        most: u32,
        /// The most pixels, where both edges cannot be longest together.
        pixels: Option<u64>,
        /// What it makes unasked, where known.
        usual: Option<Size>,
    },
}

/// How a wish is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// What the provider is to be told; `None`: nothing.
    pub ask: Option<Size>,
    /// What is expected to come, where known.
    pub given: Option<Size>,
    /// Whether that is what was wished.
    pub met: bool,
}

impl Size {
    /// A size of edges that a picture can have: 1 to 16,384 pixels each.
    #[must_use]
    pub fn new(wide: u32, high: u32) -> Option<Self> {
        let edge = 1..=LONGEST;
        (edge.contains(&wide) && edge.contains(&high)).then_some(Self { wide, high })
    }

    /// How many pixels.
    #[must_use]
    pub fn pixels(self) -> u64 {
        u64::from(self.wide) * u64::from(self.high)
    }

    /// How many squares of 512 pixels cover it, as some providers count.
    #[must_use]
    pub fn tiles(self) -> u64 {
        u64::from(self.wide.div_ceil(512)) * u64::from(self.high.div_ceil(512))
    }

    /// Its shape, in the smallest whole numbers: `16:9`.
    #[must_use]
    pub fn ratio(self) -> Ratio {
        let common = common(self.wide, self.high).max(1);
        Ratio { wide: f64::from(self.wide / common), high: f64::from(self.high / common) }
    }
}

/// As `1024x768`.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.wide, self.high)
    }
}

impl FromStr for Size {
    type Err = NoSize;

    fn from_str(text: &str) -> Result<Self, NoSize> {
        let (wide, high) = text.split_once(['x', 'X', '*', '×']).ok_or(NoSize)?;
        let edge = |text: &str| text.trim().parse::<u32>().map_err(|_| NoSize);
        Self::new(edge(wide)?, edge(high)?).ok_or(NoSize)
    }
}

/// A text that names no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a size is written as two edges of 1 to 16384 pixels: \"1024x768\"")]
pub struct NoSize;

impl Ratio {
    /// A shape that a picture can have: at most 32 times as wide as high, or the reverse.
    #[must_use]
    pub fn new(wide: f64, high: f64) -> Option<Self> {
        let parts = wide.is_finite() && high.is_finite() && wide > 0.0 && high > 0.0;
        (parts && (1.0 / 32.0..=32.0).contains(&(wide / high))).then_some(Self { wide, high })
    }

    /// How wide, for a height of 1.
    #[must_use]
    pub fn value(self) -> f64 {
        self.wide / self.high
    }

    /// The edges of this shape with about so many pixels, not rounded.
    fn edges(self, pixels: f64) -> (f64, f64) {
        let high = (pixels / self.value()).sqrt();
        (high * self.value(), high)
    }
}

/// As `16:9`.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.wide, self.high)
    }
}

impl FromStr for Ratio {
    type Err = NoRatio;

    fn from_str(text: &str) -> Result<Self, NoRatio> {
        let (wide, high) = text.split_once([':', '/']).ok_or(NoRatio)?;
        let part = |text: &str| text.trim().parse::<f64>().map_err(|_| NoRatio);
        Self::new(part(wide)?, part(high)?).ok_or(NoRatio)
    }
}

/// A text that names no shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shape is written as two numbers, neither 32 times the other: \"16:9\"")]
pub struct NoRatio;

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Exact(size) => size.fmt(f),
            Self::Shape { ratio, .. } => ratio.fmt(f),
        }
    }
}

impl Wish {
    /// The edges that are wished, where a model that likes `usual` is asked; not rounded.
    fn edges(self, usual: Size) -> (f64, f64) {
        match self {
            Self::Auto => (f64::from(usual.wide), f64::from(usual.high)),
            Self::Exact(size) => (f64::from(size.wide), f64::from(size.high)),
            Self::Shape { ratio, pixels } => {
                ratio.edges(pixels.unwrap_or_else(|| usual.pixels()) as f64)
            }
        }
    }

    /// The size that is wished, to the nearest pixel, where it can be said without asking anybody.
    #[must_use]
    pub fn size(self) -> Option<Size> {
        match self {
            Self::Auto => None,
            Self::Exact(size) => Some(size),
            Self::Shape { .. } => {
                let (wide, high) = self.edges(USUAL);
                Size::new(wide.round() as u32, high.round() as u32)
            }
        }
    }

    /// Whether a picture of this size is what was wished: exactly the size, or the shape to within 2 in 100.
    #[must_use]
    pub fn is_met_by(self, given: Size) -> bool {
        match self {
            Self::Auto => true,
            Self::Exact(size) => size == given,
            Self::Shape { ratio, pixels } => {
                let shape = (ratio.value() / given.ratio().value()).ln().abs() < 0.02;
                // A tier such as 2K means about so many pixels: half as many are another tier.
                let near = |wished: u64| {
                    let times = given.pixels() as f64 / wished.max(1) as f64;
                    (0.6..=1.6).contains(&times)
                };
                shape && pixels.is_none_or(near)
            }
        }
    }
}

impl Sizes {
    /// What it makes unasked, where known.
    #[must_use]
    pub fn usual(&self) -> Option<Size> {
        match self {
            Self::Own(size) => *size,
            Self::Any => None,
            Self::Listed(sizes) => sizes.first().copied(),
            Self::Grid { usual, .. } => *usual,
        }
    }

    /// The nearest that it makes to what is wished.
    #[must_use]
    pub fn fit(&self, wish: Wish) -> Fit {
        let ask = match self {
            Self::Own(_) => None,
            Self::Any => wish.size(),
            Self::Listed(sizes) => self.nearest(sizes, wish),
            Self::Grid { usual: None, .. } if wish == Wish::Auto => None,
            Self::Grid { step, least, most, pixels, usual } => {
                let grid = Grid { step: (*step).max(1), least: *least, most: *most };
                Some(grid.nearest(wish.edges(usual.unwrap_or(USUAL)), *pixels))
            }
        };
        let given = ask.or_else(|| self.usual());
        let met = given.map_or(wish == Wish::Auto, |given| wish.is_met_by(given));
        Fit { ask, given, met }
    }

    /// Of a list, the one whose edges are nearest in proportion; the first of two that are as near.
    fn nearest(&self, sizes: &[Size], wish: Wish) -> Option<Size> {
        let wished = wish.edges(self.usual().unwrap_or(USUAL));
        let far = |size: &&Size| distance(wished, (f64::from(size.wide), f64::from(size.high)));
        sizes.iter().min_by(|one, other| far(one).total_cmp(&far(other))).copied()
    }
}

/// How far two sizes are from each other: a shape that is off counts more than a scale that is.
fn distance(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (wide, high) = ((one.0 / other.0).ln(), (one.1 / other.1).ln());
    let (shape, scale) = (wide - high, wide + high);
    4.0 * shape * shape + scale * scale
}

struct Grid {
    step: u32,
    least: u32,
    most: u32,
}

impl Grid {
    /// The crossing nearest to the wished edges: scaled into the bounds first, so that the shape survives.
    fn nearest(&self, (wide, high): (f64, f64), pixels: Option<u64>) -> Size {
        let (least, most) = (f64::from(self.least.max(1)), f64::from(self.most.max(1)));
        let mut scale = (most / wide.max(high)).min(1.0);
        if let Some(pixels) = pixels {
            scale = scale.min((pixels as f64 / (wide * high)).sqrt());
        }
        scale = scale.max((least / wide.min(high)).min(most / wide.max(high)));
        let mut size = Size { wide: self.edge(wide * scale), high: self.edge(high * scale) };
        // Rounding up may have gone over the cap; the longer edge gives way.
        while pixels.is_some_and(|most| size.pixels() > most) && self.shrink(&mut size) {}
        size
    }

    /// The multiple of the step nearest to an edge.
    fn edge(&self, edge: f64) -> u32 {
        let step = f64::from(self.step);
        let (low, high) = (self.least.div_ceil(self.step).max(1), (self.most / self.step).max(1));
        let steps = (edge / step).round() as u32;
        steps.clamp(low.min(high), high) * self.step
    }

    fn shrink(&self, size: &mut Size) -> bool {
        let longer = if size.wide >= size.high { &mut size.wide } else { &mut size.high };
        let next = longer.saturating_sub(self.step);
        let fits = next >= self.least.max(1);
        if fits {
            *longer = next;
        }
        fits
    }
}

const fn common(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { common(other, one % other) }
}

#[cfg(test)]
mod tests;
