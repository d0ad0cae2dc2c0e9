//! What an assistant says: a message, or a piece of one, in all the spellings that providers were seen to use.
//!
//! One reader for whole messages and for deltas, since providers mix the two. What is of a wrong kind is
//! read as absent.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::sealed::Extra;

use super::tool_calls::{self, CallPiece};
use crate::wire::{self, Broken, Cursor, Kind};

/// Fields beside the choices that tell where the words come from.
pub(crate) const SOURCES: [&str; 2] = ["citations", "search_results"];

/// A message or a delta.
#[derive(Debug, Default)]
pub(super) struct Saying<'a> {
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) reasoning: Option<Cow<'a, str>>,
    pub(super) reasoning_details: Option<&'a str>,
    pub(super) refusal: Option<Cow<'a, str>>,
    pub(super) calls: Vec<CallPiece<'a>>,
    /// The items of one list of pictures.
    pub(super) images: Vec<&'a str>,
    pub(super) audio: Option<&'a str>,
    pub(super) annotations: Option<&'a str>,
    pub(super) extra: Extra,
}

/// Reads a message or a delta; unknown fields are kept only where `keep_unknown`.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, keep_unknown: bool) -> Result<Saying<'a>, Broken> {
    let mut saying = Saying::default();
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        return Ok(saying);
    }
    cursor.object(|cursor, key| {
        let kind = cursor.kind()?;
        match (&*key, kind) {
            ("role", _) => drop(cursor.value()?),
            ("content", _) => read_content(cursor, kind, &mut saying)?,
            ("reasoning" | "reasoning_content" | "reasoning_text" | "thinking", Kind::Text) => {
                let text = cursor.text()?;
                // Two spellings side by side say the same; the longer one wins over an empty one.
                if saying.reasoning.as_ref().is_none_or(|read| read.is_empty()) {
                    saying.reasoning = Some(text);
                }
            }
            ("reasoning_details", Kind::Array) => {
                saying.reasoning_details = filled(cursor.value()?);
            }
            ("refusal", Kind::Text) => saying.refusal = Some(cursor.text()?),
            ("tool_calls", Kind::Array) => tool_calls::read(cursor, &mut saying.calls)?,
            ("function_call", Kind::Object) => {
                saying.calls.extend(tool_calls::read_function_call(cursor)?);
            }
            ("images", Kind::Array) => cursor.array(|cursor, _| {
                saying.images.push(cursor.value()?);
                Ok::<(), Broken>(())
            })?,
            ("audio", Kind::Object) => {
                let audio = cursor.value()?;
                saying.audio = Some(audio).filter(|audio| says_anything(audio));
            }
            ("annotations", Kind::Array) => saying.annotations = filled(cursor.value()?),
            (_, Kind::Null) => cursor.null()?,
            _ if keep_unknown => {
                saying.extra.push((key.into(), Sealed::from_json(cursor.value()?)));
            }
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    Ok(saying)
}

/// A list or an object, unless there is nothing in it.
pub(super) fn filled(json: &str) -> Option<&str> {
    let inside = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    (!inside.trim_ascii().is_empty()).then_some(json)
}

/// Whether any text of an object is not empty: some send an object of empty fields for nothing.
fn says_anything(object: &str) -> bool {
    let mut says = false;
    let walked: Result<(), Broken> = Cursor::lenient(object).object(|cursor, _| {
        says |= cursor.kind()? == Kind::Text && cursor.clone().literal()?.len() > 2;
        cursor.value().map(drop)
    });
    says && walked.is_ok()
}

fn read_content<'a>(
    cursor: &mut Cursor<'a>,
    kind: Kind,
    saying: &mut Saying<'a>,
) -> Result<(), Broken> {
    match kind {
        Kind::Null => cursor.null(),
        Kind::Text => {
            saying.text = Some(cursor.text()?);
            Ok(())
        }
        Kind::Array => cursor.array(|cursor, _| read_part(cursor, saying)),
        // Cloudflare's JSON mode answers with the object itself.
        Kind::Object | Kind::Bool | Kind::Number => {
            saying.text = Some(Cow::Borrowed(cursor.value()?));
            Ok(())
        }
    }
}

/// One typed part: words, thoughts (Mistral), a picture, a refusal. Others say nothing that a client of
/// this dialect could show.
fn read_part<'a>(cursor: &mut Cursor<'a>, saying: &mut Saying<'a>) -> Result<(), Broken> {
    if cursor.kind()? == Kind::Text {
        append(&mut saying.text, cursor.text()?);
        return Ok(());
    }
    let mut inner = cursor.clone();
    let whole = cursor.value()?;
    if inner.kind()? != Kind::Object {
        return Ok(());
    }
    let (mut kind, mut text, mut thinking, mut refusal) = (None, None, None, None);
    inner.object(|inner, key| {
        match (&*key, inner.kind()?) {
            ("type", Kind::Text) => kind = Some(inner.text()?),
            ("text", Kind::Text) => text = Some(inner.text()?),
            ("thinking" | "reasoning", Kind::Text | Kind::Array) => {
                thinking = Some(read_thinking(inner)?);
            }
            ("refusal", Kind::Text) => refusal = Some(inner.text()?),
            _ => drop(inner.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    match kind.as_deref() {
        Some("image_url") => saying.images.push(whole),
        Some("thinking" | "reasoning") => {
            if let Some(thoughts) = thinking.or(text) {
                append(&mut saying.reasoning, thoughts);
            }
        }
        _ => {
            if let Some(text) = text {
                append(&mut saying.text, text);
            }
            if let Some(refusal) = refusal {
                append(&mut saying.refusal, refusal);
            }
        }
    }
    Ok(())
}

/// The thoughts of a part: a text, or a list of texts and of parts with texts.
fn read_thinking<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>, Broken> {
    if cursor.kind()? == Kind::Text {
        return cursor.text();
    }
    let mut thoughts = None;
    cursor.array(|cursor, _| match cursor.kind()? {
        Kind::Text => {
            append(&mut thoughts, cursor.text()?);
            Ok(())
        }
        Kind::Object => cursor.object(|cursor, key| {
            if key == "text" && cursor.kind()? == Kind::Text {
                append(&mut thoughts, cursor.text()?);
            } else {
                cursor.value()?;
            }
            Ok::<(), Broken>(())
        }),
        _ => cursor.value().map(drop),
    })?;
    Ok(thoughts.unwrap_or_default())
}

fn append<'a>(text: &mut Option<Cow<'a, str>>, more: Cow<'a, str>) {
    match text {
        None => *text = Some(more),
        Some(text) => text.to_mut().push_str(&more),
    }
}

/// Items as one list; `None` of none.
pub(super) fn list(items: &[&str]) -> Option<Sealed> {
    (!items.is_empty()).then(|| Sealed::from_json(format!("[{}]", items.join(","))))
}

/// A field of text of an object, where it is one and says something.
pub(super) fn text_if(cursor: &mut Cursor<'_>) -> Result<Option<String>, Broken> {
    if cursor.kind()? == Kind::Text {
        return Ok(Some(cursor.text()?.into_owned()).filter(|text| !text.is_empty()));
    }
    cursor.value()?;
    Ok(None)
}

/// A field that counts something, where it is a number.
pub(super) fn whole_if(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Broken> {
    if cursor.kind()? == Kind::Number {
        return Ok(wire::whole(cursor.number()?));
    }
    cursor.value()?;
    Ok(None)
}
