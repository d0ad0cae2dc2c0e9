//! The pictures that a client sends to be changed.
//!
//! They come as files of a form, or as `data:` addresses in JSON. An address on the web is refused: potluck goes to
//! no place that a request names.

use potluck_core::image::{MOST_SOURCES, Source};

use super::super::base64;
use crate::fields::Fields;
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

const NOT_FETCHED: &str = "is an address, and potluck fetches none that a request names: send the picture itself as a data: address";

/// A list of pictures, or one.
pub(super) fn read_many(cursor: &mut Cursor<'_>) -> Result<Vec<Source>, Wrong> {
    if cursor.kind()? != Kind::Array {
        return Ok(vec![read(cursor)?]);
    }
    let mut sources = Vec::new();
    cursor.array(|cursor, index| {
        sources.push(read(cursor).map_err(|wrong| wrong.at(index))?);
        Ok::<(), Wrong>(())
    })?;
    check_count(sources)
}

/// Neither none nor too many.
pub(super) fn check_count(sources: Vec<Source>) -> Result<Vec<Source>, Wrong> {
    match sources.len() {
        0 => Err(Wrong::value("must hold at least one picture")),
        1..=MOST_SOURCES => Ok(sources),
        _ => Err(Wrong::value(format!("must hold at most {MOST_SOURCES} pictures"))),
    }
}

/// A picture: a text, or an object around one, under one of the names that vendors have for it.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Source, Wrong> {
    match cursor.kind()? {
        Kind::Text => of_text(&wrong::text(cursor)?),
        Kind::Object => read_object(cursor),
        other => Err(Wrong::kind("a data: address or an object with one", other)),
    }
}

fn read_object(cursor: &mut Cursor<'_>) -> Result<Source, Wrong> {
    let fields = Fields::read(cursor)?;
    for name in ["image_url", "url", "b64_json"] {
        if let Some(source) = fields.read_with(name, read_inner)? {
            return Ok(source);
        }
    }
    match fields.get("file_id")? {
        Some(_) => {
            Err(Wrong::value("names a file kept elsewhere: send the picture itself")
                .inside("file_id"))
        }
        None => Err(Wrong::missing("image_url")),
    }
}

/// The address, or the object of chat around it.
fn read_inner(cursor: &mut Cursor<'_>) -> Result<Source, Wrong> {
    match cursor.kind()? {
        Kind::Object => {
            let url = Fields::read(cursor)?.need_text("url")?;
            of_text(&url).map_err(|wrong| wrong.inside("url"))
        }
        _ => of_text(&wrong::text(cursor)?),
    }
}

/// A picture as base64, plain or in a `data:` address.
pub(super) fn of_text(text: &str) -> Result<Source, Wrong> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Err(Wrong::value(NOT_FETCHED));
    }
    match base64::decode(text) {
        Some(bytes) => of_bytes(&bytes),
        None => Err(Wrong::value("must be a picture as base64 in a data: address")),
    }
}

/// A picture by its first bytes, whatever it is called.
pub(super) fn of_bytes(bytes: &[u8]) -> Result<Source, Wrong> {
    if bytes.is_empty() {
        return Err(Wrong::value("is empty"));
    }
    let what = "is no png, jpeg, webp or gif by its first bytes";
    Source::sniffed(bytes).ok_or_else(|| Wrong::value(what))
}
