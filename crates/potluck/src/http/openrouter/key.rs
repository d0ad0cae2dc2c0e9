//! `GET /key` and `GET /credits`: what a key may use, what the pool allows a day, and that nothing is paid for.
//!
//! OpenRouter tells of one account's free requests a day. Here that is the day of the client's own key where that has a
//! limit; else the sum over the providers that it may use, of those limits that count requests by the day. Who has no
//! such limit, or one of another kind, is listed as unknown.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use potluck_core::Moment;
use potluck_core::catalog::Catalog;
use potluck_core::pool::{LimitView, OfferView, PoolView};
use potluck_core::quota::{LimitScope, Meter};
use potluck_core::rights::Per;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::reach::Reach;
use crate::keys::{self, Holder};

/// What the key of whoever asks may use, and what may be asked today.
pub(in crate::http) async fn key(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let (shelf, view) = house.view();
    let now = house.clock.now();
    let providers = by_provider(&view, &Reach::of(&caller, &shelf.catalog));
    let pooled = providers.values().filter_map(|own| own.day).fold(Day::default(), Day::plus);
    let holder = caller.holder().map(AsRef::as_ref);
    let own = holder.map(|holder| keys::describe(holder, now));
    let manages = caller.has_admin_key(now);
    let today = holder.and_then(|holder| of_key(holder, now)).unwrap_or(pooled);
    let data = json!({
        "label": holder.map_or("potluck", |holder| &holder.key.name),
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
        "is_management_key": manages,
        "is_provisioning_key": manages,
        "creator_user_id": null,
        "organization_id": null,
        "workspace_id": null,
        "expires_at": own.as_ref().map(|own| &own["expires"]),
        "allowed_data_regions": ["global"],
        "free_model_daily_requests": today.as_openrouter(),
        "rate_limit": rate(holder),
        "potluck": {
            "key": own,
            "daily_requests": describe(&shelf.catalog, &providers, pooled),
        },
    });
    answer::value(StatusCode::OK, &json!({ "data": data }))
}

/// What a key of its own allows today; `None` where it has no such limit.
fn of_key(holder: &Holder, now: Moment) -> Option<Day> {
    let tally = holder.tally();
    let mut gauges = tally.gauges();
    let (_, day) =
        gauges.find(|(per, gauge)| *per == Per::Day && gauge.meter() == Meter::Requests)?;
    let allowed = day.capacity(now);
    Some(Day { allowed, left: day.remaining(now).min(allowed) })
}

/// How many requests a key may send in how long; -1 where it may send any number.
fn rate(holder: Option<&Holder>) -> Value {
    let own = holder.and_then(|holder| holder.key.rights.limits.requests_per_minute);
    let note = "Each provider has its own limits; GET /pool shows them.";
    match own {
        Some(requests) => json!({ "requests": requests, "interval": "60s", "note": note }),
        None => json!({ "requests": -1, "interval": "10s", "note": note }),
    }
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

fn by_provider<'v>(view: &'v PoolView, reach: &Reach) -> BTreeMap<&'v str, Own> {
    let mut offers: BTreeMap<&str, Vec<&OfferView>> = BTreeMap::new();
    for offer in view.offers.iter().filter(|offer| reach.has(offer.offer)) {
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
