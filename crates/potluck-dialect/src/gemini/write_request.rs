//! A request, written for Gemini.
//!
//! What never goes out: the router's own fields, thoughts in history (only signatures travel back), and
//! what Gemini has no field for, which is named.

mod config;
mod contents;
mod media;
mod result;
mod thinking;
mod tools;

use potluck_core::request::{ChatRequest, Tool};

use super::model::Model;
use crate::dialect::{Target, Written};
use crate::quirk::Draft;
use crate::wire;

/// Writes the body of `generateContent`, which is that of `streamGenerateContent` too.
pub(crate) fn write(request: &ChatRequest, target: &Target<'_>) -> Written {
    let model = Model::named(target.model);
    let mut draft = Draft::new(request, target);
    draft.apply();
    name_lost(&mut draft);
    let mut out =
        Vec::with_capacity(contents::size(&request.messages) + request.tools.len() * 256 + 512);
    wire::object(&mut out, |body| {
        contents::write(body, &mut draft, model);
        tools::write(body, &mut draft, model);
        config::write(body, &mut draft, model);
    });
    Written { body: out, dropped: draft.dropped }
}

/// Names what was asked for and has no place here at all.
fn name_lost(draft: &mut Draft<'_>) {
    let asked = draft.asked;
    let strict = |tool: &Tool| matches!(tool, Tool::Function { strict: Some(true), .. });
    let dials = &asked.sampling;
    for (is_asked, name) in [
        (dials.min_p.is_some(), "min_p"),
        (dials.top_a.is_some(), "top_a"),
        (dials.repetition_penalty.is_some(), "repetition_penalty"),
        (dials.logit_bias.is_some(), "logit_bias"),
        (asked.parallel_tool_calls == Some(false), "parallel_tool_calls"),
        (asked.user.is_some(), "user"),
        (asked.messages.iter().any(|message| message.name.is_some()), "messages.name"),
        (asked.tools.iter().any(strict), "tools.function.strict"),
    ] {
        if is_asked {
            draft.name(name);
        }
    }
    for (name, _) in asked.extra.iter().filter(|(name, _)| &**name != config::IMAGE_CONFIG) {
        draft.name(name);
    }
}
