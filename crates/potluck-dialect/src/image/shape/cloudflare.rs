//! Cloudflare's models, run one by one. Three families of them take different bodies, and the answer is JSON around
//! base64 or the file itself, by the model.

use potluck_core::capability::{Parameter, Parameters};

use super::super::form::Form;
use super::super::plan::Plan;
use super::super::step::{Ask, Made, Step, Target};
use crate::BadAnswer;
use crate::answer::{self, Fault};
use crate::wire::{self, Cursor, Kind};

/// What a form can say.
pub(super) fn form_carries() -> Parameters {
    Parameter::Size | Parameter::Steps
}

/// Writes a request of JSON; `steps` is the model's word for them.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>, steps: &'static str) -> Ask {
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.text("prompt", &plan.request.prompt);
        plan.write_edges(fields, ["width", "height"]);
        plan.write_dials(fields, ["negative_prompt", "seed", steps, "guidance"]);
    });
    plan.ask(Step::json(path(target), body))
}

/// Writes a form, for the models that refuse JSON.
pub(super) fn write_form(plan: Plan<'_>, target: &Target<'_>) -> Ask {
    let mut form = Form::default();
    form.text("prompt", &plan.request.prompt);
    if let Some(size) = plan.size {
        form.text("width", &size.wide.to_string());
        form.text("height", &size.high.to_string());
    }
    if let Some(steps) = plan.steps {
        form.text("steps", &steps.to_string());
    }
    let sources = plan.request.edit.iter().flat_map(|edit| &edit.sources);
    for (name, source) in INPUTS.into_iter().zip(sources) {
        form.file(name, source);
    }
    let step = form.step(path(target));
    plan.ask(step)
}

/// The most pictures to start from.
pub(super) const MOST_INPUTS: u32 = 4;

/// Their names.
const INPUTS: [&str; 4] = ["input_image_0", "input_image_1", "input_image_2", "input_image_3"];

fn path(target: &Target<'_>) -> String {
    format!("/run/{}", target.model)
}

/// Reads an answer of JSON: `{"result": {"image": base64}, "success": true}`.
pub(super) fn read(body: &[u8]) -> Result<Vec<Made>, BadAnswer> {
    let mut image = None;
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("result", Kind::Object) => image = read_result(cursor)?,
            ("image", Kind::Text) => image = Some(cursor.text()?.into_owned()),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let image = image.ok_or_else(|| answer::lacks(body, "a picture"))?;
    Ok(vec![Made::of_text(&image)?])
}

fn read_result(cursor: &mut Cursor<'_>) -> Result<Option<String>, Fault> {
    let mut image = None;
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("image", Kind::Text) => image = Some(cursor.text()?.into_owned()),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    Ok(image)
}
