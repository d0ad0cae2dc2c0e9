//! `ComfyUI`: a graph of nodes is handed in, looked after, and its file is fetched.
//!
//! Every graph belongs to the models it was drawn for. The one here is the plain one for a checkpoint (Stable
//! Diffusion 1.5, XL and what was trained from them): the model's name is that of its file. A model of separate files,
//! such as Flux, needs another graph and is not served.

use std::time::Duration;

use super::super::escape::escape;
use super::super::plan::Plan;
use super::super::step::{Ask, Later, Method, Phase, Progress, Step, Target};
use super::task;
use crate::BadAnswer;
use crate::answer::{self, Fault};
use crate::wire::{self, Cursor, Kind, Object};

/// What a graph must say where the client did not: the values of the graph that `ComfyUI` itself begins with.
const STEPS: u32 = 20;
const GUIDANCE: f64 = 8.0;
const EDGES: (u32, u32) = (512, 512);

/// How often to look after it: it stands on this machine or near.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes a request. A graph with the seed of the last one is not run again, so one is always sent.
pub(super) fn write(mut plan: Plan<'_>, target: &Target<'_>) -> Ask {
    plan.seed_or(target.chance);
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.object("prompt", |graph| write_graph(graph, &plan, target.model));
    });
    plan.ask(Step::json("/prompt", body))
}

fn write_graph(graph: &mut Object<'_>, plan: &Plan<'_>, checkpoint: &str) {
    let (wide, high) = plan.size.map_or(EDGES, |size| (size.wide, size.high));
    node(graph, "1", "CheckpointLoaderSimple", |inputs| inputs.text("ckpt_name", checkpoint));
    node(graph, "2", "CLIPTextEncode", |inputs| {
        inputs.text("text", &plan.request.prompt);
        inputs.json("clip", r#"["1",1]"#);
    });
    node(graph, "3", "CLIPTextEncode", |inputs| {
        inputs.text("text", plan.negative.unwrap_or_default());
        inputs.json("clip", r#"["1",1]"#);
    });
    node(graph, "4", "EmptyLatentImage", |inputs| {
        inputs.integer("width", wide);
        inputs.integer("height", high);
        inputs.integer("batch_size", 1);
    });
    node(graph, "5", "KSampler", |inputs| write_sampler(inputs, plan));
    node(graph, "6", "VAEDecode", |inputs| {
        inputs.json("samples", r#"["5",0]"#);
        inputs.json("vae", r#"["1",2]"#);
    });
    node(graph, "7", "SaveImage", |inputs| {
        inputs.text("filename_prefix", "potluck");
        inputs.json("images", r#"["6",0]"#);
    });
}

fn write_sampler(inputs: &mut Object<'_>, plan: &Plan<'_>) {
    inputs.integer("seed", plan.seed.unwrap_or_default());
    inputs.integer("steps", plan.steps.unwrap_or(STEPS));
    inputs.number("cfg", plan.guidance.unwrap_or(GUIDANCE));
    inputs.text("sampler_name", "euler");
    inputs.text("scheduler", "normal");
    inputs.integer("denoise", 1);
    for (name, link) in
        [("model", "1"), ("positive", "2"), ("negative", "3"), ("latent_image", "4")]
    {
        inputs.json(name, &format!("[\"{link}\",0]"));
    }
}

fn node(graph: &mut Object<'_>, id: &str, class: &str, fill: impl FnOnce(&mut Object<'_>)) {
    graph.object(id, |node| {
        node.text("class_type", class);
        node.object("inputs", fill);
    });
}

/// Reads the answer to the first step: the graph's name in the queue.
pub(super) fn read(body: &[u8]) -> Result<Progress, BadAnswer> {
    let mut id = None;
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("prompt_id", Kind::Text) => id = Some(cursor.text()?.into_owned()),
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    let id = id.ok_or_else(|| answer::lacks(body, "the name of a graph"))?;
    let id = task::checked(&id)?;
    let cancel = Step::json("/queue", format!("{{\"delete\":[\"{id}\"]}}").into_bytes());
    Ok(Progress::Later(Box::new(Later {
        ask: Step::bare(Method::Get, format!("/history/{id}")),
        after: PAUSE,
        queue: None,
        estimate: None,
        cancel: Some(cancel),
        phase: Phase::Check,
    })))
}

/// Reads the answer to a later step: nothing yet, or where the file is. The file itself is no JSON.
pub(super) fn read_later(later: &Later, body: &[u8]) -> Result<Progress, BadAnswer> {
    if later.phase == Phase::Fetch {
        return Err(answer::lacks(body, "a picture"));
    }
    let mut outcome = Outcome::default();
    answer::walk(body, |cursor, _| match cursor.kind()? {
        Kind::Object => read_run(cursor, &mut outcome),
        _ => skip(cursor),
    })?;
    if outcome.broke {
        return Err(task::failed(body, "the graph could not be run"));
    }
    let Some(file) = outcome.file else {
        if outcome.done {
            return Err(BadAnswer::Empty);
        }
        return Ok(Progress::Later(Box::new(later.clone())));
    };
    Ok(Progress::Later(Box::new(Later {
        ask: Step::bare(Method::Get, file.path()),
        after: Duration::ZERO,
        cancel: None,
        phase: Phase::Fetch,
        ..later.clone()
    })))
}

#[derive(Default)]
struct Outcome {
    done: bool,
    broke: bool,
    file: Option<Place>,
}

/// Where a file is.
#[derive(Default)]
struct Place {
    name: String,
    folder: String,
    kind: String,
}

impl Place {
    fn path(&self) -> String {
        let mut path = String::from("/view?filename=");
        escape(&mut path, &self.name);
        for (key, value) in [("subfolder", &self.folder), ("type", &self.kind)] {
            path.push_str(&format!("&{key}="));
            escape(&mut path, value);
        }
        path
    }
}

fn read_run(cursor: &mut Cursor<'_>, outcome: &mut Outcome) -> Result<(), Fault> {
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("outputs", Kind::Object) => cursor.object(|cursor, _| read_output(cursor, outcome))?,
            ("status", Kind::Object) => read_status(cursor, outcome)?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    })
}

fn read_status(cursor: &mut Cursor<'_>, outcome: &mut Outcome) -> Result<(), Fault> {
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("status_str", Kind::Text) => outcome.broke = cursor.text()? == "error",
            ("completed", Kind::Bool) => outcome.done = cursor.boolean()?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    })
}

fn read_output(cursor: &mut Cursor<'_>, outcome: &mut Outcome) -> Result<(), Fault> {
    if cursor.kind()? != Kind::Object {
        return skip(cursor);
    }
    cursor.object(|cursor, key| match (&*key, cursor.kind()?) {
        ("images", Kind::Array) => cursor.array(|cursor, _| {
            let place = read_place(cursor)?;
            outcome.file.get_or_insert(place);
            Ok(())
        }),
        _ => skip(cursor),
    })
}

fn read_place(cursor: &mut Cursor<'_>) -> Result<Place, Fault> {
    let mut place = Place::default();
    cursor.object(|cursor, key| {
        let slot = match (&*key, cursor.kind()?) {
            ("filename", Kind::Text) => &mut place.name,
            ("subfolder", Kind::Text) => &mut place.folder,
            ("type", Kind::Text) => &mut place.kind,
            _ => return skip(cursor),
        };
        *slot = cursor.text()?.into_owned();
        Ok::<(), Fault>(())
    })?;
    Ok(place)
}

fn skip(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    cursor.value()?;
    Ok(())
}
