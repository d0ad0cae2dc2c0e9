//! The clock, the budget, the view.

use std::time::Duration;

use super::{attempt, pool, three, why};
use crate::fixture::{NOON, Stock, chat, failed, limit, secs, served, sliding};
use crate::outcome::{Class, Settlement, Wait};
use crate::quota::Meter;

#[test]
fn a_clock_set_back_an_hour_makes_nobody_wait_an_hour() {
    let catalog = Stock::default()
        .offer("a/x", "x")
        .limit("a", limit(Meter::Requests, 1, sliding(60)))
        .offer("b/y", "y")
        .done();
    let mut pool = pool(&catalog);
    attempt(&mut pool, "a/x", &served(1, 1), NOON);
    attempt(&mut pool, "b/y", &failed(Class::Overloaded, Wait::Stated(secs(60))), NOON);
    let back = NOON.before(secs(3600));
    pool.allow_retry(back);
    for name in ["a/x", "b/y"] {
        let end = why(&pool, name, back).and_then(|e| e.ends()).unwrap();
        assert_eq!(end.since(back), secs(60), "{name}");
    }
}

#[test]
fn a_race_for_the_lock_is_no_jump() {
    let minute = limit(Meter::Requests, 1, sliding(60));
    let mut pool = pool(&Stock::default().offer("a/x", "x").limit("a", minute).done());
    attempt(&mut pool, "a/x", &served(1, 1), NOON);
    for _ in 0..1000 {
        pool.allow_retry(NOON.before(Duration::from_millis(900)));
        pool.allow_retry(NOON);
    }
    let end = why(&pool, "a/x", NOON).and_then(|e| e.ends()).unwrap();
    assert_eq!(end.since(NOON), secs(60));
}

#[test]
fn extra_attempts_are_a_fifth_of_the_traffic_beyond_the_floor() {
    let catalog = three();
    let mut pool = pool(&catalog);
    let floor = (0..1000).filter(|_| pool.allow_retry(NOON)).count();
    assert_eq!(floor, 100);
    for seed in 0..1000 {
        pool.draw(&chat(1), &catalog.everything(), NOON, seed);
    }
    let earned = (0..1000).filter(|_| pool.allow_retry(NOON)).count();
    assert!((199..=200).contains(&earned), "{earned}");
    let second = NOON.after(secs(1));
    let by_time = (0..1000).filter(|_| pool.allow_retry(second)).count();
    assert!((10..=11).contains(&by_time), "{by_time}");
    let hour = NOON.after(secs(3600));
    assert_eq!((0..1000).filter(|_| pool.allow_retry(hour)).count(), 100);
}

#[test]
fn a_whole_answer_says_nothing_of_the_first_word() {
    let mut pool = pool(&three());
    let whole = Settlement { streamed: false, first_event: Some(secs(9)), ..served(10, 50) };
    attempt(&mut pool, "a/x", &Settlement { total: secs(9), ..whole }, NOON);
    let told = |pool: &crate::pool::Pool| {
        let offer = pool.view(NOON).offers.remove(0);
        (offer.first_event_millis, offer.tokens_per_second, offer.total_millis.unwrap().p50)
    };
    assert_eq!(told(&pool), (None, None, 9000.0));
    let (offer, _) = pool.catalog().enumerate().next().unwrap();
    assert!(!pool.answers_by(offer, NOON.after(secs(8)), NOON), "what is asked next takes as long");
    let stream = Settlement { first_event: Some(secs(1)), total: secs(2), ..served(10, 50) };
    attempt(&mut pool, "a/x", &stream, NOON);
    let (first, rate, _) = told(&pool);
    assert_eq!((first.unwrap().p95, first.unwrap().samples), (1000.0, 1));
    assert!((rate.unwrap().p50 - 50.0).abs() < 0.1);
}

#[test]
fn the_view_tells_speed() {
    let mut pool = pool(&three());
    for tenths in 1..=100 {
        let first = Duration::from_millis(tenths * 100);
        let settlement =
            Settlement { first_event: Some(first), total: first + secs(1), ..served(10, 50) };
        attempt(&mut pool, "a/x", &settlement, NOON);
    }
    let view = pool.view(NOON);
    let first = view.offers[0].first_event_millis.unwrap();
    assert_eq!(first.samples, 64, "the last ones");
    assert!((first.p50 - 6800.0).abs() < 1.0 && (first.p95 - 9700.0).abs() < 1.0, "{first:?}");
    assert!((view.offers[0].tokens_per_second.unwrap().p50 - 50.0).abs() < 0.1);
    assert_eq!((view.offers[0].attempts, view.offers[0].served), (100, 100));
}
