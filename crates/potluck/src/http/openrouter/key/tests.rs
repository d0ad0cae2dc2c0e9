use potluck_core::Moment;
use potluck_core::catalog::OfferIndex;
use potluck_core::names::{AccountId, CredentialId, Family, ModelId, OfferName, ProviderId};
use potluck_core::quota::Source;

use super::*;

fn limit(meter: Meter, scope: LimitScope, amount: u64, left: u64, window: Duration) -> LimitView {
    LimitView {
        key: "key".into(),
        meter,
        scope,
        amount,
        used: amount - left,
        remaining: left,
        resets: Some(Moment::from_millis(0)),
        window: Some(window),
        calendar: None,
        source: Source::Table,
        heard: None,
        drift: None,
        margin: 0,
        elsewhere: 0,
        lent: 0,
    }
}

fn daily(scope: LimitScope, amount: u64, left: u64) -> LimitView {
    limit(Meter::Requests, scope, amount, left, DAY)
}

fn offer(limits: Vec<LimitView>) -> OfferView {
    offer_of("m", "c", limits)
}

fn offer_of(model: &str, account: &str, limits: Vec<LimitView>) -> OfferView {
    OfferView {
        offer: OfferIndex(0),
        name: OfferName::new("p/m"),
        provider: ProviderId::new("p"),
        model: ModelId::new(model),
        family: Family::new("m"),
        credential: CredentialId::new("c"),
        account: AccountId::new(account),
        state: "available",
        since: None,
        exclusion: None,
        reasons: Vec::new(),
        wait: Some(Duration::ZERO),
        limits,
        in_flight: 0,
        concurrency: 1,
        success: 1.0,
        attempts: 0,
        served: 0,
        failures: Vec::new(),
        last_failure: None,
        total_millis: None,
        first_event_millis: None,
        tokens_per_second: None,
        misfits: Vec::new(),
    }
}

fn day_of(offers: &[OfferView]) -> Option<(u64, u64)> {
    let offers: Vec<&OfferView> = offers.iter().collect();
    own(&offers).day.map(|day| (day.allowed, day.left))
}

#[test]
fn a_limit_that_models_share_counts_once() {
    let one = || offer(vec![daily(LimitScope::Account, 50, 20)]);
    assert_eq!(day_of(&[one(), one()]), Some((50, 20)));
}

#[test]
fn limits_of_single_models_add_up() {
    let (one, other) = (daily(LimitScope::Model, 20, 20), daily(LimitScope::Model, 30, 5));
    assert_eq!(
        day_of(&[offer_of("m", "c", vec![one]), offer_of("n", "c", vec![other])]),
        Some((50, 25))
    );
}

#[test]
fn credentials_of_one_account_add_nothing_and_accounts_add_up() {
    let of = |account| offer_of("m", account, vec![daily(LimitScope::Model, 40, 30)]);
    assert_eq!(day_of(&[of("a"), of("a")]), Some((40, 30)));
    assert_eq!(day_of(&[of("a"), of("b")]), Some((80, 60)));
    let of = |account| offer_of("m", account, vec![daily(LimitScope::Ip, 40, 30)]);
    assert_eq!(day_of(&[of("a"), of("b")]), Some((40, 30)), "one address");
}

#[test]
fn the_account_bounds_the_sum_of_its_models() {
    let both = |model| {
        let limits = vec![daily(LimitScope::Model, 40, 40), daily(LimitScope::Account, 50, 30)];
        offer_of(model, "c", limits)
    };
    assert_eq!(day_of(&[both("m"), both("n")]), Some((50, 30)));
}

#[test]
fn a_model_without_a_daily_limit_makes_the_day_unknown() {
    let minute = limit(Meter::Requests, LimitScope::Model, 5, 5, Duration::from_secs(60));
    let tokens = limit(Meter::Tokens, LimitScope::Account, 9, 9, DAY);
    let of = |model, limits| offer_of(model, "c", limits);
    let offers = [of("m", vec![daily(LimitScope::Model, 20, 20)]), of("n", vec![minute, tokens])];
    assert_eq!(day_of(&offers), None);
    let all: Vec<&OfferView> = offers.iter().collect();
    assert_eq!(own(&all).counts, ["requests", "tokens"]);
}

#[test]
fn what_is_left_is_never_above_what_is_allowed() {
    assert_eq!(day_of(&[offer(vec![daily(LimitScope::Ip, 5, 0)])]), Some((5, 0)));
    let day = Day { allowed: 5, left: 2 };
    assert_eq!(day.as_openrouter(), json!({"limit": 5, "used": 3, "remaining": 2}));
}
