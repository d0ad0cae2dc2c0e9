//! `POST /pool/reload`: has the settings and the provider files read again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;

use crate::house::House;
use crate::http::answer;
use crate::reload::{Cause, ReloadError};

/// Answers once the new configuration is in force, or with what is wrong in it.
pub(in crate::http) async fn reload(State(house): State<Arc<House>>) -> Response {
    match house.reloads.ask(Cause::Asked).await {
        Ok(standing) => answer::value(StatusCode::OK, &standing.told()),
        Err(error) => answer::refuse(Client::Chat, &refusal(&error), None),
    }
}

pub(super) fn refusal(error: &ReloadError) -> Refusal {
    match error {
        ReloadError::Wrong(why) => Refusal::new(
            422,
            "invalid_request_error",
            "configuration_refused",
            format!("nothing was changed. Mend this and ask again:\n{why}"),
        ),
        ReloadError::NoFiles => {
            Refusal::new(409, "invalid_request_error", "no_configuration", error.to_string())
        }
        ReloadError::NothingKept => {
            Refusal::new(409, "invalid_request_error", "nothing_is_kept", error.to_string())
        }
        ReloadError::Stopping => Refusal::new(503, "api_error", "stopping", error.to_string()),
    }
}
