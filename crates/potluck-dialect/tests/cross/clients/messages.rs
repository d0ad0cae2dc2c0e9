//! Anthropic's Messages.

use serde_json::Value;

use super::tokens;
use crate::fact::{Answer, Call, items, words};

pub(crate) fn whole(body: &Value) -> Answer {
    let mut answer = Answer {
        finish: words(&body["stop_reason"]).to_owned(),
        usage: tokens(&body["usage"], "input_tokens", "output_tokens"),
        ..Answer::default()
    };
    items(&body["content"]).iter().for_each(|block| begin(&mut answer, block));
    answer
}

fn begin(answer: &mut Answer, block: &Value) {
    match words(&block["type"]) {
        "thinking" => answer.thoughts += words(&block["thinking"]),
        "text" => answer.text += words(&block["text"]),
        "tool_use" => answer.calls.push(Call {
            id: words(&block["id"]).to_owned(),
            name: words(&block["name"]).to_owned(),
            arguments: block["input"].clone(),
        }),
        other => panic!("a block of {other}"),
    }
}

pub(crate) fn stream(events: &[Value]) -> Answer {
    let (mut answer, mut arguments) = (Answer::default(), String::new());
    for event in events {
        match words(&event["type"]) {
            "content_block_start" => begin(&mut answer, &event["content_block"]),
            "content_block_delta" => {
                let delta = &event["delta"];
                answer.thoughts += words(&delta["thinking"]);
                answer.text += words(&delta["text"]);
                arguments += words(&delta["partial_json"]);
            }
            "content_block_stop" if !arguments.is_empty() => {
                let call = answer.calls.last_mut().unwrap();
                call.arguments = serde_json::from_str(&std::mem::take(&mut arguments)).unwrap();
            }
            "message_delta" => {
                answer.finish += words(&event["delta"]["stop_reason"]);
                answer.usage = tokens(&event["usage"], "input_tokens", "output_tokens");
            }
            _ => {}
        }
    }
    assert_eq!(events.last().unwrap()["type"], "message_stop");
    answer
}
