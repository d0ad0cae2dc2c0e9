//! A streamed answer, written so that every client that was tried accepts it.
//!
//! The role comes first; the same id, time and model stand in each chunk; `system_fingerprint` is always a
//! string; there is exactly one finish chunk a choice and nothing after it, so it is held until the
//! end is known; usage stands in a chunk of its own where it was asked for, else on the last finish
//! chunk; `data:` never stands inside a line twice.

use potluck_core::Sealed;
use potluck_core::response::{FinishReason, StreamEvent, Usage};
use potluck_core::sealed::Extra;
use potluck_core::verdict::Refusal;

use super::finish::Calling;
use super::plain::{Of, Plain};
use super::tool_calls::is_custom;
use super::{finish, openrouter, refusal, usage};
use crate::bad_answer;
use crate::client::Stamp;
use crate::wire::{self, Object};

#[cfg(test)]
mod tests;

/// Writes chunks.
#[derive(Debug)]
pub struct StreamWriter {
    /// `data: {"id":...` up to the fields that differ between chunks.
    head: Vec<u8>,
    /// The provider's, once it is known.
    fingerprint: Option<String>,
    include_usage: bool,
    choices: Vec<ChoiceState>,
    pending: Option<Pending>,
    usage: Option<Usage>,
    /// Fields of the answer as a whole, for the last chunk.
    extra: Extra,
    /// The route that the answer took, for the last chunk.
    route: Option<Sealed>,
    calling: Calling,
    /// Whether usage says what it cost: nothing, unless the provider says otherwise.
    tells_cost: bool,
    ended: bool,
}

#[derive(Debug)]
struct ChoiceState {
    index: u32,
    called: bool,
    finish: Option<FinishReason>,
}

/// What stands in one chunk with the words that follow it.
#[derive(Debug)]
struct Pending {
    choice: u32,
    details: Option<Sealed>,
    logprobs: Option<Sealed>,
}

const EMPTY_DELTA: &[u8] = b"{}";

impl StreamWriter {
    /// Before the first chunk.
    pub(crate) fn new(stamp: &Stamp, include_usage: bool) -> Self {
        let mut head = b"data: {\"id\":".to_vec();
        wire::text(&mut head, &stamp.id);
        head.extend_from_slice(b",\"object\":\"chat.completion.chunk\",\"created\":");
        head.extend_from_slice(stamp.created.to_string().as_bytes());
        head.extend_from_slice(b",\"model\":");
        wire::text(&mut head, &stamp.model);
        Self {
            head,
            fingerprint: None,
            include_usage,
            choices: Vec::new(),
            pending: None,
            usage: None,
            extra: Extra::new(),
            route: None,
            calling: Calling::Tools,
            tells_cost: false,
            ended: false,
        }
    }

    /// Before the first chunk, for OpenRouter's clients: who serves, and what it cost.
    pub(crate) fn for_openrouter(stamp: &Stamp, include_usage: bool) -> Self {
        let mut writer = Self::new(stamp, include_usage);
        writer.head.extend_from_slice(b",\"provider\":");
        wire::text(&mut writer.head, openrouter::provider(&stamp.model));
        Self { tells_cost: true, ..writer }
    }

    /// Tells calls in this form.
    pub(crate) fn telling(self, calling: Calling) -> Self {
        Self { calling, ..self }
    }

    /// Tells on the last chunk which route the answer took.
    pub(crate) fn tell_route(&mut self, route: Sealed) {
        self.route = Some(route);
    }

    /// Writes an event; finish and usage are held back until [`StreamWriter::finish`].
    pub(crate) fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Start { fingerprint, .. } => {
                if self.fingerprint.is_none() {
                    self.set_fingerprint(fingerprint.as_deref().unwrap_or_default());
                }
            }
            StreamEvent::Usage(usage) => {
                let usage = usage.clone();
                self.usage = Some(if self.tells_cost { usage::free(usage) } else { usage });
            }
            StreamEvent::Finish { choice, reason } => {
                self.flush(out);
                self.open(*choice, out);
                self.choice(*choice).finish.get_or_insert(*reason);
            }
            StreamEvent::Extra(fields) => {
                for (key, value) in fields {
                    self.extra.retain(|(known, _)| known != key);
                    self.extra.push((key.clone(), value.clone()));
                }
            }
            StreamEvent::Done => self.finish(out),
            StreamEvent::Error(_) => self.fail(&bad_answer::broke(), out),
            StreamEvent::ReasoningDetails { choice, details } => {
                self.hold(*choice, out).details = Some(details.clone());
            }
            StreamEvent::Logprobs { choice, logprobs } => {
                self.hold(*choice, out).logprobs = Some(logprobs.clone());
            }
            said => self.write_said(said, out),
        }
    }

    /// Writes words or thoughts as they are written in JSON already.
    pub(crate) fn write_plain(&mut self, plain: &Plain<'_>, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        if self.pending.is_some() {
            self.flush(out);
        }
        let calling = self.calling;
        if matches!(plain.of, Of::Arguments(1..)) && calling == Calling::Function {
            return;
        }
        self.open(plain.choice, out);
        self.chunk(plain.choice, None, out, |out| {
            let literal = plain.literal.as_bytes();
            match plain.of {
                Of::Words => out.extend_from_slice(b"{\"content\":"),
                Of::Thoughts => {
                    out.extend_from_slice(b"{\"reasoning\":");
                    out.extend_from_slice(literal);
                    out.extend_from_slice(b",\"reasoning_content\":");
                }
                Of::Arguments(_) if calling == Calling::Function => {
                    out.extend_from_slice(b"{\"function_call\":{\"arguments\":");
                    out.extend_from_slice(literal);
                    out.extend_from_slice(b"}}");
                    return;
                }
                Of::Arguments(index) => {
                    out.extend_from_slice(b"{\"tool_calls\":[{\"index\":");
                    wire::number(out, f64::from(index));
                    out.extend_from_slice(b",\"function\":{\"arguments\":");
                    out.extend_from_slice(literal);
                    out.extend_from_slice(b"}}]}");
                    return;
                }
            }
            out.extend_from_slice(literal);
            out.push(b'}');
        });
    }

    /// Writes what waits for words to go with it.
    pub(crate) fn flush(&mut self, out: &mut Vec<u8>) {
        let Some(Pending { choice, details, logprobs }) = self.pending.take() else { return };
        self.open(choice, out);
        self.chunk(choice, logprobs.as_ref(), out, |out| {
            wire::object(out, |delta| {
                if let Some(details) = &details {
                    delta.sealed("reasoning_details", details);
                }
            });
        });
    }

    /// The answer is complete.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        self.flush(out);
        let choices = std::mem::take(&mut self.choices);
        let usage = self.usage.take();
        for (at, choice) in choices.iter().enumerate() {
            let is_last = at + 1 == choices.len();
            let on_finish = usage.as_ref().filter(|_| is_last && !self.include_usage);
            let reason = choice.finish.unwrap_or(FinishReason::Stop);
            let word = finish::word(finish::corrected(reason, choice.called), self.calling);
            let ends = is_last && (usage.is_none() || on_finish.is_some());
            self.write_finish(choice.index, word, on_finish, ends, out);
        }
        if let Some(usage) = usage.filter(|_| self.include_usage || choices.is_empty()) {
            self.write_usage(&usage, out);
        }
        self.end(out);
    }

    /// The answer broke: a chunk that is both a finish and an error, since clients look for one or the other.
    pub(crate) fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        self.flush(out);
        let start = self.begin(out);
        out.extend_from_slice(
            b",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"logprobs\":null,\"finish_reason\":\"error\"}],\"error\":",
        );
        refusal::write_inside(out, refusal);
        self.write_last(out);
        close(start, out);
        self.end(out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"data: [DONE]\n\n");
        self.ended = true;
    }

    fn write_said(&mut self, said: &StreamEvent, out: &mut Vec<u8>) {
        let (StreamEvent::Text { choice, .. }
        | StreamEvent::Reasoning { choice, .. }
        | StreamEvent::Refusal { choice, .. }
        | StreamEvent::ToolCall { choice, .. }
        | StreamEvent::Images { choice, .. }
        | StreamEvent::Audio { choice, .. }
        | StreamEvent::Annotations { choice, .. }) = said
        else {
            return;
        };
        let (details, logprobs) = self.take_pending(said, *choice, out);
        self.open(*choice, out);
        let calling = self.calling;
        if let StreamEvent::ToolCall { index, .. } = said {
            self.choice(*choice).called = true;
            // The older form has a place for one call.
            if *index > 0 && calling == Calling::Function {
                return;
            }
        }
        self.chunk(*choice, logprobs.as_ref(), out, |out| {
            wire::object(out, |delta| {
                if let Some(details) = &details {
                    delta.sealed("reasoning_details", details);
                }
                write_delta(delta, said, calling);
            });
        });
    }

    /// What was held for these words; what was held for others goes out alone before.
    fn take_pending(
        &mut self,
        said: &StreamEvent,
        choice: u32,
        out: &mut Vec<u8>,
    ) -> (Option<Sealed>, Option<Sealed>) {
        let fits = self.pending.as_ref().is_some_and(|pending| {
            let with_thoughts = matches!(said, StreamEvent::Reasoning { .. });
            pending.choice == choice
                && (pending.details.is_none() || with_thoughts)
                && (pending.logprobs.is_none() || !with_thoughts)
        });
        if !fits {
            self.flush(out);
            return (None, None);
        }
        self.pending.take().map_or((None, None), |pending| (pending.details, pending.logprobs))
    }

    fn hold(&mut self, choice: u32, out: &mut Vec<u8>) -> &mut Pending {
        self.flush(out);
        self.pending.insert(Pending { choice, details: None, logprobs: None })
    }

    /// Begins a choice: its role, and content that is a string.
    fn open(&mut self, choice: u32, out: &mut Vec<u8>) {
        if self.choices.iter().any(|open| open.index == choice) {
            return;
        }
        self.choices.push(ChoiceState { index: choice, called: false, finish: None });
        self.chunk(choice, None, out, |out| {
            out.extend_from_slice(b"{\"role\":\"assistant\",\"content\":\"\"}");
        });
    }

    fn choice(&mut self, index: u32) -> &mut ChoiceState {
        let at = self.choices.iter().position(|choice| choice.index == index);
        let at = at.unwrap_or_else(|| {
            self.choices.push(ChoiceState { index, called: false, finish: None });
            self.choices.len() - 1
        });
        &mut self.choices[at]
    }

    fn chunk(
        &mut self,
        choice: u32,
        logprobs: Option<&Sealed>,
        out: &mut Vec<u8>,
        delta: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.begin(out);
        open_choice(choice, out);
        delta(out);
        out.extend_from_slice(b",\"logprobs\":");
        out.extend_from_slice(logprobs.map_or("null", Sealed::as_json).as_bytes());
        out.extend_from_slice(b",\"finish_reason\":null}]");
        close(start, out);
    }

    fn write_finish(
        &mut self,
        choice: u32,
        word: &str,
        usage: Option<&Usage>,
        ends: bool,
        out: &mut Vec<u8>,
    ) {
        let start = self.begin(out);
        open_choice(choice, out);
        out.extend_from_slice(EMPTY_DELTA);
        out.extend_from_slice(b",\"logprobs\":null,\"finish_reason\":\"");
        out.extend_from_slice(word.as_bytes());
        out.extend_from_slice(b"\"}]");
        if let Some(usage) = usage {
            out.extend_from_slice(b",\"usage\":");
            usage::write(out, usage);
        }
        if ends {
            self.write_last(out);
        }
        close(start, out);
    }

    /// What stands on the last chunk alone.
    fn write_last(&self, out: &mut Vec<u8>) {
        for (key, value) in &self.extra {
            out.push(b',');
            wire::text(out, key);
            out.push(b':');
            out.extend_from_slice(value.as_json().as_bytes());
        }
        let Some(route) = &self.route else { return };
        out.extend_from_slice(b",\"");
        out.extend_from_slice(openrouter::METADATA.as_bytes());
        out.extend_from_slice(b"\":");
        out.extend_from_slice(route.as_json().as_bytes());
    }

    fn write_usage(&mut self, usage: &Usage, out: &mut Vec<u8>) {
        let start = self.begin(out);
        out.extend_from_slice(b",\"choices\":[],\"usage\":");
        usage::write(out, usage);
        self.write_last(out);
        close(start, out);
    }

    /// Writes the head of a chunk and tells where its JSON begins.
    fn begin(&mut self, out: &mut Vec<u8>) -> usize {
        if self.fingerprint.is_none() {
            self.set_fingerprint("");
        }
        out.extend_from_slice(&self.head);
        out.len() - self.head.len() + b"data:".len()
    }

    fn set_fingerprint(&mut self, fingerprint: &str) {
        self.head.extend_from_slice(b",\"system_fingerprint\":");
        wire::text(&mut self.head, fingerprint);
        self.fingerprint = Some(fingerprint.to_owned());
    }
}

fn open_choice(choice: u32, out: &mut Vec<u8>) {
    if choice == 0 {
        out.extend_from_slice(b",\"choices\":[{\"index\":0,\"delta\":");
    } else {
        out.extend_from_slice(format!(",\"choices\":[{{\"index\":{choice},\"delta\":").as_bytes());
    }
}

fn close(start: usize, out: &mut Vec<u8>) {
    wire::join_lines(&mut out[start..]);
    out.extend_from_slice(b"}\n\n");
    wire::escape_data_prefix(out, start);
}

fn write_delta(delta: &mut Object<'_>, said: &StreamEvent, calling: Calling) {
    match said {
        StreamEvent::Text { text, .. } => delta.text("content", text),
        StreamEvent::Reasoning { text, .. } => {
            delta.text("reasoning", text);
            delta.text("reasoning_content", text);
        }
        StreamEvent::Refusal { text, .. } => delta.text("refusal", text),
        StreamEvent::Images { images, .. } => delta.sealed("images", images),
        StreamEvent::Audio { audio, .. } => delta.sealed("audio", audio),
        StreamEvent::Annotations { annotations, .. } => delta.sealed("annotations", annotations),
        StreamEvent::ToolCall { name, arguments, .. } if calling == Calling::Function => {
            delta.object("function_call", |function| {
                if let Some(name) = name {
                    function.text("name", name);
                }
                function.text("arguments", arguments);
            });
        }
        StreamEvent::ToolCall { index, id, name, arguments, extra, .. } => {
            delta.array("tool_calls", |calls| {
                calls.object(|call| {
                    call.integer("index", *index);
                    if let Some(id) = id {
                        call.text("id", id);
                    }
                    call.extra(extra);
                    if is_custom(extra) {
                        return;
                    }
                    if id.is_some() {
                        call.text("type", "function");
                    }
                    call.object("function", |function| {
                        if name.is_some() || id.is_some() {
                            function.text("name", name.as_deref().unwrap_or_default());
                        }
                        function.text("arguments", arguments);
                    });
                });
            });
        }
        _ => {}
    }
}
