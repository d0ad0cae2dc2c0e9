//! A streamed answer, read into events.
//!
//! Any split of the bytes gives the same events. There is no end marker: the end is the close of the body after
//! a finish reason, and a body that ends before was cut. A provider that answers a stream with one JSON
//! document, or with a list of them, is understood as well.

use potluck_core::response::StreamEvent;

use super::answer::Answer;
use crate::BadAnswer;
use crate::body::Body;
use crate::dialect::ReadStream;
use crate::sse::Event;

/// Reads chunks.
#[derive(Debug, Default)]
pub(crate) struct StreamReader {
    body: Body,
    answer: Answer,
}

impl ReadStream for StreamReader {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let answer = &mut self.answer;
        let read = self.body.push(bytes, |event| take(answer, &event));
        events.append(&mut self.answer.events);
        read
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let answer = &mut self.answer;
        let ended = match self.body.take_document() {
            Some(document) => {
                take_whole(answer, &document).and_then(|()| self.answer.end_of_whole())
            }
            None => match self.body.finish(|event| take(answer, &event)) {
                // What is broken at the very end was cut on its way.
                Err(BadAnswer::Garbage(_)) => self.answer.end().map_err(|_| BadAnswer::Cut),
                Err(other) => Err(other),
                Ok(()) => self.answer.end(),
            },
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
