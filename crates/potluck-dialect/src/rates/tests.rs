use std::time::Duration;

use potluck_core::Moment;
use potluck_core::quota::Meter;
use proptest::prelude::*;

use super::*;

/// 2026-11-22T12:00:00Z.
const NOW: Moment = Moment::from_millis(1_795_348_800_000);

fn millis(millis: u64) -> Option<Duration> {
    Some(Duration::from_millis(millis))
}

#[test]
fn spans_are_read_in_every_spelling() {
    let table: &[(&str, Option<Duration>)] = &[
        ("7.66s", millis(7_660)),
        ("2m59.56s", millis(179_560)),
        ("1m2.5s", millis(62_500)),
        ("26ms", millis(26)),
        ("210ms", millis(210)),
        ("17.399999999s", Some(Duration::from_nanos(17_399_999_999))),
        ("28m47.678999999s", Some(Duration::new(1_727, 678_999_999))),
        ("1h2m", millis(3_720_000)),
        ("6m0s", millis(360_000)),
        ("1d", millis(86_400_000)),
        ("0s", millis(0)),
        ("30", millis(30_000)),
        ("24.36869740486145", Some(Duration::from_secs_f64(24.368_697_404_861_45))),
        ("  12 ", millis(12_000)),
        ("20 seconds", millis(20_000)),
        ("2 minutes 5 seconds", millis(125_000)),
        ("1 hour", millis(3_600_000)),
        ("500us", Some(Duration::from_micros(500))),
        ("-5", millis(0)),
        ("-5s", millis(0)),
        ("-0.1", millis(0)),
        ("1e3", millis(1_000_000)),
        ("999999999999999999999999s", Some(Duration::from_secs(366 * 86_400))),
        ("1e400", Some(Duration::from_secs(366 * 86_400))),
        ("", None),
        ("s", None),
        ("-", None),
        ("7x", None),
        ("inf", None),
        ("nan", None),
        ("infinity", None),
        ("soon", None),
        ("7.6.6s", None),
        ("5s later", None),
        ("٣s", None),
    ];
    for (text, wanted) in table {
        assert_eq!(span(text), *wanted, "{text:?}");
    }
}

#[test]
fn moments_are_read_by_their_look() {
    let at = |millis: i64| Some(Moment::from_millis(millis));
    let table: &[(&str, Option<Moment>)] = &[
        ("60", at(1_795_348_860_000)),
        ("7.66s", at(1_795_348_807_660)),
        ("1795348900", at(1_795_348_900_000)),
        ("1795348900.5", at(1_795_348_900_500)),
        ("1795348900000", at(1_795_348_900_000)),
        ("1754667660000", at(1_754_667_660_000)),
        ("2026-11-22T12:01:00Z", at(1_795_348_860_000)),
        ("2026-11-22T14:01:00.250+02:00", at(1_795_348_860_250)),
        ("Sun, 22 Nov 2026 12:01:00 GMT", at(1_795_348_860_000)),
        // a wrong weekday is the sender's carelessness, not another day
        ("Mon, 22 Nov 2026 12:01:00 GMT", at(1_795_348_860_000)),
        ("-30", at(1_795_348_800_000)),
        ("9223372036854767616", at(9_223_372_036_854_767_616)),
        ("99999999999999999999999999", at(i64::MAX)),
        ("tomorrow", None),
        ("", None),
        ("nan", None),
        ("2026-11-22", None),
    ];
    for (text, wanted) in table {
        assert_eq!(moment(text, Format::Auto, NOW), *wanted, "{text:?}");
    }
}

#[test]
fn a_declared_format_wins_while_it_is_believable() {
    let at = |millis: i64| Some(Moment::from_millis(millis));
    let table = [
        ("60", Format::Seconds, at(1_795_348_860_000)),
        ("1795348900", Format::Seconds, at(1_795_348_900_000)),
        ("1795348900", Format::EpochSeconds, at(1_795_348_900_000)),
        ("1795348900000", Format::EpochSeconds, at(1_795_348_900_000)),
        ("1795348900", Format::EpochMillis, at(1_795_348_900_000)),
        ("60", Format::EpochMillis, at(1_795_348_860_000)),
        ("2m", Format::Rfc3339, at(1_795_348_920_000)),
        ("2026-11-22T12:01:00Z", Format::Duration, at(1_795_348_860_000)),
        ("26", Format::Duration, at(1_795_348_826_000)),
        ("Sun, 22 Nov 2026 12:01:00 GMT", Format::Seconds, at(1_795_348_860_000)),
        ("?", Format::Seconds, None),
    ];
    for (text, format, wanted) in table {
        assert_eq!(moment(text, format, NOW), wanted, "{text:?} as {format:?}");
    }
}

fn shape(limit: &str, remaining: &str, reset: &str, meter: Meter) -> RateHeader {
    let name = |text: &str| (!text.is_empty()).then(|| text.into());
    RateHeader {
        limit: name(limit),
        remaining: name(remaining),
        reset: name(reset),
        meter,
        window: Some(Duration::from_secs(60)),
        format: Format::Auto,
        on: On::Every,
    }
}

#[test]
fn claims_come_from_the_headers_that_are_there() {
    let shapes = [
        shape("X-Limit", "x-remaining", "x-reset", Meter::Tokens),
        shape("", "x-neurons-left", "", Meter::MilliNeurons),
        shape("x-budget", "", "", Meter::MicroDollars),
        shape("x-absent", "x-absent-too", "", Meter::Requests),
        shape("x-garbage", "x-garbage", "x-garbage", Meter::Requests),
    ];
    let headers = [
        ("x-limit", "6000"),
        ("X-REMAINING", "9223372036854767616"),
        ("x-reset", "7.66s"),
        ("x-neurons-left", "12.5"),
        ("x-budget", "0.10"),
        ("x-garbage", "lots"),
    ];
    let claims = read(&headers, &shapes, NOW);
    assert_eq!(claims.len(), 3, "{claims:?}");
    assert_eq!(claims[0].amount, Some(6_000));
    assert_eq!(claims[0].remaining, Some(9_223_372_036_854_767_616), "beyond i64, within u64");
    assert_eq!(claims[0].resets, Some(NOW.after(Duration::from_millis(7_660))));
    assert_eq!(claims[0].window, Some(Duration::from_secs(60)));
    assert_eq!((claims[1].remaining, claims[1].amount), (Some(12_500), None));
    assert_eq!(claims[2].amount, Some(100_000));
}

#[test]
fn amounts_saturate_and_garbage_is_left_out() {
    let table = [
        ("0", Some(0)),
        ("+7", Some(7)),
        ("99999999999999999999999999", Some(u64::MAX)),
        ("1e30", Some(u64::MAX)),
        ("-3", Some(0)),
        ("2.9", Some(2)),
        ("", None),
        ("inf", None),
        ("1,000", None),
        ("unlimited", None),
    ];
    for (text, wanted) in table {
        assert_eq!(count::read(text, Meter::Requests), wanted, "{text:?}");
    }
}

/// Headers, a body, and the wait that they state.
type Stating = (&'static [(&'static str, &'static str)], &'static str, Option<Duration>);

#[test]
fn waits_are_found_wherever_they_are_stated() {
    const GOOGLE: &str = r#"{"error":{"code":429,"message":"Quota. Please retry in 48.9s.","status":"RESOURCE_EXHAUSTED",
        "details":[{"@type":"x"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"26s"}]}}"#;
    const OPENROUTER: &str = r#"{"error":{"message":"Rate limit exceeded: free-models-per-min. ","code":429,"metadata":{"headers":
        {"X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1795348830000"}}}}"#;
    let table: &[Stating] = &[
        (&[("Retry-After-Ms", "1500"), ("Retry-After", "2")], "", millis(1_500)),
        (&[("Retry-After", "2")], "", millis(2_000)),
        (&[("retry-after", "0.25")], "", millis(250)),
        (&[("retry-after", "Sun, 22 Nov 2026 12:00:30 GMT")], "", millis(30_000)),
        (&[("retry-after", "Sun, 22 Nov 2026 11:00:30 GMT")], "", None),
        (&[("retry-after", "0")], "", None),
        (&[("retry-after", "-1")], "", None),
        (&[("retry-after", "soon")], "try again in 3s", millis(3_000)),
        (&[("x-ratelimit-timeremaining", "73192")], "", millis(73_192_000)),
        (&[("ratelimit-reset", "18")], "", millis(18_000)),
        (&[("ratelimit-reset", "18"), ("ratelimit-remaining", "4")], "", None),
        (
            &[
                ("x-ratelimit-remaining-requests", "998"),
                ("x-ratelimit-reset-requests", "2m52.8s"),
                ("x-ratelimit-remaining-tokens", "0"),
                ("x-ratelimit-reset-tokens", "7.66s"),
            ],
            "",
            millis(7_660),
        ),
        (&[], GOOGLE, millis(26_000)),
        (&[], "Please retry in 48.9s.", millis(48_900)),
        (
            &[],
            r#"{"error":{"message":"Please try again in 9m38.016s. Need more?"}}"#,
            millis(578_016),
        ),
        (&[], OPENROUTER, millis(30_000)),
        (&[], r#"{"error":{"metadata":{"retry_after":12}}}"#, millis(12_000)),
        (&[], r#"{"error":{"metadata":{"retry_after_seconds":1.5}}}"#, millis(1_500)),
        (&[], r#"{"retryAfterMs":1500}"#, millis(1_500)),
        (&[], r#"[{"error":{"details":[{"retryDelay":{"seconds":7}}]}}]"#, millis(7_000)),
        (&[], r#"{"error":"Please wait 15 seconds before the next request"}"#, millis(15_000)),
        (&[], r#"{"error":{"message":"no","retry_after":null}}"#, None),
        (&[], "<html><title>429</title></html>", None),
        (&[], "", None),
    ];
    for (headers, body, wanted) in table {
        assert_eq!(wait(headers, body.as_bytes(), NOW), *wanted, "{headers:?} {body}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}", number in any::<f64>(), format in 0usize..7) {
        let format = Format::ALL[format];
        for text in [text.clone(), number.to_string(), format!("{number}s"), format!("{text}{number}")] {
            let _ = span(&text);
            let _ = moment(&text, format, NOW);
            let _ = count::read(&text, Meter::MilliNeurons);
            let _ = wait(&[("retry-after", text.as_str())], text.as_bytes(), NOW);
        }
    }

    #[test]
    fn a_span_written_is_a_span_read(seconds in 0u32..300_000, millis in 0u32..1_000) {
        let wanted = Duration::new(u64::from(seconds), millis * 1_000_000);
        let (m, s) = (seconds / 60, seconds % 60);
        let read = span(&format!("{m}m{s}.{millis:03}s")).expect("a span");
        prop_assert!(read.abs_diff(wanted) < Duration::from_micros(1));
        prop_assert_eq!(moment(&seconds.to_string(), Format::Auto, NOW), Some(NOW.after(Duration::from_secs(seconds.into()))));
    }
}
