//! What is said, apart from how it is spelled: both sides of every comparison.

use serde_json::{Value, json};

/// One thing that a request says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fact {
    /// What kind of thing: `user`, `call`, `seed`.
    pub(crate) kind: &'static str,
    /// The thing itself.
    pub(crate) value: Value,
}

/// What an answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) thoughts: String,
    pub(crate) text: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) finish: String,
    /// Tokens read and tokens written.
    pub(crate) usage: Option<(u64, u64)>,
}

/// A tool that an answer calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: Value,
}

/// Kinds of the conversation itself, whose order matters.
pub(crate) const TURNS: [&str; 7] =
    ["system", "user", "image", "assistant", "call", "result", "thoughts"];

impl Fact {
    pub(crate) fn new(kind: &'static str, value: impl Into<Value>) -> Self {
        Self { kind, value: value.into() }
    }

    pub(crate) fn call(name: &str, arguments: Value) -> Self {
        Self::new("call", json!({"name": name, "arguments": arguments}))
    }

    pub(crate) fn result(of: &str, text: &str) -> Self {
        Self::new("result", json!({"of": of, "text": text}))
    }

    pub(crate) fn tool(name: &Value, description: &Value, schema: &Value) -> Self {
        Self::new("tool", json!({"name": name, "description": description, "schema": schema}))
    }

    /// The tools of a request that describes them as OpenAI does.
    pub(crate) fn tools(body: &Value) -> impl Iterator<Item = Self> {
        let functions = items(&body["tools"]).iter().map(|tool| &tool["function"]);
        functions.map(|function| {
            Self::tool(&function["name"], &function["description"], &function["parameters"])
        })
    }

    pub(crate) fn is_turn(&self) -> bool {
        TURNS.contains(&self.kind)
    }
}

/// The dials that stand in an object under these names.
pub(crate) fn dials(facts: &mut Vec<Fact>, object: &Value, names: &[(&'static str, &str)]) {
    for (kind, name) in names {
        match &object[*name] {
            Value::Null => {}
            Value::String(one) if *kind == "stop" => facts.push(Fact::new(kind, json!([one]))),
            value => facts.push(Fact::new(kind, value.clone())),
        }
    }
}

/// The items of a list; none where there is no list.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The words of a text; none where it is no text.
pub(crate) fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A text that holds JSON.
pub(crate) fn inside(value: &Value) -> Value {
    serde_json::from_str(words(value)).unwrap()
}

/// The base64 of a data URL.
pub(crate) fn bytes_of(url: &Value) -> Value {
    words(url).split_once(";base64,").unwrap().1.into()
}
