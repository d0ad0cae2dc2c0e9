//! Automatic1111's web interface for Stable Diffusion, which Forge, `KoboldCpp` and stable-diffusion.cpp's server speak
//! too: base64 in, base64 out, and what was done as a text of JSON beside it.

use potluck_core::image::Edit;

use super::super::base64;
use super::super::plan::Plan;
use super::super::step::{Ask, Made, Step, Target};
use crate::BadAnswer;
use crate::answer::{self, Fault};
use crate::wire::{self, Cursor, Kind, Object};

/// The model that stands for the one that is loaded.
const LOADED: &str = "default";

/// Writes a request.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>) -> Ask {
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.text("prompt", &plan.request.prompt);
        plan.write_edges(fields, ["width", "height"]);
        plan.write_dials(fields, ["negative_prompt", "seed", "steps", "cfg_scale"]);
        fields.integer("batch_size", 1);
        fields.integer("n_iter", 1);
        if target.model != LOADED {
            fields.object("override_settings", |settings| {
                settings.text("sd_model_checkpoint", target.model);
            });
        }
        if let Some(edit) = &plan.request.edit {
            write_sources(fields, edit);
        }
    });
    let word = if plan.request.edit.is_some() { "img2img" } else { "txt2img" };
    plan.ask(Step::json(format!("/sdapi/v1/{word}"), body))
}

fn write_sources(fields: &mut Object<'_>, edit: &Edit) {
    fields.array("init_images", |images| {
        for source in &edit.sources {
            base64::write(images.item(), "", &source.bytes);
        }
    });
}

/// Reads an answer.
pub(super) fn read(body: &[u8]) -> Result<Vec<Made>, BadAnswer> {
    let (mut made, mut seed) = (None, None);
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("images", Kind::Array) => made = Some(read_images(cursor)?),
            ("info", Kind::Text) => seed = seed_of(&cursor.text()?),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let mut made: Vec<Made> = made.ok_or_else(|| answer::lacks(body, "images"))?;
    if made.is_empty() {
        return Err(BadAnswer::Empty);
    }
    made.iter_mut().for_each(|made| made.seed = seed);
    Ok(made)
}

fn read_images(cursor: &mut Cursor<'_>) -> Result<Vec<Made>, Fault> {
    let mut made = Vec::new();
    cursor.array(|cursor, _| {
        match cursor.kind()? {
            Kind::Text => made.push(Made::of_text(&cursor.text()?)?),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    Ok(made)
}

/// The seed in the text of JSON that says what was done; nothing where that is no JSON.
fn seed_of(info: &str) -> Option<u64> {
    let [seed] = wire::top_level(info.as_bytes(), ["seed"]);
    std::str::from_utf8(seed?).ok()?.parse().ok()
}
