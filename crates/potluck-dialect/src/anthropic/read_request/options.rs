//! Fields of a request whose value has a shape of its own.

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, Format, Stop};

use crate::wire::{self, Cursor, Kind};
use crate::wrong::{self, Wrong};

/// `stop_sequences`; an empty list says nothing.
pub(super) fn read_stop(cursor: &mut Cursor<'_>) -> Result<Option<Stop>, Wrong> {
    let texts = wrong::texts(cursor)?;
    Ok((!texts.is_empty()).then_some(Stop::Many(texts)))
}

/// `thinking`: on with a budget, on as the model sees fit, or off.
pub(super) fn read_thinking(
    cursor: &mut Cursor<'_>,
    request: &mut ChatRequest,
) -> Result<(), Wrong> {
    expect_object(cursor)?;
    let (mut kind, mut budget, mut hidden) = (None, None, None);
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("type", _) => kind = Some(wrong::text(cursor).map_err(|wrong| wrong.inside("type"))?),
            ("budget_tokens", Kind::Number) => {
                budget =
                    Some(wrong::count(cursor, 1).map_err(|wrong| wrong.inside("budget_tokens"))?);
            }
            ("display", Kind::Text) => hidden = Some(cursor.text()? == "omitted"),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Wrong>(())
    })?;
    let reasoning = request.reasoning.get_or_insert_default();
    reasoning.exclude = hidden;
    match kind.as_deref() {
        Some("enabled") if budget.is_none() => return Err(Wrong::missing("budget_tokens")),
        Some("enabled") => reasoning.max_tokens = budget,
        Some("adaptive") => reasoning.enabled = Some(true),
        Some("disabled") => reasoning.enabled = Some(false),
        Some(_) => {
            return Err(
                Wrong::value("must be \"enabled\", \"adaptive\" or \"disabled\"").inside("type")
            );
        }
        None => return Err(Wrong::missing("type")),
    }
    Ok(())
}

/// `output_config`: how much effort, and the form of the answer.
pub(super) fn read_output(cursor: &mut Cursor<'_>, request: &mut ChatRequest) -> Result<(), Wrong> {
    expect_object(cursor)?;
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            (_, Kind::Null) => cursor.null()?,
            ("effort", _) => {
                let effort = wrong::text(cursor).map_err(|wrong| wrong.inside("effort"))?;
                request.reasoning.get_or_insert_default().effort = Some(effort);
            }
            ("format", _) => {
                read_format(cursor, request).map_err(|wrong| wrong.inside("format"))?;
            }
            _ => {
                cursor.value()?;
                request.dropped.push(format!("output_config.{key}"));
            }
        }
        Ok::<(), Wrong>(())
    })
}

/// What the schema is called, which this dialect leaves unsaid and others demand.
const NAME: &str = "answer";

/// `{"type": "json_schema", "schema": {...}}`, under its newer name and its older one.
pub(super) fn read_format(cursor: &mut Cursor<'_>, request: &mut ChatRequest) -> Result<(), Wrong> {
    expect_object(cursor)?;
    let (mut kind, mut schema) = (None, None);
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("type", _) => kind = Some(wrong::text(cursor).map_err(|wrong| wrong.inside("type"))?),
            ("schema", Kind::Object) => schema = Some(cursor.value()?),
            ("schema", other) => return Err(Wrong::kind("an object", other).inside("schema")),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    match (kind.as_deref(), schema) {
        (Some("json_schema"), Some(schema)) => {
            let mut json = Vec::new();
            wire::object(&mut json, |fields| {
                fields.text("name", NAME);
                fields.json("schema", schema);
            });
            let sealed = Sealed::from_json(wire::unlossy(&json));
            request.format = Some(Format::JsonSchema(sealed));
            Ok(())
        }
        (Some("json_schema"), None) => Err(Wrong::missing("schema")),
        (Some(_), _) => Err(Wrong::value("must be \"json_schema\"").inside("type")),
        (None, _) => Err(Wrong::missing("type")),
    }
}

fn expect_object(cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
    match cursor.kind()? {
        Kind::Object => Ok(()),
        other => Err(Wrong::kind("an object", other)),
    }
}
