//! A streamed answer, read into events.
//!
//! Any split of the bytes gives the same events. There is no end marker: the end is the close of the body after
//! a finish reason, and a body that ends before was cut. A provider that answers a stream with one JSON
//! document, or with a list of them, is understood as well.

use potluck_core::response::StreamEvent;

use super::answer::Answer;
use crate::BadAnswer;
use crate::dialect::ReadStream;
use crate::sse::{Decoder, Event, LONGEST};

/// Reads chunks.
#[derive(Debug, Default)]
pub(crate) struct StreamReader {
    body: Body,
    decoder: Decoder,
    answer: Answer,
}

/// What kind of body it is, told from its first byte that is no white space.
#[derive(Debug, Default)]
enum Body {
    #[default]
    Unknown,
    Events,
    /// Documents without events, kept until they end.
    Whole(Vec<u8>),
}

impl ReadStream for StreamReader {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        if let Body::Unknown = self.body {
            self.body = kind_of_body(bytes);
        }
        let read = match &mut self.body {
            Body::Whole(kept) if kept.len() + bytes.len() > LONGEST => {
                Err(BadAnswer::TooLong { limit: LONGEST })
            }
            Body::Whole(kept) => {
                kept.extend_from_slice(bytes);
                Ok(())
            }
            Body::Unknown | Body::Events => {
                let answer = &mut self.answer;
                self.decoder.push(bytes, |event| take(answer, &event))
            }
        };
        events.append(&mut self.answer.events);
        read
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let last = match &mut self.body {
            Body::Whole(kept) => take_whole(&mut self.answer, &std::mem::take(kept)),
            Body::Unknown | Body::Events => {
                let answer = &mut self.answer;
                self.decoder.finish(|event| take(answer, &event))
            }
        };
        let ended = match last {
            // What is broken at the very end was cut on its way.
            Err(BadAnswer::Garbage(_)) if matches!(self.body, Body::Events) => {
                self.answer.end().map_err(|_| BadAnswer::Cut)
            }
            Err(other) => Err(other),
            Ok(()) if matches!(self.body, Body::Whole(_)) => self.answer.end_of_whole(),
            Ok(()) => self.answer.end(),
        };
        events.append(&mut self.answer.events);
        ended
    }

    fn is_finished(&self) -> bool {
        self.answer.is_finished()
    }
}

fn take(answer: &mut Answer, event: &Event<'_>) -> Result<(), BadAnswer> {
    if !event.is_text {
        return Err(not_text());
    }
    let payload = event.data.trim();
    if payload.is_empty() || payload == "[DONE]" {
        return Ok(());
    }
    answer
        .take(payload)
        .map_err(|broken| BadAnswer::Garbage(format!("an event is no JSON: {broken}")))
}

/// Documents that came without events.
pub(super) fn take_whole(answer: &mut Answer, body: &[u8]) -> Result<(), BadAnswer> {
    let text = std::str::from_utf8(body).map_err(|_| not_text())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if text.is_empty() {
        return Err(BadAnswer::Empty);
    }
    answer.take(text).map_err(|broken| {
        // A document that only ends too early was cut on its way.
        if broken.at >= text.len() {
            BadAnswer::Cut
        } else {
            BadAnswer::Garbage(format!("no JSON: {broken}"))
        }
    })
}

/// JSON is UTF-8 (RFC 8259, section 8.1): what is none has no words that could be trusted.
fn not_text() -> BadAnswer {
    BadAnswer::Garbage("no UTF-8".to_owned())
}

fn kind_of_body(bytes: &[u8]) -> Body {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match start.first() {
        None => Body::Unknown,
        Some(b'{' | b'[' | b'<') => Body::Whole(Vec::new()),
        Some(_) => Body::Events,
    }
}
