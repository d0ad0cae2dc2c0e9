//! An independent reading of Ollama's answers, in the terms of the one of OpenAI's, and what only they show.

mod clients;
mod cuts;
mod requests;

use serde_json::Value;

use crate::plain::{Answer, Choice};

/// An answer of `/api/chat` or `/api/generate`: a document, or a document a line.
pub(super) fn read(body: &str) -> Answer {
    let mut answer = Answer::default();
    if let Ok(value) = serde_json::from_str::<Value>(body) {
        add(&mut answer, &value);
    } else {
        for line in body.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str::<Value>(line) {
                Ok(value) => add(&mut answer, &value),
                Err(_) => answer.broken = true,
            }
        }
    }
    answer.finish()
}

fn add(answer: &mut Answer, value: &Value) {
    if !value["error"].is_null() {
        answer.error = true;
        return;
    }
    if answer.choices.is_empty() {
        answer.choices.push(Choice::default());
    }
    let choice = &mut answer.choices[0];
    let message = if value["message"].is_object() { &value["message"] } else { value };
    for (said, field) in [("content", &mut choice.text), ("thinking", &mut choice.reasoning)] {
        field.push_str(message[said].as_str().unwrap_or_default());
    }
    choice.text.push_str(value["response"].as_str().unwrap_or_default());
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let key = choice.calls.len() as u64;
        let function = &call["function"];
        choice.call(
            Some(key),
            call["id"].as_str().unwrap_or_default(),
            function["name"].as_str().unwrap_or_default(),
            &function["arguments"],
        );
    }
    if value["done"] == true {
        answer.done = true;
        choice.finish = Some(value["done_reason"].as_str().unwrap_or("stop").to_owned());
        let count = |name: &str| value[name].as_u64();
        if count("prompt_eval_count").or(count("eval_count")).is_some() {
            let read = count("prompt_eval_count").unwrap_or_default();
            let written = count("eval_count").unwrap_or_default();
            answer.usage = Some([read, written, read + written, 0, 0]);
        }
    }
}
