//! `POST /chat/completions`.

use serde_json::Value;

use super::Names;
use crate::fact::{Fact, bytes_of, dials, inside, items, words};

pub(crate) fn read(body: &Value) -> Vec<Fact> {
    let (mut facts, mut names) = (Vec::new(), Names::default());
    for message in items(&body["messages"]) {
        read_message(message, &mut names, &mut facts);
    }
    facts.extend(Fact::tools(body));
    let same = ["temperature", "top_p", "top_k", "seed", "stop"].map(|name| (name, name));
    dials(&mut facts, body, &same);
    dials(&mut facts, body, &[("max", "max_tokens"), ("max", "max_completion_tokens")]);
    facts
}

fn read_message(message: &Value, names: &mut Names, facts: &mut Vec<Fact>) {
    match words(&message["role"]) {
        "system" | "developer" => say("system", &message["content"], facts),
        "user" => say("user", &message["content"], facts),
        "tool" => {
            let of = names.of(&message["tool_call_id"]);
            facts.push(Fact::result(of, words(&message["content"])));
        }
        "assistant" => {
            for name in ["reasoning", "reasoning_content"] {
                say("thoughts", &message[name], facts);
            }
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
    match content {
        Value::Null => {}
        Value::String(text) => facts.push(Fact::new(kind, text.as_str())),
        _ => facts.extend(items(content).iter().map(|part| match words(&part["type"]) {
            "text" => Fact::new(kind, part["text"].clone()),
            "image_url" => Fact::new("image", bytes_of(&part["image_url"]["url"])),
            other => panic!("a part of {other}"),
        })),
    }
}
