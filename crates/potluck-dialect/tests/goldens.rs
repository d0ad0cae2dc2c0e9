//! Hand-written bytes and what becomes of them, to be read by people: `cargo insta review`.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read fails its test")]

use potluck_core::request::ChatRequest;
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Client, Dialect, Echo, Recipient, Stamp, StreamWriter, Target};

const DIALECT: Dialect = Dialect::OpenAi;

fn stamp() -> Stamp {
    Stamp { id: "gen-1".into(), created: 1_700_000_000, model: "provider/model".into() }
}

fn recipient(request: &ChatRequest) -> Recipient<'_> {
    Recipient { client: Client::Chat, stamp: stamp(), request, echo: &Echo::Nothing }
}

fn sent(body: &str, quirks: Quirks) -> String {
    let request = Client::Chat.read_request(body.as_bytes()).unwrap().request;
    let stream = request.stream == Some(true);
    let target =
        Target { model: "their/model", quirks, stream, max_output: Some(4096), context: 32_768 };
    let written = DIALECT.write_request(&request, &target);
    let value: serde_json::Value = serde_json::from_slice(&written.body).unwrap();
    let body = serde_json::to_string_pretty(&value).unwrap();
    format!("{body}\ndropped: {}", written.dropped.join(", "))
}

#[test]
fn an_agents_turn_for_many_providers() {
    let body = include_str!("goldens/requests/agent.json");
    for (provider, quirks) in [
        ("plain", Quirks::empty()),
        ("router", Quirk::ReasoningObject.into()),
        (
            "google",
            Quirk::KnownFieldsOnly
                | Quirk::DeveloperToSystem
                | Quirk::NoStoreMetadata
                | Quirk::NoLogitBias
                | Quirk::GoogleThoughtSignature,
        ),
        (
            "mistral",
            Quirk::RandomSeed
                | Quirk::ShortToolIds
                | Quirk::ToolChoiceAny
                | Quirk::NoTopK
                | Quirk::NoMinP
                | Quirk::NoLogitBias
                | Quirk::NoStreamOptions
                | Quirk::NoReasoningEffort
                | Quirk::NoStoreMetadata
                | Quirk::MaxTokensOnly,
        ),
        (
            "zai",
            Quirk::DeveloperToSystem
                | Quirk::MaxTokensOnly
                | Quirk::ThinkingType
                | Quirk::TemperatureToOne
                | Quirk::NoMessageName
                | Quirk::PlainToolSchema,
        ),
        (
            "cloudflare",
            Quirk::AlwaysMaxTokens
                | Quirk::MaxTokensOnly
                | Quirk::NullContentEmpty
                | Quirk::TextPartsJoined
                | Quirk::NoPenalties
                | Quirk::NoToolChoice
                | Quirk::ParallelToolCallsFalse
                | Quirk::JsonSchemaOnly,
        ),
    ] {
        insta::assert_snapshot!(format!("agent-{provider}"), sent(body, quirks));
    }
}

#[test]
fn three_turns_for_three_generations_of_gemini() {
    let body = include_str!("goldens/requests/three-turns.json");
    let request = Client::Chat.read_request(body.as_bytes()).unwrap().request;
    for model in ["gemini-3.5-flash", "gemini-2.5-pro", "gemma-4-31b-it"] {
        let (quirks, max_output) = (Quirks::empty(), None);
        let target = Target { model, quirks, stream: true, max_output, context: 32_768 };
        let written = Dialect::Gemini.write_request(&request, &target);
        let value: serde_json::Value = serde_json::from_slice(&written.body).unwrap();
        let body = serde_json::to_string_pretty(&value).unwrap();
        let path = Dialect::Gemini.chat_path(model, true);
        let sent = format!("{path}\n{body}\ndropped: {}", written.dropped.join(", "));
        insta::assert_snapshot!(format!("three-turns-{model}"), sent);
    }
}

#[test]
fn three_turns_for_cohere() {
    let body = include_str!("goldens/requests/three-turns.json");
    let request = Client::Chat.read_request(body.as_bytes()).unwrap().request;
    let (model, quirks, max_output) = ("command-a-plus-05-2026", Quirks::empty(), None);
    let target = Target { model, quirks, stream: true, max_output, context: 32_768 };
    let written = Dialect::Cohere.write_request(&request, &target);
    let value: serde_json::Value = serde_json::from_slice(&written.body).unwrap();
    let body = serde_json::to_string_pretty(&value).unwrap();
    let path = Dialect::Cohere.chat_path(model, true);
    let sent = format!("{path}\n{body}\ndropped: {}", written.dropped.join(", "));
    insta::assert_snapshot!("three-turns-cohere", sent);
}

#[test]
fn functions_go_out_as_tools() {
    let body = include_str!("goldens/requests/legacy.json");
    insta::assert_snapshot!("legacy", sent(body, Quirks::empty()));
}

#[test]
fn whole_answers() {
    for (name, body) in [
        ("thinking-parts", include_str!("goldens/answers/thinking-parts.json")),
        ("object-content", include_str!("goldens/answers/object-content.json")),
        ("calls-without-ids", include_str!("goldens/answers/calls-without-ids.json")),
    ] {
        let response = DIALECT.read_response(body.as_bytes(), Quirks::empty()).unwrap();
        let written = recipient(&ChatRequest::default()).write_response(&response);
        let value: serde_json::Value = serde_json::from_slice(&written).unwrap();
        insta::assert_snapshot!(name, serde_json::to_string_pretty(&value).unwrap());
    }
}

#[test]
fn streams() {
    for (name, body) in [
        ("empty-first-chunk", include_str!("goldens/streams/empty-first-chunk.sse")),
        ("usage-after-finish", include_str!("goldens/streams/usage-after-finish.sse")),
        ("call-in-one-chunk", include_str!("goldens/streams/call-in-one-chunk.sse")),
        ("broken-later", include_str!("goldens/streams/broken-later.sse")),
    ] {
        let (mut reader, mut events) = (DIALECT.stream_reader(Quirks::empty()), Vec::new());
        reader.push(body.as_bytes(), &mut events).unwrap();
        reader.finish(&mut events).unwrap();
        let include_usage = Some(name.starts_with("empty"));
        let request = ChatRequest { include_usage, ..ChatRequest::default() };
        let mut writer: StreamWriter = recipient(&request).stream_writer();
        let mut out = Vec::new();
        for event in &events {
            writer.write(event, &mut out);
        }
        writer.finish(&mut out);
        let out = String::from_utf8(out).unwrap();
        insta::assert_snapshot!(name, format!("{events:#?}\n\n{out}"));
    }
}
