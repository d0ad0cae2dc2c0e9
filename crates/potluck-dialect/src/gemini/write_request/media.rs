//! Pictures, sound, films and documents: data inside the request, or an address.

use potluck_core::request::{Content, Media, Message, Part};

use crate::quirk::Draft;
use crate::wire::{self, Broken, Cursor, Kind};

/// About how many bytes a part takes.
pub(super) fn size(part: &Part) -> usize {
    64 + match part {
        Part::Text { text, .. } => text.len() + text.len() / 16,
        Part::Refusal(text) => text.len(),
        Part::Image { media, .. } | Part::Video { media, .. } => media.url().len(),
        Part::Audio { data, .. } => data.len(),
        Part::File { file, .. } => file.as_json().len(),
        Part::Other(_) => 0,
    }
}

/// The media of a message, each a part.
pub(super) fn all(message: &Message, draft: &mut Draft<'_>) -> Vec<Vec<u8>> {
    match &message.content {
        Content::Parts(parts) => parts.iter().filter_map(|part| written(part, draft)).collect(),
        _ => Vec::new(),
    }
}

/// The part, written; `None` of words, and of what has no form here, which is named.
pub(super) fn written(part: &Part, draft: &mut Draft<'_>) -> Option<Vec<u8>> {
    match part {
        Part::Text { .. } | Part::Refusal(_) => None,
        Part::Image { media, detail, .. } => {
            if detail.as_deref().is_some_and(|detail| detail != "auto") {
                draft.name("messages.content.detail");
            }
            Some(of_media(media, "image/png"))
        }
        Part::Video { media, .. } => Some(of_media(media, "video/mp4")),
        Part::Audio { data, format, .. } => Some(inline(&format!("audio/{format}"), data)),
        Part::File { file, .. } => {
            let json = of_file(file.as_json());
            if json.is_none() {
                draft.name("messages.content.file");
            }
            json
        }
        Part::Other(_) => {
            draft.name("messages.content");
            None
        }
    }
}

fn inline(kind: &str, base64: &str) -> Vec<u8> {
    let mut json = Vec::with_capacity(base64.len() + 64);
    wire::object(&mut json, |part| {
        part.object("inlineData", |data| {
            data.text("mimeType", kind);
            data.text("data", base64);
        });
    });
    json
}

fn at_address(kind: Option<&str>, address: &str) -> Vec<u8> {
    let mut json = Vec::with_capacity(address.len() + 64);
    wire::object(&mut json, |part| {
        part.object("fileData", |data| {
            if let Some(kind) = kind {
                data.text("mimeType", kind);
            }
            data.text("fileUri", address);
        });
    });
    json
}

/// Inline data of a type that is not said is what its first bytes say, or else what is usual.
fn of_media(media: &Media, usual: &str) -> Vec<u8> {
    match media.base64() {
        Some(("", data)) => inline(sniffed(data).unwrap_or(usual), data),
        Some(("image/jpg", data)) => inline("image/jpeg", data),
        Some((kind, data)) => inline(kind, data),
        None => at_address(kind_of_name(media.url()), media.url()),
    }
}

/// A document: its data as an address or as mere base64, or a handle that the provider gave before.
fn of_file(file: &str) -> Option<Vec<u8>> {
    let (mut data, mut handle, mut name) = (None, None, None);
    let walked: Result<(), Broken> = Cursor::lenient(file).object(|cursor, key| {
        let slot = match &*key {
            "file_data" => &mut data,
            "file_id" | "file_url" => &mut handle,
            "filename" => &mut name,
            _ => return cursor.value().map(drop),
        };
        if cursor.kind()? == Kind::Text {
            *slot = Some(cursor.text()?.into_owned());
        } else {
            cursor.value()?;
        }
        Ok(())
    });
    walked.ok()?;
    let named = name.as_deref().and_then(kind_of_name);
    let Some(data) = data.filter(|data| !data.is_empty()) else {
        return handle.map(|handle| at_address(kind_of_name(&handle).or(named), &handle));
    };
    let usual = named.unwrap_or("application/pdf");
    if data.contains(':') {
        return Some(of_media(&Media::from_url(data), usual));
    }
    Some(inline(sniffed(&data).unwrap_or(usual), &data))
}

/// The type that base64 tells by its beginning.
fn sniffed(base64: &str) -> Option<&'static str> {
    const BEGINNINGS: [(&str, &str); 5] = [
        ("iVBOR", "image/png"),
        ("/9j/", "image/jpeg"),
        ("R0lGOD", "image/gif"),
        ("UklGR", "image/webp"),
        ("JVBERi", "application/pdf"),
    ];
    BEGINNINGS.iter().find(|(start, _)| base64.starts_with(start)).map(|(_, kind)| *kind)
}

/// The type that the end of a name or of an address tells.
fn kind_of_name(name: &str) -> Option<&'static str> {
    const ENDINGS: [(&str, &str); 13] = [
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("webp", "image/webp"),
        ("gif", "image/gif"),
        ("pdf", "application/pdf"),
        ("txt", "text/plain"),
        ("md", "text/markdown"),
        ("csv", "text/csv"),
        ("mp4", "video/mp4"),
        ("mov", "video/quicktime"),
        ("mp3", "audio/mpeg"),
        ("wav", "audio/wav"),
    ];
    let path = name.split(['?', '#']).next().unwrap_or(name);
    let (_, ending) = path.rsplit_once('.')?;
    let known = ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known));
    known.map(|(_, kind)| *kind)
}
