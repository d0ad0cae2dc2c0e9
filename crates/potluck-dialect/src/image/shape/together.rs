//! Together's pictures: `OpenAI`'s path and answer, with edges instead of a size and a word of its own for base64.

use super::super::plan::Plan;
use super::super::step::{Ask, Step, Target};
use crate::wire;

/// Writes a request.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>) -> Ask {
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.text("model", target.model);
        fields.text("prompt", &plan.request.prompt);
        fields.integer("n", 1);
        fields.text("response_format", "base64");
        plan.write_edges(fields, ["width", "height"]);
        plan.write_dials(fields, ["negative_prompt", "seed", "steps", "guidance_scale"]);
    });
    plan.ask(Step::json("/images/generations", body))
}
