//! The same question as a client of OpenAI's chat would ask it.

use serde_json::{Map, Value, json};

/// The body of a chat, from a request in the one form.
pub(super) fn chat(request: &Value) -> Value {
    let mut body = Map::new();
    let mut messages = Vec::new();
    let system = request["system"].as_array().unwrap();
    if !system.is_empty() {
        let parts: Vec<Value> = system.iter().map(text).collect();
        messages.push(json!({"role": "system", "content": parts}));
    }
    for turn in request["turns"].as_array().unwrap() {
        let parts = turn["parts"].as_array().unwrap();
        if turn["role"] == "model" {
            assistant(parts, &mut messages);
        } else {
            user(parts, &mut messages);
        }
    }
    body.insert("messages".to_owned(), messages.into());
    let tools: Vec<Value> = request["tools"].as_array().unwrap().iter().map(tool).collect();
    if !tools.is_empty() {
        body.insert("tools".to_owned(), tools.into());
    }
    if let Some(choice) = choice(&request["choice"]) {
        body.insert("tool_choice".to_owned(), choice);
    }
    config(&request["config"], &mut body);
    body.into()
}

fn text(text: &Value) -> Value {
    json!({"type": "text", "text": text})
}

fn assistant(parts: &[Value], messages: &mut Vec<Value>) {
    let (calls, said): (Vec<&Value>, Vec<&Value>) =
        parts.iter().partition(|part| part["call"].is_object());
    let said: Vec<Value> = said.into_iter().map(content).collect();
    let mut message = json!({"role": "assistant", "content": said});
    if !calls.is_empty() {
        message["tool_calls"] = calls.into_iter().map(call).collect();
    }
    messages.push(message);
}

fn call(part: &Value) -> Value {
    let call = &part["call"];
    let arguments = if call["args"].is_null() { "{}".to_owned() } else { call["args"].to_string() };
    let mut told = json!({"id": call["id"], "type": "function",
        "function": {"name": call["name"], "arguments": arguments}});
    if part["signature"].is_string() {
        told["extra_content"] = json!({"google": {"thought_signature": part["signature"]}});
    }
    told
}

fn user(parts: &[Value], messages: &mut Vec<Value>) {
    let mut said = Vec::new();
    for part in parts {
        if part["result"].is_null() {
            said.push(content(part));
            continue;
        }
        let result = &part["result"];
        let mut told = vec![text(&result["response"].to_string().into())];
        told.extend(result["parts"].as_array().into_iter().flatten().map(content));
        messages.push(json!({"role": "tool", "tool_call_id": result["id"], "content": told}));
    }
    if !said.is_empty() || parts.is_empty() {
        messages.push(json!({"role": "user", "content": said}));
    }
}

/// Words or media, in the part of a chat that is nearest.
fn content(part: &Value) -> Value {
    if part["text"].is_string() {
        return text(&part["text"]);
    }
    if let Some(file) = part.get("file") {
        let (kind, address) = (file["kind"].as_str().unwrap(), file["address"].as_str().unwrap());
        if kind.starts_with("image/") && address.contains(".jpg") {
            return json!({"type": "image_url", "image_url": {"url": address}});
        }
        let ending =
            kind.rsplit('/').next().unwrap().replace("mpeg", "mp3").replace("plain", "txt");
        return json!({"type": "file", "file": {"file_id": address, "filename": format!("a.{ending}")}});
    }
    let (kind, base64) =
        (part["data"]["kind"].as_str().unwrap(), part["data"]["base64"].as_str().unwrap());
    let url = format!("data:{kind};base64,{base64}");
    match kind.split_once('/').unwrap() {
        ("image", _) => json!({"type": "image_url", "image_url": {"url": url}}),
        ("video", _) => json!({"type": "video_url", "video_url": {"url": url}}),
        ("audio", format) => {
            json!({"type": "input_audio", "input_audio": {"data": base64, "format": format}})
        }
        _ => json!({"type": "file", "file": {"file_data": url}}),
    }
}

fn tool(function: &Value) -> Value {
    let mut told = function.as_object().unwrap().clone();
    let schema = told.shift_remove("schema").filter(|schema| !schema.is_null());
    told.retain(|_, value| !value.is_null());
    if let Some(schema) = schema {
        told.insert("parameters".to_owned(), schema);
    }
    json!({"type": "function", "function": told})
}

fn choice(choice: &Value) -> Option<Value> {
    Some(match (choice["mode"].as_str()?, choice["names"].as_array()) {
        ("ANY", Some(names)) => json!({"type": "function", "function": {"name": names[0]}}),
        ("ANY", None) => "required".into(),
        ("NONE", _) => "none".into(),
        _ => "auto".into(),
    })
}

fn config(config: &Value, body: &mut Map<String, Value>) {
    let mut set = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    for (key, value) in config.as_object().into_iter().flatten() {
        match key.as_str() {
            "maxOutputTokens" => set("max_completion_tokens", value.clone()),
            "topP" => set("top_p", value.clone()),
            "topK" => set("top_k", value.clone()),
            "candidateCount" => set("n", value.clone()),
            "responseLogprobs" => set("logprobs", value.clone()),
            "logprobs" => set("top_logprobs", value.clone()),
            "stopSequences" => set("stop", value.clone()),
            "temperature" | "seed" => set(key, value.clone()),
            "responseModalities" => {
                let words = value.as_array().unwrap().iter().map(|word| word.as_str().unwrap());
                set("modalities", words.map(str::to_lowercase).collect());
            }
            "thinkingConfig" => set("reasoning", reasoning(value)),
            "schema" => set(
                "response_format",
                json!({"type": "json_schema", "json_schema": {"name": "out", "schema": value}}),
            ),
            "responseMimeType" if config["schema"].is_null() => {
                set("response_format", json!({"type": "json_object"}));
            }
            "responseMimeType" => {}
            other => panic!("{other} is asked for in no way"),
        }
    }
}

fn reasoning(thinking: &Value) -> Value {
    let mut told = json!({"exclude": thinking["shows"] != true});
    match (&thinking["thinkingLevel"], &thinking["thinkingBudget"]) {
        (Value::String(level), _) => told["effort"] = level.as_str().into(),
        (_, Value::Number(budget)) => told["max_tokens"] = budget.clone().into(),
        _ => told["enabled"] = true.into(),
    }
    told
}
