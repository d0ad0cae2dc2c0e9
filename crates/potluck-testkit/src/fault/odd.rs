//! Oddities: right answers in strange clothes, as real providers send them.

use std::time::Duration;

use serde_json::{Value, json};

use super::kind::Oddity;
use super::spoil::Good;
use crate::server::{Event, Framing, Reply, Script, Write};

/// Replaced by a number beyond 64 bits when it is written.
const BIG: &str = "@big@";

pub(super) fn odd(good: &Good, oddity: Oddity) -> Script {
    let mut good = good.clone();
    let mut framing = Framing::default();
    match oddity {
        Oddity::WrongContentType => {
            let mut reply = good.reply();
            reply.content_type("text/plain; charset=utf-8");
            return reply.script(&framing);
        }
        Oddity::NoDone => good.events.retain(|(_, event)| !matches!(event, Event::Done)),
        Oddity::NoFinishReason => no_finish_reason(&mut good),
        Oddity::Crlf => framing.crlf = true,
        Oddity::NoSpaceAfterData => framing.tight = true,
        Oddity::Comments => good.events = with_comments(&good.events),
        Oddity::SingleByteWrites => framing.write = Write::Bytewise,
        Oddity::OneWrite => framing.write = Write::Together,
        Oddity::UsageEveryChunk => each_chunk(&mut good, |chunk, usage| {
            chunk["usage"] = usage.clone();
        }),
        Oddity::UsageAfterFinish => usage_after_finish(&mut good),
        Oddity::NoUsage => no_usage(&mut good),
        Oddity::HugeNumbers => {
            framing.big_numbers = true;
            good.body["usage"]["prompt_tokens"] = BIG.into();
            each_chunk(&mut good, |chunk, _| chunk["created"] = BIG.into());
            good.body["created"] = BIG.into();
        }
        Oddity::StreamForPlain => good.streamed = true,
        Oddity::PlainForStream => good.streamed = false,
        Oddity::WrongModelEchoed => {
            good.body["model"] = "another-model".into();
            each_chunk(&mut good, |chunk, _| chunk["model"] = "another-model".into());
        }
    }
    good.reply().script(&framing)
}

/// Tool calls whose arguments end in the middle.
pub(super) fn broken_arguments(good: &Good) -> Reply {
    let mut good = good.clone();
    if let Some(calls) = good.body.pointer_mut("/choices/0/message/tool_calls") {
        for call in calls.as_array_mut().into_iter().flatten() {
            call["function"]["arguments"] = "{\"simulated\": ".into();
        }
    }
    each_chunk(&mut good, |chunk, _| {
        let piece = chunk.pointer_mut("/choices/0/delta/tool_calls/0/function/arguments");
        if let Some(piece) = piece.filter(|piece| *piece != "") {
            *piece = "{\"simulated\": ".into();
        }
    });
    good.reply()
}

// === parts ===

fn each_chunk(good: &mut Good, change: impl Fn(&mut Value, &Value)) {
    let usage = good.body["usage"].clone();
    for (_, event) in &mut good.events {
        if let Event::Data(chunk) = event {
            change(chunk, &usage);
        }
    }
}

fn no_finish_reason(good: &mut Good) {
    each_chunk(good, |chunk, _| {
        for choice in chunk["choices"].as_array_mut().into_iter().flatten() {
            choice["finish_reason"] = Value::Null;
        }
    });
    for choice in good.body["choices"].as_array_mut().into_iter().flatten() {
        choice["finish_reason"] = Value::Null;
    }
}

fn with_comments(events: &[(Duration, Event)]) -> Vec<(Duration, Event)> {
    let comment = (Duration::ZERO, Event::Comment("SIMULATED PROCESSING"));
    events.iter().flat_map(|event| [comment.clone(), event.clone()]).collect()
}

fn usage_after_finish(good: &mut Good) {
    let mut last = good.body.clone();
    last["object"] = "chat.completion.chunk".into();
    last["choices"] = json!([]);
    let place = good
        .events
        .iter()
        .position(|(_, event)| matches!(event, Event::Done))
        .unwrap_or(good.events.len());
    let is_usage = |(_, event): &(Duration, Event)| match event {
        Event::Data(chunk) => chunk["usage"].is_object(),
        _ => false,
    };
    if !good.events.iter().any(is_usage) {
        good.events.insert(place, (Duration::ZERO, Event::Data(last)));
    }
}

fn no_usage(good: &mut Good) {
    if let Some(fields) = good.body.as_object_mut() {
        fields.remove("usage");
    }
    good.events.retain(|(_, event)| match event {
        Event::Data(chunk) => !chunk["usage"].is_object(),
        _ => true,
    });
    each_chunk(good, |chunk, _| {
        if let Some(fields) = chunk.as_object_mut() {
            fields.remove("usage");
        }
    });
}
