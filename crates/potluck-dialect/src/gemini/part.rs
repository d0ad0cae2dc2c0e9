//! One part of an answer: words, thoughts, a call, a picture, or what only Gemini has.

use std::borrow::Cow;

use crate::wire::{Broken, Cursor, Kind};

/// A part, as it came.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    pub(super) text: Option<Cow<'a, str>>,
    /// The model thinks.
    pub(super) thought: bool,
    pub(super) signature: Option<Cow<'a, str>>,
    pub(super) call: Option<Call<'a>>,
    pub(super) data: Option<Data<'a>>,
    /// Something else stands in it: code that was run, a search, a file.
    pub(super) is_other: bool,
}

/// A call of a function; its arguments come whole unless pieces were asked for.
#[derive(Debug, Default)]
pub(super) struct Call<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) name: Cow<'a, str>,
    /// A JSON object; absent where the function takes nothing.
    pub(super) arguments: Option<&'a str>,
    /// A JSON array of pieces of the arguments.
    pub(super) pieces: Option<&'a str>,
    /// More pieces follow.
    pub(super) continues: bool,
}

/// Media inside the answer.
#[derive(Debug, Default)]
pub(super) struct Data<'a> {
    /// `image/png`
    pub(super) kind: Cow<'a, str>,
    /// Base64.
    pub(super) base64: Cow<'a, str>,
}

impl<'a> Part<'a> {
    /// Reads a part; what is of a wrong kind is read as absent.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Broken> {
        let mut part = Self::default();
        cursor.object(|cursor, key| part.take(&key, cursor))?;
        Ok(part)
    }

    fn take(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("text", Kind::Text) => self.text = Some(cursor.text()?),
            ("thought", Kind::Bool) => self.thought = cursor.boolean()?,
            ("thoughtSignature" | "thought_signature", Kind::Text) => {
                self.signature = Some(cursor.text()?).filter(|text| !text.is_empty());
            }
            ("functionCall" | "function_call", Kind::Object) => self.call = Some(call(cursor)?),
            ("inlineData" | "inline_data", Kind::Object) => self.data = Some(data(cursor)?),
            (_, Kind::Object) => {
                self.is_other = true;
                cursor.value()?;
            }
            _ => drop(cursor.value()?),
        }
        Ok(())
    }
}

fn call<'a>(cursor: &mut Cursor<'a>) -> Result<Call<'a>, Broken> {
    let mut call = Call::default();
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("id", Kind::Text) => call.id = Some(cursor.text()?).filter(|id| !id.is_empty()),
            ("name", Kind::Text) => call.name = cursor.text()?,
            ("args", Kind::Object) => call.arguments = Some(cursor.value()?),
            ("partialArgs", Kind::Array) => call.pieces = Some(cursor.value()?),
            ("willContinue", Kind::Bool) => call.continues = cursor.boolean()?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(call)
}

fn data<'a>(cursor: &mut Cursor<'a>) -> Result<Data<'a>, Broken> {
    let mut data = Data::default();
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("mimeType" | "mime_type", Kind::Text) => data.kind = cursor.text()?,
            ("data", Kind::Text) => data.base64 = cursor.text()?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(data)
}
