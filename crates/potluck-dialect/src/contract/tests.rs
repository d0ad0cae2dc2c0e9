use serde_json::{Value, json};

use super::*;
use crate::client::Client;
use crate::dialect::Dialect;
use crate::quirk::Quirks;

const FIELD: &str = "response_format.json_schema.schema";

fn request(fields: &Value) -> ChatRequest {
    let mut body = json!({"messages": [{"role": "user", "content": "x"}]});
    for (key, value) in fields.as_object().unwrap() {
        body[key] = value.clone();
    }
    Client::Chat.read_request(body.to_string().as_bytes()).unwrap().request
}

fn judged(fields: &Value, message: &Value, finish: &str) -> Result<(), BadAnswer> {
    let request = request(fields);
    let body = json!({"choices": [{"index": 0, "message": message, "finish_reason": finish}]});
    let body = body.to_string();
    let response = Dialect::OpenAi.read_response(body.as_bytes(), Quirks::empty()).unwrap();
    Contract::of(&request, FIELD).unwrap().judge(&response, &request)
}

fn schema(schema: &Value) -> Value {
    json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}})
}

fn tool(strict: bool) -> Value {
    json!({"tools": [{"type": "function", "function": {"name": "f", "strict": strict, "parameters": {
        "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}}}]})
}

fn call(name: &str, arguments: &str) -> Value {
    json!({"content": null, "tool_calls": [
        {"id": "x", "type": "function", "function": {"name": name, "arguments": arguments}}]})
}

#[test]
fn the_form_of_the_text_is_judged() {
    let object = json!({"response_format": {"type": "json_object"}});
    let shaped = schema(&json!({"type": "object", "required": ["n"]}));
    let any = json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}});
    for (asked, said, expected) in [
        (&json!({}), "hi", "ok"),
        (&object, "{}", "ok"),
        (&object, " {\"a\":1}\n", "ok"),
        (&object, "[1]", "no_object"),
        (&object, "7", "no_object"),
        (&object, "Sure! {}", "broken_json"),
        (&object, "```json\n{}\n```", "broken_json"),
        (&any, "[1]", "ok"),
        (&any, "x", "broken_json"),
        (&shaped, "{\"n\":1}", "ok"),
        (&shaped, "{}", "broken_schema"),
        (&shaped, "[]", "broken_schema"),
        (&shaped, "{\"n\":", "broken_json"),
    ] {
        let judged = judged(asked, &json!({"content": said}), "stop");
        assert_eq!(judged.err().map_or("ok", |bad| bad.word()), expected, "{asked} {said}");
    }
}

#[test]
fn cut_filtered_and_refused_answers_are_not_judged() {
    let asked = schema(&json!({"type": "object"}));
    assert_eq!(judged(&asked, &json!({"content": "{\"n"}), "length"), Ok(()));
    assert_eq!(judged(&asked, &json!({"content": "no"}), "content_filter"), Ok(()));
    assert_eq!(judged(&asked, &json!({"content": null, "refusal": "no"}), "stop"), Ok(()));
    assert_eq!(judged(&tool(true), &call("f", "{\"n"), "length"), Ok(()));
}

#[test]
fn calls_are_judged_by_name_and_arguments() {
    for (asked, called, expected) in [
        (&tool(true), call("f", "{\"n\":1}"), "ok"),
        (&tool(true), call("f", "{\"n\":\"x\"}"), "wrong_arguments"),
        (&tool(true), call("f", "{}"), "wrong_arguments"),
        (&tool(false), call("f", "{\"n\":\"x\"}"), "ok"),
        (&tool(false), call("f", "[1]"), "broken_arguments"),
        (&tool(false), call("f", "{\"n\""), "broken_arguments"),
        (&tool(false), call("g", "{}"), "unknown_tool"),
        (&json!({}), call("f", "{}"), "unknown_tool"),
        (&json!({"tools": [{"type": "web_search"}]}), call("g", "{}"), "ok"),
    ] {
        let judged = judged(asked, &called, "tool_calls");
        assert_eq!(judged.err().map_or("ok", |bad| bad.word()), expected, "{asked} {called}");
    }
    let wrong = judged(&tool(true), &call("f", "{\"n\":\"secret\"}"), "tool_calls").unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the answer called f with arguments that break its schema, /n: expected type integer"
    );
}

#[test]
fn the_beginning_of_a_stream_is_judged() {
    let begins = |asked: &Value, text: &str| {
        Contract::of(&request(asked), FIELD)
            .unwrap()
            .judge_beginning(text)
            .err()
            .map(|bad| bad.word())
    };
    let object = json!({"response_format": {"type": "json_object"}});
    let list = schema(&json!({"type": "array"}));
    assert_eq!(begins(&object, "\n {"), None);
    assert_eq!(begins(&object, "["), Some("no_object"));
    assert_eq!(begins(&object, "Sure"), Some("broken_json"));
    assert_eq!(begins(&object, "``"), Some("broken_json"));
    assert_eq!((begins(&list, "["), begins(&list, "Here")), (None, Some("broken_json")));
    assert_eq!(begins(&json!({}), "Sure"), None);
    let mut with_tools = tool(false);
    with_tools["response_format"] = object["response_format"].clone();
    assert_eq!(begins(&with_tools, "I look"), None, "words before a call");
}

#[test]
fn a_schema_that_is_none_is_the_client_s_to_mend() {
    let asked = request(&schema(&json!({"properties": {"a": {"type": "strng"}}})));
    let refusal = Contract::of(&asked, FIELD).unwrap_err();
    assert_eq!((refusal.status, refusal.param.as_deref()), (400, Some(FIELD)));
    assert!(refusal.message.contains("/properties/a/type"), "{}", refusal.message);
}
