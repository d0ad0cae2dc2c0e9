//! A client's request, read strictly: what is wrong is named with its place, before anything is sent.
//!
//! Tools are read before the conversation, whatever their order, since the calls in it go by their names. Nulls
//! at the top mean "not said". What only a store could serve is refused; any other field that cannot cross is
//! left out and named.

mod content;
mod field;
mod items;
mod options;
mod tools;
mod turns;

#[cfg(test)]
mod tests;

use enumset::EnumSet;
use potluck_core::request::{ChatRequest, Content, MaxOutput, Message, Role};
use potluck_core::verdict::Refusal;

use self::field::Field;
use super::question::Question;
use crate::client::{Asked, Echo};
use crate::openai_chat;
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// What was read so far.
#[derive(Default)]
struct Draft<'a> {
    request: ChatRequest,
    question: Question,
    dropped: Vec<String>,
    model: Option<String>,
    models: Vec<String>,
    instructions: Option<String>,
    input: Option<Cursor<'a>>,
    tools: Option<Cursor<'a>>,
    tool_choice: Option<Cursor<'a>>,
    seen: EnumSet<Field>,
}

/// Reads the body of `POST /responses`.
///
/// # Errors
/// A refusal of status 400 that names the field, or the place where the body stops being JSON.
pub(crate) fn read(body: &[u8]) -> Result<Asked, Refusal> {
    let mut draft = Draft::default();
    wrong::object(body, |cursor| cursor.object(|cursor, key| draft.take(&key, cursor)))?;
    draft.finish().map_err(|wrong| wrong.refuse(body))
}

impl<'a> Draft<'a> {
    fn take(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), Wrong> {
        if cursor.kind()? == Kind::Null {
            return Ok(cursor.null()?);
        }
        let Some(field) = Field::from_name(key) else {
            self.dropped.push(key.to_owned());
            return Ok(cursor.value().map(drop)?);
        };
        if !self.seen.insert(field) {
            return Err(Wrong::twice(key));
        }
        if field.is_repeated() {
            self.question.keep(key, cursor.clone().value()?);
        }
        self.read_field(field, key, cursor).map_err(|wrong| wrong.inside(key))
    }

    fn read_field(
        &mut self,
        field: Field,
        key: &str,
        cursor: &mut Cursor<'a>,
    ) -> Result<(), Wrong> {
        let request = &mut self.request;
        match field {
            Field::Model => self.model = Some(wrong::text(cursor)?),
            Field::Models => self.models = wrong::texts(cursor)?,
            Field::Input => self.input = Some(later(cursor)?),
            Field::Tools => self.tools = Some(later(cursor)?),
            Field::ToolChoice => self.tool_choice = Some(later(cursor)?),
            Field::Instructions => self.instructions = Some(wrong::text(cursor)?),
            Field::ParallelToolCalls => request.parallel_tool_calls = Some(wrong::boolean(cursor)?),
            Field::Text => options::read_text(cursor, request, &mut self.dropped)?,
            Field::Reasoning => {
                request.reasoning = options::read_reasoning(cursor, &mut self.dropped)?;
            }
            Field::Include => options::read_include(cursor, request, &mut self.dropped)?,
            Field::MaxOutputTokens => {
                request.max_output = Some(MaxOutput::CompletionTokens(wrong::count(cursor, 1)?));
            }
            Field::TopLogprobs => {
                let alternatives = wrong::count(cursor, 0)?;
                request.top_logprobs = Some(alternatives).filter(|&count| count > 0);
            }
            Field::Stream => request.stream = Some(wrong::boolean(cursor)?),
            Field::User => request.user = Some(wrong::text(cursor)?),
            Field::Provider => openai_chat::read_routing(cursor, &mut request.routing)?,
            Field::SessionId => request.routing.session = Some(wrong::text(cursor)?),
            Field::PromptCacheKey => {
                // Whoever served the beginning of a conversation has it in its cache.
                let key = wrong::text(cursor)?;
                request.routing.session.get_or_insert(key);
            }
            Field::PreviousResponseId | Field::Conversation | Field::Prompt => {
                return Err(not_kept());
            }
            Field::Background => {
                if wrong::boolean(cursor)? {
                    return Err(not_kept());
                }
            }
            Field::Truncation => {
                if wrong::text(cursor)? != "disabled" {
                    self.dropped.push(key.to_owned());
                }
            }
            Field::ServiceTier => {
                if !matches!(wrong::text(cursor)?.as_str(), "auto" | "default") {
                    self.dropped.push(key.to_owned());
                }
            }
            Field::SafetyIdentifier | Field::MaxToolCalls => {
                cursor.value()?;
                self.dropped.push(key.to_owned());
            }
            // The answer itself says what became of them, or they ask for nothing.
            Field::Store | Field::StreamOptions | Field::ClientMetadata | Field::Metadata => {
                cursor.value()?;
            }
            dial => self.read_dial(dial, cursor)?,
        }
        Ok(())
    }

    fn read_dial(&mut self, field: Field, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let dials = &mut self.request.sampling;
        match field {
            Field::Seed => dials.seed = Some(wrong::whole(cursor, i64::MIN, i64::MAX)?),
            Field::Temperature => dials.temperature = Some(wrong::number(cursor)?),
            Field::TopP => dials.top_p = Some(wrong::number(cursor)?),
            Field::TopK => dials.top_k = Some(wrong::number(cursor)?),
            Field::FrequencyPenalty => dials.frequency_penalty = Some(wrong::number(cursor)?),
            Field::PresencePenalty => dials.presence_penalty = Some(wrong::number(cursor)?),
            _ => drop(cursor.value()?),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Asked, Wrong> {
        let (request, question) = (&mut self.request, &mut self.question);
        request.models = self.model.into_iter().chain(self.models).collect();
        if request.top_logprobs.is_some() {
            request.logprobs = Some(true);
        }
        if let Some(mut tools) = self.tools {
            let read = tools::read(&mut tools, request, question, &mut self.dropped);
            read.map_err(|wrong| wrong.inside("tools"))?;
        }
        if let Some(mut choice) = self.tool_choice {
            let read = tools::read_choice(&mut choice, request, question);
            read.map_err(|wrong| wrong.inside("tool_choice"))?;
        }
        tools::settle(request)?;
        let mut input = self.input.ok_or_else(|| Wrong::missing("input"))?;
        let turns = items::read(&mut input, &question.names, &mut self.dropped);
        let turns = turns.map_err(|wrong| wrong.inside("input"))?;
        let instructions =
            self.instructions.map(|text| Message::new(Role::System, Content::Text(text)));
        request.messages = instructions.into_iter().chain(turns).collect();
        let echo = Echo::Responses(Box::new(self.question));
        Ok(Asked::naming(self.request, echo, self.dropped))
    }
}

/// Steps over a value that is read when all others have been.
fn later<'a>(cursor: &mut Cursor<'a>) -> Result<Cursor<'a>, Wrong> {
    let place = cursor.clone();
    cursor.value()?;
    Ok(place)
}

fn not_kept() -> Wrong {
    Wrong::value(
        "asks for something that is kept between requests, and potluck keeps nothing: send the whole input with each request, and wait for its answer",
    )
}
