use potluck_core::request::ChatRequest;
use potluck_core::response::{FinishReason, StreamEvent};
use potluck_core::verdict::Refusal;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::BadAnswer;
use crate::client::{Client, Echo, Recipient, Stamp};
use crate::contract::Contract;
use crate::dialect::Dialect;
use crate::openai_chat::streams;
use crate::quirk::Quirks;

fn stamp() -> Stamp {
    Stamp { id: "gen-1".into(), created: 7, model: "p/m".into() }
}

fn recipient(request: &ChatRequest) -> Recipient<'_> {
    Recipient { client: Client::Chat, stamp: stamp(), request, echo: &Echo::Nothing }
}

fn bridge(include_usage: bool) -> StreamBridge {
    let request = ChatRequest { include_usage: Some(include_usage), ..ChatRequest::default() };
    StreamBridge::new(Dialect::OpenAi, Quirks::empty(), &recipient(&request))
}

fn chunk(delta: &str) -> String {
    format!("data: {{\"id\":\"a\",\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n")
}

const STOP: &str =
    "data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

#[test]
fn nothing_is_given_out_before_the_first_word() {
    let (mut bridge, mut out) = (bridge(false), Vec::new());
    for delta in
        [r#"{"role":"assistant","content":""}"#, r#"{"content":" "}"#, r#"{"content":"\n"}"#]
    {
        bridge.push(chunk(delta).as_bytes(), &mut out).unwrap();
        assert!(out.is_empty() && !bridge.progress().committed, "{delta}");
    }
    bridge.push(chunk(r#"{"content":"hi"}"#).as_bytes(), &mut out).unwrap();
    assert!(bridge.progress().committed && !bridge.progress().finished);
    let sent = String::from_utf8(out.clone()).unwrap();
    assert_eq!(sent.matches("data: ").count(), 4, "the role, the two spaces and the word: {sent}");
    bridge.push(STOP.as_bytes(), &mut out).unwrap();
    assert!(bridge.progress().finished);
    bridge.finish(&mut out).unwrap();
    assert!(out.ends_with(b"data: [DONE]\n\n"));
    assert_eq!(bridge.progress().content_events, 3);
}

#[test]
fn answers_that_are_none() {
    let ended = |body: &str| {
        let (mut bridge, mut out) = (bridge(false), Vec::new());
        let ended = bridge.push(body.as_bytes(), &mut out).and_then(|()| bridge.finish(&mut out));
        (ended, out.is_empty())
    };
    let blank = chunk(r#"{"content":" \n"}"#);
    let word = chunk(r#"{"content":"hi"}"#);
    assert_eq!(ended(""), (Err(BadAnswer::Empty), true));
    assert_eq!(ended(&(blank.clone() + STOP)), (Err(BadAnswer::Empty), true));
    assert_eq!(ended(&(blank + STOP + "data: [DONE]\n\n")), (Err(BadAnswer::Empty), true));
    assert_eq!(ended(&word), (Err(BadAnswer::Cut), false));
    let (failed, kept) = ended(&(word + "data: {\"error\":{\"code\":502,\"message\":\"x\"}}\n\n"));
    assert!(matches!(failed, Err(BadAnswer::ErrorInside(_))));
    assert!(kept, "what came with the error was not given out");
}

#[test]
fn an_answer_that_breaks_later_is_ended_inside_the_stream() {
    let (mut bridge, mut out) = (bridge(false), Vec::new());
    bridge.push(chunk(r#"{"content":"hi"}"#).as_bytes(), &mut out).unwrap();
    let failed = bridge.push(b"data: {\"error\":\"x\"}\n\n", &mut out);
    assert!(failed.is_err() && bridge.push(STOP.as_bytes(), &mut out).is_err());
    let refusal = Refusal::new(502, "api_error", "provider_failed", "It broke.");
    bridge.fail(&refusal, &mut out);
    let sent = String::from_utf8(out).unwrap();
    assert!(sent.contains(r#""finish_reason":"error""#) && sent.ends_with("data: [DONE]\n\n"));
}

#[test]
fn the_end_marker_ends_the_client_s_stream_at_once() {
    let (mut bridge, mut out) = (bridge(false), Vec::new());
    let body = chunk(r#"{"content":"hi"}"#) + STOP + "data: [DONE]\n\n";
    bridge.push(body.as_bytes(), &mut out).unwrap();
    assert!(out.ends_with(b"data: [DONE]\n\n"));
    let length = out.len();
    bridge.finish(&mut out).unwrap();
    assert_eq!(out.len(), length);
}

#[test]
fn usage_is_estimated_only_where_there_is_none() {
    let body = chunk(r#"{"content":"twelve bytes"}"#) + STOP;
    let mut out = Vec::new();
    let mut estimating = bridge(true).estimating_usage(100);
    estimating.push(body.as_bytes(), &mut out).unwrap();
    estimating.finish(&mut out).unwrap();
    assert_eq!(estimating.progress().usage, None);
    let sent = String::from_utf8(out).unwrap();
    assert!(sent.contains(
        r#""usage":{"prompt_tokens":100,"completion_tokens":3,"total_tokens":103,"estimated":true}"#
    ));
}

fn wholly(body: &Value, requested: &ChatRequest) -> Result<Whole, BadAnswer> {
    let body = body.to_string();
    let contract = Contract::of(requested, "response_format").unwrap();
    whole(Dialect::OpenAi, Quirks::empty(), &recipient(requested), &contract, body.as_bytes())
}

fn answer(message: Value, reason: &str) -> Value {
    json!({"id": "a", "choices": [{"index": 0, "message": message, "finish_reason": reason}]})
}

#[test]
fn whole_answers_are_judged() {
    let function = r#"{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}}]}"#;
    let plain = Client::Chat.read_request(function.as_bytes()).unwrap().request;
    let wants_json = ChatRequest {
        format: Some(potluck_core::request::Format::JsonObject),
        ..ChatRequest::default()
    };
    let call = |arguments: &str| {
        json!({"content": null, "tool_calls": [
            {"id": "x", "type": "function", "function": {"name": "f", "arguments": arguments}}]})
    };
    for (message, reason, requested, expected) in [
        (json!({"content": "hi"}), "stop", &plain, Ok(FinishReason::Stop)),
        (json!({"content": " \n"}), "stop", &plain, Err(BadAnswer::Empty)),
        (json!({"content": null}), "stop", &plain, Err(BadAnswer::Empty)),
        (json!({"content": "", "reasoning": "hm"}), "length", &plain, Err(BadAnswer::Empty)),
        (json!({"refusal": "no"}), "stop", &plain, Ok(FinishReason::Stop)),
        (call("{\"a\":1}"), "stop", &plain, Ok(FinishReason::ToolCalls)),
        (call(""), "tool_calls", &plain, Ok(FinishReason::ToolCalls)),
        (call("{\"a\":"), "tool_calls", &plain, Err(BadAnswer::BrokenArguments)),
        (call("{\"a\":"), "length", &plain, Ok(FinishReason::Length)),
        (json!({"content": "{}"}), "stop", &wants_json, Ok(FinishReason::Stop)),
        (json!({"content": "Sure!"}), "stop", &wants_json, Err(BadAnswer::BrokenJson)),
        (json!({"content": "{\"a\""}), "length", &wants_json, Ok(FinishReason::Length)),
    ] {
        let judged = wholly(&answer(message.clone(), reason), requested);
        let judged = judged.map(|whole| whole.finish.unwrap());
        assert_eq!(judged, expected, "{message}");
    }
    assert_eq!(
        wholly(&json!({"a": 1}), &plain).map(drop),
        Err(BadAnswer::Garbage("JSON without choices".into()))
    );
    let failed = wholly(&json!({"error": {"message": "x", "code": 502}}), &plain);
    assert!(matches!(failed, Err(BadAnswer::ErrorInside(error)) if error.status == Some(502)));
}

#[test]
fn a_whole_answer_has_all_that_clients_demand() {
    let mut body = answer(json!({"content": "<b>", "reasoning_content": "hm", "odd": 1}), "eos");
    body["usage"] = json!({
        "prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5,
        "prompt_tokens_details": {"audio_tokens": 0}, "completion_tokens_details": {}, "cost": 0
    });
    body["provider"] = json!("Theirs");
    let whole = wholly(&body, &ChatRequest::default()).unwrap();
    insta::assert_snapshot!(String::from_utf8(whole.body).unwrap(), @r#"{"id":"gen-1","object":"chat.completion","created":7,"model":"p/m","system_fingerprint":"","choices":[{"index":0,"message":{"role":"assistant","content":"<b>","refusal":null,"reasoning":"hm","reasoning_content":"hm","odd":1},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"cost":0},"provider":"Theirs"}"#);
}

fn read(bytes: &[u8]) -> Option<Vec<StreamEvent>> {
    let (mut reader, mut events) = (Dialect::OpenAi.stream_reader(Quirks::empty()), Vec::new());
    reader.push(bytes, &mut events).ok()?;
    reader.finish(&mut events).ok()?;
    Some(events)
}

/// What was said, in its order; beginnings and ends aside.
fn said(events: Vec<StreamEvent>) -> Vec<String> {
    let is_frame = |event: &StreamEvent| {
        matches!(
            event,
            StreamEvent::Start { .. }
                | StreamEvent::Done
                | StreamEvent::Usage(_)
                | StreamEvent::Finish { .. }
        )
    };
    let said = events.into_iter().filter(|event| !is_frame(event));
    // An escape that a client needs means the same.
    said.map(|event| format!("{event:?}").replace("\\u003a", ":")).collect()
}

fn last_usage(events: &[StreamEvent]) -> Option<&StreamEvent> {
    events.iter().rfind(|event| matches!(event, StreamEvent::Usage(_)))
}

proptest! {
    #[test]
    fn reading_what_was_written_gives_what_was_read(stream in streams(), include_usage: bool) {
        let (mut bridge, mut out) = (bridge(include_usage), Vec::new());
        let pushed = bridge.push(stream.as_bytes(), &mut out);
        if pushed.and_then(|()| bridge.finish(&mut out)).is_ok() {
            let (before, after) = (read(stream.as_bytes()).unwrap(), read(&out).unwrap());
            prop_assert_eq!(last_usage(&before), last_usage(&after));
            prop_assert_eq!(said(before), said(after));
        }
    }

    #[test]
    fn any_split_is_written_the_same(stream in streams(), size in 1..40_usize) {
        let run = |pieces: Vec<&[u8]>| {
            let (mut bridge, mut out) = (bridge(true), Vec::new());
            let pushed = pieces.into_iter().try_for_each(|piece| bridge.push(piece, &mut out));
            let ended = pushed.and_then(|()| bridge.finish(&mut out));
            (ended.is_ok(), if ended.is_ok() { out } else { Vec::new() })
        };
        prop_assert_eq!(run(vec![stream.as_bytes()]), run(stream.as_bytes().chunks(size).collect()));
    }
}
