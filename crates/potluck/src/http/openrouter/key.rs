//! `GET /key` and `GET /credits`: what the pool allows a day, and that nothing is paid for.
//!
//! OpenRouter tells of one account's free requests a day. Here that is the sum over the providers, of those limits
//! that count requests by the day; who has no such limit, or one of another kind, is listed as unknown.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use potluck_core::catalog::Catalog;
use potluck_core::pool::{LimitView, OfferView, PoolView};
use potluck_core::quota::{LimitScope, Meter};
use serde_json::{Value, json};

use crate::house::House;
use crate::http::answer;

/// What may be asked today.
pub(in crate::http) async fn key(State(house): State<Arc<House>>) -> Response {
    let (shelf, view) = house.view();
    let providers = by_provider(&view);
    let pooled = providers.values().filter_map(|own| own.day).fold(Day::default(), Day::plus);
    let data = json!({
        "label": "potluck",
        "limit": null,
        "limit_remaining": null,
        "limit_reset": null,
        "include_byok_in_limit": false,
        "usage": 0,
        "usage_daily": 0,
        "usage_weekly": 0,
        "usage_monthly": 0,
        "byok_usage": 0,
        "byok_usage_daily": 0,
        "byok_usage_weekly": 0,
        "byok_usage_monthly": 0,
        "is_free_tier": true,
        "is_management_key": false,
        "is_provisioning_key": false,
        "creator_user_id": null,
        "organization_id": null,
        "workspace_id": null,
        "expires_at": null,
        "allowed_data_regions": ["global"],
        "free_model_daily_requests": pooled.as_openrouter(),
        "rate_limit": {
            "requests": -1,
            "interval": "10s",
            "note": "Each provider has its own limits; GET /pool shows them.",
        },
        "potluck": { "daily_requests": describe(&shelf.catalog, &providers, pooled) },
    });
    answer::value(StatusCode::OK, &json!({ "data": data }))
}

/// Nothing was bought, and nothing was spent.
pub(in crate::http) async fn credits() -> Response {
    answer::value(StatusCode::OK, &json!({ "data": { "total_credits": 0, "total_usage": 0 } }))
}

/// Requests of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Day {
    allowed: u64,
    left: u64,
}

impl Day {
    const fn plus(self, other: Self) -> Self {
        Self {
            allowed: self.allowed.saturating_add(other.allowed),
            left: self.left.saturating_add(other.left),
        }
    }

    fn least(self, other: Self) -> Self {
        Self { allowed: self.allowed.min(other.allowed), left: self.left.min(other.left) }
    }

    const fn used(self) -> u64 {
        self.allowed.saturating_sub(self.left)
    }

    fn as_openrouter(self) -> Value {
        json!({ "limit": self.allowed, "used": self.used(), "remaining": self.left })
    }
}

/// What one provider allows.
#[derive(Debug, Default)]
struct Own {
    /// `None`: it sets no limit of requests by the day, or not to all its models.
    day: Option<Day>,
    /// What else it counts, in words.
    counts: Vec<&'static str>,
}

fn by_provider(view: &PoolView) -> BTreeMap<&str, Own> {
    let mut offers: BTreeMap<&str, Vec<&OfferView>> = BTreeMap::new();
    for offer in &view.offers {
        offers.entry(offer.provider.as_str()).or_default().push(offer);
    }
    offers.into_iter().map(|(provider, offers)| (provider, own(&offers))).collect()
}

fn own(offers: &[&OfferView]) -> Own {
    let mut accounts: BTreeMap<&str, Vec<&OfferView>> = BTreeMap::new();
    for offer in offers {
        accounts.entry(offer.account.as_str()).or_default().push(offer);
    }
    let days: Option<Vec<Day>> = accounts.values().map(|offers| of_account(offers)).collect();
    let behind_address = least(offers.iter().flat_map(|o| &o.limits).filter(|l| is_of_address(l)));
    let summed = days.map(|days| days.into_iter().fold(Day::default(), Day::plus));
    let day = tighter(behind_address, summed);
    let mut counts: Vec<&str> =
        offers.iter().flat_map(|o| &o.limits).map(|limit| limit.meter.word()).collect();
    counts.sort_unstable();
    counts.dedup();
    Own { day, counts }
}

/// What one account allows: the sum over its models, and no more than what they share.
fn of_account(offers: &[&OfferView]) -> Option<Day> {
    let of_account = |limit: &&LimitView| !is_of_one_model(limit) && !is_of_address(limit);
    let shared = least(offers.iter().flat_map(|o| &o.limits).filter(of_account));
    // A model stands here once for each credential.
    let models: BTreeMap<&str, &OfferView> =
        offers.iter().map(|offer| (offer.model.as_str(), *offer)).collect();
    let each: Option<Vec<Day>> = models
        .values()
        .map(|offer| least(offer.limits.iter().filter(|limit| is_of_one_model(limit))))
        .collect();
    tighter(shared, each.map(|days| days.into_iter().fold(Day::default(), Day::plus)))
}

fn tighter(one: Option<Day>, other: Option<Day>) -> Option<Day> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.least(other)),
        (one, other) => one.or(other),
    }
}

/// The tightest of the limits that count requests by the day.
fn least<'a>(limits: impl Iterator<Item = &'a LimitView>) -> Option<Day> {
    limits
        .filter(|limit| limit.meter == Meter::Requests && limit.window == Some(DAY))
        .map(|limit| Day { allowed: limit.amount, left: limit.remaining.min(limit.amount) })
        .reduce(Day::least)
}

const DAY: Duration = Duration::from_hours(24);

fn is_of_one_model(limit: &LimitView) -> bool {
    limit.scope == LimitScope::Model
}

fn is_of_address(limit: &LimitView) -> bool {
    limit.scope == LimitScope::Ip
}

fn describe(catalog: &Catalog, providers: &BTreeMap<&str, Own>, pooled: Day) -> Value {
    let simulated = |id: &str| catalog.providers.iter().any(|p| p.id.as_str() == id && p.simulated);
    let all: Vec<Value> = providers
        .iter()
        .map(|(id, own)| {
            json!({
                "provider": id,
                "allowed": own.day.map(|day| day.allowed),
                "used": own.day.map(Day::used),
                "left": own.day.map(|day| day.left),
                "counts": own.counts,
                "simulated": simulated(id),
            })
        })
        .collect();
    let unknown: Vec<&str> =
        providers.iter().filter(|(_, own)| own.day.is_none()).map(|(id, _)| *id).collect();
    json!({
        "allowed": pooled.allowed,
        "used": pooled.used(),
        "left": pooled.left,
        "unknown": unknown,
        "by_provider": all,
    })
}

#[cfg(test)]
mod tests;
