//! `POST /models/{model}:generateContent`.

use serde_json::Value;

use crate::fact::{Fact, dials, items, words};

pub(crate) fn read(body: &Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    for part in items(&body["systemInstruction"]["parts"]) {
        facts.push(Fact::new("system", part["text"].clone()));
    }
    let mut calls = Vec::new();
    for content in items(&body["contents"]) {
        let kind = if content["role"] == "model" { "assistant" } else { "user" };
        for part in items(&content["parts"]) {
            facts.push(read_part(kind, part, &mut calls));
        }
    }
    for tool in items(&body["tools"]) {
        for function in items(&tool["functionDeclarations"]) {
            let schema = function.get("parametersJsonSchema").unwrap_or(&function["parameters"]);
            facts.push(Fact::tool(&function["name"], &function["description"], schema));
        }
    }
    let names = [
        ("temperature", "temperature"),
        ("top_p", "topP"),
        ("top_k", "topK"),
        ("seed", "seed"),
        ("stop", "stopSequences"),
        ("max", "maxOutputTokens"),
    ];
    dials(&mut facts, &body["generationConfig"], &names);
    facts
}

fn read_part(kind: &'static str, part: &Value, calls: &mut Vec<(Value, Value)>) -> Fact {
    if let Some(call) = part.get("functionCall") {
        calls.push((call["id"].clone(), call["name"].clone()));
        return Fact::call(words(&call["name"]), call["args"].clone());
    }
    if let Some(response) = part.get("functionResponse") {
        let (id, name) = (response["id"].clone(), response["name"].clone());
        assert!(calls.contains(&(id, name.clone())), "an answer to no call: {response}");
        let held = response["response"].as_object().unwrap();
        assert_eq!(held.len(), 1, "{response}");
        let text = held.values().next().unwrap();
        return Fact::result(words(&name), words(text));
    }
    if let Some(data) = part.get("inlineData") {
        return Fact::new("image", data["data"].clone());
    }
    let kind = if part["thought"] == true { "thoughts" } else { kind };
    Fact::new(kind, part["text"].clone())
}
