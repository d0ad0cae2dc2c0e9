//! One operation of the document, from the short form in which it is kept.

use potluck_dialect::Client;
use serde_json::{Value, json};

use super::{Object, object, strings};
use crate::http::speaker;

/// What every request that is relayed to providers may be refused with. The last is a range: a provider that calls the request
/// itself wrong does so in a status of its own.
const RELAYED: [&str; 8] = ["400", "404", "408", "413", "429", "502", "503", "4XX"];

/// What the doorkeeper refuses with, wherever it stands.
const GUARDED: [&str; 2] = ["401", "403"];

/// Parameters, headers and the words of statuses.
pub(super) struct Words {
    query: Object,
    wishes: Object,
    headers: Object,
    statuses: Object,
}

impl Words {
    /// Reads them.
    pub(super) fn read(text: &str) -> Self {
        let mut all = object(text);
        let mut take = |name: &str| match all.remove(name) {
            Some(Value::Object(words)) => words,
            _ => Object::new(),
        };
        Self {
            query: take("query"),
            wishes: take("wishes"),
            headers: take("headers"),
            statuses: take("statuses"),
        }
    }

    /// The operation as the document has it; `number` is that of its base.
    pub(super) fn operation(&self, described: &Value, path: &str, number: usize) -> Value {
        let relays = described["relays"].as_bool().unwrap_or(false);
        let is_open = described["open"].as_bool().unwrap_or(false);
        let id = described["id"].as_str().unwrap_or_default();
        let id = if number == 0 { id.to_owned() } else { format!("{id}{}", number + 1) };
        let mut operation = Object::new();
        operation.insert("operationId".to_owned(), id.into());
        operation.insert("tags".to_owned(), json!([described["tag"]]));
        operation.insert("summary".to_owned(), described["summary"].clone());
        if is_open {
            operation.insert("security".to_owned(), json!([]));
        }
        let parameters = self.parameters(described, relays);
        if !parameters.is_empty() {
            operation.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(body) = described["body"].as_object() {
            operation.insert(
                "requestBody".to_owned(),
                json!({ "required": true, "content": content(body) }),
            );
        }
        operation.insert(
            "responses".to_owned(),
            self.responses(described, path, relays, is_open).into(),
        );
        operation.into()
    }

    fn parameters(&self, described: &Value, relays: bool) -> Vec<Value> {
        let query = strings(&described["query"])
            .filter_map(|name| Some(parameter("query", name, self.query.get(name)?)));
        let wishes = relays || described["wishes"].as_bool().unwrap_or(false);
        let wishes = self.wishes.iter().filter(|_| wishes);
        query.chain(wishes.map(|(name, about)| parameter("header", name, about))).collect()
    }

    fn responses(&self, described: &Value, path: &str, relays: bool, is_open: bool) -> Object {
        let mut responses = Object::new();
        for (status, media) in described["answers"].as_object().into_iter().flatten() {
            let mut response = json!({ "description": self.status(status) });
            if let Some(media) = media.as_object().filter(|media| !media.is_empty()) {
                response["content"] = content(media).into();
            }
            if relays {
                response["headers"] = self.headers.clone().into();
            }
            responses.insert(status.clone(), response);
        }
        let numbers = described["refuses"].as_array().into_iter().flatten();
        let own = numbers.filter_map(|number| number.as_u64().map(|number| number.to_string()));
        let relayed = RELAYED.into_iter().filter(|_| relays).map(str::to_owned);
        // Pages and probes need no key; a page of another origin is refused everywhere.
        let guarded = GUARDED.into_iter().skip(usize::from(is_open)).map(str::to_owned);
        for status in own.chain(relayed).chain(guarded) {
            let refusal = self.refusal(&status, path);
            responses.entry(status).or_insert(refusal);
        }
        responses
    }

    fn refusal(&self, status: &str, path: &str) -> Value {
        let schema = match speaker::of(path) {
            Client::Messages => "AnthropicError",
            Client::OllamaChat | Client::OllamaGenerate => "OllamaError",
            Client::Chat | Client::OpenRouter | Client::Responses | Client::Completions => "Error",
        };
        let mut refusal = json!({
            "description": self.status(status),
            "content": { "application/json": { "schema": reference(schema) } },
        });
        if matches!(status, "429" | "503") {
            let about = "Seconds to wait, where waiting helps.";
            let schema = json!({ "type": "integer", "minimum": 1 });
            refusal["headers"] =
                json!({ "retry-after": { "description": about, "schema": schema } });
        }
        refusal
    }

    fn status(&self, status: &str) -> &str {
        self.statuses.get(status).and_then(Value::as_str).unwrap_or("An answer.")
    }
}

/// The parameters that stand in a path; `rest` names the one that takes all that follows.
pub(super) fn path_parameters(path: &str, rest: Option<&str>) -> Option<Value> {
    let names = path.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0));
    let parameters: Vec<Value> = names
        .map(|name| {
            let mut about = json!({ "schema": { "type": "string", "minLength": 1 } });
            if rest == Some(name) {
                about["description"] = "May contain slashes.".into();
            }
            let mut told = parameter("path", name, &about);
            told["required"] = true.into();
            told
        })
        .collect();
    (!parameters.is_empty()).then(|| parameters.into())
}

fn parameter(place: &str, name: &str, about: &Value) -> Value {
    let mut parameter = about.clone();
    parameter["name"] = name.into();
    parameter["in"] = place.into();
    parameter
}

/// Media types with their schemas; text where none is named.
fn content(media: &Object) -> Object {
    let each = media.iter().map(|(kind, schema)| {
        let schema = match schema.as_str() {
            Some(schema) => reference(schema),
            None if kind.starts_with("image/") => json!({}),
            // Whoever checks a stream does so event by event, and events differ by door.
            None if kind == "text/event-stream" => json!({}),
            None => json!({ "type": "string" }),
        };
        (kind.clone(), json!({ "schema": schema }))
    });
    each.collect()
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}
