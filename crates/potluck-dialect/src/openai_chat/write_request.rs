//! A request, written for a provider: quirks applied, the router's own fields left out.
//!
//! What potluck never sends on: `models`, `provider`, `session_id` and the other fields that speak to a
//! router; the thoughts in history, unless a quirk asks for them; thought signatures, unless they go to
//! Google. `stream_options.include_usage` is always asked for, whatever the client wants to see.

mod message;
mod tool;

#[cfg(test)]
mod tests;

pub(super) use self::message::keeps_all;
pub(crate) use self::tool::write as write_tools;

use potluck_core::request::{ChatRequest, Format, MaxOutput, Message, Reasoning, Stop, Tool};

use crate::dialect::{Target, Written};
use crate::quirk::{Draft, Part, Quirk, Quirks};
use crate::wire::{self, Object};

/// Messages or tools: as shapes to be written, or as bytes that are already right.
pub(super) enum Text<'a, T> {
    Shapes(&'a [T]),
    Json(&'a [u8]),
}

/// Writes the body of `POST /chat/completions`.
pub(crate) fn write(request: &ChatRequest, target: &Target<'_>) -> Written {
    let touched = |part| touches(request, target.quirks, part);
    let mut draft = Draft::new(request, target);
    let (messages, tools) = (touched(Part::Messages), touched(Part::Tools));
    if messages {
        draft.request.messages.clone_from(&request.messages);
    }
    if tools {
        draft.request.tools.clone_from(&request.tools);
    }
    draft.apply();
    let written = if messages { &draft.request.messages } else { &request.messages };
    let described = if tools { &draft.request.tools } else { &request.tools };
    let body = body(&draft, Text::Shapes(written), Text::Shapes(described));
    finish(draft, body)
}

/// Whether a quirk would rewrite this part.
pub(super) fn touches(request: &ChatRequest, quirks: Quirks, part: Part) -> bool {
    quirks
        .iter()
        .filter_map(Quirk::rule)
        .any(|rule| (rule.part == part || rule.part == Part::Everything) && (rule.touches)(request))
}

pub(super) fn finish(mut draft: Draft<'_>, body: Vec<u8>) -> Written {
    if let Some(reasoning) = &draft.request.reasoning
        && !reasoning.as_object
    {
        for name in lost_of(reasoning) {
            draft.name(&name);
        }
    }
    // What is another dialect's own is not written, see `Object::extra`.
    for (key, _) in draft.asked.extra.iter().filter(|(key, _)| key.contains(':')) {
        draft.name(key);
    }
    Written { body, dropped: draft.dropped }
}

/// Writes the body from what the quirks left.
pub(super) fn body(
    draft: &Draft<'_>,
    messages: Text<'_, Message>,
    tools: Text<'_, Tool>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(capacity(draft.asked, &messages));
    wire::object(&mut out, |body| {
        body.text("model", draft.target.model);
        match messages {
            Text::Json(json) => body.key("messages").extend_from_slice(json),
            Text::Shapes(messages) => message::write(body, messages, draft.target),
        }
        match tools {
            Text::Json(json) => body.key("tools").extend_from_slice(json),
            Text::Shapes([]) => {}
            Text::Shapes(tools) => tool::write(body, tools),
        }
        write_options(body, &draft.request);
        write_dials(body, &draft.request);
        write_stream(body, draft);
        body.extra(&draft.request.extra);
    });
    out
}

fn capacity(asked: &ChatRequest, messages: &Text<'_, Message>) -> usize {
    let large = match messages {
        Text::Json(json) => json.len(),
        Text::Shapes(messages) => messages.iter().map(message::size).sum(),
    };
    // Tools are often larger than a short conversation; growing once is fine.
    large + 512 + asked.tools.len() * 256
}

fn write_options(body: &mut Object<'_>, request: &ChatRequest) {
    if let Some(choice) = &request.tool_choice {
        tool::write_choice(body, choice);
    }
    if let Some(parallel) = request.parallel_tool_calls {
        body.boolean("parallel_tool_calls", parallel);
    }
    if let Some(format) = &request.format {
        write_format(body, format);
    }
    match request.max_output {
        Some(MaxOutput::Tokens(tokens)) => body.integer("max_tokens", tokens),
        Some(MaxOutput::CompletionTokens(tokens)) => body.integer("max_completion_tokens", tokens),
        None => {}
    }
    if let Some(reasoning) = &request.reasoning {
        write_reasoning(body, reasoning);
    }
    if let Some(choices) = request.choices {
        body.integer("n", choices);
    }
    match &request.stop {
        Some(Stop::One(text)) => body.text("stop", text),
        Some(Stop::Many(texts)) => body.texts("stop", texts),
        None => {}
    }
    if let Some(logprobs) = request.logprobs {
        body.boolean("logprobs", logprobs);
    }
    if let Some(top) = request.top_logprobs {
        body.integer("top_logprobs", top);
    }
    if let Some(user) = &request.user {
        body.text("user", user);
    }
    if let Some(modalities) = &request.modalities {
        body.texts("modalities", modalities);
    }
}

fn write_format(body: &mut Object<'_>, format: &Format) {
    match format {
        Format::Text => body.object("response_format", |format| format.text("type", "text")),
        Format::JsonObject => {
            body.object("response_format", |format| format.text("type", "json_object"));
        }
        Format::JsonSchema(schema) => body.object("response_format", |format| {
            format.text("type", "json_schema");
            format.sealed("json_schema", schema);
        }),
        Format::Other(format) => body.sealed("response_format", format),
    }
}

fn write_dials(body: &mut Object<'_>, request: &ChatRequest) {
    let dials = &request.sampling;
    for (name, value) in [
        ("temperature", dials.temperature),
        ("top_p", dials.top_p),
        ("top_k", dials.top_k),
        ("min_p", dials.min_p),
        ("top_a", dials.top_a),
        ("frequency_penalty", dials.frequency_penalty),
        ("presence_penalty", dials.presence_penalty),
        ("repetition_penalty", dials.repetition_penalty),
    ] {
        if let Some(value) = value {
            body.number(name, value);
        }
    }
    if let Some(seed) = dials.seed {
        body.integer("seed", seed);
    }
    if let Some(bias) = &dials.logit_bias {
        body.sealed("logit_bias", bias);
    }
}

fn write_stream(body: &mut Object<'_>, draft: &Draft<'_>) {
    if !draft.target.stream {
        if draft.request.stream.is_some() {
            body.boolean("stream", false);
        }
        return;
    }
    body.boolean("stream", true);
    if !draft.target.quirks.contains(Quirk::NoStreamOptions) {
        body.object("stream_options", |options| {
            options.boolean("include_usage", true);
            options.extra(&draft.request.stream_extra);
        });
    }
}

fn write_reasoning(body: &mut Object<'_>, reasoning: &Reasoning) {
    if !reasoning.as_object {
        if let Some(effort) = effort_of(reasoning) {
            body.text("reasoning_effort", effort);
        }
        return;
    }
    body.object("reasoning", |object| {
        if let Some(effort) = &reasoning.effort {
            object.text("effort", effort);
        }
        if let Some(tokens) = reasoning.max_tokens {
            object.integer("max_tokens", tokens);
        }
        if let Some(enabled) = reasoning.enabled {
            object.boolean("enabled", enabled);
        }
        if let Some(exclude) = reasoning.exclude {
            object.boolean("exclude", exclude);
        }
        object.extra(&reasoning.extra);
    });
}

/// The word for how much to think. Budgets are read as OpenRouter's shares of a usual answer.
fn effort_of(reasoning: &Reasoning) -> Option<&str> {
    if let Some(effort) = &reasoning.effort {
        return Some(effort);
    }
    match (reasoning.enabled, reasoning.max_tokens) {
        (Some(false), _) | (_, Some(0)) => Some("none"),
        (_, Some(1..=2048)) => Some("low"),
        (_, Some(2049..=8192)) => Some("medium"),
        (_, Some(_)) => Some("high"),
        (Some(true), None) => Some("medium"),
        (None, None) => None,
    }
}

/// What of `reasoning` a mere word cannot say.
fn lost_of(reasoning: &Reasoning) -> Vec<String> {
    let budget = reasoning.max_tokens.is_some().then(|| "reasoning.max_tokens".to_owned());
    let unknown = reasoning.extra.iter().map(|(key, _)| format!("reasoning.{key}"));
    budget.into_iter().chain(unknown).collect()
}
