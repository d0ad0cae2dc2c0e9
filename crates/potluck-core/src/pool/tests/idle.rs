//! What is learnt without a request.

use super::{attempt, pool, why};
use crate::catalog::OfferIndex;
use crate::exclusion::Exclusion;
use crate::fixture::{NOON, Stock, calendar, chat, ended, failed, failure, limit, secs, served};
use crate::outcome::{Class, Failure, Stage, Wait};
use crate::pool::Finding;
use crate::quota::{Claim, Meter, Unit};

fn left(remaining: u64) -> Finding {
    Finding::Taken(vec![Claim {
        meter: Meter::Requests,
        window: Some(secs(86_400)),
        amount: None,
        remaining: Some(remaining),
        resets: None,
    }])
}

fn limited() -> std::sync::Arc<crate::catalog::Catalog> {
    let day = limit(Meter::Requests, 50, calendar(Unit::Day, "UTC"));
    Stock::default().offer("a/x", "x").limit("a/day", day).offer("b/y", "y").done()
}

#[test]
fn what_an_account_endpoint_says_is_heeded_but_for_what_was_used_meanwhile() {
    let mut pool = pool(&limited());
    let inquiry = pool.inquire(OfferIndex(0), NOON).unwrap();
    for _ in 0..3 {
        attempt(&mut pool, "a/x", &served(1, 1), NOON);
    }
    pool.conclude(&inquiry, &left(40), NOON.after(secs(1)));
    let used = |pool: &super::Pool| pool.view(NOON).offers[0].limits[0].used;
    assert_eq!(used(&pool), 10, "ten by others, or seven and three of ours: its word wins");
    pool.conclude(&inquiry, &left(50), NOON.after(secs(2)));
    assert_eq!(used(&pool), 3, "it may not have counted the three");
    let later = pool.inquire(OfferIndex(0), NOON.after(secs(3))).unwrap();
    pool.conclude(&later, &left(50), NOON.after(secs(4)));
    assert_eq!(used(&pool), 0);
}

#[test]
fn a_credential_is_found_refused_and_taken_again_without_a_request() {
    let mut pool = pool(&limited());
    let inquiry = pool.inquire(OfferIndex(0), NOON).unwrap();
    pool.conclude(&inquiry, &Finding::Refused, NOON);
    assert_eq!(why(&pool, "a/x", NOON), Some(Exclusion::CredentialRefused));
    assert_eq!(why(&pool, "b/y", NOON), None);
    pool.conclude(&inquiry, &Finding::Taken(Vec::new()), NOON);
    assert_eq!(why(&pool, "a/x", NOON), None);
    assert_eq!(pool.view(NOON).offers[0].limits[0].used, 0);
}

#[test]
fn a_host_that_cannot_be_reached_rests_on_until_it_can() {
    let mut pool = pool(&limited());
    let refused = Failure { stage: Stage::Connect, ..failure(Class::Overloaded, Wait::Guess) };
    attempt(&mut pool, "a/x", &ended(refused), NOON);
    assert!(pool.unreached(NOON).is_empty(), "a guess is tried when half of it is over");
    let mut now = NOON;
    for wait in [3, 10, 20, 40] {
        now = now.after(secs(wait));
        assert_eq!(pool.unreached(now), [OfferIndex(0)]);
        pool.reach(OfferIndex(0), false, now);
    }
    now = now.after(secs(45));
    assert_eq!(why(&pool, "b/y", now), None);
    assert_eq!(pool.view(now).offers[0].state, "cooling");
    pool.reach(OfferIndex(0), true, now);
    assert_eq!((why(&pool, "a/x", now), pool.view(now).offers[0].state), (None, "probation"));
    assert!(pool.unreached(now).is_empty(), "it was reached");
    attempt(&mut pool, "a/x", &served(1, 1), now);
    assert_eq!(pool.view(now).offers[0].state, "available");
}

#[test]
fn only_silence_is_asked_about_and_never_where_somebody_is_asking() {
    let mut pool = pool(&limited());
    let told = Failure { status: Some(503), ..failure(Class::Overloaded, Wait::Guess) };
    attempt(&mut pool, "a/x", &ended(told), NOON);
    attempt(&mut pool, "b/y", &failed(Class::RateLimited, Wait::Guess), NOON);
    assert!(pool.unreached(NOON.after(secs(4))).is_empty());
    let later = NOON.after(secs(60));
    attempt(&mut pool, "a/x", &failed(Class::Overloaded, Wait::Guess), later);
    assert_eq!(pool.unreached(later.after(secs(9))), [OfferIndex(0)]);
    let much_later = later.after(secs(60));
    let probe = pool.admit(OfferIndex(0), &chat(1), much_later).unwrap();
    assert!(pool.unreached(much_later).is_empty());
    pool.settle(probe, &served(1, 1), much_later);
}
