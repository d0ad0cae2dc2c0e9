//! What an error body tells, whatever its shape.
//!
//! Some thirty shapes were seen: an `error` object, an `error` text, `detail`, `errors`, a bare `message`,
//! problem+json, an array of one, a reseller's envelope around its upstream's own body, prose, a web page, an
//! event stream of one line. All become one [`Told`].
//!
//! Only fields that speak of the failure are read. Bodies also echo what the client sent (`input`,
//! `failed_generation`, `flagged_input`), and a prompt must not be able to say that a quota is spent.

use serde_json::Value;

use super::page;

/// How much of one text is kept: far more than any real message.
const LONGEST_TEXT: usize = 4_096;
/// In how much of a message signs are looked for: what it echoes of the prompt comes later.
const TELLING: usize = 600;
/// Bodies beyond this are not parsed: no error is that long.
const LARGEST_BODY: usize = 1 << 20;
/// How many envelopes deep an upstream's words are looked for.
const DEEPEST: u8 = 4;

/// What an error body tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// What happened in the provider's words: unsafe to show, see [`super::safe`]. May be empty.
    pub message: String,
    /// Its code: a word or a number as text.
    pub code: Option<String>,
    /// Its type, or Google's status word.
    pub kind: Option<String>,
    /// The field at fault.
    pub param: Option<String>,
    /// The HTTP status that the body gives, which may differ from the response's.
    pub status_inside: Option<u16>,
    /// What a reseller forwards from the provider behind it.
    pub upstream: Option<Box<Told>>,
    /// Who that is.
    pub upstream_name: Option<String>,
    /// Whether the body is a web page: then no API answered, but something in front of it.
    pub is_page: bool,
    text: String,
    words: String,
    json: Option<Value>,
}

impl Told {
    /// Reads a body. Anything gives something: at worst an empty message.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let whole = text_of(body);
        let text = whole.trim_start_matches('\u{feff}').trim();
        let mut told = match parse(text) {
            Some(json) => Self { json: Some(json.clone()), ..from_value(&json, 0) },
            None if page::is_page(text) => {
                Self { message: page::title(text), is_page: true, ..Self::default() }
            }
            None => Self { message: shorten(text), ..Self::default() },
        };
        told.words = told.gather();
        told.text = whole;
        told
    }

    /// With this message, where the body has none.
    pub(super) fn or_message(mut self, message: &str) -> Self {
        if self.message.trim().is_empty() {
            self.message = shorten(message);
            self.words = self.gather();
        }
        self
    }

    /// The whole body.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Everything that speaks of the failure, in lower case, one text a line: what signs are looked for in.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The body, where it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        self.json.as_ref()
    }

    /// The status that the innermost body gives.
    #[must_use]
    pub fn deepest_status(&self) -> Option<u16> {
        self.upstream.as_ref().and_then(|up| up.deepest_status()).or(self.status_inside)
    }

    /// The message that says most: the upstream's own where a reseller only says that there was an error.
    #[must_use]
    pub fn best_message(&self) -> &str {
        match &self.upstream {
            Some(upstream) if !upstream.best_message().is_empty() => upstream.best_message(),
            _ => &self.message,
        }
    }

    fn gather(&self) -> String {
        let upstream = self.upstream.as_ref().map(|upstream| upstream.gather());
        let own = [self.code.as_deref(), self.kind.as_deref(), self.param.as_deref()];
        let start = self.message.floor_char_boundary(TELLING);
        let mut words = self.message[..start].to_lowercase();
        for text in own.into_iter().flatten().chain([self.words.as_str()]) {
            words.push('\n');
            words.push_str(&text.to_lowercase());
        }
        if let Some(upstream) = upstream {
            words.push('\n');
            words.push_str(&upstream);
        }
        words
    }
}

/// The body as text: what is no UTF-8 becomes a replacement character. A body is whole, so no character is
/// cut in two.
fn text_of(body: &[u8]) -> String {
    let body = &body[..body.len().min(LARGEST_BODY)];
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// JSON, bare or in the last `data:` line of an event stream.
fn parse(text: &str) -> Option<Value> {
    let holds = |json: &Value| json.is_object() || json.is_array() || json.is_string();
    if let Ok(json) = serde_json::from_str(text) {
        return Some(json).filter(holds);
    }
    text.lines()
        .rev()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter_map(|data| serde_json::from_str(data.trim()).ok())
        .find(holds)
}

fn from_value(json: &Value, depth: u8) -> Told {
    let json = json.as_array().and_then(|array| array.first()).unwrap_or(json);
    if let Value::String(text) = json {
        return Told { message: shorten(text), ..Told::default() };
    }
    let inner = inner_of(json);
    let from = inner.unwrap_or(json);
    let mut told = Told {
        message: message_of(from).or_else(|| message_of(json)).unwrap_or_default(),
        code: code_of(from).or_else(|| code_of(json)),
        kind: kind_of(from).or_else(|| kind_of(json)),
        param: word(from, "param"),
        status_inside: status_of(from).or_else(|| status_of(json)),
        upstream_name: from.pointer("/metadata/provider_name").and_then(text),
        words: reasons_of(from).join("\n"),
        ..Told::default()
    };
    if depth < DEEPEST {
        told.upstream = upstream_of(from, &told.message, depth).map(Box::new);
    }
    told
}

/// The object that holds the error: `error`, the first of `errors`, `detail` or `message` as an object.
fn inner_of(json: &Value) -> Option<&Value> {
    let first =
        |value: &'_ Value| value.as_array().is_some_and(|array| array.iter().any(Value::is_object));
    let object = |name: &str| json.get(name).filter(|value| value.is_object());
    object("error")
        .or_else(|| json.pointer("/response/error").filter(|value| value.is_object()))
        .or_else(|| json.get("errors").filter(|value| first(value)).and_then(|list| list.get(0)))
        .or_else(|| object("errors"))
        .or_else(|| object("detail"))
        .or_else(|| object("message"))
}

fn message_of(json: &Value) -> Option<String> {
    let named = |name: &str| json.get(name).and_then(text).filter(|text| !text.trim().is_empty());
    let title = || match (named("title"), named("detail")) {
        (Some(title), Some(detail)) => Some(format!("{title}: {detail}")),
        (title, detail) => detail.or(title),
    };
    named("message")
        .or_else(|| named("msg"))
        .or_else(title)
        .or_else(|| json.get("detail").and_then(fields_at_fault))
        .or_else(|| json.get("message").and_then(|message| fields_at_fault(message.get("detail")?)))
        .or_else(|| named("error"))
        .or_else(|| named("error_description"))
        .or_else(|| named("description"))
        .or_else(|| json.get("errors").and_then(|errors| errors.get(0)).and_then(text))
        .map(|text| shorten(&text))
}

/// `[{"loc": ["body", "messages"], "msg": "Field required"}]`: the places and what is wrong with them.
fn fields_at_fault(list: &Value) -> Option<String> {
    let one = |item: &Value| {
        let said = item.get("msg").or_else(|| item.get("message")).and_then(text)?;
        let place: Vec<String> =
            item.get("loc").and_then(Value::as_array)?.iter().filter_map(text).collect();
        Some(format!("{}: {said}", place.join(".")))
    };
    let all: Vec<String> = list.as_array()?.iter().filter_map(one).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn code_of(json: &Value) -> Option<String> {
    // beside a message, an `error` text is the name of the error
    let name = || word(json, "error").filter(|_| json.get("message").is_some_and(Value::is_string));
    word(json, "code")
        .or_else(|| word(json, "error_code"))
        .or_else(|| word(json, "rc"))
        .or_else(name)
}

fn kind_of(json: &Value) -> Option<String> {
    let status = || json.get("status").filter(|status| status.is_string()).and_then(text);
    word(json, "type")
        .filter(|kind| kind != "error")
        .or_else(|| word(json, "error_type"))
        .or_else(status)
}

/// A number that can only be an HTTP status of a failure.
fn status_of(json: &Value) -> Option<u16> {
    ["status_code", "raw_status_code", "code", "status", "statusCode"].iter().find_map(|name| {
        let number: u16 = text(json.get(*name)?)?.parse().ok()?;
        (300..600).contains(&number).then_some(number)
    })
}

/// Further words that name the failure: Google's reasons and quota ids, Azure's inner code, and the like.
fn reasons_of(json: &Value) -> Vec<String> {
    let mut reasons: Vec<String> = ["/reason", "/innererror/code", "/metadata/error_type"]
        .iter()
        .filter_map(|pointer| json.pointer(pointer).and_then(text))
        .collect();
    for detail in list(json, "details") {
        reasons.extend(detail.get("reason").and_then(text));
        for violation in list(detail, "violations") {
            let named = ["quotaId", "quotaMetric", "description"];
            reasons.extend(named.iter().filter_map(|name| violation.get(*name).and_then(text)));
            let amount = violation.get("quotaValue").and_then(text);
            reasons.extend(amount.map(|amount| format!("limit: {amount}")));
        }
    }
    reasons.truncate(32);
    reasons.into_iter().map(|reason| shorten(&reason)).collect()
}

/// The body of the provider behind a reseller: `metadata.raw`, or JSON at the end of the message.
fn upstream_of(json: &Value, message: &str, depth: u8) -> Option<Told> {
    if let Some(raw) = json.pointer("/metadata/raw") {
        let parsed = raw.as_str().and_then(parse);
        let told = from_value(parsed.as_ref().unwrap_or(raw), depth + 1);
        return Some(told).filter(|told| !told.message.is_empty());
    }
    let (_, tail) = message.split_once('{')?;
    let tail = &message[message.len() - tail.len() - 1..];
    let parsed: Value = serde_json::from_str(tail.get(..=tail.rfind('}')?)?).ok()?;
    inner_of(&parsed).map(|_| from_value(&parsed, depth + 1))
}

fn list<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    json.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn word(json: &Value, name: &str) -> Option<String> {
    json.get(name).and_then(text).map(|text| shorten(&text))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn shorten(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST_TEXT)].to_owned()
}

#[cfg(test)]
mod tests;
