//! `GET /pool`, `/pool/forecast` and `/pool/events`, `POST /pool/explain`: the pool as it is, what it can still serve,
//! what changes, and who would be drawn.

mod asked;
mod audience;
mod forecast;
pub(super) mod journal;
mod listen;
mod named;
pub(super) mod provider_key;
mod providers;
mod reload;
mod shape;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use potluck_core::verdict::{Refusal, judge, unknown_model};
use potluck_dialect::Client;

pub(super) use forecast::foretell;
pub(super) use listen::{events, look_out};
pub(super) use providers::providers;
pub(super) use reload::reload;

use crate::house::House;
use crate::http::caller::Caller;
use crate::http::reach::Reach;
use crate::http::{answer, body, terms, wishes};

/// Every offer that whoever asks may use: its state, its limits, its speed.
pub(super) async fn show(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let (shelf, view) = house.view();
    let reach = Reach::of(&caller, &shelf.catalog);
    answer::value(StatusCode::OK, &shape::pool(&house, &shelf, &view, &reach))
}

/// Takes a request (`?as=` names its shape; a chat without it) and answers who would be drawn for it, and why the others would not. Sends
/// nothing to anybody.
pub(super) async fn explain(
    State(house): State<Arc<House>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match weigh(&house, &query, (&headers, &caller), body).await {
        Ok(response) => response,
        Err(refusal) => answer::refuse(Client::Chat, &refusal, None),
    }
}

async fn weigh(
    house: &House,
    query: &BTreeMap<String, String>,
    (headers, caller): (&HeaderMap, &Caller),
    body: Body,
) -> Result<Response, Refusal> {
    let shape = asked::shape(query.get("as").map(String::as_str))?;
    let bytes = body::read(body, house.terms().door.body_limit).await?;
    let (names, requirements) = shape.read(&bytes, &wishes::of(headers, caller)?)?;
    terms::check_names(house, caller.permit(), &names)?;
    let (shelf, mut explanation) =
        house.explain(&names, &requirements).map_err(|unknown| unknown_model(&unknown))?;
    let verdict = explanation
        .eligible
        .is_empty()
        .then(|| judge(&shelf.catalog, &explanation.excluded, &[], house.clock.now()));
    let reach = Reach::of(caller, &shelf.catalog);
    explanation.excluded.retain(|(offer, _)| reach.has(*offer));
    let shape = shape::explanation(
        &shelf,
        &requirements,
        &explanation,
        verdict.as_ref(),
        house.clock.now(),
    );
    Ok(answer::value(StatusCode::OK, &shape))
}
