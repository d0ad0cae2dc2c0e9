//! Server-sent events out of bytes that come in any pieces.
//!
//! Knows the framing (WHATWG HTML, section 9.2) and nothing of what the data mean. An event that lies
//! whole in one read is lent out of that read; only what a read cuts is copied. Wider than the standard
//! in two ways that providers need: what stands after the last line end still counts when the body ends,
//! and bytes that are no UTF-8 spoil their own event only.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::wire;

#[cfg(test)]
mod tests;

/// The longest line and the longest event that are taken, unless said otherwise.
pub const LONGEST: usize = 8 * 1024 * 1024;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// What `event:` said; empty where nothing was.
    pub name: &'a str,
    /// The data lines, joined by line feeds; never empty.
    pub data: Cow<'a, str>,
    /// Whether the data was UTF-8; where it was not, U+FFFD stands for what was none.
    pub is_text: bool,
}

/// A line or an event is longer than its cap; nothing after it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line or an event longer than {limit} bytes")]
pub struct TooLong {
    /// The cap.
    pub limit: usize,
}

/// Takes bytes in pieces and gives events.
#[derive(Debug)]
pub struct Decoder {
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// Data lines of an event whose blank line has not come yet.
    data: Vec<u8>,
    has_data: bool,
    name: String,
    /// The last byte was a CR, so a LF that follows belongs to it.
    after_return: bool,
    /// Nothing was read yet but perhaps a part of a byte order mark.
    at_start: bool,
    limit: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(LONGEST)
    }
}

impl Decoder {
    /// A decoder that refuses lines and events longer than `limit` bytes.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            line: Vec::new(),
            data: Vec::new(),
            has_data: false,
            name: String::new(),
            after_return: false,
            at_start: true,
            limit,
        }
    }

    /// Takes the next bytes and hands each event that they complete to `found`, in order.
    ///
    /// # Errors
    /// A line or event is too long, or `found` says so; the decoder is then of no more use.
    pub fn push<E: From<TooLong>>(
        &mut self,
        bytes: &[u8],
        mut found: impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        if self.after_return && !rest.is_empty() {
            self.after_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        // The data of an event that so far lies whole in this read.
        let mut lent: Option<&[u8]> = None;
        while let Some((line, after)) = self.cut_line(rest) {
            rest = after;
            if self.line.is_empty() {
                self.take_line(line, &mut lent, &mut found)?;
            } else {
                self.grow_line(line)?;
                let whole = std::mem::take(&mut self.line);
                self.keep(lent.take())?;
                let mut copied = None;
                self.take_line(&whole, &mut copied, &mut found)?;
                self.keep(copied)?;
                self.line = whole;
                self.line.clear();
            }
        }
        self.grow_line(rest)?;
        self.keep(lent)?;
        Ok(())
    }

    /// The body has ended: hands over what stands there without its blank line.
    ///
    /// # Errors
    /// As [`Decoder::push`].
    pub fn finish<E: From<TooLong>>(
        &mut self,
        mut found: impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let line = std::mem::take(&mut self.line);
        let mut lent = None;
        if !line.is_empty() {
            self.take_line(&line, &mut lent, &mut found)?;
        }
        self.dispatch(lent.take(), &mut found)
    }

    /// The first line of `rest` without its end, and what follows it; `None` while its end is missing.
    fn cut_line<'a>(&mut self, rest: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let end = memchr2(b'\n', b'\r', rest)?;
        let line = &rest[..end];
        let mut after = &rest[end + 1..];
        if rest[end] == b'\r' {
            if after.is_empty() {
                self.after_return = true;
            } else {
                after = after.strip_prefix(b"\n").unwrap_or(after);
            }
        }
        Some((line, after))
    }

    fn take_line<'a, E: From<TooLong>>(
        &mut self,
        line: &'a [u8],
        lent: &mut Option<&'a [u8]>,
        found: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let line = if std::mem::take(&mut self.at_start) {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            return self.dispatch(lent.take(), found);
        }
        if line.len() > self.limit {
            return Err(TooLong { limit: self.limit }.into());
        }
        let (field, value) = match memchr(b':', line) {
            Some(colon) => {
                let value = &line[colon + 1..];
                (&line[..colon], value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &b""[..]),
        };
        match field {
            b"data" => {
                self.keep(lent.take())?;
                if self.has_data {
                    self.keep(Some(value))?;
                } else {
                    *lent = Some(value);
                }
            }
            b"event" => {
                self.name.clear();
                self.name.push_str(&wire::unlossy(value));
            }
            // Comments have an empty name; `id`, `retry` and unknown fields mean nothing here.
            _ => {}
        }
        Ok(())
    }

    /// Copies a data line that its read cannot lend any longer.
    fn keep(&mut self, data: Option<&[u8]>) -> Result<(), TooLong> {
        let Some(data) = data else { return Ok(()) };
        if self.data.len() + data.len() >= self.limit {
            return Err(TooLong { limit: self.limit });
        }
        if self.has_data {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(data);
        self.has_data = true;
        Ok(())
    }

    fn grow_line(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.line.len() + bytes.len() > self.limit {
            return Err(TooLong { limit: self.limit });
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn dispatch<E>(
        &mut self,
        lent: Option<&[u8]>,
        found: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let data = match (lent, self.has_data) {
            (Some(data), _) => data,
            (None, true) => &self.data,
            (None, false) => b"",
        };
        let answer = if data.is_empty() {
            Ok(())
        } else {
            let text = std::str::from_utf8(data);
            let is_text = text.is_ok();
            let data = text.map_or_else(|_| wire::unlossy(data), Cow::Borrowed);
            found(Event { name: &self.name, data, is_text })
        };
        self.data.clear();
        self.has_data = false;
        self.name.clear();
        answer
    }
}
