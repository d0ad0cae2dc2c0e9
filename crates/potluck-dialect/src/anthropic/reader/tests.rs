use potluck_core::response::{FinishReason, StreamEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Stamp, WriteStream};
use crate::quirk::Quirks;
use crate::{BadAnswer, Dialect};

type Read = (Vec<StreamEvent>, Result<(), BadAnswer>);

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let mut reader = Dialect::Anthropic.stream_reader(Quirks::empty());
    let mut events = Vec::new();
    for piece in pieces {
        if let Err(bad) = reader.push(piece, &mut events) {
            return (events, Err(bad));
        }
    }
    let ended = reader.finish(&mut events);
    (events, ended)
}

fn event(data: Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap())
}

fn started() -> String {
    event(json!({"type": "message_start", "message": {"id": "msg_1", "model": "m", "content": [],
        "usage": {"input_tokens": 5, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 3, "output_tokens": 1}}}))
}

fn block(index: u64, block: Value, deltas: &[Value]) -> String {
    let mut text =
        event(json!({"type": "content_block_start", "index": index, "content_block": block}));
    for delta in deltas {
        text += &event(json!({"type": "content_block_delta", "index": index, "delta": delta}));
    }
    text + &event(json!({"type": "content_block_stop", "index": index}))
}

fn ended(reason: &str) -> String {
    event(
        json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 9}}),
    ) + &event(json!({"type": "message_stop"}))
}

fn turn() -> String {
    started()
        + &event(json!({"type": "ping"}))
        + &block(
            0,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
            &[
                json!({"type": "thinking_delta", "thinking": "H"}),
                json!({"type": "thinking_delta", "thinking": "m"}),
                json!({"type": "signature_delta", "signature": "c2ln"}),
            ],
        )
        + &block(1, json!({"type": "redacted_thinking", "data": "b3Bh"}), &[])
        + &block(
            2,
            json!({"type": "text", "text": ""}),
            &[json!({"type": "text_delta", "text": "Grüß"})],
        )
        + &block(
            3,
            json!({"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}),
            &[
                json!({"type": "input_json_delta", "partial_json": ""}),
                json!({"type": "input_json_delta", "partial_json": "{\"a\":"}),
                json!({"type": "input_json_delta", "partial_json": "1}"}),
            ],
        )
        + &block(
            4,
            json!({"type": "tool_use", "id": "toolu_2", "name": "g", "input": {"b": 2}}),
            &[],
        )
        + &block(5, json!({"type": "web_search_tool_result", "content": []}), &[])
        + &ended("tool_use")
}

#[test]
fn a_turn_is_read_event_by_event() {
    let (events, ended) = read([turn().as_bytes()]);
    assert_eq!(ended, Ok(()));
    insta::assert_debug_snapshot!(events);
}

#[test]
fn an_end_is_told_from_a_cut() {
    let text = block(0, json!({"type": "text", "text": "so"}), &[]);
    let whole = started() + &text + &ended("max_tokens");
    let finish = StreamEvent::Finish { choice: 0, reason: FinishReason::Length };
    assert!(read([whole.as_bytes()]).0.contains(&finish));
    let without_stop = whole.replace("message_stop", "ping");
    assert_eq!(read([without_stop.as_bytes()]).1, Ok(()));
    assert_eq!(read([(started() + &text).as_bytes()]).1, Err(BadAnswer::Cut));
    assert_eq!(read([&whole.as_bytes()[..whole.len() / 2]]).1, Err(BadAnswer::Cut));
    for nothing in ["", "\n\n", ": comment\n\n"] {
        assert_eq!(read([nothing.as_bytes()]).1, Err(BadAnswer::Empty));
    }
    let more = whole + "event: data\ndata: [DONE]\n\n";
    assert_eq!(read([more.as_bytes()]).1, Ok(()));
}

#[test]
fn an_error_inside_is_an_error() {
    let error =
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    for stream in [event(error.clone()), started() + &event(error.clone()), error.to_string()] {
        let (events, ended) = read([stream.as_bytes()]);
        assert_eq!(ended, Ok(()));
        let Some(StreamEvent::Error(told)) = events.last() else { panic!("{events:?}") };
        assert_eq!(
            (told.message.as_str(), told.code.as_deref()),
            ("Overloaded", Some("overloaded_error"))
        );
    }
}

#[test]
fn a_document_in_place_of_a_stream_is_read() {
    let message = json!({"id": "msg_1", "model": "m", "content": [{"type": "text", "text": "so"}], "stop_reason": "end_turn"});
    let (events, ended) = read(message.to_string().as_bytes().chunks(7));
    assert_eq!(ended, Ok(()));
    assert!(events.contains(&StreamEvent::Text { choice: 0, text: "so".into() }));
    assert!(matches!(read([b"<html>".as_slice()]).1, Err(BadAnswer::Garbage(_))));
}

#[test]
fn thoughts_that_never_end_are_bounded() {
    let mut reader = Dialect::Anthropic.stream_reader(Quirks::empty());
    let mut events = Vec::new();
    let begin = event(
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
    );
    reader.push(begin.as_bytes(), &mut events).unwrap();
    let more = event(
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "x".repeat(1 << 20)}}),
    );
    let refused = (0..20).find_map(|_| {
        events.clear();
        reader.push(more.as_bytes(), &mut events).err()
    });
    assert!(matches!(refused, Some(BadAnswer::TooLong { .. })));
}

/// Frames in any order, right and wrong.
fn streams() -> impl Strategy<Value = String> {
    let index = 0..4_u64;
    let delta = prop_oneof![
        "[a-zé]{0,4}".prop_map(|text| json!({"type": "text_delta", "text": text})),
        "[a-z]{0,4}".prop_map(|text| json!({"type": "thinking_delta", "thinking": text})),
        Just(json!({"type": "signature_delta", "signature": "s"})),
        Just(json!({"type": "input_json_delta", "partial_json": "{}"})),
    ];
    let begun = prop_oneof![
        Just(json!({"type": "text", "text": ""})),
        Just(json!({"type": "thinking", "thinking": "", "signature": ""})),
        Just(json!({"type": "redacted_thinking", "data": "d"})),
        Just(json!({"type": "tool_use", "id": "i", "name": "n", "input": {"a": 1}})),
        Just(json!({"type": "unheard_of"})),
    ];
    let frame = prop_oneof![
        2 => Just(started()),
        6 => (index.clone(), begun).prop_map(|(index, block)| event(json!({"type": "content_block_start", "index": index, "content_block": block}))),
        8 => (index.clone(), delta).prop_map(|(index, delta)| event(json!({"type": "content_block_delta", "index": index, "delta": delta}))),
        4 => index.prop_map(|index| event(json!({"type": "content_block_stop", "index": index}))),
        1 => Just(event(json!({"type": "ping"}))),
        1 => Just(ended("end_turn")),
        1 => Just("event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"x\"}}\n\n".to_owned()),
        1 => Just("data: {\"type\": [}\n\n".to_owned()),
        1 => Just(": c\r\n\r\n".to_owned()),
    ];
    proptest::collection::vec(frame, 0..24).prop_map(|frames| frames.concat())
}

fn said(events: Vec<StreamEvent>) -> Vec<StreamEvent> {
    let mut said: Vec<StreamEvent> = Vec::new();
    for event in events {
        match (said.last_mut(), event) {
            (_, StreamEvent::Start { .. } | StreamEvent::Usage(_) | StreamEvent::Done) => {}
            (Some(StreamEvent::Text { text, .. }), StreamEvent::Text { text: more, .. })
            | (
                Some(StreamEvent::Reasoning { text, .. }),
                StreamEvent::Reasoning { text: more, .. },
            ) => text.push_str(&more),
            (
                Some(StreamEvent::ToolCall { index, arguments, .. }),
                StreamEvent::ToolCall { index: again, id: None, arguments: more, .. },
            ) if *index == again => arguments.push_str(&more),
            (_, event) => said.push(event),
        }
    }
    said
}

#[test]
fn reading_what_was_written_gives_what_was_read() {
    let (events, _) = read([turn().as_bytes()]);
    let stamp = Stamp { id: "gen-1".into(), created: 7, model: "m".into() };
    let (mut writer, mut out) = (crate::anthropic::StreamWriter::new(&stamp), Vec::new());
    events.iter().for_each(|event| writer.write(event, &mut out));
    writer.finish(&mut out);
    assert_eq!(said(read([out.as_slice()]).0), said(events));
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(stream in streams(), size in 1..40_usize) {
        prop_assert_eq!(read(stream.as_bytes().chunks(size)), read([stream.as_bytes()]));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read([bytes.as_slice()]);
        let _ = Dialect::Anthropic.read_response(&bytes, Quirks::empty());
        let _ = crate::Client::Messages.read_request(&bytes);
    }

    #[test]
    fn no_damage_panics(at in 0..2_000_usize, byte: u8) {
        let mut bytes = turn().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read([bytes.as_slice()]);
    }
}
