use potluck_core::sealed::Extra;
use serde_json::{Value, json};

use super::*;

fn stamp() -> Stamp {
    Stamp { id: "gen-1".into(), created: 7, model: "p/m".into() }
}

fn written(events: &[StreamEvent], include_usage: bool) -> String {
    let (mut writer, mut out) = (StreamWriter::new(&stamp(), include_usage), Vec::new());
    for event in events {
        writer.write(event, &mut out);
    }
    writer.finish(&mut out);
    String::from_utf8(out).unwrap()
}

fn chunks(written: &str) -> Vec<Value> {
    let body = written.strip_suffix("data: [DONE]\n\n").unwrap();
    body.split_terminator("\n\n")
        .map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap())
        .collect()
}

fn text(text: &str) -> StreamEvent {
    StreamEvent::Text { choice: 0, text: text.into() }
}

fn usage() -> StreamEvent {
    StreamEvent::Usage(Usage { prompt: 3, completion: 2, total: 5, ..Usage::default() })
}

#[test]
fn the_whole_shape_of_a_stream() {
    let start = StreamEvent::Start {
        id: Some("theirs".into()),
        created: Some(1),
        model: Some("theirs".into()),
        fingerprint: Some("fp".into()),
    };
    let finish = StreamEvent::Finish { choice: 0, reason: FinishReason::Stop };
    let out = written(&[start, text("hi"), finish, usage(), StreamEvent::Done], true);
    insta::assert_snapshot!(out, @r#"
    data: {"id":"gen-1","object":"chat.completion.chunk","created":7,"model":"p/m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

    data: {"id":"gen-1","object":"chat.completion.chunk","created":7,"model":"p/m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"content":"hi"},"logprobs":null,"finish_reason":null}]}

    data: {"id":"gen-1","object":"chat.completion.chunk","created":7,"model":"p/m","system_fingerprint":"fp","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

    data: {"id":"gen-1","object":"chat.completion.chunk","created":7,"model":"p/m","system_fingerprint":"fp","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}

    data: [DONE]
    "#);
}

#[test]
fn usage_unasked_for_stands_on_the_finish_chunk() {
    let finish = StreamEvent::Finish { choice: 0, reason: FinishReason::Length };
    let chunks = chunks(&written(&[text("hi"), usage(), finish, usage()], false));
    let last = chunks.last().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "length");
    assert_eq!(last["usage"]["total_tokens"], 5);
    assert!(chunks[..chunks.len() - 1].iter().all(|chunk| chunk.get("usage").is_none()));
}

#[test]
fn a_finish_is_made_where_there_was_none_and_nothing_follows_it() {
    let finish = StreamEvent::Finish { choice: 0, reason: FinishReason::Stop };
    let made = chunks(&written(&[text("hi")], false));
    assert_eq!(made.last().unwrap()["choices"][0]["finish_reason"], "stop");
    let late = chunks(&written(&[text("hi"), finish, text("late")], false));
    assert_eq!(late[2]["choices"][0]["delta"]["content"], "late");
    assert_eq!(late[3]["choices"][0]["finish_reason"], "stop");
}

#[test]
fn calls_are_written_so_that_clients_join_them() {
    let piece = |id: Option<&str>, name: Option<&str>, arguments: &str| StreamEvent::ToolCall {
        choice: 0,
        index: 0,
        id: id.map(Into::into),
        name: name.map(Into::into),
        arguments: arguments.into(),
        extra: Extra::new(),
    };
    let finish = StreamEvent::Finish { choice: 0, reason: FinishReason::Stop };
    let chunks = chunks(&written(
        &[piece(Some("x"), Some("f"), ""), piece(None, None, "{}"), finish],
        false,
    ));
    let call = |at: usize| &chunks[at]["choices"][0]["delta"]["tool_calls"][0];
    assert_eq!(
        call(1),
        &json!({"index": 0, "id": "x", "type": "function", "function": {"name": "f", "arguments": ""}})
    );
    assert_eq!(call(2), &json!({"index": 0, "function": {"arguments": "{}"}}));
    assert_eq!(chunks[3]["choices"][0]["finish_reason"], "tool_calls");
}

#[test]
fn thoughts_have_both_names_and_their_details_beside_them() {
    let details = StreamEvent::ReasoningDetails { choice: 0, details: Sealed::from_json("[1]") };
    let thought = StreamEvent::Reasoning { choice: 0, text: "hm".into() };
    let chunks = chunks(&written(&[details.clone(), thought, details, text("hi")], false));
    let delta = |at: usize| &chunks[at]["choices"][0]["delta"];
    assert_eq!(
        delta(1),
        &json!({"reasoning_details": [1], "reasoning": "hm", "reasoning_content": "hm"})
    );
    assert_eq!(delta(2), &json!({"reasoning_details": [1]}));
    assert_eq!(delta(3), &json!({"content": "hi"}));
}

#[test]
fn the_prefix_stands_once_in_a_line() {
    let out = written(&[text("data: data:image/png")], false);
    assert!(out.lines().all(|line| line.matches("data:").count() <= 1), "{out}");
    assert_eq!(chunks(&out)[1]["choices"][0]["delta"]["content"], "data: data:image/png");
}

#[test]
fn a_failure_is_a_finish_and_an_error_at_once() {
    let (mut writer, mut out) = (StreamWriter::new(&stamp(), true), Vec::new());
    writer.write(&text("hi"), &mut out);
    let refusal = Refusal::new(502, "api_error", "upstream_failed", "It broke.");
    writer.fail(&refusal, &mut out);
    writer.fail(&refusal, &mut out);
    writer.finish(&mut out);
    let chunks = chunks(std::str::from_utf8(&out).unwrap());
    let last = chunks.last().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "error");
    assert_eq!(last["choices"][0]["delta"], json!({"content": ""}));
    assert_eq!(
        (&last["error"]["code"], &last["error"]["message"]),
        (&json!(502), &json!("It broke."))
    );
}
