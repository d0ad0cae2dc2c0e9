use potluck_core::Sealed;
use potluck_core::request::{
    ChatRequest, Content, Format, MaxOutput, Media, Message, Part, Reasoning, Role, Stop, Tool,
    ToolCall, ToolChoice,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::quirk::Quirks;
use crate::{Client, Dialect, Target, Written};

fn target(max_output: Option<u32>) -> Target<'static> {
    Target {
        model: "claude-like",
        quirks: Quirks::empty(),
        stream: false,
        max_output,
        context: 100_000,
    }
}

fn written(request: &ChatRequest) -> (Value, Written) {
    let written = Dialect::Anthropic.write_request(request, &target(Some(32_000)));
    (serde_json::from_slice(&written.body).unwrap(), written)
}

/// As an OpenAI client asks it.
fn from_chat(body: &Value) -> (Value, Vec<String>) {
    let request = Client::Chat.read_request(body.to_string().as_bytes()).unwrap().request;
    let (sent, written) = written(&request);
    (sent, written.dropped)
}

fn said(words: &str) -> Value {
    json!({"model": "m", "messages": [{"role": "user", "content": words}]})
}

#[test]
fn a_conversation_of_another_dialect_is_put_into_turns() {
    let (sent, dropped) = from_chat(&json!({
        "model": "m", "max_completion_tokens": 900, "temperature": 1.4, "seed": 7, "stop": "###",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "name": "ann", "content": "look"},
            {"role": "user", "content": [
                {"type": "text", "text": "at", "cache_control": {"type": "ephemeral"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"}},
                {"type": "file", "file": {"file_id": "file-1"}}]},
            {"role": "assistant", "content": null, "reasoning": "hm", "tool_calls": [
                {"id": "call.1|x", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}},
                {"id": "call_2", "type": "function", "function": {"name": "g", "arguments": ""}},
                {"id": "call_3", "type": "function", "function": {"name": "g", "arguments": "not json"}}]},
            {"role": "tool", "tool_call_id": "call.1|x", "content": "1"},
            {"role": "developer", "content": "Now in French."},
            {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "2"}]},
            {"role": "tool", "tool_call_id": "call_3", "content": ""},
            {"role": "user", "content": "and?"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
                  {"type": "function", "function": {"name": "g"}}],
        "tool_choice": "required", "parallel_tool_calls": false, "user": "ann",
    }));
    insta::assert_snapshot!(serde_json::to_string_pretty(&sent).unwrap());
    assert_eq!(dropped, ["messages.content.file", "temperature", "seed", "messages.name"]);
}

#[test]
fn the_person_has_the_first_word_and_nobody_says_nothing() {
    let turns = |messages: Value| {
        from_chat(&json!({"model": "m", "messages": messages})).0["messages"].clone()
    };
    let text =
        |role: &str, text: &str| json!({"role": role, "content": [{"type": "text", "text": text}]});
    assert_eq!(
        turns(json!([{"role": "assistant", "content": "Hi!"}, {"role": "user", "content": " "}])),
        json!([text("user", "Go on."), text("assistant", "Hi!")])
    );
    let (only_system, _) =
        from_chat(&json!({"model": "m", "messages": [{"role": "system", "content": "Tell."}]}));
    assert_eq!(only_system["messages"], json!([text("user", "Tell.")]));
    assert_eq!(only_system.get("system"), None);
    assert_eq!(turns(json!([{"role": "user", "content": ""}])), json!([text("user", "Go on.")]));
}

#[test]
fn a_limit_is_always_sent_and_never_above_the_model_s() {
    for (asked, most, sent) in [
        (None, None, 8_192),
        (None, Some(500), 500),
        (Some(9_000), Some(500), 500),
        (Some(9), None, 9),
    ] {
        let request =
            ChatRequest { max_output: asked.map(MaxOutput::Tokens), ..ChatRequest::default() };
        let written = Dialect::Anthropic.write_request(&request, &target(most));
        let body: Value = serde_json::from_slice(&written.body).unwrap();
        assert_eq!(body["max_tokens"], sent);
    }
}

#[test]
fn thinking_is_asked_for_as_far_as_the_limit_and_the_tools_allow() {
    let with = |reasoning: Value, limit: u32, forced: bool| {
        let mut body = said("hi");
        body["reasoning"] = reasoning;
        body["max_tokens"] = limit.into();
        body["temperature"] = json!(0.5);
        if forced {
            body["tools"] = json!([{"type": "function", "function": {"name": "f"}}]);
            body["tool_choice"] = json!("required");
        }
        let (sent, dropped) = from_chat(&body);
        (sent["thinking"].clone(), dropped)
    };
    let enabled = |budget: u32| json!({"type": "enabled", "budget_tokens": budget});
    assert_eq!(
        with(json!({"max_tokens": 2000}), 8000, false),
        (enabled(2000), vec!["temperature".into()])
    );
    assert_eq!(with(json!({"max_tokens": 9000}), 8000, false).0, enabled(7999));
    assert_eq!(with(json!({"effort": "high"}), 10_000, false).0, enabled(8000));
    assert_eq!(with(json!({"effort": "none"}), 8000, false).0, json!({"type": "disabled"}));
    assert_eq!(with(json!({"enabled": true}), 8000, false).0, json!({"type": "adaptive"}));
    for (limit, forced) in [(900, false), (8000, true)] {
        let (thinking, dropped) = with(json!({"effort": "low"}), limit, forced);
        assert_eq!((thinking, dropped), (Value::Null, vec!["reasoning".to_owned()]));
    }
}

#[test]
fn thoughts_go_back_only_with_their_signature() {
    let details = json!([
        {"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "format": "anthropic-claude-v1", "index": 0},
        {"type": "reasoning.encrypted", "data": "b3Bh", "format": "anthropic-claude-v1", "index": 1},
        {"type": "reasoning.encrypted", "data": "theirs", "format": "google-gemini-v1", "index": 2},
        {"type": "reasoning.text", "text": "unsigned", "format": "anthropic-claude-v1", "index": 3},
    ]);
    let mut body = said("hi");
    body["messages"].as_array_mut().unwrap().push(json!({"role": "assistant", "content": "so", "reasoning": "Hm.", "reasoning_details": details}));
    let (sent, _) = from_chat(&body);
    assert_eq!(
        sent["messages"][1]["content"],
        json!([{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
               {"type": "redacted_thinking", "data": "b3Bh"}, {"type": "text", "text": "so"}])
    );
}

#[test]
fn a_schema_crosses_and_bare_json_is_named() {
    let mut body = said("hi");
    body["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": {"type": "object"}}});
    let (sent, dropped) = from_chat(&body);
    assert_eq!(
        sent["output_config"]["format"],
        json!({"type": "json_schema", "schema": {"type": "object"}})
    );
    assert!(dropped.is_empty());
    body["response_format"] = json!({"type": "json_object"});
    assert_eq!(from_chat(&body).1, ["response_format"]);
}

fn words() -> impl Strategy<Value = String> {
    "[a-zäß\"\\\\\n{}]{0,12}".prop_map(|words| format!("w{words}"))
}

fn text_part() -> impl Strategy<Value = Part> {
    (words(), any::<bool>()).prop_map(|(text, is_cached)| {
        let mark = ("anthropic:cache_control".into(), Sealed::from_json(r#"{"type":"ephemeral"}"#));
        Part::Text { text, extra: is_cached.then_some(mark).into_iter().collect() }
    })
}

fn part() -> impl Strategy<Value = Part> {
    let media = prop_oneof![
        Just(Media::Remote("https://x/a.png".into())),
        Just(Media::Inline("data:image/png;base64,AA==".into())),
    ];
    prop_oneof![
        3 => text_part(),
        1 => media.prop_map(|media| Part::Image { media, detail: None, extra: Vec::new() }),
        1 => words().prop_map(|name| {
            let file = json!({"filename": name, "file_data": "data:application/pdf;base64,JVBE"});
            Part::File { file: Sealed::from_json(file.to_string()), extra: Vec::new() }
        }),
    ]
}

fn content(part: impl Strategy<Value = Part>) -> impl Strategy<Value = Content> {
    proptest::collection::vec(part, 1..4).prop_map(|mut parts| match parts.as_mut_slice() {
        [Part::Text { text, extra }] if extra.is_empty() => Content::Text(std::mem::take(text)),
        _ => Content::Parts(parts),
    })
}

/// What the assistant says and does in a turn, and what it is answered.
fn exchange(turn: usize) -> impl Strategy<Value = Vec<Message>> {
    let results = proptest::collection::vec((content(part()), any::<bool>()), 0..3);
    (results, content(text_part()), any::<bool>(), any::<bool>(), content(part())).prop_map(
        move |(results, said, speaks, thinks, asked)| {
            let speaks = speaks || results.is_empty();
            let mut assistant =
                Message::new(Role::Assistant, if speaks { said } else { Content::Null });
            if thinks {
                assistant.reasoning = Some("Hm".into());
                assistant.reasoning_details = Some(Sealed::from_json(
                    r#"[{"type":"reasoning.text","text":"Hm","signature":"c2ln","format":"anthropic-claude-v1","index":0}]"#,
                ));
            }
            let mut answers = Vec::new();
            for (at, (content, failed)) in results.into_iter().enumerate() {
                let id = format!("toolu_{turn}-{at}");
                assistant.tool_calls.push(ToolCall {
                    id: id.clone(),
                    name: "f".into(),
                    arguments: r#"{"a":"b"}"#.into(),
                    extra: Vec::new(),
                });
                let mut answer = Message::new(Role::Tool, content);
                answer.tool_call_id = Some(id);
                if failed {
                    answer.extra.push(("anthropic:is_error".into(), Sealed::from_json("true")));
                }
                answers.push(answer);
            }
            let user = Message::new(Role::User, asked);
            std::iter::once(assistant).chain(answers).chain([user]).collect()
        },
    )
}

fn request() -> impl Strategy<Value = ChatRequest> {
    let messages = (
        proptest::option::of(content(text_part())),
        content(part()),
        exchange(0),
        proptest::option::of(exchange(1)),
    )
        .prop_map(|(system, first, second, third)| {
            let system = system.map(|content| Message::new(Role::System, content));
            let first = Message::new(Role::User, first);
            system
                .into_iter()
                .chain([first])
                .chain(second)
                .chain(third.unwrap_or_default())
                .collect()
        });
    let choice = proptest::option::of(prop_oneof![Just(ToolChoice::Auto), Just(ToolChoice::None),]);
    let reasoning = proptest::option::of(prop_oneof![
        Just(Reasoning { max_tokens: Some(2_000), ..Reasoning::default() }),
        Just(Reasoning {
            enabled: Some(true),
            effort: Some("high".into()),
            ..Reasoning::default()
        }),
        Just(Reasoning { enabled: Some(false), ..Reasoning::default() }),
    ]);
    let format = any::<bool>().prop_map(|is| {
        is.then(|| {
            Format::JsonSchema(Sealed::from_json(r#"{"name":"answer","schema":{"a":[1.50]}}"#))
        })
    });
    (messages, choice, reasoning, format, proptest::option::of(words()), 2_001..32_000_u32)
        .prop_map(|(messages, tool_choice, reasoning, format, stop, limit)| ChatRequest {
            models: vec!["claude-like".into()],
            messages,
            tools: vec![Tool::Function {
                name: "f".into(),
                description: Some("does".into()),
                parameters: Some(Sealed::from_json(r#"{"type":"object","x":1e2}"#)),
                strict: Some(true),
                function_extra: Vec::new(),
                extra: vec![("anthropic:defer_loading".into(), Sealed::from_json("false"))],
            }],
            tool_choice,
            reasoning,
            format,
            stop: stop.map(|text| Stop::Many(vec![text])),
            max_output: Some(MaxOutput::Tokens(limit)),
            stream: Some(false),
            ..ChatRequest::default()
        })
}

proptest! {
    #[test]
    fn reading_what_was_written_gives_the_same_request(request in request()) {
        let written = Dialect::Anthropic.write_request(&request, &target(Some(32_000)));
        prop_assert_eq!(&written.dropped, &Vec::<String>::new());
        let read = Client::Messages.read_request(&written.body).unwrap().request;
        prop_assert_eq!(&read, &request);
        let again = Dialect::Anthropic.write_request(&read, &target(Some(32_000)));
        prop_assert_eq!(again.body, written.body);
    }
}
