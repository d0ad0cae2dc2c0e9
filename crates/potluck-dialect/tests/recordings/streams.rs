//! Streams: whole, in single bytes, in random pieces, and over the bridge.

use potluck_core::request::ChatRequest;
use potluck_core::response::StreamEvent;
use potluck_dialect::bridge::StreamBridge;
use potluck_dialect::quirk::Quirks;
use potluck_dialect::{BadAnswer, Client, Dialect, Echo, Recipient, Stamp};
use potluck_testkit::recordings::{RecordedBody, Recording};
use serde_json::Value;

use crate::plain::Answer;
use crate::speech;
use crate::{check_each, compare, plain, recorded};

fn body(recording: &Recording) -> Option<&str> {
    match &recording.response.body {
        RecordedBody::Sse(text) | RecordedBody::Ndjson(text) => Some(text),
        _ => None,
    }
}

pub(super) type Read = (Vec<StreamEvent>, Result<(), BadAnswer>);

pub(super) fn read<'a>(dialect: Dialect, pieces: impl Iterator<Item = &'a [u8]>) -> Read {
    let mut reader = dialect.stream_reader(Quirks::empty());
    let mut events = Vec::new();
    for piece in pieces {
        if let Err(bad) = reader.push(piece, &mut events) {
            return (events, Err(bad));
        }
    }
    let ended = reader.finish(&mut events);
    (events, ended)
}

/// Cuts at places that look random and are the same in every run.
fn pieces(bytes: &[u8], mut seed: u64) -> Vec<&[u8]> {
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let length = 1 + (seed >> 33) as usize % 400;
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// The reads in which it arrived, where they were recorded.
fn arrived(dialect: Dialect, recording: &Recording, bytes: &[u8]) -> Option<Read> {
    let sizes = &recording.response.chunk_sizes;
    if sizes.is_empty() || sizes.iter().sum::<usize>() != bytes.len() {
        return None;
    }
    let mut rest = bytes;
    let pieces = sizes.iter().map(|&size| {
        let (piece, after) = rest.split_at(size);
        rest = after;
        piece
    });
    Some(read(dialect, pieces))
}

#[test]
fn any_split_gives_the_same_events() {
    let Some(recordings) = recorded("any_split_gives_the_same_events") else { return };
    for speech in speech::ALL {
        let streams = speech.of(&recordings).filter(|recording| body(recording).is_some());
        let what = format!("{}, splits", speech.name);
        check_each(&what, streams, &[], |recording| check_splits(speech.dialect, recording));
    }
}

fn check_splits(dialect: Dialect, recording: &Recording) -> Result<(), String> {
    let bytes = body(recording).unwrap().as_bytes();
    let whole = read(dialect, std::iter::once(bytes));
    if read(dialect, bytes.chunks(1)) != whole {
        return Err("single bytes give other events".to_owned());
    }
    for seed in 0..8 {
        if read(dialect, pieces(bytes, seed).into_iter()) != whole {
            return Err(format!("the pieces of seed {seed} give other events"));
        }
    }
    match arrived(dialect, recording, bytes) {
        Some(arrived) if arrived != whole => Err("the recorded reads give other events".to_owned()),
        _ => Ok(()),
    }
}

fn bridge(
    dialect: Dialect,
    bytes: &[u8],
    seed: Option<u64>,
    include_usage: bool,
) -> (String, Result<(), BadAnswer>) {
    let stamp = Stamp {
        id: "gen-1".to_owned(),
        created: 1_700_000_000,
        model: "provider/model".to_owned(),
    };
    let request = ChatRequest { include_usage: Some(include_usage), ..ChatRequest::default() };
    let recipient =
        Recipient { client: Client::Chat, stamp, request: &request, echo: &Echo::Nothing };
    let mut bridge = StreamBridge::new(dialect, Quirks::empty(), &recipient);
    let mut out = Vec::new();
    let split = seed.map_or_else(|| vec![bytes], |seed| pieces(bytes, seed));
    let pushed = split.into_iter().try_for_each(|piece| bridge.push(piece, &mut out));
    let ended = pushed.and_then(|()| bridge.finish(&mut out));
    (String::from_utf8(out).unwrap(), ended)
}

#[test]
fn streams_say_what_they_said() {
    let Some(recordings) = recorded("streams_say_what_they_said") else { return };
    for speech in speech::ALL {
        let streams = speech.of(&recordings).filter(|recording| body(recording).is_some());
        let what = format!("{}, streams", speech.name);
        check_each(&what, streams, speech.excepted_streams, |recording| {
            let text = body(recording).unwrap();
            check_stream(speech.dialect, text, &(speech.stream)(text))
        });
    }
}

fn check_stream(dialect: Dialect, text: &str, expected: &Answer) -> Result<(), String> {
    for include_usage in [true, false] {
        let (out, ended) = bridge(dialect, text.as_bytes(), None, include_usage);
        check_one(expected, &out, &ended)?;
        if ended.is_ok() {
            check_shape(&out, include_usage, expected.usage.is_some())?;
            check_events(dialect, text, &out)?;
        }
        for seed in 0..4 {
            let (split, _) = bridge(dialect, text.as_bytes(), Some(seed), include_usage);
            if ended.is_ok() && split != out {
                return Err(format!("the pieces of seed {seed} are written otherwise"));
            }
        }
    }
    Ok(())
}

fn check_one(expected: &Answer, out: &str, ended: &Result<(), BadAnswer>) -> Result<(), String> {
    let finished = expected.choices.iter().any(|choice| choice.finish.is_some());
    let said = expected.choices.iter().any(|choice| {
        let blank = choice.text.trim().is_empty() && choice.reasoning.trim().is_empty();
        !blank || !choice.refusal.is_empty() || !choice.calls.is_empty()
    });
    match ended {
        Err(BadAnswer::ErrorInside(_)) if expected.error => Ok(()),
        Err(BadAnswer::Cut) if !finished && !expected.done => Ok(()),
        Err(BadAnswer::Empty) if !said => Ok(()),
        Err(other) => Err(format!("ended as {other:?}")),
        Ok(()) if expected.error => Err("an error was read as an answer".to_owned()),
        Ok(()) if !finished && !expected.done => Err("a cut stream was read as whole".to_owned()),
        Ok(()) => compare::answers(expected, &plain::stream(out)),
    }
}

/// Reading what was written gives what was read: the same words in the same order.
fn check_events(dialect: Dialect, text: &str, out: &str) -> Result<(), String> {
    let said = |dialect: Dialect, text: &str| -> Vec<StreamEvent> {
        let (events, _) = read(dialect, std::iter::once(text.as_bytes()));
        let unsaid = |event: &StreamEvent| {
            matches!(
                event,
                StreamEvent::Start { .. }
                    | StreamEvent::Done
                    | StreamEvent::Usage(_)
                    | StreamEvent::Finish { .. }
            )
        };
        events.into_iter().filter(|event| !unsaid(event)).collect()
    };
    let (before, after) = (said(dialect, text), said(Dialect::OpenAi, out));
    let differs = before.iter().zip(&after).find(|(before, after)| before != after);
    match differs {
        Some((before, after)) => Err(format!("{before:?} was written as {after:?}")),
        None if before.len() != after.len() => {
            Err(format!("{} events were written as {}", before.len(), after.len()))
        }
        None => Ok(()),
    }
}

/// What the strictest clients demand of every stream.
fn check_shape(out: &str, include_usage: bool, has_usage: bool) -> Result<(), String> {
    let events: Vec<&str> = out.split_terminator("\n\n").collect();
    if events.last() != Some(&"data: [DONE]") {
        return Err("no [DONE] at the end".to_owned());
    }
    let mut chunks = Vec::new();
    for event in &events[..events.len() - 1] {
        let json = event.strip_prefix("data: ").ok_or("an event is more than one data line")?;
        if json.contains("data:") || json.contains('\n') {
            return Err("a line holds `data:` twice".to_owned());
        }
        chunks.push(serde_json::from_str::<Value>(json).map_err(|error| error.to_string())?);
    }
    let with_usage: Vec<&Value> =
        chunks.iter().filter(|chunk| chunk.get("usage").is_some()).collect();
    if with_usage.len() != usize::from(has_usage) {
        return Err(format!("{} chunks with usage", with_usage.len()));
    }
    let empty = chunks.iter().filter(|chunk| chunk["choices"] == serde_json::json!([])).count();
    if empty != usize::from(has_usage && include_usage) {
        return Err(format!("{empty} chunks without choices"));
    }
    let mut seen: Vec<(u64, bool)> = Vec::new();
    for chunk in &chunks {
        check_chunk(chunk, &mut seen)?;
    }
    if seen.iter().any(|(_, finished)| !finished) {
        return Err("a choice never finished".to_owned());
    }
    Ok(())
}

fn check_chunk(chunk: &Value, seen: &mut Vec<(u64, bool)>) -> Result<(), String> {
    let head = chunk["id"] == "gen-1"
        && chunk["created"] == 1_700_000_000
        && chunk["model"] == "provider/model"
        && chunk["object"] == "chat.completion.chunk"
        && chunk["system_fingerprint"].is_string();
    if !head {
        return Err(format!("a chunk's head is another: {chunk}"));
    }
    for choice in chunk["choices"].as_array().ok_or("no choices")? {
        let index = choice["index"].as_u64().ok_or("no index")?;
        let delta = &choice["delta"];
        match seen.iter_mut().find(|(open, _)| *open == index) {
            None if delta["role"] == "assistant" && delta["content"] == "" => {
                seen.push((index, false));
            }
            None => return Err(format!("a choice begins without its role: {chunk}")),
            Some((_, true)) => return Err(format!("a chunk after the finish: {chunk}")),
            Some((_, finished)) => *finished = choice["finish_reason"].is_string(),
        }
        if delta.get("reasoning") != delta.get("reasoning_content") {
            return Err(format!("thoughts under one name: {chunk}"));
        }
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let first = call["id"].is_string();
            let custom = call.get("custom").is_some();
            let named = call["function"]["name"].is_string() && call["type"] == "function";
            if !call["index"].is_u64() || (!custom && first != named) {
                return Err(format!("a tool call that clients cannot join: {chunk}"));
            }
        }
    }
    Ok(())
}
