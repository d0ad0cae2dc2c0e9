use potluck_core::sealed::Extra;
use serde_json::{Value, json};

use super::*;
use crate::bridge::{self, StreamBridge};
use crate::quirk::Quirks;
use crate::{Client, Contract, Dialect, Recipient};

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

fn streamed(client: Client, body: &str, chunks: &[&str]) -> String {
    let asked = client.read_request(body.as_bytes()).unwrap();
    let recipient =
        Recipient { client, stamp: stamp(), request: &asked.request, echo: &asked.echo };
    let mut bridge = StreamBridge::new(Dialect::OpenAi, Quirks::empty(), &recipient);
    let mut out = Vec::new();
    for chunk in chunks {
        bridge.push(format!("data: {chunk}\n\n").as_bytes(), &mut out).unwrap();
    }
    bridge.push(b"data: [DONE]\n\n", &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn who_described_functions_is_told_of_calls_of_functions() {
    let older = r#"{"messages":[{"role":"user","content":"x"}],"functions":[{"name":"f","parameters":{}}]}"#;
    let chunks = [
        r#"{"id":"1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}}]}"#,
        r#"{"id":"1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"n\":1}"}}]}}]}"#,
        r#"{"id":"1","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]}"#,
        r#"{"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
    ];
    let stream = streamed(Client::Chat, older, &chunks);
    assert!(stream.contains(r#"{"function_call":{"name":"f","arguments":""}}"#), "{stream}");
    assert!(stream.contains(r#"{"function_call":{"arguments":"{\"n\":1}"}}"#), "{stream}");
    assert!(stream.contains(r#""finish_reason":"function_call""#), "{stream}");
    assert!(!stream.contains("tool_calls") && !stream.contains(r#""g""#), "one a turn: {stream}");
    let newer = older.replace("functions", "nothing");
    let stream = streamed(Client::Chat, &newer, &chunks);
    assert!(stream.contains("tool_calls") && !stream.contains("function_call"), "{stream}");
    let asked = Client::Chat.read_request(older.as_bytes()).unwrap();
    let recipient = Recipient {
        client: Client::Chat,
        stamp: stamp(),
        request: &asked.request,
        echo: &asked.echo,
    };
    let answer = br#"{"choices":[{"message":{"content":null,"function_call":{"name":"f","arguments":"{}"}},"finish_reason":"function_call"}]}"#;
    let quirks = Quirks::empty();
    let whole = bridge::whole(Dialect::OpenAi, quirks, &recipient, &Contract::default(), answer);
    let body = String::from_utf8(whole.unwrap().body).unwrap();
    assert!(body.contains(r#""function_call":{"name":"f","arguments":"{}"}}"#), "{body}");
    assert!(body.contains(r#""finish_reason":"function_call""#), "{body}");
}

#[test]
fn where_the_words_come_from_stands_on_the_last_chunk_once() {
    let chunk = |said: &str, finish: &str, cited: &str| {
        format!(
            r#"{{"id":"1","citations":{cited},"search_results":[{{"url":"u"}}],"choices":[{{"index":0,"delta":{{"content":"{said}"}},"finish_reason":{finish}}}]}}"#
        )
    };
    let asked = r#"{"messages":[{"role":"user","content":"x"}]}"#;
    let chunks = [
        chunk("a", "null", "[]"),
        chunk("b", "null", r#"["one"]"#),
        chunk("c", "null", r#"["one","two"]"#),
        chunk("", r#""stop""#, r#"["one","two"]"#),
    ];
    let stream = streamed(Client::Chat, asked, &chunks.each_ref().map(String::as_str));
    let last = stream.lines().filter(|line| line.contains("citations")).collect::<Vec<_>>();
    assert_eq!(last.len(), 1, "{stream}");
    assert!(last[0].contains(r#""finish_reason":"stop""#), "{stream}");
    assert!(last[0].contains(r#""citations":["one","two"]"#), "{stream}");
    assert!(last[0].contains(r#""search_results":[{"url":"u"}]"#), "{stream}");
}
