//! What a chat request asks for, read strictly: a real provider refuses what it cannot read.

mod messages;

use serde_json::{Map, Value};

pub(crate) use messages::Image;
use messages::Messages;

/// A chat request, as far as it bears on the answer.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) model: String,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) choices: u64,
    pub(crate) stop: Vec<String>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) format: Format,
    pub(crate) tools: Vec<Tool>,
    pub(crate) tool_choice: ToolChoice,
    pub(crate) parallel: bool,
    /// Log probabilities are wanted, with this many alternatives.
    pub(crate) logprobs: Option<u64>,
    pub(crate) last_user: String,
    /// The last message is a tool's result: its text.
    pub(crate) tool_result: Option<String>,
    pub(crate) images: Vec<Image>,
    pub(crate) prompt_tokens: u64,
    /// From the prompt and the request's own `seed`.
    pub(crate) seed: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Format {
    Text,
    JsonObject,
    JsonSchema(Value),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) parameters: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToolChoice {
    Auto,
    None,
    Required,
    Named(String),
}

/// Why a request is refused with 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    pub(crate) code: Option<&'static str>,
}

/// How many choices one request may ask for.
const MOST_CHOICES: u64 = 8;
/// How many alternatives a token may show.
const MOST_ALTERNATIVES: u64 = 20;

// === impl Invalid ===

impl Invalid {
    pub(crate) fn param(param: &str, message: impl Into<String>) -> Self {
        Self { message: message.into(), param: Some(param.to_owned()), code: None }
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }
}

// === impl Ask ===

impl Ask {
    /// Reads a request body.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Invalid> {
        let value: Value = serde_json::from_slice(body).map_err(|error| Invalid {
            message: format!("We could not parse the JSON body of your request: {error}"),
            param: None,
            code: None,
        })?;
        let Value::Object(fields) = value else {
            return Err(Invalid::param("messages", "The body must be a JSON object."));
        };
        Self::from_fields(&fields)
    }

    fn from_fields(fields: &Map<String, Value>) -> Result<Self, Invalid> {
        let model = match fields.get("model") {
            Some(Value::String(model)) if !model.is_empty() => model.clone(),
            _ => return Err(Invalid::param("model", "you must provide a model parameter")),
        };
        let messages = Messages::read(fields.get("messages"))?;
        let max_tokens = whole(fields, "max_completion_tokens")?.or(whole(fields, "max_tokens")?);
        if max_tokens == Some(0) {
            return Err(Invalid::param("max_tokens", "max_tokens must be at least 1"));
        }
        let choices = whole(fields, "n")?.unwrap_or(1);
        if !(1..=MOST_CHOICES).contains(&choices) {
            return Err(Invalid::param("n", format!("n must be from 1 to {MOST_CHOICES}")));
        }
        let tools = tools(fields)?;
        let tool_choice = tool_choice(fields, &tools)?;
        let alternatives = whole(fields, "top_logprobs")?.unwrap_or(0);
        if alternatives > MOST_ALTERNATIVES {
            return Err(Invalid::param("top_logprobs", "top_logprobs must be at most 20"));
        }
        let wants_logprobs = flag(fields, "logprobs")?.unwrap_or(false);
        let own_seed = whole(fields, "seed")?.unwrap_or(0);
        let include_usage = fields
            .get("stream_options")
            .and_then(|options| options.get("include_usage"))
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let tool_tokens = fields.get("tools").map_or(0, |tools| tools.to_string().len() as u64 / 4);
        Ok(Self {
            model,
            stream: flag(fields, "stream")?.unwrap_or(false),
            include_usage,
            choices,
            stop: stops(fields)?,
            max_tokens,
            format: format(fields)?,
            tools,
            tool_choice,
            parallel: flag(fields, "parallel_tool_calls")?.unwrap_or(true),
            logprobs: wants_logprobs.then_some(alternatives),
            prompt_tokens: messages.tokens + tool_tokens,
            seed: messages.hash ^ own_seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            last_user: messages.last_user,
            tool_result: messages.tool_result,
            images: messages.images,
        })
    }
}

// === fields ===

fn flag(fields: &Map<String, Value>, name: &str) -> Result<Option<bool>, Invalid> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Invalid::param(name, format!("{name} must be a boolean"))),
    }
}

fn whole(fields: &Map<String, Value>, name: &str) -> Result<Option<u64>, Invalid> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .or_else(|| value.as_i64().filter(|_| name == "seed").map(i64::unsigned_abs))
            .map(Some)
            .ok_or_else(|| Invalid::param(name, format!("{name} must be a whole number"))),
    }
}

fn stops(fields: &Map<String, Value>) -> Result<Vec<String>, Invalid> {
    let wrong = || Invalid::param("stop", "stop must be a string or an array of strings");
    match fields.get("stop") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(stop)) => Ok(vec![stop.clone()]),
        Some(Value::Array(stops)) => {
            stops.iter().map(|stop| stop.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn format(fields: &Map<String, Value>) -> Result<Format, Invalid> {
    let Some(format) = fields.get("response_format").filter(|format| !format.is_null()) else {
        return Ok(Format::Text);
    };
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Format::Text),
        Some("json_object") => Ok(Format::JsonObject),
        Some("json_schema") => {
            let schema = format.pointer("/json_schema/schema").cloned();
            schema.map(Format::JsonSchema).ok_or_else(|| {
                Invalid::param("response_format.json_schema", "json_schema.schema is missing")
            })
        }
        _ => Err(Invalid::param("response_format.type", "unknown response format")),
    }
}

fn tools(fields: &Map<String, Value>) -> Result<Vec<Tool>, Invalid> {
    let list = match fields.get("tools") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Invalid::param("tools", "tools must be an array")),
    };
    let read = |(at, tool): (usize, &Value)| {
        let name = tool.pointer("/function/name").and_then(Value::as_str);
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| {
            Invalid::param(&format!("tools[{at}].function.name"), "a tool needs a name")
        })?;
        let parameters = tool.pointer("/function/parameters").cloned().unwrap_or(Value::Null);
        Ok(Tool { name: name.to_owned(), parameters })
    };
    list.iter().enumerate().map(read).collect()
}

fn tool_choice(fields: &Map<String, Value>, tools: &[Tool]) -> Result<ToolChoice, Invalid> {
    let wrong = |message: &str| Invalid::param("tool_choice", message);
    match fields.get("tool_choice") {
        None | Some(Value::Null) => Ok(ToolChoice::Auto),
        Some(Value::String(word)) => match word.as_str() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" if tools.is_empty() => Err(wrong("tool_choice needs tools")),
            "required" => Ok(ToolChoice::Required),
            _ => Err(wrong("tool_choice must be none, auto, required or a function")),
        },
        Some(choice) => match choice.pointer("/function/name").and_then(Value::as_str) {
            Some(name) if tools.iter().any(|tool| tool.name == name) => {
                Ok(ToolChoice::Named(name.to_owned()))
            }
            Some(_) => Err(wrong("tool_choice names a function that is not in tools")),
            None => Err(wrong("tool_choice must name a function")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> String {
        Ask::read(body.as_bytes()).unwrap_err().param.unwrap_or_default()
    }

    #[test]
    fn broken_bodies_are_refused_with_the_field_that_is_wrong() {
        assert_eq!(refused("{"), "");
        assert_eq!(refused("[]"), "messages");
        assert_eq!(refused(r#"{"messages": []}"#), "model");
        assert_eq!(refused(r#"{"model": "a", "messages": []}"#), "messages");
        let with = |more: &str| {
            refused(&format!(
                r#"{{"model": "a", "messages": [{{"role": "user", "content": "x"}}], {more}}}"#
            ))
        };
        assert_eq!(with(r#""n": 0"#), "n");
        assert_eq!(with(r#""stream": "yes""#), "stream");
        assert_eq!(with(r#""max_tokens": -1"#), "max_tokens");
        assert_eq!(with(r#""tools": [{}]"#), "tools[0].function.name");
        assert_eq!(with(r#""tool_choice": "required""#), "tool_choice");
        assert_eq!(with(r#""response_format": {"type": "x"}"#), "response_format.type");
    }

    #[test]
    fn an_image_is_counted_in_bytes() {
        let body = r#"{"model": "a", "messages": [{"role": "user", "content": [
            {"type": "text", "text": "what is this"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}]}]}"#;
        let ask = Ask::read(body.as_bytes()).unwrap();
        assert_eq!(ask.last_user, "what is this");
        assert_eq!(ask.images, [Image::Inline { mime: "image/png".to_owned(), bytes: 5 }]);
    }
}
