//! The model list, in the shapes that real providers give it.

use serde_json::{Value, json};

use crate::model::{Feature, Model};

/// Whose model list this provider imitates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListingStyle {
    /// Ids only, as OpenAI and most servers.
    #[default]
    OpenAi,
    /// With prices, modalities and supported parameters, as OpenRouter.
    OpenRouter,
    /// With the context window, as Groq.
    Groq,
}

/// The body of `GET /models`.
pub(crate) fn listing_body(style: ListingStyle, owner: &str, models: &[Model]) -> Value {
    let data: Vec<Value> = models.iter().map(|model| one_listed(style, owner, model)).collect();
    json!({"object": "list", "data": data})
}

/// One model of the list; also the body of `GET /models/ID`.
pub(crate) fn one_listed(style: ListingStyle, owner: &str, model: &Model) -> Value {
    match style {
        ListingStyle::OpenAi => {
            json!({"id": model.id, "object": "model", "created": 0, "owned_by": owner})
        }
        ListingStyle::Groq => json!({
            "id": model.id, "object": "model", "created": 0, "owned_by": owner, "active": true,
            "context_window": model.context, "max_completion_tokens": model.max_output,
        }),
        ListingStyle::OpenRouter => openrouter(model),
    }
}

fn openrouter(model: &Model) -> Value {
    let inputs: &[&str] = if model.vision { &["text", "image"] } else { &["text"] };
    json!({
        "id": model.id,
        "name": format!("{} (simulated)", model.id),
        "created": 0,
        "description": "A simulated model; it knows nothing.",
        "context_length": model.context,
        "architecture": {
            "modality": format!("{}->text", inputs.join("+")),
            "input_modalities": inputs, "output_modalities": ["text"],
        },
        "pricing": {"prompt": "0", "completion": "0", "request": "0", "image": "0"},
        "top_provider": {
            "context_length": model.context,
            "max_completion_tokens": model.max_output,
            "is_moderated": false,
        },
        "supported_parameters": parameters(model),
    })
}

fn parameters(model: &Model) -> Vec<&'static str> {
    let mut words = vec!["max_tokens", "seed", "stop", "temperature"];
    if model.reasoning.is_some() {
        words.extend(["include_reasoning", "reasoning"]);
    }
    let pairs: [(Feature, &[&str]); 4] = [
        (Feature::Tools, &["tools", "tool_choice"]),
        (Feature::JsonObject, &["response_format"]),
        (Feature::JsonSchema, &["structured_outputs"]),
        (Feature::Logprobs, &["logprobs", "top_logprobs"]),
    ];
    for (feature, more) in pairs {
        if model.has(feature) {
            words.extend(more);
        }
    }
    words
}
