//! The answer as a stream of `chat.completion.chunk` events.
//!
//! Role first, then reasoning, then content or tool calls in deltas, then the finish reason, the
//! usage chunk only when asked for, and `[DONE]`. Several choices take turns.

use std::time::Duration;

use serde_json::{Value, json};

use super::chat::{reasoning_field, usage};
use super::choice::{Answer, Choice};
use super::pieces;
use crate::model::Model;
use crate::server::Event;

/// Into how many pieces the arguments of a tool call are cut.
const ARGUMENT_PIECES: usize = 3;

/// The events with the pause before each.
pub(crate) fn stream_events(
    answer: &Answer,
    model: &Model,
    include_usage: bool,
) -> Vec<(Duration, Event)> {
    let chunk = |choices: Value| {
        let mut body = json!({
            "id": answer.id,
            "object": "chat.completion.chunk",
            "created": answer.created,
            "model": model.id,
            "system_fingerprint": "simulated",
            "choices": choices,
        });
        if include_usage {
            body["usage"] = Value::Null;
        }
        body
    };
    let deltas: Vec<Vec<Value>> =
        answer.choices.iter().map(|choice| deltas(choice, model)).collect();
    let longest = deltas.iter().map(Vec::len).max().unwrap_or(0);
    let mut events = Vec::new();
    for at in 0..longest {
        for (index, delta) in deltas.iter().enumerate().filter_map(|(i, d)| Some((i, d.get(at)?))) {
            let mut choice = json!({"index": index, "delta": delta, "finish_reason": null});
            if answer.logprobs.is_some() {
                choice["logprobs"] = answer.logprobs_of(delta["content"].as_str());
            }
            // the role comes at once; each later delta is worth one pause
            let pause = if at == 0 { Duration::ZERO } else { model.pace };
            events.push((pause, Event::Data(chunk(json!([choice])))));
        }
    }
    for (index, choice) in answer.choices.iter().enumerate() {
        let last = json!([{"index": index, "delta": {}, "finish_reason": choice.finish}]);
        events.push((Duration::ZERO, Event::Data(chunk(last))));
    }
    if include_usage {
        let mut body = chunk(json!([]));
        body["usage"] = usage(answer);
        events.push((Duration::ZERO, Event::Data(body)));
    }
    events.push((Duration::ZERO, Event::Done));
    events
}

fn deltas(choice: &Choice, model: &Model) -> Vec<Value> {
    let mut deltas = vec![json!({"role": "assistant", "content": ""})];
    let field = reasoning_field(model);
    let thought = choice.reasoning.as_deref().unwrap_or_default();
    deltas.extend(
        pieces::split(thought, model.chunks).into_iter().map(|piece| json!({field: piece})),
    );
    let content = choice.content.as_deref().unwrap_or_default();
    let content = pieces::split(content, model.chunks);
    deltas.extend(content.into_iter().map(|piece| json!({"content": piece})));
    for (index, call) in choice.calls.iter().enumerate() {
        deltas.push(json!({"tool_calls": [{
            "index": index, "id": call.id, "type": "function",
            "function": {"name": call.name, "arguments": ""},
        }]}));
        for piece in pieces::split(&call.arguments, ARGUMENT_PIECES) {
            deltas
                .push(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}));
        }
    }
    deltas
}
