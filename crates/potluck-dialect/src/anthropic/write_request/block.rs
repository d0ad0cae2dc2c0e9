//! What is said in a turn, as typed blocks.

use potluck_core::request::{Content, Media, Message, Part, ToolCall};
use potluck_core::sealed::Extra;

use crate::anthropic::mark;
use crate::anthropic::thought;
use crate::anthropic::write_response::{object, write_thought};
use crate::wire::{Array, Broken, Cursor, Kind, Object};

/// Writes a person's words and what they show.
pub(super) fn write_said(blocks: &mut Array<'_>, message: &Message, dropped: &mut Vec<String>) {
    match &message.content {
        Content::Absent | Content::Null => {}
        Content::Text(text) => write_text(blocks, text, &Extra::new()),
        Content::Parts(parts) => {
            for part in parts {
                write_part(blocks, part, dropped);
            }
        }
    }
}

/// Writes the words of content and leaves out all else.
pub(super) fn write_words(blocks: &mut Array<'_>, content: &Content) {
    match content {
        Content::Text(text) => write_text(blocks, text, &Extra::new()),
        Content::Parts(parts) => {
            for part in parts {
                if let Part::Text { text, extra } = part {
                    write_text(blocks, text, extra);
                }
            }
        }
        Content::Absent | Content::Null => {}
    }
}

/// Writes what the assistant thought, said and called.
pub(super) fn write_assistant(
    blocks: &mut Array<'_>,
    message: &Message,
    dropped: &mut Vec<String>,
) {
    let thoughts = message.reasoning_details.as_ref().map(thought::open).unwrap_or_default();
    for thought in thoughts.iter().filter(|thought| thought.is_signed()) {
        blocks.object(|fields| write_thought(fields, thought));
    }
    write_said(blocks, message, dropped);
    if let Some(refusal) = &message.refusal {
        write_text(blocks, refusal, &Extra::new());
    }
    for call in &message.tool_calls {
        blocks.object(|fields| write_call(fields, call));
    }
}

/// Writes the answer of a tool.
pub(super) fn write_result(blocks: &mut Array<'_>, message: &Message, dropped: &mut Vec<String>) {
    blocks.object(|fields| {
        fields.text("type", "tool_result");
        fields.text("tool_use_id", message.tool_call_id.as_deref().unwrap_or_default());
        match &message.content {
            Content::Text(text) => fields.text("content", text),
            Content::Parts(_) => {
                fields.array("content", |blocks| write_said(blocks, message, dropped));
            }
            Content::Absent | Content::Null => {}
        }
        mark::write(fields, &message.extra);
    });
}

fn write_call(fields: &mut Object<'_>, call: &ToolCall) {
    fields.text("type", "tool_use");
    fields.text("id", &call.id);
    fields.text("name", &call.name);
    match object(&call.arguments) {
        Some(json) => fields.json("input", json),
        None if call.arguments.trim().is_empty() => fields.object("input", |_| {}),
        // What a model once wrote and is no object: kept, where only an object may stand.
        None => fields.object("input", |input| input.text("arguments", &call.arguments)),
    }
    mark::write(fields, &call.extra);
}

/// Blocks without words are refused, and say nothing.
fn write_text(blocks: &mut Array<'_>, text: &str, extra: &Extra) {
    if text.trim().is_empty() {
        return;
    }
    blocks.object(|fields| {
        fields.text("type", "text");
        fields.text("text", text);
        write_extra(fields, extra);
    });
}

fn write_part(blocks: &mut Array<'_>, part: &Part, dropped: &mut Vec<String>) {
    let kind = match part {
        Part::Text { text, extra } => return write_text(blocks, text, extra),
        Part::Refusal(text) => return write_text(blocks, text, &Extra::new()),
        Part::Image { media, extra, .. } if is_readable(media) => {
            return blocks.object(|fields| {
                fields.text("type", "image");
                fields.object("source", |source| write_source(source, media));
                write_extra(fields, extra);
            });
        }
        Part::File { file, extra } => match described(file.as_json()) {
            Some((media, name)) => {
                return blocks.object(|fields| {
                    fields.text("type", "document");
                    if let Some(name) = &name {
                        fields.text("title", name);
                    }
                    fields.object("source", |source| write_source(source, &media));
                    write_extra(fields, extra);
                });
            }
            None => "file",
        },
        Part::Image { .. } => "image_url",
        Part::Audio { .. } => "input_audio",
        Part::Video { .. } => "video_url",
        Part::Other(_) => "other",
    };
    dropped.push(format!("messages.content.{kind}"));
}

/// Fields of this dialect's own, also where a client of another wrote them.
fn write_extra(fields: &mut Object<'_>, extra: &Extra) {
    mark::write(fields, extra);
    for (key, value) in extra.iter().filter(|(key, _)| &**key == "cache_control") {
        fields.sealed(key, value);
    }
}

fn is_readable(media: &Media) -> bool {
    matches!(media, Media::Remote(_)) || media.base64().is_some()
}

fn write_source(source: &mut Object<'_>, media: &Media) {
    match media.base64() {
        Some((kind, data)) => {
            source.text("type", "base64");
            source.text("media_type", kind);
            source.text("data", data);
        }
        None => {
            source.text("type", "url");
            source.text("url", media.url());
        }
    }
}

/// Where a file is and what it is called, if this dialect can be given it: PDF, or by its address.
fn described(file: &str) -> Option<(Media, Option<String>)> {
    let (mut data, mut name) = (None, None);
    let walked: Result<(), Broken> = Cursor::lenient(file).object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("file_data", Kind::Text) => data = Some(cursor.text()?.into_owned()),
            ("filename", Kind::Text) => name = Some(cursor.text()?.into_owned()),
            _ => return cursor.value().map(drop),
        }
        Ok(())
    });
    walked.ok()?;
    let media = Media::from_url(data?);
    let is_taken = match &media {
        Media::Remote(_) => true,
        Media::Inline(_) => media.base64().is_some_and(|(kind, _)| kind == "application/pdf"),
    };
    is_taken.then_some((media, name))
}
