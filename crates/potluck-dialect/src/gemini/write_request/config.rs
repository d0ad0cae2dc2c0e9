//! How the answer is to be made: `generationConfig`.

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, Format, Stop};
use serde_json::Value;

use super::thinking;
use crate::gemini::model::Model;
use crate::gemini::schema::{self, Form};
use crate::quirk::Draft;
use crate::wire::{self, Object};

/// Gemini refuses more.
const MOST_STOPS: usize = 5;

/// Writes `generationConfig`, where there is anything to say.
pub(super) fn write(body: &mut Object<'_>, draft: &mut Draft<'_>, model: Model) {
    let mut config = Vec::new();
    wire::object(&mut config, |config| {
        write_dials(config, &draft.request);
        write_limits(config, draft);
        write_format(config, draft, model);
        thinking::write(config, draft, model);
    });
    if config.len() > 2 {
        body.key("generationConfig").append(&mut config);
    }
}

fn write_dials(config: &mut Object<'_>, request: &ChatRequest) {
    let dials = &request.sampling;
    for (name, value) in [
        ("temperature", dials.temperature),
        ("topP", dials.top_p),
        // A whole number here, a fraction is refused.
        ("topK", dials.top_k.map(f64::round)),
        ("frequencyPenalty", dials.frequency_penalty),
        ("presencePenalty", dials.presence_penalty),
    ] {
        if let Some(value) = value {
            config.number(name, value);
        }
    }
    if let Some(seed) = dials.seed {
        // 32 bits here; the same seed is the same again, which is all that a seed promises.
        config.integer("seed", seed as i32);
    }
}

fn write_limits(config: &mut Object<'_>, draft: &mut Draft<'_>) {
    let request = &draft.request;
    if let Some(limit) = request.max_output {
        config.integer("maxOutputTokens", limit.tokens());
    }
    if let Some(choices) = request.choices {
        config.integer("candidateCount", choices);
    }
    if request.logprobs == Some(true) {
        config.boolean("responseLogprobs", true);
        if let Some(top) = request.top_logprobs {
            config.integer("logprobs", top);
        }
    }
    if let Some(modalities) = &request.modalities {
        let words: Vec<String> = modalities.iter().map(|word| word.to_uppercase()).collect();
        config.texts("responseModalities", &words);
    }
    if let Some((_, wished)) = request.extra.iter().find(|(name, _)| &**name == IMAGE_CONFIG) {
        write_image_config(config, wished);
    }
    let stops = match &request.stop {
        Some(Stop::One(text)) => std::slice::from_ref(text),
        Some(Stop::Many(texts)) => texts,
        None => &[],
    };
    if !stops.is_empty() {
        config.texts("stopSequences", &stops[..stops.len().min(MOST_STOPS)]);
    }
    if stops.len() > MOST_STOPS {
        draft.name("stop");
    }
}

/// The field in which OpenRouter's clients say how a picture is to look.
pub(super) const IMAGE_CONFIG: &str = "image_config";

/// The two fields of it that have a name here.
fn write_image_config(config: &mut Object<'_>, wished: &Sealed) {
    let Ok(wished) = serde_json::from_str::<Value>(wished.as_json()) else { return };
    config.object("imageConfig", |image| {
        for (from, to) in [("aspect_ratio", "aspectRatio"), ("image_size", "imageSize")] {
            if let Some(word) = wished.get(from).and_then(Value::as_str) {
                image.text(to, word);
            }
        }
    });
}

fn write_format(config: &mut Object<'_>, draft: &mut Draft<'_>, model: Model) {
    match draft.request.format.take() {
        None | Some(Format::Text) => {}
        Some(Format::JsonObject) => config.text("responseMimeType", "application/json"),
        Some(Format::JsonSchema(described)) => {
            config.text("responseMimeType", "application/json");
            write_schema(config, &described, draft, model);
        }
        Some(Format::Other(_)) => draft.name("response_format"),
    }
}

fn write_schema(config: &mut Object<'_>, described: &Sealed, draft: &mut Draft<'_>, model: Model) {
    let form = Form::of(model);
    let schema = serde_json::from_str::<Value>(described.as_json()).ok().and_then(|described| {
        described.get("schema").map(|schema| Sealed::from_json(schema.to_string()))
    });
    let Some(rewritten) = schema.and_then(|schema| schema::rewrite(&schema, form)) else {
        draft.name("response_format.json_schema.schema");
        return;
    };
    for keyword in &rewritten.lost {
        draft.name(&format!("response_format.json_schema.schema.{keyword}"));
    }
    let field = match form {
        Form::Json => "responseJsonSchema",
        Form::OpenApi => "responseSchema",
    };
    config.json(field, &rewritten.json);
}
