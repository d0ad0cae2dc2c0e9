//! `GET /openapi.json`: what can be asked here, for machines that read such things (`OpenAPI` 3.1).
//!
//! The document is data beside this file: `doors.json` and `facts.json` have an entry for each path, `requests.json` and
//! `answers.json` the schemas, `parameters.json` the rest. This room only puts it together: one operation under every base,
//! and every refusal in the shape of whoever speaks there. Tests hold it against the routes and against real answers
//! (`docs/adr/0019-a-document-held-against-the-routes.md`).

mod operation;

use std::sync::OnceLock;

use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::http::answer;

/// An object of JSON.
type Object = Map<String, Value>;

const PATHS: [&str; 2] = [include_str!("openapi/doors.json"), include_str!("openapi/facts.json")];
const SCHEMAS: [&str; 2] =
    [include_str!("openapi/requests.json"), include_str!("openapi/answers.json")];

/// The methods that an entry may have.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The document.
pub(super) async fn show() -> Response {
    static WRITTEN: OnceLock<Bytes> = OnceLock::new();
    let written = WRITTEN.get_or_init(|| document().to_string().into());
    answer::json(StatusCode::OK, written.clone())
}

/// The document as a value.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Object::new();
    for file in SCHEMAS {
        schemas.extend(object(file));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "potluck",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "One address for all free language models",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "answers", "description": "Words" },
            { "name": "texts", "description": "Vectors, and texts in order" },
            { "name": "pictures" },
            { "name": "ollama", "description": "Ollama's API" },
            { "name": "models", "description": "What can be asked for, and what it costs: nothing" },
            { "name": "pool", "description": "Who can serve, what is left, and why" },
            { "name": "keys", "description": "Who may ask" },
            { "name": "operation", "description": "For those who run it" },
        ],
        // Where no key is configured none is asked for.
        "security": [{ "bearer": [] }, { "key": [] }],
        "paths": paths(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "A client key of this router, where any is configured." },
                "key": { "type": "apiKey", "in": "header", "name": "x-api-key", "description": "The same, as Anthropic's clients send it." },
            },
        },
    })
}

fn paths() -> Object {
    let mut paths = Object::new();
    let told = operation::Words::read(include_str!("openapi/parameters.json"));
    for file in PATHS {
        let entries: Vec<Value> = serde_json::from_str(file).unwrap_or_default();
        for entry in &entries {
            for (number, base) in strings(&entry["bases"]).enumerate() {
                let path = format!("{base}{}", entry["path"].as_str().unwrap_or_default());
                let item = item(entry, &path, number, &told);
                paths.insert(path, item.into());
            }
        }
    }
    paths
}

fn item(entry: &Value, path: &str, number: usize, told: &operation::Words) -> Object {
    let mut item = Object::new();
    if let Some(parameters) = operation::path_parameters(path, entry["rest"].as_str()) {
        item.insert("parameters".to_owned(), parameters);
    }
    for method in METHODS {
        if let Some(described) = entry.get(method) {
            item.insert(method.to_owned(), told.operation(described, path, number));
        }
    }
    item
}

fn object(text: &str) -> Object {
    serde_json::from_str(text).unwrap_or_default()
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
