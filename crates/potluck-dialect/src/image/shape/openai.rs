//! `OpenAI`'s pictures, which many hosts and local servers speak, each with a field or two of its own.

use potluck_core::capability::{Parameter, Parameters};
use potluck_core::image::Edit;

use super::super::form::Form;
use super::super::plan::Plan;
use super::super::step::{Ask, Made, Step, Target};
use crate::BadAnswer;
use crate::answer::{self, Fault};
use crate::wire::{self, Cursor, Kind, Object};

/// What a request can say.
pub(super) fn carries() -> Parameters {
    Parameter::Size
        | Parameter::Quality
        | Parameter::Style
        | Parameter::Background
        | Parameter::User
        | Parameter::Negative
        | Parameter::Seed
        | Parameter::Steps
        | Parameter::Guidance
}

/// Writes a request: as JSON, or as a form where pictures go with it.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>) -> Ask {
    let step = match &plan.request.edit {
        Some(edit) => write_form(&plan, target, edit),
        None => {
            let mut body = Vec::new();
            wire::object(&mut body, |fields| write_fields(fields, &plan, target));
            Step::json("/images/generations", body)
        }
    };
    plan.ask(step)
}

/// The answer is wanted inside: addresses expire.
fn write_fields(fields: &mut Object<'_>, plan: &Plan<'_>, target: &Target<'_>) {
    fields.text("model", target.model);
    fields.text("prompt", &plan.request.prompt);
    fields.integer("n", 1);
    fields.text("response_format", "b64_json");
    for (name, word) in words(plan) {
        fields.text(name, &word);
    }
    for (name, number) in numbers(plan) {
        fields.number(name, number);
    }
    if let Some(seed) = plan.seed {
        fields.integer("seed", seed);
    }
}

fn words(plan: &Plan<'_>) -> Vec<(&'static str, String)> {
    let size = plan.size.map(|size| size.to_string());
    let all = [
        ("size", size),
        ("quality", plan.quality.map(str::to_owned)),
        ("style", plan.style.map(str::to_owned)),
        ("background", plan.background.map(str::to_owned)),
        ("negative_prompt", plan.negative.map(str::to_owned)),
        ("user", plan.user.map(str::to_owned)),
    ];
    all.into_iter().filter_map(|(name, word)| Some((name, word?))).collect()
}

fn numbers(plan: &Plan<'_>) -> Vec<(&'static str, f64)> {
    let all = [("steps", plan.steps.map(f64::from)), ("guidance", plan.guidance)];
    all.into_iter().filter_map(|(name, number)| Some((name, number?))).collect()
}

fn write_form(plan: &Plan<'_>, target: &Target<'_>, edit: &Edit) -> Step {
    let mut form = Form::default();
    form.text("model", target.model);
    form.text("prompt", &plan.request.prompt);
    form.text("n", "1");
    form.text("response_format", "b64_json");
    for (name, word) in words(plan) {
        form.text(name, &word);
    }
    for (name, number) in numbers(plan) {
        form.text(name, &number.to_string());
    }
    if let Some(seed) = plan.seed {
        form.text("seed", &seed.to_string());
    }
    let name = if edit.sources.len() > 1 { "image[]" } else { "image" };
    for source in &edit.sources {
        form.file(name, source);
    }
    if let Some(mask) = &edit.mask {
        form.file("mask", mask);
    }
    form.step("/images/edits")
}

/// Reads an answer: pictures under `data`, or (`SiliconFlow`) `images`.
pub(super) fn read(body: &[u8]) -> Result<Vec<Made>, BadAnswer> {
    let (mut made, mut seed) = (None, None);
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("data", Kind::Array) => made = Some(read_items(cursor)?),
            ("images", Kind::Array) if made.is_none() => made = Some(read_items(cursor)?),
            ("seed", Kind::Number) => seed = answer::count(cursor)?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let mut made: Vec<Made> = made.ok_or_else(|| answer::lacks(body, "pictures"))?;
    if made.is_empty() {
        return Err(BadAnswer::Empty);
    }
    made.iter_mut().for_each(|made| made.seed = made.seed.or(seed));
    Ok(made)
}

fn read_items(cursor: &mut Cursor<'_>) -> Result<Vec<Made>, Fault> {
    let mut made = Vec::new();
    cursor.array(|cursor, _| {
        made.push(read_item(cursor)?);
        Ok::<(), Fault>(())
    })?;
    Ok(made)
}

/// A picture: an object, or base64 alone.
fn read_item(cursor: &mut Cursor<'_>) -> Result<Made, Fault> {
    if cursor.kind()? == Kind::Text {
        return Ok(Made::of_text(&cursor.text()?)?);
    }
    let (mut inside, mut address, mut seed, mut revised) = (None, None, None, None);
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("b64_json" | "image", Kind::Text) => inside = Some(cursor.text()?),
            ("url", Kind::Text) => address = Some(cursor.text()?),
            ("seed", Kind::Number) => seed = answer::count(cursor)?,
            ("revised_prompt", Kind::Text) => revised = Some(cursor.text()?.into_owned()),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    let said = |text: &std::borrow::Cow<'_, str>| !text.is_empty();
    let text = inside.filter(said).or(address.filter(said));
    let text = text.ok_or_else(|| BadAnswer::Garbage("an item without a picture".to_owned()))?;
    let revised_prompt = revised.filter(|prompt| !prompt.is_empty());
    Ok(Made { seed, revised_prompt, ..Made::of_text(&text)? })
}
