//! What can be wrong with a picture.

use crate::format::Format;
use crate::header::Size;

/// Why bytes are no picture that can be given to anybody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are of no known picture.
    #[error("the bytes are no png, jpeg or webp")]
    Unknown,
    /// A format that is only told apart.
    #[error("{} pictures cannot be read here; png, jpeg and webp can", .0.word())]
    Unread(Format),
    /// A format that cannot be written.
    #[error("{} pictures cannot be written here; png, jpeg and webp can", .0.word())]
    Unwritten(Format),
    /// The file ends before its picture does.
    #[error("the {} file breaks off before its end", .0.word())]
    Cut(Format),
    /// It says that it has more pixels than are decoded.
    #[error("{size} is more than the {limit} pixels that are decoded")]
    TooManyPixels {
        /// What it says.
        size: Size,
        /// The most that is decoded.
        limit: u64,
    },
    /// Decoding it would need more memory than it may take.
    #[error("{size} would need {need} bytes of memory, more than the {limit} allowed")]
    TooMuchMemory {
        /// What it says.
        size: Size,
        /// In bytes, estimated on the high side.
        need: u64,
        /// In bytes.
        limit: u64,
    },
    /// An animation of more frames than are looked at.
    #[error("{frames} frames are more than the {limit} allowed")]
    TooManyFrames {
        /// What it says.
        frames: u32,
        /// The most allowed.
        limit: u32,
    },
    /// The file contradicts itself or its format.
    #[error("the {} file is broken: {why}", .format.word())]
    Broken {
        /// What it seemed to be.
        format: Format,
        /// What the decoder says.
        why: String,
    },
    /// The pixels could not be written.
    #[error("the picture cannot be written as {}: {why}", .format.word())]
    Unwritable {
        /// The wished format.
        format: Format,
        /// What the encoder says.
        why: String,
    },
}

impl Fault {
    /// Whether the file asks for more than anybody is given: a bomb, or merely huge.
    #[must_use]
    pub const fn is_too_large(&self) -> bool {
        matches!(
            self,
            Self::TooManyPixels { .. } | Self::TooMuchMemory { .. } | Self::TooManyFrames { .. }
        )
    }
}
