use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

fn compiled(schema: &Value) -> Schema {
    Schema::compile(&schema.to_string()).unwrap()
}

fn breach(schema: &Value, answer: &Value) -> String {
    compiled(schema).check(&answer.to_string()).unwrap_err().to_string()
}

#[test]
fn a_breach_tells_where_and_what_and_nothing_of_the_answer() {
    let schema = json!({
        "type": "object", "required": ["city"], "additionalProperties": {"type": "integer"},
        "properties": {
            "city": {"type": "string", "pattern": "^[A-Z]"},
            "days": {"type": "array", "items": {"enum": ["Mon", "Tue"]}, "maxItems": 2},
            "none": {"type": "object", "additionalProperties": false}
        }
    });
    for (answer, told) in [
        (json!([]), "as a whole: expected type object"),
        (json!({"days": []}), "as a whole: expected the required property \"city\""),
        (json!({"city": 7}), "/city: expected type string"),
        (json!({"city": "secret"}), "/city: expected a text that matches \"^[A-Z]\""),
        (
            json!({"city": "A", "days": ["Mon", "secret"]}),
            "/days/1: expected one of [\"Mon\",\"Tue\"]",
        ),
        (
            json!({"city": "A", "days": ["Mon", "Mon", "Mon"]}),
            "/days: expected what `maxItems` says",
        ),
        (
            json!({"city": "A", "none": {"secret": 1}}),
            "/none: expected nothing beyond what is described",
        ),
        (json!({"city": "A", "secret": "x"}), "/*: expected type integer"),
    ] {
        assert_eq!(breach(&schema, &answer), told);
    }
    assert_eq!(compiled(&schema).check(r#"{"city":"A","days":["Tue"],"n":1}"#), Ok(()));
}

#[test]
fn schemas_that_are_none_are_told_with_their_place() {
    let told = |schema: &str| Schema::compile(schema).unwrap_err().to_string();
    let wrong = told(r#"{"type":"object","properties":{"a":{"type":"strng"}}}"#);
    assert!(
        wrong.starts_with("is not a valid JSON schema: ") && wrong.contains("/properties/a/type"),
        "{wrong}"
    );
    assert!(told("7").starts_with("is not a valid JSON schema"));
    assert!(told(r#"{"$ref":"https://example.com/x.json"}"#).contains("example.com"));
    assert!(told(r#"{"$ref":"file:///etc/passwd"}"#).starts_with("is not a valid"));
    assert!(told(r##"{"$ref":"#/$defs/gone"}"##).starts_with("is not a valid"));
    assert!(told(&format!("{}{}", "[".repeat(500), "]".repeat(500))).starts_with("is not a valid"));
    assert!(told(&json!({"description": "x".repeat(300_000)}).to_string()).contains("bytes"));
    assert!(told(&json!({"pattern": "(a{1000}){1000}"}).to_string()).starts_with("is not a valid"));
}

#[test]
fn older_drafts_are_taken_whether_they_say_so_or_not() {
    for schema in [
        json!({"type": "number", "minimum": 0, "exclusiveMinimum": true}),
        json!({"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 0, "exclusiveMinimum": true}),
        json!({"items": [{"type": "string"}], "type": "array"}),
        json!({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {"type": "string"}},
               "properties": {"x": {"$ref": "#/definitions/a"}}}),
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [{}]}),
        json!({"$schema": "https://example.com/mine"}),
    ] {
        assert!(Schema::compile(&schema.to_string()).is_ok(), "{schema}");
    }
}

#[test]
fn references_inside_are_followed() {
    let tree = json!({
        "$defs": {"node": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}},
        "$ref": "#/$defs/node"
    });
    assert_eq!(compiled(&tree).check(r#"{"name":"a","children":[{"name":"b"}]}"#), Ok(()));
    let answer = json!({"name": "a", "children": [{"name": "b", "children": [{}]}]});
    assert_eq!(breach(&tree, &answer), "as a whole: expected what the schema says");
    let list = json!({"$defs": {"a": {"type": "integer"}}, "items": {"$ref": "#/$defs/a"}});
    assert_eq!(breach(&list, &json!([1, "x"])), "/1: expected type integer");
}

#[test]
fn patterns_that_look_around_are_not_looked_at() {
    let schema = json!({"type": "object", "properties": {"pattern": {"type": "string", "pattern": "^(?!x)"}}});
    assert_eq!(compiled(&schema).check(r#"{"pattern":"x"}"#), Ok(()));
    assert_eq!(breach(&schema, &json!({"pattern": 1})), "/pattern: expected type string");
}

/// A hostile schema is refused, or judges a hostile answer within a moment.
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn bounded(schema: &Value, answer: &str) {
    let begun = Instant::now();
    if let Ok(schema) = Schema::compile(&schema.to_string()) {
        let _ = schema.check(answer);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

fn nested(depth: usize) -> String {
    format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))
}

#[test]
fn hostile_schemas_neither_hang_nor_overflow() {
    for word in ["allOf", "anyOf", "oneOf"] {
        let mut defs = serde_json::Map::new();
        for at in 0..200 {
            let next = json!({"$ref": format!("#/$defs/d{}", at + 1)});
            defs.insert(format!("d{at}"), json!({word: [next, next]}));
        }
        defs.insert("d200".to_owned(), json!({"type": "string"}));
        bounded(&json!({"$defs": defs, "$ref": "#/$defs/d0"}), "1");
        bounded(&json!({"$defs": defs, "$ref": "#/$defs/d0"}), "\"x\"");
        let step = json!({"properties": {"a": {"$ref": "#"}}});
        bounded(&json!({word: [step, step, step]}), &nested(31));
        bounded(&json!({word: [{"$ref": "#"}, {"$ref": "#"}], "type": "string"}), "1");
    }
    bounded(&json!({"$ref": "#"}), "1");
    bounded(&json!({"not": {"$ref": "#"}}), "1");
}

/// A chain of references through each kind of branch, that begins anew in every level of the answer.
fn chain(length: usize) -> Value {
    let mut defs = serde_json::Map::new();
    for at in 0..length {
        let next = json!({"$ref": format!("#/$defs/d{}", at + 1)});
        let word = ["allOf", "anyOf", "oneOf"][at % 3];
        let beside = json!({"type": if word == "allOf" { "object" } else { "null" }});
        defs.insert(format!("d{at}"), json!({word: [beside, next]}));
    }
    defs.insert(format!("d{length}"), json!({"properties": {"a": {"$ref": "#/$defs/d0"}}}));
    json!({"$defs": defs, "$ref": "#/$defs/d0"})
}

#[test]
fn the_deepest_chain_that_is_taken_fits_the_stack() {
    for length in [DEEPEST / 3 - 2, DEEPEST / 3 + 2, 3_000] {
        let schema = Schema::compile(&chain(length).to_string()).unwrap();
        assert_eq!(schema.weight == Weight::Beyond, length > DEEPEST / 3, "{length}");
        let judged = schema.check(&nested(DEEPEST_ANSWER));
        assert_eq!(judged.is_err(), schema.weight != Weight::Beyond, "{length}");
    }
    let mut deep = serde_json::Map::new();
    for at in 0..700 {
        let (open, close) = (r#"{"not":"#.repeat(40), "}".repeat(40));
        let text = format!("{open}{{\"$ref\":\"#/$defs/d{}\"}}{close}", at + 1);
        deep.insert(format!("d{at}"), serde_json::from_str(&text).unwrap());
    }
    bounded(&json!({"$defs": deep, "$ref": "#/$defs/d0"}), "1");
}

#[test]
fn hostile_patterns_and_answers_are_bounded() {
    let long = format!("\"{}b\"", "a".repeat(100_000));
    for pattern in ["^(a+)+$", "^(a|aa)+$", "(?=(a+)+$)(a|b)*c", r"^(a*)*\1$"] {
        bounded(&json!({"type": "string", "pattern": pattern}), &long);
    }
    let many: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
    let list = format!("[{}]", many.join(","));
    bounded(&json!({"uniqueItems": true}), &list);
    let all: Vec<Value> = (0..500).map(|n| json!({"minimum": -n})).collect();
    bounded(&json!({"items": {"allOf": all}}), &list);
    bounded(&json!({"type": "string"}), &nested(100_000));
}

#[test]
fn what_lies_beyond_the_bounds_is_not_judged() {
    let text = compiled(&json!({"type": "string"}));
    assert!(text.check("1").is_err());
    assert_eq!(text.check(&nested(40)), Ok(()));
    assert_eq!(text.check(&format!("[{}1]", "1,".repeat(600_000))), Ok(()));
    assert_eq!(text.check(r#"["\ud800"]"#), Ok(()), "half a surrogate pair");
}
