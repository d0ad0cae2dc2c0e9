//! The chunk that nearly all chunks are: one choice, and a few words or thoughts.
//!
//! Told by one scan that builds nothing. Whatever is unusual about a chunk makes it not plain, and then the
//! reader proper takes it; both say the same of a plain one.

use crate::wire::{Broken, Cursor, Kind};

/// A piece of an answer, as the string is written in the provider's JSON, quotes included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plain<'a> {
    pub(crate) choice: u32,
    pub(crate) of: Of,
    pub(crate) literal: &'a str,
}

/// What a piece is a piece of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Words,
    Thoughts,
    /// The arguments of the call with this number; first the provider's number, then ours.
    Arguments(u32),
}

/// Why a chunk is not plain: it is broken, or unusual. It does not matter which.
struct NotPlain;

impl From<Broken> for NotPlain {
    fn from(_: Broken) -> Self {
        Self
    }
}

/// The words of a plain chunk; `None` of any other.
pub(super) fn read(payload: &str) -> Option<Plain<'_>> {
    let mut cursor = Cursor::lenient(payload);
    let mut plain = None;
    let walked: Result<(), NotPlain> = cursor.object(|cursor, key| {
        match &*key {
            "choices" if plain.is_none() => plain = Some(read_choices(cursor)?),
            "usage" => cursor.null()?,
            "citations" | "search_results" if cursor.kind()? == Kind::Array => {
                return Err(NotPlain);
            }
            "error" | "choices" | "x_groq" => return Err(NotPlain),
            _ => drop(cursor.value()?),
        }
        Ok(())
    });
    walked.ok()?;
    cursor.end().ok()?;
    plain
}

fn read_choices<'a>(cursor: &mut Cursor<'a>) -> Result<Plain<'a>, NotPlain> {
    let mut plain = None;
    cursor.array(|cursor, _| match plain.replace(read_choice(cursor)?) {
        None => Ok(()),
        Some(_) => Err(NotPlain),
    })?;
    plain.ok_or(NotPlain)
}

fn read_choice<'a>(cursor: &mut Cursor<'a>) -> Result<Plain<'a>, NotPlain> {
    let (mut choice, mut said) = (0, None);
    cursor.object(|cursor, key| {
        match &*key {
            "index" => choice = cursor.number()?.parse().map_err(|_| NotPlain)?,
            "delta" if said.is_none() => said = Some(read_delta(cursor)?),
            "finish_reason" | "logprobs" => cursor.null()?,
            "delta" | "message" | "text" | "error" => return Err(NotPlain),
            _ => drop(cursor.value()?),
        }
        Ok::<(), NotPlain>(())
    })?;
    let (of, literal) = said.ok_or(NotPlain)?;
    Ok(Plain { choice, of, literal })
}

fn read_delta<'a>(cursor: &mut Cursor<'a>) -> Result<(Of, &'a str), NotPlain> {
    let mut said = None;
    cursor.object(|cursor, key| {
        let of = match &*key {
            "content" => Of::Words,
            "reasoning" | "reasoning_content" => Of::Thoughts,
            "tool_calls" if cursor.kind()? == Kind::Array => {
                return match said.replace(read_calls(cursor)?) {
                    None => Ok(()),
                    Some(_) => Err(NotPlain),
                };
            }
            "reasoning_text" | "thinking" | "reasoning_details" | "refusal" | "tool_calls"
            | "function_call" | "images" | "audio" | "annotations" => {
                return Ok(cursor.null()?);
            }
            _ => {
                cursor.value()?;
                return Ok(());
            }
        };
        if cursor.kind()? == Kind::Null {
            return Ok(cursor.null()?);
        }
        let literal = cursor.literal()?;
        if literal.len() > 2 && said.replace((of, literal)).is_some() {
            return Err(NotPlain);
        }
        Ok::<(), NotPlain>(())
    })?;
    let (of, literal) = said.ok_or(NotPlain)?;
    if may_hold_half_a_pair(literal) { Err(NotPlain) } else { Ok((of, literal)) }
}

/// One call that goes on: a number and a piece of its arguments, and nothing else.
fn read_calls<'a>(cursor: &mut Cursor<'a>) -> Result<(Of, &'a str), NotPlain> {
    let (mut index, mut literal) = (None, None);
    cursor.array(|cursor, at| {
        if at > 0 {
            return Err(NotPlain);
        }
        cursor.object(|cursor, key| {
            match &*key {
                "index" => index = Some(cursor.number()?.parse().map_err(|_| NotPlain)?),
                "id" => cursor.null()?,
                "type" if cursor.kind()? == Kind::Null => cursor.null()?,
                "type" if cursor.literal()? == "\"function\"" => {}
                "function" => cursor.object(|cursor, key| {
                    match &*key {
                        "arguments" if literal.is_none() => literal = Some(cursor.literal()?),
                        "name" => cursor.null()?,
                        _ => return Err(NotPlain),
                    }
                    Ok::<(), NotPlain>(())
                })?,
                _ => return Err(NotPlain),
            }
            Ok(())
        })
    })?;
    let literal = literal.filter(|literal| literal.len() > 2).ok_or(NotPlain)?;
    Ok((Of::Arguments(index.ok_or(NotPlain)?), literal))
}

/// `\ud83d` alone is no text, and only the reader proper mends it.
fn may_hold_half_a_pair(literal: &str) -> bool {
    let bytes = literal.as_bytes();
    memchr::memchr_iter(b'\\', bytes)
        .any(|at| matches!(bytes.get(at + 1..at + 3), Some([b'u', b'd' | b'D'])))
}

impl Plain<'_> {
    /// Whether there is nothing in it but white space.
    pub(crate) fn is_blank(&self) -> bool {
        // Most begin with a letter, or a space and a letter.
        let inside = &self.literal[1..self.literal.len() - 1];
        match inside.trim_start_matches(' ').bytes().next() {
            None => true,
            Some(b'\\' | 0x80..) => self.text().trim().is_empty(),
            Some(_) => false,
        }
    }

    /// The words themselves.
    pub(crate) fn text(&self) -> String {
        Cursor::lenient(self.literal).text().map(std::borrow::Cow::into_owned).unwrap_or_default()
    }
}
