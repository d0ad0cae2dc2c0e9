//! An answer as it grows: documents in, events out. A whole answer is one document, a stream is many.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::response::{FinishReason, StreamError, StreamEvent, Usage};
use potluck_core::sealed::Extra;

use super::finish::{self, Finish};
use super::part::{Call, Data, Part};
use super::partial::Open;
use super::{annotation, logprobs, signature, usage};
use crate::wire::{self, Broken, Cursor, Kind};
use crate::{BadAnswer, call_id};

/// Candidates beyond this are not read: Gemini gives at most 8.
const MOST_CHOICES: u32 = 128;

/// The most calls of one turn that are read.
const MOST_CALLS: usize = 512;

/// How much of a document an error keeps for the rules that classify it.
const KEPT: usize = 64 * 1024;

/// What came so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    started: bool,
    /// The seed of invented ids.
    seed: u64,
    choices: Vec<Choice>,
    failed: bool,
    /// What the documents since the last look gave.
    pub(super) events: Vec<StreamEvent>,
}

#[derive(Debug, Default)]
struct Choice {
    index: u32,
    /// The ids of its calls.
    calls: Vec<String>,
    /// The call whose arguments are still coming.
    open: Option<Open>,
    said: bool,
    /// Told when the answer ends: older models say it with every chunk.
    finish: Option<FinishReason>,
}

/// A document whose fields may come in any order.
#[derive(Default)]
struct Document<'a> {
    id: Option<Cow<'a, str>>,
    model: Option<Cow<'a, str>>,
    candidates: Option<Cursor<'a>>,
    usage: Option<Usage>,
    blocked: Option<String>,
    error: Option<Cursor<'a>>,
}

/// A candidate whose fields may come in any order.
#[derive(Default)]
struct Candidate<'a> {
    index: u32,
    parts: Option<Cursor<'a>>,
    finish: Option<Cow<'a, str>>,
    logprobs: Option<Sealed>,
    citations: Option<Sealed>,
}

impl Answer {
    /// Takes a document, or a list of them: that is how a stream comes from those who do not ask for events.
    pub(super) fn take(&mut self, text: &str) -> Result<(), Broken> {
        let mut cursor = Cursor::lenient(text);
        match cursor.kind()? {
            Kind::Array => cursor.array(|cursor, _| self.take_value(cursor, text))?,
            _ => self.take_value(&mut cursor, text)?,
        }
        cursor.end()
    }

    /// Whether the provider has said why it ended.
    pub(super) fn is_finished(&self) -> bool {
        self.failed || self.choices.iter().any(|choice| choice.finish.is_some())
    }

    /// Nothing follows the chunks: tells how each choice ended.
    ///
    /// # Errors
    /// A choice has no end, or nothing came.
    pub(super) fn end(&mut self) -> Result<(), BadAnswer> {
        let is_cut = |choice: &Choice| choice.finish.is_none() || choice.open.is_some();
        if !self.failed && (self.choices.is_empty() || self.choices.iter().any(is_cut)) {
            return Err(if self.started { BadAnswer::Cut } else { BadAnswer::Empty });
        }
        self.end_of_whole()
    }

    /// Nothing follows the one document, which was whole whether or not it says why it ended.
    ///
    /// # Errors
    /// It is no answer.
    pub(super) fn end_of_whole(&mut self) -> Result<(), BadAnswer> {
        if self.choices.is_empty() && !self.failed {
            return Err(if self.started {
                BadAnswer::Empty
            } else {
                BadAnswer::Garbage("JSON without candidates".to_owned())
            });
        }
        if !self.failed {
            self.events.extend(self.choices.iter().filter_map(Choice::end));
        }
        Ok(())
    }

    /// Takes a value out of the whole text, which is only cut where an error keeps it.
    fn take_value<'a>(&mut self, cursor: &mut Cursor<'a>, whole: &'a str) -> Result<(), Broken> {
        if cursor.kind()? != Kind::Object || self.failed {
            return cursor.value().map(drop);
        }
        let (start, mut document) = (cursor.at(), Document::default());
        cursor.object(|cursor, key| document.take(&key, cursor))?;
        self.take_document(document, &whole[start..cursor.at()])
    }

    fn take_document(&mut self, document: Document<'_>, text: &str) -> Result<(), Broken> {
        let Document { id, model, candidates, usage, blocked, error } = document;
        if let Some(mut error) = error {
            let error = read_error(&mut error, text)?;
            return self.fail(error);
        }
        if !self.started && (id.is_some() || candidates.is_some() || usage.is_some()) {
            self.started = true;
            self.seed = call_id::seed(id.as_deref(), None);
            let (id, model) = (id.map(Cow::into_owned), model.map(Cow::into_owned));
            let (created, fingerprint) = (None, None);
            self.events.push(StreamEvent::Start { id, created, model, fingerprint });
        }
        if let Some(mut candidates) = candidates {
            candidates.array(|cursor, at| self.take_candidate(cursor, at, text))?;
        }
        self.events.extend(usage.map(StreamEvent::Usage));
        match blocked {
            Some(reason) => self.fail(filtered("the prompt", &reason)),
            None => Ok(()),
        }
    }

    fn take_candidate(
        &mut self,
        cursor: &mut Cursor<'_>,
        at: usize,
        document: &str,
    ) -> Result<(), Broken> {
        if cursor.kind()? != Kind::Object {
            return cursor.value().map(drop);
        }
        let mut candidate =
            Candidate { index: u32::try_from(at).unwrap_or(MOST_CHOICES), ..Candidate::default() };
        cursor.object(|cursor, key| candidate.take(&key, cursor))?;
        let Candidate { index, parts, finish, logprobs, citations } = candidate;
        if index >= MOST_CHOICES || self.failed {
            return Ok(());
        }
        self.choice(index);
        if let Some(logprobs) = logprobs {
            self.events.push(StreamEvent::Logprobs { choice: index, logprobs });
        }
        if let Some(mut parts) = parts {
            parts.array(|cursor, _| self.take_part(index, cursor))?;
        }
        if let Some(annotations) = citations {
            self.events.push(StreamEvent::Annotations { choice: index, annotations });
        }
        finish.map_or(Ok(()), |word| self.take_finish(index, &word, document))
    }

    fn take_part(&mut self, choice: u32, cursor: &mut Cursor<'_>) -> Result<(), Broken> {
        if cursor.kind()? != Kind::Object {
            return cursor.value().map(drop);
        }
        let mut whole = cursor.clone();
        let part = Part::read(cursor)?;
        let at = self.events.len();
        if let Some(call) = part.call {
            self.take_call(choice, call, part.signature.as_deref());
        } else if let Some(data) = part.data.as_ref().filter(|_| !part.thought) {
            self.events.push(media(choice, data, whole.value()?));
        } else if part.is_other || part.data.is_some() {
            let annotations = annotation::of_part(whole.value()?);
            self.events.push(StreamEvent::Annotations { choice, annotations });
        }
        if let Some(text) = part.text.filter(|text| !text.is_empty()) {
            let text = text.into_owned();
            self.events.push(if part.thought {
                StreamEvent::Reasoning { choice, text }
            } else {
                StreamEvent::Text { choice, text }
            });
        }
        let said = self.events[at..].iter().any(StreamEvent::carries_content);
        self.choice(choice).said |= said;
        Ok(())
    }

    fn take_call(&mut self, choice: u32, call: Call<'_>, signature: Option<&str>) {
        let seed = self.seed;
        let state = self.choice(choice);
        if call.name.is_empty() {
            if let Some(open) = &mut state.open {
                open.take(call.pieces.unwrap_or_default());
                if !call.continues {
                    self.close_call(choice);
                }
            }
            return;
        }
        let at = state.calls.len();
        if at >= MOST_CALLS {
            return;
        }
        // An id that was given twice could not be answered.
        let given = call.id.filter(|id| !state.calls.iter().any(|other| other == id));
        let id = given.map_or_else(|| call_id::invent(seed, at, &call.name), Cow::into_owned);
        state.calls.push(id.clone());
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        let extra = signature.map_or_else(Extra::new, signature::carried);
        let name = call.name.into_owned();
        self.close_call(choice);
        if call.continues {
            let arguments = call.arguments.and_then(|args| serde_json::from_str(args).ok());
            let arguments = arguments.unwrap_or_else(|| serde_json::json!({}));
            let mut open = Open { index, id, name, extra, arguments };
            open.take(call.pieces.unwrap_or_default());
            self.choice(choice).open = Some(open);
            return;
        }
        let arguments = call.arguments.unwrap_or("{}").to_owned();
        let (id, name) = (Some(id), Some(name));
        self.events.push(StreamEvent::ToolCall { choice, index, id, name, arguments, extra });
    }

    /// Tells a call whose arguments are whole now.
    fn close_call(&mut self, choice: u32) {
        if let Some(Open { index, id, name, extra, arguments }) = self.choice(choice).open.take() {
            let (id, name, arguments) = (Some(id), Some(name), arguments.to_string());
            self.events.push(StreamEvent::ToolCall { choice, index, id, name, arguments, extra });
        }
    }

    fn take_finish(&mut self, choice: u32, word: &str, document: &str) -> Result<(), Broken> {
        match finish::read(word) {
            Finish::Failed => self.fail(StreamError {
                message: format!("the answer ended with the finish reason {word}"),
                code: Some(word.to_owned()),
                status: None,
                body: head(document).to_owned(),
            }),
            Finish::Reason(FinishReason::ContentFilter) if !self.choice(choice).said => {
                self.fail(filtered("the answer", word))
            }
            Finish::Reason(reason) => {
                self.choice(choice).finish = Some(reason);
                Ok(())
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "ends a step that may also be broken")]
    fn fail(&mut self, error: StreamError) -> Result<(), Broken> {
        self.failed = true;
        self.events.push(StreamEvent::Error(error));
        Ok(())
    }

    fn choice(&mut self, index: u32) -> &mut Choice {
        let at = self.choices.iter().position(|choice| choice.index == index);
        let at = at.unwrap_or_else(|| {
            self.choices.push(Choice { index, ..Choice::default() });
            self.choices.len() - 1
        });
        &mut self.choices[at]
    }
}

impl Choice {
    fn end(&self) -> Option<StreamEvent> {
        let reason = match self.finish? {
            FinishReason::Stop if !self.calls.is_empty() => FinishReason::ToolCalls,
            other => other,
        };
        Some(StreamEvent::Finish { choice: self.index, reason })
    }
}

impl<'a> Document<'a> {
    fn take(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("responseId", Kind::Text) => {
                self.id = Some(cursor.text()?).filter(|text| !text.is_empty());
            }
            ("modelVersion", Kind::Text) => {
                self.model = Some(cursor.text()?).filter(|text| !text.is_empty());
            }
            ("usageMetadata", Kind::Object) => self.usage = usage::read(cursor)?,
            ("promptFeedback", Kind::Object) => self.blocked = block_reason(cursor)?,
            ("candidates", Kind::Array) => {
                self.candidates = Some(cursor.clone());
                cursor.value()?;
            }
            ("error", Kind::Object) => {
                self.error = Some(cursor.clone());
                cursor.value()?;
            }
            _ => drop(cursor.value()?),
        }
        Ok(())
    }
}

impl<'a> Candidate<'a> {
    fn take(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("content", Kind::Object) => cursor.object(|cursor, key| {
                if key == "parts" && cursor.kind()? == Kind::Array {
                    self.parts = Some(cursor.clone());
                }
                cursor.value().map(drop)
            })?,
            ("index", Kind::Number) => {
                let index = wire::whole(cursor.number()?).and_then(|index| index.try_into().ok());
                self.index = index.unwrap_or(MOST_CHOICES);
            }
            ("finishReason", Kind::Text) => {
                self.finish = Some(cursor.text()?).filter(|word| !word.is_empty());
            }
            ("finishReason", Kind::Number) => {
                let number = wire::whole(cursor.number()?).filter(|number| *number > 0);
                self.finish = number.map(|number| Cow::Borrowed(finish::numbered(number)));
            }
            ("logprobsResult", Kind::Object) => self.logprobs = logprobs::read(cursor)?,
            ("groundingMetadata", Kind::Object) => {
                self.citations = annotation::of_grounding(cursor)?;
            }
            _ => drop(cursor.value()?),
        }
        Ok(())
    }
}

fn filled(text: Cow<'_, str>) -> Option<String> {
    Some(text.into_owned()).filter(|text| !text.is_empty())
}

/// A picture or sound that the model made; other media are kept as they came.
fn media(choice: u32, data: &Data<'_>, part: &str) -> StreamEvent {
    let mut json = Vec::with_capacity(data.base64.len() + 96);
    if data.kind.starts_with("image/") {
        wire::array(&mut json, |items| {
            items.object(|item| {
                item.text("type", "image_url");
                item.object("image_url", |image| {
                    image.text("url", &format!("data:{};base64,{}", data.kind, data.base64));
                });
            });
        });
        return StreamEvent::Images { choice, images: Sealed::from_json(wire::unlossy(&json)) };
    }
    if data.kind.starts_with("audio/") {
        wire::object(&mut json, |audio| {
            audio.text("data", &data.base64);
            audio.text("mime_type", &data.kind);
        });
        return StreamEvent::Audio { choice, audio: Sealed::from_json(wire::unlossy(&json)) };
    }
    StreamEvent::Annotations { choice, annotations: annotation::of_part(part) }
}

fn block_reason(cursor: &mut Cursor<'_>) -> Result<Option<String>, Broken> {
    let mut reason = None;
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("blockReason", Kind::Text) => reason = filled(cursor.text()?),
            ("blockReason", Kind::Number) => reason = Some(cursor.number()?.to_owned()),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(reason)
}

/// A filter let nothing through. The first word is the one that the rules on failures know.
fn filtered(what: &str, reason: &str) -> StreamError {
    StreamError {
        message: format!("content_filter: {what} was stopped by the provider's filter ({reason})"),
        code: Some("content_filter".to_owned()),
        ..StreamError::default()
    }
}

fn read_error(cursor: &mut Cursor<'_>, document: &str) -> Result<StreamError, Broken> {
    let mut error = StreamError { body: head(document).to_owned(), ..StreamError::default() };
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("message", Kind::Text) => error.message = cursor.text()?.into_owned(),
            ("status", Kind::Text) => error.code = filled(cursor.text()?),
            ("code", Kind::Number) => {
                let status = wire::whole(cursor.number()?).and_then(|code| code.try_into().ok());
                error.status = status.filter(|status| (100..600).contains(status));
            }
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(error)
}

/// The beginning of a text, cut between two characters.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(KEPT)]
}
