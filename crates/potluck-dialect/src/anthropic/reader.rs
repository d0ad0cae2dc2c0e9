//! A provider's streamed answer, read into events.
//!
//! Any split of the bytes gives the same events. The end is `message_stop`, or the end of the body after a
//! stop reason; a body that ends before either was cut. A provider that answers a stream with one JSON document
//! instead is understood as well.

mod frame;

#[cfg(test)]
mod tests;

use potluck_core::response::StreamEvent;
use potluck_core::sealed::Extra;

use self::frame::{Block, Frame, Piece};
use super::thought::{self, Thought};
use super::usage::Count;
use super::{read_response, stop};
use crate::BadAnswer;
use crate::body::{self, Body};
use crate::dialect::ReadStream;
use crate::openai_chat::error_of_body;
use crate::sse::{Event, LONGEST};

/// Blocks beyond this are not read: an answer has a few.
const MOST_BLOCKS: usize = 4_096;

/// Reads named events.
#[derive(Debug, Default)]
pub(crate) struct StreamReader {
    body: Body,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    started: bool,
    blocks: Vec<Open>,
    calls: u32,
    /// Thoughts that were told whole.
    thoughts: usize,
    /// Bytes of thoughts that are kept until their signature comes.
    kept: usize,
    count: Count,
    finished: bool,
    done: bool,
    failed: bool,
}

/// A block that was begun.
#[derive(Debug)]
struct Open {
    index: u64,
    kind: Said,
}

/// What a block says.
#[derive(Debug)]
enum Said {
    Words,
    Thoughts {
        text: String,
        signature: String,
    },
    Call {
        number: u32,
        /// Arguments that came at its beginning, for those who send them there and in no pieces.
        whole: String,
    },
    /// Notes of the service's own tools, and what nobody knows.
    Other,
}

impl ReadStream for StreamReader {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let state = &mut self.state;
        self.body.push(bytes, |event| state.take(&event, events))
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let state = &mut self.state;
        if let Some(document) = self.body.take_document() {
            state.done = body::tell_document(read_response::read(&document), events)?;
            state.failed = !state.done;
            return Ok(());
        }
        let last = self.body.finish(|event| state.take(&event, events));
        if state.done || state.failed {
            return Ok(());
        }
        match last {
            Err(BadAnswer::Garbage(_)) | Ok(()) if state.finished => Ok(()),
            last => Err(body::unended(last, state.started)),
        }
    }

    fn is_finished(&self) -> bool {
        self.state.done || self.state.finished
    }
}

impl State {
    fn take(&mut self, event: &Event<'_>, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let data = event.data.trim();
        // One gateway ends its streams as OpenAI does, after the end.
        if self.done || self.failed || data.is_empty() || data == "[DONE]" {
            return Ok(());
        }
        if !event.is_text {
            return Err(BadAnswer::Garbage("an event is not UTF-8".to_owned()));
        }
        let frame = Frame::read(event.name, data)
            .map_err(|broken| BadAnswer::Garbage(format!("an event is no JSON: {broken}")))?;
        self.take_frame(frame, data, events)
    }

    fn take_frame(
        &mut self,
        frame: Frame<'_>,
        data: &str,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), BadAnswer> {
        match &*frame.kind {
            "message_start" => {
                self.start(frame.id, frame.model, events);
                self.add_usage(frame.usage, events)?;
            }
            "content_block_start" => self.begin(frame.index, frame.block, events),
            "content_block_delta" => return self.go_on(frame.index, frame.piece, events),
            "content_block_stop" => self.end(frame.index, events),
            "message_delta" => {
                self.add_usage(frame.usage, events)?;
                if let Some(word) = frame.stop.filter(|_| !self.finished) {
                    self.finished = true;
                    let reason = stop::corrected(stop::read(&word), self.calls > 0);
                    events.push(StreamEvent::Finish { choice: 0, reason });
                }
            }
            "message_stop" => {
                self.done = true;
                events.push(StreamEvent::Done);
            }
            "ping" => {}
            _ => {
                if let Some(error) = error_of_body(data) {
                    self.failed = true;
                    events.push(StreamEvent::Error(error));
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, id: Option<String>, model: Option<String>, events: &mut Vec<StreamEvent>) {
        if !std::mem::replace(&mut self.started, true) {
            events.push(StreamEvent::Start { id, created: None, model, fingerprint: None });
        }
    }

    fn add_usage(
        &mut self,
        usage: Option<crate::wire::Cursor<'_>>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), BadAnswer> {
        let Some(mut usage) = usage else { return Ok(()) };
        self.count.read(&mut usage).map_err(|broken| BadAnswer::Garbage(broken.to_string()))?;
        events.extend(self.count.usage().map(StreamEvent::Usage));
        Ok(())
    }

    fn begin(&mut self, index: u64, block: Block<'_>, events: &mut Vec<StreamEvent>) {
        if self.blocks.len() >= MOST_BLOCKS {
            return;
        }
        self.start(None, None, events);
        let kind = match block.kind.as_deref() {
            Some("text") => {
                say(block.text.unwrap_or_default().into_owned(), events);
                Said::Words
            }
            Some("thinking") => {
                let text = block.text.unwrap_or_default().into_owned();
                think(&text, events);
                let signature = block.signature.unwrap_or_default().into_owned();
                Said::Thoughts { text, signature }
            }
            Some("redacted_thinking") => {
                let data = block.data.unwrap_or_default().into_owned();
                self.seal(Thought::Closed { data }, events);
                Said::Other
            }
            Some("tool_use") => {
                let number = self.calls;
                self.calls += 1;
                events.push(StreamEvent::ToolCall {
                    choice: 0,
                    index: number,
                    id: Some(block.id.unwrap_or_default().into_owned()),
                    name: Some(block.name.unwrap_or_default().into_owned()),
                    arguments: String::new(),
                    extra: Extra::new(),
                });
                let whole = block.input.filter(|input| input.len() > 2).unwrap_or_default();
                Said::Call { number, whole: whole.to_owned() }
            }
            _ => Said::Other,
        };
        self.blocks.push(Open { index, kind });
    }

    fn go_on(
        &mut self,
        index: u64,
        piece: Piece<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), BadAnswer> {
        let Some(open) = self.blocks.iter_mut().rfind(|open| open.index == index) else {
            return Ok(());
        };
        match (&mut open.kind, piece) {
            (Said::Words, Piece::Words(text)) => say(text.into_owned(), events),
            (Said::Thoughts { text, .. }, Piece::Thoughts(more)) => {
                self.kept += more.len();
                if self.kept > LONGEST {
                    return Err(BadAnswer::TooLong { limit: LONGEST });
                }
                text.push_str(&more);
                think(&more, events);
            }
            (Said::Thoughts { signature, .. }, Piece::Signature(more)) => {
                self.kept += more.len();
                if self.kept > LONGEST {
                    return Err(BadAnswer::TooLong { limit: LONGEST });
                }
                signature.push_str(&more);
            }
            (Said::Call { number, whole }, Piece::Arguments(text)) if !text.is_empty() => {
                whole.clear();
                events.push(call(*number, text.into_owned()));
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, index: u64, events: &mut Vec<StreamEvent>) {
        let Some(at) = self.blocks.iter().rposition(|open| open.index == index) else { return };
        match std::mem::replace(&mut self.blocks[at].kind, Said::Other) {
            Said::Thoughts { text, signature } => {
                self.seal(Thought::Open { text, signature }, events);
            }
            Said::Call { number, whole } if !whole.is_empty() => events.push(call(number, whole)),
            _ => {}
        }
    }

    /// A thought that its maker signed, whole: it must travel back as it is.
    fn seal(&mut self, thought: Thought, events: &mut Vec<StreamEvent>) {
        if let Some(details) = thought::seal_from(self.thoughts, &[thought]) {
            self.thoughts += 1;
            events.push(StreamEvent::ReasoningDetails { choice: 0, details });
        }
    }
}

fn say(text: String, events: &mut Vec<StreamEvent>) {
    if !text.is_empty() {
        events.push(StreamEvent::Text { choice: 0, text });
    }
}

fn think(text: &str, events: &mut Vec<StreamEvent>) {
    if !text.is_empty() {
        events.push(StreamEvent::Reasoning { choice: 0, text: text.to_owned() });
    }
}

fn call(number: u32, arguments: String) -> StreamEvent {
    StreamEvent::ToolCall {
        choice: 0,
        index: number,
        id: None,
        name: None,
        arguments,
        extra: Extra::new(),
    }
}
