//! A whole answer: thoughts, words and calls as blocks, in this order.

use potluck_core::request::ToolCall;
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply, Usage};

use super::thought::{self, Thought};
use super::{stop, usage};
use crate::client::Stamp;
use crate::wire::{self, Array, Cursor, Kind, Object};

/// Writes the body of an answer. There is one here where others have alternatives: the first counts.
pub(crate) fn write(response: &ChatResponse, stamp: &Stamp) -> Vec<u8> {
    let nothing = Choice::default();
    let choice = response.choices.first().unwrap_or(&nothing);
    let mut out = Vec::with_capacity(1024);
    wire::object(&mut out, |body| {
        body.text("id", &stamp.id);
        body.text("type", "message");
        body.text("role", "assistant");
        body.text("model", &stamp.model);
        body.array("content", |blocks| write_blocks(blocks, &choice.reply));
        write_stop(body, choice);
        let counted = response.usage.clone().unwrap_or_default();
        body.object("usage", |fields| write_usage(fields, &counted));
    });
    out
}

fn write_usage(fields: &mut Object<'_>, counted: &Usage) {
    usage::write(fields, counted);
}

fn write_blocks(blocks: &mut Array<'_>, reply: &Reply) {
    for thought in thoughts(reply) {
        blocks.object(|fields| write_thought(fields, &thought));
    }
    for text in [&reply.text, &reply.refusal].into_iter().flatten().filter(|text| !text.is_empty())
    {
        blocks.object(|fields| {
            fields.text("type", "text");
            fields.text("text", text);
        });
    }
    for call in &reply.tool_calls {
        blocks.object(|fields| write_call(fields, call));
    }
}

/// The signed thoughts as they are, or else all that was thought aloud, which nobody signed.
fn thoughts(reply: &Reply) -> Vec<Thought> {
    let signed = reply.reasoning_details.as_ref().map(thought::open).unwrap_or_default();
    let text = reply.reasoning.clone().filter(|text| !text.is_empty());
    match text {
        Some(text) if thought::words(&signed).is_none() => {
            let open = Thought::Open { text, signature: String::new() };
            std::iter::once(open).chain(signed).collect()
        }
        _ => signed,
    }
}

/// Writes the fields of a thought's block.
pub(super) fn write_thought(fields: &mut Object<'_>, thought: &Thought) {
    match thought {
        Thought::Open { text, signature } => {
            fields.text("type", "thinking");
            fields.text("thinking", text);
            fields.text("signature", signature);
        }
        Thought::Closed { data } => {
            fields.text("type", "redacted_thinking");
            fields.text("data", data);
        }
    }
}

fn write_call(fields: &mut Object<'_>, call: &ToolCall) {
    fields.text("type", "tool_use");
    fields.text("id", &call.id);
    fields.text("name", &call.name);
    match object(&call.arguments) {
        Some(json) => fields.json("input", json),
        None => fields.object("input", |_| {}),
    }
}

/// The arguments of a call, where they are the object that this dialect demands.
pub(super) fn object(arguments: &str) -> Option<&str> {
    let mut cursor = Cursor::lenient(arguments);
    if cursor.kind().ok()? != Kind::Object {
        return None;
    }
    let json = cursor.value().ok()?;
    cursor.end().is_ok().then_some(json)
}

fn write_stop(body: &mut Object<'_>, choice: &Choice) {
    let called = !choice.reply.tool_calls.is_empty();
    let reason = choice.finish.unwrap_or(FinishReason::Stop);
    // Some say at which of the client's texts they stopped.
    let text = choice.extra.iter().find(|(key, _)| &**key == "stop_reason");
    match text.map(|(_, text)| text).filter(|text| text.as_json().starts_with('"')) {
        Some(text) if reason == FinishReason::Stop && !called => {
            body.text("stop_reason", "stop_sequence");
            body.sealed("stop_sequence", text);
        }
        _ => {
            body.text("stop_reason", stop::word(reason, called));
            body.null("stop_sequence");
        }
    }
}
