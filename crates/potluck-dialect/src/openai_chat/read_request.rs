//! A client's chat request, read strictly: what is wrong is named with its place, before anything is sent.
//!
//! One pass over the bytes. Nulls at the top mean "not said" and are left out; a known field that stands
//! twice is refused, since two readers could then see two requests; unknown fields are kept as they are.

mod field;
mod legacy;
mod message;
mod options;
mod part;
mod router;
mod routing;
mod tool;

#[cfg(test)]
mod tests;

pub(crate) use self::tool::read as read_tools;

use enumset::EnumSet;
use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, MaxOutput, Sort};
use potluck_core::verdict::Refusal;

use self::field::Field;
pub(crate) use self::routing::read as read_routing;
use crate::client::{Asked, Echo};
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// What was read so far, with the fields that only mean something together.
#[derive(Default)]
struct Draft {
    request: ChatRequest,
    model: Option<String>,
    models: Vec<String>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    effort: Option<String>,
    leave_thoughts_out: bool,
    seen: EnumSet<Field>,
}

/// Reads the body of `POST /chat/completions`.
///
/// # Errors
/// A refusal of status 400 that names the field, or the place where the body stops being JSON.
pub(crate) fn read(body: &[u8]) -> Result<Asked, Refusal> {
    let mut draft = Draft::default();
    wrong::object(body, |cursor| {
        cursor.object(|cursor, key| match Field::from_name(&key) {
            Some(field) => draft.take(field, &key, cursor),
            None => draft.keep(&key, cursor),
        })
    })?;
    let echo = draft.echo();
    let request = draft.finish().map_err(|wrong| wrong.refuse(body))?;
    Ok(Asked { request, echo })
}

impl Draft {
    fn keep(&mut self, key: &str, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let value = cursor.value()?;
        if value != "null" {
            self.request.extra.push((key.into(), Sealed::from_json(value)));
        }
        Ok(())
    }

    fn take(&mut self, field: Field, key: &str, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        if field != Field::Router && !self.seen.insert(field) {
            return Err(Wrong::twice(key));
        }
        if cursor.kind()? == Kind::Null {
            return Ok(cursor.null()?);
        }
        let read = match field {
            Field::Router => router::read(cursor, key, &mut self.request.routing),
            _ => self.read_field(field, cursor),
        };
        read.map_err(|wrong| wrong.inside(key))
    }

    fn read_field(&mut self, field: Field, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let request = &mut self.request;
        match field {
            Field::Model => self.model = Some(wrong::text(cursor)?),
            Field::Models => self.models = wrong::texts(cursor)?,
            Field::Messages => request.messages = message::read(cursor, &mut request.reshaped)?,
            Field::Tools => request.tools.extend(tool::read(cursor, &mut request.reshaped)?),
            Field::ToolChoice => request.tool_choice = Some(tool::read_choice(cursor)?),
            Field::ParallelToolCalls => request.parallel_tool_calls = Some(wrong::boolean(cursor)?),
            Field::Functions => {
                request.reshaped = true;
                request.tools.extend(legacy::read_functions(cursor)?);
            }
            Field::FunctionCall => request.tool_choice = Some(legacy::read_choice(cursor)?),
            Field::ResponseFormat => request.format = Some(options::read_format(cursor)?),
            Field::MaxTokens => self.max_tokens = options::read_limit(cursor)?,
            Field::MaxCompletionTokens => self.max_completion_tokens = options::read_limit(cursor)?,
            Field::Reasoning => request.reasoning = Some(options::read_reasoning(cursor)?),
            Field::ReasoningEffort => self.effort = Some(wrong::text(cursor)?),
            Field::IncludeReasoning => self.leave_thoughts_out = !wrong::boolean(cursor)?,
            Field::N => request.choices = Some(wrong::count(cursor, 1)?),
            Field::Stop => request.stop = Some(options::read_stop(cursor)?),
            Field::Logprobs => request.logprobs = Some(wrong::boolean(cursor)?),
            Field::TopLogprobs => request.top_logprobs = Some(wrong::count(cursor, 0)?),
            Field::Stream => request.stream = Some(wrong::boolean(cursor)?),
            Field::StreamOptions => options::read_stream_options(cursor, request)?,
            Field::User => request.user = Some(wrong::text(cursor)?),
            Field::Modalities => request.modalities = Some(wrong::texts(cursor)?),
            Field::Provider => routing::read(cursor, &mut request.routing)?,
            Field::SessionId => request.routing.session = Some(wrong::text(cursor)?),
            sampling => self.read_dial(sampling, cursor)?,
        }
        Ok(())
    }

    fn read_dial(&mut self, field: Field, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
        let dials = &mut self.request.sampling;
        match field {
            Field::Seed => dials.seed = Some(wrong::whole(cursor, i64::MIN, i64::MAX)?),
            Field::LogitBias => match cursor.kind()? {
                Kind::Object => dials.logit_bias = Some(Sealed::from_json(cursor.value()?)),
                other => return Err(Wrong::kind("an object", other)),
            },
            Field::Temperature => dials.temperature = Some(wrong::number(cursor)?),
            Field::TopP => dials.top_p = Some(wrong::number(cursor)?),
            Field::TopK => dials.top_k = Some(wrong::number(cursor)?),
            Field::MinP => dials.min_p = Some(wrong::number(cursor)?),
            Field::TopA => dials.top_a = Some(wrong::number(cursor)?),
            Field::FrequencyPenalty => dials.frequency_penalty = Some(wrong::number(cursor)?),
            Field::PresencePenalty => dials.presence_penalty = Some(wrong::number(cursor)?),
            Field::RepetitionPenalty => dials.repetition_penalty = Some(wrong::number(cursor)?),
            _ => drop(cursor.value()?),
        }
        Ok(())
    }

    /// Who describes functions and no tools is answered with calls of functions.
    fn echo(&self) -> Echo {
        let is_older = self.seen.contains(Field::Functions) && !self.seen.contains(Field::Tools);
        if is_older { Echo::Functions } else { Echo::Nothing }
    }

    fn finish(self) -> Result<ChatRequest, Wrong> {
        let mut request = self.request;
        if request.messages.is_empty() {
            return Err(if self.seen.contains(Field::Messages) {
                Wrong::value("must hold at least one message").inside("messages")
            } else {
                Wrong::missing("messages")
            });
        }
        request.models = self.model.into_iter().chain(self.models).collect();
        for model in &request.models {
            let asked = router::read_suffix(model).map_err(|wrong| wrong.inside("model"))?;
            let sort = asked.map(|by| Sort { by, across_names: false });
            request.routing.sort = request.routing.sort.or(sort);
        }
        request.max_output = self
            .max_completion_tokens
            .map(MaxOutput::CompletionTokens)
            .or(self.max_tokens.map(MaxOutput::Tokens));
        options::join_reasoning(&mut request, self.effort, self.leave_thoughts_out);
        legacy::join_calls(&mut request.messages);
        Ok(request)
    }
}
