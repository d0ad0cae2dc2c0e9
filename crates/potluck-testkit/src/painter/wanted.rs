//! What of a request a painter looks at: that there is a prompt, how large, and with which seed.

use serde_json::Value;

use super::manner::Manner;
use crate::server::Request;

/// What is to be painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) wide: u32,
    pub(super) high: u32,
    pub(super) seed: u64,
}

/// The seed of who gave none.
const OWN_SEED: u64 = 4_242;

impl Wanted {
    /// Reads a request; nothing where it has no prompt in the place where this manner has it.
    pub(super) fn read(
        manner: Manner,
        request: &Request,
        path: &str,
        usual: (u32, u32),
    ) -> Option<Self> {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let found = match manner {
            Manner::Pollinations => of_query(path, &request.query),
            Manner::CloudflareForm => of_form(&request.body),
            Manner::OpenAi if path.ends_with("/edits") => of_form(&request.body),
            Manner::HuggingFace => of_json(&body["inputs"], &body["parameters"]),
            Manner::Horde => of_json(&body["prompt"], &body["params"]),
            Manner::Comfy => of_graph(&body["prompt"]),
            Manner::Chat => of_json(&body["messages"][0]["content"], &body),
            _ => of_json(&body["prompt"], &body),
        };
        let Found { edges, seed } = found?;
        let (wide, high) = edges.filter(|_| manner.sizes()).unwrap_or(usual);
        Some(Self { wide, high, seed: seed.unwrap_or(OWN_SEED) })
    }
}

struct Found {
    edges: Option<(u32, u32)>,
    seed: Option<u64>,
}

fn of_json(prompt: &Value, fields: &Value) -> Option<Found> {
    let said = prompt.as_str().map_or_else(|| prompt.is_array(), |text| !text.is_empty());
    let edge = |name: &str| fields[name].as_u64().and_then(|edge| u32::try_from(edge).ok());
    let named = ["size", "image_size"].into_iter().find_map(|name| fields[name].as_str());
    let edges = match (edge("width"), edge("height"), named) {
        (Some(wide), Some(high), _) => Some((wide, high)),
        (_, _, Some(size)) => size
            .split_once('x')
            .and_then(|(wide, high)| Some((wide.parse().ok()?, high.parse().ok()?))),
        _ => None,
    };
    let seed = fields["seed"].as_u64().or_else(|| fields["seed"].as_str()?.parse().ok());
    said.then_some(Found { edges, seed })
}

fn of_graph(graph: &Value) -> Option<Found> {
    let nodes = graph.as_object()?;
    let of = |class: &str| nodes.values().find(|node| node["class_type"] == class);
    let sampler = &of("KSampler")?["inputs"];
    let prompt = sampler["positive"][0].as_str().and_then(|id| nodes.get(id))?;
    let mut found = of_json(&prompt["inputs"]["text"], &of("EmptyLatentImage")?["inputs"])?;
    found.seed = sampler["seed"].as_u64();
    Some(found)
}

fn of_query(path: &str, query: &str) -> Option<Found> {
    let prompt = path.strip_prefix("/prompt/")?;
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse::<u64>().ok())
    };
    let edge = |name: &str| value(name).and_then(|edge| u32::try_from(edge).ok());
    let edges = edge("width").zip(edge("height"));
    (!prompt.is_empty()).then(|| Found { edges, seed: value("seed") })
}

/// The fields of a form, found by their names: enough for who wrote both sides of the test.
fn of_form(body: &[u8]) -> Option<Found> {
    let text = |name: &str| {
        let mark = format!("name=\"{name}\"\r\n\r\n");
        let from = memchr::memmem::find(body, mark.as_bytes())? + mark.len();
        let length = memchr::memmem::find(&body[from..], b"\r\n--")?;
        std::str::from_utf8(&body[from..from + length]).ok()
    };
    let edge = |name: &str| text(name).and_then(|edge| edge.parse::<u32>().ok());
    let sized = || {
        let (wide, high) = text("size")?.split_once('x')?;
        Some((wide.parse().ok()?, high.parse().ok()?))
    };
    text("prompt").filter(|prompt| !prompt.is_empty())?;
    let edges = edge("width").zip(edge("height")).or_else(sized);
    Some(Found { edges, seed: text("seed").and_then(|seed| seed.parse().ok()) })
}
