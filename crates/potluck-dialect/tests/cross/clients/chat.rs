//! Chat completions.

use serde_json::Value;

use super::tokens;
use crate::fact::{Answer, Call, inside, items, words};

pub(crate) fn whole(body: &Value) -> Answer {
    let (choice, message) = (&body["choices"][0], &body["choices"][0]["message"]);
    let calls = items(&message["tool_calls"]).iter().map(|call| Call {
        id: words(&call["id"]).to_owned(),
        name: words(&call["function"]["name"]).to_owned(),
        arguments: inside(&call["function"]["arguments"]),
    });
    Answer {
        thoughts: words(&message["reasoning"]).to_owned(),
        text: words(&message["content"]).to_owned(),
        calls: calls.collect(),
        finish: words(&choice["finish_reason"]).to_owned(),
        usage: tokens(&body["usage"], "prompt_tokens", "completion_tokens"),
    }
}

pub(crate) fn stream(chunks: &[Value]) -> Answer {
    let (mut answer, mut arguments) = (Answer::default(), Vec::new());
    for chunk in chunks {
        answer.usage =
            tokens(&chunk["usage"], "prompt_tokens", "completion_tokens").or(answer.usage);
        let (choice, delta) = (&chunk["choices"][0], &chunk["choices"][0]["delta"]);
        answer.thoughts += words(&delta["reasoning"]);
        answer.text += words(&delta["content"]);
        answer.finish += words(&choice["finish_reason"]);
        for piece in items(&delta["tool_calls"]) {
            let at = usize::try_from(piece["index"].as_u64().unwrap()).unwrap();
            if at == answer.calls.len() {
                answer.calls.push(Call::default());
                arguments.push(String::new());
            }
            answer.calls[at].id += words(&piece["id"]);
            answer.calls[at].name += words(&piece["function"]["name"]);
            arguments[at] += words(&piece["function"]["arguments"]);
        }
    }
    for (call, arguments) in answer.calls.iter_mut().zip(&arguments) {
        call.arguments = serde_json::from_str(arguments).unwrap();
    }
    answer
}
