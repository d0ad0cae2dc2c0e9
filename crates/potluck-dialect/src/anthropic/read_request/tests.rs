use potluck_core::request::{Content, Format, Media, Part, Role, Stop, Tool, ToolChoice};
use serde_json::{Value, json};

use crate::estimate;

fn read(body: &Value) -> potluck_core::request::ChatRequest {
    super::read(body.to_string().as_bytes()).unwrap()
}

fn refusal(body: &Value) -> (String, String) {
    let refusal = super::read(body.to_string().as_bytes()).unwrap_err();
    assert_eq!(refusal.status, 400);
    (refusal.param.unwrap_or_default(), refusal.message)
}

fn asking(content: Value) -> Value {
    json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]})
}

/// The second turn of a coding agent, with all that such agents were seen to send.
fn agent() -> Value {
    json!({
        "model": "free", "max_tokens": 32000, "stream": true,
        "system": [
            {"type": "text", "text": "x-anthropic-billing-header: cc_version=1"},
            {"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral"}},
        ],
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "<system-reminder>now</system-reminder>"},
                {"type": "text", "text": "list the files", "cache_control": {"type": "ephemeral"}}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "I should look.", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "b3Bh"},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}},
                {"type": "tool_use", "id": "toolu_2", "name": "Read", "input": {}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a.rs"},
                {"type": "tool_result", "tool_use_id": "toolu_2", "is_error": true,
                 "content": [{"type": "text", "text": "no file"}], "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": "go on"}]},
            {"role": "system", "content": "The tools are as before."},
        ],
        "tools": [{"name": "Bash", "description": "Runs.", "input_schema": {"type": "object"}},
                  {"type": "custom", "name": "Read", "input_schema": {"type": "object"}, "strict": true}],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
        "thinking": {"type": "adaptive"}, "output_config": {"effort": "high"},
        "metadata": {"user_id": "{\"device\":1}"},
        "context_management": {"edits": []},
        "temperature": 1, "stop_sequences": ["###"],
    })
}

#[test]
fn an_agent_s_turn_is_read_whole() {
    let request = read(&agent());
    let roles: Vec<Role> = request.messages.iter().map(|message| message.role).collect();
    use Role::{Assistant, System, Tool as Answer, User};
    assert_eq!(roles, [System, User, Assistant, Answer, Answer, User, System]);
    insta::assert_debug_snapshot!(request.messages[2]);
    assert_eq!(request.messages[4].content, Content::Text("no file".into()));
    assert_eq!(request.messages[4].tool_call_id.as_deref(), Some("toolu_2"));
    assert_eq!(request.dropped, ["context_management"]);
    assert_eq!(request.tool_choice, Some(ToolChoice::Auto));
    assert_eq!(request.parallel_tool_calls, Some(false));
    assert_eq!(request.stop, Some(Stop::Many(vec!["###".into()])));
    let reasoning = request.reasoning.unwrap();
    assert_eq!((reasoning.enabled, reasoning.effort.as_deref()), (Some(true), Some("high")));
    assert!(
        matches!(&request.tools[1], Tool::Function { name, strict: Some(true), .. } if name == "Read")
    );
}

#[test]
fn what_only_this_dialect_knows_reaches_no_other() {
    let body = agent();
    let request = read(&body);
    let target = crate::Target {
        model: "m",
        quirks: crate::quirk::Quirks::empty(),
        stream: true,
        max_output: None,
        context: 100_000,
    };
    let written = crate::Dialect::OpenAi.write_request(&request, &target);
    let sent: Value = serde_json::from_slice(&written.body).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&sent).unwrap());
}

#[test]
fn pictures_and_documents_become_what_others_take() {
    let request = read(&asking(json!([
        {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AA=="}},
        {"type": "image", "source": {"type": "url", "url": "https://x/a.png"}},
        {"type": "document", "title": "T", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}},
        {"type": "document", "source": {"type": "url", "url": "https://x/a.pdf"}},
        {"type": "document", "title": "Notes", "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
        {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "more"}]}},
        {"type": "search_result", "source": "https://x", "title": "Found", "content": [{"type": "text", "text": "it"}]},
    ])));
    let Content::Parts(parts) = &request.messages[0].content else { panic!("no parts") };
    let data = Media::Inline("data:image/jpeg;base64,AA==".into());
    assert!(matches!(&parts[0], Part::Image { media, .. } if *media == data));
    assert!(
        matches!(&parts[1], Part::Image { media: Media::Remote(url), .. } if url == "https://x/a.png")
    );
    insta::assert_debug_snapshot!(&parts[2..]);
}

#[test]
fn tools_and_forms_are_read() {
    let mut body = asking(json!("hi"));
    for (choice, read_as) in [
        (json!({"type": "any"}), ToolChoice::Required),
        (json!({"type": "none"}), ToolChoice::None),
        (json!({"type": "tool", "name": "f"}), ToolChoice::Function("f".into())),
    ] {
        body["tool_choice"] = choice;
        assert_eq!(read(&body).tool_choice, Some(read_as));
    }
    for field in ["output_format", "output_config"] {
        let form = json!({"type": "json_schema", "schema": {"type": "object"}});
        let mut body = asking(json!("hi"));
        body[field] = if field == "output_config" { json!({"format": form}) } else { form };
        let Some(Format::JsonSchema(sealed)) = read(&body).format else { panic!("no schema") };
        assert_eq!(sealed.as_json(), r#"{"name":"answer","schema":{"type":"object"}}"#);
    }
    let mut thinking = asking(json!("hi"));
    thinking["thinking"] = json!({"type": "enabled", "budget_tokens": 2048, "display": "omitted"});
    let reasoning = read(&thinking).reasoning.unwrap();
    assert_eq!((reasoning.max_tokens, reasoning.exclude), (Some(2048), Some(true)));
    thinking["thinking"] = json!({"type": "disabled"});
    assert_eq!(read(&thinking).reasoning.unwrap().enabled, Some(false));
}

#[test]
fn what_cannot_be_done_is_refused_with_its_place_and_its_reason() {
    let with = |key: &str, value: Value| {
        let mut body = asking(json!("hi"));
        body[key] = value;
        body
    };
    for (body, param, words) in [
        (json!([]), "body", "must be an object"),
        (json!({"model": "m"}), "messages", "is required"),
        (with("messages", json!([])), "messages", "at least one"),
        (with("messages", json!([{"role": "tool", "content": ""}])), "messages[0].role", "must be"),
        (with("messages", json!([{"role": "user"}])), "messages[0].content", "is required"),
        (asking(json!(3)), "messages[0].content", "a string or an array of blocks, not a number"),
        (asking(json!([{"type": "text"}])), "messages[0].content[0].text", "is required"),
        (asking(json!([{"type": "hologram"}])), "messages[0].content[0].type", "no kind of block"),
        (
            asking(json!([{"type": "image", "source": {"type": "file", "file_id": "f"}}])),
            "messages[0].content[0].source",
            "kept at Anthropic",
        ),
        (
            asking(json!([{"type": "tool_result", "content": "x"}])),
            "messages[0].content[0].tool_use_id",
            "is required",
        ),
        (with("max_tokens", json!(0)), "max_tokens", "from 1"),
        (
            with("tools", json!([{"type": "web_search_20250305", "name": "web_search"}])),
            "tools[0].type",
            "no free model has it",
        ),
        (with("tools", json!([{"name": ""}])), "tools[0].name", "must not be empty"),
        (with("tool_choice", json!({"type": "tool"})), "tool_choice.name", "is required"),
        (with("thinking", json!({"type": "enabled"})), "thinking.budget_tokens", "is required"),
        (with("mcp_servers", json!([{}])), "mcp_servers", "no free model does"),
        (with("output_format", json!({"type": "xml"})), "output_format.type", "json_schema"),
    ] {
        let (at, message) = refusal(&body);
        assert_eq!(at, param, "{message}");
        assert!(message.contains(words), "{message}");
    }
    let twice = super::read(br#"{"messages":[],"messages":[]}"#).unwrap_err();
    assert_eq!(twice.code, "duplicate_parameter");
    assert_eq!(super::read(b"{\"messages\": [").unwrap_err().code, "invalid_json");
}

#[test]
fn a_role_may_stand_behind_its_words() {
    let body = br#"{"messages":[{"content":[{"type":"tool_use","id":"a","name":"f","input":{}}],"role":"assistant"},{"content":"x","role":"user"}]}"#;
    let request = super::read(body).unwrap();
    assert_eq!(request.messages[0].tool_calls[0].name, "f");
    assert_eq!(request.messages[1].content, Content::Text("x".into()));
}

#[test]
fn the_estimate_counts_what_agents_send() {
    let words = "word ".repeat(16_000);
    let small = estimate::prompt_tokens(&read(&agent()));
    let mut large = agent();
    large["system"][1]["text"] = words.into();
    let large = estimate::prompt_tokens(&read(&large));
    assert!(small > 100 && large > small + 16_000, "{small}, {large}");
}
