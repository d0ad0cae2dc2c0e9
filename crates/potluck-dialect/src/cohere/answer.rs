//! An answer as it grows: documents in, events out. A whole answer is one document, a stream is many.
//!
//! What the model means to do before it calls (`tool_plan`) is told as thoughts: it stands where models that think
//! put their thinking, agents show it apart from the answer, and clients send it back with the calls it led to.

use potluck_core::response::{FinishReason, StreamError, StreamEvent};

use super::call::Calls;
use super::citation;
use super::document::{Document, Part};
use super::finish::{self, Finish};
use crate::call_id;
use crate::openai_chat::error_of_body;

/// How much of a document an error keeps for the rules that classify it.
const KEPT: usize = 64 * 1024;

/// There is one answer to a request.
const CHOICE: u32 = 0;

/// What came so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) started: bool,
    pub(super) done: bool,
    pub(super) failed: bool,
    /// The seed of invented ids.
    seed: u64,
    calls: Calls,
    thought: bool,
    planned: bool,
    said: bool,
}

impl Answer {
    /// Whether nothing more can come.
    pub(super) fn is_over(&self) -> bool {
        self.done || self.failed
    }

    /// Adds what a document says; `text` is the document itself.
    pub(super) fn take(
        &mut self,
        document: Document<'_>,
        text: &str,
        events: &mut Vec<StreamEvent>,
    ) {
        if self.is_over() {
            return;
        }
        if document.refuses
            && let Some(error) = error_of_body(text)
        {
            self.fail(error, events);
            return;
        }
        self.start(&document, events);
        for part in document.parts {
            self.part(part, events);
        }
        if let Some(plan) = document.plan.filter(|plan| !plan.is_empty()) {
            self.plan(&plan, events);
        }
        for call in document.calls {
            self.calls.take(document.index, call, self.seed, events);
        }
        if !document.citations.is_empty() {
            let annotations = citation::annotations(&document.citations);
            events.push(StreamEvent::Annotations { choice: CHOICE, annotations });
        }
        let kind = document.kind.as_deref();
        if kind == Some("tool-call-end") {
            self.calls.close(document.index, events);
        }
        let error = document.error.as_deref();
        let word = document.finish.as_deref().or(error.map(|_| "ERROR"));
        if word.is_none() && kind.is_some_and(|kind| kind != "message-end") {
            return;
        }
        let word = word.unwrap_or("COMPLETE");
        let told = Told { word, error, code: document.error_type.as_deref(), text };
        self.end(&told, events);
        if self.done {
            events.extend(document.usage.map(StreamEvent::Usage));
            events.push(StreamEvent::Done);
        }
    }

    fn start(&mut self, document: &Document<'_>, events: &mut Vec<StreamEvent>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let id = document.id.as_deref();
        self.seed = call_id::seed(id, None);
        let id = id.map(str::to_owned);
        events.push(StreamEvent::Start { id, created: None, model: None, fingerprint: None });
    }

    fn part(&mut self, part: Part<'_>, events: &mut Vec<StreamEvent>) {
        match part {
            Part::Text(text) if !text.is_empty() => {
                self.said = true;
                events.push(StreamEvent::Text { choice: CHOICE, text: text.into_owned() });
            }
            Part::Thought(text) if !text.is_empty() => {
                self.thought = true;
                events.push(StreamEvent::Reasoning { choice: CHOICE, text: text.into_owned() });
            }
            Part::Text(_) | Part::Thought(_) => {}
        }
    }

    fn plan(&mut self, plan: &str, events: &mut Vec<StreamEvent>) {
        let first = !std::mem::replace(&mut self.planned, true);
        let between = if first && self.thought { "\n\n" } else { "" };
        let text = format!("{between}{plan}");
        events.push(StreamEvent::Reasoning { choice: CHOICE, text });
    }

    fn end(&mut self, told: &Told<'_>, events: &mut Vec<StreamEvent>) {
        let reason = match finish::read(told.word) {
            Finish::Failed => return self.fail(told.failure(), events),
            Finish::Reason(FinishReason::ContentFilter) if !self.said && self.calls.is_empty() => {
                return self.fail(told.filtered(), events);
            }
            Finish::Reason(FinishReason::Stop) if !self.calls.is_empty() => FinishReason::ToolCalls,
            Finish::Reason(reason) => reason,
        };
        self.calls.close_all(events);
        self.done = true;
        events.push(StreamEvent::Finish { choice: CHOICE, reason });
    }

    fn fail(&mut self, error: StreamError, events: &mut Vec<StreamEvent>) {
        self.failed = true;
        events.push(StreamEvent::Error(error));
    }
}

/// What is said of an end.
struct Told<'a> {
    word: &'a str,
    error: Option<&'a str>,
    code: Option<&'a str>,
    text: &'a str,
}

impl Told<'_> {
    fn failure(&self) -> StreamError {
        let unsaid = || format!("the answer ended with the finish reason {}", self.word);
        self.fault(self.error.map_or_else(unsaid, str::to_owned))
    }

    /// A filter let nothing through. The first word is the one that the rules on failures know.
    fn filtered(&self) -> StreamError {
        let word = self.word;
        let message =
            format!("content_filter: the answer was stopped by the provider's filter ({word})");
        StreamError { code: Some("content_filter".to_owned()), ..self.fault(message) }
    }

    fn fault(&self, message: String) -> StreamError {
        let code = Some(self.code.unwrap_or(self.word).to_owned());
        let body = self.text[..self.text.floor_char_boundary(KEPT)].to_owned();
        StreamError { message, status: None, code, body }
    }
}
