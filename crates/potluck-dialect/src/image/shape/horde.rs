//! AI Horde: a request is handed to volunteers' machines, looked after while it waits in a queue, and fetched once.

use std::time::Duration;

use potluck_core::image::Edit;

use super::super::base64;
use super::super::plan::Plan;
use super::super::step::{Ask, Later, Made, Method, Phase, Progress, Step, Target};
use super::task;
use crate::BadAnswer;
use crate::answer::{self, Fault};
use crate::wire::{self, Cursor, Kind, Object};

/// The model that stands for whichever is free first.
const ANY: &str = "any";

/// Clients are asked to name themselves: name, version, and where to find them.
const AGENT: &str = concat!("potluck:", env!("CARGO_PKG_VERSION"), ":unknown");

/// Writes a request. What is not to be seen stands behind three hashes in the prompt.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>) -> Ask {
    let prompt = &plan.request.prompt;
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        match plan.negative {
            Some(negative) => fields.text("prompt", &format!("{prompt} ### {negative}")),
            None => fields.text("prompt", prompt),
        }
        fields.object("params", |params| write_params(params, &plan));
        if target.model != ANY {
            fields.array("models", |models| wire::text(models.item(), target.model));
        }
        if let Some(edit) = &plan.request.edit {
            write_source(fields, edit);
        }
        fields.boolean("nsfw", false);
        fields.boolean("censor_nsfw", true);
        // Inside the answer: an address would live for half an hour.
        fields.boolean("r2", false);
        // Not for a public set, where that can be chosen.
        fields.boolean("shared", false);
    });
    let mut step = Step::json("/generate/async", body);
    step.headers.push(("client-agent", AGENT.into()));
    plan.ask(step)
}

fn write_params(params: &mut Object<'_>, plan: &Plan<'_>) {
    plan.write_edges(params, ["width", "height"]);
    params.integer("n", 1);
    if let Some(steps) = plan.steps {
        params.integer("steps", steps);
    }
    if let Some(guidance) = plan.guidance {
        params.number("cfg_scale", guidance);
    }
    if let Some(seed) = plan.seed {
        params.text("seed", &seed.to_string());
    }
}

fn write_source(fields: &mut Object<'_>, edit: &Edit) {
    if let Some(source) = edit.sources.first() {
        base64::write(fields.key("source_image"), "", &source.bytes);
        fields.text("source_processing", "img2img");
    }
}

/// Reads the answer to the first step: the request's name in the queue.
pub(super) fn read(body: &[u8]) -> Result<Progress, BadAnswer> {
    let mut id = None;
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("id", Kind::Text) => id = Some(cursor.text()?.into_owned()),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let id = id.ok_or_else(|| answer::lacks(body, "the name of a request"))?;
    let id = task::checked(&id)?;
    Ok(Progress::Later(Box::new(Later {
        ask: agent(Step::bare(Method::Get, format!("/generate/check/{id}"))),
        after: SHORTEST,
        queue: None,
        estimate: None,
        cancel: Some(agent(Step::bare(Method::Delete, format!("/generate/status/{id}")))),
        phase: Phase::Check,
    })))
}

fn agent(mut step: Step) -> Step {
    step.headers.push(("client-agent", AGENT.into()));
    step
}

/// The shortest and the longest pause between two looks: answers are cached for a second, and a long estimate may
/// turn out short.
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(10);

/// How far a request is.
#[derive(Default)]
struct Look {
    done: bool,
    faulted: bool,
    impossible: bool,
    queue: Option<u64>,
    wait: Option<u64>,
}

/// Reads the answer to a later step.
pub(super) fn read_later(later: &Later, body: &[u8]) -> Result<Progress, BadAnswer> {
    match later.phase {
        Phase::Check => read_look(later, body),
        Phase::Fetch => read_pictures(body).map(Progress::Pictures),
    }
}

fn read_look(later: &Later, body: &[u8]) -> Result<Progress, BadAnswer> {
    let mut look = Look::default();
    let mut told = false;
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("done", Kind::Bool) => (look.done, told) = (cursor.boolean()?, true),
            ("faulted", Kind::Bool) => look.faulted = cursor.boolean()?,
            ("is_possible", Kind::Bool) => look.impossible = !cursor.boolean()?,
            ("queue_position", Kind::Number) => look.queue = answer::count(cursor)?,
            ("wait_time", Kind::Number) => look.wait = answer::count(cursor)?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    if look.faulted {
        return Err(task::failed(body, "the volunteer's machine gave up"));
    }
    if look.impossible && !look.done {
        return Err(task::failed(body, "no volunteer's machine can do this"));
    }
    if !told {
        return Err(answer::lacks(body, "how far the request is"));
    }
    Ok(Progress::Later(Box::new(next(later, &look))))
}

fn next(later: &Later, look: &Look) -> Later {
    let estimate = look.wait.map(Duration::from_secs);
    let queue = look.queue.map(|queue| u32::try_from(queue).unwrap_or(u32::MAX));
    if !look.done {
        let after = estimate.map_or(SHORTEST, |wait| (wait / 4).clamp(SHORTEST, LONGEST));
        return Later { after, queue, estimate, ..later.clone() };
    }
    // Where it is fetched is where it would have been called off.
    let path = later.cancel.as_ref().map_or_else(String::new, |cancel| cancel.path.clone());
    Later {
        ask: agent(Step::bare(Method::Get, path)),
        after: Duration::ZERO,
        queue: Some(0),
        estimate: None,
        cancel: None,
        phase: Phase::Fetch,
    }
}

fn read_pictures(body: &[u8]) -> Result<Vec<Made>, BadAnswer> {
    let mut made = None;
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("generations", Kind::Array) => made = Some(read_generations(cursor)?),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let made = made.ok_or_else(|| answer::lacks(body, "generations"))?;
    if made.is_empty() { Err(BadAnswer::Empty) } else { Ok(made) }
}

fn read_generations(cursor: &mut Cursor<'_>) -> Result<Vec<Made>, Fault> {
    let mut made = Vec::new();
    cursor.array(|cursor, _| {
        made.push(read_generation(cursor)?);
        Ok::<(), Fault>(())
    })?;
    Ok(made)
}

fn read_generation(cursor: &mut Cursor<'_>) -> Result<Made, Fault> {
    let (mut image, mut seed, mut filtered) = (None, None, false);
    if cursor.kind()? != Kind::Object {
        return Err(BadAnswer::Garbage("generations that are no objects".to_owned()).into());
    }
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("img", Kind::Text) => image = Some(cursor.text()?),
            ("seed", Kind::Text) => seed = cursor.text()?.parse().ok(),
            ("seed", Kind::Number) => seed = answer::count(cursor)?,
            ("censored", Kind::Bool) => filtered |= cursor.boolean()?,
            ("state", Kind::Text) => filtered |= cursor.text()? == "censored",
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    let image =
        image.ok_or_else(|| BadAnswer::Garbage("a generation without a picture".to_owned()))?;
    if filtered && image.is_empty() {
        return Err(BadAnswer::Filtered.into());
    }
    Ok(Made { seed, filtered, ..Made::of_text(&image)? })
}
