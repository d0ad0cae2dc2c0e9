//! `POST /v2/chat`.

use serde_json::Value;

use super::Names;
use crate::fact::{Fact, bytes_of, dials, inside, items, words};

pub(crate) fn read(body: &Value) -> Vec<Fact> {
    let (mut facts, mut names) = (Vec::new(), Names::default());
    for message in items(&body["messages"]) {
        read_message(message, &mut names, &mut facts);
    }
    facts.extend(Fact::tools(body));
    let names = [
        ("temperature", "temperature"),
        ("top_p", "p"),
        ("top_k", "k"),
        ("seed", "seed"),
        ("stop", "stop_sequences"),
        ("max", "max_tokens"),
    ];
    dials(&mut facts, body, &names);
    facts
}

fn read_message(message: &Value, names: &mut Names, facts: &mut Vec<Fact>) {
    match words(&message["role"]) {
        "system" => say("system", &message["content"], facts),
        "user" => say("user", &message["content"], facts),
        "tool" => {
            let content = &message["content"];
            let data = &content[0]["document"]["data"];
            let text = content.as_str().or(content[0]["text"].as_str()).or(data.as_str());
            let of = names.of(&message["tool_call_id"]);
            facts.push(Fact::result(of, text.unwrap_or_default()));
        }
        "assistant" => {
            // Words before calls stand in a field of their own.
            say("assistant", &message["tool_plan"], facts);
            say("assistant", &message["content"], facts);
            for call in items(&message["tool_calls"]) {
                let name = names.note(&call["id"], &call["function"]["name"]);
                facts.push(Fact::call(&name, inside(&call["function"]["arguments"])));
            }
        }
        other => panic!("a message of {other}"),
    }
}

fn say(kind: &'static str, content: &Value, facts: &mut Vec<Fact>) {
    if let Some(text) = content.as_str() {
        facts.push(Fact::new(kind, text));
    }
    facts.extend(items(content).iter().map(|part| match words(&part["type"]) {
        "text" => Fact::new(kind, part["text"].clone()),
        "thinking" => Fact::new("thoughts", part["thinking"].clone()),
        "image_url" => Fact::new("image", bytes_of(&part["image_url"]["url"])),
        other => panic!("a part of {other}"),
    }));
}
