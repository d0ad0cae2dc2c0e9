//! `PUT` and `DELETE /pool/providers/{id}/key`: a provider's key, given to potluck to keep. It goes in and never comes out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;
use serde::Deserialize;
use serde_json::json;

use super::reload;
use crate::house::House;
use crate::http::{answer, body};
use crate::pantry::{KeyWhen, ProviderFile};
use crate::settings::{KeyChange, KeyOrigin, Secret, is_key};
use crate::shelf::Shelf;

/// A key takes little room.
const CAP: usize = 64 << 10;

/// What is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    key: String,
    /// The id of the account, for providers whose address has it.
    account: Option<String>,
}

/// Keeps a key, and has it used from now on.
pub(in crate::http) async fn put(
    State(house): State<Arc<House>>,
    Path(provider): Path<String>,
    body: Body,
) -> Response {
    let shelf = house.shelf();
    let change = match body::read(body, CAP).await {
        Ok(bytes) => find(&shelf, &provider).and_then(|file| keeping(&shelf, file, &bytes)),
        Err(refusal) => Err(refusal),
    };
    carry_out(&house, &provider, change).await
}

/// Forgets a key that was given.
pub(in crate::http) async fn delete(
    State(house): State<Arc<House>>,
    Path(provider): Path<String>,
) -> Response {
    let shelf = house.shelf();
    let change = find(&shelf, &provider).and_then(|file| forgetting(&shelf, file));
    carry_out(&house, &provider, change).await
}

async fn carry_out(house: &House, provider: &str, change: Result<KeyChange, Refusal>) -> Response {
    let done = match change {
        Ok(change) => house.reloads.change(change).await.map_err(|error| reload::refusal(&error)),
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(_standing) => {
            let shelf = house.shelf();
            let keys = find(&shelf, provider).map(|file| held(&shelf, file)).unwrap_or_default();
            answer::value(StatusCode::OK, &json!({ "provider": provider, "keys": keys }))
        }
        Err(refusal) => answer::refuse(Client::Chat, &refusal, None),
    }
}

/// The variables of a provider that are set, and by whom. What is in them is nobody's business.
pub(super) fn held(shelf: &Shelf, file: &ProviderFile) -> Vec<serde_json::Value> {
    let set = variables(file).filter_map(|name| Some((name, shelf.set_by(name)?)));
    set.map(|(variable, by)| json!({ "variable": variable, "set_by": by.word() })).collect()
}

fn variables(file: &ProviderFile) -> impl Iterator<Item = &String> {
    file.auth.env.iter().chain(&file.auth.account_env)
}

fn find<'s>(shelf: &'s Shelf, provider: &str) -> Result<&'s ProviderFile, Refusal> {
    let found = shelf.files.iter().find(|file| file.id == provider);
    found.map(AsRef::as_ref).ok_or_else(|| {
        let message =
            format!("no file describes a provider {provider:?}; GET /pool/providers lists all.");
        Refusal::new(404, "invalid_request_error", "unknown_provider", message)
    })
}

fn keeping(shelf: &Shelf, file: &ProviderFile, body: &[u8]) -> Result<KeyChange, Refusal> {
    let given: Given = serde_json::from_slice(body).map_err(|_may_hold_a_key| {
        let message =
            "the body has to be {\"key\": \"…\"}, with \"account\" where the provider needs one.";
        Refusal::bad_request("invalid_body", message, None)
    })?;
    if file.auth.key_when == KeyWhen::Never || file.auth.env.is_empty() {
        let message = format!("{} takes no key.", file.name);
        return Err(Refusal::new(409, "invalid_request_error", "no_key_needed", message));
    }
    let mut set = vec![pair(shelf, &file.auth.env, "key", &given.key)?];
    match given.account.as_deref().map(str::trim).filter(|account| !account.is_empty()) {
        Some(account) if !file.auth.account_env.is_empty() => {
            set.push(pair(shelf, &file.auth.account_env, "account", account)?);
        }
        _ => {}
    }
    Ok(KeyChange { set, remove: Vec::new() })
}

/// Under which variable it is kept. One that the environment sets would win, so that nothing would come of it.
fn pair(
    shelf: &Shelf,
    names: &[String],
    field: &str,
    text: &str,
) -> Result<(String, Secret), Refusal> {
    let by = |origin| names.iter().find(|name| shelf.set_by(name) == Some(origin));
    if let Some(name) = by(KeyOrigin::Environment) {
        let message = format!(
            "{name} is set in the environment that the router was started in, and wins over a key given here. Change it there."
        );
        return Err(Refusal::new(409, "invalid_request_error", "key_in_environment", message));
    }
    let text = text.trim();
    if !is_key(text) {
        let message = format!(
            "`{field}` has to be 1 to 8192 visible characters without a space: copy it again."
        );
        return Err(Refusal::bad_request("invalid_key", message, Some(field.to_owned())));
    }
    let name = by(KeyOrigin::Kept).or_else(|| names.first());
    let name = name.cloned().unwrap_or_default();
    Ok((name, Secret::new(text)))
}

fn forgetting(shelf: &Shelf, file: &ProviderFile) -> Result<KeyChange, Refusal> {
    let kept = variables(file).filter(|name| shelf.set_by(name) == Some(KeyOrigin::Kept));
    let remove: Vec<String> = kept.cloned().collect();
    if remove.is_empty() {
        let message = format!("potluck keeps no key of {}.", file.name);
        return Err(Refusal::new(404, "invalid_request_error", "no_key_kept", message));
    }
    Ok(KeyChange { set: Vec::new(), remove })
}
