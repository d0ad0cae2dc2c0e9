//! The chunk that nearly all chunks are: one choice, and a few words or thoughts.
//!
//! Told by one scan that builds nothing. Whatever is unusual about a chunk makes it not plain, and then the
//! reader proper takes it; both say the same of a plain one.

use crate::wire::{Broken, Cursor, Kind};

/// Words or thoughts, as the string is written in the provider's JSON, quotes included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plain<'a> {
    pub(crate) choice: u32,
    pub(crate) is_reasoning: bool,
    pub(crate) literal: &'a str,
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
    let (is_reasoning, literal) = said.ok_or(NotPlain)?;
    Ok(Plain { choice, is_reasoning, literal })
}

fn read_delta<'a>(cursor: &mut Cursor<'a>) -> Result<(bool, &'a str), NotPlain> {
    let mut said = None;
    cursor.object(|cursor, key| {
        let is_reasoning = match &*key {
            "content" => false,
            "reasoning" | "reasoning_content" => true,
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
        if literal.len() > 2 && said.replace((is_reasoning, literal)).is_some() {
            return Err(NotPlain);
        }
        Ok::<(), NotPlain>(())
    })?;
    let (is_reasoning, literal) = said.ok_or(NotPlain)?;
    if may_hold_half_a_pair(literal) { Err(NotPlain) } else { Ok((is_reasoning, literal)) }
}

/// `\ud83d` alone is no text, and only the reader proper mends it.
fn may_hold_half_a_pair(literal: &str) -> bool {
    memchr::memchr(b'\\', literal.as_bytes()).is_some()
        && (literal.contains("\\ud") || literal.contains("\\uD"))
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
