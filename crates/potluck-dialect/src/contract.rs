//! What an answer must keep to, by what was asked: the form of its text, and the tools that it may call.
//!
//! Made once a request, also where several offers are tried for it; nearly free where no schema was asked for. What
//! ran into the limit of tokens, which the client chose, or into a filter is not judged.

use std::sync::Arc;

use potluck_core::request::{ChatRequest, Format, Tool, ToolCall};
use potluck_core::response::{ChatResponse, Choice, FinishReason};
use potluck_core::verdict::Refusal;

use crate::BadAnswer;
use crate::openai_chat::is_custom;
use crate::schema::{Schema, is_json};
use crate::wire::{Cursor, Kind};

#[cfg(test)]
mod tests;

/// What an answer must keep to.
#[derive(Clone, Debug, Default)]
pub struct Contract(Arc<Terms>);

#[derive(Debug, Default)]
struct Terms {
    form: Form,
    tools: Tools,
    /// Whether there are tools to call.
    may_call: bool,
}

#[derive(Debug, Default)]
enum Form {
    /// Any text.
    #[default]
    Free,
    /// Any JSON.
    Json,
    /// A JSON object.
    Object,
    /// JSON of a schema.
    Schema(Box<Schema>),
}

#[derive(Debug, Default)]
enum Tools {
    /// Any: there are some that only the provider knows.
    #[default]
    Any,
    /// None but these.
    Named(Vec<Box<str>>),
}

impl Contract {
    /// What an answer to `request` must keep to. `field` is where the client's shape has the schema.
    ///
    /// # Errors
    /// A refusal of status 400 that names the field and the place in it: what was sent for a schema is none.
    pub fn of(request: &ChatRequest, field: &str) -> Result<Self, Refusal> {
        let form = match &request.format {
            None | Some(Format::Text | Format::Other(_)) => Form::Free,
            Some(Format::JsonObject) => Form::Object,
            Some(Format::JsonSchema(sealed)) => match description(sealed.as_json()).schema {
                None => Form::Json,
                Some(schema) => {
                    Form::Schema(Box::new(Schema::compile(schema).map_err(|wrong| {
                        let message = format!("`{field}` {wrong}.");
                        Refusal::bad_request("invalid_json_schema", message, Some(field.to_owned()))
                    })?))
                }
            },
        };
        let may_call = !request.tools.is_empty();
        Ok(Self(Arc::new(Terms { form, tools: tools(&request.tools), may_call })))
    }

    /// Judges a whole answer to `request`.
    pub(crate) fn judge(
        &self,
        response: &ChatResponse,
        request: &ChatRequest,
    ) -> Result<(), BadAnswer> {
        response.choices.iter().filter(|choice| is_done(choice)).try_for_each(|choice| {
            let reply = &choice.reply;
            for call in reply.tool_calls.iter().filter(|call| !is_custom(&call.extra)) {
                self.judge_name(&call.name)?;
                judge_arguments(call, request)?;
            }
            if reply.tool_calls.is_empty() && reply.refusal.is_none() {
                self.judge_text(reply.text.as_deref().unwrap_or_default())?;
            }
            Ok(())
        })
    }

    fn judge_text(&self, text: &str) -> Result<(), BadAnswer> {
        match &self.0.form {
            Form::Free => Ok(()),
            Form::Object if is_json(text, Some(Kind::Object)) => Ok(()),
            _ if !is_json(text, None) => Err(BadAnswer::BrokenJson),
            Form::Object => Err(BadAnswer::NoObject),
            Form::Json => Ok(()),
            Form::Schema(schema) => schema.check(text).map_err(BadAnswer::BrokenSchema),
        }
    }

    /// Judges the name of a tool that is called.
    pub(crate) fn judge_name(&self, name: &str) -> Result<(), BadAnswer> {
        match &self.0.tools {
            Tools::Named(known) if !known.iter().any(|known| **known == *name) => {
                Err(BadAnswer::UnknownTool)
            }
            _ => Ok(()),
        }
    }

    /// Judges the first words of a stream that nothing was given out of yet: what does not begin like the JSON that
    /// was asked for never becomes it. Words before a call of a tool are no answer yet.
    pub(crate) fn judge_beginning(&self, text: &str) -> Result<(), BadAnswer> {
        let Some(first) = text.trim_start().chars().next() else { return Ok(()) };
        if self.0.may_call {
            return Ok(());
        }
        let object_only = match &self.0.form {
            Form::Free => return Ok(()),
            Form::Json => false,
            Form::Object => true,
            Form::Schema(schema) => schema.wants_object(),
        };
        let begins_json = first.is_ascii_digit() || "{[\"-tfn".contains(first);
        if !begins_json {
            Err(BadAnswer::BrokenJson)
        } else if object_only && first != '{' {
            Err(BadAnswer::NoObject)
        } else {
            Ok(())
        }
    }
}

fn is_done(choice: &Choice) -> bool {
    !matches!(choice.finish, Some(FinishReason::Length | FinishReason::ContentFilter))
}

fn tools(tools: &[Tool]) -> Tools {
    let named = tools.iter().map(|tool| match tool {
        Tool::Function { name, .. } => Some(name.as_str().into()),
        Tool::Other(_) => None,
    });
    named.collect::<Option<_>>().map_or(Tools::Any, Tools::Named)
}

/// Arguments must be an object. They must keep to the tool's own schema where the client said so (`strict`):
/// elsewhere schemas are advice, tools mend what they get, and another model would do no better.
fn judge_arguments(call: &ToolCall, request: &ChatRequest) -> Result<(), BadAnswer> {
    let blank = call.arguments.trim().is_empty();
    let arguments = if blank { "{}" } else { call.arguments.as_str() };
    if !is_json(arguments, Some(Kind::Object)) {
        return Err(BadAnswer::BrokenArguments);
    }
    let strict = request.tools.iter().find_map(|tool| match tool {
        Tool::Function { name, strict: Some(true), parameters, .. } if *name == call.name => {
            parameters.as_ref()
        }
        _ => None,
    });
    // A schema of a tool that cannot be used is for the provider to refuse.
    let Some(Ok(schema)) = strict.map(|schema| Schema::compile(schema.as_json())) else {
        return Ok(());
    };
    let name = || call.name.clone();
    schema.check(arguments).map_err(|breach| BadAnswer::WrongArguments { tool: name(), breach })
}

/// What a demanded schema says of itself.
#[derive(Default)]
pub(crate) struct Description<'a> {
    /// What it is for, in the client's words, as a JSON text.
    pub(crate) purpose: Option<&'a str>,
    /// The schema.
    pub(crate) schema: Option<&'a str>,
}

/// Opens the sealed description of a demanded schema.
pub(crate) fn description(sealed: &str) -> Description<'_> {
    let mut found = Description::default();
    let _ = Cursor::lenient(sealed).object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("description", Kind::Text) => found.purpose = Some(cursor.value()?),
            ("schema", Kind::Object | Kind::Bool) => found.schema = Some(cursor.value()?),
            _ => drop(cursor.value()?),
        }
        Ok::<(), crate::wire::Broken>(())
    });
    found
}
