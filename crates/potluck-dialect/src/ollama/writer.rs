//! A streamed answer: a document a line, the last of which says why it ended.
//!
//! There are no blank lines and no comments, which readers of lines refuse. A call is written once it is whole, since
//! its arguments are an object.

use std::sync::Arc;

use potluck_core::response::{FinishReason, StreamEvent, Usage};
use potluck_core::verdict::Refusal;

use super::frame::{self, Shape, Times};
use super::write_response::{tokens, write_refusal};
use crate::client::{Stamp, Stopwatch, WriteStream};
use crate::wire::{Head, Object};

/// Writes lines.
#[derive(Debug)]
pub(crate) struct StreamWriter {
    head: Head,
    shape: Shape,
    asked: Option<Arc<dyn Stopwatch>>,
    times: Times,
    call: Option<Call>,
    /// Probabilities of the words that come next.
    logprobs: Option<String>,
    usage: Option<Usage>,
    reason: Option<FinishReason>,
    ended: bool,
}

/// A call whose arguments are still coming.
#[derive(Debug)]
struct Call {
    index: u32,
    name: String,
    arguments: String,
}

impl StreamWriter {
    /// Before the first line.
    pub(crate) fn new(stamp: &Stamp, shape: Shape, asked: Option<Arc<dyn Stopwatch>>) -> Self {
        Self {
            head: Head::new(|fields| frame::head(fields, stamp)),
            shape,
            asked,
            times: Times::default(),
            call: None,
            logprobs: None,
            usage: None,
            reason: None,
            ended: false,
        }
    }

    fn line(&mut self, out: &mut Vec<u8>, rest: impl FnOnce(&mut Object<'_>)) {
        if self.times.first.is_none() {
            self.times.first = self.asked.as_deref().map(Stopwatch::elapsed);
        }
        self.head.object(out, rest);
        out.push(b'\n');
    }

    fn say(&mut self, text: &str, thoughts: Option<&str>, out: &mut Vec<u8>) {
        self.flush(out);
        let (shape, logprobs) = (self.shape, self.logprobs.take());
        self.line(out, |fields| {
            frame::said(fields, shape, text, thoughts, &[]);
            if let Some(logprobs) = &logprobs {
                fields.json("logprobs", logprobs);
            }
            fields.boolean("done", false);
        });
    }

    /// Writes the call that is whole now.
    fn flush(&mut self, out: &mut Vec<u8>) {
        let Some(call) = self.call.take() else { return };
        let Some(arguments) = frame::object_of(&call.arguments) else {
            // The limit of tokens cuts a call in the middle: it is then none, and the end says so.
            if self.reason != Some(FinishReason::Length) {
                self.fail(&broken_call(&call.name), out);
            }
            return;
        };
        let shape = self.shape;
        let calls = [(call.name.as_str(), arguments)];
        self.line(out, |fields| {
            frame::said(fields, shape, "", None, &calls);
            fields.boolean("done", false);
        });
    }

    fn take_call(&mut self, index: u32, name: Option<&str>, arguments: &str, out: &mut Vec<u8>) {
        if self.call.as_ref().is_some_and(|call| call.index != index) {
            self.flush(out);
        }
        let fresh = || Call { index, name: String::new(), arguments: String::new() };
        let call = self.call.get_or_insert_with(fresh);
        call.name.push_str(name.unwrap_or_default());
        call.arguments.push_str(arguments);
    }
}

impl WriteStream for StreamWriter {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Text { choice: 0, text } | StreamEvent::Refusal { choice: 0, text } => {
                self.say(text, None, out);
            }
            StreamEvent::Reasoning { choice: 0, text } => self.say("", Some(text), out),
            StreamEvent::ToolCall { choice: 0, index, name, arguments, .. } => {
                self.take_call(*index, name.as_deref(), arguments, out);
            }
            StreamEvent::Logprobs { choice: 0, logprobs } => {
                self.logprobs =
                    tokens(logprobs.as_json()).map(|list| list.replace(['\n', '\r'], " "));
            }
            StreamEvent::Finish { choice: 0, reason } => self.reason = Some(*reason),
            StreamEvent::Usage(usage) => self.usage = Some(usage.clone()),
            StreamEvent::Done => self.finish(out),
            _ => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.ended {
            self.flush(out);
        }
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let total = self.asked.as_deref().map(Stopwatch::elapsed);
        let (shape, times) = (self.shape, Times { total, ..self.times });
        let (reason, usage) = (self.reason.unwrap_or(FinishReason::Stop), self.usage.take());
        self.line(out, |fields| {
            frame::said(fields, shape, "", None, &[]);
            frame::end(fields, reason, usage.as_ref(), times);
        });
    }

    fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.ended, true) {
            out.append(&mut write_refusal(refusal));
            out.push(b'\n');
        }
    }
}

fn broken_call(name: &str) -> Refusal {
    Refusal::new(
        502,
        "api_error",
        "broken_arguments",
        format!(
            "The model called {name:?} with arguments that are no JSON object. Send the request again to draw \
             another."
        ),
    )
}
