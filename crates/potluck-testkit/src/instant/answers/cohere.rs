//! The answers in Cohere's dialect: a document, or an event for each change, and an order of two texts.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Answers, LABEL, filled};
use crate::instant::InstantOptions;
use crate::server::{Event, Framing, Reply, chunk};

pub(super) fn build(options: &InstantOptions) -> Answers {
    let whole = whole(filled(options.body_bytes, said));
    let events = events(options.chunks);
    let burst = events.concat().into();
    Answers { whole, events, burst, pause: options.pause }
}

/// An order of two texts, the second first. It is never streamed.
pub(super) fn order(options: &InstantOptions) -> Answers {
    let whole = whole(json!({
        "id": "sim-instant",
        "results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}],
        "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
    }));
    Answers { events: vec![whole.clone()], burst: whole.clone(), whole, pause: options.pause }
}

fn whole(body: Value) -> Bytes {
    let reply = Reply::json(200, body);
    let body = reply.whole(&Framing::default());
    [reply.sized_head(body.len()), body].concat().into()
}

fn said(words: &str) -> Value {
    json!({
        "id": "sim-instant",
        "message": {"role": "assistant", "content": [{"type": "text", "text": words}]},
        "finish_reason": "COMPLETE", "usage": usage(),
    })
}

fn usage() -> Value {
    json!({
        "billed_units": {"input_tokens": 4, "output_tokens": 20},
        "tokens": {"input_tokens": 10, "output_tokens": 20}, "cached_tokens": 0,
    })
}

fn events(chunks: usize) -> Vec<Bytes> {
    let framing = Framing::default();
    let event = |document: Value| chunk(&framing.event(&Event::Data(document)));
    let part = |kind: &str, content: Value| {
        event(json!({"type": kind, "index": 0, "delta": {"message": {"content": content}}}))
    };
    let message = json!({"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []});
    let begin = [
        Reply::events(Vec::new()).chunked_head(),
        event(json!({"id": "sim-instant", "type": "message-start", "delta": {"message": message}})),
        part("content-start", json!({"type": "text", "text": ""})),
    ];
    let mut events: Vec<Bytes> = vec![begin.concat().into()];
    for at in 0..chunks {
        let words = if at == 0 { LABEL } else { " soup" };
        events.push(part("content-delta", json!({ "text": words })));
    }
    let delta = json!({"finish_reason": "COMPLETE", "usage": usage()});
    let end = [
        event(json!({"type": "content-end", "index": 0})),
        event(json!({"type": "message-end", "delta": delta})),
        chunk(b""),
    ];
    events.push(end.concat().into());
    events
}
