//! The typed blocks that a turn is made of.

use std::borrow::Cow;

use potluck_core::request::{Content, Part};
use potluck_core::sealed::Extra;

use super::source;
use crate::anthropic::mark;
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// A block whose kind and text are read, and the rest is looked up.
pub(super) struct Block<'a> {
    pub(super) kind: Cow<'a, str>,
    text: Option<Cow<'a, str>>,
    fields: Vec<(Cow<'a, str>, Cursor<'a>, &'a str)>,
}

/// Reads the blocks of an array one by one.
pub(super) fn each<'a>(
    cursor: &mut Cursor<'a>,
    mut take: impl FnMut(Block<'a>) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    cursor.array(|cursor, index| {
        Block::read(cursor).and_then(&mut take).map_err(|wrong| wrong.at(index))
    })
}

/// Reads content of a text or of blocks into parts.
pub(super) fn read_content(
    cursor: &mut Cursor<'_>,
    dropped: &mut Vec<String>,
) -> Result<Content, Wrong> {
    match cursor.kind()? {
        Kind::Text => Ok(Content::Text(wrong::text(cursor)?)),
        Kind::Array => {
            let mut parts = Vec::new();
            each(cursor, |block| block.read_parts(&mut parts, dropped))?;
            Ok(content(parts))
        }
        other => Err(Wrong::kind("a string or an array of blocks", other)),
    }
}

/// Parts as content: one text alone is a text, which every provider reads.
pub(super) fn content(mut parts: Vec<Part>) -> Content {
    match parts.as_mut_slice() {
        [] => Content::Text(String::new()),
        [Part::Text { text, extra }] if extra.is_empty() => Content::Text(std::mem::take(text)),
        _ => Content::Parts(parts),
    }
}

impl<'a> Block<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Wrong> {
        let found = cursor.kind()?;
        if found != Kind::Object {
            return Err(Wrong::kind("an object", found));
        }
        let (mut kind, mut text, mut fields) = (None, None, Vec::new());
        cursor.object(|cursor, key| {
            match (&*key, cursor.kind()?) {
                ("type", Kind::Text) if kind.is_none() => kind = Some(cursor.text()?),
                ("type", Kind::Text) => return Err(Wrong::twice("type")),
                ("type", other) => return Err(Wrong::kind("a string", other).inside("type")),
                ("text", Kind::Text) if text.is_none() => text = Some(cursor.text()?),
                _ => {
                    let place = cursor.clone();
                    fields.push((key, place, cursor.value()?));
                }
            }
            Ok(())
        })?;
        let kind = kind.ok_or_else(|| Wrong::missing("type"))?;
        Ok(Self { kind, text, fields })
    }

    /// What a person, a tool or a document can show.
    pub(super) fn read_parts(
        mut self,
        parts: &mut Vec<Part>,
        dropped: &mut Vec<String>,
    ) -> Result<(), Wrong> {
        match &*self.kind {
            "text" => parts.push(Part::Text { text: self.words()?, extra: self.kept() }),
            "image" => parts.push(source::read_image(&self)?),
            "document" => source::read_document(&self, parts, dropped)?,
            "search_result" => parts.push(source::read_search_result(&self, dropped)?),
            "tool_reference" => {
                let text = self.required_text("tool_name")?;
                parts.push(Part::Text { text, extra: Extra::new() });
            }
            other => return Err(unknown(other)),
        }
        Ok(())
    }

    /// The text of a block that must have one.
    pub(super) fn words(&mut self) -> Result<String, Wrong> {
        match self.text.take() {
            Some(text) => Ok(text.into_owned()),
            None => Err(self.missing("text", "a string")),
        }
    }

    /// The place of a field; `None` where it is absent or null.
    pub(super) fn place(&self, key: &str) -> Option<Cursor<'a>> {
        self.field(key).filter(|(_, json)| *json != "null").map(|(place, _)| place.clone())
    }

    /// The JSON of a field, as it is written.
    fn json(&self, key: &str) -> Option<&'a str> {
        self.field(key).map(|(_, json)| json)
    }

    /// A field of text, where there is one.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, Wrong> {
        let Some(mut place) = self.place(key) else { return Ok(None) };
        wrong::text(&mut place).map(Some).map_err(|wrong| wrong.inside(key))
    }

    /// A field of text that must be there.
    pub(super) fn required_text(&self, key: &str) -> Result<String, Wrong> {
        self.text(key)?.ok_or_else(|| Wrong::missing(key))
    }

    /// What is kept for providers of this dialect, beside the content.
    pub(super) fn kept(&self) -> Extra {
        self.marked(&["cache_control", "citations"])
    }

    /// The same of a block that is put into words, of which nobody can be asked for citations any more.
    pub(super) fn kept_of_words(&self, dropped: &mut Vec<String>) -> Extra {
        if self.place("citations").is_some() {
            dropped.push("messages.content.citations".to_owned());
        }
        self.marked(&["cache_control"])
    }

    /// Fields that no shape in the middle has, under their marks.
    pub(super) fn marked(&self, keys: &[&str]) -> Extra {
        let mut extra = Extra::new();
        for key in keys {
            if let Some(json) = self.json(key).filter(|json| *json != "null") {
                mark::keep(&mut extra, key, json);
            }
        }
        extra
    }

    fn field(&self, key: &str) -> Option<(&Cursor<'a>, &'a str)> {
        let found = self.fields.iter().find(|(name, ..)| name == key);
        found.map(|(_, place, json)| (place, *json))
    }

    fn missing(&self, key: &str, wanted: &str) -> Wrong {
        match self.field(key).and_then(|(place, _)| place.clone().kind().ok()) {
            Some(found) => Wrong::kind(wanted, found).inside(key),
            None => Wrong::missing(key),
        }
    }
}

/// A block that nobody here can make anything of: to leave it out in silence would change the question.
fn unknown(kind: &str) -> Wrong {
    Wrong::value(format!(
        "is {kind:?}, which is no kind of block that can be given to a model here; there is \"text\", \"image\", \
         \"document\", \"search_result\", \"tool_use\", \"tool_result\", \"thinking\" and \"redacted_thinking\""
    ))
    .inside("type")
}
