//! A streamed answer as chunks of text.
//!
//! The same id, time and model stand in each; a choice ends with one chunk that says why; usage stands where chat's
//! clients find it too.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::response::{FinishReason, StreamEvent, Usage};
use potluck_core::verdict::Refusal;

use super::fence::Fence;
use super::offsets;
use super::question::{Question, finish_word};
use super::write_response::write_head;
use crate::client::{Stamp, WriteStream};
use crate::openai_chat;
use crate::wire::{self, Head, Object};

/// Writes the chunks.
#[derive(Debug)]
pub(crate) struct Writer {
    head: Head,
    question: Question,
    include_usage: bool,
    choices: Vec<Open>,
    usage: Option<Usage>,
    ended: bool,
}

/// A choice that has begun.
#[derive(Debug)]
struct Open {
    index: u32,
    fence: Fence,
    finish: Option<FinishReason>,
    /// Probabilities of the words that come next.
    logprobs: Option<String>,
    /// Where the next token begins, in characters.
    offset: usize,
}

impl Writer {
    /// Before the first chunk.
    pub(crate) fn new(stamp: &Stamp, question: &Question, include_usage: bool) -> Self {
        Self {
            head: Head::new(|body| write_head(body, stamp)),
            question: question.clone(),
            include_usage,
            choices: Vec::new(),
            usage: None,
            ended: false,
        }
    }

    fn say(&mut self, index: u32, words: &str, out: &mut Vec<u8>) {
        let at = self.open(index, out);
        let choice = &mut self.choices[at];
        let logprobs = choice.logprobs.take();
        let mut text = Cow::Borrowed(words);
        if self.question.fills {
            let mut inside = String::new();
            choice.fence.push(words, &mut inside);
            text = Cow::Owned(inside);
        }
        if !text.is_empty() {
            self.write_text(index, &text, logprobs.as_deref(), out);
        }
    }

    fn hold(&mut self, index: u32, logprobs: &Sealed, out: &mut Vec<u8>) {
        let at = self.open(index, out);
        let choice = &mut self.choices[at];
        choice.logprobs = offsets::lists(logprobs, &mut choice.offset);
    }

    /// The place of a choice. One that is new begins with the prompt, where that was asked for.
    fn open(&mut self, index: u32, out: &mut Vec<u8>) -> usize {
        if let Some(at) = self.choices.iter().position(|choice| choice.index == index) {
            return at;
        }
        let (fence, offset) = (Fence::default(), 0);
        self.choices.push(Open { index, fence, finish: None, logprobs: None, offset });
        if let Some(before) = self.question.before.clone() {
            self.write_text(index, &before, None, out);
        }
        self.choices.len() - 1
    }

    fn write_text(&self, index: u32, text: &str, logprobs: Option<&str>, out: &mut Vec<u8>) {
        self.chunk(out, |body| {
            body.array("choices", |items| {
                items.object(|fields| write_choice(fields, index, text, logprobs, None));
            });
            if self.question.ollama {
                body.text("response", text);
                body.boolean("done", false);
            }
        });
    }

    fn write_finish(&self, index: u32, word: &str, usage: Option<&Usage>, out: &mut Vec<u8>) {
        self.chunk(out, |body| {
            body.array("choices", |items| {
                items.object(|fields| write_choice(fields, index, "", None, Some(word)));
            });
            if let Some(usage) = usage {
                openai_chat::write_usage(body.key("usage"), usage);
            }
            if self.question.ollama {
                body.text("response", "");
                body.boolean("done", true);
            }
        });
    }

    fn chunk(&self, out: &mut Vec<u8>, rest: impl FnOnce(&mut Object<'_>)) {
        out.extend_from_slice(b"data: ");
        let start = out.len();
        self.head.object(out, rest);
        wire::join_lines(&mut out[start..]);
        out.extend_from_slice(b"\n\n");
        wire::escape_data_prefix(out, start);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"data: [DONE]\n\n");
        self.ended = true;
    }
}

fn write_choice(
    fields: &mut Object<'_>,
    index: u32,
    text: &str,
    logprobs: Option<&str>,
    finish: Option<&str>,
) {
    fields.text("text", text);
    fields.integer("index", index);
    fields.json("logprobs", logprobs.unwrap_or("null"));
    match finish {
        Some(word) => fields.text("finish_reason", word),
        None => fields.null("finish_reason"),
    }
}

impl WriteStream for Writer {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Text { choice, text } | StreamEvent::Refusal { choice, text } => {
                self.say(*choice, text, out);
            }
            StreamEvent::Logprobs { choice, logprobs } => self.hold(*choice, logprobs, out),
            StreamEvent::Finish { choice, reason } => {
                let at = self.open(*choice, out);
                self.choices[at].finish.get_or_insert(*reason);
            }
            StreamEvent::Usage(usage) => self.usage = Some(usage.clone()),
            StreamEvent::Done => self.finish(out),
            // Thoughts are no part of the text, and the rest cannot be asked for at this door.
            _ => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        if self.choices.is_empty() {
            self.open(0, out);
        }
        let mut choices = std::mem::take(&mut self.choices);
        let (usage, last) = (self.usage.take(), choices.len() - 1);
        for (at, choice) in choices.iter_mut().enumerate() {
            let mut rest = String::new();
            choice.fence.finish(&mut rest);
            if !rest.is_empty() {
                self.write_text(choice.index, &rest, None, out);
            }
            let on_finish = usage.as_ref().filter(|_| at == last && !self.include_usage);
            self.write_finish(choice.index, finish_word(choice.finish), on_finish, out);
        }
        if let Some(usage) = usage.filter(|_| self.include_usage) {
            self.chunk(out, |body| {
                body.array("choices", |_| {});
                openai_chat::write_usage(body.key("usage"), &usage);
            });
        }
        self.end(out);
    }

    fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        self.chunk(out, |body| {
            body.array("choices", |items| {
                items.object(|fields| write_choice(fields, 0, "", None, Some("error")));
            });
            openai_chat::write_error(body.key("error"), refusal);
        });
        self.end(out);
    }
}
