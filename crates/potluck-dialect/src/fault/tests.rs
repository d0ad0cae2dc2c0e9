use super::*;

/// 2026-11-22T12:00:00Z.
const NOW: Moment = Moment::from_millis(1_795_348_800_000);

#[test]
fn a_bare_429_is_a_limit_of_this_offer_for_an_unknown_time() {
    let failure = classify(429, &(), b"", &[], NOW);
    assert_eq!((failure.class, failure.scope), (Class::RateLimited, Scope::Offer));
    assert_eq!((failure.wait, failure.status), (Wait::Guess, Some(429)));
}
