//! Thoughts as typed items, which must travel back unmodified to whoever made them.
//!
//! In the middle they are a list of items in OpenRouter's spelling, each with the word for whose they are. Thoughts
//! of other makers stay where they are: Anthropic's service checks its own signature in each.

use potluck_core::Sealed;

use crate::wire::{self, Array, Broken, Cursor, Kind};

/// One thought of this dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Thought {
    /// In words, with the maker's signature; empty where nobody signed.
    Open { text: String, signature: String },
    /// Only its maker can read it.
    Closed { data: String },
}

/// The word for whose thoughts these are.
const FORMAT: &str = "anthropic-claude-v1";

/// All that can be read of them; `None` where there is nothing.
pub(super) fn words(thoughts: &[Thought]) -> Option<String> {
    let words: String = thoughts
        .iter()
        .filter_map(|thought| match thought {
            Thought::Open { text, .. } => Some(text.as_str()),
            Thought::Closed { .. } => None,
        })
        .collect();
    (!words.is_empty()).then_some(words)
}

/// The items; `None` where nobody signed any.
pub(super) fn seal(thoughts: &[Thought]) -> Option<Sealed> {
    seal_from(0, thoughts)
}

/// The same for thoughts of which the first is the one of that number in its turn.
pub(super) fn seal_from(first: usize, thoughts: &[Thought]) -> Option<Sealed> {
    let mut json = Vec::new();
    let mut any = false;
    wire::array(&mut json, |items| {
        for (index, thought) in thoughts.iter().filter(|thought| thought.is_signed()).enumerate() {
            any = true;
            write_item(items, first + index, thought);
        }
    });
    any.then(|| Sealed::from_json(wire::unlossy(&json)))
}

fn write_item(items: &mut Array<'_>, index: usize, thought: &Thought) {
    items.object(|fields| {
        match thought {
            Thought::Open { text, signature } => {
                fields.text("type", "reasoning.text");
                fields.text("text", text);
                fields.text("signature", signature);
            }
            Thought::Closed { data } => {
                fields.text("type", "reasoning.encrypted");
                fields.text("data", data);
            }
        }
        fields.text("format", FORMAT);
        fields.integer("index", index as u64);
    });
}

/// The items of this dialect's own make.
pub(super) fn open(details: &Sealed) -> Vec<Thought> {
    let mut thoughts = Vec::new();
    // Whoever sealed it checked that it is JSON; items of another shape are another maker's.
    let _ = Cursor::lenient(details.as_json()).array(|cursor, _| {
        if cursor.kind()? == Kind::Object {
            thoughts.extend(read_item(cursor)?);
        } else {
            cursor.value()?;
        }
        Ok::<(), Broken>(())
    });
    thoughts
}

fn read_item(cursor: &mut Cursor<'_>) -> Result<Option<Thought>, Broken> {
    let (mut kind, mut format) = (None, None);
    let (mut text, mut signature, mut data) = (String::new(), String::new(), String::new());
    cursor.object(|cursor, key| {
        if cursor.kind()? != Kind::Text {
            return cursor.value().map(drop);
        }
        match &*key {
            "type" => kind = Some(cursor.text()?),
            "format" => format = Some(cursor.text()?),
            "text" => text = cursor.text()?.into_owned(),
            "signature" => signature = cursor.text()?.into_owned(),
            "data" => data = cursor.text()?.into_owned(),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    let own = format.as_deref() == Some(FORMAT);
    Ok(match kind.as_deref() {
        Some("reasoning.text") if own => Some(Thought::Open { text, signature }),
        Some("reasoning.encrypted") if own => Some(Thought::Closed { data }),
        _ => None,
    })
}

impl Thought {
    /// Whether its maker will know it again.
    pub(super) const fn is_signed(&self) -> bool {
        match self {
            Self::Open { signature, .. } => !signature.is_empty(),
            Self::Closed { .. } => true,
        }
    }
}
