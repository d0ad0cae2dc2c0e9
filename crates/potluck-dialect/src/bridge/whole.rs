//! A whole answer from a provider's dialect into a client's.

use potluck_core::response::{ChatResponse, Choice, FinishReason, StreamEvent, Usage};

use crate::BadAnswer;
use crate::call_id::Fresh;
use crate::client::{Client, Recipient, Route};
use crate::contract::Contract;
use crate::dialect::Dialect;
use crate::openai_chat::{self, openrouter};
use crate::quirk::Quirks;
use crate::{emulate, estimate, fold};

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
/// It is none: empty, cut, garbage, an error inside; or it breaks the contract: calls tools that nobody
/// described, or with arguments that are no object, or is not of the form that was demanded.
pub fn whole(
    provider: Dialect,
    quirks: Quirks,
    recipient: &Recipient<'_>,
    contract: &Contract,
    body: &[u8],
) -> Result<Whole, BadAnswer> {
    let response = provider.read_response(body, quirks)?;
    complete(response, recipient, contract)
}

/// As [`whole`], of an answer to [`emulate::request`], which is never a stream: it is written as one where the
/// client asked for one.
///
/// # Errors
/// As of [`whole`].
pub fn emulated(
    provider: Dialect,
    quirks: Quirks,
    recipient: &Recipient<'_>,
    contract: &Contract,
    body: &[u8],
) -> Result<Whole, BadAnswer> {
    let mut response = provider.read_response(body, quirks)?;
    emulate::unfence(&mut response);
    complete(response, recipient, contract)
}

fn complete(
    mut response: ChatResponse,
    recipient: &Recipient<'_>,
    contract: &Contract,
) -> Result<Whole, BadAnswer> {
    let requested = recipient.request;
    if response.choices.iter().all(|choice| choice.reply.is_empty()) {
        return Err(BadAnswer::Empty);
    }
    contract.judge(&response, requested)?;
    Fresh::after(&requested.messages).settle(&mut response);
    let usage = response.usage.clone();
    let finish = response.choices.first().and_then(|choice| {
        Some(openai_chat::corrected(choice.finish?, !choice.reply.tool_calls.is_empty()))
    });
    if usage.is_none() {
        let written = response.choices.iter().map(length).sum();
        response.usage = Some(estimate::usage(estimate::prompt_tokens(requested), written));
    }
    let streams = requested.stream == Some(true);
    let body =
        if streams { pour(response, recipient) } else { recipient.write_response(&response) };
    Ok(Whole { body, usage, finish })
}

/// A whole answer as the stream that was asked for.
fn pour(response: ChatResponse, recipient: &Recipient<'_>) -> Vec<u8> {
    let (mut events, mut out) = (Vec::new(), Vec::new());
    fold::unfold(response, &mut events);
    let mut writer = recipient.stream_writer();
    for event in events.iter().filter(|event| **event != StreamEvent::Done) {
        writer.write(event, &mut out);
    }
    writer.finish(&mut out);
    out
}

fn length(choice: &Choice) -> u64 {
    let reply = &choice.reply;
    let texts = [&reply.text, &reply.reasoning, &reply.refusal];
    let said: usize = texts.into_iter().flatten().map(String::len).sum();
    let called: usize = reply.tool_calls.iter().map(|call| call.arguments.len()).sum();
    (said + called) as u64
}
