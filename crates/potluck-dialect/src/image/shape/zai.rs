//! Z.ai's pictures: `OpenAI`'s path and answer, and no more than a size beside the prompt. The answer is an address.

use super::super::plan::Plan;
use super::super::step::{Ask, Step, Target};
use crate::wire;

/// Writes a request.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>) -> Ask {
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.text("model", target.model);
        fields.text("prompt", &plan.request.prompt);
        if let Some(size) = plan.size {
            fields.text("size", &size.to_string());
        }
    });
    plan.ask(Step::json("/images/generations", body))
}
