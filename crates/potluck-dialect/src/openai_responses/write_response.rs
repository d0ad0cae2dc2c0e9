//! A whole answer as one response object.

use potluck_core::response::{ChatResponse, FinishReason, Reply};

use super::cite;
use super::envelope::{Envelope, Outcome};
use super::item::{self, Call, Item, Said, Status};
use super::names::Names;
use super::question::Question;
use crate::bad_answer;
use crate::client::Stamp;

/// Writes the body of an answer: its first choice, since this dialect asks for one.
pub(crate) fn write(response: &ChatResponse, stamp: &Stamp, question: &Question) -> Vec<u8> {
    let envelope = Envelope::new(stamp, question);
    let choice = response.choices.first();
    let finish = choice.and_then(|choice| choice.finish);
    let outcome = outcome(finish);
    let logprobs = choice.and_then(|choice| choice.logprobs.as_ref()).and_then(cite::probabilities);
    let items = choice.map(|choice| items(&choice.reply, logprobs.unwrap_or_default(), &envelope));
    let items = items.unwrap_or_default();
    let status = match outcome {
        Outcome::Completed => Status::Completed,
        _ => Status::Incomplete,
    };
    let last = items.len().saturating_sub(1);
    let of = |index: usize| if index == last { status } else { Status::Completed };
    let mut out = Vec::with_capacity(2048);
    let listed = items.iter().enumerate().map(|(index, item)| (item, of(index)));
    envelope.write(&mut out, &outcome, listed, response.usage.as_ref());
    out
}

/// How an answer stands that ended for this reason.
pub(super) const fn outcome(finish: Option<FinishReason>) -> Outcome<'static> {
    match finish {
        Some(FinishReason::Length) => Outcome::Incomplete("max_output_tokens"),
        Some(FinishReason::ContentFilter) => Outcome::Incomplete("content_filter"),
        Some(FinishReason::Error) => {
            Outcome::Failed { code: "server_error", message: bad_answer::BROKE }
        }
        Some(FinishReason::Stop | FinishReason::ToolCalls) | None => Outcome::Completed,
    }
}

fn items(reply: &Reply, logprobs: String, envelope: &Envelope) -> Vec<Item> {
    let mut items = Vec::new();
    items.extend(thoughts(reply, envelope));
    let parts = said(reply, logprobs);
    if !parts.is_empty() {
        items.push(Item::Message { id: format!("msg_{}", envelope.item_root(items.len())), parts });
    }
    calls(reply, envelope, &envelope.question.names, &mut items);
    items
}

fn thoughts(reply: &Reply, envelope: &Envelope) -> Option<Item> {
    let words = reply.reasoning.clone().unwrap_or_default();
    let mut details = String::new();
    if let Some(typed) = &reply.reasoning_details {
        item::join(&mut details, typed);
    }
    let is_there = !words.is_empty() || !details.is_empty();
    is_there.then(|| Item::Reasoning {
        id: format!("rs_{}", envelope.item_root(0)),
        words,
        details,
    })
}

fn said(reply: &Reply, logprobs: String) -> Vec<Said> {
    let mut parts = Vec::new();
    if let Some(text) = reply.text.as_deref().filter(|text| !text.is_empty()) {
        let cited = reply.annotations.as_ref();
        let cited = cited.map(|cited| cite::citations(cited, text.chars().count()).join(","));
        let citations = cited.unwrap_or_default();
        parts.push(Said::Text { text: text.to_owned(), citations, logprobs });
    }
    if let Some(refusal) = reply.refusal.as_deref().filter(|refusal| !refusal.is_empty()) {
        parts.push(Said::Refusal(refusal.to_owned()));
    }
    parts
}

fn calls(reply: &Reply, envelope: &Envelope, names: &Names, items: &mut Vec<Item>) {
    for called in &reply.tool_calls {
        let root = envelope.item_root(items.len());
        let call = Call::new(&root, &called.id, &called.name, &called.extra, names);
        items.push(Item::Call(Call { arguments: called.arguments.clone(), ..call }));
    }
}
