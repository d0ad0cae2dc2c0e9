//! Gemini's embeddings, many at once (`batchEmbedContents`).

use potluck_core::embedding::{EmbeddingRequest, EmbeddingResponse, Purpose};
use potluck_core::response::Usage;

use super::{Target, number, unknown};
use crate::answer::{self, Fault};
use crate::wire::{self, Cursor, Kind};
use crate::{BadAnswer, Written};

/// Writes a request: the whole question once a text.
pub(super) fn write(request: &EmbeddingRequest, inputs: &[String], target: &Target<'_>) -> Written {
    let (mut body, mut dropped) = (Vec::new(), unknown(request));
    let model = format!("models/{}", target.model);
    wire::object(&mut body, |fields| {
        fields.array("requests", |items| {
            for input in inputs {
                items.object(|fields| {
                    fields.text("model", &model);
                    fields.object("content", |content| {
                        content
                            .array("parts", |parts| parts.object(|part| part.text("text", input)));
                    });
                    if let Some(purpose) = request.purpose {
                        fields.text("taskType", task(purpose));
                    }
                    if let Some(length) = target.length(request) {
                        fields.integer("outputDimensionality", length);
                    }
                });
            }
        });
    });
    dropped.extend(request.user.iter().map(|_| "user".to_owned()));
    Written { body, dropped }
}

const fn task(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Query => "RETRIEVAL_QUERY",
        Purpose::Document => "RETRIEVAL_DOCUMENT",
        Purpose::Classification => "CLASSIFICATION",
        Purpose::Clustering => "CLUSTERING",
    }
}

/// Reads an answer, of many or (`embedContent`) of one.
pub(super) fn read(body: &[u8]) -> Result<EmbeddingResponse, BadAnswer> {
    let (mut vectors, mut usage) = (None, None);
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("embeddings", Kind::Array) => {
                let found = vectors.insert(Vec::new());
                cursor.array(|cursor, _| {
                    found.push(read_values(cursor)?);
                    Ok::<(), Fault>(())
                })?;
            }
            ("embedding", Kind::Object) => vectors = Some(vec![read_values(cursor)?]),
            ("usageMetadata", Kind::Object) => usage = read_usage(cursor)?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let vectors = vectors.ok_or_else(|| answer::lacks(body, "embeddings"))?;
    Ok(EmbeddingResponse { vectors, usage })
}

fn read_values(cursor: &mut Cursor<'_>) -> Result<Vec<f32>, Fault> {
    let mut vector = None;
    if cursor.kind()? == Kind::Object {
        cursor.object(|cursor, key| {
            if key == "values" {
                vector = Some(number::read(cursor)?);
            } else {
                cursor.value()?;
            }
            Ok::<(), Fault>(())
        })?;
    }
    vector.ok_or_else(|| BadAnswer::Garbage("an item without a vector".to_owned()).into())
}

fn read_usage(cursor: &mut Cursor<'_>) -> Result<Option<Usage>, Fault> {
    let mut tokens = None;
    cursor.object(|cursor, key| {
        if key == "promptTokenCount" {
            tokens = answer::count(cursor)?;
        } else {
            cursor.value()?;
        }
        Ok::<(), Fault>(())
    })?;
    Ok(tokens.map(|prompt| Usage { prompt, total: prompt, ..Usage::default() }))
}
