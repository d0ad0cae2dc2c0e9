//! What an answer cost, in this dialect's four numbers.
//!
//! Here the prompt is counted in three parts that exclude each other: read anew, written to a cache, read from a
//! cache. In the middle the prompt is their sum.

use potluck_core::response::Usage;

use crate::wire::{self, Object};

/// Of a prompt, how many tokens were written to a cache. Kept under its own name beside what all count.
const WRITTEN: &str = "cache_creation_input_tokens";

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
