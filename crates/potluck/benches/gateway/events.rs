//! Counts the events of a stream while it arrives, and notices whether it ended as it must.
//!
//! Only `data:` lines count; comments are free to any gateway. It must not know JSON: the first stream of
//! each gateway is read in full elsewhere, all others are held against its count and its length.

/// What a stream has brought so far.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// Events, the closing `[DONE]` among them.
    pub(crate) count: u64,
    /// Bytes of all `data:` lines.
    pub(crate) bytes: u64,
    /// Whether the last event was `[DONE]`.
    pub(crate) done: bool,
    unfinished: Vec<u8>,
}

// === impl Events ===

impl Events {
    /// Reads a piece of the stream, cut anywhere.
    pub(crate) fn push(&mut self, payload: &[u8]) {
        let mut start = 0;
        for newline in memchr::memchr_iter(b'\n', payload) {
            let line = &payload[start..newline];
            start = newline + 1;
            if self.unfinished.is_empty() {
                self.line(line);
            } else {
                let mut whole = std::mem::take(&mut self.unfinished);
                whole.extend_from_slice(line);
                self.line(&whole);
                whole.clear();
                self.unfinished = whole;
            }
        }
        self.unfinished.extend_from_slice(&payload[start..]);
    }

    fn line(&mut self, line: &[u8]) {
        if let Some(data) = line.strip_prefix(b"data:") {
            self.count += 1;
            self.bytes += line.len() as u64;
            self.done = data.trim_ascii() == b"[DONE]";
        }
    }
}
