//! What servers answered, given to clients that speak as they do.

use potluck_core::request::ChatRequest;
use potluck_dialect::bridge::{self, StreamBridge};
use potluck_dialect::quirk::Quirks;
use potluck_dialect::{Client, Contract, Dialect, Echo, Recipient, Stamp};
use potluck_testkit::recordings::{RecordedBody, Recording};

use crate::plain::Answer;
use crate::{check_each, compare, recorded};

fn recipient(request: &ChatRequest) -> Recipient<'_> {
    let (id, model) = ("gen-1".to_owned(), "provider/model".to_owned());
    Recipient {
        client: Client::OllamaChat,
        stamp: Stamp { id, created: 1_700_000_000, model },
        request,
        echo: &Echo::Nothing,
    }
}

#[test]
fn clients_of_ollama_are_told_what_was_said() {
    let Some(mut recordings) = recorded("clients_of_ollama_are_told_what_was_said") else { return };
    recordings.retain(|recording| {
        recording.dialect == "ollama-native" && recording.request.url.ends_with("/api/chat")
    });
    check_each("ollama-native, for its own clients", recordings.iter(), &[], |recording| {
        let (said, told) = both(recording)?;
        check_lines(&told)?;
        let mut said = super::read(&said);
        let mut told = super::read(&told);
        // A call bears no id towards clients.
        for answer in [&mut said, &mut told] {
            name_calls(answer);
        }
        compare::answers(&said, &told)
    });
}

fn both(recording: &Recording) -> Result<(String, String), String> {
    let request = ChatRequest::default();
    let recipient = recipient(&request);
    let (said, told) = match &recording.response.body {
        RecordedBody::Json(text) | RecordedBody::Text(text) => {
            let whole = bridge::whole(
                Dialect::Ollama,
                Quirks::empty(),
                &recipient,
                &Contract::default(),
                text.as_bytes(),
            );
            (text, whole.map_err(|bad| format!("read as {bad:?}"))?.body)
        }
        RecordedBody::Ndjson(text) => {
            let mut bridge = StreamBridge::new(Dialect::Ollama, Quirks::empty(), &recipient);
            let mut out = Vec::new();
            let pushed = bridge.push(text.as_bytes(), &mut out);
            let ended = pushed.and_then(|()| bridge.finish(&mut out));
            ended.map_err(|bad| format!("ended as {bad:?}"))?;
            (text, out)
        }
        other => return Err(format!("no answer: {other:?}")),
    };
    Ok((said.clone(), String::from_utf8(told).map_err(|error| error.to_string())?))
}

/// What the strictest clients demand of every line.
fn check_lines(told: &str) -> Result<(), String> {
    for line in told.lines() {
        let value: serde_json::Value =
            serde_json::from_str(line).map_err(|error| error.to_string())?;
        let message = &value["message"];
        let demands = [
            value["model"] == "provider/model",
            value["created_at"] == "2023-11-14T22:13:20Z",
            value["done"].is_boolean(),
            message["role"] == "assistant",
            message["content"].is_string(),
        ];
        let mut calls = message["tool_calls"].as_array().into_iter().flatten();
        let bare = calls.all(|call| call.as_object().is_some_and(|call| call.len() == 1));
        if !bare || demands.contains(&false) {
            return Err(format!("a line is not as clients demand: {line}"));
        }
    }
    Ok(())
}

fn name_calls(answer: &mut Answer) {
    for call in answer.choices.iter_mut().flat_map(|choice| &mut choice.calls) {
        "any".clone_into(&mut call.id);
    }
}
