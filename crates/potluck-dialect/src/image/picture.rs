//! A picture on its way to a client, and how it is written there.

use std::time::Duration;

use potluck_core::image::{Delivery, Format, Size, Wish};
use potluck_core::response::Usage;

use super::base64;
use crate::openai_chat::ESTIMATED;
use crate::wire::Object;

/// A picture, ready for a client.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// How it is handed over.
    pub form: Form<'a>,
    /// The form of its file.
    pub format: Format,
    /// How large it is, by its own file.
    pub size: Option<Size>,
    /// `provider/model` of the offer that made it.
    pub offer: &'a str,
    /// The seed that it was made from, where that is known.
    pub seed: Option<u64>,
    /// Of how many steps, where that is known.
    pub steps: Option<u32>,
    /// The prompt as the provider rewrote it.
    pub revised_prompt: Option<&'a str>,
    /// How long it took, from the first step to the file.
    pub took: Duration,
    /// What of the wish was met only in part.
    pub notes: &'a [String],
}

/// How a picture is handed over.
#[derive(Clone, Copy)]
pub enum Form<'a> {
    /// Its bytes, written as base64.
    Inline(&'a [u8]),
    /// An address.
    Link(&'a str),
}

impl std::fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inline(bytes) => write!(f, "Inline({})", bytes.len()),
            Self::Link(url) => write!(f, "Link({url})"),
        }
    }
}

impl Picture<'_> {
    /// Writes the picture itself, under the key that says how it is handed over.
    pub(super) fn write_form(&self, fields: &mut Object<'_>) {
        match self.form {
            Form::Inline(bytes) => base64::write(fields.key("b64_json"), "", bytes),
            Form::Link(url) => fields.text("url", url),
        }
    }

    /// Writes the picture as one address: its own, or a `data:` address.
    pub(super) fn write_address(&self, out: &mut Vec<u8>) {
        match self.form {
            Form::Inline(bytes) => {
                let prefix = format!("data:{};base64,", self.format.media_type());
                base64::write(out, &prefix, bytes);
            }
            Form::Link(url) => crate::wire::text(out, url),
        }
    }

    /// Writes what is known of it beside.
    pub(super) fn write_metadata(&self, fields: &mut Object<'_>, wish: Wish) {
        fields.object("metadata", |metadata| {
            metadata.text("model", self.offer);
            metadata.text("provider", provider(self.offer));
            if let Some(seed) = self.seed {
                metadata.integer("seed", seed);
            }
            if let Some(steps) = self.steps {
                metadata.integer("steps", steps);
            }
            metadata.text("size_asked", &wish.to_string());
            if let Some(size) = self.size {
                metadata.text("size_given", &size.to_string());
            }
            metadata.number("seconds", millis(self.took));
            if !self.notes.is_empty() {
                metadata.texts("notes", self.notes);
            }
        });
    }
}

/// Seconds, to the millisecond.
fn millis(took: Duration) -> f64 {
    took.as_millis() as f64 / 1000.0
}

/// The provider in an offer's name.
pub(super) fn provider(offer: &str) -> &str {
    offer.split('/').next().unwrap_or_default()
}

/// What it cost in tokens, under the names of `OpenAI`'s pictures and under those of OpenRouter's.
pub(super) fn write_usage(fields: &mut Object<'_>, usage: &Usage) {
    fields.object("usage", |fields| {
        for name in ["input_tokens", "prompt_tokens"] {
            fields.integer(name, usage.prompt);
        }
        for name in ["output_tokens", "completion_tokens"] {
            fields.integer(name, usage.completion);
        }
        fields.integer("total_tokens", usage.total);
        fields.object("input_tokens_details", |details| {
            details.integer("text_tokens", usage.prompt);
            details.integer("image_tokens", 0);
        });
        if usage.extra.iter().any(|(name, _)| &**name == ESTIMATED) {
            fields.boolean(ESTIMATED, true);
        }
    });
}

/// The word for a way of handing over.
pub(super) fn delivery(word: &str) -> Option<Delivery> {
    match word {
        "url" => Some(Delivery::Url),
        // The second is what Together's clients say.
        "b64_json" | "base64" => Some(Delivery::Base64),
        _ => None,
    }
}

/// What an item takes beside its picture.
const FRAME: usize = 1_024;

impl Picture<'_> {
    /// About how many bytes it takes to write.
    pub(super) fn room(&self) -> usize {
        FRAME
            + match self.form {
                Form::Inline(bytes) => bytes.len().div_ceil(3) * 4,
                Form::Link(url) => url.len(),
            }
    }
}
