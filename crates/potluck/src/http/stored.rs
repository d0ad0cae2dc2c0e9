//! What clients ask of answers that they think are kept.

use axum::extract::Request;
use axum::response::Response;
use potluck_core::verdict::Refusal;

use super::{answer, speaker};

/// Nothing is: prompts and answers pass through and are forgotten.
pub(super) async fn nothing(request: Request) -> Response {
    let refusal = Refusal::new(
        404,
        "invalid_request_error",
        "response_not_found",
        "potluck keeps no answers, so there is none to be read, cancelled or deleted: what was answered stood in the answer itself.",
    );
    answer::refuse(speaker::of(request.uri().path()), &refusal, None)
}
