//! What clients ask and are given.

use std::sync::Arc;
use std::time::Duration;

use potluck_core::request::{ChatRequest, Content, Format, MaxOutput, Part, Role};
use potluck_core::response::StreamEvent;
use potluck_core::verdict::Refusal;
use serde_json::{Value, json};

use crate::client::Stopwatch;
use crate::quirk::Quirks;
use crate::{Client, Dialect, Echo, Recipient, Stamp, Target};

fn read(client: Client, body: &Value) -> Result<ChatRequest, Refusal> {
    client.read_request(body.to_string().as_bytes()).map(|asked| asked.request)
}

fn generate(body: Value) -> Result<ChatRequest, Refusal> {
    read(Client::OllamaGenerate, &body)
}

#[derive(Debug)]
struct Stopped;

impl Stopwatch for Stopped {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(1_500)
    }
}

fn stamp() -> Stamp {
    Stamp { id: "gen-1".into(), created: 1_700_000_000, model: "p/m".into() }
}

fn lines(client: Client, events: &[StreamEvent], echo: &Echo) -> Vec<Value> {
    let request = ChatRequest::default();
    let recipient = Recipient { client, stamp: stamp(), request: &request, echo };
    let (mut writer, mut out) = (recipient.stream_writer(), Vec::new());
    events.iter().for_each(|event| writer.write(event, &mut out));
    writer.finish(&mut out);
    let out = String::from_utf8(out).unwrap();
    assert!(out.ends_with('\n') && !out.contains("\n\n"), "{out}");
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn call(index: u32, name: Option<&str>, arguments: &str) -> StreamEvent {
    StreamEvent::ToolCall {
        choice: 0,
        index,
        id: name.map(|_| format!("c{index}")),
        name: name.map(str::to_owned),
        arguments: arguments.to_owned(),
        extra: Vec::new(),
    }
}

#[test]
fn a_stream_is_given_unless_it_is_declined() {
    let messages = json!([{ "role": "user", "content": "x" }]);
    let streams = |body: Value| read(Client::OllamaChat, &body).unwrap().stream;
    assert_eq!(streams(json!({ "model": "m", "messages": messages })), Some(true));
    assert_eq!(streams(json!({ "messages": messages, "stream": null })), Some(true));
    assert_eq!(streams(json!({ "messages": messages, "stream": false })), Some(false));
}

#[test]
fn options_are_read_and_those_for_a_server_of_ones_own_are_named() {
    let request = generate(json!({
        "model": "m", "prompt": "x", "system": "Be brief.", "keep_alive": "5m", "template": "", "context": [],
        "images": ["/9j/4AAQ"], "format": "json", "raw": false, "suffix": "",
        "options": { "num_predict": -1, "num_ctx": 2048, "mirostat": 1, "temperature": 0.25, "stop": ["a"] },
    }))
    .unwrap();
    assert_eq!(request.dropped, ["keep_alive", "options.mirostat"]);
    assert_eq!((request.max_output, request.sampling.temperature), (None, Some(0.25)));
    assert_eq!((&request.format, request.messages.len()), (&Some(Format::JsonObject), 2));
    let Content::Parts(parts) = &request.messages[1].content else { panic!("no picture") };
    let [Part::Text { .. }, Part::Image { media, .. }] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!(media.url(), "data:image/jpeg;base64,/9j/4AAQ");
    let limited = generate(json!({ "prompt": "x", "options": { "num_predict": 9 } })).unwrap();
    assert_eq!(limited.max_output, Some(MaxOutput::Tokens(9)));
}

#[test]
fn names_of_what_cannot_cross_are_told_and_ollama_itself_is_given_all() {
    let body = json!({
        "model": "m", "keep_alive": 0, "options": { "mirostat": 1, "num_ctx": 20_000 },
        "messages": [{ "role": "user", "content": "x" }],
    })
    .to_string();
    let request = Client::OllamaChat.read_request(body.as_bytes()).unwrap().request;
    let target = Target {
        model: "theirs",
        quirks: Quirks::empty(),
        stream: true,
        max_output: None,
        context: 100_000,
    };
    assert_eq!(request.dropped, ["keep_alive", "options.mirostat"]);
    let here = Dialect::Ollama.forward_request(body.as_bytes(), &request, &target).unwrap();
    let sent: Value = serde_json::from_slice(&here.body).unwrap();
    assert_eq!((&sent["keep_alive"], &sent["model"]), (&json!(0), &json!("theirs")));
    assert_eq!(sent["options"], json!({ "num_ctx": 32_768, "mirostat": 1 }));
    assert!(here.dropped.is_empty());
}

#[test]
fn what_cannot_cross_is_never_forwarded() {
    let strict = json!({ "type": "function", "function": { "name": "f", "strict": true } });
    let search = json!({ "type": "web_search" });
    let ann = json!({ "role": "user", "content": "x", "name": "ann" });
    let plain = json!({ "role": "user", "content": "x" });
    for (tools, message, lost) in [
        (json!([search]), &plain, "tools"),
        (json!([strict]), &plain, "tools.function.strict"),
        (json!([]), &ann, "messages.name"),
    ] {
        let body = json!({ "model": "m", "tools": tools, "messages": [message] }).to_string();
        let request = Client::OllamaChat.read_request(body.as_bytes()).unwrap().request;
        let target = Target {
            model: "theirs",
            quirks: Quirks::empty(),
            stream: true,
            max_output: None,
            context: 1000,
        };
        assert!(Dialect::Ollama.forward_request(body.as_bytes(), &request, &target).is_none());
        let written = Dialect::Ollama.write_request(&request, &target);
        assert_eq!(written.dropped, [lost]);
    }
}

#[test]
fn a_gap_is_asked_for_by_instruction_and_what_cannot_be_had_is_refused() {
    let request = generate(json!({ "prompt": "fn a() {", "suffix": "}", "raw": true })).unwrap();
    assert_eq!(request.messages[0].role, Role::System);
    let Content::Text(question) = &request.messages[1].content else { panic!("no text") };
    assert_eq!(question, "<before>fn a() {</before>\n<after>}</after>");
    let raw = generate(json!({ "prompt": "x", "raw": true })).unwrap_err();
    assert_eq!((raw.status, raw.param.as_deref()), (400, Some("raw")));
    let context = generate(json!({ "prompt": "x", "context": [1, 2] })).unwrap_err();
    assert_eq!(context.param.as_deref(), Some("context"));
}

#[test]
fn a_request_without_words_wants_a_model_to_be_ready() {
    for (client, body) in [
        (Client::OllamaGenerate, json!({ "model": "m" })),
        (Client::OllamaChat, json!({ "model": "m", "messages": [] })),
    ] {
        let request = read(client, &body).unwrap();
        let ready: Value =
            serde_json::from_slice(&client.write_ready(&request, &stamp()).unwrap()).unwrap();
        assert_eq!((&ready["done"], &ready["done_reason"]), (&json!(true), &json!("load")));
    }
    let asked = generate(json!({ "prompt": "x" })).unwrap();
    assert_eq!(Client::OllamaGenerate.write_ready(&asked, &stamp()), None);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let wrong = |body: Value| read(Client::OllamaChat, &body).unwrap_err().param.unwrap();
    assert_eq!(wrong(json!({ "messages": [{ "content": "x" }] })), "messages[0].role");
    assert_eq!(
        wrong(json!({ "messages": [{ "role": "user", "content": 7 }] })),
        "messages[0].content"
    );
    assert_eq!(
        wrong(json!({ "messages": [], "options": { "temperature": "hot" } })),
        "options.temperature"
    );
    assert_eq!(wrong(json!({ "messages": [], "format": "yaml" })), "format");
    let twice = Client::OllamaChat.read_request(br#"{"stream":true,"stream":false}"#).unwrap_err();
    assert_eq!(twice.code, "duplicate_parameter");
    let broken = Client::OllamaChat.read_request(br#"{"messages":"#).unwrap_err();
    assert_eq!((broken.status, broken.code), (400, "invalid_json"));
    let body = Client::OllamaChat.write_refusal(&broken, "gen-1");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert!(body["error"].as_str().is_some_and(|text| text.contains("JSON")), "{body}");
}

#[test]
fn calls_come_whole_and_bear_nothing_but_their_function() {
    let events = [
        call(0, Some("add"), "{\"x\":\n"),
        call(0, None, " 1.50}"),
        call(1, Some("now"), ""),
        StreamEvent::Finish { choice: 0, reason: potluck_core::response::FinishReason::ToolCalls },
    ];
    let told = lines(Client::OllamaChat, &events, &Echo::Nothing);
    let calls: Vec<&Value> = told
        .iter()
        .flat_map(|line| line["message"]["tool_calls"].as_array().into_iter().flatten())
        .collect();
    assert_eq!(calls[0], &json!({ "function": { "name": "add", "arguments": { "x": 1.5 } } }));
    assert_eq!(calls[1], &json!({ "function": { "name": "now", "arguments": {} } }));
    let last = told.last().unwrap();
    assert_eq!((&last["done"], &last["done_reason"]), (&json!(true), &json!("stop")));
}

#[test]
fn broken_calls_and_broken_answers_are_told_as_a_line() {
    let told = lines(Client::OllamaChat, &[call(0, Some("add"), "{\"x\": ")], &Echo::Nothing);
    assert_eq!(told.len(), 1);
    assert!(told[0]["error"].as_str().unwrap().contains("add"), "{told:?}");
}

#[test]
fn the_last_line_has_times_that_were_measured_and_none_that_were_not() {
    let events = [StreamEvent::Text { choice: 0, text: "Hi".to_owned() }];
    let timed = lines(Client::OllamaGenerate, &events, &Echo::Timed(Arc::new(Stopped)));
    assert_eq!((&timed[0]["response"], &timed[0]["done"]), (&json!("Hi"), &json!(false)));
    assert_eq!(timed[0]["created_at"], "2023-11-14T22:13:20Z");
    assert_eq!(
        (&timed[1]["total_duration"], &timed[1]["load_duration"]),
        (&json!(1_500_000_000), &json!(0))
    );
    let untimed = lines(Client::OllamaGenerate, &events, &Echo::Nothing);
    assert_eq!(untimed[1].get("total_duration"), None);
    // A provider's own times are passed on.
    let (mut reader, mut events) = (Dialect::Ollama.stream_reader(Quirks::empty()), Vec::new());
    reader.push(super::CALLS.as_bytes(), &mut events).unwrap();
    let told = lines(Client::OllamaChat, &events, &Echo::Timed(Arc::new(Stopped)));
    let last = told.last().unwrap();
    assert_eq!((&last["total_duration"], &last["eval_count"]), (&json!(9), &json!(4)));
}
