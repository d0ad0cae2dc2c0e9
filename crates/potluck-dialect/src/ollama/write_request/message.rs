//! The conversation, written.
//!
//! Content is always one text, pictures are bare base64 beside it, arguments are objects, and a tool's answer names
//! the tool. Ids are sent where there are any: newer servers match answers by them, older ones leave them unread.

use std::borrow::Cow;
use std::collections::HashMap;

use potluck_core::request::{Content, Message, Part, Role, ToolCall};

use crate::thoughts::Taker;
use crate::wire::{self, Cursor, Kind, Object};

/// Writes `messages`, and names what they lose.
pub(super) fn write(body: &mut Object<'_>, messages: &[Message], dropped: &mut Vec<String>) {
    let called: HashMap<&str, &str> = messages
        .iter()
        .flat_map(|message| &message.tool_calls)
        .map(|call| (call.id.as_str(), call.name.as_str()))
        .collect();
    let mut lost = Lost::default();
    body.array("messages", |items| {
        for message in messages {
            items.object(|fields| write_message(fields, message, &called, &mut lost));
        }
    });
    lost.name(dropped);
}

/// Models are meant to see the thoughts that led to a call.
const TAKER: Taker = Taker { plain: true, typed: false, maker: None };

#[derive(Default)]
struct Lost {
    name: bool,
    part: bool,
}

impl Lost {
    fn name(&self, dropped: &mut Vec<String>) {
        let names = [(self.name, "messages.name"), (self.part, "messages.content")];
        dropped.extend(names.iter().filter(|(is, _)| *is).map(|(_, name)| (*name).to_owned()));
    }
}

/// Whether it is what a tool said.
pub(super) const fn is_answer(message: &Message) -> bool {
    matches!(message.role, Role::Tool | Role::Function)
}

fn write_message(
    fields: &mut Object<'_>,
    message: &Message,
    called: &HashMap<&str, &str>,
    lost: &mut Lost,
) {
    let is_answer = is_answer(message);
    fields.text("role", role_word(message.role));
    fields.text("content", &text_of(message));
    write_images(fields, &message.content, lost);
    if let Some(thoughts) = TAKER.plain(message) {
        fields.text("thinking", thoughts);
    }
    if !message.tool_calls.is_empty() {
        fields.array("tool_calls", |items| {
            for call in &message.tool_calls {
                items.object(|fields| write_call(fields, call));
            }
        });
    }
    let id = message.tool_call_id.as_deref().filter(|id| !id.is_empty());
    if is_answer {
        let name = id.and_then(|id| called.get(id).copied()).or(message.name.as_deref());
        if let Some(name) = name {
            fields.text("tool_name", name);
        }
        if let Some(id) = id {
            fields.text("tool_call_id", id);
        }
    } else {
        lost.name |= message.name.is_some();
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

/// All words of a turn; a refusal is what was said.
fn text_of(message: &Message) -> Cow<'_, str> {
    match &message.content {
        Content::Text(text) => Cow::Borrowed(text),
        Content::Absent | Content::Null => {
            Cow::Borrowed(message.refusal.as_deref().unwrap_or_default())
        }
        Content::Parts(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(part_text).collect();
            match texts[..] {
                [text] => Cow::Borrowed(text),
                _ => Cow::Owned(texts.join("\n")),
            }
        }
    }
}

const fn part_text(part: &Part) -> Option<&str> {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) => Some(text.as_str()),
        _ => None,
    }
}

fn write_images(fields: &mut Object<'_>, content: &Content, lost: &mut Lost) {
    let Content::Parts(parts) = content else { return };
    let mut images = Vec::new();
    for part in parts {
        match part {
            Part::Text { .. } | Part::Refusal(_) => {}
            Part::Image { media, .. } => match media.base64() {
                Some((_, data)) => images.push(data),
                None => lost.part = true,
            },
            Part::Audio { .. } | Part::Video { .. } | Part::File { .. } | Part::Other(_) => {
                lost.part = true;
            }
        }
    }
    if !images.is_empty() {
        fields.array("images", |items| {
            for data in images {
                wire::text(items.item(), data);
            }
        });
    }
}

fn write_call(fields: &mut Object<'_>, call: &ToolCall) {
    if !call.id.is_empty() {
        fields.text("id", &call.id);
    }
    fields.text("type", "function");
    fields.object("function", |function| {
        function.text("name", &call.name);
        let arguments = call.arguments.trim();
        if is_object(arguments) {
            function.json("arguments", arguments);
        } else if arguments.is_empty() {
            function.json("arguments", "{}");
        } else {
            // A model wrote no object, or the tool takes free text: nothing of it is lost.
            function.object("arguments", |fields| fields.text("input", &call.arguments));
        }
    });
}

fn is_object(text: &str) -> bool {
    let mut cursor = Cursor::strict(text);
    cursor.kind() == Ok(Kind::Object) && cursor.value().and_then(|_| cursor.end()).is_ok()
}
