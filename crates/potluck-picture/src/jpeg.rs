//! The anatomy of a JPEG: segments, each behind a marker, with compressed scans among them.

use memchr::memchr_iter;

use crate::fault::Fault;
use crate::format::Format;
use crate::header::{Header, Size};
use crate::slices::big16;

const START: [u8; 2] = [0xff, 0xd8];
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const JFIF: u8 = 0xe0;
const EXIF: u8 = 0xe1;
/// Photoshop's own segment, in which captions stand.
const CAPTIONS: u8 = 0xed;
const COMMENT: u8 = 0xfe;

/// One segment, its scan included where it begins one.
struct Segment<'a> {
    marker: u8,
    /// Without marker and length.
    data: &'a [u8],
    /// From its marker on.
    whole: &'a [u8],
}

/// The segments up to the marker that ends the picture, or up to where the file breaks off.
fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut rest = bytes.strip_prefix(&START).unwrap_or_default();
    std::iter::from_fn(move || {
        let (segment, after) = split(rest)?;
        rest = if segment.marker == END { &[] } else { after };
        Some(segment)
    })
}

fn split(rest: &[u8]) -> Option<(Segment<'_>, &[u8])> {
    // any number of bytes may fill up before a marker
    let begin = rest.iter().position(|byte| *byte != 0xff)?.checked_sub(1)?;
    let rest = rest.get(begin..)?;
    let marker = *rest.get(1)?;
    if matches!(marker, END | 0x01 | 0xd0..=0xd7) {
        let (whole, after) = rest.split_at_checked(2)?;
        return Some((Segment { marker, data: &[], whole }, after));
    }
    let length = usize::from(big16(rest, 2)?);
    let end = length.checked_add(2)?;
    let data = rest.get(4..end)?;
    let end = if marker == SCAN { end.checked_add(scan(rest.get(end..)?)?)? } else { end };
    let (whole, after) = rest.split_at_checked(end)?;
    Some((Segment { marker, data, whole }, after))
}

/// How long a compressed scan is: up to the next marker that is neither a stuffed byte nor a restart.
fn scan(bytes: &[u8]) -> Option<usize> {
    memchr_iter(0xff, bytes)
        .find(|at| bytes.get(at + 1).is_some_and(|next| !matches!(next, 0x00 | 0xff | 0xd0..=0xd7)))
}

/// What the file says of itself.
pub(crate) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let format = Format::Jpeg;
    let (mut head, mut has_scan, mut is_whole) = (None, false, false);
    for segment in segments(bytes) {
        match segment.marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                head = head.or_else(|| read_frame(segment.marker, segment.data));
            }
            SCAN => has_scan = true,
            END => is_whole = true,
            _ => {}
        }
    }
    match head {
        Some((size, depth)) if is_whole && has_scan => {
            Ok(Header { format, size, frames: 1, depth })
        }
        None if is_whole => Err(Fault::Broken { format, why: "it has no frame".to_owned() }),
        _ => Err(Fault::Cut(format)),
    }
}

/// Size and bytes a pixel. A progressive picture is kept as coefficients of two bytes until its last scan.
fn read_frame(marker: u8, data: &[u8]) -> Option<(Size, u64)> {
    let size = Size { height: big16(data, 1)?.into(), width: big16(data, 3)?.into() };
    let components = u64::from(*data.get(5)?).clamp(1, 4);
    let is_progressive = !matches!(marker, 0xc0 | 0xc1);
    let kept = if is_progressive { 2 * components } else { 1 };
    Some((size, kept + components.max(3)))
}

/// The same picture with this EXIF block, and without what others wrote into it in words. Colour profiles stay.
pub(crate) fn inscribe(bytes: &[u8], exif: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + exif.len() + 16);
    out.extend_from_slice(&START);
    let mut segments = segments(bytes).peekable();
    // readers look for JFIF first
    if let Some(first) = segments.next_if(|first| first.marker == JFIF) {
        out.extend_from_slice(first.whole);
    }
    write_exif(&mut out, exif);
    for segment in segments.filter(|s| !matches!(s.marker, EXIF | COMMENT | CAPTIONS)) {
        out.extend_from_slice(segment.whole);
    }
    out
}

fn write_exif(out: &mut Vec<u8>, exif: &[u8]) {
    const NAME: &[u8] = b"Exif\0\0";
    // a segment counts its own length, and holds no more than that can say
    let Ok(length) = u16::try_from(exif.len() + NAME.len() + 2) else { return };
    out.extend_from_slice(&[0xff, EXIF]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(NAME);
    out.extend_from_slice(exif);
}
