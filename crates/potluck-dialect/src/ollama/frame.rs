//! What every document for a client has: the model, the time, a message or a response, and at the end why it ended
//! and what it cost.
//!
//! Calls bear no ids: at least one client refuses a call with more than its function, and matches answers by the
//! tool's name.

use std::time::Duration;

use potluck_core::response::{FinishReason, Usage};

use super::statistics::{LOAD_TIME, PROMPT_TIME, TOTAL_TIME, WRITE_TIME};
use crate::client::Stamp;
use crate::openai_chat::ESTIMATED;
use crate::wire::{Cursor, Kind, Object};

/// Which of the two paths is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `/api/chat`: a message.
    Chat,
    /// `/api/generate`: a response.
    Generate,
}

/// How long an answer took, as seen from here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// From the request to the end.
    pub(super) total: Option<Duration>,
    /// From the request to the first word.
    pub(super) first: Option<Duration>,
}

/// Writes who answers and when.
pub(super) fn head(fields: &mut Object<'_>, stamp: &Stamp) {
    fields.text("model", &stamp.model);
    let at = jiff::Timestamp::from_second(stamp.created).unwrap_or_default();
    fields.text("created_at", &at.to_string());
}

/// Writes what is said, as the path has it; `calls` writes the items of `tool_calls`.
pub(super) fn said(
    fields: &mut Object<'_>,
    shape: Shape,
    text: &str,
    thoughts: Option<&str>,
    calls: &[(&str, &str)],
) {
    match shape {
        Shape::Chat => fields.object("message", |message| {
            message.text("role", "assistant");
            said_inside(message, "content", text, thoughts, calls);
        }),
        Shape::Generate => said_inside(fields, "response", text, thoughts, calls),
    }
}

fn said_inside(
    fields: &mut Object<'_>,
    name: &str,
    text: &str,
    thoughts: Option<&str>,
    calls: &[(&str, &str)],
) {
    fields.text(name, text);
    if let Some(thoughts) = thoughts {
        fields.text("thinking", thoughts);
    }
    if calls.is_empty() {
        return;
    }
    fields.array("tool_calls", |items| {
        for (name, arguments) in calls {
            items.object(|call| {
                call.object("function", |function| {
                    function.text("name", name);
                    // A line end can only stand between tokens there, and a document is one line.
                    function.json("arguments", &arguments.replace(['\n', '\r'], " "));
                });
            });
        }
    });
}

/// Writes why it ended, what it cost, and how long it took: by the provider's own clock where it told, else as
/// seen from here. Nothing is loaded here, which takes no time.
pub(super) fn end(
    fields: &mut Object<'_>,
    reason: FinishReason,
    usage: Option<&Usage>,
    times: Times,
) {
    fields.boolean("done", true);
    fields.text("done_reason", word(reason));
    let told = |name: &str| {
        let extra = usage.into_iter().flat_map(|usage| &usage.extra);
        extra.into_iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    };
    let write = times.total.zip(times.first).map(|(total, first)| total.saturating_sub(first));
    let mut time = |name: &str, seen: Option<Duration>| match (told(name), seen) {
        (Some(told), _) => fields.sealed(name, told),
        (None, Some(seen)) => {
            fields.integer(name, u64::try_from(seen.as_nanos()).unwrap_or(u64::MAX));
        }
        (None, None) => {}
    };
    time(TOTAL_TIME, times.total);
    time(LOAD_TIME, times.total.map(|_| Duration::ZERO));
    time(PROMPT_TIME, times.first);
    time(WRITE_TIME, write);
    if let Some(usage) = usage {
        fields.integer("prompt_eval_count", usage.prompt);
        fields.integer("eval_count", usage.completion);
        if let Some((name, mark)) = usage.extra.iter().find(|(key, _)| &**key == ESTIMATED) {
            fields.sealed(name, mark);
        }
    }
}

/// Calls of tools end an answer as any other end does.
const fn word(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop | FinishReason::ToolCalls => "stop",
        FinishReason::Length => "length",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::Error => "error",
    }
}

/// The arguments of a call as an object; `None` where a model wrote something else, which has no place here.
pub(super) fn object_of(arguments: &str) -> Option<&str> {
    let arguments = arguments.trim();
    if arguments.is_empty() {
        return Some("{}");
    }
    let mut cursor = Cursor::lenient(arguments);
    let is_object =
        cursor.kind() == Ok(Kind::Object) && cursor.value().and_then(|_| cursor.end()).is_ok();
    is_object.then_some(arguments)
}
