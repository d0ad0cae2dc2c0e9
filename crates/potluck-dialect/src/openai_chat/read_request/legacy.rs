//! Functions, the form that tools had before: read into tools, so that no other room meets them.

use potluck_core::request::{Message, Role, Tool, ToolCall, ToolChoice};
use potluck_core::sealed::Extra;

use super::tool;
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// What the ids begin with that calls get which had none. Nothing else makes such ids.
const INVENTED: &str = "call_legacy_";

/// `functions`
pub(super) fn read_functions(cursor: &mut Cursor<'_>) -> Result<Vec<Tool>, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array", found));
    }
    let mut tools = Vec::new();
    cursor.array(|cursor, index| {
        tools.push(tool::read_function(cursor, Extra::new()).map_err(|wrong| wrong.at(index))?);
        Ok::<(), Wrong>(())
    })?;
    Ok(tools)
}

/// `function_call` at the top: `auto`, `none` or `{name}`.
pub(super) fn read_choice(cursor: &mut Cursor<'_>) -> Result<ToolChoice, Wrong> {
    if cursor.kind()? != Kind::Object {
        return tool::read_choice(cursor);
    }
    let mut name = None;
    cursor.object(|cursor, key| {
        if key == "name" {
            name = Some(wrong::text(cursor).map_err(|wrong| wrong.inside("name"))?);
        } else {
            cursor.value()?;
        }
        Ok::<(), Wrong>(())
    })?;
    name.map(ToolChoice::Function).ok_or_else(|| Wrong::missing("name"))
}

/// `function_call` in an assistant's turn; its id is given by [`join_calls`].
pub(super) fn read_call(cursor: &mut Cursor<'_>) -> Result<ToolCall, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let mut call = ToolCall {
        id: INVENTED.to_owned(),
        name: String::new(),
        arguments: String::new(),
        extra: Extra::new(),
    };
    // That the call was reshaped is known already.
    tool::read_called(cursor, &mut call, &mut true)?;
    Ok(call)
}

/// Numbers the calls without ids, and makes each function's answer that follows one a tool's answer to it.
pub(super) fn join_calls(messages: &mut [Message]) {
    let mut open: Option<(String, String)> = None;
    let mut calls = 0;
    for message in messages {
        for call in message.tool_calls.iter_mut().filter(|call| call.id == INVENTED) {
            call.id = format!("{INVENTED}{calls}");
            calls += 1;
            open = Some((call.name.clone(), call.id.clone()));
        }
        if message.role == Role::Function
            && let Some((name, id)) = open.take_if(|(name, _)| message.name.as_ref() == Some(name))
        {
            message.role = Role::Tool;
            message.name = Some(name);
            message.tool_call_id = Some(id);
        }
    }
}
