//! `tools` and `tool_choice`.

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, Tool, ToolChoice};
use potluck_core::sealed::Extra;

use crate::anthropic::mark;
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// `tools`
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Vec<Tool>, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array", found));
    }
    let mut tools = Vec::new();
    cursor.array(|cursor, index| {
        tools.push(read_tool(cursor).map_err(|wrong| wrong.at(index))?);
        Ok::<(), Wrong>(())
    })?;
    Ok(tools)
}

#[derive(Default)]
struct Draft {
    kind: Option<String>,
    name: Option<String>,
    description: Option<String>,
    schema: Option<Sealed>,
    strict: Option<bool>,
    extra: Extra,
}

fn read_tool(cursor: &mut Cursor<'_>) -> Result<Tool, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let mut draft = Draft::default();
    cursor.object(|cursor, key| draft.take(&key, cursor).map_err(|wrong| wrong.inside(&key)))?;
    if let Some(kind) = draft.kind.filter(|kind| kind != "custom") {
        return Err(not_free(&kind).inside("type"));
    }
    match draft.name {
        Some(name) if !name.is_empty() => Ok(Tool::Function {
            name,
            description: draft.description,
            parameters: draft.schema,
            strict: draft.strict,
            function_extra: Extra::new(),
            extra: draft.extra,
        }),
        Some(_) => Err(Wrong::value("must not be empty").inside("name")),
        None => Err(Wrong::missing("name")),
    }
}

impl Draft {
    fn take(&mut self, key: &str, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        match (key, cursor.kind()?) {
            (_, Kind::Null) => cursor.null()?,
            ("type", _) => self.kind = Some(wrong::text(cursor)?),
            ("name", _) => self.name = Some(wrong::text(cursor)?),
            ("description", _) => self.description = Some(wrong::text(cursor)?),
            ("strict", _) => self.strict = Some(wrong::boolean(cursor)?),
            ("input_schema", Kind::Object) => {
                self.schema = Some(Sealed::from_json(cursor.value()?));
            }
            ("input_schema", other) => return Err(Wrong::kind("an object", other)),
            _ => mark::keep(&mut self.extra, key, cursor.value()?),
        }
        Ok(())
    }
}

fn not_free(kind: &str) -> Wrong {
    Wrong::value(format!(
        "is {kind:?}, a tool that only Anthropic's own models and service know: no free model has it. \
         Leave it out, or describe a tool of your own with `name` and `input_schema`"
    ))
}

/// `tool_choice`, and in it whether several tools may be called at once.
pub(super) fn read_choice(cursor: &mut Cursor<'_>, request: &mut ChatRequest) -> Result<(), Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let (mut kind, mut name) = (None, None);
    cursor.object(|cursor, key| {
        let read = match (&*key, cursor.kind()?) {
            ("type", _) => wrong::text(cursor).map(|text| kind = Some(text)),
            ("name", Kind::Text) => wrong::text(cursor).map(|text| name = Some(text)),
            ("disable_parallel_tool_use", Kind::Bool) => {
                wrong::boolean(cursor).map(|not| request.parallel_tool_calls = Some(!not))
            }
            _ => return cursor.value().map(drop).map_err(Wrong::from),
        };
        read.map_err(|wrong| wrong.inside(&key))
    })?;
    request.tool_choice = Some(match (kind.as_deref(), name) {
        (Some("auto"), _) => ToolChoice::Auto,
        (Some("any"), _) => ToolChoice::Required,
        (Some("none"), _) => ToolChoice::None,
        (Some("tool"), Some(name)) => ToolChoice::Function(name),
        (Some("tool"), None) => return Err(Wrong::missing("name")),
        (Some(_), _) => {
            return Err(
                Wrong::value("must be \"auto\", \"any\", \"tool\" or \"none\"").inside("type")
            );
        }
        (None, _) => return Err(Wrong::missing("type")),
    });
    Ok(())
}
