//! One document of an answer: the whole of it, or an event of its stream. Both say the same under the same names, a
//! whole answer in lists and an event one at a time.
//!
//! Read leniently: what is of a wrong kind is absent.

use std::borrow::Cow;

use potluck_core::response::Usage;

use super::usage;
use crate::wire::{self, Broken, Cursor, Kind};

/// A document.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    /// What an event says it is.
    pub(super) kind: Option<Cow<'a, str>>,
    pub(super) id: Option<Cow<'a, str>>,
    /// Which part or call an event is about.
    pub(super) index: Option<u64>,
    /// Whether it has a message at all, be it empty.
    pub(super) speaks: bool,
    pub(super) parts: Vec<Part<'a>>,
    /// What the model means to do before it calls.
    pub(super) plan: Option<Cow<'a, str>>,
    pub(super) calls: Vec<Call<'a>>,
    /// Each as it was written.
    pub(super) citations: Vec<&'a str>,
    pub(super) finish: Option<Cow<'a, str>>,
    pub(super) usage: Option<Usage>,
    /// The words beside an end that is a failure.
    pub(super) error: Option<Cow<'a, str>>,
    pub(super) error_type: Option<Cow<'a, str>>,
    /// It is a refusal instead of an answer.
    pub(super) refuses: bool,
}

/// A part of what was said.
#[derive(Debug)]
pub(super) enum Part<'a> {
    Text(Cow<'a, str>),
    Thought(Cow<'a, str>),
}

/// A tool call, or a piece of one.
#[derive(Debug, Default)]
pub(super) struct Call<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    /// Only where a call begins.
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) arguments: Cow<'a, str>,
}

impl<'a> Document<'a> {
    /// Reads a document.
    pub(super) fn read(text: &'a str) -> Result<Self, Broken> {
        let mut cursor = Cursor::lenient(text);
        let mut document = Self::default();
        if cursor.kind()? != Kind::Object {
            return Err(cursor.broken("expected an object"));
        }
        cursor.object(|cursor, key| document.take(&key, cursor))?;
        cursor.end()?;
        Ok(document)
    }

    fn take(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("type", Kind::Text) => self.kind = Some(cursor.text()?),
            ("id", Kind::Text) => self.id = Some(cursor.text()?).filter(|id| !id.is_empty()),
            ("index", Kind::Number) => self.index = wire::whole(cursor.number()?),
            ("delta", Kind::Object) => {
                cursor.object(|cursor, key| self.take_change(&key, cursor))?;
            }
            ("message", Kind::Text) | ("error" | "errors" | "detail", _) => {
                self.refuses |= cursor.value()? != "null";
            }
            _ => self.take_change(key, cursor)?,
        }
        Ok(())
    }

    /// What stands at the top of a whole answer, and in an event under `delta`.
    fn take_change(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("message", Kind::Object) => {
                self.speaks = true;
                cursor.object(|cursor, key| self.take_message(&key, cursor))?;
            }
            ("finish_reason", Kind::Text) => {
                self.finish = Some(cursor.text()?).filter(|word| !word.is_empty());
            }
            ("usage", Kind::Object) => self.usage = usage::read(cursor)?,
            ("error", Kind::Text) => self.error = Some(cursor.text()?),
            ("error_type", Kind::Text) => self.error_type = Some(cursor.text()?),
            _ => drop(cursor.value()?),
        }
        Ok(())
    }

    fn take_message(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("content", Kind::Text) => self.parts.push(Part::Text(cursor.text()?)),
            ("content", _) => each(cursor, |cursor| {
                self.parts.extend(read_part(cursor)?);
                Ok(())
            })?,
            ("tool_plan", Kind::Text) => self.plan = Some(cursor.text()?),
            ("tool_calls", _) => each(cursor, |cursor| {
                self.calls.push(read_call(cursor)?);
                Ok(())
            })?,
            ("citations", _) => each(cursor, |cursor| {
                self.citations.push(cursor.value()?);
                Ok(())
            })?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    }
}

/// Takes one object, or each object of a list.
fn each<'a>(
    cursor: &mut Cursor<'a>,
    mut take: impl FnMut(&mut Cursor<'a>) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let mut only_objects = |cursor: &mut Cursor<'a>| match cursor.kind()? {
        Kind::Object => take(cursor),
        _ => cursor.value().map(drop),
    };
    match cursor.kind()? {
        Kind::Array => cursor.array(|cursor, _| only_objects(cursor)),
        _ => only_objects(cursor),
    }
}

fn read_part<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Part<'a>>, Broken> {
    let mut part = None;
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("text", Kind::Text) => part = Some(Part::Text(cursor.text()?)),
            ("thinking", Kind::Text) => part = Some(Part::Thought(cursor.text()?)),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(part)
}

fn read_call<'a>(cursor: &mut Cursor<'a>) -> Result<Call<'a>, Broken> {
    let mut call = Call::default();
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("id", Kind::Text) => call.id = Some(cursor.text()?).filter(|id| !id.is_empty()),
            ("function", Kind::Object) => cursor.object(|cursor, key| {
                match (&*key, cursor.kind()?) {
                    ("name", Kind::Text) => {
                        call.name = Some(cursor.text()?).filter(|name| !name.is_empty());
                    }
                    ("arguments", Kind::Text) => call.arguments = cursor.text()?,
                    ("arguments", Kind::Object) => call.arguments = cursor.value()?.into(),
                    _ => drop(cursor.value()?),
                }
                Ok::<(), Broken>(())
            })?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(call)
}
