//! A request, written for Cohere.
//!
//! What never goes out: the router's own fields, typed thoughts, and what Cohere has no field for, which is named.

mod config;
mod message;
mod thinking;
mod tools;

use potluck_core::request::ChatRequest;

use crate::dialect::{Target, Written};
use crate::quirk::Draft;
use crate::wire::{self, Object};

/// Cohere's own fields, which its clients may send through any door.
const OWN: [&str; 3] = ["documents", "citation_options", "safety_mode"];

/// Writes the body of `POST /v2/chat`.
pub(crate) fn write(request: &ChatRequest, target: &Target<'_>) -> Written {
    let mut draft = Draft::new(request, target);
    draft.apply();
    name_lost(&mut draft);
    let mut out = Vec::with_capacity(message::size(&request.messages) + 512);
    wire::object(&mut out, |body| {
        body.text("model", target.model);
        message::write(body, &mut draft);
        body.boolean("stream", target.stream);
        tools::write(body, &mut draft);
        config::write(body, &mut draft);
        thinking::write(body, &mut draft);
        write_own(body, &mut draft);
    });
    Written { body: out, dropped: draft.dropped }
}

fn write_own(body: &mut Object<'_>, draft: &mut Draft<'_>) {
    let extra = std::mem::take(&mut draft.request.extra);
    for (name, value) in &extra {
        if OWN.contains(&&**name) {
            body.sealed(name, value);
        } else {
            draft.name(name);
        }
    }
}

/// Names what was asked for and has no place here at all.
fn name_lost(draft: &mut Draft<'_>) {
    let asked = draft.asked;
    let dials = &asked.sampling;
    for (is_asked, name) in [
        (dials.min_p.is_some(), "min_p"),
        (dials.top_a.is_some(), "top_a"),
        (dials.repetition_penalty.is_some(), "repetition_penalty"),
        (dials.logit_bias.is_some(), "logit_bias"),
        (asked.logprobs == Some(true), "logprobs"),
        (asked.choices.is_some_and(|count| count > 1), "n"),
        (asked.parallel_tool_calls == Some(false), "parallel_tool_calls"),
        (asked.user.is_some(), "user"),
        (asked.messages.iter().any(|message| message.name.is_some()), "messages.name"),
    ] {
        if is_asked {
            draft.name(name);
        }
    }
}
