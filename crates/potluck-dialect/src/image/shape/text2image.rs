//! `OVHcloud`'s Stable Diffusion: a prompt in, a file out, and nothing else to say.

use super::super::plan::Plan;
use super::super::step::{Ask, Step};
use crate::wire;

/// Writes a request. Without the header an answer in JSON would come.
pub(super) fn write(plan: Plan<'_>) -> Ask {
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.text("prompt", &plan.request.prompt);
        if let Some(negative) = plan.negative {
            fields.text("negative_prompt", negative);
        }
    });
    let step = Step { accept: "application/octet-stream", ..Step::json("", body) };
    plan.ask(step)
}
