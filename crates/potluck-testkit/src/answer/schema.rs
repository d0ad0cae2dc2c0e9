//! An instance of a JSON schema.
//!
//! Covers what clients send: types, required, properties, items, enum, const, default, `$ref` into
//! `$defs` or `definitions`, anyOf and oneOf (first branch that ends), allOf, and the bounds of
//! numbers, strings and arrays. A pattern is not honoured. Recursion ends at a fixed depth.

use serde_json::{Map, Number, Value, json};

/// Deeper than this, optional fields are left out and unions take a branch without fields.
const DEEP: usize = 4;
/// Deeper than this, whatever the schema says, the answer is null.
const DEEPEST: usize = 24;

/// What goes into strings.
pub(super) struct Words<'a> {
    /// For a string that nothing else determines.
    pub(super) text: &'a str,
    /// For a number that nothing else determines, as far as its bounds allow.
    pub(super) number: Option<f64>,
}

/// An instance of the schema.
pub(super) fn instance(schema: &Value, words: &Words<'_>) -> Value {
    Writer { root: schema, words }.value(schema, 0)
}

struct Writer<'a> {
    root: &'a Value,
    words: &'a Words<'a>,
}

impl Writer<'_> {
    fn value(&self, schema: &Value, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            return self.value(self.resolve(target), depth + 1);
        }
        for key in ["const", "default"] {
            if let Some(value) = schema.get(key) {
                return value.clone();
            }
        }
        if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
            return first.clone();
        }
        if let Some(branch) = self.branch(schema, depth) {
            return self.value(branch, depth + 1);
        }
        if let Some(Value::Array(parts)) = schema.get("allOf") {
            return self.joined(schema, parts, depth);
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "integer" => number(schema, self.words.number.unwrap_or(1.0), true),
            "number" => number(schema, self.words.number.unwrap_or(1.5), false),
            "boolean" => true.into(),
            "null" => Value::Null,
            _ => self.string(schema).into(),
        }
    }

    fn resolve(&self, target: &str) -> &Value {
        let pointer = target.strip_prefix('#').unwrap_or(target);
        self.root.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The first branch of a union; deep down, one that does not lead deeper.
    fn branch<'a>(&'a self, schema: &'a Value, depth: usize) -> Option<&'a Value> {
        let branches = schema.get("anyOf").or(schema.get("oneOf"))?.as_array()?;
        let shallow =
            branches.iter().find(|branch| branch.get("$ref").is_none() && kind(branch) != "object");
        shallow.filter(|_| depth > DEEP).or(branches.first())
    }

    fn joined(&self, schema: &Value, parts: &[Value], depth: usize) -> Value {
        let mut fields = Map::new();
        let own = schema.get("properties").map(|_| self.object(schema, depth));
        let others = parts.iter().map(|part| self.value(part, depth + 1));
        for value in own.into_iter().chain(others) {
            match value {
                Value::Object(more) => fields.extend(more),
                other => return other,
            }
        }
        Value::Object(fields)
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let mut fields = Map::new();
        let Some(Value::Object(properties)) = schema.get("properties") else {
            return Value::Object(fields);
        };
        let required = schema.get("required").and_then(Value::as_array);
        let needed = |name: &str| match required {
            Some(names) if !names.is_empty() => names.iter().any(|each| each == name),
            _ => depth <= DEEP,
        };
        for (name, property) in properties {
            if needed(name) {
                fields.insert(name.clone(), self.value(property, depth + 1));
            }
        }
        Value::Object(fields)
    }

    fn array(&self, schema: &Value, depth: usize) -> Value {
        if let Some(Value::Array(items)) = schema.get("prefixItems") {
            return items.iter().map(|item| self.value(item, depth + 1)).collect();
        }
        let least = bound(schema, "minItems").unwrap_or(0);
        let most = bound(schema, "maxItems").unwrap_or(u64::MAX);
        // one item shows its shape, but a recursive schema must end
        let count = if depth > DEEP { least } else { least.max(1).min(most) };
        let item = schema.get("items").unwrap_or(&Value::Null);
        (0..count.min(64)).map(|_| self.value(item, depth + 1)).collect()
    }

    fn string(&self, schema: &Value) -> String {
        let format = schema.get("format").and_then(Value::as_str);
        if let Some(fixed) = format.and_then(formatted) {
            return fixed.to_owned();
        }
        let mut text = self.words.text.to_owned();
        let least = usize::try_from(bound(schema, "minLength").unwrap_or(0)).unwrap_or(0).min(4096);
        while text.chars().count() < least {
            text.push('.');
        }
        match bound(schema, "maxLength").and_then(|most| usize::try_from(most).ok()) {
            Some(most) => text.chars().take(most).collect(),
            None => text,
        }
    }
}

fn kind(schema: &Value) -> &str {
    let named = match schema.get("type") {
        Some(Value::String(name)) => Some(name.as_str()),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|n| *n != "null"),
        _ => None,
    };
    named.unwrap_or_else(|| {
        if schema.get("properties").is_some() {
            "object"
        } else if schema.get("items").is_some() {
            "array"
        } else {
            "string"
        }
    })
}

fn bound(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}

fn number(schema: &Value, usual: f64, whole: bool) -> Value {
    let get = |name| schema.get(name).and_then(Value::as_f64);
    let step = get("multipleOf").filter(|step| *step > 0.0);
    let nudge = step.unwrap_or(if whole { 1.0 } else { 0.5 });
    let least = get("minimum").or(get("exclusiveMinimum").map(|least| least + nudge));
    let most = get("maximum").or(get("exclusiveMaximum").map(|most| most - nudge));
    let mut value = least.map_or(usual, |least| usual.max(least));
    value = most.map_or(value, |most| value.min(most));
    if let Some(step) = step {
        value = (value / step).ceil() * step;
    }
    if whole { json!(value.ceil() as i64) } else { Number::from_f64(value).into() }
}

fn formatted(format: &str) -> Option<&'static str> {
    Some(match format {
        "date" => "2030-01-02",
        "time" => "03:04:05Z",
        "date-time" => "2030-01-02T03:04:05Z",
        "duration" => "PT1M",
        "email" => "simulated@example.com",
        "hostname" => "simulated.example.com",
        "uri" | "url" | "uri-reference" => "https://example.com/simulated",
        "uuid" => "00000000-0000-4000-8000-000000000000",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(schema: Value) -> Value {
        instance(&schema, &Words { text: "Paris", number: None })
    }

    #[test]
    fn objects_hold_what_is_required() {
        let schema = json!({"type": "object", "required": ["city", "days"], "properties": {
            "city": {"type": "string"}, "days": {"type": "integer", "minimum": 3},
            "unit": {"enum": ["C", "F"]}}});
        assert_eq!(of(schema), json!({"city": "Paris", "days": 3}));
    }

    #[test]
    fn the_number_in_the_question_is_used_within_the_bounds() {
        let schema = json!({"properties": {"a": {"type": "integer"}, "b": {"type": "number"},
            "c": {"type": "integer", "maximum": 2}}});
        let words = Words { text: "Paris", number: Some(3.0) };
        assert_eq!(instance(&schema, &words), json!({"a": 3, "b": 3.0, "c": 2}));
    }

    #[test]
    fn references_unions_and_bounds_are_followed() {
        let schema = json!({"$defs": {"n": {"type": "number", "maximum": 0.25}},
            "properties": {"a": {"$ref": "#/$defs/n"},
                "b": {"anyOf": [{"type": "null"}, {"type": "string"}]},
                "c": {"type": ["null", "boolean"]},
                "d": {"type": "array", "minItems": 2, "items": {"enum": ["x", "y"]}},
                "e": {"type": "string", "maxLength": 2},
                "f": {"allOf": [{"properties": {"g": {"const": 7}}}]}}});
        assert_eq!(
            of(schema),
            json!({"a": 0.25, "b": null, "c": true, "d": ["x", "x"], "e": "Pa", "f": {"g": 7}})
        );
    }

    #[test]
    fn a_recursive_schema_ends() {
        let schema = json!({"$defs": {"node": {"type": "object", "required": ["next", "kids"],
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}},
            "$ref": "#/$defs/node"});
        assert!(of(schema).to_string().len() < 20_000);
    }
}
