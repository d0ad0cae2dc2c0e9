use potluck_core::response::{FinishReason, StreamEvent, Usage};
use potluck_core::verdict::Refusal;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::StreamWriter;
use crate::client::{Stamp, WriteStream};

fn written(events: &[StreamEvent]) -> String {
    let stamp = Stamp { id: "gen-1".into(), created: 7, model: "p/m".into() };
    let (mut writer, mut out) = (StreamWriter::new(&stamp), Vec::new());
    for event in events {
        writer.write(event, &mut out);
    }
    writer.finish(&mut out);
    String::from_utf8(out).unwrap()
}

fn text(text: &str) -> StreamEvent {
    StreamEvent::Text { choice: 0, text: text.into() }
}

fn thoughts(text: &str) -> StreamEvent {
    StreamEvent::Reasoning { choice: 0, text: text.into() }
}

fn call(index: u32, begins: bool, arguments: &str) -> StreamEvent {
    StreamEvent::ToolCall {
        choice: 0,
        index,
        id: begins.then(|| format!("call_{index}")),
        name: begins.then(|| format!("f{index}")),
        arguments: arguments.into(),
        extra: Vec::new(),
    }
}

fn finish(reason: FinishReason) -> StreamEvent {
    StreamEvent::Finish { choice: 0, reason }
}

/// The events by name and data; what the name says the data say too.
fn parsed(stream: &str) -> Vec<Value> {
    stream
        .split_terminator("\n\n")
        .map(|event| {
            let (name, data) = event.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(name, format!("event: {}", data["type"].as_str().unwrap()));
            data
        })
        .collect()
}

/// The blocks of a stream whose order is right: begun in order, told while open, ended before the next.
fn blocks(stream: &str) -> Vec<Value> {
    let events = parsed(stream);
    assert_eq!(events[0]["type"], "message_start");
    assert_eq!(events[events.len() - 2]["type"], "message_delta");
    assert_eq!(events[events.len() - 1]["type"], "message_stop");
    let (mut blocks, mut open): (Vec<Value>, bool) = (Vec::new(), false);
    for event in &events[1..events.len() - 2] {
        match event["type"].as_str().unwrap() {
            "content_block_start" => {
                assert!(!std::mem::replace(&mut open, true), "blocks overlap: {stream}");
                assert_eq!(event["index"], blocks.len());
                blocks.push(event["content_block"].clone());
            }
            "content_block_stop" => assert!(std::mem::replace(&mut open, false)),
            "content_block_delta" => {
                assert!(open && event["index"] == blocks.len() - 1);
                add(blocks.last_mut().unwrap(), &event["delta"]);
            }
            other => panic!("{other}"),
        }
    }
    assert!(!open);
    blocks
}

fn add(block: &mut Value, delta: &Value) {
    let (kind, from, to) = match delta["type"].as_str().unwrap() {
        "text_delta" => ("text", "text", "text"),
        "thinking_delta" => ("thinking", "thinking", "thinking"),
        "signature_delta" => ("thinking", "signature", "signature"),
        "input_json_delta" => ("tool_use", "partial_json", "json"),
        other => panic!("{other}"),
    };
    assert_eq!(block["type"], kind);
    let so_far = block[to].as_str().unwrap_or_default().to_owned();
    block[to] = (so_far + delta[from].as_str().unwrap()).into();
}

#[test]
fn a_turn_is_written_block_by_block() {
    let usage = Usage { prompt: 10, completion: 4, total: 14, cached: Some(3), ..Usage::default() };
    insta::assert_snapshot!(written(&[
        thoughts("Hm"),
        thoughts("."),
        text("Look"),
        call(0, true, ""),
        call(0, false, "{\"a\":"),
        call(0, false, "1}"),
        finish(FinishReason::Stop),
        StreamEvent::Usage(usage),
    ]));
}

#[test]
fn parallel_calls_are_told_one_after_another() {
    let stream = written(&[
        call(0, true, "{\"a\":"),
        call(1, true, "{\"b\":"),
        text("meanwhile"),
        call(0, false, "\"}\"}"),
        call(1, false, "2}"),
        call(2, true, ""),
        call(3, true, "{}"),
        finish(FinishReason::ToolCalls),
    ]);
    let told: Vec<(Value, Value)> = blocks(&stream)
        .iter()
        .map(|block| (block["name"].clone(), block.get("json").unwrap_or(&block["text"]).clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!("f0"), json!("{\"a\":\"}\"}")),
            (json!("f1"), json!("{\"b\":2}")),
            (Value::Null, json!("meanwhile")),
            (json!("f2"), Value::Null),
            (json!("f3"), json!("{}")),
        ]
    );
    assert!(stream.contains(r#""stop_reason":"tool_use""#));
}

#[test]
fn calls_in_turn_are_not_kept_back() {
    let stamp = Stamp { id: "gen-1".into(), created: 7, model: "p/m".into() };
    let (mut writer, mut out) = (StreamWriter::new(&stamp), Vec::new());
    for event in [call(0, true, "{\"a\":1}"), call(1, true, "{\"b\":")] {
        writer.write(&event, &mut out);
    }
    let told = String::from_utf8(out).unwrap();
    assert!(told.contains(r#""partial_json":"{\"b\":""#), "{told}");
}

#[test]
fn signed_thoughts_keep_their_signatures() {
    let details = potluck_core::Sealed::from_json(
        r#"[{"type":"reasoning.text","text":"Hm","signature":"c2ln","format":"anthropic-claude-v1","index":0},
            {"type":"reasoning.encrypted","data":"b3Bh","format":"anthropic-claude-v1","index":1},
            {"type":"reasoning.encrypted","data":"x","format":"google-gemini-v1","index":2}]"#,
    );
    let stream = written(&[
        thoughts("Hm"),
        StreamEvent::ReasoningDetails { choice: 0, details },
        text("so"),
        finish(FinishReason::Length),
    ]);
    assert_eq!(
        blocks(&stream),
        [
            json!({"type": "thinking", "thinking": "Hm", "signature": "c2ln"}),
            json!({"type": "redacted_thinking", "data": "b3Bh"}),
            json!({"type": "text", "text": "so"}),
        ]
    );
    assert!(stream.contains(r#""stop_reason":"max_tokens""#));
}

#[test]
fn a_failure_is_an_event_and_the_last_one() {
    let stamp = Stamp { id: "gen-1".into(), created: 7, model: "p/m".into() };
    let (mut writer, mut out) = (StreamWriter::new(&stamp), Vec::new());
    writer.write(&text("so"), &mut out);
    writer.fail(&Refusal::new(502, "api_error", "stream_interrupted", "It broke."), &mut out);
    writer.write(&text("more"), &mut out);
    writer.finish(&mut out);
    let events = parsed(std::str::from_utf8(&out).unwrap());
    assert_eq!(
        events.last().unwrap(),
        &json!({"type": "error", "error": {"type": "api_error", "message": "It broke."}, "request_id": "gen-1"})
    );
}

#[test]
fn what_is_kept_back_is_bounded() {
    let mut events = vec![call(0, true, "{")];
    events.extend((0..10).map(|_| text(&"x".repeat(1 << 20))));
    assert!(written(&events).ends_with("\n\n") && written(&events).contains("event: error"));
}

proptest! {
    #[test]
    fn blocks_never_overlap_and_nothing_is_lost(
        order in proptest::collection::vec((0..4_u32, 1..4_usize), 1..40),
    ) {
        let (mut events, mut told) = (Vec::new(), [const { String::new() }; 4]);
        for (at, length) in order {
            let words: String = "[\"{\\\"}\"".chars().cycle().skip(told[at as usize].len() % 7).take(length).collect();
            let begins = told[at as usize].is_empty();
            events.push(match at {
                0 => text(&words),
                1 => thoughts(&words),
                call_index => call(call_index, begins, &if begins { format!("{{{words}") } else { words.clone() }),
            });
            if at > 1 && begins {
                told[at as usize].push('{');
            }
            told[at as usize].push_str(&words);
        }
        let blocks = blocks(&written(&events));
        let joined = |kind: &str, name: Value, field: &str| -> String {
            blocks.iter().filter(|block| block["type"] == kind && block["name"] == name)
                .map(|block| block[field].as_str().unwrap_or_default()).collect()
        };
        prop_assert_eq!(joined("text", Value::Null, "text"), told[0].as_str());
        prop_assert_eq!(joined("thinking", Value::Null, "thinking"), told[1].as_str());
        for at in [2, 3] {
            let sent = joined("tool_use", json!(format!("f{at}")), "json");
            prop_assert!(told[at].starts_with(&sent), "{} of {}", sent, told[at]);
        }
    }
}
