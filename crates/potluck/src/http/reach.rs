//! What whoever asks may be told of: the offers that can ever serve a request of theirs.

use std::sync::Arc;

use potluck_core::catalog::{Catalog, Membership, OfferIndex};
use potluck_core::rights::Permit;
use potluck_core::verdict::{Refusal, unknown_model};

use crate::house::House;
use crate::http::caller::Caller;
use crate::http::terms;

/// The offers that whoever asks may use, in one catalog, and the pools that they may name.
pub(super) struct Reach {
    /// `None`: all.
    offers: Option<Vec<bool>>,
    permit: Option<Arc<Permit>>,
}

impl Reach {
    /// What the key of `caller` leaves of `catalog`; all of it for whoever has no client key, or one that is not bound.
    pub(super) fn of(caller: &Caller, catalog: &Catalog) -> Self {
        let holder = caller.holder().filter(|_| is_bound(caller));
        Self {
            offers: holder.map(|holder| holder.key.rights.reach(catalog)),
            permit: holder.and_then(|holder| holder.key.rights.permit.clone()),
        }
    }

    /// All of it.
    pub(super) const fn whole() -> Self {
        Self { offers: None, permit: None }
    }

    /// Whether there may be anything that they are not told of.
    pub(super) const fn is_bound(&self) -> bool {
        self.offers.is_some()
    }

    /// Whether that offer may be used.
    pub(super) fn has(&self, offer: OfferIndex) -> bool {
        self.offers.as_ref().is_none_or(|all| all.get(offer.0 as usize) == Some(&true))
    }

    /// Whether that pool may be named, and leads anywhere.
    pub(super) fn names(&self, pool: &Membership) -> bool {
        let may = self.permit.as_ref().is_none_or(|permit| permit.allows_pool(&pool.pool.name));
        let mut members = pool.members.iter();
        may && (pool.members.is_empty() || members.any(|(index, _)| self.has(*index)))
    }
}

/// Whether the key of whoever asks leaves out anything that others may use.
pub(super) fn is_bound(caller: &Caller) -> bool {
    let rights = caller.holder().map(|holder| &holder.key.rights);
    rights.is_some_and(|rights| rights.permit.is_some() || rights.no_training)
}

/// For what tells of everybody at once: of what others asked for, and of offers that a bound key may not use.
///
/// # Errors
/// 403 for whoever has a bound key.
pub(super) fn check_whole(caller: &Caller) -> Result<(), Refusal> {
    if !is_bound(caller) {
        return Ok(());
    }
    let message = "this key is bound to some of what is on offer, and this page tells of everybody's requests. \
                   GET /pool shows what the key may use, GET /pool/journal/{id} one request of your own by its id; \
                   a key that is not bound may see the rest.";
    Err(Refusal::new(403, "permission_error", "key_is_bound", message))
}

/// The offers that a name means and whoever asks may use.
///
/// # Errors
/// 404 for a name that means nothing, 403 for one of which the key leaves nothing: what a request for it is refused with.
pub(super) fn meaning(
    house: &House,
    caller: &Caller,
    catalog: &Catalog,
    name: &str,
) -> Result<Vec<OfferIndex>, Refusal> {
    let names = [name.to_owned()];
    terms::check_names(house, caller.permit(), &names)?;
    let meant = catalog
        .select_permitted(&names, caller.permit())
        .map_err(|unknown| unknown_model(&unknown))?;
    let reach = Reach::of(caller, catalog);
    let left: Vec<OfferIndex> =
        meant.iter().map(|(index, _)| index).filter(|index| reach.has(*index)).collect();
    if left.is_empty() && !meant.is_empty() { Err(below_the_floor(name)) } else { Ok(left) }
}

fn below_the_floor(name: &str) -> Refusal {
    let message = format!(
        "this key is for providers that say they do not train on prompts, and nobody who offers {name:?} says so. \
         \"free\" draws from those who do; GET /v1/models lists them."
    );
    let param = Some("model".to_owned());
    Refusal { param, ..Refusal::new(403, "permission_error", "model_not_allowed", message) }
}
