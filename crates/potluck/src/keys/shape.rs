//! A key as JSON, for whoever may see it: never its secret, nor its hash.

use potluck_core::Moment;
use potluck_core::quota::{BucketState, Meter};
use potluck_core::requirements::Priority;
use potluck_core::rights::Per;
use serde_json::{Map, Value, json};

use crate::keys::draft::LimitsDraft;
use crate::keys::holder::Holder;

/// A key, and what was used of it.
#[must_use]
pub fn describe(holder: &Holder, now: Moment) -> Value {
    let key = &holder.key;
    let permit = key.rights.permit.as_deref().cloned().unwrap_or_default();
    let tally = holder.tally();
    let today = tally.today(now);
    let mut used = Map::new();
    for (per, bucket) in tally.gauges() {
        let name = format!("{}_per_{}", bucket.meter().word(), per.word());
        used.insert(name, bucket.used(now).into());
    }
    used.insert("requests_today".to_owned(), today.requests.into());
    used.insert("tokens_today".to_owned(), today.tokens.into());
    json!({
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "created": time(key.created),
        "expires": key.expires.map(time),
        "revoked": key.revoked.map(time),
        "state": state(holder, now),
        "admin": key.admin,
        "priority": match key.rights.priority {
            Priority::Interactive => "interactive",
            Priority::Batch => "batch",
        },
        "deadline_seconds": key.rights.deadline.map(|deadline| deadline.as_secs()),
        "pools": permit.pools,
        "models": permit.models,
        "privacy": key.rights.no_training.then_some("no-training"),
        "limits": LimitsDraft::from(key.rights.limits),
        "used": used,
        "gauges": tally.gauges().map(|(per, bucket)| gauge(per, bucket, now)).collect::<Vec<_>>(),
        "last_used": tally.last_used().map(time),
    })
}

fn state(holder: &Holder, now: Moment) -> &'static str {
    use crate::keys::key::Standing;
    match holder.key.standing(now) {
        Standing::Good => "active",
        Standing::Expired(_) => "expired",
        Standing::Revoked(_) => "revoked",
    }
}

/// A limit of a key, in the words in which the pool tells of those of providers.
fn gauge(per: Per, bucket: &BucketState, now: Moment) -> Value {
    let resets = bucket.resets(now).filter(|_| bucket.used(now) > 0);
    json!({
        "counts": match bucket.meter() { Meter::Tokens => "tokens", _ => "requests" },
        "amount": bucket.capacity(now),
        "per": per.word(),
        "used": bucket.used(now),
        "remaining": bucket.remaining(now),
        "resets_at": resets.map(time),
        "resets_in_s": resets.map(|at| at.until_from(now).as_secs_f64()),
    })
}

fn time(moment: Moment) -> String {
    jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap_or_default().to_string()
}
