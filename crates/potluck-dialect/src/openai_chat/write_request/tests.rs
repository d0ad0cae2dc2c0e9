use proptest::prelude::*;
use serde_json::{Value, json};

use super::write;
use crate::client::Asked;
use crate::dialect::{Target, Written};
use crate::openai_chat::{forward_request, read_request};
use crate::quirk::{Quirk, Quirks};

fn target(quirks: Quirks, stream: bool) -> Target<'static> {
    Target { model: "their/model", quirks, stream, max_output: Some(4096), context: 32_768 }
}

fn value(written: &Written) -> Value {
    serde_json::from_slice(&written.body).unwrap()
}

fn written(body: &Value, quirks: Quirks, stream: bool) -> Value {
    let request = read_request(body.to_string().as_bytes()).unwrap().request;
    value(&write(&request, &target(quirks, stream)))
}

#[test]
fn what_speaks_to_the_router_stays_here() {
    let body = json!({
        "model": "free", "models": ["a"], "messages": [{"role": "user", "content": "x"}],
        "provider": {"only": ["groq"]}, "session_id": "s", "route": "fallback", "transforms": [],
        "plugins": [], "usage": {"include": true}, "debug": {}, "trace": {},
        "include_reasoning": true, "metadata": {"a": "b"}, "temperature": null
    });
    assert_eq!(
        written(&body, Quirks::empty(), false),
        json!({
            "model": "their/model", "messages": [{"role": "user", "content": "x"}],
            "metadata": {"a": "b"}
        })
    );
}

#[test]
fn usage_is_always_asked_for_of_a_stream() {
    let body = json!({"messages": [{"role": "user", "content": "x"}], "stream": true});
    let out = written(&body, Quirks::empty(), true);
    assert_eq!(
        (&out["stream"], &out["stream_options"]),
        (&json!(true), &json!({"include_usage": true}))
    );
    let out = written(&body, Quirk::NoStreamOptions.into(), true);
    assert_eq!(out.get("stream_options"), None);
    assert_eq!(written(&body, Quirks::empty(), false)["stream"], json!(false));
}

#[test]
fn thoughts_and_signatures_of_history_stay_here_unless_asked_for() {
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"},
        "extra_content": {"google": {"thought_signature": "s"}}});
    let body = json!({"messages": [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": null, "reasoning": "hm", "reasoning_details": [{"a": 1}],
         "tool_calls": [call]},
        {"role": "assistant", "content": "y", "reasoning_content": "hm"}
    ]});
    let plain = written(&body, Quirks::empty(), false);
    let turn = plain["messages"][1].as_object().unwrap();
    assert!(!turn.contains_key("reasoning") && !turn.contains_key("reasoning_details"));
    assert_eq!(turn["tool_calls"][0].get("extra_content"), None);

    let echoed = written(&body, Quirk::EchoReasoning.into(), false);
    assert_eq!(echoed["messages"][1]["reasoning_content"], "hm");
    assert_eq!(echoed["messages"][2].get("reasoning_content"), None);

    let google = written(&body, Quirk::GoogleThoughtSignature.into(), false);
    assert_eq!(
        google["messages"][1]["tool_calls"][0]["extra_content"]["google"]["thought_signature"],
        "s"
    );
    let router = written(&body, Quirk::ReasoningObject.into(), false);
    assert_eq!(router["messages"][1]["reasoning_details"], json!([{"a": 1}]));
}

#[test]
fn thinking_is_written_as_a_word_or_an_object() {
    for (reasoning, word) in [
        (json!({"effort": "high"}), json!("high")),
        (json!({"enabled": false}), json!("none")),
        (json!({"enabled": true}), json!("medium")),
        (json!({"max_tokens": 1000}), json!("low")),
        (json!({"max_tokens": 30_000}), json!("high")),
        (json!({"exclude": true}), Value::Null),
    ] {
        let body = json!({"messages": [{"role": "user", "content": "x"}], "reasoning": reasoning});
        assert_eq!(written(&body, Quirks::empty(), false)["reasoning_effort"], word);
        let object = written(&body, Quirk::ReasoningObject.into(), false);
        assert_eq!(object["reasoning"], reasoning);
    }
}

/// Requests with every known field now and then, and unknown ones in every place.
fn requests() -> impl Strategy<Value = Value> {
    let text = "[a-z \\n\"\\\\é😀]{0,12}";
    let part = prop_oneof![
        text.prop_map(|text| json!({"type": "text", "text": text})),
        text.prop_map(
            |text| json!({"type": "text", "text": text, "cache_control": {"a": [1.5, null]}})
        ),
        Just(
            json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low", "x": 1}})
        ),
        Just(
            json!({"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}, "y": 2})
        ),
        Just(json!({"type": "file", "file": {"file_id": "f"}})),
        Just(json!({"type": "refusal", "refusal": "no"})),
        Just(json!({"type": "new_thing", "new_thing": {"z": [1, 2]}})),
    ];
    let call = ("[a-z]{1,4}", text).prop_map(|(name, arguments)| {
        json!({"id": name, "type": "function", "function": {"name": name, "arguments": arguments, "k": 1}, "index": 0})
    });
    let message = prop_oneof![
        text.prop_map(|text| json!({"role": "system", "content": text})),
        (text, text).prop_map(
            |(name, text)| json!({"role": "user", "content": text, "name": name, "id": "m"})
        ),
        prop::collection::vec(part, 0..4)
            .prop_map(|parts| json!({"role": "user", "content": parts})),
        (text, prop::collection::vec(call, 0..3)).prop_map(|(text, calls)| {
            json!({"role": "assistant", "content": text, "tool_calls": calls, "refusal": null})
        }),
        Just(json!({"role": "assistant", "content": null, "audio": {"id": "a"}})),
        text.prop_map(|text| json!({"role": "tool", "tool_call_id": "a", "content": text})),
        text.prop_map(|text| json!({"role": "developer", "content": text})),
    ];
    let option = prop::sample::select(vec![
        ("temperature", json!(0.7)),
        ("top_p", json!(1)),
        ("top_k", json!(40)),
        ("seed", json!(i64::MIN)),
        ("max_tokens", json!(100)),
        ("max_completion_tokens", json!(100)),
        ("stop", json!("x")),
        ("stop", json!(["x", "y"])),
        ("n", json!(2)),
        ("logprobs", json!(true)),
        ("top_logprobs", json!(3)),
        ("user", json!("u")),
        ("modalities", json!(["text"])),
        ("logit_bias", json!({"1": -100})),
        ("parallel_tool_calls", json!(false)),
        ("tool_choice", json!("required")),
        ("tool_choice", json!({"type": "function", "function": {"name": "f"}})),
        ("tool_choice", json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto"}})),
        ("response_format", json!({"type": "json_object"})),
        (
            "response_format",
            json!({"type": "json_schema", "json_schema": {"name": "s", "schema": {}}}),
        ),
        ("response_format", json!({"type": "grammar", "grammar": "x"})),
        ("reasoning_effort", json!("low")),
        (
            "tools",
            json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": true}, "cache_control": 1}]),
        ),
        ("tools", json!([{"type": "web_search"}])),
        ("store", json!(true)),
        ("metadata", json!({"a": "b"})),
        ("brand_new", json!({"deep": [{"er": 1e10}]})),
    ]);
    (prop::collection::vec(message, 1..5), prop::collection::vec(option, 0..6)).prop_map(
        |(messages, options)| {
            let mut body = json!({"model": "free", "messages": messages});
            for (key, value) in options {
                body[key] = value;
            }
            body
        },
    )
}

/// By value: 1 is 1.0.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|found| same(value, found)))
        }
        (one, other) => one == other,
    }
}

fn all_quirks() -> impl Strategy<Value = Quirks> {
    prop::collection::vec(prop::sample::select(Quirk::all().iter().collect::<Vec<_>>()), 0..5)
        .prop_map(|quirks| quirks.into_iter().collect())
}

proptest! {
    #[test]
    fn writing_what_was_read_is_the_identity(body in requests()) {
        let mut expected = body.clone();
        expected["model"] = json!("their/model");
        if expected.get("max_completion_tokens").is_some() {
            expected.as_object_mut().unwrap().shift_remove("max_tokens");
        }
        let out = written(&body, Quirks::empty(), false);
        prop_assert!(same(&expected, &out), "{expected}\nbecame\n{out}");
    }

    #[test]
    fn forwarding_says_what_writing_says(body in requests(), quirks in all_quirks(), stream: bool, pretty: bool) {
        let bytes = if pretty { serde_json::to_vec_pretty(&body).unwrap() } else { body.to_string().into_bytes() };
        let request = read_request(&bytes).unwrap().request;
        let target = target(quirks, stream);
        if let Some(forwarded) = forward_request(&bytes, &request, &target) {
            let written = write(&request, &target);
            prop_assert_eq!(value(&written), value(&forwarded));
            prop_assert_eq!(written.dropped, forwarded.dropped);
        }
    }

    #[test]
    fn what_is_written_is_always_a_request(body in requests(), quirks in all_quirks(), stream: bool) {
        let request = read_request(body.to_string().as_bytes()).unwrap().request;
        let out = write(&request, &target(quirks, stream));
        prop_assert!(read_request(&out.body).is_ok(), "{:?}", String::from_utf8(out.body));
    }

    #[test]
    fn random_bytes_are_refused_in_words(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_request(&bytes);
    }

    #[test]
    fn damaged_requests_never_panic(body in requests(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = body.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(Asked { request, .. }) = read_request(&bytes) {
            let _ = write(&request, &target(Quirk::all(), true));
            let _ = forward_request(&bytes, &request, &target(Quirks::empty(), true));
        }
    }
}
