//! Every recorded exchange of OpenAI's Responses: requests through the reader, and what answers and streams say,
//! told in the middle's shapes, through the writers.
//!
//! No provider of the pool speaks this dialect alone, so the reading of answers is the test's own.

mod answers;
mod reading;
mod requests;
mod streams;

use potluck_core::request::ChatRequest;
use potluck_dialect::{Client, Echo, Recipient, Stamp};
use potluck_testkit::recordings::{self, Recording};
use serde_json::Value;

/// The recordings of this dialect; `None` when there are none here, which is said aloud.
fn recorded(test: &str) -> Option<Vec<Recording>> {
    let all = recordings::load().unwrap().or_skip(test)?;
    let of_this = |recording: &Recording| {
        recording.dialect == "openai-responses" && recording.request.method == "POST"
    };
    Some(all.into_iter().filter(of_this).collect())
}

fn recipient<'a>(request: &'a ChatRequest, echo: &'a Echo) -> Recipient<'a> {
    let stamp = Stamp { id: "gen-1".to_owned(), created: 1, model: "provider/model".to_owned() };
    Recipient { client: Client::Responses, stamp, request, echo }
}

/// What the items of an answer say, apart from ids: what both sides must agree on. Thoughts count together, wherever
/// they stand, since the middle has one place for them; a message of no words says nothing.
fn said(output: &Value) -> Vec<String> {
    let items: Vec<&Value> = output.as_array().into_iter().flatten().collect();
    let is_thought = |item: &&&Value| item["type"] == "reasoning";
    let thoughts: String =
        items.iter().filter(is_thought).map(|item| reading::thoughts(item)).collect();
    let rest = items.iter().filter(|item| !is_thought(item) && !reading::is_hosted(item));
    let said = rest.map(|item| say(item)).filter(|said| said != "said: ");
    std::iter::once(thoughts).chain(said).collect()
}

fn say(item: &Value) -> String {
    if item["type"] != "message" {
        return format!("called: {} {} {}", item["call_id"], item["name"], item["arguments"]);
    }
    let parts = item["content"].as_array().into_iter().flatten();
    let texts = parts.filter_map(|part| part["text"].as_str().or(part["refusal"].as_str()));
    format!("said: {}", texts.collect::<String>())
}
