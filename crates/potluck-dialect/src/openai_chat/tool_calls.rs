//! Tool calls of an assistant, whole and in pieces.
//!
//! Providers leave out the index, or the id, or send `""` for either, repeat the name, or send the
//! arguments as an object. Clients are given none of that.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::request::ToolCall;
use potluck_core::response::StreamEvent;
use potluck_core::sealed::Extra;

use super::saying::whole_if;
use crate::call_id::invent;
use crate::wire::{Broken, Cursor, Kind};

/// One item of `tool_calls`, as it came.
#[derive(Debug, Default)]
pub(super) struct CallPiece<'a> {
    pub(super) index: Option<u64>,
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) arguments: Cow<'a, str>,
    pub(super) extra: Extra,
}

/// The form of a call whose input is free text, not JSON. It travels among the unknown fields.
pub(crate) const CUSTOM: &str = "custom";

/// Whether a call is of that form, told from its unknown fields.
pub(crate) fn is_custom(extra: &Extra) -> bool {
    extra.iter().any(|(key, _)| &**key == CUSTOM)
}

/// The most calls of one turn that are read; OpenAI takes 128 tools, and agents call a few.
const MOST_CALLS: usize = 512;

/// The calls of one choice of a stream so far.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Open>);

#[derive(Debug)]
struct Open {
    /// What the provider numbers it, where it does.
    index: Option<u64>,
    /// What the provider calls it, where it does.
    id: Option<String>,
    /// Whether its name has come.
    named: bool,
}

/// Reads `tool_calls`.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    calls: &mut Vec<CallPiece<'a>>,
) -> Result<(), Broken> {
    cursor.array(|cursor, _| {
        if cursor.kind()? == Kind::Object {
            calls.push(read_call(cursor)?);
        } else {
            cursor.value()?;
        }
        Ok(())
    })
}

fn read_call<'a>(cursor: &mut Cursor<'a>) -> Result<CallPiece<'a>, Broken> {
    let mut piece = CallPiece::default();
    let (mut has_function, mut custom) = (false, None);
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("index", _) => piece.index = whole_if(cursor)?,
            ("id", Kind::Text) => piece.id = Some(cursor.text()?).filter(|id| !id.is_empty()),
            ("function", Kind::Object) => {
                has_function = true;
                read_function(cursor, &mut piece)?;
            }
            (CUSTOM, Kind::Object) => {
                custom = Some(cursor.clone());
                cursor.value()?;
            }
            ("type", Kind::Text) if cursor.clone().value()? == "\"custom\"" => {
                piece.extra.push((key.into(), Sealed::from_json(cursor.value()?)));
            }
            ("type", _) | (_, Kind::Null) => drop(cursor.value()?),
            _ => piece.extra.push((key.into(), Sealed::from_json(cursor.value()?))),
        }
        Ok::<(), Broken>(())
    })?;
    // Some send both, and leave the one that it is not empty.
    if let Some(mut custom) = custom.filter(|_| !has_function) {
        read_function(&mut custom.clone(), &mut piece)?;
        piece.extra.push((CUSTOM.into(), Sealed::from_json(custom.value()?)));
    }
    Ok(piece)
}

/// `function_call`, the older form: the one call of a turn. `None` where it stands there empty.
pub(super) fn read_function_call<'a>(
    cursor: &mut Cursor<'a>,
) -> Result<Option<CallPiece<'a>>, Broken> {
    let mut piece = CallPiece { index: Some(0), ..CallPiece::default() };
    read_function(cursor, &mut piece)?;
    Ok((piece.name.is_some() || !piece.arguments.is_empty()).then_some(piece))
}

fn read_function<'a>(cursor: &mut Cursor<'a>, piece: &mut CallPiece<'a>) -> Result<(), Broken> {
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("name", Kind::Text) => {
                piece.name = Some(cursor.text()?).filter(|name| !name.is_empty());
            }
            ("arguments" | "input", Kind::Text) => piece.arguments = cursor.text()?,
            ("arguments", Kind::Object) => piece.arguments = Cow::Borrowed(cursor.value()?),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })
}

/// A whole call; `seed` and `index` make an id where there is none.
pub(super) fn whole(piece: CallPiece<'_>, seed: u64, index: usize) -> ToolCall {
    let name = piece.name.unwrap_or_default().into_owned();
    let id = piece.id.map_or_else(|| invent(seed, index, &name), Cow::into_owned);
    // A function without arguments is called with an empty object: clients parse this text.
    let arguments = if piece.arguments.trim().is_empty() { "{}".into() } else { piece.arguments };
    ToolCall { id, name, arguments: arguments.into_owned(), extra: piece.extra }
}

impl Calls {
    /// Whether any tool was called.
    pub(super) const fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// The event of a piece: which call it belongs to is told from what the provider gave. `None` of a
    /// call too many.
    pub(super) fn take(
        &mut self,
        choice: u32,
        seed: u64,
        piece: CallPiece<'_>,
    ) -> Option<StreamEvent> {
        let found = self.find(&piece);
        let at = found.unwrap_or(self.0.len());
        if at >= MOST_CALLS {
            return None;
        }
        if found.is_none() {
            let id = piece.id.as_deref().map(str::to_owned);
            self.0.push(Open { index: piece.index, id, named: false });
        }
        let is_first = found.is_none();
        let open = self.0.get_mut(at);
        let new_name = piece.name.filter(|_| open.as_ref().is_some_and(|open| !open.named));
        if let (Some(open), true) = (open, new_name.is_some()) {
            open.named = true;
        }
        let id = is_first.then(|| {
            let name = new_name.as_deref().unwrap_or_default();
            piece.id.map_or_else(|| invent(seed, at, name), Cow::into_owned)
        });
        Some(StreamEvent::ToolCall {
            choice,
            index: u32::try_from(at).unwrap_or(u32::MAX),
            id,
            name: new_name.map(Cow::into_owned),
            arguments: piece.arguments.into_owned(),
            extra: piece.extra,
        })
    }

    /// Our number of the call that the provider gives this one; `None` where there is none yet.
    pub(super) fn number(&self, index: u32) -> Option<u32> {
        let at = self.0.iter().rposition(|open| open.index == Some(u64::from(index)))?;
        u32::try_from(at).ok()
    }

    /// The call that a piece continues; `None` where it begins one.
    fn find(&self, piece: &CallPiece<'_>) -> Option<usize> {
        let by_id = piece
            .id
            .as_deref()
            .and_then(|id| self.0.iter().rposition(|open| open.id.as_deref() == Some(id)));
        if by_id.is_some() {
            return by_id;
        }
        let begins = piece.name.is_some() && piece.id.is_some();
        if let Some(index) = piece.index {
            let at = self.0.iter().rposition(|open| open.index == Some(index));
            // Some number every call 0: another id with a name is another call.
            return at
                .filter(|&at| !begins || self.0.get(at).is_some_and(|open| open.id.is_none()));
        }
        // Without a number, a name or an id begins a call; what has neither goes on with the last.
        if piece.name.is_some() || piece.id.is_some() { None } else { self.0.len().checked_sub(1) }
    }
}
