//! What clients asked and servers accepted: read as a client's request, written for a provider, and compared. Every
//! difference has a kind and a reason; kinds are counted.

use std::cell::RefCell;
use std::collections::BTreeMap;

use potluck_dialect::quirk::Quirks;
use potluck_dialect::{Client, Dialect, Target};
use potluck_testkit::recordings::Recording;
use serde_json::Value;

use crate::{check_each, recorded};

/// The kinds of difference there may be, and why.
const KINDS: [(&str, &str); 7] = [
    ("context", "the size that the request needs is always said, and nothing may be cut"),
    ("default", "what a stream and the kind of a call are when nothing is said, said"),
    ("empty", "an empty list, text, object or a null says nothing"),
    ("ids", "every call has an id, and every answer that of its call"),
    ("name", "the answer of a tool says which tool gave it"),
    ("think", "to think is what models do that are not told otherwise"),
    ("thoughts", "only the thoughts that led to calls go back"),
];

#[test]
fn requests_that_ollama_accepted_are_written_as_they_were_read() {
    let test = "requests_that_ollama_accepted_are_written_as_they_were_read";
    let Some(mut recordings) = recorded(test) else { return };
    recordings.retain(|recording| {
        recording.dialect == "ollama-native"
            && recording.response.status == 200
            && recording.request.url.ends_with("/api/chat")
    });
    let counted: RefCell<BTreeMap<&str, usize>> = RefCell::default();
    check_each("ollama-native, requests", recordings.iter(), &[], |recording| {
        let (sent, written) = both(recording)?;
        let mut kinds = Vec::new();
        compare("", &sent, &written, &mut kinds)?;
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            *counted.borrow_mut().entry(kind).or_default() += 1;
        }
        Ok(())
    });
    let counted = counted.into_inner();
    for (kind, why) in KINDS {
        eprintln!("  {kind}: {} requests ({why})", counted.get(kind).copied().unwrap_or_default());
    }
}

#[test]
fn prompts_that_ollama_accepted_are_written_as_one_turn() {
    let test = "prompts_that_ollama_accepted_are_written_as_one_turn";
    let Some(mut recordings) = recorded(test) else { return };
    recordings.retain(|recording| {
        recording.dialect == "ollama-native" && recording.request.url.ends_with("/api/generate")
    });
    check_each("ollama-native, prompts", recordings.iter(), &[], |recording| {
        let sent: Value = serde_json::from_slice(&recording.request.body).unwrap();
        let written = written(Client::OllamaGenerate, recording, &sent)?;
        let turn = &written["messages"][0];
        let same = turn["role"] == "user"
            && turn["content"] == sent["prompt"]
            && written["messages"].as_array().is_some_and(|turns| turns.len() == 1)
            && written["stream"] == *sent.get("stream").unwrap_or(&Value::Bool(true));
        if same { Ok(()) } else { Err(format!("{sent} became {written}")) }
    });
}

fn both(recording: &Recording) -> Result<(Value, Value), String> {
    let sent: Value = serde_json::from_slice(&recording.request.body).unwrap();
    let written = written(Client::OllamaChat, recording, &sent)?;
    Ok((sent, written))
}

fn written(client: Client, recording: &Recording, sent: &Value) -> Result<Value, String> {
    let asked = client.read_request(&recording.request.body).map_err(|refusal| refusal.message)?;
    let target = Target {
        model: sent["model"].as_str().unwrap_or_default(),
        quirks: Quirks::empty(),
        stream: asked.request.stream == Some(true),
        max_output: None,
        context: 131_072,
    };
    let written = Dialect::Ollama.write_request(&asked.request, &target);
    if !written.dropped.is_empty() {
        return Err(format!("dropped {:?}", written.dropped));
    }
    Ok(serde_json::from_slice(&written.body).unwrap())
}

/// Walks both documents; a difference of no kind is an error.
fn compare(
    path: &str,
    sent: &Value,
    written: &Value,
    kinds: &mut Vec<&'static str>,
) -> Result<(), String> {
    match (sent, written) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, value) in one {
                let path = format!("{path}.{key}");
                match other.get(key) {
                    Some(found) => compare(&path, value, found, kinds)?,
                    None => kinds.push(gone(&path, value)?),
                }
            }
            for key in other.keys().filter(|key| !one.contains_key(*key)) {
                kinds.push(new(&format!("{path}.{key}"))?);
            }
            Ok(())
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .try_for_each(|(one, other)| compare(&format!("{path}[]"), one, other, kinds)),
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => Ok(()),
        (one, other) if one == other => Ok(()),
        _ => Err(format!("{path}: {sent} became {written}")),
    }
}

fn gone(path: &str, value: &Value) -> Result<&'static str, String> {
    match path {
        _ if matches!(value.to_string().as_str(), "null" | "\"\"" | "[]" | "{}") => Ok("empty"),
        ".think" if *value == Value::Bool(true) => Ok("think"),
        ".messages[].thinking" => Ok("thoughts"),
        _ => Err(format!("{path} is gone")),
    }
}

fn new(path: &str) -> Result<&'static str, String> {
    match path {
        ".options" | ".options.num_ctx" | ".truncate" | ".shift" => Ok("context"),
        ".stream" | ".messages[].tool_calls[].type" => Ok("default"),
        ".messages[].tool_calls[].id" | ".messages[].tool_call_id" => Ok("ids"),
        ".messages[].tool_name" => Ok("name"),
        _ => Err(format!("{path} is new")),
    }
}
