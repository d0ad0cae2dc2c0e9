//! Hugging Face's task of making pictures: a prompt and parameters in, a file out.

use super::super::plan::Plan;
use super::super::step::{Ask, Step, Target};
use crate::wire;

/// Writes a request.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>) -> Ask {
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.text("inputs", &plan.request.prompt);
        fields.object("parameters", |parameters| {
            plan.write_edges(parameters, ["width", "height"]);
            let names = ["negative_prompt", "seed", "num_inference_steps", "guidance_scale"];
            plan.write_dials(parameters, names);
        });
    });
    let step = Step { accept: "image/png", ..Step::json(format!("/{}", target.model), body) };
    plan.ask(step)
}
