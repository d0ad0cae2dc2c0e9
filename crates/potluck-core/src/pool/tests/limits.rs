//! Reserving and settling.

use std::sync::Arc;

use super::{attempt, pool};
use crate::capability::Modality;
use crate::catalog::{Catalog, OfferIndex};
use crate::exclusion::Exclusion;
use crate::fixture::{NOON, Stock, calendar, chat, failed, limit, secs, served, sliding};
use crate::image::ImageAbility;
use crate::outcome::{Class, Settlement, Wait};
use crate::pool::Pool;
use crate::quota::{Claim, Meter, Source, Unit, Window};
use crate::requirements::Requirements;

#[test]
fn admit_reserves_from_every_limit_or_from_none() {
    let catalog = Stock::default()
        .offer("a/x", "x")
        .limit("minute", limit(Meter::Requests, 5, sliding(60)))
        .limit("tokens", limit(Meter::Tokens, 2500, sliding(60)))
        .limit("flight", limit(Meter::Concurrent, 9, Window::InFlight))
        .done();
    let mut pool = pool(&catalog);
    let mut ticket = pool.admit(OfferIndex(0), &chat(1000), NOON).unwrap();
    pool.arrive(&mut ticket, NOON);
    assert_eq!(ticket.reserved.of(Meter::Tokens), 2024);
    let left = |pool: &Pool| -> Vec<u64> {
        pool.view(NOON).offers[0].limits.iter().map(|limit| limit.remaining).collect()
    };
    assert_eq!(left(&pool), [4, 476, 8]);
    let refused = pool.admit(OfferIndex(0), &chat(1000), NOON).unwrap_err();
    let until = NOON.after(secs(60));
    assert_eq!(refused, Exclusion::OutOfQuota { meter: Meter::Tokens, until });
    assert_eq!(left(&pool), [4, 476, 8], "none");
    pool.settle(ticket, &served(900, 100), NOON);
    assert_eq!(left(&pool), [4, 1500, 9]);
    let exceeds = pool.admit(OfferIndex(0), &chat(9000), NOON).unwrap_err();
    assert_eq!(exceeds, Exclusion::ExceedsLimit { meter: Meter::Tokens, have: 2500, need: 10_024 });
}

#[test]
fn what_was_not_sent_costs_nothing_and_a_failure_costs_what_the_provider_counts() {
    let counting = |counts_failures| {
        let mut minute = limit(Meter::Requests, 10, sliding(60));
        minute.counts_failures = counts_failures;
        Stock::default().offer("a/x", "x").limit("r", minute).done()
    };
    let left = |catalog: &Arc<Catalog>, settlement: &Settlement| {
        let mut pool = pool(catalog);
        attempt(&mut pool, "a/x", settlement, NOON);
        pool.view(NOON).offers[0].limits[0].remaining
    };
    let broken = failed(Class::Overloaded, Wait::Guess);
    assert_eq!(left(&counting(true), &broken), 9);
    assert_eq!(left(&counting(false), &broken), 10);
    assert_eq!(left(&counting(false), &failed(Class::ClientLeft, Wait::Guess)), 9);
    assert_eq!(left(&counting(true), &Settlement { dispatched: false, ..broken }), 10);
}

#[test]
fn neurons_are_counted_by_the_models_price() {
    let catalog = Stock::default()
        .offer("cf/x", "x")
        .with(|offer| {
            offer.price.neurons_input = 31_818;
            offer.price.neurons_output = 68_182;
        })
        .limit("n", limit(Meter::MilliNeurons, 10_000_000, calendar(Unit::Day, "UTC")))
        .done();
    let mut pool = pool(&catalog);
    attempt(&mut pool, "cf/x", &served(1000, 500), NOON);
    assert_eq!(pool.view(NOON).offers[0].limits[0].used, 31_818 + 34_091);
}

#[test]
fn what_the_provider_says_reaches_the_right_bucket() {
    let catalog = Stock::default()
        .offer("a/x", "x")
        .limit("minute", limit(Meter::Requests, 30, sliding(60)))
        .limit("day", limit(Meter::Requests, 1000, sliding(86_400)))
        .done();
    let claim = |window, amount, remaining| Claim {
        meter: Meter::Requests,
        window,
        amount,
        remaining: Some(remaining),
        resets: None,
    };
    let mut pool = pool(&catalog);
    pool.observe(OfferIndex(0), None, &[claim(Some(secs(86_400)), None, 7)], NOON);
    pool.observe(OfferIndex(0), None, &[claim(None, Some(30), 3)], NOON);
    pool.observe(OfferIndex(0), None, &[claim(None, None, 1)], NOON);
    pool.observe(OfferIndex(77), None, &[claim(None, None, 1)], NOON);
    let left: Vec<_> = pool.view(NOON).offers[0].limits.iter().map(|l| l.remaining).collect();
    assert_eq!(left, [3, 7]);
}

#[test]
fn an_offer_takes_no_more_at_once_than_it_can() {
    let catalog = Stock::default().offer("a/x", "x").with(|offer| offer.concurrency = 2).done();
    let mut pool = pool(&catalog);
    let one = pool.admit(OfferIndex(0), &chat(1), NOON).unwrap();
    let two = pool.admit(OfferIndex(0), &chat(1), NOON).unwrap();
    assert_eq!(pool.admit(OfferIndex(0), &chat(1), NOON).unwrap_err(), Exclusion::Busy);
    pool.settle(one, &served(1, 1), NOON);
    let three = pool.admit(OfferIndex(0), &chat(1), NOON).unwrap();
    for ticket in [two, three] {
        pool.settle(ticket, &served(1, 1), NOON);
    }
    assert_eq!(pool.view(NOON).offers[0].in_flight, 0);
}

#[test]
fn of_two_limits_of_the_same_kind_the_one_of_the_claimed_amount_is_meant() {
    let day = |amount| limit(Meter::Requests, amount, calendar(Unit::Day, "Asia/Shanghai"));
    let catalog = Stock::default()
        .offer("a/x", "x")
        .limit("account", day(2000))
        .limit("model", day(500))
        .done();
    let mut pool = pool(&catalog);
    let claim = |amount, left| Claim {
        meter: Meter::Requests,
        window: Some(secs(86_400)),
        amount: Some(amount),
        remaining: Some(left),
        resets: None,
    };
    pool.observe(OfferIndex(0), None, &[claim(2000, 1958), claim(500, 3), claim(70, 1)], NOON);
    let left: Vec<u64> =
        pool.view(NOON).offers[0].limits.iter().map(|limit| limit.remaining).collect();
    assert_eq!(left, [1958, 3], "the third is of neither");
}

#[test]
fn a_picture_keeps_the_neurons_that_were_reserved_for_it_unless_it_was_refused() {
    let catalog = Stock::default()
        .offer("cf/x", "x")
        .with(|offer| {
            offer.capability.output = Modality::Image.into();
            offer.capability.image = Some(ImageAbility::default().into());
            offer.price.picture.milli_neurons_tile = 1_000;
        })
        .limit("n", limit(Meter::MilliNeurons, 10_000_000, calendar(Unit::Day, "UTC")))
        .limit("i", limit(Meter::Images, 5, calendar(Unit::Day, "UTC")))
        .done();
    let asked = Requirements { output: Modality::Image.into(), ..chat(10) };
    let after = |settlement: &Settlement| {
        let mut pool = pool(&catalog);
        let ticket = pool.admit(OfferIndex(0), &asked, NOON).unwrap();
        pool.settle(ticket, settlement, NOON);
        let view = pool.view(NOON);
        [view.offers[0].limits[0].used, view.offers[0].limits[1].used]
    };
    assert_eq!(after(&served(10, 0)), [4_000, 1]);
    assert_eq!(after(&failed(Class::RateLimited, Wait::Guess)), [0, 0]);
    assert_eq!(after(&failed(Class::ClientLeft, Wait::Guess)), [0, 0]);
}

#[test]
fn a_view_names_everything_that_stands_in_the_way() {
    let catalog = Stock::default()
        .offer("a/x", "x")
        .with(|offer| offer.concurrency = 1)
        .limit("minute", limit(Meter::Requests, 2, sliding(60)))
        .limit("day", limit(Meter::Requests, 2, calendar(Unit::Day, "UTC")))
        .done();
    let mut pool = pool(&catalog);
    attempt(&mut pool, "a/x", &served(1, 1), NOON);
    let later = NOON.after(secs(1));
    let open = pool.admit(OfferIndex(0), &chat(1), later).unwrap();
    let seen = pool.view(later).offers.remove(0);
    let day = Exclusion::OutOfQuota { meter: Meter::Requests, until: NOON.after(secs(12 * 3600)) };
    let minute = Exclusion::OutOfQuota { meter: Meter::Requests, until: NOON.after(secs(60)) };
    assert_eq!(seen.exclusion, Some(day), "the one that lasts longest decides");
    assert_eq!(seen.reasons, [day, minute, Exclusion::Busy]);
    assert_eq!(seen.wait, Some(secs(12 * 3600 - 1)));
    assert_eq!(seen.limits[0].source, Source::Ledger);
    pool.settle(open, &failed(Class::NotFree, Wait::Guess), later);
    let seen = pool.view(later).offers.remove(0);
    assert_eq!(seen.reasons, [Exclusion::Retired(Class::NotFree), minute, day]);
    assert_eq!((seen.state, seen.since, seen.wait), ("retired", Some(later), None));
}

#[test]
fn an_offer_that_does_not_chat_is_judged_by_what_it_is_for() {
    let catalog = Stock::default()
        .offer("a/vectors", "v")
        .with(|offer| offer.capability.output = Modality::Embedding.into())
        .with(|offer| offer.capability.context = 512)
        .offer("a/painter", "p")
        .with(|offer| {
            offer.capability.output = Modality::Image.into();
            offer.capability.image = Some(ImageAbility::default().into());
        })
        .done();
    let seen = pool(&catalog).view(NOON);
    for offer in seen.offers {
        assert_eq!(
            (offer.reasons.as_slice(), offer.wait),
            (&[][..], Some(secs(0))),
            "{}",
            offer.name
        );
    }
}
