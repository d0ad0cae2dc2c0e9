use potluck_core::response::{ChatResponse, FinishReason, StreamEvent};
use serde_json::{Value, json};

use crate::dialect::ReadStream;
use crate::quirk::{Quirk, Quirks};
use crate::{BadAnswer, Client, Dialect, Target, Written};

// === requests ===

fn written_with(body: &Value, quirks: Quirks) -> (Value, Vec<String>) {
    let request = Client::Chat.read_request(body.to_string().as_bytes()).unwrap().request;
    let target =
        Target { model: "command-a", quirks, stream: false, max_output: None, context: 32_768 };
    let Written { body, dropped } = Dialect::Cohere.write_request(&request, &target);
    (serde_json::from_slice(&body).unwrap(), dropped)
}

fn written(mut body: Value) -> (Value, Vec<String>) {
    if body["messages"].is_null() {
        body["messages"] = json!([{"role": "user", "content": "hi"}]);
    }
    written_with(&body, Quirks::empty())
}

fn tool(name: &str, strict: bool, required: &Value) -> Value {
    let schema =
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": required});
    json!({"type": "function", "function": {"name": name, "parameters": schema, "strict": strict}})
}

#[test]
fn dials_go_out_under_coheres_names() {
    let (body, dropped) = written(json!({
        "temperature": 0.5, "top_p": 0.9, "top_k": 40.4, "seed": -7, "stop": "END",
        "max_completion_tokens": 100, "frequency_penalty": 0.5, "presence_penalty": 0
    }));
    let expected = json!({
        "model": "command-a", "messages": [{"role": "user", "content": "hi"}], "stream": false,
        "temperature": 0.5, "p": 0.9, "k": 40, "seed": 7, "stop_sequences": ["END"],
        "max_tokens": 100, "frequency_penalty": 0.5, "presence_penalty": 0
    });
    assert_eq!((body, dropped), (expected, Vec::new()));
}

#[test]
fn what_is_beyond_a_range_is_put_within_it() {
    let (body, dropped) = written(json!({
        "top_p": 1, "top_k": 5000, "frequency_penalty": 1.5, "presence_penalty": -1,
        "stop": ["1", "2", "3", "4", "5", "6"]
    }));
    assert_eq!((&body["p"], &body["k"]), (&json!(0.99), &json!(500)));
    assert_eq!((&body["frequency_penalty"], &body["presence_penalty"]), (&json!(1), &json!(0)));
    assert_eq!(body["stop_sequences"], json!(["1", "2", "3", "4", "5"]));
    assert_eq!(dropped, ["frequency_penalty", "presence_penalty", "stop"]);
}

#[test]
fn what_has_no_place_is_named() {
    let (body, dropped) = written(json!({
        "messages": [{"role": "user", "name": "Ann", "content": "hi"}], "min_p": 0.1, "top_a": 0.1,
        "repetition_penalty": 1.1, "logit_bias": {"1": 2}, "parallel_tool_calls": false,
        "user": "ann", "metadata": {}, "safety_mode": "STRICT", "documents": ["The sky is green."]
    }));
    assert_eq!(
        (&body["safety_mode"], &body["documents"][0]),
        (&json!("STRICT"), &json!("The sky is green."))
    );
    let expected = [
        "min_p",
        "top_a",
        "repetition_penalty",
        "logit_bias",
        "parallel_tool_calls",
        "user",
        "messages.name",
        "metadata",
    ];
    assert_eq!(dropped, expected);
    let none = ["min_p", "user", "metadata", "logit_bias"];
    assert!(none.iter().all(|name| body.get(name).is_none()), "{body}");
}

#[test]
fn the_one_function_to_be_called_is_the_only_one_described() {
    let tools = [tool("one", false, &json!([])), tool("two", false, &json!([]))];
    let named = json!({"type": "function", "function": {"name": "two"}});
    for (choice, word, names) in [
        (json!("auto"), Value::Null, vec!["one", "two"]),
        (json!("none"), json!("NONE"), vec!["one", "two"]),
        (json!("required"), json!("REQUIRED"), vec!["one", "two"]),
        (named, json!("REQUIRED"), vec!["two"]),
    ] {
        let (body, dropped) = written(json!({"tools": tools, "tool_choice": choice}));
        let described = body["tools"].as_array().unwrap().iter();
        let described: Vec<&str> =
            described.map(|tool| tool["function"]["name"].as_str().unwrap()).collect();
        assert_eq!((described, &body["tool_choice"]), (names, &word), "{choice}");
        assert!(dropped.is_empty(), "{dropped:?}");
    }
}

#[test]
fn tools_are_strict_together_or_not_at_all() {
    let strict = |tools: Value| {
        let (body, dropped) = written(json!({ "tools": tools }));
        (body["strict_tools"] == true, dropped)
    };
    let (some, nothing) = (json!(["a"]), json!([]));
    let named = vec!["tools.function.strict".to_owned()];
    assert_eq!(strict(json!([tool("one", true, &some)])), (true, vec![]));
    assert_eq!(strict(json!([tool("one", false, &some)])), (false, vec![]));
    let mixed = json!([tool("one", true, &some), tool("two", false, &some)]);
    assert_eq!(strict(mixed), (false, named.clone()));
    assert_eq!(strict(json!([tool("one", true, &nothing)])), (false, named));
}

#[test]
fn a_schema_stands_beside_its_form() {
    let format = |format: Value| written(json!({ "response_format": format })).0;
    assert_eq!(format(json!({"type": "text"})).get("response_format"), None);
    let any = json!({"type": "json_object"});
    assert_eq!(format(any.clone())["response_format"], any);
    let described = json!({"name": "x", "strict": true, "schema": {"type": "object"}});
    assert_eq!(
        format(json!({"type": "json_schema", "json_schema": described}))["response_format"],
        json!({"type": "json_object", "json_schema": {"type": "object"}})
    );
}

#[test]
fn thinking_is_off_on_or_a_budget() {
    let thinking = |asked: Value| written(asked).0["thinking"].clone();
    let budget = |tokens: u32| json!({"type": "enabled", "token_budget": tokens});
    let (on, off) = (json!({"type": "enabled"}), json!({"type": "disabled"}));
    assert_eq!(thinking(json!({})), Value::Null);
    assert_eq!(thinking(json!({"reasoning_effort": "none"})), off);
    assert_eq!(thinking(json!({"reasoning_effort": "low"})), budget(1024));
    assert_eq!(thinking(json!({"reasoning_effort": "high"})), on);
    assert_eq!(thinking(json!({"reasoning": {"enabled": true}})), on);
    assert_eq!(thinking(json!({"reasoning": {"enabled": false}})), off);
    assert_eq!(thinking(json!({"reasoning": {"max_tokens": 300}})), budget(300));
    assert_eq!(thinking(json!({"reasoning": {"max_tokens": 0}})), off);
    let (body, dropped) = written(json!({"reasoning_effort": "immense"}));
    assert_eq!((body.get("thinking"), dropped), (None, vec!["reasoning_effort".to_owned()]));
    let asked = json!({"messages": [{"role": "user", "content": "x"}], "reasoning_effort": "low"});
    let (body, dropped) = written_with(&asked, Quirk::NoReasoningEffort.into());
    assert_eq!((body.get("thinking"), dropped), (None, vec!["reasoning_effort".to_owned()]));
}

#[test]
fn what_is_said_beside_calls_is_their_plan() {
    let call = |id: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}});
    let (body, dropped) = written(json!({"messages": [
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": [
            {"type": "text", "text": "Look."},
            {"type": "image_url", "image_url": {"url": "https://x/a.png", "detail": "low"}}
        ]},
        {"role": "assistant", "content": "I look.", "reasoning": "Hm.",
         "tool_calls": [call("a", ""), call("a", "{\"n\": 1.50}"), call("c", "not JSON")]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "2"}]},
        {"role": "tool", "tool_call_id": "c", "content": "3"},
        {"role": "assistant", "content": "Done.", "reasoning": "Well."}
    ]}));
    assert!(dropped.is_empty(), "{dropped:?}");
    let turns = &body["messages"];
    assert_eq!(turns[0], json!({"role": "system", "content": "Be short."}));
    let picture = json!({"url": "https://x/a.png", "detail": "low"});
    assert_eq!(turns[1]["content"][1], json!({"type": "image_url", "image_url": picture}));
    assert_eq!(turns[2]["tool_plan"], "Hm.\n\nI look.");
    assert_eq!(turns[2].get("content"), None);
    let calls = turns[2]["tool_calls"].as_array().unwrap();
    let arguments: Vec<&str> =
        calls.iter().map(|call| call["function"]["arguments"].as_str().unwrap()).collect();
    assert_eq!(arguments, ["{}", "{\"n\": 1.50}", "{\"input\":\"not JSON\"}"]);
    for (at, call) in calls.iter().enumerate() {
        assert_eq!(turns[3 + at]["tool_call_id"], call["id"]);
        assert!(call["id"] != "" && calls.iter().filter(|c| c["id"] == call["id"]).count() == 1);
    }
    assert_eq!(turns[4]["content"], json!([{"type": "text", "text": "2"}]));
    assert_eq!(turns[6], json!({"role": "assistant", "content": "Done."}));
}

#[test]
fn pictures_that_nobody_can_be_shown_are_named() {
    let picture = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}});
    let (body, dropped) = written(json!({"messages": [
        {"role": "user", "content": "x"},
        {"role": "assistant", "tool_calls": [{"id": "a", "type": "function",
            "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "1"}, picture]}
    ]}));
    assert_eq!(body["messages"][2]["content"], json!([{"type": "text", "text": "1"}]));
    assert_eq!(dropped, ["messages.content"]);
}

// === answers ===

fn read(body: &str) -> Result<ChatResponse, BadAnswer> {
    Dialect::Cohere.read_response(body.as_bytes(), Quirks::empty())
}

fn stream(body: &str) -> (Vec<StreamEvent>, Result<(), BadAnswer>) {
    let (mut reader, mut events) = (super::StreamReader::default(), Vec::new());
    let pushed = reader.push(body.as_bytes(), &mut events);
    let ended = pushed.and_then(|()| reader.finish(&mut events));
    (events, ended)
}

const WHOLE: &str = r#"{"id":"x","message":{"role":"assistant","tool_plan":"I call.","content":[{"type":"thinking","thinking":"Hm."}],
"tool_calls":[{"id":"f_1","type":"function","function":{"name":"f","arguments":"null"}},{"type":"function","function":{"name":"g","arguments":"{\"n\": 1}"}}]},
"finish_reason":"TOOL_CALL","usage":{"billed_units":{"input_tokens":5,"output_tokens":3},
"tokens":{"input_tokens":100,"output_tokens":9,"reasoning_tokens":4,"image_tokens":20},"cached_tokens":64}}"#;

#[test]
fn plans_are_thoughts_and_no_arguments_are_none() {
    let answer = read(WHOLE).unwrap();
    let choice = &answer.choices[0];
    assert_eq!(choice.reply.reasoning.as_deref(), Some("Hm.\n\nI call."));
    assert_eq!(
        (choice.reply.text.as_deref(), choice.finish),
        (None, Some(FinishReason::ToolCalls))
    );
    let calls = &choice.reply.tool_calls;
    assert_eq!((calls[0].id.as_str(), calls[0].arguments.as_str()), ("f_1", "{}"));
    assert_eq!(calls[1].arguments, "{\"n\": 1}");
    assert!(!calls[1].id.is_empty());
}

#[test]
fn what_the_model_read_counts_and_the_bill_stands_beside_it() {
    let usage = read(WHOLE).unwrap().usage.unwrap();
    assert_eq!((usage.prompt, usage.completion, usage.total), (120, 9, 129));
    assert_eq!((usage.cached, usage.reasoning), (Some(64), Some(4)));
    assert_eq!(&*usage.extra[0].0, "billed_units");
    assert_eq!(usage.extra[0].1.as_json(), r#"{"input_tokens":5,"output_tokens":3}"#);
    let billed = WHOLE.replace("\"tokens\":", "\"unknown\":");
    assert_eq!(read(&billed).unwrap().usage.unwrap().total, 8);
}

#[test]
fn each_end_is_what_it_means() {
    let ended = |word: &str, content: &str| {
        let message = format!(r#"{{"role":"assistant","content":"{content}"}}"#);
        read(&format!(r#"{{"id":"x","message":{message},"finish_reason":"{word}"}}"#))
    };
    for (word, reason) in [
        ("COMPLETE", FinishReason::Stop),
        ("STOP_SEQUENCE", FinishReason::Stop),
        ("MAX_TOKENS", FinishReason::Length),
        ("ERROR_LIMIT", FinishReason::Length),
        ("ERROR_TOXIC", FinishReason::ContentFilter),
        ("BORED", FinishReason::Stop),
    ] {
        assert_eq!(ended(word, "a").unwrap().choices[0].finish, Some(reason), "{word}");
    }
    for (word, said) in [("ERROR", "a"), ("TIMEOUT", "a"), ("ERROR_TOXIC", "")] {
        let Err(BadAnswer::ErrorInside(error)) = ended(word, said) else { panic!("{word}") };
        assert!(error.message.contains(word), "{error:?}");
    }
    let Err(BadAnswer::ErrorInside(error)) = ended("ERROR_TOXIC", "") else { panic!() };
    assert_eq!(error.code.as_deref(), Some("content_filter"));
}

#[test]
fn a_whole_answer_that_is_none_says_how() {
    assert_eq!(read(" \n"), Err(BadAnswer::Empty));
    assert_eq!(read(&WHOLE[..100]), Err(BadAnswer::Cut));
    for garbage in ["<html></html>", "[]", r#"{"id":"x"}"#] {
        assert!(matches!(read(garbage), Err(BadAnswer::Garbage(_))), "{garbage}");
    }
    let Err(BadAnswer::ErrorInside(error)) = read(r#"{"id":"x","message":"invalid api token"}"#)
    else {
        panic!("no error")
    };
    assert_eq!(error.message, "invalid api token");
}

/// A stream of events, each with its name as Cohere writes it.
fn events(documents: &[Value]) -> String {
    let event = |document: &Value| {
        format!("event: {}\ndata: {document}\n\n", document["type"].as_str().unwrap_or_default())
    };
    documents.iter().map(event).collect()
}

fn call_stream(end: &Value) -> String {
    let message = |kind: &str, index: u32, message: Value| json!({"type": kind, "index": index, "delta": {"message": message}});
    let begin = |index: u32, name: &str| {
        let function = json!({"name": name, "arguments": ""});
        let call = json!({"id": format!("{name}_1"), "type": "function", "function": function});
        message("tool-call-start", index, json!({ "tool_calls": call }))
    };
    let more = |index: u32, arguments: &str| {
        let function = json!({"function": {"arguments": arguments}});
        message("tool-call-delta", index, json!({ "tool_calls": function }))
    };
    let citation = json!({"start": 0, "end": 1, "text": "A", "sources": []});
    events(&[
        json!({"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant",
            "content": [], "tool_plan": "", "tool_calls": [], "citations": []}}}),
        json!({"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I "}}}),
        json!({"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "call."}}}),
        begin(0, "f"),
        more(0, "nu"),
        more(0, "ll"),
        json!({"type": "tool-call-end", "index": 0}),
        begin(1, "g"),
        more(1, "{\"n\""),
        more(1, ":1}"),
        json!({"type": "tool-call-end", "index": 1}),
        begin(2, "h"),
        message("content-start", 0, json!({"content": {"type": "text", "text": ""}})),
        message("content-delta", 0, json!({"content": {"text": "Ä"}})),
        message("citation-start", 0, json!({ "citations": citation })),
        json!({"type": "something-new", "index": 0}),
        end.clone(),
    ])
}

fn good_end() -> Value {
    let usage = json!({"tokens": {"input_tokens": 3, "output_tokens": 4}});
    json!({"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "usage": usage}})
}

#[test]
fn a_stream_says_what_a_whole_answer_would() {
    let (events, ended) = stream(&call_stream(&good_end()));
    assert_eq!(ended, Ok(()));
    assert_eq!(events.last(), Some(&StreamEvent::Done));
    let answer = crate::fold::fold(events).unwrap();
    let choice = &answer.choices[0];
    assert_eq!(choice.reply.reasoning.as_deref(), Some("I call."));
    assert_eq!(choice.reply.text.as_deref(), Some("Ä"));
    let told: Vec<(&str, &str)> =
        choice.reply.tool_calls.iter().map(|c| (c.id.as_str(), c.arguments.as_str())).collect();
    assert_eq!(told, [("f_1", "{}"), ("g_1", "{\"n\":1}"), ("h_1", "{}")]);
    let citations = choice.reply.annotations.as_ref().unwrap();
    let citations: Value = serde_json::from_str(citations.as_json()).unwrap();
    assert_eq!(
        (&citations[0]["type"], &citations[0]["citation"]["text"]),
        (&json!("citation"), &json!("A"))
    );
    assert_eq!((answer.id.as_deref(), answer.usage.unwrap().total), (Some("m"), 7));
}

#[test]
fn a_stream_that_ends_early_or_badly_says_so() {
    let whole = call_stream(&good_end());
    let end = whole.find("event: message-end").unwrap();
    assert_eq!(stream(&whole[..end]).1, Err(BadAnswer::Cut));
    assert_eq!(stream(&whole[..whole.len() - 10]).1, Err(BadAnswer::Cut));
    for empty in ["", "\n\n", "data: [DONE]\n\n"] {
        assert_eq!(stream(empty).1, Err(BadAnswer::Empty), "{empty:?}");
    }
    assert!(matches!(stream("data: {\"a\":}\n\n").1, Err(BadAnswer::Garbage(_))));
    let error = json!({"type": "message-end", "delta": {"finish_reason": "ERROR", "usage": {},
        "error": "invalid tool generation", "error_type": "INVALID_TOOL_GENERATION"}});
    let (events, ended) = stream(&call_stream(&error));
    assert_eq!(ended, Ok(()));
    let Some(StreamEvent::Error(told)) = events.last() else { panic!("{events:?}") };
    assert_eq!(told.message, "invalid tool generation");
    assert_eq!(told.code.as_deref(), Some("INVALID_TOOL_GENERATION"));
    let (events, _) = stream("data: {\"message\":\"too many requests\"}\n\n");
    assert!(matches!(&events[..], [StreamEvent::Error(_)]), "{events:?}");
}

#[test]
fn one_form_in_place_of_the_other_is_read() {
    let (events, ended) = stream(WHOLE);
    assert_eq!((ended, events.last()), (Ok(()), Some(&StreamEvent::Done)));
    let whole = read(&call_stream(&good_end())).unwrap();
    assert_eq!(whole.choices[0].reply.tool_calls.len(), 3);
    let (events, _) = stream(r#"{"id":"x","message":"nothing left"}"#);
    assert!(matches!(&events[..], [StreamEvent::Error(_)]), "{events:?}");
}

mod any_bytes {
    use proptest::prelude::*;

    use super::*;

    type Read = (Result<(), BadAnswer>, Vec<StreamEvent>);

    fn whole<'a>(mut pieces: impl Iterator<Item = &'a [u8]>) -> Read {
        let (mut reader, mut events) = (super::super::StreamReader::default(), Vec::new());
        let pushed = pieces.try_for_each(|piece| reader.push(piece, &mut events));
        (pushed.and_then(|()| reader.finish(&mut events)), events)
    }

    proptest! {
        #[test]
        fn nothing_panics(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = whole(std::iter::once(&body[..]));
            let _ = Dialect::Cohere.read_response(&body, Quirks::empty());
        }

        #[test]
        fn spoilt_streams_are_read_alike_in_any_split(at in any::<prop::sample::Index>(), byte in any::<u8>(), size in 1_usize..40) {
            let mut body = call_stream(&good_end()).into_bytes();
            let at = at.index(body.len());
            body[at] = byte;
            let read = whole(std::iter::once(&body[..]));
            prop_assert_eq!(&read, &whole(body.chunks(1)));
            prop_assert_eq!(&read, &whole(body.chunks(size)));
        }

        #[test]
        fn spoilt_answers_do_not_panic(at in 0..WHOLE.len(), byte in any::<u8>()) {
            let mut body = WHOLE.as_bytes().to_vec();
            body[at] = byte;
            let _ = Dialect::Cohere.read_response(&body, Quirks::empty());
        }
    }
}
