//! From a provider's answers, one for each part of the texts, to the client's one.

use potluck_core::embedding::EmbeddingResponse;
use potluck_core::response::Usage;

use super::{Asked, Shape, Target, parts};
use crate::bridge::Whole;
use crate::client::Stamp;
use crate::{BadAnswer, estimate};

/// Reads the answers to all parts, judges them by what was asked, and writes the one for the client.
///
/// # Errors
/// One of them is none; has more or fewer vectors than there were texts; has vectors of another length than
/// was asked for, or of several lengths.
pub fn whole(
    shape: Shape,
    target: &Target<'_>,
    asked: &Asked,
    stamp: &Stamp,
    bodies: &[impl AsRef<[u8]>],
) -> Result<Whole, BadAnswer> {
    let mut all = EmbeddingResponse::default();
    for (part, body) in parts(&asked.request, target).zip(bodies) {
        let read = shape.read(body.as_ref())?;
        if read.vectors.len() != part.len() {
            let (got, sent) = (read.vectors.len(), part.len());
            return Err(BadAnswer::Garbage(format!("{got} vectors for {sent} texts")));
        }
        all.usage = add(all.usage.take(), read.usage);
        all.vectors.extend(read.vectors);
    }
    judge(&all, asked)?;
    let usage = all.usage.clone();
    if usage.is_none() {
        all.usage = Some(estimate::usage(estimate::embedding_tokens(&asked.request).all, 0));
    }
    Ok(Whole { body: asked.write_response(&all, stamp), usage, finish: None })
}

fn judge(response: &EmbeddingResponse, asked: &Asked) -> Result<(), BadAnswer> {
    let Some(first) = response.vectors.first().map(Vec::len) else { return Err(BadAnswer::Empty) };
    let wanted = asked.request.dimensions.map_or(first, |length| length as usize);
    match response.vectors.iter().map(Vec::len).find(|length| *length != wanted) {
        Some(length) => Err(BadAnswer::Garbage(format!(
            "a vector of {length} numbers where {wanted} were expected"
        ))),
        None => Ok(()),
    }
}

fn add(one: Option<Usage>, other: Option<Usage>) -> Option<Usage> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Usage {
            prompt: one.prompt.saturating_add(other.prompt),
            completion: one.completion.saturating_add(other.completion),
            total: one.total.saturating_add(other.total),
            ..one
        }),
        (one, other) => one.or(other),
    }
}
