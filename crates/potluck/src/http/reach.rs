//! What whoever asks may be told of: the offers that can ever serve a request of theirs.

use potluck_core::catalog::{Catalog, OfferIndex};

use crate::http::caller::Caller;

/// The offers that whoever asks may use, in one catalog.
pub(super) struct Reach(Option<Vec<bool>>);

impl Reach {
    /// What the key of `caller` leaves of `catalog`; all of it for whoever has no client key.
    pub(super) fn of(caller: &Caller, catalog: &Catalog) -> Self {
        Self(caller.holder().map(|holder| holder.key.rights.reach(catalog)))
    }

    /// Whether that offer may be used.
    pub(super) fn has(&self, offer: OfferIndex) -> bool {
        self.0.as_ref().is_none_or(|all| all.get(offer.0 as usize) == Some(&true))
    }
}
