//! The anatomy of a PNG: a signature, and chunks up to the one that ends it.

use crate::fault::Fault;
use crate::format::Format;
use crate::header::{Header, Size};
use crate::slices::{array, big32};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks in which others write down what was asked, when and by whom.
const TOLD_BY_OTHERS: [&[u8; 4]; 5] = [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"];

/// One chunk.
struct Chunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
    /// With its length and its checksum.
    whole: &'a [u8],
}

/// The chunks up to the last one, or up to where the file breaks off.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes.strip_prefix(SIGNATURE).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = usize::try_from(big32(rest, 0)?).ok()?;
        let name = array(rest, 4)?;
        let data = rest.get(8..length.checked_add(8)?)?;
        let (whole, after) = rest.split_at_checked(length.checked_add(12)?)?;
        rest = if &name == b"IEND" { &[] } else { after };
        Some(Chunk { name, data, whole })
    })
}

/// What the file says of itself.
pub(crate) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let format = Format::Png;
    let (mut head, mut frames, mut is_whole) = (None, 1, false);
    for chunk in chunks(bytes) {
        match &chunk.name {
            b"IHDR" if head.is_none() => head = read_head(chunk.data),
            b"acTL" => frames = big32(chunk.data, 0).unwrap_or(1).max(frames),
            b"IEND" => is_whole = true,
            _ => {}
        }
    }
    match head {
        Some((size, depth)) if is_whole => Ok(Header { format, size, frames, depth }),
        Some(_) => Err(Fault::Cut(format)),
        None if is_whole => Err(Fault::Broken { format, why: "it has no header chunk".to_owned() }),
        None => Err(Fault::Cut(format)),
    }
}

/// Size and bytes a pixel: four channels of one or two bytes, whatever is stored, since palettes are expanded.
fn read_head(data: &[u8]) -> Option<(Size, u64)> {
    let size = Size { width: big32(data, 0)?, height: big32(data, 4)? };
    let bits = data.get(8)?;
    Some((size, if *bits == 16 { 8 } else { 4 }))
}

/// The same picture with these texts, and without the texts of others.
pub(crate) fn inscribe(bytes: &[u8], texts: &[(&str, String)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 512);
    out.extend_from_slice(SIGNATURE);
    for chunk in chunks(bytes).filter(|chunk| !TOLD_BY_OTHERS.contains(&&chunk.name)) {
        out.extend_from_slice(chunk.whole);
        if &chunk.name == b"IHDR" {
            texts.iter().for_each(|(keyword, text)| write_text(&mut out, keyword, text));
        }
    }
    out
}

/// As `tEXt` where the text is ASCII, which every reader takes; else as `iTXt`, which is UTF-8.
fn write_text(out: &mut Vec<u8>, keyword: &str, text: &str) {
    let (name, between): (&[u8; 4], &[u8]) =
        if text.is_ascii() { (b"tEXt", b"\0") } else { (b"iTXt", b"\0\0\0\0\0") };
    let data = [keyword.as_bytes(), between, text.as_bytes()].concat();
    let Ok(length) = u32::try_from(data.len()) else { return };
    let mut sum = crc32fast::Hasher::new();
    sum.update(name);
    sum.update(&data);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(name);
    out.extend_from_slice(&data);
    out.extend_from_slice(&sum.finalize().to_be_bytes());
}
