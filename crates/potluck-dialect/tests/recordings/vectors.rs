//! Vectors, of every provider that was recorded giving some: what is read against an independent reading, and
//! what is written against what the provider accepted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use potluck_core::embedding::{Dimensions, EmbeddingRequest, Purpose};
use potluck_dialect::embedding::{Shape, Target};
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_testkit::recordings::Recording;
use serde_json::{Value, json};

use crate::{check_each, exceptions, recorded};

/// The shape of an exchange that is about vectors.
fn shape(recording: &Recording) -> Option<Shape> {
    let url = &recording.request.url;
    match recording.dialect.as_str() {
        "openai-embeddings" => Some(Shape::OpenAi),
        "cohere-embed" => Some(Shape::Cohere),
        "gemini" if url.contains("mbedContent") => Some(Shape::Gemini),
        "gemini-predict" => Some(Shape::Gemini),
        "ollama-native" if url.contains("/api/embed") => Some(Shape::Ollama),
        _ => None,
    }
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

/// The vectors of an answer, wherever its shape puts them.
fn plain(body: &Value) -> Vec<Vec<f32>> {
    let lists = [
        (&body["data"], "/embedding"),
        (&body["embeddings"], "/values"),
        (&body["embeddings"], ""),
        (&body["embeddings"]["float"], ""),
    ];
    for (list, pointer) in lists {
        let items: Vec<&Value> = list
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| item.pointer(pointer))
            .collect();
        if !items.is_empty() {
            return items.into_iter().map(numbers).collect();
        }
    }
    let one = if body["embedding"]["values"].is_array() {
        &body["embedding"]["values"]
    } else {
        &body["embedding"]
    };
    if one.is_array() { vec![numbers(one)] } else { Vec::new() }
}

#[expect(clippy::cast_possible_truncation, reason = "vectors are of 32 bits")]
fn numbers(vector: &Value) -> Vec<f32> {
    if let Some(text) = vector.as_str() {
        let bytes = STANDARD.decode(text).unwrap();
        return bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    }
    vector.as_array().into_iter().flatten().map(|n| n.as_f64().unwrap() as f32).collect()
}

/// Tokens read, wherever they are told.
fn tokens(body: &Value) -> Option<u64> {
    let told = [
        &body["usage"]["prompt_tokens"],
        &body["usage"]["total_tokens"],
        &body["usageMetadata"]["promptTokenCount"],
        &body["prompt_eval_count"],
        &body["meta"]["billed_units"]["input_tokens"],
        &body["meta"]["billed_units"]["images"],
    ];
    told.into_iter().find_map(Value::as_u64)
}

#[test]
fn vectors_are_read_as_they_were_given() {
    let Some(recordings) = recorded("vectors_are_read_as_they_were_given") else { return };
    let given = recordings.iter().filter(|r| shape(r).is_some() && r.kind == "embedding");
    check_each("vectors", given, exceptions::VECTORS, |recording| {
        let bytes = recording.response.body.bytes();
        let body = value(bytes);
        let read = shape(recording).unwrap().read(bytes).map_err(|bad| format!("{bad:?}"))?;
        let expected = plain(&body);
        if expected.is_empty() || read.vectors != expected {
            return Err(format!("{} vectors became {}", expected.len(), read.vectors.len()));
        }
        let counted = read.usage.map(|usage| usage.prompt.max(usage.total));
        match (tokens(&body), counted) {
            (Some(told), Some(read)) if told != read => Err(format!("{told} tokens became {read}")),
            (None, Some(read)) => Err(format!("{read} tokens from nowhere")),
            _ => Ok(()),
        }
    });
}

#[test]
fn a_refusal_is_never_read_as_vectors() {
    let Some(recordings) = recorded("a_refusal_is_never_read_as_vectors") else { return };
    let refused = recordings.iter().filter(|r| shape(r).is_some() && r.response.status != 200);
    check_each("refusals of vectors", refused, &[], |recording| {
        match shape(recording).unwrap().read(recording.response.body.bytes()) {
            Ok(read) => Err(format!("{} vectors", read.vectors.len())),
            Err(_) => Ok(()),
        }
    });
}

/// What was asked, read by other rules than potluck's: the fields of all shapes at once.
fn asked(body: &Value) -> (EmbeddingRequest, Dimensions) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect::<Vec<_>>(),
    };
    let parts = body["requests"].as_array().into_iter().flatten();
    let inputs = [list(&body["input"]), list(&body["texts"]), list(&body["prompt"])]
        .concat()
        .into_iter()
        .chain(parts.filter_map(|one| text(&one["content"]["parts"][0]["text"])))
        .collect();
    let first = &body["requests"][0];
    let lengths = [&body["dimensions"], &body["output_dimension"], &first["outputDimensionality"]];
    let dimensions = lengths.into_iter().find_map(Value::as_u64);
    let word = body["input_type"].as_str().or(first["taskType"].as_str());
    let purpose = match word {
        Some("query" | "search_query" | "RETRIEVAL_QUERY") => Some(Purpose::Query),
        Some("document" | "search_document" | "RETRIEVAL_DOCUMENT") => Some(Purpose::Document),
        _ => None,
    };
    let dimensions = dimensions.and_then(|length| u32::try_from(length).ok());
    let request = EmbeddingRequest { inputs, dimensions, purpose, ..EmbeddingRequest::default() };
    (request, Dimensions::default())
}

/// The request without what only dresses it: empty fields, roles, one text alone for a list of one, and an
/// encoding, which potluck never asks for.
fn bare(mut body: Value) -> Value {
    if let Some(text) = body["input"].as_str() {
        body["input"] = json!([text]);
    }
    let Some(fields) = body.as_object_mut() else { return body };
    fields.retain(|_, value| !value.is_null());
    for name in ["encoding_format", "truncate", "truncation", "options", "inputs"] {
        fields.remove(name);
    }
    // Gemini takes the model from the path, and each text's own.
    if fields.contains_key("requests") {
        fields.remove("model");
    }
    for one in body["requests"].as_array_mut().into_iter().flatten() {
        if let Some(content) = one["content"].as_object_mut() {
            content.remove("role");
        }
    }
    body
}

#[test]
fn accepted_requests_are_written_alike() {
    let Some(recordings) = recorded("accepted_requests_are_written_alike") else { return };
    let accepted = recordings
        .iter()
        .filter(|r| shape(r).is_some() && r.kind == "embedding" && !r.request.body.is_empty());
    check_each("requests for vectors", accepted, exceptions::VECTOR_REQUESTS, |recording| {
        let body = value(&recording.request.body);
        let (request, dimensions) = asked(&body);
        let quirks = match recording.provider.as_str() {
            "voyage" => Quirk::InputTypeDocument | Quirk::OutputDimension,
            "mistral" => Quirk::OutputDimension.into(),
            _ => Quirks::empty(),
        };
        let model = recording.model.as_deref().unwrap_or_default();
        let model = model.strip_prefix("models/").unwrap_or(model);
        let target = Target { model, quirks, dimensions: &dimensions, max_texts: None };
        let written = shape(recording).unwrap().write(&request, &request.inputs, &target);
        let (written, accepted) = (bare(value(&written.body)), bare(body));
        if written == accepted { Ok(()) } else { Err(format!("{accepted} became {written}")) }
    });
}
