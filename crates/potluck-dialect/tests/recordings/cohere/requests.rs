//! Requests that Cohere accepted: read by this test into a client's request, written by potluck, and held against
//! what was sent.
//!
//! Both sides are put into one form first; what potluck says in another way on purpose, or no client can say, is
//! put into that way here, each with its reason.

use potluck_dialect::quirk::Quirks;
use potluck_dialect::{Client, Dialect, Target};
use potluck_testkit::recordings::Recording;
use serde_json::{Map, Value, json};

use crate::requests::same;
use crate::{check_each, recorded};

/// Requests that are written otherwise, and why.
const EXCEPTED: &[(&str, &str)] = &[];

fn was_accepted(recording: &Recording) -> bool {
    recording.dialect == "cohere-v2"
        && recording.response.status == 200
        && !recording.request.body.is_empty()
}

#[test]
fn accepted_requests_are_written_as_they_were_sent_to_cohere() {
    let test = "accepted_requests_are_written_as_they_were_sent_to_cohere";
    let Some(recordings) = recorded(test) else { return };
    let accepted = recordings.iter().filter(|recording| was_accepted(recording));
    check_each("cohere-v2, requests", accepted, EXCEPTED, |recording| {
        let mut sent: Value = serde_json::from_slice(&recording.request.body).unwrap();
        canonical(&mut sent);
        let asked = ask(&sent).to_string();
        let request =
            Client::Chat.read_request(asked.as_bytes()).map_err(|refusal| refusal.message)?.request;
        let target = Target {
            model: sent["model"].as_str().unwrap(),
            quirks: Quirks::empty(),
            stream: sent["stream"] == true,
            max_output: None,
            context: 1 << 20,
        };
        let written = Dialect::Cohere.write_request(&request, &target);
        if !written.dropped.is_empty() {
            return Err(format!("dropped {:?}", written.dropped));
        }
        same("", &sent, &serde_json::from_slice(&written.body).unwrap())
    });
}

/// What was sent, as potluck says the same.
fn canonical(body: &mut Value) {
    let fields = body.as_object_mut().unwrap();
    fields.retain(|_, value| !value.is_null());
    fields.entry("stream").or_insert(false.into());
    // A choice without tools says nothing.
    if !fields.contains_key("tools") {
        fields.shift_remove("tool_choice");
    }
    // The schema has an older name.
    if let Some(schema) = fields
        .get_mut("response_format")
        .and_then(|format| format.as_object_mut()?.shift_remove("schema"))
    {
        fields["response_format"]["json_schema"] = schema;
    }
    for message in fields["messages"].as_array_mut().unwrap() {
        canonical_message(message.as_object_mut().unwrap());
    }
}

fn canonical_message(message: &mut Map<String, Value>) {
    message.retain(|name, value| !value.is_null() && name != "citations");
    if message.get("tool_calls") == Some(&json!([])) {
        message.shift_remove("tool_calls");
    }
    // Empty words beside calls.
    let empty = [json!([]), json!([{"type": "text", "text": ""}])];
    if message.contains_key("tool_calls")
        && message.get("content").is_some_and(|content| empty.contains(content))
    {
        message.shift_remove("content");
    }
    for part in message.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        // A tool's answer as a document has its fields as words here.
        if part["type"] == "document" {
            let data = part["document"]["data"].to_string();
            *part = json!({"type": "text", "text": data});
        }
    }
    // Thoughts go back with calls only.
    if let Some(parts) = message.get_mut("content").and_then(Value::as_array_mut) {
        parts.retain(|part| part["type"] != "thinking");
    }
}

/// The same question as a client of OpenAI's chat would ask it.
fn ask(sent: &Value) -> Value {
    let mut body = sent.clone();
    let fields = body.as_object_mut().unwrap();
    let renamed = [("stop_sequences", "stop"), ("p", "top_p"), ("k", "top_k")];
    for (name, asked) in renamed {
        if let Some(value) = fields.shift_remove(name) {
            fields.insert(asked.to_owned(), value);
        }
    }
    if let Some(choice) = fields.get_mut("tool_choice") {
        *choice = choice.as_str().unwrap().to_lowercase().into();
    }
    if let Some(thinking) = fields.shift_remove("thinking") {
        let mut reasoning = json!({"enabled": thinking["type"] == "enabled"});
        if thinking["token_budget"].is_u64() {
            reasoning["max_tokens"] = thinking["token_budget"].clone();
        }
        fields.insert("reasoning".to_owned(), reasoning);
    }
    if let Some(schema) =
        fields.get("response_format").and_then(|format| format.get("json_schema")).cloned()
    {
        let described = json!({"name": "out", "schema": schema});
        fields["response_format"] = json!({"type": "json_schema", "json_schema": described});
    }
    for message in fields["messages"].as_array_mut().unwrap() {
        if let Some(plan) = message.as_object_mut().unwrap().shift_remove("tool_plan") {
            message["reasoning"] = plan;
        }
    }
    body
}
