//! Requests, as real clients sent them to real providers.

use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Asked, Client, Dialect, Target};
use potluck_testkit::recordings::Recording;
use serde_json::Value;

use crate::{chats, check_each, exceptions};

/// What speaks to a router, and what history keeps to itself: never sent on, see `write_request`.
const NEVER_SENT: [&str; 9] = [
    "models",
    "provider",
    "route",
    "session_id",
    "transforms",
    "plugins",
    "usage",
    "preset",
    "debug",
];

fn has_messages(recording: &Recording) -> bool {
    serde_json::from_slice::<Value>(&recording.request.body)
        .is_ok_and(|body| body["messages"].is_array())
}

fn target(body: &Value) -> Target<'_> {
    // These two only say in which of two forms thoughts are asked for and signatures are kept.
    let mut quirks = Quirks::empty();
    quirks.insert(Quirk::GoogleThoughtSignature);
    if body["reasoning"].is_object() {
        quirks.insert(Quirk::ReasoningObject);
    }
    // Of every other turn with calls the quirk would put a signature in.
    if !body.to_string().contains("thought_signature") {
        quirks.remove(Quirk::GoogleThoughtSignature);
    }
    Target {
        model: body["model"].as_str().unwrap_or_default(),
        quirks,
        stream: body["stream"] == true,
        max_output: None,
        context: 100_000,
    }
}

#[test]
fn requests_are_written_as_they_were_read() {
    let Some(recordings) = chats("requests_are_written_as_they_were_read") else { return };
    let requests = recordings.iter().filter(|recording| has_messages(recording));
    check_each("requests", requests, exceptions::REQUESTS, |recording| {
        let sent: Value = serde_json::from_slice(&recording.request.body).unwrap();
        let Asked { request, .. } = Client::Chat
            .read_request(&recording.request.body)
            .map_err(|refusal| refusal.message)?;
        let target = target(&sent);
        let written = Dialect::OpenAi.write_request(&request, &target);
        let out: Value = serde_json::from_slice(&written.body).unwrap();
        let mut expected = sent.clone();
        reshape(&mut expected);
        leave_out(&mut expected, &target);
        same("", &expected, &out)?;
        if !written.dropped.is_empty() {
            return Err(format!("dropped {:?}", written.dropped));
        }
        check_forward(recording, &request, &target, &out)
    });
}

fn check_forward(
    recording: &Recording,
    request: &potluck_core::request::ChatRequest,
    target: &Target<'_>,
    written: &Value,
) -> Result<(), String> {
    match Dialect::OpenAi.forward_request(&recording.request.body, request, target) {
        None => Ok(()),
        Some(forwarded) => {
            let forwarded: Value = serde_json::from_slice(&forwarded.body).unwrap();
            same("forwarded", written, &forwarded)
        }
    }
}

#[test]
fn most_requests_go_on_as_bytes() {
    let Some(recordings) = chats("most_requests_go_on_as_bytes") else { return };
    let (mut all, mut forwarded) = (0, 0);
    for recording in recordings.iter().filter(|recording| has_messages(recording)) {
        let sent: Value = serde_json::from_slice(&recording.request.body).unwrap();
        let Ok(Asked { request, .. }) = Client::Chat.read_request(&recording.request.body) else {
            continue;
        };
        all += 1;
        let body = &recording.request.body;
        if Dialect::OpenAi.forward_request(body, &request, &target(&sent)).is_some() {
            forwarded += 1;
        }
    }
    eprintln!("forwarded as bytes: {forwarded} of {all}");
    assert!(forwarded * 10 > all * 8);
}

/// What a request loses on its way, by the rules in the header of `write_request`.
fn leave_out(body: &mut Value, target: &Target<'_>) {
    let fields = body.as_object_mut().unwrap();
    fields.insert("model".to_owned(), target.model.into());
    fields.retain(|key, value| !value.is_null() && !NEVER_SENT.contains(&key.as_str()));
    if target.stream {
        let options = fields.entry("stream_options").or_insert_with(|| serde_json::json!({}));
        options["include_usage"] = true.into();
    } else {
        fields.shift_remove("stream_options");
    }
    if fields.get("tools") == Some(&serde_json::json!([])) {
        fields.shift_remove("tools");
    }
    if fields.get("tool_choice") == Some(&serde_json::json!("any")) {
        fields.insert("tool_choice".to_owned(), "required".into());
    }
    for message in fields["messages"].as_array_mut().into_iter().flatten() {
        let message = message.as_object_mut().unwrap();
        message.retain(|key, value| {
            let thoughts = key == "reasoning" || key == "reasoning_content";
            let details = key == "reasoning_details";
            !(thoughts && value.is_string())
                && (!details || target.quirks.contains(Quirk::ReasoningObject))
        });
    }
}

/// Looser spellings that are put into today's.
fn reshape(body: &mut Value) {
    let fields = body.as_object_mut().unwrap();
    if fields.contains_key("max_completion_tokens") {
        fields.shift_remove("max_tokens");
    }
    for tool in fields.get_mut("tools").and_then(Value::as_array_mut).into_iter().flatten() {
        if tool["function"].is_object() && tool["type"].is_null() {
            tool["type"] = "function".into();
        }
    }
    bind(fields["messages"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default());
    for message in fields["messages"].as_array_mut().into_iter().flatten() {
        for part in message.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
            if part["image_url"].is_string() {
                let url = part["image_url"].take();
                part["image_url"] = serde_json::json!({ "url": url });
            }
        }
        for call in
            message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten()
        {
            if call["function"].is_object() && call["type"].is_null() {
                call["type"] = "function".into();
            }
        }
    }
}

/// An answer that names no call is the answer to the one before it.
fn bind(messages: &mut [Value]) {
    let mut called = Value::Null;
    for message in messages {
        match message["tool_calls"].as_array().map(Vec::as_slice) {
            Some([call]) => called = call["id"].clone(),
            _ if message["role"] == "tool" && message["tool_call_id"].is_null() => {
                message["tool_call_id"] = called.clone();
            }
            _ => {}
        }
    }
}

/// Whether two documents say the same; numbers by value, order of fields aside.
pub(super) fn same(path: &str, one: &Value, other: &Value) -> Result<(), String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, value) in one {
                let found = other.get(key).ok_or_else(|| format!("{path}.{key} is gone"))?;
                same(&format!("{path}.{key}"), value, found)?;
            }
            let added = other.keys().find(|key| !one.contains_key(*key));
            added.map_or(Ok(()), |key| Err(format!("{path}.{key} is new")))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .try_for_each(|(index, (one, other))| same(&format!("{path}[{index}]"), one, other)),
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => Ok(()),
        (one, other) if one == other => Ok(()),
        _ => Err(format!("{path}: {one} became {other}")),
    }
}
