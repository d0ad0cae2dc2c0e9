//! Cohere's embeddings, version 2.

use potluck_core::embedding::{EmbeddingRequest, EmbeddingResponse, Purpose};
use potluck_core::response::Usage;

use super::{Target, number, unknown};
use crate::answer::{self, Fault};
use crate::wire::{self, Cursor, Kind};
use crate::{BadAnswer, Written};

/// Writes a request. What the vectors are for must be said here: the texts are documents where nobody said.
pub(super) fn write(request: &EmbeddingRequest, inputs: &[String], target: &Target<'_>) -> Written {
    let (mut body, mut dropped) = (Vec::new(), unknown(request));
    wire::object(&mut body, |fields| {
        fields.text("model", target.model);
        fields.text("input_type", purpose(request.purpose));
        fields.texts("texts", inputs);
        fields.array("embedding_types", |types| wire::text(types.item(), "float"));
        if let Some(length) = target.length(request) {
            fields.integer("output_dimension", length);
        }
    });
    dropped.extend(request.user.iter().map(|_| "user".to_owned()));
    Written { body, dropped }
}

const fn purpose(purpose: Option<Purpose>) -> &'static str {
    match purpose {
        Some(Purpose::Query) => "search_query",
        None | Some(Purpose::Document) => "search_document",
        Some(Purpose::Classification) => "classification",
        Some(Purpose::Clustering) => "clustering",
    }
}

/// Reads an answer, in the form of version 2 or in the older one without types.
pub(super) fn read(body: &[u8]) -> Result<EmbeddingResponse, BadAnswer> {
    let (mut vectors, mut usage) = (None, None);
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("embeddings", Kind::Object) => vectors = read_types(cursor)?,
            ("embeddings", Kind::Array) => vectors = Some(number::read_many(cursor)?),
            ("meta", Kind::Object) => usage = read_meta(cursor)?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let vectors = vectors.ok_or_else(|| answer::lacks(body, "vectors of floats"))?;
    Ok(EmbeddingResponse { vectors, usage })
}

fn read_types(cursor: &mut Cursor<'_>) -> Result<Option<Vec<Vec<f32>>>, Fault> {
    let mut vectors = None;
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("float", Kind::Array) => vectors = Some(number::read_many(cursor)?),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    Ok(vectors)
}

fn read_meta(cursor: &mut Cursor<'_>) -> Result<Option<Usage>, Fault> {
    let mut usage = None;
    cursor.object(|cursor, key| {
        if key == "billed_units" && cursor.kind()? == Kind::Object {
            usage = read_billed(cursor)?;
        } else {
            cursor.value()?;
        }
        Ok::<(), Fault>(())
    })?;
    Ok(usage)
}

fn read_billed(cursor: &mut Cursor<'_>) -> Result<Option<Usage>, Fault> {
    let mut tokens: Option<u64> = None;
    cursor.object(|cursor, key| {
        if matches!(&*key, "input_tokens" | "image_tokens") {
            let more = answer::count(cursor)?;
            tokens = tokens.into_iter().chain(more).reduce(u64::saturating_add);
        } else {
            cursor.value()?;
        }
        Ok::<(), Fault>(())
    })?;
    Ok(tokens.map(|prompt| Usage { prompt, total: prompt, ..Usage::default() }))
}
