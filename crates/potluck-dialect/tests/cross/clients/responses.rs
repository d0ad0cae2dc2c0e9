//! OpenAI's Responses.

use serde_json::Value;

use super::tokens;
use crate::fact::{Answer, Call, inside, items, words};

pub(crate) fn whole(body: &Value) -> Answer {
    let mut answer = ended(body);
    for item in items(&body["output"]) {
        match words(&item["type"]) {
            "reasoning" => items(&item["summary"])
                .iter()
                .for_each(|part| answer.thoughts += words(&part["text"])),
            "message" => {
                items(&item["content"]).iter().for_each(|part| answer.text += words(&part["text"]));
            }
            "function_call" => {
                let call = begin(item);
                answer.calls.push(Call { arguments: inside(&item["arguments"]), ..call });
            }
            other => panic!("an item of {other}"),
        }
    }
    answer
}

fn ended(body: &Value) -> Answer {
    Answer {
        finish: words(&body["status"]).to_owned(),
        usage: tokens(&body["usage"], "input_tokens", "output_tokens"),
        ..Answer::default()
    }
}

fn begin(item: &Value) -> Call {
    Call {
        id: words(&item["call_id"]).to_owned(),
        name: words(&item["name"]).to_owned(),
        arguments: Value::Null,
    }
}

/// The pieces, which must add up to what the last event repeats.
pub(crate) fn stream(events: &[Value]) -> Answer {
    let last = events.last().unwrap();
    assert_eq!(last["type"], "response.completed");
    let (mut answer, mut arguments) = (ended(&last["response"]), String::new());
    for event in events {
        let delta = words(&event["delta"]);
        match words(&event["type"]) {
            "response.reasoning_summary_text.delta" => answer.thoughts += delta,
            "response.output_text.delta" => answer.text += delta,
            "response.function_call_arguments.delta" => arguments += delta,
            "response.output_item.added" if event["item"]["type"] == "function_call" => {
                answer.calls.push(begin(&event["item"]));
            }
            "response.output_item.done" if event["item"]["type"] == "function_call" => {
                let call = answer.calls.last_mut().unwrap();
                call.arguments = serde_json::from_str(&std::mem::take(&mut arguments)).unwrap();
            }
            _ => {}
        }
    }
    assert_eq!(whole(&last["response"]), answer);
    answer
}
