//! A whole answer from a provider's dialect into a client's.

use potluck_core::request::{ChatRequest, Format};
use potluck_core::response::{ChatResponse, Choice, FinishReason, Usage};

use crate::BadAnswer;
use crate::call_id::Fresh;
use crate::client::{Client, Recipient, Route};
use crate::dialect::Dialect;
use crate::estimate;
use crate::openai_chat::{self, is_custom, openrouter};
use crate::quirk::Quirks;
use crate::wire::Cursor;

/// An answer for the client, and what the relay must know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// The bytes for the client.
    pub body: Vec<u8>,
    /// What it cost, where the provider said so. The body has an estimate, marked as one, where it did not.
    pub usage: Option<Usage>,
    /// Why the first choice ended.
    pub finish: Option<FinishReason>,
}

impl Whole {
    /// Tells the client which route its answer took, where its shape has a place for that.
    pub fn tell_route(&mut self, client: Client, route: &Route) {
        let has_place = matches!(client, Client::Chat | Client::OpenRouter);
        if !has_place || self.body.pop_if(|last| *last == b'}').is_none() {
            return;
        }
        self.body.extend_from_slice(b",\"");
        self.body.extend_from_slice(openrouter::METADATA.as_bytes());
        self.body.extend_from_slice(b"\":");
        self.body.extend_from_slice(openrouter::route(route).as_json().as_bytes());
        self.body.push(b'}');
    }
}

/// Reads a provider's answer, judges it by what was asked, and writes it for the client.
///
/// # Errors
/// It is none: empty, cut, garbage, an error inside; or it calls tools with arguments that are no JSON, or is
/// no JSON where JSON was demanded (unless it ran into the limit of tokens, which the client chose).
pub fn whole(
    provider: Dialect,
    quirks: Quirks,
    recipient: &Recipient<'_>,
    body: &[u8],
) -> Result<Whole, BadAnswer> {
    let requested = recipient.request;
    let mut response = provider.read_response(body, quirks)?;
    judge(&response, requested)?;
    Fresh::after(&requested.messages).settle(&mut response);
    let usage = response.usage.clone();
    let finish = response.choices.first().and_then(|choice| {
        Some(openai_chat::corrected(choice.finish?, !choice.reply.tool_calls.is_empty()))
    });
    if usage.is_none() {
        let written = response.choices.iter().map(length).sum();
        response.usage = Some(estimate::usage(estimate::prompt_tokens(requested), written));
    }
    Ok(Whole { body: recipient.write_response(&response), usage, finish })
}

fn judge(response: &ChatResponse, requested: &ChatRequest) -> Result<(), BadAnswer> {
    if response.choices.iter().all(|choice| choice.reply.is_empty()) {
        return Err(BadAnswer::Empty);
    }
    let wants_json = matches!(requested.format, Some(Format::JsonObject | Format::JsonSchema(_)));
    for choice in &response.choices {
        if matches!(choice.finish, Some(FinishReason::Length | FinishReason::ContentFilter)) {
            continue;
        }
        let calls = &choice.reply.tool_calls;
        if !calls.iter().all(|call| is_custom(&call.extra) || is_json(&call.arguments)) {
            return Err(BadAnswer::BrokenArguments);
        }
        let said = choice.reply.text.as_deref().unwrap_or_default();
        if wants_json && calls.is_empty() && choice.reply.refusal.is_none() && !is_json(said) {
            return Err(BadAnswer::BrokenJson);
        }
    }
    Ok(())
}

fn is_json(text: &str) -> bool {
    let mut cursor = Cursor::lenient(text);
    cursor.value().and_then(|_| cursor.end()).is_ok()
}

fn length(choice: &Choice) -> u64 {
    let reply = &choice.reply;
    let texts = [&reply.text, &reply.reasoning, &reply.refusal];
    let said: usize = texts.into_iter().flatten().map(String::len).sum();
    let called: usize = reply.tool_calls.iter().map(|call| call.arguments.len()).sum();
    (said + called) as u64
}
