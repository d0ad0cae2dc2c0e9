//! `system` and `messages`: the turns of a conversation.
//!
//! A user's turn holds the answers of tools beside the person's own words. In the middle each answer is a turn
//! of its own, before those words.

use potluck_core::request::{Content, Message, Part, Role};

use super::assistant;
use super::block::{self, Block};
use crate::wire::{Cursor, Kind};
use crate::wrong::Wrong;

/// `system`: the instructions, as the first turn. `None` where they say nothing.
pub(super) fn read_system(
    cursor: &mut Cursor<'_>,
    dropped: &mut Vec<String>,
) -> Result<Option<Message>, Wrong> {
    let content = block::read_content(cursor, dropped)?;
    let says_nothing = matches!(&content, Content::Text(text) if text.is_empty());
    Ok((!says_nothing).then(|| Message::new(Role::System, content)))
}

/// `messages`
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    dropped: &mut Vec<String>,
) -> Result<Vec<Message>, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array", found));
    }
    let mut messages = Vec::new();
    cursor.array(|cursor, index| {
        read_turn(cursor, &mut messages, dropped).map_err(|wrong| wrong.at(index))
    })?;
    Ok(messages)
}

fn read_turn(
    cursor: &mut Cursor<'_>,
    messages: &mut Vec<Message>,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let (mut role, mut later, mut has_content) = (None, None, false);
    cursor.object(|cursor, key| {
        match &*key {
            "role" if role.is_none() => {
                role = Some(read_role(cursor).map_err(|wrong| wrong.inside("role"))?);
            }
            "content" if !has_content => {
                has_content = true;
                match role {
                    Some(role) => read_content(role, cursor, messages, dropped)
                        .map_err(|wrong| wrong.inside("content"))?,
                    // Whose words they are is told after them.
                    None => {
                        later = Some(cursor.clone());
                        cursor.value()?;
                    }
                }
            }
            "role" | "content" => return Err(Wrong::twice(&key)),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let role = role.ok_or_else(|| Wrong::missing("role"))?;
    match later {
        Some(mut place) => read_content(role, &mut place, messages, dropped)
            .map_err(|wrong| wrong.inside("content")),
        None if has_content => Ok(()),
        None => Err(Wrong::missing("content")),
    }
}

fn read_role(cursor: &mut Cursor<'_>) -> Result<Role, Wrong> {
    match cursor.kind()? {
        Kind::Text => match &*cursor.text()? {
            "user" => Ok(Role::User),
            "assistant" => Ok(Role::Assistant),
            // Agents put instructions between the turns as well.
            "system" => Ok(Role::System),
            _ => Err(Wrong::value("must be \"user\", \"assistant\" or \"system\"")),
        },
        other => Err(Wrong::kind("a string", other)),
    }
}

fn read_content(
    role: Role,
    cursor: &mut Cursor<'_>,
    messages: &mut Vec<Message>,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    match (role, cursor.kind()?) {
        (Role::Assistant, _) => messages.push(assistant::read(cursor, dropped)?),
        (Role::User, Kind::Array) => read_user(cursor, messages, dropped)?,
        (Role::System, Kind::Array) => messages.extend(read_instructions(cursor, dropped)?),
        _ => messages.push(Message::new(role, block::read_content(cursor, dropped)?)),
    }
    Ok(())
}

fn read_user(
    cursor: &mut Cursor<'_>,
    messages: &mut Vec<Message>,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    let (mut parts, before) = (Vec::new(), messages.len());
    block::each(cursor, |block| {
        if block.kind == "tool_result" {
            messages.push(read_result(&block, dropped)?);
            return Ok(());
        }
        block.read_parts(&mut parts, dropped)
    })?;
    if !parts.is_empty() || messages.len() == before {
        messages.push(Message::new(Role::User, block::content(parts)));
    }
    Ok(())
}

/// Instructions between the turns; what they tell Anthropic's service of its tools says nothing to a model.
fn read_instructions(
    cursor: &mut Cursor<'_>,
    dropped: &mut Vec<String>,
) -> Result<Option<Message>, Wrong> {
    let mut parts: Vec<Part> = Vec::new();
    block::each(cursor, |block| {
        if block.kind == "text" {
            return block.read_parts(&mut parts, dropped);
        }
        dropped.push(format!("messages.content.{}", block.kind));
        Ok(())
    })?;
    Ok((!parts.is_empty()).then(|| Message::new(Role::System, block::content(parts))))
}

fn read_result(block: &Block<'_>, dropped: &mut Vec<String>) -> Result<Message, Wrong> {
    let content = match block.place("content") {
        Some(mut place) => {
            block::read_content(&mut place, dropped).map_err(|wrong| wrong.inside("content"))?
        }
        None => Content::Text(String::new()),
    };
    Ok(Message {
        tool_call_id: Some(block.required_text("tool_use_id")?),
        extra: block.marked(&["is_error", "cache_control"]),
        ..Message::new(Role::Tool, content)
    })
}
