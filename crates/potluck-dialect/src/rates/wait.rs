//! How long a provider asks to wait: from its headers, from fields of its body, or from its prose.

use std::time::Duration;

use potluck_core::Moment;
use serde_json::{Map, Value};

use super::headers::Headers;
use super::span::{leading_span, moment, span};
use super::{Format, count};
use crate::fault::Told;

/// A wait that somebody stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// How long; more than zero.
    pub(crate) span: Duration,
    /// Whether it is meant for the next window of seconds only, whatever limit was hit: Google's
    /// `retryDelay` is short even when the day is spent.
    pub(crate) short_sighted: bool,
}

/// The resets that count when what is left of their limit is nothing, or is not said.
const RESETS: [(&str, &str); 4] = [
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
];

/// Fields of a body that state a wait in seconds.
const SECONDS_FIELDS: [&str; 7] = [
    "retry_after",
    "retryAfter",
    "retry_after_seconds",
    "retryAfterSeconds",
    "retry-after",
    "resets_in_seconds",
    "wait_seconds",
];

/// Fields of a body that state a wait in milliseconds.
const MILLIS_FIELDS: [&str; 3] = ["retry_after_ms", "retryAfterMs", "retry-after-ms"];

/// Words after which prose states a span.
const BEFORE_A_SPAN: [&str; 8] = [
    "try again in ",
    "retry in ",
    "retry after ",
    "try again after ",
    "please wait ",
    "available in ",
    "resets in ",
    "reset after ",
];

/// How long the provider asks to wait, or `None` where it does not say or says zero.
///
/// Headers win over the body: `Retry-After-Ms`, `Retry-After` (seconds, whole or not, or an HTTP date),
/// `x-ratelimit-timeremaining`, and the resets of limits that are used up. Then the body: Google's
/// `retryDelay`, headers that a reseller put into its body, fields such as `retry_after`, and words such as
/// `try again in 9m38.016s`.
#[must_use]
pub fn wait(headers: &dyn Headers, body: &[u8], now: Moment) -> Option<Duration> {
    let told = Told::read(body);
    stated(headers, &told, now).map(|said| said.span)
}

/// The wait that `pointer` (a JSON pointer) shows in a body: a span, or a point of time.
#[must_use]
pub fn wait_at(json: &Value, pointer: &str, now: Moment) -> Option<Duration> {
    let text = plain(json.pointer(pointer)?)?;
    positive(moment(&text, Format::Auto, now)?.until_from(now))
}

pub(crate) fn stated(headers: &dyn Headers, told: &Told, now: Moment) -> Option<Said> {
    let exact = |span| Said { span, short_sighted: false };
    let json = told.json();
    in_headers(headers, now)
        .map(exact)
        .or_else(|| google_delay(json?).map(|span| Said { span, short_sighted: true }))
        .or_else(|| forwarded_headers(json?, now).map(exact))
        .or_else(|| in_fields(json?).map(exact))
        .or_else(|| in_words(told.words()))
}

fn in_headers(headers: &dyn Headers, now: Moment) -> Option<Duration> {
    let millis = || span(headers.get("retry-after-ms")?).map(|span| span / 1000);
    let after = || Some(moment(headers.get("retry-after")?, Format::Auto, now)?.until_from(now));
    let remaining = || span(headers.get("x-ratelimit-timeremaining")?);
    millis()
        .and_then(positive)
        .or_else(|| after().and_then(positive))
        .or_else(|| remaining().and_then(positive))
        .or_else(|| in_resets(headers, now))
}

/// The latest reset among the limits that are used up.
fn in_resets(headers: &dyn Headers, now: Moment) -> Option<Duration> {
    let one = |(left, reset): &(&str, &str)| {
        let left = headers.get(left).and_then(count::plain).unwrap_or(0);
        if left > 0 {
            return None;
        }
        positive(moment(headers.get(reset)?, Format::Auto, now)?.until_from(now))
    };
    RESETS.iter().filter_map(one).max()
}

/// `retryDelay` of Google's `RetryInfo`: `"26s"`.
fn google_delay(json: &Value) -> Option<Duration> {
    let root = first(json);
    let details = root.pointer("/error/details").or_else(|| root.get("details"))?.as_array()?;
    let delay = details.iter().find_map(|detail| detail.get("retryDelay"))?;
    positive(span(&plain(delay.get("seconds").unwrap_or(delay))?)?)
}

/// The headers that a reseller's body says its upstream, or it itself, sent.
fn forwarded_headers(json: &Value, now: Moment) -> Option<Duration> {
    in_headers(&forwarded_by(json)?, now)
}

/// The limit that the headers in a reseller's body speak of: amount, what is left, and its reset.
pub(crate) fn forwarded(json: &Value, now: Moment) -> Option<(u64, Option<u64>, Option<Moment>)> {
    let headers = forwarded_by(json)?;
    let amount = count::plain(headers.get("x-ratelimit-limit")?)?;
    let left = headers.get("x-ratelimit-remaining").and_then(count::plain);
    let reset = headers.get("x-ratelimit-reset").and_then(|text| moment(text, Format::Auto, now));
    Some((amount, left, reset))
}

fn forwarded_by(json: &Value) -> Option<Forwarded<'_>> {
    first(json).pointer("/error/metadata/headers")?.as_object().map(Forwarded)
}

struct Forwarded<'a>(&'a Map<String, Value>);

impl Headers for Forwarded<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str()
    }
}

fn in_fields(json: &Value) -> Option<Duration> {
    let root = first(json);
    let error = root.get("error");
    let places =
        [error.and_then(|error| error.get("metadata")), error, Some(root), root.get("detail")];
    places.into_iter().flatten().find_map(|place| {
        let read = |name: &&str| positive(span(&plain(place.get(*name)?)?)?);
        let millis = MILLIS_FIELDS.iter().find_map(read).map(|span| span / 1000);
        millis.or_else(|| SECONDS_FIELDS.iter().find_map(read))
    })
}

/// A span in prose that is already in lower case.
fn in_words(words: &str) -> Option<Said> {
    let after = |marker: &&str| {
        let (_, rest) = words.split_once(*marker)?;
        let (span, _) = leading_span(rest)?;
        let short_sighted = words.contains("resource_exhausted");
        Some(Said { span: positive(span)?, short_sighted })
    };
    BEFORE_A_SPAN.iter().find_map(after)
}

/// The first of an array, as some send an error as an array of one.
fn first(json: &Value) -> &Value {
    json.as_array().and_then(|array| array.first()).unwrap_or(json)
}

/// A string or a number as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A wait of zero says nothing.
fn positive(span: Duration) -> Option<Duration> {
    (!span.is_zero()).then_some(span)
}
