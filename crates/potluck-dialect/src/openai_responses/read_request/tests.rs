use potluck_core::request::{
    ChatRequest, Content, Format, MaxOutput, Media, Message, Part, Role, Tool, ToolChoice,
};
use potluck_core::verdict::Refusal;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::read;
use crate::client::{Asked, Echo};

fn ask(body: &Value) -> Asked {
    read(body.to_string().as_bytes()).unwrap()
}

fn refused(body: &Value) -> Refusal {
    read(body.to_string().as_bytes()).unwrap_err()
}

fn turns(input: &Value) -> Vec<Message> {
    ask(&json!({ "input": input })).request.messages
}

fn words(message: &Message) -> &str {
    match &message.content {
        Content::Text(text) => text,
        _ => "",
    }
}

#[test]
fn a_text_is_what_the_person_says() {
    let asked =
        ask(&json!({ "model": "m", "instructions": "Be kind.", "input": "hi", "stream": true }));
    let request = &asked.request;
    assert_eq!((request.models.as_slice(), request.stream), (&["m".to_owned()][..], Some(true)));
    let said: Vec<_> = request.messages.iter().map(|turn| (turn.role, words(turn))).collect();
    assert_eq!(said, [(Role::System, "Be kind."), (Role::User, "hi")]);
    assert!(asked.request.dropped.is_empty(), "{:?}", asked.request.dropped);
}

#[test]
fn what_an_assistant_thought_said_and_called_is_one_turn() {
    let messages = turns(&json!([
        { "role": "developer", "content": [{ "type": "input_text", "text": "short" }] },
        { "role": "user", "content": "weather in Rome and Oslo?" },
        { "type": "reasoning", "id": "rs_1", "summary": [{ "type": "summary_text", "text": "two calls" }] },
        { "type": "message", "role": "assistant", "id": "msg_1", "status": "completed",
          "content": [{ "type": "output_text", "text": "Looking.", "annotations": [], "logprobs": [] }] },
        { "type": "function_call", "id": "fc_1", "call_id": "a", "name": "look", "arguments": "{\"at\":1}" },
        { "type": "custom_tool_call", "call_id": "b", "name": "patch", "input": "+ \"x\"" },
        { "type": "function_call_output", "call_id": "a", "output": "sun" },
        { "type": "custom_tool_call_output", "call_id": "b", "output": [{ "type": "input_text", "text": "done" }] },
        { "type": "message", "role": "assistant", "content": [{ "type": "refusal", "refusal": "no" }] },
        { "type": "message", "role": "assistant", "content": "more" }
    ]));
    let roles: Vec<Role> = messages.iter().map(|message| message.role).collect();
    use Role::{Assistant, Developer, Tool, User};
    assert_eq!(roles, [Developer, User, Assistant, Tool, Tool, Assistant, Assistant]);
    let turn = &messages[2];
    assert_eq!((words(turn), turn.reasoning.as_deref()), ("Looking.", Some("two calls")));
    let calls: Vec<_> = turn.tool_calls.iter().map(|c| (&*c.id, &*c.name, &*c.arguments)).collect();
    assert_eq!(calls, [("a", "look", "{\"at\":1}"), ("b", "patch", r#"{"input":"+ \"x\""}"#)]);
    assert_eq!((words(&messages[3]), messages[3].tool_call_id.as_deref()), ("sun", Some("a")));
    assert_eq!((words(&messages[4]), messages[4].tool_call_id.as_deref()), ("done", Some("b")));
    assert_eq!(messages[5].content, Content::Parts(vec![Part::Refusal("no".into())]));
}

#[test]
fn sealed_thoughts_travel_as_they_are() {
    let ours = r#"[{"type":"reasoning.text","text":"hm","signature":"s"}]"#;
    let input = |sealed: &str| {
        json!([{ "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": sealed },
               { "role": "assistant", "content": "x" }])
    };
    let typed = |sealed: &str| turns(&input(sealed))[0].reasoning_details.clone().unwrap();
    assert_eq!(typed(ours).as_json(), ours);
    let foreign: Value = serde_json::from_str(typed("gAAA").as_json()).unwrap();
    let expected = json!([{ "type": "reasoning.encrypted", "data": "gAAA", "id": "rs_1",
                            "format": "openai-responses-v1", "index": 0 }]);
    assert_eq!(foreign, expected);
    let alone = json!([{ "type": "reasoning", "summary": [{ "type": "summary_text", "text": "hm" }] },
                       { "role": "user", "content": "x" }]);
    let asked = ask(&json!({ "input": alone }));
    assert_eq!(
        (asked.request.messages.len(), asked.request.dropped.as_slice()),
        (1, &["input.reasoning".to_owned()][..])
    );
}

#[test]
fn pictures_documents_and_sound_cross() {
    let messages = turns(&json!([{ "role": "user", "content": [
        { "type": "input_text", "text": "what?" },
        { "type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low" },
        { "type": "input_image", "image_url": { "url": "https://x.test/a.png" } },
        { "type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA" },
        { "type": "input_file", "file_url": "https://x.test/a.pdf" },
        { "type": "input_audio", "input_audio": { "data": "AA", "format": "wav" } }
    ] }]));
    let Content::Parts(parts) = &messages[0].content else { panic!("no parts") };
    let seen: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Part::Text { text, .. } => text.clone(),
            Part::Image { media: Media::Inline(_), detail, .. } => format!("inline {detail:?}"),
            Part::Image { media: Media::Remote(url), .. } => url.clone(),
            Part::File { file, .. } => file.as_json().to_owned(),
            Part::Audio { format, .. } => format.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        "what?",
        "inline Some(\"low\")",
        "https://x.test/a.png",
        r#"{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA"}"#,
        r#"{"file_data":"https://x.test/a.pdf"}"#,
        "wav",
    ];
    assert_eq!(seen, expected);
}

fn functions(request: &ChatRequest) -> Vec<(&str, Option<&str>)> {
    let tools = request.tools.iter();
    let described = tools.map(|tool| match tool {
        Tool::Function { name, description, .. } => (name.as_str(), description.as_deref()),
        Tool::Other(sealed) => panic!("{sealed:?}"),
    });
    described.collect()
}

#[test]
fn all_kinds_of_tools_become_functions_or_are_named() {
    let schema = json!({ "type": "object", "properties": {} });
    let asked = ask(&json!({
        "input": [{ "type": "function_call", "call_id": "c", "namespace": "mcp__git", "name": "log", "arguments": "{}" },
                  { "type": "function_call_output", "call_id": "c", "output": "-" }],
        "tools": [
            { "type": "function", "name": "run", "description": "Runs.", "parameters": schema, "strict": false },
            { "type": "function", "function": { "name": "nested" } },
            { "type": "custom", "name": "patch", "description": "Patches.",
              "format": { "type": "grammar", "syntax": "lark", "definition": "start: X" } },
            { "type": "namespace", "name": "mcp__git", "description": "Git.", "tools": [
                { "type": "function", "name": "log", "parameters": schema, "defer_loading": true }] },
            { "type": "web_search", "external_web_access": true }
        ],
        "tool_choice": "auto", "parallel_tool_calls": false
    }));
    let patch = "Patches.\n\nThe text in `input` must follow this lark grammar:\nstart: X";
    assert_eq!(
        functions(&asked.request),
        [("run", Some("Runs.")), ("nested", None), ("patch", Some(patch)), ("mcp__git__log", None)]
    );
    assert_eq!(asked.request.messages[0].tool_calls[0].name, "mcp__git__log");
    assert_eq!(
        asked.request.dropped,
        ["tools.defer_loading", "tools.namespace.description", "tools.web_search"]
    );
    let Echo::Responses(question) = &asked.echo else { panic!("no echo") };
    let repeated: Value = serde_json::from_str(question.given("tools").unwrap().as_json()).unwrap();
    assert_eq!(repeated.as_array().unwrap().len(), 4, "what is left out is not repeated");
    assert_eq!(
        repeated[1],
        json!({ "type": "function", "name": "nested", "description": null,
                                    "parameters": null, "strict": null })
    );
}

#[test]
fn a_choice_of_tools_keeps_its_meaning() {
    let tools = json!([{ "type": "function", "name": "a" }, { "type": "function", "name": "b" }]);
    let choose = |choice: Value| {
        ask(&json!({ "input": "x", "tools": tools, "tool_choice": choice })).request
    };
    for (choice, expected) in [
        (json!("auto"), ToolChoice::Auto),
        (json!("none"), ToolChoice::None),
        (json!("required"), ToolChoice::Required),
        (json!({ "type": "function", "name": "b" }), ToolChoice::Function("b".into())),
        (
            json!({ "type": "function", "function": { "name": "b" } }),
            ToolChoice::Function("b".into()),
        ),
    ] {
        assert_eq!(choose(choice).tool_choice, Some(expected));
    }
    let allowed = choose(json!({ "type": "allowed_tools", "mode": "required",
                                 "tools": [{ "type": "function", "name": "b" }] }));
    assert_eq!(functions(&allowed), [("b", None)]);
    assert_eq!(allowed.tool_choice, Some(ToolChoice::Required));
    let search = json!([{ "type": "web_search" }]);
    let offered = ask(&json!({ "input": "x", "tools": search, "tool_choice": "auto" }));
    assert_eq!(
        (offered.request.tool_choice, offered.request.dropped),
        (None, vec!["tools.web_search".to_owned()])
    );
    for demanded in [json!("required"), json!({ "type": "web_search" })] {
        let refusal = refused(&json!({ "input": "x", "tools": search, "tool_choice": demanded }));
        assert!(refusal.param.unwrap().starts_with("tool_choice"), "{}", refusal.message);
    }
}

#[test]
fn options_cross_and_are_repeated() {
    let schema = json!({ "type": "object" });
    let asked = ask(&json!({
        "input": "x", "max_output_tokens": 9, "temperature": 0.5, "top_p": 1, "user": "u", "seed": 4,
        "text": { "format": { "type": "json_schema", "name": "n", "schema": schema, "strict": true }, "verbosity": "low" },
        "reasoning": { "effort": "high", "summary": "auto" }, "metadata": { "a": "b" }, "store": true,
        "include": ["reasoning.encrypted_content", "message.output_text.logprobs", "file_search_call.results"],
        "truncation": "auto", "service_tier": "flex", "prompt_cache_key": "key", "client_metadata": {}, "odd": 1,
        "background": false, "previous_response_id": null
    }));
    let request = &asked.request;
    assert_eq!(request.max_output, Some(MaxOutput::CompletionTokens(9)));
    assert_eq!((request.sampling.temperature, request.sampling.seed), (Some(0.5), Some(4)));
    let Some(Format::JsonSchema(sealed)) = &request.format else { panic!("{:?}", request.format) };
    assert_eq!(sealed.as_json(), r#"{"name":"n","schema":{"type":"object"},"strict":true}"#);
    assert_eq!(&*request.extra[0].0, "verbosity");
    assert_eq!(request.reasoning.as_ref().unwrap().effort.as_deref(), Some("high"));
    assert_eq!((request.logprobs, request.routing.session.as_deref()), (Some(true), Some("key")));
    let dropped = ["include.file_search_call.results", "odd", "service_tier", "truncation"];
    assert_eq!(asked.request.dropped, dropped);
    let Echo::Responses(question) = &asked.echo else { panic!("no echo") };
    for (name, json) in [("temperature", "0.5"), ("metadata", "{\"a\":\"b\"}"), ("user", "\"u\"")] {
        assert_eq!(question.given(name).unwrap().as_json(), json);
    }
    assert!(
        ask(&json!({ "input": "x", "reasoning": { "summary": "auto" } }))
            .request
            .reasoning
            .is_none()
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (body, param, code) in [
        (json!({}), "input", "missing_required_parameter"),
        (json!({ "input": 7 }), "input", "invalid_type"),
        (json!({ "input": [] }), "input", "invalid_value"),
        (json!({ "input": [7] }), "input[0]", "invalid_type"),
        (
            json!({ "input": [{ "role": "tool", "content": "x" }] }),
            "input[0].role",
            "invalid_value",
        ),
        (
            json!({ "input": [{ "role": "user" }] }),
            "input[0].content",
            "missing_required_parameter",
        ),
        (
            json!({ "input": [{ "role": "user", "content": [{ "type": "odd" }] }] }),
            "input[0].content[0].type",
            "invalid_value",
        ),
        (
            json!({ "input": [{ "type": "item_reference", "id": "x" }] }),
            "input[0]",
            "invalid_value",
        ),
        (json!({ "input": [{ "type": "computer_call" }] }), "input[0].type", "invalid_value"),
        (
            json!({ "input": [{ "role": "user", "content": [{ "type": "input_image", "file_id": "f" }] }] }),
            "input[0].content[0].file_id",
            "invalid_value",
        ),
        (
            json!({ "input": [{ "type": "function_call", "call_id": "c", "name": "n" }] }),
            "input[0].arguments",
            "missing_required_parameter",
        ),
        (
            json!({ "input": "x", "previous_response_id": "resp_1" }),
            "previous_response_id",
            "invalid_value",
        ),
        (json!({ "input": "x", "conversation": { "id": "c" } }), "conversation", "invalid_value"),
        (json!({ "input": "x", "background": true }), "background", "invalid_value"),
        (json!({ "input": "x", "prompt": { "id": "p" } }), "prompt", "invalid_value"),
        (json!({ "input": "x", "temperature": "hot" }), "temperature", "invalid_type"),
        (
            json!({ "input": "x", "tools": [{ "type": "function" }] }),
            "tools[0].name",
            "missing_required_parameter",
        ),
        (
            json!({ "input": "x", "tools": [{ "type": "function", "name": "f", "parameters": [] }] }),
            "tools[0].parameters",
            "invalid_type",
        ),
        (
            json!({ "input": "x", "text": { "format": { "type": "json_schema", "name": "n" } } }),
            "text.format.schema",
            "missing_required_parameter",
        ),
        (json!({ "input": "x", "tool_choice": "maybe" }), "tool_choice", "invalid_value"),
    ] {
        let refusal = refused(&body);
        assert_eq!(
            (refusal.status, refusal.param.as_deref(), refusal.code),
            (400, Some(param), code),
            "{body}"
        );
    }
    let twice = read(br#"{"input":"x","input":"y"}"#).unwrap_err();
    assert_eq!(twice.code, "duplicate_parameter");
    let reference = refused(&json!({ "input": [{ "type": "item_reference", "id": "x" }] }));
    assert!(reference.message.contains("send the item itself"), "{}", reference.message);
    let kept = refused(&json!({ "input": "x", "previous_response_id": "r" })).message;
    assert!(kept.contains("send the whole input"), "{kept}");
}

#[test]
fn names_of_what_is_left_out_stay_few() {
    let mut body = json!({ "input": "x" });
    for at in 0..500 {
        body[format!("unknown{at}")] = json!(1);
    }
    body["with space"] = json!(1);
    body["x".repeat(1000)] = json!(1);
    let dropped = ask(&body).request.dropped;
    assert!(dropped.len() == 32 && dropped.iter().all(|name| name.starts_with("unknown")));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_json_panics(kind in "message|reasoning|function_call|custom_tool_call_output|x", value in json_values()) {
        let body = json!({ "input": [{ "type": kind, "role": "user", "content": value, "output": value,
                                       "summary": value, "call_id": "c", "name": "n", "arguments": value }],
                           "tools": [{ "type": "namespace", "name": "n", "tools": value }], "tool_choice": value });
        let _ = read(body.to_string().as_bytes());
    }
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z_]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("type|text|name|role", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
