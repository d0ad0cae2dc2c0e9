//! `tools`, `tool_choice` and the calls that an assistant made.

use potluck_core::Sealed;
use potluck_core::request::{Tool, ToolCall, ToolChoice};
use potluck_core::sealed::Extra;

use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// `tools`
pub(crate) fn read(cursor: &mut Cursor<'_>, reshaped: &mut bool) -> Result<Vec<Tool>, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array", found));
    }
    let mut tools = Vec::new();
    cursor.array(|cursor, index| {
        tools.push(read_tool(cursor, reshaped).map_err(|wrong| wrong.at(index))?);
        Ok::<(), Wrong>(())
    })?;
    Ok(tools)
}

fn read_tool(cursor: &mut Cursor<'_>, reshaped: &mut bool) -> Result<Tool, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let mut inner = cursor.clone();
    let whole = cursor.value()?;
    let (mut kind, mut function, mut extra) = (None, None, Extra::new());
    inner.object(|inner, key| {
        match &*key {
            "type" if kind.is_none() => {
                kind = Some(wrong::text(inner).map_err(|wrong| wrong.inside("type"))?);
            }
            "function" if function.is_none() => {
                function = Some(inner.clone());
                inner.value()?;
            }
            "type" | "function" => return Err(Wrong::twice(&key)),
            _ => extra.push((key.into(), Sealed::from_json(inner.value()?))),
        }
        Ok(())
    })?;
    match (kind.as_deref(), function) {
        (Some("function") | None, Some(mut function)) => {
            *reshaped |= kind.is_none();
            read_function(&mut function, extra).map_err(|wrong| wrong.inside("function"))
        }
        (Some("function"), None) => Err(Wrong::missing("function")),
        (None, None) => Err(Wrong::missing("type")),
        (Some(kind), _) if kind.starts_with("openrouter:") => Err(Wrong::value(
            "is a tool that OpenRouter runs itself, and nothing here does; describe a function instead",
        )
        .inside("type")),
        (Some(_), _) => Ok(Tool::Other(Sealed::from_json(whole))),
    }
}

/// The description of a function.
pub(super) fn read_function(cursor: &mut Cursor<'_>, extra: Extra) -> Result<Tool, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let (mut name, mut description, mut parameters, mut strict) = (None, None, None, None);
    let mut function_extra = Extra::new();
    cursor.object(|cursor, key| {
        let kind = cursor.kind()?;
        match &*key {
            "name" if name.is_none() => {
                name = Some(wrong::text(cursor).map_err(|wrong| wrong.inside("name"))?);
            }
            "description" if description.is_none() && kind != Kind::Null => {
                let text = wrong::text(cursor).map_err(|wrong| wrong.inside("description"))?;
                description = Some(text);
            }
            "parameters" if parameters.is_none() && kind != Kind::Null => {
                if kind != Kind::Object {
                    return Err(Wrong::kind("an object", kind).inside("parameters"));
                }
                parameters = Some(Sealed::from_json(cursor.value()?));
            }
            "strict" if strict.is_none() && kind != Kind::Null => {
                strict = Some(wrong::boolean(cursor).map_err(|wrong| wrong.inside("strict"))?);
            }
            "name" | "description" | "parameters" | "strict" if kind != Kind::Null => {
                return Err(Wrong::twice(&key));
            }
            _ => function_extra.push((key.into(), Sealed::from_json(cursor.value()?))),
        }
        Ok(())
    })?;
    match name {
        Some(name) if !name.is_empty() => {
            Ok(Tool::Function { name, description, parameters, strict, function_extra, extra })
        }
        Some(_) => Err(Wrong::value("must not be empty").inside("name")),
        None => Err(Wrong::missing("name")),
    }
}

/// `tool_choice`
pub(super) fn read_choice(cursor: &mut Cursor<'_>) -> Result<ToolChoice, Wrong> {
    match cursor.kind()? {
        Kind::Text => match &*cursor.text()? {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" | "any" => Ok(ToolChoice::Required),
            _ => Err(Wrong::value(
                "must be \"auto\", \"none\", \"required\" or an object that names a function",
            )),
        },
        Kind::Object => {
            let inner = cursor.clone();
            let whole = cursor.value()?;
            let named = read_named(inner)?;
            Ok(named
                .map_or_else(|| ToolChoice::Other(Sealed::from_json(whole)), ToolChoice::Function))
        }
        other => Err(Wrong::kind("a string or an object", other)),
    }
}

/// The name in `{"type": "function", "function": {"name": ...}}`, if it is that and no more.
fn read_named(mut cursor: Cursor<'_>) -> Result<Option<String>, Wrong> {
    let (mut is_function, mut name, mut plain) = (false, None, true);
    cursor.object(|cursor, key| {
        match &*key {
            "type" => is_function = cursor.value()? == "\"function\"",
            "function" if cursor.kind()? == Kind::Object => cursor.object(|cursor, key| {
                if key == "name" {
                    name =
                        Some(wrong::text(cursor).map_err(|wrong| wrong.inside("function.name"))?);
                } else {
                    cursor.value()?;
                    plain = false;
                }
                Ok::<(), Wrong>(())
            })?,
            _ => {
                cursor.value()?;
                plain = false;
            }
        }
        Ok::<(), Wrong>(())
    })?;
    if is_function && name.is_none() {
        return Err(Wrong::missing("function.name"));
    }
    Ok(name.filter(|_| is_function && plain))
}

/// `tool_calls` of an assistant's turn.
pub(super) fn read_calls(
    cursor: &mut Cursor<'_>,
    reshaped: &mut bool,
) -> Result<Vec<ToolCall>, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array", found));
    }
    let mut calls = Vec::new();
    cursor.array(|cursor, index| {
        calls.push(read_call(cursor, reshaped).map_err(|wrong| wrong.at(index))?);
        Ok::<(), Wrong>(())
    })?;
    Ok(calls)
}

fn read_call(cursor: &mut Cursor<'_>, reshaped: &mut bool) -> Result<ToolCall, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let mut call = ToolCall {
        id: String::new(),
        name: String::new(),
        arguments: String::new(),
        extra: Extra::new(),
    };
    let (mut is_function, mut is_typed, mut has_id) = (false, false, false);
    cursor.object(|cursor, key| {
        let kind = cursor.kind()?;
        match &*key {
            "id" if kind == Kind::Text => {
                has_id = true;
                call.id = cursor.text()?.into_owned();
            }
            "function" if kind == Kind::Object && !is_function => {
                is_function = true;
                read_called(cursor, &mut call, reshaped)
                    .map_err(|wrong| wrong.inside("function"))?;
            }
            "function" => return Err(Wrong::kind("an object", kind).inside("function")),
            "type" if cursor.clone().value()? == "\"function\"" => {
                is_typed = true;
                cursor.value()?;
            }
            _ => call.extra.push((key.into(), Sealed::from_json(cursor.value()?))),
        }
        Ok(())
    })?;
    let other_kind = call.extra.iter().any(|(key, _)| &**key == "type");
    if !is_function && !other_kind {
        return Err(Wrong::missing("function"));
    }
    *reshaped |= !has_id || !(is_typed || other_kind);
    Ok(call)
}

/// `{name, arguments}`; what else stands there is kept under `function` in the call's unknown fields.
pub(super) fn read_called(
    cursor: &mut Cursor<'_>,
    call: &mut ToolCall,
    reshaped: &mut bool,
) -> Result<(), Wrong> {
    let mut unknown = Extra::new();
    let (mut has_name, mut has_arguments) = (false, false);
    cursor.object(|cursor, key| {
        let kind = cursor.kind()?;
        match &*key {
            "name" => {
                has_name = true;
                call.name = wrong::text(cursor).map_err(|wrong| wrong.inside("name"))?;
            }
            "arguments" if kind == Kind::Text => {
                has_arguments = true;
                call.arguments = cursor.text()?.into_owned();
            }
            // Some clients echo what Ollama gave them: an object in place of its text.
            "arguments" if kind == Kind::Object => cursor.value()?.clone_into(&mut call.arguments),
            "arguments" if kind != Kind::Null => {
                return Err(Wrong::kind("a string", kind).inside("arguments"));
            }
            "arguments" => cursor.null()?,
            _ => unknown.push((key.into(), Sealed::from_json(cursor.value()?))),
        }
        Ok(())
    })?;
    *reshaped |= !(has_name && has_arguments);
    call.extra.extend(super::part::nested("function", &unknown));
    Ok(())
}
