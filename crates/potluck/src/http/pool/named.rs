//! The JSON of a pool by name: what is meant, and whether anybody belongs to it.

use potluck_core::capability::{Feature, Modality};
use potluck_core::catalog::{Catalog, Membership, OfferIndex};
use potluck_core::pool::PoolView;
use serde_json::{Value, json};

/// What is meant, how many belong to it, and why nobody does where nobody does. Who belongs to it is told of each offer.
pub(super) fn describe(membership: &Membership, view: &PoolView) -> Value {
    let Membership { pool, members, unknown, emptied } = membership;
    let can_serve = |index: &OfferIndex| {
        view.offers.get(index.0 as usize).is_some_and(|offer| offer.exclusion.is_none())
    };
    let needs = pool.needs.iter().map(Feature::word).chain(pool.takes.iter().map(Modality::word));
    json!({
        "name": pool.name,
        "needs": needs.collect::<Vec<_>>(),
        "min_context": pool.min_context,
        "min_quality": pool.min_quality,
        "privacy": pool.no_training.then_some("no-training"),
        "prefer": pool.prefer,
        "only": pool.only,
        "exclude": pool.exclude,
        "deadline_s": pool.deadline.map(|deadline| deadline.as_secs_f64()),
        "offers": members.len(),
        "available": members.iter().filter(|(index, _)| can_serve(index)).count(),
        "unknown": unknown.iter().map(|unknown| unknown.name.as_str()).collect::<Vec<_>>(),
        "why_empty": emptied.as_ref().map(ToString::to_string),
        "notes": membership.notes(),
    })
}

/// The pools to which an offer belongs.
pub(super) fn of(catalog: &Catalog, offer: OfferIndex) -> impl Iterator<Item = &str> {
    let pools = catalog.pools.iter().filter(move |membership| membership.has(offer));
    pools.map(|membership| membership.pool.name.as_str())
}
