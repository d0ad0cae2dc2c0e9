//! `GET /v1/models` and `GET /v1/models/{id}`.
//!
//! One object feeds the readers of OpenAI's list, of OpenRouter's and of Anthropic's at once; what
//! potluck adds stands under `potluck`.

mod filter;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Extension;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use potluck_core::capability::{Feature, Features, Modalities, Parameter, Parameters};
use potluck_core::catalog::{Catalog, Offer, OfferIndex, Privacy, means_everything};
use potluck_core::pool::OfferView;
use potluck_core::verdict::Refusal;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::caller::Caller;
use crate::http::openrouter::endpoints;
use crate::http::reach::{self, Reach};
use crate::http::{answer, speaker};

/// Lists `free`, the pools by name, the families that several offers share, and every offer.
pub(super) async fn list(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<filter::Query>,
) -> Response {
    let filter::Narrowed { models: data, total, ignored } =
        filter::narrow(all(&house, &caller), &query);
    let next = filter::next(uri.path(), uri.query().unwrap_or_default(), data.len(), total);
    let first = data.first().map(|model| model["id"].clone());
    let last = data.last().map(|model| model["id"].clone());
    let list = json!({
        "object": "list",
        "total_count": total,
        "has_more": next.is_some(),
        "links": { "next": next },
        "first_id": first,
        "last_id": last,
        "data": data,
        "potluck": { "ignored": ignored },
    });
    answer::value(StatusCode::OK, &list)
}

/// How many names there are.
pub(super) async fn count(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<filter::Query>,
) -> Response {
    let count = filter::narrow(all(&house, &caller), &query).total;
    answer::value(StatusCode::OK, &json!({ "data": { "count": count } }))
}

/// Describes one name, as chat requests may use it; or, where it ends in `/endpoints`, who offers it.
pub(super) async fn retrieve(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> Response {
    let told = match id.strip_suffix("/endpoints") {
        Some(id) => endpoints::describe(&house, &caller, id).map(|data| json!({ "data": data })),
        None => one(&house, &caller, &id),
    };
    told_or_refused(uri.path(), told)
}

/// The same as OpenRouter wraps it.
pub(super) async fn retrieve_wrapped(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> Response {
    let told = one(&house, &caller, &id).map(|model| json!({ "data": model }));
    told_or_refused(uri.path(), told)
}

fn told_or_refused(path: &str, told: Result<Value, Refusal>) -> Response {
    match told {
        Ok(told) => answer::value(StatusCode::OK, &told),
        Err(refusal) => answer::refuse(speaker::of(path), &refusal, None),
    }
}

/// What a name stands for within what whoever asks may use.
///
/// # Errors
/// 404 for a name that means nothing, 403 for one of which a key leaves nothing.
pub(super) fn one(house: &House, caller: &Caller, id: &str) -> Result<Value, Refusal> {
    if let Some(model) = all(house, caller).into_iter().find(|model| model["id"] == id) {
        return Ok(model);
    }
    // A tolerated spelling, such as `free:latest`, is described by what it means.
    let (shelf, view) = house.view();
    let meant = reach::meaning(house, caller, &shelf.catalog, id)?;
    let members = meant.iter().filter_map(|index| {
        Some((shelf.catalog.offer(*index), view.offers.get(index.0 as usize)?))
    });
    let kind = if means_everything(id) {
        "draw"
    } else if shelf.catalog.pool(id).is_some() {
        "pool"
    } else {
        "family"
    };
    Ok(describe_group(kind, id, id, shelf.stocked.as_secs(), members))
}

/// All names that whoever asks may use, each with what it stands for within that.
pub(super) fn all(house: &House, caller: &Caller) -> Vec<Value> {
    let (shelf, view) = house.view();
    let catalog = &shelf.catalog;
    let created = shelf.stocked.as_secs();
    let reach = Reach::of(caller, catalog);
    let seen = |at: OfferIndex| {
        let offer = reach.has(at).then(|| view.offers.get(at.0 as usize));
        Some((catalog.offer(at), offer??))
    };
    let offers: Vec<(&Offer, &OfferView)> =
        catalog.enumerate().filter_map(|(at, _)| seen(at)).collect();
    let any = offers.iter().copied();
    let mut models = vec![describe_group("draw", "free", "Any free model", created, any)];
    let pools = catalog.pools.iter().filter(|pool| reach.names(pool));
    models.extend(pools.map(|pool| {
        let members = pool.members.iter().filter_map(|(index, _)| seen(*index));
        describe_group("pool", &pool.pool.name, &pool.pool.name, created, members)
    }));
    let mut families: BTreeMap<&str, Vec<(&Offer, &OfferView)>> = BTreeMap::new();
    for (offer, view) in &offers {
        families.entry(offer.family.as_str()).or_default().push((offer, view));
    }
    for (family, members) in families.iter().filter(|(_, members)| members.len() > 1) {
        let members = members.iter().copied();
        models.push(describe_group("family", family, family, created, members));
    }
    let mut named = BTreeSet::new();
    let one_each = offers.iter().filter(|(offer, _)| named.insert(offer.plain_name()));
    models.extend(one_each.map(|(offer, view)| describe_offer(catalog, offer, view, created)));
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
    kind: &str,
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
    model["potluck"] = json!({ "kind": kind, "offers": offers, "available": available });
    model
}

fn describe_offer(catalog: &Catalog, offer: &Offer, view: &OfferView, created: i64) -> Value {
    let provider = catalog.provider(offer.provider);
    let capability = &offer.capability;
    let shown = Shown {
        id: offer.plain_name(),
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
        "simulated": provider.simulated,
        "tokens_per_s": view.tokens_per_second.map(|speed| speed.p50),
        "first_event_ms": view.first_event_millis.map(|wait| wait.p50),
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
            "architecture": architecture(self.input, self.output),
            "pricing": free(),
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

/// What anything costs here, per token, request or picture, in the texts that OpenRouter's clients read.
pub(super) fn free() -> Value {
    json!({ "prompt": "0", "completion": "0", "request": "0", "image": "0" })
}

/// What goes in and comes out, as OpenRouter's clients read it.
pub(super) fn architecture(input: Modalities, output: Modalities) -> Value {
    let (inputs, outputs) = (words(input), words(output));
    json!({
        "modality": format!("{}->{}", inputs.join("+"), outputs.join("+")),
        "input_modalities": inputs,
        "output_modalities": outputs,
        "tokenizer": "Other",
        "instruct_type": null,
    })
}

fn words(modalities: Modalities) -> Vec<&'static str> {
    modalities.iter().map(potluck_core::capability::Modality::word).collect()
}

/// OpenRouter's words for what can be asked for.
pub(super) fn parameters(features: Features, drops: Parameters) -> Vec<&'static str> {
    let mut words: Vec<&'static str> =
        features.iter().flat_map(feature_parameters).copied().collect();
    let plain = Parameters::all()
        - drops
        - (Parameter::Bookkeeping | Parameter::MessageName | Parameter::ToolStrict)
        - (Parameter::ReasoningEffort | Parameter::Other);
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
        Feature::JsonWithTools | Feature::RemoteImages => &[],
    }
}
