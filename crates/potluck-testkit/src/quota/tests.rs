use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

const MINUTE: u64 = 60_000;

#[test]
fn a_sliding_window_frees_each_request_exactly_one_span_later() {
    let mut quota = Quota::new(vec![Limit::requests(2, Span::Minute)]);
    assert!(quota.admit("a", 1, 0).is_ok());
    assert!(quota.admit("b", 1, 10_000).is_ok());
    let refusal = quota.admit("a", 1, 20_000).unwrap_err();
    assert_eq!((refusal.used, refusal.retry_at_ms), (2, Some(MINUTE)));
    assert!(quota.admit("a", 1, MINUTE - 1).is_err());
    assert!(quota.admit("a", 1, MINUTE).is_ok());
    assert!(quota.admit("a", 1, MINUTE).is_err());
}

#[test]
fn a_calendar_window_frees_everything_at_the_full_minute() {
    let mut quota = Quota::new(vec![Limit::requests(1, Span::Minute).calendar()]);
    assert!(quota.admit("a", 1, MINUTE + 59_999).is_ok());
    assert_eq!(quota.admit("a", 1, MINUTE + 59_999).unwrap_err().retry_at_ms, Some(2 * MINUTE));
    assert!(quota.admit("a", 1, 2 * MINUTE).is_ok());
}

#[test]
fn models_have_their_own_buckets_where_the_limit_says_so() {
    let mut quota = Quota::new(vec![Limit::requests(1, Span::Day).each_model()]);
    assert!(quota.admit("a", 1, 0).is_ok());
    assert!(quota.admit("b", 1, 0).is_ok());
    assert!(quota.admit("a", 1, 0).is_err());
}

#[test]
fn tokens_count_input_at_the_start_and_output_at_the_end() {
    let mut quota = Quota::new(vec![Limit::tokens(100, Span::Minute)]);
    assert!(quota.admit("a", 60, 0).is_ok());
    quota.settle("a", 30, 1_000);
    assert_eq!(quota.standing("a", 1_000)[0].remaining, 10);
    let refusal = quota.admit("a", 11, 2_000).unwrap_err();
    assert_eq!(refusal.retry_at_ms, Some(MINUTE));
    assert!(quota.admit("a", 10, 2_000).is_ok());
    assert_eq!(quota.admit("a", 101, 2_000).unwrap_err().retry_at_ms, None);
}

#[test]
fn a_refusal_takes_nothing_from_the_other_limits() {
    let limits = vec![Limit::requests(10, Span::Day), Limit::requests(1, Span::Minute)];
    let mut quota = Quota::new(limits);
    assert!(quota.admit("a", 1, 0).is_ok());
    for _ in 0..5 {
        assert!(quota.admit("a", 1, 1).is_err());
    }
    assert_eq!(quota.standing("a", 1)[0].used, 1);
}

#[test]
fn refused_requests_count_where_the_provider_counts_them() {
    let mut quota = Quota::new(vec![Limit::requests(1, Span::Minute)]).counting_refused();
    assert!(quota.admit("a", 1, 0).is_ok());
    assert!(quota.admit("a", 1, 30_000).is_err());
    assert!(quota.admit("a", 1, MINUTE).is_err());
}

#[test]
fn concurrency_is_freed_when_a_request_ends() {
    let mut quota = Quota::new(vec![Limit::concurrent(1)]);
    assert!(quota.admit("a", 1, 0).is_ok());
    assert!(quota.admit("a", 1, 0).is_err());
    quota.settle("a", 0, 5);
    assert!(quota.admit("a", 1, 5).is_ok());
}

#[test]
fn the_refusal_names_the_limit_that_keeps_out_longest() {
    let limits = vec![Limit::requests(1, Span::Minute), Limit::requests(1, Span::Day)];
    let mut quota = Quota::new(limits);
    assert!(quota.admit("a", 1, 0).is_ok());
    assert_eq!(quota.admit("a", 1, 0).unwrap_err().limit.span, Span::Day);
}

/// What a sliding window holds, counted the slow way.
fn in_window(taken: &[(u64, u64)], now_ms: u64) -> u64 {
    taken.iter().filter(|(at, _)| at + MINUTE > now_ms).map(|(_, amount)| amount).sum()
}

#[test]
fn a_sliding_window_agrees_with_counting_every_entry() {
    const AMOUNT: u64 = 1_000;
    let mut rng = StdRng::seed_from_u64(11);
    let mut quota = Quota::new(vec![Limit::of(Meter::InputTokens, AMOUNT, Span::Minute)]);
    let (mut taken, mut now, mut refused) = (Vec::new(), 0, 0);
    for _ in 0..5_000 {
        now += rng.random_range(0..5_000);
        let needed = rng.random_range(1..200);
        let fits = in_window(&taken, now) + needed <= AMOUNT;
        match quota.admit("a", needed, now) {
            Ok(()) => {
                assert!(fits);
                taken.push((now, needed));
            }
            Err(refusal) => {
                assert!(!fits);
                refused += 1;
                let again = refusal.retry_at_ms.unwrap();
                assert!(in_window(&taken, again) + needed <= AMOUNT, "promised too early");
                assert!(in_window(&taken, again - 1) + needed > AMOUNT, "promised too late");
            }
        }
    }
    assert!(refused > 500, "{refused} refused: the limit was hardly reached");
}
