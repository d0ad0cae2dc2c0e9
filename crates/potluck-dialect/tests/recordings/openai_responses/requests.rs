//! What clients were seen to send, and providers to accept, is read, and nothing of it is lost unnamed.

use potluck_core::request::{ChatRequest, Content, Format, Message, Part, Tool, ToolChoice};
use potluck_dialect::{Asked, Client};
use potluck_testkit::recordings::Recording;
use serde_json::{Value, json};

use super::recorded;
use crate::check_each;

/// Requests that are refused, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("openai/027-", "goes on with a conversation that is kept"),
    ("openai/075-", "demands a tool, and its only one makes pictures on OpenAI's servers"),
    ("openai/076-", "demands a tool, and its only one makes pictures on OpenAI's servers"),
    ("openai/099-", "names a file that is kept"),
    ("openai/103-", "names a file that is kept"),
    ("openai/235-", "names a file that is kept"),
];

#[test]
fn what_was_accepted_is_read_and_nothing_is_lost_unnamed() {
    let Some(recordings) = recorded("what_was_accepted_is_read_and_nothing_is_lost_unnamed") else {
        return;
    };
    let accepted = |recording: &&Recording| {
        recording.response.status == 200 && !recording.request.body.is_empty()
    };
    check_each(
        "responses' requests",
        recordings.iter().filter(accepted),
        EXCEPTIONS,
        |recording| {
            let sent: Value = serde_json::from_slice(&recording.request.body).unwrap();
            let Asked { request, .. } = Client::Responses
                .read_request(&recording.request.body)
                .map_err(|refusal| refusal.message)?;
            let (said, heard) = (told(&sent, &request.dropped), understood(&request));
            let lost: Vec<&String> = said.iter().filter(|fact| !heard.contains(fact)).collect();
            let made_up: Vec<&String> = heard.iter().filter(|fact| !said.contains(fact)).collect();
            if lost.is_empty() && made_up.is_empty() {
                return Ok(());
            }
            Err(format!("lost {lost:?}; made up {made_up:?}; named {:?}", request.dropped))
        },
    );
}

/// What the client said, fact by fact, without what the reader named as left out.
fn told(sent: &Value, dropped: &[String]) -> Vec<String> {
    let mut facts = Vec::new();
    for (name, fact) in [
        ("model", "model"),
        ("max_output_tokens", "max"),
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("stream", "stream"),
        ("parallel_tool_calls", "parallel"),
        ("user", "user"),
    ] {
        let without_tools =
            name == "parallel_tool_calls" && sent["tools"].as_array().is_none_or(Vec::is_empty);
        if !sent[name].is_null() && !without_tools {
            facts.push(format!("{fact} {}", number(&sent[name])));
        }
    }
    if let Some(text) = sent["instructions"].as_str() {
        facts.push(format!("System {text}"));
    }
    if let Some(effort) = sent["reasoning"]["effort"].as_str() {
        facts.push(format!("effort {effort}"));
    }
    match &sent["text"]["format"] {
        Value::Null => {}
        format => facts.push(format!("format {} {}", format["type"], format["schema"])),
    }
    told_items(&sent["input"], &mut facts);
    for tool in sent["tools"].as_array().into_iter().flatten() {
        let of = if tool["function"].is_object() { &tool["function"] } else { tool };
        if tool["type"] == "function" {
            facts.push(format!(
                "tool {} {} {} {}",
                of["name"], of["description"], of["parameters"], of["strict"]
            ));
        } else if !dropped.contains(&format!("tools.{}", tool["type"].as_str().unwrap())) {
            facts.push(format!("unnamed tool {}", tool["type"]));
        }
    }
    if sent["tools"].as_array().into_iter().flatten().any(|tool| tool["type"] == "function") {
        told_choice(&sent["tool_choice"], &mut facts);
    }
    facts
}

fn number(value: &Value) -> String {
    value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string())
}

fn told_choice(choice: &Value, facts: &mut Vec<String>) {
    let name = choice["name"].as_str().or(choice["function"]["name"].as_str());
    match (choice.as_str(), choice["type"].as_str()) {
        (Some(word), _) => facts.push(format!("choice {word}")),
        (_, Some("allowed_tools")) => {
            facts.push(format!("choice {}", choice["mode"].as_str().unwrap()));
        }
        (_, Some(_)) => facts.push(format!("choice of {}", name.unwrap())),
        _ => {}
    }
}

fn told_items(input: &Value, facts: &mut Vec<String>) {
    if let Some(text) = input.as_str() {
        facts.push(format!("User {text}"));
    }
    for item in input.as_array().into_iter().flatten() {
        match item["type"].as_str() {
            None | Some("message") => {
                let role = item["role"].as_str().unwrap();
                let role = role[..1].to_uppercase() + &role[1..];
                told_content(&role, &item["content"], facts);
            }
            Some("function_call") => facts.push(format!(
                "call {} {} {}",
                item["call_id"].as_str().unwrap(),
                item["name"].as_str().unwrap(),
                item["arguments"].as_str().unwrap()
            )),
            Some("function_call_output") => {
                facts.push(format!("answer to {}", item["call_id"].as_str().unwrap()));
                told_content("Tool", &item["output"], facts);
            }
            Some("reasoning") => {
                for list in ["summary", "content"] {
                    for part in item[list].as_array().into_iter().flatten() {
                        let thoughts = part["text"].as_str().unwrap().split("\n\n");
                        facts.extend(thoughts.map(|thought| format!("thought {thought}")));
                    }
                }
                if let Some(sealed) = item["encrypted_content"].as_str() {
                    facts.push(format!("sealed {sealed}"));
                }
            }
            Some(other) => facts.push(format!("unknown item {other}")),
        }
    }
}

fn told_content(role: &str, content: &Value, facts: &mut Vec<String>) {
    if let Some(text) = content.as_str() {
        facts.push(format!("{role} {text}"));
    }
    for part in content.as_array().into_iter().flatten() {
        facts.push(match part["type"].as_str().unwrap() {
            "input_image" => {
                format!("image {} {}", part["image_url"].as_str().unwrap(), part["detail"])
            }
            "input_file" => {
                let data = if part["file_data"].is_null() {
                    &part["file_url"]
                } else {
                    &part["file_data"]
                };
                format!("file {} {}", data, part["filename"])
            }
            _ => format!("{role} {}", part["text"].as_str().unwrap()),
        });
    }
}

/// What the reader understood, in the same words.
fn understood(request: &ChatRequest) -> Vec<String> {
    let mut facts: Vec<String> =
        request.models.iter().map(|model| format!("model {}", json!(model))).collect();
    let number = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {value}"));
    facts.extend(number("max", request.max_output.map(|most| f64::from(most.tokens()))));
    facts.extend(number("temperature", request.sampling.temperature));
    facts.extend(number("top_p", request.sampling.top_p));
    facts.extend(request.stream.map(|stream| format!("stream {stream}")));
    facts.extend(request.parallel_tool_calls.map(|parallel| format!("parallel {parallel}")));
    facts.extend(request.user.as_ref().map(|user| format!("user {}", json!(user))));
    let effort = request.reasoning.as_ref().and_then(|how| how.effort.as_ref());
    facts.extend(effort.map(|effort| format!("effort {effort}")));
    facts.extend(request.format.as_ref().map(|format| match format {
        Format::Text => "format \"text\" null".to_owned(),
        Format::JsonObject => "format \"json_object\" null".to_owned(),
        Format::JsonSchema(sealed) | Format::Other(sealed) => {
            let schema: Value = serde_json::from_str(sealed.as_json()).unwrap();
            format!("format \"json_schema\" {}", schema["schema"])
        }
    }));
    request.messages.iter().for_each(|message| understood_turn(message, &mut facts));
    facts.extend(request.tools.iter().map(understood_tool));
    facts.extend(request.tool_choice.as_ref().map(|choice| match choice {
        ToolChoice::Function(name) => format!("choice of {name}"),
        other => format!("choice {}", format!("{other:?}").to_lowercase()),
    }));
    facts
}

fn understood_tool(tool: &Tool) -> String {
    let Tool::Function { name, description, parameters, strict, .. } = tool else {
        return format!("{tool:?}");
    };
    let schema: Value = parameters
        .as_ref()
        .map_or(Value::Null, |sealed| serde_json::from_str(sealed.as_json()).unwrap());
    format!("tool {} {} {schema} {}", json!(name), json!(description), json!(strict))
}

fn understood_turn(message: &Message, facts: &mut Vec<String>) {
    let role = format!("{:?}", message.role);
    let words = |text: &str| format!("{role} {text}");
    match &message.content {
        Content::Absent | Content::Null => {}
        Content::Text(text) => facts.push(words(text)),
        Content::Parts(parts) => facts.extend(parts.iter().map(|part| match part {
            Part::Text { text, .. } | Part::Refusal(text) => words(text),
            Part::Image { media, detail, .. } => format!("image {} {}", media.url(), json!(detail)),
            Part::File { file, .. } => {
                let file: Value = serde_json::from_str(file.as_json()).unwrap();
                format!("file {} {}", file["file_data"], file["filename"])
            }
            other => format!("{other:?}"),
        })),
    }
    let calls = message.tool_calls.iter();
    facts.extend(calls.map(|call| format!("call {} {} {}", call.id, call.name, call.arguments)));
    facts.extend(message.tool_call_id.as_ref().map(|id| format!("answer to {id}")));
    for thought in message.reasoning.iter().flat_map(|thoughts| thoughts.split("\n\n")) {
        facts.push(format!("thought {thought}"));
    }
    if let Some(details) = &message.reasoning_details {
        let typed: Value = serde_json::from_str(details.as_json()).unwrap();
        let sealed = typed.as_array().unwrap().iter();
        facts.extend(sealed.map(|item| format!("sealed {}", item["data"].as_str().unwrap())));
    }
}
