//! The answers as Anthropic's Messages: a message, or its named events.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Answers, LABEL, filled};
use crate::instant::InstantOptions;
use crate::server::{Event, Framing, Reply, chunk};

pub(super) fn build(options: &InstantOptions) -> Answers {
    let reply = Reply::json(200, filled(options.body_bytes, ended));
    let body = reply.whole(&Framing::default());
    let whole = [reply.sized_head(body.len()), body].concat().into();
    let events = events(options.chunks);
    let burst = events.concat().into();
    Answers { whole, events, burst, pause: options.pause }
}

fn ended(text: &str) -> Value {
    let mut message = message();
    message["content"] = json!([{"type": "text", "text": text}]);
    message["stop_reason"] = "end_turn".into();
    message["usage"] = usage(20);
    message
}

fn events(chunks: usize) -> Vec<Bytes> {
    let framing = Framing::default();
    let named = |name: &'static str, mut data: Value| {
        data["type"] = name.into();
        chunk(&framing.event(&Event::Named(name, data)))
    };
    let head = Reply::events(Vec::new()).chunked_head();
    let start = named("message_start", json!({"message": message()}));
    let block = json!({"index": 0, "content_block": {"type": "text", "text": ""}});
    let begin = [head, start, named("content_block_start", block), named("ping", json!({}))];
    let mut events: Vec<Bytes> = vec![begin.concat().into()];
    for at in 0..chunks {
        let text = if at == 0 { LABEL } else { " soup" };
        let delta = json!({"index": 0, "delta": {"type": "text_delta", "text": text}});
        events.push(named("content_block_delta", delta));
    }
    let delta = json!({"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 20}});
    let end = [
        named("content_block_stop", json!({"index": 0})),
        named("message_delta", delta),
        named("message_stop", json!({})),
        chunk(b""),
    ];
    events.push(end.concat().into());
    events
}

fn message() -> Value {
    json!({
        "id": "msg_sim_instant", "type": "message", "role": "assistant", "model": "instant",
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage(1),
    })
}

fn usage(output: u64) -> Value {
    json!({
        "input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        "output_tokens": output,
    })
}
