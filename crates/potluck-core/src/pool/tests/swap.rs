//! Catalogs come and go.

use std::sync::Arc;

use super::{attempt, pool, three, why};
use crate::catalog::OfferIndex;
use crate::exclusion::Exclusion;
use crate::fixture::{NOON, Stock, calendar, chat, failed, limit, secs, served};
use crate::names::ProviderId;
use crate::outcome::{Class, Settlement, Wait};
use crate::quota::{Limit, Meter, Unit};

fn day() -> Limit {
    limit(Meter::Requests, 10, calendar(Unit::Day, "UTC"))
}

#[test]
fn state_survives_a_swap_by_name_and_a_changed_listing_lifts_retirement() {
    let catalog = |context| {
        Stock::default()
            .offer("z/new", "n")
            .offer("a/x", "x")
            .with(|offer| offer.capability.context = context)
            .limit("a", day())
            .done()
    };
    let old = Stock::default().offer("a/x", "x").limit("a", day()).done();
    let mut pool = pool(&old);
    let open = pool.admit(OfferIndex(0), &chat(1), NOON).unwrap();
    attempt(&mut pool, "a/x", &failed(Class::NotFree, Wait::Guess), NOON);
    pool.replace_catalog(catalog(131_072), NOON);
    assert!(!pool.is_current(&old));
    assert_eq!(why(&pool, "a/x", NOON), Some(Exclusion::Retired(Class::NotFree)));
    assert_eq!(pool.view(NOON).offers[1].limits[0].used, 2);
    pool.settle(open, &Settlement { dispatched: false, ..served(0, 0) }, NOON);
    let view = pool.view(NOON);
    assert_eq!((view.offers[1].limits[0].used, view.offers[1].in_flight), (1, 0));
    pool.replace_catalog(catalog(200_000), NOON);
    assert_eq!(why(&pool, "a/x", NOON), None);
    assert_eq!(pool.view(NOON).offers[1].limits[0].used, 1);
}

#[test]
fn an_offer_that_is_listed_again_starts_anew_and_its_counters_do_not() {
    let with = Stock::default().offer("a/x", "x").limit("a", day()).done();
    let without = Stock::default().offer("b/y", "y").done();
    let mut pool = pool(&with);
    attempt(&mut pool, "a/x", &failed(Class::NotFree, Wait::Guess), NOON);
    pool.replace_catalog(Arc::clone(&without), NOON);
    pool.replace_catalog(Arc::clone(&with), NOON);
    assert_eq!(why(&pool, "a/x", NOON), None);
    assert_eq!(pool.view(NOON).offers[0].limits[0].used, 1);
    pool.replace_catalog(Arc::clone(&without), NOON);
    let later = NOON.after(secs(3 * 86_400));
    pool.replace_catalog(Arc::clone(&without), later);
    pool.replace_catalog(with, later);
    assert_eq!(pool.view(later).offers[0].attempts, 0, "after two days it is a stranger");
}

#[test]
fn a_mended_credential_is_restored_by_hand() {
    let catalog = three();
    let mut pool = pool(&catalog);
    attempt(&mut pool, "a/x", &failed(Class::CredentialRefused, Wait::Guess), NOON);
    assert_eq!(why(&pool, "a/y", NOON), Some(Exclusion::CredentialRefused));
    pool.replace_catalog(Arc::clone(&catalog), NOON);
    assert_eq!(why(&pool, "a/y", NOON), Some(Exclusion::CredentialRefused));
    pool.restore(&ProviderId::new("a"), NOON);
    assert_eq!(why(&pool, "a/y", NOON), None);
}

#[test]
fn positions_of_another_catalog_do_no_harm() {
    let catalog = three();
    let mut pool = pool(&catalog);
    let everything = catalog.everything();
    pool.replace_catalog(Stock::default().offer("a/x", "x").done(), NOON);
    assert!(pool.admit(OfferIndex(2), &chat(1), NOON).is_err());
    pool.remember_session("s", OfferIndex(2), NOON);
    let draw = pool.draw(&chat(1), &everything, NOON, 0);
    assert_eq!((draw.order.len(), draw.excluded.len()), (1, 2));
}
