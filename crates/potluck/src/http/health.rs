//! Probes for whoever watches the process.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use crate::house::House;
use crate::http::answer;

/// The process runs.
pub(super) async fn live() -> Response {
    answer::value(StatusCode::OK, &json!({ "status": "ok" }))
}

/// At least one offer could serve now; 503 otherwise, with how many there are at all.
pub(super) async fn ready(State(house): State<Arc<House>>) -> Response {
    let (_, view) = house.view();
    let available = view.offers.iter().filter(|offer| offer.exclusion.is_none()).count();
    let status = if available > 0 { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if available > 0 { "ready" } else { "no offer can serve now" };
    answer::value(
        status,
        &json!({ "status": word, "available": available, "offers": view.offers.len() }),
    )
}
