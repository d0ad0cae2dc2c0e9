//! An independent reading of Anthropic's answers, in the terms of the one of OpenAI's.

use serde_json::{Value, json};

use crate::plain::{Answer, Call, Choice};

/// A whole answer.
pub(super) fn whole(body: &str) -> Answer {
    match serde_json::from_str::<Value>(body.trim()) {
        Ok(message) => answer(&message, true),
        Err(_) => Answer { broken: true, ..Answer::default() },
    }
}

/// A stream, put together into the message that it tells.
pub(super) fn stream(body: &str) -> Answer {
    let mut message = json!({"content": [], "usage": {}});
    let (mut done, mut error) = (false, false);
    let body = body.replace("\r\n", "\n");
    for data in body.lines().filter_map(|line| line.strip_prefix("data:")) {
        let Ok(event) = serde_json::from_str::<Value>(data) else { continue };
        let blocks = message["content"].as_array_mut().unwrap();
        match event["type"].as_str().unwrap_or_default() {
            "message_start" => update(&mut message["usage"], &event["message"]["usage"]),
            "content_block_start" => blocks.push(event["content_block"].clone()),
            "content_block_delta" => {
                let index = usize::try_from(event["index"].as_u64().unwrap()).unwrap();
                extend(&mut blocks[index], &event["delta"]);
            }
            "message_delta" => {
                update(&mut message["usage"], &event["usage"]);
                message["stop_reason"] = event["delta"]["stop_reason"].clone();
            }
            "message_stop" => done = true,
            "error" => error = true,
            _ => {}
        }
    }
    for block in message["content"].as_array_mut().unwrap() {
        if let Some(text) = block["partial_json"].as_str().filter(|text| !text.is_empty()) {
            block["input"] = serde_json::from_str(text).unwrap_or(Value::Null);
        }
    }
    let said = !message["content"].as_array().unwrap().is_empty();
    let mut answer = answer(&message, said || done);
    (answer.done, answer.error) = (done, error);
    answer
}

fn update(usage: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null())
    {
        usage[key] = value.clone();
    }
}

fn extend(block: &mut Value, delta: &Value) {
    for field in ["text", "thinking", "signature", "partial_json"] {
        if let Some(more) = delta[field].as_str() {
            let so_far = block[field].as_str().unwrap_or_default();
            block[field] = format!("{so_far}{more}").into();
        }
    }
}

fn answer(message: &Value, is_one: bool) -> Answer {
    let mut answer = Answer { error: message["type"] == "error", ..Answer::default() };
    if !is_one || !message["content"].is_array() {
        return answer;
    }
    let mut choice = Choice::default();
    for block in message["content"].as_array().into_iter().flatten() {
        add(&mut choice, block);
    }
    let called = !choice.calls.is_empty();
    choice.finish = message["stop_reason"].as_str().map(|word| match word {
        "tool_use" => "tool_calls".to_owned(),
        "max_tokens" => "length".to_owned(),
        "refusal" => "content_filter".to_owned(),
        _ if called => "tool_calls".to_owned(),
        _ => "stop".to_owned(),
    });
    answer.choices.push(choice);
    let usage = &message["usage"];
    if usage["input_tokens"].is_u64() || usage["output_tokens"].is_u64() {
        let count = |name: &str| usage[name].as_u64().unwrap_or_default();
        let cached = count("cache_read_input_tokens");
        let prompt = count("input_tokens") + count("cache_creation_input_tokens") + cached;
        let written = count("output_tokens");
        let thoughts =
            usage["output_tokens_details"]["thinking_tokens"].as_u64().unwrap_or_default();
        answer.usage = Some([prompt, written, prompt + written, cached, thoughts]);
    }
    answer
}

fn add(choice: &mut Choice, block: &Value) {
    let text = |name: &str| block[name].as_str().unwrap_or_default();
    let format = "anthropic-claude-v1";
    let index = choice.details.len();
    match text("type") {
        "text" => choice.text.push_str(text("text")),
        "thinking" => {
            choice.reasoning.push_str(text("thinking"));
            if !text("signature").is_empty() {
                choice.details.push(json!({"type": "reasoning.text", "text": text("thinking"),
                    "signature": text("signature"), "format": format, "index": index}));
            }
        }
        "redacted_thinking" => choice.details.push(
            json!({"type": "reasoning.encrypted", "data": text("data"), "format": format, "index": index}),
        ),
        "tool_use" => {
            let (id, name) = (text("id").to_owned(), text("name").to_owned());
            choice.calls.push(Call::whole(id, name, block["input"].to_string()));
        }
        _ => {}
    }
}
