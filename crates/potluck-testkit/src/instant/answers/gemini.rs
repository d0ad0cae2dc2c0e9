//! The answers in Gemini's dialect: a document, or a chunk an event, with CR LF and no end marker.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Answers, LABEL, filled};
use crate::instant::InstantOptions;
use crate::server::{Event, Framing, Reply, chunk};

pub(super) fn build(options: &InstantOptions) -> Answers {
    let reply = Reply::json(200, filled(options.body_bytes, |words| piece(words, Some("STOP"))));
    let body = reply.whole(&Framing::default());
    let whole = [reply.sized_head(body.len()), body].concat().into();
    let events = events(options.chunks);
    let burst = events.concat().into();
    Answers { whole, events, burst, pause: options.pause }
}

fn piece(words: &str, reason: Option<&str>) -> Value {
    let mut candidate =
        json!({"content": {"parts": [{"text": words}], "role": "model"}, "index": 0});
    if let Some(reason) = reason {
        candidate["finishReason"] = reason.into();
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 20, "totalTokenCount": 30},
        "modelVersion": "instant", "responseId": "sim-instant",
    })
}

fn events(chunks: usize) -> Vec<Bytes> {
    let framing = Framing { crlf: true, ..Framing::default() };
    let event = |words, reason| chunk(&framing.event(&Event::Data(piece(words, reason))));
    let head = Reply::events(Vec::new()).chunked_head();
    let mut events: Vec<Bytes> = Vec::with_capacity(chunks + 1);
    for at in 0..chunks {
        let said = event(if at == 0 { LABEL } else { " soup" }, None);
        events.push(if at == 0 { [head.clone(), said].concat().into() } else { said });
    }
    let end = [event("", Some("STOP")), chunk(b"")].concat();
    events.push(if chunks == 0 { [head, end.into()].concat().into() } else { end.into() });
    events
}
