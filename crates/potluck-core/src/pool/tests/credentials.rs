//! Several credentials of one provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::{attempt, pool, uniform, why};
use crate::catalog::Catalog;
use crate::exclusion::Exclusion;
use crate::fixture::{NOON, Stock, calendar, chat, failed, failure, limit, secs, served};
use crate::outcome::{Class, Failure, Outcome, Scope, Settlement, Wait};
use crate::pool::{Notes, Pool};
use crate::quota::{Meter, Unit};

/// Two credentials of one account, one of another, and another provider.
fn four() -> Arc<Catalog> {
    Stock::default()
        .offer("a/x", "x")
        .further("a/x", "2", "default")
        .further("a/x", "work", "firm")
        .offer("b/x", "x")
        .done()
}

fn whys(pool: &Pool) -> Vec<Option<Exclusion>> {
    ["a/x", "a/x@2", "a/x@work", "b/x"].map(|name| why(pool, name, NOON)).into()
}

#[test]
fn a_refused_credential_excludes_its_own_offers_alone() {
    let mut pool = pool(&four());
    attempt(&mut pool, "a/x@2", &failed(Class::CredentialRefused, Wait::Guess), NOON);
    assert_eq!(whys(&pool), [None, Some(Exclusion::CredentialRefused), None, None]);
    assert_eq!(pool.view(NOON).offers[1].state, "credential_refused");
}

#[test]
fn a_failure_speaks_of_the_credential_of_its_account_or_of_the_provider() {
    let out_after = |scope: Scope| -> Vec<bool> {
        let mut pool = pool(&four());
        let failure = Failure { scope, ..failure(Class::RateLimited, Wait::Stated(secs(60))) };
        let settlement = Settlement {
            outcome: Outcome::Failure(failure),
            ..failed(Class::TooSlow, Wait::Guess)
        };
        attempt(&mut pool, "a/x", &settlement, NOON);
        whys(&pool).iter().map(Option::is_some).collect()
    };
    assert_eq!(out_after(Scope::Offer), [true, false, false, false]);
    assert_eq!(out_after(Scope::Credential), [true, false, false, false]);
    assert_eq!(out_after(Scope::Account), [true, true, false, false]);
    assert_eq!(out_after(Scope::Provider), [true, true, true, false]);
}

#[test]
fn the_weight_of_a_credential_multiplies_its_chance() {
    let catalog = Stock::default()
        .offer("a/x", "x")
        .further("a/x", "2", "2")
        .with(|offer| offer.weight = 3.0)
        .done();
    for pool in [pool(&catalog), uniform(&catalog)] {
        let seen = pool.explain(&chat(10), &catalog.everything(), NOON);
        let chances: Vec<f64> = seen.eligible.iter().map(|one| one.probability).collect();
        assert!(
            (chances[0] - 0.75).abs() < 1e-6 && (chances[1] - 0.25).abs() < 1e-6,
            "{chances:?}"
        );
    }
}

#[test]
fn a_restart_tries_a_refused_credential_once_more_and_remembers_what_rests() {
    let catalog = four();
    let mut first = pool(&catalog);
    first.begin_keeping(Notes::default(), NOON);
    attempt(&mut first, "a/x", &failed(Class::CredentialRefused, Wait::Guess), NOON);
    let rest =
        Failure { scope: Scope::Credential, ..failure(Class::RateLimited, Wait::Stated(secs(60))) };
    let rest =
        Settlement { outcome: Outcome::Failure(rest), ..failed(Class::TooSlow, Wait::Guess) };
    attempt(&mut first, "a/x@work", &rest, NOON);
    let notes = first.keep_last(NOON);
    let mut second = pool(&catalog);
    second.begin_keeping(notes, NOON);
    let out: Vec<bool> = whys(&second).iter().map(Option::is_some).collect();
    assert_eq!(out, [false, false, true, false]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whose each credential is, what each account is allowed, and in which order requests come.
    #[test]
    fn no_account_gives_more_than_it_has_and_each_gives_all_it_has(
        owners in prop::collection::vec(0u8..3, 1..6),
        amount in 1u64..9,
        seed in any::<u64>(),
        failing in 0u64..4,
    ) {
        let mut stock = Stock::default();
        for (at, owner) in owners.iter().enumerate() {
            let day = limit(Meter::Requests, amount, calendar(Unit::Day, "UTC"));
            stock = stock
                .further("a/x", &at.to_string(), &owner.to_string())
                .limit(&format!("a/{owner}/requests/day"), day);
        }
        let catalog = stock.done();
        let mut pool = pool(&catalog);
        let mut given: BTreeMap<u8, u64> = BTreeMap::new();
        for step in 0.. {
            let mut draw = pool.draw(&chat(10), &catalog.everything(), NOON, seed ^ step);
            let Some(picked) = draw.order.next() else { break };
            let ticket = pool.admit(picked.offer, &chat(10), NOON).unwrap();
            let settlement = match failing {
                0 => served(10, 10),
                _ if step % (failing + 1) == 0 => failed(Class::ClientLeft, Wait::Guess),
                _ => served(10, 10),
            };
            pool.settle(ticket, &settlement, NOON);
            let count = given.entry(owners[picked.offer.0 as usize]).or_default();
            *count += 1;
            prop_assert!(*count <= amount);
        }
        let accounts = owners.iter().collect::<std::collections::BTreeSet<_>>().len();
        prop_assert_eq!(given.len(), accounts);
        prop_assert!(given.values().all(|count| *count == amount));
    }
}
