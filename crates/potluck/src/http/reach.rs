//! What whoever asks may be told of: the offers that can ever serve a request of theirs.

use potluck_core::catalog::{Catalog, OfferIndex};
use potluck_core::verdict::{Refusal, unknown_model};

use crate::house::House;
use crate::http::caller::Caller;
use crate::http::terms;

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
