//! A request, written for a provider: turns that alternate, answers of tools first in them, a limit of tokens always.
//!
//! Instructions stand apart here, so those from between the turns join the others. What this dialect has no field
//! for is left out and named. Thoughts go back only with their maker's signature.

mod block;
mod thinking;
mod tool;
mod turn;

#[cfg(test)]
mod tests;

use potluck_core::request::{ChatRequest, Format, Message, Role, Stop};

use self::thinking::Thinking;
use super::mark;
use crate::dialect::{Target, Written};
use crate::wire::{self, Cursor, Kind, Object};

/// Where neither the client nor the provider's file says how long an answer may be.
const USUAL_OUTPUT: u32 = 8_192;

/// Writes the body of `POST /v1/messages`.
pub(crate) fn write(request: &ChatRequest, target: &Target<'_>) -> Written {
    let mut dropped = Vec::new();
    let limit = limit(request, target);
    let thinking = Thinking::of(request, limit, &mut dropped);
    let turns = turn::of(&request.messages, &mut dropped);
    let mut body = Vec::with_capacity(turns.size() + 1024 + request.tools.len() * 512);
    wire::object(&mut body, |body| {
        body.text("model", target.model);
        body.integer("max_tokens", limit);
        write_system(body, &request.messages, turns.takes_instructions());
        turns.write(body);
        tool::write(body, request, &mut dropped);
        thinking.write(body);
        write_output(body, request, &thinking, &mut dropped);
        write_dials(body, request, &thinking, &mut dropped);
        write_books(body, request, &mut dropped);
        body.boolean("stream", target.stream);
    });
    name_lost(request, &mut dropped);
    dropped.dedup();
    Written { body, dropped }
}

/// What was asked for, as far as the model goes: this dialect wants a number.
fn limit(request: &ChatRequest, target: &Target<'_>) -> u32 {
    let most = target.max_output.unwrap_or(u32::MAX);
    let usual = target.max_output.unwrap_or(USUAL_OUTPUT.min(target.context / 2));
    request.max_output.map_or(usual, |asked| asked.tokens().min(most)).max(1)
}

/// `system`: all instructions, wherever they stood.
fn write_system(body: &mut Object<'_>, messages: &[Message], are_the_turn: bool) {
    let is_instruction =
        |message: &&Message| matches!(message.role, Role::System | Role::Developer);
    let mut instructions = messages.iter().filter(is_instruction).peekable();
    if are_the_turn || instructions.peek().is_none() {
        return;
    }
    body.array("system", |blocks| {
        for message in instructions {
            block::write_words(blocks, &message.content);
        }
    });
}

/// `output_config`: how much effort, and the schema of the answer.
fn write_output(
    body: &mut Object<'_>,
    request: &ChatRequest,
    thinking: &Thinking,
    dropped: &mut Vec<String>,
) {
    let schema = match &request.format {
        Some(Format::JsonSchema(described)) => schema(described.as_json()),
        Some(Format::JsonObject | Format::Other(_)) => {
            dropped.push("response_format".to_owned());
            None
        }
        Some(Format::Text) | None => None,
    };
    if thinking.effort.is_none() && schema.is_none() {
        return;
    }
    body.object("output_config", |config| {
        if let Some(effort) = thinking.effort {
            config.text("effort", effort);
        }
        if let Some(schema) = schema {
            config.object("format", |format| {
                format.text("type", "json_schema");
                format.json("schema", schema);
            });
        }
    });
}

/// The schema in its description; a description without one is any object's.
fn schema(described: &str) -> Option<&str> {
    let mut found = None;
    let mut cursor = Cursor::lenient(described);
    let walked: Result<(), wire::Broken> = cursor.object(|cursor, key| {
        let is_schema = key == "schema" && cursor.kind()? == Kind::Object;
        let value = cursor.value()?;
        found = found.or(is_schema.then_some(value));
        Ok(())
    });
    walked.ok().and(found)
}

/// The dials that there are; here randomness ends at 1.
fn write_dials(
    body: &mut Object<'_>,
    request: &ChatRequest,
    thinking: &Thinking,
    dropped: &mut Vec<String>,
) {
    let dials = &request.sampling;
    // Whoever thinks is not steered: other values are refused with thoughts.
    let steered = !thinking.is_on();
    let mut dial = |name: &str, value: Option<f64>, fits: bool| match value {
        Some(value) if fits => body.number(name, value),
        Some(_) => dropped.push(name.to_owned()),
        None => {}
    };
    let is_one = dials.temperature == Some(1.0);
    let temperature = dials.temperature.map(|temperature| temperature.clamp(0.0, 1.0));
    dial("temperature", temperature, steered || is_one);
    dial("top_p", dials.top_p, steered || dials.top_p.is_some_and(|top| top >= 0.95));
    dial("top_k", dials.top_k, steered);
    if dials.temperature.is_some_and(|temperature| temperature > 1.0) && steered {
        dropped.push("temperature".to_owned());
    }
    match &request.stop {
        Some(Stop::One(text)) => body.texts("stop_sequences", std::slice::from_ref(text)),
        Some(Stop::Many(texts)) if !texts.is_empty() => body.texts("stop_sequences", texts),
        Some(Stop::Many(_)) | None => {}
    }
}

/// Who asks, and how it is billed.
fn write_books(body: &mut Object<'_>, request: &ChatRequest, dropped: &mut Vec<String>) {
    mark::write(body, &request.extra);
    let has_metadata = request.extra.iter().any(|(key, _)| mark::name(key) == Some("metadata"));
    if let Some(user) = request.user.as_deref().filter(|_| !has_metadata) {
        body.object("metadata", |metadata| metadata.text("user_id", user));
    }
    let foreign = request.extra.iter().filter(|(key, _)| !key.contains(':'));
    dropped.extend(foreign.map(|(key, _)| key.to_string()));
}

/// What this dialect has no field for.
fn name_lost(request: &ChatRequest, dropped: &mut Vec<String>) {
    let dials = &request.sampling;
    let lost = [
        ("min_p", dials.min_p.is_some()),
        ("top_a", dials.top_a.is_some()),
        ("frequency_penalty", dials.frequency_penalty.is_some()),
        ("presence_penalty", dials.presence_penalty.is_some()),
        ("repetition_penalty", dials.repetition_penalty.is_some()),
        ("seed", dials.seed.is_some()),
        ("logit_bias", dials.logit_bias.is_some()),
        ("logprobs", request.logprobs == Some(true)),
        ("top_logprobs", request.top_logprobs.is_some_and(|count| count > 0)),
        ("n", request.choices.is_some_and(|count| count > 1)),
        ("modalities", request.modalities.iter().flatten().any(|kind| kind != "text")),
        ("messages.name", request.messages.iter().any(has_name)),
    ];
    dropped.extend(lost.into_iter().filter(|(_, is)| *is).map(|(name, _)| name.to_owned()));
}

/// The name of a tool's answer is that of its call, which this dialect matches by the id.
fn has_name(message: &Message) -> bool {
    message.name.is_some() && !matches!(message.role, Role::Tool | Role::Function)
}
