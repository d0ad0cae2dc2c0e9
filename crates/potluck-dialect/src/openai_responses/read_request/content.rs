//! What is said in an item: a text, or typed parts.

use potluck_core::Sealed;
use potluck_core::request::{Content, Media, Part};
use potluck_core::sealed::Extra;

use crate::fields::Fields;
use crate::wire::{self, Cursor, Kind};
use crate::wrong::{self, Wrong};

/// Reads a text or a list of parts. A list of one text is that text.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Content, Wrong> {
    match cursor.kind()? {
        Kind::Text => Ok(Content::Text(wrong::text(cursor)?)),
        Kind::Array => {
            let mut parts = Vec::new();
            cursor.array(|cursor, index| {
                let part = Fields::read(cursor).and_then(|fields| read_part(&fields));
                parts.push(part.map_err(|wrong| wrong.at(index))?);
                Ok::<(), Wrong>(())
            })?;
            Ok(joined(parts))
        }
        other => Err(Wrong::kind("a string or an array of parts", other)),
    }
}

fn joined(mut parts: Vec<Part>) -> Content {
    if let [Part::Text { text, .. }] = parts.as_mut_slice() {
        return Content::Text(std::mem::take(text));
    }
    Content::Parts(parts)
}

fn read_part(fields: &Fields<'_>) -> Result<Part, Wrong> {
    let kind = fields.need_text("type")?;
    match kind.as_str() {
        "input_text" | "output_text" | "text" | "summary_text" | "reasoning_text" => {
            Ok(Part::Text { text: fields.need_text("text")?, extra: Extra::new() })
        }
        "refusal" => Ok(Part::Refusal(fields.need_text("refusal")?)),
        "input_image" => read_image(fields),
        "input_file" => read_file(fields),
        "input_audio" => read_audio(fields),
        _ => Err(Wrong::value(format!(
            "is {kind:?}, and has to be one of \"input_text\", \"input_image\", \"input_file\", \"input_audio\", \"output_text\" and \"refusal\""
        ))
        .inside("type")),
    }
}

fn read_image(fields: &Fields<'_>) -> Result<Part, Wrong> {
    refuse_stored(fields)?;
    let detail = fields.text("detail")?;
    let mut place = fields.need("image_url")?;
    let url = match place.kind()? {
        // The form of chat, which some clients keep.
        Kind::Object => Fields::read(&mut place).and_then(|inner| inner.need_text("url")),
        _ => wrong::text(&mut place),
    };
    let url = url.map_err(|wrong| wrong.inside("image_url"))?;
    Ok(Part::Image { media: Media::from_url(url), detail, extra: Extra::new() })
}

/// A document as the middle knows it: its data, which may be an address, and its name.
fn read_file(fields: &Fields<'_>) -> Result<Part, Wrong> {
    refuse_stored(fields)?;
    let data = match fields.text("file_data")? {
        Some(data) => data,
        None => fields.text("file_url")?.ok_or_else(|| {
            Wrong::value("must have `file_data` or `file_url`: nothing else says what is in it")
        })?,
    };
    let name = fields.text("filename")?;
    let mut json = Vec::new();
    wire::object(&mut json, |file| {
        if let Some(name) = &name {
            file.text("filename", name);
        }
        file.text("file_data", &data);
    });
    Ok(Part::File { file: Sealed::from_json(wire::unlossy(&json)), extra: Extra::new() })
}

fn read_audio(fields: &Fields<'_>) -> Result<Part, Wrong> {
    let inner = fields.read_with("input_audio", |place| {
        let inner = Fields::read(place)?;
        Ok((inner.need_text("data")?, inner.need_text("format")?))
    })?;
    let (data, format) = inner.ok_or_else(|| Wrong::missing("input_audio"))?;
    Ok(Part::Audio { data, format, extra: Extra::new() })
}

fn refuse_stored(fields: &Fields<'_>) -> Result<(), Wrong> {
    if fields.get("file_id")?.is_none() {
        return Ok(());
    }
    Err(Wrong::value(
        "names a file that is kept by its maker; potluck keeps none: send the data, or an address of it",
    )
    .inside("file_id"))
}
