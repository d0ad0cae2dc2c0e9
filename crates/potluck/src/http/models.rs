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
use potluck_core::catalog::{Catalog, Offer};
use potluck_core::pool::OfferView;
use potluck_core::verdict::unknown_model;
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
            answer::value(
                StatusCode::OK,
                &Group::of(&id, &id, members).describe(shelf.stocked.as_secs()),
            )
        }
        Err(unknown) => answer::refuse(&unknown_model(&unknown), None),
    }
}

fn all(house: &House) -> Vec<Value> {
    let (shelf, view) = house.view();
    let catalog = &shelf.catalog;
    let offers: Vec<(&Offer, &OfferView)> = catalog.offers.iter().zip(&view.offers).collect();
    let created = shelf.stocked.as_secs();
    let mut models =
        vec![Group::of("free", "Any free model", offers.iter().copied()).describe(created)];
    let mut families: BTreeMap<&str, Vec<(&Offer, &OfferView)>> = BTreeMap::new();
    for (offer, view) in &offers {
        families.entry(offer.family.as_str()).or_default().push((offer, view));
    }
    for (family, members) in families.iter().filter(|(_, members)| members.len() > 1) {
        models.push(Group::of(family, family, members.iter().copied()).describe(created));
    }
    models.extend(offers.iter().map(|(offer, view)| describe(catalog, offer, view, created)));
    models
}

/// A name that several offers answer to: it can what any of them can.
struct Group {
    id: String,
    title: String,
    context: u32,
    max_output: Option<u32>,
    input: Modalities,
    output: Modalities,
    features: Features,
    drops: Parameters,
    offers: usize,
    available: usize,
}

impl Group {
    fn of<'a>(
        id: &str,
        title: &str,
        members: impl Iterator<Item = (&'a Offer, &'a OfferView)>,
    ) -> Self {
        let mut group = Self {
            id: id.to_owned(),
            title: title.to_owned(),
            context: 0,
            max_output: None,
            input: Modalities::empty(),
            output: Modalities::empty(),
            features: Features::empty(),
            drops: Parameters::all(),
            offers: 0,
            available: 0,
        };
        for (offer, view) in members {
            let capability = &offer.capability;
            group.context = group.context.max(capability.context);
            group.max_output = group.max_output.max(capability.max_output);
            group.input |= capability.input;
            group.output |= capability.output;
            group.features |= capability.features;
            group.drops &= capability.drops;
            group.offers += 1;
            group.available += usize::from(view.exclusion.is_none());
        }
        group
    }

    fn describe(&self, created: i64) -> Value {
        let mut model = common(&Common {
            id: &self.id,
            title: &self.title,
            owner: "potluck",
            created,
            context: self.context,
            max_output: self.max_output,
            input: self.input,
            output: self.output,
            features: self.features,
            drops: self.drops,
        });
        model["potluck"] = json!({
            "kind": if self.id == "free" { "draw" } else { "family" },
            "offers": self.offers,
            "available": self.available,
        });
        model
    }
}

fn describe(catalog: &Catalog, offer: &Offer, view: &OfferView, created: i64) -> Value {
    let provider = catalog.provider(offer.provider);
    let capability = &offer.capability;
    let mut model = common(&Common {
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
    });
    model["potluck"] = json!({
        "kind": "offer",
        "family": offer.family.as_str(),
        "state": view.state,
        "available": view.exclusion.is_none(),
        "quality": capability.quality,
        "trains_on_prompts": match provider.privacy {
            potluck_core::catalog::Privacy::NoTraining => "no",
            potluck_core::catalog::Privacy::Trains => "yes",
            potluck_core::catalog::Privacy::Unclear => "unclear",
        },
    });
    model
}

struct Common<'a> {
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

fn common(model: &Common<'_>) -> Value {
    let inputs = words(model.input);
    let outputs = words(model.output);
    json!({
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": model.owner,
        "type": "model",
        "display_name": model.title,
        "created_at": jiff::Timestamp::from_second(model.created).unwrap_or_default().to_string(),
        "name": model.title,
        "canonical_slug": model.id,
        "context_length": model.context,
        "architecture": {
            "modality": format!("{}->{}", inputs.join("+"), outputs.join("+")),
            "input_modalities": inputs,
            "output_modalities": outputs,
            "tokenizer": "Other",
            "instruct_type": null,
        },
        "pricing": { "prompt": "0", "completion": "0", "request": "0", "image": "0" },
        "top_provider": {
            "context_length": model.context,
            "max_completion_tokens": model.max_output,
            "is_moderated": false,
        },
        "per_request_limits": null,
        "supported_parameters": parameters(model.features, model.drops),
        "default_parameters": null,
        "supported_voices": null,
        "links": { "details": format!("/v1/models/{}", model.id) },
    })
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
