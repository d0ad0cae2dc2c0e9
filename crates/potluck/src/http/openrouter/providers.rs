//! `GET /providers`: who can be drawn from.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use potluck_core::catalog::{Privacy, Provider, ProviderIndex};
use potluck_core::pool::PoolView;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::answer;
use crate::shelf::Shelf;

/// Lists the providers that have at least one offer.
pub(in crate::http) async fn providers(State(house): State<Arc<House>>) -> Response {
    let (shelf, view) = house.view();
    let indices = (0u32..).map(ProviderIndex);
    let data: Vec<Value> = indices
        .zip(&shelf.catalog.providers)
        .map(|(index, provider)| describe(&shelf, &view, index, provider))
        .collect();
    answer::value(StatusCode::OK, &json!({ "data": data }))
}

fn describe(shelf: &Shelf, view: &PoolView, index: ProviderIndex, provider: &Provider) -> Value {
    let own = || view.offers.iter().filter(|o| shelf.catalog.offer(o.offer).provider == index);
    json!({
        "name": &*provider.title,
        "slug": provider.id.as_str(),
        "privacy_policy_url": null,
        "terms_of_service_url": null,
        "status_page_url": null,
        "headquarters": null,
        "datacenters": null,
        "potluck": {
            "offers": own().count(),
            "available": own().filter(|offer| offer.exclusion.is_none()).count(),
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
