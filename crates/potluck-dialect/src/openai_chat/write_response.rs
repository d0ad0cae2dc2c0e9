//! A whole answer, written so that every client that was tried accepts it.
//!
//! `system_fingerprint` is always a string, `refusal` and `logprobs` are always there, `usage` always has its
//! three numbers, thoughts stand under both of their names.

use potluck_core::Sealed;
use potluck_core::request::ToolCall;
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply, Usage};

use super::finish::Calling;
use super::tool_calls::is_custom;
use super::{finish, openrouter, usage};
use crate::client::Stamp;
use crate::wire::{self, Object};

/// Writes the body of an answer. Where the provider gave no usage, zeros are written and marked as no count of
/// anybody's; the [bridge](crate::bridge) fills in an estimate before.
pub(crate) fn write(response: &ChatResponse, stamp: &Stamp, calling: Calling) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    wire::object(&mut out, |body| {
        body.text("id", &stamp.id);
        body.text("object", "chat.completion");
        body.integer("created", stamp.created);
        body.text("model", &stamp.model);
        body.text("system_fingerprint", response.fingerprint.as_deref().unwrap_or_default());
        body.array("choices", |items| {
            for choice in &response.choices {
                items.object(|fields| write_choice(fields, choice, calling));
            }
        });
        match &response.usage {
            Some(counted) => usage::write(body.key("usage"), counted),
            None => usage::write(body.key("usage"), &unknown_usage()),
        }
        body.extra(&response.extra);
    });
    out
}

/// The same for OpenRouter's clients: who serves, and what it cost.
pub(crate) fn write_for_openrouter(
    response: &ChatResponse,
    stamp: &Stamp,
    calling: Calling,
) -> Vec<u8> {
    let mut response = response.clone();
    let mut provider = Vec::new();
    wire::text(&mut provider, openrouter::provider(&stamp.model));
    response.extra.retain(|(key, _)| &**key != "provider");
    response.extra.push(("provider".into(), Sealed::from_json(wire::unlossy(&provider))));
    response.usage = Some(usage::free(response.usage.unwrap_or_else(unknown_usage)));
    write(&response, stamp, calling)
}

fn unknown_usage() -> Usage {
    let mark = Sealed::from_json("true");
    Usage { extra: vec![(usage::ESTIMATED.into(), mark)], ..Usage::default() }
}

fn write_choice(fields: &mut Object<'_>, choice: &Choice, calling: Calling) {
    fields.integer("index", choice.index);
    fields.object("message", |message| write_reply(message, &choice.reply, calling));
    match &choice.logprobs {
        Some(logprobs) => fields.sealed("logprobs", logprobs),
        None => fields.null("logprobs"),
    }
    let called = !choice.reply.tool_calls.is_empty();
    let reason = finish::corrected(choice.finish.unwrap_or(FinishReason::Stop), called);
    fields.text("finish_reason", finish::word(reason, calling));
    fields.extra(&choice.extra);
}

fn write_reply(message: &mut Object<'_>, reply: &Reply, calling: Calling) {
    message.text("role", "assistant");
    match &reply.text {
        Some(text) => message.text("content", text),
        None => message.null("content"),
    }
    match &reply.refusal {
        Some(refusal) => message.text("refusal", refusal),
        None => message.null("refusal"),
    }
    if let Some(reasoning) = &reply.reasoning {
        message.text("reasoning", reasoning);
        message.text("reasoning_content", reasoning);
    }
    for (name, value) in [
        ("reasoning_details", &reply.reasoning_details),
        ("images", &reply.images),
        ("audio", &reply.audio),
        ("annotations", &reply.annotations),
    ] {
        if let Some(value) = value {
            message.sealed(name, value);
        }
    }
    write_calls(message, &reply.tool_calls, calling);
    message.extra(&reply.extra);
}

fn write_calls(message: &mut Object<'_>, calls: &[ToolCall], calling: Calling) {
    let Some(first) = calls.first() else { return };
    match calling {
        Calling::Tools => {
            message.array("tool_calls", |items| {
                for call in calls {
                    items.object(|fields| write_call(fields, call));
                }
            });
        }
        Calling::Function => {
            message.object("function_call", |call| write_function(call, first));
        }
    }
}

fn write_call(fields: &mut Object<'_>, call: &ToolCall) {
    fields.text("id", &call.id);
    if !is_custom(&call.extra) {
        fields.text("type", "function");
        fields.object("function", |function| write_function(function, call));
    }
    fields.extra(&call.extra);
}

fn write_function(function: &mut Object<'_>, call: &ToolCall) {
    function.text("name", &call.name);
    function.text("arguments", &call.arguments);
}
