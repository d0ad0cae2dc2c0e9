//! JSON documents a line each, out of bytes that come in any pieces.
//!
//! Knows the framing and nothing of what a line means. A line that lies whole in one read is lent out of that
//! read; only what a read cuts is copied. Blank lines say nothing and are left out; bytes that are no UTF-8
//! spoil their own line only; what stands after the last line end still counts when the body ends.

use std::borrow::Cow;

use memchr::memchr;

use crate::sse::{LONGEST, TooLong};
use crate::wire;

#[cfg(test)]
mod tests;

/// One line that is not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The text without its line end.
    pub text: Cow<'a, str>,
    /// Whether it was UTF-8; where it was not, U+FFFD stands for what was none.
    pub is_text: bool,
    /// Whether its line end came. A last line without one may have been cut.
    pub is_whole: bool,
}

/// Takes bytes in pieces and gives lines.
#[derive(Debug)]
pub struct Decoder {
    /// The beginning of a line whose end has not come yet.
    held: Vec<u8>,
    limit: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(LONGEST)
    }
}

impl Decoder {
    /// A decoder that refuses lines longer than `limit` bytes.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { held: Vec::new(), limit }
    }

    /// Takes the next bytes and hands each line that they complete to `found`, in order.
    ///
    /// # Errors
    /// A line is too long, or `found` says so; the decoder is then of no more use.
    pub fn push<E: From<TooLong>>(
        &mut self,
        bytes: &[u8],
        mut found: impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        while let Some(end) = memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if self.held.is_empty() {
                self.check(line.len())?;
                hand(line, true, &mut found)?;
            } else {
                self.hold(line)?;
                let whole = std::mem::take(&mut self.held);
                hand(&whole, true, &mut found)?;
                self.held = whole;
                self.held.clear();
            }
        }
        Ok(self.hold(rest)?)
    }

    /// The body has ended: hands over what stands there without its line end.
    ///
    /// # Errors
    /// As [`Decoder::push`].
    pub fn finish<E: From<TooLong>>(
        &mut self,
        mut found: impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        hand(&std::mem::take(&mut self.held), false, &mut found)
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        self.check(self.held.len() + bytes.len())?;
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    const fn check(&self, length: usize) -> Result<(), TooLong> {
        if length > self.limit { Err(TooLong { limit: self.limit }) } else { Ok(()) }
    }
}

fn hand<E>(
    line: &[u8],
    is_whole: bool,
    found: &mut impl FnMut(Line<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let line = line.trim_ascii();
    // A byte order mark can only be at the very start, and is no JSON anywhere else.
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    if line.is_empty() {
        return Ok(());
    }
    let text = std::str::from_utf8(line);
    let is_text = text.is_ok();
    found(Line {
        text: text.map_or_else(|_| wire::unlossy(line), Cow::Borrowed),
        is_text,
        is_whole,
    })
}
