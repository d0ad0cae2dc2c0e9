//! Strings: where they end, their escapes, and bytes that are no text.

use std::borrow::Cow;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// As many bytes as the compiler tests at once with vector instructions.
const BLOCK: usize = 32;

/// The next byte from `from` on that is a quote, a backslash or a control character; else the end.
///
/// A block a step, then eight bytes: prompts are one long string, and this is where reading them
/// spends its time.
pub(super) fn special(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while bytes.get(at..at + BLOCK).is_some_and(is_plain) {
        at += BLOCK;
    }
    while let Some(word) = bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()) {
        let found = specials(u64::from_le_bytes(word));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&byte| byte != b'"' && byte != b'\\' && byte >= 0x20) {
        at += 1;
    }
    at.min(bytes.len())
}

/// Whether nothing in a block is special. Without an early end, so that it becomes vector code.
fn is_plain(block: &[u8]) -> bool {
    let special = |byte: u8| (byte == b'"') | (byte == b'\\') | (byte < 0x20);
    !block.iter().fold(false, |found, &byte| found | special(byte))
}

/// The high bit of the lowest byte that is special is set; above it bits may lie.
const fn specials(word: u64) -> u64 {
    zeros(word ^ (ONES * b'"' as u64))
        | zeros(word ^ (ONES * b'\\' as u64))
        | (word.wrapping_sub(ONES * 0x20) & !word & HIGHS)
}

const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// The character of the escape at the start, and how many bytes it takes; `None` for half a pair.
pub(super) fn resolve(raw: &str) -> (Option<char>, usize) {
    match raw.as_bytes().get(1) {
        Some(b'n') => (Some('\n'), 2),
        Some(b't') => (Some('\t'), 2),
        Some(b'r') => (Some('\r'), 2),
        Some(b'b') => (Some('\u{8}'), 2),
        Some(b'f') => (Some('\u{c}'), 2),
        Some(b'u') => resolve_unicode(raw),
        Some(&other) => (Some(char::from(other)), 2),
        None => (None, raw.len()),
    }
}

fn resolve_unicode(raw: &str) -> (Option<char>, usize) {
    let Some(unit) = code_unit(raw) else { return (None, raw.len().min(6)) };
    if !(0xd800..0xdc00).contains(&unit) {
        return (char::from_u32(unit), 6);
    }
    match raw.get(6..).and_then(code_unit) {
        Some(low) if (0xdc00..0xe000).contains(&low) => {
            (char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)), 12)
        }
        _ => (None, 6),
    }
}

/// The four digits of a `\u` escape at the start.
fn code_unit(raw: &str) -> Option<u32> {
    u32::from_str_radix(raw.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// Bytes as text; what is no UTF-8 becomes U+FFFD.
///
/// Only for whole lines and whole bodies: at the edge of a read it would break characters.
#[must_use]
pub fn unlossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(replaced(bytes)),
    }
}

fn replaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// The line and the column (both from 1, columns in characters) of a byte.
#[must_use]
pub fn position(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = &bytes[..at.min(bytes.len())];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    // Bytes that continue a character do not count.
    let column = before[start..].iter().filter(|&&byte| byte & 0xc0 != 0x80).count() + 1;
    (line, column)
}
