//! How the answer is to be made: dials under Cohere's names and within its ranges, limits, form.

use potluck_core::Sealed;
use potluck_core::request::{Format, MaxOutput, Stop};
use serde_json::Value;

use crate::quirk::Draft;
use crate::wire::Object;

/// Cohere refuses more.
const MOST_STOPS: usize = 5;

/// Writes the dials, the limits and the form.
pub(super) fn write(body: &mut Object<'_>, draft: &mut Draft<'_>) {
    write_dials(body, draft);
    if let Some(limit) = draft.request.max_output.map(MaxOutput::tokens) {
        body.integer("max_tokens", limit);
    }
    write_stops(body, draft);
    write_format(body, draft);
}

/// A value beyond its range is refused: it is put to the nearest within, and named where that is another wish.
fn write_dials(body: &mut Object<'_>, draft: &mut Draft<'_>) {
    let dials = draft.request.sampling.clone();
    if let Some(temperature) = dials.temperature {
        body.number("temperature", temperature);
    }
    if let Some(share) = dials.top_p {
        body.number("p", share.clamp(0.01, 0.99));
    }
    if let Some(count) = dials.top_k {
        body.integer("k", count.clamp(0.0, 500.0).round() as u32);
    }
    for (name, value) in [
        ("frequency_penalty", dials.frequency_penalty),
        ("presence_penalty", dials.presence_penalty),
    ] {
        let Some(asked) = value else { continue };
        let penalty = asked.clamp(0.0, 1.0);
        body.number(name, penalty);
        if penalty.total_cmp(&asked).is_ne() {
            draft.name(name);
        }
    }
    if let Some(seed) = dials.seed {
        // Nothing below zero here; the same seed is the same again, which is all that a seed promises.
        body.integer("seed", seed.unsigned_abs());
    }
}

fn write_stops(body: &mut Object<'_>, draft: &mut Draft<'_>) {
    let stop = draft.request.stop.take();
    let stops = match &stop {
        Some(Stop::One(text)) => std::slice::from_ref(text),
        Some(Stop::Many(texts)) => texts,
        None => &[],
    };
    if !stops.is_empty() {
        body.texts("stop_sequences", &stops[..stops.len().min(MOST_STOPS)]);
    }
    if stops.len() > MOST_STOPS {
        draft.name("stop");
    }
}

fn write_format(body: &mut Object<'_>, draft: &mut Draft<'_>) {
    let schema = match draft.request.format.take() {
        None | Some(Format::Text) => return,
        Some(Format::JsonObject) => None,
        Some(Format::JsonSchema(described)) => {
            let schema = schema_of(&described);
            if schema.is_none() {
                draft.name("response_format.json_schema.schema");
            }
            schema
        }
        Some(Format::Other(_)) => return draft.name("response_format"),
    };
    body.object("response_format", |format| {
        format.text("type", "json_object");
        if let Some(schema) = schema {
            format.json("json_schema", &schema);
        }
    });
}

/// The schema itself, out of its description.
fn schema_of(described: &Sealed) -> Option<String> {
    let described: Value = serde_json::from_str(described.as_json()).ok()?;
    described.get("schema").filter(|schema| schema.is_object()).map(Value::to_string)
}
