//! Pictures: what a client can ask, what a model can make, and how a wished size becomes one that it makes.
//!
//! Pictures travel as bytes that nobody here opens. One attempt makes one picture: `n` is gathered from several,
//! so that several offers can work at once and each is counted by what it made.

mod size;

use std::sync::Arc;
use std::time::Duration;

use crate::request::{ChatRequest, Routing};
use crate::sealed::Extra;

pub use self::size::{Fit, Ratio, Size, Sizes, Wish};

/// The most pictures of one request, as in `OpenAI`'s interface.
pub const MOST_PICTURES: u32 = 10;

/// The most pictures that one request may send to be changed, as in OpenRouter's interface.
pub const MOST_SOURCES: usize = 16;

/// How long one picture may take where nobody says: volunteers' queues take minutes, and chat's deadlines would
/// end every one of their attempts.
pub const USUAL_PATIENCE: Duration = Duration::from_secs(300);

/// A picture to be made, or one to be changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageRequest {
    /// The names asked for, in order of preference. May be empty.
    pub models: Vec<String>,
    /// What is to be seen; never empty once read.
    pub prompt: String,
    /// What is not to be seen.
    pub negative: Option<String>,
    /// How many pictures, 1 to [`MOST_PICTURES`]; 0 is read as 1.
    pub count: u32,
    /// How large.
    pub size: Wish,
    /// How much care, in the client's word: `low`, `medium`, `high`, `standard`, `hd`.
    pub quality: Option<String>,
    /// The manner, in the client's word: `vivid`, `natural`.
    pub style: Option<String>,
    /// `transparent` or `opaque`.
    pub background: Option<String>,
    /// The form of the file, where that was said.
    pub format: Option<Format>,
    /// How much of a jpeg's or webp's quality is to be kept, 0 to 100.
    pub compression: Option<u8>,
    /// How the picture is to be handed over, where that was said.
    pub delivery: Option<Delivery>,
    /// How many unfinished pictures to show on the way, where the answer is streamed.
    pub partial_images: Option<u32>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// For repeatable pictures, where the model can.
    pub seed: Option<u64>,
    /// How many steps from noise to picture.
    pub steps: Option<u32>,
    /// How closely the prompt is to be followed.
    pub guidance: Option<f64>,
    /// Who asks, as the client names it.
    pub user: Option<String>,
    /// The pictures to be changed, where some were sent.
    pub edit: Option<Edit>,
    /// The conversation that asks for the picture, for models that can follow it.
    pub conversation: Option<Arc<ChatRequest>>,
    /// What the client wants of the router itself.
    pub routing: Routing,
    /// What the client asked for and nothing here can carry, by the client's name for it.
    pub dropped: Vec<String>,
    /// Fields that no dialect of ours knows, in their order.
    pub extra: Extra,
}

/// Pictures to be changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// What to start from; at least one once read.
    pub sources: Vec<Source>,
    /// Which parts of the first may change: those where this one is transparent.
    pub mask: Option<Source>,
}

/// A picture that a client sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub bytes: Arc<[u8]>,
    /// What it is by its first bytes, whatever it was called.
    pub format: Format,
}

/// The form of a picture's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// GIF; never written.
    Gif,
}

/// How a picture is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Inside the answer, as base64.
    Base64,
    /// As an address.
    Url,
}

/// What a model that makes pictures can do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageAbility {
    /// The sizes it makes.
    pub sizes: Sizes,
    /// How much of a prompt it takes.
    pub prompt: PromptLimit,
    /// The most steps, where it can be told; a wish beyond is lowered.
    pub most_steps: Option<u32>,
    /// The steps it takes unasked, where known.
    pub usual_steps: Option<u32>,
    /// The most pictures that it can start from; 0 where it changes none.
    pub sources: u32,
    /// Whether it can be told which parts to change.
    pub masks: bool,
}

/// How much of a prompt a model takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PromptLimit {
    /// Characters beyond which it refuses.
    pub characters: Option<u32>,
    /// Tokens beyond which it reads no further, and says nothing.
    pub tokens: Option<u32>,
}

impl ImageRequest {
    /// How many pictures, never none and never too many.
    #[must_use]
    pub fn pictures(&self) -> u32 {
        self.count.clamp(1, MOST_PICTURES)
    }
}

impl Format {
    /// Those that can be written.
    pub const WRITTEN: [Self; 3] = [Self::Png, Self::Jpeg, Self::Webp];

    /// The word used by clients.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }

    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// What a file is by its first bytes; content types lie.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }
}

impl Source {
    /// A file that is a picture by its first bytes.
    #[must_use]
    pub fn sniffed(bytes: impl Into<Arc<[u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        Format::sniff(&bytes).map(|format| Self { bytes, format })
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({}, {} bytes)", self.format.word(), self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        assert_eq!(Format::sniff(b"\x89PNG\r\n\x1a\nrest"), Some(Format::Png));
        assert_eq!(Format::sniff(b"\xff\xd8\xff\xe0"), Some(Format::Jpeg));
        assert_eq!(Format::sniff(b"RIFF\0\0\0\0WEBPVP8 "), Some(Format::Webp));
        assert_eq!(Format::sniff(b"GIF89a"), Some(Format::Gif));
        for none in [&b""[..], b"\x89PNG", b"RIFF\0\0\0\0WAVE", b"<svg", b"{\"a\":1}"] {
            assert_eq!(Format::sniff(none), None);
            assert_eq!(Source::sniffed(none), None);
        }
    }

    #[test]
    fn a_request_is_for_one_picture_at_least_and_ten_at_most() {
        let count = |count| ImageRequest { count, ..ImageRequest::default() }.pictures();
        assert_eq!([0, 1, 4, 10, 11, u32::MAX].map(count), [1, 1, 4, 10, 10, 10]);
    }
}
