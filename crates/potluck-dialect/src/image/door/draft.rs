//! What was read of a request so far, whether it comes as JSON or as a form.
//!
//! The fields are the union of `OpenAI`'s, OpenRouter's and the extras that image servers share, so that a client of
//! any of them can be pointed here.

use std::collections::BTreeSet;

use potluck_core::Sealed;
use potluck_core::image::{Edit, ImageRequest, MOST_PICTURES, Source};
use potluck_core::verdict::Refusal;

use super::super::picture;
use super::words::{self, Extent};
use super::{Door, Part, source};
use crate::openai_chat::read_routing;
use crate::wire::{self, Cursor, Kind};
use crate::wrong::{self, Wrong};

/// The most characters of a prompt, as in `OpenAI`'s interface.
const LONGEST_PROMPT: usize = 32_000;

#[derive(Default)]
pub(super) struct Draft {
    request: ImageRequest,
    model: Option<String>,
    prompt: Option<String>,
    extent: Extent,
    sources: Vec<Source>,
    mask: Option<Source>,
}

impl Draft {
    /// Reads a body of JSON.
    pub(super) fn of_json(body: &[u8]) -> Result<Self, Refusal> {
        let mut draft = Self::default();
        wrong::body(body, |cursor, key| draft.take(cursor, key))?;
        Ok(draft)
    }

    /// Reads the fields of a form.
    pub(super) fn of_form(parts: &[Part<'_>]) -> Result<Self, Wrong> {
        let (mut draft, mut seen) = (Self::default(), BTreeSet::new());
        for part in parts {
            let name = part.name.strip_suffix("[]").unwrap_or(part.name);
            let is_picture = matches!(name, "image" | "images");
            if !is_picture && !seen.insert(name) {
                return Err(Wrong::twice(name));
            }
            draft.take_part(name, part).map_err(|wrong| wrong.inside(name))?;
        }
        Ok(draft)
    }

    /// A file, or a text that is read as the JSON it would have been.
    fn take_part(&mut self, name: &str, part: &Part<'_>) -> Result<(), Wrong> {
        match name {
            "image" | "images" => self.sources.push(read_file(part)?),
            "mask" => self.mask = Some(read_file(part)?),
            _ => {
                let text = std::str::from_utf8(part.bytes)
                    .map_err(|_| Wrong::value("must be text in UTF-8"))?;
                let json = as_json(name, text);
                let mut cursor = Cursor::strict(&json);
                self.take(&mut cursor, name)?;
                cursor.end()?;
            }
        }
        Ok(())
    }

    fn take(&mut self, cursor: &mut Cursor<'_>, key: &str) -> Result<(), Wrong> {
        let request = &mut self.request;
        match key {
            "model" => self.model = Some(wrong::text(cursor)?),
            "models" => request.models = wrong::texts(cursor)?,
            "prompt" => self.prompt = Some(wrong::text(cursor)?),
            "n" => request.count = count(cursor)?,
            "response_format" => {
                let word = wrong::text(cursor)?;
                let known = picture::delivery(&word);
                let what = "must be \"url\" or \"b64_json\"";
                request.delivery = Some(known.ok_or_else(|| Wrong::value(what))?);
            }
            "output_format" => request.format = Some(words::format(cursor)?),
            "output_compression" => {
                let kept = wrong::whole(cursor, 0, 100)?;
                request.compression = u8::try_from(kept).ok();
            }
            "stream" => request.stream = wrong::boolean(cursor)?,
            "partial_images" => {
                request.partial_images = u32::try_from(wrong::whole(cursor, 0, 3)?).ok();
            }
            "provider" => read_routing(cursor, &mut request.routing)?,
            "session_id" => request.routing.session = Some(wrong::text(cursor)?),
            "user" => request.user = Some(wrong::text(cursor)?),
            "image" | "images" | "input_references" => self.sources = source::read_many(cursor)?,
            "mask" => self.mask = Some(source::read(cursor)?),
            _ => self.take_look(cursor, key)?,
        }
        Ok(())
    }

    /// How the picture is to look.
    fn take_look(&mut self, cursor: &mut Cursor<'_>, key: &str) -> Result<(), Wrong> {
        let request = &mut self.request;
        match key {
            "size" => self.extent.read_size(cursor)?,
            "aspect_ratio" => self.extent.read_ratio(cursor)?,
            "resolution" => self.extent.read_tier(cursor)?,
            "width" => self.extent.wide = Some(wrong::count(cursor, 1)?),
            "height" => self.extent.high = Some(wrong::count(cursor, 1)?),
            "quality" => request.quality = Some(wrong::text(cursor)?),
            "style" => request.style = Some(wrong::text(cursor)?),
            "background" => request.background = Some(words::background(cursor)?),
            "negative_prompt" => {
                request.negative = Some(wrong::text(cursor)?).filter(|words| !words.is_empty());
            }
            "seed" => request.seed = seed(cursor)?,
            "steps" | "num_inference_steps" => request.steps = Some(steps(cursor)?),
            "guidance" | "guidance_scale" | "cfg_scale" => {
                request.guidance = Some(guidance(cursor)?);
            }
            _ => request.extra.push((key.into(), Sealed::from_json(cursor.value()?))),
        }
        Ok(())
    }

    /// What all of it means together, at a door.
    pub(super) fn finish(self, door: Door) -> Result<ImageRequest, Wrong> {
        let Self { mut request, model, prompt, extent, sources, mask } = self;
        request.prompt = prompt.ok_or_else(|| Wrong::missing("prompt"))?;
        check_prompt(&request.prompt).map_err(|wrong| wrong.inside("prompt"))?;
        request.size = extent.wish()?;
        request.count = request.pictures();
        request.models.splice(0..0, model);
        if sources.is_empty() && door == Door::Edits {
            return Err(Wrong::missing("image"));
        }
        if sources.is_empty() && mask.is_some() {
            return Err(Wrong::value("masks a picture, and none was sent").inside("mask"));
        }
        if !sources.is_empty() {
            let sources = source::check_count(sources).map_err(|wrong| wrong.inside("image"))?;
            request.edit = Some(Edit { sources, mask });
        }
        Ok(request)
    }
}

/// What can be painted: some words, and not a book.
pub(super) fn check_prompt(prompt: &str) -> Result<(), Wrong> {
    if prompt.trim().is_empty() {
        return Err(Wrong::value("must not be empty: say what is to be seen"));
    }
    let length = prompt.chars().count();
    if length > LONGEST_PROMPT {
        let what = format!("has {length} characters, and at most {LONGEST_PROMPT} are taken");
        return Err(Wrong::value(what));
    }
    Ok(())
}

fn read_file(part: &Part<'_>) -> Result<Source, Wrong> {
    if part.file.is_none()
        && let Ok(text) = std::str::from_utf8(part.bytes)
        && text.starts_with("data:")
    {
        return source::of_text(text);
    }
    source::of_bytes(part.bytes)
}

/// A form has texts alone: those of fields that are no texts are read as what they stand for.
fn as_json<'t>(name: &str, text: &'t str) -> std::borrow::Cow<'t, str> {
    let is_text = matches!(
        name,
        "model"
            | "prompt"
            | "response_format"
            | "output_format"
            | "user"
            | "session_id"
            | "size"
            | "aspect_ratio"
            | "resolution"
            | "quality"
            | "style"
            | "background"
            | "negative_prompt"
    );
    let is_json = || {
        let mut cursor = Cursor::strict(text);
        cursor.value().is_ok() && cursor.end().is_ok()
    };
    if !is_text && is_json() {
        return text.into();
    }
    let mut out = Vec::with_capacity(text.len() + 2);
    wire::text(&mut out, text);
    String::from_utf8(out).unwrap_or_default().into()
}

fn count(cursor: &mut Cursor<'_>) -> Result<u32, Wrong> {
    let count = wrong::whole(cursor, 1, i64::from(MOST_PICTURES))?;
    Ok(u32::try_from(count).unwrap_or(1))
}

fn steps(cursor: &mut Cursor<'_>) -> Result<u32, Wrong> {
    Ok(u32::try_from(wrong::whole(cursor, 1, 500)?).unwrap_or(1))
}

fn guidance(cursor: &mut Cursor<'_>) -> Result<f64, Wrong> {
    match wrong::number(cursor)? {
        guidance if (0.0..=100.0).contains(&guidance) => Ok(guidance),
        _ => Err(Wrong::value("must be a number from 0 to 100")),
    }
}

/// A seed; -1 is the word of image servers for none.
fn seed(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Wrong> {
    if cursor.kind()? != Kind::Number {
        return Err(Wrong::kind("an integer", cursor.kind()?));
    }
    Ok(u64::try_from(wrong::whole(cursor, -1, i64::MAX)?).ok())
}
