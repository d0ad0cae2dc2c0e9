//! Ollama's chat and generate.

use serde_json::Value;

use super::tokens;
use crate::fact::{Answer, Call, items, words};

/// One body, or the lines of a stream: they have one shape.
pub(crate) fn read(lines: &[Value]) -> Answer {
    let mut answer = Answer::default();
    for line in lines {
        let message = line.get("message").unwrap_or(line);
        answer.thoughts += words(&message["thinking"]);
        answer.text += words(&message["content"]);
        answer.text += words(&message["response"]);
        answer.calls.extend(items(&message["tool_calls"]).iter().map(|call| Call {
            id: words(&call["id"]).to_owned(),
            name: words(&call["function"]["name"]).to_owned(),
            arguments: call["function"]["arguments"].clone(),
        }));
        answer.finish += words(&line["done_reason"]);
        answer.usage = tokens(line, "prompt_eval_count", "eval_count").or(answer.usage);
    }
    assert_eq!(
        lines.last().unwrap()["done"],
        true,
        "a stream that does not end with its last line"
    );
    answer
}
