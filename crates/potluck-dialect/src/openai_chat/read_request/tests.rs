use potluck_core::request::{
    Content, Format, MaxOutput, Measure, Media, Part, Role, Routing, Stop, Tool, ToolChoice,
};

use super::*;

fn read(body: &[u8]) -> Result<ChatRequest, Refusal> {
    super::read(body).map(|asked| asked.request)
}

fn refused(body: &str) -> Refusal {
    read(body.as_bytes()).unwrap_err()
}

/// A request with one more field.
fn with(field: &str) -> String {
    format!(r#"{{"model":"free","messages":[{{"role":"user","content":"hi"}}],{field}}}"#)
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (body, code, param) in [
        ("{}", "missing_required_parameter", "messages"),
        (r#"{"messages":[]}"#, "invalid_value", "messages"),
        (r#"{"messages":{}}"#, "invalid_type", "messages"),
        (r#"{"messages":null}"#, "invalid_value", "messages"),
        (r#"{"messages":["x"]}"#, "invalid_type", "messages[0]"),
        (r#"{"messages":[{"content":"x"}]}"#, "missing_required_parameter", "messages[0].role"),
        (r#"{"messages":[{"role":"boss","content":"x"}]}"#, "invalid_value", "messages[0].role"),
        (r#"{"messages":[{"role":7,"content":"x"}]}"#, "invalid_type", "messages[0].role"),
        (r#"{"messages":[{"role":"user"}]}"#, "missing_required_parameter", "messages[0].content"),
        (r#"{"messages":[{"role":"user","content":null}]}"#, "invalid_type", "messages[0].content"),
        (r#"{"messages":[{"role":"user","content":7}]}"#, "invalid_type", "messages[0].content"),
        (
            r#"{"messages":[{"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":7}]}]}"#,
            "invalid_type",
            "messages[1].content[0].text",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}"#,
            "missing_required_parameter",
            "messages[0].content[0].image_url.url",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"text":"a"}]}]}"#,
            "missing_required_parameter",
            "messages[0].content[0].type",
        ),
        (r#"{"model":7,"messages":[]}"#, "invalid_type", "model"),
        (r#"{"model":"a","model":"b"}"#, "duplicate_parameter", "model"),
        ("[]", "invalid_type", "body"),
    ] {
        let refusal = refused(body);
        assert_eq!((refusal.status, refusal.code), (400, code), "{body}: {}", refusal.message);
        assert_eq!(refusal.param.as_deref(), Some(param), "{body}");
    }
}

#[test]
fn fields_of_a_wrong_kind_are_named() {
    for (field, param) in [
        (r#""temperature":"hot""#, "temperature"),
        (r#""max_tokens":0"#, "max_tokens"),
        (r#""max_tokens":1.5"#, "max_tokens"),
        (r#""n":0"#, "n"),
        (r#""stop":7"#, "stop"),
        (r#""stop":["a",7]"#, "stop[1]"),
        (r#""stream":"yes""#, "stream"),
        (r#""stream_options":{"include_usage":1}"#, "stream_options.include_usage"),
        (r#""seed":9223372036854775808"#, "seed"),
        (r#""tools":{}"#, "tools"),
        (r#""tools":[{"type":"function"}]"#, "tools[0].function"),
        (r#""tools":[{"type":"function","function":{}}]"#, "tools[0].function.name"),
        (r#""tools":[{"type":"function","function":{"name":""}}]"#, "tools[0].function.name"),
        (
            r#""tools":[{"type":"function","function":{"name":"f","parameters":[]}}]"#,
            "tools[0].function.parameters",
        ),
        (r#""tool_choice":"maybe""#, "tool_choice"),
        (r#""tool_choice":{"type":"function"}"#, "tool_choice.function.name"),
        (r#""response_format":"json""#, "response_format"),
        (r#""response_format":{"type":"json_schema"}"#, "response_format.json_schema"),
        (r#""logit_bias":[]"#, "logit_bias"),
        (r#""reasoning":"high""#, "reasoning"),
        (r#""reasoning":{"effort":3}"#, "reasoning.effort"),
        (r#""provider":{"only":7}"#, "provider.only"),
        (r#""provider":{"data_collection":"maybe"}"#, "provider.data_collection"),
        (r#""provider":{"zdr":true}"#, "provider.zdr"),
        (r#""provider":{"quantizations":["fp8"]}"#, "provider.quantizations"),
        (r#""models":[7]"#, "models[0]"),
    ] {
        assert_eq!(refused(&with(field)).param.as_deref(), Some(param), "{field}");
    }
}

#[test]
fn broken_json_is_told_by_its_position() {
    let refusal = refused("{\n  \"model\": \"é\" \"x\"\n}");
    assert_eq!(refusal.code, "invalid_json");
    assert_eq!(
        refusal.message,
        "The body is not valid JSON: expected `,` or `}` at line 2, column 16 (byte 18)."
    );
    let refusal = read(b"{\"model\":\"\xff\"}").unwrap_err();
    assert_eq!(
        refusal.message,
        "The body is not valid JSON: bytes that are not UTF-8 at line 1, column 11 (byte 10)."
    );
    let deep = with(&format!("\"x\":{}{}", "[".repeat(200), "]".repeat(200)));
    assert!(refused(&deep).message.contains("nesting deeper than 128 levels"));
    assert_eq!(refused("").code, "invalid_json");
}

#[test]
fn the_conversation_is_read() {
    let body = r#"{"messages":[
        {"role":"developer","content":"be brief"},
        {"role":"user","name":"Ann","id":"m1","content":[
            {"type":"text","text":"look","cache_control":{"type":"ephemeral"}},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}},
            {"type":"image_url","image_url":{"url":"https://example.com/a.png"}},
            {"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}},
            {"type":"file","file":{"filename":"a.pdf","file_data":"data:;base64,AA=="}},
            {"type":"video_url","video_url":{"url":"https://example.com/a.mp4"}},
            {"type":"hologram","hologram":1}]},
        {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[
            {"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"7"}]}"#;
    let request = read(body.as_bytes()).unwrap();
    assert!(!request.reshaped);
    let [system, user, assistant, tool] = &request.messages[..] else { panic!("four messages") };
    assert_eq!(
        (system.role, &system.content),
        (Role::Developer, &Content::Text("be brief".into()))
    );
    assert_eq!(user.name.as_deref(), Some("Ann"));
    assert_eq!(&*user.extra[0].0, "id");
    let Content::Parts(parts) = &user.content else { panic!("parts") };
    assert!(matches!(&parts[0], Part::Text { extra, .. } if &*extra[0].0 == "cache_control"));
    assert!(
        matches!(&parts[1], Part::Image { media: Media::Inline(_), detail: Some(low), .. } if low == "low")
    );
    assert!(matches!(&parts[2], Part::Image { media: Media::Remote(_), detail: None, .. }));
    assert!(matches!(&parts[3], Part::Audio { format, .. } if format == "wav"));
    assert!(matches!(&parts[4], Part::File { .. }));
    assert!(matches!(&parts[5], Part::Video { media: Media::Remote(_), .. }));
    assert!(matches!(&parts[6], Part::Other(_)));
    assert_eq!((&assistant.content, assistant.reasoning.as_deref()), (&Content::Null, Some("hm")));
    assert_eq!(assistant.tool_calls[0].name, "f");
    assert_eq!(tool.tool_call_id.as_deref(), Some("c1"));
}

#[test]
fn the_options_are_read() {
    let request = read(
        with(
            r#""models":["a","b"],"tools":[{"type":"function","function":{"name":"f","strict":true,
            "parameters":{"type":"object"}}},{"type":"web_search"}],"tool_choice":"any","stop":["x"],
            "max_tokens":5,"max_completion_tokens":6,"seed":-1,"n":2,"top_k":40,"stream":true,
            "stream_options":{"include_usage":true,"include_obfuscation":false},
            "response_format":{"type":"json_schema","json_schema":{"name":"s"}},
            "reasoning":{"effort":"low","exclude":true},"store":true,"temperature":null,"user":"u",
            "provider":{"only":["groq"],"order":["a"],"ignore":["b"],"allow_fallbacks":false,
            "require_parameters":true,"data_collection":"deny","sort":"price"},"session_id":"s",
            "transforms":["middle-out"],"usage":{"include":true}"#,
        )
        .as_bytes(),
    )
    .unwrap();
    assert_eq!(request.models, ["free", "a", "b"]);
    assert!(matches!(
        &request.tools[..],
        [Tool::Function { strict: Some(true), .. }, Tool::Other(_)]
    ));
    assert_eq!(request.tool_choice, Some(ToolChoice::Required));
    assert_eq!(request.stop, Some(Stop::Many(vec!["x".into()])));
    assert_eq!(request.max_output, Some(MaxOutput::CompletionTokens(6)));
    assert_eq!((request.sampling.seed, request.sampling.top_k), (Some(-1), Some(40.0)));
    assert_eq!(
        (request.choices, request.stream, request.include_usage),
        (Some(2), Some(true), Some(true))
    );
    assert_eq!(&*request.stream_extra[0].0, "include_obfuscation");
    assert!(matches!(request.format, Some(Format::JsonSchema(_))));
    let reasoning = request.reasoning.unwrap();
    assert_eq!((reasoning.effort.as_deref(), reasoning.exclude), (Some("low"), Some(true)));
    assert!(reasoning.as_object);
    assert_eq!(request.sampling.temperature, None);
    let names: Vec<&str> = request.extra.iter().map(|(key, _)| &**key).collect();
    assert_eq!(names, ["store"]);
    let routing = request.routing;
    assert_eq!(
        (routing.only, routing.order, routing.ignore),
        (vec!["groq".into()], vec!["a".into()], vec!["b".into()])
    );
    assert_eq!((routing.allow_fallbacks, routing.require_parameters), (Some(false), Some(true)));
    assert!(routing.deny_training);
    assert_eq!(routing.session.as_deref(), Some("s"));
}

#[test]
fn the_short_forms_of_reasoning_are_read() {
    let read = |field: &str| read(with(field).as_bytes()).unwrap().reasoning;
    let effort = read(r#""reasoning_effort":"high""#).unwrap();
    assert_eq!((effort.effort.as_deref(), effort.as_object), (Some("high"), false));
    assert_eq!(read(r#""include_reasoning":false"#).unwrap().exclude, Some(true));
    assert_eq!(read(r#""include_reasoning":true"#), None);
}

#[test]
fn functions_are_read_as_tools() {
    let body = r#"{"functions":[{"name":"f","parameters":{}}],"function_call":{"name":"f"},"messages":[
        {"role":"user","content":"x"},
        {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
        {"role":"function","name":"f","content":"7"}]}"#;
    let request = read(body.as_bytes()).unwrap();
    assert!(request.reshaped);
    assert!(matches!(&request.tools[0], Tool::Function { name, .. } if name == "f"));
    assert_eq!(request.tool_choice, Some(ToolChoice::Function("f".into())));
    let [_, assistant, answer] = &request.messages[..] else { panic!("three messages") };
    assert_eq!(assistant.tool_calls[0].id, "call_legacy_0");
    assert_eq!((answer.role, answer.tool_call_id.as_deref()), (Role::Tool, Some("call_legacy_0")));
}

#[test]
fn no_limit_is_no_limit() {
    assert_eq!(read(with(r#""max_tokens":-1"#).as_bytes()).unwrap().max_output, None);
}

fn routing(field: &str) -> Routing {
    read(with(field).as_bytes()).unwrap().routing
}

#[test]
fn wishes_to_the_router_that_are_not_followed_are_named() {
    for (field, ignored) in [
        (
            r#""plugins":[{"id":"response-healing"},{"id":"auto-router","cost_tier":"low"}]"#,
            &["plugins.response-healing", "plugins.auto-router"][..],
        ),
        (r#""plugins":[{"id":"web","enabled":false}]"#, &[]),
        (r#""plugins":[{"id":"auto-router","allowed_models":[]}]"#, &["plugins.auto-router"]),
        (r#""transforms":["middle-out"]"#, &["transforms"]),
        (r#""transforms":[]"#, &[]),
        (r#""route":"fallback","usage":{"include":true},"trace":{"a":1}"#, &[]),
        (r#""route":"sort","debug":{"echo_upstream_body":true}"#, &["route", "debug"]),
        (
            r#""provider":{"preferred_max_latency":2,"max_price":{"prompt":"0"}}"#,
            &["provider.preferred_max_latency"],
        ),
    ] {
        assert_eq!(routing(field).ignored, ignored, "{field}");
    }
}

#[test]
fn what_would_change_the_answer_is_refused() {
    for (field, param) in [
        (r#""plugins":[{"id":"web"}]"#, "plugins[0]"),
        (r#""plugins":[{"id":"response-healing"},{"id":"moderation"}]"#, "plugins[1]"),
        (r#""plugins":[{"id":"fusion"}]"#, "plugins[0]"),
        (r#""plugins":[{"id":"auto-router","allowed_models":["a/*"]}]"#, "plugins[0]"),
        (r#""plugins":[{"enabled":true}]"#, "plugins[0].id"),
        (r#""plugins":"web""#, "plugins"),
        (r#""web_search_options":{}"#, "web_search_options"),
        (r#""preset":"comedian""#, "preset"),
        (r#""models":["a","b:online"]"#, "model"),
        (r#""tools":[{"type":"openrouter:web_search"}]"#, "tools[0].type"),
        (r#""provider":{"sort":"price-ish"}"#, "provider.sort"),
        (r#""provider":{"sort":{"by":7}}"#, "provider.sort.by"),
    ] {
        let refusal = refused(&with(field));
        assert_eq!((refusal.status, refusal.param.as_deref()), (400, Some(param)), "{field}");
    }
}

#[test]
fn the_best_first_may_be_asked_for_in_three_ways() {
    let sort = |by, across_names| Some(Sort { by, across_names });
    for (field, expected) in [
        (r#""provider":{"sort":"throughput"}"#, sort(Measure::Throughput, false)),
        (
            r#""provider":{"sort":{"by":"latency","partition":"none"}}"#,
            sort(Measure::Latency, true),
        ),
        (r#""provider":{"sort":"exacto"}"#, sort(Measure::Success, false)),
        (r#""provider":{"sort":"price"}"#, None),
        (r#""models":["a:nitro"]"#, sort(Measure::Throughput, false)),
        (r#""models":["a:exacto"],"provider":{"sort":"latency"}"#, sort(Measure::Latency, false)),
        (r#""models":["a:floor","b:free"]"#, None),
    ] {
        assert_eq!(routing(field).sort, expected, "{field}");
    }
}
