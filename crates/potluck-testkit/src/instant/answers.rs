//! The answers of the instant upstream, built once, in each dialect that it speaks.

mod cohere;
mod gemini;
mod messages;
mod ollama;

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::InstantOptions;
use crate::server::{Event, Framing, Reply, chunk};

/// Ready bytes.
#[derive(Debug)]
pub(super) struct Answers {
    /// A whole response.
    pub(super) whole: Bytes,
    /// The head with the first event, then the others, each a write.
    pub(super) events: Vec<Bytes>,
    /// All of that in one.
    pub(super) burst: Bytes,
    pub(super) pause: Duration,
}

/// The answers by dialect.
#[derive(Debug)]
pub(super) struct Spoken {
    openai: Answers,
    ollama: Answers,
    gemini: Answers,
    anthropic: Answers,
    cohere: Answers,
    cohere_order: Answers,
}

impl Spoken {
    pub(super) fn build(options: &InstantOptions) -> Self {
        Self {
            openai: Answers::build(options),
            ollama: ollama::build(options),
            gemini: gemini::build(options),
            anthropic: messages::build(options),
            cohere: cohere::build(options),
            cohere_order: cohere::order(options),
        }
    }

    /// The answers in the dialect whose path this is.
    pub(super) fn at(&self, path: &str) -> &Answers {
        match path {
            "/api/chat" => &self.ollama,
            "/v1/messages" => &self.anthropic,
            "/v2/chat" => &self.cohere,
            "/v2/rerank" => &self.cohere_order,
            _ if path.contains(":generateContent") || super::names_a_stream(path) => &self.gemini,
            _ => &self.openai,
        }
    }
}

const LABEL: &str = "[simulated by instant]";

impl Answers {
    pub(super) fn build(options: &InstantOptions) -> Self {
        let reply = Reply::json(200, body(options.body_bytes));
        let whole = reply.whole(&Framing::default());
        let whole: Bytes = [reply.sized_head(whole.len()), whole].concat().into();
        let events = events(options.chunks);
        let burst = events.concat().into();
        Self { whole, events, burst, pause: options.pause }
    }
}

fn body(length: usize) -> Value {
    let with = |content: &str| {
        json!({
            "id": "chatcmpl-sim-instant", "object": "chat.completion", "created": 0,
            "model": "instant", "system_fingerprint": "simulated",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": content},
                "logprobs": null, "finish_reason": "stop",
            }],
            "usage": usage(),
        })
    };
    filled(length, with)
}

/// A body of so many bytes, by the length of its words.
fn filled(length: usize, with: impl Fn(&str) -> Value) -> Value {
    let filled = length.saturating_sub(with(LABEL).to_string().len());
    with(&format!("{LABEL}{}", &" soup".repeat(filled / 5 + 1)[..filled]))
}

fn usage() -> Value {
    json!({"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30})
}

fn events(chunks: usize) -> Vec<Bytes> {
    let framing = Framing::default();
    let data = |delta: Value, finish: Value| {
        let body = json!({
            "id": "chatcmpl-sim-instant", "object": "chat.completion.chunk", "created": 0,
            "model": "instant", "system_fingerprint": "simulated",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        });
        chunk(&framing.event(&Event::Data(body)))
    };
    let mut last = json!({
        "id": "chatcmpl-sim-instant", "object": "chat.completion.chunk", "created": 0,
        "model": "instant", "system_fingerprint": "simulated", "choices": [],
    });
    last["usage"] = usage();
    let head = Reply::events(Vec::new()).chunked_head();
    let role = data(json!({"role": "assistant", "content": ""}), Value::Null);
    let mut events: Vec<Bytes> = vec![[head, role].concat().into()];
    for at in 0..chunks {
        let content = if at == 0 { LABEL } else { " soup" };
        events.push(data(json!({"content": content}), Value::Null));
    }
    let end = [
        data(json!({}), "stop".into()),
        chunk(&framing.event(&Event::Data(last))),
        chunk(&framing.event(&Event::Done)),
        chunk(b""),
    ];
    events.push(end.concat().into());
    events
}
