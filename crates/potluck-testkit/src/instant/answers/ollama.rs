//! The answers in Ollama's dialect: a document, or a document a line.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Answers, LABEL, filled};
use crate::instant::InstantOptions;
use crate::server::{Framing, Reply, chunk};

pub(super) fn build(options: &InstantOptions) -> Answers {
    let reply = Reply::json(200, filled(options.body_bytes, ended));
    let body = reply.whole(&Framing::default());
    let whole = [reply.sized_head(body.len()), body].concat().into();
    let events = lines(options.chunks);
    let burst = events.concat().into();
    Answers { whole, events, burst, pause: options.pause }
}

/// A last document, with all its words or none.
fn ended(content: &str) -> Value {
    let mut last = piece(content);
    for (name, value) in [
        ("done", json!(true)),
        ("done_reason", json!("stop")),
        ("total_duration", json!(3_000_000)),
        ("load_duration", json!(0)),
        ("prompt_eval_count", json!(10)),
        ("prompt_eval_duration", json!(1_000_000)),
        ("eval_count", json!(20)),
        ("eval_duration", json!(2_000_000)),
    ] {
        last[name] = value;
    }
    last
}

fn piece(content: &str) -> Value {
    json!({
        "model": "instant", "created_at": "2026-01-01T00:00:00.123456Z",
        "message": {"role": "assistant", "content": content}, "done": false,
    })
}

fn lines(chunks: usize) -> Vec<Bytes> {
    let line = |document: Value| chunk(format!("{document}\n").as_bytes());
    let head = Reply::text(200, "application/x-ndjson", Bytes::new()).chunked_head();
    let mut lines = Vec::with_capacity(chunks + 1);
    for at in 0..chunks {
        let said = line(piece(if at == 0 { LABEL } else { " soup" }));
        lines.push(if at == 0 { [head.clone(), said].concat().into() } else { said });
    }
    let end = [line(ended("")), chunk(b"")].concat();
    lines.push(if chunks == 0 { [head, end.into()].concat().into() } else { end.into() });
    lines
}
