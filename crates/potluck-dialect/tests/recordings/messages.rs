//! Anthropic's clients: their requests through the reader and back to a provider of the same dialect, and their
//! answers written for them again.

use std::collections::BTreeMap;

use potluck_core::request::ChatRequest;
use potluck_dialect::bridge::{StreamBridge, whole};
use potluck_dialect::quirk::Quirks;
use potluck_dialect::{Client, Contract, Dialect, Echo, Recipient, Stamp, Target};
use potluck_testkit::recordings::{RecordedBody, Recording};
use serde_json::{Value, json};

use crate::speech::{self, Speech};
use crate::{anthropic, check_each, compare, recorded};

fn speech() -> Speech {
    speech::ALL.into_iter().find(|speech| speech.dialect == Dialect::Anthropic).unwrap()
}

fn accepted(recording: &&Recording) -> bool {
    recording.response.status == 200 && !recording.request.body.is_empty()
}

fn target(body: &Value) -> Target<'_> {
    Target {
        model: body["model"].as_str().unwrap_or_default(),
        quirks: Quirks::empty(),
        stream: body["stream"] == true,
        max_output: None,
        context: 100_000,
    }
}

/// What a model of another maker cannot be given at all: refused, in words that say why.
const REFUSED: [&str; 2] = ["no free model has it", "kept at Anthropic"];

/// Fields that steer Anthropic's own service: left out, and named.
const STEERING: [&str; 1] = ["context_management"];

#[test]
fn requests_come_back_as_they_were_sent() {
    let Some(recordings) = recorded("requests_come_back_as_they_were_sent") else { return };
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let kinds = std::cell::RefCell::new(&mut kinds);
    let requests: Vec<Recording> = speech().of(&recordings).filter(accepted).cloned().collect();
    check_each("anthropic, requests", requests.iter(), &[], |recording| {
        let sent: Value = serde_json::from_slice(&recording.request.body).unwrap();
        let request = match Client::Messages.read_request(&recording.request.body) {
            Ok(asked) => asked.request,
            Err(refusal) => {
                let why = REFUSED.iter().find(|why| refusal.message.contains(**why));
                let why = why.ok_or_else(|| refusal.message.clone())?;
                *kinds.borrow_mut().entry(format!("refused: {why}")).or_default() += 1;
                return Ok(());
            }
        };
        let written = Dialect::Anthropic.write_request(&request, &target(&sent));
        let out: Value = serde_json::from_slice(&written.body).unwrap();
        let (mut expected, mut differences) = (sent, Vec::new());
        normalise(&mut expected, &mut differences);
        for name in &differences {
            *kinds.borrow_mut().entry((*name).to_owned()).or_default() += 1;
        }
        let mut out = out;
        plain_texts(&mut out);
        same("", &expected, &out)
    });
    for (kind, count) in kinds.into_inner() {
        eprintln!("  {kind}: {count}");
    }
}

/// Puts what was sent into the form in which it comes back, and names what is put otherwise and why.
fn normalise(body: &mut Value, differences: &mut Vec<&'static str>) {
    let fields = body.as_object_mut().unwrap();
    if fields.shift_remove("stream").is_none_or(|stream| stream == false) {
        fields.insert("stream".to_owned(), false.into());
    } else {
        fields.insert("stream".to_owned(), true.into());
    }
    fields.retain(|_, value| !value.is_null() && *value != json!([]));
    for name in STEERING {
        if fields.shift_remove(name).is_some() {
            differences.push("left out and named: it steers Anthropic's own service");
        }
    }
    if let Some(format) = fields.shift_remove("output_format") {
        differences.push("output_format goes under its newer name");
        fields.entry("output_config").or_insert_with(|| json!({}))["format"] = format;
    }
    hoist(fields, differences);
    for message in fields["messages"].as_array_mut().unwrap() {
        let blocks = message["content"].as_array_mut();
        for block in blocks.into_iter().flatten() {
            normalise_block(block, differences);
        }
    }
    for tool in fields.get_mut("tools").and_then(Value::as_array_mut).into_iter().flatten() {
        tool.as_object_mut().unwrap().retain(|key, value| key != "type" && !value.is_null());
    }
    if fields.get("tools").is_none() {
        fields.shift_remove("tool_choice");
    }
    plain_texts(body);
}

fn normalise_block(block: &mut Value, differences: &mut Vec<&'static str>) {
    block.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    if block["type"] == "document" && block["source"]["type"] == "text" {
        differences.push("a document of words becomes words");
        if block.get("citations").is_some() {
            differences.push("citations of words are not asked for");
        }
        let mark = block.get("cache_control").cloned();
        *block = json!({"type": "text", "text": document(block)});
        if let Some(mark) = mark {
            block["cache_control"] = mark;
        }
    } else if block["type"] == "document" && block["title"].is_null() {
        differences.push("a document without a title gets one");
        block["title"] = "document.pdf".into();
    }
    if block["type"] == "tool_result" {
        for inner in block["content"].as_array_mut().into_iter().flatten() {
            match inner["type"].as_str() {
                Some("document") => normalise_block(inner, differences),
                Some("search_result") => {
                    differences.push("a search result becomes words");
                    if inner.get("citations").is_some() {
                        differences.push("citations of words are not asked for");
                    }
                    *inner = json!({"type": "text", "text": found(inner)});
                }
                Some("tool_reference") => {
                    differences.push("a reference to a tool becomes its name");
                    *inner = json!({"type": "text", "text": inner["tool_name"]});
                }
                _ => {}
            }
        }
    }
}

fn document(block: &Value) -> String {
    let title = block["title"].as_str().map(|title| format!(" title={title:?}"));
    let data = block["source"]["data"].as_str().unwrap();
    format!("<document{}>\n{data}\n</document>", title.unwrap_or_default())
}

fn found(block: &Value) -> String {
    let texts: Vec<&str> = block["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|inner| inner["text"].as_str().unwrap())
        .collect();
    let (title, source) = (block["title"].as_str().unwrap(), block["source"].as_str().unwrap());
    format!("{title}\n{source}\n{}", texts.join("\n"))
}

/// Instructions from between the turns join the others.
fn hoist(fields: &mut serde_json::Map<String, Value>, differences: &mut Vec<&'static str>) {
    let messages = fields["messages"].as_array_mut().unwrap();
    let (between, turns): (Vec<Value>, Vec<Value>) =
        std::mem::take(messages).into_iter().partition(|message| message["role"] == "system");
    *messages = turns;
    if between.is_empty() {
        return;
    }
    differences.push("instructions from between the turns join the others");
    let mut system = fields.get("system").map(blocks).unwrap_or_default();
    for message in between {
        let said = blocks(&message["content"]);
        let (words, steering): (Vec<Value>, Vec<Value>) =
            said.into_iter().partition(|block| block["type"] == "text");
        if !steering.is_empty() {
            differences.push("left out and named: it steers Anthropic's own service");
        }
        system.extend(words);
    }
    if !system.is_empty() {
        fields.insert("system".to_owned(), system.into());
    }
}

fn blocks(content: &Value) -> Vec<Value> {
    match content {
        Value::String(text) => vec![json!({"type": "text", "text": text})],
        other => other.as_array().cloned().unwrap_or_default(),
    }
}

/// A text and one block of that text say the same; neighbours of one speaker are one turn.
fn plain_texts(body: &mut Value) {
    let fields = body.as_object_mut().unwrap();
    if let Some(system) = fields.get_mut("system") {
        *system = blocks(system).into();
    }
    let mut turns: Vec<Value> = Vec::new();
    for mut message in std::mem::take(fields["messages"].as_array_mut().unwrap()) {
        let mut said = blocks(&message["content"]);
        for block in said.iter_mut().filter(|block| block["type"] == "tool_result") {
            block["content"] = blocks(&block["content"]).into();
        }
        said.retain(|block| block["text"].as_str().is_none_or(|text| !text.trim().is_empty()));
        match turns.last_mut().filter(|last| last["role"] == message["role"]) {
            Some(last) => last["content"].as_array_mut().unwrap().extend(said),
            None => {
                message["content"] = said.into();
                turns.push(message);
            }
        }
    }
    for turn in &mut turns {
        // Answers of tools come first, and stay in their order.
        turn["content"].as_array_mut().unwrap().sort_by_key(|block| block["type"] != "tool_result");
    }
    fields.insert("messages".to_owned(), turns.into());
}

/// Whether two documents say the same; numbers by value, order of fields aside.
fn same(path: &str, one: &Value, other: &Value) -> Result<(), String> {
    crate::requests::same(path, one, other)
}

fn recipient(request: &ChatRequest) -> Recipient<'_> {
    let stamp = Stamp { id: "gen-1".to_owned(), created: 7, model: "provider/model".to_owned() };
    Recipient { client: Client::Messages, stamp, request, echo: &Echo::Nothing }
}

#[test]
fn answers_are_written_for_their_own_clients_again() {
    let test = "answers_are_written_for_their_own_clients_again";
    let Some(recordings) = recorded(test) else { return };
    for speech in speech::ALL {
        let answers = speech.of(&recordings).filter(|recording| recording.response.status == 200);
        let what = format!("{}, for Anthropic's clients", speech.name);
        check_each(&what, answers, &[], |recording| check_answer(&speech, recording));
    }
}

fn check_answer(speech: &Speech, recording: &Recording) -> Result<(), String> {
    let request = ChatRequest::default();
    let recipient = recipient(&request);
    let (expected, written) = match &recording.response.body {
        RecordedBody::Json(text) => {
            let Ok(whole) = whole(
                speech.dialect,
                Quirks::empty(),
                &recipient,
                &Contract::default(),
                text.as_bytes(),
            ) else {
                // Judged as an answer to OpenAI's clients already.
                return Ok(());
            };
            let written = String::from_utf8(whole.body).unwrap();
            ((speech.whole)(text), anthropic::whole(&written))
        }
        RecordedBody::Sse(text) => {
            let mut bridge = StreamBridge::new(speech.dialect, Quirks::empty(), &recipient);
            let mut out = Vec::new();
            let pushed = bridge.push(text.as_bytes(), &mut out);
            if pushed.and_then(|()| bridge.finish(&mut out)).is_err() {
                return Ok(());
            }
            let out = String::from_utf8(out).unwrap();
            check_order(&out)?;
            ((speech.stream)(text), anthropic::stream(&out))
        }
        _ => return Ok(()),
    };
    same_answer(expected, written)
}

/// What this dialect has no place for is left out of the comparison, and no more.
fn same_answer(
    mut expected: crate::plain::Answer,
    mut written: crate::plain::Answer,
) -> Result<(), String> {
    expected.choices.truncate(1);
    for choice in expected.choices.iter_mut().chain(&mut written.choices) {
        choice.images.clear();
        choice.annotations.clear();
        choice.logprobs.clear();
        choice.text.push_str(&std::mem::take(&mut choice.refusal));
        // What nobody signed need not travel back; its words are thoughts like others.
        let words: String =
            choice.details.iter().filter_map(|detail| detail["text"].as_str()).collect();
        if choice.reasoning.is_empty() {
            choice.reasoning = words;
        }
        for detail in &mut choice.details {
            detail.as_object_mut().unwrap().shift_remove("id");
        }
        choice.details.retain(|detail| {
            let signed =
                detail["signature"].as_str().is_some_and(|signature| !signature.is_empty());
            detail["format"] == "anthropic-claude-v1" && (signed || detail["data"].is_string())
        });
        for call in &mut choice.calls {
            // Only an object may stand here: a call that was cut short, or is no JSON, has an empty one.
            let is_object =
                serde_json::from_str::<Value>(&call.arguments).is_ok_and(|it| it.is_object());
            if !is_object {
                call.arguments = "{}".to_owned();
            }
        }
    }
    if let (Some(expected), Some(written)) = (&mut expected.usage, &mut written.usage) {
        // Some count what came from a cache beside the prompt: here it is a part of it.
        expected[0] = expected[0].max(expected[3]);
        // The sum of all and the share of thoughts are not told here.
        (expected[2], expected[4]) = (0, 0);
        (written[2], written[4]) = (0, 0);
    }
    compare::answers(&expected, &written)
}

/// Blocks begin in order, are told while they are open, and end before the next begins.
fn check_order(stream: &str) -> Result<(), String> {
    let (mut next, mut open) = (0, false);
    for event in stream.split_terminator("\n\n") {
        let data = event.split_once("\ndata: ").ok_or("an event without data")?.1;
        let data: Value = serde_json::from_str(data).map_err(|error| error.to_string())?;
        let kind = data["type"].as_str().unwrap_or_default();
        let fits = match kind {
            "content_block_start" => !std::mem::replace(&mut open, true) && data["index"] == next,
            "content_block_delta" => open && data["index"] == next,
            "content_block_stop" => {
                next += 1;
                std::mem::replace(&mut open, false) && data["index"] == next - 1
            }
            _ => !open,
        };
        if !fits {
            return Err(format!("out of order: {data}"));
        }
    }
    Ok(())
}
