//! From what a provider sent to what a client gets.

use crate::decode::decode;
use crate::encode::encode;
use crate::fault::Fault;
use crate::format::Format;
use crate::header::{Limits, Size};
use crate::origin::{Origin, inscribe};

/// In which form a picture is wished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The format; `None` for whatever came.
    pub format: Option<Format>,
    /// The quality of a JPEG, 1 to 100, where somebody said; a JPEG that came is then written anew, if that makes it
    /// smaller.
    pub quality: Option<u8>,
}

/// A picture as a client gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// Its size, as it is seen.
    pub size: Size,
    /// Whether it is black all over, as measured.
    pub is_black: bool,
    /// Whether its pixels were written anew; else they are those that came, byte for byte.
    pub is_converted: bool,
}

/// Decodes what came, converts it where the wish differs, and writes its origin into it.
///
/// # Errors
/// It is no picture, cut, broken, or asks for more than `limits`; or the wished format is not written here.
pub fn prepare(
    bytes: &[u8],
    wish: &Wish,
    origin: &Origin,
    limits: &Limits,
) -> Result<Ready, Fault> {
    let picture = decode(bytes, limits)?;
    let (size, is_black) = (picture.size(), picture.is_black());
    let came = picture.header.format;
    let format = wish.format.unwrap_or(came);
    let is_asked_smaller = format == Format::Jpeg && wish.quality.is_some();
    let written = if format != came || picture.turned {
        Some(encode(&picture, format, wish.quality)?)
    } else if is_asked_smaller {
        Some(encode(&picture, format, wish.quality)?).filter(|new| new.len() < bytes.len())
    } else {
        None
    };
    // the pixels are gone before the file is copied once more
    drop(picture);
    let is_converted = written.is_some();
    let bytes = inscribe(written.as_deref().unwrap_or(bytes), origin)?;
    Ok(Ready { bytes, format, size, is_black, is_converted })
}
