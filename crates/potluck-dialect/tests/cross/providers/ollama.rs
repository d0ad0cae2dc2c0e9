//! `POST /api/chat`.

use serde_json::Value;

use crate::fact::{Fact, dials, items, words};

pub(crate) fn read(body: &Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    for message in items(&body["messages"]) {
        read_message(message, &mut facts);
    }
    facts.extend(Fact::tools(body));
    let same = ["temperature", "top_p", "top_k", "seed", "stop"].map(|name| (name, name));
    dials(&mut facts, &body["options"], &same);
    dials(&mut facts, &body["options"], &[("max", "num_predict")]);
    facts
}

fn read_message(message: &Value, facts: &mut Vec<Fact>) {
    let text = words(&message["content"]);
    let kind = match words(&message["role"]) {
        "system" => "system",
        "user" => "user",
        "assistant" => "assistant",
        "tool" => return facts.push(Fact::result(words(&message["tool_name"]), text)),
        other => panic!("a message of {other}"),
    };
    if let Some(thoughts) = message["thinking"].as_str() {
        facts.push(Fact::new("thoughts", thoughts));
    }
    if !text.is_empty() {
        facts.push(Fact::new(kind, text));
    }
    facts.extend(items(&message["images"]).iter().map(|data| Fact::new("image", data.clone())));
    for call in items(&message["tool_calls"]) {
        let function = &call["function"];
        facts.push(Fact::call(words(&function["name"]), function["arguments"].clone()));
    }
}
