use std::time::Duration;

use potluck_core::quota::Meter;
use proptest::prelude::*;

use super::*;

/// 2026-11-22T12:00:00Z.
const NOW: Moment = Moment::from_millis(1_795_348_800_000);

#[test]
fn rules_look_where_they_say() {
    let body = br#"{"error":{"code":1305,"name":null,"text":"Queue FULL for you"}}"#;
    let headers = [("X-Why", "Because of load")];
    let base = || Rule::new(&[429], Class::Overloaded);
    let some = |text: &str| Some(Box::from(text));
    let matching = [
        base(),
        Rule { statuses: [].into(), ..base() },
        Rule { statuses: [503, 429].into(), ..base() },
        Rule { pointer: some("/error/code"), ..base() },
        Rule { pointer: some("/error/code"), equals: some("1305"), ..base() },
        Rule { pointer: some("/error/text"), contains: some("queue full"), ..base() },
        Rule { contains: some("QUEUE full"), ..base() },
        Rule { header: some("x-why"), ..base() },
        Rule { header: some("x-why"), equals: some("Because of load"), ..base() },
        Rule { header: some("x-why"), contains: some("LOAD"), ..base() },
    ];
    for rule in matching {
        let failure = classify(429, &headers, body, std::slice::from_ref(&rule), NOW);
        assert_eq!(failure.class, Class::Overloaded, "{rule:?}");
    }
    let passing = [
        Rule { statuses: [503].into(), ..base() },
        Rule { pointer: some("/error/name"), ..base() },
        Rule { pointer: some("/error/none"), ..base() },
        Rule { pointer: some("no pointer"), ..base() },
        Rule { pointer: some("/error/code"), equals: some("130"), ..base() },
        Rule { contains: some("queue empty"), ..base() },
        Rule { header: some("x-other"), ..base() },
        Rule { header: some("x-why"), equals: some("because of load"), ..base() },
    ];
    for rule in passing {
        let failure = classify(429, &headers, body, std::slice::from_ref(&rule), NOW);
        assert_eq!(failure.class, Class::RateLimited, "{rule:?}");
    }
}

#[test]
fn a_gateway_in_front_does_not_hide_what_its_upstream_said() {
    let body = r#"{"error":{"code":400,"message":"Provider returned error","metadata":{"provider_name":"Google",
        "raw":"{\"error\":{\"code\":429,\"message\":\"slow down\",\"status\":\"RESOURCE_EXHAUSTED\"}}"}}}"#;
    let failure = classify(400, &(), body.as_bytes(), &[], NOW);
    assert_eq!((failure.class, failure.detail.as_str()), (Class::RateLimited, "Google: slow down"));
}

#[test]
fn the_first_rule_wins_and_its_note_speaks_when_the_provider_does_not() {
    let note = |text: &str| Some(Box::from(text));
    let rules = [
        Rule { note: note("the day is over"), ..Rule::new(&[429], Class::QuotaSpent) },
        Rule::new(&[429], Class::NotFree),
    ];
    let silent = classify(429, &(), b"", &rules, NOW);
    assert_eq!((silent.class, silent.detail.as_str()), (Class::QuotaSpent, "the day is over"));
    assert_eq!((silent.scope, silent.wait), (Scope::Account, Wait::Reset));
    let spoken = classify(429, &(), b"no more", &rules, NOW);
    assert_eq!(spoken.detail, "no more");
}

#[test]
fn a_rule_says_how_long() {
    let rule = |wait, pointer: Option<&str>| Rule {
        wait,
        wait_pointer: pointer.map(Box::from),
        ..Rule::new(&[429], Class::RateLimited)
    };
    let minute = Duration::from_secs(60);
    let body = br#"{"until":1795348830,"in":"2.5s"}"#;
    let table = [
        (rule(None, None), &[][..], Wait::Guess),
        (rule(Some(Until::For(minute)), None), &[], Wait::Stated(minute)),
        (
            rule(Some(Until::For(minute)), None),
            &[("retry-after", "7")],
            Wait::Stated(Duration::from_secs(7)),
        ),
        (rule(Some(Until::Reset), None), &[("retry-after", "7")], Wait::Reset),
        (
            rule(Some(Until::Month), None),
            &[],
            Wait::Stated(Duration::from_secs(8 * 86_400 + 43_200)),
        ),
        (
            rule(Some(Until::For(minute)), Some("/until")),
            &[],
            Wait::Stated(Duration::from_secs(30)),
        ),
        (
            rule(Some(Until::For(minute)), Some("/in")),
            &[],
            Wait::Stated(Duration::from_millis(2_500)),
        ),
        (rule(Some(Until::For(minute)), Some("/nowhere")), &[], Wait::Stated(minute)),
    ];
    for (rule, headers, wanted) in table {
        assert_eq!(
            classify(429, &headers, body, std::slice::from_ref(&rule), NOW).wait,
            wanted,
            "{rule:?}"
        );
    }
}

#[test]
fn an_error_inside_a_good_answer_is_judged_by_what_it_says() {
    let error = |status, body: &str| StreamError {
        message: "m".to_owned(),
        status,
        code: None,
        body: body.to_owned(),
    };
    let inside = |error| from_inside(&error, &[], Stage::AfterCommit, NOW);
    let told = inside(error(Some(502), r#"{"error":{"code":502,"message":"broke"}}"#));
    assert_eq!(
        (told.class, told.stage, told.status),
        (Class::Overloaded, Stage::AfterCommit, Some(502))
    );
    let limited = inside(error(None, r#"{"error":{"message":"rate limit exceeded (RPM)"}}"#));
    assert_eq!((limited.class, limited.meter), (Class::RateLimited, Some(Meter::Requests)));
    let odd = inside(error(None, r#"{"error":{"message":"odd"}}"#));
    assert_eq!((odd.class, odd.status), (Class::BadAnswer, None));
    assert_eq!(inside(error(None, "")).detail, "m", "without a body its message speaks");
}

#[test]
fn an_answer_that_is_none_is_a_bad_answer_unless_it_says_more() {
    let judged = |bad: BadAnswer| from_bad_answer(&bad, &[], Stage::BeforeCommit, NOW);
    for bad in [
        BadAnswer::Empty,
        BadAnswer::Cut,
        BadAnswer::Garbage("a \u{0}".to_owned()),
        BadAnswer::TooLong { limit: 5 },
        BadAnswer::BrokenArguments,
        BadAnswer::BrokenJson,
    ] {
        let failure = judged(bad);
        assert_eq!((failure.class, failure.scope), (Class::BadAnswer, Scope::Offer));
        assert!(!failure.detail.is_empty() && !failure.detail.contains('\u{0}'));
    }
    let body = r#"{"error":{"message":"overloaded"}}"#.to_owned();
    let inside = BadAnswer::ErrorInside(StreamError { body, ..StreamError::default() });
    assert_eq!(judged(inside).class, Class::Overloaded);
}

#[test]
fn a_limit_of_nothing_is_told_from_a_small_one() {
    for (words, zero) in [
        ("limit: 0, model: x", true),
        ("limit: 0", true),
        ("limit: 0.", true),
        ("limit: 0\nplease", true),
        ("limit: 0.5 a minute", false),
        ("limit: 05", false),
        ("limit: 1000000", false),
        ("no limit", false),
    ] {
        assert_eq!(limit::is_zero(words), zero, "{words}");
    }
}

#[test]
fn every_transport_failure_has_a_class_and_plain_words() {
    for transport in Transport::ALL {
        let failure = from_transport(transport, Stage::Connect);
        assert!(failure.class.counts_against_health(), "{transport:?}");
        assert_eq!((failure.scope, failure.status), (Scope::Offer, None));
        assert_eq!(safe::detail(&failure.detail), failure.detail);
    }
    assert_eq!(from_transport(Transport::IdleTimeout, Stage::AfterCommit).class, Class::TooSlow);
    assert_eq!(from_transport(Transport::Tls, Stage::Connect).class, Class::Overloaded);
}

/// JSON that looks like an error, of any depth and with any values.
fn any_error() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Map, Value};
    let names = [
        "error",
        "errors",
        "message",
        "detail",
        "details",
        "code",
        "status",
        "type",
        "metadata",
        "raw",
        "headers",
        "title",
        "retryDelay",
        "retry_after",
        "violations",
        "quotaId",
        "loc",
        "msg",
        "X-RateLimit-Reset",
        "response",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
        "(limit: 0|retry in |-?[0-9]{1,25}(s|ms|m)?|per day|\\{\"error\":|<html>){1,3}"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(names.to_vec()), inner), 0..6).prop_map(
                |pairs| {
                    Value::Object(
                        pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>(),
                    )
                }
            ),
        ]
    })
}

fn check(status: u16, headers: &[(&str, &str)], body: &[u8]) {
    let rule = Rule {
        pointer: Some("/error/code".into()),
        equals: Some("x".into()),
        wait_pointer: Some("/error/retry_after".into()),
        ..Rule::new(&[], Class::QuotaSpent)
    };
    for rules in [&[][..], &[rule]] {
        let failure = classify(status, &headers, body, rules, NOW);
        assert!(!failure.detail.chars().any(char::is_control), "{failure:?}");
        assert!(failure.detail.chars().count() <= safe::LONGEST, "{failure:?}");
        assert!(failure.wait != Wait::Stated(Duration::ZERO), "{failure:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        status in 0u16..=999,
        body in prop::collection::vec(any::<u8>(), 0..600),
        wait in "\\PC{0,30}",
    ) {
        check(status, &[("retry-after", &wait)], &body);
    }

    #[test]
    fn no_json_makes_it_panic(status in 0u16..=999, body in any_error(), wait in any::<f64>()) {
        check(status, &[("x-ratelimit-reset", &wait.to_string())], body.to_string().as_bytes());
    }

    #[test]
    fn no_text_leaks_a_key(before in "[ \"'`:(]{0,2}", after in "[ \"'`.,)]{0,2}", key in "[A-Za-z0-9]{24,40}") {
        let safe = safe::detail(&format!("bad key {before}sk-{key}{after} given"));
        prop_assert!(!safe.contains(&key), "{}", safe);
    }
}
