//! Fields of a request whose value has a shape of its own.

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, Format, Reasoning};

use crate::fields::Fields;
use crate::wire::{self, Cursor};
use crate::wrong::{self, Wrong};

/// `text`: the form of the answer, and how wordy it is.
pub(super) fn read_text(
    cursor: &mut Cursor<'_>,
    request: &mut ChatRequest,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    let fields = Fields::read(cursor)?;
    request.format = fields.read_with("format", |place| read_format(&Fields::read(place)?))?;
    if let Some(verbosity) = fields.json("verbosity")? {
        request.extra.push(("verbosity".into(), Sealed::from_json(verbosity)));
    }
    dropped.extend(fields.others(&["format", "verbosity"]).map(|key| format!("text.{key}")));
    Ok(())
}

fn read_format(fields: &Fields<'_>) -> Result<Format, Wrong> {
    match fields.need_text("type")?.as_str() {
        "text" => Ok(Format::Text),
        "json_object" => Ok(Format::JsonObject),
        "json_schema" => {
            fields.need("schema")?;
            fields.need_text("name")?;
            let mut json = Vec::new();
            let mut read = Ok(());
            wire::object(&mut json, |schema| {
                for name in ["name", "description", "schema", "strict"] {
                    match fields.json(name) {
                        Ok(Some(value)) => schema.json(name, value),
                        Ok(None) => {}
                        Err(wrong) => read = Err(wrong),
                    }
                }
            });
            read?;
            Ok(Format::JsonSchema(Sealed::from_json(wire::unlossy(&json))))
        }
        other => Err(Wrong::value(format!(
            "is {other:?}, and has to be \"text\", \"json_object\" or \"json_schema\""
        ))
        .inside("type")),
    }
}

/// `reasoning`. A wish for a summary is met always: what a model shows of its thoughts is given.
pub(super) fn read_reasoning(
    cursor: &mut Cursor<'_>,
    dropped: &mut Vec<String>,
) -> Result<Option<Reasoning>, Wrong> {
    let fields = Fields::read(cursor)?;
    let known = ["effort", "summary", "generate_summary", "max_tokens", "enabled"];
    dropped.extend(fields.others(&known).map(|key| format!("reasoning.{key}")));
    let reasoning = Reasoning {
        effort: fields.text("effort")?,
        max_tokens: fields.read_with("max_tokens", |place| wrong::count(place, 0))?,
        enabled: fields.read_with("enabled", wrong::boolean)?,
        as_object: true,
        ..Reasoning::default()
    };
    let says =
        reasoning.effort.is_some() || reasoning.max_tokens.is_some() || reasoning.enabled.is_some();
    Ok(says.then_some(reasoning))
}

/// `include`: what more the answer is to hold.
pub(super) fn read_include(
    cursor: &mut Cursor<'_>,
    request: &mut ChatRequest,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    for wish in wrong::texts(cursor)? {
        match wish.as_str() {
            // What a provider seals is always given: nobody else keeps it.
            "reasoning.encrypted_content" => {}
            "message.output_text.logprobs" => request.logprobs = Some(true),
            _ => dropped.push(format!("include.{wish}")),
        }
    }
    Ok(())
}
