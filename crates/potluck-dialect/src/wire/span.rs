//! Finding fields in a document that is already known to be JSON.

/// The texts of the named fields at the top of an object, where they stand; of two with one name the first.
///
/// The document must have been read before: nothing is checked here, so that finding two fields in 64 KiB
/// costs a few microseconds. In a document that is no JSON what is found means nothing, and no more.
#[must_use]
pub fn top_level<'a, const N: usize>(bytes: &'a [u8], names: [&str; N]) -> [Option<&'a [u8]>; N] {
    let mut found = [None; N];
    let mut at = memchr::memchr(b'{', bytes).map_or(bytes.len(), |open| open + 1);
    while let Some(open) = memchr::memchr(b'"', bytes.get(at..).unwrap_or_default()) {
        let open = at + open;
        let close = end_of_text(bytes, open);
        let key = bytes.get(open + 1..close.saturating_sub(1)).unwrap_or_default();
        let start = bytes.iter().skip(close).position(|byte| !is_between(*byte));
        let Some(start) = start.map(|start| start + close) else { break };
        let end = end_of_value(bytes, start);
        if let Some(slot) = names.iter().position(|name| name.as_bytes() == key) {
            found[slot] = found[slot].or_else(|| bytes.get(start..end));
        }
        at = end;
    }
    found
}

const fn is_between(byte: u8) -> bool {
    matches!(byte, b':' | b' ' | b'\n' | b'\r' | b'\t')
}

/// The byte after the string that begins at `open`. Looks at quotes only: what is escaped has an odd
/// number of backslashes before it.
fn end_of_text(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while let Some(quote) = memchr::memchr(b'"', bytes.get(at..).unwrap_or_default()) {
        let quote = at + quote;
        let slashes =
            bytes[open + 1..quote].iter().rev().take_while(|&&byte| byte == b'\\').count();
        if slashes % 2 == 0 {
            return quote + 1;
        }
        at = quote + 1;
    }
    bytes.len()
}

fn end_of_value(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = end_of_text(bytes, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                if depth <= 1 {
                    return at + usize::from(depth == 1);
                }
                depth -= 1;
            }
            b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
