//! What each class of failure does to whom, and for how long.

use super::{attempt, pool, three, why};
use crate::capability::Feature;
use crate::catalog::{Offer, OfferIndex};
use crate::exclusion::Exclusion;
use crate::fixture::{
    NOON, Stock, calendar, chat, ended, failed, failure, limit, needs, secs, served, sliding,
};
use crate::names::{AccountId, CredentialId};
use crate::outcome::{Cause, Class, Failure, Scope, Wait};
use crate::quota::{Meter, Unit};

fn of_another_account(offer: &mut Offer) {
    offer.credential = CredentialId::new("second");
    offer.account = AccountId::new("second");
}

/// Seconds for which each of four offers is out after the first failed: itself, its sibling under the
/// same account, one under another account of the same provider, one of another provider. `None`: not
/// out; `u64::MAX`: for good.
fn out_after(failure: Failure) -> [Option<u64>; 4] {
    let catalog = Stock::default()
        .offer("a/self", "s")
        .offer("a/sibling", "s")
        .offer("a/other-account", "s")
        .with(of_another_account)
        .offer("b/other-provider", "s")
        .done();
    let mut pool = pool(&catalog);
    attempt(&mut pool, "a/self", &ended(failure), NOON);
    let all = ["a/self", "a/sibling", "a/other-account", "b/other-provider"];
    all.map(|name| {
        why(&pool, name, NOON).map(|e| e.ends().map_or(u64::MAX, |end| end.since(NOON).as_secs()))
    })
}

#[test]
fn each_class_puts_out_its_scope_for_its_time() {
    const GOOD: Option<u64> = Some(u64::MAX);
    let stated = Wait::Stated(secs(77));
    let table = [
        (Class::RateLimited, Wait::Guess, [Some(15), None, None, None]),
        (Class::RateLimited, stated, [Some(77), None, None, None]),
        (Class::QuotaSpent, Wait::Guess, [Some(900), Some(900), None, None]),
        (Class::QuotaSpent, stated, [Some(77), Some(77), None, None]),
        (Class::NotFree, Wait::Guess, [GOOD, None, None, None]),
        (Class::CredentialRefused, Wait::Guess, [GOOD, GOOD, None, None]),
        (Class::Overloaded, Wait::Guess, [Some(5), None, None, None]),
        (Class::Overloaded, stated, [Some(77), None, None, None]),
        (Class::TooSlow, Wait::Guess, [Some(15), None, None, None]),
        (Class::BadAnswer, Wait::Guess, [Some(10), None, None, None]),
        (Class::DoesNotFit, Wait::Guess, [Some(30), None, None, None]),
        (Class::ClientFault, Wait::Guess, [None; 4]),
        (Class::ClientLeft, Wait::Guess, [None; 4]),
    ];
    for (class, wait, out) in table {
        assert_eq!(out_after(failure(class, wait)), out, "{class:?} {wait:?}");
    }
}

#[test]
fn a_rule_may_name_another_scope() {
    let overloaded = |scope| Failure { scope, ..failure(Class::Overloaded, Wait::Guess) };
    assert_eq!(out_after(overloaded(Scope::Account)), [Some(5), Some(5), None, None]);
    assert_eq!(out_after(overloaded(Scope::Provider)), [Some(5), Some(5), Some(5), None]);
}

#[test]
fn a_throttle_that_names_its_limit_empties_that_limit_for_all_who_share_it() {
    let day = || limit(Meter::Requests, 1000, calendar(Unit::Day, "UTC"));
    let catalog = Stock::default()
        .offer("a/x", "x")
        .limit("minute", limit(Meter::Requests, 30, sliding(60)))
        .limit("day", day())
        .offer("a/y", "y")
        .limit("day", day())
        .done();
    let out = |class, wait, window| {
        let mut pool = pool(&catalog);
        let meter = Some(Meter::Requests);
        attempt(&mut pool, "a/x", &ended(Failure { meter, window, ..failure(class, wait) }), NOON);
        ["a/x", "a/y"].map(|name| {
            why(&pool, name, NOON).and_then(|e| e.ends()).map(|end| end.since(NOON).as_secs())
        })
    };
    let minute = Some(secs(60));
    assert_eq!(out(Class::RateLimited, Wait::Stated(secs(9)), minute), [Some(9), None]);
    assert_eq!(out(Class::RateLimited, Wait::Guess, None), [Some(60), None]);
    let half_a_day = Some(12 * 3600);
    assert_eq!(out(Class::QuotaSpent, Wait::Reset, None), [half_a_day, half_a_day]);
}

#[test]
fn a_429_says_nothing_against_health() {
    let mut pool = pool(&three());
    attempt(&mut pool, "a/x", &failed(Class::RateLimited, Wait::Guess), NOON);
    attempt(&mut pool, "a/y", &failed(Class::BadAnswer, Wait::Guess), NOON);
    let view = pool.view(NOON);
    assert!((view.offers[0].success - 1.0).abs() < f64::EPSILON);
    assert!(view.offers[1].success < 0.7);
    let hour = pool.view(NOON.after(secs(3600))).offers[1].success;
    assert!(hour > 0.98, "an hour later it is almost forgotten: {hour}");
}

#[test]
fn several_overloaded_offers_are_an_overloaded_provider() {
    let mut stock = Stock::default();
    for model in 0..5 {
        stock = stock.offer(&format!("a/m{model}"), "m");
    }
    let mut pool = pool(&stock.offer("b/m", "m").done());
    let overloaded = failed(Class::Overloaded, Wait::Guess);
    for model in 0..3 {
        assert_eq!(why(&pool, "a/m4", NOON), None, "{model} have failed");
        attempt(&mut pool, &format!("a/m{model}"), &overloaded, NOON);
    }
    assert!(matches!(why(&pool, "a/m4", NOON), Some(Exclusion::Cooling { .. })));
    assert_eq!(why(&pool, "b/m", NOON), None);
}

#[test]
fn several_throttled_offers_are_a_throttled_account() {
    let mut stock = Stock::default();
    for model in 0..5 {
        stock = stock.offer(&format!("a/m{model}"), "m");
    }
    let stock = stock.offer("a/other", "m").with(of_another_account);
    let mut pool = pool(&stock.done());
    let throttled = failed(Class::RateLimited, Wait::Guess);
    for model in 0..2 {
        attempt(&mut pool, &format!("a/m{model}"), &throttled, NOON);
    }
    attempt(&mut pool, "a/m3", &served(1, 1), NOON);
    attempt(&mut pool, "a/m2", &throttled, NOON);
    assert_eq!(why(&pool, "a/m4", NOON), None, "one was served in between");
    attempt(&mut pool, "a/m3", &throttled, NOON);
    attempt(&mut pool, "a/m4", &throttled, NOON);
    assert!(matches!(why(&pool, "a/m4", NOON), Some(Exclusion::Cooling { .. })));
    assert!(pool.view(NOON).offers.iter().take(5).all(|offer| offer.state == "cooling"));
    assert_eq!(why(&pool, "a/other", NOON), None);
}

#[test]
fn a_misfit_is_remembered_by_its_shape_for_an_hour() {
    let catalog = Stock::default().offer("a/x", "x").done();
    let mut pool = pool(&catalog);
    let tools = needs(Feature::Tools);
    let ticket = pool.admit(OfferIndex(0), &tools, NOON).unwrap();
    pool.settle(ticket, &failed(Class::DoesNotFit, Wait::Guess), NOON);
    let lacks = Exclusion::LacksFeature(Feature::Tools);
    let excluded = |requirements: &_, now| {
        pool.explain(requirements, &catalog.everything(), now).excluded.first().map(|(_, e)| *e)
    };
    assert_eq!(excluded(&tools, NOON), Some(lacks));
    assert_eq!(excluded(&chat(10), NOON), None, "a plain chat is not concerned");
    assert_eq!(excluded(&tools, NOON.after(secs(3600))), None);
}

#[test]
fn a_misfit_of_a_shape_that_was_served_is_the_requests_own_fault() {
    let catalog = Stock::default().offer("a/x", "x").done();
    let mut pool = pool(&catalog);
    for settlement in [served(100, 10), failed(Class::DoesNotFit, Wait::Guess)] {
        let ticket = pool.admit(OfferIndex(0), &needs(Feature::Tools), NOON).unwrap();
        pool.settle(ticket, &settlement, NOON);
    }
    let seen = pool.explain(&needs(Feature::Tools), &catalog.everything(), NOON);
    assert!(seen.excluded.is_empty());
}

#[test]
fn what_a_request_says_teaches_nothing_about_the_offer() {
    let catalog = Stock::default().offer("a/x", "x").done();
    for cause in [Cause::ContentPolicy, Cause::Malformed] {
        let mut pool = pool(&catalog);
        let ticket = pool.admit(OfferIndex(0), &needs(Feature::Tools), NOON).unwrap();
        let refused = Failure { cause: Some(cause), ..failure(Class::DoesNotFit, Wait::Guess) };
        pool.settle(ticket, &ended(refused), NOON);
        let seen = pool.explain(&needs(Feature::Tools), &catalog.everything(), NOON);
        assert_eq!(seen.excluded, []);
    }
}

#[test]
fn a_prompt_that_was_too_large_teaches_a_size() {
    let catalog = Stock::default().offer("a/x", "x").done();
    let mut pool = pool(&catalog);
    let ticket = pool.admit(OfferIndex(0), &chat(5000), NOON).unwrap();
    let cause = Some(Cause::TooLong);
    pool.settle(ticket, &ended(Failure { cause, ..failure(Class::DoesNotFit, Wait::Guess) }), NOON);
    let seen = |tokens| pool.explain(&chat(tokens), &catalog.everything(), NOON).excluded;
    let reason = Exclusion::ContextTooSmall { have: 4999, need: 6000 };
    assert_eq!(seen(6000), [(OfferIndex(0), reason)]);
    assert_eq!(seen(4000), []);
}

#[test]
fn one_request_at_a_time_tries_an_offer_on_probation() {
    let mut pool = pool(&three());
    attempt(&mut pool, "a/x", &failed(Class::BadAnswer, Wait::Guess), NOON);
    let now = NOON.after(secs(10));
    let probe = pool.admit(OfferIndex(0), &chat(1), now).unwrap();
    assert!(probe.is_probe());
    assert_eq!(pool.admit(OfferIndex(0), &chat(1), now).unwrap_err(), Exclusion::OnProbation);
    pool.settle(probe, &failed(Class::ClientLeft, Wait::Guess), now);
    let probe = pool.admit(OfferIndex(0), &chat(1), now).unwrap();
    assert!(probe.is_probe(), "the last one taught nothing");
    pool.settle(probe, &served(1, 1), now);
    assert_eq!(pool.view(now).offers[0].state, "available");
}
