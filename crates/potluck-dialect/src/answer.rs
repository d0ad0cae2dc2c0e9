//! A provider's whole answer that is one object: walked field by field, for the dialects whose answers are lists
//! of numbers rather than words.

use crate::BadAnswer;
use crate::openai_chat::error_of_body;
use crate::wire::{Broken, Cursor, Kind};

/// Why a walk over an answer ends early.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is no JSON.
    Json(Broken),
    /// It is JSON, and no answer.
    Bad(BadAnswer),
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        Self::Json(broken)
    }
}

impl From<BadAnswer> for Fault {
    fn from(bad: BadAnswer) -> Self {
        Self::Bad(bad)
    }
}

/// Walks over the fields of a body; `take` must take exactly the value of the key it is given.
///
/// # Errors
/// It is empty, cut, no JSON or no object, or `take` says so.
pub(crate) fn walk<'a>(
    body: &'a [u8],
    take: impl FnMut(&mut Cursor<'a>, &str) -> Result<(), Fault>,
) -> Result<(), BadAnswer> {
    let text = text(body)?;
    fields(text, take).map_err(|fault| match fault {
        // A document that only ends too early was cut on its way.
        Fault::Json(broken) if broken.at >= text.len() => BadAnswer::Cut,
        Fault::Json(broken) => BadAnswer::Garbage(format!("no JSON: {broken}")),
        Fault::Bad(bad) => bad,
    })
}

fn text(body: &[u8]) -> Result<&str, BadAnswer> {
    let text = std::str::from_utf8(body).map_err(|_| BadAnswer::Garbage("no UTF-8".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if text.is_empty() { Err(BadAnswer::Empty) } else { Ok(text) }
}

fn fields<'a>(
    text: &'a str,
    mut take: impl FnMut(&mut Cursor<'a>, &str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut cursor = Cursor::lenient(text);
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        cursor.end()?;
        return Err(lacks(text.as_bytes(), "an object").into());
    }
    cursor.object(|cursor, key| take(cursor, &key))?;
    Ok(cursor.end()?)
}

/// What a body is that has not what was asked for: an error inside a success, or garbage.
pub(crate) fn lacks(body: &[u8], what: &str) -> BadAnswer {
    match std::str::from_utf8(body).ok().and_then(error_of_body) {
        Some(error) => BadAnswer::ErrorInside(error),
        None => BadAnswer::Garbage(format!("JSON without {what}")),
    }
}

/// Takes a whole number, or passes over what is none.
pub(crate) fn count(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Broken> {
    if cursor.kind()? == Kind::Number {
        return Ok(crate::wire::whole(cursor.number()?));
    }
    cursor.value()?;
    Ok(None)
}
