use potluck_core::outcome::{Cause, Class, Stage};
use potluck_core::response::{FinishReason, StreamEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::model::Model;
use crate::dialect::{Dialect, StreamReader, Target};
use crate::quirk::{Quirk, Quirks};
use crate::{BadAnswer, Client, fault};

fn sent_with(model: &str, quirks: Quirks, request: &Value) -> (Value, Vec<String>) {
    let request = Client::Chat.read_request(request.to_string().as_bytes()).unwrap().request;
    let target = Target { model, quirks, stream: false, max_output: None, context: 32_768 };
    let written = Dialect::Gemini.write_request(&request, &target);
    (serde_json::from_slice(&written.body).unwrap(), written.dropped)
}

fn sent(model: &str, request: &Value) -> (Value, Vec<String>) {
    sent_with(model, Quirks::empty(), request)
}

fn contents(messages: Value) -> Value {
    sent("gemini-3-flash", &json!({ "messages": messages })).0["contents"].clone()
}

fn call(id: &str, name: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}})
}

#[test]
fn addresses_name_the_model_and_how_it_answers() {
    let path = |model, stream| Dialect::Gemini.chat_path(model, stream).into_owned();
    assert_eq!(path("gemini-3-pro", false), "/models/gemini-3-pro:generateContent");
    assert_eq!(path("models/g", true), "/models/g:streamGenerateContent?alt=sse");
}

// === the conversation ===

#[test]
fn turns_of_one_speaker_are_one_turn() {
    let turns = contents(json!([
        {"role": "user", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": ""}]},
        {"role": "assistant", "content": "c"},
        {"role": "assistant", "refusal": "d"},
        {"role": "user", "content": "e"}
    ]));
    let text = |text: &str| json!({ "text": text });
    assert_eq!(
        turns,
        json!([
            {"role": "user", "parts": [text("a"), text("b")]},
            {"role": "model", "parts": [text("c"), text("d")]},
            {"role": "user", "parts": [text("e")]}
        ])
    );
}

#[test]
fn instructions_stand_apart_unless_they_are_all_there_is_or_have_no_place() {
    let messages = json!([
        {"role": "system", "content": "a"},
        {"role": "user", "content": "b"},
        {"role": "developer", "content": "c"}
    ]);
    let (body, _) = sent("gemini-3-flash", &json!({ "messages": messages }));
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "a"}, {"text": "c"}]}));
    assert_eq!(body["contents"].as_array().unwrap().len(), 1);
    let (body, _) = sent("gemma-3-27b-it", &json!({ "messages": messages }));
    assert_eq!(body["systemInstruction"], Value::Null);
    let parts = json!([{"text": "a"}, {"text": "b"}, {"text": "c"}]);
    assert_eq!(body["contents"], json!([{"role": "user", "parts": parts}]));
    let alone = contents(json!([{"role": "system", "content": "a"}]));
    assert_eq!(alone, json!([{"role": "user", "parts": [{"text": "a"}]}]));
}

#[test]
fn a_conversation_of_nothing_is_still_asked() {
    let turns = contents(json!([{"role": "user", "content": ""}]));
    assert_eq!(turns, json!([{"role": "user", "parts": [{"text": ""}]}]));
}

#[test]
fn answers_stand_alone_in_the_order_of_their_calls_and_under_their_names() {
    let turns = contents(json!([
        {"role": "user", "content": "go"},
        {"role": "assistant", "tool_calls": [call("1", "f"), call("2", "g"), call("3", "f")]},
        {"role": "tool", "tool_call_id": "3", "content": "three"},
        {"role": "tool", "tool_call_id": "1", "content": "{\"one\": 1}"},
        {"role": "tool", "tool_call_id": "nobody's", "content": "lost"},
        {"role": "tool", "tool_call_id": "2", "content": ""},
        {"role": "user", "content": "and?"}
    ]));
    let response = |id: &str, name: &str, response: Value| json!({"functionResponse": {"id": id, "name": name, "response": response}});
    assert_eq!(
        turns[2],
        json!({"role": "user", "parts": [
            response("1", "f", json!({"one": 1})),
            response("2", "g", json!({})),
            response("3", "f", json!({"result": "three"})),
        ]})
    );
    assert_eq!(turns[3], json!({"role": "user", "parts": [{"text": "lost"}, {"text": "and?"}]}));
}

#[test]
fn pictures_of_tools_stand_in_the_answer_or_after_all_answers() {
    let url = "data:image/png;base64,iVBORw0KGgo=";
    let picture = json!({"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}});
    let request = json!({"messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "tool_calls": [call("1", "f"), call("2", "g")]},
        {"role": "tool", "tool_call_id": "1", "content": [
            {"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "a"}]},
        {"role": "tool", "tool_call_id": "2", "content": "b"},
        {"role": "assistant", "content": "done"}
    ]});
    let (body, _) = sent("gemini-3-flash", &request);
    assert_eq!(body["contents"][2]["parts"][0]["functionResponse"]["parts"], json!([picture]));
    assert_eq!(body["contents"][3]["role"], "model");
    let (body, _) = sent("gemini-2.5-flash", &request);
    assert_eq!(body["contents"][2]["parts"].as_array().unwrap().len(), 2);
    assert_eq!(body["contents"][3], json!({"role": "user", "parts": [picture]}));
    assert_eq!(body["contents"][4]["role"], "model");
}

#[test]
fn a_call_bears_its_signature_or_a_stand_in_where_one_is_demanded() {
    let signature = |model: &str, calls: Value| {
        let messages = json!([
            {"role": "user", "content": "go"}, {"role": "assistant", "tool_calls": calls}]);
        let (body, _) = sent(model, &json!({ "messages": messages }));
        let parts = body["contents"][1]["parts"].as_array().unwrap().clone();
        parts.iter().map(|part| part["thoughtSignature"].clone()).collect::<Vec<_>>()
    };
    let mut signed = call("1", "f");
    signed["extra_content"] = json!({"google": {"thought_signature": "c2ln"}});
    let both = json!([signed, call("2", "g")]);
    assert_eq!(signature("gemini-3-flash", both.clone()), [json!("c2ln"), Value::Null]);
    assert_eq!(signature("gemini-2.0-flash", both), [json!("c2ln"), Value::Null]);
    let foreign = json!([call("1", "f"), call("2", "g")]);
    let stand_in = json!("skip_thought_signature_validator");
    assert_eq!(signature("gemini-3-flash", foreign.clone()), [stand_in, Value::Null]);
    assert_eq!(signature("gemma-4-31b-it", foreign), [Value::Null, Value::Null]);
}

#[test]
fn a_call_never_begins_a_conversation() {
    let turns = contents(json!([{"role": "assistant", "tool_calls": [call("1", "f")]}]));
    assert_eq!(turns[0], json!({"role": "user", "parts": [{"text": "Continue."}]}));
    assert_eq!(turns[1]["role"], "model");
}

// === how to answer ===

#[test]
fn thinking_is_a_budget_or_a_level_by_generation() {
    let cases = [
        (
            "gemini-2.5-flash",
            json!({"effort": "low"}),
            json!({"thinkingBudget": 1024, "includeThoughts": true}),
        ),
        ("gemini-2.5-flash", json!({"effort": "none"}), json!({"thinkingBudget": 0})),
        (
            "gemini-2.5-flash-lite",
            json!({"max_tokens": 100}),
            json!({"thinkingBudget": 512, "includeThoughts": true}),
        ),
        ("gemini-2.5-pro", json!({"enabled": false}), json!({"thinkingBudget": 128})),
        (
            "gemini-2.5-pro",
            json!({"effort": "high", "exclude": true}),
            json!({"thinkingBudget": 32768}),
        ),
        (
            "gemini-3-flash-preview",
            json!({"effort": "minimal"}),
            json!({"thinkingLevel": "minimal", "includeThoughts": true}),
        ),
        ("gemini-3-flash-preview", json!({"enabled": false}), json!({"thinkingLevel": "minimal"})),
        (
            "gemini-3.8-flash",
            json!({"effort": "minimal"}),
            json!({"thinkingLevel": "low", "includeThoughts": true}),
        ),
        (
            "gemini-3-pro-preview",
            json!({"effort": "medium"}),
            json!({"thinkingLevel": "high", "includeThoughts": true}),
        ),
        (
            "gemini-3.1-pro-preview",
            json!({"effort": "medium"}),
            json!({"thinkingLevel": "medium", "includeThoughts": true}),
        ),
        (
            "gemini-flash-latest",
            json!({"max_tokens": 9000}),
            json!({"thinkingLevel": "high", "includeThoughts": true}),
        ),
        ("gemini-3.5-flash", json!({"enabled": true}), json!({"includeThoughts": true})),
        (
            "gemma-4-31b-it",
            json!({"effort": "low"}),
            json!({"thinkingLevel": "minimal", "includeThoughts": true}),
        ),
        ("gemini-2.0-flash", json!({"effort": "low"}), Value::Null),
    ];
    for (model, reasoning, expected) in cases {
        let messages = json!([{"role": "user", "content": "x"}]);
        let (body, _) = sent(model, &json!({"messages": messages, "reasoning": reasoning}));
        assert_eq!(body["generationConfig"]["thinkingConfig"], expected, "{model} {reasoning}");
    }
}

#[test]
fn what_has_no_place_is_named() {
    let (body, dropped) = sent_with(
        "gemini-3.8-flash",
        Quirk::NoSampling | Quirk::NoPenalties,
        &json!({
            "messages": [{"role": "user", "name": "ann", "content": "x"}],
            "tools": [{"type": "web_search"}],
            "temperature": 1, "frequency_penalty": 1, "min_p": 0.1, "repetition_penalty": 1.1,
            "parallel_tool_calls": false, "user": "u", "verbosity": "low",
            "reasoning": {"effort": "none"}, "stop": ["1", "2", "3", "4", "5", "6"]
        }),
    );
    let stops = json!(["1", "2", "3", "4", "5"]);
    let thinking = json!({"thinkingLevel": "low"});
    let config = json!({"stopSequences": stops, "thinkingConfig": thinking});
    assert_eq!(body["generationConfig"], config);
    assert_eq!(body["tools"], Value::Null);
    for name in [
        "temperature",
        "frequency_penalty",
        "min_p",
        "repetition_penalty",
        "parallel_tool_calls",
        "user",
        "verbosity",
        "reasoning_effort",
        "stop",
        "messages.name",
        "tools",
    ] {
        assert!(dropped.iter().any(|dropped| dropped == name), "{name}: {dropped:?}");
    }
}

#[test]
fn choices_of_tools_are_modes() {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
    let config = |choice: Value| {
        let messages = json!([{"role": "user", "content": "x"}]);
        let request =
            json!({"messages": messages, "tools": [tool("f"), tool("g")], "tool_choice": choice});
        let (body, _) = sent("gemini-3-flash", &request);
        let declared = body["tools"][0]["functionDeclarations"].as_array().unwrap().len();
        (body["toolConfig"]["functionCallingConfig"].clone(), declared)
    };
    assert_eq!(config(json!("auto")), (json!({"mode": "AUTO"}), 2));
    assert_eq!(config(json!("none")), (json!({"mode": "NONE"}), 2));
    assert_eq!(config(json!("required")), (json!({"mode": "ANY"}), 2));
    let one = json!({"mode": "ANY", "allowedFunctionNames": ["g"]});
    assert_eq!(config(tool("g")), (one.clone(), 2));
    let allowed = |mode: &str| json!({"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [tool("g")]}});
    assert_eq!(config(allowed("required")), (one, 2));
    assert_eq!(config(allowed("auto")), (json!({"mode": "AUTO"}), 1));
}

// === answers ===

fn whole(body: &Value) -> Result<potluck_core::response::ChatResponse, BadAnswer> {
    Dialect::Gemini.read_response(body.to_string().as_bytes(), Quirks::empty())
}

fn candidate(parts: Value, reason: &str) -> Value {
    json!({"responseId": "a", "candidates": [
        {"content": {"role": "model", "parts": parts}, "finishReason": reason}]})
}

#[test]
fn ends_are_told_apart() {
    let text = json!([{"text": "hi"}]);
    let finish = |reason: &str| {
        whole(&candidate(text.clone(), reason)).map(|response| response.choices[0].finish)
    };
    assert_eq!(finish("STOP").unwrap(), Some(FinishReason::Stop));
    assert_eq!(finish("MAX_TOKENS").unwrap(), Some(FinishReason::Length));
    assert_eq!(finish("SAFETY").unwrap(), Some(FinishReason::ContentFilter));
    assert_eq!(finish("PROHIBITED_CONTENT").unwrap(), Some(FinishReason::ContentFilter));
    assert_eq!(finish("NEVER_SEEN").unwrap(), Some(FinishReason::Stop));
    for reason in ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MISSING_THOUGHT_SIGNATURE"] {
        let failed = finish(reason);
        assert!(
            matches!(&failed, Err(BadAnswer::ErrorInside(error))
            if error.code.as_deref() == Some(reason)),
            "{failed:?}"
        );
    }
    let called = whole(&candidate(json!([{"functionCall": {"name": "f"}}]), "STOP")).unwrap();
    assert_eq!(called.choices[0].finish, Some(FinishReason::ToolCalls));
    assert_eq!(called.choices[0].reply.tool_calls[0].arguments, "{}");
}

#[test]
fn answers_that_are_none() {
    let filtered = |body: &Value| match whole(body) {
        Err(BadAnswer::ErrorInside(error)) => error.code == Some("content_filter".to_owned()),
        _ => false,
    };
    assert!(filtered(&json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})));
    assert!(filtered(&candidate(json!([]), "SAFETY")));
    assert_eq!(whole(&json!({"candidates": [], "usageMetadata": {}})), Err(BadAnswer::Empty));
    let garbage = Err(BadAnswer::Garbage("JSON without candidates".into()));
    assert_eq!(whole(&json!({"a": 1})), garbage);
    let inside = whole(&json!({"error": {"code": 503, "message": "m", "status": "UNAVAILABLE"}}));
    assert!(matches!(inside, Err(BadAnswer::ErrorInside(error))
        if error.status == Some(503) && error.message == "m"));
    let read = |body: &str| Dialect::Gemini.read_response(body.as_bytes(), Quirks::empty());
    assert_eq!(read(" "), Err(BadAnswer::Empty));
    assert_eq!(read("{\"candidates\":["), Err(BadAnswer::Cut));
    assert!(matches!(read("<html>"), Err(BadAnswer::Garbage(_))));
}

#[test]
fn failures_are_judged_by_what_they_are() {
    let judged = |body: &Value| {
        let bad = whole(body).unwrap_err();
        let now = potluck_core::Moment::from_millis(0);
        let failure = fault::from_bad_answer(&bad, &[], Stage::BeforeCommit, now);
        (failure.class, failure.cause)
    };
    let policy = (Class::DoesNotFit, Some(Cause::ContentPolicy));
    assert_eq!(judged(&json!({"promptFeedback": {"blockReason": "SAFETY"}})), policy);
    assert_eq!(judged(&candidate(json!([]), "RECITATION")), policy);
    let broken = candidate(json!([]), "MALFORMED_FUNCTION_CALL");
    assert_eq!(judged(&broken).0, Class::BadAnswer);
    let error = |code: u16, status: &str| json!({"error": {"code": code, "message": "m", "status": status}});
    assert_eq!(judged(&error(503, "UNAVAILABLE")).0, Class::Overloaded);
    let mut spent = error(429, "RESOURCE_EXHAUSTED");
    spent["error"]["details"] = json!([
        {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "quotaValue": "20"}]},
        {"retryDelay": "26s"}
    ]);
    assert_eq!(judged(&spent).0, Class::QuotaSpent);
}

fn reader() -> StreamReader {
    Dialect::Gemini.stream_reader(Quirks::empty())
}

fn streamed(body: &str) -> (Vec<StreamEvent>, Result<(), BadAnswer>) {
    let (mut reader, mut events) = (reader(), Vec::new());
    let pushed = reader.push(body.as_bytes(), &mut events);
    let ended = pushed.and_then(|()| reader.finish(&mut events));
    (events, ended)
}

fn chunk(document: &Value) -> String {
    format!("data: {document}\r\n\r\n")
}

#[test]
fn a_stream_ends_with_a_reason_and_the_close() {
    let word = json!({"candidates": [{"content": {"parts": [{"text": "hi"}]}}]});
    let last = candidate(json!([{"text": ""}]), "STOP");
    assert_eq!(streamed("").1, Err(BadAnswer::Empty));
    assert_eq!(streamed(&chunk(&word)).1, Err(BadAnswer::Cut));
    let half = chunk(&word) + &chunk(&last)[..40];
    assert_eq!(streamed(&half).1, Err(BadAnswer::Cut));
    assert_eq!(streamed(&(chunk(&word) + &chunk(&last))).1, Ok(()));
    let failed = chunk(&word) + &chunk(&json!({"error": {"code": 500, "message": "m"}}));
    let (events, ended) = streamed(&failed);
    assert!(ended.is_ok() && matches!(events.last(), Some(StreamEvent::Error(_))));
}

#[test]
fn older_models_give_a_reason_with_every_chunk() {
    let body = chunk(&candidate(json!([{"text": "a"}]), "STOP"))
        + &chunk(&candidate(json!([{"text": "b"}]), "STOP"));
    let (events, ended) = streamed(&body);
    let finishes = events.iter().filter(|event| matches!(event, StreamEvent::Finish { .. }));
    assert_eq!((finishes.count(), ended), (1, Ok(())));
    assert!(matches!(events.last(), Some(StreamEvent::Finish { .. })));
}

#[test]
fn names_without_sense_are_taken_for_the_newest() {
    assert_eq!(Model::named("x").generation, Model::named("gemini-pro-latest").generation);
}

fn parts() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-z\u{e9}\u{1f600}\"\\\\\n ]{0,12}".prop_map(|text| json!({ "text": text })),
        "[a-z]{0,9}".prop_map(|text| json!({"text": text, "thought": true})),
        Just(json!({"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "c2ln"})),
        Just(json!({"functionCall": {"name": "g", "id": "x"}})),
        Just(json!({"functionCall": {"name": "h", "willContinue": true}})),
        Just(json!({"functionCall": {"partialArgs": [{"jsonPath": "$.a", "stringValue": "b"}]}})),
        Just(json!({"inlineData": {"mimeType": "image/png", "data": "AAAA"}})),
        Just(json!({"executableCode": {"code": "1"}})),
        Just(json!(7)),
    ]
}

fn streams() -> impl Strategy<Value = String> {
    let reason =
        prop_oneof![Just(None), Just(Some("STOP")), Just(Some("SAFETY")), Just(Some("OTHER"))];
    let document = (prop::collection::vec(parts(), 0..4), reason, 0..3_u32).prop_map(
        |(parts, reason, index)| {
            let counts = json!({"promptTokenCount": 3, "candidatesTokenCount": index});
            let candidate =
                json!({"content": {"parts": parts}, "finishReason": reason, "index": index});
            json!({"candidates": [candidate], "usageMetadata": counts, "responseId": "r"})
        },
    );
    prop::collection::vec(document, 0..6)
        .prop_map(|documents| documents.iter().map(chunk).collect())
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(stream in streams(), size in 1..50_usize) {
        let whole = streamed(&stream);
        let (mut reader, mut events) = (reader(), Vec::new());
        let pushed =
            stream.as_bytes().chunks(size).try_for_each(|piece| reader.push(piece, &mut events));
        let ended = pushed.and_then(|()| reader.finish(&mut events));
        prop_assert_eq!((events, ended), whole);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), stream in streams()) {
        let mut spoilt = stream.into_bytes();
        let at = at.index(spoilt.len() + 1);
        spoilt.splice(at..at, bytes.iter().copied());
        for body in [&bytes, &spoilt] {
            let _ = Dialect::Gemini.read_response(body, Quirks::empty());
            let (mut reader, mut events) = (reader(), Vec::new());
            let _ = reader.push(body, &mut events).and_then(|()| reader.finish(&mut events));
        }
    }

    #[test]
    fn whatever_the_history_speakers_take_turns(
        roles in prop::collection::vec(0..5_usize, 1..12), model in prop_oneof![Just("gemini-3-flash"), Just("gemma-3-4b")],
    ) {
        let roles = roles.into_iter().enumerate();
        let messages: Vec<Value> = roles.map(|(at, role)| match role {
            0 => json!({"role": "user", "content": format!("u{at}")}),
            1 => json!({"role": "assistant", "content": format!("a{at}")}),
            2 => json!({"role": "assistant", "tool_calls": [call(&format!("c{at}"), "f"), call(&format!("d{at}"), "g")]}),
            3 => json!({"role": "tool", "tool_call_id": format!("c{}", at.saturating_sub(1)), "content": format!("t{at}")}),
            _ => json!({"role": "system", "content": format!("s{at}")}),
        }).collect();
        let said: Vec<String> = messages.iter().filter_map(|message| Some(message["content"].as_str()?.to_owned())).collect();
        let (body, _) = sent(model, &json!({ "messages": messages }));
        let turns = body["contents"].as_array().unwrap();
        let is_answer = |turn: &Value| turn["parts"][0]["functionResponse"].is_object();
        prop_assert!(!turns.is_empty());
        for pair in turns.windows(2) {
            let change = pair[0]["role"] != pair[1]["role"] || is_answer(&pair[0]);
            prop_assert!(change, "{} {}", pair[0], pair[1]);
            prop_assert!(!is_answer(&pair[1]) || pair[0]["parts"].to_string().contains("functionCall"));
        }
        prop_assert!(!is_answer(&turns[0]) && !turns[0].to_string().contains("functionCall"));
        for text in said {
            prop_assert!(body.to_string().contains(&format!("\"{text}\"")), "{text} is lost in {body}");
        }
    }
}
