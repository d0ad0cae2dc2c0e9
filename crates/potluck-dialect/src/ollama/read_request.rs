//! A client's request to `/api/chat` or `/api/generate`, read strictly: what is wrong is named with its place.
//!
//! A stream is what is given unless it is declined. A request without words asks for a model to be loaded: it is
//! read into no messages at all. Fields that only a server of one's own could heed are noted by name.

mod message;
mod options;

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, Content, Format, Message, Part, Reasoning, Role};
use potluck_core::verdict::Refusal;

use crate::openai_chat;
use crate::wire::{self, Cursor, Kind};
use crate::wrong::{self, Wrong};

/// What is read of a request before it is known what it asks.
#[derive(Default)]
struct Draft {
    request: ChatRequest,
    prompt: String,
    suffix: String,
    system: String,
    images: Vec<Part>,
    raw: bool,
}

/// Reads the body of `POST /api/chat`.
pub(crate) fn read_chat(body: &[u8]) -> Result<ChatRequest, Refusal> {
    let draft = walk(body, |draft, key, cursor| match key {
        "messages" => {
            let request = &mut draft.request;
            request.messages = message::read(cursor, &mut request.reshaped)?;
            Ok(true)
        }
        "tools" => {
            let mut loose = false;
            draft.request.tools = openai_chat::read_tools(cursor, &mut loose)?;
            Ok(true)
        }
        _ => Ok(false),
    })?;
    Ok(draft.request)
}

/// Reads the body of `POST /api/generate`.
pub(crate) fn read_generate(body: &[u8]) -> Result<ChatRequest, Refusal> {
    let draft = walk(body, |draft, key, cursor| {
        match key {
            "prompt" => draft.prompt = wrong::text(cursor)?,
            "suffix" => draft.suffix = wrong::text(cursor)?,
            "system" => draft.system = wrong::text(cursor)?,
            "images" => draft.images = message::read_images(cursor, &mut draft.request.reshaped)?,
            "raw" => draft.raw = wrong::boolean(cursor)?,
            "context" if cursor.clone().value()?.len() > 2 => {
                return Err(Wrong::value(
                    "holds the tokens of one model's past answer, which no other model can read; send the \
                     conversation to /api/chat instead",
                ));
            }
            "context" => drop(cursor.value()?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    draft.generate().map_err(|wrong| wrong.refuse(body))
}

fn walk(
    body: &[u8],
    own: impl Fn(&mut Draft, &str, &mut Cursor<'_>) -> Result<bool, Wrong>,
) -> Result<Draft, Refusal> {
    let mut draft = Draft::default();
    draft.request.stream = Some(true);
    wrong::body(body, |cursor, key| match own(&mut draft, key, cursor)? {
        true => Ok(()),
        false => draft.take(key, cursor),
    })?;
    Ok(draft)
}

impl Draft {
    /// A field that both paths have.
    fn take(&mut self, key: &str, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let request = &mut self.request;
        match key {
            "model" => {
                let name = wrong::text(cursor)?;
                request.models = Some(name).filter(|name| !name.is_empty()).into_iter().collect();
            }
            "stream" => request.stream = Some(wrong::boolean(cursor)?),
            "format" => request.format = read_format(cursor)?,
            "options" => options::read(cursor, request)?,
            "think" => request.reasoning = read_think(cursor)?,
            "logprobs" => request.logprobs = Some(wrong::boolean(cursor)?),
            "top_logprobs" => request.top_logprobs = Some(wrong::count(cursor, 0)?),
            // Nothing is ever cut here: what does not fit is refused before it is sent.
            "truncate" | "shift" => drop(cursor.value()?),
            _ => {
                if !matches!(cursor.value()?, "\"\"" | "[]" | "{}") {
                    request.dropped.push(key.to_owned());
                }
            }
        }
        Ok(())
    }

    fn generate(self) -> Result<ChatRequest, Wrong> {
        let Self { mut request, prompt, suffix, system, images, raw, .. } = self;
        if raw && suffix.is_empty() {
            return Err(Wrong::value(
                "cannot be had: the providers of the pool put their own template around every prompt. Leave it \
                 out, or send what follows the gap as `suffix`",
            )
            .inside("raw"));
        }
        if !suffix.is_empty() {
            request.messages = gap(&prompt, &suffix, &system);
            return Ok(request);
        }
        if prompt.is_empty() && images.is_empty() {
            return Ok(request);
        }
        if !system.is_empty() {
            request.messages.push(Message::new(Role::System, Content::Text(system)));
        }
        request.messages.push(Message::new(Role::User, message::content(prompt, images)));
        Ok(request)
    }
}

/// A text with a gap, asked of models that only chat: what is wanted is the middle and nothing else.
fn gap(before: &str, after: &str, system: &str) -> Vec<Message> {
    const TASK: &str = "You fill a gap in a text or a program. You are given what stands before the gap and what \
        stands after it. Answer with exactly the characters that belong between the two: no explanation, no code \
        fence, nothing of what stands before or after.";
    let task = if system.is_empty() { TASK.to_owned() } else { format!("{TASK}\n\n{system}") };
    let question = format!("<before>{before}</before>\n<after>{after}</after>");
    let turns = [(Role::System, task), (Role::User, question)];
    turns.map(|(role, text)| Message::new(role, Content::Text(text))).into()
}

/// `format`: the word `json`, a schema, or nothing.
fn read_format(cursor: &mut Cursor<'_>) -> Result<Option<Format>, Wrong> {
    match cursor.kind()? {
        Kind::Text => match &*cursor.text()? {
            "" => Ok(None),
            "json" => Ok(Some(Format::JsonObject)),
            _ => Err(Wrong::value("must be \"json\" or a JSON schema")),
        },
        Kind::Object => {
            let schema = cursor.value()?;
            let mut described = Vec::new();
            wire::object(&mut described, |fields| {
                fields.text("name", "answer");
                fields.json("schema", schema);
            });
            Ok(Some(Format::JsonSchema(Sealed::from_json(wire::unlossy(&described)))))
        }
        other => Err(Wrong::kind("\"json\" or a JSON schema", other)),
    }
}

/// `think`: on, off, or how much.
fn read_think(cursor: &mut Cursor<'_>) -> Result<Option<Reasoning>, Wrong> {
    match cursor.kind()? {
        Kind::Bool => {
            let enabled = Some(cursor.boolean()?);
            Ok(Some(Reasoning { enabled, ..Reasoning::default() }))
        }
        Kind::Text => {
            let effort = Some(cursor.text()?.into_owned()).filter(|word| !word.is_empty());
            Ok(effort.map(|word| Reasoning { effort: Some(word), ..Reasoning::default() }))
        }
        other => Err(Wrong::kind("a boolean or a level", other)),
    }
}
