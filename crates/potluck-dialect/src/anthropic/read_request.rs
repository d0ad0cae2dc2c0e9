//! A client's request, read strictly where its meaning depends on it: what is wrong is named with its place.
//!
//! What a free model cannot do at all, such as tools that Anthropic runs itself, is refused here and in
//! those words. What only steers Anthropic's own service is left out and named.

mod assistant;
mod block;
mod message;
mod options;
mod source;
mod tool;

#[cfg(test)]
mod tests;

use potluck_core::request::{ChatRequest, MaxOutput, Message, Role};
use potluck_core::verdict::Refusal;

use super::mark;
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// What was read so far, with the fields that only mean something together.
#[derive(Default)]
struct Draft {
    request: ChatRequest,
    system: Option<Message>,
    seen: Vec<&'static str>,
}

/// The fields that are read. Two of the same name could be two requests to two readers.
const KNOWN: [&str; 14] = [
    "model",
    "system",
    "messages",
    "tools",
    "tool_choice",
    "max_tokens",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "stream",
    "thinking",
    "output_config",
    "output_format",
];

/// Fields that say who asks and how it is billed: for providers of this dialect alone.
const BOOKS: [&str; 2] = ["metadata", "service_tier"];

/// Reads the body of `POST /v1/messages`, or of `/v1/messages/count_tokens`.
///
/// # Errors
/// A refusal of status 400 that names the field, or the place where the body stops being JSON.
pub(crate) fn read(body: &[u8]) -> Result<ChatRequest, Refusal> {
    let mut draft = Draft::default();
    wrong::object(body, |cursor| cursor.object(|cursor, key| draft.take(&key, cursor)))?;
    draft.finish().map_err(|wrong| wrong.refuse(body))
}

impl Draft {
    fn take(&mut self, key: &str, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let known = KNOWN.iter().find(|known| **known == key);
        if let Some(known) = known {
            if self.seen.contains(known) {
                return Err(Wrong::twice(key));
            }
            self.seen.push(known);
        }
        if cursor.kind()? == Kind::Null {
            return Ok(cursor.null()?);
        }
        match known {
            Some(_) => self.read_field(key, cursor).map_err(|wrong| wrong.inside(key)),
            None => self.read_other(key, cursor),
        }
    }

    fn read_field(&mut self, key: &str, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let request = &mut self.request;
        match key {
            "model" => request.models = vec![wrong::text(cursor)?],
            "system" => self.system = message::read_system(cursor, &mut request.dropped)?,
            "messages" => request.messages = message::read(cursor, &mut request.dropped)?,
            "tools" => request.tools = tool::read(cursor)?,
            "tool_choice" => tool::read_choice(cursor, request)?,
            "max_tokens" => {
                request.max_output = Some(MaxOutput::Tokens(wrong::count(cursor, 1)?));
            }
            "temperature" => request.sampling.temperature = Some(wrong::number(cursor)?),
            "top_p" => request.sampling.top_p = Some(wrong::number(cursor)?),
            "top_k" => request.sampling.top_k = Some(wrong::number(cursor)?),
            "stop_sequences" => request.stop = options::read_stop(cursor)?,
            "stream" => request.stream = Some(wrong::boolean(cursor)?),
            "thinking" => options::read_thinking(cursor, request)?,
            "output_config" => options::read_output(cursor, request)?,
            _ => options::read_format(cursor, request)?,
        }
        Ok(())
    }

    fn read_other(&mut self, key: &str, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let value = cursor.value()?;
        if BOOKS.contains(&key) {
            mark::keep(&mut self.request.extra, key, value);
        } else if key == "mcp_servers" && value != "[]" {
            return Err(Wrong::value(
                "names servers whose tools Anthropic itself calls: no free model does. Connect them in the client, as tools of its own",
            )
            .inside(key));
        } else {
            self.request.dropped.push(key.to_owned());
        }
        Ok(())
    }

    fn finish(self) -> Result<ChatRequest, Wrong> {
        let mut request = self.request;
        if !self.seen.contains(&"messages") {
            return Err(Wrong::missing("messages"));
        }
        if let Some(system) = self.system {
            request.messages.insert(0, system);
        }
        if request.messages.iter().all(|message| message.role == Role::System) {
            return Err(Wrong::value("must hold at least one message").inside("messages"));
        }
        Ok(request)
    }
}
