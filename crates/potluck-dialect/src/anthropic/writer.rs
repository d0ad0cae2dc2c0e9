//! Events, written as this dialect's stream: one block after another, each begun, told and ended.
//!
//! Providers may tell several calls at once, piece by piece; blocks must not overlap. A call that is open
//! is ended as soon as its arguments are one whole value, and what comes before that waits.

mod complete;
mod waiting;

#[cfg(test)]
mod tests;

use potluck_core::response::{FinishReason, StreamEvent, Usage};
use potluck_core::verdict::Refusal;

use self::complete::Complete;
use self::waiting::Waiting;
use super::thought::{self, Thought};
use super::write_response::write_thought;
use super::{refusal, stop, usage};
use crate::bad_answer;
use crate::client::{Stamp, WriteStream};
use crate::wire;

/// Writes events.
#[derive(Debug)]
pub(crate) struct StreamWriter {
    id: String,
    model: String,
    started: bool,
    ended: bool,
    /// The number of the block that is open, or comes next.
    index: u64,
    open: Option<Open>,
    waiting: Waiting,
    /// Thoughts of typed items, which most tell a second time as plain ones at once.
    typed: String,
    called: bool,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
}

/// The block that is being told.
#[derive(Debug)]
struct Open {
    kind: Kind,
    arguments: Complete,
    signature: Option<String>,
}

/// What a block is; a call by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thoughts,
    Call(u32),
}

/// A piece of what is said, with where it belongs.
#[derive(Debug)]
struct Piece<'a> {
    kind: Kind,
    text: &'a str,
    /// A call's id and name, where it begins.
    call: Option<(&'a str, &'a str)>,
}

impl StreamWriter {
    /// Before the first event.
    pub(crate) fn new(stamp: &Stamp) -> Self {
        Self {
            id: stamp.id.clone(),
            model: stamp.model.clone(),
            started: false,
            ended: false,
            index: 0,
            open: None,
            waiting: Waiting::default(),
            typed: String::new(),
            called: false,
            finish: None,
            usage: None,
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        // What the prompt cost is mostly told at the end only; then `message_delta` has it.
        let counted = self.usage.clone().unwrap_or_default();
        event(out, "message_start", |fields| {
            fields.object("message", |message| {
                message.text("id", &self.id);
                message.text("type", "message");
                message.text("role", "assistant");
                message.text("model", &self.model);
                message.array("content", |_| {});
                message.null("stop_reason");
                message.null("stop_sequence");
                message.object("usage", |fields| usage::write(fields, &counted));
            });
        });
    }

    fn say(&mut self, piece: &Piece<'_>, out: &mut Vec<u8>) {
        let is_open = self.open.as_ref().is_some_and(|open| open.kind == piece.kind);
        if is_open {
            self.tell(piece.text, out);
            return self.go_on(out);
        }
        if self.open.as_ref().is_some_and(Open::is_unfinished) {
            if self.waiting.push(piece).is_err() {
                self.fail(&too_much(), out);
            }
            return;
        }
        self.begin(piece, out);
    }

    /// Ends the block that is open and begins another with its first words. What comes late for a call that
    /// is whole adds nothing to it.
    fn begin(&mut self, piece: &Piece<'_>, out: &mut Vec<u8>) {
        if matches!(piece.kind, Kind::Call(_)) && piece.call.is_none() {
            return;
        }
        self.close(out);
        event(out, "content_block_start", |fields| {
            fields.integer("index", self.index);
            fields.object("content_block", |block| match piece.call {
                Some((id, name)) => {
                    block.text("type", "tool_use");
                    block.text("id", id);
                    block.text("name", name);
                    block.object("input", |_| {});
                }
                None if piece.kind == Kind::Text => {
                    block.text("type", "text");
                    block.text("text", "");
                }
                None => {
                    let nothing = Thought::Open { text: String::new(), signature: String::new() };
                    write_thought(block, &nothing);
                }
            });
        });
        self.called |= piece.call.is_some();
        self.open =
            Some(Open { kind: piece.kind, arguments: Complete::default(), signature: None });
        self.tell(piece.text, out);
    }

    fn tell(&mut self, text: &str, out: &mut Vec<u8>) {
        let Some(open) = self.open.as_mut().filter(|_| !text.is_empty()) else { return };
        let text = match open.kind {
            Kind::Call(_) => open.arguments.take(text),
            Kind::Text | Kind::Thoughts => text,
        };
        if text.is_empty() {
            return;
        }
        let (kind, field) = match open.kind {
            Kind::Text => ("text_delta", "text"),
            Kind::Thoughts => ("thinking_delta", "thinking"),
            Kind::Call(_) => ("input_json_delta", "partial_json"),
        };
        delta(out, self.index, kind, field, text);
    }

    /// Tells what waited, as far as the blocks that are open allow.
    fn go_on(&mut self, out: &mut Vec<u8>) {
        while self.open.as_ref().is_none_or(|open| !open.is_unfinished()) {
            let Some(next) = self.waiting.pop() else { return };
            self.begin(&next.piece(), out);
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let Some(open) = self.open.take() else { return };
        if let Some(signature) = open.signature {
            delta(out, self.index, "signature_delta", "signature", &signature);
        }
        event(out, "content_block_stop", |fields| fields.integer("index", self.index));
        self.index += 1;
    }

    /// The signature of the thought that is open, and thoughts that only their maker can read.
    fn take_thoughts(&mut self, thoughts: Vec<Thought>, out: &mut Vec<u8>) {
        for thought in thoughts {
            let is_open = self.open.as_ref().is_some_and(|open| open.kind == Kind::Thoughts);
            match thought {
                Thought::Open { text, signature } if signature.is_empty() => {
                    self.typed.push_str(&text);
                }
                Thought::Open { text, signature } => {
                    if !is_open {
                        // Also where the words are hidden: the signature must travel back.
                        let text = std::mem::take(&mut self.typed) + &text;
                        self.start(out);
                        self.say(&Piece { kind: Kind::Thoughts, text: &text, call: None }, out);
                    }
                    if let Some(open) = &mut self.open
                        && open.kind == Kind::Thoughts
                    {
                        open.signature = Some(signature);
                    }
                }
                closed @ Thought::Closed { .. } => self.write_closed(&closed, out),
            }
        }
    }

    /// Thoughts that came as typed items only.
    fn tell_typed(&mut self, out: &mut Vec<u8>) {
        let text = std::mem::take(&mut self.typed);
        if !text.is_empty() {
            self.start(out);
            self.say(&Piece { kind: Kind::Thoughts, text: &text, call: None }, out);
        }
    }

    fn write_closed(&mut self, thought: &Thought, out: &mut Vec<u8>) {
        if self.open.as_ref().is_some_and(Open::is_unfinished) {
            return;
        }
        self.start(out);
        self.close(out);
        event(out, "content_block_start", |fields| {
            fields.integer("index", self.index);
            fields.object("content_block", |block| write_thought(block, thought));
        });
        event(out, "content_block_stop", |fields| fields.integer("index", self.index));
        self.index += 1;
    }
}

impl WriteStream for StreamWriter {
    fn write(&mut self, said: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        if let StreamEvent::Reasoning { .. } = said {
            self.typed.clear();
        } else if !self.typed.is_empty() {
            self.tell_typed(out);
        }
        let piece = match said {
            StreamEvent::Text { choice: 0, text } | StreamEvent::Refusal { choice: 0, text } => {
                Piece { kind: Kind::Text, text, call: None }
            }
            StreamEvent::Reasoning { choice: 0, text } => {
                Piece { kind: Kind::Thoughts, text, call: None }
            }
            StreamEvent::ToolCall { choice: 0, index, id, name, arguments, .. } => {
                let begins = id.as_deref().map(|id| (id, name.as_deref().unwrap_or_default()));
                Piece { kind: Kind::Call(*index), text: arguments, call: begins }
            }
            StreamEvent::ReasoningDetails { choice: 0, details } => {
                return self.take_thoughts(thought::open(details), out);
            }
            StreamEvent::Finish { choice: 0, reason } => {
                self.finish.get_or_insert(*reason);
                return;
            }
            StreamEvent::Usage(usage) => {
                self.usage = Some(usage.clone());
                return;
            }
            StreamEvent::Error(_) => return self.fail(&bad_answer::broke(), out),
            StreamEvent::Done => return self.finish(out),
            _ => return,
        };
        self.start(out);
        self.say(&piece, out);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        self.tell_typed(out);
        self.ended = true;
        self.start(out);
        while let Some(next) = self.waiting.pop() {
            self.begin(&next.piece(), out);
        }
        self.close(out);
        let reason = stop::word(self.finish.unwrap_or(FinishReason::Stop), self.called);
        let counted = self.usage.take().unwrap_or_default();
        event(out, "message_delta", |fields| {
            fields.object("delta", |delta| {
                delta.text("stop_reason", reason);
                delta.null("stop_sequence");
            });
            fields.object("usage", |fields| usage::write(fields, &counted));
        });
        event(out, "message_stop", |_| {});
    }

    fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        out.extend_from_slice(b"event: error\ndata: ");
        out.extend_from_slice(&refusal::write(refusal, &self.id));
        out.extend_from_slice(b"\n\n");
    }
}

impl Open {
    /// Whether another block would cut it.
    const fn is_unfinished(&self) -> bool {
        matches!(self.kind, Kind::Call(_)) && !self.arguments.is_whole()
    }
}

/// Writes an event whose data begins with its own name.
fn event(out: &mut Vec<u8>, name: &str, fields: impl FnOnce(&mut wire::Object<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    wire::object(out, |object| {
        object.text("type", name);
        fields(object);
    });
    out.extend_from_slice(b"\n\n");
}

fn delta(out: &mut Vec<u8>, index: u64, kind: &str, field: &str, text: &str) {
    event(out, "content_block_delta", |fields| {
        fields.integer("index", index);
        fields.object("delta", |delta| {
            delta.text("type", kind);
            delta.text(field, text);
        });
    });
}

fn too_much() -> Refusal {
    Refusal::new(
        502,
        "api_error",
        "provider_failed",
        "The provider told several tool calls at once, and more than can be kept back. Send the request again to draw another.",
    )
}
