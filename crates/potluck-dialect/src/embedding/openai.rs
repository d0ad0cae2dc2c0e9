//! OpenAI's embeddings, which most hosts speak, each with a field or two of its own.

use potluck_core::embedding::{EmbeddingRequest, EmbeddingResponse, Purpose};
use potluck_core::response::Usage;

use super::{Target, number, unknown};
use crate::answer::{self, Fault};
use crate::openai_chat::read_usage;
use crate::quirk::Quirk;
use crate::wire::{self, Cursor, Kind};
use crate::{BadAnswer, Written};

/// Writes a request. No encoding is asked for: floats are what everybody gives unasked.
pub(super) fn write(request: &EmbeddingRequest, inputs: &[String], target: &Target<'_>) -> Written {
    let (mut body, mut dropped) = (Vec::new(), unknown(request));
    let purpose = purpose(request.purpose, target);
    wire::object(&mut body, |fields| {
        fields.text("model", target.model);
        fields.texts("input", inputs);
        if let Some(length) = target.length(request) {
            let renamed = target.quirks.contains(Quirk::OutputDimension);
            fields.integer(if renamed { "output_dimension" } else { "dimensions" }, length);
        }
        if let Some(word) = purpose {
            fields.text("input_type", word);
        }
        match &request.user {
            Some(user) if !target.quirks.contains(Quirk::NoUser) => fields.text("user", user),
            Some(_) => dropped.push("user".to_owned()),
            None => {}
        }
    });
    if request.purpose.is_some() && purpose.is_none() {
        dropped.push("input_type".to_owned());
    }
    Written { body, dropped }
}

/// The host's word for what the vectors are for; the texts are documents where nobody said.
fn purpose(purpose: Option<Purpose>, target: &Target<'_>) -> Option<&'static str> {
    let query = purpose == Some(Purpose::Query);
    if target.quirks.contains(Quirk::InputTypePassage) {
        return Some(if query { "query" } else { "passage" });
    }
    if target.quirks.contains(Quirk::InputTypeDocument) {
        return match purpose? {
            Purpose::Query => Some("query"),
            Purpose::Document => Some("document"),
            Purpose::Classification | Purpose::Clustering => None,
        };
    }
    None
}

/// Reads an answer; its vectors are put in the order of their `index`.
pub(super) fn read(body: &[u8]) -> Result<EmbeddingResponse, BadAnswer> {
    let (mut found, mut usage): (Option<Vec<Item>>, Option<Usage>) = (None, None);
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("data", Kind::Array) => found = Some(read_items(cursor)?),
            ("usage", _) => usage = read_usage(cursor)?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let mut items = found.ok_or_else(|| answer::lacks(body, "data"))?;
    items.sort_by_key(|item| item.index);
    if items.iter().zip(0..).any(|(item, place)| item.index != place) {
        return Err(BadAnswer::Garbage("vectors whose numbers do not count from 0".to_owned()));
    }
    let vectors = items.into_iter().map(|item| item.vector).collect();
    Ok(EmbeddingResponse { vectors, usage })
}

struct Item {
    index: u64,
    vector: Vec<f32>,
}

fn read_items(cursor: &mut Cursor<'_>) -> Result<Vec<Item>, Fault> {
    let mut items = Vec::new();
    cursor.array(|cursor, place| {
        items.push(read_item(cursor, place as u64)?);
        Ok::<(), Fault>(())
    })?;
    Ok(items)
}

fn read_item(cursor: &mut Cursor<'_>, place: u64) -> Result<Item, Fault> {
    let (mut index, mut vector) = (place, None);
    if cursor.kind()? != Kind::Object {
        return Err(BadAnswer::Garbage("data that holds no objects".to_owned()).into());
    }
    cursor.object(|cursor, key| {
        match &*key {
            "index" => index = answer::count(cursor)?.unwrap_or(place),
            "embedding" => vector = Some(number::read(cursor)?),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    match vector {
        Some(vector) => Ok(Item { index, vector }),
        None => Err(BadAnswer::Garbage("an item without a vector".to_owned()).into()),
    }
}
