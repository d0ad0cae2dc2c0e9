//! `GET /v1/models` and `GET /v1/models/{id}`.
//!
//! One object feeds the readers of OpenAI's list, of OpenRouter's and of Anthropic's at once; what
//! potluck adds stands under `potluck`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use potluck_core::capability::{Feature, Features, Modalities, Parameter, Parameters};
use potluck_core::catalog::{Catalog, Offer, Privacy};
use potluck_core::pool::OfferView;
use potluck_core::verdict::unknown_model;
use potluck_dialect::Client;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::answer;

/// Lists `free`, the families that several offers share, and every offer.
pub(super) async fn list(State(house): State<Arc<House>>) -> Response {
    let data = all(&house);
    let first = data.first().map(|model| model["id"].clone());
    let last = data.last().map(|model| model["id"].clone());
    let list = json!({
        "object": "list",
        "total_count": data.len(),
        "links": { "next": null },
        "has_more": false,
        "first_id": first,
        "last_id": last,
        "data": data,
    });
    answer::value(StatusCode::OK, &list)
}

/// Describes one name, as chat requests may use it.
pub(super) async fn retrieve(State(house): State<Arc<House>>, Path(id): Path<String>) -> Response {
    if let Some(model) = all(&house).into_iter().find(|model| model["id"] == id.as_str()) {
        return answer::value(StatusCode::OK, &model);
    }
    // A tolerated spelling, such as `free:latest`, is described by what it means.
    let (shelf, view) = house.view();
    match shelf.catalog.select(std::slice::from_ref(&id)) {
        Ok(selection) => {
            let members = selection.iter().filter_map(|(index, _)| {
                Some((shelf.catalog.offer(index), view.offers.get(index.0 as usize)?))
            });
            let created = shelf.stocked.as_secs();
            answer::value(StatusCode::OK, &describe_group(&id, &id, created, members))
        }
        Err(unknown) => answer::refuse(Client::Chat, &unknown_model(&unknown), None),
    }
}

fn all(house: &House) -> Vec<Value> {
    let (shelf, view) = house.view();
    let catalog = &shelf.catalog;
    let offers: Vec<(&Offer, &OfferView)> = catalog.offers.iter().zip(&view.offers).collect();
    let created = shelf.stocked.as_secs();
    let any = describe_group("free", "Any free model", created, offers.iter().copied());
    let mut models = vec![any];
    let mut families: BTreeMap<&str, Vec<(&Offer, &OfferView)>> = BTreeMap::new();
    for (offer, view) in &offers {
        families.entry(offer.family.as_str()).or_default().push((offer, view));
    }
    for (family, members) in families.iter().filter(|(_, members)| members.len() > 1) {
        models.push(describe_group(family, family, created, members.iter().copied()));
    }
    models.extend(offers.iter().map(|(offer, view)| describe_offer(catalog, offer, view, created)));
    models
}

/// What a name can do, whether one offer answers to it or several.
struct Shown<'a> {
    id: &'a str,
    title: &'a str,
    owner: &'a str,
    created: i64,
    context: u32,
    max_output: Option<u32>,
    input: Modalities,
    output: Modalities,
    features: Features,
    drops: Parameters,
}

/// A name that several offers answer to: it can what any of them can.
fn describe_group<'a>(
    id: &str,
    title: &str,
    created: i64,
    members: impl Iterator<Item = (&'a Offer, &'a OfferView)>,
) -> Value {
    let mut shown = Shown {
        id,
        title,
        owner: "potluck",
        created,
        context: 0,
        max_output: None,
        input: Modalities::empty(),
        output: Modalities::empty(),
        features: Features::empty(),
        drops: Parameters::all(),
    };
    let (mut offers, mut available) = (0, 0);
    for (offer, view) in members {
        let capability = &offer.capability;
        shown.context = shown.context.max(capability.context);
        shown.max_output = shown.max_output.max(capability.max_output);
        shown.input |= capability.input;
        shown.output |= capability.output;
        shown.features |= capability.features;
        shown.drops &= capability.drops;
        offers += 1;
        available += usize::from(view.exclusion.is_none());
    }
    let mut model = shown.describe();
    let kind = if id == "free" { "draw" } else { "family" };
    model["potluck"] = json!({ "kind": kind, "offers": offers, "available": available });
    model
}

fn describe_offer(catalog: &Catalog, offer: &Offer, view: &OfferView, created: i64) -> Value {
    let provider = catalog.provider(offer.provider);
    let capability = &offer.capability;
    let shown = Shown {
        id: offer.name.as_str(),
        title: &format!("{}: {}", provider.title, offer.model),
        owner: provider.id.as_str(),
        created,
        context: capability.context,
        max_output: capability.max_output,
        input: capability.input,
        output: capability.output,
        features: capability.features,
        drops: capability.drops,
    };
    let mut model = shown.describe();
    model["potluck"] = json!({
        "kind": "offer",
        "family": offer.family.as_str(),
        "state": view.state,
        "available": view.exclusion.is_none(),
        "quality": capability.quality,
        "trains_on_prompts": match provider.privacy {
            Privacy::NoTraining => "no",
            Privacy::Trains => "yes",
            Privacy::Unclear => "unclear",
        },
    });
    model
}

impl Shown<'_> {
    fn describe(&self) -> Value {
        let inputs = words(self.input);
        let outputs = words(self.output);
        json!({
            "id": self.id,
            "object": "model",
            "created": self.created,
            "owned_by": self.owner,
            "type": "model",
            "display_name": self.title,
            "created_at": jiff::Timestamp::from_second(self.created).unwrap_or_default().to_string(),
            "name": self.title,
            "canonical_slug": self.id,
            "context_length": self.context,
            "architecture": {
                "modality": format!("{}->{}", inputs.join("+"), outputs.join("+")),
                "input_modalities": inputs,
                "output_modalities": outputs,
                "tokenizer": "Other",
                "instruct_type": null,
            },
            "pricing": { "prompt": "0", "completion": "0", "request": "0", "image": "0" },
            "top_provider": {
                "context_length": self.context,
                "max_completion_tokens": self.max_output,
                "is_moderated": false,
            },
            "per_request_limits": null,
            "supported_parameters": parameters(self.features, self.drops),
            "default_parameters": null,
            "supported_voices": null,
            "links": { "details": format!("/v1/models/{}", self.id) },
        })
    }
}

fn words(modalities: Modalities) -> Vec<&'static str> {
    modalities.iter().map(potluck_core::capability::Modality::word).collect()
}

/// OpenRouter's words for what can be asked for.
fn parameters(features: Features, drops: Parameters) -> Vec<&'static str> {
    let mut words: Vec<&'static str> =
        features.iter().flat_map(feature_parameters).copied().collect();
    let plain = Parameters::all()
        - drops
        - (Parameter::Bookkeeping | Parameter::MessageName | Parameter::ToolStrict)
        - Parameter::ReasoningEffort;
    words.extend(plain.iter().map(Parameter::word));
    if features.contains(Feature::Reasoning) && !drops.contains(Parameter::ReasoningEffort) {
        words.push("reasoning_effort");
    }
    words.sort_unstable();
    words.dedup();
    words
}

const fn feature_parameters(feature: Feature) -> &'static [&'static str] {
    match feature {
        Feature::Tools => &["tools"],
        Feature::ForcedTool => &["tool_choice"],
        Feature::ParallelTools => &["parallel_tool_calls"],
        Feature::JsonObject => &["response_format"],
        Feature::JsonSchema => &["response_format", "structured_outputs"],
        Feature::Reasoning => &["reasoning", "include_reasoning"],
        Feature::Logprobs => &["logprobs", "top_logprobs"],
        Feature::Choices => &["n"],
        Feature::RemoteImages => &[],
    }
}
