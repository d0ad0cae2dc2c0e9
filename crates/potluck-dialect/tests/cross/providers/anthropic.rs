//! `POST /v1/messages`.

use serde_json::Value;

use super::Names;
use crate::fact::{Fact, dials, items, words};

pub(crate) fn read(body: &Value) -> Vec<Fact> {
    let (mut facts, mut names) = (Vec::new(), Names::default());
    say("system", &body["system"], &mut names, &mut facts);
    for message in items(&body["messages"]) {
        let kind = if message["role"] == "assistant" { "assistant" } else { "user" };
        say(kind, &message["content"], &mut names, &mut facts);
    }
    for tool in items(&body["tools"]) {
        facts.push(Fact::tool(&tool["name"], &tool["description"], &tool["input_schema"]));
    }
    let names = [
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("top_k", "top_k"),
        ("stop", "stop_sequences"),
        ("max", "max_tokens"),
    ];
    dials(&mut facts, body, &names);
    facts
}

fn say(kind: &'static str, content: &Value, names: &mut Names, facts: &mut Vec<Fact>) {
    if let Some(text) = content.as_str() {
        facts.push(Fact::new(kind, text));
    }
    for block in items(content) {
        facts.push(match words(&block["type"]) {
            "text" => Fact::new(kind, block["text"].clone()),
            "thinking" => Fact::new("thoughts", block["thinking"].clone()),
            "image" => Fact::new("image", block["source"]["data"].clone()),
            "tool_use" => {
                let name = names.note(&block["id"], &block["name"]);
                Fact::call(&name, block["input"].clone())
            }
            "tool_result" => {
                let content = &block["content"];
                let text = content.as_str().unwrap_or_else(|| words(&content[0]["text"]));
                Fact::result(names.of(&block["tool_use_id"]), text)
            }
            other => panic!("a block of {other}"),
        });
    }
}
