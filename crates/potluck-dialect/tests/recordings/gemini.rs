//! An independent reading of Gemini's answers, in the terms of the one of OpenAI's.

mod requests;

use serde_json::{Value, json};

use crate::plain::{Answer, Call, Choice};

/// A whole answer: one document, or a list of chunks.
pub(super) fn whole(body: &str) -> Answer {
    let mut answer = Answer::default();
    match serde_json::from_str(body.trim()) {
        Ok(Value::Array(chunks)) => chunks.iter().for_each(|chunk| add(&mut answer, chunk)),
        Ok(document) => add(&mut answer, &document),
        Err(_) => answer.broken = true,
    }
    finish(answer)
}

/// A stream.
pub(super) fn stream(body: &str) -> Answer {
    let mut answer = Answer::default();
    for line in body.lines().filter_map(|line| line.strip_prefix("data:")) {
        match serde_json::from_str(line) {
            Ok(chunk) => add(&mut answer, &chunk),
            Err(_) => answer.broken = true,
        }
    }
    finish(answer)
}

fn add(answer: &mut Answer, document: &Value) {
    answer.error |= document["error"].is_object();
    answer.error |= !document["promptFeedback"]["blockReason"].is_null();
    let counts = &document["usageMetadata"];
    if counts.is_object() {
        let count = |name: &str| counts[name].as_u64().unwrap_or_default();
        let thoughts = count("thoughtsTokenCount");
        let prompt = count("promptTokenCount") + count("toolUsePromptTokenCount");
        let written = count("candidatesTokenCount") + thoughts;
        let total = counts["totalTokenCount"].as_u64().unwrap_or(prompt + written);
        answer.usage = Some([prompt, written, total, count("cachedContentTokenCount"), thoughts]);
    }
    for candidate in document["candidates"].as_array().into_iter().flatten() {
        let index = candidate["index"].as_u64().unwrap_or_default();
        if !answer.choices.iter().any(|choice| choice.index == index) {
            answer.choices.push(Choice { index, ..Choice::default() });
        }
        let choice = answer.choices.iter_mut().find(|choice| choice.index == index).unwrap();
        add_candidate(choice, candidate);
    }
}

fn add_candidate(choice: &mut Choice, candidate: &Value) {
    for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
        let text = part["text"].as_str().unwrap_or_default();
        let thinks = part["thought"] == true;
        if thinks { &mut choice.reasoning } else { &mut choice.text }.push_str(text);
        let data = &part["inlineData"];
        let kind = data["mimeType"].as_str().unwrap_or_default();
        if kind.starts_with("image/") {
            let url = format!("data:{kind};base64,{}", data["data"].as_str().unwrap());
            choice.images.push(json!({"type": "image_url", "image_url": {"url": url}}));
        }
        let call = &part["functionCall"];
        if call.is_object() && call["name"].is_null() {
            // Pieces of the last call; those that were recorded are all texts of one field each.
            let last = choice.calls.last_mut().unwrap();
            for piece in call["partialArgs"].as_array().into_iter().flatten() {
                let field = piece["jsonPath"].as_str().unwrap().strip_prefix("$.").unwrap();
                let mut arguments: Value = serde_json::from_str(&last.arguments).unwrap();
                let before = arguments[field].as_str().unwrap_or_default();
                arguments[field] =
                    (before.to_owned() + piece["stringValue"].as_str().unwrap()).into();
                last.arguments = arguments.to_string();
            }
        } else if call.is_object() {
            let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
            let arguments = if call["args"].is_null() { json!({}) } else { call["args"].clone() };
            choice.calls.push(Call::whole(text("id"), text("name"), arguments.to_string()));
        }
        if part["toolCall"].is_object() || part["toolResponse"].is_object() {
            choice.annotations.push(json!({"type": "provider_part", "provider_part": part}));
        }
    }
    for chunk in candidate["groundingMetadata"]["groundingChunks"].as_array().into_iter().flatten()
    {
        let web = &chunk["web"];
        let citation =
            json!({"url": web["uri"], "title": web["title"].as_str().unwrap_or_default()});
        choice.annotations.push(json!({"type": "url_citation", "url_citation": citation}));
    }
    let result = &candidate["logprobsResult"];
    for (at, token) in result["chosenCandidates"].as_array().into_iter().flatten().enumerate() {
        let mut item = probability(token);
        let beside = result["topCandidates"][at]["candidates"].as_array().into_iter().flatten();
        item["top_logprobs"] = beside.map(probability).collect();
        choice.logprobs.push(item);
    }
    if !candidate["finishReason"].is_null() {
        choice.finish = Some(candidate["finishReason"].to_string());
    }
}

fn probability(token: &Value) -> Value {
    let text = token["token"].as_str().unwrap();
    json!({"token": text, "logprob": token["logProbability"], "bytes": text.as_bytes()})
}

/// Puts Gemini's words into OpenAI's, and tells what cannot be used.
fn finish(mut answer: Answer) -> Answer {
    for choice in &mut answer.choices {
        let said = !choice.text.is_empty() || !choice.reasoning.is_empty();
        let says = said || !choice.calls.is_empty() || !choice.images.is_empty();
        let word = choice.finish.take().map(|word| match word.trim_matches('"') {
            "STOP" | "1" if choice.calls.is_empty() => "stop",
            "STOP" | "1" => "tool_calls",
            "MAX_TOKENS" | "2" => "length",
            "SAFETY" | "3" => "content_filter",
            _ => "error",
        });
        answer.error |= word == Some("error") || (word == Some("content_filter") && !says);
        choice.finish = word.map(str::to_owned);
    }
    answer
}
