//! The JSON of a pool by name: what is meant, and whether anybody belongs to it.

use potluck_core::capability::{Feature, Modality};
use potluck_core::catalog::{Catalog, Membership, OfferIndex};
use potluck_core::pool::PoolView;
use serde_json::{Value, json};

use crate::http::reach::Reach;

/// What is meant, how many that whoever asks may use belong to it, and why nobody does where nobody does. Who belongs to it
/// is told of each offer.
pub(super) fn describe(membership: &Membership, view: &PoolView, reach: &Reach) -> Value {
    let Membership { pool, members, unknown, emptied } = membership;
    let can_serve = |index: &OfferIndex| {
        view.offers.get(index.0 as usize).is_some_and(|offer| offer.exclusion.is_none())
    };
    let members = || members.iter().filter(|(index, _)| reach.has(*index));
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
        "offers": members().count(),
        "available": members().filter(|(index, _)| can_serve(index)).count(),
        "unknown": unknown.iter().map(|unknown| unknown.name.as_str()).collect::<Vec<_>>(),
        "why_empty": emptied.as_ref().map(ToString::to_string),
        "notes": membership.notes(),
    })
}

/// The pools to which an offer belongs, and that whoever asks may name.
pub(super) fn of<'a>(
    catalog: &'a Catalog,
    offer: OfferIndex,
    reach: &'a Reach,
) -> impl Iterator<Item = &'a str> {
    let pools = catalog.pools.iter();
    let pools = pools.filter(move |membership| membership.has(offer) && reach.names(membership));
    pools.map(|membership| membership.pool.name.as_str())
}
