//! Errors that come with status 200: in a body, in a chunk, in a choice.

use std::borrow::Cow;

use potluck_core::response::StreamError;

use crate::wire::{self, Broken, Cursor, Kind};

/// How much of the body an error keeps for the rules that classify it.
const KEPT: usize = 64 * 1024;

/// The error that the value of `error` describes, or of a choice's; `None` where it describes none.
pub(super) fn read(value: &str, body: &str) -> Option<StreamError> {
    let mut error = StreamError { body: head(body).to_owned(), ..StreamError::default() };
    let mut cursor = Cursor::lenient(value);
    match cursor.kind().ok()? {
        Kind::Null | Kind::Bool | Kind::Number => return None,
        Kind::Text => error.message = cursor.text().ok()?.into_owned(),
        Kind::Array => {
            let first = first_item(value)?;
            return read(first, body);
        }
        Kind::Object => read_fields(&mut cursor, &mut error).ok()?,
    }
    if error.message.is_empty() {
        if error.code.is_none() && error.status.is_none() && value.trim() == "{}" {
            return None;
        }
        head(value).clone_into(&mut error.message);
    }
    Some(error)
}

/// The error that a whole body without choices is, in any of the shapes that providers use.
pub(crate) fn of_body(body: &str) -> Option<StreamError> {
    let body = body.trim();
    if body.starts_with('[') {
        return of_body(first_item(body)?);
    }
    let mut cursor = Cursor::lenient(body);
    if cursor.kind().ok()? != Kind::Object {
        return None;
    }
    let mut named: [Option<&str>; 4] = [None; 4];
    let walked: Result<(), Broken> = cursor.object(|cursor, key| {
        let value = cursor.value()?;
        let names = ["error", "errors", "detail", "message"];
        if let Some(slot) = names.iter().position(|name| *name == key) {
            named[slot] = Some(value).filter(|value| *value != "null");
        }
        Ok(())
    });
    walked.ok()?;
    let [error, errors, detail, message] = named;
    let inner = error.or(errors).and_then(|value| read(value, body));
    inner.or_else(|| detail.or(message).and_then(|_| read(body, body)))
}

fn read_fields(cursor: &mut Cursor<'_>, error: &mut StreamError) -> Result<(), Broken> {
    let mut kind: Option<String> = None;
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("message" | "msg", Kind::Text) => error.message = cursor.text()?.into_owned(),
            ("detail" | "error", found) if error.message.is_empty() => {
                error.message = if found == Kind::Text {
                    cursor.text()?.into_owned()
                } else {
                    head(cursor.value()?).to_owned()
                };
            }
            ("code" | "status" | "status_code" | "http_status", Kind::Number) => {
                let digits = cursor.number()?;
                let status = wire::whole(digits).and_then(|number| u16::try_from(number).ok());
                match status.filter(|status| (100..600).contains(status)) {
                    Some(status) => error.status = Some(status),
                    None if key == "code" => error.code = Some(digits.to_owned()),
                    None => {}
                }
            }
            ("code", Kind::Text) => {
                error.code = Some(cursor.text()?.into_owned()).filter(|code| !code.is_empty());
            }
            ("type", Kind::Text) => kind = Some(cursor.text()?.into_owned()),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    error.code = error.code.take().or(kind);
    Ok(())
}

fn first_item(array: &str) -> Option<&str> {
    let mut first = None;
    let walked: Result<(), Broken> = Cursor::lenient(array).array(|cursor, index| {
        let value = cursor.value()?;
        if index == 0 {
            first = Some(value);
        }
        Ok(())
    });
    walked.ok()?;
    first
}

/// The beginning of a text, cut between two characters.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(KEPT)]
}

/// An answer that ended with a word for failure and no error beside it.
pub(super) fn of_finish(word: &str, body: &str) -> StreamError {
    StreamError {
        message: Cow::Borrowed("the answer ended with the finish reason ").into_owned() + word,
        code: Some(word.to_owned()),
        status: None,
        body: head(body).to_owned(),
    }
}
