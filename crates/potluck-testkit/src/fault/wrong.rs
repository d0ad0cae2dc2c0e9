//! Faults of content: status 200 and nothing to use.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::kind::{Empty, ErrorPlace, Garbage};
use super::spoil::Good;
use crate::server::{Event, Reply};

const BINARY_BYTES: usize = 2_048;

pub(super) fn empty(good: &Good, what: Empty) -> Reply {
    if good.streamed {
        return good.stream(empty_events(good, what));
    }
    let mut body = good.body.clone();
    let content: Value = match what {
        Empty::Body => return good.dress(Reply::text(200, "application/json", "")),
        Empty::NoChoices => {
            // an empty model list has no data where an empty answer has no choices
            let list = if body["data"].is_array() { "data" } else { "choices" };
            body[list] = json!([]);
            return good.whole(body);
        }
        Empty::Content => "".into(),
        Empty::Whitespace => " \n".into(),
        Empty::FinishOnly => Value::Null,
    };
    body["choices"] = json!([{
        "index": 0,
        "message": {"role": "assistant", "content": content},
        "finish_reason": "stop",
    }]);
    body["usage"]["completion_tokens"] = 0.into();
    good.whole(body)
}

fn empty_events(good: &Good, what: Empty) -> Vec<(Duration, Event)> {
    let delta = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
    let role = delta(json!({"role": "assistant", "content": ""}), Value::Null);
    let finish = delta(json!({}), "stop".into());
    let chunks = match what {
        Empty::Body => return Vec::new(),
        Empty::NoChoices => vec![json!([])],
        Empty::Content => vec![role, delta(json!({"content": ""}), Value::Null), finish],
        Empty::Whitespace => vec![role, delta(json!({"content": " \n"}), Value::Null), finish],
        Empty::FinishOnly => vec![finish],
    };
    let mut events: Vec<Event> =
        chunks.into_iter().map(|choices| Event::Data(chunk_like(good, choices))).collect();
    events.push(Event::Done);
    at_once(events)
}

pub(super) fn error_in_200(good: &Good, place: ErrorPlace) -> Reply {
    let error = json!({
        "message": "[simulated] Provider returned error",
        "code": 502,
        "metadata": {"provider_name": "simulated"},
    });
    let whole = json!({"error": error, "user_id": "user_simulated"});
    if !good.streamed && place == ErrorPlace::MidStream {
        let mut body = good.body.clone();
        if let Some(choice) = body.pointer_mut("/choices/0") {
            choice["finish_reason"] = "error".into();
            choice["error"] = error;
        }
        return good.whole(body);
    }
    if !good.streamed || place == ErrorPlace::Body {
        return good.whole(whole);
    }
    let comment = || (Duration::ZERO, Event::Comment("SIMULATED PROCESSING"));
    let mut events = match place {
        ErrorPlace::AfterComments => vec![comment(), comment(), comment()],
        ErrorPlace::MidStream | ErrorPlace::NamedEvent => good.first_half(),
        ErrorPlace::Body | ErrorPlace::FirstEvent => Vec::new(),
    };
    let event = match place {
        ErrorPlace::MidStream => {
            let failed = json!([{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]);
            let mut chunk = chunk_like(good, failed);
            chunk["error"] = error;
            Event::Data(chunk)
        }
        ErrorPlace::NamedEvent => Event::Named("error", whole),
        ErrorPlace::Body | ErrorPlace::FirstEvent | ErrorPlace::AfterComments => Event::Data(whole),
    };
    events.push((Duration::ZERO, event));
    events.push((Duration::ZERO, Event::Done));
    good.stream(events)
}

pub(super) fn garbage(good: &Good, what: Garbage) -> Reply {
    let reply = match what {
        Garbage::Html => Reply::text(
            200,
            "text/html; charset=utf-8",
            "<!doctype html><title>Simulated</title><p>Please enable JavaScript to continue.</p>\n",
        ),
        Garbage::Binary => {
            let mut bytes = vec![0; BINARY_BYTES];
            StdRng::seed_from_u64(1).fill_bytes(&mut bytes);
            Reply::text(200, good_type(good), bytes)
        }
        Garbage::InvalidJson => {
            let json = "{\"id\": \"simulated\", \"choices\": [{\"index\": 0, \"message\": }]";
            framed(good, json.as_bytes())
        }
        Garbage::InvalidUtf8 => {
            let field = if good.streamed { "delta" } else { "message" };
            let mut json =
                format!("{{\"id\": \"simulated\", \"choices\": [{{\"index\": 0, \"{field}\": ")
                    .into_bytes();
            json.extend_from_slice(
                b"{\"role\": \"assistant\", \"content\": \"\xff\xfe\xc3\x28\"},",
            );
            json.extend_from_slice(b" \"finish_reason\": \"stop\"}]}");
            framed(good, &json)
        }
    };
    good.dress(reply)
}

/// The bytes as a body, or as an event between two others.
fn framed(good: &Good, json: &[u8]) -> Reply {
    if !good.streamed {
        return Reply::text(200, "application/json", json.to_vec());
    }
    let raw = [b"data: ", json, b"\n\n"].concat();
    Reply::events(at_once(vec![Event::Raw(raw.into()), Event::Done]))
}

fn good_type(good: &Good) -> &'static str {
    if good.streamed { "text/event-stream" } else { "application/json" }
}

/// A chunk with the id and the model of the good answer.
pub(super) fn says(good: &Good, text: &str) -> Reply {
    if !good.streamed {
        let mut body = good.body.clone();
        body["choices"] = json!([{
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
        }]);
        return good.whole(body);
    }
    let delta = |delta: Value, finish: Value| {
        Event::Data(chunk_like(
            good,
            json!([{"index": 0, "delta": delta, "finish_reason": finish}]),
        ))
    };
    good.stream(at_once(vec![
        delta(json!({"role": "assistant", "content": ""}), Value::Null),
        delta(json!({"content": text}), Value::Null),
        delta(json!({}), "stop".into()),
        Event::Done,
    ]))
}

fn chunk_like(good: &Good, choices: Value) -> Value {
    json!({
        "id": good.body["id"],
        "object": "chat.completion.chunk",
        "created": good.body["created"],
        "model": good.model,
        "system_fingerprint": "simulated",
        "choices": choices,
    })
}

fn at_once(events: Vec<Event>) -> Vec<(Duration, Event)> {
    events.into_iter().map(|event| (Duration::ZERO, event)).collect()
}
