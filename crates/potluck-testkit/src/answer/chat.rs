//! The answer as one JSON body.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::choice::{Answer, Choice};
use super::logprobs::logprobs;
use crate::model::{Model, Reasoning};

/// `chat.completion`.
pub(crate) fn whole_body(answer: &Answer, model: &Model) -> Value {
    let choices: Vec<Value> = answer
        .choices
        .iter()
        .enumerate()
        .map(|(index, choice)| {
            json!({
                "index": index,
                "message": message(choice, model),
                "logprobs": answer.logprobs_of(choice.content.as_deref()),
                "finish_reason": choice.finish,
            })
        })
        .collect();
    json!({
        "id": answer.id,
        "object": "chat.completion",
        "created": answer.created,
        "model": model.id,
        "system_fingerprint": "simulated",
        "choices": choices,
        "usage": usage(answer),
    })
}

impl Answer {
    /// The `logprobs` of a choice or of a delta with this content; null unless they are wanted.
    pub(super) fn logprobs_of(&self, content: Option<&str>) -> Value {
        match (self.logprobs, content) {
            (Some(alternatives), Some(text)) if !text.is_empty() => logprobs(text, alternatives),
            _ => Value::Null,
        }
    }
}

/// The `usage` object.
pub(super) fn usage(answer: &Answer) -> Value {
    json!({
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        "completion_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
    })
}

/// The field that carries the reasoning of this model.
pub(super) fn reasoning_field(model: &Model) -> &'static str {
    match model.reasoning {
        Some(Reasoning::Reasoning) => "reasoning",
        Some(Reasoning::ReasoningContent | Reasoning::ThinkTags) | None => "reasoning_content",
    }
}

fn message(choice: &Choice, model: &Model) -> Value {
    let mut fields = Map::new();
    fields.insert("role".to_owned(), "assistant".into());
    fields.insert("content".to_owned(), choice.content.clone().into());
    if let Some(reasoning) = &choice.reasoning {
        fields.insert(reasoning_field(model).to_owned(), reasoning.clone().into());
    }
    if !choice.calls.is_empty() {
        fields.insert("tool_calls".to_owned(), choice.calls.iter().map(whole_call).collect());
    }
    Value::Object(fields)
}

fn whole_call(call: &Call) -> Value {
    let Call { id, name, arguments } = call;
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}
