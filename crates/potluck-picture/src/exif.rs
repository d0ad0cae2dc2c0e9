//! A block of EXIF: the smallest TIFF file that holds two texts, as JPEG and WebP carry it.

const SOFTWARE: u16 = 0x0131;
const DESCRIPTION: u16 = 0x010e;
const ASCII: u16 = 2;

/// Where the texts begin: behind the head, the count, two entries, and the place of the next directory.
const TEXTS: usize = 8 + 2 + 2 * 12 + 4;

/// A block with the name of the software and a description.
pub(crate) fn block(software: &str, description: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(TEXTS + software.len() + description.len() + 2);
    out.extend_from_slice(b"II\x2a\0\x08\0\0\0\x02\0");
    let mut place = TEXTS;
    // entries stand in the order of their numbers
    for (tag, text) in [(DESCRIPTION, description), (SOFTWARE, software)] {
        let length = text.len() + 1;
        write_entry(&mut out, tag, text, length, place);
        place += if length > 4 { length } else { 0 };
    }
    out.extend_from_slice(&[0; 4]);
    for text in [description, software].into_iter().filter(|text| text.len() + 1 > 4) {
        out.extend_from_slice(text.as_bytes());
        out.push(0);
    }
    out
}

/// A text of up to four bytes stands in its entry, a longer one where the entry says.
fn write_entry(out: &mut Vec<u8>, tag: u16, text: &str, length: usize, place: usize) {
    out.extend_from_slice(&tag.to_le_bytes());
    out.extend_from_slice(&ASCII.to_le_bytes());
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    if length > 4 {
        out.extend_from_slice(&u32::try_from(place).unwrap_or(u32::MAX).to_le_bytes());
    } else {
        let mut inside = [0; 4];
        inside.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        out.extend_from_slice(&inside);
    }
}
