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
use crate::body::{self, Body};
use crate::dialect::ReadStream;
use crate::sse::Event;

/// Reads events.
#[derive(Debug, Default)]
pub(crate) struct StreamReader {
    body: Body,
    answer: Answer,
}

impl ReadStream for StreamReader {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let answer = &mut self.answer;
        self.body.push(bytes, |event| take(answer, &event, events))
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let answer = &mut self.answer;
        if let Some(document) = self.body.take_document() {
            answer.done = body::tell_document(read_response::read(&document), events)?;
            answer.failed = !answer.done;
            return Ok(());
        }
        let last = self.body.finish(|event| take(answer, &event, events));
        if answer.is_over() { Ok(()) } else { Err(body::unended(last, answer.started)) }
    }

    fn is_finished(&self) -> bool {
        self.answer.is_over()
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
