//! The typed parts of a turn.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::request::{Media, Part};
use potluck_core::sealed::Extra;

use crate::wire::{self, Broken, Cursor, Kind};
use crate::wrong::{self, Wrong};

/// The fields of a part before it is known what part it is.
#[derive(Default)]
struct Draft<'a> {
    kind: Option<Cow<'a, str>>,
    text: Option<String>,
    /// Every other field: its name, the place of its value, and its text.
    rest: Vec<(Cow<'a, str>, Cursor<'a>, &'a str)>,
}

/// Reads one part.
pub(super) fn read(cursor: &mut Cursor<'_>, reshaped: &mut bool) -> Result<Part, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let start = cursor.clone();
    let mut draft = Draft::default();
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("type", Kind::Text) if draft.kind.is_none() => draft.kind = Some(cursor.text()?),
            ("type", Kind::Text) => return Err(Wrong::twice("type")),
            ("type", other) => return Err(Wrong::kind("a string", other).inside("type")),
            ("text", Kind::Text) if draft.text.is_none() => {
                draft.text = Some(cursor.text()?.into_owned());
            }
            _ => {
                let place = cursor.clone();
                draft.rest.push((key, place, cursor.value()?));
            }
        }
        Ok(())
    })?;
    draft.finish(reshaped, || start.clone().value().map(Sealed::from_json))
}

impl<'a> Draft<'a> {
    fn finish(
        mut self,
        reshaped: &mut bool,
        whole: impl Fn() -> Result<Sealed, Broken>,
    ) -> Result<Part, Wrong> {
        let kind = self.kind.take().ok_or_else(|| Wrong::missing("type"))?;
        match &*kind {
            "text" => match self.text.take() {
                Some(text) => Ok(Part::Text { text, extra: self.extra() }),
                None => Err(self.missing("text", "a string")),
            },
            "image_url" => {
                let (url, detail, mut inner) = self.read_media("image_url", true, reshaped)?;
                inner.extend(self.extra());
                Ok(Part::Image { media: Media::from_url(url), detail, extra: inner })
            }
            "video_url" => {
                let (url, _, mut inner) = self.read_media("video_url", false, reshaped)?;
                inner.extend(self.extra());
                Ok(Part::Video { media: Media::from_url(url), extra: inner })
            }
            "input_audio" => self.read_audio(whole),
            "file" => match self.take("file") {
                Some((_, file)) if file.starts_with('{') => {
                    Ok(Part::File { file: Sealed::from_json(file), extra: self.extra() })
                }
                Some((mut place, _)) => Err(Wrong::kind("an object", place.kind()?).inside("file")),
                None => Err(Wrong::missing("file")),
            },
            "refusal" if self.rest.len() == 1 && self.text.is_none() => {
                match self.take("refusal") {
                    Some((mut place, _)) => wrong::text(&mut place)
                        .map(Part::Refusal)
                        .map_err(|wrong| wrong.inside("refusal")),
                    None => Err(Wrong::missing("refusal")),
                }
            }
            _ => Ok(Part::Other(whole()?)),
        }
    }

    /// The address of a picture or a film, its detail, and what else stands beside them, kept under the
    /// field's own name. The address may stand alone in place of the object: Mistral's form.
    fn read_media(
        &mut self,
        field: &str,
        with_detail: bool,
        reshaped: &mut bool,
    ) -> Result<(String, Option<String>, Extra), Wrong> {
        let Some((mut place, _)) = self.take(field) else { return Err(Wrong::missing(field)) };
        let (mut url, mut detail, mut unknown) = (None, None, Extra::new());
        let read = match place.kind()? {
            Kind::Text => {
                *reshaped = true;
                wrong::text(&mut place).map(|text| url = Some(text))
            }
            Kind::Object => place.object(|place, key| {
                match (&*key, place.kind()?) {
                    ("url", _) if url.is_none() => {
                        url = Some(wrong::text(place).map_err(|wrong| wrong.inside("url"))?);
                    }
                    ("detail", Kind::Text) if with_detail => {
                        detail = Some(place.text()?.into_owned());
                    }
                    _ => unknown.push((key.into(), Sealed::from_json(place.value()?))),
                }
                Ok(())
            }),
            other => Err(Wrong::kind("an object", other)),
        };
        read.map_err(|wrong| wrong.inside(field))?;
        let url = url.ok_or_else(|| Wrong::missing("url").inside(field))?;
        Ok((url, detail, nested(field, &unknown)))
    }

    fn read_audio(mut self, whole: impl Fn() -> Result<Sealed, Broken>) -> Result<Part, Wrong> {
        let Some((mut place, _)) = self.take("input_audio") else {
            return Err(Wrong::missing("input_audio"));
        };
        let (mut data, mut format, mut unknown) = (None, None, Extra::new());
        if place.kind()? != Kind::Object {
            // Mistral's form: base64 or an address alone.
            return Ok(Part::Other(whole()?));
        }
        place
            .object(|place, key| {
                match (&*key, place.kind()?) {
                    ("data", Kind::Text) => data = Some(place.text()?.into_owned()),
                    ("format", Kind::Text) => format = Some(place.text()?.into_owned()),
                    _ => unknown.push((key.into(), Sealed::from_json(place.value()?))),
                }
                Ok(())
            })
            .map_err(|wrong: Wrong| wrong.inside("input_audio"))?;
        let (Some(data), Some(format)) = (data, format) else {
            return Err(
                Wrong::value("must have the strings `data` and `format`").inside("input_audio")
            );
        };
        let mut extra = nested("input_audio", &unknown);
        extra.extend(self.extra());
        Ok(Part::Audio { data, format, extra })
    }

    fn take(&mut self, key: &str) -> Option<(Cursor<'a>, &'a str)> {
        let at = self.rest.iter().position(|(name, ..)| name == key)?;
        let (_, place, value) = self.rest.remove(at);
        Some((place, value))
    }

    fn missing(&self, key: &str, wanted: &str) -> Wrong {
        let found = self.rest.iter().find(|(name, ..)| name == key);
        match found.and_then(|(_, place, _)| place.clone().kind().ok()) {
            Some(kind) => Wrong::kind(wanted, kind).inside(key),
            None => Wrong::missing(key),
        }
    }

    fn extra(self) -> Extra {
        let text = self.text.map(|text| {
            let mut json = Vec::new();
            wire::text(&mut json, &text);
            ("text".into(), Sealed::from_json(wire::unlossy(&json)))
        });
        let rest = self.rest.into_iter();
        rest.map(|(key, _, value)| (key.into(), Sealed::from_json(value))).chain(text).collect()
    }
}

/// Unknown fields of an inner object, as one unknown field that bears the object's name; the writer puts
/// them back inside.
pub(super) fn nested(field: &str, unknown: &Extra) -> Extra {
    if unknown.is_empty() {
        return Extra::new();
    }
    let mut json = Vec::new();
    wire::object(&mut json, |fields| fields.extra(unknown));
    vec![(field.into(), Sealed::from_json(wire::unlossy(&json)))]
}
