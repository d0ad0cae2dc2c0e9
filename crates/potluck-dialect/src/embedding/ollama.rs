//! Ollama's embeddings as a provider gives them.

use potluck_core::embedding::{EmbeddingRequest, EmbeddingResponse};
use potluck_core::response::Usage;

use super::{Target, number, unknown};
use crate::answer;
use crate::wire::{self, Kind};
use crate::{BadAnswer, Written};

/// Writes a request that rather fails than cuts a text short in silence.
pub(super) fn write(request: &EmbeddingRequest, inputs: &[String], target: &Target<'_>) -> Written {
    let (mut body, mut dropped) = (Vec::new(), unknown(request));
    wire::object(&mut body, |fields| {
        fields.text("model", target.model);
        fields.texts("input", inputs);
        fields.boolean("truncate", false);
        if let Some(length) = target.length(request) {
            fields.integer("dimensions", length);
        }
    });
    dropped.extend(request.user.iter().map(|_| "user".to_owned()));
    dropped.extend(request.purpose.iter().map(|_| "input_type".to_owned()));
    Written { body, dropped }
}

/// Reads an answer; also of the older path, whose answer is one vector.
pub(super) fn read(body: &[u8]) -> Result<EmbeddingResponse, BadAnswer> {
    let (mut vectors, mut tokens) = (None, None);
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("embeddings", Kind::Array) => vectors = Some(number::read_many(cursor)?),
            ("embedding", Kind::Array) => vectors = Some(vec![number::read(cursor)?]),
            ("prompt_eval_count", _) => tokens = answer::count(cursor)?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let vectors = vectors.ok_or_else(|| answer::lacks(body, "embeddings"))?;
    let usage = tokens.map(|prompt| Usage { prompt, total: prompt, ..Usage::default() });
    Ok(EmbeddingResponse { vectors, usage })
}
