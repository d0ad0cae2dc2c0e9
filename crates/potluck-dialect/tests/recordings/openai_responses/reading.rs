//! An independent reading of recorded answers and streams into the shapes in the middle.

use potluck_core::Sealed;
use potluck_core::request::ToolCall;
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply, StreamEvent, Usage};
use potluck_core::sealed::Extra;
use serde_json::Value;

/// Whether an item is of a tool that runs on the provider's servers.
pub(super) fn is_hosted(item: &Value) -> bool {
    !matches!(item["type"].as_str(), Some("message" | "reasoning" | "function_call"))
}

/// The thoughts of an item: its summary, else the thoughts themselves.
pub(super) fn thoughts(item: &Value) -> String {
    let texts = |list: &str| -> Vec<&str> {
        let parts = item[list].as_array().into_iter().flatten();
        parts.filter_map(|part| part["text"].as_str()).collect()
    };
    let summary = texts("summary");
    if summary.is_empty() { texts("content").concat() } else { summary.concat() }
}

/// A whole answer.
pub(super) fn whole(body: &Value) -> ChatResponse {
    let mut reply = Reply::default();
    for item in body["output"].as_array().into_iter().flatten() {
        match item["type"].as_str() {
            Some("reasoning") => {
                reply.reasoning.get_or_insert_default().push_str(&thoughts(item));
                reply.reasoning_details = Some(sealed_thoughts(item));
            }
            Some("message") => {
                for part in item["content"].as_array().into_iter().flatten() {
                    let into = |slot: &mut Option<String>, text: &Value| {
                        slot.get_or_insert_default().push_str(text.as_str().unwrap_or_default());
                    };
                    into(&mut reply.text, &part["text"]);
                    if part["refusal"].is_string() {
                        into(&mut reply.refusal, &part["refusal"]);
                    }
                }
            }
            Some("function_call") => {
                let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
                let (id, name, arguments) = (text("call_id"), text("name"), text("arguments"));
                reply.tool_calls.push(ToolCall { id, name, arguments, extra: Extra::new() });
            }
            _ => {}
        }
    }
    let choice = Choice { reply, finish: Some(finish(body)), ..Choice::default() };
    ChatResponse { choices: vec![choice], usage: usage(body), ..ChatResponse::default() }
}

fn sealed_thoughts(item: &Value) -> Sealed {
    match item["encrypted_content"].as_str() {
        Some(text) => Sealed::from_json(
            serde_json::json!([{ "type": "reasoning.encrypted", "data": text }]).to_string(),
        ),
        None => Sealed::from_json("[]"),
    }
}

fn finish(response: &Value) -> FinishReason {
    match (response["status"].as_str(), response["incomplete_details"]["reason"].as_str()) {
        (Some("incomplete"), Some("content_filter")) => FinishReason::ContentFilter,
        (Some("incomplete"), _) => FinishReason::Length,
        _ => FinishReason::Stop,
    }
}

fn usage(response: &Value) -> Option<Usage> {
    let counted = &response["usage"];
    let of = |name: &str| counted[name].as_u64().unwrap_or_default();
    counted.is_object().then(|| Usage {
        prompt: of("input_tokens"),
        completion: of("output_tokens"),
        total: of("total_tokens"),
        cached: counted["input_tokens_details"]["cached_tokens"].as_u64(),
        reasoning: counted["output_tokens_details"]["reasoning_tokens"].as_u64(),
        extra: Extra::new(),
    })
}

/// The JSON of each event of a stream.
pub(super) fn events(stream: &str) -> Vec<Value> {
    let lines = stream.lines().filter_map(|line| line.strip_prefix("data:"));
    let texts = lines.map(str::trim).filter(|data| *data != "[DONE]" && !data.is_empty());
    texts.map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// What one event says.
pub(super) fn event(event: &Value) -> Vec<StreamEvent> {
    let delta = || event["delta"].as_str().unwrap_or_default().to_owned();
    let index = u32::try_from(event["output_index"].as_u64().unwrap_or_default()).unwrap();
    let choice = 0;
    let call = |id: Option<String>, name: Option<String>, arguments: String| {
        StreamEvent::ToolCall { choice, index, id, name, arguments, extra: Extra::new() }
    };
    let kind = event["type"].as_str().unwrap_or_default();
    match kind.strip_prefix("response.").unwrap_or(kind) {
        "output_text.delta" => vec![StreamEvent::Text { choice, text: delta() }],
        "refusal.delta" => vec![StreamEvent::Refusal { choice, text: delta() }],
        "reasoning_summary_text.delta" | "reasoning_text.delta" => {
            vec![StreamEvent::Reasoning { choice, text: delta() }]
        }
        "function_call_arguments.delta" => vec![call(None, None, delta())],
        "output_item.added" => match event["item"]["type"].as_str() {
            Some("reasoning") => {
                let details = sealed_thoughts(&event["item"]);
                vec![StreamEvent::ReasoningDetails { choice, details }]
            }
            Some("function_call") => {
                let text = |name: &str| event["item"][name].as_str().map(str::to_owned);
                vec![call(text("call_id"), text("name"), String::new())]
            }
            _ => Vec::new(),
        },
        "output_text.annotation.added" => {
            let annotations = Sealed::from_json(format!("[{}]", event["annotation"]));
            vec![StreamEvent::Annotations { choice, annotations }]
        }
        "completed" | "incomplete" => {
            let response = &event["response"];
            let end = StreamEvent::Finish { choice, reason: finish(response) };
            usage(response).map(StreamEvent::Usage).into_iter().chain([end]).collect()
        }
        _ => Vec::new(),
    }
}
