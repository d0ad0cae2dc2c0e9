//! A streamed answer, read into events.
//!
//! Any split of the bytes gives the same events. The end is the event `message-end`, whether or not `[DONE]`
//! follows; a body that ends before it was cut. A provider that answers a stream with one JSON document is
//! understood as well.

use potluck_core::response::StreamEvent;

use super::answer::Answer;
use super::document::Document;
use super::read_response;
use crate::BadAnswer;
use crate::dialect::ReadStream;
use crate::fold;
use crate::sse::{Decoder, Event, LONGEST};

/// Reads events.
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
    /// A document without events, kept until it ends.
    Whole(Vec<u8>),
}

impl ReadStream for StreamReader {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        if let Body::Unknown = self.body {
            self.body = kind_of_body(bytes);
        }
        match &mut self.body {
            Body::Whole(kept) if kept.len() + bytes.len() > LONGEST => {
                Err(BadAnswer::TooLong { limit: LONGEST })
            }
            Body::Whole(kept) => {
                kept.extend_from_slice(bytes);
                Ok(())
            }
            Body::Unknown | Body::Events => {
                let answer = &mut self.answer;
                self.decoder.push(bytes, |event| take(answer, &event, events))
            }
        }
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        if let Body::Whole(kept) = &mut self.body {
            let kept = std::mem::take(kept);
            return self.finish_whole(&kept, events);
        }
        let answer = &mut self.answer;
        let last = self.decoder.finish(|event| take(answer, &event, events));
        match last {
            _ if self.answer.is_over() => Ok(()),
            // What is broken at the very end was cut on its way.
            Err(BadAnswer::Garbage(_)) => Err(BadAnswer::Cut),
            Err(other) => Err(other),
            Ok(()) if self.answer.started => Err(BadAnswer::Cut),
            Ok(()) => Err(BadAnswer::Empty),
        }
    }

    fn is_finished(&self) -> bool {
        self.answer.is_over()
    }
}

impl StreamReader {
    fn finish_whole(
        &mut self,
        body: &[u8],
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), BadAnswer> {
        match read_response::read(body) {
            Ok(response) => {
                fold::unfold(response, events);
                self.answer.done = true;
                Ok(())
            }
            Err(BadAnswer::ErrorInside(error)) => {
                events.push(StreamEvent::Error(error));
                self.answer.failed = true;
                Ok(())
            }
            Err(other) => Err(other),
        }
    }
}

fn take(
    answer: &mut Answer,
    event: &Event<'_>,
    events: &mut Vec<StreamEvent>,
) -> Result<(), BadAnswer> {
    let payload = event.data.trim();
    if answer.is_over() || payload.is_empty() || payload == "[DONE]" {
        return Ok(());
    }
    // JSON is UTF-8 (RFC 8259, section 8.1): what is none has no words that could be trusted.
    if !event.is_text {
        return Err(BadAnswer::Garbage("no UTF-8".to_owned()));
    }
    let document = Document::read(payload)
        .map_err(|broken| BadAnswer::Garbage(format!("an event is no JSON: {broken}")))?;
    // An event of a kind that is yet to be invented says nothing that is known here.
    if document.kind.is_some() || document.speaks || document.refuses {
        answer.take(document, payload, events);
    }
    Ok(())
}

fn kind_of_body(bytes: &[u8]) -> Body {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match start.first() {
        None => Body::Unknown,
        Some(b'{' | b'[' | b'<') => Body::Whole(Vec::new()),
        Some(_) => Body::Events,
    }
}
