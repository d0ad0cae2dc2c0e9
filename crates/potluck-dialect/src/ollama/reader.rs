//! A provider's streamed answer, read into events.
//!
//! Any split of the bytes gives the same events. The end is the line that says `done`; a body that ends before it
//! was cut. Tool calls come whole, a line each, and mostly without ids.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::response::{FinishReason, StreamEvent};
use potluck_core::sealed::Extra;

use super::line::{Call, Line};
use crate::BadAnswer;
use crate::call_id;
use crate::dialect::ReadStream;
use crate::ndjson::{self, Decoder};
use crate::quirk::{Quirk, Quirks};
use crate::think_tags::{Splitter, Told};

/// The most calls of one answer that are read.
const MOST_CALLS: u32 = 512;

/// There is one answer to a request.
const CHOICE: u32 = 0;

/// Reads lines.
#[derive(Debug)]
pub(crate) struct StreamReader {
    decoder: Decoder,
    state: State,
}

/// What was read so far, whether it came as lines or as one document.
#[derive(Debug)]
pub(super) struct State {
    /// Where thoughts stand inside the text.
    splitter: Option<Splitter>,
    started: bool,
    /// The seed of invented ids.
    seed: u64,
    calls: u32,
    done: bool,
    failed: bool,
}

impl StreamReader {
    /// At the start of an answer's body.
    pub(crate) fn new(quirks: Quirks) -> Self {
        Self { decoder: Decoder::default(), state: State::new(quirks) }
    }
}

impl ReadStream for StreamReader {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let state = &mut self.state;
        self.decoder.push(bytes, |line| state.take(&line, events))
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let state = &mut self.state;
        self.decoder.finish(|line| state.take(&line, events))?;
        match state {
            State { done: true, .. } | State { failed: true, .. } => Ok(()),
            State { started: true, .. } => Err(BadAnswer::Cut),
            _ => Err(BadAnswer::Empty),
        }
    }

    fn is_finished(&self) -> bool {
        self.state.done
    }
}

impl State {
    pub(super) fn new(quirks: Quirks) -> Self {
        Self {
            splitter: quirks.contains(Quirk::ThinkTags).then(Splitter::default),
            started: false,
            seed: 0,
            calls: 0,
            done: false,
            failed: false,
        }
    }

    fn take(
        &mut self,
        line: &ndjson::Line<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), BadAnswer> {
        if self.done || self.failed {
            return Ok(());
        }
        if !line.is_text {
            return Err(BadAnswer::Garbage("no UTF-8".to_owned()));
        }
        match Line::read(&line.text) {
            Ok(read) => {
                self.take_line(read, events);
                Ok(())
            }
            // What is broken at the very end was cut on its way.
            Err(_) if !line.is_whole => Err(BadAnswer::Cut),
            Err(broken) => Err(BadAnswer::Garbage(format!("a line is no JSON: {broken}"))),
        }
    }

    /// Adds what a document says.
    pub(super) fn take_line(&mut self, line: Line<'_>, events: &mut Vec<StreamEvent>) {
        if let Some(error) = line.error {
            self.failed = true;
            events.push(StreamEvent::Error(error));
            return;
        }
        if !line.speaks && line.done != Some(true) {
            // Progress of a download and the like: nothing that a client could use.
            return;
        }
        self.start(&line, events);
        if let Some(text) = filled(line.thinking) {
            events.push(StreamEvent::Reasoning { choice: CHOICE, text });
        }
        if let Some(list) = line.logprobs {
            let logprobs = Sealed::from_json(format!("{{\"content\":{list},\"refusal\":null}}"));
            events.push(StreamEvent::Logprobs { choice: CHOICE, logprobs });
        }
        if let Some(text) = filled(line.text) {
            self.say(text, events);
        }
        for call in line.calls {
            events.extend(self.call(call));
        }
        if line.done == Some(true) {
            self.end(line.done_reason.as_deref(), events);
            events.extend(line.statistics.usage().map(StreamEvent::Usage));
            events.push(StreamEvent::Done);
        }
    }

    fn start(&mut self, line: &Line<'_>, events: &mut Vec<StreamEvent>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let at = line.created_at.as_deref();
        // No answer has an id; the time of its first line, to the nanosecond, is as good.
        self.seed = call_id::seed(at, None);
        let created = at.and_then(|at| at.parse::<jiff::Timestamp>().ok());
        events.push(StreamEvent::Start {
            id: None,
            created: created.map(jiff::Timestamp::as_second).filter(|seconds| *seconds > 0),
            model: line.model.as_deref().map(str::to_owned),
            fingerprint: None,
        });
    }

    fn say(&mut self, text: String, events: &mut Vec<StreamEvent>) {
        let Some(splitter) = &mut self.splitter else {
            events.push(StreamEvent::Text { choice: CHOICE, text });
            return;
        };
        let mut told = Vec::new();
        splitter.push(&text, &mut told);
        events.extend(told.into_iter().map(event));
    }

    fn call(&mut self, call: Call<'_>) -> Option<StreamEvent> {
        let index = self.calls;
        if index >= MOST_CALLS {
            return None;
        }
        self.calls += 1;
        let name = call.name.into_owned();
        let id = call
            .id
            .map_or_else(|| call_id::invent(self.seed, index as usize, &name), Cow::into_owned);
        Some(StreamEvent::ToolCall {
            choice: CHOICE,
            index,
            id: Some(id),
            name: Some(name),
            arguments: call.arguments.unwrap_or("{}").to_owned(),
            extra: Extra::new(),
        })
    }

    fn end(&mut self, word: Option<&str>, events: &mut Vec<StreamEvent>) {
        let mut told = Vec::new();
        if let Some(splitter) = &mut self.splitter {
            splitter.finish(&mut told);
        }
        events.extend(told.into_iter().map(event));
        self.done = true;
        let reason = match word {
            Some("length") => FinishReason::Length,
            Some("content_filter") => FinishReason::ContentFilter,
            // "stop" stands there too when tools are called; agents end their loop on it.
            _ if self.calls > 0 => FinishReason::ToolCalls,
            _ => FinishReason::Stop,
        };
        events.push(StreamEvent::Finish { choice: CHOICE, reason });
    }
}

fn event(told: Told) -> StreamEvent {
    match told {
        Told::Thoughts(text) => StreamEvent::Reasoning { choice: CHOICE, text },
        Told::Words(text) => StreamEvent::Text { choice: CHOICE, text },
    }
}

fn filled(text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(Cow::into_owned)
}
