//! The fields of an object whose kind is known only when all of them have been seen: names, and places to read on.

use std::borrow::Cow;

use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// Names and the places of their values.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a>(Vec<(Cow<'a, str>, Cursor<'a>)>);

impl<'a> Fields<'a> {
    /// Reads an object. A null says nothing and is left out.
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Wrong> {
        let found = cursor.kind()?;
        if found != Kind::Object {
            return Err(Wrong::kind("an object", found));
        }
        let mut fields = Vec::new();
        cursor.object(|cursor, key| {
            let mut place = cursor.clone();
            if place.kind()? != Kind::Null {
                fields.push((key, place));
            }
            cursor.value().map(drop)
        })?;
        Ok(Self(fields))
    }

    /// The place of a field's value.
    ///
    /// # Errors
    /// The field stands there twice: two readers could see two requests.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Cursor<'a>>, Wrong> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(Wrong::twice(name)),
            (Some((_, place)), None) => Ok(Some(place.clone())),
            (None, _) => Ok(None),
        }
    }

    /// The place of a field that has to be there.
    pub(crate) fn need(&self, name: &str) -> Result<Cursor<'a>, Wrong> {
        self.get(name)?.ok_or_else(|| Wrong::missing(name))
    }

    /// A field that `read` reads, if it is there.
    pub(crate) fn read_with<T>(
        &self,
        name: &str,
        read: impl FnOnce(&mut Cursor<'a>) -> Result<T, Wrong>,
    ) -> Result<Option<T>, Wrong> {
        let Some(mut place) = self.get(name)? else { return Ok(None) };
        read(&mut place).map(Some).map_err(|wrong| wrong.inside(name))
    }

    /// A field that is text, if it is there.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Wrong> {
        self.read_with(name, wrong::text)
    }

    /// A field that is text and has to be there.
    pub(crate) fn need_text(&self, name: &str) -> Result<String, Wrong> {
        self.text(name)?.ok_or_else(|| Wrong::missing(name))
    }

    /// A field as it is written, if it is there.
    pub(crate) fn json(&self, name: &str) -> Result<Option<&'a str>, Wrong> {
        match self.get(name)? {
            Some(mut place) => Ok(Some(place.value()?)),
            None => Ok(None),
        }
    }

    /// The names that are none of these.
    pub(crate) fn others<'f>(&'f self, known: &'f [&str]) -> impl Iterator<Item = &'f str> {
        self.0.iter().map(|(key, _)| &**key).filter(|key| !known.contains(key))
    }
}
