//! The conversation, written.

use potluck_core::request::{Content, Media, Message, Part, Role, ToolCall};
use potluck_core::sealed::Extra;

use crate::dialect::Target;
use crate::quirk::{Quirk, Quirks};
use crate::thoughts::{Maker, Taker};
use crate::wire::{self, Array, Cursor, Object};

/// Writes `messages`.
pub(super) fn write(body: &mut Object<'_>, messages: &[Message], target: &Target<'_>) {
    let taker = taker(target);
    body.array("messages", |items| {
        for message in messages {
            items.object(|fields| write_message(fields, message, &taker, target.quirks));
        }
    });
}

/// About how many bytes a message takes, so that the body is laid out once.
pub(super) fn size(message: &Message) -> usize {
    let content = match &message.content {
        Content::Absent | Content::Null => 0,
        Content::Text(text) => text.len() + text.len() / 16,
        Content::Parts(parts) => parts.iter().map(part_size).sum(),
    };
    content + 64 + message.tool_calls.iter().map(|call| call.arguments.len() + 128).sum::<usize>()
}

fn part_size(part: &Part) -> usize {
    64 + match part {
        Part::Text { text, .. } => text.len() + text.len() / 16,
        Part::Image { media, .. } | Part::Video { media, .. } => media.url().len(),
        Part::Audio { data, .. } => data.len(),
        Part::File { file, .. } | Part::Other(file) => file.as_json().len(),
        Part::Refusal(text) => text.len(),
    }
}

fn write_message(fields: &mut Object<'_>, message: &Message, taker: &Taker, quirks: Quirks) {
    fields.text("role", role_word(message.role));
    if let Some(name) = &message.name {
        fields.text("name", name);
    }
    match &message.content {
        Content::Absent => {}
        Content::Null => fields.null("content"),
        Content::Text(text) => fields.text("content", text),
        Content::Parts(parts) => fields.array("content", |items| {
            for part in parts {
                write_part(items, part);
            }
        }),
    }
    if !message.tool_calls.is_empty() {
        fields.array("tool_calls", |items| {
            for call in &message.tool_calls {
                items.object(|fields| write_call(fields, call, quirks));
            }
        });
    }
    if let Some(id) = &message.tool_call_id {
        fields.text("tool_call_id", id);
    }
    if let Some(refusal) = &message.refusal {
        fields.text("refusal", refusal);
    }
    if let Some(thoughts) = taker.plain(message) {
        fields.text("reasoning_content", thoughts);
    }
    if let Some(thoughts) = taker.typed(message) {
        fields.json("reasoning_details", &thoughts);
    }
    fields.extra(&message.extra);
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::Developer => "developer",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
        Role::Function => "function",
    }
}

/// What a provider of this dialect takes of the thoughts in history.
fn taker(target: &Target<'_>) -> Taker {
    Taker {
        plain: target.quirks.contains(Quirk::EchoReasoning),
        typed: target.quirks.contains(Quirk::ReasoningObject),
        maker: Maker::of_model(target.model),
    }
}

/// Whether thoughts and signatures of these messages are written as they were read.
pub(in crate::openai_chat) fn keeps_all(messages: &[Message], target: &Target<'_>) -> bool {
    let taker = taker(target);
    let signed = target.quirks.contains(Quirk::GoogleThoughtSignature);
    messages.iter().all(|message| taker.takes_all(message) && (signed || !has_signature(message)))
}

fn has_signature(message: &Message) -> bool {
    message.tool_calls.iter().any(|call| call.extra.iter().any(|(key, _)| is_signature(key)))
}

fn is_signature(key: &str) -> bool {
    key == "extra_content"
}

fn write_part(items: &mut Array<'_>, part: &Part) {
    match part {
        Part::Other(sealed) => items.item().extend_from_slice(sealed.as_json().as_bytes()),
        Part::Text { text, extra } => items.object(|fields| {
            fields.text("type", "text");
            fields.text("text", text);
            fields.extra(extra);
        }),
        Part::Image { media, detail, extra } => items.object(|fields| {
            write_media(fields, "image_url", media, detail.as_deref(), extra);
        }),
        Part::Video { media, extra } => {
            items.object(|fields| write_media(fields, "video_url", media, None, extra));
        }
        Part::Audio { data, format, extra } => items.object(|fields| {
            fields.text("type", "input_audio");
            fields.object("input_audio", |audio| {
                audio.text("data", data);
                audio.text("format", format);
                write_nested(audio, "input_audio", extra);
            });
            write_others(fields, "input_audio", extra);
        }),
        Part::File { file, extra } => items.object(|fields| {
            fields.text("type", "file");
            fields.sealed("file", file);
            fields.extra(extra);
        }),
        Part::Refusal(text) => items.object(|fields| {
            fields.text("type", "refusal");
            fields.text("refusal", text);
        }),
    }
}

fn write_media(
    fields: &mut Object<'_>,
    kind: &str,
    media: &Media,
    detail: Option<&str>,
    extra: &Extra,
) {
    fields.text("type", kind);
    fields.object(kind, |inner| {
        inner.text("url", media.url());
        if let Some(detail) = detail {
            inner.text("detail", detail);
        }
        write_nested(inner, kind, extra);
    });
    write_others(fields, kind, extra);
}

/// Puts the unknown fields of an inner object, which were kept under its name, back inside.
fn write_nested(inner: &mut Object<'_>, name: &str, extra: &Extra) {
    for (_, nested) in extra.iter().filter(|(key, _)| &**key == name) {
        let _ = Cursor::lenient(nested.as_json()).object(|cursor, key| {
            inner.json(&key, cursor.value()?);
            Ok::<(), wire::Broken>(())
        });
    }
}

fn write_others(fields: &mut Object<'_>, name: &str, extra: &Extra) {
    for (key, value) in extra.iter().filter(|(key, _)| &**key != name) {
        fields.sealed(key, value);
    }
}

fn write_call(fields: &mut Object<'_>, call: &ToolCall, quirks: Quirks) {
    if !call.id.is_empty() {
        fields.text("id", &call.id);
    }
    let of_other_kind = call.extra.iter().any(|(key, _)| &**key == "type");
    if !of_other_kind {
        fields.text("type", "function");
        fields.object("function", |function| {
            function.text("name", &call.name);
            function.text("arguments", &call.arguments);
            write_nested(function, "function", &call.extra);
        });
    }
    for (key, value) in &call.extra {
        let signature = is_signature(key) && !quirks.contains(Quirk::GoogleThoughtSignature);
        if &**key != "function" && !signature {
            fields.sealed(key, value);
        }
    }
}
