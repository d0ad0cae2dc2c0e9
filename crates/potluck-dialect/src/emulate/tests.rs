use potluck_core::response::{Choice, Reply};
use serde_json::{Value, json};

use super::*;
use crate::client::Client;
use crate::dialect::{Dialect, Target};
use crate::quirk::Quirks;

fn written(messages: &Value, schema: &Value) -> Value {
    let body = json!({"messages": messages, "stream": true, "response_format": {"type": "json_schema",
        "json_schema": {"name": "x", "description": "a \"city\"", "strict": true, "schema": schema}}});
    let asked = Client::Chat.read_request(body.to_string().as_bytes()).unwrap().request;
    let quirks = Quirks::empty();
    let target = Target { model: "m", quirks, stream: false, max_output: None, context: 8000 };
    let written = Dialect::OpenAi.write_request(&request(&asked), &target);
    assert!(written.dropped.is_empty());
    serde_json::from_slice(&written.body).unwrap()
}

#[test]
fn the_schema_goes_into_the_prompt() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let user = json!({"role": "user", "content": "x"});
    let out = written(&json!([user]), &schema);
    assert_eq!(out["response_format"], json!({"type": "json_object"}));
    assert_eq!((out.get("stream"), &out["messages"][1]), (None, &user));
    insta::assert_snapshot!(out["messages"][0]["content"].as_str().unwrap(), @r#"
    Answer with JSON only: no words before or after it, no code fence. It is: a "city"
    The JSON must be valid against this JSON Schema:
    {"type":"object","properties":{"n":{"type":"integer"}}}
    "#);
}

#[test]
fn instructions_that_are_there_are_kept() {
    let schema = json!({"type": "object"});
    let text = written(&json!([{"role": "system", "content": "Be brief."}]), &schema);
    let told = text["messages"][0]["content"].as_str().unwrap();
    assert!(told.starts_with("Be brief.\n\nAnswer with JSON only"), "{told}");
    assert_eq!(text["messages"].as_array().unwrap().len(), 1);
    let part = json!({"type": "text", "text": "Be brief."});
    let parts = written(&json!([{"role": "developer", "content": [part]}]), &schema);
    assert_eq!(parts["messages"][0]["content"][0], part);
    assert_eq!(parts["messages"][0]["content"].as_array().unwrap().len(), 2);
}

#[test]
fn an_object_is_not_demanded_where_a_list_was_asked_for() {
    let user = json!([{"role": "user", "content": "x"}]);
    assert_eq!(written(&user, &json!({"type": "array"})).get("response_format"), None);
    let either = written(&user, &json!({"type": ["object", "null"]}));
    assert_eq!(either["response_format"]["type"], "json_object");
}

#[test]
fn fences_are_taken_off() {
    for (text, bare) in [
        ("```json\n{\"a\":1}\n```", "{\"a\":1}"),
        ("\n```\n[1]\n```\n", "[1]"),
        ("```JSON\n{}```", "{}"),
        ("{}", "{}"),
        ("Here: ```json\n{}\n```", "Here: ```json\n{}\n```"),
        ("```python\nx\n```", "```python\nx\n```"),
        ("```json\n{}\n```\nand\n```json\n{}\n```", "```json\n{}\n```\nand\n```json\n{}\n```"),
        ("```", "```"),
        ("``````", "``````"),
    ] {
        let reply = Reply { text: Some(text.to_owned()), ..Reply::default() };
        let choices = vec![Choice { reply, ..Choice::default() }];
        let mut response = ChatResponse { choices, ..ChatResponse::default() };
        unfence(&mut response);
        assert_eq!(response.choices[0].reply.text.as_deref(), Some(bare));
    }
}
