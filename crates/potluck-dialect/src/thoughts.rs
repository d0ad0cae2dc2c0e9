//! Which thoughts of a conversation's history may go to whom: the one place that says what is portable.
//!
//! Clients send back what they were given, whoever gave it, and another draw asks another model.
//! * **Plain thoughts** go only to those who ask for them back, and only with the calls they led to:
//!   everybody else refuses them or is misled.
//! * **Typed thoughts** (`reasoning_details`) say whose they are in `format`. What has a known maker goes back to that
//!   maker alone: signatures and encrypted thoughts mean nothing, or an error, to all others. Where none is known,
//!   signed words are Anthropic's, who alone signs words; encrypted ones go nowhere, and plain words go on.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::request::Message;

use crate::wire::{Broken, Cursor, Kind};

/// Who signs or encrypts thoughts so that only they can read them again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    /// `anthropic-claude-v1`
    Anthropic,
    /// `openai-responses-v1`, `azure-openai-responses-v1`
    OpenAi,
    /// `google-gemini-v1`
    Google,
    /// `xai-responses-v1`
    Xai,
}

impl Maker {
    /// The maker that a `format` names. The version is the maker's own affair.
    pub(crate) fn of_format(format: &str) -> Option<Self> {
        let of = [
            ("anthropic-", Self::Anthropic),
            ("openai-", Self::OpenAi),
            ("azure-openai-", Self::OpenAi),
            ("google-", Self::Google),
            ("xai-", Self::Xai),
        ];
        of.into_iter().find(|(start, _)| format.starts_with(start)).map(|(_, maker)| maker)
    }

    /// The maker of a model, told from its id with or without a vendor before it.
    pub(crate) fn of_model(id: &str) -> Option<Self> {
        let id = id.to_ascii_lowercase();
        let last = id.rsplit('/').next().unwrap_or(&id);
        let of = [
            ("claude", Self::Anthropic),
            ("gpt-oss", Self::OpenAi),
            ("gpt-", Self::OpenAi),
            ("o1", Self::OpenAi),
            ("o3", Self::OpenAi),
            ("o4", Self::OpenAi),
            ("gemini", Self::Google),
            ("grok", Self::Xai),
        ];
        of.into_iter().find(|(start, _)| last.starts_with(start)).map(|(_, maker)| maker)
    }
}

/// What of the thoughts in history a provider is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taker {
    /// It asks for plain thoughts back, whoever's they were.
    pub(crate) plain: bool,
    /// It takes typed thoughts.
    pub(crate) typed: bool,
    /// Whose signatures it understands.
    pub(crate) maker: Option<Maker>,
}

impl Taker {
    /// The plain thoughts of a turn that go along.
    pub(crate) fn plain<'a>(&self, message: &'a Message) -> Option<&'a str> {
        let wanted = self.plain && !message.tool_calls.is_empty();
        message.reasoning.as_deref().filter(|_| wanted)
    }

    /// The typed thoughts of a turn that go along, as a JSON array in their order: borrowed where all do.
    pub(crate) fn typed<'a>(&self, message: &'a Message) -> Option<Cow<'a, str>> {
        let details = message.reasoning_details.as_ref().filter(|_| self.typed)?;
        self.portable(details).ok().flatten()
    }

    /// Whether all the thoughts of a turn go along as they are.
    pub(crate) fn takes_all(&self, message: &Message) -> bool {
        let typed = message.reasoning_details.is_none()
            || matches!(self.typed(message), Some(Cow::Borrowed(_)));
        message.reasoning.is_none() && typed
    }

    fn portable<'a>(&self, details: &'a Sealed) -> Result<Option<Cow<'a, str>>, Broken> {
        let mut cursor = Cursor::lenient(details.as_json());
        if cursor.kind()? != Kind::Array {
            return Ok(None);
        }
        let (mut kept, mut all) = (Vec::new(), true);
        cursor.array(|cursor, _| {
            let item = cursor.value()?;
            let goes = self.takes(item)?;
            all &= goes;
            kept.extend(goes.then_some(item));
            Ok::<(), Broken>(())
        })?;
        Ok(match kept.as_slice() {
            [] => None,
            _ if all => Some(Cow::Borrowed(details.as_json())),
            some => Some(Cow::Owned(format!("[{}]", some.join(",")))),
        })
    }

    fn takes(&self, item: &str) -> Result<bool, Broken> {
        let mut cursor = Cursor::lenient(item);
        if cursor.kind()? != Kind::Object {
            return Ok(false);
        }
        let (mut maker, mut signed, mut encrypted) = (None, false, false);
        cursor.object(|cursor, key| {
            match (&*key, cursor.kind()?) {
                ("format", Kind::Text) => maker = Maker::of_format(&cursor.text()?),
                ("signature", Kind::Text) => signed = !cursor.text()?.is_empty(),
                ("data", Kind::Text) => encrypted |= !cursor.text()?.is_empty(),
                ("type", Kind::Text) => encrypted |= cursor.text()? == "reasoning.encrypted",
                _ => drop(cursor.value()?),
            }
            Ok::<(), Broken>(())
        })?;
        let maker = maker.or(signed.then_some(Maker::Anthropic));
        Ok(if maker.is_some() { maker == self.maker } else { !encrypted })
    }
}

#[cfg(test)]
mod tests;
