//! SiliconFlow's pictures: `OpenAI`'s path with words of its own. The answer is an address that lives for an hour.

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
            fields.text("image_size", &size.to_string());
        }
        fields.integer("batch_size", 1);
        let names = ["negative_prompt", "seed", "num_inference_steps", "guidance_scale"];
        plan.write_dials(fields, names);
    });
    plan.ask(Step::json("/images/generations", body))
}
