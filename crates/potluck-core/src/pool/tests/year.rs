//! A year of calendars: both daylight-saving changes of Los Angeles, midnights in Shanghai and UTC, the ends of
//! months, and a leap day.
//!
//! The turns that are expected are not asked of a time zone database: the two changes of the clocks in Los Angeles
//! are written down here, and Shanghai has none.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::pool;
use crate::catalog::OfferIndex;
use crate::exclusion::Exclusion;
use crate::fixture::{Stock, calendar, chat, limit, served};
use crate::pool::Pool;
use crate::quota::{Meter, Unit};
use crate::time::Moment;

const FIRST: Date = date(2027, 7, 1);
const LAST: Date = date(2028, 7, 1);
const ZONES: [&str; 3] = ["America/Los_Angeles", "Asia/Shanghai", "UTC"];
const AMOUNT: u64 = 2;

fn utc(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// Hours from UTC at a moment of that year.
fn offset(zone: &str, at: i64) -> i64 {
    let winter = utc("2027-11-07T09:00:00Z")..utc("2028-03-12T10:00:00Z");
    match zone {
        "Asia/Shanghai" => 8,
        "America/Los_Angeles" if winter.contains(&at) => -8,
        "America/Los_Angeles" => -7,
        _ => 0,
    }
}

/// The moment of a midnight.
fn midnight(zone: &str, day: Date) -> i64 {
    let local = day.to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond();
    let guesses = [-8, -7, 0, 8].map(|hours| (hours, local - hours * 3_600_000));
    guesses.into_iter().find(|(hours, at)| offset(zone, *at) == *hours).unwrap().1
}

/// Every turn of the year, the first and the last included.
fn turns(unit: Unit, zone: &str) -> Vec<i64> {
    let days = FIRST.series(1.day()).take_while(|day| *day <= LAST);
    match unit {
        Unit::Day => days.map(|day| midnight(zone, day)).collect(),
        Unit::Month => days.filter(|day| day.day() == 1).map(|day| midnight(zone, day)).collect(),
        // all zones here are whole hours from UTC
        Unit::Hour => every(3_600_000, midnight(zone, FIRST), midnight(zone, LAST)),
        Unit::Minute => every(60_000, midnight(zone, FIRST), midnight(zone, LAST)),
    }
}

fn every(step: i64, from: i64, to: i64) -> Vec<i64> {
    (0..=(to - from) / step).map(|count| from + count * step).collect()
}

fn one(unit: Unit, zone: &str) -> Pool {
    let limit = limit(Meter::Requests, AMOUNT, calendar(unit, zone));
    pool(&Stock::default().offer("a/x", "x").limit("a", limit).done())
}

fn at(millis: i64) -> Moment {
    Moment::from_millis(millis)
}

/// Sends a request, if it may be sent; when another may be, if not.
fn send(pool: &mut Pool, now: Moment) -> Result<(), Moment> {
    match pool.admit(OfferIndex(0), &chat(10), now) {
        Ok(mut ticket) => {
            pool.arrive(&mut ticket, now);
            pool.settle(ticket, &served(10, 10), now);
            Ok(())
        }
        Err(Exclusion::OutOfQuota { until, .. }) => Err(until),
        Err(other) => panic!("{other:?}"),
    }
}

/// What a draw says: when the offer is back, or that it is there.
fn seen(pool: &mut Pool, now: Moment) -> Option<Moment> {
    let everything = pool.catalog().everything();
    let draw = pool.draw(&chat(10), &everything, now, 1);
    draw.excluded.first().and_then(|(_, exclusion)| exclusion.ends())
}

/// Uses up each window at its first moment, and looks at it a millisecond before its end.
fn walk(unit: Unit, zone: &str, turns: &[i64]) {
    let mut pool = one(unit, zone);
    for (start, end) in turns.iter().zip(&turns[1..]) {
        let (first, last) = (at(*start), at(*end - 1));
        assert_eq!(seen(&mut pool, first), None, "{unit:?} {zone} {start}: back on time");
        for _ in 0..AMOUNT {
            assert_eq!(send(&mut pool, first), Ok(()), "{unit:?} {zone} {start}");
        }
        for now in [first, at(start.midpoint(*end)), last] {
            assert_eq!(send(&mut pool, now), Err(at(*end)), "{unit:?} {zone} {now:?}");
            assert_eq!(seen(&mut pool, now), Some(at(*end)), "{unit:?} {zone} {now:?}");
        }
    }
}

#[test]
fn every_day_and_every_month_of_a_year_turn_on_time() {
    for zone in ZONES {
        let (days, months) = (turns(Unit::Day, zone), turns(Unit::Month, zone));
        assert_eq!((days.len(), months.len()), (367, 13), "a leap year");
        let hours =
            |wanted: i64| days.windows(2).filter(|d| d[1] - d[0] == wanted * 3_600_000).count();
        let odd = usize::from(zone == "America/Los_Angeles");
        assert_eq!((hours(23), hours(24), hours(25)), (odd, 366 - 2 * odd, odd), "{zone}");
        walk(Unit::Day, zone, &days);
        walk(Unit::Month, zone, &months);
    }
}

#[test]
fn every_hour_of_a_year_turns_on_time() {
    for zone in ZONES {
        walk(Unit::Hour, zone, &turns(Unit::Hour, zone));
    }
}

#[test]
fn every_minute_around_what_is_odd_turns_on_time() {
    for zone in ZONES {
        for odd in ["2027-11-07T09:00:00Z", "2028-03-12T10:00:00Z", "2028-02-29T12:00:00Z"] {
            let around = utc(odd) - 86_400_000..utc(odd) + 86_400_000;
            walk(Unit::Minute, zone, &every(60_000, around.start, around.end));
        }
    }
}

fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::Minute), Just(Unit::Hour), Just(Unit::Day), Just(Unit::Month)]
}

proptest! {
    #[test]
    fn whatever_is_sent_when_each_window_holds_its_amount_and_no_less(
        unit in unit(),
        zone in prop::sample::select(&ZONES[..]),
        begin in 0i64..360 * 86_400_000,
        steps in prop::collection::vec((0u8..5, 0i64..1000), 1..120),
    ) {
        let turns = turns(unit, zone);
        let mut pool = one(unit, zone);
        let (mut now, mut window, mut used) = (turns[0] + begin, 0, 0);
        for (scale, step) in steps {
            now += step * [0, 1, 60, 3600, 86_400][usize::from(scale)] * 10;
            let next = turns.partition_point(|turn| *turn <= now);
            if next == turns.len() {
                break;
            }
            if next != window {
                (window, used) = (next, 0);
            }
            let expected = if used < AMOUNT { Ok(()) } else { Err(at(turns[next])) };
            prop_assert_eq!(send(&mut pool, at(now)), expected, "{:?} {}", unit, zone);
            used = (used + 1).min(AMOUNT);
        }
    }
}
