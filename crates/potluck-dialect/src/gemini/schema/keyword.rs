//! The keywords of a schema: which stay in which form, and which only describe.

use serde_json::Value;

use super::Form;

/// In both forms.
const COMMON: [&str; 10] = [
    "type",
    "format",
    "title",
    "description",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "propertyOrdering",
    "default",
];

/// In JSON schema, as Google lists it.
const JSON: [&str; 1] = ["additionalProperties"];

/// In the older form (`Schema` of the API's reference).
const OPEN_API: [&str; 7] =
    ["nullable", "minProperties", "maxProperties", "minLength", "maxLength", "pattern", "example"];

/// Say nothing of what is accepted, or were put in place before.
const DESCRIBES: [&str; 19] = [
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "$vocabulary",
    "definitions",
    "contentMediaType",
    "contentEncoding",
    "default",
    "deprecated",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "format",
    "nullable",
    "readOnly",
    "writeOnly",
];

/// Formats that the older subset knows; others are refused there.
const FORMATS: [&str; 6] = ["date-time", "enum", "int32", "int64", "float", "double"];

/// Whether a keyword is taken over with its value.
pub(super) fn stays(key: &str, form: Form) -> bool {
    let own: &[&str] = match form {
        Form::Json => &JSON,
        Form::OpenApi => &OPEN_API,
    };
    COMMON.contains(&key) || own.contains(&key)
}

/// Whether leaving a keyword out changes nothing of what is accepted.
pub(super) fn describes(key: &str) -> bool {
    DESCRIBES.contains(&key) || key.starts_with("x-") || key == "strict"
}

/// Whether the older subset knows a format.
pub(super) fn is_format(word: &str) -> bool {
    FORMATS.contains(&word)
}

/// The one type that all the values have; the API wants it said.
pub(super) fn type_of(values: &[Value]) -> Option<&'static str> {
    let word = |value: &Value| match value {
        Value::String(_) => Some("string"),
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if number.is_f64() => Some("number"),
        Value::Number(_) => Some("integer"),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let first = word(values.first()?)?;
    values.iter().all(|value| word(value) == Some(first)).then_some(first)
}
