//! Where pictures and documents are, and documents that are words.

use std::fmt::Write as _;

use potluck_core::Sealed;
use potluck_core::request::{Content, Media, Part};
use potluck_core::sealed::Extra;

use super::block::{self, Block};
use crate::wire::{self, Cursor, Kind};
use crate::wrong::{self, Wrong};

#[derive(Default)]
struct Source<'a> {
    kind: Option<String>,
    media_type: Option<String>,
    data: Option<String>,
    url: Option<String>,
    content: Option<Cursor<'a>>,
}

/// `{"type": "image", "source": {...}}`
pub(super) fn read_image(block: &Block<'_>) -> Result<Part, Wrong> {
    let source = Source::of(block)?;
    let media = source.media("image/png").map_err(|wrong| wrong.inside("source"))?;
    Ok(Part::Image { media, detail: None, extra: block.kept() })
}

/// A document: a file stays one, words become words, for which no model needs a reader of files.
pub(super) fn read_document(
    block: &Block<'_>,
    parts: &mut Vec<Part>,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    let source = Source::of(block)?;
    let (title, context) = (block.text("title")?, block.text("context")?);
    match source.kind.as_deref() {
        Some("text") => {
            let data = source.data.ok_or_else(|| Wrong::missing("data").inside("source"))?;
            let text = wrapped(title.as_deref(), context.as_deref(), &data);
            parts.push(Part::Text { text, extra: block.kept_of_words(dropped) });
        }
        Some("content") => {
            let place = source.content.ok_or_else(|| Wrong::missing("content").inside("source"))?;
            read_composed(place, title.as_deref(), context.as_deref(), parts, dropped)
                .map_err(|wrong| wrong.inside("source.content"))?;
            mark_last(parts, block.kept_of_words(dropped));
        }
        _ => {
            let media = source.media("application/pdf").map_err(|wrong| wrong.inside("source"))?;
            if let Some(context) = context {
                parts.push(Part::Text { text: context, extra: Vec::new() });
            }
            parts
                .push(Part::File { file: describe(&media, title.as_deref()), extra: block.kept() });
        }
    }
    Ok(())
}

/// A document of blocks: its words and pictures, between its marks.
fn read_composed(
    mut place: Cursor<'_>,
    title: Option<&str>,
    context: Option<&str>,
    parts: &mut Vec<Part>,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    match block::read_content(&mut place, dropped)? {
        Content::Text(text) => {
            parts.push(Part::Text { text: wrapped(title, context, &text), extra: Vec::new() });
        }
        Content::Parts(inner) => {
            parts.push(Part::Text { text: opened(title, context), extra: Vec::new() });
            parts.extend(inner);
            parts.push(Part::Text { text: CLOSED.to_owned(), extra: Vec::new() });
        }
        Content::Absent | Content::Null => {}
    }
    Ok(())
}

/// What was marked on a whole document holds up to its end.
fn mark_last(parts: &mut [Part], marks: Extra) {
    if let Some(Part::Text { extra, .. }) = parts.last_mut() {
        extra.extend(marks);
    }
}

/// A result of a search that the client made: its title, where it is from, and its words.
pub(super) fn read_search_result(
    block: &Block<'_>,
    dropped: &mut Vec<String>,
) -> Result<Part, Wrong> {
    let (title, source) = (block.text("title")?, block.text("source")?);
    let mut place = block.place("content").ok_or_else(|| Wrong::missing("content"))?;
    let content =
        block::read_content(&mut place, dropped).map_err(|wrong| wrong.inside("content"))?;
    let mut text = String::new();
    for line in [title, source].into_iter().flatten() {
        let _ = writeln!(text, "{line}");
    }
    text.push_str(&words(content));
    Ok(Part::Text { text, extra: block.kept_of_words(dropped) })
}

fn words(content: Content) -> String {
    match content {
        Content::Text(text) => text,
        Content::Parts(parts) => {
            let texts = parts.into_iter().filter_map(|part| match part {
                Part::Text { text, .. } => Some(text),
                _ => None,
            });
            texts.collect::<Vec<_>>().join("\n")
        }
        Content::Absent | Content::Null => String::new(),
    }
}

const CLOSED: &str = "</document>";

fn wrapped(title: Option<&str>, context: Option<&str>, text: &str) -> String {
    format!("{}\n{text}\n{CLOSED}", opened(title, context))
}

fn opened(title: Option<&str>, context: Option<&str>) -> String {
    let mut opened = "<document".to_owned();
    for (name, value) in [("title", title), ("context", context)] {
        if let Some(value) = value {
            let _ = write!(opened, " {name}={value:?}");
        }
    }
    opened.push('>');
    opened
}

/// The description of a file, as the shape in the middle has it.
fn describe(media: &Media, title: Option<&str>) -> Sealed {
    let mut json = Vec::new();
    wire::object(&mut json, |fields| {
        fields.text("filename", title.unwrap_or("document.pdf"));
        fields.text("file_data", media.url());
    });
    Sealed::from_json(wire::unlossy(&json))
}

impl<'a> Source<'a> {
    fn of(block: &Block<'a>) -> Result<Self, Wrong> {
        let mut place = block.place("source").ok_or_else(|| Wrong::missing("source"))?;
        Self::read(&mut place).map_err(|wrong| wrong.inside("source"))
    }

    fn read(place: &mut Cursor<'a>) -> Result<Self, Wrong> {
        let found = place.kind()?;
        if found != Kind::Object {
            return Err(Wrong::kind("an object", found));
        }
        let mut source = Self::default();
        place.object(|place, key| {
            let slot = match &*key {
                "type" => &mut source.kind,
                "media_type" => &mut source.media_type,
                "data" => &mut source.data,
                "url" => &mut source.url,
                "content" => {
                    source.content = Some(place.clone());
                    return place.value().map(drop).map_err(Wrong::from);
                }
                _ => return place.value().map(drop).map_err(Wrong::from),
            };
            *slot = Some(wrong::text(place).map_err(|wrong| wrong.inside(&key))?);
            Ok::<(), Wrong>(())
        })?;
        Ok(source)
    }

    /// Base64 as a `data:` address, or the address.
    fn media(self, usual_type: &str) -> Result<Media, Wrong> {
        match self.kind.as_deref() {
            Some("base64") => {
                let data = self.data.ok_or_else(|| Wrong::missing("data"))?;
                let media_type = self.media_type.as_deref().unwrap_or(usual_type);
                Ok(Media::Inline(format!("data:{media_type};base64,{data}")))
            }
            Some("url") => self.url.map(Media::from_url).ok_or_else(|| Wrong::missing("url")),
            Some("file") => Err(Wrong::value(
                "names a file that is kept at Anthropic, which nobody else can fetch. Send it as \"base64\" or by \"url\"",
            )),
            Some(_) => Err(Wrong::value("must be \"base64\" or \"url\"").inside("type")),
            None => Err(Wrong::missing("type")),
        }
    }
}
