//! JSON, with or without comments: both are kept, and so is the layout.

use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::Value;

use super::Refused;

/// What a text means.
pub(super) fn read(text: &str) -> Result<Value, Refused> {
    parse_to_serde_value(text, &ParseOptions::default()).map_err(|error| invalid(&error))
}

/// A text with the keys of `new` set.
pub(super) fn edit(text: &str, new: &Value) -> Result<String, Refused> {
    let root =
        CstRootNode::parse(text, &ParseOptions::default()).map_err(|error| invalid(&error))?;
    if let Value::Object(new) = new {
        lay(&root.object_value_or_set(), new);
    }
    let text = root.to_string();
    Ok(if text.ends_with('\n') { text } else { format!("{text}\n") })
}

fn lay(object: &CstObject, new: &serde_json::Map<String, Value>) {
    for (key, value) in new {
        let before = object.get(key).and_then(|property| property.value());
        match (before, value) {
            (Some(node), Value::Object(inner)) if node.as_object().is_some() => {
                if let Some(object) = node.as_object() {
                    lay(&object, inner);
                }
            }
            (Some(node), Value::Array(entries)) if node.as_array().is_some() => {
                let held = node.to_serde_value().unwrap_or_default();
                let held = held.as_array().map(Vec::as_slice).unwrap_or_default();
                for entry in entries.iter().filter(|entry| !held.contains(entry)) {
                    if let Some(array) = node.as_array() {
                        array.append(written(entry));
                    }
                }
            }
            (Some(_), value) => {
                if let Some(property) = object.get(key) {
                    property.set_value(written(value));
                }
            }
            (None, value) => drop(object.append(key, written(value))),
        }
    }
}

fn written(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(flag) => CstInputValue::Bool(*flag),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(all) => CstInputValue::Array(all.iter().map(written).collect()),
        Value::Object(all) => CstInputValue::Object(
            all.iter().map(|(key, value)| (key.clone(), written(value))).collect(),
        ),
    }
}

fn invalid(error: &impl ToString) -> Refused {
    Refused::Invalid { format: "JSON", why: error.to_string() }
}
