//! What an answer cost, in this dialect's four numbers.
//!
//! Here the prompt is counted in three parts that exclude each other: read anew, written to a cache, read from a
//! cache. In the middle the prompt is their sum.

use potluck_core::Sealed;
use potluck_core::response::Usage;
use potluck_core::sealed::Extra;

use crate::wire::{self, Broken, Cursor, Kind, Object};

/// Of a prompt, how many tokens were written to a cache. Kept under its own name beside what all count.
const WRITTEN: &str = "cache_creation_input_tokens";

/// What was counted so far: a stream tells the prompt at its start, the rest at its end, some of it twice.
#[derive(Debug, Default)]
pub(super) struct Count {
    fresh: Option<u64>,
    written: Option<u64>,
    cached: Option<u64>,
    output: Option<u64>,
    thoughts: Option<u64>,
}

impl Count {
    /// Takes in a `usage`; what it leaves out stays as it was.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Broken> {
        if cursor.kind()? != Kind::Object {
            return cursor.value().map(drop);
        }
        cursor.object(|cursor, key| {
            let slot = match (&*key, cursor.kind()?) {
                ("input_tokens", Kind::Number) => &mut self.fresh,
                (WRITTEN, Kind::Number) => &mut self.written,
                ("cache_read_input_tokens", Kind::Number) => &mut self.cached,
                ("output_tokens", Kind::Number) => &mut self.output,
                ("output_tokens_details", Kind::Object) => {
                    self.thoughts = read_thoughts(cursor)?.or(self.thoughts);
                    return Ok(());
                }
                _ => return cursor.value().map(drop),
            };
            *slot = wire::whole(cursor.number()?);
            Ok(())
        })
    }

    /// The numbers of the middle; `None` where nothing was counted.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.fresh.or(self.output)?;
        let [fresh, written, cached, completion] =
            [self.fresh, self.written, self.cached, self.output].map(Option::unwrap_or_default);
        let prompt = fresh.saturating_add(written).saturating_add(cached);
        let mut extra = Extra::new();
        if written > 0 {
            extra.push((WRITTEN.into(), Sealed::from_json(written.to_string())));
        }
        Some(Usage {
            prompt,
            completion,
            total: prompt.saturating_add(completion),
            cached: self.cached,
            reasoning: self.thoughts,
            extra,
        })
    }
}

fn read_thoughts(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Broken> {
    let mut thoughts = None;
    cursor.object(|cursor, key| {
        if key == "thinking_tokens" && cursor.kind()? == Kind::Number {
            thoughts = wire::whole(cursor.number()?);
            return Ok(());
        }
        cursor.value().map(drop)
    })?;
    Ok(thoughts)
}

/// Writes the value of `usage`.
pub(super) fn write(fields: &mut Object<'_>, usage: &Usage) {
    let (written, read) = (written(usage), usage.cached.unwrap_or_default());
    fields.integer("input_tokens", usage.prompt.saturating_sub(written).saturating_sub(read));
    fields.integer(WRITTEN, written);
    fields.integer("cache_read_input_tokens", read);
    fields.integer("output_tokens", usage.completion);
}

fn written(usage: &Usage) -> u64 {
    let kept = usage.extra.iter().find(|(key, _)| &**key == WRITTEN);
    kept.and_then(|(_, count)| wire::whole(count.as_json())).unwrap_or_default()
}

/// Writes the answer to `POST /v1/messages/count_tokens`.
#[must_use]
pub fn write_count(prompt_tokens: u32) -> Vec<u8> {
    let mut out = Vec::new();
    wire::object(&mut out, |body| body.integer("input_tokens", prompt_tokens));
    out
}
