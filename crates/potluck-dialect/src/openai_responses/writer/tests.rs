use potluck_core::Sealed;
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply, StreamEvent, Usage};
use potluck_core::sealed::Extra;
use potluck_core::verdict::Refusal;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Writer;
use crate::client::{Echo, Stamp, WriteStream};
use crate::fold::unfold;
use crate::openai_responses::{Question, read_request, write_response};

fn stamp() -> Stamp {
    Stamp { id: "gen-7f".into(), created: 7, model: "p/m".into() }
}

fn question(tools: Value) -> Question {
    let body = json!({ "input": "x", "tools": tools }).to_string();
    match read_request(body.as_bytes()).unwrap().echo {
        Echo::Responses(question) => *question,
        _ => panic!("no echo"),
    }
}

fn run(question: &Question, events: &[StreamEvent]) -> Vec<Value> {
    let (mut writer, mut out) = (Writer::new(&stamp(), question), Vec::new());
    events.iter().for_each(|event| writer.write(event, &mut out));
    writer.finish(&mut out);
    parse(&out)
}

/// The events; each names its type twice, and they are numbered from nothing.
fn parse(out: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(out).unwrap();
    assert!(text.ends_with("\n\n"));
    let events = text.split_terminator("\n\n").enumerate().map(|(number, event)| {
        let (name, data) = event.split_once('\n').unwrap();
        let value: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(name.strip_prefix("event: "), value["type"].as_str());
        assert_eq!(value["sequence_number"], number);
        value
    });
    events.collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    let names = events.iter().map(|event| event["type"].as_str().unwrap());
    names.map(|name| name.trim_start_matches("response.")).collect()
}

fn text(text: &str) -> StreamEvent {
    StreamEvent::Text { choice: 0, text: text.into() }
}

fn thought(text: &str) -> StreamEvent {
    StreamEvent::Reasoning { choice: 0, text: text.into() }
}

fn begin(index: u32, name: &str, arguments: &str) -> StreamEvent {
    StreamEvent::ToolCall {
        choice: 0,
        index,
        id: Some(format!("call_{index}")),
        name: Some(name.into()),
        arguments: arguments.into(),
        extra: Extra::new(),
    }
}

fn more(index: u32, arguments: &str) -> StreamEvent {
    StreamEvent::ToolCall {
        choice: 0,
        index,
        id: None,
        name: None,
        arguments: arguments.into(),
        extra: Extra::new(),
    }
}

fn finish(reason: FinishReason) -> StreamEvent {
    StreamEvent::Finish { choice: 0, reason }
}

#[test]
fn thoughts_words_and_a_call_in_their_order() {
    let usage = Usage { prompt: 3, completion: 2, total: 5, ..Usage::default() };
    let events = run(
        &Question::default(),
        &[
            thought("h"),
            thought("m"),
            text("He"),
            text("llo"),
            begin(0, "f", ""),
            more(0, "{}"),
            finish(FinishReason::ToolCalls),
            StreamEvent::Usage(usage),
        ],
    );
    assert_eq!(
        types(&events),
        [
            "created",
            "in_progress",
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ]
    );
    let response = &events.last().unwrap()["response"];
    assert_eq!((&response["id"], &response["status"]), (&json!("resp_7f"), &json!("completed")));
    assert_eq!(response["usage"]["total_tokens"], 5);
    assert_eq!(response["store"], false);
    let done: Vec<&Value> = events
        .iter()
        .filter(|e| e["type"] == "response.output_item.done")
        .map(|e| &e["item"])
        .collect();
    assert_eq!(json!(done), response["output"]);
    assert_eq!(response["output"][2]["call_id"], "call_0");
}

#[test]
fn pieces_of_calls_that_come_side_by_side_are_kept_apart() {
    let events = run(
        &Question::default(),
        &[
            begin(0, "a", "{\"x\""),
            begin(1, "b", "{\"y\""),
            more(0, ":1}"),
            more(1, ":2}"),
            text("and"),
            finish(FinishReason::ToolCalls),
        ],
    );
    let said: Vec<(u64, &str)> = events
        .iter()
        .filter(|event| event["type"] == "response.function_call_arguments.delta")
        .map(|event| (event["output_index"].as_u64().unwrap(), event["delta"].as_str().unwrap()))
        .collect();
    assert_eq!(said, [(0, "{\"x\""), (1, "{\"y\""), (0, ":1}"), (1, ":2}")]);
    let output = &events.last().unwrap()["response"]["output"];
    let arguments: Vec<&Value> =
        output.as_array().unwrap().iter().map(|i| &i["arguments"]).collect();
    assert_eq!(json!(arguments), json!(["{\"x\":1}", "{\"y\":2}", null]));
    let one_by_one = run(&Question::default(), &[begin(0, "a", "{}"), begin(1, "b", "{}")]);
    let done = types(&one_by_one).iter().position(|kind| *kind == "output_item.done").unwrap();
    assert!(done < 6, "a whole call is done before the next begins");
}

#[test]
fn tools_go_by_the_client_s_own_names() {
    let question = question(json!([
        { "type": "custom", "name": "patch" },
        { "type": "namespace", "name": "mcp__git", "description": "", "tools": [
            { "type": "function", "name": "log" }] }
    ]));
    let events = run(
        &question,
        &[
            begin(0, "patch", "{\"input\":\"a\\n"),
            more(0, "b\"}"),
            begin(1, "mcp__git__log", "{}"),
            finish(FinishReason::ToolCalls),
        ],
    );
    assert_eq!(
        types(&events)[2..7],
        [
            "output_item.added",
            "custom_tool_call_input.delta",
            "custom_tool_call_input.done",
            "output_item.done",
            "output_item.added",
        ]
    );
    let output = &events.last().unwrap()["response"]["output"];
    assert_eq!(
        output[0],
        json!({ "id": "ctc_7f00", "type": "custom_tool_call", "status": "completed",
                                  "input": "a\nb", "call_id": "call_0", "name": "patch" })
    );
    assert_eq!((&output[1]["name"], &output[1]["namespace"]), (&json!("log"), &json!("mcp__git")));
}

#[test]
fn early_ends_say_why() {
    for (reason, kind, why) in [
        (FinishReason::Length, "response.incomplete", "max_output_tokens"),
        (FinishReason::ContentFilter, "response.incomplete", "content_filter"),
    ] {
        let events = run(&Question::default(), &[text("half"), finish(reason)]);
        let last = events.last().unwrap();
        assert_eq!(
            (&last["type"], &last["response"]["status"]),
            (&json!(kind), &json!("incomplete"))
        );
        assert_eq!(last["response"]["incomplete_details"]["reason"], why);
        assert_eq!(last["response"]["output"][0]["status"], "incomplete");
    }
}

#[test]
fn failures_are_told_in_both_forms() {
    let (mut writer, mut out) = (Writer::new(&stamp(), &Question::default()), Vec::new());
    writer.write(&text("half"), &mut out);
    let refusal = Refusal::new(502, "api_error", "stream_interrupted", "It broke. Ask again.");
    writer.fail(&refusal, &mut out);
    let length = out.len();
    writer.write(&text("more"), &mut out);
    writer.finish(&mut out);
    assert_eq!(out.len(), length, "nothing follows the end");
    let events = parse(&out);
    let [.., error, failed] = events.as_slice() else { panic!() };
    assert_eq!(
        (&error["type"], &error["message"]),
        (&json!("error"), &json!("It broke. Ask again."))
    );
    assert_eq!(error["error"]["code"], "stream_interrupted");
    assert_eq!(failed["type"], "response.failed");
    assert_eq!(
        failed["response"]["error"],
        json!({ "code": "server_error", "message": "It broke. Ask again." })
    );
    let mut early = Vec::new();
    Writer::new(&stamp(), &Question::default()).fail(&refusal, &mut early);
    assert_eq!(types(&parse(&early)), ["created", "in_progress", "error", "failed"]);
}

#[test]
fn citations_probabilities_and_typed_thoughts_find_their_place() {
    let probabilities =
        r#"{"content":[{"token":"hi","logprob":-0.1,"bytes":null,"top_logprobs":[]}]}"#;
    let events = run(
        &Question::default(),
        &[
            StreamEvent::ReasoningDetails {
                choice: 0,
                details: Sealed::from_json(r#"[{"type":"reasoning.text","text":"hm"}]"#),
            },
            thought("hm"),
            StreamEvent::Logprobs { choice: 0, logprobs: Sealed::from_json(probabilities) },
            text("hi"),
            StreamEvent::Annotations {
                choice: 0,
                annotations: Sealed::from_json(
                    r#"[{"type":"url_citation","url_citation":{"url":"https://a.test"}}]"#,
                ),
            },
            StreamEvent::ReasoningDetails {
                choice: 0,
                details: Sealed::from_json(r#"[{"type":"reasoning.encrypted","data":"z"}]"#),
            },
            finish(FinishReason::Stop),
        ],
    );
    let output = &events.last().unwrap()["response"]["output"];
    assert_eq!(output[0]["encrypted_content"], r#"[{"type":"reasoning.text","text":"hm"}]"#);
    assert_eq!(output[1]["content"][0]["annotations"][0]["end_index"], 2);
    assert_eq!(output[1]["content"][0]["logprobs"][0]["token"], "hi");
    assert_eq!(output[2]["encrypted_content"], r#"[{"type":"reasoning.encrypted","data":"z"}]"#);
    assert_eq!(
        types(&events).iter().filter(|kind| **kind == "output_text.annotation.added").count(),
        1
    );
    let back = json!({ "input": output }).to_string();
    let turns = read_request(back.as_bytes()).unwrap().request.messages;
    let details: Value =
        serde_json::from_str(turns[0].reasoning_details.as_ref().unwrap().as_json()).unwrap();
    assert_eq!(details.as_array().unwrap().len(), 2, "what was given out comes back whole");
    assert_eq!(turns.len(), 1);
}

#[test]
fn a_whole_answer_is_the_end_of_its_stream() {
    let reply = Reply {
        text: Some("hi".into()),
        reasoning: Some("hm".into()),
        refusal: Some("no".into()),
        ..Reply::default()
    };
    let choice = Choice { reply, finish: Some(FinishReason::Stop), ..Choice::default() };
    let usage = Some(Usage { prompt: 1, completion: 1, total: 2, ..Usage::default() });
    let response = ChatResponse { choices: vec![choice], usage, ..ChatResponse::default() };
    let whole: Value =
        serde_json::from_slice(&write_response(&response, &stamp(), &Question::default())).unwrap();
    let mut events = Vec::new();
    unfold(response, &mut events);
    assert_eq!(run(&Question::default(), &events).last().unwrap()["response"], whole);
    insta::assert_snapshot!(whole.to_string());
}

fn events() -> impl Strategy<Value = Vec<StreamEvent>> {
    let word = "[a-z \"\\\\\n]{1,6}";
    let event = prop_oneof![
        word.prop_map(|word| text(&word)),
        word.prop_map(|word| thought(&word)),
        word.prop_map(|text| StreamEvent::Refusal { choice: 0, text }),
        (0..3_u32, word).prop_map(|(index, piece)| more(index, &piece)),
        (0..3_u32).prop_map(|index| begin(index, "f", "{}")),
        (0..3_u32).prop_map(|index| more(index, "")),
        Just(finish(FinishReason::Stop)),
        Just(finish(FinishReason::Length)),
        Just(StreamEvent::Text { choice: 1, text: "other".into() }),
        Just(StreamEvent::ReasoningDetails { choice: 0, details: Sealed::from_json("[1]") }),
        Just(StreamEvent::Annotations { choice: 0, annotations: Sealed::from_json("[{}]") }),
    ];
    proptest::collection::vec(event, 0..30)
}

proptest! {
    #[test]
    fn every_stream_is_well_formed(events in events()) {
        check(&run(&Question::default(), &events));
    }
}

/// What must hold of any stream: items are added in order, each is done once and nothing is said of it before or
/// after; deltas add up to what is done; the end holds what was done.
fn check(events: &[Value]) {
    let mut output: Vec<Value> = Vec::new();
    let mut open: Vec<Option<String>> = Vec::new();
    for event in events {
        let kind = event["type"].as_str().unwrap();
        let at = event["output_index"].as_u64().map(|index| index as usize);
        match (kind, at) {
            ("response.output_item.added", Some(at)) => {
                assert_eq!(at, open.len());
                open.push(Some(event["item"]["id"].as_str().unwrap().to_owned()));
                output.push(Value::Null);
            }
            ("response.output_item.done", Some(at)) => {
                assert_eq!(open[at].take().as_deref(), event["item"]["id"].as_str());
                output[at] = event["item"].clone();
            }
            (_, Some(at)) => assert_eq!(open[at].as_deref(), event["item_id"].as_str(), "{event}"),
            (_, None) => {}
        }
    }
    assert!(open.iter().all(Option::is_none), "every item is done");
    assert_eq!(events.last().unwrap()["response"]["output"], Value::Array(output));
    for (delta, done, field) in [
        ("response.output_text.delta", "response.output_text.done", "text"),
        (
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "arguments",
        ),
        ("response.refusal.delta", "response.refusal.done", "refusal"),
        ("response.reasoning_summary_text.delta", "response.reasoning_summary_text.done", "text"),
    ] {
        let of = |kind: &str, field: &str| -> String {
            let same = events.iter().filter(|event| event["type"] == kind);
            let mut pieces: Vec<(u64, &str)> = same
                .map(|event| {
                    (event["output_index"].as_u64().unwrap(), event[field].as_str().unwrap())
                })
                .collect();
            pieces.sort_by_key(|(at, _)| *at);
            pieces.into_iter().map(|(_, piece)| piece).collect()
        };
        assert_eq!(of(delta, "delta"), of(done, field));
    }
}
