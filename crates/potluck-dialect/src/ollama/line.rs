//! One document of an answer: the whole of it, or a line of its stream. Both have the same fields.
//!
//! Read leniently: what is of a wrong kind is absent.

use std::borrow::Cow;

use potluck_core::response::StreamError;

use super::statistics::Statistics;
use crate::wire::{self, Broken, Cursor, Kind};

/// How much of a document an error keeps for the rules that classify it.
const KEPT: usize = 64 * 1024;

/// A document.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) model: Option<Cow<'a, str>>,
    pub(super) created_at: Option<Cow<'a, str>>,
    /// Whether it has a message at all, be it empty.
    pub(super) speaks: bool,
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) thinking: Option<Cow<'a, str>>,
    pub(super) calls: Vec<Call<'a>>,
    /// The list of tokens with their probabilities.
    pub(super) logprobs: Option<&'a str>,
    pub(super) done: Option<bool>,
    pub(super) done_reason: Option<Cow<'a, str>>,
    pub(super) statistics: Statistics,
    pub(super) error: Option<StreamError>,
}

/// A tool call, always whole.
#[derive(Debug, Default)]
pub(super) struct Call<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) name: Cow<'a, str>,
    /// The object as it was written.
    pub(super) arguments: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// Reads a document.
    pub(super) fn read(text: &'a str) -> Result<Self, Broken> {
        let mut cursor = Cursor::lenient(text);
        let mut line = Self::default();
        if cursor.kind()? != Kind::Object {
            return Err(cursor.broken("expected an object"));
        }
        cursor.object(|cursor, key| line.take(&key, cursor, text))?;
        cursor.end()?;
        Ok(line)
    }

    fn take(&mut self, key: &str, cursor: &mut Cursor<'a>, whole: &str) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("model", Kind::Text) => self.model = Some(cursor.text()?),
            ("created_at", Kind::Text) => self.created_at = Some(cursor.text()?),
            ("message", Kind::Object) => {
                self.speaks = true;
                cursor.object(|cursor, key| self.take_message(&key, cursor))?;
            }
            ("done", Kind::Bool) => self.done = Some(cursor.boolean()?),
            ("done_reason", Kind::Text) => self.done_reason = Some(cursor.text()?),
            ("logprobs", Kind::Array) => {
                self.logprobs = Some(cursor.value()?).filter(|list| list.len() > 2);
            }
            ("error", Kind::Text | Kind::Object) => self.error = Some(read_error(cursor, whole)?),
            _ if self.statistics.take(key, cursor)? => {}
            _ => drop(cursor.value()?),
        }
        Ok(())
    }

    fn take_message(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("content", Kind::Text) => self.text = Some(cursor.text()?),
            ("thinking", Kind::Text) => self.thinking = Some(cursor.text()?),
            ("tool_calls", Kind::Array) => cursor.array(|cursor, _| {
                self.calls.extend(read_call(cursor)?);
                Ok::<(), Broken>(())
            })?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    }
}

fn read_call<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Call<'a>>, Broken> {
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        return Ok(None);
    }
    let mut call = Call::default();
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("id", Kind::Text) => call.id = Some(cursor.text()?).filter(|id| !id.is_empty()),
            ("function", Kind::Object) => cursor.object(|cursor, key| {
                match (&*key, cursor.kind()?) {
                    ("name", Kind::Text) => call.name = cursor.text()?,
                    ("arguments", Kind::Object) => call.arguments = Some(cursor.value()?),
                    _ => drop(cursor.value()?),
                }
                Ok::<(), Broken>(())
            })?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(Some(call))
}

/// `error`: a text, or an object with a `message`.
fn read_error(cursor: &mut Cursor<'_>, whole: &str) -> Result<StreamError, Broken> {
    let body = whole[..whole.floor_char_boundary(KEPT)].to_owned();
    let mut error = StreamError { body, ..StreamError::default() };
    if cursor.kind()? == Kind::Text {
        error.message = cursor.text()?.into_owned();
        return Ok(error);
    }
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("message", Kind::Text) => error.message = cursor.text()?.into_owned(),
            ("code", Kind::Text) => error.code = Some(cursor.text()?.into_owned()),
            ("code" | "status", Kind::Number) => {
                let status = wire::whole(cursor.number()?);
                error.status = status.and_then(|status| u16::try_from(status).ok());
            }
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(error)
}
