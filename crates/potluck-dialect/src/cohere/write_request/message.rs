//! The conversation, written: turns with words or parts, plans before calls, answers after them.

use potluck_core::request::{Content, Message, Part, Role, ToolCall};

use crate::quirk::Draft;
use crate::thoughts::Taker;
use crate::wire::{self, Array, Cursor, Kind, Object};

/// The thoughts that led to a call are its plan, whoever thought them.
const TAKER: Taker = Taker { plain: true, typed: false, maker: None };

/// About how many bytes the messages take, so that the body is laid out once.
pub(super) fn size(messages: &[Message]) -> usize {
    let of = |message: &Message| match &message.content {
        Content::Absent | Content::Null => 64,
        Content::Text(text) => text.len() + text.len() / 16 + 64,
        Content::Parts(parts) => parts.iter().map(size_of_part).sum(),
    };
    let calls = |call: &ToolCall| call.arguments.len() + 256;
    messages.iter().map(|each| of(each) + each.tool_calls.iter().map(calls).sum::<usize>()).sum()
}

fn size_of_part(part: &Part) -> usize {
    match part {
        Part::Text { text, .. } => text.len() + text.len() / 16 + 64,
        Part::Image { media, .. } => media.url().len() + 64,
        _ => 64,
    }
}

/// Writes `messages`.
pub(super) fn write(body: &mut Object<'_>, draft: &mut Draft<'_>) {
    let messages = &draft.asked.messages;
    body.array("messages", |items| {
        for message in messages {
            items.object(|fields| write_message(fields, message, draft));
        }
    });
}

fn write_message(fields: &mut Object<'_>, message: &Message, draft: &mut Draft<'_>) {
    fields.text("role", role_word(message.role));
    if let Some(id) = message.tool_call_id.as_deref().filter(|id| !id.is_empty()) {
        fields.text("tool_call_id", id);
    }
    if message.tool_calls.is_empty() {
        write_content(fields, message, draft);
    } else {
        write_calls(fields, message, draft);
    }
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::System | Role::Developer => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool | Role::Function => "tool",
    }
}

/// What is said beside calls is what Cohere calls a plan: it has no other words there.
fn write_calls(fields: &mut Object<'_>, message: &Message, draft: &mut Draft<'_>) {
    let mut plan: Vec<&str> = TAKER.plain(message).into_iter().collect();
    match &message.content {
        Content::Absent | Content::Null => {}
        Content::Text(text) => plan.push(text),
        Content::Parts(parts) => plan.extend(parts.iter().filter_map(|part| words(part, draft))),
    }
    plan.retain(|text| !text.trim().is_empty());
    if !plan.is_empty() {
        fields.text("tool_plan", &plan.join("\n\n"));
    }
    fields.array("tool_calls", |items| {
        for call in &message.tool_calls {
            items.object(|fields| write_call(fields, call));
        }
    });
}

fn write_call(fields: &mut Object<'_>, call: &ToolCall) {
    fields.text("id", &call.id);
    fields.text("type", "function");
    fields.object("function", |function| {
        function.text("name", &call.name);
        match call.arguments.trim() {
            "" | "null" => function.text("arguments", "{}"),
            object if is_object(object) => function.text("arguments", object),
            // A model wrote no object, or the tool takes free text: nothing of it is lost.
            other => {
                let mut wrapped = Vec::with_capacity(other.len() + 16);
                wire::object(&mut wrapped, |fields| fields.text("input", other));
                function.text("arguments", &wire::unlossy(&wrapped));
            }
        }
    });
}

fn is_object(text: &str) -> bool {
    let mut cursor = Cursor::strict(text);
    cursor.kind() == Ok(Kind::Object) && cursor.value().and_then(|_| cursor.end()).is_ok()
}

/// Words alone are one text; only the user shows pictures.
fn write_content(fields: &mut Object<'_>, message: &Message, draft: &mut Draft<'_>) {
    match &message.content {
        Content::Text(text) => fields.text("content", text),
        Content::Absent | Content::Null => {
            fields.text("content", message.refusal.as_deref().unwrap_or_default());
        }
        Content::Parts(parts) => fields.array("content", |items| {
            for part in parts {
                write_part(items, part, message.role, draft);
            }
        }),
    }
}

fn write_part(items: &mut Array<'_>, part: &Part, role: Role, draft: &mut Draft<'_>) {
    if let (Part::Image { media, detail, .. }, Role::User) = (part, role) {
        items.object(|fields| {
            fields.text("type", "image_url");
            fields.object("image_url", |image| {
                image.text("url", media.url());
                if let Some(detail) = detail {
                    image.text("detail", detail);
                }
            });
        });
    } else if let Some(text) = words(part, draft) {
        items.object(|fields| {
            fields.text("type", "text");
            fields.text("text", text);
        });
    }
}

/// The words of a part; what has none here is named.
fn words<'p>(part: &'p Part, draft: &mut Draft<'_>) -> Option<&'p str> {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) => Some(text),
        Part::Image { .. }
        | Part::Audio { .. }
        | Part::Video { .. }
        | Part::File { .. }
        | Part::Other(_) => {
            draft.name("messages.content");
            None
        }
    }
}
