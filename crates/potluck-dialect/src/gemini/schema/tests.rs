use super::*;

fn rewritten(schema: &Value, form: Form) -> (Value, Vec<String>) {
    let rewritten = rewrite(&Sealed::from_json(schema.to_string()), form).unwrap();
    (serde_json::from_str(&rewritten.json).unwrap(), rewritten.lost)
}

#[track_caller]
fn check(schema: &Value, form: Form, expected: &Value, lost: &[&str]) {
    let (told, left_out) = rewritten(schema, form);
    assert_eq!(&told, expected, "{schema}");
    assert_eq!(left_out, lost, "{schema}");
}

#[test]
fn references_are_put_in_place_and_end_where_they_come_back() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {
            "Node": {"type": "object", "description": "any", "properties": {
                "name": {"$ref": "#/$defs/Name"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}},
            "Name": {"type": "string"}
        },
        "type": "object",
        "properties": {"root": {"description": "the first", "$ref": "#/$defs/Node"}},
        "required": ["root"]
    });
    let expected = json!({
        "type": "object",
        "properties": {"root": {"description": "the first", "type": "object", "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {}}}}},
        "required": ["root"]
    });
    check(&schema, Form::Json, &expected, &["ref"]);
    check(&schema, Form::OpenApi, &expected, &["ref"]);
}

#[test]
fn one_reference_may_be_followed_twice() {
    let schema = json!({
        "definitions": {"Point": {"type": "number"}},
        "type": "object",
        "properties": {"x": {"$ref": "#/definitions/Point"}, "y": {"$ref": "#/definitions/Point"}}
    });
    let expected =
        json!({"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "number"}}});
    check(&schema, Form::Json, &expected, &[]);
}

#[test]
fn a_schema_that_only_refers_to_itself_is_any() {
    check(&json!({"$ref": "#"}), Form::Json, &json!({}), &["ref"]);
    check(&json!({"$ref": "#/nowhere"}), Form::Json, &json!({}), &["ref"]);
}

#[test]
fn what_must_hold_together_is_one() {
    let schema = json!({
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"const": 1}}, "required": ["b", "a"]}
        ],
        "description": "both"
    });
    let expected = json!({
        "description": "both",
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"enum": [1], "type": "integer"}},
        "required": ["a", "b"]
    });
    check(&schema, Form::Json, &expected, &[]);
}

#[test]
fn null_is_a_type_or_a_word_beside() {
    let union = json!({"type": ["string", "null"]});
    check(&union, Form::Json, &union, &[]);
    check(&union, Form::OpenApi, &json!({"type": "string", "nullable": true}), &[]);
    let branches = json!({"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "t"});
    check(&branches, Form::Json, &branches, &[]);
    let beside = json!({"type": "integer", "nullable": true, "title": "t"});
    check(&branches, Form::OpenApi, &beside, &[]);
    let many = json!({"type": ["string", "integer", "null"]});
    let each = json!({"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": true});
    check(&many, Form::OpenApi, &each, &[]);
    let word = json!({"type": "string", "nullable": true});
    check(&word, Form::Json, &union, &[]);
}

#[test]
fn values_are_listed_where_they_can_be() {
    let texts = json!({"enum": ["a", "b", null]});
    check(&texts, Form::Json, &texts, &[]);
    let beside = json!({"type": "string", "enum": ["a", "b"], "nullable": true});
    check(&texts, Form::OpenApi, &beside, &[]);
    let numbers = json!({"type": "integer", "enum": [1, 2]});
    check(&numbers, Form::Json, &numbers, &[]);
    check(&numbers, Form::OpenApi, &json!({"type": "integer"}), &["enum"]);
    check(&json!({"const": "x"}), Form::OpenApi, &json!({"type": "string", "enum": ["x"]}), &[]);
}

#[test]
fn what_allows_more_or_less_is_named_and_what_only_describes_is_not() {
    let schema = json!({
        "type": "object", "x-order": 1, "$comment": "c", "examples": [1], "additionalProperties": false,
        "minProperties": 1, "patternProperties": {"^a": {}},
        "properties": {
            "multipleOf": {"type": "integer", "multipleOf": 2, "exclusiveMinimum": 0},
            "mail": {"type": "string", "format": "email", "pattern": "@"},
            "any": true, "none": false,
            "pair": {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}}
        },
        "required": ["mail", "gone"]
    });
    let expected = json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "multipleOf": {"type": "integer"},
            "mail": {"type": "string", "format": "email"},
            "any": {}, "none": {},
            "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}}
        },
        "required": ["mail"]
    });
    let lost = [
        "minProperties",
        "patternProperties",
        "multipleOf",
        "exclusiveMinimum",
        "pattern",
        "not",
        "required",
    ];
    check(&schema, Form::Json, &expected, &lost);
    let (told, lost) = rewritten(&schema, Form::OpenApi);
    assert_eq!(told["properties"]["mail"], json!({"type": "string", "pattern": "@"}));
    assert_eq!(told["properties"]["pair"], json!({"type": "array", "items": {}}));
    assert_eq!(told["minProperties"], 1);
    for keyword in ["patternProperties", "items", "additionalProperties", "not", "required"] {
        assert!(lost.iter().any(|lost| lost == keyword), "{keyword}: {lost:?}");
    }
}

#[test]
fn references_that_fan_out_end() {
    let mut named = Map::new();
    for at in 0..40 {
        let next = format!("#/$defs/d{}", at + 1);
        named.insert(format!("d{at}"), json!({"anyOf": [{"$ref": next}, {"$ref": next}]}));
    }
    named.insert("d40".to_owned(), json!({"type": "string"}));
    let (_, lost) = rewritten(&json!({"$defs": named, "$ref": "#/$defs/d0"}), Form::Json);
    assert_eq!(lost, ["depth"]);
}
