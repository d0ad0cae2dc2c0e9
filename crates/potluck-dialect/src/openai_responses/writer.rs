//! A streamed answer as the dialect's own sequence of events.
//!
//! Thoughts and words are one open item at a time, as they come; calls of tools may be open side by side, since
//! providers interleave their pieces. Whatever was added is done before the answer ends, in the order in which
//! it was added, and every event has the next number.

mod event;
mod open;

#[cfg(test)]
mod tests;

use potluck_core::Sealed;
use potluck_core::response::{FinishReason, StreamEvent, Usage};
use potluck_core::verdict::Refusal;

use self::event::Events;
use self::open::Open;
use super::cite;
use super::envelope::{Envelope, Outcome};
use super::item::{self, Call, Item, Status};
use super::question::Question;
use super::write_response::outcome;
use crate::client::{Stamp, WriteStream};

/// The most bytes of an answer that are held, since its end repeats all of it; there it ends as if it had hit
/// its limit of tokens.
const LONGEST: usize = 32 << 20;

/// Writes the events.
#[derive(Debug)]
pub(crate) struct Writer {
    events: Events,
    envelope: Envelope,
    items: Vec<Open>,
    /// Which call of the provider's is which item.
    calls: Vec<(u32, usize)>,
    /// Probabilities of the words that come next.
    logprobs: Option<String>,
    /// Typed thoughts that came when their words were over.
    late: String,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    held: usize,
    started: bool,
    ended: bool,
}

impl Writer {
    /// Before the first event.
    pub(crate) fn new(stamp: &Stamp, question: &Question) -> Self {
        Self {
            events: Events::default(),
            envelope: Envelope::new(stamp, question),
            items: Vec::new(),
            calls: Vec::new(),
            logprobs: None,
            late: String::new(),
            finish: None,
            usage: None,
            held: 0,
            started: false,
            ended: false,
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        for kind in ["response.created", "response.in_progress"] {
            self.write_response(kind, &Outcome::InProgress, out);
        }
    }

    fn write_response(&mut self, kind: &str, outcome: &Outcome<'_>, out: &mut Vec<u8>) {
        let (envelope, usage) = (&self.envelope, self.usage.as_ref());
        let items = self.items.iter().map(|open| (&open.item, open.status));
        self.events.write(kind, out, |fields| {
            envelope.write(fields.key("response"), outcome, items, usage);
        });
    }

    fn think(&mut self, text: &str, out: &mut Vec<u8>) {
        let at = match self.current() {
            Some(at) if matches!(self.items[at].item, Item::Reasoning { .. }) => at,
            _ => self.add_reasoning(out),
        };
        self.items[at].think(&mut self.events, text, out);
    }

    fn add_reasoning(&mut self, out: &mut Vec<u8>) -> usize {
        let id = format!("rs_{}", self.envelope.item_root(self.items.len()));
        self.add(Item::Reasoning { id, words: String::new(), details: String::new() }, out)
    }

    /// Typed thoughts belong to the words that are being thought; behind those they wait for the end.
    fn think_typed(&mut self, details: &Sealed, out: &mut Vec<u8>) {
        if self.items.is_empty() {
            self.add_reasoning(out);
        }
        let current = self.current();
        match current.map(|at| &mut self.items[at].item) {
            Some(Item::Reasoning { details: so_far, .. }) => item::join(so_far, details),
            _ => item::join(&mut self.late, details),
        }
    }

    fn say(&mut self, text: &str, out: &mut Vec<u8>) {
        let at = self.message(out);
        let logprobs = self.logprobs.take().unwrap_or_default();
        self.items[at].say(&mut self.events, text, &logprobs, out);
    }

    fn refuse(&mut self, text: &str, out: &mut Vec<u8>) {
        let at = self.message(out);
        self.items[at].refuse(&mut self.events, text, out);
    }

    fn cite(&mut self, annotations: &Sealed, out: &mut Vec<u8>) {
        let at = self.message(out);
        self.items[at].cite(&mut self.events, annotations, out);
    }

    /// The message that is being said, or a new one.
    fn message(&mut self, out: &mut Vec<u8>) -> usize {
        match self.current() {
            Some(at) if matches!(self.items[at].item, Item::Message { .. }) => at,
            _ => {
                let id = format!("msg_{}", self.envelope.item_root(self.items.len()));
                self.add(Item::Message { id, parts: Vec::new() }, out)
            }
        }
    }

    /// A piece of a call; the first of an index begins it.
    fn call(&mut self, piece: &StreamEvent, out: &mut Vec<u8>) {
        let StreamEvent::ToolCall { index, id, name, arguments, extra, .. } = piece else { return };
        let known = self.calls.iter().find(|(of, _)| of == index);
        let at = if let Some(&(_, at)) = known {
            at
        } else {
            let root = self.envelope.item_root(self.items.len());
            let (id, name) =
                (id.as_deref().unwrap_or_default(), name.as_deref().unwrap_or_default());
            let call = Call::new(&root, id, name, extra, &self.envelope.question.names);
            let at = self.add(Item::Call(call), out);
            self.calls.push((*index, at));
            at
        };
        self.items[at].call(&mut self.events, arguments, out);
    }

    /// Adds an item behind those that are there; what cannot go on is done before.
    fn add(&mut self, item: Item, out: &mut Vec<u8>) -> usize {
        for open in &mut self.items {
            if open.may_close() {
                open.close(&mut self.events, Status::Completed, out);
            }
        }
        let at = self.items.len();
        self.items.push(Open::begin(&mut self.events, at, item, out));
        at
    }

    /// The thoughts or the message that are being said: whatever else began, ended them.
    fn current(&self) -> Option<usize> {
        let last = self.items.len().checked_sub(1)?;
        let open = &self.items[last];
        let goes_on = open.status == Status::InProgress && !matches!(open.item, Item::Call(_));
        goes_on.then_some(last)
    }

    /// Closes all that is open; where the answer ended early, what was still open is not whole.
    fn close(&mut self, status: Status, out: &mut Vec<u8>) {
        for open in &mut self.items {
            open.close(&mut self.events, status, out);
        }
        if !self.late.is_empty() {
            let at = self.add_reasoning(out);
            if let Item::Reasoning { details, .. } = &mut self.items[at].item {
                *details = std::mem::take(&mut self.late);
            }
            self.items[at].close(&mut self.events, status, out);
        }
    }

    fn end_as(&mut self, outcome: &Outcome<'_>, out: &mut Vec<u8>) {
        let (kind, status) = match outcome {
            Outcome::Incomplete(_) => ("response.incomplete", Status::Incomplete),
            Outcome::Failed { .. } => ("response.failed", Status::Incomplete),
            Outcome::Completed | Outcome::InProgress => ("response.completed", Status::Completed),
        };
        self.start(out);
        self.close(status, out);
        self.write_response(kind, outcome, out);
        self.ended = true;
    }
}

impl WriteStream for Writer {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended || choice_of(event) != 0 {
            return;
        }
        self.start(out);
        self.held += size(event);
        if self.held > LONGEST {
            return self.end_as(&outcome(Some(FinishReason::Length)), out);
        }
        match event {
            StreamEvent::Text { text, .. } => self.say(text, out),
            StreamEvent::Reasoning { text, .. } => self.think(text, out),
            StreamEvent::ReasoningDetails { details, .. } => self.think_typed(details, out),
            StreamEvent::Refusal { text, .. } => self.refuse(text, out),
            StreamEvent::ToolCall { .. } => self.call(event, out),
            StreamEvent::Annotations { annotations, .. } => self.cite(annotations, out),
            StreamEvent::Logprobs { logprobs, .. } => self.logprobs = cite::probabilities(logprobs),
            StreamEvent::Finish { reason, .. } => self.finish = Some(*reason),
            StreamEvent::Usage(usage) => self.usage = Some(usage.clone()),
            StreamEvent::Done => self.finish(out),
            StreamEvent::Error(_) => self.end_as(&outcome(Some(FinishReason::Error)), out),
            // Pictures and sound cannot be asked for at this door.
            StreamEvent::Start { .. }
            | StreamEvent::Images { .. }
            | StreamEvent::Audio { .. }
            | StreamEvent::Extra(_) => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.ended {
            self.end_as(&outcome(self.finish), out);
        }
    }

    fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        self.start(out);
        self.close(Status::Incomplete, out);
        self.events.write_error(refusal, out);
        let code = match refusal.status {
            429 => "rate_limit_exceeded",
            400..=499 => "invalid_prompt",
            _ => "server_error",
        };
        self.end_as(&Outcome::Failed { code, message: &refusal.message }, out);
    }
}

const fn choice_of(event: &StreamEvent) -> u32 {
    match event {
        StreamEvent::Text { choice, .. }
        | StreamEvent::Reasoning { choice, .. }
        | StreamEvent::ReasoningDetails { choice, .. }
        | StreamEvent::Refusal { choice, .. }
        | StreamEvent::ToolCall { choice, .. }
        | StreamEvent::Logprobs { choice, .. }
        | StreamEvent::Images { choice, .. }
        | StreamEvent::Audio { choice, .. }
        | StreamEvent::Annotations { choice, .. }
        | StreamEvent::Finish { choice, .. } => *choice,
        StreamEvent::Start { .. }
        | StreamEvent::Extra(_)
        | StreamEvent::Usage(_)
        | StreamEvent::Error(_)
        | StreamEvent::Done => 0,
    }
}

/// What an event adds to what is held.
fn size(event: &StreamEvent) -> usize {
    match event {
        StreamEvent::Text { text, .. }
        | StreamEvent::Reasoning { text, .. }
        | StreamEvent::Refusal { text, .. } => text.len(),
        StreamEvent::ToolCall { arguments, .. } => arguments.len() + 256,
        StreamEvent::ReasoningDetails { details: sealed, .. }
        | StreamEvent::Annotations { annotations: sealed, .. }
        | StreamEvent::Logprobs { logprobs: sealed, .. } => sealed.as_json().len(),
        _ => 0,
    }
}
