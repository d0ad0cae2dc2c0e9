//! `messages`: the turns of a conversation.

use potluck_core::Sealed;
use potluck_core::request::{Content, Message, Role};

use super::{legacy, part, tool};
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// Reads the array.
pub(super) fn read(cursor: &mut Cursor<'_>, reshaped: &mut bool) -> Result<Vec<Message>, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array", found));
    }
    let mut messages = Vec::new();
    cursor.array(|cursor, index| {
        messages.push(read_message(cursor, reshaped).map_err(|wrong| wrong.at(index))?);
        Ok::<(), Wrong>(())
    })?;
    Ok(messages)
}

fn read_message(cursor: &mut Cursor<'_>, reshaped: &mut bool) -> Result<Message, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let mut role = None;
    let mut message = Message::new(Role::User, Content::Absent);
    cursor.object(|cursor, key| {
        if key == "role" {
            if role.is_some() {
                return Err(Wrong::twice("role"));
            }
            role = Some(read_role(cursor).map_err(|wrong| wrong.inside("role"))?);
            return Ok(());
        }
        read_field(cursor, &key, &mut message, reshaped).map_err(|wrong| wrong.inside(&key))
    })?;
    message.role = role.ok_or_else(|| Wrong::missing("role"))?;
    check_content(&message)?;
    Ok(message)
}

fn read_role(cursor: &mut Cursor<'_>) -> Result<Role, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Text {
        return Err(Wrong::kind("a string", found));
    }
    match &*cursor.text()? {
        "system" => Ok(Role::System),
        "developer" => Ok(Role::Developer),
        "user" => Ok(Role::User),
        "assistant" => Ok(Role::Assistant),
        "tool" => Ok(Role::Tool),
        "function" => Ok(Role::Function),
        _ => Err(Wrong::value(
            "must be one of \"system\", \"developer\", \"user\", \"assistant\", \"tool\" and \"function\"",
        )),
    }
}

/// A null, and an empty list of calls, say nothing; they are kept as they came among the unknown fields.
fn read_field(
    cursor: &mut Cursor<'_>,
    key: &str,
    message: &mut Message,
    reshaped: &mut bool,
) -> Result<(), Wrong> {
    let kind = cursor.kind()?;
    match key {
        "content" => {
            if message.content != Content::Absent {
                return Err(Wrong::value("stands twice in the same object"));
            }
            message.content = read_content(cursor, kind, reshaped)?;
        }
        _ if kind == Kind::Null => keep(cursor, key, message)?,
        "name" => put(&mut message.name, wrong::text(cursor)?)?,
        "tool_call_id" => put(&mut message.tool_call_id, wrong::text(cursor)?)?,
        "refusal" => put(&mut message.refusal, wrong::text(cursor)?)?,
        "tool_calls" => {
            let start = cursor.clone();
            let calls = tool::read_calls(cursor, reshaped)?;
            if calls.is_empty() {
                keep(&mut start.clone(), key, message)?;
            }
            message.tool_calls.extend(calls);
        }
        "function_call" => {
            *reshaped = true;
            message.tool_calls.push(legacy::read_call(cursor)?);
        }
        "reasoning" if kind == Kind::Text => message.reasoning = Some(cursor.text()?.into_owned()),
        "reasoning_content" if kind == Kind::Text => {
            let text = cursor.text()?;
            message.reasoning.get_or_insert_with(|| text.into_owned());
        }
        "reasoning_details" => {
            message.reasoning_details = Some(Sealed::from_json(cursor.value()?));
        }
        _ => keep(cursor, key, message)?,
    }
    Ok(())
}

fn keep(cursor: &mut Cursor<'_>, key: &str, message: &mut Message) -> Result<(), Wrong> {
    message.extra.push((key.into(), Sealed::from_json(cursor.value()?)));
    Ok(())
}

fn put(slot: &mut Option<String>, text: String) -> Result<(), Wrong> {
    if slot.replace(text).is_some() {
        return Err(Wrong::value("stands twice in the same object"));
    }
    Ok(())
}

fn read_content(
    cursor: &mut Cursor<'_>,
    kind: Kind,
    reshaped: &mut bool,
) -> Result<Content, Wrong> {
    match kind {
        Kind::Text => Ok(Content::Text(cursor.text()?.into_owned())),
        Kind::Null => {
            cursor.null()?;
            Ok(Content::Null)
        }
        Kind::Array => {
            let mut parts = Vec::new();
            cursor.array(|cursor, index| {
                parts.push(part::read(cursor, reshaped).map_err(|wrong| wrong.at(index))?);
                Ok::<(), Wrong>(())
            })?;
            Ok(Content::Parts(parts))
        }
        other => Err(Wrong::kind("a string or an array of parts", other)),
    }
}

/// Only an assistant may say nothing: it may call tools instead.
fn check_content(message: &Message) -> Result<(), Wrong> {
    match (message.role, &message.content) {
        (Role::System | Role::Developer | Role::User, Content::Absent) => {
            Err(Wrong::missing("content"))
        }
        (Role::System | Role::Developer | Role::User, Content::Null) => {
            Err(Wrong::kind("a string or an array of parts", Kind::Null).inside("content"))
        }
        _ => Ok(()),
    }
}
