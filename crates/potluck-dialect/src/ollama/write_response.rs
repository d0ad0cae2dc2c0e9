//! A whole answer, and the bodies that are none.

use potluck_core::response::{ChatResponse, Choice, FinishReason};
use potluck_core::verdict::Refusal;

use super::frame::{self, Shape, Times};
use crate::client::{Stamp, Stopwatch};
use crate::wire::{self, Broken, Cursor, Kind};

/// Writes the body of an answer: its first choice, since there is no place for others.
pub(crate) fn write(
    response: &ChatResponse,
    stamp: &Stamp,
    shape: Shape,
    asked: Option<&dyn Stopwatch>,
) -> Vec<u8> {
    let none = Choice::default();
    let choice = response.choices.first().unwrap_or(&none);
    let reply = &choice.reply;
    let text = reply.text.as_deref().or(reply.refusal.as_deref()).unwrap_or_default();
    let calls: Vec<(&str, &str)> = reply
        .tool_calls
        .iter()
        // A broken call was refused before, unless the limit of tokens cut it: it is then no call.
        .filter_map(|call| Some((call.name.as_str(), frame::object_of(&call.arguments)?)))
        .collect();
    let times = Times { total: asked.map(Stopwatch::elapsed), first: None };
    let mut out = Vec::with_capacity(text.len() + 512);
    wire::object(&mut out, |fields| {
        frame::head(fields, stamp);
        frame::said(fields, shape, text, reply.reasoning.as_deref(), &calls);
        if let Some(list) = choice.logprobs.as_ref().and_then(|sealed| tokens(sealed.as_json())) {
            fields.json("logprobs", list);
        }
        let reason = choice.finish.unwrap_or(FinishReason::Stop);
        frame::end(fields, reason, response.usage.as_ref(), times);
    });
    out
}

/// The list of tokens out of log probabilities as OpenAI has them.
pub(super) fn tokens(logprobs: &str) -> Option<&str> {
    let mut list = None;
    let walked: Result<(), Broken> = Cursor::lenient(logprobs).object(|cursor, key| {
        let kind = cursor.kind()?;
        let value = cursor.value()?;
        if key == "content" && kind == Kind::Array {
            list = Some(value);
        }
        Ok(())
    });
    walked.ok().and(list)
}

/// Writes the answer to a request that only wants a model to be ready, which it always is.
pub(crate) fn write_ready(stamp: &Stamp, shape: Shape) -> Vec<u8> {
    let mut out = Vec::new();
    wire::object(&mut out, |fields| {
        frame::head(fields, stamp);
        frame::said(fields, shape, "", None, &[]);
        fields.text("done_reason", "load");
        fields.boolean("done", true);
    });
    out
}

/// Writes the body of a refusal.
pub(crate) fn write_refusal(refusal: &Refusal) -> Vec<u8> {
    let mut out = Vec::new();
    wire::object(&mut out, |fields| fields.text("error", &refusal.message));
    out
}
