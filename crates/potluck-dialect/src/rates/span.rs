//! Spans and points of time, in every spelling that a provider was seen to use.

use std::time::Duration;

use jiff::Timestamp;
use potluck_core::Moment;

use super::Format;

/// The longest span that is believed. What is longer is read as this: no quota lasts longer, and sums of
/// it stay far from the end of time.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// A reset further back than this is taken for another format, not for a late answer.
const STALE: Duration = Duration::from_secs(86_400);

/// From here on a bare number is seconds since the epoch (2001), not a delta.
const EPOCH_SECONDS: f64 = 1e9;
/// From here on a bare number is milliseconds since the epoch (also 2001).
const EPOCH_MILLIS: f64 = 1e12;

/// Reads a span: `7.66s`, `2m59.56s`, `26ms`, `1h2m`, `1d`, `20 seconds`, or bare seconds, whole or not.
///
/// Below nothing is nothing, beyond a year is a year, anything else is `None`.
#[must_use]
pub fn span(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Some(seconds) = decimal(text) {
        return Some(seconds_of(seconds));
    }
    let (sum, rest) = leading_span(text)?;
    rest.trim().is_empty().then_some(sum)
}

/// Reads a point of time, or a span from `now`: as `format` says where that gives a believable time, else
/// by its look. `None` for what is neither.
#[must_use]
pub fn moment(text: &str, format: Format, now: Moment) -> Option<Moment> {
    let text = text.trim();
    as_declared(text, format, now)
        .filter(|moment| *moment >= now.before(STALE) && *moment <= now.after(LONGEST))
        .or_else(|| by_look(text, now))
}

fn as_declared(text: &str, format: Format, now: Moment) -> Option<Moment> {
    match format {
        Format::Auto => None,
        Format::Seconds => {
            let seconds = decimal(text)?.max(0.0);
            Some(now.after(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)))
        }
        Format::Duration => span(text).map(|span| now.after(span)),
        Format::EpochSeconds => decimal(text).map(|number| at_millis(number * 1000.0)),
        Format::EpochMillis => decimal(text).map(at_millis),
        Format::Rfc3339 => rfc3339(text),
        Format::HttpDate => http_date(text),
    }
}

fn by_look(text: &str, now: Moment) -> Option<Moment> {
    if let Some(number) = decimal(text) {
        return Some(by_magnitude(number, now));
    }
    span(text).map(|span| now.after(span)).or_else(|| rfc3339(text)).or_else(|| http_date(text))
}

/// A bare number says by its size what it is.
fn by_magnitude(number: f64, now: Moment) -> Moment {
    if number > EPOCH_MILLIS {
        at_millis(number)
    } else if number > EPOCH_SECONDS {
        at_millis(number * 1000.0)
    } else {
        now.after(seconds_of(number))
    }
}

/// A float becomes the nearest number that fits, so nothing overflows.
fn at_millis(millis: f64) -> Moment {
    Moment::from_millis(millis as i64)
}

fn rfc3339(text: &str) -> Option<Moment> {
    let time: Timestamp = text.parse().ok()?;
    Some(Moment::from_millis(time.as_millisecond()))
}

fn http_date(text: &str) -> Option<Moment> {
    let time =
        jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text);
    Some(Moment::from_millis(time.ok()?.as_millisecond()))
}

/// A plain decimal number. Words that a float parser knows (`inf`, `nan`) are none.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let plain =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    if !text.bytes().all(plain) {
        return None;
    }
    text.parse().ok()
}

/// Seconds as a span: below nothing is nothing, beyond the longest is the longest.
fn seconds_of(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).map_or(LONGEST, |span| span.min(LONGEST))
}

/// The span at the start of `text` and what follows it: one number or more, each with a unit.
pub(super) fn leading_span(text: &str) -> Option<(Duration, &str)> {
    let (negative, mut rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut sum = None;
    while let Some((part, after)) = one_part(rest) {
        sum = Some(sum.unwrap_or(Duration::ZERO).saturating_add(part));
        rest = after;
    }
    let sum: Duration = sum?;
    Some((if negative { Duration::ZERO } else { sum.min(LONGEST) }, rest))
}

/// One number with its unit.
fn one_part(text: &str) -> Option<(Duration, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let number = decimal(digits)?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    Some((seconds_of(number * seconds_in(unit)?), rest))
}

fn seconds_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "d" | "day" | "days" => 86_400.0,
        "h" | "hr" | "hour" | "hours" => 3_600.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "ms" | "millisecond" | "milliseconds" => 1e-3,
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
}
