//! Readers of what clients are given, each made from its vendor's documentation and not from potluck's writer.

mod chat;
mod completions;
mod messages;
mod ollama;
mod responses;

use potluck_dialect::Client;
use serde_json::Value;

use crate::fact::Answer;

/// Reads a whole answer.
pub(crate) fn whole(client: Client, body: &[u8]) -> Answer {
    let body = serde_json::from_slice(body).unwrap();
    match format!("{client:?}").as_str() {
        "Chat" | "OpenRouter" => chat::whole(&body),
        "Messages" => messages::whole(&body),
        "Responses" => responses::whole(&body),
        "Completions" => completions::read(&[body]),
        "OllamaChat" | "OllamaGenerate" => ollama::read(&[body]),
        other => panic!("write a reader of what {other} is given, into clients/"),
    }
}

/// Reads a streamed answer, which must end as its shape demands.
pub(crate) fn stream(client: Client, bytes: &[u8]) -> Answer {
    let text = std::str::from_utf8(bytes).unwrap();
    match format!("{client:?}").as_str() {
        "Chat" | "OpenRouter" => chat::stream(&until_done(text)),
        "Messages" => messages::stream(&events(text)),
        "Responses" => responses::stream(&events(text)),
        "Completions" => completions::read(&until_done(text)),
        "OllamaChat" | "OllamaGenerate" => ollama::read(&lines(text)),
        other => panic!("write a reader of what {other} is given, into clients/"),
    }
}

fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

fn until_done(text: &str) -> Vec<Value> {
    events(text.strip_suffix("data: [DONE]\n\n").unwrap())
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn tokens(usage: &Value, read: &str, written: &str) -> Option<(u64, u64)> {
    Some((usage[read].as_u64()?, usage[written].as_u64()?))
}
