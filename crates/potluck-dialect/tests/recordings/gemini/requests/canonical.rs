//! A request in one form, whoever wrote it: camel case, types in small letters, turns of one role joined.

use serde_json::{Map, Value, json};

use super::Kinds;

/// What a client sent, without what cannot be said through potluck; ids are given to calls that had none.
pub(super) fn sent(body: &Value, model: &str, kinds: &mut Kinds) -> Value {
    let mut count = |is: bool, kind: &'static str| {
        if is {
            *kinds.entry(kind).or_default() += 1;
        }
    };
    count(!body["safetySettings"].is_null(), "safety settings: no client can say them");
    let tools = lists(&body["tools"]);
    let own = ["googleSearch", "urlContext", "url_context", "codeExecution"];
    let has_own = tools.iter().any(|tool| own.iter().any(|name| !tool[name].is_null()));
    count(has_own, "Google's own tools: no client can ask for them");
    let mode = &body["toolConfig"]["functionCallingConfig"]["mode"];
    count(*mode == "VALIDATED", "a choice that is validated: sent as left to the model");
    let mut request = common(body);
    let config = field(body, "generationConfig").cloned().unwrap_or_default();
    for name in ["imageConfig", "speechConfig"] {
        count(!config[name].is_null(), "how pictures and speech are made: no client can say it");
    }
    thinking(&mut request["config"], model, &mut count);
    let mut calls = Vec::new();
    for (at, turn) in request["turns"].as_array_mut().unwrap().iter_mut().enumerate() {
        let parts = turn["parts"].as_array_mut().unwrap();
        parts.retain(|part| {
            count(part["thought"] == true, "thoughts in history: none are sent");
            count(part["film"] == true, "which part of a film: no client can say it");
            part["thought"] != true && part["film"] != true
        });
        for (number, part) in parts.iter_mut().enumerate() {
            let is_call = part["call"].is_object();
            count(
                !is_call && part["signature"].is_string(),
                "signatures of words: only calls keep theirs",
            );
            if !is_call {
                part.as_object_mut().unwrap().shift_remove("signature");
            }
            if is_call && part["call"]["id"].is_null() {
                count(true, "a call without an id: it is given one");
                part["call"]["id"] = format!("id_{at}_{number}").into();
            }
            if is_call {
                calls.push(part["call"].clone());
            }
            if part["result"].is_object() && part["result"]["id"].is_null() {
                let call = calls.iter().position(|call| call["name"] == part["result"]["name"]);
                part["result"]["id"] = calls.remove(call.unwrap())["id"].clone();
            }
        }
    }
    request
}

/// What potluck wrote.
pub(super) fn written(body: &Value) -> Value {
    let mut request = common(body);
    if let Some(thinking) = request["config"].get_mut("thinkingConfig") {
        thinking["shows"] = (thinking["includeThoughts"] == true).into();
        thinking.as_object_mut().unwrap().shift_remove("includeThoughts");
    }
    request
}

/// From 3 on a budget is sent as a level; before 2.5 nothing thinks.
fn thinking(config: &mut Value, model: &str, count: &mut impl FnMut(bool, &'static str)) {
    let Some(thinking) = config.get("thinkingConfig").cloned() else { return };
    if model.starts_with("gemini-2.0") {
        count(true, "thinking of a model that does not think: left out");
        config.as_object_mut().unwrap().shift_remove("thinkingConfig");
        return;
    }
    let get = |name: &str| field(&thinking, name).cloned();
    let mut told = json!({ "shows": get("includeThoughts") == Some(true.into()) });
    match (get("thinkingLevel"), get("thinkingBudget").and_then(|budget| budget.as_u64())) {
        (Some(level), _) => told["thinkingLevel"] = level,
        (None, Some(budget)) if model.starts_with("gemini-2.5") => {
            told["thinkingBudget"] = budget.into();
        }
        (None, Some(budget)) => {
            count(true, "a budget of thoughts from 3 on: sent as a level");
            // 3 Pro knows nothing between.
            let more = if model.contains("3-pro") { "high" } else { "medium" };
            let level = if budget <= 2048 { "low" } else { more };
            told["thinkingLevel"] = level.into();
        }
        (None, None) => {}
    }
    config["thinkingConfig"] = told;
}

fn common(body: &Value) -> Value {
    let mut functions = Vec::new();
    for tool in lists(&body["tools"]) {
        let declared = field(&tool, "functionDeclarations").map(lists).unwrap_or_default();
        functions.extend(declared.iter().map(function));
    }
    let calling = &body["toolConfig"]["functionCallingConfig"];
    let mode = calling["mode"].as_str().map(|mode| if mode == "VALIDATED" { "AUTO" } else { mode });
    let choice = mode
        .filter(|_| !functions.is_empty())
        .map(|mode| json!({"mode": mode, "names": calling["allowedFunctionNames"]}));
    json!({
        "system": lists(&body["systemInstruction"]["parts"])
            .iter()
            .filter(|part| part["text"] != "")
            .map(|part| part["text"].clone())
            .collect::<Vec<_>>(),
        "turns": turns(&lists(&body["contents"])),
        "tools": functions,
        "choice": choice,
        "config": config(field(body, "generationConfig").unwrap_or(&Value::Null)),
    })
}

fn turns(contents: &[Value]) -> Vec<Value> {
    let mut turns: Vec<Value> = Vec::new();
    for content in contents {
        let role = content["role"].as_str().unwrap_or("user");
        let parts: Vec<Value> = lists(&content["parts"]).iter().filter_map(part).collect();
        match turns.last_mut() {
            Some(last) if last["role"] == role => {
                last["parts"].as_array_mut().unwrap().extend(parts);
            }
            _ => turns.push(json!({ "role": role, "parts": parts })),
        }
    }
    turns
}

fn part(part: &Value) -> Option<Value> {
    let get = |name: &str| field(part, name);
    let mut told = if let Some(call) = get("functionCall") {
        json!({"call": {"id": call["id"], "name": call["name"], "args": call["args"]}})
    } else if let Some(result) = get("functionResponse") {
        let media: Vec<Value> = lists(&result["parts"]).iter().filter_map(self::part).collect();
        let (id, name, response) = (&result["id"], &result["name"], &result["response"]);
        json!({"result": {"id": id, "name": name, "response": response, "parts": media}})
    } else if let Some(data) = get("inlineData") {
        json!({"data": {"kind": field(data, "mimeType"), "base64": data["data"]}})
    } else if let Some(file) = get("fileData") {
        json!({"file": {"kind": field(file, "mimeType"), "address": field(file, "fileUri")}})
    } else if part["text"].as_str().is_some_and(|text| !text.is_empty()) {
        json!({"text": part["text"]})
    } else if part["videoMetadata"].is_object() {
        json!({"film": true})
    } else {
        return None;
    };
    if let Some(signature) = get("thoughtSignature") {
        told["signature"] = signature.clone();
    }
    if part["thought"] == true {
        told["thought"] = true.into();
    }
    Some(told)
}

fn function(function: &Value) -> Value {
    let schema = field(function, "parameters").or_else(|| field(function, "parametersJsonSchema"));
    let schema = schema
        .map(schema_of)
        .filter(|schema| schema["properties"].as_object().is_some_and(|fields| !fields.is_empty()));
    json!({"name": function["name"], "description": function["description"], "schema": schema})
}

fn config(config: &Value) -> Value {
    let mut told = Map::new();
    for (key, value) in
        config.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null())
    {
        match camel(key).as_str() {
            "responseSchema" | "responseJsonSchema" => {
                told.insert("schema".to_owned(), schema_of(value));
            }
            "imageConfig" | "speechConfig" => {}
            other => {
                told.insert(other.to_owned(), value.clone());
            }
        }
    }
    told.into()
}

/// Types in small letters, or by their names where clients send numbers; what only describes is left out.
fn schema_of(schema: &Value) -> Value {
    const NUMBERED: [&str; 7] =
        ["unspecified", "string", "number", "integer", "boolean", "array", "object"];
    let mut told = Map::new();
    for (key, value) in schema.as_object().into_iter().flatten() {
        let value = match (key.as_str(), value) {
            ("$schema", _) => continue,
            ("required", Value::Array(names)) if names.is_empty() => continue,
            ("type", Value::String(word)) => word.to_lowercase().into(),
            ("type", Value::Number(number)) => {
                NUMBERED[usize::try_from(number.as_u64().unwrap()).unwrap()].into()
            }
            ("properties", Value::Object(fields)) => {
                fields.iter().map(|(name, field)| (name.clone(), schema_of(field))).collect()
            }
            ("items", _) => schema_of(value),
            _ => value.clone(),
        };
        told.insert(camel(key), value);
    }
    told.into()
}

/// A field under either of its spellings.
fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = object.as_object()?;
    let found = fields.iter().find(|(key, _)| camel(key) == name);
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        camel.push_str(&word[..1].to_uppercase());
        camel.push_str(&word[1..]);
    }
    camel
}

/// A list; what stands alone where a list may is one of one.
fn lists(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    }
}
