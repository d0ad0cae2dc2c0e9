use potluck_core::request::ChatRequest;
use potluck_core::response::{FinishReason, StreamEvent};
use serde_json::{Value, json};

use crate::quirk::{Quirk, Quirks};
use crate::{BadAnswer, Client, Dialect, Target, Written};

fn target(model: &str) -> Target<'_> {
    Target { model, quirks: Quirks::empty(), stream: true, max_output: None, context: 131_072 }
}

fn request(body: &Value) -> ChatRequest {
    Client::Chat.read_request(body.to_string().as_bytes()).unwrap().request
}

fn written(body: &Value, model: &str) -> (Value, Vec<String>) {
    let Written { body, dropped } = Dialect::Ollama.write_request(&request(body), &target(model));
    (serde_json::from_slice(&body).unwrap(), dropped)
}

fn say(text: &str) -> Value {
    json!([{ "role": "user", "content": text }])
}

#[test]
fn a_request_goes_out_in_ollamas_words() {
    let (body, dropped) = written(
        &json!({
            "model": "free", "temperature": 0.5, "top_k": 40, "seed": 7, "stop": "END",
            "max_tokens": 100, "repetition_penalty": 1.1, "n": 1, "user": "me", "metadata": {},
            "parallel_tool_calls": true, "logit_bias": { "1": 2 },
            "response_format": { "type": "json_schema", "json_schema": {
                "name": "x", "strict": true, "schema": { "type": "object", "title": "T" }
            } },
            "tools": [{ "type": "function", "function": { "name": "add", "parameters": {} } }],
            "messages": [
                { "role": "developer", "content": "Be short." },
                { "role": "user", "content": [
                    { "type": "text", "text": "What" }, { "type": "text", "text": "is it?" },
                    { "type": "image_url", "image_url": { "url": "data:image/png;base64,iVBORw0K" } },
                ] },
                { "role": "assistant", "content": null, "reasoning": "Add them.", "tool_calls": [
                    { "id": "c1", "type": "function",
                      "function": { "name": "add", "arguments": "{\"x\": 1.50, \"y\":2}" } },
                ] },
                { "role": "tool", "tool_call_id": "c1", "content": "3.5" },
            ],
        }),
        "gemma4:31b",
    );
    insta::assert_snapshot!("request", serde_json::to_string_pretty(&body).unwrap());
    assert_eq!(dropped, ["logit_bias", "parallel_tool_calls", "user", "metadata"]);
}

#[test]
fn numbers_of_arguments_and_schemas_keep_their_digits() {
    let body = json!({ "messages": [
        { "role": "user", "content": "x" },
        { "role": "assistant", "tool_calls": [{ "id": "c", "type": "function",
            "function": { "name": "f", "arguments": "{\"x\": 1.50, \"n\": 12345678901234567890}" } }] },
    ] });
    let sent = Dialect::Ollama.write_request(&request(&body), &target("m")).body;
    let sent = String::from_utf8(sent).unwrap();
    assert!(sent.contains(r#""arguments":{"x": 1.50, "n": 12345678901234567890}"#), "{sent}");
}

#[test]
fn arguments_that_are_no_object_are_not_lost() {
    let body = json!({ "messages": [
        { "role": "user", "content": "x" },
        { "role": "assistant", "tool_calls": [
            { "id": "a", "type": "function", "function": { "name": "f", "arguments": "{\"x\": " } },
            { "id": "b", "type": "function", "function": { "name": "g", "arguments": "" } },
        ] },
    ] });
    let (sent, _) = written(&body, "m");
    let calls = &sent["messages"][1]["tool_calls"];
    assert_eq!(calls[0]["function"]["arguments"], json!({ "input": "{\"x\": " }));
    assert_eq!(calls[1]["function"]["arguments"], json!({}));
}

#[test]
fn the_context_fits_the_request_and_the_model() {
    let context = |text: &str, limit: Option<u32>| {
        let mut body = json!({ "messages": say(text) });
        if let Some(limit) = limit {
            body["max_tokens"] = limit.into();
        }
        let (sent, _) = written(&body, "m");
        assert_eq!((&sent["truncate"], &sent["shift"]), (&json!(false), &json!(false)));
        sent["options"]["num_ctx"].as_u64().unwrap()
    };
    assert_eq!(context("hi", Some(10)), 4_096);
    assert_eq!(context("hi", None), 8_192);
    assert_eq!(context(&"word ".repeat(10_000), None), 32_768);
    assert_eq!(context(&"word ".repeat(100_000), None), 131_072, "never beyond the model");
    assert_eq!(context("hi", Some(60_000)), 65_536);
}

#[test]
fn thinking_is_asked_for_as_each_model_takes_it() {
    let think = |wish: Value, model: &str| {
        let mut body = json!({ "messages": say("x") });
        body.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
        let (sent, dropped) = written(&body, model);
        (sent["think"].clone(), dropped.join(", "))
    };
    let told = |value: Value, lost: &str| (value, lost.to_owned());
    let effort = |word: &str| json!({ "reasoning_effort": word });
    assert_eq!(think(effort("none"), "qwen3:4b"), told(json!(false), ""));
    assert_eq!(think(effort("high"), "qwen3:4b"), told(Value::Null, "reasoning_effort"));
    assert_eq!(think(effort("xhigh"), "gpt-oss:20b"), told(json!("high"), ""));
    assert_eq!(think(effort("none"), "gpt-oss:20b"), told(json!("low"), "reasoning_effort"));
    assert_eq!(think(effort("odd"), "gpt-oss:20b"), told(Value::Null, "reasoning_effort"));
    let budget = json!({ "reasoning": { "max_tokens": 4096 } });
    assert_eq!(think(budget, "gpt-oss:20b"), told(json!("medium"), "reasoning.max_tokens"));
    let on = json!({ "reasoning": { "enabled": true } });
    assert_eq!(think(on, "qwen3:4b"), told(Value::Null, ""));
}

#[test]
fn tools_that_may_not_be_called_are_not_described() {
    let tools = json!([{ "type": "function", "function": { "name": "add" } }]);
    let body =
        |choice: &str| json!({ "messages": say("x"), "tools": tools, "tool_choice": choice });
    assert_eq!(written(&body("none"), "m").0.get("tools"), None);
    assert_eq!(written(&body("auto"), "m").0["tools"], tools);
    assert_eq!(written(&body("required"), "m").1, ["tool_choice"]);
}

// === answers ===

fn read(body: &str, quirks: Quirks) -> (Vec<StreamEvent>, Result<(), BadAnswer>) {
    let (mut reader, mut events) = (Dialect::Ollama.stream_reader(quirks), Vec::new());
    let pushed = reader.push(body.as_bytes(), &mut events);
    let ended = pushed.and_then(|()| reader.finish(&mut events));
    (events, ended)
}

const CALLS: &str = r#"{"model":"m","created_at":"2026-08-05T08:10:56.372032Z","message":{"role":"assistant","content":"","thinking":"Hm"},"done":false}
{"model":"m","created_at":"2026-08-05T08:10:57Z","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"add","arguments":{"x": 1.50}}}]},"done":false}
{"model":"m","created_at":"2026-08-05T08:10:57Z","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"add","arguments":{}}}]},"done":false}
{"model":"m","created_at":"2026-08-05T08:10:58Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":9,"prompt_eval_count":3,"eval_count":4}
"#;

#[test]
fn calls_get_ids_that_are_the_same_each_time() {
    let (events, ended) = read(CALLS, Quirks::empty());
    assert_eq!(ended, Ok(()));
    let calls: Vec<(u32, String, String)> = events
        .iter()
        .filter_map(|event| match event {
            StreamEvent::ToolCall { index, id, arguments, .. } => {
                Some((*index, id.clone().unwrap(), arguments.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!((calls[0].0, calls[1].0), (0, 1));
    assert_eq!((calls[0].2.as_str(), calls[1].2.as_str()), (r#"{"x": 1.50}"#, "{}"));
    assert_ne!(calls[0].1, calls[1].1);
    assert_eq!(read(CALLS, Quirks::empty()).0, events);
    let finish = StreamEvent::Finish { choice: 0, reason: FinishReason::ToolCalls };
    assert!(events.contains(&finish), "{events:?}");
}

#[test]
fn a_whole_answer_that_was_streamed_all_the_same_is_read() {
    let response = Dialect::Ollama.read_response(CALLS.as_bytes(), Quirks::empty()).unwrap();
    let choice = &response.choices[0];
    assert_eq!(choice.reply.reasoning.as_deref(), Some("Hm"));
    assert_eq!(choice.reply.tool_calls.len(), 2);
    assert_eq!(response.usage.map(|usage| usage.total), Some(7));
}

#[test]
fn a_stream_that_ends_early_or_badly_says_so() {
    let half = &CALLS[..CALLS.len() / 2];
    assert_eq!(read(half, Quirks::empty()).1, Err(BadAnswer::Cut));
    let lines: Vec<&str> = CALLS.lines().collect();
    assert_eq!(read(&lines[..2].join("\n"), Quirks::empty()).1, Err(BadAnswer::Cut));
    assert_eq!(read("", Quirks::empty()).1, Err(BadAnswer::Empty));
    assert_eq!(read("\n\n", Quirks::empty()).1, Err(BadAnswer::Empty));
    for garbage in ["<html>\n", "{\"a\":}\n", "[1]\n"] {
        let ended = read(garbage, Quirks::empty()).1;
        assert!(matches!(ended, Err(BadAnswer::Garbage(_))), "{garbage}: {ended:?}");
    }
    let loaded = r#"{"model":"m","created_at":"x","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}"#;
    let (events, ended) = read(loaded, Quirks::empty());
    assert!(ended.is_ok() && !events.iter().any(StreamEvent::carries_content), "{events:?}");
}

#[test]
fn errors_are_told_wherever_they_stand() {
    let error = r#"{"error":"model requires more system memory"}"#;
    let begun = CALLS.lines().next().unwrap();
    for body in [format!("{error}\n"), error.to_owned(), format!("{begun}\n{error}\n")] {
        let (events, ended) = read(&body, Quirks::empty());
        assert_eq!(ended, Ok(()));
        let Some(StreamEvent::Error(told)) = events.last() else { panic!("{events:?}") };
        assert_eq!(told.message, "model requires more system memory");
        assert!(told.body.contains("error"));
    }
    let whole = Dialect::Ollama.read_response(error.as_bytes(), Quirks::empty());
    assert!(matches!(whole, Err(BadAnswer::ErrorInside(_))), "{whole:?}");
    let coded = r#"{"error":{"message":"busy","code":503}}"#;
    let Err(BadAnswer::ErrorInside(told)) =
        Dialect::Ollama.read_response(coded.as_bytes(), Quirks::empty())
    else {
        panic!("no error")
    };
    assert_eq!((told.message.as_str(), told.status), ("busy", Some(503)));
}

#[test]
fn thoughts_between_tags_are_thoughts_where_a_server_leaves_them_in() {
    let body = r#"{"message":{"content":"<thi"},"done":false}
{"message":{"content":"nk>Hm</think>Yes"},"done":false}
{"message":{"content":""},"done":true,"done_reason":"stop"}
"#;
    let said = |quirks: Quirks| {
        let whole = Dialect::Ollama.read_response(body.as_bytes(), quirks).unwrap();
        let reply = whole.choices[0].reply.clone();
        (reply.reasoning.unwrap_or_default(), reply.text.unwrap_or_default())
    };
    assert_eq!(said(Quirk::ThinkTags.into()), ("Hm".to_owned(), "Yes".to_owned()));
    assert_eq!(said(Quirks::empty()).1, "<think>Hm</think>Yes");
}

#[test]
fn a_whole_answer_that_is_none_says_how() {
    let read = |body: &str| Dialect::Ollama.read_response(body.as_bytes(), Quirks::empty());
    assert_eq!(read(" \n"), Err(BadAnswer::Empty));
    assert_eq!(read(r#"{"message":{"content":"a"#), Err(BadAnswer::Cut));
    let undone = r#"{"message":{"role":"assistant","content":"a"},"done":false}"#;
    assert_eq!(read(undone), Err(BadAnswer::Cut));
    assert!(matches!(read(r#"{"status":"pulling"}"#), Err(BadAnswer::Garbage(_))));
    assert!(matches!(read("<html></html>"), Err(BadAnswer::Garbage(_))));
}

mod any_bytes {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_panics(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut reader = Dialect::Ollama.stream_reader(Quirk::ThinkTags.into());
            let mut events = Vec::new();
            let _ = reader.push(&body, &mut events).and_then(|()| reader.finish(&mut events));
            let _ = Dialect::Ollama.read_response(&body, Quirks::empty());
        }

        #[test]
        fn spoilt_lines_do_not_panic(at in 0..CALLS.len(), byte in any::<u8>()) {
            let mut body = CALLS.as_bytes().to_vec();
            body[at] = byte;
            let whole = |pieces: Vec<&[u8]>| {
                let mut reader = Dialect::Ollama.stream_reader(Quirks::empty());
                let mut events = Vec::new();
                let pushed = pieces.iter().try_for_each(|piece| reader.push(piece, &mut events));
                (pushed.and_then(|()| reader.finish(&mut events)), events)
            };
            let (ended, events) = whole(vec![&body]);
            let (split, same) = whole(body.chunks(1).collect());
            prop_assert_eq!(ended, split);
            prop_assert_eq!(events, same);
        }
    }
}

mod clients;
mod round;
