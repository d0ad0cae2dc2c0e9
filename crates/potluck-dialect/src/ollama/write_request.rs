//! A request, written for a provider.
//!
//! The context is always set to what the request needs, and the server is told never to cut: `truncate: false`
//! makes it refuse a prompt that does not fit, `shift: false` makes it end an answer that outgrows the context
//! instead of forgetting how it began. Servers that do not know the two leave them unread.

mod message;

use potluck_core::request::{ChatRequest, Format, Message, Tool, ToolChoice};

use super::{options, thinking};
use crate::dialect::{Target, Written};
use crate::openai_chat;
use crate::quirk::own_name;
use crate::wire::{Broken, Cursor, Kind, Object, object};

/// Writes the body of `POST /api/chat`.
pub(crate) fn write(request: &ChatRequest, target: &Target<'_>) -> Written {
    let (mut body, mut dropped) = (Vec::with_capacity(1024), Vec::new());
    object(&mut body, |body| {
        body.text("model", target.model);
        message::write(body, &request.messages, &mut dropped);
        write_tools(body, request, &mut dropped);
        if let Some(format) = &request.format {
            write_format(body, format, &mut dropped);
        }
        write_logprobs(body, request);
        write_ending(body, request, target, None, &mut dropped);
    });
    name_the_rest(request, &mut dropped);
    Written { body, dropped }
}

/// What is written anew even where the rest of a request goes on as it came.
pub(super) fn write_ending(
    body: &mut Object<'_>,
    request: &ChatRequest,
    target: &Target<'_>,
    own_options: Option<&str>,
    dropped: &mut Vec<String>,
) {
    if let Some(reasoning) = &request.reasoning {
        let (think, lost) = thinking::of(reasoning, target.model);
        thinking::write(body, think);
        dropped.extend(lost);
    }
    options::write(body, request, target, own_options);
    body.boolean("stream", target.stream);
    body.boolean("truncate", false);
    body.boolean("shift", false);
}

/// Whether every tool crosses as it is.
pub(super) fn keeps_tools(request: &ChatRequest) -> bool {
    let is_kept =
        |tool: &Tool| matches!(tool, Tool::Function { strict, .. } if *strict != Some(true));
    request.tools.iter().all(is_kept)
}

/// Whether every turn crosses as it is: a speaker's name has no place here.
pub(super) fn keeps_names(request: &ChatRequest) -> bool {
    let is_kept = |turn: &Message| turn.name.is_none() || message::is_answer(turn);
    request.messages.iter().all(is_kept)
}

/// `none` has no word here: tools that may not be called are not described.
fn write_tools(body: &mut Object<'_>, request: &ChatRequest, dropped: &mut Vec<String>) {
    if matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Function(_) | ToolChoice::Other(_))
    ) {
        dropped.push("tool_choice".to_owned());
    }
    if request.tools.is_empty() || request.tool_choice == Some(ToolChoice::None) {
        return;
    }
    let functions: Vec<Tool> = request.tools.iter().filter_map(plain).collect();
    if functions.len() < request.tools.len() {
        dropped.push("tools".to_owned());
    }
    if request.tools.iter().any(|tool| matches!(tool, Tool::Function { strict: Some(true), .. })) {
        dropped.push("tools.function.strict".to_owned());
    }
    openai_chat::write_tools(body, &functions);
}

/// A function without what the server does not know; `None` of any other tool.
fn plain(tool: &Tool) -> Option<Tool> {
    let mut tool = tool.clone();
    match &mut tool {
        Tool::Function { strict, .. } => *strict = None,
        Tool::Other(_) => return None,
    }
    Some(tool)
}

fn write_format(body: &mut Object<'_>, format: &Format, dropped: &mut Vec<String>) {
    match format {
        Format::Text => {}
        Format::JsonObject => body.text("format", "json"),
        Format::JsonSchema(described) => match schema_of(described.as_json()) {
            Some(schema) => body.json("format", schema),
            None => body.text("format", "json"),
        },
        Format::Other(_) => dropped.push("response_format".to_owned()),
    }
}

/// The schema itself, out of its description.
fn schema_of(described: &str) -> Option<&str> {
    let mut schema = None;
    let walked: Result<(), Broken> = Cursor::lenient(described).object(|cursor, key| {
        let kind = cursor.kind()?;
        let value = cursor.value()?;
        if key == "schema" && kind == Kind::Object {
            schema = Some(value);
        }
        Ok(())
    });
    walked.ok().and(schema)
}

fn write_logprobs(body: &mut Object<'_>, request: &ChatRequest) {
    if let Some(logprobs) = request.logprobs {
        body.boolean("logprobs", logprobs);
    }
    if let Some(count) = request.top_logprobs {
        body.integer("top_logprobs", count);
    }
}

/// Names what has no place in this dialect.
fn name_the_rest(request: &ChatRequest, dropped: &mut Vec<String>) {
    let others = [
        (request.sampling.top_a.is_some(), "top_a"),
        (request.sampling.logit_bias.is_some(), "logit_bias"),
        (request.choices.is_some_and(|count| count > 1), "n"),
        (request.parallel_tool_calls.is_some(), "parallel_tool_calls"),
        (request.user.is_some(), "user"),
    ];
    let asked = others.into_iter().filter_map(|(is_asked, name)| is_asked.then_some(name));
    let unknown = request.extra.iter().map(|(key, _)| own_name(key));
    dropped.extend(asked.chain(unknown).map(str::to_owned));
}
