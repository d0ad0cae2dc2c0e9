//! The data of one event of a stream, before it is known what they mean.

use std::borrow::Cow;

use crate::wire::{self, Broken, Cursor, Kind};

/// The fields of an event, whichever it is.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    pub(super) kind: Cow<'a, str>,
    pub(super) index: u64,
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) usage: Option<Cursor<'a>>,
    pub(super) block: Block<'a>,
    pub(super) piece: Piece<'a>,
    pub(super) stop: Option<Cow<'a, str>>,
}

/// How a block begins.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) kind: Option<Cow<'a, str>>,
    /// Words or thoughts.
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) signature: Option<Cow<'a, str>>,
    pub(super) data: Option<Cow<'a, str>>,
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) input: Option<&'a str>,
}

/// How a block goes on. One event tells one of these.
#[derive(Debug, Default)]
pub(super) enum Piece<'a> {
    #[default]
    Nothing,
    Words(Cow<'a, str>),
    Thoughts(Cow<'a, str>),
    Signature(Cow<'a, str>),
    Arguments(Cow<'a, str>),
}

impl<'a> Frame<'a> {
    /// Reads the data of an event; its name counts where the data do not say what they are.
    pub(super) fn read(name: &'a str, data: &'a str) -> Result<Self, Broken> {
        let mut cursor = Cursor::lenient(data);
        let mut frame = Self { kind: Cow::Borrowed(name), ..Self::default() };
        if cursor.kind()? != Kind::Object {
            cursor.value()?;
            cursor.end()?;
            return Ok(frame);
        }
        cursor.object(|cursor, key| frame.take(&key, cursor))?;
        cursor.end()?;
        Ok(frame)
    }

    fn take(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("type", Kind::Text) => self.kind = cursor.text()?,
            ("index", Kind::Number) => {
                self.index = wire::whole(cursor.number()?).unwrap_or_default();
            }
            ("delta", Kind::Object) => {
                cursor.object(|cursor, key| self.take_delta(&key, cursor))?;
            }
            ("content_block", Kind::Object) => {
                cursor.object(|cursor, key| self.block.take(&key, cursor))?;
            }
            ("message", Kind::Object) => {
                cursor.object(|cursor, key| self.take_message(&key, cursor))?;
            }
            ("usage", Kind::Object) => self.take_usage(cursor)?,
            _ => return cursor.value().map(drop),
        }
        Ok(())
    }

    fn take_message(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("id", Kind::Text) => self.id = Some(cursor.text()?.into_owned()),
            ("model", Kind::Text) => self.model = Some(cursor.text()?.into_owned()),
            ("usage", Kind::Object) => self.take_usage(cursor)?,
            _ => return cursor.value().map(drop),
        }
        Ok(())
    }

    fn take_usage(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        self.usage = Some(cursor.clone());
        cursor.value().map(drop)
    }

    fn take_delta(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        if cursor.kind()? != Kind::Text {
            return cursor.value().map(drop);
        }
        match key {
            "text" => self.piece = Piece::Words(cursor.text()?),
            "thinking" => self.piece = Piece::Thoughts(cursor.text()?),
            "signature" => self.piece = Piece::Signature(cursor.text()?),
            "partial_json" => self.piece = Piece::Arguments(cursor.text()?),
            "stop_reason" => self.stop = Some(cursor.text()?),
            _ => return cursor.value().map(drop),
        }
        Ok(())
    }
}

impl<'a> Block<'a> {
    fn take(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        let slot = match (key, cursor.kind()?) {
            ("input", _) => {
                self.input = Some(cursor.value()?);
                return Ok(());
            }
            ("type", Kind::Text) => &mut self.kind,
            ("text" | "thinking", Kind::Text) => &mut self.text,
            ("signature", Kind::Text) => &mut self.signature,
            ("data", Kind::Text) => &mut self.data,
            ("id", Kind::Text) => &mut self.id,
            ("name", Kind::Text) => &mut self.name,
            _ => return cursor.value().map(drop),
        };
        *slot = Some(cursor.text()?);
        Ok(())
    }
}
