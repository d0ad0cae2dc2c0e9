//! NVIDIA's visual models: a body of its own on a host of its own, and artifacts back.
//!
//! A picture that its filter held back comes with status 200 and all black: only a word tells.

use super::super::plan::Plan;
use super::super::step::{Ask, Made, Step, Target};
use crate::BadAnswer;
use crate::answer::{self, Fault};
use crate::wire::{self, Cursor, Kind};

/// Writes a request; some models must be told a mode, and others refuse to be.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>, mode: Option<&str>) -> Ask {
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.text("prompt", &plan.request.prompt);
        if let Some(mode) = mode {
            fields.text("mode", mode);
        }
        plan.write_edges(fields, ["width", "height"]);
        plan.write_dials(fields, ["negative_prompt", "seed", "steps", "cfg_scale"]);
    });
    let mut step = Step::json(format!("/{}", target.model), body);
    // Without it a picture that takes longer than a few seconds is only promised.
    step.headers.push(("nvcf-poll-seconds", "300".into()));
    step.accept = "application/json";
    plan.ask(step)
}

/// Reads an answer.
pub(super) fn read(body: &[u8]) -> Result<Vec<Made>, BadAnswer> {
    let mut made = None;
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("artifacts", Kind::Array) => made = Some(read_artifacts(cursor)?),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let made = made.ok_or_else(|| answer::lacks(body, "artifacts"))?;
    if made.is_empty() { Err(BadAnswer::Empty) } else { Ok(made) }
}

fn read_artifacts(cursor: &mut Cursor<'_>) -> Result<Vec<Made>, Fault> {
    let mut made = Vec::new();
    cursor.array(|cursor, _| {
        made.push(read_artifact(cursor)?);
        Ok::<(), Fault>(())
    })?;
    Ok(made)
}

fn read_artifact(cursor: &mut Cursor<'_>) -> Result<Made, Fault> {
    let (mut image, mut finish, mut seed) = (None, None, None);
    if cursor.kind()? != Kind::Object {
        return Err(BadAnswer::Garbage("artifacts that are no objects".to_owned()).into());
    }
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("base64", Kind::Text) => image = Some(cursor.text()?),
            ("finishReason" | "finish_reason", Kind::Text) => finish = Some(cursor.text()?),
            ("seed", Kind::Number) => seed = answer::count(cursor)?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    let image =
        image.ok_or_else(|| BadAnswer::Garbage("an artifact without a picture".to_owned()))?;
    let filtered = finish.as_deref() == Some("CONTENT_FILTERED");
    if filtered && image.is_empty() {
        return Err(BadAnswer::Filtered.into());
    }
    Ok(Made { seed, filtered, ..Made::of_text(&image)? })
}
