use proptest::prelude::*;

use super::*;
use crate::fixture::NOON;

/// Noon in UTC: no turn of a day is near.
const NOW: Moment = NOON;

fn limits(per_minute: Option<u64>, per_day: Option<u64>, tokens: Option<u64>) -> Limits {
    Limits {
        requests_per_minute: per_minute,
        requests_per_day: per_day,
        tokens_per_minute: tokens,
        tokens_per_day: None,
    }
}

fn usual(prompt: u64, answers: u64) -> Usual {
    Usual { prompt, answers }
}

fn until(denied: Result<Reservation, Denied>) -> Moment {
    match denied {
        Err(Denied::Spent { until, .. }) => until,
        other => panic!("{other:?}"),
    }
}

proptest! {
    /// Never more than the limit in any minute, and the moment that is named is the first at which it goes on.
    #[test]
    fn a_limit_holds_and_its_return_is_exact(
        amount in 1u64..8,
        steps in prop::collection::vec(0i64..30_000, 1..80),
    ) {
        let mut tally = Tally::new(&limits(Some(amount), None, None));
        let mut now = NOW;
        let mut taken: Vec<Moment> = Vec::new();
        for step in steps {
            now = now.moved(step);
            match tally.clone().reserve(Usual::default(), now) {
                Ok(_) => {
                    prop_assert!(tally.reserve(Usual::default(), now).is_ok());
                    taken.push(now);
                }
                Err(Denied::Spent { until, .. }) => {
                    prop_assert!(until > now && until <= now.after(MINUTE));
                    let early = tally.clone().reserve(Usual::default(), until.moved(-1));
                    prop_assert!(early.is_err(), "a moment before");
                    let back = tally.clone().reserve(Usual::default(), until);
                    prop_assert!(back.is_ok(), "at the moment itself");
                }
                Err(other) => prop_assert!(false, "{other:?}"),
            }
            let in_minute = taken.iter().filter(|at| at.after(MINUTE) > now).count() as u64;
            prop_assert!(in_minute <= amount, "{in_minute} of {amount}");
        }
    }

    /// Whatever was reserved, after it is settled exactly the truth counts.
    #[test]
    fn the_truth_is_what_counts(asked in prop::collection::vec((0u64..400, 0u64..900, 0u64..2000), 1..12)) {
        let mut tally = Tally::new(&limits(None, None, Some(1_000_000)));
        let mut all = 0;
        for (prompt, answers, truth) in asked {
            let reserved = tally.reserve(usual(prompt, answers), NOW).unwrap();
            tally.settle(reserved, Spent::Tokens(truth), NOW);
            all += truth;
        }
        let (_, bucket) = tally.gauges().next().unwrap();
        prop_assert_eq!(bucket.used(NOW), all);
        prop_assert_eq!(tally.today(NOW).tokens, all);
    }
}

#[test]
fn what_asked_nobody_counts_for_nothing() {
    let mut tally = Tally::new(&limits(Some(1), Some(1), Some(100)));
    for _ in 0..5 {
        let reserved = tally.reserve(usual(10, 20), NOW).unwrap();
        tally.settle(reserved, Spent::Nothing, NOW);
    }
    assert_eq!(tally.today(NOW), Today::default());
    let reserved = tally.reserve(usual(10, 20), NOW).unwrap();
    tally.settle(reserved, Spent::Unknown(5), NOW);
    let tokens = tally.gauges().find(|(_, bucket)| bucket.meter() == Meter::Tokens).unwrap().1;
    assert_eq!(tokens.used(NOW), 30, "nobody said: what was reserved stands");
    assert!(tally.reserve(Usual::default(), NOW).is_err());
}

#[test]
fn of_two_limits_the_longer_wait_is_told() {
    let mut tally = Tally::new(&limits(Some(1), Some(1), None));
    let _first = tally.reserve(Usual::default(), NOW).unwrap();
    let midnight = NOON.after(Duration::from_hours(12));
    assert_eq!(until(tally.reserve(Usual::default(), NOW)), midnight);
    assert!(tally.reserve(Usual::default(), midnight.moved(-1)).is_err());
    assert!(tally.reserve(Usual::default(), midnight).is_ok());
}

#[test]
fn a_small_limit_of_tokens_lets_short_prompts_through_and_long_ones_never() {
    let mut tally = Tally::new(&limits(None, None, Some(500)));
    let reserved = tally.reserve(usual(20, 1024), NOW).unwrap();
    assert!(tally.reserve(usual(20, 1024), NOW).is_err(), "all of it is reserved");
    tally.settle(reserved, Spent::Tokens(60), NOW);
    let left = tally.gauges().next().unwrap().1.remaining(NOW);
    assert_eq!(left, 440);
    let long = tally.reserve(usual(501, 0), NOW);
    assert_eq!(long, Err(Denied::TooLarge { per: Per::Minute, have: 500, need: 501 }));
}

#[test]
fn a_restart_counts_at_least_what_was_used() {
    let limits = limits(None, Some(100), None);
    let mut tally = Tally::new(&limits);
    tally.begin_keeping();
    assert_eq!(tally.reserve(Usual::default(), NOW), Err(Denied::Unrecorded));
    let mut written = Vec::new();
    let mut used = 0;
    for _ in 0..40 {
        if let Ok(reserved) = tally.reserve(Usual::default(), NOW) {
            tally.settle(reserved, Spent::Tokens(7), NOW);
            used += 1;
        } else {
            written = tally.keep(NOW);
            for (word, kept) in &written {
                tally.grant(word, kept.allowance);
            }
        }
    }
    assert!(used > 30, "{used}");
    let mut again = Tally::new(&limits);
    again.begin_keeping();
    for (word, kept) in &written {
        again.recall(word, kept, NOW.after(Duration::from_secs(3)));
    }
    let counted = again.gauges().next().unwrap().1.used(NOW);
    assert!(counted >= used && counted <= used + 100 / 8, "{counted} for {used}");
    assert_eq!(again.last_used(), Some(NOW));
    assert!(again.today(NOW).requests <= used && again.today(NOW).requests > 0);
    let tomorrow = NOW.after(Duration::from_hours(24));
    assert_eq!(again.today(tomorrow), Today::default());
}
