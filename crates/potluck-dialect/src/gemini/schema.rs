//! JSON schemas as Gemini takes them.
//!
//! Two forms: JSON schema itself, of which the newer fields take a part (ai.google.dev, "Structured output"),
//! and the smaller one of the older fields. Both get the same schema without references, without `allOf`
//! and without `const`; the older one also without null as a type. What is left out and allows more or less
//! than before is named; what only describes is not.

mod keyword;
#[cfg(test)]
mod tests;

use potluck_core::Sealed;
use serde_json::{Map, Value, json};

use self::keyword::{describes, stays};
use super::model::Model;

/// Which language the schema is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `parametersJsonSchema`, `responseJsonSchema`
    Json,
    /// `parameters`, `responseSchema`
    OpenApi,
}

/// A schema that Gemini takes.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub(super) json: String,
    /// Keywords whose leaving out changes what is accepted, without their `$`.
    pub(super) lost: Vec<String>,
    /// It is an object of no known fields.
    pub(super) has_no_fields: bool,
}

/// The deepest that references are followed into each other.
const DEEPEST: usize = 48;

/// The most schemas that one becomes: references that fan out grow without end.
const MOST: usize = 5_000;

/// A schema being rewritten.
struct Rewriting<'a> {
    root: &'a Value,
    form: Form,
    /// The references that are being followed.
    trail: Vec<String>,
    depth: usize,
    count: usize,
    lost: Vec<String>,
}

impl Form {
    /// The form that a model takes.
    pub(super) fn of(model: Model) -> Self {
        if model.takes_json_schema() { Self::Json } else { Self::OpenApi }
    }
}

/// Rewrites a schema; `None` where it is no object.
pub(super) fn rewrite(schema: &Sealed, form: Form) -> Option<Rewritten> {
    let root: Value = serde_json::from_str(schema.as_json()).ok()?;
    root.as_object()?;
    let (trail, lost) = (Vec::new(), Vec::new());
    let mut rewriting = Rewriting { root: &root, form, trail, depth: 0, count: 0, lost };
    let rewritten = rewriting.schema(&root);
    let fields = rewritten.get("properties").and_then(Value::as_object);
    Some(Rewritten {
        has_no_fields: fields.is_none_or(Map::is_empty) && rewritten.get("anyOf").is_none(),
        json: rewritten.to_string(),
        lost: rewriting.lost,
    })
}

impl Rewriting<'_> {
    fn schema(&mut self, schema: &Value) -> Value {
        self.count += 1;
        if self.depth >= DEEPEST || self.count > MOST {
            self.lose("depth");
            return json!({});
        }
        let Value::Object(fields) = schema else {
            if *schema == Value::Bool(false) {
                self.lose("not");
            }
            return json!({});
        };
        self.depth += 1;
        let followed = self.trail.len();
        let plain = self.flattened(fields);
        let mut out = Map::new();
        for (key, value) in &plain {
            self.keyword(key, value, &plain, &mut out);
        }
        self.settle(&mut out);
        self.trail.truncate(followed);
        self.depth -= 1;
        Value::Object(out)
    }

    /// The schema with what it refers to and what it consists of in its place. What it says itself comes first.
    fn flattened(&mut self, fields: &Map<String, Value>) -> Map<String, Value> {
        let is_own = |key: &&String| *key != "$ref" && *key != "allOf";
        let own = fields.iter().filter(|(key, _)| is_own(key));
        let mut plain: Map<String, Value> =
            own.map(|(key, value)| (key.clone(), value.clone())).collect();
        if let Some(Value::String(pointer)) = fields.get("$ref")
            && let Some(target) = self.follow(pointer)
        {
            merge(&mut plain, self.flattened(&target));
        }
        for part in fields.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            if let Value::Object(part) = part {
                merge(&mut plain, self.flattened(part));
            }
        }
        plain
    }

    /// What a reference names, unless it leads back to where it is being followed already.
    fn follow(&mut self, pointer: &str) -> Option<Map<String, Value>> {
        let target = pointer.strip_prefix('#').and_then(|path| self.root.pointer(path));
        let target = target.and_then(Value::as_object);
        let recurs = self.trail.iter().any(|followed| followed == pointer);
        match target {
            Some(target) if !recurs && self.trail.len() < DEEPEST => {
                self.trail.push(pointer.to_owned());
                Some(target.clone())
            }
            _ => {
                self.lose("ref");
                None
            }
        }
    }

    fn keyword(
        &mut self,
        key: &str,
        value: &Value,
        beside: &Map<String, Value>,
        out: &mut Map<String, Value>,
    ) {
        let json = self.form == Form::Json;
        match (key, value) {
            ("properties", Value::Object(named)) => {
                let named = named.iter().map(|(name, each)| (name.clone(), self.schema(each)));
                out.insert(key.to_owned(), Value::Object(named.collect()));
            }
            ("required", Value::Array(names)) => self.required(names, beside, out),
            ("items", Value::Array(each)) | ("prefixItems", Value::Array(each)) if json => {
                out.insert("prefixItems".to_owned(), self.list(each));
            }
            ("items", Value::Object(_) | Value::Bool(true)) => {
                out.insert(key.to_owned(), self.schema(value));
            }
            ("anyOf" | "oneOf", Value::Array(each)) => {
                let each = self.list(each);
                out.insert("anyOf".to_owned(), each);
            }
            ("const", _) => self.enumerate(std::slice::from_ref(value), out),
            ("enum", Value::Array(values)) => self.enumerate(values, out),
            ("type", Value::Array(types)) if !json => union(types, out),
            ("nullable", Value::Bool(true)) if json => null_too(out, beside),
            ("additionalProperties", Value::Object(_)) if json => {
                out.insert(key.to_owned(), self.schema(value));
            }
            // Gemini writes declared fields only, so neither word of it changes anything in the older form.
            ("additionalProperties", Value::Bool(_)) if !json => {}
            ("format", Value::String(word)) if !json && !keyword::is_format(word) => {}
            _ if stays(key, self.form) => {
                out.entry(key.to_owned()).or_insert_with(|| value.clone());
            }
            _ if describes(key) => {}
            _ => self.lose(key),
        }
    }

    fn list(&mut self, each: &[Value]) -> Value {
        each.iter().map(|each| self.schema(each)).collect()
    }

    /// Names that no field has are refused.
    fn required(
        &mut self,
        names: &[Value],
        beside: &Map<String, Value>,
        out: &mut Map<String, Value>,
    ) {
        let fields = beside.get("properties").and_then(Value::as_object);
        let is_known = |name: &&Value| {
            name.as_str().is_some_and(|name| fields.is_some_and(|fields| fields.contains_key(name)))
        };
        let known: Vec<Value> = names.iter().filter(is_known).cloned().collect();
        if known.len() < names.len() {
            self.lose("required");
        }
        if !known.is_empty() {
            out.insert("required".to_owned(), known.into());
        }
    }

    /// The older form has texts only; null among them is said beside.
    fn enumerate(&mut self, values: &[Value], out: &mut Map<String, Value>) {
        if self.form == Form::Json {
            out.insert("enum".to_owned(), values.into());
            return;
        }
        let texts: Vec<Value> = values.iter().filter(|value| value.is_string()).cloned().collect();
        let nulls = values.iter().filter(|value| value.is_null()).count();
        if nulls > 0 {
            out.insert("nullable".to_owned(), true.into());
        }
        if texts.len() + nulls < values.len() {
            self.lose("enum");
        } else if !texts.is_empty() {
            out.insert("type".to_owned(), "string".into());
            out.insert("enum".to_owned(), texts.into());
        }
    }

    /// Puts right what only the whole shows.
    fn settle(&mut self, out: &mut Map<String, Value>) {
        if self.form == Form::OpenApi {
            without_null(out);
        }
        if let (None, Some(Value::Array(values))) = (out.get("type"), out.get("enum"))
            && let Some(word) = keyword::type_of(values)
        {
            out.insert("type".to_owned(), word.into());
        }
        let is_list = out.get("type").is_some_and(|word| *word == "array");
        if is_list && !out.contains_key("items") && !out.contains_key("prefixItems") {
            out.insert("items".to_owned(), json!({}));
        }
    }

    fn lose(&mut self, keyword: &str) {
        let keyword = keyword.trim_start_matches('$');
        if !self.lost.iter().any(|lost| lost == keyword) {
            self.lost.push(keyword.to_owned());
        }
    }
}

/// Adds a schema to one that must hold with it: fields and demands add up, of the rest the first one holds.
fn merge(into: &mut Map<String, Value>, other: Map<String, Value>) {
    for (key, value) in other {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(fields)), Value::Object(more)) if key == "properties" => {
                for (name, field) in more {
                    fields.entry(name).or_insert(field);
                }
            }
            (Some(Value::Array(names)), Value::Array(more)) if key == "required" => {
                for name in more {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
            (Some(_), _) => {}
            (None, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// A list of types as one type, or as one of several.
fn union(types: &[Value], out: &mut Map<String, Value>) {
    let mut some: Vec<&Value> = types.iter().filter(|word| **word != "null").collect();
    if some.len() < types.len() {
        out.insert("nullable".to_owned(), true.into());
    }
    if some.len() == 1 {
        out.extend(some.pop().map(|word| ("type".to_owned(), word.clone())));
    } else if !some.is_empty() {
        let each: Vec<Value> = some.into_iter().map(|word| json!({ "type": word })).collect();
        out.insert("anyOf".to_owned(), each.into());
    }
}

/// Null as a branch becomes a word beside; one branch that is left is the schema itself.
fn without_null(out: &mut Map<String, Value>) {
    if out.get("type").is_some_and(|word| *word == "null") {
        out.shift_remove("type");
        out.insert("nullable".to_owned(), true.into());
    }
    let Some(Value::Array(branches)) = out.get_mut("anyOf") else { return };
    let is_null = |branch: &Value| *branch == json!({ "nullable": true });
    let before = branches.len();
    branches.retain(|branch| !is_null(branch));
    let (nulls, left) = (before > branches.len(), branches.len());
    let only = if left == 1 { branches.pop() } else { None };
    if left < 2 {
        out.shift_remove("anyOf");
    }
    if nulls {
        out.insert("nullable".to_owned(), true.into());
    }
    if let Some(Value::Object(fields)) = only {
        for (key, value) in fields {
            out.entry(key).or_insert(value);
        }
    }
}

/// The word of the older form, in the newer: null is one of the types.
fn null_too(out: &mut Map<String, Value>, beside: &Map<String, Value>) {
    if let Some(Value::String(word)) = beside.get("type") {
        out.insert("type".to_owned(), json!([word, "null"]));
    }
}
