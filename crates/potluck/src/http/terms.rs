//! What a key lets a request do, looked at once when the request has been read: which names it may ask for, and how much
//! is left of its limits. Nobody is asked for an answer before.

use std::sync::Arc;
use std::time::Duration;

use potluck_core::catalog::Catalog;
use potluck_core::quota::Meter;
use potluck_core::requirements::Requirements;
use potluck_core::rights::{Denied, Permit, Usual};
use potluck_core::verdict::{Refusal, empty_pool, unknown_model};

use crate::house::House;
use crate::http::caller::Caller;
use crate::keys::{Charge, Holder};

/// Checks the names, takes in how long they leave the request, and reserves from the key's limits what it is expected to
/// take.
///
/// # Errors
/// 403 for names that the key may not ask for, 404 for those that mean nothing, 429 where a limit is used up, 413 where the
/// prompt alone is more than it ever holds.
pub(super) async fn engage(
    house: &House,
    caller: &Caller,
    names: &[String],
    requirements: &mut Requirements,
) -> Result<Option<Arc<Charge>>, Refusal> {
    let shelf = house.shelf();
    check(&shelf.catalog, caller.permit(), names)?;
    hurry(&shelf.catalog, names, requirements);
    drop(shelf);
    let Some(holder) = caller.holder() else { return Ok(None) };
    let usual = Usual::of(requirements);
    match house.keys.charge(holder, usual, house.clock, &house.bell).await {
        Ok(charge) => Ok(Some(Arc::new(charge))),
        Err(denied) => Err(refuse(house, holder, denied)),
    }
}

/// The names of pools say how long a request may take, where the client does not ask for less.
fn hurry(catalog: &Catalog, names: &[String], requirements: &mut Requirements) {
    let deadline = &mut requirements.constraints.deadline;
    *deadline = [*deadline, catalog.pool_deadline(names)].into_iter().flatten().min();
}

/// Refuses names to which nobody belongs, and those of which the permit leaves nothing.
///
/// # Errors
/// 403; 404 for names that mean nothing at all, and for a pool to which nobody belongs.
pub(super) fn check_names(
    house: &House,
    permit: Option<&Permit>,
    names: &[String],
) -> Result<(), Refusal> {
    check(&house.shelf().catalog, permit, names)
}

fn check(catalog: &Catalog, permit: Option<&Permit>, names: &[String]) -> Result<(), Refusal> {
    let may_name = |pool: &str| permit.is_none_or(|permit| permit.allows_pool(pool));
    if let Some(empty) = catalog.empty_pool(names).filter(|empty| may_name(&empty.pool.name)) {
        return Err(empty_pool(empty));
    }
    let Some(permit) = permit else { return Ok(()) };
    let left =
        catalog.select_permitted(names, Some(permit)).map_err(|unknown| unknown_model(&unknown))?;
    // an empty pool is told as what it is, by whoever draws from it
    if !left.is_empty() || catalog.offers.is_empty() {
        return Ok(());
    }
    Err(not_allowed(catalog, permit, names))
}

fn not_allowed(catalog: &Catalog, permit: &Permit, names: &[String]) -> Refusal {
    let asked = names.join(", ");
    let allowed = permit.names().collect::<Vec<_>>().join(", ");
    let message = if catalog.permitted(permit).contains(&true) {
        format!(
            "this key may not use {asked:?}. It may use: {allowed}; \"free\" draws from all of that."
        )
    } else {
        format!(
            "this key may use nothing that is on offer here now: it is for {allowed}. \
             Whoever made it can make one for what GET /v1/models lists."
        )
    };
    let param = Some("model".to_owned());
    Refusal { param, ..Refusal::new(403, "permission_error", "model_not_allowed", message) }
}

fn refuse(house: &House, holder: &Holder, denied: Denied) -> Refusal {
    let name = &holder.key.name;
    match denied {
        Denied::Spent { meter, per, amount, until } => {
            let counts = if meter == Meter::Tokens { "tokens" } else { "requests" };
            let wait = until.until_from(house.clock.now());
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            let message = format!(
                "the key {name:?} has used its {amount} {counts} a {}. Wait {seconds} s and try again, or use a key with a higher limit.",
                per.word()
            );
            let mut refusal = Refusal::new(429, "rate_limit_error", "key_limit_reached", message);
            refusal.retry_after = Some(wait);
            refusal
        }
        Denied::TooLarge { per, have, need } => {
            let message = format!(
                "the key {name:?} has {have} tokens a {}, and this prompt alone takes about {need}. Shorten it, or use a key with a higher limit.",
                per.word()
            );
            Refusal::new(413, "invalid_request_error", "key_limit_too_small", message)
        }
        Denied::Unrecorded => {
            let message = "what this key uses cannot be written down at the moment, so nothing is taken from its limits. Try again in a second; the router's log says why.";
            let mut refusal = Refusal::new(503, "api_error", "key_use_not_kept", message);
            refusal.retry_after = Some(Duration::from_secs(1));
            refusal
        }
    }
}
