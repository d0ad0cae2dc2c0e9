//! `GET /models/{name}/endpoints`: every offer that a name means, as an endpoint.

use axum::response::Response;
use http::StatusCode;
use potluck_core::capability::{Feature, Features, Modalities};
use potluck_core::catalog::{Catalog, Offer, OfferIndex};
use potluck_core::health::Percentiles;
use potluck_core::pool::OfferView;
use potluck_core::verdict::Refusal;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::caller::Caller;
use crate::http::{answer, models, reach};

/// Describes the offers that `name` means and whoever asks may use.
///
/// # Errors
/// 404 for a name that means nothing, 403 for one of which a key leaves nothing.
pub(in crate::http) fn describe(
    house: &House,
    caller: &Caller,
    name: &str,
) -> Result<Value, Refusal> {
    let (shelf, view) = house.view();
    let catalog = &shelf.catalog;
    let mut input = Modalities::empty();
    let mut output = Modalities::empty();
    let mut endpoints = Vec::new();
    for index in reach::meaning(house, caller, catalog, name)? {
        let offer = catalog.offer(index);
        input |= offer.capability.input;
        output |= offer.capability.output;
        if let Some(seen) = view.offers.get(index.0 as usize) {
            endpoints.push(endpoint(catalog, index, seen));
        }
    }
    Ok(json!({
        "id": name,
        "name": name,
        "created": shelf.stocked.as_secs(),
        "description": format!("{} in the pool of this router", count(endpoints.len())),
        "architecture": models::architecture(input, output),
        "endpoints": endpoints,
    }))
}

/// `GET /endpoints/zdr`: those of zero retention, which is something that potluck cannot vouch for.
pub(in crate::http) async fn zero_retention() -> Response {
    answer::value(StatusCode::OK, &json!({ "data": [] }))
}

fn count(offers: usize) -> String {
    if offers == 1 { "1 offer".to_owned() } else { format!("{offers} offers") }
}

fn endpoint(catalog: &Catalog, index: OfferIndex, seen: &OfferView) -> Value {
    let offer = catalog.offer(index);
    let provider = catalog.provider(offer.provider);
    let capability = &offer.capability;
    let measured = seen.attempts > 0;
    json!({
        "name": format!("{} | {}", provider.title, offer.model),
        "model_id": offer.name.as_str(),
        "model_name": offer.model.as_str(),
        "provider_name": &*provider.title,
        "tag": provider.id.as_str(),
        "status": status(seen.state),
        "context_length": capability.context,
        "max_completion_tokens": capability.max_output,
        "max_prompt_tokens": null,
        "quantization": null,
        "supported_parameters": models::parameters(capability.features, capability.drops),
        "supports_implicit_caching": false,
        "supports_voice_cloning": false,
        "supports_tool_choice": tool_choice(capability.features),
        "pricing": models::free(),
        "uptime_last_5m": null,
        // Recent success, in which an attempt counts half after ten minutes.
        "uptime_last_30m": measured.then(|| percent(seen.success)),
        "uptime_last_1d": null,
        "latency_last_30m": seen.first_event_millis.map(spread),
        "throughput_last_30m": seen.tokens_per_second.map(spread),
        "potluck": about(offer, seen, provider.simulated),
    })
}

fn about(offer: &Offer, seen: &OfferView, simulated: bool) -> Value {
    json!({
        "family": offer.family.as_str(),
        "state": seen.state,
        "available": seen.exclusion.is_none(),
        "reason": seen.exclusion.map(|exclusion| exclusion.to_string()),
        "attempts": seen.attempts,
        "served": seen.served,
        "simulated": simulated,
    })
}

fn tool_choice(features: Features) -> Value {
    let tools = features.contains(Feature::Tools);
    let forced = features.contains(Feature::ForcedTool);
    json!({ "auto": tools, "none": tools, "required": forced, "function": forced })
}

/// 0 where nothing speaks against it, lower the worse it is.
fn status(state: &str) -> i32 {
    match state {
        "available" => 0,
        "probation" => -1,
        "cooling" => -2,
        _ => -5,
    }
}

/// With one digit behind the point.
fn percent(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
}

fn spread(spread: Percentiles) -> Value {
    json!({ "p50": spread.p50, "p75": spread.p75, "p90": spread.p90, "p99": spread.p99 })
}
