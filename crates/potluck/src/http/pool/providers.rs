//! `GET /pool/providers`: what the files say of every provider, drawn from or not, and who says so.
//!
//! Names of variables are told, what is in them never: no room here knows a key.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use potluck_core::pool::PoolView;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::pool::provider_key;
use crate::http::reach::Reach;
use crate::pantry::{Limit, Provenance, ProviderFile};
use crate::shelf::Shelf;

/// Every provider that a file describes: those that can be drawn from first, then by worth. For a bound key those that
/// have something that it may use.
pub(in crate::http) async fn providers(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let (shelf, mut view) = house.view();
    let reach = Reach::of(&caller, &shelf.catalog);
    view.offers.retain(|offer| reach.has(offer.offer));
    let serves = |file: &ProviderFile| view.offers.iter().any(|o| o.provider.as_str() == file.id);
    let files = shelf.files.iter().map(AsRef::as_ref);
    let mut files: Vec<&ProviderFile> =
        files.filter(|file| !reach.is_bound() || serves(file)).collect();
    files.sort_by_key(|file| {
        (why_not(&shelf, file).is_some(), file.rank.unwrap_or(u32::MAX), &file.id)
    });
    let told: Vec<Value> = files.iter().map(|file| describe(&shelf, &view, file)).collect();
    answer::value(StatusCode::OK, &json!({ "providers": told }))
}

fn describe(shelf: &Shelf, view: &PoolView, file: &ProviderFile) -> Value {
    let own = || view.offers.iter().filter(|offer| offer.provider.as_str() == file.id);
    json!({
        "provider": file.id,
        "name": file.name,
        "status": file.status.word(),
        "simulated": file.simulated,
        "rank": file.rank,
        "offers": own().count(),
        "available": own().filter(|offer| offer.exclusion.is_none()).count(),
        "why_not": why_not(shelf, file),
        "keyless": file.auth.keyless,
        "key_variables": file.auth.env,
        "account_variables": file.auth.account_env,
        "keys": provider_key::held(shelf, file),
        "signup": file.signup,
        "terms": file.terms,
        "note": file.note,
        "privacy": {
            "trains": file.privacy.trains.word(),
            "logs": file.privacy.logs.word(),
            "region": file.privacy.region,
            "note": file.privacy.note,
        },
        "checked": file.provenance.checked,
        "sources": sources(shelf, &file.provenance),
        "limits": file.limits.iter().map(|each| limit(shelf, each)).collect::<Vec<_>>(),
    })
}

fn why_not(shelf: &Shelf, file: &ProviderFile) -> Option<String> {
    let idle = shelf.idle.iter().find(|idle| idle.provider == file.id);
    idle.map(|idle| idle.why.to_string())
}

/// A published number, before any answer of the provider corrected it.
fn limit(shelf: &Shelf, limit: &Limit) -> Value {
    json!({
        "counts": limit.meter.word(),
        "amount": limit.amount,
        "per": limit.per.map_or("at once", |per| per.word()),
        "every": limit.every,
        "resets": limit.resets.as_ref().and_then(|zone| zone.iana_name()),
        "scope": limit.shared_by.word(),
        "models": limit.models,
        "confidence": limit.confidence.map(|confidence| confidence.word()),
        "note": limit.note,
        "checked": limit.provenance.checked,
        "sources": sources(shelf, &limit.provenance),
    })
}

/// Who says so. What is no key of the list of sources is an address of its own.
fn sources(shelf: &Shelf, provenance: &Provenance) -> Vec<Value> {
    let told = provenance.source.iter().map(|key| match shelf.sources.get(key) {
        Some(source) => {
            json!({ "what": source.what, "where": source.where_, "date": source.date })
        }
        None => json!({ "what": key, "where": key, "date": null }),
    });
    told.collect()
}
