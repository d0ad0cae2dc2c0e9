//! Which format bytes are of. Content types and file names lie; the first bytes do not.

/// A format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP, lossy or not. Written without loss only: there is no lossy encoder in Rust alone.
    WebP,
    /// GIF: told apart, not read.
    Gif,
    /// AVIF: told apart, not read.
    Avif,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::WebP, Self::Gif, Self::Avif];

    /// The format of a file by its first bytes; `None` where they are of no known picture.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        let brand = || bytes.get(8..12).unwrap_or_default();
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"RIFF") && brand() == b"WEBP" {
            Some(Self::WebP)
        } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            Some(Self::Gif)
        } else if bytes.get(4..8) == Some(b"ftyp") && matches!(brand(), b"avif" | b"avis") {
            Some(Self::Avif)
        } else {
            None
        }
    }

    /// The word of APIs for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
        }
    }

    /// The format that an API's word means; `jpg` is JPEG too.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let word = if word == "jpg" { "jpeg" } else { word };
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// Its content type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
        }
    }

    /// How files of it are called, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            other => other.word(),
        }
    }

    /// Whether it can be read and written here.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::WebP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_format() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\nrest"[..], Some(Format::Png)),
            (b"\xff\xd8\xff\xe0", Some(Format::Jpeg)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(Format::WebP)),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"GIF89a", Some(Format::Gif)),
            (b"\0\0\0\x20ftypavif", Some(Format::Avif)),
            (b"\0\0\0\x20ftypisom", None),
            (b"<html>", None),
            (b"", None),
        ] {
            assert_eq!(Format::sniff(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn words_go_there_and_back() {
        for format in Format::ALL {
            assert_eq!(Format::from_word(format.word()), Some(format));
        }
        assert_eq!(Format::from_word("jpg"), Some(Format::Jpeg));
        assert_eq!(Format::from_word("bmp"), None);
    }
}
