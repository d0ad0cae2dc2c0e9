//! Windows, reservations, claims.

use std::time::Duration;

use proptest::prelude::*;

use super::calendar::window;
use super::*;
use crate::fixture::{NOON, calendar, limit, secs, sliding};
use crate::time::Moment;

fn at(text: &str) -> Moment {
    let stamp: jiff::Timestamp = text.parse().unwrap();
    Moment::from_millis(stamp.as_millisecond())
}

fn bucket(meter: Meter, amount: u64, window: Window) -> BucketState {
    BucketState::new(&limit(meter, amount, window))
}

/// A use that arrives as soon as it is sent.
fn count(bucket: &mut BucketState, amount: u64, now: Moment) -> Hold {
    let mut hold = bucket.take(amount, now);
    bucket.arrive(&mut hold, now);
    hold
}

fn claim(remaining: u64) -> Claim {
    Claim {
        meter: Meter::Requests,
        window: None,
        amount: None,
        remaining: Some(remaining),
        resets: None,
    }
}

#[test]
fn a_sliding_window_gives_back_what_is_older_than_itself() {
    let mut bucket = bucket(Meter::Requests, 2, sliding(60));
    count(&mut bucket, 1, NOON);
    count(&mut bucket, 1, NOON.after(secs(20)));
    let now = NOON.after(secs(30));
    assert_eq!(bucket.remaining(now), 0);
    assert_eq!(bucket.free_at(1, now), Some(NOON.after(secs(60))));
    assert_eq!(bucket.free_at(2, now), Some(NOON.after(secs(80))));
    assert_eq!(bucket.free_at(3, now), None, "more than there ever is");
    assert_eq!(bucket.remaining(NOON.after(secs(60))), 1);
    assert_eq!(bucket.remaining(NOON.after(secs(80))), 2);
}

#[test]
fn a_use_counts_from_its_arrival_and_not_from_long_after() {
    let back = |window, arrived: Option<u64>| {
        let mut bucket = bucket(Meter::Requests, 1, window);
        let mut hold = bucket.take(1, NOON);
        if let Some(arrived) = arrived {
            bucket.arrive(&mut hold, NOON.after(Duration::from_millis(arrived)));
        }
        bucket.free_at(1, NOON).unwrap().since(NOON).as_millis()
    };
    assert_eq!(back(sliding(60), Some(0)), 60_000);
    assert_eq!(back(sliding(60), Some(300)), 60_300);
    assert_eq!(back(sliding(60), Some(20_000)), 61_000, "a long answer was not counted at its end");
    assert_eq!(back(sliding(60), None), 61_000, "nobody knows yet");
    assert_eq!(back(sliding(1), None), 2_000, "one second and the longest way");
    assert_eq!(back(sliding(1), Some(30)), 1_030);
}

#[test]
fn a_use_sent_just_before_a_turn_counts_in_both_until_it_has_arrived() {
    let turn = at("2026-11-22T12:01:00Z");
    let before = turn.before(Duration::from_millis(400));
    let left = |arrived: Option<Moment>| {
        let mut bucket = bucket(Meter::Requests, 5, calendar(Unit::Minute, "UTC"));
        count(&mut bucket, 2, turn.before(secs(30)));
        let mut hold = bucket.take(1, before);
        if let Some(arrived) = arrived {
            bucket.arrive(&mut hold, arrived);
        }
        (bucket.remaining(turn), bucket.remaining(turn.after(secs(60))))
    };
    assert_eq!(left(None), (4, 5));
    assert_eq!(left(Some(before.after(Duration::from_millis(100)))), (5, 5));
    assert_eq!(left(Some(turn.after(Duration::from_millis(100)))).0, 4);
}

#[test]
fn what_arrived_before_a_turn_is_not_given_back_after_it() {
    let turn = at("2026-11-22T12:01:00Z");
    for arrives in [true, false] {
        let mut bucket = bucket(Meter::Requests, 5, calendar(Unit::Minute, "UTC"));
        let mut hold = bucket.take(1, turn.before(Duration::from_millis(400)));
        if arrives {
            bucket.arrive(&mut hold, turn.before(Duration::from_millis(300)));
        }
        bucket.take(2, turn);
        bucket.settle(hold, 0, turn.after(secs(1)));
        assert_eq!(bucket.remaining(turn.after(secs(1))), 2 + u64::from(arrives), "{arrives}");
    }
}

#[test]
fn a_sliding_window_keeps_a_bounded_number_of_entries() {
    let mut bucket = bucket(Meter::Tokens, u64::MAX, sliding(86_400));
    for second in 0..200_000 {
        bucket.take(1, NOON.after(secs(second)));
    }
    assert!(bucket.entries() <= 258, "{}", bucket.entries());
    let used = bucket.used(NOON.after(secs(199_999)));
    assert!((86_400..=86_400 + 338 + 60).contains(&used), "{used}: never less than the truth");
}

#[test]
fn days_in_los_angeles_have_their_true_length() {
    let zone = jiff::tz::TimeZone::get("America/Los_Angeles").unwrap();
    let hours = |text| {
        let (start, end) = window(Unit::Day, &zone, at(text));
        assert!(start <= at(text) && at(text) < end);
        end.since(start).as_secs() / 3600
    };
    assert_eq!(hours("2026-03-08T12:00:00Z"), 23, "clocks go forward");
    assert_eq!(hours("2026-11-01T12:00:00Z"), 25, "clocks go back");
    assert_eq!(hours("2026-11-02T12:00:00Z"), 24);
    let (_, end) = window(Unit::Day, &zone, at("2026-11-22T12:00:00Z"));
    assert_eq!(end, at("2026-11-23T08:00:00Z"));
    let (_, end) = window(Unit::Day, &zone, at("2026-07-01T12:00:00Z"));
    assert_eq!(end, at("2026-07-02T07:00:00Z"));
}

#[test]
fn days_in_shanghai_turn_at_sixteen_hours_utc() {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let (start, end) = window(Unit::Day, &zone, at("2026-11-22T15:59:59Z"));
    assert_eq!((start, end), (at("2026-11-21T16:00:00Z"), at("2026-11-22T16:00:00Z")));
}

#[test]
fn months_end_where_the_calendar_says() {
    let utc = jiff::tz::TimeZone::UTC;
    let end = |text| window(Unit::Month, &utc, at(text)).1;
    assert_eq!(end("2026-02-10T00:00:00Z"), at("2026-03-01T00:00:00Z"));
    assert_eq!(end("2028-02-29T23:59:59Z"), at("2028-03-01T00:00:00Z"), "a leap day");
    assert_eq!(end("2026-12-31T23:59:59Z"), at("2027-01-01T00:00:00Z"));
    let los_angeles = jiff::tz::TimeZone::get("America/Los_Angeles").unwrap();
    let (_, end) = window(Unit::Month, &los_angeles, at("2026-11-01T00:00:00Z"));
    assert_eq!(end, at("2026-11-01T07:00:00Z"), "still October there");
}

#[test]
fn a_leap_day_is_a_day() {
    let utc = jiff::tz::TimeZone::UTC;
    let (start, end) = window(Unit::Day, &utc, at("2028-02-29T05:00:00Z"));
    assert_eq!((start, end), (at("2028-02-29T00:00:00Z"), at("2028-03-01T00:00:00Z")));
}

#[test]
fn a_window_beyond_the_calendar_is_still_a_window() {
    let utc = jiff::tz::TimeZone::UTC;
    for now in [i64::MIN, i64::MIN / 2, -1, i64::MAX / 2, i64::MAX] {
        for unit in [Unit::Minute, Unit::Hour, Unit::Day, Unit::Month] {
            let now = Moment::from_millis(now);
            let (start, end) = window(unit, &utc, now);
            assert!(start <= now && now <= end, "{now:?} {unit:?}");
        }
    }
}

#[test]
fn a_calendar_day_is_whole_again_at_its_turn() {
    let mut bucket = bucket(Meter::Requests, 1, calendar(Unit::Day, "America/Los_Angeles"));
    let before = at("2026-11-22T07:59:59Z");
    count(&mut bucket, 1, before);
    assert_eq!(bucket.free_at(1, before), Some(at("2026-11-22T08:00:00Z")));
    assert_eq!(bucket.remaining(at("2026-11-22T08:00:00Z")), 1);
    let hold = bucket.take(1, at("2026-11-22T08:00:00Z"));
    bucket.settle(hold, 0, at("2026-11-23T08:00:01Z"));
    assert_eq!(bucket.remaining(at("2026-11-23T08:00:01Z")), 1, "yesterday's is not given back");
}

#[test]
fn what_is_in_flight_comes_back_when_it_is_done() {
    let mut bucket = bucket(Meter::Concurrent, 2, Window::InFlight);
    let (one, two) = (bucket.take(1, NOON), bucket.take(1, NOON));
    assert_eq!((bucket.remaining(NOON), bucket.free_at(1, NOON)), (0, None));
    bucket.settle(one, 0, NOON.after(secs(5)));
    assert_eq!(bucket.remaining(NOON.after(secs(5))), 1);
    bucket.settle(two, 0, NOON.after(secs(6)));
    assert_eq!(bucket.remaining(NOON.after(secs(6))), 2);
}

#[test]
fn a_claim_of_less_raises_the_count_until_its_reset() {
    for window in [sliding(3600), calendar(Unit::Hour, "UTC")] {
        let mut bucket = bucket(Meter::Requests, 100, window);
        bucket.take(10, NOON);
        let now = NOON.after(secs(60));
        bucket.apply(&Claim { resets: Some(now.after(secs(600))), ..claim(5) }, None, now);
        assert_eq!(bucket.remaining(now), 5);
        assert_eq!(bucket.drift().map(|drift| drift.by), Some(85));
        assert_eq!(bucket.source(now), Source::Provider);
        assert_eq!(bucket.free_at(50, now), Some(now.after(secs(600))));
        assert!(bucket.remaining(now.after(secs(600))) >= 90);
    }
}

#[test]
fn a_claim_of_more_is_trusted_but_for_what_is_in_flight() {
    for window in [sliding(3600), calendar(Unit::Hour, "UTC")] {
        let mut bucket = bucket(Meter::Requests, 100, window);
        let done = bucket.take(60, NOON);
        bucket.settle(done, 60, NOON);
        let open = bucket.take(20, NOON);
        bucket.apply(&claim(99), None, NOON);
        assert_eq!(bucket.remaining(NOON), 79, "one counted, twenty may not have arrived");
        bucket.settle(open, 20, NOON);
        assert_eq!(bucket.remaining(NOON), 79);
    }
}

#[test]
fn a_claimed_amount_is_believed_for_a_day() {
    let mut bucket = bucket(Meter::Requests, 50, calendar(Unit::Day, "UTC"));
    bucket.apply(&Claim { amount: Some(1000), ..claim(990) }, None, NOON);
    assert_eq!((bucket.capacity(NOON), bucket.remaining(NOON)), (1000, 990));
    assert_eq!(bucket.capacity(NOON.after(secs(90_000))), 50);
    bucket.apply(&Claim { amount: Some(0), ..claim(0) }, None, NOON);
    assert_eq!(bucket.capacity(NOON), 1000, "no amount at all would shut it for good");
    assert_eq!(bucket.remaining(NOON), 0);
}

#[test]
fn an_exhausted_bucket_waits_as_long_as_was_said_and_never_less() {
    let mut bucket = bucket(Meter::Requests, 50, sliding(60));
    bucket.exhaust(Some(NOON.after(secs(30))), None, NOON);
    bucket.exhaust(Some(NOON.after(secs(5))), None, NOON);
    assert_eq!(bucket.free_at(1, NOON), Some(NOON.after(secs(30))));
    assert_eq!((bucket.remaining(NOON), bucket.remaining(NOON.after(secs(30)))), (0, 50));
}

#[test]
fn an_exhausted_bucket_without_a_time_waits_for_its_own_clock() {
    let wait = |window| {
        let mut bucket = bucket(Meter::Requests, 50, window);
        bucket.exhaust(None, None, NOON);
        bucket.free_at(1, NOON).unwrap().since(NOON).as_secs()
    };
    assert_eq!(wait(sliding(60)), 60);
    assert_eq!(wait(sliding(3600)), 225);
    assert_eq!(wait(calendar(Unit::Day, "UTC")), 12 * 3600);
    assert_eq!(wait(calendar(Unit::Day, "America/Los_Angeles")), 20 * 3600);
    assert_eq!(wait(calendar(Unit::Month, "UTC")), 8 * 86_400 + 12 * 3600);
}

#[test]
fn a_clock_set_back_a_year_shuts_nothing_for_a_year() {
    let year = secs(365 * 86_400);
    for window in [calendar(Unit::Day, "UTC"), calendar(Unit::Month, "UTC"), sliding(86_400)] {
        let mut bucket = bucket(Meter::Requests, 1, window);
        bucket.take(1, NOON.after(year));
        bucket.shift(-365 * 86_400_000, NOON);
        assert_eq!(bucket.remaining(NOON), 0);
        let back = bucket.free_at(1, NOON).unwrap().since(NOON);
        assert!(back <= secs(31 * 86_400), "{back:?}");
    }
}

#[test]
fn a_use_of_an_earlier_turn_is_not_given_back_to_one_of_the_same_name() {
    let hour = secs(3600);
    let mut bucket = bucket(Meter::Requests, 2, calendar(Unit::Minute, "UTC"));
    let early = bucket.take(1, NOON);
    let ahead = bucket.take(1, NOON.after(hour));
    bucket.shift(-3_600_000, NOON);
    assert_eq!(bucket.remaining(NOON), 1, "what was counted ahead counts here");
    bucket.settle(early, 0, NOON);
    assert_eq!(bucket.remaining(NOON), 1, "the early use was of a turn that is over");
    bucket.settle(ahead, 0, NOON);
    assert_eq!(bucket.remaining(NOON), 2);
}

#[test]
fn a_changed_amount_keeps_the_count_and_a_changed_clock_does_not() {
    let mut bucket = bucket(Meter::Requests, 10, sliding(60));
    bucket.take(4, NOON);
    bucket.adopt(&limit(Meter::Requests, 20, sliding(60)));
    assert_eq!(bucket.remaining(NOON), 16);
    bucket.adopt(&limit(Meter::Requests, 20, sliding(3600)));
    assert_eq!(bucket.remaining(NOON), 20);
}

#[test]
fn a_month_is_meant_by_28_to_31_days() {
    let bucket = bucket(Meter::Requests, 10, calendar(Unit::Month, "UTC"));
    for days in 28..=31 {
        assert!(bucket.is_meant(Meter::Requests, Some(secs(days * 86_400))), "{days}");
    }
    assert!(!bucket.is_meant(Meter::Requests, Some(secs(86_400))));
    assert!(!bucket.is_meant(Meter::Tokens, None));
}

fn any_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(sliding(60)),
        Just(sliding(86_400)),
        Just(calendar(Unit::Day, "America/Los_Angeles")),
        Just(calendar(Unit::Month, "Asia/Shanghai")),
    ]
}

proptest! {
    #[test]
    fn settling_gives_back_exactly_the_rest(
        window in any_window(),
        uses in prop::collection::vec((0u64..1000, 0u64..2000, 0u64..50), 1..40),
    ) {
        let mut bucket = bucket(Meter::Tokens, u64::MAX, window);
        let holds: Vec<_> = uses
            .iter()
            .map(|(reserved, truth, delay)| {
                (bucket.take(*reserved, NOON.after(secs(*delay) / 100)), *truth)
            })
            .collect();
        let now = NOON.after(secs(1));
        for (hold, truth) in &holds {
            bucket.settle(*hold, *truth, now);
        }
        prop_assert_eq!(bucket.used(now), uses.iter().map(|(_, truth, _)| truth).sum::<u64>());
    }

    #[test]
    fn free_at_is_the_first_moment_that_fits(
        window in any_window(),
        uses in prop::collection::vec((1u64..50, 0u64..100_000), 1..60),
        amount in 1u64..100,
    ) {
        let mut bucket = bucket(Meter::Tokens, 100, window);
        let mut now = NOON;
        for (used, pause) in uses {
            now = now.after(Duration::from_millis(pause));
            if bucket.remaining(now) >= used {
                bucket.take(used, now);
            }
        }
        let free = bucket.free_at(amount, now).unwrap();
        prop_assert!(bucket.remaining(free) >= amount);
        if free > now {
            let before = free.before(Duration::from_millis(1));
            prop_assert!(bucket.remaining(before) < amount);
        }
    }

    #[test]
    fn no_claim_and_no_moment_breaks_a_bucket(
        window in any_window(),
        claims in prop::collection::vec(
            (any::<Option<u64>>(), any::<Option<u64>>(), any::<Option<i64>>(), any::<i64>()), 0..20),
    ) {
        let mut bucket = bucket(Meter::Requests, 10, window);
        for (amount, remaining, resets, now) in claims {
            let resets = resets.map(Moment::from_millis);
            let now = Moment::from_millis(now);
            let claim = Claim { meter: Meter::Requests, window: None, amount, remaining, resets };
            bucket.apply(&claim, None, now);
            let hold = bucket.take(1, now);
            bucket.settle(hold, u64::MAX, now);
            bucket.exhaust(resets, None, now);
            let _ = (bucket.free_at(3, now), bucket.resets(now), bucket.gauge(now).until);
        }
    }
}

#[test]
fn a_refusal_before_the_amount_is_used_lowers_it_for_a_while() {
    let mut bucket = bucket(Meter::Requests, 32, sliding(60));
    let others: Vec<_> = (0..20).map(|_| bucket.take(1, NOON)).collect();
    let refused = bucket.take(1, NOON);
    bucket.exhaust(None, Some(&refused), NOON);
    assert_eq!(bucket.capacity(NOON), 20, "somebody else uses the rest");
    assert_eq!(bucket.source(NOON), Source::Learnt);
    assert_eq!(bucket.capacity(NOON.after(secs(60))), 22, "two more a window");
    assert_eq!(bucket.capacity(NOON.after(secs(360))), 32);
    assert_eq!(bucket.source(NOON.after(secs(360))), Source::Provider);
    drop(others);
}

#[test]
fn a_refusal_when_nearly_nothing_was_used_teaches_little() {
    let mut bucket = bucket(Meter::Tokens, 8000, sliding(60));
    let refused = bucket.take(3000, NOON);
    bucket.exhaust(None, Some(&refused), NOON);
    assert_eq!(bucket.capacity(NOON), 2000);
}

#[test]
fn what_a_second_refusal_confirms_is_believed_for_longer() {
    let mut bucket = bucket(Meter::Requests, 32, sliding(60));
    let mut refuse = |at: Moment| {
        for _ in 0..20 {
            bucket.take(1, at);
        }
        let refused = bucket.take(1, at);
        let again = bucket.is_hit_again(&refused, at);
        bucket.learn(&refused, at);
        bucket.settle(refused, 0, at);
        (again, bucket.capacity(at.after(secs(60))), bucket.capacity(at.after(secs(120))))
    };
    assert_eq!(refuse(NOON), (false, 22, 24), "two more a window");
    assert_eq!(refuse(NOON.after(secs(90))), (true, 20, 22), "half as fast");
    assert_eq!(refuse(NOON.after(secs(240))), (true, 20, 20), "and a quarter");
}
