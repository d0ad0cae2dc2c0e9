//! `GET /keys`, `POST /keys`, `DELETE /keys/{id}`: client keys, for whoever may manage them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::{answer, body};
use crate::keys::{self, Draft, Holder, KeysError};

/// The largest wish for a key.
const LARGEST: usize = 64 << 10;

/// All keys, those too that are worth nothing any more.
pub(super) async fn list(State(house): State<Arc<House>>) -> Response {
    let now = house.clock.now();
    let all: Vec<Value> =
        house.keys.all().iter().map(|holder| keys::describe(holder, now)).collect();
    answer::value(StatusCode::OK, &json!({ "data": all }))
}

/// Makes one; the answer has its secret, and no other answer ever will.
pub(super) async fn create(State(house): State<Arc<House>>, body: Body) -> Response {
    match make(&house, body).await {
        Ok(made) => private(answer::value(StatusCode::CREATED, &made)),
        Err(refusal) => answer::refuse(Client::Chat, &refusal, None),
    }
}

/// Revokes one, by its id or its name.
pub(super) async fn revoke(State(house): State<Arc<House>>, Path(id): Path<String>) -> Response {
    let has_admin = !house.terms().door.admin_keys.is_empty();
    let changing = Arc::clone(&house);
    let revoked = aside(move || changing.keys.revoke(&id, has_admin, changing.clock.now())).await;
    match revoked {
        Ok(holder) => answer::value(StatusCode::OK, &keys::describe(&holder, house.clock.now())),
        Err(refusal) => answer::refuse(Client::Chat, &refusal, None),
    }
}

async fn make(house: &Arc<House>, body: Body) -> Result<Value, Refusal> {
    let bytes = body::read(body, LARGEST).await?;
    let draft: Draft = serde_json::from_slice(&bytes).map_err(|error| {
        Refusal::bad_request("invalid_json", format!("this is no wish for a key: {error}."), None)
    })?;
    let has_admin = !house.terms().door.admin_keys.is_empty();
    let changing = Arc::clone(house);
    let made = aside(move || {
        let shelf = changing.shelf();
        let pools = shelf.catalog.pools.iter().map(|pool| pool.pool.name.clone());
        let pools: Vec<String> = pools.collect();
        let now = changing.clock.now();
        changing.keys.create(draft, &pools, has_admin, now)
    });
    let (holder, secret) = made.await?;
    let mut told = keys::describe(&holder, house.clock.now());
    told["key"] = secret.expose().into();
    told["warnings"] = warnings(house, &holder).into();
    Ok(told)
}

/// What is odd about a key although it was made.
fn warnings(house: &House, holder: &Holder) -> Vec<String> {
    holder.key.rights.notes(&house.shelf().catalog)
}

/// The file is written beside the requests, never on their way.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeysError> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| refusal(&error)),
        Err(error) => Err(Refusal::new(500, "api_error", "internal", error.to_string())),
    }
}

fn refusal(error: &KeysError) -> Refusal {
    let message = format!("{error}.");
    match error {
        KeysError::Wrong(wrong) => {
            Refusal::bad_request("invalid_key", message, Some(wrong.field.to_owned()))
        }
        KeysError::Taken(_) => {
            let param = Some("name".to_owned());
            Refusal { param, ..Refusal::new(409, INVALID, "name_taken", message) }
        }
        KeysError::AdminFirst => Refusal::new(409, INVALID, "admin_key_first", message),
        KeysError::LastAdmin(_) => Refusal::new(409, INVALID, "last_admin_key", message),
        KeysError::Unknown(_) => Refusal::new(404, INVALID, "key_not_found", message),
        KeysError::File(_) | KeysError::NoChance(_) => {
            Refusal::new(500, "api_error", "keys_not_kept", message)
        }
    }
}

const INVALID: &str = "invalid_request_error";

/// An answer with a secret in it stays nowhere on its way.
pub(super) fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
