//! A provider's whole answer: one message of typed blocks.

use potluck_core::Sealed;
use potluck_core::request::ToolCall;
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply};
use potluck_core::sealed::Extra;

use super::stop;
use super::thought::{self, Thought};
use super::usage::Count;
use crate::BadAnswer;
use crate::openai_chat::error_of_body;
use crate::wire::{self, Broken, Cursor, Kind};

#[derive(Default)]
struct Draft {
    id: Option<String>,
    model: Option<String>,
    has_content: bool,
    said: Said,
    finish: Option<FinishReason>,
    stop_text: Option<Sealed>,
    count: Count,
}

/// What the blocks say, by what it is.
#[derive(Default)]
struct Said {
    text: String,
    thoughts: Vec<Thought>,
    calls: Vec<ToolCall>,
}

/// Reads the body of an answer of status 200.
///
/// # Errors
/// It is empty, no JSON, no message, or an error inside a success.
pub(crate) fn read(body: &[u8]) -> Result<ChatResponse, BadAnswer> {
    let text = wire::unlossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(BadAnswer::Empty);
    }
    let mut cursor = Cursor::lenient(text);
    let mut draft = Draft::default();
    let read = match cursor.kind() {
        Ok(Kind::Object) => {
            cursor.object(|cursor, key| draft.take(&key, cursor)).and_then(|()| cursor.end())
        }
        other => other.and_then(|_| cursor.value().map(drop)),
    };
    if let Err(broken) = read {
        return Err(BadAnswer::Garbage(format!("no JSON: {broken}")));
    }
    match draft.finish() {
        Some(response) => Ok(response),
        None => Err(error_of_body(text).map_or_else(
            || BadAnswer::Garbage("JSON without content".to_owned()),
            BadAnswer::ErrorInside,
        )),
    }
}

impl Draft {
    fn take(&mut self, key: &str, cursor: &mut Cursor<'_>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("id", Kind::Text) => self.id = Some(cursor.text()?.into_owned()),
            ("model", Kind::Text) => self.model = Some(cursor.text()?.into_owned()),
            ("content", Kind::Array) => {
                self.has_content = true;
                cursor.array(|cursor, _| self.said.take(cursor))?;
            }
            ("stop_reason", Kind::Text) => self.finish = Some(stop::read(&cursor.text()?)),
            ("stop_sequence", Kind::Text) => {
                self.stop_text = Some(Sealed::from_json(cursor.value()?));
            }
            ("usage", _) => self.count.read(cursor)?,
            _ => return cursor.value().map(drop),
        }
        Ok(())
    }

    fn finish(self) -> Option<ChatResponse> {
        if !self.has_content {
            return None;
        }
        let called = !self.said.calls.is_empty();
        let mut extra = Extra::new();
        if let Some(text) = self.stop_text {
            extra.push(("stop_reason".into(), text));
        }
        Some(ChatResponse {
            id: self.id,
            model: self.model,
            choices: vec![Choice {
                index: 0,
                reply: self.said.reply(),
                finish: self.finish.map(|reason| stop::corrected(reason, called)),
                logprobs: None,
                extra,
            }],
            usage: self.count.usage(),
            ..ChatResponse::default()
        })
    }
}

impl Said {
    /// Takes a block. What the service's own tools noted says nothing that a client could use.
    fn take(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Broken> {
        if cursor.kind()? != Kind::Object {
            return cursor.value().map(drop);
        }
        let (mut kind, mut input) = (None, None);
        let mut texts: [String; 5] = Default::default();
        cursor.object(|cursor, key| {
            let at =
                ["text", "id", "name", "signature", "data"].iter().position(|name| *name == key);
            match (&*key, cursor.kind()?, at) {
                ("type", Kind::Text, _) => kind = Some(cursor.text()?),
                ("thinking", Kind::Text, _) => texts[0] = cursor.text()?.into_owned(),
                ("input", ..) => input = Some(cursor.value()?),
                (_, Kind::Text, Some(at)) => texts[at] = cursor.text()?.into_owned(),
                _ => return cursor.value().map(drop),
            }
            Ok(())
        })?;
        let [text, id, name, signature, data] = texts;
        match kind.as_deref() {
            Some("text") => self.text.push_str(&text),
            Some("thinking") => self.thoughts.push(Thought::Open { text, signature }),
            Some("redacted_thinking") => self.thoughts.push(Thought::Closed { data }),
            Some("tool_use") => {
                let arguments = input.unwrap_or("{}").to_owned();
                self.calls.push(ToolCall { id, name, arguments, extra: Extra::new() });
            }
            _ => {}
        }
        Ok(())
    }

    fn reply(self) -> Reply {
        Reply {
            text: Some(self.text).filter(|text| !text.is_empty()),
            reasoning: thought::words(&self.thoughts),
            reasoning_details: thought::seal(&self.thoughts),
            tool_calls: self.calls,
            ..Reply::default()
        }
    }
}
