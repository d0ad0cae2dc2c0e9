//! `GET /providers`: who can be drawn from by whoever asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use potluck_core::catalog::{Privacy, Provider, ProviderIndex};
use potluck_core::pool::OfferView;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::reach::Reach;

/// Lists the providers that have at least one offer which whoever asks may use.
pub(in crate::http) async fn providers(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let (shelf, view) = house.view();
    let reach = Reach::of(&caller, &shelf.catalog);
    let mut own: BTreeMap<ProviderIndex, Vec<&OfferView>> = BTreeMap::new();
    for offer in view.offers.iter().filter(|offer| reach.has(offer.offer)) {
        own.entry(shelf.catalog.offer(offer.offer).provider).or_default().push(offer);
    }
    let data: Vec<Value> = own
        .iter()
        .map(|(index, offers)| describe(shelf.catalog.provider(*index), offers))
        .collect();
    answer::value(StatusCode::OK, &json!({ "data": data }))
}

fn describe(provider: &Provider, offers: &[&OfferView]) -> Value {
    json!({
        "name": &*provider.title,
        "slug": provider.id.as_str(),
        "privacy_policy_url": null,
        "terms_of_service_url": null,
        "status_page_url": null,
        "headquarters": null,
        "datacenters": null,
        "potluck": {
            "offers": offers.len(),
            "available": offers.iter().filter(|offer| offer.exclusion.is_none()).count(),
            "trains_on_prompts": match provider.privacy {
                Privacy::NoTraining => "no",
                Privacy::Trains => "yes",
                Privacy::Unclear => "unclear",
            },
            "local": provider.local,
            "simulated": provider.simulated,
        },
    })
}
