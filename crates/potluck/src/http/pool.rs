//! `GET /pool` and `POST /pool/explain`: the pool as it is, and who would be drawn.

mod shape;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use potluck_core::requirements::Requirements;
use potluck_core::verdict::{Refusal, judge, unknown_model};
use potluck_dialect::{Client, estimate};

use crate::house::House;
use crate::http::{answer, body, wishes};

/// Every offer: its state, its limits, its speed.
pub(super) async fn show(State(house): State<Arc<House>>) -> Response {
    let (shelf, view) = house.view();
    answer::value(StatusCode::OK, &shape::pool(&shelf, &view))
}

/// Takes a chat request and answers who would be drawn for it, and why the others would not. Sends
/// nothing to anybody.
pub(super) async fn explain(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match weigh(&house, &headers, body).await {
        Ok(response) => response,
        Err(refusal) => answer::refuse(Client::Chat, &refusal, None),
    }
}

async fn weigh(house: &House, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let bytes = body::read(body, house.door.body_limit).await?;
    let request = Client::Chat.read_request(&bytes)?.request;
    let wishes = wishes::read(headers)?;
    let tokens = estimate::prompt_tokens(&request);
    let requirements = Requirements::derive(&request, tokens, &wishes);
    let (shelf, explanation) =
        house.explain(&request.models, &requirements).map_err(|unknown| unknown_model(&unknown))?;
    let verdict = explanation
        .eligible
        .is_empty()
        .then(|| judge(&shelf.catalog, &explanation.excluded, &[], house.clock.now()));
    let shape = shape::explanation(
        &shelf,
        &requirements,
        &explanation,
        verdict.as_ref(),
        house.clock.now(),
    );
    Ok(answer::value(StatusCode::OK, &shape))
}
