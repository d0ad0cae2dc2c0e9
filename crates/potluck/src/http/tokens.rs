//! `POST /v1/messages/count_tokens`: how many tokens a prompt may be, before it is sent.
//!
//! Which model will serve is not known yet, and no tokenizer is here: it is the estimate by which requests are
//! drawn, on the high side.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use potluck_core::verdict::Refusal;
use potluck_dialect::{Client, anthropic, estimate};

use crate::house::House;
use crate::http::{answer, body};

/// Counts the prompt of a request in Anthropic's shape.
pub(super) async fn count(State(house): State<Arc<House>>, body: Body) -> Response {
    match estimated(&house, body).await {
        Ok(tokens) => answer::json(StatusCode::OK, anthropic::write_count(tokens)),
        Err(refusal) => answer::refuse(Client::Messages, &refusal, None),
    }
}

async fn estimated(house: &House, body: Body) -> Result<u32, Refusal> {
    let original = body::read(body, house.terms().door.body_limit).await?;
    let request = Client::Messages.read_request(&original)?.request;
    Ok(estimate::prompt_tokens(&request))
}
