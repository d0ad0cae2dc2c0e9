//! The pictures of potluck: bytes to bytes.
//!
//! Providers send pictures under wrong names, cut off, black, or in a format that nobody asked for. Here they are told
//! apart by their bytes, measured before anything is allocated, decoded within [`Limits`], converted where that is
//! needed, and inscribed with where they come from. A file of the wished format keeps its picture byte for byte.
//!
//! Knows no provider, no socket, no clock and nothing of the other crates; `docs/adr/0015-a-picture-crate.md` says why.
//!
//! | room | what it is for |
//! |---|---|
//! | [`mod@format`] | which format bytes are of |
//! | [`header`] | what a file says of itself: size, frames, the memory that it will need |
//! | `png`, `jpeg`, `webp` | the anatomy of each format: its pieces, whether it is whole, where inscriptions go |
//! | [`mod@decode`] | from a file to pixels |
//! | [`encode`] | from pixels to a file |
//! | [`origin`], `exif` | what is written into a file of where it comes from |
//! | [`mod@prepare`] | all of it: from what a provider sent to what a client gets |
//! | [`preview`] | a picture made small, for terminals |

pub mod decode;
pub mod encode;
mod exif;
pub mod fault;
pub mod format;
pub mod header;
mod jpeg;
pub mod origin;
mod png;
pub mod prepare;
pub mod preview;
mod slices;
mod webp;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;

pub use decode::{Picture, decode};
pub use fault::Fault;
pub use format::Format;
pub use header::{Header, Limits, Size};
pub use origin::{Origin, inscribe};
pub use prepare::{Ready, Wish, prepare};
pub use preview::Preview;
