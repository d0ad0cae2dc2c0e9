//! OTLP's shapes in JSON: attributes, and what stands around spans and metrics.

use serde_json::{Value, json};

/// A name and a value, as OTLP has them.
pub(super) type Attribute = (&'static str, Value);

/// Text as an attribute's value.
pub(super) fn text(value: impl Into<String>) -> Value {
    json!({ "stringValue": value.into() })
}

/// A whole number as an attribute's value: 64 bits are text in this JSON.
pub(super) fn number(value: impl ToString) -> Value {
    json!({ "intValue": value.to_string() })
}

/// A list of one text as an attribute's value.
pub(super) fn list(value: &str) -> Value {
    json!({ "arrayValue": { "values": [text(value)] } })
}

/// Attributes, as they stand in spans, points and resources.
pub(super) fn attributes(all: &[Attribute]) -> Value {
    all.iter().map(|(name, value)| json!({ "key": name, "value": value })).collect()
}

/// The body of `POST /v1/traces`.
pub(super) fn traces(service: &str, spans: &[Value]) -> Value {
    let scope = json!({ "scope": scope(), "spans": spans });
    json!({ "resourceSpans": [{ "resource": resource(service), "scopeSpans": [scope] }] })
}

/// The body of `POST /v1/metrics`.
pub(super) fn metrics(service: &str, metrics: &[Value]) -> Value {
    let scope = json!({ "scope": scope(), "metrics": metrics });
    json!({ "resourceMetrics": [{ "resource": resource(service), "scopeMetrics": [scope] }] })
}

fn resource(service: &str) -> Value {
    let about = [("service.name", text(service)), ("service.version", text(VERSION))];
    json!({ "attributes": attributes(&about) })
}

fn scope() -> Value {
    json!({ "name": "potluck", "version": VERSION })
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
