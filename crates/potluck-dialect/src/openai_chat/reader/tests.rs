use proptest::prelude::*;

use super::*;

fn read(quirks: Quirks, pieces: &[&[u8]]) -> (Vec<StreamEvent>, Result<(), BadAnswer>) {
    let (mut reader, mut events) = (StreamReader::new(quirks), Vec::new());
    for piece in pieces {
        if let Err(bad) = reader.push(piece, &mut events) {
            return (events, Err(bad));
        }
    }
    let ended = reader.finish(&mut events);
    (events, ended)
}

/// Chunks of these JSON texts, one an event.
fn stream(chunks: &[&str]) -> String {
    chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect()
}

fn events(chunks: &[&str]) -> Vec<StreamEvent> {
    let (events, ended) = read(Quirks::empty(), &[stream(chunks).as_bytes()]);
    ended.unwrap();
    events
}

fn text(text: &str) -> StreamEvent {
    StreamEvent::Text { choice: 0, text: text.to_owned() }
}

fn thought(text: &str) -> StreamEvent {
    StreamEvent::Reasoning { choice: 0, text: text.to_owned() }
}

fn stopped() -> StreamEvent {
    StreamEvent::Finish { choice: 0, reason: FinishReason::Stop }
}

fn call(index: u32, id: Option<&str>, name: Option<&str>, arguments: &str) -> StreamEvent {
    StreamEvent::ToolCall {
        choice: 0,
        index,
        id: id.map(str::to_owned),
        name: name.map(str::to_owned),
        arguments: arguments.to_owned(),
        extra: Extra::new(),
    }
}

/// The events without the start.
fn said(chunks: &[&str]) -> Vec<StreamEvent> {
    let mut events = events(chunks);
    assert!(matches!(events.remove(0), StreamEvent::Start { .. }));
    events
}

const STOP: &str = r#"{"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

#[test]
fn a_first_chunk_that_says_nothing_is_not_the_start() {
    let events = events(&[
        r#"{"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{}]}"#,
        r#"{"id":"a","created":7,"model":"m","system_fingerprint":"f","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
        r#"{"id":"a","choices":[{"index":0,"delta":{"content":"hi"}}]}"#,
        STOP,
        "[DONE]",
    ]);
    let start = StreamEvent::Start {
        id: Some("a".into()),
        created: Some(7),
        model: Some("m".into()),
        fingerprint: Some("f".into()),
    };
    assert_eq!(events, [start, text("hi"), stopped(), StreamEvent::Done]);
}

#[test]
fn thoughts_in_every_spelling() {
    for delta in [
        r#"{"reasoning":"hm"}"#,
        r#"{"reasoning_content":"hm","content":null}"#,
        r#"{"reasoning":"hm","reasoning_content":"hm","content":""}"#,
        r#"{"reasoning":"","reasoning_content":"hm"}"#,
        r#"{"reasoning_text":"hm"}"#,
        r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#,
        r#"{"content":[{"type":"thinking","thinking":"hm"}]}"#,
    ] {
        let chunk = format!(r#"{{"id":"a","choices":[{{"index":0,"delta":{delta}}}]}}"#);
        assert_eq!(said(&[&chunk, STOP]), [thought("hm"), stopped()], "{delta}");
    }
}

#[test]
fn typed_parts_among_texts() {
    let parts = r#"{"id":"a","choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"}]}}]}"#;
    let plain = r#"{"id":"a","choices":[{"delta":{"content":"b"}}]}"#;
    assert_eq!(said(&[parts, plain, STOP]), [thought("hm"), text("a"), text("b"), stopped()]);
}

#[test]
fn tool_calls_in_every_form() {
    let delta = |calls: &str| {
        format!(r#"{{"id":"a","choices":[{{"index":0,"delta":{{"tool_calls":[{calls}]}}}}]}}"#)
    };
    let finish = r#"{"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let done = StreamEvent::Finish { choice: 0, reason: FinishReason::ToolCalls };
    for (calls, expected) in [
        // In pieces; later ones repeat the id as null, the type, and the name.
        (
            vec![
                r#"{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":""}}"#,
                r#"{"index":0,"id":null,"function":{"arguments":"{\"a\""}}"#,
                r#"{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":":1}"}}"#,
            ],
            vec![
                call(0, Some("x"), Some("f"), ""),
                call(0, None, None, "{\"a\""),
                call(0, None, None, ":1}"),
            ],
        ),
        // Two at once, whole, without index.
        (
            vec![
                r#"{"id":"x","function":{"name":"f","arguments":"{}"}},{"id":"y","function":{"name":"g","arguments":{"b":2}}}"#,
            ],
            vec![call(0, Some("x"), Some("f"), "{}"), call(1, Some("y"), Some("g"), "{\"b\":2}")],
        ),
        // All numbered 0, each with an id of its own.
        (
            vec![
                r#"{"index":0,"id":"x","function":{"name":"f","arguments":"{}"}}"#,
                r#"{"index":0,"id":"y","function":{"name":"f","arguments":"{}"}}"#,
            ],
            vec![call(0, Some("x"), Some("f"), "{}"), call(1, Some("y"), Some("f"), "{}")],
        ),
        // Pieces without index or id.
        (
            vec![
                r#"{"id":"x","function":{"name":"f","arguments":"{"}}"#,
                r#"{"function":{"arguments":"}"}}"#,
            ],
            vec![call(0, Some("x"), Some("f"), "{"), call(0, None, None, "}")],
        ),
        // Numbered from 1.
        (
            vec![r#"{"index":1,"id":"x","function":{"name":"f","arguments":"{}"}}"#],
            vec![call(0, Some("x"), Some("f"), "{}")],
        ),
    ] {
        let mut chunks: Vec<String> = calls.iter().map(|calls| delta(calls)).collect();
        chunks.push(finish.to_owned());
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        assert_eq!(said(&chunks), [expected, vec![done.clone()]].concat());
    }
}

#[test]
fn a_missing_id_is_invented_and_the_same_every_time() {
    let chunk = r#"{"id":"a","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","function":{"name":"f","arguments":"{}"}},{"index":1,"function":{"name":"f","arguments":"{}"}}]}}]}"#;
    let ids = || -> Vec<String> {
        let calls = said(&[chunk, STOP]).into_iter();
        calls
            .filter_map(|event| match event {
                StreamEvent::ToolCall { id, .. } => id,
                _ => None,
            })
            .collect()
    };
    let first = ids();
    assert!(first.iter().all(|id| id.starts_with("call_") && id.len() == 29), "{first:?}");
    assert_ne!(first[0], first[1]);
    assert_eq!(first, ids());
}

#[test]
fn usage_wherever_it_stands() {
    let counted = r#""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{}}"#;
    let usage = StreamEvent::Usage(Usage {
        prompt: 3,
        completion: 2,
        total: 5,
        cached: Some(1),
        ..Usage::default()
    });
    let words = r#"{"id":"a","choices":[{"delta":{"content":"hi"}}]}"#;
    for last in [
        vec![format!(
            r#"{{"id":"a","choices":[{{"delta":{{}},"finish_reason":"stop"}}],{counted}}}"#
        )],
        vec![STOP.to_owned(), format!(r#"{{"id":"a","choices":[],{counted}}}"#)],
        vec![
            STOP.to_owned(),
            format!(
                r#"{{"id":"a","choices":[{{"delta":{{"content":""}},"finish_reason":null}}],{counted}}}"#
            ),
        ],
        vec![format!(
            r#"{{"id":"a","choices":[{{"delta":{{}},"finish_reason":"stop"}}],"x_groq":{{{counted}}}}}"#
        )],
    ] {
        let chunks: Vec<&str> =
            [words].into_iter().chain(last.iter().map(String::as_str)).collect();
        assert_eq!(said(&chunks), [text("hi"), stopped(), usage.clone()]);
    }
}

#[test]
fn a_cumulative_message_beside_the_delta_says_nothing_new() {
    let chunk = |all: &str, new: &str| {
        format!(
            r#"{{"id":"a","choices":[{{"index":0,"message":{{"role":"assistant","content":"{all}"}},"delta":{{"content":"{new}"}}}}]}}"#
        )
    };
    assert_eq!(
        said(&[&chunk("a", "a"), &chunk("ab", "b"), STOP]),
        [text("a"), text("b"), stopped()]
    );
}

#[test]
fn ends() {
    let words = r#"{"id":"a","choices":[{"delta":{"content":"hi"}}]}"#;
    let ended = |chunks: &[&str]| read(Quirks::empty(), &[stream(chunks).as_bytes()]).1;
    assert_eq!(ended(&[words, STOP]), Ok(()));
    assert_eq!(ended(&[words, "[DONE]"]), Ok(()));
    assert_eq!(ended(&[words]), Err(BadAnswer::Cut));
    assert_eq!(ended(&[]), Err(BadAnswer::Empty));
    assert_eq!(read(Quirks::empty(), &[b": ping\n\n: ping\n\n"]).1, Err(BadAnswer::Empty));
    assert_eq!(
        read(Quirks::empty(), &[stream(&[words]).as_bytes(), b"data: {\"id\":\"a\",\"cho"]).1,
        Err(BadAnswer::Cut)
    );
    assert!(matches!(ended(&[words, "{broken}", words]), Err(BadAnswer::Garbage(_))));
}

#[test]
fn errors_inside() {
    let words = r#"{"id":"a","choices":[{"delta":{"content":"hi"}}]}"#;
    for (chunk, status, message) in [
        (r#"{"error":{"message":"broke","code":502}}"#, Some(502), "broke"),
        (r#"{"error":"broke"}"#, None, "broke"),
        (
            r#"{"id":"a","choices":[{"delta":{"content":""},"finish_reason":"error"}],"error":{"message":"broke","code":429}}"#,
            Some(429),
            "broke",
        ),
        (
            r#"{"id":"a","choices":[{"delta":{},"finish_reason":"error","error":{"message":"broke","code":500}}]}"#,
            Some(500),
            "broke",
        ),
        (
            r#"{"id":"a","choices":[{"delta":{},"finish_reason":"network_error"}]}"#,
            None,
            "the answer ended with the finish reason network_error",
        ),
        (r#"{"object":"error","message":"broke","code":"1300"}"#, None, "broke"),
        (r#"[{"error":{"message":"broke","code":400}}]"#, Some(400), "broke"),
        (r#"{"detail":"broke"}"#, None, "broke"),
    ] {
        let (events, ended) = read(Quirks::empty(), &[stream(&[words, chunk]).as_bytes()]);
        assert_eq!(ended, Ok(()), "{chunk}");
        let Some(StreamEvent::Error(error)) = events.last() else { panic!("{chunk}: {events:?}") };
        assert_eq!((error.status, error.message.as_str()), (status, message), "{chunk}");
        assert!(!events.iter().any(|event| matches!(event, StreamEvent::Finish { .. })), "{chunk}");
    }
    let named = b"event: error\ndata: {\"message\":\"tool use failed\",\"status_code\":400}\n\n";
    let (events, _) = read(Quirks::empty(), &[named]);
    assert!(matches!(&events[..], [StreamEvent::Error(error)] if error.status == Some(400)));
}

#[test]
fn one_document_in_place_of_a_stream() {
    let body = br#" {"id":"a","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"#;
    let (events, ended) = read(Quirks::empty(), &body.chunks(7).collect::<Vec<_>>());
    assert_eq!(ended, Ok(()));
    assert_eq!(events[1..], [text("hi"), stopped(), StreamEvent::Done]);
    let (events, _) = read(Quirks::empty(), &[br#"{"error":{"message":"no","code":429}}"#]);
    assert!(matches!(&events[..], [StreamEvent::Error(error)] if error.status == Some(429)));
    let (_, ended) = read(Quirks::empty(), &[b"<html><body>502 Bad Gateway</body></html>"]);
    assert!(matches!(ended, Err(BadAnswer::Garbage(_))));
}

#[test]
fn events_without_blank_lines_between_them() {
    let words = r#"{"id":"a","choices":[{"delta":{"content":"hi"}}]}"#;
    let body = format!("data: {words}\ndata: {words}\ndata: {STOP}\ndata: [DONE]\n");
    let (events, ended) = read(Quirks::empty(), &[body.as_bytes()]);
    assert_eq!((events.len(), ended), (5, Ok(())));
}

#[test]
fn thoughts_between_tags_by_quirk() {
    let chunk =
        |text: &str| format!(r#"{{"id":"a","choices":[{{"delta":{{"content":"{text}"}}}}]}}"#);
    let chunks: Vec<String> = ["<th", "ink>h", "m</thi", "nk>\\n", "\\nhi"].map(chunk).into();
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).chain([STOP]).collect();
    let (events, ended) = read(Quirk::ThinkTags.into(), &[stream(&chunks).as_bytes()]);
    assert_eq!(ended, Ok(()));
    let (mut thoughts, mut words) = (String::new(), String::new());
    for event in &events {
        match event {
            StreamEvent::Reasoning { text, .. } => thoughts.push_str(text),
            StreamEvent::Text { text, .. } => words.push_str(text),
            _ => {}
        }
    }
    assert_eq!((thoughts.as_str(), words.as_str()), ("hm", "hi"));
}

/// Deltas of all sorts, plain ones most.
pub(crate) fn streams() -> impl Strategy<Value = String> {
    let delta = prop::sample::select(vec![
        r#"{"content":"a b"}"#,
        r#"{"content":" "}"#,
        r#"{"content":"\n\t"}"#,
        r#"{"role":"assistant","content":"é😀\u00e9\ud83d\ude00"}"#,
        r#"{"content":"half \ud83d pair"}"#,
        r#"{"content":"see data:image"}"#,
        r#"{"role":"assistant","content":""}"#,
        r#"{"content":null,"reasoning":"hm"}"#,
        r#"{"reasoning_content":"hm","reasoning":"hm"}"#,
        r#"{"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm"}]}"#,
        r#"{"refusal":"no"}"#,
        r#"{"content":[{"type":"text","text":"part"}]}"#,
        r#"{"content":{"json":1}}"#,
        r#"{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":""}}]}"#,
        r#"{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"#,
        r#"{"tool_calls":[{"function":{"name":"g","arguments":{"a":1}},"extra_content":{"google":1}}]}"#,
        r#"{"images":[{"type":"image_url","image_url":{"url":"data:,"}}]}"#,
        r#"{"audio":{"id":"a"}}"#,
        r#"{"annotations":[{"type":"url_citation"}]}"#,
        r#"{"function_call":{"name":"f","arguments":"{}"}}"#,
    ]);
    let tail = prop::sample::select(vec![
        "",
        r#","finish_reason":null"#,
        r#","finish_reason":"stop""#,
        r#","finish_reason":"","logprobs":null"#,
        r#","logprobs":{"content":[{"token":"a"}]}"#,
        r#","text":"x""#,
    ]);
    let rest = prop::sample::select(vec![
        "",
        r#","usage":null"#,
        r#","usage":{"prompt_tokens":1,"completion_tokens":2}"#,
        r#","obfuscation":"xyz","service_tier":"default""#,
        r#","x_groq":{"id":"r"}"#,
    ]);
    let end =
        prop::sample::select(vec!["\n\n", "\r\n\r\n", "\r\r", "\n: ping\n\n", "\n\n: ping\n\n"]);
    let chunk = (delta, tail, rest, end, 0..2_u32).prop_map(|(delta, tail, rest, end, index)| {
        format!(
            r#"data: {{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":{index},"delta":{delta}{tail}}}]{rest}}}{end}"#
        )
    });
    let last = prop::sample::select(vec![
        "",
        "data: [DONE]\n\n",
        "data: {\"error\":\"x\"}\n\n",
        "data: {\"cho",
    ]);
    (prop::collection::vec(chunk, 0..8), last).prop_map(|(chunks, last)| chunks.concat() + last)
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(stream in streams(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6), tags: bool) {
        let quirks = if tags { Quirk::ThinkTags.into() } else { Quirks::empty() };
        let bytes = stream.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let whole = read(quirks, &[bytes]);
        prop_assert_eq!(&read(quirks, &pieces), &whole);
        prop_assert_eq!(&read(quirks, &bytes.chunks(1).collect::<Vec<_>>()), &whole);
    }

    #[test]
    fn the_short_way_says_what_the_long_way_says(stream in streams()) {
        // Under an event name the short way is not taken.
        let long = stream.replace("data: {\"id\"", "event: chunk\ndata: {\"id\"");
        prop_assert_eq!(read(Quirks::empty(), &[stream.as_bytes()]), read(Quirks::empty(), &[long.as_bytes()]));
    }

    #[test]
    fn damaged_streams_never_panic(stream in streams(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = stream.into_bytes();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(Quirk::ThinkTags.into(), &[&bytes]);
        let _ = read(Quirks::empty(), &[&bytes]);
        let _ = read_response::read(&bytes, Quirks::empty());
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(Quirks::empty(), &[&bytes]);
        let _ = read_response::read(&bytes, Quirks::empty());
    }
}
