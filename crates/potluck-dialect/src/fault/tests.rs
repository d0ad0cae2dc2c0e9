use std::time::Duration;

use potluck_core::quota::Meter;
use proptest::prelude::*;

use super::*;

/// 2026-11-22T12:00:00Z.
const NOW: Moment = Moment::from_millis(1_795_348_800_000);

#[test]
fn every_shape_of_body_is_read() {
    // body, message, code, kind, status inside
    type Row =
        (&'static str, &'static str, Option<&'static str>, Option<&'static str>, Option<u16>);
    let table: &[Row] = &[
        (
            r#"{"error":{"message":"no","type":"t","param":null,"code":"c"}}"#,
            "no",
            Some("c"),
            Some("t"),
            None,
        ),
        (r#"{"error":{"message":"no","code":429}}"#, "no", Some("429"), None, Some(429)),
        (r#"{"error":"text","error_type":"validation"}"#, "text", None, Some("validation"), None),
        (r#"{"error":"Name","message":"words"}"#, "words", Some("Name"), None, None),
        (r#"{"code":"some words","error":"text"}"#, "text", Some("some words"), None, None),
        (
            r#"{"object":"error","message":"m","type":"invalid_model","code":"1500","raw_status_code":400}"#,
            "m",
            Some("1500"),
            Some("invalid_model"),
            Some(400),
        ),
        (r#"{"detail":"Invalid API Key"}"#, "Invalid API Key", None, None, None),
        (r#"{"id":"1","message":"gone"}"#, "gone", None, None, None),
        (
            r#"{"error":{"code":404,"message":"gone","status":"NOT_FOUND"}}"#,
            "gone",
            Some("404"),
            Some("NOT_FOUND"),
            Some(404),
        ),
        (
            r#"[{"error":{"code":404,"message":"gone","status":"NOT_FOUND"}}]"#,
            "gone",
            Some("404"),
            Some("NOT_FOUND"),
            Some(404),
        ),
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            "Overloaded",
            None,
            Some("overloaded_error"),
            None,
        ),
        ("plain words", "plain words", None, None, None),
        (r#""a string""#, "a string", None, None, None),
        (
            "<!doctype html><TITLE>502 Bad <b>Gateway</b></TITLE>",
            "502 Bad Gateway",
            None,
            None,
            None,
        ),
        ("<html><body><h1 class=x>Sorry &amp; bye</h1>", "Sorry & bye", None, None, None),
        (
            r#"{"title":"Gone","detail":"it left","status":410}"#,
            "Gone: it left",
            None,
            None,
            Some(410),
        ),
        (
            r#"{"status":429,"title":"Too Many Requests"}"#,
            "Too Many Requests",
            None,
            None,
            Some(429),
        ),
        (
            r#"{"success":false,"errors":[{"code":4006,"message":"all gone"}],"result":{}}"#,
            "all gone",
            Some("4006"),
            None,
            None,
        ),
        (r#"{"errors":{"message":"no"},"request_id":"x"}"#, "no", None, None, None),
        (r#"{"errors":["one","two"]}"#, "one", None, None, None),
        (
            r#"{"detail":[{"loc":["body","n",0],"msg":"too many"},{"loc":["body"],"msg":"odd"}]}"#,
            "body.n.0: too many; body: odd",
            None,
            None,
            None,
        ),
        (
            r#"{"object":"error","message":{"detail":[{"loc":["body"],"msg":"Extra inputs"}]}}"#,
            "body: Extra inputs",
            None,
            None,
            None,
        ),
        (
            r#"{"message":"Too many","rc":"TooManyPrompts"}"#,
            "Too many",
            Some("TooManyPrompts"),
            None,
            None,
        ),
        (
            "event: error\ndata: {\"error\":{\"message\":\"in a stream\"}}\n\n",
            "in a stream",
            None,
            None,
            None,
        ),
        (
            r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"broke"}}}"#,
            "broke",
            Some("server_error"),
            Some("response.failed"),
            None,
        ),
        ("\u{feff} {\"error\":\"x\"}", "x", None, None, None),
        ("{}", "", None, None, None),
        ("[]", "", None, None, None),
        ("null", "null", None, None, None),
        ("", "", None, None, None),
    ];
    for (body, message, code, kind, status) in table {
        let told = Told::read(body.as_bytes());
        let read =
            (told.message.as_str(), told.code.as_deref(), told.kind.as_deref(), told.status_inside);
        assert_eq!(read, (*message, *code, *kind, *status), "{body}");
    }
}

#[test]
fn what_stands_behind_a_reseller_is_read() {
    let body = r#"{"error":{"code":400,"message":"Provider returned error","metadata":{"provider_name":"Google",
        "raw":"{\"error\":{\"code\":429,\"message\":\"slow down\",\"status\":\"RESOURCE_EXHAUSTED\"}}"}}}"#;
    let told = Told::read(body.as_bytes());
    assert_eq!(told.deepest_status(), Some(429));
    assert_eq!(told.best_message(), "slow down");
    let failure = classify(400, &(), body.as_bytes(), &[], NOW);
    assert_eq!((failure.class, failure.detail.as_str()), (Class::RateLimited, "Google: slow down"));

    let wrapped = r#"{"error":{"message":"litellm.BadRequestError: XException - {\"error\":{\"message\":\"inner\",\"code\":400}} Received Model Group=x","code":500}}"#;
    assert_eq!(Told::read(wrapped.as_bytes()).best_message(), "inner");
}

#[test]
fn details_are_safe_to_show() {
    let table = [
        (
            "Incorrect API key provided: sk-fake-key. See https://x.y/z.",
            "Incorrect API key provided: [hidden]. See [address].",
        ),
        ("Invalid token gsk_abcDEF123456, sorry", "Invalid token [hidden], sorry"),
        ("use Bearer abcdef to call", "use Bearer [hidden] to call"),
        ("AIzaSyA1234567890abcdefghijk is bad", "[hidden] is bad"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.e30.abc", "jwt [hidden]"),
        (
            "Team: bb642ce4-5161-45c9-8f34-408850883602, API key ID: x",
            "Team: [hidden], API key ID: x",
        ),
        ("in organization `org_01hxyzabcdefgh` on", "in organization `[hidden]` on"),
        ("blob aGVsbG8gd29ybGQgMTIzNDU2Nzg5MA== end", "blob [hidden]== end"),
        (
            "host 10.0.0.3:8080 and 203.0.113.7 and [2001:db8::1]:443",
            "host [address] and [address] and [[address]]:443",
        ),
        ("mail me@example.org (or http://localhost:1)", "mail [address] (or [address])"),
        ("connect api.internal.example:8443 failed", "connect [address] failed"),
        ("ollama llama3.2:3b and qwen2.5:72 stay", "ollama llama3.2:3b and qwen2.5:72 stay"),
        ("a\r\nb\tc\u{0}d\u{202e}e\u{200b}f", "a b c d e f"),
        // what names models and limits stays
        (
            "deepseek/deepseek-r1-0528:free is temporarily rate-limited upstream.",
            "deepseek/deepseek-r1-0528:free is temporarily rate-limited upstream.",
        ),
        (
            "model meta-llama/Meta-Llama-3.1-405B-Instruct or claude-3-5-sonnet-20241022 at 1m26.4s",
            "model meta-llama/Meta-Llama-3.1-405B-Instruct or claude-3-5-sonnet-20241022 at 1m26.4s",
        ),
        (
            "metric: generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count, limit: 1000000",
            "metric: generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count, limit: 1000000",
        ),
        (
            "messages[0]: unknown variant `image_url`, expected `text`",
            "messages[0]: unknown variant `image_url`, expected `text`",
        ),
    ];
    for (unsafe_text, wanted) in table {
        assert_eq!(safe::detail(unsafe_text), wanted);
    }
    let long = safe::detail(&"wört ".repeat(5_000));
    assert_eq!(long.chars().count(), safe::LONGEST);
    assert!(long.ends_with('…'));
}

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
        let failure = classify(429, &headers, body, &[rule.clone()], NOW);
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
        let failure = classify(429, &headers, body, &[rule.clone()], NOW);
        assert_eq!(failure.class, Class::RateLimited, "{rule:?}");
    }
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
        assert_eq!(classify(429, &headers, body, &[rule.clone()], NOW).wait, wanted, "{rule:?}");
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
