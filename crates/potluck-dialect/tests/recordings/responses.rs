//! Whole answers.

use potluck_core::request::ChatRequest;
use potluck_dialect::quirk::Quirks;
use potluck_dialect::{BadAnswer, Client, Echo, Recipient, Stamp};
use potluck_testkit::recordings::{RecordedBody, Recording};
use serde_json::Value;

use crate::speech::{self, Speech};
use crate::{check_each, compare, plain, recorded};

fn body(recording: &Recording) -> Option<&str> {
    match &recording.response.body {
        RecordedBody::Json(text) | RecordedBody::Text(text) => Some(text),
        _ => None,
    }
}

fn stamp() -> Stamp {
    Stamp { id: "gen-1".to_owned(), created: 1_700_000_000, model: "provider/model".to_owned() }
}

fn recipient(request: &ChatRequest) -> Recipient<'_> {
    Recipient { client: Client::Chat, stamp: stamp(), request, echo: &Echo::Nothing }
}

#[test]
fn whole_answers_say_what_they_said() {
    let Some(recordings) = recorded("whole_answers_say_what_they_said") else { return };
    for speech in speech::ALL {
        let whole = speech.of(&recordings).filter(|recording| body(recording).is_some());
        let what = format!("{}, whole answers", speech.name);
        check_each(&what, whole, speech.excepted_answers, |recording| check(&speech, recording));
    }
}

fn check(speech: &Speech, recording: &Recording) -> Result<(), String> {
    let text = body(recording).unwrap();
    let expected = (speech.whole)(text);
    match speech.dialect.read_response(text.as_bytes(), Quirks::empty()) {
        Ok(response) if recording.response.status == 200 => {
            let written = recipient(&ChatRequest::default()).write_response(&response);
            check_shape(&written)?;
            if expected.error {
                return Err("an error was read as an answer".to_owned());
            }
            let written = plain::whole(std::str::from_utf8(&written).unwrap());
            compare::answers(&expected, &written)
        }
        Ok(_) => Err("a refusal was read as an answer".to_owned()),
        Err(BadAnswer::ErrorInside(_)) if expected.error => Ok(()),
        Err(_) if recording.response.status != 200 && expected.choices.is_empty() => Ok(()),
        Err(other) => Err(format!("read as {other:?}")),
    }
}

/// What the strictest clients demand of every whole answer.
fn check_shape(written: &[u8]) -> Result<(), String> {
    let value: Value = serde_json::from_slice(written).map_err(|error| error.to_string())?;
    let usage = &value["usage"];
    let details =
        |name: &str, counted: &str| usage[name].is_null() || usage[name][counted].is_u64();
    let demands = [
        ("id", value["id"] == "gen-1"),
        ("object", value["object"] == "chat.completion"),
        ("created", value["created"] == 1_700_000_000),
        ("model", value["model"] == "provider/model"),
        ("system_fingerprint", value["system_fingerprint"].is_string()),
        ("prompt_tokens", usage["prompt_tokens"].is_u64()),
        ("completion_tokens", usage["completion_tokens"].is_u64()),
        ("total_tokens", usage["total_tokens"].is_u64()),
        ("prompt details", details("prompt_tokens_details", "cached_tokens")),
        ("completion details", details("completion_tokens_details", "reasoning_tokens")),
    ];
    let mut broken = demands.iter().filter(|(_, kept)| !kept).map(|(name, _)| name);
    if let Some(name) = broken.next() {
        return Err(format!("{name} is not as clients demand: {value}"));
    }
    for choice in value["choices"].as_array().into_iter().flatten() {
        let message = choice["message"].as_object().ok_or("no message")?;
        let words = ["stop", "length", "tool_calls", "content_filter"];
        let reason = choice["finish_reason"].as_str().unwrap_or_default();
        let has = |name: &str| message.contains_key(name);
        if !words.contains(&reason)
            || !has("content")
            || !has("refusal")
            || message["role"] != "assistant"
        {
            return Err(format!("a choice is not as clients demand: {choice}"));
        }
        if choice.get("logprobs").is_none()
            || message.get("reasoning") != message.get("reasoning_content")
        {
            return Err(format!("a choice is not as clients demand: {choice}"));
        }
    }
    Ok(())
}
