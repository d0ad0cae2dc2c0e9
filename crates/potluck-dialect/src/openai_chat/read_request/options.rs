//! Fields of a request whose value has a shape of its own.

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, Format, Reasoning, Stop};

use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// `max_tokens`; -1 is how several local servers' clients say "no limit", and means not said.
pub(super) fn read_limit(cursor: &mut Cursor<'_>) -> Result<Option<u32>, Wrong> {
    let number = wrong::whole(cursor, -1, i64::from(u32::MAX))?;
    match u32::try_from(number) {
        Ok(0) => Err(Wrong::value("must be at least 1")),
        Ok(limit) => Ok(Some(limit)),
        Err(_) => Ok(None),
    }
}

/// `stop`
pub(super) fn read_stop(cursor: &mut Cursor<'_>) -> Result<Stop, Wrong> {
    match cursor.kind()? {
        Kind::Text => Ok(Stop::One(wrong::text(cursor)?)),
        Kind::Array => Ok(Stop::Many(wrong::texts(cursor)?)),
        other => Err(Wrong::kind("a string or an array of strings", other)),
    }
}

/// `response_format`
pub(super) fn read_format(cursor: &mut Cursor<'_>) -> Result<Format, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let mut inner = cursor.clone();
    let whole = cursor.value()?;
    let (mut kind, mut schema, mut fields) = (None, None, 0);
    inner.object(|inner, key| {
        fields += 1;
        match &*key {
            "type" => kind = Some(wrong::text(inner).map_err(|wrong| wrong.inside("type"))?),
            "json_schema" => schema = Some((inner.kind()?, inner.value()?)),
            _ => drop(inner.value()?),
        }
        Ok::<(), Wrong>(())
    })?;
    match (kind.as_deref(), schema, fields) {
        (None, ..) => Err(Wrong::missing("type")),
        (Some("text"), None, 1) => Ok(Format::Text),
        (Some("json_object"), None, 1) => Ok(Format::JsonObject),
        (Some("json_schema"), Some((Kind::Object, schema)), 2) => {
            Ok(Format::JsonSchema(Sealed::from_json(schema)))
        }
        (Some("json_schema"), Some((Kind::Object, _)), _) => {
            Ok(Format::Other(Sealed::from_json(whole)))
        }
        (Some("json_schema"), Some((other, _)), _) => {
            Err(Wrong::kind("an object", other).inside("json_schema"))
        }
        (Some("json_schema"), None, _) => Err(Wrong::missing("json_schema")),
        _ => Ok(Format::Other(Sealed::from_json(whole))),
    }
}

/// `stream_options`
pub(super) fn read_stream_options(
    cursor: &mut Cursor<'_>,
    request: &mut ChatRequest,
) -> Result<(), Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    cursor.object(|cursor, key| {
        if key == "include_usage" && cursor.kind()? != Kind::Null {
            let include = wrong::boolean(cursor).map_err(|wrong| wrong.inside("include_usage"))?;
            request.include_usage = Some(include);
        } else {
            let value = cursor.value()?;
            if value != "null" {
                request.stream_extra.push((key.into(), Sealed::from_json(value)));
            }
        }
        Ok(())
    })
}

/// `reasoning`, OpenRouter's object.
pub(super) fn read_reasoning(cursor: &mut Cursor<'_>) -> Result<Reasoning, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let mut reasoning = Reasoning { as_object: true, ..Reasoning::default() };
    cursor.object(|cursor, key| {
        if cursor.kind()? == Kind::Null {
            return Ok(cursor.null()?);
        }
        read_reasoning_field(cursor, &key, &mut reasoning).map_err(|wrong| wrong.inside(&key))
    })?;
    Ok(reasoning)
}

fn read_reasoning_field(
    cursor: &mut Cursor<'_>,
    key: &str,
    reasoning: &mut Reasoning,
) -> Result<(), Wrong> {
    match key {
        "effort" => reasoning.effort = Some(wrong::text(cursor)?),
        "max_tokens" => reasoning.max_tokens = Some(wrong::count(cursor, 0)?),
        "enabled" => reasoning.enabled = Some(wrong::boolean(cursor)?),
        "exclude" => reasoning.exclude = Some(wrong::boolean(cursor)?),
        _ => reasoning.extra.push((key.into(), Sealed::from_json(cursor.value()?))),
    }
    Ok(())
}

/// Brings the three ways to speak of thinking together; the object says most and wins.
pub(super) fn join_reasoning(
    request: &mut ChatRequest,
    effort: Option<String>,
    leave_thoughts_out: bool,
) {
    if let Some(effort) = effort {
        request.reasoning.get_or_insert_default().effort.get_or_insert(effort);
    }
    if leave_thoughts_out {
        request.reasoning.get_or_insert_default().exclude.get_or_insert(true);
    }
}
