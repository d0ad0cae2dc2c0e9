//! Arguments of a call that come in pieces, each a value under its path: only who asks for it is given that,
//! and models were recorded that do. A call is told when it is whole, since pieces need not come in the order
//! in which JSON is written.

use potluck_core::sealed::Extra;
use serde_json::{Map, Value};

/// The deepest path that is followed.
const DEEPEST: usize = 64;

/// The longest list that a path may make.
const MOST: usize = 10_000;

/// A call whose arguments are still coming.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) index: u32,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) extra: Extra,
    pub(super) arguments: Value,
}

impl Open {
    /// Adds pieces: a JSON array of `{"jsonPath": ..., "stringValue": ...}`. Texts under one path add up.
    pub(super) fn take(&mut self, pieces: &str) {
        let Ok(Value::Array(pieces)) = serde_json::from_str(pieces) else { return };
        for piece in &pieces {
            if let (Some(path), Some(value)) = (path(piece), value(piece)) {
                put(&mut self.arguments, &path, value);
            }
        }
    }
}

/// A step of a path.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Item(usize),
}

/// `$.a.b[0]` or `$['a']`; `None` of what is no such path.
fn path(piece: &Value) -> Option<Vec<Step>> {
    let mut rest = piece.get("jsonPath")?.as_str()?.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() && steps.len() < DEEPEST {
        let (step, after) = if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            (Step::Field(name[..end].to_owned()), &name[end..])
        } else {
            let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
            (inside.parse().map_or_else(|_| quoted(inside), Step::Item), after)
        };
        steps.push(step);
        rest = after;
    }
    (rest.is_empty() && !steps.is_empty()).then_some(steps)
}

fn quoted(inside: &str) -> Step {
    Step::Field(inside.trim_matches(['\'', '"']).to_owned())
}

fn value(piece: &Value) -> Option<Value> {
    let kinds = ["stringValue", "numberValue", "boolValue"];
    let told = kinds.into_iter().find_map(|kind| piece.get(kind).cloned());
    told.or_else(|| piece.get("nullValue").map(|_| Value::Null))
}

fn put(at: &mut Value, path: &[Step], value: Value) {
    let Some((step, rest)) = path.split_first() else {
        match (at, value) {
            (Value::String(text), Value::String(more)) => text.push_str(&more),
            (at, value) => *at = value,
        }
        return;
    };
    match (step, at) {
        (Step::Field(name), Value::Object(fields)) => {
            put(fields.entry(name).or_insert(Value::Null), rest, value);
        }
        (Step::Item(number), Value::Array(items)) => {
            if *number < MOST {
                items.resize(items.len().max(number + 1), Value::Null);
                put(&mut items[*number], rest, value);
            }
        }
        (Step::Field(_), at) => {
            *at = Value::Object(Map::new());
            put(at, path, value);
        }
        (Step::Item(_), at) => {
            *at = Value::Array(Vec::new());
            put(at, path, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_together_under_their_paths() {
        let (id, name) = (String::new(), String::new());
        let arguments = Value::Object(Map::new());
        let mut open = Open { index: 0, id, name, extra: Extra::new(), arguments };
        for pieces in [
            r#"[{"jsonPath":"$.a","stringValue":"x"},{"jsonPath":"$.list[1].b","numberValue":1.5}]"#,
            r#"[{"jsonPath":"$['a']","stringValue":"y"},{"jsonPath":"$.on","boolValue":true}]"#,
            r#"[{"jsonPath":"$.list[0]","nullValue":null},{"jsonPath":"$.list[99999999]","numberValue":1}]"#,
            r#"[{"jsonPath":"a","stringValue":"no path"},{"jsonPath":"$","stringValue":"none"},7]"#,
            "no JSON",
        ] {
            open.take(pieces);
        }
        let whole = serde_json::json!({"a": "xy", "list": [null, {"b": 1.5}], "on": true});
        assert_eq!(open.arguments, whole);
    }
}
