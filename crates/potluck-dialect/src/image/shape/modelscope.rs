//! `ModelScope`'s pictures: a task is handed in, looked after, and ends with addresses.

use std::time::Duration;

use super::super::plan::Plan;
use super::super::step::{Ask, Later, Made, Method, Phase, Progress, Step, Target};
use super::task;
use crate::BadAnswer;
use crate::answer::{self, Fault};
use crate::wire::{self, Cursor, Kind};

/// How often to look after a task: what its documentation does.
const PAUSE: Duration = Duration::from_secs(5);

/// Writes a request.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>) -> Ask {
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.text("model", target.model);
        fields.text("prompt", &plan.request.prompt);
        if let Some(size) = plan.size {
            fields.text("size", &size.to_string());
        }
        plan.write_dials(fields, ["negative_prompt", "seed", "steps", "guidance"]);
    });
    let mut step = Step::json("/images/generations", body);
    step.headers.push(("x-modelscope-async-mode", "true".into()));
    plan.ask(step)
}

/// What an answer says, of whichever step.
#[derive(Default)]
struct Task {
    id: Option<String>,
    status: Option<String>,
    made: Option<Vec<Made>>,
}

/// Reads an answer: a task, or its end.
pub(super) fn read(body: &[u8], later: Option<&Later>) -> Result<Progress, BadAnswer> {
    let mut task = Task::default();
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("task_id", Kind::Text) => task.id = Some(cursor.text()?.into_owned()),
            ("task_status", Kind::Text) => task.status = Some(cursor.text()?.to_ascii_uppercase()),
            ("output_images" | "images", Kind::Array) => task.made = Some(read_images(cursor)?),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    match (task.status.as_deref(), task.made) {
        (Some("FAILED" | "FAIL" | "CANCELED" | "TIMEOUT"), _) => {
            Err(task::failed(body, "the task failed"))
        }
        (_, Some(made)) if !made.is_empty() => Ok(Progress::Pictures(made)),
        (Some("SUCCEED" | "SUCCEEDED" | "SUCCESS"), _) => Err(BadAnswer::Empty),
        (status, _) => match (later, task.id) {
            (Some(later), _) if status.is_some() => Ok(Progress::Later(Box::new(later.clone()))),
            (None, Some(id)) => task::checked(&id).map(|id| Progress::Later(Box::new(first(id)))),
            _ => Err(answer::lacks(body, "a task")),
        },
    }
}

fn first(id: &str) -> Later {
    let mut ask = Step::bare(Method::Get, format!("/tasks/{id}"));
    ask.headers.push(("x-modelscope-task-type", "image_generation".into()));
    Later {
        ask,
        after: PAUSE,
        queue: None,
        estimate: None,
        // There is no way to call a task off.
        cancel: None,
        phase: Phase::Check,
    }
}

fn read_images(cursor: &mut Cursor<'_>) -> Result<Vec<Made>, Fault> {
    let mut made = Vec::new();
    cursor.array(|cursor, _| {
        match cursor.kind()? {
            Kind::Text => made.push(Made::of_text(&cursor.text()?)?),
            Kind::Object => cursor.object(|cursor, key| {
                match (&*key, cursor.kind()?) {
                    ("url", Kind::Text) => made.push(Made::of_text(&cursor.text()?)?),
                    _ => drop(cursor.value()?),
                }
                Ok::<(), Fault>(())
            })?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    Ok(made)
}
