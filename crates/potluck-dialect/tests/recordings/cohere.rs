//! An independent reading of Cohere's answers, version 2, in the terms of the one of OpenAI's. Version 1, in which
//! some were recorded, is another dialect, and not read.

mod requests;

use serde_json::{Value, json};

use crate::plain::{Answer, Choice};
use crate::recorded;

/// A whole answer: one document.
pub(super) fn whole(body: &str) -> Answer {
    let mut answer = Answer::default();
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        answer.broken = true;
        return answer;
    };
    if value["message"].is_string() {
        answer.error = true;
        return answer;
    }
    answer.choices.push(Choice::default());
    let choice = &mut answer.choices[0];
    let message = &value["message"];
    say(choice, message["content"].as_array().into_iter().flatten());
    choice.reasoning.push_str(message["tool_plan"].as_str().unwrap_or_default());
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        begin(choice, call, None);
    }
    let citations = message["citations"].as_array().into_iter().flatten();
    choice.annotations = citations.map(annotation).collect();
    end(&mut answer, &value);
    answer.finish()
}

/// A stream.
pub(super) fn stream(body: &str) -> Answer {
    let mut answer = Answer::default();
    for line in body.lines().filter_map(|line| line.strip_prefix("data:")) {
        match serde_json::from_str::<Value>(line) {
            Ok(event) => add(&mut answer, &event),
            Err(_) => answer.broken |= line.trim() != "[DONE]",
        }
    }
    answer.finish()
}

fn add(answer: &mut Answer, event: &Value) {
    if answer.choices.is_empty() {
        answer.choices.push(Choice::default());
    }
    let choice = &mut answer.choices[0];
    let message = &event["delta"]["message"];
    match event["type"].as_str().unwrap() {
        "content-start" | "content-delta" => say(choice, std::iter::once(&message["content"])),
        "tool-plan-delta" => choice.reasoning.push_str(message["tool_plan"].as_str().unwrap()),
        "tool-call-start" => begin(choice, &message["tool_calls"], event["index"].as_u64()),
        "tool-call-delta" => {
            let arguments = &message["tool_calls"]["function"]["arguments"];
            choice.call(event["index"].as_u64(), "", "", arguments);
        }
        "citation-start" => choice.annotations.push(annotation(&message["citations"])),
        "message-end" => end(answer, &event["delta"]),
        _ => {}
    }
}

fn say<'a>(choice: &mut Choice, parts: impl Iterator<Item = &'a Value>) {
    for part in parts {
        choice.text.push_str(part["text"].as_str().unwrap_or_default());
        choice.reasoning.push_str(part["thinking"].as_str().unwrap_or_default());
    }
}

fn begin(choice: &mut Choice, call: &Value, key: Option<u64>) {
    let function = &call["function"];
    let arguments = match function["arguments"].as_str().unwrap() {
        "null" => "",
        some => some,
    };
    let (id, name) = (call["id"].as_str().unwrap(), function["name"].as_str().unwrap());
    choice.call(key, id, name, &json!(arguments));
}

fn annotation(citation: &Value) -> Value {
    json!({"type": "citation", "citation": citation})
}

fn end(answer: &mut Answer, value: &Value) {
    let choice = &mut answer.choices[0];
    choice.finish = Some(
        match value["finish_reason"].as_str().unwrap() {
            "COMPLETE" | "STOP_SEQUENCE" => "stop",
            "MAX_TOKENS" => "length",
            "TOOL_CALL" => "tool_calls",
            _ => "error",
        }
        .to_owned(),
    );
    answer.error |= value["finish_reason"] == "ERROR";
    answer.done = true;
    let tokens = &value["usage"]["tokens"];
    if tokens.is_object() {
        let count = |value: &Value| value.as_u64().unwrap_or_default();
        let prompt = count(&tokens["input_tokens"]) + count(&tokens["image_tokens"]);
        let written = count(&tokens["output_tokens"]);
        let (cached, thoughts) =
            (count(&value["usage"]["cached_tokens"]), count(&tokens["reasoning_tokens"]));
        answer.usage = Some([prompt, written, prompt + written, cached, thoughts]);
    }
}

#[test]
fn version_1_is_not_taken_for_version_2() {
    use potluck_dialect::quirk::Quirks;
    use potluck_dialect::{BadAnswer, Dialect};
    let Some(recordings) = recorded("version_1_is_not_taken_for_version_2") else { return };
    let older = recordings.iter().filter(|recording| recording.dialect == "cohere-v1");
    crate::check_each("cohere-v1, another dialect", older, &[], |recording| {
        let body = recording.response.body.bytes();
        match Dialect::Cohere.read_response(body, Quirks::empty()) {
            Ok(answer) => Err(format!("read as {answer:?}")),
            Err(BadAnswer::ErrorInside(_)) if recording.response.status == 200 => {
                Err("read as an error".to_owned())
            }
            Err(_) => Ok(()),
        }
    });
}
