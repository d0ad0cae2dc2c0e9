//! A provider's whole answer, read leniently: what is of a wrong kind is absent, what is unknown is kept.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply, StreamError};

use super::finish::{self, Finish};
use super::saying::{self, Saying, text_if, whole_if};

use super::{error_inside, reader, tool_calls, usage};
use crate::BadAnswer;
use crate::call_id;
use crate::quirk::{Quirk, Quirks};
use crate::think_tags::{Splitter, Told};
use crate::wire::{Broken, Cursor, Kind};

#[derive(Default)]
struct Draft<'a> {
    response: ChatResponse,
    choices: Option<Cursor<'a>>,
    error: Option<&'a str>,
}

/// Reads a body of status 200.
pub(crate) fn read(body: &[u8], quirks: Quirks) -> Result<ChatResponse, BadAnswer> {
    let text = std::str::from_utf8(body).map_err(|_| not_text())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if text.is_empty() {
        return Err(BadAnswer::Empty);
    }
    if !text.starts_with(['{', '[']) {
        return reader::read_whole(body, quirks);
    }
    read_text(text, quirks).unwrap_or_else(|broken| {
        // A document that only ends too early was cut on its way.
        Err(if broken.at >= text.len() {
            BadAnswer::Cut
        } else {
            BadAnswer::Garbage(format!("no JSON: {broken}"))
        })
    })
}

/// JSON is UTF-8 (RFC 8259, section 8.1): what is none has no words that could be trusted.
pub(super) fn not_text() -> BadAnswer {
    BadAnswer::Garbage("no UTF-8".to_owned())
}

fn read_text(text: &str, quirks: Quirks) -> Result<Result<ChatResponse, BadAnswer>, Broken> {
    let mut cursor = Cursor::lenient(text);
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        cursor.end()?;
        return Ok(Err(no_choices(text)));
    }
    let mut draft = Draft::default();
    cursor.object(|cursor, key| draft.take(key, cursor))?;
    cursor.end()?;
    if let Some(error) = draft.error.and_then(|error| error_inside::read(error, text)) {
        return Ok(Err(BadAnswer::ErrorInside(error)));
    }
    let Some(mut choices) = draft.choices.take() else { return Ok(Err(no_choices(text))) };
    let seed = call_id::seed(draft.response.id.as_deref(), draft.response.created);
    let mut failed = None;
    choices.array(|cursor, index| {
        match read_choice(cursor, index, seed, quirks, text)? {
            Ok(choice) => draft.response.choices.push(choice),
            Err(error) => failed = Some(error),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(match failed {
        Some(error) => Err(BadAnswer::ErrorInside(error)),
        None if draft.response.choices.is_empty() => Err(no_choices(text)),
        None => Ok(draft.response),
    })
}

fn no_choices(text: &str) -> BadAnswer {
    match error_inside::of_body(text) {
        Some(error) => BadAnswer::ErrorInside(error),
        None => BadAnswer::Garbage("JSON without choices".to_owned()),
    }
}

impl<'a> Draft<'a> {
    fn take(&mut self, key: Cow<'a, str>, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        let response = &mut self.response;
        match (&*key, cursor.kind()?) {
            ("id", Kind::Text) => response.id = text_if(cursor)?,
            ("model", Kind::Text) => response.model = text_if(cursor)?,
            ("system_fingerprint", Kind::Text) => response.fingerprint = text_if(cursor)?,
            ("created", Kind::Number) => response.created = seconds(whole_if(cursor)?),
            ("usage", _) => response.usage = usage::read(cursor)?.or(response.usage.take()),
            ("choices", Kind::Array) => {
                self.choices = Some(cursor.clone());
                cursor.value()?;
            }
            ("error", kind) => self.error = Some(cursor.value()?).filter(|_| kind != Kind::Null),
            ("x_groq", Kind::Object) => {
                let groq = groq_usage(&mut cursor.clone())?;
                response.usage = response.usage.take().or(groq);
                response.extra.push((key.into(), Sealed::from_json(cursor.value()?)));
            }
            ("id" | "object" | "model" | "system_fingerprint" | "created" | "choices", _)
            | (_, Kind::Null) => drop(cursor.value()?),
            _ => response.extra.push((key.into(), Sealed::from_json(cursor.value()?))),
        }
        Ok(())
    }
}

/// Seconds since the epoch, as a number that a clock could show.
pub(super) fn seconds(count: Option<u64>) -> Option<i64> {
    count.and_then(|count| i64::try_from(count).ok())
}

/// `x_groq.usage`
pub(super) fn groq_usage(
    cursor: &mut Cursor<'_>,
) -> Result<Option<potluck_core::response::Usage>, Broken> {
    let mut found = None;
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        return Ok(None);
    }
    cursor.object(|cursor, key| {
        if key == "usage" {
            found = usage::read(cursor)?;
        } else {
            cursor.value()?;
        }
        Ok::<(), Broken>(())
    })?;
    Ok(found)
}

fn read_choice(
    cursor: &mut Cursor<'_>,
    at: usize,
    seed: u64,
    quirks: Quirks,
    body: &str,
) -> Result<Result<Choice, StreamError>, Broken> {
    let index = u32::try_from(at).unwrap_or(u32::MAX);
    let mut choice = Choice { index, ..Choice::default() };
    let (mut saying, mut has_message) = (Saying::default(), false);
    let (mut finish, mut error) = (None, None);
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        return Ok(Ok(choice));
    }
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("index", Kind::Number) => {
                let index = whole_if(cursor)?.and_then(|index| u32::try_from(index).ok());
                choice.index = index.unwrap_or(choice.index);
            }
            ("message", Kind::Object) => {
                has_message = true;
                saying = saying::read(cursor, true)?;
            }
            // Perplexity puts an empty one beside the message.
            ("delta", Kind::Object) if !has_message => saying = saying::read(cursor, true)?,
            ("delta", _) => drop(cursor.value()?),
            ("finish_reason", Kind::Text) => finish = finish::read(&cursor.text()?),
            ("finish_reason", _) | (_, Kind::Null) => drop(cursor.value()?),
            ("logprobs", Kind::Object) => {
                choice.logprobs = Some(Sealed::from_json(cursor.value()?));
            }
            ("error", _) => error = error_inside::read(cursor.value()?, body),
            _ => choice.extra.push((key.into(), Sealed::from_json(cursor.value()?))),
        }
        Ok::<(), Broken>(())
    })?;
    choice.reply = reply(saying, seed, quirks);
    choice.finish = match finish {
        Some(Finish::Reason(reason)) => {
            Some(finish::corrected(reason, !choice.reply.tool_calls.is_empty()))
        }
        Some(Finish::Failed(word)) => {
            return Ok(Err(error.unwrap_or_else(|| error_inside::of_finish(&word, body))));
        }
        None if !choice.reply.tool_calls.is_empty() => Some(FinishReason::ToolCalls),
        None => None,
    };
    Ok(error.map_or(Ok(choice), Err))
}

fn reply(saying: Saying<'_>, seed: u64, quirks: Quirks) -> Reply {
    let sealed = |json: Option<&str>| json.map(Sealed::from_json);
    let mut reply = Reply {
        text: saying.text.map(Cow::into_owned),
        reasoning: saying.reasoning.map(Cow::into_owned).filter(|text| !text.is_empty()),
        reasoning_details: sealed(saying.reasoning_details),
        refusal: saying.refusal.map(Cow::into_owned).filter(|text| !text.is_empty()),
        tool_calls: Vec::new(),
        images: saying::list(&saying.images),
        audio: sealed(saying.audio),
        annotations: sealed(saying.annotations),
        extra: saying.extra,
    };
    let calls = saying.calls.into_iter().enumerate();
    reply.tool_calls = calls.map(|(index, piece)| tool_calls::whole(piece, seed, index)).collect();
    if quirks.contains(Quirk::ThinkTags) {
        split_thoughts(&mut reply);
    }
    reply
}

fn split_thoughts(reply: &mut Reply) {
    let Some(text) = &reply.text else { return };
    let (mut splitter, mut told) = (Splitter::default(), Vec::new());
    splitter.push(text, &mut told);
    splitter.finish(&mut told);
    let (mut thoughts, mut words) = (String::new(), String::new());
    for piece in told {
        match piece {
            Told::Thoughts(text) => thoughts.push_str(&text),
            Told::Words(text) => words.push_str(&text),
        }
    }
    if !thoughts.is_empty() {
        reply.reasoning.get_or_insert_default().push_str(&thoughts);
    }
    reply.text = Some(words);
}
