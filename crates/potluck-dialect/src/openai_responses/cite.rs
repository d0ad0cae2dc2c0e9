//! Citations and log probabilities, out of the form that answers have in the middle.

use potluck_core::Sealed;
use serde_json::{Map, Value, json};

/// The items of a list of citations, each flat: what stands in an object named like the kind is taken out of it.
///
/// `said` is how many characters of the text there are so far: a citation that does not say what it covers covers
/// all of them.
pub(super) fn citations(annotations: &Sealed, said: usize) -> Vec<String> {
    let Ok(Value::Array(items)) = serde_json::from_str(annotations.as_json()) else {
        return Vec::new();
    };
    let objects = items.into_iter().filter_map(|item| match item {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    objects.map(|fields| Value::Object(flat(fields, said)).to_string()).collect()
}

fn flat(mut fields: Map<String, Value>, said: usize) -> Map<String, Value> {
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or("url_citation").to_owned();
    if let Some(Value::Object(inner)) = fields.remove(&kind) {
        fields.extend(inner);
    }
    if kind == "url_citation" {
        let url = fields.get("url").cloned().unwrap_or_else(|| json!(""));
        fields.entry("title").or_insert(url);
        fields.entry("start_index").or_insert(json!(0));
        fields.entry("end_index").or_insert(json!(said));
    }
    fields.insert("type".to_owned(), Value::String(kind));
    fields
}

/// The tokens of a text with their probabilities, as the inside of a list.
pub(super) fn probabilities(logprobs: &Sealed) -> Option<String> {
    let value: Value = serde_json::from_str(logprobs.as_json()).ok()?;
    let tokens = value.get("content")?.as_array().filter(|tokens| !tokens.is_empty())?;
    let texts: Vec<String> = tokens.iter().map(Value::to_string).collect();
    Some(texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_flat_and_say_what_they_cover() {
        let sealed = Sealed::from_json(
            r#"[{"type":"url_citation","url_citation":{"url":"https://a.test","start_index":1,"end_index":4,"title":"A"}},
                {"type":"url_citation","url_citation":{"url":"https://b.test"}}, 7, {"type":"file","file":{"id":"x"}}]"#,
        );
        let cited: Vec<Value> =
            citations(&sealed, 9).iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        let expected = json!([
            { "type": "url_citation", "url": "https://a.test", "start_index": 1, "end_index": 4, "title": "A" },
            { "type": "url_citation", "url": "https://b.test", "start_index": 0, "end_index": 9,
              "title": "https://b.test" },
            { "type": "file", "id": "x" }
        ]);
        assert_eq!(Value::Array(cited), expected);
        assert!(citations(&Sealed::from_json("{}"), 1).is_empty());
    }

    #[test]
    fn probabilities_are_those_of_the_text() {
        let sealed =
            Sealed::from_json(r#"{"content":[{"token":"a"},{"token":"b"}],"refusal":null}"#);
        assert_eq!(probabilities(&sealed).unwrap(), r#"{"token":"a"},{"token":"b"}"#);
        for nothing in [r#"{"content":[]}"#, r#"{"content":null}"#, "null"] {
            assert_eq!(probabilities(&Sealed::from_json(nothing)), None);
        }
    }
}
