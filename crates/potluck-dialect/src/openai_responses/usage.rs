//! What an answer cost, in this dialect's words: all details are always there, zero where nobody counted.

use potluck_core::response::Usage;

use crate::openai_chat::ESTIMATED;
use crate::wire::{self, Object};

/// Writes the value of `usage`.
pub(super) fn write(out: &mut Vec<u8>, usage: &Usage) {
    wire::object(out, |fields| {
        fields.integer("input_tokens", usage.prompt);
        fields.object("input_tokens_details", |details| {
            details.integer("cached_tokens", usage.cached.unwrap_or_default());
            details.integer("cache_write_tokens", 0);
        });
        fields.integer("output_tokens", usage.completion);
        fields.object("output_tokens_details", |details| {
            details.integer("reasoning_tokens", usage.reasoning.unwrap_or_default());
        });
        fields.integer("total_tokens", usage.total);
        write_mark(fields, usage);
    });
}

/// Numbers that potluck guessed say so.
fn write_mark(fields: &mut Object<'_>, usage: &Usage) {
    if let Some((name, mark)) = usage.extra.iter().find(|(name, _)| &**name == ESTIMATED) {
        fields.sealed(name, mark);
    }
}
