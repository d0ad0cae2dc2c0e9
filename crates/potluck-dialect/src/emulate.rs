//! A JSON schema where a model only knows how to write some JSON object: the schema goes into the prompt, and
//! the answer is judged by it before anybody sees it.
//!
//! Done on the conversation, before any dialect writes it.

use potluck_core::request::{ChatRequest, Content, Format, Message, Part, Role};
use potluck_core::response::ChatResponse;

use crate::contract::description;

#[cfg(test)]
mod tests;

/// The same conversation for a model that cannot be given a schema. Its answer is no stream: it is given out only
/// once it is whole and kept to the schema.
#[must_use]
pub fn request(asked: &ChatRequest) -> ChatRequest {
    let mut request = asked.clone();
    request.stream = None;
    let Some(Format::JsonSchema(sealed)) = &asked.format else { return request };
    let told = description(sealed.as_json());
    let schema = told.schema.map(compact);
    request.format = schema.as_ref().is_none_or(may_be_object).then_some(Format::JsonObject);
    instruct(&mut request.messages, &instruction(told.purpose, schema.as_ref()));
    request
}

fn compact(schema: &str) -> serde_json::Value {
    serde_json::from_str(schema).unwrap_or(serde_json::Value::Bool(true))
}

/// Whoever is told to write an object cannot write the list that was asked for.
fn may_be_object(schema: &serde_json::Value) -> bool {
    match schema.get("type") {
        Some(serde_json::Value::String(kind)) => kind == "object",
        Some(serde_json::Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => true,
    }
}

fn instruction(purpose: Option<&str>, schema: Option<&serde_json::Value>) -> String {
    let mut text = "Answer with JSON only: no words before or after it, no code fence.".to_owned();
    if let Some(purpose) = purpose.and_then(|purpose| serde_json::from_str::<String>(purpose).ok())
    {
        text.push_str(" It is: ");
        text.push_str(&purpose);
    }
    if let Some(schema) = schema {
        text.push_str("\nThe JSON must be valid against this JSON Schema:\n");
        text.push_str(&schema.to_string());
    }
    text
}

/// Instructions stand first, and many providers take only one turn of them.
fn instruct(messages: &mut Vec<Message>, text: &str) {
    let first = messages.first_mut();
    match first.filter(|first| matches!(first.role, Role::System | Role::Developer)) {
        Some(Message { content: Content::Text(said), .. }) => {
            said.push_str("\n\n");
            said.push_str(text);
        }
        Some(Message { content: Content::Parts(parts), .. }) => {
            parts.push(Part::Text { text: text.to_owned(), extra: Vec::new() });
        }
        _ => messages.insert(0, Message::new(Role::System, Content::Text(text.to_owned()))),
    }
}

/// Takes the code fence off an answer that is nothing but one.
pub(crate) fn unfence(response: &mut ChatResponse) {
    for choice in &mut response.choices {
        if let Some(text) = &mut choice.reply.text
            && let Some(inside) = inside_fence(text)
        {
            *text = inside.to_owned();
        }
    }
}

fn inside_fence(text: &str) -> Option<&str> {
    let body = text.trim().strip_prefix("```")?.strip_suffix("```")?;
    let (language, inside) = body.split_once('\n')?;
    let is_json = language.trim().is_empty() || language.trim().eq_ignore_ascii_case("json");
    (is_json && !inside.contains("```")).then(|| inside.trim())
}

/// The value of the header that tells a client that its schema was only part of the prompt.
pub const SCHEMA: &str = "json_schema";
