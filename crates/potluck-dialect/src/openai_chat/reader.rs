//! A provider's streamed answer, read into events.
//!
//! Any split of the bytes gives the same events. The end is `[DONE]`, or the end of the body after a finish
//! reason; a body that ends before either was cut. A provider that answers a stream with one JSON document
//! instead is understood as well.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::response::{ChatResponse, FinishReason, StreamEvent, Usage};
use potluck_core::sealed::Extra;

use super::finish::{self, Finish};
use super::plain::{self, Of, Plain};
use super::read_response::{groq_usage, seconds};
use super::saying::{self, SOURCES, Saying, text_if, whole_if};

use super::tool_calls::Calls;
use super::{error_inside, read_response, usage};
use crate::BadAnswer;
use crate::body::{self, Body};
use crate::call_id;
use crate::fold;
use crate::quirk::{Quirk, Quirks};
use crate::sse::{Event, TooLong};
use crate::think_tags::{Splitter, Told};
use crate::wire::{Broken, Cursor, Kind};

#[cfg(test)]
pub(crate) mod tests;

/// Reads chunks.
#[derive(Debug)]
pub struct StreamReader {
    body: Body,
    state: State,
}

/// Choices beyond this are not read: OpenAI gives at most 128.
const MOST_CHOICES: u32 = 128;

#[derive(Debug)]
struct State {
    quirks: Quirks,
    started: bool,
    choices: Vec<ChoiceState>,
    /// The seed of invented ids.
    seed: u64,
    /// Where the words come from, as the last chunk that says so has it.
    sources: Extra,
    done: bool,
    failed: bool,
    events: Vec<StreamEvent>,
}

#[derive(Debug, Default)]
struct ChoiceState {
    index: u32,
    calls: Calls,
    splitter: Splitter,
    said: bool,
    finished: bool,
}

/// What reading gives: mostly words still as they are written, else an event.
pub(crate) enum Piece<'a> {
    Plain(Plain<'a>),
    Event(StreamEvent),
    /// What came before belongs together, and to nothing that follows.
    EndOfChunk,
}

/// A chunk whose fields may come in any order.
#[derive(Default)]
struct Chunk<'a> {
    id: Option<String>,
    created: Option<i64>,
    model: Option<String>,
    fingerprint: Option<String>,
    choices: Option<Cursor<'a>>,
    usage: Option<Usage>,
    error: Option<&'a str>,
    /// Where the words come from, as some tell in every chunk.
    sources: Vec<(&'static str, &'a str)>,
}

impl From<TooLong> for BadAnswer {
    fn from(TooLong { limit }: TooLong) -> Self {
        Self::TooLong { limit }
    }
}

impl StreamReader {
    /// At the start of an answer's body.
    pub(crate) fn new(quirks: Quirks) -> Self {
        Self {
            body: Body::default(),
            state: State {
                quirks,
                started: false,
                choices: Vec::new(),
                seed: 0,
                sources: Extra::new(),
                done: false,
                failed: false,
                events: Vec::new(),
            },
        }
    }

    /// Takes the next bytes of the body.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), BadAnswer> {
        self.push_each(bytes, |piece| events.extend(piece.event()))
    }

    /// Takes the next bytes and hands each piece to `take`.
    pub(crate) fn push_each(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(Piece<'_>),
    ) -> Result<(), BadAnswer> {
        let state = &mut self.state;
        self.body.push(bytes, |event| state.take(&event, &mut take))
    }

    /// The body has ended.
    pub(crate) fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        let state = &mut self.state;
        if let Some(document) = self.body.take_document() {
            let read = read_response::read(&document, state.quirks);
            state.done = body::tell_document(read, events)?;
            state.failed = !state.done;
            return Ok(());
        }
        let take = &mut |piece: Piece<'_>| events.extend(piece.event());
        let last = self.body.finish(|event| state.take(&event, take));
        state.flush();
        events.append(&mut state.events);
        if state.done || state.failed {
            return Ok(());
        }
        let finished =
            state.choices.iter().filter(|choice| choice.said).all(|choice| choice.finished)
                && state.choices.iter().any(|choice| choice.finished);
        match last {
            Err(BadAnswer::Garbage(_)) | Ok(()) if finished => Ok(()),
            last => Err(body::unended(last, state.started)),
        }
    }

    /// Whether the provider said all that it will say, but perhaps for usage.
    pub(crate) fn is_finished(&self) -> bool {
        self.state.done || self.state.choices.iter().any(|choice| choice.finished)
    }
}

/// Reads a body that should have been one document and is a stream.
pub(super) fn read_whole(body: &[u8], quirks: Quirks) -> Result<ChatResponse, BadAnswer> {
    if !body::begins_events(body) {
        return Err(BadAnswer::Garbage("neither JSON nor an event stream".to_owned()));
    }
    let (mut reader, mut events) = (StreamReader::new(quirks), Vec::new());
    reader.push(body, &mut events)?;
    reader.finish(&mut events)?;
    fold::fold(events)
}

impl Piece<'_> {
    fn event(self) -> Option<StreamEvent> {
        match self {
            Self::Event(event) => Some(event),
            Self::Plain(plain) => Some(plain.event()),
            Self::EndOfChunk => None,
        }
    }
}

impl Plain<'_> {
    fn event(&self) -> StreamEvent {
        let (choice, text) = (self.choice, self.text());
        match self.of {
            Of::Words => StreamEvent::Text { choice, text },
            Of::Thoughts => StreamEvent::Reasoning { choice, text },
            Of::Arguments(index) => StreamEvent::ToolCall {
                choice,
                index,
                id: None,
                name: None,
                arguments: text,
                extra: Extra::new(),
            },
        }
    }
}

impl State {
    fn take(
        &mut self,
        event: &Event<'_>,
        take: &mut impl FnMut(Piece<'_>),
    ) -> Result<(), BadAnswer> {
        if self.done || self.failed {
            return Ok(());
        }
        if !event.is_text {
            return Err(read_response::not_text());
        }
        let payload = event.data.trim();
        if self.started
            && !self.quirks.contains(Quirk::ThinkTags)
            && event.name.is_empty()
            && let Some(plain) = plain::read(payload).and_then(|plain| self.place(plain))
        {
            take(Piece::Plain(plain));
            return Ok(());
        }
        let read = self.take_payload(event.name, payload);
        if !self.events.is_empty() {
            for event in self.events.drain(..) {
                take(Piece::Event(event));
            }
            take(Piece::EndOfChunk);
        }
        read
    }

    /// The same piece under our own number of its call; `None` where it begins something.
    fn place<'a>(&mut self, plain: Plain<'a>) -> Option<Plain<'a>> {
        if plain.choice >= MOST_CHOICES {
            return None;
        }
        let choice = self.choice(plain.choice);
        let of = match plain.of {
            Of::Arguments(index) => Of::Arguments(choice.calls.number(index)?),
            other => other,
        };
        choice.said = true;
        Some(Plain { of, ..plain })
    }

    fn take_payload(&mut self, name: &str, payload: &str) -> Result<(), BadAnswer> {
        if payload == "[DONE]" {
            self.flush();
            self.done = true;
            self.events.push(StreamEvent::Done);
            return Ok(());
        }
        match self.take_chunk(name, payload) {
            Ok(()) => Ok(()),
            // Some leave out the blank line between events.
            Err(_) if payload.contains('\n') => {
                for line in payload.lines() {
                    self.take_payload(name, line.trim())?;
                }
                Ok(())
            }
            Err(_) if payload.is_empty() => Ok(()),
            Err(broken) => Err(BadAnswer::Garbage(format!("an event is no JSON: {broken}"))),
        }
    }

    fn take_chunk(&mut self, name: &str, payload: &str) -> Result<(), Broken> {
        let chunk = Chunk::read(payload)?;
        let error = match chunk.error {
            Some(error) => error_inside::read(error, payload),
            None if name == "error" => error_inside::read(payload, payload),
            None if chunk.choices.is_none() => error_inside::of_body(payload),
            None => None,
        };
        if error.is_none() && chunk.choices.is_none() && chunk.usage.is_none() {
            // Pings and other frames that say nothing to a client.
            return Ok(());
        }
        if !self.started && (error.is_none() || chunk.choices.is_some()) {
            self.start(&chunk);
        }
        let mut failed = error;
        if let Some(mut choices) = chunk.choices {
            choices.array(|cursor, _| {
                let inside = self.take_choice(cursor, payload, failed.is_some())?;
                failed = failed.take().or(inside);
                Ok::<(), Broken>(())
            })?;
        }
        self.keep_sources(&chunk.sources);
        self.events.extend(chunk.usage.map(StreamEvent::Usage));
        if let Some(error) = failed {
            self.failed = true;
            self.events.push(StreamEvent::Error(error));
        }
        Ok(())
    }

    /// Keeps where the words come from: most say it in every chunk, and it grows.
    fn keep_sources(&mut self, sources: &[(&'static str, &str)]) {
        for &(name, list) in sources {
            match self.sources.iter_mut().find(|(key, _)| &**key == name) {
                Some((_, kept)) if kept.as_json() == list => {}
                Some((_, kept)) => *kept = Sealed::from_json(list),
                None => self.sources.push((name.into(), Sealed::from_json(list))),
            }
        }
    }

    /// What is told when the answer is over.
    fn flush(&mut self) {
        self.flush_thoughts();
        let sources = std::mem::take(&mut self.sources);
        if !sources.is_empty() {
            self.events.push(StreamEvent::Extra(sources));
        }
    }

    /// Some begin with a chunk that names nobody and says nothing: the next one is the start.
    fn start(&mut self, chunk: &Chunk<'_>) {
        let names_nobody = chunk.id.is_none() && chunk.model.is_none();
        let is_empty = chunk.choices.clone().is_none_or(|mut choices| {
            choices.value().is_ok_and(|list| list[1..list.len() - 1].trim().is_empty())
        });
        if names_nobody && is_empty {
            return;
        }
        self.started = true;
        self.seed = call_id::seed(chunk.id.as_deref(), chunk.created);
        self.events.push(StreamEvent::Start {
            id: chunk.id.clone(),
            created: chunk.created,
            model: chunk.model.clone(),
            fingerprint: chunk.fingerprint.clone(),
        });
    }

    fn take_choice(
        &mut self,
        cursor: &mut Cursor<'_>,
        payload: &str,
        failing: bool,
    ) -> Result<Option<potluck_core::response::StreamError>, Broken> {
        if cursor.kind()? != Kind::Object {
            cursor.value()?;
            return Ok(None);
        }
        let (mut index, mut delta, mut message, mut text) = (0, None, None, None);
        let (mut logprobs, mut finish, mut error) = (None, None, None);
        cursor.object(|cursor, key| {
            match (&*key, cursor.kind()?) {
                ("index", Kind::Number) => index = whole_if(cursor)?.unwrap_or_default(),
                ("delta", Kind::Object) => delta = Some(saying::read(cursor, false)?),
                ("message", Kind::Object) => message = Some(saying::read(cursor, false)?),
                ("text", Kind::Text) => text = Some(cursor.text()?),
                ("finish_reason", Kind::Text) => finish = finish::read(&cursor.text()?),
                ("logprobs", Kind::Object) => logprobs = Some(cursor.value()?),
                ("error", _) => error = error_inside::read(cursor.value()?, payload),
                _ => drop(cursor.value()?),
            }
            Ok::<(), Broken>(())
        })?;
        let Some(index) = u32::try_from(index).ok().filter(|index| *index < MOST_CHOICES) else {
            return Ok(error);
        };
        let said = self.choice(index).said;
        // A cumulative message stands beside the delta at some; alone it is the whole answer.
        let spoken = delta
            .or(message.filter(|_| !said))
            .or_else(|| text.map(|text| Saying { text: Some(text), ..Saying::default() }));
        self.take_saying(index, spoken.unwrap_or_default(), logprobs);
        match finish {
            Some(Finish::Failed(word)) if error.is_none() && !failing => {
                error = Some(error_inside::of_finish(&word, payload));
            }
            Some(Finish::Reason(reason)) if error.is_none() && !failing => {
                self.take_finish(index, reason);
            }
            _ => {}
        }
        Ok(error)
    }

    fn take_saying(&mut self, choice: u32, saying: Saying<'_>, logprobs: Option<&str>) {
        let at = self.events.len();
        let sealed = |json: &str| Sealed::from_json(json);
        if let Some(details) = saying.reasoning_details.map(sealed) {
            self.events.push(StreamEvent::ReasoningDetails { choice, details });
        }
        if let Some(text) = filled(saying.reasoning) {
            self.events.push(StreamEvent::Reasoning { choice, text });
        }
        if let Some(logprobs) = logprobs.map(sealed) {
            self.events.push(StreamEvent::Logprobs { choice, logprobs });
        }
        if let Some(text) = filled(saying.text) {
            self.say(choice, text);
        }
        if let Some(text) = filled(saying.refusal) {
            self.events.push(StreamEvent::Refusal { choice, text });
        }
        let seed = self.seed;
        for piece in saying.calls {
            let event = self.choice(choice).calls.take(choice, seed, piece);
            self.events.extend(event);
        }
        if let Some(images) = saying::list(&saying.images) {
            self.events.push(StreamEvent::Images { choice, images });
        }
        if let Some(audio) = saying.audio.map(sealed) {
            self.events.push(StreamEvent::Audio { choice, audio });
        }
        if let Some(annotations) = saying.annotations.map(sealed) {
            self.events.push(StreamEvent::Annotations { choice, annotations });
        }
        if self.events.len() > at {
            self.choice(choice).said = true;
        }
    }

    fn say(&mut self, choice: u32, text: String) {
        if !self.quirks.contains(Quirk::ThinkTags) {
            self.events.push(StreamEvent::Text { choice, text });
            return;
        }
        let mut told = Vec::new();
        let state = self.choice(choice);
        state.said = true;
        state.splitter.push(&text, &mut told);
        self.tell(choice, told);
    }

    fn tell(&mut self, choice: u32, told: Vec<Told>) {
        self.events.extend(told.into_iter().map(|piece| match piece {
            Told::Thoughts(text) => StreamEvent::Reasoning { choice, text },
            Told::Words(text) => StreamEvent::Text { choice, text },
        }));
    }

    fn flush_thoughts(&mut self) {
        let choices: Vec<u32> = self.choices.iter().map(|choice| choice.index).collect();
        for choice in choices {
            let mut told = Vec::new();
            self.choice(choice).splitter.finish(&mut told);
            self.tell(choice, told);
        }
    }

    fn take_finish(&mut self, choice: u32, reason: FinishReason) {
        let mut told = Vec::new();
        let state = self.choice(choice);
        if std::mem::replace(&mut state.finished, true) {
            return;
        }
        state.splitter.finish(&mut told);
        let reason = finish::corrected(reason, state.calls.any());
        self.tell(choice, told);
        self.events.push(StreamEvent::Finish { choice, reason });
    }

    fn choice(&mut self, index: u32) -> &mut ChoiceState {
        let at = self.choices.iter().position(|choice| choice.index == index);
        let at = at.unwrap_or_else(|| {
            self.choices.push(ChoiceState { index, ..ChoiceState::default() });
            self.choices.len() - 1
        });
        &mut self.choices[at]
    }
}

fn filled(text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(Cow::into_owned)
}

impl<'a> Chunk<'a> {
    fn read(payload: &'a str) -> Result<Self, Broken> {
        let mut cursor = Cursor::lenient(payload);
        let mut chunk = Self::default();
        if cursor.kind()? != Kind::Object {
            cursor.value()?;
            cursor.end()?;
            // A list may be an error, which is found by its shape; other values say nothing.
            return Ok(chunk);
        }
        cursor.object(|cursor, key| chunk.take(&key, cursor))?;
        cursor.end()?;
        Ok(chunk)
    }

    fn take(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("id", _) => self.id = text_if(cursor)?,
            ("model", _) => self.model = text_if(cursor)?,
            ("system_fingerprint", _) => self.fingerprint = text_if(cursor)?,
            ("created", _) => self.created = seconds(whole_if(cursor)?),
            ("usage", _) => self.usage = usage::read(cursor)?.or(self.usage.take()),
            ("x_groq", _) => {
                let groq = groq_usage(cursor)?;
                self.usage = self.usage.take().or(groq);
            }
            ("choices", Kind::Array) => {
                self.choices = Some(cursor.clone());
                cursor.value()?;
            }
            ("error", kind) => self.error = Some(cursor.value()?).filter(|_| kind != Kind::Null),
            (name, Kind::Array) => {
                let list = cursor.value()?;
                let name = SOURCES.into_iter().find(|source| *source == name);
                self.sources.extend(name.zip(saying::filled(list)));
            }
            _ => drop(cursor.value()?),
        }
        Ok(())
    }
}
