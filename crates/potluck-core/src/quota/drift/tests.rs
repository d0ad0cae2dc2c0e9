//! What is learnt of a provider that counts otherwise.

use proptest::prelude::*;

use super::*;
use crate::fixture::{NOON, calendar, limit, secs, sliding};
use crate::quota::{BucketState, Claim, Meter, Unit, Window};

fn after(excesses: &[u64]) -> Margin {
    let mut margin = Margin::default();
    excesses.iter().for_each(|excess| margin.note(*excess, NOON));
    margin
}

#[test]
fn one_excess_teaches_nothing_and_two_what_they_have_in_common() {
    assert_eq!(after(&[9]).of(100, NOON), 0);
    assert_eq!(after(&[9, 4]).of(100, NOON), 4);
    assert_eq!(after(&[4, 9]).of(100, NOON), 4);
    assert_eq!(after(&[4, 9, 7]).of(100, NOON), 7);
    assert_eq!(after(&[50, 50]).of(100, NOON), 25, "a quarter at most");
    assert_eq!(after(&[1, 1]).of(3, NOON), 0, "of a small limit nothing");
}

#[test]
fn agreement_takes_it_back_bit_by_bit_and_a_week_at_once() {
    let mut margin = after(&[8, 8]);
    margin.note(0, NOON);
    assert_eq!(margin.of(100, NOON), 7);
    let mut words = 1;
    while margin.of(100, NOON) > 0 {
        margin.note(0, NOON);
        words += 1;
    }
    assert!((10..40).contains(&words), "{words}");
    let week = NOON.after(secs(7 * 86_400));
    assert_eq!(after(&[8, 8]).of(100, week), 0);
    let mut again = after(&[8, 8]);
    again.note(8, week);
    assert_eq!(again.of(100, week), 0, "the first of a new week");
}

#[test]
fn a_smaller_excess_lowers_it_slowly() {
    let mut margin = after(&[16, 16]);
    margin.note(8, NOON);
    assert_eq!(margin.of(100, NOON), 15);
    (0..60).for_each(|_| margin.note(8, NOON));
    assert_eq!(margin.of(100, NOON), 8);
}

// === over time ===

fn day() -> Window {
    calendar(Unit::Day, "America/Los_Angeles")
}

fn left(remaining: u64) -> Claim {
    Claim {
        meter: Meter::Requests,
        window: None,
        amount: None,
        remaining: Some(remaining),
        resets: None,
    }
}

/// Sends one request to a provider that has counted `counted` before it, and heeds its answer.
fn ask(bucket: &mut BucketState, amount: u64, counted: &mut u64, now: Moment) {
    let mut hold = bucket.take(1, now);
    *counted += 1;
    bucket.arrive(&mut hold, now);
    bucket.apply(&left(amount.saturating_sub(*counted)), Some(&hold), now);
    bucket.settle(hold, 1, now);
}

#[test]
fn a_word_of_yesterday_is_not_believed_of_today() {
    let mut bucket = BucketState::new(&limit(Meter::Requests, 20, day()));
    let midnight = bucket.resets(NOON).unwrap();
    let before = midnight.before(secs(5));
    let hold = bucket.take(1, before);
    bucket.apply(&left(0), Some(&hold), midnight.after(secs(1)));
    bucket.settle(hold, 1, midnight.after(secs(1)));
    assert!(bucket.remaining(midnight.after(secs(2))) >= 19, "the day has begun anew");
    assert_eq!(bucket.drift(), None, "it says nothing of this count");
}

#[test]
fn the_last_word_is_kept_beside_our_own_count() {
    let mut bucket = BucketState::new(&limit(Meter::Requests, 100, day()));
    let hold = bucket.take(10, NOON);
    bucket.settle(hold, 10, NOON);
    bucket.apply(&left(75), None, NOON);
    let drift = bucket.drift().unwrap();
    assert_eq!((drift.counted, drift.own, drift.by, drift.at), (25, 10, 15, NOON));
    assert_eq!(bucket.margin(NOON), 0, "a first word teaches nothing");
    bucket.apply(&left(80), None, NOON);
    assert_eq!(bucket.drift().unwrap().by, -5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Somebody else asks `others` times between any two of our requests.
    #[test]
    fn what_others_use_is_held_back_so_that_nobody_is_refused(
        amount in 8u64..300,
        share in 0u64..=100,
        gap in 1u64..600,
    ) {
        let others = amount / MOST * share / 100;
        let mut bucket = BucketState::new(&limit(Meter::Requests, amount, day()));
        let (mut now, mut counted, mut words) = (NOON, 0, 0);
        let mut until = bucket.resets(NOON).unwrap();
        for _ in 0..2000 {
            now = now.after(secs(gap));
            if now >= until {
                counted = 0;
                until = bucket.resets(now).unwrap();
            }
            counted += others;
            if bucket.remaining(now) == 0 {
                continue;
            }
            prop_assert!(words < 3 || counted < amount, "refused at {} of {}", counted, amount);
            ask(&mut bucket, amount, &mut counted, now);
            words += 1;
            prop_assert!(bucket.margin(now) <= amount / MOST);
        }
        prop_assert!(words > 2);
    }

    /// Whatever the provider said, a request of the whole limit fits within two windows of silence.
    #[test]
    fn nothing_is_held_back_for_good(
        words in prop::collection::vec((0u64..60, 0u64..2000), 1..60),
        slides in any::<bool>(),
    ) {
        let window = if slides { sliding(3600) } else { calendar(Unit::Hour, "UTC") };
        let mut bucket = BucketState::new(&limit(Meter::Requests, 50, window));
        let mut now = NOON;
        for (remaining, gap) in words {
            now = now.after(secs(gap));
            let hold = bucket.take(1, now);
            bucket.apply(&left(remaining), Some(&hold), now);
            bucket.settle(hold, 1, now);
            prop_assert!(bucket.margin(now) <= bucket.capacity(now) / MOST);
        }
        let later = now.after(secs(7201));
        let all = bucket.capacity(later);
        prop_assert_eq!(bucket.free_at(all, later), Some(later));
        prop_assert_eq!(bucket.remaining(later), all);
        prop_assert_eq!(bucket.margin(now.after(REMEMBERED)), 0);
    }
}
