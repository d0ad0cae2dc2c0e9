//! Resting, probing, coming back.

use super::*;
use crate::fixture::{NOON, secs};

fn cooling() -> Cooling {
    Cooling::default()
}

fn rested(standing: &Standing, now: Moment) -> Duration {
    match standing.state(now) {
        State::Cooling { until, .. } => until.since(now),
        _ => Duration::ZERO,
    }
}

#[test]
fn a_guess_doubles_with_each_failed_probe_up_to_its_cap() {
    let mut standing = Standing::default();
    let mut now = NOON;
    let mut rests = Vec::new();
    for _ in 0..9 {
        standing.rest_guess(Class::Overloaded, &cooling(), now, now);
        rests.push(rested(&standing, now).as_secs());
        now = now.after(rested(&standing, now));
        assert!(standing.begin_probe(now));
    }
    assert_eq!(rests, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
}

#[test]
fn failures_of_requests_that_were_under_way_double_nothing() {
    let mut standing = Standing::default();
    for _ in 0..50 {
        standing.rest_guess(Class::Overloaded, &cooling(), NOON, NOON.after(secs(1)));
    }
    assert_eq!(rested(&standing, NOON.after(secs(1))), secs(5));
}

#[test]
fn a_guess_may_be_probed_by_one_request_after_half_its_time() {
    let mut standing = Standing::default();
    standing.rest_guess(Class::Overloaded, &cooling(), NOON, NOON);
    assert!(!standing.begin_probe(NOON.after(Duration::from_millis(2499))));
    assert!(standing.begin_probe(NOON.after(Duration::from_millis(2500))));
    assert!(!standing.begin_probe(NOON.after(secs(3))), "a single flight");
    standing.succeed(NOON.after(Duration::from_millis(2500)), true, NOON.after(secs(4)));
    assert_eq!(standing.state(NOON.after(secs(4))), State::Available);
}

#[test]
fn a_stated_rest_is_neither_probed_early_nor_shortened() {
    let mut standing = Standing::default();
    standing.rest_stated(Class::Overloaded, NOON.after(secs(60)), NOON);
    standing.rest_stated(Class::Overloaded, NOON.after(secs(10)), NOON);
    standing.rest_guess(Class::Overloaded, &cooling(), NOON, NOON.after(secs(1)));
    standing.succeed(NOON, false, NOON.after(secs(2)));
    assert!(!standing.begin_probe(NOON.after(secs(59))));
    assert_eq!(rested(&standing, NOON.after(secs(2))), secs(58));
    assert_eq!(standing.state(NOON.after(secs(60))), State::Probation);
}

#[test]
fn a_throttle_needs_no_probe_and_a_broken_answer_does() {
    let state = |class| {
        let mut standing = Standing::default();
        standing.rest_stated(class, NOON.after(secs(5)), NOON);
        standing.state(NOON.after(secs(5)))
    };
    assert_eq!(state(Class::RateLimited), State::Available);
    assert_eq!(state(Class::QuotaSpent), State::Available);
    assert_eq!(state(Class::BadAnswer), State::Probation);
    assert_eq!(state(Class::TooSlow), State::Probation);
}

#[test]
fn a_success_from_before_the_failure_ends_nothing() {
    let mut standing = Standing::default();
    standing.rest_guess(Class::TooSlow, &cooling(), NOON, NOON.after(secs(10)));
    standing.succeed(NOON.after(secs(1)), false, NOON.after(secs(11)));
    assert!(rested(&standing, NOON.after(secs(11))) > Duration::ZERO);
}

#[test]
fn a_streak_that_is_long_over_starts_anew() {
    let mut standing = Standing::default();
    let mut now = NOON;
    for _ in 0..4 {
        standing.rest_guess(Class::Overloaded, &cooling(), now, now);
        now = now.after(rested(&standing, now));
    }
    let later = now.after(secs(86_400));
    standing.rest_guess(Class::Overloaded, &cooling(), later, later);
    assert_eq!(rested(&standing, later), secs(5));
}

#[test]
fn a_probe_that_nobody_reports_on_is_given_up() {
    let mut standing = Standing::default();
    standing.rest_stated(Class::Overloaded, NOON.after(secs(5)), NOON);
    assert!(standing.begin_probe(NOON.after(secs(5))));
    assert_eq!(standing.state(NOON.after(secs(600))), State::Probing);
    assert_eq!(standing.state(NOON.after(secs(1000))), State::Probation);
}

#[test]
fn a_stated_time_has_a_floor_and_a_cap() {
    assert_eq!(cooling().stated(Duration::ZERO), secs(1));
    assert_eq!(cooling().stated(Duration::MAX), secs(86_400));
    assert_eq!(cooling().stated(secs(77)), secs(77));
}

#[test]
fn retirement_stays_until_it_is_lifted() {
    let mut standing = Standing::default();
    standing.retire(Class::NotFree, NOON);
    standing.succeed(NOON, false, NOON);
    assert_eq!(standing.state(NOON.after(secs(999_999))), State::Retired(Class::NotFree));
    standing.restore();
    assert_eq!(standing.state(NOON), State::Available);
}
