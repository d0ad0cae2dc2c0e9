//! Taking out of a JSON schema what plain providers refuse.

use potluck_core::Sealed;
use serde_json::{Map, Value};

/// Keywords that are taken out wherever a schema stands, never where they are the name of a property.
const FANCY: [&str; 3] = ["$schema", "additionalProperties", "strict"];

/// Keywords whose value maps free names to schemas.
const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// Keywords whose value is data, not a schema.
const DATA: [&str; 5] = ["enum", "const", "default", "example", "examples"];

/// Whether any of the words occur at all; cheap, and now and then true of a mere property name.
pub(super) fn is_fancy(schema: &Sealed) -> bool {
    FANCY.iter().any(|word| schema.as_json().contains(word))
}

/// The schema without them; `None` where it cannot be opened, and is left as it is.
pub(super) fn plain(schema: &Sealed) -> Option<Sealed> {
    let mut value: Value = serde_json::from_str(schema.as_json()).ok()?;
    strip(&mut value);
    Some(Sealed::from_json(value.to_string()))
}

fn strip(schema: &mut Value) {
    match schema {
        Value::Object(fields) => strip_fields(fields),
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

fn strip_fields(fields: &mut Map<String, Value>) {
    fields.retain(|key, _| !FANCY.contains(&key.as_str()));
    for (key, value) in fields.iter_mut() {
        if DATA.contains(&key.as_str()) {
            continue;
        }
        match value {
            Value::Object(named) if NAMED.contains(&key.as_str()) => {
                named.values_mut().for_each(strip);
            }
            other => strip(other),
        }
    }
}
