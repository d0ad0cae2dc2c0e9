//! A client's JSON schema, ready to judge answers by.
//!
//! Schemas and answers are both hostile. Nothing is ever fetched: a reference that leaves the schema makes it
//! unusable. What can cost much is bounded before it runs: the size of a schema, alone and with its
//! references written out, the depth and size of an answer, the size of patterns. Patterns run in linear time;
//! those that look around, which cannot, are not looked at. What lies beyond the bounds is not judged.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::wire::{Cursor, Kind};

#[cfg(test)]
mod tests;

/// The largest schema: twice what OpenAI takes.
const LARGEST: usize = 256 << 10;
/// The largest answer that is judged.
const LARGEST_ANSWER: usize = 1 << 20;
/// The deepest answer that is judged.
const DEEPEST_ANSWER: usize = 32;
/// The compiled size of a pattern and of its cache, in bytes.
const PATTERN: usize = 256 << 10;
/// The most values of a schema, references written out, in which the place of a breach is looked for.
const WRITTEN_OUT: usize = 20_000;
/// The deepest that a schema goes, references written out: each level takes some of the stack.
const DEEPEST: usize = 600;
/// The longest text that is told of a schema.
const LONGEST: usize = 120;

/// A schema that answers can be held against.
#[derive(Debug)]
pub(crate) struct Schema {
    /// `None` where judging by it could take too long.
    validator: Option<Validator>,
    source: Value,
    weight: Weight,
}

/// What a schema can cost when its references are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// It stays small.
    Plain,
    /// It refers to itself. The validator remembers what it saw of such, but not where it looks for the place of a
    /// breach.
    Recursive,
    /// It doubles and doubles, or goes down and down.
    Beyond,
}

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// It is more than anybody takes.
    #[error(
        "is a JSON schema of {0} bytes, and at most {LARGEST} are taken: shorten its descriptions"
    )]
    TooLarge(usize),
    /// It is none.
    #[error("is not a valid JSON schema: {why}{}", place(.at))]
    Invalid {
        /// Where in it, as a JSON pointer; empty for the whole.
        at: String,
        /// What is wrong there.
        why: String,
    },
}

/// How an answer breaks its schema: nothing of the answer is in it but numbers of items and names that the
/// schema has as well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected}", if .at.is_empty() { "as a whole" } else { .at })]
pub struct Breach {
    /// Where in the answer, as a JSON pointer; `*` stands for a name that the schema does not know.
    pub at: String,
    /// What the schema wants there.
    pub expected: String,
}

impl Breach {
    fn somewhere() -> Self {
        Self { at: String::new(), expected: "what the schema says".to_owned() }
    }
}

fn place(at: &str) -> String {
    if at.is_empty() { String::new() } else { format!(" (at {})", shortened(at)) }
}

impl Schema {
    /// Compiles a schema.
    pub(crate) fn compile(text: &str) -> Result<Self, Unusable> {
        if text.len() > LARGEST {
            return Err(Unusable::TooLarge(text.len()));
        }
        let source: Value = serde_json::from_str(text).map_err(|error| Unusable::Invalid {
            at: String::new(),
            why: shortened(&error.to_string()),
        })?;
        let weight =
            Measure { root: &source, left: WRITTEN_OUT, depth: 0, open: Vec::new() }.of(&source);
        let validator = if weight == Weight::Beyond { None } else { build(&source)? };
        Ok(Self { validator, source, weight })
    }

    /// Whether the answer to be can only be an object.
    pub(crate) fn wants_object(&self) -> bool {
        wants_object(&self.source)
    }

    /// Holds an answer, which is JSON, against the schema.
    pub(crate) fn check(&self, answer: &str) -> Result<(), Breach> {
        let Some(validator) = &self.validator else { return Ok(()) };
        if answer.len() > LARGEST_ANSWER || is_deeper(answer, DEEPEST_ANSWER) {
            return Ok(());
        }
        // What our own reader took for JSON and this one does not (half a surrogate pair) is not judged.
        let Ok(answer) = serde_json::from_str(answer) else { return Ok(()) };
        if validator.is_valid(&answer) {
            return Ok(());
        }
        let plain = self.weight == Weight::Plain;
        let found = plain.then(|| validator.validate(&answer).err()).flatten();
        Err(found.map_or_else(Breach::somewhere, |error| self.breach(&error)))
    }

    fn breach(&self, error: &ValidationError<'_>) -> Breach {
        Breach {
            at: shortened(&self.known(error.instance_path().as_str())),
            expected: shortened(&expected(error.kind())),
        }
    }

    /// A pointer into an answer without the names that only the answer has.
    fn known(&self, pointer: &str) -> String {
        let known = |name: &str| {
            let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
            is_number || has_name(&self.source, &name.replace("~1", "/").replace("~0", "~"))
        };
        let names = pointer.split('/').skip(1);
        names.map(|name| if known(name) { format!("/{name}") } else { "/*".to_owned() }).collect()
    }
}

/// Clients seldom say which draft they write, and older ones wrote things that newer ones forbid.
fn build(source: &Value) -> Result<Option<Validator>, Unusable> {
    let stated = source.get("$schema").and_then(Value::as_str).unwrap_or_default();
    let drafts = match stated {
        old if old.contains("draft-04") => [Draft::Draft4, Draft::Draft7, Draft::Draft202012],
        old if old.contains("draft-06") => [Draft::Draft6, Draft::Draft7, Draft::Draft202012],
        old if old.contains("draft-07") => [Draft::Draft7, Draft::Draft4, Draft::Draft202012],
        _ => [Draft::Draft202012, Draft::Draft7, Draft::Draft4],
    };
    let mut first = None;
    for draft in drafts {
        match build_as(source, draft) {
            Ok(validator) => return Ok(validator),
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(None), Err)
}

/// Patterns in linear time, or none of them: only what no engine takes is wrong.
fn build_as(source: &Value, draft: Draft) -> Result<Option<Validator>, Unusable> {
    let options = jsonschema::options().with_draft(draft).should_validate_formats(false).offline();
    let linear = PatternOptions::regex().size_limit(PATTERN).dfa_size_limit(PATTERN);
    let options = options.with_pattern_options(linear);
    if let Ok(validator) = options.build(source) {
        return Ok(Some(validator));
    }
    let fancy = PatternOptions::fancy_regex().size_limit(PATTERN).dfa_size_limit(PATTERN);
    match options.clone().with_pattern_options(fancy).build(source) {
        Err(error) => Err(Unusable::Invalid {
            at: error.instance_path().as_str().to_owned(),
            why: shortened(&error.to_string()),
        }),
        Ok(_) => {
            let mut bare = source.clone();
            take_patterns_out(&mut bare);
            Ok(options.build(&bare).ok())
        }
    }
}

fn take_patterns_out(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            // A property may be called so too; then it holds a schema, not a text.
            fields.retain(|key, value| key != "pattern" || !value.is_string());
            fields.values_mut().for_each(take_patterns_out);
        }
        Value::Array(items) => items.iter_mut().for_each(take_patterns_out),
        _ => {}
    }
}

fn wants_object(source: &Value) -> bool {
    match source.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().all(|kind| kind == "object"),
        _ => source.get("properties").is_some(),
    }
}

/// Writes a schema's references out, in thought.
struct Measure<'a> {
    root: &'a Value,
    /// How many more values there may be.
    left: usize,
    depth: usize,
    /// What is being written out.
    open: Vec<&'a str>,
}

impl<'a> Measure<'a> {
    fn of(&mut self, schema: &'a Value) -> Weight {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || self.depth > DEEPEST {
            return Weight::Beyond;
        }
        self.depth += 1;
        let weight = match schema {
            Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| self.field(key, value))
                .max()
                .unwrap_or(Weight::Plain),
            Value::Array(items) => {
                items.iter().map(|item| self.of(item)).max().unwrap_or(Weight::Plain)
            }
            _ => Weight::Plain,
        };
        self.depth -= 1;
        weight
    }

    fn field(&mut self, key: &str, value: &'a Value) -> Weight {
        match value {
            Value::String(to) if is_reference(key) => self.reference(to),
            // What is only defined here is counted where it is referred to.
            _ if key == "$defs" || key == "definitions" => Weight::Plain,
            value => self.of(value),
        }
    }

    fn reference(&mut self, to: &'a str) -> Weight {
        if self.open.contains(&to) {
            return Weight::Recursive;
        }
        let Some(target) = to.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer))
        else {
            // It leads nowhere, or out: whoever builds the validator says so.
            return Weight::Plain;
        };
        self.open.push(to);
        let weight = self.of(target);
        self.open.pop();
        weight
    }
}

fn is_reference(key: &str) -> bool {
    matches!(key, "$ref" | "$dynamicRef" | "$recursiveRef")
}

fn has_name(source: &Value, name: &str) -> bool {
    match source {
        Value::Object(fields) => {
            fields.contains_key(name) || fields.values().any(|value| has_name(value, name))
        }
        Value::Array(items) => items.iter().any(|value| has_name(value, name)),
        _ => false,
    }
}

fn is_deeper(text: &str, than: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    text.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > than
    })
}

/// What a keyword wants, in the client's own words where it has any.
fn expected(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => format!("type {kind}"),
        ValidationErrorKind::Type { kind: TypeKind::Multiple(kinds) } => {
            let kinds: Vec<String> = kinds.iter().map(|kind| kind.to_string()).collect();
            format!("type {}", kinds.join(" or "))
        }
        ValidationErrorKind::Required { property } => format!("the required property {property}"),
        ValidationErrorKind::Enum { options } => format!("one of {options}"),
        ValidationErrorKind::Constant { expected_value } => format!("{expected_value}"),
        ValidationErrorKind::AdditionalProperties { .. }
        | ValidationErrorKind::UnevaluatedProperties { .. }
        | ValidationErrorKind::FalseSchema => "nothing beyond what is described".to_owned(),
        ValidationErrorKind::Pattern { pattern } => format!("a text that matches {pattern:?}"),
        other => format!("what `{}` says", other.keyword()),
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Whether a text is JSON of that kind, and nothing but it.
pub(crate) fn is_json(text: &str, kind: Option<Kind>) -> bool {
    let mut cursor = Cursor::lenient(text);
    let found = cursor.kind();
    found.is_ok_and(|found| kind.is_none_or(|kind| kind == found))
        && cursor.value().and_then(|_| cursor.end()).is_ok()
}
