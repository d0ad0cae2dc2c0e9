//! What many want, and what one may take of it.

use std::sync::Arc;
use std::time::Duration;

use super::{pool, why};
use crate::catalog::{Catalog, OfferIndex, Price};
use crate::exclusion::Exclusion;
use crate::fixture::{NOON, Stock, calendar, chat, limit, secs, served, sliding};
use crate::pool::{Pool, RATHER};
use crate::quota::{Meter, Unit};
use crate::request::{Measure, Sort};
use crate::requirements::Requirements;
use crate::time::Moment;

const CHEAP: OfferIndex = OfferIndex(0);
const DEAR: OfferIndex = OfferIndex(1);

/// A cheap and a dear model that share the day's neurons, and one who counts requests.
fn shared() -> Arc<Catalog> {
    let day = || limit(Meter::MilliNeurons, 10_000_000, calendar(Unit::Day, "UTC"));
    let price =
        |neurons| Price { neurons_input: neurons, neurons_output: neurons * 7, ..Price::default() };
    Stock::default()
        .offer("a/cheap", "cheap")
        .with(|offer| offer.price = price(1500))
        .limit("day", day())
        .offer("a/dear", "dear")
        .with(|offer| offer.price = price(40_000))
        .limit("day", day())
        .offer("b/plain", "plain")
        .limit("minute", limit(Meter::Requests, 20, sliding(60)))
        .done()
}

/// Somebody takes from the dear one every ten seconds, and somebody else once from the cheap one.
fn overspend(pool: &mut Pool, times: u64) -> Moment {
    if let Ok(ticket) = pool.admit(CHEAP, &chat(1000), NOON) {
        pool.settle(ticket, &served(1000, 400), NOON.after(secs(3)));
    }
    for turn in 0..times {
        let now = NOON.after(secs(turn * 10));
        if let Ok(ticket) = pool.admit(DEAR, &chat(1000), now) {
            pool.settle(ticket, &served(1000, 400), now.after(secs(3)));
        }
    }
    NOON.after(secs(times * 10))
}

#[test]
fn in_a_crowd_a_budget_goes_to_those_who_take_little_of_it() {
    let catalog = shared();
    let mut pool = pool(&catalog);
    let now = overspend(&mut pool, 3);
    assert_eq!(why(&pool, "a/dear", now), None, "nobody waits");
    pool.note_waiting(4, now);
    let refused = pool.admit(DEAR, &chat(1000), now).unwrap_err();
    let Exclusion::TooMuchForOne { meter: Meter::MilliNeurons, until } = refused else {
        panic!("{refused:?}");
    };
    assert!(until > now.after(secs(30)) && until <= now.after(secs(10_800)), "{until:?}");
    assert!(pool.admit(CHEAP, &chat(1000), now).is_ok());
    pool.note_waiting(1, now);
    assert!(pool.admit(DEAR, &chat(1000), now).is_err(), "a crowd lasts until nobody waits");
    pool.note_waiting(0, now);
    assert!(pool.admit(DEAR, &chat(1000), now).is_ok());
}

#[test]
fn a_crowd_is_let_in_where_there_is_enough() {
    let catalog = shared();
    let mut pool = pool(&catalog);
    pool.note_waiting(100, NOON);
    assert!(pool.admit(DEAR, &chat(1000), NOON).is_ok());
}

#[test]
fn in_a_crowd_of_equals_a_budget_is_there_for_all_of_them() {
    let day = limit(Meter::MilliNeurons, 600_000, calendar(Unit::Day, "UTC"));
    let price = Price { neurons_input: 1500, neurons_output: 10_500, ..Price::default() };
    let only = Stock::default().offer("a/only", "only").with(|offer| offer.price = price);
    let catalog = only.limit("day", day).done();
    let mut pool = pool(&catalog);
    pool.note_waiting(50, NOON);
    let mut served = 0;
    let refused = loop {
        match pool.admit(OfferIndex(0), &chat(1000), NOON) {
            Ok(_) => served += 1,
            Err(exclusion) => break exclusion,
        }
    };
    assert!(matches!(refused, Exclusion::OutOfQuota { .. }), "{refused:?} after {served}");
    assert!(served > 10, "{served}");
}

#[test]
fn whoever_takes_too_much_of_a_budget_waits_for_one_who_is_back_soon() {
    let catalog = shared();
    let mut pool = pool(&catalog);
    let now = overspend(&mut pool, 3);
    let (plain, everything) = (OfferIndex(2), catalog.everything());
    let two = |pool: &mut Pool| -> Vec<OfferIndex> {
        let drawn = pool.draw(&chat(1000), &everything, now, 7).order;
        drawn.map(|candidate| candidate.offer).collect()
    };
    let mut able = two(&mut pool);
    assert_eq!(able.pop(), Some(DEAR), "last of all");
    assert_eq!(able.len(), 2);
    let asked = chat(1000);
    let among = catalog.select(&["dear".to_owned(), "plain".to_owned()]).unwrap();
    for _ in 0..20 {
        let mut ticket = pool.admit(plain, &asked, now).unwrap();
        pool.arrive(&mut ticket, now);
    }
    let early = now.after(secs(20));
    let long_before = pool.draw_or_wait(&asked, &among, early, 7, early.after(RATHER));
    assert_eq!(long_before.order.len(), 1);
    let (soon, rather) = (now.after(secs(57)), now.after(secs(62)));
    let drawn = pool.draw_or_wait(&asked, &among, soon, 7, rather);
    assert!(drawn.order.is_empty(), "{:?}", drawn.excluded);
    assert!(matches!(drawn.excluded[0].1, Exclusion::TooMuchForOne { .. }));
    assert_eq!(pool.draw(&asked, &among, soon, 7).order.len(), 1, "whoever cannot wait");
    let again = pool.redraw(&asked, &among, soon, 7, now.after(secs(59)));
    assert_eq!(again.order.len(), 1, "whoever has waited");
}

/// Whatever the first offer has is taken at once, and more is wanted; a minute and two seconds later it has room again.
fn want_the_first_for_ten_minutes(pool: &mut Pool) -> Moment {
    let everything = pool.catalog().everything();
    let mut now = NOON;
    for _ in 0..1200 {
        now = now.after(Duration::from_millis(500));
        while pool.admit(OfferIndex(0), &chat(1500), now).is_ok() {}
        pool.draw(&chat(1500), &everything, now, 1);
    }
    now.after(secs(62))
}

#[test]
fn small_requests_go_where_size_counts() {
    let catalog = Stock::default()
        .offer("a/tokens", "tokens")
        .limit("tokens", limit(Meter::InputTokens, 15_000, sliding(60)))
        .offer("b/plain", "plain")
        .limit("minute", limit(Meter::Requests, 20, sliding(60)))
        .done();
    let mut pool = pool(&catalog);
    let everything = catalog.everything();
    let later = want_the_first_for_ten_minutes(&mut pool);
    let ease = |asked: u32| {
        let seen = pool.explain(&chat(asked), &everything, later);
        let tokens = seen.eligible.into_iter().find(|it| it.offer == OfferIndex(0)).unwrap();
        (tokens.chance.ease, tokens.chance.dear)
    };
    assert!(ease(150).0 > 5.0 && ease(150).1.is_none());
    assert_eq!(ease(3000), (1.0, Some(Meter::InputTokens)));
}

#[test]
fn a_day_s_requests_that_are_spent_too_fast_are_left_to_others_while_somebody_is_back_soon() {
    let catalog = Stock::default()
        .offer("a/day", "day")
        .limit("day", limit(Meter::Requests, 50, calendar(Unit::Day, "UTC")))
        .offer("b/minute", "minute")
        .limit("minute", limit(Meter::Requests, 1, sliding(60)))
        .done();
    let mut pool = pool(&catalog);
    let everything = catalog.everything();
    for at in [OfferIndex(0), OfferIndex(1)] {
        let mut ticket = pool.admit(at, &chat(100), NOON).unwrap();
        pool.arrive(&mut ticket, NOON);
    }
    let soon = NOON.after(secs(55));
    let draw = pool.draw_or_wait(&chat(100), &everything, soon, 1, soon.after(RATHER));
    let until = NOON.after(secs(60));
    let too_much = Exclusion::TooMuchForOne { meter: Meter::Requests, until };
    assert_eq!(draw.excluded[0], (OfferIndex(0), too_much));
    assert_eq!(pool.draw(&chat(100), &everything, soon, 1).order.len(), 1, "whoever cannot wait");
    pool.note_waiting(100, soon);
    let again = pool.redraw(&chat(100), &everything, soon, 1, soon);
    assert_eq!(again.order.len(), 1, "each takes one: nobody is refused what is there");
}

#[test]
fn in_a_crowd_a_small_request_waits_for_one_who_counts_tokens() {
    let catalog = Stock::default()
        .offer("a/tokens", "tokens")
        .limit("tokens", limit(Meter::InputTokens, 15_000, sliding(60)))
        .offer("b/plain", "plain")
        .limit("minute", limit(Meter::Requests, 1000, sliding(60)))
        .done();
    let mut pool = pool(&catalog);
    let everything = catalog.everything();
    let mut ticket = pool.admit(OfferIndex(0), &chat(15_000), NOON).unwrap();
    pool.arrive(&mut ticket, NOON);
    let soon = NOON.after(secs(55));
    let count = |pool: &mut Pool, asked: u32| {
        pool.draw_or_wait(&chat(asked), &everything, soon, 1, soon.after(RATHER)).order.len()
    };
    assert_eq!(count(&mut pool, 200), 1, "nobody else waits");
    pool.note_waiting(4, soon);
    assert_eq!(count(&mut pool, 200), 0);
    assert_eq!(count(&mut pool, 14_000), 1, "a large one takes what counts requests");
}

#[test]
fn in_a_crowd_a_small_request_leaves_a_day_s_tokens_to_large_ones_while_a_minute_s_have_room() {
    let catalog = Stock::default()
        .offer("a/minute", "minute")
        .limit("minute", limit(Meter::InputTokens, 15_000, sliding(60)))
        .offer("b/day", "day")
        .limit("day", limit(Meter::InputTokens, 500_000, calendar(Unit::Day, "UTC")))
        .done();
    let mut pool = pool(&catalog);
    let everything = catalog.everything();
    let later = want_the_first_for_ten_minutes(&mut pool);
    let who = |pool: &mut Pool, asked: &Requirements, waits: Duration| {
        let draw = pool.draw_or_wait(asked, &everything, later, 1, later.after(waits));
        let mut all: Vec<_> = draw.order.map(|candidate| candidate.offer.0).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(who(&mut pool, &chat(150), RATHER), [0, 1], "nobody else waits");
    pool.note_waiting(4, later);
    assert_eq!(who(&mut pool, &chat(150), RATHER), [0]);
    assert_eq!(who(&mut pool, &chat(150), secs(0)), [0, 1], "whoever cannot wait");
    let mut picky = chat(150);
    picky.constraints.sort = Some(Sort { by: Measure::Latency, across_names: false });
    assert_eq!(who(&mut pool, &picky, RATHER), [0, 1], "whoever chose an order");
    assert_eq!(who(&mut pool, &chat(3000), RATHER), [1], "a large one");
}
