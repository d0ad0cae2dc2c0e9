//! `input`: a text, or the items of a conversation so far.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::request::{Content, Message, Role, ToolCall};
use potluck_core::sealed::Extra;

use super::content;
use super::turns::Turns;
use crate::fields::Fields;
use crate::openai_responses::item::INPUT;
use crate::openai_responses::names::Names;
use crate::wire::{self, Cursor, Kind};
use crate::wrong::{self, Wrong};

/// What tools of OpenAI's own left behind in earlier turns. No model here knows them; the words that came of them
/// stand in messages.
const LEFT_BEHIND: [&str; 12] = [
    "code_interpreter_call",
    "compaction",
    "file_search_call",
    "image_generation_call",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "program",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
];

/// Reads the conversation; what cannot cross is named in `dropped`.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    names: &Names,
    dropped: &mut Vec<String>,
) -> Result<Vec<Message>, Wrong> {
    let mut turns = Turns::default();
    match cursor.kind()? {
        Kind::Text => turns.say(Role::User, Content::Text(wrong::text(cursor)?)),
        Kind::Array => cursor.array(|cursor, index| {
            let item = Fields::read(cursor);
            let read = item.and_then(|fields| read_item(&fields, &mut turns, names, dropped));
            read.map_err(|wrong| wrong.at(index))
        })?,
        other => return Err(Wrong::kind("a string or an array of items", other)),
    }
    let messages = turns.finish();
    if turns.lost_thoughts {
        dropped.push("input.reasoning".to_owned());
    }
    if messages.is_empty() {
        return Err(Wrong::value("must hold something to answer"));
    }
    Ok(messages)
}

fn read_item(
    fields: &Fields<'_>,
    turns: &mut Turns,
    names: &Names,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    let kind = fields.text("type")?.unwrap_or_else(|| "message".to_owned());
    match kind.as_str() {
        "message" => read_message(fields, turns),
        "reasoning" => read_reasoning(fields, turns),
        "function_call" => read_call(fields, turns, names, false),
        "custom_tool_call" => read_call(fields, turns, names, true),
        "function_call_output" | "custom_tool_call_output" => {
            let mut output = fields.need("output")?;
            let output = content::read(&mut output).map_err(|wrong| wrong.inside("output"))?;
            turns.answer(fields.need_text("call_id")?, output);
            Ok(())
        }
        "item_reference" => Err(Wrong::value(
            "refers to an item of an earlier answer, and potluck keeps none: send the item itself (clients do when `store` is false)",
        )),
        _ if LEFT_BEHIND.contains(&kind.as_str()) => {
            dropped.push(format!("input.{kind}"));
            Ok(())
        }
        _ => Err(Wrong::value(format!("is {kind:?}, which no model of the pool can be told of"))
            .inside("type")),
    }
}

fn read_message(fields: &Fields<'_>, turns: &mut Turns) -> Result<(), Wrong> {
    let role = fields.need_text("role")?;
    let mut place = fields.need("content")?;
    let content = content::read(&mut place).map_err(|wrong| wrong.inside("content"))?;
    match role.as_str() {
        "user" => turns.say(Role::User, content),
        "system" => turns.say(Role::System, content),
        "developer" => turns.say(Role::Developer, content),
        "assistant" => turns.reply(content),
        _ => {
            return Err(Wrong::value(
                "must be one of \"user\", \"assistant\", \"system\" and \"developer\"",
            )
            .inside("role"));
        }
    }
    Ok(())
}

/// Thoughts in words, and in the form in which they travel back to whoever made them.
fn read_reasoning(fields: &Fields<'_>, turns: &mut Turns) -> Result<(), Wrong> {
    let mut words = read_words(fields, "content")?;
    if words.is_empty() {
        words = read_words(fields, "summary")?;
    }
    let sealed = fields.text("encrypted_content")?.filter(|sealed| !sealed.is_empty());
    let typed = match sealed {
        Some(sealed) => Some(typed(&sealed, fields.text("id")?.as_deref())),
        None => None,
    };
    turns.think(&words.join("\n\n"), typed.as_ref());
    Ok(())
}

fn read_words(fields: &Fields<'_>, name: &str) -> Result<Vec<String>, Wrong> {
    let Some(mut list) = fields.get(name)? else { return Ok(Vec::new()) };
    let mut words = Vec::new();
    let read: Result<(), Wrong> = list.array(|part, index| {
        let part = Fields::read(part).and_then(|part| part.need_text("text"));
        words.push(part.map_err(|wrong| wrong.at(index))?);
        Ok(())
    });
    read.map_err(|wrong| wrong.inside(name))?;
    Ok(words)
}

/// What potluck gave out is a list of typed items already. What came from elsewhere is one such item, in the
/// form in which routers pass it on.
fn typed(sealed: &str, id: Option<&str>) -> Sealed {
    let mut cursor = Cursor::lenient(sealed);
    if sealed.starts_with('[') && cursor.value().and_then(|_| cursor.end()).is_ok() {
        return Sealed::from_json(sealed);
    }
    let mut json = Vec::new();
    wire::array(&mut json, |items| {
        items.object(|item| {
            item.text("type", "reasoning.encrypted");
            item.text("data", sealed);
            if let Some(id) = id {
                item.text("id", id);
            }
            item.text("format", "openai-responses-v1");
            item.integer("index", 0);
        });
    });
    Sealed::from_json(wire::unlossy(&json))
}

/// A call is told to the model by the name under which it knows the tool; free text stands inside its one field.
fn read_call(
    fields: &Fields<'_>,
    turns: &mut Turns,
    names: &Names,
    custom: bool,
) -> Result<(), Wrong> {
    let namespace = fields.text("namespace")?;
    let name = names.told(namespace.as_deref(), &fields.need_text("name")?);
    let arguments = if custom {
        wrapped(&fields.need_text("input")?)
    } else {
        read_arguments(fields)?.into_owned()
    };
    let signature = fields.json("extra_content")?;
    let extra: Extra = signature
        .map(|json| ("extra_content".into(), Sealed::from_json(json)))
        .into_iter()
        .collect();
    turns.call(ToolCall { id: fields.need_text("call_id")?, name, arguments, extra });
    Ok(())
}

/// Some clients send the object in place of its text.
fn read_arguments<'a>(fields: &Fields<'a>) -> Result<Cow<'a, str>, Wrong> {
    let mut place = fields.need("arguments")?;
    match place.kind()? {
        Kind::Object => Ok(Cow::Borrowed(place.value()?)),
        _ => wrong::text(&mut place).map(Cow::Owned).map_err(|wrong| wrong.inside("arguments")),
    }
}

fn wrapped(input: &str) -> String {
    let mut json = Vec::new();
    wire::object(&mut json, |arguments| arguments.text(INPUT, input));
    wire::unlossy(&json).into_owned()
}
