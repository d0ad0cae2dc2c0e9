//! The anatomy of a WebP: a RIFF file of chunks, plain or extended.

use crate::fault::Fault;
use crate::format::Format;
use crate::header::{Header, Size};
use crate::slices::{array, little16, little24, little32};

const HAS_ALPHA: u8 = 0x10;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// One chunk.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
}

/// The chunks that the file says it has; `None` where it breaks off.
fn chunks(bytes: &[u8]) -> Option<Vec<Chunk<'_>>> {
    let told = usize::try_from(little32(bytes, 4)?).ok()?;
    let mut rest = bytes.get(12..told.checked_add(8)?)?;
    let mut chunks = Vec::new();
    while let Some(name) = array(rest, 0) {
        let length = usize::try_from(little32(rest, 4)?).ok()?;
        let data = rest.get(8..length.checked_add(8)?)?;
        chunks.push(Chunk { name, data });
        // chunks begin at even places; the last may lack its filling
        rest = rest.get(8 + length + length % 2..).unwrap_or_default();
    }
    Some(chunks)
}

/// What the file says of itself.
pub(crate) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let format = Format::WebP;
    let chunks = chunks(bytes).ok_or(Fault::Cut(format))?;
    let mut size: Option<Size> = None;
    let mut frames = 0_u32;
    let mut has_picture = false;
    for chunk in &chunks {
        frames += u32::from(&chunk.name == b"ANMF");
        has_picture |= matches!(&chunk.name, b"VP8 " | b"VP8L" | b"ANMF");
        if let Some(told) = size_of(chunk) {
            // a chunk that claims more than its frame is what would be decoded
            size = Some(size.map_or(told, |known| larger(known, told)));
        }
    }
    match size {
        Some(size) if has_picture => Ok(Header { format, size, frames: frames.max(1), depth: 10 }),
        _ => Err(Fault::Broken { format, why: "it has no picture".to_owned() }),
    }
}

fn larger(a: Size, b: Size) -> Size {
    Size { width: a.width.max(b.width), height: a.height.max(b.height) }
}

/// The size that a chunk tells of.
fn size_of(chunk: &Chunk<'_>) -> Option<Size> {
    match &chunk.name {
        b"VP8X" => {
            let (width, height) = (little24(chunk.data, 4)? + 1, little24(chunk.data, 7)? + 1);
            Some(Size { width, height })
        }
        b"VP8 " => {
            let (width, height) = (little16(chunk.data, 6)?, little16(chunk.data, 8)?);
            Some(Size { width: (width & 0x3fff).into(), height: (height & 0x3fff).into() })
        }
        b"VP8L" => {
            let bits = little32(chunk.data, 1)?;
            Some(Size { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 })
        }
        b"ANMF" => {
            let (width, height) = (little24(chunk.data, 6)? + 1, little24(chunk.data, 9)? + 1);
            Some(Size { width, height })
        }
        _ => None,
    }
}

/// The same picture with this EXIF block, and without what others wrote into it in words. `size` is its canvas.
pub(crate) fn inscribe(bytes: &[u8], exif: &[u8], size: Size) -> Vec<u8> {
    let Some(chunks) = chunks(bytes) else { return bytes.to_vec() };
    let mut body = Vec::with_capacity(bytes.len() + exif.len() + 64);
    body.extend_from_slice(b"WEBP");
    write(&mut body, *b"VP8X", &extended(&chunks, size));
    for chunk in &chunks {
        if !matches!(&chunk.name, b"VP8X" | b"EXIF" | b"XMP ") {
            write(&mut body, chunk.name, chunk.data);
        }
    }
    write(&mut body, *b"EXIF", exif);
    let Ok(length) = u32::try_from(body.len()) else { return bytes.to_vec() };
    let mut out = Vec::with_capacity(body.len() + 8);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&length.to_le_bytes());
    out.append(&mut body);
    out
}

/// The chunk that says what else is there: that of the file, or one for a file that was plain.
fn extended(chunks: &[Chunk<'_>], size: Size) -> [u8; 10] {
    let kept = chunks.iter().find(|chunk| &chunk.name == b"VP8X");
    if let Some(mut told) = kept.and_then(|chunk| array::<10>(chunk.data, 0)) {
        let [flags, ..] = &mut told;
        *flags = (*flags | HAS_EXIF) & !HAS_XMP;
        return told;
    }
    let is_clear = chunks.iter().any(|chunk| {
        &chunk.name == b"VP8L" && little32(chunk.data, 1).is_some_and(|bits| bits >> 28 & 1 == 1)
    });
    let flags = HAS_EXIF | if is_clear { HAS_ALPHA } else { 0 };
    let [wa, wb, wc, _] = size.width.saturating_sub(1).to_le_bytes();
    let [ha, hb, hc, _] = size.height.saturating_sub(1).to_le_bytes();
    [flags, 0, 0, 0, wa, wb, wc, ha, hb, hc]
}

fn write(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    let Ok(length) = u32::try_from(data.len()) else { return };
    out.extend_from_slice(&name);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
}
