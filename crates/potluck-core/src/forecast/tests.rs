//! A forecast against the pool itself: as many as it says are let through, and not one more.

use std::sync::Arc;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::catalog::Catalog;
use crate::fixture::{NOON, Stock, calendar, chat, limit, secs, served, sliding};
use crate::pool::{Pool, Settings};
use crate::quota::{Claim, Meter, Window};
use crate::requirements::Requirements;

const LOS_ANGELES: &str = "America/Los_Angeles";

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn pool(catalog: &Arc<Catalog>) -> Pool {
    Pool::new(Arc::clone(catalog), Settings::default())
}

fn look(pool: &Pool, needs: &Requirements, place: &str, now: Moment) -> Forecast {
    forecast(&pool.prospect(needs, &pool.catalog().everything(), now), &zone(place))
}

/// Lets through as much as there is at one moment, each attempt ending at once, or none of them.
fn burst(pool: &mut Pool, needs: &Requirements, ends: bool, now: Moment) -> u64 {
    let mut count = 0;
    let mut open = Vec::new();
    loop {
        let all = pool.catalog().everything();
        let mut order = pool.redraw(needs, &all, now, count, now).order;
        let Some(ticket) = order.find_map(|c| pool.admit(c.offer, needs, now).ok()) else { break };
        count += 1;
        if ends {
            let usage = (ticket.reserved.input_tokens, ticket.reserved.output_tokens);
            pool.settle(ticket, &served(usage.0, usage.1), now);
        } else {
            open.push(ticket);
        }
    }
    for ticket in open {
        pool.settle(ticket, &served(1, 1), now);
    }
    count
}

/// What a client is given that asks every minute until `end`.
fn every_minute(pool: &mut Pool, needs: &Requirements, now: Moment, end: Moment) -> u64 {
    let (mut count, mut at) = (0, now);
    while at < end {
        count += burst(pool, needs, true, at);
        at = at.after(secs(60));
    }
    count
}

/// One account with a day's limit in Los Angeles, two models of which one is slower; and another with a day of UTC.
fn two_accounts() -> Arc<Catalog> {
    let day = || limit(Meter::Requests, 50, calendar(Unit::Day, LOS_ANGELES));
    Stock::default()
        .offer("a/x", "x")
        .limit("a/day", day())
        .limit("a/x/minute", limit(Meter::Requests, 3, sliding(60)))
        .offer("a/y", "y")
        .limit("a/day", day())
        .limit("a/y/minute", limit(Meter::Requests, 2, sliding(60)))
        .offer("b/x", "x")
        .limit("b/tokens", limit(Meter::Tokens, 20_000, calendar(Unit::Day, "UTC")))
        .done()
}

#[test]
fn a_shared_limit_is_counted_once() {
    let pool = pool(&two_accounts());
    let seen = look(&pool, &chat(1000), "UTC", NOON);
    // 2,024 tokens each: nine of b's 20,000
    assert_eq!((seen.ready, seen.fit, seen.unlimited), (3, 3, 0));
    assert_eq!(seen.at_once, 3 + 2 + 9);
    assert_eq!(seen.hour, 50 + 9);
    assert_eq!(seen.today, 50 + 9, "midnight in Los Angeles is at 08:00 UTC");
    let causes: Vec<_> =
        seen.resets.iter().map(|reset| (reset.when(&zone("UTC")), reset.more)).collect();
    assert_eq!(
        causes,
        [("midnight UTC".to_owned(), 9), ("midnight in Los Angeles".to_owned(), 50)]
    );
    assert_eq!(seen.resets[1].offers, [OfferIndex(0), OfferIndex(1)]);
    assert_eq!(seen.resets[1].at, NOON.after(secs(20 * 3600)));
}

#[test]
fn the_sentence_says_what_is_there_and_what_comes() {
    let catalog = Stock::default()
        .offer("g/x", "x")
        .limit("g/day", limit(Meter::Requests, 14_400, calendar(Unit::Day, LOS_ANGELES)))
        .limit("g/minute", limit(Meter::Requests, 30, sliding(60)))
        .done();
    let mut pool = pool(&catalog);
    let left = |remaining| Claim {
        meter: Meter::Requests,
        window: Some(secs(86_400)),
        amount: None,
        remaining: Some(remaining),
        resets: None,
    };
    pool.observe(OfferIndex(0), None, &[left(40)], NOON);
    let needs = Requirements { features: crate::capability::Feature::Tools.into(), ..chat(6976) };
    let here = zone(LOS_ANGELES);
    let seen = look(&pool, &needs, LOS_ANGELES, NOON);
    assert_eq!(
        sentence(&seen, &needs, 8000, &here),
        "With tools and 8,000 tokens of context: 1 offer now, 40 requests today, 14,400 more at midnight in Los Angeles."
    );
    pool.observe(OfferIndex(0), None, &[left(0)], NOON);
    let seen = look(&pool, &needs, LOS_ANGELES, NOON);
    assert!(sentence(&seen, &needs, 8000, &here).contains("none of 1 offer now, 0 requests today"));
    let none = Requirements { input: crate::capability::Modality::Video.into(), ..chat(1) };
    let seen = look(&pool, &none, LOS_ANGELES, NOON);
    assert!(sentence(&seen, &none, 2000, &here).ends_with("nobody in the pool can serve that."));
}

#[test]
fn offers_without_a_limit_are_counted_apart() {
    let pool = pool(&Stock::default().offer("l/x", "x").with(|offer| offer.concurrency = 4).done());
    let seen = look(&pool, &chat(10), "UTC", NOON);
    assert_eq!((seen.unlimited, seen.at_once, seen.hour, seen.today), (1, 4, 0, 0));
    let words = sentence(&seen, &chat(10), 2000, &zone("UTC"));
    assert!(
        words.ends_with("1 offer now, 4 requests at once, no limit over time known."),
        "{words}"
    );
}

#[test]
fn who_rests_comes_back_when_the_rest_is_over() {
    let catalog = two_accounts();
    let mut pool = pool(&catalog);
    let ticket = pool.admit(OfferIndex(2), &chat(1000), NOON).unwrap();
    let wait = crate::outcome::Wait::Stated(secs(5400));
    let failure = crate::fixture::failure(crate::outcome::Class::Overloaded, wait);
    pool.settle(ticket, &crate::fixture::ended(failure), NOON);
    let seen = look(&pool, &chat(1000), "UTC", NOON);
    assert_eq!((seen.ready, seen.fit, seen.hour), (2, 3, 50));
    let back = seen.resets.iter().find(|reset| reset.cause == Cause::Rest).unwrap();
    assert_eq!((back.at, back.offers.as_slice()), (NOON.after(secs(3600)), &[OfferIndex(2)][..]));
    assert!(back.more > 0);
}

#[test]
fn a_long_sliding_window_gives_back_what_was_used() {
    let catalog = Stock::default()
        .offer("a/x", "x")
        .limit("a/day", limit(Meter::Requests, 10, sliding(86_400)))
        .done();
    let mut pool = pool(&catalog);
    assert_eq!(burst(&mut pool, &chat(1), true, NOON), 10);
    let now = NOON.after(secs(20 * 3600));
    let seen = look(&pool, &chat(1), "UTC", now);
    assert_eq!((seen.at_once, seen.hour, seen.day), (0, 0, 10));
    let [back] = seen.resets.as_slice() else { panic!("{:?}", seen.resets) };
    assert_eq!((&back.cause, back.at, back.more), (&Cause::Return, now.after(secs(4 * 3600)), 10));
}

#[test]
fn the_real_size_of_a_pool_takes_few_steps() {
    let mut stock = Stock::default();
    for at in 0..400 {
        stock = stock
            .offer(&format!("p{}/m{at}", at / 10), "x")
            .limit(&format!("{at}/minute"), limit(Meter::Requests, 20, sliding(60)))
            .limit(&format!("{at}/day"), limit(Meter::Requests, 100 + at, sliding(86_400)))
            .limit(
                &format!("{}/month", at / 10),
                limit(Meter::Tokens, 1_000_000, calendar(Unit::Month, "UTC")),
            );
    }
    let seen = look(&pool(&stock.done()), &chat(1000), "UTC", NOON);
    assert_eq!(seen.fit, 400);
    assert!(seen.today > 0);
}

/// Any limits of two accounts with two models each, limits of models inside those of their account.
fn limits() -> impl Strategy<Value = Vec<(u8, u64, u8)>> {
    prop::collection::vec((0u8..6, 1u64..12, 0u8..5), 1..8)
}

fn window(kind: u8) -> Window {
    match kind {
        0 => sliding(60),
        1 => calendar(Unit::Minute, "UTC"),
        2 => calendar(Unit::Day, LOS_ANGELES),
        3 => calendar(Unit::Day, "UTC"),
        _ => sliding(3600),
    }
}

/// `who`: 0 and 1 are accounts, 2 to 5 models.
fn nested(limits: &[(u8, u64, u8)], kinds: u8) -> Arc<Catalog> {
    let names = ["a/x", "a/y", "b/x", "b/y"];
    let mut stock = Stock::default();
    for (model, name) in (0u8..).zip(names) {
        stock = stock.offer(name, "f").with(|offer| offer.concurrency = 7);
        for (number, (who, amount, kind)) in limits.iter().enumerate() {
            if *who == model / 2 || *who == model + 2 {
                let limit = limit(Meter::Requests, *amount, window(kind % kinds));
                stock = stock.limit(&format!("{number}"), limit);
            }
        }
    }
    stock.done()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_can_be_had_at_once_is_what_is_let_through(
        limits in limits(), used in 0u64..20, later in 0u64..100,
    ) {
        let mut pool = pool(&nested(&limits, 5));
        for seed in 0..used {
            let all = pool.catalog().everything();
            let mut order = pool.draw(&chat(1), &all, NOON, seed).order;
            if let Some(ticket) = order.find_map(|c| pool.admit(c.offer, &chat(1), NOON).ok()) {
                pool.settle(ticket, &served(1, 1), NOON);
            }
        }
        let now = NOON.after(secs(later));
        let seen = look(&pool, &chat(1), "UTC", now);
        prop_assert_eq!(burst(&mut pool, &chat(1), false, now), seen.at_once);
    }

    #[test]
    fn what_is_forecast_for_the_hour_can_be_had(limits in limits(), later in 0u64..100) {
        let now = NOON.after(secs(later));
        let catalog = nested(&limits, 5);
        let bound = catalog.offers.iter().all(|offer| !offer.buckets.is_empty());
        prop_assume!(bound);
        let mut pool = pool(&catalog);
        burst(&mut pool, &chat(1), true, NOON);
        let seen = look(&pool, &chat(1), "UTC", now);
        let had = in_order(&mut pool, &chat(1), now, now.after(secs(3600)));
        prop_assert!(had >= seen.hour, "{} < {}", had, seen.hour);
    }

    #[test]
    fn the_forecast_of_a_day_is_exact_where_rates_are_each_models_own(
        day in 1u64..200, other in 1u64..200, rates in prop::collection::vec(1u64..5, 4),
        used in 0u64..50,
    ) {
        let mut stock = Stock::default();
        for (at, rate) in rates.iter().enumerate() {
            let (key, amount) = if at < 2 { ("a", day) } else { ("b", other) };
            let place = if at < 2 { LOS_ANGELES } else { "UTC" };
            stock = stock
                .offer(&format!("{key}/{at}"), "f")
                .limit(&format!("{key}/day"), limit(Meter::Requests, amount, calendar(Unit::Day, place)))
                .limit(&format!("{at}/minute"), limit(Meter::Requests, *rate, sliding(60)));
        }
        let mut pool = pool(&stock.done());
        // Los Angeles turns in the middle of this day of UTC
        let morning = NOON.before(secs(5 * 3600));
        for _ in 0..used {
            let all = pool.catalog().everything();
            let mut order = pool.draw(&chat(1), &all, morning, used).order;
            if let Some(ticket) = order.find_map(|c| pool.admit(c.offer, &chat(1), morning).ok()) {
                pool.settle(ticket, &served(1, 1), morning);
            }
        }
        let now = morning.after(secs(600));
        let seen = look(&pool, &chat(1), "UTC", now);
        let end = NOON.after(secs(12 * 3600));
        prop_assert_eq!(seen.day_ends, end);
        prop_assert_eq!(every_minute(&mut pool, &chat(1), now, end), seen.today);
    }
}

/// As [`every_minute`], by a client that keeps to one order among those that can serve: the later ones are not wasted on what
/// the first could do.
fn in_order(pool: &mut Pool, needs: &Requirements, now: Moment, end: Moment) -> u64 {
    let best: Vec<OfferIndex> = {
        let prospect = pool.prospect(needs, &pool.catalog().everything(), now);
        walk::order(&prospect)
    };
    let (mut count, mut at) = (0, now);
    while at < end {
        for offer in &best {
            while let Ok(ticket) = pool.admit(*offer, needs, at) {
                pool.settle(ticket, &served(1, 1), at);
                count += 1;
            }
        }
        at = at.after(secs(60));
    }
    count
}
