//! Reads every rate header that was ever recorded.

use std::collections::BTreeMap;
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::quota::{Claim, Meter};
use potluck_dialect::rates::{Format, On, RateHeader, read, wait};
use potluck_testkit::recordings::{Recording, load};

use crate::recorded::{file_of, when};

const MINUTE: Option<Duration> = Some(Duration::from_secs(60));
const HOUR: Option<Duration> = Some(Duration::from_secs(3_600));
const DAY: Option<Duration> = Some(Duration::from_secs(86_400));
const MONTH: Option<Duration> = Some(Duration::from_secs(30 * 86_400));

/// Limit, remaining, reset; an empty name: it has none.
type Shape = ([&'static str; 3], Meter, Option<Duration>);

/// As a provider file would say it, for recorded providers that have none, and for names that one of ours no
/// longer sends.
const OTHERS: &[(&str, &[Shape])] = &[
    (
        "anthropic",
        &[
            (
                [
                    "anthropic-ratelimit-requests-limit",
                    "anthropic-ratelimit-requests-remaining",
                    "anthropic-ratelimit-requests-reset",
                ],
                Meter::Requests,
                MINUTE,
            ),
            (
                [
                    "anthropic-ratelimit-tokens-limit",
                    "anthropic-ratelimit-tokens-remaining",
                    "anthropic-ratelimit-tokens-reset",
                ],
                Meter::Tokens,
                MINUTE,
            ),
            (
                [
                    "anthropic-ratelimit-input-tokens-limit",
                    "anthropic-ratelimit-input-tokens-remaining",
                    "anthropic-ratelimit-input-tokens-reset",
                ],
                Meter::InputTokens,
                MINUTE,
            ),
            (
                [
                    "anthropic-ratelimit-output-tokens-limit",
                    "anthropic-ratelimit-output-tokens-remaining",
                    "anthropic-ratelimit-output-tokens-reset",
                ],
                Meter::OutputTokens,
                MINUTE,
            ),
            // once, behind somebody else's gateway
            (
                [
                    "x-ratelimit-requests",
                    "x-ratelimit-remaining-requests",
                    "x-ratelimit-reset-requests",
                ],
                Meter::Requests,
                MINUTE,
            ),
            (
                ["x-ratelimit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
                Meter::Tokens,
                MINUTE,
            ),
        ],
    ),
    ("azure", OPENAI),
    (
        "cerebras",
        &[
            (
                [
                    "x-ratelimit-limit-requests-day",
                    "x-ratelimit-remaining-requests-day",
                    "x-ratelimit-reset-requests-day",
                ],
                Meter::Requests,
                DAY,
            ),
            (
                [
                    "x-ratelimit-limit-tokens-minute",
                    "x-ratelimit-remaining-tokens-minute",
                    "x-ratelimit-reset-tokens-minute",
                ],
                Meter::Tokens,
                MINUTE,
            ),
        ],
    ),
    ("github-models", OPENAI),
    (
        "huggingface",
        &[
            (
                ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"],
                Meter::Requests,
                MINUTE,
            ),
            (
                ["x-ratelimit-limit-minute", "x-ratelimit-remaining-minute", ""],
                Meter::Requests,
                MINUTE,
            ),
            (["", "x-ratelimit-remaining-requests-minute", ""], Meter::Requests, MINUTE),
            (["", "x-ratelimit-remaining-requests-hour", ""], Meter::Requests, HOUR),
            (["", "x-ratelimit-remaining-requests-day", ""], Meter::Requests, DAY),
            (["", "x-ratelimit-remaining-tokens-minute", ""], Meter::Tokens, MINUTE),
            (["", "x-ratelimit-remaining-tokens-hour", ""], Meter::Tokens, HOUR),
            (["", "x-ratelimit-remaining-tokens-day", ""], Meter::Tokens, DAY),
        ],
    ),
    (
        "mistral",
        &[
            (
                ["ratelimitbysize-limit", "ratelimitbysize-remaining", "ratelimitbysize-reset"],
                Meter::Tokens,
                MINUTE,
            ),
            (
                ["x-ratelimitbysize-limit-minute", "x-ratelimitbysize-remaining-minute", ""],
                Meter::Tokens,
                MINUTE,
            ),
            (
                ["x-ratelimitbysize-limit-month", "x-ratelimitbysize-remaining-month", ""],
                Meter::Tokens,
                MONTH,
            ),
        ],
    ),
    ("openai", OPENAI),
    ("portkey", OPENAI),
    ("replicate", &[(["", "ratelimit-remaining", "ratelimit-reset"], Meter::Requests, None)]),
    ("xai", OPENAI),
];

const OPENAI: &[Shape] = &[
    (
        [
            "x-ratelimit-limit-requests",
            "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests",
        ],
        Meter::Requests,
        MINUTE,
    ),
    (
        ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
        Meter::Tokens,
        MINUTE,
    ),
];

/// Headers that are no limit of a meter, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("retry-after", "a wait: read by rates::wait, checked below"),
    ("x-ratelimit-timeremaining", "a wait: read by rates::wait, checked below"),
    ("x-ratelimit-type", "the name of the limit that was hit: read by fault::classify"),
    ("x-ratelimit-abusepenalty-active", "a flag"),
    ("x-ratelimit-renewalperiod-requests", "the window's length, which the file knows"),
    ("x-ratelimit-renewalperiod-tokens", "the window's length, which the file knows"),
    ("x-ratelimit-tokens-query-cost", "what this request cost, not what is left"),
    ("x-ratelimit-audio-seconds-query-cost", "what this request cost, not what is left"),
    ("x-ratelimit-input-characters-query-cost", "what this request cost, not what is left"),
    ("x-ratelimit-ocr-pages-query-cost", "what this request cost, not what is left"),
    ("ratelimitbysize-query-cost", "what this request cost, not what is left"),
    ("x-ratelimit-limit-input-characters-minute", "no meter of ours: characters"),
    ("x-ratelimit-remaining-input-characters-minute", "no meter of ours: characters"),
    ("x-ratelimit-limit-ocr-pages-minute", "no meter of ours: pages"),
    ("x-ratelimit-remaining-ocr-pages-minute", "no meter of ours: pages"),
    ("x-ratelimit-limit-input-images", "no meter of ours: pictures read"),
    ("x-ratelimit-remaining-input-images", "no meter of ours: pictures read"),
    ("x-ratelimit-reset-input-images", "no meter of ours: pictures read"),
];

pub(crate) fn shapes_of(provider: &str) -> Vec<RateHeader> {
    let mut shapes = file_of(provider).headers;
    let others = OTHERS.iter().filter(|(name, _)| *name == provider);
    shapes.extend(others.flat_map(|(_, shapes)| *shapes).map(|(names, meter, window)| {
        let [limit, remaining, reset] =
            names.map(|name| (!name.is_empty()).then(|| Box::from(name)));
        let (format, on) = (Format::Auto, On::Every);
        RateHeader { limit, remaining, reset, meter: *meter, window: *window, format, on }
    }));
    shapes
}

fn is_rate_header(name: &str) -> bool {
    ["ratelimit", "call-limit", "call-remaining", "retry-after"]
        .iter()
        .any(|part| name.contains(part))
}

fn is(name: &Option<Box<str>>, header: &str) -> bool {
    name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(header))
}

/// What was made of one header, where a shape names it: checked against a second, plain reading of its text.
fn reading(
    shapes: &[RateHeader],
    recording: &Recording,
    header: &str,
    text: &str,
) -> Option<String> {
    let now = when(recording);
    let named = |shape: &&RateHeader| {
        is(&shape.limit, header) || is(&shape.remaining, header) || is(&shape.reset, header)
    };
    let shape = shapes.iter().find(named)?;
    let claims = read(&recording.response.headers, std::slice::from_ref(shape), now);
    let [claim] = claims.as_slice() else { panic!("{}: {header}: {claims:?}", recording.name) };
    let what = if is(&shape.limit, header) {
        assert_eq!(claim.amount, text.parse().ok(), "{}: {header}", recording.name);
        format!("amount {text}")
    } else if is(&shape.remaining, header) {
        assert_eq!(claim.remaining, text.parse().ok(), "{}: {header}", recording.name);
        format!("remaining {text}")
    } else {
        let span = resets_in(claim, now);
        let plain = plainly(text, now);
        let differs = claim.resets.map(|at| at.as_millis().abs_diff(plain));
        // below a millisecond a number may be cut or rounded
        assert!(differs.is_some_and(|d| d <= 1), "{}: {header}: {text}", recording.name);
        format!("{text} = resets in {span:?}")
    };
    let window = claim.window.map_or("?".to_owned(), |window| format!("{window:?}"));
    Some(format!("{} per {window}: {what}", claim.meter.word()))
}

/// A second reading of a reset, by the look of its text, written without looking at the first: milliseconds since
/// the epoch.
fn plainly(text: &str, now: Moment) -> i64 {
    if let Some((date, time)) = text.split_once('T') {
        let numbers = |text: &str, by: char| -> Vec<i64> {
            text.trim_end_matches('Z').split(by).map(|part| part.parse().expect("digits")).collect()
        };
        let (date, time) = (numbers(date, '-'), numbers(time, ':'));
        let [year, month, day, hour, minute, second] = [date, time].concat()[..] else {
            panic!("{text} is no time")
        };
        // days since the epoch, by counting years from March on
        let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
        let leaps = year / 4 - year / 100 + year / 400;
        let days = year * 365 + leaps + (month * 153 + 2) / 5 + day - 719_469;
        return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
    }
    if let Ok(number) = text.parse::<f64>() {
        return match number {
            n if n > 1e12 => n as i64,
            n if n > 1e9 => (n * 1000.0) as i64,
            n => now.as_millis() + (n * 1000.0) as i64,
        };
    }
    const UNITS: [(&str, f64); 4] = [("ms", 1.0), ("h", 3.6e6), ("m", 6e4), ("s", 1e3)];
    let mut rest = text;
    let mut millis = 0.0;
    while let Some(end) = rest.find(|c: char| c.is_alphabetic()) {
        let number: f64 = rest[..end].parse().expect("a number");
        let unit = UNITS.iter().find(|(unit, _)| rest[end..].starts_with(unit));
        let (unit, length) = unit.expect("a unit");
        millis += number * length;
        rest = &rest[end + unit.len()..];
    }
    now.as_millis() + millis as i64
}

fn resets_in(claim: &Claim, now: Moment) -> Duration {
    claim.resets.expect("a reset").until_from(now)
}

#[test]
fn every_recorded_rate_header_is_read() {
    let Some(all) = load().unwrap().or_skip("every_recorded_rate_header_is_read") else { return };
    let (mut table, mut left_out) = (BTreeMap::new(), BTreeMap::new());
    let (mut read, mut unread, mut recordings) = (0, Vec::new(), 0);
    for recording in &all {
        let shapes = shapes_of(&recording.provider);
        let headers = recording.response.headers.iter();
        let rate: Vec<_> =
            headers.filter(|(name, _)| is_rate_header(&name.to_lowercase())).collect();
        recordings += usize::from(!rate.is_empty());
        for (name, text) in rate {
            let name = name.to_lowercase();
            if let Some(reading) = reading(&shapes, recording, &name, text) {
                read += 1;
                let row = table.entry((recording.provider.clone(), name)).or_insert((0, reading));
                row.0 += 1;
            } else if EXCEPTIONS.iter().any(|(exception, _)| *exception == name) {
                *left_out.entry(name).or_insert(0) += 1;
            } else {
                unread.push(format!("{}: {name}: {text}", recording.name));
            }
        }
    }
    for ((provider, name), (count, reading)) in &table {
        eprintln!("{provider} | {name} | {count} | {reading}");
    }
    for (name, why) in EXCEPTIONS {
        eprintln!("exception | {name} | {} | {why}", left_out.get(*name).unwrap_or(&0));
    }
    let exceptions: i32 = left_out.values().sum();
    let all = read + unread.len();
    eprintln!("{read} of {all} headers of {recordings} recordings read, {exceptions} exceptions");
    assert!(unread.is_empty(), "{} unread:\n{}", unread.len(), unread.join("\n"));
    assert_eq!(left_out.len(), EXCEPTIONS.len(), "an exception that never occurs: {left_out:?}");
}

#[test]
fn every_recorded_retry_after_is_a_wait() {
    let Some(all) = load().unwrap().or_skip("every_recorded_retry_after_is_a_wait") else { return };
    let mut read = 0;
    for recording in &all {
        let stated = ["retry-after", "x-ratelimit-timeremaining"];
        let Some(text) = stated.iter().find_map(|name| recording.response.header(name)) else {
            continue;
        };
        let seconds: u64 = text.parse().expect("whole seconds in every recording");
        let waits = wait(&recording.response.headers, b"", when(recording));
        assert_eq!(waits, Some(Duration::from_secs(seconds)), "{}", recording.name);
        read += 1;
    }
    eprintln!("{read} recorded waits read");
    assert!(read > 0);
}
